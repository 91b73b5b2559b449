//! What a workbook means, cell by cell: each rule of the exchange with the tests that hold the program to it.
//!
//! | rule | tests |
//! |---|---|
//! | 1 formats | `separators_and_marks_of_csv`, `sheets::what_is_no_workbook_says_what_to_save` |
//! | 2 manifest | `the_manifest_comes_first`, `without_a_manifest_rows_are_only_added`, `sheets::a_sensitive_list_leaves_by_name_only` |
//! | 3 headers and rows | `headers_are_found_by_name`, `what_is_hidden_or_coloured_counts_like_any_other` |
//! | 4 what a spreadsheet makes of texts | `what_a_spreadsheet_makes_of_a_text_is_said_at_its_cell`, `yes_and_no_in_every_way_to_write_them` |
//! | 5 texts to the letter | `texts_are_kept_to_the_letter`, `sheets::hostile_strings_are_inert_and_whole` |
//! | 6 several values | `several_values_in_a_cell` |
//! | 7 problems by cell | `sheets::every_problem_stands_at_its_cell`, `a_sensitive_list_is_masked_in_what_is_said` |
//! | 8 inert strings, same bytes | `sheets::hostile_strings_are_inert_and_whole`, `every_workbook_is_inert_and_the_same_each_time` |
//! | 9 leftovers of editors | `pages::what_editors_leave_behind_is_no_workbook` (command line) |
//! | 10 sheets of lists | `long_names_have_sheets_of_their_own` |
//! | 11 columns of a term | `the_columns_of_a_term`, `what_is_known_of_a_term_stands_beside_it` |
//! | 12 keys | `keys_tell_what_became_of_a_row`, `sheets::every_problem_stands_at_its_cell` |
//! | 13 nothing deleted by absence | `sheets::nothing_is_deleted_by_absence`, `a_tenth_of_a_list_may_go` |
//! | 14 three ways | `sheets::both_sides_changed_is_a_conflict` |
//! | 15 laws of exchange | `sheets::untouched_changes_no_byte`, `sheets::import_then_export_gives_the_same_cells`, `a_save_by_libreoffice_changes_nothing` |
//! | 16 to 18 labels | of `tribunal-replay`: `circle::sheets_say_by_which_version_and_are_blind`, `labelled::what_cannot_be_told_is_not_told`, `labelled::labels_of_rules_and_of_other_versions`, `labels::mistakes`, `labels::numbers_of_workbooks` |
//! | 19 overlays | `sheets::overlays_come_back`, `sheets::a_reason_in_several_languages_comes_back`, `overlays_say_what_holds_and_what_a_floor_is` |
//! | 20 tests | `sheets::tests_come_back` |
//! | 21 names and glossary | `every_name_is_in_the_glossary`; reports of a replay in `tribunal-replay` |
//! | 22 numbers | `replay::numbers_are_numbers_and_what_is_not_known_is_blank` of `tribunal-replay` |
//! | 23 decisions that come back | `accepted::a_report_comes_back_as_accepted_findings`, `candidates::ticks_become_terms_and_what_is_turned_down_is_remembered`, `candidates::mistakes_have_their_cell_and_nothing_is_taken` |
//! | 24 limits of size | `workbook::write::a_text_that_is_too_long_says_so`, `workbook::write::more_rows_than_a_sheet_holds_go_on`, and back `workbook::a_sheet_that_goes_on_is_one` of `tribunal-policy`; `replay::a_sheet_stops_where_it_is_told_and_says_so` of `tribunal-replay` |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use rust_xlsxwriter::{Color, ExcelDateTime, Format, Formula};
use tribunal_analysis::brief::{BriefOptions, brief, brief_workbook};
use tribunal_analysis::evade::{Options as EvadeOptions, Words, survey};
use tribunal_analysis::finding_way::{register, register_workbook};
use tribunal_analysis::handbook::Audience;
use tribunal_analysis::masking::Reveal;
use tribunal_analysis::rehearsal::{ReadItems, Rehearsal};
use tribunal_analysis::report::{analysis_document, analysis_workbook};
use tribunal_analysis::sheets::{Content, ExportOptions, HitCounter, ImportOptions, Imported, Measured, Severity, annotate, export, export_csv, import, open};
use tribunal_analysis::workbook::{Cell, Input, Sheet, Workbook, to_csv, to_xlsx};
use tribunal_analysis::{DiffOptions, Options, analyze, diff};
use tribunal_core::{Item, Value};
use tribunal_policy::{FieldId, Policy};

/// Texts that a spreadsheet would compute, decode or cut.
static HOSTILE: LazyLock<Vec<String>> = LazyLock::new(|| serde_json::from_str(include_str!("../../../tests/hostile_texts.json")).unwrap());

/// A policy whose every text is hostile: terms, titles, reasons, owners.
fn hostile() -> Arc<Policy> {
    let quoted = tribunal_policy::fmt::inline;
    let terms: String = HOSTILE.iter().map(|term| format!("      - {{term: {}, note: {}}}\n", quoted(term), quoted(term))).collect();
    let rules: String = HOSTILE
        .iter()
        .enumerate()
        .map(|(at, text)| {
            let text = quoted(text);
            format!(
                "  - {{id: r{at:02}, title: {{en: {text}, pt: {text}}}, owner: {text}, reason: {{de: {text}, pt-BR: {text}}}, rationale: {text}, clause: {text}, category: a/b, notice: {{en: {text}}}, when: caption has odd, effect: {{distribution: removed}}, examples: {{violates: [{text}]}}}}\n"
            )
        })
        .collect();
    let overrides: String = HOSTILE
        .iter()
        .enumerate()
        .map(|(at, text)| format!("      - {{rule: r{at:02}, effect: {{distribution: feed_ineligible}}, reason: {}}}\n", quoted(text)))
        .collect();
    let text = format!(
        "policy: {{id: t, version: {}}}\nterms:\n  odd:\n    match: substring\n    folds: none\n    terms:\n{terms}rules:\n{rules}markets:\n  - market: BR\n    languages: [pt, th]\n    overrides:\n{overrides}",
        quoted("=1+1")
    );
    let loaded = tribunal_policy::load_str("t.yaml", &text);
    let said = tribunal_policy::render::human(&loaded.diagnostics, &loaded.sources, false);
    Arc::new(loaded.policy.unwrap_or_else(|| panic!("{said}")))
}

/// Items that are a caption and nothing else.
struct Captions(Arc<Policy>);

impl ReadItems for Captions {
    fn read(&self, json: &str, run: &mut dyn FnMut(&dyn Item)) -> Result<(), String> {
        struct Caption<'a>(&'a Policy, &'a str);
        impl Item for Caption<'_> {
            fn value(&self, field: FieldId) -> Value<'_> {
                if self.0.field_name(field) == "caption" { Value::Text(self.1) } else { Value::Missing }
            }
        }
        let item: serde_json::Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
        run(&Caption(&self.0, item["caption"].as_str().unwrap_or("")));
        Ok(())
    }
}

fn internal() -> BriefOptions {
    BriefOptions { audience: Audience::Internal, lang: "en".to_owned(), samples: 50, witnesses: Vec::new(), forecast: None }
}

fn files() -> BTreeMap<String, Vec<u8>> {
    let lists = "terms:\n  guns: {terms: [glock, pistola, {term: fusil, lang: es}]}\n  hidden: {sensitive: true, terms: [slurone, slurtwo]}\n  \
                 a-list-with-a-name-over-thirty-one-characters: [drat]\n";
    let rules = "rules:\n  - {id: gun, stage: live, category: goods/guns, when: 'any text has any of (guns, hidden, a-list-with-a-name-over-thirty-one-characters)', effect: {distribution: feed_ineligible}, floor: true, on_unknown: ignore, examples: {violates: [glock], allowed: [glue]}}\n";
    let brazil = "market: BR\noverrides:\n  - {rule: gun, effect: {distribution: removed}, reason: Law 1.}\n";
    BTreeMap::from([
        ("policy.yaml".to_owned(), b"policy: {id: t, version: \"1\"}\n".to_vec()),
        ("terms/lists.yaml".to_owned(), lists.as_bytes().to_vec()),
        ("rules/a.yaml".to_owned(), rules.as_bytes().to_vec()),
        ("markets/BR.yaml".to_owned(), brazil.as_bytes().to_vec()),
    ])
}

fn policy() -> Policy {
    let loaded = tribunal_policy::load_files(files());
    let said = tribunal_policy::render::human(&loaded.diagnostics, &loaded.sources, false);
    loaded.policy.unwrap_or_else(|| panic!("{said}"))
}

fn all() -> ExportOptions {
    ExportOptions { sensitive: true, ..ExportOptions::default() }
}

fn back(policy: &Policy, book: &Workbook) -> Imported {
    import(policy, &open("book.xlsx", &to_xlsx(book).unwrap()).unwrap(), &ImportOptions::default())
}

fn sheet<'b>(book: &'b mut Workbook, name: &str) -> &'b mut Sheet {
    book.sheets.iter_mut().find(|sheet| sheet.name == name).unwrap_or_else(|| panic!("no sheet {name}"))
}

fn add(sheet: &mut Sheet, values: &[(&str, Cell)]) {
    let mut row = vec![Cell::Blank; sheet.columns.len()];
    for (name, value) in values {
        row[sheet.columns.iter().position(|column| column.name == *name).unwrap()] = value.clone();
    }
    sheet.rows.push(row);
}

/// Code and place of each problem.
fn told(imported: &Imported) -> Vec<(String, String)> {
    imported.report.problems.iter().map(|problem| (problem.code.clone(), problem.place.clone())).collect()
}

fn terms(imported: &Imported) -> String {
    assert_eq!(imported.report.errors, 0, "{:#?}", imported.report.problems);
    imported.files.get("terms/lists.yaml").map(|bytes| String::from_utf8(bytes.clone()).unwrap()).unwrap_or_default()
}

/// A workbook by a spreadsheet program's own library, with one sheet `guns`.
fn drawn(draw: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let page = book.add_worksheet();
    page.set_name("guns").unwrap();
    draw(page);
    book.save_to_buffer().unwrap()
}

/// Rule 1.
#[test]
fn separators_and_marks_of_csv() {
    let policy = policy();
    for (separator, mark) in [(',', ""), (';', "\u{feff}"), ('\t', ""), (',', "\u{feff}")] {
        let text = format!("{mark}term{separator}lang{separator}note\nrevólver{separator}pt{separator}\"a, b; c\"\n");
        let imported = import(&policy, &open("guns.csv", text.as_bytes()).unwrap(), &ImportOptions::default());
        assert!(terms(&imported).contains("{term: revólver, lang: pt, note: \"a, b; c\"}"), "{separator:?}: {}", terms(&imported));
    }
    let mut ods = vec![0; 30];
    ods.extend(b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet");
    assert!(open("a.ods", &ods).unwrap_err().to_string().contains("save it as .xlsx"));
}

/// Rule 2.
#[test]
fn the_manifest_comes_first() {
    let policy = policy();
    let book = export(&policy, &all()).unwrap();
    let about: BTreeMap<String, String> = book.sheets[0]
        .rows
        .iter()
        .map(|row| match row.as_slice() {
            [Cell::Text(name), Cell::Text(value)] => (name.clone(), value.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(book.sheets[0].name, "About");
    assert_eq!(
        (about["format"].as_str(), about["policy"].as_str(), about["version"].as_str(), about["content"].as_str()),
        ("tribunal-terms/1", "t", "1", "full")
    );
    assert_eq!((about["base"].clone(), about["rows.guns"].as_str()), (format!("b3:{}", policy.digest), "3"));
    for (name, value, code) in [("format", "tribunal-terms/9", "sheet-unknown-format"), ("policy", "other", "sheet-other-policy")] {
        let mut other = book.clone();
        let row = other.sheets[0].rows.iter_mut().find(|row| row[0] == Cell::text(name)).unwrap();
        row[1] = Cell::text(value);
        let imported = back(&policy, &other);
        assert!(told(&imported)[0].0 == code && imported.files.is_empty(), "{:?}", told(&imported));
    }
}

/// Rule 2: without `About` an import can only add.
#[test]
fn without_a_manifest_rows_are_only_added() {
    let policy = policy();
    let mut book = export(&policy, &all()).unwrap();
    book.sheets.retain(|sheet| sheet.name == "guns");
    let term = book.sheets[0].columns.iter().position(|column| column.name == "term").unwrap();
    let kept = back(&policy, &book);
    assert!(kept.files.is_empty() && kept.report.errors == 0, "{:?}", told(&kept));
    add(&mut book.sheets[0], &[("term", Cell::text("zip gun"))]);
    assert!(terms(&back(&policy, &book)).contains("zip gun"));
    book.sheets[0].rows[0][term] = Cell::text("changed");
    let refused = back(&policy, &book);
    assert!(refused.files.is_empty() && refused.report.problems[0].message.contains("rows can only be added"), "{:?}", refused.report.problems);
}

/// Rule 3.
#[test]
fn headers_are_found_by_name() {
    let policy = policy();
    let csv = |text: &str| import(&policy, &open("guns.csv", text.as_bytes()).unwrap(), &ImportOptions::default());
    assert!(terms(&csv(" LANG ,~rules,\u{a0}Term\npt,ignored,revólver\n,,\n\n")).contains("{term: revólver, lang: pt}"));
    assert!(told(&csv("word,lang\nx,pt\n")).iter().any(|(code, place)| code == "sheet-missing-column" && place.starts_with("guns.csv!")));
    assert_eq!(told(&csv("term,note,Term\nx,,y\n")), [("sheet-doubled-column".to_owned(), "guns.csv!C1".to_owned())]);
    let unknown = csv("term,langg\nx,pt\n");
    assert_eq!(told(&unknown), [("sheet-unknown-column".to_owned(), "guns.csv!B1".to_owned())]);
    assert!(unknown.report.problems[0].help.contains("`lang`") && unknown.report.errors == 0, "{:?}", unknown.report.problems);
    let merged = drawn(|page| {
        page.write_string(0, 0, "term").unwrap();
        page.merge_range(1, 0, 2, 0, "glue gun", &Format::new()).unwrap();
    });
    let merged = import(&policy, &open("book.xlsx", &merged).unwrap(), &ImportOptions::default());
    assert_eq!(told(&merged), [("sheet-merged-cells".to_owned(), "book.xlsx!guns".to_owned())]);
}

/// Rule 3: hidden and filtered rows, colours, strike-through and comments.
#[test]
fn what_is_hidden_or_coloured_counts_like_any_other() {
    let policy = policy();
    let bytes = drawn(|page| {
        for (row, text) in ["term", "seen", "hidden by hand", "struck out", "with a comment"].iter().enumerate() {
            let format = if row == 3 { Format::new().set_font_strikethrough().set_background_color(Color::Red) } else { Format::new() };
            page.write_string_with_format(u32::try_from(row).unwrap(), 0, *text, &format).unwrap();
        }
        page.set_row_hidden(2).unwrap();
        page.insert_note(4, 0, &rust_xlsxwriter::Note::new("take it out")).unwrap();
        page.autofilter(0, 0, 4, 0).unwrap();
    });
    let text = terms(&import(&policy, &open("book.xlsx", &bytes).unwrap(), &ImportOptions::default()));
    assert!(["seen", "hidden by hand", "struck out", "with a comment"].iter().all(|term| text.contains(term)) && !text.contains("take it out"), "{text}");
}

/// Rule 4.
#[test]
fn what_a_spreadsheet_makes_of_a_text_is_said_at_its_cell() {
    let policy = policy();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let time = Format::new().set_num_format("hh:mm");
    let bytes = drawn(|page| {
        for (column, name) in ["term", "note", "since"].iter().enumerate() {
            page.write_string(0, u16::try_from(column).unwrap(), *name).unwrap();
        }
        page.write_number(1, 0, 88.0).unwrap();
        page.write_number(2, 0, 1e15).unwrap();
        page.write_number(3, 0, 9.5).unwrap();
        page.write_datetime_with_format(4, 0, ExcelDateTime::from_ymd(2026, 11, 9).unwrap(), &date).unwrap();
        page.write_datetime_with_format(5, 0, ExcelDateTime::from_hms(4, 20, 0.0).unwrap(), &time).unwrap();
        page.write_boolean(6, 0, true).unwrap();
        page.write_formula(7, 0, Formula::new("=\"a\"&\"b\"").set_result("ab")).unwrap();
        for row in 8..12 {
            page.write_string(row, 0, format!("term {row}")).unwrap();
        }
        page.write_datetime_with_format(8, 2, ExcelDateTime::from_ymd(2026, 11, 9).unwrap(), &date).unwrap();
        page.write_string(9, 2, "2026-11-09").unwrap();
        page.write_number(10, 2, 46335.0).unwrap();
        page.write_string(11, 2, "9.11.2026").unwrap();
    });
    let imported = import(&policy, &open("b.xlsx", &bytes).unwrap(), &ImportOptions::default());
    let told: Vec<(&str, &str)> = imported
        .report
        .problems
        .iter()
        .filter(|problem| problem.code != "sheet-required")
        .map(|problem| (problem.code.as_str(), problem.place.strip_prefix("b.xlsx!guns!").unwrap()))
        .collect();
    let kind = "sheet-cell-kind";
    assert_eq!(
        told,
        [
            ("sheet-number-taken", "A2"),
            (kind, "A3"),
            (kind, "A4"),
            (kind, "A5"),
            (kind, "A6"),
            (kind, "A7"),
            (kind, "A8"),
            (kind, "C11"),
            ("sheet-wrong-value", "C12"),
        ]
    );
    let advice = |place: &str| {
        imported.report.problems.iter().find(|problem| problem.place.ends_with(place)).map(|problem| format!("{} {}", problem.message, problem.help)).unwrap()
    };
    assert!(advice("A5").contains("became the date 2026-11-09") && advice("A5").contains("format the column as Text"), "{}", advice("A5"));
    assert!(advice("A2").contains("taken as `88`") && advice("A8").contains("formula"));
    assert!(imported.files.is_empty());
    let errors = raw(&[("c", "<c r=\"A1\" t=\"inlineStr\"><is><t>term</t></is></c>", 1), ("c", "<c r=\"A2\" t=\"e\"><v>#N/A</v></c>", 2)], "");
    let error = import(&policy, &open("b.xlsx", &errors).unwrap(), &ImportOptions::default());
    assert!(error.report.problems.iter().any(|problem| problem.code == kind && problem.message.contains("#N/A")), "{:?}", error.report.problems);
}

/// Rule 4: yes and no.
#[test]
fn yes_and_no_in_every_way_to_write_them() {
    let policy = policy();
    for (cell, sensitive) in [
        (Cell::Bool(true), true),
        (Cell::text("X"), true),
        (Cell::text("Yes"), true),
        (Cell::Bool(false), false),
        (Cell::text("no"), false),
        (Cell::Blank, false),
    ] {
        let mut book = export(&policy, &all()).unwrap();
        add(sheet(&mut book, "Lists"), &[("list", Cell::text("fresh")), ("sensitive", cell.clone())]);
        let mut page = sheet(&mut book, "guns").clone();
        page.name = "fresh".to_owned();
        page.rows.clear();
        add(&mut page, &[("term", Cell::text("frak"))]);
        book.sheets.push(page);
        let done = back(&policy, &book);
        assert_eq!(done.report.errors, 0, "{cell:?}: {:?}", done.report.problems);
        let text = String::from_utf8(done.files["terms/fresh.yaml"].clone()).unwrap();
        assert_eq!(text.contains("sensitive: true"), sensitive, "{cell:?}: {text}");
    }
    let mut book = export(&policy, &all()).unwrap();
    let lists = sheet(&mut book, "Lists");
    let column = lists.columns.iter().position(|column| column.name == "sensitive").unwrap();
    lists.rows[0][column] = Cell::text("maybe");
    assert!(told(&back(&policy, &book)).iter().any(|(code, place)| code == "sheet-wrong-value" && place.contains("!Lists!")));
}

/// Rule 5, from cells as a spreadsheet program may write them.
#[test]
fn texts_are_kept_to_the_letter() {
    let policy = policy();
    let shared = "<si><t>term</t></si>\
        <si><r><t>rich</t></r><r><rPr><b/></rPr><t xml:space=\"preserve\"> text</t></r></si>\
        <si><t>東京</t><rPh sb=\"0\" eb=\"2\"><t>トウキョウ</t></rPh><phoneticPr fontId=\"1\"/></si>\
        <si><t>_x0041_pple</t></si>\
        <si><t>_x005F_x0041_pple</t></si>\
        <si><t xml:space=\"preserve\">\u{a0} padded \u{a0}</t></si>\
        <si><t>he\u{200b}ck 👩\u{200d}🚒</t></si>";
    let rows: Vec<(&str, String, usize)> = (0..7).map(|at| ("c", format!("<c r=\"A{}\" t=\"s\"><v>{at}</v></c>", at + 1), at + 1)).collect();
    let rows: Vec<(&str, &str, usize)> = rows.iter().map(|(kind, cell, row)| (*kind, cell.as_str(), *row)).collect();
    let imported = import(&policy, &open("b.xlsx", &raw(&rows, shared)).unwrap(), &ImportOptions::default());
    assert_eq!(told(&imported), [("sheet-blanks-trimmed".to_owned(), "b.xlsx!guns!A6".to_owned())]);
    let text = terms(&imported);
    for term in ["rich text", "東京", "Apple", "_x0041_pple", "padded", "he\u{200b}ck 👩\u{200d}🚒"] {
        let written = tribunal_policy::fmt::inline(term);
        assert!(text.contains(&format!("{written},")) || text.contains(&format!("{written}]")), "{term}: {text}");
    }
    assert!(!text.contains("トウキョウ"), "{text}");
    let broken = [("line&#10;break", "sheet-one-line"), ("a\u{fffd}b", "sheet-one-line"), ("_xD83D_", "sheet-one-line")];
    for (cell, code) in broken {
        let cell = format!("<c r=\"A2\" t=\"inlineStr\"><is><t>{cell}</t></is></c>");
        let bytes = raw(&[("c", "<c r=\"A1\" t=\"inlineStr\"><is><t>term</t></is></c>", 1), ("c", &cell, 2)], "");
        let imported = import(&policy, &open("b.xlsx", &bytes).unwrap(), &ImportOptions::default());
        assert_eq!(told(&imported), [(code.to_owned(), "b.xlsx!guns!A2".to_owned())], "{cell}");
    }
}

/// Rule 6.
#[test]
fn several_values_in_a_cell() {
    let policy = policy();
    let mut book = export(&policy, &all()).unwrap();
    add(
        sheet(&mut book, "guns"),
        &[("term", Cell::text("arma")), ("match", Cell::text("word; tag")), ("markets", Cell::text("BR")), ("evasions", Cell::text("a,rma; x\narm4"))],
    );
    add(sheet(&mut book, "guns"), &[("term", Cell::text("pipa")), ("match", Cell::text("word\nphrase")), ("lang", Cell::text("pt"))]);
    let text = terms(&back(&policy, &book));
    assert!(text.contains("{term: arma, match: [word, tag], markets: BR, evasions: [\"a,rma; x\", arm4]}"), "{text}");
    assert!(text.contains("{term: pipa, match: [word, phrase], lang: pt}"), "{text}");
}

/// Rule 7: what is said of a sensitive list does not quote it.
#[test]
fn a_sensitive_list_is_masked_in_what_is_said() {
    let policy = policy();
    let mut book = export(&policy, &all()).unwrap();
    let hidden = sheet(&mut book, "hidden");
    hidden.rows.pop();
    add(hidden, &[("term", Cell::text("slurone"))]);
    add(hidden, &[("term", Cell::text("(slurthree")), ("match", Cell::text("regex"))]);
    let imported = back(&policy, &book);
    assert!(imported.report.errors >= 2, "{:?}", imported.report.problems);
    let said = format!("{:?} {:?}", imported.report.problems, imported.report.lists);
    assert!(!said.contains("slurone") && !said.contains("slurtwo") && !said.contains("slurthree"), "{said}");
    assert!(said.contains("s••••••"), "{said}");
}

/// The terms of a policy as they come back with a mistake in every row.
fn annotated(policy: &Policy) -> Workbook {
    let mut book = export(policy, &all()).unwrap();
    let odd = sheet(&mut book, "odd");
    let lang = odd.columns.iter().position(|column| column.name == "until").unwrap();
    odd.rows.iter_mut().for_each(|row| row[lang] = Cell::text("<never>"));
    let read = open("book.xlsx", &to_xlsx(&book).unwrap()).unwrap();
    let problems = import(policy, &read, &ImportOptions::default()).report.problems;
    let marked = annotate(&read, &problems);
    assert!(problems.len() >= HOSTILE.len() && marked.sheets[0].name == "Problems", "{problems:?}");
    let page = marked.sheets.iter().find(|sheet| sheet.name == "odd").unwrap();
    assert!(page.rows.iter().all(|row| row[lang] == Cell::Marked("<never>".to_owned())), "{:?}", page.rows[0]);
    assert!(page.rows.iter().all(|row| matches!(row.last(), Some(Cell::Text(text)) if text.contains("is no date"))), "{:?}", page.rows[0]);
    marked
}

/// Rule 8, and that pages and workbooks hold whatever texts a policy has.
#[test]
fn every_workbook_is_inert_and_the_same_each_time() {
    let policy = hostile();
    let changed = {
        let text = policy.sources.files().next().unwrap().1.bytes().to_vec();
        let text = String::from_utf8(text).unwrap().replace("effect: {distribution: removed}", "effect: {distribution: search_limited}");
        Arc::new(tribunal_policy::load_str("t.yaml", &text).policy.unwrap())
    };
    let make = || -> Vec<(&'static str, Workbook, usize)> {
        let analysis = analyze(&policy, &Options::default()).unwrap();
        let reader = Captions(Arc::clone(&policy));
        let (old, new) = (Rehearsal::new(&policy, &reader, Reveal::Full).unwrap(), Rehearsal::new(&changed, &reader, Reveal::Full).unwrap());
        let briefing = brief(&old, &new, &internal()).unwrap();
        vec![
            ("terms", export(&policy, &all()).unwrap(), HOSTILE.len()),
            ("findings", analysis_workbook(&analysis, &policy), HOSTILE.len()),
            ("register", register_workbook(&register(&policy)), HOSTILE.len()),
            ("briefing", brief_workbook(&briefing, &old, &new).unwrap(), HOSTILE.len()),
            ("annotated", annotated(&policy), HOSTILE.len()),
        ]
    };
    for ((what, book, wanted), (_, again, _)) in make().into_iter().zip(make()) {
        let bytes = to_xlsx(&book).unwrap();
        assert_eq!(bytes, to_xlsx(&again).unwrap(), "{what}: same input, same bytes");
        let read = open("b.xlsx", &bytes).unwrap();
        let mut found = std::collections::BTreeSet::new();
        for (sheet, cells) in book.sheets.iter().map(|sheet| (sheet, read.sheet(&sheet.name).unwrap())) {
            for (at, row) in sheet.rows.iter().enumerate() {
                for (column, cell) in row.iter().enumerate() {
                    let there = cells.cell(at + 1, column);
                    match cell {
                        Cell::Text(text) | Cell::Marked(text) if !text.is_empty() => {
                            assert_eq!(there, &Input::Text(text.clone()), "{what} {}: to the letter, no formula", sheet.name);
                            found.extend(HOSTILE.iter().filter(|hostile| *hostile == text));
                        }
                        Cell::Number(number) => assert_eq!(there, &Input::Number(*number), "{what}"),
                        _ => {}
                    }
                }
            }
        }
        assert_eq!(found.len(), wanted, "{what}: every hostile text is somewhere in it: {found:?}");
    }
    let csv = to_csv(&export_csv(&policy, "odd", &all()).unwrap()).unwrap();
    let raw = String::from_utf8(csv.clone()).unwrap();
    let mut cells = csv::ReaderBuilder::new().from_reader(raw.as_bytes());
    assert!(cells.records().all(|record| record.unwrap().iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r']))), "{raw}");
    let imported = import(&policy, &open("odd.csv", &csv).unwrap(), &ImportOptions::default());
    assert_eq!((imported.report.problems.len(), imported.report.lists[0].unchanged), (0, HOSTILE.len() as u64), "{:?}", imported.report);
    let page = analysis_document(&analyze(&policy, &Options::default()).unwrap()).html();
    assert!(page.contains("r07") && !page.contains("<b>bold"));
}

/// Rule 10.
#[test]
fn long_names_have_sheets_of_their_own() {
    let policy = policy();
    let mut book = export(&policy, &all()).unwrap();
    let name = book.sheets.iter().find(|sheet| sheet.name.starts_with("list-")).unwrap().name.clone();
    add(sheet(&mut book, &name), &[("term", Cell::text("dang"))]);
    assert!(terms(&back(&policy, &book)).contains("a-list-with-a-name-over-thirty-one-characters: [drat, dang]"));
}

/// Rule 11.
#[test]
fn the_columns_of_a_term() {
    let policy = policy();
    let mut book = export(&policy, &all()).unwrap();
    let names: Vec<&str> = sheet(&mut book, "guns").columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>();
    assert_eq!(
        names,
        [
            "key",
            "term",
            "kind",
            "status",
            "match",
            "folds",
            "lang",
            "only_lang",
            "markets",
            "sense",
            "since",
            "until",
            "evasions",
            "source",
            "note",
            "~line",
            "~rules",
        ]
    );
    assert_eq!(sheet(&mut book, "guns").rows[0].last(), Some(&Cell::text("gun")), "the rules that read the list");
}

/// Rule 11: what is counted, and only where it was asked for.
#[test]
fn what_is_known_of_a_term_stands_beside_it() {
    let text = "policy: {id: t, version: \"1\"}\nterms:\n  odd:\n    match: word\n    terms: [glock, lock, pistol]\n    allow: [lock screen]\n  \
                part: {match: substring, folds: plain, terms: [tit]}\n\
                rules:\n  - {id: r, when: 'caption has any of (odd, part)', effect: {distribution: removed}}\n";
    let policy = Arc::new(tribunal_policy::load_str("t.yaml", text).policy.unwrap());
    let mut counter = HitCounter::new(&policy).unwrap();
    let reader = Captions(Arc::clone(&policy));
    for caption in ["my glock", "a gl0ck and a pistol", "the lock screen", "a title", "nothing", "glock glock"] {
        reader.read(&serde_json::json!({ "caption": caption }).to_string(), &mut |item| counter.see(item)).unwrap();
    }
    let mut measured = Measured::default();
    measured.hits(counter, "items.jsonl");
    measured.words(
        &policy,
        &Words::parse("title\t970\ncompetition\t300\npetition\t400\nrestitution\t5\ntitan\t8\ntitle page\t1\ntit\t3\nmen\t9\n").unwrap(),
        "words.tsv",
    );
    measured.survival(&policy);
    let options = ExportOptions { measured, ..all() };
    let book = export(&policy, &options).unwrap();
    let cells = |name: &str| -> Vec<Vec<Cell>> {
        let sheet = book.sheets.iter().find(|sheet| sheet.name == name).unwrap();
        let first = sheet.columns.iter().position(|column| column.name == "~hits").unwrap();
        let names: Vec<&str> = sheet.columns[first..].iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, ["~hits", "~sole_hits", "~ordinary_words", "~survival"]);
        sheet.rows.iter().map(|row| row[first..].to_vec()).collect()
    };
    let odd = cells("odd");
    let counts: Vec<&[Cell]> = odd.iter().map(|row| &row[..2]).collect();
    let [two, one, none] = [2, 1, 0].map(Cell::count);
    // `glock` is in three items, of which one has a `pistol` too; a lock in an allowed phrase is none; an allow entry is not looked for.
    assert_eq!(counts, [&[Cell::count(3), two], &[none.clone(), none], &[one, Cell::count(0)], &[Cell::Blank, Cell::Blank]]);
    let part = cells("part");
    assert_eq!(part[0][..3], [Cell::count(1), Cell::count(1), Cell::text("title; petition; competition; titan; restitution; and 1 more")]);
    // The survey of the whole list comes to the same as its terms together.
    let whole = survey(&policy, &EvadeOptions { list: Some("part"), ..EvadeOptions::default() }).unwrap();
    let (tried, caught) = whole.total();
    assert_eq!(part[0][3], Cell::count(caught * 100 / tried));
    assert_eq!(odd[3][3], Cell::Blank);
    // They are only read: nothing of them comes back, and a figure that was changed changes nothing.
    let mut back_again = book.clone();
    let guns = sheet(&mut back_again, "odd");
    let hits = guns.columns.iter().position(|column| column.name == "~hits").unwrap();
    guns.rows[0][hits] = Cell::count(9_999);
    let imported = back(&policy, &back_again);
    assert!(imported.files.is_empty() && imported.report.problems.is_empty(), "{:?}", imported.report.problems);
    let about: Vec<&Vec<Cell>> = book.sheets[0].rows.iter().filter(|row| matches!(&row[0], Cell::Text(name) if name.starts_with('~'))).collect();
    assert_eq!(about.len(), 3, "where the figures come from");
}

/// Rule 12.
#[test]
fn keys_tell_what_became_of_a_row() {
    let policy = policy();
    let mut book = export(&policy, &all()).unwrap();
    let guns = sheet(&mut book, "guns");
    let key = guns.rows[0][0].clone();
    add(guns, &[("key", key), ("term", Cell::text("twice"))]);
    add(guns, &[("term", Cell::text("PISTOLA"))]);
    add(guns, &[("term", Cell::text("fusil")), ("lang", Cell::text("pt"))]);
    let imported = back(&policy, &book);
    // The same text in another language is another entry.
    assert_eq!(
        told(&imported),
        [("sheet-doubled-key".to_owned(), "book.xlsx!guns!A5".to_owned()), ("sheet-folded-duplicate".to_owned(), "book.xlsx!guns!B6".to_owned()),]
    );
    assert_eq!(imported.report.problems[1].severity, Severity::Warning);
}

/// Rule 13: a tenth of a list may go, more needs a word.
#[test]
fn a_tenth_of_a_list_may_go() {
    let mut files = files();
    let many: Vec<String> = (0..20).map(|at| format!("word{at:02}")).collect();
    files.insert("terms/many.yaml".to_owned(), format!("terms:\n  many: [{}]\n", many.join(", ")).into_bytes());
    let rules = String::from_utf8(files["rules/a.yaml"].clone()).unwrap().replace("any of (guns", "any of (many, guns");
    files.insert("rules/a.yaml".to_owned(), rules.into_bytes());
    let policy = tribunal_policy::load_files(files).policy.unwrap();
    for (gone, refused) in [(2, false), (3, true)] {
        let mut book = export(&policy, &all()).unwrap();
        let many = sheet(&mut book, "many");
        let status = many.columns.iter().position(|column| column.name == "status").unwrap();
        many.rows.iter_mut().take(gone).for_each(|row| row[status] = Cell::text("retired"));
        let imported = back(&policy, &book);
        assert_eq!(imported.report.problems.iter().any(|problem| problem.code == "sheet-shrink"), refused, "{gone}: {:?}", imported.report.problems);
        assert_eq!(imported.files.is_empty(), refused);
    }
}

/// Rule 15. `saved-by-libreoffice.xlsx` is the export of this policy, opened and saved by LibreOffice 7.4 (`soffice --headless
/// --convert-to xlsx`).
#[test]
fn a_save_by_libreoffice_changes_nothing() {
    let policy = policy();
    let bytes = include_bytes!("data/saved-by-libreoffice.xlsx");
    assert_ne!(bytes.as_slice(), to_xlsx(&export(&policy, &all()).unwrap()).unwrap());
    let imported = import(&policy, &open("saved.xlsx", bytes).unwrap(), &ImportOptions::default());
    assert_eq!(imported.report.problems, []);
    assert!(imported.files.is_empty());
    assert!(imported.report.lists.iter().all(|list| list.unchanged == list.rows && list.missing.is_empty()), "{:#?}", imported.report.lists);
    assert_eq!((imported.report.lists.len(), imported.report.sheets[0].unchanged), (3, 1));
}

/// Rule 19: what is to be read beside an override.
#[test]
fn overlays_say_what_holds_and_what_a_floor_is() {
    let policy = policy();
    let mut book = export(&policy, &all()).unwrap();
    let overrides = sheet(&mut book, "Overrides");
    let at = |name: &str| overrides.columns.iter().position(|column| column.name == name).unwrap();
    let row = &overrides.rows[0];
    assert_eq!([&row[at("~global")], &row[at("~effective")], &row[at("~floor")]], [&Cell::text("feed_ineligible"), &Cell::text("removed"), &Cell::text("yes")]);
    let value = at("value");
    overrides.rows[0][value] = Cell::text("normal");
    let imported = back(&policy, &book);
    assert_eq!(told(&imported), [("sheet-policy-finding".to_owned(), "book.xlsx!Overrides!F2".to_owned())]);
    assert!(imported.report.problems[0].message.contains("floor") && imported.files.is_empty());
}

/// Rule 21.
#[test]
fn every_name_is_in_the_glossary() {
    let policy = hostile();
    let analysis = analyze(&policy, &Options::default()).unwrap();
    let reader = Captions(Arc::clone(&policy));
    let rehearsal = Rehearsal::new(&policy, &reader, Reveal::Full).unwrap();
    let briefing = brief(&rehearsal, &rehearsal, &internal()).unwrap();
    for book in [analysis_workbook(&analysis, &policy), register_workbook(&register(&policy)), brief_workbook(&briefing, &rehearsal, &rehearsal).unwrap()] {
        assert_eq!((book.sheets[0].name.as_str(), &book.sheets[0].rows[0][1]), ("About", &Cell::text("tribunal-report/1")));
        let words: Vec<&Cell> = book.sheets.last().unwrap().rows.iter().map(|row| &row[0]).collect();
        for sheet in book.sheets.iter().filter(|sheet| sheet.name != "Glossary") {
            for (at, column) in sheet.columns.iter().enumerate() {
                // Columns of markets are told once.
                let market = at > 0
                    && ["Matrix", "Markets"].contains(&sheet.name.as_str())
                    && (policy.market(&column.name).is_some() || "*(none)".contains(&column.name));
                assert!(market || words.contains(&&Cell::text(&column.name)), "{} {}", sheet.name, column.name);
            }
            assert!(sheet.rows.is_empty() || sheet.table || sheet.name == "About", "{}: one table, ready to pivot", sheet.name);
        }
    }
}

/// Rule 2: masked.
#[test]
fn a_masked_workbook_is_only_looked_at() {
    let policy = policy();
    let masked = export(&policy, &ExportOptions { content: Content::Masked, ..ExportOptions::default() }).unwrap();
    assert_eq!(told(&back(&policy, &masked))[0].0, "sheet-masked");
}

/// A workbook of one sheet `guns` as it stands in the file: cells by row, and the items of the table of shared strings.
fn raw(rows: &[(&str, &str, usize)], shared: &str) -> Vec<u8> {
    let cells: String = rows.iter().map(|(_, cell, row)| format!("<row r=\"{row}\">{cell}</row>")).collect();
    let main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let package = "http://schemas.openxmlformats.org/package/2006";
    let part = |kind: &str, path: &str, id: u8| format!("<Relationship Id=\"rId{id}\" Type=\"{office}/{kind}\" Target=\"{path}\"/>");
    let links = |parts: String| format!("<Relationships xmlns=\"{package}/relationships\">{parts}</Relationships>");
    let types = "<Default Extension=\"xml\" ContentType=\"application/xml\"/><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>";
    stored(&[
        ("[Content_Types].xml", format!("<Types xmlns=\"{package}/content-types\">{types}</Types>")),
        ("_rels/.rels", links(part("officeDocument", "xl/workbook.xml", 1))),
        ("xl/_rels/workbook.xml.rels", links(part("worksheet", "worksheets/sheet1.xml", 1) + &part("sharedStrings", "sharedStrings.xml", 2))),
        ("xl/workbook.xml", format!("<workbook {main} xmlns:r=\"{office}\"><sheets><sheet name=\"guns\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>")),
        ("xl/sharedStrings.xml", format!("<sst {main}>{shared}</sst>")),
        ("xl/worksheets/sheet1.xml", format!("<worksheet {main}><sheetData>{cells}</sheetData></worksheet>")),
    ])
}

/// Files in a ZIP without compression.
fn stored(files: &[(&str, String)]) -> Vec<u8> {
    let crc = |bytes: &[u8]| {
        !bytes.iter().fold(!0_u32, |mut crc, byte| {
            crc ^= u32::from(*byte);
            (0..8).for_each(|_| crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 });
            crc
        })
    };
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, text) in files {
        let (at, size) = (u32::try_from(out.len()).unwrap(), u32::try_from(text.len()).unwrap());
        let mut head = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
        head.extend(crc(text.as_bytes()).to_le_bytes());
        head.extend(size.to_le_bytes());
        head.extend(size.to_le_bytes());
        head.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
        head.extend([0, 0]);
        out.extend(b"PK\x03\x04");
        out.extend(&head);
        out.extend(name.as_bytes());
        out.extend(text.as_bytes());
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&head);
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, size) = (u32::try_from(out.len()).unwrap(), u32::try_from(directory.len()).unwrap());
    let count = u16::try_from(files.len()).unwrap();
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(count.to_le_bytes());
    out.extend(count.to_le_bytes());
    out.extend(size.to_le_bytes());
    out.extend(start.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// What a reader of the public page is not shown is not said to lack their language either.
#[test]
fn the_record_of_missing_languages_is_of_what_is_shown() {
    let text = |effect: &str, reason: &str| {
        format!(
            "policy: {{id: t, version: '1', lang: en}}\nterms: {{gun: [glock]}}\nrules:\n  - {{id: gun, title: {{en: Guns, pt: Armas}}, reason: Inner., when: caption has gun, \
             effect: {{distribution: {effect}}}}}\nmarkets:\n  - market: M\n    overrides:\n      - {{rule: gun, effect: {{routing: review}}, reason: {reason}}}\n      \
             - {{terms: gun, add: [pistola], reason: Said there.}}\n"
        )
    };
    let load = |text: &str| Arc::new(tribunal_policy::load_str("t.yaml", text).policy.unwrap());
    let (old, new) = (load(&text("removed", "Law.")), load(&text("feed_ineligible", "Law 2.").replace("{routing: review}", "{routing: escalate}")));
    let reader = Captions(Arc::clone(&new));
    let (before, after) = (Rehearsal::new(&old, &reader, Reveal::Full).unwrap(), Rehearsal::new(&new, &reader, Reveal::Full).unwrap());
    let told = |audience| brief(&before, &after, &BriefOptions { audience, lang: "pt".to_owned(), ..internal() }).unwrap();
    let (public, inner) = (told(Audience::Public), told(Audience::Internal));
    assert_eq!(inner.not_in_language, ["the rule `gun`: reason", "what `M` changes: reason"]);
    assert!(public.not_in_language.is_empty(), "{:?}", public.not_in_language);
    assert!(public.changes[0].lines.iter().all(|line| line.why.is_none()) && public.changes[0].why.is_none(), "{:?}", public.changes);
    // The rule and the list of one name are two, in the texts as in the rest.
    let edits = diff(&old, &new, &DiffOptions::default()).unwrap().edits;
    let texts: Vec<&str> = edits.iter().filter(|edit| edit.kind == "text").map(|edit| edit.name.as_str()).collect();
    assert_eq!(texts, ["override gun in M"], "{edits:?}");
    let listed = diff(&old, &load(&text("removed", "Law.").replace("Said there.", "Said here.")), &DiffOptions::default()).unwrap().edits;
    assert_eq!(listed.iter().map(|edit| edit.name.as_str()).collect::<Vec<_>>(), ["override list gun in M"], "{listed:?}");
}
