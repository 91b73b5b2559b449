//! After a syntax error: looks for the next entry at a known indentation and reads on from there, for errors only.

use super::parse::events;
use super::problem::{self, Place};
use super::report::Report;
use super::{BLANK, YamlLimits};
use granit_parser::{ErrorKind, Event, StructureStyle};
use std::ops::Range;

/// So many parts of a file are read again at most.
const MAX_RESTARTS: usize = 40;

/// Reports errors after the one at `at`. `columns` are the indentations of the collections that were open there.
pub(super) fn further_errors(text: &str, at: usize, mut columns: Vec<usize>, limits: &YamlLimits, report: &mut Report<'_>) {
    let mut from = next_entry(text, at, &columns);
    for _ in 0..MAX_RESTARTS {
        let Some(start) = from else { return };
        let line = line_start(text, start);
        let own = column(text, start);
        let end = part_end(text, line, own);
        let Some(part) = text.get(line..end) else { return };
        columns.retain(|&column| column <= own);
        match first_error(part, line, limits, report) {
            Outcome::Fine => from = next_line_with_text(text, end),
            Outcome::Failed(at, inner) => {
                let mut open = columns.clone();
                open.extend(inner);
                from = next_entry(text, at, &open);
            }
            Outcome::GiveUp => return,
        }
    }
}

enum Outcome {
    Fine,
    /// Where, and the indentations of what was open there.
    Failed(usize, Vec<usize>),
    GiveUp,
}

fn first_error(part: &str, base: usize, limits: &YamlLimits, report: &mut Report<'_>) -> Outcome {
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut last = None;
    for event in events(part, limits) {
        match event {
            Ok((event, span)) => {
                let range = span.byte_range().unwrap_or(0..0);
                match event {
                    Event::SequenceStart(style, ..) | Event::MappingStart(style, ..) => {
                        let block = style == StructureStyle::Block;
                        open.push(block.then(|| column(part, range.start)));
                    }
                    Event::SequenceEnd | Event::MappingEnd => {
                        open.pop();
                    }
                    Event::Scalar(..) => last = Some(range),
                    _ => {}
                }
            }
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or(0).min(part.len());
                let place = Place { text: part, base, at, last };
                let resume = base + resume_after(part, at, error.kind());
                return match problem::report(error.kind(), &place, limits, report) {
                    true => Outcome::Failed(resume, open.into_iter().flatten().collect()),
                    false => Outcome::GiveUp,
                };
            }
        }
    }
    Outcome::Fine
}

/// Below which place to look for the next entry: that of the error, or the end of the line before it.
pub(super) fn resume_after(text: &str, at: usize, kind: &ErrorKind) -> usize {
    match line_start(text, at).checked_sub(1) {
        Some(before) if problem::may_be_entry(kind) => before,
        _ => at,
    }
}

/// The column of a byte, in bytes from 0.
pub(super) fn column(text: &str, at: usize) -> usize {
    at.saturating_sub(line_start(text, at))
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
}

/// The next line below `at` that looks like an entry of a collection that is open: its first byte after indentation.
fn next_entry(text: &str, at: usize, columns: &[usize]) -> Option<usize> {
    let mut found = None;
    each_line_below(text, at, |range, line| {
        let indent = range.start - line;
        let entry = (indent == 0 || columns.contains(&indent)) && looks_like_entry(text.get(range.clone()).unwrap_or(""));
        if entry {
            found = Some(range.start);
        }
        entry
    });
    found
}

/// `- …` or `name: …`: not any text, for it may be the inside of a quote that was never closed.
fn looks_like_entry(line: &str) -> bool {
    if line.starts_with("- ") || line == "-" {
        return true;
    }
    let name = line.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')).count();
    let after = line.get(name..).unwrap_or("");
    name > 0 && (after == ":" || after.starts_with(": "))
}

/// The end of the lines from `line` on that are indented by `column` or more.
fn part_end(text: &str, line: usize, column: usize) -> usize {
    let mut end = text.len();
    each_line_below(text, line, |range, start| {
        let less = range.start - start < column && !text.get(range.clone()).unwrap_or("").starts_with('#');
        if less {
            end = start;
        }
        less
    });
    end
}

fn next_line_with_text(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let skipped = rest.len() - rest.trim_start_matches(BLANK).len();
    (skipped < rest.len()).then_some(from + skipped)
}

/// Calls `visit` with each line below that of `at` that holds text – its range without indentation and line end, and
/// the start of the line – until it says true.
fn each_line_below(text: &str, at: usize, mut visit: impl FnMut(Range<usize>, usize) -> bool) {
    let Some(rest) = text.get(at..) else { return };
    let Some(first) = rest.find('\n') else { return };
    let mut start = at + first + 1;
    for line in text.get(start..).unwrap_or("").split_inclusive('\n') {
        let trimmed = line.trim_end_matches(BLANK);
        let indent = trimmed.len() - trimmed.trim_start_matches(' ').len();
        if !trimmed.is_empty() && visit(start + indent..start + trimmed.len(), start) {
            return;
        }
        start += line.len();
    }
}
