//! How often a term is expected in a text, from its words alone: ordinary words more often than others, short ones more often
//! than long ones, several together rarely. Rough, but it decides which part of a rule the others wait for.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use tribunal_policy::model::{Entry, List};
use tribunal_policy::{ListId, Policy};
use tribunal_text::Ordinary;

use super::parallel;
use crate::profile::Counted;
use crate::scan::table;

/// What a further word of a phrase does: few texts that hold one of its words hold the next one behind it.
const NEXT_WORD: f64 = 0.02;

/// The share of short texts that hold a word, in lower case.
pub(crate) fn word(word: &str) -> f64 {
    let length = word.chars().count();
    if Ordinary::shipped().contains(word) {
        match length {
            0..=3 => 2e-2,
            4 => 6e-3,
            5 => 3e-3,
            6 | 7 => 1.5e-3,
            _ => 7e-4,
        }
    } else {
        match length {
            0..=2 => 1e-2,
            3 => 1e-3,
            4 => 3e-4,
            _ => 5e-5,
        }
    }
}

/// The same of a term of one or several words.
fn term(text: &str) -> f64 {
    let lower = text.to_lowercase();
    let mut words = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let Some(first) = words.next() else { return 1e-3 };
    words.map(word).fold(word(first), |rate, next| rate.min(next) * NEXT_WORD)
}

/// By list, how many of its terms a short text is expected to hold. A term that stands in many lists is a common word, whatever
/// it is. What was counted in a sample takes the place of the guess.
pub(crate) fn of_lists(policy: &Policy, profile: Option<&Counted>, threads: usize) -> Vec<f64> {
    let kept = |list: &List| list.entries.iter().filter(|entry| !entry.allow).count();
    let entries: Vec<&Entry> = policy.lists.iter().flat_map(|list| list.entries.iter().filter(|entry| !entry.allow)).collect();
    let weigh = |entry: &&Entry| (table::hash(entry.text.as_bytes()), term(&entry.text));
    let weighed: Vec<(u64, f64)> = parallel::chunks(&entries, threads, |entries| entries.iter().map(weigh).collect::<Vec<_>>()).concat();
    let mut times: HashMap<u64, f64, BuildHasherDefault<Hashed>> = HashMap::default();
    times.reserve(weighed.len());
    for (hash, _) in &weighed {
        *times.entry(*hash).or_default() += 1.0;
    }
    let mut rest = weighed.as_slice();
    let guesses = policy.lists.iter().map(|list| {
        let (terms, others) = rest.split_at_checked(kept(list)).unwrap_or_default();
        rest = others;
        terms.iter().map(|(hash, rate)| rate * times.get(hash).copied().unwrap_or(1.0)).sum::<f64>() + 1e-6
    });
    match profile {
        None => guesses.collect(),
        Some(counted) => (0..).zip(guesses).map(|(list, guess)| counted.list(ListId(list), guess)).collect(),
    }
}

/// Of what is a hash already, itself. Two texts with one hash would make a guess a little worse.
#[derive(Debug, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, _: &[u8]) {}

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_before_rare() {
        assert!(term("the") > term("family"));
        assert!(term("family") > term("glock"));
        assert!(term("glock") > term("glock for sale"));
        assert!(term("for sale") < term("sale"));
        assert!(term("!!") > 0.0);
    }

    #[test]
    fn what_stands_in_many_lists_is_common() {
        let text = "policy: {id: demo, version: '1'}\nterms: {a: [zorblax], b: [zorblax], c: [quuxly]}";
        let policy = tribunal_policy::load_str("demo.yaml", text).policy.unwrap();
        let costs = of_lists(&policy, None, 1);
        assert_eq!(costs.len(), policy.lists.len());
        assert!(costs[0] > costs[2], "{costs:?}");
        let terms: Vec<String> = (0..2_000).map(|n| format!("z{n}")).collect();
        let text = format!("policy: {{id: demo, version: '1'}}\nterms: {{a: [{}], b: {{terms: [z1, z2], allow: [z2x]}}, c: [z1]}}", terms.join(", "));
        let policy = tribunal_policy::load_str("demo.yaml", &text).policy.unwrap();
        assert_eq!(of_lists(&policy, None, 1), of_lists(&policy, None, 3));
    }
}
