//! The columns `accept`, `reason`, `until` and `owner` of a report's findings, brought back as `allow:` entries.

use std::collections::BTreeSet;

use tribunal_policy::Policy;
use tribunal_policy::fmt::inline;
use tribunal_policy::yaml::{Node, Value};

use super::codes;
use super::edit::{Edits, indent, line_after};
use super::import::SheetCounts;
use super::problem::Problem;
use super::row::{Kind, is_yes};
use super::table::Table;
use super::written::Documents;
use crate::workbook::{Book, BookSheet};

/// Where a folder keeps them.
const NEW_FILE: &str = "rules/accepted-findings.yaml";

/// Takes up every row that is accepted; a row without a reason is an error.
pub(crate) fn import(
    policy: &Policy,
    documents: &Documents,
    book: &Book,
    sheet: &BookSheet,
    edits: &mut Edits,
    problems: &mut Vec<Problem>,
) -> Option<SheetCounts> {
    let known =
        ["code", "about", "accept", "reason", "until", "owner", "id", "severity", "status", "markets", "message", "items", "because", "place", "advice"];
    let table = Table::new(book, sheet, &["code", "about", "accept", "reason"], &known, &|_| false, problems)?;
    let mut counts = SheetCounts { sheet: sheet.name.clone(), ..SheetCounts::default() };
    let mut there: BTreeSet<(String, String)> =
        policy.allowed.iter().map(|allowed| (code_id(&allowed.code), allowed.about.clone().unwrap_or_default())).collect();
    let mut lines = Vec::new();
    for row in table.rows() {
        counts.rows += 1;
        let mut found = Vec::new();
        let mut text = |name: &str, kind: Kind| table.take(row, name, kind, &mut found).clean;
        let (code, about, reason) = (text("code", Kind::Line), text("about", Kind::Text), text("reason", Kind::Text));
        let (accept, until, owner) = (text("accept", Kind::YesNo), text("until", Kind::Date), text("owner", Kind::Line));
        let column = |name: &str| table.columns.get(name).copied();
        // Of a row that is not accepted nothing else matters.
        let told = found.iter().any(|problem| Some(problem.column) == column("accept").map(|column| column + 1));
        if told || is_yes(&accept) {
            problems.append(&mut found);
        }
        if !is_yes(&accept) {
            counts.unchanged += u64::from(!told);
            continue;
        }
        if reason.is_empty() {
            problems.push(table.problem(&codes::REQUIRED, Some(row), column("reason"), "this finding is accepted without a reason", "say why in `reason`"));
            continue;
        }
        if crate::findings::code(&code).is_none() {
            let message = format!("`{}` is the code of no finding", super::table::short(&code));
            problems.push(table.problem(&codes::WRONG_VALUE, Some(row), column("code"), message, "leave the column as it was written"));
            continue;
        }
        if !there.insert((code_id(&code), about.clone())) {
            counts.unchanged += 1;
            continue;
        }
        counts.new += 1;
        let mut entry = format!("{{code: {}, about: {}, reason: {}", inline(&code), inline(&about), inline(&reason.replace(['\n', '\r'], " ")));
        for (key, value) in [("until", until), ("owner", owner)].iter().filter(|(_, value)| !value.is_empty()) {
            entry.push_str(&format!(", {key}: {}", inline(value)));
        }
        lines.push(format!("{entry}}}"));
    }
    if !lines.is_empty()
        && let Err(message) = write(policy, documents, &lines, edits)
    {
        problems.push(table.problem(&codes::NOT_EDITABLE, None, None, message, "write the list with a line for each entry"));
    }
    Some(counts)
}

/// The slug, whichever of its two names was written.
fn code_id(code: &str) -> String {
    crate::findings::code(code).map_or_else(|| code.to_owned(), |code| code.id.to_owned())
}

/// Puts the entries behind those of a file that has a list of them already; else into a file of their own, or at the end of the one
/// file that the policy is.
fn write(policy: &Policy, documents: &Documents, lines: &[String], edits: &mut Edits) -> Result<(), String> {
    let sources = &policy.sources;
    let top = documents.yaml.iter().filter(|(_, node)| node.get("market").is_none());
    if let Some((file, node)) = top.filter_map(|(file, node)| Some((*file, node.get("allow")?))).next() {
        let text = sources.text(file);
        let last = match &node.value {
            Value::Seq(items) => items.last(),
            _ => None,
        };
        let Some(last) = last.filter(|last| starts_entry(text, last)) else {
            return Err(format!("`allow:` in {} is not written with a line for each entry", sources.path(file)));
        };
        let blanks = indent(text, last.span.range().start);
        let at = line_after(text, last.span.range().end);
        let before = if text.get(..at).is_some_and(|head| head.ends_with('\n')) { "" } else { "\n" };
        edits.insert(file, at, format!("{before}{}", lines.iter().map(|line| format!("{blanks}- {line}\n")).collect::<String>()));
        return Ok(());
    }
    let body: String = lines.iter().map(|line| format!("  - {line}\n")).collect();
    let lone = sources.files().len() == 1;
    let path = if lone { sources.files().next().map_or_else(String::new, |(_, file)| file.path.clone()) } else { NEW_FILE.to_owned() };
    edits.append_to(sources, &path, &format!("allow:\n{body}"));
    Ok(())
}

/// The entry stands behind a `- ` at the beginning of its line.
fn starts_entry(text: &str, node: &Node) -> bool {
    let start = node.span.range().start;
    text.get(super::edit::line_start(text, start)..start).is_some_and(|head| head.trim() == "-")
}
