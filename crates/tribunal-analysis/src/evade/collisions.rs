//! Ordinary words that the terms of a list hit.

use std::collections::BTreeMap;

use tribunal_policy::model::{List, Match};
use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, ViewKind, undone};

use super::find::Finder;
use super::report::{Collision, ListCollisions, shown};
use super::words::Words;

/// The words that a list's terms hit although they are other words: as a part of them, or read as a disguise. A word that is
/// the term itself, under the plain folds, is no collision.
pub(crate) fn of_list(list: &List, words: &Words, ordinary: &Ordinary, full: bool) -> ListCollisions {
    let mut hits = Vec::new();
    let (mut hit_words, mut mass) = (0, 0.0);
    each(list, words, ordinary, &mut |word, frequency, found| {
        hit_words += 1;
        mass += frequency;
        for (entry, mode, folds) in found {
            let Some(entry) = list.entries.get(entry) else { continue };
            hits.push(Collision {
                term: shown(list, &entry.text, full),
                place: entry.place.clone(),
                word: shown(list, word, full),
                frequency,
                mode: mode.name().to_owned(),
                undone: folds.names().map(str::to_owned).collect(),
            });
        }
    });
    let share = if words.mass() > 0.0 { mass / words.mass() } else { 0.0 };
    ListCollisions { list: list.name.clone(), words: hit_words, share, hits }
}

/// An entry by number, the mode in which it hits, and what had to be undone.
pub(crate) type Hit = (usize, Match, Folds);

/// Tells each word that is hit, with how often it occurs and the entries that hit it.
pub(crate) fn each(list: &List, words: &Words, ordinary: &Ordinary, told: &mut dyn FnMut(&str, f64, Vec<Hit>)) {
    let mut finder = Finder::of_entries(list.entries.iter().enumerate(), ordinary.clone());
    let parts = Parts::new(list);
    let mut field = Prepared::new();
    for (word, frequency) in words.iter() {
        let folded = tribunal_text::fold_to_string(ViewKind::PLAIN, word);
        let mut found: Vec<Hit> = parts.of(&folded);
        let mut disguised: Vec<usize> = Vec::new();
        // A text over the limits of the search is no ordinary word.
        let _ = finder.disguised(word, &mut |entry, _| disguised.push(entry));
        disguised.sort_unstable();
        disguised.dedup();
        for entry in disguised {
            found.extend(reading(list, entry, word, ordinary, &mut field));
        }
        let allowed = list.entries.iter().any(|entry| entry.allow && tribunal_text::fold_to_string(ViewKind::PLAIN, &entry.text) == folded);
        if !found.is_empty() && !allowed {
            told(word, frequency, found);
        }
    }
}

/// How the disguise is read: over the whole word.
fn reading(list: &List, number: usize, word: &str, ordinary: &Ordinary, field: &mut Prepared) -> Option<Hit> {
    let entry = list.entries.get(number)?;
    let whole = 0..u32::try_from(word.len()).ok()?;
    field.prepare(word, ordinary);
    entry.modes.iter().find_map(|(mode, folds)| {
        let pattern = Pattern::new(&entry.text, mode.mode()?, *folds, entry.turkish).ok()?;
        let folds = undone(&pattern, field, whole.clone(), ordinary);
        Some((number, *mode, folds))
    })
}

/// Terms that may be a part of a word, by their folded text.
struct Parts {
    by_text: BTreeMap<String, Vec<(usize, Match)>>,
    longest: usize,
}

impl Parts {
    fn new(list: &List) -> Parts {
        let mut by_text: BTreeMap<String, Vec<(usize, Match)>> = BTreeMap::new();
        for (number, entry) in list.entries.iter().enumerate().filter(|(_, entry)| !entry.allow) {
            for (mode, _) in &entry.modes {
                if matches!(mode.mode(), Some(Mode::Prefix | Mode::Suffix | Mode::Substring)) {
                    let folded = tribunal_text::fold_to_string(ViewKind::PLAIN, entry.text.trim());
                    by_text.entry(folded).or_default().push((number, *mode));
                }
            }
        }
        let longest = by_text.keys().map(String::len).max().unwrap_or(0);
        Parts { by_text, longest }
    }

    /// The terms that stand in a folded word as their modes want, and are shorter than it.
    fn of(&self, word: &str) -> Vec<Hit> {
        let mut found: Vec<Hit> = Vec::new();
        if self.by_text.is_empty() {
            return found;
        }
        let boundaries: Vec<usize> = word.char_indices().map(|(at, _)| at).chain([word.len()]).collect();
        for start in &boundaries {
            for end in boundaries.iter().filter(|end| *end > start && **end - *start <= self.longest && **end - *start < word.len()) {
                for (number, mode) in word.get(*start..*end).and_then(|part| self.by_text.get(part)).into_iter().flatten() {
                    let fits = match mode.mode() {
                        Some(Mode::Prefix) => *start == 0,
                        Some(Mode::Suffix) => *end == word.len(),
                        _ => true,
                    };
                    if fits && !found.iter().any(|(known, ..)| known == number) {
                        found.push((*number, *mode, Folds::NONE));
                    }
                }
            }
        }
        found
    }
}
