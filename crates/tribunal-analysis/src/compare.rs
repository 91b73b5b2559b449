//! Two sets of rules over the same items: where one gives what the other does not.

use std::collections::{BTreeMap, BTreeSet};

use tribunal_policy::model::Market;
use tribunal_policy::{MarketId, Policy, RuleId};

use crate::item::Draft;
use crate::lab::{Bench, Check, Found, Lab};
use crate::theory::logic::Lit;
use crate::theory::side::{Demand, Side};
use crate::theory::{Answer, Theory};

/// Something that one side gives for an item and the other does not.
#[derive(Clone, Debug)]
pub(crate) struct Direction {
    pub(crate) demand: Demand,
}

/// Everything that `to` gives for some item for which `from` does not. Both are of policies with the same axes.
pub(crate) fn differences(theory: &mut Theory, from: &Side, to: &Side) -> Vec<Direction> {
    let mut demands: BTreeSet<Demand> = BTreeSet::new();
    for (rule, model) in &to.rules {
        // A rule that is the same on both sides gives nothing new.
        let same = from.rules.get(rule).is_some_and(|other| std::sync::Arc::ptr_eq(other, model));
        if !same {
            demands.extend(model.demands(to.review.as_ref()));
        }
    }
    let mut out = Vec::new();
    for demand in demands {
        // Mostly a changed rule gives no more than it gave: one small question.
        let gives_more = to.rules.iter().any(|(rule, model)| {
            let old = from.rules.get(rule).filter(|old| !std::sync::Arc::ptr_eq(old, model));
            let fresh = !from.rules.contains_key(rule);
            if old.is_none() && !fresh {
                return false;
            }
            let new = model.gives(theory, &demand, to.review.as_ref());
            let was = old.map_or(Lit::FALSE, |old| old.gives(theory, &demand, from.review.as_ref()));
            new != was && theory.ask(&[new, !was], &[]) != Answer::Never
        });
        if !gives_more {
            continue;
        }
        let before: BTreeSet<Lit> = from.givers(theory, &demand, None).into_iter().map(|(_, lit)| lit).collect();
        let new: Vec<Lit> = to.givers(theory, &demand, None).into_iter().map(|(_, lit)| lit).filter(|lit| !before.contains(lit)).collect();
        for lit in new {
            let all: Vec<Lit> = std::iter::once(lit).chain(before.iter().map(|lit| !*lit)).collect();
            // What is left open counts as a difference: nothing is said to have no effect for it.
            if theory.ask(&all, &[]) != Answer::Never {
                out.push(Direction { demand });
                break;
            }
        }
    }
    out
}

/// What a search for a difference came to.
#[derive(Clone, Debug)]
pub(crate) enum Difference {
    /// There is none.
    None,
    /// This item shows it.
    Item(Draft),
    /// Not confirmed by the engine.
    Suspected,
}

/// An item for which `to` gives a demand, by that rule or any, and `from` does not; `also` has to hold too, `only` has to accept it.
#[expect(clippy::too_many_arguments, reason = "two sides with their policies and demands, and what narrows the search")]
pub(crate) fn difference(
    lab: &mut Lab,
    (from, from_part): (&Side, usize),
    (to, to_part): (&Side, usize),
    (demand_from, demand_to): (&Demand, &Demand),
    by: Option<RuleId>,
    market: Option<&str>,
    also: &[Lit],
    only: &dyn Fn(&Draft) -> bool,
) -> Difference {
    let before: BTreeMap<RuleId, Lit> = from.givers(&mut lab.theory, demand_from, None).into_iter().collect();
    let old: BTreeSet<Lit> = before.values().copied().collect();
    let new = to.givers(&mut lab.theory, demand_to, None).into_iter().filter(|(rule, lit)| by.is_none_or(|by| by == *rule) && !old.contains(lit));
    let new: Vec<Lit> = new.map(|(_, lit)| lit).collect();
    let mut suspected = false;
    for lit in new {
        let base: Vec<Lit> = std::iter::once(lit).chain(also.iter().copied()).collect();
        let mut check = |bench: &mut Bench, draft: &Draft| {
            if !only(draft) {
                return Check::No;
            }
            let (one, other) = (bench.decide(from_part, draft), bench.decide(to_part, draft));
            if !other.has(demand_to) || one.incomplete || other.incomplete {
                return Check::No;
            }
            if !one.has(demand_from) {
                return Check::Yes;
            }
            let who = bench.givers(from_part, from, draft, &one, demand_from);
            Check::Also(who.iter().filter_map(|rule| before.get(rule)).map(|lit| !*lit).collect())
        };
        match lab.search(market, &base, &mut check) {
            Found::Item(draft) => return Difference::Item(draft),
            Found::Suspected | Found::Open => suspected = true,
            Found::Never => {}
        }
    }
    if suspected { Difference::Suspected } else { Difference::None }
}

/// An item for which `from` gives the demand and `to` does not.
pub(crate) fn witness(lab: &mut Lab, without: (&Side, usize), with: (&Side, usize), demand: &Demand, market: &str) -> Option<Draft> {
    match difference(lab, without, with, (demand, demand), None, Some(market), &[], &|_| true) {
        Difference::Item(draft) => Some(draft),
        _ => None,
    }
}

/// A policy without one override of a market.
pub(crate) fn without_override(policy: &Policy, market: MarketId, index: usize) -> Option<Policy> {
    let mut bare = policy.clone();
    let skip = bare.markets.get(market.index())?.overrides.get(index)?.clone();
    if let tribunal_policy::model::Target::List(list, change) = &skip.target {
        let entries = &mut bare.lists.get_mut(list.index())?.entries;
        for (group, to) in [(&change.add, false), (&change.allow, false), (&change.remove, true), (&change.disallow, true)] {
            for at in group {
                if let Some(on) = entries.get_mut(*at as usize).and_then(|entry| entry.force.markets.get_mut(market.index())) {
                    *on = to;
                }
            }
        }
    }
    let of: &mut Market = bare.markets.get_mut(market.index())?;
    of.overrides.remove(index);
    Some(bare)
}
