//! Regular expressions match the same wherever they are woken, and wherever their matches are sought.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, dead_code, missing_docs, unreachable_pub, reason = "tests")]

mod common;

use tribunal::Scratch;
use tribunal_core::Options;

/// Parts of families of letters, and of what is written.
const LETTERS: [&str; 24] = [
    r"\b",
    r"\b",
    r"\b",
    "g+",
    "g",
    "u+",
    "uu?",
    "n+",
    "nn*",
    "n",
    "[s5$]",
    "[ .-]",
    r"\s*",
    "(?: g|g)",
    "(?:gu)+",
    "(?:n )*",
    "s?",
    "[b8]",
    ".",
    "(?:u|U )",
    "(?:g+u+n+|n+u+g+)",
    "n*",
    "_",
    "_",
];
const WRITTEN: [&str; 13] = [r"\b", r"\b", "gun", "word", "(?:word)+", "(word|gun)", "é", "_", " ?", "^", "(?-i:G)", r"\w*", "(?:gun|wordgun)"];
const TEXT: [&str; 18] = ["g", "G", "u", "n", "g", "u", "n", " ", "s", "$", " ", ".", "gun", "word", "é", "_", "8", "\u{17f}"];

fn policy(expressions: &[String]) -> String {
    let rules = expressions.iter().enumerate();
    let lists: String = rules.clone().map(|(at, text)| format!("  e{at}: {{match: regex, terms: ['{text}']}}\n")).collect();
    let rules: String = rules.map(|(at, _)| format!("  - {{id: r{at}, when: caption has e{at}, effect: {{routing: review}}}}\n")).collect();
    format!("policy: {{id: expressions, version: '1'}}\nterms:\n{lists}rules:\n{rules}")
}

#[test]
fn literals_change_no_match() {
    let mut state = 5u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        (state >> 33) as usize % below
    };
    let (mut hits, mut saved) = (0, 0);
    for _ in 0..80 {
        let mut expressions: Vec<String> = Vec::new();
        while expressions.len() < 12 {
            let parts: &[&str] = if next(3) == 0 { &WRITTEN } else { &LETTERS };
            let expression: String = (0..3 + next(5)).map(|_| parts[next(parts.len())]).collect();
            // One that matches nothing at all is refused with its policy.
            let alone = policy(std::slice::from_ref(&expression));
            if tribunal::Moderator::from_text(&alone).is_ok() && !expressions.contains(&expression) {
                expressions.push(expression);
            }
        }
        let policy = policy(&expressions);
        let moderator = |regex_literals| {
            let options = Options { regex_literals, ..Options::default() };
            common::moderator(tribunal::policy::load_str("expressions.yaml", &policy), options, None)
        };
        let (woken, always) = (moderator(true), moderator(false));
        let (mut mine, mut theirs) = (Scratch::new(), Scratch::new());
        for _ in 0..100 {
            let caption: String = (0..next(16)).map(|_| TEXT[next(TEXT.len())]).collect();
            let item = serde_json::json!({"id": "1", "caption": caption}).to_string();
            let (found, wanted) = (common::outcome(&woken, &item, &mut mine).unwrap(), common::outcome(&always, &item, &mut theirs).unwrap());
            assert_eq!(found, wanted, "{caption:?}\n{policy}");
            hits += found.evidence.len();
        }
        saved += theirs.take_work().regexes_woken - mine.take_work().regexes_woken;
    }
    assert!(hits > 4_000 && saved > 20_000, "{hits} {saved}");
}
