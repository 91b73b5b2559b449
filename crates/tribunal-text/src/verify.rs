//! Whether a span is a disguised reading of a term.
//!
//! The search walks term and text together. A relaxed walk from the end first marks the places from which the end can be
//! reached at all; the exact walk then follows only those, with a budget for hostile texts.

use crate::items::Item;
use crate::pattern::Pattern;
use crate::plain::{edges_hold, matches_in};
use crate::prepared::{Arc, Marked, Prepared};
use crate::view::{FIRST, LAST};
use crate::word_checks::{self, Outcome};
use crate::{Folds, Guard, Ordinary, glyph, props, twins, whole};
use std::ops::Range;

/// Longest disguised reading, in folded characters of the text, separators included.
pub(crate) const MAX_SPAN_UNITS: usize = 256;

/// Steps that the exact walk may take for one span. Ordinary disguises take tens; a text with more ways to be read than
/// this is no reading of the term.
const BUDGET: u32 = 4_000;

/// Ways to read a letter at one place, at most: itself, three sequences, a reference, a mask.
const WAYS: usize = 6;

/// What a span is to a term.
///
/// ```
/// use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, Guard, Reading, verify};
///
/// let (ordinary, mut field) = (Ordinary::shipped(), Prepared::new());
/// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
/// let mut read = |text: &str| {
///     field.prepare(text, &ordinary);
///     verify(&glock, &field, 0..u32::try_from(text.len()).expect("short"), &ordinary)
/// };
/// assert_eq!(read("gl0ck"), Reading::Evasive);
/// assert_eq!(read("glock"), Reading::No, "nothing is disguised");
/// assert_eq!(read("glockk"), Reading::Refused(Guard::Doubling));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// No disguised reading; perhaps a plain one.
    No,
    /// A disguised reading that a guard refuses.
    Refused(Guard),
    /// A disguised reading.
    Evasive,
}

/// How a piece of the text was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Direct,
    LookAlike(glyph::Strength),
    Leet,
    Sequence,
    Mask,
    Separator,
    /// A mark that a look-alike carries, or one that many writers leave out.
    Skip,
}

/// One step of an alignment: units `from..to` of the view were read as item `item`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) item: usize,
    pub(crate) how: How,
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// A repetition of the letter before.
    pub(crate) stretch: bool,
    /// Read through a character reference.
    pub(crate) entity: bool,
}

/// Memory of the search.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    reach: Vec<u64>,
    steps: Vec<Step>,
    pub(crate) word: String,
}

/// Whether exactly the bytes `span` of the field are a disguised reading of the term: one that needs a directed fold,
/// with both edges where the mode wants them. A plain reading is `No` here; [`plain_match`](crate::plain_match) answers it.
///
/// ```
/// use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, Reading, verify};
///
/// let (ordinary, mut field) = (Ordinary::shipped(), Prepared::new());
/// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
/// field.prepare("my g l 0 c k!", &ordinary);
/// assert_eq!(verify(&glock, &field, 3..12, &ordinary), Reading::Evasive);
/// assert_eq!(verify(&glock, &field, 3..10, &ordinary), Reading::No);
/// ```
#[must_use]
pub fn verify(pattern: &Pattern, field: &Prepared, span: Range<u32>, ordinary: &Ordinary) -> Reading {
    if pattern.items().list.is_empty() {
        return Reading::No;
    }
    let marked = field.marked(pattern.kind());
    let Some(range) = marked.view.range_of(&span) else { return Reading::No };
    let units = marked.view.units.get(range.clone()).unwrap_or_default();
    let whole = units.first().is_some_and(|u| u.flags & FIRST != 0) && units.last().is_some_and(|u| u.flags & LAST != 0);
    if !whole || units.len() > MAX_SPAN_UNITS || !edges_hold(pattern, field.text(), &span, field.is_element()) {
        return Reading::No;
    }
    let twin = twins::read(pattern, field, &range, &span, ordinary);
    if twin == Reading::Evasive {
        return twin;
    }
    let Ok(mut scratch) = field.scratch.try_borrow_mut() else { return Reading::No };
    let mut search = Search { pattern, field, marked, range, ordinary, budget: BUDGET, refused: None, span };
    match search.run(&mut scratch) {
        Reading::No => twin,
        found => found,
    }
}

/// One search: a pattern on a span.
pub(crate) struct Search<'a> {
    pub(crate) pattern: &'a Pattern,
    pub(crate) field: &'a Prepared,
    pub(crate) marked: &'a Marked,
    pub(crate) range: Range<usize>,
    pub(crate) ordinary: &'a Ordinary,
    pub(crate) span: Range<u32>,
    budget: u32,
    refused: Option<Guard>,
}

impl Search<'_> {
    fn run(&mut self, scratch: &mut Scratch) -> Reading {
        if !self.begins() || !self.shows_a_letter() || self.cuts_a_reference() {
            return Reading::No;
        }
        self.reach(&mut scratch.reach);
        if scratch.reach.first().is_none_or(|bits| bits & 1 == 0) {
            return Reading::No;
        }
        if matches_in(self.pattern, &self.marked.view, self.field.text(), self.span.clone(), self.field.is_element()) {
            return Reading::No;
        }
        scratch.steps.clear();
        let found = self.walk(scratch, 0, self.range.start);
        match (found, self.refused) {
            (true, _) => Reading::Evasive,
            (false, Some(guard)) => Reading::Refused(guard),
            (false, None) => Reading::No,
        }
    }

    /// Whether the first letter of the term can be read at the first unit, as every reading begins.
    fn begins(&self) -> bool {
        let Some(Item::Letter(letter, _)) = self.pattern.items().list.first() else { return true };
        let mut any = false;
        self.ways(self.range.start, *letter, |_, _, _| any = true);
        any || self.long_reference(0, self.range.start).is_some()
    }

    /// Whether the span begins or ends inside a character reference (`L&amp` of `L&amp;O`), which is one character.
    fn cuts_a_reference(&self) -> bool {
        let inside = |u: usize| self.marked.arc_around(u).is_some();
        self.has(Folds::ENTITIES) && (inside(self.range.start) || inside(self.range.end))
    }

    /// Whether the span shows a letter, as every reading of a term with letters does.
    fn shows_a_letter(&self) -> bool {
        let wanted = self.pattern.items().list.iter().any(|i| matches!(i, Item::Letter(c, _) if props::is_letter(*c)));
        let letter = |i: usize| props::is_letter(self.marked.ch(i));
        !wanted || self.range.clone().any(|i| letter(i) || self.marked.arc_at(i).is_some())
    }

    fn has(&self, fold: Folds) -> bool {
        self.pattern.folds().contains(fold)
    }

    fn refuse(&mut self, guard: Guard) {
        self.refused = Some(self.refused.map_or(guard, |g| g.min(guard)));
    }

    /// How a character of the text may be read as a letter of the term.
    fn reads(&self, original: char, folded: char, letter: char) -> Option<How> {
        if folded == letter {
            return Some(How::Direct);
        }
        if self.has(Folds::CONFUSABLES)
            && let Some(strength) = glyph::resembles(original, folded, letter, self.has(Folds::CASE))
        {
            return Some(How::LookAlike(strength));
        }
        (self.has(Folds::LEET) && glyph::is_leet_for(folded, letter)).then_some(How::Leet)
    }

    /// Every way to read a letter at unit `u`, with the number of units it takes and whether it is a character reference.
    fn ways(&self, u: usize, letter: char, mut f: impl FnMut(How, usize, bool)) {
        let end = self.range.end;
        let (folded, original) = (self.marked.ch(u), self.marked.original(self.field.text(), u));
        if let Some(how) = self.reads(original, folded, letter) {
            f(how, 1, false);
        }
        if self.has(Folds::LEET) && glyph::starts_sequence(folded) {
            for (sequence, stands_for) in glyph::sequences() {
                // Signs have no case; letters stand for a letter of their own.
                let signs = || !sequence.bytes().any(|b| b.is_ascii_alphabetic());
                let stands = *stands_for == letter || (*stands_for == letter.to_ascii_lowercase() && signs());
                if stands && u + sequence.len() <= end && self.marked.sequence_at(u, sequence) {
                    f(How::Sequence, sequence.len(), false);
                }
            }
        }
        if let Some(arc) = self.reference_at(u).filter(|arc| !arc.is_long())
            && let Some(how) = self.reads(arc.original, arc.folded, letter)
        {
            f(how, arc.len, true);
        }
        if self.has(Folds::MASK) && glyph::is_mask(folded) && props::is_letter(letter) {
            f(How::Mask, 1, false);
        }
    }

    /// Length in units of the separator at `u`, if one may stand inside a word there.
    fn separator(&self, u: usize) -> Option<usize> {
        if !self.has(Folds::SEPARATORS) && !self.has(Folds::ENTITIES) {
            return None;
        }
        if let Some(arc) = self.reference_at(u) {
            let between = !props::is_lmd(arc.folded) && (self.has(Folds::SEPARATORS) || props::is_default_ignorable(arc.folded));
            return between.then_some(arc.len);
        }
        let group = self.group(u);
        // A joiner inside an emoji is part of the separator; an invisible alone is none.
        let between = group.clone().all(|i| !props::is_lmd(self.marked.ch(i)));
        let seen = group.clone().any(|i| !props::is_default_ignorable(self.marked.ch(i)));
        (self.has(Folds::SEPARATORS) && between && seen).then_some(group.len())
    }

    /// The whole group that begins at unit `u`, inside the span.
    pub(crate) fn group(&self, u: usize) -> Range<usize> {
        let rest = self.marked.view.units.get(u..self.range.end).unwrap_or_default();
        let len = rest.iter().position(|x| x.flags & LAST != 0).map_or(rest.len(), |n| n + 1);
        u..u + len.max(1)
    }

    /// Marks, from the end, every (unit, item) from which the end can be reached when all conditions are left out.
    fn reach(&self, reach: &mut Vec<u64>) {
        let items = &self.pattern.items().list;
        let (start, end) = (self.range.start, self.range.end);
        reach.clear();
        reach.resize(end - start + 1, 0);
        let at = |reach: &[u64], u: usize| reach.get(u - start).copied().unwrap_or(0);
        for u in (start..=end).rev() {
            let mut bits: u64 = if u == end { 1 << items.len() } else { 0 };
            for s in (0..=items.len()).rev() {
                let on = |n: usize, s: usize| u + n <= end && at(reach, u + n) & (1 << s) != 0;
                let mut here = false;
                if u < end {
                    here = self.relaxed_step(u, s, &on);
                }
                let optional = matches!(items.get(s), Some(Item::Glue | Item::Gap { soft: true }));
                if here || (optional && bits & (1 << (s + 1)) != 0) {
                    bits |= 1 << s;
                }
            }
            if self.pattern.items().has_clusters() && self.has(Folds::REPEATS) {
                // A letter of several steps may be read once more, from its first step on.
                for s in 1..=items.len() {
                    if self.pattern.items().cluster_before(s).is_some_and(|cluster| bits & (1 << cluster.start) != 0) {
                        bits |= 1 << s;
                    }
                }
            }
            if let Some(slot) = reach.get_mut(u - start) {
                *slot = bits;
            }
        }
    }

    fn relaxed_step(&self, u: usize, s: usize, on: &impl Fn(usize, usize) -> bool) -> bool {
        let items = &self.pattern.items().list;
        let ch = self.marked.ch(u);
        let mut here = match items.get(s) {
            Some(Item::Letter(letter, _)) => {
                let mut any = false;
                self.ways(u, *letter, |how, n, _| {
                    any |= on(n, s + 1) || (how == How::Mask && on(n, self.pattern.items().letter_from(s).end));
                });
                any |= self.long_reference(s, u).is_some_and(|(n, steps)| on(n, s + steps));
                any
            }
            Some(Item::Literal(c)) => (*c == ch && on(1, s + 1)) || self.sign_reference(u).is_some_and(|(sign, n)| sign == *c && on(n, s + 1)),
            Some(Item::Space) => self.relaxed_gap(u, s, props::is_white_space, on),
            Some(Item::Gap { .. }) => self.relaxed_gap(u, s, |c| !props::is_lmd(c), on),
            Some(Item::Glue) => ch == '_' && on(1, s + 1),
            None => false,
        };
        if let Some(Item::Letter(letter, _)) = s.checked_sub(1).and_then(|p| items.get(p)) {
            here |= self.separator(u).is_some_and(|n| on(n, s));
            here |= (props::is_droppable_mark(ch) || glyph::is_optional(ch)) && on(1, s);
            if self.has(Folds::REPEATS) {
                self.ways(u, *letter, |_, n, _| here |= on(n, s));
            }
        }
        here
    }

    fn relaxed_gap(&self, u: usize, s: usize, of: fn(char) -> bool, on: &impl Fn(usize, usize) -> bool) -> bool {
        let passes = |n: usize| on(n, s + 1) || on(n, s);
        (self.is_of_gap(u, of) && passes(1)) || self.sign_reference(u).is_some_and(|(sign, n)| of(sign) && passes(n))
    }

    /// The reference at unit `u`, which is one character: nothing of it is read by itself.
    fn reference_at(&self, u: usize) -> Option<&Arc> {
        if self.marked.ch(u) != '&' || !self.has(Folds::ENTITIES) {
            return None;
        }
        self.marked.arc_at(u).filter(|arc| u + arc.len <= self.range.end)
    }

    /// Whether the character at `u` is one of a gap, and not the first of a reference.
    fn is_of_gap(&self, u: usize, of: fn(char) -> bool) -> bool {
        of(self.marked.ch(u)) && self.reference_at(u).is_none()
    }

    /// The character of a reference at unit `u` that is no letter, mark or digit, and is seen; its length in units.
    fn sign_reference(&self, u: usize) -> Option<(char, usize)> {
        let arc = self.reference_at(u).filter(|arc| !arc.is_long())?;
        (!props::is_lmd(arc.folded) && !props::is_default_ignorable(arc.folded)).then_some((arc.folded, arc.len))
    }

    /// The exact walk from item `s` at unit `u`; the steps so far are in `scratch.steps`.
    fn walk(&mut self, scratch: &mut Scratch, s: usize, u: usize) -> bool {
        let reachable = scratch.reach.get(u - self.range.start).is_some_and(|bits| bits & (1 << s) != 0);
        if !reachable || self.budget == 0 {
            return false;
        }
        self.budget -= 1;
        let pattern = self.pattern;
        let items = pattern.items();
        let word = s.checked_sub(1).and_then(|p| items.word_of(p));
        let leaving = word.is_some() && items.word_of(s) != word;
        if word.is_some() && self.inside_word(scratch, s, u, leaving) {
            return true;
        }
        if leaving {
            self.budget = self.budget.saturating_sub(u32::try_from(scratch.steps.len() / 8).unwrap_or(0));
            match word_checks::check(self, scratch, word.map_or(0, usize::from)) {
                Outcome::Not => return false,
                Outcome::Refused(guard) => {
                    self.refuse(guard);
                    return false;
                }
                Outcome::Fine => {}
            }
        }
        match items.list.get(s) {
            None => u == self.range.end && self.accept(scratch),
            Some(Item::Letter(letter, _)) => self.letter(scratch, s, u, *letter, false),
            Some(Item::Literal(c)) => self.literal(scratch, s, u, *c),
            Some(Item::Glue) => {
                self.walk(scratch, s + 1, u) || (u < self.range.end && self.marked.ch(u) == '_' && self.take(scratch, s, u, 1, How::Direct, s + 1))
            }
            Some(Item::Space) => self.run_of(scratch, s, u, props::is_white_space, 1),
            Some(Item::Gap { soft }) => self.run_of(scratch, s, u, |c| !props::is_lmd(c), usize::from(!*soft)),
        }
    }

    fn literal(&mut self, scratch: &mut Scratch, s: usize, u: usize, c: char) -> bool {
        if u >= self.range.end {
            return false;
        }
        let reference = self.sign_reference(u).filter(|(sign, _)| *sign == c);
        (self.marked.ch(u) == c && self.take(scratch, s, u, 1, How::Direct, s + 1))
            || reference.is_some_and(|(_, n)| self.take(scratch, s, u, n, How::Direct, s + 1))
    }

    /// A run of at least `least` characters between words, longest first.
    fn run_of(&mut self, scratch: &mut Scratch, s: usize, u: usize, of: fn(char) -> bool, least: usize) -> bool {
        let longest = (u..self.range.end).take_while(|i| self.is_of_gap(*i, of)).count();
        (self.has(Folds::ENTITIES) && self.run_with_references(scratch, s, u, of, u + longest))
            || (least..=longest).rev().any(|n| self.walk(scratch, s + 1, u + n))
    }

    /// Runs from `u` on that end behind `beyond`, as those with character references do.
    fn run_with_references(&mut self, scratch: &mut Scratch, s: usize, u: usize, of: fn(char) -> bool, beyond: usize) -> bool {
        if u >= self.range.end {
            return u > beyond && self.walk(scratch, s + 1, u);
        }
        let reference = self.sign_reference(u).filter(|(sign, _)| of(*sign)).map(|(_, n)| n);
        let next = reference.or_else(|| self.is_of_gap(u, of).then_some(1));
        next.is_some_and(|n| self.run_with_references(scratch, s, u + n, of, beyond)) || (u > beyond && self.walk(scratch, s + 1, u))
    }

    /// Stays inside a word that has begun: stretches its last letter, passes a separator or a mark.
    fn inside_word(&mut self, scratch: &mut Scratch, s: usize, u: usize, leaving: bool) -> bool {
        let pattern = self.pattern;
        let items = &pattern.items().list;
        if u >= self.range.end {
            return false;
        }
        let Some(Item::Letter(letter, _)) = s.checked_sub(1).and_then(|p| items.get(p)).copied() else { return false };
        let ends_run = leaving || !matches!(items.get(s), Some(Item::Letter(next, _)) if *next == letter);
        // A mask stands for one letter: what follows is no stretched part of it.
        let masked = scratch.steps.iter().rev().find(|step| !matches!(step.how, How::Separator | How::Skip)).is_some_and(|step| step.how == How::Mask);
        if self.has(Folds::REPEATS) && ends_run && !masked && props::is_letter(letter) && self.letter(scratch, s - 1, u, letter, true) {
            return true;
        }
        if ends_run
            && !masked
            && self.has(Folds::REPEATS)
            && let Some(cluster) = pattern.items().cluster_before(s)
            && self.again(scratch, cluster.start, s, u)
        {
            return true;
        }
        let carried = matches!(scratch.steps.last(), Some(Step { how: How::LookAlike(_) | How::Skip, .. }));
        let ch = self.marked.ch(u);
        let stray = || self.has(Folds::CONFUSABLES) && (glyph::is_optional(ch) || self.marked.is_stray_mark(u));
        // The mark of a voiced kana is a part of it, whatever else its base looks like.
        let voiced = || matches!(ch, '\u{3099}' | '\u{309a}') && u.checked_sub(1).is_some_and(|base| glyph::is_letter_with(self.marked.ch(base), ch));
        let passed = (carried && props::is_droppable_mark(ch) && !voiced()) || stray();
        if passed && self.take(scratch, s - 1, u, 1, How::Skip, s) {
            return true;
        }
        match self.separator(u) {
            Some(n) => self.take(scratch, s - 1, u, n, How::Separator, s),
            None => false,
        }
    }

    /// A reference at unit `u` whose character folds to just the items from `s` on: its length, and how many they are.
    fn long_reference(&self, s: usize, u: usize) -> Option<(usize, usize)> {
        let arc = self.reference_at(u).filter(|arc| arc.is_long())?;
        let items = self.pattern.items().list.get(s..)?;
        let reads = |(at, c): (usize, char)| matches!(items.get(at), Some(Item::Letter(letter, _)) if *letter == c);
        let all = || std::iter::once(arc.folded).chain(arc.more());
        all().enumerate().all(reads).then(|| (arc.len, all().count()))
    }

    /// Reads several items from `s` on by one reference.
    fn reference(&mut self, scratch: &mut Scratch, s: usize, u: usize) -> bool {
        let Some((n, steps)) = self.long_reference(s, u) else { return false };
        for item in s..s + steps {
            let from = if item == s { u } else { u + n };
            scratch.steps.push(Step { item, how: How::Direct, from, to: u + n, stretch: false, entity: true });
        }
        let done = self.walk(scratch, s + steps, u + n);
        scratch.steps.truncate(scratch.steps.len().saturating_sub(steps));
        done
    }

    /// Reads the letter that ends before item `s` once more, from its step `at` on.
    fn again(&mut self, scratch: &mut Scratch, at: usize, s: usize, u: usize) -> bool {
        if at == s {
            return self.walk(scratch, s, u);
        }
        let pattern = self.pattern;
        let Some(Item::Letter(letter, _)) = pattern.items().list.get(at).copied() else { return false };
        if u >= self.range.end || self.budget == 0 {
            return false;
        }
        self.budget -= 1;
        let mut found: [Option<(How, usize, bool)>; WAYS] = [None; WAYS];
        let mut count = 0;
        self.ways(u, letter, |how, n, entity| {
            if how != How::Mask
                && let Some(slot) = found.get_mut(count)
            {
                *slot = Some((how, n, entity));
                count += 1;
            }
        });
        for (how, n, entity) in found.into_iter().flatten() {
            scratch.steps.push(Step { item: at, how, from: u, to: u + n, stretch: true, entity });
            let done = self.again(scratch, at + 1, s, u + n);
            scratch.steps.pop();
            if done {
                return true;
            }
        }
        false
    }

    /// Reads item `s` at unit `u` in every way it can be.
    fn letter(&mut self, scratch: &mut Scratch, s: usize, u: usize, letter: char, stretch: bool) -> bool {
        if u >= self.range.end {
            return false;
        }
        if !stretch && self.reference(scratch, s, u) {
            return true;
        }
        let mut found: [Option<(How, usize, bool)>; WAYS] = [None; WAYS];
        let mut count = 0;
        self.ways(u, letter, |how, n, entity| {
            if !(stretch && how == How::Mask)
                && let Some(slot) = found.get_mut(count)
            {
                *slot = Some((how, n, entity));
                count += 1;
            }
        });
        for (how, n, entity) in found.into_iter().flatten() {
            scratch.steps.push(Step { item: s, how, from: u, to: u + n, stretch, entity });
            let whole = self.pattern.items().letter_from(s).end;
            // A mask stands for a letter with its marks, or for the letter alone.
            let done = (how == How::Mask && whole > s + 1 && self.walk(scratch, whole, u + n)) || self.walk(scratch, s + 1, u + n);
            scratch.steps.pop();
            if done {
                return true;
            }
        }
        false
    }

    fn take(&mut self, scratch: &mut Scratch, item: usize, u: usize, n: usize, how: How, next: usize) -> bool {
        let entity = how == How::Separator && self.marked.arc_at(u).is_some_and(|a| a.len == n);
        scratch.steps.push(Step { item, how, from: u, to: u + n, stretch: false, entity });
        let done = self.walk(scratch, next, u + n);
        scratch.steps.pop();
        done
    }

    /// The guards that judge the whole reading.
    fn accept(&mut self, scratch: &mut Scratch) -> bool {
        match whole::check(self, scratch) {
            Some(guard) => {
                self.refuse(guard);
                false
            }
            None => true,
        }
    }
}

impl Scratch {
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }
}

/// The smallest set of folds, by size and then by fold order, under which the span is a reading of the term, plain or
/// disguised; the empty set also when it is no reading at all. Plain folds are named too: `Glock` needs `case`.
///
/// ```
/// use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, undone};
///
/// let (ordinary, mut field) = (Ordinary::shipped(), Prepared::new());
/// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
/// field.prepare("GL0CK", &ordinary);
/// assert_eq!(undone(&glock, &field, 0..5, &ordinary), Folds::CASE.union(Folds::LEET));
/// field.prepare("glock", &ordinary);
/// assert_eq!(undone(&glock, &field, 0..5, &ordinary), Folds::NONE);
/// ```
#[must_use]
pub fn undone(pattern: &Pattern, field: &Prepared, span: Range<u32>, ordinary: &Ordinary) -> Folds {
    let reads = |folds: Folds| {
        let Ok(narrow) = pattern.with_folds(folds) else { return false };
        let view = field.view(narrow.kind());
        matches_in(&narrow, view, field.text(), span.clone(), field.is_element()) || verify(&narrow, field, span.clone(), ordinary) == Reading::Evasive
    };
    // A plain reading needs no directed fold, and most hits are plain.
    let plain = matches_in(pattern, field.view(pattern.kind()), field.text(), span.clone(), field.is_element());
    let among = if plain { pattern.folds().plain() } else { pattern.folds() };
    among.subsets().find(|folds| (plain || !folds.directed().is_empty()) && reads(*folds)).unwrap_or(Folds::NONE)
}
