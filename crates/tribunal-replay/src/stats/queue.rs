//! The load of a review queue (Erlang 1917).

use serde::{Deserialize, Serialize};

/// What a number of reviewers means for a load.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Staffing {
    /// Reviewers at work.
    pub reviewers: u32,
    /// Share of items that wait at all.
    pub waits: f64,
    /// Share of items taken up within the wanted time.
    pub in_time: f64,
    /// Mean time until an item is taken up, in the unit of the handling time.
    pub mean_wait: f64,
}

/// Erlang C: the queue of `reviewers` for a load of `erlangs` (items in a unit of time times handling time).
/// `None` where the queue would grow without end.
pub fn erlang_c(erlangs: f64, reviewers: u32, handling: f64, within: f64) -> Option<Staffing> {
    let n = f64::from(reviewers);
    if erlangs >= n || erlangs < 0.0 {
        return None;
    }
    // The blocking formula by its recursion: no factorials, no overflow.
    let mut blocked = 1.0;
    for at in 1..=reviewers {
        blocked = erlangs * blocked / (f64::from(at) + erlangs * blocked);
    }
    let waits = n * blocked / (n - erlangs * (1.0 - blocked));
    let spare = n - erlangs;
    Some(Staffing { reviewers, waits, in_time: 1.0 - waits * (-spare * within / handling).exp(), mean_wait: waits * handling / spare })
}

/// The fewest reviewers that take up a share of the items in time. `None` beyond 1,000,000.
pub fn staff(erlangs: f64, handling: f64, within: f64, wanted: f64) -> Option<Staffing> {
    let (mut low, mut high) = (0_u32, 1_000_000_u32);
    let enough = |reviewers| erlang_c(erlangs, reviewers, handling, within).is_some_and(|found| found.in_time >= wanted);
    if !(enough)(high) {
        return None;
    }
    while low + 1 < high {
        let middle = low.midpoint(high);
        if enough(middle) { high = middle } else { low = middle }
    }
    erlang_c(erlangs, high, handling, within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_erlangs() {
        let found = erlang_c(10.0, 14, 180.0, 20.0).unwrap();
        assert!((found.waits - 0.1741).abs() < 5e-5 && (found.in_time - 0.8884).abs() < 5e-5 && (found.mean_wait - 7.84).abs() < 5e-3, "{found:?}");
        assert_eq!(erlang_c(10.0, 10, 180.0, 20.0), None);
        assert_eq!(staff(10.0, 180.0, 20.0, 0.8).unwrap().reviewers, 14);
    }
}
