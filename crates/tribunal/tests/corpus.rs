//! Every case of the corpus on the engine: with everything on, with each switch off, after saving and loading, compiled by samples, and on one, two and eight threads.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub, reason = "tests")]

mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;

use tribunal::Scratch;
use tribunal_oracle::corpus;

fn folder() -> PathBuf {
    PathBuf::from("../../tests")
}

#[test]
fn every_case_on_every_configuration() {
    let cases = corpus::load(&folder().join("corpus")).unwrap_or_else(|error| panic!("{}: {}", error.path.display(), error.message));
    assert!(cases.len() >= 250, "{} cases", cases.len());
    let known = corpus::load_known_wrong(&folder().join("known_wrong.toml")).unwrap_or_else(|error| panic!("{}", error.message));
    let known: BTreeSet<String> = known.into_iter().map(|wrong| wrong.name).collect();
    let mut failures = Vec::new();
    let mut decisions = 0;
    let mut scratch = Scratch::new();
    for case in &cases {
        let mut wrong = Vec::new();
        let switches = common::switches().into_iter().map(|(name, options)| (name, common::moderator(case.loaded(), options, case.as_of())));
        let compiled = common::moderator(case.loaded(), tribunal_core::Options::default(), case.as_of());
        let saved = ("saved and loaded", common::reloaded(&compiled, case.as_of()));
        let rare = ("profile of empty items", common::profiled(&compiled, ["{}"].into_iter(), case.as_of()));
        let own = ("profile of its own items", common::profiled(&compiled, case.items.iter().map(|item| item.item.as_str()), case.as_of()));
        for (name, moderator) in switches.chain([saved, rare, own]) {
            for (at, expected) in case.items.iter().enumerate() {
                decisions += 1;
                match common::outcome(&moderator, &expected.item, &mut scratch) {
                    Ok(outcome) => {
                        let differences = expected.differences(case, &outcome);
                        if !differences.is_empty() {
                            wrong.push(format!("{} {} item {} ({name}): {}", case.file, case.name, at + 1, differences.join("; ")));
                        }
                    }
                    Err(error) => wrong.push(format!("{} item {}: {error}", case.name, at + 1)),
                }
            }
        }
        match (wrong.is_empty(), known.contains(&case.name)) {
            (false, false) => failures.extend(wrong),
            (true, true) => failures.push(format!("{} is right now: take it out of known_wrong.toml", case.name)),
            _ => {}
        }
    }
    println!("{} cases, {decisions} decisions, {} failures", cases.len(), failures.len());
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn what_is_written_at_once_is_the_decision() {
    let cases = corpus::load(&folder().join("corpus")).unwrap_or_else(|error| panic!("{}", error.message));
    let (mut scratch, mut decisions) = (Scratch::new(), 0);
    for case in &cases {
        let mut builder = tribunal::Moderator::builder();
        if let Some(as_of) = case.as_of() {
            builder = builder.as_of(as_of);
        }
        let moderator = builder.build(case.loaded()).unwrap_or_else(|error| panic!("{error}"));
        let (mut tallies, mut line) = ([tribunal::Tally::default(), tribunal::Tally::default()], Vec::new());
        for item in &case.items {
            let Ok(item) = moderator.read_json(&item.item) else { continue };
            line.clear();
            let verdict = moderator.decide_into(&item, &mut scratch, &mut line);
            tallies[0].judged(moderator.policy(), &item, verdict);
            let decision = moderator.decide_with(&item, &mut scratch).into_decision_looking_at_incomplete();
            tallies[1].decided(&decision, item.unknown_keys());
            assert_eq!(String::from_utf8_lossy(&line), serde_json::to_string(&decision).unwrap(), "{} {}", case.file, case.name);
            decisions += 1;
        }
        assert_eq!(tallies[0], tallies[1], "{} {}", case.file, case.name);
    }
    assert!(decisions > 500, "{decisions}");
}

#[test]
fn threads_change_nothing() {
    let cases = corpus::load(&folder().join("corpus")).unwrap_or_else(|error| panic!("{}", error.message));
    for case in cases.iter().filter(|case| case.items.len() >= 4) {
        let moderator = common::moderator(case.loaded(), tribunal_core::Options::default(), case.as_of());
        let lines: Vec<&str> = case.items.iter().map(|item| item.item.as_str()).collect();
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let outcomes = pool.install(|| moderator.decide_json_batch(&lines));
            outcomes.into_iter().map(|outcome| format!("{:?}", outcome.map_err(|error| error.to_string()))).collect::<Vec<_>>()
        };
        let one = run(1);
        assert_eq!(one, run(2), "{}", case.name);
        assert_eq!(one, run(8), "{}", case.name);
    }
}
