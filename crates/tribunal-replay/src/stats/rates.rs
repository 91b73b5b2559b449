//! Two rates against each other, and one against a bound: exact tests on counts.

use super::{beta_cdf, real};

/// The chance of `k` or more hits among `n` items, each with chance `p`.
pub fn at_least(k: u64, n: u64, p: f64) -> f64 {
    match k {
        0 => 1.0,
        k if k > n => 0.0,
        k => beta_cdf(real(k), real(n - k) + 1.0, p),
    }
}

/// Whether two samples have one rate: the exact conditional test (Przyborowski and Wilenski 1940), two-sided. Given all hits
/// together, those of the first sample are binomial with its share of the items. For shares near one half it is careful:
/// it says more than the true p-value.
///
/// ```
/// use tribunal_replay::stats::rates::conditional;
///
/// assert!(conditional((5, 1000), (5, 1000)) > 0.99);
/// assert!(conditional((30, 1000), (5, 1000)) < 1e-4);
/// // Of the misses it says the same as of the hits.
/// assert_eq!(conditional((995, 1000), (970, 1000)), conditional((5, 1000), (30, 1000)));
/// ```
pub fn conditional(first: (u64, u64), second: (u64, u64)) -> f64 {
    let ((a, n), (b, m)) = (first, second);
    if n == 0 || m == 0 {
        return 1.0;
    }
    // What is rarer, hits or misses: its count is nearly Poisson.
    let (a, b) = if 2 * (a + b) > n + m { (n - a.min(n), m - b.min(m)) } else { (a, b) };
    let share = real(n) / real(n + m);
    let above = at_least(a, a + b, share);
    let below = 1.0 - at_least(a + 1, a + b, share);
    (2.0 * above.min(below)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_of_the_binomial() {
        // 1 − (1/2)^3 and friends, by hand.
        assert!((at_least(1, 3, 0.5) - 0.875).abs() < 1e-12);
        assert!((at_least(2, 3, 0.5) - 0.5).abs() < 1e-12);
        assert!((at_least(3, 3, 0.1) - 0.001).abs() < 1e-12);
        assert_eq!((at_least(0, 3, 0.1), at_least(4, 3, 0.1)), (1.0, 0.0));
    }

    #[test]
    fn conditional_by_hand() {
        // 8 of 9 hits in the first of two equal samples: 2 · 10/512.
        assert!((conditional((8, 100_000), (1, 100_000)) - 20.0 / 512.0).abs() < 1e-9);
        assert_eq!(conditional((0, 10), (0, 0)), 1.0);
        assert_eq!(conditional((0, 10), (0, 10)), 1.0);
    }
}
