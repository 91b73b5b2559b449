//! Words by BMI2 and AVX-512: their places from masks without a branch for each.
#![expect(unsafe_code, reason = "stores whose places are bounded, and instructions that the machine was asked for; see each block")]

use core::arch::x86_64::*;

use super::iota;
use crate::kernel::{Shape, scalar, words};

/// As [`crate::kernel::Kernel::words`]; the caller has asked the machine for AVX-512 with VBMI2, and for BMI2.
#[inline]
pub(in crate::kernel) fn avx512(bytes: &[u8], bits: &[u64], starts: &mut [u32], ends: &mut [u32], hashes: &mut [u64]) -> usize {
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
    unsafe { words::hash(bytes, bits.len(), starts, ends, hashes, begun.min(ended)) }
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

/// As [`crate::kernel::Kernel::words`]; the caller has asked the machine for BMI2.
#[inline]
pub(in crate::kernel) fn bmi2(bytes: &[u8], bits: &[u64], starts: &mut [u32], ends: &mut [u32], hashes: &mut [u64]) -> usize {
    // SAFETY: `Kernel` holds a set with these only where the machine has them.
    unsafe { bmi2_with(bytes, bits, starts, ends, hashes) }
}

#[target_feature(enable = "bmi1,bmi2,popcnt")]
fn bmi2_with(bytes: &[u8], bits: &[u64], starts: &mut [u32], ends: &mut [u32], hashes: &mut [u64]) -> usize {
    words::any(bytes, bits, starts, ends, hashes)
}

/// As [`crate::kernel::Kernel::anchors`]; the caller has asked the machine for BMI2.
#[inline]
pub(in crate::kernel) fn anchors_bmi2(filter: &[u64], hashes: &[u64], to: [&mut [u32]; 2], counts: [usize; 2]) -> [usize; 2] {
    // SAFETY: `Kernel` holds a set with BMI2 only where the machine has it.
    unsafe { anchors_with(filter, hashes, to, counts) }
}

#[target_feature(enable = "bmi1,bmi2,popcnt")]
fn anchors_with(filter: &[u64], hashes: &[u64], to: [&mut [u32]; 2], counts: [usize; 2]) -> [usize; 2] {
    words::anchors(filter, hashes, to, counts)
}

/// As [`crate::kernel::Kernel::grams`]; the caller has asked the machine for BMI2.
#[inline]
pub(in crate::kernel) fn grams_bmi2(filter: &[u64], text: &[u8], shape: &Shape, out: &mut [u32], count: usize) -> usize {
    // SAFETY: `Kernel` holds a set with BMI2 only where the machine has it.
    unsafe { grams_with(filter, text, shape, out, count) }
}

#[target_feature(enable = "bmi1,bmi2,popcnt")]
fn grams_with(filter: &[u64], text: &[u8], shape: &Shape, out: &mut [u32], count: usize) -> usize {
    scalar::grams(filter, text, shape, out, count)
}
