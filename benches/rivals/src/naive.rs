//! What is right, read naively: every span of the text is looked up among the terms, every rule is judged as it is written.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::conditions::bounded;
use crate::corpus::{Item, ignorable};
use crate::rules::{Matching, Rule, RuleSet};

/// A reading of one rule set.
pub(crate) struct Naive<'r> {
    set: &'r RuleSet,
    terms: HashSet<&'r str>,
    longest: usize,
    regexes: HashMap<&'r str, regex::bytes::Regex>,
}

impl<'r> Naive<'r> {
    pub(crate) fn new(set: &'r RuleSet) -> Naive<'r> {
        let terms: HashSet<&str> = set.rules.iter().flat_map(|rule| rule.any.iter().chain(&rule.context).chain(&rule.except)).map(String::as_str).collect();
        let compile = |text: &str| regex::bytes::RegexBuilder::new(text).unicode(false).case_insensitive(true).build();
        let regexes = set.rules.iter().flat_map(|rule| &rule.regexes).filter_map(|text| Some((text.as_str(), compile(text).ok()?))).collect();
        Naive { set, longest: terms.iter().map(|term| term.len()).max().unwrap_or(0), terms, regexes }
    }

    /// The rules that hold when ASCII letters are compared in either case.
    pub(crate) fn ascii(&self, item: &Item) -> Vec<u32> {
        self.judge(item, &item.caption.to_ascii_lowercase())
    }

    /// The rules that hold when terms meet the text without case, width, Latin marks and invisibles.
    pub(crate) fn folded(&self, item: &Item) -> Vec<u32> {
        self.judge(item, &fold(&item.caption))
    }

    fn judge(&self, item: &Item, text: &str) -> Vec<u32> {
        let found = self.found(text);
        let holds = |rule: &Rule| {
            let any = rule.any.iter().any(|term| found.contains(term.as_str()));
            (any || rule.regexes.iter().any(|regex| self.regexes.get(regex.as_str()).is_some_and(|regex| regex.is_match(item.caption.as_bytes()))))
                && (rule.context.is_empty() || rule.context.iter().any(|term| found.contains(term.as_str())))
                && !rule.except.iter().any(|term| found.contains(term.as_str()))
                && (rule.regions == 0 || (rule.regions >> item.region) & 1 == 1)
                && rule.over.is_none_or(|over| item.duration > over)
        };
        (0u32..).zip(&self.set.rules).filter(|(_, rule)| holds(rule)).map(|(at, _)| at).collect()
    }

    /// The terms that occur, by looking up every span.
    fn found<'t>(&self, text: &'t str) -> HashSet<&'t str> {
        let mut found = HashSet::new();
        for (start, _) in text.char_indices() {
            for end in start + 1..=text.len().min(start + self.longest) {
                let Some(span) = text.get(start..end) else { continue };
                if self.terms.contains(span) && (self.set.matching == Matching::Substrings || bounded(text.as_bytes(), start, end)) {
                    found.insert(span);
                }
            }
        }
        found
    }

    /// The same from the other side, term by term: checks the reading itself.
    pub(crate) fn agrees_with_search(&self, item: &Item) -> bool {
        let text = item.caption.to_ascii_lowercase();
        let found = self.found(&text);
        let words = self.set.matching == Matching::Words;
        self.terms.iter().all(|term| {
            // Overlapping occurrences count, so the search begins anew one character on.
            let mut from = 0;
            let mut occurs = false;
            while let Some(at) = text[from..].find(term) {
                occurs |= !words || bounded(text.as_bytes(), from + at, from + at + term.len());
                from += at + text[from + at..].chars().next().map_or(1, char::len_utf8);
            }
            occurs == found.contains(term)
        })
    }
}

/// NFKD, marks and invisibles dropped, lower case.
pub(crate) fn fold(text: &str) -> String {
    text.nfkd().filter(|c| !is_combining_mark(*c) && !ignorable(*c)).flat_map(char::to_lowercase).collect()
}
