//! Why a decision is as it is, in words.
//!
//! `cargo run -p tribunal --example explain`

use tribunal::Moderator;

const POLICY: &str = r#"
policy: {id: explained, version: "1"}
fields:
  author.verified_dealer: {type: bool, missing: false}
terms:
  firearms: [glock, "ar-15"]
  sale: [selling, "for sale", dm me]
  news: [reports, "according to"]
rules:
  - id: firearm-sale
    title: Offering a firearm for sale
    clause: "5.1"
    when: |
      any text has firearms near sale within 8 words
      and not author.verified_dealer
    unless: any text has news
    effect: {distribution: removed}
"#;

fn main() -> Result<(), tribunal::Error> {
    let moderator = Moderator::from_text(POLICY)?;
    for item in [
        r#"{"id": "1", "caption": "selling my gl0ck, d.m me"}"#,
        r#"{"id": "2", "caption": "police reports: man caught selling a glock"}"#,
        r#"{"id": "3", "caption": "selling a glock", "author": {"verified_dealer": true}}"#,
    ] {
        println!("{}\n", moderator.explain_json(item)?.to_text());
    }
    Ok(())
}
