//! Floors: what no market may loosen (Exact meaning 27).

use std::collections::{BTreeMap, BTreeSet};

use crate::codes;
use crate::cond::{Cond, CondKind, Op, Operand, Set, Value};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::effective::Working;
use crate::ids::{ListId, MarketId, RuleId};
use crate::model::{AxisValue, EffectiveRule, Market, Override, Policy, Rule, RuleChange, Stage, Target, WhenChange};
use crate::source::Span;

/// The rules of each market, worked out when they are first needed.
type ByMarket = BTreeMap<MarketId, Vec<EffectiveRule>>;

pub(crate) fn check(policy: &Policy, out: &mut Diagnostics) {
    let mut effective = ByMarket::new();
    for (at, rule) in policy.rules.iter().enumerate() {
        let id = RuleId(u32::try_from(at).unwrap_or(u32::MAX));
        let everywhere = rule.floor || policy.floors.iter().any(|floor| floor.picks(id, rule));
        let somewhere = everywhere || policy.markets.iter().any(|market| market.floors.iter().any(|floor| floor.picks(id, rule)));
        if somewhere && !rule.says_on_unknown {
            out.push(
                Diagnostic::new(
                    &codes::FLOOR_ON_UNKNOWN,
                    rule.span.at_start(),
                    format!("the rule `{}` is under a floor and does not say `on_unknown`", rule.name),
                )
                .help("say what happens when it cannot be judged: `on_unknown: ignore`, `review` or `apply`"),
            );
        }
        if !somewhere {
            continue;
        }
        for place in 0..policy.markets.len() {
            let place = MarketId(u32::try_from(place).unwrap_or(u32::MAX));
            if everywhere || binds_from_above(policy, place, id, rule) {
                check_market(policy, id, rule, place, &mut effective, out);
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
    refuse_at(out, change.span.at_start(), market, rule, what);
}

fn refuse_at(out: &mut Diagnostics, span: Span, market: &Market, rule: &Rule, what: &str) {
    out.push(
        Diagnostic::new(&codes::BELOW_FLOOR, span, format!("`{}` {what}, but the rule `{}` is under a floor", market.name, rule.name))
            .secondary(rule.span.at_start(), "this rule")
            .help("a market may be stricter than a floor, never milder"),
    );
}

fn check_market(policy: &Policy, id: RuleId, rule: &Rule, place: MarketId, effective: &mut ByMarket, out: &mut Diagnostics) {
    let Some(market) = policy.markets.get(place.index()) else { return };
    for exception in policy.exceptions.iter().filter(|exception| exception.scope == Some(place)) {
        let never = exception.never.iter().any(|selector| selector.picks(id, rule));
        if !never && exception.applies_to.iter().any(|selector| selector.picks(id, rule)) {
            out.push(
                Diagnostic::new(
                    &codes::BELOW_FLOOR,
                    exception.span.at_start(),
                    format!("the exception `{}` of `{}` applies to the rule `{}`, which is under a floor", exception.name, market.name, rule.name),
                )
                .help("add the rule's category to `never`"),
            );
        }
    }
    let Some(above) = above(policy, id, rule, place) else { return };
    let lists = market.overrides.iter().any(|change| matches!(change.target, Target::List(..)));
    let (positive, negative) = if lists { lists_read(effective.entry(place).or_insert_with(|| policy.effective(Some(place))), id) } else { Default::default() };
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
    match &change.when {
        Some(WhenChange::Loosen(cond)) => refuse_at(out, cond.span, market, rule, "loosens the condition"),
        Some(WhenChange::Replace(cond)) => refuse_at(out, cond.span, market, rule, "replaces the condition"),
        Some(WhenChange::Tighten(_)) | None => {}
    }
    if let Some(unless) = &change.unless {
        let span = unless.as_ref().map_or(place.span.at_start(), |unless| unless.when.span);
        refuse_at(out, span, market, rule, "changes the exception");
    }
    let mut no = |what: &str| refuse(out, place, market, rule, what);
    if change.stage.is_some_and(|stage| stage < above.stage) {
        no("sets a milder stage");
    }
    if let Some(rollout) = change.rollout {
        // A rule that is not live above has no share to be smaller than.
        let before = above.rollout.map_or(1_000_000, |rollout| rollout.share);
        let others = rollout.share < 1_000_000 && above.rollout.is_some_and(|above| above.by != rollout.by);
        if above.stage == Stage::Live && (rollout.share < before || others) {
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

/// Lists whose hits make the rule fire, and lists whose hits keep it from firing, in a market, through `rule()` and
/// `score()` too. A list may be both.
fn lists_read(rules: &[EffectiveRule], id: RuleId) -> (BTreeSet<ListId>, BTreeSet<ListId>) {
    let mut reading = Reading { rules, fires: BTreeSet::new(), exempts: BTreeSet::new(), open: vec![(id, false)] };
    let mut seen = BTreeSet::new();
    while let Some((id, exempts)) = reading.open.pop() {
        // They are in the order of their ids.
        let found = rules.binary_search_by_key(&id, |rule| rule.rule).ok().and_then(|at| rules.get(at));
        let Some(rule) = found.filter(|_| seen.insert((id, exempts))) else { continue };
        reading.cond(&rule.when, exempts);
        rule.cancels.iter().for_each(|(_, cond)| reading.cond(cond, !exempts));
        rule.softens.iter().for_each(|(_, cond, _)| reading.cond(cond, !exempts));
    }
    (reading.fires, reading.exempts)
}

/// What conditions read, and in which direction: more hits make the rule fire, or keep it from firing.
struct Reading<'a> {
    rules: &'a [EffectiveRule],
    fires: BTreeSet<ListId>,
    exempts: BTreeSet<ListId>,
    /// Rules that are referred to and not yet looked at.
    open: Vec<(RuleId, bool)>,
}

impl Reading<'_> {
    fn list(&mut self, list: ListId, exempts: bool) {
        if exempts {
            self.exempts.insert(list)
        } else {
            self.fires.insert(list)
        };
    }

    fn cond(&mut self, cond: &Cond, exempts: bool) {
        match &cond.kind {
            CondKind::And(parts) | CondKind::Or(parts) => parts.iter().for_each(|part| self.cond(part, exempts)),
            CondKind::Not(inner) => self.cond(inner, !exempts),
            CondKind::Has(_, test) => test.lists().for_each(|list| self.list(list, exempts)),
            CondKind::Rule(rule) => self.open.push((*rule, exempts)),
            CondKind::Compare(left, op, right) => {
                self.value(left, *op, exempts);
                if let Operand::Value(right) = right {
                    // `a < b` says of b what `b > a` says.
                    let turned = match op {
                        Op::Lt => Op::Gt,
                        Op::Le => Op::Ge,
                        Op::Gt => Op::Lt,
                        Op::Ge => Op::Le,
                        same => *same,
                    };
                    self.value(right, turned, exempts);
                }
            }
            CondKind::In(value, negated, set) => {
                self.value(value, Op::Eq, exempts);
                if let Set::List(list) = set {
                    self.list(*list, exempts != *negated);
                }
            }
            CondKind::IsMissing(_) | CondKind::Flag(_) => {}
        }
    }

    /// A count or a sum of points; where less of it satisfies the comparison, more hits may keep the rule from firing.
    fn value(&mut self, value: &Value, op: Op, exempts: bool) {
        let more = matches!(op, Op::Gt | Op::Ge);
        for list in value.lists() {
            self.list(*list, exempts);
            if !more {
                self.list(*list, !exempts);
            }
        }
        let Value::Score(score) = value else { return };
        let rules = self.rules;
        for (rule, points) in rules.iter().filter_map(|rule| Some((rule.rule, *rule.points.get(score)?))) {
            self.open.push((rule, exempts));
            if !more || points < 0 {
                self.open.push((rule, !exempts));
            }
        }
    }
}
