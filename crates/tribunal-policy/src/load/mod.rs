//! From files to a checked [`Policy`]. Every mistake found on the way is reported; a policy with errors is not returned.

pub(crate) mod effects;
pub(crate) mod files;
mod head;
mod items;
mod markets;
mod reader;
mod rules;
mod sheets;
pub(crate) mod terms;
mod tree;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use crate::codes;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Policy;
use crate::source::{FileId, Sources};
use crate::yaml::{self, Node, YamlLimits};

pub use files::{COMPILED, MAX_LIST_BYTES, MAX_YAML_BYTES};
pub use terms::primary;
use tree::Input;
pub(crate) use tree::exception_ids;

use files::{Content, Files, Role};

/// What loading gave: a policy when there are no errors, and everything there is to say, sorted by place.
///
/// ```
/// let loaded = tribunal_policy::load_str("demo.yaml", "policy: {id: demo}");
/// assert!(loaded.policy.is_none());
/// let found = &loaded.diagnostics[0];
/// assert_eq!((found.code.id, loaded.sources.path(found.labels[0].span.file)), ("missing-key", "demo.yaml"));
/// ```
#[derive(Debug)]
pub struct Loaded {
    /// The policy; `None` when a diagnostic is an error.
    pub policy: Option<Policy>,
    /// Errors and warnings, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// The files, for rendering the diagnostics.
    pub sources: Arc<Sources>,
}

/// Loads a policy from a folder or a single file.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("tribunal-policy-load-{}", std::process::id()));
/// # std::fs::create_dir_all(folder.join("terms"))?;
/// std::fs::write(folder.join("policy.yaml"), "policy: {id: demo, version: '1'}")?;
/// std::fs::write(folder.join("terms/firearms.txt"), "glock\nrevolver\n")?;
/// let policy = tribunal_policy::load(&folder).policy.ok_or("no errors")?;
/// assert_eq!((policy.lists[0].name.as_str(), policy.lists[0].entries.len()), ("firearms", 2));
///
/// // What is not there is a finding like any other.
/// let nowhere = tribunal_policy::load(&folder.join("nowhere"));
/// assert!(nowhere.policy.is_none() && nowhere.diagnostics.len() == 1);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn load(path: &Path) -> Loaded {
    let mut out = Diagnostics::new();
    let (files, folder) = collect(path, &mut out);
    build(files, folder, out)
}

/// Loads a policy from the text of a single file; `name` stands in its diagnostics.
///
/// ```
/// let text = r#"
/// policy: {id: demo, version: "1"}
/// rules:
///   - {id: gun, when: captoin has "glock", effect: {routing: review}}
/// "#;
/// let loaded = tribunal_policy::load_str("demo.yaml", text);
/// let found = &loaded.diagnostics[0];
/// assert_eq!((found.code.id, found.help[0].as_str()), ("unknown-field", "did you mean `caption`?"));
/// assert_eq!(loaded.sources.line_col(found.labels[0].span), (4, 21));
/// ```
pub fn load_str(name: &str, text: &str) -> Loaded {
    let mut out = Diagnostics::new();
    let files = single(name, text.as_bytes().to_vec(), &mut out);
    build(files, false, out)
}

/// Loads a folder policy from memory: paths relative to its folder, and their bytes.
///
/// ```
/// use std::collections::BTreeMap;
///
/// let files = BTreeMap::from([
///     ("policy.yaml".to_owned(), b"policy: {id: demo, version: '1'}".to_vec()),
///     ("terms/firearms.csv".to_owned(), b"term,match\nglock,word\npistol,prefix\n".to_vec()),
/// ]);
/// let policy = tribunal_policy::load_files(files).policy.ok_or("no errors")?;
/// let places: Vec<_> = policy.lists[0].entries.iter().map(|entry| (entry.text.as_str(), entry.place.as_str())).collect();
/// assert_eq!(places, [("glock", "terms/firearms.csv:2"), ("pistol", "terms/firearms.csv:3")]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn load_files(files: BTreeMap<String, Vec<u8>>) -> Loaded {
    build(here(files), true, Diagnostics::new())
}

fn here(files: BTreeMap<String, Vec<u8>>) -> Files {
    files.into_iter().map(|(path, bytes)| (path, Content::Here(bytes))).collect()
}

/// The same files once more, as [`Policy::sources`] has them: a policy in one file keeps that file's name.
///
/// ```
/// use std::collections::BTreeMap;
///
/// let files = BTreeMap::from([("demo.yaml".to_owned(), b"policy: {id: demo, version: '1'}".to_vec())]);
/// assert_eq!(tribunal_policy::load_again(files).policy.ok_or("no errors")?.id, "demo");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn load_again(files: BTreeMap<String, Vec<u8>>) -> Loaded {
    // What a folder of one file has to say beyond a file on its own, it has said.
    let folder = files.len() != 1;
    build(here(files), folder, Diagnostics::new())
}

fn single(name: &str, bytes: Vec<u8>, out: &mut Diagnostics) -> Files {
    if bytes.len() > MAX_YAML_BYTES {
        out.push(files::too_large(name, bytes.len() as u64, MAX_YAML_BYTES));
        return Files::new();
    }
    Files::from([(name.to_owned(), Content::Here(bytes))])
}

fn collect(path: &Path, out: &mut Diagnostics) -> (Files, bool) {
    if path.is_dir() {
        // Nothing is read that no part of the policy names; of what cannot be read, a name is enough to say so.
        let listed = files::list(path, out).into_iter();
        let known = |relative: &str| files::role(relative).is_some() || files::is_in_standard_folder(relative);
        return (listed.filter(|(relative, _)| known(relative)).map(|(relative, path)| (relative, Content::At(path))).collect(), true);
    }
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    match files::read(&name, path, out) {
        Some(bytes) => (Files::from([(name, Content::Here(bytes))]), false),
        None => (Files::new(), false),
    }
}

/// Picks the files that belong to the policy: the standard ones and those that `include:` and `file:` name.
struct Picked {
    sources: Sources,
    /// Parsed YAML files.
    documents: Vec<(FileId, Node)>,
    sheets: Vec<(FileId, Role)>,
    tests: Vec<FileId>,
}

fn build(all: Files, folder: bool, mut out: Diagnostics) -> Loaded {
    let single_name = if folder { None } else { all.keys().next().cloned() };
    let picked = pick(all, folder, single_name.as_deref(), &mut out);
    let digest = digest(&picked.sources);
    let sources = Arc::new(picked.sources);
    let input = Input { sources: Arc::clone(&sources), documents: picked.documents, sheets: picked.sheets, tests: picked.tests, folder, digest };
    let policy = input.lower(&mut out);
    let policy = policy.filter(|_| !out.has_errors());
    Loaded { policy, diagnostics: out.into_sorted(&sources), sources }
}

fn pick(mut all: Files, folder: bool, single: Option<&str>, out: &mut Diagnostics) -> Picked {
    let mut picked = Picked { sources: Sources::new(), documents: Vec::new(), sheets: Vec::new(), tests: Vec::new() };
    let standard: Vec<String> = all.keys().filter(|path| !folder || files::is_standard(path)).cloned().collect();
    if folder && !standard.iter().any(|path| path.starts_with("policy.")) {
        out.push(
            Diagnostic::at_place(&codes::NO_POLICY, "policy.yaml", "the folder has no `policy.yaml`")
                .help("it holds the identity: `policy: {id: …, version: \"1\"}`"),
        );
    }
    let names: Vec<String> = all.keys().cloned().collect();
    let mut open: Vec<String> = standard;
    while let Some(path) = open.pop() {
        let Some(bytes) = all.remove(&path).and_then(|content| content.read(&path, out)) else { continue };
        let role = if single.is_some() { Role::Yaml } else { files::role(&path).unwrap_or(Role::Yaml) };
        if bytes.starts_with(&files::COMPILED) {
            out.push(files::is_compiled(&path));
            continue;
        }
        if role != Role::Xlsx
            && let Err(error) = std::str::from_utf8(&bytes)
        {
            out.push(files::not_utf8(path, &bytes, error.valid_up_to()));
            continue;
        }
        let file = picked.sources.add(path.clone(), bytes);
        match role {
            Role::Yaml => {
                let Some(node) = yaml::parse(file, &picked.sources, &YamlLimits::default(), out) else { continue };
                open.extend(named(&node, &names, folder, out));
                picked.documents.push((file, node));
            }
            Role::Tests => picked.tests.push(file),
            role => picked.sheets.push((file, role)),
        }
    }
    for path in all.keys().filter(|path| folder && files::is_in_standard_folder(path)) {
        let help = match files::role(path) {
            Some(_) => "name it under `include:` in policy.yaml, or move it",
            None => "YAML, CSV, TXT, XLSX and JSONL files can be read: save it as one of them, or move it",
        };
        out.push(Diagnostic::at_place(&codes::UNREAD_FILE, path.clone(), "this file is not read").help(help));
    }
    picked.documents.sort_by(|(a, _), (b, _)| picked.sources.path(*a).cmp(picked.sources.path(*b)));
    picked.sheets.sort_by(|(a, _), (b, _)| picked.sources.path(*a).cmp(picked.sources.path(*b)));
    picked.tests.sort_by(|a, b| picked.sources.path(*a).cmp(picked.sources.path(*b)));
    picked
}

/// What to do about a path in a policy that is not a folder.
const ONE_FILE: &str = "a policy in one file holds all of it: write it here, or make the policy a folder";

/// The files that a document names: `include:` globs, and `file:` of its lists.
fn named(node: &Node, all: &[String], folder: bool, out: &mut Diagnostics) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(include) = node.get("include") {
        for (glob, span) in reader::texts(include, out) {
            let pattern = glob::Pattern::new(&glob).ok().filter(|_| files::is_inside(&glob));
            let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::default() };
            let matched: Vec<&String> = match pattern {
                Some(pattern) => all.iter().filter(|path| pattern.matches_with(path, options)).collect(),
                None => Vec::new(),
            };
            // A glob over a standard folder may well match nothing yet.
            if matched.is_empty() && !(glob.contains('*') && files::is_standard(&glob)) {
                let help = if folder { "paths are relative to the policy's folder and stay inside it" } else { ONE_FILE };
                out.push(Diagnostic::new(&codes::NO_SUCH_FILE, span, format!("no file of the folder matches `{glob}`")).help(help));
            }
            for path in matched {
                if files::role(path).is_some() {
                    found.push(path.clone());
                } else {
                    let message = format!("`{path}` is of a kind that cannot be read");
                    out.push(Diagnostic::new(&codes::NO_SUCH_FILE, span, message).help("YAML, CSV, TXT, XLSX and JSONL files can be read"));
                }
            }
        }
    }
    for entry in node.get("terms").and_then(Node::as_map).unwrap_or_default() {
        if let Some(file) = entry.value.get("file").and_then(Node::as_text) {
            found.push(file.to_owned());
        }
    }
    found
}

/// Exact meaning 33.
fn digest(sources: &Sources) -> String {
    let mut files: Vec<(&str, &[u8])> = sources.files().map(|(_, file)| (file.path.as_str(), file.bytes())).collect();
    files.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    for (path, bytes) in files {
        hasher.update(path.as_bytes());
        hasher.update(&[0]);
        hasher.update(&(bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    }
    hasher.finalize().to_hex().to_string()
}
