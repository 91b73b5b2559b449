//! Plain readings of a term from a given place in a view.

use tribunal_text::{FIRST, LAST, Steps, Symbol, Unit, edge_after, edge_before, props};

/// Calls `found` with every unit at which a reading of the steps from unit `start` can end.
pub(crate) fn ends(steps: Steps<'_>, units: &[Unit], start: usize, found: &mut dyn FnMut(usize)) {
    if units.get(start).is_some_and(|unit| unit.flags & FIRST != 0) {
        walk(steps, units, start, found);
    }
}

fn walk(mut steps: Steps<'_>, units: &[Unit], mut at: usize, found: &mut dyn FnMut(usize)) {
    loop {
        let Some((symbol, rest)) = steps.split_first() else {
            if at.checked_sub(1).and_then(|at| units.get(at)).is_some_and(|unit| unit.flags & LAST != 0) {
                found(at);
            }
            return;
        };
        let here = units.get(at).map(|unit| unit.ch);
        match symbol {
            Symbol::Char(c) if here == Some(c) => at += 1,
            Symbol::Char(_) => return,
            Symbol::Space => return run(rest, units, at, props::is_white_space, found),
            Symbol::Gap { .. } => return run(rest, units, at, |c| !props::is_lmd(c), found),
            Symbol::Glue => {
                if here == Some('_') {
                    walk(rest, units, at + 1, found);
                }
            }
        }
        steps = rest;
    }
}

/// A run of one or more characters of a kind. What follows it is tried after the longest run first; a shorter one is
/// tried only where the next symbol could itself be part of the run.
fn run(rest: Steps<'_>, units: &[Unit], at: usize, kind: fn(char) -> bool, found: &mut dyn FnMut(usize)) {
    let length = units.get(at..).unwrap_or_default().iter().take_while(|unit| kind(unit.ch)).count();
    let ambiguous = match rest.first() {
        Some(Symbol::Char(c)) => kind(c),
        Some(_) | None => true,
    };
    for shorter in (1..=length).rev() {
        walk(rest, units, at + shorter, found);
        if !ambiguous {
            break;
        }
    }
}

/// Whether the characters beside the span are not such that a term with these edges would be cut out of a word.
pub(crate) fn edges_hold(text: &str, start: u32, end: u32, first: bool, last: bool) -> bool {
    !((first && edge_before(text, start as usize)) || (last && edge_after(text, end as usize)))
}
