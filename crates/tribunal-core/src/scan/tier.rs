//! One tier of patterns: everything that is looked for in a text at once.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use tribunal_policy::model::Match;
use tribunal_text::{Coarse, CoarseDraft, Folds, Pattern, Steps, Symbol, ViewKind, props};

use super::grams::Grams;
use super::literals;
use super::regexes::{Draft, Regexes};
use super::table::{self, Anchors, Table, Words};
use crate::artefact::{LoadError, Part, Reader, Writer};
use crate::compile::Options;
use crate::compile::patterns::{PatternInfo, Patterns};
use crate::inspect::TableFill;

/// Bits of a number of the pair table that say how many runs stand before the pair; the others are the pattern.
pub(crate) const BEFORE_BITS: u32 = 6;
/// So many patterns have a number in the pair table.
pub(crate) const MOST_PATTERNS: usize = 1 << (32 - BEFORE_BITS);

/// The patterns that compare under one kind of view.
#[derive(Debug)]
pub(crate) struct KindIndex {
    pub(crate) kind: ViewKind,
    /// Which words of a text may be one of `words`, or begin one of `pairs`.
    pub(crate) anchors: Anchors,
    /// Terms of one run.
    pub(crate) words: Words,
    /// Terms of several runs, by their rarest adjacent pair; the numbers are patterns, with [`BEFORE_BITS`] below.
    pub(crate) pairs: Table,
    /// The same terms by the beginning of their first run, for texts whose runs can be cut in several ways.
    pub(crate) beginnings: Table,
    /// Terms whose edges may stand inside a run: substrings, affixes, spaceless scripts, emoji, symbols; by what they begin with.
    pub(crate) needles: Grams,
    pub(crate) tags: Table,
    /// Bytes of the longest term in `tags`.
    pub(crate) longest_tag: usize,
    pub(crate) wholes: Table,
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
    needles: Vec<(Vec<u8>, u32)>,
    tags: Vec<(u64, u32)>,
    longest_tag: usize,
    wholes: Vec<(u64, u32)>,
}

impl Tier {
    /// Builds the tier of the patterns that `member` picks.
    pub(crate) fn build(patterns: &Patterns, member: &dyn Fn(&PatternInfo<'_>) -> bool, options: &Options) -> Tier {
        let mut by_kind: BTreeMap<usize, (ViewKind, Collected)> = BTreeMap::new();
        let mut regexes = Draft::default();
        let mut symbols = Vec::new();
        for (id, info) in patterns.iter() {
            if !member(&info) {
                continue;
            }
            let Some(pattern) = info.pattern else {
                if let Some((number, known)) = patterns.numbered_expression(id) {
                    regexes.add(number, if options.regex_literals { literals::required(&known.text) } else { None });
                }
                continue;
            };
            let spelt = pattern.steps.bytes();
            let tokens = options.tokens && matches!(info.mode, Match::Word | Match::Phrase) && pattern.first_edge() && pattern.last_edge();
            let (_, collected) = by_kind.entry(pattern.kind().number()).or_insert_with(|| (pattern.kind(), Collected::default()));
            // Most terms are one word of letters and digits, as they are.
            if tokens && spelt.iter().all(u8::is_ascii_alphanumeric) {
                collected.words.push(id);
                continue;
            }
            symbols.clear();
            symbols.extend(pattern.symbols().iter());
            let symbols = symbols.as_slice();
            match info.mode {
                Match::Tag => {
                    let key = glued(symbols);
                    collected.longest_tag = collected.longest_tag.max(key.len());
                    collected.tags.push((table::hash(&key), id));
                }
                Match::Whole => collected.wholes.push((table::hash(&spaced(symbols)), id)),
                _ if tokens && is_runs(symbols) => {
                    if symbols.iter().all(is_run) {
                        collected.words.push(id);
                    } else {
                        collected.multi.push(id);
                    }
                }
                _ => collected.needles.push((needle(symbols), id)),
            }
        }
        let mut tier = Tier { regexes: regexes.finish(options.filters), ..Tier::default() };
        for (_, (kind, collected)) in by_kind {
            tier.kinds.push(KindIndex::build(kind, collected, patterns, options.filters));
        }
        tier.coarse = coarse(patterns, member, options.screen);
        tier
    }

    /// Bytes by part.
    pub(crate) fn parts(&self, add: &mut dyn FnMut(Part, usize)) {
        for kind in &self.kinds {
            add(Part::Words, kind.words.table().bytes());
            add(Part::Phrases, kind.pairs.bytes() + kind.beginnings.bytes());
            add(Part::Wholes, kind.tags.bytes() + kind.wholes.bytes());
            add(Part::Substrings, kind.needles.bytes());
        }
        add(Part::Disguises, self.coarse.as_ref().map_or(0, Coarse::bytes));
        add(Part::Expressions, self.regexes.heap());
    }

    /// How full the tables are that hold anything.
    pub(crate) fn fills(&self, tier: usize) -> Vec<TableFill> {
        let mut all = Vec::new();
        for kind in &self.kinds {
            let tables =
                [("words", kind.words.table()), ("phrases", &kind.pairs), ("beginnings", &kind.beginnings), ("tags", &kind.tags), ("wholes", &kind.wholes)];
            for (name, table) in tables.into_iter().filter(|(_, table)| !table.is_empty()) {
                let [keys, slots, longest_run] = table.slots.fill();
                all.push(TableFill { name, tier, folds: kind.kind.folds, keys, entries: table.entries(), slots, longest_run, bytes: table.bytes() });
            }
        }
        all
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        let kinds: Vec<KeptKind> = self
            .kinds
            .iter()
            .map(|kind| KeptKind {
                folds: kind.kind.folds.bits(),
                turkish: kind.kind.turkish,
                longest_tag: u32::try_from(kind.longest_tag).unwrap_or(u32::MAX),
            })
            .collect();
        out.value(Part::Words, &kinds);
        for kind in &self.kinds {
            kind.needles.save(Part::Substrings, out);
            kind.anchors.save(Part::Words, out);
            kind.words.table().save(Part::Words, out);
            kind.pairs.save(Part::Phrases, out);
            kind.beginnings.save(Part::Phrases, out);
            kind.tags.save(Part::Wholes, out);
            kind.wholes.save(Part::Wholes, out);
        }
        self.regexes.save(out);
    }

    /// Tables are seen where they lie; what finds disguises is built from the patterns.
    pub(crate) fn load(from: &mut Reader, patterns: &Patterns, member: &dyn Fn(&PatternInfo<'_>) -> bool, screen: bool) -> Result<Tier, LoadError> {
        let kept: Vec<KeptKind> = from.value(Part::Words)?;
        let mut kinds = Vec::new();
        for KeptKind { folds, turkish, longest_tag } in kept {
            let folds = Folds::from_bits(folds).ok_or(LoadError::Malformed("folds that are none"))?;
            kinds.push(KindIndex {
                kind: ViewKind { folds: folds.plain(), turkish },
                needles: Grams::load(Part::Substrings, from)?,
                anchors: Anchors::load(Part::Words, from)?,
                words: Words::load(Part::Words, from)?,
                pairs: Table::load(Part::Phrases, from)?,
                beginnings: Table::load(Part::Phrases, from)?,
                tags: Table::load(Part::Wholes, from)?,
                longest_tag: longest_tag as usize,
                wholes: Table::load(Part::Wholes, from)?,
            });
        }
        Ok(Tier { kinds, regexes: Regexes::load(from)?, coarse: coarse(patterns, member, screen) })
    }

    /// Bytes on the heap, as far as they are known.
    pub(crate) fn bytes(&self) -> usize {
        let tables: usize = self
            .kinds
            .iter()
            .map(|kind| {
                kind.anchors.bytes() + kind.words.table().bytes() + kind.pairs.bytes() + kind.beginnings.bytes() + kind.tags.bytes() + kind.wholes.bytes()
            })
            .sum();
        let needles: usize = self.kinds.iter().map(|kind| kind.needles.bytes()).sum();
        tables + needles + self.regexes.heap()
    }
}

/// What of a kind is no table, as it is kept in a file.
#[derive(Serialize, Deserialize)]
struct KeptKind {
    folds: u16,
    turkish: bool,
    longest_tag: u32,
}

/// What finds the patterns in disguise; `screen`: behind a first look.
fn coarse(patterns: &Patterns, member: &dyn Fn(&PatternInfo<'_>) -> bool, screen: bool) -> Option<Coarse> {
    let mut draft = CoarseDraft::new(screen);
    // One after another in the same memory.
    let mut pattern = Pattern::default();
    for (id, info) in patterns.evasive().filter(|(_, info)| member(info)) {
        if let Some(known) = info.pattern {
            pattern.restore(known.form, known.steps);
            draft.add(id, &pattern);
        }
    }
    let coarse = draft.finish();
    (!coarse.is_empty()).then_some(coarse)
}

impl KindIndex {
    fn build(kind: ViewKind, collected: Collected, patterns: &Patterns, filtered: bool) -> KindIndex {
        // How often a run stands in the terms of several runs: the rarest pair is the best anchor.
        let mut frequency: HashMap<u64, u32> = HashMap::new();
        let (mut all, mut ends) = (Vec::new(), Vec::with_capacity(collected.multi.len()));
        for id in &collected.multi {
            let before = all.len();
            runs(patterns.spelt(*id), &mut all);
            ends.push(all.len());
            for run in all.get(before..).unwrap_or_default() {
                *frequency.entry(run.hash).or_default() += 1;
            }
        }
        let mut pairs = Vec::with_capacity(ends.len());
        let mut firsts = Vec::with_capacity(ends.len());
        let mut beginnings = Vec::with_capacity(ends.len());
        let mut from = 0;
        for (id, end) in collected.multi.iter().zip(ends) {
            let runs = all.get(from..end).unwrap_or_default();
            from = end;
            if let Some(first) = runs.first() {
                beginnings.push((first.beginning, *id));
            }
            let rarity = |run: &Run| u64::from(frequency.get(&run.hash).copied().unwrap_or(0)) * 16 / (u64::from(run.length) + 1);
            let best = runs.windows(2).enumerate().take(1 << BEFORE_BITS).min_by_key(|(_, pair)| pair.iter().map(rarity).min());
            if let Some((at, [first, second])) = best {
                firsts.push(first.hash);
                pairs.push((table::pair(first.hash, second.hash), id << BEFORE_BITS | u32::try_from(at).unwrap_or(0)));
            }
        }
        let hashes: Vec<u64> = collected.words.iter().map(|id| table::hash(patterns.spelt(*id))).collect();
        KindIndex {
            kind,
            anchors: Anchors::build(hashes, firsts, filtered),
            words: Words::build(collected.words, |id| patterns.spelt(*id)),
            pairs: Table::build(pairs, filtered),
            beginnings: Table::build(beginnings, filtered),
            needles: Grams::build(collected.needles, filtered),
            tags: Table::build(collected.tags, filtered),
            longest_tag: collected.longest_tag,
            wholes: Table::build(collected.wholes, filtered),
        }
    }
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

/// A run of a term.
#[derive(Clone, Copy, Debug)]
struct Run {
    hash: u64,
    /// The key of its beginning.
    beginning: u64,
    /// In bytes.
    length: u32,
}

/// Appends the runs of a term.
fn runs(spelt: &[u8], out: &mut Vec<Run>) {
    let (mut rest, mut start) = (Steps::new(spelt), None);
    let at = |rest: Steps<'_>| spelt.len() - rest.bytes().len();
    loop {
        let here = at(rest);
        let next = rest.split_first();
        let inside = next.as_ref().is_some_and(|(symbol, _)| is_run(symbol));
        if inside {
            start.get_or_insert(here);
        } else if let Some(bytes) = start.take().and_then(|start: usize| spelt.get(start..here)) {
            out.push(Run { hash: table::hash(bytes), beginning: beginning(bytes), length: u32::try_from(bytes.len()).unwrap_or(u32::MAX) });
        }
        match next {
            Some((_, after)) => rest = after,
            None => return,
        }
    }
}

/// So many bytes at most are the beginning of a run.
pub(crate) const BEGINNING: usize = 8;

/// The key of the beginning of a run.
fn beginning(run: &[u8]) -> u64 {
    table::hash(run.get(..BEGINNING).unwrap_or(run))
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

/// The characters that a term begins with, up to its first gap: at least one.
fn needle(symbols: &[Symbol]) -> Vec<u8> {
    let head = symbols.iter().position(|symbol| !matches!(symbol, Symbol::Char(_))).unwrap_or(symbols.len());
    glued(symbols.get(..head).unwrap_or_default())
}
