//! The rule sets as policies: a folder in memory, as a team would keep it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::corpus::REGIONS;
use crate::rules::{Matching, Rule, RuleSet};

/// How much of a policy's work is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Case alone is folded and every rule has the same effect: what the rivals do.
    Like,
    /// `plain` folds with all of Unicode, effects on five axes.
    Whole,
    /// Disguises are undone too.
    Evasive,
}

impl Reading {
    fn folds(self) -> &'static str {
        match self {
            Reading::Like => "[case]",
            Reading::Whole => "plain",
            Reading::Evasive => "evasive",
        }
    }
}

/// Files of a folder policy by their paths.
pub(crate) type Folder = BTreeMap<String, Vec<u8>>;

/// Rules and lists of one file: small enough for the limit of a YAML file.
const PART: usize = 2_000;

/// The policy of a rule set.
pub(crate) fn folder(set: &RuleSet, reading: Reading) -> Folder {
    let mut files = Folder::new();
    files.insert("policy.yaml".to_owned(), b"policy: {id: race, version: \"1\"}\n".to_vec());
    let word = match set.matching {
        Matching::Words => "word",
        Matching::Substrings => "substring",
    };
    for (part, rules) in set.rules.chunks(PART).enumerate() {
        let (mut terms, mut text) = ("terms:\n".to_owned(), "rules:\n".to_owned());
        for (at, rule) in rules.iter().enumerate() {
            let at = part * PART + at;
            let conditions = lists(rule, at, word, reading, &mut terms);
            let _ = writeln!(text, "  - {{id: r{at:06}, stage: live, when: {}, effect: {}}}", quoted(&conditions), effect(at, reading));
        }
        files.insert(format!("terms/t{part:03}.yaml"), terms.into_bytes());
        files.insert(format!("rules/r{part:03}.yaml"), text.into_bytes());
    }
    files
}

/// Writes the lists of a rule and gives its condition.
fn lists(rule: &Rule, at: usize, word: &str, reading: Reading, terms: &mut String) -> String {
    let mut list = |kind: char, matching: &str, folds: &str, texts: &[String]| {
        let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
        let _ = writeln!(terms, "  {kind}{at:06}: {{match: {matching}, folds: {folds}, terms: [{}]}}", texts.join(", "));
        format!("any text has {kind}{at:06}")
    };
    let mut parts = Vec::new();
    let folds = reading.folds();
    match (rule.any.is_empty(), rule.regexes.is_empty()) {
        (false, true) => parts.push(list('a', word, folds, &rule.any)),
        (true, false) => parts.push(list('x', "regex", "case", &rule.regexes)),
        (false, false) => {
            let both = [list('a', word, folds, &rule.any), list('x', "regex", "case", &rule.regexes)];
            parts.push(format!("({})", both.join(" or ")));
        }
        (true, true) => {}
    }
    if !rule.context.is_empty() {
        parts.push(list('b', word, folds, &rule.context));
    }
    if !rule.except.is_empty() {
        parts.push(format!("not {}", list('n', word, folds, &rule.except)));
    }
    if rule.regions != 0 {
        parts.push(format!("market in ({})", regions(rule.regions)));
    }
    if let Some(over) = rule.over {
        parts.push(format!("video.duration_s > {over}"));
    }
    parts.join(" and ")
}

/// Names of the markets whose bits are set.
pub(crate) fn regions(bits: u16) -> String {
    let names = REGIONS.iter().enumerate().filter(|(at, _)| (bits >> at) & 1 == 1).map(|(_, name)| *name);
    names.collect::<Vec<_>>().join(", ")
}

fn effect(at: usize, reading: Reading) -> &'static str {
    match (reading, at % 5) {
        (Reading::Like, _) | (_, 0) => "{routing: review}",
        (_, 1) => "{distribution: removed, routing: escalate}",
        (_, 2) => "{distribution: feed_ineligible, annotation: [warning_screen]}",
        (_, 3) => "{audience: adults, annotation: [disclosure, support_resources]}",
        _ => "{distribution: search_limited, account: warn}",
    }
}

/// As YAML and JSON both read it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
