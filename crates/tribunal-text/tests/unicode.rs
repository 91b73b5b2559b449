//! Against the files of the Unicode Character Database and independent implementations.
//!
//! The files are looked for in the folder `unicode` of `TRIBUNAL_DATA`, or of `../shared/data` beside the repository.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Command;
use tribunal_text::{Folds, Strength, ViewKind, fold_to_string, props, resemblance, words};
use unicode_normalization::UnicodeNormalization;

/// Text of a data file (`NAME` or `NAME.zst`); without it the test says so and ends.
fn data(name: &str) -> Option<String> {
    let beside = PathBuf::from("../../../shared/data");
    let folder = std::env::var_os("TRIBUNAL_DATA").map_or(beside, PathBuf::from).join("unicode");
    let found = std::fs::read_to_string(folder.join(name)).ok().or_else(|| {
        let packed = folder.join(format!("{name}.zst"));
        let output = packed.exists().then(|| Command::new("zstd").arg("-dqc").arg(packed).output().ok())??;
        output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
    });
    if found.is_none() {
        // Past the harness, which keeps what passing tests print to itself.
        let _ = writeln!(std::io::stderr().lock(), "SKIPPED: {name} is not in {}", folder.display());
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
        // Selectors belong to emoji; a regional indicator that is no part of a flag is its letter.
        if matches!(c, '\u{fe0e}' | '\u{fe0f}' | '\u{1f1e6}'..='\u{1f1ff}') || compatible.chars().any(char::is_whitespace) {
            continue;
        }
        assert_eq!(with(Folds::WIDTH, &source), compatible, "U+{:04X}", c as u32);
        seen += usize::from(compatible != source);
    }
    assert!(seen > 15_000, "{seen}");
}

#[test]
fn width_is_compatibility_decomposition_of_whole_texts() {
    let Some(text) = data("NormalizationTest.txt") else { return };
    let (mut seen, mut blank, mut selected) = (0, 0, 0);
    for line in lines(&text) {
        let cells: Vec<String> = line.split(';').take(5).map(decode).collect();
        // A compatibility form that begins with a space would set a space inside a word: it stays as it is.
        if cells[0].contains(['\u{fe0e}', '\u{fe0f}']) {
            selected += 1;
        } else if cells[4].chars().any(char::is_whitespace) {
            blank += 1;
        } else {
            for source in &cells {
                assert_eq!(with(Folds::WIDTH, source), cells[4], "{line}");
            }
            seen += 1;
        }
    }
    println!("NormalizationTest: NFKD {seen} lines, {blank} with a space, {selected} with a selector");
    assert_eq!((seen + blank + selected, blank, selected), (20_034, 67, 0));
}

#[test]
fn case_is_full_case_folding() {
    let Some(text) = data("CaseFolding.txt") else { return };
    let (mut seen, mut exact) = (0, 0);
    for line in lines(&text) {
        let cells: Vec<&str> = line.split(';').map(str::trim).collect();
        if !matches!(cells[1], "C" | "F") {
            continue;
        }
        let (source, target) = (decode(cells[0]), decode(cells[2]));
        let got = with(Folds::CASE, &source);
        // Canonical caseless matching (Unicode Standard, D145) folds the decomposed character: as texts they are equal.
        assert_eq!(got, with(Folds::CASE, &target), "{line}");
        assert_eq!(got.nfc().collect::<String>(), target.nfc().collect::<String>(), "{line}");
        exact += usize::from(got == target.nfd().collect::<String>());
        seen += 1;
    }
    println!("CaseFolding: {exact} of {seen} mappings");
    assert_eq!((exact, seen), (1_585, 1_585));
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

/// Rules of UAX #29 that words leave out, by their numbers in the test file, and what the difference is called.
const LEFT_OUT: [(&str, &str); 6] = [("6.0", "WB6"), ("7.0", "WB7"), ("7.2", "WB7b"), ("7.3", "WB7c"), ("11.0", "WB11"), ("12.0", "WB12")];

/// The words of a line of WordBreakTest.txt: its own boundaries, with one put in wherever a named difference has it.
fn expected_words(line: &str, differences: &mut BTreeSet<&'static str>) -> Vec<String> {
    let (breaks, comment) = line.split_once('#').unwrap();
    let rules: Vec<&str> = comment.split('[').skip(1).map(|r| r.split(']').next().unwrap()).collect();
    let mut segments = vec![String::new()];
    let mut at = 0;
    for token in breaks.split_whitespace() {
        if token != "÷" && token != "×" {
            segments.last_mut().unwrap().push_str(&decode(token));
            continue;
        }
        let next = breaks.split(['÷', '×']).nth(at + 1).map(decode).unwrap_or_default();
        let before = segments.last().unwrap().chars().rev().find(|c| !props::is_mark(*c) && !props::is_default_ignorable(*c));
        let named = LEFT_OUT.iter().find(|(rule, _)| *rule == rules[at]).map(|(_, name)| *name).or_else(|| match rules[at] {
            "13.0" => Some("spaceless"),
            // A joiner joins an emoji to an emoji, not to a letter.
            "3.3" if !before.is_some_and(props::is_pictographic) => Some("emoji by grapheme"),
            "13.1" | "13.2" if next == "_" || before == Some('_') => Some("low line"),
            _ => None,
        });
        let mut apart = token == "÷" || named.is_some();
        differences.extend(named.filter(|_| token == "×"));
        if at > 0 && next.starts_with(props::is_regional_indicator) {
            // A flag is one grapheme: two letters with nothing between.
            let before = segments.last().unwrap().chars().rev().take_while(|c| props::is_regional_indicator(*c)).count();
            let flag = before % 2 == 1;
            if flag == apart {
                differences.insert("flags by grapheme");
                apart = !flag;
            }
        }
        if apart {
            segments.push(String::new());
        }
        at += 1;
    }
    let emoji = |c: char| props::is_emoji_presentation(c) || props::is_regional_indicator(c) || (props::is_pictographic(c) && !props::is_letter(c));
    segments.retain(|s| s.chars().any(|c| props::is_letter(c) || props::is_digit(c) || emoji(c)));
    segments
}

#[test]
fn words_differ_from_uax_29_by_named_rules_alone() {
    let Some(text) = data("WordBreakTest.txt") else { return };
    let mut table: BTreeMap<String, usize> = BTreeMap::new();
    for line in text.lines().filter(|l| l.starts_with('÷')) {
        let source: String = line.split('#').next().unwrap().split(['÷', '×']).map(decode).collect();
        let mut differences = BTreeSet::new();
        let expected = expected_words(line, &mut differences);
        let mut found = Vec::new();
        words::words(&source, |r| found.push(source[r].to_owned()));
        if found != expected {
            // Default-ignorables are transparent: at the end of a word they are none of it, nor is a mark after an emoji.
            let emoji = |w: &str| w.starts_with(|c| props::is_emoji(c) || props::is_pictographic(c));
            let bare = |w: &String| {
                let marks = if emoji(w) { w.trim_end_matches(|c| props::is_mark(c) || props::is_default_ignorable(c)) } else { w };
                marks.trim_matches(props::is_default_ignorable).to_owned()
            };
            let (bare_found, bare_expected): (Vec<_>, Vec<_>) = (found.iter().map(bare).collect(), expected.iter().map(bare).collect());
            assert_eq!(bare_found, bare_expected, "{line}");
            differences.insert(if expected.iter().any(|w| emoji(w)) { "mark or ignorable after an emoji" } else { "ignorable at the end" });
        }
        let name = if differences.is_empty() { "as UAX #29".to_owned() } else { differences.into_iter().collect::<Vec<_>>().join(", ") };
        *table.entry(name).or_default() += 1;
    }
    println!("WordBreakTest: {table:#?}");
    let expected = [
        ("WB11, WB12", 31),
        ("WB6, WB7", 43),
        ("WB6, WB7, ignorable at the end", 6),
        ("WB7b, WB7c", 1),
        ("as UAX #29", 1_582),
        ("emoji by grapheme", 5),
        ("emoji by grapheme, mark or ignorable after an emoji", 2),
        ("flags by grapheme, mark or ignorable after an emoji", 2),
        ("ignorable at the end", 63),
        ("ignorable at the end, low line", 3),
        ("low line", 113),
        ("mark or ignorable after an emoji", 90),
        ("spaceless", 3),
    ];
    assert_eq!(table, expected.map(|(name, count)| (name.to_owned(), count)).into());
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
    let committed = std::fs::read_to_string(PathBuf::from("data/confusables.tsv")).unwrap();
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

/// Why a line of confusables.txt is no look-alike here, in the order in which the reasons are asked.
fn reason(from: char, to: &str) -> &'static str {
    let plain = |text: &str| fold_to_string(ViewKind { folds: Folds::WIDTH.union(Folds::CASE), turkish: false }, text);
    let mut letters = to.chars();
    let (first, several) = (letters.next().unwrap(), letters.next().is_some());
    let digit = |c: char| props::is_digit(c) || c.is_numeric();
    match first {
        _ if from.is_ascii() => "source in ASCII",
        _ if plain(&from.to_string()) == plain(to) => "equal under the plain folds",
        _ if several => "several letters on the right",
        _ if digit(from) || digit(first) => "digit",
        _ if props::is_mark(from) || props::is_mark(first) => "mark",
        _ if !props::is_letter(first) => "sign or punctuation on the right",
        _ if from.nfkd().next().is_some_and(|c| c.is_ascii()) => "ASCII with a mark",
        _ if plain(to).chars().count() > 1 => "folds to several letters",
        '\u{80}'..='\u{6ff}' | '\u{1d00}'..='\u{1fff}' => "unexplained",
        _ => "alphabet without disguises in use",
    }
}

#[test]
fn every_line_of_confusables_has_its_grade_or_reason() {
    let Some(text) = data("confusables.txt") else { return };
    let mut table: BTreeMap<&str, usize> = BTreeMap::new();
    for line in lines(text.trim_start_matches('\u{feff}')) {
        let cells: Vec<&str> = line.split(';').map(str::trim).collect();
        let (from, to) = (decode(cells[0]), decode(cells[1]));
        let from = from.chars().next().unwrap();
        let letter = with(Folds::CASE.union(Folds::WIDTH), &to);
        let mut letters = letter.chars();
        let grade = match (letters.next(), letters.next()) {
            (Some(letter), None) => resemblance(from, letter),
            _ => None,
        };
        let name = match grade {
            Some(Strength::Strong) => "grade: strong",
            Some(Strength::Weak) => "grade: weak",
            Some(Strength::Beside) => "grade: beside a letter",
            None => reason(from, &to),
        };
        assert_ne!(name, "unexplained", "{line}");
        *table.entry(name).or_default() += 1;
    }
    println!("confusables.txt: {table:#?}");
    let expected = [
        ("ASCII with a mark", 41),
        ("alphabet without disguises in use", 440),
        ("digit", 159),
        ("equal under the plain folds", 2_920),
        ("folds to several letters", 20),
        ("grade: strong", 863),
        ("grade: weak", 4),
        ("mark", 203),
        ("several letters on the right", 1_599),
        ("sign or punctuation on the right", 308),
        ("source in ASCII", 8),
    ];
    assert_eq!(table, BTreeMap::from(expected));
}
