//! The conformance corpus: policy, item, verdict and evidence, in TOML files that the oracle and every form of the engine run.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value as Json;
use tribunal_policy::{Loaded, Policy, load_files, load_str, render, time};

use crate::{Outcome, Unjudged};

/// A file that cannot be read as what it should be.
#[derive(Debug)]
pub struct CorpusError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for CorpusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.message)
    }
}

impl std::error::Error for CorpusError {}

/// One policy and what it says about some items.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The file it stands in, without folders.
    #[serde(skip)]
    pub file: String,
    /// Its name, unique over all files.
    pub name: String,
    /// The sentence of the specification that it shows.
    pub why: String,
    /// Where the specification leaves a choice: the readings, and the one chosen.
    pub ambiguous: Option<String>,
    /// A policy in one file.
    policy: Option<String>,
    /// A policy in a folder: contents by relative path.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// The caller's `as_of`.
    as_of: Option<String>,
    /// Rules that are not looked at.
    #[serde(default)]
    pub ignore: Vec<String>,
    /// Items and what is expected of them.
    #[serde(default, rename = "item")]
    pub items: Vec<Expectation>,
}

/// What is expected of an item; `None` is not checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// The item as JSON.
    pub item: String,
    /// Values by axis; only what is written is compared.
    decision: Option<BTreeMap<String, AxisValues>>,
    /// Exactly the live rules that fired.
    rules: Option<Vec<String>>,
    /// Exactly the rules in shadow that fired.
    shadow: Option<Vec<String>>,
    /// Exactly the rules that could not be judged.
    unknown: Option<Vec<ExpectedUnjudged>>,
    /// Exactly the rules that wait.
    pending: Option<Vec<ExpectedUnjudged>>,
    /// Whether the item is over a limit.
    incomplete: Option<bool>,
    /// Exactly the evidence, in order.
    hits: Option<Vec<ExpectedHit>>,
    /// A note.
    pub why: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum AxisValues {
    One(String),
    Labels(Vec<String>),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedUnjudged {
    rule: String,
    missing: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedHit {
    rule: String,
    field: String,
    start: usize,
    end: usize,
    term: String,
    list: Option<String>,
    text: Option<String>,
    undone: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseFile {
    #[serde(default, rename = "case")]
    cases: Vec<Case>,
}

/// A case or an item of it that an implementation gets wrong today.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownWrong {
    /// The case's name.
    pub name: String,
    /// Why it is wrong today.
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownWrongFile {
    #[serde(default)]
    wrong: Vec<KnownWrong>,
}

/// The cases of every `*.toml` of a folder, by file name.
pub fn load(folder: &Path) -> Result<Vec<Case>, CorpusError> {
    let error = |path: &Path, message: String| CorpusError { path: path.to_owned(), message };
    let listing = std::fs::read_dir(folder).map_err(|e| error(folder, e.to_string()))?;
    let mut paths: Vec<PathBuf> = listing.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "toml"));
    paths.sort();
    let mut cases: Vec<Case> = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).map_err(|e| error(&path, e.to_string()))?;
        let file: CaseFile = toml::from_str(&text).map_err(|e| error(&path, e.to_string()))?;
        for mut case in file.cases {
            case.file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if let Some(twin) = cases.iter().find(|other| other.name == case.name) {
                return Err(error(&path, format!("case `{}` is in {} too", case.name, twin.file)));
            }
            cases.push(case);
        }
    }
    Ok(cases)
}

/// The list of what an implementation is known to get wrong (`[[wrong]]` tables); empty when there is no such file.
pub fn load_known_wrong(path: &Path) -> Result<Vec<KnownWrong>, CorpusError> {
    let error = |message: String| CorpusError { path: path.to_owned(), message };
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(error(e.to_string())),
    };
    let file: KnownWrongFile = toml::from_str(&text).map_err(|e| error(e.to_string()))?;
    Ok(file.wrong)
}

impl Case {
    /// The policy; the error is its diagnostics as people read them.
    pub fn load_policy(&self) -> Result<Policy, String> {
        let loaded = self.loaded();
        loaded.policy.ok_or_else(|| render::human(&loaded.diagnostics, &loaded.sources, false))
    }

    /// The policy with everything that loading has to say.
    pub fn loaded(&self) -> Loaded {
        match &self.policy {
            Some(text) => load_str("policy.yaml", text),
            None => load_files(self.files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect()),
        }
    }

    /// The caller's `as_of` in seconds since 1970-01-01 UTC.
    pub fn as_of(&self) -> Option<i64> {
        time::parse(self.as_of.as_deref()?).map(|instant| instant.seconds)
    }
}

impl Expectation {
    /// The item. A number that overflows is no JSON number for the reader; the language calls it a wrong type, so any other
    /// wrong type stands in for it.
    pub fn item(&self) -> Result<Json, String> {
        serde_json::from_str(&without_overflow(&self.item)).map_err(|e| format!("item {}: {e}", self.item))
    }

    /// What an outcome says otherwise than expected, a line each; empty when it agrees.
    pub fn differences(&self, case: &Case, outcome: &Outcome) -> Vec<String> {
        let mut out = Vec::new();
        let looked_at = |rule: &str| !case.ignore.iter().any(|ignored| ignored == rule);
        let names = |rules: &[String]| -> Vec<String> { rules.iter().filter(|rule| looked_at(rule)).cloned().collect() };
        let mut compare = |what: &str, expected: Option<String>, found: String| {
            if let Some(expected) = expected
                && expected != found
            {
                out.push(format!("{what}: expected {expected}, found {found}"));
            }
        };
        for (axis, values) in self.decision.iter().flatten() {
            let expected = match values {
                AxisValues::One(value) => vec![value.clone()],
                AxisValues::Labels(labels) => labels.clone(),
            };
            let found = outcome.decision.get(axis).map_or_else(|| "no such axis".to_owned(), |found| format!("{found:?}"));
            compare(axis, Some(format!("{expected:?}")), found);
        }
        compare("rules", self.rules.as_deref().map(|rules| format!("{rules:?}")), format!("{:?}", names(&outcome.rules)));
        compare("shadow", self.shadow.as_deref().map(|rules| format!("{rules:?}")), format!("{:?}", names(&outcome.shadow)));
        for (what, expected, found) in [("unknown", &self.unknown, &outcome.unknown), ("pending", &self.pending, &outcome.pending)] {
            let found: Vec<&Unjudged> = found.iter().filter(|unjudged| looked_at(&unjudged.rule)).collect();
            let line = |rule: &str, missing: &[String]| format!("{rule} for want of {missing:?}");
            let expected = expected.as_ref().map(|all| all.iter().map(|e| line(&e.rule, &e.missing)).collect::<Vec<_>>());
            let found: Vec<String> = found.iter().map(|f| line(&f.rule, &f.missing)).collect();
            compare(what, expected.map(|lines| format!("{lines:?}")), format!("{found:?}"));
        }
        let incomplete = outcome.incomplete.is_some();
        compare("incomplete", self.incomplete.map(|expected| expected.to_string()), incomplete.to_string());
        if let Some(expected) = &self.hits {
            hit_differences(expected, outcome, &looked_at, &mut out);
        }
        out
    }
}

fn hit_differences(expected: &[ExpectedHit], outcome: &Outcome, looked_at: &dyn Fn(&str) -> bool, out: &mut Vec<String>) {
    let found: Vec<_> = outcome.evidence.iter().filter(|hit| looked_at(&hit.rule)).collect();
    let line = |rule: &str, field: &str, start: usize, end: usize, term: &str, undone: &[String]| format!("{rule} {field} {start}..{end} {term:?} {undone:?}");
    let expected_lines: Vec<String> = expected.iter().map(|h| line(&h.rule, &h.field, h.start, h.end, &h.term, &h.undone)).collect();
    let found_lines: Vec<String> = found.iter().map(|h| line(&h.rule, &h.field, h.start, h.end, &h.term, &h.undone)).collect();
    if expected_lines != found_lines {
        out.push(format!("hits: expected {expected_lines:?}, found {found_lines:?}"));
    }
    for (expected, found) in expected.iter().zip(found) {
        for (what, expected, found) in [("list", &expected.list, &found.list), ("text", &expected.text, &found.text)] {
            if let Some(expected) = expected
                && expected != found
            {
                out.push(format!("{what} of a hit: expected {expected:?}, found {found:?}"));
            }
        }
    }
}

/// The JSON with every number that no double holds replaced by an empty object.
fn without_overflow(json: &str) -> String {
    let mut out = String::new();
    let mut rest = json;
    let mut in_string = false;
    while let Some(next) = rest.chars().next() {
        let number = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || "+-.eE".contains(c)).len();
        let (token, tail) = rest.split_at(if in_string || number == 0 { next.len_utf8() } else { number });
        match next {
            '\\' if in_string => {
                let escaped = tail.chars().next().map_or(0, char::len_utf8);
                let (more, tail) = tail.split_at(escaped);
                out.push_str(token);
                out.push_str(more);
                rest = tail;
                continue;
            }
            '"' => in_string = !in_string,
            _ => {}
        }
        let overflows = !in_string && token.parse::<f64>().is_ok_and(f64::is_infinite);
        out.push_str(if overflows { "{}" } else { token });
        rest = tail;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_overflowing_numbers_are_replaced() {
        assert_eq!(without_overflow(r#"{"a":1e400,"b":[-1e999,2.5],"c":"1e400 \" 1e400","e":true}"#), r#"{"a":{},"b":[{},2.5],"c":"1e400 \" 1e400","e":true}"#);
    }
}
