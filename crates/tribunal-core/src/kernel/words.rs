//! Words: their places from masks, their hashes, and filters for both, without a branch for each.
#![expect(unsafe_code, reason = "loads and stores whose places are bounded once for all words; see each block")]

use core::arch::x86_64::*;

use super::x86::iota;
use super::{Keys, scalar};
use crate::scan::table;

/// As [`super::Kernel::words`]; the caller has asked the machine for AVX-512 with VBMI2, and for BMI2.
#[inline]
pub(super) fn avx512(bytes: &[u8], bits: &[u64], starts: &mut [u32], ends: &mut [u32], hashes: &mut [u64]) -> usize {
    // SAFETY: `Kernel` holds this set only where the machine has it.
    unsafe { avx512_with(bytes, bits, starts, ends, hashes) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,bmi1,bmi2,popcnt")]
fn avx512_with(bytes: &[u8], bits: &[u64], starts: &mut [u32], ends: &mut [u32], hashes: &mut [u64]) -> usize {
    // A word of bits has at most 32 beginnings and 32 ends; each store writes 16 numbers.
    let most = bits.len() * 32 + 32;
    if starts.len() < most || ends.len() < most {
        return 0;
    }
    let (mut begun, mut ended, mut carry, mut base) = (0, 0, 0, 0u32);
    for word in bits {
        let before = word << 1 | carry;
        carry = word >> 63;
        begun += positions(word & !before, base, starts, begun);
        ended += positions(!word & before, base, ends, ended);
        base = base.wrapping_add(64);
    }
    // SAFETY: the beginnings are numbers of bits, and there are as many as were written.
    unsafe { hash(bytes, bits.len(), starts, ends, hashes, begun.min(ended)) }
}

/// Writes the numbers of the set bits, at most 32, from `out[at]` on; `out` has room for 16 more than there are.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
#[inline]
fn positions(bits: u64, base: u32, out: &mut [u32], at: usize) -> usize {
    let count = bits.count_ones() as usize;
    let numbers = _mm512_maskz_compress_epi8(bits, iota());
    let base = _mm512_set1_epi32(base as i32);
    let Some(place) = out.get_mut(at..at + 32) else { return 0 };
    let low = _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_castsi512_si128(numbers)), base);
    // SAFETY: `place` has room for 32 numbers, of which the first 16 are written.
    unsafe { _mm512_storeu_si512(place.as_mut_ptr().cast(), low) };
    if count > 16 {
        let high = _mm512_add_epi32(_mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32::<1>(numbers)), base);
        // SAFETY: `place` has room for 32 numbers, of which the last 16 are written.
        unsafe { _mm512_storeu_si512(place.as_mut_ptr().add(16).cast(), high) };
    }
    count.min(32)
}

/// As [`super::Kernel::words`]; the caller has asked the machine for BMI2.
#[inline]
pub(super) fn bmi2(bytes: &[u8], bits: &[u64], starts: &mut [u32], ends: &mut [u32], hashes: &mut [u64]) -> usize {
    // SAFETY: `Kernel` holds a set with these only where the machine has them.
    unsafe { bmi2_with(bytes, bits, starts, ends, hashes) }
}

#[target_feature(enable = "bmi1,bmi2,popcnt")]
fn bmi2_with(bytes: &[u8], bits: &[u64], starts: &mut [u32], ends: &mut [u32], hashes: &mut [u64]) -> usize {
    any(bytes, bits, starts, ends, hashes)
}

/// As [`super::Kernel::words`], with what every x86-64 has.
#[inline(always)]
pub(super) fn any(bytes: &[u8], bits: &[u64], starts: &mut [u32], ends: &mut [u32], hashes: &mut [u64]) -> usize {
    let count = scalar::places(bits, starts, ends);
    // SAFETY: the beginnings are numbers of bits, and there are as many as were written.
    unsafe { hash(bytes, bits.len(), starts, ends, hashes, count) }
}

/// The hashes of so many words.
///
/// # Safety
///
/// The first `count` of `starts` are below `masks * 64`.
#[inline(always)]
unsafe fn hash(bytes: &[u8], masks: usize, starts: &[u32], ends: &[u32], hashes: &mut [u64], count: usize) -> usize {
    let (Some(starts), Some(ends), Some(hashes)) = (starts.get(..count), ends.get(..count), hashes.get_mut(..count)) else { return 0 };
    if bytes.len() < masks * 64 + 16 {
        // The caller of all sets has seen to it.
        return 0;
    }
    for ((start, end), hash) in starts.iter().zip(ends).zip(hashes) {
        let (start, end) = (*start as usize, *end as usize);
        *hash = match table::MASKS.get(end.wrapping_sub(start)) {
            Some(mask) => {
                // SAFETY: `start` is below `masks * 64`, as the caller has seen to, and there are 16 bytes more.
                let (low, high) = unsafe {
                    let first = bytes.as_ptr().add(start).cast::<u64>();
                    (first.read_unaligned(), first.add(1).read_unaligned())
                };
                table::halves(u64::from_le(low) & *mask as u64, u64::from_le(high) & (*mask >> 64) as u64)
            }
            None => table::hash(bytes.get(start..end).unwrap_or_default()),
        };
    }
    count
}

/// As [`super::Kernel::pass`]; the caller has asked the machine for BMI2 and seen to it that the filter has a power of two of words.
#[inline]
pub(super) fn pass_bmi2(filter: &[u64], keys: Keys<'_>, out: &mut [u32], count: usize) -> usize {
    // SAFETY: `Kernel` holds a set with BMI2 only where the machine has it.
    unsafe { pass_with(filter, keys, out, count) }
}

#[target_feature(enable = "bmi1,bmi2,popcnt")]
fn pass_with(filter: &[u64], keys: Keys<'_>, out: &mut [u32], count: usize) -> usize {
    // A power of two of words, at least two; a number for every key.
    if !filter.len().is_power_of_two() || filter.len() < 2 || out.len() < count + keys.count() {
        return count;
    }
    match keys {
        // SAFETY: for both, the filter and the room are as asked for, seen to just above.
        Keys::Words(hashes) => unsafe { pass_keys(filter, hashes.iter().copied(), out, count) },
        Keys::Pairs(hashes) => {
            let seconds = hashes.get(1..).unwrap_or_default();
            let keys = hashes.iter().zip(seconds).map(|(first, second)| table::pair(*first, *second));
            // SAFETY: as above; there is one pair less than there are words.
            unsafe { pass_keys(filter, keys, out, count) }
        }
        Keys::Grams(..) => scalar::pass(filter, keys, out, count),
    }
}

/// Every number is written, and kept or written over.
///
/// # Safety
///
/// The filter has a power of two of words, at least two; from `out[count]` on there is room for a number of every key.
#[inline(always)]
unsafe fn pass_keys(filter: &[u64], keys: impl Iterator<Item = u64>, out: &mut [u32], mut count: usize) -> usize {
    let shift = 64 - filter.len().trailing_zeros();
    for (at, key) in keys.enumerate() {
        // SAFETY: what is left of a key is below the number of words; no more numbers are kept than there are keys, for which there is room.
        unsafe {
            let word = *filter.get_unchecked((key >> shift) as usize);
            *out.get_unchecked_mut(count) = at as u32;
            count += (word >> (key & 63) & word >> (key >> 6 & 63) & 1) as usize;
        }
    }
    count
}
