//! A field prepared for disguised readings: its folded views with their marks, made when they are first asked for.

use crate::items::continues;
use crate::pattern::is_apostrophe;
use crate::verify::Scratch;
use crate::view::{View, ViewKind};
use crate::{Ordinary, entities, glyph, props};
use std::cell::{OnceCell, RefCell};

/// A text field, or one element of a list field, prepared for [`verify`](crate::verify()). Keeps its memory.
///
/// ```
/// use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, Reading, verify};
///
/// let ordinary = Ordinary::shipped();
/// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
/// let mut field = Prepared::new();
/// for text in ["gl0ck", "g|ock", "g1ock"] {
///     field.prepare(text, &ordinary);
///     assert_eq!(verify(&glock, &field, 0..5, &ordinary), Reading::Evasive);
/// }
/// ```
#[derive(Debug, Default)]
#[expect(clippy::vec_box, reason = "boxes move between the pool and the cells; the views are large")]
pub struct Prepared {
    text: String,
    element: bool,
    lone_doublings: bool,
    views: [OnceCell<Box<Marked>>; 32],
    pool: RefCell<Vec<Box<Marked>>>,
    pub(crate) scratch: RefCell<Scratch>,
}

/// A character reference in the text: `len` units from `unit` on stand for one character.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arc {
    pub(crate) unit: usize,
    pub(crate) len: usize,
    pub(crate) original: char,
    pub(crate) folded: char,
    /// What follows in the fold of a character that folds to several (a syllable of Hangul, й), then zeros.
    pub(crate) rest: [char; 3],
}

impl Arc {
    /// The folded characters after the first.
    pub(crate) fn more(&self) -> impl Iterator<Item = char> {
        self.rest.into_iter().take_while(|c| *c != '\0')
    }

    /// Whether the character folds to several.
    pub(crate) fn is_long(&self) -> bool {
        self.rest.first().is_some_and(|c| *c != '\0')
    }
}

/// A view with what disguises need to know of it.
#[derive(Debug, Default)]
pub(crate) struct Marked {
    pub(crate) view: View,
    pub(crate) arcs: Vec<Arc>,
    /// Whether each unit is a mark: a place where a disguise shows.
    pub(crate) marks: Vec<bool>,
    pub(crate) any_mark: bool,
    /// Whether the text is ASCII, so that every original character is its folded one up to case.
    pub(crate) ascii: bool,
    /// Scripts of which the field holds a letter that does not look Latin, by number of the script.
    unlike: Vec<u8>,
    spare: View,
}

impl Prepared {
    /// An empty field.
    ///
    /// ```
    /// assert_eq!(tribunal_text::Prepared::new().text(), "");
    /// ```
    #[must_use]
    pub fn new() -> Prepared {
        Prepared::default()
    }

    /// Takes a text field.
    ///
    /// ```
    /// use tribunal_text::{Ordinary, Prepared};
    ///
    /// let (ordinary, mut field) = (Ordinary::shipped(), Prepared::new());
    /// field.prepare("my gl0ck", &ordinary);
    /// assert_eq!((field.text(), field.is_element()), ("my gl0ck", false));
    /// ```
    pub fn prepare(&mut self, text: &str, ordinary: &Ordinary) {
        self.take(text, false, ordinary);
    }

    /// Takes one element of a list field: a tag is the whole element.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, Reading, verify};
    ///
    /// let (ordinary, mut field) = (Ordinary::shipped(), Prepared::new());
    /// let glock = Pattern::new("glock", Mode::Tag, Folds::EVASIVE, false).expect("letters are left");
    /// field.prepare_element("gl0ck", &ordinary);
    /// assert_eq!(verify(&glock, &field, 0..5, &ordinary), Reading::Evasive, "an element is a tag without its `#`");
    /// field.prepare("gl0ck", &ordinary);
    /// assert_eq!(verify(&glock, &field, 0..5, &ordinary), Reading::No);
    /// ```
    pub fn prepare_element(&mut self, text: &str, ordinary: &Ordinary) {
        self.take(text, true, ordinary);
    }

    fn take(&mut self, text: &str, element: bool, ordinary: &Ordinary) {
        self.text.clear();
        self.text.push_str(text);
        self.element = element;
        self.lone_doublings = ordinary.has_own();
        let pool = self.pool.get_mut();
        pool.extend(self.views.iter_mut().filter_map(OnceCell::take));
    }

    /// The text.
    ///
    /// ```
    /// use tribunal_text::{Ordinary, Prepared};
    ///
    /// let (ordinary, mut field) = (Ordinary::shipped(), Prepared::new());
    /// field.prepare("Glock", &ordinary);
    /// assert_eq!(field.text(), "Glock", "as it was given");
    /// ```
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the text is an element of a list field.
    ///
    /// ```
    /// use tribunal_text::{Ordinary, Prepared};
    ///
    /// let (ordinary, mut field) = (Ordinary::shipped(), Prepared::new());
    /// field.prepare_element("glock", &ordinary);
    /// assert!(field.is_element());
    /// ```
    #[must_use]
    pub fn is_element(&self) -> bool {
        self.element
    }

    /// Whether anything in the text may be a disguise. Without a mark only terms with a soft gap can be disguised.
    ///
    /// ```
    /// use tribunal_text::{Ordinary, Prepared};
    ///
    /// let (ordinary, mut field) = (Ordinary::shipped(), Prepared::new());
    /// field.prepare("my gl0ck", &ordinary);
    /// assert!(field.has_marks());
    /// field.prepare("my glock", &ordinary);
    /// assert!(!field.has_marks());
    /// ```
    #[must_use]
    pub fn has_marks(&self) -> bool {
        may_be_marked(self.text.as_bytes(), self.lone_doublings) && self.marked(ViewKind::PLAIN).any_mark
    }

    /// As [`Prepared::has_marks`], from a quick look at the bytes: `false` is certain, `true` is not.
    ///
    /// ```
    /// use tribunal_text::{Ordinary, Prepared};
    ///
    /// let (ordinary, mut field) = (Ordinary::shipped(), Prepared::new());
    /// field.prepare("買", &ordinary);
    /// assert!(field.may_have_marks() && !field.has_marks(), "only a closer look tells");
    /// ```
    #[must_use]
    pub fn may_have_marks(&self) -> bool {
        may_be_marked(self.text.as_bytes(), self.lone_doublings)
    }

    /// The view of the text under a kind.
    ///
    /// ```
    /// use tribunal_text::{Ordinary, Prepared, ViewKind};
    ///
    /// let (ordinary, mut field) = (Ordinary::shipped(), Prepared::new());
    /// field.prepare("GLÖCK", &ordinary);
    /// assert_eq!(field.view(ViewKind::PLAIN).text(), "glock");
    /// assert_eq!(field.view(ViewKind::default()).text(), "GLO\u{308}CK");
    /// ```
    #[must_use]
    pub fn view(&self, kind: ViewKind) -> &View {
        &self.marked(kind).view
    }

    pub(crate) fn marked(&self, kind: ViewKind) -> &Marked {
        #[expect(clippy::indexing_slicing, reason = "the number of a kind is below 32 by construction")]
        let cell = &self.views[kind.number() & 31];
        cell.get_or_init(|| {
            let mut marked = self.pool.borrow_mut().pop().unwrap_or_default();
            marked.fill(kind, &self.text, self.lone_doublings);
            marked
        })
    }
}

/// A quick look at a text: `false` is certain, there is no mark of a disguise, and only terms with a
/// [gap that may be left out](crate::Pattern::has_soft_gap) can be disguised in it. Needs no [`Prepared`], allocates nothing.
///
/// ```
/// use tribunal_text::{Ordinary, may_be_disguised};
///
/// let ordinary = Ordinary::shipped();
/// assert!(may_be_disguised("my gl0ck", &ordinary));
/// assert!(!may_be_disguised("my glock", &ordinary));
/// ```
#[must_use]
pub fn may_be_disguised(text: &str, ordinary: &Ordinary) -> bool {
    may_be_marked(text.as_bytes(), ordinary.has_own())
}

/// A quick look at the bytes: `false` only where the exact search finds no mark either.
fn may_be_marked(bytes: &[u8], lone_doublings: bool) -> bool {
    let mut isolated = 0;
    let mut doublings = 0;
    let mut run = 0;
    let mut word = 0;
    for (i, byte) in bytes.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|p| bytes.get(p)).copied().unwrap_or(b' ');
        let after = bytes.get(i + 1).copied().unwrap_or(b' ');
        if byte.is_ascii_alphabetic() {
            let same = before.eq_ignore_ascii_case(byte);
            run = if same { run + 1 } else { 1 };
            word += 1;
            doublings += usize::from(run == 2);
            let pair = (byte | 32, after | 32);
            if run > 2 || doublings > 1 || (lone_doublings && run == 2) || pair == (b'v', b'v') || pair == (b'p', b'h') {
                return true;
            }
            if !after.is_ascii_alphabetic() {
                isolated = if word == 1 { isolated + 1 } else { 0 };
                (word, doublings) = (0, 0);
                if isolated > 2 {
                    return true;
                }
            }
        } else if byte.is_ascii_digit() {
            if before.is_ascii_alphabetic() || after.is_ascii_alphabetic() {
                return true;
            }
            if !before.is_ascii_digit() {
                isolated = if after.is_ascii_digit() { 0 } else { isolated + 1 };
            }
        } else if !byte.is_ascii() {
            return true;
        } else if !byte.is_ascii_whitespace() && *byte != 0x0b {
            let apostrophe = matches!(byte, b'\'' | b'`') && before.is_ascii_alphanumeric();
            let blank = |b: u8| b.is_ascii_whitespace() || b == 0x0b;
            // A mask stands for no first letter: it is none before a word (`#tag`).
            let starts = matches!(byte, b'\\' | b'}' | b'[' | b'&' | b'/' | b'>' | b'!' | b'$' | b'@' | b'|' | b'+');
            let ends = matches!(byte, b'$' | b'@' | b'|' | b'+' | b'*' | b'#');
            let inner = !blank(after) && !apostrophe;
            if (inner && (starts || !blank(before))) || (ends && !blank(before)) {
                return true;
            }
            // A sign alone may be one letter of a chain.
            let apart = before != *byte && !before.is_ascii_alphanumeric() && (after == *byte || !after.is_ascii_alphanumeric());
            isolated += usize::from(apart && (ends || matches!(byte, b'!' | b'(' | b'<')));
        }
        if isolated > 2 {
            return true;
        }
    }
    false
}

impl Marked {
    fn fill(&mut self, kind: ViewKind, text: &str, lone_doublings: bool) {
        self.view.fold(kind, text);
        self.ascii = text.is_ascii();
        self.arcs.clear();
        self.unlike.clear();
        self.marks.clear();
        self.marks.resize(self.view.units.len(), false);
        self.find_arcs(kind, text);
        self.find_unlike(text);
        self.find_marks(text, lone_doublings);
        self.any_mark = self.marks.contains(&true);
    }

    /// The folded character of a unit; a space beyond the ends.
    pub(crate) fn ch(&self, i: usize) -> char {
        self.view.units.get(i).map_or(' ', |u| u.ch)
    }

    /// The original character at whose bytes a unit begins.
    pub(crate) fn original(&self, text: &str, i: usize) -> char {
        let start = self.view.units.get(i).map_or(0, |u| u.start as usize);
        text.get(start..).and_then(|t| t.chars().next()).unwrap_or(' ')
    }

    /// The character reference that begins at a unit.
    pub(crate) fn arc_at(&self, unit: usize) -> Option<&Arc> {
        let i = self.arcs.binary_search_by_key(&unit, |a| a.unit).ok()?;
        self.arcs.get(i)
    }

    /// The character reference that a unit stands in, behind its `&`: none holds another.
    pub(crate) fn arc_around(&self, unit: usize) -> Option<&Arc> {
        let before = self.arcs.partition_point(|a| a.unit < unit);
        self.arcs.get(before.checked_sub(1)?).filter(|a| unit < a.unit + a.len)
    }

    /// Whether a unit is a mark that no letter of its base has: an accent, a stroke or a line put on a letter whose script
    /// has no use for it.
    pub(crate) fn is_stray_mark(&self, i: usize) -> bool {
        let mark = self.ch(i);
        if !props::is_droppable_mark(mark) {
            return false;
        }
        let base = (i.saturating_sub(8)..i).rev().map(|u| self.ch(u)).find(|c| !props::is_droppable_mark(*c));
        base.is_some_and(|base| props::is_lmd(base) && !has_marks_folded(props::script(base)) && !glyph::is_letter_with(base, mark))
    }

    /// Whether the field holds a letter of this script that does not look Latin.
    pub(crate) fn is_unlike(&self, script: props::Script) -> bool {
        self.unlike.contains(&script.number())
    }

    /// Whether a unit is a letter with a strong Latin look.
    pub(crate) fn looks_latin(&self, text: &str, i: usize) -> bool {
        let (folded, original) = (self.ch(i), self.original(text, i));
        let strong = |(letter, strength): (char, glyph::Strength)| letter.is_ascii() && strength == glyph::Strength::Strong;
        folded.is_ascii() || glyph::look_alikes(folded).any(strong) || glyph::look_alikes(original).any(strong)
    }

    fn find_arcs(&mut self, kind: ViewKind, text: &str) {
        if !text.as_bytes().contains(&b'&') {
            return;
        }
        for unit in 0..self.view.units.len() {
            if self.ch(unit) != '&' {
                continue;
            }
            let start = self.view.units.get(unit).map_or(0, |u| u.start as usize);
            let Some((original, length)) = text.get(start..).and_then(entities::parse) else { continue };
            let end = start + length;
            let rest = self.view.units.get(unit..).unwrap_or_default();
            let len = rest.iter().take_while(|u| u.start as usize >= start && u.end as usize <= end).count();
            let mut bytes = [0u8; 4];
            self.spare.fold(kind, original.encode_utf8(&mut bytes));
            // What folds to nothing is an invisible, which no reading needs; what folds to many is left alone.
            let mut rest = ['\0'; 3];
            let folded = match self.spare.units.as_slice() {
                [] => original,
                [one, more @ ..] if more.len() <= rest.len() => {
                    rest.iter_mut().zip(more).for_each(|(slot, unit)| *slot = unit.ch);
                    one.ch
                }
                _ => continue,
            };
            self.arcs.push(Arc { unit, len, original, folded, rest });
        }
    }

    fn find_unlike(&mut self, text: &str) {
        if self.ascii {
            return;
        }
        for i in 0..self.view.units.len() {
            let ch = self.ch(i);
            if ch.is_ascii() || !props::is_letter(ch) {
                continue;
            }
            let number = props::script(ch).number();
            if props::has_own_script(ch) && !self.unlike.contains(&number) && !self.looks_latin(text, i) {
                self.unlike.push(number);
            }
        }
    }

    fn set(&mut self, i: usize) {
        if let Some(mark) = self.marks.get_mut(i) {
            *mark = true;
        }
    }

    fn find_marks(&mut self, text: &str, lone_doublings: bool) {
        let count = self.view.units.len();
        // Single letters (or signs that may be one) with nothing but separators between: where the row began, its length.
        let mut isolated = (0, 0usize);
        let mut i = 0;
        while i < count {
            let inside = props::is_lmd(self.ch(i));
            let mut end = i + 1;
            while end < count && props::is_lmd(self.ch(end)) == inside {
                end += 1;
            }
            if inside {
                self.mark_word(text, i, end, lone_doublings);
                let letters = (i..end).filter(|u| !continues(self.ch(*u))).count();
                isolated = match (letters, isolated.1) {
                    (0 | 1, 0) => (i, 1),
                    (0 | 1, n) => (isolated.0, n + 1),
                    _ => (0, 0),
                };
            } else {
                let signs = self.mark_gap(text, i, end, count);
                isolated = match (signs, isolated.1) {
                    (0, _) => isolated,
                    (n, 0) => (i, n),
                    (n, m) => (isolated.0, m + n),
                };
            }
            if isolated.1 > 2 {
                for u in isolated.0..end {
                    self.set(u);
                }
                isolated.0 = i;
            }
            i = end;
        }
        let next = |marked: &Marked, from: usize| {
            let rest = marked.view.units.get(from..).unwrap_or_default();
            rest.iter().position(|u| glyph::starts_sequence(u.ch)).map(|n| from + n)
        };
        let mut place = next(self, 0);
        while let Some(i) = place {
            if glyph::sequences().iter().any(|(sequence, _)| self.sequence_at(i, sequence)) {
                self.set(i);
            }
            place = next(self, i + 1);
        }
        for i in 0..self.arcs.len() {
            if let Some(arc) = self.arcs.get(i) {
                self.set(arc.unit);
            }
        }
    }

    /// Whether the units from `i` on read `sequence`.
    pub(crate) fn sequence_at(&self, i: usize, sequence: &str) -> bool {
        sequence.chars().enumerate().all(|(n, c)| self.ch(i + n) == c)
    }

    /// Marks inside a run of letters, marks and digits.
    fn mark_word(&mut self, text: &str, from: usize, to: usize, lone_doublings: bool) {
        let mut scripts: Option<props::Script> = None;
        let (mut mixed, mut foreign, mut letter, mut figure, mut doublings) = (false, false, false, false, 0);
        for i in from..to {
            let ch = self.ch(i);
            letter |= props::is_letter(ch);
            figure |= ch.is_ascii_digit();
            if !self.ascii && props::is_letter(ch) && !props::is_neutral(props::script(ch)) {
                let script = props::script(ch);
                // Kanji beside kana is no mixture; a look-alike among them may be.
                let differs = *scripts.get_or_insert(script) != script;
                foreign |= differs;
                mixed |= differs && !(props::is_spaceless(ch) && props::is_spaceless(self.ch(from)));
            }
            doublings += usize::from(i > from && ch == self.ch(i - 1) && !(i > from + 1 && ch == self.ch(i - 2)));
        }
        if self.ascii && doublings == 0 && !(letter && figure) {
            return;
        }
        if !self.ascii {
            self.mark_repeated(from, to, lone_doublings);
        }
        for i in from..to {
            let ch = self.ch(i);
            let doubled = i > from && ch == self.ch(i - 1);
            let digit = letter && !glyph::leet(ch).is_empty();
            if mixed || digit || (doubled && (doublings > 1 || lone_doublings)) || (doubled && i > from + 1 && ch == self.ch(i - 2)) {
                self.set(i);
            } else if !self.ascii && (!ch.is_ascii() || !self.original(text, i).is_ascii()) {
                let original = self.original(text, i);
                let looks = glyph::look_alikes(ch).next().is_some() || glyph::look_alikes(original).next().is_some();
                // One that is no letter, or looks like another of its own script, counts in any word.
                let kin = || glyph::look_alikes(ch).chain(glyph::look_alikes(original)).any(|(l, _)| props::script(l) == props::script(ch));
                if glyph::is_optional(ch) || self.is_stray_mark(i) || looks && (foreign || !props::is_letter(ch) || kin() || !self.is_unlike(props::script(ch)))
                {
                    self.set(i);
                }
            }
        }
    }

    /// Marks letters with marks, and syllables, that stand several times in a row.
    fn mark_repeated(&mut self, from: usize, to: usize, lone_doublings: bool) {
        let (mut before, mut start, mut run, mut doublings, mut first) = (from..from, from, 1, 0, usize::MAX);
        // How far they are marked: a long run is gone over once.
        let mut marked = from;
        for i in from + 1..=to {
            if i < to && continues(self.ch(i)) {
                continue;
            }
            let here = start..i;
            // A reading may end before further marks of the last one.
            let same = !before.is_empty()
                && here.len() >= before.len()
                && self.ch(start).is_alphabetic()
                && here.clone().zip(before.clone()).all(|(a, b)| self.ch(a) == self.ch(b));
            run = if same { run + 1 } else { 1 };
            if same {
                doublings += usize::from(run == 2);
                first = first.min(start);
                if run > 2 || doublings > 1 || lone_doublings {
                    (first.max(marked)..i).for_each(|u| self.set(u));
                    marked = i;
                }
            }
            (before, start) = (here, i);
        }
    }

    /// Marks inside a run of other characters; returns how many signs stand alone in it that may be a letter.
    fn mark_gap(&mut self, text: &str, from: usize, to: usize, count: usize) -> usize {
        let blank = (from..to).any(|i| props::is_white_space(self.ch(i)));
        let quiet = (from..to).all(|i| is_apostrophe(self.ch(i)) || props::is_default_ignorable(self.ch(i)));
        // Between figures alone (`5.00`, `10:30`) nothing is read: a word keeps a letter, and the gap beside it shows.
        let before = (0..from).rev().map(|i| self.ch(i)).take_while(|c| props::is_lmd(*c)).any(props::is_letter);
        let after = (to..count).map(|i| self.ch(i)).take_while(|c| props::is_lmd(*c)).any(props::is_letter);
        if !blank && !quiet && from > 0 && to < count {
            if before || after {
                (from..to).for_each(|i| self.set(i));
            }
            return 0;
        }
        let mut alone = 0;
        for i in from..to {
            let ch = self.ch(i);
            let looks = !ch.is_ascii() && (glyph::look_alikes(ch).next().is_some() || glyph::look_alikes(self.original(text, i)).next().is_some());
            if !looks && glyph::leet(ch).is_empty() && !glyph::is_mask(ch) {
                continue;
            }
            let alone_before = i == 0 || props::is_white_space(self.ch(i - 1));
            let alone_after = i + 1 >= count || props::is_white_space(self.ch(i + 1));
            let before = !alone_before && (i > from || before);
            let after = !alone_after && (i + 1 < to || after);
            // At an edge a bracket is never a letter, nor an exclamation mark at the end.
            let shows = match ch {
                '(' | '<' => before && after,
                '!' => after,
                // A mask stands for no first letter.
                '*' | '#' => before,
                _ => before || after,
            };
            if shows {
                self.set(i);
            }
            // A run of one sign is one letter.
            let first = i == from || self.ch(i - 1) != ch;
            let last = (i..to).find(|n| self.ch(*n) != ch);
            alone += usize::from(first && (i > from || !before) && (last.is_some() || !after));
        }
        alone
    }
}

/// Latin and Greek, whose marks are what `diacritics` folds.
fn has_marks_folded(script: props::Script) -> bool {
    script == props::Script::LATIN || script == props::Script::GREEK
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str) -> bool {
        let mut field = Prepared::new();
        field.prepare(text, &Ordinary::shipped());
        let exact = field.marked(ViewKind::PLAIN).any_mark;
        assert!(!exact || may_be_marked(text.as_bytes(), false), "the quick look misses a mark in {text:?}");
        exact
    }

    #[test]
    fn marks() {
        for text in ["gl0ck", "$eggs", "badw*rd", "g l o c k", "gloooock", "gllock goodd toolls", "gl-ock", "gl&#111;ck", "glосk", "gl🔥ock", "vvord", "x ! y"]
        {
            assert!(marked(text), "{text:?} should be marked");
        }
    }

    #[test]
    fn plain_text_has_none() {
        for text in ["Hello, world! I am 25, don't go.", "naïve café (good)", "привет, как дела", "買い物", "cost $5.00 each", "a b. Good day"]
        {
            assert!(!marked(text), "{text:?} should not be marked");
        }
    }
}
