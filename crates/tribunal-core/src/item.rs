//! An item as the engine sees it: a value for each field, borrowed from whoever holds the item.

use tribunal_policy::FieldId;

/// The value of a field as an item has it.
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

/// Something that can be decided.
pub trait Item {
    /// The value of a field of the policy. Called several times for a field: it has to be cheap and give the same value.
    fn value(&self, field: FieldId) -> Value<'_>;

    /// Whether the field is still to come.
    fn is_pending(&self, field: FieldId) -> bool {
        let _ = field;
        false
    }
}
