//! Conditions for the rivals that only match: terms interned, postings from terms to rules, state by epoch so that nothing is
//! cleared. Only a term of a first group makes a rule a candidate; the other groups are looked up for candidates alone. That is
//! the best evaluation we know, so that a rival is not slow for our evaluating badly.

use std::collections::HashMap;

use crate::corpus::Item;
use crate::rules::RuleSet;

/// Rules by numbers. Regular expressions are numbered behind the terms.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) terms: Vec<String>,
    pub(crate) regexes: Vec<String>,
    rules: Vec<Compiled>,
    /// `postings[offsets[t]..offsets[t + 1]]` are the rules that term t makes candidates.
    offsets: Vec<u32>,
    postings: Vec<u32>,
    groups: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Compiled {
    context: (u32, u32),
    except: (u32, u32),
    regions: u16,
    over: i64,
}

impl Program {
    pub(crate) fn new(set: &RuleSet) -> Program {
        let (terms, term_ids) = intern(set.rules.iter().flat_map(|rule| rule.any.iter().chain(&rule.context).chain(&rule.except)), 0);
        let (regexes, regex_ids) = intern(set.rules.iter().flat_map(|rule| &rule.regexes), terms.len());
        let mut of_term: Vec<Vec<u32>> = vec![Vec::new(); terms.len() + regexes.len()];
        let (mut rules, mut groups) = (Vec::new(), Vec::new());
        for (at, rule) in set.rules.iter().enumerate() {
            let first = rule.any.iter().map(|term| term_ids[term.as_str()]);
            for id in first.chain(rule.regexes.iter().map(|regex| regex_ids[regex.as_str()])) {
                of_term[id as usize].push(at as u32);
            }
            let mut group = |terms: &[String]| {
                let from = groups.len() as u32;
                groups.extend(terms.iter().map(|term| term_ids[term.as_str()]));
                (from, groups.len() as u32)
            };
            let (context, except) = (group(&rule.context), group(&rule.except));
            let regions = if rule.regions == 0 { u16::MAX } else { rule.regions };
            rules.push(Compiled { context, except, regions, over: rule.over.unwrap_or(i64::MIN) });
        }
        let (mut offsets, mut postings) = (vec![0], Vec::new());
        for rules in of_term {
            postings.extend(rules);
            offsets.push(postings.len() as u32);
        }
        Program { terms, regexes, rules, offsets, postings, groups }
    }
}

fn intern<'a>(texts: impl Iterator<Item = &'a String>, base: usize) -> (Vec<String>, HashMap<&'a str, u32>) {
    let (mut all, mut ids) = (Vec::new(), HashMap::new());
    for text in texts {
        ids.entry(text.as_str()).or_insert_with(|| {
            all.push(text.clone());
            (base + all.len() - 1) as u32
        });
    }
    (all, ids)
}

/// What one thread knows of one item.
#[derive(Debug)]
pub(crate) struct State<'p> {
    program: &'p Program,
    epoch: u32,
    terms: Vec<u32>,
    rules: Vec<u32>,
    candidates: Vec<u32>,
}

impl<'p> State<'p> {
    pub(crate) fn new(program: &'p Program) -> State<'p> {
        let terms = program.terms.len() + program.regexes.len();
        State { program, epoch: 0, terms: vec![0; terms], rules: vec![0; program.rules.len()], candidates: Vec::with_capacity(4_096) }
    }

    #[inline]
    pub(crate) fn begin(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        self.candidates.clear();
    }

    /// A term or regular expression occurs.
    #[inline]
    pub(crate) fn hit(&mut self, term: u32) {
        let term = term as usize;
        if self.terms[term] == self.epoch {
            return;
        }
        self.terms[term] = self.epoch;
        let program = self.program;
        for rule in &program.postings[program.offsets[term] as usize..program.offsets[term + 1] as usize] {
            let stamp = &mut self.rules[*rule as usize];
            if *stamp != self.epoch {
                *stamp = self.epoch;
                self.candidates.push(*rule);
            }
        }
    }

    #[inline]
    pub(crate) fn finish(&self, item: &Item, out: &mut Vec<u32>) {
        let program = self.program;
        let occurs = |group: (u32, u32)| program.groups[group.0 as usize..group.1 as usize].iter().any(|term| self.terms[*term as usize] == self.epoch);
        for rule in &self.candidates {
            let compiled = &program.rules[*rule as usize];
            if (compiled.regions >> item.region) & 1 == 0 || item.duration <= compiled.over {
                continue;
            }
            if (compiled.context.0 == compiled.context.1 || occurs(compiled.context)) && !occurs(compiled.except) {
                out.push(*rule);
            }
        }
    }
}

/// The boundary check of the rivals that only find literals.
#[inline(always)]
pub(crate) fn bounded(text: &[u8], start: usize, end: usize) -> bool {
    (start == 0 || !text[start - 1].is_ascii_alphanumeric()) && text.get(end).is_none_or(|byte| !byte.is_ascii_alphanumeric())
}
