//! How a scalar is written: plain where that is safe in its place, else in the quotes that need fewer escapes.

use crate::render::neutral_line;
use crate::yaml::{Scalar, ScalarStyle};

/// Where a scalar stands.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Context {
    /// Inside brackets.
    Flow,
    /// Anywhere else.
    Block,
}

/// A scalar on one line; nothing for a value that is not there.
pub(super) fn one_line(scalar: &Scalar, source: &str, context: Context) -> String {
    let text = scalar.text.as_str();
    let plain = scalar.style == ScalarStyle::Plain;
    if plain && text.is_empty() {
        return String::new();
    }
    if (plain || (is_surely_text(text) && !text.chars().any(needs_escape))) && can_be_plain(text, context) {
        return text.to_owned();
    }
    let written = source.get(scalar.span.range()).unwrap_or("");
    if scalar.style == ScalarStyle::DoubleQuoted && !written.contains(['\n', '\r']) && has_chosen_escapes(written) {
        return written.to_owned();
    }
    quoted(text)
}

/// A text that nobody has written yet, inside brackets.
pub(super) fn inline(text: &str) -> String {
    if is_surely_text(text) && !text.chars().any(needs_escape) && can_be_plain(text, Context::Flow) { text.to_owned() } else { quoted(text) }
}

/// In quotes: double ones, unless single ones need fewer escapes.
pub(super) fn quoted(text: &str) -> String {
    let double = text.chars().filter(|c| matches!(c, '"' | '\\')).count();
    let single = text.chars().filter(|&c| c == '\'').count();
    if double > single && !text.chars().any(needs_escape) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if !needs_escape(c) => quoted.push(c),
            c => quoted.push_str(&match u32::from(c) {
                code @ 0..=0xFFFF => format!("\\u{code:04x}"),
                code => format!("\\U{code:08x}"),
            }),
        }
    }
    quoted.push('"');
    quoted
}

/// Characters that a reader could not see or that act; the joiners and variation selectors of ordinary words and emoji
/// are not among them.
fn needs_escape(c: char) -> bool {
    let mut buffer = [0; 4];
    let written: &str = c.encode_utf8(&mut buffer);
    matches!(c, '\u{FFFE}' | '\u{FFFF}') || neutral_line(written) != written
}

/// Escapes that an author wrote on purpose, like `\u200d`: they stay as they are.
fn has_chosen_escapes(written: &str) -> bool {
    let mut chars = written.chars();
    while let Some(c) = chars.next() {
        if c == '\\' && !matches!(chars.next(), Some('"' | '\\' | '/')) {
            return true;
        }
    }
    false
}

/// Whether every YAML reader and editor takes it for a text when it stands without quotes: not for a number, a date, a
/// boolean or null, under YAML 1.1 too.
fn is_surely_text(text: &str) -> bool {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    text.chars().next().is_some_and(char::is_alphabetic) && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// YAML 1.2.2, section 7.3.3, on one line.
fn can_be_plain(text: &str, context: Context) -> bool {
    let flow = |c: char| context == Context::Flow && matches!(c, ',' | '[' | ']' | '{' | '}');
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return false };
    let second_is_safe = chars.next().is_some_and(|c| !c.is_whitespace() && !flow(c));
    let first_is_safe = match first {
        '-' | '?' | ':' => second_is_safe,
        ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => false,
        _ => true,
    };
    if !first_is_safe || text.starts_with("---") || text.starts_with("...") || text.trim() != text {
        return false;
    }
    let mut before = ' ';
    for c in text.chars() {
        let comment = c == '#' && before.is_whitespace();
        let key = before == ':' && (c.is_whitespace() || flow(c));
        if comment || key || flow(c) || (c != '\t' && c.is_control()) {
            return false;
        }
        before = c;
    }
    before != ':'
}
