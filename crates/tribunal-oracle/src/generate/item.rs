//! Items for a policy: their texts are made of its terms, their fields are there, absent, pending or of a wrong type.

use serde_json::{Map, Value as Json, json};
use tribunal_policy::Policy;
use tribunal_policy::fields::{Field, FieldType};
use tribunal_policy::model::Match;

use super::Rng;
use super::disguise::{disguise, join};
use super::words::{IDS, LANGS, NEUTRAL, TERMS};

/// Texts longer than this many characters only cost time: the oracle tries every span of them.
const LONGEST: usize = 40;

/// An item for that policy.
pub fn generate_item(policy: &Policy, seed: u64) -> Json {
    let mut rng = Rng::new(seed ^ 0x1D_1D1D);
    let terms = terms(policy);
    let mut item = Map::new();
    let mut pending = Vec::new();
    for field in &policy.fields {
        let present = if field.name == "caption" { 90 } else { 45 };
        if rng.chance(3) {
            pending.push(json!(field.name));
        }
        if !rng.chance(present) {
            if rng.chance(5) {
                put(&mut item, &field.name, Json::Null);
            }
            continue;
        }
        let value = if rng.chance(3) { wrong(&mut rng, field.ty) } else { value(&mut rng, policy, field, &terms) };
        let name = match field.alias {
            Some(alias) if rng.chance(15) => alias,
            _ => &field.name,
        };
        put(&mut item, name, value);
    }
    if !pending.is_empty() || rng.chance(5) {
        item.insert("pending".to_owned(), Json::Array(pending));
    }
    if rng.chance(2) {
        item.insert("author".to_owned(), json!("nobody"));
    }
    if rng.chance(5) {
        item.insert("unheard_of".to_owned(), json!({"caption": "glock"}));
    }
    Json::Object(item)
}

/// What texts are made of: the terms of the policy, and some that it may not have.
fn terms(policy: &Policy) -> Vec<String> {
    let mut terms: Vec<String> = ["gl0ck", "Deal", "1234", "sale", "buy"].map(str::to_owned).to_vec();
    terms.extend(TERMS.iter().take(4).map(|term| (*term).to_owned()));
    // Hosts, ids and the like make few hits in texts.
    let exact = |name: &str| ["hosts", "ids", "places", "tongues"].contains(&name);
    for list in policy.lists.iter().filter(|list| !exact(&list.name)) {
        for entry in list.entries.iter().filter(|entry| entry.modes.iter().all(|(mode, _)| *mode != Match::Regex)) {
            // Twice: most of what is disguised should be a term of this policy.
            terms.extend([entry.text.clone(), entry.text.clone()]);
            terms.extend(entry.evasions.iter().cloned());
        }
    }
    terms
}

fn text(rng: &mut Rng, terms: &[String]) -> String {
    let mut pieces = Vec::new();
    for _ in 0..rng.between(1, 4) {
        let piece = if rng.chance(70) {
            let term = rng.name(terms);
            disguise(rng, &term)
        } else {
            rng.word(NEUTRAL).to_owned()
        };
        pieces.push(piece);
    }
    let text = join(rng, &pieces);
    if rng.chance(3) { String::new() } else { text.chars().take(LONGEST).collect() }
}

fn value(rng: &mut Rng, policy: &Policy, field: &Field, terms: &[String]) -> Json {
    match (field.ty, field.name.as_str()) {
        (FieldType::Id, "market") => {
            let declared: Vec<String> = policy.markets.iter().map(|market| market.name.clone()).collect();
            match rng.below(10) {
                0 => json!("ZZ"),
                1 => json!(rng.name(&declared).to_lowercase()),
                _ => json!(rng.name(&declared)),
            }
        }
        (FieldType::Id, "lang") => json!(rng.word(LANGS)),
        (FieldType::Id, "id") => {
            let n = rng.below(100_000);
            if rng.chance(50) { json!(n) } else { json!(format!("v{n}")) }
        }
        (FieldType::Id, _) => json!(rng.word(IDS)),
        (FieldType::IdList, _) => (0..rng.below(4)).map(|_| json!(rng.word(IDS))).collect(),
        (FieldType::Text, _) => json!(text(rng, terms)),
        (FieldType::TextList, _) => (0..rng.below(4)).map(|_| Json::from(element(rng, terms))).collect(),
        (FieldType::Bool, _) => json!(rng.chance(50)),
        (FieldType::Number, _) => number(rng),
        (FieldType::Time, _) => time(rng),
    }
}

/// An element is mostly one word, as a tag is.
fn element(rng: &mut Rng, terms: &[String]) -> String {
    let term = rng.name(terms);
    match rng.below(6) {
        0 => text(rng, terms).chars().take(LONGEST / 2).collect(),
        1 => term.replace(' ', ""),
        2 => format!("#{}", term.replace(' ', "_")),
        3 => format!("{term}{}", rng.below(100)),
        _ => disguise(rng, &term),
    }
}

fn number(rng: &mut Rng) -> Json {
    match rng.below(8) {
        0 => json!(0),
        1 => json!(-1),
        2 => json!(17.5),
        3 => json!(0.3),
        4 => json!(i64::MAX),
        5 => json!(1e16),
        _ => json!(rng.word(&["13", "17", "18", "999", "1000", "1001"]).parse::<i64>().unwrap_or(0)),
    }
}

fn time(rng: &mut Rng) -> Json {
    // 2026-10-28 and eight days from there, in steps of six hours.
    let steps = rng.between(0, 32) as u64;
    match rng.below(4) {
        0 => json!("2026-11-01"),
        1 => json!("2026-10-31T23:59:59Z"),
        2 => json!("2026-11-02T01:30+02:00"),
        _ => json!(1_793_145_600 + steps * 21_600),
    }
}

fn wrong(rng: &mut Rng, ty: FieldType) -> Json {
    match (ty, rng.below(3)) {
        (FieldType::TextList | FieldType::IdList, 0) => json!(["glock", true]),
        (FieldType::TextList | FieldType::IdList, _) => json!("glock"),
        (FieldType::Bool, 0) => json!("true"),
        (FieldType::Text, 0) => json!(5),
        (FieldType::Time, 0) => json!("yesterday"),
        (_, 1) => json!([]),
        _ => json!({}),
    }
}

/// Puts a value at a dotted name, making the objects on the way.
fn put(object: &mut Map<String, Json>, name: &str, value: Json) {
    let Some((head, rest)) = name.split_once('.') else {
        object.insert(name.to_owned(), value);
        return;
    };
    let inner = object.entry(head).or_insert_with(|| Json::Object(Map::new()));
    if let Json::Object(inner) = inner {
        put(inner, rest, value);
    }
}
