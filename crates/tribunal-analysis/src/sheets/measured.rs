//! What can be said of a term beside what is written: how often it is found, which ordinary words it hits, what it survives.
//! These are columns of an export that are only read.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tribunal_core::{Call, CompileError, Engine, Item, Limits, Scratch};
use tribunal_policy::Policy;
use tribunal_policy::model::List;

use super::written::WrittenEntry;
use crate::evade::{Words, collisions, ordinary_words, survival_by_term};
use crate::workbook::{Cell, Column};

/// The most words that are named beside a term.
const NAMED: usize = 5;

/// Figures by list and entry, as the policy counts them.
type ByEntry<T> = BTreeMap<(usize, usize), T>;

/// Figures about terms, for the columns `~hits`, `~sole_hits`, `~ordinary_words` and `~survival` of an export. What was not
/// measured has no column.
///
/// ```
/// use tribunal_analysis::sheets::{ExportOptions, Measured, export};
///
/// let text = "
/// policy: {id: demo, version: '1'}
/// terms: {firearms: [glock]}
/// rules:
///   - {id: gun, when: any text has firearms, effect: {routing: review}}
/// ";
/// let policy = tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?;
/// let mut measured = Measured::default();
/// measured.survival(&policy);
/// let book = export(&policy, &ExportOptions { measured, ..ExportOptions::default() })?;
/// assert_eq!(book.sheets[2].columns.last().map(|column| column.name.as_str()), Some("~survival"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// Where the figures come from, for the sheet `About`.
    pub(super) sources: Vec<(String, String)>,
    hits: Option<ByEntry<[u64; 2]>>,
    words: Option<ByEntry<Vec<String>>>,
    survival: Option<ByEntry<(u64, u64)>>,
}

impl Measured {
    /// Takes what was counted over items; `source` says which.
    pub fn hits(&mut self, counted: HitCounter, source: &str) {
        self.sources.push(("~hits, ~sole_hits".to_owned(), format!("{} items of {source}", counted.items)));
        self.hits = Some(counted.found);
    }

    /// Looks which ordinary words the terms hit; `source` says which words.
    pub fn words(&mut self, policy: &Policy, words: &Words, source: &str) {
        self.sources.push(("~ordinary_words".to_owned(), format!("of {source}; at most {NAMED} are named, the most frequent first")));
        let ordinary = ordinary_words(policy);
        let mut hit: ByEntry<Vec<(f64, String)>> = BTreeMap::new();
        for (at, list) in lists(policy) {
            collisions::each(list, words, &ordinary, &mut |word, frequency, found| {
                for entry in found.into_iter().map(|(entry, ..)| entry).collect::<BTreeSet<_>>() {
                    hit.entry((at, entry)).or_default().push((frequency, word.to_owned()));
                }
            });
        }
        let sorted = |mut words: Vec<(f64, String)>| {
            words.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
            words.into_iter().map(|(_, word)| word).collect()
        };
        self.words = Some(hit.into_iter().map(|(entry, words)| (entry, sorted(words))).collect());
    }

    /// Writes every term in every disguise and looks whether it is found.
    pub fn survival(&mut self, policy: &Policy) {
        self.sources.push(("~survival".to_owned(), "disguises that are found, in percent of those tried, rounded down".to_owned()));
        let ordinary = ordinary_words(policy);
        let mut all = BTreeMap::new();
        for (at, list) in lists(policy) {
            all.extend(survival_by_term(list, &ordinary).into_iter().enumerate().filter_map(|(entry, shares)| Some(((at, entry), shares?))));
        }
        self.survival = Some(all);
    }

    /// The columns there are.
    pub(super) fn columns(&self) -> Vec<Column> {
        let hits = self.hits.as_ref().map(|_| [Column::new("~hits", 8), Column::new("~sole_hits", 10)]);
        let words = self.words.as_ref().map(|_| Column::new("~ordinary_words", 28));
        let survival = self.survival.as_ref().map(|_| Column::new("~survival", 10));
        hits.into_iter().flatten().chain(words).chain(survival).collect()
    }

    /// The cells of every entry of a list as it is written: blank for what the engine does not look for.
    pub(super) fn cells(&self, policy: &Policy, list: &str, entries: &[WrittenEntry], masked: bool) -> Vec<Vec<Cell>> {
        let found = policy.lists.iter().enumerate().find(|(_, known)| !known.inline && known.name == list);
        // Entries on one line have one place: they come in the order of the file on both sides.
        let mut numbers: BTreeMap<(&str, &str, bool), VecDeque<usize>> = BTreeMap::new();
        for (number, entry) in found.iter().flat_map(|(_, list)| list.entries.iter().enumerate()) {
            numbers.entry((&entry.place, &entry.text, entry.allow)).or_default().push_back(number);
        }
        let cells = entries.iter().map(|written| {
            let known = (written.place.as_str(), written.row.term(), written.row.is_allow());
            let number = if written.row.is_retired() { None } else { numbers.get_mut(&known).and_then(VecDeque::pop_front) };
            let entry = found.and_then(|(at, _)| Some((at, number?))).filter(|_| !written.row.is_allow());
            self.of(entry, masked)
        });
        cells.collect()
    }

    fn of(&self, entry: Option<(usize, usize)>, masked: bool) -> Vec<Cell> {
        let mut cells = Vec::new();
        if let Some(hits) = &self.hits {
            let counts = entry.map(|entry| hits.get(&entry).copied().unwrap_or_default());
            cells.extend([0, 1].map(|at| counts.and_then(|counts| counts.get(at).copied()).map_or(Cell::Blank, Cell::count)));
        }
        if let Some(words) = &self.words {
            cells.push(Cell::text(entry.and_then(|entry| words.get(&entry)).map_or_else(String::new, |words| named(words, masked))));
        }
        if let Some(survival) = &self.survival {
            let share = entry.and_then(|entry| survival.get(&entry)).filter(|(tried, _)| *tried > 0).map(|(tried, caught)| caught * 100 / tried);
            cells.push(share.map_or(Cell::Blank, Cell::count));
        }
        cells
    }
}

/// The lists whose terms are looked for.
fn lists(policy: &Policy) -> impl Iterator<Item = (usize, &List)> {
    let own = policy.ordinary_words.map(|list| list.index());
    policy.lists.iter().enumerate().filter(move |(at, list)| !list.inline && Some(*at) != own)
}

fn named(words: &[String], masked: bool) -> String {
    let mut shown: Vec<String> = words.iter().take(NAMED).map(|word| if masked { crate::mask(word) } else { word.clone() }).collect();
    if words.len() > NAMED {
        shown.push(format!("and {} more", words.len() - NAMED));
    }
    shown.join("; ")
}

/// Counts in how many items each term is found, in any content field, by the engine, whether a rule reads its list or not.
///
/// A term that is found in an item beside another one of its list counts as a hit; one that is the only one of its list also
/// counts as a sole hit: without it the item would no longer be hit by the list. Where several entries explain the same place,
/// it counts for the one that has the least to undo.
pub struct HitCounter {
    engine: Engine,
    scratch: Scratch,
    items: u64,
    found: ByEntry<[u64; 2]>,
}

impl HitCounter {
    /// For the lists of a policy.
    ///
    /// # Errors
    ///
    /// When no engine can be built of them.
    pub fn new(policy: &Policy) -> Result<HitCounter, CompileError> {
        let engine = Engine::new(Arc::new(crate::finding_way::probe(policy)), Limits::default())?;
        Ok(HitCounter { engine, scratch: Scratch::new(), items: 0, found: BTreeMap::new() })
    }

    /// Counts one item.
    pub fn see(&mut self, item: &dyn Item) {
        self.items += 1;
        self.engine.classify(item, Call::default(), &mut self.scratch);
        let evidence = self.engine.evidence(item, Call::default(), &mut self.scratch);
        let mut by_list: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for hit in evidence.iter().flat_map(|(_, hits)| hits) {
            by_list.entry(hit.list.index()).or_default().insert(hit.entry as usize);
        }
        for (list, entries) in by_list {
            for entry in &entries {
                let [hits, sole] = self.found.entry((list, *entry)).or_default();
                *hits += 1;
                *sole += u64::from(entries.len() == 1);
            }
        }
    }
}

impl std::fmt::Debug for HitCounter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HitCounter").field("items", &self.items).finish_non_exhaustive()
    }
}
