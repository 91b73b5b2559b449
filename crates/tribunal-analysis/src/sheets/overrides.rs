//! The sheet `Overrides`: what markets change, one row a change.

use std::collections::BTreeMap;

use tribunal_policy::model::{AxisKind, AxisValue, Effect, Prose};
use tribunal_policy::source::FileId;
use tribunal_policy::yaml::{Node, Value};
use tribunal_policy::{Policy, fmt};

use super::codes;
use super::edit::{Edits, indent, line_after, sequence};
use super::import::SheetCounts;
use super::problem::Problem;
use super::row::Kind;
use super::table::{Table, short};
use super::written::Documents;
use crate::workbook::{Book, BookSheet, Cell, Column, Sheet};

/// The name of these rows on the sheet `Base`.
pub(crate) const BASE_NAME: &str = "~overrides";
/// Changes that a sheet can make.
const CHANGES: &[&str] = &["effect", "stage", "tighten", "loosen", "disable", "add", "remove"];
/// Columns that are read.
const COLUMNS: &[(&str, Kind, u16)] = &[
    ("market", Kind::Line, 9),
    ("rule", Kind::Line, 24),
    ("list", Kind::Line, 18),
    ("change", Kind::Line, 10),
    ("axis", Kind::Line, 13),
    ("value", Kind::Text, 36),
    ("reason", Kind::Text, 44),
    ("legal_basis", Kind::Text, 24),
    ("approved_by", Kind::Text, 16),
    ("until", Kind::Date, 12),
];
/// What belongs to an override as a whole.
const SHARED: [&str; 4] = ["reason", "legal_basis", "approved_by", "until"];

/// A change of a market as a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Row(BTreeMap<&'static str, String>);

impl Row {
    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    fn set(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        if !value.is_empty() {
            self.0.insert(name, value);
        }
    }

    /// What it changes: two rows with this in common are the same change.
    fn identity(&self) -> String {
        let change = if self.get("change") == "disable" { "stage" } else { self.get("change") };
        let value = if matches!(change, "add" | "remove" | "allow" | "disallow") { self.get("value") } else { "" };
        [self.get("market"), self.get("rule"), self.get("list"), change, self.get("axis"), value].join("\u{1f}")
    }

    fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

/// A row as it is written, with the override it belongs to.
struct Written<'d> {
    row: Row,
    file: FileId,
    node: &'d Node,
}

fn written<'d>(policy: &Policy, documents: &'d Documents) -> Vec<Written<'d>> {
    let mut found = Vec::new();
    for (file, market) in documents.markets() {
        let name = market.get("market").and_then(Node::as_text).unwrap_or("");
        for node in market.get("overrides").and_then(Node::as_seq).unwrap_or_default() {
            let mut head = Row::default();
            head.set("market", name);
            for (key, column) in [("rule", "rule"), ("terms", "list"), ("legal_basis", "legal_basis"), ("approved_by", "approved_by"), ("until", "until")] {
                head.set(column, node.get(key).and_then(Node::as_text).unwrap_or(""));
            }
            if let Some((text, _)) = node.get("reason").and_then(|reason| own_text(policy, reason)) {
                head.set("reason", text);
            }
            for entry in node.as_map().unwrap_or_default() {
                for (change, axis, value) in changes(entry.key.text.as_str(), &entry.value) {
                    let mut row = head.clone();
                    row.set("change", change);
                    row.set("axis", axis);
                    row.set("value", value);
                    found.push(Written { row, file, node });
                }
            }
        }
    }
    found
}

/// A text for people as the policy itself reads it, and under which language it stands where it has several.
fn own_text(policy: &Policy, node: &Node) -> Option<(String, Option<String>)> {
    let Some(entries) = node.as_map() else { return Some((node.as_text()?.to_owned(), None)) };
    let texts = entries.iter().filter_map(|entry| Some((entry.key.text.clone(), entry.value.as_text()?.to_owned()))).collect();
    let text = Prose::by_lang(texts, policy.lang.as_deref())?;
    Some((text.to_string(), text.lang().map(str::to_owned)))
}

/// The rows of one key of an override: change, axis, value.
fn changes(key: &str, node: &Node) -> Vec<(String, String, String)> {
    let items = |node: &Node| -> Vec<String> { node.as_seq().map_or_else(|| vec![entry_text(node)], |items| items.iter().map(entry_text).collect()) };
    match key {
        "rule" | "terms" | "reason" | "legal_basis" | "approved_by" | "until" | "effective_until" | "review_by" | "intent" => Vec::new(),
        "effect" => {
            let axes = node.as_map().unwrap_or_default();
            axes.iter().map(|axis| ("effect".to_owned(), axis.key.text.clone(), axis_text(&axis.value))).collect()
        }
        "add" | "remove" | "allow" | "disallow" => items(node).into_iter().map(|value| (key.to_owned(), String::new(), value)).collect(),
        key => vec![(key.to_owned(), String::new(), entry_text(node))],
    }
}

fn axis_text(node: &Node) -> String {
    let list = |node: &Node, sign: &str| -> Vec<String> {
        let items = node.as_seq().unwrap_or(std::slice::from_ref(node));
        items.iter().filter_map(Node::as_text).map(|text| format!("{sign}{text}")).collect()
    };
    match &node.value {
        Value::Map(_) => {
            let mut parts = node.get("add").map(|node| list(node, "+")).unwrap_or_default();
            parts.extend(node.get("remove").map(|node| list(node, "-")).unwrap_or_default());
            parts.join("; ")
        }
        Value::Seq(items) if items.is_empty() => "none".to_owned(),
        _ => list(node, "").join("; "),
    }
}

/// A value in one cell: a text, or what its keys are.
fn entry_text(node: &Node) -> String {
    match &node.value {
        Value::Scalar(scalar) => scalar.text.trim_end().to_owned(),
        Value::Seq(items) => items.iter().map(entry_text).collect::<Vec<_>>().join("; "),
        Value::Map(entries) => {
            let parts: Vec<String> = entries.iter().map(|entry| format!("{}: {}", entry.key.text, fmt::inline(&entry_text(&entry.value)))).collect();
            format!("{{{}}}", parts.join(", "))
        }
        Value::Invalid => String::new(),
    }
}

/// The sheet, and its rows for `Base`.
pub(crate) fn export(policy: &Policy) -> (Sheet, Vec<(String, String)>) {
    let documents = Documents::parse(&policy.sources);
    let mut columns: Vec<Column> = COLUMNS.iter().map(|(name, _, width)| Column::new(*name, *width)).collect();
    if let Some(change) = columns.iter_mut().find(|column| column.name == "change") {
        change.choices = CHANGES.iter().map(|word| (*word).to_owned()).collect();
    }
    columns.extend([Column::new("~global", 24), Column::new("~effective", 24), Column::new("~floor", 8)]);
    let (mut rows, mut base) = (Vec::new(), Vec::new());
    for found in &written(policy, &documents) {
        let mut cells: Vec<Cell> = COLUMNS.iter().map(|(name, ..)| Cell::text(found.row.get(name))).collect();
        let (global, effective, floor) = reading(policy, &found.row);
        cells.extend([Cell::text(global), Cell::text(effective), Cell::text(if floor { "yes" } else { "" })]);
        rows.push(cells);
        base.push((found.row.identity(), found.row.to_json()));
    }
    (Sheet { name: "Overrides".to_owned(), columns, rows, ..Sheet::default() }, base)
}

/// What holds without the market, what holds in it, and whether the rule is under a floor.
fn reading(policy: &Policy, row: &Row) -> (String, String, bool) {
    let Some(id) = policy.rule(row.get("rule")) else { return Default::default() };
    let Some(rule) = policy.rules.get(id.index()) else { return Default::default() };
    let here = policy.market(row.get("market"));
    let shown = |market| {
        let rules = policy.effective(market);
        let Some(rule) = rules.iter().find(|rule| rule.rule == id) else { return String::new() };
        match row.get("change") {
            "effect" => policy.axis(row.get("axis")).map_or_else(String::new, |axis| axis_value(policy, &rule.effect, axis.index())),
            "stage" | "disable" => rule.stage.name().to_owned(),
            "tighten" | "loosen" | "when" => policy.print(&rule.when),
            _ => String::new(),
        }
    };
    let above = here.map(|market| policy.lineage(market)).unwrap_or_default();
    let floors = policy.floors.iter().chain(above.iter().filter_map(|market| policy.markets.get(market.index())).flat_map(|market| &market.floors));
    let floor = rule.floor || floors.into_iter().any(|selector| selector.picks(id, rule));
    (shown(None), shown(here), floor)
}

/// The value of an effect on one axis, as a policy writes it.
pub(crate) fn axis_value(policy: &Policy, effect: &Effect, at: usize) -> String {
    let found = effect.0.iter().find(|(axis, _)| axis.index() == at);
    match (found, policy.axes.get(at).map(|axis| &axis.kind)) {
        (Some((_, AxisValue::Level(level))), Some(AxisKind::Ordered(values))) => values.get(usize::from(*level)).cloned().unwrap_or_default(),
        (Some((_, AxisValue::Labels(labels))), _) => labels.iter().map(String::as_str).collect::<Vec<_>>().join("; "),
        _ => String::new(),
    }
}

/// Brings the sheet back.
pub(crate) fn import(
    policy: &Policy,
    documents: &Documents,
    book: &Book,
    sheet: &BookSheet,
    base: Option<&BTreeMap<String, String>>,
    edits: &mut Edits,
    problems: &mut Vec<Problem>,
) -> Option<SheetCounts> {
    let known: Vec<&str> = COLUMNS.iter().map(|(name, ..)| *name).collect();
    let table = Table::new(book, sheet, &["market", "change", "reason"], &known, &|_| false, problems)?;
    let current = written(policy, documents);
    let by_identity: BTreeMap<String, &Written<'_>> = current.iter().map(|found| (found.row.identity(), found)).collect();
    let mut counts = SheetCounts { sheet: sheet.name.clone(), ..SheetCounts::default() };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    // Rows that change something, by market and target.
    let mut groups: BTreeMap<(String, String, String), Vec<(usize, Row)>> = BTreeMap::new();
    for at in table.rows() {
        counts.rows += 1;
        let (mut row, mut exact, mut found) = (Row::default(), Row::default(), Vec::new());
        for (name, kind, _) in COLUMNS {
            let taken = table.take(at, name, *kind, &mut found);
            row.set(name, taken.clean);
            exact.set(name, taken.exact);
        }
        let identity = row.identity();
        if let Some(first) = seen.insert(identity.clone(), at) {
            let message = format!("this change stands in row {} too", first + 1);
            problems.push(table.problem(&codes::DUPLICATE_ROW, Some(at), table.columns.get("change").copied(), message, "keep one of the two"));
            continue;
        }
        let now = by_identity.get(&identity);
        if now.is_some_and(|now| now.row == row || now.row == exact) {
            counts.unchanged += 1;
            continue;
        }
        let exported = base.and_then(|base| base.get(&identity));
        if exported.is_some_and(|exported| *exported == row.to_json() || *exported == exact.to_json()) {
            counts.unchanged += 1;
            continue;
        }
        problems.append(&mut found);
        if let (Some(now), Some(exported)) = (now, exported)
            && now.row.to_json() != *exported
        {
            let message = format!("changed on both sides: the policy has `{}`, the sheet `{}`", short(now.row.get("value")), short(row.get("value")));
            problems.push(table.problem(&codes::CONFLICT, Some(at), table.columns.get("value").copied(), message, "export again, and make the change there"));
            continue;
        }
        if now.is_some() {
            counts.changed += 1
        } else {
            counts.new += 1
        }
        groups.entry((row.get("market").to_owned(), row.get("rule").to_owned(), row.get("list").to_owned())).or_default().push((at, row));
    }
    counts.missing = base
        .into_iter()
        .flatten()
        .filter(|(key, _)| !seen.contains_key(*key) && by_identity.contains_key(*key))
        .map(|(key, _)| key.replace('\u{1f}', " ").trim().to_owned())
        .collect();
    for rows in groups.values() {
        let mut own = Edits::default();
        let before = problems.len();
        group(policy, documents, &current, rows, &table, &mut own, problems);
        if problems.len() > before {
            continue;
        }
        match tried(policy, &own) {
            Ok(()) => edits.append(own),
            Err((code, message, help)) => {
                let at = rows.first().map(|(at, _)| *at);
                problems.push(table.problem(code, at, table.columns.get("value").copied(), message, help));
            }
        }
    }
    Some(counts)
}

/// Floors and everything else a policy is held to, asked of the loader for these changes alone.
fn tried(policy: &Policy, edits: &Edits) -> Result<(), (&'static codes::SheetCode, String, String)> {
    let changed = edits.clone().apply(&policy.sources).map_err(|message| (&codes::NOT_EDITABLE, message, "make this change in the text file".to_owned()))?;
    let loaded = super::import::reload(policy, &changed);
    if loaded.policy.is_some() {
        return Ok(());
    }
    let found = loaded.diagnostics.iter().find(|found| found.severity == tribunal_policy::diagnostic::Severity::Error);
    let message = found.map_or_else(|| "the policy would not be valid".to_owned(), |found| format!("{} ({})", found.message, found.code.id));
    let help = found.map_or_else(String::new, |found| super::import::help_of(found, "change the row"));
    Err((&codes::POLICY_FINDING, message, help))
}

/// The edits of all rows of one override.
fn group(
    policy: &Policy,
    documents: &Documents,
    current: &[Written<'_>],
    rows: &[(usize, Row)],
    table: &Table<'_>,
    edits: &mut Edits,
    problems: &mut Vec<Problem>,
) {
    let Some((first, head)) = rows.first() else { return };
    let mut refuse = |code: &codes::SheetCode, at: usize, column: &str, message: String, help: &str| {
        problems.push(table.problem(code, Some(at), table.columns.get(column).copied(), message, help));
    };
    let market = documents.markets().into_iter().find(|(_, node)| node.get("market").and_then(Node::as_text) == Some(head.get("market")));
    let Some((file, market)) = market else {
        let help = tribunal_policy::suggest::did_you_mean(head.get("market"), policy.markets.iter().map(|market| market.name.as_str()));
        let help = help.unwrap_or_else(|| "a new market begins in the text files".to_owned());
        refuse(&codes::WRONG_VALUE, *first, "market", format!("the policy has no market `{}`", short(head.get("market"))), &help);
        return;
    };
    if head.get("rule").is_empty() == head.get("list").is_empty() {
        refuse(&codes::REQUIRED, *first, "rule", "a row names a rule or a list, one of the two".to_owned(), "fill in one of `rule` and `list`");
        return;
    }
    if let Some((at, _)) = rows.iter().find(|(_, row)| row.get("reason").is_empty()) {
        refuse(&codes::REQUIRED, *at, "reason", "this change has no reason".to_owned(), "say why the market differs");
        return;
    }
    for (at, row) in rows {
        if !CHANGES.contains(&row.get("change")) {
            let help = tribunal_policy::suggest::did_you_mean(row.get("change"), CHANGES.iter().copied());
            let help = help.unwrap_or_else(|| format!("a sheet can change {}; the rest in the text files", CHANGES.join(", ")));
            refuse(&codes::NOT_EDITABLE, *at, "change", format!("`{}` cannot be changed by a row", short(row.get("change"))), &help);
            return;
        }
    }
    let existing = current
        .iter()
        .find(|found| found.row.get("market") == head.get("market") && found.row.get("rule") == head.get("rule") && found.row.get("list") == head.get("list"));
    match existing {
        Some(existing) => {
            for (_, row) in rows {
                if let Err(message) = patch(policy, existing, row, edits) {
                    refuse(&codes::NOT_EDITABLE, *first, "value", message, "make this change in the text file");
                    return;
                }
            }
            // What several rows share is written once.
            for name in SHARED {
                if head.get(name) == existing.row.get(name) {
                    continue;
                }
                // Of a reason in several languages the sheet has the policy's own text; the others stay.
                let translated = existing.node.get(name).and_then(|reason| Some((reason, own_text(policy, reason)?.1?)));
                let (map, key) = translated.as_ref().map_or((existing.node, name), |(reason, tag)| (*reason, tag.as_str()));
                set_key(policy, existing.file, map, key, &fmt::inline(head.get(name)), edits);
            }
        }
        None => append(policy, file, market, rows, edits),
    }
}

/// The value of a row as YAML.
fn value(policy: &Policy, row: &Row) -> String {
    let text = row.get("value");
    if row.get("change") == "disable" {
        return "off".to_owned();
    }
    if row.get("change") != "effect" {
        return if text.starts_with('{') { text.to_owned() } else { fmt::inline(text) };
    }
    let kind = policy.axis(row.get("axis")).and_then(|axis| policy.axes.get(axis.index())).map(|axis| &axis.kind);
    if !matches!(kind, Some(AxisKind::Set(_))) {
        return fmt::inline(text);
    }
    let parts: Vec<&str> = text.split([';', '\n']).map(str::trim).filter(|part| !part.is_empty() && *part != "none").collect();
    let list = |parts: Vec<&str>| format!("[{}]", parts.into_iter().map(fmt::inline).collect::<Vec<_>>().join(", "));
    let signed = |sign: char| -> Vec<&str> { parts.iter().filter_map(|part| part.strip_prefix(sign)).map(str::trim).collect() };
    let (add, remove) = (signed('+'), signed('-'));
    if add.is_empty() && remove.is_empty() {
        return list(parts);
    }
    let edits = [("add", add), ("remove", remove)].into_iter().filter(|(_, parts)| !parts.is_empty());
    format!("{{{}}}", edits.map(|(key, parts)| format!("{key}: {}", list(parts))).collect::<Vec<_>>().join(", "))
}

/// Puts one row into an override that is there.
fn patch(policy: &Policy, existing: &Written<'_>, row: &Row, edits: &mut Edits) -> Result<(), String> {
    let new = value(policy, row);
    match row.get("change") {
        "effect" => match existing.node.get("effect") {
            Some(effect) => set_key(policy, existing.file, effect, row.get("axis"), &new, edits),
            None => set_key(policy, existing.file, existing.node, "effect", &format!("{{{}: {new}}}", row.get("axis")), edits),
        },
        "disable" => set_key(policy, existing.file, existing.node, "stage", &new, edits),
        key @ ("add" | "remove") => match existing.node.get(key) {
            Some(seq) => {
                if !current_items(seq).contains(&row.get("value").to_owned()) {
                    sequence(&policy.sources, existing.file, seq, &BTreeMap::new(), &BTreeMap::new(), &[new], edits)?;
                }
            }
            None => set_key(policy, existing.file, existing.node, key, &format!("[{new}]"), edits),
        },
        key => set_key(policy, existing.file, existing.node, key, &new, edits),
    }
    Ok(())
}

fn current_items(seq: &Node) -> Vec<String> {
    seq.as_seq().unwrap_or_default().iter().map(entry_text).collect()
}

/// Sets a key of a YAML map: its value is replaced, or the key goes behind the last one.
fn set_key(policy: &Policy, file: FileId, map: &Node, key: &str, value: &str, edits: &mut Edits) {
    let text = policy.sources.text(file);
    if let Some(old) = map.get(key) {
        let written = policy.sources.slice(old.span);
        let end = if written.ends_with('\n') { "\n" } else { "" };
        edits.replace(file, old.span.range(), format!("{value}{end}"));
        return;
    }
    let last = map.as_map().and_then(<[_]>::last).map(|entry| entry.value.span.range().end.max(entry.key.span.range().end));
    match last {
        Some(end) if map.flow => edits.insert(file, end, format!(", {key}: {value}")),
        None => edits.insert(file, map.span.range().end.saturating_sub(1), format!("{key}: {value}")),
        Some(end) => {
            let start = map.span.range().start;
            let column = start - super::edit::line_start(text, start);
            let at = line_after(text, end);
            let before = if at > 0 && text.as_bytes().get(at - 1) != Some(&b'\n') { "\n" } else { "" };
            edits.insert(file, at, format!("{before}{}{key}: {value}\n", " ".repeat(column)));
        }
    }
}

/// A new override at the end of its market's.
fn append(policy: &Policy, file: FileId, market: &Node, rows: &[(usize, Row)], edits: &mut Edits) {
    let Some((_, head)) = rows.first() else { return };
    let mut parts = vec![if head.get("rule").is_empty() { format!("terms: {}", head.get("list")) } else { format!("rule: {}", head.get("rule")) }];
    let effects: Vec<String> =
        rows.iter().filter(|(_, row)| row.get("change") == "effect").map(|(_, row)| format!("{}: {}", row.get("axis"), value(policy, row))).collect();
    if !effects.is_empty() {
        parts.push(format!("effect: {{{}}}", effects.join(", ")));
    }
    for key in ["add", "remove"] {
        let values: Vec<String> = rows.iter().filter(|(_, row)| row.get("change") == key).map(|(_, row)| value(policy, row)).collect();
        if !values.is_empty() {
            parts.push(format!("{key}: [{}]", values.join(", ")));
        }
    }
    for (_, row) in rows {
        match row.get("change") {
            "stage" | "disable" => parts.push(format!("stage: {}", value(policy, row))),
            key @ ("tighten" | "loosen") => parts.push(format!("{key}: {}", value(policy, row))),
            _ => {}
        }
    }
    for name in SHARED {
        if !head.get(name).is_empty() {
            parts.push(format!("{name}: {}", fmt::inline(head.get(name))));
        }
    }
    let text = policy.sources.text(file);
    match market.get("overrides") {
        Some(seq) if seq.as_seq().is_some_and(|items| !items.is_empty()) && !seq.flow => {
            let blanks = indent(text, seq.span.range().start);
            let body = parts.iter().enumerate().map(|(at, part)| format!("{blanks}{}{part}\n", if at == 0 { "- " } else { "  " })).collect::<String>();
            let end = seq.as_seq().and_then(<[_]>::last).map_or(text.len(), |item| item.span.range().end);
            let at = line_after(text, end);
            let before = if at > 0 && text.as_bytes().get(at - 1) != Some(&b'\n') { "\n" } else { "" };
            edits.insert(file, at, format!("{before}{body}"));
        }
        Some(seq) => {
            let item = format!("{{{}}}", parts.join(", "));
            // A list in brackets, or an empty one.
            let _ = sequence(&policy.sources, file, seq, &BTreeMap::new(), &BTreeMap::new(), &[item], edits);
        }
        None => set_key(policy, file, market, "overrides", &format!("[{{{}}}]", parts.join(", ")), edits),
    }
}
