//! What was edited: rules, lists, markets and the rest, by name.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use tribunal_policy::Policy;
use tribunal_policy::cond::Reference;
use tribunal_policy::model::{
    AxisChange, AxisKind, AxisValue, Effect, Entry, Exception, List, Override, Prose, Rollout, Rule, Selector, SelectorKind, Target, Unless, WhenChange,
};
use tribunal_policy::time::{self, Instant};

use crate::beside::same_list;

/// One edit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Edit {
    /// `rule`, `list`, `exception`, `override`, `market`, `axis`, `field` or `policy`; `text`: what one of them says to people.
    pub kind: String,
    /// What was edited.
    pub name: String,
    /// `added`, `removed` or `changed`.
    pub how: String,
    /// For a change: the parts, as `part: before → after`.
    pub details: Vec<String>,
}

impl Edit {
    /// `the rule firearm-sale (effect)`.
    pub fn title(&self) -> String {
        let parts: Vec<&str> = self.details.iter().filter_map(|detail| detail.split_once(':')).map(|(part, _)| part).collect();
        let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
        format!("{} `{}` {}{parts}", self.kind, self.name, self.how)
    }
}

pub(crate) type Parts = BTreeMap<&'static str, String>;

/// All edits between two policies.
pub(crate) fn edits(old: &Policy, new: &Policy) -> Vec<Edit> {
    let mut out = Vec::new();
    compare(
        "rule",
        &table(old, |policy| policy.rules.iter().map(|rule| (rule.name.clone(), rule_parts(policy, rule))).collect()),
        &table(new, |policy| policy.rules.iter().map(|rule| (rule.name.clone(), rule_parts(policy, rule))).collect()),
        &mut out,
    );
    let exceptions = |policy: &Policy| policy.exceptions.iter().map(|exception| (exception.name.clone(), exception_parts(policy, exception))).collect();
    compare("exception", &table(old, exceptions), &table(new, exceptions), &mut out);
    compare("override", &table(old, overrides), &table(new, overrides), &mut out);
    lists(old, new, &mut out);
    let markets = |policy: &Policy| {
        let parent = |market: &tribunal_policy::model::Market| {
            market.parent.and_then(|id| policy.markets.get(id.index())).map_or_else(String::new, |market| market.name.clone())
        };
        policy.markets.iter().map(|market| (market.name.clone(), Parts::from([("inherits", parent(market))]))).collect()
    };
    compare("market", &table(old, markets), &table(new, markets), &mut out);
    let axes = |policy: &Policy| {
        let kind = |kind: &AxisKind| match kind {
            AxisKind::Ordered(values) => values.join(", "),
            AxisKind::Set(labels) => format!("{labels:?}"),
        };
        policy.axes.iter().map(|axis| (axis.name.clone(), Parts::from([("values", kind(&axis.kind))]))).collect()
    };
    compare("axis", &table(old, axes), &table(new, axes), &mut out);
    let fields = |policy: &Policy| {
        let parts = |field: &tribunal_policy::fields::Field| Parts::from([("type", field.ty.name().to_owned()), ("missing", format!("{:?}", field.missing))]);
        policy.fields.iter().map(|field| (field.name.clone(), parts(field))).collect()
    };
    compare("field", &table(old, fields), &table(new, fields), &mut out);
    let head = |policy: &Policy| {
        let words = policy.ordinary_words.map_or_else(String::new, |list| policy.list_name(list).to_owned());
        let incomplete = effect(policy, &policy.on_incomplete);
        BTreeMap::from([("policy".to_owned(), Parts::from([("ordinary_words", words), ("on_incomplete", incomplete)]))])
    };
    compare("policy", &table(old, head), &table(new, head), &mut out);
    let mut texts = Vec::new();
    compare("text", &table(old, for_people), &table(new, for_people), &mut texts);
    // What came or went as a whole came or went with its texts.
    texts.retain(|text| {
        let with = |edit: &Edit| {
            let of = text.name.strip_prefix(edit.kind.as_str()).and_then(|rest| rest.strip_prefix(' '));
            edit.how == text.how && of == Some(edit.name.as_str())
        };
        text.how == "changed" || !out.iter().any(with)
    });
    out.append(&mut texts);
    out.sort();
    out
}

fn table(policy: &Policy, of: impl Fn(&Policy) -> BTreeMap<String, Parts>) -> BTreeMap<String, Parts> {
    of(policy)
}

fn compare(kind: &str, old: &BTreeMap<String, Parts>, new: &BTreeMap<String, Parts>, out: &mut Vec<Edit>) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let (how, details) = match (old.get(name), new.get(name)) {
            (None, Some(_)) => ("added", Vec::new()),
            (Some(_), None) => ("removed", Vec::new()),
            (Some(before), Some(after)) if before != after => {
                let parts: BTreeSet<&&str> = before.keys().chain(after.keys()).collect();
                let value = |parts: &Parts, part: &str| parts.get(part).filter(|text| !text.is_empty()).map_or_else(|| "nothing".to_owned(), String::clone);
                let changed = parts.into_iter().filter(|part| before.get(**part) != after.get(**part));
                ("changed", changed.map(|part| format!("{part}: {} → {}", value(before, part), value(after, part))).collect())
            }
            _ => continue,
        };
        out.push(Edit { kind: kind.to_owned(), name: name.clone(), how: how.to_owned(), details });
    }
}

pub(crate) fn effect(policy: &Policy, effect: &Effect) -> String {
    let parts = effect.0.iter().map(|(axis, value)| {
        let known = policy.axes.get(axis.index());
        format!("{}: {}", known.map_or("", |axis| axis.name.as_str()), value_text(known.map(|axis| &axis.kind), value))
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn value_text(kind: Option<&AxisKind>, value: &AxisValue) -> String {
    match (value, kind) {
        (AxisValue::Level(level), Some(AxisKind::Ordered(values))) => values.get(usize::from(*level)).cloned().unwrap_or_default(),
        (AxisValue::Level(level), _) => level.to_string(),
        (AxisValue::Labels(labels), _) => format!("[{}]", labels.iter().cloned().collect::<Vec<_>>().join(", ")),
    }
}

fn points(policy: &Policy, points: &BTreeMap<tribunal_policy::ScoreId, i64>) -> String {
    let name = |score: &tribunal_policy::ScoreId| policy.scores.get(score.index()).cloned().unwrap_or_default();
    points.iter().map(|(score, points)| format!("{} {points}/1000", name(score))).collect::<Vec<_>>().join(", ")
}

fn rollout_text(policy: &Policy, rollout: Option<Rollout>) -> String {
    rollout.map(|rollout| format!("{}/1000000 by {}", rollout.share, policy.field_name(rollout.by))).unwrap_or_default()
}

fn from(instant: Option<Instant>) -> String {
    instant.map(|instant| time::display(instant.seconds)).unwrap_or_default()
}

/// A bare date includes its day, the midnight that it begins with does not: they are written apart.
fn until(instant: Option<Instant>) -> String {
    let written = |instant: Instant| {
        let text = time::display(instant.seconds);
        if instant.date_only || text.contains('T') { text } else { format!("{text}T00:00:00Z") }
    };
    instant.map(written).unwrap_or_default()
}

/// The effect that an exception softens to; nothing where it cancels.
fn becomes(policy: &Policy, unless: &Unless) -> String {
    unless.becomes.as_ref().map(|becomes| effect(policy, becomes)).unwrap_or_default()
}

/// What people are told, by what it belongs to. Nothing is decided by it.
fn for_people(policy: &Policy) -> BTreeMap<String, Parts> {
    let mut found: BTreeMap<String, Parts> = BTreeMap::new();
    for text in crate::languages::texts(policy, &[]) {
        let market = match (text.of, text.markets.as_slice()) {
            ("override", [market]) => policy.markets.get(market.index()).map(|market| format!(" in {}", market.name)),
            _ => None,
        };
        let of = format!("{} {}{}", text.of, text.name, market.unwrap_or_default());
        found.entry(of).or_default().insert(text.key, prose(&text.text));
    }
    found
}

/// A text for people; in several languages, each behind its tag.
fn prose(text: &Prose) -> String {
    let all: Vec<(&str, &str)> = text.texts().collect();
    match all.as_slice() {
        [(_, one)] => one.trim().to_owned(),
        all => all.iter().map(|(lang, text)| format!("{lang}: {}", text.trim())).collect::<Vec<_>>().join(" "),
    }
}

pub(crate) fn rule_parts(policy: &Policy, rule: &Rule) -> Parts {
    let mut parts = Parts::from([
        ("when", policy.print(&rule.when)),
        ("effect", effect(policy, &rule.effect)),
        ("stage", rule.stage.name().to_owned()),
        ("on_unknown", format!("{:?}", rule.on_unknown).to_lowercase()),
        ("points", points(policy, &rule.points)),
        ("rollout", rollout_text(policy, rule.rollout)),
        ("effective_from", from(rule.effective_from)),
        ("effective_until", until(rule.effective_until)),
        ("category", rule.category.clone().unwrap_or_default()),
        ("clause", rule.clause.clone().unwrap_or_default()),
        ("severity", rule.severity.clone().unwrap_or_default()),
        ("floor", rule.floor.to_string()),
    ]);
    if let Some(unless) = &rule.unless {
        parts.insert("unless", policy.print(&unless.when));
        parts.insert("becomes", becomes(policy, unless));
    }
    parts
}

fn selector(policy: &Policy, selector: &Selector) -> String {
    match &selector.kind {
        SelectorKind::Rule(rule) => policy.rules.get(rule.index()).map_or_else(String::new, |rule| rule.name.clone()),
        SelectorKind::Category(name) => name.clone(),
        SelectorKind::Under(name) => format!("{name}/*"),
        SelectorKind::All => "*".to_owned(),
    }
}

pub(crate) fn exception_parts(policy: &Policy, exception: &Exception) -> Parts {
    let all = |selectors: &[Selector]| selectors.iter().map(|one| selector(policy, one)).collect::<Vec<_>>().join(", ");
    Parts::from([
        ("when", policy.print(&exception.when)),
        ("becomes", exception.becomes.as_ref().map(|becomes| effect(policy, becomes)).unwrap_or_default()),
        ("applies_to", all(&exception.applies_to)),
        ("never", all(&exception.never)),
    ])
}

fn overrides(policy: &Policy) -> BTreeMap<String, Parts> {
    let mut out = BTreeMap::new();
    for market in &policy.markets {
        for change in &market.overrides {
            let (target, parts) = override_parts(policy, change);
            out.insert(format!("{} in {}", target, market.name), parts);
        }
    }
    out
}

pub(crate) fn override_parts(policy: &Policy, change: &Override) -> (String, Parts) {
    let mut parts = Parts::new();
    match &change.target {
        Target::Rule(rule, change) => {
            parts.insert("stage", change.stage.map(|stage| stage.name().to_owned()).unwrap_or_default());
            parts.insert("rollout", rollout_text(policy, change.rollout));
            let axes = change.effect.iter().map(|(axis, change)| {
                let known = policy.axes.get(axis.index());
                let value = match change {
                    AxisChange::Replace(value) => value_text(known.map(|axis| &axis.kind), value),
                    AxisChange::Edit { add, remove } => format!("+{add:?} -{remove:?}"),
                };
                format!("{}: {value}", known.map_or("", |axis| axis.name.as_str()))
            });
            parts.insert("effect", axes.collect::<Vec<_>>().join(", "));
            let when = change.when.as_ref().map(|when| match when {
                WhenChange::Replace(cond) => policy.print(cond),
                WhenChange::Tighten(cond) => format!("tighten {}", policy.print(cond)),
                WhenChange::Loosen(cond) => format!("loosen {}", policy.print(cond)),
            });
            parts.insert("when", when.unwrap_or_default());
            let unless = change.unless.as_ref().map(|unless| unless.as_ref().map_or_else(|| "none".to_owned(), |unless| policy.print(&unless.when)));
            parts.insert("unless", unless.unwrap_or_default());
            parts.insert("becomes", change.unless.iter().flatten().map(|unless| becomes(policy, unless)).collect());
            parts.insert("points", change.points.as_ref().map(|of| points(policy, of)).unwrap_or_default());
            parts.insert("effective_from", from(change.effective_from));
            parts.insert("effective_until", until(change.effective_until));
            (policy.rules.get(rule.index()).map_or_else(String::new, |rule| rule.name.clone()), parts)
        }
        Target::List(list, change) => {
            let of = policy.lists.get(list.index());
            let texts = |at: &[u32]| {
                let mut texts: Vec<&str> = at.iter().filter_map(|at| Some(of?.entries.get(*at as usize)?.text.as_str())).collect();
                texts.sort_unstable();
                if of.is_some_and(|list| list.sensitive) { format!("{} terms", texts.len()) } else { texts.join(", ") }
            };
            parts.insert("add", texts(&change.add));
            parts.insert("remove", texts(&change.remove));
            parts.insert("allow", texts(&change.allow));
            parts.insert("disallow", texts(&change.disallow));
            (format!("list {}", policy.list_name(*list)), parts)
        }
    }
}

fn entry_text(policy: &Policy, entry: &Entry) -> String {
    let markets: Vec<&str> = entry.markets.iter().filter_map(|id| policy.markets.get(id.index())).map(|market| market.name.as_str()).collect();
    let limits = format!("{:?}{markets:?}{:?}{:?}{:?}{}", entry.modes, entry.since, entry.until, entry.only_lang, entry.turkish);
    format!("{}{}\u{1f}{limits}", if entry.allow { "allow " } else { "" }, entry.text)
}

fn entries(policy: &Policy, list: &List) -> BTreeSet<String> {
    list.entries.iter().map(|entry| entry_text(policy, entry)).collect()
}

/// The entries of a list that no market put there.
fn own<'p>(policy: &'p Policy, list: &'p List) -> impl Iterator<Item = String> + 'p {
    let changes = policy.markets.iter().flat_map(|market| &market.overrides).filter_map(|change| match &change.target {
        Target::List(id, change) if policy.list_name(*id) == list.name => Some(change),
        _ => None,
    });
    let put: BTreeSet<u32> = changes.flat_map(|change| change.add.iter().chain(&change.allow)).copied().collect();
    (0_u32..).zip(&list.entries).filter(move |(at, _)| !put.contains(at)).map(|(_, entry)| entry_text(policy, entry))
}

fn lists<'p>(old: &'p Policy, new: &'p Policy, out: &mut Vec<Edit>) {
    let named = |policy: &'p Policy| -> BTreeMap<&'p str, &'p List> {
        policy.lists.iter().filter(|list| !list.inline).map(|list| (list.name.as_str(), list)).collect()
    };
    let (before, after) = (named(old), named(new));
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let of_list = |edit: &Edit| Some(edit.name.strip_prefix("list ").filter(|_| edit.kind == "override")?.rsplit_once(" in ")?.0.to_owned());
    let overridden: BTreeSet<String> = out.iter().filter_map(of_list).collect();
    for name in names {
        let edit = |how: &str, details: Vec<String>| Edit { kind: "list".to_owned(), name: name.to_owned(), how: how.to_owned(), details };
        match (before.get(name), after.get(name)) {
            (None, Some(_)) => out.push(edit("added", Vec::new())),
            (Some(_), None) => out.push(edit("removed", Vec::new())),
            (Some(was), Some(is)) if same_list(was, is) => {}
            // Told as the edit of the override that it is.
            (Some(was), Some(is)) if overridden.contains(name) && own(old, was).eq(own(new, is)) => {}
            (Some(was), Some(is)) => {
                let (had, has) = (entries(old, was), entries(new, is));
                let show = |texts: Vec<&String>| {
                    let shown: Vec<String> = texts
                        .iter()
                        .take(5)
                        .map(|text| text.split('\u{1f}').next().unwrap_or_default())
                        .map(|text| if is.sensitive || was.sensitive { crate::mask(text) } else { text.to_owned() })
                        .collect();
                    let more = texts.len().saturating_sub(5);
                    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
                };
                let gone: Vec<&String> = had.difference(&has).collect();
                let come: Vec<&String> = has.difference(&had).collect();
                let mut details = Vec::new();
                if !come.is_empty() {
                    details.push(format!("put in: {}", show(come)));
                }
                if !gone.is_empty() {
                    details.push(format!("taken out: {}", show(gone)));
                }
                if !details.is_empty() {
                    out.push(edit("changed", details));
                }
            }
            (None, None) => {}
        }
    }
}

/// Edits that a rule's meaning in a market rests on.
pub(crate) fn touching(edits: &[Edit], policies: &[&Policy], rule: &str, market: Option<&str>) -> BTreeSet<usize> {
    let mut names: BTreeSet<(String, String)> = BTreeSet::new();
    for policy in policies {
        let mut open = vec![rule.to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            names.insert(("rule".to_owned(), name.clone()));
            collect(policy, &name, market, &mut names, &mut open);
        }
    }
    names.insert(("policy".to_owned(), "policy".to_owned()));
    edits.iter().enumerate().filter(|(_, edit)| names.contains(&(edit.kind.clone(), edit.name.clone()))).map(|(at, _)| at).collect()
}

fn collect(policy: &Policy, name: &str, market: Option<&str>, names: &mut BTreeSet<(String, String)>, open: &mut Vec<String>) {
    let Some(id) = policy.rule(name) else { return };
    let Some(rule) = policy.rules.get(id.index()) else { return };
    let place = market.and_then(|market| policy.market(market));
    let line: Vec<&tribunal_policy::model::Market> =
        place.map(|market| policy.lineage(market)).unwrap_or_default().iter().filter_map(|id| policy.markets.get(id.index())).collect();
    let Some(effective) = policy.effective_of(place, &|rule| rule == id).into_iter().next() else { return };
    for market in &line {
        names.insert(("override".to_owned(), format!("{name} in {}", market.name)));
        names.insert(("market".to_owned(), market.name.clone()));
    }
    for cond in effective.conditions() {
        cond.lists(&mut |list, _| {
            let list = policy.list_name(list).to_owned();
            for market in &line {
                names.insert(("override".to_owned(), format!("list {list} in {}", market.name)));
            }
            names.insert(("list".to_owned(), list));
        });
        cond.fields(&mut |field| {
            names.insert(("field".to_owned(), policy.field_name(field).to_owned()));
        });
        cond.references(&mut |reference| match reference {
            Reference::Rule(other) => open.extend(policy.rules.get(other.index()).map(|rule| rule.name.clone())),
            Reference::Score(score) => open.extend(policy.rules.iter().filter(|rule| rule.points.contains_key(&score)).map(|rule| rule.name.clone())),
        });
    }
    for exception in &policy.exceptions {
        if exception.applies_to.iter().any(|selector| selector.picks(id, rule)) {
            names.insert(("exception".to_owned(), exception.name.clone()));
            exception.when.lists(&mut |list, _| {
                names.insert(("list".to_owned(), policy.list_name(list).to_owned()));
            });
        }
    }
}
