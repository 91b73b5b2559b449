//! What markets change (O1 to O6).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tribunal_policy::model::{Rule, Stage, Target};
use tribunal_policy::{MarketId, Policy, RuleId};

use super::Context;
use crate::compare::{Direction, differences};
use crate::findings::{self, Finding, Status};
use crate::item::Draft;
use crate::lab::{Bench, Check, Found};
use crate::theory::logic::Lit;
use crate::theory::side::{Demand, Side};

pub(super) fn check(context: &mut Context) {
    for at in 1..context.sides.len() {
        let Some(market) = context.sides.get(at).and_then(|side| side.setting.market) else { continue };
        let count = context.policy.markets.get(market.index()).map_or(0, |market| market.overrides.len());
        for index in 0..count {
            one(context, at, market, index);
        }
    }
    floors(context);
}

/// What an override is about, as subjects of findings name it.
fn subject(policy: &Policy, target: &Target) -> String {
    match target {
        Target::Rule(rule, _) => policy.rules.get(rule.index()).map_or_else(String::new, |rule| rule.name.clone()),
        Target::List(list, _) => list_subject(policy.list_name(*list)),
    }
}

/// A list is not taken for the rule of that name.
pub(super) fn list_subject(name: &str) -> String {
    format!("the list {name}")
}

fn one(context: &mut Context, at: usize, market: MarketId, index: usize) {
    let policy = Arc::clone(&context.policy);
    let Some(of) = policy.markets.get(market.index()) else { return };
    let Some(change) = of.overrides.get(index) else { return };
    let wanted = match &change.target {
        Target::Rule(rule, _) => context.wants_rule(*rule),
        Target::List(list, _) => context.wants_list(*list) || context.edit.as_ref().is_some_and(|edit| edit.lists.contains(list)),
    };
    if !wanted {
        return;
    }
    let (what, rule) = match &change.target {
        Target::Rule(rule, _) => (format!("`{}`", context.rule_name(*rule)), Some(*rule)),
        Target::List(list, _) => (format!("the list `{}`", context.list_name(*list)), None),
    };
    let subject = subject(&policy, &change.target);
    let span = change.span.at_start();
    let about = || [of.name.clone(), subject.clone()];
    stale(context, market, index, &what);
    open_ended(context, market, index, &what);
    context.begin(&findings::OVERLAY_NO_EFFECT, about());
    let Some(with) = context.sides.get(at).cloned() else { return };
    let Some(without) = context.lab.side_without(0, &with, index) else { return };
    let stricter = differences(&mut context.lab.theory, &without, &with);
    let milder = differences(&mut context.lab.theory, &with, &without);
    let changes_shadow = shadow_changes(&with, &without);
    if stricter.is_empty() && milder.is_empty() && !changes_shadow {
        let off = matches!(&change.target, Target::Rule(_, change) if change.stage.is_some_and(|stage| stage < Stage::Live));
        let (code, message) = if off {
            (&findings::DISABLE_LEAK, format!("switching {what} off in {} changes no decision: other rules do the same on all its items", of.name))
        } else {
            (&findings::OVERLAY_NO_EFFECT, format!("the override of {what} in {} changes no decision", of.name))
        };
        let by = rule.map(|rule| covering(context, &without, rule)).unwrap_or_default();
        let mut finding = Finding::new(code, Status::Proved, span, message).about(about()).markets(vec![of.name.clone()]).because(by);
        if let Some(mut here) = rule.and_then(|rule| witness_of(context, rule)) {
            here.set("market", crate::item::Val::Text(of.name.clone()));
            finding = finding.item(context.shown("decided alike with and without it", &here));
        }
        context.push(finding);
        return;
    }
    direction(context, market, index, &what, (!stricter.is_empty(), !milder.is_empty()), &milder, &stricter);
}

fn witness_of(context: &Context, rule: RuleId) -> Option<Draft> {
    context.forms.iter().filter(|form| form.model.rule() == rule).find_map(|form| form.witness.clone())
}

/// Rules that give what a rule gives, on its witness.
fn covering(context: &mut Context, side: &Side, rule: RuleId) -> Vec<String> {
    let Some(model) = side.rules.get(&rule).cloned() else { return Vec::new() };
    let mut found = BTreeSet::new();
    for demand in Demand::of(&model.effective.effect) {
        let lit = model.gives(&mut context.lab.theory, &demand, None);
        let others = side.givers(&mut context.lab.theory, &demand, Some(rule));
        let lits: Vec<Lit> = others.iter().map(|(_, lit)| !*lit).collect();
        if context.lab.theory.ask(&[&[lit], lits.as_slice()].concat(), &[]) == crate::theory::Answer::Never {
            found.extend(context.lab.core(&[lit], &lits).into_iter().filter_map(|at| others.get(at)).map(|(rule, _)| *rule));
        }
    }
    found.into_iter().map(|rule| format!("done by `{}`", context.rule_name(rule))).collect()
}

/// Something is in shadow or gives points in one and not, or otherwise, in the other.
fn shadow_changes(with: &Side, without: &Side) -> bool {
    let resting = |side: &Side| -> BTreeMap<RuleId, Lit> {
        side.rules.values().filter(|model| model.effective.stage == Stage::Shadow).map(|model| (model.rule(), model.fires)).collect()
    };
    resting(with) != resting(without)
}

/// O2: does it do what it says?
fn direction(
    context: &mut Context,
    market: MarketId,
    index: usize,
    what: &str,
    (stricter, milder): (bool, bool),
    milder_by: &[Direction],
    stricter_by: &[Direction],
) {
    let policy = Arc::clone(&context.policy);
    let Some(of) = policy.markets.get(market.index()) else { return };
    let Some(change) = of.overrides.get(index) else { return };
    let wrong = match change.intent.as_deref() {
        Some("tighten" | "add") if milder => milder_by,
        Some("loosen" | "disable") if stricter => stricter_by,
        _ => return,
    };
    let Some(intent) = change.intent.as_deref() else { return };
    let Some(first) = wrong.first() else { return };
    // The market with and without the override are two policies for the engine.
    let Some(bare) = crate::compare::without_override(&policy, market, index) else { return };
    let Ok(mut lab) = crate::lab::Lab::new(&[Arc::clone(&policy), Arc::new(bare)], context.options.budget) else { return };
    let (Some(with), Some(without)) = (lab.side(0, Some(market)), lab.side(1, Some(market))) else { return };
    if lab.learn().is_err() {
        return;
    }
    let demand = first.demand.clone();
    let (from, to, from_part, to_part) = if intent == "tighten" || intent == "add" { (&with, &without, 0, 1) } else { (&without, &with, 1, 0) };
    let Some(draft) = crate::compare::witness(&mut lab, (from, from_part), (to, to_part), &demand, &of.name) else {
        context.suspect(&findings::OVERLAY_DIRECTION, [of.name.clone(), subject(&policy, &change.target)]);
        return;
    };
    let done = if intent == "tighten" || intent == "add" { "milder" } else { "stricter" };
    let message =
        format!("the override of {what} in {} is meant to {intent}, but is {done} for some items ({})", of.name, super::demand_text(&policy, &demand));
    let (mine, bare) = (lab.bench.decide(0, &draft), lab.bench.decide(1, &draft));
    let finding = Finding::new(&findings::OVERLAY_DIRECTION, Status::Confirmed, change.span.at_start(), message)
        .about([of.name.clone(), subject(&policy, &change.target)])
        .markets(vec![of.name.clone()])
        .item(super::shown(&policy, "with the override", &draft, &mine))
        .item(super::shown(&policy, "without it", &draft, &bare));
    context.push(finding);
}

/// O5: past its review, or about something that rests everywhere.
fn stale(context: &mut Context, market: MarketId, index: usize, what: &str) {
    let policy = Arc::clone(&context.policy);
    let Some(of) = policy.markets.get(market.index()) else { return };
    let Some(change) = of.overrides.get(index) else { return };
    let mut why = Vec::new();
    if let (Some(today), Some(review)) = (context.options.today, change.review_by)
        && review.end() <= today
    {
        why.push(format!("its date of review, {}, has passed", tribunal_policy::time::display(review.seconds)));
    }
    if let (Some(today), Target::Rule(_, rule)) = (context.options.today, &change.target)
        && let Some(last) = rule.effective_until.filter(|until| until.end() <= today)
    {
        why.push(format!("its last day, {}, has passed, so that the rule does nothing there any more", tribunal_policy::time::display(last.seconds)));
    }
    if let Target::Rule(rule, _) = &change.target
        && let Some(effective) = policy.effective_of(Some(market), &|id| id == *rule).first()
        && effective.stage <= Stage::Draft
        && policy.rules.get(rule.index()).is_some_and(|rule| rule.stage <= Stage::Draft)
    {
        why.push("the rule is off".to_owned());
    }
    if why.is_empty() {
        return;
    }
    let message = format!("the override of {what} in {}: {}", of.name, why.join("; "));
    let finding = Finding::new(&findings::STALE_OVERLAY, Status::Read, change.span.at_start(), message);
    context.push(finding.about([of.name.clone(), subject(&policy, &change.target)]).markets(vec![of.name.clone()]));
}

/// H7: an override that nobody will look at again. What a law asks for lasts as long as the law; a trial does not.
fn open_ended(context: &mut Context, market: MarketId, index: usize, what: &str) {
    let policy = Arc::clone(&context.policy);
    let Some(of) = policy.markets.get(market.index()) else { return };
    let Some(change) = of.overrides.get(index).filter(|change| change.review_by.is_none()) else { return };
    let trial = match &change.target {
        // Words that are said there are said there; what is taken out of a list was a decision.
        Target::List(_, change) if change.remove.is_empty() && change.allow.is_empty() => return,
        Target::List(..) => None,
        Target::Rule(rule, own) => {
            let effective = policy.effective_of(Some(market), &|id| id == *rule);
            if effective.first().is_none_or(|rule| rule.effective_until.is_some()) {
                return;
            }
            let stage = own.stage.or(own.rollout.is_some().then_some(Stage::Live));
            stage.and_then(|stage| super::texts::trial(stage, own.rollout))
        }
    };
    let message = match trial {
        None if change.legal_basis.is_some() => return,
        None => format!("the override of {what} in {} rests on no `legal_basis` and has no `review_by`", of.name),
        Some(trial) => format!("in {} {what} is {trial}, with no `review_by` and no `until`", of.name),
    };
    let finding = Finding::new(&findings::OPEN_ENDED, Status::Read, change.span.at_start(), message);
    context.push(finding.about([of.name.clone(), subject(&policy, &change.target)]).markets(vec![of.name.clone()]));
}

/// O6: a floor that a market goes below, by whatever way.
fn floors(context: &mut Context) {
    let under = |(id, rule): &(RuleId, &Rule)| rule.floor || context.policy.floors.iter().any(|floor| floor.picks(*id, rule));
    let floors: Vec<RuleId> = crate::beside::ids(&context.policy).filter(under).map(|(id, _)| id).filter(|rule| context.wants_rule(*rule)).collect();
    let Some(global) = context.sides.first().cloned() else { return };
    for rule in floors {
        let Some(model) = global.rules.get(&rule).cloned().filter(|model| model.live != Lit::FALSE) else { continue };
        let mut told = BTreeSet::new();
        for at in 1..context.sides.len() {
            let Some(side) = context.sides.get(at).cloned() else { continue };
            let Some(market) = context.market(at) else { continue };
            for demand in Demand::of(&model.effective.effect) {
                let asked = model.gives(&mut context.lab.theory, &demand, None);
                // The same rule does the same there: nothing to ask.
                let there = side.rules.get(&rule).map(|model| model.gives(&mut context.lab.theory, &demand, None));
                if there == Some(asked) || told.contains(&demand) {
                    continue;
                }
                let about = [context.rule_name(rule), market.clone()];
                context.begin(&findings::BELOW_FLOOR, about.clone());
                let others: BTreeMap<RuleId, Lit> = side.givers(&mut context.lab.theory, &demand, None).into_iter().collect();
                let mut check = |bench: &mut Bench, draft: &Draft| {
                    let mut bare = draft.clone();
                    bare.values.remove("market");
                    let (here, without) = (bench.decide(0, draft), bench.decide(0, &bare));
                    if !without.fired.contains(&rule) || !without.has(&demand) {
                        return Check::No;
                    }
                    if !here.has(&demand) {
                        return Check::Yes;
                    }
                    let who = bench.givers(0, &side, draft, &here, &demand);
                    Check::Also(who.iter().filter_map(|other| others.get(other)).map(|lit| !*lit).collect())
                };
                let found = context.lab.search(Some(&market), &[asked], &mut check);
                if matches!(found, Found::Suspected) {
                    context.suspect(&findings::BELOW_FLOOR, about);
                }
                if let Found::Item(draft) = found {
                    told.insert(demand.clone());
                    let name = context.rule_name(rule);
                    let message = format!("`{name}` is a floor ({}), and {market} is milder", super::demand_text(&context.policy, &demand));
                    let mut bare = draft.clone();
                    bare.values.remove("market");
                    let (here, without) = (context.shown("there", &draft), context.shown("without a market", &bare));
                    let finding = Finding::new(&findings::BELOW_FLOOR, Status::Confirmed, context.rule_span(rule), message);
                    context.push(finding.about([name]).markets(vec![market.clone()]).item(here).item(without));
                }
            }
        }
    }
}
