//! Every kind of finding, one by one: its example has it, the example mended by a few words does not; it is switched off, accepted, told
//! again when that is over, and told in every form.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use common::load;
use tribunal_analysis::evade::Words;
use tribunal_analysis::{Analysis, CODES, Options, WordList, analyze, sarif, short_id};
use tribunal_policy::render;

/// 2026-11-01.
const TODAY: i64 = 1_793_491_200;
/// 2027-01-01.
const NEXT_YEAR: i64 = 1_798_761_600;

/// What to write in place of what, at its last place in the example, for the finding to go.
const MENDED: &[(&str, &str, &str)] = &[
    ("impossible-rule", ">= 18", ">= 10"),
    ("always-true", "or not caption has \"glock\"", "or caption has \"dagger\""),
    ("duplicate-rule", ">= 1000 and", ">= 2000 and"),
    ("redundant-rule", "any text has firearms\n", "any text has firearms and author.verified\n"),
    ("shadowed-rule", "search_limited", "removed"),
    ("narrower-rule", "any text has firearms near sale_words within 8 words", "any text has sale_words"),
    ("conflicting-effects", "distribution: normal, ", ""),
    ("exception-swallows", "author.age < 18", "author.age < 13"),
    ("exception-idle", "author.age < 13", "author.verified"),
    ("exception-bypass", "hashtags has news", "author.verified"),
    ("allow-clash", "tools: [revolver]", "tools: [spanner]"),
    ("bare-term", "{distribution: removed}", "{routing: review}"),
    ("overlay-no-effect", "{routing: review}, reason", "{distribution: feed_ineligible}, reason"),
    ("overlay-direction", "tighten", "loosen"),
    ("disable-leak", "any text has firearms\n", "any text has firearms and author.age < 18\n"),
    ("unexplained-divergence", " and market = BR", ""),
    ("stale-overlay", "2026-01-01", "2027-01-01"),
    ("below-floor", "market = BR", "author.verified"),
    ("coverage-gap", "fraud: {title: Fraud}, ", ""),
    ("language-gap", "[en, pt]", "[en]"),
    ("field-dead", "[caption, hashtags]", "[caption, hashtags, author.bio]"),
    ("missing-attribute", "{audience: adults}", "{audience: adults}, on_unknown: apply"),
    ("threshold-gap", "> 60", ">= 60"),
    ("ladder-inversion", "search_limited", "removed"),
    ("innocent-collision", "substring", "word"),
    ("cross-word-collision", "substring", "word"),
    ("cross-language-homograph", "lang: de", "lang: de, only_lang: de"),
    ("degenerate-term", "substring", "word"),
    ("mode-mismatch", "prefix", "substring"),
    ("slow-pattern", "[a-z]+[0-9]", "code[0-9]"),
    ("evasion-gap", "folds: [plain, leet], ", ""),
    ("listed-evasion-missed", "[gl0ck, gluck]", "[gl0ck]"),
    ("implied-term", "handgun", "pistol"),
    ("hygiene", "    on_unknown", "    owner: safety\n    rationale: It is so.\n    category: arms\n    on_unknown"),
    ("title-collision", "title: Weapons", "title: Knives"),
    ("invisible-in-term", "\\u200b", ""),
    ("term-not-nfc", "cafe\\u0301", "café"),
    ("duplicate-term", "Glock", "revolver"),
    ("number-in-term", "1488.0", "1488"),
    ("open-ended", "stage: shadow", "review_by: '2027-01-01', stage: shadow"),
    ("unused-acceptance", "exception-bypass", "hygiene"),
];

fn root() -> PathBuf {
    Path::new("../..").to_owned()
}

fn example(code: &str) -> String {
    std::fs::read_to_string(root().join("tests/findings").join(format!("{code}.yaml"))).unwrap_or_else(|error| panic!("{code}: {error}"))
}

fn run(text: &str, today: i64, disabled: &str) -> Analysis {
    let words = Words::parse(&std::fs::read_to_string(root().join("tests/findings/words.tsv")).unwrap()).unwrap();
    let disabled = [disabled].into_iter().filter(|code| !code.is_empty()).map(str::to_owned).collect();
    let words = vec![WordList { lang: Some("en".to_owned()), words }];
    analyze(&load(text), &Options { today: Some(today), disabled, words, ..Options::default() }).unwrap()
}

fn has(analysis: &Analysis, code: &str) -> bool {
    analysis.findings.iter().any(|finding| finding.code == code)
}

#[test]
fn every_code_has_a_name_a_sentence_and_what_to_do() {
    let mut names = BTreeSet::new();
    for code in CODES {
        assert!(names.insert(code.id) && names.insert(short_id(code)), "{} is the name of two", code.id);
        assert!(!short_id(code).is_empty() && code.title.len() > 20 && code.explanation.len() > 40 && code.explanation.ends_with('.'), "{}", code.id);
        assert!(!code.title.ends_with('.') && code.title.starts_with(|c: char| c.is_lowercase()), "{}: {}", code.id, code.title);
    }
    let mended: Vec<&str> = MENDED.iter().map(|(code, ..)| *code).collect();
    assert!(CODES.iter().map(|code| code.id).all(|code| mended.contains(&code)) && mended.len() == CODES.len());
    // What the catalogue of the design names, and no gap in the numbers.
    for (letter, count) in [('C', 12), ('O', 6), ('G', 6), ('N', 5), ('V', 3), ('P', 1), ('H', 7), ('A', 1)] {
        assert!((1..=count).all(|number| names.contains(format!("{letter}{number}").as_str())), "{letter}");
    }
}

#[test]
fn every_code_fires_on_its_example_and_not_on_the_mended_one() {
    for (code, from, to) in MENDED {
        let text = example(code);
        assert!(has(&run(&text, TODAY, ""), code), "{code} is not told");
        let at = text.rfind(from).unwrap_or_else(|| panic!("{code}: no `{from}`"));
        let mut mended = format!("{}{to}{}", &text[..at], &text[at + from.len()..]);
        if to.contains("category: arms") {
            mended = mended.replace("terms:", "taxonomy: [arms]\nterms:");
        }
        let after = run(&mended, TODAY, "");
        assert!(!has(&after, code), "{code} is told of\n{mended}{:#?}", after.findings);
        assert!(after.suspected.iter().all(|(suspected, _)| suspected != code) && after.left_open.is_empty(), "{code}: {:?}", after.left_open);
    }
}

#[test]
fn every_code_is_switched_off_by_either_name() {
    for code in CODES {
        let text = example(code.id);
        for name in [code.id, short_id(code)] {
            let analysis = run(&text, TODAY, name);
            assert!(!has(&analysis, code.id), "{name}");
            assert_eq!(
                analysis.findings.iter().filter(|finding| finding.code != "unused-acceptance").count(),
                run(&text, TODAY, "").findings.iter().filter(|finding| finding.code != code.id && finding.code != "unused-acceptance").count(),
                "{name} switches off more than itself"
            );
        }
    }
}

#[test]
fn every_code_is_accepted_for_a_time() {
    // That an entry accepts nothing is not accepted by another entry: it is taken out.
    for code in CODES.iter().filter(|code| code.id != "unused-acceptance") {
        let text = example(code.id);
        let finding = run(&text, TODAY, "").findings.into_iter().find(|finding| finding.code == code.id).unwrap();
        let about = finding.subjects.first().map_or_else(String::new, |subject| format!(", about: '{subject}'"));
        for name in [code.id, short_id(code)] {
            let accepting = format!("{text}allow: [{{code: {name}{about}, reason: We know., until: 2026-12-31, owner: safety}}]\n");
            let analysis = run(&accepting, TODAY, "");
            assert!(!has(&analysis, code.id) && !has(&analysis, "unused-acceptance"), "{name}: {:#?}", analysis.findings);
            let accepted = analysis.accepted.iter().find(|accepted| accepted.finding.code == code.id).unwrap();
            assert_eq!((accepted.reason.as_str(), accepted.owner.as_deref()), ("We know.", Some("safety")));
            let log = sarif(&analysis, true, &load(&accepting).sources);
            let results = log["runs"][0]["results"].as_array().unwrap();
            let told = results.iter().find(|result| result["ruleId"] == code.id).unwrap();
            assert_eq!(told["suppressions"][0]["justification"], "We know.", "{name}");
            let over = run(&accepting, NEXT_YEAR, "");
            let again = over.findings.iter().find(|finding| finding.code == code.id).unwrap_or_else(|| panic!("{name} is not told again"));
            assert_eq!(again.accepted_until.as_deref(), Some("2026-12-31"), "{name}");
        }
    }
}

#[test]
fn every_code_is_told_in_every_form() {
    let page = std::fs::read_to_string(root().join("docs/reference/findings.md")).unwrap();
    for code in CODES {
        let text = example(code.id);
        let policy = load(&text);
        let analysis = run(&text, TODAY, "");
        let finding = analysis.findings.iter().find(|finding| finding.code == code.id).unwrap();
        assert_eq!((finding.severity.as_str(), finding.id.as_str()), (code.severity.name(), short_id(code)));
        assert!(!finding.place.is_empty() && finding.message.len() > 10, "{finding:?}");
        // People.
        let shown = render::human(&[finding.diagnostic().unwrap()], &policy.sources, false);
        let first = shown.lines().next().unwrap();
        // Characters that nobody sees are spelt out for people.
        let message = finding.message.replace('\u{200b}', "<U+200B>");
        assert_eq!(first, format!("{}: {message} [{}]", code.severity.name(), code.id));
        assert!(shown.contains(code.explanation), "{shown}");
        // SARIF.
        let log = sarif(&analysis, true, &policy.sources);
        let result = log["runs"][0]["results"].as_array().unwrap().iter().find(|result| result["ruleId"] == code.id).unwrap();
        assert_eq!(result["level"], code.severity.name());
        assert!(result["message"]["text"].as_str().unwrap().contains(&finding.message) && result["locations"][0]["physicalLocation"].is_object(), "{result}");
        assert!(log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().iter().any(|rule| rule["id"] == code.id), "{}", code.id);
        // JSON, there and back.
        let json = serde_json::to_value(&analysis).unwrap();
        let told = json["findings"].as_array().unwrap().iter().find(|told| told["code"] == code.id).unwrap();
        assert_eq!((&told["severity"], &told["id"]), (&code.severity.name().into(), &short_id(code).into()));
        let read: Analysis = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), json, "{}", code.id);
        // The page of the reference: what it is, the example, and how that is told.
        let section = page.split("\n## ").find(|section| section.starts_with(&format!("{}\n", code.id))).unwrap_or_else(|| panic!("{}: no page", code.id));
        let heading = format!("{} · {} · {}", short_id(code), code.severity.name(), code.title);
        assert!(section.contains(&heading) && section.contains(&text) && section.contains(&format!("[{}]", code.id)), "{section}");
    }
}

#[test]
fn short_terms_are_short_in_their_script() {
    let told = |term: &str| has(&run(&example("degenerate-term").replace("term: ab", &format!("term: {term}")), TODAY, ""), "degenerate-term");
    assert!(["ab", "да", "øl", "لا"].iter().all(|term| told(term)), "two letters stand in words of any script that writes letters");
    assert!(!["abc", "дай", "枪", "ปืน", "총", "🔫", "買う"].iter().any(|term| told(term)), "a sign may be a word, a syllable says more than a letter");
}
