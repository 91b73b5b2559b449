//! Where something shows in a text of ASCII characters: bit masks of blocks of 64 bytes.

/// Masks of a text, one word for 64 bytes, the first byte lowest.
#[derive(Debug, Default)]
pub(crate) struct Masks {
    /// Where a run begins that is neither letters nor white space, and where letters alone may be a disguise.
    pub(crate) events: Vec<u64>,
    /// Letters and digits that stand alone.
    pub(crate) singles: Vec<u64>,
    blocks: Vec<Block>,
}

/// What the bytes of one block are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Block {
    letters: u64,
    digits: u64,
    blanks: u64,
    /// The letter before once more.
    doubled: u64,
    /// Second letter of `vv` or `ph`.
    pairs: u64,
    /// A mark that may end a sentence and is no letter at the end of a word.
    stops: u64,
    apostrophes: u64,
}

/// White space, as [`props::is_white_space`](crate::props::is_white_space) has it in ASCII.
pub(crate) fn is_blank(byte: u8) -> bool {
    byte == b' ' || (9..=13).contains(&byte)
}

impl Masks {
    /// Fills the masks. `lone`: one doubled letter alone may be a disguise.
    pub(crate) fn fill(&mut self, text: &[u8], lone: bool) {
        self.blocks.clear();
        let (chunks, rest) = text.as_chunks::<64>();
        let mut bytes = [b' '; 65];
        for chunk in chunks {
            if let Some((_, to)) = bytes.split_first_mut() {
                to.copy_from_slice(chunk);
            }
            self.blocks.push(kernel::block(&bytes, 64));
            bytes = [chunk.last().copied().unwrap_or(b' '); 65];
        }
        if !rest.is_empty() {
            let last = bytes.first().copied().unwrap_or(b' ');
            bytes = [b' '; 65];
            for (to, from) in bytes.iter_mut().zip(std::iter::once(&last).chain(rest)) {
                *to = *from;
            }
            self.blocks.push(kernel::block(&bytes, rest.len()));
        }
        self.join(lone);
    }

    /// Joins the blocks: runs go on from one to the next.
    fn join(&mut self, lone: bool) {
        self.events.clear();
        self.singles.clear();
        let mut carry = false;
        let mut before = Block { blanks: u64::MAX, ..Block::default() };
        for (i, block) in self.blocks.iter().enumerate() {
            let next = self.blocks.get(i + 1).copied().unwrap_or(Block { blanks: u64::MAX, ..Block::default() });
            // Each mask moved by one place: what stands before each byte, and after it.
            let left = |of: fn(&Block) -> u64| of(block) << 1 | of(&before) >> 63;
            let right = |of: fn(&Block) -> u64| of(block) >> 1 | of(&next) << 63;
            let letters: fn(&Block) -> u64 = |b| b.letters;
            let words: fn(&Block) -> u64 = |b| b.letters | b.digits;
            let blanks: fn(&Block) -> u64 = |b| b.blanks;
            let others: fn(&Block) -> u64 = |b| !(b.letters | b.blanks);
            // Adding the doublings to the runs of letters carries from each to the end of its run: one that meets a carry is
            // not the first of its word.
            let (sum, over) = block.letters.overflowing_add(block.doubled);
            let (sum, more) = sum.overflowing_add(u64::from(carry));
            carry = over | more;
            let doubled = if lone { block.doubled } else { block.doubled & sum };
            // A mark that ends a sentence, or an apostrophe inside a word, shows nothing.
            let quiet = (block.stops & left(letters) & right(blanks)) | (block.apostrophes & left(letters) & right(letters));
            self.events.push((others(block) & !left(others) & !quiet) | doubled | block.pairs);
            self.singles.push(words(block) & !left(words) & !right(words));
            before = *block;
        }
    }

    /// Whether the piece after the single one at `at` cannot go on with its row: it follows over white space, and is longer.
    #[inline]
    pub(crate) fn ends_row(&self, at: usize) -> bool {
        let (block, bit) = (at / 64, at % 64);
        let (Some(known), Some(singles)) = (self.blocks.get(block), self.singles.get(block)) else { return false };
        let beyond = u64::MAX.checked_shl(u32::try_from(bit + 1).unwrap_or(64)).unwrap_or(0);
        let next = !known.blanks & beyond;
        let place = next.trailing_zeros();
        if place > 61 {
            return false;
        }
        let first = 1u64 << place;
        (known.letters | known.digits) & first != 0 && (singles & first) == 0 && known.pairs & first << 1 == 0
    }
}

mod kernel {
    use super::Block;

    const LETTER: u8 = 1;
    const BLANK: u8 = 2;
    const DIGIT: u8 = 4;
    const DOUBLED: u8 = 8;
    const PAIR: u8 = 16;
    const STOP: u8 = 32;
    const APOSTROPHE: u8 = 64;

    /// The block of 64 bytes after the first, which is the one before them; the `length` of them is looked at. Written so that compilers make vector
    /// instructions of the first loop.
    pub(super) fn block(bytes: &[u8; 65], length: usize) -> Block {
        let mut flags = [0u8; 64];
        let (Some((_, after)), Some((_, before))) = (bytes.split_first(), bytes.split_last()) else { return Block::default() };
        for ((flag, byte), before) in flags.iter_mut().zip(after).zip(before) {
            let (y, before) = (*byte | 0x20, *before | 0x20);
            let letter = y.wrapping_sub(b'a') < 26;
            let of = |is: bool, flag: u8| if is { flag } else { 0 };
            let stop = (*byte == b'.') | (*byte == b',') | (*byte == b'!') | (*byte == b'?') | (*byte == b':') | (*byte == b'"');
            *flag = of(letter, LETTER)
                | of((*byte == b' ') | (byte.wrapping_sub(9) < 5), BLANK)
                | of(byte.wrapping_sub(b'0') < 10, DIGIT)
                | of(letter & (y == before), DOUBLED)
                | of(((y == b'v') & (before == b'v')) | ((y == b'h') & (before == b'p')), PAIR)
                | of(stop, STOP)
                | of(*byte == b'\'', APOSTROPHE);
        }
        let beyond = u64::MAX.checked_shl(u32::try_from(length.next_multiple_of(8)).unwrap_or(64)).unwrap_or(0);
        let mut block = Block { blanks: beyond, ..Block::default() };
        let (parts, _) = flags.as_chunks::<8>();
        for (i, part) in parts.iter().enumerate().take(length.div_ceil(8)) {
            let flags = u64::from_le_bytes(*part);
            let bits = |flag: u8| gather(flags, flag) << (i * 8);
            block.letters |= bits(LETTER);
            block.blanks |= bits(BLANK);
            block.doubled |= bits(DOUBLED);
            block.stops |= bits(STOP);
            if flags & u64::from_le_bytes([DIGIT | PAIR | APOSTROPHE; 8]) != 0 {
                block.digits |= bits(DIGIT);
                block.pairs |= bits(PAIR);
                block.apostrophes |= bits(APOSTROPHE);
            }
        }
        block
    }

    /// The bit `flag` of each byte, the first byte lowest.
    #[inline]
    fn gather(flags: u64, flag: u8) -> u64 {
        let ones = (flags >> flag.trailing_zeros()) & 0x0101_0101_0101_0101;
        ones.wrapping_mul(0x0102_0408_1020_4080) >> 56
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The masks byte by byte.
    fn plainly(bytes: &[u8; 65]) -> Block {
        let mut block = Block::default();
        for (i, pair) in bytes.windows(2).enumerate() {
            let (before, byte) = (pair[0] | 0x20, pair[1]);
            let bit = |is: bool| u64::from(is) << i;
            let y = byte | 0x20;
            block.letters |= bit(byte.is_ascii_alphabetic());
            block.digits |= bit(byte.is_ascii_digit());
            block.blanks |= bit(is_blank(byte));
            block.doubled |= bit(byte.is_ascii_alphabetic() && y == before);
            block.pairs |= bit(matches!((before, y), (b'v', b'v') | (b'p', b'h')));
            block.stops |= bit(b".,!?:\"".contains(&byte));
            block.apostrophes |= bit(byte == b'\'');
        }
        block
    }

    #[test]
    fn the_kernel_says_what_each_byte_is() {
        let mut bytes = [0u8; 65];
        let mut state = 1u64;
        for _ in 0..4_000 {
            for byte in &mut bytes {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *byte = (state >> 57) as u8;
            }
            assert_eq!(kernel::block(&bytes, 64), plainly(&bytes), "{bytes:?}");
        }
    }

    fn events(text: &str, lone: bool) -> Vec<usize> {
        let mut masks = Masks::default();
        masks.fill(text.as_bytes(), lone);
        (0..text.len()).filter(|i| masks.events[i / 64] >> (i % 64) & 1 != 0).collect()
    }

    #[test]
    fn doublings_count_within_a_word() {
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
    fn single_letters() {
        let mut masks = Masks::default();
        masks.fill(b"I am a b2 c", false);
        assert_eq!(masks.singles, [1 | 1 << 5 | 1 << 10]);
    }
}
