//! Bursts in a stream of events (Kleinberg 2003).

use super::real;

/// The level of activity at each event: the cheapest path through states whose rates grow by the factor `s`, where climbing
/// costs `gamma` times ln n a level. `None` when there are fewer than two events or two at the same time.
pub fn levels(times: &[f64], s: f64, gamma: f64) -> Option<Vec<usize>> {
    let gaps: Vec<f64> = times.windows(2).filter_map(|pair| Some(pair.last()? - pair.first()?)).collect();
    let shortest = gaps.iter().copied().fold(f64::INFINITY, f64::min);
    if gaps.is_empty() || shortest <= 0.0 || s <= 1.0 || gamma <= 0.0 {
        return None;
    }
    let whole: f64 = gaps.iter().sum();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number of states")]
    let states = (1.0 + (whole / shortest).ln() / s.ln()).ceil().max(1.0) as usize;
    let (n, mean) = (real(gaps.len() as u64), whole / real(gaps.len() as u64));
    let rates: Vec<f64> = (0..states as u64).map(|state| s.powf(real(state)) / mean).collect();
    let climb = gamma * n.ln();
    let mut costs = vec![f64::INFINITY; states];
    if let Some(first) = costs.first_mut() {
        *first = 0.0;
    }
    let mut back: Vec<Vec<usize>> = Vec::with_capacity(gaps.len());
    for gap in &gaps {
        let mut next = Vec::with_capacity(states);
        let mut from = Vec::with_capacity(states);
        for (to, rate) in rates.iter().enumerate() {
            let emit = -(rate.ln() - rate * gap);
            let options = costs.iter().enumerate().map(|(at, cost)| (at, cost + if to > at { real((to - at) as u64) * climb } else { 0.0 }));
            // Of equal costs the higher state.
            let (best, cost) = options.fold((0, f64::INFINITY), |best, option| if option.1 <= best.1 { option } else { best });
            next.push(cost + emit);
            from.push(best);
        }
        costs = next;
        back.push(from);
    }
    let mut at = costs.iter().enumerate().fold((0, f64::INFINITY), |best, (at, cost)| if *cost <= best.1 { (at, *cost) } else { best }).0;
    let mut path = vec![at];
    for from in back.iter().rev() {
        at = from.get(at).copied().unwrap_or(0);
        path.push(at);
    }
    path.reverse();
    Some(path)
}

/// Bursts by batches (hours or days): `relevant` of `all` items in each. Two states: the base rate and `s` times it.
pub fn batches(batches: &[(u64, u64)], s: f64, gamma: f64) -> Vec<bool> {
    let (relevant, all) = batches.iter().fold((0, 0), |sum, batch| (sum.0 + batch.0, sum.1 + batch.1));
    if relevant == 0 || all == 0 {
        return vec![false; batches.len()];
    }
    let base = real(relevant) / real(all);
    let rates = [base.min(0.999_999), (base * s).min(0.999_999)];
    let climb = gamma * real(batches.len() as u64).max(2.0).ln();
    let mut costs = [0.0, climb];
    let mut back: Vec<[usize; 2]> = Vec::new();
    for (seen, of) in batches {
        let emit = rates.map(|p| -(real(*seen) * p.ln() + real(of - seen.min(of)) * (1.0 - p).ln()));
        let [low, high] = costs;
        let from = [usize::from(high < low), usize::from(high <= low + climb)];
        costs = [low.min(high) + emit[0], high.min(low + climb) + emit[1]];
        back.push(from);
    }
    let mut at = usize::from(costs[1] < costs[0]);
    let mut path = Vec::new();
    for from in back.iter().rev() {
        path.push(at == 1);
        at = from.get(at).copied().unwrap_or(0);
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example data of the R package `bursts`.
    fn offsets() -> Vec<f64> {
        let mut out = vec![0, 100, 200, 300, 400, 410];
        out.extend((415..=450).step_by(5));
        out.extend((451..=469).step_by(2));
        out.extend((480..=600).step_by(5));
        out.extend([700, 710]);
        out.extend((715..=800).step_by(5));
        out.extend([900, 1000]);
        out.into_iter().map(f64::from).collect()
    }

    /// Levels as runs of (level, events).
    fn expect(runs: &[(usize, usize)]) -> Vec<usize> {
        runs.iter().flat_map(|(level, count)| std::iter::repeat_n(*level, *count)).collect()
    }

    #[test]
    fn the_example_of_the_r_package() {
        let offsets = offsets();
        assert_eq!(offsets.len(), 71);
        assert_eq!(levels(&offsets, 2.0, 1.0).unwrap(), expect(&[(0, 6), (1, 8), (2, 10), (1, 25), (0, 2), (1, 18), (0, 2)]));
        assert_eq!(levels(&offsets, 3.0, 1.0).unwrap(), expect(&[(0, 6), (1, 43), (0, 2), (1, 18), (0, 2)]));
        assert_eq!(levels(&offsets, 2.0, 3.0).unwrap(), expect(&[(0, 6), (1, 43), (0, 22)]));
        assert_eq!(levels(&[1.0, 1.0], 2.0, 1.0), None);
    }

    #[test]
    fn a_busy_day_among_quiet_ones() {
        let days: Vec<(u64, u64)> = [2, 3, 2, 40, 45, 3, 2].into_iter().map(|seen| (seen, 1000)).collect();
        assert_eq!(batches(&days, 2.0, 1.0), [false, false, false, true, true, false, false]);
        assert_eq!(batches(&[(0, 5)], 2.0, 1.0), [false]);
    }
}
