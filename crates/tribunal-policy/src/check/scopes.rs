//! What belongs to one market is not there in another.

use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::ids::MarketId;
use crate::model::{Policy, Target};

/// Reports windows that overlays close for good.
pub(crate) fn windows(policy: &Policy, out: &mut Diagnostics) {
    for (at, market) in policy.markets.iter().enumerate() {
        let place = MarketId(u32::try_from(at).unwrap_or(u32::MAX));
        for rule in policy.effective(Some(place)) {
            let (Some(from), Some(until)) = (rule.effective_from, rule.effective_until) else { continue };
            let Some((_, last)) = rule.overlays.last().filter(|(overlay, _)| *overlay == place && from.seconds >= until.end()) else { continue };
            let Some(change) = market.overrides.get(*last as usize) else { continue };
            let dated = matches!(&change.target, Target::Rule(_, change) if change.effective_from.is_some() || change.effective_until.is_some());
            if dated {
                let name = policy.rules.get(rule.rule.index()).map_or("?", |rule| rule.name.as_str());
                let message = format!("with these dates the rule `{name}` is never in force in `{}`", market.name);
                out.push(
                    Diagnostic::new(&codes::EMPTY_WINDOW, change.span.at_start(), message)
                        .help("the dates that are not changed here stay as they are above; say both, or use `stage: \"off\"`"),
                );
            }
        }
    }
}

/// Reports overrides of rules and lists that are not in force where they are overridden.
pub(crate) fn check(policy: &Policy, out: &mut Diagnostics) {
    for (at, market) in policy.markets.iter().enumerate() {
        let place = MarketId(u32::try_from(at).unwrap_or(u32::MAX));
        for change in &market.overrides {
            let (code, what, name, scope) = match &change.target {
                Target::Rule(id, _) => {
                    let Some(rule) = policy.rules.get(id.index()) else { continue };
                    (&codes::UNKNOWN_RULE, "rule", &rule.name, rule.scope)
                }
                Target::List(id, _) => {
                    let Some(list) = policy.lists.get(id.index()) else { continue };
                    (&codes::UNKNOWN_LIST, "term list", &list.name, list.scope)
                }
            };
            let Some(scope) = scope.filter(|scope| !policy.is_within(place, *scope)) else { continue };
            let home = policy.markets.get(scope.index()).map_or("?", |market| market.name.as_str());
            out.push(
                Diagnostic::new(
                    code,
                    change.span.at_start(),
                    format!("the {what} `{name}` belongs to the market `{home}` and is not in force in `{}`", market.name),
                )
                .help("override it in its own market or below, or move it to a file that is no market"),
            );
        }
    }
}
