//! Many literals at once, of which few occur: three bytes of each by a bit filter, then the literal itself.

use super::literals::frequency;

/// The literals of expressions, in lower case, each with the number of its expression.
#[derive(Debug, Default)]
pub(crate) struct Grams {
    /// A bit for each hash of three bytes.
    filter: Vec<u64>,
    /// Hash bits of the filter.
    bits: u32,
    /// Three bytes and the first of their entries, ascending.
    keys: Vec<(u32, u32)>,
    entries: Vec<Entry>,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The literal, in `bytes`.
    from: u32,
    length: u16,
    /// Where its three bytes stand in it.
    before: u16,
    number: u32,
}

/// Bytes of a literal that are compared.
const LONGEST: usize = 64;
/// Bits of the filter for each literal, at least.
const ROOM: usize = 16;

fn gram(bytes: [u8; 3]) -> u32 {
    let [a, b, c] = bytes;
    u32::from_le_bytes([a, b, c, 0])
}

impl Grams {
    /// Literals of three bytes and more.
    pub(crate) fn build(literals: &[(Vec<u8>, u32)]) -> Grams {
        let mut grams = Grams::default();
        if literals.is_empty() {
            return grams;
        }
        let mut rows = Vec::new();
        for (literal, number) in literals {
            // A beginning of it stands wherever it does.
            let literal = literal.get(..LONGEST).unwrap_or(literal);
            // The rarest three bytes.
            let rarity = |part: &[u8]| part.iter().map(|byte| frequency(*byte)).product::<f64>();
            let best = literal.windows(3).enumerate().min_by(|a, b| rarity(a.1).total_cmp(&rarity(b.1)));
            let Some((before, &[a, b, c])) = best else { continue };
            let short = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
            let from = u32::try_from(grams.bytes.len()).unwrap_or(u32::MAX);
            grams.bytes.extend_from_slice(literal);
            rows.push((gram([a, b, c]), Entry { from, length: short(literal.len()), before: short(before), number: *number }));
        }
        rows.sort_by_key(|(key, entry)| (*key, entry.number));
        grams.bits = (rows.len() * ROOM).next_power_of_two().trailing_zeros().max(10);
        grams.filter = vec![0; 1 << (grams.bits - 6)];
        for (key, entry) in rows {
            if grams.keys.last().is_none_or(|(last, _)| *last != key) {
                grams.keys.push((key, u32::try_from(grams.entries.len()).unwrap_or(u32::MAX)));
                let hash = grams.hash(key);
                if let Some(word) = grams.filter.get_mut(hash / 64) {
                    *word |= 1 << (hash % 64);
                }
            }
            grams.entries.push(entry);
        }
        grams
    }

    #[inline]
    fn hash(&self, key: u32) -> usize {
        (key.wrapping_mul(0x9E37_79B1) >> (32 - self.bits)) as usize
    }

    /// Tells the number behind every literal in a text in lower case, as often as it occurs, until `found` has seen enough.
    pub(crate) fn find(&self, text: &[u8], found: &mut dyn FnMut(u32) -> bool) {
        if self.keys.is_empty() {
            return;
        }
        for (at, part) in text.windows(3).enumerate() {
            let Some(bytes) = part.first_chunk::<3>() else { continue };
            let key = gram(*bytes);
            let hash = self.hash(key);
            if self.filter.get(hash / 64).is_some_and(|word| word >> (hash % 64) & 1 != 0) && !self.look(text, at, key, found) {
                return;
            }
        }
    }

    #[inline(never)]
    fn look(&self, text: &[u8], at: usize, key: u32, found: &mut dyn FnMut(u32) -> bool) -> bool {
        let Ok(place) = self.keys.binary_search_by_key(&key, |(key, _)| *key) else { return true };
        let from = self.keys.get(place).map_or(0, |(_, first)| *first as usize);
        let to = self.keys.get(place + 1).map_or(self.entries.len(), |(_, first)| *first as usize);
        for entry in self.entries.get(from..to).unwrap_or_default() {
            let (begin, length) = (entry.from as usize, usize::from(entry.length));
            let literal = self.bytes.get(begin..begin + length).unwrap_or_default();
            let here = at.checked_sub(usize::from(entry.before)).and_then(|start| text.get(start..start + length));
            if here == Some(literal) && !found(entry.number) {
                return false;
            }
        }
        true
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        8 * self.filter.len() + 8 * self.keys.len() + size_of::<Entry>() * self.entries.len() + self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_stands_there() {
        let literals = ["glock", "lock", "t.me/", "the", "aaa", "zzz"];
        let grams = Grams::build(&(0u32..).zip(literals).map(|(at, text)| (text.into(), at)).collect::<Vec<_>>());
        for text in ["my glock at t.me/x", "", "th", "the", "aaaa", "other clocks", "gloc", "lo", "zz z", "xlockx"] {
            let mut found = Vec::new();
            grams.find(text.as_bytes(), &mut |number| {
                found.push(number);
                true
            });
            found.sort_unstable();
            found.dedup();
            let wanted: Vec<u32> = (0u32..).zip(literals).filter(|(_, literal)| text.contains(literal)).map(|(at, _)| at).collect();
            assert_eq!(found, wanted, "{text}");
        }
    }
}
