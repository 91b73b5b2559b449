//! Where disguised readings may be: every term at once, by coarse classes.
//!
//! A trie over the terms' letters, each replaced by its [class](crate::glyph::class) and runs of a class collapsed, is
//! walked from every possible start within reach of a mark. Every letter a unit may stand for is in one of the unit's
//! classes, so a miss is a proof; a candidate still has to be [verified](crate::verify()).

use crate::items::Item;
use crate::pattern::{Mode, Pattern};
use crate::prepared::{Prepared, may_be_disguised};
use crate::screen::reach::Reach;
use crate::screen::{self, Found, Screen, Sight};
use crate::verify::MAX_SPAN_UNITS;
use crate::{Classify, Ordinary, ViewKind};
use std::collections::BTreeMap;
use std::ops::Range;
use tree::{Draft, Key, Strings, Tree};
use walk::Walk;

mod tree;
mod walk;

#[cfg(test)]
mod tests;

/// A coarse class of characters.
type Class = u32;

/// Places for states noted from one start, a power of two.
const SEEN: usize = 8_192;

/// Limits of the candidate search. A text beyond them is reported, never cut in silence.
///
/// ```
/// use tribunal_text::{CAPS, Caps};
///
/// let Caps { span_units, candidates, .. } = CAPS;
/// assert!(span_units >= "g-l-0-c-k".len() && candidates > 1_000);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Longest disguised reading, in folded characters.
    pub span_units: usize,
    /// States visited from one start.
    pub states_per_start: usize,
    /// States visited in a field, for each of its folded characters.
    pub states_per_unit: usize,
    /// States visited in a field beside those.
    pub states_per_field: usize,
    /// Spans reported in a field.
    pub candidates: usize,
}

/// The limits in force.
///
/// ```
/// assert_eq!(tribunal_text::CAPS.span_units, 256);
/// ```
pub const CAPS: Caps = Caps { span_units: MAX_SPAN_UNITS, states_per_start: 2_048, states_per_unit: 6, states_per_field: 32_768, candidates: 2_048 };

/// The search met one of its [`Caps`]: some candidates may be missing, so the field cannot be judged in full.
///
/// ```
/// use tribunal_text::{Coarse, CoarseScratch, Folds, Mode, Ordinary, Pattern, Prepared};
///
/// let ordinary = Ordinary::shipped();
/// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
/// let mut field = Prepared::new();
/// field.prepare(&"gl0ck ".repeat(50_000), &ordinary);
/// let coarse = Coarse::build([(0, &glock)].into_iter());
/// let limit = coarse.candidates(&field, &ordinary, &mut CoarseScratch::new(), &mut |_, _| {});
/// assert_eq!(limit, Err(tribunal_text::LimitReached));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitReached;

impl std::fmt::Display for LimitReached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the text has more possible disguises than are looked at")
    }
}

impl std::error::Error for LimitReached {}

/// The terms of many patterns, ready to find where they may be disguised.
///
/// ```
/// use tribunal_text::{Coarse, CoarseScratch, Folds, Mode, Ordinary, Pattern, Prepared};
///
/// let ordinary = Ordinary::shipped();
/// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
/// let seggs = Pattern::new("seggs", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
/// let coarse = Coarse::build([(0, &glock), (1, &seggs)].into_iter());
///
/// let mut field = Prepared::new();
/// field.prepare("my gl0ck", &ordinary);
/// let mut found = Vec::new();
/// coarse.candidates(&field, &ordinary, &mut CoarseScratch::new(), &mut |id, span| found.push((id, span))).expect("a short text");
/// assert!(found.contains(&(0, 3..8)));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Coarse {
    trees: Vec<Tree>,
    soft: bool,
    /// Terms whose places a [`Screen`] finds; their tree is the first.
    screen: Screen,
    /// Some tree is not behind the screen.
    others: bool,
}

/// Memory of [`Coarse::candidates`].
///
/// ```
/// use tribunal_text::{Coarse, CoarseScratch, Folds, Mode, Ordinary, Pattern};
///
/// let ordinary = Ordinary::shipped();
/// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
/// let coarse = Coarse::build([(0, &glock)].into_iter());
/// let mut scratch = CoarseScratch::new();
/// // One memory serves many texts.
/// assert!(!coarse.may_hold("good morning", &ordinary, &mut scratch));
/// assert!(coarse.may_hold("my gl0ck", &ordinary, &mut scratch));
/// ```
#[derive(Debug, Default)]
pub struct CoarseScratch {
    stack: Vec<(u32, u32)>,
    seen: Vec<(u32, u32, u32)>,
    noted: usize,
    epoch: u32,
    visited: usize,
    found: Found,
    sight: Sight,
    /// Places of `found` that are behind the walk.
    passed: usize,
    states: u64,
    reported: u64,
}

/// What was done, to be gated where time cannot be.
///
/// ```
/// use tribunal_text::{Coarse, CoarseScratch, Folds, Mode, Ordinary, Pattern, Prepared};
///
/// let ordinary = Ordinary::shipped();
/// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
/// let coarse = Coarse::build([(0, &glock)].into_iter());
/// let mut scratch = CoarseScratch::new();
/// let mut field = Prepared::new();
/// field.prepare("my gl0ck", &ordinary);
/// coarse.candidates(&field, &ordinary, &mut scratch, &mut |_, _| {}).expect("a short text");
/// let work = scratch.work();
/// assert!(work.candidates >= 1 && work.states > 0 && work.held <= work.keys);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Places in texts from which readings were followed.
    pub places: u64,
    /// Steps of those readings: pieces, signs, references.
    pub steps: u64,
    /// Keys asked for: readings that end.
    pub keys: u64,
    /// Keys that some term has.
    pub held: u64,
    /// States of the walk through all terms.
    pub states: u64,
    /// Spans reported, each verified by the caller.
    pub candidates: u64,
}

impl Coarse {
    /// Builds the search for patterns with their ids. Patterns without directed folds, and those too long to be sought in
    /// disguise, are left out.
    ///
    /// ```
    /// use tribunal_text::{Coarse, Folds, Mode, Ordinary, Pattern};
    ///
    /// let ordinary = Ordinary::shipped();
    /// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
    /// let plain = Pattern::new("seggs", Mode::Word, Folds::PLAIN, false).expect("letters are left");
    /// assert!(!Coarse::build([(7, &glock)].into_iter()).is_empty());
    /// assert!(Coarse::build([(8, &plain)].into_iter()).is_empty());
    /// ```
    pub fn build<'p>(patterns: impl Iterator<Item = (u32, &'p Pattern)>) -> Coarse {
        CoarseDraft::of(patterns, true)
    }

    /// As [`Coarse::build`], without the first look that passes over most texts: every text is walked through all terms. It
    /// finds the same, and is what the first look is tested against.
    ///
    /// ```
    /// use tribunal_text::{Coarse, CoarseScratch, Folds, Mode, Ordinary, Pattern};
    ///
    /// let ordinary = Ordinary::shipped();
    /// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
    /// let (screened, walked) = (Coarse::build([(0, &glock)].into_iter()), Coarse::unscreened([(0, &glock)].into_iter()));
    /// let mut scratch = CoarseScratch::new();
    /// assert!(walked.may_hold("some w0rds", &ordinary, &mut scratch), "nothing is settled at a glance");
    /// assert!(!screened.may_hold("some w0rds", &ordinary, &mut scratch));
    /// ```
    pub fn unscreened<'p>(patterns: impl Iterator<Item = (u32, &'p Pattern)>) -> Coarse {
        CoarseDraft::of(patterns, false)
    }

    /// Whether there is nothing to look for.
    ///
    /// ```
    /// assert!(tribunal_text::Coarse::default().is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.trees.is_empty()
    }

    /// Bytes on the heap.
    ///
    /// ```
    /// use tribunal_text::{Coarse, Folds, Mode, Pattern};
    ///
    /// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
    /// assert!(Coarse::build([(0, &glock)].into_iter()).bytes() > Coarse::default().bytes());
    /// ```
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(self.trees.as_slice()) + self.trees.iter().map(Tree::bytes).sum::<usize>() + self.screen.bytes()
    }

    /// A look at a text that needs no [`Prepared`]: `false` is certain, there are no [candidates](Coarse::candidates).
    ///
    /// ```
    /// use tribunal_text::{Coarse, CoarseScratch, Folds, Mode, Ordinary, Pattern};
    ///
    /// let ordinary = Ordinary::shipped();
    /// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
    /// let coarse = Coarse::build([(0, &glock)].into_iter());
    /// let mut scratch = CoarseScratch::new();
    /// assert!(coarse.may_hold("my gl0ck", &ordinary, &mut scratch));
    /// assert!(!coarse.may_hold("my glock", &ordinary, &mut scratch), "a plain reading is no disguise");
    /// ```
    #[must_use]
    pub fn may_hold(&self, text: &str, ordinary: &Ordinary, scratch: &mut CoarseScratch) -> bool {
        if self.trees.is_empty() {
            return false;
        }
        self.screen.look(text, ordinary, &mut scratch.sight, &mut scratch.found);
        if scratch.found.odd {
            return self.soft || may_be_disguised(text, ordinary);
        }
        if scratch.found.exhausted || scratch.found.phrase || !scratch.found.starts.is_empty() {
            return true;
        }
        let open = || self.trees.iter().filter(|tree| tree.key.open && tree.is_within(scratch.found.reach));
        self.others && (open().any(|tree| tree.key.soft) || (open().next().is_some() && may_be_disguised(text, ordinary)))
    }

    /// Calls `out` with every pattern and span (bytes of the original text, whole characters) that may be a disguised
    /// reading. Every span for which [`verify`](crate::verify()) says `Evasive` is among them; the same may come twice.
    ///
    /// ```
    /// use tribunal_text::{Coarse, CoarseScratch, Folds, Mode, Ordinary, Pattern, Prepared};
    ///
    /// let ordinary = Ordinary::shipped();
    /// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
    /// let coarse = Coarse::build([(0, &glock)].into_iter());
    /// let mut field = Prepared::new();
    /// field.prepare("g.l.o.c.k for sale", &ordinary);
    /// let mut verified = Vec::new();
    /// let searched = coarse.candidates(&field, &ordinary, &mut CoarseScratch::new(), &mut |_, span| {
    ///     if tribunal_text::verify(&glock, &field, span.clone(), &ordinary) == tribunal_text::Reading::Evasive {
    ///         verified.push(span);
    ///     }
    /// });
    /// verified.dedup();
    /// assert_eq!((searched, verified), (Ok(()), vec![0..9]));
    /// ```
    ///
    /// # Errors
    ///
    /// [`LimitReached`] when the text is beyond [`CAPS`]; what was reported before still stands.
    pub fn candidates(
        &self,
        field: &Prepared,
        ordinary: &Ordinary,
        scratch: &mut CoarseScratch,
        out: &mut impl FnMut(u32, Range<u32>),
    ) -> Result<(), LimitReached> {
        if self.trees.is_empty() || (!self.soft && !field.may_have_marks()) {
            return Ok(());
        }
        self.screen.look(field.text(), ordinary, &mut scratch.sight, &mut scratch.found);
        self.candidates_after_look(field, scratch, out)
    }

    /// As [`Coarse::candidates`], for the text that [`Coarse::may_hold`] was asked about last with this scratch: it is not
    /// looked at once more.
    ///
    /// ```
    /// use tribunal_text::{Coarse, CoarseScratch, Folds, Mode, Ordinary, Pattern, Prepared};
    ///
    /// let ordinary = Ordinary::shipped();
    /// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
    /// let coarse = Coarse::build([(0, &glock)].into_iter());
    /// let (mut field, mut scratch, mut found) = (Prepared::new(), CoarseScratch::new(), Vec::new());
    /// if coarse.may_hold("my gl0ck", &ordinary, &mut scratch) {
    ///     field.prepare("my gl0ck", &ordinary);
    ///     coarse.candidates_after_look(&field, &mut scratch, &mut |id, span| found.push((id, span))).expect("a short text");
    /// }
    /// assert!(found.contains(&(0, 3..8)));
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Coarse::candidates`].
    pub fn candidates_after_look(&self, field: &Prepared, scratch: &mut CoarseScratch, out: &mut impl FnMut(u32, Range<u32>)) -> Result<(), LimitReached> {
        if self.trees.is_empty() || (!self.soft && !field.may_have_marks()) {
            return Ok(());
        }
        scratch.visited = 0;
        if scratch.found.exhausted {
            return Err(LimitReached);
        }
        let screened = !scratch.found.odd;
        for tree in &self.trees {
            if screened && tree.key.open && !tree.is_within(scratch.found.reach) {
                continue;
            }
            let screened = screened && !tree.key.open;
            // A term of several words begins before the word that was found, and one that shows nowhere just somewhere.
            let anywhere = tree.key.several || tree.key.soft;
            if screened && (if anywhere { !scratch.found.phrase } else { scratch.found.starts.is_empty() }) {
                continue;
            }
            let screened = screened && !anywhere;
            let marked = field.marked(tree.kind);
            if !marked.any_mark && !tree.key.soft {
                continue;
            }
            scratch.passed = 0;
            Walk { tree, marked, text: field.text(), scratch, start: 0, next_mark: 0, screened }.run(out)?;
        }
        Ok(())
    }
}

/// A [`Coarse`] being built, one pattern at a time: none has to be kept.
///
/// ```
/// use tribunal_text::{CoarseDraft, CoarseScratch, Folds, Mode, Ordinary, Pattern};
///
/// let mut draft = CoarseDraft::new(true);
/// draft.add(0, &Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left"));
/// draft.add(1, &Pattern::new("seggs", Mode::Word, Folds::EVASIVE, false).expect("letters are left"));
/// assert!(draft.finish().may_hold("my gl0ck", &Ordinary::shipped(), &mut CoarseScratch::new()));
/// ```
#[derive(Debug, Default)]
pub struct CoarseDraft {
    screened: bool,
    trees: BTreeMap<Key, (ViewKind, Draft)>,
    screen: screen::Draft,
    strings: Strings,
}

impl CoarseDraft {
    /// Of nothing yet; `screen`: behind a first look, as [`Coarse::build`].
    ///
    /// ```
    /// assert!(tribunal_text::CoarseDraft::new(true).finish().is_empty());
    /// ```
    #[must_use]
    pub fn new(screen: bool) -> CoarseDraft {
        CoarseDraft { screened: screen, ..CoarseDraft::default() }
    }

    fn of<'p>(patterns: impl Iterator<Item = (u32, &'p Pattern)>, screen: bool) -> Coarse {
        let mut draft = CoarseDraft::new(screen);
        patterns.for_each(|(id, pattern)| draft.add(id, pattern));
        draft.finish()
    }

    /// Takes up a pattern; those without directed folds, and those too long to be sought in disguise, are left out.
    ///
    /// ```
    /// use tribunal_text::{CoarseDraft, Folds, Mode, Pattern};
    ///
    /// let mut draft = CoarseDraft::new(true);
    /// draft.add(0, &Pattern::new("glock", Mode::Word, Folds::PLAIN, false).expect("letters are left"));
    /// assert!(draft.finish().is_empty());
    /// ```
    pub fn add(&mut self, id: u32, pattern: &Pattern) {
        let items = pattern.items();
        if items.list.is_empty() {
            return;
        }
        let kind = pattern.kind();
        let open = !(self.screened && screen::takes(pattern));
        let key = Key {
            open,
            reach: if open && self.screened { Reach::of_term(items) } else { Reach::ALL },
            kind: kind.number(),
            turkish: kind.turkish,
            soft: items.has_soft_gap(),
            edge: pattern.first_edge() && pattern.mode() != Mode::Whole,
            several: items.list.iter().any(|i| matches!(i, Item::Space | Item::Gap { .. })),
        };
        if !open {
            self.screen.add(pattern);
        }
        let draft = &mut self.trees.entry(key).or_insert_with(|| (kind, Draft::default())).1;
        for string in self.strings.of(&items.list) {
            draft.insert(string, id);
        }
    }

    /// All of them, ready.
    ///
    /// ```
    /// use tribunal_text::{CoarseDraft, Folds, Mode, Pattern};
    ///
    /// let mut draft = CoarseDraft::new(true);
    /// draft.add(0, &Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left"));
    /// assert!(!draft.finish().is_empty());
    /// ```
    #[must_use]
    pub fn finish(self) -> Coarse {
        let trees: Vec<Tree> = self.trees.into_iter().map(|(key, (kind, draft))| draft.finish(key, kind)).collect();
        let soft = trees.iter().any(|t| t.key.soft);
        let others = trees.iter().any(|t| t.key.open);
        Coarse { trees, soft, screen: self.screen.finish(others && self.screened), others }
    }
}

impl CoarseScratch {
    /// Empty memory.
    ///
    /// ```
    /// assert_eq!(tribunal_text::CoarseScratch::new().work(), tribunal_text::Work::default());
    /// ```
    #[must_use]
    pub fn new() -> CoarseScratch {
        CoarseScratch::default()
    }

    /// What was done so far with this memory.
    ///
    /// ```
    /// use tribunal_text::{Coarse, CoarseScratch, Ordinary};
    ///
    /// let mut scratch = CoarseScratch::new();
    /// Coarse::default().may_hold("my gl0ck", &Ordinary::shipped(), &mut scratch);
    /// assert_eq!(scratch.work().keys, 0, "no terms, no work");
    /// ```
    #[must_use]
    pub fn work(&self) -> Work {
        let Found { places, steps, keys, held, .. } = self.found;
        Work { places, steps, keys, held, states: self.states, candidates: self.reported }
    }

    /// Classifies the bytes of texts with `by`, which says the same as [`classify`](crate::classify()): a caller that has
    /// the instructions for it is faster.
    ///
    /// ```
    /// tribunal_text::CoarseScratch::new().classify_with(tribunal_text::classify);
    /// ```
    pub fn classify_with(&mut self, by: Classify) {
        self.sight.classify_with(by);
    }

    fn begin(&mut self) {
        self.stack.clear();
        self.noted = 0;
        if self.seen.is_empty() {
            self.seen.resize(SEEN, (0, 0, 0));
        }
        self.epoch = self.epoch.wrapping_add(1);
        if self.epoch == 0 {
            self.seen.fill((0, 0, 0));
            self.epoch = 1;
        }
    }

    /// Whether a state is met for the first time since [`CoarseScratch::begin`].
    fn first_time(&mut self, node: u32, unit: u32) -> bool {
        let mask = self.seen.len() - 1;
        let mut at = (node.wrapping_mul(0x9e37_79b1) ^ unit.wrapping_mul(0x85eb_ca6b)) as usize >> 7;
        loop {
            at &= mask;
            let Some(slot) = self.seen.get_mut(at) else { return true };
            if slot.0 != self.epoch {
                // A full table would be searched for ever; the walk stops soon after.
                if self.noted < SEEN / 2 {
                    *slot = (self.epoch, node, unit);
                    self.noted += 1;
                }
                return true;
            }
            if (slot.1, slot.2) == (node, unit) {
                return false;
            }
            at += 1;
        }
    }
}
