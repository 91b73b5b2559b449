//! Plain matching: the reference for what a term without directed folds matches.

use crate::pattern::{Mode, Pattern, Symbol};
use crate::view::{FIRST, LAST, Unit, View};
use crate::{edge_after, edge_before, props};
use std::ops::Range;

/// Whether exactly the bytes `span` of the field `text` are a plain reading of the term: simple and slow.
/// `text` is a field; an element of a list field is asked about with [`plain_match_element`].
///
/// ```
/// use tribunal_text::{Folds, Mode, Pattern, plain_match};
///
/// let glock = Pattern::new("glock", Mode::Word, Folds::EVASIVE, false).expect("letters are left");
/// assert!(plain_match(&glock, "a Glock's", 2..7));
/// assert!(!plain_match(&glock, "a gl0ck", 2..7), "a disguise is no plain reading");
/// ```
#[must_use]
pub fn plain_match(pattern: &Pattern, text: &str, span: Range<u32>) -> bool {
    let mut view = View::new();
    view.fold(pattern.kind(), text);
    matches_in(pattern, &view, text, span, false)
}

/// As [`plain_match`], for one element of a list field: a tag is the whole element, with or without its `#`.
///
/// ```
/// use tribunal_text::{Folds, Mode, Pattern, plain_match, plain_match_element};
///
/// let glock = Pattern::new("glock", Mode::Tag, Folds::PLAIN, false).expect("letters are left");
/// assert!(plain_match_element(&glock, "glock", 0..5) && plain_match_element(&glock, "#glock", 1..6));
/// assert!(!plain_match(&glock, "glock", 0..5), "in a field, a tag has its `#`");
/// ```
#[must_use]
pub fn plain_match_element(pattern: &Pattern, text: &str, span: Range<u32>) -> bool {
    let mut view = View::new();
    view.fold(pattern.kind(), text);
    matches_in(pattern, &view, text, span, true)
}

/// As [`plain_match`], with the view of the text under the kind of the pattern at hand.
pub(crate) fn matches_in(pattern: &Pattern, view: &View, text: &str, span: Range<u32>, element: bool) -> bool {
    let Some(range) = view.range_of(&span) else { return false };
    let units = view.units.get(range).unwrap_or_default();
    let whole = units.first().is_some_and(|u| u.flags & FIRST != 0) && units.last().is_some_and(|u| u.flags & LAST != 0);
    whole && edges_hold(pattern, text, &span, element) && reads(pattern.symbols(), units)
}

/// Whether the units read the symbols from the first to the last. Every state is a place between two symbols.
fn reads(symbols: &[Symbol], units: &[Unit]) -> bool {
    if symbols.len() < 64 {
        return reads_short(symbols, units);
    }
    let mut states = vec![false; symbols.len() + 1];
    if let Some(first) = states.first_mut() {
        *first = true;
    }
    let mut next = states.clone();
    skip_glue(symbols, &mut states);
    for unit in units {
        next.fill(false);
        for (i, symbol) in symbols.iter().enumerate() {
            let here = states.get(i).copied().unwrap_or(false);
            let after = states.get(i + 1).copied().unwrap_or(false);
            if let Some(slot) = next.get_mut(i + 1) {
                *slot |= steps(*symbol, unit.ch, here, after);
            }
        }
        skip_glue(symbols, &mut next);
        std::mem::swap(&mut states, &mut next);
    }
    states.last().copied().unwrap_or(false)
}

/// As [`reads`], with the states as bits.
fn reads_short(symbols: &[Symbol], units: &[Unit]) -> bool {
    let glued = |mut states: u64| {
        for (i, _) in symbols.iter().enumerate().filter(|(_, s)| **s == Symbol::Glue) {
            states |= (states & (1 << i)) << 1;
        }
        states
    };
    let mut states = glued(1);
    for unit in units {
        let mut next = 0;
        for (i, symbol) in symbols.iter().enumerate() {
            let (here, after) = (states & (1 << i) != 0, states & (2 << i) != 0);
            next |= u64::from(steps(*symbol, unit.ch, here, after)) << (i + 1);
        }
        states = glued(next);
        if states == 0 {
            return false;
        }
    }
    states & (1 << symbols.len()) != 0
}

/// Whether reading `ch` leads past `symbol`, from before it (`here`) or from after it (runs go on).
fn steps(symbol: Symbol, ch: char, here: bool, after: bool) -> bool {
    match symbol {
        Symbol::Char(c) => here && c == ch,
        Symbol::Space => (here || after) && props::is_white_space(ch),
        Symbol::Gap { .. } => (here || after) && !props::is_lmd(ch),
        Symbol::Glue => here && ch == '_',
    }
}

/// A glue may be nothing.
fn skip_glue(symbols: &[Symbol], states: &mut [bool]) {
    for (i, _) in symbols.iter().enumerate().filter(|(_, s)| **s == Symbol::Glue) {
        let here = states.get(i).copied().unwrap_or(false);
        if let Some(next) = states.get_mut(i + 1) {
            *next |= here;
        }
    }
}

/// Whether both ends of the span are where the mode of the pattern wants them.
pub(crate) fn edges_hold(pattern: &Pattern, text: &str, span: &Range<u32>, element: bool) -> bool {
    let (start, end) = (span.start as usize, span.end as usize);
    let (Some(before), Some(after)) = (text.get(..start), text.get(end..)) else { return false };
    match pattern.mode() {
        Mode::Whole => before.chars().all(is_margin) && after.chars().all(is_margin),
        Mode::Tag => tag_at(text, before, start..end, element),
        _ => {
            let touched_before = pattern.first_edge() && edge_before(text, start);
            let touched_after = pattern.last_edge() && edge_after(text, end);
            !touched_before && !touched_after
        }
    }
}

fn is_margin(c: char) -> bool {
    props::is_white_space(c) || props::is_default_ignorable(c)
}

/// Whether a tag begins after `before` and ends at `end`, digits left at its end aside.
fn tag_at(text: &str, before: &str, span: Range<usize>, element: bool) -> bool {
    let Range { start, end } = span;
    if element {
        let trimmed = before.trim_matches(is_margin);
        let after = text.get(end..).unwrap_or_default();
        return (trimmed.is_empty() || trimmed == "#" || trimmed == "＃") && only_digits(after.trim_end_matches(is_margin));
    }
    let begins = before.trim_end_matches(props::is_default_ignorable).ends_with(['#', '＃']);
    let rest = text.get(end..).unwrap_or_default();
    let inside = text.get(start..end).is_some_and(|t| tag_length(t) == t.len());
    begins && inside && only_digits(rest.get(..tag_length(rest)).unwrap_or_default())
}

fn only_digits(text: &str) -> bool {
    text.chars().all(|c| props::is_digit(c) || props::is_default_ignorable(c))
}

/// Bytes up to the first character that is neither letter, mark, digit, `_`, nor default-ignorable.
fn tag_length(text: &str) -> usize {
    text.find(|c| !(props::is_lmd(c) || c == '_' || props::is_default_ignorable(c))).unwrap_or(text.len())
}

/// Calls `f` with the byte range of every tag of a running text, without its `#`: what follows `#` or `＃` up to a
/// character that is neither letter, mark, digit nor `_`. Empty tags are left out.
///
/// ```
/// let text = "new #glock19 #seggs_ed";
/// let mut tags = Vec::new();
/// tribunal_text::tag_spans(text, |range| tags.push(&text[range]));
/// assert_eq!(tags, ["glock19", "seggs_ed"]);
/// ```
pub fn tag_spans(text: &str, mut f: impl FnMut(Range<usize>)) {
    for (i, sign) in text.match_indices(['#', '＃']) {
        let start = i + sign.len();
        let length = text.get(start..).map_or(0, tag_length);
        if length > 0 {
            f(start..start + length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Folds;

    /// Every plain hit of a term, as text.
    fn hits<'t>(term: &str, mode: Mode, text: &'t str) -> Vec<&'t str> {
        let p = Pattern::new(term, mode, Folds::PLAIN, false).unwrap();
        let mut out = Vec::new();
        for a in 0..text.len() {
            for b in a + 1..=text.len() {
                if text.is_char_boundary(a) && text.is_char_boundary(b) && plain_match(&p, text, a as u32..b as u32) {
                    out.push(&text[a..b]);
                }
            }
        }
        out
    }

    #[test]
    fn words_and_edges() {
        assert_eq!(hits("glock", Mode::Word, "Glock's glock19 买GLOCK枪 _glock_"), ["Glock", "GLOCK", "glock"]);
        assert_eq!(hits("glock", Mode::Prefix, "glock19 aglock"), ["glock"]);
        assert_eq!(hits("枪", Mode::Word, "买枪吧"), ["枪"]);
        assert_eq!(hits("gun show", Mode::Word, "gun \n show gun-show"), ["gun \n show"]);
        assert_eq!(hits("gun show", Mode::Phrase, "gun, show gun-show gunshow"), ["gun, show", "gun-show"]);
        assert_eq!(hits("strasse", Mode::Word, "STRAßE"), ["STRAßE"]);
        assert_eq!(hits("s", Mode::Substring, "ß"), Vec::<&str>::new());
    }

    #[test]
    fn tags_and_wholes() {
        assert_eq!(hits("kill yourself", Mode::Tag, "#KillYourself #kill_yourself12 killyourself"), ["KillYourself", "kill_yourself"]);
        assert_eq!(hits("glock", Mode::Tag, "#glock_x #aglock ＃glock"), ["glock"]);
        assert_eq!(hits("a b", Mode::Whole, " a  b\n"), ["a  b"]);
        let p = Pattern::new("#glock", Mode::Tag, Folds::PLAIN, false).unwrap();
        assert!(plain_match_element(&p, "#glock19", 1..6) && plain_match_element(&p, "glock", 0..5));
        assert!(!plain_match_element(&p, "my glock", 3..8));
        let mut tags = Vec::new();
        tag_spans("#a_b1 # #ü!", |r| tags.push(r));
        assert_eq!(tags, [1..5, 9..11]);
    }

    #[test]
    fn emoji_compare_whole() {
        assert_eq!(hits("👍", Mode::Word, "a👍🏽b 👍\u{fe0f}"), ["👍🏽", "👍\u{fe0f}"]);
        assert_eq!(hits("👩", Mode::Word, "👩\u{200d}🚀 👩🏽"), ["👩🏽"]);
    }
}
