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
    let (mut upper, mut cased) = (0, 0);
    for c in text.chars() {
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
    if text.is_ascii() {
        return 0;
    }
    let mut count = 0;
    let mut at = 0;
    while let Some(tail) = text.get(at..).filter(|t| !t.is_empty()) {
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
    for (i, byte) in bytes.iter().enumerate().skip(from) {
        // Simple case folding puts U+017F with `s`; no other letter of the prefixes has such a partner.
        if !matches!(byte, b'h' | b'H' | b'w' | b'W') {
            continue;
        }
        let boundary = text.get(..i).and_then(|t| t.chars().next_back()).is_none_or(|c| !props::is_word_char(c));
        let prefix = text.get(i..).and_then(prefix_length);
        if let Some(length) = prefix.filter(|_| boundary)
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
        assert_eq!(emoji_count("a👍🏽 ❤\u{fe0f} ❤ 👩\u{200d}🚀 🇩🇪 1\u{fe0f}\u{20e3}"), 5);
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
