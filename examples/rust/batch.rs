//! Many items on all cores, in their order: how often which rule of the example policy fires.
//!
//! `cargo run -p tribunal --example batch`

use std::collections::BTreeMap;
use std::path::Path;

use tribunal::{Moderator, Outcome};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let moderator = Moderator::from_path(examples.join("community-guidelines"))?;
    let text = std::fs::read_to_string(examples.join("items.jsonl"))?;
    let lines: Vec<&str> = text.lines().collect();

    let mut rules: BTreeMap<String, usize> = BTreeMap::new();
    let (mut hit, mut incomplete, mut not_judged, mut unreadable) = (0, 0, 0, 0);
    for (line, outcome) in lines.iter().zip(moderator.decide_json_batch(&lines)) {
        let decision = match outcome {
            Ok(Outcome::Complete(decision)) => decision,
            Ok(Outcome::Incomplete(decision)) => {
                incomplete += 1;
                decision
            }
            Err(error) => {
                eprintln!("{error}: {line}");
                unreadable += 1;
                continue;
            }
        };
        hit += usize::from(!decision.rules.is_empty());
        not_judged += usize::from(!decision.unknown.is_empty());
        decision.rules.into_iter().for_each(|rule| *rules.entry(rule).or_default() += 1);
    }
    println!("{} items: {hit} with a rule, {not_judged} with a rule not judged, {incomplete} incomplete, {unreadable} unreadable", lines.len());
    for (rule, count) in &rules {
        println!("{count:6} {rule}");
    }
    Ok(())
}
