//! Changes of text files that leave everything else to the letter: comments, order, quotes, line ends.

use std::collections::BTreeMap;
use std::ops::Range;

use tribunal_policy::Policy;
use tribunal_policy::source::{FileId, Sources};
use tribunal_policy::yaml::Node;

use super::row::{COLUMNS, TermRow};
use super::written::{CsvFile, Place, SheetKind, WrittenList, retired_comment, yaml_parts};
use crate::workbook::csv_guard;

/// What becomes of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Replace(TermRow),
    Delete,
}

/// Replacements of bytes by file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edits(BTreeMap<FileId, Vec<(Range<usize>, String)>>, BTreeMap<String, String>);

impl Edits {
    pub(crate) fn replace(&mut self, file: FileId, range: Range<usize>, text: impl Into<String>) {
        self.0.entry(file).or_default().push((range, text.into()));
    }

    pub(crate) fn insert(&mut self, file: FileId, at: usize, text: impl Into<String>) {
        self.replace(file, at..at, text);
    }

    /// Takes up further edits.
    pub(crate) fn append(&mut self, other: Edits) {
        for (file, edits) in other.0 {
            self.0.entry(file).or_default().extend(edits);
        }
        for (path, text) in other.1 {
            self.1.entry(path).or_default().push_str(&text);
        }
    }

    /// Puts text at the end of a file, which may not be there yet.
    pub(crate) fn append_to(&mut self, sources: &Sources, path: &str, text: &str) {
        match sources.find(path) {
            Some(file) => {
                let old = sources.text(file);
                let before = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
                self.insert(file, old.len(), format!("{before}{text}"));
            }
            None => self.1.entry(path.to_owned()).or_default().push_str(text),
        }
    }

    /// Takes a line away, its end included.
    pub(crate) fn delete_line(&mut self, sources: &Sources, file: FileId, start: usize, end: usize) {
        let text = sources.text(file);
        self.replace(file, line_start(text, start)..line_after(text, end), "");
    }

    /// The files that change, whole.
    pub(crate) fn apply(mut self, sources: &Sources) -> Result<BTreeMap<String, Vec<u8>>, String> {
        let mut changed: BTreeMap<String, Vec<u8>> = self.1.into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
        for (file, edits) in &mut self.0 {
            // Of several at one place, insertions first, in the order they were made.
            edits.sort_by_key(|(range, _)| (range.start, range.end));
            let text = sources.text(*file);
            let mut out = String::with_capacity(text.len() + 256);
            let mut at = 0;
            for (range, new) in edits.iter() {
                let kept = text
                    .get(at..range.start)
                    .ok_or_else(|| format!("two changes of {} meet in one place: make one of them in the file", sources.path(*file)))?;
                out.push_str(kept);
                out.push_str(new);
                at = range.end;
            }
            out.push_str(text.get(at..).unwrap_or(""));
            if out != text {
                changed.insert(sources.path(*file).to_owned(), out.into_bytes());
            }
        }
        Ok(changed)
    }
}

/// The first byte of the line on which `at` lies.
pub(crate) fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1)
}

/// The first byte of the line after the one on which something ends at `end` (exclusive).
pub(crate) fn line_after(text: &str, end: usize) -> usize {
    if end > 0 && text.as_bytes().get(end - 1) == Some(&b'\n') {
        return end;
    }
    text.get(end..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| end + at + 1)
}

/// The blanks before a place on its line.
pub(crate) fn indent(text: &str, at: usize) -> String {
    let line = text.get(line_start(text, at)..).unwrap_or("");
    line.chars().take_while(|c| *c == ' ').collect()
}

/// Puts the changes of one list into the edits.
///
/// # Errors
///
/// What cannot be changed in the file the list is in.
pub(crate) fn list_edits(policy: &Policy, list: &WrittenList<'_>, changes: &BTreeMap<usize, Change>, new: &[TermRow], edits: &mut Edits) -> Result<(), String> {
    let sources = &policy.sources;
    let mut inserts = new.to_vec();
    let mut yaml: [BTreeMap<usize, Option<String>>; 2] = Default::default();
    let mut comments: [BTreeMap<usize, String>; 2] = Default::default();
    let mut records: BTreeMap<usize, Change> = BTreeMap::new();
    for (at, change) in changes {
        let Some(entry) = list.entries.get(*at) else { continue };
        match (entry.at, change) {
            (Place::Workbook, _) => return Err(in_workbook(policy, list)),
            (Place::Csv(record), change) => drop(records.insert(record, change.clone())),
            (Place::Yaml(allow, index), change) => {
                let mut put = |text: Option<String>| yaml.get_mut(usize::from(allow)).map(|part| part.insert(index, text));
                match change {
                    Change::Delete => drop(put(None)),
                    Change::Replace(row) if row.is_retired() => {
                        put(None);
                        if let Some(part) = comments.get_mut(usize::from(allow)) {
                            part.insert(index, retired_comment(&list.name, row));
                        }
                    }
                    Change::Replace(row) if row.is_allow() != entry.row.is_allow() => {
                        put(None);
                        inserts.push(row.clone());
                    }
                    Change::Replace(row) => drop(put(Some(row.to_yaml(!allow)))),
                }
            }
            (Place::Line(file, start, end), Change::Delete) | (Place::Retired(file, start, end), Change::Delete) => {
                edits.delete_line(sources, file, start, end)
            }
            (Place::Line(file, start, end), Change::Replace(row)) => {
                let text = if row.is_retired() { retired_comment(&list.name, row) } else { plain_line(policy, list, row)? };
                edits.replace(file, start..end, text);
            }
            (Place::Retired(file, start, end), Change::Replace(row)) if row.is_retired() => {
                let blanks = indent(sources.text(file), start);
                edits.replace(file, start..end, format!("{blanks}{}", retired_comment(&list.name, row)));
            }
            (Place::Retired(file, start, end), Change::Replace(row)) => {
                edits.delete_line(sources, file, start, end);
                inserts.push(row.clone());
            }
        }
    }
    let yaml_home = list.yaml.filter(|(_, node)| list.file.is_none() || node.get("terms").is_some());
    let mut appended: [Vec<String>; 2] = Default::default();
    if let Some((_, node)) = yaml_home {
        let [_, has_allow] = yaml_parts(node);
        for row in inserts.drain(..) {
            let part = usize::from(row.is_allow() && has_allow.is_some());
            if let Some(texts) = appended.get_mut(part) {
                texts.push(row.to_yaml(part == 0));
            }
        }
    }
    if let Some((file, node)) = list.yaml {
        for (((part, changed), comments), appended) in yaml_parts(node).into_iter().zip(&yaml).zip(&comments).zip(&appended) {
            let Some(part) = part else { continue };
            if !changed.is_empty() || !appended.is_empty() {
                sequence(sources, file, part, changed, comments, appended, edits)?;
            }
        }
    }
    match list.file.as_ref().map(|file| (file.id, &file.kind)) {
        Some((file, SheetKind::Csv(csv))) => csv_edits(sources, file, csv, &records, &inserts, edits),
        Some((file, SheetKind::Txt)) => {
            for row in &inserts {
                let line = plain_line(policy, list, row)?;
                append_line(sources, file, &line, edits);
            }
            Ok(())
        }
        Some((_, SheetKind::Workbook)) if !inserts.is_empty() => Err(in_workbook(policy, list)),
        _ => Ok(()),
    }
}

fn in_workbook(policy: &Policy, list: &WrittenList<'_>) -> String {
    format!("the source of the list `{}` is itself a workbook ({}): change it there", list.name, super::export::home(policy, list))
}

/// A row of a plain text, which holds terms only.
fn plain_line(policy: &Policy, list: &WrittenList<'_>, row: &TermRow) -> Result<String, String> {
    let more = COLUMNS.iter().map(|(name, ..)| *name).find(|name| *name != "term" && !row.get(name).is_empty());
    match more {
        None => Ok(row.term().to_owned()),
        Some(column) => {
            let home = super::export::home(policy, list);
            Err(format!("the list `{}` is a plain text ({home}) and holds terms only: it has no place for `{column}`; make it a CSV file first", list.name))
        }
    }
}

fn append_line(sources: &Sources, file: FileId, line: &str, edits: &mut Edits) {
    let text = sources.text(file);
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let before = if text.is_empty() || text.ends_with('\n') { "" } else { end };
    edits.insert(file, text.len(), format!("{before}{line}{end}"));
}

/// Changes of the elements of a YAML list.
pub(crate) fn sequence(
    sources: &Sources,
    file: FileId,
    node: &Node,
    changed: &BTreeMap<usize, Option<String>>,
    comments: &BTreeMap<usize, String>,
    appended: &[String],
    edits: &mut Edits,
) -> Result<(), String> {
    let text = sources.text(file);
    let Some(items) = node.as_seq() else {
        // One value in place of a list.
        let kept = match changed.get(&0) {
            None => vec![sources.slice(node.span).to_owned()],
            Some(new) => new.iter().cloned().collect(),
        };
        comment_above(text, file, node, comments, edits);
        let all: Vec<String> = kept.into_iter().chain(appended.iter().cloned()).collect();
        edits.replace(file, node.span.range(), format!("[{}]", all.join(", ")));
        return Ok(());
    };
    let stays = |at: usize| !matches!(changed.get(&at), Some(None));
    let last_kept = (0..items.len()).rev().find(|at| stays(*at));
    for (at, new) in changed {
        if let (Some(item), Some(new)) = (items.get(*at), new) {
            edits.replace(file, item.span.range(), new.clone());
        }
    }
    let Some(last_kept) = last_kept else {
        let body = if node.flow || appended.is_empty() {
            format!("[{}]", appended.join(", "))
        } else {
            let blanks = indent(text, node.span.range().start);
            appended.iter().map(|new| format!("- {new}")).collect::<Vec<_>>().join(&format!("\n{blanks}"))
        };
        comment_above(text, file, node, comments, edits);
        let end = items.last().map_or(node.span.range().end, |item| item.span.range().end);
        let range = if node.flow { node.span.range() } else { node.span.range().start..end };
        edits.replace(file, range, body);
        return Ok(());
    };
    if node.flow {
        comment_above(text, file, node, comments, edits);
        let end = |at: usize| items.get(at).map_or(0, |item| item.span.range().end);
        for at in (0..last_kept).filter(|at| !stays(*at)) {
            if let (Some(item), Some(next)) = (items.get(at), items.get(at + 1)) {
                edits.replace(file, item.span.range().start..next.span.range().start, "");
            }
        }
        let tail: String = appended.iter().map(|new| format!(", {new}")).collect();
        edits.replace(file, end(last_kept)..end(items.len().saturating_sub(1)), tail);
        return Ok(());
    }
    for (at, item) in items.iter().enumerate().filter(|(at, _)| !stays(*at)) {
        let dash = text.get(..item.span.range().start).and_then(|before| before.rfind('-')).unwrap_or(0);
        let start = line_start(text, dash);
        let comment = comments.get(&at).map_or_else(String::new, |comment| format!("{}{comment}\n", indent(text, dash)));
        edits.replace(file, start..line_after(text, item.span.range().end), comment);
    }
    if !appended.is_empty() {
        let blanks = indent(text, node.span.range().start);
        let at = items.get(last_kept).map_or(text.len(), |item| line_after(text, item.span.range().end));
        let before = if at > 0 && text.as_bytes().get(at - 1) != Some(&b'\n') { "\n" } else { "" };
        let body: String = appended.iter().map(|new| format!("{blanks}- {new}\n")).collect();
        edits.insert(file, at, format!("{before}{body}"));
    }
    Ok(())
}

/// Comments cannot stand inside brackets on one line: they go above.
fn comment_above(text: &str, file: FileId, node: &Node, comments: &BTreeMap<usize, String>, edits: &mut Edits) {
    let start = line_start(text, node.span.range().start);
    let blanks = indent(text, node.span.range().start);
    for comment in comments.values() {
        edits.insert(file, start, format!("{blanks}{comment}\n"));
    }
}

fn csv_edits(sources: &Sources, file: FileId, csv: &CsvFile, changes: &BTreeMap<usize, Change>, inserts: &[TermRow], edits: &mut Edits) -> Result<(), String> {
    let mut header = csv.header.clone();
    for row in changes.values().filter_map(|change| if let Change::Replace(row) = change { Some(row) } else { None }).chain(inserts) {
        for (name, ..) in COLUMNS {
            let there = header.iter().any(|known| known == name) || (*name == "kind" && header.iter().any(|known| known == "allow"));
            if !row.get(name).is_empty() && !there {
                header.push((*name).to_owned());
            }
        }
    }
    let delimiter = char::from(csv.delimiter);
    let added: String = header.iter().skip(csv.header.len()).map(|name| format!("{delimiter}{name}")).collect();
    if !added.is_empty() {
        edits.insert(file, csv.header_range.end, added);
    }
    let write = |row: &TermRow, before: &[String]| -> Result<String, String> {
        let mut cells: Vec<String> = Vec::new();
        for (at, name) in header.iter().enumerate() {
            let old = before.get(at).cloned().unwrap_or_default();
            let known = COLUMNS.iter().find(|(column, ..)| column == name);
            let value = match (name.as_str(), known) {
                ("allow", _) if header.iter().any(|name| name == "kind") => String::new(),
                ("allow", _) => if row.is_allow() { "yes" } else { "" }.to_owned(),
                (_, Some((column, ..))) => row.get(column).replace('\n', if *column == "evasions" || *column == "note" { "\n" } else { "; " }),
                _ => {
                    cells.push(old);
                    continue;
                }
            };
            cells.push(if csv.guarded { csv_guard(&value) } else { value });
        }
        let mut writer = csv::WriterBuilder::new().delimiter(csv.delimiter).flexible(true).from_writer(Vec::new());
        writer.write_record(&cells).map_err(|error| error.to_string())?;
        let bytes = writer.into_inner().map_err(|error| error.to_string())?;
        let line = String::from_utf8(bytes).map_err(|error| error.to_string())?;
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    };
    for (at, change) in changes {
        let Some((cells, range)) = csv.records.get(*at) else { continue };
        match change {
            Change::Delete => {
                let text = sources.text(file);
                edits.replace(file, range.start..line_after(text, range.end), "");
            }
            Change::Replace(row) => edits.replace(file, range.clone(), write(row, cells)?),
        }
    }
    let text = sources.text(file);
    let mut tail = String::new();
    for row in inserts {
        tail.push_str(&write(row, &[])?);
        tail.push_str(csv.line_end);
    }
    if !tail.is_empty() {
        let before = if text.ends_with('\n') { "" } else { csv.line_end };
        edits.insert(file, text.len(), format!("{before}{tail}"));
    }
    Ok(())
}
