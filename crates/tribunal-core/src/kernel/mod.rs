//! The one room for `unsafe`: the loops over every byte and every word of every text, for the instructions of the machine.
//!
//! Slices go in, their lengths are checked once at entry, positions come out; callers use them with `get`. What each
//! function does is written down by [`scalar`], its twin for machines without any of these instructions; that all of them
//! do the same is a property test here and a fuzz target.
//!
//! | instructions | folding and classes | masks to positions | filters |
//! |---|---|---|---|
//! | AVX-512 (BW, DQ, VL, VBMI, VBMI2) | 64 bytes at a time, ends of texts by masks | compressed, 64 at a time | of grams 8 keys at a time, gathered; of words one by one |
//! | AVX2, SSE2, NEON | 32, 16 or 64 bytes at a time, ends of texts through a copy | bit by bit | one by one |
//! | any other | 8 bytes at a time in a word | bit by bit | one by one |

#[cfg(all(target_arch = "aarch64", target_endian = "little", target_feature = "neon"))]
mod neon;
mod scalar;
#[cfg(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little", target_feature = "neon")))]
mod words;
#[cfg(target_arch = "x86_64")]
mod x86;

#[cfg(test)]
mod tests;

/// Bytes that have to be there behind the end of what is folded: blocks and words are stored and read whole.
pub(crate) const PAD: usize = 96;

/// The instructions that the hot loops use.
///
/// ```
/// use tribunal_core::Simd;
///
/// // A machine has the plain ones, whatever else it has.
/// assert!(Simd::available().contains(&Simd::Scalar));
/// assert!(Simd::available().contains(&Simd::best()));
/// ```
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simd {
    /// None but those of every machine.
    Scalar,
    /// 64 bytes at a time in four registers; every 64-bit ARM has it.
    Neon,
    /// 16 bytes at a time; every x86-64 has it.
    Sse2,
    /// 32 bytes at a time, with BMI2 for hashes.
    Avx2,
    /// 64 bytes at a time, with VBMI and VBMI2 for positions.
    Avx512,
}

impl Simd {
    /// The best that this machine has.
    pub fn best() -> Simd {
        Simd::available().last().copied().unwrap_or(Simd::Scalar)
    }

    /// All that this machine has, the best one last.
    pub fn available() -> Vec<Simd> {
        let all = [Simd::Scalar, Simd::Neon, Simd::Sse2, Simd::Avx2, Simd::Avx512];
        all.into_iter().filter(|simd| simd.is_here()).collect()
    }

    #[cfg(target_arch = "x86_64")]
    fn is_here(self) -> bool {
        match self {
            Simd::Scalar | Simd::Sse2 => true,
            Simd::Neon => false,
            Simd::Avx2 => {
                std::is_x86_feature_detected!("avx2")
                    && std::is_x86_feature_detected!("bmi1")
                    && std::is_x86_feature_detected!("bmi2")
                    && std::is_x86_feature_detected!("popcnt")
            }
            Simd::Avx512 => {
                Simd::Avx2.is_here()
                    && std::is_x86_feature_detected!("avx512f")
                    && std::is_x86_feature_detected!("avx512bw")
                    && std::is_x86_feature_detected!("avx512dq")
                    && std::is_x86_feature_detected!("avx512vl")
                    && std::is_x86_feature_detected!("avx512vbmi")
                    && std::is_x86_feature_detected!("avx512vbmi2")
            }
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn is_here(self) -> bool {
        self == Simd::Scalar || (self == Simd::Neon && cfg!(all(target_arch = "aarch64", target_endian = "little", target_feature = "neon")))
    }
}

/// The loops for one set of instructions. Only sets that the machine has get in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel(Simd);

impl Kernel {
    /// The loops with these instructions, or without any where the machine does not have them.
    pub(crate) fn new(simd: Simd) -> Kernel {
        Kernel(if simd.is_here() { simd } else { Simd::Scalar })
    }

    /// Folds the ASCII characters that `from` begins with: lower case when `lower`, into `to` from its beginning; sets the
    /// bits of letters and digits from bit `at` of `bits` on. Returns how many there were.
    ///
    /// Bits from `at` on in its word have to be clear; words behind it are written without being read. Where `to` is
    /// not [`PAD`] longer than `from`, or `bits` too short, only what has room is done.
    #[inline]
    pub(crate) fn ascii(self, from: &[u8], to: &mut [u8], bits: &mut [u64], at: usize, lower: bool) -> usize {
        let room = to.len().saturating_sub(PAD).min((bits.len() * 64).saturating_sub(at + 128));
        let from = from.get(..room).unwrap_or(from);
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512 => x86::ascii_avx512(from, to, bits, at, lower),
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2 => x86::ascii_avx2(from, to, bits, at, lower),
            #[cfg(target_arch = "x86_64")]
            Simd::Sse2 => x86::ascii_sse2(from, to, bits, at, lower),
            #[cfg(all(target_arch = "aarch64", target_endian = "little", target_feature = "neon"))]
            Simd::Neon => neon::ascii(from, to, bits, at, lower),
            _ => scalar::ascii(from, to, bits, at, lower),
        }
    }

    /// What classifies bytes for the first look for disguises.
    #[inline]
    pub(crate) fn classify(self) -> tribunal_text::Classify {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512 => x86::blocks::avx512,
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2 | Simd::Sse2 => x86::blocks::sse2,
            #[cfg(all(target_arch = "aarch64", target_endian = "little", target_feature = "neon"))]
            Simd::Neon => neon::classify,
            _ => tribunal_text::classify,
        }
    }

    /// The words of a folded text, which are the runs of set bits: where each begins and ends, and its [hash](table::hash). Bits behind
    /// the last word have to be clear, and [`PAD`] bytes of anything to stand behind the bytes that have a bit.
    #[inline]
    pub(crate) fn words(self, bytes: &[u8], bits: &[u64], words: &mut Words) {
        words.room(bits.len() * 32 + 64);
        let Words { starts, ends, hashes, count } = words;
        // Sixteen bytes are read from the beginning of a word on.
        if bytes.len() < bits.len() * 64 + 16 {
            *count = 0;
            return;
        }
        *count = match self.0 {
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512 => x86::words::avx512(bytes, bits, starts, ends, hashes),
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2 => x86::words::bmi2(bytes, bits, starts, ends, hashes),
            #[cfg(target_arch = "x86_64")]
            Simd::Sse2 => words::any(bytes, bits, starts, ends, hashes),
            #[cfg(all(target_arch = "aarch64", target_endian = "little", target_feature = "neon"))]
            Simd::Neon => words::any(bytes, bits, starts, ends, hashes),
            _ => scalar::words(bytes, bits, starts, ends, hashes),
        };
    }

    /// Appends the places of the grams of a text that pass a filter of a power of two of words (see [`table::bits`]) and have the shape.
    #[inline]
    pub(crate) fn grams(self, filter: &[u64], text: &[u8], shape: &Shape, out: &mut Passed) {
        if !filter.len().is_power_of_two() || filter.len() < 2 {
            return;
        }
        out.room((text.len() + 1).saturating_sub(shape.width));
        out.count = match self.0 {
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512 => x86::filters::grams_avx512(filter, text, shape, &mut out.numbers, out.count),
            #[cfg(target_arch = "x86_64")]
            Simd::Avx2 => x86::words::grams_bmi2(filter, text, shape, &mut out.numbers, out.count),
            _ => scalar::grams(filter, text, shape, &mut out.numbers, out.count),
        };
    }

    /// Appends the numbers of the words, told by their hashes, that pass a filter of a power of two of words, and of those that pass it as the
    /// first of two: see [`table::bits`] and [`table::first_bits`].
    #[inline]
    pub(crate) fn anchors(self, filter: &[u64], hashes: &[u64], words: &mut Passed, firsts: &mut Passed) {
        if !filter.len().is_power_of_two() || filter.len() < 2 {
            return;
        }
        words.room(hashes.len());
        firsts.room(hashes.len());
        let (to, counts) = ([&mut *words.numbers, &mut *firsts.numbers], [words.count, firsts.count]);
        [words.count, firsts.count] = match self.0 {
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512 | Simd::Avx2 => x86::words::anchors_bmi2(filter, hashes, to, counts),
            #[cfg(all(target_arch = "aarch64", target_endian = "little", target_feature = "neon"))]
            Simd::Neon => words::anchors(filter, hashes, to, counts),
            _ => scalar::anchors(filter, hashes, to, counts),
        };
    }

    /// Writes the letter of each byte of ASCII that has one, a row of one letter once, and where each row begins; everything else is dropped.
    #[inline]
    pub(crate) fn squeeze(self, classes: &[u8; 128], text: &[u8], out: &mut Vec<u8>, places: &mut Vec<u32>) {
        // Blocks are stored whole.
        out.resize(text.len() + 64, 0);
        places.resize(text.len() + 64, 0);
        let count = match self.0 {
            #[cfg(target_arch = "x86_64")]
            Simd::Avx512 => x86::filters::squeeze_avx512(classes, text, out, places),
            _ => scalar::squeeze(classes, text, out, places),
        };
        out.truncate(count);
        places.truncate(count);
    }
}

/// Which bytes may stand where in a gram, and which side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Bytes of a gram, at most eight.
    width: usize,
    /// For each byte a bit for each place of a gram at which it may stand.
    places: [u8; 256],
    /// For each two bytes, told by the [five lowest bits](Shape::pair) of both, a bit for each place at which they may begin.
    pairs: [u8; 1024],
    /// The same by place: a bit for each two bytes.
    planes: [[u8; 128]; 7],
}

impl Shape {
    /// Grams of so many bytes; nothing where there are none such.
    pub(crate) fn new(width: usize, places: [u8; 256], pairs: [u8; 1024]) -> Option<Shape> {
        let mut planes = [[0; 128]; 7];
        for (at, of) in pairs.iter().enumerate() {
            for (place, plane) in planes.iter_mut().enumerate() {
                if let Some(eight) = plane.get_mut(at / 8) {
                    *eight |= (of >> place & 1) << (at % 8);
                }
            }
        }
        (1..=8).contains(&width).then_some(Shape { width, places, pairs, planes })
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn places(&self) -> &[u8; 256] {
        &self.places
    }

    pub(crate) fn pairs(&self) -> &[u8; 1024] {
        &self.pairs
    }

    /// For each place but the last which two bytes may begin there.
    pub(crate) fn planes(&self) -> &[[u8; 128]] {
        self.planes.get(..self.width - 1).unwrap_or_default()
    }

    /// The number of two bytes: letters of ASCII differ in their five lowest bits.
    #[inline]
    pub(crate) fn pair(first: u8, second: u8) -> usize {
        usize::from(first & 31) << 5 | usize::from(second & 31)
    }
}

/// The numbers of keys that passed. Keeps its memory.
#[derive(Debug, Default)]
pub(crate) struct Passed {
    numbers: Vec<u32>,
    count: usize,
}

impl Passed {
    pub(crate) fn clear(&mut self) {
        self.count = 0;
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    #[inline]
    pub(crate) fn get(&self) -> &[u32] {
        self.numbers.get(..self.count).unwrap_or_default()
    }

    pub(crate) fn push(&mut self, number: u32) {
        self.room(1);
        if let Some(place) = self.numbers.get_mut(self.count) {
            *place = number;
            self.count += 1;
        }
    }

    /// Room for so many more, and for a whole store behind them.
    fn room(&mut self, more: usize) {
        let wanted = self.count + more + 8;
        if self.numbers.len() < wanted {
            self.numbers.resize(wanted + wanted / 2, 0);
        }
    }
}

/// The words of a text: beginnings, ends and hashes side by side. Keeps its memory.
#[derive(Debug, Default)]
pub(crate) struct Words {
    starts: Vec<u32>,
    ends: Vec<u32>,
    hashes: Vec<u64>,
    count: usize,
}

impl Words {
    fn room(&mut self, wanted: usize) {
        if self.starts.len() < wanted {
            self.starts.resize(wanted, 0);
            self.ends.resize(wanted, 0);
            self.hashes.resize(wanted, 0);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.count = 0;
    }

    #[inline]
    pub(crate) fn starts(&self) -> &[u32] {
        self.starts.get(..self.count).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn ends(&self) -> &[u32] {
        self.ends.get(..self.count).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn hashes(&self) -> &[u64] {
        self.hashes.get(..self.count).unwrap_or_default()
    }
}

/// A bit for each byte that a string of JSON cannot hold as it is: quotes, backslashes and control characters.
#[doc(hidden)]
#[inline]
pub fn stops(block: &[u8; 64]) -> u64 {
    #[cfg(target_arch = "x86_64")]
    let stops = x86::blocks::stops(block);
    #[cfg(not(target_arch = "x86_64"))]
    let stops = scalar::stops(block);
    stops
}

/// Asks for the cache line of an element; nothing happens beyond the end.
#[inline]
pub(crate) fn prefetch<T>(slice: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(element) = slice.get(at) {
        x86::prefetch(element);
    }
    #[cfg(all(target_arch = "aarch64", target_endian = "little", target_feature = "neon"))]
    if let Some(element) = slice.get(at) {
        neon::prefetch(element);
    }
    #[cfg(not(any(target_arch = "x86_64", all(target_arch = "aarch64", target_endian = "little", target_feature = "neon"))))]
    let _ = (slice, at);
}

/// Appends `bits`, as many as there are, at bit `at`: what is set there stays, the word behind is overwritten.
#[inline]
pub(crate) fn put(words: &mut [u64], at: usize, bits: u64) {
    let (word, shift) = (at / 64, at % 64);
    if let Some([here, next]) = words.get_mut(word..word + 2) {
        *here |= bits << shift;
        *next = if shift == 0 { 0 } else { bits >> (64 - shift) };
    }
}
