//! Laws of the engine.

use std::cell::RefCell;
use std::sync::OnceLock;

use tribunal::policy::load_str;
use tribunal::{Moderator, Scratch};
use tribunal_oracle::{generate, judge};

#[path = "../../crates/tribunal/tests/common/mod.rs"]
#[allow(dead_code, missing_docs, unreachable_pub, reason = "tests of the adapter use more of it")]
mod common;

fn example() -> &'static Moderator {
    static EXAMPLE: OnceLock<Moderator> = OnceLock::new();
    EXAMPLE.get_or_init(|| {
        let moderator = Moderator::builder().evidence(true).from_path(crate::root().join("examples/community-guidelines"));
        moderator.unwrap_or_else(|error| panic!("{error}"))
    })
}

/// An arbitrary line is an item or an error; the example policy decides every item, explains it with the same decision, and
/// every hit is the bytes that it points to. A line that is no item is also tried as a caption and a tag.
///
/// # Panics
///
/// When the law is broken.
pub fn item_json(data: &[u8]) {
    thread_local!(static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::new()));
    let Ok(line) = std::str::from_utf8(data) else { return };
    let moderator = example();
    let wrapped;
    let (line, item) = match moderator.read_json(line) {
        Ok(item) => (line, item),
        Err(_) => {
            wrapped = serde_json::json!({"caption": line, "hashtags": ["fyp", line], "market": "DE", "lang": "de"}).to_string();
            (wrapped.as_str(), moderator.read_json(&wrapped).unwrap_or_else(|error| panic!("{error}: {wrapped}")))
        }
    };
    let decision = SCRATCH.with_borrow_mut(|scratch| moderator.decide_with(&item, scratch)).into_decision_looking_at_incomplete();
    let explanation = moderator.explain_item(&item);
    let _ = explanation.to_text();
    assert_eq!(explanation.decision, decision, "explained otherwise: {line}");
    for hit in explanation.decision.evidence.iter().flatten().flat_map(|evidence| &evidence.hits) {
        // A stand-in of the policy is no text of the item; a sensitive list shows a mask.
        let Some(text) = explanation.texts.get(&hit.field) else { continue };
        let found = text.get(hit.start as usize..hit.end as usize);
        assert!(found.is_some_and(|found| found == hit.text || tribunal::mask(found) == hit.text), "{hit:?} in {line}");
    }
}

/// Engine and oracle say the same about a generated policy and item: eight bytes each of seed, four more for the item.
///
/// # Panics
///
/// When the law is broken.
pub fn engine_oracle(data: &[u8]) {
    let Some((seed, rest)) = data.split_first_chunk::<8>() else { return };
    let text = generate::generate_policy(u64::from_le_bytes(*seed));
    let moderator = Moderator::builder().evidence(true).build(load_str("policy.yaml", &text));
    let moderator = moderator.unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut scratch = Scratch::new();
    for seed in rest.chunks(4).take(16) {
        let seed = seed.iter().fold(0, |seed, byte| seed << 8 | u64::from(*byte));
        let item = generate::generate_item(moderator.policy(), seed);
        let line = item.to_string();
        let read = moderator.read_json(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let mut found = common::expected(moderator.decide_with(&read, &mut scratch).into_decision_looking_at_incomplete());
        let mut expected = judge(moderator.policy(), &item, None);
        // The oracle knows no limits, and what is over one is not judged.
        if found.incomplete.take().is_none() {
            expected.incomplete = None;
            assert_eq!(found, expected, "of the item {line}\nunder\n{text}");
        }
    }
}
