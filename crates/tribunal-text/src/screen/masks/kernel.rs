//! Byte by byte into flags, written so that compilers make vector instructions of the first loop.

use super::{Block, line};

const LETTER: u8 = 1;
const BLANK: u8 = 2;
const DIGIT: u8 = 4;
const DOUBLED: u8 = 8;
const PAIR: u8 = 16;
const LOOKS: u8 = 32;

const QUIET: u8 = 1;
const CLOSED: u8 = 2;
const AT: u8 = 4;
const HASH: u8 = 8;
const BANG: u8 = 16;
const QUOTE: u8 = 32;
const AMP: u8 = 64;

fn of(is: bool, flag: u8) -> u8 {
    if is { flag } else { 0 }
}

/// Classifies a block; `before` is the byte before it.
pub(super) fn block(bytes: &[u8; 64], before: u8) -> Block {
    let (mut flags, mut signs) = ([0u8; 64], [0u8; 64]);
    let mut previous = [before; 64];
    for (to, from) in previous.iter_mut().skip(1).zip(bytes) {
        *to = *from;
    }
    for (((flag, sign), byte), before) in flags.iter_mut().zip(&mut signs).zip(bytes).zip(&previous) {
        let (y, before) = (*byte | 0x20, *before | 0x20);
        let looks = byte.wrapping_sub(line::LOOKS) < 26;
        let letter = (y.wrapping_sub(b'a') < 26) | looks | (*byte >= line::OTHER);
        *flag = of(letter, LETTER)
            | of((*byte == b' ') | (byte.wrapping_sub(9) < 5), BLANK)
            | of(byte.wrapping_sub(b'0') < 10, DIGIT)
            | of(letter & (y == before), DOUBLED)
            | of(((y == b'v') & (before == b'v')) | ((y == b'h') & (before == b'p')), PAIR)
            | of(looks, LOOKS);
        let quiet = (byte.wrapping_sub(b',') < 3) | (byte.wrapping_sub(b':') < 2) | (*byte == b'=') | (*byte == b'?') | (*byte == b'"');
        *sign = of(quiet | (*byte == b')') | (*byte == b'_') | (*byte == line::SIGN), QUIET)
            | of((*byte == b'\'') | (*byte == line::BARRIER), CLOSED)
            | of(*byte == b'@', AT)
            | of(*byte == b'#', HASH)
            | of(*byte == b'!', BANG)
            | of(*byte == b'"', QUOTE)
            | of(*byte == b'&', AMP);
    }
    let (flags, signs) = (Packed::of(&flags), Packed::of(&signs));
    Block {
        letters: flags.bits(LETTER),
        digits: flags.bits(DIGIT),
        blanks: flags.bits(BLANK),
        quiet: signs.bits(QUIET),
        closed: signs.bits(CLOSED),
        ats: signs.bits(AT),
        hashes: signs.bits(HASH),
        bangs: signs.bits(BANG),
        quotes: signs.bits(QUOTE),
        amps: signs.bits(AMP),
        doubled: flags.bits(DOUBLED),
        pairs: flags.bits(PAIR),
        looks: flags.bits(LOOKS),
    }
}

/// Flags of 64 bytes, and all of them together.
struct Packed([u64; 8], u64);

impl Packed {
    fn of(flags: &[u8; 64]) -> Packed {
        let (parts, _) = flags.as_chunks::<8>();
        let words: [u64; 8] = std::array::from_fn(|i| parts.get(i).map_or(0, |part| u64::from_le_bytes(*part)));
        Packed(words, words.iter().fold(0, |all, flags| all | flags))
    }

    /// The bit `flag` of each byte, the first byte lowest. Most blocks have none of what is rare.
    fn bits(&self, flag: u8) -> u64 {
        if self.1 & u64::from_le_bytes([flag; 8]) == 0 {
            return 0;
        }
        let gather = |flags: u64| ((flags >> flag.trailing_zeros()) & 0x0101_0101_0101_0101).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        self.0.iter().rev().fold(0, |bits, flags| bits << 8 | gather(*flags))
    }
}
