//! Items that show what changed, and the quiz.

use std::collections::BTreeSet;

use super::{Question, RuleBrief, Sample, Witness};
use crate::rehearsal::{Outcome, Rehearsal};

/// Every example and labelled item of both versions, with both decisions.
pub(super) fn pool(old: &Rehearsal<'_>, new: &Rehearsal<'_>, witnesses: &[Witness]) -> Vec<Sample> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut found = Vec::new();
    let given = witnesses.iter().map(|witness| (witness.item.clone(), witness.source.clone()));
    let examples = [new, old].into_iter().flat_map(|side| {
        side.policy.rules.iter().flat_map(|rule| {
            let all = rule.examples.violates.iter().chain(&rule.examples.allowed);
            all.map(|example| (example.item.clone(), format!("example of {}", rule.name)))
        })
    });
    let tests = [new, old].into_iter().flat_map(|side| {
        side.policy.tests.iter().filter_map(|line| {
            let whole: serde_json::Value = serde_json::from_str(side.policy.sources.slice(line.span)).ok()?;
            let item = whole.get("item")?;
            let id = item.get("id").map_or_else(String::new, |id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
            Some((item.to_string(), format!("labelled item {id}").trim_end().to_owned()))
        })
    });
    for (item, source) in given.chain(examples).chain(tests) {
        if !seen.insert(item.clone()) {
            continue;
        }
        let (Ok(was), Ok(now)) = (old.decide(&item), new.decide(&item)) else { continue };
        // Both versions know what must not leave.
        let text = old.scrub(&new.describe(&item));
        if !text.is_empty() {
            found.push(Sample { text, source, was, now, item });
        }
    }
    found
}

/// Items by what happened to them.
pub(super) struct Picked {
    pub(super) now_matches: Vec<Sample>,
    pub(super) no_longer_matches: Vec<Sample>,
    pub(super) other_decision: Vec<Sample>,
    pub(super) unchanged: Vec<Sample>,
}

/// What matches now, what does no longer, what comes to another decision by the same rules, and what is near a change and stays.
pub(super) fn pick(pool: &[Sample], changes: &[RuleBrief], number: usize) -> Picked {
    let gains = |a: &Outcome, b: &Outcome| b.rules.iter().any(|rule| !a.rules.contains(rule));
    let touched = |sample: &&Sample| changes.iter().any(|change| sample.source == format!("example of {}", change.rule));
    let taken = |wanted: &dyn Fn(&Sample) -> bool| pool.iter().filter(|sample| wanted(sample)).take(number).cloned().collect();
    // Items that are left alone come first: they are what people confuse.
    let mut same: Vec<&Sample> = pool.iter().filter(|sample| sample.was == sample.now).filter(touched).collect();
    same.sort_by_key(|sample| !sample.now.rules.is_empty());
    Picked {
        now_matches: taken(&|sample| gains(&sample.was, &sample.now)),
        no_longer_matches: taken(&|sample| gains(&sample.now, &sample.was)),
        other_decision: taken(&|sample| sample.was.rules == sample.now.rules && sample.was.effects != sample.now.effects),
        unchanged: same.into_iter().take(number).cloned().collect(),
    }
}

/// Ten items with the engine's answer: what changed first, then the rest by a hash, so that rules take turns.
pub(super) fn quiz(pool: &[Sample], new: &Rehearsal<'_>) -> Vec<Question> {
    let hash = |sample: &Sample| blake3::hash(sample.item.as_bytes()).to_hex().to_string();
    let mut all: Vec<&Sample> = pool.iter().filter(|sample| sample.now.not_judged.is_empty()).collect();
    all.sort_by_key(|sample| (sample.was == sample.now, hash(sample)));
    let changed = all.iter().filter(|sample| sample.was != sample.now).count().min(6);
    let mut chosen: Vec<&Sample> = all.iter().copied().take(changed).collect();
    // Half of the rest is left alone by the policy: a quiz in which everything is a violation teaches to say yes.
    for quiet in [true, false] {
        let room = (10 - chosen.len()) / if quiet { 2 } else { 1 };
        let more: Vec<&Sample> = all.iter().copied().filter(|sample| sample.was == sample.now && sample.now.rules.is_empty() == quiet).take(room).collect();
        chosen.extend(more);
    }
    chosen.sort_by_key(|sample| hash(sample));
    let clause = |rule: &String| new.policy.rule(rule).and_then(|id| new.policy.rules.get(id.index())).and_then(|rule| rule.clause.clone());
    let questions = (1_u32..).zip(chosen).map(|(number, sample)| {
        let clauses: BTreeSet<String> = sample.now.rules.iter().filter_map(clause).collect();
        Question {
            number,
            text: sample.text.clone(),
            answer: sample.now.clone(),
            clauses: clauses.into_iter().collect(),
            changed: sample.was != sample.now,
            item: sample.item.clone(),
        }
    });
    questions.collect()
}
