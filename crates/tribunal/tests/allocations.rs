//! Deciding allocates nothing once the scratch has grown to the size of the items.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "tests")]

use std::path::PathBuf;

use serde_json::Value as Json;
use tribunal::{Call, Engine, Item, List, Moderator, Scratch, Value};
use tribunal_policy::FieldId;

fn root() -> PathBuf {
    PathBuf::from("../..")
}

fn example() -> Moderator {
    Moderator::from_path(root().join("examples/community-guidelines")).unwrap_or_else(|error| panic!("{error}"))
}

/// An item as a program holds it: by field number, nothing to parse.
struct Own {
    id: String,
    values: Vec<Held>,
}

enum Held {
    Missing,
    Text(String),
    List(Vec<String>),
    Int(i64),
    Float(f64),
    Bool(bool),
}

impl Item for Own {
    fn value(&self, field: FieldId) -> Value<'_> {
        match self.values.get(field.index()) {
            None | Some(Held::Missing) => Value::Missing,
            Some(Held::Text(text)) => Value::Text(text),
            Some(Held::List(list)) => Value::List(List::Owned(list)),
            Some(Held::Int(number)) => Value::Int(*number),
            Some(Held::Float(number)) => Value::Float(*number),
            Some(Held::Bool(value)) => Value::Bool(*value),
        }
    }
}

/// Reads a line by the names of the policy's fields.
fn own(moderator: &Moderator, line: &str) -> Own {
    let json: Json = serde_json::from_str(line).expect("an item");
    let held = |name: &str| match name.split('.').try_fold(&json, |at, part| at.get(part)) {
        Some(Json::String(text)) => Held::Text(text.clone()),
        Some(Json::Array(list)) => Held::List(list.iter().filter_map(Json::as_str).map(str::to_owned).collect()),
        Some(Json::Bool(value)) => Held::Bool(*value),
        Some(Json::Number(number)) => number.as_i64().map_or_else(|| Held::Float(number.as_f64().unwrap_or(0.0)), Held::Int),
        _ => Held::Missing,
    };
    Own { id: json.get("id").map_or_else(String::new, Json::to_string), values: moderator.policy().fields.iter().map(|field| held(&field.name)).collect() }
}

/// What happened in a run over the items.
#[derive(Default)]
struct Run {
    allocations: u64,
    hits: usize,
    allocating: Vec<String>,
}

fn run(engine: &Engine, items: &[Own], scratch: &mut Scratch) -> Run {
    let mut run = Run::default();
    for item in items {
        let mut rules = 0;
        let counted = allocation_counter::measure(|| rules = engine.classify(item, Call::default(), scratch).rules.len());
        run.allocations += counted.count_total;
        run.hits += usize::from(rules > 0);
        if counted.count_total > 0 && run.allocating.len() < 5 {
            run.allocating.push(format!("{} allocations, {} bytes: item {}", counted.count_total, counted.bytes_total, item.id));
        }
    }
    run
}

/// Warms the scratch up with all items, then expects another round over them to allocate nothing.
fn none_after_warm_up(what: &str, moderator: &Moderator, items: &[Own]) {
    let mut scratch = Scratch::new();
    let warm_up = run(moderator.engine(), items, &mut scratch);
    assert!(warm_up.allocations > 0, "the counter counts nothing");
    assert!(warm_up.hits > 0, "no rule fires: this would show nothing");
    // Buffers change places between the texts of an item; after some rounds each has seen the longest.
    for _ in 0..10 {
        run(moderator.engine(), items, &mut scratch);
    }
    let warm = run(moderator.engine(), items, &mut scratch);
    println!("{what}: {} items, {} with a rule; {} allocations in the warm-up", items.len(), warm.hits, warm_up.allocations);
    assert_eq!(warm_up.hits, warm.hits);
    assert_eq!(warm.allocations, 0, "{} items, for example\n{}", items.len(), warm.allocating.join("\n"));
}

#[test]
fn whole_items_of_the_example() {
    let moderator = example();
    let text = std::fs::read_to_string(root().join("examples/items.jsonl")).unwrap();
    let items: Vec<Own> = text.lines().map(|line| own(&moderator, line)).collect();
    assert!(items.len() > 500);
    none_after_warm_up("items of the example", &moderator, &items);
}

#[test]
fn captions_of_the_example() {
    let moderator = example();
    let text = std::fs::read_to_string(root().join("examples/items.jsonl")).unwrap();
    let captions = text.lines().map(|line| {
        let json: Json = serde_json::from_str(line).unwrap();
        serde_json::json!({ "id": json.get("id"), "caption": json.get("caption") }).to_string()
    });
    let items: Vec<Own> = captions.map(|line| own(&moderator, &line)).collect();
    none_after_warm_up("captions of the example", &moderator, &items);
}

#[test]
fn short_real_captions() {
    let path = tribunal_oracle::data_folder().join("items/open/davidson.jsonl.zst");
    let Ok(file) = std::fs::File::open(&path) else {
        tribunal_oracle::skipped("short_real_captions", &format!("{} is not there (set TRIBUNAL_DATA)", path.display()));
        return;
    };
    let moderator = example();
    let text = std::io::read_to_string(zstd::Decoder::new(file).unwrap()).unwrap();
    let items: Vec<Own> = text.lines().take(5_000).map(|line| own(&moderator, line)).collect();
    assert!(items.len() > 1_000);
    none_after_warm_up("short real captions", &moderator, &items);
}

#[test]
fn expressions_at_words_beyond_ascii() {
    let text = r"
policy: {id: words, version: '1'}
rules:
  - {id: short, when: 'caption has /\bhe(ck|ll)s?\b/', effect: {routing: review}}
  - {id: code, when: 'caption has /\b[a-z]{2}[0-9]\b/', effect: {routing: review}}
";
    let moderator = Moderator::from_text(text).unwrap();
    let captions = ["été heck é", "çok heckle é ab1 ü", "ä hells ö", "plain hell", "héllo ab12 — x"];
    let items: Vec<Own> = captions.map(|caption| own(&moderator, &serde_json::json!({"id": "w", "caption": caption}).to_string())).into();
    none_after_warm_up("expressions at words", &moderator, &items);
}

#[test]
fn disguises_that_end_with_a_sign() {
    let text = "policy: {id: signs, version: '1'}\nterms: {a: {match: phrase, folds: evasive, terms: [bot, cut, glock]}}\nrules: [{id: r, when: caption has a, effect: {routing: review}}]";
    let moderator = Moderator::from_text(text).unwrap();
    let captions = ["bo+ and c/u+", "so c u + x", "gl0ck bo+", "g+l+o+c+k+", "R&amp;D bo&#116; &amp;&amp;&amp; b&#111;+"];
    let items: Vec<Own> = captions.map(|caption| own(&moderator, &serde_json::json!({"id": "s", "caption": caption}).to_string())).into();
    none_after_warm_up("signs at the end", &moderator, &items);
}
