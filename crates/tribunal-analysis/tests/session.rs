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
