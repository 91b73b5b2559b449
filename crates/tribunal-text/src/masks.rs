//! Masks: whether what a mask hides may be a letter of the term, and whether it is known to be another word.

use crate::pattern::is_apostrophe;
use crate::tables::disguises::MASKED;
use crate::verify::{How, Step};
use crate::word_checks::Word;
use crate::{glyph, props};

/// Whether the masks of a word may hide letters of it: the first letter and half of all are visible, and the masks are
/// neither what stands between letters, nor a footnote (one at the very end), nor part of more masks than the word has.
pub(crate) fn fit(word: &Word<'_, '_>, apart: bool) -> bool {
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
    // Of two signs beside each other in a word that is not set apart letter by letter (`apart`) one does not hide a letter while the other is nothing.
    let beside = !apart
        && word.steps.windows(2).any(|pair| {
            let gap = |s: &Step| s.how == How::Separator && (s.from..s.to).all(|u| !props::is_white_space(marked.ch(u)));
            matches!(pair, [a, b] if (a.how == How::Mask && gap(b)) || (gap(a) && b.how == How::Mask))
        });
    // Where words are not set apart by blanks, a tag begins in the middle of them.
    let tag = word.read().any(|s| s.how == How::Mask && marked.ch(s.from) == '#' && props::is_spaceless(marked.ch(s.to)));
    first && !tag && masks * 2 <= word.length() && trailing != 1 && !beside && !word.steps.iter().any(between) && !goes_on(word, trailing)
}

/// How far before a word the signs may stand that open what its masks close.
const EMPHASIS: usize = 256;

/// Whether the masks go on outside of the word: letters set apart by them (`M•A•C`), a run that is cut short (`ma**|*`), or,
/// with masks at the end, signs of emphasis around the word (`**mac**`) or around several (`**no mac**`).
fn goes_on(word: &Word<'_, '_>, trailing: usize) -> bool {
    let marked = word.search.marked;
    let span = word.span();
    let is_mask = |u: usize| glyph::is_mask(marked.ch(u));
    let letter = |u: Option<usize>| u.is_some_and(|u| props::is_lmd(marked.ch(u)));
    let before = span.start.checked_sub(1).filter(|u| is_mask(*u));
    let after = is_mask(span.end);
    let chained = before.is_some_and(|u| letter(u.checked_sub(1))) || (after && letter(Some(span.end + 1)));
    chained || (trailing > 0 && (after || before.is_some() || is_opened(word, trailing)))
}

/// Whether as many masks as stand at the end of the word open something before it.
fn is_opened(word: &Word<'_, '_>, trailing: usize) -> bool {
    let marked = word.search.marked;
    let span = word.span();
    let sign = marked.ch(span.end.saturating_sub(1));
    let mut u = span.start;
    while u > span.start.saturating_sub(EMPHASIS) {
        u -= 1;
        if marked.ch(u) != sign {
            continue;
        }
        let end = u + 1;
        while u > 0 && marked.ch(u - 1) == sign {
            u -= 1;
        }
        let letter = |at: usize| props::is_lmd(marked.ch(at));
        let opens = letter(end) && !u.checked_sub(1).is_some_and(letter);
        return opens && end - u == trailing;
    }
    false
}

/// Guard 1 for masks. A masked form of a word that is masked all the time stands for that word, and for no other; of several,
/// for the most frequent where two letters or more are masked. And with three letters or more masked, an ordinary word is not
/// read where the letters that show fit another one as well: nobody masks either of them; what is masked is a third word. With
/// four masked no word is. `split` says that signs were read as nothing: several masks in a row hide something, too.
pub(crate) fn another(word: &Word<'_, '_>, text: &mut String, split: bool) -> bool {
    let masks = word.read().filter(|s| s.how == How::Mask).count();
    let marked = word.search.marked;
    let gap = |s: &Step| s.how == How::Separator && (s.from..s.to).all(|u| glyph::is_mask(marked.ch(u)));
    let row = split && word.steps.windows(2).any(|pair| pair.iter().all(gap));
    if masks == 0 && !row {
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
    // A sign that stands for a letter hides it as well as a mask does.
    let mut last = usize::MAX;
    for step in word.steps.iter().filter(|s| !s.stretch && s.how != How::Skip) {
        let letter = word.letter(step.item).unwrap_or('*');
        match step.how {
            How::Separator if !gap(step) => {}
            How::Mask | How::Separator => text.push('*'),
            How::Leet if !props::is_digit(marked.ch(step.from)) => text.push('*'),
            _ if step.item != last => text.push(letter),
            _ => {}
        }
        last = step.item;
    }
    if known(text, masks > 1, |known| word.is_term(known)) {
        return true;
    }
    let fits = |known: &str| known.len() == text.len() && known.bytes().zip(text.bytes()).all(|(k, t)| t == b'*' || k == t);
    ordinary && word.search.ordinary.fits_some(text, |other| fits(other) && !word.is_term(other))
}

/// Guard 7 for masks: the word begins behind an apostrophe in a word (`it’s#out`).
pub(crate) fn behind_apostrophe(word: &Word<'_, '_>) -> bool {
    let marked = word.search.marked;
    let before = |n: usize| word.span().start.checked_sub(n).map_or(' ', |u| marked.ch(u));
    word.read().any(|s| s.how == How::Mask) && is_apostrophe(before(1)) && props::is_letter(before(2))
}

/// Whether a word is one that is masked all the time.
pub(crate) fn is_known(word: &str) -> bool {
    let hides = |(form, hidden): &(&str, char)| form.len() == word.len() && form.chars().zip(word.chars()).all(|(f, w)| f == w || (f == '*' && w == *hidden));
    MASKED.iter().any(hides)
}

/// Whether a word that is masked all the time fits, and the term is none of them; or, when `several` letters are masked, a more
/// frequent one than the term.
fn known(form: &str, several: bool, is_term: impl Fn(&str) -> bool) -> bool {
    let mut buffer = [0u8; 32];
    let mut found = false;
    for (masked, hidden) in &MASKED {
        let Some(slot) = buffer.get_mut(..masked.len()) else { continue };
        slot.copy_from_slice(masked.as_bytes());
        if let Some(mask) = slot.iter_mut().find(|b| **b == b'*') {
            *mask = u8::try_from(*hidden).unwrap_or(b'*');
        }
        let Ok(word) = std::str::from_utf8(slot) else { continue };
        if is_term(word) {
            return found && several;
        }
        found |= fits(word, form);
    }
    found
}

/// Whether a word may stand under the masks of a form: one for each letter; or, where they stand in one row inside
/// a form that is not too short, any number.
fn fits(word: &str, form: &str) -> bool {
    if word.len() == form.len() && word.bytes().zip(form.bytes()).all(|(w, f)| f == b'*' || w == f) {
        return true;
    }
    let (head, tail) = (form.split('*').next().unwrap_or_default(), form.rsplit('*').next().unwrap_or_default());
    let masks = form.bytes().filter(|b| *b == b'*').count();
    (masks > 1 || form.len() > 4)
        && !head.is_empty()
        && !tail.is_empty()
        && head.len() + masks + tail.len() == form.len()
        && word.len() > head.len() + tail.len()
        && word.starts_with(head)
        && word.ends_with(tail)
}
