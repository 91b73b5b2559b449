//! What stands beside a place in a text, for the edges of terms.

use crate::{grapheme, props};

/// How far back the beginning of an emoji is looked for, in characters.
const REACH: usize = 16;
/// How far the ends of a run of regional indicators are looked for: beyond what may be letters.
const REGIONAL_REACH: usize = 70;

/// Whether the nearest character before byte `at`, default-ignorables skipped, is an
/// [edge character](props::is_edge) that is not part of an emoji grapheme (the `1` of a keycap is none).
/// `at` lies on a character boundary; elsewhere the answer is `false`.
///
/// ```
/// use tribunal_text::edge_before;
///
/// assert!(edge_before("aglock", 1));
/// assert!(!edge_before("a glock", 2));
/// assert!(!edge_before("買glock", 3), "a script without spaces has no edges");
/// ```
#[inline]
#[must_use]
pub fn edge_before(text: &str, at: usize) -> bool {
    match at.checked_sub(1).and_then(|i| text.as_bytes().get(i)) {
        None => false,
        Some(byte) if byte.is_ascii() => byte.is_ascii_alphanumeric(),
        Some(_) => far_before(text.get(..at).unwrap_or_default(), text),
    }
}

fn far_before(before: &str, text: &str) -> bool {
    let Some((place, c)) = before.char_indices().rev().find(|(_, c)| !props::is_default_ignorable(*c)) else { return false };
    (props::is_edge(c) && !(may_be_in_emoji(c) && in_emoji(text, place))) || (props::is_regional_indicator(c) && in_letters(text, place))
}

/// Whether the regional indicator at byte `place` stands in a run of letters, not of flags.
fn in_letters(text: &str, place: usize) -> bool {
    let Some((before, rest)) = text.split_at_checked(place) else { return false };
    let start = before.char_indices().rev().take(REGIONAL_REACH).take_while(|(_, c)| props::is_regional_indicator(*c)).last().map_or(place, |(i, _)| i);
    let near: usize = rest.chars().take(REGIONAL_REACH).take_while(|c| props::is_regional_indicator(*c)).map(char::len_utf8).sum();
    text.get(start..place + near).is_some_and(props::are_regional_letters)
}

/// Whether an edge character may belong to an emoji: the enclosing keycap, or a letter that has an emoji form.
fn may_be_in_emoji(c: char) -> bool {
    c == '\u{20e3}' || props::is_emoji(c) || props::is_pictographic(c)
}

/// Whether an emoji grapheme covers the character at byte `place`.
fn in_emoji(text: &str, place: usize) -> bool {
    let Some((before, rest)) = text.split_at_checked(place) else { return false };
    if grapheme::emoji_length(rest).is_some() {
        return true;
    }
    let joins = |c: char| props::is_default_ignorable(c) || props::is_emoji(c) || props::is_pictographic(c) || c == '\u{20e3}';
    let near = before.char_indices().rev().take(REACH).take_while(|(_, c)| joins(*c));
    near.filter(|(_, c)| !props::is_default_ignorable(*c))
        .any(|(start, _)| text.get(start..).and_then(grapheme::emoji_length).is_some_and(|length| start + length > place))
}

/// Whether the nearest character from byte `at` on, default-ignorables skipped, is an [edge character](props::is_edge)
/// that does not begin an emoji grapheme. `at` lies on a character boundary; elsewhere the answer is `false`.
///
/// ```
/// use tribunal_text::edge_after;
///
/// assert!(edge_after("glocks", 5));
/// assert!(!edge_after("glock's", 5));
/// assert!(!edge_after("glock1\u{fe0f}\u{20e3}", 5), "a keycap is an emoji");
/// ```
#[inline]
#[must_use]
pub fn edge_after(text: &str, at: usize) -> bool {
    match text.as_bytes().get(at) {
        None => false,
        Some(byte) if byte.is_ascii() && !byte.is_ascii_alphanumeric() => false,
        Some(byte) if byte.is_ascii_alphabetic() => true,
        Some(byte) if byte.is_ascii() && text.as_bytes().get(at + 1).is_none_or(u8::is_ascii) => true,
        Some(_) => far_after(text, at),
    }
}

fn far_after(text: &str, at: usize) -> bool {
    let tail = text.get(at..).unwrap_or_default().trim_start_matches(props::is_default_ignorable);
    let Some(c) = tail.chars().next() else { return false };
    if props::is_regional_indicator(c) {
        return in_letters(text, text.len() - tail.len());
    }
    props::is_edge(c) && grapheme::emoji_length(tail).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges() {
        for (before, edge) in [
            ("a", true),
            ("7", true),
            ("ж", true),
            ("e\u{301}", true),
            ("a\u{200b}", true),
            ("ℹ", true),
            ("", false),
            (" ", false),
            ("_", false),
            ("買", false),
            ("👍🏽", false),
            ("1\u{fe0f}\u{20e3}", false),
            ("1\u{20e3}", false),
            ("a\u{20e3}", true),
            ("ℹ\u{fe0f}", false),
            ("🅰\u{fe0f}", false),
            ("👩\u{200d}🚀", false),
            ("1\u{fe0f}\u{20e3}\u{200b}", false),
            ("🇩🇪", false),
            ("🇽", true),
            ("🇩🇪🇽\u{200b}", true),
        ] {
            assert_eq!(edge_before(&format!("{before}sale"), before.len()), edge, "{before:?}");
        }
        for (after, edge) in [
            ("a", true),
            ("7", true),
            ("7é", true),
            ("\u{200b}é", true),
            ("\u{301}", true),
            ("ℹ", true),
            ("", false),
            ("-a", false),
            ("買", false),
            ("👍", false),
            ("1\u{fe0f}\u{20e3}", false),
            ("\u{200b}1\u{20e3}", false),
            ("ℹ\u{fe0f}", false),
            ("🇩🇪🇫🇷", false),
            ("🇩🇪🇫", true),
        ] {
            assert_eq!(edge_after(&format!("sale{after}"), 4), edge, "{after:?}");
        }
    }
}
