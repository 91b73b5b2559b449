//! The part of a source that a diagnostic quotes.

use super::neutral;
use crate::diagnostic::Label;
use crate::source::Sources;
use std::ops::Range;

/// Longer lines are cut around the label.
const MAX_LINE: usize = 600;
/// What is shown of a longer line before and after the start of the label.
const REACH: usize = 60;

pub(super) struct Excerpt {
    /// Made safe to print.
    pub(super) text: String,
    /// The number of its first line.
    pub(super) first_line: u32,
    /// The labels' places in `text`, in their order. Where the excerpt is cut there is only the first.
    pub(super) ranges: Vec<Range<usize>>,
    /// Whether it begins or ends inside a line.
    pub(super) cut: bool,
}

impl Excerpt {
    /// The lines that hold the labels, which lie in one file. `None` where there is no text.
    pub(super) fn new(sources: &Sources, labels: &[&Label]) -> Option<Self> {
        let first = labels.first()?;
        let text = sources.text(first.span.file);
        if text.is_empty() {
            return None;
        }
        let ranges: Vec<Range<usize>> = labels.iter().map(|label| clip(text, label.span.range())).collect();
        let start = line_start(text, ranges.iter().map(|range| range.start).min()?);
        let end = line_end(text, ranges.iter().map(|range| range.end).max()?);
        let lines = text.get(start..end)?;
        if lines.split('\n').any(|line| line.len() > MAX_LINE) {
            return Self::around(sources, first, text, ranges.first()?.clone());
        }
        let first_line = sources.line_col(crate::source::Span::new(first.span.file, start, start)).0;
        let place = |range: Range<usize>| -> Option<Range<usize>> {
            let at = |offset: usize| Some(neutral::neutral(text.get(start..offset)?).len());
            Some(at(range.start)?..at(range.end)?)
        };
        let ranges = ranges.into_iter().map(place).collect::<Option<Vec<_>>>()?;
        Some(Excerpt { text: neutral::neutral(lines), first_line, ranges, cut: false })
    }

    fn around(sources: &Sources, label: &Label, text: &str, range: Range<usize>) -> Option<Self> {
        let line = line_start(text, range.start)..line_end(text, range.start);
        let from = boundary(text, range.start.saturating_sub(REACH).max(line.start));
        let to = boundary(text, (range.start + REACH).min(line.end)).max(range.start);
        let mut safe = String::new();
        if from > line.start {
            safe.push('…');
        }
        safe.push_str(&neutral::neutral(text.get(from..range.start)?));
        let start = safe.len();
        safe.push_str(&neutral::neutral(text.get(range.start..range.end.min(to))?));
        let end = safe.len();
        safe.push_str(&neutral::neutral(text.get(range.end.min(to)..to)?));
        if to < line.end {
            safe.push('…');
        }
        let first_line = sources.line_col(label.span).0;
        Some(Excerpt { text: safe, first_line, ranges: std::iter::once(start..end).collect(), cut: true })
    }
}

/// A range inside the text, on character boundaries.
fn clip(text: &str, range: Range<usize>) -> Range<usize> {
    let start = boundary(text, range.start.min(text.len()));
    let mut end = range.end.clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    start..end
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|after| after.find('\n')).map_or(text.len(), |len| at + len)
}
