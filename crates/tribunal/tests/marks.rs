//! What marks of lists may say once a field has gone over a limit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs, unreachable_pub, reason = "tests")]

use tribunal::{Call, Limits, Moderator, Scratch, Truth};

const POLICY: &str = r#"
policy: {id: marks, version: "1"}
terms:
  firearms: [glock]
  chatter: {match: substring, folds: case, terms: [buy, buyer]}
rules:
  - {id: quiet, when: caption has firearms and not caption has chatter, effect: {routing: review}}
  - {id: loud, when: caption has firearms and caption has chatter, effect: {routing: review}}
"#;

fn fires(rule: &str, caption: &str, marks: bool, hits: usize) -> Truth {
    let options = tribunal_core::Options { marks, limits: Limits { hits, ..Limits::default() }, ..Default::default() };
    let moderator = Moderator::builder().compile_options(options).build(tribunal::policy::load_str("marks.yaml", POLICY)).unwrap();
    let line = serde_json::json!({ "caption": caption }).to_string();
    let (engine, item) = (moderator.engine(), moderator.read_json(&line).unwrap());
    engine.fires(engine.policy().rule(rule).unwrap(), &item, Call::default(), &mut Scratch::new())
}

#[test]
fn a_field_that_goes_over_a_limit_later_on_is_not_judged() {
    let caption = format!("glock {}", "buyer ".repeat(20));
    for rule in ["quiet", "loud"] {
        for marks in [true, false] {
            assert_eq!(fires(rule, &caption, marks, 10), Truth::Unknown, "{rule}, marks {marks}");
            assert_eq!(fires(rule, &caption, marks, 100), Truth::from(rule == "loud"), "{rule}, marks {marks}");
        }
    }
}
