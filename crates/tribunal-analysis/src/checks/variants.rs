//! Disguises of terms that are not undone (V1, V3), and terms that others make needless (V2).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use tribunal_policy::ListId;
use tribunal_policy::cond::{CondKind, Operand, Test};
use tribunal_policy::model::{Entry, List, Match};

use super::Context;
use crate::evade::find::{Fate, Finder, is_tag};
use crate::evade::ordinary_words;
use crate::evade::tactics::TACTICS;
use crate::findings::{self, Finding, Status};
use crate::item::{Draft, Val};
use crate::theory::sets::{entry_implies, may_hide};

/// Terms of a list that are written in every disguise.
const TRIED: usize = 3;
/// The seed of the disguises, as `tribunal evade` has it by default.
const SEED: u64 = 0;

pub(super) fn check(context: &mut Context) {
    let policy = Arc::clone(&context.policy);
    for list in context.text_lists().into_iter().filter_map(|id| policy.lists.get(id.index())) {
        if context.wants(&findings::LISTED_EVASION) {
            listed(context, list);
        }
        if context.wants(&findings::EVASION_GAP) {
            gaps(context, list);
        }
    }
    if context.wants(&findings::IMPLIED_TERM) {
        implied(context);
    }
}

fn shown(context: &mut Context, what: &str, text: &str) -> crate::findings::Shown {
    let mut draft = Draft::default();
    draft.set("caption", Val::Text(text.to_owned()));
    context.shown(what, &draft)
}

/// V3: disguises that the list names.
fn listed(context: &mut Context, list: &List) {
    for entry in list.entries.iter().filter(|entry| !entry.allow) {
        for evasion in &entry.evasions {
            if context.hits(list, evasion, entry) {
                continue;
            }
            let message = format!(
                "`{}` is listed as a disguise of `{}` in `{}`, and is not found",
                super::term(list, evasion),
                super::term(list, &entry.text),
                list.name
            );
            let item = shown(context, "as the engine decides it", evasion);
            let finding = Finding::new(&findings::LISTED_EVASION, Status::Confirmed, entry.span, message);
            context.push(finding.about([list.name.clone(), super::term(list, &entry.text)]).item(item));
        }
    }
}

/// V1: a few terms of the list in every disguise, evenly taken; a disguise that a guard refuses is refused on purpose. Lists whose folds undo no disguise are meant so.
fn gaps(context: &mut Context, list: &List) {
    let evasive = |entry: &&Entry| !entry.allow && entry.modes.iter().any(|(mode, folds)| *mode != Match::Regex && !folds.directed().is_empty());
    let terms: Vec<&Entry> = list.entries.iter().filter(evasive).collect();
    let tried_terms: Vec<&Entry> = terms.iter().step_by(terms.len().div_ceil(TRIED).max(1)).copied().collect();
    let mut finder = Finder::of_entries(tried_terms.iter().copied().enumerate(), ordinary_words(&context.policy));
    let mut missed: BTreeMap<usize, (usize, String)> = BTreeMap::new();
    let (mut tried, mut caught) = (0_u32, 0_u32);
    for (number, entry) in tried_terms.iter().enumerate() {
        let element = entry.modes.iter().all(|(mode, _)| is_tag(*mode));
        for (at, tactic) in TACTICS.iter().enumerate() {
            let Some(disguise) = tactic.disguise(&entry.text, SEED) else { continue };
            tried += 1;
            if finder.fate(number, &disguise, 0..disguise.len(), element) != Fate::Missed {
                caught += 1;
            } else {
                missed.entry(at).or_insert((0, disguise)).0 += 1;
            }
        }
    }
    // What no fold is for is missed by every list; it is told where there is more.
    if caught * 10 >= tried * 9 {
        return;
    }
    missed.retain(|_, (_, disguise)| !context.list_hits(list, disguise));
    let mut worst: Vec<(usize, &str, String)> = missed.into_iter().filter_map(|(at, (count, text))| Some((count, TACTICS.get(at)?.name, text))).collect();
    worst.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    let Some((_, _, example)) = worst.first().cloned() else { return };
    let told: Vec<String> = worst.iter().take(5).map(|(_, name, text)| format!("{name} (`{}`)", super::term(list, text))).collect();
    let more = worst.len().saturating_sub(5);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!("of {tried} disguised terms of `{}` {caught} are found; not: {}{more}", list.name, told.join(", "));
    let item = shown(context, "as the engine decides it", &example);
    context.push(Finding::new(&findings::EVASION_GAP, Status::Confirmed, list.span, message).about([list.name.clone()]).item(item));
}

/// Lists whose hits are counted or measured by distance: there a second hit makes a difference.
fn counted(context: &Context) -> BTreeSet<ListId> {
    let mut found = BTreeSet::new();
    for form in &context.forms {
        for cond in form.model.effective.conditions() {
            cond.walk(&mut |part| match &part.kind {
                CondKind::Compare(left, _, Operand::Value(right)) => found.extend(left.lists().iter().chain(right.lists())),
                CondKind::Compare(value, ..) | CondKind::In(value, ..) => found.extend(value.lists()),
                CondKind::Has(_, Test::Near(near)) => found.extend(near.left.iter().chain(&near.right).copied()),
                _ => {}
            });
        }
    }
    found
}

/// V2: terms that stand inside another one's hits.
fn implied(context: &mut Context) {
    let policy = Arc::clone(&context.policy);
    let counted = counted(context);
    for list in context.text_lists().into_iter().filter(|id| !counted.contains(id)).filter_map(|id| policy.lists.get(id.index())) {
        // What may hit inside another term, and whole terms by their text.
        let mut by_text: HashMap<String, Vec<usize>> = HashMap::new();
        let mut patterns: Vec<usize> = Vec::new();
        for (number, entry) in list.entries.iter().enumerate().filter(|(_, entry)| !entry.allow) {
            by_text.entry(entry.text.to_lowercase()).or_default().push(number);
            if entry.modes.iter().any(|(mode, _)| *mode == Match::Regex) {
                patterns.push(number);
            }
        }
        let inner = list
            .entries
            .iter()
            .any(|entry| !entry.allow && entry.modes.iter().any(|(mode, _)| matches!(mode, Match::Prefix | Match::Suffix | Match::Substring)));
        if !inner && patterns.is_empty() {
            continue;
        }
        let mut found: Vec<(usize, usize)> = Vec::new();
        for (number, entry) in list.entries.iter().enumerate().filter(|(_, entry)| !entry.allow) {
            let mut candidates: BTreeSet<usize> = if patterns.len() <= 200 { patterns.iter().copied().collect() } else { BTreeSet::new() };
            let lower = entry.text.to_lowercase();
            let edges: Vec<usize> = lower.char_indices().map(|(at, _)| at).chain([lower.len()]).collect();
            for (from, start) in edges.iter().enumerate().take(64) {
                for end in edges.iter().skip(from + 1).take(64) {
                    candidates.extend(lower.get(*start..*end).and_then(|part| by_text.get(part)).into_iter().flatten());
                }
            }
            candidates.remove(&number);
            let wider = candidates.into_iter().find(|other| {
                let Some(wider) = list.entries.get(*other) else { return false };
                // Of two that imply each other the later one is the needless one.
                let exempt = || list.entries.iter().any(|allow| allow.allow && may_hide(allow, wider));
                entry_implies(entry, wider) && (*other < number || !entry_implies(wider, entry)) && !exempt()
            });
            found.extend(wider.map(|wider| (number, wider)));
        }
        for (number, wider) in found {
            let (Some(entry), Some(wider)) = (list.entries.get(number), list.entries.get(wider)) else { continue };
            if entry.term == wider.term || !context.hits(list, &crate::theory::samples::first_form(entry), wider) {
                continue;
            }
            let (own, other) = (super::term(list, &entry.text), super::term(list, &wider.text));
            let message = format!("`{own}` of `{}` adds nothing: `{other}` hits wherever it does", list.name);
            let item = shown(context, "both hit", &crate::theory::samples::first_form(entry));
            let finding = Finding::new(&findings::IMPLIED_TERM, Status::Proved, entry.span, message);
            context.push(finding.about([list.name.clone(), own, other]).item(item));
        }
    }
}
