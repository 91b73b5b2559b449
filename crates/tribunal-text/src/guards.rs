//! Guards: named reasons to refuse a disguised reading.

use crate::tables::guards::GUARDS;

/// Why a disguised reading is refused. Plain readings are never refused.
///
/// ```
/// use tribunal_text::{Folds, Guard, Mode, Ordinary, Pattern, Prepared, Reading, verify};
///
/// // `sush!` at the end of a sentence is no `sushi`.
/// let (term, text) = Guard::Edge.example();
/// let pattern = Pattern::new(term, Mode::Word, Folds::EVASIVE, false).expect("letters are left");
/// let (ordinary, mut field) = (Ordinary::shipped(), Prepared::new());
/// field.prepare(text, &ordinary);
/// assert_eq!(verify(&pattern, &field, 0..u32::try_from(text.len()).expect("short"), &ordinary), Reading::Refused(Guard::Edge));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Guard {
    /// Without the stretching it is another ordinary word.
    Ordinary,
    /// A number with its unit, or an ordinary word with a digit at its edge.
    Number,
    /// Too few letters are left.
    Letters,
    /// One doubled letter alone.
    Doubling,
    /// A bracket at the edge, an exclamation mark at the end.
    Edge,
    /// A word of another script.
    Script,
    /// An apostrophe inside.
    Apostrophe,
    /// Split into ordinary words.
    Split,
    /// Part of a longer chain of letters.
    Chain,
    /// Inside a link, an e-mail address or a name with `@`.
    Url,
}

impl Guard {
    /// Every guard, in order.
    ///
    /// ```
    /// use tribunal_text::Guard;
    ///
    /// assert!(Guard::ALL.is_sorted() && Guard::ALL.contains(&Guard::Url));
    /// ```
    pub const ALL: [Guard; 10] = [
        Guard::Ordinary,
        Guard::Number,
        Guard::Letters,
        Guard::Doubling,
        Guard::Edge,
        Guard::Script,
        Guard::Apostrophe,
        Guard::Split,
        Guard::Chain,
        Guard::Url,
    ];

    fn row(self) -> (&'static str, &'static str, &'static str, &'static str) {
        GUARDS.get(self as usize).copied().unwrap_or_default()
    }

    /// The name used in explanations.
    ///
    /// ```
    /// use tribunal_text::Guard;
    ///
    /// assert_eq!(Guard::Doubling.name(), "doubling");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Why, in a sentence.
    ///
    /// ```
    /// use tribunal_text::Guard;
    ///
    /// assert_eq!(Guard::Doubling.reason(), "one doubled letter alone is no disguise");
    /// ```
    #[must_use]
    pub fn reason(self) -> &'static str {
        self.row().1
    }

    /// A term and a text in which the guard refuses it.
    ///
    /// ```
    /// use tribunal_text::Guard;
    ///
    /// assert_eq!(Guard::Doubling.example(), ("glock", "glockk"));
    /// ```
    #[must_use]
    pub fn example(self) -> (&'static str, &'static str) {
        (self.row().2, self.row().3)
    }
}
