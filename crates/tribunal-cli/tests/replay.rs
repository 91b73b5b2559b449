//! A replay from end to end: report, labels, sign-off.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;
use std::process::{Command, Output};

fn tribunal(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tribunal")).args(args).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn from_report_to_signature() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["old.yaml", "new.yaml", "items.jsonl"] {
        std::fs::copy(Path::new("tests/cmd/replay").join(name), folder.path().join(name)).unwrap();
    }
    let run = |args: &[&str]| tribunal(folder.path(), args);
    let replay = [
        "replay",
        "--old",
        "old.yaml",
        "--new",
        "new.yaml",
        "items.jsonl",
        "--design",
        "census",
        "--report",
        "out",
        "--rejects",
        "broken.jsonl",
        "--format",
        "json",
    ];
    let first = run(&replay);
    assert!(first.status.success(), "{}", text(&first.stderr));
    let report: serde_json::Value = serde_json::from_slice(&first.stdout).unwrap();
    assert_eq!((report["changes"]["changed"]["k"].as_u64(), report["sample"]["items"].as_u64()), (Some(4), Some(6)));
    assert_eq!(std::fs::read_to_string(folder.path().join("broken.jsonl")).unwrap(), "{\"id\":\"v5\",\"caption\":\"good morning\"\n");
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert_eq!(read("out/flips.jsonl").iter().filter(|byte| **byte == b'\n').count(), 4);
    assert!(!text(&read("out/flips.jsonl")).contains("handgun"), "masked by default");
    // The same inputs give the same bytes, for any number of threads.
    let before = ["report.json", "report.xlsx", "index.html", "cube.json"].map(|name| read(&format!("out/{name}")));
    assert!(run(&[&replay[..], &["--threads", "3"]].concat()).status.success());
    assert!(before == ["report.json", "report.xlsx", "index.html", "cube.json"].map(|name| read(&format!("out/{name}"))));

    assert!(run(&["replay", "sample", "out", "--per-change", "9", "--per-same", "9", "--values", "bad,ok", "-o", "labels.xlsx"]).status.success());
    std::fs::write(folder.path().join("labels.csv"), "id,label\nv1,bad\nv2,ok\nv3,bad\nv4,bad\nv5,ok\nv6,ok\n").unwrap();
    let labelled = run(&["replay", "labelled", "labels.batch.json", "labels.csv", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_slice(&labelled.stdout).unwrap_or_else(|_| unreachable!("{}", text(&labelled.stderr)));
    assert_eq!((found["new_precision"]["estimate"].as_f64(), found["new_recall"]["estimate"].as_f64()), (Some(0.75), Some(1.0)));
    assert_eq!(found["old_recall"]["estimate"].as_f64(), Some(1.0 / 3.0));
    let wrong = run(&["replay", "labelled", "labels.batch.json", "items.csv"]);
    assert_eq!(wrong.status.code(), Some(2));

    assert!(run(&["signoff", "out", "--policy", "new.yaml", "--by", "A. Reviewer", "--role", "lead"]).status.success());
    assert_eq!(run(&["signoff", "out", "--policy", "new.yaml", "--verify"]).status.code(), Some(0));
    let changed = run(&["signoff", "out", "--policy", "old.yaml", "--verify"]);
    assert_eq!(changed.status.code(), Some(1));
    assert!(text(&changed.stdout).contains("firearm-mention"));
    // Another policy cannot be signed for with this report.
    assert_eq!(run(&["signoff", "out", "--policy", "old.yaml", "--by", "x", "--role", "y"]).status.code(), Some(2));

    let bench = run(&["bench", "--old", "old.yaml", "--new", "new.yaml", "items.jsonl", "--rounds", "3", "--gate", "patterns <= old", "--format", "json"]);
    let found: serde_json::Value = serde_json::from_slice(&bench.stdout).unwrap();
    assert_eq!((bench.status.code(), found["gates"][0][1].as_bool()), (Some(1), Some(false)));
    // A rule that is not live yet costs what it will cost, unless stages are taken as written.
    let drafted = |more: &[&str]| {
        let found = json(&run(&[&["bench", "--new", "draft.yaml", "items.jsonl", "--rounds", "3", "--saves", "0", "--format", "json"], more].concat()));
        found["new"]["rules"][0]["candidates"].as_u64().unwrap()
    };
    std::fs::write(
        folder.path().join("draft.yaml"),
        "policy: {id: t, version: '1'}\nrules:\n  - {id: a, stage: draft, when: any text has \"handgun\", effect: {routing: review}}\n",
    )
    .unwrap();
    assert!(drafted(&[]) > 0 && drafted(&["--as-written"]) == 0);
}

/// The policies and items of the reference, in a folder of their own.
fn copied() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["old.yaml", "new.yaml", "items.jsonl"] {
        std::fs::copy(Path::new("tests/cmd/replay").join(name), folder.path().join(name)).unwrap();
    }
    folder
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| unreachable!("{error}: {}{}", text(&output.stdout), text(&output.stderr)))
}

#[test]
fn a_report_is_made_again() {
    let folder = copied();
    let run = |args: &[&str]| tribunal(folder.path(), args);
    let made = run(&["replay", "--old", "old.yaml", "--new", "new.yaml", "items.jsonl", "--design", "census", "--negative", "ok", "--report", "out"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let again = run(&["replay", "--manifest", "out"]);
    assert_eq!((again.status.code(), text(&again.stdout).as_str()), (Some(0), "same bytes: 8 files\n"), "{}", text(&again.stderr));
    // Other items: which file it is, and which figures move.
    let items = std::fs::read_to_string(folder.path().join("items.jsonl")).unwrap();
    std::fs::write(folder.path().join("items.jsonl"), format!("{items}{{\"id\":\"v9\",\"caption\":\"glock\",\"market\":\"US\"}}\n")).unwrap();
    let other = run(&["replay", "--manifest", "out/manifest.json", "--format", "json"]);
    assert_eq!(other.status.code(), Some(1));
    let differences = json(&other)["differences"].to_string();
    for part in ["items, items.jsonl: was b3:", "/changes/changed/n: 6 → 7", "file of the report, report.json"] {
        assert!(differences.contains(part), "{part} is not in {differences}");
    }
    assert!(!differences.contains("policy"));
    assert_eq!(run(&["replay", "--manifest", "none"]).status.code(), Some(2));
}

#[test]
fn an_anytime_test_goes_on() {
    let folder = copied();
    let run = |args: &[&str]| tribunal(folder.path(), args);
    // Ten items a day on which only the new policy is right.
    let day = |name: &str, from: u32| {
        let rows: String = (from..from + 10)
            .map(|id| format!("{{\"id\":\"d{id}\",\"caption\":\"my glock\",\"market\":\"US\",\"author\":{{\"age\":30}},\"label\":\"bad\"}}\n"))
            .collect();
        std::fs::write(folder.path().join(name), rows).unwrap();
    };
    std::fs::write(
        folder.path().join("none.yaml"),
        "policy: {id: demo, version: '0'}\nterms: {g: [glock]}\nrules:\n  - {id: firearm-mention, when: caption has \"zork\", effect: {routing: review}}\n",
    )
    .unwrap();
    day("monday.jsonl", 0);
    day("tuesday.jsonl", 10);
    let one =
        |items: &str| run(&["replay", "--old", "none.yaml", "--new", "new.yaml", items, "--negative", "ok", "--continue", "state.json", "--format", "json"]);
    let first = json(&one("monday.jsonl"));
    assert_eq!((first["anytime"]["quality"]["b"].as_u64(), first["anytime"]["quality"]["c"].as_u64()), (Some(10), Some(0)));
    // e(10, 0) = 93.09: rejected before the tenth, and the second day goes on from there.
    assert_eq!(first["anytime"]["quality"]["stopped_at"].as_u64(), Some(8));
    let second = json(&one("tuesday.jsonl"));
    assert_eq!((second["anytime"]["quality"]["b"].as_u64(), second["anytime"]["days"].as_array().map(Vec::len)), (Some(20), Some(2)));
    assert_eq!(second["anytime"]["direction"]["b"].as_u64(), Some(20));
    // No item counts twice, and no test changes its question.
    let twice = one("monday.jsonl");
    assert!(
        twice.status.code() == Some(2) && text(&twice.stderr).contains("monday.jsonl (b3:") && text(&twice.stderr).contains("taken up already"),
        "{}",
        text(&twice.stderr)
    );
    let other = run(&["replay", "--old", "old.yaml", "--new", "new.yaml", "items.jsonl", "--negative", "ok", "--continue", "state.json"]);
    assert!(other.status.code() == Some(2) && text(&other.stderr).contains("other policies"), "{}", text(&other.stderr));
}

#[test]
fn a_forecast_meets_what_happened() {
    let folder = copied();
    let run = |args: &[&str]| tribunal(folder.path(), args);
    let rows = |from: u32, guns: u32| -> String {
        (0..200)
            .map(|id| {
                format!(
                    "{{\"id\":\"f{}\",\"caption\":\"{}\",\"market\":\"US\",\"author\":{{\"age\":30}}}}\n",
                    from + id,
                    if id < guns { "my glock" } else { "a cake" }
                )
            })
            .collect()
    };
    for (name, from, guns) in [("before", 0, 20), ("alike", 1000, 24), ("unlike", 2000, 70)] {
        std::fs::write(folder.path().join(format!("{name}.jsonl")), rows(from, guns)).unwrap();
        let decided = run(&["classify", "new.yaml", &format!("{name}.jsonl")]);
        std::fs::write(folder.path().join(format!("{name}-decisions.jsonl")), &decided.stdout).unwrap();
    }
    let made = run(&["replay", "--new", "new.yaml", "before.jsonl", "--as-written", "--design", "simple", "--report", "out"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let alike = run(&["replay", "--forecast", "out", "--actual", "alike-decisions.jsonl"]);
    assert_eq!(alike.status.code(), Some(0), "{}{}", text(&alike.stdout), text(&alike.stderr));
    assert!(text(&alike.stdout).contains("0 of "), "{}", text(&alike.stdout));
    let unlike = run(&["replay", "--forecast", "out", "--actual", "unlike-decisions.jsonl", "--format", "json"]);
    assert_eq!(unlike.status.code(), Some(1), "{}", text(&unlike.stderr));
    let found = json(&unlike);
    let family = found["family"].as_u64().unwrap();
    assert!(family > 5, "{family}");
    let rule = found["rows"].as_array().unwrap().iter().find(|row| row["name"] == "firearm-mention").unwrap();
    assert!(rule["q"].as_f64().unwrap() < 1e-6 && rule["difference"]["lo"].as_f64().unwrap() > 0.1, "{rule}");
    // Shares of another kind than the forecast's stand first.
    assert!(found["rows"][0]["q"].as_f64().unwrap() <= rule["q"].as_f64().unwrap());
    assert_eq!(found["decisions"], serde_json::json!([200, 0]));
    assert_eq!(run(&["replay", "--forecast", "out", "--actual", "before.jsonl"]).status.code(), Some(2));
}

#[test]
fn watched_rules_raise_alarms() {
    let folder = copied();
    let run = |args: &[&str]| tribunal(folder.path(), args);
    let rows: String = (0..100)
        .map(|id| format!("{{\"id\":\"w{id}\",\"caption\":\"{}\",\"market\":\"US\",\"author\":{{\"age\":30}}}}\n", if id < 30 { "my glock" } else { "a cake" }))
        .collect();
    std::fs::write(folder.path().join("many.jsonl"), rows).unwrap();
    let args = ["replay", "--old", "old.yaml", "--new", "new.yaml", "many.jsonl", "--design", "census"];
    let calm = run(&[&args[..], &["--watch-rules=50%", "--format", "json"]].concat());
    assert_eq!((calm.status.code(), json(&calm)["watch"]["alarms"].as_array().map(Vec::len)), (Some(0), Some(0)));
    let loud = run(&[&args[..], &["--watch-rules", "--report", "out"]].concat());
    assert_eq!(loud.status.code(), Some(1));
    let said = text(&loud.stdout);
    assert!(said.contains("ALARM  firearm-mention fires on 30.00 % of items (30 of 100)") && said.contains("nothing is switched off"), "{said}");
    // Shown on the page, and in what a pull request and a build server see.
    let read = |name: &str| std::fs::read_to_string(folder.path().join("out").join(name)).unwrap();
    assert!(read("index.html").contains("role=\"alert\"") && read("summary.md").contains("**ALARM:**") && read("junit.xml").contains("classname=\"watch\""));
    // Against an earlier report: it fired on 30 of 100 then too.
    let history = run(&[&args[..], &["--watch-rules=50%", "--history", "out", "--format", "json"]].concat());
    assert_eq!((history.status.code(), json(&history)["watch"]["history"].as_str()), (Some(0), Some("report")));
    std::fs::write(
        folder.path().join("quiet.jsonl"),
        (0..100).map(|id| format!("{{\"id\":\"q{id}\",\"caption\":\"a cake\",\"market\":\"US\"}}\n")).collect::<String>(),
    )
    .unwrap();
    let fell = run(&["replay", "--old", "old.yaml", "--new", "new.yaml", "quiet.jsonl", "--watch-rules=50%", "--history", "out", "--format", "json"]);
    assert_eq!((fell.status.code(), json(&fell)["watch"]["alarms"][0]["kind"].as_str()), (Some(1), Some("fell")));
}

#[test]
fn live_rules_need_a_signature() {
    let folder = copied();
    let run = |args: &[&str]| tribunal(folder.path(), args);
    assert!(run(&["replay", "--old", "old.yaml", "--new", "new.yaml", "items.jsonl", "--report", "out"]).status.success());
    assert!(run(&["signoff", "out", "--policy", "new.yaml", "--by", "A. Reviewer", "--role", "lead"]).status.success());
    let check = |policy: &str| run(&["check", policy, "--require-signoff", "out"]);
    assert_eq!(check("new.yaml").status.code(), Some(0), "{}", text(&check("new.yaml").stdout));
    let new = std::fs::read_to_string(folder.path().join("new.yaml")).unwrap();
    // What was replayed as live may go live.
    assert!(new.contains("stage: draft") || new.contains("stage: shadow"), "{new}");
    std::fs::write(folder.path().join("live.yaml"), new.replace("stage: draft", "stage: live").replace("stage: shadow", "stage: live")).unwrap();
    assert_eq!(check("live.yaml").status.code(), Some(0), "{}", text(&check("live.yaml").stdout));
    // What means something else may not.
    let changed = check("old.yaml");
    assert!(
        changed.status.code() == Some(1) && text(&changed.stdout).contains("`firearm-mention` is live and not as it was signed for"),
        "{}",
        text(&changed.stdout)
    );
    let found = json(&run(&["check", "old.yaml", "--require-signoff", "out", "--format", "json"]));
    assert_eq!(found["unsigned"][0].as_str(), Some("firearm-mention"));
}

#[test]
fn a_drawn_sample_stands_for_all() {
    let folder = copied();
    let run = |args: &[&str]| tribunal(folder.path(), args);
    let rows: String = (0..4000)
        .map(|id| {
            format!("{{\"id\":\"s{id}\",\"caption\":\"{}\",\"market\":\"US\",\"author\":{{\"age\":30}}}}\n", if id % 10 == 0 { "my glock" } else { "a cake" })
        })
        .collect();
    std::fs::write(folder.path().join("many.jsonl"), rows).unwrap();
    let of = |share: &str| json(&run(&["replay", "--old", "old.yaml", "--new", "new.yaml", "many.jsonl", "--sample", share, "--format", "json"]));
    let tenth = of("10%");
    let (drawn, weight) = (tenth["sample"]["items"].as_u64().unwrap(), tenth["sample"]["weight"].as_f64().unwrap());
    assert!((300..500).contains(&drawn) && (weight / (10.0 * drawn as f64) - 1.0).abs() < 1e-6, "{drawn} {weight}");
    assert_eq!((tenth["sample"]["not_drawn"].as_u64(), tenth["manifest"]["design"].as_str()), (Some(4000 - drawn), Some("poisson")));
    let changed = &tenth["changes"]["changed"];
    assert!(changed["lo"].as_f64().unwrap() < 0.1 && changed["hi"].as_f64().unwrap() > 0.1, "{changed}");
    // A smaller sample is part of a larger one, and the same each time.
    assert!(of("5%")["sample"]["items"].as_u64().unwrap() < drawn && of("10%") == tenth);
    assert_eq!(run(&["replay", "--new", "new.yaml", "many.jsonl", "--sample", "10%", "--design", "simple"]).status.code(), Some(2));
}

#[test]
fn what_became_of_items() {
    let folder = copied();
    let run = |args: &[&str]| tribunal(folder.path(), args);
    let rows = [
        r#"{"id":"a","caption":"x","actioned":true,"reported":false,"appealed":true,"overturned":true}"#,
        r#"{"id":"b","caption":"x","actioned":true,"reported":true,"appealed":true,"overturned":false}"#,
        r#"{"id":"c","caption":"x","actioned":"yes","reported":"no"}"#,
        r#"{"id":"d","caption":"x","actioned":true}"#,
        r#"{"id":"e","caption":"x","actioned":false,"appealed":true}"#,
    ];
    std::fs::write(folder.path().join("rows.jsonl"), rows.join("\n")).unwrap();
    let found = json(&run(&["replay", "--new", "new.yaml", "rows.jsonl", "--design", "census", "--format", "json"]));
    let figure = |name: &str| (found["outcomes"][name]["k"].as_u64(), found["outcomes"][name]["n"].as_u64());
    assert_eq!(figure("actioned"), (Some(4), Some(5)));
    // Who does not say whether it was reported is in neither.
    assert_eq!(figure("proactive"), (Some(2), Some(3)));
    assert_eq!(figure("appealed"), (Some(2), Some(4)));
    assert_eq!((figure("overturned_of_appealed"), figure("overturned_of_actioned")), ((Some(1), Some(2)), (Some(1), Some(4))));
    let said = text(&run(&["replay", "--new", "new.yaml", "rows.jsonl"]).stdout);
    assert!(said.contains("who appeals chose to, so this is no error rate"), "{said}");
}
