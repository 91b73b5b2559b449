//! One text under one kind of view: its folded bytes and its words, hashed once.
//!
//! A text is folded by runs: ASCII in blocks, other characters one by one through a table. Where a character depends on its
//! neighbours the stretch around it goes through a view and is put in place. Only a text whose words can be cut in several
//! ways, or of which a part is read backwards, is taken unit by unit as a whole ([`Units`]).

use tribunal_text::{CharFold, Chars, FIRST, Folds, Unit, View, ViewKind, edge_after, props};

use super::table;
use crate::kernel::{self, Kernel, PAD, Words};

/// A folded text with its words. Keeps its memory from one text to the next.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    /// Folded bytes, and [`PAD`] bytes of anything.
    buffer: Vec<u8>,
    len: usize,
    /// Every character is ASCII: each folded byte is the original byte, up to case.
    pub(crate) ascii: bool,
    /// Letters are in lower case.
    lower: bool,
    /// One bit for each folded byte of a word.
    bits: Vec<u64>,
    /// Where folded bytes are not the original bytes one for one, ascending.
    groups: Vec<Group>,
    /// Words: runs of characters that edges do not cut.
    words: Words,
    /// The text had to be taken unit by unit; then only `units` says where its words are.
    pub(crate) by_units: bool,
    pub(crate) units: Units,
    view: View,
}

/// A character, or several that belong together, whose folded bytes are not its original bytes.
#[derive(Clone, Copy, Debug)]
struct Group {
    from: u32,
    to: u32,
    start: u32,
    end: u32,
}

/// Where the last whole group began: what joins it takes it back.
#[derive(Clone, Copy)]
struct Last {
    start: usize,
    from: usize,
    groups: usize,
}

impl Folded {
    /// Folds a text by runs; `false` when it has to be taken unit by unit.
    pub(crate) fn runs(&mut self, kernel: Kernel, kind: ViewKind, text: &str) -> bool {
        self.by_units = false;
        self.groups.clear();
        self.words.clear();
        let bytes = text.as_bytes();
        self.room(bytes.len());
        if let Some(first) = self.bits.first_mut() {
            *first = 0;
        }
        let lower = kind.folds.contains(Folds::CASE);
        let to = kernel.ascii(bytes, &mut self.buffer, &mut self.bits, 0, lower);
        self.len = to;
        self.lower = lower;
        self.ascii = to == bytes.len();
        if !self.ascii && !self.beyond_ascii(kernel, kind, text, to) {
            return false;
        }
        kernel.words(&self.buffer, self.bits.get(..=self.len / 64).unwrap_or_default(), &mut self.words);
        true
    }

    /// Whether the text is the same under another kind of view: of ASCII nothing is folded but case.
    pub(crate) fn serves(&self, kind: ViewKind) -> bool {
        self.ascii && self.lower == kind.folds.contains(Folds::CASE)
    }

    /// Folds a text unit by unit.
    pub(crate) fn units(&mut self, view: &View, text: &str) {
        self.by_units = true;
        self.ascii = false;
        self.groups.clear();
        self.words.clear();
        self.len = 0;
        let mut bytes = std::mem::take(&mut self.buffer);
        bytes.clear();
        self.units.fill(view, text, &mut bytes);
        self.len = bytes.len();
        self.buffer = bytes;
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// The words of a text that was folded by runs: folded bytes at which each begins and ends.
    #[inline]
    pub(crate) fn word(&self, at: usize) -> Option<(usize, usize)> {
        Some((*self.words.starts().get(at)? as usize, *self.words.ends().get(at)? as usize))
    }

    /// The hash of each word.
    #[inline]
    pub(crate) fn hashes(&self) -> &[u64] {
        self.words.hashes()
    }

    /// Room for folded bytes, however long the text.
    fn room(&mut self, bytes: usize) {
        let wanted = bytes + PAD + 64;
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        let wanted = wanted / 64 + 4;
        if self.bits.len() < wanted {
            self.bits.resize(wanted, 0);
        }
    }

    /// Goes on behind the ASCII characters that a text begins with.
    fn beyond_ascii(&mut self, kernel: Kernel, kind: ViewKind, text: &str, at: usize) -> bool {
        let chars = Chars::of(kind);
        let lower = kind.folds.contains(Folds::CASE);
        let bytes = text.as_bytes();
        let mut at = at;
        let mut last = at.checked_sub(1).map(|before| Last { start: before, from: before, groups: 0 });
        while at < bytes.len() {
            let Some((code, length)) = decode(bytes, at) else { return false };
            let fold = chars.fold_code(code);
            let here = Last { start: at, from: self.len, groups: self.groups.len() };
            match fold {
                CharFold::Same { word } => {
                    // Such characters come in rows.
                    let (mut start, mut end) = (at, at + length);
                    let again = |end: usize| decode(bytes, end).filter(|(code, _)| *code >= 0x80 && chars.fold_code(*code) == CharFold::Same { word });
                    while let Some((_, length)) = again(end) {
                        (start, end) = (end, end + length);
                    }
                    self.same(bytes.get(at..end).unwrap_or_default(), word);
                    last = Some(Last { start, from: self.len - (end - start), groups: self.groups.len() });
                    at = end;
                }
                CharFold::Bytes { bytes: folded, word } => {
                    // The rest of the text may still come byte for byte.
                    self.room(self.len + folded.len() + (bytes.len() - at));
                    let from = self.len;
                    self.append(folded, word);
                    self.group(from, at, at + length);
                    (at, last) = (at + length, Some(here));
                }
                CharFold::Nothing => {
                    self.group(self.len, at, at + length);
                    at += length;
                }
                CharFold::Emoji => {
                    let found = text.get(at..).and_then(|rest| Some((rest, chars.emoji_length(rest)?)));
                    if let Some((rest, length)) = found {
                        self.emoji(rest.get(..length).unwrap_or_default(), at);
                        (at, last) = (at + length, Some(here));
                    } else {
                        let Some(next) = self.stretch(chars, kind, text, (at, at), &mut last) else { return false };
                        at = next;
                    }
                }
                CharFold::Joined => {
                    let begin = match last {
                        Some(last) => {
                            self.truncate(last);
                            last.start
                        }
                        None => at,
                    };
                    let Some(next) = self.stretch(chars, kind, text, (begin, at), &mut last) else { return false };
                    at = next;
                }
                CharFold::Unsure => return false,
            }
            if bytes.get(at).is_some_and(u8::is_ascii) {
                let rest = bytes.get(at..).unwrap_or_default();
                let place = self.buffer.get_mut(self.len..).unwrap_or_default();
                let done = kernel.ascii(rest, place, &mut self.bits, self.len, lower);
                at += done;
                self.len += done;
                last = Some(Last { start: at - 1, from: self.len - 1, groups: self.groups.len() });
            }
        }
        true
    }

    fn append(&mut self, folded: &[u8], word: bool) {
        let mut done = 0;
        for byte in folded {
            if let Some(place) = self.buffer.get_mut(self.len + done) {
                *place = *byte;
            }
            done += 1;
        }
        kernel::put(&mut self.bits, self.len, if word { (1 << done) - 1 } else { 0 });
        self.len += done;
    }

    /// As `append`, for characters as they are, of which there may be many.
    #[inline]
    fn same(&mut self, bytes: &[u8], word: bool) {
        if let Some(place) = self.buffer.get_mut(self.len..self.len + bytes.len()) {
            place.copy_from_slice(bytes);
        }
        for block in bytes.chunks(64) {
            kernel::put(&mut self.bits, self.len, if word { u64::MAX >> (64 - block.len()) } else { 0 });
            self.len += block.len();
        }
    }

    fn group(&mut self, from: usize, start: usize, end: usize) {
        self.groups.push(Group { from: narrow(from), to: narrow(self.len), start: narrow(start), end: narrow(end) });
    }

    /// Takes back everything from a group on.
    fn truncate(&mut self, last: Last) {
        self.len = last.from;
        self.groups.truncate(last.groups);
        if let Some(word) = self.bits.get_mut(self.len / 64) {
            *word &= (1 << (self.len % 64)) - 1;
        }
    }

    /// An emoji: its characters as they are, without the selectors and skin tones behind the first.
    fn emoji(&mut self, emoji: &str, at: usize) {
        let from = self.len;
        let mut count = 0;
        for (place, c) in emoji.char_indices() {
            if place == 0 || !Chars::drops_from_emoji(c) {
                self.append(c.encode_utf8(&mut [0; 4]).as_bytes(), false);
                count += 1;
            }
        }
        if count > 1 || self.len - from != emoji.len() {
            self.group(from, at, at + emoji.len());
        }
    }

    /// A stretch whose characters depend on each other, from `begin` on; the first that does stands at `at`. Gives where it
    /// ends, or nothing when it says something of the whole text.
    fn stretch(&mut self, chars: &Chars, kind: ViewKind, text: &str, (begin, at): (usize, usize), last: &mut Option<Last>) -> Option<usize> {
        let bytes = text.as_bytes();
        let mut end = at;
        while let Some((code, length)) = decode(bytes, end).filter(|(code, _)| *code >= 0x80) {
            if end > at && !matches!(chars.fold_code(code), CharFold::Joined | CharFold::Nothing) {
                break;
            }
            end += length;
        }
        let mut view = std::mem::take(&mut self.view);
        view.fold(kind, text.get(begin..end).unwrap_or_default());
        let done = view.is_self_contained() && self.splice(&view, text, (begin, end), last);
        self.room(self.len + (bytes.len() - end));
        self.view = view;
        done.then_some(end)
    }

    /// Puts the groups of a view in place; `false` when one of them may be cut in several ways.
    fn splice(&mut self, view: &View, text: &str, (begin, end): (usize, usize), last: &mut Option<Last>) -> bool {
        let (mut at, mut covered) = (0, begin);
        while at < view.units.len() {
            let (class, next) = group(&view.units, at, text, begin);
            if class == Class::Soft {
                return false;
            }
            let units = view.units.get(at..next).unwrap_or_default();
            self.room(self.len + units.len() * 4);
            let span = units.first().map_or((0, 0), |unit| (begin + unit.start as usize, begin + unit.end as usize));
            if covered < span.0 {
                self.group(self.len, covered, span.0);
            }
            let (from, groups) = (self.len, self.groups.len());
            for unit in units {
                self.append(unit.ch.encode_utf8(&mut [0; 4]).as_bytes(), class == Class::Word);
            }
            self.group(from, span.0, span.1);
            *last = Some(Last { start: span.0, from, groups });
            (at, covered) = (next, span.1);
        }
        if covered < end {
            self.group(self.len, covered, end);
        }
        true
    }

    /// The last group that begins before a folded byte.
    fn before(&self, at: usize) -> Option<&Group> {
        let count = self.groups.partition_point(|group| (group.from as usize) < at);
        count.checked_sub(1).and_then(|at| self.groups.get(at))
    }

    /// Whether a folded byte lies inside of a group that is hit as a whole or not at all.
    pub(crate) fn splits(&self, at: usize) -> bool {
        !self.groups.is_empty() && self.before(at).is_some_and(|group| at < group.to as usize)
    }

    /// The bytes of the original text that a stretch of whole groups stands for.
    pub(crate) fn span(&self, from: usize, to: usize) -> (u32, u32) {
        if self.groups.is_empty() {
            return (narrow(from), narrow(to));
        }
        // What drops out just before is not part of it; what drops out just behind is not either.
        let count = self.groups.partition_point(|group| group.from as usize <= from);
        let start = match count.checked_sub(1).and_then(|at| self.groups.get(at)) {
            Some(group) if group.from as usize == from && group.to > group.from => group.start,
            Some(group) => group.end + narrow(from).saturating_sub(group.to),
            None => narrow(from),
        };
        let end = match self.before(to) {
            Some(group) if to <= group.to as usize => group.end,
            Some(group) => group.end + narrow(to).saturating_sub(group.to),
            None => narrow(to),
        };
        (start, end)
    }
}

/// A text folded by runs with these instructions: its folded bytes, and the bytes of each of its words in the text; nothing
/// when the text has to be taken unit by unit. For laws that compare one set of instructions with another.
///
/// ```
/// use tribunal_core::{Simd, fold_words};
/// use tribunal_text::ViewKind;
///
/// let all: Vec<_> = Simd::available().into_iter().map(|simd| fold_words(simd, ViewKind::PLAIN, "My GLÖCK")).collect();
/// assert!(all.iter().all(|folded| folded.as_ref().is_some_and(|(bytes, words)| bytes == b"my glock" && words[..] == [0..2, 3..9])));
/// ```
#[doc(hidden)]
pub fn fold_words(simd: crate::kernel::Simd, kind: ViewKind, text: &str) -> Option<(Vec<u8>, Vec<std::ops::Range<u32>>)> {
    let mut folded = Folded::default();
    if !folded.runs(Kernel::new(simd), kind, text) {
        return None;
    }
    let words = (0..folded.hashes().len()).filter_map(|at| folded.word(at)).map(|(from, to)| folded.span(from, to)).map(|(start, end)| start..end);
    Some((folded.bytes().to_vec(), words.collect()))
}

/// The character at a byte of UTF-8, and its length.
#[inline]
pub(crate) fn decode(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let first = u32::from(*bytes.get(at)?);
    let next = |n: usize| bytes.get(at + n).map(|byte| u32::from(*byte) & 0x3f);
    Some(match first {
        0..0x80 => (first, 1),
        0x80..0xe0 => ((first & 0x1f) << 6 | next(1)?, 2),
        0xe0..0xf0 => ((first & 0xf) << 12 | next(1)? << 6 | next(2)?, 3),
        _ => ((first & 7) << 18 | next(1)? << 12 | next(2)? << 6 | next(3)?, 4),
    })
}

fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A run of characters that the edges of a term cannot cut, in a text that was taken unit by unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// Bytes of the folded text.
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Units of the view.
    pub(crate) unit: u32,
    pub(crate) unit_end: u32,
    pub(crate) hash: u64,
}

/// The words of a text unit by unit.
#[derive(Debug, Default)]
pub(crate) struct Units {
    pub(crate) tokens: Vec<Token>,
    /// Folded byte at which each unit begins, and the end.
    pub(crate) offsets: Vec<u32>,
    /// Some token can be cut in several ways.
    pub(crate) soft: bool,
    /// Token boundaries at which a run may be cut, for the run at hand.
    cuts: Vec<u32>,
}

/// How many cuts of one run are tried together; beyond, only shorter stretches are.
const MAX_CUTS: usize = 64;

impl Units {
    fn fill(&mut self, view: &View, text: &str, bytes: &mut Vec<u8>) {
        self.tokens.clear();
        self.offsets.clear();
        self.soft = false;
        let mut buffer = [0u8; 4];
        for unit in &view.units {
            self.offsets.push(narrow(bytes.len()));
            bytes.extend_from_slice(unit.ch.encode_utf8(&mut buffer).as_bytes());
        }
        self.offsets.push(narrow(bytes.len()));
        let units = &view.units;
        let mut at = 0;
        while at < units.len() {
            let (class, next) = group(units, at, text, 0);
            if class == Class::Gap {
                at = next;
                continue;
            }
            at = self.run(units, at, text, view.is_reversed(), bytes);
        }
    }

    /// The run that begins at unit `start`; returns where it ends.
    fn run(&mut self, units: &[Unit], start: usize, text: &str, reversed: bool, bytes: &[u8]) -> usize {
        self.cuts.clear();
        let mut at = start;
        let mut before_soft = false;
        while at < units.len() {
            let (class, next) = group(units, at, text, 0);
            if class == Class::Gap {
                break;
            }
            let soft = class == Class::Soft;
            if at > start && (soft || before_soft || (reversed && !adjacent(units, at, text))) {
                self.cuts.push(narrow(at));
            }
            before_soft = soft;
            at = next;
        }
        if self.cuts.is_empty() {
            self.token(start, at, bytes);
            return at;
        }
        self.soft = true;
        self.cuts.insert(0, narrow(start));
        self.cuts.push(narrow(at));
        let cuts = std::mem::take(&mut self.cuts);
        for (n, from) in cuts.iter().enumerate() {
            for to in cuts.iter().skip(n + 1).take(MAX_CUTS) {
                self.token(*from as usize, *to as usize, bytes);
            }
        }
        self.cuts = cuts;
        at
    }

    fn token(&mut self, unit: usize, unit_end: usize, bytes: &[u8]) {
        let offset = |unit: usize| self.offsets.get(unit).copied().unwrap_or(0);
        let (from, to) = (offset(unit), offset(unit_end));
        let hash = table::hash(bytes.get(from as usize..to as usize).unwrap_or_default());
        self.tokens.push(Token { from, to, unit: narrow(unit), unit_end: narrow(unit_end), hash });
    }

    /// The unit that begins at a folded byte.
    pub(crate) fn at_byte(&self, byte: usize) -> Option<usize> {
        self.offsets.binary_search(&u32::try_from(byte).ok()?).ok()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Belongs to a word whatever stands beside it.
    Word,
    /// May belong to a word or end it: `™` reads `tm`, but `glock™` is also `glock`; a keycap holds a digit, but is an emoji.
    Soft,
    Gap,
}

/// The class of the whole group at `at`, and where the next one begins. The units count bytes from `begin` on.
fn group(units: &[Unit], at: usize, text: &str, begin: usize) -> (Class, usize) {
    let mut next = at + 1;
    while units.get(next).is_some_and(|unit| unit.flags & FIRST == 0) {
        next += 1;
    }
    let Some(first) = units.get(at) else { return (Class::Gap, next) };
    let start = begin + first.start as usize;
    let original = text.get(start..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
    let class = if props::is_default_ignorable(original) {
        Class::Soft
    } else if edge_after(text, start) {
        Class::Word
    } else if units.get(at..next).unwrap_or_default().iter().any(|unit| props::is_edge(unit.ch)) {
        Class::Soft
    } else {
        Class::Gap
    };
    (class, next)
}

/// Whether the groups before and at unit `at` stand side by side in the original too, in either direction.
fn adjacent(units: &[Unit], at: usize, text: &str) -> bool {
    let (Some(before), Some(here)) = (at.checked_sub(1).and_then(|at| units.get(at)), units.get(at)) else { return false };
    let between = if before.end <= here.start { before.end..here.start } else { here.end..before.start };
    if between.start > between.end {
        return false;
    }
    text.get(between.start as usize..between.end as usize).is_some_and(|gap| gap.chars().all(props::is_default_ignorable))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Simd;
    use tribunal_text::LAST;

    #[rustfmt::skip]
    const PIECES: [&str; 42] = [
        "a", "Ab", "glock", "GUN", "1", "#", " ", "  ", "-", ".", "é", "e\u{301}", "\u{301}", "ß",
        "ﬀ", "ж", "Ж", "買", "가", "\u{1100}\u{1161}", "\u{11a8}", "ก", "ที่", "\u{200b}", "\u{ad}", "😀", "❤\u{fe0f}", "👩\u{200d}🚀",
        "👍🏽", "\u{1f3fd}", "🇩🇪", "🇬", "1\u{fe0f}\u{20e3}", "ℹ", "ℹ\u{fe0f}", "™", "…", "’", "\u{202e}", "\u{fe0f}", "ｶ\u{ff9e}", "𝓖",
    ];

    /// A reading whose edges hold, and that begins with what may stand in a word, begins where some token does.
    fn words_begin_at_tokens(view: &View, units: &Units, text: &str) {
        let ends = |end: &usize| view.units.get(end - 1).is_some_and(|unit| unit.flags & LAST != 0);
        let may_begin = |unit: &Unit| unit.flags & FIRST != 0 && props::is_edge(unit.ch) && !props::is_default_ignorable(unit.ch);
        for (at, _) in view.units.iter().enumerate().filter(|(_, unit)| may_begin(unit)) {
            for end in (at + 1..=view.units.len().min(at + 6)).filter(ends) {
                let span = view.span(at..end);
                let whole = !view.is_reversed() || view.range_of(&span) == Some(at..end);
                if whole && crate::scan::plain::edges_hold(text, span.start, span.end, true, true) {
                    assert!(units.tokens.iter().any(|token| token.unit as usize == at), "{text:?} {at}..{end}");
                }
            }
        }
    }

    /// Texts of all sorts of pieces: by runs and unit by unit, the same bytes, words and spans.
    #[test]
    fn by_runs_as_unit_by_unit() {
        let mut state = 1u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            (state >> 33) as usize % below
        };
        let kinds = [ViewKind::PLAIN, ViewKind { folds: Folds::CASE, turkish: false }, ViewKind { folds: Folds::PLAIN, turkish: true }, ViewKind::default()];
        let (mut by_runs, mut by_units, mut view) = (Folded::default(), Folded::default(), View::new());
        let mut taken = 0;
        for round in 0..40_000 {
            let count = next(12);
            let text: String = (0..count).map(|_| PIECES[next(if round % 3 == 0 { 12 } else { PIECES.len() })]).collect();
            for (at, kind) in kinds.into_iter().enumerate() {
                view.fold(kind, &text);
                by_units.units(&view, &text);
                words_begin_at_tokens(&view, &by_units.units, &text);
                for simd in Simd::available() {
                    if !by_runs.runs(Kernel::new(simd), kind, &text) {
                        continue;
                    }
                    taken += 1;
                    assert!(!by_units.units.soft && !view.is_reversed(), "{text:?} {at}");
                    assert_eq!(by_runs.bytes(), by_units.bytes(), "{text:?} {at}");
                    let words: Vec<(u32, u32, u64)> =
                        by_runs.words.starts().iter().zip(by_runs.words.ends()).zip(by_runs.hashes()).map(|((from, to), hash)| (*from, *to, *hash)).collect();
                    let tokens: Vec<(u32, u32, u64)> = by_units.units.tokens.iter().map(|token| (token.from, token.to, token.hash)).collect();
                    assert_eq!(words, tokens, "{text:?} {at}");
                    for (unit, offset) in by_units.units.offsets.iter().enumerate() {
                        let begins = view.units.get(unit).is_none_or(|unit| unit.flags & FIRST != 0);
                        assert_eq!(!by_runs.splits(*offset as usize), begins, "{text:?} {at} {offset}");
                        for (end, to) in by_units.units.offsets.iter().enumerate().skip(unit + 1).take(4) {
                            let ends = view.units.get(end - 1).is_some_and(|unit| unit.flags & LAST != 0);
                            if begins && ends {
                                let span = view.span(unit..end);
                                assert_eq!(by_runs.span(*offset as usize, *to as usize), (span.start, span.end), "{text:?} {at} {offset}..{to}");
                            }
                        }
                    }
                }
            }
        }
        assert!(taken > 100_000, "{taken}");
    }
}
