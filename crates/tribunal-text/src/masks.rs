//! Masks: whether what a mask hides may be a letter of the term, and whether it is known to be another word.

use crate::tables::disguises::MASKED;
use crate::verify::{How, Step};
use crate::word_checks::Word;
use crate::{glyph, props};

/// Whether the masks of a word may hide letters of it: the first letter and half of all are visible, and the masks are
/// neither what stands between letters, nor a footnote (one at the very end), nor part of more masks than the word has.
pub(crate) fn fit(word: &Word<'_, '_>) -> bool {
    let masks = word.read().filter(|s| s.how == How::Mask).count();
    if masks == 0 {
        return true;
    }
    let first = word.read().next().is_some_and(|s| s.how != How::Mask);
    let trailing = word.steps.iter().rev().take_while(|s| s.how == How::Mask).count();
    // Where a sign stands for a letter, it is not also what stands between letters.
    let marked = word.search.marked;
    let is_mask = |u: usize| glyph::is_mask(marked.ch(u));
    let between = |s: &Step| s.how == How::Separator && (s.from..s.to).any(is_mask);
    first && masks * 2 <= word.length() && trailing != 1 && !word.steps.iter().any(between) && !goes_on(word, trailing > 0)
}

/// Whether the masks go on outside of the word: letters set apart by them (`M•A•C`), a run that is cut short (`ma**|*`), or,
/// with masks at the end, signs of emphasis around the word (`**mac**`).
fn goes_on(word: &Word<'_, '_>, trailing: bool) -> bool {
    let marked = word.search.marked;
    let span = word.span();
    let is_mask = |u: usize| glyph::is_mask(marked.ch(u));
    let letter = |u: Option<usize>| u.is_some_and(|u| props::is_lmd(marked.ch(u)));
    let before = span.start.checked_sub(1).filter(|u| is_mask(*u));
    let after = is_mask(span.end);
    let chained = before.is_some_and(|u| letter(u.checked_sub(1))) || (after && letter(Some(span.end + 1)));
    chained || (trailing && (after || before.is_some()))
}

/// Guard 1 for masks. A masked form of a word that is masked all the time stands for that word, and for no other. And with
/// three letters or more masked, an ordinary word is not read where the letters that show fit another one as well: nobody
/// masks either of them; what is masked is a third word. With four masked no word is.
pub(crate) fn another(word: &Word<'_, '_>, text: &mut String) -> bool {
    let masks = word.read().filter(|s| s.how == How::Mask).count();
    if masks == 0 {
        return false;
    }
    let letters = || word.items.clone().filter_map(|i| word.letter(i).map(|c| (i, c)));
    text.clear();
    text.extend(letters().map(|(_, c)| c));
    if !text.is_ascii() {
        return false;
    }
    let ordinary = masks >= 4 || (masks == 3 && word.search.ordinary.contains(text));
    text.clear();
    for (item, letter) in letters() {
        let shown = word.read().any(|s| s.item == item && s.how != How::Mask);
        text.push(if shown { letter } else { '*' });
    }
    let fits = |known: &str| known.len() == text.len() && known.bytes().zip(text.bytes()).all(|(k, t)| t == b'*' || k == t);
    if known(fits, |known| word.is_term(known)) {
        return true;
    }
    ordinary && word.search.ordinary.fits_some(text, |other| fits(other) && !word.is_term(other))
}

/// Whether a word that is masked all the time fits, and the term is none of them.
fn known(fits: impl Fn(&str) -> bool, is_term: impl Fn(&str) -> bool) -> bool {
    let mut buffer = [0u8; 32];
    let mut found = false;
    for (form, hidden) in &MASKED {
        let Some(slot) = buffer.get_mut(..form.len()) else { continue };
        slot.copy_from_slice(form.as_bytes());
        if let Some(mask) = slot.iter_mut().find(|b| **b == b'*') {
            *mask = u8::try_from(*hidden).unwrap_or(b'*');
        }
        let Ok(word) = std::str::from_utf8(slot) else { continue };
        if is_term(word) {
            return false;
        }
        found |= fits(word);
    }
    found
}
