//! Where something shows in a line: bit masks of blocks of 64 bytes.

use super::line;

mod kernel;

#[cfg(test)]
mod tests;

/// What 64 bytes of a text are, one bit for each, the first byte lowest. Beyond the end of a text there are blanks.
///
/// The first look for disguises starts from these. It sees a text beyond ASCII as one byte for each folded character: bytes
/// from 0x80 to 0x99 are letters that look like those of ASCII, bytes from 0xC0 on other letters, the rest signs.
///
/// ```
/// let mut block = tribunal_text::Block::default();
/// tribunal_text::classify(b"Ann, 5 apples", std::slice::from_mut(&mut block));
/// assert_eq!((block.letters & 0b1111, block.digits, block.quiet), (0b0111, 1 << 5, 1 << 3));
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
    /// One of `, - . : ; = ? " ) _`, or 0xB0: signs that stand for no letter, mask none and begin no sequence.
    pub quiet: u64,
    /// The straight apostrophe, or 0xB1: signs that no reading crosses.
    pub closed: u64,
    /// `@`.
    pub ats: u64,
    /// `#`.
    pub hashes: u64,
    /// `!`.
    pub bangs: u64,
    /// `"`, which is also quiet.
    pub quotes: u64,
    /// `&`.
    pub amps: u64,
    /// A letter that equals the byte before it in all bits but 0x20, which tells capitals from small letters.
    pub doubled: u64,
    /// The second letter of `vv` or `ph`, in any case.
    pub pairs: u64,
    /// Letters from 0x80 to 0x99; none in ASCII.
    pub looks: u64,
}

/// A function that classifies as [`classify`] does.
///
/// ```
/// use tribunal_text::Block;
///
/// let by: tribunal_text::Classify = tribunal_text::classify;
/// let mut blocks = [Block::default(); 2];
/// by(&[b'a'; 65], &mut blocks);
/// assert_eq!(blocks.map(|block| block.letters), [u64::MAX, 1]);
/// ```
pub type Classify = fn(&[u8], &mut [Block]);

/// Says what the bytes are, block by block, without any instruction of a certain machine. Blocks beyond those of the bytes
/// are left as they are, bytes beyond the blocks are left out.
///
/// ```
/// use tribunal_text::Block;
///
/// let mut blocks = [Block::default()];
/// tribunal_text::classify(b"", &mut blocks);
/// assert_eq!(blocks, [Block::default()]);
/// ```
pub fn classify(line: &[u8], blocks: &mut [Block]) {
    let (chunks, rest) = line.as_chunks::<64>();
    let mut before = b' ';
    let mut blocks = blocks.iter_mut();
    for (chunk, block) in chunks.iter().zip(&mut blocks) {
        *block = kernel::block(chunk, before);
        before = chunk.last().copied().unwrap_or(b' ');
    }
    if let Some(block) = blocks.next().filter(|_| !rest.is_empty()) {
        let mut chunk = [b' '; 64];
        for (to, from) in chunk.iter_mut().zip(rest) {
            *to = *from;
        }
        *block = kernel::block(&chunk, before);
    }
}

/// Each mask moved up by one place, the last bit of the block before coming in: what stands before each byte.
fn left(here: u64, before: u64) -> u64 {
    here << 1 | before >> 63
}

/// Each mask moved down by `n` places, 1 to 63: what stands so far behind each byte.
fn after(here: u64, next: u64, n: u32) -> u64 {
    here >> n | next << (64 - n)
}

impl Block {
    const NOTHING: Block =
        Block { letters: 0, digits: 0, blanks: u64::MAX, quiet: 0, closed: 0, ats: 0, hashes: 0, bangs: 0, quotes: 0, amps: 0, doubled: 0, pairs: 0, looks: 0 };

    /// Takes these bytes for quiet signs, or for closed ones.
    fn silence(&mut self, signs: u64, closed: bool) {
        let Block { letters, digits, quiet, closed: shut, ats, hashes, bangs, quotes, amps, doubled, pairs, looks, blanks: _ } = self;
        for mask in [letters, digits, &mut *quiet, &mut *shut, ats, hashes, bangs, quotes, amps, doubled, pairs, looks] {
            *mask &= !signs;
        }
        *(if closed { shut } else { quiet }) |= signs;
    }

    #[inline]
    fn words(&self) -> u64 {
        self.letters | self.digits
    }

    /// Neither letters nor white space.
    #[inline]
    fn others(&self) -> u64 {
        !(self.letters | self.blanks)
    }

    /// The `@` before a name of three letters or more and nothing else, which is never read; quotation marks may stand
    /// before it, a sign behind it. Longer names than the next block holds are left out.
    #[inline]
    fn names(&self, before: &Block, next: &Block) -> u64 {
        let letter = |n: u32| after(self.letters, next.letters, n);
        let blank_before = left(self.blanks, before.blanks);
        let one = self.quotes & blank_before;
        let two = one | (self.quotes & one << 1);
        let ats = self.ats & (blank_before | two << 1) & letter(1) & letter(2) & letter(3);
        if ats == 0 {
            return 0;
        }
        let tail = self.quiet | self.closed | self.bangs;
        let ends = |ats: u64| {
            // Adding one at the first letter carries to the end of the name.
            let (sum, over) = self.letters.overflowing_add(ats << 1);
            let within = sum & !self.letters & (self.blanks | (tail & after(self.blanks, next.blanks, 1)));
            let (length, tail) = (next.letters.trailing_ones(), next.quiet | next.closed | next.bangs);
            let ends = length < 63 && (next.blanks | (tail & next.blanks >> 1)) >> length & 1 != 0;
            within.count_ones() + u32::from((over || ats >> 63 != 0) && ends)
        };
        if ends(ats) == ats.count_ones() {
            return ats;
        }
        let mut names = 0;
        let mut rest = ats;
        while rest != 0 {
            let one = rest & rest.wrapping_neg();
            rest ^= one;
            names |= one * u64::from(ends(one));
        }
        names
    }
}

/// Whether all bytes are of ASCII: as the standard library says, faster for texts of a line or two.
#[inline]
pub(crate) fn is_ascii(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk::<16>() else { return bytes.is_ascii() };
    let (chunks, _) = bytes.as_chunks::<16>();
    let all = chunks.iter().fold(u128::from_le_bytes(*last), |all, chunk| all | u128::from_le_bytes(*chunk));
    all & 0x8080_8080_8080_8080_8080_8080_8080_8080 == 0
}

/// White space, as [`props::is_white_space`](crate::props::is_white_space) has it in ASCII.
pub(crate) fn is_blank(byte: u8) -> bool {
    byte == b' ' || (9..=13).contains(&byte)
}

/// Masks of a text.
#[derive(Debug, Default)]
pub(crate) struct Masks {
    /// As many as the longest text so far had.
    blocks: Vec<Block>,
    count: usize,
    /// What classifies, when it is not [`classify`].
    pub(crate) by: Option<Classify>,
}

/// Where something shows in a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shows {
    /// Inside a run of signs and digits that may be more than that, or behind one; where letters alone may be a disguise.
    pub(crate) events: u64,
    /// Letters and digits that stand alone and may begin a row of such.
    pub(crate) singles: u64,
    /// Signs of runs that may begin such a row.
    pub(crate) signs: u64,
}

/// What goes on from a block into the next.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Carry {
    doubled: bool,
    inner: bool,
    quiet: bool,
    figures: bool,
}

/// Adds `starts` to `runs`: each start that begins a run comes out at its end. What comes out, and whether one goes on.
#[inline]
fn ends(runs: u64, starts: u64, carry: &mut bool) -> u64 {
    let (sum, over) = runs.overflowing_add(starts & runs);
    let (sum, more) = sum.overflowing_add(u64::from(*carry));
    *carry = over | more;
    sum & !runs
}

impl Masks {
    /// Classifies the bytes of a line.
    pub(crate) fn fill(&mut self, line: &[u8]) {
        self.count = line.len().div_ceil(64);
        // One more, of blanks.
        if self.blocks.len() <= self.count {
            self.blocks.resize(self.count + 1, Block::NOTHING);
        }
        self.by.unwrap_or(classify)(line, &mut self.blocks);
        if let Some(end) = self.blocks.get_mut(self.count) {
            *end = Block::NOTHING;
        }
    }

    /// Number of blocks.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    #[inline]
    fn block(&self, i: usize) -> &Block {
        self.blocks.get(i).unwrap_or(&Block::NOTHING)
    }

    /// What shows in block `i`; blocks are asked for in order, with the same `carry`, none at first. `lone`: one doubled
    /// letter alone may be a disguise; `names`: `@name` is read.
    #[inline]
    pub(crate) fn shows(&self, i: usize, lone: bool, names: bool, carry: &mut Carry) -> Shows {
        let block = self.block(i);
        let before = i.checked_sub(1).map_or(&Block::NOTHING, |i| self.block(i));
        let next = self.block(i + 1);
        let (blank_before, letter_before) = (left(block.blanks, before.blanks), left(block.letters, before.letters));
        let (blank_after, letter_after) = (after(block.blanks, next.blanks, 1), after(block.letters, next.letters, 1));

        // A run of signs is quiet when no sign in it may be a letter: `!` at the end, `#` at the beginning are none.
        let mut quiet = block.quiet | block.closed | (block.bangs & letter_before & blank_after) | (block.hashes & blank_before & letter_after);
        if block.ats != 0 && !names {
            quiet |= block.names(before, next);
        }
        let starts = block.others() & !left(block.others(), before.others());
        // Between letters it shows by itself, unless it is an apostrophe.
        let inner = starts & letter_before & !(block.closed & letter_after);
        let mut events = (inner & !quiet) | (ends(quiet, inner, &mut carry.inner) & !block.blanks);
        // Before a word it shows nothing; nor do figures with no letter beside them.
        let first = starts & blank_before;
        let figures = quiet | block.digits;
        let (behind_quiet, behind_figures) = (ends(quiet, first, &mut carry.quiet), ends(figures, first, &mut carry.figures));
        events |= (first & !figures) | (behind_figures & !block.blanks & !(behind_quiet & block.letters));

        // Adding the doublings to the runs of letters carries from each to the end of its run: one that meets a carry is not
        // the first of its word.
        let (sum, over) = block.letters.overflowing_add(block.doubled);
        let (sum, more) = sum.overflowing_add(u64::from(carry.doubled));
        carry.doubled = over | more;
        let doubled = if lone { block.doubled } else { block.doubled & sum };
        events |= doubled | block.pairs | block.looks;
        Shows { events, singles: block.rows(before, next), signs: block.row_signs(next, quiet) }
    }

    /// Where references may begin in block `i`.
    #[inline]
    pub(crate) fn amps(&self, i: usize) -> u64 {
        self.block(i).amps
    }

    /// Takes the bytes between, fewer than 64, for quiet signs, or for closed ones.
    pub(crate) fn silence(&mut self, from: usize, to: usize, closed: bool) {
        let (i, n, signs) = (from / 64, from % 64, !(u64::MAX << (to - from).min(63)));
        let beyond = if n == 0 { 0 } else { signs >> (64 - n) };
        for (block, signs) in self.blocks.iter_mut().skip(i).zip([signs << n, beyond]) {
            block.silence(signs, closed);
        }
    }

    /// Where words begin in block `i`.
    #[inline]
    pub(crate) fn word_starts(&self, i: usize) -> u64 {
        let (words, before) = (self.block(i).words(), i.checked_sub(1).map_or(0, |i| self.block(i).words()));
        words & !left(words, before)
    }

    /// The next 64 bits of a mask from `from` on.
    #[inline]
    pub(crate) fn window(&self, from: usize, of: impl Fn(&Block) -> u64) -> u64 {
        let (i, n) = (from / 64, (from % 64) as u32);
        let here = of(self.block(i));
        if n == 0 { here } else { after(here, of(self.block(i + 1)), n) }
    }

    /// Where readings of a token may begin that is no longer than 64 bytes: words, and signs that are not quiet.
    #[inline]
    pub(crate) fn beginnings(&self, from: usize, to: usize) -> u64 {
        let words = self.window(from, Block::words);
        let quiet = self.window(from, |block| block.quiet | block.closed);
        let within = u64::MAX >> (64 - (to - from).clamp(1, 64));
        ((words & !(words << 1)) | !(words | quiet)) & within
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
        while mask == 0 && i < self.count {
            i += 1;
            mask = self.block(i).blanks;
        }
        (from, length.min(i * 64 + mask.trailing_zeros() as usize))
    }
}

impl Block {
    /// Signs that are not quiet, without those before a word of three letters or more: it is no letter of a row. What `&`
    /// begins may be one.
    #[inline]
    fn row_signs(&self, next: &Block, quiet: u64) -> u64 {
        let signs = self.others() & !(self.digits | quiet);
        if signs == 0 {
            return 0;
        }
        let (words, following) = (self.words(), next.words());
        let long = after(words, following, 1) & after(words, following, 2) & after(words, following, 3);
        let long_next = after(self.blanks, next.blanks, 1) & after(words, following, 2) & after(words, following, 3) & after(words, following, 4);
        signs & (self.amps | !(long | long_next))
    }

    /// Letters and digits alone with which a row of such may begin: it has three, and white space between.
    #[inline]
    fn rows(&self, before: &Block, next: &Block) -> u64 {
        let (words, following) = (self.words(), next.words());
        let word_after = after(words, following, 1);
        let alone = words & !left(words, before.words()) & !word_after & !after(self.closed, next.closed, 1);
        if alone == 0 {
            return 0;
        }
        // A longer word ends the row, behind one blank or behind one more that stands alone.
        let longer = |n: u32| after(words & word_after, following & following >> 1, n) & !after(self.pairs, next.pairs, n + 1);
        let blank = |n: u32| after(self.blanks, next.blanks, n);
        let alone_next = after(words, following, 2) & blank(3);
        alone & !(blank(1) & (longer(2) | (alone_next & longer(4))))
    }
}
