//! The conformance corpus on the oracle: every case, every item.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::path::Path;

use tribunal_oracle::{corpus, judge};

fn tests_folder() -> &'static Path {
    Path::new("../../tests")
}

#[test]
fn every_case_is_decided_as_written() {
    let cases = corpus::load(&tests_folder().join("corpus")).unwrap_or_else(|error| panic!("{error}"));
    let known_wrong = corpus::load_known_wrong(&tests_folder().join("known_wrong.toml")).unwrap_or_else(|error| panic!("{error}"));
    let mut failures: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    let mut items = 0;
    for case in &cases {
        let mut differences = Vec::new();
        match case.load_policy() {
            Err(diagnostics) => differences.push(format!("the policy is refused:\n{diagnostics}")),
            Ok(policy) => {
                for (nth, expectation) in case.items.iter().enumerate() {
                    items += 1;
                    let item = expectation.item().unwrap_or_else(|error| panic!("{}: {}: {error}", case.file, case.name));
                    let found = expectation.differences(case, &judge(&policy, &item, case.as_of()));
                    differences.extend(found.into_iter().map(|line| format!("item {}: {line}", nth + 1)));
                }
            }
        }
        if !differences.is_empty() {
            failures.insert(case.name.clone(), (case.file.clone(), differences));
        }
    }
    assert!(cases.len() >= 300, "only {} cases found", cases.len());
    let mut report = Vec::new();
    for wrong in &known_wrong {
        if failures.remove(&wrong.name).is_none() {
            report.push(format!("known_wrong.toml: `{}` is right now (or is no case): take it out", wrong.name));
        }
    }
    for (name, (file, differences)) in &failures {
        report.push(format!("{file}: {name}\n    {}", differences.join("\n    ")));
    }
    eprintln!("{} cases, {items} items, {} wrong", cases.len(), failures.len());
    assert!(report.is_empty(), "\n{}", report.join("\n"));
}
