//! Many rules looked at together. "Significant" is never said without the size of the family.

use super::real;

/// Benjamini and Hochberg (1995): adjusted p-values, in the order given. Those at or below the level are discoveries.
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    adjusted(p, 1.0)
}

/// Benjamini and Yekutieli (2001): as [`benjamini_hochberg`] under any dependence.
pub fn benjamini_yekutieli(p: &[f64]) -> Vec<f64> {
    let harmonic = (1..=p.len() as u64).map(|at| 1.0 / real(at)).sum();
    adjusted(p, harmonic)
}

fn adjusted(p: &[f64], factor: f64) -> Vec<f64> {
    let m = real(p.len() as u64);
    let mut order: Vec<(usize, f64)> = p.iter().copied().enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
    let mut out = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (rank, (at, value)) in (1..=p.len() as u64).rev().zip(order) {
        least = least.min(value * factor * m / real(rank));
        if let Some(slot) = out.get_mut(at) {
            *slot = least;
        }
    }
    out
}

/// Bonferroni's adjusted p-values.
pub fn bonferroni(p: &[f64]) -> Vec<f64> {
    p.iter().map(|value| (value * real(p.len() as u64)).min(1.0)).collect()
}

/// e-BH (Wang and Ramdas 2022): which e-values are discoveries at false discovery rate `alpha`, under any dependence.
/// Give it the current e-values at one declared look, never the largest ones that were met on the way.
pub fn e_bh(e: &[f64], alpha: f64) -> Vec<bool> {
    let m = real(e.len() as u64);
    let mut sorted = e.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let passing = sorted.iter().zip(1_u64..).filter(|(value, rank)| **value >= m / (alpha * real(*rank))).map(|(_, rank)| rank).last();
    let bar = passing.map_or(f64::INFINITY, |rank| m / (alpha * real(rank)));
    e.iter().map(|value| *value >= bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Benjamini and Hochberg 1995, their example.
    const P: [f64; 15] = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0];

    fn found(adjusted: &[f64]) -> usize {
        adjusted.iter().filter(|p| **p <= 0.05).count()
    }

    #[test]
    fn the_example_of_1995() {
        let bh = benjamini_hochberg(&P);
        assert_eq!((found(&bh), found(&bonferroni(&P)), found(&benjamini_yekutieli(&P))), (4, 3, 3));
        for (found, expected) in bh.iter().zip([0.0015, 0.003, 0.0095, 0.035_625]) {
            assert!((found - expected).abs() < 1e-9, "{bh:?}");
        }
    }

    #[test]
    fn order_does_not_matter() {
        let mut turned = P;
        turned.reverse();
        let mut back = benjamini_hochberg(&turned);
        back.reverse();
        assert_eq!(back, benjamini_hochberg(&P));
    }

    #[test]
    fn e_values_by_hand() {
        // Bars at m = 4, alpha 0.05: 80, 40, 26.7, 20. The third passes its bar and takes the first two with it.
        assert_eq!(e_bh(&[30.0, 70.0, 30.0, 2.0], 0.05), [true, true, true, false]);
        assert_eq!(e_bh(&[19.0, 19.0, 19.0, 19.0], 0.05), [false; 4]);
    }
}
