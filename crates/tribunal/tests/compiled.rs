//! Compiled policies: the same bytes for the same policy, refused when damaged or of another version, and never the end of the
//! program, whoever made them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs, reason = "tests")]

use std::path::PathBuf;

use tribunal::{Call, Engine, LoadError, Moderator, Scratch};

const HASH: usize = 32;

fn root() -> PathBuf {
    PathBuf::from("../..")
}

fn example() -> Moderator {
    Moderator::from_path(root().join("examples/community-guidelines")).unwrap_or_else(|error| panic!("{error}"))
}

/// A policy with something of everything that is saved.
const LITTLE: &str = r##"
policy: {id: little, version: "1"}
fields: {shop.id: {type: id}}
terms:
  firearms: [glock, "ar-15", "buy a gun", {term: "g+lock", match: regex}, {term: fierro, only_lang: es, until: 2030-01-01}]
  parts: {match: substring, terms: [lock, "枪"]}
  tags: {match: tag, folds: plain, terms: [guns for sale]}
  whole: {match: whole, terms: [sold]}
  toys: {terms: [toy], allow: [toy glock]}
  shops: [shop-1, shop-2]
rules:
  - {id: gun, when: any text has firearms, unless: {when: any text has toys, becomes: {audience: adults}}, effect: {distribution: removed, annotation: [disclosure]}, notice: {en: Not here.}, points: {risk: 2}}
  - {id: part, when: caption has parts or hashtags has tags or caption has whole, effect: {routing: review}, points: {risk: 1}}
  - {id: shop, when: shop.id in shops, on_unknown: review, effect: {routing: review}}
  - {id: risky, when: score(risk) >= 3 and not rule(shop), effect: {routing: escalate}}
  - {id: young, rollout: {share: 50%, by: author.id}, when: author.age < 18 and any text has firearms, effect: {audience: adults}}
  - {id: short, when: length(caption) < 3, effect: {routing: review}}
markets:
  - {market: BR, overrides: [{rule: gun, effect: {distribution: search_limited}, reason: local}]}
"##;

fn little() -> Moderator {
    Moderator::from_text(LITTLE).unwrap_or_else(|error| panic!("{error}"))
}

const ITEMS: [&str; 7] = [
    r#"{"caption": "buy a gl0ck, ar-15 unlocked", "hashtags": ["gunsforsale"], "shop": {"id": "shop-1"}, "author": {"id": "7", "age": 15}}"#,
    r#"{"caption": "a toy glock", "market": "BR", "lang": "es"}"#,
    r#"{"caption": "SOLD", "shop": {"id": "x"}}"#,
    r#"{"caption": "枪 g.l.o.c.k ggglock", "author": {"age": 40}}"#,
    r#"{"caption": "buy a gun fierro", "lang": "es-MX", "as_of": "2026-01-01"}"#,
    r#"{"caption": "glock unlocked", "shop": {"id": "none"}}"#,
    r"{}",
];

fn decisions(moderator: &Moderator) -> Vec<String> {
    ITEMS.iter().map(|item| serde_json::to_string(&moderator.decide_json(item).unwrap().into_decision_looking_at_incomplete()).unwrap()).collect()
}

fn repaired(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - HASH;
    let hash = blake3::hash(&bytes[..end]);
    bytes[end..].copy_from_slice(hash.as_bytes());
    bytes
}

#[test]
fn the_same_policy_gives_the_same_bytes() {
    for moderator in [little(), example()] {
        let bytes = moderator.engine().to_bytes();
        let again = Engine::with_options(moderator.policy().clone(), &tribunal_core::Options::default()).unwrap();
        assert!(again.to_bytes() == bytes, "compiled twice");
        assert!(Engine::from_bytes(&bytes).unwrap().to_bytes() == bytes, "saved again");
    }
}

#[test]
fn a_loaded_policy_decides_and_explains_as_the_policy() {
    let moderator = little();
    let loaded = Moderator::builder().engine(Engine::from_bytes(&moderator.engine().to_bytes()).unwrap()).unwrap();
    assert_eq!(decisions(&moderator), decisions(&loaded));
    let fired: std::collections::BTreeSet<String> =
        ITEMS.iter().flat_map(|item| moderator.decide_json(item).unwrap().into_decision_looking_at_incomplete().rules).collect();
    assert!(fired.len() >= 5, "the items are not about the policy: {fired:?}");
    for item in ITEMS {
        let [one, other] = [&moderator, &loaded].map(|moderator| serde_json::to_string(&moderator.explain_json(item).unwrap()).unwrap());
        assert_eq!(one, other);
    }
    assert_eq!(loaded.policy().digest, moderator.policy().digest);
}

#[test]
fn the_example_after_saving_and_loading() {
    let moderator = example();
    let loaded = Moderator::builder().engine(Engine::from_bytes(&moderator.engine().to_bytes()).unwrap()).unwrap();
    let items = std::fs::read_to_string(root().join("examples/items.jsonl")).unwrap();
    for line in items.lines() {
        assert_eq!(moderator.decide_json(line).unwrap(), loaded.decide_json(line).unwrap(), "{line}");
    }
}

#[test]
fn damage_is_noticed() {
    let bytes = little().engine().to_bytes();
    let begins = Engine::is_compiled(&bytes) && !Engine::is_compiled(&bytes[1..]);
    assert!(begins);
    for at in (0..bytes.len()).step_by(7) {
        for bit in [1, 0x80] {
            let mut flipped = bytes.clone();
            flipped[at] ^= bit;
            let error = Engine::from_bytes(&flipped).expect_err("a bit was flipped");
            let wanted = match at {
                0..8 => LoadError::NotCompiled,
                8..12 => continue,
                _ => LoadError::Damaged,
            };
            assert_eq!(error, wanted, "byte {at}");
        }
    }
    for length in (0..bytes.len()).step_by(97) {
        assert!(matches!(Engine::from_bytes(&bytes[..length]), Err(LoadError::Damaged | LoadError::NotCompiled)), "{length} bytes");
        assert!(Engine::from_reader(&mut &bytes[..length], bytes.len()).is_err());
    }
}

#[test]
fn another_version_is_refused_by_name() {
    let bytes = little().engine().to_bytes();
    let sentences: Vec<String> = (8..28)
        .step_by(4)
        .map(|at| {
            let mut other = bytes.clone();
            let version = u32::from_le_bytes(other[at..at + 4].try_into().unwrap());
            other[at..at + 4].copy_from_slice(&(version + 1).to_le_bytes());
            let error = Engine::from_bytes(&repaired(other)).expect_err("another version");
            assert!(matches!(error, LoadError::Version { found, wanted, .. } if found == wanted + 1), "{error:?}");
            error.to_string().split(" and this").next().unwrap().trim_end_matches(|c: char| c.is_ascii_digit() || c == ',').trim_end().to_owned()
        })
        .collect();
    let of = |what: &str| format!("this policy was compiled with {what}");
    assert_eq!(sentences, ["file format", "policy language", "fold tables", "the word list", "Unicode tables"].map(of));
}

/// Bytes changed on purpose, with a hash that fits: what comes out may be wrong, but it comes out.
#[test]
fn files_made_on_purpose_never_end_the_program() {
    let bytes = little().engine().to_bytes();
    let mut state = 0x5EED_u64;
    let mut draw = |bound: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % bound
    };
    let (mut loaded, mut refused) = (0, 0);
    let mut scratch = Scratch::new();
    for round in 0..1_500 {
        let mut made = bytes.clone();
        for _ in 0..1 + draw(4) {
            let end = made.len() - HASH;
            let at = 28 + draw(end - 28);
            match draw(5) {
                0 => made[at] = 0xff,
                1 => made[at] = 0,
                2 => made[at] ^= 1 << draw(8),
                3 => made[at] = made[at].wrapping_add(1),
                _ => {
                    let from = 28 + draw(end - 28 - 8);
                    made.copy_within(from..from + 8, at.min(end - 8));
                }
            }
        }
        if round % 10 == 0 {
            made.truncate(made.len() - 8 * (1 + draw(20)));
        }
        let Ok(engine) = Engine::from_bytes(&repaired(made)) else {
            refused += 1;
            continue;
        };
        loaded += 1;
        let moderator = Moderator::builder().engine(engine).unwrap();
        for item in ITEMS {
            let item = moderator.read_json(item).unwrap();
            let _ = moderator.engine().classify(&item, Call::default(), &mut scratch);
            let _ = moderator.decide_with(&item, &mut scratch);
        }
        if round % 8 == 0 {
            for item in ITEMS {
                let _ = moderator.explain_json(item);
            }
            let _ = tribunal::inspect(moderator.engine(), None, 3);
        }
    }
    assert!(loaded > 100 && refused > 100, "{loaded} loaded, {refused} refused");
}

#[test]
fn a_compiled_policy_stands_in_for_its_folder() {
    let folder = std::env::temp_dir().join(format!("tribunal-compiled-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("example.tribunal");
    std::fs::write(&file, example().engine().to_bytes()).unwrap();
    let from_path = Moderator::from_path(&file).unwrap();
    assert_eq!(from_path.engine().facts().id, "community-guidelines");
    let loaded = tribunal::load(&file).policy.unwrap();
    assert_eq!(loaded.digest, from_path.engine().facts().digest);
    std::fs::write(&file, &std::fs::read(&file).unwrap()[..1_000]).unwrap();
    let refused = Moderator::from_path(&file).expect_err("cut off").to_string();
    assert!(refused.contains("damaged or cut off") && refused.contains("compile the policy again"), "{refused}");
    assert!(tribunal::load(&file).policy.is_none());
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The tables of a policy, byte for byte: versions in the header aside. `UPDATE_GOLDENS=1` writes the digest anew.
#[test]
fn the_layout_is_as_it_was() {
    const HEADER: usize = 64;
    let bytes = little().engine().to_bytes();
    kept("tests/compiled.digest", &digests(&bytes, blake3::hash(&bytes[HEADER..bytes.len() - HASH])));
}

/// With fields, markets, disguises and expressions in use, and on whatever machine.
#[test]
fn the_example_gives_the_bytes_that_it_gave() {
    let moderator = example();
    let bytes = moderator.engine().to_bytes();
    kept("tests/compiled-example.digest", &format!("policy {} {}", moderator.policy().digest, digests(&bytes, blake3::hash(&bytes))));
}

fn digests(bytes: &[u8], hash: blake3::Hash) -> String {
    format!("format {} {}\n", u32::from_le_bytes(bytes[8..12].try_into().unwrap()), hash.to_hex())
}

fn kept(file: &str, found: &str) {
    // Tests run in the folder of their crate.
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(file, found).unwrap();
    }
    let kept = std::fs::read_to_string(file).unwrap();
    let advice = "UPDATE_GOLDENS=1 writes it anew: the example may change, and so may a table of folds or the list of words; if neither did, compiled policies are \
        laid out otherwise, and FORMAT in artefact/file.rs is to be raised first";
    assert_eq!(found, kept, "{file}: {advice}");
}
