//! From bytes of a decoded scalar to bytes of the source.

use crate::source::Span;
use std::ops::Range;

/// How the bytes of a scalar's text lie in the source: runs, in order. Bytes between two runs of source (escapes'
/// backslashes, indentation) stand for nothing in the text.
///
/// ```
/// use tribunal_policy::{diagnostic::Diagnostics, source::Sources, yaml::{YamlLimits, parse}};
///
/// let mut sources = Sources::new();
/// let file = sources.add("demo.yaml", "'for ''sale'''");
/// let root = parse(file, &sources, &YamlLimits::default(), &mut Diagnostics::new()).ok_or("well-formed")?;
/// assert_eq!(root.as_text(), Some("for 'sale'"));
/// // It is read through the scalar or node that it belongs to.
/// assert_eq!(sources.slice(root.source_span(5..9)), "sale");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetMap {
    runs: Box<[Run]>,
}

/// Some bytes of text and the bytes of source that they came from. Where both are equally long they are the same
/// bytes; otherwise the whole run is one escape or fold.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) text: u32,
    pub(super) text_len: u32,
    pub(super) source: u32,
    pub(super) source_len: u32,
}

impl OffsetMap {
    pub(super) fn new(runs: Vec<Run>) -> Self {
        OffsetMap { runs: runs.into_boxed_slice() }
    }

    /// The source of `range` of a text of `text_len` bytes that was written at `whole`. Without runs, the text is
    /// written as it stands.
    pub(super) fn source_span(&self, whole: Span, text_len: usize, range: Range<usize>) -> Span {
        let start = range.start.min(text_len);
        let end = range.end.clamp(start, text_len);
        let from = self.position(whole, start, false);
        if start == end {
            return Span::new(whole.file, from, from);
        }
        Span::new(whole.file, from, self.position(whole, end, true).max(from))
    }

    /// The source position of a text position: as the end of what is before it, or as the start of what is after it.
    fn position(&self, whole: Span, at: usize, as_end: bool) -> usize {
        if self.runs.is_empty() {
            return (whole.start as usize).saturating_add(at).min(whole.end as usize);
        }
        let index = if as_end { self.runs.partition_point(|run| run.text_end() < at) } else { self.runs.partition_point(|run| run.text_end() <= at) };
        match self.runs.get(index).or_else(|| self.runs.last()) {
            Some(run) => run.position(at, as_end),
            None => whole.start as usize,
        }
    }
}

impl Run {
    fn text_end(&self) -> usize {
        self.text as usize + self.text_len as usize
    }

    fn position(&self, at: usize, as_end: bool) -> usize {
        let (source, source_len) = (self.source as usize, self.source_len as usize);
        let inside = at.saturating_sub(self.text as usize);
        if inside == 0 && !as_end {
            source
        } else if inside >= self.text_len as usize {
            source + source_len
        } else if self.text_len == self.source_len {
            source + inside
        } else if as_end {
            source + source_len
        } else {
            source
        }
    }
}

/// Collects runs, joining neighbours that are the same bytes.
#[derive(Default)]
pub(super) struct Runs {
    runs: Vec<Run>,
    text: String,
}

impl Runs {
    /// Bytes of source that stand for themselves.
    pub(super) fn verbatim(&mut self, source_at: usize, written: &str) {
        self.push(written, source_at, written.len());
    }

    /// Bytes of source that stand for other text.
    pub(super) fn replaced(&mut self, source: Range<usize>, text: &str) {
        self.push(text, source.start, source.len());
    }

    fn push(&mut self, text: &str, source: usize, source_len: usize) {
        if text.is_empty() {
            return;
        }
        let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let run = Run { text: small(self.text.len()), text_len: small(text.len()), source: small(source), source_len: small(source_len) };
        self.text.push_str(text);
        if let Some(last) = self.runs.last_mut()
            && last.text_len == last.source_len
            && run.text_len == run.source_len
            && last.source + last.source_len == run.source
        {
            last.text_len += run.text_len;
            last.source_len += run.source_len;
            return;
        }
        self.runs.push(run);
    }

    /// Drops what lies beyond `len` bytes of text: line ends that the block's chomping removed.
    pub(super) fn truncate(&mut self, len: usize) {
        if !self.text.is_char_boundary(len) {
            return;
        }
        self.text.truncate(len);
        self.runs.retain(|run| (run.text as usize) < len);
        if let Some(last) = self.runs.last_mut() {
            let beyond = last.text_end().saturating_sub(len);
            let beyond = u32::try_from(beyond).unwrap_or(0);
            if last.text_len == last.source_len {
                last.source_len -= beyond;
            }
            last.text_len -= beyond;
        }
    }

    pub(super) fn finish(self) -> (String, OffsetMap) {
        (self.text, OffsetMap::new(self.runs))
    }
}
