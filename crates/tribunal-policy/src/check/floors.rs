//! Floors: what no market may loosen (Exact meaning 27).

use std::collections::BTreeSet;

use crate::codes;
use crate::cond::Cond;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::effective::Working;
use crate::ids::{ListId, MarketId, RuleId};
use crate::model::{AxisValue, EffectiveRule, Market, Override, Policy, Rule, RuleChange, Target, WhenChange};

pub(crate) fn check(policy: &Policy, out: &mut Diagnostics) {
    for (at, rule) in policy.rules.iter().enumerate() {
        let id = RuleId(u32::try_from(at).unwrap_or(u32::MAX));
        let everywhere = rule.floor || policy.floors.iter().any(|floor| floor.picks(id, rule));
        let somewhere = everywhere || policy.markets.iter().any(|market| market.floors.iter().any(|floor| floor.picks(id, rule)));
        if somewhere && !rule.says_on_unknown {
            out.push(
                Diagnostic::new(&codes::FLOOR_ON_UNKNOWN, rule.span.at_start(), format!("the rule `{}` is under a floor and does not say `on_unknown`", rule.name))
                    .help("say what happens when it cannot be judged: `on_unknown: ignore`, `review` or `apply`"),
            );
        }
        if !somewhere {
            continue;
        }
        for (place, market) in policy.markets.iter().enumerate() {
            let place = MarketId(u32::try_from(place).unwrap_or(u32::MAX));
            if everywhere || binds_from_above(policy, place, id, rule) {
                check_market(policy, id, rule, place, market, out);
            }
        }
    }
}

/// Whether a market above `place` has a floor for the rule.
fn binds_from_above(policy: &Policy, place: MarketId, id: RuleId, rule: &Rule) -> bool {
    policy
        .lineage(place)
        .into_iter()
        .filter(|above| *above != place)
        .filter_map(|above| policy.markets.get(above.index()))
        .any(|market| market.floors.iter().any(|floor| floor.picks(id, rule)))
}

fn refuse(out: &mut Diagnostics, change: &Override, market: &Market, rule: &Rule, what: &str) {
    out.push(
        Diagnostic::new(&codes::BELOW_FLOOR, change.span.at_start(), format!("{} {what}, but the rule `{}` is under a floor", market.name, rule.name))
            .secondary(rule.span.at_start(), "this rule")
            .help("a market may be stricter than a floor, never milder"),
    );
}

fn check_market(policy: &Policy, id: RuleId, rule: &Rule, place: MarketId, market: &Market, out: &mut Diagnostics) {
    for exception in policy.exceptions.iter().filter(|exception| exception.scope == Some(place)) {
        let never = exception.never.iter().any(|selector| selector.picks(id, rule));
        if !never && exception.applies_to.iter().any(|selector| selector.picks(id, rule)) {
            out.push(
                Diagnostic::new(&codes::BELOW_FLOOR, exception.span.at_start(), format!("the exception `{}` of {} applies to the rule `{}`, which is under a floor", exception.name, market.name, rule.name))
                    .help("add the rule's category to `never`"),
            );
        }
    }
    let Some(above) = above(policy, id, rule, place) else { return };
    let (positive, negative) = lists_read(policy, place, id);
    for change in &market.overrides {
        match &change.target {
            Target::Rule(target, rule_change) if *target == id => check_rule(&above, rule_change, change, market, rule, out),
            Target::List(list, list_change) => {
                let name = policy.list_name(*list);
                if positive.contains(list) && !(list_change.remove.is_empty() && list_change.allow.is_empty()) {
                    refuse(out, change, market, rule, &format!("takes hits of the list `{name}` away"));
                }
                if negative.contains(list) && !(list_change.add.is_empty() && list_change.disallow.is_empty()) {
                    refuse(out, change, market, rule, &format!("adds hits to the list `{name}`, which exempts"));
                }
            }
            Target::Rule(..) => {}
        }
    }
}

/// The rule as it is just above the market.
fn above(policy: &Policy, id: RuleId, rule: &Rule, place: MarketId) -> Option<EffectiveRule> {
    let mut working = Working::start(id, rule);
    for market in policy.lineage(place).into_iter().filter(|market| *market != place) {
        for change in &policy.markets.get(market.index())?.overrides {
            if let Target::Rule(target, rule_change) = &change.target
                && *target == id
            {
                working.change(rule_change);
            }
        }
    }
    Some(working.rule)
}

fn check_rule(above: &EffectiveRule, change: &RuleChange, place: &Override, market: &Market, rule: &Rule, out: &mut Diagnostics) {
    let mut no = |what: &str| refuse(out, place, market, rule, what);
    match &change.when {
        Some(WhenChange::Loosen(_)) => no("loosens the condition"),
        Some(WhenChange::Replace(_)) => no("replaces the condition"),
        Some(WhenChange::Tighten(_)) | None => {}
    }
    if change.unless.is_some() {
        no("changes the exception");
    }
    if change.stage.is_some_and(|stage| stage < above.stage) {
        no("sets a milder stage");
    }
    if let Some(rollout) = change.rollout {
        let before = above.rollout.map_or(1_000_000, |rollout| rollout.share);
        if rollout.share < before || above.rollout.is_some_and(|above| above.by != rollout.by) {
            no("rolls out to fewer items");
        }
    }
    if let Some(from) = change.effective_from
        && above.effective_from.is_none_or(|before| from.seconds > before.seconds)
    {
        no("starts later");
    }
    if let Some(until) = change.effective_until
        && above.effective_until.is_none_or(|before| until.end() < before.end())
    {
        no("ends earlier");
    }
    if let Some(points) = &change.points
        && above.points.iter().any(|(score, before)| points.get(score).copied().unwrap_or(0) < *before)
    {
        no("gives fewer points");
    }
    let mut after = Working { rule: above.clone(), unless: None };
    after.change(change);
    for (axis, before) in &above.effect.0 {
        match (before, after.rule.effect.0.get(axis)) {
            (AxisValue::Level(before), Some(AxisValue::Level(now))) if now >= before => {}
            (AxisValue::Labels(before), Some(AxisValue::Labels(now))) if now.is_superset(before) => {}
            (AxisValue::Labels(_), _) => no("drops a label"),
            (AxisValue::Level(_), _) => no("sets a milder effect"),
        }
    }
}

/// Lists whose hits make the rule fire, and lists whose hits keep it from firing, in a market, through `rule()` and `score()` too.
fn lists_read(policy: &Policy, place: MarketId, id: RuleId) -> (BTreeSet<ListId>, BTreeSet<ListId>) {
    let rules = policy.effective(Some(place));
    let (mut positive, mut negative) = (BTreeSet::new(), BTreeSet::new());
    let mut seen = BTreeSet::new();
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let Some(rule) = rules.iter().find(|rule| rule.rule == id) else { continue };
        let mut take = |cond: &Cond, exempts: bool| {
            cond.lists(&mut |list, negated| {
                if negated != exempts { negative.insert(list) } else { positive.insert(list) };
            });
        };
        take(&rule.when, false);
        rule.cancels.iter().for_each(|(_, cond)| take(cond, true));
        rule.softens.iter().for_each(|(_, cond, _)| take(cond, true));
        open.extend(rule.refers_to(&rules));
    }
    (positive, negative)
}
