//! YAML with a place for everything: a small tree in which every key and scalar knows its bytes.
//!
//! Only what a policy needs: maps with text keys, lists, and scalars that are *the text as written* (`no`, `007` and
//! `5.10` stay so). Anchors, aliases, tags, merge keys, directives and further documents are errors of their own.

mod decode;
mod offsets;
mod parse;
mod problem;
mod recover;
mod report;
mod scan;

use crate::source::{FileId, Span};
use std::ops::Range;

pub use offsets::OffsetMap;
pub use parse::parse;

/// White space of YAML; other Unicode spaces are content.
pub(crate) const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// A value and its place.
///
/// ```
/// use tribunal_policy::{diagnostic::Diagnostics, source::Sources, yaml};
///
/// let mut sources = Sources::new();
/// let file = sources.add("demo.yaml", "id: gun\nhashtags: [fyp, glock]\n");
/// let root = yaml::parse(file, &sources, &yaml::YamlLimits::default(), &mut Diagnostics::new()).ok_or("well-formed")?;
/// assert_eq!((root.kind_name(), root.as_map().map(<[_]>::len)), ("a map", Some(2)));
/// assert_eq!(root.get("id").and_then(|node| node.as_text()), Some("gun"));
/// let hashtags = root.get("hashtags").ok_or("there")?;
/// assert_eq!((hashtags.flow, sources.slice(hashtags.span), hashtags.as_seq().map(<[_]>::len)), (true, "[fyp, glock]", Some(2)));
/// assert!(hashtags.as_scalar().is_none() && !hashtags.is_null() && !hashtags.is_invalid());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value's bytes: a scalar with its quotes or block header, a flow collection with its brackets, a block
    /// collection from its first key or dash to the end of its last value.
    pub span: Span,
    /// Whether it is a collection written in brackets.
    pub flow: bool,
    /// What it is.
    pub value: Value,
}

/// A YAML value.
///
/// ```
/// use tribunal_policy::{diagnostic::Diagnostics, source::Sources, yaml::{Value, YamlLimits, parse}};
///
/// let mut sources = Sources::new();
/// let file = sources.add("demo.yaml", "[5.10, no, 007]");
/// let root = parse(file, &sources, &YamlLimits::default(), &mut Diagnostics::new()).ok_or("well-formed")?;
/// let Value::Seq(nodes) = &root.value else { return Err("a list".into()) };
/// // Every scalar is the text as written: no number, no truth value.
/// let texts: Vec<_> = nodes.iter().filter_map(|node| node.as_text()).collect();
/// assert_eq!(texts, ["5.10", "no", "007"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A text, possibly null or empty.
    Scalar(Scalar),
    /// A list.
    Seq(Vec<Node>),
    /// A map in the order written. Keys are unique: of a key that stands twice (an error) the first is kept.
    Map(Vec<Entry>),
    /// Something that was reported already, like an alias: say nothing more about it.
    Invalid,
}

/// A key and its value.
///
/// ```
/// use tribunal_policy::{diagnostic::Diagnostics, source::Sources, yaml};
///
/// let mut sources = Sources::new();
/// let file = sources.add("demo.yaml", "id: gun\nstage: live\n");
/// let root = yaml::parse(file, &sources, &yaml::YamlLimits::default(), &mut Diagnostics::new()).ok_or("well-formed")?;
/// let entry = &root.as_map().ok_or("a map")?[1];
/// assert_eq!((entry.key.text.as_str(), entry.value.as_text(), sources.line_col(entry.key.span)), ("stage", Some("live"), (2, 1)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Scalar,
    /// Its value.
    pub value: Node,
}

/// A scalar: text, and how it was written.
///
/// ```
/// use tribunal_policy::{diagnostic::Diagnostics, source::Sources, yaml::{ScalarStyle, YamlLimits, parse}};
///
/// let mut sources = Sources::new();
/// let file = sources.add("demo.yaml", r#"term: "gl\u006Fck" # handguns"#);
/// let root = parse(file, &sources, &YamlLimits::default(), &mut Diagnostics::new()).ok_or("well-formed")?;
/// let term = root.get("term").and_then(|node| node.as_scalar()).ok_or("a text")?;
/// assert_eq!((term.text.as_str(), term.style, term.is_null()), ("glock", ScalarStyle::DoubleQuoted, false));
/// assert_eq!(term.trailing_comment.map(|span| sources.slice(span)), Some("# handguns"));
/// assert!(term.is_one_line(sources.text(file)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// Its bytes, with quotes or block header.
    pub span: Span,
    /// The text, decoded.
    pub text: String,
    /// How it was written.
    pub style: ScalarStyle,
    /// A comment after it on the line on which it ends; for a block scalar, after its header. Never set on keys.
    pub trailing_comment: Option<Span>,
    /// From bytes of `text` to bytes of the source.
    pub offsets: OffsetMap,
}

/// How a scalar was written.
///
/// ```
/// use tribunal_policy::{diagnostic::Diagnostics, source::Sources, yaml::{ScalarStyle, YamlLimits, parse}};
///
/// let mut sources = Sources::new();
/// let file = sources.add("demo.yaml", "- glock\n- 'glock'\n- |\n  any text has firearms\n  and author.age < 18\n");
/// let root = parse(file, &sources, &YamlLimits::default(), &mut Diagnostics::new()).ok_or("well-formed")?;
/// let styles: Vec<_> = root.as_seq().ok_or("a list")?.iter().filter_map(|node| Some(node.as_scalar()?.style)).collect();
/// assert_eq!(styles, [ScalarStyle::Plain, ScalarStyle::SingleQuoted, ScalarStyle::Literal]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// `'…'`.
    SingleQuoted,
    /// `"…"`.
    DoubleQuoted,
    /// `|`.
    Literal,
    /// `>`.
    Folded,
}

/// What a file may hold.
///
/// ```
/// use tribunal_policy::{diagnostic::Diagnostics, source::Sources, yaml::{YamlLimits, parse}};
///
/// let mut sources = Sources::new();
/// let file = sources.add("demo.yaml", "[[[[deep]]]]");
/// let mut findings = Diagnostics::new();
/// assert!(parse(file, &sources, &YamlLimits { depth: 3, ..YamlLimits::default() }, &mut findings).is_none());
/// assert!(findings.has_errors());
/// ```
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct YamlLimits {
    /// Bytes of the file.
    pub bytes: usize,
    /// Levels of maps and lists.
    pub depth: usize,
    /// Keys, scalars and collections.
    pub nodes: usize,
}

impl Default for YamlLimits {
    /// 4 MiB, 64 levels, 500,000 nodes.
    fn default() -> Self {
        YamlLimits { bytes: 4 << 20, depth: 64, nodes: 500_000 }
    }
}

impl Scalar {
    /// Whether it stands for no value: nothing at all, or a plain `~`, `null`, `Null`, `NULL`. A quoted `""` is not
    /// null but an empty text.
    pub fn is_null(&self) -> bool {
        self.style == ScalarStyle::Plain && matches!(self.text.as_str(), "" | "~" | "null" | "Null" | "NULL")
    }

    /// Whether it was written on one line.
    pub fn is_one_line(&self, source: &str) -> bool {
        source.get(self.span.range()).is_none_or(|written| !written.contains('\n'))
    }

    /// The source under a range of bytes of the text: exact through escapes, line folds and block indentation. An
    /// empty range gives an empty span. What lies outside the text is cut off.
    ///
    /// ```
    /// use tribunal_policy::{diagnostic::Diagnostics, source::Sources, yaml::{YamlLimits, parse}};
    ///
    /// let mut sources = Sources::new();
    /// let file = sources.add("demo.yaml", r#"when: "caption has \"gl\u006Fck\"""#);
    /// let root = parse(file, &sources, &YamlLimits::default(), &mut Diagnostics::new()).ok_or("well-formed")?;
    /// let when = root.get("when").and_then(|node| node.as_scalar()).ok_or("a text")?;
    /// let at = when.text.find("glock").ok_or("there")?;
    /// // A mistake in a decoded text is shown where its author sees it.
    /// assert_eq!(sources.slice(when.source_span(at..at + 5)), r"gl\u006Fck");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn source_span(&self, range: Range<usize>) -> Span {
        self.offsets.source_span(self.span, self.text.len(), range)
    }
}

impl Node {
    /// The scalar, if it is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text, if it is a scalar that is not null.
    pub fn as_text(&self) -> Option<&str> {
        self.as_scalar().filter(|scalar| !scalar.is_null()).map(|scalar| scalar.text.as_str())
    }

    /// The elements, if it is a list.
    pub fn as_seq(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Seq(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// The entries, if it is a map.
    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a key, if it is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.iter().find(|entry| entry.key.text == key).map(|entry| &entry.value)
    }

    /// Whether it is a null scalar.
    pub fn is_null(&self) -> bool {
        self.as_scalar().is_some_and(Scalar::is_null)
    }

    /// Whether both hold the same keys and texts in the same order, however they are written.
    ///
    /// ```
    /// use tribunal_policy::{diagnostic::Diagnostics, source::Sources, yaml::{YamlLimits, parse}};
    ///
    /// let mut sources = Sources::new();
    /// let mut read = |text: &str| {
    ///     let file = sources.add("demo.yaml", text);
    ///     parse(file, &sources, &YamlLimits::default(), &mut Diagnostics::new()).ok_or("well-formed")
    /// };
    /// assert!(read("{id: gun}")?.same_content(&read("id: 'gun'\n")?));
    /// assert!(!read("id: ''")?.same_content(&read("id:")?));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn same_content(&self, other: &Node) -> bool {
        match (&self.value, &other.value) {
            (Value::Scalar(a), Value::Scalar(b)) => (a.is_null() && b.is_null()) || (a.text == b.text && a.is_null() == b.is_null()),
            (Value::Seq(a), Value::Seq(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same_content(b)),
            (Value::Map(a), Value::Map(b)) => {
                let mut pairs = a.iter().zip(b);
                a.len() == b.len() && pairs.all(|(a, b)| a.key.text == b.key.text && a.value.same_content(&b.value))
            }
            _ => false,
        }
    }

    /// Whether it was reported already.
    pub fn is_invalid(&self) -> bool {
        matches!(self.value, Value::Invalid)
    }

    /// The source under a range of bytes of a scalar's text; the node's own span for anything else.
    pub fn source_span(&self, range_in_text: Range<usize>) -> Span {
        self.as_scalar().map_or(self.span, |scalar| scalar.source_span(range_in_text))
    }

    /// What it is, for messages: "a text", "a list", "a map", "nothing".
    pub fn kind_name(&self) -> &'static str {
        match &self.value {
            Value::Scalar(scalar) if scalar.is_null() => "nothing",
            Value::Scalar(_) => "a text",
            Value::Seq(_) => "a list",
            Value::Map(_) => "a map",
            Value::Invalid => "a mistake",
        }
    }
}

/// A file's root node when there is nothing in it.
fn empty_root(file: FileId) -> Node {
    let span = Span::new(file, 0, 0);
    let offsets = OffsetMap::default();
    let scalar = Scalar { span, text: String::new(), style: ScalarStyle::Plain, trailing_comment: None, offsets };
    Node { span, flow: false, value: Value::Scalar(scalar) }
}
