//! The sheet `Tests`: the labelled items of a policy, one column a field.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use tribunal_policy::Policy;
use tribunal_policy::fields::FieldType;
use tribunal_policy::model::AxisKind;
use tribunal_policy::source::Span;

use super::codes;
use super::edit::Edits;
use super::import::SheetCounts;
use super::problem::Problem;
use super::row::Kind;
use super::table::{Table, short};
use crate::workbook::{Book, BookSheet, Cell, Column, Sheet};

/// The name of these rows on the sheet `Base`.
pub(crate) const BASE_NAME: &str = "~tests";
/// Where new tests go.
const NEW_FILE: &str = "tests/from-sheets.jsonl";

/// A labelled item by column.
type Cells = BTreeMap<String, String>;

struct Test {
    id: String,
    span: Span,
    item: Value,
    expect: Value,
    cells: Cells,
}

fn tests(policy: &Policy) -> Vec<Test> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for line in &policy.tests {
        let Ok(Value::Object(mut whole)) = serde_json::from_str::<Value>(policy.sources.slice(line.span)) else { continue };
        let (Some(item), Some(expect)) = (whole.remove("item"), whole.remove("expect")) else { continue };
        let place = format!("{}:{}", policy.sources.path(line.span.file), line.line);
        let own = match item.get("id") {
            Some(Value::String(id)) => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => place.clone(),
        };
        let id = if seen.insert(own.clone()) { own } else { place };
        let mut cells = Cells::new();
        let whole = flatten(policy, "", &item, &mut cells) && flatten_expect(&expect, &mut cells);
        cells.remove("id");
        // What a sheet cannot say stays in its file.
        if whole {
            found.push(Test { id, span: line.span, item, expect, cells });
        }
    }
    found
}

/// The leaves of an item by dotted name; `false` when a cell could not hold one of them.
fn flatten(policy: &Policy, path: &str, value: &Value, cells: &mut Cells) -> bool {
    match value {
        Value::Object(map) if path.is_empty() || policy.field(path).is_none() => map.iter().all(|(key, value)| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            path == path.to_lowercase() && flatten(policy, &path, value, cells)
        }),
        Value::Null => true,
        value => match cell(value) {
            Some(text) => cells.insert(path.to_owned(), text).is_none(),
            None => false,
        },
    }
}

fn flatten_expect(expect: &Value, cells: &mut Cells) -> bool {
    let Value::Object(map) = expect else { return false };
    map.iter().all(|(key, value)| cell(value).is_some_and(|text| cells.insert(format!("expect.{key}"), text).is_none()))
}

/// A value as the text of a cell: known to be empty is two quotes.
fn cell(value: &Value) -> Option<String> {
    Some(match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) if text == "\"\"" => return None,
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "\"\"".to_owned(),
        Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            let texts = texts.filter(|texts| texts.iter().all(|text| !text.is_empty() && !text.contains(['\n', '\r']) && text.trim() == *text))?;
            texts.join("\n")
        }
        Value::Object(_) => return None,
        other => other.to_string(),
    })
}

/// The sheet, and its rows for `Base`.
pub(crate) fn export(policy: &Policy) -> (Sheet, Vec<(String, String)>) {
    let all = tests(policy);
    let mut columns: BTreeSet<&str> = all.iter().flat_map(|test| test.cells.keys().map(String::as_str)).collect();
    columns.remove("because");
    let mut names: Vec<&str> = vec!["id"];
    names.extend(["caption", "hashtags", "market", "lang"].into_iter().filter(|name| columns.remove(name)));
    names.extend(columns.iter().filter(|name| !name.starts_with("expect.")));
    let axes: Vec<String> = policy.axes.iter().map(|axis| format!("expect.{}", axis.name)).collect();
    names.extend(axes.iter().map(String::as_str));
    names.push("expect.rules");
    names.extend(columns.iter().filter(|name| name.starts_with("expect.") && **name != "expect.rules" && !axes.iter().any(|axis| axis == *name)));
    names.push("because");
    let rows = all.iter().map(|test| {
        let cell = |name: &&str| if *name == "id" { Cell::text(&test.id) } else { Cell::text(test.cells.get(*name).cloned().unwrap_or_default()) };
        names.iter().map(cell).collect()
    });
    let width = |name: &str| if matches!(name, "caption" | "transcript" | "ocr" | "because") { 40 } else { 16 };
    let sheet = Sheet {
        name: "Tests".to_owned(),
        columns: names.iter().map(|name| Column::new(*name, width(name))).collect(),
        rows: rows.collect(),
        ..Sheet::default()
    };
    let base = all.iter().map(|test| (test.id.clone(), serde_json::to_string(&test.cells).unwrap_or_default())).collect();
    (sheet, base)
}

/// Brings the sheet back.
pub(crate) fn import(
    policy: &Policy,
    book: &Book,
    sheet: &BookSheet,
    base: Option<&BTreeMap<String, String>>,
    edits: &mut Edits,
    problems: &mut Vec<Problem>,
) -> Option<SheetCounts> {
    let mut names: Vec<&str> = policy.fields.iter().map(|field| field.name.as_str()).collect();
    let expects: Vec<String> =
        policy.axes.iter().map(|axis| axis.name.as_str()).chain(["rules", "has_rules", "not_rules"]).map(|name| format!("expect.{name}")).collect();
    names.extend(expects.iter().map(String::as_str));
    names.extend(["id", "because", "pending"]);
    let there = tests(policy);
    let others: BTreeSet<&str> = there.iter().flat_map(|test| test.cells.keys().map(String::as_str)).collect();
    let table = Table::new(book, sheet, &["id"], &names, &|name| others.contains(name) || policy.field(name).is_some(), problems)?;
    let by_id: BTreeMap<&str, &Test> = there.iter().map(|test| (test.id.as_str(), test)).collect();
    let mut counts = SheetCounts { sheet: sheet.name.clone(), ..SheetCounts::default() };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for row in table.rows() {
        counts.rows += 1;
        let mut found = Vec::new();
        let id = table.take(row, "id", Kind::Line, &mut found).clean;
        let (exact, clean) = row_cells(&table, row, &mut found);
        let column = |name: &str| table.columns.get(name).copied();
        if id.is_empty() {
            problems.push(table.problem(&codes::REQUIRED, Some(row), column("id"), "this test has no id", "give it one; a test is found again by it"));
            continue;
        }
        if let Some(first) = seen.insert(id.clone(), row) {
            let message = format!("the id stands in row {} too", first + 1);
            problems.push(table.problem(&codes::DUPLICATE_ROW, Some(row), column("id"), message, "give one of them another id"));
            continue;
        }
        let now = by_id.get(id.as_str());
        if now.is_some_and(|now| now.cells == exact || now.cells == clean) {
            counts.unchanged += 1;
            continue;
        }
        let exported = base.and_then(|base| base.get(&id)).and_then(|text| serde_json::from_str::<Cells>(text).ok());
        if exported.as_ref().is_some_and(|exported| *exported == exact || *exported == clean) {
            counts.unchanged += 1;
            continue;
        }
        if let (Some(now), Some(exported)) = (now, &exported)
            && now.cells != *exported
        {
            let help = "export again, and make the change there";
            problems.push(table.problem(&codes::CONFLICT, Some(row), column("id"), "this test was changed in the policy too", help));
            continue;
        }
        problems.append(&mut found);
        let before = problems.len();
        let line = build(policy, &table, row, &id, &clean, now.copied(), problems);
        if problems.iter().skip(before).any(|problem| problem.severity == super::Severity::Error) {
            continue;
        }
        match now {
            Some(test) => {
                counts.changed += 1;
                edits.replace(test.span.file, test.span.range(), line);
            }
            None => {
                counts.new += 1;
                if policy.sources.files().len() == 1 {
                    let help = "make the policy a folder: tests have a folder of their own";
                    problems.push(table.problem(&codes::NOT_EDITABLE, Some(row), column("id"), "a policy in one file has no place for tests", help));
                } else {
                    edits.append_to(&policy.sources, NEW_FILE, &format!("{line}\n"));
                }
            }
        }
    }
    counts.missing =
        base.into_iter().flatten().filter(|(id, _)| !seen.contains_key(*id) && by_id.contains_key(id.as_str())).map(|(id, _)| id.clone()).collect();
    Some(counts)
}

/// The cells of a row to the letter, and as they are taken.
fn row_cells(table: &Table<'_>, row: usize, problems: &mut Vec<Problem>) -> (Cells, Cells) {
    let (mut exact, mut clean) = (Cells::new(), Cells::new());
    for name in table.columns.keys().filter(|name| *name != "id") {
        let taken = take(table, row, name, problems);
        for (cells, text) in [(&mut exact, taken.0), (&mut clean, taken.1)] {
            if !text.is_empty() {
                cells.insert(name.clone(), text);
            }
        }
    }
    (exact, clean)
}

/// A cell to the letter, and as it is taken. Texts of items keep their outer blanks: they are data.
fn take(table: &Table<'_>, row: usize, name: &str, problems: &mut Vec<Problem>) -> (String, String) {
    use crate::workbook::Input;
    let column = table.columns.get(name).copied().unwrap_or(0);
    match table.sheet.cell(row, column) {
        Input::Text(text) => (text.clone(), text.clone()),
        Input::Bool(value) => (value.to_string(), value.to_string()),
        Input::Number(number) if number.abs() < 1e15 => (number.to_string(), number.to_string()),
        Input::Date(date) => (date.clone(), date.clone()),
        Input::Time(time) => (time.clone(), time.clone()),
        _ => {
            let taken = table.take(row, name, Kind::Text, problems);
            (taken.exact, taken.clean)
        }
    }
}

/// A line of a file of tests. Cells that did not change keep their JSON.
fn build(policy: &Policy, table: &Table<'_>, row: usize, id: &str, cells: &Cells, now: Option<&Test>, problems: &mut Vec<Problem>) -> String {
    let mut item = now.map_or_else(|| Value::Object(Map::new()), |test| test.item.clone());
    let mut expect = now.map_or_else(|| Value::Object(Map::new()), |test| test.expect.clone());
    if now.is_none() {
        set(&mut item, "id", Some(Value::String(id.to_owned())));
    }
    let none = Cells::new();
    let old = now.map_or(&none, |test| &test.cells);
    let changed: BTreeSet<&String> = cells
        .iter()
        .filter(|(name, text)| old.get(*name) != Some(text))
        .map(|(name, _)| name)
        .chain(old.keys().filter(|name| !cells.contains_key(*name)))
        .collect();
    for name in changed {
        let text = cells.get(name).map(String::as_str);
        let column = table.columns.get(name).copied();
        let value = match name.strip_prefix("expect.") {
            Some(what) => text.map(|text| expected(policy, what, text)),
            None => match text.map(|text| typed(policy, name, text)) {
                None => None,
                Some(Some(value)) => Some(value),
                Some(None) => {
                    let message = format!("`{}` cannot stand in `{name}`", short(text.unwrap_or("")));
                    problems.push(table.problem(
                        &codes::WRONG_VALUE,
                        Some(row),
                        column,
                        message,
                        "write a value of the field's type; two quotes \"\" for known to be empty",
                    ));
                    None
                }
            },
        };
        match name.strip_prefix("expect.") {
            Some(what) => set_flat(&mut expect, what, value),
            None => set(&mut item, name, value),
        }
    }
    if expect.as_object().is_none_or(Map::is_empty) {
        problems.push(table.problem(&codes::REQUIRED, Some(row), None, "this test expects nothing", "fill in one of the columns `expect.…`"));
    }
    let whole = [("item", &item), ("expect", &expect)].map(|(name, value)| format!("\"{name}\": {value}"));
    format!("{{{}}}", whole.join(", "))
}

fn list(text: &str, separators: &[char]) -> Value {
    if text.trim() == "\"\"" {
        return Value::Array(Vec::new());
    }
    Value::Array(text.split(separators).map(str::trim).filter(|part| !part.is_empty()).map(|part| Value::String(part.to_owned())).collect())
}

fn expected(policy: &Policy, what: &str, text: &str) -> Value {
    let axis = policy.axis(what).and_then(|axis| policy.axes.get(axis.index()));
    match axis.map(|axis| &axis.kind) {
        Some(AxisKind::Ordered(_)) => Value::String(text.trim().to_owned()),
        _ => list(text, &[';', ',', '\n']),
    }
}

fn typed(policy: &Policy, name: &str, text: &str) -> Option<Value> {
    if name == "pending" {
        return Some(list(text, &[';', ',', '\n']));
    }
    let Some(field) = policy.field(name).and_then(|field| policy.fields.get(field.index())) else { return Some(Value::String(text.to_owned())) };
    let empty = text.trim() == "\"\"";
    match field.ty {
        FieldType::TextList | FieldType::IdList => Some(list(text, &['\n'])),
        FieldType::Text | FieldType::Id => Some(Value::String(if empty { String::new() } else { text.to_owned() })),
        FieldType::Number => serde_json::from_str::<Value>(text.trim()).ok().filter(Value::is_number),
        FieldType::Bool => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "x" => Some(Value::Bool(true)),
            "false" | "no" => Some(Value::Bool(false)),
            _ => None,
        },
        FieldType::Time => tribunal_policy::time::parse(text).map(|_| Value::String(text.trim().to_owned())),
    }
}

/// Sets or removes a leaf by its dotted name, where it is or nested.
fn set(item: &mut Value, name: &str, value: Option<Value>) {
    let Some(map) = item.as_object_mut() else { return };
    if map.contains_key(name) || !name.contains('.') {
        set_flat(item, name, value);
        return;
    }
    let Some((head, rest)) = name.split_once('.') else { return };
    let inner = map.entry(head.to_owned()).or_insert_with(|| Value::Object(Map::new()));
    if !inner.is_object() {
        set_flat(item, name, value);
        return;
    }
    set(inner, rest, value);
}

fn set_flat(item: &mut Value, name: &str, value: Option<Value>) {
    if let Some(map) = item.as_object_mut() {
        match value {
            Some(value) => drop(map.insert(name.to_owned(), value)),
            None => drop(map.remove(name)),
        }
    }
}
