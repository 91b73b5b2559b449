//! Against the files of the Unicode Character Database and independent implementations.
//!
//! The files are looked for in the folder `unicode` of `TRIBUNAL_DATA`, or of `../shared/data` beside the repository.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "tests")]

use std::path::PathBuf;
use std::process::Command;
use tribunal_text::{Folds, ViewKind, fold_to_string, props, words};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Text of a data file (`NAME` or `NAME.zst`); without it the test says so and ends.
fn data(name: &str) -> Option<String> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("TRIBUNAL_DATA").map_or(beside, PathBuf::from).join("unicode");
    let found = std::fs::read_to_string(folder.join(name)).ok().or_else(|| {
        let packed = folder.join(format!("{name}.zst"));
        let output = packed.exists().then(|| Command::new("zstd").arg("-dqc").arg(packed).output().ok())??;
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    });
    if found.is_none() {
        eprintln!("SKIPPED: {name} is not in {}", folder.display());
    }
    found
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(|l| l.split('#').next().unwrap().trim()).filter(|l| !l.is_empty() && !l.starts_with('@'))
}

fn decode(cell: &str) -> String {
    cell.split_whitespace().map(|h| char::from_u32(u32::from_str_radix(h, 16).unwrap()).unwrap()).collect()
}

fn with(folds: Folds, text: &str) -> String {
    fold_to_string(ViewKind { folds, turkish: false }, text)
}

#[test]
fn no_fold_is_canonical_decomposition() {
    let Some(text) = data("NormalizationTest.txt") else { return };
    let mut seen = 0;
    for line in lines(&text) {
        let cells: Vec<String> = line.split(';').take(5).map(decode).collect();
        // Emoji graphemes lose their selectors and skin tones in every view.
        if cells[0].contains(['\u{fe0e}', '\u{fe0f}']) {
            continue;
        }
        for source in &cells[..3] {
            assert_eq!(with(Folds::NONE, source), cells[2], "{line}");
        }
        seen += 1;
    }
    assert!(seen > 19_000, "{seen}");
}

#[test]
fn width_is_compatibility_decomposition_without_white_space() {
    let mut seen = 0;
    for c in (0..=0x10_ffffu32).filter_map(char::from_u32) {
        let source = c.to_string();
        let compatible: String = source.nfkd().collect();
        if matches!(c, '\u{fe0e}' | '\u{fe0f}') || compatible.chars().any(char::is_whitespace) {
            continue;
        }
        assert_eq!(with(Folds::WIDTH, &source), compatible, "U+{:04X}", c as u32);
        seen += usize::from(compatible != source);
    }
    assert!(seen > 15_000, "{seen}");
}

#[test]
fn case_is_full_case_folding() {
    let Some(text) = data("CaseFolding.txt") else { return };
    let mut seen = 0;
    for line in lines(&text) {
        let cells: Vec<&str> = line.split(';').map(str::trim).collect();
        if !matches!(cells[1], "C" | "F") {
            continue;
        }
        let expected: String = decode(cells[2]).nfd().collect();
        let decomposed: String = decode(cells[0]).nfd().collect();
        // Canonical caseless matching (Unicode Standard, D145): the fold of the decomposed character.
        let got = with(Folds::CASE, &decode(cells[0]));
        assert!(got == expected || decomposed != decode(cells[0]), "{line}: {got:?}");
        assert_eq!(got, with(Folds::CASE, &decode(cells[2])), "{line}");
        seen += 1;
    }
    assert!(seen > 1_400, "{seen}");
}

#[test]
fn every_character_folds_to_a_fixed_point() {
    // Ideographs, syllables and unassigned planes map to themselves or by arithmetic: the first of each block stands for them.
    let dull =
        |c: &u32| matches!(c, 0x3400..0xa000 | 0xac10..0xd7b0 | 0x17000..0x1af00 | 0x20000..0x2f800 | 0x2fb00..0xe0000 | 0xe1000..) && !c.is_multiple_of(256);
    for number in 0..32u16 {
        let kind = ViewKind { folds: Folds::from_bits(number & 15).unwrap(), turkish: number > 15 };
        for c in (0..=0x10_ffffu32).filter(|c| !dull(c)).filter_map(char::from_u32) {
            let once = fold_to_string(kind, c.encode_utf8(&mut [0; 4]));
            assert_eq!(fold_to_string(kind, &once), once, "U+{:04X} under {}", c as u32, kind.folds);
        }
    }
}

/// The rules that words leave out need WB6, WB7, WB11, WB12 characters, `_`, spaceless letters, emoji or ignorables:
/// on other texts the words are those of UAX #29.
#[test]
fn words_are_those_of_uax_29_where_no_rule_differs() {
    let Some(text) = data("WordBreakTest.txt") else { return };
    let mut seen = 0;
    for line in lines(&text) {
        let source: String = line.split(['÷', '×']).map(decode).collect();
        let differs = |c: char| {
            matches!(c, '.' | ',' | ':' | ';' | '\'' | '"' | '_' | '\u{2018}' | '\u{2019}' | '\u{2024}' | '\u{b7}' | '\u{202f}' | '\u{387}')
                || props::is_spaceless(c)
                || props::is_emoji(c)
                || props::is_pictographic(c)
                || props::is_default_ignorable(c)
        };
        if source.chars().any(differs) {
            continue;
        }
        let mut found = Vec::new();
        words::words(&source, |r| found.push(source[r].to_owned()));
        let letter = |w: &&str| w.chars().any(|c| props::is_letter(c) || props::is_digit(c));
        let expected: Vec<&str> = source.split_word_bounds().filter(letter).collect();
        assert_eq!(found, expected, "{line}");
        seen += 1;
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn words_of_mixed_texts() {
    let text = "O'Neil's 3,000.5 a.b א\"ב א' x\u{200d}y _a_ №5 ½ ﬁn e\u{301}a 1st";
    let mut found = Vec::new();
    words::words(text, |r| found.push(&text[r]));
    assert_eq!(found, ["O", "Neil", "s", "3", "000", "5", "a", "b", "א", "ב", "א'", "x\u{200d}y", "a", "5", "ﬁn", "e\u{301}a", "1st"]);
}

#[test]
fn confusables_come_from_the_standard() {
    let Some(text) = data("confusables.txt") else { return };
    let committed = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/confusables.tsv")).unwrap();
    let standard: std::collections::HashMap<String, String> = lines(text.trim_start_matches('\u{feff}'))
        .map(|l| l.split(';').map(str::trim).map(str::to_owned).collect::<Vec<_>>())
        .map(|cells| (cells[0].clone(), cells[1].clone()))
        .collect();
    let rows: Vec<Vec<&str>> = committed.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect()).collect();
    assert!(rows.len() > 700);
    for row in rows {
        let key = row[0].trim_start_matches("U+");
        assert_eq!(standard.get(key).map(String::as_str), Some(row[1].trim_start_matches("U+")), "{row:?}");
    }
}
