//! Every diagnostic as people see it: `tests/diagnostics/<code>.yaml`, or a folder of that name, and the rendered text
//! beside it in `<code>.txt`. A further case of a code is named `<code>--<what>`.
//!
//! `UPDATE_GOLDENS=1 cargo test -p tribunal-policy --test goldens` writes the texts anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use tribunal_policy::diagnostic::Severity;
use tribunal_policy::{Loaded, codes, load, load_again, load_str, render};

type Make = fn() -> Loaded;

/// Cases whose input is too large, or too odd, to keep as a file.
const MADE: &[(&str, Make)] = &[
    ("compiled-policy", compiled),
    ("file-too-large", five_megabytes),
    ("file-unreadable", no_such_path),
    ("yaml-too-deep--hundred-thousand", deep),
    ("yaml-alias--bomb", alias_bomb),
    ("yaml-too-many-nodes", many_values),
];

/// Codes that no policy can bring about, and why.
const UNREACHABLE: &[(&str, &str)] = &[("file-not-formattable", "stands for a mistake of the formatter; its own tests look for one")];

fn folder() -> PathBuf {
    PathBuf::from("../../tests/diagnostics")
}

fn five_megabytes() -> Loaded {
    let mut text = String::from("policy: {id: demo, version: \"1\"}\nterms:\n  long:\n");
    while text.len() < 5_000_000 {
        text.push_str("    - badword\n");
    }
    load_str("file-too-large.yaml", &text)
}

fn compiled() -> Loaded {
    let bytes = [&tribunal_policy::COMPILED[..], &[1, 0, 0, 0]].concat();
    load_again(BTreeMap::from([("community-guidelines.tribunal".to_owned(), bytes)]))
}

fn no_such_path() -> Loaded {
    load(&folder().join("there-is-no-such-file.yaml"))
}

fn deep() -> Loaded {
    load_str("deep.yaml", &"[".repeat(100_000))
}

fn alias_bomb() -> Loaded {
    let mut text = String::from("policy: {id: demo, version: \"1\"}\nterms:\n  a0: &a0 [x, x]\n");
    for n in 1..40 {
        let _ = writeln!(text, "  a{n}: &a{n} [*a{}, *a{}]", n - 1, n - 1);
    }
    load_str("bomb.yaml", &text)
}

fn many_values() -> Loaded {
    let mut text = String::from("policy: {id: demo, version: \"1\"}\nterms:\n  long:\n");
    for _ in 0..500_001 {
        text.push_str("  - a\n");
    }
    load_str("yaml-too-many-nodes.yaml", &text)
}

/// Every case by name: what loading it gave.
fn cases() -> BTreeMap<String, Loaded> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let case = match name.strip_suffix(".yaml") {
            Some(stem) => stem.to_owned(),
            None if path.is_dir() => name,
            None => {
                assert!(name.ends_with(".txt"), "{name} is neither a case nor a text");
                continue;
            }
        };
        assert!(found.insert(case.clone(), load(&path)).is_none(), "{case} is both a file and a folder");
    }
    found.extend(MADE.iter().map(|(name, make)| ((*name).to_owned(), make())));
    found
}

/// The code that a case shows; `None` for those that show several.
fn code_of(case: &str) -> Option<&'static codes::Code> {
    codes::find(case.split_once("--").map_or(case, |(code, _)| code))
}

/// The lines that differ, with a little of what stands around them.
fn difference(expected: &str, found: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), found.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail = old[same..].iter().rev().zip(new[same..].iter().rev()).take_while(|(a, b)| a == b).count();
    let mut out = String::new();
    let from = same.saturating_sub(2);
    for line in &old[from..same] {
        let _ = writeln!(out, "   {line}");
    }
    for line in &old[same..old.len() - tail] {
        let _ = writeln!(out, " - {line}");
    }
    for line in &new[same..new.len() - tail] {
        let _ = writeln!(out, " + {line}");
    }
    out
}

#[test]
fn rendered_texts_are_as_kept() {
    let update = std::env::var_os("UPDATE_GOLDENS").is_some_and(|value| value == "1");
    let mut wrong = String::new();
    let cases = cases();
    for (case, loaded) in &cases {
        let text = render::human(&loaded.diagnostics, &loaded.sources, false);
        let path = folder().join(format!("{case}.txt"));
        if update {
            std::fs::write(&path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        if kept != text {
            let _ = writeln!(wrong, "{case}:\n{}", difference(&kept, &text));
        }
    }
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(case) = name.strip_suffix(".txt") {
            assert!(cases.contains_key(case), "{name} has no case");
        }
    }
    assert!(wrong.is_empty(), "run with UPDATE_GOLDENS=1 if this is meant:\n{wrong}");
}

#[test]
fn every_code_has_a_case_and_every_case_shows_its_code() {
    let mut shown = BTreeSet::new();
    for (case, loaded) in cases() {
        let Some(code) = code_of(&case) else {
            assert!(["ten-mistakes", "hostile-text"].contains(&case.as_str()), "{case} is not named after a code");
            continue;
        };
        assert!(loaded.diagnostics.iter().any(|found| found.code == code), "{case} does not show its code");
        shown.insert(code.id);
    }
    for (id, why) in UNREACHABLE {
        assert!(!shown.contains(id), "{id} is shown after all ({why})");
    }
    let missing: Vec<&str> =
        codes::ALL.iter().map(|code| code.id).filter(|id| !shown.contains(id) && !UNREACHABLE.iter().any(|(known, _)| known == id)).collect();
    assert!(missing.is_empty(), "these codes have no case: {missing:?}");
}

/// A small policy with one mistake has one finding, and says what to do about it.
#[test]
fn one_mistake_is_told_once_with_help() {
    for (case, loaded) in cases() {
        let Some(code) = code_of(&case) else { continue };
        for found in &loaded.diagnostics {
            let bomb = case == "yaml-alias--bomb" && found.code.id == "yaml-anchor";
            assert!(found.code == code || bomb, "{case} shows {} too: {}", found.code.id, found.message);
            assert!(!found.help.is_empty(), "{case}: no help: {}", found.message);
            assert!(found.place.is_some() || !found.labels.is_empty(), "{case}: no place: {}", found.message);
            let first = found.message.chars().next().unwrap();
            assert!(!first.is_uppercase() && !found.message.ends_with('.'), "{case}: {}", found.message);
        }
        let errors = loaded.diagnostics.iter().any(|found| found.severity == Severity::Error);
        assert_eq!(loaded.policy.is_none(), errors, "{case}: a policy comes exactly where there is no error");
    }
}

#[test]
fn ten_mistakes_are_ten_findings_each_at_its_place() {
    let loaded = load(&folder().join("ten-mistakes.yaml"));
    let found: Vec<String> = loaded
        .diagnostics
        .iter()
        .map(|found| {
            let (line, column) = loaded.sources.line_col(found.span().unwrap());
            format!("{line}:{column} {}", found.code.id)
        })
        .collect();
    assert_eq!(
        found,
        [
            "5:17 wrong-value",
            "6:1 unknown-key",
            "9:24 unknown-list",
            "13:11 unknown-field",
            "14:28 unknown-axis-value",
            "16:58 condition-syntax",
            "17:14 unknown-axis",
            "19:16 unknown-rule",
            "19:44 condition-comment",
            "21:9 duplicate-name",
        ]
    );
    let kinds: BTreeSet<&str> = loaded.diagnostics.iter().map(|found| found.code.id).collect();
    assert_eq!(kinds.len(), 10, "ten kinds");
}

/// Nothing of a policy can move the cursor, reorder a line or hide text on a terminal.
#[test]
fn hostile_text_is_shown_harmlessly() {
    let loaded = load(&folder().join("hostile-text.yaml"));
    assert!(!loaded.diagnostics.is_empty());
    let text = render::human(&loaded.diagnostics, &loaded.sources, false);
    for c in text.chars() {
        let bidi = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}');
        assert!(c == '\n' || !(c.is_control() || bidi || c == '\u{200B}' || c == '\u{FEFF}'), "U+{:04X}", u32::from(c));
    }
}
