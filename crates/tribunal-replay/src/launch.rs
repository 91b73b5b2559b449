//! "As launched": what a changed policy does once everything in it is in force.
//!
//! Rules and terms that differ from the old policy count as live, at 100 % and in their dates. A rule that is switched off
//! stays off: that is what launching it means.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tribunal_policy::model::{AxisKind, AxisValue, Effect, EffectiveRule, Entry, Rollout, Stage, Target};
use tribunal_policy::{MarketId, Policy};

/// Which way stage, rollout and dates were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// What changed counts as live, at 100 % and in force.
    #[default]
    AsLaunched,
    /// As the policy says.
    AsWritten,
}

/// Rules of `new` that differ from `old` in any market, by name; all of them without an old policy. A rule that is only
/// worded otherwise for people does not differ.
pub fn changed_rules(old: Option<&Policy>, new: &Policy) -> BTreeSet<String> {
    let before = old.map(forms).unwrap_or_default();
    forms(new).into_iter().filter(|(name, form)| before.get(name) != Some(form)).map(|(name, _)| name).collect()
}

/// Every rule by name with all that decides, in every market.
fn forms(policy: &Policy) -> BTreeMap<String, Vec<(String, String)>> {
    let mut out: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let markets = (0..policy.markets.len()).filter_map(|at| u32::try_from(at).ok()).map(|at| Some(MarketId(at)));
    for market in std::iter::once(None).chain(markets) {
        let place = market.and_then(|market| policy.markets.get(market.index())).map(|market| market.name.clone()).unwrap_or_default();
        for rule in policy.effective(market) {
            let Some(name) = policy.rules.get(rule.rule.index()).map(|rule| rule.name.clone()) else { continue };
            out.entry(name).or_default().push((place.clone(), form(policy, &rule)));
        }
    }
    out
}

/// What every rule that is live somewhere means, as a digest: its form in each market, and the lists it looks at.
pub(crate) fn live_meanings(policy: &Policy) -> BTreeMap<String, String> {
    let lists: BTreeMap<&str, String> =
        policy.lists.iter().map(|list| (list.name.as_str(), list.entries.iter().map(entry_form).collect::<Vec<_>>().join("\n"))).collect();
    let mut out = BTreeMap::new();
    for (name, forms) in forms(policy) {
        if !forms.iter().any(|(_, form)| form.starts_with("live|")) {
            continue;
        }
        let mut hasher = blake3::Hasher::new();
        for (market, form) in &forms {
            hasher.update(market.as_bytes()).update(&[0]).update(form.as_bytes()).update(&[0]);
        }
        let used: BTreeSet<usize> = policy.rule(&name).map(|id| lists_of(policy, id)).unwrap_or_default();
        for list in used.iter().filter_map(|at| policy.lists.get(*at)) {
            hasher.update(lists.get(list.name.as_str()).map_or("", String::as_str).as_bytes()).update(&[0]);
        }
        out.insert(name, hasher.finalize().to_hex().to_string());
    }
    out
}

/// The lists a rule's conditions name in any market.
fn lists_of(policy: &Policy, rule: tribunal_policy::RuleId) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let markets = (0..policy.markets.len()).filter_map(|at| u32::try_from(at).ok()).map(|at| Some(MarketId(at)));
    for effective in std::iter::once(None).chain(markets).flat_map(|market| policy.effective(market)).filter(|effective| effective.rule == rule) {
        effective.conditions().for_each(|cond| {
            cond.lists(&mut |list, _| {
                found.insert(list.index());
            });
        });
    }
    found
}

fn form(policy: &Policy, rule: &EffectiveRule) -> String {
    let rollout = rule.rollout.map(|Rollout { share, by, .. }| (share, policy.field_name(by)));
    let points: Vec<(&str, i64)> = rule.points.iter().map(|(score, points)| (policy.scores.get(score.index()).map_or("", String::as_str), *points)).collect();
    let cancels: Vec<String> = rule.cancels.iter().map(|(_, cond)| policy.print(cond)).collect();
    let softens: Vec<(String, String)> = rule.softens.iter().map(|(_, cond, effect)| (policy.print(cond), printed(policy, effect))).collect();
    format!(
        "{}|{}|{rollout:?}|{:?}|{points:?}|{cancels:?}|{softens:?}|{:?}|{:?}|{:?}",
        rule.stage.name(),
        policy.print(&rule.when),
        printed(policy, &rule.effect),
        rule.on_unknown,
        rule.effective_from.map(|from| from.seconds),
        rule.effective_until.map(|until| until.end()),
    )
}

fn printed(policy: &Policy, effect: &Effect) -> String {
    let axes = effect.0.iter().map(|(axis, value)| {
        let Some(axis) = policy.axes.get(axis.index()) else { return String::new() };
        match (value, &axis.kind) {
            (AxisValue::Level(level), AxisKind::Ordered(names)) => format!("{}={}", axis.name, names.get(usize::from(*level)).map_or("", String::as_str)),
            (AxisValue::Labels(labels), _) => format!("{}={labels:?}", axis.name),
            (AxisValue::Level(level), AxisKind::Set(_)) => format!("{}={level}", axis.name),
        }
    });
    axes.collect::<Vec<_>>().join(";")
}

/// What [`launch`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launched {
    /// Rules that differ from the old policy (all, without one).
    pub changed_rules: Vec<String>,
    /// Of these, rules that were taken for live, at 100 % or in their dates although the policy says otherwise.
    pub lifted_rules: Vec<String>,
    /// Terms whose dates were lifted.
    pub lifted_terms: u64,
}

/// Puts some rules in force, whatever stage, rollout and dates say; those that are off stay off. Returns those that waited.
pub(crate) fn lift(new: &mut Policy, changed: &BTreeSet<String>) -> BTreeSet<String> {
    let mut lifted = BTreeSet::new();
    for rule in new.rules.iter_mut().filter(|rule| changed.contains(&rule.name)) {
        let waits =
            matches!(rule.stage, Stage::Draft | Stage::Shadow) || rule.rollout.is_some() || rule.effective_from.is_some() || rule.effective_until.is_some();
        if waits && rule.stage != Stage::Off {
            lifted.insert(rule.name.clone());
        }
        if rule.stage != Stage::Off {
            rule.stage = Stage::Live;
        }
        (rule.rollout, rule.effective_from, rule.effective_until) = (None, None, None);
    }
    let names: Vec<String> = new.rules.iter().map(|rule| rule.name.clone()).collect();
    for change in new.markets.iter_mut().flat_map(|market| &mut market.overrides) {
        let Target::Rule(rule, change) = &mut change.target else { continue };
        let Some(name) = names.get(rule.index()).filter(|name| changed.contains(*name)) else { continue };
        let waits = matches!(change.stage, Some(Stage::Draft | Stage::Shadow))
            || change.rollout.is_some()
            || change.effective_from.is_some()
            || change.effective_until.is_some();
        if waits {
            lifted.insert(name.clone());
        }
        if matches!(change.stage, Some(Stage::Draft | Stage::Shadow)) {
            change.stage = Some(Stage::Live);
        }
        (change.rollout, change.effective_from, change.effective_until) = (None, None, None);
    }
    lifted
}

/// Puts everything that differs from `old` in force.
pub fn launch(old: Option<&Policy>, new: &mut Policy) -> Launched {
    let changed = changed_rules(old, new);
    let lifted = lift(new, &changed);
    let mut terms = 0;
    for list in &mut new.lists {
        let before: Vec<String> = old
            .and_then(|old| old.lists.iter().find(|other| other.name == list.name && other.inline == list.inline))
            .map(|list| list.entries.iter().map(entry_form).collect())
            .unwrap_or_default();
        let before: BTreeSet<String> = before.into_iter().collect();
        for entry in &mut list.entries {
            if (entry.since.is_some() || entry.until.is_some()) && !before.contains(&entry_form(entry)) {
                (entry.since, entry.until) = (None, None);
                terms += 1;
            }
        }
    }
    Launched { changed_rules: changed.into_iter().collect(), lifted_rules: lifted.into_iter().collect(), lifted_terms: terms }
}

fn entry_form(entry: &Entry) -> String {
    let Entry { text, allow, modes, turkish, force, since, until, only_lang, .. } = entry;
    format!("{text:?}|{allow}|{modes:?}|{turkish}|{force:?}|{:?}|{:?}|{only_lang:?}", since.map(|since| since.seconds), until.map(|until| until.end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(rules: &str) -> Policy {
        let text = format!("policy: {{id: t, version: '1'}}\nterms:\n  w: [heck, {{term: glock, until: 2020-01-01}}]\nmarkets: []\nrules:\n{rules}");
        let loaded = tribunal_policy::load_str("t.yaml", &text.replace("markets: []\n", ""));
        loaded.policy.unwrap_or_else(|| unreachable!("{:?}", loaded.diagnostics))
    }

    #[test]
    fn only_what_differs_is_put_in_force() {
        let same = "  - {id: same, when: any text has w, effect: {routing: review}, stage: shadow}\n";
        let old = policy(&format!("{same}  - {{id: drawn, when: any text has w, effect: {{routing: review}}, stage: live}}\n"));
        let mut new = policy(&format!(
            "{same}  - {{id: drawn, when: any text has w, effect: {{routing: review}}, stage: off}}\n  - {{id: fresh, title: x, when: any text has \"abc\", effect: {{routing: review}}, stage: draft, effective_from: 2030-01-01}}\n"
        ));
        let launched = launch(Some(&old), &mut new);
        assert_eq!(launched.changed_rules, ["drawn", "fresh"]);
        assert_eq!(launched.lifted_rules, ["fresh"]);
        let stage = |name: &str| new.rules.get(new.rule(name).unwrap().index()).unwrap().stage;
        assert_eq!((stage("same"), stage("drawn"), stage("fresh")), (Stage::Shadow, Stage::Off, Stage::Live));
        assert_eq!(launched.lifted_terms, 0);
    }

    #[test]
    fn without_an_old_policy_everything_is_new() {
        let mut new = policy("  - {id: a, when: any text has w, effect: {routing: review}, stage: shadow}\n");
        let launched = launch(None, &mut new);
        assert_eq!((launched.lifted_rules.len(), launched.lifted_terms), (1, 1));
    }
}
