//! Why a decision is as it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tribunal_core::{Call, Engine, Evidence, Item, RuleTrace, Scratch, SeenValue, Step, Truth, Value};
use tribunal_policy::cond::{CondKind, Operand, Value as CondValue};
use tribunal_policy::model::{AxisKind, AxisValue as PolicyValue, Effect, ExceptionSource, OnUnknown, Prose};
use tribunal_policy::{FieldId, Policy, time};

use crate::decision::{self, AxisValue, Decision, FORMAT, Hit, RuleEvidence};

/// A decision with everything that led to it. [`Explanation::to_text`] is for people.
///
/// ```
/// let moderator = tribunal::Moderator::from_text(r#"
/// policy: {id: demo, version: "1"}
/// terms: {firearms: [glock]}
/// rules:
///   - {id: gun, title: Firearms, when: any text has firearms and not author.verified, effect: {routing: review}}
/// "#)?;
/// let explanation = moderator.explain_json(r#"{"caption": "my gl0ck", "author": {"verified": false}}"#)?;
/// assert_eq!(explanation.decision.rules, ["gun"]);
/// assert_eq!((explanation.rules[0].outcome.as_str(), explanation.rules[0].title.as_deref()), ("fired", Some("Firearms")));
/// assert_eq!(explanation.texts["caption"], "my gl0ck");
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(description = "A decision with everything that led to it. [`Explanation::to_text`] is for people.")
)]
pub struct Explanation {
    /// Version of this form.
    pub format: u32,
    /// What was decided, with its evidence.
    pub decision: Decision,
    /// Rules that fired, could not be judged, or were kept from firing by an exception.
    pub rules: Vec<RuleExplanation>,
    /// Rules that would have fired but for one condition, where some term of theirs was found.
    pub nearest: Vec<NearestMiss>,
    /// The texts that hits point into, by field.
    pub texts: BTreeMap<String, String>,
}

/// One rule and the item.
///
/// ```
/// use tribunal::AxisValue;
///
/// let moderator = tribunal::Moderator::from_text(r#"
/// policy: {id: demo, version: "1"}
/// terms: {firearms: [glock]}
/// rules:
///   - {id: gun, clause: "5.1", when: any text has firearms, unless: author.seller, effect: {routing: review}}
/// "#)?;
/// // The exception cannot be judged: the rule fires, and says what it did not know.
/// let explanation = moderator.explain_json(r#"{"caption": "my glock"}"#)?;
/// let rule = &explanation.rules[0];
/// assert_eq!((rule.outcome.as_str(), rule.stage.as_str(), rule.clause.as_deref()), ("fired", "live", Some("5.1")));
/// assert_eq!(rule.effect["routing"], AxisValue::Level("review".into()));
/// assert_eq!((rule.hits.len(), &rule.missing[..]), (1, &["author.seller".to_owned()][..]));
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "One rule and the item."))]
pub struct RuleExplanation {
    /// Its name.
    pub rule: String,
    /// Its title.
    pub title: Option<String>,
    /// The public clause.
    pub clause: Option<String>,
    /// Its category.
    pub category: Option<String>,
    /// `fired`, `not judged` or `exempt`.
    pub outcome: String,
    /// `live` or `shadow`, for this item.
    pub stage: String,
    /// Its effect in the item's market, softened where an exception says so.
    pub effect: BTreeMap<String, AxisValue>,
    /// `unknown` where something is contributed because the rule could not be judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Overlays that made it what it is there.
    pub overlays: Vec<OverlayExplanation>,
    /// Its condition, part by part.
    pub when: ConditionExplanation,
    /// Its exceptions.
    pub exceptions: Vec<ExceptionExplanation>,
    /// Fields for want of which it (or an exception) could not be judged.
    pub missing: Vec<String>,
    /// The hits behind it.
    pub hits: Vec<Hit>,
}

/// A market's change of a rule.
///
/// ```
/// let moderator = tribunal::Moderator::from_text(r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: lottery, when: any text has "lottery", effect: {routing: review}}
/// markets:
///   - market: BR
///     overrides: [{rule: lottery, effect: {routing: escalate}, reason: Needs a licence., legal_basis: L1}]
/// "#)?;
/// let explanation = moderator.explain_json(r#"{"market": "BR", "caption": "lottery tonight"}"#)?;
/// let overlay = &explanation.rules[0].overlays[0];
/// assert_eq!((overlay.market.as_str(), overlay.reason.as_str()), ("BR", "Needs a licence."));
/// assert_eq!(overlay.legal_basis.as_deref(), Some("L1"));
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "A market's change of a rule."))]
pub struct OverlayExplanation {
    /// The market.
    pub market: String,
    /// Why it differs.
    pub reason: String,
    /// The law it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal_basis: Option<String>,
}

/// A condition with its truth and what it saw.
///
/// ```
/// let moderator = tribunal::Moderator::from_text(r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: vape-minor, when: any text has "vape" and author.age < 18, effect: {routing: review}}
/// "#)?;
/// let explanation = moderator.explain_json(r#"{"caption": "new vape", "author": {"age": 16}}"#)?;
/// let when = &explanation.rules[0].when;
/// assert_eq!((when.text.as_str(), when.truth.as_str(), when.parts.len()), ("and", "true", 2));
/// assert_eq!((when.parts[0].text.as_str(), when.parts[0].hits.len()), ("any text has \"vape\"", 1));
/// assert_eq!((when.parts[1].text.as_str(), &when.parts[1].seen[..]), ("author.age < 18", &["author.age = 16".to_owned()][..]));
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "A condition with its truth and what it saw."))]
pub struct ConditionExplanation {
    /// The condition in canonical form; `and`, `or` or `not` where it has parts.
    pub text: String,
    /// `true`, `false` or `unknown`.
    pub truth: String,
    /// Values seen, `name = value`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<String>,
    /// Hits found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hits: Vec<Hit>,
    /// Fields for want of which it is unknown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// Its parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<ConditionExplanation>,
}

/// An exception of a rule.
///
/// ```
/// let moderator = tribunal::Moderator::from_text(r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: gun, when: any text has "glock", effect: {routing: review}}
/// exceptions:
///   - {id: news, applies_to: [gun], when: any text has "police reports", reason: Reporting stays up.}
/// "#)?;
/// let explanation = moderator.explain_json(r#"{"caption": "police reports: a glock was found"}"#)?;
/// assert_eq!((explanation.decision.rules.len(), explanation.rules[0].outcome.as_str()), (0, "exempt"));
/// let exception = &explanation.rules[0].exceptions[0];
/// assert_eq!((exception.exception.as_str(), exception.does.as_str(), exception.when.truth.as_str()), ("news", "cancels", "true"));
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "An exception of a rule."))]
pub struct ExceptionExplanation {
    /// `unless`, or the shared exception's name.
    pub exception: String,
    /// Why it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `cancels` or `softens`.
    pub does: String,
    /// Its condition.
    pub when: ConditionExplanation,
}

/// A rule that one condition kept from firing.
///
/// ```
/// let moderator = tribunal::Moderator::from_text(r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: vape-minor, when: any text has "vape" and author.age < 18, effect: {routing: review}}
/// "#)?;
/// let explanation = moderator.explain_json(r#"{"caption": "new vape", "author": {"age": 19}}"#)?;
/// let miss = &explanation.nearest[0];
/// assert_eq!((miss.rule.as_str(), miss.condition.as_str()), ("vape-minor", "author.age < 18"));
/// assert_eq!((&miss.seen[..], miss.hits.len()), (&["author.age = 19".to_owned()][..], 1));
/// # Ok::<(), tribunal::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "A rule that one condition kept from firing."))]
pub struct NearestMiss {
    /// The rule.
    pub rule: String,
    /// The condition that would have had to be the other way round.
    pub condition: String,
    /// What it saw.
    pub seen: Vec<String>,
    /// Hits of the parts that held.
    pub hits: Vec<Hit>,
}

/// The most near misses that are told.
const MAX_NEAREST: usize = 5;

pub(crate) fn explain(engine: &Engine, item: &dyn Item, (call, lang): (Call, Option<&str>), scratch: &mut Scratch) -> Explanation {
    let policy = engine.policy();
    let traces = engine.trace(item, call, scratch, &mut |_, _| true);
    let verdict = engine.classify(item, call, scratch);
    let mut decided = decision::decision(engine, item, verdict);
    let names = Names { policy, item, lang };
    let mut rules = Vec::new();
    let mut nearest = Vec::new();
    let mut evidence = Vec::new();
    for trace in &traces {
        let name = decision::rule_name(policy, trace.effective.rule);
        let exempt = trace.when.truth == Truth::True && trace.dates == Truth::True && trace.fired == Truth::False;
        if trace.fired == Truth::True {
            evidence.push(RuleEvidence { rule: name.clone(), hits: names.hits(&trace.evidence) });
        }
        if trace.fired != Truth::False || exempt {
            rules.push(names.rule(trace, exempt, &decided));
        } else if nearest.len() < MAX_NEAREST
            && trace.dates == Truth::True
            && let Some(miss) = names.near_miss(&name, &trace.when)
        {
            nearest.push(miss);
        }
    }
    evidence.sort_by(|a, b| a.rule.cmp(&b.rule));
    let texts = names.texts(&traces);
    decided.evidence = Some(evidence);
    Explanation { format: FORMAT, decision: decided, rules, nearest, texts }
}

struct Names<'a> {
    policy: &'a Policy,
    item: &'a dyn Item,
    /// That of texts for people; `None`: each in its own.
    lang: Option<&'a str>,
}

fn truth_name(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown",
    }
}

impl Names<'_> {
    fn prose(&self, text: &Prose) -> String {
        self.lang.map_or_else(|| text.to_string(), |lang| text.shown(lang))
    }

    fn hits(&self, evidence: &[Evidence]) -> Vec<Hit> {
        evidence.iter().map(|evidence| decision::hit(self.policy, self.item, evidence)).collect()
    }

    fn fields(&self, fields: &[FieldId]) -> Vec<String> {
        let mut names: Vec<String> = fields.iter().map(|field| self.policy.field_name(*field).to_owned()).collect();
        names.sort();
        names.dedup();
        names
    }

    fn rule(&self, trace: &RuleTrace, exempt: bool, decided: &Decision) -> RuleExplanation {
        let effective = &trace.effective;
        let name = decision::rule_name(self.policy, effective.rule);
        let rule = self.policy.rules.get(effective.rule.index());
        let waits = decided.pending.iter().any(|unjudged| unjudged.rule == name);
        let unjudged = decided.unknown.iter().chain(&decided.pending).find(|unjudged| unjudged.rule == name);
        let contributes = trace.fired == Truth::Unknown && trace.live && !waits && effective.on_unknown != OnUnknown::Ignore;
        RuleExplanation {
            title: rule.and_then(|rule| rule.title.as_ref()).map(|title| self.prose(title)),
            clause: rule.and_then(|rule| rule.clause.clone()),
            category: rule.and_then(|rule| rule.category.clone()),
            outcome: match trace.fired {
                Truth::True => "fired",
                Truth::Unknown => "not judged",
                Truth::False if exempt => "exempt",
                Truth::False => "not fired",
            }
            .to_owned(),
            stage: if trace.live { "live" } else { "shadow" }.to_owned(),
            effect: if contributes && effective.on_unknown == OnUnknown::Review {
                BTreeMap::from([("routing".to_owned(), AxisValue::Level("review".to_owned()))])
            } else {
                self.effect(softened(trace).as_ref().unwrap_or(&effective.effect))
            },
            because: contributes.then(|| "unknown".to_owned()),
            overlays: self.overlays(trace),
            when: self.condition(&trace.when),
            exceptions: trace.exceptions.iter().map(|(source, cancels, step)| self.exception(*source, *cancels, step)).collect(),
            missing: unjudged.map(|unjudged| unjudged.missing.clone()).unwrap_or_default(),
            hits: self.hits(&trace.evidence),
            rule: name,
        }
    }

    fn effect(&self, effect: &Effect) -> BTreeMap<String, AxisValue> {
        let mut named = BTreeMap::new();
        for (axis, value) in &effect.0 {
            let Some(axis) = self.policy.axes.get(axis.index()) else { continue };
            let value = match (value, &axis.kind) {
                (PolicyValue::Level(level), AxisKind::Ordered(values)) => AxisValue::Level(values.get(usize::from(*level)).cloned().unwrap_or_default()),
                (PolicyValue::Labels(labels), _) => AxisValue::Labels(labels.iter().cloned().collect()),
                _ => continue,
            };
            named.insert(axis.name.clone(), value);
        }
        named
    }

    fn overlays(&self, trace: &RuleTrace) -> Vec<OverlayExplanation> {
        let overlays = trace.effective.overlays.iter();
        overlays
            .filter_map(|(market, at)| {
                let market = self.policy.markets.get(market.index())?;
                let change = market.overrides.get(*at as usize)?;
                Some(OverlayExplanation { market: market.name.clone(), reason: self.prose(&change.reason), legal_basis: change.legal_basis.clone() })
            })
            .collect()
    }

    fn exception(&self, source: ExceptionSource, cancels: bool, step: &Step) -> ExceptionExplanation {
        let shared = match source {
            ExceptionSource::Own => None,
            ExceptionSource::Shared(id) => self.policy.exceptions.get(id.index()),
        };
        ExceptionExplanation {
            exception: shared.map_or_else(|| "unless".to_owned(), |exception| exception.name.clone()),
            reason: shared.and_then(|exception| exception.reason.as_ref()).map(|reason| self.prose(reason)),
            does: if cancels { "cancels" } else { "softens" }.to_owned(),
            when: self.condition(step),
        }
    }

    fn condition(&self, step: &Step) -> ConditionExplanation {
        let text = match &step.cond.kind {
            CondKind::And(_) => "and".to_owned(),
            CondKind::Or(_) => "or".to_owned(),
            CondKind::Not(_) => "not".to_owned(),
            _ => self.policy.print(&step.cond),
        };
        ConditionExplanation {
            text,
            truth: truth_name(step.truth).to_owned(),
            seen: self.seen(step),
            hits: self.hits(&step.hits),
            missing: self.fields(&step.missing),
            parts: step.parts.iter().map(|part| self.condition(part)).collect(),
        }
    }

    /// What a comparison saw, left then right.
    fn seen(&self, step: &Step) -> Vec<String> {
        let names: Vec<String> = match &step.cond.kind {
            CondKind::Compare(left, _, Operand::Value(right)) => vec![self.value_name(left), self.value_name(right)],
            CondKind::Compare(value, ..) | CondKind::In(value, ..) => vec![self.value_name(value)],
            CondKind::Flag(field) => vec![self.policy.field_name(*field).to_owned()],
            _ => Vec::new(),
        };
        names.into_iter().zip(&step.seen).map(|(name, seen)| format!("{name} = {}", seen_text(seen))).collect()
    }

    fn value_name(&self, value: &CondValue) -> String {
        let mut name = String::new();
        self.policy.print_value(&mut name, value);
        name
    }

    /// The one condition that would have made the rule fire, if some other part of it found a term.
    fn near_miss(&self, rule: &str, when: &Step) -> Option<NearestMiss> {
        if flips(when, true) != 1 {
            return None;
        }
        let mut held = Vec::new();
        found(when, &mut held);
        let wanted = culprit(when, true)?;
        if held.is_empty() {
            return None;
        }
        let mut hits = self.hits(&held);
        hits.dedup();
        Some(NearestMiss { rule: rule.to_owned(), condition: self.policy.print(&wanted.cond), seen: self.seen(wanted), hits })
    }

    /// The texts of every field that a hit points into, but for those in which a sensitive list is hit: such a list leaves
    /// the house only by name.
    fn texts(&self, traces: &[RuleTrace]) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        let all = || traces.iter().flat_map(|trace| &trace.evidence);
        let sensitive = |evidence: &Evidence| self.policy.lists.get(evidence.list.index()).is_some_and(|list| list.sensitive);
        let place = |evidence: &Evidence| (evidence.field, evidence.element);
        let hidden: Vec<(FieldId, Option<u32>)> = all().filter(|evidence| sensitive(evidence)).map(place).collect();
        for evidence in all().filter(|evidence| !hidden.contains(&place(evidence))) {
            let name = self.policy.field_name(evidence.field);
            match (self.item.value(evidence.field), evidence.element) {
                (Value::Text(text), _) => {
                    texts.insert(name.to_owned(), text.to_owned());
                }
                (Value::List(list), Some(element)) => {
                    texts.insert(format!("{name}[{element}]"), list.get(element as usize).unwrap_or("").to_owned());
                }
                _ => {}
            }
        }
        texts
    }
}

/// The effect that exceptions put in place of the rule's own.
fn softened(trace: &RuleTrace) -> Option<Effect> {
    let effects = trace.effective.softens.iter().map(|(_, _, effect)| effect);
    let steps = trace.exceptions.iter().skip(trace.effective.cancels.len()).map(|(_, _, step)| step);
    let mut all: Option<Effect> = None;
    for (effect, _) in effects.zip(steps).filter(|(_, step)| step.truth == Truth::True) {
        all.get_or_insert_default().merge(effect);
    }
    all
}

fn seen_text(seen: &SeenValue) -> String {
    let points = |value: i64| tribunal_policy::num::Decimal { mantissa: value, scale: 3 }.to_num().to_string();
    match seen {
        SeenValue::Unknown => "not known".to_owned(),
        SeenValue::Text(text) => format!("{text:?}"),
        SeenValue::Number(number) => number.to_string(),
        SeenValue::Range(low, Some(high)) if low == high => low.to_string(),
        SeenValue::Range(low, Some(high)) => format!("{low} to {high}"),
        SeenValue::Range(low, None) => format!("{low} or more"),
        SeenValue::Points(low, high) if low == high => points(*low),
        SeenValue::Points(low, high) => format!("{} to {}", points(*low), points(*high)),
        SeenValue::Bool(value) => value.to_string(),
        SeenValue::Time(seconds) => time::display(*seconds),
        SeenValue::List(count) => format!("{count} elements"),
    }
}

/// How many leaves would have to change for the condition to be as wanted.
fn flips(step: &Step, wanted: bool) -> usize {
    if step.truth == Truth::from(wanted) {
        return 0;
    }
    match (&step.cond.kind, wanted) {
        (CondKind::Not(_), _) => step.parts.first().map_or(1, |part| flips(part, !wanted)),
        (CondKind::And(_), true) | (CondKind::Or(_), false) => step.parts.iter().map(|part| flips(part, wanted)).sum(),
        (CondKind::And(_), false) | (CondKind::Or(_), true) => step.parts.iter().map(|part| flips(part, wanted)).min().unwrap_or(1),
        _ => 1,
    }
}

/// The leaf that would have to change.
fn culprit(step: &Step, wanted: bool) -> Option<&Step> {
    if step.truth == Truth::from(wanted) {
        return None;
    }
    match &step.cond.kind {
        CondKind::Not(_) => culprit(step.parts.first()?, !wanted),
        CondKind::And(_) | CondKind::Or(_) => step.parts.iter().filter(|part| flips(part, wanted) == 1).find_map(|part| culprit(part, wanted)),
        _ => Some(step),
    }
}

/// Hits of the leaves that hold.
fn found(step: &Step, out: &mut Vec<Evidence>) {
    if matches!(step.cond.kind, CondKind::Not(_)) {
        return;
    }
    if step.truth == Truth::True {
        out.extend(step.hits.iter().cloned());
    }
    step.parts.iter().for_each(|part| found(part, out));
}
