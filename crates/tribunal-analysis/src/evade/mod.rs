//! What disguises the terms of a policy survive, and which ordinary words they hit.
//!
//! [`survey`] writes every term in every [disguise](tactics::TACTICS) and looks whether the policy still finds it; given a
//! list of ordinary [`Words`], it also says which of them a term hits. The generator of disguises and the tables that undo
//! them are written independently of each other, so that one tests the other.

pub(crate) mod collisions;
pub mod find;
mod looks;
mod report;
mod rng;
mod spelled;
pub mod tactics;
mod words;

use tribunal_policy::model::{Entry, List};
use tribunal_policy::{ListId, Policy};
use tribunal_text::{Ordinary, Pattern};

use find::{Fate, Finder, is_tag};
pub use report::{Collision, Collisions, Dropped, Evade, FORMAT, ListSurvival, Missed, PolicyName, TacticSurvival, TacticUsed};
use tactics::{TACTICS, Tactic, Writing};
pub use words::{Words, WordsError};

/// What to look at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options<'a> {
    /// Only this list.
    pub list: Option<&'a str>,
    /// Only this tactic.
    pub tactic: Option<&'a str>,
    /// Ordinary words that should not be hit.
    pub words: Option<&'a Words>,
    /// Which of the possible disguises are tried: the same seed, the same texts.
    pub seed: u64,
    /// Terms of sensitive lists as they are; otherwise masked.
    pub full_content: bool,
}

/// Why a survey cannot be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvadeError {
    /// The policy has no list of this name.
    UnknownList(String),
    /// There is no tactic of this name.
    UnknownTactic(String),
}

impl std::fmt::Display for EvadeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            EvadeError::UnknownList(name) => write!(f, "the policy has no list of terms called `{name}`"),
            EvadeError::UnknownTactic(name) => {
                let names: Vec<&str> = TACTICS.iter().map(|tactic| tactic.name).collect();
                write!(f, "there is no tactic called `{name}`; there are {}", names.join(", "))
            }
        }
    }
}

impl std::error::Error for EvadeError {}

/// The ordinary words by which a policy's disguised readings are judged.
#[must_use]
pub fn ordinary_words(policy: &Policy) -> Ordinary {
    let own = policy.ordinary_words.and_then(|list: ListId| policy.lists.get(list.index()));
    match own {
        Some(list) => Ordinary::with_words(list.entries.iter().map(|entry| entry.text.as_str())),
        None => Ordinary::shipped(),
    }
}

/// Tries every term of every list under every tactic.
///
/// # Errors
///
/// [`EvadeError`] when the options name a list or a tactic that is not there.
pub fn survey(policy: &Policy, options: &Options<'_>) -> Result<Evade, EvadeError> {
    let tactics: Vec<&Tactic> = match options.tactic {
        None => TACTICS.iter().collect(),
        Some(name) => vec![Tactic::named(name).ok_or_else(|| EvadeError::UnknownTactic(name.to_owned()))?],
    };
    let wanted = |list: &&List| {
        options.list.is_none_or(|name| list.name == name)
            && policy.ordinary_words.is_none_or(|own| policy.lists.get(own.index()).is_none_or(|o| o.name != list.name))
    };
    let lists: Vec<&List> = policy.lists.iter().filter(|list| !list.entries.is_empty()).filter(wanted).collect();
    if let Some(name) = options.list.filter(|_| lists.is_empty()) {
        return Err(EvadeError::UnknownList(name.to_owned()));
    }
    let ordinary = ordinary_words(policy);
    let mut found = Evade::begin(policy, options.seed, &tactics);
    for list in lists {
        let survival = Survey { list, ordinary: &ordinary, tactics: &tactics, options }.run();
        found.lists.push(survival);
        if let Some(words) = options.words {
            let more = collisions::of_list(list, words, &ordinary, options.full_content);
            found.collisions.get_or_insert_with(|| Collisions::begin(words)).lists.push(more);
        }
    }
    Ok(found)
}

/// Of each entry of a list how many disguises were tried and how many found all the same; none for regular expressions and
/// allow entries. The figures are those of [`survey`], term by term.
pub(crate) fn survival_by_term(list: &List, ordinary: &Ordinary) -> Vec<Option<(u64, u64)>> {
    let tactics: Vec<&Tactic> = TACTICS.iter().collect();
    let survey = Survey { list, ordinary, tactics: &tactics, options: &Options::default() };
    let mut finder = Finder::of_entries(list.entries.iter().enumerate(), ordinary.clone());
    let tried = |(number, entry): (usize, &Entry)| {
        if entry.allow || entry.modes.iter().all(|(mode, _)| mode.mode().is_none()) {
            return None;
        }
        let (mut tried, mut caught) = (0, 0);
        survey.tries(&mut finder, number, entry, &mut |_, _, fate| {
            tried += 1;
            caught += u64::from(*fate == Fate::Caught);
        });
        Some((tried, caught))
    };
    list.entries.iter().enumerate().map(tried).collect()
}

/// Words on both sides of a disguise, by the writing of the term: a caption is seldom one word.
#[must_use]
pub fn context(writing: Writing) -> (&'static str, &'static str) {
    match writing {
        Writing::Latin | Writing::Other => ("look at this ", " right now"),
        Writing::Cyrillic => ("вот это ", " сейчас"),
        Writing::Greek => ("δείτε ", " τώρα"),
        Writing::Arabic => ("شاهد ", " اليوم"),
        Writing::Devanagari => ("यह ", " देखो"),
        Writing::Thai => ("ดู ", " นี้"),
        Writing::Japanese => ("これは ", " です"),
        Writing::Korean => ("지금 ", " 보세요"),
    }
}

/// A tactic with its column; none for the disguises that the author of a list wrote down.
type Column<'t> = Option<(usize, &'t Tactic)>;

/// One list.
struct Survey<'a> {
    list: &'a List,
    ordinary: &'a Ordinary,
    tactics: &'a [&'a Tactic],
    options: &'a Options<'a>,
}

impl Survey<'_> {
    fn run(&self) -> ListSurvival {
        let mut finder = Finder::of_entries(self.list.entries.iter().enumerate(), self.ordinary.clone());
        let mut survival = ListSurvival::begin(self.list, self.tactics);
        for (number, entry) in self.list.entries.iter().enumerate().filter(|(_, entry)| !entry.allow) {
            if entry.modes.iter().all(|(mode, _)| mode.mode().is_none()) {
                survival.regexes += 1;
                continue;
            }
            survival.terms += 1;
            let folds = entry.modes.iter().all(|(_, folds)| folds.directed().is_empty());
            survival.plain += u64::from(folds);
            survival.dropped.extend(self.dropped(entry));
            self.tries(&mut finder, number, entry, &mut |column, disguise, fate| {
                let tactic = match column {
                    Some((column, tactic)) => {
                        survival.count(column, fate);
                        tactic.name
                    }
                    None => {
                        survival.count_own(fate);
                        report::OWN
                    }
                };
                if *fate != Fate::Caught {
                    survival.missed.push(Missed::new(self.list, entry, tactic, disguise, fate, self.options.full_content));
                }
            });
        }
        survival
    }

    /// Writes a term in every disguise, the author's own among them (no tactic), and tells what became of each.
    fn tries(&self, finder: &mut Finder, number: usize, entry: &Entry, told: &mut dyn FnMut(Column<'_>, &str, &Fate)) {
        for (column, tactic) in self.tactics.iter().enumerate() {
            let Some(disguise) = tactic.disguise(&entry.text, self.options.seed) else { continue };
            told(Some((column, tactic)), &disguise, &self.try_one(finder, number, &disguise));
        }
        if self.options.tactic.is_none() {
            for disguise in &entry.evasions {
                told(None, disguise, &self.try_one(finder, number, disguise));
            }
        }
    }

    /// The spellings of a term that are ordinary words, shipped or the policy's own.
    fn dropped(&self, entry: &Entry) -> Vec<Dropped> {
        let patterns = entry.modes.iter().filter_map(|(mode, folds)| Pattern::new(&entry.text, mode.mode()?, *folds, entry.turkish).ok());
        let mut words: Vec<String> = Vec::new();
        for pattern in patterns {
            words.extend(pattern.dropped_twins().map(str::to_owned));
            words.extend(pattern.twins().filter(|spelling| self.ordinary.contains(&spelling.to_lowercase())).map(str::to_owned));
        }
        words.sort_unstable();
        words.dedup();
        let term = report::shown(self.list, &entry.text, self.options.full_content);
        words
            .into_iter()
            .map(|word| Dropped { term: term.clone(), place: entry.place.clone(), word: report::shown(self.list, &word, self.options.full_content) })
            .collect()
    }

    /// The disguise in a caption, as an element of a list where the term is a tag, or alone where it is to be the whole.
    fn try_one(&self, finder: &mut Finder, number: usize, disguise: &str) -> Fate {
        let Some(entry) = self.list.entries.get(number) else { return Fate::Missed };
        let mut fate = Fate::Missed;
        for (mode, _) in &entry.modes {
            let element = is_tag(*mode);
            let alone = element || mode.mode() == Some(tribunal_text::Mode::Whole);
            let (before, after) = if alone { ("", "") } else { context(Writing::of(&entry.text)) };
            let text = format!("{before}{disguise}{after}");
            match finder.fate(number, &text, before.len()..before.len() + disguise.len(), element) {
                Fate::Caught => return Fate::Caught,
                Fate::Missed => {}
                other => fate = other,
            }
        }
        fate
    }
}
