//! Laws of the engine.

use std::cell::RefCell;
use std::sync::OnceLock;

use tribunal::policy::load_str;
use tribunal::{Engine, Moderator, Scratch};
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

/// An arbitrary line is an item or an error, as `serde_json` has it; the example policy decides every item, explains it with the same decision, and
/// every hit is the bytes that it points to. A line that is no item is also tried as a caption and a tag.
///
/// # Panics
///
/// When the law is broken.
pub fn item_json(data: &[u8]) {
    thread_local!(static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::new()));
    let Ok(line) = std::str::from_utf8(data) else { return };
    let moderator = example();
    let (quick, slow) = (moderator.read_json(line), moderator.read_json_slowly(line));
    assert_eq!(quick.as_ref().ok(), slow.as_ref().ok(), "read otherwise: {line}");
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

/// Loading arbitrary bytes never panics. A compiled policy that arbitrary bytes change, its hash mended, is refused, or decides
/// and explains an item without a panic: each six bytes are a place, what to do there, and a value.
///
/// # Panics
///
/// When the law is broken.
pub fn compiled_load(data: &[u8]) {
    const HASH: usize = 32;
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    let _ = Engine::from_bytes(data);
    let mut bytes = BYTES.get_or_init(|| Moderator::from_text(COMPILED).unwrap_or_else(|error| panic!("{error}")).engine().to_bytes()).clone();
    let end = bytes.len() - HASH;
    for change in data.chunks_exact(6).take(16) {
        let [a, b, c, d, how, value] = *change else { continue };
        let at = u32::from_le_bytes([a, b, c, d]) as usize % end;
        if let Some(byte) = bytes.get_mut(at) {
            *byte = match how % 3 {
                0 => value,
                1 => *byte ^ value,
                _ => byte.wrapping_add(value),
            };
        }
    }
    let hash = blake3::hash(bytes.get(..end).unwrap_or_default());
    if let Some(place) = bytes.get_mut(end..) {
        place.copy_from_slice(hash.as_bytes());
    }
    let Ok(engine) = Engine::from_bytes(&bytes) else { return };
    let Ok(moderator) = Moderator::builder().engine(engine) else { return };
    let item = r#"{"caption": "buy a gl0ck, gglock unlocked", "hashtags": ["gunsforsale"], "market": "BR", "author": {"age": 15}}"#;
    let _ = moderator.decide_json(item);
    let _ = moderator.explain_json(item);
}

const COMPILED: &str = r#"
policy: {id: little, version: "1"}
terms:
  firearms: [glock, "ar-15", "buy a gun", {term: "g+lock", match: regex}]
  parts: {match: substring, terms: [lock]}
  tags: {match: tag, terms: [guns for sale]}
rules:
  - {id: gun, when: any text has firearms, effect: {distribution: removed}, points: {risk: 2}}
  - {id: part, when: caption has parts or hashtags has tags, effect: {routing: review}, points: {risk: 1}}
  - {id: risky, when: score(risk) >= 3 and not rule(young), effect: {routing: escalate}}
  - {id: young, when: author.age < 18, effect: {audience: adults}}
markets:
  - {market: BR, overrides: [{rule: gun, effect: {distribution: search_limited}, reason: local}]}
"#;
