//! Every cap in one place. An item over a cap is judged as far as it goes and its verdict says so.

/// Caps on items and on what is compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one text or list element; a longer one makes its field unknown.
    pub text_bytes: usize,
    /// Elements of one list field.
    pub list_elements: usize,
    /// Occurrences of terms in one item, before they are sorted out.
    pub hits: usize,
    /// Regular expressions woken by one text.
    pub regexes_woken: usize,
    /// Bytes a compiled regular expression may take.
    pub regex_bytes: usize,
    /// Entries of all lists together.
    pub terms: usize,
    /// Rules.
    pub rules: usize,
    /// How long a chain of `rule()` and `score()` may be.
    pub reference_depth: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            text_bytes: 256 << 10,
            list_elements: 1_000,
            hits: 20_000,
            regexes_woken: 32,
            regex_bytes: 1 << 20,
            terms: 2_000_000,
            rules: 100_000,
            reference_depth: 128,
        }
    }
}

/// Why an item was not judged as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Incomplete {
    /// A text is over [`Limits::text_bytes`].
    TextTooLong,
    /// A list is over [`Limits::list_elements`].
    ListTooLong,
    /// More occurrences than [`Limits::hits`].
    TooManyHits,
    /// More than [`Limits::regexes_woken`] in one text.
    TooManyRegexes,
    /// A text made so that reading its disguises would not end soon.
    TooManyDisguises,
}

impl Incomplete {
    /// A stable word for it.
    pub fn name(self) -> &'static str {
        match self {
            Incomplete::TextTooLong => "text-too-long",
            Incomplete::ListTooLong => "list-too-long",
            Incomplete::TooManyHits => "too-many-hits",
            Incomplete::TooManyRegexes => "too-many-regexes",
            Incomplete::TooManyDisguises => "too-many-disguises",
        }
    }
}
