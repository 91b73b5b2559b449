//! `rule()` and `score()` must not come back to where they started, in any market.

use std::collections::{BTreeMap, BTreeSet};

use crate::codes;
use crate::cond::{Cond, Reference};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::ids::{RuleId, ScoreId};
use crate::model::{EffectiveRule, Policy};

impl EffectiveRule {
    /// Every condition of it: `when`, then its exceptions.
    ///
    /// ```
    /// let text = r#"
    /// policy: {id: demo, version: "1"}
    /// rules: [{id: gun, when: any text has "glock", unless: author.verified, effect: {routing: review}}]
    /// "#;
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let conditions: Vec<_> = policy.effective(None)[0].conditions().map(|cond| policy.print(cond)).collect();
    /// assert_eq!(conditions, ["any text has \"glock\"", "author.verified"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn conditions(&self) -> impl Iterator<Item = &Cond> {
        std::iter::once(&self.when).chain(self.cancels.iter().map(|(_, cond)| cond)).chain(self.softens.iter().map(|(_, cond, _)| cond))
    }

    /// The rules it refers to directly, through `rule()` or as contributors of a score.
    ///
    /// ```
    /// let text = r#"
    /// policy: {id: demo, version: "1"}
    /// rules:
    ///   - {id: links, when: link_count(caption) > 3, points: {spam: 2}}
    ///   - {id: spam, when: score(spam) >= 2, effect: {routing: review}}
    /// "#;
    /// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
    /// let rules = policy.effective(None);
    /// assert!(rules[1].refers_to(&rules).iter().eq(&policy.rule("links")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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
        let mut edges: BTreeMap<RuleId, BTreeSet<RuleId>> =
            rules.iter().map(|rule| (rule.rule, rule.refers_to(&rules))).filter(|(_, to)| !to.is_empty()).collect();
        prune(&mut edges);
        for start in edges.keys() {
            let Some(cycle) = cycle_from(*start, &edges) else { continue };
            if !reported.insert(cycle.iter().copied().collect()) {
                continue;
            }
            let name = |id: &RuleId| policy.rules.get(id.index()).map_or("?", |rule| rule.name.as_str());
            let way: Vec<&str> = cycle.iter().chain(std::iter::once(start)).map(name).collect();
            let market = place.and_then(|id| policy.markets.get(id.index())).map(|market| format!(" in {}", market.name)).unwrap_or_default();
            let message = format!("these rules refer to each other in a circle{market}: {}", way.join(" → "));
            let steps = cycle.iter().zip(cycle.iter().skip(1).chain(std::iter::once(start)));
            let mut places = steps.filter_map(|(from, to)| Some((reference(*from, *to, &rules)?, name(to))));
            let Some((span, to)) = places.next() else { continue };
            let mut found = Diagnostic::new(&codes::RULE_CYCLE, span, message).label(format!("needs `{to}`"));
            for (span, to) in places {
                found = found.secondary(span, format!("needs `{to}`"));
            }
            out.push(found.help("one of them has to be decided without the others"));
        }
    }
}

/// Where a rule refers to another, directly or through a score.
fn reference(from: RuleId, to: RuleId, rules: &[EffectiveRule]) -> Option<crate::source::Span> {
    let rule = rules.iter().find(|rule| rule.rule == from)?;
    let gives = |score: &ScoreId| rules.iter().any(|other| other.rule == to && other.points.contains_key(score));
    let mut found = None;
    for cond in rule.conditions() {
        cond.walk(&mut |part| {
            // Parents come first: the last one that holds the reference is the part itself.
            part.references(&mut |reference| match reference {
                Reference::Rule(named) if named == to => found = Some(part.span),
                Reference::Score(score) if gives(&score) => found = Some(part.span),
                _ => {}
            });
        });
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Takes away the rules from which no circle can be reached: those that refer to none, then those that refer to such only.
fn prune(edges: &mut BTreeMap<RuleId, BTreeSet<RuleId>>) {
    let mut needed_by: BTreeMap<RuleId, Vec<RuleId>> = BTreeMap::new();
    let mut open_targets: BTreeMap<RuleId, usize> = BTreeMap::new();
    let mut done: Vec<RuleId> = Vec::new();
    for (from, to) in edges.iter() {
        let open = to.iter().filter(|to| edges.contains_key(to)).inspect(|to| needed_by.entry(**to).or_default().push(*from)).count();
        open_targets.insert(*from, open);
        if open == 0 {
            done.push(*from);
        }
    }
    while let Some(rule) = done.pop() {
        edges.remove(&rule);
        for user in needed_by.get(&rule).into_iter().flatten() {
            let Some(open) = open_targets.get_mut(user) else { continue };
            *open -= 1;
            if *open == 0 {
                done.push(*user);
            }
        }
    }
}

/// The shortest way from `start` back to itself.
fn cycle_from(start: RuleId, edges: &BTreeMap<RuleId, BTreeSet<RuleId>>) -> Option<Vec<RuleId>> {
    let mut came_from: BTreeMap<RuleId, RuleId> = BTreeMap::new();
    let mut open = std::collections::VecDeque::from([start]);
    while let Some(at) = open.pop_front() {
        for to in edges.get(&at).into_iter().flatten() {
            if *to == start {
                let mut way = vec![at];
                while let Some(before) = way.last().filter(|last| **last != start).and_then(|last| came_from.get(last)) {
                    way.push(*before);
                }
                way.reverse();
                return Some(way);
            }
            if let std::collections::btree_map::Entry::Vacant(entry) = came_from.entry(*to) {
                entry.insert(at);
                open.push_back(*to);
            }
        }
    }
    None
}
