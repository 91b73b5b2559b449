//! What the rules leave open (G1 to G5).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tribunal_policy::cond::{CondKind, Literal, Op, Operand, Value};
use tribunal_policy::fields::Missing;
use tribunal_policy::model::{Category, OnUnknown, Rule};
use tribunal_policy::num::Decimal;
use tribunal_policy::source::Span;
use tribunal_policy::{FieldId, ListId, Policy, RuleId};

use super::Context;
use crate::findings::{self, CoverageCell, Finding, Shown, Status};
use crate::item::{Draft, Val};
use crate::theory::logic::Lit;
use crate::theory::side::Demand;

pub(super) fn check(context: &mut Context) {
    cells(context);
    coverage(context);
    languages(context);
    dead_fields(context);
    missing(context);
    thresholds(context);
}

pub(super) fn under(category: &str, rule: &Rule) -> bool {
    rule.category.as_deref().and_then(|of| of.strip_prefix(category)).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Every cell of the taxonomy: market, field and language in scope, with the rules that work there.
fn cells(context: &mut Context) {
    if !context.options.only.is_empty() || context.edit.is_some() {
        return;
    }
    let policy = Arc::clone(&context.policy);
    let named = |all: &[String]| if all.is_empty() { vec!["*".to_owned()] } else { all.to_vec() };
    for category in &policy.taxonomy {
        for at in (0..context.sides.len()).filter(|at| in_scope(context, category, *at)).collect::<Vec<_>>() {
            let market = context.market(at);
            let working: Vec<(RuleId, Option<Draft>)> = context
                .forms
                .iter()
                .filter(|form| form.sides.contains(&at) && form.model.live != Lit::FALSE && form.may_fire())
                .filter(|form| policy.rules.get(form.model.rule().index()).is_some_and(|rule| under(&category.name, rule)))
                .map(|form| (form.model.rule(), form.witness.clone()))
                .collect();
            for field in named(&category.fields) {
                for language in named(&category.languages) {
                    let works = |rule: RuleId| {
                        let Some(rule) = policy.rules.get(rule.index()) else { return false };
                        (field == "*" || reads(&policy, rule, &field)) && (language == "*" || speaks(&policy, rule, &language))
                    };
                    let rules: Vec<String> = working.iter().filter(|(rule, _)| works(*rule)).map(|(rule, _)| context.rule_name(*rule)).collect();
                    let through = if rules.is_empty() { passes(context, category, &working, (&market, &field, &language)) } else { None };
                    context.coverage.push(CoverageCell {
                        category: category.name.clone(),
                        market: market.clone().unwrap_or_else(|| "*".to_owned()),
                        field: field.clone(),
                        language,
                        rules,
                        through,
                    });
                }
            }
        }
    }
}

fn reads(policy: &Policy, rule: &Rule, name: &str) -> bool {
    let mut reads = false;
    rule.when.fields(&mut |field| reads |= policy.field_name(field) == name);
    reads
}

/// Its lists hold a term of the language, or do not say languages at all.
fn speaks(policy: &Policy, rule: &Rule, language: &str) -> bool {
    let (mut says, mut speaks) = (false, false);
    rule.when.lists(&mut |list, negated| {
        let entries = policy.lists.get(list.index()).filter(|_| !negated).map(|list| list.entries.as_slice()).unwrap_or_default();
        for lang in entries.iter().filter_map(|entry| entry.lang.as_deref().or(entry.only_lang.as_deref())) {
            says = true;
            speaks |= lang.split(['-', '_']).next().unwrap_or(lang).eq_ignore_ascii_case(language);
        }
    });
    speaks || !says
}

/// What is decided elsewhere by the category, brought to a cell where nothing of it works: the engine lets it through.
fn passes(
    context: &mut Context,
    category: &Category,
    here: &[(RuleId, Option<Draft>)],
    (market, field, language): (&Option<String>, &str, &str),
) -> Option<Shown> {
    let policy = Arc::clone(&context.policy);
    let elsewhere = context.forms.iter().filter(|form| policy.rules.get(form.model.rule().index()).is_some_and(|rule| under(&category.name, rule)));
    let first = here.iter().find_map(|(_, draft)| draft.clone()).or_else(|| elsewhere.filter_map(|form| form.witness.clone()).next())?;
    let mut draft = Draft::default();
    for (name, value) in &first.values {
        let text = policy.field(name).and_then(|id| policy.fields.get(id.index())).is_some_and(|field| field.ty.is_text());
        let to = if text && field != "*" { field } else { name };
        draft.set(to, value.clone());
    }
    let list = policy.field(field).and_then(|id| policy.fields.get(id.index())).map(|field| field.ty == tribunal_policy::fields::FieldType::TextList);
    if let (Some(list), Some(value)) = (list, draft.values.get(field).cloned()) {
        let texts = match value {
            Val::Text(text) => vec![text],
            Val::List(texts) => texts,
            _ => Vec::new(),
        };
        draft.set(field, if list { Val::List(texts) } else { Val::Text(texts.join(" ")) });
    }
    match market {
        Some(market) => draft.set("market", Val::Text(market.clone())),
        None => {
            draft.values.remove("market");
        }
    }
    if language != "*" {
        draft.set("lang", Val::Text(language.to_owned()));
    }
    let outcome = context.lab.bench.decide(0, &draft);
    let caught = outcome.fired.iter().any(|rule| policy.rules.get(rule.index()).is_some_and(|rule| under(&category.name, rule)));
    (!caught).then(|| super::shown(&policy, "passes", &draft, &outcome))
}

/// G1: a category without a rule that can fire.
fn coverage(context: &mut Context) {
    let policy = Arc::clone(&context.policy);
    for category in policy.taxonomy.iter().filter(|category| context.wants_category(&category.name)).collect::<Vec<_>>() {
        let mut empty = Vec::new();
        let mut other = None;
        for at in 0..context.sides.len() {
            let market = context.market(at);
            if !in_scope(context, category, at) {
                continue;
            }
            let working = context.forms.iter().any(|form| {
                let rule = policy.rules.get(form.model.rule().index());
                form.sides.contains(&at)
                    && form.may_fire()
                    && form.model.live != Lit::FALSE
                    && rule.is_some_and(|rule| under(&category.name, rule) && reads_scope(context, category, rule))
            });
            if !working {
                empty.push(at);
            } else if other.is_none() {
                other = market;
            }
        }
        if empty.is_empty() {
            continue;
        }
        let names: Vec<String> = empty.iter().map(|side| context.market(*side).unwrap_or_else(|| "*".to_owned())).collect();
        let all = empty.len() == context.sides.len();
        let message = match (all, category.fields.is_empty()) {
            (true, true) => format!("no live rule of the category `{}` can fire", category.name),
            (true, false) => format!("no live rule of the category `{}` reads {}", category.name, category.fields.join(", ")),
            _ => format!("the category `{}` is in scope in {}, but no live rule of it can fire there", category.name, findings::markets(&names)),
        };
        let mut finding = Finding::new(&findings::COVERAGE_GAP, Status::Proved, category_span(context, &category.name), message).about([category.name.clone()]);
        if !all {
            finding = finding.markets(names);
        }
        // Another market's item walks through here.
        let through = context
            .forms
            .iter()
            .find(|form| form.witness.is_some() && policy.rules.get(form.model.rule().index()).is_some_and(|rule| under(&category.name, rule)));
        if let (Some(mut draft), Some(at)) = (through.and_then(|form| form.witness.clone()), empty.first()) {
            match context.market(*at) {
                Some(market) => draft.set("market", Val::Text(market)),
                None => {
                    draft.values.remove("market");
                }
            }
            finding = finding.item(context.shown("decided elsewhere by the category", &draft));
        }
        context.push(finding);
    }
}

/// Where the taxonomy's file names the category.
fn category_span(context: &Context, name: &str) -> Span {
    for (file, source) in context.policy.sources.files() {
        if let Some(at) = source.text().find("taxonomy:").and_then(|from| Some(from + source.text().get(from..)?.find(name)?)) {
            return Span::new(file, at, at + name.len());
        }
    }
    Span::default()
}

fn in_scope(context: &Context, category: &Category, side: usize) -> bool {
    if category.markets.is_empty() {
        return true;
    }
    let Some(market) = context.sides.get(side).and_then(|side| side.setting.market) else { return false };
    category.markets.iter().filter_map(|name| context.policy.market(name)).any(|ancestor| context.policy.is_within(market, ancestor))
}

fn reads_scope(context: &Context, category: &Category, rule: &Rule) -> bool {
    if category.fields.is_empty() {
        return true;
    }
    let mut reads = false;
    rule.when.fields(&mut |field| reads |= context.policy.fields.get(field.index()).is_some_and(|field| category.fields.contains(&field.name)));
    reads
}

/// G2: lists that say the language of their terms, and none of a language in scope.
fn languages(context: &mut Context) {
    let policy = Arc::clone(&context.policy);
    for category in policy.taxonomy.iter().filter(|category| !category.languages.is_empty() && context.wants_category(&category.name)).collect::<Vec<_>>() {
        let mut lists: BTreeSet<ListId> = BTreeSet::new();
        for rule in policy.rules.iter().filter(|rule| under(&category.name, rule)) {
            rule.when.lists(&mut |list, negated| {
                if !negated {
                    lists.insert(list);
                }
            });
        }
        let langs: BTreeSet<String> = lists
            .iter()
            .filter_map(|list| policy.lists.get(list.index()))
            .flat_map(|list| &list.entries)
            .filter_map(|entry| entry.lang.as_deref().or(entry.only_lang.as_deref()))
            .map(|lang| lang.split(['-', '_']).next().unwrap_or(lang).to_ascii_lowercase())
            .collect();
        if langs.is_empty() {
            continue;
        }
        let gaps: Vec<String> = category.languages.iter().filter(|lang| !langs.contains(&lang.to_ascii_lowercase())).cloned().collect();
        if gaps.is_empty() {
            continue;
        }
        let message = format!("the lists of the category `{}` hold no term in {}", category.name, gaps.join(", "));
        context.push(Finding::new(&findings::LANGUAGE_GAP, Status::Read, category_span(context, &category.name), message).about([category.name.clone()]));
    }
}

/// G3: texts that nobody scans.
fn dead_fields(context: &mut Context) {
    let policy = Arc::clone(&context.policy);
    if policy.surfaces.is_empty() {
        return;
    }
    let scanned: BTreeSet<FieldId> = policy.surfaces.values().flatten().copied().collect();
    for (at, rule) in policy.rules.iter().enumerate() {
        let Some(id) = u32::try_from(at).ok().map(RuleId).filter(|id| context.wants_rule(*id)) else { continue };
        let mut texts = BTreeSet::new();
        rule.when.fields(&mut |field| {
            if policy.fields.get(field.index()).is_some_and(|field| field.ty.is_text()) {
                texts.insert(field);
            }
        });
        if texts.is_empty() || texts.iter().any(|field| scanned.contains(field)) {
            continue;
        }
        let names: Vec<&str> = texts.iter().map(|field| policy.field_name(*field)).collect();
        let message = format!("`{}` reads {} only, which no surface scans", rule.name, names.join(", "));
        context.push(Finding::new(&findings::FIELD_DEAD, Status::Read, context.rule_span(id), message).about([rule.name.clone()]));
    }
}

/// G4: an attribute whose absence lets an item through.
fn missing(context: &mut Context) {
    let policy = Arc::clone(&context.policy);
    let mut told: BTreeSet<(RuleId, String)> = BTreeSet::new();
    for at in 0..context.forms.len() {
        let Some(form) = context.forms.get(at) else { continue };
        let rule = form.model.rule();
        let says = policy.rules.get(rule.index()).is_none_or(|rule| rule.says_on_unknown);
        let (Some(witness), false, OnUnknown::Ignore) = (form.witness.clone(), says, form.model.effective.on_unknown) else { continue };
        let demands = Demand::of(&form.model.effective.effect);
        if demands.is_empty() || form.model.live == Lit::FALSE || !context.wants_rule(rule) {
            continue;
        }
        for name in witness.values.keys().filter(|name| !matches!(name.as_str(), "market" | "as_of" | "lang" | "id")) {
            let Some(field) = policy.field(name).and_then(|field| policy.fields.get(field.index())) else { continue };
            if !field.ty.is_scalar() || field.missing != Missing::Unknown || told.contains(&(rule, name.clone())) {
                continue;
            }
            let mut without = witness.clone();
            without.values.remove(name);
            let (with, bare) = (context.lab.bench.decide(0, &witness), context.lab.bench.decide(0, &without));
            let Some(lost) = demands.iter().find(|demand| with.has(demand) && !bare.has(demand)) else { continue };
            if !bare.unknown.contains(&rule) {
                continue;
            }
            told.insert((rule, name.clone()));
            let title = context.rule_name(rule);
            let message = format!("without `{name}` the rule `{title}` is not judged, and its items pass ({} is lost)", super::demand_text(&policy, lost));
            let shown = [context.shown("with it", &witness), context.shown("without it", &without)];
            let [first, second] = shown;
            let finding = Finding::new(&findings::MISSING_ATTRIBUTE, Status::Confirmed, context.rule_span(rule), message);
            context.push(finding.about([title, name.clone()]).item(first).item(second));
        }
    }
}

/// A threshold as a rule's top-level part writes it.
struct Threshold {
    rule: RuleId,
    op: Op,
}

/// G5: `< 60` in one rule and `> 60` in another of the same category leave 60.
fn thresholds(context: &mut Context) {
    let policy = Arc::clone(&context.policy);
    let mut by: BTreeMap<(String, FieldId, i64, u8), Vec<Threshold>> = BTreeMap::new();
    for form in &context.forms {
        let rule = form.model.rule();
        let Some(category) = policy.rules.get(rule.index()).and_then(|rule| rule.category.clone()) else { continue };
        for (cond, _) in &form.model.parts {
            let CondKind::Compare(Value::Field(field), op, Operand::Literal(Literal::Number(Decimal { mantissa, scale }))) = &cond.kind else { continue };
            by.entry((category.clone(), *field, *mantissa, *scale)).or_default().push(Threshold { rule, op: *op });
        }
    }
    for ((category, field, mantissa, scale), uses) in by {
        let below = uses.iter().find(|of| of.op == Op::Lt);
        let above = uses.iter().find(|of| of.op == Op::Gt);
        let (Some(below), Some(above)) = (below, above) else { continue };
        if uses.iter().any(|of| matches!(of.op, Op::Le | Op::Ge | Op::Eq)) || below.rule == above.rule {
            continue;
        }
        let name = policy.field_name(field).to_owned();
        let Some(mut draft) = context.forms.iter().find(|form| form.model.rule() == below.rule).and_then(|form| form.witness.clone()) else { continue };
        let number = Decimal { mantissa, scale };
        draft.set(
            &name,
            match number.to_num() {
                tribunal_policy::num::Num::Int(whole) => Val::Int(whole),
                tribunal_policy::num::Num::Float(float) => Val::Float(float),
            },
        );
        let outcome = context.lab.bench.decide(0, &draft);
        if outcome.fires(below.rule) || outcome.fires(above.rule) {
            continue;
        }
        let (first, second) = (context.rule_name(below.rule), context.rule_name(above.rule));
        let message =
            format!("`{first}` ends below {name} = {number} and `{second}` begins above it: {number} itself belongs to neither (category `{category}`)");
        let shown = context.shown("between the two", &draft);
        context.push(Finding::new(&findings::THRESHOLD_GAP, Status::Confirmed, context.rule_span(below.rule), message).about([first, second]).item(shown));
    }
}
