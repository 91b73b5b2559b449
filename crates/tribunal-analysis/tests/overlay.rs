//! What overlays of markets mean for users.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;

use tribunal_analysis::{Change, Options, Verdict, Way, analyze, overlays};
use tribunal_policy::Policy;

fn policy() -> Arc<Policy> {
    let files = [
        ("policy.yaml", "policy: {id: t, version: \"1\"}\n"),
        (
            "rules/a.yaml",
            "terms:\n  drinks: [beer, wine]\n  sharp: {sensitive: true, terms: [slurone]}\n\
             rules:\n  - {id: drink, stage: live, when: caption has drinks, effect: {distribution: feed_ineligible}}\n  \
             - {id: hate, stage: live, when: caption has sharp, effect: {distribution: removed}}\n  \
             - {id: minor, stage: live, when: author.age < 16 and caption has \"dare\", effect: {distribution: feed_ineligible}}\n",
        ),
        (
            "markets/ZONE.yaml",
            "market: ZONE\noverrides:\n  - {rule: drink, effect: {distribution: removed}, reason: Law of the zone.}\n  \
             - {terms: sharp, add: [slurtwo], reason: Said there.}\n",
        ),
        (
            "markets/ONE.yaml",
            "market: ONE\ninherits: ZONE\nrules:\n  - {id: flag, stage: live, when: caption has \"flag\", effect: {distribution: removed}}\n\
             overrides:\n  - {terms: drinks, remove: [wine], reason: Sold everywhere.}\n",
        ),
        ("markets/TWO.yaml", "market: TWO\noverrides:\n  - {rule: minor, when: author.age < 18 and caption has \"dare\", reason: Age of majority.}\n"),
        ("markets/PLAIN.yaml", "market: PLAIN\n"),
    ];
    let files: BTreeMap<String, Vec<u8>> = files.into_iter().map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect();
    let loaded = tribunal_policy::load_files(files);
    let said = tribunal_policy::render::human(&loaded.diagnostics, &loaded.sources, false);
    Arc::new(loaded.policy.unwrap_or_else(|| panic!("{said}")))
}

/// Rule, way, the decision before and after on the first axis, and what does it.
fn told(change: &Change) -> (&str, Way, Option<&str>, Option<&str>, Vec<&str>) {
    let of = |shown: &'_ [(String, String)]| shown.first().map(|(_, value)| value.clone());
    let (old, new) = (of(&change.old.decision), of(&change.new.decision));
    let known = ["removed", "feed_ineligible"];
    let find = |value: Option<String>| value.map(|value| *known.iter().find(|known| **known == value).unwrap());
    (&change.rule, change.way, find(old), find(new), change.caused_by.iter().map(String::as_str).collect())
}

#[test]
fn what_is_taken_away_and_what_is_given() {
    let report = overlays(&policy(), "ONE").unwrap();
    let mut found: Vec<_> = report.changes.iter().map(told).collect();
    found.sort();
    assert_eq!(
        found,
        [
            ("drink", Way::Stricter, Some("feed_ineligible"), Some("removed"), vec!["override `drink in ZONE`"]),
            ("drink", Way::Milder, Some("feed_ineligible"), None, vec!["override `list drinks in ONE`"]),
            ("flag", Way::Stricter, None, Some("removed"), vec!["rule `flag`, declared for the market"]),
            ("hate", Way::Stricter, None, Some("removed"), vec!["override `list sharp in ZONE`"]),
        ]
    );
    let text = serde_json::to_string(&report).unwrap();
    assert!(!text.contains("slurtwo") && !text.contains("slurone"), "sensitive terms stay where they are: {text}");
    assert!(report.changes.iter().all(|change| change.new.item["market"] == "ONE"));
}

#[test]
fn an_edge_that_moves_is_shown_at_the_edge() {
    let report = overlays(&policy(), "TWO").unwrap();
    let [change] = report.changes.as_slice() else { panic!("{:?}", report.changes) };
    let age = change.new.item["author"]["age"].as_u64().unwrap();
    assert!((16..18).contains(&age) && change.way == Way::Stricter, "{change:?}");
    assert!(report.cells.iter().all(|cell| matches!(cell.verdict, Verdict::Same | Verdict::Stricter)));
}

#[test]
fn a_market_without_overlays_is_the_same() {
    assert!(overlays(&policy(), "PLAIN").unwrap().is_same());
}

/// A list that only gets terms in a market is hit, near something and counted no less there: nothing is milder, and that is known. What
/// is counted more by it is shown by terms that the list gets.
#[test]
fn a_list_with_further_terms_catches_no_less() {
    let text = r#"
policy: {id: t, version: "1"}
terms:
  said: {terms: [alpha, bravo, {term: charlie, since: 2026-01-01}, {term: delta, until: 2026-12-31}], allow: [alpha centauri]}
  buys: {match: phrase, terms: [for sale, dm me]}
rules:
  - {id: one, when: any text has said, effect: {distribution: feed_ineligible}}
  - {id: two, when: distinct(any text has said) >= 2, effect: {routing: review}}
  - {id: three, when: count(any text has said per field) >= 3, effect: {account: warn}}
  - {id: near, when: caption has said near buys within 5 words, effect: {audience: adults}}
markets:
  - {market: MORE, overrides: [{terms: said, add: [echo, foxtrot], reason: Said there.}]}
  - {market: LESS, overrides: [{terms: said, remove: [alpha], reason: A name there.}]}
"#;
    let policy = Arc::new(tribunal_policy::load_str("t.yaml", text).policy.unwrap());
    for (market, way) in [("MORE", Way::Stricter), ("LESS", Way::Milder)] {
        let report = overlays(&policy, market).unwrap();
        assert_eq!(report.suspected, 0, "{market}: {:?}", report.cells);
        let mut rules: Vec<&str> = report.changes.iter().map(|change| change.rule.as_str()).collect();
        rules.sort_unstable();
        assert_eq!(rules, ["near", "one", "three", "two"], "{market}");
        assert!(report.changes.iter().all(|change| change.way == way), "{market}");
    }
    // An allow entry more is another thing: what it hides is given to users.
    let policy =
        Arc::new(tribunal_policy::load_str("t.yaml", &text.replace("add: [echo, foxtrot]", "add: [echo, foxtrot], allow: [bravo film]")).policy.unwrap());
    let report = overlays(&policy, "MORE").unwrap();
    assert!(report.changes.iter().any(|change| change.way == Way::Milder && change.rule == "one"), "{:?}", report.cells);
}

#[test]
fn an_override_whose_last_day_has_passed_is_stale() {
    let text = "policy: {id: t, version: \"1\"}\nrules:\n  - {id: beer, when: caption has \"beer\", effect: {distribution: feed_ineligible}}\n\
                markets:\n  - {market: BR, overrides: [{rule: beer, effect: {distribution: removed}, until: 2026-01-31, reason: Law.}]}\n";
    let policy = Arc::new(tribunal_policy::load_str("t.yaml", text).policy.unwrap());
    let stale = |day: &str| {
        let options = Options { today: tribunal_policy::time::parse(day).map(|day| day.seconds), ..Options::default() };
        let analysis = analyze(&policy, &options).unwrap();
        let found = analysis.findings.into_iter().find(|finding| finding.code == "stale-overlay");
        found.map(|finding| finding.message)
    };
    assert_eq!(stale("2026-01-31"), None, "the last day is one of it");
    assert!(stale("2026-02-01").unwrap().contains("its last day, 2026-01-31"), "{:?}", stale("2026-02-01"));
}
