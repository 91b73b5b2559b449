//! The loops for x86-64.
#![expect(unsafe_code, reason = "vector loads, stores and instructions that the machine was asked for; see each block")]

use core::arch::x86_64::*;

use super::{Keys, PAD, put, scalar};
use crate::scan::table;

/// As [`super::Kernel::ascii`]; the caller has seen to the room and asked the machine for AVX-512.
#[inline]
pub(super) fn ascii_avx512(from: &[u8], to: &mut [u8], bits: &mut [u64], at: usize, lower: bool) -> usize {
    // SAFETY: `Kernel` holds this set only where the machine has it.
    unsafe { ascii_avx512_with(from, to, bits, at, lower) }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn ascii_avx512_with(from: &[u8], to: &mut [u8], bits: &mut [u64], at: usize, lower: bool) -> usize {
    if to.len() < from.len() + PAD {
        return 0;
    }
    let lower = if lower { u64::MAX } else { 0 };
    let mut done = 0;
    while done < from.len() {
        let left = from.len() - done;
        let there = if left >= 64 { u64::MAX } else { (1 << left) - 1 };
        // SAFETY: only the bytes before the end of `from` are read, the others are masked out.
        let bytes = unsafe { _mm512_maskz_loadu_epi8(there, from.as_ptr().add(done).cast()) };
        let beyond = _mm512_movepi8_mask(bytes);
        let is_upper = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8(b'A' as i8)), _mm512_set1_epi8(26));
        let folded = _mm512_mask_add_epi8(bytes, is_upper & lower, bytes, _mm512_set1_epi8(0x20));
        let is_letter =
            _mm512_cmplt_epu8_mask(_mm512_sub_epi8(_mm512_or_si512(bytes, _mm512_set1_epi8(0x20)), _mm512_set1_epi8(b'a' as i8)), _mm512_set1_epi8(26));
        let is_digit = _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8(b'0' as i8)), _mm512_set1_epi8(10));
        // SAFETY: `to` is longer than `from` by more than a block, seen to at entry, and `done` is below the length of `from`.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().add(done).cast(), folded) };
        let words = (is_letter | is_digit) & there;
        if beyond != 0 {
            let count = beyond.trailing_zeros() as usize;
            put(bits, at + done, words & ((1 << count) - 1));
            return done + count;
        }
        put(bits, at + done, words);
        done += 64;
    }
    from.len()
}

/// Folds and classes of 64 bytes by the pieces of a narrower set.
macro_rules! ascii_in_pieces {
    ($name:ident, $features:literal, $lanes:literal, $load:ident, $store:ident, $set:ident, $sub:ident, $add:ident, $less:ident, $and:ident, $or:ident, $mask:ident) => {
        #[target_feature(enable = $features)]
        fn $name(from: &[u8], to: &mut [u8], bits: &mut [u64], at: usize, lower: bool) -> usize {
            if to.len() < from.len() + PAD {
                return 0;
            }
            // Bytes are compared as signed numbers: each range is moved to the lowest ones.
            let below = |bytes, first: u8, count: i8| $less($sub(bytes, $set(first.wrapping_add(128) as i8)), $set(-128 + count));
            let case = $set(if lower { 0x20 } else { 0 });
            let mut tail = [0u8; 64];
            let mut done = 0;
            while done < from.len() {
                let left = from.len() - done;
                let source = if left >= 64 {
                    // SAFETY: at least 64 bytes are left.
                    unsafe { from.as_ptr().add(done) }
                } else {
                    if let (Some(place), Some(rest)) = (tail.get_mut(..left), from.get(done..)) {
                        place.copy_from_slice(rest);
                    }
                    tail.as_ptr()
                };
                let (mut beyond, mut words) = (0u64, 0u64);
                let mut piece = 0;
                while piece < 64 {
                    // SAFETY: `source` has 64 bytes, of which a piece is read.
                    let bytes = unsafe { $load(source.add(piece).cast()) };
                    let folded = $add(bytes, $and(below(bytes, b'A', 26), case));
                    let class = $or(below($or(bytes, $set(0x20)), b'a', 26), below(bytes, b'0', 10));
                    // SAFETY: `to` is longer than `from` by more than a block, seen to at entry, and `done` is below the length of `from`.
                    unsafe { $store(to.as_mut_ptr().add(done + piece).cast(), folded) };
                    beyond |= u64::from($mask(bytes) as u32) << piece;
                    words |= u64::from($mask(class) as u32) << piece;
                    piece += $lanes;
                }
                if left < 64 {
                    let there = (1 << left) - 1;
                    (beyond, words) = (beyond & there, words & there);
                }
                if beyond != 0 {
                    let count = beyond.trailing_zeros() as usize;
                    put(bits, at + done, words & ((1 << count) - 1));
                    return done + count;
                }
                put(bits, at + done, words);
                done += 64;
            }
            from.len()
        }
    };
}

ascii_in_pieces!(
    ascii_avx2_with,
    "avx2",
    32,
    _mm256_loadu_si256,
    _mm256_storeu_si256,
    _mm256_set1_epi8,
    _mm256_sub_epi8,
    _mm256_add_epi8,
    less_avx2,
    _mm256_and_si256,
    _mm256_or_si256,
    _mm256_movemask_epi8
);
ascii_in_pieces!(
    ascii_sse2_with,
    "sse2",
    16,
    _mm_loadu_si128,
    _mm_storeu_si128,
    _mm_set1_epi8,
    _mm_sub_epi8,
    _mm_add_epi8,
    _mm_cmplt_epi8,
    _mm_and_si128,
    _mm_or_si128,
    mask_sse2
);

#[target_feature(enable = "avx2")]
#[inline]
fn less_avx2(a: __m256i, b: __m256i) -> __m256i {
    _mm256_cmpgt_epi8(b, a)
}

/// Sixteen bits: without the cut, the sign of the whole would be spread over the word.
#[target_feature(enable = "sse2")]
#[inline]
fn mask_sse2(bytes: __m128i) -> i32 {
    _mm_movemask_epi8(bytes) & 0xffff
}

/// As [`super::Kernel::ascii`]; the caller has seen to the room and asked the machine for AVX2.
#[inline]
pub(super) fn ascii_avx2(from: &[u8], to: &mut [u8], bits: &mut [u64], at: usize, lower: bool) -> usize {
    // SAFETY: `Kernel` holds this set only where the machine has it.
    unsafe { ascii_avx2_with(from, to, bits, at, lower) }
}

/// As [`super::Kernel::ascii`]; the caller has seen to the room.
#[inline]
pub(super) fn ascii_sse2(from: &[u8], to: &mut [u8], bits: &mut [u64], at: usize, lower: bool) -> usize {
    // SAFETY: SSE2 belongs to x86-64.
    unsafe { ascii_sse2_with(from, to, bits, at, lower) }
}

/// As [`super::Kernel::runs`]; the caller has asked the machine for AVX-512 with VBMI2.
#[inline]
pub(super) fn runs_avx512(bits: &[u64], starts: &mut [u32], ends: &mut [u32]) -> (usize, usize) {
    // SAFETY: `Kernel` holds this set only where the machine has it.
    unsafe { runs_avx512_with(bits, starts, ends) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2")]
fn runs_avx512_with(bits: &[u64], starts: &mut [u32], ends: &mut [u32]) -> (usize, usize) {
    // A word has at most 32 beginnings and 32 ends; each store writes 16 numbers.
    let most = bits.len() * 32 + 32;
    if starts.len() < most || ends.len() < most {
        return (0, 0);
    }
    let (mut begun, mut ended, mut carry, mut base) = (0, 0, 0, 0u32);
    for word in bits {
        let before = word << 1 | carry;
        carry = word >> 63;
        begun += positions_avx512(word & !before, base, starts, begun);
        ended += positions_avx512(!word & before, base, ends, ended);
        base = base.wrapping_add(64);
    }
    (begun, ended)
}

/// Writes the numbers of the set bits, at most 32, from `out[at]` on; `out` has room for 16 more than there are.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2")]
#[inline]
fn positions_avx512(bits: u64, base: u32, out: &mut [u32], at: usize) -> usize {
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

/// The bytes 0 to 63.
#[target_feature(enable = "avx512f")]
#[inline]
pub(super) fn iota() -> __m512i {
    #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
    const NUMBERS: [u8; 64] = {
        let mut numbers = [0; 64];
        let mut at = 0;
        while at < 64 {
            numbers[at] = at as u8;
            at += 1;
        }
        numbers
    };
    // SAFETY: the constant has 64 bytes.
    unsafe { _mm512_loadu_si512(NUMBERS.as_ptr().cast()) }
}

/// As [`super::Kernel::hash_words`]; the caller has asked the machine for BMI2.
#[inline]
pub(super) fn hash_words_bmi2(bytes: &[u8], starts: &[u32], ends: &[u32], hashes: &mut Vec<u64>) {
    // SAFETY: `Kernel` holds a set with BMI2 only where the machine has it.
    unsafe { hash_words_with(bytes, starts, ends, hashes) }
}

#[target_feature(enable = "bmi2")]
fn hash_words_with(bytes: &[u8], starts: &[u32], ends: &[u32], hashes: &mut Vec<u64>) {
    table::hash_words(bytes, starts, ends, hashes);
}

/// As [`super::Kernel::pass`]; the caller has asked the machine for BMI2.
#[inline]
pub(super) fn pass_bmi2(filter: &[u64], keys: Keys<'_>, out: &mut [u32], count: usize) -> usize {
    // SAFETY: `Kernel` holds a set with BMI2 only where the machine has it.
    unsafe { pass_with(filter, keys, out, count) }
}

#[target_feature(enable = "bmi2")]
fn pass_with(filter: &[u64], keys: Keys<'_>, out: &mut [u32], count: usize) -> usize {
    scalar::pass(filter, keys, out, count)
}

/// Asks for the cache line of an element.
#[inline]
pub(super) fn prefetch<T>(element: &T) {
    // SAFETY: a prefetch reads nothing that the program sees, and the address is that of a live element.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(element).cast()) }
}
