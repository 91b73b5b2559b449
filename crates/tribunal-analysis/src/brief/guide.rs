//! How to decide by category, and what each market does.

use std::collections::{BTreeMap, BTreeSet};

use tribunal_policy::cond::{Cond, CondKind};
use tribunal_policy::model::{AxisValue, Effect, EffectiveRule, ExceptionSource, Stage};
use tribunal_policy::{MarketId, Policy};

use super::tree::{GuideTree, tree};
use super::{GuideCategory, GuideStep, MarketCell, MarketRow, MarketTable};
use crate::finding_way::{effect_text, market_name, markets};
use crate::rehearsal::Rehearsal;

/// The strictest of the live rules, by category.
fn strictest(policy: &Policy, market: Option<MarketId>) -> BTreeMap<String, String> {
    let mut merged: BTreeMap<String, Effect> = BTreeMap::new();
    for rule in policy.effective(market).iter().filter(|rule| rule.stage == Stage::Live) {
        let category = policy.rules.get(rule.rule.index()).and_then(|rule| rule.category.clone()).unwrap_or_default();
        merged.entry(category).or_default().merge(&rule.effect);
    }
    merged.into_iter().map(|(category, effect)| (category, effect_text(policy, &effect))).collect()
}

pub(super) fn market_table(old: &Rehearsal<'_>, new: &Rehearsal<'_>) -> MarketTable {
    let columns: Vec<Option<MarketId>> = markets(&new.policy).collect();
    let now: Vec<BTreeMap<String, String>> = columns.iter().map(|market| strictest(&new.policy, *market)).collect();
    // A market that is new was decided without an overlay.
    let was: Vec<BTreeMap<String, String>> =
        columns.iter().map(|market| strictest(&old.policy, market.and_then(|_| old.policy.market(&market_name(&new.policy, *market))))).collect();
    let categories: BTreeSet<&String> = now.iter().chain(&was).flat_map(BTreeMap::keys).collect();
    let rows = categories.into_iter().map(|category| {
        let cells = now.iter().zip(&was).map(|(now, was)| {
            let (now, was) = (now.get(category), was.get(category));
            MarketCell { now: now.cloned().unwrap_or_default(), changed: now != was }
        });
        MarketRow { category: category.clone(), cells: cells.collect() }
    });
    MarketTable { markets: columns.iter().map(|market| market_name(&new.policy, *market)).collect(), rows: rows.collect() }
}

/// The live rules of items without a market, strictest first, each as questions.
pub(super) fn guide(new: &Rehearsal<'_>) -> Vec<GuideCategory> {
    let policy = &new.policy;
    let mut by_category: BTreeMap<String, Vec<EffectiveRule>> = BTreeMap::new();
    for rule in policy.effective(None).into_iter().filter(|rule| rule.stage == Stage::Live) {
        let category = policy.rules.get(rule.rule.index()).and_then(|rule| rule.category.clone()).unwrap_or_default();
        by_category.entry(category).or_default().push(rule);
    }
    let severity =
        |rule: &EffectiveRule| -> u32 { rule.effect.0.values().map(|value| if let AxisValue::Level(level) = value { u32::from(*level) } else { 1 }).sum() };
    let categories = by_category.into_iter().map(|(category, mut rules)| {
        rules.sort_by_key(|rule| std::cmp::Reverse(severity(rule)));
        let print = |cond: &Cond| new.scrub(&policy.print(cond));
        GuideCategory {
            category,
            tree: tree(policy, &rules, &print).filter(GuideTree::is_deep),
            steps: rules.iter().map(|rule| step(policy, rule, new)).collect(),
        }
    });
    categories.collect()
}

fn step(policy: &Policy, rule: &EffectiveRule, new: &Rehearsal<'_>) -> GuideStep {
    let mut parts: Vec<&Cond> = Vec::new();
    match &rule.when.kind {
        CondKind::And(all) => parts.extend(all),
        _ => parts.push(&rule.when),
    }
    let print = |cond: &Cond| new.scrub(&policy.print(cond));
    let name = |source: &ExceptionSource| match source {
        ExceptionSource::Own => String::new(),
        ExceptionSource::Shared(id) => policy.exceptions.get(id.index()).map(|exception| format!("{}: ", exception.name)).unwrap_or_default(),
    };
    let cancels = rule.cancels.iter().map(|(source, cond)| format!("{}{} → nothing", name(source), print(cond)));
    let softens = rule.softens.iter().map(|(source, cond, becomes)| format!("{}{} → {}", name(source), print(cond), effect_text(policy, becomes)));
    GuideStep {
        rule: policy.rules.get(rule.rule.index()).map(|rule| rule.name.clone()).unwrap_or_default(),
        when: parts.into_iter().map(print).collect(),
        unless: cancels.chain(softens).collect(),
        then: effect_text(policy, &rule.effect),
    }
}
