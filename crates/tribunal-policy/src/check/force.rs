//! Where each entry of a list is in force: its own `markets`, then the overlays from the root down.

use std::collections::BTreeMap;

use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::ids::{ListId, MarketId};
use crate::model::{Entry, Force, Policy, Target};
use crate::source::Span;

/// Fills in [`Entry::force`] of every entry; removals of what is not in force are reported.
pub(crate) fn apply(policy: &mut Policy, out: &mut Diagnostics) {
    let forces: Vec<Vec<Force>> = (0..policy.lists.len()).map(|at| list(policy, ListId(u32::try_from(at).unwrap_or(u32::MAX)), out)).collect();
    for (list, forces) in policy.lists.iter_mut().zip(forces) {
        for (entry, force) in list.entries.iter_mut().zip(forces) {
            entry.force = force;
        }
    }
}

fn list(policy: &Policy, id: ListId, out: &mut Diagnostics) -> Vec<Force> {
    let Some(list) = policy.lists.get(id.index()) else { return Vec::new() };
    // Entries that an overlay adds are in force from there on down, the others from the list's own place.
    let added: Vec<u32> = changes(policy, id).flat_map(|(_, change, _)| change.add.iter().chain(&change.allow).copied()).collect();
    let own = |at: usize| !u32::try_from(at).is_ok_and(|at| added.contains(&at));
    let mut global: Vec<bool> = (0..list.entries.len()).map(|at| own(at) && list.scope.is_none()).collect();
    let mut by_market: Vec<Vec<bool>> = Vec::new();
    for (at, market) in policy.markets.iter().enumerate() {
        let market_id = MarketId(u32::try_from(at).unwrap_or(u32::MAX));
        let mut here = match market.parent.and_then(|parent| by_market.get(parent.index())) {
            Some(above) => above.clone(),
            None => global.clone(),
        };
        if list.scope == Some(market_id) {
            here.iter_mut().enumerate().for_each(|(at, on)| *on = *on || own(at));
        }
        for (_, change, span) in changes(policy, id).filter(|(place, ..)| *place == market_id) {
            let set = |here: &mut Vec<bool>, at: u32, to: bool| {
                if let Some(on) = here.get_mut(at as usize) {
                    *on = to;
                }
            };
            for group in [&change.remove, &change.disallow] {
                // Several entries may be written alike: one of them has to be in force.
                let mut texts: BTreeMap<&str, bool> = BTreeMap::new();
                for at in group {
                    let text = list.entries.get(*at as usize).map_or("", |entry| entry.text.as_str());
                    *texts.entry(text).or_default() |= here.get(*at as usize) == Some(&true);
                }
                for (text, _) in texts.into_iter().filter(|(_, there)| !there) {
                    out.push(
                        Diagnostic::new(
                            &codes::REMOVE_MISSING,
                            span.at_start(),
                            format!("`{}` removes `{text}` from the list `{}`, where it is not in force", market.name, list.name),
                        )
                        .help("a market above has removed it already, or it belongs to another market"),
                    );
                }
                group.iter().for_each(|at| set(&mut here, *at, false));
            }
            change.add.iter().chain(&change.allow).for_each(|at| set(&mut here, *at, true));
        }
        by_market.push(here);
    }
    let permitted = |entry: &Entry, market: Option<MarketId>| {
        entry.markets.is_empty() || market.is_some_and(|market| entry.markets.iter().any(|limit| policy.is_within(market, *limit)))
    };
    for (on, entry) in global.iter_mut().zip(&list.entries) {
        *on = *on && permitted(entry, None);
    }
    list.entries
        .iter()
        .enumerate()
        .map(|(at, entry)| Force {
            global: global.get(at).copied().unwrap_or(false),
            markets: by_market
                .iter()
                .enumerate()
                .map(|(market, on)| on.get(at).copied().unwrap_or(false) && permitted(entry, u32::try_from(market).ok().map(MarketId)))
                .collect(),
        })
        .collect()
}

/// The overlays of a list, parents first.
fn changes(policy: &Policy, id: ListId) -> impl Iterator<Item = (MarketId, &crate::model::ListChange, Span)> {
    policy.markets.iter().enumerate().flat_map(move |(at, market)| {
        let market_id = MarketId(u32::try_from(at).unwrap_or(u32::MAX));
        market.overrides.iter().filter_map(move |change| match &change.target {
            Target::List(list, inner) if *list == id => Some((market_id, inner, change.span)),
            _ => None,
        })
    })
}
