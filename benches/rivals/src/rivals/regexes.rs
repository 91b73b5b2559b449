//! Sets of regular expressions: one alternation for each group of a rule, then the condition of each touched rule.

use regex::bytes::{RegexSet, RegexSetBuilder};

use super::{Right, Rival, Rules, automata, leak};
use crate::conditions::{State, bounded};
use crate::corpus::Item;
use crate::rules::{Matching, Rule, RuleSet};

/// Which group of which rule an expression stands for.
#[derive(Clone, Copy)]
struct Group {
    rule: u32,
    bit: u8,
}

fn groups(set: &RuleSet) -> (Vec<String>, Vec<Group>) {
    let bound = if set.matching == Matching::Words { r"\b" } else { "" };
    let (mut texts, mut groups) = (Vec::new(), Vec::new());
    for (at, rule) in (0u32..).zip(&set.rules) {
        for (bit, terms) in [&rule.any, &rule.context, &rule.except].into_iter().enumerate() {
            let own = if terms.is_empty() { None } else { Some(format!("{bound}(?:{}){bound}", terms.join("|"))) };
            let regexes = rule.regexes.iter().filter(|_| bit == 0).cloned();
            let parts: Vec<String> = own.into_iter().chain(regexes).collect();
            if !parts.is_empty() {
                texts.push(parts.join("|"));
                groups.push(Group { rule: at, bit: 1 << bit });
            }
        }
    }
    (texts, groups)
}

/// Conditions over groups.
struct Groups {
    rules: &'static [Rule],
    groups: &'static [Group],
    epoch: u32,
    stamps: Vec<u32>,
    bits: Vec<u8>,
    touched: Vec<u32>,
}

impl Groups {
    fn new(rules: &'static [Rule], groups: &'static [Group]) -> Groups {
        Groups { rules, groups, epoch: 0, stamps: vec![0; rules.len()], bits: vec![0; rules.len()], touched: Vec::new() }
    }

    fn begin(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        self.touched.clear();
    }

    fn hit(&mut self, group: usize) {
        let Group { rule, bit } = self.groups[group];
        let at = rule as usize;
        if self.stamps[at] != self.epoch {
            self.stamps[at] = self.epoch;
            self.bits[at] = 0;
            self.touched.push(rule);
        }
        self.bits[at] |= bit;
    }

    fn finish(&self, item: &Item, out: &mut Vec<u32>) {
        for touched in &self.touched {
            let (rule, bits) = (&self.rules[*touched as usize], self.bits[*touched as usize]);
            let here = rule.regions == 0 || (rule.regions >> item.region) & 1 == 1;
            if bits & 1 == 1 && (rule.context.is_empty() || bits & 2 != 0) && bits & 4 == 0 && here && rule.over.is_none_or(|over| item.duration > over) {
                out.push(*touched);
            }
        }
    }
}

fn regex_set(texts: &[String]) -> Result<&'static RegexSet, String> {
    let built = RegexSetBuilder::new(texts).unicode(false).case_insensitive(true).size_limit(1 << 30).dfa_size_limit(1 << 27).build();
    built.map(leak).map_err(|error| error.to_string())
}

pub(crate) fn set(rules: Rules) -> Result<Rival, String> {
    let (texts, groups) = groups(rules.set);
    let (set, groups): (_, &'static Vec<Group>) = (regex_set(&texts)?, leak(groups));
    Ok(Rival::new(Right::Ascii, move || {
        let mut state = Groups::new(&rules.set.rules, groups);
        move |item: &Item, out: &mut Vec<u32>| {
            state.begin();
            for group in &set.matches(item.caption.as_bytes()) {
                state.hit(group);
            }
            state.finish(item, out);
        }
    }))
}

pub(crate) fn filtered(rules: Rules) -> Result<Rival, String> {
    let (texts, groups) = groups(rules.set);
    let mut options = regex_filtered::Options::new();
    options.case_insensitive(true);
    let mut builder = regex_filtered::Builder::new();
    for text in &texts {
        builder = builder.push_opt(&format!("(?-u:{text})"), &options).map_err(|error| format!("{error:?}"))?;
    }
    let set: &'static regex_filtered::Regexes = leak(builder.build().map_err(|error| format!("{error:?}"))?);
    let groups: &'static Vec<Group> = leak(groups);
    Ok(Rival::new(Right::Ascii, move || {
        let mut state = Groups::new(&rules.set.rules, groups);
        move |item: &Item, out: &mut Vec<u32>| {
            state.begin();
            for (group, _) in set.matching(&item.caption) {
                state.hit(group);
            }
            state.finish(item, out);
        }
    }))
}

/// Terms in an automaton, regular expressions in a set.
pub(crate) fn with_automaton(rules: Rules) -> Result<Rival, String> {
    let found = automata::automaton(rules, aho_corasick::AhoCorasickKind::ContiguousNFA)?;
    let set = regex_set(&rules.program.regexes)?;
    let words = rules.set.matching == Matching::Words;
    let first = rules.program.terms.len();
    Ok(Rival::new(Right::Ascii, move || {
        let mut state = State::new(rules.program);
        move |item: &Item, out: &mut Vec<u32>| {
            let text = item.caption.as_bytes();
            state.begin();
            for hit in found.find_overlapping_iter(text) {
                if !words || bounded(text, hit.start(), hit.end()) {
                    state.hit(hit.pattern().as_u32());
                }
            }
            for regex in &set.matches(text) {
                state.hit((first + regex) as u32);
            }
            state.finish(item, out);
        }
    }))
}
