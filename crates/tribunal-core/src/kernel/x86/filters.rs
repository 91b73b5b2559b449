//! Filters with AVX-512: eight keys at a time; and squeezing, 64 bytes at a time.
#![expect(unsafe_code, reason = "vector loads, gathers and stores for which the machine was asked; see each block")]

use core::arch::x86_64::*;

use super::iota;
use crate::kernel::Shape;
use crate::scan::table;

/// As [`crate::kernel::Kernel::grams`]; the caller has asked the machine for AVX-512 and seen to it that the filter has a power of two of words.
#[inline]
pub(in crate::kernel) fn grams_avx512(filter: &[u64], text: &[u8], shape: &Shape, out: &mut [u32], count: usize) -> usize {
    // SAFETY: `Kernel` holds this set only where the machine has it.
    unsafe { grams_with(filter, text, shape, out, count) }
}

/// Places of the text that one load of it serves: the last of them needs the seven bytes behind.
const SERVED: usize = 56;

/// First the places whose bytes all stand where and beside what they may, then of those, eight at a time, the ones that pass.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vbmi2")]
fn grams_with(filter: &[u64], text: &[u8], shape: &Shape, out: &mut [u32], mut count: usize) -> usize {
    if !filter.len().is_power_of_two() || filter.len() < 2 {
        return count;
    }
    let width = shape.width();
    // Each of eight numbers eight times, and the numbers of the bytes behind each.
    let eight_times = _mm512_set_epi64(
        0x0707_0707_0707_0707,
        0x0606_0606_0606_0606,
        0x0505_0505_0505_0505,
        0x0404_0404_0404_0404,
        0x0303_0303_0303_0303,
        0x0202_0202_0202_0202,
        0x0101_0101_0101_0101,
        0,
    );
    let behind = _mm512_set1_epi64(0x0706_0504_0302_0100);
    let one_of_eight = _mm512_set1_epi64(0x8040_2010_0804_0201_u64 as i64);
    let kept = _mm512_set1_epi64((u64::MAX >> (64 - 8 * width)) as i64);
    let multiplier = _mm512_set1_epi64(table::GRAM as i64);
    // SAFETY: the table has 256 bytes.
    let quarters = unsafe { [0, 64, 128, 192].map(|from| _mm512_loadu_si512(shape.places().as_ptr().add(from).cast())) };
    let [a, b, c, d] = quarters;
    let places = (text.len() + 1).saturating_sub(width);
    let mut base = 0;
    while base < places {
        let left = text.len() - base;
        let there = if left >= 64 { u64::MAX } else { (1 << left) - 1 };
        // SAFETY: only the bytes before the end of the text are read, the others are masked out.
        let bytes = unsafe { _mm512_maskz_loadu_epi8(there, text.as_ptr().add(base).cast()) };
        let (low, high) = (_mm512_permutex2var_epi8(a, bytes, b), _mm512_permutex2var_epi8(c, bytes, d));
        let held = _mm512_mask_mov_epi8(low, _mm512_movepi8_mask(bytes), high);
        let mut valid = u64::MAX >> (64 - (places - base).min(SERVED));
        let mut place = 0;
        while place < width {
            valid &= _mm512_test_epi8_mask(held, _mm512_set1_epi8(1 << place)) >> place;
            place += 1;
        }
        // Each byte with the next: of the number of both, which of the eight, and the bit in it.
        let next = _mm512_permutexvar_epi8(_mm512_add_epi8(iota(), _mm512_set1_epi8(1)), bytes);
        let eights = _mm512_or_si512(
            _mm512_and_si512(_mm512_slli_epi16::<2>(bytes), _mm512_set1_epi8(0x7c)),
            _mm512_and_si512(_mm512_srli_epi16::<3>(next), _mm512_set1_epi8(3)),
        );
        let bits = _mm512_shuffle_epi8(one_of_eight, _mm512_and_si512(next, _mm512_set1_epi8(7)));
        for (place, plane) in shape.planes().iter().enumerate() {
            // SAFETY: a plane has 128 bytes.
            let (low, high) = unsafe { (_mm512_loadu_si512(plane.as_ptr().cast()), _mm512_loadu_si512(plane.as_ptr().add(64).cast())) };
            valid &= _mm512_test_epi8_mask(_mm512_permutex2var_epi8(low, eights, high), bits) >> place;
        }
        if valid == 0 {
            base += SERVED;
            continue;
        }
        let numbers = _mm512_maskz_compress_epi8(valid, iota());
        let found = valid.count_ones() as usize;
        let mut at = 0;
        while at < found {
            let from = _mm512_permutexvar_epi8(_mm512_add_epi8(eight_times, _mm512_set1_epi8(at as i8)), numbers);
            let keys = _mm512_permutexvar_epi8(_mm512_add_epi8(from, behind), bytes);
            let wide = _mm512_mullo_epi64(_mm512_and_si512(keys, kept), multiplier);
            let keys = _mm512_xor_si512(wide, _mm512_srli_epi64::<32>(wide));
            let there = if found - at >= 8 { u8::MAX } else { (1 << (found - at)) - 1 };
            let passed = eight_pass(filter, keys) & there;
            if passed != 0 {
                let from = _mm512_cvtepi64_epi32(_mm512_and_si512(from, _mm512_set1_epi64(0xff)));
                count += push(out, count, _mm256_add_epi32(from, _mm256_set1_epi32(base as i32)), passed);
            }
            at += 8;
        }
        base += SERVED;
    }
    count
}

/// Which of eight keys pass.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
#[inline]
fn eight_pass(filter: &[u64], keys: __m512i) -> __mmask8 {
    // So many of the highest bits are left as there are numbers of words.
    let shift = _mm_cvtsi64_si128(i64::from(64 - filter.len().trailing_zeros()));
    let places = _mm512_srl_epi64(keys, shift);
    // SAFETY: the filter has a power of two of words, at least two, and each place is below that: the caller has seen to it.
    let words = unsafe { _mm512_i64gather_epi64::<8>(places, filter.as_ptr().cast()) };
    let (one, low) = (_mm512_set1_epi64(1), _mm512_set1_epi64(63));
    let first = _mm512_sllv_epi64(one, _mm512_and_si512(keys, low));
    let second = _mm512_sllv_epi64(one, _mm512_and_si512(_mm512_srli_epi64::<6>(keys), low));
    let bits = _mm512_or_si512(first, second);
    _mm512_cmpeq_epi64_mask(_mm512_and_si512(words, bits), bits)
}

/// Writes those of eight numbers that passed; tells how many.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]
#[inline]
fn push(out: &mut [u32], count: usize, numbers: __m256i, passed: __mmask8) -> usize {
    let Some(place) = out.get_mut(count..count + 8) else { return 0 };
    // SAFETY: `place` has room for eight numbers.
    unsafe { _mm256_storeu_si256(place.as_mut_ptr().cast(), _mm256_maskz_compress_epi32(passed, numbers)) };
    passed.count_ones() as usize
}

/// As [`crate::kernel::Kernel::squeeze`]; the caller has asked the machine for AVX-512, and both of what is written are 64 longer than the text.
#[inline]
pub(in crate::kernel) fn squeeze_avx512(classes: &[u8; 128], text: &[u8], out: &mut [u8], places: &mut [u32]) -> usize {
    // SAFETY: `Kernel` holds this set only where the machine has it.
    unsafe { squeeze_with(classes, text, out, places) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2")]
fn squeeze_with(classes: &[u8; 128], text: &[u8], out: &mut [u8], places: &mut [u32]) -> usize {
    // SAFETY: the table has 128 bytes.
    let (low, high) = unsafe { (_mm512_loadu_si512(classes.as_ptr().cast()), _mm512_loadu_si512(classes.as_ptr().add(64).cast())) };
    let (mut count, mut last) = (0, 0u8);
    for (block, base) in text.chunks(64).zip((0..).step_by(64)) {
        let there = if block.len() == 64 { u64::MAX } else { (1 << block.len()) - 1 };
        // SAFETY: only the bytes of the block are read, the others are masked out.
        let bytes = unsafe { _mm512_maskz_loadu_epi8(there, block.as_ptr().cast()) };
        let all = _mm512_permutex2var_epi8(low, bytes, high);
        let kept = _mm512_test_epi8_mask(all, all) & !_mm512_movepi8_mask(bytes) & there;
        if kept == 0 {
            continue;
        }
        let letters = _mm512_maskz_compress_epi8(kept, all);
        // Each letter beside the one before it, the first beside the last of the block before.
        let before = _mm512_mask_set1_epi8(_mm512_permutexvar_epi8(_mm512_sub_epi8(iota(), _mm512_set1_epi8(1)), letters), 1, last as i8);
        let found = kept.count_ones();
        let new = _mm512_cmpneq_epi8_mask(letters, before) & (u64::MAX >> (64 - found));
        let (Some(to), Some(place)) = (out.get_mut(count..count + 64), places.get_mut(count..count + 64)) else { return count };
        // SAFETY: `to` has 64 bytes.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), _mm512_maskz_compress_epi8(new, letters)) };
        let numbers = _mm512_maskz_compress_epi8(new, _mm512_maskz_compress_epi8(kept, iota()));
        widen(numbers, base, new.count_ones() as usize, place);
        count += new.count_ones() as usize;
        // The last letter of the block is written in any case, or was the last before it.
        last = count.checked_sub(1).and_then(|at| out.get(at)).copied().unwrap_or(0);
    }
    count
}

/// Writes the first `count` of 64 small numbers, `base` added to each, and anything behind them.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2")]
#[inline]
fn widen(numbers: __m512i, base: i32, count: usize, out: &mut [u32]) {
    let quarters = [
        _mm512_castsi512_si128(numbers),
        _mm512_extracti32x4_epi32::<1>(numbers),
        _mm512_extracti32x4_epi32::<2>(numbers),
        _mm512_extracti32x4_epi32::<3>(numbers),
    ];
    for (quarter, to) in quarters.into_iter().zip(out.chunks_exact_mut(16)).take(count.div_ceil(16)) {
        let wide = _mm512_add_epi32(_mm512_cvtepu8_epi32(quarter), _mm512_set1_epi32(base));
        // SAFETY: `to` has room for 16 numbers.
        unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), wide) };
    }
}
