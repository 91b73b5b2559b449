//! What is not so is not proved: pairs of policies of which one is milder or stricter in a way that is easily missed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use common::load;
use tribunal_analysis::{DiffOptions, Options, Verdict, analyze, diff, overlays};

/// The verdict about one policy after another, where there is no market.
fn compared(old: &str, new: &str) -> Verdict {
    let options = DiffOptions { no_slices: true, ..DiffOptions::default() };
    let report = diff(&load(old), &load(new), &options).unwrap();
    report.cells.iter().find(|cell| cell.market == "*" && cell.axis == "distribution").unwrap().verdict
}

/// The verdict about a market `M` beside the policy without one.
fn in_market(text: &str) -> Verdict {
    let report = overlays(&load(text), "M").unwrap();
    report.cells.iter().find(|cell| cell.axis == "distribution").unwrap().verdict
}

fn rules(head: &str, rules: &str) -> String {
    format!("policy: {{id: t, version: '1'}}\n{head}\nrules:\n{rules}")
}

fn rule(name: &str, when: &str) -> String {
    format!("  - {{id: {name}, when: '{when}', effect: {{distribution: removed}}}}\n")
}

/// What counts is hits of lists, so that a word that stands in two of them is two.
#[test]
fn lists_that_are_alike_count_each() {
    let text = |overrides: &str| {
        rules(
            "terms: {a: [glock, beretta], b: [glock, beretta]}",
            &format!("{}markets:\n  - {{market: M, overrides: [{overrides}]}}\n", rule("r", "count(any text has any of (a, b)) >= 2")),
        )
    };
    let change = "{terms: a, add: [luger], remove: [glock], reason: R.}";
    // `glock` is two hits everywhere, and one here; two times `luger` are two here alone.
    assert_eq!(in_market(&text(change)), Verdict::Both);
    assert_eq!(in_market(&text("{terms: a, remove: [glock], reason: R.}")), Verdict::Milder);
    assert_eq!(in_market(&text("{terms: a, add: [luger], reason: R.}")), Verdict::Stricter);
    // Of distinct terms there are never more here, which the analysis need not see.
    let distinct = text(change).replace("count(", "distinct(");
    assert!(matches!(in_market(&distinct), Verdict::Milder | Verdict::NotKnown));
    // A second list of the same terms is a second hit of each.
    let (one, two) = (rule("r", "count(any text has a) >= 2"), rule("r", "count(any text has any of (a, b)) >= 2"));
    let head = "terms: {a: [glock], b: [glock]}";
    assert_eq!(compared(&rules(head, &one), &rules(head, &two)), Verdict::Stricter);
    assert_eq!(compared(&rules(head, &one), &rules("terms: {a: [glock]}", &one)), Verdict::Same);
}

/// Texts that a list lets pass are the same where each of both lets through what the other does, not where there are as many.
#[test]
fn one_exempt_text_twice_is_no_other_one() {
    let text = |entries: &str| rules(&format!("terms:\n  a: {{terms: [{entries}}}"), &rule("r", "caption has a"));
    let old = text("alpha], allow: [alpha film, alpha film]");
    assert_eq!(compared(&old, &text("alpha, bravo], allow: [alpha film, alpha centauri]")), Verdict::Both);
    assert_eq!(compared(&old, &text("alpha, bravo], allow: [alpha film]")), Verdict::Stricter);
}

/// An exempt text with a last day, or for one language, hides less than the same text without.
#[test]
fn exempt_texts_hide_when_and_as_they_are_written() {
    for limit in ["until: 2026-01-31", "only_lang: pt", "match: whole"] {
        let head = format!("terms:\n  a: {{terms: [alpha], allow: [{{term: alpha centauri, {limit}}}]}}\n  b: {{terms: [alpha], allow: [alpha centauri]}}");
        let text = rules(&head, &rule("r", "caption has a and not caption has b"));
        let analysis = analyze(&load(&text), &Options::default()).unwrap();
        assert!(!analysis.findings.iter().any(|finding| finding.code == "impossible-rule"), "{limit}: {:#?}", analysis.findings);
    }
}

/// A tag that only one of two policies names, or only what a market changes, is one of the wider language in both.
#[test]
fn languages_are_those_that_are_written_anywhere() {
    let when = |cond: &str| rules("", &rule("r", cond));
    let but = "lang = \"pt\" and not lang = \"pt-BR\"";
    assert_eq!(compared(&when("lang = \"pt\""), &when(but)), Verdict::Milder);
    assert_eq!(compared(&when(but), &when("lang = \"pt\"")), Verdict::Stricter);
    let market = format!("{}markets:\n  - {{market: M, overrides: [{{rule: r, when: '{but}', reason: R.}}]}}\n", when("lang = \"pt\""));
    assert_eq!(in_market(&market), Verdict::Milder);
}

/// Lists that are compared with a field, or with one another, are what stands in them.
#[test]
fn lists_are_what_stands_in_them() {
    // In a list of which terms come and go.
    let of = |ids: &str| rules(&format!("terms:\n  a: {{match: whole, terms: [{ids}]}}"), &rule("r", "author.id in a"));
    let (one, other) = ("{term: u1, until: 2026-06-30}, u2", "{term: u1, until: 2026-06-30}, u3");
    assert_ne!(compared(&of(one), &of(other)), Verdict::Same);
    // More hits of one list than of another.
    let more = |terms: &str| rules(&format!("terms: {{a: [{terms}], b: [luger]}}"), &rule("r", "count(caption has a) > count(caption has b)"));
    assert_ne!(compared(&more("glock"), &more("beretta")), Verdict::Same);
    let market = format!("{}markets:\n  - {{market: M, overrides: [{{terms: a, add: [heck], reason: R.}}]}}\n", more("glock"));
    assert_ne!(in_market(&market), Verdict::Same);
    // Counted in a field whose absence is not an empty text.
    let counted = |terms: &str| rules(&format!("fields: {{caption: {{missing: unknown}}}}\nterms: {{a: [{terms}]}}"), &rule("r", "count(caption has a) >= 2"));
    assert_ne!(compared(&counted("glock"), &counted("beretta")), Verdict::Same);
}

/// A score of more sums than are looked through one by one is a question of its own for each test of it.
#[test]
fn tests_of_a_large_score_are_told_apart() {
    let points: String =
        (0..10).map(|at| format!("  - {{id: p{at}, when: 'caption has \"word{at}\"', points: {{risk: {}}}, effect: {{}}}}\n", 1 << at)).collect();
    let text = |test: &str| rules("", &(points.clone() + &rule("r", test)));
    assert_ne!(compared(&text("score(risk) >= 5"), &text("score(risk) >= 100")), Verdict::Same);
    assert_ne!(compared(&text("score(risk) >= 5"), &text("score(risk) < 5")), Verdict::Same);
    assert_eq!(compared(&text("score(risk) >= 5"), &text("score(risk) >= 5")), Verdict::Same);
    let fewer = text("score(risk) >= 5").replace("risk: 512", "risk: 2");
    assert_ne!(compared(&text("score(risk) >= 5"), &fewer), Verdict::Same);
}

/// A part of a hit may lie in an exempt text where the whole does not.
#[test]
fn an_exempt_text_may_hide_a_part_of_a_hit() {
    let exempt = "allow: [xenon alpha]";
    let head =
        format!("terms:\n  a: {{match: phrase, folds: plain, terms: [alpha beta], {exempt}}}\n  b: {{match: phrase, folds: plain, terms: [alpha], {exempt}}}");
    let text = rules(&head, &rule("r", "caption has a and not caption has b"));
    let analysis = analyze(&load(&text), &Options::default()).unwrap();
    assert!(!analysis.findings.iter().any(|finding| finding.code == "impossible-rule"), "{:#?}", analysis.findings);
    // Nor does a term add nothing whose part another one is, where that one is hidden.
    let head = format!("terms:\n  a: {{match: substring, folds: plain, terms: [alphabet, alpha], {exempt}}}");
    let analysis = analyze(&load(&rules(&head, &rule("r", "caption has a"))), &Options::default()).unwrap();
    assert!(!analysis.findings.iter().any(|finding| finding.code == "implied-term"), "{:#?}", analysis.findings);
    let other = rules(&head.replace("xenon alpha", "xenon beta"), &rule("r", "caption has a"));
    assert!(analyze(&load(&other), &Options::default()).unwrap().findings.iter().any(|finding| finding.code == "implied-term"));
}

/// A field of another type in a new version is another question: what is no number there is a text here.
#[test]
fn a_field_of_another_type_is_another_question() {
    let text = |ty: &str| rules(&format!("fields: {{author.kind: {{type: {ty}}}}}"), &rule("r", "is_missing(author.kind)"));
    assert_ne!(compared(&text("text"), &text("number")), Verdict::Same);
}

/// Two rules that fire on the same items are no duplicates where one of them acts too when it cannot be judged.
#[test]
fn what_acts_when_it_cannot_be_judged_is_no_duplicate() {
    let duplicate = |unknown: &str| {
        let dated =
            format!("  - id: r\n    when: 'caption has \"glock\"'\n    effect: {{distribution: removed}}\n    on_unknown: {unknown}\n    until: 2026-01-31\n");
        let analysis = analyze(&load(&rules("", &(dated + &rule("q", "rule(r)")))), &Options::default()).unwrap();
        analysis.findings.iter().any(|finding| finding.code == "duplicate-rule")
    };
    assert!(duplicate("ignore") && !duplicate("apply"));
}

/// A rule that never fires where there is no market acts there where it cannot be judged: decisions depend on it.
#[test]
fn what_never_fires_may_act_when_it_cannot_be_judged() {
    let redundant = |unknown: &str| {
        let (here, asks) = ("  - {id: here, when: market = US, effect: {distribution: removed}}\n", "when: rule(here), effect: {distribution: removed}");
        let text = rules("", &format!("{here}  - {{id: asks, {asks}, on_unknown: {unknown}}}\n")) + "markets: [{market: US}]\n";
        let analysis = analyze(&load(&text), &Options::default()).unwrap();
        let covered = ["duplicate-rule", "redundant-rule", "shadowed-rule"];
        analysis.findings.iter().any(|finding| covered.contains(&finding.code.as_str()) && finding.subjects[0] == "asks")
    };
    assert!(redundant("ignore") && !redundant("apply"));
}
