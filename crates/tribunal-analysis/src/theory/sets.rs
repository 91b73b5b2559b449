//! Term lists as they are in force somewhere, and which of them a text can hit together.
//!
//! The engine itself is asked: every term's canonical forms are scanned, and what they hit is the term's *signature*. What a text
//! can hit is a union of signatures, as texts can be put one behind the other.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use tribunal_core::{Call, Engine, Limits, Scratch};
use tribunal_policy::cond::{Cond, CondKind, Subject, SubjectForm, Test};
use tribunal_policy::model::{Effect, Entry, Force, List, Match, Rule};
use tribunal_policy::source::Span;
use tribunal_policy::{FieldId, ListId, Policy};
use tribunal_text::Folds;

use super::samples;
use super::vars::Kind;
use crate::item::{Draft, Val};

/// A list with the entries in force in some market.
#[derive(Clone, Debug)]
pub(crate) struct TermSet {
    pub(crate) name: String,
    pub(crate) sensitive: bool,
    pub(crate) entries: Vec<Entry>,
    terms: u32,
    /// Terms by their text in lower case.
    texts: HashMap<String, Vec<usize>>,
    /// Texts of allow entries.
    allow: BTreeSet<String>,
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
    known: HashMap<String, u32>,
    signatures: HashMap<(Kind, u32), Vec<Signature>>,
    /// Of a set that is never hit alone: one of these groups of other sets is always hit too.
    needs: HashMap<(Kind, u32), Vec<Vec<u32>>>,
}

/// How many different signatures of one set are kept, and texts of one signature.
const SIGNATURES: usize = 64;
const SAMPLES: usize = 6;
/// More groups than this and the set counts as unconstrained: a proof may be missed, none becomes wrong.
const GROUPS: usize = 64;

impl Sets {
    /// The number of a set with these entries.
    pub(crate) fn add(&mut self, list: &List, entries: Vec<Entry>) -> u32 {
        use std::fmt::Write as _;
        let mut key = String::new();
        for entry in &entries {
            let _ =
                write!(key, "{:?}|{}|{:?}|{}|{:?}{:?}{:?};", entry.text, entry.allow, entry.modes, entry.turkish, entry.since, entry.until, entry.only_lang);
        }
        if let Some(id) = self.known.get(&key) {
            return *id;
        }
        let id = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let mut texts: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| !entry.allow) {
            texts.entry(entry.text.to_lowercase()).or_default().push(at);
        }
        let allow = entries.iter().filter(|entry| entry.allow).map(|entry| entry.text.clone()).collect();
        self.list.push(TermSet { name: list.name.clone(), sensitive: list.sensitive, terms: list.terms, entries, texts, allow });
        self.known.insert(key, id);
        id
    }

    pub(crate) fn get(&self, set: u32) -> Option<&TermSet> {
        self.list.get(set as usize)
    }

    pub(crate) fn signatures(&self, kind: Kind, set: u32) -> &[Signature] {
        self.signatures.get(&(kind, set)).map(Vec::as_slice).unwrap_or_default()
    }

    /// One of these groups is hit wherever the set is; `None`: nothing is known.
    pub(crate) fn needs(&self, kind: Kind, set: u32) -> Option<&[Vec<u32>]> {
        self.needs.get(&(kind, set)).map(Vec::as_slice)
    }

    pub(crate) fn is_empty(&self, set: u32) -> bool {
        self.get(set).is_none_or(|set| set.texts.is_empty())
    }

    /// Asks the engine about the sets that are used in these ways and were not asked about yet.
    pub(crate) fn learn(&mut self, base: &Policy, used: &HashSet<(Kind, u32)>) -> Result<(), tribunal_core::CompileError> {
        let fresh: Vec<(Kind, u32)> = used.iter().copied().filter(|key| !self.signatures.contains_key(key)).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        let mut fresh = fresh;
        fresh.sort_unstable();
        let mut all: Vec<(Kind, u32)> = self.signatures.keys().copied().chain(fresh.iter().copied()).collect();
        all.sort_unstable();
        let probe = Probe::new(base, &self.list, &all)?;
        let mut scratch = Scratch::new();
        for key in fresh {
            self.learn_one(&probe, key, &mut scratch);
        }
        Ok(())
    }

    fn learn_one(&mut self, probe: &Probe, (kind, id): (Kind, u32), scratch: &mut Scratch) {
        let Some(set) = self.list.get(id as usize) else { return };
        let mut found: BTreeMap<Vec<u32>, Vec<Sample>> = BTreeMap::new();
        let mut needs: Vec<Vec<u32>> = Vec::new();
        let mut free = false;
        for entry in set.entries.iter().filter(|entry| !entry.allow) {
            let sample = |text: String, disguised: bool| Sample {
                text,
                lang: entry.only_lang.clone(),
                as_of: entry.since.map(|since| since.seconds),
                alone: entry.modes.iter().all(|(mode, _)| *mode == Match::Whole),
                disguised,
            };
            // What every form of the term hits; what a disguise hits is of use for making texts only.
            let mut common: Option<BTreeSet<u32>> = None;
            for form in samples::forms(entry, kind) {
                let sample = sample(form, false);
                let hit = probe.hits(kind, &sample, scratch);
                common = Some(match common {
                    None => hit.iter().copied().collect(),
                    Some(common) => common.into_iter().filter(|other| hit.contains(other)).collect(),
                });
                if hit.contains(&id) {
                    note(&mut found, hit, sample);
                }
            }
            let others: Vec<u32> = common.unwrap_or_default().into_iter().filter(|other| *other != id).collect();
            if !others.is_empty() && matches!(kind, Kind::Text | Kind::List) {
                for form in samples::disguises(entry) {
                    let sample = sample(form, true);
                    let hit = probe.hits(kind, &sample, scratch);
                    if hit.contains(&id) {
                        note(&mut found, hit, sample);
                    }
                }
            }
            if free {
                continue;
            }
            let implied: Vec<u32> = others.into_iter().filter(|other| self.get(*other).is_some_and(|other| implies(set, entry, other))).collect();
            free = implied.is_empty();
            if !needs.contains(&implied) {
                needs.push(implied);
            }
        }
        let minimal: Vec<Vec<u32>> =
            needs.iter().filter(|group| !needs.iter().any(|other| other.len() < group.len() && other.iter().all(|set| group.contains(set)))).cloned().collect();
        let mut signatures: Vec<Signature> = found.into_iter().map(|(sets, samples)| Signature { sets, samples }).collect();
        signatures.sort_by_key(|signature| signature.sets.len());
        signatures.truncate(SIGNATURES);
        self.signatures.insert((kind, id), signatures);
        if !free && !minimal.is_empty() && minimal.len() <= GROUPS {
            self.needs.insert((kind, id), minimal);
        }
    }
}

fn note(found: &mut BTreeMap<Vec<u32>, Vec<Sample>>, hit: Vec<u32>, sample: Sample) {
    let samples = found.entry(hit).or_default();
    if samples.len() < SAMPLES && !samples.contains(&sample) {
        samples.push(sample);
    }
}

/// Whether every text that hits the term (an entry of `of`) is sure to hit `other` too. The engine has seen both hit the term's
/// plain forms; what is asked here is that nothing the term's folds undo, no allow entry and no limit comes between.
fn implies(of: &TermSet, term: &Entry, other: &TermSet) -> bool {
    if !other.allow.iter().all(|text| of.allow.contains(text)) {
        return false;
    }
    let unlimited = |entry: &Entry| entry.since.is_none() && entry.until.is_none() && (entry.only_lang.is_none() || entry.only_lang == term.only_lang);
    let same = other.texts.get(&term.text.to_lowercase()).into_iter().flatten().filter_map(|at| other.entries.get(*at));
    let one_word = !term.text.contains(char::is_whitespace);
    let mut covered = same.filter(|entry| unlimited(entry) && entry.turkish == term.turkish);
    let covers = |entry: &Entry| {
        term.modes.iter().all(|(mode, folds)| {
            entry.modes.iter().any(|(wider, more)| {
                let text = entry.text == term.text || more.contains(Folds::CASE) && *wider != Match::Regex;
                let mode = wider == mode
                    || one_word
                        && matches!(
                            (mode, wider),
                            (Match::Word | Match::Prefix | Match::Suffix, Match::Substring)
                                | (Match::Word, Match::Prefix | Match::Suffix | Match::Phrase)
                                | (Match::Phrase, Match::Word)
                        )
                        && folds.directed().is_empty();
                text && mode && more.contains(*folds)
            })
        })
    };
    if covered.any(covers) {
        return true;
    }
    // Plain folds change both sides alike, so that the plain forms stand for all texts.
    let plain = |(mode, folds): &(Match, Folds)| folds.directed().is_empty() && !matches!(mode, Match::Regex | Match::Tag | Match::Whole);
    let folds = term.modes.iter().fold(Folds::NONE, |all, (_, folds)| all.union(*folds));
    term.modes.iter().all(plain)
        && other.entries.iter().filter(|entry| !entry.allow).all(|entry| {
            unlimited(entry) && entry.turkish == term.turkish && entry.modes.iter().all(|(mode, more)| *mode != Match::Regex && more.contains(folds))
        })
}

/// An engine whose rules say which sets a text hits.
struct Probe {
    engine: Engine,
    keys: Vec<(Kind, u32)>,
    text: String,
    tags: String,
    ids: String,
}

impl Probe {
    fn new(base: &Policy, sets: &[TermSet], keys: &[(Kind, u32)]) -> Result<Probe, tribunal_core::CompileError> {
        let fields = tribunal_policy::fields::builtin();
        let field = |name: &str| tribunal_policy::fields::find(&fields, name).unwrap_or(FieldId::ID);
        let (caption, hashtags, effects) = (field("caption"), field("hashtags"), field("effects"));
        let rules = keys.iter().enumerate().map(|(at, (kind, set))| {
            let (field, form) = match kind {
                Kind::Text => (caption, SubjectForm::Field),
                Kind::List => (hashtags, SubjectForm::Field),
                Kind::Hosts => (caption, SubjectForm::Domains),
                Kind::Ids => (effects, SubjectForm::Field),
            };
            let kind = CondKind::Has(Subject { fields: vec![field], form }, Test::Any(vec![ListId(*set)]));
            Rule::bare(format!("probe-{at:08}"), Cond { span: Span::default(), kind })
        });
        let mut lists: Vec<List> = sets.iter().map(list).collect();
        let ordinary = base.ordinary_words.and_then(|id| base.lists.get(id.index())).cloned();
        let ordinary_words = ordinary.map(|list| {
            lists.push(list);
            ListId(u32::try_from(lists.len() - 1).unwrap_or(u32::MAX))
        });
        let policy = policy_of(fields, lists, rules.collect(), ordinary_words);
        let engine = Engine::new(Arc::new(policy), Limits { hits: 1 << 20, ..Limits::default() })?;
        Ok(Probe { engine, keys: keys.to_vec(), text: "caption".to_owned(), tags: "hashtags".to_owned(), ids: "effects".to_owned() })
    }

    fn hits(&self, kind: Kind, sample: &Sample, scratch: &mut Scratch) -> Vec<u32> {
        let mut draft = Draft::default();
        match kind {
            Kind::Text | Kind::Hosts => draft.set(&self.text, Val::Text(sample.text.clone())),
            Kind::List => draft.set(&self.tags, Val::List(vec![sample.text.clone()])),
            Kind::Ids => draft.set(&self.ids, Val::List(vec![sample.text.clone()])),
        }
        if let Some(lang) = &sample.lang {
            draft.set("lang", Val::Text(lang.clone()));
        }
        if let Some(as_of) = sample.as_of {
            draft.set("as_of", Val::Int(as_of));
        }
        let verdict = self.engine.classify(&draft.bind(self.engine.policy()), Call::default(), scratch);
        verdict.without_effect.iter().filter_map(|rule| self.keys.get(rule.index())).filter(|(of, _)| *of == kind).map(|(_, set)| *set).collect()
    }
}

fn list(set: &TermSet) -> List {
    let everywhere = |entry: &Entry| Entry { markets: Vec::new(), force: Force { global: true, markets: Vec::new() }, ..entry.clone() };
    List {
        name: set.name.clone(),
        span: Span::default(),
        inline: false,
        sensitive: set.sensitive,
        description: None,
        owner: None,
        entries: set.entries.iter().map(everywhere).collect(),
        terms: set.terms,
        scope: None,
    }
}

fn policy_of(fields: Vec<tribunal_policy::fields::Field>, lists: Vec<List>, rules: Vec<Rule>, ordinary_words: Option<ListId>) -> Policy {
    Policy {
        id: "probe".to_owned(),
        version: "0".to_owned(),
        title: None,
        language: 1,
        digest: String::new(),
        fields,
        axes: Vec::new(),
        lists,
        rules,
        scores: Vec::new(),
        exceptions: Vec::new(),
        markets: Vec::new(),
        floors: Vec::new(),
        on_incomplete: Effect::default(),
        ordinary_words,
        taxonomy: Vec::new(),
        surfaces: BTreeMap::new(),
        tests: Vec::new(),
        sources: Arc::default(),
    }
}
