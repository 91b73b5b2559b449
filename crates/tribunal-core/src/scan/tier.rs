//! One tier of patterns: everything that is looked for in a text at once.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use tribunal_policy::model::Match;
use tribunal_text::{Coarse, Pattern, Symbol, ViewKind, props};

use super::table::{self, Table, Words};
use crate::compile::patterns::{PatternInfo, Patterns};
use crate::compile::{CompileError, Options};

/// Bits of a number of the pair table that say how many runs stand before the pair; the others are the pattern.
pub(crate) const BEFORE_BITS: u32 = 6;
/// So many patterns have a number in the pair table.
pub(crate) const MOST_PATTERNS: usize = 1 << (32 - BEFORE_BITS);

/// The patterns that compare under one kind of view.
#[derive(Debug)]
pub(crate) struct KindIndex {
    pub(crate) kind: ViewKind,
    /// Terms of one run.
    pub(crate) words: Words,
    /// Terms of several runs, by their rarest adjacent pair; the numbers are patterns, with [`BEFORE_BITS`] below.
    pub(crate) pairs: Table,
    /// The same terms by the beginning of their first run, for texts whose runs can be cut in several ways.
    pub(crate) beginnings: Table,
    /// Terms whose edges may stand inside a run: substrings, affixes, spaceless scripts, emoji, symbols.
    pub(crate) bytes: Option<AhoCorasick>,
    /// The patterns behind each needle of `bytes`.
    pub(crate) needles: Vec<Vec<u32>>,
    pub(crate) tags: Table,
    /// Bytes of the longest term in `tags`.
    pub(crate) longest_tag: usize,
    pub(crate) wholes: Table,
}

/// Regular expressions behind their literals.
#[derive(Debug, Default)]
pub(crate) struct Regexes {
    pub(crate) literals: Option<AhoCorasick>,
    /// The pattern behind each literal.
    pub(crate) by_literal: Vec<u32>,
    /// Those without any literal: run on every text.
    pub(crate) always: Vec<u32>,
    /// All of them, for texts in which case folding crosses ASCII.
    pub(crate) all: Vec<u32>,
}

/// A tier.
#[derive(Debug, Default)]
pub(crate) struct Tier {
    pub(crate) kinds: Vec<KindIndex>,
    pub(crate) coarse: Option<Coarse>,
    pub(crate) regexes: Regexes,
}

/// What is collected for one kind before its tables are built.
#[derive(Default)]
struct Collected {
    words: Vec<u32>,
    multi: Vec<u32>,
    needles: BTreeMap<Vec<u8>, Vec<u32>>,
    tags: Vec<(u64, u32)>,
    longest_tag: usize,
    wholes: Vec<(u64, u32)>,
}

impl Tier {
    /// Builds the tier of the patterns that `member` picks.
    pub(crate) fn build(patterns: &Patterns, member: &dyn Fn(&PatternInfo<'_>) -> bool, options: &Options) -> Result<Tier, CompileError> {
        let mut by_kind: BTreeMap<usize, (ViewKind, Collected)> = BTreeMap::new();
        let mut regexes = Regexes::default();
        let mut literals: Vec<Vec<u8>> = Vec::new();
        let mut symbols = Vec::new();
        for (id, info) in patterns.iter() {
            if !member(&info) {
                continue;
            }
            let Some(pattern) = info.pattern else {
                regexes.all.push(id);
                let found =
                    if options.regex_literals { super::literals::required(patterns.expression(id).map_or("", |known| known.regex.as_str())) } else { None };
                match found {
                    Some(found) => {
                        regexes.by_literal.extend(found.iter().map(|_| id));
                        literals.extend(found);
                    }
                    None => regexes.always.push(id),
                }
                continue;
            };
            symbols.clear();
            symbols.extend(pattern.symbols().iter());
            let symbols = symbols.as_slice();
            let (_, collected) = by_kind.entry(pattern.kind().number()).or_insert_with(|| (pattern.kind(), Collected::default()));
            match info.mode {
                Match::Tag => {
                    let key = glued(symbols);
                    collected.longest_tag = collected.longest_tag.max(key.len());
                    collected.tags.push((table::hash(&key), id));
                }
                Match::Whole => collected.wholes.push((table::hash(&spaced(symbols)), id)),
                Match::Word | Match::Phrase if options.tokens && pattern.first_edge() && pattern.last_edge() && is_runs(symbols) => {
                    if symbols.iter().all(is_run) {
                        collected.words.push(id);
                    } else {
                        collected.multi.push(id);
                    }
                }
                _ => collected.needles.entry(needle(symbols)).or_default().push(id),
            }
        }
        regexes.literals = if literals.is_empty() { None } else { Some(automaton(&literals, true)?) };
        let mut tier = Tier { regexes, ..Tier::default() };
        for (_, (kind, collected)) in by_kind {
            tier.kinds.push(KindIndex::build(kind, collected, patterns, options.filters)?);
        }
        let evasive: Vec<(u32, Pattern)> = patterns
            .iter()
            .filter(|(_, info)| member(info) && info.evasive())
            .filter_map(|(id, info)| {
                let mut pattern = Pattern::default();
                let known = info.pattern?;
                pattern.restore(known.form, known.steps);
                Some((id, pattern))
            })
            .collect();
        if !evasive.is_empty() {
            tier.coarse = Some(Coarse::build(evasive.iter().map(|(id, pattern)| (*id, pattern))));
        }
        Ok(tier)
    }

    /// Bytes on the heap, as far as they are known.
    pub(crate) fn bytes(&self) -> usize {
        let tables: usize =
            self.kinds.iter().map(|kind| kind.words.bytes() + kind.pairs.bytes() + kind.beginnings.bytes() + kind.tags.bytes() + kind.wholes.bytes()).sum();
        let automata: usize = self.kinds.iter().filter_map(|kind| kind.bytes.as_ref()).chain(&self.regexes.literals).map(AhoCorasick::memory_usage).sum();
        tables + automata
    }
}

impl KindIndex {
    fn build(kind: ViewKind, collected: Collected, patterns: &Patterns, filtered: bool) -> Result<KindIndex, CompileError> {
        // How often a run stands in the terms of several runs: the rarest pair is the best anchor.
        let mut frequency: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
        let symbols_of =
            |id: u32| -> Vec<Symbol> { patterns.get(id as usize).and_then(|info| info.pattern).map(|known| known.steps.iter().collect()).unwrap_or_default() };
        for id in &collected.multi {
            for (_, run) in runs(&symbols_of(*id)) {
                *frequency.entry(run).or_default() += 1;
            }
        }
        let mut pairs = Vec::new();
        let mut beginnings = Vec::new();
        for id in &collected.multi {
            let all = runs(&symbols_of(*id));
            if let Some((_, first)) = all.first() {
                beginnings.push((beginning(first), *id));
            }
            let count = |run: &Vec<u8>| frequency.get(run).copied().unwrap_or(0);
            let best = all
                .windows(2)
                .enumerate()
                .take(1 << BEFORE_BITS)
                .min_by_key(|(_, pair)| pair.iter().map(|(_, run)| u64::from(count(run)) * 16 / (run.len() as u64 + 1)).min());
            if let Some((at, [(_, first), (_, second)])) = best {
                pairs.push((table::pair(table::hash(first), table::hash(second)), id << BEFORE_BITS | u32::try_from(at).unwrap_or(0)));
            }
        }
        let (keys, needles): (Vec<Vec<u8>>, Vec<Vec<u32>>) = collected.needles.into_iter().unzip();
        Ok(KindIndex {
            kind,
            words: Words::build(collected.words, |id| patterns.spelt(*id), filtered),
            pairs: Table::build(pairs, filtered),
            beginnings: Table::build(beginnings, filtered),
            bytes: if keys.is_empty() { None } else { Some(automaton(&keys, false)?) },
            needles,
            tags: Table::build(collected.tags, filtered),
            longest_tag: collected.longest_tag,
            wholes: Table::build(collected.wholes, filtered),
        })
    }
}

fn automaton(keys: &[Vec<u8>], ignore_case: bool) -> Result<AhoCorasick, CompileError> {
    AhoCorasickBuilder::new()
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .ascii_case_insensitive(ignore_case)
        .build(keys)
        .map_err(|error| CompileError::Automaton(error.to_string()))
}

fn is_run(symbol: &Symbol) -> bool {
    matches!(symbol, Symbol::Char(c) if props::is_edge(*c) && !props::is_default_ignorable(*c))
}

/// Begins and ends with a run, and between runs stands only what no letter is part of.
fn is_runs(symbols: &[Symbol]) -> bool {
    let between = |symbol: &Symbol| match symbol {
        Symbol::Char(c) => is_run(symbol) || !(props::is_lmd(*c) || props::is_default_ignorable(*c)),
        Symbol::Space | Symbol::Gap { .. } => true,
        Symbol::Glue => false,
    };
    symbols.first().is_some_and(is_run) && symbols.last().is_some_and(is_run) && symbols.iter().all(between)
}

/// The runs of a term: where each begins, and its bytes.
fn runs(symbols: &[Symbol]) -> Vec<(u32, Vec<u8>)> {
    let mut found: Vec<(u32, Vec<u8>)> = Vec::new();
    let mut open = false;
    for (at, symbol) in symbols.iter().enumerate() {
        let Symbol::Char(c) = symbol else {
            open = false;
            continue;
        };
        if !is_run(symbol) {
            open = false;
            continue;
        }
        if !open {
            found.push((u32::try_from(at).unwrap_or(u32::MAX), Vec::new()));
            open = true;
        }
        if let Some((_, bytes)) = found.last_mut() {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    found
}

/// The key of the beginning of a run: its first two bytes.
pub(crate) fn beginning(run: &[u8]) -> u64 {
    table::hash(run.get(..2).unwrap_or(run))
}

/// Characters without what may stand between the words of a tag.
fn glued(symbols: &[Symbol]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for symbol in symbols {
        if let Symbol::Char(c) = symbol {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    bytes
}

/// Characters with one blank for each run of white space.
fn spaced(symbols: &[Symbol]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for symbol in symbols {
        match symbol {
            Symbol::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            _ => bytes.push(b' '),
        }
    }
    bytes
}

/// The characters that a term begins with, up to its first gap.
fn needle(symbols: &[Symbol]) -> Vec<u8> {
    let head = symbols.iter().position(|symbol| !matches!(symbol, Symbol::Char(_))).unwrap_or(symbols.len());
    glued(symbols.get(..head).unwrap_or_default())
}
