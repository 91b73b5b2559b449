//! Lists that begin in a workbook, and options of lists that are changed there.

use std::collections::BTreeMap;

use tribunal_policy::Policy;
use tribunal_policy::fmt::inline;
use tribunal_policy::yaml::{Entry, Value};

use super::codes;
use super::edit::{Edits, indent, line_start};
use super::problem::Problem;
use super::row::{Kind, TermRow, is_yes};
use super::table::{Table, short};
use super::written::WrittenList;
use crate::workbook::{Book, BookSheet};

/// The columns of the sheet of lists that are options, in the order of [`WrittenList::options`], then `sensitive`.
const OPTIONS: [&str; 5] = ["match", "folds", "owner", "description", "sensitive"];

/// One row of the sheet `Lists`.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListRow {
    /// Zero-based.
    pub(crate) row: usize,
    pub(crate) name: String,
    /// By [`OPTIONS`].
    options: [String; 5],
    /// Cells that were filled in are problems of the sheet.
    pub(crate) problems: Vec<Problem>,
}

/// Reads the sheet `Lists`.
pub(crate) fn rows<'b>(book: &'b Book, problems: &mut Vec<Problem>) -> (Option<Table<'b>>, Vec<ListRow>) {
    let Some(sheet) = book.sheet("Lists") else { return (None, Vec::new()) };
    let known = ["list", "match", "folds", "sensitive", "owner", "description"];
    let Some(table) = Table::new(book, sheet, &["list"], &known, &|_| false, problems) else { return (None, Vec::new()) };
    let all = table.rows().collect::<Vec<_>>().into_iter().map(|row| {
        let mut found = Vec::new();
        let mut text = |name: &str| table.take(row, name, if name == "sensitive" { Kind::YesNo } else { Kind::Text }, &mut found).clean;
        let (name, options) = (text("list"), OPTIONS.map(&mut text));
        ListRow { row, name, options, problems: found }
    });
    let all = all.collect();
    (Some(table), all)
}

impl ListRow {
    /// The list that begins with this row: without entries yet.
    pub(crate) fn begun<'d>(&self) -> WrittenList<'d> {
        let [matches, folds, owner, description, sensitive] = self.options.clone();
        let listed = |text: String| text.split(['\n', ';', ',']).map(str::trim).filter(|word| !word.is_empty()).collect::<Vec<_>>().join("; ");
        WrittenList {
            name: self.name.clone(),
            sensitive: is_yes(&sensitive),
            options: [listed(matches), listed(folds), owner, description],
            entries: Vec::new(),
            yaml: None,
            file: None,
        }
    }
}

/// A value as YAML: several words are a list.
fn value(key: &str, text: &str) -> String {
    let words: Vec<&str> = text.split(['\n', ';', ',']).map(str::trim).filter(|word| !word.is_empty()).collect();
    match (key, words.as_slice()) {
        ("sensitive", _) => is_yes(text).to_string(),
        ("match" | "folds", several) if several.len() > 1 => format!("[{}]", several.iter().map(|word| inline(word)).collect::<Vec<_>>().join(", ")),
        _ => inline(&text.replace(['\n', '\r'], " ")),
    }
}

/// Writes a new list into a file of its own.
///
/// # Errors
///
/// A sentence where the policy has no place for one.
pub(crate) fn write(policy: &Policy, list: &WrittenList<'_>, rows: &[TermRow], edits: &mut Edits) -> Result<(), String> {
    if policy.sources.files().len() == 1 {
        return Err("a policy in one file has no place for a new list: declare it there under `terms:`".to_owned());
    }
    let path = format!("terms/{}.yaml", list.name);
    if policy.sources.find(&path).is_some() {
        return Err(format!("{path} is there already: put the list into it"));
    }
    let mut text = format!("terms:\n  {}:\n", inline(&list.name));
    let [matches, folds, owner, description] = &list.options;
    let sensitive = if list.sensitive { "yes" } else { "" };
    for (key, content) in [("match", matches.as_str()), ("folds", folds), ("sensitive", sensitive), ("owner", owner), ("description", description)] {
        if !content.is_empty() {
            text.push_str(&format!("    {key}: {}\n", value(key, content)));
        }
    }
    for (key, allow) in [("terms", false), ("allow", true)] {
        let mut mine = rows.iter().filter(|row| row.is_allow() == allow).peekable();
        if mine.peek().is_some() {
            text.push_str(&format!("    {key}:\n"));
            mine.for_each(|row| text.push_str(&format!("      - {}\n", row.to_yaml(false))));
        }
    }
    edits.append_to(&policy.sources, &path, &text);
    Ok(())
}

/// Brings changed options of a list into its YAML; where it has none, the cell is a problem.
pub(crate) fn options(policy: &Policy, table: &Table<'_>, row: &ListRow, list: &WrittenList<'_>, edits: &mut Edits) -> Vec<Problem> {
    let [matches, folds, owner, description] = &list.options;
    let was: BTreeMap<&str, &str> = BTreeMap::from([
        ("match", matches.as_str()),
        ("folds", folds),
        ("owner", owner),
        ("description", description),
        ("sensitive", if list.sensitive { "yes" } else { "no" }),
    ]);
    let mut found = Vec::new();
    let mut new = String::new();
    let yaml = list.yaml.and_then(|(file, node)| if let Value::Map(entries) = &node.value { Some((file, entries.as_slice())) } else { None });
    for (key, now) in OPTIONS.iter().zip(&row.options) {
        let before = was.get(key).map_or("", |was| was.trim());
        if !table.columns.contains_key(*key) || now == before || *key == "sensitive" && is_yes(now) == is_yes(before) {
            continue;
        }
        let column = table.columns.get(*key).copied();
        let problem = |message: String, help: &str| table.problem(&codes::NOT_EDITABLE, Some(row.row), column, message, help);
        let Some((file, entries)) = yaml else {
            let home = super::export::home(policy, list);
            let message = format!("`{key}` of the list `{}` was changed, and {home} has no place for it", short(&row.name));
            found.push(problem(message, "declare the list in a YAML file with `file:`, or put the cell back as it was"));
            continue;
        };
        let there: Option<&Entry> = entries.iter().find(|entry| entry.key.text == *key);
        match (there, now.is_empty()) {
            (Some(_), true) => found.push(problem(format!("`{key}` of the list `{}` was emptied", short(&row.name)), "take the key out of its file")),
            (Some(entry), false) => edits.replace(file, entry.value.span.range(), value(key, now)),
            (None, true) => {}
            (None, false) => {
                let text = policy.sources.text(file);
                let Some(start) = entries.first().map(|entry| entry.key.span.range().start) else { continue };
                if text.get(line_start(text, start)..start).is_some_and(|head| head.trim().is_empty()) {
                    new.push_str(&format!("{}{key}: {}\n", indent(text, start), value(key, now)));
                } else {
                    edits.insert(file, start, format!("{key}: {}, ", value(key, now)));
                }
            }
        }
    }
    if let (Some((file, entries)), false) = (yaml, new.is_empty())
        && let Some(start) = entries.first().map(|entry| entry.key.span.range().start)
    {
        edits.insert(file, line_start(policy.sources.text(file), start), new);
    }
    found
}

/// Whether a sheet belongs to a list that begins here.
pub(crate) fn sheet_of<'b>(book: &'b Book, row: &ListRow) -> Option<&'b BookSheet> {
    book.sheets.iter().find(|sheet| sheet.name.eq_ignore_ascii_case(&row.name))
}
