//! Rules that mean something else in a market without anybody saying why (O4).

use std::collections::BTreeSet;
use std::sync::Arc;

use tribunal_policy::cond::Reference;
use tribunal_policy::model::{ExceptionSource, Target};
use tribunal_policy::{ListId, MarketId, RuleId};

use super::Context;
use super::ladders::says_why;
use crate::findings::{self, Finding, Status};
use crate::item::{Draft, Val};
use crate::lab::{Bench, Check, Found};
use crate::theory::logic::Lit;
use crate::theory::side::RuleModel;

pub(super) fn check(context: &mut Context) {
    if !context.wants(&findings::UNEXPLAINED_DIVERGENCE) {
        return;
    }
    let rules: BTreeSet<RuleId> = context.forms.iter().map(|form| form.model.rule()).collect();
    for rule in rules {
        let explained = context.policy.rules.get(rule.index()).is_none_or(says_why);
        if explained || !context.wants_rule(rule) {
            continue;
        }
        one(context, rule);
    }
}

fn one(context: &mut Context, rule: RuleId) {
    let general = context.sides.first().and_then(|side| side.rules.get(&rule)).cloned();
    let mut markets = Vec::new();
    let mut shown: Option<(Draft, usize)> = None;
    for at in 1..context.sides.len() {
        let Some(side) = context.sides.get(at) else { continue };
        let (here, market) = (side.rules.get(&rule).cloned(), side.setting.market);
        if alike(here.as_deref(), general.as_deref()) || market.is_none_or(|market| explained(context, rule, market, [&here, &general])) {
            continue;
        }
        if let Some((draft, _)) = &shown {
            // The item that shows it in one market shows it in the others too, or they are another matter.
            let mut moved = draft.clone();
            moved.values.insert("market".to_owned(), Val::Text(context.market(at).unwrap_or_default()));
            if differs(&mut context.lab.bench, &moved, rule) {
                markets.push(at);
            }
            continue;
        }
        let found = search(context, at, here.as_deref(), general.as_deref());
        if let Some(draft) = found {
            shown = Some((draft, at));
            markets.push(at);
        }
    }
    let Some((draft, _)) = shown else { return };
    let name = context.rule_name(rule);
    let names = markets.iter().filter_map(|at| context.market(*at)).collect::<Vec<_>>();
    let message = format!("`{name}` decides otherwise in {} than elsewhere, and gives no `reason` or `legal_basis`", findings::markets(&names));
    let mut bare = draft.clone();
    bare.values.remove("market");
    let (here, elsewhere) = (context.shown("there", &draft), context.shown("without a market", &bare));
    let finding = Finding::new(&findings::UNEXPLAINED_DIVERGENCE, Status::Confirmed, context.rule_span(rule), message);
    context.push(finding.about([name]).markets(names).item(here).item(elsewhere));
}

/// The rule is the same question and gives the same answer.
fn alike(one: Option<&RuleModel>, other: Option<&RuleModel>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            let same =
                |a: &RuleModel, b: &RuleModel| a.fires == b.fires && a.unknown == b.unknown && a.live == b.live && a.effective.effect == b.effective.effect;
            same(one, other)
        }
        (None, None) => true,
        _ => false,
    }
}

/// Whether an override of the market or one above it, which always has a reason, is about the rule or a list that it reads; or
/// whether the terms and exceptions that belong to markets say why themselves.
fn explained(context: &Context, rule: RuleId, market: MarketId, models: [&Option<Arc<RuleModel>>; 2]) -> bool {
    let policy = &context.policy;
    let mut lists: BTreeSet<ListId> = BTreeSet::new();
    let mut exceptions = Vec::new();
    for model in models.into_iter().flatten() {
        for cond in model.effective.conditions() {
            cond.lists(&mut |list, _| {
                lists.insert(list);
            });
        }
        let cancels = model.effective.cancels.iter().map(|(source, _)| *source);
        exceptions.extend(cancels.chain(model.effective.softens.iter().map(|(source, ..)| *source)));
    }
    let line = policy.lineage(market);
    let asked = asked(context, models);
    for other in asked.iter().filter_map(|other| policy.rules.get(other.index())) {
        other.when.lists(&mut |list, _| {
            lists.insert(list);
        });
    }
    let overridden = line.iter().filter_map(|id| policy.markets.get(id.index())).flat_map(|market| &market.overrides).any(|change| match &change.target {
        Target::Rule(other, _) => *other == rule || asked.contains(other),
        Target::List(list, _) => lists.contains(list),
    });
    let says = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
    let of_markets = lists.iter().filter_map(|list| policy.lists.get(list.index())).flat_map(|list| &list.entries).filter(|entry| !entry.markets.is_empty());
    let mut of_markets = of_markets.peekable();
    let by_terms = of_markets.peek().is_some() && of_markets.all(|entry| says(entry.note.as_deref()) || says(entry.source.as_deref()));
    let scoped = exceptions.iter().filter_map(|source| match source {
        ExceptionSource::Shared(id) => policy.exceptions.get(id.index()).filter(|exception| exception.scope.is_some()),
        ExceptionSource::Own => None,
    });
    let mut scoped = scoped.peekable();
    let by_exceptions = scoped.peek().is_some() && scoped.all(|exception| says(exception.reason.as_deref()));
    overridden || by_terms || by_exceptions
}

/// The rules that a rule asks about, and those that they ask about.
fn asked(context: &Context, models: [&Option<Arc<RuleModel>>; 2]) -> BTreeSet<RuleId> {
    let mut found = BTreeSet::new();
    let mut open: Vec<RuleId> = Vec::new();
    let collect = |cond: &tribunal_policy::cond::Cond, open: &mut Vec<RuleId>| {
        cond.references(&mut |reference| match reference {
            Reference::Rule(other) => open.push(other),
            Reference::Score(score) => {
                let givers = (0_u32..).map(RuleId).zip(&context.policy.rules).filter(|(_, rule)| rule.points.contains_key(&score));
                open.extend(givers.map(|(id, _)| id));
            }
        });
    };
    for cond in models.into_iter().flatten().flat_map(|model| model.effective.conditions()) {
        collect(cond, &mut open);
    }
    while let Some(rule) = open.pop() {
        if found.insert(rule)
            && let Some(rule) = context.policy.rules.get(rule.index())
        {
            collect(&rule.when, &mut open);
        }
    }
    found
}

/// The item is decided otherwise with its market than without, and the rule takes part in one of the two decisions only.
fn differs(bench: &mut Bench, draft: &Draft, rule: RuleId) -> bool {
    let mut bare = draft.clone();
    bare.values.remove("market");
    let (here, elsewhere) = (bench.decide(0, draft), bench.decide(0, &bare));
    (here.levels != elsewhere.levels || here.labels != elsewhere.labels) && here.fired.contains(&rule) != elsewhere.fired.contains(&rule)
}

fn search(context: &mut Context, at: usize, here: Option<&RuleModel>, general: Option<&RuleModel>) -> Option<Draft> {
    let rule = here.or(general)?.rule();
    let market = context.market(at);
    let about = [context.rule_name(rule), market.clone().unwrap_or_default()];
    context.begin(&findings::UNEXPLAINED_DIVERGENCE, about);
    let fires = |model: Option<&RuleModel>, graph: &mut crate::theory::logic::Graph| model.map_or(Lit::FALSE, |model| graph.and(model.fires, model.live));
    let graph = &mut context.lab.theory.vars.graph;
    let (with, without) = (fires(here, graph), fires(general, graph));
    for base in [[with, !without], [without, !with]] {
        let mut check = |bench: &mut Bench, draft: &Draft| if differs(bench, draft, rule) { Check::Yes } else { Check::No };
        if let Found::Item(draft) = context.lab.search(market.as_deref(), &base, &mut check) {
            return Some(draft);
        }
    }
    None
}
