//! Look-alikes, digits and symbols that stand for letters.

use crate::{Outcome, data, emit};
use icu_casemap::CaseMapper;
use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, GeneralCategoryGroup};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

/// Case-folded compatibility form: what the plain folds make of a character anyway.
fn plain(c: char) -> String {
    let wide = DecomposingNormalizerBorrowed::new_nfkd().normalize(&c.to_string()).into_owned();
    CaseMapper::new().fold_string(&wide).into_owned()
}

fn is_letter(c: char) -> bool {
    GeneralCategoryGroup::Letter.contains(CodePointMapData::<GeneralCategory>::new().get(c))
}

fn is_capital(c: char) -> bool {
    CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::UppercaseLetter
}

/// Derives the committed list from `confusables.txt` of UTS #39: single code points that look like a single letter,
/// without digits and marks, without ASCII, and without what the plain folds already make equal.
pub(crate) fn derive(source: &Path, target: &Path) -> Outcome<()> {
    let text = std::fs::read_to_string(source)?;
    let mut rows: BTreeMap<char, (char, String)> = BTreeMap::new();
    for line in text.trim_start_matches('\u{feff}').lines().filter(|l| !l.starts_with('#')) {
        let mut cells = line.split(';').map(str::trim);
        let (Some(from), Some(to)) = (cells.next(), cells.next()) else { continue };
        if from.contains(' ') || to.contains(' ') || from.is_empty() {
            continue;
        }
        let (from, to) = (data::code_point(&format!("U+{from}"))?, data::code_point(&format!("U+{to}"))?);
        let category = CodePointMapData::<GeneralCategory>::new().get(from);
        let digit = category == GeneralCategory::DecimalNumber || GeneralCategoryGroup::Mark.contains(category);
        if from.is_ascii() || digit || !is_letter(to) || plain(from) == plain(to) {
            continue;
        }
        // Ideographs and radicals look like each other by origin; a reading through them is no disguise of a word.
        if !to.is_ascii() && !is_alphabet(to) {
            continue;
        }
        // What the plain folds turn into an ASCII letter, `ö` for one, is common in innocent text.
        if !to.is_ascii() && plain(from).starts_with(|c: char| c.is_ascii()) {
            continue;
        }
        let name = line.split('#').nth(1).and_then(|c| c.split(") ").nth(1)).unwrap_or_default().trim().to_owned();
        rows.insert(from, (to, name));
    }
    let mut out = String::from(
        "# Derived from confusables.txt of Unicode Technical Standard #39, version 17.0: single code points that look like one letter.\n\
         # Copyright 1991-2025 Unicode, Inc. Used under the Unicode License v3; see LICENSE-UNICODE.txt in this folder.\n\
         # text\tletter\treason\n",
    );
    for (from, (to, name)) in rows {
        let _ = writeln!(out, "U+{:04X}\tU+{:04X}\t{}", from as u32, to as u32, name.to_lowercase());
    }
    std::fs::write(target, out)?;
    Ok(())
}

/// Letters of the scripts in which look-alikes inside one script are worth undoing.
fn is_alphabet(c: char) -> bool {
    matches!(c as u32, 0x80..=0x5ff | 0x600..=0x6ff | 0x1d00..=0x1fff)
}

struct Row {
    /// Folded: `p` where the character looks like `P`.
    letter: char,
    /// Whether the letter it looks like is a capital of ASCII.
    capital: bool,
    /// 0 strong, 1 weak, 2 only beside a letter.
    strength: u32,
}

/// Added to the strength of a row whose letter is a capital.
const CAPITAL: u32 = 4;

/// The tables of `disguises.rs`.
pub(crate) fn generate(data_folder: &Path) -> Outcome<String> {
    let mut out = emit::header("Look-alikes, digits and symbols that stand for letters.");
    let mut rows: BTreeMap<char, Vec<Row>> = BTreeMap::new();
    let mut add = |from: char, letter: char, capital: bool, strength: u32| {
        let list = rows.entry(from).or_default();
        if let Some(known) = list.iter_mut().find(|r| r.letter == letter) {
            // The reviewed grade stands above the derived one.
            known.strength = strength;
        } else {
            list.push(Row { letter, capital: capital && letter.is_ascii(), strength });
        }
    };
    for row in data::rows(&data_folder.join("confusables.tsv"), 3)? {
        if let [from, to, ..] = row.as_slice() {
            // Compared with folded terms, so the letter is stored folded.
            let to = data::code_point(to)?;
            let folded = plain(to);
            let mut letters = folded.chars();
            if let (Some(letter), None) = (letters.next(), letters.next()) {
                add(data::code_point(from)?, letter, is_capital(to), 0);
            }
        }
    }
    for row in data::rows(&data_folder.join("overlay.tsv"), 5)? {
        if let [from, letters, strength, ..] = row.as_slice() {
            let strength = match strength.as_str() {
                "strong" => 0,
                "weak" => 1,
                "beside" => 2,
                other => return Err(format!("unknown strength `{other}`").into()),
            };
            let from = data::code_point(from)?;
            for letter in letters.chars() {
                add(from, letter, is_capital(from), strength);
            }
        }
    }
    let mut values = vec![0u32; 0x11_0000];
    let mut list = Vec::new();
    for (from, letters) in &rows {
        if let Some(slot) = values.get_mut(*from as usize) {
            *slot = u32::try_from(list.len() + 1)?;
        }
        for (i, row) in letters.iter().enumerate() {
            let strength = row.strength + if row.capital { CAPITAL } else { 0 };
            list.push(format!("({}, {strength}, {})", emit::character(row.letter), i + 1 == letters.len()));
        }
    }
    emit::trie(&mut out, "Number of the first look-alike row of a code point, from 1", "LOOK", "u16", &values);
    emit::array(
        &mut out,
        "Look-alike rows: the letter, folded; how strongly (0 always, 1 in mixed words, 2 beside a letter; 4 added where the letter is a capital); whether it is the last of its character.",
        "LOOK_ROWS",
        "(char, u8, bool)",
        &list,
    );
    leet(&mut out, data_folder)?;
    optional(&mut out, data_folder)?;
    Ok(out)
}

/// Marks that may be left out, as sorted ranges.
fn optional(out: &mut String, data_folder: &Path) -> Outcome<()> {
    let mut ranges: Vec<(char, char)> = Vec::new();
    for row in data::rows(&data_folder.join("optional_marks.tsv"), 5)? {
        if let [first, last, ..] = row.as_slice() {
            ranges.push((data::code_point(first)?, data::code_point(last)?));
        }
    }
    ranges.sort_unstable();
    let list: Vec<String> = ranges.iter().map(|(first, last)| format!("({}, {})", emit::character(*first), emit::character(*last))).collect();
    emit::array(out, "Marks that a writer may leave out or put in: first and last of each range, sorted.", "OPTIONAL", "(char, char)", &list);
    Ok(())
}

fn leet(out: &mut String, data_folder: &Path) -> Outcome<()> {
    let mut letters: Vec<(char, String)> = Vec::new();
    for row in data::rows(&data_folder.join("leet.tsv"), 4)? {
        if let [from, to, ..] = row.as_slice() {
            letters.push((data::code_point(from)?, to.clone()));
        }
    }
    letters.sort();
    let mut table = vec![String::from("\"\""); 128];
    for (from, to) in &letters {
        if let Some(slot) = table.get_mut(*from as usize) {
            *slot = emit::string(to);
        }
    }
    emit::array(out, "Letters that an ASCII digit or symbol stands for.", "LEET", "&str", &table);
    let mut sequences: Vec<(String, char)> = Vec::new();
    for row in data::rows(&data_folder.join("sequences.tsv"), 4)? {
        if let [from, to, ..] = row.as_slice() {
            if !from.is_ascii() {
                return Err(format!("sequence `{from}` is not ASCII").into());
            }
            sequences.push((from.clone(), data::code_point(to)?));
        }
    }
    sequences.sort();
    let list: Vec<String> = sequences.iter().map(|(f, t)| format!("({}, {})", emit::string(f), emit::character(*t))).collect();
    emit::array(out, "Sequences that stand for a letter, sorted.", "SEQUENCES", "(&str, char)", &list);
    twins(out, data_folder)?;
    masked(out, data_folder)?;
    let mut class: BTreeMap<char, char> = ('a'..='z').map(|c| (c, c)).collect();
    for (_, to) in &letters {
        let group: BTreeSet<char> = to.chars().filter_map(|c| class.get(&c).copied()).collect();
        if let Some(first) = group.first().copied() {
            for value in class.values_mut().filter(|v| group.contains(v)) {
                *value = first;
            }
        }
    }
    for (from, to) in &letters {
        if let Some(value) = to.chars().next().and_then(|c| class.get(&c).copied()) {
            class.insert(*from, value);
        }
    }
    let table: Vec<String> = (0..128u8).map(|b| emit::character(class.get(&char::from(b)).copied().unwrap_or(char::from(b)))).collect();
    emit::array(out, "Coarse class of ASCII: letters that one digit or symbol stands for share theirs.", "CLASS", "char", &table);
    Ok(())
}

/// The table of twin letters, in the order of its file.
fn twins(out: &mut String, data_folder: &Path) -> Outcome<()> {
    out.push_str(
        "/// Where the letters of a twin stand in a word.\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\npub(crate) enum Place {\n    \
         /// Anywhere.\n    Any,\n    /// Not at its start.\n    Inside,\n    /// At its end.\n    End,\n}\n\n\
         /// Letters of a term, and what is written for them.\n#[derive(Debug)]\npub(crate) struct Twin {\n    \
         pub(crate) letters: &'static str,\n    pub(crate) spelled: &'static str,\n    pub(crate) place: Place,\n    \
         /// How many letters the word has at least.\n    pub(crate) least: usize,\n}\n\n",
    );
    let decomposed = |text: &str| text.replace('ä', "a\u{308}").replace('ö', "o\u{308}").replace('ü', "u\u{308}");
    let mut list = Vec::new();
    for row in data::rows(&data_folder.join("twins.tsv"), 6)? {
        let [letters, spelled, place, least, ..] = row.as_slice() else { continue };
        let place = match place.as_str() {
            "any" => "Any",
            "inside" => "Inside",
            "end" => "End",
            other => return Err(format!("twins.tsv: `{other}` is no place of a word").into()),
        };
        let least: usize = least.parse()?;
        let (letters, spelled) = (emit::string(&decomposed(letters)), emit::string(&decomposed(spelled)));
        list.push(format!("Twin {{ letters: {letters}, spelled: {spelled}, place: Place::{place}, least: {least} }}"));
    }
    emit::array(out, "Twin letters, in the order in which terms are spelled with them.", "TWINS", "Twin", &list);
    Ok(())
}

/// The words that a masked form is known to stand for, in the order of their file.
fn masked(out: &mut String, data_folder: &Path) -> Outcome<()> {
    let mut words = Vec::new();
    for row in data::rows(&data_folder.join("masked.tsv"), 4)? {
        let [form, hidden, ..] = row.as_slice() else { continue };
        let word = form.replacen('*', hidden, 1);
        if hidden.len() != 1 || word == *form || !word.bytes().all(|b| b.is_ascii_lowercase()) {
            return Err(format!("masked.tsv: `{form}` and `{hidden}` are no masked word").into());
        }
        words.push((form.clone(), hidden.clone()));
    }
    let list: Vec<String> = words.iter().map(|(form, hidden)| format!("({}, '{hidden}')", emit::string(form))).collect();
    emit::array(out, "Words that a masked form is known to stand for: with one mask, and the letter under it.", "MASKED", "(&str, char)", &list);
    Ok(())
}
