//! What is wrong with a file is said at its place, with a code of its own, all at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use tribunal_policy::diagnostic::{Diagnostic, Diagnostics};
use tribunal_policy::source::Sources;
use tribunal_policy::yaml::{Node, Value, YamlLimits, parse};

fn read_bytes(bytes: &[u8], limits: &YamlLimits) -> (Option<Node>, Sources, Vec<Diagnostic>) {
    let mut sources = Sources::new();
    let file = sources.add("policy.yaml", bytes);
    let mut out = Diagnostics::new();
    let node = parse(file, &sources, limits, &mut out);
    let list = out.into_sorted(&sources);
    for found in &list {
        assert!(!found.message.is_empty() && !found.help.is_empty(), "{found:?} has no help");
        assert!(found.span().is_some(), "{found:?} has no place");
    }
    (node, sources, list)
}

/// `line:column code` of everything that is found.
fn found(text: &str) -> Vec<String> {
    let (_, sources, list) = read_bytes(text.as_bytes(), &YamlLimits::default());
    let place = |d: &Diagnostic| sources.line_col(d.span().unwrap());
    list.iter().map(|d| format!("{}:{} {}", place(d).0, place(d).1, d.code.id)).collect()
}

/// The message of the only finding.
fn message(text: &str) -> String {
    let (_, _, list) = read_bytes(text.as_bytes(), &YamlLimits::default());
    assert_eq!(list.len(), 1, "{text:?}: {list:?}");
    list[0].message.clone()
}

#[test]
fn anchors_aliases_tags_and_merge_keys() {
    let text = "a: &x 1\nb: *x\nc: *nowhere\n<<: *x\nt: !foo bar\nu: !!str\nv: ! w\nl: &y [1]\n";
    let expected = [
        "1:4 yaml-anchor",
        "2:4 yaml-alias",
        "3:4 yaml-alias",
        "4:1 yaml-merge-key",
        "4:5 yaml-alias",
        "5:4 yaml-tag",
        "6:4 yaml-tag",
        "7:4 yaml-tag",
        "8:4 yaml-anchor",
    ];
    assert_eq!(found(text), expected);
    let (node, ..) = read_bytes(text.as_bytes(), &YamlLimits::default());
    let node = node.unwrap();
    assert_eq!(node.get("b").unwrap().value, Value::Invalid);
    assert_eq!(node.get("t").unwrap().as_text(), Some("bar"));
    assert!(node.get("<<").is_none());
}

#[test]
fn an_alias_bomb_is_linear() {
    let mut text = String::from("a0: &a0 [x, x]\n");
    for n in 1..200 {
        text.push_str(&format!("a{n}: &a{n} [*a{}, *a{}]\n", n - 1, n - 1));
    }
    let list = found(&text);
    assert_eq!(list.iter().filter(|f| f.ends_with("yaml-alias")).count(), 20);
    assert_eq!(list.iter().filter(|f| f.ends_with("yaml-anchor")).count(), 20);
    let (_, _, all) = read_bytes(text.as_bytes(), &YamlLimits::default());
    assert_eq!(all.iter().filter(|d| !d.notes.is_empty()).count(), 2, "the last of each says that there are more");
}

#[test]
fn several_documents() {
    assert_eq!(found("a: b\n---\nc: d\n"), ["2:1 yaml-several-documents"]);
    assert_eq!(found("--- # one\na: b\n...\n---\nc: d\n"), ["4:1 yaml-several-documents"]);
    assert_eq!(found("---\na: b\n...\n"), [""; 0]);
}

#[test]
fn directives() {
    assert_eq!(found("%YAML 1.2\n---\na: b\n"), ["1:1 yaml-directive"]);
}

#[test]
fn duplicate_keys_name_both_places() {
    let text = "a: 1\nb: 2\n'a': 3\nm: {k: 1, k: 2, k: 3}\n";
    assert_eq!(found(text), ["3:1 yaml-duplicate-key", "4:11 yaml-duplicate-key", "4:17 yaml-duplicate-key"]);
    let (node, sources, list) = read_bytes(text.as_bytes(), &YamlLimits::default());
    assert_eq!(list[0].labels.len(), 2);
    assert_eq!(sources.line_col(list[0].labels[1].span), (1, 1));
    assert_eq!(node.unwrap().get("a").unwrap().as_text(), Some("1"));
}

#[test]
fn complex_keys() {
    assert_eq!(found("? a\n: b\n"), ["1:1 yaml-complex-key"]);
    assert_eq!(found("? [x]\n: y\n"), ["1:3 yaml-complex-key"]);
    assert_eq!(found("[x]: y\n"), ["1:1 yaml-complex-key"]);
    assert_eq!(found("{a: b}: y\nz: w\n"), ["1:1 yaml-complex-key"]);
    assert_eq!(found(": y\n"), ["1:1 yaml-complex-key"]);
    assert_eq!(found("a: really?\nb: {c?: d}\n"), [""; 0]);
}

#[test]
fn tabs() {
    assert_eq!(found("a:\n\tb: c\n"), ["2:1 yaml-tab"]);
    assert_eq!(found("a: b\n\tc: d\n"), ["2:1 yaml-tab"]);
    assert_eq!(found("a:\n  b: c\n\td: e\n"), ["3:1 yaml-tab"]);
    assert_eq!(found("a:\n  - b\n\t- c\n"), ["3:1 yaml-tab"]);
    assert_eq!(found("a:\n\t- b\n"), ["2:1 yaml-tab"]);
    assert_eq!(found("\ta: b\n"), ["1:1 yaml-tab"]);
    assert_eq!(found("-\ta: b\n"), ["1:2 yaml-tab"]);
    assert_eq!(found("a: b\t# fine\nc: |\n  x\ty\n  \tz\n"), [""; 0]);
}

#[test]
fn a_byte_order_mark() {
    assert_eq!(found("\u{feff}a: b\n"), ["1:1 yaml-bom"]);
    assert_eq!(found("a: b\n\u{feff}c: d\n"), ["2:1 yaml-bom"]);
    let (node, sources, _) = read_bytes("\u{feff}a: b\n".as_bytes(), &YamlLimits::default());
    let node = node.unwrap();
    assert_eq!(sources.slice(node.get("a").unwrap().span), "b");
}

#[test]
fn bytes_that_are_not_utf8() {
    for (bytes, offset, help) in [(&b"a: caf\xe9\n"[..], 6, "Windows"), (&b"\xff\xfea\0:\0"[..], 0, "UTF-16"), (&b"ok: 1\nx: \xc3"[..], 9, "UTF-8")] {
        let (node, _, list) = read_bytes(bytes, &YamlLimits::default());
        assert!(node.is_none());
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].code.id, "file-encoding");
        assert_eq!(list[0].span().unwrap().start, offset);
        assert!(list[0].message.contains(&format!("offset {offset}")), "{}", list[0].message);
        assert!(list[0].help[0].contains(help), "{:?}", list[0].help);
    }
}

#[test]
fn control_characters_and_bidi_controls() {
    assert_eq!(found("a: b\u{7}c\n"), ["1:5 yaml-control-character"]);
    assert_eq!(found("a: 'b\u{1b}[2J'\nc: \u{0}\n"), ["1:6 yaml-control-character", "2:4 yaml-control-character"]);
    assert_eq!(found("a: b\rc: d\n"), ["1:5 yaml-control-character"]);
    assert_eq!(found("a: \u{85}\u{200d}\u{200f}x\n"), [""; 0]);
    assert_eq!(found("a: x \u{202e}evil\u{2066}\n"), ["1:6 bidi-control", "1:11 bidi-control"]);
}

#[test]
fn nesting_has_a_limit_and_needs_no_stack() {
    for (open, n) in [("[", 100_000), ("{a: ", 100_000), ("- ", 100_000), ("[{a: ", 50_000), ("- - - ", 30_000)] {
        assert_eq!(found(&open.repeat(n)).len(), 1, "{open}");
        assert!(found(&open.repeat(n))[0].ends_with("yaml-too-deep"), "{open}: {:?}", found(&open.repeat(n)));
    }
    let block: String = (0..1_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    assert_eq!(found(&block), ["65:65 yaml-too-deep"]);
    let fine = format!("{}x{}", "[".repeat(64), "]".repeat(64));
    assert_eq!(found(&fine), [""; 0]);
    let deep = format!("{}x{}", "[".repeat(65), "]".repeat(65));
    assert_eq!(found(&deep), ["1:65 yaml-too-deep"]);
}

#[test]
fn size_and_number_of_values_have_limits() {
    let limits = YamlLimits { bytes: 10, ..YamlLimits::default() };
    let (node, _, list) = read_bytes(b"a: 12345678\n", &limits);
    assert!(node.is_none());
    assert_eq!(list[0].code.id, "file-too-large");
    let limits = YamlLimits { nodes: 100, ..YamlLimits::default() };
    let (node, _, list) = read_bytes("- x\n".repeat(100).as_bytes(), &limits);
    assert!(node.is_none());
    assert_eq!(list[0].code.id, "yaml-too-many-nodes");
    assert!(read_bytes("- x\n".repeat(99).as_bytes(), &limits).0.is_some());
}

#[test]
fn a_line_that_only_looks_like_a_list_entry() {
    assert_eq!(found("a:\n  - b\n    - c\nd: e\n"), ["3:5 yaml-continued-line"]);
    assert_eq!(found("a: b\n  -c\n"), [""; 0]);
}

#[test]
fn syntax_messages_say_what_to_do() {
    assert_eq!(message("title: Guns: a rule\n"), "`: ` inside a value without quotes");
    assert_eq!(message("a: \"unclosed\nb: c\n"), "the quote that opens here is not closed");
    assert_eq!(message("a: \"x\" has y\n"), "there is more text after the closing quote");
    assert_eq!(message("a: @foo\n"), "a value cannot begin with `@`");
    assert_eq!(message("a: `b`\n"), "a value cannot begin with ```");
    assert_eq!(message("a: %5\n"), "a value cannot begin with `%`");
    assert_eq!(message("a: * b\n"), "a value cannot begin with `*`");
    assert_eq!(message("a: & b\n"), "a value cannot begin with `&`");
    assert_eq!(message("a: - b\n"), "a list entry `- ` cannot begin here");
    assert_eq!(message("a: b\n- c\n"), "a list entry among the entries of a map");
    assert_eq!(message("- a\nb: c\n"), "expected a list entry `- ` here");
    assert_eq!(message("a:\n b: 1\n  c: 2\n"), "this line is indented more deeply than the entry above");
    assert_eq!(message("a:\n  b: 1\n c: 2\n"), "the indentation of this line fits no line above");
    assert_eq!(message("a: |\n  x\n y\nb: c\n"), "the indentation of this line fits no line above");
    assert_eq!(message("a: [b, c\n"), "the `[` that opens here is not closed");
    assert_eq!(message("a: [b, c}\n"), "`[` is closed by `}`");
    assert_eq!(message("a: b]\nc: ]\n"), "this bracket was not opened");
    assert_eq!(message("a: [[b] c]\n"), "expected `,` or `]` here");
    assert_eq!(message("a: {b: [c] d}\n"), "expected `,` or `}` here");
    assert_eq!(message("a: \"\\d+\"\n"), "this escape is not known in double quotes");
    assert_eq!(message("a: \"\\u12\"\n"), "this escape names no character");
    assert_eq!(message("a: | text\n"), "there is text after `|` or `>`");
    assert_eq!(message("a: b\nfoo\nc: d\n"), "expected `key: value` here");
}

#[test]
fn syntax_errors_are_reported_together() {
    let text = "policy: {id: demo, version: \"1\"\nrules:\n  - id: a\n    title: One: two\n  - id: b\n    when: \"x\" y\n  - id: c\n    title: fine\nterms:\n  x: @foo\n  y: [a, b\n  z: fine\n";
    assert_eq!(found(text), ["2:1 yaml-syntax", "4:12 yaml-syntax", "6:15 yaml-syntax", "10:6 yaml-syntax", "12:3 yaml-syntax"]);
}

#[test]
fn one_mistake_is_not_told_twice() {
    for text in ["a: \"x\nb: c\nd: e\n", "a: 'x\n", "a: [x\nb: c\n", "- a: b: c\n- d: e\n", "a: |\n x\n  y\nb: @\nc: d\n"] {
        assert_eq!(found(text).len(), 1, "{text:?}: {:?}", found(text));
    }
}
