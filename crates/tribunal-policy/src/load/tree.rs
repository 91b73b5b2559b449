//! From the documents of a policy to its typed tree.

use super::effects::Effects;
use super::files::Role;
use super::reader::Map;
use super::rules::Rules;
use super::terms::{Defaults, Terms};
use super::{ONE_FILE, effects, head, markets, reader, terms};
use crate::codes;
use crate::cond::{Resolver, Symbols};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::fields;
use crate::ids::{ExceptionId, ListId, MarketId, RuleId, ScoreId};
use crate::keys;
use crate::model::{Allowed, Exception, List, Market, Override, Policy, Rule, Selector, TestLine};
use crate::source::{FileId, Sources, Span};
use crate::yaml::{Entry, Node, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) struct Input {
    pub(super) sources: Arc<Sources>,
    pub(super) documents: Vec<(FileId, Node)>,
    pub(super) sheets: Vec<(FileId, Role)>,
    pub(super) tests: Vec<FileId>,
    pub(super) folder: bool,
    pub(super) digest: String,
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
    pub(super) fn lower(&self, out: &mut Diagnostics) -> Option<Policy> {
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
        let lang = head.lang.as_deref();
        let mut symbols = Symbols { fields: fields::builtin(), ..Symbols::default() };
        at_key(&self.documents, "fields").for_each(|node| head::declare_fields(node, &mut symbols.fields, out));
        let axes = once(&self.documents, "axes", out).and_then(|node| effects::axes(node, out)).unwrap_or_else(effects::default_axes);
        let raws = market_nodes.into_iter().filter_map(|node| markets::raw(node, lang, out)).collect();
        let (raws, market_ids) = markets::order(raws, out);
        let mut markets: Vec<Market> = raws.iter().map(|raw| markets::market(raw, &market_ids)).collect();
        let taxonomy: Vec<_> = at_key(&self.documents, "taxonomy").flat_map(|node| head::taxonomy(node, &symbols.fields, &market_ids, lang, out)).collect();

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
        let mut reader = Rules { resolver: &mut resolver, effects: effects(), folder: self.folder, categories: &categories, taxonomy: declared, lang };
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
        let allowed = self.allowed(&general, &raws, &found_rules, out);
        lists.iter_mut().for_each(terms::number_terms);
        if !whole || exceptions.len() != found_exceptions.len() || out.has_errors() {
            return None;
        }
        let mut policy = Policy {
            id: head.id,
            version: head.version,
            title: head.title,
            lang: head.lang,
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
            allowed,
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

    /// Findings that are accepted: of whole files, of markets, of rules.
    fn allowed(&self, general: &[&Node], raws: &[markets::Raw<'_>], rules: &BTreeMap<String, Found<'_>>, out: &mut Diagnostics) -> Vec<Allowed> {
        let mut found = Vec::new();
        for node in general.iter().filter_map(|node| node.get("allow")) {
            found.extend(head::allowed(node, None, None, out));
        }
        for raw in raws {
            found.extend(raw.node.get("allow").map(|node| head::allowed(node, None, Some(&raw.name), out)).unwrap_or_default());
        }
        for (name, rule) in rules {
            found.extend(rule.node.get("allow").map(|node| head::allowed(node, Some(name), None, out)).unwrap_or_default());
        }
        found
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
                    (None, Some(_)) => changes.extend(markets::list_override(&mut terms, lists, defaults, names, node, raw.lang, &mut seen)),
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
