//! The canonical form, case by case.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use tribunal_policy::fmt::format;

#[track_caller]
fn becomes(text: &str, expected: &str) {
    let formatted = format(text).unwrap_or_else(|out| panic!("{text}\n{out:?}"));
    assert_eq!(formatted, expected, "\n--- got\n{formatted}\n--- expected\n{expected}");
    assert_eq!(format(&formatted).unwrap(), formatted, "a second time");
}

#[track_caller]
fn stays(text: &str) {
    becomes(text, text);
}

#[test]
fn a_canonical_policy_stays() {
    stays(
        "\
# A small policy.

policy: {id: demo, version: \"1\"}

terms:
  firearms:
    match: word
    terms: [glock, ar-15, '\"gun\"']
    # kept out for now
rules:
  # the first rule
  - id: firearm-sale  # sold or traded
    title: Offering a firearm for sale
    when: |
      any text has firearms near sale_words within 8 words
      and not author.verified_dealer  # comment of the condition

    unless: any text has news
      or caption has heck
    effect: {distribution: removed, routing: review}
    examples:
      violates: [\"selling my gl0ck, dm me\", {caption: g l o c k 4 sale, market: US}]
      allowed:
        - hot glue gun for sale

  - id: other
    rationale: >-
      Folded text
      stays folded.

      Second paragraph.
# the end
",
    );
}

#[test]
fn indentation_and_line_ends() {
    becomes("a:\r\n    b:   c\r\n    d:\r\n    - e\r\n    -   f: 1\r\n        g: 2\r\n", "a:\n  b: c\n  d:\n    - e\n    - f: 1\n      g: 2\n");
    becomes("a: b", "a: b\n");
    becomes("---\na: b\n...\n", "a: b\n");
    becomes("- - a\n  - b\n-\n  - c\n-\n  d: e\n", "- - a\n  - b\n- - c\n- d: e\n");
}

#[test]
fn blank_lines() {
    becomes("\n\na:\n\n  b: 1\n\n\n\n  c: 2\nd: 3\n\n\n", "a:\n  b: 1\n\n  c: 2\nd: 3\n");
    becomes("# x\n\n\n# y\n\na: 1\n", "# x\n\n# y\n\na: 1\n");
    becomes("a: 1\n\n# of b\nb: 2\n", "a: 1\n\n# of b\nb: 2\n");
}

#[test]
fn quotes() {
    becomes("a: 'x'\nb: \"y z\"\nc: 'it''s'\n", "a: x\nb: y z\nc: it's\n");
    stays("a: \"5.10\"\nb: \"no\"\nc: \"\"\nd: \"null\"\ne: \"2026-01-01\"\nf: no\ng: 5.10\nh: ~\ni:\n");
    becomes("a: 'a: b'\nb: 'a #b'\nc: '- x'\nd: '*x'\ne: 'x:'\n", "a: \"a: b\"\nb: \"a #b\"\nc: \"- x\"\nd: \"*x\"\ne: \"x:\"\n");
    becomes("a: \"say \\\"x\\\"\"\nb: \": \\\"x\\\"\"\n", "a: say \"x\"\nb: ': \"x\"'\n");
    becomes("a: 'x, y'\nb: ['x, y', 'z', \"w\"]\n", "a: x, y\nb: [\"x, y\", z, w]\n");
    stays("a: \"z\\u200dw\\u00e9\\t\"\n");
    becomes("a: 'z\u{200b}w'\n", "a: \"z\\u200bw\"\n");
    becomes("'a': 1\n\"b c\": 2\n'5': 3\n", "a: 1\nb c: 2\n\"5\": 3\n");
    becomes("a: \"two\n  lines\n\n  here\"\n", "a: \"two lines\\nhere\"\n");
}

#[test]
fn brackets() {
    becomes("a: [ x,y , z ]\nb: { c: 1,d: [ ] ,e: {} }\n", "a: [x, y, z]\nb: {c: 1, d: [], e: {}}\n");
    becomes("a: [\n  x,\n  y,\n]\n", "a: [x, y]\n");
    let long = "w".repeat(40);
    becomes(&format!("a: [{long}, {long}, {long}]\n"), &format!("a:\n  - {long}\n  - {long}\n  - {long}\n"));
    becomes(&format!("- {{a: {long}, b: [{long}, x], c: {long}}}\n"), &format!("- a: {long}\n  b: [{long}, x]\n  c: {long}\n"));
    let exact = format!("a: [{}]\n", "w".repeat(95));
    assert_eq!(exact.trim_end().len(), 100);
    stays(&exact);
    becomes(&format!("a: [{}]\n", "w".repeat(96)), &format!("a:\n  - {}\n", "w".repeat(96)));
    stays(&format!("a: [{}]\n", "ü".repeat(95)));
    becomes("[a, b]\n", "[a, b]\n");
    becomes("a: [b: c, {d}]\n", "a: [{b: c}, {d: }]\n");
}

#[test]
fn comments_keep_their_place() {
    becomes(
        "a:   # of a\n      # in a\n      b: 1 # of b\n      # after b\nc: 2   #of c\n",
        "a:  # of a\n  # in a\n  b: 1  # of b\n  # after b\nc: 2  #of c\n",
    );
    becomes("a:\n- b # one\n# two\n- c\n# three\nd: e\n", "a:\n  - b  # one\n  # two\n  - c\n# three\nd: e\n");
    becomes(
        "a: [ # one\n  b, # two\n  # three\n  c, d # four\n  # five\n] # six\ne: f\n",
        "a:  # one\n  - b  # two\n  # three\n  - c\n  - d  # four\n  # five\n  # six\ne: f\n",
    );
    becomes("a: [\n  # one\n]\n", "# one\na: []\n");
    becomes("a:\n  # one\n  b\n", "# one\na: b\n");
    becomes("-  # one\n  a: b\n", "# one\n- a: b\n");
    becomes("a: | # one\n   x\n# two\nb: |- # three\n", "a: |  # one\n  x\n# two\nb: \"\"  # three\n");
    becomes("# only\n\n\n# this", "# only\n\n# this\n");
    becomes("a: # null\nb: ~ # null\n", "a:  # null\nb: ~  # null\n");
    becomes("--- # one\na: b\n... # two\n# three\n", "# one\na: b\n# two\n# three\n");
    becomes("a:\n  b:\n    c: 1\n   # odd\nd: 2\n", "a:\n  b:\n    c: 1\n  # odd\nd: 2\n");
}

#[test]
fn blocks() {
    becomes("a: |\n      x\n        y\n\n      z\nb: 1\n", "a: |\n  x\n    y\n\n  z\nb: 1\n");
    becomes("a: |+\n   x\n\n\nb: |-\n   x\n\nc: |+\n x\n", "a: |+\n  x\n\n\nb: |-\n  x\n\nc: |\n  x\n");
    becomes("a: |1\n  x\n y\n", "a: |2\n   x\n  y\n");
    stays("a: |2\n\n    x\n  y\n");
    becomes("- |\n x\n- k: >\n     p\n     q\n\n\n     r\n       s\n     t\n", "- |\n  x\n- k: >\n    p\n    q\n\n\n    r\n      s\n    t\n");
    becomes("a: |\n  trailing  \n  x\n", "a: |\n  trailing  \n  x\n");
    becomes("a: |\n    x\n\n    # not a comment\n", "a: |\n  x\n\n  # not a comment\n");
    becomes("a: |\n\nb: |+\n\nc: >\n", "a: \"\"\n\nb: \"\\n\"\n\nc: \"\"\n");
}

#[test]
fn plain_lines_keep_their_breaks() {
    becomes("a:\n    one\n    two\n\n    three\n", "a: one\n  two\n\n  three\n");
    becomes("a: one   \n      two # c\n", "a: one\n  two  # c\n");
    becomes("a: [one\n  two, x]\n", "a: [one two, x]\n");
}

#[test]
fn empty_files() {
    becomes("", "");
    becomes("\n\n", "");
    becomes("---\n", "");
}

#[test]
fn files_with_errors_are_left_alone() {
    for text in ["a: *b\n", "a: [\n", "a: 1\na: 2\n", "a: \u{7}\n"] {
        assert!(format(text).unwrap_err().has_errors(), "{text:?}");
    }
}
