//! Hits (Exact meaning 4 to 11): every span of a text is tried against every term in force.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use tribunal_policy::model::Match;
use tribunal_policy::model::{Entry, List};
use tribunal_text::{Folds, Ordinary, Pattern, Prepared, Reading, Symbol};

/// A hit in one element of a field.
#[derive(Clone, Debug)]
pub(crate) struct RawHit {
    /// Which element of the field; 0 for a text.
    pub(crate) element: usize,
    /// Bytes of the original text.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// The term of the list ([`Entry::term`]).
    pub(crate) term: u32,
    /// The entry that explains it best.
    pub(crate) entry: usize,
    /// The smallest set of folds.
    pub(crate) undone: Folds,
    /// No entry of the term reads it plainly.
    pub(crate) evasive: bool,
}

/// The hits of a list in one element. `in_force` says which entries count.
pub(crate) fn find(list: &List, in_force: &dyn Fn(&Entry) -> bool, ordinary: &Ordinary, element: usize, in_list: bool, text: &str) -> Vec<RawHit> {
    let mut field = Prepared::default();
    if in_list {
        field.prepare_element(text, ordinary)
    } else {
        field.prepare(text, ordinary)
    }
    let mut occurrences: BTreeMap<(u32, usize, usize), RawHit> = BTreeMap::new();
    let mut allowed: Vec<(usize, usize)> = Vec::new();
    for (index, entry) in list.entries.iter().enumerate().filter(|(_, entry)| in_force(entry)) {
        for (mode, folds) in &entry.modes {
            for (start, end, undone, plain) in occurrences_of(entry, *mode, *folds, &field, ordinary, text) {
                if entry.allow {
                    allowed.push((start, end));
                    continue;
                }
                let hit = RawHit { element, start, end, term: entry.term, entry: index, undone, evasive: !plain };
                occurrences
                    .entry((entry.term, start, end))
                    .and_modify(|old| {
                        old.evasive &= hit.evasive;
                        if simpler(undone, old.undone) {
                            (old.entry, old.undone) = (index, undone);
                        }
                    })
                    .or_insert(hit);
            }
        }
    }
    let mut rest: Vec<RawHit> = occurrences.into_values().filter(|hit| !allowed.iter().any(|(start, end)| *start <= hit.start && hit.end <= *end)).collect();
    // For each term by itself: the leftmost, of those the longest, then on behind it.
    rest.sort_by_key(|hit| (hit.term, hit.start, Reverse(hit.end)));
    let mut kept: Vec<RawHit> = Vec::new();
    for hit in rest {
        if kept.last().is_none_or(|last| last.term != hit.term || last.end <= hit.start) {
            kept.push(hit);
        }
    }
    kept
}

/// Whether the set is smaller, or of one size and earlier in the order of the fold list.
fn simpler(a: Folds, b: Folds) -> bool {
    let rank = |folds: Folds| (folds.bits().count_ones(), Reverse(folds.bits().reverse_bits()));
    rank(a) < rank(b)
}

/// Start, end, what was undone, and whether it is a plain reading.
fn occurrences_of(entry: &Entry, mode: Match, folds: Folds, field: &Prepared, ordinary: &Ordinary, text: &str) -> Vec<(usize, usize, Folds, bool)> {
    let Some(mode) = mode.mode() else { return regex_occurrences(&entry.text, folds, text) };
    let Ok(pattern) = Pattern::new(&entry.text, mode, folds, entry.turkish) else { return Vec::new() };
    let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    // Only to save time: a plain reading begins with the first letter of the term, unless a run is read in reverse.
    let view = field.view(pattern.kind());
    let begins = |start: u32| match pattern.symbols().first() {
        Some(Symbol::Char(first)) if !view.is_reversed() => view.units.iter().any(|unit| unit.start == start && unit.ch == *first),
        _ => true,
    };
    // Only to save time: edges (5) are looked at once for each place, not for each span. A tag has edges of its own.
    let edged = !matches!(mode, tribunal_text::Mode::Tag | tribunal_text::Mode::Whole);
    let cut_before = |at: usize| edged && pattern.first_edge() && tribunal_text::edge_before(text, at);
    let cut_after = |at: usize| edged && pattern.last_edge() && tribunal_text::edge_after(text, at);
    let ends: Vec<usize> = boundaries.iter().copied().filter(|at| !cut_after(*at)).collect();
    let mut found = Vec::new();
    for &start in boundaries.iter().filter(|at| !cut_before(**at)) {
        for &end in ends.iter().filter(|end| **end > start) {
            let (Ok(from), Ok(to)) = (u32::try_from(start), u32::try_from(end)) else { continue };
            let is_plain = if field.is_element() { tribunal_text::plain_match_element } else { tribunal_text::plain_match };
            let plain = begins(from) && is_plain(&pattern, text, from..to);
            if plain || tribunal_text::verify(&pattern, field, from..to, ordinary) == Reading::Evasive {
                found.push((start, end, tribunal_text::undone(&pattern, field, from..to, ordinary), plain));
            }
        }
    }
    found
}

fn regex_occurrences(pattern: &str, folds: Folds, text: &str) -> Vec<(usize, usize, Folds, bool)> {
    let (Some(regex), Some(exact)) = (built(pattern, folds.contains(Folds::CASE)), built(pattern, false)) else { return Vec::new() };
    let as_written: Vec<(usize, usize)> = exact.find_iter(text).map(|found| (found.start(), found.end())).collect();
    let found = regex.find_iter(text).map(|found| (found.start(), found.end())).filter(|(start, end)| start < end);
    found
        .map(|(start, end)| {
            let undone = if as_written.contains(&(start, end)) { Folds::NONE } else { Folds::CASE };
            (start, end, undone, true)
        })
        .collect()
}

/// A regular expression, built once a thread: building takes longer than everything else about an item.
fn built(pattern: &str, insensitive: bool) -> Option<Regex> {
    thread_local!(static BUILT: RefCell<BTreeMap<(String, bool), Option<Regex>>> = const { RefCell::new(BTreeMap::new()) });
    BUILT.with_borrow_mut(|all| {
        let build = || RegexBuilder::new(pattern).case_insensitive(insensitive).build().ok();
        all.entry((pattern.to_owned(), insensitive)).or_insert_with(build).clone()
    })
}
