//! What single characters are folded to, by the generated tables.

use crate::tables::{folds as t, look_up};

/// The compatibility decomposition (NFKD); empty where a character stays.
pub(crate) fn wide(c: char) -> &'static [char] {
    mapping(&t::NFKD_INDEX, &t::NFKD_BLOCKS, &t::NFKD_ENDS, &t::NFKD_CHARS, c)
}

/// The canonical decomposition (NFD); empty where a character stays.
pub(super) fn canonical(c: char) -> &'static [char] {
    mapping(&t::NFD_INDEX, &t::NFD_BLOCKS, &t::NFD_ENDS, &t::NFD_CHARS, c)
}

/// The full case folding; empty where a character stays.
pub(super) fn cased(c: char) -> &'static [char] {
    mapping(&t::CASE_INDEX, &t::CASE_BLOCKS, &t::CASE_ENDS, &t::CASE_CHARS, c)
}

/// Whether no fold changes a character that joins nothing.
pub(crate) fn is_fixed(c: char) -> bool {
    let hangul = (c as u32).wrapping_sub(0xac00) < 11_172;
    let folded = |index: usize| index != 0;
    !(hangul
        || folded(usize::from(look_up(&t::NFD_INDEX, &t::NFD_BLOCKS, c)))
        || folded(usize::from(look_up(&t::NFKD_INDEX, &t::NFKD_BLOCKS, c)))
        || folded(usize::from(look_up(&t::CASE_INDEX, &t::CASE_BLOCKS, c)))
        || c == 'ı'
        || without_stroke(c).is_some())
}

pub(super) fn without_stroke(ch: char) -> Option<&'static str> {
    let i = t::STROKES.binary_search_by_key(&ch, |(c, _)| *c).ok()?;
    t::STROKES.get(i).map(|(_, without)| *without)
}

/// The sequence a table maps `c` to; empty when it maps to itself.
fn mapping<I: Copy + Into<usize>>(index: &[I], blocks: &[u16], ends: &[u16], chars: &'static [char], c: char) -> &'static [char] {
    let number = usize::from(look_up(index, blocks, c));
    if number == 0 {
        return &[];
    }
    let (Some(start), Some(end)) = (ends.get(number - 1), ends.get(number)) else { return &[] };
    chars.get(usize::from(*start)..usize::from(*end)).unwrap_or_default()
}
