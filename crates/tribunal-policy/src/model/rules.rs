//! Rules as they are declared.

use super::{Effect, Prose};
use crate::cond::Cond;
use crate::ids::{FieldId, MarketId, ScoreId};
use crate::source::Span;
use crate::time::Instant;
use std::collections::BTreeMap;

/// Life cycle of a rule.
///
/// ```
/// use tribunal_policy::model::Stage;
///
/// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, stage: shadow, when: any text has \"glock\", effect: {routing: review}}";
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// assert_eq!((policy.rules[0].stage, policy.rules[0].stage.name()), (Stage::Shadow, "shadow"));
/// assert!(Stage::Draft < Stage::Live);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub enum Stage {
    /// Nothing.
    Off,
    /// Checked, examples run, never judged.
    Draft,
    /// Judged and listed, no effect.
    Shadow,
    /// In force.
    Live,
}

impl Stage {
    /// As written in a policy.
    ///
    /// ```
    /// use tribunal_policy::model::Stage;
    ///
    /// assert_eq!([Stage::Off, Stage::Draft, Stage::Shadow, Stage::Live].map(Stage::name), ["off", "draft", "shadow", "live"]);
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Stage::Off => "off",
            Stage::Draft => "draft",
            Stage::Shadow => "shadow",
            Stage::Live => "live",
        }
    }
}

/// What a live rule that cannot be judged contributes.
///
/// ```
/// use tribunal_policy::model::OnUnknown;
///
/// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: minor, when: author.age < 18, effect: {audience: adults}, on_unknown: apply}";
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// assert_eq!((policy.rules[0].on_unknown, OnUnknown::default()), (OnUnknown::Apply, OnUnknown::Ignore));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum OnUnknown {
    /// Nothing; it is listed.
    #[default]
    Ignore,
    /// `routing: review`.
    Review,
    /// Its effect.
    Apply,
}

/// A share of the items, sticky by key.
///
/// ```
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: gun, rollout: {share: 12.5%, by: author.id}, when: any text has "glock", effect: {routing: review}}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let rollout = policy.rules[0].rollout.ok_or("written")?;
/// assert_eq!((rollout.share, policy.field_name(rollout.by)), (125_000, "author.id"));
/// // An eighth of all hashes.
/// assert_eq!(rollout.threshold, Some(u64::MAX / 8 + 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Rollout {
    /// In, when the key's hash is below it; `None`: all (100 %).
    pub threshold: Option<u64>,
    /// Share in ten-thousandths of a percent (0 to 1,000,000).
    pub share: u32,
    /// The field whose value is hashed.
    pub by: FieldId,
}

/// A rule.
///
/// ```
/// use tribunal_policy::model::Stage;
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - id: gun
///     category: regulated-goods/firearms
///     clause: "5.1"
///     when: any text has "glock"
///     unless: author.verified
///     effect: {distribution: removed}
///     notice: {en: Firearms may not be sold here.}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let rule = &policy.rules[0];
/// assert_eq!((rule.name.as_str(), rule.stage, rule.clause.as_deref()), ("gun", Stage::Live, Some("5.1")));
/// assert_eq!(rule.notice["en"], "Firearms may not be sold here.");
/// assert_eq!(policy.sources.line(rule.span), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// The mapping it is written as.
    pub span: Span,
    /// For people.
    pub title: Option<Prose>,
    /// Node of the taxonomy.
    pub category: Option<String>,
    /// The public clause a statement of reasons cites.
    pub clause: Option<String>,
    /// Life cycle.
    pub stage: Stage,
    /// Sticky share.
    pub rollout: Option<Rollout>,
    /// Its condition.
    pub when: Cond,
    /// Its exception.
    pub unless: Option<Unless>,
    /// When it cannot be judged.
    pub on_unknown: OnUnknown,
    /// Whether `on_unknown` is written out.
    pub says_on_unknown: bool,
    /// What it does.
    pub effect: Effect,
    /// Points it gives to scores, in thousandths.
    pub points: BTreeMap<ScoreId, i64>,
    /// For people and reports.
    pub severity: Option<String>,
    /// Why the rule exists.
    pub rationale: Option<Prose>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Why it is as it is.
    pub reason: Option<Prose>,
    /// Law it rests on.
    pub legal_basis: Option<String>,
    /// First second in force.
    pub effective_from: Option<Instant>,
    /// End of force.
    pub effective_until: Option<Instant>,
    /// When somebody has to look again.
    pub review_by: Option<Instant>,
    /// No market may be milder.
    pub floor: bool,
    /// Texts for those concerned, by language.
    pub notice: BTreeMap<String, String>,
    /// Items it must fire on and must not fire on.
    pub examples: Examples,
    /// The market whose file declares it; in force there and below only.
    pub scope: Option<MarketId>,
}

impl Rule {
    /// A live rule with a condition and nothing else, for programs that ask the engine a question of their own.
    ///
    /// ```
    /// use tribunal_policy::model::{Rule, Stage};
    ///
    /// let text = "policy: {id: demo, version: '1'}\nrules:\n  - {id: gun, when: caption has \"glock\", effect: {routing: review}}\n";
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let asked = Rule::bare("asked".to_owned(), policy.rules[0].when.clone());
    /// assert!(asked.stage == Stage::Live && asked.effect.0.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bare(name: String, when: Cond) -> Rule {
        Rule {
            name,
            span: when.span,
            title: None,
            category: None,
            clause: None,
            stage: Stage::Live,
            rollout: None,
            when,
            unless: None,
            on_unknown: OnUnknown::Ignore,
            says_on_unknown: false,
            effect: Effect::default(),
            points: BTreeMap::new(),
            severity: None,
            rationale: None,
            owner: None,
            reason: None,
            legal_basis: None,
            effective_from: None,
            effective_until: None,
            review_by: None,
            floor: false,
            notice: BTreeMap::new(),
            examples: Examples::default(),
            scope: None,
        }
    }
}

/// A rule's own exception.
///
/// ```
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - id: injury
///     when: any text has "open wound"
///     unless: {when: any text has "first aid", becomes: {annotation: [warning_screen]}}
///     effect: {distribution: removed}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let unless = policy.rules[0].unless.as_ref().ok_or("written")?;
/// assert_eq!(policy.print(&unless.when), "any text has \"first aid\"");
/// assert!(unless.becomes.is_some(), "it softens: the rule fires with another effect");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Unless {
    /// Its condition.
    pub when: Cond,
    /// The effect in place of the rule's own; `None`: the rule does not fire.
    pub becomes: Option<Effect>,
}

/// Examples of a rule.
///
/// ```
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: gun, when: any text has "glock", effect: {routing: review}, examples: {violates: [my glock], allowed: [glockenspiel, my bike]}}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let examples = &policy.rules[0].examples;
/// assert_eq!((examples.violates.len(), examples.allowed.len()), (1, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Examples {
    /// The rule fires on these.
    pub violates: Vec<Example>,
    /// The rule does not fire on these.
    pub allowed: Vec<Example>,
}

/// An item in an example.
///
/// ```
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: gun, when: any text has "glock", effect: {routing: review}, examples: {violates: [my glock, {hashtags: [glock]}]}}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let items: Vec<_> = policy.rules[0].examples.violates.iter().map(|example| example.item.as_str()).collect();
/// assert_eq!(items, [r#"{"caption":"my glock"}"#, r#"{"hashtags":["glock"]}"#]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Example {
    /// Where it stands.
    pub span: Span,
    /// The item as a JSON object (a bare text is a caption).
    pub item: String,
}
