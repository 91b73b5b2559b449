//! What is read in real texts that is not there: every disguised reading of ordinary words, to be looked at by people.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, unreachable_pub, reason = "tests")]

mod evade_data;

use std::collections::{BTreeMap, BTreeSet};
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
    /// Which half of the texts: guards are chosen by what one half shows, and counted on the other.
    half: u64,
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
            let before: String = text.text[..start].chars().rev().take(40).collect::<Vec<_>>().into_iter().rev().collect();
            let after: String = text.text[end..].chars().take(40).collect();
            Reading {
                term: words[word].clone(),
                text: text.text[start..end].to_owned(),
                undone: undone(&pattern, &field, span, &ordinary).to_string(),
                source: text.source.clone(),
                half: evade_data::fixed_hash(&text.text) % 2,
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
    let first = readings.iter().filter(|r| r.half == 0).count();
    println!("{name}: {} disguised readings in {texts} texts, {first} of them in the first half of the texts", readings.len());
    for (undone, count) in &by {
        println!("  {count:5} {undone}");
    }
    if let Some(folder) = std::env::var_os("TRIBUNAL_READINGS") {
        let mut out = String::new();
        for r in readings {
            let _ = writeln!(out, "{}\t{}\t{}\t{}\t{}\t{}", r.half, r.undone, r.term, r.text, r.source, r.around);
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
/// hit in the dictionary is wrong unless the list itself has it. Beside whole words and plain substrings, ways to match that
/// were chosen form by form, as a specialist does with the collisions at hand: those that gain most for the dictionary words
/// they hit. Chosen with one half of the dictionary, they are measured on the other.
#[test]
fn variants_of_a_profanity_list() {
    let Some(data) = evade_data::data("variants_of_a_profanity_list") else { return };
    let list = Variants::new(&data);
    let sets = |name: &str, make: &dyn Fn(&str) -> Vec<Pattern>| list.hits(name, make);
    let of = |form: &str, mode, folds| Pattern::new(form, mode, folds, false).unwrap();
    let substring = sets("substring, plain", &|form| vec![of(form, Mode::Substring, Folds::PLAIN)]);
    sets("word, plain", &|form| vec![of(form, Mode::Phrase, Folds::PLAIN)]);
    let word = sets("word, evasive", &|form| vec![of(form, Mode::Phrase, Folds::EVASIVE)]);
    let affixes = [Mode::Substring, Mode::Prefix, Mode::Suffix]
        .map(|mode| list.hits("", &|form| if form.chars().count() < 4 { Vec::new() } else { vec![of(form, mode, Folds::EVASIVE)] }));
    let words = union(&word.variants);
    let choices: Vec<(&BTreeSet<usize>, &BTreeSet<usize>)> = affixes.iter().flat_map(|all| all.variants.iter().zip(&all.dictionary)).collect();
    let most = union(&substring.dictionary).len() / 100;
    let all = list.choose(&words, &choices, &|_| true, most);
    println!(
        "| chosen with the whole dictionary | {} of {} = {:.3} | {} |",
        all.0.len(),
        list.variants.len(),
        all.0.len() as f64 / list.variants.len() as f64,
        all.1.len()
    );
    // What was chosen with one half of the words is counted on the other: the fewer hits the choice allows itself, the fewer
    // come that it could not know. With three there are no more than a hundredth of those of substrings.
    let mut held_out = Vec::new();
    for allowed in [2, 3, 4, most / 2] {
        for half in [0, 1] {
            let known = |word: usize| evade_data::fixed_hash(&list.dictionary[word]) % 2 == half;
            let (caught, wrong) = list.choose(&words, &choices, &known, allowed);
            let unseen = wrong.iter().filter(|word| !known(**word)).count();
            let share = caught.len() as f64 / list.variants.len() as f64;
            println!("| chosen with half {half} of it, {allowed} hits there at most | {} = {share:.3} | {unseen} in the other half |", caught.len());
            held_out.push((share, unseen));
        }
    }
    let worst = |of: &[(f64, usize)]| (of.iter().map(|(share, _)| *share).fold(1.0, f64::min), of.iter().map(|(_, unseen)| unseen).sum::<usize>());
    let (share, unseen) = worst(&held_out[2..4]);
    assert!(share > 0.48 && unseen <= most, "{held_out:?} of {most}");
    let shown: Vec<&str> = all.1.iter().map(|word| list.dictionary[*word].as_str()).collect();
    println!("hit in the dictionary: {}", shown.join(" "));
    assert!(words.len() > list.variants.len() / 5 && union(&word.dictionary).is_empty());
    assert!(all.0.len() as f64 > 0.48 * list.variants.len() as f64 && all.1.len() <= most, "{} caught, {} wrong", all.0.len(), all.1.len());
}

/// Canonical forms, the variants of them, and a dictionary without either.
struct Variants {
    forms: Vec<String>,
    variants: Vec<String>,
    dictionary: Vec<String>,
}

/// For each form, the variants and the dictionary words that it hits.
struct Hits {
    variants: Vec<BTreeSet<usize>>,
    dictionary: Vec<BTreeSet<usize>>,
}

impl Variants {
    fn new(data: &Path) -> Variants {
        let entries = evade_data::lines(&data.join("terms/open/surge-profanity.jsonl"));
        let folded = |text: &str| fold_to_string(ViewKind::PLAIN, text);
        let canonical = |entry: &serde_json::Value| -> Vec<String> {
            entry["canonical"].as_array().map_or_else(Vec::new, |all| all.iter().filter_map(|c| c.as_str()).map(folded).collect())
        };
        let forms: BTreeSet<String> = entries.iter().flat_map(canonical).collect();
        let term = |entry: &serde_json::Value| entry["term"].as_str().unwrap_or_default().to_owned();
        let listed: BTreeSet<String> = entries.iter().map(|entry| folded(&term(entry))).collect();
        let variants = entries.iter().filter(|entry| !canonical(entry).contains(&folded(&term(entry)))).map(term).collect();
        let dictionary = evade_data::dictionary(data).into_iter().filter(|word| !forms.contains(word) && !listed.contains(word)).collect();
        Variants { forms: forms.into_iter().collect(), variants, dictionary }
    }

    /// What each form hits as the patterns made of it; a row of the table when it has a name.
    fn hits(&self, name: &str, make: &dyn Fn(&str) -> Vec<Pattern>) -> Hits {
        let patterns: Vec<(usize, Pattern)> =
            self.forms.iter().enumerate().flat_map(|(number, form)| make(form).into_iter().map(move |pattern| (number, pattern))).collect();
        let mut finder = Finder::new(patterns.clone(), Vec::new(), Ordinary::shipped());
        let mut of = |texts: &[String]| {
            let mut sets = vec![BTreeSet::new(); self.forms.len()];
            for (at, text) in texts.iter().enumerate() {
                finder
                    .disguised(text, &mut |form, _| {
                        sets[form].insert(at);
                    })
                    .unwrap();
                let folded = fold_to_string(ViewKind::PLAIN, text);
                for (form, pattern) in &patterns {
                    if folded.contains(&self.forms[*form]) && plainly(pattern, &folded, &self.forms[*form]) {
                        sets[*form].insert(at);
                    }
                }
            }
            sets
        };
        let hits = Hits { variants: of(&self.variants), dictionary: of(&self.dictionary) };
        if !name.is_empty() {
            let caught = union(&hits.variants).len();
            let share = caught as f64 / self.variants.len() as f64;
            println!("| {name} | {caught} of {} = {share:.3} | {} of {} |", self.variants.len(), union(&hits.dictionary).len(), self.dictionary.len());
        }
        hits
    }

    /// Chooses, as long as no more than `most` of the `known` dictionary words are hit, what gains most for the words it hits.
    fn choose(
        &self,
        words: &BTreeSet<usize>,
        choices: &[(&BTreeSet<usize>, &BTreeSet<usize>)],
        known: &dyn Fn(usize) -> bool,
        most: usize,
    ) -> (BTreeSet<usize>, BTreeSet<usize>) {
        let (mut caught, mut wrong) = (words.clone(), BTreeSet::new());
        loop {
            let have = wrong.iter().filter(|word| known(**word)).count();
            let worth = |(variants, dictionary): &(&BTreeSet<usize>, &BTreeSet<usize>)| {
                let gain = variants.difference(&caught).count();
                let cost = dictionary.difference(&wrong).filter(|word| known(**word)).count();
                (gain > 0 && have + cost <= most).then(|| gain as f64 / (cost as f64 + 0.5))
            };
            let best = choices.iter().filter_map(|choice| Some((worth(choice)?, choice))).max_by(|a, b| a.0.total_cmp(&b.0));
            let Some((_, (variants, dictionary))) = best else { return (caught, wrong) };
            caught.extend(variants.iter());
            wrong.extend(dictionary.iter());
        }
    }
}

fn union(sets: &[BTreeSet<usize>]) -> BTreeSet<usize> {
    sets.iter().flatten().copied().collect()
}

/// Whether the folded text holds the term as its mode wants it: fast, for texts of a few words.
fn plainly(pattern: &Pattern, text: &str, form: &str) -> bool {
    text.match_indices(form).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        let after = text[at + form.len()..].chars().next().is_some_and(char::is_alphanumeric);
        !(before && pattern.first_edge() || after && pattern.last_edge())
    })
}
