//! Every set of instructions does what the scalar loops do, and those do what a byte by byte reading says.

use super::*;
use crate::scan::table;

/// A small generator of its own: the texts are the same on every run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % below.max(1)
    }
}

fn fold(kernel: Kernel, text: &[u8], at: usize, lower: bool) -> (usize, Vec<u8>, Vec<u64>) {
    let mut to = vec![0xAA; text.len() + PAD];
    let mut bits = vec![u64::MAX; (at + text.len()) / 64 + 4];
    // What is behind the place is stale; what is before it is somebody else's.
    bits[at / 64] &= (1u64 << (at % 64)) - 1;
    let done = kernel.ascii(text, &mut to, &mut bits, at, lower);
    to.truncate(done);
    bits.truncate((at + done) / 64 + 1);
    (done, to, bits)
}

#[test]
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little", target_feature = "neon")))]
fn the_machine_has_vectors() {
    assert_ne!(Simd::best(), Simd::Scalar);
}

#[test]
fn folding_is_the_same_on_every_set() {
    let mut numbers = Numbers(7);
    for round in 0..4_000 {
        let length = numbers.next(200);
        let ascii = numbers.next(3) > 0;
        let text: Vec<u8> = (0..length).map(|_| if ascii || numbers.next(40) > 0 { numbers.next(128) } else { numbers.next(256) } as u8).collect();
        let (at, lower) = (numbers.next(130), numbers.next(2) == 0);
        let want = text.iter().take_while(|byte| byte.is_ascii()).count();
        for simd in Simd::available() {
            let (done, folded, bits) = fold(Kernel::new(simd), &text, at, lower);
            assert_eq!(done, want, "round {round}, {simd:?}");
            for (place, (byte, folded)) in text.iter().zip(&folded).enumerate() {
                assert_eq!(*folded, if lower { byte.to_ascii_lowercase() } else { *byte }, "round {round}, {simd:?}");
                let bit = bits[(at + place) / 64] >> ((at + place) % 64) & 1;
                assert_eq!(bit == 1, byte.is_ascii_alphanumeric(), "round {round}, {simd:?}, byte {place}");
            }
            let word = bits[at / 64];
            assert_eq!(word & ((1 << (at % 64)) - 1), (1 << (at % 64)) - 1, "what was there stays: round {round}, {simd:?}");
            assert_eq!(bits[(at + done) / 64] >> ((at + done) % 64), 0, "nothing is set behind the end: round {round}, {simd:?}");
        }
    }
}

#[test]
fn words_are_the_same_on_every_set() {
    let mut numbers = Numbers(11);
    for round in 0..2_000 {
        let words = 1 + numbers.next(9);
        let mut bits: Vec<u64> = (0..words)
            .map(|_| match numbers.next(5) {
                0 => 0,
                1 => u64::MAX,
                2 => 0x5555_5555_5555_5555,
                _ => numbers.0.wrapping_mul(0x9E37_79B9_7F4A_7C15),
            })
            .collect();
        // The last run has an end.
        *bits.last_mut().unwrap() &= u64::MAX >> 1;
        let is_set = |at: usize| bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1);
        let starts: Vec<u32> = (0..words * 64).filter(|at| is_set(*at) && (*at == 0 || !is_set(at - 1))).map(|at| at as u32).collect();
        let ends: Vec<u32> = (1..=words * 64).filter(|at| !is_set(*at) && is_set(at - 1)).map(|at| at as u32).collect();
        let bytes: Vec<u8> = (0..words * 64 + PAD).map(|_| numbers.next(256) as u8).collect();
        let hashes: Vec<u64> = starts.iter().zip(&ends).map(|(start, end)| table::hash(&bytes[*start as usize..*end as usize])).collect();
        for simd in Simd::available() {
            let mut found = Words::default();
            Kernel::new(simd).words(&bytes, &bits, &mut found);
            assert_eq!((found.starts(), found.ends(), found.hashes()), (&starts[..], &ends[..], &hashes[..]), "round {round}, {simd:?}");
            // With a byte too few there are no words, whatever the instructions.
            Kernel::new(simd).words(&bytes[..words * 64 + 15], &bits, &mut found);
            assert_eq!((found.starts().len(), found.ends().len(), found.hashes().len()), (0, 0, 0), "round {round}, {simd:?}");
        }
    }
}

#[test]
fn too_little_room_is_no_harm() {
    for simd in Simd::available() {
        let mut to = vec![0; PAD + 3];
        let mut bits = vec![0; 4];
        assert_eq!(Kernel::new(simd).ascii(b"abcdef", &mut to, &mut bits, 0, true), 3, "{simd:?}");
        assert_eq!(Kernel::new(simd).ascii(b"abcdef", &mut to[..8], &mut bits, 0, true), 0, "{simd:?}");
        assert_eq!(Kernel::new(simd).ascii(b"abcdef", &mut to, &mut [], 0, true), 0, "{simd:?}");
        prefetch(&to, 1_000);
    }
}

#[test]
fn classes_are_the_same_on_every_set() {
    let mut numbers = Numbers(11);
    for round in 0..4_000 {
        let length = numbers.next(260);
        let most = if numbers.next(2) == 0 { 128 } else { 256 };
        let pool = b"vVpPhH aA.,-;=)_!?:\"'@#\t\x80\x99\xb0\xb1\xc0\xe0";
        let line: Vec<u8> = (0..length).map(|_| if numbers.next(2) == 0 { pool[numbers.next(pool.len())] } else { numbers.next(most) as u8 }).collect();
        let mut want = vec![tribunal_text::Block::default(); 5];
        tribunal_text::classify(&line, &mut want);
        for simd in Simd::available() {
            let mut found = vec![tribunal_text::Block::default(); 5];
            Kernel::new(simd).classify()(&line, &mut found);
            assert_eq!(found, want, "round {round}, {simd:?}: {line:?}");
        }
    }
}

#[test]
fn filters_let_the_same_pass_on_every_set() {
    let mut numbers = Numbers(23);
    for round in 0..1_000 {
        let words = 2 << numbers.next(8);
        let filter: Vec<u64> = (0..words).map(|_| (0..numbers.next(40)).map(|_| 1 << numbers.next(64)).fold(0, |all, bit: u64| all | bit)).collect();
        let hashes: Vec<u64> = (0..numbers.next(40)).map(|_| table::hash(&numbers.next(1 << 20).to_le_bytes())).collect();
        let length = numbers.next(200);
        let text: Vec<u8> = (0..length).map(|_| numbers.next(256) as u8).collect();
        let width = 1 + numbers.next(8);
        // Now all bytes at all places, now each at some.
        let places = std::array::from_fn(|_| if round % 2 == 0 { u8::MAX } else { (numbers.next(256) | numbers.next(256)) as u8 });
        let pairs = std::array::from_fn(|_| if round % 3 == 0 { u8::MAX } else { (numbers.next(256) | numbers.next(256)) as u8 });
        let shape = Shape::new(width, places, pairs).unwrap();
        let passes = |key: u64, bits: &dyn Fn(u64) -> u64| {
            let bits = bits(key);
            filter[(key >> (64 - filter.len().trailing_zeros())) as usize] & bits == bits
        };
        let which = |bits: &dyn Fn(u64) -> u64| (0u32..).zip(&hashes).filter(|(_, key)| passes(**key, bits)).map(|(at, _)| at).collect::<Vec<u32>>();
        let gram = |part: &[u8]| table::gram(part.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)));
        let stands = |part: &[u8]| part.iter().enumerate().all(|(place, byte)| places[usize::from(*byte)] >> place & 1 != 0);
        let beside = |part: &[u8]| part.windows(2).enumerate().all(|(place, two)| pairs[Shape::pair(two[0], two[1])] >> place & 1 != 0);
        let may = |part: &[u8]| stands(part) && beside(part);
        let words = which(&table::bits);
        let firsts = which(&table::first_bits);
        let want: Vec<u32> = (0u32..).zip(text.windows(width)).filter(|(_, part)| may(part) && passes(gram(part), &table::bits)).map(|(at, _)| at).collect();
        for simd in Simd::available() {
            let (kernel, mut out, mut first) = (Kernel::new(simd), Passed::default(), Passed::default());
            kernel.grams(&filter, &text, &shape, &mut out);
            assert_eq!(out.get(), want, "round {round}, {simd:?}");
            out.clear();
            kernel.anchors(&filter, &hashes, &mut out, &mut first);
            assert_eq!((out.get(), first.get()), (&*words, &*firsts), "round {round}, {simd:?}");
            // No filter, or one of another size, lets nothing pass.
            for broken in [&filter[..0], &filter[..1], &[u64::MAX; 3]] {
                out.clear();
                first.clear();
                kernel.grams(broken, &text, &shape, &mut out);
                kernel.anchors(broken, &hashes, &mut out, &mut first);
                assert_eq!((out.len(), first.len()), (0, 0));
            }
        }
    }
}

#[test]
fn texts_are_squeezed_the_same_on_every_set() {
    let mut numbers = Numbers(29);
    let classes: [u8; 128] = std::array::from_fn(|byte| if (byte as u8).is_ascii_alphabetic() { b'a' + byte as u8 % 5 } else { 0 });
    for round in 0..2_000 {
        let length = numbers.next(220);
        let text: Vec<u8> = (0..length).map(|_| numbers.next(if round % 2 == 0 { 256 } else { 128 }) as u8).collect();
        let mut want: Vec<u8> = text.iter().filter_map(|byte| classes.get(usize::from(*byte)).copied()).filter(|letter| *letter != 0).collect();
        want.dedup();
        let letter = |at: u32| text.get(at as usize).and_then(|byte| classes.get(usize::from(*byte))).copied().unwrap_or(0);
        for simd in Simd::available() {
            let (mut out, mut places) = (vec![7; numbers.next(400)], vec![7; numbers.next(400)]);
            Kernel::new(simd).squeeze(&classes, &text, &mut out, &mut places);
            assert_eq!(out, want, "round {round}, {simd:?}");
            // A row begins with its letter, and between two beginnings there is no other.
            assert_eq!(places.iter().map(|at| letter(*at)).collect::<Vec<_>>(), want, "round {round}, {simd:?}");
            let first = |from: u32, row: u8| (from..length as u32).find(|at| !matches!(letter(*at), 0) && letter(*at) != row);
            let mut begin = (0..length as u32).find(|at| letter(*at) != 0);
            for (at, row) in places.iter().zip(&want) {
                assert_eq!(Some(*at), begin, "round {round}, {simd:?}");
                begin = first(*at, *row);
            }
        }
    }
}

#[test]
fn strings_of_json_stop_at_the_same_bytes_on_every_set() {
    let mut numbers = Numbers(31);
    for round in 0..4_000 {
        let dense = round % 2 == 0;
        let block: [u8; 64] = std::array::from_fn(|_| numbers.next(if dense { 128 } else { 256 }) as u8);
        let want = (0..64).filter(|place| matches!(block[*place], b'"' | b'\\' | 0..0x20)).fold(0u64, |bits, place| bits | 1 << place);
        assert_eq!((stops(&block), scalar::stops(&block)), (want, want), "round {round}");
    }
}
