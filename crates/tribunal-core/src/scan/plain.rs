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
    if folded.splits(start) {
        return;
    }
    match straight(steps.bytes(), folded.bytes(), start) {
        Straight::Ends(end) if !folded.splits(end) => found(end),
        Straight::Ends(_) | Straight::No => {}
        Straight::Unsure => walk(steps, &Bytes(folded), start, found),
    }
}

/// A reading from a place.
enum Straight {
    /// It ends here, and nowhere else.
    Ends(usize),
    No,
    /// Characters beyond ASCII or a gap of several kinds are in the way: it has to be walked.
    Unsure,
}

/// A reading byte for byte, with gaps of ASCII characters before letters and digits of ASCII: those are as long as they can be.
fn straight(steps: &[u8], text: &[u8], start: usize) -> Straight {
    let (mut at, mut steps) = (start, steps.iter().copied().peekable());
    while let Some(step) = steps.next() {
        let is_gap: fn(&u8) -> bool = match step {
            b' ' => |byte| matches!(byte, b'\t'..=b'\r' | b' '),
            gap if Steps::is_gap(gap) => |byte| byte.is_ascii() && !byte.is_ascii_alphanumeric(),
            // No byte of UTF-8.
            0xf8.. => return Straight::Unsure,
            byte if text.get(at) == Some(&byte) => {
                at += 1;
                continue;
            }
            _ => return Straight::No,
        };
        let rest = text.get(at..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| is_gap(byte)).count();
        let follows = rest.get(length);
        if follows.is_some_and(|byte| !byte.is_ascii()) || !steps.peek().is_some_and(u8::is_ascii_alphanumeric) {
            return Straight::Unsure;
        }
        if length == 0 || follows != steps.peek() {
            return Straight::No;
        }
        at += length;
    }
    Straight::Ends(at)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Kernel, Simd};
    use tribunal_text::{Folds, Mode, Pattern, ViewKind};

    /// Straight on or walked, the same readings.
    #[test]
    fn straight_as_walked() {
        let (words, gaps) = (["fake", "id", "a", "5", "café", "買", "ł"], [" ", "  ", "-", ". ", "…", "\t", "\u{a0}", "é", "_"]);
        let mut state = 1u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            (state >> 33) as usize % below
        };
        let (mut folded, mut sure) = (Folded::default(), 0);
        for _ in 0..20_000 {
            let mut put = |count: usize, gap: usize| -> String { (0..count).map(|_| [words[next(words.len())], gaps[next(gap)]].concat()).collect() };
            let (text, term) = (put(8, gaps.len()), put(2, 3) + "id");
            if !folded.runs(Kernel::new(Simd::best()), ViewKind::PLAIN, &text) {
                continue;
            }
            for mode in [Mode::Word, Mode::Phrase] {
                let Ok(pattern) = Pattern::new(&term, mode, Folds::PLAIN, false) else { continue };
                let mut bytes = Vec::new();
                Steps::encode(pattern.symbols(), &mut bytes);
                let begins = |start: &usize| !folded.splits(*start) && folded.bytes().get(*start).is_none_or(|byte| byte & 0xc0 != 0x80);
                for start in (0..=folded.bytes().len()).filter(begins) {
                    let mut walked = Vec::new();
                    walk(Steps::new(&bytes), &Bytes(&folded), start, &mut |end| walked.push(end));
                    let found = match straight(&bytes, folded.bytes(), start) {
                        Straight::Ends(end) => Vec::from_iter((!folded.splits(end)).then_some(end)),
                        Straight::No => Vec::new(),
                        Straight::Unsure => continue,
                    };
                    sure += usize::from(!found.is_empty());
                    assert_eq!(found, walked, "{text:?} from {start}, {:?}", pattern.symbols());
                }
            }
        }
        assert!(sure > 100, "{sure}");
    }
}
