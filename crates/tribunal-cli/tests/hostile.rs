//! Inputs that are broken, huge or made to harm, and output that has to stay whole.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;

const POLICY: &str = "tests/cmd/policy";
const GUN: &str = r#"{"id": "g", "caption": "selling my glock"}"#;

fn tribunal(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tribunal"));
    command.args(args).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

/// Runs `classify` over files of these contents; the folder is gone when the test ends.
struct Run {
    folder: tempfile::TempDir,
}

impl Run {
    fn new() -> Run {
        Run { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn classify(&self, items: &Path, more: &[&str]) -> Output {
        let rejects = self.path("rejects");
        let mut args = vec!["classify", POLICY, items.to_str().unwrap(), "--rejects", rejects.to_str().unwrap()];
        args.extend(more);
        tribunal(&args).output().unwrap()
    }

    fn rejects(&self) -> Vec<u8> {
        std::fs::read(self.path("rejects")).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn decisions(output: &Output) -> Vec<Json> {
    output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| serde_json::from_slice(line).unwrap()).collect()
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn line_ends_byte_order_mark_and_blank_lines() {
    let run = Run::new();
    let text = format!("\u{feff}{GUN}\r\n\r\n   \n{GUN}\n\t\r\n{GUN}");
    let output = run.classify(&run.file("items.jsonl", text.as_bytes()), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let decisions = decisions(&output);
    assert_eq!(decisions.len(), 3);
    assert!(decisions.iter().all(|decision| decision["rules"] == serde_json::json!(["firearm-sale"])));
    assert!(told(&output).starts_with("3 items, no broken lines"), "{}", told(&output));
    assert_eq!(run.rejects(), b"");
}

#[test]
fn an_empty_file_has_no_items() {
    let run = Run::new();
    for (name, content) in [("a.jsonl", Vec::new()), ("b.jsonl", b"\xEF\xBB\xBF".to_vec()), ("c.jsonl.gz", gzip(b""))] {
        let output = run.classify(&run.file(name, &content), &[]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0), "{name}");
        assert!(told(&output).starts_with("no items, no broken lines"));
    }
}

#[test]
fn bytes_that_are_no_text_are_a_broken_line() {
    let run = Run::new();
    let mut content = GUN.as_bytes().to_vec();
    content.extend_from_slice(b"\r\n{\"id\": \"\xFF\xFE\"}\r\n\xED\xA0\x80\n");
    content.extend_from_slice(GUN.as_bytes());
    content.extend_from_slice(b"\n{\"caption\": \"\\ud800\"}");
    let output = run.classify(&run.file("items.jsonl", &content), &["--strict"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(decisions(&output).len(), 2);
    assert_eq!(run.rejects(), b"{\"id\": \"\xFF\xFE\"}\r\n\xED\xA0\x80\n{\"caption\": \"\\ud800\"}\n");
    let told = told(&output);
    assert!(told.contains("items.jsonl:2: the line is not UTF-8: byte 9 begins no character"), "{told}");
    assert!(told.contains("items.jsonl:3:") && told.contains("items.jsonl:5:") && told.contains("2 items, 3 broken lines"), "{told}");
}

#[test]
fn a_line_of_the_limit_is_read_and_a_longer_one_is_broken() {
    const MAX: usize = 16 << 20;
    let run = Run::new();
    let frame = r#"{"id": "x", "caption": ""}"#.len();
    let item = |bytes: usize| format!(r#"{{"id": "x", "caption": "{}"}}"#, "a".repeat(bytes - frame));
    let long = item(MAX + 1);
    let content = format!("\u{feff}{}\r\n{long}\r\n{GUN}\n{}", item(MAX), item(3 * MAX));
    let output = run.classify(&run.file("items.jsonl", content.as_bytes()), &["--quiet"]);
    assert_eq!(output.status.code(), Some(0));
    let decisions = decisions(&output);
    assert_eq!(decisions.len(), 2);
    assert_eq!(decisions[0]["incomplete"], "text-too-long");
    assert_eq!(decisions[1]["id"], "g");
    let rejects = run.rejects();
    assert!(rejects == format!("{long}\r\n{}\n", item(3 * MAX)).as_bytes(), "the rejects hold {} bytes", rejects.len());
    let told = told(&output);
    assert!(told.contains("items.jsonl:2: the line is longer than 16 MiB") && told.contains("items.jsonl:4: "), "{told}");
}

#[test]
fn damaged_compression_is_unusable_and_leaves_no_file() {
    let run = Run::new();
    let lines = format!("{GUN}\n").repeat(5_000);
    let mut cut = gzip(lines.as_bytes());
    cut.truncate(cut.len() / 2);
    let mut zst = zstd::encode_all(lines.as_bytes(), 1).unwrap();
    zst.truncate(zst.len() - 3);
    let kept = run.file("decisions.jsonl", b"before");
    for (name, content) in [("a.jsonl.gz", cut), ("b.jsonl.zst", zst), ("c.gz", b"{}\n".to_vec()), ("d.zst", Vec::new())] {
        let output = run.classify(&run.file(name, &content), &["-o", kept.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(told(&output).contains(name), "{}", told(&output));
        assert_eq!(std::fs::read(&kept).unwrap(), b"before");
    }
    assert_eq!(run.names(), ["a.jsonl.gz", "b.jsonl.zst", "c.gz", "d.zst", "decisions.jsonl"]);
}

#[test]
fn inputs_that_are_not_there() {
    let run = Run::new();
    let folder = run.folder.path();
    let output = run.classify(folder, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("is a folder"), "{}", told(&output));
    let output = run.classify(&run.path("missing.jsonl"), &[]);
    assert_eq!(output.status.code(), Some(2));
    let output = tribunal(&["classify", POLICY, "-", "-"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(told(&output).contains("only once"), "{}", told(&output));
    let missing = folder.join("nowhere/out.jsonl");
    let output = run.classify(&run.file("items.jsonl", GUN.as_bytes()), &["-o", missing.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn standard_input_plain_and_compressed() {
    for content in [GUN.as_bytes().to_vec(), gzip(GUN.as_bytes()), zstd::encode_all(GUN.as_bytes(), 1).unwrap()] {
        let mut child = tribunal(&["classify", POLICY, "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(&content).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        assert_eq!(decisions(&output)[0]["id"], "g");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let run = Run::new();
    let mut lines = String::new();
    for at in 0..10_000 {
        let caption = ["selling my gl0ck", "gore", "hello", "HELLO THERE"][at % 4];
        let end = if at % 97 == 0 { "" } else { "}" };
        lines.push_str(&format!("{{\"id\": {at}, \"caption\": \"{caption}\"{end}\n"));
    }
    let items = run.file("items.jsonl", lines.as_bytes());
    let zst = run.path("decisions.jsonl.zst");
    let one = run.classify(&items, &["--threads", "1", "--evidence"]);
    let rejects = run.rejects();
    let many = run.classify(&items, &["--threads", "7", "--evidence", "-o", zst.to_str().unwrap()]);
    assert_eq!((one.status.code(), many.status.code()), (Some(0), Some(0)));
    assert_eq!(one.stdout.split(|byte| *byte == b'\n').count() - 1, 10_000 - 104);
    assert!(zstd::decode_all(std::fs::File::open(&zst).unwrap()).unwrap() == one.stdout, "the decisions differ");
    assert!(run.rejects() == rejects, "the rejects differ");
    assert_eq!(one.stderr, many.stderr);
    assert!(told(&one).contains("further broken lines are only counted"));
    assert_eq!(rejects.split(|byte| *byte == b'\n').count() - 1, 104);
}

#[test]
fn decisions_come_while_the_input_is_still_open() {
    let mut child = tribunal(&["-q", "classify", POLICY, "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(stdout));
    for _ in 0..3 {
        writeln!(stdin, "{GUN}").unwrap();
        let decision: Json = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        assert_eq!(decision["id"], "g");
    }
    drop(stdin);
    assert!(lines.next().is_none() && child.wait().unwrap().success());
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_no_file() {
    let run = Run::new();
    let output = run.path("decisions.jsonl");
    let mut child = tribunal(&["-q", "classify", POLICY, "-", "-o", output.to_str().unwrap()]).stdin(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    writeln!(stdin, "{GUN}").unwrap();
    let begin = std::time::Instant::now();
    while !run.names().iter().any(|name| name.ends_with(".part")) {
        assert!(begin.elapsed().as_secs() < 60, "no file was begun");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(run.names(), Vec::<String>::new());
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let run = Run::new();
    let items = run.file("items.jsonl", format!("{GUN}\n").repeat(20_000).as_bytes());
    let mut child = tribunal(&["classify", POLICY, items.to_str().unwrap()]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut some = [0; 64];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), told(&output)), (Some(0), String::new()));
}

/// Whether a text holds something that acts on a terminal or hides: controls, bidi controls, zero width.
fn acts(text: &[u8]) -> bool {
    let text = std::str::from_utf8(text).unwrap();
    text.chars().any(|c| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}'))
}

#[test]
fn nothing_from_an_item_acts_on_the_terminal() {
    let run = Run::new();
    let evil = "\\u001b]0;x\\u0007\u{9b}31m\u{202e}gnp\u{200b}\u{7f}\\n";
    let item = format!(r#"{{"id": "{evil}", "caption": "{evil} selling my glock {evil}", "market": "{evil}"}}"#);
    let items = run.file("items.jsonl", format!("{item}\n{{\"{evil}\": 1, \"{evil}\": 2}}\n").as_bytes());
    for format in ["human", "json"] {
        for verb in ["classify", "explain"] {
            let path = items.to_str().unwrap();
            let args: &[&str] = match verb {
                "classify" => &["classify", POLICY, path, "--evidence", "--format", format],
                _ => &["explain", POLICY, "--item", &item, "--format", format],
            };
            let output = tribunal(args).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}", told(&output));
            assert!(!output.stdout.is_empty() && !acts(&output.stdout) && !acts(&output.stderr), "{args:?}");
            if format == "json" && verb == "classify" {
                assert_eq!(decisions(&output)[0]["id"], "\u{1b}]0;x\u{7}\u{9b}31m\u{202e}gnp\u{200b}\u{7f}\n");
            }
        }
    }
    let output = tribunal(&["explain", POLICY, "--id", "\u{1b}[31m", items.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(!acts(&output.stderr));
}

#[test]
fn colours_only_where_they_are_wanted() {
    let check = |color: &[&str]| tribunal(&[&["check", "tests/cmd/bad.yaml"], color].concat()).output().unwrap();
    assert!(!acts(&check(&[]).stdout));
    assert!(acts(&check(&["--color", "always"]).stdout));
    assert!(!acts(&check(&["--color", "never"]).stdout));
}

#[test]
fn the_example_policy_passes_its_own_tests() {
    let policy = "../../examples/community-guidelines";
    let check = tribunal(&["check", policy, "--deny", "warnings"]).output().unwrap();
    assert_eq!(check.status.code(), Some(0), "{}", String::from_utf8_lossy(&check.stdout));
    let test = tribunal(&["test", policy, "--format", "json"]).output().unwrap();
    let report: Json = serde_json::from_slice(&test.stdout).unwrap();
    assert_eq!(test.status.code(), Some(0), "{report:#}");
    assert!(report["examples"]["run"].as_u64().unwrap() > 100 && report["items"]["run"].as_u64().unwrap() > 10);
    let items = tribunal(&["classify", policy, "../../examples/items.jsonl", "--strict"]).output().unwrap();
    assert_eq!(items.status.code(), Some(0), "{}", told(&items));
    assert!(decisions(&items).len() > 100);
}

#[test]
fn manual_pages_one_a_verb() {
    let run = Run::new();
    let folder = run.path("man");
    let output = tribunal(&["man", "-o", folder.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    for verb in ["check", "fmt", "test", "classify", "explain", "show", "schema", "completions", "man"] {
        let page = std::fs::read_to_string(folder.join(format!("tribunal-{verb}.1"))).unwrap();
        assert!(page.contains("Example:"), "{verb} has no example");
    }
    assert!(folder.join("tribunal.1").exists());
}

#[test]
fn what_is_read_is_not_written_over() {
    let run = Run::new();
    let items = run.file("items.jsonl", GUN.as_bytes());
    let policy = run.file("p.yaml", b"policy: {id: p, version: '1'}\n");
    std::fs::create_dir_all(run.path("folder/rules")).unwrap();
    run.file("folder/policy.yaml", b"policy: {id: p, version: '1'}\n");
    run.file("folder/rules/r.yaml", b"rules: []\n");
    let path = |name: &str| run.path(name).to_str().unwrap().to_owned();
    let refused = |args: &[&str]| {
        let output = tribunal(args).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), told.contains("would be lost")), (Some(2), true), "{args:?}: {told}");
    };
    refused(&["classify", &path("p.yaml"), &path("items.jsonl"), "-o", &path("items.jsonl")]);
    refused(&["classify", &path("p.yaml"), &path("items.jsonl"), "--rejects", &path("p.yaml")]);
    refused(&["classify", &path("folder"), &path("items.jsonl"), "-o", &path("folder/rules/r.yaml")]);
    refused(&["classify", &path("p.yaml"), &path("items.jsonl"), "-o", &path("p.yaml")]);
    assert_eq!((std::fs::read(items).unwrap(), std::fs::read(policy).unwrap().len()), (GUN.as_bytes().to_vec(), 30));
    // A new file beside them, and a second run over what the first has written, are fine.
    for _ in 0..2 {
        let output = tribunal(&["classify", &path("folder"), &path("items.jsonl"), "-o", &path("folder/out.jsonl")]).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
    }
}
