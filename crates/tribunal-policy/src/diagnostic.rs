//! What is wrong with a policy, as data: a stable code, places, a cause, and what to do about it.

use crate::codes::Code;
use crate::source::{Sources, Span};
use std::cmp::Ordering;

/// How bad it is.
///
/// ```
/// use tribunal_policy::diagnostic::Severity;
///
/// let loaded = tribunal_policy::load_str("demo.yaml", "policy: {id: demo}");
/// assert_eq!(loaded.diagnostics[0].severity, Severity::Error);
/// assert_eq!([Severity::Error, Severity::Warning, Severity::Note].map(Severity::name), ["error", "warning", "note"]);
/// ```
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Severity {
    /// The policy cannot be used.
    Error,
    /// The policy can be used, but somebody should look.
    Warning,
    /// For information.
    Note,
}

impl Severity {
    /// `error`, `warning` or `note`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// A place with what there is to say about it.
///
/// ```
/// let text = "policy: {id: demo, version: '1'}\nterms: {firearms: [glock]}\nrules:\n  - {id: gun, when: any text has fireams, effect: {routing: review}}";
/// let loaded = tribunal_policy::load_str("demo.yaml", text);
/// let primary = &loaded.diagnostics[0].labels[0];
/// assert_eq!((loaded.sources.slice(primary.span), loaded.sources.line_col(primary.span)), ("fireams", (4, 34)));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there; may be empty.
    pub message: String,
}

/// One finding. Messages are lower case, user text stands between backquotes, the cause comes first and the help last.
///
/// ```
/// use tribunal_policy::{codes, diagnostic::Diagnostic, source::{FileId, Span}};
///
/// let span = Span::new(FileId(0), 10, 17);
/// let found = Diagnostic::new(&codes::UNKNOWN_LIST, span, "there is no list `fireams`")
///     .label("not declared")
///     .note("term lists are declared under `terms:`")
///     .help("did you mean `firearms`?");
/// assert_eq!((found.span(), found.labels[0].message.as_str()), (Some(span), "not declared"));
/// assert_eq!((found.severity, found.notes.len(), found.help.len()), (codes::UNKNOWN_LIST.severity, 1, 1));
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// The stable code: what kind of finding this is.
    pub code: &'static Code,
    /// Usually the code's own severity; raised by [`Diagnostics::deny_warnings`].
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// Places, the first is the primary one. Empty only where [`Diagnostic::place`] says where it is.
    pub labels: Vec<Label>,
    /// More about the cause.
    pub notes: Vec<String>,
    /// What to do.
    pub help: Vec<String>,
    /// A place that is not a range of bytes: a path, or a cell like `terms/x.xlsx!Sheet!B17`.
    pub place: Option<String>,
}

impl Diagnostic {
    /// A finding at a span, with the severity of its code.
    ///
    /// ```
    /// use tribunal_policy::{codes, diagnostic::{Diagnostic, Severity}, source::{FileId, Span}};
    ///
    /// let found = Diagnostic::new(&codes::UNKNOWN_FIELD, Span::new(FileId(0), 0, 7), "there is no field `captoin`");
    /// assert_eq!((found.severity, found.labels.len()), (Severity::Error, 1));
    /// ```
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        let primary = Label { span, message: String::new() };
        Diagnostic { labels: vec![primary], ..Self::base(code, message.into()) }
    }

    /// A finding at a place that is not a range of bytes.
    ///
    /// ```
    /// use tribunal_policy::{codes, diagnostic::Diagnostic, source::Sources};
    ///
    /// // A cell of a workbook: no range of bytes of a text.
    /// let found = Diagnostic::at_place(&codes::EMPTY_VALUE, "terms/firearms.xlsx!Sheet1!B17", "a term is empty");
    /// assert_eq!((found.span(), found.path(&Sources::new())), (None, "terms/firearms.xlsx"));
    /// ```
    pub fn at_place(code: &'static Code, place: impl Into<String>, message: impl Into<String>) -> Self {
        Diagnostic { place: Some(place.into()), ..Self::base(code, message.into()) }
    }

    fn base(code: &'static Code, message: String) -> Self {
        Diagnostic { code, severity: code.severity, message, labels: Vec::new(), notes: Vec::new(), help: Vec::new(), place: None }
    }

    /// Says something at the primary span.
    ///
    /// ```
    /// use tribunal_policy::{codes, diagnostic::Diagnostic, source::{FileId, Span}};
    ///
    /// let found = Diagnostic::new(&codes::UNKNOWN_FIELD, Span::new(FileId(0), 0, 7), "there is no field `captoin`").label("not declared");
    /// assert_eq!(found.labels[0].message, "not declared");
    /// ```
    #[must_use]
    pub fn label(mut self, message: impl Into<String>) -> Self {
        if let Some(primary) = self.labels.first_mut() {
            primary.message = message.into();
        }
        self
    }

    /// Adds another place.
    ///
    /// ```
    /// use tribunal_policy::{codes, diagnostic::Diagnostic, source::{FileId, Span}};
    ///
    /// let (second, first) = (Span::new(FileId(0), 60, 63), Span::new(FileId(0), 20, 23));
    /// let found = Diagnostic::new(&codes::DUPLICATE_NAME, second, "the rule `gun` is defined twice").secondary(first, "first here");
    /// assert_eq!((found.span(), found.labels[1].span), (Some(second), first));
    /// ```
    #[must_use]
    pub fn secondary(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    /// Adds what to do.
    ///
    /// ```
    /// use tribunal_policy::{codes, diagnostic::Diagnostic};
    ///
    /// let found = Diagnostic::at_place(&codes::NO_POLICY, "rules/", "no file says which policy this is").help("write `policy: {id: …, version: …}` in one");
    /// assert_eq!(found.help.len(), 1);
    /// ```
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds what to do, if there is something.
    ///
    /// ```
    /// use tribunal_policy::{codes, diagnostic::Diagnostic, suggest};
    ///
    /// let help = suggest::did_you_mean("colour", ["routing", "account"].into_iter());
    /// let found = Diagnostic::at_place(&codes::UNKNOWN_AXIS, "demo.yaml", "there is no axis `colour`").help_opt(help);
    /// assert!(found.help.is_empty());
    /// ```
    #[must_use]
    pub fn help_opt(mut self, help: Option<String>) -> Self {
        self.help.extend(help);
        self
    }

    /// Adds to the cause.
    ///
    /// ```
    /// use tribunal_policy::{codes, diagnostic::Diagnostic};
    ///
    /// let found = Diagnostic::at_place(&codes::NO_SUCH_FILE, "terms/firearms.csv", "the file is not there").note("it is named under `file:`");
    /// assert_eq!(found.notes, ["it is named under `file:`"]);
    /// ```
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The primary span, where there is one.
    ///
    /// ```
    /// let loaded = tribunal_policy::load_str("demo.yaml", "policy: {id: demo, versoin: '1'}");
    /// let spans = loaded.diagnostics.iter().filter_map(|found| found.span());
    /// assert!(spans.map(|span| loaded.sources.slice(span)).any(|text| text == "versoin"));
    /// ```
    pub fn span(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }

    /// The file this is about, "" where there is none.
    ///
    /// ```
    /// let loaded = tribunal_policy::load_str("demo.yaml", "policy: {id: demo}");
    /// assert_eq!(loaded.diagnostics[0].path(&loaded.sources), "demo.yaml");
    /// ```
    pub fn path<'a>(&'a self, sources: &'a Sources) -> &'a str {
        match (&self.place, self.span()) {
            (Some(place), _) => place.split_once('!').map_or(place.as_str(), |(path, _)| path),
            (None, Some(span)) => sources.path(span.file),
            (None, None) => "",
        }
    }
}

/// A list of findings.
///
/// ```
/// use tribunal_policy::{codes, diagnostic::{Diagnostic, Diagnostics, Severity}};
///
/// let mut findings = Diagnostics::new();
/// findings.push(Diagnostic::at_place(&codes::UNREAD_FILE, "terms/old.bak", "the file is not read"));
/// assert_eq!((findings.len(), findings.is_empty(), findings.has_errors(), findings.count(Severity::Warning)), (1, false, false, 1));
/// assert_eq!(findings.iter().count(), findings.as_slice().len());
/// findings.deny_warnings();
/// assert!(findings.has_errors());
/// ```
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// None yet.
    ///
    /// ```
    /// let findings = tribunal_policy::diagnostic::Diagnostics::new();
    /// assert!(findings.is_empty() && !findings.has_errors());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Whether there is one of severity error.
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// How many there are of one severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.list.iter().filter(|diagnostic| diagnostic.severity == severity).count()
    }

    /// Makes every warning an error.
    pub fn deny_warnings(&mut self) {
        for diagnostic in &mut self.list {
            if diagnostic.severity == Severity::Warning {
                diagnostic.severity = Severity::Error;
            }
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// In the order they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// As a slice, in the order they were found.
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.list
    }

    /// In the order readers want: by file path, place in the file and code; exact repetitions once.
    ///
    /// ```
    /// use tribunal_policy::{codes, diagnostic::{Diagnostic, Diagnostics}, source::{Sources, Span}};
    ///
    /// let mut sources = Sources::new();
    /// let file = sources.add("demo.yaml", "captoin hashtag");
    /// let mut findings = Diagnostics::new();
    /// for (start, end) in [(8, 15), (0, 7), (8, 15)] {
    ///     findings.push(Diagnostic::new(&codes::UNKNOWN_FIELD, Span::new(file, start, end), "there is no such field"));
    /// }
    /// let found: Vec<_> = findings.into_sorted(&sources).iter().filter_map(|found| found.span()).map(|span| sources.slice(span)).collect();
    /// assert_eq!(found, ["captoin", "hashtag"]);
    /// ```
    pub fn into_sorted(self, sources: &Sources) -> Vec<Diagnostic> {
        let mut list = self.list;
        list.sort_by(|a, b| compare(a, b, sources));
        list.dedup();
        list
    }
}

fn compare(a: &Diagnostic, b: &Diagnostic, sources: &Sources) -> Ordering {
    let offset = |diagnostic: &Diagnostic| diagnostic.span().map_or(0, |span| span.start);
    a.path(sources)
        .cmp(b.path(sources))
        .then_with(|| offset(a).cmp(&offset(b)))
        .then_with(|| a.place.cmp(&b.place))
        .then_with(|| a.code.id.cmp(b.code.id))
        .then_with(|| a.message.cmp(&b.message))
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, iter: I) {
        self.list.extend(iter);
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes;
    use crate::source::FileId;

    #[test]
    fn sorted_by_path_then_offset_then_code() {
        let mut sources = Sources::new();
        let b = sources.add("b.yaml", "0123456789");
        let a = sources.add("a.yaml", "0123456789");
        let at = |file: FileId, start| Span::new(file, start, start + 1);
        let mut out = Diagnostics::new();
        out.push(Diagnostic::new(&codes::YAML_TAG, at(b, 1), "third"));
        out.push(Diagnostic::new(&codes::YAML_TAG, at(a, 5), "second"));
        out.push(Diagnostic::new(&codes::YAML_ALIAS, at(a, 5), "first"));
        out.push(Diagnostic::new(&codes::YAML_ALIAS, at(a, 5), "first"));
        out.push(Diagnostic::at_place(&codes::YAML_ALIAS, "c.xlsx!Sheet1!B2", "fourth"));
        let sorted = out.into_sorted(&sources);
        let messages: Vec<&str> = sorted.iter().map(|d| d.message.as_str()).collect();
        assert_eq!(messages, ["first", "second", "third", "fourth"]);
        assert_eq!(sorted[3].path(&sources), "c.xlsx");
    }

    #[test]
    fn denied_warnings_are_errors() {
        let warning: &'static Code = codes::ALL.iter().find(|code| code.severity == Severity::Warning).unwrap();
        let mut out = Diagnostics::new();
        out.push(Diagnostic::new(warning, Span::default(), "x"));
        assert!(!out.has_errors());
        out.deny_warnings();
        assert!(out.has_errors());
        assert_eq!(out.count(Severity::Error), 1);
    }
}
