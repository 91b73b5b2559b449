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

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::codes;
use crate::cond::{Resolver, Symbols};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::fields;
use crate::ids::{ExceptionId, ListId, MarketId, RuleId, ScoreId};
use crate::keys;
use crate::model::{Exception, List, Market, Override, Policy, Rule, Selector, TestLine};
use crate::source::{FileId, Sources, Span};
use crate::yaml::{self, Entry, Node, Value, YamlLimits};

pub use files::{MAX_LIST_BYTES, MAX_YAML_BYTES};
pub use terms::primary;

use effects::Effects;
use files::{Files, Role};
use reader::Map;
use rules::Rules;
use terms::{Defaults, Terms};

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
    build(files, true, Diagnostics::new())
}

fn single(name: &str, bytes: Vec<u8>, out: &mut Diagnostics) -> Files {
    if bytes.len() > MAX_YAML_BYTES {
        out.push(files::too_large(name, bytes.len() as u64, MAX_YAML_BYTES));
        return Files::new();
    }
    Files::from([(name.to_owned(), bytes)])
}

fn collect(path: &Path, out: &mut Diagnostics) -> (Files, bool) {
    if path.is_dir() {
        // Everything readable is handed on; what the policy does not name is left out there.
        let mut found = Files::new();
        for (relative, path) in files::list(path, out) {
            if files::role(&relative).is_none() {
                // Its name is enough to say that it is not read.
                if files::is_in_standard_folder(&relative) {
                    found.insert(relative, Vec::new());
                }
            } else if let Some(bytes) = files::read(&relative, &path, out) {
                found.insert(relative, bytes);
            }
        }
        return (found, true);
    }
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    match files::read(&name, path, out) {
        Some(bytes) => (Files::from([(name, bytes)]), false),
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
    let unread = out.iter().any(|found| found.place.as_deref().is_some_and(|place| place.starts_with("policy.")));
    if folder && !unread && !standard.iter().any(|path| path.starts_with("policy.")) {
        out.push(
            Diagnostic::at_place(&codes::NO_POLICY, "policy.yaml", "the folder has no `policy.yaml`")
                .help("it holds the identity: `policy: {id: …, version: \"1\"}`"),
        );
    }
    let names: Vec<String> = all.keys().cloned().collect();
    let mut open: Vec<String> = standard;
    while let Some(path) = open.pop() {
        let Some(bytes) = all.remove(&path) else { continue };
        let role = if single.is_some() { Role::Yaml } else { files::role(&path).unwrap_or(Role::Yaml) };
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

struct Input {
    sources: Arc<Sources>,
    documents: Vec<(FileId, Node)>,
    sheets: Vec<(FileId, Role)>,
    tests: Vec<FileId>,
    folder: bool,
    digest: String,
}

/// A rule, exception or override found in a file, and the market it belongs to.
struct Found<'a> {
    node: &'a Node,
    scope: Option<MarketId>,
}

/// A list found in a file: where it is named, its YAML if it has one, the market it belongs to, the sheets with its terms.
type FoundList<'a> = (Span, Option<&'a Node>, Option<MarketId>, Vec<FileId>);

/// The nodes of one key over all files.
fn at_key<'a>(documents: &'a [(FileId, Node)], key: &'a str) -> impl Iterator<Item = &'a Node> {
    documents.iter().filter_map(move |(_, node)| node.get(key))
}

/// What a market changes about rules.
fn rule_overrides(market: &Node, reader: &mut Rules<'_, '_>, effects: &Effects<'_>) -> Vec<Override> {
    let mut seen = BTreeMap::new();
    let nodes = market.get("overrides").map(|node| reader::items(node, "overrides", false, reader.resolver.out)).unwrap_or_default();
    let rules = nodes.iter().filter(|node| node.get("rule").is_some() && node.get("terms").is_none());
    rules.filter_map(|node| markets::rule_override(reader, effects, node, &mut seen)).collect()
}

impl Input {
    fn lower(&self, out: &mut Diagnostics) -> Option<Policy> {
        let mut general: Vec<&Node> = Vec::new();
        let mut market_nodes: Vec<&Node> = Vec::new();
        for (_, node) in &self.documents {
            if node.get("market").is_some() {
                market_nodes.push(node);
            } else if Map::new(node, &keys::DOCUMENT, out).is_some() {
                general.push(node);
                let listed = node.get("markets").map(|node| reader::items(node, "markets", false, out)).unwrap_or_default();
                market_nodes.extend(listed);
            }
        }
        let head = self.head(out);
        let mut symbols = Symbols { fields: fields::builtin(), ..Symbols::default() };
        at_key(&self.documents, "fields").for_each(|node| head::declare_fields(node, &mut symbols.fields, out));
        let axes = once(&self.documents, "axes", out).and_then(|node| effects::axes(node, out)).unwrap_or_else(effects::default_axes);
        let raws = market_nodes.into_iter().filter_map(|node| markets::raw(node, out)).collect();
        let (raws, market_ids) = markets::order(raws, out);
        let mut markets: Vec<Market> = raws.iter().map(|raw| markets::market(raw, &market_ids)).collect();
        let taxonomy: Vec<_> = at_key(&self.documents, "taxonomy").flat_map(|node| head::taxonomy(node, &symbols.fields, &market_ids, out)).collect();

        let (mut lists, defaults) = self.lists(&general, &raws, &market_ids, &mut symbols, out);
        let list_overrides = self.list_overrides(&raws, &market_ids, &mut lists, &defaults, &symbols.lists, out);
        let (found_rules, found_exceptions) = self.names(&general, &raws, &mut symbols, out);
        let mut categories: BTreeSet<String> = taxonomy.iter().map(|category| category.name.clone()).collect();
        let declared = !categories.is_empty();
        if !declared {
            categories.extend(found_rules.values().filter_map(|found| Some(found.node.get("category")?.as_text()?.to_owned())));
        }

        let effects = || Effects { axes: &axes, fields: &symbols.fields };
        let on_incomplete = match once(&self.documents, "on_incomplete", out) {
            Some(node) => effects().effect(node, out),
            None => effects().review().unwrap_or_default(),
        };
        let mut resolver = Resolver { symbols: &symbols, sources: &self.sources, lists: &mut lists, out };
        let mut reader = Rules { resolver: &mut resolver, effects: effects(), folder: self.folder, categories: &categories, taxonomy: declared };
        // A rule that cannot be used leaves a gap that an error stands for; the tables are then not used.
        let rules: Vec<Rule> = found_rules.iter().filter_map(|(name, found)| reader.rule(name, found.node, found.scope)).collect();
        let whole = rules.len() == found_rules.len();
        let exceptions: Vec<Exception> =
            found_exceptions.iter().filter_map(|(name, found)| reader.exception(name, found.node, found.scope, if whole { &rules } else { &[] })).collect();
        let floors = self.floors(&raws, &mut reader);
        for (market, raw) in markets.iter_mut().zip(&raws) {
            let written = raw.node.get("floors").map(|node| reader::texts(node, reader.resolver.out)).unwrap_or_default();
            market.floors = reader.selectors(&written);
            market.overrides = rule_overrides(raw.node, &mut reader, &effects());
        }
        for (market, mut changes) in markets.iter_mut().zip(list_overrides) {
            market.overrides.append(&mut changes);
            market.overrides.sort_by_key(|change| (change.span.file, change.span.start));
        }
        let ordinary_words = once(&self.documents, "ordinary_words", out).and_then(|node| list_name(node, &symbols.lists, out));
        let surfaces = at_key(&self.documents, "surfaces").flat_map(|node| head::surfaces(node, &symbols.fields, out)).collect();
        lists.iter_mut().for_each(terms::number_terms);
        if !whole || exceptions.len() != found_exceptions.len() || out.has_errors() {
            return None;
        }
        let mut policy = Policy {
            id: head.id,
            version: head.version,
            title: head.title,
            language: 1,
            digest: self.digest.clone(),
            fields: symbols.fields,
            axes,
            lists,
            rules,
            scores: symbols.scores.into_keys().collect(),
            exceptions,
            markets,
            floors,
            on_incomplete,
            ordinary_words,
            taxonomy,
            surfaces,
            tests: self.tests(),
            sources: Arc::clone(&self.sources),
        };
        crate::check::force::apply(&mut policy, out);
        crate::check::all(&policy, self.folder, out);
        Some(policy)
    }

    /// The floors of the policy as a whole.
    fn floors(&self, raws: &[markets::Raw<'_>], reader: &mut Rules<'_, '_>) -> Vec<Selector> {
        let of_market = |node: &Node| raws.iter().any(|raw| raw.node.get("floors").is_some_and(|own| std::ptr::eq(own, node)));
        let nodes = at_key(&self.documents, "floors").filter(|node| !of_market(node));
        let written: Vec<_> = nodes.flat_map(|node| reader::texts(node, reader.resolver.out)).collect();
        reader.selectors(&written)
    }

    fn head(&self, out: &mut Diagnostics) -> head::Head {
        let node = once(&self.documents, "policy", out);
        if node.is_none() && !out.has_errors() {
            let place = self.documents.first().map_or("policy.yaml", |(file, _)| self.sources.path(*file));
            out.push(Diagnostic::at_place(&codes::NO_POLICY, place, "no file says which policy this is").help("write `policy: {id: …, version: \"1\"}`"));
        }
        node.map(|node| head::head(node, out)).unwrap_or_default()
    }

    /// Every named list with its terms, in the order of their names.
    fn lists(
        &self,
        general: &[&Node],
        raws: &[markets::Raw<'_>],
        markets: &BTreeMap<String, MarketId>,
        symbols: &mut Symbols,
        out: &mut Diagnostics,
    ) -> (Vec<List>, BTreeMap<ListId, Defaults>) {
        let mut found: BTreeMap<String, FoundList<'_>> = BTreeMap::new();
        let mut entries: Vec<(&Entry, Option<MarketId>)> = Vec::new();
        for node in general {
            entries.extend(map_entries(node.get("terms"), out).map(|entry| (entry, None)));
        }
        for raw in raws {
            entries.extend(map_entries(raw.node.get("terms"), out).map(|entry| (entry, markets.get(&raw.name).copied())));
        }
        for (entry, scope) in entries {
            let name = entry.key.text.as_str();
            reader::checked_name(name, entry.key.span, "term list", out);
            if crate::cond::is_keyword(name) {
                out.push(
                    Diagnostic::new(&codes::BAD_NAME, entry.key.span, format!("`{name}` is a keyword of conditions and cannot name a list"))
                        .help("choose another word, or join it with another by `-`"),
                );
            }
            if let Some((first, ..)) = found.get(name) {
                out.push(
                    Diagnostic::new(&codes::DUPLICATE_NAME, entry.key.span, format!("the term list `{name}` is defined twice"))
                        .secondary(*first, "first here")
                        .help("give one of them another name, or put the terms of both into one list"),
                );
                continue;
            }
            found.insert(name.to_owned(), (entry.key.span, Some(&entry.value), scope, Vec::new()));
        }
        // Sheets that a YAML list claims are part of it; the others are lists of their own.
        let mut claimed: BTreeSet<FileId> = BTreeSet::new();
        for (_, node, _, files) in found.values_mut() {
            let Some(file) = node.and_then(|node| node.get("file")) else { continue };
            let path = file.as_text();
            match path.and_then(|path| self.sheets.iter().find(|(id, _)| self.sources.path(*id) == path)) {
                Some((id, _)) => {
                    files.push(*id);
                    claimed.insert(*id);
                }
                None => out.push(
                    Diagnostic::new(&codes::NO_SUCH_FILE, file.span, format!("there is no term list in a file `{}`", path.unwrap_or_default()))
                        .help(if self.folder { "the path is relative to the policy's folder; CSV, TXT and XLSX files can be read" } else { ONE_FILE }),
                ),
            }
        }
        for (file, _) in self.sheets.iter().filter(|(file, _)| !claimed.contains(file)) {
            let path = self.sources.path(*file);
            let stem = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or(path, |(stem, _)| stem).to_owned();
            let span = Span::new(*file, 0, 0);
            reader::checked_name(&stem, span, "term list", out);
            if let Some((first, ..)) = found.get(&stem) {
                out.push(
                    Diagnostic::new(&codes::DUPLICATE_NAME, span, format!("the term list `{stem}` is defined twice"))
                        .secondary(*first, "first here")
                        .help("give one of them another name, or let the YAML list take the terms with `file:`"),
                );
                continue;
            }
            found.insert(stem, (span, None, None, vec![*file]));
        }
        let mut lists = Vec::new();
        let mut defaults = BTreeMap::new();
        let mut terms = Terms { sources: &self.sources, markets, out };
        for (name, (span, node, scope, files)) in found {
            let id = ListId(u32::try_from(lists.len()).unwrap_or(u32::MAX));
            let (mut list, own) = match node {
                Some(node) => {
                    let (list, own, _) = terms.list(&name, span, node);
                    (list, own)
                }
                None => (terms::empty(&name, span), Defaults::default()),
            };
            for file in files {
                match self.sheets.iter().find(|(id, _)| *id == file).map(|(_, role)| *role) {
                    Some(Role::Csv) => terms.csv(file, &own, &mut list.entries),
                    Some(Role::Txt) => terms.txt(file, &own, &mut list.entries),
                    Some(Role::Xlsx) => terms.xlsx(file, &name, &own, &mut list.entries),
                    _ => {}
                }
            }
            list.scope = scope;
            defaults.insert(id, own);
            symbols.lists.insert(name, id);
            lists.push(list);
        }
        (lists, defaults)
    }

    fn list_overrides(
        &self,
        raws: &[markets::Raw<'_>],
        markets: &BTreeMap<String, MarketId>,
        lists: &mut [List],
        defaults: &BTreeMap<ListId, Defaults>,
        names: &BTreeMap<String, ListId>,
        out: &mut Diagnostics,
    ) -> Vec<Vec<crate::model::Override>> {
        let mut terms = Terms { sources: &self.sources, markets, out };
        let mut all = Vec::new();
        for raw in raws {
            let mut seen = BTreeMap::new();
            let nodes = raw.node.get("overrides").and_then(Node::as_seq).unwrap_or_default();
            let mut changes = Vec::new();
            for node in nodes {
                match (node.get("rule"), node.get("terms")) {
                    (None, Some(_)) => changes.extend(markets::list_override(&mut terms, lists, defaults, names, node, &mut seen)),
                    (Some(_), Some(second)) => terms
                        .out
                        .push(Diagnostic::new(&codes::WRONG_SHAPE, second.span, "an override changes a rule or a list, not both").help("write two overrides")),
                    (None, None) => terms.out.push(
                        Diagnostic::new(&codes::MISSING_KEY, node.span, "this override names neither a `rule` nor `terms`")
                            .help("write `rule:` and what changes of it, or `terms:` with `add:` or `remove:`"),
                    ),
                    (Some(_), None) => {}
                }
            }
            all.push(changes);
        }
        all
    }

    /// Names of rules, exceptions and scores, before any condition is read.
    fn names<'a>(
        &self,
        general: &[&'a Node],
        raws: &[markets::Raw<'a>],
        symbols: &mut Symbols,
        out: &mut Diagnostics,
    ) -> (BTreeMap<String, Found<'a>>, BTreeMap<String, Found<'a>>) {
        let mut places: Vec<(&'a Node, Option<MarketId>)> = general.iter().map(|node| (*node, None)).collect();
        places.extend(raws.iter().enumerate().map(|(at, raw)| (raw.node, u32::try_from(at).ok().map(MarketId))));
        let rules = named_items(&places, "rules", "rule", out);
        let exceptions = named_items(&places, "exceptions", "exception", out);
        for (at, name) in rules.keys().enumerate() {
            symbols.rules.insert(name.clone(), RuleId(u32::try_from(at).unwrap_or(u32::MAX)));
        }
        let mut scores = BTreeSet::new();
        let overrides = raws.iter().flat_map(|raw| raw.node.get("overrides").and_then(Node::as_seq).unwrap_or_default());
        for node in rules.values().map(|found| found.node).chain(overrides) {
            for entry in node.get("points").and_then(Node::as_map).unwrap_or_default() {
                reader::checked_name(&entry.key.text, entry.key.span, "score", out);
                scores.insert(entry.key.text.clone());
            }
        }
        symbols.scores = scores.into_iter().enumerate().map(|(at, name)| (name, ScoreId(u32::try_from(at).unwrap_or(u32::MAX)))).collect();
        (rules, exceptions)
    }

    fn tests(&self) -> Vec<TestLine> {
        let mut lines = Vec::new();
        for file in &self.tests {
            let mut start = 0;
            for (at, line) in self.sources.text(*file).split('\n').enumerate() {
                if !line.trim().is_empty() {
                    let span = Span::new(*file, start, start + line.trim_end_matches('\r').len());
                    lines.push(TestLine { span, line: u32::try_from(at + 1).unwrap_or(u32::MAX) });
                }
                start += line.len() + 1;
            }
        }
        lines
    }
}

fn map_entries<'a>(node: Option<&'a Node>, out: &mut Diagnostics) -> impl Iterator<Item = &'a Entry> + use<'a> {
    let entries: &[Entry] = match node.map(|node| (&node.value, node)) {
        Some((Value::Map(entries), _)) => entries,
        Some((Value::Invalid, _)) | None => &[],
        Some((_, node)) => {
            out.push(
                Diagnostic::new(&codes::WRONG_SHAPE, node.span, "expected a map from list names to lists").help("for example `terms: {firearms: [glock]}`"),
            );
            &[]
        }
    };
    entries.iter()
}

/// Items with an `id` of their own, by name; doubled names are reported.
fn named_items<'a>(places: &[(&'a Node, Option<MarketId>)], key: &str, what: &str, out: &mut Diagnostics) -> BTreeMap<String, Found<'a>> {
    let mut found: BTreeMap<String, (Span, Found<'a>)> = BTreeMap::new();
    for (document, scope) in places {
        let items = document.get(key).map(|node| reader::items(node, key, false, out)).unwrap_or_default();
        for node in items {
            let Some(id) = node.get("id") else {
                // The key table says that it is missing.
                let spec = if what == "rule" { &keys::RULE } else { &keys::EXCEPTION };
                let _ = Map::new(node, spec, out);
                continue;
            };
            let Some(name) = reader::text(id, out) else { continue };
            reader::checked_name(name, id.span, what, out);
            if let Some((first, _)) = found.get(name) {
                out.push(
                    Diagnostic::new(&codes::DUPLICATE_NAME, id.span, format!("the {what} `{name}` is defined twice"))
                        .secondary(*first, "first here")
                        .help("give one of them another name, or remove it"),
                );
                continue;
            }
            found.insert(name.to_owned(), (id.span, Found { node, scope: *scope }));
        }
    }
    found.into_iter().map(|(name, (_, found))| (name, found)).collect()
}

/// A key that stands in one file only.
fn once<'a>(documents: &'a [(FileId, Node)], key: &'a str, out: &mut Diagnostics) -> Option<&'a Node> {
    let mut nodes = at_key(documents, key);
    let first = nodes.next()?;
    for second in nodes {
        out.push(
            Diagnostic::new(&codes::DUPLICATE_NAME, second.span, format!("`{key}` is given in two files"))
                .secondary(first.span, "first here")
                .help("keep it in one of them"),
        );
    }
    Some(first)
}

fn list_name(node: &Node, names: &BTreeMap<String, ListId>, out: &mut Diagnostics) -> Option<ListId> {
    let name = reader::text(node, out)?;
    let found = names.get(name).copied();
    if found.is_none() {
        let help = crate::suggest::did_you_mean(name, names.keys().map(String::as_str)).unwrap_or_else(|| "declare it under `terms:`".to_owned());
        out.push(Diagnostic::new(&codes::UNKNOWN_LIST, node.span, format!("there is no term list `{name}`")).help(help));
    }
    found
}

/// The exceptions of a policy by id, for those who iterate.
pub(crate) fn exception_ids(policy: &Policy) -> impl Iterator<Item = (ExceptionId, &Exception)> {
    policy.exceptions.iter().enumerate().filter_map(|(at, exception)| Some((ExceptionId(u32::try_from(at).ok()?), exception)))
}
