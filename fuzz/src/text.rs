//! Laws of the meaning of text.

use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, View, ViewKind, fold_to_string, verify};

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
