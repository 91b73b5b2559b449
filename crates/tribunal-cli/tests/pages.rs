//! Pages and workbooks that leave the house: nothing sensitive in them, nothing in them that the engine does not say, the same
//! bytes each time.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tribunal_analysis::workbook::{Input, read_xlsx};

const EXAMPLE: &str = "../../examples/community-guidelines";
const AUDIENCES: [&str; 3] = ["public", "moderator", "internal"];

fn run(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tribunal")).args(args).output().unwrap()
}

fn fine(args: &[&str]) -> String {
    let output = run(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The terms of sensitive lists, in lower case.
fn sensitive(policy: &str) -> Vec<String> {
    // An absolute path stays what it is.
    let policy = tribunal::policy::load(Path::new(policy)).policy.unwrap();
    let lists = policy.lists.iter().filter(|list| list.sensitive);
    let terms: Vec<String> = lists.flat_map(|list| list.entries.iter().filter(|entry| !entry.allow).map(|entry| entry.text.to_lowercase())).collect();
    assert!(!terms.is_empty(), "nothing would be tested");
    terms
}

fn says_nothing_of(terms: &[String], what: &str, text: &str) {
    let lower = text.to_lowercase();
    for term in terms {
        assert!(!lower.contains(term.as_str()), "{what} says a sensitive term of {} letters", term.chars().count());
    }
}

/// Every text of a workbook.
fn cells(path: &Path) -> String {
    let book = read_xlsx("book.xlsx", &std::fs::read(path).unwrap()).unwrap();
    let mut out = String::new();
    for cell in book.sheets.iter().flat_map(|sheet| sheet.rows.values()).flat_map(|row| row.values()) {
        assert!(!matches!(cell, Input::Formula), "nothing computes");
        if let Input::Text(text) = cell {
            out.push_str(text);
            out.push('\n');
        }
    }
    out
}

/// The example policy in a folder of its own, its slurs sensitive.
fn copied(folder: &Path, name: &str) -> PathBuf {
    let from = Path::new(EXAMPLE);
    let to = folder.join(name);
    for part in ["", "rules", "terms", "markets", "tests"] {
        std::fs::create_dir_all(to.join(part)).unwrap();
        for entry in std::fs::read_dir(from.join(part)).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
            std::fs::copy(entry.path(), to.join(part).join(entry.file_name())).unwrap();
        }
    }
    std::fs::write(to.join("terms/slurs-options.yaml"), "terms: {slurs: {sensitive: true, file: terms/slurs.csv}}\n").unwrap();
    to
}

/// With some edits.
fn edited(folder: &Path) -> PathBuf {
    let to = copied(folder, "new");
    let edit = |file: &str, was: &str, now: &str| {
        let text = std::fs::read_to_string(to.join(file)).unwrap();
        assert!(text.contains(was), "{file} has no {was}");
        std::fs::write(to.join(file), text.replacen(was, now, 1)).unwrap();
    };
    edit("policy.yaml", "version: \"2026.11.1\"", "version: \"2026.12.0\"");
    edit("rules/safety-civility.yaml", "effect: {distribution: removed, account: strike}", "effect: {distribution: feed_ineligible, account: strike}");
    edit("markets/BR.yaml", "effect: {distribution: feed_ineligible}", "effect: {distribution: search_limited}");
    to
}

#[test]
fn handbooks_say_nothing_sensitive() {
    let folder = tempfile::tempdir().unwrap();
    let example = copied(folder.path(), "example");
    for policy in [example.to_str().unwrap(), "tests/cmd/policy", "tests/cmd/docs.in/policy.yaml"] {
        let terms = sensitive(policy);
        for audience in AUDIENCES {
            for content in ["masked", "full"] {
                let out = folder.path().join("book");
                let out = out.to_str().unwrap();
                fine(&["docs", policy, "-o", out, "--audience", audience, "--content", content]);
                for name in ["handbook.md", "handbook.html"] {
                    let text = std::fs::read_to_string(Path::new(out).join(name)).unwrap();
                    assert!(text.len() > 500);
                    says_nothing_of(&terms, &format!("{name} of {policy} for {audience}, {content}"), &text);
                }
            }
        }
    }
}

#[test]
fn briefings_say_nothing_sensitive_and_are_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (copied(folder.path(), "old"), edited(folder.path()));
    let (old, new) = (old.to_str().unwrap(), new.to_str().unwrap());
    let terms = sensitive(new);
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for audience in AUDIENCES {
        let mut first: Vec<Vec<u8>> = Vec::new();
        for round in 0..2 {
            let names = ["a.md", "a.html", "a.xlsx"].map(file);
            let json = fine(&["brief", old, new, "--audience", audience, "--format", "json", "-o", &names[0], "-o", &names[1], "-o", &names[2]]);
            says_nothing_of(&terms, "the JSON", &json);
            let bytes: Vec<Vec<u8>> = names.iter().map(|name| std::fs::read(name).unwrap()).collect();
            if round == 0 {
                first = bytes;
            } else {
                assert_eq!(first, bytes, "same input, same bytes");
            }
        }
        for (name, bytes) in ["Markdown", "HTML"].iter().zip(&first) {
            let text = String::from_utf8(bytes.clone()).unwrap();
            says_nothing_of(&terms, name, &text);
            assert!(text.contains("2026.12.0") && text.contains("Quiz"));
        }
        let text = cells(&folder.path().join("a.xlsx"));
        says_nothing_of(&terms, "the workbook", &text);
        assert!(text.contains("feed_ineligible"));
    }
    let briefing: serde_json::Value = serde_json::from_str(&fine(&["brief", old, new, "--format", "json"])).unwrap();
    let changed: Vec<&str> = briefing["changes"].as_array().unwrap().iter().map(|change| change["rule"].as_str().unwrap()).collect();
    assert_eq!(changed, ["firearm-sale", "hateful-slur"]);
    assert_eq!(briefing["quiz"].as_array().unwrap().len(), 10);
    assert!(briefing["quiz"].as_array().unwrap().iter().any(|question| question["changed"] == true));
}

#[test]
fn an_example_that_the_engine_decides_otherwise_stops_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(Path::new("tests/cmd/docs.in/policy.yaml")).unwrap();
    let wrong = folder.path().join("wrong.yaml");
    std::fs::write(&wrong, text.replace("allowed: [slurp]", "allowed: [slurp, slurone]")).unwrap();
    let (wrong, out) = (wrong.to_str().unwrap(), folder.path().join("out"));
    for args in [vec!["docs", wrong, "-o", out.to_str().unwrap()], vec!["brief", "tests/cmd/docs.in/policy.yaml", wrong]] {
        let output = run(&args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("wrong.yaml:") && said.contains("`slur`") && !said.contains("slurone"), "{said}");
    }
    assert!(!out.exists());
}

/// What there is to say of the example is accepted there, with reasons.
#[test]
fn the_example_is_clean() {
    let said = fine(&["analyze", EXAMPLE, "--deny", "warnings", "--today", "2026-11-29"]);
    assert!(said.contains("no errors, no warnings") && said.contains("accepted: exception-bypass"), "{said}");
}

#[test]
fn workbooks_are_read_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let example = copied(folder.path(), "example");
    let example = example.to_str().unwrap();
    let terms = sensitive(example);
    for verb in [vec!["register", example], vec!["show", example, "--matrix"], vec!["show", example, "--market", "BR"], vec!["sheet", "export", example]] {
        let (first, second) = (file("one.xlsx"), file("two.xlsx"));
        for name in [&first, &second] {
            let mut args = verb.clone();
            args.extend(["-o", name.as_str()]);
            fine(&args);
        }
        assert_eq!(std::fs::read(&first).unwrap(), std::fs::read(&second).unwrap(), "{verb:?}: same input, same bytes");
        let text = cells(Path::new(&first));
        says_nothing_of(&terms, verb[0], &text);
        assert!(text.contains("firearm-sale") || verb[0] == "sheet");
        if verb[0] == "sheet" {
            for term in ["ปืนกาว", "مسدس", "拳銃", "तमंचा", "sıcak silikon tabanca"] {
                assert!(text.lines().any(|line| line == term), "{term} did not come out whole");
            }
        }
    }
}

/// Texts that a spreadsheet would compute, decode or cut, in whatever a policy has of texts, are in the workbooks of `show` to the letter.
#[test]
fn workbooks_of_markets_are_inert() {
    let hostile: Vec<String> = serde_json::from_str(include_str!("../../../tests/hostile_texts.json")).unwrap();
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let each = |of: &dyn Fn(usize, &str) -> String| hostile.iter().enumerate().map(|(at, text)| of(at, &quoted(text))).collect::<String>();
    let rules =
        each(&|at, text| format!("  - {{id: r{at:02}, title: {text}, clause: {text}, when: 'caption has \"x{at}\"', effect: {{distribution: removed}}}}\n"));
    let overrides = each(&|at, text| format!("      - {{rule: r{at:02}, effect: {{distribution: feed_ineligible}}, reason: {text}, legal_basis: {text}}}\n"));
    let terms = each(&|_, text| format!("{text}, "));
    let policy = format!(
        "policy: {{id: t, version: '=1+1'}}\nterms: {{odd: {{match: substring, folds: none, terms: [odd]}}}}\nrules:\n{rules}  - {{id: reads, when: caption has odd, effect: {{distribution: removed}}}}\nmarkets:\n  - market: BR\n    overrides:\n{overrides}      - {{terms: odd, add: [{terms}], reason: '=2'}}\n"
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.yaml");
    std::fs::write(&path, policy).unwrap();
    let path = path.to_str().unwrap();
    let (first, second) = (folder.path().join("one.xlsx"), folder.path().join("two.xlsx"));
    for verb in [vec!["show", path, "--matrix", "--users"], vec!["show", path, "--market", "BR", "--users"]] {
        for name in [&first, &second] {
            let mut args = verb.clone();
            args.extend(["-o", name.to_str().unwrap()]);
            fine(&args);
        }
        assert_eq!(std::fs::read(&first).unwrap(), std::fs::read(&second).unwrap(), "{verb:?}: same input, same bytes");
        let book = tribunal_analysis::workbook::read_xlsx("one.xlsx", &std::fs::read(&first).unwrap()).unwrap();
        let inputs: Vec<&Input> = book.sheets.iter().flat_map(|sheet| sheet.rows.values()).flat_map(|cells| cells.values()).collect();
        assert!(inputs.iter().all(|input| matches!(input, Input::Text(_) | Input::Number(_))), "{verb:?}: no formula, date or error");
        for text in &hostile {
            assert!(inputs.iter().filter(|input| ***input == Input::Text(text.clone())).count() >= 2, "{verb:?}: {text} as reason and as term");
        }
        let words = book.sheet("Glossary").unwrap();
        let known = |name: &str| words.rows.values().any(|cells| cells.get(&0) == Some(&Input::Text(name.to_owned())));
        for sheet in book.sheets.iter().filter(|sheet| !matches!(sheet.name.as_str(), "About" | "Glossary")) {
            assert!(known(&sheet.name), "the sheet {} is in the glossary", sheet.name);
            // Of the matrix the columns are the markets.
            for input in sheet.rows.get(&0).unwrap().values().filter(|_| sheet.name != "Matrix") {
                let Input::Text(name) = input else { panic!("{input:?}") };
                assert!(known(name), "the column {name} of {} is in the glossary", sheet.name);
            }
        }
    }
}

#[test]
fn a_workbook_goes_out_and_in() {
    let folder = tempfile::tempdir().unwrap();
    let new = edited(folder.path());
    let new = new.to_str().unwrap();
    let book = folder.path().join("book.xlsx");
    let book = book.to_str().unwrap();
    fine(&["sheet", "export", new, "-o", book, "--sensitive"]);
    let before = std::fs::read(Path::new(new).join("terms/regulated.yaml")).unwrap();
    let said = fine(&["sheet", "import", new, book]);
    assert!(said.contains("no file changes\n0 errors") || said.contains("no file changes\nno errors"), "{said}");
    assert_eq!(before, std::fs::read(Path::new(new).join("terms/regulated.yaml")).unwrap());
    let csv = folder.path().join("firearms.csv");
    std::fs::write(&csv, "term,match,lang\nbarrel for sale,phrase,en\n").unwrap();
    let said = fine(&["sheet", "import", new, csv.to_str().unwrap()]);
    assert!(said.contains("changed: terms/regulated.yaml"), "{said}");
    assert!(fine(&["where", "a b4rrel for sale", new]).contains("barrel for sale in firearms"));
}

#[test]
fn what_editors_leave_behind_is_no_workbook() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["~$lists.xlsx", ".~lock.lists.xlsx#", "._lists.xlsx"] {
        let path = folder.path().join(name);
        std::fs::write(&path, "left behind").unwrap();
        let output = run(&["sheet", "check", EXAMPLE, path.to_str().unwrap()]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains("left behind by an editor"), "{name}: {said}");
    }
}

/// Lines of a program that goes on, as they come.
struct Watching {
    child: std::process::Child,
    lines: std::sync::mpsc::Receiver<String>,
}

impl Watching {
    fn start(policy: &str) -> Watching {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tribunal"));
        let mut child = command.args(["analyze", "--watch", "-q", policy]).stdout(std::process::Stdio::piped()).spawn().unwrap();
        let (send, lines) = std::sync::mpsc::channel();
        let out = std::io::BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || std::io::BufRead::lines(out).map_while(Result::ok).try_for_each(|line| send.send(line)));
        Watching { child, lines }
    }

    /// All up to the line that has this in it.
    fn until(&self, wanted: &str) -> String {
        let mut seen = String::new();
        loop {
            let line = self.lines.recv_timeout(std::time::Duration::from_secs(120)).unwrap_or_else(|_| panic!("no {wanted:?} in {seen}"));
            seen.push_str(&line);
            seen.push('\n');
            if line.contains(wanted) {
                return seen;
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn an_edit_says_which_findings_are_new_and_which_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.yaml");
    let save = |age: &str| {
        let text = format!(
            "policy: {{id: t, version: '1'}}\nrules:\n  - {{id: young, when: author.age < 13, effect: {{distribution: removed}}}}\n  \
             - {{id: other, when: {age}, effect: {{distribution: removed}}}}\n"
        );
        std::fs::write(&path, text).unwrap();
    };
    save("author.age > 20");
    let watching = Watching::start(path.to_str().unwrap());
    assert!(!watching.until("not checked: ordinary words").contains("redundant-rule"));
    save("author.age < 12");
    let said = watching.until("as before");
    assert!(said.contains("p.yaml") && said.contains("redundant-rule") && said.contains("1 new"), "{said}");
    save("author.age << 12");
    let said = watching.until("without");
    assert!(said.contains("1 error; the findings are those of the last policy"), "{said}");
    save("author.age > 20 and author.verified");
    let said = watching.until("as before");
    assert!(said.contains("gone: redundant-rule `other`") && said.contains("1 new"), "{said}");
}
