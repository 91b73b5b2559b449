//! What the overlays of markets mean for users: the policy with them beside the same policy without.

use std::collections::BTreeSet;
use std::sync::Arc;

use tribunal_core::CompileError;
use tribunal_policy::model::{Entry, Stage, Target};
use tribunal_policy::{MarketId, Policy};

use crate::diff::{DiffOptions, DiffReport, diff};

/// What overlays do to decisions in a market, its own and those it inherits: the policy without them is the old one. What is stricter
/// is taken away from users, what is milder is given to them; each with a smallest item that the engine decides in both ways, and the
/// override that does it. Rules, lists and exceptions that a market declares for itself count as its overlay.
///
/// # Errors
///
/// [`CompileError`] when no engine can be built of the policy.
///
/// ```
/// use std::sync::Arc;
/// use tribunal_analysis::{Way, overlays};
///
/// let text = "
/// policy: {id: demo, version: '1'}
/// rules: [{id: beer, when: any text has \"beer\", effect: {routing: review}}]
/// markets:
///   - {market: BR, overrides: [{rule: beer, stage: off, reason: Sold to adults everywhere.}]}
/// ";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let report = overlays(&policy, "BR")?;
/// let [change] = report.changes.as_slice() else { return Err("one change".into()) };
/// assert_eq!((change.way, change.markets.as_slice()), (Way::Milder, ["BR".to_owned()].as_slice()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn overlays(policy: &Arc<Policy>, market: &str) -> Result<DiffReport, CompileError> {
    let options = DiffOptions { markets: vec![market.to_owned()], no_slices: true, budget: None };
    let mut report = diff(&Arc::new(without_overlays(policy)), policy, &options)?;
    for cause in report.changes.iter_mut().flat_map(|change| &mut change.caused_by) {
        // Overlays are all that one of the two has and the other has not.
        *cause = match (cause.strip_suffix(" added"), cause.rsplit_once("` changed (")) {
            (Some(what), _) => what.to_owned(),
            (None, Some((what, _))) => format!("{what}`, declared for the market"),
            (None, None) => continue,
        };
    }
    Ok(report)
}

/// The policy as it holds without a market, in all of them.
fn without_overlays(policy: &Policy) -> Policy {
    let mut bare = policy.clone();
    let markets: Vec<MarketId> = (0..u32::try_from(policy.markets.len()).unwrap_or(u32::MAX)).map(MarketId).collect();
    let permitted = |entry: &Entry, market: MarketId| entry.markets.is_empty() || entry.markets.iter().any(|limit| policy.is_within(market, *limit));
    let mut added: BTreeSet<(usize, u32)> = BTreeSet::new();
    for change in policy.markets.iter().flat_map(|market| &market.overrides) {
        if let Target::List(list, change) = &change.target {
            added.extend(change.add.iter().chain(&change.allow).map(|entry| (list.index(), *entry)));
        }
    }
    for (at, list) in bare.lists.iter_mut().enumerate() {
        for (number, entry) in (0_u32..).zip(&mut list.entries) {
            let own = list.scope.is_none() && !added.contains(&(at, number));
            let on = markets.iter().map(|market| own && permitted(entry, *market)).collect();
            entry.force.markets = on;
        }
    }
    // They stay where they are, so that both policies number them alike.
    bare.exceptions.iter_mut().filter(|exception| exception.scope.is_some()).for_each(|exception| exception.applies_to.clear());
    for rule in bare.rules.iter_mut().filter(|rule| rule.scope.is_some()) {
        rule.stage = Stage::Off;
    }
    for market in &mut bare.markets {
        market.overrides.clear();
    }
    bare
}
