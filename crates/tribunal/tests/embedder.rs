//! What an embedder relies on: a policy it cannot act on is refused, and nothing is allowed in silence.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

use tribunal::{Error, Fields, Limits, List, Moderator, Outcome, Value};

const POLICY: &str = r#"
policy: {id: shop, version: "1"}
terms:
  firearms: [glock, "ar-15"]
  tobacco: [vape]
rules:
  - {id: firearm-sale, when: any text has firearms, effect: {distribution: removed, routing: review}}
  - {id: tobacco-minor, when: caption has tobacco and author.age < 18, effect: {audience: adults}, on_unknown: review}
  - {id: labelled, when: hashtags has tobacco, effect: {annotation: [warning_screen]}}
"#;

const AXES: [(&str, &[&str]); 4] = [("distribution", &["removed"]), ("audience", &["adults"]), ("annotation", &["warning_screen"]), ("routing", &["review"])];

#[derive(Default)]
struct Video {
    caption: String,
    hashtags: Vec<&'static str>,
    age: Option<i64>,
    /// Fields still to come, by number.
    pending: Vec<usize>,
}

impl Fields for Video {
    const NAMES: &'static [&'static str] = &["caption", "hashtags", "author.age", "device.model"];

    fn get(&self, index: usize) -> Value<'_> {
        match index {
            0 => Value::Text(&self.caption),
            1 => Value::List(List::Borrowed(&self.hashtags)),
            2 => self.age.map_or(Value::Missing, Value::Int),
            _ => Value::Text("a field that the policy does not know"),
        }
    }

    fn is_pending(&self, index: usize) -> bool {
        self.pending.contains(&index)
    }
}

fn caption(text: &str) -> Video {
    Video { caption: text.to_owned(), ..Video::default() }
}

fn complete(outcome: Outcome) -> tribunal::Decision {
    outcome.complete().unwrap_or_else(|decision| panic!("incomplete: {:?}", decision.incomplete))
}

#[test]
fn a_value_that_is_not_understood_is_refused_with_its_rules() {
    assert!(Moderator::builder().understands(AXES).from_text(POLICY).is_ok());
    let fewer = AXES
        .into_iter()
        .filter(|(axis, _)| *axis != "annotation")
        .map(|(axis, values)| if axis == "audience" { (axis, &[] as &[&str]) } else { (axis, values) });
    let error = Moderator::builder().understands(fewer).from_text(POLICY).expect_err("two values are not understood");
    let Error::NotUnderstood(values) = &error else { panic!("{error}") };
    assert_eq!(values.keys().collect::<Vec<_>>(), ["annotation: warning_screen", "audience: adults"]);
    let text = error.to_string();
    assert_eq!(text, "the policy can yield values that are not understood here\n  annotation: warning_screen (labelled)\n  audience: adults (tobacco-minor)");
}

#[test]
fn what_an_overlay_or_an_exception_yields_has_to_be_understood_too() {
    let market = format!("{POLICY}markets:\n  - {{market: BR, overrides: [{{rule: labelled, reason: law, effect: {{account: strike}}}}]}}\n");
    let error = Moderator::builder().understands(AXES).from_text(&market).expect_err("a strike is not understood");
    assert!(error.to_string().contains("account: strike (labelled)"), "{error}");
    let softened =
        POLICY.replace("any text has firearms,", "any text has firearms, unless: {when: caption has news, becomes: {distribution: search_limited}},");
    let softened = softened.replace("  tobacco: [vape]", "  tobacco: [vape]\n  news: [reports]");
    let error = Moderator::builder().understands(AXES).from_text(&softened).expect_err("a softened value is not understood");
    assert!(error.to_string().contains("distribution: search_limited (firearm-sale)"), "{error}");
    // Nobody acts on a rule that is off.
    let off = market.replace("{id: labelled,", "{id: labelled, stage: off,");
    assert!(Moderator::builder().understands(AXES).from_text(&off).is_ok());
}

#[test]
fn on_incomplete_has_to_be_understood() {
    let without_routing = AXES.into_iter().filter(|(axis, _)| *axis != "routing");
    let policy = POLICY.replace(", routing: review", "").replace(", on_unknown: review", "");
    let error = Moderator::builder().understands(without_routing).from_text(&policy).expect_err("an incomplete item goes to review");
    assert!(error.to_string().contains("routing: review (on_incomplete)"), "{error}");
}

#[test]
fn a_field_that_is_not_provided_is_refused_with_its_rules() {
    let error = Moderator::builder().provides(["caption", "hashtags"]).from_text(POLICY).expect_err("no age");
    assert_eq!(error.to_string(), "live rules read fields that are not provided here\n  author.age (tobacco-minor)");
    assert!(Moderator::builder().provides(["caption", "hashtags", "author.age"]).from_text(POLICY).is_ok());
    assert!(Moderator::builder().provides(["caption", "hashtags"]).may_miss(["author.age"]).from_text(POLICY).is_ok());
    let error = Moderator::builder().provides(["author.age"]).from_text(POLICY).expect_err("no text at all");
    let Error::NotProvided(fields) = error else { panic!("{error}") };
    assert!(fields.get("caption").unwrap().contains("tobacco-minor") && fields.get("hashtags").unwrap().contains("labelled"));
    // A rule that is not live may read what it likes.
    let draft = POLICY.replace("{id: tobacco-minor,", "{id: tobacco-minor, stage: shadow,");
    assert!(Moderator::builder().provides(["caption", "hashtags"]).from_text(&draft).is_ok());
}

#[test]
fn a_type_without_a_field_that_is_read_is_not_bound() {
    #[derive(Debug)]
    struct Bare;
    impl Fields for Bare {
        const NAMES: &'static [&'static str] = &["caption", "hashtags"];
        fn get(&self, index: usize) -> Value<'_> {
            if index == 0 { Value::Text("my vape") } else { Value::Missing }
        }
    }
    let error = Moderator::from_text(POLICY).unwrap().bind::<Bare>().map(|_| ()).expect_err("no age");
    assert_eq!(error.to_string(), "live rules read fields that are not provided here\n  author.age (tobacco-minor)");

    let moderator = Moderator::builder().may_miss(["author.age"]).from_text(POLICY).unwrap();
    let decision = complete(moderator.bind::<Bare>().unwrap().decide(&Bare));
    let [unjudged] = decision.unknown.as_slice() else { panic!("{decision:?}") };
    assert_eq!((unjudged.rule.as_str(), unjudged.missing.as_slice()), ("tobacco-minor", ["author.age".to_owned()].as_slice()));
    assert_eq!(decision.decision.get("routing"), Some(&tribunal::AxisValue::Level("review".to_owned())), "{decision:?}");
}

#[test]
fn an_own_type_is_decided_as_its_json() {
    let moderator = Moderator::builder().evidence(true).from_text(POLICY).unwrap();
    let videos = moderator.bind::<Video>().unwrap();
    let video = Video { caption: "my v@pe and a gl0ck".to_owned(), hashtags: vec!["fyp", "vape"], age: Some(16), pending: Vec::new() };
    let own = videos.decide(&video);
    let json = moderator.decide_json(r#"{"caption": "my v@pe and a gl0ck", "hashtags": ["fyp", "vape"], "author": {"age": 16}}"#).unwrap();
    assert_eq!(own, json);
    let decision = complete(own);
    assert_eq!(decision.rules, ["firearm-sale", "labelled", "tobacco-minor"]);
    assert_eq!(videos.explain(&video).decision, decision);
    let many: Vec<Video> = (0..50).map(|nth| if nth % 2 == 0 { caption("glock") } else { caption("nothing") }).collect();
    let fired: Vec<bool> = videos.decide_batch(&many).into_iter().map(|outcome| !complete(outcome).rules.is_empty()).collect();
    assert_eq!(fired, (0..50).map(|nth| nth % 2 == 0).collect::<Vec<_>>());
}

#[test]
fn rules_wait_for_fields_still_to_come() {
    let moderator = Moderator::from_text(POLICY).unwrap();
    let videos = moderator.bind::<Video>().unwrap();
    let waiting = Video { pending: vec![1, 2], ..caption("my vape") };
    let decision = complete(videos.decide(&waiting));
    let pending: Vec<(&str, Vec<&str>)> =
        decision.pending.iter().map(|unjudged| (unjudged.rule.as_str(), unjudged.missing.iter().map(String::as_str).collect())).collect();
    assert_eq!(pending, [("firearm-sale", vec!["hashtags"]), ("labelled", vec!["hashtags"]), ("tobacco-minor", vec!["author.age"])]);
    assert!(decision.unknown.is_empty() && decision.rules.is_empty(), "{decision:?}");
    // `on_unknown` waits with them.
    assert_eq!(decision.decision.get("routing"), Some(&tribunal::AxisValue::Level("none".to_owned())));
    // A hit elsewhere decides all the same.
    let decision = complete(videos.decide(&Video { pending: vec![1], ..caption("a glock") }));
    assert_eq!(decision.rules, ["firearm-sale"]);
}

#[test]
fn an_item_over_a_limit_is_incomplete_and_goes_to_review() {
    let limits = Limits { text_bytes: 64, list_elements: 3, ..Limits::default() };
    let moderator = Moderator::builder().limits(limits).from_text(POLICY).unwrap();
    let videos = moderator.bind::<Video>().unwrap();
    let review = tribunal::AxisValue::Level("review".to_owned());
    let cases = [
        (caption(&"word ".repeat(20)), "text-too-long"),
        (Video { hashtags: vec!["a", "b", "c", "d"], ..caption("nothing") }, "list-too-long"),
        // Judged as far as it goes: the caption is within the limit and hits.
        (Video { hashtags: vec!["a", "b", "c", "d"], ..caption("a glock") }, "list-too-long"),
    ];
    for (video, reason) in &cases {
        let decision = videos.decide(video).complete().expect_err(reason);
        assert_eq!(decision.incomplete.as_deref(), Some(*reason));
        assert_eq!(decision.decision.get("routing"), Some(&review), "{decision:?}");
        assert_eq!(decision.rules.contains(&"firearm-sale".to_owned()), video.caption.contains("glock"), "{decision:?}");
    }
    assert!(matches!(videos.decide(&caption(&"x".repeat(64))), Outcome::Complete(_)), "exactly at the limit");
    assert!(matches!(videos.decide(&caption(&"x".repeat(65))), Outcome::Incomplete(_)), "one byte over it");

    let few = Moderator::builder().limits(Limits { hits: 4, ..Limits::default() }).from_text(POLICY).unwrap();
    let decision = few.decide_json(r#"{"caption": "glock glock glock glock glock glock"}"#).unwrap().complete().expect_err("too many hits");
    assert_eq!(decision.incomplete.as_deref(), Some("too-many-hits"));
    assert_eq!(decision.decision.get("routing"), Some(&review));
}

#[test]
fn a_policy_over_a_limit_is_refused() {
    for (limits, what) in
        [(Limits { rules: 2, ..Limits::default() }, "3 rules, the limit is 2"), (Limits { terms: 2, ..Limits::default() }, "terms, the limit is 2")]
    {
        let error = Moderator::builder().limits(limits).from_text(POLICY).expect_err(what);
        assert!(matches!(error, Error::Compile(_)) && error.to_string().contains(what), "{error}");
    }
}

#[test]
fn a_bad_policy_says_where_and_all_at_once() {
    let bad = POLICY.replace("has firearms", "has firarms").replace("author.age <", "author.agee <");
    let error = Moderator::from_text(&bad).expect_err("two mistakes");
    let Error::Policy { diagnostics, .. } = &error else { panic!("{error}") };
    let codes: Vec<&str> = diagnostics.iter().map(|found| found.code.id).collect();
    assert!(codes.contains(&"unknown-list") && codes.contains(&"unknown-field"), "{codes:?}");
    let text = error.to_string();
    for part in ["policy.yaml:7", "policy.yaml:8", "firarms", "did you mean `firearms`", "author.agee", "did you mean `author.age`"] {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
}

#[test]
fn a_broken_line_is_an_error_of_its_own() {
    let moderator = Moderator::from_text(POLICY).unwrap();
    let lines =
        [r#"{"caption": "a glock"}"#, r#"{"caption": "#, r#"{"id": "1", "id": "2"}"#, r#"["caption"]"#, r#"{"caption": "\ud800"}"#, r#"{"caption": "fine"}"#];
    let outcomes = moderator.decide_json_batch(&lines);
    let read: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(read, [true, false, false, false, false, true]);
    let Some(Err(error)) = outcomes.get(2) else { panic!("a repeated key") };
    assert!(error.to_string().starts_with("this item cannot be read: the key `id` stands twice"), "{error}");
}

#[test]
fn wrong_types_and_unknown_markets_are_told() {
    let moderator = Moderator::from_text(POLICY).unwrap();
    let decision = complete(moderator.decide_json(r#"{"caption": "my vape", "author": {"age": "sixteen"}, "market": "XX"}"#).unwrap());
    assert_eq!(decision.problems.wrong_type, ["author.age"]);
    assert_eq!(decision.problems.unknown_market.as_deref(), Some("XX"));
    assert_eq!(decision.unknown.iter().map(|unjudged| unjudged.rule.as_str()).collect::<Vec<_>>(), ["tobacco-minor"]);
}

#[test]
fn a_sensitive_list_leaves_by_name_only() {
    let policy = "policy: {id: s, version: '1'}\nterms: {hidden: {sensitive: true, terms: [badword]}}\nrules: [{id: r, when: caption has hidden, effect: {routing: review}}]";
    let moderator = Moderator::from_text(policy).unwrap();
    let explanation = moderator.explain_json(r#"{"id": "1", "caption": "a BADWORD here"}"#).unwrap();
    assert_eq!(explanation.decision.rules, ["r"]);
    let json = serde_json::to_string(&explanation).unwrap().to_lowercase();
    assert!(!json.contains("badword") && json.contains("hidden"), "{json}");
    assert!(!explanation.to_text().to_lowercase().contains("badword"));
}
