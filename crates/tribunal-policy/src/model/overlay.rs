//! Markets and what they change.

use super::{AxisValue, Prose, Rollout, Selector, Stage, Unless};
use crate::cond::Cond;
use crate::ids::{AxisId, ListId, MarketId, RuleId, ScoreId};
use crate::source::Span;
use crate::time::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// A market and its overlay.
///
/// ```
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules: [{id: gun, when: any text has "glock", on_unknown: ignore, effect: {routing: review}}]
/// markets:
///   - {market: LATAM, title: Latin America, floors: [gun]}
///   - {market: BR, inherits: LATAM}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let [latam, brazil] = &policy.markets[..] else { return Err("two markets".into()) };
/// assert_eq!((latam.title.as_deref(), latam.floors.len(), latam.parent), (Some("Latin America"), 1, None));
/// assert_eq!((brazil.name.as_str(), brazil.parent), ("BR", policy.market("LATAM")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Market {
    /// Upper-case name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// The market above it.
    pub parent: Option<MarketId>,
    /// For people.
    pub title: Option<Prose>,
    /// Languages spoken in it.
    pub languages: Vec<String>,
    /// Its changes, each on the result of the market above.
    pub overrides: Vec<Override>,
    /// Floors that bind the markets below it.
    pub floors: Vec<Selector>,
}

/// A change of a market.
///
/// ```
/// use tribunal_policy::model::Target;
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules: [{id: gun, when: any text has "glock", effect: {routing: review}}]
/// markets:
///   - {market: BR, overrides: [{rule: gun, stage: off, reason: Licensed here., legal_basis: L1}]}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let change = &policy.markets[0].overrides[0];
/// assert_eq!((&*change.reason, change.legal_basis.as_deref()), ("Licensed here.", Some("L1")));
/// assert!(matches!(change.target, Target::Rule(id, _) if Some(id) == policy.rule("gun")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Override {
    /// Where it is written.
    pub span: Span,
    /// What is changed.
    pub target: Target,
    /// Why.
    pub reason: Prose,
    /// Law it rests on.
    pub legal_basis: Option<String>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When somebody has to look again.
    pub review_by: Option<Instant>,
    /// What it means to do, if it says so (`tighten`, `loosen`, `disable`, `add`).
    pub intent: Option<String>,
}

/// What an override changes.
///
/// ```
/// use tribunal_policy::model::Target;
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// terms: {firearms: [glock]}
/// rules: [{id: gun, when: any text has firearms, effect: {routing: review}}]
/// markets:
///   - market: MX
///     overrides:
///       - {rule: gun, effect: {routing: escalate}, reason: More care.}
///       - {terms: firearms, add: [fierro], reason: Word of the region.}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// for change in &policy.markets[0].overrides {
///     match &change.target {
///         Target::Rule(rule, change) => assert_eq!((policy.rules[rule.index()].name.as_str(), change.effect.len()), ("gun", 1)),
///         Target::List(list, change) => assert_eq!((policy.list_name(*list), change.add.len()), ("firearms", 1)),
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub enum Target {
    /// A rule.
    Rule(RuleId, Box<RuleChange>),
    /// A list (its entries carry the change in [`Entry::force`](super::Entry::force)).
    List(ListId, ListChange),
}

/// Changes of a rule; `None`: as it is above.
///
/// ```
/// use tribunal_policy::model::{RuleChange, Stage, Target};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules: [{id: gun, when: any text has "glock", unless: author.verified, effect: {routing: review}}]
/// markets:
///   - {market: BR, overrides: [{rule: gun, stage: shadow, unless: none, reason: A trial.}]}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let Target::Rule(_, change) = &policy.markets[0].overrides[0].target else { return Err("a rule".into()) };
/// let RuleChange { stage, unless, when, .. } = &**change;
/// assert!(*stage == Some(Stage::Shadow) && matches!(unless, Some(None)) && when.is_none());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RuleChange {
    /// Life cycle.
    pub stage: Option<Stage>,
    /// Sticky share.
    pub rollout: Option<Rollout>,
    /// Axes it names are replaced or edited.
    pub effect: BTreeMap<AxisId, AxisChange>,
    /// Its exception; `Some(None)` removes it.
    pub unless: Option<Option<Unless>>,
    /// Replaces the condition, widens or narrows it.
    pub when: Option<WhenChange>,
    /// Replaces the points.
    pub points: Option<BTreeMap<ScoreId, i64>>,
    /// First second in force.
    pub effective_from: Option<Instant>,
    /// End of force.
    pub effective_until: Option<Instant>,
}

/// A change on one axis.
///
/// ```
/// use tribunal_policy::model::{AxisChange, Target};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules: [{id: gun, when: any text has "glock", effect: {annotation: [disclosure]}}]
/// markets:
///   - {market: BR, overrides: [{rule: gun, effect: {annotation: {add: [warning_screen], remove: [disclosure]}}, reason: Local form.}]}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let Target::Rule(_, change) = &policy.markets[0].overrides[0].target else { return Err("a rule".into()) };
/// let annotation = policy.axis("annotation").ok_or("a default axis")?;
/// assert!(matches!(&change.effect[&annotation], AxisChange::Edit { add, remove } if add.contains("warning_screen") && remove.contains("disclosure")));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AxisChange {
    /// In place of the value.
    Replace(AxisValue),
    /// Labels put in and taken out.
    Edit {
        /// Labels put in.
        add: BTreeSet<String>,
        /// Labels taken out.
        remove: BTreeSet<String>,
    },
}

/// A change of a condition.
///
/// ```
/// use tribunal_policy::model::{Target, WhenChange};
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules: [{id: gun, when: any text has "glock", effect: {routing: review}}]
/// markets:
///   - {market: BR, overrides: [{rule: gun, loosen: author.age < 18, reason: Statute.}]}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let Target::Rule(_, change) = &policy.markets[0].overrides[0].target else { return Err("a rule".into()) };
/// let Some(WhenChange::Loosen(also)) = &change.when else { return Err("it loosens".into()) };
/// assert_eq!(policy.print(also), "author.age < 18");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum WhenChange {
    /// In place of it.
    Replace(Cond),
    /// `(P) or (T)`.
    Tighten(Cond),
    /// `(P) and (L)`.
    Loosen(Cond),
}

/// A change of a list, as written.
///
/// ```
/// use tribunal_policy::model::Target;
///
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// terms: {firearms: [glock, revolver]}
/// markets:
///   - {market: MX, overrides: [{terms: firearms, add: [fierro], remove: [revolver], reason: Words of the region.}]}
/// "#;
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let Target::List(list, change) = &policy.markets[0].overrides[0].target else { return Err("a list".into()) };
/// let words = |entries: &[u32]| entries.iter().map(|at| policy.lists[list.index()].entries[*at as usize].text.clone()).collect::<Vec<_>>();
/// assert_eq!((words(&change.add), words(&change.remove)), (vec!["fierro".to_owned()], vec!["revolver".to_owned()]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ListChange {
    /// Indices into [`List::entries`](super::List::entries) put in.
    pub add: Vec<u32>,
    /// Indices taken out.
    pub remove: Vec<u32>,
    /// Allow entries put in.
    pub allow: Vec<u32>,
    /// Allow entries taken out.
    pub disallow: Vec<u32>,
}
