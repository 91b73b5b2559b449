//! Finding one's way in a policy: what the engine would hit with a text, everything about a rule, all rules as a register, and
//! what falls due.

mod due;
mod register;
mod where_is;

pub use due::{Due, DueLine, due};
pub use register::{Register, RegisterMarket, RegisterRule, register, register_workbook};
pub(crate) use where_is::probe;
pub use where_is::{ListHit, Listed, RuleFires, RulePlace, WhereError, WhereRule, WhereText, where_rule, where_text};

use tribunal_policy::model::{AxisKind, AxisValue, Effect};
use tribunal_policy::source::Span;
use tribunal_policy::{MarketId, Policy};

/// Version of the values of this module.
pub const FORMAT: u32 = 1;

/// `rules/safety.yaml:12`.
pub(crate) fn place(policy: &Policy, span: Span) -> String {
    format!("{}:{}", policy.sources.path(span.file), policy.sources.line(span))
}

/// All markets, the policy without overlays first.
pub(crate) fn markets(policy: &Policy) -> impl Iterator<Item = Option<MarketId>> + use<> {
    let count = u32::try_from(policy.markets.len()).unwrap_or(u32::MAX);
    std::iter::once(None).chain((0..count).map(|at| Some(MarketId(at))))
}

/// A market's name; `(none)` for items without one.
pub(crate) fn market_name(policy: &Policy, market: Option<MarketId>) -> String {
    market.and_then(|market| policy.markets.get(market.index())).map_or_else(|| "(none)".to_owned(), |market| market.name.clone())
}

/// `distribution: removed, account: strike`.
pub(crate) fn effect_text(policy: &Policy, effect: &Effect) -> String {
    let parts = effect.0.iter().filter_map(|(axis, value)| {
        let axis = policy.axes.get(axis.index())?;
        let value = match (value, &axis.kind) {
            (AxisValue::Level(level), AxisKind::Ordered(values)) => values.get(usize::from(*level)).cloned().unwrap_or_default(),
            (AxisValue::Labels(labels), _) => format!("[{}]", labels.iter().map(String::as_str).collect::<Vec<_>>().join(", ")),
            _ => String::new(),
        };
        Some(format!("{}: {value}", axis.name))
    });
    parts.collect::<Vec<_>>().join(", ")
}
