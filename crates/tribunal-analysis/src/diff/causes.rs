//! Which edit a change rests on: each is reverted alone, and the item is decided again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tribunal_core::Engine;
use tribunal_policy::model::{Market, Target};
use tribunal_policy::{ListId, Policy, RuleId};

use super::text::Edit;
use crate::beside;
use crate::item::Draft;
use crate::lab::{Bench, Share, engine};
use crate::theory::side::Demand;

/// What the edits reach.
pub(super) struct Causes {
    old: Arc<Policy>,
    new: Arc<Policy>,
    /// By edit: the rules whose meaning it changes, by name; `None`: every rule may rest on it.
    reach: Vec<Option<BTreeSet<String>>>,
    same_numbers: bool,
    /// Engines of the rules of one edit, reverted.
    reverted: BTreeMap<usize, Option<Arc<Engine>>>,
}

impl Causes {
    pub(super) fn new(old: &Arc<Policy>, new: &Arc<Policy>, edits: &[Edit], edited: Option<&beside::Edited>) -> Causes {
        let askers = [old, new].map(|policy| (policy, beside::Askers::of(policy)));
        let reach = |edit: &Edit| {
            edited?;
            let mut names = BTreeSet::new();
            for (policy, askers) in &askers {
                names.extend(beside::reached(policy, askers, &edit.kind, &edit.name)?);
            }
            Some(names)
        };
        Causes {
            old: Arc::clone(old),
            new: Arc::clone(new),
            reach: edits.iter().map(reach).collect(),
            same_numbers: edited.is_some_and(|edited| edited.same_numbers),
            reverted: BTreeMap::new(),
        }
    }

    /// Edits without which, one at a time, the item is decided by the new policy as by the old one; `stricter`: the new one gives the
    /// demand, otherwise the old one. `None`: some edit cannot be reverted by itself.
    pub(super) fn alone(&mut self, bench: &mut Bench, edits: &[Edit], draft: &Draft, demand: &Demand, stricter: bool) -> Option<Vec<usize>> {
        let (before, after) = (bench.shares(0, draft), bench.shares(1, draft));
        let mut found = Vec::new();
        for at in 0..edits.len() {
            let names = self.reach.get(at)?.clone()?;
            if names.is_empty() {
                continue;
            }
            let of = |policy: &Policy| -> BTreeSet<RuleId> { names.iter().filter_map(|name| policy.rule(name)).collect() };
            let (old, new) = (of(&self.old), of(&self.new));
            let gives = |shares: &[Share], counts: &dyn Fn(RuleId) -> bool| shares.iter().any(|share| share.rule.is_none_or(counts) && share.gives(demand));
            let others = gives(&after, &|rule| !new.contains(&rule));
            let shared = self.reach.iter().enumerate().any(|(other, reach)| other != at && reach.as_ref().is_some_and(|reach| !reach.is_disjoint(&names)));
            let own = if shared {
                let engine = self.engine(at, edits, &new)?;
                gives(&bench.shares_of(&engine, &self.new, draft), &|rule| new.contains(&rule))
            } else {
                gives(&before, &|rule| old.contains(&rule))
            };
            if (others || own) != stricter {
                found.push(at);
            }
        }
        Some(found)
    }

    /// An engine of the rules that an edit reaches, in the new policy without it.
    fn engine(&mut self, at: usize, edits: &[Edit], rules: &BTreeSet<RuleId>) -> Option<Arc<Engine>> {
        let edit = edits.get(at)?;
        // What overrides do to a list is written at its entries, so that of several edits of a list none can be reverted without the others.
        let with_others = list_of(edit).is_some_and(|list| edits.iter().enumerate().any(|(other, edit)| other != at && list_of(edit) == Some(list)));
        if !self.same_numbers || with_others {
            return None;
        }
        let (old, new) = (&self.old, &self.new);
        let known = self.reverted.entry(at).or_insert_with(|| {
            let policy = reverted(old, new, edit, rules)?;
            engine(&Arc::new(policy)).ok().map(Arc::new)
        });
        known.clone()
    }
}

/// The list that an edit is about, its own entries or what a market does to them.
fn list_of(edit: &Edit) -> Option<&str> {
    match edit.kind.as_str() {
        "list" => Some(&edit.name),
        "override" => edit.name.rsplit_once(" in ")?.0.strip_prefix("list "),
        _ => None,
    }
}

/// The new policy, these rules alone, with one edit undone. Both number their rules and lists alike.
fn reverted(old: &Policy, new: &Policy, edit: &Edit, rules: &BTreeSet<RuleId>) -> Option<Policy> {
    let lists: BTreeSet<ListId> = rules.iter().flat_map(|rule| beside::lists_of(old, *rule)).collect();
    let mut policy = beside::pruned(new, rules, &lists);
    match edit.kind.as_str() {
        "rule" => {
            let id = old.rule(&edit.name)?;
            *policy.rules.get_mut(id.index())? = old.rules.get(id.index())?.clone();
        }
        "exception" => {
            let at = old.exceptions.iter().position(|exception| exception.name == edit.name)?;
            *policy.exceptions.get_mut(at)? = old.exceptions.get(at)?.clone();
        }
        "list" => {
            let at = old.lists.iter().position(|list| list.name == edit.name)?;
            policy.lists.get_mut(at)?.clone_from(old.lists.get(at)?);
        }
        "override" => {
            let (target, market) = edit.name.rsplit_once(" in ")?;
            let (before, id) = (old.market(market)?, new.market(market)?);
            let before = old.markets.get(before.index())?;
            let list = target.strip_prefix("list ");
            let about = |policy: &Policy, change: &Target| match (change, list) {
                (Target::Rule(rule, _), None) => policy.rules.get(rule.index()).is_some_and(|rule| rule.name == target),
                (Target::List(id, _), Some(list)) => policy.list_name(*id) == list,
                _ => false,
            };
            let here: &mut Market = policy.markets.get_mut(id.index())?;
            here.overrides.retain(|change| !about(new, &change.target));
            here.overrides.extend(before.overrides.iter().filter(|change| about(old, &change.target)).cloned());
            if let Some(list) = list {
                // What overrides of lists do is written at the entries.
                let at = old.lists.iter().position(|known| known.name == list)?;
                policy.lists.get_mut(at)?.clone_from(old.lists.get(at)?);
            }
        }
        _ => return None,
    }
    Some(policy)
}
