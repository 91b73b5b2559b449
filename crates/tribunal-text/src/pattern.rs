//! A term prepared for comparison.

use crate::items::Items;
use crate::steps::Steps;
use crate::twins::Twins;
use crate::view::{FIRST, View, ViewKind};
use crate::{Folds, edge_after, edge_before, props};

/// What a term has to be in the text.
///
/// ```
/// use tribunal_text::{Folds, Mode, Pattern, plain_match};
///
/// let matches = |mode, text: &str, span| plain_match(&Pattern::new("glock", mode, Folds::PLAIN, false).expect("letters are left"), text, span);
/// assert!(matches(Mode::Word, "a Glock", 2..7) && !matches(Mode::Word, "glocks", 0..5));
/// assert!(matches(Mode::Prefix, "glocks", 0..5) && matches(Mode::Suffix, "myglock", 2..7));
/// assert!(matches(Mode::Substring, "myglocks", 2..7) && matches(Mode::Tag, "#glock", 1..6));
/// assert!(matches(Mode::Whole, " glock ", 1..6) && !matches(Mode::Whole, "a glock", 2..7));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// Whole words, white space standing for any run of it.
    Word,
    /// Words with any separators between.
    Phrase,
    /// The beginning of a word.
    Prefix,
    /// The end of a word.
    Suffix,
    /// Any part of the text.
    Substring,
    /// A whole hashtag.
    Tag,
    /// The whole field or element, white space at its ends aside.
    Whole,
}

/// One step of a prepared term.
///
/// ```
/// use tribunal_text::{Folds, Mode, Pattern, Symbol};
///
/// let term = Pattern::new("Go - ok", Mode::Phrase, Folds::PLAIN, false).expect("letters are left");
/// let steps = [Symbol::Char('g'), Symbol::Char('o'), Symbol::Gap { soft: true }, Symbol::Char('o'), Symbol::Char('k')];
/// assert_eq!(term.symbols(), steps);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Symbol {
    /// A folded character.
    Char(char),
    /// A run of white space.
    Space,
    /// A gap of a phrase: one or more characters that are neither letters, marks nor digits. `soft` when it is written
    /// with something else than white space (and no apostrophe): `separators` then reads it as any separator, or none.
    Gap {
        /// Whether `separators` may leave it out.
        soft: bool,
    },
    /// Between words of a tag: `_` or nothing.
    Glue,
}

/// Why a term cannot be prepared.
///
/// ```
/// use tribunal_text::{Folds, Mode, Pattern, PatternError};
///
/// let error = Pattern::new("\u{200b}", Mode::Word, Folds::PLAIN, false).expect_err("invisible");
/// assert_eq!(error, PatternError::Empty);
/// assert_eq!(error.to_string(), "nothing is left of the term after folding");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternError {
    /// Nothing is left of the term under its folds.
    Empty,
}

impl std::fmt::Display for PatternError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PatternError::Empty => f.write_str("nothing is left of the term after folding"),
        }
    }
}

impl std::error::Error for PatternError {}

/// A term prepared for comparison under a mode and a set of folds.
///
/// ```
/// use tribunal_text::{Folds, Mode, Pattern, plain_match};
///
/// let glock = Pattern::new("Glock", Mode::Word, Folds::PLAIN, false).expect("letters are left");
/// assert!(plain_match(&glock, "my GLÖCK", 3..9));
/// assert!(!plain_match(&glock, "glockenspiel", 0..5));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    term: String,
    mode: Mode,
    folds: Folds,
    turkish: bool,
    symbols: Vec<Symbol>,
    items: Items,
    /// Its spellings with twin letters, see `twins.rs`.
    twins: Twins,
    first_edge: bool,
    last_edge: bool,
}

/// What a prepared term is beside its symbols.
///
/// ```
/// use tribunal_text::{Folds, Mode, Pattern};
///
/// let form = Pattern::new("glock", Mode::Word, Folds::PLAIN, false).expect("letters are left").form();
/// assert!(form.mode == Mode::Word && form.first_edge && form.last_edge && !form.turkish);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Form {
    /// What it has to be in the text.
    pub mode: Mode,
    /// What is folded, plain and directed.
    pub folds: Folds,
    /// Whether `i ı I İ` are one letter.
    pub turkish: bool,
    /// Whether a hit must not begin inside a word.
    pub first_edge: bool,
    /// Whether a hit must not end inside a word.
    pub last_edge: bool,
}

impl Form {
    /// The kind of view the term is compared with.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern, ViewKind};
    ///
    /// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
    /// assert_eq!(glock.form().kind(), ViewKind::PLAIN);
    /// ```
    #[must_use]
    pub fn kind(self) -> ViewKind {
        ViewKind { folds: self.folds.plain(), turkish: self.turkish }
    }
}

impl Default for Pattern {
    /// No term at all: memory for [`Pattern::restore`].
    fn default() -> Pattern {
        Pattern {
            term: String::new(),
            mode: Mode::Word,
            folds: Folds::NONE,
            turkish: false,
            symbols: Vec::new(),
            items: Items::default(),
            twins: Twins::default(),
            first_edge: false,
            last_edge: false,
        }
    }
}

impl Pattern {
    /// The form, without the symbols.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern};
    ///
    /// let glock = Pattern::new("glock", Mode::Suffix, Folds::PLAIN, false).expect("letters are left");
    /// assert!(!glock.form().first_edge && glock.form().last_edge);
    /// ```
    #[must_use]
    pub fn form(&self) -> Form {
        Form { mode: self.mode, folds: self.folds, turkish: self.turkish, first_edge: self.first_edge, last_edge: self.last_edge }
    }
    /// Takes on a term that was prepared before and kept as its form and its [steps](Steps), in the memory at hand. What was
    /// written is not among them: [`Pattern::term`] is empty, and there are no [twins](Pattern::twins).
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, Reading, Steps, verify};
    ///
    /// let (glock, mut kept) = (Pattern::new("Glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left"), Vec::new());
    /// Steps::encode(glock.symbols(), &mut kept);
    /// let mut again = Pattern::default();
    /// again.restore(glock.form(), Steps::new(&kept));
    /// assert_eq!((again.symbols(), again.term()), (glock.symbols(), ""));
    /// let (ordinary, mut field) = (Ordinary::shipped(), Prepared::new());
    /// field.prepare("gl0ck", &ordinary);
    /// assert_eq!(verify(&again, &field, 0..5, &ordinary), Reading::Evasive);
    /// ```
    pub fn restore(&mut self, form: Form, steps: Steps<'_>) {
        self.term.clear();
        self.twins = Twins::default();
        self.symbols.clear();
        self.symbols.reserve(steps.bytes().len());
        self.symbols.extend(steps.iter());
        self.items.fill(&self.symbols, form.folds);
        let Form { mode, folds, turkish, first_edge, last_edge } = form;
        (self.mode, self.folds, self.turkish, self.first_edge, self.last_edge) = (mode, folds, turkish, first_edge, last_edge);
    }
    /// Prepares a term. White space at its ends is left out; in a tag, so is a leading `#`.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern, PatternError};
    ///
    /// let tag = Pattern::new(" #Glock ", Mode::Tag, Folds::EVASIVE, false).expect("letters are left");
    /// assert_eq!((tag.term(), tag.symbols().len()), (" #Glock ", 5));
    /// assert_eq!(Pattern::new("#", Mode::Tag, Folds::EVASIVE, false), Err(PatternError::Empty));
    /// ```
    ///
    /// # Errors
    ///
    /// [`PatternError::Empty`] when nothing is left of the term under its folds.
    pub fn new(term: &str, mode: Mode, folds: Folds, turkish: bool) -> Result<Pattern, PatternError> {
        let source = written(term, mode);
        let symbols = symbols(source, mode, ViewKind { folds: folds.plain(), turkish })?;
        let (first, last) = (edge_after(source, 0), edge_before(source, source.len()));
        let left = matches!(mode, Mode::Word | Mode::Phrase | Mode::Tag | Mode::Prefix);
        let right = matches!(mode, Mode::Word | Mode::Phrase | Mode::Tag | Mode::Suffix);
        Ok(Pattern {
            term: term.to_owned(),
            mode,
            folds,
            turkish,
            items: Items::new(&symbols, folds),
            symbols,
            twins: Twins::of_written(source, folds, turkish),
            first_edge: left && first,
            last_edge: right && last,
        })
    }

    /// Whether a term can be prepared: what [`Pattern::new`] says, in a small part of the time.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern, PatternError};
    ///
    /// assert_eq!(Pattern::check("glock", Mode::Tag, Folds::PLAIN, false), Ok(()));
    /// assert_eq!(Pattern::check("\u{200b}", Mode::Word, Folds::PLAIN, false), Err(PatternError::Empty));
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Pattern::new`].
    pub fn check(term: &str, mode: Mode, folds: Folds, turkish: bool) -> Result<(), PatternError> {
        let source = written(term, mode);
        // These are left of a term in any mode, and no fold drops them.
        if source.bytes().any(|byte| byte.is_ascii_alphanumeric()) {
            return Ok(());
        }
        symbols(source, mode, ViewKind { folds: folds.plain(), turkish }).map(|_| ())
    }

    /// The term as written.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern};
    ///
    /// let seggs = Pattern::new(" Seggs", Mode::Word, Folds::PLAIN, false).expect("letters are left");
    /// assert_eq!(seggs.term(), " Seggs");
    /// ```
    #[must_use]
    pub fn term(&self) -> &str {
        &self.term
    }
    /// The mode.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern};
    ///
    /// let seggs = Pattern::new("seggs", Mode::Suffix, Folds::PLAIN, false).expect("letters are left");
    /// assert_eq!(seggs.mode(), Mode::Suffix);
    /// ```
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }
    /// The folds, plain and directed.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern};
    ///
    /// let seggs = Pattern::new("seggs", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
    /// assert_eq!(seggs.folds(), Folds::EVASIVE);
    /// ```
    #[must_use]
    pub fn folds(&self) -> Folds {
        self.folds
    }
    /// Whether `i ı I İ` are one letter.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern, plain_match};
    ///
    /// let silah = Pattern::new("silah", Mode::Word, Folds::PLAIN, true).expect("letters are left");
    /// assert!(silah.turkish() && plain_match(&silah, "SİLAH", 0..6));
    /// ```
    #[must_use]
    pub fn turkish(&self) -> bool {
        self.turkish
    }
    /// The kind of view the term is compared with.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern, ViewKind};
    ///
    /// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
    /// assert_eq!(glock.kind(), ViewKind::PLAIN);
    /// ```
    #[must_use]
    pub fn kind(&self) -> ViewKind {
        ViewKind { folds: self.folds.plain(), turkish: self.turkish }
    }
    /// The folded term, step by step; never empty.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern, Symbol};
    ///
    /// let heck = Pattern::new("oh  Heck", Mode::Word, Folds::PLAIN, false).expect("letters are left");
    /// assert_eq!(heck.symbols().len(), 7);
    /// assert_eq!(heck.symbols().get(2), Some(&Symbol::Space));
    /// ```
    #[must_use]
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }
    /// The term as a disguised reading walks it; empty when none is sought.
    pub(crate) fn items(&self) -> &Items {
        &self.items
    }
    /// Its spellings with twin letters, with those that are left out.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern, Twins};
    ///
    /// let mister = Pattern::new("mister", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
    /// assert_eq!(mister.all_twins(), &Twins::of("mister", Mode::Word, Folds::EVASIVE, false));
    /// ```
    #[must_use]
    pub fn all_twins(&self) -> &Twins {
        &self.twins
    }
    /// Whether a disguise of the term may leave no mark in the text: a gap written with something else than white space
    /// may be left out (`e-mail`: `email`), and so may a mark that many writers leave out (hamza).
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern};
    ///
    /// let soft = |term| Pattern::new(term, Mode::Phrase, Folds::EVASIVE, false).expect("letters are left").has_soft_gap();
    /// assert!(soft("e-mail") && !soft("mail") && !soft("e mail"));
    /// ```
    #[must_use]
    pub fn has_soft_gap(&self) -> bool {
        self.items.has_soft_gap()
    }
    /// Whether the nearest character before a hit must not be an [edge character](props::is_edge).
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern};
    ///
    /// let glock = Pattern::new("glock", Mode::Prefix, Folds::PLAIN, false).expect("letters are left");
    /// assert!(glock.first_edge() && !glock.last_edge());
    /// ```
    #[must_use]
    pub fn first_edge(&self) -> bool {
        self.first_edge
    }
    /// Whether the nearest character after a hit must not be an [edge character](props::is_edge).
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern};
    ///
    /// let last_edge = |term| Pattern::new(term, Mode::Word, Folds::PLAIN, false).expect("letters are left").last_edge();
    /// assert!(last_edge("glock") && !last_edge("c++"));
    /// ```
    #[must_use]
    pub fn last_edge(&self) -> bool {
        self.last_edge
    }
    /// The same term and mode under other folds.
    ///
    /// ```
    /// use tribunal_text::{Folds, Mode, Pattern};
    ///
    /// let glock = Pattern::new("Glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
    /// let plain = glock.with_folds(Folds::PLAIN).expect("letters are left");
    /// assert_eq!((plain.term(), plain.folds()), ("Glock", Folds::PLAIN));
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Pattern::new`].
    pub fn with_folds(&self, folds: Folds) -> Result<Pattern, PatternError> {
        Pattern::new(&self.term, self.mode, folds, self.turkish)
    }
}

/// A term without white space at its ends and, in a tag, without its sign.
pub(crate) fn written(term: &str, mode: Mode) -> &str {
    let source = term.trim_matches(props::is_white_space);
    if mode == Mode::Tag { source.strip_prefix(['#', '＃']).unwrap_or(source) } else { source }
}

/// The steps of a term as [`written`].
fn symbols(source: &str, mode: Mode, kind: ViewKind) -> Result<Vec<Symbol>, PatternError> {
    let mut view = View::new();
    view.fold(kind, source);
    let symbols = match mode {
        Mode::Phrase => phrase(&view),
        Mode::Tag => tag(&view),
        Mode::Word | Mode::Prefix | Mode::Suffix | Mode::Substring | Mode::Whole => literal(&view),
    };
    if symbols.is_empty() { Err(PatternError::Empty) } else { Ok(symbols) }
}

/// Characters as they are, runs of white space as one step.
fn literal(view: &View) -> Vec<Symbol> {
    let mut out = Vec::with_capacity(view.units.len());
    for unit in &view.units {
        if !props::is_white_space(unit.ch) {
            out.push(Symbol::Char(unit.ch));
        } else if out.last() != Some(&Symbol::Space) {
            out.push(Symbol::Space);
        }
    }
    out
}

/// Whether each unit belongs to a word of the term: a letter, mark, digit, or part of an emoji or of a group that has one.
fn of_words(view: &View) -> Vec<bool> {
    let mut out: Vec<bool> = view.units.iter().map(|u| is_word_unit(u.ch)).collect();
    let mut start = 0;
    while start < out.len() {
        let rest = view.units.get(start + 1..).unwrap_or_default();
        let end = rest.iter().position(|u| u.flags & FIRST != 0).map_or(out.len(), |n| start + 1 + n);
        let group = out.get_mut(start..end).unwrap_or_default();
        if group.contains(&true) {
            group.fill(true);
        }
        start = end;
    }
    out
}

pub(crate) fn is_word_unit(c: char) -> bool {
    props::is_lmd(c) || props::is_pictographic(c) || props::is_emoji_presentation(c)
}

/// Words and the gaps between them; what is neither letter, mark nor digit at the ends is literal.
fn phrase(view: &View) -> Vec<Symbol> {
    let of_word = of_words(view);
    let (Some(first), Some(last)) = (of_word.iter().position(|w| *w), of_word.iter().rposition(|w| *w)) else {
        return literal(view);
    };
    let mut out = Vec::new();
    let mut gap: Option<(bool, bool)> = None;
    for (i, (unit, word)) in view.units.iter().zip(&of_word).enumerate() {
        if i < first || i > last || *word {
            if let Some((other, apostrophe)) = gap.take() {
                out.push(Symbol::Gap { soft: other && !apostrophe });
            }
            if !props::is_white_space(unit.ch) {
                out.push(Symbol::Char(unit.ch));
            } else if out.last() != Some(&Symbol::Space) {
                out.push(Symbol::Space);
            }
        } else {
            let (other, apostrophe) = gap.unwrap_or_default();
            gap = Some((other || !props::is_white_space(unit.ch), apostrophe || is_apostrophe(unit.ch)));
        }
    }
    out
}

/// Words glued to each other.
fn tag(view: &View) -> Vec<Symbol> {
    let of_word = of_words(view);
    let mut out: Vec<Symbol> = Vec::new();
    let mut gap = false;
    for (unit, word) in view.units.iter().zip(&of_word) {
        if *word {
            if gap && !out.is_empty() {
                out.push(Symbol::Glue);
            }
            gap = false;
            out.push(Symbol::Char(unit.ch));
        } else {
            gap = true;
        }
    }
    out
}

/// An apostrophe, straight, curly or one of the marks typed for it.
pub(crate) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2018}' | '\u{201b}' | '\u{2bc}' | '`' | '\u{b4}' | '\u{2b9}' | '\u{2032}' | '\u{ff07}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(term: &str, mode: Mode) -> String {
        let pattern = Pattern::new(term, mode, Folds::PLAIN, false).unwrap();
        let one = |s: &Symbol| match s {
            Symbol::Char(c) => c.to_string(),
            Symbol::Space => "S".to_owned(),
            Symbol::Gap { soft: true } => "~".to_owned(),
            Symbol::Gap { soft: false } => "G".to_owned(),
            Symbol::Glue => "U".to_owned(),
        };
        pattern.symbols().iter().map(one).collect()
    }

    #[test]
    fn symbols_by_mode() {
        assert_eq!(show(" Kill  yourself ", Mode::Word), "killSyourself");
        assert_eq!(show("kill, yourself!", Mode::Phrase), "kill~yourself!");
        assert_eq!(show("kill yourself", Mode::Phrase), "killGyourself");
        assert_eq!(show("don't", Mode::Phrase), "donGt");
        assert_eq!(show("ar-15", Mode::Phrase), "ar~15");
        assert_eq!(show("ar-15", Mode::Word), "ar-15");
        assert_eq!(show("go 🔫 now", Mode::Phrase), "goG🔫Gnow");
        assert_eq!(show("#kill yourself", Mode::Tag), "killUyourself");
    }

    #[test]
    fn edges() {
        let edges = |term: &str, mode| {
            let p = Pattern::new(term, mode, Folds::EVASIVE, false).unwrap();
            (p.first_edge(), p.last_edge())
        };
        assert_eq!(edges("glock", Mode::Word), (true, true));
        assert_eq!(edges("glock", Mode::Prefix), (true, false));
        assert_eq!(edges("glock", Mode::Suffix), (false, true));
        assert_eq!(edges("枪x", Mode::Word), (false, true));
        assert_eq!(edges("c++", Mode::Word), (true, false));
        assert_eq!(edges("glock", Mode::Substring), (false, false));
        assert_eq!(edges("1\u{fe0f}\u{20e3}x", Mode::Word), (false, true));
        assert_eq!(edges("x1\u{fe0f}\u{20e3}", Mode::Word), (true, false));
    }

    #[test]
    fn checked_as_prepared() {
        for term in [
            "glock",
            "#",
            "#1",
            "",
            " \u{200b}",
            "\u{202e}kcolg",
            "1\u{fe0f}\u{20e3}",
            "a\u{20dd}",
            "\u{20dd}",
            "\u{1f3fd}",
            "c\u{fe0f}",
            "- -",
            "!?",
            "枪",
            "🔫",
        ] {
            for mode in [Mode::Word, Mode::Phrase, Mode::Prefix, Mode::Suffix, Mode::Substring, Mode::Tag, Mode::Whole] {
                for folds in Folds::PLAIN.subsets().chain([Folds::EVASIVE, Folds::NONE]) {
                    let prepared = Pattern::new(term, mode, folds, false).map(|_| ());
                    assert_eq!(Pattern::check(term, mode, folds, false), prepared, "{term:?} {mode:?} {folds:?}");
                }
            }
        }
    }

    #[test]
    fn nothing_left() {
        assert_eq!(Pattern::new(" \u{200b}", Mode::Word, Folds::PLAIN, false), Err(PatternError::Empty));
        assert_eq!(Pattern::new("#", Mode::Tag, Folds::PLAIN, false), Err(PatternError::Empty));
        assert!(Pattern::new("🔫", Mode::Tag, Folds::PLAIN, false).is_ok());
    }
}
