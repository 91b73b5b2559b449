//! A policy in a text, one item, its decision.
//!
//! `cargo run -p tribunal --example hello`

use tribunal::{Moderator, Outcome};

const POLICY: &str = r#"
policy: {id: hello, version: "1"}
terms:
  firearms: [glock, "ar-15"]
  sale: [selling, "for sale", dm me]
rules:
  - id: firearm-sale
    when: any text has firearms near sale within 8 words
    effect: {distribution: removed, routing: review}
"#;

fn main() -> Result<(), tribunal::Error> {
    let moderator = Moderator::from_text(POLICY)?;
    let outcome = moderator.decide_json(r#"{"id": "7301", "caption": "selling my gl0ck, write to me"}"#)?;
    // An item over a limit is a case of its own: it is never allowed by default.
    let decision = match outcome {
        Outcome::Complete(decision) => decision,
        Outcome::Incomplete(decision) => {
            println!("not judged as a whole: {}", decision.incomplete.as_deref().unwrap_or("unknown"));
            decision
        }
    };
    for (axis, value) in &decision.decision {
        println!("{axis}: {value:?}");
    }
    println!("rules: {}", decision.rules.join(", "));
    assert_eq!(decision.rules, ["firearm-sale"]);
    Ok(())
}
