//! Choices that depend on a seed and on what they are for, never on what was chosen before.

use crate::random::Random;

/// The choices for one term under one tactic.
#[derive(Clone, Debug)]
pub(crate) struct Rng(Random);

impl Rng {
    /// Of a seed, a tactic and a term.
    pub(crate) fn new(seed: u64, tactic: &str, term: &str) -> Rng {
        let mut state = seed ^ 0xCBF2_9CE4_8422_2325;
        for byte in tactic.bytes().chain([0]).chain(term.bytes()) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
        }
        Rng(Random::new(state))
    }

    /// A number below `limit`; 0 when there is none.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0.below(limit)
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
