//! What the benchmarks run: a policy, items, and how many of the items have a rule. A workload whose count is not as stated is
//! not measured: a fast wrong answer must fail.

use std::collections::BTreeMap;
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

/// Draws numbers, the same in every run (splitmix64).
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        x ^ (x >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn word(&mut self) -> String {
        // A tenth of the draws takes nine tenths of the words, as in a language.
        let number = if self.below(10) < 3 { self.below(400) } else { self.below(40_000) };
        word(usize::try_from(number).unwrap_or(0) * 7 + 3, 2 + usize::try_from(number % 3).unwrap_or(0))
    }

    /// A term that hardly occurs: a phrase, a misspelling, digits for letters, a word with a number.
    fn term(&mut self) -> String {
        match self.below(10) {
            0..4 => (0..2 + self.below(3) / 2).map(|_| self.word()).collect::<Vec<_>>().join(" "),
            4..7 => {
                let (mut text, letter) = (self.word(), b'a' + u8::try_from(self.below(26)).unwrap_or(0));
                let at = usize::try_from(self.below(text.len() as u64)).unwrap_or(0);
                text.insert(at, char::from(letter));
                text.insert(at, char::from(b'a' + (letter - b'a' + 7) % 26));
                text
            }
            7..9 => self.word().replace('a', "4").replace('e', "3").replace('i', "1") + &self.below(90).to_string(),
            _ => format!("{}{}", self.word(), 10 + self.below(9_989)),
        }
    }
}

/// Lists and rules of one file: below the limit of a YAML file.
const PART: usize = 2_000;

/// A folder policy of so many rules of one to eight terms each, a fifth with a second group, 15 % with exceptions, a tenth
/// each in some markets and above a length: 100,000 rules have about 400,000 entries. `folds` is what their terms fold;
/// `markets` lie over them, each with another effect for twenty rules.
#[must_use]
pub fn many_rules(rules: usize, folds: &str, markets: usize) -> BTreeMap<String, Vec<u8>> {
    let mut draw = Draw(42);
    let mut files = BTreeMap::from([("policy.yaml".to_owned(), b"policy: {id: many, version: \"1\"}\n".to_vec())]);
    for part in 0..rules.div_ceil(PART) {
        let (mut terms, mut text) = ("terms:\n".to_owned(), "rules:\n".to_owned());
        for at in part * PART..rules.min((part + 1) * PART) {
            let mut list = |kind: char, words: Vec<String>| {
                let _ = writeln!(terms, "  {kind}{at:06}: {{match: word, folds: {folds}, terms: [{}]}}", words.join(", "));
                format!("any text has {kind}{at:06}")
            };
            let count = [1, 1, 2, 2, 3, 3, 4, 5, 6, 8].get(usize::try_from(draw.below(10)).unwrap_or(0)).copied().unwrap_or(1);
            let mut when = vec![list('a', (0..count).map(|_| draw.term()).collect())];
            if draw.below(5) == 0 {
                when.push(list('b', (0..1 + draw.below(3)).map(|_| word(usize::try_from(draw.below(300)).unwrap_or(0), 2)).collect()));
            }
            if draw.below(20) < 3 {
                when.push(format!("not {}", list('n', (0..1 + draw.below(2)).map(|_| word(usize::try_from(draw.below(300)).unwrap_or(0), 3)).collect())));
            }
            match draw.below(10) {
                0 => {
                    when.push(format!("market in ({})", ["BR", "BR, MX", "US, CA, GB", "DE"].get(usize::try_from(draw.below(4)).unwrap_or(0)).unwrap_or(&"BR")))
                }
                1 => when.push(format!("video.duration_s > {}", 5 + draw.below(115))),
                _ => {}
            }
            let effect = match at % 4 {
                0 => "{routing: review}",
                1 => "{distribution: removed, routing: escalate}",
                2 => "{audience: adults, annotation: [disclosure]}",
                _ => "{distribution: search_limited, account: warn}",
            };
            let _ = writeln!(text, "  - {{id: r{at:06}, stage: live, when: '{}', effect: {effect}}}", when.join(" and "));
        }
        files.insert(format!("terms/t{part:03}.yaml"), terms.into_bytes());
        files.insert(format!("rules/r{part:03}.yaml"), text.into_bytes());
    }
    for market in 0..markets {
        let mut text = format!("market: M{market}\noverrides:\n");
        for step in 0..20 {
            let rule = (market * 31 + step * 47) % rules.max(1);
            let _ = writeln!(text, "  - {{rule: r{rule:06}, effect: {{distribution: removed, audience: adults}}, reason: local law}}");
        }
        files.insert(format!("markets/m{market:02}.yaml"), text.into_bytes());
    }
    files
}
