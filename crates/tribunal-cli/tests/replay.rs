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
}
