//! Words: their hashes, and filters for them, with bounds seen to once for all of a text.
#![expect(unsafe_code, reason = "loads and stores whose places are bounded once for all words; see each block")]

use super::scalar;
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

/// As [`super::Kernel::anchors`]; filters of another size let nothing pass.
#[inline(always)]
pub(super) fn anchors(filter: &[u64], hashes: &[u64], [words, firsts]: [&mut [u32]; 2], [mut word, mut first]: [usize; 2]) -> [usize; 2] {
    let room = words.len().saturating_sub(word).min(firsts.len().saturating_sub(first));
    // A power of two of words, at least two; a number for every key.
    if !filter.len().is_power_of_two() || filter.len() < 2 || room < hashes.len() {
        return [word, first];
    }
    let shift = 64 - filter.len().trailing_zeros();
    for (at, hash) in hashes.iter().enumerate() {
        // Every number is written, and kept or written over.
        // SAFETY: what is left of a hash is below the number of words; no more numbers are kept of either kind than there are hashes, for which
        // there is room: both seen to just above.
        unsafe {
            let here = *filter.get_unchecked((hash >> shift) as usize);
            *words.get_unchecked_mut(word) = at as u32;
            *firsts.get_unchecked_mut(first) = at as u32;
            word += (here >> (hash & 63) & here >> (hash >> 6 & 63) & 1) as usize;
            first += (here >> (hash >> 12 & 63) & here >> (hash >> 18 & 63) & 1) as usize;
        }
    }
    [word, first]
}
