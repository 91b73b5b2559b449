//! Rules that are narrower than others (C6, G6), and rules that one word alone brings about (C12).

use std::collections::BTreeSet;
use std::sync::Arc;

use tribunal_policy::RuleId;
use tribunal_policy::model::{AxisKind, AxisValue, Effect, Match, Rule};
use tribunal_policy::num::Decimal;

use super::Context;
use crate::findings::{self, Finding, Status};
use crate::item::{Draft, Val};
use crate::lab::{Bench, Check, Found};
use crate::theory::Answer;
use crate::theory::logic::Lit;
use crate::theory::side::{Demand, RuleModel};
use crate::theory::vars::scaled;

pub(super) fn check(context: &mut Context) {
    narrower(context);
    bare(context);
}

/// How two effects compare: whether the first is stricter, and whether it is milder, on an axis that both speak of.
fn compared(first: &Effect, second: &Effect) -> (bool, bool) {
    let (mut stricter, mut milder) = (false, false);
    for (axis, value) in &first.0 {
        if let (AxisValue::Level(one), Some(AxisValue::Level(other))) = (value, second.0.get(axis)) {
            stricter |= one > other;
            milder |= one < other;
        }
    }
    (stricter, milder)
}

fn harm(context: &Context, rule: RuleId) -> Option<Decimal> {
    let category = context.policy.rules.get(rule.index())?.category.as_deref()?;
    context.policy.taxonomy.iter().find(|known| known.name == category)?.harm
}

/// C6 and G6. Who is broader is read off the rule's smallest item: whoever does not fire on it is not.
fn narrower(context: &mut Context) {
    if !context.wants(&findings::NARROWER_RULE) && !context.wants(&findings::LADDER_INVERSION) {
        return;
    }
    let mut told: BTreeSet<(RuleId, RuleId, &str)> = BTreeSet::new();
    for at in 0..context.forms.len() {
        let Some(form) = context.forms.get(at) else { continue };
        let (Some(witness), Some(side)) = (form.witness.clone(), form.sides.first().copied()) else { continue };
        let model = Arc::clone(&form.model);
        let rule = model.rule();
        let whole = context.wants_rule(rule);
        if model.live == Lit::FALSE || !whole && !context.edit.as_ref().is_some_and(|edit| edit.fires_on.contains(&at)) {
            continue;
        }
        let outcome = context.lab.bench.decide(0, &witness);
        for other in outcome.fired.iter().copied().filter(|other| *other != rule && (whole || context.wants_rule(*other))).collect::<Vec<_>>() {
            let Some(broader) = context.sides.get(side).and_then(|side| side.rules.get(&other)).cloned() else { continue };
            let (stricter, milder) = compared(&model.effective.effect, &broader.effective.effect);
            let worse = match (harm(context, rule), harm(context, other)) {
                (Some(own), Some(theirs)) => scaled(own) > scaled(theirs),
                _ => false,
            };
            let code = match (stricter, milder) {
                (true, false) => &findings::NARROWER_RULE,
                (false, true) if worse => &findings::LADDER_INVERSION,
                _ => continue,
            };
            let about = [context.rule_name(rule), context.rule_name(other)];
            context.begin(code, about);
            if !context.wants(code) || told.contains(&(rule, other, code.id)) || context.lab.theory.ask(&[model.fires, !broader.fires], &[]) != Answer::Never {
                continue;
            }
            told.insert((rule, other, code.id));
            tell_narrower(context, code, (&model, &broader), side, &witness);
        }
    }
}

fn tell_narrower(context: &mut Context, code: &'static tribunal_policy::codes::Code, (model, broader): (&RuleModel, &RuleModel), side: usize, witness: &Draft) {
    let (rule, other) = (model.rule(), broader.rule());
    let market = context.market(side);
    let mut only = |bench: &mut Bench, draft: &Draft| {
        let outcome = bench.decide(0, draft);
        if outcome.fires(other) && !outcome.fires(rule) { Check::Yes } else { Check::No }
    };
    // Where both fire on the same items, one of them is told as shadowed.
    let Found::Item(beside) = context.lab.search(market.as_deref(), &[broader.fires, !model.fires], &mut only) else { return };
    let (name, theirs) = (context.rule_name(rule), context.rule_name(other));
    let message = if code.id == findings::NARROWER_RULE.id {
        format!("`{name}` is a stricter step of `{theirs}`: it fires on some of its items, on none else")
    } else {
        format!("`{name}` stands for the worse harm and does less than `{theirs}`, which fires on all its items")
    };
    let shown = [context.shown("both fire", witness), context.shown(&format!("only `{theirs}` fires"), &beside)];
    let finding = Finding::new(code, Status::Proved, context.rule_span(rule), message).about([name, theirs]);
    let [first, second] = shown;
    context.push(finding.item(first).item(second));
}

/// Whether an effect is what nothing stricter follows on: the last value of an axis other than routing, or a strike.
fn is_harsh(context: &Context, effect: &Effect) -> Option<String> {
    Demand::of(effect).into_iter().find_map(|demand| {
        let Demand::Level(axis, level) = &demand else { return None };
        let axis = context.policy.axes.get(axis.index())?;
        let AxisKind::Ordered(values) = &axis.kind else { return None };
        let strike = values.iter().position(|value| value == "strike").filter(|_| axis.name == "account");
        let last = values.len() > 2 && usize::from(*level) + 1 == values.len();
        let harsh = axis.name != "routing" && (last || strike.is_some_and(|strike| usize::from(*level) >= strike));
        harsh.then(|| super::demand_text(&context.policy, &demand))
    })
}

/// C12: the smallest item of the rule is one word of one of its lists.
fn bare(context: &mut Context) {
    if !context.wants(&findings::BARE_TERM) {
        return;
    }
    let mut told: BTreeSet<RuleId> = BTreeSet::new();
    for at in 0..context.forms.len() {
        let Some(form) = context.forms.get(at) else { continue };
        let rule = form.model.rule();
        let excused = !form.model.effective.cancels.is_empty() || !form.model.effective.softens.is_empty();
        let (Some(witness), Some(harsh)) = (form.witness.clone(), is_harsh(context, &form.model.effective.effect)) else { continue };
        if excused || form.model.live == Lit::FALSE || told.contains(&rule) || !context.wants_rule(rule) {
            continue;
        }
        let model = Arc::clone(&form.model);
        let Some(word) = lone_word(&witness) else { continue };
        let Some(term) = listed(context, &model, &word) else { continue };
        told.insert(rule);
        let name = context.rule_name(rule);
        let message = format!("the word `{term}` alone, whatever stands around it, brings `{harsh}` by `{name}`");
        let shown = context.shown("nothing but the word", &witness);
        context.push(Finding::new(&findings::BARE_TERM, Status::Confirmed, context.rule_span(rule), message).about([name]).item(shown));
    }
}

/// The one word that an item consists of, beside its market.
fn lone_word(draft: &Draft) -> Option<String> {
    let mut values = draft.values.iter().filter(|(name, _)| name.as_str() != "market");
    let (_, value) = values.next()?;
    if values.next().is_some() {
        return None;
    }
    let word = match value {
        Val::Text(text) => text.clone(),
        Val::List(list) if list.len() == 1 => list.first()?.clone(),
        _ => return None,
    };
    (!word.contains(char::is_whitespace) && !word.is_empty()).then_some(word)
}

/// The term of the rule's lists that a word is, as it may be shown. A pattern (a phone number, a link) is no word.
fn listed(context: &Context, model: &RuleModel, word: &str) -> Option<String> {
    let wanted = word.trim_start_matches('#').to_lowercase();
    let mut found = None;
    model.effective.when.lists(&mut |list, negated| {
        let Some(list) = context.policy.lists.get(list.index()).filter(|_| !negated) else { return };
        let entry = list.entries.iter().find(|entry| {
            !entry.allow && entry.text.trim_start_matches('#').to_lowercase() == wanted && entry.modes.iter().any(|(mode, _)| *mode != Match::Regex)
        });
        found = found.take().or_else(|| entry.map(|entry| super::term(list, &entry.text)));
    });
    found
}

/// A rule's own words why it is as it is.
pub(super) fn says_why(rule: &Rule) -> bool {
    rule.reason.is_some() || rule.legal_basis.is_some() || rule.scope.is_some() && rule.rationale.is_some()
}
