//! Classes of bytes and the keys of terms, for the [screen](super).

use super::line;
use crate::glyph;
use std::sync::LazyLock;

/// A letter, digit or sign has a class.
pub(crate) const LEET: u8 = 1;
/// A reading may begin with it.
pub(crate) const FIRST: u8 = 2;
/// A reading may end with it.
pub(crate) const LAST: u8 = 4;
/// It may mask a letter.
pub(crate) const MASK: u8 = 8;
/// A sequence may begin with it.
pub(crate) const SEQUENCE: u8 = 16;
/// A reading never crosses it.
pub(crate) const CLOSED: u8 = 32;
/// A letter or digit.
pub(crate) const WORD: u8 = 64;
/// A letter.
pub(crate) const LETTER: u8 = 128;

/// Classes after which the beginning of a key is looked up.
pub(crate) const HEAD: u32 = 4;

/// The class of `h`, which says nothing behind that of `p`: `ph` stands for `f`.
pub(crate) const H: u32 = 'h' as u32;
const P: u32 = 'p' as u32;

/// What the bytes of a [`line`](mod@line) stand for.
#[derive(Debug)]
pub(crate) struct Bytes {
    class: [u8; 256],
    flags: [u8; 256],
    /// For each byte of ASCII those that stand second in a sequence it begins.
    seconds: [u128; 128],
}

static BYTES: LazyLock<Bytes> = LazyLock::new(|| {
    let mut table = Bytes { class: [0; 256], flags: [0; 256], seconds: [0; 128] };
    for (byte, (class, flags)) in (0u8..=255).zip(table.class.iter_mut().zip(&mut table.flags)) {
        match byte {
            line::LOOKS..=line::LOOKS_END => (*class, *flags) = (byte - line::LOOKS + b'a', LEET | FIRST | LAST | WORD | LETTER),
            line::OTHER.. => (*class, *flags) = (byte, LEET | FIRST | LAST | WORD | LETTER),
            line::BARRIER => *flags = CLOSED,
            line::ANY => *flags = FIRST | LAST,
            line::SKIP => *flags = LAST,
            _ if !byte.is_ascii() => {}
            _ => {
                let c = char::from(byte);
                if !glyph::leet(c).is_empty() || byte.is_ascii_alphanumeric() {
                    *class = u8::try_from(merged(glyph::class(c.to_ascii_lowercase()))).unwrap_or(0);
                    *flags = LEET;
                    *flags |= if matches!(c, '(' | '<') { 0 } else { FIRST };
                    *flags |= if matches!(c, '(' | '<' | '!') { 0 } else { LAST };
                }
                *flags |= if glyph::is_mask(c) { MASK } else { 0 };
                *flags |= if !byte.is_ascii_alphanumeric() && glyph::starts_sequence(c) { SEQUENCE | FIRST } else { 0 };
                *flags |= if crate::pattern::is_apostrophe(c) { CLOSED } else { 0 };
                *flags |= if byte.is_ascii_alphanumeric() { WORD } else { 0 };
                *flags |= if byte.is_ascii_alphabetic() { LETTER } else { 0 };
            }
        }
    }
    for (sequence, _) in glyph::sequences() {
        if let [first, second, ..] = sequence.as_bytes()
            && let Some(seconds) = table.seconds.get_mut(usize::from(*first))
        {
            *seconds |= 1 << (second & 0x7f);
        }
    }
    table
});

impl Bytes {
    /// The table, the same for all.
    pub(crate) fn table() -> &'static Bytes {
        &BYTES
    }

    /// The class of a byte; 0 when it stands for no letter.
    #[inline]
    pub(crate) fn class(&self, byte: u8) -> u32 {
        self.class.get(usize::from(byte)).map_or(0, |class| u32::from(*class))
    }

    /// Whether a sequence begins with these bytes.
    #[inline]
    pub(crate) fn begins_sequence(&self, first: u8, second: u8) -> bool {
        second.is_ascii() && self.seconds.get(usize::from(first)).is_some_and(|seconds| seconds >> second & 1 != 0)
    }

    /// What a byte may do.
    #[inline]
    pub(crate) fn flags(&self, byte: u8) -> u8 {
        self.flags.get(usize::from(byte)).copied().unwrap_or(0)
    }

    #[inline]
    pub(crate) fn is_word(&self, byte: u8) -> bool {
        self.flags(byte) & WORD != 0
    }

    #[inline]
    pub(crate) fn is_letter(&self, byte: u8) -> bool {
        self.flags(byte) & LETTER != 0
    }
}

/// The class a key is spelled with: `vv` stands for `w` and `ph` for `f`, so these are one. Beyond ASCII there are some
/// classes for all, so that each is a byte: two letters of one class cost a look, no reading.
pub(crate) fn merged(class: u32) -> u32 {
    match char::from_u32(class) {
        Some('w') => 'v' as u32,
        Some('f') => P,
        Some(c) if c.is_ascii() => class,
        // Initial and final jamo look alike.
        Some('\u{1100}'..='\u{11ff}') => u32::from(line::OTHER),
        _ => u32::from(line::OTHER) + (class.wrapping_mul(0x9E37_79B1) >> 26),
    }
}

/// Classes read so far, as a hash, without repetitions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spelling {
    pub(crate) hash: u64,
    pub(crate) last: u32,
    pub(crate) count: u32,
    /// The first [`HEAD`] classes, a byte each.
    pub(crate) head: u32,
}

impl Spelling {
    /// Takes a class; `false` when it adds nothing.
    pub(crate) fn push(&mut self, class: u32) -> bool {
        if class == self.last || (class == H && self.last == P) {
            return false;
        }
        self.hash = mix(self.hash ^ u64::from(class));
        self.last = class;
        if self.count < HEAD {
            self.head |= class << (8 * self.count);
        }
        self.count += 1;
        true
    }
}

fn mix(x: u64) -> u64 {
    (x ^ 0x9E37_79B9_7F4A_7C15).wrapping_mul(0xD6E8_FEB8_6659_FD93).rotate_left(27)
}

/// The first two and the last two classes of a word, as far as no masked letter hides them; 0 is unknown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ends {
    first: [u32; 2],
    last: [u32; 2],
    /// A masked letter was last.
    pub(crate) unknown: bool,
}

impl Ends {
    /// Takes a class; `open`: no letter was masked so far.
    pub(crate) fn push(&mut self, class: u32, open: bool) {
        let [a, b] = self.first;
        if open && b == 0 {
            self.first = if a == 0 { [class, 0] } else { [a, class] };
        }
        let [_, last] = self.last;
        self.last = [if self.unknown { 0 } else { last }, class];
        self.unknown = false;
    }

    /// Takes a masked letter.
    pub(crate) fn mask(&mut self) {
        self.unknown = true;
        self.last = [0, 0];
    }

    fn hash(self) -> u64 {
        let [a, b] = self.first;
        let [c, d] = self.last;
        let known = u64::from(b != 0) << 2 | u64::from(c != 0) << 1 | u64::from(d != 0);
        let low = mix(u64::from(a) << 32 | u64::from(b));
        mix(low ^ (u64::from(c) << 32 | u64::from(d)) ^ known << 60)
    }

    /// This with some of it unknown, in every way.
    fn shadows(self) -> impl Iterator<Item = u64> {
        let ([a, b], [c, d]) = (self.first, self.last);
        (0..8u32).map(move |n| {
            let keep = |bit: u32, c: u32| if n >> bit & 1 != 0 { c } else { 0 };
            Ends { first: [a, keep(0, b)], last: [keep(1, c), keep(2, d)], unknown: false }.hash()
        })
    }
}

/// A filter with one bit for a key.
#[derive(Clone, Debug, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn of(keys: impl ExactSizeIterator<Item = u64>, each: usize) -> Bits {
        let mut bits = Bits(vec![0; (keys.len() * each).next_power_of_two().max(1_024) / 64]);
        for key in keys {
            let (word, bit) = bits.place(key);
            if let Some(word) = bits.0.get_mut(word) {
                *word |= 1 << bit;
            }
        }
        bits
    }

    fn place(&self, key: u64) -> (usize, u32) {
        let bit = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24) as usize & (self.0.len() * 64 - 1);
        (bit / 64, (bit % 64) as u32)
    }

    fn holds(&self, key: u64) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let (word, bit) = self.place(key);
        self.0.get(word).is_some_and(|word| word >> bit & 1 != 0)
    }
}

/// The keys of terms.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    filter: Bits,
    heads: Bits,
    ends: Bits,
    /// Ends and the fewest letters of a word with them, ascending.
    fits: Vec<u64>,
    /// Open addressing: a key and its words, `from..to` of `order`.
    slots: Vec<(u64, u32, u32)>,
    order: Vec<u32>,
    words: Vec<Word>,
}

/// A word of the terms: its letters, and what has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Word {
    pub(crate) letters: String,
    /// It is a term.
    pub(crate) alone: bool,
    /// It is one of several words of a term.
    pub(crate) among: bool,
}

/// A word to be entered: its key, its first classes, its ends.
pub(crate) type Draft = (u64, u32, Ends, Word);

/// The low byte of an entry of [`Keys::fits`].
const LETTERS: u64 = 0xff;

fn without_letters(ends: u64) -> u64 {
    ends & !LETTERS
}

fn with_letters(ends: u64, letters: u32) -> u64 {
    without_letters(ends) | u64::from(letters).min(LETTERS)
}

fn length(word: &Word) -> u32 {
    u32::try_from(word.letters.chars().count()).unwrap_or(u32::MAX)
}

/// Bits of the filters for each key.
pub(crate) const ENDS: usize = 16;

impl Keys {
    /// Keys, beginnings of keys, ends and letters of words.
    pub(crate) fn build(mut drafts: Vec<Draft>) -> Keys {
        drafts.sort_by(|a, b| (a.0, &a.3).cmp(&(b.0, &b.3)));
        drafts.dedup_by(|next, kept| {
            let same = (next.0, &next.3.letters) == (kept.0, &kept.3.letters);
            (kept.3.alone, kept.3.among) = (kept.3.alone | (same & next.3.alone), kept.3.among | (same & next.3.among));
            same
        });
        if drafts.is_empty() {
            return Keys::default();
        }
        let mut fits: Vec<u64> = drafts.iter().flat_map(|d| d.2.shadows().map(|ends| with_letters(ends, length(&d.3)))).collect();
        fits.sort_unstable();
        // Of words with the same ends the shortest.
        fits.dedup_by_key(|ends| without_letters(*ends));
        let mut heads: Vec<u32> = drafts.iter().map(|d| d.1).collect();
        heads.sort_unstable();
        heads.dedup();
        let mut keys = Keys {
            filter: Bits::of(drafts.iter().map(|d| d.0), ENDS),
            heads: Bits::of(heads.into_iter().map(u64::from), ENDS),
            ends: Bits::of(fits.iter().map(|ends| without_letters(*ends)), ENDS),
            fits,
            slots: vec![(0, 0, 0); (drafts.len() * 2).next_power_of_two()],
            order: (0..u32::try_from(drafts.len()).unwrap_or(u32::MAX)).collect(),
            words: Vec::new(),
        };
        let mut from = 0u32;
        for group in drafts.chunk_by(|a, b| a.0 == b.0) {
            let to = from + u32::try_from(group.len()).unwrap_or(0);
            if let Some((key, ..)) = group.first() {
                keys.insert((*key, from, to));
            }
            from = to;
        }
        keys.words = drafts.into_iter().map(|d| d.3).collect();
        keys
    }

    fn insert(&mut self, slot: (u64, u32, u32)) {
        let mask = self.slots.len() - 1;
        let mut at = (slot.0 >> 20) as usize & mask;
        while let Some(found) = self.slots.get_mut(at) {
            if found.2 == 0 {
                *found = slot;
                return;
            }
            at = (at + 1) & mask;
        }
    }

    /// Whether some key may begin with these classes, or be no more.
    #[inline]
    pub(crate) fn may_begin(&self, head: u32) -> bool {
        self.heads.holds(u64::from(head))
    }

    /// Whether some word of at most so many letters may have these ends.
    pub(crate) fn may_fit(&self, ends: Ends, most: u32) -> bool {
        let ends = without_letters(ends.hash());
        if !self.ends.holds(ends) {
            return false;
        }
        let found = self.fits.get(self.fits.partition_point(|known| *known < ends)).copied().unwrap_or(u64::MAX);
        without_letters(found) == ends && found <= with_letters(ends, most)
    }

    /// The words behind a key.
    pub(crate) fn get(&self, key: u64) -> &[u32] {
        if !self.filter.holds(key) {
            return &[];
        }
        let mask = self.slots.len() - 1;
        let mut at = (key >> 20) as usize & mask;
        while let Some((known, from, to)) = self.slots.get(at) {
            if *to == 0 {
                break;
            }
            if *known == key {
                return self.order.get(*from as usize..*to as usize).unwrap_or_default();
            }
            at = (at + 1) & mask;
        }
        &[]
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let bits = self.filter.0.len() + self.heads.0.len() + self.ends.0.len() + self.fits.len();
        let words: usize = self.words.iter().map(|word| size_of::<Word>() + word.letters.len()).sum();
        8 * bits + size_of_val(self.slots.as_slice()) + 4 * self.order.len() + words
    }

    /// A word of [`Keys::get`].
    pub(crate) fn word(&self, number: u32) -> Option<&Word> {
        self.words.get(number as usize)
    }
}
