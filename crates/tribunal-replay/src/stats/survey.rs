//! Estimates from samples by design: Horvitz and Thompson, Hájek, strata, ratios.

use serde::{Deserialize, Serialize};

/// An estimate with the variance that the design gives it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The estimate.
    pub value: f64,
    /// Its variance.
    pub variance: f64,
}

impl Estimate {
    /// Its standard error.
    pub fn se(&self) -> f64 {
        self.variance.max(0.0).sqrt()
    }
}

/// An item of a Poisson sample: its value and the chance it had of being taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampled {
    /// The value.
    pub y: f64,
    /// Its inclusion probability, above 0 and at most 1.
    pub pi: f64,
}

/// The total (Horvitz and Thompson 1952) of a Poisson sample: Σ y/π, with variance Σ (1−π)/π² y².
pub fn horvitz_thompson(items: &[Sampled]) -> Estimate {
    let mut total = Estimate { value: 0.0, variance: 0.0 };
    for Sampled { y, pi } in items {
        total.value += y / pi;
        total.variance += (1.0 - pi) / (pi * pi) * y * y;
    }
    total
}

/// The mean (Hájek 1971) of a Poisson sample: Σ (y/π) / Σ (1/π), its variance linearised.
pub fn hajek(items: &[Sampled]) -> Estimate {
    let size: f64 = items.iter().map(|item| 1.0 / item.pi).sum();
    let total: f64 = items.iter().map(|item| item.y / item.pi).sum();
    if size <= 0.0 {
        return Estimate { value: f64::NAN, variance: f64::NAN };
    }
    let mean = total / size;
    let residuals: Vec<Sampled> = items.iter().map(|item| Sampled { y: (item.y - mean) / size, pi: item.pi }).collect();
    Estimate { value: mean, variance: horvitz_thompson(&residuals).variance }
}

/// Sums of a weighted 0/1 variable, enough for its Hájek share: all that a merged count has to carry.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct WeightedCount {
    /// Σ w over all items, w = 1/π.
    pub all: f64,
    /// Σ w² over all items.
    pub all_squared: f64,
    /// Σ w over items that count.
    pub hits: f64,
    /// Σ w² over items that count.
    pub hits_squared: f64,
}

/// The Hájek share from sums. With y in {0, 1} the variance Σ (w² − w)(y − p)² / (Σw)² needs only the four sums.
pub fn hajek_share(sums: WeightedCount) -> Estimate {
    let WeightedCount { all, all_squared, hits, hits_squared } = sums;
    if all <= 0.0 {
        return Estimate { value: f64::NAN, variance: f64::NAN };
    }
    let p = hits / all;
    let inside = hits_squared - hits;
    let outside = (all_squared - all) - inside;
    Estimate { value: p, variance: ((1.0 - p).powi(2) * inside + p * p * outside).max(0.0) / (all * all) }
}

/// One stratum of a stratified simple random sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StratumMean {
    /// Items in the population.
    pub population: f64,
    /// Items in the sample.
    pub n: f64,
    /// Their mean.
    pub mean: f64,
    /// Their variance (divisor n − 1).
    pub variance: f64,
}

/// The total of a stratified simple random sample: Σ N m, with variance Σ N² (1 − n/N) s²/n.
pub fn stratified_total(strata: &[StratumMean]) -> Estimate {
    let mut total = Estimate { value: 0.0, variance: 0.0 };
    for stratum in strata {
        total.value += stratum.population * stratum.mean;
        total.variance += stratum.population.powi(2) * (1.0 - stratum.n / stratum.population) * stratum.variance / stratum.n;
    }
    total
}

/// How many items of each stratum a sample of `n` takes (Neyman 1934): in proportion to size times standard deviation.
pub fn neyman(n: f64, strata: &[(f64, f64)]) -> Vec<f64> {
    let whole: f64 = strata.iter().map(|(size, deviation)| size * deviation).sum();
    strata.iter().map(|(size, deviation)| if whole > 0.0 { n * size * deviation / whole } else { 0.0 }).collect()
}

/// An item for a ratio such as precision: numerator, denominator, inclusion probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RatioItem {
    /// Of the numerator (a true hit: 1).
    pub top: f64,
    /// Of the denominator (a hit: 1).
    pub bottom: f64,
    /// Its inclusion probability.
    pub pi: f64,
}

/// A ratio of totals of a Poisson sample, its variance linearised: e = (top − R bottom) / Σ bottom/π.
/// `None` where the denominator is 0.
pub fn ratio(items: &[RatioItem]) -> Option<Estimate> {
    let top: f64 = items.iter().map(|item| item.top / item.pi).sum();
    let bottom: f64 = items.iter().map(|item| item.bottom / item.pi).sum();
    if bottom <= 0.0 {
        return None;
    }
    let r = top / bottom;
    let residuals: Vec<Sampled> = items.iter().map(|item| Sampled { y: (item.top - r * item.bottom) / bottom, pi: item.pi }).collect();
    Some(Estimate { value: r, variance: horvitz_thompson(&residuals).variance })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lohr_agstrat() {
        let rows = [
            (1054.0, 103.0, 300_504.16, 29_618_183_543.0),
            (220.0, 21.0, 97_629.81, 7_647_472_708.0),
            (1382.0, 135.0, 211_315.04, 53_587_487_856.0),
            (422.0, 41.0, 662_295.51, 396_185_950_266.0),
        ];
        let strata = rows.map(|(population, n, mean, variance)| StratumMean { population, n, mean, variance });
        let total = stratified_total(&strata);
        assert!((total.value - 909_736_034.0).abs() < 1000.0, "{total:?}");
        assert!((total.se() - 50_417_248.0).abs() < 500.0, "{}", total.se());
        let population: f64 = strata.iter().map(|stratum| stratum.population).sum();
        assert!((total.value / population - 295_560.8).abs() < 0.5);
        assert!((total.se() / population - 16_379.87).abs() < 0.2);
    }

    #[test]
    fn neyman_allocation() {
        let shares = neyman(1.0, &[(0.9, 0.03), (0.09, 0.2), (0.01, 0.5)]);
        for (found, expected) in shares.iter().zip([0.54, 0.36, 0.10]) {
            assert!((found - expected).abs() < 5e-5, "{shares:?}");
        }
    }

    #[test]
    fn a_census_has_no_variance() {
        let items = [1.0, 0.0, 1.0, 1.0].map(|y| Sampled { y, pi: 1.0 });
        assert_eq!(horvitz_thompson(&items), Estimate { value: 3.0, variance: 0.0 });
        assert_eq!(hajek(&items), Estimate { value: 0.75, variance: 0.0 });
    }

    #[test]
    fn sums_give_the_same_share_as_items() {
        let items = [(1.0, 0.5), (0.0, 0.25), (1.0, 0.1), (0.0, 1.0), (0.0, 0.5)].map(|(y, pi)| Sampled { y, pi });
        let mut sums = WeightedCount::default();
        for Sampled { y, pi } in items {
            let w = 1.0 / pi;
            sums.all += w;
            sums.all_squared += w * w;
            sums.hits += w * y;
            sums.hits_squared += w * w * y;
        }
        let (one, other) = (hajek(&items), hajek_share(sums));
        assert!((one.value - other.value).abs() < 1e-12 && (one.variance - other.variance).abs() < 1e-12, "{one:?} {other:?}");
    }

    #[test]
    fn with_one_chance_for_all_a_ratio_is_plain() {
        let items = [(1.0, 1.0), (0.0, 1.0), (1.0, 1.0), (0.0, 0.0)].map(|(top, bottom)| RatioItem { top, bottom, pi: 0.2 });
        assert!((ratio(&items).unwrap().value - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(ratio(&items[3..]), None);
    }
}
