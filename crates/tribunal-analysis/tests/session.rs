//! A session that goes along with edits says what an analysis of the edited policy says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::BTreeSet;

use common::tiny::{cond, effect, tiny};
use common::{Rng, load, setting};
use tribunal_analysis::{Analysis, Options, Session, analyze};

/// How rules stand to each other; of other findings those about the edited rule.
fn told(analysis: &Analysis, edited: &str) -> BTreeSet<String> {
    let pairs = ["duplicate-rule", "redundant-rule", "shadowed-rule", "narrower-rule", "ladder-inversion"];
    // Which item a rule is shown with, and so what that item lacks, is a matter of the solver.
    let of_item = ["missing-attribute", "bare-term"];
    let about = |finding: &&tribunal_analysis::Finding| {
        let code = finding.code.as_str();
        pairs.contains(&code) || !of_item.contains(&code) && finding.subjects.first().is_some_and(|subject| subject == edited)
    };
    // Of several rules that cover one, which are named, and so what it is called, is a matter of the order in which they were tried.
    let line = |finding: &tribunal_analysis::Finding| {
        let code = if pairs.iter().take(3).any(|code| *code == finding.code) { "covered" } else { finding.code.as_str() };
        format!("{code} {:?} {:?} {}", finding.subjects.first(), finding.markets, finding.place)
    };
    analysis.findings.iter().filter(about).map(line).collect()
}

/// `TRIBUNAL_SESSIONS=2000` for a long run.
#[test]
fn a_session_says_what_an_analysis_says() {
    let (count, mut edits, mut changed) = (setting("TRIBUNAL_SESSIONS", 60), 0, 0);
    for seed in 1..=count {
        let mut rng = Rng::new(seed);
        let mut policy = tiny(&mut rng);
        let mut session = Session::open(&load(&policy.text(None)), &Options::default()).unwrap();
        for _ in 0..4 {
            let at = rng.below(policy.rules.len());
            match rng.below(3) {
                0 => policy.rules[at].effect = effect(&mut rng),
                1 => policy.rules[at].unless = rng.one_in(2).then(|| cond(&mut rng, 1)),
                _ => policy.rules[at].when = cond(&mut rng, 2),
            }
            let edited = load(&policy.text(None));
            let before = told(session.analysis(), &format!("r{at}"));
            let found = told(session.edit(&edited).unwrap(), &format!("r{at}"));
            let expected = told(&analyze(&edited, &Options::default()).unwrap(), &format!("r{at}"));
            assert_eq!(found, expected, "seed {seed}, r{at}\n{}", policy.text(None));
            edits += 1;
            changed += usize::from(found != before);
        }
    }
    println!("{edits} edits, of which {changed} change what is found");
    assert!(changed * 4 > edits, "{changed} of {edits}");
}

#[test]
fn other_edits_open_the_policy_anew() {
    let text = |more: &str| {
        format!("policy: {{id: t, version: '1'}}\nterms: {{a: [glock]}}\nrules:\n  - {{id: r, when: caption has a, effect: {{routing: review}}}}\n{more}")
    };
    let mut session = Session::open(&load(&text("")), &Options::default()).unwrap();
    let more = "  - {id: s, when: caption has a and caption has a, effect: {routing: review}}\n";
    let found = session.edit(&load(&text(more))).unwrap();
    assert!(found.findings.iter().any(|finding| finding.code == "duplicate-rule"), "{:?}", found.findings);
    assert!(!session.edit(&load(&text(""))).unwrap().findings.iter().any(|finding| finding.code == "duplicate-rule"));
}

/// Every finding and open question, as often as it is told. What an item of a rule lacks is that of the item.
fn all(analysis: &Analysis) -> (Vec<String>, Vec<String>) {
    let mut found: Vec<String> = analysis
        .findings
        .iter()
        .filter(|finding| !["missing-attribute", "bare-term"].contains(&finding.code.as_str()))
        .map(|finding| format!("{} {:?} {:?} {}", finding.code, finding.subjects, finding.markets, finding.place))
        .collect();
    found.sort();
    (found, analysis.left_open.iter().map(|open| format!("{open:?}")).collect())
}

/// Goes through the texts, and at each says what an analysis says; what was found.
fn goes_along(texts: &[&str], options: &Options) -> Vec<Vec<String>> {
    let mut session = Session::open(&load(texts[0]), options).unwrap();
    let mut told = vec![all(session.analysis()).0];
    for text in &texts[1..] {
        let found = all(session.edit(&load(text)).unwrap());
        assert_eq!(found, all(&analyze(&load(text), options).unwrap()), "{text}");
        told.push(found.0);
    }
    told
}

const HEAD: &str = "policy: {id: t, version: '1'}\nterms: {a: [glock], b: [heck], c: [seggs]}\n";

#[test]
fn a_step_back_is_a_step_back() {
    let text = |first: &str, last: &str| {
        format!(
            "{HEAD}rules:\n  - {{id: r0, when: caption has {first}, effect: {{distribution: removed}}}}\n  \
             - {{id: r1, when: caption has a and author.verified, effect: {{distribution: removed}}}}\n  \
             - {{id: r2, when: caption has {last}, effect: {{distribution: removed}}}}\n"
        )
    };
    // The rule between is covered by none, by the first, by the last.
    let (none, first, last) = (text("b", "c"), text("a", "c"), text("b", "a"));
    let told = goes_along(&[&none, &first, &last, &none, &last], &Options::default());
    let covered: Vec<bool> = told.iter().map(|told| told.iter().any(|line| line.contains("[\"r1\", \"r"))).collect();
    assert_eq!(covered, [false, true, true, false, true], "{told:#?}");
}

#[test]
fn what_a_rule_says_beside_its_meaning_is_looked_at_anew() {
    let text = |rule: &str, change: &str| {
        format!(
            "{HEAD}rules:\n  - {{id: r0, when: caption has a, unless: market = US, on_unknown: apply, effect: {{distribution: removed}}{rule}}}\n  - {{id: r1, when: caption has b, effect: {{routing: review}}}}\n\
             markets:\n  - market: US\n    overrides: [{{rule: r1, unless: author.verified, reason: because{change}}}]\n"
        )
    };
    for (rule, change) in
        [(", floor: true", ""), (", severity: high, review_by: 2026-01-01", ""), (", owner: team, rationale: Because.", ""), ("", ", intent: tighten")]
    {
        let (bare, more) = (text("", ""), text(rule, change));
        goes_along(&[&bare, &more, &bare, &more], &Options::default());
    }
    let told = goes_along(&[&text("", ""), &text(", floor: true", "")], &Options::default());
    assert!(told[1].iter().any(|line| line.starts_with("below-floor")), "{told:?}");
    let told = goes_along(&[&text("", ""), &text("", ", intent: tighten")], &Options::default());
    assert!(told[1].iter().any(|line| line.starts_with("overlay-direction")), "{told:?}");
    // The floor of a policy.
    let floored = format!("{}floors: [r0]\n", text("", ""));
    let told = goes_along(&[&text("", ""), &floored, &text("", "")], &Options::default());
    assert!(told[1].iter().any(|line| line.starts_with("below-floor")), "{told:?}");
}

#[test]
fn overrides_of_lists_are_told_once() {
    // What the market adds does nothing where another rule does the same.
    let text = |when: &str, reason: &str| {
        format!(
            "{HEAD}rules:\n  - {{id: r0, when: {when}, effect: {{distribution: removed}}}}\n  - {{id: r1, when: caption has b, effect: {{distribution: removed}}}}\n\
             markets:\n  - market: US\n    overrides: [{{terms: c, add: [heck], reason: {reason}}}]\n"
        )
    };
    let (none, some) = (text("caption has c and author.verified", "because"), text("caption has c or ocr has c", "because"));
    let told = goes_along(&[&none, &text("caption has c and author.age < 18", "because"), &some, &none, &text("caption has c", "really")], &Options::default());
    let of = |at: usize| told[at].iter().filter(|line| line.starts_with("overlay-no-effect")).count();
    assert_eq!([of(0), of(1), of(2), of(3)], [1, 1, 0, 1], "{told:#?}");
}

#[test]
fn only_what_was_asked_for_is_told_after_an_edit() {
    let text = |list: &str| {
        format!(
            "{HEAD}rules:\n  - {{id: r0, when: caption has a, effect: {{distribution: removed}}}}\n  - {{id: r1, when: caption has {list}, effect: {{distribution: removed}}}}\n"
        )
    };
    let options = Options { only: vec!["r0".to_owned()], ..Options::default() };
    goes_along(&[&text("b"), &text("c and author.age < 18")], &options);
}

#[test]
fn every_edit_has_the_whole_budget() {
    let text = |list: &str| {
        format!(
            "{HEAD}rules:\n  - {{id: r0, when: caption has {list}, effect: {{distribution: removed}}}}\n  \
             - {{id: r1, when: caption has a and author.verified, effect: {{distribution: removed}}}}\n"
        )
    };
    let budget = 3_000;
    let mut session = Session::open(&load(&text("a")), &Options { budget: Some(budget), ..Options::default() }).unwrap();
    let mut edits = 0;
    while session.analysis().effort.steps <= budget {
        let analysis = session.edit(&load(&text(["b", "a", "c"][edits % 3]))).unwrap();
        assert!(analysis.left_open.is_empty(), "{edits}: {:?} {:?}", analysis.left_open, analysis.effort);
        edits += 1;
        assert!(edits < 2_000, "{:?}", analysis.effort);
    }
}
