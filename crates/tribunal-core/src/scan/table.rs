//! From the hash of a word to the patterns behind it: a bit filter that stays in cache, then open addressing.

/// Mixes bytes into 64 bits, eight at a time (multiply and fold, after wyhash).
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut state = bytes.len() as u64 ^ SEED;
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        state = mix(state ^ u64::from_le_bytes(*word));
    }
    let mut last = [0u8; 8];
    for (to, from) in last.iter_mut().zip(rest) {
        *to = *from;
    }
    mix(mix(state ^ u64::from_le_bytes(last)))
}

/// The hash of two words that follow each other.
pub(crate) fn pair(first: u64, second: u64) -> u64 {
    mix(first.rotate_left(23) ^ second.wrapping_mul(MULTIPLIER))
}

const SEED: u64 = 0x9E37_79B9_7F4A_7C15;
const MULTIPLIER: u64 = 0xD6E8_FEB8_6659_FD93;

fn mix(x: u64) -> u64 {
    let wide = u128::from(x ^ SEED) * u128::from(MULTIPLIER);
    let (low, high) = (wide as u64, (wide >> 64) as u64);
    low ^ high
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    key: u64,
    start: u32,
    count: u32,
}

/// Keys to small lists of numbers.
#[derive(Debug, Default)]
pub(crate) struct Table {
    filter: Vec<u64>,
    slots: Vec<Slot>,
    postings: Vec<u32>,
}

impl Table {
    /// The table of these pairs; a key may stand in several.
    pub(crate) fn build(mut pairs: Vec<(u64, u32)>) -> Table {
        pairs.sort_unstable();
        pairs.dedup();
        if pairs.is_empty() {
            return Table::default();
        }
        let size = (pairs.len() * 2).next_power_of_two().max(16);
        // 16 bits a key keep false passes near 6 % with one bit set for each.
        let bits = (pairs.len() * 16).next_power_of_two().max(64);
        let mut table = Table { filter: vec![0; bits / 64], slots: vec![Slot::default(); size], postings: Vec::with_capacity(pairs.len()) };
        for group in pairs.chunk_by(|a, b| a.0 == b.0) {
            let Some((key, _)) = group.first() else { continue };
            let start = u32::try_from(table.postings.len()).unwrap_or(u32::MAX);
            table.postings.extend(group.iter().map(|(_, value)| *value));
            table.insert(Slot { key: *key, start, count: u32::try_from(group.len()).unwrap_or(u32::MAX) });
        }
        table
    }

    fn insert(&mut self, slot: Slot) {
        let (word, bit) = self.place(slot.key);
        if let Some(word) = self.filter.get_mut(word) {
            *word |= 1 << bit;
        }
        let mask = self.slots.len() - 1;
        let mut at = Table::home(slot.key) & mask;
        while let Some(found) = self.slots.get_mut(at) {
            if found.count == 0 {
                *found = slot;
                return;
            }
            at = (at + 1) & mask;
        }
    }

    fn home(key: u64) -> usize {
        key as usize
    }

    fn place(&self, key: u64) -> (usize, u32) {
        let bit = ((key >> 20) as usize) & (self.filter.len() * 64 - 1);
        (bit / 64, u32::try_from(bit % 64).unwrap_or(0))
    }

    /// Whether the key may be there: one bit.
    #[inline]
    pub(crate) fn may_hold(&self, key: u64) -> bool {
        if self.filter.is_empty() {
            return false;
        }
        let (word, bit) = self.place(key);
        self.filter.get(word).is_some_and(|word| word >> bit & 1 != 0)
    }

    /// The numbers behind a key.
    #[inline]
    pub(crate) fn get(&self, key: u64) -> &[u32] {
        if !self.may_hold(key) {
            return &[];
        }
        let mask = self.slots.len() - 1;
        let mut at = Table::home(key) & mask;
        while let Some(slot) = self.slots.get(at) {
            if slot.count == 0 {
                break;
            }
            if slot.key == key {
                let start = slot.start as usize;
                return self.postings.get(start..start + slot.count as usize).unwrap_or_default();
            }
            at = (at + 1) & mask;
        }
        &[]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.postings.is_empty()
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.filter.len() * 8 + self.slots.len() * size_of::<Slot>() + self.postings.len() * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_put_in_is_found_and_nothing_else() {
        let pairs: Vec<(u64, u32)> = (0..5_000u32).map(|n| (hash(&n.to_le_bytes()), n % 700)).collect();
        let table = Table::build(pairs.clone());
        for (key, value) in &pairs {
            assert!(table.get(*key).contains(value));
        }
        let strangers = (5_000..50_000u32).filter(|n| !table.get(hash(&n.to_le_bytes())).is_empty()).count();
        assert_eq!(strangers, 0);
        assert!(Table::build(Vec::new()).get(1).is_empty());
    }
}
