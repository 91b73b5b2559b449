//! Decomposition, case folding and strokes.

use crate::{Outcome, data, emit, props};
use icu_casemap::CaseMapper;
use icu_normalizer::DecomposingNormalizerBorrowed;
use std::collections::BTreeMap;
use std::path::Path;

/// A table of mappings: number of the sequence of each code point (0: maps to itself), and the sequences.
struct Mapping {
    values: Vec<u32>,
    sequences: Vec<String>,
    numbers: BTreeMap<String, u32>,
}

impl Mapping {
    fn new() -> Mapping {
        Mapping { values: vec![0; 0x11_0000], sequences: vec![String::new()], numbers: BTreeMap::new() }
    }

    fn set(&mut self, c: char, to: &str) {
        let next = u32::try_from(self.sequences.len()).unwrap_or(0);
        let number = *self.numbers.entry(to.to_owned()).or_insert(next);
        if number == next {
            self.sequences.push(to.to_owned());
        }
        if let Some(slot) = self.values.get_mut(c as usize) {
            *slot = number;
        }
    }

    fn emit(&self, out: &mut String, doc: &str, name: &str) {
        emit::trie(out, &format!("{doc}, number of the sequence"), name, "u16", &self.values);
        let mut ends: Vec<usize> = Vec::new();
        let mut text: Vec<String> = Vec::new();
        for sequence in &self.sequences {
            text.extend(sequence.chars().map(emit::character));
            ends.push(text.len());
        }
        emit::array(out, &format!("{doc}: where each sequence ends."), &format!("{name}_ENDS"), "u16", &ends);
        emit::array(out, &format!("{doc}: sequences."), &format!("{name}_CHARS"), "char", &text);
    }
}

const SPACING_VOICING: [(char, char); 2] = [('\u{309b}', '\u{3099}'), ('\u{309c}', '\u{309a}')];

/// The tables of `folds.rs`.
pub(crate) fn generate(data: &Path) -> Outcome<String> {
    let nfd = DecomposingNormalizerBorrowed::new_nfd();
    let nfkd = DecomposingNormalizerBorrowed::new_nfkd();
    let case = CaseMapper::new();
    let (mut canonical, mut compatible, mut folded) = (Mapping::new(), Mapping::new(), Mapping::new());
    for c in props::code_points().flatten() {
        // Hangul syllables decompose by arithmetic (Unicode Standard, section 3.12).
        if ('\u{ac00}'..='\u{d7a3}').contains(&c) {
            continue;
        }
        let source = c.to_string();
        let plain = nfd.normalize(&source);
        if plain != source.as_str() {
            canonical.set(c, &plain);
        }
        let wide = nfkd.normalize(&source);
        // The spacing voicing marks of kana, typed after a letter, stand for the marks; NFKD would set a space between.
        if let Some(mark) = SPACING_VOICING.iter().find(|(spacing, _)| *spacing == c).map(|(_, mark)| mark) {
            compatible.set(c, &mark.to_string());
        } else if wide != plain && !wide.chars().any(char::is_whitespace) {
            compatible.set(c, &wide);
        }
        let lower = case.fold_string(&source);
        let lower = nfd.normalize(&lower);
        if lower != source.as_str() && plain == source.as_str() {
            folded.set(c, &lower);
        }
    }
    let mut out = emit::header("Decomposition, case folding and strokes of Latin letters.");
    canonical.emit(&mut out, "Full canonical decomposition", "NFD");
    compatible.emit(&mut out, "Full compatibility decomposition where it differs and holds no white space", "NFKD");
    folded.emit(&mut out, "Full case folding of decomposed characters, decomposed", "CASE");
    let rows = data::rows(&data.join("strokes.tsv"), 3)?;
    let mut strokes: Vec<(char, String)> = Vec::new();
    for row in &rows {
        if let [from, to, ..] = row.as_slice() {
            strokes.push((data::code_point(from)?, to.clone()));
        }
    }
    strokes.sort();
    let list: Vec<String> = strokes.iter().map(|(c, to)| format!("({}, {})", emit::character(*c), emit::string(to))).collect();
    emit::array(&mut out, "Letters with a stroke and what they are without it, sorted.", "STROKES", "(char, &str)", &list);
    Ok(out)
}
