//! The example policy on the oracle: its labelled items and the examples in its rules.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;

use serde_json::Value as Json;
use tribunal_oracle::{Outcome, fires, judge};
use tribunal_policy::diagnostic::Severity;
use tribunal_policy::{Policy, RuleId, load, render};

fn policy() -> Policy {
    let loaded = load(Path::new("../../examples/community-guidelines"));
    loaded.policy.unwrap_or_else(|| {
        let errors: Vec<_> = loaded.diagnostics.into_iter().filter(|found| found.severity == Severity::Error).collect();
        panic!("{}", render::human(&errors, &loaded.sources, false))
    })
}

fn names(json: &Json) -> Vec<String> {
    json.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// What a line of `tests/*.jsonl` expects otherwise.
fn differences(expect: &Json, outcome: &Outcome) -> Vec<String> {
    let mut out = Vec::new();
    for (key, value) in expect.as_object().unwrap() {
        let agrees = match key.as_str() {
            "rules" => {
                let mut rules = names(value);
                rules.sort();
                rules == outcome.rules
            }
            "has_rules" => names(value).iter().all(|rule| outcome.rules.contains(rule)),
            "not_rules" => !names(value).iter().any(|rule| outcome.rules.contains(rule)),
            axis => {
                let mut wanted = value.as_str().map_or_else(|| names(value), |value| vec![value.to_owned()]);
                wanted.sort();
                outcome.decision.get(axis) == Some(&wanted)
            }
        };
        if !agrees {
            out.push(format!("{key}: expected {value}, found {:?} and {:?}", outcome.rules, outcome.decision));
        }
    }
    out
}

#[test]
fn labelled_items_are_decided_as_written() {
    let policy = policy();
    let mut wrong = Vec::new();
    assert!(!policy.tests.is_empty());
    for line in &policy.tests {
        let text = policy.sources.text(line.span.file).get(line.span.start as usize..line.span.end as usize).unwrap();
        let json: Json = serde_json::from_str(text).unwrap();
        let outcome = judge(&policy, &json["item"], None);
        let place = format!("{}:{}", policy.sources.path(line.span.file), line.line);
        wrong.extend(differences(&json["expect"], &outcome).into_iter().map(|what| format!("{place}: {what}")));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn rules_fire_on_what_violates_them_and_not_on_what_is_allowed() {
    let policy = policy();
    let mut wrong = Vec::new();
    for (at, rule) in policy.rules.iter().enumerate() {
        let id = RuleId(at.try_into().unwrap());
        for (examples, expected) in [(&rule.examples.violates, true), (&rule.examples.allowed, false)] {
            for example in examples {
                if fires(&policy, id, &serde_json::from_str(&example.item).unwrap()) != expected {
                    wrong.push(format!("{}: expected {expected} for {}", rule.name, example.item));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
