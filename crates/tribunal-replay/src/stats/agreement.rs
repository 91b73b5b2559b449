//! How far several labellers agree.

use super::random::Random;
use super::{Interval, real};

/// Cohen's kappa (1960) of a square table: rows the first labeller, columns the second. `None` without data.
pub fn cohen(table: &[Vec<u64>]) -> Option<f64> {
    let n: u64 = table.iter().flatten().sum();
    if n == 0 {
        return None;
    }
    let n = real(n);
    let agreed: u64 = table.iter().enumerate().filter_map(|(at, row)| row.get(at)).sum();
    let chance: f64 = (0..table.len())
        .map(|at| {
            let row: u64 = table.get(at).map(|row| row.iter().sum()).unwrap_or(0);
            let column: u64 = table.iter().filter_map(|row| row.get(at)).sum();
            real(row) * real(column) / (n * n)
        })
        .sum();
    (chance < 1.0).then(|| (real(agreed) / n - chance) / (1.0 - chance))
}

/// Fleiss' kappa (1971): for each item how many labellers chose each value, the same number of labellers for all.
pub fn fleiss(items: &[Vec<u64>]) -> Option<f64> {
    let raters = items.first()?.iter().sum::<u64>();
    if raters < 2 || items.iter().any(|item| item.iter().sum::<u64>() != raters) {
        return None;
    }
    let (count, raters) = (real(items.len() as u64), real(raters));
    let values = items.iter().map(Vec::len).max()?;
    let chance: f64 = (0..values).map(|at| (real(items.iter().filter_map(|item| item.get(at)).sum()) / (count * raters)).powi(2)).sum();
    let agreed: f64 =
        items.iter().map(|item| (item.iter().map(|chosen| real(*chosen).powi(2)).sum::<f64>() - raters) / (raters * (raters - 1.0))).sum::<f64>() / count;
    (chance < 1.0).then(|| (agreed - chance) / (1.0 - chance))
}

/// How far apart two values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal or not.
    Nominal,
    /// By ranks.
    Ordinal,
    /// By difference.
    Interval,
    /// By difference in proportion to size.
    Ratio,
}

/// Krippendorff's alpha (2004). `ratings`: one row an item, the values given by those who labelled it; missing labels are
/// left out. Items with fewer than two labels say nothing and are passed over.
pub fn krippendorff(ratings: &[Vec<f64>], scale: Scale) -> Option<f64> {
    let rows: Vec<&Vec<f64>> = ratings.iter().filter(|row| row.len() > 1).collect();
    let mut values: Vec<f64> = rows.iter().flat_map(|row| row.iter().copied()).collect();
    values.sort_by(f64::total_cmp);
    let n = real(values.len() as u64);
    values.dedup();
    let at = |value: f64| values.binary_search_by(|other| other.total_cmp(&value)).unwrap_or(0);
    let mut totals = vec![0.0; values.len()];
    for value in rows.iter().flat_map(|row| row.iter()) {
        if let Some(total) = totals.get_mut(at(*value)) {
            *total += 1.0;
        }
    }
    let distance = |a: usize, b: usize| -> f64 {
        let (low, high) = (a.min(b), a.max(b));
        let value = |at: usize| values.get(at).copied().unwrap_or(0.0);
        match scale {
            _ if low == high => 0.0,
            Scale::Nominal => 1.0,
            Scale::Interval => (value(high) - value(low)).powi(2),
            Scale::Ratio => ((value(high) - value(low)) / (value(high) + value(low))).powi(2),
            Scale::Ordinal => {
                let between: f64 = totals.iter().skip(low).take(high - low + 1).sum();
                let ends = (totals.get(low).unwrap_or(&0.0) + totals.get(high).unwrap_or(&0.0)) / 2.0;
                (between - ends).powi(2)
            }
        }
    };
    let mut observed = 0.0;
    for row in &rows {
        let pairs: f64 = row.iter().flat_map(|a| row.iter().map(|b| distance(at(*a), at(*b)))).sum();
        observed += pairs / (real(row.len() as u64) - 1.0);
    }
    let mut expected = 0.0;
    for (a, first) in totals.iter().enumerate() {
        for (b, second) in totals.iter().enumerate() {
            expected += first * second * distance(a, b);
        }
    }
    if n < 2.0 || expected <= 0.0 {
        return None;
    }
    Some(1.0 - (observed / n) / (expected / (n * (n - 1.0))))
}

/// A percentile interval by drawing items again and again, from a seed. `None` where the statistic often has no value.
pub fn bootstrap<T: Clone>(items: &[T], statistic: impl Fn(&[T]) -> Option<f64>, draws: usize, seed: u64, alpha: f64) -> Option<Interval> {
    let mut random = Random::new(seed);
    let mut found: Vec<f64> = Vec::with_capacity(draws);
    for _ in 0..draws {
        let drawn: Vec<T> = (0..items.len()).filter_map(|_| items.get(random.below(items.len())).cloned()).collect();
        found.extend(statistic(&drawn));
    }
    if found.len() * 10 < draws * 9 || found.is_empty() {
        return None;
    }
    found.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a short list")]
    let place = |p: f64| found.get(((p * real(found.len() as u64)) as usize).min(found.len() - 1)).copied();
    Some(Interval { lo: place(alpha / 2.0)?, hi: place(1.0 - alpha / 2.0)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Option<f64>, expected: f64, within: f64) {
        assert!((found.unwrap() - expected).abs() < within, "{found:?} is not {expected}");
    }

    #[test]
    fn kappa_of_two() {
        near(cohen(&[vec![20, 5], vec![10, 15]]), 0.4, 1e-9);
        near(cohen(&[vec![45, 15], vec![25, 15]]), 0.1304, 5e-5);
        near(cohen(&[vec![25, 35], vec![5, 35]]), 0.2593, 5e-5);
        assert_eq!(cohen(&[]), None);
    }

    #[test]
    fn kappa_of_fourteen() {
        let table = [
            [0, 0, 0, 0, 14],
            [0, 2, 6, 4, 2],
            [0, 0, 3, 5, 6],
            [0, 3, 9, 2, 0],
            [2, 2, 8, 1, 1],
            [7, 7, 0, 0, 0],
            [3, 2, 6, 3, 0],
            [2, 5, 3, 2, 2],
            [6, 5, 2, 1, 0],
            [0, 2, 2, 3, 7],
        ];
        near(fleiss(&table.map(Vec::from)), 0.210, 5e-4);
    }

    /// Krippendorff's reliability data, four observers and twelve units; 0 stands for no value.
    const UNITS: [[u8; 4]; 12] = [
        [1, 1, 0, 1],
        [2, 2, 3, 2],
        [3, 3, 3, 3],
        [3, 3, 3, 3],
        [2, 2, 2, 2],
        [1, 2, 3, 4],
        [4, 4, 4, 4],
        [1, 1, 2, 1],
        [2, 2, 2, 2],
        [0, 5, 5, 5],
        [0, 0, 1, 1],
        [0, 3, 0, 0],
    ];

    #[test]
    fn alpha_on_four_scales() {
        let rows: Vec<Vec<f64>> = UNITS.iter().map(|row| row.iter().filter(|value| **value > 0).map(|value| f64::from(*value)).collect()).collect();
        for (scale, expected) in [(Scale::Nominal, 0.743), (Scale::Ordinal, 0.815), (Scale::Interval, 0.849), (Scale::Ratio, 0.797)] {
            near(krippendorff(&rows, scale), expected, 6e-4);
        }
        let interval = bootstrap(&rows, |rows| krippendorff(rows, Scale::Nominal), 500, 1, 0.05).unwrap();
        assert!(interval.lo < 0.743 && interval.hi > 0.743);
    }
}
