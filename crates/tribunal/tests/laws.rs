//! Laws of decisions, over generated policies and items. `TRIBUNAL_LAWS` and `TRIBUNAL_SEED` set how many policies and from
//! where; every failure names its seed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use tribunal::policy::{Loaded, load_files, load_str};
use tribunal::{Call, Decision, Moderator, Scratch, Truth, Verdict};
use tribunal_core::Unjudged;
use tribunal_oracle::generate::{Rng, generate_item, generate_policy};

/// Items for each policy.
const ITEMS: u64 = 20;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn seeds() -> Vec<u64> {
    let seed = setting("TRIBUNAL_SEED", 40_000);
    (seed..seed + setting("TRIBUNAL_LAWS", 80)).collect()
}

/// Runs a check over every seed; how often it applied, summed over all.
fn every_seed(check: impl Fn(u64) -> usize + Sync + Send) -> usize {
    seeds().into_par_iter().map(check).sum()
}

fn moderator(loaded: Loaded) -> Moderator {
    Moderator::builder().evidence(true).build(loaded).unwrap_or_else(|error| panic!("{error}"))
}

fn generated(seed: u64) -> Moderator {
    moderator(load_str("policy.yaml", &generate_policy(seed)))
}

fn items(moderator: &Moderator, seed: u64) -> Vec<String> {
    (0..ITEMS).map(|at| generate_item(moderator.policy(), seed.wrapping_mul(65_537).wrapping_add(at)).to_string()).collect()
}

/// The decision without what speaks of the policy's files: digest, and the places of terms.
fn decide(moderator: &Moderator, item: &str) -> Decision {
    let outcome = moderator.decide_json(item).unwrap_or_else(|error| panic!("{error}: {item}"));
    let mut decision = outcome.into_decision_looking_at_incomplete();
    decision.policy.digest.clear();
    for hit in decision.evidence.iter_mut().flatten().flat_map(|evidence| &mut evidence.hits) {
        hit.source.clear();
    }
    decision
}

/// A generated policy taken apart: what stands before `rules:`, its rules, what stands after.
struct Parts {
    before: String,
    rules: Vec<String>,
    after: String,
}

impl Parts {
    fn of(text: &str) -> Parts {
        let (before, rest) = text.split_once("\nrules:\n").expect("generated policies have rules");
        let mut parts = Parts { before: format!("{before}\n"), rules: Vec::new(), after: String::new() };
        for line in rest.split_inclusive('\n') {
            if !parts.after.is_empty() || !line.starts_with(' ') {
                parts.after.push_str(line);
            } else if line.starts_with("  - ") {
                parts.rules.push(line.to_owned());
            } else {
                parts.rules.last_mut().expect("a rule begins with a dash").push_str(line);
            }
        }
        parts
    }

    fn with(&self, rules: &[String]) -> String {
        format!("{}rules:\n{}{}", self.before, rules.concat(), self.after)
    }
}

fn name_of(rule: &str) -> String {
    let (_, rest) = rule.split_once("id: ").expect("a rule has an id");
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect()
}

/// What became of each rule but one.
fn states(decision: Decision, but: &str) -> BTreeMap<String, Vec<String>> {
    let mut states: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut put = |rule: &str, state: String| {
        if rule != but {
            states.entry(rule.to_owned()).or_default().push(state);
        }
    };
    decision.rules.iter().for_each(|rule| put(rule, "fired".to_owned()));
    decision.shadow.iter().for_each(|rule| put(rule, "in shadow".to_owned()));
    decision.unknown.iter().for_each(|unjudged| put(&unjudged.rule, format!("unknown {:?}", unjudged.missing)));
    decision.pending.iter().for_each(|unjudged| put(&unjudged.rule, format!("pending {:?}", unjudged.missing)));
    decision.evidence.iter().flatten().for_each(|evidence| put(&evidence.rule, format!("{:?}", evidence.hits)));
    states
}

#[test]
fn taking_a_rule_out_changes_no_other() {
    let compared = every_seed(|seed| {
        let parts = Parts::of(&generate_policy(seed));
        let whole = moderator(load_str("policy.yaml", &parts.with(&parts.rules)));
        let mut compared = 0;
        for (at, rule) in parts.rules.iter().enumerate() {
            let name = name_of(rule);
            let rest: Vec<String> = parts.rules.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, rule)| rule.clone()).collect();
            // Points reach other rules by their sum, and a rule that others name cannot be taken out.
            let loaded = load_str("policy.yaml", &parts.with(&rest));
            if rule.contains("points: ") || loaded.policy.is_none() {
                continue;
            }
            let without = moderator(loaded);
            for item in items(&whole, seed) {
                assert_eq!(states(decide(&whole, &item), &name), states(decide(&without, &item), &name), "seed {seed} without {name}: {item}");
                compared += 1;
            }
        }
        compared
    });
    assert!(compared >= seeds().len() * 10, "only {compared} comparisons");
}

#[test]
fn the_order_of_rules_changes_nothing() {
    let compared = every_seed(|seed| {
        let parts = Parts::of(&generate_policy(seed));
        let whole = moderator(load_str("policy.yaml", &parts.with(&parts.rules)));
        let reversed: Vec<String> = parts.rules.iter().rev().cloned().collect();
        let other = moderator(load_str("policy.yaml", &parts.with(&reversed)));
        let items = items(&whole, seed);
        for item in &items {
            assert_eq!(decide(&whole, item), decide(&other, item), "seed {seed}: {item}");
        }
        items.len()
    });
    assert!(compared > 0);
}

#[test]
fn the_files_that_rules_stand_in_change_nothing() {
    let compared = every_seed(|seed| {
        let text = generate_policy(seed);
        let parts = Parts::of(&text);
        let whole = moderator(load_str("policy.yaml", &text));
        let mut rng = Rng::new(seed);
        let staged = |rule: &str| if rule.contains("stage: ") { rule.to_owned() } else { rule.replacen("id: ", "stage: live\n    id: ", 1) };
        let mut files = BTreeMap::from([("policy.yaml".to_owned(), format!("{}{}", parts.before, parts.after).into_bytes())]);
        for rule in &parts.rules {
            // A flow mapping takes a comma where a block takes a line.
            let rule = if rule.starts_with("  - {") { rule.replacen("{id: ", "{stage: live, id: ", 1) } else { staged(rule) };
            files.insert(format!("rules/{:016x}.yaml", rng.bits()), format!("rules:\n{rule}").into_bytes());
        }
        // Rules of markets stay where they are and have to say their stage there.
        let after = parts.after.replace("      - id: rm", "      - stage: live\n        id: rm").replace("{id: ro", "{stage: live, id: ro");
        let own_stage = parts.after.lines().any(|line| line.starts_with("        stage: "));
        files.insert("policy.yaml".to_owned(), format!("{}{}", parts.before, after).into_bytes());
        let loaded = load_files(files);
        if loaded.policy.is_none() && own_stage {
            return 0;
        }
        let other = moderator(loaded);
        let items = items(&whole, seed);
        for item in &items {
            assert_eq!(decide(&whole, item), decide(&other, item), "seed {seed}: {item}");
        }
        items.len()
    });
    assert!(compared >= seeds().len() * 10, "only {compared} comparisons");
}

/// A verdict without the places in which it keeps the missing fields: they come in the order of evaluation.
fn comparable(verdict: &Verdict) -> impl PartialEq + std::fmt::Debug {
    let unjudged = |rules: &[Unjudged]| rules.iter().map(|rule| (rule.rule, verdict.missing(rule).to_vec())).collect::<Vec<_>>();
    (
        (verdict.levels.clone(), verdict.labels.clone(), verdict.rules.clone(), verdict.shadow.clone()),
        (unjudged(&verdict.unknown), unjudged(&verdict.pending)),
        (verdict.incomplete, verdict.market, verdict.unknown_market, verdict.wrong_type.clone()),
    )
}

#[test]
fn waking_all_rules_gives_the_same_verdict() {
    every_seed(|seed| {
        let loaded = || load_str("policy.yaml", &generate_policy(seed));
        let waking = moderator(loaded());
        let options = tribunal_core::Options { wake: false, ..tribunal_core::Options::default() };
        let awake = Moderator::builder().compile_options(options).build(loaded()).unwrap_or_else(|error| panic!("{error}"));
        let (mut one, mut two) = (Scratch::new(), Scratch::new());
        let items = items(&waking, seed);
        for line in &items {
            let item = waking.read_json(line).unwrap();
            let first = waking.engine().classify(&item, Call::default(), &mut one);
            let second = awake.engine().classify(&item, Call::default(), &mut two);
            assert_eq!(comparable(first), comparable(second), "seed {seed}: {line}");
        }
        items.len()
    });
}

#[test]
fn explained_as_decided() {
    let fired = every_seed(|seed| {
        let moderator = generated(seed);
        let mut scratch = Scratch::new();
        let mut fired = 0;
        for line in items(&moderator, seed) {
            let item = moderator.read_json(&line).unwrap();
            let decision = moderator.decide_with(&item, &mut scratch).into_decision_looking_at_incomplete();
            let explanation = moderator.explain_item(&item);
            assert_eq!(explanation.decision, decision, "seed {seed}: {line}");
            // What is said of each rule agrees with the lists of the decision, and with the engine asked for the rule alone.
            for rule in &explanation.rules {
                let listed = decision.rules.contains(&rule.rule) || decision.shadow.contains(&rule.rule);
                let unjudged = decision.unknown.iter().chain(&decision.pending).any(|unjudged| unjudged.rule == rule.rule);
                match rule.outcome.as_str() {
                    // A live rule without an effect fires and is not listed.
                    "fired" => assert!(listed || rule.effect.is_empty(), "seed {seed} {}: {line}", rule.rule),
                    "not judged" => assert!(unjudged && !listed, "seed {seed} {}: {line}", rule.rule),
                    "exempt" => assert!(!listed, "seed {seed} {}: {line}", rule.rule),
                    other => panic!("seed {seed}: `{other}`"),
                }
            }
            let told: BTreeSet<&str> = explanation.rules.iter().map(|rule| rule.rule.as_str()).collect();
            assert!(decision.rules.iter().chain(&decision.shadow).all(|rule| told.contains(rule.as_str())), "seed {seed}: {line}");
            fired += decision.rules.len();
            assert!(!explanation.to_text().is_empty());
        }
        fired
    });
    assert!(fired > seeds().len(), "only {fired} rules fired");
}

/// The text that a hit of an item points into: a field, or an element of one.
fn text_of(item: &serde_json::Value, moderator: &Moderator, field: &str) -> Option<String> {
    let (name, element) = match field.strip_suffix(']').and_then(|field| field.rsplit_once('[')) {
        Some((name, number)) => (name, number.parse::<usize>().ok()),
        None => (field, None),
    };
    let policy = moderator.policy();
    let alias = policy.fields.iter().find(|field| field.name == name).and_then(|field| field.alias);
    let at = |name: &str| name.split('.').try_fold(item, |at, part| at.get(part)).filter(|value| !value.is_null());
    let value = at(name).or_else(|| at(alias?))?;
    match element {
        Some(number) => value.get(number)?.as_str().map(str::to_owned),
        None => value.as_str().map(str::to_owned),
    }
}

#[test]
fn hits_are_the_original_bytes() {
    let hits = every_seed(|seed| {
        let moderator = generated(seed);
        let mut hits = 0;
        for line in items(&moderator, seed) {
            let item: serde_json::Value = serde_json::from_str(&line).unwrap();
            let decision = decide(&moderator, &line);
            for hit in decision.evidence.iter().flatten().flat_map(|evidence| &evidence.hits) {
                // What stands in for a missing field is in the policy, not in the item.
                let Some(text) = text_of(&item, &moderator, &hit.field) else { continue };
                // `get` gives nothing off a character boundary.
                assert_eq!(text.get(hit.start as usize..hit.end as usize), Some(hit.text.as_str()), "seed {seed} {hit:?}: {line}");
                assert!(hit.start < hit.end, "seed {seed} {hit:?}: {line}");
                hits += 1;
            }
        }
        hits
    });
    assert!(hits > seeds().len() * 5, "only {hits} hits");
}

#[test]
fn a_rule_asked_alone_says_what_the_rehearsal_says_of_a_live_one() {
    let fired = every_seed(|seed| {
        let moderator = generated(seed);
        let mut scratch = Scratch::new();
        let mut fired = 0;
        for line in items(&moderator, seed) {
            let decision = decide(&moderator, &line);
            let item = moderator.read_json(&line).unwrap();
            for name in &decision.rules {
                let rule = moderator.policy().rule(name).unwrap();
                assert_eq!(moderator.engine().fires(rule, &item, Call::default(), &mut scratch), Truth::True, "seed {seed} {name}: {line}");
                fired += 1;
            }
        }
        fired
    });
    assert!(fired > seeds().len(), "only {fired} rules fired");
}
