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
pub fn log_odds(y1: u64, n1: u64, y2: u64, n2: u64, a: f64, a0: f64) -> LogOdds {
    let (x1, x2) = (real(y1) + a, real(y2) + a);
    let delta = (x1 / (real(n1) + a0 - x1)).ln() - (x2 / (real(n2) + a0 - x2)).ln();
    LogOdds { delta, z: delta / (1.0 / x1 + 1.0 / x2).sqrt() }
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
            let z = log_odds(y1, 9, y2, 9, 0.05, a0).z;
            let expected = 0.689_422_788_680_796_8 * (real(y1) - real(y2));
            assert!((z - expected).abs() < 1e-9, "{word}: {z}");
        }
    }

    #[test]
    fn independence_is_zero() {
        assert!(g_squared(10, 20, 30, 60).abs() < 1e-9);
        assert!(g_squared(30, 10, 10, 950) > 100.0);
    }
}
