//! Candidates of a report of trends that come back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::collections::BTreeSet;

use common::load;
use tribunal_analysis::sheets::{ImportOptions, Imported, TurnedDown, candidate_key, import, open};
use tribunal_analysis::workbook::{Cell, Column, Sheet, Workbook, to_xlsx};
use tribunal_policy::Policy;

const HEAD: &str = "policy: {id: demo, version: '1'}\nterms:\n  arms:\n    - glock # the first\n    - {term: rifle, match: word}\n  \
                    names: {sensitive: true, terms: [dolt]}\nrules:\n  - {id: gun, when: caption has arms or caption has names, effect: {routing: review}}\n";

const COLUMNS: [&str; 8] = ["key", "list", "term", "accept", "reason", "owner", "since", "until"];

/// A workbook as `trends --sheet` writes it, with these rows.
fn book(rows: &[[&str; 8]]) -> Vec<u8> {
    let about = [["format", "tribunal-report/1"], ["policy", "demo"], ["base", "b3:1"]];
    let sheet = |name: &str, columns: &[&str], rows: Vec<Vec<Cell>>| Sheet {
        name: name.to_owned(),
        columns: columns.iter().map(|name| Column::new(*name, 20)).collect(),
        rows,
        ..Sheet::default()
    };
    let cells = |row: &[&str]| row.iter().map(|text| if text.is_empty() { Cell::Blank } else { Cell::text(*text) }).collect::<Vec<_>>();
    let sheets = vec![
        sheet("About", &["key", "value"], about.iter().map(|row| cells(row)).collect()),
        sheet("Candidates", &COLUMNS, rows.iter().map(|row| cells(row)).collect()),
    ];
    to_xlsx(&Workbook { sheets }).unwrap()
}

fn back(policy: &Policy, rows: &[[&str; 8]], before: &str) -> Imported {
    let turned_down: BTreeSet<String> = TurnedDown::read(before).unwrap().into_iter().map(|row| row.key).collect();
    let options = ImportOptions { since: Some("2026-12-01".to_owned()), turned_down, ..ImportOptions::default() };
    import(policy, &open("c.xlsx", &book(rows)).unwrap(), &options)
}

const DECIDED: [[&str; 8]; 5] = [
    ["", "arms", "gl0ck", "yes", "seen in sales", "mia", "", "2027-06-30"],
    ["", "arms", "r1fle", "x", "two a day", "", "2026-11-30", ""],
    ["", "arms", "clock", "no", "a clock", "mia", "", ""],
    ["", "arms", "gloves", "", "", "", "", ""],
    // Masked, and known by its key.
    ["k", "names", "d•••", "no", "a name", "", "", ""],
];

#[test]
fn ticks_become_terms_and_what_is_turned_down_is_remembered() {
    let policy = load(HEAD);
    let key = candidate_key("names", "d0lt");
    let mut rows = DECIDED;
    rows[4][0] = &key;
    let taken = back(&policy, &rows, "");
    assert_eq!(taken.report.errors, 0, "{:?}", taken.report.problems);
    let text = String::from_utf8(taken.files["p.yaml"].clone()).unwrap();
    let added = "    - {term: gl0ck, since: \"2026-12-01\", until: \"2027-06-30\", source: \"trends, mia\", note: seen in sales}\n    \
                 - {term: r1fle, since: \"2026-11-30\", source: trends, note: two a day}\n";
    let at = HEAD.find("  names:").unwrap();
    assert_eq!(text, format!("{}{added}{}", &HEAD[..at], &HEAD[at..]), "and nothing else changes");
    let sheet = &taken.report.sheets[0];
    assert_eq!((sheet.rows, sheet.new, sheet.unchanged, taken.report.turned_down), (5, 4, 1, 2));
    let remembered = TurnedDown::read(&taken.turned_down).unwrap();
    assert_eq!((remembered[0].key.clone(), remembered[0].term.as_str(), remembered[0].owner.as_str()), (candidate_key("arms", "CLOCK"), "clock", "mia"));
    assert_eq!((remembered[1].key.clone(), remembered[1].term.as_str()), (key.clone(), ""), "of a sensitive list only the digest");
    // The same sheet again changes nothing.
    let again = back(&load(&text), &rows, &taken.turned_down);
    assert!(again.files.is_empty() && again.turned_down.is_empty() && again.report.errors == 0, "{:?}", again.report);
    assert_eq!(again.report.sheets[0].unchanged, 5);
}

#[test]
fn mistakes_have_their_cell_and_nothing_is_taken() {
    let policy = load(HEAD);
    for (row, cell, said) in [
        (["", "arms", "gl0ck", "yes", "", "", "", ""], "E3", "`reason` is blank"),
        (["", "arms", "gl0ck", "perhaps", "why", "", "", ""], "D3", "`perhaps` cannot stand"),
        (["", "arm", "gl0ck", "yes", "why", "", "", ""], "B3", "no list `arm`"),
        (["", "arms", "", "yes", "why", "", "", ""], "C3", "`term` is blank"),
        (["", "names", "d•••", "yes", "why", "", "", ""], "C3", "masked"),
        (["", "arms", "gl0ck", "yes", "why", "", "1 May", ""], "G3", "no date"),
        (["", "arms", "clock", "yes", "why", "", "", ""], "D3", "otherwise in row 2"),
    ] {
        let found = back(&policy, &[["", "arms", "clock", "no", "a clock", "", "", ""], row], "");
        let errors: Vec<_> = found.report.problems.iter().filter(|problem| problem.message.contains(said)).collect();
        assert_eq!(errors.len(), 1, "{row:?}: {:?}", found.report.problems);
        assert_eq!(errors[0].place, format!("c.xlsx!Candidates!{cell}"));
        assert!(found.files.is_empty() && found.turned_down.is_empty() && found.report.errors > 0);
    }
    // Of another policy.
    let other = load(&HEAD.replace("id: demo", "id: other"));
    assert_eq!(back(&other, &DECIDED, "").report.errors, 1);
}
