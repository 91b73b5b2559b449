//! `rule()` and `score()` must not come back to where they started, in any market.

use std::collections::BTreeSet;

use crate::codes;
use crate::cond::{Cond, Reference};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::ids::RuleId;
use crate::model::{EffectiveRule, Policy};

impl EffectiveRule {
    /// Every condition of it: `when`, then its exceptions.
    pub fn conditions(&self) -> impl Iterator<Item = &Cond> {
        std::iter::once(&self.when)
            .chain(self.cancels.iter().map(|(_, cond)| cond))
            .chain(self.softens.iter().map(|(_, cond, _)| cond))
    }

    /// The rules it refers to directly, through `rule()` or as contributors of a score.
    pub fn refers_to(&self, all: &[EffectiveRule]) -> BTreeSet<RuleId> {
        let mut found = BTreeSet::new();
        for cond in self.conditions() {
            cond.references(&mut |reference| match reference {
                Reference::Rule(rule) => {
                    found.insert(rule);
                }
                Reference::Score(score) => {
                    found.extend(all.iter().filter(|other| other.points.contains_key(&score)).map(|other| other.rule));
                }
            });
        }
        found
    }
}

pub(crate) fn check(policy: &Policy, out: &mut Diagnostics) {
    let mut reported: BTreeSet<BTreeSet<RuleId>> = BTreeSet::new();
    for place in super::places(policy) {
        let rules = policy.effective(place);
        let edges: Vec<(RuleId, BTreeSet<RuleId>)> = rules.iter().map(|rule| (rule.rule, rule.refers_to(&rules))).collect();
        for (start, _) in &edges {
            let Some(cycle) = cycle_from(*start, &edges) else { continue };
            if !reported.insert(cycle.iter().copied().collect()) {
                continue;
            }
            let name = |id: &RuleId| policy.rules.get(id.index()).map_or("?", |rule| rule.name.as_str());
            let way: Vec<&str> = cycle.iter().chain(std::iter::once(start)).map(name).collect();
            let market = place.and_then(|id| policy.markets.get(id.index())).map(|market| format!(" in {}", market.name)).unwrap_or_default();
            let span = policy.rules.get(start.index()).map(|rule| rule.when.span).unwrap_or_default();
            out.push(
                Diagnostic::new(&codes::RULE_CYCLE, span, format!("these rules refer to each other in a circle{market}: {}", way.join(" → ")))
                    .help("one of them has to be decided without the others"),
            );
        }
    }
}

/// A way from `start` back to itself, shortest first.
fn cycle_from(start: RuleId, edges: &[(RuleId, BTreeSet<RuleId>)]) -> Option<Vec<RuleId>> {
    let next = |id: RuleId| edges.iter().find(|(from, _)| *from == id).map(|(_, to)| to);
    let mut seen = BTreeSet::new();
    let mut paths = std::collections::VecDeque::from([vec![start]]);
    while let Some(path) = paths.pop_front() {
        for to in next(*path.last()?)? {
            if *to == start {
                return Some(path);
            }
            if seen.insert(*to) {
                let mut longer = path.clone();
                longer.push(*to);
                paths.push_back(longer);
            }
        }
    }
    None
}
