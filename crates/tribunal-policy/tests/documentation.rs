//! Every example of the language reference is read: ` ```yaml policy ` blocks are policies, ` ```condition ` blocks hold
//! a condition a line, ` ```yaml ` blocks with a path hold a file of one folder.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;

use tribunal_policy::{Loaded, load, load_files, load_str, render};

fn root() -> std::path::PathBuf {
    std::path::PathBuf::from("../..")
}

struct Block {
    line: usize,
    info: String,
    text: String,
}

fn blocks() -> Vec<Block> {
    let page = std::fs::read_to_string(root().join("docs/language.md")).unwrap();
    let mut found: Vec<Block> = Vec::new();
    let mut open = false;
    for (at, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some("") if open => open = false,
            Some(info) => {
                assert!(!open, "line {}: a block in a block", at + 1);
                open = true;
                found.push(Block { line: at + 1, info: info.to_owned(), text: String::new() });
            }
            None if open => {
                let block = found.last_mut().unwrap();
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => {}
        }
    }
    assert!(!open, "the last block is not closed");
    found
}

fn clean(what: &str, loaded: &Loaded) {
    let text = render::human(&loaded.diagnostics, &loaded.sources, false);
    assert!(text.is_empty() && loaded.policy.is_some(), "{what}:\n{text}");
}

#[test]
fn examples_of_the_language_reference() {
    let (mut policies, mut conditions) = (0, 0);
    let mut files = BTreeMap::new();
    for Block { line, info, text } in blocks() {
        let what = format!("docs/language.md:{line}");
        match info.as_str() {
            "yaml policy" => {
                clean(&what, &load_str("example.yaml", &text));
                policies += 1;
            }
            "condition" => {
                for condition in text.lines().filter(|line| !line.trim().is_empty()) {
                    clean(&format!("{what}: {condition}"), &load_str("example.yaml", &around(condition)));
                    conditions += 1;
                }
            }
            "text" | "json" => {}
            _ => {
                let path = info.strip_prefix("yaml ").or_else(|| info.strip_prefix("csv ")).or_else(|| info.strip_prefix("jsonl "));
                let path = path.unwrap_or_else(|| panic!("{what}: `{info}` is no kind of block"));
                assert!(files.insert(path.to_owned(), text.into_bytes()).is_none(), "{what}: {path} stands twice");
            }
        }
    }
    clean("the folder of docs/language.md", &load_files(files));
    assert!(policies >= 12 && conditions >= 38, "{policies} policies, {conditions} conditions");
}

/// A policy that knows the names which the conditions of the page use.
fn around(condition: &str) -> String {
    let condition = serde_json::to_string(condition).unwrap();
    format!(
        r#"
policy: {{id: demo, version: "1"}}
fields:
  author.verified_dealer: {{type: bool, missing: false}}
  parent.author.id: {{type: id}}
terms:
  firearms: [glock]
  sale_words: [selling]
  slurs: [slurone]
  hosts: {{match: whole, terms: [bad.example]}}
  blocked_sounds: [x1]
  all-lists-are-read: [x]
rules:
  - id: firearm-mention
    when: any text has any of (firearms, sale_words, slurs, hosts, blocked_sounds, all-lists-are-read)
    points: {{spam: 1}}
  - id: example
    when: {condition}
"#
    )
}

#[test]
fn the_example_policy_is_sound() {
    let loaded = load(&root().join("examples/community-guidelines"));
    clean("examples/community-guidelines", &loaded);
}
