//! A share with what is known about it. There is no interval without a design.

use serde::{Deserialize, Serialize};

use crate::cube::Count;
use crate::stats::proportion::{Stratum, clopper_pearson, jeffreys, korn_graubard, stratified_share, wilson};
use crate::stats::survey::{WeightedCount, hajek_share};
use crate::stats::{Interval, normal_quantile, plan};

/// How the items were drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Design {
    /// Nobody said: shares of these items, no intervals.
    #[default]
    None,
    /// All items there are.
    Census,
    /// A simple random sample.
    Simple,
    /// Each item by its own chance, `pi`, or `weight` as one over it.
    Poisson,
    /// Simple random samples of strata; the weights of a stratum add up to its size.
    Stratified,
}

impl Design {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Design::None => "not stated: shares of these items, without intervals",
            Design::Census => "census: all items there are",
            Design::Simple => "simple random sample; Wilson intervals",
            Design::Poisson => "Poisson sample by weight; Hájek estimates, Korn–Graubard intervals",
            Design::Stratified => "stratified sample; Jeffreys intervals by stratum, convolved",
        }
    }
}

/// What a share is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As it says.
    Ok,
    /// Nothing was hit: only the upper end means something.
    UpperBound,
    /// Fewer than ten items.
    TooFew,
    /// It cannot be told from these items.
    NotEstimable,
}

/// A share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Items that count.
    pub k: u64,
    /// Items looked at.
    pub n: u64,
    /// The share, weighted where items have weights; absent when it cannot be told.
    pub estimate: Option<f64>,
    /// Lower end of the 95 % interval.
    pub lo: Option<f64>,
    /// Upper end.
    pub hi: Option<f64>,
    /// What it is worth.
    pub status: Status,
    /// Why there is no estimate or no interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Hits and all items of one stratum.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cell {
    /// Items that count.
    pub hits: Count,
    /// All items.
    pub all: Count,
}

const ALPHA: f64 = 0.05;

impl Rate {
    /// One that cannot be told.
    pub fn not_estimable(why: &str) -> Rate {
        Rate { k: 0, n: 0, estimate: None, lo: None, hi: None, status: Status::NotEstimable, why: Some(why.to_owned()) }
    }

    /// From counts by stratum (one, where there are no strata).
    pub fn new(design: Design, cells: &[Cell]) -> Rate {
        let mut sum = Cell::default();
        for cell in cells {
            sum.hits.add(&cell.hits);
            sum.all.add(&cell.all);
        }
        let (k, n) = (sum.hits.n, sum.all.n);
        if n == 0 {
            return Rate::not_estimable("no items");
        }
        let share = sum.hits.weight() / sum.all.weight();
        let mut why = None;
        let (estimate, interval) = match design {
            Design::None => {
                why = Some("no interval: the design of the sample is not stated".to_owned());
                (share, None)
            }
            Design::Census => (share, Some(Interval { lo: share, hi: share })),
            Design::Simple => (crate::stats::real(k) / crate::stats::real(n), Some(wilson(k, n, ALPHA))),
            Design::Poisson => (share, Some(poisson(&sum))),
            Design::Stratified => {
                let strata: Vec<Stratum> =
                    cells.iter().map(|cell| Stratum { share: cell.all.weight() / sum.all.weight(), n: cell.all.n, hits: cell.hits.n }).collect();
                let share = stratified_share(&strata);
                (share, Some(jeffreys(&strata, ALPHA).around(share)))
            }
        };
        let status = match (k, interval) {
            (0, Some(_)) if design != Design::Census => Status::UpperBound,
            _ if n < 10 && design != Design::Census => Status::TooFew,
            _ => Status::Ok,
        };
        Rate { k, n, estimate: Some(estimate), lo: interval.map(|interval| interval.lo), hi: interval.map(|interval| interval.hi), status, why }
    }

    /// As people read it: `x in 10,000 (a–b), from k of n`.
    pub fn words(&self) -> String {
        let per = |share: f64| {
            let number = share * 10_000.0;
            if number >= 100.0 || number == 0.0 { format!("{number:.0}") } else { format!("{number:.2}") }
        };
        match (self.status, self.estimate, self.lo, self.hi) {
            (Status::NotEstimable, ..) | (_, None, ..) => format!("not estimable: {}", self.why.as_deref().unwrap_or("too little is known")),
            (Status::UpperBound, _, _, Some(hi)) => format!("at most {} in 10,000, from 0 of {}", per(hi), self.n),
            (_, Some(estimate), Some(lo), Some(hi)) if lo < hi => {
                format!("{} in 10,000 ({}–{}), from {} of {}", per(estimate), per(lo), per(hi), self.k, self.n)
            }
            (_, Some(estimate), ..) => format!("{} in 10,000, from {} of {}", per(estimate), self.k, self.n),
        }
    }

    /// As people read a precision: `85.0 % (80.1–89.2), from k of n`.
    pub fn percent(&self) -> String {
        match (self.status, self.estimate, self.lo, self.hi) {
            (Status::NotEstimable, ..) | (_, None, ..) => self.words(),
            (Status::UpperBound, _, _, Some(hi)) => format!("at most {:.1} %, from 0 of {}", hi * 100.0, self.n),
            (_, Some(estimate), Some(lo), Some(hi)) if lo < hi => {
                format!("{:.1} % ({:.1}–{:.1}), from {} of {}", estimate * 100.0, lo * 100.0, hi * 100.0, self.k, self.n)
            }
            (_, Some(estimate), ..) => format!("{:.1} %, from {} of {}", estimate * 100.0, self.k, self.n),
        }
    }
}

fn poisson(sum: &Cell) -> Interval {
    let sums = WeightedCount { all: sum.all.weight(), all_squared: sum.all.squared(), hits: sum.hits.weight(), hits_squared: sum.hits.squared() };
    let estimate = hajek_share(sums);
    if sum.all.squared() <= sum.all.weight() * (1.0 + 1e-9) {
        // Every item had weight one: nothing was left to chance.
        return Interval { lo: estimate.value, hi: estimate.value };
    }
    korn_graubard(estimate.value, estimate.variance, sum.all.n, ALPHA).unwrap_or_else(|| {
        // None or all of them: the size that unweighted sampling would have needed (Kish).
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the number of items")]
        let effective = (sums.all * sums.all / sums.all_squared).floor().max(1.0) as u64;
        clopper_pearson(if estimate.value > 0.5 { effective } else { 0 }, effective, ALPHA)
    })
}

/// The mean of a variable that depends on the group alone, with its interval: for differences of two shares on the same items.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mean {
    /// The mean.
    pub value: f64,
    /// Its interval; absent without a design.
    pub interval: Option<Interval>,
}

/// Items of a stratum with the value `y`: (stratum, y, count).
pub fn mean(design: Design, values: &[(&str, f64, Count)]) -> Option<Mean> {
    let total: f64 = values.iter().map(|(_, _, count)| count.weight()).sum();
    let n: f64 = values.iter().map(|(_, _, count)| crate::stats::real(count.n)).sum();
    if total <= 0.0 || n < 2.0 {
        return None;
    }
    let mean: f64 = values.iter().map(|(_, y, count)| y * count.weight()).sum::<f64>() / total;
    let variance = match design {
        Design::None => return Some(Mean { value: mean, interval: None }),
        Design::Census => 0.0,
        Design::Simple => values.iter().map(|(_, y, count)| crate::stats::real(count.n) * (y - mean).powi(2)).sum::<f64>() / (n - 1.0) / n,
        Design::Poisson => values.iter().map(|(_, y, count)| (count.squared() - count.weight()).max(0.0) * (y - mean).powi(2)).sum::<f64>() / (total * total),
        Design::Stratified => {
            let mut names: Vec<&str> = values.iter().map(|(stratum, ..)| *stratum).collect();
            names.sort_unstable();
            names.dedup();
            names.iter().map(|name| stratum_variance(values.iter().filter(|(stratum, ..)| stratum == name).map(|(_, y, count)| (*y, count)), total)).sum()
        }
    };
    let half = normal_quantile(1.0 - ALPHA / 2.0) * variance.sqrt();
    Some(Mean { value: mean, interval: Some(Interval { lo: mean - half, hi: mean + half }) })
}

fn stratum_variance<'c>(values: impl Iterator<Item = (f64, &'c Count)>, total: f64) -> f64 {
    let values: Vec<(f64, &Count)> = values.collect();
    let n: f64 = values.iter().map(|(_, count)| crate::stats::real(count.n)).sum();
    let weight: f64 = values.iter().map(|(_, count)| count.weight()).sum();
    if n < 2.0 {
        return 0.0;
    }
    let mean = values.iter().map(|(y, count)| y * crate::stats::real(count.n)).sum::<f64>() / n;
    let s2 = values.iter().map(|(y, count)| crate::stats::real(count.n) * (y - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (weight / total).powi(2) * (1.0 - (n / weight).min(1.0)) * s2 / n
}

/// How many items would settle whether a share is on one side of a bound.
pub fn enough(share: f64, bound: f64) -> Option<u64> {
    let apart = (share - bound).abs();
    if apart <= 0.0 || !apart.is_finite() {
        return None;
    }
    let n = if share <= 0.0 { plan::none_below(bound, ALPHA) } else { plan::share(share.clamp(1e-9, 0.5), apart, None, ALPHA) };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a round number for people")]
    (n.is_finite() && n < 1e15).then(|| n.ceil() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cube::ONE;

    fn cell(hits: u64, n: u64, weight: u64) -> Cell {
        let many = |n: u64| {
            let mut sum = Count::default();
            (0..n).for_each(|_| sum.add(&Count::one(weight * ONE, 0)));
            sum
        };
        Cell { hits: many(hits), all: many(n) }
    }

    #[test]
    fn no_interval_without_a_design() {
        let rate = Rate::new(Design::None, &[cell(3, 20, 1)]);
        assert_eq!((rate.estimate, rate.lo, rate.status), (Some(0.15), None, Status::Ok));
        assert_eq!(rate.words(), "1500 in 10,000, from 3 of 20");
    }

    #[test]
    fn none_is_an_upper_bound() {
        let rate = Rate::new(Design::Simple, &[cell(0, 20, 1)]);
        assert_eq!(rate.status, Status::UpperBound);
        assert_eq!(rate.words(), "at most 1611 in 10,000, from 0 of 20");
        let weighted = Rate::new(Design::Poisson, &[cell(0, 20, 5)]);
        assert!(weighted.status == Status::UpperBound && weighted.hi.unwrap() > 0.1);
    }

    #[test]
    fn a_census_is_sure() {
        for design in [Design::Census, Design::Poisson] {
            let rate = Rate::new(design, &[cell(5, 20, 1)]);
            assert_eq!((rate.lo, rate.hi), (Some(0.25), Some(0.25)), "{design:?}");
        }
        assert_eq!(Rate::new(Design::Census, &[]).status, Status::NotEstimable);
    }

    #[test]
    fn strata_are_weighted() {
        let rate = Rate::new(Design::Stratified, &[cell(10, 100, 90), cell(50, 100, 10)]);
        assert!((rate.estimate.unwrap() - 0.14).abs() < 1e-9, "{rate:?}");
        let difference = mean(Design::Simple, &[("", 1.0, cell(0, 10, 1).all), ("", 0.0, cell(0, 90, 1).all)]).unwrap();
        assert!((difference.value - 0.1).abs() < 1e-12 && difference.interval.unwrap().lo < 0.1);
    }
}
