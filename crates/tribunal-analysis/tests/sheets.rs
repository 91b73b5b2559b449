//! Workbooks out of a policy and back: what is untouched changes no byte, and what is wrong is said at its cell.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use tribunal_analysis::sheets::{Content, ExportOptions, ImportOptions, Imported, Prefer, annotate, export, export_csv, import, open};
use tribunal_analysis::workbook::{Cell, Sheet, Workbook, to_csv, to_xlsx};
use tribunal_policy::Policy;

const HOSTILE: &[&str] = &[
    "=1+1",
    "+heck",
    "-seggs",
    "@badword",
    "'quoted",
    "_x0041_heck",
    "heck_x000D_",
    "ปืน",
    "مسدس",
    "👩\u{200d}🚒",
    "he\u{200b}ck",
    "a,b;c\"d",
    "007",
    "1e5",
    "TRUE",
];

fn files() -> BTreeMap<String, Vec<u8>> {
    let hostile: String = HOSTILE.iter().map(|term| format!("      - {}\n", tribunal_policy::fmt::inline(term))).collect();
    let lists = format!(
        "# Lists.\nterms:\n  firearms:   # kept\n    match: [word, tag]\n    terms:\n      - glock   # a pistol\n      # a comment between\n      - {{term: pistola, lang: es}}\n      - term: fusil\n        lang: es\n        note: |\n          two\n          lines\n      - 'hi-power'\n    allow: [glockenspiel, {{term: pistola de agua, lang: es}}]\n  short: [heck, seggs, \"badword\"]\n  hostile:\n    folds: none\n    match: substring\n    terms:\n{hostile}  lone: {{terms: drat}}\n  hidden: {{sensitive: true, terms: [slurone]}}\n"
    );
    let rules = "rules:\n  - id: gun\n    category: goods/guns\n    stage: live\n    when: any text has any of (firearms, short, hostile, lone, wordy, plain, hidden)\n    effect: {distribution: feed_ineligible}\n    floor: false\n    examples: {violates: [glock], allowed: [glue]}\n  - {id: kept, stage: live, category: minors/x, when: caption has short, effect: {routing: review}, floor: true, on_unknown: ignore, examples: {violates: [heck], allowed: [glue]}}\n";
    let brazil = "market: BR\noverrides:\n  - rule: gun\n    effect: {distribution: search_limited}   # milder\n    reason: Law 1.\n  - terms: short\n    add: [fubar]\n    reason: Local word.\n";
    let tests = "{\"item\": {\"id\": \"a1\", \"caption\": \"glock\", \"author\": {\"age\": 17}, \"hashtags\": [\"x\", \"y\"]}, \"expect\": {\"rules\": [\"gun\"]}}\n{\"item\": {\"caption\": \"\", \"author.verified\": true}, \"expect\": {\"rules\": [], \"distribution\": \"normal\"}}\n";
    BTreeMap::from([
        ("policy.yaml".to_owned(), b"policy: {id: t, version: \"1\"}\n".to_vec()),
        ("terms/lists.yaml".to_owned(), lists.into_bytes()),
        ("terms/wordy.csv".to_owned(), "term,lang,owner_of\r\nheckyeah,en,me\r\n\"a, b\",,\r\n".as_bytes().to_vec()),
        ("terms/plain.txt".to_owned(), "# Words.\nfrak\nsmeg\n".as_bytes().to_vec()),
        ("rules/a.yaml".to_owned(), rules.as_bytes().to_vec()),
        ("markets/BR.yaml".to_owned(), brazil.as_bytes().to_vec()),
        ("tests/a.jsonl".to_owned(), tests.as_bytes().to_vec()),
    ])
}

fn load(files: &BTreeMap<String, Vec<u8>>) -> Policy {
    let loaded = tribunal_policy::load_files(files.clone());
    let said = tribunal_policy::render::human(&loaded.diagnostics, &loaded.sources, false);
    loaded.policy.unwrap_or_else(|| panic!("{said}"))
}

fn policy() -> Policy {
    load(&files())
}

fn all() -> ExportOptions {
    ExportOptions { sensitive: true, ..ExportOptions::default() }
}

fn back(policy: &Policy, book: &Workbook, options: &ImportOptions) -> Imported {
    let bytes = to_xlsx(book).unwrap();
    import(policy, &open("book.xlsx", &bytes).unwrap(), options)
}

fn sheet<'b>(book: &'b mut Workbook, name: &str) -> &'b mut Sheet {
    book.sheets.iter_mut().find(|sheet| sheet.name == name).unwrap()
}

fn column(sheet: &Sheet, name: &str) -> usize {
    sheet.columns.iter().position(|column| column.name == name).unwrap_or_else(|| panic!("no column {name}"))
}

fn shown(cell: Option<&Cell>) -> &str {
    match cell {
        Some(Cell::Text(text)) => text,
        _ => "",
    }
}

/// The row whose column holds this.
fn find(sheet: &Sheet, name: &str, value: &str) -> usize {
    let column = column(sheet, name);
    sheet.rows.iter().position(|row| shown(row.get(column)) == value).unwrap_or_else(|| panic!("no {value}"))
}

fn put(sheet: &mut Sheet, row: usize, name: &str, value: &str) {
    let column = column(sheet, name);
    sheet.rows[row][column] = Cell::text(value);
}

fn new_row(sheet: &mut Sheet, values: &[(&str, &str)]) {
    sheet.rows.push(vec![Cell::Blank; sheet.columns.len()]);
    let row = sheet.rows.len() - 1;
    for (name, value) in values {
        put(sheet, row, name, value);
    }
}

fn after(policy: &Policy, imported: &Imported) -> Policy {
    assert_eq!(imported.report.errors, 0, "{:#?}", imported.report.problems);
    let mut files: BTreeMap<String, Vec<u8>> = policy.sources.files().map(|(_, file)| (file.path.clone(), file.bytes().to_vec())).collect();
    files.extend(imported.files.clone());
    load(&files)
}

fn text(imported: &Imported, path: &str) -> String {
    String::from_utf8(imported.files.get(path).unwrap_or_else(|| panic!("{path} did not change: {:#?}", imported.report)).clone()).unwrap()
}

/// What a list's sheet says, without keys and places.
fn cells(policy: &Policy, list: &str) -> Vec<Vec<String>> {
    let mut book = export(policy, &all()).unwrap();
    let sheet = sheet(&mut book, list);
    let mut rows: Vec<Vec<String>> = sheet.rows.iter().map(|row| row[1..15].iter().map(|cell| shown(Some(cell)).to_owned()).collect()).collect();
    rows.sort();
    rows
}

#[test]
fn untouched_changes_no_byte() {
    let example = tribunal_policy::load(std::path::Path::new("../../examples/community-guidelines")).policy.unwrap();
    for policy in [policy(), example] {
        let book = export(&policy, &all()).unwrap();
        let first = to_xlsx(&book).unwrap();
        assert_eq!(first, to_xlsx(&export(&policy, &all()).unwrap()).unwrap(), "same input, same bytes");
        let imported = import(&policy, &open("book.xlsx", &first).unwrap(), &ImportOptions::default());
        assert_eq!(imported.report.problems, []);
        assert!(imported.files.is_empty());
        assert!(imported.report.lists.iter().all(|list| list.unchanged == list.rows && list.missing.is_empty()), "{:#?}", imported.report.lists);
        assert!(
            imported.report.sheets.iter().all(|sheet| sheet.unchanged == sheet.rows && sheet.missing.is_empty() && sheet.rows > 0),
            "{:#?}",
            imported.report.sheets
        );
        assert!(imported.report.lists.iter().map(|list| list.rows).sum::<u64>() >= 20);
    }
}

#[test]
fn hostile_strings_are_inert_and_whole() {
    let policy = policy();
    let book = export(&policy, &all()).unwrap();
    let read = open("book.xlsx", &to_xlsx(&book).unwrap()).unwrap();
    let page = read.sheet("hostile").unwrap();
    let terms: Vec<String> = page.rows.values().skip(1).map(|row| format!("{:?}", row[&1])).collect();
    let wanted: Vec<String> = HOSTILE.iter().map(|term| format!("Text({term:?})")).collect();
    assert_eq!(terms, wanted, "texts, to the letter: no formula, no number");
    let csv = to_csv(&export_csv(&policy, "hostile", &all()).unwrap()).unwrap();
    let raw = String::from_utf8(csv.clone()).unwrap();
    assert!(raw.contains(",'=1+1,") && raw.contains(",''quoted,"), "{raw}");
    let imported = import(&policy, &open("hostile.csv", &csv).unwrap(), &ImportOptions::default());
    assert_eq!((imported.report.problems.len(), imported.report.lists[0].unchanged), (0, HOSTILE.len() as u64), "{:#?}", imported.report);
}

#[test]
fn a_sensitive_list_leaves_by_name_only() {
    let policy = policy();
    let book = export(&policy, &ExportOptions::default()).unwrap();
    assert!(book.sheets.iter().all(|sheet| sheet.name != "hidden"));
    assert!(!format!("{book:?}").contains("slurone"));
    let masked = export(&policy, &ExportOptions { content: Content::Masked, sensitive: true, ..ExportOptions::default() }).unwrap();
    let text = format!("{masked:?}");
    assert!(!text.contains("slurone") && !text.contains("glock") && text.contains("g••••"));
    let imported = back(&policy, &masked, &ImportOptions::default());
    assert_eq!(imported.report.problems[0].code, "sheet-masked");
}

#[test]
fn rows_come_back_into_every_kind_of_file() {
    let policy = policy();
    let mut book = export(&policy, &all()).unwrap();
    let firearms = sheet(&mut book, "firearms");
    let row = find(firearms, "term", "pistola");
    put(firearms, row, "note", "also Portuguese");
    new_row(firearms, &[("term", "fuzil"), ("lang", "pt"), ("markets", "BR")]);
    new_row(firearms, &[("term", "water gun"), ("kind", "allow")]);
    let row = find(firearms, "term", "glock");
    put(firearms, row, "status", "retired");
    let short = sheet(&mut book, "short");
    let row = find(short, "term", "seggs");
    put(short, row, "status", "retired");
    new_row(short, &[("term", "=1")]);
    let words = sheet(&mut book, "wordy");
    let row = find(words, "term", "a, b");
    put(words, row, "status", "retired");
    new_row(words, &[("term", "gosh"), ("sense", "mild; very")]);
    new_row(sheet(&mut book, "plain"), &[("term", "gorram")]);
    new_row(sheet(&mut book, "lone"), &[("term", "dang")]);
    let options = ImportOptions { accept_shrink: ["firearms", "short", "wordy"].map(str::to_owned).into(), ..ImportOptions::default() };
    let imported = back(&policy, &book, &options);
    let changed = after(&policy, &imported);
    let lists = text(&imported, "terms/lists.yaml");
    assert!(
        lists.contains("      # retired from firearms: glock\n      # a comment between\n      - {term: pistola, lang: es, note: also Portuguese}\n"),
        "{lists}"
    );
    assert!(
        lists.contains(
            "      - 'hi-power'\n      - {term: fuzil, lang: pt, markets: BR}\n    allow: [glockenspiel, {term: pistola de agua, lang: es}, water gun]\n"
        ),
        "{lists}"
    );
    assert!(lists.contains("  # retired from short: seggs\n  short: [heck, \"badword\", \"=1\"]\n"), "{lists}");
    assert!(lists.contains("lone: {terms: [drat, dang]}"), "{lists}");
    assert!(lists.starts_with("# Lists.\nterms:\n  firearms:   # kept\n"), "{lists}");
    assert_eq!(text(&imported, "terms/wordy.csv"), "term,lang,owner_of,status,sense\r\nheckyeah,en,me\r\n\"a, b\",,,retired,\r\ngosh,,,,mild; very\r\n");
    assert_eq!(text(&imported, "terms/plain.txt"), "# Words.\nfrak\nsmeg\ngorram\n");
    // What comes out again is what went in.
    for list in ["firearms", "short", "wordy", "plain", "lone"] {
        let page = book.sheets.iter().find(|sheet| sheet.name == list).unwrap();
        let defaults = |at: usize, text: &str| match (at, text) {
            (2, "") => "term".to_owned(),
            (3, "") => "active".to_owned(),
            _ => text.to_owned(),
        };
        let mut wanted: Vec<Vec<String>> = page.rows.iter().map(|row| (1..15).map(|at| defaults(at, shown(row.get(at)))).collect()).collect();
        wanted.sort();
        assert_eq!(cells(&changed, list), wanted, "{list}");
    }
    let taken_back = {
        let mut book = export(&changed, &all()).unwrap();
        let short = sheet(&mut book, "short");
        let row = find(short, "term", "seggs");
        put(short, row, "status", "active");
        back(&changed, &book, &ImportOptions::default())
    };
    let lists = text(&taken_back, "terms/lists.yaml");
    assert!(lists.contains("\n  short: [heck, \"badword\", \"=1\", seggs]\n") && !lists.contains("retired from short"), "{lists}");
}

#[test]
fn nothing_is_deleted_by_absence() {
    let policy = policy();
    let mut book = export(&policy, &all()).unwrap();
    sheet(&mut book, "short").rows.remove(0);
    let kept = back(&policy, &book, &ImportOptions::default());
    assert!(kept.files.is_empty() && kept.report.errors == 0);
    assert_eq!(kept.report.lists.iter().find(|list| list.list == "short").unwrap().missing, ["heck"]);
    let refused = back(&policy, &book, &ImportOptions { delete_missing: true, ..ImportOptions::default() });
    assert_eq!(refused.report.problems[0].code, "sheet-shrink");
    assert!(refused.files.is_empty());
    let options = ImportOptions { delete_missing: true, accept_shrink: ["short".to_owned()].into(), ..ImportOptions::default() };
    let deleted = back(&policy, &book, &options);
    assert!(text(&deleted, "terms/lists.yaml").contains("  short: [seggs, \"badword\"]\n"));
    after(&policy, &deleted);
}

#[test]
fn both_sides_changed_is_a_conflict() {
    let before = policy();
    let mut book = export(&before, &all()).unwrap();
    let firearms = sheet(&mut book, "firearms");
    let row = find(firearms, "term", "pistola");
    put(firearms, row, "note", "from the sheet");
    let mut changed = files();
    let lists = String::from_utf8(changed["terms/lists.yaml"].clone()).unwrap();
    changed.insert(
        "terms/lists.yaml".to_owned(),
        lists.replace("{term: pistola, lang: es}", "{term: pistola, lang: es, note: from the policy}").replace("heck, seggs", "heckin, seggs").into_bytes(),
    );
    let now = load(&changed);
    let conflict = back(&now, &book, &ImportOptions::default());
    let found = &conflict.report.problems[0];
    assert_eq!((found.code.as_str(), found.place.as_str(), conflict.report.errors), ("sheet-conflict", "book.xlsx!firearms!B3", 1));
    assert!(["{term: pistola, lang: es}", "from the policy", "from the sheet"].iter().all(|part| found.message.contains(part)), "{}", found.message);
    let sheet_wins = back(&now, &book, &ImportOptions { prefer: Some(Prefer::Sheet), ..ImportOptions::default() });
    let lists = text(&sheet_wins, "terms/lists.yaml");
    assert!(lists.contains("note: from the sheet") && !lists.contains("from the policy") && lists.contains("heckin"), "{lists}");
    let policy_wins = back(&now, &book, &ImportOptions { prefer: Some(Prefer::Policy), ..ImportOptions::default() });
    assert!(policy_wins.files.is_empty() && policy_wins.report.errors == 0);
}

#[test]
fn every_problem_stands_at_its_cell() {
    let policy = policy();
    let mut book = export(&policy, &all()).unwrap();
    let short = sheet(&mut book, "short");
    new_row(short, &[("term", "heck")]);
    new_row(short, &[("term", "HECKIN"), ("match", "wrod"), ("markets", "XX")]);
    new_row(short, &[("term", "two\nlines")]);
    new_row(short, &[("term", "a"), ("since", "soon"), ("kind", "alow")]);
    new_row(short, &[("key", "abc"), ("term", "b")]);
    new_row(short, &[("note", "no term")]);
    new_row(short, &[("term", "(unclosed"), ("match", "regex")]);
    new_row(short, &[("term", " padded ")]);
    let term = column(short, "term");
    new_row(short, &[]);
    short.rows.last_mut().unwrap()[term] = Cell::Number(88.0);
    new_row(short, &[]);
    short.rows.last_mut().unwrap()[term] = Cell::Number(9.5);
    short.columns.push(tribunal_analysis::workbook::Column::new("langg", 0));
    let imported = back(&policy, &book, &ImportOptions::default());
    let mut found: Vec<(&str, &str)> =
        imported.report.problems.iter().map(|problem| (problem.place.strip_prefix("book.xlsx!short!").unwrap(), problem.code.as_str())).collect();
    found.sort();
    let mut wanted = vec![
        ("B5", "sheet-duplicate-row"),
        ("E6", "sheet-policy-finding"),
        ("I6", "sheet-policy-finding"),
        ("B7", "sheet-one-line"),
        ("K8", "sheet-wrong-value"),
        ("C8", "sheet-wrong-value"),
        ("A9", "sheet-unknown-key"),
        ("B10", "sheet-required"),
        ("B11", "sheet-policy-finding"),
        ("B12", "sheet-blanks-trimmed"),
        ("B13", "sheet-number-taken"),
        ("B14", "sheet-cell-kind"),
        ("B14", "sheet-required"),
        ("R1", "sheet-unknown-column"),
    ];
    wanted.sort();
    assert_eq!(found, wanted, "{:#?}", imported.report.problems);
    assert!(imported.files.is_empty());
    let read = open("book.xlsx", &to_xlsx(&book).unwrap()).unwrap();
    let marked = annotate(&read, &imported.report.problems);
    assert_eq!(marked.sheets[0].name, "Problems");
    assert_eq!(marked.sheets[0].rows.len(), 14);
    let again = open("marked.xlsx", &to_xlsx(&marked).unwrap()).unwrap();
    let page = again.sheet("short").unwrap();
    let beside = page.rows[&4].values().last().unwrap();
    assert!(format!("{beside:?}").contains("there already"), "{beside:?}");
    // The annotated workbook is one that can come back.
    assert_eq!(import(&policy, &again, &ImportOptions::default()).report.errors, imported.report.errors);
}

/// Of a reason in several languages the sheet has the policy's own text; who writes another one leaves the translations alone.
#[test]
fn a_reason_in_several_languages_comes_back() {
    let mut files = files();
    files.insert("policy.yaml".to_owned(), b"policy: {id: t, version: \"1\", lang: en}\n".to_vec());
    let brazil = "market: BR\noverrides:\n  - rule: gun\n    effect: {distribution: search_limited}\n    reason:\n      pt: Lei 1.   # of 2003\n      en: Law 1.\n  - {terms: short, add: [fubar], reason: {pt: Palavra local., en: Local word.}}\n";
    files.insert("markets/BR.yaml".to_owned(), brazil.as_bytes().to_vec());
    let policy = load(&files);
    let mut book = export(&policy, &all()).unwrap();
    let untouched = back(&policy, &book, &ImportOptions::default());
    assert!(untouched.report.problems.is_empty() && untouched.files.is_empty(), "{:?}", untouched.report.problems);
    let overrides = sheet(&mut book, "Overrides");
    for (change, reason) in [("effect", "Law 2: new."), ("add", "A word of the region.")] {
        let row = find(overrides, "change", change);
        put(overrides, row, "reason", reason);
    }
    let imported = back(&policy, &book, &ImportOptions::default());
    after(&policy, &imported);
    let wanted = brazil.replace("en: Law 1.", "en: \"Law 2: new.\"").replace("en: Local word.", "en: A word of the region.");
    assert_eq!(text(&imported, "markets/BR.yaml"), wanted);
}

#[test]
fn overlays_come_back() {
    let policy = policy();
    let mut book = export(&policy, &all()).unwrap();
    let overrides = sheet(&mut book, "Overrides");
    let row = find(overrides, "change", "effect");
    put(overrides, row, "value", "normal");
    put(overrides, row, "legal_basis", "Lei 1");
    new_row(overrides, &[("market", "BR"), ("list", "short"), ("change", "add"), ("value", "snafu"), ("reason", "Local word.")]);
    new_row(overrides, &[("market", "BR"), ("rule", "kept"), ("change", "tighten"), ("value", "caption has \"heck yes\""), ("reason", "More care.")]);
    let imported = back(&policy, &book, &ImportOptions::default());
    after(&policy, &imported);
    let brazil = text(&imported, "markets/BR.yaml");
    let wanted = "market: BR\noverrides:\n  - rule: gun\n    effect: {distribution: normal}   # milder\n    reason: Law 1.\n    legal_basis: Lei 1\n  - terms: short\n    add: [fubar, snafu]\n    reason: Local word.\n  - rule: kept\n    tighten: caption has \"heck yes\"\n    reason: More care.\n";
    assert_eq!(brazil, wanted);

    let mut book = export(&policy, &all()).unwrap();
    let overrides = sheet(&mut book, "Overrides");
    new_row(overrides, &[("market", "BR"), ("rule", "kept"), ("change", "disable"), ("reason", "No.")]);
    new_row(overrides, &[("market", "BX"), ("rule", "kept"), ("change", "stage"), ("value", "live"), ("reason", "No.")]);
    let imported = back(&policy, &book, &ImportOptions::default());
    let found: Vec<(&str, &str)> = imported.report.problems.iter().map(|problem| (problem.place.as_str(), problem.code.as_str())).collect();
    assert_eq!(found, [("book.xlsx!Overrides!F4", "sheet-policy-finding"), ("book.xlsx!Overrides!A5", "sheet-wrong-value")]);
    assert!(imported.report.problems[0].message.contains("floor"), "{:?}", imported.report.problems);
}

#[test]
fn tests_come_back() {
    let policy = policy();
    let mut book = export(&policy, &all()).unwrap();
    let tests = sheet(&mut book, "Tests");
    assert_eq!(shown(tests.rows[1].get(column(tests, "caption"))), "\"\"", "known to be empty");
    let row = find(tests, "id", "a1");
    put(tests, row, "author.age", "30");
    new_row(tests, &[("id", "n1"), ("caption", "heck"), ("hashtags", "a\nb"), ("author.age", "12"), ("expect.rules", "gun; kept"), ("because", "both")]);
    let imported = back(&policy, &book, &ImportOptions::default());
    let changed = after(&policy, &imported);
    assert_eq!(changed.tests.len(), 3);
    let first = text(&imported, "tests/a.jsonl");
    assert!(first.starts_with("{\"item\": {") && first.contains("\"age\":30") && first.ends_with("\"distribution\": \"normal\"}}\n"), "{first}");
    let new = text(&imported, "tests/from-sheets.jsonl");
    assert!(new.contains("\"author\":{\"age\":12}") && new.contains("\"rules\":[\"gun\",\"kept\"]") && new.contains("\"because\":\"both\""), "{new}");
    let mut bad = export(&policy, &all()).unwrap();
    let tests = sheet(&mut bad, "Tests");
    put(tests, 0, "author.age", "old");
    let imported = back(&policy, &bad, &ImportOptions::default());
    assert_eq!(imported.report.problems[0].code, "sheet-wrong-value", "{:#?}", imported.report.problems);
}

#[test]
fn what_is_no_workbook_says_what_to_save() {
    for (name, bytes, word) in [
        ("a.xls", &b"\xD0\xCF\x11\xE0rest"[..], "without a password"),
        ("a.xlsm", b"PK", "macros"),
        ("a.csv", b"term\n\xFF", "UTF-8"),
        ("a.xlsx", b"junk", "save it as .xlsx"),
    ] {
        let error = open(name, bytes).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any edits, in any order of rows and columns: what comes out again is what the sheet said.
    #[test]
    fn import_then_export_gives_the_same_cells(
        edits in proptest::collection::vec((0_usize..6, any::<prop::sample::Index>(), 0_usize..5, "[a-z]{3,9}( [a-z]{2,5})?"), 0..10),
        rotate in 0_usize..20,
    ) {
        let policy = policy();
        let mut book = export(&policy, &all()).unwrap();
        let names = ["firearms", "short", "wordy", "lone", "hostile", "plain"];
        for (list, at, action, word) in &edits {
            let plain = names[*list] == "plain";
            let page = sheet(&mut book, names[*list]);
            let row = at.index(page.rows.len());
            let new = shown(page.rows[row].first()).is_empty();
            match action {
                0 if !new => put(page, row, "status", "retired"),
                1 if !plain => put(page, row, "note", word),
                2 if !plain => put(page, row, "kind", if word.len() % 2 == 0 { "allow" } else { "term" }),
                3 => put(page, row, "term", &format!("{word} {}", row + 100)),
                _ => new_row(page, &[("term", &format!("{word} {}", page.rows.len()))]),
            }
        }
        let mut wanted = BTreeMap::new();
        for name in names {
            let page = sheet(&mut book, name);
            let defaults = |at: usize, text: &str| match (at, text) { (2, "") => "term".to_owned(), (3, "") => "active".to_owned(), _ => text.to_owned() };
            let mut rows: Vec<Vec<String>> = page.rows.iter().map(|row| (1..15).map(|at| defaults(at, shown(row.get(at)))).collect()).collect();
            rows.sort();
            wanted.insert(name, rows);
            let length = page.rows.len().max(1);
            page.rows.rotate_left(rotate % length);
            let width = page.columns.len();
            page.columns.rotate_left(rotate % width);
            for row in &mut page.rows {
                row.resize(width, Cell::Blank);
                row.rotate_left(rotate % width);
            }
        }
        let options = ImportOptions { accept_shrink: names.map(str::to_owned).into(), ..ImportOptions::default() };
        let imported = back(&policy, &book, &options);
        prop_assert_eq!(imported.report.errors, 0, "{:#?}", imported.report.problems);
        let changed = after(&policy, &imported);
        for (name, rows) in wanted {
            prop_assert_eq!(cells(&changed, name), rows, "{}", name);
        }
    }
}

#[test]
fn a_list_begins_in_a_workbook_and_options_change_there() {
    let policy = policy();
    let mut book = export(&policy, &all()).unwrap();
    let lists = book.sheets.iter_mut().find(|sheet| sheet.name == "Lists").unwrap();
    let column = |name: &str| lists.columns.iter().position(|column| column.name == name).unwrap();
    let (list, matches, owner) = (column("list"), column("match"), column("owner"));
    let mut row = vec![Cell::Blank; lists.columns.len()];
    row[list] = Cell::text("scams");
    row[matches] = Cell::text("phrase; tag");
    row[owner] = Cell::text("fraud-team");
    lists.rows.push(row);
    let firearms = lists.rows.iter_mut().find(|row| row[list] == Cell::text("firearms")).unwrap();
    firearms[owner] = Cell::text("goods-team");
    let short = lists.rows.iter_mut().find(|row| row[list] == Cell::text("short")).unwrap();
    let kept = short[owner].clone();
    let terms = |texts: &[&str]| Sheet {
        name: "scams".to_owned(),
        columns: vec![tribunal_analysis::workbook::Column::new("term", 20)],
        rows: texts.iter().map(|text| vec![Cell::text(*text)]).collect(),
        ..Sheet::default()
    };
    book.sheets.push(terms(&["free robux", "=1+1"]));
    let done = import(&policy, &open("b.xlsx", &to_xlsx(&book).unwrap()).unwrap(), &ImportOptions::default());
    assert_eq!(done.report.errors, 0, "{:?}", done.report.problems);
    let text = |path: &str| String::from_utf8(done.files[path].clone()).unwrap();
    assert_eq!(
        text("terms/scams.yaml"),
        "terms:\n  scams:\n    match: [phrase, tag]\n    owner: fraud-team\n    terms:\n      - free robux\n      - \"=1+1\"\n"
    );
    assert!(text("terms/lists.yaml").contains("  firearms:   # kept\n    owner: goods-team\n    match: [word, tag]\n"), "{}", text("terms/lists.yaml"));
    let mut after = files();
    after.extend(done.files.clone());
    assert_eq!(load(&after).lists.iter().find(|list| list.name == "scams").unwrap().entries.len(), 2);
    // A list that is only its terms has no place for an option.
    let lists = book.sheets.iter_mut().find(|sheet| sheet.name == "Lists").unwrap();
    let short = lists.rows.iter_mut().find(|row| row[list] == Cell::text("short")).unwrap();
    assert_eq!(short[owner], kept);
    short[owner] = Cell::text("nobody");
    let refused = import(&policy, &open("b.xlsx", &to_xlsx(&book).unwrap()).unwrap(), &ImportOptions::default());
    assert!(refused.report.errors == 1 && refused.files.is_empty(), "{:?}", refused.report.problems);
}
