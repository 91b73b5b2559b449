//! Warnings: the policy can be used, but somebody should look.

use std::collections::BTreeSet;

use crate::codes;
use crate::cond::Reference;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::ids::ListId;
use crate::model::{Policy, Stage};

pub(crate) fn check(policy: &Policy, folder: bool, out: &mut Diagnostics) {
    stale_references(policy, out);
    unused_lists(policy, out);
    if folder {
        examples(policy, out);
    }
    if policy.on_incomplete.0.is_empty() {
        let place = policy.sources.files().next().map_or("policy.yaml", |(_, file)| file.path.as_str());
        out.push(
            Diagnostic::at_place(&codes::NO_REVIEW_ROUTE, place, "an item over a limit would have no effect: the axes have no `routing: review`")
                .help("say `on_incomplete:` with an effect"),
        );
    }
}

/// Exact meaning 21: a live rule sees only live rules.
fn stale_references(policy: &Policy, out: &mut Diagnostics) {
    let mut reported = BTreeSet::new();
    for place in super::places(policy) {
        let rules = policy.effective(place);
        for rule in rules.iter().filter(|rule| rule.stage == Stage::Live) {
            for cond in rule.conditions() {
                cond.walk(&mut |part| {
                    part_references(part, &mut |reference| {
                        let Reference::Rule(named) = reference else { return };
                        let live = rules.iter().any(|other| other.rule == named && other.stage == Stage::Live);
                        if live || !reported.insert((rule.rule, named)) {
                            return;
                        }
                        let name = policy.rules.get(named.index()).map_or("?", |rule| rule.name.as_str());
                        let market = place
                            .and_then(|id| policy.markets.get(id.index()))
                            .map_or_else(|| "for items without a market".to_owned(), |market| format!("in {}", market.name));
                        out.push(
                            Diagnostic::new(&codes::REFERENCE_NOT_LIVE, part.span, format!("`{name}` is not live {market}, so this is always false there"))
                                .help("make it live, or take the reference out"),
                        );
                    });
                });
            }
        }
    }
}

fn part_references(part: &crate::cond::Cond, visit: &mut dyn FnMut(Reference)) {
    use crate::cond::CondKind;
    // Only the part itself: its children are walked on their own.
    if !matches!(part.kind, CondKind::And(_) | CondKind::Or(_) | CondKind::Not(_)) {
        part.references(visit);
    }
}

fn unused_lists(policy: &Policy, out: &mut Diagnostics) {
    let mut used = BTreeSet::new();
    used.extend(policy.ordinary_words);
    for place in super::places(policy) {
        for rule in policy.effective(place) {
            for cond in rule.conditions() {
                cond.lists(&mut |list, _| {
                    used.insert(list);
                });
            }
        }
    }
    for (at, list) in policy.lists.iter().enumerate() {
        if !list.inline && !used.contains(&ListId(u32::try_from(at).unwrap_or(u32::MAX))) {
            out.push(
                Diagnostic::new(&codes::UNUSED_LIST, list.span, format!("no condition reads the list `{}`", list.name)).help("name it in a rule, or remove it"),
            );
        }
    }
}

fn examples(policy: &Policy, out: &mut Diagnostics) {
    for rule in policy.rules.iter().filter(|rule| rule.stage >= Stage::Shadow) {
        let missing = match (rule.examples.violates.is_empty(), rule.examples.allowed.is_empty()) {
            (false, false) => continue,
            (true, true) => "examples",
            (true, false) => "example under `violates`",
            (false, true) => "example under `allowed`",
        };
        out.push(
            Diagnostic::new(&codes::NO_EXAMPLES, rule.span.at_start(), format!("the rule `{}` has no {missing}", rule.name))
                .help("one item it fires on and one near miss it leaves alone: they are tests, and moderators read them"),
        );
    }
}
