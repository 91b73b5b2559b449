//! The survey as a value.

use serde::{Deserialize, Serialize};
use tribunal_policy::Policy;
use tribunal_policy::model::{Entry, List};
use tribunal_policy::render::mask;

use super::find::Fate;
use super::tactics::Tactic;
use super::words::Words;

/// Version of the form of [`Evade`].
pub const FORMAT: u32 = 1;

/// The column of the disguises that the author of a list wrote down (`evasions`).
pub(crate) const OWN: &str = "evasions";

/// Terms under disguise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evade {
    /// Version of this form.
    pub format: u32,
    /// The policy.
    pub policy: PolicyName,
    /// The seed by which the disguises were chosen.
    pub seed: u64,
    /// The tactics that were tried, in the order of the columns.
    pub tactics: Vec<TacticUsed>,
    /// List by list.
    pub lists: Vec<ListSurvival>,
    /// Ordinary words that are hit; absent when no word list was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collisions: Option<Collisions>,
}

/// Which policy it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyName {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// `b3:` and the digest of its files.
    pub digest: String,
}

/// A tactic that was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TacticUsed {
    /// Its name.
    pub tactic: String,
    /// What it does.
    pub what: String,
    /// Whether it is two others together.
    pub combined: bool,
}

/// A list under disguise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSurvival {
    /// Its name.
    pub list: String,
    /// Whether its terms are masked here.
    pub sensitive: bool,
    /// Terms that were tried.
    pub terms: u64,
    /// Of these, how many have plain folds only, so that few disguises are undone.
    pub plain: u64,
    /// Regular expressions, which were not tried: nothing is undone for them.
    pub regexes: u64,
    /// By tactic.
    pub tactics: Vec<TacticSurvival>,
    /// The disguises that the list's author wrote down.
    pub evasions: TacticSurvival,
    /// What was not caught.
    pub missed: Vec<Missed>,
    /// Spellings of terms with twin letters that are not read, because they are ordinary words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Dropped>,
}

/// A spelling of a term that is an ordinary word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// The term; masked where the list is sensitive.
    pub term: String,
    /// Where it is written.
    pub place: String,
    /// The ordinary word; masked where the list is sensitive.
    pub word: String,
}

/// A list under one tactic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TacticSurvival {
    /// Its name.
    pub tactic: String,
    /// Terms to which it can be applied.
    pub tried: u64,
    /// How many of them were found all the same.
    pub caught: u64,
}

/// A disguise that was not caught.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// The term; masked where the list is sensitive.
    pub term: String,
    /// Where it is written.
    pub place: String,
    /// The tactic.
    pub tactic: String,
    /// The disguise; masked where the list is sensitive.
    pub text: String,
    /// `refused` (a guard holds it back), `allowed` (hidden by an allow entry) or `unread` (no fold of the term reads it).
    pub fate: String,
    /// The guard that refuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guard: Option<String>,
    /// Why it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Ordinary words that terms hit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collisions {
    /// Words in the list that was given.
    pub words: u64,
    /// Sum of their frequencies.
    pub mass: f64,
    /// Whether the list has frequencies; otherwise every word counts once.
    pub weighted: bool,
    /// List by list.
    pub lists: Vec<ListCollisions>,
}

/// Ordinary words that the terms of a list hit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListCollisions {
    /// Its name.
    pub list: String,
    /// How many words are hit.
    pub words: u64,
    /// Their share of all frequencies, 0 to 1.
    pub share: f64,
    /// Term and word, the most frequent first.
    pub hits: Vec<Collision>,
}

/// A word that a term hits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collision {
    /// The term; masked where the list is sensitive.
    pub term: String,
    /// Where it is written.
    pub place: String,
    /// The word; masked where the list is sensitive.
    pub word: String,
    /// How often it occurs.
    pub frequency: f64,
    /// The mode by which it is hit.
    pub mode: String,
    /// What had to be undone; empty where the term stands in the word as it is.
    pub undone: Vec<String>,
}

impl Evade {
    pub(crate) fn begin(policy: &Policy, seed: u64, tactics: &[&Tactic]) -> Evade {
        let used = |t: &&Tactic| TacticUsed { tactic: t.name.to_owned(), what: t.what.to_owned(), combined: t.combined };
        Evade {
            format: FORMAT,
            policy: PolicyName { id: policy.id.clone(), version: policy.version.clone(), digest: format!("b3:{}", policy.digest) },
            seed,
            tactics: tactics.iter().map(used).collect(),
            lists: Vec::new(),
            collisions: None,
        }
    }

    /// Disguises tried and caught, over all lists and tactics.
    #[must_use]
    pub fn total(&self) -> (u64, u64) {
        let all = || self.lists.iter().flat_map(|list| list.tactics.iter().chain([&list.evasions]));
        (all().map(|t| t.tried).sum(), all().map(|t| t.caught).sum())
    }
}

impl ListSurvival {
    pub(crate) fn begin(list: &List, tactics: &[&Tactic]) -> ListSurvival {
        let empty = |name: &str| TacticSurvival { tactic: name.to_owned(), tried: 0, caught: 0 };
        ListSurvival {
            list: list.name.clone(),
            sensitive: list.sensitive,
            terms: 0,
            plain: 0,
            regexes: 0,
            tactics: tactics.iter().map(|t| empty(t.name)).collect(),
            evasions: empty(OWN),
            missed: Vec::new(),
            dropped: Vec::new(),
        }
    }

    pub(crate) fn count(&mut self, column: usize, fate: &Fate) {
        if let Some(tactic) = self.tactics.get_mut(column) {
            tactic.count(fate);
        }
    }

    pub(crate) fn count_own(&mut self, fate: &Fate) {
        self.evasions.count(fate);
    }
}

impl TacticSurvival {
    fn count(&mut self, fate: &Fate) {
        self.tried += 1;
        self.caught += u64::from(*fate == Fate::Caught);
    }
}

impl Missed {
    pub(crate) fn new(list: &List, entry: &Entry, tactic: &str, text: &str, fate: &Fate, full: bool) -> Missed {
        let (name, guard) = match fate {
            Fate::Refused(guard) => ("refused", Some(guard)),
            Fate::Allowed => ("allowed", None),
            Fate::Missed | Fate::Caught => ("unread", None),
        };
        Missed {
            term: shown(list, &entry.text, full),
            place: entry.place.clone(),
            tactic: tactic.to_owned(),
            text: shown(list, text, full),
            fate: name.to_owned(),
            guard: guard.map(|g| g.name().to_owned()),
            reason: guard.map(|g| g.reason().to_owned()),
        }
    }
}

impl Collisions {
    pub(crate) fn begin(words: &Words) -> Collisions {
        Collisions { words: u64::try_from(words.len()).unwrap_or(u64::MAX), mass: words.mass(), weighted: words.is_weighted(), lists: Vec::new() }
    }
}

/// A term or a text of a list as it may leave the house.
pub(crate) fn shown(list: &List, text: &str, full: bool) -> String {
    if full || !list.sensitive { text.to_owned() } else { mask(text) }
}
