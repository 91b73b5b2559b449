//! Statistics of replays: what was counted, and how sure that makes us.
//!
//! Special functions come from `statrs`; every published constant that a formula can be checked against is a test.
//! Probabilities are shares between 0 and 1, `alpha` is the chance of being wrong on both sides together.

pub mod agreement;
pub mod association;
pub mod burst;
pub mod multiple;
pub mod paired;
pub mod plan;
pub mod proportion;
pub mod queue;
pub mod rates;
pub use tribunal_analysis::random;
pub mod survey;

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::beta::beta_reg;

/// Both ends of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub lo: f64,
    /// Upper end.
    pub hi: f64,
}

impl Interval {
    /// Widened where it leaves its estimate out: the posterior of a share that was none or all never reaches the end itself.
    pub(crate) fn around(self, estimate: f64) -> Interval {
        Interval { lo: self.lo.min(estimate), hi: self.hi.max(estimate) }
    }

    /// An interval of shares, kept between 0 and 1.
    pub(crate) fn of_share(lo: f64, hi: f64) -> Interval {
        Interval { lo: lo.clamp(0.0, 1.0), hi: hi.clamp(0.0, 1.0) }
    }

    /// Half its width.
    pub fn half_width(&self) -> f64 {
        (self.hi - self.lo) / 2.0
    }
}

/// The standard normal quantile.
pub fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// The standard normal distribution function.
pub fn normal_cdf(x: f64) -> f64 {
    Normal::standard().cdf(x)
}

/// The distribution function of Beta(a, b).
pub(crate) fn beta_cdf(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x >= 1.0 {
        1.0
    } else {
        beta_reg(a, b, x)
    }
}

/// The quantile of Beta(a, b), by bisection: slower than the approximations, and right in the tails.
pub(crate) fn beta_quantile(a: f64, b: f64, p: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if beta_cdf(a, b, middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// A count as a number.
pub(crate) fn real(count: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
    {
        count as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles() {
        assert!((normal_quantile(0.975) - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((normal_cdf(1.959_963_984_540_054) - 0.975).abs() < 1e-9);
        // Beta(1, 1) is uniform, Beta(2, 1) has the distribution function x².
        assert!((beta_quantile(1.0, 1.0, 0.3) - 0.3).abs() < 1e-12);
        assert!((beta_quantile(2.0, 1.0, 0.25) - 0.5).abs() < 1e-12);
        assert!((beta_quantile(0.5, 2000.5, 1e-6)).abs() < 1e-6);
    }
}
