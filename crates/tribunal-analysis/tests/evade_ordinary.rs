//! What is read in real texts that is not there: every disguised reading of ordinary words, to be looked at by people.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, unreachable_pub, reason = "tests")]

mod evade_data;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use rayon::prelude::*;
use tribunal_analysis::evade::find::Finder;
use tribunal_text::{Folds, Mode, Ordinary, Pattern, ViewKind, fold_to_string, undone};

/// A disguised reading in a text.
struct Reading {
    term: String,
    text: String,
    undone: String,
    source: String,
    around: String,
}

fn finder(words: &[String]) -> Finder {
    let patterns = words.iter().enumerate().map(|(n, w)| (n, Pattern::new(w, Mode::Phrase, Folds::EVASIVE, false).unwrap())).collect();
    Finder::new(patterns, Vec::new(), Ordinary::shipped())
}

/// Every disguised reading of the words in the texts.
fn readings(words: &[String], texts: &[evade_data::Text]) -> Vec<Reading> {
    let ordinary = Ordinary::shipped();
    let look = |finder: &mut Finder, text: &evade_data::Text| {
        let mut found: Vec<(usize, std::ops::Range<u32>)> = Vec::new();
        finder.disguised(&text.text, &mut |word, span| found.push((word, span))).unwrap_or_else(|_| println!("over the limits: a text of {}", text.source));
        // Of a term's readings that overlap, the longest.
        found.sort_by_key(|(word, span)| (*word, span.start, std::cmp::Reverse(span.end)));
        found.dedup_by(|next, kept| next.0 == kept.0 && next.1.start < kept.1.end);
        let mut field = tribunal_text::Prepared::new();
        field.prepare(&text.text, &ordinary);
        let read = |(word, span): (usize, std::ops::Range<u32>)| {
            let (start, end) = (span.start as usize, span.end as usize);
            let pattern = Pattern::new(&words[word], Mode::Phrase, Folds::EVASIVE, false).unwrap();
            let before: String = text.text[..start].chars().rev().take(25).collect::<Vec<_>>().into_iter().rev().collect();
            let after: String = text.text[end..].chars().take(25).collect();
            Reading {
                term: words[word].clone(),
                text: text.text[start..end].to_owned(),
                undone: undone(&pattern, &field, span, &ordinary).to_string(),
                source: text.source.clone(),
                around: format!("{before}[{}]{after}", &text.text[start..end]).replace(['\n', '\t', '\r'], " "),
            }
        };
        found.into_iter().map(read).collect::<Vec<_>>()
    };
    texts.par_chunks(4_000).map_init(|| finder(words), |finder, part| part.iter().flat_map(|text| look(finder, text)).collect::<Vec<_>>()).flatten().collect()
}

/// Prints how many by what was undone; with `TRIBUNAL_READINGS` a folder, all of them into a file there.
fn report(name: &str, readings: &[Reading], texts: usize) {
    let mut by: BTreeMap<&str, usize> = BTreeMap::new();
    for reading in readings {
        *by.entry(&reading.undone).or_default() += 1;
    }
    println!("{name}: {} disguised readings in {texts} texts", readings.len());
    for (undone, count) in &by {
        println!("  {count:5} {undone}");
    }
    if let Some(folder) = std::env::var_os("TRIBUNAL_READINGS") {
        let mut out = String::new();
        for r in readings {
            let _ = writeln!(out, "{}\t{}\t{}\t{}\t{}", r.undone, r.term, r.text, r.source, r.around);
        }
        std::fs::write(Path::new(&folder).join(format!("{name}.tsv")), out).unwrap();
    }
}

#[test]
fn ordinary_words_are_seldom_read_into_texts() {
    let Some(data) = evade_data::data("ordinary_words_are_seldom_read_into_texts") else { return };
    let texts = evade_data::texts(&data);
    let counts = evade_data::counted(&texts);
    assert!(texts.len() >= 100_000, "{} texts", texts.len());
    // People looked at every reading: about what fraction is wrong is in the notes; the counts here keep them from growing.
    for (name, letters, least, most, bound) in [("words-300", 5..=10, 5, 300, 400), ("words-10000", 3..=12, 2, 10_000, 6_000)] {
        let words = evade_data::english(&data, &counts, letters, least, most);
        assert!(words.len() * 10 >= most * 9, "{} words", words.len());
        let found = readings(&words, &texts);
        report(name, &found, texts.len());
        assert!(found.len() <= bound, "{} readings for {} words", found.len(), words.len());
    }
}

/// Profane words as whole words, on lists of innocent words: what the disguises add to the plain folds.
#[test]
fn word_lists_are_not_read_into_profanity() {
    let Some(data) = evade_data::data("word_lists_are_not_read_into_profanity") else { return };
    let terms = evade_data::lines(&data.join("terms/open/ldnoobw.jsonl"));
    let words: Vec<String> = terms.iter().filter(|t| t["lang"] == "en").map(|t| t["term"].as_str().unwrap().to_owned()).collect();
    assert!(words.len() > 300, "{} terms", words.len());
    for file in ["american-english.txt.zst", "world-cities.csv.zst", "rustrict-false-positives.txt"] {
        let list = evade_data::text(&data.join("allow/open").join(file));
        let texts: Vec<evade_data::Text> = list.lines().map(|line| evade_data::Text { source: file.to_owned(), text: line.to_owned() }).collect();
        let found = readings(&words, &texts);
        println!("{file}: {} lines, {} hits by disguise alone", texts.len(), found.len());
        assert!(found.len() <= 3, "{file}: {} hits", found.len());
    }
}

/// The evasion pairs of a functional test suite, one rule a pair.
#[test]
fn hatecheck_pairs() {
    let Some(data) = evade_data::data("hatecheck_pairs") else { return };
    let mut kinds: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    for pair in evade_data::lines(&data.join("evasion/open/hatecheck-pairs.jsonl")) {
        let of = |key: &str| pair[key].as_str().unwrap_or_default().to_owned();
        let (kind, term) = (of("kind"), of("base_term"));
        let tag = kind == "space_del";
        let count = kinds.entry(kind).or_default();
        count.0 += 1;
        let (base, evaded, glued) = (of("base_text"), of("evaded_text"), of("evaded_term"));
        count.1 += usize::from(found(&term, Mode::Phrase, &base));
        let caught = if tag { found(&term, Mode::Tag, &format!("look #{glued} here")) } else { found(&term, Mode::Phrase, &evaded) };
        count.2 += usize::from(caught);
    }
    for (kind, (pairs, base, evaded)) in &kinds {
        println!("{kind}: {pairs} pairs, base {base}, evaded {evaded}{}", if kind == "space_del" { " (as a tag)" } else { "" });
    }
    assert!(kinds.values().all(|(pairs, base, _)| pairs == base), "{kinds:?}");
    let share = |kind: &str| kinds.get(kind).map_or(0.0, |(pairs, _, evaded)| *evaded as f64 / *pairs as f64);
    assert!(share("leet") >= 1.0 && share("space_add") >= 0.99 && share("space_del") >= 0.95, "{kinds:?}");
}

fn found(term: &str, mode: Mode, text: &str) -> bool {
    let pattern = Pattern::new(term, mode, Folds::EVASIVE, false).unwrap();
    let boundaries: Vec<u32> = text.char_indices().map(|(at, _)| at as u32).chain([text.len() as u32]).collect();
    let plain = boundaries.iter().any(|start| boundaries.iter().filter(|end| *end > start).any(|end| tribunal_text::plain_match(&pattern, text, *start..*end)));
    let mut disguised = false;
    let mut finder = Finder::new(vec![(0, pattern)], Vec::new(), Ordinary::shipped());
    finder.disguised(text, &mut |_, _| disguised = true).unwrap();
    plain || disguised
}

/// A list of profane words with the variants that people write: the canonical forms are loaded, the variants tried. What is
/// hit in the dictionary is wrong unless it is a canonical form itself.
#[test]
fn variants_of_a_profanity_list() {
    let Some(data) = evade_data::data("variants_of_a_profanity_list") else { return };
    let entries = evade_data::lines(&data.join("terms/open/surge-profanity.jsonl"));
    let folded = |text: &str| fold_to_string(ViewKind::PLAIN, text);
    let canonical = |entry: &serde_json::Value| -> Vec<String> {
        entry["canonical"].as_array().map_or_else(Vec::new, |all| all.iter().filter_map(|c| c.as_str()).map(folded).collect())
    };
    let mut forms: Vec<String> = entries.iter().flat_map(canonical).collect();
    forms.sort();
    forms.dedup();
    let variants: Vec<&str> = entries
        .iter()
        .filter(|entry| !canonical(entry).contains(&folded(entry["term"].as_str().unwrap_or_default())))
        .map(|entry| entry["term"].as_str().unwrap_or_default())
        .collect();
    let dictionary: Vec<String> = evade_data::dictionary(&data).into_iter().filter(|word| forms.binary_search(word).is_err()).collect();
    let parts = |form: &str| if form.len() >= 5 { vec![Mode::Prefix, Mode::Suffix] } else { vec![Mode::Phrase] };
    let mut by: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (name, folds) in
        [("substring, plain", Folds::PLAIN), ("word, plain", Folds::PLAIN), ("word, evasive", Folds::EVASIVE), ("affix, evasive", Folds::EVASIVE)]
    {
        let modes = |form: &str| match name {
            "substring, plain" => vec![Mode::Substring],
            "affix, evasive" => parts(form),
            _ => vec![Mode::Phrase],
        };
        let patterns: Vec<Pattern> =
            forms.iter().flat_map(|form| modes(form).into_iter().map(|mode| Pattern::new(form, mode, folds, false).unwrap())).collect();
        let mut finder = Finder::new(patterns.iter().cloned().enumerate().collect(), Vec::new(), Ordinary::shipped());
        let mut hit = |text: &str| -> bool {
            let mut found = false;
            finder.disguised(text, &mut |_, _| found = true).unwrap();
            found || patterns.iter().any(|pattern| plainly(pattern, text))
        };
        let caught = variants.iter().filter(|variant| hit(variant)).count();
        let wrong = dictionary.iter().filter(|word| hit(word)).count();
        println!(
            "{name}: {caught} of {} variants = {:.3}; {wrong} of {} dictionary words hit",
            variants.len(),
            caught as f64 / variants.len() as f64,
            dictionary.len()
        );
        by.insert(name, (caught, wrong));
    }
    assert!(by["word, evasive"].0 > by["word, plain"].0);
    assert!(by["word, evasive"].1 * 100 <= by["substring, plain"].1);
}

/// Whether the folded text holds the term as its mode wants it: fast, for texts of a few words.
fn plainly(pattern: &Pattern, text: &str) -> bool {
    let (text, form) = (fold_to_string(ViewKind::PLAIN, text), fold_to_string(ViewKind::PLAIN, pattern.term()));
    text.match_indices(&form).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        let after = text[at + form.len()..].chars().next().is_some_and(char::is_alphanumeric);
        !(before && pattern.first_edge() || after && pattern.last_edge())
    })
}
