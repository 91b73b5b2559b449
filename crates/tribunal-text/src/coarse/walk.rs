//! The walk of one tree over one field, from every start at which a disguised reading may begin.

use super::tree::{BOUNDARY, LITERAL, OPTIONAL, Tree};
use super::{CAPS, Class, CoarseScratch, LimitReached, SEEN};
use crate::items::continues;
use crate::prepared::{Arc, Marked};
use crate::verify::MAX_SPAN_UNITS;
use crate::view::{FIRST, LAST};
use crate::{edge_before, glyph, props};
use std::ops::Range;

/// Added to a node that was come to by reading something.
const ARRIVED: u32 = 1 << 31;
/// How many of one sign in a row are read one by one.
const RUN: usize = 8;

/// The walk of one tree over one field.
pub(super) struct Walk<'a> {
    pub(super) tree: &'a Tree,
    pub(super) marked: &'a Marked,
    pub(super) text: &'a str,
    pub(super) scratch: &'a mut CoarseScratch,
    pub(super) start: usize,
    pub(super) next_mark: usize,
    /// Only what the screen found is a start.
    pub(super) screened: bool,
}

impl Walk<'_> {
    pub(super) fn run(&mut self, out: &mut impl FnMut(u32, Range<u32>)) -> Result<(), LimitReached> {
        let count = self.marked.view.units.len();
        let budget = count * CAPS.states_per_unit + CAPS.states_per_field;
        self.next_mark = self.mark_from(0);
        let (mut token_end, mut run_end) = (0, 0);
        let most = self.scratch.reported + CAPS.candidates as u64;
        for start in 0..count {
            if self.next_mark < start {
                self.next_mark = self.mark_from(start);
            }
            if self.next_mark == usize::MAX && !self.tree.key.soft {
                break;
            }
            if token_end <= start {
                token_end = (start..count).find(|i| props::is_white_space(self.marked.ch(*i))).unwrap_or(count).max(start + 1);
            }
            self.start = start;
            if run_end <= start {
                run_end = self.run_end(start, count);
            }
            // A run that no reading leaves shows no letter.
            if run_end - start >= MAX_SPAN_UNITS && is_sign(self.marked.ch(start)) {
                continue;
            }
            if (self.screened && !self.is_found()) || !self.may_start(token_end) {
                continue;
            }
            self.walk_on(out)?;
            if self.scratch.visited > budget || self.scratch.reported > most {
                return Err(LimitReached);
            }
        }
        Ok(())
    }

    /// Where the run of one character ends that goes on at `from`; not beyond `most`.
    fn run_end(&self, from: usize, most: usize) -> usize {
        let ch = self.marked.ch(from);
        let rest = self.marked.view.units.get(from..most).unwrap_or_default();
        from + rest.iter().position(|u| u.ch != ch).unwrap_or(rest.len())
    }

    /// The next place worth a state. All of a run of one sign reads alike, so that its first (read by now) and its last few
    /// stand for the whole.
    fn jump(&self, next: usize) -> usize {
        let ch = self.marked.ch(next);
        let same = |n: usize| self.marked.ch(n) == ch;
        if !(next > self.start && same(next - 1) && same(next + 1) && same(next + RUN) && is_sign(ch)) {
            return next;
        }
        let end = self.run_end(next, (self.start + MAX_SPAN_UNITS + RUN).min(self.marked.view.units.len()));
        if end > next + RUN { end - RUN / 2 } else { next }
    }

    /// Whether the screen found the start. Nothing is reversed where it looks, so that places ascend.
    fn is_found(&mut self) -> bool {
        let Some(start) = self.marked.view.units.get(self.start).map(|u| u.start) else { return false };
        let starts = &self.scratch.found.starts;
        while starts.get(self.scratch.passed).is_some_and(|(_, to)| *to <= start) {
            self.scratch.passed += 1;
        }
        starts.iter().skip(self.scratch.passed).take_while(|(from, _)| *from <= start).any(|(_, to)| start < *to)
    }

    fn mark_from(&self, from: usize) -> usize {
        let rest = self.marked.marks.get(from..).unwrap_or_default();
        rest.iter().position(|m| *m).map_or(usize::MAX, |n| n + from)
    }

    /// Whether a reading may begin at the start: a whole group, edges as wanted, a mark within reach.
    fn may_start(&self, token_end: usize) -> bool {
        let Some(unit) = self.marked.view.units.get(self.start) else { return false };
        if unit.flags & FIRST == 0 || !self.begins(unit.ch) || props::is_white_space(unit.ch) {
            return false;
        }
        if self.tree.key.edge && !self.marked.view.is_reversed() && edge_before(self.text, unit.start as usize) {
            return false;
        }
        if self.tree.key.soft {
            return true;
        }
        let distance = self.next_mark.saturating_sub(self.start);
        // One word crosses white space only as a chain, whose first letter stands alone.
        distance < MAX_SPAN_UNITS && (self.tree.key.several || distance < token_end - self.start || self.alone_after(self.start))
    }

    /// Whether some term may begin with what an ASCII letter or digit stands for: settles most starts.
    fn begins(&self, ch: char) -> bool {
        if ch == ' ' {
            return false;
        }
        !ch.is_ascii_alphanumeric()
            || !self.marked.ascii
            || glyph::starts_sequence(ch)
            || self.tree.child(0, glyph::class(ch)).is_some_and(|child| self.goes_on(child, self.marked.ch(self.start + 1)))
    }

    /// Whether a term goes on from a node with what an ASCII letter or digit stands for, or ends there: settles most of the
    /// other starts.
    fn goes_on(&self, node: u32, ch: char) -> bool {
        if !ch.is_ascii_alphanumeric() || glyph::starts_sequence(ch) {
            return true;
        }
        let (known, class) = (self.tree.node(node), glyph::class(ch));
        let ends = known.ids.0 < known.ids.1;
        ends || known.class == class || self.tree.child(node, class).is_some() || self.tree.child(node, OPTIONAL).is_some()
    }

    /// Whether what is read from `u` on may be one letter of a chain: nothing of a word follows it but marks. Marks count
    /// as no letters of a chain, so they may also stand before it, or alone.
    fn alone_after(&self, u: usize) -> bool {
        // What of a word goes on at `from`, marks aside. A reading does not reach beyond so many marks.
        let next = |from: usize| {
            let i = (from..from + MAX_SPAN_UNITS).find(|i| !continues(self.marked.ch(*i)))?;
            props::is_lmd(self.marked.ch(i)).then_some(i)
        };
        let Some(letter) = next(u) else { return true };
        next(letter + 1).is_none() || (self.pair_at(letter) && next(letter + 2).is_none())
    }

    /// Whether what is read up to `u` may be one letter of a chain, as [`Walk::alone_after`].
    fn alone_before(&self, u: usize) -> bool {
        let last = |end: usize| {
            let i = (end.saturating_sub(MAX_SPAN_UNITS)..end).rev().find(|i| !continues(self.marked.ch(*i)))?;
            props::is_lmd(self.marked.ch(i)).then_some(i)
        };
        let Some(letter) = last(u + 1) else { return true };
        last(letter).is_none() || letter.checked_sub(1).is_some_and(|first| self.pair_at(first) && last(first).is_none())
    }

    /// Whether two letters that stand for one begin at `u`.
    fn pair_at(&self, u: usize) -> bool {
        let pair = |(s, _): &(&str, char)| s.len() == 2 && self.marked.sequence_at(u, s);
        glyph::starts_sequence(self.marked.ch(u)) && glyph::sequences().iter().any(pair)
    }

    /// Whether white space at `u` may separate letters of a chain.
    fn chain_at(&self, u: usize) -> bool {
        let blank = |i: &usize| props::is_white_space(self.marked.ch(*i));
        let before = (self.start..u).rev().find(|i| !blank(i));
        let after = (u + 1..(self.start + MAX_SPAN_UNITS).min(self.marked.view.units.len())).find(|i| !blank(i));
        before.is_some_and(|i| self.alone_before(i)) && after.is_some_and(|i| self.alone_after(i))
    }

    fn walk_on(&mut self, out: &mut impl FnMut(u32, Range<u32>)) -> Result<(), LimitReached> {
        self.scratch.begin();
        let mut states = 0;
        self.scratch.stack.push((0, u32::try_from(self.start).unwrap_or(u32::MAX)));
        while let Some((node, u)) = self.scratch.stack.pop() {
            states += 1;
            if states > CAPS.states_per_start || self.scratch.noted >= SEEN / 2 {
                return Err(LimitReached);
            }
            let u = u as usize;
            if u >= self.marked.view.units.len() {
                continue;
            }
            if u - self.start >= MAX_SPAN_UNITS {
                // Separators without end are no disguise; a word stretched beyond the limit is one that is not judged.
                if self.tree.node(node).depth >= 2 && props::is_letter(self.marked.ch(u - 1)) {
                    return Err(LimitReached);
                }
                continue;
            }
            self.expand(node, u, out);
        }
        self.scratch.visited += states;
        self.scratch.states += states as u64;
        Ok(())
    }

    fn expand(&mut self, node: u32, u: usize, out: &mut impl FnMut(u32, Range<u32>)) {
        let marked = self.marked;
        let ch = marked.ch(u);
        let lmd = props::is_lmd(ch);
        self.by_class(node, glyph::class(ch), u + 1, out);
        if !ch.is_ascii() {
            let original = marked.original(self.text, u);
            for (letter, _) in glyph::look_alikes(ch).chain(glyph::look_alikes(original)) {
                self.by_class(node, glyph::class(letter), u + 1, out);
            }
        } else if !marked.ascii && !marked.original(self.text, u).is_ascii() {
            for (letter, _) in glyph::look_alikes(marked.original(self.text, u)) {
                self.by_class(node, glyph::class(letter), u + 1, out);
            }
        }
        if glyph::starts_sequence(ch) {
            for (sequence, letter) in glyph::sequences() {
                if marked.sequence_at(u, sequence) {
                    self.by_class(node, glyph::class(*letter), u + sequence.len(), out);
                }
            }
        }
        if !lmd && let Some(child) = self.tree.child(node, LITERAL | ch as u32) {
            self.arrive(child, u + 1, out);
        }
        self.references(node, u, out);
        if node == 0 {
            return;
        }
        let class = self.tree.node(node).class;
        if !lmd {
            let gap = class == BOUNDARY || class == OPTIONAL;
            if gap || !props::is_white_space(ch) || self.chain_at(u) {
                self.push(node, u + 1);
            }
            for boundary in [BOUNDARY, OPTIONAL] {
                if let Some(child) = self.tree.child(node, boundary) {
                    self.push(child, u + 1);
                }
            }
        }
        if let Some(child) = self.tree.child(node, OPTIONAL) {
            self.push(child, u);
        }
        if glyph::is_mask(ch) {
            let tree = self.tree;
            for (class, child) in tree.children(node) {
                if *class < LITERAL {
                    self.arrive(*child, u + 1, out);
                    self.masked_marks(*child, u + 1, out);
                }
            }
            self.arrive(node, u + 1, out);
        }
        if props::is_droppable_mark(ch) || glyph::is_optional(ch) {
            self.arrive(node, u + 1, out);
        }
    }

    /// Character references that begin at `u`.
    fn references(&mut self, node: u32, u: usize, out: &mut impl FnMut(u32, Range<u32>)) {
        let marked = self.marked;
        if let Some(arc) = marked.arc_at(u).filter(|arc| arc.is_long()) {
            self.long_reference(node, arc, u + arc.len, out);
        } else if let Some(arc) = marked.arc_at(u) {
            self.by_class(node, glyph::class(arc.folded), u + arc.len, out);
            for (letter, _) in glyph::look_alikes(arc.folded).chain(glyph::look_alikes(arc.original)) {
                self.by_class(node, glyph::class(letter), u + arc.len, out);
            }
            if !props::is_lmd(arc.folded) {
                if node != 0 {
                    self.push(node, u + arc.len);
                }
                self.sign_reference(node, arc.folded, u + arc.len, out);
            }
        }
    }

    /// A character reference for a sign that the term has, or between its words.
    fn sign_reference(&mut self, node: u32, sign: char, next: usize, out: &mut impl FnMut(u32, Range<u32>)) {
        if let Some(child) = self.tree.child(node, LITERAL | sign as u32) {
            self.arrive(child, next, out);
        }
        for boundary in [BOUNDARY, OPTIONAL] {
            if let Some(child) = self.tree.child(node, boundary) {
                self.push(child, next);
            }
        }
    }

    /// A character reference that is read as several letters; marks that may be left out are no letters of a term.
    fn long_reference(&mut self, node: u32, arc: &Arc, next: usize, out: &mut impl FnMut(u32, Range<u32>)) {
        let [second, third, fourth] = arc.rest;
        let all = [arc.folded, second, third, fourth];
        self.letters(node, all.get(..=arc.more().count()).unwrap_or_default(), next, out);
        if node != 0 && !props::is_lmd(arc.folded) {
            self.push(node, next);
        }
    }

    /// Reads these letters one after another.
    fn letters(&mut self, node: u32, letters: &[char], next: usize, out: &mut impl FnMut(u32, Range<u32>)) {
        let Some((c, rest)) = letters.split_first() else { return self.arrive(node, next, out) };
        let class = glyph::class(*c);
        if let Some(child) = self.tree.child(node, class) {
            self.letters(child, rest, next, out);
        }
        if (node != 0 && self.tree.node(node).class == class) || glyph::is_optional(*c) {
            self.letters(node, rest, next, out);
        }
    }

    /// A mask may stand for a letter with its marks.
    fn masked_marks(&mut self, node: u32, next: usize, out: &mut impl FnMut(u32, Range<u32>)) {
        let tree = self.tree;
        for (_, child) in tree.children(node).iter().filter(|(class, _)| goes_on(*class)) {
            self.arrive(*child, next, out);
            self.masked_marks(*child, next, out);
        }
    }

    /// Reads a letter of `class`: on to a child, or once more the letter before.
    fn by_class(&mut self, node: u32, class: Class, next: usize, out: &mut impl FnMut(u32, Range<u32>)) {
        if let Some(child) = self.tree.child(node, class) {
            self.arrive(child, next, out);
        }
        let mut last = node;
        // Once more the letter before, from its marks back to its beginning.
        while last != 0 {
            let known = self.tree.node(last).class;
            if known == class {
                self.arrive(last, next, out);
            }
            last = if goes_on(known) { self.tree.parents.get(last as usize).copied().unwrap_or(0) } else { 0 };
        }
    }

    /// Comes to a node by reading something: reports the terms that end there.
    fn arrive(&mut self, node: u32, next: usize, out: &mut impl FnMut(u32, Range<u32>)) {
        self.push(node, next);
        // The state may have been met behind a separator, where nothing ends.
        if !self.scratch.first_time(node | ARRIVED, u32::try_from(next).unwrap_or(u32::MAX)) {
            return;
        }
        let (from, to) = self.tree.node(node).ids;
        if from == to {
            return;
        }
        self.report(from..to, next, out);
        let jumped = self.jump(next);
        if jumped > next && self.tree.node(node).class == glyph::class(self.marked.ch(next)) {
            (next + 1..=jumped).for_each(|next| self.report(from..to, next, out));
        }
    }

    /// Reports the terms of a node that end before unit `next`.
    fn report(&mut self, ids: Range<u32>, next: usize, out: &mut impl FnMut(u32, Range<u32>)) {
        let marked = self.tree.key.soft || self.next_mark < next;
        let whole = next.checked_sub(1).and_then(|i| self.marked.view.units.get(i)).is_some_and(|u| u.flags & LAST != 0);
        if marked && whole {
            let span = self.marked.view.span(self.start..next);
            self.scratch.reported += u64::from(ids.end - ids.start);
            for id in self.tree.ids.get(ids.start as usize..ids.end as usize).unwrap_or_default() {
                out(*id, span.clone());
            }
        }
    }

    /// Notes a state to be walked on from, once.
    fn push(&mut self, node: u32, next: usize) {
        let next = u32::try_from(self.jump(next)).unwrap_or(u32::MAX);
        if self.scratch.first_time(node, next) {
            self.scratch.stack.push((node, next));
        }
    }
}

/// Whether a class is one of marks, or of what goes on with a syllable.
fn goes_on(class: Class) -> bool {
    class > 0x2ff && char::from_u32(class).is_some_and(continues)
}

/// A sign of ASCII that masks no letter.
fn is_sign(c: char) -> bool {
    c.is_ascii() && !c.is_ascii_alphanumeric() && !glyph::is_mask(c)
}
