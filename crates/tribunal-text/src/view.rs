//! A text under the plain folds, with the way back to the original bytes.
//!
//! Order of work for each combining sequence: default-ignorables drop out, the rest is decomposed (NFD, or NFKD under
//! `width`) and put into canonical order, then case folded, then freed of strokes and marks. The result is closed:
//! folding it again changes nothing.

use crate::{Folds, grapheme, props};
use mapping::{canonical, cased, without_stroke};
use std::borrow::Cow;
use std::ops::Range;

mod mapping;

pub(crate) use mapping::{is_fixed, wide};

/// Flag of a unit: first of its whole group. A match may begin only here.
///
/// ```
/// use tribunal_text::{FIRST, LAST, View, ViewKind};
///
/// let mut view = View::new();
/// view.fold(ViewKind::PLAIN, "ß");
/// let flags: Vec<u8> = view.units.iter().map(|u| u.flags).collect();
/// assert_eq!(flags, [FIRST, LAST], "a hit may not begin at the second s");
/// ```
pub const FIRST: u8 = 1;
/// Flag of a unit: last of its whole group. A match may end only here.
///
/// ```
/// use tribunal_text::{FIRST, LAST, View, ViewKind};
///
/// let mut view = View::new();
/// view.fold(ViewKind::PLAIN, "g");
/// assert!(view.units.iter().all(|u| u.flags == FIRST | LAST));
/// ```
pub const LAST: u8 = 2;

/// How a text is folded.
///
/// ```
/// use tribunal_text::{Folds, ViewKind, fold_to_string};
///
/// let turkish = ViewKind { folds: Folds::PLAIN, turkish: true };
/// assert_eq!(fold_to_string(turkish, "Iİıi"), "iiii");
/// assert_eq!(fold_to_string(ViewKind::PLAIN, "Iı"), "iı");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ViewKind {
    /// The plain part of a set of folds; other folds have no effect here.
    pub folds: Folds,
    /// `i ı I İ` are one letter, under `case`.
    pub turkish: bool,
}

impl ViewKind {
    /// The four plain folds.
    ///
    /// ```
    /// assert!(!tribunal_text::ViewKind::PLAIN.turkish);
    /// ```
    pub const PLAIN: ViewKind = ViewKind { folds: Folds::PLAIN, turkish: false };

    /// A number below 32, one for each kind.
    ///
    /// ```
    /// use tribunal_text::{Folds, ViewKind};
    ///
    /// let kinds = Folds::PLAIN.subsets().flat_map(|folds| [false, true].map(|turkish| ViewKind { folds, turkish }));
    /// let mut numbers: Vec<usize> = kinds.map(ViewKind::number).collect();
    /// numbers.sort_unstable();
    /// assert!(numbers.into_iter().eq(0..32));
    /// ```
    #[must_use]
    pub fn number(self) -> usize {
        usize::from(self.folds.plain().bits()) | (usize::from(self.turkish) << 4)
    }
}

/// One folded character. `start` and `end` are the byte range, in the original text, of the whole group it belongs to:
/// a character with the marks that follow it, or an emoji grapheme.
///
/// ```
/// use tribunal_text::{FIRST, LAST, Unit, View, ViewKind};
///
/// let mut view = View::new();
/// view.fold(ViewKind::PLAIN, "aÖ");
/// assert_eq!(view.units.get(1), Some(&Unit { ch: 'o', start: 1, end: 3, flags: FIRST | LAST }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The folded character.
    pub ch: char,
    /// First byte of the whole group in the original text.
    pub start: u32,
    /// First byte after the whole group.
    pub end: u32,
    /// [`FIRST`], [`LAST`].
    pub flags: u8,
}

/// Most terms are shorter, in bytes.
const TERM: usize = 32;

/// A decomposed character that waits for the end of its combining sequence.
#[derive(Clone, Copy, Debug)]
struct Pending {
    ch: char,
    class: u8,
}

/// A folded text. Keeps its memory from one text to the next.
///
/// ```
/// use tribunal_text::{View, ViewKind};
///
/// let mut view = View::new();
/// view.fold(ViewKind::PLAIN, "my GLÖCK");
/// assert_eq!(view.text(), "my glock");
/// assert_eq!(view.span(3..8), 3..9);
/// ```
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The folded characters in reading order.
    pub units: Vec<Unit>,
    kind: ViewKind,
    pending: Vec<Pending>,
    group: Group,
    /// The starter that marks of the current combining sequence belong to.
    base: Option<char>,
    /// Unit at which a right-to-left override that is still open began.
    override_from: Option<usize>,
    /// Whether some run was reversed, so that byte ranges do not ascend.
    reversed: bool,
    /// Whether a skin tone or selector stands outside an emoji.
    stray: bool,
}

/// The whole group being read.
#[derive(Clone, Debug, Default)]
struct Group {
    open: bool,
    emoji: bool,
    first_unit: usize,
    start: u32,
    end: u32,
}

impl View {
    /// An empty view.
    ///
    /// ```
    /// assert!(tribunal_text::View::new().units.is_empty());
    /// ```
    #[must_use]
    pub fn new() -> View {
        View::default()
    }

    /// Folds `text`, at most 4 GiB long. Allocates nothing once its memory has grown to the size of the texts.
    ///
    /// ```
    /// use tribunal_text::{View, ViewKind};
    ///
    /// let mut view = View::new();
    /// view.fold(ViewKind::PLAIN, "Gl\u{ad}ock");
    /// assert_eq!(view.text(), "glock");
    /// view.fold(ViewKind::PLAIN, "SEGGS");
    /// assert_eq!(view.text(), "seggs", "one view serves many texts");
    /// ```
    pub fn fold(&mut self, kind: ViewKind, text: &str) {
        self.units.clear();
        self.pending.clear();
        self.kind = kind;
        self.group = Group::default();
        self.base = None;
        self.override_from = None;
        self.reversed = false;
        self.stray = false;
        let bytes = text.as_bytes();
        self.units.reserve(bytes.len().min(TERM));
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            // ASCII that nothing joins: by far the most common case.
            if byte.is_ascii() && bytes.get(at + 1).is_none_or(u8::is_ascii) {
                self.ascii(*byte, at);
                at += 1;
            } else {
                at = self.step(text, at);
            }
        }
        self.close_override();
        self.close();
        if self.stray {
            self.settle();
        }
    }

    /// The byte range of the original text that units `range` stand for; empty when there are none.
    ///
    /// ```
    /// use tribunal_text::{View, ViewKind};
    ///
    /// let mut view = View::new();
    /// view.fold(ViewKind::PLAIN, "ﬀ!");
    /// assert_eq!((view.text().as_str(), view.span(0..2), view.span(2..3)), ("ff!", 0..3, 3..4));
    /// ```
    #[must_use]
    pub fn span(&self, range: Range<usize>) -> Range<u32> {
        let units = self.units.get(range).unwrap_or_default();
        let start = units.iter().map(|u| u.start).min().unwrap_or(0);
        start..units.iter().map(|u| u.end).max().unwrap_or(start)
    }

    /// The units that stand for exactly the bytes `span`: whole groups, one run, nothing else inside the span.
    ///
    /// ```
    /// use tribunal_text::{View, ViewKind};
    ///
    /// let mut view = View::new();
    /// view.fold(ViewKind::PLAIN, "ﬀ!");
    /// assert_eq!(view.range_of(&(0..3)), Some(0..2));
    /// assert_eq!(view.range_of(&(0..2)), None, "that would split the ligature");
    /// ```
    #[must_use]
    pub fn range_of(&self, span: &Range<u32>) -> Option<Range<usize>> {
        let inside = |u: &Unit| u.start >= span.start && u.end <= span.end;
        // Ranges of whole groups ascend unless a run was reversed.
        let from = if self.reversed { self.units.iter().position(inside)? } else { self.units.partition_point(|u| u.start < span.start) };
        let count = self.units.get(from..)?.iter().take_while(|u| inside(u)).count();
        let range = from..from + count;
        let exact = count > 0 && self.span(range.clone()) == *span;
        let alone = !self.reversed || self.units.iter().filter(|u| inside(u)).count() == count;
        (exact && alone).then_some(range)
    }

    /// Whether a run was read in reverse, so that the byte ranges of the units do not ascend.
    ///
    /// ```
    /// use tribunal_text::{View, ViewKind};
    ///
    /// let mut view = View::new();
    /// view.fold(ViewKind::PLAIN, "\u{202e}kcolg");
    /// assert!(view.is_reversed());
    /// assert_eq!(view.text(), "glock");
    /// ```
    #[must_use]
    pub fn is_reversed(&self) -> bool {
        self.reversed
    }

    /// Whether what was folded reads the same as a part of any longer text, where its neighbours do not join it: nothing in
    /// it was turned round, and no selector or skin tone looks for its emoji.
    ///
    /// ```
    /// use tribunal_text::{View, ViewKind};
    ///
    /// let mut view = View::new();
    /// view.fold(ViewKind::PLAIN, "e\u{301}");
    /// assert!(view.is_self_contained());
    /// view.fold(ViewKind::PLAIN, "\u{1f3fd}");
    /// assert!(!view.is_self_contained());
    /// ```
    #[must_use]
    pub fn is_self_contained(&self) -> bool {
        !self.reversed && !self.stray
    }

    /// The folded text.
    ///
    /// ```
    /// use tribunal_text::{View, ViewKind};
    ///
    /// let mut view = View::new();
    /// view.fold(ViewKind::PLAIN, "Ｇｌｏｃｋ");
    /// assert_eq!(view.text(), "glock");
    /// ```
    #[must_use]
    pub fn text(&self) -> String {
        self.units.iter().map(|u| u.ch).collect()
    }

    fn has(&self, fold: Folds) -> bool {
        self.kind.folds.contains(fold)
    }

    fn ascii(&mut self, byte: u8, at: usize) {
        self.close();
        if matches!(byte, b'\n' | b'\r' | 0x0b | 0x0c) {
            self.close_override();
        }
        let folded = if self.has(Folds::CASE) { byte.to_ascii_lowercase() } else { byte };
        let start = narrow(at);
        self.units.push(Unit { ch: char::from(folded), start, end: start + 1, flags: FIRST | LAST });
    }

    /// Reads the character or emoji at `at`; returns where the next one begins.
    fn step(&mut self, text: &str, at: usize) -> usize {
        let tail = text.get(at..).unwrap_or_default();
        let Some(c) = tail.chars().next() else { return text.len() };
        if self.has(Folds::WIDTH) && props::is_regional_indicator(c) {
            return self.regional(text, at);
        }
        if let Some(length) = grapheme::emoji_length(tail) {
            self.close();
            self.open(at, true);
            self.stray |= props::is_emoji_modifier(c);
            for (i, e) in tail.get(..length).unwrap_or_default().char_indices() {
                if i == 0 || !(matches!(e, '\u{fe0e}' | '\u{fe0f}') || props::is_emoji_modifier(e)) {
                    self.feed(e);
                }
            }
            self.group.end = narrow(at + length);
            return at + length;
        }
        let end = at + c.len_utf8();
        if self.has(Folds::INVISIBLES) {
            match c {
                '\u{202e}' => {
                    self.close();
                    self.override_from = self.override_from.or(Some(self.units.len()));
                    return end;
                }
                '\u{202c}' | '\n' | '\r' | '\u{0b}' | '\u{0c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => self.close_override(),
                _ => {}
            }
            if props::is_default_ignorable(c) {
                return end;
            }
        }
        if !(self.group.open && (self.joins(c) || self.encloses(c))) {
            // A mark that combines with nothing still belongs to the letter before it.
            let base = if self.group.open && props::is_mark(c) { self.bearer() } else { None };
            self.close();
            self.open(at, false);
            self.base = base;
        }
        self.stray |= matches!(c, '\u{fe0e}' | '\u{fe0f}');
        self.feed(c);
        self.group.end = narrow(end);
        end
    }

    /// Reads a whole run of regional indicators: flags, or, when it does not consist of flags, letters.
    fn regional(&mut self, text: &str, at: usize) -> usize {
        let end = at + props::regional_run(text.get(at..).unwrap_or_default());
        let letters = props::are_regional_letters(text.get(at..end).unwrap_or_default());
        for (i, (place, c)) in text.get(at..end).unwrap_or_default().char_indices().enumerate() {
            if letters || i % 2 == 0 {
                self.close();
                self.open(at + place, !letters);
            }
            self.feed(if letters { props::regional_letter(c) } else { c });
            self.group.end = narrow(at + place + c.len_utf8());
        }
        end
    }

    fn joins(&self, c: char) -> bool {
        // Half-width voicing marks become marks under `width`.
        props::joins(c) || (self.has(Folds::WIDTH) && wide(c).first().is_some_and(|first| props::joins(*first)))
    }

    /// Whether a mark drops out together with the group before it, as an enclosing circle does.
    fn encloses(&self, c: char) -> bool {
        !self.group.emoji && props::is_mark(c) && self.drops(self.bearer(), c)
    }

    /// The character that a mark of class 0 would stand on.
    fn bearer(&self) -> Option<char> {
        self.pending.first().map(|p| p.ch).filter(|c| !props::is_default_ignorable(*c)).or(self.base)
    }

    fn open(&mut self, at: usize, emoji: bool) {
        self.group = Group { open: true, emoji, first_unit: self.units.len(), start: narrow(at), end: narrow(at) };
        self.base = None;
    }

    /// Decomposes a character into the pending combining sequence.
    fn feed(&mut self, c: char) {
        if c.is_ascii() {
            self.decomposed(c);
            return;
        }
        let offset = (c as u32).wrapping_sub(0xac00);
        if offset < 11_172 {
            // Hangul syllables: Unicode Standard, section 3.12.
            let trailing = offset % 28;
            let parts = [0x1100 + offset / 588, 0x1161 + offset % 588 / 28, 0x11a7 + trailing];
            for part in parts.into_iter().take(if trailing == 0 { 2 } else { 3 }) {
                self.decomposed(char::from_u32(part).unwrap_or(c));
            }
            return;
        }
        let compatible = if self.has(Folds::WIDTH) { wide(c) } else { &[] };
        let parts = if compatible.is_empty() { canonical(c) } else { compatible };
        if parts.is_empty() {
            self.decomposed(c);
        }
        for part in parts {
            self.decomposed(*part);
        }
    }

    /// Takes a decomposed character into the pending sequence, in canonical order.
    fn decomposed(&mut self, ch: char) {
        let class = props::combining_class(ch);
        if class == 0 {
            // Enclosing marks have class 0; a keycap keeps its own.
            let base = self.bearer();
            if !self.group.emoji && props::is_mark(ch) && self.drops(base, ch) {
                return;
            }
            self.flush();
            self.pending.push(Pending { ch, class });
            return;
        }
        let place = self.pending.iter().rposition(|p| p.class <= class).map_or(0, |i| i + 1);
        self.pending.insert(place, Pending { ch, class });
    }

    /// Whether `diacritics` drops the mark `ch` after `base`.
    fn drops(&self, base: Option<char>, ch: char) -> bool {
        if self.kind.turkish && self.has(Folds::CASE) && ch == '\u{307}' && matches!(base, Some('i' | 'I' | 'ı')) {
            return true;
        }
        self.has(Folds::DIACRITICS)
            && ((props::is_droppable_mark(ch) && base.is_none_or(props::loses_marks)) || (ch == '\u{308}' && matches!(base, Some('е' | 'Е'))))
    }

    /// Ends the pending combining sequence: case, strokes, marks.
    fn flush(&mut self) {
        for i in 0..self.pending.len() {
            let Some(Pending { ch, class }) = self.pending.get(i).copied() else { break };
            if class == 0 {
                // A joiner or selector between a letter and its marks is no base of them.
                if !props::is_default_ignorable(ch) {
                    self.base = Some(ch);
                }
            } else if self.drops(self.base, ch) {
                continue;
            }
            self.cased(ch);
        }
        self.pending.clear();
    }

    fn cased(&mut self, ch: char) {
        if !self.has(Folds::CASE) {
            self.emit(ch);
        } else if ch.is_ascii() {
            self.emit(ch.to_ascii_lowercase());
        } else if self.kind.turkish && ch == 'ı' {
            self.emit('i');
        } else {
            let folded = cased(ch);
            if folded.is_empty() {
                self.emit(ch);
            }
            for c in folded {
                self.emit(*c);
            }
        }
    }

    fn emit(&mut self, ch: char) {
        let stroke = if self.has(Folds::DIACRITICS) && !ch.is_ascii() { without_stroke(ch) } else { None };
        if let Some(letters) = stroke {
            self.units.extend(letters.chars().map(|ch| Unit { ch, start: 0, end: 0, flags: 0 }));
        } else {
            self.units.push(Unit { ch, start: 0, end: 0, flags: 0 });
        }
    }

    /// Ends the whole group: gives its units their range and flags.
    fn close(&mut self) {
        if !self.group.open {
            return;
        }
        self.flush();
        let Group { first_unit, start, end, .. } = self.group;
        self.group.open = false;
        let units = self.units.get_mut(first_unit..).unwrap_or_default();
        for unit in units.iter_mut() {
            (unit.start, unit.end) = (start, end);
        }
        if let Some(first) = units.first_mut() {
            first.flags |= FIRST;
        }
        if let Some(last) = units.last_mut() {
            last.flags |= LAST;
        }
    }

    /// Ends a right-to-left override: its run is read as it is displayed, grapheme by grapheme.
    fn close_override(&mut self) {
        self.close();
        let Some(from) = self.override_from.take() else { return };
        let run = self.units.get_mut(from..).unwrap_or_default();
        let mut start = 0;
        while start < run.len() {
            let rest = run.get(start + 1..).unwrap_or_default();
            let more = rest.iter().position(|u| u.flags & FIRST != 0 && !props::extends_grapheme(u.ch));
            let end = more.map_or(run.len(), |n| start + 1 + n);
            run.get_mut(start..end).unwrap_or_default().reverse();
            start = end;
        }
        self.reversed |= run.len() > 1;
        run.reverse();
    }
}

impl View {
    /// Drops the skin tones and selectors that stand beside an emoji only now that marks or invisibles between are gone,
    /// or a run was reversed: in the folded text they are part of it.
    fn settle(&mut self) {
        let (mut kept, mut emoji, mut letter) = (0, false, false);
        for i in 0..self.units.len() {
            let Some(unit) = self.units.get(i).copied() else { break };
            let selector = matches!(unit.ch, '\u{fe0e}' | '\u{fe0f}');
            if emoji && (props::is_emoji_modifier(unit.ch) || (selector && !(letter && unit.ch == '\u{fe0e}'))) {
                self.lengthen(kept, &unit);
                if unit.flags & LAST == 0
                    && let Some(next) = self.units.get_mut(i + 1)
                {
                    next.flags |= FIRST;
                }
                continue;
            }
            let goes_on = matches!(unit.ch, '\u{e0020}'..='\u{e007f}' | '\u{20e3}') || selector;
            let begins = (props::is_pictographic(unit.ch) || props::is_emoji_presentation(unit.ch)) && !props::is_regional_indicator(unit.ch);
            if !(emoji && goes_on) {
                (emoji, letter) = (begins, props::is_letter(unit.ch) && !props::is_emoji_presentation(unit.ch));
            }
            if let Some(slot) = self.units.get_mut(kept) {
                *slot = unit;
            }
            kept += 1;
        }
        self.units.truncate(kept);
    }

    /// Gives the range of a dropped unit to the group before unit `end`, where it follows at once.
    fn lengthen(&mut self, end: usize, dropped: &Unit) {
        let before = self.units.get_mut(..end).unwrap_or_default();
        let Some(last) = before.last().copied().filter(|last| last.end == dropped.start) else { return };
        before.iter_mut().rev().take_while(|u| u.start == last.start && u.end == last.end).for_each(|u| u.end = dropped.end);
    }
}

fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// `text` folded, without the way back.
///
/// ```
/// use tribunal_text::{Folds, ViewKind, fold_to_string};
///
/// assert_eq!(fold_to_string(ViewKind::PLAIN, "𝓖𝓛Ö𝓒𝓚"), "glock");
/// assert_eq!(fold_to_string(ViewKind { folds: Folds::CASE, turkish: false }, "ＧL"), "ｇl");
/// ```
#[must_use]
pub fn fold_to_string(kind: ViewKind, text: &str) -> String {
    folded(kind, text).into_owned()
}

/// As [`fold_to_string`]; a text of ASCII alone is copied only where it changes.
pub(crate) fn folded(kind: ViewKind, text: &str) -> Cow<'_, str> {
    if !text.is_ascii() {
        let mut view = View::new();
        view.fold(kind, text);
        return Cow::Owned(view.text());
    }
    if kind.folds.contains(Folds::CASE) && text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests;
