//! Points in time: whole seconds since 1970-01-01 UTC, read from ISO 8601 or epoch seconds.

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar (Hinnant's algorithm).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A date or a point in time as written in a policy.
///
/// ```
/// use tribunal_policy::time::{Instant, parse};
///
/// assert_eq!(parse("1970-01-02"), Some(Instant { seconds: 86_400, date_only: true }));
/// assert_eq!(parse("1970-01-02T00:00"), Some(Instant { seconds: 86_400, date_only: false }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Instant {
    /// Seconds since 1970-01-01 UTC; the first second of a bare date.
    pub seconds: i64,
    /// Written as a bare date.
    pub date_only: bool,
}

impl Instant {
    /// The first second after it when it ends a window: a bare date in `until` includes that day.
    ///
    /// ```
    /// use tribunal_policy::time::parse;
    ///
    /// // `until: 2026-11-01` still holds on that day, `until: 2026-11-01T00:00` does not.
    /// let ends = ["2026-11-01", "2026-11-01T00:00"].map(|text| parse(text).map(|at| at.end()));
    /// assert_eq!(ends, [Some(1_793_577_600), Some(1_793_491_200)]);
    /// ```
    pub fn end(self) -> i64 {
        if self.date_only { self.seconds.saturating_add(86_400) } else { self.seconds }
    }
}

/// Reads epoch seconds or ISO 8601 (`2026-11-01`, `2026-11-01T10:00`, `…:00Z`, `…:00.5+02:00`, a space for the `T`).
/// No zone means UTC; a fraction of a second is dropped.
///
/// ```
/// use tribunal_policy::time::parse;
///
/// let seconds = |text: &str| parse(text).map(|at| at.seconds);
/// assert_eq!(seconds("2026-11-01T10:00:00+02:00"), seconds("2026-11-01 08:00"));
/// assert_eq!(seconds("1700000000"), Some(1_700_000_000));
/// assert_eq!(["2026-02-29", "tomorrow", "1 Nov 2026"].map(parse), [None; 3]);
/// ```
pub fn parse(text: &str) -> Option<Instant> {
    let text = text.trim();
    if !text.is_empty() && text.len() <= 18 {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            return Some(Instant { seconds: text.parse().ok()?, date_only: false });
        }
    }
    let (date, rest) = (text.get(..10)?, text.get(10..)?);
    let bytes = date.as_bytes();
    if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return None;
    }
    let (year, month, day) = (number(date.get(..4)?)?, number(date.get(5..7)?)?, number(date.get(8..)?)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let start = days_from_civil(year, month, day) * 86_400;
    if rest.is_empty() {
        return Some(Instant { seconds: start, date_only: true });
    }
    let clock = rest.strip_prefix(['T', 't', ' '])?;
    Some(Instant { seconds: start + clock_seconds(clock)?, date_only: false })
}

/// Epoch seconds given as a double: a fraction of a second is dropped, as in a text; `None` beyond the years of `i64`.
///
/// ```
/// use tribunal_policy::time::whole;
///
/// assert_eq!([1.7e9, 0.5, -0.5].map(whole), [Some(1_700_000_000), Some(0), Some(-1)]);
/// assert_eq!([1e30, f64::NAN].map(whole), [None; 2]);
/// ```
pub fn whole(seconds: f64) -> Option<i64> {
    let floor = seconds.floor();
    // Doubles between these bounds are whole numbers that fit.
    #[expect(clippy::cast_possible_truncation, reason = "checked on the same line")]
    (floor.abs() < 9.2e18).then_some(floor as i64)
}

fn number(digits: &str) -> Option<i64> {
    if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
}

fn clock_seconds(clock: &str) -> Option<i64> {
    let (time, offset) = if let Some(time) = clock.strip_suffix(['Z', 'z']) {
        (time, 0)
    } else if let Some(at) = clock.rfind(['+', '-']) {
        let (time, zone) = clock.split_at(at);
        let sign = if zone.starts_with('-') { -1 } else { 1 };
        let zone = zone.get(1..)?;
        let (hours, minutes) = match (zone.len(), zone.split_once(':')) {
            (5, Some((h, m))) => (number(h)?, number(m)?),
            (4, None) => (number(zone.get(..2)?)?, number(zone.get(2..)?)?),
            (2, None) => (number(zone)?, 0),
            _ => return None,
        };
        if hours > 23 || minutes > 59 {
            return None;
        }
        (time, sign * (hours * 3600 + minutes * 60))
    } else {
        (clock, 0)
    };
    let mut parts = time.split(':');
    let (hours, minutes) = (two(parts.next()?)?, two(parts.next()?)?);
    let seconds = match parts.next() {
        None => 0,
        Some(text) => {
            let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
            number(fraction)?;
            two(whole)?
        }
    };
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    Some(hours * 3600 + minutes * 60 + seconds - offset)
}

fn two(text: &str) -> Option<i64> {
    if text.len() == 2 { number(text) } else { None }
}

/// ISO 8601 in UTC: a bare date when it is midnight, else with the time.
///
/// ```
/// use tribunal_policy::time::display;
///
/// assert_eq!([0, 1_700_000_000].map(display), ["1970-01-01", "2023-11-14T22:13:20Z"]);
/// ```
pub fn display(seconds: i64) -> String {
    let days = seconds.div_euclid(86_400);
    let clock = seconds.rem_euclid(86_400);
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    if clock == 0 {
        return format!("{year:04}-{month:02}-{day:02}");
    }
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", clock / 3600, clock / 60 % 60, clock % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_iso_8601_says() {
        assert_eq!(parse("1970-01-02").unwrap(), Instant { seconds: 86_400, date_only: true });
        assert_eq!(parse("2000-02-29T00:00:00Z").unwrap().seconds, 951_782_400);
        assert_eq!(parse("2026-11-01T10:00:00+02:00").unwrap().seconds, parse("2026-11-01 08:00").unwrap().seconds);
        assert_eq!(parse("1700000000").unwrap().seconds, 1_700_000_000);
        for bad in ["2026-02-29", "2026-13-01", "2026-1-1", "soon", "2026-11-01T25:00", "2026-11-01T10", ""] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn display_reads_back() {
        for seconds in [0, 86_399, 951_782_400, -1, 1_700_000_000, 4_102_444_800] {
            assert_eq!(parse(&display(seconds)).unwrap().seconds, seconds);
        }
    }
}
