//! Choices that depend on a seed and on what they are for, never on what was chosen before.

/// A small generator (SplitMix64, Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    /// The choices for one term under one tactic.
    pub(crate) fn new(seed: u64, tactic: &str, term: &str) -> Rng {
        let mut state = seed ^ 0xCBF2_9CE4_8422_2325;
        for byte in tactic.bytes().chain([0]).chain(term.bytes()) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
        }
        Rng(state)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`; 0 when there is none.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }

    /// One of several.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }

    /// `most` different places of several, in order.
    pub(crate) fn places(&mut self, mut of: Vec<usize>, most: usize) -> Vec<usize> {
        let mut chosen = Vec::new();
        while chosen.len() < most && !of.is_empty() {
            chosen.push(of.swap_remove(self.below(of.len())));
        }
        chosen.sort_unstable();
        chosen
    }
}
