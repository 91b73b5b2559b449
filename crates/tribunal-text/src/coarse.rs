//! Where disguised readings may be: every term at once, by coarse classes.
//!
//! A trie over the terms' letters, each replaced by its [class](crate::glyph::class) and runs of a class collapsed, is
//! walked from every possible start within reach of a mark. Every letter a unit may stand for is in one of the unit's
//! classes, so a miss is a proof; a candidate still has to be [verified](crate::verify()).

use crate::items::Item;
use crate::pattern::{Mode, Pattern};
use crate::prepared::{Marked, Prepared};
use crate::verify::MAX_SPAN_UNITS;
use crate::view::{FIRST, LAST, ViewKind};
use crate::{edge_before, glyph, props};
use std::collections::BTreeMap;
use std::ops::Range;

/// A coarse class of characters.
pub type Class = u32;

/// Where one word of a term ends and the next begins.
const BOUNDARY: Class = u32::MAX;
/// Added to a character that stands for itself alone.
const LITERAL: Class = 1 << 24;
/// Added to a node that was come to by reading something.
const ARRIVED: u32 = 1 << 31;
/// Places for states noted from one start, a power of two.
const SEEN: usize = 8_192;
/// Soft gaps of a term that are tried both ways.
const SOFT_GAPS: usize = 4;

/// Limits of the candidate search. A text beyond them is reported, never cut in silence.
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
}

/// The limits in force.
pub const CAPS: Caps = Caps { span_units: MAX_SPAN_UNITS, states_per_start: 2_048, states_per_unit: 6, states_per_field: 32_768 };

/// The search met one of its [`Caps`]: some candidates may be missing, so the field cannot be judged in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitReached;

impl std::fmt::Display for LimitReached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the text has more possible disguises than are looked at")
    }
}

impl std::error::Error for LimitReached {}

/// The terms of many patterns, ready to find where they may be disguised.
#[derive(Clone, Debug, Default)]
pub struct Coarse {
    trees: Vec<Tree>,
    soft: bool,
}

/// Memory of [`Coarse::candidates`].
#[derive(Debug, Default)]
pub struct CoarseScratch {
    stack: Vec<(u32, u32)>,
    seen: Vec<(u32, u32, u32)>,
    noted: usize,
    epoch: u32,
    visited: usize,
}

/// What the patterns of one tree have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    kind: usize,
    turkish: bool,
    /// A disguise may leave no mark.
    soft: bool,
    /// The character before a hit must not be an edge character.
    edge: bool,
    /// More than one word.
    several: bool,
}

#[derive(Clone, Debug)]
struct Tree {
    key: Key,
    kind: ViewKind,
    nodes: Vec<Node>,
    children: Vec<(Class, u32)>,
    /// Children of the root by ASCII class; zero where there is none.
    root: Vec<u32>,
    ids: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    class: Class,
    depth: u32,
    children: (u32, u32),
    ids: (u32, u32),
}

impl Coarse {
    /// Builds the search for patterns with their ids. Patterns without directed folds, and those too long to be sought in
    /// disguise, are left out.
    pub fn build<'p>(patterns: impl Iterator<Item = (u32, &'p Pattern)>) -> Coarse {
        Coarse::build_trees(patterns, true)
    }

    /// As [`Coarse::build`], but fields without marks are never searched: the caller looks for the
    /// [unmarked variants](Pattern::unmarked_variants) of each term among the plain ones and verifies those too.
    pub fn build_marked<'p>(patterns: impl Iterator<Item = (u32, &'p Pattern)>) -> Coarse {
        Coarse::build_trees(patterns, false)
    }

    fn build_trees<'p>(patterns: impl Iterator<Item = (u32, &'p Pattern)>, unmarked: bool) -> Coarse {
        let mut drafts: BTreeMap<Key, (ViewKind, Draft)> = BTreeMap::new();
        for (id, pattern) in patterns {
            if pattern.items().list.is_empty() {
                continue;
            }
            let kind = pattern.kind();
            let items = &pattern.items().list;
            let key = Key {
                kind: kind.number(),
                turkish: kind.turkish,
                soft: unmarked && pattern.items().has_soft_gap(),
                edge: pattern.first_edge() && pattern.mode() != Mode::Whole,
                several: items.iter().any(|i| matches!(i, Item::Space | Item::Gap { .. })),
            };
            let draft = &mut drafts.entry(key).or_insert_with(|| (kind, Draft::default())).1;
            for string in strings(items) {
                draft.insert(&string, id);
            }
        }
        let trees: Vec<Tree> = drafts.into_iter().map(|(key, (kind, draft))| draft.finish(key, kind)).collect();
        let soft = trees.iter().any(|t| t.key.soft);
        Coarse { trees, soft }
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.trees.is_empty()
    }

    /// Whether a field without marks has to be searched too, because some term has a gap that may be left out.
    #[must_use]
    pub fn needs_all(&self) -> bool {
        self.soft
    }

    /// Calls `out` with every pattern and span (bytes of the original text, whole characters) that may be a disguised
    /// reading. Every span for which [`verify`](crate::verify()) says `Evasive` is among them; the same may come twice.
    ///
    /// # Errors
    ///
    /// [`LimitReached`] when the text is beyond [`CAPS`]; what was reported before still stands.
    pub fn candidates(&self, field: &Prepared, scratch: &mut CoarseScratch, out: &mut impl FnMut(u32, Range<u32>)) -> Result<(), LimitReached> {
        if self.trees.is_empty() || (!self.soft && !field.may_have_marks()) {
            return Ok(());
        }
        scratch.visited = 0;
        for tree in &self.trees {
            let marked = field.marked(tree.kind);
            if !marked.any_mark && !tree.key.soft {
                continue;
            }
            Walk { tree, marked, text: field.text(), scratch, start: 0, next_mark: 0 }.run(out)?;
        }
        Ok(())
    }
}

/// The class strings of a term: one, or several when it has soft gaps.
fn strings(items: &[Item]) -> Vec<Vec<Class>> {
    let mut out: Vec<Vec<Class>> = vec![Vec::new()];
    let mut soft = 0;
    for item in items {
        match item {
            Item::Letter(c, _) => {
                let class = glyph::class(*c);
                for string in out.iter_mut().filter(|s| s.last() != Some(&class)) {
                    string.push(class);
                }
            }
            Item::Literal(c) => out.iter_mut().for_each(|s| s.push(LITERAL | *c as u32)),
            Item::Space | Item::Gap { soft: false } => out.iter_mut().for_each(|s| s.push(BOUNDARY)),
            Item::Gap { soft: true } => {
                soft += 1;
                if soft > SOFT_GAPS {
                    // Too many to try both ways: the walk then also passes a gap where nothing is written.
                    out.iter_mut().for_each(|s| s.push(OPTIONAL));
                } else {
                    let mut with = out.clone();
                    with.iter_mut().for_each(|s| s.push(BOUNDARY));
                    out.extend(with);
                }
            }
            Item::Glue => {}
        }
    }
    out
}

/// A gap that may be nothing.
const OPTIONAL: Class = u32::MAX - 1;

/// A tree while it is built.
#[derive(Default)]
struct Draft {
    nodes: Vec<DraftNode>,
}

/// Class, depth, children by class, ids of the terms that end here.
type DraftNode = (Class, u32, BTreeMap<Class, u32>, Vec<u32>);

impl Draft {
    fn insert(&mut self, string: &[Class], id: u32) {
        if self.nodes.is_empty() {
            self.nodes.push((BOUNDARY, 0, BTreeMap::new(), Vec::new()));
        }
        let mut node = 0usize;
        for class in string {
            let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
            let Some((_, depth, children, _)) = self.nodes.get_mut(node) else { return };
            let depth = *depth + 1;
            let child = *children.entry(*class).or_insert(next);
            if child == next {
                self.nodes.push((*class, depth, BTreeMap::new(), Vec::new()));
            }
            node = child as usize;
        }
        if let Some((.., ids)) = self.nodes.get_mut(node)
            && ids.last() != Some(&id)
        {
            ids.push(id);
        }
    }

    fn finish(self, key: Key, kind: ViewKind) -> Tree {
        let mut tree = Tree { key, kind, nodes: Vec::new(), children: Vec::new(), root: vec![0; 128], ids: Vec::new() };
        let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        for (class, depth, children, ids) in self.nodes {
            let (c, i) = (at(tree.children.len()), at(tree.ids.len()));
            tree.children.extend(children);
            tree.ids.extend(ids);
            let node = Node { class, depth, children: (c, at(tree.children.len())), ids: (i, at(tree.ids.len())) };
            tree.nodes.push(node);
        }
        for class in 0..128 {
            if let Some(child) = tree.search(0, class)
                && let Some(slot) = tree.root.get_mut(class as usize)
            {
                *slot = child;
            }
        }
        tree
    }
}

impl Tree {
    fn node(&self, node: u32) -> Node {
        self.nodes.get(node as usize).copied().unwrap_or(Node { class: BOUNDARY, depth: 0, children: (0, 0), ids: (0, 0) })
    }

    fn children(&self, node: u32) -> &[(Class, u32)] {
        let (from, to) = self.node(node).children;
        self.children.get(from as usize..to as usize).unwrap_or_default()
    }

    fn child(&self, node: u32, class: Class) -> Option<u32> {
        if node == 0
            && let Some(child) = self.root.get(class as usize)
        {
            return (*child != 0).then_some(*child);
        }
        self.search(node, class)
    }

    fn search(&self, node: u32, class: Class) -> Option<u32> {
        let children = self.children(node);
        let i = children.binary_search_by_key(&class, |(c, _)| *c).ok()?;
        children.get(i).map(|(_, child)| *child)
    }
}

/// The walk of one tree over one field.
struct Walk<'a> {
    tree: &'a Tree,
    marked: &'a Marked,
    text: &'a str,
    scratch: &'a mut CoarseScratch,
    start: usize,
    next_mark: usize,
}

impl Walk<'_> {
    fn run(&mut self, out: &mut impl FnMut(u32, Range<u32>)) -> Result<(), LimitReached> {
        let count = self.marked.view.units.len();
        let budget = count * CAPS.states_per_unit + CAPS.states_per_field;
        self.next_mark = self.mark_from(0);
        let mut token_end = 0;
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
            if !self.may_start(token_end) {
                continue;
            }
            self.walk_on(out)?;
            if self.scratch.visited > budget {
                return Err(LimitReached);
            }
        }
        Ok(())
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
            let i = (from..from + MAX_SPAN_UNITS).find(|i| !props::is_mark(self.marked.ch(*i)))?;
            props::is_lmd(self.marked.ch(i)).then_some(i)
        };
        let Some(letter) = next(u) else { return true };
        next(letter + 1).is_none() || (self.pair_at(letter) && next(letter + 2).is_none())
    }

    /// Whether what is read up to `u` may be one letter of a chain, as [`Walk::alone_after`].
    fn alone_before(&self, u: usize) -> bool {
        let last = |end: usize| {
            let i = (end.saturating_sub(MAX_SPAN_UNITS)..end).rev().find(|i| !props::is_mark(self.marked.ch(*i)))?;
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
                }
            }
            self.arrive(node, u + 1, out);
        }
        if props::is_droppable_mark(ch) {
            self.arrive(node, u + 1, out);
        }
    }

    /// Character references that begin at `u`.
    fn references(&mut self, node: u32, u: usize, out: &mut impl FnMut(u32, Range<u32>)) {
        let marked = self.marked;
        if let Some(arc) = marked.arc_at(u) {
            self.by_class(node, glyph::class(arc.folded), u + arc.len, out);
            for (letter, _) in glyph::look_alikes(arc.folded).chain(glyph::look_alikes(arc.original)) {
                self.by_class(node, glyph::class(letter), u + arc.len, out);
            }
            if node != 0 && !props::is_lmd(arc.folded) {
                self.push(node, u + arc.len);
            }
        }
    }

    /// Reads a letter of `class`: on to a child, or once more the letter before.
    fn by_class(&mut self, node: u32, class: Class, next: usize, out: &mut impl FnMut(u32, Range<u32>)) {
        if let Some(child) = self.tree.child(node, class) {
            self.arrive(child, next, out);
        }
        if node != 0 && self.tree.node(node).class == class {
            self.arrive(node, next, out);
        }
    }

    /// Comes to a node by reading something: reports the terms that end there.
    fn arrive(&mut self, node: u32, next: usize, out: &mut impl FnMut(u32, Range<u32>)) {
        self.push(node, next);
        // The state may have been met behind a separator, where nothing ends.
        if !self.scratch.first_time(node | ARRIVED, u32::try_from(next).unwrap_or(u32::MAX)) {
            return;
        }
        let marked = self.tree.key.soft || self.next_mark < next;
        let whole = next.checked_sub(1).and_then(|i| self.marked.view.units.get(i)).is_some_and(|u| u.flags & LAST != 0);
        let (from, to) = self.tree.node(node).ids;
        if marked && whole && from < to {
            let span = self.marked.view.span(self.start..next);
            for id in self.tree.ids.get(from as usize..to as usize).unwrap_or_default() {
                out(*id, span.clone());
            }
        }
    }

    /// Notes a state to be walked on from, once.
    fn push(&mut self, node: u32, next: usize) {
        let next = u32::try_from(next).unwrap_or(u32::MAX);
        if self.scratch.first_time(node, next) {
            self.scratch.stack.push((node, next));
        }
    }
}

impl CoarseScratch {
    /// Empty memory.
    #[must_use]
    pub fn new() -> CoarseScratch {
        CoarseScratch::default()
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::{Folds, Ordinary, Reading, verify};

    /// Whether the whole text is read as the term, and among the candidates.
    fn found(term: &str, text: &str) -> (bool, bool) {
        let ordinary = Ordinary::shipped();
        let pattern = Pattern::new(term, Mode::Word, Folds::EVASIVE, false).unwrap();
        let mut field = Prepared::new();
        field.prepare(text, &ordinary);
        let whole = 0..u32::try_from(text.len()).unwrap();
        let mut candidate = false;
        let coarse = Coarse::build_marked([(0, &pattern)].into_iter());
        coarse.candidates(&field, &mut CoarseScratch::new(), &mut |_, span| candidate |= span == whole).unwrap();
        (verify(&pattern, &field, whole, &ordinary) == Reading::Evasive, candidate)
    }

    /// A vowel sign that joins nothing is a letter like others, also when a blank sets it off from its base.
    #[test]
    fn vowel_signs_set_off_by_blanks() {
        for text in ["ข า ย ข อ ง ဈ ေ း", "ข า ย ข อ ง ဈ ေး", "ข า ย ข อ ง ဈေ း", "ข  า  ย.ข อ ง ဈ ေ း"]
        {
            assert_eq!(found("ขายของဈေး", text), (true, true), "{text:?}");
        }
        assert_eq!(found("ကခဈေးင", "က ခ ဈ ေးင"), (true, true));
        assert_eq!(found("नमस्ते", "न म स् त े"), (true, true));
        // A mark that joins what it follows makes one character with the blank, which then separates nothing.
        assert!(!found("กุกข", "ก ุ ก ข").0);
    }

    /// What looks like another letter of its own script shows whatever else the field holds; never the reverse.
    #[test]
    fn look_alikes_of_one_script() {
        assert_eq!(found("كتابي", "ڪتابي"), (true, true));
        for (term, text) in [("ڪتابي", "كتابي"), ("λόγος", "λόγοο"), ("1\u{fe0f}\u{20e3}1", "1\u{fe0f}\u{20e3}.1")] {
            assert!(!found(term, text).0, "{text:?}");
        }
    }
}
