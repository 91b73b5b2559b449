//! From the hash of a word to the patterns behind it: a bit filter that stays in cache, then open addressing.
//!
//! Everything is a plain vector of numbers or bytes. A slot is one number: the low half of the hash and what stands behind the key, so
//! that the slots of 100,000 words take a megabyte. Most keys have one number behind them, which is in the slot itself; of the others the
//! number of their entry is.

use crate::artefact::column::Column;
use crate::artefact::{LoadError, Part, Reader, Writer};

/// Mixes bytes into 64 bits: sixteen at a time, multiplied and folded (after wyhash).
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    if bytes.len() <= 16 {
        let mut last = [0u8; 16];
        last.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        return short(u128::from_le_bytes(last));
    }
    let mut state = bytes.len() as u64;
    let (words, rest) = bytes.as_chunks::<16>();
    for word in words {
        state = short(u128::from_le_bytes(*word) ^ u128::from(state));
    }
    let mut last = [0u8; 16];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    short(u128::from_le_bytes(last) ^ u128::from(state))
}

/// The hash of at most sixteen bytes, zeros behind them.
#[inline(always)]
pub(crate) fn short(bytes: u128) -> u64 {
    halves(bytes as u64, (bytes >> 64) as u64)
}

/// The same, of the lower and the upper eight bytes.
#[inline(always)]
pub(crate) fn halves(low: u64, high: u64) -> u64 {
    fold(low ^ SEED, high ^ MULTIPLIER)
}

/// The hash of two words that follow each other: both are mixed already.
#[inline(always)]
pub(crate) fn pair(first: u64, second: u64) -> u64 {
    first.rotate_left(TURN) ^ second
}

/// Bits by which the first of a pair is turned.
pub(crate) const TURN: u32 = 21;

/// The hash of at most eight bytes, the first the lowest. A multiplication carries upwards alone, so the upper half is laid over the lower.
#[inline(always)]
pub(crate) fn gram(bytes: u64) -> u64 {
    let wide = bytes.wrapping_mul(GRAM);
    wide ^ wide >> 32
}

/// What the bytes of a gram are multiplied by.
pub(crate) const GRAM: u64 = 0xA076_1D64_78BD_642F;

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
const MULTIPLIER: u64 = 0xD6E8_FEB8_6659_FD93;

#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    wide as u64 ^ (wide >> 64) as u64
}

/// Which bytes of sixteen belong to a word of so many.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
pub(crate) const MASKS: [u128; 17] = {
    let mut masks = [u128::MAX; 17];
    let mut at = 0;
    while at < 16 {
        masks[at] = (1 << (8 * at)) - 1;
        at += 1;
    }
    masks
};

/// The slot at which a key is looked for first, of a power of two.
#[inline]
fn home(slots: usize, key: u64) -> usize {
    (key >> (64 - slots.trailing_zeros())) as usize
}

/// The word of a filter, of a power of two of them, and its bits for a key.
#[inline]
fn place(words: usize, key: u64) -> (usize, u64) {
    ((key >> (64 - words.trailing_zeros())) as usize, bits(key))
}

/// The two bits of a key in its word of a filter.
#[inline(always)]
pub(crate) fn bits(key: u64) -> u64 {
    1 << (key & 63) | 1 << (key >> 6 & 63)
}

/// The two other bits of a key there, of one that is the first of two.
#[inline(always)]
pub(crate) fn first_bits(key: u64) -> u64 {
    bits(key >> 12)
}

/// Words of a filter for so many keys. With 16 to 32 bits a key and two of them set, one stranger in 70 to 250 passes. While all of it stays in
/// the nearest cache there are up to four times as many bits, and next to none does.
fn filter_words(keys: usize) -> usize {
    (keys / 4).next_power_of_two().max(keys.next_power_of_two().min(NEAR)).max(8)
}

/// So many words of a filter, 32 KiB, are near.
const NEAR: usize = 4_096;

/// Slots are doubled until there are this power of two of them for a key, at the most: keys that are alike as a whole do not get apart.
const MOST_GROWTH: u32 = 5;

/// Keys to entries: two bits of a filter, then slots.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    filter: Column<u64>,
    slots: Column<u64>,
}

impl Slots {
    /// The slots of keys, each with what its slot holds, which is not 0. With `filtered` off the filter lets everything pass.
    fn build(keys: &[(u64, u32)], filtered: bool) -> Slots {
        if keys.is_empty() {
            return Slots::default();
        }
        Slots::of_size((keys.len() + keys.len() / 2).next_power_of_two().max(16), keys, filtered)
    }

    fn of_size(size: usize, keys: &[(u64, u32)], filtered: bool) -> Slots {
        let words = filter_words(keys.len());
        let (mut filter, mut slots) = (vec![if filtered { 0 } else { u64::MAX }; words], vec![0; size]);
        for (key, held) in keys {
            let (word, bits) = place(words, *key);
            if let Some(word) = filter.get_mut(word) {
                *word |= bits;
            }
            let mask = size - 1;
            let mut at = home(size, *key);
            while slots.get(at).is_some_and(|slot| *slot != 0) {
                at = (at + 1) & mask;
            }
            if let Some(slot) = slots.get_mut(at) {
                *slot = key << 32 | u64::from(*held);
            }
        }
        Slots { filter: filter.into(), slots: slots.into() }
    }

    /// With as many more slots as it takes for every key to be found by half of it: two that are alike in that half may not stand in one
    /// run of slots. Of 100,000 keys that is so once in some ten thousand tables.
    fn exact(self, keys: &[(u64, u32)], filtered: bool) -> Slots {
        let mut slots = self;
        while slots.slots.len() < keys.len() << MOST_GROWTH && keys.iter().any(|(key, held)| slots.find(*key, |_| true) != Some(*held)) {
            slots = Slots::of_size(slots.slots.len() * 2, keys, filtered);
        }
        slots
    }

    #[inline]
    fn home(&self, key: u64) -> usize {
        home(self.slots.len(), key)
    }

    #[inline]
    fn place(&self, key: u64) -> (usize, u64) {
        place(self.filter.len(), key)
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Whether the key may be there.
    #[inline]
    pub(crate) fn may_hold(&self, key: u64) -> bool {
        if self.filter.is_empty() {
            return false;
        }
        let (word, bits) = self.place(key);
        self.filter.get(word).is_some_and(|word| word & bits == bits)
    }

    /// Words of two bits a key: see [`bits`].
    #[inline]
    pub(crate) fn filter(&self) -> &[u64] {
        &self.filter
    }

    /// Asks for the slot at which a key is looked for first.
    #[inline]
    pub(crate) fn prefetch(&self, key: u64) {
        crate::kernel::prefetch(&self.slots, self.home(key));
    }

    /// What the slot holds of a key that `is` says yes to, past the filter.
    #[inline]
    pub(crate) fn find(&self, key: u64, mut is: impl FnMut(u32) -> bool) -> Option<u32> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = self.home(key);
        while let Some(slot) = self.slots.get(at).filter(|slot| **slot != 0) {
            let held = *slot as u32;
            if slot >> 32 == key & 0xffff_ffff && is(held) {
                return Some(held);
            }
            at = (at + 1) & mask;
        }
        None
    }

    fn bytes(&self) -> usize {
        (self.filter.len() + self.slots.len()) * 8
    }

    /// Keys, places, and the longest run of taken places: looking for a key ends behind it.
    pub(crate) fn fill(&self) -> [usize; 3] {
        let keys = self.slots.iter().filter(|slot| **slot != 0).count();
        let longest = self.slots.split(|slot| *slot == 0).map(<[u64]>::len).max().unwrap_or(0);
        [keys, self.slots.len(), longest]
    }

    fn save(&self, part: Part, out: &mut Writer) {
        out.column(part, &self.filter);
        out.column(part, &self.slots);
    }

    /// Looking for a key has to end: the numbers of slots are powers of two, and one at least is free.
    fn load(part: Part, from: &mut Reader) -> Result<Slots, LoadError> {
        let slots = Slots { filter: from.column(part)?, slots: from.column(part)? };
        let fine = |length: usize, least: usize| length >= least && length.is_power_of_two();
        let none = slots.filter.is_empty() && slots.slots.is_empty();
        // Words have a filter of their own.
        if none || ((slots.filter.is_empty() || fine(slots.filter.len(), 8)) && fine(slots.slots.len(), 16) && slots.slots.contains(&0)) {
            return Ok(slots);
        }
        Err(LoadError::Malformed("a table without a free place"))
    }
}

/// Which words may be terms, and with which a pair of words may begin: a word of a text is looked up once for both.
#[derive(Debug, Default)]
pub(crate) struct Anchors(Column<u64>);

impl Anchors {
    pub(crate) fn build(words: Vec<u64>, mut firsts: Vec<u64>, filtered: bool) -> Anchors {
        firsts.sort_unstable();
        firsts.dedup();
        if words.is_empty() && firsts.is_empty() {
            return Anchors::default();
        }
        let mut filter = vec![if filtered { 0 } else { u64::MAX }; filter_words(words.len() + firsts.len())];
        let size = filter.len();
        let all = words.iter().map(|key| (*key, bits(*key))).chain(firsts.iter().map(|key| (*key, first_bits(*key))));
        for (key, bits) in all {
            if let Some(word) = filter.get_mut(home(size, key)) {
                *word |= bits;
            }
        }
        Anchors(filter.into())
    }

    #[inline]
    pub(crate) fn filter(&self) -> &[u64] {
        &self.0
    }

    pub(crate) fn bytes(&self) -> usize {
        self.0.len() * 8
    }

    pub(crate) fn save(&self, part: Part, out: &mut Writer) {
        out.column(part, &self.0);
    }

    /// What has another size than a filter may have lets nothing pass.
    pub(crate) fn load(part: Part, from: &mut Reader) -> Result<Anchors, LoadError> {
        from.column(part).map(Anchors)
    }
}

/// Set in what a slot holds when the rest of it is the one number behind its key, else it is the number of an entry and one more.
const ALONE: u32 = 1 << 31;

/// The numbers behind a key, ascending.
pub(crate) struct Postings<'t> {
    alone: Option<[u32; 1]>,
    several: &'t [u32],
}

impl std::ops::Deref for Postings<'_> {
    type Target = [u32];

    #[inline]
    fn deref(&self) -> &[u32] {
        self.alone.as_ref().map_or(self.several, |one| one)
    }
}

/// Keys to small lists of numbers. What stands behind a key is looked at anyway before it counts, so a key is its hash.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) slots: Slots,
    /// Of the keys with several numbers: where the numbers of each entry begin, and the end.
    first: Column<u32>,
    postings: Column<u32>,
}

impl Table {
    /// The table of these pairs; a key may stand in several.
    pub(crate) fn build(mut pairs: Vec<(u64, u32)>, filtered: bool) -> Table {
        pairs.sort_unstable();
        pairs.dedup();
        let (table, keys) = Table::of_groups(pairs.chunk_by(|a, b| a.0 == b.0), filtered);
        Table { slots: table.slots.exact(&keys, filtered), ..table }
    }

    /// Each group is an entry, its key that of its first pair; with what the slots hold.
    fn of_groups<'p>(groups: impl Iterator<Item = &'p [(u64, u32)]>, filtered: bool) -> (Table, Vec<(u64, u32)>) {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (mut keys, mut first, mut postings) = (Vec::new(), vec![0], Vec::new());
        for group in groups {
            match group {
                [] => {}
                [(key, value)] if *value < ALONE => keys.push((*key, ALONE | value)),
                [(key, _), ..] => {
                    keys.push((*key, narrow(first.len())));
                    postings.extend(group.iter().map(|(_, value)| *value));
                    first.push(narrow(postings.len()));
                }
            }
        }
        (Table { slots: Slots::build(&keys, filtered), first: first.into(), postings: postings.into() }, keys)
    }

    /// What the slot of a key holds, past the filter.
    #[inline]
    pub(crate) fn entry(&self, key: u64) -> Option<u32> {
        self.slots.find(key, |_| true)
    }

    /// The one number behind a key that there seems to be, past the filter.
    #[inline]
    pub(crate) fn only(&self, key: u64) -> Option<u32> {
        self.entry(key).filter(|held| held & ALONE != 0).map(|held| held & !ALONE)
    }

    /// The numbers of what a slot holds.
    #[inline]
    pub(crate) fn postings(&self, held: u32) -> Postings<'_> {
        if held & ALONE != 0 {
            return Postings { alone: Some([held & !ALONE]), several: &[] };
        }
        let entry = (held as usize).wrapping_sub(1);
        let bounds = self.first.get(entry..entry.saturating_add(2));
        let several = if let Some([from, to]) = bounds { self.postings.get(*from as usize..*to as usize) } else { None };
        Postings { alone: None, several: several.unwrap_or_default() }
    }

    /// The numbers behind a key.
    #[inline]
    pub(crate) fn get(&self, key: u64) -> Postings<'_> {
        let held = if self.slots.may_hold(key) { self.entry(key) } else { None };
        held.map_or(Postings { alone: None, several: &[] }, |held| self.postings(held))
    }

    /// Numbers behind keys.
    pub(crate) fn entries(&self) -> usize {
        self.slots.slots.iter().filter(|slot| **slot as u32 & ALONE != 0).count() + self.postings.len()
    }

    pub(crate) fn save(&self, part: Part, out: &mut Writer) {
        self.slots.save(part, out);
        out.column(part, &self.first);
        out.column(part, &self.postings);
    }

    pub(crate) fn load(part: Part, from: &mut Reader) -> Result<Table, LoadError> {
        Ok(Table { slots: Slots::load(part, from)?, first: from.column(part)?, postings: from.column(part)? })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.slots.bytes() + (self.first.len() + self.postings.len()) * 4
    }
}

/// Words to small lists of patterns, each of which is the word; [`Anchors`] are their filter. A word found is compared byte for byte with what its first
/// pattern spells.
#[derive(Debug, Default)]
pub(crate) struct Words(Table);

impl Words {
    /// The table of these patterns and what they spell.
    pub(crate) fn build<'p>(patterns: Vec<u32>, spelt: impl Fn(&u32) -> &'p [u8]) -> Words {
        let mut pairs: Vec<(u64, u32)> = patterns.into_iter().map(|pattern| (hash(spelt(&pattern)), pattern)).collect();
        // Words that share a hash are entries of their own.
        pairs.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| spelt(&a.1).cmp(spelt(&b.1))).then(a.1.cmp(&b.1)));
        pairs.dedup();
        let (mut table, _) = Table::of_groups(pairs.chunk_by(|a, b| a.0 == b.0 && spelt(&a.1) == spelt(&b.1)), true);
        table.slots.filter = Column::default();
        Words(table)
    }

    pub(crate) fn table(&self) -> &Table {
        &self.0
    }

    pub(crate) fn load(part: Part, from: &mut Reader) -> Result<Words, LoadError> {
        Table::load(part, from).map(Words)
    }

    pub(crate) fn slots(&self) -> &Slots {
        &self.0.slots
    }

    /// What the slot of a word holds, whose hash is at hand, past the filter.
    #[inline]
    pub(crate) fn entry<'p>(&self, key: u64, word: &[u8], spelt: impl Fn(u32) -> &'p [u8]) -> Option<u32> {
        self.0.slots.find(key, |held| self.0.postings(held).first().is_some_and(|pattern| spelt(*pattern) == word))
    }

    /// The patterns of what a slot holds, ascending.
    #[inline]
    pub(crate) fn postings(&self, held: u32) -> Postings<'_> {
        self.0.postings(held)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_put_in_is_found_and_nothing_else() {
        for filtered in [true, false] {
            let pairs: Vec<(u64, u32)> = (0..5_000u32).map(|n| (hash(&n.to_le_bytes()), n % 700)).collect();
            let table = Table::build(pairs.clone(), filtered);
            for (key, value) in &pairs {
                assert!(table.get(*key).contains(value));
            }
            let strangers = (5_000..50_000u32).filter(|n| !table.get(hash(&n.to_le_bytes())).is_empty()).count();
            assert_eq!(strangers, 0);
            assert!(Table::build(Vec::new(), filtered).get(1).is_empty());
        }
    }

    #[test]
    fn keys_that_are_half_alike_are_told_apart() {
        // Alike in the half that a slot holds, and beside each other.
        let keys: Vec<u64> = (0..6).map(|n| n << 58 | 7).collect();
        let table = Table::build(keys.iter().zip(10..).map(|(key, value)| (*key, value)).collect(), true);
        for (key, value) in keys.iter().zip(10..) {
            assert_eq!(table.get(*key).to_vec(), [value], "{key:x}");
        }
    }

    #[test]
    fn words_of_all_lengths_are_found() {
        let word = |n: u32| "abcdefghijklmnopqrstuvwxyz".repeat(3)[..(n as usize % 50)].to_owned() + &n.to_string();
        // Two patterns spell the seventh word.
        let all: Vec<String> = (0..3_000).map(word).chain([word(7)]).collect();
        let spelt = |pattern: u32| all[pattern as usize].as_bytes();
        let words = Words::build((0..3_001).collect(), |pattern| spelt(*pattern));
        for n in 0..6_000 {
            let found = words.entry(hash(word(n).as_bytes()), word(n).as_bytes(), spelt);
            match found {
                Some(held) => assert_eq!(words.postings(held).to_vec(), if n == 7 { vec![7, 3_000] } else { vec![n] }),
                None => assert!(n >= 3_000),
            }
        }
    }
}
