//! Three-valued logic (Kleene 1938) and intervals of numbers.

use std::cmp::Ordering;

use tribunal_policy::cond::Op;

/// True, false, or not to be known.
///
/// ```
/// use tribunal_core::Truth;
///
/// // `author.age < 18` of an author whose age nobody knows, beside a part that is known.
/// let minor = Truth::Unknown;
/// assert_eq!(minor.and(Truth::False), Truth::False);
/// assert_eq!(minor.and(Truth::True), Truth::Unknown);
/// assert_eq!(minor.or(Truth::True), Truth::True);
/// assert_eq!(!minor, Truth::Unknown);
/// assert_eq!(Truth::from(2 > 1), Truth::True);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// It does not hold.
    False,
    /// A field it needs is missing.
    Unknown,
    /// It holds.
    True,
}

impl Truth {
    /// Both hold.
    ///
    /// ```
    /// use tribunal_core::Truth::{False, True, Unknown};
    ///
    /// assert_eq!([False, Unknown, True].map(|other| Unknown.and(other)), [False, Unknown, Unknown]);
    /// ```
    #[must_use]
    pub fn and(self, other: Truth) -> Truth {
        self.min(other)
    }

    /// One of them holds.
    ///
    /// ```
    /// use tribunal_core::Truth::{False, True, Unknown};
    ///
    /// assert_eq!([False, Unknown, True].map(|other| Unknown.or(other)), [Unknown, Unknown, True]);
    /// ```
    #[must_use]
    pub fn or(self, other: Truth) -> Truth {
        self.max(other)
    }
}

impl std::ops::Not for Truth {
    type Output = Truth;

    fn not(self) -> Truth {
        match self {
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
            Truth::True => Truth::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Truth {
        if value { Truth::True } else { Truth::False }
    }
}

/// Whether `x op y` holds for every, some or no `x` between two ends, given how the ends compare with `y`.
/// `high` is `None` when there is no upper end.
pub(crate) fn interval(op: Op, low: Ordering, high: Option<Ordering>) -> Truth {
    let greater = high.is_none_or(Ordering::is_gt);
    let less = low.is_lt();
    let exactly = low.is_eq() && high == Some(Ordering::Equal);
    let may_equal = low.is_le() && high.is_none_or(Ordering::is_ge);
    let (always, never) = match op {
        Op::Eq => (exactly, !may_equal),
        Op::Ne => (!may_equal, exactly),
        Op::Gt => (low.is_gt(), !greater),
        Op::Ge => (low.is_ge(), high.is_some_and(Ordering::is_lt)),
        Op::Lt => (high.is_some_and(Ordering::is_lt), !less),
        Op::Le => (high.is_some_and(Ordering::is_le), low.is_gt()),
    };
    match (always, never) {
        (true, _) => Truth::True,
        (_, true) => Truth::False,
        _ => Truth::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kleene() {
        use Truth::{False, True, Unknown};
        assert_eq!((True.and(Unknown), False.and(Unknown), True.or(Unknown), False.or(Unknown), !Unknown), (Unknown, False, True, Unknown, Unknown));
    }

    #[test]
    fn an_interval_is_true_when_every_number_of_it_is() {
        let ops = [Op::Eq, Op::Ne, Op::Lt, Op::Le, Op::Gt, Op::Ge];
        for low in 0..5i32 {
            for high in (low..5).map(Some).chain([None]) {
                for op in ops {
                    let top = high.unwrap_or(40);
                    let all: Vec<bool> = (low..=top).map(|x| op.holds(x.cmp(&2))).collect();
                    let expected = if all.iter().all(|x| *x) {
                        Truth::True
                    } else if all.iter().any(|x| *x) {
                        Truth::Unknown
                    } else {
                        Truth::False
                    };
                    // Real intervals hold numbers between the ends too.
                    let expected = if low < 2 && top > 2 && op == Op::Ne { Truth::Unknown } else { expected };
                    assert_eq!(interval(op, low.cmp(&2), high.map(|high| high.cmp(&2))), expected, "{low}..{high:?} {op:?} 2");
                }
            }
        }
    }
}
