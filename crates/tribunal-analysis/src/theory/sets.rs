//! Term lists as they are in force somewhere, and which of them a text can hit together.
//!
//! The engine itself is asked: every term's canonical forms are scanned, and what they hit is the term's *signature*. What a text
//! can hit is a union of signatures, as texts can be put one behind the other.

mod implies;
mod probe;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use tribunal_core::Scratch;
use tribunal_policy::model::{Entry, List, Match};
use tribunal_policy::{ListId, Policy};

use super::samples;
use super::vars::Kind;

pub(crate) use implies::{entry_implies, may_hide};
use implies::{implies, is_pattern};
use probe::{Probe, list};

/// Entries in force: those of a list, where all are, or some of them.
#[derive(Clone, Debug)]
pub(crate) enum Entries {
    All(Arc<Policy>, ListId),
    Some(Vec<Entry>),
}

impl std::ops::Deref for Entries {
    type Target = [Entry];

    fn deref(&self) -> &[Entry] {
        match self {
            Entries::All(policy, list) => policy.lists.get(list.index()).map(|list| list.entries.as_slice()).unwrap_or_default(),
            Entries::Some(entries) => entries,
        }
    }
}

/// A list with the entries in force in some market.
#[derive(Clone, Debug)]
pub(crate) struct TermSet {
    pub(crate) name: String,
    pub(crate) sensitive: bool,
    pub(crate) entries: Entries,
    terms: u32,
    /// Terms by their text in lower case.
    texts: HashMap<String, Vec<usize>>,
    /// Allow entries by their text.
    allow: HashMap<String, Vec<usize>>,
    /// How many entries are regular expressions.
    patterns: usize,
}

impl TermSet {
    /// Whether some term is written like this, in capitals or not.
    pub(crate) fn has(&self, text: &str) -> bool {
        self.texts.contains_key(&text.to_lowercase())
    }

    /// Entries that hide hits.
    fn allowed(&self) -> impl Iterator<Item = &Entry> {
        self.allow.values().flatten().filter_map(|at| self.entries.get(*at))
    }

    /// Whether some entry hides what this one does.
    fn allows(&self, entry: &Entry) -> bool {
        self.allow.get(&entry.text).into_iter().flatten().filter_map(|at| self.entries.get(*at)).any(|other| same_match(entry, other))
    }
}

/// A text that hits something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Sample {
    pub(crate) text: String,
    /// What the item has to say for it.
    pub(crate) lang: Option<String>,
    pub(crate) as_of: Option<i64>,
    /// The whole field has to be it.
    pub(crate) alone: bool,
    /// Its term is written in disguise.
    pub(crate) disguised: bool,
}

/// What one text hits, and texts that hit just that.
#[derive(Clone, Debug)]
pub(crate) struct Signature {
    pub(crate) sets: Vec<u32>,
    pub(crate) samples: Vec<Sample>,
}

/// All sets, and what was found out about them.
#[derive(Debug, Default)]
pub(crate) struct Sets {
    pub(crate) list: Vec<TermSet>,
    /// Sets by their first and last text and how many entries they have: those that may be equal.
    known: HashMap<(usize, String, String), Vec<u32>>,
    signatures: HashMap<(Kind, u32), Vec<Signature>>,
    /// Of a set that is never hit alone: one of these groups of other sets is always hit too.
    needs: HashMap<(Kind, u32), Vec<Vec<u32>>>,
    neighbours: Option<Arc<Neighbours>>,
    /// Those of which some terms were asked about only, as they seem to share nothing with other sets.
    sampled: HashSet<(Kind, u32)>,
    /// Those of which every term is to be asked about beside all terms of all others.
    closely: HashSet<(Kind, u32)>,
    /// An engine of all terms.
    whole: Option<Arc<Probe>>,
    /// By the name of a list: the sets that it is, by market and policy.
    versions: HashMap<String, Vec<u32>>,
    /// Whether the first of two sets lies within the second.
    within: RefCell<HashMap<(u32, u32), bool>>,
}

/// How many different signatures of one set are kept, and texts of one signature.
const SIGNATURES: usize = 64;
const SAMPLES: usize = 6;
/// More groups than this and the set counts as unconstrained: a proof may be missed, none becomes wrong.
const GROUPS: usize = 64;

impl Sets {
    /// The number of a set with these entries.
    pub(crate) fn add(&mut self, list: &List, entries: Entries) -> u32 {
        let text = |entry: Option<&Entry>| entry.map_or_else(String::new, |entry| entry.text.clone());
        let alike = self.known.entry((entries.len(), text(entries.first()), text(entries.last()))).or_default();
        let same =
            |id: &&u32| self.list.get(**id as usize).is_some_and(|set| set.entries.iter().zip(entries.iter()).all(|(one, other)| same_match(one, other)));
        if let Some(id) = alike.iter().find(same) {
            return *id;
        }
        let id = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let mut texts: HashMap<String, Vec<usize>> = HashMap::new();
        let mut allow: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, entry) in entries.iter().enumerate() {
            let of = if entry.allow { allow.entry(entry.text.clone()) } else { texts.entry(entry.text.to_lowercase()) };
            of.or_default().push(at);
        }
        let patterns = entries.iter().filter(|entry| is_pattern(entry)).count();
        self.list.push(TermSet { name: list.name.clone(), sensitive: list.sensitive, terms: list.terms, entries, texts, allow, patterns });
        alike.push(id);
        self.versions.entry(list.name.clone()).or_default().push(id);
        id
    }

    pub(crate) fn get(&self, set: u32) -> Option<&TermSet> {
        self.list.get(set as usize)
    }

    pub(crate) fn signatures(&self, kind: Kind, set: u32) -> &[Signature] {
        self.signatures.get(&(kind, set)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Nothing was asked about yet.
    pub(crate) fn forget(&mut self) {
        self.signatures.clear();
        self.needs.clear();
        self.sampled.clear();
        self.closely.clear();
    }

    /// Whether of some of these sets, if they were asked about, not every term was; if so, they have to be asked about again, closely.
    pub(crate) fn look_closer(&mut self, keys: &HashSet<(Kind, u32)>) -> bool {
        let again: Vec<(Kind, u32)> = keys.iter().filter(|key| self.sampled.remove(key)).copied().collect();
        for key in &again {
            self.signatures.remove(key);
            self.closely.insert(*key);
        }
        !again.is_empty()
    }

    /// Whether the terms of a set were asked about.
    pub(crate) fn is_known(&self, key: (Kind, u32)) -> bool {
        self.signatures.contains_key(&key)
    }

    /// One of these groups is hit wherever the set is; `None`: nothing is known.
    pub(crate) fn needs(&self, kind: Kind, set: u32) -> Option<&[Vec<u32>]> {
        self.needs.get(&(kind, set)).map(Vec::as_slice)
    }

    /// The sets that the list of a set is, itself among them.
    pub(crate) fn versions(&self, set: u32) -> &[u32] {
        self.get(set).and_then(|of| self.versions.get(&of.name)).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether every hit of the first set is one of the second, term by term, as the second is the first with further terms: one list in
    /// two markets, or in two policies. Then it is hit, near something and counted at least as often.
    pub(crate) fn lies_within(&self, narrow: u32, wide: u32) -> bool {
        if narrow == wide {
            return true;
        }
        let (Some(one), Some(other)) = (self.get(narrow), self.get(wide)) else { return false };
        if one.name != other.name {
            return false;
        }
        *self.within.borrow_mut().entry((narrow, wide)).or_insert_with(|| has_all(one, other))
    }

    pub(crate) fn is_empty(&self, set: u32) -> bool {
        self.get(set).is_none_or(|set| set.texts.is_empty())
    }

    /// Asks the engine about sets that are used in these ways and were not asked about yet, among all that are used.
    pub(crate) fn learn(&mut self, base: &Policy, wanted: &HashSet<(Kind, u32)>, used: &HashSet<(Kind, u32)>) -> Result<(), tribunal_core::CompileError> {
        let mut fresh: Vec<(Kind, u32)> = wanted.iter().copied().filter(|key| !self.signatures.contains_key(key)).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        fresh.sort_unstable();
        let mut all: Vec<(Kind, u32)> = used.iter().chain(self.signatures.keys()).copied().collect();
        all.sort_unstable();
        all.dedup();
        let neighbours = match self.neighbours.take() {
            Some(known) if known.keys == all => known,
            _ => Arc::new(Neighbours::new(&self.list, &all)),
        };
        self.neighbours = Some(Arc::clone(&neighbours));
        let extract = Extract::new(&self.list, (&fresh, &all), &neighbours);
        let mut scratch = Scratch::new();
        let lists = self.list.iter().zip(&extract.kept).map(|(set, kept)| list(set, kept.as_ref())).collect();
        let probe = Probe::new(base, lists, &all)?;
        fresh.retain(|(kind, id)| match extract.alone.get(*id as usize) {
            _ if self.closely.contains(&(*kind, *id)) => true,
            Some(alone) if !alone.is_empty() => !self.learn_free(&probe, alone, (*kind, *id), &mut scratch),
            _ => {
                self.learn_one(&probe, (*kind, *id), &mut scratch);
                false
            }
        });
        if fresh.is_empty() {
            return Ok(());
        }
        // The terms that stood alone do not after all: every term has to be looked at.
        let probe = match self.whole.take() {
            Some(known) if known.keys == all => known,
            _ => Arc::new(Probe::new(base, self.list.iter().map(|set| list(set, None)).collect(), &all)?),
        };
        for key in fresh {
            self.learn_one(&probe, key, &mut scratch);
        }
        self.whole = Some(probe);
        Ok(())
    }

    /// What a set is hit by of which some terms, these, share nothing with other sets: it is constrained by nothing, whatever the rest of
    /// its terms hit. False where patterns of other sets match all of them after all.
    fn learn_free(&mut self, probe: &Probe, alone: &[usize], (kind, id): (Kind, u32), scratch: &mut Scratch) -> bool {
        let Some(set) = self.list.get(id as usize) else { return true };
        let mut found: BTreeMap<Vec<u32>, Vec<Sample>> = BTreeMap::new();
        let mut free = false;
        for entry in alone.iter().filter_map(|at| set.entries.get(*at)) {
            let common = scan(probe, (kind, id), entry, false, &mut found, scratch);
            free |= common.iter().all(|other| *other == id || self.get(*other).is_some_and(|other| other.patterns == 0));
        }
        if free {
            self.keep(found, (kind, id));
            self.sampled.insert((kind, id));
        }
        free
    }

    fn keep(&mut self, found: BTreeMap<Vec<u32>, Vec<Sample>>, key: (Kind, u32)) {
        let mut signatures: Vec<Signature> = found.into_iter().map(|(sets, samples)| Signature { sets, samples }).collect();
        signatures.sort_by_key(|signature| signature.sets.len());
        signatures.truncate(SIGNATURES);
        self.signatures.insert(key, signatures);
    }

    /// What the terms of one set hit.
    fn learn_one(&mut self, probe: &Probe, (kind, id): (Kind, u32), scratch: &mut Scratch) {
        let Some(set) = self.list.get(id as usize) else { return };
        let mut free = false;
        let mut found: BTreeMap<Vec<u32>, Vec<Sample>> = BTreeMap::new();
        let mut needs: Vec<Vec<u32>> = Vec::new();
        for entry in set.entries.iter().filter(|entry| !entry.allow) {
            let common = scan(probe, (kind, id), entry, !free, &mut found, scratch);
            if free {
                continue;
            }
            let others = common.into_iter().filter(|other| *other != id);
            let implied: Vec<u32> = others.filter(|other| self.get(*other).is_some_and(|other| implies(set, entry, other, kind))).collect();
            free = implied.is_empty();
            if !needs.contains(&implied) {
                needs.push(implied);
            }
        }
        // What the list hides elsewhere it may not hide here.
        let elsewhere = self.versions(id).iter().filter(|other| **other != id).filter_map(|other| self.get(*other));
        for entry in elsewhere.flat_map(TermSet::allowed).filter(|entry| !set.allows(entry)) {
            scan(probe, (kind, id), entry, false, &mut found, scratch);
        }
        let minimal: Vec<Vec<u32>> =
            needs.iter().filter(|group| !needs.iter().any(|other| other.len() < group.len() && other.iter().all(|set| group.contains(set)))).cloned().collect();
        self.keep(found, (kind, id));
        if !free && !minimal.is_empty() && minimal.len() <= GROUPS {
            self.needs.insert((kind, id), minimal);
        }
    }
}

/// What of each set has to be in the engine that is asked: of a large set in which some terms share nothing with other sets those
/// terms, and whatever the sets that are asked about term by term may hit.
struct Extract {
    /// By set: the first of such terms; empty: it is asked about term by term.
    alone: Vec<Vec<usize>>,
    /// By set: the entries; `None`: all.
    kept: Vec<Option<BTreeSet<usize>>>,
}

/// Sets, and in which way they are looked for.
type Keys<'k> = &'k [(Kind, u32)];

impl Extract {
    /// Of sets that are asked about, among all that are used.
    fn new(sets: &[TermSet], (asked, all): (Keys<'_>, Keys<'_>), neighbours: &Neighbours) -> Extract {
        let used: BTreeSet<u32> = asked.iter().map(|(_, id)| *id).collect();
        let mut out = Extract { alone: vec![Vec::new(); sets.len()], kept: vec![Some(BTreeSet::new()); sets.len()] };
        let always = |set: &TermSet| {
            set.entries.iter().enumerate().filter(|(_, entry)| entry.allow || is_pattern(entry)).map(|(at, _)| at).collect::<Vec<_>>().into_iter()
        };
        for (id, set) in all.iter().filter_map(|(_, id)| Some((*id, sets.get(*id as usize)?))) {
            if let Some(slot) = out.kept.get_mut(id as usize) {
                *slot = Some(always(set).collect());
            }
        }
        let mut whole = Vec::new();
        for (id, set) in used.iter().filter_map(|id| Some((*id, sets.get(*id as usize)?))) {
            let terms = || set.entries.iter().enumerate().filter(|(_, entry)| !entry.allow);
            let alone: Vec<usize> = if terms().nth(FEW).is_none() {
                Vec::new()
            } else {
                terms().filter(|(_, entry)| !is_pattern(entry) && !neighbours.has(id, entry)).map(|(at, _)| at).take(FEW / 8).collect()
            };
            let kept = if alone.is_empty() {
                whole.push(set);
                None
            } else {
                Some(always(set).chain(alone.iter().copied()).collect())
            };
            if let (Some(slot), Some(kept_slot)) = (out.alone.get_mut(id as usize), out.kept.get_mut(id as usize)) {
                *slot = alone;
                *kept_slot = kept;
            }
        }
        let mut add = |text: &str| {
            for id in neighbours.texts.get(text).into_iter().flatten() {
                let found = sets.get(*id as usize).and_then(|set| set.texts.get(text)).into_iter().flatten();
                if let Some(Some(kept)) = out.kept.get_mut(*id as usize) {
                    kept.extend(found);
                }
            }
        };
        for entry in whole.into_iter().flat_map(|set| set.entries.iter()).filter(|entry| !entry.allow) {
            let lower = entry.text.to_lowercase();
            add(&lower);
            // In disguise a term may hold none of what it holds when plain: for such texts it has to be seen that the plain ones hit more.
            neighbours.parts(&lower).for_each(&mut add);
        }
        out
    }
}

/// Whether a set has every term of another and hides no hit but those that the other hides.
fn has_all(narrow: &TermSet, wide: &TermSet) -> bool {
    let there = |entry: &&Entry| {
        let at = wide.texts.get(&entry.text.to_lowercase()).into_iter().flatten();
        at.filter_map(|at| wide.entries.get(*at)).any(|other| same_match(entry, other))
    };
    // Each way: where both hide as many texts, one of them may stand there twice.
    let hide_alike = narrow.allowed().all(|entry| wide.allows(entry)) && wide.allowed().all(|entry| narrow.allows(entry));
    if !hide_alike || !narrow.entries.iter().filter(|entry| !entry.allow).all(|entry| there(&entry)) {
        return false;
    }
    // Two entries that are one term have their hits together: the one more may then hide the other's.
    let mut terms: HashMap<(bool, String), Vec<&Entry>> = HashMap::new();
    for entry in narrow.entries.iter().filter(|entry| !entry.allow) {
        terms.entry(tribunal_policy::term_key(entry)).or_default().push(entry);
    }
    let mut all = wide.entries.iter().filter(|entry| !entry.allow);
    all.all(|entry| terms.get(&tribunal_policy::term_key(entry)).is_none_or(|of| of.iter().any(|one| same_match(one, entry))))
}

/// Whether two entries match alike where both are in force.
pub(crate) fn same_match(one: &Entry, other: &Entry) -> bool {
    one.text == other.text
        && one.allow == other.allow
        && one.modes == other.modes
        && one.turkish == other.turkish
        && (one.since, one.until) == (other.since, other.until)
        && one.only_lang == other.only_lang
}

/// Sets of no more terms are asked about term by term.
const FEW: usize = 64;

/// Scans the forms of a term: what all plain ones hit. Texts that hit the set itself are noted.
fn scan(
    probe: &Probe,
    (kind, id): (Kind, u32),
    entry: &Entry,
    disguised: bool,
    found: &mut BTreeMap<Vec<u32>, Vec<Sample>>,
    scratch: &mut Scratch,
) -> BTreeSet<u32> {
    let sample = |text: String, disguised: bool| Sample {
        text,
        lang: entry.only_lang.clone(),
        as_of: entry.since.map(|since| since.seconds),
        alone: entry.modes.iter().all(|(mode, _)| *mode == Match::Whole),
        disguised,
    };
    let mut common: Option<BTreeSet<u32>> = None;
    for form in samples::forms(entry, kind) {
        let sample = sample(form, false);
        let hit = probe.hits(kind, &sample, scratch);
        common = Some(match common {
            None => hit.iter().copied().collect(),
            Some(common) => common.into_iter().filter(|other| hit.contains(other)).collect(),
        });
        if hit.contains(&id) {
            note(found, hit, sample);
        }
    }
    let common = common.unwrap_or_default();
    // What a disguise hits is of use for making texts only: those that hit this set and not the others.
    if disguised && common.iter().any(|other| *other != id) && matches!(kind, Kind::Text | Kind::List) {
        for form in samples::disguises(entry) {
            let sample = sample(form, true);
            let hit = probe.hits(kind, &sample, scratch);
            if hit.contains(&id) {
                note(found, hit, sample);
            }
        }
    }
    common
}

/// Which terms may have to do with terms of other sets, beside their patterns: more of them than do, never fewer. What [`implies`] could
/// say yes to is among them.
#[derive(Debug)]
struct Neighbours {
    /// What it was made for.
    keys: Vec<(Kind, u32)>,
    /// Sets by the texts of their terms in lower case.
    texts: HashMap<String, Vec<u32>>,
    /// The longest text, in characters.
    longest: usize,
}

impl Neighbours {
    fn new(sets: &[TermSet], keys: &[(Kind, u32)]) -> Neighbours {
        let mut ids: Vec<u32> = keys.iter().map(|(_, id)| *id).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut found = Neighbours { keys: keys.to_vec(), texts: HashMap::new(), longest: 0 };
        for (id, set) in ids.into_iter().filter_map(|id| Some((id, sets.get(id as usize)?))) {
            for text in set.texts.keys() {
                found.longest = found.longest.max(text.chars().count());
                found.texts.entry(text.clone()).or_default().push(id);
            }
        }
        found
    }

    fn has(&self, own: u32, entry: &Entry) -> bool {
        let other = |text: &str| self.texts.get(text).is_some_and(|sets| sets.iter().any(|set| *set != own));
        self.parts(&entry.text.to_lowercase()).any(other)
    }

    /// The parts of a text that may be terms.
    fn parts<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> + use<'t> {
        let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
        let longest = self.longest;
        let count = ends.len();
        (0..count)
            .flat_map(move |from| (from + 1..count).take(longest).map(move |to| (from, to)))
            .filter_map(move |(from, to)| text.get(*ends.get(from)?..*ends.get(to)?))
    }
}

fn note(found: &mut BTreeMap<Vec<u32>, Vec<Sample>>, hit: Vec<u32>, sample: Sample) {
    let samples = found.entry(hit).or_default();
    if samples.len() < SAMPLES && !samples.contains(&sample) {
        samples.push(sample);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(sets: &mut Sets, list: &str) -> u32 {
        let text = format!("policy: {{id: t, version: '1'}}\nterms: {{a: {list}}}\nrules: []\n");
        let policy = Arc::new(tribunal_policy::load_str("t.yaml", &text).policy.unwrap());
        sets.add(&policy.lists[0], Entries::All(Arc::clone(&policy), ListId(0)))
    }

    #[test]
    fn a_set_lies_within_one_that_has_more_and_hides_the_same() {
        let mut sets = Sets::default();
        let narrow = add(&mut sets, "{terms: [alpha], allow: [alpha film, alpha film]}");
        for (wide, within) in [
            ("{terms: [alpha, bravo], allow: [alpha film]}", true),
            ("{terms: [alpha, bravo], allow: [alpha film, alpha film]}", true),
            ("{terms: [alpha, bravo], allow: [alpha film, alpha centauri]}", false),
            ("{terms: [alpha, bravo], allow: [alpha film, {term: alpha film, match: whole}]}", false),
            ("{terms: [alpha, bravo], allow: [{term: alpha film, until: 2026-01-31}]}", false),
            ("{terms: [alpha, bravo, charlie]}", false),
            ("{terms: [bravo, charlie, delta], allow: [alpha film]}", false),
        ] {
            let other = add(&mut sets, wide);
            assert_eq!(sets.lies_within(narrow, other), within, "{wide}");
            assert!(!sets.lies_within(other, narrow), "{wide}");
        }
        let (none, some) = (add(&mut sets, "{terms: [], allow: [alpha film]}"), add(&mut sets, "{terms: [bravo], allow: [alpha film]}"));
        assert!(sets.lies_within(none, some) && !sets.lies_within(some, none));
    }
}
