//! Laws of the policy language.

use std::collections::BTreeMap;

use tribunal_policy::cond::{Cond, CondKind};
use tribunal_policy::source::Span;
use tribunal_policy::{Policy, fmt, load_files, load_str, render};

/// Loading arbitrary files never panics: there is a policy or there is an error, every place of a diagnostic can be shown, and
/// the engine compiles the policy or says why not.
///
/// A first byte of 0 makes several files of the rest, cut at zero bytes.
///
/// # Panics
///
/// When the law is broken.
pub fn policy_load(data: &[u8]) {
    const NAMES: [&str; 6] = ["policy.yaml", "rules/a.yaml", "terms/a.csv", "terms/b.txt", "terms/c.yaml", "markets/BR.yaml"];
    let loaded = match data.split_first() {
        Some((0, rest)) => {
            let files = NAMES.iter().zip(rest.split(|byte| *byte == 0));
            load_files(files.map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect::<BTreeMap<_, _>>())
        }
        _ => load_files(BTreeMap::from([("policy.yaml".to_owned(), data.to_vec())])),
    };
    let shown = render::human(&loaded.diagnostics, &loaded.sources, false);
    match loaded.policy {
        Some(policy) => drop(tribunal::Engine::new(std::sync::Arc::new(policy), tribunal::Limits::default())),
        None => assert!(!shown.is_empty(), "refused without a reason"),
    }
}

fn with_condition(condition: &str) -> Option<Policy> {
    let when = serde_json::to_string(condition).ok()?;
    let text = format!(
        "policy: {{id: demo, version: \"1\"}}\n\
         fields:\n  author.verified_dealer: {{type: bool, missing: false}}\n  parent.author.id: {{type: id}}\n  opened: {{type: time}}\n\
         terms:\n  guns: [glock]\n  sale: [selling]\n  hosts: {{match: whole, terms: [a.example]}}\n\
         rules:\n  - {{id: other, when: author.seller, points: {{spam: 1}}}}\n  - {{id: r, effect: {{routing: review}}, when: {when}}}\n"
    );
    load_str("policy.yaml", &text).policy
}

fn condition(policy: &Policy) -> &Cond {
    let rule = policy.rule("r").and_then(|rule| policy.rules.get(rule.index()));
    &rule.expect("the policy has the rule r").when
}

/// The tree without places.
fn bare(cond: &Cond) -> Cond {
    let kind = match &cond.kind {
        CondKind::And(parts) => CondKind::And(parts.iter().map(bare).collect()),
        CondKind::Or(parts) => CondKind::Or(parts.iter().map(bare).collect()),
        CondKind::Not(inner) => CondKind::Not(Box::new(bare(inner))),
        other => other.clone(),
    };
    Cond { span: Span::default(), kind }
}

/// A condition that reads prints as one that reads as the same tree, and prints the same again.
///
/// # Panics
///
/// When the law is broken.
pub fn condition_parse_print(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(policy) = with_condition(text) else { return };
    let printed = policy.print(condition(&policy));
    let again = with_condition(&printed).unwrap_or_else(|| panic!("{text:?} is printed as {printed:?}, which does not read"));
    assert_eq!(bare(condition(&again)), bare(condition(&policy)), "{text:?} is printed as {printed:?}");
    assert_eq!(again.print(condition(&again)), printed, "{text:?} is printed in two ways");
}

/// What can be formatted stays as it is when formatted again.
///
/// # Panics
///
/// When the law is broken.
pub fn fmt_idempotent(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let once = match fmt::format(text) {
        Ok(once) => once,
        Err(found) => {
            let hard = found.iter().any(|found| found.code.id == tribunal_policy::codes::FILE_NOT_FORMATTABLE.id);
            assert!(!hard, "the formatter would lose something of {text:?}");
            return;
        }
    };
    let Ok(twice) = fmt::format(&once) else { panic!("{text:?} is formatted as {once:?}, which does not read") };
    assert_eq!(twice, once, "{text:?}");
}
