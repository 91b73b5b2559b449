//! What can be said of a file before it is parsed: its size, its encoding, characters that have no place in it.

use super::YamlLimits;
use super::report::Report;
use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::source::{SourceFile, Span};

/// Checks bytes and characters. False where the file cannot be parsed at all.
pub(super) fn check(source: &SourceFile, limits: &YamlLimits, report: &mut Report<'_>) -> bool {
    let bytes = source.bytes();
    if bytes.len() > limits.bytes {
        let message = format!("the file has {} bytes, more than the {} allowed", bytes.len(), limits.bytes);
        let help = "split the file, or keep long term lists as CSV or TXT";
        report.push(Diagnostic::new(&codes::FILE_TOO_LARGE, report.span(0..0), message).help(help));
        return false;
    }
    if !source.is_text() {
        report.push(encoding(bytes, report));
        return false;
    }
    if bytes.starts_with(BOM.as_bytes()) {
        let message = "the file begins with a byte-order mark (U+FEFF)";
        let help = "save the file as UTF-8 without a byte-order mark";
        report.push(Diagnostic::new(&codes::YAML_BOM, report.span(0..BOM.len()), message).help(help));
    }
    characters(source.text(), report);
    true
}

const BOM: &str = "\u{FEFF}";

fn encoding(bytes: &[u8], report: &Report<'_>) -> Diagnostic {
    let valid = bytes.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
    let byte = bytes.get(valid).copied().unwrap_or(0);
    let line = bytes.iter().take(valid).filter(|&&b| b == b'\n').count() + 1;
    let message = format!("the file is not UTF-8: byte 0x{byte:02X} at offset {valid}, in line {line}, begins no character");
    let utf16 = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    let help = if utf16 {
        "the file is UTF-16, as some editors and spreadsheets export it: save it as UTF-8"
    } else {
        "save the file as UTF-8; older Windows programs write another encoding"
    };
    Diagnostic::new(&codes::FILE_ENCODING, report.span(valid..valid + 1), message).help(help)
}

fn characters(text: &str, report: &mut Report<'_>) {
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let span = report.span(at..at + c.len_utf8());
        match c {
            '\t' | '\n' => {}
            '\r' if chars.peek().is_some_and(|&(_, next)| next == '\n') => {}
            '\r' => report.push(control(span, c).help("end lines by LF or CRLF")),
            '\0'..='\x1F' | '\x7F'..='\u{84}' | '\u{86}'..='\u{9F}' | '\u{FFFE}' | '\u{FFFF}' => {
                report.push(control(span, c).help(format!("write it as {} in double quotes", escape(c))));
            }
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => {
                let message = format!("the invisible character U+{:04X} makes this line look different", u32::from(c));
                let help = format!("write it as {} in double quotes", escape(c));
                report.push(Diagnostic::new(&codes::BIDI_CONTROL, span, message).help(help));
            }
            _ => {}
        }
    }
}

fn control(span: Span, c: char) -> Diagnostic {
    let message = format!("the control character U+{:04X} cannot stand in a policy", u32::from(c));
    Diagnostic::new(&codes::YAML_CONTROL_CHARACTER, span, message)
}

fn escape(c: char) -> String {
    format!("`\\u{:04x}`", u32::from(c))
}

/// The `#` comment that begins after blanks at `at`, without its line end.
pub(super) fn comment_after(text: &str, at: usize) -> Option<std::ops::Range<usize>> {
    let rest = text.get(at..)?;
    let blanks = rest.bytes().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let found = rest.get(blanks..)?;
    let line_start = at == 0 || text.as_bytes().get(at - 1) == Some(&b'\n');
    if !found.starts_with('#') || (blanks == 0 && !line_start) {
        return None;
    }
    let len = found.find(['\n', '\r']).unwrap_or(found.len());
    Some(at + blanks..at + blanks + len)
}

/// The first byte of `wanted` in `range` outside comments. The range is a gap between tokens: it holds no scalars.
pub(super) fn find_in_gap(text: &str, range: std::ops::Range<usize>, wanted: &[u8]) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = range.start;
    while at < range.end {
        let byte = *bytes.get(at)?;
        let spaced = at == 0 || bytes.get(at - 1).is_some_and(u8::is_ascii_whitespace);
        if byte == b'#' && spaced {
            at = bytes.iter().skip(at).position(|&b| b == b'\n').map_or(range.end, |len| at + len);
            continue;
        }
        if wanted.contains(&byte) {
            return Some(at);
        }
        at += 1;
    }
    None
}
