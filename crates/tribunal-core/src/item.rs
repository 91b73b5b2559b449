//! An item as the engine sees it: a value for each field, borrowed from whoever holds the item.

use tribunal_policy::FieldId;

/// The value of a field as an item has it.
///
/// ```
/// use tribunal_core::{List, Value};
///
/// // From what a program has to what the engine sees: nothing is copied.
/// let (caption, hashtags, age) = (Some("hello".to_owned()), vec!["fyp".to_owned()], None::<i64>);
/// assert!(matches!(caption.as_deref().map_or(Value::Missing, Value::Text), Value::Text("hello")));
/// assert!(matches!(Value::List(List::Owned(&hashtags)), Value::List(list) if list.len() == 1));
/// assert!(matches!(age.map_or(Value::Missing, Value::Int), Value::Missing));
/// ```
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// Absent or `null`.
    Missing,
    /// There, but not of the field's type.
    WrongType,
    /// A text or an id.
    Text(&'a str),
    /// A list of texts or ids.
    List(List<'a>),
    /// An integer; an id or a time may be one too.
    Int(i64),
    /// A double.
    Float(f64),
    /// True or false.
    Bool(bool),
}

/// A list of texts in one of the shapes that programs keep them in.
///
/// ```
/// use tribunal_core::List;
///
/// let owned = ["fyp".to_owned(), "gl0ck".to_owned()];
/// let list = List::Owned(&owned);
/// assert_eq!((list.len(), list.is_empty(), list.get(1), list.get(2)), (2, false, Some("gl0ck"), None));
/// assert!(list.iter().eq(List::Borrowed(&["fyp", "gl0ck"]).iter()));
/// ```
#[derive(Clone, Copy, Debug)]
pub enum List<'a> {
    /// Borrowed texts.
    Borrowed(&'a [&'a str]),
    /// Owned texts.
    Owned(&'a [String]),
    /// Either.
    Cows(&'a [std::borrow::Cow<'a, str>]),
}

impl<'a> List<'a> {
    /// How many elements it has.
    pub fn len(&self) -> usize {
        match self {
            List::Borrowed(items) => items.len(),
            List::Owned(items) => items.len(),
            List::Cows(items) => items.len(),
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The element at `index`.
    pub fn get(&self, index: usize) -> Option<&'a str> {
        match self {
            List::Borrowed(items) => items.get(index).copied(),
            List::Owned(items) => items.get(index).map(String::as_str),
            List::Cows(items) => items.get(index).map(AsRef::as_ref),
        }
    }

    /// The elements in order.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        (0..self.len()).filter_map(move |at| self.get(at))
    }
}

/// Which fields an item may have a value for, or have pending: what is not among them is not asked for.
///
/// ```
/// use tribunal_core::Present;
/// use tribunal_policy::FieldId;
///
/// let present = Present::NONE.with(FieldId(7));
/// assert!(present.has(FieldId(7)) && !present.has(FieldId(8)));
/// // Fields from 128 on are always asked for.
/// assert!(present.has(FieldId(128)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present(u128);

impl Default for Present {
    fn default() -> Present {
        Present::ALL
    }
}

impl Present {
    /// Every field may have a value.
    pub const ALL: Present = Present(u128::MAX);
    /// No field below 128 has one.
    pub const NONE: Present = Present(0);

    /// With this field too.
    #[must_use]
    pub const fn with(self, field: FieldId) -> Present {
        if field.0 < 128 { Present(self.0 | 1 << field.0) } else { self }
    }

    /// Whether the field may have a value.
    #[must_use]
    #[inline]
    pub const fn has(self, field: FieldId) -> bool {
        match field.0 {
            low @ 0..64 => self.0 as u64 >> low & 1 != 0,
            high => high >= 128 || self.0 >> high & 1 != 0,
        }
    }

    /// Calls `found` with those of the first `count` fields.
    #[inline]
    pub(crate) fn each_field(self, count: usize, mut found: impl FnMut(FieldId)) {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        for (half, first) in [(self.0 as u64, 0), ((self.0 >> 64) as u64, 64)] {
            let mut bits = half & u64::MAX.checked_shl(count.saturating_sub(first)).map_or(u64::MAX, |above| !above);
            while bits != 0 {
                found(FieldId(first + bits.trailing_zeros()));
                bits &= bits - 1;
            }
        }
        (128..count).map(FieldId).for_each(found);
    }
}

/// Something that can be decided.
///
/// ```
/// use tribunal_core::{Item, List, Value};
/// use tribunal_policy::{FieldId, Policy};
///
/// struct Upload {
///     caption: String,
///     hashtags: Vec<String>,
///     transcript: Option<String>,
/// }
///
/// /// An upload with the numbers that one policy gives to its fields, looked up once.
/// struct Bound<'a>(&'a Upload, [FieldId; 3]);
///
/// impl Item for Bound<'_> {
///     fn value(&self, field: FieldId) -> Value<'_> {
///         let Bound(upload, [caption, hashtags, transcript]) = self;
///         match field {
///             field if field == *caption => Value::Text(&upload.caption),
///             field if field == *hashtags => Value::List(List::Owned(&upload.hashtags)),
///             field if field == *transcript => upload.transcript.as_deref().map_or(Value::Missing, Value::Text),
///             _ => Value::Missing,
///         }
///     }
///
///     fn is_pending(&self, field: FieldId) -> bool {
///         field == self.1[2] && self.0.transcript.is_none()
///     }
/// }
///
/// let policy = tribunal_policy::load_str("demo.yaml", "policy: {id: demo, version: '1'}").policy.ok_or("no errors")?;
/// let field = |name: &str| policy.field(name).ok_or("built in");
/// let fields = [field("caption")?, field("hashtags")?, field("transcript")?];
/// let upload = Upload { caption: "hello".into(), hashtags: vec!["fyp".into()], transcript: None };
/// let item = Bound(&upload, fields);
/// assert!(matches!(item.value(fields[0]), Value::Text("hello")));
/// assert!(item.is_pending(fields[2]) && !item.is_pending(fields[0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Item {
    /// The value of a field of the policy. Called several times for a field: it has to be cheap and give the same value.
    fn value(&self, field: FieldId) -> Value<'_>;

    /// Whether the field is still to come.
    fn is_pending(&self, field: FieldId) -> bool {
        let _ = field;
        false
    }

    /// The fields that may have a value or be pending. An item that knows saves a question for each of the others;
    /// one that leaves a field out has neither a value for it nor is it pending.
    fn present(&self) -> Present {
        Present::ALL
    }
}
