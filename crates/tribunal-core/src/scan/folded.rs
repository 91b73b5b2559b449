//! One text under one kind of view: its folded bytes and its words, hashed once.

use tribunal_text::{FIRST, Folds, Unit, View, ViewKind, edge_after, props};

use super::table;

/// A run of characters that the edges of a term cannot cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// Bytes of the folded text.
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Units of the view; for ASCII texts a unit is a byte.
    pub(crate) unit: u32,
    pub(crate) unit_end: u32,
    pub(crate) hash: u64,
}

/// A folded text with its words. Keeps its memory from one text to the next.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    pub(crate) bytes: Vec<u8>,
    pub(crate) tokens: Vec<Token>,
    /// Folded byte at which each unit begins, and the end; empty when units are bytes.
    pub(crate) offsets: Vec<u32>,
    /// Some token can be cut in several ways.
    pub(crate) soft: bool,
    /// Token boundaries at which a run may be cut, for the run at hand.
    cuts: Vec<u32>,
}

/// How many cuts of one run are tried together; beyond, only shorter stretches are.
const MAX_CUTS: usize = 64;

impl Folded {
    /// A text of ASCII characters: one pass, units are bytes.
    pub(crate) fn ascii(&mut self, kind: ViewKind, text: &str) {
        self.clear();
        self.bytes.extend_from_slice(text.as_bytes());
        if kind.folds.contains(Folds::CASE) {
            self.bytes.make_ascii_lowercase();
        }
        let mut start = None;
        for (at, byte) in self.bytes.iter().enumerate() {
            match (byte.is_ascii_alphanumeric(), start) {
                (true, None) => start = Some(at),
                (false, Some(from)) => {
                    push(&mut self.tokens, &self.bytes, from, at);
                    start = None;
                }
                _ => {}
            }
        }
        if let Some(from) = start {
            push(&mut self.tokens, &self.bytes, from, self.bytes.len());
        }
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.tokens.clear();
        self.offsets.clear();
        self.soft = false;
    }

    /// Any text, from its view.
    pub(crate) fn view(&mut self, view: &View, text: &str) {
        self.clear();
        let mut buffer = [0u8; 4];
        for unit in &view.units {
            self.offsets.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
            self.bytes.extend_from_slice(unit.ch.encode_utf8(&mut buffer).as_bytes());
        }
        self.offsets.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
        let units = &view.units;
        let mut at = 0;
        while at < units.len() {
            let (class, next) = group(units, at, text);
            if class == Class::Gap {
                at = next;
                continue;
            }
            at = self.run(units, at, text, view.is_reversed());
        }
    }

    /// The run that begins at unit `start`; returns where it ends.
    fn run(&mut self, units: &[Unit], start: usize, text: &str, reversed: bool) -> usize {
        self.cuts.clear();
        let mut at = start;
        let mut before_soft = false;
        while at < units.len() {
            let (class, next) = group(units, at, text);
            if class == Class::Gap {
                break;
            }
            let soft = class == Class::Soft;
            if at > start && (soft || before_soft || (reversed && !adjacent(units, at, text))) {
                self.cuts.push(u32::try_from(at).unwrap_or(u32::MAX));
            }
            before_soft = soft;
            at = next;
        }
        if self.cuts.is_empty() {
            self.token(start, at);
            return at;
        }
        self.soft = true;
        self.cuts.insert(0, u32::try_from(start).unwrap_or(u32::MAX));
        self.cuts.push(u32::try_from(at).unwrap_or(u32::MAX));
        let cuts = std::mem::take(&mut self.cuts);
        for (n, from) in cuts.iter().enumerate() {
            for to in cuts.iter().skip(n + 1).take(MAX_CUTS) {
                self.token(*from as usize, *to as usize);
            }
        }
        self.cuts = cuts;
        at
    }

    fn token(&mut self, unit: usize, unit_end: usize) {
        let offset = |unit: usize| self.offsets.get(unit).copied().unwrap_or(0);
        let (from, to) = (offset(unit), offset(unit_end));
        let hash = table::hash(self.bytes.get(from as usize..to as usize).unwrap_or_default());
        let short = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.tokens.push(Token { from, to, unit: short(unit), unit_end: short(unit_end), hash });
    }

    /// The unit that begins at a folded byte.
    pub(crate) fn unit_at(&self, byte: usize) -> Option<usize> {
        if self.offsets.is_empty() {
            return Some(byte);
        }
        self.offsets.binary_search(&u32::try_from(byte).ok()?).ok()
    }
}

fn push(tokens: &mut Vec<Token>, bytes: &[u8], from: usize, to: usize) {
    let hash = table::hash(bytes.get(from..to).unwrap_or_default());
    let (from, to) = (u32::try_from(from).unwrap_or(u32::MAX), u32::try_from(to).unwrap_or(u32::MAX));
    tokens.push(Token { from, to, unit: from, unit_end: to, hash });
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Belongs to a word whatever stands beside it.
    Word,
    /// May belong to a word or end it: `™` reads `tm`, but `glock™` is also `glock`; a keycap holds a digit, but is an emoji.
    Soft,
    Gap,
}

/// The class of the whole group at `at`, and where the next one begins.
fn group(units: &[Unit], at: usize, text: &str) -> (Class, usize) {
    let mut next = at + 1;
    while units.get(next).is_some_and(|unit| unit.flags & FIRST == 0) {
        next += 1;
    }
    let Some(first) = units.get(at) else { return (Class::Gap, next) };
    let original = text.get(first.start as usize..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
    let class = if props::is_default_ignorable(original) {
        Class::Soft
    } else if edge_after(text, first.start as usize) {
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
