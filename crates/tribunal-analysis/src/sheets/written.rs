//! Term lists as they are written: every entry with the values that stand at it, and where.

use std::collections::BTreeMap;
use std::ops::Range;

use tribunal_policy::Policy;
use tribunal_policy::diagnostic::Diagnostics;
use tribunal_policy::source::{FileId, Sources};
use tribunal_policy::yaml::{self, Node, Value, YamlLimits};

use super::row::TermRow;
use super::table;
use crate::workbook;

/// The files of a policy, parsed.
pub(crate) struct Documents {
    pub(crate) yaml: Vec<(FileId, Node)>,
}

impl Documents {
    pub(crate) fn parse(sources: &Sources) -> Documents {
        let lone = sources.files().len() == 1;
        let mut out = Diagnostics::new();
        let files = sources.files().filter(|(_, file)| lone || matches!(ending(&file.path), "yaml" | "yml"));
        Documents { yaml: files.filter_map(|(id, _)| Some((id, yaml::parse(id, sources, &YamlLimits::default(), &mut out)?))).collect() }
    }

    /// The maps of all markets, each with its file.
    pub(crate) fn markets(&self) -> Vec<(FileId, &Node)> {
        let mut found = Vec::new();
        for (file, node) in &self.yaml {
            if node.get("market").is_some() {
                found.push((*file, node));
            } else {
                found.extend(node.get("markets").and_then(Node::as_seq).unwrap_or_default().iter().map(|node| (*file, node)));
            }
        }
        found
    }
}

fn ending(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// A list as it is written.
pub(crate) struct WrittenList<'d> {
    pub(crate) name: String,
    pub(crate) sensitive: bool,
    /// Options as a sheet shows them: match, folds, owner, description.
    pub(crate) options: [String; 4],
    pub(crate) entries: Vec<WrittenEntry>,
    /// Its YAML, and the file that is in.
    pub(crate) yaml: Option<(FileId, &'d Node)>,
    /// Its sheet or plain text.
    pub(crate) file: Option<SheetFile>,
}

/// An entry and its place.
#[derive(Clone, Debug)]
pub(crate) struct WrittenEntry {
    pub(crate) row: TermRow,
    pub(crate) key: String,
    pub(crate) place: String,
    pub(crate) at: Place,
}

/// Where an entry stands, for editing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Under `terms` (`false`) or `allow` of a YAML list, by position.
    Yaml(bool, usize),
    /// The record of a CSV file.
    Csv(usize),
    /// A line of a plain text, by its bytes without the line end.
    Line(FileId, usize, usize),
    /// A comment that keeps a retired entry, by its bytes without the line end.
    Retired(FileId, usize, usize),
    /// A row of a workbook.
    Workbook,
}

/// A sheet or plain text with the terms of a list.
pub(crate) struct SheetFile {
    pub(crate) id: FileId,
    pub(crate) kind: SheetKind,
}

pub(crate) enum SheetKind {
    Csv(CsvFile),
    Txt,
    Workbook,
}

/// A CSV file with the bytes of each record.
pub(crate) struct CsvFile {
    pub(crate) delimiter: u8,
    pub(crate) guarded: bool,
    pub(crate) header: Vec<String>,
    /// Bytes of the header's record, without the line end.
    pub(crate) header_range: Range<usize>,
    /// Cells as written, and bytes without the line end.
    pub(crate) records: Vec<(Vec<String>, Range<usize>)>,
    pub(crate) line_end: &'static str,
}

/// Every named list, by name.
pub(crate) fn lists<'d>(policy: &Policy, documents: &'d Documents) -> Vec<WrittenList<'d>> {
    let mut nodes: BTreeMap<&str, (FileId, &Node)> = BTreeMap::new();
    let markets = documents.markets();
    for (file, node) in documents.yaml.iter().map(|(file, node)| (*file, node)).chain(markets.iter().copied()) {
        for entry in node.get("terms").and_then(Node::as_map).unwrap_or_default() {
            nodes.entry(entry.key.text.as_str()).or_insert((file, &entry.value));
        }
    }
    let retired = retired(&policy.sources);
    let named = policy.lists.iter().filter(|list| !list.inline);
    named
        .map(|list| {
            let yaml = nodes.get(list.name.as_str()).copied();
            let mut written = WrittenList {
                name: list.name.clone(),
                sensitive: list.sensitive,
                options: options(yaml.map(|(_, node)| node), list),
                entries: Vec::new(),
                yaml,
                file: None,
            };
            if let Some((file, node)) = yaml {
                yaml_entries(&policy.sources, file, node, &mut written.entries);
            }
            written.file = sheet_file(policy, &written);
            let mut more = Vec::new();
            if let Some(sheet) = &written.file {
                file_entries(policy, sheet, &list.name, &mut more);
            }
            written.entries.append(&mut more);
            written.entries.extend(retired.iter().filter(|(name, _)| *name == list.name).map(|(_, entry)| entry.clone()));
            number(&mut written);
            written
        })
        .collect()
}

/// Gives every entry its key; equal ones are told apart by their order.
fn number(list: &mut WrittenList<'_>) {
    let mut seen: BTreeMap<TermRow, usize> = BTreeMap::new();
    for entry in &mut list.entries {
        let nth = seen.entry(entry.row.clone()).or_insert(0);
        entry.key = entry.row.key(&list.name, *nth);
        *nth += 1;
    }
}

fn options(node: Option<&Node>, list: &tribunal_policy::model::List) -> [String; 4] {
    let texts = |key: &str| -> String {
        let Some(node) = node.and_then(|node| node.get(key)) else { return String::new() };
        match &node.value {
            Value::Seq(items) => items.iter().filter_map(Node::as_text).collect::<Vec<_>>().join("; "),
            _ => node.as_text().unwrap_or("").to_owned(),
        }
    };
    [texts("match"), texts("folds"), list.owner.clone().unwrap_or_default(), list.description.clone().unwrap_or_default()]
}

/// The elements of `terms` and `allow` of a YAML list.
pub(crate) fn yaml_parts(node: &Node) -> [Option<&Node>; 2] {
    match &node.value {
        Value::Seq(_) => [Some(node), None],
        _ => [node.get("terms"), node.get("allow")],
    }
}

fn yaml_entries(sources: &Sources, file: FileId, node: &Node, entries: &mut Vec<WrittenEntry>) {
    for (part, allow) in yaml_parts(node).into_iter().zip([false, true]) {
        let Some(part) = part else { continue };
        let items = part.as_seq().unwrap_or(std::slice::from_ref(part));
        for (at, item) in items.iter().enumerate() {
            let Some(row) = TermRow::from_yaml(item, allow) else { continue };
            let place = format!("{}:{}", sources.path(file), sources.line(item.span));
            entries.push(WrittenEntry { row, key: String::new(), place, at: Place::Yaml(allow, at) });
        }
    }
}

/// The sheet that a YAML list names, or that is named as the list.
fn sheet_file(policy: &Policy, list: &WrittenList<'_>) -> Option<SheetFile> {
    let sources = &policy.sources;
    let named = list.yaml.and_then(|(_, node)| node.get("file")).and_then(Node::as_text);
    let id = match (named, list.yaml) {
        (Some(path), _) => sources.find(path)?,
        (None, Some(_)) => return None,
        (None, None) => {
            let stem = |path: &str| path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).is_some_and(|(stem, _)| stem == list.name);
            let mut files = sources.files().filter(|(_, file)| matches!(ending(&file.path), "csv" | "txt" | "xlsx") && stem(&file.path));
            files.next()?.0
        }
    };
    let kind = match ending(sources.path(id)).to_ascii_lowercase().as_str() {
        "csv" => SheetKind::Csv(CsvFile::read(sources.text(id))?),
        "txt" => SheetKind::Txt,
        _ => SheetKind::Workbook,
    };
    Some(SheetFile { id, kind })
}

fn file_entries(policy: &Policy, sheet: &SheetFile, list: &str, entries: &mut Vec<WrittenEntry>) {
    let sources = &policy.sources;
    let path = sources.path(sheet.id);
    match &sheet.kind {
        SheetKind::Csv(csv) => {
            for (at, (cells, range)) in csv.records.iter().enumerate() {
                let Some(row) = csv.row(cells) else { continue };
                let line = sources.line(tribunal_policy::source::Span::new(sheet.id, range.start, range.end));
                entries.push(WrittenEntry { row, key: String::new(), place: format!("{path}:{line}"), at: Place::Csv(at) });
            }
        }
        SheetKind::Txt => {
            for (number, (start, line)) in lines(sources.text(sheet.id)).enumerate() {
                let term = line.trim().trim_start_matches('\u{feff}');
                if term.is_empty() || term == "#" || term.starts_with("# ") {
                    continue;
                }
                let mut row = TermRow::default();
                row.set_exact("term", term);
                let place = format!("{path}:{}", number + 1);
                entries.push(WrittenEntry { row, key: String::new(), place, at: Place::Line(sheet.id, start, start + line.len()) });
            }
        }
        SheetKind::Workbook => {
            let Ok(book) = workbook::read_xlsx(path, sources.bytes(sheet.id)) else { return };
            let chosen = book.sheet(list).or_else(|| book.sheets.iter().find(|sheet| !matches!(sheet.name.as_str(), "About" | "Lists")));
            let Some(page) = chosen else { return };
            for (row, place) in table::source_rows(&book, page) {
                entries.push(WrittenEntry { row, key: String::new(), place, at: Place::Workbook });
            }
        }
    }
}

/// Lines with the offset of their first byte, without line ends.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let at = start;
        start += line.len();
        (at, line.trim_end_matches(['\n', '\r']))
    })
}

const RETIRED: &str = "# retired from ";

/// The comment that keeps a retired entry.
pub(crate) fn retired_comment(list: &str, row: &TermRow) -> String {
    format!("{RETIRED}{list}: {}", row.to_yaml(true))
}

/// Retired entries of all files, kept as comments.
fn retired(sources: &Sources) -> Vec<(String, WrittenEntry)> {
    let mut found = Vec::new();
    for (file, source) in sources.files() {
        for (number, (start, line)) in lines(source.text()).enumerate() {
            let Some(rest) = line.trim_start().strip_prefix(RETIRED) else { continue };
            let Some((list, written)) = rest.split_once(": ") else { continue };
            let mut own = Sources::new();
            let id = own.add("", written);
            let mut out = Diagnostics::new();
            let node = yaml::parse(id, &own, &YamlLimits::default(), &mut out).filter(|_| !out.has_errors());
            let Some(mut row) = node.and_then(|node| TermRow::from_yaml(&node, false)) else { continue };
            row.set("status", "retired");
            let place = format!("{}:{}", source.path, number + 1);
            found.push((list.to_owned(), WrittenEntry { row, key: String::new(), place, at: Place::Retired(file, start, start + line.len()) }));
        }
    }
    found
}

impl CsvFile {
    fn read(whole: &str) -> Option<CsvFile> {
        let bom = usize::from(whole.starts_with('\u{feff}')) * '\u{feff}'.len_utf8();
        let text = whole.get(bom..)?;
        let delimiter = workbook::csv_delimiter(text);
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(text.as_bytes());
        let mut record = csv::StringRecord::new();
        let mut all: Vec<(Vec<String>, Range<usize>)> = Vec::new();
        loop {
            let start = usize::try_from(reader.position().byte()).ok()?;
            if !reader.read_record(&mut record).ok()? {
                break;
            }
            let end = usize::try_from(reader.position().byte()).ok()?;
            let raw = text.get(start..end)?;
            let lead = raw.len() - raw.trim_start_matches(['\r', '\n']).len();
            let range = bom + start + lead..bom + start + raw.trim_end_matches(['\r', '\n']).len();
            all.push((record.iter().map(str::to_owned).collect(), range));
        }
        let mut all = all.into_iter();
        let (header, header_range) = all.next()?;
        let header: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
        let guarded = header.iter().any(|name| name == "~csv1");
        let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Some(CsvFile { delimiter, guarded, header, header_range, records: all.collect(), line_end })
    }

    fn row(&self, cells: &[String]) -> Option<TermRow> {
        let mut row = TermRow::default();
        for (column, cell) in self.header.iter().zip(cells) {
            let cell = if self.guarded { cell.strip_prefix('\'').unwrap_or(cell) } else { cell };
            let value = cell.trim();
            match column.as_str() {
                "allow" if matches!(value.to_ascii_lowercase().as_str(), "yes" | "true" | "x") => row.set("kind", "allow"),
                "allow" => {}
                _ if value.is_empty() => {}
                column => row.set(column, value),
            }
        }
        if row.term().is_empty() { None } else { Some(row) }
    }
}
