//! The tree: text as written, places exact to the byte.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use tribunal_policy::diagnostic::Diagnostics;
use tribunal_policy::source::{FileId, Sources};
use tribunal_policy::yaml::{Node, ScalarStyle, Value, YamlLimits, parse};

fn read(text: &str) -> (Sources, Option<Node>, Diagnostics) {
    let mut sources = Sources::new();
    let file = sources.add("policy.yaml", text);
    let mut out = Diagnostics::new();
    let node = parse(file, &sources, &YamlLimits::default(), &mut out);
    (sources, node, out)
}

fn good(text: &str) -> (Sources, Node) {
    let (sources, node, out) = read(text);
    assert!(out.is_empty(), "{text:?}: {out:?}");
    (sources, node.unwrap())
}

/// The tree without places: scalars by text, a null one as `~`.
fn shape(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) if scalar.is_null() => "~".to_owned(),
        Value::Scalar(scalar) => format!("{:?}", scalar.text),
        Value::Seq(nodes) => format!("[{}]", nodes.iter().map(shape).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let entries = entries.iter().map(|e| format!("{}: {}", e.key.text, shape(&e.value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Invalid => "!".to_owned(),
    }
}

#[test]
fn scalars_are_the_text_as_written() {
    let (_, node) = good("a: NO\nb: 007\nc: 5.10\nd: 1e3\ne: true\nf: 0x1F\ng: 2026-01-01\nh: .inf\ni: 1_000\n");
    assert_eq!(shape(&node), r#"{a: "NO", b: "007", c: "5.10", d: "1e3", e: "true", f: "0x1F", g: "2026-01-01", h: ".inf", i: "1_000"}"#);
}

#[test]
fn null_is_not_the_empty_text() {
    let (_, node) = good("a:\nb: ~\nc: null\nd: \"\"\ne: ''\nf: \"null\"\ng: [~, \"\"]\nh: {x}\ni: |\nj: |-\n\n");
    let null = |key: &str| node.get(key).unwrap().is_null();
    assert!(null("a") && null("b") && null("c"));
    assert!(!null("d") && !null("e") && !null("f") && !null("i") && !null("j"));
    assert_eq!(node.get("a").unwrap().as_text(), None);
    assert_eq!(node.get("d").unwrap().as_text(), Some(""));
    assert!(node.get("g").unwrap().as_seq().unwrap()[0].is_null());
    assert!(node.get("h").unwrap().get("x").unwrap().is_null());
}

#[test]
fn nothing_has_a_place() {
    let (sources, node) = good("a: # x\n\nb:\n-\n- # y\n- z\nc: {d: , e}\n");
    let at = |node: &Node| sources.line_col(node.span);
    assert_eq!(at(node.get("a").unwrap()), (1, 3));
    let places: Vec<_> = node.get("b").unwrap().as_seq().unwrap().iter().map(at).collect();
    assert_eq!(places, [(4, 2), (5, 2), (6, 3)]);
    assert_eq!(at(node.get("c").unwrap().get("d").unwrap()), (7, 7));
}

#[test]
fn empty_files_are_null() {
    for text in ["", "\n\n", "# a comment\n", "---\n", "---\n# x\n...\n"] {
        let (_, node) = good(text);
        assert!(node.is_null(), "{text:?}");
    }
}

#[test]
fn spans_of_scalars_cover_quotes_and_headers() {
    let (sources, node) = good("a: 'x'\nb: \"y\\n\"\nc: |  # note\n  one\n\n  two\n\nd: plain\n  text\ne: >-\n  f\n");
    let slice = |key: &str| sources.slice(node.get(key).unwrap().span);
    assert_eq!(slice("a"), "'x'");
    assert_eq!(slice("b"), "\"y\\n\"");
    assert_eq!(slice("c"), "|  # note\n  one\n\n  two");
    assert_eq!(slice("d"), "plain\n  text");
    assert_eq!(slice("e"), ">-\n  f");
    let keys: Vec<&str> = node.as_map().unwrap().iter().map(|e| sources.slice(e.key.span)).collect();
    assert_eq!(keys, ["a", "b", "c", "d", "e"]);
}

#[test]
fn spans_of_collections() {
    let (sources, node) = good("list:\n- x\n-   y: 1\n    z: 2\n# end\nmap:\n  k: [a, {b: c}]\nnest:\n  - - p\n    - q\n");
    let slice = |node: &Node| sources.slice(node.span).to_owned();
    assert_eq!(slice(node.get("list").unwrap()), "- x\n-   y: 1\n    z: 2");
    assert_eq!(slice(&node.get("list").unwrap().as_seq().unwrap()[1]), "y: 1\n    z: 2");
    assert_eq!(slice(node.get("map").unwrap()), "k: [a, {b: c}]");
    assert_eq!(slice(node.get("map").unwrap().get("k").unwrap()), "[a, {b: c}]");
    assert_eq!(slice(node.get("nest").unwrap()), "- - p\n    - q");
    assert!(node.get("map").unwrap().get("k").unwrap().flow);
    assert!(!node.get("list").unwrap().flow);
}

#[test]
fn styles_are_kept() {
    let (_, node) = good("- a\n- 'a'\n- \"a\"\n- |\n  a\n- >\n  a\n");
    let styles: Vec<ScalarStyle> = node.as_seq().unwrap().iter().map(|n| n.as_scalar().unwrap().style).collect();
    use ScalarStyle::*;
    assert_eq!(styles, [Plain, SingleQuoted, DoubleQuoted, Literal, Folded]);
}

#[test]
fn comments_after_scalars_are_seen() {
    let text = "when: any text has a # urgent\nb: x#y\nc: \"# no\"\nd: [p, q] # list\ne: | # block\n  # text\nf: # none\ng: #tag\n- x\n";
    let text = text.strip_suffix("- x\n").unwrap();
    let (sources, node) = good(text);
    let comment = |key: &str| {
        let scalar = node.get(key).unwrap().as_scalar().unwrap();
        scalar.trailing_comment.map(|span| sources.slice(span).to_owned())
    };
    assert_eq!(comment("when").as_deref(), Some("# urgent"));
    assert_eq!(comment("b"), None);
    assert_eq!(comment("c"), None);
    assert_eq!(comment("e").as_deref(), Some("# block"));
    assert_eq!(comment("f").as_deref(), Some("# none"));
    assert_eq!(comment("g").as_deref(), Some("#tag"), "a hashtag without quotes is a comment");
    let inner = node.get("d").unwrap().as_seq().unwrap();
    assert_eq!(inner[1].as_scalar().unwrap().trailing_comment, None, "it belongs to the list");
    assert_eq!(node.get("e").unwrap().as_text(), Some("# text\n"));
}

/// Every character of the text is mapped to the piece of source that stands for it.
fn pieces(text: &str) -> Vec<String> {
    let (sources, node) = good(text);
    let scalar = node.get("a").unwrap().as_scalar().unwrap();
    let chars = scalar.text.char_indices();
    chars.map(|(at, c)| sources.slice(scalar.source_span(at..at + c.len_utf8())).to_owned()).collect()
}

#[test]
fn source_spans_through_escapes() {
    assert_eq!(pieces("a: pl\u{e4}n"), ["p", "l", "ä", "n"]);
    assert_eq!(pieces("a: 'it''s'"), ["i", "t", "''", "s"]);
    assert_eq!(pieces(r#"a: "x\t\u00e9\"\U0001F600y""#), ["x", r"\t", r"\u00e9", r#"\""#, r"\U0001F600", "y"]);
    assert_eq!(pieces(r#"a: "\ud83d\ude00z""#), [r"\ud83d\ude00", "z"]);
    assert_eq!(pieces("a: \"o \\\n   p\""), ["o", " ", "p"]);
}

#[test]
fn source_spans_through_lines() {
    assert_eq!(pieces("a: p\n  q\n\n\n  r"), ["p", "\n  ", "q", "\n", "\n", "r"]);
    assert_eq!(pieces("a: |\n  p\n   q\n\n  r\n"), ["p", "\n", " ", "q", "\n", "\n", "r", "\n"]);
    assert_eq!(pieces("a: |\r\n  p\r\n  q\r\n"), ["p", "\r\n", "q", "\r\n"]);
    assert_eq!(pieces("a: >-\n  p\n  q\n\n  r\n"), ["p", "\n", "q", "\n", "r"]);
    assert_eq!(pieces("a: |2-\n    p\n\n\n"), [" ", " ", "p"]);
    assert_eq!(pieces("a: |+\n\n  p\n\n"), ["\n", "p", "\n", "\n"]);
}

#[test]
fn a_range_of_a_condition_has_its_exact_place() {
    let text = "rules:\n  - id: x\n    when: |\n      any text has glock\n      and caption has heck\n";
    let (sources, node) = good(text);
    let when = node.get("rules").unwrap().as_seq().unwrap()[0].get("when").unwrap();
    let at = when.as_text().unwrap().find("heck").unwrap();
    let span = when.source_span(at..at + 4);
    assert_eq!(sources.slice(span), "heck");
    assert_eq!(sources.line_col(span), (5, 23));
    let both = when.source_span(0..at + 4);
    assert_eq!(sources.slice(both), "any text has glock\n      and caption has heck");
    let end = when.as_text().unwrap().len();
    assert!(when.source_span(end..end).is_empty());
    assert!(when.source_span(end + 9..end + 99).is_empty());
}

#[test]
fn windows_line_ends_work() {
    let (sources, node) = good("a: x # c\r\nb:\r\n  - 'y'\r\n  - |\r\n    z\r\nc: d\r\n  e\r\n");
    assert_eq!(shape(&node), r#"{a: "x", b: ["y", "z\n"], c: "d e"}"#);
    let comment = node.get("a").unwrap().as_scalar().unwrap().trailing_comment.unwrap();
    assert_eq!(sources.slice(comment), "# c");
}

#[test]
fn many_comments_are_no_limit() {
    let mut text = String::from("a:\n");
    for n in 0..5_000 {
        text.push_str(&format!("  # {n}\n"));
    }
    text.push_str("  b: c\n");
    let (_, node) = good(&text);
    assert_eq!(shape(&node), r#"{a: {b: "c"}}"#);
}

#[test]
fn a_large_list_of_terms_is_read() {
    let text: String = std::iter::once("terms:\n".to_owned()).chain((0..100_000).map(|n| format!("- term{n}\n"))).collect();
    let (_, node) = good(&text);
    assert_eq!(node.get("terms").unwrap().as_seq().unwrap().len(), 100_000);
}

#[test]
fn file_ids_are_in_the_spans() {
    let mut sources = Sources::new();
    sources.add("a.yaml", "x: y");
    let second = sources.add("b.yaml", "x: z");
    let node = parse(second, &sources, &YamlLimits::default(), &mut Diagnostics::new()).unwrap();
    assert_eq!(node.get("x").unwrap().span.file, second);
    assert!(parse(FileId(9), &sources, &YamlLimits::default(), &mut Diagnostics::new()).is_none());
}
