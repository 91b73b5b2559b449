//! The condition language: what can be written, how it is read, and that what is printed reads back as the same tree.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use tribunal_policy::cond::{Cond, CondKind, Literal, Op, Operand, Set, Test, Value};
use tribunal_policy::num::Decimal;
use tribunal_policy::source::Span;
use tribunal_policy::{Loaded, Policy, load_str};

/// A policy whose rule `r` has this condition.
fn load(condition: &str) -> Loaded {
    let quoted = serde_json::to_string(condition).unwrap();
    let text = format!(
        r#"
policy: {{id: demo, version: "1"}}
fields:
  author.verified_dealer: {{type: bool, missing: false}}
  parent.author.id: {{type: id}}
  shop.opened: {{type: time}}
  us: {{type: number}}
terms:
  guns: [glock]
  sale: [selling]
  blocked-sounds: ["x1"]
rules:
  - {{id: other, when: author.seller, points: {{spam: 1}}}}
  - id: r
    when: {quoted}
"#
    );
    load_str("p.yaml", &text)
}

fn when(policy: &Policy) -> &Cond {
    &policy.rules[policy.rule("r").unwrap().index()].when
}

/// The tree without places.
fn bare(cond: &Cond) -> Cond {
    let kind = match &cond.kind {
        CondKind::And(parts) => CondKind::And(parts.iter().map(bare).collect()),
        CondKind::Or(parts) => CondKind::Or(parts.iter().map(bare).collect()),
        CondKind::Not(inner) => CondKind::Not(Box::new(bare(inner))),
        other => other.clone(),
    };
    Cond { span: Span::default(), kind }
}

fn read(condition: &str) -> Policy {
    let loaded = load(condition);
    assert!(loaded.policy.is_some(), "{condition}\n{}", tribunal_policy::render::human(&loaded.diagnostics, &loaded.sources, false));
    loaded.policy.unwrap()
}

/// The canonical form; it is checked to read back as the same tree.
fn canonical(condition: &str) -> String {
    let policy = read(condition);
    let printed = policy.print(when(&policy));
    let again = read(&printed);
    assert_eq!(bare(when(&again)), bare(when(&policy)), "{condition}\n{printed}");
    assert_eq!(again.print(when(&again)), printed);
    printed
}

fn mistakes(condition: &str) -> Vec<String> {
    let loaded = load(condition);
    assert!(loaded.policy.is_none(), "{condition}");
    let code = |id: &str| loaded.diagnostics.iter().filter(|found| found.code.id == id).map(|found| found.message.clone()).collect::<Vec<_>>();
    let errors: Vec<String> = [
        "empty-value",
        "condition-syntax",
        "unknown-field",
        "unknown-list",
        "unknown-rule",
        "unknown-score",
        "wrong-type",
        "wrong-value",
        "empty-term",
        "bad-regex",
    ]
    .iter()
    .flat_map(|id| code(id))
    .collect();
    assert!(!errors.is_empty(), "{condition}: {:?}", loaded.diagnostics);
    errors
}

#[test]
fn every_form_of_the_language_reference_reads() {
    for (written, printed) in [
        ("caption has guns", "caption has guns"),
        ("any text has guns", "any text has guns"),
        ("any (caption, ocr) has guns", "any (caption, ocr) has guns"),
        ("hashtags has guns", "hashtags has guns"),
        ("effects has blocked-sounds", "effects has blocked-sounds"),
        ("caption has \"exact phrase\"", "caption has \"exact phrase\""),
        (r"caption has /a\/b\d+/", r"caption has /a\/b\d+/"),
        ("caption has any of (guns, sale)", "caption has any of (guns, sale)"),
        ("caption has any of (guns,)", "caption has guns"),
        ("any text has all of (guns, \"x y\", /z+/)", "any text has all of (guns, \"x y\", /z+/)"),
        ("caption has at least 2 of (guns, sale, \"x\")", "caption has at least 2 of (guns, sale, \"x\")"),
        ("caption has guns near sale within 8 words", "caption has guns near sale within 8 words"),
        ("caption has guns before any of (sale, \"dm\") within 1 word", "caption has guns before any of (sale, \"dm\") within 1 word"),
        ("count(any text has guns) >= 3", "count(any text has guns) >= 3"),
        ("count(any text has any of (guns, sale) per field) >= 3", "count(any text has any of (guns, sale) per field) >= 3"),
        ("distinct(caption has guns) > 1", "distinct(caption has guns) > 1"),
        ("evasion(caption has guns) != 0", "evasion(caption has guns) != 0"),
        ("author.followers >= 1000", "author.followers >= 1000"),
        ("video.duration_s in 15..60", "video.duration_s in 15..60"),
        ("market in (US, CA)", "market in (\"US\", \"CA\")"),
        ("market not in (US, \"CA\",)", "market not in (\"US\", \"CA\")"),
        ("lang = \"en\"", "lang = \"en\""),
        ("lang = pt-BR", "lang = \"pt-BR\""),
        ("author.id = parent.author.id", "author.id = parent.author.id"),
        ("sound.id in blocked-sounds", "sound.id in blocked-sounds"),
        ("is_missing(author.age)", "is_missing(author.age)"),
        ("length(caption) > 100", "length(caption) > 100"),
        ("words(transcript) <= 3", "words(transcript) <= 3"),
        ("uppercase_ratio(caption) > 30%", "uppercase_ratio(caption) > 0.30"),
        ("emoji_count(caption) > link_count(caption)", "emoji_count(caption) > link_count(caption)"),
        ("count(hashtags) = 0", "count(hashtags) = 0"),
        ("domains(caption) has blocked-sounds", "domains(caption) has blocked-sounds"),
        ("age(author.created_at) < 7 days", "age(author.created_at) < 1 week"),
        ("age(author.created_at) in 1 day..36 hours", "age(author.created_at) in 1 day..36 hours"),
        ("age(author.created_at) < 90", "age(author.created_at) < 90 seconds"),
        ("rule(other)", "rule(other)"),
        ("score(spam) >= 2.50", "score(spam) >= 2.50"),
        ("author.verified", "author.verified"),
        ("author.verified = false", "author.verified = false"),
        ("not author.verified_dealer", "not author.verified_dealer"),
        ("as_of >= \"2026-11-01\"", "as_of >= \"2026-11-01\""),
        ("shop.opened < 1700000000", "shop.opened < \"2023-11-14T22:13:20Z\""),
        ("video.duration_s < 2 minutes", "video.duration_s < 120"),
        ("author.age = us", "author.age = us"),
        ("region = US", "market = \"US\""),
    ] {
        assert_eq!(canonical(written), printed, "{written}");
    }
}

#[test]
fn precedence_and_parentheses() {
    let not_first = read("not author.verified and author.seller");
    assert!(matches!(&when(&not_first).kind, CondKind::And(parts) if matches!(parts[0].kind, CondKind::Not(_))));
    let whole = read("not author.age in 1..3");
    assert!(matches!(&when(&whole).kind, CondKind::Not(inner) if matches!(inner.kind, CondKind::In(..))));
    for (written, printed) in [
        ("author.seller or author.verified and author.private", "author.seller or (author.verified and author.private)"),
        ("(author.seller or author.verified) and author.private", "(author.seller or author.verified) and author.private"),
        ("((author.seller))", "author.seller"),
        ("not (author.seller or author.verified)", "not (author.seller or author.verified)"),
        ("not not author.seller", "not not author.seller"),
        ("(author.seller and author.verified) and author.private", "(author.seller and author.verified) and author.private"),
        ("author.seller\n  # who sells\nand\tauthor.verified # and is known", "author.seller and author.verified"),
    ] {
        assert_eq!(canonical(written), printed);
    }
    let mixed = load("author.seller or author.verified and author.private");
    assert_eq!(mixed.diagnostics.iter().filter(|found| found.code.id == "mixed-and-or").count(), 1);
    let clear = load("author.seller or (author.verified and author.private)");
    assert!(clear.diagnostics.iter().all(|found| found.code.id != "mixed-and-or"));
}

#[test]
fn numbers_percent_and_units() {
    let literal = |text: &str| match &when(&read(text)).kind {
        CondKind::Compare(_, Op::Gt, Operand::Literal(literal)) => literal.clone(),
        other => panic!("{other:?}"),
    };
    let number = |mantissa, scale| Literal::Number(Decimal { mantissa, scale });
    for (written, expected) in [
        ("us > 30%", number(30, 2)),
        ("us > 0.5%", number(5, 3)),
        ("us > -7", number(-7, 0)),
        ("us > -0.25", number(-25, 2)),
        ("us > 007", number(7, 0)),
        ("us > 999999999999999999", number(999_999_999_999_999_999, 0)),
        ("age(shop.opened) > 1 second", number(1, 0)),
        ("age(shop.opened) > 2 minutes", number(120, 0)),
        ("age(shop.opened) > 1.5 hours", number(54_000, 1)),
        ("age(shop.opened) > 1 day", number(86_400, 0)),
        ("age(shop.opened) > 2 weeks", number(1_209_600, 0)),
        ("age(shop.opened) > 0 days", number(0, 0)),
        ("shop.opened > \"2026-11-01\"", Literal::Time(1_793_491_200)),
        ("shop.opened > \"2026-11-01T02:00:00+02:00\"", Literal::Time(1_793_491_200)),
        ("shop.opened > -1", Literal::Time(-1)),
    ] {
        assert_eq!(literal(written), expected, "{written}");
        canonical(written);
    }
    assert_eq!(canonical("age(shop.opened) > 0 days"), "age(shop.opened) > 0 seconds");
    assert_eq!(canonical("shop.opened > 999999999999999"), "shop.opened > 999999999999999", "no year of four digits");
    for wrong in [
        "us > 1e3",
        "us > .5",
        "us > 99999999999999999999",
        "us > 5 %%",
        "age(shop.opened) > 5%",
        "us > \"5\"",
        "shop.opened > 1.5",
        "shop.opened > \"soon\"",
        "shop.opened > 5 days",
        "author.age > 9999999999999999 weeks",
    ] {
        mistakes(wrong);
    }
}

#[test]
fn texts_and_their_escapes() {
    let inline = |text: &str| {
        let policy = read(text);
        policy.lists.iter().filter(|list| list.inline).map(|list| list.entries[0].text.clone()).collect::<Vec<_>>()
    };
    assert_eq!(inline(r#"caption has "a\"b\\c\n\t\u{1F52B}\u{41}""#), ["a\"b\\c\n\t🔫A"]);
    assert_eq!(inline(r"caption has /a\/b\\c\d[#]/"), [r"a/b\\c\d[#]"]);
    assert_eq!(inline("caption has \"# no comment\" # a comment"), ["# no comment"]);
    canonical("caption has \"a\\u{202E}b\\u{7}c\u{301}\"");
    canonical(r"caption has any of (/\/\//, /x\\/, /\x{41}/)");
    for wrong in [
        r#"caption has "\q""#,
        r#"caption has "\u{110000}""#,
        r#"caption has "\u{}""#,
        r#"caption has "\u0041""#,
        "caption has \"a",
        "caption has \"a\nb\"",
        "caption has //",
        "caption has /a",
        "caption has /a/i",
        "caption has /(/",
        "caption has \"\"",
    ] {
        mistakes(wrong);
    }
}

#[test]
fn a_bare_name_on_the_right_is_a_field_if_there_is_one() {
    let right = |text: &str| match &when(&read(text)).kind {
        CondKind::Compare(_, _, operand) => operand.clone(),
        other => panic!("{other:?}"),
    };
    assert!(matches!(right("author.age > us"), Operand::Value(Value::Field(_))));
    assert!(matches!(right("market = US"), Operand::Literal(Literal::Text(text)) if text == "US"));
    assert!(matches!(right("author.id = \"us\""), Operand::Literal(Literal::Text(text)) if text == "us"));
    assert_eq!(mistakes("market = us"), ["these two are of different types"], "`us` is a number here");
    // After `in` a bare name is a list, between parentheses a literal.
    assert!(matches!(&when(&read("market in guns")).kind, CondKind::In(_, false, Set::List(_))));
    assert!(matches!(&when(&read("market in (guns)")).kind, CondKind::In(_, false, Set::Literals(items)) if items == &[Literal::Text("guns".to_owned())]));
}

#[test]
fn types_are_checked() {
    for wrong in [
        "author.age has guns",
        "author.id has guns",
        "caption > 3",
        "caption >= \"a\"",
        "hashtags = \"a\"",
        "author.age",
        "caption",
        "hashtags",
        "author.age = old",
        "author.verified = yes",
        "author.verified > true",
        "author.age = author.verified",
        "author.age = author.created_at",
        "author.created_at = author.id",
        "length(author.age) > 1",
        "length(author.id) > 1",
        "count(caption) > 1",
        "age(author.age) > 1 day",
        "domains(effects) has guns",
        "author.age in guns",
        "author.verified in 1..2",
        "author.age in (a, b)",
        "effects has guns near sale within 3 words",
        "domains(caption) has guns near sale within 3 words",
        "author.age in 5..1",
        "caption has at least 0 of (guns)",
        "caption has at least 3 of (guns, sale)",
    ] {
        mistakes(wrong);
    }
    canonical("age(shop.opened) < video.duration_s");
    canonical("caption = transcript and hashtags has guns");
}

#[test]
fn what_cannot_be_read() {
    for wrong in [
        "",
        "  # only a comment",
        "and author.seller",
        "author.seller and",
        "author.seller or or author.verified",
        "author.seller author.verified",
        "(author.seller",
        "author.seller)",
        "()",
        "not",
        "caption has",
        "caption has has",
        "caption has ()",
        "caption has any of ()",
        "caption has any of guns",
        "caption has all (guns)",
        "caption has at least of (guns)",
        "caption has at least two of (guns)",
        "caption has guns near sale",
        "caption has guns near sale within words",
        "caption has guns near sale within 3",
        "caption has guns near all of (sale) within 3 words",
        "caption has (guns, sale)",
        "any caption has guns",
        "any () has guns",
        "any (caption) guns",
        "any (\"caption\") has guns",
        "count(any text) > 1",
        "count(caption has all of (guns)) > 1",
        "count(caption has guns)",
        "count(caption has guns per) > 1",
        "length(caption)",
        "length(caption, ocr) > 1",
        "length() > 1",
        "score(spam)",
        "score() > 1",
        "rule()",
        "rule(\"other\")",
        "rule(other) > 1",
        "is_missing(author.age) = true",
        "1 < author.age",
        "author.age < 1 < 2",
        "author.age <",
        "author.age == 1",
        "author.age => 1",
        "author.age <> 1",
        "author.age in",
        "author.age in ()",
        "author.age in 1..",
        "author.age in 1...2",
        "author.age in [1, 2]",
        "author. = 1",
        ".age = 1",
        "market = 'US'",
        "market = US CA",
        "caption HAS guns",
        "author.seller AND author.verified",
        "author.seller && author.verified",
        "!author.seller",
        "caption has \u{200b}guns",
        "text has guns",
        "caption contains guns",
        "lenght(caption) > 1",
        "as_of > 2026-11-01",
    ] {
        mistakes(wrong);
    }
}

#[test]
fn every_broken_part_is_reported_in_one_run() {
    let found = mistakes(
        "captoin has guns and caption has gunz and count(any text guns) > 1 and not (author.age near 3 or author.agee > 1) and rule(othr) and score(spm) > 1 and market = 'x'",
    );
    assert_eq!(found.len(), 8, "{found:#?}");
}

#[test]
fn keywords_cannot_be_lists_or_fields() {
    for word in [
        "and", "or", "not", "has", "in", "any", "all", "of", "at", "least", "near", "before", "within", "word", "words", "text", "per", "field", "true",
        "false",
    ] {
        let list = load_str("p.yaml", &format!("policy: {{id: demo, version: \"1\"}}\nterms: {{\"{word}\": [x]}}\n"));
        assert!(list.diagnostics.iter().any(|found| found.code.id == "bad-name"), "{word}");
        let field = load_str("p.yaml", &format!("policy: {{id: demo, version: \"1\"}}\nfields: {{\"{word}\": {{type: text}}}}\n"));
        assert!(field.diagnostics.iter().any(|found| found.code.id == "bad-name"), "{word}");
    }
}

#[test]
fn spans_lead_to_the_words_in_every_style_of_yaml() {
    for (text, place) in [
        ("    when: captoin has \"x\"\n", (4, 11)),
        ("    when: \"captoin has \\\"x\\\"\"\n", (4, 12)),
        ("    when: 'captoin has \"x\"'\n", (4, 12)),
        ("    when: |\n      caption has \"y\"\n      or captoin has \"x\"\n", (6, 10)),
        ("    when: >\n      caption has \"y\"\n      or captoin has \"x\"\n", (6, 10)),
        ("    when: caption has \"y\"\n      or captoin has \"x\"\n", (5, 10)),
        ("    when: \"caption has \\\"\\u00e9\\\" or\n      captoin has \\\"x\\\"\"\n", (5, 7)),
    ] {
        let loaded = load_str("p.yaml", &format!("policy: {{id: demo, version: \"1\"}}\nrules:\n  - id: r\n{text}"));
        let found: Vec<_> = loaded.diagnostics.iter().filter(|found| found.code.id == "unknown-field").collect();
        assert_eq!(found.len(), 1, "{text}");
        let span = found[0].span().unwrap();
        assert_eq!((loaded.sources.line_col(span), loaded.sources.slice(span)), (place, "captoin"), "{text}");
    }
}

#[test]
fn a_comment_after_a_one_line_condition() {
    let check = |lines: &str| {
        let loaded = load_str("p.yaml", &format!("policy: {{id: demo, version: \"1\"}}\nrules:\n  - id: r\n{lines}"));
        loaded.diagnostics.iter().map(|found| found.code.id).collect::<Vec<_>>()
    };
    assert_eq!(check("    when: caption has \"x\" # why\n"), ["condition-comment"]);
    assert_eq!(check("    when: 'caption has \"x\"' # why\n"), ["condition-comment"]);
    assert_eq!(check("    when: caption has \"x\"\n    unless: author.seller # why\n"), ["condition-comment"]);
    assert_eq!(check("    when: |  # why\n      caption has \"x\" # why\n      # and why\n"), [""; 0]);
    assert_eq!(check("    # why\n    when: caption has \"#x\"\n"), [""; 0]);
}

/// A text, an inline term that can be matched, or a name.
fn operand() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("guns".to_owned()),
        Just("sale".to_owned()),
        Just("blocked-sounds".to_owned()),
        "[a-z][a-z \"\\\\#/é🔫]{0,6}".prop_map(|text| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))),
        "[a-z]{1,4}(\\\\/|\\\\d|\\+|#|\")?".prop_map(|text| format!("/{text}/")),
    ]
}

fn group(least: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(operand(), least..4).prop_map(|items| format!("({})", items.join(", ")))
}

fn side() -> impl Strategy<Value = String> {
    prop_oneof![3 => operand(), 1 => group(1).prop_map(|group| format!("any of {group}"))]
}

fn subject() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("any text".to_owned()),
        Just("caption".to_owned()),
        Just("hashtags".to_owned()),
        Just("author.bio".to_owned()),
        Just("any (caption, ocr)".to_owned()),
        Just("any (sound.title, hashtags, author.name)".to_owned()),
    ]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![(-1000i64..1000).prop_map(|n| n.to_string()), "-?[0-9]{1,4}\\.[0-9]{1,4}", "[0-9]{1,3}(\\.[0-9])?%"]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("author.age".to_owned()),
        Just("us".to_owned()),
        Just("score(spam)".to_owned()),
        Just("count(hashtags)".to_owned()),
        Just("uppercase_ratio(caption)".to_owned()),
        (prop::sample::select(vec!["length", "words", "emoji_count", "link_count"]), prop::sample::select(vec!["caption", "hashtags", "ocr"]))
            .prop_map(|(function, field)| format!("{function}({field})")),
        (prop::sample::select(vec!["count", "distinct", "evasion"]), subject(), side(), any::<bool>())
            .prop_map(|(function, subject, side, per)| format!("{function}({subject} has {side}{})", if per { " per field" } else { "" })),
    ]
}

fn predicate() -> impl Strategy<Value = String> {
    let op = || prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let unit = prop::sample::select(vec!["", " second", " minutes", " hours", " day", " weeks"]);
    prop_oneof![
        (subject(), side()).prop_map(|(subject, side)| format!("{subject} has {side}")),
        (subject(), group(1)).prop_map(|(subject, group)| format!("{subject} has all of {group}")),
        (subject(), group(2), 1u32..3).prop_map(|(subject, group, n)| format!("{subject} has at least {n} of {group}")),
        (subject(), side(), any::<bool>(), side(), 0u32..20)
            .prop_map(|(subject, left, before, right, n)| format!("{subject} has {left} {} {right} within {n} words", if before { "before" } else { "near" })),
        (value(), op(), number()).prop_map(|(value, op, number)| format!("{value} {op} {number}")),
        (value(), op(), value()).prop_map(|(left, op, right)| format!("{left} {op} {right}")),
        (value(), 0u32..50, 50u32..100, any::<bool>()).prop_map(|(value, low, high, not)| format!("{value} {}in {low}..{high}", if not { "not " } else { "" })),
        (value(), prop::collection::vec(number(), 1..4)).prop_map(|(value, items)| format!("{value} in ({})", items.join(", "))),
        (op(), 0u32..10_000, unit).prop_map(|(op, n, unit)| format!("age(author.created_at) {op} {n}{unit}")),
        (op(), -10_000_000_000i64..100_000_000_000).prop_map(|(op, seconds)| format!("as_of {op} {seconds}")),
        prop::sample::select(vec![
            "rule(other)",
            "is_missing(author.age)",
            "author.seller",
            "author.verified = true",
            "market in (US, \"B R\")",
            "lang = en",
            "lang != author.id",
            "sound.id not in blocked-sounds",
            "domains(caption) has guns",
            "effects has any of (guns, sale)"
        ])
        .prop_map(str::to_owned),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    predicate().prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|part| format!("not {}", if part.contains(" and ") || part.contains(" or ") { format!("({part})") } else { part })),
            (prop::collection::vec(inner.clone(), 2..4), any::<bool>()).prop_map(|(parts, all)| parts.join(if all { " and " } else { " or " })),
            (prop::collection::vec(inner.clone(), 2..4), any::<bool>())
                .prop_map(|(parts, all)| format!("({})", parts.join(if all { "\n and " } else { " or\n" }))),
            inner.prop_map(|part| format!("({part})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// parse(print(c)) is c, places aside, and printing again changes nothing.
    #[test]
    fn printing_reads_back(condition in condition()) {
        canonical(&condition);
    }

    /// Whatever is written, the loader answers: with a policy or with errors that lie in the text.
    #[test]
    fn any_text_is_answered(condition in "[ -~é\u{202e}\u{200b}\n]{0,60}") {
        let loaded = load(&condition);
        prop_assert_eq!(loaded.policy.is_none(), loaded.diagnostics.iter().any(|found| found.severity == tribunal_policy::diagnostic::Severity::Error));
        tribunal_policy::render::human(&loaded.diagnostics, &loaded.sources, false);
    }

    /// The same for texts of the language's own words.
    #[test]
    fn any_words_are_answered(words in prop::collection::vec(prop::sample::select(vec!["and", "or", "not", "has", "in", "any", "text", "all", "of", "at", "least", "near", "within", "words", "(", ")", ",", ".", "..", "3", "-2", "%", "days", "caption", "author", "age", "guns", "\"x\"", "/y/", "=", "<=", "count", "rule", "score", "per", "field", "true", "#"]), 0..24)) {
        let condition = words.join(" ");
        let loaded = load(&condition);
        prop_assert!(loaded.policy.is_some() || loaded.diagnostics.iter().any(|found| found.severity == tribunal_policy::diagnostic::Severity::Error), "{}", condition);
    }
}

#[test]
fn the_tree_of_the_forms_with_distances() {
    let policy = read("caption has any of (guns, \"dm\") before sale within 5 words");
    let CondKind::Has(subject, Test::Near(near)) = &when(&policy).kind else { panic!() };
    assert_eq!((near.left.len(), near.right.len(), near.within, near.ordered), (2, 1, 5, true));
    assert_eq!(subject.fields.len(), 1);
    let mut lists = Vec::new();
    when(&policy).lists(&mut |list, negated| lists.push((policy.list_name(list).to_owned(), negated)));
    assert_eq!(lists, [("guns".to_owned(), false), ("\"dm\"".to_owned(), false), ("sale".to_owned(), false)]);
}
