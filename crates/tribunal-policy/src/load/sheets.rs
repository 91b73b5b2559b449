//! Term lists as CSV, plain text and workbooks.

use crate::codes;
use crate::diagnostic::Diagnostic;
use crate::keys;
use crate::load::terms::{Defaults, Row, Terms};
use crate::model::Entry;
use crate::source::{FileId, Span};
use crate::suggest;
use crate::time;

/// Columns beside the keys of a term: written by exports.
const FURTHER: &[&str] = &["key", "kind", "status"];

/// Columns whose cells have one line.
const ONE_LINE: &[&str] = &["term", "lang", "only_lang", "since", "until", "sense", "source"];

/// One cell: its text and how a message names its place.
struct Cell {
    text: String,
    place: String,
}

impl Terms<'_> {
    /// A plain text: one term a line, `# ` begins a comment line.
    pub(crate) fn txt(&mut self, file: FileId, defaults: &Defaults, entries: &mut Vec<Entry>) {
        let sources = self.sources;
        let text = sources.text(file);
        let path = sources.path(file).to_owned();
        let mut start = 0;
        for (at, line) in text.split('\n').enumerate() {
            let term = line.trim().trim_start_matches('\u{feff}');
            let from = start + line.find(term).unwrap_or(0);
            start += line.len() + 1;
            if term.is_empty() || term == "#" || term.starts_with("# ") {
                continue;
            }
            let span = Span::new(file, from, from + term.len());
            self.reordering(term, span);
            let row = Row { text: term.to_owned(), ..Row::default() };
            entries.extend(self.finish(row, defaults, span, format!("{path}:{}", at + 1)));
        }
    }

    /// A sheet of comma, semicolon or tab separated values with a header.
    pub(crate) fn csv(&mut self, file: FileId, defaults: &Defaults, entries: &mut Vec<Entry>) {
        let sources = self.sources;
        let whole = sources.text(file);
        let bom = usize::from(whole.starts_with('\u{feff}')) * '\u{feff}'.len_utf8();
        let text = whole.get(bom..).unwrap_or("");
        let path = sources.path(file).to_owned();
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter(text)).flexible(true).has_headers(false).from_reader(text.as_bytes());
        let mut columns: Option<Vec<String>> = None;
        let mut record = csv::StringRecord::new();
        loop {
            let offset = usize::try_from(reader.position().byte()).unwrap_or(0);
            match reader.read_record(&mut record) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    self.out.push(
                        Diagnostic::new(&codes::BAD_SHEET, Span::new(file, bom + offset, bom + offset), format!("this line cannot be read: {error}"))
                            .help("save the sheet as CSV UTF-8 again"),
                    );
                    break;
                }
            }
            let end = usize::try_from(reader.position().byte()).unwrap_or(0);
            let raw = text.get(offset..end).unwrap_or("");
            let lead = raw.len() - raw.trim_start_matches(['\r', '\n']).len();
            let span = Span::new(file, bom + offset + lead, bom + offset + raw.trim_end_matches(['\r', '\n']).len());
            let line = sources.line(span);
            let place = format!("{path}:{line}");
            self.reordering(raw, span);
            let Some(columns) = &columns else {
                match self.header(record.iter().map(str::to_owned).collect(), span) {
                    Some(header) => columns = Some(header),
                    None => return,
                }
                continue;
            };
            let guarded = columns.iter().any(|column| column == "~csv1");
            let cells: Vec<Cell> = record.iter().map(|cell| Cell { text: unguard(cell, guarded).trim().to_owned(), place: place.clone() }).collect();
            self.sheet_row(columns, &cells, defaults, span, &place, entries);
        }
        if columns.is_none() {
            self.out
                .push(Diagnostic::new(&codes::BAD_SHEET, Span::new(file, 0, 0), "this sheet is empty").help("its first row is a header with a column `term`"));
        }
    }

    /// Where a row holds this text, if it does so once; else the row.
    fn within(&self, row: Span, text: &str) -> Span {
        let line = self.sources.slice(row);
        let mut places =
            line.char_indices().filter(|(at, _)| line.get(*at..).and_then(|rest| rest.get(..text.len())).is_some_and(|found| found.eq_ignore_ascii_case(text)));
        match (places.next(), places.next()) {
            (Some((at, _)), None) if !text.is_empty() => Span::new(row.file, row.start as usize + at, row.start as usize + at + text.len()),
            _ => row,
        }
    }

    /// A line that an editor shows in another order than the one it is read in.
    fn reordering(&mut self, line: &str, span: Span) {
        if let Some(found) = line.chars().find(|c| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')) {
            let message = format!("the invisible character U+{:04X} makes this line look different", u32::from(found));
            self.out.push(Diagnostic::new(&codes::BIDI_CONTROL, span, message).help("take it out; a YAML list can hold it as an escape in double quotes"));
        }
    }

    fn header(&mut self, columns: Vec<String>, span: Span) -> Option<Vec<String>> {
        let columns: Vec<String> = columns.into_iter().map(|column| column.trim().to_lowercase()).collect();
        let known = || keys::TERM.keys.iter().map(|key| key.name).chain(FURTHER.iter().copied());
        if !columns.iter().any(|column| column == "term") {
            self.out.push(
                Diagnostic::new(&codes::BAD_SHEET, span, "the first row has no column `term`")
                    .help("name the columns in the first row; the one with the terms is `term`"),
            );
            return None;
        }
        for (at, column) in columns.iter().enumerate() {
            if column.starts_with('~') || column.is_empty() {
                continue;
            }
            if !known().any(|name| name == column) {
                let help = suggest::did_you_mean(column, known()).unwrap_or_else(|| format!("the columns are {}", known().collect::<Vec<_>>().join(", ")));
                let place = self.within(span, column);
                self.out.push(Diagnostic::new(&codes::UNKNOWN_COLUMN, place, format!("the column `{column}` is not known and is left out")).help(help));
            }
            if columns.iter().take(at).any(|other| other == column) {
                self.out.push(Diagnostic::new(&codes::BAD_SHEET, span, format!("the column `{column}` stands twice")).help("keep one of the two"));
                return None;
            }
        }
        Some(columns)
    }

    fn sheet_row(&mut self, columns: &[String], cells: &[Cell], defaults: &Defaults, span: Span, place: &str, entries: &mut Vec<Entry>) {
        if cells.iter().all(|cell| cell.text.is_empty()) {
            return;
        }
        let mut row = Row::default();
        let (mut retired, mut broken) = (false, false);
        let named = columns.iter().map(String::as_str).chain(std::iter::repeat(""));
        for (column, cell) in named.zip(cells) {
            let value = cell.text.as_str();
            if value.is_empty() || column.starts_with('~') {
                continue;
            }
            if column.is_empty() {
                let help = "name the column in the first row, or clear the cell; in a CSV a text with a separator in it stands in double quotes";
                self.bad_cell_because(cell, span, format!("`{value}` stands under no column"), help);
                broken = true;
                continue;
            }
            if value.contains('\u{fffd}') {
                let message = format!("`{value}` was damaged on its way: U+FFFD stands for what was lost");
                self.bad_cell_because(cell, span, message, "type the text again, and save as UTF-8");
                broken = true;
                continue;
            }
            if ONE_LINE.contains(&column) && value.contains(['\n', '\r']) {
                self.bad_cell(cell, span, "it has one line; write two terms in two rows");
                broken = true;
                continue;
            }
            let several = |separators: &[char]| -> Vec<(String, Span)> {
                let parts = value.split(separators).map(str::trim).filter(|part| !part.is_empty());
                parts.map(|part| (part.to_owned(), self.within(span, part))).collect()
            };
            match column {
                "term" => value.clone_into(&mut row.text),
                "match" => {
                    let words = several(&[';', '\n']);
                    row.matches = Some(self.match_words(&words));
                }
                "folds" => {
                    let words = several(&[';', '\n']);
                    row.folds = Some(self.fold_words(&words));
                }
                "lang" => row.lang = Some(value.to_owned()),
                "only_lang" => row.only_lang = Some(value.to_owned()),
                "markets" => {
                    let names = several(&[';', ',', '\n']);
                    row.markets = self.market_names(&names);
                }
                "since" => row.since = self.sheet_date(cell, span),
                "until" => row.until = self.sheet_date(cell, span),
                "sense" => row.sense = Some(value.to_owned()),
                "source" => row.source = Some(value.to_owned()),
                "note" => row.note = Some(value.to_owned()),
                "evasions" => row.evasions = value.split('\n').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect(),
                "allow" => match value.to_ascii_lowercase().as_str() {
                    "yes" | "true" | "x" => row.allow = true,
                    "no" | "false" => {}
                    _ => self.bad_cell(cell, span, "`allow` is `yes` or blank"),
                },
                "kind" => match value.to_ascii_lowercase().as_str() {
                    "allow" => row.allow = true,
                    "term" => {}
                    _ => self.bad_cell(cell, span, "`kind` is `term` or `allow`"),
                },
                "status" => match value.to_ascii_lowercase().as_str() {
                    "retired" => retired = true,
                    "active" => {}
                    _ => self.bad_cell(cell, span, "`status` is `active` or `retired`"),
                },
                _ => {}
            }
        }
        if broken {
            return;
        }
        if row.text.is_empty() {
            self.out.push(Diagnostic::new(&codes::EMPTY_VALUE, span, "this row has no term").help("fill in the column `term`, or clear the row"));
            return;
        }
        if !retired {
            entries.extend(self.finish(row, defaults, span, place.to_owned()));
        }
    }

    fn sheet_date(&mut self, cell: &Cell, span: Span) -> Option<time::Instant> {
        let instant = time::parse(&cell.text).filter(|instant| instant.date_only);
        if instant.is_none() {
            self.bad_cell(cell, span, "write a date as 2026-11-01");
        }
        instant
    }

    fn bad_cell(&mut self, cell: &Cell, span: Span, help: &str) {
        self.bad_cell_because(cell, span, format!("`{}` cannot stand in this column", cell.text), help);
    }

    fn bad_cell_because(&mut self, cell: &Cell, span: Span, message: String, help: &str) {
        // The bytes of a workbook say nothing to anybody; its cell does.
        let span = self.within(span, &cell.text);
        let found =
            if span.is_empty() { Diagnostic::at_place(&codes::BAD_SHEET, &cell.place, message) } else { Diagnostic::new(&codes::BAD_SHEET, span, message) };
        self.out.push(found.help(help));
    }

    /// A workbook without support for it.
    #[cfg(not(feature = "xlsx"))]
    pub(crate) fn xlsx(&mut self, file: FileId, _list: &str, _defaults: &Defaults, _entries: &mut Vec<Entry>) {
        self.out.push(
            Diagnostic::at_place(&codes::BAD_SHEET, self.sources.path(file), "this build does not read workbooks")
                .help("save the list as CSV, or build with the feature `xlsx`"),
        );
    }

    /// A workbook: the sheet named as the list, else the first one.
    #[cfg(feature = "xlsx")]
    pub(crate) fn xlsx(&mut self, file: FileId, list: &str, defaults: &Defaults, entries: &mut Vec<Entry>) {
        use crate::workbook::{self, Input};
        let sources = self.sources;
        let path = sources.path(file).to_owned();
        let book = match workbook::read_xlsx(&path, sources.bytes(file)) {
            Ok(book) => book,
            Err(error) => {
                self.out.push(Diagnostic::at_place(&codes::BAD_SHEET, path, error.to_string()).help("or save the list as “CSV UTF-8”"));
                return;
            }
        };
        let chosen = book.sheets.iter().find(|sheet| sheet.name == list);
        let Some(sheet) = chosen.or_else(|| book.sheets.iter().find(|sheet| !matches!(sheet.name.as_str(), "About" | "Lists"))) else {
            self.out.push(Diagnostic::at_place(&codes::BAD_SHEET, path, "this workbook has no sheet with terms").help("name a sheet as the list"));
            return;
        };
        let span = Span::new(file, 0, 0);
        let mut columns: Option<Vec<String>> = None;
        for (line, inputs) in &sheet.rows {
            let place = |column: usize| book.place(sheet, *line, column);
            let named = columns.as_ref().map_or(0, Vec::len);
            // Every named column, and what stands beyond them.
            let width = inputs.keys().next_back().map_or(0, |last| last + 1).max(named);
            let mut cells = Vec::new();
            let mut broken = false;
            for column in 0..width {
                let name = columns.as_ref().and_then(|names| names.get(column)).map_or("", String::as_str);
                let input = if name.starts_with('~') { &Input::Blank } else { sheet.cell(*line, column) };
                match cell_text(input, matches!(name, "since" | "until")) {
                    Ok(text) => cells.push(Cell { text: text.trim().to_owned(), place: place(column) }),
                    Err(why) => {
                        broken = true;
                        let found = Diagnostic::at_place(&codes::BAD_SHEET, place(column), why);
                        self.out.push(found.help("format the column as Text and type the value again"));
                    }
                }
            }
            if broken {
                continue;
            }
            let outer = std::mem::take(self.out);
            let known = columns.is_some();
            match &columns {
                None => columns = self.header(cells.iter().map(|cell| cell.text.clone()).collect(), span),
                Some(columns) => self.sheet_row(columns, &cells, defaults, span, &place(0), entries),
            }
            let found = std::mem::replace(self.out, outer);
            let term = columns.as_ref().filter(|_| known).and_then(|columns| columns.iter().position(|column| column == "term")).unwrap_or(0);
            self.out.extend(found.into_iter().map(|found| at_cell(found, &cells, term)));
            if columns.is_none() {
                return;
            }
        }
        if sheet.rows.is_empty() {
            let place = format!("{path}!{}", sheet.name);
            self.out.push(Diagnostic::at_place(&codes::BAD_SHEET, place, "this sheet is empty").help("its first row is a header with a column `term`"));
        }
    }
}

/// The separator that the header line holds most of.
fn delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or("");
    let count = |separator: u8| header.bytes().filter(|byte| *byte == separator).count();
    [b',', b';', b'\t'].into_iter().max_by_key(|separator| (count(*separator), *separator == b',')).unwrap_or(b',')
}

/// A finding about a row of a workbook, at the cell it speaks of, else at that of the term.
#[cfg(feature = "xlsx")]
fn at_cell(mut found: Diagnostic, cells: &[Cell], term: usize) -> Diagnostic {
    if found.place.is_none() {
        let named = |cell: &&Cell| !cell.text.is_empty() && found.message.to_lowercase().contains(&format!("`{}`", cell.text.to_lowercase()));
        found.place = cells.iter().find(named).or_else(|| cells.get(term)).map(|cell| cell.place.clone());
        found.labels.clear();
    }
    found
}

/// Takes the quote away that an export put before a text a spreadsheet would compute.
fn unguard(cell: &str, guarded: bool) -> &str {
    if guarded { cell.strip_prefix('\'').unwrap_or(cell) } else { cell }
}

/// The text of a workbook's cell: an integral number is its digits; dates stand in date columns only.
#[cfg(feature = "xlsx")]
fn cell_text(input: &crate::workbook::Input, dated: bool) -> Result<String, String> {
    use crate::workbook::Input;
    match input {
        Input::Blank => Ok(String::new()),
        Input::Text(text) => Ok(text.clone()),
        Input::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => Ok(format!("{number:.0}")),
        Input::Number(number) => Err(format!("the number {number} stands here, not a text")),
        Input::Bool(value) => Err(format!("the truth value {value} stands here, not a text")),
        Input::Date(date) if dated => Ok(date.clone()),
        Input::Date(date) => Err(format!("the date {date} stands here, not a text")),
        Input::Time(time) => Err(format!("the time {time} stands here")),
        Input::Error(error) => Err(format!("the error {error} stands here")),
        Input::Formula => Err("a formula stands here: paste its value as text".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_told_by_the_header() {
        assert_eq!(delimiter("term,lang\nx;y,z"), b',');
        assert_eq!(delimiter("term;lang"), b';');
        assert_eq!(delimiter("term\tlang"), b'\t');
        assert_eq!(delimiter("term"), b',');
    }
}
