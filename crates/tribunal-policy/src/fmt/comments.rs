//! The comments of a file: every `#` outside scalars.

use crate::yaml::{BLANK, Node, Scalar, Value};
use std::ops::Range;

pub(super) struct Comment<'a> {
    pub(super) range: Range<usize>,
    /// From the `#` on, blanks at the end aside.
    pub(super) text: &'a str,
    /// Whether it has a line of its own.
    pub(super) own_line: bool,
    /// Bytes before it on its line.
    pub(super) column: usize,
}

/// All comments in order, those on the first line of block scalars aside: they belong to their scalar.
pub(super) fn collect<'a>(text: &'a str, root: &Node) -> Vec<Comment<'a>> {
    let mut scalars = Vec::new();
    each_scalar(root, &mut |scalar| scalars.push(scalar.span.range()));
    let mut comments = Vec::new();
    let mut from = 0;
    for range in scalars {
        in_gap(text, from..range.start, &mut comments);
        from = range.end.max(from);
    }
    in_gap(text, from..text.len(), &mut comments);
    comments
}

fn each_scalar(node: &Node, visit: &mut impl FnMut(&Scalar)) {
    match &node.value {
        Value::Scalar(scalar) => visit(scalar),
        Value::Seq(nodes) => nodes.iter().for_each(|node| each_scalar(node, visit)),
        Value::Map(entries) => {
            for entry in entries {
                visit(&entry.key);
                each_scalar(&entry.value, visit);
            }
        }
        Value::Invalid => {}
    }
}

fn in_gap<'a>(text: &'a str, gap: Range<usize>, comments: &mut Vec<Comment<'a>>) {
    let mut at = gap.start;
    while at < gap.end {
        // A gap holds blanks, line ends and punctuation only, so the next comment is found line by line.
        let Some(start) = next_comment(text, at..gap.end) else { return };
        let line_end = text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |len| start + len);
        let line_start = text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1);
        let before = text.get(line_start..start).unwrap_or("");
        let written = text.get(start..line_end).unwrap_or("").trim_end_matches(BLANK);
        comments.push(Comment { range: start..start + written.len(), text: written, own_line: before.trim_matches(BLANK).is_empty(), column: before.len() });
        at = line_end;
    }
}

fn next_comment(text: &str, range: Range<usize>) -> Option<usize> {
    let bytes = text.as_bytes();
    let spaced = |at: usize| at == 0 || bytes.get(at - 1).is_some_and(u8::is_ascii_whitespace);
    range.into_iter().find(|&at| bytes.get(at) == Some(&b'#') && spaced(at))
}

/// Where the blanks and comments that begin at `from` end.
pub(super) fn gap_end(text: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = text.get(at..).unwrap_or("");
        let blank = rest.len() - rest.trim_start_matches(BLANK).len();
        let comment = rest.get(blank..).filter(|rest| rest.starts_with('#') && (blank > 0 || at == 0));
        let Some(comment) = comment else { return at + blank };
        at += blank + comment.find('\n').unwrap_or(comment.len());
    }
}

/// Whether there is an empty line in a range of the source.
pub(super) fn has_blank_line(text: &str, range: Range<usize>) -> bool {
    let gap = text.get(range).unwrap_or("");
    let mut lines = gap.split('\n').skip(1).peekable();
    // The last piece is the beginning of a line with something on it.
    while let Some(line) = lines.next() {
        if lines.peek().is_some() && line.trim_matches(BLANK).is_empty() {
            return true;
        }
    }
    false
}
