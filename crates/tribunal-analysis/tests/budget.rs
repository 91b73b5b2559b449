//! Questions that the budget does not reach are named, and none of them becomes a proof.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::BTreeSet;

use common::tiny::tiny;
use common::{Rng, load};
use tribunal_analysis::{Analysis, DiffOptions, Finding, Options, Status, Verdict, Why, analyze, diff};

fn proved(analysis: &Analysis) -> BTreeSet<String> {
    let of = |finding: &Finding| format!("{} {:?}", finding.code, finding.subjects.first());
    analysis.findings.iter().filter(|finding| finding.status == Status::Proved).map(of).collect()
}

#[test]
fn what_is_left_open_is_named_and_no_proof() {
    let (mut open, mut same) = (0, 0);
    for seed in 1..=40 {
        let mut rng = Rng::new(seed);
        let policy = load(&tiny(&mut rng).text(None));
        let whole = analyze(&policy, &Options::default()).unwrap();
        assert!(whole.left_open.iter().all(|open| open.why == Why::Refuted));
        // Of rules that cover one, which are named is a matter of what was found out.
        let all: BTreeSet<String> = proved(&whole).iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect();
        for steps in [0, 10, 100, 1_000] {
            let analysis = analyze(&policy, &Options { budget: Some(steps), ..Options::default() }).unwrap();
            let found: BTreeSet<String> = proved(&analysis).iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect();
            assert!(found.is_subset(&all), "seed {seed}, {steps} steps: {found:?} of {all:?}");
            open += analysis.left_open.iter().filter(|open| open.why == Why::Budget && !open.about.is_empty()).count();
            assert_eq!(analysis, analyze(&policy, &Options { budget: Some(steps), ..Options::default() }).unwrap(), "the same policy, the same answers");
        }
        let new = load(&tiny(&mut rng).text(None));
        let compared = |budget: Option<u64>| diff(&policy, &new, &DiffOptions { budget, ..DiffOptions::default() }).unwrap();
        let (full, none) = (compared(None), compared(Some(0)));
        for (budget, bare) in [0, 30, 100, 300, 1_000].map(|steps| (steps, compared(Some(steps)))) {
            for (cell, bare) in full.cells.iter().zip(&bare.cells) {
                // What is said is so: one way alone is only told where the other was ruled out.
                assert!([cell.verdict, Verdict::NotKnown].contains(&bare.verdict), "seed {seed}, {budget} steps: {cell:?} {bare:?}");
                same += usize::from(bare.verdict == Verdict::NotKnown);
            }
        }
        assert!(none.left_open.iter().all(|open| open.why == Why::Budget));
    }
    assert!(open > 500 && same > 20, "{open} {same}");
}

/// Nobody is told to take out what accepts a finding that was not looked for to the end.
#[test]
fn what_accepts_an_open_question_is_no_idle_acceptance() {
    let policy = load(
        "policy: {id: demo, version: '1'}\nterms: {arms: [glock]}\nrules:\n  - {id: wide, when: any text has arms, effect: {routing: review}}\n  - id: narrow\n    when: any text has arms and author.verified\n    effect: {routing: review}\n    allow: [{code: redundant-rule, reason: Kept for the record.}]\n",
    );
    let [whole, none] = [None, Some(0)].map(|budget| analyze(&policy, &Options { budget, ..Options::default() }).unwrap());
    assert!(whole.accepted.iter().any(|accepted| accepted.finding.code == "redundant-rule"), "{whole:?}");
    assert!(!none.left_open.is_empty(), "{none:?}");
    for analysis in [&whole, &none] {
        assert!(analysis.findings.iter().all(|finding| finding.code != "unused-acceptance"), "{analysis:?}");
    }
}
