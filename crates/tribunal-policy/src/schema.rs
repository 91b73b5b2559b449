//! The JSON Schema (draft 2020-12) of a policy file, for completion and hovers in editors.
//!
//! Written from the tables of [`crate::keys`]. It is looser than the loader: an editor reads `version: 5.10` as a
//! number where the policy language reads the text `5.10`, so a text may be any scalar here.

use crate::keys::{self, KeyKind, KeySpec, MapSpec};
use serde_json::{Map, Value, json};

/// The schema of a policy file: a market file where it has the key `market`, else any other.
///
/// ```
/// let schema = tribunal_policy::schema::schema();
/// assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
/// let rule = &schema["$defs"]["rule"];
/// assert!(rule["properties"]["when"].is_object() && rule["additionalProperties"] == false);
/// ```
pub fn schema() -> Value {
    let mut definitions: Map<String, Value> = keys::ALL.iter().map(|spec| (slug(spec), map(spec))).collect();
    definitions.insert("text".to_owned(), json!({"type": ["string", "number", "boolean"]}));
    definitions.insert(
        "by-language".to_owned(),
        json!({
            "type": "object",
            "propertyNames": {"pattern": LANG},
            "additionalProperties": reference_to("text"),
            "minProperties": 1,
        }),
    );
    definitions.insert("texts".to_owned(), one_or_many(reference_to("text")));
    definitions.insert(
        "effect".to_owned(),
        json!({
            "type": "object",
            "additionalProperties": {"anyOf": [
                reference_to("texts"),
                {
                    "type": "object",
                    "properties": {"add": reference_to("texts"), "remove": reference_to("texts")},
                    "additionalProperties": false,
                },
            ]},
        }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tribunal policy file",
        "if": {"required": ["market"]},
        "then": reference(&keys::MARKET),
        "else": reference(&keys::DOCUMENT),
        "$defs": definitions,
    })
}

fn slug(spec: &MapSpec) -> String {
    spec.name.replace(' ', "-")
}

fn reference(spec: &MapSpec) -> Value {
    reference_to(&slug(spec))
}

fn reference_to(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn one_or_many(one: Value) -> Value {
    json!({"anyOf": [one.clone(), {"type": "array", "items": one}]})
}

fn map_of(value: Value) -> Value {
    json!({"type": "object", "additionalProperties": value})
}

fn map(spec: &MapSpec) -> Value {
    let properties: Map<String, Value> = spec.keys.iter().map(|key| (key.name.to_owned(), property(key))).collect();
    let required: Vec<&str> = spec.keys.iter().filter(|key| key.required).map(|key| key.name).collect();
    let mut schema = json!({
        "description": spec.doc,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if let (Some(object), false) = (schema.as_object_mut(), required.is_empty()) {
        object.insert("required".to_owned(), json!(required));
    }
    schema
}

fn property(key: &KeySpec) -> Value {
    let mut schema = value(key);
    if let Some(object) = schema.as_object_mut() {
        object.insert("description".to_owned(), json!(key.doc));
    }
    schema
}

/// A language tag.
const LANG: &str = "^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$";

fn value(key: &KeySpec) -> Value {
    match key.kind {
        KeyKind::Lang => json!({"type": "string", "pattern": LANG}),
        KeyKind::Langs => one_or_many(json!({"type": "string", "pattern": LANG})),
        KeyKind::Text => reference_to("text"),
        KeyKind::Prose => json!({"anyOf": [reference_to("text"), reference_to("by-language")]}),
        KeyKind::ByLang => reference_to("by-language"),
        KeyKind::Name => json!({"type": "string", "pattern": "^[a-z][a-z0-9_-]*$"}),
        KeyKind::Market => json!({"type": "string", "pattern": "^[A-Z][A-Z0-9_-]*$"}),
        KeyKind::Bool => json!({"enum": [true, false]}),
        KeyKind::Number => json!({"type": "number"}),
        KeyKind::Date => json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}"}),
        KeyKind::Condition => json!({"type": ["string", "boolean"]}),
        KeyKind::Choice(words) => choice(words),
        KeyKind::Texts => reference_to("texts"),
        KeyKind::List => list(key),
        KeyKind::MapOf(inner) => map_of(named(inner)),
        KeyKind::ListOf(inner) => json!({"type": "array", "items": reference(inner)}),
        KeyKind::One(inner) => reference(inner),
        KeyKind::Effect => reference_to("effect"),
        KeyKind::Free => free(key),
    }
}

/// Words; one that an editor reads as a number is allowed as one too.
fn choice(words: &[&str]) -> Value {
    let numbers = words.iter().filter_map(|word| word.parse::<i64>().ok()).map(Value::from);
    let all: Vec<Value> = words.iter().map(|word| json!(word)).chain(numbers).collect();
    json!({"enum": all})
}

/// What stands at a name: a term list may be just its terms.
fn named(spec: &MapSpec) -> Value {
    if spec.name == keys::LIST.name {
        return json!({"anyOf": [reference(spec), {"type": "array", "items": term()}]});
    }
    reference(spec)
}

fn term() -> Value {
    json!({"anyOf": [reference_to("text"), reference(&keys::TERM)]})
}

/// Lists of terms, and of items as examples.
fn list(key: &KeySpec) -> Value {
    if keys::EXAMPLES.keys.iter().any(|example| example.name == key.name) {
        return one_or_many(json!({"anyOf": [reference_to("text"), {"type": "object"}]}));
    }
    one_or_many(term())
}

/// Keys with several forms.
fn free(key: &KeySpec) -> Value {
    match key.name {
        "unless" => json!({"anyOf": [{"type": ["string", "boolean"]}, reference(&keys::UNLESS)]}),
        "rollout" => json!({"anyOf": [reference_to("text"), reference(&keys::ROLLOUT)]}),
        "points" => map_of(json!({"type": "number"})),
        "surfaces" => map_of(reference_to("texts")),
        "taxonomy" => {
            let category = json!({"anyOf": [reference_to("text"), reference(&keys::CATEGORY)]});
            json!({"anyOf": [{"type": "array", "items": reference_to("text")}, map_of(category)]})
        }
        _ => json!({}),
    }
}
