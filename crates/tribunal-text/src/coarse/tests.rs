//! Candidates that were once missed.
use super::*;
use crate::{Folds, Ordinary, Reading, verify};

/// Whether the whole text is read as the term, and among the candidates.
fn found(term: &str, text: &str) -> (bool, bool) {
    let ordinary = Ordinary::shipped();
    let pattern = Pattern::new(term, Mode::Word, Folds::EVASIVE, false).unwrap();
    let mut field = Prepared::new();
    field.prepare(text, &ordinary);
    let whole = 0..u32::try_from(text.len()).unwrap();
    let mut candidate = false;
    let coarse = Coarse::build([(0, &pattern)].into_iter());
    coarse.candidates(&field, &ordinary, &mut CoarseScratch::new(), &mut |_, span| candidate |= span == whole).unwrap();
    (verify(&pattern, &field, whole, &ordinary) == Reading::Evasive, candidate)
}

/// A vowel sign that joins nothing is a letter like others, also when a blank sets it off from its base.
#[test]
fn vowel_signs_set_off_by_blanks() {
    for text in ["ข า ย ข อ ง ဈ ေ း", "ข า ย ข อ ง ဈ ေး", "ข า ย ข อ ง ဈေ း", "ข  า  ย.ข อ ง ဈ ေ း"]
    {
        assert_eq!(found("ขายของဈေး", text), (true, true), "{text:?}");
    }
    assert_eq!(found("ကခဈေးင", "က ခ ဈ ေးင"), (true, true));
    assert_eq!(found("नमस्ते", "न म स् त े"), (true, true));
    // A mark that joins what it follows makes one character with the blank, which then separates nothing.
    assert!(!found("กุกข", "ก ุ ก ข").0);
}

/// What looks like another letter of its own script shows whatever else the field holds; never the reverse.
#[test]
fn look_alikes_of_one_script() {
    assert_eq!(found("كتابي", "ڪتابي"), (true, true));
    for (term, text) in [("ڪتابي", "كتابي"), ("λόγος", "λόγοο"), ("1\u{fe0f}\u{20e3}1", "1\u{fe0f}\u{20e3}.1")] {
        assert!(!found(term, text).0, "{text:?}");
    }
}
