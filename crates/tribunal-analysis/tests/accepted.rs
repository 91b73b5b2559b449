//! Findings that are accepted in the policy, and those that come back from a report.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use common::load;
use tribunal_analysis::report::{analysis_document, analysis_workbook};
use tribunal_analysis::sheets::{ImportOptions, import, open};
use tribunal_analysis::workbook::{Cell, to_xlsx};
use tribunal_analysis::{Options, analyze, sarif};
use tribunal_policy::Policy;

const HEAD: &str = "policy: {id: demo, version: '1'}\nterms: {insults: [dolt, <b>=cmd|x</b>, ปืนกาว, مسدس, 👩‍👩‍👧]}\nrules:\n  - id: insult\n    when: any text has insults\n    effect: {distribution: removed}\n";

fn codes(policy: &Arc<Policy>, today: Option<i64>) -> (Vec<String>, Vec<String>) {
    let analysis = analyze(policy, &Options { today, ..Options::default() }).unwrap();
    let open = analysis.findings.iter().map(|finding| finding.code.clone()).collect();
    (open, analysis.accepted.iter().map(|accepted| accepted.finding.code.clone()).collect())
}

#[test]
fn an_accepted_finding_is_counted_and_opens_again_when_its_time_is_over() {
    let text =
        format!("{HEAD}    allow: [{{code: C12, reason: Asked for by law., until: 2026-12-31, owner: legal}}, {{code: hygiene, reason: An example.}}]\n");
    let policy = load(&text);
    let day = 86_400;
    // 2026-12-31 and the day after.
    let last = 1_798_675_200;
    assert_eq!(codes(&policy, Some(last)), (vec![], vec!["bare-term".to_owned(), "hygiene".to_owned()]));
    assert_eq!(codes(&policy, Some(last + day)).0, ["bare-term"]);
    // Without a day nothing expires.
    assert!(codes(&policy, None).0.is_empty());
    let analysis = analyze(&policy, &Options { today: Some(last + day), ..Options::default() }).unwrap();
    assert_eq!(analysis.findings[0].accepted_until.as_deref(), Some("2026-12-31"));
    let log = sarif(&analysis, true, &policy.sources);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    assert_eq!(results[1]["suppressions"][0]["justification"], "An example.");
    assert!(results[0].get("suppressions").is_none());
}

#[test]
fn a_report_comes_back_as_accepted_findings() {
    let owned = format!("{HEAD}    owner: civility-team\n");
    let policy = load(&owned);
    let analysis = analyze(&policy, &Options::default()).unwrap();
    let mut book = analysis_workbook(&analysis, &policy);
    assert_eq!(to_xlsx(&book).unwrap(), to_xlsx(&analysis_workbook(&analysis, &policy)).unwrap(), "same input, same bytes");
    let findings = book.sheets.iter_mut().find(|sheet| sheet.name == "Findings").unwrap();
    let column = |name: &str| findings.columns.iter().position(|column| column.name == name).unwrap();
    let (accept, reason, until, owner) = (column("accept"), column("reason"), column("until"), column("owner"));
    let bare = findings.rows.iter_mut().find(|row| row[0] == Cell::text("bare-term")).unwrap();
    assert_eq!(bare[owner], Cell::text("civility-team"), "who answers for the rule answers for the finding, until somebody else is named");
    bare[accept] = Cell::text("yes");
    let refused = import(&policy, &open("r.xlsx", &to_xlsx(&book).unwrap()).unwrap(), &ImportOptions::default());
    assert_eq!(refused.report.errors, 1, "{:?}", refused.report.problems);
    assert!(refused.report.problems[0].place.starts_with("r.xlsx!Findings!") && refused.files.is_empty());
    let findings = book.sheets.iter_mut().find(|sheet| sheet.name == "Findings").unwrap();
    let bare = findings.rows.iter_mut().find(|row| row[0] == Cell::text("bare-term")).unwrap();
    bare[reason] = Cell::text("= not a formula: \"it's\" so");
    bare[until] = Cell::text("2026-12-31");
    let taken = import(&policy, &open("r.xlsx", &to_xlsx(&book).unwrap()).unwrap(), &ImportOptions::default());
    assert_eq!(taken.report.errors, 0, "{:?}", taken.report.problems);
    let files: BTreeMap<String, Vec<u8>> = taken.files;
    let text = String::from_utf8(files["p.yaml"].clone()).unwrap();
    assert!(text.starts_with(&owned), "nothing else changes: {text}");
    let after = load(&text);
    let (left, accepted) = codes(&after, Some(1_790_000_000));
    assert_eq!((left, accepted), (vec!["hygiene".to_owned()], vec!["bare-term".to_owned()]));
    assert_eq!(after.allowed[0].reason, "= not a formula: \"it's\" so");
    assert_eq!(after.allowed[0].owner.as_deref(), Some("civility-team"));
    // The same report again changes nothing.
    let again = import(&after, &open("r.xlsx", &to_xlsx(&book).unwrap()).unwrap(), &ImportOptions::default());
    assert!(again.files.is_empty() && again.report.errors == 0, "{:?}", again.report);
    let page = analysis_document(&analysis).html();
    assert!(page.contains("bare-term") && !page.contains("<b>=cmd"), "hostile text is inert");
}

/// `fi` may be written as one character: a hit of `fish` then holds none of `ish`, and nothing may be concluded from it.
#[test]
fn a_part_of_a_term_that_one_character_can_span_proves_nothing() {
    let text = |inner: &str| {
        format!(
            "policy: {{id: t, version: '1'}}\nterms:\n  whole: [{{term: fish, folds: plain}}]\n  part: [{{term: {inner}, match: substring}}]\nrules:\n  - {{id: a, when: caption has whole, effect: {{routing: review}}}}\n  - {{id: b, when: caption has part, effect: {{routing: review}}}}\n"
        )
    };
    let told = |inner: &str| analyze(&load(&text(inner)), &Options::default()).unwrap().findings.iter().any(|finding| finding.code == "redundant-rule");
    assert!(told("fish") && !told("ish"));
}

/// Two fields compared with each other have items on either side: nothing stays suspected.
#[test]
fn fields_are_compared_with_each_other() {
    let text = "policy: {id: t, version: '1'}\nfields: {parent.author.id: {type: id}}\nrules:\n  - {id: duet, when: parent.author.id != author.id, effect: {routing: review}}\n  \
                - {id: own, when: parent.author.id = author.id, effect: {routing: review}}\n";
    let policy = std::sync::Arc::new(tribunal_policy::load_str("t.yaml", text).policy.unwrap());
    let analysis = tribunal_analysis::analyze(&policy, &tribunal_analysis::Options::default()).unwrap();
    assert!(analysis.left_open.is_empty(), "{:?}", analysis.left_open);
}
