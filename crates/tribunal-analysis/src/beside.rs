//! A policy beside another one of which it is an edit: what of it means something else, and an engine of that alone.
//!
//! Rules do not influence each other but where one asks about another, so that a decision is put together of what each rule gives.
//! The engine of an edited policy is therefore the engine of the policy before it, without the rules that were edited, and a small
//! one of those rules (the tests below hold both against the engine of the whole).

use std::collections::{BTreeMap, BTreeSet};

use tribunal_policy::cond::{Cond, CondKind, Literal, Operand, Reference, Set, Value};
use tribunal_policy::model::{Entry, List, Market, Rule, Selector, Stage, Target, WhenChange};
use tribunal_policy::source::Span;
use tribunal_policy::{FieldId, ListId, Policy, RuleId};

use crate::diff::text;
use crate::theory::sets::same_match;

/// Which rules two policies do not share.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edited {
    /// Rules of the old policy that are not in the new one, or mean something else there.
    pub(crate) old: BTreeSet<RuleId>,
    /// Rules of the new one, likewise.
    pub(crate) new: BTreeSet<RuleId>,
    /// Lists of the new one that are not the same in the old one.
    pub(crate) lists: BTreeSet<ListId>,
    /// Rules and lists have the same numbers in both.
    pub(crate) same_numbers: bool,
}

impl Edited {
    /// `None`: something is otherwise that every rule rests on (fields, axes, markets, ordinary words).
    pub(crate) fn between(old: &Policy, new: &Policy) -> Option<Edited> {
        if frame(old) != frame(new) {
            return None;
        }
        let words = |policy: &Policy| policy.ordinary_words.map(|list| policy.list_name(list).to_owned());
        let lists = changed_lists(old, new);
        if words(old) != words(new) || words(old).is_some_and(|name| lists.contains(name.as_str())) {
            return None;
        }
        let (before, after) = (keys(old), keys(new));
        let changed = |policy: &Policy, own: &BTreeMap<&str, String>, other: &BTreeMap<&str, String>| {
            let differs = |name: &str| own.get(name) != other.get(name);
            let reads = |id: RuleId| lists_of(policy, id).iter().any(|list| lists.contains(policy.list_name(*list)));
            Askers::of(policy).closed(ids(policy).filter(|(id, rule)| differs(&rule.name) || !lists.is_empty() && reads(*id)).map(|(id, _)| id).collect())
        };
        let (mut edited_old, mut edited_new) = (changed(old, &before, &after), changed(new, &after, &before));
        // What asks about an edited rule in one of the two is edited in both.
        let named = |policy: &Policy, ids: &BTreeSet<RuleId>| -> BTreeSet<String> {
            ids.iter().filter_map(|id| policy.rules.get(id.index())).map(|rule| rule.name.clone()).collect()
        };
        let both: BTreeSet<String> = named(old, &edited_old).union(&named(new, &edited_new)).cloned().collect();
        edited_old.extend(both.iter().filter_map(|name| old.rule(name)));
        edited_new.extend(both.iter().filter_map(|name| new.rule(name)));
        let same_numbers = old.rules.iter().map(|rule| &rule.name).eq(new.rules.iter().map(|rule| &rule.name))
            && old.lists.iter().map(|list| &list.name).eq(new.lists.iter().map(|list| &list.name))
            && old.exceptions.iter().map(|exception| &exception.name).eq(new.exceptions.iter().map(|exception| &exception.name))
            && old.scores == new.scores;
        let lists = (0_u32..).map(ListId).zip(&new.lists).filter(|(_, list)| lists.contains(list.name.as_str())).map(|(id, _)| id).collect();
        Some(Edited { old: edited_old, new: edited_new, lists, same_numbers })
    }
}

/// Rules that decide alike and about which something else may be found all the same, as they, their exceptions or what markets change of
/// them are written otherwise (owners, reasons, floors). `None`: something else is otherwise, that no rule stands for.
pub(crate) fn written_otherwise(old: &Policy, new: &Policy) -> Option<BTreeSet<RuleId>> {
    if about_all(old) != about_all(new) {
        return None;
    }
    let mut found = BTreeSet::new();
    for ((id, one), (_, other)) in ids(old).zip(ids(new)) {
        let inherited = |rule: &Rule| (rule.owner.clone(), rule.rationale.clone(), rule.reason.clone(), rule.says_on_unknown, rule.floor, rule.review_by);
        if old.sources.slice(one.span) != new.sources.slice(other.span) || inherited(one) != inherited(other) {
            found.insert(id);
        }
    }
    let (before, after) = (overrides(old), overrides(new));
    found.extend(before.keys().chain(after.keys()).filter(|key| before.get(key) != after.get(key)).map(|(_, rule)| *rule));
    for (one, other) in old.exceptions.iter().zip(&new.exceptions) {
        if old.sources.slice(one.span) != new.sources.slice(other.span) {
            let picks = |rule: &Rule, id| one.applies_to.iter().chain(&other.applies_to).any(|selector| selector.picks(id, rule));
            found.extend(ids(new).filter(|(id, rule)| picks(rule, *id)).map(|(id, _)| id));
        }
    }
    Some(found)
}

/// What findings rest on beside the rules: floors, surfaces, categories, lists and what markets change of them.
fn about_all(policy: &Policy) -> String {
    let floors = |selectors: &[Selector]| selectors.iter().map(|selector| format!("{:?}", selector.kind)).collect::<Vec<_>>();
    let of_lists = |market: &Market| {
        let changes = market.overrides.iter().filter(|change| matches!(change.target, Target::List(..)));
        (floors(&market.floors), changes.map(|change| policy.sources.slice(change.span).to_owned()).collect::<Vec<_>>())
    };
    let markets: Vec<_> = policy.markets.iter().map(of_lists).collect();
    let lists: Vec<_> = policy.lists.iter().map(|list| (list.sensitive, &list.owner, &list.description)).collect();
    format!("{:?}\n{:?}\n{:?}\n{markets:?}\n{lists:?}", policy.taxonomy, floors(&policy.floors), policy.surfaces)
}

/// What markets change of each rule, as it is written.
fn overrides(policy: &Policy) -> BTreeMap<(&str, RuleId), &str> {
    let mut found = BTreeMap::new();
    for market in &policy.markets {
        for change in &market.overrides {
            if let Target::Rule(rule, _) = &change.target {
                found.insert((market.name.as_str(), *rule), policy.sources.slice(change.span));
            }
        }
    }
    found
}

pub(crate) fn ids(policy: &Policy) -> impl Iterator<Item = (RuleId, &Rule)> {
    (0_u32..).map(RuleId).zip(&policy.rules)
}

/// What every rule rests on, in words.
fn frame(policy: &Policy) -> String {
    let markets: Vec<(&String, Option<&String>)> =
        policy.markets.iter().map(|market| (&market.name, market.parent.and_then(|id| policy.markets.get(id.index())).map(|market| &market.name))).collect();
    let fields: Vec<String> = policy.fields.iter().map(|field| format!("{} {:?} {:?}", field.name, field.ty, field.missing)).collect();
    let axes: Vec<String> = policy.axes.iter().map(|axis| format!("{} {:?}", axis.name, axis.kind)).collect();
    format!("{markets:?}\n{fields:?}\n{axes:?}\n{}", text::effect(policy, &policy.on_incomplete))
}

/// What a rule means, its lists and the rules that it asks about by name.
fn keys(policy: &Policy) -> BTreeMap<&str, String> {
    use std::fmt::Write as _;
    let mut out = BTreeMap::new();
    for (_, rule) in ids(policy) {
        let parts = text::rule_parts(policy, rule);
        let mut key = String::new();
        for part in ["when", "unless", "becomes", "effect", "stage", "on_unknown", "points", "rollout", "effective_from", "effective_until", "category"] {
            let _ = writeln!(key, "{part}: {}", parts.get(part).map_or("", String::as_str));
        }
        let scope = rule.scope.and_then(|scope| policy.markets.get(scope.index())).map_or("", |market| market.name.as_str());
        let _ = writeln!(key, "scope: {scope}");
        out.insert(rule.name.as_str(), key);
    }
    for market in &policy.markets {
        for change in &market.overrides {
            let Target::Rule(id, _) = &change.target else { continue };
            let (_, parts) = text::override_parts(policy, change);
            if let Some(key) = policy.rules.get(id.index()).and_then(|rule| out.get_mut(rule.name.as_str())) {
                let _ = writeln!(key, "{}: {:?}", market.name, parts.iter().collect::<Vec<_>>());
            }
        }
    }
    for exception in &policy.exceptions {
        let scope = exception.scope.and_then(|scope| policy.markets.get(scope.index())).map_or("", |market| market.name.as_str());
        let parts = text::exception_parts(policy, exception);
        for (id, rule) in ids(policy) {
            let picked =
                exception.applies_to.iter().any(|selector| selector.picks(id, rule)) && !exception.never.iter().any(|selector| selector.picks(id, rule));
            if let (true, Some(key)) = (picked, out.get_mut(rule.name.as_str())) {
                let of = |part: &str| parts.get(part).map_or("", String::as_str);
                let _ = writeln!(key, "{} {scope}: {} {}", exception.name, of("when"), of("becomes"));
            }
        }
    }
    out
}

/// Names of lists that are not the same in both, entry by entry.
fn changed_lists<'p>(old: &'p Policy, new: &'p Policy) -> BTreeSet<&'p str> {
    let named = |policy: &'p Policy| -> BTreeMap<&'p str, &'p List> { policy.lists.iter().map(|list| (list.name.as_str(), list)).collect() };
    let (before, after) = (named(old), named(new));
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let same = |name: &&str| match (before.get(name), after.get(name)) {
        (Some(one), Some(other)) => same_list(one, other),
        _ => false,
    };
    names.into_iter().filter(|name| !same(name)).collect()
}

/// Entry by entry the same, in the same order, in force in the same markets.
pub(crate) fn same_list(one: &List, other: &List) -> bool {
    let same = |(a, b): (&Entry, &Entry)| same_match(a, b) && a.term == b.term && a.markets == b.markets && a.force == b.force;
    one.scope == other.scope && one.entries.len() == other.entries.len() && one.entries.iter().zip(&other.entries).all(same)
}

/// Every condition that may be part of a rule in some market.
pub(crate) fn conditions(policy: &Policy, id: RuleId, see: &mut dyn FnMut(&Cond)) {
    let Some(rule) = policy.rules.get(id.index()) else { return };
    see(&rule.when);
    rule.unless.iter().for_each(|unless| see(&unless.when));
    for exception in policy.exceptions.iter().filter(|exception| exception.applies_to.iter().any(|selector| selector.picks(id, rule))) {
        see(&exception.when);
    }
    for change in policy.markets.iter().flat_map(|market| &market.overrides) {
        let Target::Rule(target, change) = &change.target else { continue };
        if *target != id {
            continue;
        }
        if let Some(WhenChange::Replace(cond) | WhenChange::Tighten(cond) | WhenChange::Loosen(cond)) = &change.when {
            see(cond);
        }
        if let Some(Some(unless)) = &change.unless {
            see(&unless.when);
        }
    }
}

pub(crate) fn lists_of(policy: &Policy, id: RuleId) -> BTreeSet<ListId> {
    let mut found = BTreeSet::new();
    conditions(policy, id, &mut |cond| {
        cond.lists(&mut |list, _| {
            found.insert(list);
        });
    });
    found
}

/// The rules that a rule asks about, also by scores.
pub(crate) fn asked(policy: &Policy, id: RuleId) -> Vec<RuleId> {
    let mut found = Vec::new();
    conditions(policy, id, &mut |cond| {
        cond.references(&mut |reference| match reference {
            Reference::Rule(other) => found.push(other),
            Reference::Score(score) => {
                found.extend(ids(policy).filter(|(_, rule)| rule.points.contains_key(&score)).map(|(id, _)| id));
                for change in policy.markets.iter().flat_map(|market| &market.overrides) {
                    if let Target::Rule(other, change) = &change.target
                        && change.points.as_ref().is_some_and(|points| points.contains_key(&score))
                    {
                        found.push(*other);
                    }
                }
            }
        });
    });
    found
}

/// Which rules ask about which.
#[derive(Debug)]
pub(crate) struct Askers(BTreeMap<RuleId, Vec<RuleId>>);

impl Askers {
    pub(crate) fn of(policy: &Policy) -> Askers {
        let mut askers: BTreeMap<RuleId, Vec<RuleId>> = BTreeMap::new();
        for (id, _) in ids(policy) {
            for other in asked(policy, id) {
                askers.entry(other).or_default().push(id);
            }
        }
        Askers(askers)
    }

    /// These rules, and all that ask about them.
    fn closed(&self, mut open: Vec<RuleId>) -> BTreeSet<RuleId> {
        let mut found = BTreeSet::new();
        while let Some(rule) = open.pop() {
            if found.insert(rule) {
                open.extend(self.0.get(&rule).into_iter().flatten().copied());
            }
        }
        found
    }
}

/// Names of the rules that rest on something: a rule, an exception, a list or an override, as edits name them. `None`: all may.
pub(crate) fn reached(policy: &Policy, askers: &Askers, kind: &str, name: &str) -> Option<BTreeSet<String>> {
    let target = name.rsplit_once(" in ").map_or(name, |(target, _)| target);
    let reads = |list: &str| -> Vec<RuleId> {
        let list = (0_u32..).map(ListId).zip(&policy.lists).find(|(_, known)| known.name == list).map(|(id, _)| id);
        ids(policy).map(|(id, _)| id).filter(|id| list.is_some_and(|list| lists_of(policy, *id).contains(&list))).collect()
    };
    let rules: Vec<RuleId> = match kind {
        "rule" => policy.rule(name).into_iter().collect(),
        "list" => reads(name),
        "override" => match target.strip_prefix("list ") {
            Some(list) => reads(list),
            None => policy.rule(target).into_iter().collect(),
        },
        "exception" => {
            let of = policy.exceptions.iter().filter(|exception| exception.name == name).flat_map(|exception| &exception.applies_to);
            of.flat_map(|selector| ids(policy).filter(|(id, rule)| selector.picks(*id, rule)).map(|(id, _)| id)).collect()
        }
        "text" => Vec::new(),
        _ => return None,
    };
    let rules = askers.closed(rules);
    Some(rules.into_iter().filter_map(|id| policy.rules.get(id.index())).map(|rule| rule.name.clone()).collect())
}

/// The policy with these rules alone, those that they ask about, and the lists of both and these; all keep their numbers.
pub(crate) fn pruned(policy: &Policy, wanted: &BTreeSet<RuleId>, lists: &BTreeSet<ListId>) -> Policy {
    let mut kept = BTreeSet::new();
    let mut open: Vec<RuleId> = wanted.iter().copied().collect();
    while let Some(rule) = open.pop() {
        if kept.insert(rule) {
            open.extend(asked(policy, rule));
        }
    }
    let mut used: BTreeSet<ListId> = policy.ordinary_words.into_iter().chain(lists.iter().copied()).collect();
    kept.iter().for_each(|rule| used.extend(lists_of(policy, *rule)));
    let resting = |rule: &Rule| {
        let never = Cond { span: Span::default(), kind: CondKind::IsMissing(FieldId::ID) };
        Rule { stage: Stage::Off, ..Rule::bare(rule.name.clone(), never) }
    };
    let list = |(id, list): (ListId, &List)| {
        if used.contains(&id) { list.clone() } else { List { entries: Vec::new(), terms: 0, name: list.name.clone(), description: None, owner: None, ..*list } }
    };
    let market = |market: &Market| Market {
        overrides: market
            .overrides
            .iter()
            .filter(|change| match &change.target {
                Target::Rule(rule, _) => kept.contains(rule),
                Target::List(list, _) => used.contains(list),
            })
            .cloned()
            .collect(),
        name: market.name.clone(),
        title: None,
        languages: Vec::new(),
        floors: Vec::new(),
        ..*market
    };
    Policy {
        id: policy.id.clone(),
        version: policy.version.clone(),
        language: policy.language,
        digest: policy.digest.clone(),
        fields: policy.fields.clone(),
        axes: policy.axes.clone(),
        lists: (0_u32..).map(ListId).zip(&policy.lists).map(list).collect(),
        rules: ids(policy).map(|(id, rule)| if kept.contains(&id) { rule.clone() } else { resting(rule) }).collect(),
        scores: policy.scores.clone(),
        exceptions: policy.exceptions.clone(),
        markets: policy.markets.iter().map(market).collect(),
        on_incomplete: policy.on_incomplete.clone(),
        ordinary_words: policy.ordinary_words,
        sources: std::sync::Arc::clone(&policy.sources),
        ..Policy::default()
    }
}

/// The language tags that conditions of a policy name, those that its markets bring along too, in lower case.
pub(crate) fn langs(policy: &Policy) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut take = |literal: &Literal| {
        if let Literal::Text(text) = literal {
            found.insert(text.to_ascii_lowercase());
        }
    };
    for (id, _) in ids(policy) {
        conditions(policy, id, &mut |cond| {
            cond.walk(&mut |part| match &part.kind {
                CondKind::Compare(Value::Field(FieldId::LANG), _, Operand::Literal(literal)) => take(literal),
                CondKind::In(Value::Field(FieldId::LANG), _, Set::Literals(literals)) => literals.iter().for_each(&mut take),
                _ => {}
            });
        });
    }
    found
}

/// Fields that are of one type in one of two policies and of another in the other.
pub(crate) fn retyped(old: &Policy, new: &Policy) -> BTreeSet<String> {
    let of = |name: &str| old.field(name).and_then(|id| old.fields.get(id.index())).map(|field| field.ty);
    new.fields.iter().filter(|field| of(&field.name).is_some_and(|ty| ty != field.ty)).map(|field| field.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::item::{Draft, Val};
    use crate::lab::Lab;
    use crate::random::Random;

    const CONDS: &[&str] = &[
        "caption has a",
        "caption has b and author.age < 18",
        "caption has a or ocr has c",
        "rule(r0)",
        "rule(r1) and not caption has c",
        "score(s) >= 2",
        "not author.verified",
        "caption has at least 2 of (a, b, c)",
    ];
    const EFFECTS: &[&str] = &["{distribution: removed}", "{routing: review}", "{annotation: [warning_screen]}", "{distribution: feed_ineligible}"];

    /// Rules ask only about those before them.
    fn policy(random: &mut Random, edits: Option<&[String]>) -> (Vec<String>, Arc<Policy>) {
        let rule = |random: &mut Random, at: usize| {
            let from = if at < 3 { &CONDS[..3] } else { CONDS };
            let unless = if random.chance(0.3) { format!(", unless: {{when: {}, becomes: {}}}", CONDS[0], EFFECTS[2]) } else { String::new() };
            let points = if at < 3 { format!(", points: {{s: {}}}", random.below(3)) } else { String::new() };
            let unknown = ["ignore", "review", "apply"][random.below(3)];
            let (when, effect) = (from[random.below(from.len())], EFFECTS[random.below(EFFECTS.len())]);
            format!("  - {{id: r{at}, when: '{when}'{unless}, effect: {effect}, on_unknown: {unknown}{points}}}\n")
        };
        let rules: Vec<String> = match edits {
            None => (0..6).map(|at| rule(random, at)).collect(),
            Some(old) => old.iter().enumerate().map(|(at, text)| if random.chance(0.3) { rule(random, at) } else { text.clone() }).collect(),
        };
        let mut text = String::from("policy: {id: t, version: '1'}\nterms:\n  a: [glock]\n  b: [heck, {term: lock, match: substring}]\n  c: [seggs]\nrules:\n");
        text.extend(rules.iter().map(String::as_str));
        text.push_str("markets:\n  - market: US\n    overrides:\n      - {rule: r2, effect: {distribution: removed}, reason: because}\n      - {terms: c, add: [zeggs], reason: because}\n");
        let loaded = tribunal_policy::load_str("t.yaml", &text);
        let policy = loaded.policy.unwrap_or_else(|| panic!("{text}\n{:?}", loaded.diagnostics));
        (rules, Arc::new(policy))
    }

    fn item(random: &mut Random) -> Draft {
        let mut draft = Draft::default();
        for field in ["caption", "ocr"] {
            let words: Vec<&str> = (0..random.below(4)).map(|_| ["glock", "gl0ck", "flock", "heck", "seggs", "zeggs", "the"][random.below(7)]).collect();
            draft.set(field, Val::Text(words.join(" ")));
        }
        if random.chance(0.5) {
            draft.set("market", Val::Text("US".to_owned()));
        }
        if random.chance(0.6) {
            draft.set("author.age", Val::Int(i64::try_from(random.below(30)).unwrap_or(0)));
        }
        if random.chance(0.6) {
            draft.set("author.verified", Val::Bool(random.chance(0.5)));
        }
        draft
    }

    /// What is put together of two engines is what the engine of the whole policy decides.
    #[test]
    fn beside_is_the_whole() {
        let mut random = Random::new(7);
        let mut edited = 0;
        for _ in 0..60 {
            let (rules, old) = policy(&mut random, None);
            let (_, new) = policy(&mut random, Some(&rules));
            let mut together = Lab::new(&[Arc::clone(&old), Arc::clone(&new)], None).unwrap();
            let mut alone = Lab::new(std::slice::from_ref(&new), None).unwrap();
            edited += together.edited().unwrap_or_else(|| panic!("the frame is the same")).new.len();
            for _ in 0..60 {
                let draft = item(&mut random);
                let whole = alone.bench.decide(0, &draft);
                assert_eq!(together.bench.decide(1, &draft), whole, "{draft:?}");
                let mut levels = vec![0; whole.levels.len()];
                let shares = together.bench.shares(1, &draft);
                for (axis, slot) in levels.iter_mut().enumerate() {
                    let gives = |level: &u8| {
                        shares
                            .iter()
                            .any(|share| share.gives(&crate::theory::side::Demand::Level(tribunal_policy::AxisId(u32::try_from(axis).unwrap()), *level)))
                    };
                    *slot = (1..=whole.levels[axis]).rev().find(gives).unwrap_or(0);
                }
                assert_eq!(levels, whole.levels, "{draft:?}");
            }
        }
        assert!(edited > 60, "{edited}");
    }
}
