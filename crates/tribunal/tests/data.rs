//! Real items, where the data is at hand: `TRIBUNAL_DATA`, or `../shared/data` beside the checkout. Says so when it is not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, missing_docs, unreachable_pub, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::Command;

use rayon::prelude::*;
use tribunal::{Decision, Moderator, Outcome};
use tribunal_oracle::{data, skipped};

fn root() -> PathBuf {
    PathBuf::from("../..")
}

fn text(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let bytes = if path.extension().is_some_and(|ending| ending == "zst") { zstd::decode_all(bytes.as_slice()).unwrap() } else { bytes };
    String::from_utf8(bytes).unwrap()
}

fn decided(outcome: Outcome) -> Decision {
    match outcome {
        Outcome::Complete(decision) | Outcome::Incomplete(decision) => decision,
    }
}

/// Every hit is what the item says at its place.
fn check(line: &str, decision: &Decision) -> usize {
    let item: serde_json::Value = serde_json::from_str(line).unwrap();
    let mut hits = 0;
    for hit in decision.evidence.iter().flatten().flat_map(|evidence| &evidence.hits) {
        let (field, element) = match hit.field.split_once('[') {
            Some((field, rest)) => (field, rest.trim_end_matches(']').parse::<usize>().ok()),
            None => (hit.field.as_str(), None),
        };
        let mut value = &item;
        for part in field.split('.') {
            value = &value[part];
        }
        if field == "sound.title" && value.is_null() {
            value = &item["video"]["music_title"];
        }
        let value = element.map_or(value, |element| &value[element]);
        let original = value.as_str().and_then(|text| text.get(hit.start as usize..hit.end as usize));
        assert_eq!(original, Some(hit.text.as_str()), "{hit:?} in {:?}", decision.id);
        hits += 1;
    }
    hits
}

#[test]
fn every_item_is_decided() {
    let Some(data) = data("every_item_is_decided") else { return };
    let moderator = Moderator::builder().evidence(true).from_path(root().join("examples/community-guidelines")).unwrap();
    let mut files: Vec<PathBuf> =
        ["open", "restricted"].iter().flat_map(|class| std::fs::read_dir(data.join("items").join(class)).unwrap()).map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut items, mut hits, mut fired, mut incomplete) = (0, 0, 0, 0);
    for file in &files {
        let text = text(file);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        let found: Vec<(usize, bool, bool)> = lines
            .par_iter()
            .map_init(tribunal::Scratch::new, |scratch, line| {
                let item = moderator.read_json(line).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
                let decision = decided(moderator.decide_with(&item, scratch));
                if let Some(why) = &decision.incomplete {
                    println!("{:?} in {}: {why}", decision.id, file.display());
                }
                (check(line, &decision), !decision.rules.is_empty(), decision.incomplete.is_some())
            })
            .collect();
        items += found.len();
        hits += found.iter().map(|(hits, ..)| hits).sum::<usize>();
        fired += found.iter().filter(|(_, fired, _)| *fired).count();
        incomplete += found.iter().filter(|(.., incomplete)| *incomplete).count();
    }
    println!("{} files, {items} items, {fired} with a live rule, {hits} hits, {incomplete} over a limit", files.len());
    assert_eq!(items, 131_695, "lines in {}", data.display());
}

/// Counted again by a Python script of another hand.
#[test]
fn whole_words_are_counted_as_python_counts_them() {
    let Some(data) = data("whole_words_are_counted_as_python_counts_them") else { return };
    let script = root().join("tests/recount/ldnoobw_davidson.py");
    let Ok(output) = Command::new("python3").arg(&script).arg("--ids").env("TRIBUNAL_DATA", &data).output() else {
        skipped("whole_words_are_counted_as_python_counts_them", "no python3");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut terms = Vec::new();
    for line in text(&data.join("terms/open/ldnoobw.jsonl")).lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        if entry["lang"] == "en" {
            terms.push(entry["term"].clone());
        }
    }
    let policy = format!(
        "policy: {{id: recount, version: '1'}}\nterms: {{profanity: {{match: word, folds: plain, terms: {}}}}}\nrules: [{{id: hit, when: caption has profanity, effect: {{routing: review}}}}]",
        serde_json::to_string(&terms).unwrap()
    );
    let moderator = Moderator::from_text(&policy).unwrap_or_else(|error| panic!("{error}"));
    let items = text(&data.join("items/open/davidson.jsonl.zst"));
    let lines: Vec<&str> = items.lines().collect();
    let outcomes = moderator.decide_json_batch(&lines);
    let ours: Vec<String> = outcomes
        .into_iter()
        .map(|outcome| decided(outcome.unwrap()))
        .filter(|decision| !decision.rules.is_empty())
        .filter_map(|decision| decision.id)
        .collect();
    let printed = String::from_utf8(output.stdout).unwrap();
    let theirs: Vec<&str> = printed.lines().filter(|line| line.contains(':')).collect();
    println!("{} items here, {} by python", ours.len(), theirs.len());
    assert!(theirs.len() > 1_000, "{printed}");
    assert_eq!(ours, theirs);
}
