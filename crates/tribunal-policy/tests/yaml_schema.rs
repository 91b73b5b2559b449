//! The JSON Schema: pinned, every reference resolves, the example policy is valid under it, and mistakes are not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use serde_json::{Value as Json, json};
use std::path::{Path, PathBuf};
use tribunal_policy::diagnostic::Diagnostics;
use tribunal_policy::schema::schema;
use tribunal_policy::source::Sources;
use tribunal_policy::yaml::{Node, Scalar, ScalarStyle, Value, YamlLimits, parse};

/// As an editor reads it: plain scalars are typed by the core schema of YAML 1.2.
fn typed(scalar: &Scalar) -> Json {
    if scalar.is_null() {
        return Json::Null;
    }
    let text = scalar.text.as_str();
    match text {
        _ if scalar.style != ScalarStyle::Plain => json!(text),
        "true" => json!(true),
        "false" => json!(false),
        _ if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => match text.parse::<f64>() {
            Ok(number) => json!(number),
            Err(_) => json!(text),
        },
        _ => json!(text),
    }
}

fn to_json(node: &Node) -> Json {
    match &node.value {
        Value::Scalar(scalar) => typed(scalar),
        Value::Seq(nodes) => nodes.iter().map(to_json).collect(),
        Value::Map(entries) => entries.iter().map(|e| (e.key.text.clone(), to_json(&e.value))).collect(),
        Value::Invalid => panic!("a mistake in a test"),
    }
}

fn read(text: &str) -> Json {
    let mut sources = Sources::new();
    let file = sources.add("a.yaml", text);
    let mut out = Diagnostics::new();
    let node = parse(file, &sources, &YamlLimits::default(), &mut out);
    assert!(!out.has_errors(), "{out:?}");
    to_json(&node.unwrap())
}

/// The keywords that the schema uses, and no others: an unknown one fails the test.
fn valid(schema: &Json, root: &Json, value: &Json) -> Result<(), String> {
    for (keyword, rule) in schema.as_object().ok_or("a schema is an object")? {
        let fine = match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "then" | "else" => true,
            "$ref" => {
                let name = rule.as_str().unwrap().strip_prefix("#").unwrap();
                valid(root.pointer(name).ok_or(format!("no {name}"))?, root, value)?;
                true
            }
            "if" => {
                let branch = if valid(rule, root, value).is_ok() { "then" } else { "else" };
                valid(&schema[branch], root, value)?;
                true
            }
            "anyOf" => {
                let tried: Vec<_> = rule.as_array().unwrap().iter().map(|s| valid(s, root, value)).collect();
                if !tried.iter().any(Result::is_ok) {
                    return Err(format!("none of {tried:?}"));
                }
                true
            }
            "enum" => rule.as_array().unwrap().iter().any(|one| one == value || one.as_f64().is_some_and(|n| Some(n) == value.as_f64())),
            "type" => {
                let found = match value {
                    Json::Null => "null",
                    Json::Bool(_) => "boolean",
                    Json::Number(_) => "number",
                    Json::String(_) => "string",
                    Json::Array(_) => "array",
                    Json::Object(_) => "object",
                };
                rule == found || rule.as_array().is_some_and(|all| all.iter().any(|one| one == found))
            }
            "pattern" => value.as_str().is_none_or(|text| pattern(rule.as_str().unwrap(), text)),
            "propertyNames" => match value.as_object() {
                Some(object) => object.keys().all(|key| valid(rule, root, &json!(key)).is_ok()),
                None => true,
            },
            "minProperties" => value.as_object().is_none_or(|o| o.len() as u64 >= rule.as_u64().unwrap()),
            "required" => value.as_object().is_none_or(|o| rule.as_array().unwrap().iter().all(|k| o.contains_key(k.as_str().unwrap()))),
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    valid(rule, root, item)?;
                }
                true
            }
            "properties" => {
                for (key, inner) in value.as_object().into_iter().flatten() {
                    if let Some(rule) = rule.get(key) {
                        valid(rule, root, inner).map_err(|e| format!("{key}: {e}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Json::as_object);
                for (key, inner) in value.as_object().into_iter().flatten() {
                    if known.is_some_and(|known| known.contains_key(key)) {
                        continue;
                    }
                    if rule == &json!(false) {
                        return Err(format!("the key {key} is not known"));
                    }
                    valid(rule, root, inner).map_err(|e| format!("{key}: {e}"))?;
                }
                true
            }
            other => return Err(format!("keyword {other}")),
        };
        if !fine {
            return Err(format!("{keyword} {rule} does not hold for {value}"));
        }
    }
    Ok(())
}

/// The patterns in use.
fn pattern(pattern: &str, text: &str) -> bool {
    let name = |first: fn(&u8) -> bool| {
        let rest = |b: &u8| first(b) || b.is_ascii_digit() || matches!(b, b'_' | b'-');
        text.as_bytes().first().is_some_and(first) && text.as_bytes().iter().all(rest)
    };
    match pattern {
        "^[a-z][a-z0-9_-]*$" => name(u8::is_ascii_lowercase),
        "^[A-Z][A-Z0-9_-]*$" => name(u8::is_ascii_uppercase),
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}" => {
            let shape: String = text.chars().take(10).map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
            shape == "0000-00-00"
        }
        "^[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*$" => {
            let mut parts = text.split(['-', '_']);
            let first = parts.next().is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic()));
            first && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
        }
        other => panic!("the pattern {other} is not known to this test"),
    }
}

fn check(text: &str) -> Result<(), String> {
    let schema = schema();
    valid(&schema, &schema, &read(text))
}

#[test]
fn the_schema_is_pinned() {
    let path = Path::new("tests/yaml_schema.json");
    let written = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDENS").is_some_and(|value| value == "1") {
        std::fs::write(path, &written).unwrap();
    }
    let pinned = std::fs::read_to_string(path).unwrap_or_default();
    assert!(pinned == written, "the schema changed: look at the change, then run with UPDATE_GOLDENS=1");
}

#[test]
fn every_reference_resolves_and_every_definition_is_used() {
    fn references(value: &Json, found: &mut Vec<String>) {
        match value {
            Json::Object(object) => {
                found.extend(object.get("$ref").and_then(Json::as_str).map(str::to_owned));
                object.values().for_each(|inner| references(inner, found));
            }
            Json::Array(list) => list.iter().for_each(|inner| references(inner, found)),
            _ => {}
        }
    }
    let schema = schema();
    let mut found = Vec::new();
    references(&schema, &mut found);
    for reference in &found {
        assert!(schema.pointer(&reference[1..]).is_some(), "{reference}");
    }
    for name in schema["$defs"].as_object().unwrap().keys() {
        assert!(found.contains(&format!("#/$defs/{name}")), "{name} is never used");
    }
}

#[test]
fn policies_are_valid() {
    let smallest = "policy: {id: demo, version: 1}\nterms:\n  a: {match: word, folds: evasive, terms: [glock, ar-15, 88]}\n  b: [x, {term: y, lang: de}]\nrules:\n  - id: r\n    when: any text has a\n    unless: {when: any text has b, becomes: {routing: review}}\n    rollout: 10%\n    effect: {routing: review, annotation: [x, y]}\n    points: {spam: 2.5}\n";
    assert_eq!(check(smallest), Ok(()));
    let market = "market: BR\ninherits: LATAM\noverrides:\n  - rule: r\n    effect: {annotation: {add: [x], remove: y}}\n    reason: because\n  - terms: a\n    add: [z]\n    reason: why\n";
    assert_eq!(check(market), Ok(()));
}

#[test]
fn mistakes_are_not() {
    for text in [
        "rulez: []\n",
        "rules:\n  - id: r\n",
        "rules:\n  - {id: R, when: x}\n",
        "rules:\n  - {id: r, when: x, stage: alive}\n",
        "rules: {id: r}\n",
        "rules:\n  - {id: r, when: x, review_by: soon}\n",
        "market: br\n",
        "market: BR\nrulez: []\n",
        "terms: {a: {terms: [{trem: x}]}}\n",
        "terms: {a: {terms: [~]}}\n",
        "terms: {a: {sensitive: maybe}}\n",
        "policy: {id: demo, version: \"1\", title: {english: A demo}}",
        "policy: {id: demo, version: \"1\", title: {}}",
    ] {
        assert!(check(text).is_err(), "{text}");
    }
}

fn yaml_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            yaml_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            found.push(path);
        }
    }
}

#[test]
fn the_example_policies_are_valid() {
    let mut files = Vec::new();
    yaml_files(Path::new("../../examples"), &mut files);
    assert!(!files.is_empty());
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(check(&text), Ok(()), "{}", path.display());
    }
}
