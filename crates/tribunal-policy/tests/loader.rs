//! From files to a policy: which files are read, the digest, lists in every format, fields, windows and shares.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;

use tribunal_policy::cond::Literal;
use tribunal_policy::fields::{FieldType, Missing};
use tribunal_policy::model::{AxisKind, List, Match, Stage};
use tribunal_policy::{Loaded, Policy, load_files, load_str};

const HEAD: &str = "policy: {id: demo, version: \"1\"}\n";
const RULE: &str =
    "rules:\n  - id: r\n    stage: live\n    when: caption has slurs\n    effect: {routing: review}\n    examples: {violates: [slurone], allowed: [fine]}\n";

fn bytes(files: &[(&str, &[u8])]) -> Loaded {
    load_files(files.iter().map(|(path, content)| ((*path).to_owned(), content.to_vec())).collect())
}

fn folder(files: &[(&str, &str)]) -> Loaded {
    let files: Vec<(&str, &[u8])> = files.iter().map(|(path, content)| (*path, content.as_bytes())).collect();
    bytes(&files)
}

/// `place code` of every finding; the place is `path:line:column`, or what stands for it.
fn findings(loaded: &Loaded) -> Vec<String> {
    let place = |found: &tribunal_policy::diagnostic::Diagnostic| match (&found.place, found.span()) {
        (Some(place), _) => place.clone(),
        (None, Some(span)) => {
            let (line, column) = loaded.sources.line_col(span);
            format!("{}:{line}:{column}", loaded.sources.path(span.file))
        }
        (None, None) => "?".to_owned(),
    };
    loaded.diagnostics.iter().map(|found| format!("{} {}", place(found), found.code.id)).collect()
}

fn policy(loaded: Loaded) -> Policy {
    let found = findings(&loaded);
    assert!(found.is_empty(), "{found:?}\n{:?}", loaded.diagnostics);
    loaded.policy.unwrap()
}

fn single(text: &str) -> Loaded {
    load_str("p.yaml", &format!("{HEAD}{text}"))
}

fn list<'a>(policy: &'a Policy, name: &str) -> &'a List {
    policy.lists.iter().find(|list| list.name == name).unwrap_or_else(|| panic!("no list {name}"))
}

fn terms(list: &List) -> Vec<&str> {
    list.entries.iter().filter(|entry| !entry.allow).map(|entry| entry.text.as_str()).collect()
}

fn allowed(list: &List) -> Vec<&str> {
    list.entries.iter().filter(|entry| entry.allow).map(|entry| entry.text.as_str()).collect()
}

#[test]
fn the_digest_is_of_paths_lengths_and_bytes_in_the_order_of_paths() {
    let rules = "rules:\n  - id: r\n    stage: live\n    when: caption has slurs\n    effect: {routing: review}\n    examples: {violates: [slurone], allowed: [fine]}\n";
    let files = [("terms/slurs.txt", "slurone\n"), ("policy.yaml", HEAD), ("rules/r.yaml", rules)];
    let loaded = policy(folder(&files));
    let mut by_hand: Vec<u8> = Vec::new();
    for (path, content) in [files[1], files[2], files[0]] {
        by_hand.extend(path.as_bytes());
        by_hand.push(0);
        by_hand.extend((content.len() as u64).to_be_bytes());
        by_hand.extend(content.as_bytes());
    }
    assert_eq!(loaded.digest, blake3::hash(&by_hand).to_hex().to_string());
    // Files that the policy does not read are no part of it.
    let mut more = files.to_vec();
    more.push(("README.md", "# notes\n"));
    assert_eq!(policy(folder(&more)).digest, loaded.digest);
    more[0].1 = "slurone\n\n";
    assert_ne!(policy(folder(&more)).digest, loaded.digest);
}

#[test]
fn include_takes_paths_and_globs_inside_the_folder() {
    let more = "terms:\n  slurs: [slurone]\n";
    for include in ["more/a.yaml", "more/*.yaml", "*/a.yaml", "**/a.yaml"] {
        let head = format!("{HEAD}include: [\"{include}\"]\n");
        let loaded = policy(folder(&[("policy.yaml", &head), ("rules/r.yaml", RULE), ("more/a.yaml", more)]));
        assert_eq!(terms(list(&loaded, "slurs")), ["slurone"], "{include}");
    }
    // A `*` stays in its folder, nothing leads out of the policy's, and what is named has to be there.
    for include in ["*.yml", "../secrets.yaml", "/etc/passwd", "more/b.yaml", "more/[", "other/*.yaml"] {
        let head = format!("{HEAD}include: [\"{include}\"]\n");
        let found = findings(&folder(&[("policy.yaml", &head), ("more/a.yaml", more)]));
        assert_eq!(found[0], "policy.yaml:2:11 no-such-file", "{include}: {found:?}");
    }
    // Standard folders may be named too, twice even, and files may include further ones.
    let head = format!("{HEAD}include: [terms/*.yaml, markets/*.yaml, more/b.yaml]\n");
    let b = format!("include: more/b.yaml\n{more}");
    policy(folder(&[("policy.yaml", &head), ("rules/r.yaml", &format!("include: more/b.yaml\n{RULE}")), ("more/b.yaml", &b)]));
}

#[test]
fn a_file_that_is_not_read_is_said() {
    let files = [("policy.yaml", HEAD), ("rules/deep/r.yaml", RULE), ("tests/notes.txt", ""), ("docs/x.yaml", "")];
    assert_eq!(findings(&folder(&files)), ["rules/deep/r.yaml unread-file", "tests/notes.txt unread-file"]);
}

#[test]
fn scalars_are_the_text_as_written() {
    let text = "terms:\n  slurs: [no, 007, 1488, 5.10, on, 0x1F, 1e3, yes, \"true\", 2026-01-01]\nrules:\n  - id: r\n    clause: 5.10\n    when: lang = no and caption has slurs\n    effect: {routing: review}\n";
    let loaded = policy(single(text));
    assert_eq!(terms(list(&loaded, "slurs")), ["no", "007", "1488", "5.10", "on", "0x1F", "1e3", "yes", "true", "2026-01-01"]);
    assert_eq!(loaded.rules[0].clause.as_deref(), Some("5.10"));
    assert_eq!(loaded.print(&loaded.rules[0].when), "lang = \"no\" and caption has slurs");
    // Norway is a market, and `no` is no truth value.
    let loaded = policy(single("rules:\n  - id: r\n    when: caption has \"x\"\n    effect: {routing: review}\nmarkets:\n  - {market: NO}\n"));
    assert_eq!(loaded.markets[0].name, "NO");
    let loaded = single("rules:\n  - id: r\n    floor: no\n    when: caption has \"x\"\n");
    assert_eq!(findings(&loaded), ["p.yaml:4:12 wrong-value"]);
}

#[test]
fn null_and_empty_terms_are_errors() {
    let loaded = single("terms:\n  slurs: [~, null, \"\", '']\n  more:\n    -\n    - slurtwo\n");
    let found = findings(&loaded);
    let places = ["3:11", "3:14", "3:20", "3:24", "5:6"];
    assert_eq!(found, places.map(|place| format!("p.yaml:{place} empty-value")));
    // In quotes it is the word.
    let loaded = policy(single("terms:\n  slurs: [\"null\"]\nrules:\n  - {id: r, when: caption has slurs}\n"));
    assert_eq!(terms(list(&loaded, "slurs")), ["null"]);
}

#[test]
fn line_ends_and_marks_of_other_systems() {
    let text = format!(
        "{HEAD}terms:\n  slurs: [slurone]\nrules:\n  - id: r\n    when: |\n      caption has slurs\n      and lang = \"en\"\n    effect: {{routing: review}}\n"
    );
    let unix = policy(load_str("p.yaml", &text));
    let dos = policy(load_str("p.yaml", &text.replace('\n', "\r\n")));
    assert_eq!(unix.print(&unix.rules[0].when), dos.print(&dos.rules[0].when));
    assert_ne!(unix.digest, dos.digest, "the digest is of the bytes");
    let marked = load_str("p.yaml", &format!("\u{feff}{text}"));
    assert_eq!(findings(&marked), ["p.yaml:1:1 yaml-bom"]);
    let csv = policy(folder(&[("policy.yaml", HEAD), ("rules/r.yaml", RULE), ("terms/slurs.csv", "\u{feff}term\r\nslurone\r\n")]));
    assert_eq!(terms(list(&csv, "slurs")), ["slurone"]);
    let txt = policy(folder(&[("policy.yaml", HEAD), ("rules/r.yaml", RULE), ("terms/slurs.txt", "\u{feff}slurone\r\n\r\nslurtwo")]));
    assert_eq!(terms(list(&txt, "slurs")), ["slurone", "slurtwo"]);
}

#[test]
fn defined_twice_is_an_error() {
    let cases = [
        ("rules:\n  - {id: a, when: caption has \"x\"}\n  - {id: a, when: caption has \"y\"}\n", "p.yaml:4:10"),
        ("exceptions:\n  - {id: a, applies_to: \"*\", when: caption has \"x\"}\n  - {id: a, applies_to: \"*\", when: caption has \"y\"}\n", "p.yaml:4:10"),
        ("markets:\n  - {market: BR}\n  - {market: BR}\n", "p.yaml:4:14"),
        ("fields:\n  caption: {missing: unknown}\nmarkets:\n  - {market: BR, terms: {a: [x]}}\nterms:\n  a: [y]\n", "p.yaml:5:26"),
    ];
    for (text, place) in cases {
        assert_eq!(findings(&single(text)), [format!("{place} duplicate-name")], "{text}");
    }
    let files = [
        ("policy.yaml", HEAD),
        ("rules/a.yaml", "policy: {id: other, version: \"2\"}\nfields: {author.level: {type: number}}\n"),
        ("rules/b.yaml", "fields: {author.level: {type: number}}\naxes: {a: {kind: set}}\n"),
        ("rules/c.yaml", "axes: {b: {kind: set}}\n"),
    ];
    assert_eq!(findings(&folder(&files)), ["rules/a.yaml:1:9 duplicate-name", "rules/b.yaml:1:10 duplicate-name", "rules/c.yaml:1:7 duplicate-name"]);
    let files = [("policy.yaml", HEAD), ("terms/a.yaml", "terms: {slurs: [x]}\n"), ("terms/slurs.txt", "y\n")];
    assert_eq!(findings(&folder(&files)), ["terms/slurs.txt:1:1 duplicate-name"]);
}

#[test]
fn a_sheet_is_a_list_of_its_name_or_part_of_the_list_that_claims_it() {
    let yaml = "terms:\n  hosts: {match: whole, folds: plain, file: terms/h.csv, terms: [first.example]}\n";
    let rule = "rules:\n  - id: r\n    stage: live\n    when: domains(caption) has hosts and caption has slurs\n    effect: {routing: review}\n    examples: {violates: [x], allowed: [y]}\n";
    let loaded = policy(folder(&[
        ("policy.yaml", HEAD),
        ("rules/r.yaml", rule),
        ("terms/hosts.yaml", yaml),
        ("terms/h.csv", "note,term\nseen,second.example\n"),
        ("terms/slurs.txt", "# comment\n#hashtag\nslurone\n"),
    ]));
    let hosts = list(&loaded, "hosts");
    assert_eq!(terms(hosts), ["first.example", "second.example"]);
    assert!(hosts.entries.iter().all(|entry| entry.modes == [(Match::Whole, tribunal_text::Folds::PLAIN)]));
    assert_eq!(hosts.entries[1].place, "terms/h.csv:2");
    assert_eq!(hosts.entries[1].note.as_deref(), Some("seen"));
    assert!(loaded.lists.iter().all(|list| list.name != "h"));
    assert_eq!(terms(list(&loaded, "slurs")), ["#hashtag", "slurone"]);
    assert_eq!(list(&loaded, "slurs").entries[1].place, "terms/slurs.txt:3");
}

#[test]
fn columns_are_the_keys_of_a_term() {
    let csv = "Term ; MATCH;folds;lang;only_lang;since;until;sense;source;note;allow;evasions;~hits\n\
               \"slur;one\";word;prefix;pt-BR;pt;2026-01-02;2026-03-04;bad;memo;\"a \"\"b\"\"\";;\"s1ur\nslurr\";3\n\
               ;;;;;;;;;;;;\n\
               fine;;;;;;;;;;yes;;\n\
               both;prefix;-leet;;;;;;;;no;;\n";
    let csv = csv.replace("word;prefix;pt", "\"word;prefix\";\"plain;-width\";pt");
    let loaded = policy(folder(&[("policy.yaml", HEAD), ("rules/r.yaml", RULE), ("terms/slurs.csv", &csv)]));
    let list = list(&loaded, "slurs");
    assert_eq!((terms(list), allowed(list)), (vec!["slur;one", "both"], vec!["fine"]));
    let first = &list.entries[0];
    let folds = tribunal_text::Folds::PLAIN.minus(tribunal_text::Folds::WIDTH);
    assert_eq!(first.modes, [(Match::Word, folds), (Match::Prefix, folds)]);
    assert_eq!((first.lang.as_deref(), first.only_lang.as_deref()), (Some("pt-BR"), Some("pt")));
    assert_eq!(first.since.unwrap().seconds, 1_767_312_000);
    assert_eq!(first.until.unwrap().end(), 1_772_668_800);
    assert_eq!(first.note.as_deref(), Some("a \"b\""));
    assert_eq!(first.evasions, ["s1ur", "slurr"]);
    let loose = &list.entries[2];
    assert_eq!(loose.modes, [(Match::Prefix, tribunal_text::Folds::PLAIN)], "`-leet` takes nothing from plain");
}

#[test]
fn mistakes_in_sheets() {
    let check = |csv: &str| findings(&folder(&[("policy.yaml", HEAD), ("rules/r.yaml", RULE), ("terms/slurs.csv", csv)]));
    assert_eq!(check(""), ["terms/slurs.csv:1:1 bad-sheet"]);
    assert_eq!(check("word\nx\n"), ["terms/slurs.csv:1:1 bad-sheet"]);
    assert_eq!(check("term,term\nx,y\n"), ["terms/slurs.csv:1:1 bad-sheet"]);
    assert_eq!(check("term,colour\nslurone,red\n"), ["terms/slurs.csv:1:6 unknown-column"]);
    assert_eq!(check("term,note\n,left over\n"), ["terms/slurs.csv:2:1 empty-value"]);
    assert_eq!(check("term,match\nslurone,words\n"), ["terms/slurs.csv:2:9 wrong-value"]);
    assert_eq!(check("term,markets\nslurone,XX\n"), ["terms/slurs.csv:2:9 unknown-market"]);
    assert_eq!(check("term,since\nslurone,soon\n"), ["terms/slurs.csv:2:9 bad-sheet"]);
    // A comma that nobody put in quotes must not cut a term in two.
    assert_eq!(check("term\nslurone, slurtwo\n"), ["terms/slurs.csv:2:10 bad-sheet"]);
    assert_eq!(check("term,,note\nslurone,x,\n"), ["terms/slurs.csv:2:9 bad-sheet"]);
    assert_eq!(check("term,~line\nslurone,7\n"), Vec::<String>::new());
    assert_eq!(check("term,note\n\"slur\none\",\"a\nb\"\n"), ["terms/slurs.csv:2:2 bad-sheet"]);
    assert_eq!(check("term\nslur\u{fffd}one\n"), ["terms/slurs.csv:2:1 bad-sheet"]);
    assert_eq!(check("term,match\n\"(a\",regex\nb*,regex\n"), ["terms/slurs.csv:2:1 bad-regex", "terms/slurs.csv:3:1 bad-regex"]);
    let latin = bytes(&[("policy.yaml", HEAD.as_bytes()), ("rules/r.yaml", RULE.as_bytes()), ("terms/slurs.csv", b"term\ncaf\xe9\n")]);
    assert!(findings(&latin).contains(&"terms/slurs.csv file-encoding".to_owned()), "{:?}", findings(&latin));
}

#[cfg(feature = "xlsx")]
mod workbooks {
    use super::*;
    use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

    fn check(fill: impl Fn(&mut Workbook)) -> Loaded {
        let mut book = Workbook::new();
        fill(&mut book);
        let book = book.save_to_buffer().unwrap();
        bytes(&[("policy.yaml", HEAD.as_bytes()), ("rules/r.yaml", RULE.as_bytes()), ("terms/slurs.xlsx", &book)])
    }

    #[test]
    fn a_workbook_is_a_list() {
        let date = Format::new().set_num_format("yyyy-mm-dd");
        let loaded = policy(check(|book| {
            let sheet = book.add_worksheet();
            for (at, name) in ["Match", " term ", "since", "allow", "~hits", "note"].iter().enumerate() {
                sheet.write(0, at as u16, *name).unwrap();
            }
            sheet.write(1, 1, "slurone").unwrap();
            sheet.write_with_format(1, 2, ExcelDateTime::from_ymd(2026, 1, 2).unwrap(), &date).unwrap();
            sheet.write(1, 4, 17.5).unwrap();
            // Row 3 is blank in every column.
            sheet.write(3, 1, 1488.0).unwrap();
            sheet.write(3, 0, "prefix;suffix").unwrap();
            sheet.write(3, 2, "2026-01-02").unwrap();
            sheet.write(4, 1, "fine").unwrap();
            sheet.write(4, 3, "yes").unwrap();
        }));
        let slurs = list(&loaded, "slurs");
        assert_eq!((terms(slurs), allowed(slurs)), (vec!["slurone", "1488"], vec!["fine"]));
        assert_eq!(slurs.entries[0].since, slurs.entries[1].since);
        assert_eq!(slurs.entries[0].since.unwrap().seconds, 1_767_312_000);
        assert_eq!(slurs.entries[1].modes.len(), 2);
        assert_eq!(slurs.entries[1].place, "terms/slurs.xlsx!Sheet1!A4");
    }

    #[test]
    fn the_sheet_of_the_list_comes_before_the_first() {
        let loaded = policy(check(|book| {
            for (name, term) in [("About", "about"), ("other", "slurtwo"), ("slurs", "slurone")] {
                let sheet = book.add_worksheet();
                sheet.set_name(name).unwrap();
                sheet.write(0, 0, "term").unwrap();
                sheet.write(1, 0, term).unwrap();
            }
        }));
        assert_eq!(terms(list(&loaded, "slurs")), ["slurone"]);
    }

    #[test]
    fn what_a_spreadsheet_made_of_a_term_is_an_error_at_its_cell() {
        let date = Format::new().set_num_format("d-mmm");
        let loaded = check(|book| {
            let sheet = book.add_worksheet();
            sheet.write(0, 0, "term").unwrap();
            sheet.write(0, 1, "allow").unwrap();
            sheet.write(1, 0, "slurone").unwrap();
            sheet.write_with_format(2, 0, ExcelDateTime::from_ymd(2026, 9, 11).unwrap(), &date).unwrap();
            sheet.write(3, 0, true).unwrap();
            sheet.write(4, 0, 2.5).unwrap();
            sheet.write(5, 0, 1e16).unwrap();
            sheet.write(6, 0, Formula::new("=\"slur\"&\"two\"").set_result("slurtwo")).unwrap();
            sheet.write(7, 0, "slurtwo").unwrap();
            sheet.write(7, 1, "perhaps").unwrap();
        });
        let sheet = |cell: &str| format!("terms/slurs.xlsx!Sheet1!{cell} bad-sheet");
        let mut expected: Vec<String> = ["A3", "A4", "A5", "A6", "A7", "B8"].map(sheet).to_vec();
        expected.sort();
        let mut found = findings(&loaded);
        found.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_formula_without_a_value_is_no_blank() {
        let loaded = check(|book| {
            let sheet = book.add_worksheet();
            sheet.write(0, 0, "term").unwrap();
            sheet.write(1, 0, "slurone").unwrap();
            sheet.write(2, 0, Formula::new("=A2").set_result("")).unwrap();
            // What stands alone at the far end of a sheet is told at its cell, without a table of billions.
            sheet.write(1_048_575, 16_383, "lost").unwrap();
        });
        let mut found = findings(&loaded);
        found.sort();
        let cells = ["A3 bad-sheet", "XFD1048576 bad-sheet"];
        assert_eq!(found, cells.map(|cell| format!("terms/slurs.xlsx!Sheet1!{cell}")));
    }

    #[test]
    fn every_finding_about_a_workbook_names_its_cell() {
        let loaded = check(|book| {
            let sheet = book.add_worksheet();
            for (row, cells) in
                [["term", "Match", "colour"], ["slurone", "words", ""], ["(x", "regex", ""], ["", "", "left"], ["\u{200b}", "", ""]].iter().enumerate()
            {
                for (column, cell) in cells.iter().enumerate() {
                    sheet.write(row as u32, column as u16, *cell).unwrap();
                }
            }
        });
        let mut found = findings(&loaded);
        found.sort();
        let cells = [("A3", "bad-regex"), ("A4", "empty-value"), ("A5", "empty-term"), ("B2", "wrong-value"), ("C1", "unknown-column")];
        assert_eq!(found, cells.map(|(cell, code)| format!("terms/slurs.xlsx!Sheet1!{cell} {code}")));
    }

    #[test]
    fn what_is_no_workbook() {
        let loaded = bytes(&[("policy.yaml", HEAD.as_bytes()), ("rules/r.yaml", RULE.as_bytes()), ("terms/slurs.xlsx", b"PK\x03\x04 not a workbook")]);
        assert_eq!(findings(&loaded), ["terms/slurs.xlsx bad-sheet"]);
        let empty = check(|book| {
            book.add_worksheet();
        });
        assert_eq!(findings(&empty), ["terms/slurs.xlsx!Sheet1 bad-sheet"]);
    }
}

#[test]
fn options_of_a_list_and_of_a_term() {
    use tribunal_text::Folds;
    let text = r#"
terms:
  a: [slurone]
  b: {match: [word, substring], folds: [evasive, -leet], lang: tr, source: memo, terms: [
       x1y, {term: x2y, match: regex}, {term: x3y, folds: none}, {term: x4y, folds: -diacritics}, {term: x5y, match: prefix, lang: en}]}
  c: {match: [prefix, suffix], terms: [heck], allow: [check, {term: hecks, match: prefix}]}
  d: {match: tag, terms: [stop]}
rules:
  - {id: r, when: "caption has any of (a, b, c, d)", effect: {routing: review}}
"#;
    let loaded = policy(single(text));
    let modes = |list_name: &str, at: usize| list(&loaded, list_name).entries[at].modes.clone();
    assert_eq!(modes("a", 0), [(Match::Word, Folds::EVASIVE)]);
    let most = Folds::EVASIVE.minus(Folds::LEET);
    assert_eq!(modes("b", 0), [(Match::Word, most), (Match::Substring, most)]);
    assert_eq!(modes("b", 1), [(Match::Regex, Folds::CASE)]);
    assert_eq!(modes("b", 2), [(Match::Word, Folds::NONE), (Match::Substring, Folds::NONE)]);
    assert_eq!(
        modes("b", 3),
        [(Match::Word, Folds::EVASIVE.minus(Folds::DIACRITICS)), (Match::Substring, Folds::PLAIN.minus(Folds::DIACRITICS))],
        "subtracting alone subtracts from what the mode has by itself"
    );
    assert_eq!(modes("b", 4), [(Match::Prefix, most)]);
    assert_eq!(modes("c", 0), [(Match::Prefix, Folds::PLAIN), (Match::Suffix, Folds::PLAIN)]);
    let whole_words = Folds::CASE.union(Folds::WIDTH).union(Folds::INVISIBLES);
    assert_eq!(modes("c", 1), [(Match::Word, whole_words)], "an allow entry does not take the list's match");
    assert_eq!(modes("c", 2), [(Match::Prefix, Folds::PLAIN)]);
    assert_eq!(modes("d", 0), [(Match::Tag, Folds::EVASIVE)]);
    let b = list(&loaded, "b");
    assert!(b.entries[0].turkish && !b.entries[4].turkish);
    assert_eq!(b.entries[0].source.as_deref(), Some("memo"));
}

#[test]
fn entries_that_are_equal_under_plain_are_one_term() {
    let loaded = policy(single(
        "terms:\n  a: [Slur, slür, ＳＬＵＲ, slurs, {term: slur, match: regex}]\nrules:\n  - {id: r, when: caption has a, effect: {routing: review}}\n",
    ));
    let numbers: Vec<u32> = list(&loaded, "a").entries.iter().map(|entry| entry.term).collect();
    assert_eq!(numbers, [0, 0, 0, 1, 2]);
    assert_eq!(list(&loaded, "a").terms, 3);
}

#[test]
fn terms_that_cannot_be_matched() {
    let text = "terms:\n  a: [ok, \"\\u200b\", \" \", \"\\ufe0f\"]\n  b: {match: regex, terms: [\"x*\", \"(\", \"^\", \"a|\", \"\\\\b\", \"(?=x)\", \"ok+\"]}\nrules:\n  - {id: r, when: 'caption has any of (a, b, \"\", /x?/)'}\n";
    let found: Vec<String> = findings(&single(text)).iter().map(|found| found.rsplit(' ').next().unwrap().to_owned()).collect();
    let count = |code: &str| found.iter().filter(|id| *id == code).count();
    assert_eq!((count("empty-term"), count("bad-regex"), found.len()), (4, 7, 11), "{found:?}");
}

#[test]
fn fields_are_declared_or_given_a_meaning_when_missing() {
    let text = r#"
fields:
  author.verified_dealer: {type: bool, missing: false}
  author.level: {type: number, missing: -1.5}
  shop.opened: {type: time, missing: 2026-01-01}
  shop.tags: {type: text_list}
  shop.id: {type: id, missing: none}
  subtitle: {type: text, missing: unknown}
  caption: {missing: unknown}
  author.age: {missing: 0}
  region: {missing: US}
rules:
  - {id: r, when: 'any text has "x" and author.verified_dealer'}
"#;
    let loaded = policy(single(text));
    let field = |name: &str| &loaded.fields[loaded.field(name).unwrap().index()];
    assert_eq!(field("author.verified_dealer").missing, Missing::Value(Literal::Bool(false)));
    assert_eq!(field("shop.opened").missing, Missing::Value(Literal::Time(1_767_225_600)));
    assert_eq!(field("shop.tags").missing, Missing::Empty);
    assert_eq!(field("shop.id").missing, Missing::Value(Literal::Text("none".to_owned())));
    assert_eq!(field("subtitle").missing, Missing::Unknown);
    assert_eq!(field("market").missing, Missing::Value(Literal::Text("US".to_owned())));
    assert_eq!((field("author.age").ty, &field("author.verified").missing), (FieldType::Number, &Missing::Unknown));
    // Declared texts are content, so `any text` reads them; ids and numbers are not.
    assert!(field("subtitle").content && field("shop.tags").content && !field("shop.id").content);
    assert_eq!(loaded.print(&loaded.rules[0].when), "any text has \"x\" and author.verified_dealer");
    let mut read = Vec::new();
    loaded.rules[0].when.fields(&mut |field| read.push(loaded.field_name(field).to_owned()));
    assert_eq!(read, ["caption", "transcript", "ocr", "sound.title", "hashtags", "shop.tags", "subtitle", "author.verified_dealer"]);
}

#[test]
fn fields_that_cannot_be_declared() {
    let text = "fields:\n  label: {type: text}\n  weight: {type: number}\n  Shop: {type: text}\n  any: {type: text}\n  caption: {type: id}\n  a.b: {}\n  c: {type: float}\n  d: {type: number, missing: many}\n  e: {type: bool, missing: empty}\n";
    assert_eq!(
        findings(&single(text)),
        [
            "p.yaml:3:3 bad-name",
            "p.yaml:4:3 bad-name",
            "p.yaml:5:3 bad-name",
            "p.yaml:6:3 bad-name",
            "p.yaml:7:13 wrong-type",
            "p.yaml:8:3 missing-key",
            "p.yaml:9:13 wrong-value",
            "p.yaml:10:30 wrong-value",
            "p.yaml:11:28 wrong-value",
        ]
    );
}

#[test]
fn stages_are_said_in_a_folder_and_live_in_a_single_file() {
    let loaded =
        policy(single("rules:\n  - {id: a, when: caption has \"x\", effect: {routing: review}}\n  - {id: b, stage: draft, when: caption has \"x\"}\n"));
    assert_eq!((loaded.rules[0].stage, loaded.rules[1].stage), (Stage::Live, Stage::Draft));
    let files = [
        ("policy.yaml", HEAD),
        ("rules/a.yaml", "rules:\n  - {id: a, when: caption has \"x\"}\n"),
        ("markets/BR.yaml", "market: BR\nrules:\n  - {id: b, when: caption has \"x\"}\n"),
    ];
    assert_eq!(findings(&folder(&files)), ["markets/BR.yaml:3:6 missing-stage", "rules/a.yaml:2:6 missing-stage"]);
}

#[test]
fn shares_have_four_decimals_of_a_percent_and_exact_thresholds() {
    let rollout = |written: &str| {
        let loaded = single(&format!("rules:\n  - id: r\n    rollout: {written}\n    when: caption has \"x\"\n    effect: {{routing: review}}\n"));
        let found = findings(&loaded);
        loaded.policy.map(|policy| (policy.rules[0].rollout.unwrap(), policy.field_name(policy.rules[0].rollout.unwrap().by).to_owned())).ok_or(found)
    };
    let whole = 1u128 << 64;
    for (written, numerator, denominator) in
        [("10%", 1, 10), ("0.0001%", 1, 1_000_000), ("33.3333%", 333_333, 1_000_000), ("99.9999%", 999_999, 1_000_000), ("0%", 0, 1)]
    {
        let (rollout, by) = rollout(written).unwrap();
        assert_eq!(u128::from(rollout.threshold.unwrap()), whole * numerator / denominator, "{written}");
        assert_eq!(by, "id");
    }
    assert_eq!(rollout("100%").unwrap().0.threshold, None, "everybody is in");
    assert_eq!(rollout("{share: 5%, by: author.id}").unwrap().1, "author.id");
    for bad in ["10", "0.1", "101%", "-1%", "0.00001%", "ten%"] {
        assert_eq!(rollout(bad).unwrap_err(), ["p.yaml:4:14 wrong-value"], "{bad}");
    }
    assert_eq!(rollout("{share: 5%, by: author.age}").unwrap_err(), ["p.yaml:4:30 wrong-type"]);
    assert_eq!(rollout("{by: author.id}").unwrap_err(), ["p.yaml:4:15 missing-key"]);
}

#[test]
fn windows_end_with_the_day_they_name() {
    let text = "rules:\n  - {id: r, when: caption has \"x\", effective_from: 2026-11-01, until: 2026-11-01}\n  - {id: s, when: caption has \"x\", effective_from: 2026-11-01T10:00:00Z, effective_until: 2026-11-01T10:00:01Z}\n";
    let loaded = policy(single(text));
    let rule = &loaded.rules[0];
    assert_eq!(rule.effective_until.unwrap().end() - rule.effective_from.unwrap().seconds, 86_400);
    assert_eq!(loaded.rules[1].effective_until.unwrap().end() - loaded.rules[1].effective_from.unwrap().seconds, 1);
    let text = "rules:\n  - {id: r, when: caption has \"x\", effective_from: 2026-11-02, until: 2026-11-01}\n  - {id: s, when: caption has \"x\", effective_from: 2026-11-01T10:00:00Z, until: 2026-11-01T10:00:00Z}\n  - {id: t, when: caption has \"x\", review_by: 2026-02-30}\n";
    assert_eq!(findings(&single(text)), ["p.yaml:3:64 empty-window", "p.yaml:4:74 empty-window", "p.yaml:5:47 wrong-value"]);
}

#[test]
fn own_axes_replace_the_default_ones_as_a_whole() {
    let loaded = policy(single("rules:\n  - {id: r, when: caption has \"x\", effect: {annotation: [ai_generated], account: strike}}\n"));
    let names: Vec<&str> = loaded.axes.iter().map(|axis| axis.name.as_str()).collect();
    assert_eq!(names, ["distribution", "audience", "annotation", "routing", "account"]);
    let text = "axes:\n  action: {kind: ordered, values: [keep, limit, remove]}\n  labels: {kind: set, values: [ad, ai]}\n  notes: {kind: set}\non_incomplete: {action: limit}\nrules:\n  - {id: r, when: caption has \"x\", effect: {action: remove, labels: ai, notes: [anything]}}\n";
    let loaded = policy(single(text));
    assert_eq!(loaded.axes.len(), 3);
    assert_eq!(loaded.axes[2].kind, AxisKind::Set(None));
    let wrong = text.replace("labels: ai,", "labels: [ia], routing: review,");
    assert_eq!(findings(&single(&wrong)), ["p.yaml:8:70 unknown-axis-value", "p.yaml:8:75 unknown-axis"]);
}

#[test]
fn points_have_three_decimals() {
    let points = |written: &str| {
        let loaded = single(&format!("rules:\n  - {{id: r, when: caption has \"x\", points: {{spam: {written}}}}}\n"));
        let found = findings(&loaded);
        loaded.policy.map(|policy| *policy.rules[0].points.values().next().unwrap()).ok_or(found)
    };
    assert_eq!(points("2.5"), Ok(2500));
    assert_eq!(points("-0.001"), Ok(-1));
    assert_eq!(points("7"), Ok(7000));
    for bad in ["0.0001", "many", "1e3", "2,5x"] {
        assert!(points(bad).is_err(), "{bad}");
    }
}

#[test]
fn examples_are_items() {
    let text = r#"
fields: {author.level: {type: number}}
rules:
  - id: r
    when: caption has "x"
    examples:
      violates: ["one text", {caption: two, market: US, author: {age: 17, verified: true}, author.level: 2.5, hashtags: [a, b], id: 007}]
      allowed: [{caption: "", transcript: three, pending: [ocr], hashtags: solo, label: bad}]
"#;
    let loaded = policy(single(text));
    let items: Vec<serde_json::Value> =
        loaded.rules[0].examples.violates.iter().chain(&loaded.rules[0].examples.allowed).map(|example| serde_json::from_str(&example.item).unwrap()).collect();
    assert_eq!(
        items,
        [
            serde_json::json!({"caption": "one text"}),
            serde_json::json!({"caption": "two", "market": "US", "author": {"age": 17, "verified": true, "level": 2.5}, "hashtags": ["a", "b"], "id": "007"}),
            serde_json::json!({"caption": "", "transcript": "three", "pending": ["ocr"], "hashtags": ["solo"], "label": "bad"}),
        ]
    );
}

#[test]
fn labelled_items_are_kept_line_by_line() {
    let tests = "{\"item\": {}, \"expect\": {}}\r\n\n  \n{\"item\": {\"id\": \"2\"}, \"expect\": {}}\n";
    let loaded = policy(folder(&[("policy.yaml", HEAD), ("tests/a.jsonl", tests)]));
    let lines: Vec<(u32, &str)> = loaded.tests.iter().map(|line| (line.line, loaded.sources.slice(line.span))).collect();
    assert_eq!(lines, [(1, "{\"item\": {}, \"expect\": {}}"), (4, "{\"item\": {\"id\": \"2\"}, \"expect\": {}}")]);
}

#[test]
fn the_language_has_a_version() {
    assert_eq!(policy(load_str("p.yaml", "policy: {id: a, version: 1.10, language: 1}\n")).version, "1.10");
    assert_eq!(findings(&load_str("p.yaml", "policy: {id: a, version: x, language: 2}\n")), ["p.yaml:1:39 wrong-value"]);
    assert_eq!(findings(&load_str("p.yaml", "policy: {id: a}\n")), ["p.yaml:1:10 missing-key"]);
    assert_eq!(findings(&load_str("p.yaml", "")), ["p.yaml:1:1 wrong-shape"]);
}

#[test]
fn names_of_lists_in_conditions_and_elsewhere() {
    let loaded = single("ordinary_words: wordz\nterms:\n  words: [ordinary]\n");
    assert_eq!(findings(&loaded), ["p.yaml:2:17 unknown-list", "p.yaml:4:3 bad-name"]);
    // A rule or a score may be named as a keyword: it always stands between parentheses.
    let loaded = policy(single(
        "rules:\n  - {id: text, when: caption has \"x\", points: {count: 1}}\n  - {id: r, when: rule(text) and score(count) > 0.5, effect: {routing: review}}\n",
    ));
    assert_eq!(loaded.print(&loaded.rules[0].when), "rule(text) and score(count) > 0.5");
}

/// Nothing that can be written in a file makes the loader panic or run away.
#[test]
fn hostile_files() {
    let started = std::time::Instant::now();
    let deep = "(".repeat(100_000);
    let nots = "not ".repeat(100_000);
    let wide = "caption has \"x\" or ".repeat(20_000) + "caption has \"x\"";
    for condition in [deep.as_str(), nots.as_str(), wide.as_str(), "\"", "/", "((", "))", "a.", "15..", "\u{0}", "any", "has has has"] {
        let quoted = serde_json::to_string(condition).unwrap();
        let loaded = load_str("p.yaml", &format!("{HEAD}rules:\n  - id: r\n    when: {quoted}\n"));
        assert_eq!(loaded.policy.is_some(), condition == wide, "{:?}", findings(&loaded).first());
    }
    for text in [
        "[",
        "{",
        "- ",
        "\u{feff}",
        "%",
        "&a *a",
        "? ",
        ": ",
        "|",
        ">",
        "\"\\ud800\"",
        "rules: {}",
        "terms: []",
        "markets: {BR: {}}",
        "policy: []",
        "rules: [[]]",
        "terms: {a: {terms: {x: y}}}",
    ] {
        let loaded = load_str("p.yaml", text);
        assert!(loaded.policy.is_none() && !loaded.diagnostics.is_empty(), "{text:?}");
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn files_from_memory_have_the_same_limits() {
    let long = format!("{HEAD}# {}\n", "x".repeat(tribunal_policy::MAX_YAML_BYTES));
    let loaded = load_files(BTreeMap::from([("policy.yaml".to_owned(), long.into_bytes())]));
    assert!(loaded.policy.is_none());
    assert!(loaded.diagnostics.iter().any(|found| found.code.id == "file-too-large"), "{:?}", findings(&loaded));
}
