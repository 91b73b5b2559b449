//! The loops for x86-64.
#![expect(unsafe_code, reason = "vector loads, stores and instructions that the machine was asked for; see each block")]

use core::arch::x86_64::*;

use super::{PAD, put};

pub(super) mod blocks;
pub(super) mod filters;
pub(super) mod words;

/// As [`crate::kernel::Kernel::ascii`]; the caller has seen to the room and asked the machine for AVX-512.
#[inline]
pub(in crate::kernel) fn ascii_avx512(from: &[u8], to: &mut [u8], bits: &mut [u64], at: usize, lower: bool) -> usize {
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

/// As [`crate::kernel::Kernel::ascii`]; the caller has seen to the room and asked the machine for AVX2.
#[inline]
pub(in crate::kernel) fn ascii_avx2(from: &[u8], to: &mut [u8], bits: &mut [u64], at: usize, lower: bool) -> usize {
    // SAFETY: `Kernel` holds this set only where the machine has it.
    unsafe { ascii_avx2_with(from, to, bits, at, lower) }
}

/// As [`crate::kernel::Kernel::ascii`]; the caller has seen to the room.
#[inline]
pub(in crate::kernel) fn ascii_sse2(from: &[u8], to: &mut [u8], bits: &mut [u64], at: usize, lower: bool) -> usize {
    // SAFETY: SSE2 belongs to x86-64.
    unsafe { ascii_sse2_with(from, to, bits, at, lower) }
}

/// The bytes 0 to 63.
#[target_feature(enable = "avx512f")]
#[inline]
pub(in crate::kernel) fn iota() -> __m512i {
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

/// Asks for the cache line of an element.
#[inline]
pub(in crate::kernel) fn prefetch<T>(element: &T) {
    // SAFETY: a prefetch reads nothing that the program sees, and the address is that of a live element.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(element).cast()) }
}
