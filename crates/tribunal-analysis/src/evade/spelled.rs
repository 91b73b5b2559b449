//! Where the spellings of many terms with twin letters may stand in a text.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use tribunal_text::{Mode, Ordinary, Pattern, Prepared, Symbol, View, ViewKind, props};

/// The spellings of the patterns, by how they are compared.
#[derive(Debug, Default)]
pub(crate) struct Spelled {
    kinds: Vec<(ViewKind, Index)>,
}

#[derive(Debug, Default)]
struct Index {
    /// Words and phrases by their first run of letters: the pattern, and how many runs it has.
    words: BTreeMap<String, Vec<(u32, usize)>>,
    /// Whatever need not be a word, by all of its letters.
    parts: BTreeMap<String, Vec<u32>>,
    /// The lengths in `parts`, in letters.
    lengths: BTreeSet<usize>,
}

impl Spelled {
    pub(crate) fn new<'p>(patterns: impl Iterator<Item = (u32, &'p Pattern)>, ordinary: &Ordinary) -> Spelled {
        let mut spelled = Spelled::default();
        for (number, pattern) in patterns {
            for twin in pattern.twin_patterns(ordinary) {
                let at = spelled.kinds.iter().position(|(kind, _)| *kind == twin.kind()).unwrap_or_else(|| {
                    spelled.kinds.push((twin.kind(), Index::default()));
                    spelled.kinds.len() - 1
                });
                let Some((_, index)) = spelled.kinds.get_mut(at) else { continue };
                let runs = runs(twin.symbols());
                match (twin.mode(), runs.first()) {
                    (Mode::Word | Mode::Phrase, Some(first)) => index.words.entry(first.clone()).or_default().push((number, runs.len())),
                    _ => {
                        let letters = runs.concat();
                        index.lengths.insert(letters.chars().count());
                        index.parts.entry(letters).or_default().push(number);
                    }
                }
            }
        }
        spelled
    }

    /// Calls `out` with each pattern and each span of the text that may read one of its spellings.
    pub(crate) fn places(&self, field: &Prepared, out: &mut impl FnMut(u32, Range<u32>)) {
        for (kind, index) in &self.kinds {
            let view = field.view(*kind);
            let words = words(view);
            for (at, word) in words.iter().enumerate().filter(|_| !index.words.is_empty()) {
                let text: String = view.units.get(word.clone()).unwrap_or_default().iter().map(|unit| unit.ch).collect();
                for (number, runs) in index.words.get(&text).into_iter().flatten() {
                    if let Some(last) = words.get(at + runs - 1) {
                        out(*number, view.span(word.start..last.end));
                    }
                }
            }
            if !index.parts.is_empty() {
                index.parts(view, out);
            }
        }
    }
}

impl Index {
    fn parts(&self, view: &View, out: &mut impl FnMut(u32, Range<u32>)) {
        let letters: Vec<(usize, char)> = view.units.iter().enumerate().filter(|(_, unit)| props::is_lmd(unit.ch)).map(|(at, unit)| (at, unit.ch)).collect();
        for from in 0..letters.len() {
            for length in &self.lengths {
                let Some(part) = letters.get(from..from + length) else { break };
                let text: String = part.iter().map(|(_, c)| *c).collect();
                let (Some((first, _)), Some((last, _))) = (part.first(), part.last()) else { continue };
                for number in self.parts.get(&text).into_iter().flatten() {
                    out(*number, view.span(*first..last + 1));
                }
            }
        }
    }
}

/// The runs of letters, marks and digits of a view.
fn words(view: &View) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, unit) in view.units.iter().enumerate() {
        if !props::is_lmd(unit.ch) {
            continue;
        }
        match found.last_mut().filter(|word| word.end == at) {
            Some(word) => word.end = at + 1,
            None => found.push(at..at + 1),
        }
    }
    found
}

/// The runs of letters, marks and digits of a term.
fn runs(symbols: &[Symbol]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut open = false;
    for symbol in symbols {
        match symbol {
            Symbol::Char(c) if props::is_lmd(*c) => {
                if !open {
                    found.push(String::new());
                }
                found.iter_mut().last().into_iter().for_each(|run| run.push(*c));
                open = true;
            }
            _ => open = false,
        }
    }
    found
}
