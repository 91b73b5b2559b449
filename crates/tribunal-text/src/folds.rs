//! The set of folds.

/// A set of folds, as bits in the order in which folds are listed and ties are broken.
///
/// ```
/// use tribunal_text::Folds;
///
/// let folds = Folds::CASE.union(Folds::LEET);
/// assert_eq!(folds.to_string(), "case, leet");
/// assert_eq!(folds.iter().collect::<Vec<_>>(), [Folds::CASE, Folds::LEET]);
/// assert!(Folds::EVASIVE.contains(folds) && !Folds::PLAIN.contains(folds));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Folds(u16);

const NAMES: [&str; 10] = ["case", "width", "diacritics", "invisibles", "confusables", "leet", "repeats", "separators", "mask", "entities"];

impl Folds {
    /// No fold: canonical equivalents only.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert_eq!((Folds::NONE.len(), Folds::NONE.to_string()), (0, "none".to_owned()));
    /// ```
    pub const NONE: Folds = Folds(0);
    /// Full case folding.
    ///
    /// ```
    /// use tribunal_text::{Folds, ViewKind, fold_to_string};
    ///
    /// let kind = ViewKind { folds: Folds::CASE, turkish: false };
    /// assert_eq!(fold_to_string(kind, "Glock STRAẞE"), "glock strasse");
    /// ```
    pub const CASE: Folds = Folds(1);
    /// Compatibility forms (NFKC).
    ///
    /// ```
    /// use tribunal_text::{Folds, ViewKind, fold_to_string};
    ///
    /// let kind = ViewKind { folds: Folds::WIDTH, turkish: false };
    /// assert_eq!(fold_to_string(kind, "ｇｌｏｃｋ"), "glock");
    /// ```
    pub const WIDTH: Folds = Folds(1 << 1);
    /// Marks and strokes of Latin and Greek, ё to е.
    ///
    /// ```
    /// use tribunal_text::{Folds, ViewKind, fold_to_string};
    ///
    /// let kind = ViewKind { folds: Folds::DIACRITICS, turkish: false };
    /// assert_eq!(fold_to_string(kind, "glöck ø"), "glock o");
    /// ```
    pub const DIACRITICS: Folds = Folds(1 << 2);
    /// Default-ignorable characters and bidi overrides.
    ///
    /// ```
    /// use tribunal_text::{Folds, ViewKind, fold_to_string};
    ///
    /// let kind = ViewKind { folds: Folds::INVISIBLES, turkish: false };
    /// assert_eq!(fold_to_string(kind, "gl\u{200b}ock"), "glock");
    /// ```
    pub const INVISIBLES: Folds = Folds(1 << 3);
    /// Look-alikes.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, Reading, verify};
    ///
    /// let term = Pattern::new("glock", Mode::Word, Folds::PLAIN.union(Folds::CONFUSABLES), false).expect("letters are left");
    /// let (text, ordinary, mut field) = ("gl\u{43e}ck", Ordinary::shipped(), Prepared::new());
    /// field.prepare(text, &ordinary);
    /// assert_eq!(verify(&term, &field, 0..u32::try_from(text.len()).expect("short"), &ordinary), Reading::Evasive);
    /// ```
    pub const CONFUSABLES: Folds = Folds(1 << 4);
    /// Digits, symbols and listed sequences for letters.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, Reading, verify};
    ///
    /// let term = Pattern::new("glock", Mode::Word, Folds::PLAIN.union(Folds::LEET), false).expect("letters are left");
    /// let (text, ordinary, mut field) = ("gl0ck", Ordinary::shipped(), Prepared::new());
    /// field.prepare(text, &ordinary);
    /// assert_eq!(verify(&term, &field, 0..u32::try_from(text.len()).expect("short"), &ordinary), Reading::Evasive);
    /// ```
    pub const LEET: Folds = Folds(1 << 5);
    /// Stretched letters.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, Reading, verify};
    ///
    /// let term = Pattern::new("glock", Mode::Word, Folds::PLAIN.union(Folds::REPEATS), false).expect("letters are left");
    /// let (text, ordinary, mut field) = ("glooock", Ordinary::shipped(), Prepared::new());
    /// field.prepare(text, &ordinary);
    /// assert_eq!(verify(&term, &field, 0..u32::try_from(text.len()).expect("short"), &ordinary), Reading::Evasive);
    /// ```
    pub const REPEATS: Folds = Folds(1 << 6);
    /// Separators between the letters of a word.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, Reading, verify};
    ///
    /// let term = Pattern::new("glock", Mode::Word, Folds::PLAIN.union(Folds::SEPARATORS), false).expect("letters are left");
    /// let (text, ordinary, mut field) = ("g.l.o.c.k", Ordinary::shipped(), Prepared::new());
    /// field.prepare(text, &ordinary);
    /// assert_eq!(verify(&term, &field, 0..u32::try_from(text.len()).expect("short"), &ordinary), Reading::Evasive);
    /// ```
    pub const SEPARATORS: Folds = Folds(1 << 7);
    /// Letters replaced by `*`, `•` or `#`.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, Reading, verify};
    ///
    /// let term = Pattern::new("glock", Mode::Word, Folds::PLAIN.union(Folds::MASK), false).expect("letters are left");
    /// let (text, ordinary, mut field) = ("gl*ck", Ordinary::shipped(), Prepared::new());
    /// field.prepare(text, &ordinary);
    /// assert_eq!(verify(&term, &field, 0..u32::try_from(text.len()).expect("short"), &ordinary), Reading::Evasive);
    /// ```
    pub const MASK: Folds = Folds(1 << 8);
    /// HTML entities.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, Reading, verify};
    ///
    /// let term = Pattern::new("glock", Mode::Word, Folds::PLAIN.union(Folds::ENTITIES), false).expect("letters are left");
    /// let (text, ordinary, mut field) = ("gl&#111;ck", Ordinary::shipped(), Prepared::new());
    /// field.prepare(text, &ordinary);
    /// assert_eq!(verify(&term, &field, 0..u32::try_from(text.len()).expect("short"), &ordinary), Reading::Evasive);
    /// ```
    pub const ENTITIES: Folds = Folds(1 << 9);
    /// The four folds that act on term and text alike.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert_eq!(Folds::PLAIN.to_string(), "case, width, diacritics, invisibles");
    /// ```
    pub const PLAIN: Folds = Folds(0b1111);
    /// Every fold.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert_eq!(Folds::EVASIVE.len(), 10);
    /// ```
    pub const EVASIVE: Folds = Folds((1 << NAMES.len()) - 1);

    /// Whether every fold of `other` is in `self`.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert!(Folds::PLAIN.contains(Folds::CASE) && !Folds::PLAIN.contains(Folds::CASE.union(Folds::LEET)));
    /// ```
    #[must_use]
    pub const fn contains(self, other: Folds) -> bool {
        self.0 & other.0 == other.0
    }
    /// The folds of either.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert_eq!(Folds::MASK.union(Folds::CASE).to_string(), "case, mask");
    /// ```
    #[must_use]
    pub const fn union(self, other: Folds) -> Folds {
        Folds(self.0 | other.0)
    }
    /// The folds of `self` that are not in `other`.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert_eq!(Folds::PLAIN.minus(Folds::CASE).to_string(), "width, diacritics, invisibles");
    /// ```
    #[must_use]
    pub const fn minus(self, other: Folds) -> Folds {
        Folds(self.0 & !other.0)
    }
    /// The folds of both.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert_eq!(Folds::PLAIN.intersection(Folds::CASE.union(Folds::LEET)), Folds::CASE);
    /// ```
    #[must_use]
    pub const fn intersection(self, other: Folds) -> Folds {
        Folds(self.0 & other.0)
    }
    /// Whether there is no fold.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert!(Folds::NONE.is_empty() && !Folds::CASE.is_empty());
    /// ```
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// Number of folds.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert_eq!(Folds::PLAIN.len(), 4);
    /// ```
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }
    /// The bits: bit 0 is `case`, bit 9 `entities`.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert_eq!(Folds::CASE.union(Folds::ENTITIES).bits(), 0b10_0000_0001);
    /// ```
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }
    /// The set with these bits; `None` when one of them is no fold.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert_eq!(Folds::from_bits(Folds::LEET.bits()), Some(Folds::LEET));
    /// assert_eq!(Folds::from_bits(1 << 10), None);
    /// ```
    #[must_use]
    pub const fn from_bits(bits: u16) -> Option<Folds> {
        if bits & !Folds::EVASIVE.0 == 0 { Some(Folds(bits)) } else { None }
    }
    /// The part that acts on term and text alike.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert_eq!(Folds::CASE.union(Folds::LEET).plain(), Folds::CASE);
    /// ```
    #[must_use]
    pub const fn plain(self) -> Folds {
        self.intersection(Folds::PLAIN)
    }
    /// The part by which a text may stand for a term, never the reverse.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert_eq!(Folds::CASE.union(Folds::LEET).directed(), Folds::LEET);
    /// ```
    #[must_use]
    pub const fn directed(self) -> Folds {
        self.minus(Folds::PLAIN)
    }
    /// Names of the folds, in order.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert!(Folds::LEET.union(Folds::CASE).names().eq(["case", "leet"]));
    /// ```
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        NAMES.iter().enumerate().filter(move |(i, _)| self.0 & (1 << i) != 0).map(|(_, name)| *name)
    }
    /// The folds of the set one by one, in order.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert!(Folds::LEET.union(Folds::CASE).iter().eq([Folds::CASE, Folds::LEET]));
    /// ```
    pub fn iter(self) -> impl Iterator<Item = Folds> {
        (0..NAMES.len()).map(|i| Folds(1 << i)).filter(move |f| self.contains(*f))
    }
    /// The set of a name: one fold, or `none`, `plain`, `evasive`.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// assert_eq!(Folds::from_name("leet"), Some(Folds::LEET));
    /// assert_eq!(Folds::from_name("plain"), Some(Folds::PLAIN));
    /// assert_eq!(Folds::from_name("Leet"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Folds> {
        match name {
            "none" => Some(Folds::NONE),
            "plain" => Some(Folds::PLAIN),
            "evasive" => Some(Folds::EVASIVE),
            _ => NAMES.iter().position(|n| *n == name).map(|i| Folds(1 << i)),
        }
    }
    /// Every subset of `self`, by size, then by fold order: the order in which explanations are sought.
    ///
    /// ```
    /// use tribunal_text::Folds;
    ///
    /// let sets: Vec<String> = Folds::CASE.union(Folds::MASK).subsets().map(|s| s.to_string()).collect();
    /// assert_eq!(sets, ["none", "case", "mask", "case, mask"]);
    /// ```
    pub fn subsets(self) -> impl Iterator<Item = Folds> {
        let mut all: Vec<u16> = (0..=Folds::EVASIVE.0).filter(|bits| bits & !self.0 == 0).collect();
        // By fold order: of two sets of a size, the one that has the earlier fold where they differ comes first.
        all.sort_by_key(|bits| (bits.count_ones(), std::cmp::Reverse(bits.reverse_bits())));
        all.into_iter().map(Folds)
    }
}

impl std::fmt::Display for Folds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_empty() {
            return f.write_str("none");
        }
        for (i, name) in self.names().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for fold in Folds::EVASIVE.iter() {
            let name = fold.names().next().unwrap();
            assert_eq!(Folds::from_name(name), Some(fold));
        }
        assert_eq!(Folds::from_name("evasive"), Some(Folds::PLAIN.union(Folds::EVASIVE.directed())));
        assert_eq!(Folds::from_name("Leet"), None);
        assert_eq!(Folds::from_bits(1 << 10), None);
    }

    #[test]
    fn subsets_go_by_size_then_order() {
        let three = Folds::CASE.union(Folds::LEET).union(Folds::MASK);
        let names: Vec<String> = three.subsets().map(|s| s.to_string()).collect();
        assert_eq!(names, ["none", "case", "leet", "mask", "case, leet", "case, mask", "leet, mask", "case, leet, mask"]);
    }
}
