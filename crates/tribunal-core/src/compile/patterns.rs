//! Every way in which every entry of every list can match, and in which tier it is looked for.

use regex::Regex;
use regex_automata::{meta, util::syntax};
use tribunal_policy::model::{Entry, List, Match};
use tribunal_policy::{ListId, Policy};
use tribunal_text::Pattern;

/// One entry under one mode.
#[derive(Debug)]
pub(crate) struct PatternInfo {
    pub(crate) list: ListId,
    /// Index into the list's entries.
    pub(crate) entry: u32,
    /// Which term of the list.
    pub(crate) term: u32,
    pub(crate) allow: bool,
    pub(crate) mode: Match,
    /// `None` for a regular expression.
    pub(crate) pattern: Option<Pattern>,
    pub(crate) regex: Option<Regex>,
    /// The same for texts that are not ASCII, where the expression has a Unicode word boundary.
    pub(crate) beyond_ascii: Option<meta::Regex>,
    /// The folded bytes of a term that is one run of letters and digits.
    pub(crate) word: Box<[u8]>,
}

impl PatternInfo {
    /// It is also sought in disguises.
    pub(crate) fn evasive(&self) -> bool {
        self.pattern.as_ref().is_some_and(|pattern| !pattern.folds().directed().is_empty())
    }
}

/// When and where an entry is in force.
#[derive(Debug)]
pub(crate) struct EntryInfo {
    /// Bit 0: items without a market, then one bit a market.
    pub(crate) slots: Box<[u64]>,
    pub(crate) since: i64,
    pub(crate) until: i64,
    pub(crate) only_lang: Option<Box<str>>,
}

impl EntryInfo {
    pub(crate) fn new(entry: &Entry) -> EntryInfo {
        let count = entry.force.markets.len() + 1;
        let mut slots = vec![0u64; count.div_ceil(64)];
        for (slot, on) in std::iter::once(entry.force.global).chain(entry.force.markets.iter().copied()).enumerate() {
            if let Some(word) = slots.get_mut(slot / 64)
                && on
            {
                *word |= 1 << (slot % 64);
            }
        }
        EntryInfo {
            slots: slots.into(),
            since: entry.since.map_or(i64::MIN, |instant| instant.seconds),
            until: entry.until.map_or(i64::MAX, tribunal_policy::time::Instant::end),
            only_lang: entry.only_lang.as_deref().map(|lang| tribunal_policy::primary(lang).to_ascii_lowercase().into()),
        }
    }

    /// Whether it is in force for an item. `as_of` and `lang` are `None` when unknown: then they limit nothing.
    pub(crate) fn in_force(&self, slot: usize, as_of: Option<i64>, lang: Option<&str>) -> bool {
        self.slots.get(slot / 64).is_some_and(|word| word >> (slot % 64) & 1 != 0)
            && as_of.is_none_or(|now| self.since <= now && now < self.until)
            && match (&self.only_lang, lang) {
                (Some(only), Some(lang)) => tribunal_policy::primary(lang).eq_ignore_ascii_case(only),
                _ => true,
            }
    }
}

/// A regular expression as the engine runs it.
pub(crate) fn regex(text: &str, size: usize) -> Result<Regex, regex::Error> {
    regex::RegexBuilder::new(text).case_insensitive(true).size_limit(size).nest_limit(50).build()
}

/// The form of an expression that never gives up half-way; `None` where the ordinary one does not either.
fn beyond_ascii(text: &str, size: usize) -> Option<meta::Regex> {
    let hir = regex_syntax::ParserBuilder::new().case_insensitive(true).nest_limit(50).build().parse(text).ok()?;
    if !hir.properties().look_set().contains_word_unicode() {
        return None;
    }
    meta::Builder::new()
        .syntax(syntax::Config::new().case_insensitive(true).nest_limit(50))
        .configure(meta::Config::new().hybrid(false).nfa_size_limit(Some(size)))
        .build(text)
        .ok()
}

/// The patterns of a list.
pub(crate) fn of_list(policy: &Policy, id: ListId, list: &List, regex_bytes: usize, out: &mut Vec<PatternInfo>) -> Result<(), super::CompileError> {
    for (at, entry) in list.entries.iter().enumerate() {
        for (mode, folds) in &entry.modes {
            let mut info = PatternInfo {
                list: id,
                entry: u32::try_from(at).unwrap_or(u32::MAX),
                term: entry.term,
                allow: entry.allow,
                mode: *mode,
                pattern: None,
                regex: None,
                beyond_ascii: None,
                word: Box::default(),
            };
            match mode.mode() {
                None => {
                    let compiled = regex(&entry.text, regex_bytes);
                    info.regex = Some(compiled.map_err(|error| super::CompileError::Regex {
                        place: entry.place.clone(),
                        list: policy.list_name(id).to_owned(),
                        error: error.to_string(),
                    })?);
                    info.beyond_ascii = beyond_ascii(&entry.text, regex_bytes);
                }
                Some(text_mode) => {
                    // The loader has tried it; an entry that cannot be matched does not get here.
                    let Ok(pattern) = Pattern::new(&entry.text, text_mode, *folds, entry.turkish) else { continue };
                    info.pattern = Some(pattern);
                }
            }
            out.push(info);
        }
    }
    Ok(())
}
