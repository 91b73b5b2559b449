//! What the benchmarks run: a policy, items, and how many of the items have a rule. A workload whose count is not as stated is
//! not measured: a fast wrong answer must fail.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use tribunal::{Error, JsonItem, Moderator, Scratch};

/// A policy with items.
#[derive(Debug)]
pub struct Workload {
    /// Its name in the report.
    pub name: String,
    /// The policy, compiled.
    pub moderator: Moderator,
    /// Items, one JSON object each.
    pub lines: Vec<String>,
    /// How many of the items have a rule that fired.
    pub hit: usize,
}

impl Workload {
    /// The items, read.
    ///
    /// # Errors
    ///
    /// When a line is no item.
    pub fn items(&self) -> Result<Vec<JsonItem<'_>>, Error> {
        self.lines.iter().map(|line| self.moderator.read_json(line)).collect()
    }

    /// Bytes of all lines.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.lines.iter().map(|line| line.len() as u64).sum()
    }

    /// How many items have a rule now.
    ///
    /// # Errors
    ///
    /// When a line is no item.
    pub fn count(&self) -> Result<usize, Error> {
        let mut scratch = Scratch::new();
        Ok(self.items()?.iter().filter(|item| fires(&self.moderator, item, &mut scratch)).count())
    }
}

/// Whether a rule fires on an item.
pub fn fires(moderator: &Moderator, item: &JsonItem<'_>, scratch: &mut Scratch) -> bool {
    !moderator.engine().classify(item, tribunal::Call::default(), scratch).rules.is_empty()
}

/// The folder of examples.
#[must_use]
pub fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples")
}

/// The example policy on its items: many rules, conditions and markets, about one item in three hit. Shows what a deployment
/// pays for an item that is read already.
///
/// # Errors
///
/// When the examples cannot be read.
pub fn example() -> Result<Workload, Box<dyn std::error::Error>> {
    let moderator = Moderator::from_path(examples().join("community-guidelines"))?;
    let text = std::fs::read_to_string(examples().join("items.jsonl"))?;
    Ok(Workload { name: "example".to_owned(), moderator, lines: text.lines().map(str::to_owned).collect(), hit: EXAMPLE_HIT })
}

/// Items of `examples/items.jsonl` with a rule under the example policy.
const EXAMPLE_HIT: usize = 303;

const SYLLABLES: [&str; 16] = ["ba", "ko", "mi", "ru", "te", "za", "lo", "ni", "ve", "pu", "sha", "dri", "gor", "fen", "tul", "wex"];

/// A word that is none, one for each number.
fn word(mut number: usize, length: usize) -> String {
    let mut word = String::new();
    for _ in 0..length {
        word.push_str(SYLLABLES.get(number % SYLLABLES.len()).copied().unwrap_or(""));
        number /= SYLLABLES.len();
    }
    word
}

/// A list of so many invented words under all folds, and captions of everyday words of which one in a hundred is a term. Shows
/// that the cost of an item does not grow with the terms.
///
/// # Errors
///
/// When the policy is refused.
pub fn terms(count: usize) -> Result<Workload, Error> {
    let mut policy =
        String::from("policy: {id: many, version: \"1\"}\nrules:\n  - {id: r, when: any text has many, effect: {routing: review}}\nterms:\n  many:\n");
    for nth in 0..count {
        let _ = writeln!(policy, "    - {}", word(nth, 5));
    }
    const EVERYDAY: [&str; 12] = ["morning", "coffee", "with", "my", "best", "friend", "and", "the", "new", "song", "on", "repeat"];
    let lines = (0..1_000).map(|nth| {
        let mut caption: Vec<String> = (0..12).filter_map(|at| EVERYDAY.get((nth * 5 + at * 7) % EVERYDAY.len())).map(|word| (*word).to_owned()).collect();
        if nth % 100 == 0 {
            caption.push(word(nth % count, 5));
        }
        format!(r#"{{"id": "{nth}", "caption": "{}", "hashtags": ["fyp", "music"]}}"#, caption.join(" "))
    });
    Ok(Workload { name: format!("terms/{count}"), moderator: Moderator::from_text(&policy)?, lines: lines.collect(), hit: 10 })
}
