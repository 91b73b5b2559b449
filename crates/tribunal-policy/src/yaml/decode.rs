//! Reads a scalar's source again, to learn which bytes of text came from which bytes of source.
//!
//! The parser gives the decoded text but not the way there. What is decoded here is compared with the parser's text:
//! on a difference the scalar is mapped as a whole, so a span may be too wide, never wrong.

use super::ScalarStyle;
use super::offsets::{OffsetMap, Runs};
use std::ops::Range;

/// The map for a scalar with quotes or none, written at `at`.
pub(super) fn flow_scalar(source: &str, at: Range<usize>, style: ScalarStyle, text: &str) -> OffsetMap {
    let Some(written) = source.get(at.clone()) else { return OffsetMap::default() };
    if style == ScalarStyle::Plain && written == text {
        return OffsetMap::default();
    }
    let inner = match style {
        ScalarStyle::Plain => at.clone(),
        _ if at.len() >= 2 => at.start + 1..at.end - 1,
        _ => at.clone(),
    };
    let mut runs = Runs::default();
    Flow { source, end: inner.end, style }.decode(inner.start, &mut runs);
    finish(runs, text, at)
}

/// The map for a block scalar whose lines are `lines` (from the line after the header) with `indent` columns of
/// indentation.
pub(super) fn block_scalar(source: &str, lines: Range<usize>, indent: usize, folded: bool, text: &str) -> OffsetMap {
    let mut runs = Runs::default();
    decode_block(source, lines.clone(), indent, folded, &mut runs);
    runs.truncate(text.len());
    finish(runs, text, lines)
}

fn finish(runs: Runs, text: &str, whole: Range<usize>) -> OffsetMap {
    let (decoded, map) = runs.finish();
    if decoded == text {
        return map;
    }
    let mut one = Runs::default();
    one.replaced(whole, text);
    one.finish().1
}

struct Flow<'a> {
    source: &'a str,
    end: usize,
    style: ScalarStyle,
}

impl Flow<'_> {
    fn rest(&self, at: usize) -> &str {
        self.source.get(at..self.end).unwrap_or("")
    }

    fn decode(&self, start: usize, runs: &mut Runs) {
        let mut at = start;
        loop {
            let rest = self.rest(at);
            let Some(first) = rest.chars().next() else { return };
            match first {
                ' ' | '\t' | '\r' | '\n' => at = self.white(at, runs),
                '\'' if self.style == ScalarStyle::SingleQuoted => {
                    runs.replaced(at..at + 2, "'");
                    at += 2;
                }
                '\\' if self.style == ScalarStyle::DoubleQuoted => at = self.escape(at, runs),
                _ => {
                    let stop = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n' | '\'' | '\\');
                    let len = rest.char_indices().skip(1).find(|&(_, c)| stop(c)).map_or(rest.len(), |(at, _)| at);
                    runs.verbatim(at, rest.get(..len).unwrap_or(""));
                    at += len;
                }
            }
        }
    }

    /// White space: as written inside a line; around line ends it folds to one space, or to a line end for each
    /// empty line.
    fn white(&self, at: usize, runs: &mut Runs) -> usize {
        let rest = self.rest(at);
        let len = rest.find(|c| !matches!(c, ' ' | '\t' | '\r' | '\n')).unwrap_or(rest.len());
        let white = rest.get(..len).unwrap_or("");
        let breaks = breaks(white);
        match breaks.len() {
            0 => runs.verbatim(at, white),
            1 => runs.replaced(at..at + len, " "),
            _ => {
                for (from, to) in breaks.iter().skip(1) {
                    runs.replaced(at + from..at + to, "\n");
                }
            }
        }
        at + len
    }

    fn escape(&self, at: usize, runs: &mut Runs) -> usize {
        let rest = self.rest(at);
        let Some(kind) = rest.chars().nth(1) else { return self.end };
        if matches!(kind, '\n' | '\r') {
            // An escaped line end joins two lines; empty lines after it are line ends.
            let len = rest.get(1..).and_then(|tail| tail.find(|c| !matches!(c, ' ' | '\t' | '\r' | '\n')));
            let len = len.map_or(rest.len(), |len| len + 1);
            for (from, to) in breaks(rest.get(..len).unwrap_or("")).iter().skip(1) {
                runs.replaced(at + from..at + to, "\n");
            }
            return at + len;
        }
        let digits = match kind {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        if digits == 0 {
            runs.replaced(at..at + 1 + kind.len_utf8(), &simple_escape(kind));
            return at + 1 + kind.len_utf8();
        }
        let mut len = 2 + digits;
        let mut code = hex(rest.get(2..len));
        if (0xD800..0xDC00).contains(&code)
            && let Some(low) = rest.get(len..len + 6).filter(|next| next.starts_with("\\u"))
        {
            code = 0x1_0000 + ((code - 0xD800) << 10) + (hex(low.get(2..)).saturating_sub(0xDC00) & 0x3FF);
            len += 6;
        }
        let decoded = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        runs.replaced(at..(at + len).min(self.end), &decoded.to_string());
        (at + len).min(self.end)
    }
}

fn hex(digits: Option<&str>) -> u32 {
    digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or(u32::MAX)
}

/// YAML 1.2.2, section 5.7.
fn simple_escape(kind: char) -> String {
    let decoded = match kind {
        '0' => '\0',
        'a' => '\x07',
        'b' => '\x08',
        't' => '\t',
        'n' => '\n',
        'v' => '\x0B',
        'f' => '\x0C',
        'r' => '\r',
        'e' => '\x1B',
        'N' => '\u{85}',
        '_' => '\u{A0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        other => other,
    };
    decoded.to_string()
}

/// The line ends in some text, as ranges.
fn breaks(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\n' => found.push((at, at + 1)),
            '\r' if chars.peek().is_some_and(|&(_, next)| next == '\n') => {
                chars.next();
                found.push((at, at + 2));
            }
            '\r' => found.push((at, at + 1)),
            _ => {}
        }
    }
    found
}

/// YAML 1.2.2, section 8.1: with every line end at the end kept.
fn decode_block(source: &str, lines: Range<usize>, indent: usize, folded: bool, runs: &mut Runs) {
    let mut at = lines.start;
    // Line ends since the last line with content.
    let mut pending: Vec<Range<usize>> = Vec::new();
    let mut before: Option<bool> = None;
    while at < lines.end {
        let rest = source.get(at..lines.end).unwrap_or("");
        let len = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let break_len = match rest.get(len..) {
            Some(tail) if tail.starts_with("\r\n") => 2,
            Some("") | None => 0,
            Some(_) => 1,
        };
        let line = rest.get(..len).unwrap_or("");
        let spaces = line.bytes().take_while(|&b| b == b' ').count().min(indent);
        let content = line.get(spaces..).unwrap_or("");
        if !content.is_empty() && spaces == indent {
            let spaced = content.starts_with([' ', '\t']);
            if folded && before == Some(false) && !spaced {
                fold(&mut pending, runs);
            } else {
                keep(&mut pending, runs);
            }
            runs.verbatim(at + spaces, content);
            before = Some(spaced);
        }
        if break_len > 0 || (!content.is_empty() && spaces == indent) {
            pending.push(at + len..at + len + break_len);
        }
        at += len + break_len.max(usize::from(len == 0 && break_len == 0));
    }
    keep(&mut pending, runs);
}

fn fold(pending: &mut Vec<Range<usize>>, runs: &mut Runs) {
    let one = pending.len() == 1;
    for (at, range) in pending.drain(..).enumerate() {
        match (one, at) {
            (true, _) => runs.replaced(range, " "),
            (false, 0) => {}
            (false, _) => runs.replaced(range, "\n"),
        }
    }
}

fn keep(pending: &mut Vec<Range<usize>>, runs: &mut Runs) {
    for range in pending.drain(..) {
        runs.replaced(range, "\n");
    }
}
