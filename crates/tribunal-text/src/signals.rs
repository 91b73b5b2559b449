//! Derived signals of a text: case, emoji, links and their hosts.

use crate::grapheme;
use crate::props::{self, Case};
use std::ops::Range;

/// How many characters are of upper or title case (Lu, Lt), and how many have case at all (Lu, Lt, Ll).
///
/// ```
/// use tribunal_text::signals::upper_cased;
///
/// assert_eq!(upper_cased("BUY Now 7"), (4, 6));
/// ```
#[must_use]
pub fn upper_cased(text: &str) -> (u64, u64) {
    // Of ASCII both are counted without a branch.
    let count = |is: fn(&u8) -> bool| text.bytes().filter(is).count() as u64;
    let (mut upper, mut cased) = (count(u8::is_ascii_uppercase), count(u8::is_ascii_alphabetic));
    if text.is_ascii() {
        return (upper, cased);
    }
    for c in text.chars().filter(|c| !c.is_ascii()) {
        match props::case_of(c) {
            Some(Case::Upper) => {
                upper += 1;
                cased += 1;
            }
            Some(Case::Lower) => cased += 1,
            None => {}
        }
    }
    (upper, cased)
}

/// Number of extended grapheme clusters that hold a character with Emoji_Presentation, or U+FE0F.
///
/// ```
/// use tribunal_text::signals::emoji_count;
///
/// assert_eq!(emoji_count("ok 👍🏽🇩🇪"), 2);
/// assert_eq!(emoji_count("1 ©"), 0);
/// ```
#[must_use]
pub fn emoji_count(text: &str) -> u64 {
    // What every such character, and the selector, begins with in UTF-8.
    if !text.bytes().any(|byte| matches!(byte, 0xe2 | 0xef | 0xf0)) {
        return 0;
    }
    let mut count = 0;
    let mut at = 0;
    let is_ascii = |at: usize| text.as_bytes().get(at).is_none_or(u8::is_ascii);
    while let Some(tail) = text.get(at..).filter(|t| !t.is_empty()) {
        // No emoji, whether or not it ends its cluster.
        if is_ascii(at) && is_ascii(at + 1) {
            at += 1;
            continue;
        }
        let length = grapheme::length(tail);
        let cluster = tail.get(..length).unwrap_or_default();
        count += u64::from(cluster.chars().any(|c| c == '\u{fe0f}' || props::is_emoji_presentation(c)));
        at += length.max(1);
    }
    count
}

/// Byte ranges of links: leftmost matches of `(?i)\b(?:https?://|www\.)\S+`, as the `regex` crate reads it.
///
/// ```
/// use tribunal_text::signals::links;
///
/// let text = "see www.example.com/a, or HTTPS://example.org";
/// assert!(links(text).map(|range| &text[range]).eq(["www.example.com/a,", "HTTPS://example.org"]));
/// ```
pub fn links(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = next_link(text, at)?;
        at = link_end(text, start);
        Some(start..at)
    })
}

/// Where the first link begins.
pub(crate) fn first_link(text: &str) -> Option<usize> {
    next_link(text, 0)
}

fn next_link(text: &str, from: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let pairs = bytes.windows(2).enumerate().skip(from);
    // Simple case folding puts U+017F with `s`; no other letter of the prefixes has such a partner.
    for (i, _) in pairs.filter(|(_, pair)| matches!(pair, [b'h' | b'H', b't' | b'T'] | [b'w' | b'W', b'w' | b'W'])) {
        let boundary = || text.get(..i).and_then(|t| t.chars().next_back()).is_none_or(|c| !props::is_word_char(c));
        if let Some(length) = text.get(i..).and_then(prefix_length)
            && boundary()
            && text.get(i + length..).and_then(|t| t.chars().next()).is_some_and(|c| !props::is_white_space(c))
        {
            return Some(i);
        }
    }
    None
}

/// Length of `http://`, `https://` or `www.` at the start of `text`, in any case.
fn prefix_length(text: &str) -> Option<usize> {
    let starts = |text: &str, prefix: &str| text.get(..prefix.len()).is_some_and(|t| t.eq_ignore_ascii_case(prefix));
    if starts(text, "www.") {
        return Some(4);
    }
    let rest = text.get(4..).filter(|_| starts(text, "http"))?;
    let secure = rest.chars().next().filter(|c| matches!(c, 's' | 'S' | '\u{17f}')).map_or(0, char::len_utf8);
    rest.get(secure..).filter(|t| t.starts_with("://")).map(|_| 4 + secure + 3)
}

fn link_end(text: &str, start: usize) -> usize {
    let tail = text.get(start..).unwrap_or_default();
    start + tail.find(props::is_white_space).unwrap_or(tail.len())
}

/// Host of a link as [`links`] finds it, in lower case: what follows the scheme and any `user@`, up to `/ ? # :`.
///
/// ```
/// use tribunal_text::signals::host;
///
/// assert_eq!(host("https://me@Example.com:8080/x?y"), "example.com");
/// ```
#[must_use]
pub fn host(link: &str) -> String {
    link.get(host_range(link)).unwrap_or_default().to_lowercase()
}

/// Where the host stands in a link, see [`host`].
///
/// ```
/// use tribunal_text::signals::host_range;
///
/// let link = "https://me@Example.com:8080/x?y";
/// assert_eq!(&link[host_range(link)], "Example.com");
/// ```
#[must_use]
pub fn host_range(link: &str) -> Range<usize> {
    // A link begins with a scheme or `www.`; a scheme further on belongs to its path.
    let start = prefix_length(link).filter(|length| *length > 4).unwrap_or(0);
    let rest = link.get(start..).unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let user = authority.rfind('@').map_or(0, |at| at + 1);
    let host = authority.get(user..).unwrap_or_default().split(':').next().unwrap_or_default();
    start + user..start + user + host.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!(upper_cased("ABc ǅ 1"), (3, 4));
        assert_eq!(upper_cased("ABc 1"), (2, 3));
        assert_eq!(upper_cased("ßÉ"), (1, 2));
        assert_eq!(emoji_count("a👍🏽 ❤\u{fe0f} ❤ 👩\u{200d}🚀 🇩🇪 1\u{fe0f}\u{20e3}"), 5);
    }

    /// Every character that makes an emoji is seen, alone and between others.
    #[test]
    fn no_emoji_is_passed_over() {
        for c in ('\u{80}'..=char::MAX).filter(|c| props::is_emoji_presentation(*c) && !props::is_regional_indicator(*c)) {
            assert_eq!((emoji_count(&c.to_string()), emoji_count(&format!("é1{c}a\r\nb {c}"))), (1, 2), "{c:?}");
        }
        assert_eq!(emoji_count("a1\u{fe0f}\u{20e3}b#\u{fe0f}ccafé"), 2);
    }

    #[test]
    fn finds_links() {
        let text = "see HTTPS://u:p@Example.com:8080/x?y, awww.no www.a.de http:// x-www.b.org#t";
        let found: Vec<&str> = links(text).map(|r| text.get(r).unwrap()).collect();
        assert_eq!(found, ["HTTPS://u:p@Example.com:8080/x?y,", "www.a.de", "www.b.org#t"]);
        let hosts: Vec<String> = found.iter().map(|l| host(l)).collect();
        assert_eq!(hosts, ["example.com", "www.a.de", "www.b.org"]);
    }
}
