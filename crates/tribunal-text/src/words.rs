//! Words, for distances and for counting.
//!
//! UAX #29 without WB6, WB7, WB7b, WB7c, WB11 and WB12 (so `glock's` is two words and `gun.Now` too), with `_` as a
//! separator, and with default-ignorable characters, U+200B included, transparent. The other characters of class
//! ExtendNumLet (`‿`, `＿`, U+202F) join what they touch, as WB13a and WB13b have it. Each grapheme of a spaceless script that has a letter or
//! digit, and each emoji grapheme, is a word by itself. Of the other segments, those with a letter or digit are words.

use crate::props::record;
use crate::tables::props as t;
use crate::{grapheme, props};
use std::ops::Range;

/// Calls `f` with the byte range of every word of `text`, in order.
///
/// ```
/// let text = "my glock's 買う 👍";
/// let mut found = Vec::new();
/// tribunal_text::words::words(text, |range| found.push(&text[range]));
/// assert_eq!(found, ["my", "glock", "s", "買", "う", "👍"]);
/// ```
pub fn words(text: &str, mut f: impl FnMut(Range<usize>)) {
    let mut open = Open::default();
    let mut at = 0;
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        let next_is_ascii = bytes.get(at + 1).is_none_or(u8::is_ascii);
        if byte.is_ascii_alphanumeric() && next_is_ascii {
            let digit = byte.is_ascii_digit();
            open.letter(at, at + 1, if digit { t::WB_NUMERIC } else { t::WB_LETTER }, true, &mut f);
            at += 1;
            continue;
        }
        at = open.step(text, at, &mut f);
    }
    open.close(&mut f);
}

/// Number of words of `text`.
///
/// ```
/// assert_eq!(tribunal_text::words::count("two_words, & three"), 3);
/// ```
#[must_use]
pub fn count(text: &str) -> usize {
    let mut n = 0;
    words(text, |_| n += 1);
    n
}

/// The segment being read.
#[derive(Default)]
struct Open {
    range: Option<Range<usize>>,
    last: u32,
    counts: bool,
}

impl Open {
    fn close(&mut self, f: &mut impl FnMut(Range<usize>)) {
        if let Some(range) = self.range.take()
            && self.counts
        {
            f(range);
        }
        self.counts = false;
        self.last = 0;
    }

    /// Takes a character of a class that may continue a segment.
    fn letter(&mut self, start: usize, end: usize, class: u32, counts: bool, f: &mut impl FnMut(Range<usize>)) {
        if !continues(self.last, class) {
            self.close(f);
        }
        self.range = Some(self.range.as_ref().map_or(start, |r| r.start)..end);
        self.last = class;
        self.counts |= counts;
    }

    /// Reads the character or grapheme at `at`; returns where the next one begins.
    fn step(&mut self, text: &str, at: usize, f: &mut impl FnMut(Range<usize>)) -> usize {
        let tail = text.get(at..).unwrap_or_default();
        let Some(c) = tail.chars().next() else { return text.len() };
        if let Some(length) = grapheme::emoji_length(tail) {
            self.close(f);
            f(at..at + length);
            return at + length;
        }
        let r = record(c);
        let end = at + c.len_utf8();
        if r & t::IGNORABLE != 0 {
            return end;
        }
        if r & t::SPACELESS != 0 && r & (t::LETTER | t::DIGIT) != 0 {
            self.close(f);
            let end = at + grapheme::length(tail);
            f(at..end);
            return end;
        }
        let class = if c == '_' { 0 } else { (r >> 20) & 31 };
        match class {
            t::WB_EXTEND | t::WB_FORMAT | t::WB_ZWJ => {
                // WB4: takes part in whatever it follows.
                if let Some(range) = &mut self.range {
                    range.end = end;
                } else {
                    self.letter(at, end, class, r & (t::LETTER | t::DIGIT) != 0, f);
                }
            }
            t::WB_LETTER | t::WB_HEBREW | t::WB_NUMERIC | t::WB_KATAKANA | t::WB_SINGLE_QUOTE | t::WB_CONNECTOR => {
                self.letter(at, end, class, r & (t::LETTER | t::DIGIT) != 0, f);
            }
            _ => {
                self.close(f);
                if props::is_letter(c) || props::is_digit(c) {
                    self.letter(at, end, class, true, f);
                }
            }
        }
        end
    }
}

/// Whether there is no boundary between two classes: WB5, WB7a, WB8, WB9, WB10, WB13, WB13a, WB13b.
fn continues(before: u32, after: u32) -> bool {
    let letter = |x| x == t::WB_LETTER || x == t::WB_HEBREW;
    match after {
        t::WB_LETTER | t::WB_HEBREW | t::WB_NUMERIC => letter(before) || before == t::WB_NUMERIC || before == t::WB_CONNECTOR,
        t::WB_SINGLE_QUOTE => before == t::WB_HEBREW,
        t::WB_KATAKANA => before == t::WB_KATAKANA || before == t::WB_CONNECTOR,
        t::WB_CONNECTOR => letter(before) || matches!(before, t::WB_NUMERIC | t::WB_KATAKANA | t::WB_CONNECTOR),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        let mut out = Vec::new();
        words(text, |r| out.push(text.get(r).unwrap()));
        out
    }

    #[test]
    fn latin() {
        assert_eq!(split("glock's gun.Now a_b 3.5"), ["glock", "s", "gun", "Now", "a", "b", "3", "5"]);
        assert_eq!(split("kill\u{200b}you so\u{ad}ft caf\u{e9} cafe\u{301}"), ["kill\u{200b}you", "so\u{ad}ft", "café", "cafe\u{301}"]);
        assert_eq!(split("ar15 - !!"), ["ar15"]);
        assert_eq!(split("a‿b 3＿4 ‿a‿ ‿ a_‿b 買‿a"), ["a‿b", "3＿4", "‿a‿", "a", "‿b", "買", "‿a"]);
    }

    #[test]
    fn spaceless_and_emoji() {
        assert_eq!(split("買枪glock"), ["買", "枪", "glock"]);
        assert_eq!(split("ที่นี่"), ["ที่", "นี่"].iter().flat_map(|w| split(w)).collect::<Vec<_>>());
        assert_eq!(split("a👍🏽b 👩\u{200d}🚀🇩🇪1\u{fe0f}\u{20e3}"), ["a", "👍🏽", "b", "👩\u{200d}🚀", "🇩🇪", "1\u{fe0f}\u{20e3}"]);
        assert_eq!(count("カタカナー"), 5);
    }
}
