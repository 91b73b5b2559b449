//! What the loops do, for any machine.

use super::{Shape, put};
use crate::scan::table;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

/// As [`super::Kernel::ascii`]; the caller has seen to the room.
pub(super) fn ascii(from: &[u8], to: &mut [u8], bits: &mut [u64], at: usize, lower: bool) -> usize {
    let (words, rest) = from.as_chunks::<8>();
    let mut done = 0;
    for (word, place) in words.iter().zip(to.as_chunks_mut::<8>().0) {
        let bytes = u64::from_le_bytes(*word);
        if bytes & HIGH != 0 {
            break;
        }
        // In bytes below 128 the high bit is free: set where the byte is at least the bound.
        let at_least = |bytes: u64, bound: u8| bytes + u64::from(0x80 - bound) * ONES;
        let between = |bytes: u64, low: u8, high: u8| at_least(bytes, low) & !at_least(bytes, high + 1) & HIGH;
        let upper = between(bytes, b'A', b'Z');
        let folded = bytes | (upper >> 2);
        *place = if lower { folded } else { bytes }.to_le_bytes();
        let class = between(folded, b'a', b'z') | between(bytes, b'0', b'9');
        // One bit of every byte to one byte of bits.
        put(bits, at + done, (class >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56);
        done += 8;
    }
    let tail = if done == words.len() * 8 { rest } else { from.get(done..done + 8).unwrap_or_default() };
    for byte in tail.iter().take_while(|byte| byte.is_ascii()) {
        if let Some(place) = to.get_mut(done) {
            *place = if lower { byte.to_ascii_lowercase() } else { *byte };
        }
        put(bits, at + done, u64::from(byte.is_ascii_alphanumeric()));
        done += 1;
    }
    done
}

/// As [`super::stops`].
#[cfg(any(test, not(target_arch = "x86_64")))]
pub(super) fn stops(block: &[u8; 64]) -> u64 {
    // The high bit of each byte that is zero, exactly: nothing is carried from byte to byte.
    let zero = |bytes: u64| !(((bytes & !HIGH) + !HIGH) | bytes) & HIGH;
    let words = block.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
    words.enumerate().fold(0, |stops, (place, bytes)| {
        let found = zero(bytes ^ (ONES * 0x22)) | zero(bytes ^ (ONES * 0x5c)) | zero(bytes & (ONES * 0xe0));
        stops | ((found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * place)
    })
}

/// As [`super::Kernel::words`].
pub(super) fn words(bytes: &[u8], bits: &[u64], starts: &mut [u32], ends: &mut [u32], hashes: &mut [u64]) -> usize {
    let count = places(bits, starts, ends);
    for ((start, end), hash) in starts.iter().zip(ends).zip(hashes).take(count) {
        let (start, end) = (*start as usize, *end as usize);
        let sixteen = bytes.get(start..).and_then(|rest| rest.first_chunk::<16>());
        *hash = match (sixteen, table::MASKS.get(end.wrapping_sub(start))) {
            (Some(sixteen), Some(mask)) => table::short(u128::from_le_bytes(*sixteen) & mask),
            _ => table::hash(bytes.get(start..end).unwrap_or_default()),
        };
    }
    count
}

/// The runs of set bits: where each begins and ends.
#[inline(always)]
pub(super) fn places(bits: &[u64], starts: &mut [u32], ends: &mut [u32]) -> usize {
    let (mut begun, mut ended, mut carry, mut base) = (0, 0, 0, 0u32);
    for word in bits {
        let before = word << 1 | carry;
        carry = word >> 63;
        begun = positions(word & !before, base, starts, begun);
        ended = positions(!word & before, base, ends, ended);
        base = base.wrapping_add(64);
    }
    begun.min(ended)
}

#[inline(always)]
fn positions(mut bits: u64, base: u32, out: &mut [u32], mut count: usize) -> usize {
    while bits != 0 {
        if let Some(place) = out.get_mut(count) {
            *place = base + bits.trailing_zeros();
            count += 1;
        }
        bits &= bits - 1;
    }
    count
}

/// As [`super::Kernel::grams`]. Compiled once more for machines with BMI2.
#[inline(always)]
pub(super) fn grams(filter: &[u64], text: &[u8], shape: &Shape, out: &mut [u32], mut count: usize) -> usize {
    let (behind, shift) = (8 * (shape.width() - 1), 64 - filter.len().trailing_zeros());
    let (head, rest) = text.split_at_checked(shape.width() - 1).unwrap_or_default();
    // The bytes seen last, the newest the highest; whether so many of them stand where they may, a bit for each number of them; the last one.
    let push = |(bytes, held, before): (u64, u32, u8), byte: &u8| {
        let places = shape.places().get(usize::from(*byte)).copied().unwrap_or(0);
        let pairs = shape.pairs().get(Shape::pair(before, *byte)).copied().unwrap_or(0);
        (bytes >> 8 | u64::from(*byte) << behind, (held << 1 & u32::from(pairs) << 1 | 1) & u32::from(places), *byte)
    };
    let mut last = head.iter().fold((0, 0, 0), push);
    for (at, byte) in (0..).zip(rest) {
        last = push(last, byte);
        // Few places are looked up.
        if last.1 >> (shape.width() - 1) & 1 == 0 {
            continue;
        }
        let key = table::gram(last.0);
        let bits = table::bits(key);
        if filter.get((key >> shift) as usize).is_some_and(|word| word & bits == bits)
            && let Some(place) = out.get_mut(count)
        {
            *place = at;
            count += 1;
        }
    }
    count
}

/// As [`super::Kernel::anchors`].
pub(super) fn anchors(filter: &[u64], hashes: &[u64], [words, firsts]: [&mut [u32]; 2], [mut word, mut first]: [usize; 2]) -> [usize; 2] {
    let shift = 64 - filter.len().trailing_zeros();
    for (at, hash) in (0..).zip(hashes) {
        let here = filter.get((hash >> shift) as usize).copied().unwrap_or(0);
        let passes = |bits: u64| usize::from(here & bits == bits);
        if let (Some(to_word), Some(to_first)) = (words.get_mut(word), firsts.get_mut(first)) {
            (*to_word, *to_first) = (at, at);
            word += passes(table::bits(*hash));
            first += passes(table::first_bits(*hash));
        }
    }
    [word, first]
}

/// As [`super::Kernel::squeeze`]. Without a branch: every letter is written, and kept or written over.
pub(super) fn squeeze(classes: &[u8; 128], text: &[u8], out: &mut [u8], places: &mut [u32]) -> usize {
    let (mut count, mut last) = (0, 0);
    for (at, byte) in (0..).zip(text) {
        let letter = classes.get(usize::from(*byte)).copied().unwrap_or(0);
        if let (Some(to), Some(place)) = (out.get_mut(count), places.get_mut(count)) {
            (*to, *place) = (letter, at);
        }
        count += usize::from(letter != 0 && letter != last);
        last = if letter == 0 { last } else { letter };
    }
    count
}
