//! What a policy is in one market, with the origin of every line, and all markets side by side.

mod matrix;
mod places;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tribunal_policy::cond::Cond;
use tribunal_policy::model::{
    AxisKind, AxisValue as PolicyValue, Effect, EffectiveRule, ExceptionSource, OnUnknown, Override, Prose, Rule, Target, WhenChange,
};
use tribunal_policy::num::Decimal;
use tribunal_policy::source::Span;
use tribunal_policy::{ListId, MarketId, Policy, time};

use crate::decision::{self, FORMAT, PolicyRef};
pub use matrix::{Matrix, MatrixCell, MatrixChange, MatrixRow, matrix, matrix_in};
use places::Places;
use tribunal_policy::render::mask;

/// A policy in one market.
///
/// ```
/// use tribunal::{policy, show};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: lottery, when: any text has "lottery", effect: {routing: review}}
/// markets:
///   - {market: LATAM}
///   - {market: BR, inherits: LATAM, overrides: [{rule: lottery, stage: off, reason: Licensed here.}]}
/// "#;
/// let policy = policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let brazil = show::effective(&policy, policy.market("BR"));
/// assert_eq!((brazil.market.as_deref(), &brazil.lineage[..]), (Some("BR"), &["LATAM".to_owned(), "BR".to_owned()][..]));
/// assert_eq!(brazil.rules.len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "A policy in one market."))]
pub struct Effective {
    /// Version of this form.
    pub format: u32,
    /// The policy.
    pub policy: PolicyRef,
    /// The market; `null` for items without one.
    pub market: Option<String>,
    /// The market and those above it, from the root down.
    pub lineage: Vec<String>,
    /// Rules in force there, by name; those that are off and drafts included.
    pub rules: Vec<EffectiveRuleShown>,
    /// Named lists that can be read there.
    pub lists: Vec<EffectiveList>,
}

/// A rule in one market.
///
/// ```
/// use tribunal::{policy, show};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: lottery, when: any text has "lottery", effect: {routing: review}}
/// markets:
///   - {market: BR, overrides: [{rule: lottery, tighten: hashtags has "bicho", reason: Local word.}]}
/// "#;
/// let policy = policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let rule = &show::effective(&policy, policy.market("BR")).rules[0];
/// assert_eq!((rule.rule.as_str(), rule.place.as_str()), ("lottery", "demo.yaml:4"));
/// assert_eq!(rule.when, r#"any text has "lottery" or hashtags has "bicho""#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "A rule in one market."))]
pub struct EffectiveRuleShown {
    /// Its name.
    pub rule: String,
    /// Its title.
    pub title: Option<String>,
    /// Its category.
    pub category: Option<String>,
    /// The public clause.
    pub clause: Option<String>,
    /// Where it is written, `rules/safety.yaml:12`.
    pub place: String,
    /// The market whose file declares it.
    pub declared_in: Option<String>,
    /// The whole condition, overlays applied.
    pub when: String,
    /// Everything that decides, line by line.
    pub lines: Vec<Line>,
}

/// One thing about a rule, and where it comes from.
///
/// ```
/// use tribunal::{policy, show};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: lottery, when: any text has "lottery", effect: {routing: review}}
/// "#;
/// let policy = policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let rule = &show::effective(&policy, None).rules[0];
/// let lines: Vec<_> = rule.lines.iter().map(|line| (line.key.as_str(), line.value.as_str(), line.place.as_deref())).collect();
/// // Nobody wrote the stage: the default holds.
/// assert_eq!(lines[0], ("stage", "live", None));
/// assert_eq!(lines[1], ("when", r#"any text has "lottery""#, Some("demo.yaml:4")));
/// assert_eq!(lines[2], ("effect.routing", "review", Some("demo.yaml:4")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "One thing about a rule, and where it comes from."))]
pub struct Line {
    /// `stage`, `when`, `or` and `and` (what markets added to the condition), `unless`, `exception NAME`, `effect.AXIS`, `points.SCORE`, …
    pub key: String,
    /// Its value, as a policy writes it.
    pub value: String,
    /// Where it is written; `null` where nobody wrote it and the default holds.
    pub place: Option<String>,
    /// The change of a market that it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<ChangedBy>,
}

/// A market's change.
///
/// ```
/// use tribunal::{policy, show};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: lottery, when: any text has "lottery", effect: {routing: review}}
/// markets:
///   - {market: BR, overrides: [{rule: lottery, stage: off, reason: Licensed here.}]}
/// "#;
/// let policy = policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let stage = &show::effective(&policy, policy.market("BR")).rules[0].lines[0];
/// let changed = stage.changed.as_ref().ok_or("the market changes it")?;
/// assert_eq!((stage.value.as_str(), changed.was.as_deref()), ("off", Some("live")));
/// assert_eq!((changed.market.as_str(), changed.reason.as_deref()), ("BR", Some("Licensed here.")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "A market's change."))]
pub struct ChangedBy {
    /// The market.
    pub market: String,
    /// Its reason.
    pub reason: Option<String>,
    /// The law it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
    /// The value above that market; `null` where there was none.
    pub was: Option<String>,
}

/// A list in one market.
///
/// ```
/// use tribunal::{policy, show};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// terms: {firearms: {terms: [glock, revolver], allow: [toy glock]}}
/// "#;
/// let policy = policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let list = &show::effective(&policy, None).lists[0];
/// assert_eq!((list.list.as_str(), list.terms, list.allow, list.sensitive), ("firearms", 2, 1, false));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "A list in one market."))]
pub struct EffectiveList {
    /// Its name.
    pub list: String,
    /// Where it is declared.
    pub place: String,
    /// Leaves the house only by name: its terms are masked.
    pub sensitive: bool,
    /// Terms in force there.
    pub terms: u64,
    /// Allow entries in force there.
    pub allow: u64,
    /// What markets changed, from the root down.
    pub changes: Vec<ListChangeShown>,
}

/// A term that a market put in or took out.
///
/// ```
/// use tribunal::{policy, show};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// terms: {firearms: [glock, revolver]}
/// markets:
///   - {market: MX, overrides: [{terms: firearms, add: [fierro], reason: Word of the region.}]}
/// "#;
/// let policy = policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let change = &show::effective(&policy, policy.market("MX")).lists[0].changes[0];
/// assert_eq!((change.change.as_str(), change.term.as_str(), change.place.as_str()), ("add", "fierro", "demo.yaml:5"));
/// assert_eq!((change.market.as_str(), change.reason.as_str()), ("MX", "Word of the region."));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "A term that a market put in or took out."))]
pub struct ListChangeShown {
    /// `add`, `remove`, `allow` or `disallow`.
    pub change: String,
    /// The term as written; masked where the list is sensitive.
    pub term: String,
    /// Where the change is written.
    pub place: String,
    /// The market that made it.
    pub market: String,
    /// Its reason.
    pub reason: String,
}

/// What the policy is in a market; `None`: for items without one.
///
/// ```
/// use tribunal::{policy, show};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: lottery, when: any text has "lottery", effect: {routing: review}}
/// markets:
///   - market: BR
///     rules: [{id: bicho, when: any text has "jogo do bicho", effect: {routing: review}}]
/// "#;
/// let policy = policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let rules = |market| show::effective(&policy, market).rules.into_iter().map(|rule| rule.rule).collect::<Vec<_>>();
/// assert_eq!(rules(None), ["lottery"]);
/// assert_eq!(rules(policy.market("BR")), ["bicho", "lottery"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn effective(policy: &Policy, market: Option<MarketId>) -> Effective {
    effective_in(policy, market, None)
}

/// As [`effective`], with titles and reasons in a language; one that is not written in it is told in its own, with that language
/// behind it.
///
/// ```
/// use tribunal::{policy, show};
///
/// let text = r#"
/// policy: {id: demo, version: "1", lang: en}
/// rules:
///   - {id: lottery, title: {en: Lotteries, pt: Loterias}, when: any text has "lottery", effect: {routing: review}}
/// "#;
/// let policy = policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let title = |lang| show::effective_in(&policy, None, Some(lang)).rules[0].title.clone().unwrap_or_default();
/// assert_eq!((title("pt-BR").as_str(), title("de").as_str()), ("Loterias", "Lotteries (en)"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn effective_in(policy: &Policy, market: Option<MarketId>, lang: Option<&str>) -> Effective {
    let lineage = market.map(|market| policy.lineage(market)).unwrap_or_default();
    let mut shower = Shower { policy, lang, places: Places::default() };
    // The policy without overlays, then with one market more at a time: what differs between two was changed by the later.
    let steps: Vec<(Option<MarketId>, Vec<EffectiveRule>)> =
        std::iter::once(None).chain(lineage.iter().copied().map(Some)).map(|market| (market, policy.effective(market))).collect();
    let rules = steps.last().map(|(_, rules)| rules.as_slice()).unwrap_or_default();
    Effective {
        format: FORMAT,
        policy: decision::policy_ref(policy),
        market: market.and_then(|market| policy.markets.get(market.index())).map(|market| market.name.clone()),
        lineage: lineage.iter().map(|market| market_name(policy, *market)).collect(),
        rules: rules.iter().filter_map(|rule| shower.rule(rule, &steps)).collect(),
        lists: shower.lists(market, &lineage),
    }
}

pub(crate) fn market_name(policy: &Policy, market: MarketId) -> String {
    policy.markets.get(market.index()).map(|market| market.name.clone()).unwrap_or_default()
}

/// What decides about a rule, by key.
pub(crate) type Lines = BTreeMap<String, String>;

struct Shower<'p> {
    policy: &'p Policy,
    /// The language in which titles and reasons are shown; their own without it.
    lang: Option<&'p str>,
    places: Places,
}

impl Shower<'_> {
    fn place(&self, span: Span) -> String {
        format!("{}:{}", self.policy.sources.path(span.file), self.policy.sources.line(span))
    }

    fn shown(&self, text: &Prose) -> String {
        self.lang.map_or_else(|| text.to_string(), |lang| text.shown(lang))
    }

    fn rule(&mut self, last: &EffectiveRule, steps: &[(Option<MarketId>, Vec<EffectiveRule>)]) -> Option<EffectiveRuleShown> {
        let rule = self.policy.rules.get(last.rule.index())?;
        let mut shown: BTreeMap<String, Line> = BTreeMap::new();
        let mut before: Option<Lines> = None;
        for (depth, (market, rules)) in steps.iter().enumerate() {
            // Sorted by rule.
            let Some(here) = rules.binary_search_by_key(&last.rule, |here| here.rule).ok().and_then(|at| rules.get(at)) else { continue };
            let now = lines(self.policy, here);
            let change = market
                .and_then(|market| self.policy.markets.get(market.index()))
                .and_then(|market| market.overrides.iter().find(|change| touches(change, last)));
            if let Some(before) = &before {
                let gone = before.keys().filter(|key| !now.contains_key(*key)).map(|key| (key, "none"));
                let differs = now.iter().filter(|(key, value)| before.get(*key) != Some(value)).map(|(key, value)| (key, value.as_str()));
                for (key, value) in gone.chain(differs) {
                    let was = before.get(key).cloned();
                    let Some(line) = self.changed(key, value, was, *market, change, here) else { continue };
                    // What markets put to a condition keeps its line until another one replaces the whole.
                    if line.key == "when" {
                        shown.retain(|slot, _| !slot.starts_with("when "));
                    }
                    let slot = if matches!(line.key.as_str(), "or" | "and") { format!("when {depth:04}") } else { key.clone() };
                    shown.insert(slot, line);
                }
            } else {
                shown = now.iter().map(|(key, value)| (key.clone(), self.written(key, value, rule, here))).collect();
            }
            before = Some(now);
        }
        Some(EffectiveRuleShown {
            rule: rule.name.clone(),
            title: rule.title.as_ref().map(|title| self.shown(title)),
            category: rule.category.clone(),
            clause: rule.clause.clone(),
            place: self.place(rule.span),
            declared_in: rule.scope.map(|market| market_name(self.policy, market)),
            when: self.policy.print(&last.when),
            lines: in_order(shown),
        })
    }

    /// A line as the rule itself or a shared exception writes it.
    fn written(&mut self, key: &str, value: &str, rule: &Rule, here: &EffectiveRule) -> Line {
        let place = match self.exception(key, here) {
            Some(span) => Some(self.place(span)),
            None => self.places.key(&self.policy.sources, rule.span, key),
        };
        Line { key: key.to_owned(), value: value.to_owned(), place, changed: None }
    }

    /// A line as a market changes it. What is put to a condition stands on a line of its own.
    fn changed(
        &mut self,
        key: &str,
        value: &str,
        was: Option<String>,
        market: Option<MarketId>,
        change: Option<&Override>,
        here: &EffectiveRule,
    ) -> Option<Line> {
        let market = market_name(self.policy, market?);
        if let Some(span) = self.exception(key, here) {
            let reason = self.exception_reason(key);
            let changed = Some(ChangedBy { market, reason, legal_basis: None, was });
            return Some(Line { key: key.to_owned(), value: value.to_owned(), place: Some(self.place(span)), changed });
        }
        let change = change?;
        let Target::Rule(_, rule_change) = &change.target else { return None };
        let (key, written, value, was) = match (key, &rule_change.when) {
            ("when", Some(WhenChange::Tighten(cond))) => ("or", "tighten", self.policy.print(cond), None),
            ("when", Some(WhenChange::Loosen(cond))) => ("and", "loosen", self.policy.print(cond), None),
            _ => (key, key, value.to_owned(), was),
        };
        let place = self.places.key(&self.policy.sources, change.span, written).unwrap_or_else(|| self.place(change.span));
        let changed = ChangedBy { market, reason: Some(self.shown(&change.reason)), legal_basis: change.legal_basis.clone(), was };
        Some(Line { key: key.to_owned(), value, place: Some(place), changed: Some(changed) })
    }

    fn exception(&self, key: &str, here: &EffectiveRule) -> Option<Span> {
        let name = key.strip_prefix("exception ")?;
        let sources = here.cancels.iter().map(|(source, _)| source).chain(here.softens.iter().map(|(source, ..)| source));
        let shared = sources.filter_map(|source| match source {
            ExceptionSource::Own => None,
            ExceptionSource::Shared(id) => self.policy.exceptions.get(id.index()),
        });
        shared.into_iter().find(|exception| exception.name == name).map(|exception| exception.span)
    }

    fn exception_reason(&self, key: &str) -> Option<String> {
        let name = key.strip_prefix("exception ")?;
        self.policy.exceptions.iter().find(|exception| exception.name == name)?.reason.as_ref().map(|reason| self.shown(reason))
    }

    fn lists(&self, market: Option<MarketId>, lineage: &[MarketId]) -> Vec<EffectiveList> {
        let ids = self.policy.lists.iter().enumerate().filter_map(|(at, list)| Some((ListId(u32::try_from(at).ok()?), list)));
        ids.filter(|(_, list)| !list.inline && list.scope.is_none_or(|scope| lineage.contains(&scope)))
            .map(|(id, list)| {
                let here = |allow: bool| list.entries.iter().filter(|entry| entry.allow == allow && entry.force.in_market(market)).count() as u64;
                EffectiveList {
                    list: list.name.clone(),
                    place: self.place(list.span),
                    sensitive: list.sensitive,
                    terms: here(false),
                    allow: here(true),
                    changes: lineage.iter().flat_map(|market| self.list_changes(id, *market)).collect(),
                }
            })
            .collect()
    }

    fn list_changes(&self, id: ListId, market: MarketId) -> Vec<ListChangeShown> {
        let (Some(list), Some(market)) = (self.policy.lists.get(id.index()), self.policy.markets.get(market.index())) else { return Vec::new() };
        let mut shown = Vec::new();
        for change in &market.overrides {
            let Target::List(of, what) = &change.target else { continue };
            if *of != id {
                continue;
            }
            for (name, entries) in [("add", &what.add), ("remove", &what.remove), ("allow", &what.allow), ("disallow", &what.disallow)] {
                for entry in entries.iter().filter_map(|at| list.entries.get(*at as usize)) {
                    let place = if matches!(name, "add" | "allow") { entry.place.clone() } else { self.place(change.span) };
                    let term = if list.sensitive { mask(&entry.text) } else { entry.text.clone() };
                    shown.push(ListChangeShown { change: name.to_owned(), term, place, market: market.name.clone(), reason: self.shown(&change.reason) });
                }
            }
        }
        shown
    }
}

fn touches(change: &Override, rule: &EffectiveRule) -> bool {
    matches!(&change.target, Target::Rule(id, _) if *id == rule.rule)
}

/// What a reader looks for first stands first.
fn in_order(shown: BTreeMap<String, Line>) -> Vec<Line> {
    const ORDER: [&str; 8] = ["stage", "rollout", "effective_from", "until", "when", "unless", "exception", "effect"];
    let rank = |slot: &str| ORDER.iter().position(|first| slot.split([' ', '.']).next() == Some(first)).unwrap_or(ORDER.len());
    let mut lines: Vec<(String, Line)> = shown.into_iter().collect();
    lines.sort_by(|(a, _), (b, _)| rank(a).cmp(&rank(b)).then_with(|| a.cmp(b)));
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Everything about an effective rule that decides, as text by key.
pub(crate) fn lines(policy: &Policy, rule: &EffectiveRule) -> Lines {
    let mut lines = Lines::new();
    let mut put = |key: &str, value: String| lines.insert(key.to_owned(), value);
    put("stage", rule.stage.name().to_owned());
    if let Some(rollout) = rule.rollout {
        let share = Decimal { mantissa: i64::from(rollout.share), scale: 4 }.to_num();
        put("rollout", format!("{share}% by {}", policy.field_name(rollout.by)));
    }
    if let Some(from) = rule.effective_from {
        put("effective_from", time::display(from.seconds));
    }
    if let Some(until) = rule.effective_until {
        put("until", time::display(until.seconds));
    }
    put("when", policy.print(&rule.when));
    for (source, cond) in &rule.cancels {
        put(&exception_key(policy, *source), policy.print(cond));
    }
    for (source, cond, becomes) in &rule.softens {
        put(&exception_key(policy, *source), softened(policy, cond, becomes));
    }
    match rule.on_unknown {
        OnUnknown::Ignore => {}
        OnUnknown::Review => drop(put("on_unknown", "review".to_owned())),
        OnUnknown::Apply => drop(put("on_unknown", "apply".to_owned())),
    }
    for (axis, value) in effect_texts(policy, &rule.effect) {
        put(&format!("effect.{axis}"), value);
    }
    for (score, points) in &rule.points {
        let name = policy.scores.get(score.index()).map_or("", String::as_str);
        put(&format!("points.{name}"), Decimal { mantissa: *points, scale: 3 }.to_num().to_string());
    }
    lines
}

fn exception_key(policy: &Policy, source: ExceptionSource) -> String {
    match source {
        ExceptionSource::Own => "unless".to_owned(),
        ExceptionSource::Shared(id) => format!("exception {}", policy.exceptions.get(id.index()).map_or("", |exception| exception.name.as_str())),
    }
}

fn softened(policy: &Policy, cond: &Cond, becomes: &Effect) -> String {
    let effects: Vec<String> = effect_texts(policy, becomes).into_iter().map(|(axis, value)| format!("{axis}: {value}")).collect();
    format!("{} becomes {{{}}}", policy.print(cond), effects.join(", "))
}

/// The value on each axis, as a policy writes it.
fn effect_texts(policy: &Policy, effect: &Effect) -> Vec<(String, String)> {
    let named = effect.0.iter().filter_map(|(axis, value)| Some((policy.axes.get(axis.index())?, value)));
    named
        .map(|(axis, value)| {
            let text = match (value, &axis.kind) {
                (PolicyValue::Level(level), AxisKind::Ordered(values)) => values.get(usize::from(*level)).cloned().unwrap_or_default(),
                (PolicyValue::Labels(labels), _) => format!("[{}]", labels.iter().map(String::as_str).collect::<Vec<_>>().join(", ")),
                _ => String::new(),
            };
            (axis.name.clone(), text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const POLICY: &str = r#"policy: {id: t, version: "1"}
terms:
  firearms: [glock]
  slurs: {sensitive: true, terms: [slurone]}
rules:
  - id: gun
    stage: live
    when: any text has firearms
    unless: author.verified
    effect:
      distribution: removed
      annotation: [a, b]
    examples: {violates: [glock], allowed: [glue]}
exceptions:
  - {id: news, applies_to: [gun], when: lang = "en", becomes: {distribution: search_limited}, reason: Public interest.}
markets:
  - market: LATAM
    overrides:
      - rule: gun
        tighten: caption has slurs
        reason: More care.
  - market: BR
    inherits: LATAM
    overrides:
      - rule: gun
        effect: {distribution: feed_ineligible}
        loosen: author.age < 18
        reason: Law 1.
        legal_basis: L1
      - terms: slurs
        add: [slurtwo]
        reason: Local word.
  - market: BR-SP
    inherits: BR
    overrides:
      - {rule: gun, when: caption has firearms, unless: none, reason: Trial.}
"#;

    fn line<'l>(rule: &'l EffectiveRuleShown, key: &str) -> &'l Line {
        rule.lines.iter().find(|line| line.key == key).unwrap()
    }

    #[test]
    fn every_line_has_its_origin() {
        let policy = tribunal_policy::load_str("t.yaml", POLICY).policy.unwrap();
        let global = effective(&policy, None);
        let rule = &global.rules[0];
        assert_eq!(line(rule, "stage").place.as_deref(), Some("t.yaml:7"));
        assert_eq!(line(rule, "when").place.as_deref(), Some("t.yaml:8"));
        assert_eq!(line(rule, "effect.annotation").place.as_deref(), Some("t.yaml:12"));
        assert_eq!(line(rule, "exception news").place.as_deref(), Some("t.yaml:15"));
        assert!(rule.lines.iter().all(|line| line.changed.is_none()));
        assert_eq!(global.lists.iter().map(|list| list.terms).collect::<Vec<_>>(), [1, 1]);

        let brazil = effective(&policy, policy.market("BR"));
        assert_eq!(brazil.lineage, ["LATAM", "BR"]);
        let rule = &brazil.rules[0];
        let changed = line(rule, "effect.distribution");
        assert_eq!((changed.value.as_str(), changed.place.as_deref()), ("feed_ineligible", Some("t.yaml:26")));
        let by = changed.changed.as_ref().unwrap();
        assert_eq!((by.market.as_str(), by.was.as_deref(), by.legal_basis.as_deref()), ("BR", Some("removed"), Some("L1")));
        assert!(line(rule, "when").changed.is_none());
        assert_eq!((line(rule, "or").value.as_str(), line(rule, "or").place.as_deref()), ("caption has slurs", Some("t.yaml:20")));
        assert_eq!(line(rule, "and").changed.as_ref().unwrap().market, "BR");
        assert_eq!(rule.when, "(any text has firearms or caption has slurs) and author.age < 18");

        let trial = effective(&policy, policy.market("BR-SP"));
        let rule = &trial.rules[0];
        assert!(rule.lines.iter().all(|line| line.key != "or" && line.key != "and"));
        assert_eq!(line(rule, "when").changed.as_ref().unwrap().market, "BR-SP");
        assert_eq!((line(rule, "unless").value.as_str(), line(rule, "unless").place.as_deref()), ("none", Some("t.yaml:36")));

        let slurs = &brazil.lists[1];
        assert_eq!((slurs.terms, slurs.changes[0].term.as_str(), slurs.changes[0].market.as_str()), (2, "s••••••", "BR"));
    }
}
