//! What there is to say about a policy before it decides anything.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tribunal_core::{Engine, Limits};
use tribunal_policy::diagnostic::{Diagnostic, Severity};
use tribunal_policy::source::Sources;
use tribunal_policy::{Loaded, render};

use crate::decision::{self, FORMAT, PolicyRef};

/// The findings about a policy.
///
/// ```
/// use tribunal::{check, policy};
///
/// let text = "
/// policy: {id: demo, version: '1'}
/// terms: {firearms: [glock]}
/// rules:
///   - {id: gun, when: any text has fireams, effect: {routing: review}}
/// ";
/// let report = check(policy::load_str("demo.yaml", text), false).report;
/// assert_eq!((report.errors, report.policy.is_none()), (1, true));
/// assert_eq!(report.diagnostics[0]["code"], "unknown-list");
/// assert_eq!(report.diagnostics[0]["help"][0], "did you mean `firearms`?");
/// assert_eq!(serde_json::to_value(&report)?["errors"], 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "The findings about a policy."))]
pub struct CheckReport {
    /// Version of this form.
    pub format: u32,
    /// The policy; `null` where it has errors.
    pub policy: Option<PolicyRef>,
    /// Errors, an engine that cannot be built included.
    pub errors: u64,
    /// Warnings that were not made errors.
    pub warnings: u64,
    /// The findings: `{"code", "severity", "message", "place"?, "labels", "notes", "help"}`.
    pub diagnostics: Vec<serde_json::Value>,
    /// Why no engine can be built of a policy without errors, usually a limit.
    pub not_compiled: Option<String>,
    /// What it holds; `null` where it has errors.
    pub contents: Option<Contents>,
    /// Places of regular expressions without a literal to wait for: they run on every text.
    pub slow_regexes: Vec<String>,
    /// Nanoseconds each of them takes for a caption of some hundred characters, measured here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slow_regex_ns: Vec<u64>,
    /// Rules that no text and no value wakes: they are evaluated for every item.
    pub always_awake: Vec<String>,
}

/// How much a policy holds.
///
/// ```
/// use tribunal::{Contents, check, policy};
///
/// let text = "
/// policy: {id: demo, version: '1'}
/// terms: {firearms: {terms: [glock, revolver], allow: [toy glock]}}
/// rules:
///   - {id: gun, when: any text has firearms, effect: {routing: review}}
/// ";
/// let contents = check(policy::load_str("demo.yaml", text), false).report.contents;
/// assert_eq!(contents, Some(Contents { rules: 1, lists: 1, terms: 2, markets: 0, tests: 0 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(description = "How much a policy holds."))]
pub struct Contents {
    /// Rules, those that are off and drafts included.
    pub rules: u64,
    /// Named term lists.
    pub lists: u64,
    /// Terms of the named lists, allow entries not counted.
    pub terms: u64,
    /// Markets.
    pub markets: u64,
    /// Labelled items of its own tests.
    pub tests: u64,
}

/// A checked policy: the report, and the findings as they are rendered for people.
///
/// ```
/// use tribunal::{check, policy};
///
/// let checked = check(policy::load_str("demo.yaml", "policy: {id: demo}"), false);
/// let page = policy::render::human(&checked.diagnostics, &checked.sources, false);
/// assert!(page.starts_with("error: "));
/// assert!(page.contains("demo.yaml:1:"));
/// ```
#[derive(Clone, Debug)]
pub struct Checked {
    /// The findings as data.
    pub report: CheckReport,
    /// The findings for [`render::human`] and [`render::sarif`].
    pub diagnostics: Vec<Diagnostic>,
    /// The files they point into.
    pub sources: Arc<Sources>,
}

/// Checks a policy and, if it has no errors, whether an engine can be built of it and at what price.
///
/// ```
/// use tribunal::{check, policy};
///
/// let text = "
/// policy: {id: demo, version: '1'}
/// rules:
///   - {id: short, when: length(caption) < 3, effect: {routing: review}}
///   - {id: odd, when: 'caption has /[a-z]+[0-9]/', effect: {routing: review}}
/// ";
/// let report = check(policy::load_str("demo.yaml", text), true).report;
/// assert_eq!((report.errors, report.not_compiled), (0, None));
/// // Neither has a word to wait for: both cost something on every item.
/// assert_eq!(report.always_awake, ["short"]);
/// assert_eq!(report.slow_regexes, ["demo.yaml:5"]);
/// ```
pub fn check(loaded: Loaded, deny_warnings: bool) -> Checked {
    let Loaded { policy, mut diagnostics, sources } = loaded;
    if deny_warnings {
        for found in diagnostics.iter_mut().filter(|found| found.severity == Severity::Warning) {
            found.severity = Severity::Error;
        }
    }
    let count = |severity| diagnostics.iter().filter(|found| found.severity == severity).count() as u64;
    let shown = render::json(&diagnostics, &sources);
    let mut report = CheckReport {
        format: FORMAT,
        policy: None,
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        diagnostics: shown.get("diagnostics").and_then(|list| list.as_array()).cloned().unwrap_or_default(),
        not_compiled: None,
        contents: None,
        slow_regexes: Vec::new(),
        slow_regex_ns: Vec::new(),
        always_awake: Vec::new(),
    };
    if let Some(policy) = policy.map(Arc::new) {
        let named = || policy.lists.iter().filter(|list| !list.inline);
        report.policy = Some(decision::policy_ref(&policy));
        report.contents = Some(Contents {
            rules: policy.rules.len() as u64,
            lists: named().count() as u64,
            terms: named().flat_map(|list| &list.entries).filter(|entry| !entry.allow).count() as u64,
            markets: policy.markets.len() as u64,
            tests: policy.tests.len() as u64,
        });
        match Engine::new(Arc::clone(&policy), Limits::default()) {
            Ok(engine) => {
                let nanos = |seconds: f64| (seconds * 1e9).round() as u64;
                let mut slow: Vec<(String, u64)> =
                    engine.slow_regex_seconds(CAPTIONS).into_iter().map(|(place, seconds)| (place.to_owned(), nanos(seconds))).collect();
                slow.sort();
                (report.slow_regexes, report.slow_regex_ns) = slow.into_iter().unzip();
                report.always_awake = engine.always_awake().into_iter().map(|rule| decision::rule_name(&policy, rule)).collect();
            }
            Err(error) => {
                report.errors += 1;
                report.not_compiled = Some(error.to_string());
            }
        }
    }
    Checked { report, diagnostics, sources }
}

/// What expressions are timed with: captions of some hundred characters as people write them.
const CAPTIONS: &[&str] = &[
    "Day 12 of waking up at 5: ran 10 km along the river and still made it to work on time, who wants the playlist? #fyp",
    "recette facile pour 4 personnes, 20 min de préparation et c’est tout 🍋🍋 dites-moi en commentaire si vous essayez",
    "POV: your little brother found the remote again 😂😂 wait for the end!!! (link to part 2 in my bio, @the.real.sofa)",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn run(rules: &str, deny: bool) -> CheckReport {
        let text = format!("policy: {{id: t, version: '1'}}\nterms: {{firearms: [glock]}}\nrules:\n{rules}");
        check(tribunal_policy::load_str("t.yaml", &text), deny).report
    }

    #[test]
    fn warnings_may_be_denied() {
        let rule = "  - {id: a, when: any text has firearms and author.age < 18 or author.verified, effect: {routing: review}}\n";
        let report = run(rule, false);
        assert!(report.errors == 0 && report.warnings > 0);
        assert_eq!(report.contents.unwrap().terms, 1);
        let denied = run(rule, true);
        assert_eq!((denied.errors, denied.warnings), (report.warnings, 0));
        assert!(denied.policy.is_some());
    }

    #[test]
    fn what_is_dear_is_told() {
        let report = run(
            "  - {id: a, when: 'not caption has firearms', effect: {routing: review}}\n  - {id: b, when: 'caption has /[a-z]+[0-9]/', effect: {routing: review}}\n",
            false,
        );
        assert_eq!(report.always_awake, ["a"]);
        assert_eq!(report.slow_regexes, ["t.yaml:5"]);
        assert_eq!(report.slow_regex_ns.len(), 1);
    }

    #[test]
    fn errors_leave_no_policy() {
        let report = run("  - {id: a, when: caption has fireams, effect: {routing: review}}\n", false);
        assert!(report.errors > 0 && report.policy.is_none());
    }
}
