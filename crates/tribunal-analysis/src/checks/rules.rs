//! Rules that cannot fire, always fire, or do not matter (C1 to C8).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tribunal_core::Truth;
use tribunal_policy::cond::Reference;
use tribunal_policy::model::{AxisValue, OnUnknown, Stage};
use tribunal_policy::{AxisId, ListId, RuleId};

use super::Context;
use crate::findings::{self, Finding, Status};
use crate::item::Draft;
use crate::lab::{Bench, Check, Found};
use crate::theory::Answer;
use crate::theory::logic::Lit;
use crate::theory::side::{Demand, RuleModel, Side};

pub(super) fn check(context: &mut Context) {
    for at in 0..context.forms.len() {
        if context.forms.get(at).is_some_and(|form| form.settled) {
            continue;
        }
        satisfiable(context, at);
        always(context, at);
    }
    merge_forms(context);
    decisive(context);
    conflicts(context);
}

/// C1, C8: can it fire?
fn satisfiable(context: &mut Context, at: usize) {
    let Some((model, sides)) = context.forms.get(at).map(|form| (Arc::clone(&form.model), form.sides.clone())) else { return };
    let rule = model.rule();
    let Some(market) = sides.first().map(|side| context.market(*side)) else { return };
    let fires = |bench: &mut Bench, draft: &Draft| if bench.decide(0, draft).fires(rule) { Check::Yes } else { Check::No };
    let name = context.rule_name(rule);
    context.begin(&findings::IMPOSSIBLE_RULE, [name.clone()]);
    let found = context.lab.search(market.as_deref(), &[model.fires], &mut { fires });
    if let Some(form) = context.forms.get_mut(at) {
        form.open = matches!(found, Found::Suspected | Found::Open);
    }
    match found {
        Found::Item(draft) => {
            if let Some(form) = context.forms.get_mut(at) {
                form.witness = Some(draft);
            }
        }
        Found::Suspected => context.suspect(&findings::IMPOSSIBLE_RULE, [name]),
        Found::Open => {}
        Found::Never if context.wants_rule(rule) => impossible(context, &model, &sides, market.as_deref()),
        Found::Never => {}
    }
}

fn impossible(context: &mut Context, model: &RuleModel, sides: &[usize], market: Option<&str>) {
    let rule = model.rule();
    let name = context.rule_name(rule);
    let would = |bench: &mut Bench, draft: &Draft| {
        let Some(trace) = bench.trace(0, draft, rule) else { return Check::No };
        let exempt = trace.exceptions.iter().any(|(_, cancels, step)| *cancels && step.truth == Truth::True);
        if trace.when.truth == Truth::True && trace.dates == Truth::True && exempt { Check::Yes } else { Check::No }
    };
    let body = [model.when.t, model.dates.t];
    match context.lab.search(market, &body, &mut { would }) {
        Found::Item(draft) => {
            let exempt: Vec<Lit> = model.cancels.iter().map(|(_, rail)| !rail.t).collect();
            let core = context.lab.core(&body, &exempt);
            let sources: Vec<String> =
                core.iter().filter_map(|at| model.cancels.get(*at)).map(|(source, _)| super::exceptions::source_name(context, *source)).collect();
            let shown = context.shown("would fire without the exception", &draft);
            let message = format!("every item that `{name}` speaks of is exempted by {}", sources.join(" and "));
            let finding = Finding::new(&findings::EXCEPTION_SWALLOWS, Status::Proved, context.rule_span(rule), message);
            let markets = context.market_names(sides);
            context.push(finding.about([name]).markets(markets).item(shown).because(sources));
        }
        Found::Suspected => context.suspect(&findings::IMPOSSIBLE_RULE, [name]),
        Found::Open => {}
        Found::Never => {
            let parts: Vec<Lit> = model.parts.iter().map(|(_, rail)| rail.t).chain([model.dates.t]).collect();
            let core = context.lab.core(&[], &parts);
            let clash: Vec<String> = core
                .iter()
                .map(|at| model.parts.get(*at).map_or_else(|| "its dates".to_owned(), |(cond, _)| format!("`{}`", context.policy.print(cond))))
                .collect();
            let message = match clash.as_slice() {
                [] => format!("`{name}` can never fire"),
                [one] => format!("`{name}` can never fire: {one} is never true"),
                several => format!("`{name}` can never fire: {} exclude each other", several.join(" and ")),
            };
            let finding = Finding::new(&findings::IMPOSSIBLE_RULE, Status::Proved, context.rule_span(rule), message);
            let markets = context.market_names(sides);
            context.push(finding.about([name]).markets(markets).because(clash));
        }
    }
}

/// C2: does it fire on everything?
fn always(context: &mut Context, at: usize) {
    let Some((model, sides)) = context.forms.get(at).map(|form| (Arc::clone(&form.model), form.sides.clone())) else { return };
    let rule = model.rule();
    let name = context.rule_name(rule);
    context.begin(&findings::ALWAYS_TRUE, [name.clone()]);
    if !context.wants(&findings::ALWAYS_TRUE) || !context.wants_rule(rule) || context.lab.theory.ask(&[!model.fires], &[]) != Answer::Never {
        return;
    }
    let mut draft = Draft::default();
    if let Some(market) = sides.first().and_then(|side| context.market(*side)) {
        draft.set("market", crate::item::Val::Text(market));
    }
    if !context.lab.bench.decide(0, &draft).fires(rule) {
        context.suspect(&findings::ALWAYS_TRUE, [name]);
        return;
    }
    let shown = context.shown("an empty item", &draft);
    let finding = Finding::new(&findings::ALWAYS_TRUE, Status::Proved, context.rule_span(rule), format!("`{name}` fires on every item"));
    let markets = context.market_names(&sides);
    context.push(finding.about([name]).markets(markets).item(shown));
}

/// A rule that is impossible in all its forms for one and the same reason is told once.
fn merge_forms(context: &mut Context) {
    let mut merged: Vec<Finding> = Vec::new();
    let all = context.sides.len();
    for finding in std::mem::take(&mut context.findings) {
        match merged
            .iter_mut()
            .find(|other| other.code == finding.code && other.message == finding.message && !other.markets.is_empty() && !finding.markets.is_empty())
        {
            Some(other) => {
                other.markets.extend(finding.markets);
                if other.markets.len() == all {
                    other.markets.clear();
                }
            }
            None => merged.push(finding),
        }
    }
    context.findings = merged;
}

/// How it was found out what a rule decides.
#[derive(Clone, Debug)]
pub(crate) enum Decided {
    /// On this item it alone gives that.
    Alone(Demand, Draft),
    /// All that it gives these give too.
    Covered(BTreeSet<RuleId>),
}

/// Who gives what in a market.
type Givers = HashMap<(usize, Demand), Arc<BTreeMap<RuleId, Lit>>>;

/// C3, C4, C5: does any decision depend on it?
fn decisive(context: &mut Context) {
    let mut givers: Givers = HashMap::new();
    let mut of_rule: BTreeMap<RuleId, Vec<usize>> = BTreeMap::new();
    for (at, form) in context.forms.iter().enumerate() {
        of_rule.entry(form.model.rule()).or_default().push(at);
    }
    let asked_for = asked_for(context);
    let mut told: BTreeSet<(RuleId, RuleId)> = BTreeSet::new();
    for (rule, forms) in of_rule {
        let wanted = context.edit.as_ref().map_or_else(|| context.wants_rule(rule), |edit| edit.decided.contains(&rule));
        if !wanted || asked_for.contains(&rule) {
            continue;
        }
        let mut cover: BTreeSet<RuleId> = BTreeSet::new();
        let mut covered: Vec<(usize, Draft)> = Vec::new();
        let mut matters = false;
        'forms: for at in forms {
            let Some(form) = context.forms.get(at) else { continue };
            if form.open {
                matters = true;
                break;
            }
            let (witness, model) = (form.witness.clone(), Arc::clone(&form.model));
            // What never fires may still give something where it cannot be judged.
            if witness.is_none() && (model.effective.stage != Stage::Live || model.effective.on_unknown == OnUnknown::Ignore) {
                continue;
            }
            if model.effective.stage != Stage::Live || model.effective.points.values().any(|points| *points != 0) {
                matters = true;
                break;
            }
            for side in form.sides.clone() {
                match covered_in(context, &mut givers, &model, side, &cover) {
                    Ok(rules) => {
                        cover.extend(rules);
                        covered.extend(witness.clone().map(|witness| (side, witness)));
                    }
                    Err(alone) => {
                        if let Some((demand, draft)) = alone {
                            context.decided.insert(rule, Decided::Alone(demand, draft));
                        }
                        matters = true;
                        break 'forms;
                    }
                }
            }
        }
        if !matters && let Some((side, witness)) = covered.first() {
            context.decided.insert(rule, Decided::Covered(cover.clone()));
            tell_covered(context, rule, &cover, *side, witness, &mut told);
        }
    }
}

/// Rules that others ask about: what they do is not only their own effect.
fn asked_for(context: &Context) -> BTreeSet<RuleId> {
    let mut found = BTreeSet::new();
    for form in &context.forms {
        for cond in form.model.effective.conditions() {
            cond.references(&mut |reference| {
                if let Reference::Rule(rule) = reference {
                    found.insert(rule);
                }
            });
        }
    }
    found
}

/// The rules that give everything that a rule gives, on all its items in a market. Otherwise some decision depends on it: one that was
/// found, where one was.
fn covered_in(
    context: &mut Context,
    givers: &mut Givers,
    model: &RuleModel,
    at: usize,
    hint: &BTreeSet<RuleId>,
) -> Result<BTreeSet<RuleId>, Option<(Demand, Draft)>> {
    let side = context.sides.get(at).ok_or(None)?.clone();
    let market = context.market(at);
    let rule = model.rule();
    let demands = model.demands(side.review.as_ref());
    if demands.is_empty() {
        return Err(None);
    }
    let mut cover = BTreeSet::new();
    let name = context.rule_name(rule);
    context.begin(&findings::SHADOWED_RULE, [name]);
    for demand in demands {
        let lit = model.gives(&mut context.lab.theory, &demand, side.review.as_ref());
        let others =
            givers.entry((at, demand.clone())).or_insert_with(|| Arc::new(side.givers(&mut context.lab.theory, &demand, None).into_iter().collect())).clone();
        let others: &BTreeMap<RuleId, Lit> = &others;
        let mut used: BTreeSet<RuleId> = hint.iter().copied().filter(|other| *other != rule && others.contains_key(other)).collect();
        let mut base = vec![lit];
        base.extend(used.iter().filter_map(|other| others.get(other)).map(|lit| !*lit));
        let mut check = |bench: &mut Bench, draft: &Draft| {
            let outcome = bench.decide(0, draft);
            let who = bench.givers(0, &side, draft, &outcome, &demand);
            if !who.contains(&rule) {
                return Check::No;
            }
            if who.len() == 1 {
                return Check::Yes;
            }
            used.extend(who.iter().copied().filter(|other| *other != rule));
            Check::Also(who.iter().filter(|other| **other != rule).filter_map(|other| others.get(other)).map(|lit| !*lit).collect())
        };
        match context.lab.find(market.as_deref(), &base, &mut check) {
            Found::Never => {}
            Found::Item(draft) => return Err(Some((demand, draft))),
            Found::Suspected | Found::Open => return Err(None),
        }
        let used: Vec<RuleId> = used.into_iter().collect();
        // One rule that does it alone says more than several together.
        let alone = used.iter().copied().find(|other| others.get(other).is_some_and(|theirs| context.lab.theory.ask(&[lit, !*theirs], &[]) == Answer::Never));
        if let Some(alone) = alone {
            cover.insert(alone);
            continue;
        }
        let lits: Vec<Lit> = used.iter().map(|other| others.get(other).map_or(Lit::TRUE, |lit| !*lit)).collect();
        cover.extend(context.lab.core(&[lit], &lits).into_iter().filter_map(|at| used.get(at)).copied());
    }
    Ok(cover)
}

fn tell_covered(context: &mut Context, rule: RuleId, cover: &BTreeSet<RuleId>, at: usize, witness: &Draft, told: &mut BTreeSet<(RuleId, RuleId)>) {
    let Some(side) = context.sides.get(at).cloned() else { return };
    let demands = |rule: &RuleId| side.rules.get(rule).map(|model| (Demand::of(&model.effective.effect), model.fires));
    let Some((own, fires)) = demands(&rule) else { return };
    let name = context.rule_name(rule);
    let others: Vec<String> = cover.iter().map(|other| context.rule_name(*other)).collect();
    let quoted: Vec<String> = others.iter().map(|name| format!("`{name}`")).collect();
    let single = match cover.iter().copied().collect::<Vec<_>>().as_slice() {
        [one] => demands(one).filter(|(theirs, _)| *theirs == own).map(|(_, fires)| (*one, fires)),
        _ => None,
    };
    let (code, message) = match single {
        Some((other, theirs))
            if in_the_same_markets(context, rule, other)
                && context.lab.theory.ask(&[theirs, !fires], &[]) == Answer::Never
                && gives_no_more(context, &side, other, rule) =>
        {
            if told.contains(&(other, rule)) {
                return;
            }
            told.insert((rule, other));
            (&findings::DUPLICATE_RULE, format!("`{name}` and {} fire on the same items and do the same", quoted.join("")))
        }
        Some(_) => {
            (&findings::REDUNDANT_RULE, format!("taking `{name}` out changes no decision: {} does the same on all its items, and on more", quoted.join("")))
        }
        None => (
            &findings::SHADOWED_RULE,
            format!(
                "no decision depends on `{name}`: {} {} all that it asks for, on all its items",
                quoted.join(" and "),
                if quoted.len() == 1 { "gives" } else { "give" }
            ),
        ),
    };
    let outcome = context.lab.bench.decide(0, witness);
    if !outcome.fires(rule) {
        context.suspect(code, [name]);
        return;
    }
    let shown = context.shown("both fire", witness);
    let finding = Finding::new(code, Status::Proved, context.rule_span(rule), message);
    context.push(
        finding.about(std::iter::once(name).chain(others.clone())).item(shown).because(quoted.iter().map(|other| format!("covered by {other}")).collect()),
    );
}

/// Whether a rule gives nothing that another one does not give on the same items, also where it cannot be judged.
fn gives_no_more(context: &mut Context, side: &Side, rule: RuleId, than: RuleId) -> bool {
    let (Some(rule), Some(than)) = (side.rules.get(&rule), side.rules.get(&than)) else { return false };
    rule.demands(side.review.as_ref()).iter().all(|demand| {
        let theory = &mut context.lab.theory;
        let (gives, other) = (rule.gives(theory, demand, side.review.as_ref()), than.gives(theory, demand, side.review.as_ref()));
        theory.ask(&[gives, !other], &[]) == Answer::Never
    })
}

/// Both have one form, and in the same markets: what is equal in one of them is equal in all.
fn in_the_same_markets(context: &Context, one: RuleId, other: RuleId) -> bool {
    let markets = |rule: RuleId| -> Vec<&Vec<usize>> { context.forms.iter().filter(|form| form.model.rule() == rule).map(|form| &form.sides).collect() };
    let (one, other) = (markets(one), markets(other));
    one.len() == 1 && one == other
}

/// C7: a rule that says "normal" where another one is stricter. Told once a rule and axis, with a rule about the same lists if there is one.
fn conflicts(context: &mut Context) {
    if !context.wants(&findings::CONFLICTING_EFFECTS) {
        return;
    }
    let wanted = |rule: RuleId| context.wants_rule(rule) || context.edit.as_ref().is_some_and(|edit| edit.conflicts.contains(&rule));
    let wanted: BTreeSet<RuleId> = crate::beside::ids(&context.policy).map(|(id, _)| id).filter(|rule| wanted(*rule)).collect();
    let mut told: BTreeSet<(RuleId, AxisId)> = BTreeSet::new();
    for at in 0..context.sides.len() {
        let Some(side) = context.sides.get(at).cloned() else { continue };
        for model in wanted.iter().filter_map(|rule| side.rules.get(rule)).filter(|model| model.live != Lit::FALSE).cloned().collect::<Vec<_>>() {
            let axes = model.effective.effect.0.iter().filter(|(_, value)| **value == AxisValue::Level(0)).map(|(axis, _)| *axis);
            for axis in axes.collect::<Vec<_>>() {
                if told.contains(&(model.rule(), axis)) {
                    continue;
                }
                let demand = Demand::Level(axis, 1);
                let lists = lists_of(&model);
                let mut others: Vec<Arc<RuleModel>> = side
                    .rules
                    .values()
                    .filter(|other| other.live != Lit::FALSE && other.rule() != model.rule() && demand.given_by(&other.effective.effect))
                    .cloned()
                    .collect();
                others.sort_by_key(|other| (lists_of(other).is_disjoint(&lists), other.rule()));
                let conflict = others.into_iter().take(20).any(|other| conflict(context, at, &model, &other, (axis, &demand)));
                if conflict {
                    told.insert((model.rule(), axis));
                }
            }
        }
    }
}

fn lists_of(model: &RuleModel) -> BTreeSet<ListId> {
    let mut lists = BTreeSet::new();
    model.effective.when.lists(&mut |list, _| {
        lists.insert(list);
    });
    lists
}

fn conflict(context: &mut Context, at: usize, model: &RuleModel, other: &RuleModel, (axis, demand): (AxisId, &Demand)) -> bool {
    let market = context.market(at);
    let (first, second) = (model.rule(), other.rule());
    let strict = other.gives(&mut context.lab.theory, demand, None);
    let mut check = |bench: &mut Bench, draft: &Draft| {
        let outcome = bench.decide(0, draft);
        let both = outcome.fired.contains(&first) && outcome.fired.contains(&second) && outcome.has(demand);
        if both { Check::Yes } else { Check::No }
    };
    let about = [context.rule_name(first), context.rule_name(second)];
    context.begin(&findings::CONFLICTING_EFFECTS, about.clone());
    match context.lab.search(market.as_deref(), &[model.fires, model.live, strict], &mut check) {
        Found::Item(draft) => {
            let axis = context.policy.axes.get(axis.index()).map_or(String::new(), |axis| axis.name.clone());
            let (name, strict) = (context.rule_name(first), context.rule_name(second));
            let message =
                format!("`{name}` states the mildest value of `{axis}`, which protects nothing: `{strict}`, for one, decides items that both fire on");
            let shown = context.shown("both fire", &draft);
            let mut finding = Finding::new(&findings::CONFLICTING_EFFECTS, Status::Confirmed, context.rule_span(first), message).item(shown);
            for (this, fires, that) in [(first, [model.fires, !other.fires], second), (second, [other.fires, !model.fires], first)] {
                let mut alone = |bench: &mut Bench, draft: &Draft| {
                    let outcome = bench.decide(0, draft);
                    if outcome.fired.contains(&this) && !outcome.fired.contains(&that) { Check::Yes } else { Check::No }
                };
                if let Found::Item(draft) = context.lab.search(market.as_deref(), &fires, &mut alone) {
                    let what = format!("only `{}` fires", context.rule_name(this));
                    finding = finding.item(context.shown(&what, &draft));
                }
            }
            context.push(finding.about([name, strict]));
            true
        }
        Found::Suspected => {
            context.suspect(&findings::CONFLICTING_EFFECTS, about);
            false
        }
        Found::Never | Found::Open => false,
    }
}
