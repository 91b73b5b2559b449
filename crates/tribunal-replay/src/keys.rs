//! Ids met, by hash, for counting doubled ones.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many items are told apart before counting becomes an estimate.
const DISTINCT: usize = 1 << 20;
/// How many hashes wait for their turn at least: to sort many at once is quicker than to seek each in a table larger than a cache.
const WAITING: usize = 1 << 16;

/// All ids up to 2^20 (16 MiB; a thread that gathers them takes about 40 MiB at times), then those whose hash ends in enough zero bits (Wegman's adaptive sampling). The level is a function of the set
/// alone, so merging gives what one pass would have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keys {
    level: u32,
    /// Hash and how often it was met, by hash.
    #[serde(serialize_with = "as_map", deserialize_with = "from_map")]
    seen: Vec<(u64, u32)>,
}

fn as_map<S: Serializer>(seen: &[(u64, u32)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(seen.iter().copied())
}

fn from_map<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(u64, u32)>, D::Error> {
    Ok(BTreeMap::<u64, u32>::deserialize(deserializer)?.into_iter().collect())
}

impl Keys {
    /// Takes more in, sorted by hash; equal ones may follow each other.
    fn absorb(&mut self, more: impl Iterator<Item = (u64, u32)>) {
        let mine = std::mem::take(&mut self.seen);
        let mut all: Vec<(u64, u32)> = Vec::with_capacity(mine.len() + more.size_hint().0);
        let mut add = |(hash, times): (u64, u32)| match all.last_mut() {
            Some((last, count)) if *last == hash => *count = count.saturating_add(times),
            _ => all.push((hash, times)),
        };
        let mut mine = mine.into_iter().peekable();
        for (hash, times) in more {
            while let Some(before) = mine.next_if(|(known, _)| *known <= hash) {
                add(before);
            }
            add((hash, times));
        }
        mine.for_each(&mut add);
        self.seen = all;
        let mut level = self.level;
        while self.seen.len() > DISTINCT {
            level += 1;
            self.rise(level);
        }
    }

    fn rise(&mut self, level: u32) {
        self.level = level;
        self.seen.retain(|(hash, _)| hash.trailing_zeros() >= level);
    }

    pub(crate) fn merge(&mut self, other: &Keys) {
        if other.level > self.level {
            self.rise(other.level);
        }
        let level = self.level;
        self.absorb(other.seen.iter().copied().filter(|(hash, _)| hash.trailing_zeros() >= level));
    }

    /// How many items repeat an id that another one has, and whether that is an exact number.
    pub fn doubled(&self) -> (u64, bool) {
        let extra: u64 = self.seen.iter().map(|(_, times)| u64::from(times.saturating_sub(1))).sum();
        (extra << self.level, self.level == 0)
    }
}

/// Gathers [`Keys`] one by one.
#[derive(Debug, Default)]
pub(crate) struct Gather {
    keys: Keys,
    waiting: Vec<u64>,
}

impl Gather {
    pub(crate) fn add(&mut self, hash: u64) {
        if hash.trailing_zeros() < self.keys.level {
            return;
        }
        self.waiting.push(hash);
        // A part of those there are already: what is merged again and again stays in proportion, and so does what it is merged into.
        if self.waiting.len() >= WAITING.max(self.keys.seen.len() / 4) {
            self.settle();
        }
    }

    fn settle(&mut self) {
        self.waiting.sort_unstable();
        self.keys.absorb(self.waiting.drain(..).map(|hash| (hash, 1)));
    }

    pub(crate) fn finish(mut self) -> Keys {
        self.settle();
        self.keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::random::Random;

    fn gathered(hashes: impl Iterator<Item = u64>) -> Keys {
        let mut gather = Gather::default();
        hashes.for_each(|hash| gather.add(hash));
        gather.finish()
    }

    #[test]
    fn doubled_ids() {
        assert_eq!(gathered([1, 2, 3, 2, 2].into_iter()).doubled(), (2, true));
        let keys = gathered([7, 7, 1].into_iter());
        let text = serde_json::to_string(&keys).unwrap();
        assert_eq!((text.as_str(), serde_json::from_str::<Keys>(&text).unwrap()), (r#"{"level":0,"seen":{"1":1,"7":2}}"#, keys));
    }

    /// Three million ids, one in four met twice: the estimate is near, and the same in any number of parts, in any order.
    #[test]
    fn more_than_are_told_apart() {
        let mut random = Random::new(3);
        let mut hashes: Vec<u64> = (0..2_400_000).map(|_| random.bits()).collect();
        hashes.extend_from_within(..600_000);
        let whole = gathered(hashes.iter().copied());
        let (doubled, exact) = whole.doubled();
        assert!(!exact && whole.seen.len() <= DISTINCT && doubled.abs_diff(600_000) < 6_000, "{doubled}");
        let mut parts = Keys::default();
        for part in hashes.chunks(700_000).rev() {
            parts.merge(&gathered(part.iter().copied()));
        }
        assert_eq!(parts, whole);
    }
}
