//! Analyses a policy, or compares two, and says how long it took: `cargo run --release --example look -- POLICY [NEW]`;
//! `look --made RULES LISTS TERMS MARKETS [pool]` does both with a made-up policy.

#![allow(clippy::indexing_slicing, reason = "an index below the length")]

use std::fmt::Write as _;
use std::sync::Arc;

use tribunal_analysis::{DiffOptions, Options, Session, Why, analyze, diff};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let read = |path: &String| -> Result<_, Box<dyn std::error::Error>> {
        let loaded = tribunal_policy::load(std::path::Path::new(path));
        Ok(Arc::new(loaded.policy.ok_or_else(|| format!("{path}: {:?}", loaded.diagnostics))?))
    };
    let start = cpu();
    match paths.as_slice() {
        [one] => {
            let policy = read(one)?;
            println!("read {:.2} s", cpu() - start);
            let start = cpu();
            let analysis = analyze(&policy, &Options::default())?;
            for finding in analysis.findings.iter().filter(|finding| finding.severity != "note") {
                println!("{} {} {}\n    {}", finding.id, finding.severity, finding.place, finding.message);
                finding.items.iter().for_each(|shown| println!("    {}: {} -> {:?} {:?}", shown.what, shown.item, shown.decision, shown.rules));
            }
            println!(
                "{} errors, {} warnings, {} notes; suspected {:?}; {:?}",
                analysis.errors, analysis.warnings, analysis.notes, analysis.suspected, analysis.effort
            );
            println!("analysed in {:.2} s", cpu() - start);
        }
        [made, rules, lists, terms, markets, rest @ ..] if made == "--made" => {
            let pool = !rest.is_empty();
            let sizes = [rules.parse()?, lists.parse()?, terms.parse()?, markets.parse()?];
            let text = |edits| -> Result<_, Box<dyn std::error::Error>> {
                let loaded = tribunal_policy::load_str("made.yaml", &made_up(sizes, pool, edits));
                Ok(Arc::new(loaded.policy.ok_or_else(|| format!("{:?}", loaded.diagnostics.first()))?))
            };
            let (old, new) = (text(0)?, text(20)?);
            println!("read {:.2} s", cpu() - start);
            let start = cpu();
            let budget = std::env::var("BUDGET").ok().and_then(|steps| steps.parse().ok());
            let options = Options { budget, ..Options::default() };
            let analysis = analyze(&old, &options)?;
            let mut codes = std::collections::BTreeMap::<&str, usize>::new();
            analysis.findings.iter().for_each(|finding| *codes.entry(&finding.code).or_default() += 1);
            println!("analysed in {:.2} s: {codes:?}; suspected {:?}; {:?}", cpu() - start, analysis.suspected, analysis.effort);
            let mut open = std::collections::BTreeMap::<(&str, Why), usize>::new();
            analysis.left_open.iter().for_each(|question| *open.entry((&question.code, question.why)).or_default() += 1);
            println!("left open: {open:?}");
            let start = cpu();
            let report = diff(&old, &new, &DiffOptions { no_slices: true, budget, ..DiffOptions::default() })?;
            println!(
                "compared in {:.2} s: {} edits, {} changes, suspected {}; {:?}",
                cpu() - start,
                report.edits.len(),
                report.changes.len(),
                report.suspected,
                report.effort
            );
            let mut session = Session::open(&old, &options)?;
            let made = made_up(sizes, pool, 0);
            for (what, from, to) in [
                ("effect", "", ""),
                ("condition", "id: r7, when: '", "id: r7, when: 'author.age < 30 and "),
                ("exception", "id: r7, when: ", "id: r7, unless: author.verified, when: "),
            ] {
                let edited = if from.is_empty() { made_up(sizes, pool, 1) } else { made.replacen(from, to, 1) };
                let loaded = tribunal_policy::load_str("made.yaml", &edited);
                let policy = Arc::new(loaded.policy.ok_or_else(|| format!("{:?}", loaded.diagnostics.first()))?);
                let start = cpu();
                let (found, effort) = session.edit(&policy).map(|analysis| (analysis.findings.len(), analysis.effort))?;
                println!("one edited rule ({what}) in {:.2} s: {found} findings; {effort:?}", cpu() - start);
            }
        }
        [old, new] => {
            let (old, new) = (read(old)?, read(new)?);
            println!("read {:.2} s", cpu() - start);
            let start = cpu();
            let report = diff(&old, &new, &DiffOptions::default())?;
            println!("{}", serde_json::to_string_pretty(&report)?);
            println!("compared in {:.2} s", cpu() - start);
        }
        _ => return Err("one policy or two".into()),
    }
    Ok(())
}

/// Time that all threads have had of a processor, in seconds: the machine may be loaded. Hundredths are what the kernel tells; threads
/// that have ended are counted too.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
    let ticks: f64 = after.split(' ').skip(11).take(2).filter_map(|number| number.parse::<f64>().ok()).sum();
    ticks / 100.0
}

/// A policy of these numbers of rules, lists, terms and markets; `edits` rules are stricter or milder than with 0.
fn made_up([rules, lists, terms, markets]: [usize; 4], pool: bool, edits: usize) -> String {
    let mut state = 42u64;
    let mut below = move |n: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from((state >> 20) % n.max(1) as u64).unwrap_or(0)
    };
    let word = |at: usize| -> String {
        let mut at = at * 7919 + 13;
        let mut out = String::new();
        for _ in 0..5 {
            out.push(char::from(b"bdfgklmnprstvz".get(at % 14).copied().unwrap_or(b'b')));
            at /= 14;
            out.push(char::from(b"aeiou".get(at % 5).copied().unwrap_or(b'a')));
            at /= 5;
        }
        out
    };
    let mut out = String::from("policy: {id: made, version: '1'}\nterms:\n");
    let each = terms / lists.max(1);
    for list in 0..lists {
        let texts: Vec<String> = (0..each)
            .map(|at| word(if pool || below(10) == 0 { below(if pool { 60_000 } else { terms }) } else { list * each + at }))
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        let _ = writeln!(out, "  l{list}: [{}]", texts.join(", "));
    }
    out.push_str("rules:\n");
    let effects = [
        "{distribution: removed}",
        "{distribution: feed_ineligible}",
        "{audience: adults}",
        "{routing: review}",
        "{annotation: [warning_screen]}",
        "{account: strike}",
    ];
    for rule in 0..rules {
        let subject = ["any text", "caption", "hashtags", "ocr"][below(4)];
        let mut when = format!("{subject} has l{}", below(lists));
        if below(2) == 0 {
            let _ = write!(when, " and {subject} has l{}", below(lists));
        }
        match below(4) {
            0 => drop(write!(when, " and author.age < {}", 13 + below(8))),
            1 => drop(write!(when, " and author.followers >= {}", 100 * (1 + below(40)))),
            2 => drop(write!(when, " and not caption has l{}", below(lists))),
            _ => {}
        }
        let kind = below(effects.len());
        let kind = if rule % (rules / edits.max(1)).max(1) == 7 && edits > 0 { kind + 1 } else { kind };
        let _ = writeln!(out, "  - {{id: r{rule}, when: '{when}', effect: {}, on_unknown: ignore}}", effects[kind % effects.len()]);
    }
    out.push_str("markets:\n");
    for market in 0..markets {
        let _ = writeln!(out, "  - market: M{market}\n    overrides:");
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..3 {
            let rule = below(rules);
            if seen.insert(rule) {
                let _ = writeln!(out, "      - {{rule: r{rule}, effect: {}, reason: local}}", effects[below(effects.len())]);
            }
        }
    }
    out
}
