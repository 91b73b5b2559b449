//! Markets and what they change.

use super::*;

/// A market and its overlay.
#[derive(Clone, Debug)]
pub struct Market {
    /// Upper-case name.
    pub name: String,
    /// Where it is declared.
    pub span: Span,
    /// The market above it.
    pub parent: Option<MarketId>,
    /// For people.
    pub title: Option<String>,
    /// Its changes, each on the result of the market above.
    pub overrides: Vec<Override>,
    /// Floors that bind the markets below it.
    pub floors: Vec<Selector>,
}

/// A change of a market.
#[derive(Clone, Debug)]
pub struct Override {
    /// Where it is written.
    pub span: Span,
    /// What is changed.
    pub target: Target,
    /// Why.
    pub reason: String,
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
#[derive(Clone, Debug)]
pub enum Target {
    /// A rule.
    Rule(RuleId, Box<RuleChange>),
    /// A list (its entries carry the change in [`Entry::force`]).
    List(ListId, ListChange),
}

/// Changes of a rule; `None`: as it is above.
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
#[derive(Clone, Debug, Default)]
pub struct ListChange {
    /// Indices into [`List::entries`] put in.
    pub add: Vec<u32>,
    /// Indices taken out.
    pub remove: Vec<u32>,
    /// Allow entries put in.
    pub allow: Vec<u32>,
    /// Allow entries taken out.
    pub disallow: Vec<u32>,
}
