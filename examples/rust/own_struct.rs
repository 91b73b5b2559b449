//! Items of the program's own type, without going through JSON; the policy is checked against what the program can do.
//!
//! `cargo run -p tribunal --example own_struct`

use tribunal::{Fields, List, Moderator, Outcome, Value};

struct Video {
    caption: String,
    hashtags: Vec<String>,
    author_age: Option<i64>,
    transcript: Option<String>,
}

impl Fields for Video {
    const NAMES: &'static [&'static str] = &["caption", "hashtags", "author.age", "transcript"];

    fn get(&self, index: usize) -> Value<'_> {
        match index {
            0 => Value::Text(&self.caption),
            1 => Value::List(List::Owned(&self.hashtags)),
            2 => self.author_age.map_or(Value::Missing, Value::Int),
            _ => self.transcript.as_deref().map_or(Value::Missing, Value::Text),
        }
    }

    /// The transcript comes minutes after the upload; until then rules wait for it.
    fn is_pending(&self, index: usize) -> bool {
        index == 3 && self.transcript.is_none()
    }
}

const POLICY: &str = r#"
policy: {id: own, version: "1"}
terms: {tobacco: [vape, snus]}
rules:
  - {id: tobacco-minor, when: any text has tobacco and author.age < 18, effect: {distribution: removed}, on_unknown: review}
"#;

fn main() -> Result<(), tribunal::Error> {
    let moderator = Moderator::builder()
        .understands([("distribution", ["removed"].as_slice()), ("routing", ["review"].as_slice())])
        .provides(Video::NAMES.iter().copied())
        .from_text(POLICY)?;
    let videos = moderator.bind::<Video>()?;
    let video = |caption: &str, author_age| Video { caption: caption.into(), hashtags: vec!["fyp".into()], author_age, transcript: Some(String::new()) };
    for item in [video("my new v@pe", Some(16)), video("my new vape", None), video("my new bike", Some(16))] {
        match videos.decide(&item) {
            Outcome::Complete(decision) => println!("{}: {:?}, not judged {:?}", item.caption, decision.rules, decision.unknown),
            Outcome::Incomplete(decision) => println!("{}: for a person to look at, {:?}", item.caption, decision.incomplete),
        }
    }
    let uploading = Video { transcript: None, ..video("listen to this", Some(16)) };
    let Outcome::Complete(decision) = videos.decide(&uploading) else { return Ok(()) };
    println!("{}: waits for {:?}", uploading.caption, decision.pending);
    Ok(())
}
