//! Where something shows in a line: bit masks of blocks of 64 bytes.

use crate::screen_line as line;

/// What 64 bytes of a text are, one bit for each, the first byte lowest. Beyond the end of a text there are blanks.
///
/// The first look for disguises starts from these. It sees a text beyond ASCII as one byte for each folded character: bytes
/// from 0x80 to 0x99 are letters that look like those of ASCII, bytes from 0xC0 on other letters, the rest signs.
///
/// ```
/// let mut blocks = Vec::new();
/// tribunal_text::classify(b"Ann, 5 apples", &mut blocks);
/// let [block] = blocks.as_slice() else { return };
/// assert_eq!((block.letters & 0b1111, block.digits, block.stops), (0b0111, 1 << 5, 1 << 3));
/// assert_eq!((block.doubled, block.blanks & 0b111_1111), (1 << 2 | 1 << 9, 0b101_0000));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Letters.
    pub letters: u64,
    /// Digits of ASCII.
    pub digits: u64,
    /// White space of ASCII.
    pub blanks: u64,
    /// A letter that equals the byte before it in all bits but 0x20, which tells capitals from small letters.
    pub doubled: u64,
    /// The second letter of `vv` or `ph`, in any case.
    pub pairs: u64,
    /// One of `. , ! ? : "`, which end sentences and are no letter at the end of a word.
    pub stops: u64,
    /// The straight apostrophe.
    pub apostrophes: u64,
    /// Letters from 0x80 to 0x99; none in ASCII.
    pub looks: u64,
}

/// A function that classifies as [`classify`] does.
///
/// ```
/// let by: tribunal_text::Classify = tribunal_text::classify;
/// let mut blocks = Vec::new();
/// by(&[b'a'; 65], &mut blocks);
/// assert_eq!(blocks.len(), 2);
/// ```
pub type Classify = fn(&[u8], &mut Vec<Block>);

/// Appends what the bytes are, block by block, without any instruction of a certain machine.
///
/// ```
/// let mut blocks = Vec::new();
/// tribunal_text::classify(b"", &mut blocks);
/// assert!(blocks.is_empty());
/// ```
pub fn classify(line: &[u8], blocks: &mut Vec<Block>) {
    let (chunks, rest) = line.as_chunks::<64>();
    let mut before = b' ';
    for chunk in chunks {
        blocks.push(kernel::block(chunk, before));
        before = chunk.last().copied().unwrap_or(b' ');
    }
    if !rest.is_empty() {
        let mut chunk = [b' '; 64];
        for (to, from) in chunk.iter_mut().zip(rest) {
            *to = *from;
        }
        blocks.push(kernel::block(&chunk, before));
    }
}

impl Block {
    const NOTHING: Block = Block { letters: 0, digits: 0, blanks: u64::MAX, doubled: 0, pairs: 0, stops: 0, apostrophes: 0, looks: 0 };

    #[inline]
    fn words(&self) -> u64 {
        self.letters | self.digits
    }
}

/// White space, as [`props::is_white_space`](crate::props::is_white_space) has it in ASCII.
pub(crate) fn is_blank(byte: u8) -> bool {
    byte == b' ' || (9..=13).contains(&byte)
}

/// Masks of a text.
#[derive(Debug, Default)]
pub(crate) struct Masks {
    blocks: Vec<Block>,
    /// What classifies, when it is not [`classify`].
    pub(crate) by: Option<Classify>,
}

/// Where something shows in a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shows {
    /// Where a run begins that is neither letters nor white space, and where letters alone may be a disguise.
    pub(crate) events: u64,
    /// Letters and digits that stand alone and may begin a row of such.
    pub(crate) singles: u64,
}

impl Masks {
    /// Classifies the bytes of a line.
    pub(crate) fn fill(&mut self, line: &[u8]) {
        self.blocks.clear();
        self.by.unwrap_or(classify)(line, &mut self.blocks);
    }

    /// Number of blocks.
    pub(crate) fn len(&self) -> usize {
        self.blocks.len()
    }

    #[inline]
    pub(crate) fn block(&self, i: usize) -> Block {
        self.blocks.get(i).copied().unwrap_or(Block::NOTHING)
    }

    /// What shows in block `i`; blocks are asked for in order, with the same `carry`, false at first. `lone`: one doubled
    /// letter alone may be a disguise.
    #[inline]
    pub(crate) fn shows(&self, i: usize, lone: bool, carry: &mut bool) -> Shows {
        let block = self.block(i);
        let before = i.checked_sub(1).map_or(Block::NOTHING, |i| self.block(i));
        let next = self.block(i + 1);
        // Each mask moved by one place: what stands before each byte, and after it.
        let left = |of: fn(&Block) -> u64| of(&block) << 1 | of(&before) >> 63;
        let right = |of: fn(&Block) -> u64| of(&block) >> 1 | of(&next) << 63;
        let letters: fn(&Block) -> u64 = |b| b.letters;
        let blanks: fn(&Block) -> u64 = |b| b.blanks;
        let others: fn(&Block) -> u64 = |b| !(b.letters | b.blanks);
        // Adding the doublings to the runs of letters carries from each to the end of its run: one that meets a carry is not
        // the first of its word.
        let (sum, over) = block.letters.overflowing_add(block.doubled);
        let (sum, more) = sum.overflowing_add(u64::from(*carry));
        *carry = over | more;
        let doubled = if lone { block.doubled } else { block.doubled & sum };
        // A mark that ends a sentence, or an apostrophe inside a word, shows nothing.
        let quiet = (block.stops & left(letters) & right(blanks)) | (block.apostrophes & left(letters) & right(letters));
        let events = (others(&block) & !left(others) & !quiet) | doubled | block.pairs | block.looks;
        let single = block.words() & !left(Block::words) & !right(Block::words);
        // A longer word one blank behind ends the row.
        let after = |mask: u64, following: u64, n: u32| mask >> n | following << (64 - n);
        let longer = after(block.words() & right(Block::words), next.words() & (next.words() >> 1), 2);
        let ended = right(blanks) & longer & !after(block.pairs, next.pairs, 3);
        Shows { events, singles: single & !ended }
    }

    /// How many letters follow at once on the byte at `at`, as far as its block tells: 64 when it does not.
    #[inline]
    pub(crate) fn letters_after(&self, at: usize) -> usize {
        let beyond = at % 64 + 1;
        let rest = !self.block(at / 64).letters;
        let count = if beyond < 64 { (rest >> beyond).trailing_zeros() as usize } else { 64 };
        if count + beyond < 64 { count } else { 64 }
    }

    /// Where the blank before `at` is, plus one; where the next blank is from `at` on.
    #[inline]
    pub(crate) fn token(&self, at: usize, length: usize) -> (usize, usize) {
        let (mut i, bit) = (at / 64, at % 64);
        let mut mask = self.block(i).blanks & !(u64::MAX << bit);
        while mask == 0 && i > 0 {
            i -= 1;
            mask = self.block(i).blanks;
        }
        let from = if mask == 0 { 0 } else { i * 64 + 64 - mask.leading_zeros() as usize };
        i = at / 64;
        mask = self.block(i).blanks & (u64::MAX << bit);
        while mask == 0 && i < self.blocks.len() {
            i += 1;
            mask = self.block(i).blanks;
        }
        (from, length.min(i * 64 + mask.trailing_zeros() as usize))
    }
}

/// Byte by byte into flags, written so that compilers make vector instructions of the first loop.
mod kernel {
    use super::{Block, line};

    const LETTER: u8 = 1;
    const BLANK: u8 = 2;
    const DIGIT: u8 = 4;
    const DOUBLED: u8 = 8;
    const PAIR: u8 = 16;
    const STOP: u8 = 32;
    const APOSTROPHE: u8 = 64;
    const LOOKS: u8 = 128;

    /// Classifies a block; `before` is the byte before it.
    pub(super) fn block(bytes: &[u8; 64], before: u8) -> Block {
        let mut flags = [0u8; 64];
        let mut previous = [before; 64];
        for (to, from) in previous.iter_mut().skip(1).zip(bytes) {
            *to = *from;
        }
        for ((flag, byte), before) in flags.iter_mut().zip(bytes).zip(&previous) {
            let (y, before) = (*byte | 0x20, *before | 0x20);
            let looks = byte.wrapping_sub(line::LOOKS) < 26;
            let letter = (y.wrapping_sub(b'a') < 26) | looks | (*byte >= line::OTHER);
            let of = |is: bool, flag: u8| if is { flag } else { 0 };
            let stop = (*byte == b'.') | (*byte == b',') | (*byte == b'!') | (*byte == b'?') | (*byte == b':') | (*byte == b'"');
            *flag = of(letter, LETTER)
                | of((*byte == b' ') | (byte.wrapping_sub(9) < 5), BLANK)
                | of(byte.wrapping_sub(b'0') < 10, DIGIT)
                | of(letter & (y == before), DOUBLED)
                | of(((y == b'v') & (before == b'v')) | ((y == b'h') & (before == b'p')), PAIR)
                | of(stop, STOP)
                | of(*byte == b'\'', APOSTROPHE)
                | of(looks, LOOKS);
        }
        let (parts, _) = flags.as_chunks::<8>();
        let words: [u64; 8] = std::array::from_fn(|i| parts.get(i).map_or(0, |part| u64::from_le_bytes(*part)));
        let there = words.iter().fold(0, |all, flags| all | flags);
        let bits = |flag: u8| {
            // Most blocks have none of what is rare.
            if there & u64::from_le_bytes([flag; 8]) == 0 {
                return 0;
            }
            words.iter().rev().fold(0, |bits, flags| bits << 8 | gather(*flags, flag))
        };
        Block {
            letters: bits(LETTER),
            digits: bits(DIGIT),
            blanks: bits(BLANK),
            doubled: bits(DOUBLED),
            pairs: bits(PAIR),
            stops: bits(STOP),
            apostrophes: bits(APOSTROPHE),
            looks: bits(LOOKS),
        }
    }

    /// The bit `flag` of each byte, the first byte lowest.
    fn gather(flags: u64, flag: u8) -> u64 {
        let ones = (flags >> flag.trailing_zeros()) & 0x0101_0101_0101_0101;
        ones.wrapping_mul(0x0102_0408_1020_4080) >> 56
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen_table::Bytes;

    /// The masks byte by byte.
    fn plainly(bytes: &[u8; 64], before: u8) -> Block {
        let table = Bytes::table();
        let mut block = Block::default();
        for (i, byte) in bytes.iter().copied().enumerate() {
            let before = if i == 0 { before } else { bytes[i - 1] } | 0x20;
            let bit = |is: bool| u64::from(is) << i;
            let y = byte | 0x20;
            block.letters |= bit(table.is_letter(byte));
            block.digits |= bit(byte.is_ascii_digit());
            block.blanks |= bit(is_blank(byte));
            block.doubled |= bit(table.is_letter(byte) && y == before);
            block.pairs |= bit(matches!((before, y), (b'v', b'v') | (b'p', b'h')));
            block.stops |= bit(b".,!?:\"".contains(&byte));
            block.apostrophes |= bit(byte == b'\'');
            block.looks |= bit((line::LOOKS..=line::LOOKS_END).contains(&byte));
        }
        block
    }

    #[test]
    fn the_kernel_says_what_each_byte_is() {
        let mut bytes = [0u8; 64];
        let mut state = 1u64;
        for round in 0..4_000 {
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 56) as u8
            };
            let ascii = round % 2 == 0;
            bytes.iter_mut().for_each(|byte| *byte = if ascii { next() & 0x7f } else { next() });
            let before = if ascii { next() & 0x7f } else { next() };
            let expected = plainly(&bytes, before);
            assert_eq!(kernel::block(&bytes, before), expected, "{before} {bytes:?}");
        }
    }

    fn shows(text: &str, lone: bool, of: fn(&Shows) -> u64) -> Vec<usize> {
        let mut masks = Masks::default();
        masks.fill(text.as_bytes());
        let mut carry = false;
        let all: Vec<u64> = (0..masks.len()).map(|i| of(&masks.shows(i, lone, &mut carry))).collect();
        (0..text.len()).filter(|i| all[i / 64] >> (i % 64) & 1 != 0).collect()
    }

    #[test]
    fn doublings_count_within_a_word() {
        let events = |text: &str, lone| shows(text, lone, |s| s.events);
        assert_eq!(events("good coffee", false), [10]);
        assert_eq!(events("good", true), [2]);
        assert_eq!(events("a... b1c, phone vvord don't", false), [1, 6, 11, 17]);
        for shift in 50..70 {
            let text = format!("{} coffee sooo", "x ".repeat(shift / 2));
            let at = text.find("coffee").unwrap();
            assert_eq!(events(&text, false), [at + 5, at + 10], "{shift}");
        }
    }

    #[test]
    fn single_letters_that_may_begin_a_row() {
        let singles = |text: &str| shows(text, false, |s| s.singles);
        assert_eq!(singles("I am a b2 c"), [10]);
        assert_eq!(singles("I  am a b c d"), [0, 6, 8, 10, 12]);
        assert_eq!(singles("a ph c a vv b a phone"), [0, 5, 7, 12, 14]);
        for shift in 50..70 {
            let text = format!("{} a word a b", "x".repeat(shift));
            assert_eq!(singles(&text), [shift + 8, shift + 10], "{shift}");
        }
    }

    #[test]
    fn tokens_and_names() {
        for shift in 0..140 {
            let text = format!("{} @name, x", "y".repeat(shift));
            let mut masks = Masks::default();
            masks.fill(text.as_bytes());
            let at = shift + 1;
            assert_eq!(masks.token(at + 2, text.len()), (at, at + 6));
            assert_eq!(masks.token(text.len() - 1, text.len()), (text.len() - 1, text.len()));
            let count = masks.letters_after(at);
            assert!(count == 4 || (count == 64 && at % 64 + 5 >= 64), "{shift}: {count}");
        }
    }
}
