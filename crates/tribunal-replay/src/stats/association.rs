//! Which words stand out: log-odds with a prior, and Dunning's G².

use super::real;

/// How a word stands in two corpora.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogOdds {
    /// The log-odds ratio, smoothed by the prior; above 0 the word belongs to the first corpus.
    pub delta: f64,
    /// The same in standard errors.
    pub z: f64,
}

/// Log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008): a word counted `y1` times among `n1` words
/// and `y2` among `n2`; its prior count `a` of `a0` for all words.
///
/// The variance is the paper's whole one (equation 19). The shorter one it goes on with (equation 20) leaves out the terms of all
/// other words, which is right for words that are rare: what stands in most items would seem four times as certain as it is.
pub fn log_odds(y1: u64, n1: u64, y2: u64, n2: u64, a: f64, a0: f64) -> LogOdds {
    let (x1, x2) = (real(y1) + a, real(y2) + a);
    let (rest1, rest2) = (real(n1) + a0 - x1, real(n2) + a0 - x2);
    let delta = (x1 / rest1).ln() - (x2 / rest2).ln();
    LogOdds { delta, z: delta / (1.0 / x1 + 1.0 / rest1 + 1.0 / x2 + 1.0 / rest2).sqrt() }
}

/// Dunning's log-likelihood ratio G² of a two-by-two table.
pub fn g_squared(both: u64, first_only: u64, second_only: u64, neither: u64) -> f64 {
    let cells = [both, first_only, second_only, neither].map(real);
    let [a, b, c, d] = cells;
    let n = a + b + c + d;
    if n == 0.0 {
        return 0.0;
    }
    let expected = [(a + b) * (a + c) / n, (a + b) * (b + d) / n, (c + d) * (a + c) / n, (c + d) * (b + d) / n];
    2.0 * cells.iter().zip(expected).filter(|(seen, _)| **seen > 0.0).map(|(seen, expected)| seen * (seen / expected).ln()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// The published figures are in standard errors of the shorter variance.
    #[test]
    fn fighting_words() {
        let count = |text: &str| {
            let mut words: BTreeMap<String, u64> = BTreeMap::new();
            text.split(' ').for_each(|word| *words.entry(word.to_owned()).or_default() += 1);
            words
        };
        let one = count("the quick brown fox jumps over the lazy pig");
        let other = count("the lazy purple pig jumps over the lazier donkey");
        let words: std::collections::BTreeSet<&String> = one.keys().chain(other.keys()).collect();
        let a0 = 0.05 * real(words.len() as u64);
        for word in words {
            let (y1, y2) = (one.get(word).copied().unwrap_or(0), other.get(word).copied().unwrap_or(0));
            let found = log_odds(y1, 9, y2, 9, 0.05, a0);
            let shorter = found.delta / (1.0 / (real(y1) + 0.05) + 1.0 / (real(y2) + 0.05)).sqrt();
            let expected = 0.689_422_788_680_796_8 * (real(y1) - real(y2));
            assert!((shorter - expected).abs() < 1e-9, "{word}: {shorter}");
            // For words that are one in nine the whole variance is hardly another one.
            assert!(found.z.abs() <= shorter.abs() && (found.z - shorter).abs() < 0.01, "{word}: {}", found.z);
        }
    }

    /// Without a prior z is Woolf's for a two-by-two table: by hand ln(390·60 / (10·340)) / √(1/390 + 1/10 + 1/340 + 1/60).
    #[test]
    fn what_stands_in_most_items() {
        let z = log_odds(390, 400, 340, 400, 0.0, 0.0).z;
        assert!((z - 5.518_7).abs() < 1e-4, "{z}");
        let falling = log_odds(10, 400, 60, 400, 0.0, 0.0).z;
        assert!((z + falling).abs() < 1e-9, "what is missing says the same: {falling}");
    }

    #[test]
    fn independence_is_zero() {
        assert!(g_squared(10, 20, 30, 60).abs() < 1e-9);
        assert!(g_squared(30, 10, 10, 950) > 100.0);
    }
}
