//! The typed tree of a policy: what the files say, names resolved, every part with its place.

mod overlay;
mod prose;
mod rules;
mod terms;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::cond::Cond;
use crate::fields::Field;
use crate::ids::{AxisId, ExceptionId, FieldId, ListId, MarketId, RuleId, ScoreId};
use crate::num::Decimal;
use crate::source::{Sources, Span};
use crate::time::Instant;

pub use overlay::{AxisChange, ListChange, Market, Override, RuleChange, Target, WhenChange};
pub(crate) use prose::same_tag;
pub use prose::{Prose, is_lang, text_in};
pub use rules::{Example, Examples, OnUnknown, Rollout, Rule, Stage, Unless};
pub use terms::{Entry, Force, List, Match};

/// A checked policy. Made by [`crate::load`]; every id in it is valid in its tables.
///
/// ```
/// let text = r#"
/// policy: {id: demo, version: "5.10"}
/// terms: {firearms: [glock, "ar-15"]}
/// rules:
///   - {id: gun, when: any text has firearms, effect: {routing: review}}
/// markets: [{market: BR}]
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// assert_eq!((policy.version.as_str(), policy.rules.len(), policy.markets.len(), policy.digest.len()), ("5.10", 1, 1, 64));
/// assert_eq!(policy.print(&policy.rules[0].when), "any text has firearms");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// `policy.id`.
    pub id: String,
    /// `policy.version`, as written.
    pub version: String,
    /// `policy.title`.
    pub title: Option<Prose>,
    /// `policy.lang`: the language of texts that do not say theirs.
    pub lang: Option<String>,
    /// Version of the language it is written in (1).
    pub language: u32,
    /// BLAKE3 over the files (Exact meaning 33), 64 hex digits.
    pub digest: String,
    /// Built-in fields first (fixed ids), then declared ones.
    pub fields: Vec<Field>,
    /// Effect axes in the order declared.
    pub axes: Vec<Axis>,
    /// Term lists by name, then the inline terms of conditions.
    pub lists: Vec<List>,
    /// Rules, sorted by name.
    pub rules: Vec<Rule>,
    /// Names of scores, sorted.
    pub scores: Vec<String>,
    /// Shared exceptions, sorted by name.
    pub exceptions: Vec<Exception>,
    /// Markets, parents before children.
    pub markets: Vec<Market>,
    /// Floors of the whole policy.
    pub floors: Vec<Selector>,
    /// What an item over a limit contributes.
    pub on_incomplete: Effect,
    /// The list that says which words are ordinary (guards of disguised readings).
    pub ordinary_words: Option<ListId>,
    /// Declared categories.
    pub taxonomy: Vec<Category>,
    /// Which fields a deployment scans, by surface.
    pub surfaces: BTreeMap<String, Vec<FieldId>>,
    /// Findings of an analysis that are accepted.
    pub allowed: Vec<Allowed>,
    /// Labelled items of `tests/*.jsonl`, as text lines.
    pub tests: Vec<TestLine>,
    /// The files.
    pub sources: Arc<Sources>,
}

/// A category of the taxonomy.
///
/// ```
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// taxonomy:
///   regulated-goods/firearms: {title: Firearms, languages: [en]}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let category = &policy.taxonomy[0];
/// assert_eq!((category.name.as_str(), category.title.as_deref()), ("regulated-goods/firearms", Some("Firearms")));
/// assert!(category.markets.is_empty() && category.languages == ["en"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Category {
    /// Its path, `a/b`.
    pub name: String,
    /// For people.
    pub title: Option<Prose>,
    /// Markets, languages and fields in which it is in scope; empty: all.
    pub markets: Vec<String>,
    /// Languages in scope.
    pub languages: Vec<String>,
    /// Fields in scope.
    pub fields: Vec<String>,
    /// Rank of the harm, the greater the worse.
    pub harm: Option<Decimal>,
}

/// A finding of an analysis that its owner accepts, so that it is counted and no longer told.
///
/// ```
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - id: gun
///     when: any text has "glock"
///     effect: {routing: review}
///     allow: [{code: hygiene, reason: A demonstration has no owner., until: 2027-01-31}]
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let allowed = &policy.allowed[0];
/// assert_eq!((allowed.code.as_str(), allowed.about.as_deref()), ("hygiene", Some("gun")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Allowed {
    /// Code or short id of the finding.
    pub code: String,
    /// What it is about: a rule, list, category or market.
    pub about: Option<String>,
    /// It is about this market only.
    pub market: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Last moment at which it is.
    pub until: Option<Instant>,
    /// Who accepted it.
    pub owner: Option<String>,
    /// Where it is written.
    pub span: Span,
}

/// One labelled item of a policy's own tests.
///
/// ```
/// use std::collections::BTreeMap;
///
/// let files = BTreeMap::from([
///     ("policy.yaml".to_owned(), b"policy: {id: demo, version: '1'}".to_vec()),
///     ("tests/a.jsonl".to_owned(), b"\n{\"item\": {}, \"expect\": {\"rules\": []}}\n".to_vec()),
/// ]);
/// let policy = tribunal_policy::load_files(files).policy.ok_or("no errors")?;
/// let test = &policy.tests[0];
/// assert_eq!((test.line, policy.sources.slice(test.span)), (2, r#"{"item": {}, "expect": {"rules": []}}"#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct TestLine {
    /// Where it stands (a JSON line without its line end).
    pub span: Span,
    /// 1-based line number.
    pub line: u32,
}

/// An axis of effects.
///
/// ```
/// use tribunal_policy::model::AxisKind;
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// axes:
///   action: {kind: ordered, values: [keep, limit, remove]}
///   routing: {kind: ordered, values: [none, review]}
///   labels: {kind: set, values: [ad, ai]}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// assert_eq!((policy.axes.len(), policy.axes[0].name.as_str()), (3, "action"));
/// assert!(matches!(&policy.axes[0].kind, AxisKind::Ordered(values) if values[0] == "keep"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Axis {
    /// Its name.
    pub name: String,
    /// How contributions combine.
    pub kind: AxisKind,
}

/// How the contributions to an axis combine.
///
/// ```
/// use tribunal_policy::model::AxisKind;
///
/// let axes = tribunal_policy::default_axes();
/// let ordered: Vec<_> = axes.iter().filter(|axis| matches!(axis.kind, AxisKind::Ordered(_))).map(|axis| axis.name.as_str()).collect();
/// assert_eq!(ordered, ["distribution", "audience", "routing", "account"]);
/// // Any label that is a name.
/// assert!(axes.iter().any(|axis| axis.kind == AxisKind::Set(None)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum AxisKind {
    /// Values from the mildest to the strictest; the strictest contribution holds, the first one without any.
    Ordered(Vec<String>),
    /// Labels; the union holds. `Some`: only these are allowed.
    Set(Option<BTreeSet<String>>),
}

/// What a rule does: a value on some axes.
///
/// ```
/// use tribunal_policy::model::AxisValue;
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: gun, when: any text has "glock", effect: {distribution: removed, annotation: [disclosure]}}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let effect = &policy.rules[0].effect;
/// let distribution = policy.axis("distribution").ok_or("a default axis")?;
/// assert_eq!((effect.0.len(), &effect.0[&distribution]), (2, &AxisValue::Level(3)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Effect(pub BTreeMap<AxisId, AxisValue>);

/// A value on an axis.
///
/// ```
/// use tribunal_policy::model::AxisValue;
///
/// // Levels count from the mildest value of the axis: the stricter one is the greater.
/// assert!(AxisValue::Level(3) > AxisValue::Level(1));
/// let labels = AxisValue::Labels(["disclosure".to_owned()].into());
/// assert!(matches!(labels, AxisValue::Labels(names) if names.contains("disclosure")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AxisValue {
    /// Index into the values of an ordered axis.
    Level(u8),
    /// Labels of a set axis.
    Labels(BTreeSet<String>),
}

impl Effect {
    /// Takes up another effect: the strictest level, the union of labels.
    ///
    /// ```
    /// use tribunal_policy::{AxisId, model::{AxisValue, Effect}};
    ///
    /// let (level, label) = (|level| (AxisId(0), AxisValue::Level(level)), |name: &str| (AxisId(2), AxisValue::Labels([name.to_owned()].into())));
    /// let mut effect = Effect([level(3), label("disclosure")].into());
    /// effect.merge(&Effect([level(1), label("warning_screen")].into()));
    /// assert_eq!(effect.0[&AxisId(0)], AxisValue::Level(3));
    /// assert_eq!(effect.0[&AxisId(2)], AxisValue::Labels(["disclosure".to_owned(), "warning_screen".to_owned()].into()));
    /// ```
    pub fn merge(&mut self, other: &Effect) {
        for (axis, value) in &other.0 {
            match (self.0.get_mut(axis), value) {
                (Some(AxisValue::Level(mine)), AxisValue::Level(theirs)) => *mine = (*mine).max(*theirs),
                (Some(AxisValue::Labels(mine)), AxisValue::Labels(theirs)) => mine.extend(theirs.iter().cloned()),
                _ => {
                    self.0.insert(*axis, value.clone());
                }
            }
        }
    }
}

/// A shared exception.
///
/// ```
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules: [{id: gun, category: goods/firearms, when: any text has "glock", effect: {routing: review}}]
/// exceptions:
///   - {id: news, applies_to: [goods/*], when: any text has "police reports", reason: Reporting stays up.}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let exception = &policy.exceptions[0];
/// assert_eq!((exception.name.as_str(), exception.reason.as_deref()), ("news", Some("Reporting stays up.")));
/// assert!(exception.becomes.is_none() && exception.applies_to.len() == 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Exception {
    /// Its name.
    pub name: String,
    /// Where it is written.
    pub span: Span,
    /// The rules it serves.
    pub applies_to: Vec<Selector>,
    /// Rules it must never serve.
    pub never: Vec<Selector>,
    /// Its condition.
    pub when: Cond,
    /// The effect in place of the rules' own; `None`: they do not fire.
    pub becomes: Option<Effect>,
    /// Why.
    pub reason: Option<Prose>,
    /// The market whose file declares it.
    pub scope: Option<MarketId>,
}

/// Rules by name or by category.
///
/// ```
/// use tribunal_policy::model::SelectorKind;
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// floors: [safety/*]
/// rules: [{id: threat, category: safety/violence, when: any text has "badword", on_unknown: review, effect: {routing: review}}]
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let floor = &policy.floors[0];
/// assert_eq!(floor.kind, SelectorKind::Under("safety".into()));
/// assert_eq!(policy.sources.slice(floor.span), "safety/*");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Where it is written.
    pub span: Span,
    /// What it picks.
    pub kind: SelectorKind,
}

/// What a selector picks.
///
/// ```
/// use tribunal_policy::model::SelectorKind;
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// floors: [threat, safety/violence, safety/*, "*"]
/// rules: [{id: threat, category: safety/violence, when: any text has "badword", on_unknown: review, effect: {routing: review}}]
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let kinds: Vec<_> = policy.floors.iter().map(|floor| floor.kind.clone()).collect();
/// let threat = policy.rule("threat").ok_or("declared")?;
/// use SelectorKind::{All, Category, Rule, Under};
/// assert_eq!(kinds, [Rule(threat), Category("safety/violence".into()), Under("safety".into()), All]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectorKind {
    /// One rule.
    Rule(RuleId),
    /// The rules of exactly this category.
    Category(String),
    /// `x/*`: the rules of `x` and of every category under it.
    Under(String),
    /// `*`: every rule.
    All,
}

impl Selector {
    /// Whether it picks the rule.
    ///
    /// ```
    /// let text = r#"
    /// policy: {id: demo, version: "1"}
    /// floors: [safety/*]
    /// rules:
    ///   - {id: spam, category: integrity/spam, when: any text has "free gems", effect: {routing: review}}
    ///   - {id: threat, category: safety/violence, when: any text has "badword", on_unknown: review, effect: {routing: review}}
    /// "#;
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let picked = |name| policy.rule(name).is_some_and(|id| policy.floors[0].picks(id, &policy.rules[id.index()]));
    /// assert!(picked("threat") && !picked("spam"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn picks(&self, id: RuleId, rule: &Rule) -> bool {
        let category = rule.category.as_deref().unwrap_or("");
        match &self.kind {
            SelectorKind::Rule(named) => *named == id,
            SelectorKind::Category(name) => category == name,
            SelectorKind::Under(name) => category.strip_prefix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            SelectorKind::All => true,
        }
    }
}

impl Policy {
    /// The rule of that name.
    ///
    /// ```
    /// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: any text has \"glock\", effect: {routing: review}}";
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// assert_eq!(policy.rule("gun").map(|id| policy.rules[id.index()].name.as_str()), Some("gun"));
    /// assert_eq!(policy.rule("gum"), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rule(&self, name: &str) -> Option<RuleId> {
        let at = self.rules.binary_search_by(|rule| rule.name.as_str().cmp(name)).ok()?;
        Some(RuleId(u32::try_from(at).ok()?))
    }

    /// The market of that name (ASCII case ignored).
    ///
    /// ```
    /// let policy = tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}\nmarkets: [{market: BR}]").policy.ok_or("no errors")?;
    /// assert!(policy.market("br").is_some());
    /// assert_eq!(policy.market("ATLANTIS"), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn market(&self, name: &str) -> Option<MarketId> {
        let at = self.markets.iter().position(|market| market.name.eq_ignore_ascii_case(name))?;
        Some(MarketId(u32::try_from(at).ok()?))
    }

    /// The axis of that name.
    ///
    /// ```
    /// let policy = tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?;
    /// assert_eq!(policy.axis("annotation").map(|id| policy.axes[id.index()].name.as_str()), Some("annotation"));
    /// assert_eq!(policy.axis("colour"), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn axis(&self, name: &str) -> Option<AxisId> {
        let at = self.axes.iter().position(|axis| axis.name == name)?;
        Some(AxisId(u32::try_from(at).ok()?))
    }

    /// The field of that name (aliases included).
    ///
    /// ```
    /// let policy = tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?;
    /// assert!(policy.field("author.age").is_some());
    /// assert_eq!(policy.field("region"), policy.field("market"));
    /// assert_eq!(policy.field("colour"), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn field(&self, name: &str) -> Option<FieldId> {
        crate::fields::find(&self.fields, name)
    }

    /// The market and those above it, from the root down.
    ///
    /// ```
    /// let text = "policy: {id: demo, version: '1'}\nmarkets: [{market: LATAM}, {market: BR, inherits: LATAM}]";
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let (latam, brazil) = (policy.market("LATAM").ok_or("declared")?, policy.market("BR").ok_or("declared")?);
    /// assert_eq!((policy.lineage(brazil), policy.lineage(latam)), (vec![latam, brazil], vec![latam]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn lineage(&self, market: MarketId) -> Vec<MarketId> {
        let mut line = vec![market];
        let mut at = market;
        while let Some(parent) = self.markets.get(at.index()).and_then(|m| m.parent) {
            if line.contains(&parent) {
                break;
            }
            line.push(parent);
            at = parent;
        }
        line.reverse();
        line
    }

    /// Whether `market` is `ancestor` or below it.
    ///
    /// ```
    /// let text = "policy: {id: demo, version: '1'}\nmarkets: [{market: LATAM}, {market: BR, inherits: LATAM}]";
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let (latam, brazil) = (policy.market("LATAM").ok_or("declared")?, policy.market("BR").ok_or("declared")?);
    /// assert!(policy.is_within(brazil, latam) && policy.is_within(latam, latam) && !policy.is_within(latam, brazil));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_within(&self, market: MarketId, ancestor: MarketId) -> bool {
        // A chain is never longer than there are markets, whatever a broken policy says.
        let mut at = Some(market);
        for _ in 0..=self.markets.len() {
            match at {
                Some(here) if here == ancestor => return true,
                Some(here) => at = self.markets.get(here.index()).and_then(|market| market.parent),
                None => return false,
            }
        }
        false
    }

    /// Whether `market = literal` holds for an item's `market` text (Exact meaning 16): equal without regard to ASCII case,
    /// or a declared market below the literal.
    ///
    /// ```
    /// let text = "policy: {id: demo, version: '1'}\nmarkets: [{market: LATAM}, {market: BR, inherits: LATAM}]";
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// assert!(policy.market_matches("br", "LATAM"));
    /// assert!(!policy.market_matches("LATAM", "BR"));
    /// // A market that the policy does not declare is only itself.
    /// assert!(policy.market_matches("jp", "JP") && !policy.market_matches("JP", "LATAM"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn market_matches(&self, market: &str, literal: &str) -> bool {
        if market.eq_ignore_ascii_case(literal) {
            return true;
        }
        match (self.market(market), self.market(literal)) {
            (Some(market), Some(literal)) => self.is_within(market, literal),
            _ => false,
        }
    }
}

/// Whether `lang = literal` holds: equal without regard to ASCII case, or the literal followed by a subtag.
///
/// ```
/// use tribunal_policy::model::lang_matches;
///
/// assert!(lang_matches("pt-BR", "pt") && lang_matches("PT", "pt"));
/// assert!(!lang_matches("pt", "pt-BR") && !lang_matches("ptx", "pt"));
/// ```
pub fn lang_matches(lang: &str, literal: &str) -> bool {
    lang.get(..literal.len()).is_some_and(|head| head.eq_ignore_ascii_case(literal)) && matches!(lang.as_bytes().get(literal.len()), None | Some(b'-' | b'_'))
}

/// Everything a rule is in one market: overlays applied, exceptions attached.
///
/// ```
/// use tribunal_policy::model::Stage;
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules: [{id: gun, when: any text has "glock", effect: {routing: review}}]
/// markets:
///   - {market: BR, overrides: [{rule: gun, stage: shadow, tighten: hashtags has "tiro", reason: A trial.}]}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let rule = &policy.effective(policy.market("BR"))[0];
/// assert_eq!((rule.stage, policy.print(&rule.when)), (Stage::Shadow, "any text has \"glock\" or hashtags has \"tiro\"".to_owned()));
/// let (market, change) = rule.overlays[0];
/// assert_eq!(&*policy.markets[market.index()].overrides[change as usize].reason, "A trial.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct EffectiveRule {
    /// Which rule.
    pub rule: RuleId,
    /// Life cycle there.
    pub stage: Stage,
    /// Sticky share there.
    pub rollout: Option<Rollout>,
    /// Condition there.
    pub when: Cond,
    /// Exceptions that cancel: the rule fires when none of them is true.
    pub cancels: Vec<(ExceptionSource, Cond)>,
    /// Exceptions that soften: when true, their effect stands in place of the rule's own.
    pub softens: Vec<(ExceptionSource, Cond, Effect)>,
    /// When it cannot be judged.
    pub on_unknown: OnUnknown,
    /// What it does there.
    pub effect: Effect,
    /// Points, in thousandths.
    pub points: BTreeMap<ScoreId, i64>,
    /// First second in force.
    pub effective_from: Option<Instant>,
    /// End of force.
    pub effective_until: Option<Instant>,
    /// The overlays that changed it: market and index into its overrides, from the root down.
    pub overlays: Vec<(MarketId, u32)>,
}

/// Where an exception comes from.
///
/// ```
/// use tribunal_policy::model::ExceptionSource;
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules: [{id: gun, when: any text has "glock", unless: author.verified, effect: {routing: review}}]
/// exceptions: [{id: news, applies_to: [gun], when: any text has "police reports", becomes: {routing: none}}]
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let rule = &policy.effective(None)[0];
/// assert_eq!(rule.cancels[0].0, ExceptionSource::Own);
/// assert!(matches!(rule.softens[0].0, ExceptionSource::Shared(id) if policy.exceptions[id.index()].name == "news"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ExceptionSource {
    /// The rule's own `unless`.
    Own,
    /// A shared one.
    Shared(ExceptionId),
}
