//! A clean policy of 200 rules, one anomaly of every class planted in it, and rewritings that mean the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use common::load;
use tribunal_analysis::evade::Words;
use tribunal_analysis::{Analysis, Attribution, DiffOptions, DiffReport, Options, Verdict, Way, WordList, analyze, diff};

const EFFECTS: &[&str] = &[
    "{distribution: feed_ineligible}",
    "{distribution: feed_ineligible, annotation: [warning_screen]}",
    "{audience: adults}",
    "{routing: review, distribution: search_limited}",
    "{account: warn, distribution: feed_ineligible}",
];

fn head(extra_terms: &str, taxonomy: &str) -> String {
    let mut out = format!(
        "policy: {{id: planted, version: '1'}}\nsurfaces: {{video: [caption, transcript, ocr, hashtags, sound.title]}}\ntaxonomy:\n  things: {{title: Things, harm: 1}}\n{taxonomy}terms:\n{extra_terms}"
    );
    for at in 0..200 {
        writeln!(out, "  l{at:03}: [word{at:03}a, word{at:03}b, 'two word{at:03}']").unwrap();
    }
    out.push_str("rules:\n");
    out
}

fn rule(id: &str, when: &str, effect: &str, more: &str) -> String {
    format!(
        "  - id: {id}\n    category: things\n    owner: team\n    rationale: It is so.\n    on_unknown: ignore\n    when: {when}\n    effect: {effect}\n{more}"
    )
}

fn clean_rules() -> Vec<String> {
    (0..200)
        .map(|at| {
            let when = match at % 4 {
                0 => format!("any text has l{at:03}"),
                1 => format!("any text has l{at:03} and author.followers >= {}", at * 10),
                2 => format!("caption has l{at:03} or hashtags has l{at:03}"),
                _ => format!("any text has l{at:03} and author.age < 18"),
            };
            let more = if at % 6 == 0 { "    unless: author.verified\n" } else { "" };
            rule(&format!("r{at:03}"), &when, EFFECTS[at % EFFECTS.len()], more)
        })
        .collect()
}

const MARKETS: &str = "markets:\n  - market: US\n    overrides:\n      - {rule: r002, effect: {distribution: feed_ineligible}, reason: stricter here, intent: tighten, review_by: '2028-01-01'}\n  - market: BR\n    overrides:\n      - {rule: r004, stage: off, reason: not here, intent: disable, legal_basis: Act 1}\n";

fn run(text: &str) -> Analysis {
    let words = Words::parse("title\t900\ncompetition\t700\nthis\t5000\nhop\t300\nfreshgift\t400\nit\t9000\n").unwrap();
    let words = vec![WordList { lang: Some("en".to_owned()), words }];
    let options = Options { today: Some(1_800_000_000), words, ..Options::default() };
    analyze(&load(text), &options).unwrap()
}

fn brief(analysis: &Analysis) -> Vec<(String, Vec<String>)> {
    analysis.findings.iter().map(|finding| (finding.id.clone(), finding.subjects.clone())).collect()
}

#[test]
fn a_clean_policy_is_silent() {
    let analysis = run(&format!("{}{}{MARKETS}", head("", ""), clean_rules().concat()));
    assert!(analysis.findings.is_empty(), "{:#?}", analysis.findings);
    assert!(analysis.suspected.is_empty(), "{:?}", analysis.suspected);
}

/// What is planted: catalogue id, subject, text of rules.
fn planted() -> Vec<(&'static str, &'static str, String)> {
    let removed = "{distribution: removed}";
    let with = |id: &str, when: &str, more: &str| rule(id, when, removed, more);
    vec![
        ("C1", "p-c1", with("p-c1", "any text has l010 and author.age < 13 and author.age >= 18", "")),
        ("C1", "p-c1-list", with("p-c1-list", "any text has nothing", "")),
        ("C2", "p-c2", rule("p-c2", "caption has l011 or not caption has l011", "{annotation: [disclosure]}", "")),
        ("C3", "p-c3", rule("p-c3", "author.followers >= 130 and any text has l013", EFFECTS[13 % 5], "")),
        ("C4", "p-c4", rule("p-c4", "any text has l016 and author.private", EFFECTS[16 % 5], "")),
        ("C5", "p-c5", rule("p-c5", "any text has l020 and author.videos > 3", "{distribution: search_limited}", "")),
        (
            "C5",
            "p-c5-union",
            rule("p-c5-union", "any text has any of (l040, l080)", "{distribution: search_limited}", "    unless: author.verified or author.seller\n"),
        ),
        ("C7", "p-c7", rule("p-c7", "any text has l025", "{distribution: normal, annotation: [support_resources]}", "")),
        ("C8", "p-c8", with("p-c8", "any text has l030 and author.age < 15", "    unless: author.age < 18\n")),
        ("C9", "p-c9", with("p-c9", "any text has fresh1 and author.age >= 18", "    unless: author.age < 13\n")),
        ("C10", "p-c10", with("p-c10", "any text has fresh2", "    unless: hashtags has news\n")),
        ("C11", "p-c11", with("p-c11", "any text has block", "    unless: any text has exempt\n")),
        ("G3", "p-g3", with("p-g3", "author.bio has l032", "")),
        ("G4", "p-g4", with("p-g4", "any text has fresh3 and author.age < 16", "").replace("    on_unknown: ignore\n", "")),
        ("G5", "p-g5-low", with("p-g5-low", "any text has fresh4 and video.duration_s < 60", "")),
        ("", "p-g5-high", with("p-g5-high", "any text has fresh4 and video.duration_s > 60", "")),
        ("O6", "p-o6", with("p-o6", "any text has fresh5", "    floor: true\n    unless: market = BR\n").replace("on_unknown: ignore", "on_unknown: apply")),
        ("P1", "", with("p-p1", "caption has /[a-z]+[0-9]{3}[a-z]+/ and any text has fresh6", "")),
        ("C12", "p-c12", with("p-c12", "any text has fresh9", "")),
        ("C6", "p-c6", rule("p-c6", "caption has l050 and author.seller", "{distribution: removed}", "    unless: author.verified\n")),
        (
            "G6",
            "p-g6",
            rule("p-g6", "any text has l064 and author.seller", "{distribution: search_limited}", "").replace("category: things", "category: worse"),
        ),
        ("O4", "p-o4", with("p-o4", "any text has fresh10 and market = BR", "")),
        ("N1", "sub", with("p-n", "any text has any of (sub, pair, german)", "")),
        ("N2", "pair", String::new()),
        ("N3", "german", String::new()),
        ("V1", "gaps", with("p-v1", "any text has any of (gaps, listed)", "")),
        ("V2", "inner", with("p-v2", "any text has inner", "")),
        ("V3", "listed", String::new()),
        ("H2", "p-h2", with("p-h2", "any text has fresh11", "    title: One title\n")),
        ("", "", with("p-h2b", "any text has fresh12", "    title: One title\n")),
        ("H3", "hidden", with("p-h3", "any text has any of (hidden, apart, twice, numbers)", "")),
        ("H4", "apart", String::new()),
        ("H5", "twice", String::new()),
        ("H6", "numbers", String::new()),
        ("A1", "p-a1", with("p-a1", "any text has fresh13", "    allow: [{code: C2, reason: It was so once.}]\n")),
        ("C4", "p-regex", rule("p-regex", "caption has model", "{distribution: feed_ineligible}", "")),
        ("", "", rule("p-brand", "caption has /freshbrand/", "{distribution: feed_ineligible}", "")),
        ("H1", "p-h1", with("p-h1", "any text has fresh7", "").replace("    owner: team\n", "")),
        ("H7", "p-h7", with("p-h7", "any text has fresh14", "    stage: shadow\n")),
        ("H7", "p-h7-share", with("p-h7-share", "any text has fresh15", "    rollout: 5%\n")),
        ("", "p-leak", rule("p-leak", "any text has fresh8", removed, "")),
        ("C4", "p-leak-narrow", rule("p-leak-narrow", "any text has fresh8 and author.seller", removed, "")),
    ]
}

const TERMS: &str = "  nothing: []\n  fresh1: [freshone]\n  fresh2: [freshtwo]\n  fresh3: [freshthree]\n  fresh4: [freshfour]\n  fresh5: [freshfive]\n  fresh6: [freshsix]\n  fresh7: [freshseven]\n  fresh8: [fresheight]\n  news: [newsroom]\n  block: [clashing, other]\n  exempt: [clashing]\n  fresh9: [freshnine]\n  fresh10: [freshten]\n  fresh11: [fresheleven]\n  fresh12: [freshtwelve]\n  fresh13: [freshthirteen]\n  fresh14: [freshfourteen]\n  fresh15: [freshfifteen]\n  sub: [{term: tit, match: substring}]\n  pair: [{term: shop, match: substring}]\n  german: [{term: freshgift, lang: de}]\n  listed: [{term: freshlisted, evasions: [qqzzy]}]\n  gaps: [{term: freshgaps, folds: [plain, leet]}]\n  inner: [{term: freshbucket, folds: plain}, {term: bucke, match: substring}]\n  hidden: [\"fresh\\u200bhidden\"]\n  apart: [\"freshcafe\\u0301\"]\n  twice: [freshtwice, FreshTwice]\n  numbers: [\"1488.0\"]\n  model: [{term: 'freshbrand\\d{2}', match: regex}]\n  short: [{term: ab, match: substring}]\n  thai: [{term: ปืน, match: prefix}]\n";

const BAD_MARKETS: &str = "  - market: MX\n    overrides:\n      - {rule: r006, effect: {audience: everyone}, reason: the same as everywhere, intent: add}\n      - {rule: r008, effect: {annotation: [disclosure]}, reason: fine}\n      - {rule: r010, effect: {distribution: search_limited}, reason: milder in truth, intent: tighten}\n      - {rule: p-leak-narrow, stage: off, reason: not here}\n      - {rule: r012, effect: {account: warn}, reason: looked at once, review_by: '2026-01-01'}\n";

#[test]
fn every_planted_anomaly_is_found() {
    let planted = planted();
    let rules: String = clean_rules().into_iter().chain(planted.iter().map(|(_, _, text)| text.clone())).collect();
    let taxonomy = "  nowhere: {title: No rule at all}\n  worse: {title: Worse, harm: 9}\n";
    // `fresh9` and the like are lists of their own, so that a planted rule disturbs no clean one.
    let text = format!("{}{rules}{MARKETS}{BAD_MARKETS}", head(TERMS, taxonomy));
    let analysis = run(&text);
    let found = brief(&analysis);
    let has = |id: &str, subject: &str| found.iter().any(|(code, subjects)| code == id && (subject.is_empty() || subjects.iter().any(|name| name == subject)));
    let mut missing: Vec<(&str, &str)> =
        planted.iter().filter(|(id, ..)| !id.is_empty()).map(|(id, subject, _)| (*id, *subject)).filter(|(id, subject)| !has(id, subject)).collect();
    for (id, subject) in
        [("O1", "r006"), ("O2", "r010"), ("O3", "p-leak-narrow"), ("O5", "r012"), ("H7", "r010"), ("G1", "nowhere"), ("N4", "short"), ("N5", "thai")]
    {
        if !has(id, subject) {
            missing.push((id, subject));
        }
    }
    assert!(missing.is_empty(), "not found: {missing:?}\nfound: {found:#?}\nsuspected: {:?}", analysis.suspected);
    // Nothing is said of rules that nobody touched. A rule that says `normal` conflicts with the one it speaks of.
    let touched: BTreeSet<&str> = ["r002", "r004", "r006", "r008", "r010", "r012", "r013", "r025", "r050", "r064"].into();
    let clean = |name: &String| name.starts_with('r') && !touched.contains(name.as_str());
    let about: Vec<_> = found.iter().filter(|(_, subjects)| subjects.first().is_some_and(clean)).collect();
    assert!(about.is_empty(), "{about:#?}");
    for finding in &analysis.findings {
        assert!(finding.diagnostic().is_some(), "{finding:?}");
    }
    let listed: BTreeSet<&str> = analysis.findings.iter().map(|finding| finding.code.as_str()).collect();
    let never: Vec<&str> =
        tribunal_analysis::CODES.iter().map(|code| code.id).filter(|code| !listed.contains(code) && !["language-gap"].contains(code)).collect();
    assert!(never.is_empty(), "planted by nobody: {never:?}");
    // All of them can be switched off.
    let disabled = tribunal_analysis::CODES.iter().map(|code| code.id.to_owned()).collect();
    let analysis = analyze(&load(&text), &Options { disabled, ..Options::default() }).unwrap();
    assert!(analysis.findings.is_empty(), "{:?}", analysis.findings);
}

fn small(rules: &[String]) -> String {
    format!("{}{}{MARKETS}", head("", ""), rules.concat())
}

fn compare(old: &str, new: &str) -> DiffReport {
    diff(&load(old), &load(new), &DiffOptions { no_slices: true, ..DiffOptions::default() }).unwrap()
}

fn verdicts(report: &DiffReport) -> BTreeSet<String> {
    report.cells.iter().map(|cell| format!("{:?}", cell.verdict)).collect()
}

#[test]
fn rewritings_mean_the_same() {
    let rules: Vec<String> = clean_rules().into_iter().take(12).collect();
    let old = small(&rules);
    let renamed: Vec<String> = rules.iter().map(|rule| rule.replace("id: r00", "id: q00")).collect();
    let mut turned = rules.clone();
    turned.reverse();
    let rewrite = |from: &str, to: &str| -> Vec<String> {
        assert!(rules.iter().any(|rule| rule.contains(from)), "{from}");
        rules.iter().map(|rule| rule.replace(from, to)).collect()
    };
    let de_morgan = rewrite("caption has l006 or hashtags has l006", "not (not caption has l006 and not hashtags has l006)");
    let mut split = rewrite("author.age < 18", "author.age < 13");
    split.extend(
        clean_rules()
            .into_iter()
            .take(12)
            .filter(|rule| rule.contains("author.age < 18"))
            .map(|rule| rule.replace("author.age < 18", "author.age in 13..17 or WHOLE").replace("id: r", "id: s")),
    );
    let split: Vec<String> = split
        .into_iter()
        .map(|rule| match rule.find("any text has l").filter(|_| rule.contains("WHOLE")) {
            Some(at) => {
                let list = &rule[at + 13..at + 17];
                rule.replace(
                    &format!("any text has {list} and author.age in 13..17 or WHOLE"),
                    &format!("any text has {list} and author.age >= 13 and author.age < 18"),
                )
            }
            None => rule,
        })
        .collect();
    let without_markets = |text: &str| text.split("markets:\n").next().unwrap().to_owned();
    for (what, old, new) in [
        ("renamed", without_markets(&old), without_markets(&small(&renamed))),
        ("another order", old.clone(), small(&turned)),
        ("De Morgan", old.clone(), small(&de_morgan)),
        ("split at a threshold", old.clone(), small(&split)),
    ] {
        let report = compare(&old, &new);
        assert!(report.is_same(), "{what}: {:?} {:#?}", report.cells, report.changes);
    }
}

#[test]
fn fewer_terms_are_never_stricter_and_more_are_never_milder() {
    let rules: Vec<String> = clean_rules().into_iter().take(12).collect();
    let old = small(&rules);
    for at in 0..6 {
        let new = old.replace(&format!("l{at:03}: [word{at:03}a, "), &format!("l{at:03}: ["));
        assert_ne!(old, new);
        let fewer = compare(&old, &new);
        assert!(fewer.cells.iter().all(|cell| matches!(cell.verdict, Verdict::Same | Verdict::Milder)), "{:?}", fewer.cells);
        assert!(verdicts(&fewer).contains("Milder"), "{:?}", fewer.cells);
        let cause = &fewer.changes[0].caused_by;
        assert!(cause.iter().any(|cause| cause.contains(&format!("list `l{at:03}`"))), "{cause:?}");
        let more = compare(&new, &old);
        assert!(more.cells.iter().all(|cell| matches!(cell.verdict, Verdict::Same | Verdict::Stricter)), "{:?}", more.cells);
    }
}

#[test]
fn a_change_for_minors_says_so() {
    let rules: Vec<String> = clean_rules().into_iter().take(12).collect();
    let old = small(&rules);
    let new = old.replace("any text has l003 and author.age < 18", "any text has l003 and author.age < 16");
    let report = diff(&load(&old), &load(&new), &DiffOptions::default()).unwrap();
    let change = &report.changes[0];
    assert_eq!(change.reaches.first().map(String::as_str), Some("minors"), "{change:#?}");
    assert!(change.spares.contains(&"adults".to_owned()) && change.spares.contains(&"age unknown".to_owned()), "{change:#?}");
    assert_eq!(change.markets.len(), 3, "every market: {change:#?}");
}

#[test]
fn an_edit_inside_an_override_or_of_the_end_of_a_day_is_told() {
    let text = |rule: &str, change: &str| {
        format!(
            "policy: {{id: t, version: '1'}}\nterms: {{a: [glock]}}\nrules:\n  - {{id: r, when: caption has a, effect: {{distribution: removed}}{rule}}}\n\
             markets:\n  - market: US\n    overrides: [{{rule: r, reason: because, {change}}}]\n"
        )
    };
    let softer = |to: &str| text("", &format!("unless: {{when: author.verified, becomes: {{distribution: {to}}}}}"));
    let share = |by: &str| text("", &format!("rollout: {{share: 50%, by: {by}}}"));
    let end = |until: &str| text("", &format!("until: {until}"));
    let rule_end = |until: &str| text(&format!(", effective_until: {until}"), "effect: {routing: review}");
    for (what, old, new) in [
        ("becomes", softer("feed_ineligible"), softer("removed")),
        ("rollout", share("id"), share("author.id")),
        ("effective_until", end("2026-01-01"), end("'2026-01-01T00:00:00Z'")),
        ("effective_until", rule_end("2026-01-01"), rule_end("'2026-01-01T00:00:00Z'")),
    ] {
        let report = compare(&old, &new);
        assert!(!report.is_same(), "{what} {new}: {:?} {:?}", report.cells, report.edits);
        assert!(report.edits.iter().any(|edit| edit.details.iter().any(|detail| detail.starts_with(what))), "{what}: {:?}", report.edits);
    }
}

#[test]
fn of_two_edits_of_one_list_none_is_blamed_alone() {
    let text = |own: &str, local: &str| {
        format!(
            "policy: {{id: t, version: '1'}}\nterms: {{a: [glock{own}]}}\nrules:\n  - {{id: r, when: caption has a, effect: {{distribution: removed}}}}\n\
             markets:\n  - market: US\n    overrides: [{{terms: a, add: [heck{local}], reason: because}}]\n"
        )
    };
    // The local terms are the same but one; what brings this about is the term of the list.
    let both = compare(&text("", ""), &text(", seggs", ", zeggs"));
    assert!(!both.changes.is_empty());
    for change in &both.changes {
        let blamed = |kind: &str| change.caused_by.iter().any(|cause| cause.starts_with(kind));
        assert!(change.causes != Attribution::Alone || !blamed("override"), "{change:#?}");
    }
    // One alone is known to be it, and is not told as an edit of the list itself.
    let one = compare(&text("", ""), &text("", ", zeggs"));
    assert_eq!(one.edits.iter().map(|edit| edit.kind.as_str()).collect::<Vec<_>>(), ["override"], "{:?}", one.edits);
    assert_eq!((one.changes.len(), one.changes[0].causes, one.changes[0].caused_by.len()), (1, Attribution::Alone, 1), "{:#?}", one.changes);
}

/// Two rules, each with a sentence of its own and the term lists of both.
fn two(one: &str, other: &str, terms: &str) -> String {
    format!(
        "policy: {{id: t, version: '1'}}\nterms: {{a: [glock], b: [heck{terms}]}}\nrules:\n  - {{id: r, when: '{one}', effect: {{distribution: removed}}}}\n  \
         - {{id: s, when: '{other}', effect: {{distribution: removed}}}}\n"
    )
}

#[test]
fn the_edit_that_brings_a_change_about_is_named() {
    // Edits of different rules: each change has the edit that is behind it, and no other.
    let report = compare(&two("caption has a", "caption has b", ""), &two("caption has a and author.age < 18", "any text has b", ""));
    let of = |way: Way| report.changes.iter().filter(|change| change.way == way).map(|change| (change.causes, change.caused_by.clone())).collect::<Vec<_>>();
    assert_eq!(of(Way::Milder), [(Attribution::Alone, vec!["rule `r` changed (when)".to_owned()])], "{:#?}", report.changes);
    assert_eq!(of(Way::Stricter), [(Attribution::Alone, vec!["rule `s` changed (when)".to_owned()])], "{:#?}", report.changes);
    // What either rule does by itself is undone by reverting neither alone; what was done as long as either rule did it, by either.
    let report = compare(&two("caption has a", "caption has a", ""), &two("caption has b", "caption has b", ""));
    assert!(report.changes.len() > 1);
    for change in &report.changes {
        let wanted = if change.way == Way::Stricter { Attribution::Together } else { Attribution::Alone };
        let both = ["rule `r` changed (when)", "rule `s` changed (when)"];
        assert!(change.causes == wanted && (wanted == Attribution::Together && !change.caused_by.is_empty() || change.caused_by == both), "{change:#?}");
    }
    // A list and a rule that reads it: the new term is behind it, whatever the rule's other edit.
    let report = compare(&two("caption has a", "caption has b", ""), &two("caption has a", "caption has b and not author.verified", ", seggs"));
    let stricter: Vec<_> = report.changes.iter().filter(|change| change.way == Way::Stricter).collect();
    assert!(
        stricter.iter().all(|change| change.causes == Attribution::Alone && change.caused_by == ["list `b` changed (put in)"]) && !stricter.is_empty(),
        "{stricter:#?}"
    );
    // Another frame: the rules cannot be judged beside each other, and what they rest on is told.
    let fields = |text: &str| text.replace("rules:", "fields: {loud: {type: bool}}\nrules:");
    let report = compare(&two("caption has a", "caption has b", ""), &fields(&two("caption has a and not loud", "caption has b", "")));
    assert!(
        !report.changes.is_empty() && report.changes.iter().all(|change| change.causes == Attribution::Rests && !change.caused_by.is_empty()),
        "{:#?}",
        report.changes
    );
}

#[test]
fn a_change_for_one_language_says_so() {
    let sliced = |old: &str, new: &str| diff(&load(old), &load(new), &DiffOptions::default()).unwrap();
    let report = sliced(&two("caption has a", "caption has b and lang = pt", ""), &two("caption has a", "caption has b and lang in (pt, es)", ""));
    let [change] = report.changes.as_slice() else { panic!("{:#?}", report.changes) };
    let has = |names: &[String], name: &str| names.iter().any(|known| known == name);
    assert!(has(&change.reaches, "language es") && has(&change.spares, "language pt") && !has(&change.reaches, "language pt"), "{change:#?}");
    // Terms that hold in one language only make slices too.
    let limited = |lang: &str| two("caption has a", "caption has b", &format!(", {{term: seggs, only_lang: {lang}}}"));
    let report = sliced(&limited("pt"), &limited("es"));
    let stricter: Vec<_> = report.changes.iter().filter(|change| change.way == Way::Stricter).collect();
    assert!(
        !stricter.is_empty() && stricter.iter().all(|change| has(&change.reaches, "language es") && !has(&change.reaches, "language pt")),
        "{:#?}",
        report.changes
    );
}

/// Of two long lists with the same words, one with accents: plainly both are hit, and a disguise that one of them reads is found.
#[test]
fn what_one_of_two_long_lists_reads_in_disguise() {
    let words = |vowel: &str, more: &str| -> String {
        let terms: Vec<String> =
            (0..100).map(|at| format!("{{term: 'gl{vowel}ck{}{}', {more}}}", char::from(b'b' + at / 10), char::from(b'n' + at % 10))).collect();
        terms.join(", ")
    };
    let policy = |unless: &str| {
        let (evasive, plain) = (words("o", "match: word"), words("ó", "match: word, folds: plain"));
        load(&format!(
            "policy: {{id: t, version: '1'}}\nterms:\n  evasive: [{evasive}]\n  plain: [{plain}]\nrules:\n  - id: r\n    when: caption has evasive\n    effect: {{distribution: removed}}\n{unless}"
        ))
    };
    let (old, new) = (policy(""), policy("    unless: caption has plain\n"));
    let there = diff(&old, &new, &DiffOptions::default()).unwrap();
    let back = diff(&new, &old, &DiffOptions::default()).unwrap();
    let cell = |report: &DiffReport| report.cells.iter().find(|cell| cell.market == "*" && cell.axis == "distribution").unwrap().verdict;
    assert_eq!((cell(&there), cell(&back)), (Verdict::Milder, Verdict::Stricter), "{there:#?}");
    // The rule still fires, in disguise only.
    let analysis = analyze(&new, &Options::default()).unwrap();
    assert!(analysis.suspected.is_empty(), "{:?}", analysis.suspected);
    assert!(!analysis.findings.iter().any(|finding| finding.code == "exception-swallows"), "{:#?}", analysis.findings);
}
