//! What is wrong with a policy, as data: a stable code, places, a cause, and what to do about it.

use crate::codes::Code;
use crate::source::{Sources, Span};
use std::cmp::Ordering;

/// How bad it is.
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
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there; may be empty.
    pub message: String,
}

/// One finding. Messages are lower case, user text stands between backquotes, the cause comes first and the help last.
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
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        let primary = Label { span, message: String::new() };
        Diagnostic { labels: vec![primary], ..Self::base(code, message.into()) }
    }

    /// A finding at a place that is not a range of bytes.
    pub fn at_place(code: &'static Code, place: impl Into<String>, message: impl Into<String>) -> Self {
        Diagnostic { place: Some(place.into()), ..Self::base(code, message.into()) }
    }

    fn base(code: &'static Code, message: String) -> Self {
        Diagnostic { code, severity: code.severity, message, labels: Vec::new(), notes: Vec::new(), help: Vec::new(), place: None }
    }

    /// Says something at the primary span.
    #[must_use]
    pub fn label(mut self, message: impl Into<String>) -> Self {
        if let Some(primary) = self.labels.first_mut() {
            primary.message = message.into();
        }
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn secondary(mut self, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { span, message: message.into() });
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// Adds what to do, if there is something.
    #[must_use]
    pub fn help_opt(mut self, help: Option<String>) -> Self {
        self.help.extend(help);
        self
    }

    /// Adds to the cause.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The primary span, where there is one.
    pub fn span(&self) -> Option<Span> {
        self.labels.first().map(|label| label.span)
    }

    /// The file this is about, "" where there is none.
    pub fn path<'a>(&'a self, sources: &'a Sources) -> &'a str {
        match (&self.place, self.span()) {
            (Some(place), _) => place.split_once('!').map_or(place.as_str(), |(path, _)| path),
            (None, Some(span)) => sources.path(span.file),
            (None, None) => "",
        }
    }
}

/// A list of findings.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// None yet.
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
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
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
