//! Where a text or a rule is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tribunal_core::{Call, CompileError, Engine, Item, Limits, List, Scratch, Value};
use tribunal_policy::cond::{Cond, CondKind, Reference, Subject, SubjectForm, Test};
use tribunal_policy::model::{Rule, RuleChange, Target};
use tribunal_policy::{FieldId, ListId, Policy, RuleId, time};
use tribunal_text::{Folds, ViewKind, fold_to_string};

use super::{FORMAT, market_name, markets, place};
use crate::PolicyName;
use crate::sheets::change_conditions;

/// Where a text is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhereText {
    /// Version of this form.
    pub format: u32,
    /// The policy.
    pub policy: PolicyName,
    /// The text asked about.
    pub text: String,
    /// What the engine hits in it, list by list, whether a rule reads the list or not.
    pub hits: Vec<ListHit>,
    /// Entries that are this text, case and accents aside.
    pub listed: Vec<Listed>,
    /// Rules that fire on a caption that is this text.
    pub rules: Vec<RuleFires>,
}

/// A term of a list that the engine finds in the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ListHit {
    /// The list; for an inline term the term as written.
    pub list: String,
    /// The term; masked for a sensitive list.
    pub term: String,
    /// Line or cell.
    pub place: String,
    /// `caption`, or `hashtags` where it is found as a whole tag only.
    pub field: String,
    /// What had to be undone.
    pub undone: Vec<String>,
    /// Where it is found: market names, `(none)` for items without one; all of them: `["all"]`.
    pub markets: Vec<String>,
    /// Rules that read the list.
    pub read_by: Vec<String>,
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Listed {
    /// The list.
    pub list: String,
    /// `term` or `allow`.
    pub kind: String,
    /// The entry; masked for a sensitive list.
    pub term: String,
    /// Line or cell.
    pub place: String,
    /// Where it is in force, as in [`ListHit::markets`].
    pub markets: Vec<String>,
    /// First day.
    pub since: Option<String>,
    /// Last day.
    pub until: Option<String>,
}

/// A rule that fires on the text alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleFires {
    /// The rule.
    pub rule: String,
    /// `live` or `shadow`.
    pub stage: String,
    /// Where, as in [`ListHit::markets`].
    pub markets: Vec<String>,
}

/// Where a rule is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhereRule {
    /// Version of this form.
    pub format: u32,
    /// The policy.
    pub policy: PolicyName,
    /// Its name.
    pub rule: String,
    /// Its title.
    pub title: Option<String>,
    /// Where it is written.
    pub place: String,
    /// Its category.
    pub category: Option<String>,
    /// Its clause.
    pub clause: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Its stage without overlays.
    pub stage: String,
    /// Its condition without overlays.
    pub when: String,
    /// Lists it reads, with where they are.
    pub lists: Vec<RulePlace>,
    /// Rules and scores it refers to.
    pub refers_to: Vec<String>,
    /// Rules that refer to it.
    pub referred_by: Vec<String>,
    /// Shared exceptions that serve it.
    pub exceptions: Vec<RulePlace>,
    /// Markets that change it.
    pub markets: Vec<RulePlace>,
    /// Labelled items that name it.
    pub tests: Vec<String>,
}

/// Something, where it is, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulePlace {
    /// Its name.
    pub name: String,
    /// Where it is written.
    pub place: String,
    /// The reason that stands there.
    pub reason: Option<String>,
}

/// Why a question could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum WhereError {
    /// The policy cannot be compiled.
    #[error("the policy cannot be compiled: {0}")]
    Compile(#[from] CompileError),
}

/// A caption and a hashtag in a market.
struct Asked<'a> {
    text: &'a str,
    tags: [&'a str; 1],
    market: Option<&'a str>,
    caption: Option<FieldId>,
    hashtags: Option<FieldId>,
    as_tag: bool,
}

impl Item for Asked<'_> {
    fn value(&self, field: FieldId) -> Value<'_> {
        match () {
            () if field == FieldId::MARKET => self.market.map_or(Value::Missing, Value::Text),
            () if Some(field) == self.caption && !self.as_tag => Value::Text(self.text),
            () if Some(field) == self.hashtags && self.as_tag => Value::List(List::Borrowed(&self.tags)),
            () => Value::Missing,
        }
    }
}

/// Markets by list, term, place and what was undone, for captions (`false`) and hashtags.
type Found = BTreeMap<(String, String, String, Vec<String>), BTreeMap<bool, BTreeSet<String>>>;

/// Runs the engine on a text: once with a rule for every list, to find every hit, and once with the policy as it is.
///
/// # Errors
///
/// When no engine can be built of the policy.
pub fn where_text(policy: &Arc<Policy>, text: &str) -> Result<WhereText, WhereError> {
    let probe = Engine::new(Arc::new(probe(policy)), Limits::default())?;
    let engine = Engine::new(Arc::clone(policy), Limits::default())?;
    let readers = crate::sheets::readers(policy);
    let (caption, hashtags) = (policy.field("caption"), policy.field("hashtags"));
    let mut scratch = Scratch::new();
    let mut hits: Found = BTreeMap::new();
    let mut fires: BTreeMap<(String, &str), BTreeSet<String>> = BTreeMap::new();
    for market in markets(policy) {
        let name = market_name(policy, market);
        for as_tag in [false, true] {
            let item = Asked { text, tags: [text.trim_start_matches(['#', '＃'])], market: market.map(|_| name.as_str()), caption, hashtags, as_tag };
            probe.classify(&item, Call::default(), &mut scratch);
            for evidence in probe.evidence(&item, Call::default(), &mut scratch).iter().flat_map(|(_, hits)| hits) {
                let Some(list) = policy.lists.get(evidence.list.index()) else { continue };
                let Some(entry) = list.entries.get(evidence.entry as usize) else { continue };
                let undone: Vec<String> = evidence.undone.names().map(str::to_owned).collect();
                let term = if list.sensitive { crate::mask(&entry.text) } else { entry.text.clone() };
                hits.entry((list.name.clone(), term, entry.place.clone(), undone)).or_default().entry(as_tag).or_default().insert(name.clone());
            }
        }
        let item = Asked { text, tags: [text], market: market.map(|_| name.as_str()), caption, hashtags, as_tag: false };
        let verdict = engine.classify(&item, Call::default(), &mut scratch);
        let live = verdict.rules.iter().chain(&verdict.without_effect).map(|rule| (rule, "live"));
        for (rule, stage) in live.chain(verdict.shadow.iter().map(|rule| (rule, "shadow"))) {
            let rule = policy.rules.get(rule.index()).map(|rule| rule.name.clone()).unwrap_or_default();
            fires.entry((rule, stage)).or_default().insert(name.clone());
        }
    }
    let hits = hits.into_iter().map(|((list, term, place, undone), mut by_field)| {
        let (field, found) = match by_field.remove(&false) {
            Some(found) => ("caption", found),
            None => ("hashtags", by_field.remove(&true).unwrap_or_default()),
        };
        let read_by = readers.get(&list).map(|rules| rules.iter().cloned().collect()).unwrap_or_default();
        ListHit { markets: all_or(policy, found), field: field.to_owned(), read_by, list, term, place, undone }
    });
    Ok(WhereText {
        format: FORMAT,
        policy: PolicyName::of(policy),
        text: text.to_owned(),
        hits: hits.collect(),
        listed: listed(policy, text),
        rules: fires.into_iter().map(|((rule, stage), found)| RuleFires { rule, stage: stage.to_owned(), markets: all_or(policy, found) }).collect(),
    })
}

/// The names in the order of the policy, or `all`.
fn all_or(policy: &Policy, found: BTreeSet<String>) -> Vec<String> {
    if found.len() == policy.markets.len() + 1 {
        return vec!["all".to_owned()];
    }
    markets(policy).map(|market| market_name(policy, market)).filter(|name| found.contains(name)).collect()
}

/// The policy with nothing but a rule for each list.
pub(crate) fn probe(policy: &Policy) -> Policy {
    let fields: Vec<FieldId> = (0_u32..).zip(&policy.fields).filter(|(_, field)| field.content).map(|(at, _)| FieldId(at)).collect();
    // An effect or none: the evidence is there either way.
    let rule = |(id, list): (ListId, &tribunal_policy::model::List)| {
        let subject = Subject { fields: fields.clone(), form: SubjectForm::AnyText };
        let when = Cond { span: list.span, kind: CondKind::Has(subject, Test::Any(vec![id])) };
        Rule { scope: list.scope, ..Rule::bare(format!("list-{:08}", id.0), when) }
    };
    let mut markets = policy.markets.clone();
    for market in &mut markets {
        market.overrides.clear();
        market.floors.clear();
    }
    Policy {
        id: policy.id.clone(),
        version: policy.version.clone(),
        title: None,
        lang: policy.lang.clone(),
        language: policy.language,
        digest: policy.digest.clone(),
        fields: policy.fields.clone(),
        axes: policy.axes.clone(),
        lists: policy.lists.clone(),
        rules: (0_u32..).map(ListId).zip(&policy.lists).map(rule).collect(),
        scores: Vec::new(),
        exceptions: Vec::new(),
        markets,
        floors: Vec::new(),
        on_incomplete: policy.on_incomplete.clone(),
        ordinary_words: policy.ordinary_words,
        taxonomy: Vec::new(),
        surfaces: policy.surfaces.clone(),
        allowed: Vec::new(),
        tests: Vec::new(),
        sources: Arc::clone(&policy.sources),
    }
}

fn listed(policy: &Policy, text: &str) -> Vec<Listed> {
    let folded = |text: &str| fold_to_string(ViewKind { folds: Folds::PLAIN, turkish: false }, text.trim().trim_start_matches('#'));
    let wanted = folded(text);
    let mut found = Vec::new();
    for list in policy.lists.iter().filter(|list| !list.inline) {
        for entry in list.entries.iter().filter(|entry| folded(&entry.text) == wanted) {
            let here = markets(policy).filter(|market| entry.force.in_market(*market)).map(|market| market_name(policy, market)).collect();
            found.push(Listed {
                list: list.name.clone(),
                kind: if entry.allow { "allow" } else { "term" }.to_owned(),
                term: if list.sensitive { crate::mask(&entry.text) } else { entry.text.clone() },
                place: entry.place.clone(),
                markets: all_or(policy, here),
                since: entry.since.map(|since| time::display(since.seconds)),
                until: entry.until.map(|until| time::display(until.seconds)),
            });
        }
    }
    found.sort();
    found
}

/// Everything about where a rule is and what hangs on it.
pub fn where_rule(policy: &Policy, id: RuleId) -> Option<WhereRule> {
    let rule = policy.rules.get(id.index())?;
    let mut lists: BTreeSet<ListId> = BTreeSet::new();
    let mut refers: BTreeSet<String> = BTreeSet::new();
    own_conditions(policy, id, &mut |cond| {
        cond.lists(&mut |list, _| {
            lists.insert(list);
        });
        cond.references(&mut |reference| {
            refers.insert(reference_name(policy, reference));
        });
    });
    let referred = (0_u32..).map(RuleId).zip(&policy.rules).filter(|(other, _)| *other != id).filter(|(other, _)| {
        let mut found = false;
        own_conditions(policy, *other, &mut |cond| {
            cond.references(&mut |reference| {
                found |= match reference {
                    Reference::Rule(named) => named == id,
                    Reference::Score(score) => rule.points.contains_key(&score),
                };
            });
        });
        found
    });
    let exceptions = policy.exceptions.iter().filter(|exception| exception.applies_to.iter().any(|selector| selector.picks(id, rule)));
    let changed = policy.markets.iter().flat_map(|market| market.overrides.iter().map(move |change| (market, change)));
    let changed = changed.filter(|(_, change)| matches!(&change.target, Target::Rule(named, _) if *named == id));
    Some(WhereRule {
        format: FORMAT,
        policy: PolicyName::of(policy),
        rule: rule.name.clone(),
        title: rule.title.as_deref().map(str::to_owned),
        place: place(policy, rule.span),
        category: rule.category.clone(),
        clause: rule.clause.clone(),
        owner: rule.owner.clone(),
        stage: rule.stage.name().to_owned(),
        when: policy.print(&rule.when),
        lists: lists
            .into_iter()
            .filter_map(|list| policy.lists.get(list.index()))
            .filter(|list| !list.inline)
            .map(|list| RulePlace { name: list.name.clone(), place: place(policy, list.span), reason: list.description.clone() })
            .collect(),
        refers_to: refers.into_iter().collect(),
        referred_by: referred.map(|(_, rule)| rule.name.clone()).collect(),
        exceptions: exceptions
            .map(|found| RulePlace { name: found.name.clone(), place: place(policy, found.span), reason: found.reason.as_deref().map(str::to_owned) })
            .collect(),
        markets: changed
            .map(|(market, change)| RulePlace { name: market.name.clone(), place: place(policy, change.span), reason: Some(change.reason.to_string()) })
            .collect(),
        tests: tests(policy, &rule.name),
    })
}

fn reference_name(policy: &Policy, reference: Reference) -> String {
    match reference {
        Reference::Rule(rule) => policy.rules.get(rule.index()).map(|rule| rule.name.clone()).unwrap_or_default(),
        Reference::Score(score) => policy.scores.get(score.index()).map(|name| format!("score({name})")).unwrap_or_default(),
    }
}

/// The conditions a rule has itself: its own and those that markets give it.
fn own_conditions(policy: &Policy, id: RuleId, visit: &mut dyn FnMut(&Cond)) {
    if let Some(rule) = policy.rules.get(id.index()) {
        visit(&rule.when);
        if let Some(unless) = &rule.unless {
            visit(&unless.when);
        }
    }
    for change in policy.markets.iter().flat_map(|market| &market.overrides) {
        if let Target::Rule(named, change) = &change.target
            && *named == id
        {
            let change: &RuleChange = change;
            change_conditions(change, &mut |cond| visit(cond));
        }
    }
}

/// Lines of `tests/*.jsonl` whose expectations name the rule.
fn tests(policy: &Policy, rule: &str) -> Vec<String> {
    let names = |value: Option<&serde_json::Value>| value.and_then(serde_json::Value::as_array).is_some_and(|names| names.iter().any(|name| name == rule));
    let mut found = Vec::new();
    for line in &policy.tests {
        let Ok(whole) = serde_json::from_str::<serde_json::Value>(policy.sources.slice(line.span)) else { continue };
        let Some(expect) = whole.get("expect") else { continue };
        if ["rules", "has_rules", "not_rules"].iter().any(|key| names(expect.get(key))) {
            found.push(format!("{}:{}", policy.sources.path(line.span.file), line.line));
        }
    }
    found
}
