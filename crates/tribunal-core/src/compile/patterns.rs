//! Every way in which every entry of every list can match, and in which tier it is looked for.

use std::collections::HashMap;

use regex_automata::{meta, util::syntax};
use serde::{Deserialize, Serialize};
use tribunal_policy::model::{Entry, List, Match};
use tribunal_policy::{ListId, Policy};
use tribunal_text::{Folds, Form, Mode, Ordinary, Pattern, Steps, Twins, ViewKind};

use super::CompileError;
use crate::artefact::column::Column;
use crate::artefact::{LoadError, Part as Of, Reader, Writer};

/// Every entry of every list that is looked for in texts, once for each of its modes, list after list. A policy has hundreds of
/// thousands: each is a row of numbers and its folded text, and nothing else.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    rows: Column<Row>,
    /// The [steps](Steps) of all terms, one behind the other.
    steps: Column<u8>,
    /// Where the patterns of each list begin, and the end.
    lists: Column<u32>,
    /// When and where entries are in force, each way once.
    pub(crate) forces: Vec<Force>,
    /// By pattern, ascending.
    pub(crate) expressions: Vec<Expression>,
}

/// List, entry, term, force, flags, and where its steps begin; they end where those of the next begin.
type Row = [u32; 6];

const ALLOW: u32 = 1 << 3;
const TURKISH: u32 = 1 << 4;
const FIRST_EDGE: u32 = 1 << 5;
const LAST_EDGE: u32 = 1 << 6;
/// Not the term, but a spelling of it with twin letters: what it reads plainly is a disguise of the term, whose row is the
/// nearest before without this flag.
const TWIN: u32 = 1 << 7;
const FOLDS: u32 = 16;

/// One entry under one mode.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PatternInfo<'e> {
    pub(crate) list: ListId,
    /// Index into the list's entries.
    pub(crate) entry: u32,
    /// Which term of the list.
    pub(crate) term: u32,
    /// Index into [`Patterns::forces`].
    pub(crate) force: u32,
    pub(crate) allow: bool,
    /// A spelling of the term with twin letters.
    pub(crate) twin: bool,
    pub(crate) mode: Match,
    /// `None` for a regular expression.
    pub(crate) pattern: Option<Known<'e>>,
}

impl PatternInfo<'_> {
    /// It is also sought in disguises.
    pub(crate) fn evasive(&self) -> bool {
        self.pattern.is_some_and(|pattern| !pattern.form.folds.directed().is_empty())
    }
}

/// A term as it is kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'e> {
    pub(crate) form: Form,
    pub(crate) steps: Steps<'e>,
}

impl<'e> Known<'e> {
    pub(crate) fn symbols(&self) -> Steps<'e> {
        self.steps
    }

    pub(crate) fn kind(&self) -> ViewKind {
        self.form.kind()
    }

    pub(crate) fn first_edge(&self) -> bool {
        self.form.first_edge
    }

    pub(crate) fn last_edge(&self) -> bool {
        self.form.last_edge
    }
}

/// A regular expression of a list.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) pattern: u32,
    /// As it is written.
    pub(crate) text: Box<str>,
    pub(crate) regex: meta::Regex,
    /// The same for texts that are not ASCII, where the expression has a Unicode word boundary.
    pub(crate) beyond_ascii: Option<meta::Regex>,
}

impl Expression {
    fn new(pattern: u32, text: &str, size: usize) -> Result<Expression, Box<meta::BuildError>> {
        Ok(Expression { pattern, text: text.into(), regex: regex(text, size, true)?, beyond_ascii: beyond_ascii(text, size) })
    }

    /// What is run on a text.
    pub(crate) fn for_text(&self, text: &str) -> &meta::Regex {
        self.beyond_ascii.as_ref().filter(|_| !text.is_ascii()).unwrap_or(&self.regex)
    }

    /// Bytes in memory, without what its searches keep for themselves.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Expression>() + self.text.len() + self.regex.memory_usage() + self.beyond_ascii.as_ref().map_or(0, meta::Regex::memory_usage)
    }
}

const MODES: [Match; 8] = [Match::Word, Match::Phrase, Match::Prefix, Match::Suffix, Match::Substring, Match::Tag, Match::Whole, Match::Regex];

impl Patterns {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A pattern.
    #[inline]
    pub(crate) fn get(&self, id: usize) -> Option<PatternInfo<'_>> {
        let [list, entry, term, force, flags, start] = *self.rows.get(id)?;
        let mode = MODES.get((flags & 7) as usize).copied().unwrap_or(Match::Regex);
        let pattern = mode.mode().map(|mode| {
            let end = self.rows.get(id + 1).map_or(self.steps.len(), |next| next[5] as usize);
            let folds = Folds::from_bits((flags >> FOLDS) as u16).unwrap_or(Folds::NONE);
            let form = Form { mode, folds, turkish: flags & TURKISH != 0, first_edge: flags & FIRST_EDGE != 0, last_edge: flags & LAST_EDGE != 0 };
            Known { form, steps: Steps::new(self.steps.get(start as usize..end).unwrap_or_default()) }
        });
        Some(PatternInfo { list: ListId(list), entry, term, force, allow: flags & ALLOW != 0, twin: flags & TWIN != 0, mode, pattern })
    }

    /// The list of a pattern.
    #[inline]
    pub(crate) fn list(&self, id: u32) -> Option<ListId> {
        self.rows.get(id as usize).map(|row| ListId(row[0]))
    }

    /// The force of a pattern.
    #[inline]
    pub(crate) fn force(&self, id: u32) -> Option<u32> {
        self.rows.get(id as usize).map(|row| row[3])
    }

    /// Of a spelling with twin letters, the pattern of the term; of any other pattern itself, and whether it is a spelling.
    #[inline]
    pub(crate) fn owner(&self, id: u32) -> (u32, bool) {
        let is_twin = |id: u32| self.rows.get(id as usize).is_some_and(|row| row[4] & TWIN != 0);
        let mut owner = id;
        while is_twin(owner) && owner > 0 {
            owner -= 1;
        }
        (owner, owner != id)
    }

    /// The bytes of a pattern's steps: of a term of one word, its folded bytes.
    #[inline]
    pub(crate) fn spelt(&self, id: u32) -> &[u8] {
        let start = self.rows.get(id as usize).map_or(usize::MAX, |row| row[5] as usize);
        let end = self.rows.get(id as usize + 1).map_or(self.steps.len(), |next| next[5] as usize);
        self.steps.get(start..end).unwrap_or_default()
    }

    /// Asks for the row of a pattern.
    #[inline]
    pub(crate) fn prefetch(&self, id: u32) {
        crate::kernel::prefetch(&self.rows, id as usize);
    }

    /// Asks for what a pattern spells, whose row is there.
    #[inline]
    pub(crate) fn prefetch_spelt(&self, id: u32) {
        if let Some(row) = self.rows.get(id as usize) {
            crate::kernel::prefetch(&self.steps, row[5] as usize);
        }
    }

    /// All of them with their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, PatternInfo<'_>)> {
        (0..self.rows.len()).filter_map(|id| Some((u32::try_from(id).ok()?, self.get(id)?)))
    }

    /// Those that are also sought in disguises, which few may be of many.
    pub(crate) fn evasive(&self) -> impl Iterator<Item = (u32, PatternInfo<'_>)> {
        let directed = u32::from(Folds::EVASIVE.directed().bits()) << FOLDS;
        let some = (0u32..).zip(self.rows.iter()).filter(move |(_, row)| row[4] & directed != 0);
        some.filter_map(|(id, _)| Some((id, self.get(id as usize)?))).filter(|(_, info)| info.evasive())
    }

    /// The numbers of those of a list.
    #[inline]
    pub(crate) fn range(&self, list: ListId) -> std::ops::Range<u32> {
        let Some([from, to]) = self.lists.get(list.index()..list.index() + 2) else { return 0..0 };
        *from..*to
    }

    /// Those of a list.
    pub(crate) fn of_list(&self, list: ListId) -> impl Iterator<Item = PatternInfo<'_>> {
        self.range(list).filter_map(|id| self.get(id as usize))
    }

    /// The expression of a pattern, with its number.
    pub(crate) fn numbered_expression(&self, pattern: u32) -> Option<(u32, &Expression)> {
        let at = self.expressions.binary_search_by_key(&pattern, |expression| expression.pattern).ok()?;
        Some((u32::try_from(at).ok()?, self.expressions.get(at)?))
    }

    /// The expression of a pattern.
    pub(crate) fn expression(&self, pattern: u32) -> Option<&Expression> {
        self.numbered_expression(pattern).map(|(_, expression)| expression)
    }

    /// Whether a pattern is in force for an item.
    #[inline]
    pub(crate) fn in_force(&self, force: u32, slot: usize, as_of: Option<i64>, lang: Option<&str>) -> bool {
        self.forces.get(force as usize).is_some_and(|force| force.holds(slot, as_of, lang))
    }

    pub(crate) fn save(&self, out: &mut Writer) {
        out.column(Of::Patterns, &self.rows);
        out.column(Of::Patterns, &self.steps);
        out.column(Of::Patterns, &self.lists);
        out.value(Of::Patterns, &self.forces);
        let texts: Vec<(u32, &str)> = self.expressions.iter().map(|known| (known.pattern, &*known.text)).collect();
        out.value(Of::Expressions, &texts);
    }

    /// Expressions are made anew from their texts, each at most `regex_bytes` large.
    pub(crate) fn load(from: &mut Reader, regex_bytes: usize, threads: usize) -> Result<Patterns, LoadError> {
        let (rows, steps, lists): (Column<Row>, Column<u8>, Column<u32>) = (from.column(Of::Patterns)?, from.column(Of::Patterns)?, from.column(Of::Patterns)?);
        // A hit begins and ends where a character does: programs cut texts there.
        if !Steps::are_whole(&steps, rows.iter().map(|row| row[5] as usize)) {
            return Err(LoadError::Malformed("terms that are no text"));
        }
        let forces = from.value(Of::Patterns)?;
        let texts: Vec<(u32, String)> = from.value(Of::Expressions)?;
        let made = super::parallel::chunks(&texts, threads, |texts| {
            let one = |(pattern, text): &(u32, String)| {
                Expression::new(*pattern, text, regex_bytes).map_err(|_| LoadError::Malformed("an expression cannot be compiled"))
            };
            texts.iter().map(one).collect::<Result<Vec<_>, LoadError>>()
        });
        let mut expressions = Vec::new();
        for part in made {
            expressions.extend(part?);
        }
        Ok(Patterns { rows, steps, lists, forces, expressions })
    }

    /// Bytes on the heap, expressions aside.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.len() * size_of::<Row>() + self.steps.len() + self.lists.len() * 4 + self.forces.iter().map(|force| 40 + force.slots.len() * 8).sum::<usize>()
    }
}

/// When and where an entry is in force.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Force {
    /// Bit 0: items without a market, then one bit a market.
    pub(crate) slots: Box<[u64]>,
    pub(crate) since: i64,
    pub(crate) until: i64,
    pub(crate) only_lang: Option<Box<str>>,
}

impl Force {
    pub(crate) fn new(entry: &Entry) -> Force {
        let count = entry.force.markets.len() + 1;
        let mut slots = vec![0u64; count.div_ceil(64)];
        for (slot, on) in std::iter::once(entry.force.global).chain(entry.force.markets.iter().copied()).enumerate() {
            if let Some(word) = slots.get_mut(slot / 64)
                && on
            {
                *word |= 1 << (slot % 64);
            }
        }
        Force {
            slots: slots.into(),
            since: entry.since.map_or(i64::MIN, |instant| instant.seconds),
            until: entry.until.map_or(i64::MAX, tribunal_policy::time::Instant::end),
            only_lang: entry.only_lang.as_deref().map(|lang| tribunal_policy::primary(lang).to_ascii_lowercase().into()),
        }
    }

    /// Whether it is in force for an item. `as_of` and `lang` are `None` when unknown: then they limit nothing.
    pub(crate) fn holds(&self, slot: usize, as_of: Option<i64>, lang: Option<&str>) -> bool {
        self.slots.get(slot / 64).is_some_and(|word| word >> (slot % 64) & 1 != 0)
            && as_of.is_none_or(|now| self.since <= now && now < self.until)
            && match (&self.only_lang, lang) {
                (Some(only), Some(lang)) => tribunal_policy::primary(lang).eq_ignore_ascii_case(only),
                _ => true,
            }
    }
}

/// A regular expression as the engine runs it; `automata`: with those that are faster, and give up, with an allocation, where a
/// Unicode word boundary meets a text that is not ASCII.
fn regex(text: &str, size: usize, automata: bool) -> Result<meta::Regex, Box<meta::BuildError>> {
    let syntax = syntax::Config::new().case_insensitive(true).nest_limit(50);
    let config = meta::Config::new().hybrid(automata).dfa(automata).nfa_size_limit(Some(size));
    meta::Builder::new().syntax(syntax).configure(config).build(text).map_err(Box::new)
}

/// The form of an expression that never gives up half-way; `None` where the ordinary one does not either.
fn beyond_ascii(text: &str, size: usize) -> Option<meta::Regex> {
    let hir = regex_syntax::ParserBuilder::new().case_insensitive(true).nest_limit(50).build().parse(text).ok()?;
    if !hir.properties().look_set().contains_word_unicode() {
        return None;
    }
    regex(text, size, false).ok()
}

/// Each way to be in force once.
#[derive(Debug, Default)]
pub(crate) struct Forces {
    known: HashMap<Force, u32>,
    pub(crate) all: Vec<Force>,
}

impl Forces {
    /// The number of an entry's force.
    pub(crate) fn number(&mut self, entry: &Entry) -> u32 {
        self.take(Force::new(entry))
    }

    fn take(&mut self, force: Force) -> u32 {
        // Most entries of a policy are in force alike.
        if self.all.first() == Some(&force) {
            return 0;
        }
        let next = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        let all = &mut self.all;
        *self.known.entry(force).or_insert_with_key(|force| {
            all.push(force.clone());
            next
        })
    }
}

/// The patterns of some lists, before they are put together.
#[derive(Debug, Default)]
struct Part {
    rows: Vec<Row>,
    steps: Vec<u8>,
    /// How many rows each list has.
    counts: Vec<u32>,
    forces: Forces,
    expressions: Vec<Expression>,
}

/// The patterns of all lists that `matched` names.
pub(crate) fn of_lists(
    policy: &Policy,
    matched: &[bool],
    ordinary: &Ordinary,
    regex_bytes: usize,
    forces: &mut Forces,
    threads: usize,
) -> Result<Patterns, CompileError> {
    let lists: Vec<(ListId, &List, bool)> =
        policy.lists.iter().enumerate().map(|(at, list)| (ListId(u32::try_from(at).unwrap_or(u32::MAX)), list, matched.get(at) == Some(&true))).collect();
    let parts = super::parallel::chunks(&lists, threads, |lists| {
        let mut part = Part::default();
        for (id, list, matched) in lists {
            let before = part.rows.len();
            if *matched {
                part.list(policy, *id, list, ordinary, regex_bytes)?;
            }
            part.counts.push(u32::try_from(part.rows.len() - before).unwrap_or(u32::MAX));
        }
        Ok(part)
    });
    let mut whole = Whole { lists: vec![0], ..Whole::default() };
    for part in parts {
        whole.append(part?, forces);
    }
    let Whole { rows, steps, lists, expressions } = whole;
    Ok(Patterns { rows: rows.into(), steps: steps.into(), lists: lists.into(), forces: Vec::new(), expressions })
}

/// All parts put together.
#[derive(Debug, Default)]
struct Whole {
    rows: Vec<Row>,
    steps: Vec<u8>,
    lists: Vec<u32>,
    expressions: Vec<Expression>,
}

impl Whole {
    fn append(&mut self, part: Part, forces: &mut Forces) {
        let (rows, steps) = (self.rows.len(), self.steps.len());
        let renumbered: Vec<u32> = part.forces.all.into_iter().map(|force| forces.take(force)).collect();
        let [first, offset] = [rows, steps].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        self.rows.extend(part.rows.into_iter().map(|[list, entry, term, force, flags, start]| {
            [list, entry, term, renumbered.get(force as usize).copied().unwrap_or(u32::MAX), flags, start.saturating_add(offset)]
        }));
        self.steps.extend_from_slice(&part.steps);
        self.expressions.extend(part.expressions.into_iter().map(|mut expression| {
            expression.pattern += first;
            expression
        }));
        for count in part.counts {
            let before = self.lists.last().copied().unwrap_or(0);
            self.lists.push(before.saturating_add(count));
        }
    }
}

impl Part {
    /// The form of a term and its twins, its steps appended; `None` where nothing is left of it.
    fn prepared(&mut self, term: &str, mode: Mode, folds: Folds, turkish: bool) -> Option<(Form, Twins)> {
        // Most terms are kept as they are written.
        if let Some(form) = Steps::of_plain(term, mode, folds, turkish, &mut self.steps) {
            return Some((form, Twins::of(term, mode, folds, turkish)));
        }
        let pattern = Pattern::new(term, mode, folds, turkish).ok()?;
        Steps::encode(pattern.symbols(), &mut self.steps);
        Some((pattern.form(), pattern.all_twins().clone()))
    }

    fn list(&mut self, policy: &Policy, id: ListId, list: &List, ordinary: &Ordinary, regex_bytes: usize) -> Result<(), CompileError> {
        for (at, entry) in list.entries.iter().enumerate() {
            let force = self.forces.number(entry);
            for (mode, folds) in &entry.modes {
                let row = |flags: u32, start: usize| {
                    [id.0, u32::try_from(at).unwrap_or(u32::MAX), entry.term, force, flags, u32::try_from(start).unwrap_or(u32::MAX)]
                };
                let start = self.steps.len();
                let mut flags = MODES.iter().position(|known| known == mode).and_then(|at| u32::try_from(at).ok()).unwrap_or(7);
                flags |= if entry.allow { ALLOW } else { 0 };
                match mode.mode() {
                    None => {
                        let pattern = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
                        let compiled = Expression::new(pattern, &entry.text, regex_bytes).map_err(|error| CompileError::Regex {
                            place: entry.place.clone(),
                            list: policy.list_name(id).to_owned(),
                            error: match (error.size_limit(), error.syntax_error()) {
                                (Some(limit), _) => format!("it takes more than {limit} bytes"),
                                (None, Some(error)) => error.to_string(),
                                (None, None) => error.to_string(),
                            },
                        })?;
                        self.expressions.push(compiled);
                    }
                    Some(text_mode) => {
                        // The loader has tried it; an entry that cannot be matched does not get here.
                        let Some((form, twins)) = self.prepared(&entry.text, text_mode, *folds, entry.turkish) else { continue };
                        self.rows.push(row(flags | flags_of(form), start));
                        for spelled in twins.kept(ordinary) {
                            let start = self.steps.len();
                            let Some((form, _)) = self.prepared(spelled, text_mode, folds.plain(), entry.turkish) else { continue };
                            self.rows.push(row(flags | flags_of(form) | TWIN, start));
                        }
                        continue;
                    }
                }
                self.rows.push(row(flags | u32::from(folds.bits()) << FOLDS, start));
            }
        }
        Ok(())
    }
}

/// The folds and edges of a pattern, as flags.
fn flags_of(form: Form) -> u32 {
    let mut flags = u32::from(form.folds.bits()) << FOLDS;
    for (is, flag) in [(form.turkish, TURKISH), (form.first_edge, FIRST_EDGE), (form.last_edge, LAST_EDGE)] {
        flags |= if is { flag } else { 0 };
    }
    flags
}
