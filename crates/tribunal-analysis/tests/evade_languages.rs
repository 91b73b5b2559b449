//! Disguised readings in texts of eight languages, for native readers: is each a word disguised, or a fold that breaks
//! words of the language? With `TRIBUNAL_READINGS` a folder, a list for each language is written there: what was undone, the
//! term, the text that was read, and its neighbours. Its first lines are of every kind of disguise, so that fifty are a sample.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, unreachable_pub, reason = "tests")]

mod evade_data;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use tribunal_analysis::evade::find::Finder;
use tribunal_text::{Folds, Mode, Ordinary, Pattern, Prepared, props, undone};

/// A language, its list of profane words, and whether a text is of it.
type Language = (&'static str, fn(&evade_data::Text) -> bool);

const LANGUAGES: [Language; 8] = [
    ("th", |t| mostly(&t.text, &['\u{e00}'..='\u{e7f}'])),
    ("ar", |t| mostly(&t.text, &['\u{600}'..='\u{6ff}'])),
    ("hi", |t| mostly(&t.text, &['\u{900}'..='\u{97f}'])),
    ("vi", |t| t.source.contains("vihos") || t.source.contains("-vn-") || t.source.contains("-vi-")),
    ("ru", |t| mostly(&t.text, &['\u{400}'..='\u{4ff}'])),
    ("zh", |t| mostly(&t.text, &['\u{4e00}'..='\u{9fff}']) && !t.text.contains(|c| ('\u{3040}'..='\u{30ff}').contains(&c))),
    ("ja", |t| mostly(&t.text, &['\u{3040}'..='\u{30ff}', '\u{4e00}'..='\u{9fff}']) && t.text.contains(|c| ('\u{3040}'..='\u{30ff}').contains(&c))),
    ("ko", |t| mostly(&t.text, &['\u{ac00}'..='\u{d7a3}'])),
];

/// Words of the texts that are taken as terms beside the list, the most frequent first; so many pieces of texts without
/// spaces; so many English words, since no word of another script may be read as one.
const WORDS: usize = 12_000;
const PIECES: usize = 4_000;
const ENGLISH: usize = 2_000;

/// Whether a third of the letters of a text are of a script.
fn mostly(text: &str, script: &[std::ops::RangeInclusive<char>]) -> bool {
    let letters = text.chars().filter(|c| props::is_letter(*c)).count();
    let own = text.chars().filter(|c| script.iter().any(|range| range.contains(c))).count();
    own >= 3 && own * 3 >= letters
}

/// The most frequent keys of a count.
fn most(counts: BTreeMap<String, u32>, most: usize) -> impl Iterator<Item = String> {
    let mut words: Vec<(String, u32)> = counts.into_iter().collect();
    words.sort_by_key(|(word, n)| (std::cmp::Reverse(*n), evade_data::fixed_hash(word)));
    words.into_iter().take(most).map(|(word, _)| word)
}

/// The profane words of the language, the words of its texts, and English ones.
fn terms(data: &Path, language: &str, texts: &[&evade_data::Text], english: &[String]) -> Vec<String> {
    let listed = evade_data::lines(&data.join("terms/open/ldnoobw.jsonl"));
    let mut terms: BTreeSet<String> = listed.iter().filter(|t| t["lang"] == language).map(|t| t["term"].as_str().unwrap().to_owned()).collect();
    let (mut words, mut pieces) = (BTreeMap::new(), BTreeMap::new());
    for text in texts {
        for word in text.text.split(|c| !(props::is_letter(c) || props::is_mark(c))).filter(|word| word.chars().next().is_some_and(props::is_letter)) {
            let chars: Vec<char> = word.to_lowercase().chars().collect();
            if (2..=12).contains(&chars.len()) {
                *words.entry(chars.iter().collect()).or_default() += 1;
            }
            if chars.first().is_some_and(|c| props::is_spaceless(*c)) {
                for piece in (2..=4).flat_map(|n| chars.windows(n)).filter(|piece| props::is_letter(piece[0])) {
                    *pieces.entry(piece.iter().collect()).or_default() += 1;
                }
            }
        }
    }
    terms.extend(most(words, WORDS).chain(most(pieces, PIECES)));
    terms.extend(english.iter().cloned());
    for text in texts {
        meant(&text.text, &mut terms);
    }
    terms.into_iter().collect()
}

/// The words that a text's own writer may have meant where a word is stretched, or spelled letter by letter: with the run
/// cut to one letter, to two or left out, and with the separators left out. Where words have no spaces between them, stretches
/// around the run.
fn meant(text: &str, terms: &mut BTreeSet<String>) {
    let chars: Vec<char> = text.to_lowercase().chars().collect();
    let inside = |i: usize| chars.get(i).is_some_and(|c| props::is_letter(*c) || props::is_mark(*c) || *c == 'ー');
    let mut add = |word: String| {
        if (2..=12).contains(&word.chars().count()) {
            terms.insert(word);
        }
    };
    let mut i = 0;
    while i < chars.len() {
        let run = chars[i..].iter().take_while(|c| **c == chars[i]).count();
        if inside(i) && (run > 2 || (chars[i] == 'ー' && run > 1)) {
            let reach = |ends: &dyn Fn(usize) -> bool| (1..=10).take_while(|n| ends(*n)).count();
            let (before, after) = (reach(&|n| i >= n && inside(i - n)), reach(&|n| inside(i + run + n - 1)));
            let spaceless = props::is_spaceless(chars[i]);
            let widths = |most: usize| if spaceless { 0..=most.min(4) } else { most..=most };
            for (b, a) in widths(before).flat_map(|b| widths(after).map(move |a| (b, a))) {
                for kept in 0..=2 {
                    add(chars[i - b..i].iter().chain(vec![&chars[i]; kept]).chain(&chars[i + run..i + run + a]).collect());
                }
            }
        }
        // One letter and one other character in turn.
        let pairs = (0..).take_while(|n| inside(i + 2 * n) && !inside(i + 2 * n + 1) && (*n == 0 || !inside(i + 2 * n - 1))).count();
        if pairs > 2 && (i == 0 || !inside(i - 1)) {
            add((0..pairs).map(|n| chars[i + 2 * n]).collect());
            i += 2 * (pairs - 1);
        }
        i += run;
    }
}

/// The rows, so that the first of them are of every kind of disguise, in an order of their own among those of a kind.
fn mixed(rows: BTreeSet<String>) -> Vec<String> {
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        kinds.entry(row.split('\t').next().unwrap_or_default().to_owned()).or_default().push(row);
    }
    let mut ranked = Vec::new();
    for rows in kinds.values_mut() {
        rows.sort_by_key(|row| evade_data::fixed_hash(row));
        ranked.extend(rows.drain(..).enumerate());
    }
    ranked.sort_by_key(|(rank, row)| (*rank, evade_data::fixed_hash(row)));
    ranked.into_iter().map(|(_, row)| row).collect()
}

#[test]
fn readings_by_language() {
    let Some(data) = evade_data::data("readings_by_language") else { return };
    let all = evade_data::every_text(&data);
    let english = evade_data::english(&data, &evade_data::counted(&all), 3..=8, 2, ENGLISH);
    let ordinary = Ordinary::shipped();
    let mut languages = 0;
    for (language, is_of) in LANGUAGES {
        let texts: Vec<&evade_data::Text> = all.iter().filter(|text| is_of(text)).collect();
        let terms = terms(&data, language, &texts, &english);
        let pattern = |term: &String| Pattern::new(term, Mode::Phrase, Folds::EVASIVE, false).ok();
        let patterns: Vec<(usize, Pattern)> = terms.iter().enumerate().filter_map(|(n, term)| Some((n, pattern(term)?))).collect();
        let mut finder = Finder::new(patterns, Vec::new(), Ordinary::shipped());
        let mut field = Prepared::new();
        let mut rows = BTreeSet::new();
        for text in &texts {
            let mut found: Vec<(usize, std::ops::Range<u32>)> = Vec::new();
            finder.disguised(&text.text, &mut |term, span| found.push((term, span))).unwrap_or_else(|_| println!("over the limits: a text of {}", text.source));
            // Of a term's readings that overlap, the longest.
            found.sort_by_key(|(term, span)| (*term, span.start, std::cmp::Reverse(span.end)));
            found.dedup_by(|next, kept| next.0 == kept.0 && next.1.start < kept.1.end);
            field.prepare(&text.text, &ordinary);
            for (term, span) in found {
                let (start, end) = (span.start as usize, span.end as usize);
                let folds = pattern(&terms[term]).map(|p| undone(&p, &field, span, &ordinary).to_string()).unwrap_or_default();
                let before: String = text.text[..start].chars().rev().take(30).collect::<Vec<_>>().into_iter().rev().collect();
                let after: String = text.text[end..].chars().take(30).collect();
                let flat = |text: &str| text.replace(char::is_control, " ");
                let read = flat(&text.text[start..end]);
                rows.insert(format!("{folds}\t{}\t{read}\t{}\t{}[{read}]{}", terms[term], text.source, flat(&before), flat(&after)));
            }
        }
        println!("{language}: {} texts, {} terms, {} disguised readings that differ", texts.len(), terms.len(), rows.len());
        if let Some(folder) = std::env::var_os("TRIBUNAL_READINGS") {
            let mut out = String::new();
            for row in mixed(rows) {
                let _ = writeln!(out, "{row}");
            }
            std::fs::write(Path::new(&folder).join(format!("recog-readings-{language}.txt")), out).unwrap();
        }
        languages += usize::from(!texts.is_empty());
    }
    assert!(languages >= 6, "texts of {languages} languages");
}
