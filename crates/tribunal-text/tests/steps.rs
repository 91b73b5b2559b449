//! The short way to the steps of an ordinary term is the long one.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use proptest::prelude::*;
use tribunal_text::{Folds, Mode, Pattern, Steps};

const MODES: [Mode; 7] = [Mode::Word, Mode::Phrase, Mode::Prefix, Mode::Suffix, Mode::Substring, Mode::Tag, Mode::Whole];

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, ..ProptestConfig::default() })]

    #[test]
    fn plain_terms(term in "[a-zA-Z0-9]{1,4}( [a-zA-Z0-9]{1,5}){0,3}|[a-zA-Z0-9 .é-]{0,8}", mode in 0..7usize, bits in 0..1024u16, turkish: bool) {
        let (mode, folds) = (MODES[mode], Folds::from_bits(bits).unwrap());
        let mut short = Vec::new();
        let Some(form) = Steps::of_plain(&term, mode, folds, turkish, &mut short) else {
            prop_assert!(short.is_empty());
            return Ok(());
        };
        let pattern = Pattern::new(&term, mode, folds, turkish).unwrap();
        let mut long = Vec::new();
        Steps::encode(pattern.symbols(), &mut long);
        prop_assert_eq!((form, short), (pattern.form(), long));
    }

    #[test]
    fn words_and_phrases_take_it(term in "[a-zA-Z0-9]{1,8}( [a-z]{1,5}){0,2}") {
        for mode in [Mode::Word, Mode::Phrase] {
            prop_assert!(Steps::of_plain(&term, mode, Folds::EVASIVE, false, &mut Vec::new()).is_some());
        }
    }
}
