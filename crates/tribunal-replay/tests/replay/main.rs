//! Whole replays: the example policy, the example items, and small policies where every count is known.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod input;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tribunal::Moderator;
use tribunal_policy::model::Stage;
use tribunal_replay::Error;
use tribunal_replay::axes::Direction;
use tribunal_replay::cube::{Cube, Side};
use tribunal_replay::input::Inputs;
use tribunal_replay::input::columns::Columns;
use tribunal_replay::launch::Reading;
use tribunal_replay::report::rate::{Design, Rate, Status};
use tribunal_replay::report::{Content, Facts, MAX_ROWS, Report, Written, build, files, gates::Outcome, read};
use tribunal_replay::{Options, Plan};

fn examples() -> PathBuf {
    PathBuf::from("../../examples")
}

/// The example policy with a rule drawn tighter and one that is new and still in shadow.
fn drafted(folder: &Path) -> PathBuf {
    let new = folder.join("new");
    copy(&examples().join("community-guidelines"), &new);
    let path = new.join("rules/regulated-commercial.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let at = text.find("- id: firearm-mention").unwrap();
    let (head, tail) = text.split_at(at);
    let tail = tail.replacen("effect: {audience: adults}", "effect: {distribution: removed}", 1);
    std::fs::write(&path, format!("{head}{tail}")).unwrap();
    std::fs::write(new.join("rules/drafted.yaml"), "rules:\n  - {id: drafted, stage: shadow, when: any text has \"recipe\", effect: {routing: review}}\n")
        .unwrap();
    new
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &target) } else { std::fs::write(target, std::fs::read(entry.path()).unwrap()).unwrap() }
    }
}

fn write(plan: &Plan, cube: &Cube, report: &Report, folder: &Path, content: Content) -> Result<Written, Error> {
    tribunal_replay::report::write(folder, &files(plan, cube, report, content, MAX_ROWS)?, &"how it was made")
}

fn options() -> Options {
    Options { by: vec!["author.verified".to_owned()], positive: vec!["regulated-goods/firearms".to_owned()], ..Options::default() }
}

fn example_plan(folder: &Path, options: Options) -> Plan {
    Plan::new(Some(examples().join("community-guidelines").to_str().unwrap()), &drafted(folder), options).unwrap()
}

fn run(plan: &Plan, paths: &[PathBuf], threads: usize) -> Cube {
    let columns = Columns::new([plan.new.policy().as_ref()], &[]).unwrap();
    tribunal_replay::run(plan, Inputs::open_all(paths, columns).unwrap(), threads, &|_| {}, None).unwrap()
}

fn small(new: &str, old: Option<&str>, options: Options) -> (tempfile::TempDir, Plan) {
    let folder = tempfile::tempdir().unwrap();
    let head = "policy: {id: t, version: '1'}\nterms: {w: [heck], g: [glock]}\nrules:\n";
    let file = |name: &str, rules: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{head}{rules}")).unwrap();
        path
    };
    let old = old.map(|old| file("old.yaml", old));
    let new = file("new.yaml", new);
    let plan = Plan::new(old.as_ref().map(|old| old.to_str().unwrap()), &new, options).unwrap();
    (folder, plan)
}

/// A policy has to have a rule.
const NONE: &str = "  - {id: z, when: any text has \"zzzz\", effect: {routing: review}}\n";

fn cube_of(plan: &Plan, lines: &[&str]) -> Cube {
    let mut part = plan.part();
    for (at, line) in (1..).zip(lines) {
        part.add("items", at, line).unwrap();
    }
    part.finish()
}

fn report(plan: &Plan, cube: &Cube, design: Design, gates: &[&str]) -> Report {
    let gates = gates.iter().map(|gate| (*gate).to_owned()).collect();
    build(plan, cube, &Facts { design, gates, ..Facts::default() }).unwrap()
}

#[test]
fn what_options_and_items_do_not_agree_on_is_told() {
    let by = |field: &str| Options { by: vec![field.to_owned()], ..Options::default() };
    let (_folder, plan) = small(NONE, None, by("author.verified"));
    let told = |plan: &Plan, lines: &[&str], design: Design| report(plan, &cube_of(plan, lines), design, &[]).caveats;
    let says = |told: &[String], what: &str| told.iter().any(|line| line.starts_with(what));
    assert!(says(&told(&plan, &[], Design::Simple), "there is no item"));
    let item = r#"{"id":"1","caption":"x","author":{"verified":true}}"#;
    let without = r#"{"id":"2","caption":"x"}"#;
    assert!(!says(&told(&plan, &[item], Design::Simple), "there is no item"));
    assert!(says(&told(&plan, &[without], Design::Simple), "--by author.verified: no item has it"));
    assert!(!says(&told(&plan, &[item, without], Design::Simple), "--by"));
    assert!(says(&told(&plan, &[item], Design::Poisson), "drawn by weight, and every weight is 1"));
    assert!(!says(&told(&plan, &[item, r#"{"id":"3","weight":2}"#], Design::Poisson), "drawn by weight"));
    let (_folder, plan) = small(NONE, None, Options { stratum: Some("source".to_owned()), ..Options::default() });
    let stratified = |line: &str| build(&plan, &cube_of(&plan, &[line]), &Facts { design: Design::Stratified, ..Facts::default() });
    let Err(error) = stratified(item) else { panic!("nothing says its stratum") };
    assert!(error.to_string().contains("--stratum source: no item says of which stratum it is"), "{error}");
    assert!(stratified(r#"{"id":"4","source":"a"}"#).is_ok());
}

#[test]
fn any_number_of_shards_and_threads_gives_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let plan = example_plan(folder.path(), options());
    let items = examples().join("items.jsonl");
    let whole = run(&plan, std::slice::from_ref(&items), 1);
    assert_eq!(whole.items.n, 816);
    for threads in [2, 8] {
        assert!(run(&plan, std::slice::from_ref(&items), threads) == whole, "{threads} threads");
    }
    let text = std::fs::read_to_string(&items).unwrap();
    let name = items.display().to_string();
    for shards in [2, 16] {
        let mut parts: Vec<_> = (0..shards).map(|_| plan.part()).collect();
        for (at, line) in text.lines().enumerate() {
            parts[at * 7 % shards].add(&name, at as u64 + 1, line).unwrap();
        }
        let mut merged = plan.part().finish();
        for part in parts.into_iter().rev() {
            merged.merge(part.finish()).unwrap();
        }
        assert!(merged == whole, "{shards} shards");
        let bytes = |cube| serde_json::to_vec(&report(&plan, cube, Design::Simple, &[])).unwrap();
        assert_eq!(bytes(&merged), bytes(&whole));
    }
    // A cube survives being written down.
    let back: Cube = serde_json::from_slice(&serde_json::to_vec(&whole).unwrap()).unwrap();
    assert!(back == whole);
}

#[test]
fn decisive_rules_are_those_without_which_the_decision_is_another() {
    let folder = tempfile::tempdir().unwrap();
    let new = examples().join("community-guidelines");
    let plan = Plan::new(None, &new, Options { reading: Reading::AsWritten, ..Options::default() }).unwrap();
    let items = examples().join("items.jsonl");
    let cube = run(&plan, std::slice::from_ref(&items), 2);
    let text = std::fs::read_to_string(&items).unwrap();
    let policy = plan.new.policy();
    let decide = |moderator: &Moderator, line: &str| moderator.decide_json(line).unwrap().into_decision_looking_at_incomplete().decision;
    let mut compared = 0;
    for name in ["firearm-mention", "firearm-sale", "hateful-slur", "sexual-disguise", "regulated-sale-new-account", "self-harm-mention"] {
        let mut without = tribunal_policy::load(&new);
        let changed = without.policy.as_mut().unwrap();
        let id = changed.rule(name).unwrap();
        changed.rules[id.index()].stage = Stage::Off;
        changed.markets.iter_mut().flat_map(|market| &mut market.overrides).for_each(|change| {
            if let tribunal_policy::model::Target::Rule(rule, change) = &mut change.target
                && *rule == id
            {
                change.stage = Some(Stage::Off);
            }
        });
        let without = Moderator::builder().build(without).unwrap();
        let expected = text.lines().filter(|line| decide(&plan.new, line) != decide(&without, line)).count() as u64;
        let found = cube.rules.iter().find(|((side, rule, by, _), _)| *side == Side::New && rule == name && by == "all");
        assert_eq!(found.map_or(0, |(_, count)| count.pivotal.n), expected, "{name}");
        compared += expected;
    }
    assert!(compared > 50, "{compared}");
    drop((folder, Arc::clone(policy)));
}

#[test]
fn transitions_and_rules_by_hand() {
    let old = "  - {id: a, when: any text has w, effect: {distribution: search_limited}}\n";
    let new = "  - {id: a, when: any text has w, effect: {distribution: removed}}\n  - {id: b, when: any text has g, effect: {routing: review}}\n  - {id: c, when: author.age < 13, effect: {account: warn}}\n";
    let (_folder, plan) = small(new, Some(old), Options { positive: vec!["bad".to_owned()], ..Options::default() });
    let lines = [
        r#"{"id":"1","caption":"heck","author":{"age":20},"label":"bad","market":"BR"}"#,
        r#"{"id":"2","caption":"heck glock","author":{"age":20},"label":"ok"}"#,
        r#"{"id":"3","caption":"glock","author":{"age":20},"label":"bad"}"#,
        r#"{"id":"4","caption":"hello","author":{"age":20},"label":"ok"}"#,
        r#"{"id":"5","caption":"hello","weight":2.5}"#,
    ];
    let cube = cube_of(&plan, &lines);
    let found = report(&plan, &cube, Design::Census, &["changed.rate <= 50%", "new.precision >= 0.6", "new.recall >= old.recall", "milder.rate <= 0"]);
    let changes = found.changes.as_ref().unwrap();
    assert_eq!((changes.changed.k, changes.stricter.k, changes.milder.k), (3, 3, 0));
    assert!((changes.changed.estimate.unwrap() - 3.0 / 6.5).abs() < 1e-9);
    let rule = |name: &str| found.rules.iter().find(|rule| rule.side == Side::New && rule.rule == name).unwrap();
    let a = rule("a");
    assert_eq!((a.fired.k, a.sole, a.pivotal, a.changed), (2, 1, 2, true));
    assert_eq!((a.precision.k, a.precision.n), (1, 2));
    assert_eq!((rule("b").fired.k, rule("b").sole, rule("b").pivotal), (2, 1, 2));
    assert_eq!((rule("c").not_judged, rule("c").fired.k), (1, 0));
    assert_eq!(found.unknowns.iter().map(|row| (row.rule.as_str(), row.field.as_str(), row.items)).collect::<Vec<_>>(), [("c", "author.age", 1)]);
    assert_eq!((found.overlaps.len(), found.overlaps[0].items), (1, 1));
    let quality = found.quality.as_ref().unwrap();
    assert_eq!((quality.new_precision.k, quality.new_precision.n, quality.new_recall.k, quality.new_recall.n), (2, 3, 2, 2));
    let paired = quality.paired.as_ref().unwrap();
    assert_eq!((paired.mended, paired.spoilt), (1, 0));
    assert_eq!(found.gates.iter().map(|gate| gate.outcome).collect::<Vec<_>>(), [Outcome::Passed; 4], "{:?}", found.gates);
    let changed: Vec<Direction> = found.transitions.iter().map(|transition| transition.direction).filter(|direction| *direction != Direction::Same).collect();
    assert_eq!(changed, [Direction::Stricter; 3]);
}

#[test]
fn gates_want_a_design_and_rules_in_force() {
    let rules = "  - {id: a, when: any text has w, effect: {distribution: removed}}\n";
    let (_folder, plan) = small(rules, Some(NONE), Options::default());
    let cube = cube_of(&plan, &[r#"{"id":"1","caption":"heck"}"#, r#"{"id":"2","caption":"hello"}"#]);
    let outcome = |design, gate| report(&plan, &cube, design, &[gate]).gates[0].outcome;
    assert_eq!(outcome(Design::Census, "changed.rate <= 60%"), Outcome::Passed);
    assert_eq!(outcome(Design::Census, "changed.rate <= 40%"), Outcome::Failed);
    assert_eq!(outcome(Design::None, "changed.rate <= 60%"), Outcome::NotEnoughData);
    assert_eq!(outcome(Design::Simple, "changed.rate <= 60%"), Outcome::NotEnoughData);
    let wrong = |gate: &str| build(&plan, &cube, &Facts { gates: vec![gate.to_owned()], ..Facts::default() });
    for gate in ["changed.rate", "new.nothing.rate <= 1%", "new.rule.zz.rate <= 1%", "sideways.rate <= 1"] {
        assert!(wrong(gate).is_err(), "{gate}");
    }
}

/// 30 of 40 items in BR fire, 1 of 60 in US: each market has a gate of its own.
#[test]
fn gates_of_a_rule_by_market() {
    let rules = "  - {id: a, when: any text has w, effect: {distribution: removed}}\n";
    let (_folder, plan) = small(rules, Some(NONE), Options::default());
    let lines: Vec<String> = (0..100)
        .map(|at| {
            let (market, fires) = if at < 40 { ("BR", at < 30) } else { ("US", at < 41) };
            format!(r#"{{"id":"{at}","market":"{market}","caption":"{}"}}"#, if fires { "heck" } else { "hello" })
        })
        .collect();
    let cube = cube_of(&plan, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    let gates = ["new.rule.a.rate@BR <= 50%", "new.rule.a.rate@US <= 50%", "new.rule.a.rate <= 50%", "new.removed.rate@BR >= 70%", "new.rule.a.rate@DE <= 50%"];
    let outcomes = |design| report(&plan, &cube, design, &gates).gates.iter().map(|gate| gate.outcome).collect::<Vec<_>>();
    assert_eq!(outcomes(Design::Census), [Outcome::Failed, Outcome::Passed, Outcome::Passed, Outcome::Passed, Outcome::NotEnoughData]);
    // As a sample of more: 30 of 40 is 60 to 86 percent, 1 of 60 under 9, 31 of 100 under 41.
    assert_eq!(outcomes(Design::Simple), [Outcome::Failed, Outcome::Passed, Outcome::Passed, Outcome::NotEnoughData, Outcome::NotEnoughData]);
}

/// More files than a process may have open by the usual limit of 1,024.
#[test]
fn as_launched_and_as_written() {
    let rules = "  - {id: a, stage: shadow, when: any text has w, effect: {distribution: removed}}\n  - {id: off, stage: off, when: any text has g, effect: {distribution: removed}}\n";
    let lines = [r#"{"id":"1","caption":"heck glock"}"#];
    let acts = |reading| {
        let (_folder, plan) = small(rules, Some(NONE), Options { reading, ..Options::default() });
        let cube = cube_of(&plan, &lines);
        let found = report(&plan, &cube, Design::Census, &["changed.rate <= 100%"]);
        (found.changes.unwrap().changed.k, found.gates[0].outcome, found.manifest.launched.lifted_rules.len())
    };
    // The rule that is switched off is in force for no item: a gate says that it cannot tell.
    assert_eq!(acts(Reading::AsLaunched), (1, Outcome::NotEnoughData, 1));
    assert_eq!(acts(Reading::AsWritten), (0, Outcome::NotEnoughData, 0));
}

#[test]
fn a_report_is_written_whole_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let plan = example_plan(folder.path(), options());
    let cube = run(&plan, &[examples().join("items.jsonl")], 2);
    let found = report(&plan, &cube, Design::Simple, &[]);
    let out = folder.path().join("out");
    write(&plan, &cube, &found, &out, Content::Masked).unwrap();
    assert!(read(&out).unwrap() == found, "a report survives being written down");
    let bytes = |name: &str| std::fs::read(out.join(name)).unwrap();
    let before: Vec<_> = ["report.json", "flips.jsonl", "flips.parquet", "report.xlsx", "index.html", "cube.json"].map(bytes).into();
    write(&plan, &cube, &found, &out, Content::Masked).unwrap();
    assert!(["report.json", "flips.jsonl", "flips.parquet", "report.xlsx", "index.html", "cube.json"].map(bytes) == before[..], "same inputs, same bytes");
    // Both tables of flips have the same rows, as far as our own readers see them.
    let kept = usize::try_from(found.kept.kept).unwrap();
    let rows = Inputs::open_all(&[out.join("flips.parquet")], Columns::default()).unwrap().events().into_iter().map(|event| match event {
        tribunal_replay::input::Event::Lines(batch) => batch.lines.len(),
        other => unreachable!("{other:?}"),
    });
    assert_eq!((rows.sum::<usize>(), bytes("flips.jsonl").iter().filter(|byte| **byte == b'\n').count()), (kept, kept));
    // What is no report is not overwritten, and nothing is left beside it.
    let other = folder.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("mine.txt"), "x").unwrap();
    assert!(write(&plan, &cube, &found, &other, Content::Masked).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().flatten().filter(|entry| entry.file_name().to_string_lossy().ends_with(".part")).count(), 0);
    let page = String::from_utf8(bytes("index.html")).unwrap();
    assert!(!page.contains("http://") && !page.contains("https://") && page.contains("<svg"), "nothing is loaded from elsewhere");
    assert!(found.rules.iter().any(|rule| rule.rule == "drafted" && rule.fired.k > 0 && rule.fired.status == Status::Ok));
}

/// Of every row with an estimate: counts are numbers, what cannot be told is a blank with a status, and without a design there is no
/// interval.
#[test]
fn numbers_are_numbers_and_what_is_not_known_is_blank() {
    use calamine::{Data, Reader as _};
    let folder = tempfile::tempdir().unwrap();
    let plan = example_plan(folder.path(), options());
    let cube = run(&plan, &[examples().join("items.jsonl")], 2);
    for (design, intervals) in [(Design::Simple, true), (Design::None, false)] {
        let found = report(&plan, &cube, design, &[]);
        let out = folder.path().join(format!("{design:?}"));
        write(&plan, &cube, &found, &out, Content::Masked).unwrap();
        let mut book = calamine::open_workbook_auto(out.join("report.xlsx")).unwrap();
        let (mut rows, mut with_interval, mut not_told) = (0, 0, 0);
        for name in book.sheet_names() {
            let range = book.worksheet_range(&name).unwrap();
            let header: Vec<String> = range.rows().next().unwrap().iter().map(ToString::to_string).collect();
            let Some(status) = header.iter().position(|column| column == "status") else { continue };
            let of =
                |row: &[Data], column: &str| row[header.iter().position(|known| known == column).unwrap_or_else(|| panic!("{name} has no {column}"))].clone();
            for row in range.rows().skip(1) {
                rows += 1;
                assert!(["k", "n"].iter().all(|column| matches!(of(row, column), Data::Float(_) | Data::Int(_))), "{name}: {row:?}");
                for column in ["estimate", "lo", "hi", "per_10k"] {
                    assert!(matches!(of(row, column), Data::Float(_) | Data::Int(_) | Data::Empty), "{name} {column}: {row:?}");
                }
                let said = row[status].to_string();
                assert!(["ok", "upper_bound", "too_few", "not_estimable"].contains(&said.as_str()), "{name}: {said}");
                if said == "not_estimable" {
                    not_told += 1;
                    assert!(of(row, "estimate") == Data::Empty && of(row, "why") != Data::Empty, "{name}: {row:?}");
                }
                with_interval += usize::from(of(row, "lo") != Data::Empty);
            }
            if let Some(id) = header.iter().position(|column| column == "id") {
                assert!(range.rows().skip(1).all(|row| matches!(row[id], Data::String(_))), "ids are texts");
            }
        }
        assert!(rows > 50 && (with_interval > 0) == intervals, "{design:?}: {rows} rows, {with_interval} with an interval, {not_told} not told");
    }
}

#[test]
fn a_sheet_stops_where_it_is_told_and_says_so() {
    use calamine::Reader as _;
    let folder = tempfile::tempdir().unwrap();
    let plan = example_plan(folder.path(), options());
    let cube = run(&plan, &[examples().join("items.jsonl")], 2);
    let found = report(&plan, &cube, Design::Simple, &[]);
    let read = |most: usize| {
        let files = files(&plan, &cube, &found, Content::Masked, most).unwrap();
        let flips = files.iter().find(|(name, _)| *name == "flips.jsonl").unwrap().1.iter().filter(|byte| **byte == b'\n').count();
        let bytes = files.into_iter().find(|(name, _)| *name == "report.xlsx").unwrap().1;
        let mut book = calamine::Xlsx::new(std::io::Cursor::new(bytes)).unwrap();
        let rows: std::collections::BTreeMap<String, usize> =
            book.sheet_names().into_iter().map(|name| (name.clone(), book.worksheet_range(&name).unwrap().rows().count() - 1)).collect();
        let about = book.worksheet_range("About").unwrap();
        let told: Vec<String> = about.rows().filter(|row| row[0] == calamine::Data::String("rows left out".to_owned())).map(|row| row[1].to_string()).collect();
        (flips, rows, told)
    };
    let (flips, whole, told) = read(MAX_ROWS);
    assert!(told.is_empty() && whole["Flips"] == flips && flips > 2, "{told:?}");
    let (_, cut, told) = read(2);
    assert!(told.contains(&format!("Flips: {}; the whole is in flips.parquet and flips.jsonl", flips - 2)), "{told:?}");
    for (name, rows) in &whole {
        if ["About", "Glossary"].contains(&name.as_str()) {
            continue;
        }
        assert_eq!(cut[name], *rows.min(&2), "{name}");
        assert_eq!(told.iter().any(|said| said.starts_with(&format!("{name}: {};", rows.saturating_sub(2)))), *rows > 2, "{name}: {told:?}");
    }
    assert!(cut["Glossary"] == whole["Glossary"], "what explains the columns stays");
}

#[test]
fn hostile_items_stay_text() {
    let rules = "  - {id: a, when: any text has w, effect: {distribution: removed}}\n";
    let (folder, plan) = small(rules, Some(NONE), Options::default());
    let nasty = [
        r#"{"id":"</script><script>alert(1)</script>","caption":"heck <img src=x onerror=alert(1)> =1+1","market":"<b>"}"#,
        r#"{"id":"=cmd|' /C calc'!A0","caption":"@heck\u202e\u0000 -- heck"}"#,
    ];
    let cube = cube_of(&plan, &nasty);
    let found = report(&plan, &cube, Design::Simple, &[]);
    let out = folder.path().join("out");
    write(&plan, &cube, &found, &out, Content::Full).unwrap();
    let page = std::fs::read_to_string(out.join("index.html")).unwrap();
    assert!(!page.contains("<script>alert") && !page.contains("<img") && !page.contains("<b>") || page.matches("<b>").count() == page.matches("</b>").count());
    assert!(!page.contains('\u{202E}'));
    let mut book = calamine::open_workbook_auto(out.join("report.xlsx")).unwrap();
    use calamine::Reader as _;
    let flips = book.worksheet_range("Flips").unwrap();
    assert_eq!(flips.height(), 3);
    let formulas = book.worksheet_formula("Flips").unwrap();
    assert!(formulas.used_cells().next().is_none());
}

fn page_of(plan: &Plan, cube: &Cube, found: &Report) -> String {
    let files = tribunal_replay::report::files(plan, cube, found, Content::Masked, MAX_ROWS).unwrap();
    String::from_utf8(files.into_iter().find(|(name, _)| *name == "index.html").unwrap().1).unwrap()
}

fn workbook_rows(plan: &Plan, cube: &Cube, found: &Report, sheet: &str) -> Vec<Vec<String>> {
    use calamine::Reader as _;
    let files = tribunal_replay::report::files(plan, cube, found, Content::Masked, MAX_ROWS).unwrap();
    let bytes = files.into_iter().find(|(name, _)| *name == "report.xlsx").unwrap().1;
    let mut book = calamine::open_workbook_auto_from_rs(std::io::Cursor::new(bytes)).unwrap();
    book.worksheet_range(sheet).unwrap().rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
}

/// A rule that hit 17 items and now hits 8: what is behind the two numbers, by market, and whether it is chance.
#[test]
fn what_moves_under_a_changed_rule() {
    let rule = |list: &str| format!("  - {{id: a, when: any text has {list}, effect: {{distribution: removed}}}}\n");
    let rest = "  - {id: b, when: any text has \"both\", effect: {routing: review}}\n  - {id: c, when: author.age < 13, effect: {routing: review}}\n";
    let (_folder, plan) = small(&(rule("g") + rest), Some(&(rule("w") + rest)), Options { by: vec!["author.verified".to_owned()], ..Options::default() });
    let lines: Vec<String> = (0..20)
        .map(|at| {
            let (market, caption, day) = match at {
                0..12 => ("BR", "heck", "2026-11-01"),
                12..15 => ("US", "glock", "2026-11-02"),
                _ => ("US", "heck glock both", "2026-11-02"),
            };
            let author = if at < 15 { r#"{"verified":true,"age":20}"# } else { r#"{"verified":true}"# };
            format!(r#"{{"id":"{at}","market":"{market}","caption":"{caption}","as_of":"{day}","author":{author}}}"#)
        })
        .collect();
    let cube = cube_of(&plan, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    let found = report(&plan, &cube, Design::Simple, &[]);
    let of = |name: &str| found.rules.iter().find(|rule| rule.side == Side::New && rule.rule == name).unwrap();
    let moves = of("a");
    assert_eq!((moves.fired.k, moves.gained, moves.lost), (8, 3, 12));
    let slices: Vec<_> = moves.slices.iter().map(|slice| (slice.by.as_str(), slice.value.as_str(), slice.fired, slice.gained, slice.lost)).collect();
    assert_eq!(slices, [("author.verified", "true", 8, 3, 12), ("lang", "", 8, 3, 12), ("market", "BR", 0, 0, 12), ("market", "US", 8, 3, 0)]);
    // By hand: 2 (1 + 15 + 105 + 455) / 2^15, and 2^15 3! 12! / 16!.
    let moved = moves.moved.unwrap();
    assert!((moved.p - 1_152.0 / 32_768.0).abs() < 1e-12 && (moved.e - 32_768.0 * 6.0 / 43_680.0).abs() < 1e-9, "{moved:?}");
    // Of one changed rule there is nothing to adjust; an e-value of 4.5 is below 20.
    assert_eq!((found.moved_family, moved.q, moved.stands, of("b").moved), (1, moved.p, false, None));
    assert_eq!(report(&plan, &cube, Design::None, &[]).moved_family, 0);
    let together = &found.overlaps[0];
    assert_eq!((together.side, together.first.as_str(), together.second.as_str(), together.items), (Side::Old, "a", "b", 5));
    assert!(together.slices.contains(&("market".to_owned(), "US".to_owned(), 5)) && !together.slices.iter().any(|slice| slice.1 == "BR"));
    let unknown = found.unknowns.iter().find(|row| row.side == Side::New && row.rule == "c").unwrap();
    assert_eq!((unknown.field.as_str(), unknown.items), ("author.age", 5));
    assert!(unknown.slices.contains(&("market".to_owned(), "US".to_owned(), 5)), "{unknown:?}");
    // Decisions and transitions of one market, in the report, on the page and in the workbook.
    let us = found.slices.iter().find(|slice| (slice.by.as_str(), slice.value.as_str()) == ("market", "US")).unwrap();
    let value = |axis: &str, value: &str| {
        let rates = us.decisions.iter().find(|rates| rates.axis == axis && rates.value == value)?;
        Some((rates.old.as_ref()?.k, rates.new.k, rates.new.n))
    };
    assert_eq!((value("distribution", "removed"), value("routing", "review")), (Some((5, 8, 8)), Some((5, 5, 8))));
    assert_eq!((value("distribution", "normal"), value("distribution", "limited")), (Some((3, 0, 8)), None), "what does not occur is left out");
    let moves: Vec<_> = us.transitions.iter().map(|row| (row.old.as_str(), row.new.as_str(), row.rate.k, row.rate.n)).collect();
    let both = "distribution: removed, routing: review";
    assert_eq!(moves, [(both, both, 5, 8), ("no effect", "distribution: removed", 3, 8)]);
    let (page, sheet) = (page_of(&plan, &cube, &found), |name: &str| workbook_rows(&plan, &cube, &found, name));
    assert!(page.contains("<td>market</td><td>US</td><td class=\"n\">8</td>") && page.contains("5 → <b>8</b>"));
    assert!(page.contains("<td>market</td><td>US</td><td>no effect</td><td>distribution: removed</td><td>stricter</td><td class=\"n\">3</td>"));
    let has = |rows: &[Vec<String>], wanted: &[&str]| rows.iter().any(|row| row.iter().zip(wanted).all(|(cell, wanted)| cell == wanted));
    assert!(has(&sheet("Decisions"), &["market", "US", "distribution", "removed", "5", "0.625", "8", "8", "1"]), "{:?}", sheet("Decisions"));
    assert!(has(&sheet("Transitions"), &["market", "BR", "distribution: removed", "no effect", "milder", "12", "12"]), "{:?}", sheet("Transitions"));
    let days: Vec<_> = found.days.iter().map(|day| (day.day.as_str(), day.items, day.old_acts, day.new_acts, day.changed)).collect();
    assert_eq!(days, [("2026-11-01", 12, Some(12), 0, Some(12)), ("2026-11-02", 8, Some(5), 8, Some(3))]);
}

/// Every figure by hand: ten items of 100 views each but the first, two of six labelled ones bad, four actioned.
#[test]
fn what_became_of_items_and_what_waits() {
    let rules = "  - {id: a, when: any text has w, effect: {routing: review}}\n";
    let (_folder, plan) = small(rules, None, Options { positive: vec!["bad".to_owned()], negative: vec!["ok".to_owned()], ..Options::default() });
    let about = [
        r#""label":"bad","actioned":true,"reported":false,"stats":{"plays":900}"#,
        r#""label":"bad","actioned":true,"reported":true,"appealed":true,"overturned":true"#,
        r#""label":"ok","actioned":true,"reported":false,"appealed":true,"overturned":false"#,
        r#""label":"ok","actioned":true,"appealed":false"#,
        r#""label":"ok""#,
        r#""label":"ok","actioned":false,"reported":true"#,
        r#""label":"unsure""#,
        "",
        "",
        "",
    ];
    let line = |(at, about): (usize, &&str)| {
        let views = if about.contains("plays") { "" } else { r#","stats":{"plays":100}"# };
        let caption = if at < 5 { "heck" } else { "fine" };
        format!(r#"{{"id":"{at}","caption":"{caption}"{views}{}{about}}}"#, if about.is_empty() { "" } else { "," })
    };
    let lines: Vec<String> = about.iter().enumerate().map(line).collect();
    let cube = cube_of(&plan, &lines.iter().map(String::as_str).collect::<Vec<_>>());
    let facts = Facts { design: Design::Census, items_a_day: Some(17_280.0), handling_s: Some(100.0), ..Facts::default() };
    let found = tribunal_replay::report::build(&plan, &cube, &facts).unwrap();
    let share = |rate: &Rate| (rate.k, rate.n);
    let outcomes = found.outcomes.as_ref().unwrap();
    assert_eq!((share(&outcomes.actioned), share(&outcomes.proactive), share(&outcomes.appealed)), ((4, 10), (2, 3), (2, 4)));
    assert_eq!((share(&outcomes.overturned_of_appealed), share(&outcomes.overturned_of_actioned)), ((1, 2), (1, 4)));
    let quality = found.quality.as_ref().unwrap();
    assert_eq!((share(&quality.prevalence), quality.prevalence_by_views), ((2, 6), Some(1_000.0 / 1_400.0)));
    // Half of 17,280 items for 100 s each: 10 reviews at once; Erlang C has 11 reviewers take up 74.9 % within 100 s, 12 93.9 %.
    let review = found.review.as_ref().unwrap();
    let staffing = review.staffing.unwrap();
    assert_eq!((share(&review.new), review.erlangs, staffing.reviewers), ((5, 10), Some(10.0), 12));
    let (text, page) = (found.human(), page_of(&plan, &cube, &found));
    for said in [
        "prevalence by views: 71.43 %",
        "views of violations, of all views of labelled items",
        "proactive rate: 66.7 %",
        "actioned before anybody reported it",
        "overturn rate, of appealed: 50.0 %",
        "overturn rate, of actioned: 25.0 %",
        "10.0 reviews are under way at once",
        "12 reviewers at work at all hours",
    ] {
        assert!(text.contains(said), "{said}: {text}");
        assert!(page.contains(said), "{said} on the page: {page}");
    }
}
