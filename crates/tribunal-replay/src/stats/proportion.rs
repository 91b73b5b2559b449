//! Shares: intervals for one, for the difference of two, and for one that is looked at again and again.

use statrs::function::beta::ln_beta;

use super::{Interval, beta_cdf, beta_quantile, normal_quantile, real};

/// Wilson's score interval (Wilson 1927).
pub fn wilson(hits: u64, n: u64, alpha: f64) -> Interval {
    if n == 0 {
        return Interval { lo: 0.0, hi: 1.0 };
    }
    let (n, p) = (real(n), real(hits) / real(n));
    let z = normal_quantile(1.0 - alpha / 2.0);
    let z2 = z * z;
    let centre = p + z2 / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let below = 1.0 + z2 / n;
    Interval::of_share(if hits == 0 { 0.0 } else { (centre - half) / below }, if p >= 1.0 { 1.0 } else { (centre + half) / below })
}

/// The exact interval (Clopper and Pearson 1934): never covers less than it says.
pub fn clopper_pearson(hits: u64, n: u64, alpha: f64) -> Interval {
    beta_limits(real(hits), real(n), alpha)
}

/// Clopper and Pearson with counts that need not be whole.
fn beta_limits(hits: f64, n: f64, alpha: f64) -> Interval {
    let lo = if hits <= 0.0 { 0.0 } else { beta_quantile(hits, n - hits + 1.0, alpha / 2.0) };
    let hi = if hits >= n { 1.0 } else { beta_quantile(hits + 1.0, n - hits, 1.0 - alpha / 2.0) };
    Interval::of_share(lo, hi)
}

/// Korn and Graubard's interval for a weighted share with a variance by design: Clopper and Pearson with the sample size
/// that simple random sampling would have needed. `None` where the variance tells nothing (a share of 0 or 1).
pub fn korn_graubard(share: f64, variance: f64, n: u64, alpha: f64) -> Option<Interval> {
    if share <= 0.0 || share >= 1.0 || variance <= 0.0 {
        return None;
    }
    // Never more than there are items: a lucky variance does not make data.
    let effective = (share * (1.0 - share) / variance).min(real(n));
    Some(beta_limits(share * effective, effective, alpha))
}

/// One stratum of a sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stratum {
    /// Its share of the population; the shares of all strata add up to 1.
    pub share: f64,
    /// Sampled items of it.
    pub n: u64,
    /// Of these, those that count.
    pub hits: u64,
}

/// How many points the grid of [`jeffreys`] has.
const GRID: usize = 2048;

/// Share of the population: the design's estimate.
pub fn stratified_share(strata: &[Stratum]) -> f64 {
    strata.iter().filter(|stratum| stratum.n > 0).map(|stratum| stratum.share * real(stratum.hits) / real(stratum.n)).sum()
}

/// The interval of a stratified sample: Jeffreys' posterior in each stratum, Beta(x + ½, n − x + ½), the weighted sum of
/// them convolved on a grid. It keeps its word where a stratum has no hit, which is where Wald and Korn–Graubard fail.
///
/// A stratum without items has the posterior of no data: all it could be.
pub fn jeffreys(strata: &[Stratum], alpha: f64) -> Interval {
    let posteriors: Vec<(f64, f64, f64)> = strata
        .iter()
        .filter(|stratum| stratum.share > 0.0)
        .map(|stratum| (stratum.share, real(stratum.hits) + 0.5, real(stratum.n.saturating_sub(stratum.hits)) + 0.5))
        .collect();
    let all_none = strata.iter().all(|stratum| stratum.hits == 0);
    let all_hit = strata.iter().all(|stratum| stratum.n > 0 && stratum.hits == stratum.n);
    let (lo, hi) = match posteriors.as_slice() {
        [] => return Interval { lo: 0.0, hi: 1.0 },
        [(share, a, b)] => (share * beta_quantile(*a, *b, alpha / 2.0), share * beta_quantile(*a, *b, 1.0 - alpha / 2.0)),
        _ => {
            let grid = Grid::convolved(&posteriors);
            (grid.quantile(alpha / 2.0), grid.quantile(1.0 - alpha / 2.0))
        }
    };
    Interval::of_share(if all_none { 0.0 } else { lo }, if all_hit { 1.0 } else { hi })
}

/// A distribution as masses at equal steps from `start`.
struct Grid {
    start: f64,
    step: f64,
    masses: Vec<f64>,
}

impl Grid {
    /// The sum of independent `share * Beta(a, b)`.
    fn convolved(posteriors: &[(f64, f64, f64)]) -> Grid {
        const TAIL: f64 = 1e-9;
        let ends: Vec<(f64, f64)> =
            posteriors.iter().map(|(share, a, b)| (share * beta_quantile(*a, *b, TAIL), share * beta_quantile(*a, *b, 1.0 - TAIL))).collect();
        let range: f64 = ends.iter().map(|(lo, hi)| hi - lo).sum();
        let step = range / real(GRID as u64);
        let mut sum = Grid { start: 0.0, step, masses: vec![1.0] };
        for ((share, a, b), (lo, hi)) in posteriors.iter().zip(&ends) {
            let mut masses = Vec::new();
            let mut below = 0.0;
            let mut edge = *lo;
            while edge < *hi {
                edge += step;
                let upto = if edge >= *hi { 1.0 } else { beta_cdf(*a, *b, edge / share) };
                masses.push((upto - below).max(0.0));
                below = upto;
            }
            // A cell's mass sits in its middle.
            sum = sum.plus(lo + step / 2.0, &masses);
        }
        sum
    }

    fn plus(self, start: f64, masses: &[f64]) -> Grid {
        let mut out = vec![0.0; self.masses.len() + masses.len().saturating_sub(1)];
        for (at, mass) in self.masses.iter().enumerate().filter(|(_, mass)| **mass > 0.0) {
            for (slot, other) in out.iter_mut().skip(at).zip(masses) {
                *slot += mass * other;
            }
        }
        Grid { start: self.start + start, step: self.step, masses: out }
    }

    /// By linear interpolation inside a cell.
    fn quantile(&self, p: f64) -> f64 {
        let total: f64 = self.masses.iter().sum();
        let wanted = p * total;
        let mut below = 0.0;
        let mut edge = self.start - self.step / 2.0;
        for mass in &self.masses {
            if below + mass >= wanted && *mass > 0.0 {
                return edge + self.step * (wanted - below) / mass;
            }
            below += mass;
            edge += self.step;
        }
        edge
    }
}

/// Newcombe's method 10 for the difference of two independent shares: Wilson's limits, squared and added.
pub fn newcombe(first: (u64, u64), second: (u64, u64), alpha: f64) -> Interval {
    let share = |(hits, n): (u64, u64)| if n == 0 { 0.0 } else { real(hits) / real(n) };
    let (p, q) = (share(first), share(second));
    let (a, b) = (wilson(first.0, first.1, alpha), wilson(second.0, second.1, alpha));
    let d = p - q;
    Interval { lo: d - ((p - a.lo).powi(2) + (b.hi - q).powi(2)).sqrt(), hi: d + ((a.hi - p).powi(2) + (q - b.lo).powi(2)).sqrt() }
}

/// Robbins' confidence sequence with a uniform mixture: may be looked at after every item. The shares p with
/// B(x+1, n−x+1) / (p^x (1−p)^(n−x)) < 1/α.
pub fn robbins(hits: u64, n: u64, alpha: f64) -> Interval {
    if n == 0 {
        return Interval { lo: 0.0, hi: 1.0 };
    }
    let (x, rest) = (real(hits), real(n - hits.min(n)));
    let bound = ln_beta(x + 1.0, rest + 1.0) + alpha.ln();
    let term = |count: f64, p: f64| if count == 0.0 { 0.0 } else { count * p.ln() };
    let inside = |p: f64| term(x, p) + term(rest, 1.0 - p) > bound;
    let middle = x / (x + rest);
    let edge = |mut outside: f64, mut within: f64| {
        for _ in 0..200 {
            let p = f64::midpoint(outside, within);
            if inside(p) { within = p } else { outside = p }
        }
        f64::midpoint(outside, within)
    };
    Interval::of_share(if hits == 0 { 0.0 } else { edge(0.0, middle) }, if rest == 0.0 { 1.0 } else { edge(1.0, middle) })
}

/// The share behind a share measured by an imperfect test (Rogan and Gladen 1978).
pub fn rogan_gladen(apparent: f64, sensitivity: f64, specificity: f64) -> Option<f64> {
    let below = sensitivity + specificity - 1.0;
    (below > 0.0).then(|| ((apparent + specificity - 1.0) / below).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: Interval, lo: f64, hi: f64) {
        assert!((found.lo - lo).abs() < 6e-5 && (found.hi - hi).abs() < 6e-5, "{found:?} is not {lo}–{hi}");
    }

    #[test]
    fn newcombe_1998_table_one() {
        close(wilson(81, 263, 0.05), 0.2553, 0.3662);
        close(wilson(15, 148, 0.05), 0.0624, 0.1605);
        close(wilson(0, 20, 0.05), 0.0, 0.1611);
        close(wilson(1, 29, 0.05), 0.0061, 0.1718);
        close(clopper_pearson(81, 263, 0.05), 0.2527, 0.3676);
    }

    #[test]
    fn newcombe_method_ten() {
        close(newcombe((56, 70), (48, 80), 0.05), 0.0524, 0.3339);
    }

    #[test]
    fn robbins_sequences() {
        close(robbins(15, 148, 0.05), 0.0375, 0.2054);
        close(robbins(81, 263, 0.05), 0.2187, 0.4081);
    }

    #[test]
    fn rogan_and_gladen() {
        let share = rogan_gladen(0.10, 0.9, 0.95).unwrap_or(f64::NAN);
        assert!((share - 0.0588).abs() < 5e-5);
        assert_eq!(rogan_gladen(0.1, 0.5, 0.5), None);
    }

    #[test]
    fn equal_weights_are_clopper_and_pearson() {
        let (p, n) = (81.0 / 263.0, 263.0);
        let exact = clopper_pearson(81, 263, 0.05);
        let weighted = korn_graubard(p, p * (1.0 - p) / n, 263, 0.05);
        assert!(weighted.is_some_and(|weighted| (weighted.lo - exact.lo).abs() < 1e-9 && (weighted.hi - exact.hi).abs() < 1e-9));
        assert_eq!(korn_graubard(0.0, 0.1, 10, 0.05), None);
    }

    #[test]
    fn one_stratum_in_pieces_is_nearly_one_stratum() {
        let whole = jeffreys(&[Stratum { share: 1.0, n: 2000, hits: 100 }], 0.05);
        let halves = [Stratum { share: 0.5, n: 1000, hits: 50 }; 2];
        let pieces = jeffreys(&halves, 0.05);
        assert!((whole.lo - pieces.lo).abs() < 4e-4 && (whole.hi - pieces.hi).abs() < 4e-4, "{whole:?} {pieces:?}");
        assert!((stratified_share(&halves) - 0.05).abs() < 1e-12);
    }

    #[test]
    fn no_hits_are_an_upper_bound() {
        let strata = [Stratum { share: 0.9, n: 1000, hits: 0 }, Stratum { share: 0.1, n: 1000, hits: 0 }];
        let none = jeffreys(&strata, 0.05);
        assert!(none.lo == 0.0 && none.hi > 0.0 && none.hi < 0.005, "{none:?}");
        // A stratum nobody looked at may be all hits.
        let blind = jeffreys(&[Stratum { share: 0.9, n: 1000, hits: 0 }, Stratum { share: 0.1, n: 0, hits: 0 }], 0.05);
        assert!(blind.hi > 0.09, "{blind:?}");
    }
}
