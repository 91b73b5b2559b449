//! The laws of the formatter: it is idempotent, keeps the tree, and keeps every comment.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use tribunal_policy::diagnostic::Diagnostics;
use tribunal_policy::fmt::format;
use tribunal_policy::source::Sources;
use tribunal_policy::yaml::{Node, ScalarStyle, Value, YamlLimits, parse};

fn read(text: &str) -> Option<Node> {
    let mut sources = Sources::new();
    let file = sources.add("a.yaml", text);
    let mut out = Diagnostics::new();
    let node = parse(file, &sources, &YamlLimits::default(), &mut out);
    node.filter(|_| !out.has_errors())
}

/// A tree as it will be written, with choices of style that may not fit: the writer below takes the next best.
#[derive(Clone, Debug)]
enum Tree {
    Text(String, u8),
    Null(u8),
    Seq(Vec<(Note, Tree)>, bool),
    Map(Vec<(Note, String, Tree)>, bool),
}

/// What stands around an entry.
#[derive(Clone, Debug)]
struct Note {
    blank: u8,
    above: Option<String>,
    behind: Option<String>,
    below: bool,
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,8}( [a-z]{1,8}){0,3}",
        2 => prop::sample::select(vec![
            "", "~", "null", "no", "007", "5.10", "- x", "a: b", "a #b", "#tag", "*x*", "&y", "!z", "x:", ":x", "-x", "[a", "{b}",
            "a, b", "it's", "say \"x\"", "\\d+", "%5", "@me", "`q`", "|", ">", "? q", "---", "... y", "<<", "a\tb", "tab\t",
            "glock\u{200b}", "\u{202e}x", "🔫", "👩‍👧", "é", "z\u{feff}", " lead", "trail ", "two\nlines", "a\n\nb\n", "\n", "  \n x\n",
            "one\n  deep\n\nthree\n\n", "x\n# no\n", "2026-01-01", "true", "=", "a:b", "http://x.y/z#w", "\u{85}n", "w w w w w w w w w w w w w w w w w w w w w w",
        ]).prop_map(str::to_owned),
        1 => "[ -~\n]{0,12}",
    ]
}

fn note() -> impl Strategy<Value = Note> {
    (0_u8..4, prop::option::weighted(0.2, "[ -~]{0,6}"), prop::option::weighted(0.2, "[ -~]{0,6}"), any::<bool>())
        .prop_map(|(blank, above, behind, below)| Note { blank, above, behind, below })
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![6 => (text(), any::<u8>()).prop_map(|(t, s)| Tree::Text(t, s)), 1 => any::<u8>().prop_map(Tree::Null)];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            (prop::collection::vec((note(), inner.clone()), 0..5), any::<bool>()).prop_map(|(v, f)| Tree::Seq(v, f)),
            (prop::collection::vec((note(), text(), inner), 0..5), any::<bool>()).prop_map(|(v, f)| Tree::Map(v, f)),
        ]
    })
}

/// Writes a tree in an untidy way.
struct Untidy {
    out: String,
    step: usize,
    comments: Vec<String>,
    /// The last scalar keeps the empty lines below it.
    kept: bool,
}

impl Untidy {
    fn quoted(text: &str, style: u8) -> String {
        let printable = text.chars().all(|c| !c.is_control() && c != '\u{feff}' && !matches!(c, '\u{2028}' | '\u{2029}'));
        if style & 1 == 0 && printable {
            return format!("'{}'", text.replace('\'', "''"));
        }
        let mut out = String::from("\"");
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                c if c.is_control() || c == '\u{feff}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
                c => out.push(c),
            }
        }
        out + "\""
    }

    /// Plain if this reads back as the same text, else quoted.
    fn word(text: &str, style: u8, flow: bool) -> String {
        let probe = if flow { format!("[ {text},\n {text} ,{{k: {text} ,}}]") } else { format!("- {text}\n") };
        let plain = style & 6 != 0 && !text.is_empty() && !text.contains(['\n', '\u{feff}', '\u{202e}']);
        let back = if plain { read(&probe) } else { None };
        let same = back.is_some_and(|n| {
            n.as_seq().is_some_and(|s| s.len() == if flow { 3 } else { 1 } && s[0].as_scalar().is_some_and(|s| s.text == text && s.style == ScalarStyle::Plain))
        });
        if same { text.to_owned() } else { Self::quoted(text, style) }
    }

    fn key(text: &str, style: u8, flow: bool) -> String {
        let probe = if flow { format!("{{{text}: x}}") } else { format!("{text}: x\n") };
        let back = if text.contains(['\n', '\u{feff}', '\u{202e}', '\t']) { None } else { read(&probe) };
        let same = back.is_some_and(|n| n.as_map().is_some_and(|m| m.len() == 1 && m[0].key.text == text));
        if same && style & 6 != 0 { text.to_owned() } else { Self::quoted(text, style) }
    }

    fn comment(&mut self, text: &str) -> String {
        let text = format!("#{text}");
        self.comments.push(text.trim_end().to_owned());
        text
    }

    fn flow(&mut self, tree: &Tree, lines: bool) {
        let gap = if lines { "\n      " } else { " " };
        match tree {
            Tree::Null(_) => self.out.push('~'),
            Tree::Text(text, style) => self.out.push_str(&Self::word(text, *style, true)),
            Tree::Seq(items, _) => {
                self.out.push('[');
                for (note, item) in items {
                    self.out.push_str(gap);
                    self.flow(item, lines);
                    self.out.push(',');
                    self.behind(note, lines);
                }
                self.out.push_str(gap);
                self.out.push(']');
            }
            Tree::Map(entries, _) => {
                self.out.push('{');
                let mut seen = Vec::new();
                for (note, key, item) in entries {
                    if seen.contains(&key) {
                        continue;
                    }
                    seen.push(key);
                    self.out.push_str(gap);
                    self.out.push_str(&Self::key(key, note.blank << 1, true));
                    self.out.push_str(": ");
                    self.flow(item, lines);
                    self.out.push_str(" ,");
                    self.behind(note, lines);
                }
                self.out.push_str(gap);
                self.out.push('}');
            }
        }
    }

    fn behind(&mut self, note: &Note, lines: bool) {
        if let (Some(behind), true) = (&note.behind, lines) {
            let comment = self.comment(behind);
            self.out.push_str(&format!("   {comment}\n"));
        }
    }

    fn above(&mut self, note: &Note, indent: usize) {
        if let Some(above) = &note.above {
            let comment = self.comment(above);
            self.out.push_str(&format!("{}{comment}\n", " ".repeat(indent)));
        }
        if !self.kept {
            self.out.push_str(&"\n".repeat(note.blank as usize));
        }
        self.kept = false;
    }

    fn end(&mut self, note: &Note) {
        if let Some(behind) = &note.behind {
            let comment = self.comment(behind);
            self.out.push_str(&format!(" {comment}"));
        }
        self.out.push('\n');
    }

    /// A value after its key or dash.
    fn value(&mut self, tree: &Tree, note: &Note, indent: usize) {
        match tree {
            Tree::Null(style) => {
                self.out.push_str(["", " ~", " null"][*style as usize % 3]);
                self.end(note);
            }
            Tree::Text(text, style) => self.text(text, *style, note, indent),
            Tree::Seq(items, flow) if *flow || items.is_empty() => {
                self.out.push(' ');
                self.flow(tree, note.below);
                self.end(note);
            }
            Tree::Map(entries, flow) if *flow || entries.is_empty() => {
                self.out.push(' ');
                self.flow(tree, note.below);
                self.end(note);
            }
            _ => {
                self.end(note);
                self.block(tree, indent + self.step);
            }
        }
    }

    fn text(&mut self, text: &str, style: u8, note: &Note, indent: usize) {
        let content = text.trim_end_matches('\n');
        let lines_fit = !content.is_empty()
            && content.chars().all(|c| c == '\n' || !c.is_control())
            && !content.contains('\u{feff}')
            && !content.split('\n').any(|line| line.starts_with(' ') || (line.trim().is_empty() && !line.is_empty()));
        if style > 150 && lines_fit {
            let chomp = ["-", "", "+"][(text.len() - content.len()).min(2)];
            let kind = if style > 200 && !text.contains(['\n']) { '>' } else { '|' };
            self.out.push_str(&format!(" {kind}{chomp}"));
            self.end(note);
            for line in content.split('\n') {
                let indentation = if line.is_empty() { 0 } else { indent + self.step };
                self.out.push_str(&format!("{}{line}\n", " ".repeat(indentation)));
            }
            self.out.push_str(&"\n".repeat((text.len() - content.len()).saturating_sub(1)));
            self.kept = chomp == "+";
            return;
        }
        let word = Self::word(text, style, false);
        let broken = style > 120 && !word.starts_with(['"', '\'']) && word.contains(' ') && !word.contains("  ");
        let lines: Vec<&str> = word.split(' ').collect();
        let breakable = lines.iter().all(|line| line.chars().all(char::is_alphabetic));
        self.out.push(' ');
        if broken && breakable {
            self.out.push_str(&lines.join(&format!("\n{}", " ".repeat(indent + self.step))));
        } else {
            self.out.push_str(&word);
        }
        self.end(note);
    }

    fn block(&mut self, tree: &Tree, indent: usize) {
        match tree {
            Tree::Seq(items, _) => {
                for (note, item) in items {
                    self.above(note, indent);
                    self.out.push_str(&format!("{}-", " ".repeat(indent)));
                    self.value(item, note, indent);
                }
            }
            Tree::Map(entries, _) => {
                let mut seen = Vec::new();
                for (note, key, item) in entries {
                    if seen.contains(&key) {
                        continue;
                    }
                    seen.push(key);
                    self.above(note, indent);
                    self.out.push_str(&format!("{}{}:", " ".repeat(indent), Self::key(key, note.blank << 1, false)));
                    self.value(item, note, indent);
                }
            }
            _ => {}
        }
    }
}

/// Whether the tree that was read is the one that was meant.
fn is(node: &Node, tree: &Tree) -> bool {
    match (&node.value, tree) {
        (Value::Scalar(scalar), Tree::Null(_)) => scalar.is_null(),
        (Value::Scalar(scalar), Tree::Text(text, _)) => scalar.text == *text,
        (Value::Seq(nodes), Tree::Seq(items, _)) => nodes.len() == items.len() && nodes.iter().zip(items).all(|(node, (_, item))| is(node, item)),
        (Value::Map(found), Tree::Map(entries, _)) => {
            let mut wanted: Vec<(&String, &Tree)> = Vec::new();
            for (_, key, item) in entries {
                if !wanted.iter().any(|(known, _)| *known == key) {
                    wanted.push((key, item));
                }
            }
            found.len() == wanted.len() && found.iter().zip(wanted).all(|(entry, (key, item))| entry.key.text == *key && is(&entry.value, item))
        }
        _ => false,
    }
}

fn comments_of(text: &str, node: &Node) -> Vec<String> {
    // Found line by line: a `#` after a blank that lies in no scalar, but for the one on a block's first line.
    fn scalars(node: &Node, all: &mut Vec<(usize, usize)>, headers: &mut Vec<(usize, usize)>) {
        let mut add = |s: &tribunal_policy::yaml::Scalar| {
            all.push((s.span.start as usize, s.span.end as usize));
            let block = matches!(s.style, ScalarStyle::Literal | ScalarStyle::Folded);
            headers.extend(s.trailing_comment.filter(|_| block).map(|c| (c.start as usize, c.end as usize)));
        };
        match &node.value {
            Value::Scalar(s) => add(s),
            Value::Seq(nodes) => nodes.iter().for_each(|n| scalars(n, all, headers)),
            Value::Map(entries) => entries.iter().for_each(|e| {
                scalars(&Node { span: e.key.span, flow: false, value: Value::Scalar(e.key.clone()) }, all, headers);
                scalars(&e.value, all, headers);
            }),
            Value::Invalid => {}
        }
    }
    let (mut all, mut headers) = (Vec::new(), Vec::new());
    scalars(node, &mut all, &mut headers);
    let mut found: Vec<String> = headers.iter().map(|&(start, end)| text[start..end].trim_end().to_owned()).collect();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let hit = line.char_indices().find(|&(i, c)| {
            let spaced = i == 0 || line[..i].ends_with([' ', '\t']);
            c == '#' && spaced && !all.iter().any(|&(start, end)| start <= at + i && at + i < end)
        });
        found.extend(hit.map(|(i, _)| line[i..].trim_end().to_owned()));
        at += line.len();
    }
    found.sort();
    found
}

fn law(text: &str, node: &Node) -> Result<(), TestCaseError> {
    let formatted = format(text).map_err(|out| TestCaseError::fail(format!("{text}\n{out:?}")))?;
    let again = read(&formatted).expect("the canonical form is read without errors");
    prop_assert!(again.same_content(node), "{text}\n----\n{formatted}");
    prop_assert_eq!(format(&formatted).unwrap(), formatted.clone(), "not idempotent:\n{}\n----\n{}", text, formatted);
    prop_assert_eq!(comments_of(&formatted, &again), comments_of(text, node), "{}\n----\n{}", text, formatted);
    prop_assert!(formatted.is_empty() || formatted.ends_with('\n'));
    prop_assert!(!formatted.contains('\r'));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any tree, written in any untidy way.
    #[test]
    fn laws_on_untidy_trees(tree in tree(), step in 1_usize..5, crlf in any::<bool>()) {
        let mut untidy = Untidy { out: String::new(), step, comments: Vec::new(), kept: false };
        let note = Note { blank: 0, above: None, behind: None, below: true };
        match &tree {
            Tree::Seq(items, false) if !items.is_empty() => untidy.block(&tree, 0),
            Tree::Map(entries, false) if !entries.is_empty() => untidy.block(&tree, 0),
            Tree::Text(..) | Tree::Null(_) => { untidy.out.push('-'); untidy.value(&tree, &note, 0) }
            _ => untidy.flow(&tree, true),
        }
        let text = if crlf { untidy.out.replace('\n', "\r\n") } else { untidy.out };
        let node = read(&text);
        prop_assert!(node.is_some(), "{text}");
        let node = node.unwrap();
        let meant = match &tree {
            Tree::Text(..) | Tree::Null(_) => is(&node.as_seq().unwrap()[0], &tree),
            _ => is(&node, &tree),
        };
        prop_assert!(meant, "{text}\n{node:?}");
        untidy.comments.sort();
        prop_assert_eq!(comments_of(&text, &node), untidy.comments, "{}", text);
        law(&text, &node)?;
    }

    /// Any text at all: no panic, and the laws where it is a file without errors.
    #[test]
    fn laws_on_any_text(text in "(?s)([a-c#:|>'\" \\-\\[\\]{},&*!?~\n\t\\\\+2]|\n  |\r\n|: |- |\\PC){0,40}") {
        if let Some(node) = read(&text) {
            law(&text, &node)?;
        }
    }

    /// Every byte of a scalar's text maps into its own span, in order.
    #[test]
    fn places_of_bytes_are_in_order(text in text(), style in any::<u8>(), step in 1_usize..5) {
        let mut untidy = Untidy { out: String::from("k:"), step, comments: Vec::new(), kept: false };
        let note = Note { blank: 0, above: None, behind: None, below: false };
        untidy.text(&text, style, &note, 0);
        let node = read(&untidy.out).unwrap();
        let scalar = node.get("k").unwrap().as_scalar().unwrap();
        prop_assert_eq!(&scalar.text, &text);
        let mut before = scalar.span.start;
        for (at, c) in text.char_indices() {
            let span = scalar.source_span(at..at + c.len_utf8());
            prop_assert!(span.start >= before && span.end > span.start, "{:?} {:?} in {:?}", c, span, untidy.out);
            let written = untidy.out.get(span.range()).unwrap();
            prop_assert!(written.starts_with(c) || written.starts_with(['\\', '\'', '\n', ' ']), "{:?} {:?}", c, written);
            before = span.end;
        }
    }
}

#[test]
fn laws_on_the_example_policies() {
    let mut open = vec![std::path::PathBuf::from("../../examples")];
    let mut seen = 0;
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let node = read(&text).unwrap_or_else(|| panic!("{} has errors", path.display()));
            law(&text, &node).unwrap();
            seen += 1;
        }
    }
    assert!(seen > 0);
}
