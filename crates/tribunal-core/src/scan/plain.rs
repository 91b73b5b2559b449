//! Plain readings of a term from a given place in a text, folded by runs or unit by unit.

use tribunal_text::{FIRST, LAST, Steps, Symbol, Unit, edge_after, edge_before, props};

use super::folded::{Folded, decode};

/// What is read: characters by place, a place being a byte or a unit.
trait Characters {
    /// The character at a place, and the place behind it.
    fn at(&self, place: usize) -> Option<(char, usize)>;
    /// Whether a reading may end at a place.
    fn may_end(&self, place: usize) -> bool;
}

struct Bytes<'f>(&'f Folded);

impl Characters for Bytes<'_> {
    #[inline]
    fn at(&self, place: usize) -> Option<(char, usize)> {
        let (code, length) = decode(self.0.bytes(), place)?;
        Some((char::from_u32(code)?, place + length))
    }

    fn may_end(&self, place: usize) -> bool {
        !self.0.splits(place)
    }
}

impl Characters for [Unit] {
    #[inline]
    fn at(&self, place: usize) -> Option<(char, usize)> {
        self.get(place).map(|unit| (unit.ch, place + 1))
    }

    fn may_end(&self, place: usize) -> bool {
        place.checked_sub(1).and_then(|at| self.get(at)).is_some_and(|unit| unit.flags & LAST != 0)
    }
}

/// Calls `found` with every unit at which a reading of the steps from unit `start` can end.
pub(crate) fn ends(steps: Steps<'_>, units: &[Unit], start: usize, found: &mut dyn FnMut(usize)) {
    if units.get(start).is_some_and(|unit| unit.flags & FIRST != 0) {
        walk(steps, units, start, found);
    }
}

/// Calls `found` with every folded byte at which a reading of the steps from folded byte `start` can end.
pub(crate) fn byte_ends(steps: Steps<'_>, folded: &Folded, start: usize, found: &mut dyn FnMut(usize)) {
    if !folded.splits(start) {
        walk(steps, &Bytes(folded), start, found);
    }
}

fn walk<C: Characters + ?Sized>(mut steps: Steps<'_>, text: &C, mut at: usize, found: &mut dyn FnMut(usize)) {
    loop {
        let Some((symbol, rest)) = steps.split_first() else {
            if text.may_end(at) {
                found(at);
            }
            return;
        };
        match symbol {
            Symbol::Char(c) => match text.at(at) {
                Some((here, next)) if here == c => at = next,
                _ => return,
            },
            Symbol::Space => return run(rest, text, at, props::is_white_space, found),
            Symbol::Gap { .. } => return run(rest, text, at, |c| !props::is_lmd(c), found),
            Symbol::Glue => {
                if let Some(('_', next)) = text.at(at) {
                    walk(rest, text, next, found);
                }
            }
        }
        steps = rest;
    }
}

/// A run of one or more characters of a kind. What follows it is tried after the longest run; a shorter one is tried only
/// where the next symbol could itself be part of the run.
fn run<C: Characters + ?Sized>(rest: Steps<'_>, text: &C, at: usize, kind: fn(char) -> bool, found: &mut dyn FnMut(usize)) {
    let ambiguous = match rest.first() {
        Some(Symbol::Char(c)) => kind(c),
        Some(_) | None => true,
    };
    let mut place = at;
    while let Some((_, next)) = text.at(place).filter(|(c, _)| kind(*c)) {
        place = next;
        if ambiguous {
            walk(rest, text, place, found);
        }
    }
    if !ambiguous && place > at {
        walk(rest, text, place, found);
    }
}

/// Whether the characters beside the span are not such that a term with these edges would be cut out of a word.
pub(crate) fn edges_hold(text: &str, start: u32, end: u32, first: bool, last: bool) -> bool {
    !((first && edge_before(text, start as usize)) || (last && edge_after(text, end as usize)))
}
