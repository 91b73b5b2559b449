//! The loops for 64-bit ARM with NEON, as it is compiled for: 64 bytes at a time, in four registers.
#![expect(unsafe_code, reason = "vector loads and stores whose places are bounded, and a prefetch; see each block")]

use core::arch::aarch64::*;

use super::{PAD, put};
use tribunal_text::Block;

/// The 64 bytes of `line` from `done` on, and behind its end what `copy` has; how many there are.
#[inline(always)]
fn block<'a>(line: &'a [u8], done: usize, copy: &'a mut [u8; 64]) -> (&'a [u8; 64], usize) {
    let rest = line.get(done..).unwrap_or_default();
    if let Some(here) = rest.first_chunk() {
        return (here, 64);
    }
    for (to, from) in copy.iter_mut().zip(rest) {
        *to = *from;
    }
    (copy, rest.len())
}

#[inline(always)]
fn load(bytes: &[u8; 64]) -> uint8x16x4_t {
    // SAFETY: there are 64 bytes.
    unsafe { vld1q_u8_x4(bytes.as_ptr()) }
}

/// A bit for each byte, of bytes that are all ones or none.
#[target_feature(enable = "neon")]
#[inline]
fn bits(of: uint8x16x4_t) -> u64 {
    let places = vreinterpretq_u8_u64(vdupq_n_u64(0x8040_2010_0804_0201));
    let place = |bytes| vandq_u8(bytes, places);
    let eighths = vpaddq_u8(vpaddq_u8(place(of.0), place(of.1)), vpaddq_u8(place(of.2), place(of.3)));
    vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(eighths, eighths)))
}

/// What `to` makes of each register; [`both`] of each of one block with its like of another.
#[inline(always)]
fn each(of: uint8x16x4_t, to: impl Fn(uint8x16_t) -> uint8x16_t) -> uint8x16x4_t {
    uint8x16x4_t(to(of.0), to(of.1), to(of.2), to(of.3))
}

#[inline(always)]
fn both(a: uint8x16x4_t, b: uint8x16x4_t, to: impl Fn(uint8x16_t, uint8x16_t) -> uint8x16_t) -> uint8x16x4_t {
    uint8x16x4_t(to(a.0, b.0), to(a.1, b.1), to(a.2, b.2), to(a.3, b.3))
}

/// So many bytes from `first` on.
#[target_feature(enable = "neon")]
#[inline]
fn within(bytes: uint8x16_t, first: u8, count: u8) -> uint8x16_t {
    vcltq_u8(vsubq_u8(bytes, vdupq_n_u8(first)), vdupq_n_u8(count))
}

/// As [`super::Kernel::ascii`]; the caller has seen to the room.
pub(super) fn ascii(from: &[u8], to: &mut [u8], bits: &mut [u64], at: usize, lower: bool) -> usize {
    // SAFETY: this is compiled only for machines with NEON.
    unsafe { ascii_with(from, to, bits, at, lower) }
}

#[target_feature(enable = "neon")]
fn ascii_with(from: &[u8], to: &mut [u8], masks: &mut [u64], at: usize, lower: bool) -> usize {
    if to.len() < from.len() + PAD {
        return 0;
    }
    let case = vdupq_n_u8(if lower { 0x20 } else { 0 });
    let mut copy = [0; 64];
    let mut done = 0;
    while done < from.len() {
        let (here, count) = block(from, done, &mut copy);
        let bytes = load(here);
        let folded = each(bytes, |bytes| vaddq_u8(bytes, vandq_u8(within(bytes, b'A', 26), case)));
        let class = each(bytes, |bytes| vorrq_u8(within(vorrq_u8(bytes, vdupq_n_u8(0x20)), b'a', 26), within(bytes, b'0', 10)));
        if let Some(place) = to.get_mut(done..).and_then(|rest| rest.first_chunk_mut::<64>()) {
            // SAFETY: the place has 64 bytes.
            unsafe { vst1q_u8_x4(place.as_mut_ptr(), folded) };
        }
        let there = u64::MAX >> (64 - count);
        let words = bits(class) & there;
        let beyond = bits(each(bytes, |bytes| vcgeq_u8(bytes, vdupq_n_u8(0x80)))) & there;
        if beyond != 0 {
            let count = beyond.trailing_zeros() as usize;
            put(masks, at + done, words & ((1 << count) - 1));
            return done + count;
        }
        put(masks, at + done, words);
        done += 64;
    }
    from.len()
}

/// As [`tribunal_text::classify`].
pub(super) fn classify(line: &[u8], blocks: &mut [Block]) {
    // SAFETY: this is compiled only for machines with NEON.
    unsafe { classify_with(line, blocks) }
}

#[target_feature(enable = "neon")]
fn classify_with(line: &[u8], blocks: &mut [Block]) {
    let all = |byte: u8| vdupq_n_u8(byte);
    let or = |a, b| vorrq_u8(a, b);
    let mut copy = [b' '; 64];
    // The byte before the line is a blank.
    let mut last = all(b' ');
    for (done, block) in (0..line.len()).step_by(64).zip(blocks) {
        let bytes = load(self::block(line, done, &mut copy).0);
        let before =
            uint8x16x4_t(vextq_u8::<15>(last, bytes.0), vextq_u8::<15>(bytes.0, bytes.1), vextq_u8::<15>(bytes.1, bytes.2), vextq_u8::<15>(bytes.2, bytes.3));
        last = bytes.3;
        let is = |byte: u8| bits(each(bytes, |bytes| vceqq_u8(bytes, all(byte))));
        let (small, small_before) = (each(bytes, |bytes| or(bytes, all(0x20))), each(before, |bytes| or(bytes, all(0x20))));
        let pair = |first: u8, second: u8| {
            let found = both(small_before, small, |before, bytes| vandq_u8(vceqq_u8(before, all(first)), vceqq_u8(bytes, all(second))));
            bits(found)
        };
        let looks = bits(each(bytes, |bytes| within(bytes, 0x80, 26)));
        let letters = bits(both(bytes, small, |bytes, small| or(within(small, b'a', 26), vcgeq_u8(bytes, all(0xc0))))) | looks;
        let stops = each(bytes, |bytes| or(or(within(bytes, b',', 3), within(bytes, b':', 2)), or(vceqq_u8(bytes, all(b'=')), vceqq_u8(bytes, all(b'?')))));
        *block = Block {
            letters,
            digits: bits(each(bytes, |bytes| within(bytes, b'0', 10))),
            blanks: bits(each(bytes, |bytes| or(vceqq_u8(bytes, all(b' ')), within(bytes, 9, 5)))),
            quiet: bits(stops) | is(b'"') | is(b')') | is(b'_') | is(0xb0),
            closed: is(b'\'') | is(0xb1),
            ats: is(b'@'),
            hashes: is(b'#'),
            bangs: is(b'!'),
            quotes: is(b'"'),
            amps: is(b'&'),
            doubled: letters & bits(both(small, small_before, |small, before| vceqq_u8(small, before))),
            pairs: pair(b'v', b'v') | pair(b'p', b'h'),
            looks,
        };
    }
}

/// Asks for the cache line of an element.
#[inline]
pub(super) fn prefetch<T>(element: &T) {
    // SAFETY: a prefetch reads nothing that the program sees, and the address is that of a live element.
    unsafe { core::arch::asm!("prfm pldl1keep, [{}]", in(reg) std::ptr::from_ref(element), options(nostack, preserves_flags, readonly)) }
}
