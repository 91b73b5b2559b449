//! Words: their hashes, and filters for them, with bounds seen to once for all of a text.
#![expect(unsafe_code, reason = "loads and stores whose places are bounded once for all words; see each block")]

use super::{Keys, scalar};
use crate::scan::table;

/// As [`super::Kernel::words`], with what every machine has.
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
pub(super) unsafe fn hash(bytes: &[u8], masks: usize, starts: &[u32], ends: &[u32], hashes: &mut [u64], count: usize) -> usize {
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

/// As [`super::Kernel::pass`]; filters of another size let nothing pass.
#[inline(always)]
pub(super) fn pass(filter: &[u64], keys: Keys<'_>, out: &mut [u32], count: usize) -> usize {
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
