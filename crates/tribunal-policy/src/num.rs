//! Numbers as the language compares them: mathematically, never by rounding one side to the other.

use std::cmp::Ordering;

/// A number of an item: a 64-bit integer when it was written without fraction or exponent and fits, else a double.
///
/// ```
/// use std::cmp::Ordering;
/// use tribunal_policy::num::Num;
///
/// // 2^53 + 1 has no double of its own: nothing is rounded to find that out.
/// assert_eq!(Num::Int((1 << 53) + 1).compare(Num::Float(9_007_199_254_740_992.0)), Some(Ordering::Greater));
/// assert_eq!(Num::Float(0.5).to_string(), "0.5");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Num {
    /// An exact integer.
    Int(i64),
    /// A finite double.
    Float(f64),
}

/// A number literal of a policy: `mantissa / 10^scale`, exactly as written.
///
/// ```
/// use tribunal_policy::num::{Decimal, Num};
///
/// let share = Decimal::parse("12.50").ok_or("a number")?;
/// assert_eq!((share.mantissa, share.scale, share.to_string().as_str()), (1250, 2, "12.50"));
/// assert_eq!((share.to_f64(), share.to_num(), Decimal::int(3).to_num()), (12.5, Num::Float(12.5), Num::Int(3)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Decimal {
    /// The digits, with the sign.
    pub mantissa: i64,
    /// How many of the digits stand after the point (at most 18).
    pub scale: u8,
}

impl Decimal {
    /// Reads `-?[0-9]+(\.[0-9]+)?`; `None` when it is not of that form or does not fit 64 bits.
    ///
    /// ```
    /// use tribunal_policy::num::Decimal;
    ///
    /// assert_eq!(Decimal::parse("-1.5"), Some(Decimal { mantissa: -15, scale: 1 }));
    /// assert_eq!(["1e3", ".5", "+1", "99999999999999999999"].map(Decimal::parse), [None; 4]);
    /// ```
    pub fn parse(text: &str) -> Option<Decimal> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((w, f)) if !f.is_empty() => (w, f),
            Some(_) => return None,
            None => (digits, ""),
        };
        if whole.is_empty() || fraction.len() > 18 {
            return None;
        }
        let mut mantissa: i64 = 0;
        for byte in whole.bytes().chain(fraction.bytes()) {
            if !byte.is_ascii_digit() {
                return None;
            }
            mantissa = mantissa.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
        }
        let scale = u8::try_from(fraction.len()).ok()?;
        Some(Decimal { mantissa: if negative { -mantissa } else { mantissa }, scale })
    }

    /// The integer `value` as a decimal.
    ///
    /// ```
    /// use tribunal_policy::num::Decimal;
    ///
    /// assert_eq!(Some(Decimal::int(18)), Decimal::parse("18"));
    /// ```
    pub const fn int(value: i64) -> Decimal {
        Decimal { mantissa: value, scale: 0 }
    }

    /// A hundredth of it: `30%` is `0.3`.
    ///
    /// ```
    /// use tribunal_policy::num::Decimal;
    ///
    /// assert_eq!(Decimal::int(30).percent().to_f64(), 0.3);
    /// ```
    pub fn percent(self) -> Decimal {
        Decimal { mantissa: self.mantissa, scale: self.scale.saturating_add(2) }
    }

    /// It times a whole number (a unit of time in seconds); `None` on overflow.
    ///
    /// ```
    /// use tribunal_policy::num::Decimal;
    ///
    /// // `1.5 hours` in seconds.
    /// assert_eq!(Decimal::parse("1.5").and_then(|hours| hours.times(3_600)).map(Decimal::to_f64), Some(5_400.0));
    /// assert_eq!(Decimal::int(i64::MAX).times(60), None);
    /// ```
    pub fn times(self, factor: i64) -> Option<Decimal> {
        Some(Decimal { mantissa: self.mantissa.checked_mul(factor)?, scale: self.scale })
    }

    /// The nearest double.
    ///
    /// ```
    /// use tribunal_policy::num::Decimal;
    ///
    /// assert_eq!(Decimal { mantissa: 25, scale: 2 }.to_f64(), 0.25);
    /// ```
    pub fn to_f64(self) -> f64 {
        // Both are exact as doubles, so one division rounds once (Clinger 1990); no memory is needed.
        const EXACT: u64 = 1 << 53;
        if self.mantissa.unsigned_abs() <= EXACT && self.scale <= 22 {
            #[expect(clippy::cast_precision_loss, reason = "at most 2^53")]
            return self.mantissa as f64 / 10f64.powi(i32::from(self.scale));
        }
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    fn pow(scale: u8) -> i128 {
        10i128.pow(u32::from(scale.min(36)))
    }

    /// As a number of an item: an integer when it is one, else the nearest double.
    ///
    /// ```
    /// use tribunal_policy::num::{Decimal, Num};
    ///
    /// assert_eq!(Decimal { mantissa: 1800, scale: 2 }.to_num(), Num::Int(18));
    /// assert_eq!(Decimal { mantissa: 185, scale: 1 }.to_num(), Num::Float(18.5));
    /// ```
    pub fn to_num(self) -> Num {
        let unit = Decimal::pow(self.scale);
        let mantissa = i128::from(self.mantissa);
        if mantissa % unit == 0
            && let Ok(value) = i64::try_from(mantissa / unit)
        {
            return Num::Int(value);
        }
        Num::Float(self.to_f64())
    }

    /// It times 1,000 when that is a whole number (points have at most three decimals).
    ///
    /// ```
    /// use tribunal_policy::num::Decimal;
    ///
    /// // `points: {spam: 2.5}`; four decimals are too many.
    /// assert_eq!(Decimal { mantissa: 25, scale: 1 }.thousandths(), Some(2_500));
    /// assert_eq!(Decimal { mantissa: 1, scale: 4 }.thousandths(), None);
    /// ```
    pub fn thousandths(self) -> Option<i64> {
        let scaled = i128::from(self.mantissa) * 1000;
        let unit = Decimal::pow(self.scale);
        if scaled % unit == 0 { i64::try_from(scaled / unit).ok() } else { None }
    }

    /// Compares `value / 1,000` with it exactly.
    ///
    /// ```
    /// use std::cmp::Ordering;
    /// use tribunal_policy::num::Decimal;
    ///
    /// // 2.5 points against `score(spam) >= 3`.
    /// assert_eq!(Decimal::int(3).cmp_thousandths(2_500), Ordering::Less);
    /// ```
    pub fn cmp_thousandths(self, value: i64) -> Ordering {
        (i128::from(value) * Decimal::pow(self.scale)).cmp(&(i128::from(self.mantissa) * 1000))
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs().to_string();
        let scale = usize::from(self.scale);
        if scale == 0 {
            return write!(f, "{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

impl Num {
    /// Mathematical comparison; `None` only where a double is not a number.
    ///
    /// ```
    /// use std::cmp::Ordering;
    /// use tribunal_policy::num::Num;
    ///
    /// assert_eq!(Num::Int(18).compare(Num::Float(18.0)), Some(Ordering::Equal));
    /// assert_eq!(Num::Float(17.5).compare(Num::Int(18)), Some(Ordering::Less));
    /// ```
    pub fn compare(self, other: Num) -> Option<Ordering> {
        match (self, other) {
            (Num::Int(a), Num::Int(b)) => Some(a.cmp(&b)),
            (Num::Float(a), Num::Float(b)) => a.partial_cmp(&b),
            (Num::Int(a), Num::Float(b)) => compare_int_float(a, b),
            (Num::Float(a), Num::Int(b)) => compare_int_float(b, a).map(Ordering::reverse),
        }
    }
}

fn compare_int_float(int: i64, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    // 2^63 is exact as a double; beyond it every integer is on one side.
    if float >= 9_223_372_036_854_775_808.0 {
        return Some(Ordering::Less);
    }
    if float < -9_223_372_036_854_775_808.0 {
        return Some(Ordering::Greater);
    }
    let whole = float.trunc();
    #[expect(clippy::cast_possible_truncation, reason = "within the range of i64 by the two tests above")]
    let truncated = whole as i64;
    Some(int.cmp(&truncated).then_with(|| 0.0f64.partial_cmp(&(float - whole)).unwrap_or(Ordering::Equal)))
}

impl std::fmt::Display for Num {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Num::Int(value) => write!(f, "{value}"),
            Num::Float(value) => write!(f, "{value}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparison_is_mathematical() {
        let big = i64::MAX;
        assert_eq!(Num::Int(big).compare(Num::Float(9_223_372_036_854_775_808.0)), Some(Ordering::Less));
        assert_eq!(Num::Int(3).compare(Num::Float(3.5)), Some(Ordering::Less));
        assert_eq!(Num::Int(-3).compare(Num::Float(-3.5)), Some(Ordering::Greater));
        assert_eq!(Num::Float(-0.5).compare(Num::Int(0)), Some(Ordering::Less));
        assert_eq!(Num::Float(f64::NAN).compare(Num::Int(0)), None);
    }

    #[test]
    fn decimals_read_and_print() {
        let half = Decimal::parse("0.50").unwrap();
        assert_eq!(half.to_string(), "0.50");
        assert_eq!(half.thousandths(), Some(500));
        assert_eq!(Decimal::parse("30").unwrap().percent().to_num(), Num::Float(0.3));
        assert_eq!(Decimal::parse("2.0005").unwrap().thousandths(), None);
        assert_eq!(Decimal::parse("2.5").unwrap().cmp_thousandths(2500), Ordering::Equal);
        assert_eq!(Decimal::parse("1."), None);
    }
}
