//! How many items a question needs.

use super::{normal_cdf, normal_quantile};

/// Items in each of two independent samples to tell two shares apart, two-sided (as R's `power.prop.test`).
pub fn two_shares(p1: f64, p2: f64, power: f64, alpha: f64) -> f64 {
    let (za, zb) = (normal_quantile(1.0 - alpha / 2.0), normal_quantile(power));
    let pooled = ((p1 + p2) * (1.0 - f64::midpoint(p1, p2))).sqrt();
    let apart = (p1 * (1.0 - p1) + p2 * (1.0 - p2)).sqrt();
    ((za * pooled + zb * apart) / (p1 - p2)).powi(2)
}

/// The power of two samples of `n` items each.
pub fn power_of_two_shares(p1: f64, p2: f64, n: f64, alpha: f64) -> f64 {
    let za = normal_quantile(1.0 - alpha / 2.0);
    let pooled = ((p1 + p2) * (1.0 - f64::midpoint(p1, p2))).sqrt();
    let apart = (p1 * (1.0 - p1) + p2 * (1.0 - p2)).sqrt();
    normal_cdf((n.sqrt() * (p1 - p2).abs() - za * pooled) / apart)
}

/// Items judged by both policies to see one sort of change outweigh the other (Connor 1987): `up` and `down` are the
/// shares of all items that change one way and the other.
pub fn paired(up: f64, down: f64, power: f64, alpha: f64) -> f64 {
    let (changed, difference) = (up + down, up - down);
    let (za, zb) = (normal_quantile(1.0 - alpha / 2.0), normal_quantile(power));
    ((za * changed.sqrt() + zb * (changed - difference * difference).sqrt()) / difference).powi(2)
}

/// Items for a share to within `error` on either side; with a finite population fewer.
pub fn share(p: f64, error: f64, population: Option<f64>, alpha: f64) -> f64 {
    let z = normal_quantile(1.0 - alpha / 2.0);
    let n = z * z * p * (1.0 - p) / (error * error);
    population.map_or(n, |population| n / (1.0 + (n - 1.0) / population))
}

/// Items without a single hit that put the upper end of the exact one-sided interval at `bound` ("rule of three").
pub fn none_below(bound: f64, alpha: f64) -> f64 {
    alpha.ln() / (1.0 - bound).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_sizes() {
        assert!((two_shares(0.5, 0.75, 0.9, 0.05) - 76.7).abs() < 0.05);
        assert!((power_of_two_shares(0.5, 0.75, 50.0, 0.05) - 0.740).abs() < 5e-4);
        assert!((paired(0.2, 0.1, 0.8, 0.05) - 233.1).abs() < 0.05);
        assert!((paired(0.002, 0.001, 0.8, 0.05) - 23_544.0).abs() < 1.0);
        assert!((share(0.01, 0.001, None, 0.05) - 38_031.0).abs() < 1.0);
        assert!(share(0.01, 0.001, Some(50_000.0), 0.05) < 22_000.0);
        assert!((none_below(0.001, 0.05) - 2994.2).abs() < 0.1);
    }
}
