//! The three forms of a diagnostic, and that hostile text stays harmless in the one for people.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use tribunal_policy::codes;
use tribunal_policy::diagnostic::{Diagnostic, Diagnostics};
use tribunal_policy::render::{human, json, sarif, to_text};
use tribunal_policy::source::{FileId, Sources, Span};
use tribunal_policy::yaml::{YamlLimits, parse};

fn one(path: &str, text: &str) -> (Sources, FileId) {
    let mut sources = Sources::new();
    let file = sources.add(path, text);
    (sources, file)
}

fn check(text: &str) -> (Sources, Vec<Diagnostic>) {
    let (sources, file) = one("rules/a.yaml", text);
    let mut out = Diagnostics::new();
    parse(file, &sources, &YamlLimits::default(), &mut out);
    let list = out.into_sorted(&sources);
    (sources, list)
}

#[test]
fn the_human_form() {
    let (sources, list) = check("rules:\n  - id: a\n    id: b\n");
    let expected = "\
error: the key `id` stands twice in this map [yaml-duplicate-key]
 --> rules/a.yaml:3:5
  |
2 |   - id: a
  |     -- first here
3 |     id: b
  |     ^^ again here
  |
  = help: remove or rename one of them
";
    assert_eq!(human(&list, &sources, false), expected);
}

#[test]
fn color_is_only_in_the_colored_form() {
    let (sources, list) = check("a: *b\n");
    assert!(human(&list, &sources, true).contains('\x1b'));
    assert!(!human(&list, &sources, false).contains('\x1b'));
}

#[test]
fn places_without_text() {
    let mut sources = Sources::new();
    let file = sources.add("a.yaml", &b"ok\n\xff"[..]);
    let cell = Diagnostic::at_place(&codes::YAML_TAG, "terms/x.xlsx!Sheet!B17", "a cell").help("do it");
    let bytes = Diagnostic::new(&codes::FILE_ENCODING, Span::new(file, 3, 4), "bytes");
    let text = human(&[cell, bytes], &sources, false);
    assert!(text.contains("--> terms/x.xlsx!Sheet!B17\n"), "{text}");
    assert!(text.contains("= help: do it"), "{text}");
    assert!(text.contains("--> a.yaml:1:4"), "{text}");
}

#[test]
fn labels_in_two_files() {
    let mut sources = Sources::new();
    let a = sources.add("a.yaml", "x: 1\n");
    let b = sources.add("b.yaml", "y: 2\nx: 3\n");
    let found = Diagnostic::new(&codes::YAML_TAG, Span::new(b, 5, 6), "twice").secondary(Span::new(a, 0, 1), "first");
    let text = human(&[found], &sources, false);
    assert!(text.contains("b.yaml:2:1") && text.contains("a.yaml:1:1"), "{text}");
}

#[test]
fn hostile_text_is_made_visible() {
    let hostile = "\u{1b}[2J\u{9b}31m\u{202e}abc\u{2066}\u{200b}\u{7}\u{feff}\r";
    let (sources, file) = one(&format!("rules/{hostile}.yaml"), &format!("key: '{hostile}' # {hostile}\n"));
    let found =
        Diagnostic::new(&codes::YAML_TAG, Span::new(file, 5, 9), format!("message {hostile}\nerror: forged")).label(hostile).note(hostile).help(hostile);
    let text = human(std::slice::from_ref(&found), &sources, false);
    for c in text.chars() {
        assert!(c == '\n' || !c.is_control(), "{c:?} in {text:?}");
        assert!(!matches!(c, '\u{202e}' | '\u{2066}' | '\u{200b}' | '\u{feff}'), "{c:?} in {text:?}");
    }
    assert!(text.contains("<U+202E>") && text.contains("␛"), "{text}");
    assert!(!text.contains("\nerror: forged"), "{text}");
    let machine = json(std::slice::from_ref(&found), &sources);
    assert_eq!(machine["diagnostics"][0]["notes"][0], hostile, "data is exact");
    let printed = to_text(&machine);
    assert!(printed.contains("\\u202e") && !printed.contains('\u{202e}') && !printed.contains('\u{9b}'));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&printed).unwrap(), machine);
}

#[test]
fn a_very_long_line_is_cut() {
    let text = format!("a: {}*b {}\n", "x".repeat(100_000), "ü".repeat(100_000));
    let (sources, file) = one("a.yaml", &text);
    let at = text.find("*b").unwrap();
    let found = Diagnostic::new(&codes::YAML_ALIAS, Span::new(file, at, at + 2), "here").label("this");
    let text = human(&[found], &sources, false);
    assert!(text.len() < 1_000, "{}", text.len());
    assert!(text.contains("a.yaml:1:100004") && text.contains("^^ this"), "{text}");
}

#[test]
fn the_json_form() {
    let (sources, list) = check("ä: 1\nb: *ü\n");
    let expected = serde_json::json!({
        "version": 1,
        "errors": 1,
        "warnings": 0,
        "diagnostics": [{
            "code": "yaml-alias",
            "severity": "error",
            "message": "aliases are not part of the policy language",
            "labels": [{
                "path": "rules/a.yaml", "start": 9, "end": 12, "line": 2, "column": 4,
                "end_line": 2, "end_column": 6, "message": "",
            }],
            "notes": [],
            "help": ["write the text out, or put a value that begins with `*` in quotes"],
        }],
    });
    assert_eq!(json(&list, &sources), expected);
}

#[test]
fn the_sarif_form() {
    let mut sources = Sources::new();
    let file = sources.add("rules/a b%.yaml", "x: 1\nx: 2\n");
    let mut out = Diagnostics::new();
    parse(file, &sources, &YamlLimits::default(), &mut out);
    out.push(Diagnostic::at_place(&codes::YAML_TAG, "t.xlsx!S!A1", "cell"));
    let value = sarif(&out.into_sorted(&sources), &sources);
    assert_eq!(value["version"], "2.1.0");
    let run = &value["runs"][0];
    assert_eq!(run["tool"]["driver"]["rules"].as_array().unwrap().len(), 2);
    let first = &run["results"][0];
    assert_eq!(first["ruleId"], "yaml-duplicate-key");
    assert_eq!(run["tool"]["driver"]["rules"][first["ruleIndex"].as_u64().unwrap() as usize]["id"], "yaml-duplicate-key");
    let place = &first["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "rules/a%20b%25.yaml");
    assert_eq!(place["region"]["startLine"], 2);
    assert_eq!(first["relatedLocations"][0]["message"]["text"], "first here");
    let second = &run["results"][1];
    assert_eq!(second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "t.xlsx");
    assert_eq!(second["locations"][0]["logicalLocations"][0]["fullyQualifiedName"], "t.xlsx!S!A1");
}

proptest! {
    /// Any text with any labels is rendered, without a character that acts.
    #[test]
    fn rendering_is_total_and_harmless(
        text in "(?s).{0,80}",
        message in "(?s).{0,20}",
        spans in prop::collection::vec((0_u32..200, 0_u32..200), 1..4),
    ) {
        let (sources, file) = one("a.yaml", &text);
        let mut found = Diagnostic::new(&codes::YAML_TAG, Span { file, start: spans[0].0, end: spans[0].1 }, message.clone());
        for &(start, end) in &spans[1..] {
            found = found.secondary(Span { file, start, end }, message.clone());
        }
        let rendered = human(std::slice::from_ref(&found), &sources, false);
        prop_assert!(rendered.chars().all(|c| c == '\n' || !c.is_control()));
        let reorders = rendered.chars().any(|c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
        prop_assert_eq!(reorders, false);
        json(std::slice::from_ref(&found), &sources);
        sarif(&[found], &sources);
    }
}
