//! Old against new on the same items: McNemar's test at a fixed size, an e-process at any time.

use serde::{Deserialize, Serialize};
use statrs::function::beta::ln_beta;

use super::proportion::wilson;
use super::{Interval, beta_cdf, normal_quantile, real};

/// McNemar's exact two-sided p-value: `b` items went one way and `c` the other.
pub fn mcnemar_exact(b: u64, c: u64) -> f64 {
    let (small, n) = (b.min(c), b + c);
    if n == 0 || b == c {
        return 1.0;
    }
    // P(X <= small) for X ~ Binomial(n, ½), by the beta function.
    let tail = 1.0 - beta_cdf(real(small) + 1.0, real(n - small), 0.5);
    (2.0 * tail).min(1.0)
}

/// McNemar's chi-squared statistic, with or without the correction for continuity.
pub fn mcnemar_chi2(b: u64, c: u64, corrected: bool) -> f64 {
    let n = real(b + c);
    if n == 0.0 {
        return 0.0;
    }
    let difference = (real(b) - real(c)).abs() - if corrected { 1.0 } else { 0.0 };
    difference.max(0.0).powi(2) / n
}

/// Wald's interval of (b − c)/n, the change of the share.
pub fn change(b: u64, c: u64, n: u64, alpha: f64) -> Interval {
    let (b, c, n) = (real(b), real(c), real(n));
    if n == 0.0 {
        return Interval { lo: -1.0, hi: 1.0 };
    }
    let d = (b - c) / n;
    let half = normal_quantile(1.0 - alpha / 2.0) * ((b + c) / n - d * d).max(0.0).sqrt() / n.sqrt();
    Interval { lo: (d - half).max(-1.0), hi: (d + half).min(1.0) }
}

/// The share of changes that went the first way, with Wilson's interval: above one half means more of them.
pub fn direction(b: u64, c: u64, alpha: f64) -> Interval {
    wilson(b, b + c, alpha)
}

/// The natural logarithm of the beta-binomial e-value 2^n B(b+1, c+1) of `b` against `c`.
pub fn ln_e_value(b: u64, c: u64) -> f64 {
    real(b + c) * std::f64::consts::LN_2 + ln_beta(real(b) + 1.0, real(c) + 1.0)
}

/// The e-value of `b` changes one way against `c` the other: at 1/α or more, "no difference" is rejected, whenever one looks.
pub fn e_value(b: u64, c: u64) -> f64 {
    ln_e_value(b, c).exp()
}

/// A test that may be looked at after every item. Its state is all that has to be kept from day to day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EProcess {
    /// Changes one way.
    pub b: u64,
    /// Changes the other way.
    pub c: u64,
    /// How many changes there were when it first rejected.
    pub stopped_at: Option<u64>,
    /// The chance of a false alarm, over all looks together.
    pub alpha: f64,
}

impl EProcess {
    /// A test at a level.
    pub fn new(alpha: f64) -> EProcess {
        EProcess { b: 0, c: 0, stopped_at: None, alpha }
    }

    /// Takes up one changed item.
    pub fn add(&mut self, first_way: bool) {
        if first_way {
            self.b += 1
        } else {
            self.c += 1
        }
        if self.stopped_at.is_none() && ln_e_value(self.b, self.c) >= -self.alpha.ln() {
            self.stopped_at = Some(self.b + self.c);
        }
    }

    /// Takes up many changed items, and looks once: as good a test, only the moment it first rejected is coarser.
    pub fn add_many(&mut self, first_way: u64, second_way: u64) {
        self.b += first_way;
        self.c += second_way;
        if self.stopped_at.is_none() && ln_e_value(self.b, self.c) >= -self.alpha.ln() {
            self.stopped_at = Some(self.b + self.c);
        }
    }

    /// The e-value now.
    pub fn e(&self) -> f64 {
        e_value(self.b, self.c)
    }
}

#[cfg(test)]
mod tests {
    use super::super::random::Random;
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found / expected - 1.0).abs() < 2e-4, "{found} is not {expected}");
    }

    #[test]
    fn agresti_approval_ratings() {
        near(mcnemar_chi2(150, 86, false), 17.356);
        near(mcnemar_chi2(150, 86, true), 16.818);
        assert!((mcnemar_exact(150, 86) - 3.72e-5).abs() < 5e-8, "{}", mcnemar_exact(150, 86));
        assert!((mcnemar_exact(1, 8) - 0.0391).abs() < 5e-5);
        assert_eq!(mcnemar_exact(0, 0), 1.0);
    }

    #[test]
    fn e_values() {
        near(e_value(8, 1), 5.689);
        near(e_value(10, 0), 93.09);
        near(e_value(15, 3), 16.91);
        near(e_value(20, 5), 24.29);
        near(e_value(150, 86), 512.97);
    }

    /// Peeking after every item of 2,000.
    fn false_alarms(runs: u64) -> f64 {
        let mut random = Random::new(20_261_122);
        let mut alarms = 0_u64;
        for _ in 0..runs {
            let mut test = EProcess::new(0.05);
            for _ in 0..2_000 {
                test.add(random.chance(0.5));
                if test.stopped_at.is_some() {
                    alarms += 1;
                    break;
                }
            }
        }
        real(alarms) / real(runs)
    }

    #[test]
    fn looking_after_every_item_raises_few_false_alarms() {
        let rate = false_alarms(2_000);
        assert!(rate <= 0.05, "{rate}");
    }

    #[test]
    fn stops_sooner_the_larger_the_difference() {
        let mut random = Random::new(7);
        let medians = [0.6, 0.7, 0.8].map(|p| {
            let mut stops: Vec<u64> = (0..201)
                .map(|_| {
                    let mut test = EProcess::new(0.05);
                    while test.stopped_at.is_none() && test.b + test.c < 5_000 {
                        test.add(random.chance(p));
                    }
                    test.b + test.c
                })
                .collect();
            stops.sort_unstable();
            stops.get(100).copied().unwrap_or(0)
        });
        for (found, published) in medians.iter().zip([219.0, 47.0, 19.0]) {
            assert!((real(*found) / published - 1.0).abs() < 0.25, "{medians:?}");
        }
    }
}
