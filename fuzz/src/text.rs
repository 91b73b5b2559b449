//! Laws of the meaning of text.

use std::collections::BTreeSet;
use tribunal_core::{Simd, fold_words};
use tribunal_text::{Coarse, CoarseScratch, Folds, Mode, Ordinary, Pattern, Prepared, Reading, View, ViewKind, fold_to_string, plain_match, verify};

/// However a text is folded by runs, with whatever instructions, it reads as unit by unit, and its words are the same.
///
/// The first byte chooses the folds and whether `i` and `ı` are one letter, the rest is the text.
///
/// # Panics
///
/// When the law is broken.
pub fn text_runs(data: &[u8]) {
    let Some((&kind, rest)) = data.split_first() else { return };
    let Some(folds) = Folds::from_bits(u16::from(kind & 0xf)) else { return };
    let kind = ViewKind { folds, turkish: kind & 0x10 != 0 };
    let text = String::from_utf8_lossy(rest);
    let whole = fold_to_string(kind, &text);
    let mut first = None;
    for simd in Simd::available() {
        let Some((bytes, words)) = fold_words(simd, kind, &text) else { continue };
        assert_eq!(String::from_utf8_lossy(&bytes), whole, "{text:?} under {kind:?} with {simd:?}");
        for word in &words {
            let (start, end) = (word.start as usize, word.end as usize);
            assert!(start < end && text.is_char_boundary(start) && text.is_char_boundary(end), "{word:?} of {text:?} with {simd:?}");
        }
        assert_eq!(*first.get_or_insert_with(|| words.clone()), words, "{text:?} under {kind:?} with {simd:?}");
    }
}

/// Folding a folded text changes nothing; units and hits lie on character boundaries of the original.
///
/// The first two bytes choose the folds and whether `i` and `ı` are one letter, the third cuts the rest into a term and a text.
///
/// # Panics
///
/// When the law is broken.
pub fn text_fold(data: &[u8]) {
    let Some((&[low, high, cut], rest)) = data.split_first_chunk::<3>() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let Some(folds) = Folds::from_bits(u16::from_le_bytes([low, high]) & 0x3ff) else { return };
    let kind = ViewKind { folds: folds.plain(), turkish: high & 0x80 != 0 };
    let once = fold_to_string(kind, text);
    assert_eq!(fold_to_string(kind, &once), once, "{text:?} under {kind:?}");

    let mut view = View::new();
    view.fold(kind, text);
    for unit in &view.units {
        let (start, end) = (unit.start as usize, unit.end as usize);
        assert!(start < end && text.is_char_boundary(start) && text.is_char_boundary(end), "{unit:?} of {text:?} under {kind:?}");
    }

    // Reading a term anywhere in the text must not panic, wherever the span lies.
    let at = (0..=usize::from(cut).min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (term, text) = text.split_at(at);
    let text: String = text.chars().take(48).collect();
    let Ok(pattern) = Pattern::new(term, Mode::Phrase, folds, false) else { return };
    let ordinary = Ordinary::shipped();
    let mut field = Prepared::new();
    field.prepare(&text, &ordinary);
    let ends = || (0..=text.len()).filter(|at| text.is_char_boundary(*at)).filter_map(|at| u32::try_from(at).ok());
    for start in ends() {
        for end in ends().filter(|end| *end > start) {
            let _ = verify(&pattern, &field, start..end, &ordinary);
        }
    }
}

/// What the first look passes over holds no disguised reading: every span that verifies is among the candidates of the
/// search behind the first look, and of the search without it.
///
/// The first two bytes choose the folds, the way the term matches and whether the text is an element of a list, the third
/// cuts the rest into a term and a text.
///
/// # Panics
///
/// When the law is broken.
pub fn text_screen(data: &[u8]) {
    let Some((&[low, high, cut], rest)) = data.split_first_chunk::<3>() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let Some(folds) = Folds::from_bits(u16::from_le_bytes([low, high]) & 0x3ff) else { return };
    let mode = [Mode::Word, Mode::Phrase, Mode::Tag, Mode::Substring].get(usize::from(high >> 4) % 4).copied().unwrap_or(Mode::Word);
    let at = (0..=usize::from(cut).min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let (term, text) = text.split_at(at);
    let text: String = text.chars().take(40).collect();
    let Ok(pattern) = Pattern::new(term, mode, folds, false) else { return };
    let ordinary = Ordinary::shipped();
    let mut field = Prepared::new();
    if high & 0x80 != 0 { field.prepare_element(&text, &ordinary) } else { field.prepare(&text, &ordinary) }

    let one = || [(0, &pattern)].into_iter();
    for coarse in [Coarse::build(one()), Coarse::unscreened(one())] {
        let mut scratch = CoarseScratch::new();
        let may = coarse.may_hold(&text, &ordinary, &mut scratch);
        let mut found = BTreeSet::new();
        let searched = coarse.candidates(&field, &ordinary, &mut scratch, &mut |_, span| {
            found.insert((span.start, span.end));
        });
        // A text beyond the limits is not judged at all.
        if searched.is_err() {
            continue;
        }
        let ends = || (0..=text.len()).filter(|at| text.is_char_boundary(*at)).filter_map(|at| u32::try_from(at).ok());
        for start in ends() {
            for end in ends().filter(|end| *end > start) {
                if verify(&pattern, &field, start..end, &ordinary) != Reading::Evasive || (may && found.contains(&(start, end))) {
                    continue;
                }
                // Spellings with twin letters are looked for plainly, beside the search for marks.
                let spelled = pattern.twin_patterns(&ordinary).any(|spelled| plain_match(&spelled, &text, start..end));
                assert!(spelled, "{term:?} ({mode:?}, {folds}) at {start}..{end} of {text:?} is passed over");
            }
        }
    }
}
