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
    // A rule that is the same on both sides gives nothing new.
    let changed: BTreeSet<RuleId> = to.rules.differing(&from.rules).unwrap_or_else(|| to.rules.iter().map(|(rule, _)| rule).collect());
    for model in changed.iter().filter_map(|rule| to.rules.get(rule)) {
        demands.extend(model.demands(to.review.as_ref()));
    }
    let mut out = Vec::new();
    for demand in demands {
        // Mostly a changed rule gives no more than it gave: one small question.
        let gives_more = changed.iter().filter_map(|rule| Some((rule, to.rules.get(rule)?))).any(|(rule, model)| {
            let old = from.rules.get(rule);
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
    /// There is none: where it would be, these rules give the same.
    None(BTreeSet<RuleId>),
    /// This item shows it.
    Item(Draft),
    /// Not confirmed by the engine, or left open.
    Suspected,
}

/// What is looked for: something that `to` gives and `from` does not.
pub(crate) struct Asked<'a> {
    /// The side that does not give it, and its part of the bench.
    pub(crate) from: (&'a Side, usize),
    pub(crate) to: (&'a Side, usize),
    /// What it is, by the axes of either side.
    pub(crate) demands: (&'a Demand, &'a Demand),
    pub(crate) market: Option<&'a str>,
    /// When each rule of `from` gives it.
    pub(crate) before: &'a BTreeMap<RuleId, Lit>,
    /// When `to` gives it newly.
    pub(crate) new: &'a [Lit],
}

/// An item for which `to` gives what is asked and `from` does not; `also` has to hold too, `only` has to accept it.
pub(crate) fn difference(lab: &mut Lab, asked: &Asked<'_>, also: &[Lit], only: &dyn Fn(&Draft) -> bool) -> Difference {
    let ((from, from_part), (_, to_part), (demand_from, demand_to)) = (asked.from, asked.to, asked.demands);
    let mut suspected = false;
    let mut used = BTreeSet::new();
    for lit in asked.new {
        let base: Vec<Lit> = std::iter::once(*lit).chain(also.iter().copied()).collect();
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
            used.extend(who.iter().copied());
            Check::Also(who.iter().filter_map(|rule| asked.before.get(rule)).map(|lit| !*lit).collect())
        };
        match lab.search(asked.market, &base, &mut check) {
            Found::Item(draft) => return Difference::Item(draft),
            Found::Suspected | Found::Open => suspected = true,
            Found::Never => {}
        }
    }
    if suspected { Difference::Suspected } else { Difference::None(used) }
}

/// An item for which `to` gives the demand and `from` does not. Both are of policies with the same axes.
pub(crate) fn witness(lab: &mut Lab, from: (&Side, usize), to: (&Side, usize), demand: &Demand, market: &str) -> Option<Draft> {
    let before: BTreeMap<RuleId, Lit> = from.0.givers(&mut lab.theory, demand, None).into_iter().collect();
    let old: BTreeSet<Lit> = before.values().copied().collect();
    let new: Vec<Lit> = to.0.givers(&mut lab.theory, demand, None).into_iter().map(|(_, lit)| lit).filter(|lit| !old.contains(lit)).collect();
    let asked = Asked { from, to, demands: (demand, demand), market: Some(market), before: &before, new: &new };
    match difference(lab, &asked, &[], &|_| true) {
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
