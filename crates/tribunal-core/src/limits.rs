//! Every cap in one place. An item over a cap is judged as far as it goes and its verdict says so.

/// Caps on items and on what is compiled.
///
/// ```
/// use tribunal_core::Limits;
///
/// let limits = Limits { text_bytes: 10_000, ..Limits::default() };
/// assert_eq!((limits.text_bytes, limits.list_elements, limits.regexes_woken), (10_000, 1_000, 32));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
///
/// ```
/// use std::sync::Arc;
/// use tribunal_core::{Call, Engine, Incomplete, Limits, Scratch};
/// # use tribunal_core::{Item, Value};
/// # use tribunal_policy::FieldId;
/// # struct Post(&'static str, FieldId);
/// # impl Item for Post {
/// #     fn value(&self, field: FieldId) -> Value<'_> {
/// #         if field == self.1 { Value::Text(self.0) } else { Value::Missing }
/// #     }
/// # }
///
/// let text = "
/// policy: {id: demo, version: '1'}
/// rules:
///   - {id: gun, when: caption has \"glock\", effect: {distribution: removed}}
/// ";
/// let policy = Arc::new(tribunal_policy::load_str("demo.yaml", text).policy.ok_or("no errors")?);
/// let post = Post("far more than ten bytes, then a glock", policy.field("caption").ok_or("built in")?);
/// let engine = Engine::new(policy, Limits { text_bytes: 10, ..Limits::default() })?;
/// let mut scratch = Scratch::new();
/// let verdict = engine.classify(&post, Call::default(), &mut scratch);
/// assert_eq!(verdict.incomplete, Some(Incomplete::TextTooLong));
/// // The rule was not judged: the text it needs counts as unknown.
/// assert_eq!((verdict.rules.len(), verdict.unknown.len()), (0, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    ///
    /// ```
    /// assert_eq!(tribunal_core::Incomplete::TooManyHits.name(), "too-many-hits");
    /// ```
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
