//! Exceptions that never apply, that the author can bring about, or that clash with what they exempt from (C9 to C11).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tribunal_core::Truth;
use tribunal_policy::cond::Cond;
use tribunal_policy::model::{AxisKind, ExceptionSource, List};
use tribunal_policy::source::Span;
use tribunal_policy::{ListId, RuleId};

use super::{Context, Form};
use crate::findings::{self, Finding, Status};
use crate::item::{Draft, Val};
use crate::lab::{Bench, Check, Found};
use crate::theory::logic::Lit;
use crate::theory::side::{Demand, RuleModel};
use crate::theory::vars::Var;

pub(super) fn check(context: &mut Context) {
    idle(context);
    bypass(context);
    clashes(context);
}

/// `its exception`, or the name of a shared one.
pub(super) fn source_name(context: &Context, source: ExceptionSource) -> String {
    match source {
        ExceptionSource::Own => "its own `unless`".to_owned(),
        ExceptionSource::Shared(id) => {
            context.policy.exceptions.get(id.index()).map_or_else(String::new, |exception| format!("the exception `{}`", exception.name))
        }
    }
}

fn source_span(context: &Context, source: ExceptionSource, cond: &Cond) -> Span {
    match source {
        ExceptionSource::Own => cond.span,
        ExceptionSource::Shared(id) => context.policy.exceptions.get(id.index()).map(|exception| exception.span.at_start()).unwrap_or_default(),
    }
}

/// The exceptions of a form: from where, whether they cancel, their condition, when they are true.
fn exceptions(model: &RuleModel) -> Vec<(ExceptionSource, bool, Cond, Lit)> {
    let cancels = model.cancels.iter().zip(&model.effective.cancels).map(|((source, rail), (_, cond))| (*source, true, cond.clone(), rail.t));
    let softens = model.softens.iter().zip(&model.effective.softens).map(|((source, rail), (_, cond, _))| (*source, false, cond.clone(), rail.t));
    cancels.chain(softens).collect()
}

fn exempts<'a>(rule: RuleId, source: ExceptionSource) -> impl FnMut(&mut Bench, &Draft) -> Check + 'a {
    move |bench, draft| {
        let Some(trace) = bench.trace(0, draft, rule) else { return Check::No };
        let exempt = trace.exceptions.iter().any(|(of, _, step)| *of == source && step.truth == Truth::True);
        if trace.when.truth == Truth::True && trace.dates == Truth::True && exempt { Check::Yes } else { Check::No }
    }
}

/// A form that has the exception, its condition there, and when it is true.
type Use = (usize, Cond, Lit);

/// C9: an exception that no item of the rule has. A shared one has to be idle for all its rules.
fn idle(context: &mut Context) {
    if !context.wants(&findings::EXCEPTION_IDLE) {
        return;
    }
    let mut of: BTreeMap<(Option<RuleId>, ExceptionSource), Vec<Use>> = BTreeMap::new();
    for (at, form) in context.forms.iter().enumerate() {
        for (source, _, cond, lit) in exceptions(&form.model) {
            let owner = (source == ExceptionSource::Own).then(|| form.model.rule());
            of.entry((owner, source)).or_default().push((at, cond, lit));
        }
    }
    for ((owner, source), uses) in of {
        let served = || uses.iter().filter_map(|(at, ..)| context.forms.get(*at)).any(|form| context.wants_rule(form.model.rule()));
        if owner.is_some_and(|rule| !context.wants_rule(rule)) || context.edit.is_some() && !served() {
            continue;
        }
        let mut why: BTreeSet<String> = BTreeSet::new();
        let mut example = None;
        let mut idle = true;
        for (at, _, lit) in &uses {
            let Some((model, side)) = context.forms.get(*at).map(|form| (Arc::clone(&form.model), form.sides.first().copied().unwrap_or(0))) else { continue };
            let market = context.market(side);
            let base = [model.when.t, model.dates.t, *lit];
            let about = [context.rule_name(model.rule())];
            context.begin(&findings::EXCEPTION_IDLE, about.clone());
            match context.lab.find(market.as_deref(), &base, &mut exempts(model.rule(), source)) {
                Found::Item(_) | Found::Open => {
                    idle = false;
                    break;
                }
                Found::Suspected => {
                    context.suspect(&findings::EXCEPTION_IDLE, about);
                    idle = false;
                    break;
                }
                Found::Never => {
                    let parts: Vec<Lit> = model.parts.iter().map(|(_, rail)| rail.t).chain([model.dates.t]).collect();
                    let core = context.lab.core(&[*lit], &parts);
                    why.extend(core.iter().filter_map(|at| model.parts.get(*at)).map(|(cond, _)| format!("`{}`", context.policy.print(cond))));
                    example = example.or_else(|| context.forms.get(*at).and_then(|form| form.witness.clone()));
                }
            }
        }
        let Some((at, cond, _)) = uses.first().filter(|_| idle) else { continue };
        let Some(rule) = context.forms.get(*at).map(|form| form.model.rule()) else { continue };
        let rules: BTreeSet<String> = uses.iter().filter_map(|(at, ..)| context.forms.get(*at)).map(|form| context.rule_name(form.model.rule())).collect();
        let rules: Vec<String> = rules.into_iter().collect();
        let whose = if owner.is_some() { format!("the exception of `{}`", context.rule_name(rule)) } else { source_name(context, source) };
        let printed = context.policy.print(cond);
        let why: Vec<String> = why.into_iter().collect();
        let because = if why.is_empty() { "it is never true by itself".to_owned() } else { format!("it cannot be true together with {}", why.join(" and ")) };
        let finding = Finding::new(&findings::EXCEPTION_IDLE, Status::Proved, source_span(context, source, cond), format!("{whose} never applies: {because}"));
        let mut finding = finding.about(rules).because(vec![format!("`{printed}`")]);
        if let Some(draft) = example {
            finding = finding.item(context.shown("fires, and the exception is not true", &draft));
        }
        context.push(finding);
    }
}

/// Whether the rule does something serious: the strictest value of an axis, or a review by a person.
fn is_serious(context: &Context, form: &Form) -> bool {
    let review = form.sides.first().and_then(|side| context.sides.get(*side)).and_then(|side| side.review.clone());
    Demand::of(&form.model.effective.effect).iter().any(|demand| match (demand, &review) {
        (Demand::Level(axis, level), Some(Demand::Level(routing, review))) if axis == routing => level >= review,
        (Demand::Level(axis, level), _) => match context.policy.axes.get(axis.index()).map(|axis| &axis.kind) {
            Some(AxisKind::Ordered(values)) => values.len() > 2 && usize::from(*level) + 1 == values.len(),
            _ => false,
        },
        (Demand::Label(..), _) => false,
    })
}

/// C10: an exception that texts alone bring about.
fn bypass(context: &mut Context) {
    if !context.wants(&findings::EXCEPTION_BYPASS) {
        return;
    }
    let mut told: BTreeMap<(ExceptionSource, Span), usize> = BTreeMap::new();
    for at in 0..context.forms.len() {
        let Some(form) = context.forms.get(at) else { continue };
        let rule = form.model.rule();
        let wanted = context.edit.as_ref().map_or_else(|| context.wants_rule(rule), |edit| edit.exempted.contains(&rule));
        if form.model.live == Lit::FALSE || !is_serious(context, form) || !wanted {
            continue;
        }
        let (model, side) = (Arc::clone(&form.model), form.sides.first().copied().unwrap_or(0));
        let market = context.market(side);
        for (source, cancels, cond, lit) in exceptions(&model) {
            if !cancels {
                continue;
            }
            // All that the author does not write is missing, except what the rule itself asks for.
            let mut of_rule = BTreeSet::new();
            model.effective.when.fields(&mut |field| {
                of_rule.insert(field);
            });
            let mut base = vec![model.when.t, model.dates.t, lit];
            let mut scalars = false;
            cond.fields(&mut |field| {
                let Some(known) = context.policy.fields.get(field.index()) else { return };
                if known.ty.is_scalar() && !of_rule.contains(&field) {
                    base.push(context.lab.theory.vars.lit(Var::Missing { field: known.name.clone() }));
                }
                scalars |= known.ty.is_scalar() && of_rule.contains(&field);
            });
            if scalars {
                continue;
            }
            let span = source_span(context, source, &cond);
            if let Some(finding) = told.get(&(source, span)).and_then(|at| context.findings.get_mut(*at)) {
                let name = context.policy.rules.get(rule.index()).map_or_else(String::new, |rule| rule.name.clone());
                if !finding.subjects.contains(&name) {
                    finding.subjects.push(name);
                }
                continue;
            }
            let name = context.rule_name(rule);
            context.begin(&findings::EXCEPTION_BYPASS, [name.clone()]);
            let Found::Item(draft) = context.lab.search(market.as_deref(), &base, &mut exempts(rule, source)) else { continue };
            let message = format!("whoever writes the text can escape `{name}` by {}: `{}`", source_name(context, source), context.policy.print(&cond));
            let shown = context.shown("exempted by its own words", &draft);
            let finding = Finding::new(&findings::EXCEPTION_BYPASS, Status::Confirmed, span, message).about([name]).item(shown);
            told.insert((source, span), context.findings.len());
            context.push(finding);
        }
    }
}

/// C11: a term on both sides.
fn clashes(context: &mut Context) {
    if !context.wants(&findings::ALLOW_CLASH) {
        return;
    }
    let mut pairs: BTreeMap<(ListId, ListId), Vec<(RuleId, usize)>> = BTreeMap::new();
    for form in &context.forms {
        let (mut block, mut exempt) = (BTreeSet::new(), BTreeSet::new());
        let mut sort = |cond: &Cond, turned: bool| {
            cond.lists(&mut |list, negated| {
                if negated == turned {
                    block.insert(list)
                } else {
                    exempt.insert(list)
                };
            });
        };
        sort(&form.model.effective.when, false);
        form.model.effective.cancels.iter().for_each(|(_, cond)| sort(cond, true));
        for (first, second) in block.iter().flat_map(|first| exempt.iter().map(move |second| (*first, *second))) {
            if first != second && (context.edit.is_some() || context.wants_rule(form.model.rule())) {
                pairs.entry((first, second)).or_default().push((form.model.rule(), form.sides.first().copied().unwrap_or(0)));
            }
        }
    }
    let policy = Arc::clone(&context.policy);
    if let Some(edit) = &context.edit {
        let names = |list: &ListId| policy.list_name(*list).to_owned();
        pairs.retain(|(block, exempt), rules| rules.iter().any(|(rule, _)| edit.rules.contains(rule)) || edit.clashes.contains(&(names(block), names(exempt))));
    }
    for ((block, exempt), rules) in pairs {
        let (Some(first), Some(second)) = (policy.lists.get(block.index()), policy.lists.get(exempt.index())) else { continue };
        let clash = both(first, second);
        let Some((rule, side)) = rules.first().copied() else { continue };
        let market = context.market(side);
        let mut found = Vec::new();
        for (text, span) in clash {
            let mut draft = Draft::default();
            draft.set("caption", Val::Text(text.clone()));
            if let Some(market) = &market {
                draft.set("market", Val::Text(market.clone()));
            }
            // The engine has to see the term, and the rule has to stay silent.
            if !context.lab.bench.decide(0, &draft).fires(rule) {
                found.push((text, span, draft));
            }
        }
        let Some((text, span, draft)) = found.first().cloned() else { continue };
        let sensitive = first.sensitive || second.sensitive;
        let text = if sensitive { crate::mask(&text) } else { text };
        let (block, exempt, name) = (context.list_name(block), context.list_name(exempt), context.rule_name(rule));
        let more = if found.len() > 1 { format!(" and {} more", found.len() - 1) } else { String::new() };
        let message = format!("`{text}`{more} stands in `{block}`, which makes `{name}` fire, and in `{exempt}`, which exempts from it: the exemption wins");
        let shown = context.shown("the term alone", &draft);
        let finding = Finding::new(&findings::ALLOW_CLASH, Status::Confirmed, span, message);
        context.push(finding.about([name, block, exempt]).item(shown));
    }
    hidden(context);
}

/// Terms of one list that are terms of another, with their places there.
fn both(block: &List, exempt: &List) -> Vec<(String, Span)> {
    let texts: BTreeSet<String> = exempt.entries.iter().filter(|entry| !entry.allow).map(|entry| entry.text.to_lowercase()).collect();
    let terms = block.entries.iter().filter(|entry| !entry.allow && texts.contains(&entry.text.to_lowercase()));
    terms.map(|entry| (entry.text.clone(), entry.span)).collect()
}

/// Terms that their own list's allow entries hide.
fn hidden(context: &mut Context) {
    let mut found: Vec<(String, String, Span)> = Vec::new();
    for (_, list) in (0_u32..).map(ListId).zip(&context.policy.lists).filter(|(id, _)| context.wants_list(*id)) {
        let allow: BTreeSet<String> = list.entries.iter().filter(|entry| entry.allow).map(|entry| entry.text.to_lowercase()).collect();
        if allow.is_empty() {
            continue;
        }
        for entry in list.entries.iter().filter(|entry| !entry.allow && allow.contains(&entry.text.to_lowercase())) {
            found.push((list.name.clone(), super::term(list, &entry.text), entry.span));
        }
    }
    for (list, text, span) in found {
        let message = format!("`{text}` is a term of `{list}` and one of its allow entries: it never hits");
        context.push(Finding::new(&findings::ALLOW_CLASH, Status::Read, span, message).about([list]));
    }
}
