//! Classes of bytes for the first look for disguises: what [`tribunal_text::classify`] says, by the machine's instructions.
//!
//! Written alike for AVX2 it took twice the time of SSE2: its vectors went through memory.
#![expect(unsafe_code, reason = "vector loads and instructions that the machine was asked for; see each block")]

use core::arch::x86_64::*;

use tribunal_text::Block;

/// As [`tribunal_text::classify`]; the caller has asked the machine for AVX-512.
pub(in crate::kernel) fn avx512(line: &[u8], blocks: &mut [Block]) {
    // SAFETY: only handed out where the machine has this set.
    unsafe { avx512_with(line, blocks) }
}

/// As [`tribunal_text::classify`]; every x86-64 has SSE2.
pub(in crate::kernel) fn sse2(line: &[u8], blocks: &mut [Block]) {
    // SAFETY: every x86-64 has this set.
    unsafe { sse2_with(line, blocks) }
}

/// As [`crate::kernel::stops`]; every x86-64 has SSE2. Four blocks make a usual line: asking for wider ones costs what it saves.
#[inline]
pub(in crate::kernel) fn stops(block: &[u8; 64]) -> u64 {
    let mut stops = 0;
    for (place, piece) in block.as_chunks::<16>().0.iter().enumerate() {
        // SAFETY: there are 16 bytes, and every x86-64 has this set.
        let found = unsafe {
            let bytes = _mm_loadu_si128(piece.as_ptr().cast());
            let is = |byte: u8| _mm_cmpeq_epi8(bytes, _mm_set1_epi8(byte.cast_signed()));
            let control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
            _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(is(b'"'), is(b'\\')), control))
        };
        stops |= u64::from(found.cast_unsigned()) << (16 * place);
    }
    stops
}

#[target_feature(enable = "avx512f,avx512bw")]
fn avx512_with(line: &[u8], blocks: &mut [Block]) {
    let all = |byte: u8| _mm512_set1_epi8(byte.cast_signed());
    // The byte before the line is a blank.
    let mut last = 1u64;
    for (done, block) in (0..line.len()).step_by(64).zip(blocks) {
        let left = line.len() - done;
        let there = if left < 64 { (1u64 << left) - 1 } else { u64::MAX };
        let from = line.as_ptr().wrapping_add(done);
        // SAFETY: only bytes of the line are loaded: from `done` on as many as there are, and those from one before, of
        // which the first is left out at the beginning of the line.
        let (bytes, before) = unsafe {
            let bytes = _mm512_maskz_loadu_epi8(there, from.cast());
            (bytes, _mm512_maskz_loadu_epi8(there & !last, from.wrapping_sub(1).cast()))
        };
        last = 0;
        let (small, small_before) = (_mm512_or_si512(bytes, all(0x20)), _mm512_or_si512(before, all(0x20)));
        let is = |byte: u8| _mm512_cmpeq_epi8_mask(bytes, all(byte));
        let within = |bytes, first: u8, count: u8| _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, all(first)), all(count));
        let looks = within(bytes, 0x80, 26);
        let letters = within(small, b'a', 26) | looks | _mm512_cmpge_epu8_mask(bytes, all(0xc0));
        let pair = |first: u8, second: u8| _mm512_cmpeq_epi8_mask(small_before, all(first)) & _mm512_cmpeq_epi8_mask(small, all(second));
        *block = Block {
            letters,
            digits: within(bytes, b'0', 10),
            blanks: is(b' ') | within(bytes, 9, 5) | !there,
            quiet: within(bytes, b',', 3) | within(bytes, b':', 2) | is(b'=') | is(b'?') | is(b'"') | is(b')') | is(b'_') | is(0xb0),
            closed: is(b'\'') | is(0xb1),
            ats: is(b'@'),
            hashes: is(b'#'),
            bangs: is(b'!'),
            quotes: is(b'"'),
            amps: is(b'&'),
            doubled: letters & _mm512_cmpeq_epi8_mask(small, small_before),
            pairs: pair(b'v', b'v') | pair(b'p', b'h'),
            looks,
        };
    }
}

/// The 65 bytes from the one before `done` on, and blanks beyond the ends of the line, copied where the line does not have
/// all of them.
#[inline(always)]
fn around<'a>(line: &'a [u8], done: usize, copy: &'a mut [u8; 65]) -> &'a [u8; 65] {
    if let Some(here) = done.checked_sub(1).and_then(|from| line.get(from..)).and_then(|rest| rest.first_chunk()) {
        return here;
    }
    *copy = [b' '; 65];
    let from = done.saturating_sub(1);
    let rest = line.get(from..line.len().min(done + 64)).unwrap_or_default();
    if let Some(place) = copy.get_mut(from + 1 - done..).and_then(|place| place.get_mut(..rest.len())) {
        place.copy_from_slice(rest);
    }
    copy
}

/// The same, 16 bytes at a time.
#[target_feature(enable = "sse2")]
fn sse2_with(line: &[u8], blocks: &mut [Block]) {
    let all = |byte: u8| _mm_set1_epi8(byte.cast_signed());
    let or = |a, b| _mm_or_si128(a, b);
    let within = |bytes, first: u8, count: u8| {
        let place = _mm_sub_epi8(bytes, all(first));
        _mm_cmpeq_epi8(_mm_min_epu8(place, all(count - 1)), place)
    };
    let mut copy = [b' '; 65];
    for (done, block) in (0..line.len()).step_by(64).zip(blocks) {
        let from = around(line, done, &mut copy).as_ptr();
        *block = Block::default();
        for piece in (0..64).step_by(16) {
            // SAFETY: there are 65 bytes; of those before and behind the first, a piece each is read.
            let (before, bytes) = unsafe { (_mm_loadu_si128(from.add(piece).cast()), _mm_loadu_si128(from.add(piece + 1).cast())) };
            let (small, small_before) = (or(bytes, all(0x20)), or(before, all(0x20)));
            let bits = |found| u64::from(_mm_movemask_epi8(found).cast_unsigned()) << piece;
            let is = |byte: u8| _mm_cmpeq_epi8(bytes, all(byte));
            let pair = |first: u8, second: u8| _mm_and_si128(_mm_cmpeq_epi8(small_before, all(first)), _mm_cmpeq_epi8(small, all(second)));
            let looks = within(bytes, 0x80, 26);
            let letters = or(or(within(small, b'a', 26), looks), _mm_cmpeq_epi8(_mm_max_epu8(bytes, all(0xc0)), bytes));
            let (digits, blanks) = (within(bytes, b'0', 10), or(is(b' '), within(bytes, 9, 5)));
            block.letters |= bits(letters);
            block.digits |= bits(digits);
            block.blanks |= bits(blanks);
            // Half of the pieces have no sign at all.
            if _mm_movemask_epi8(or(or(letters, digits), blanks)) != 0xffff {
                let stops = or(or(within(bytes, b',', 3), within(bytes, b':', 2)), or(is(b'='), is(b'?')));
                block.quiet |= bits(or(or(stops, or(is(b'"'), is(b')'))), or(is(b'_'), is(0xb0))));
                block.closed |= bits(or(is(b'\''), is(0xb1)));
                block.ats |= bits(is(b'@'));
                block.hashes |= bits(is(b'#'));
                block.bangs |= bits(is(b'!'));
                block.quotes |= bits(is(b'"'));
                block.amps |= bits(is(b'&'));
            }
            block.doubled |= bits(_mm_and_si128(letters, _mm_cmpeq_epi8(small, small_before)));
            block.pairs |= bits(or(pair(b'v', b'v'), pair(b'p', b'h')));
            block.looks |= bits(looks);
        }
    }
}
