//! Do intervals cover what they say? Simulated samples of known populations, from a seed.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;

use tribunal_replay::stats::proportion::{Stratum, jeffreys};
use tribunal_replay::stats::random::Random;

/// Share of the population, share of hits, sample size.
type Design = [(f64, f64, u64); 3];

const DESIGNS: [(&str, Design); 4] = [
    ("rare, even samples", [(0.90, 0.0005, 1000), (0.09, 0.02, 1000), (0.01, 0.4, 1000)]),
    ("very rare, samples of 2000, 500, 500", [(0.990, 0.0001, 2000), (0.009, 0.05, 500), (0.001, 0.6, 500)]),
    ("very rare, samples of 4000, 1000, 500", [(0.990, 0.0001, 4000), (0.009, 0.05, 1000), (0.001, 0.6, 500)]),
    ("even strata", [(1.0 / 3.0, 0.01, 1000), (1.0 / 3.0, 0.05, 1000), (1.0 / 3.0, 0.1, 1000)]),
];

fn coverage(design: &Design, runs: u32, seed: u64) -> f64 {
    let truth: f64 = design.iter().map(|(share, p, _)| share * p).sum();
    let mut random = Random::new(seed);
    let mut known: HashMap<[u64; 3], bool> = HashMap::new();
    let mut covered = 0_u32;
    for _ in 0..runs {
        let hits = design.map(|(_, p, n)| (0..n).filter(|_| random.chance(p)).count() as u64);
        let inside = *known.entry(hits).or_insert_with(|| {
            let strata: Vec<Stratum> = design.iter().zip(hits).map(|((share, _, n), hits)| Stratum { share: *share, n: *n, hits }).collect();
            let interval = jeffreys(&strata, 0.05);
            interval.lo <= truth && truth <= interval.hi
        });
        covered += u32::from(inside);
    }
    f64::from(covered) / f64::from(runs)
}

#[test]
fn stratified_jeffreys_keeps_its_word_in_2000_runs() {
    for (at, (name, design)) in DESIGNS.iter().enumerate() {
        let share = coverage(design, 2_000, 11 + at as u64);
        println!("{name}: {share}");
        assert!((0.935..=0.965).contains(&share), "{name}: {share}");
    }
}
