//! Sheets with a header, cell by cell.

use std::collections::BTreeMap;

use tribunal_policy::{suggest, time};

use super::codes;
use super::problem::{At, Problem};
use super::row::{COLUMNS, Kind, TermRow, YES_NO, is_yes};
use crate::workbook::{Book, BookSheet, Input};

/// A sheet whose header was read.
pub(crate) struct Table<'b> {
    pub(crate) book: &'b Book,
    pub(crate) sheet: &'b BookSheet,
    /// Columns by name.
    pub(crate) columns: BTreeMap<String, usize>,
}

/// A cell as it stands there and as it is taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken {
    /// To the letter.
    pub(crate) exact: String,
    /// Outer blanks taken off.
    pub(crate) clean: String,
}

impl<'b> Table<'b> {
    /// Reads row 1. `known` are the columns that mean something, `open` whether others do too (fields of tests).
    pub(crate) fn new(
        book: &'b Book,
        sheet: &'b BookSheet,
        required: &[&str],
        known: &[&str],
        open: &dyn Fn(&str) -> bool,
        problems: &mut Vec<Problem>,
    ) -> Option<Table<'b>> {
        let mut table = Table { book, sheet, columns: BTreeMap::new() };
        if sheet.merged {
            problems.push(table.problem(&codes::MERGED_CELLS, None, None, "this sheet has merged cells", "take them apart: one value a cell"));
            return None;
        }
        let before = problems.len();
        let header = sheet.rows.get(&0);
        for (column, input) in header.into_iter().flatten() {
            let Input::Text(name) = input else { continue };
            let name = name.trim_matches(crate::workbook::is_outer_blank).to_lowercase();
            if name.is_empty() || name.starts_with('~') {
                continue;
            }
            let doubled = table.columns.contains_key(&name);
            if doubled {
                let message = format!("the column `{name}` stands twice");
                problems.push(table.problem(&codes::DOUBLED_COLUMN, Some(0), Some(*column), message, "keep one of the two"));
            } else if known.contains(&name.as_str()) || open(&name) {
                table.columns.insert(name, *column);
            } else {
                let help = suggest::did_you_mean(&name, known.iter().copied()).unwrap_or_else(|| format!("the columns are {}", known.join(", ")));
                let message = format!("the column `{name}` is not known and is left out");
                problems.push(table.problem(&codes::UNKNOWN_COLUMN, Some(0), Some(*column), message, help));
            }
        }
        for name in required.iter().filter(|name| !table.columns.contains_key(**name)) {
            let message = format!("row 1 has no column `{name}`");
            problems.push(table.problem(&codes::MISSING_COLUMN, Some(0), None, message, "column names stand in row 1, without a title above them"));
        }
        let broken = problems.iter().skip(before).any(|problem| problem.severity == super::Severity::Error);
        if broken { None } else { Some(table) }
    }

    pub(crate) fn at(&self, row: Option<usize>, column: Option<usize>) -> At<'b> {
        At { file: &self.book.name, csv: self.book.csv, sheet: &self.sheet.name, row, column }
    }

    pub(crate) fn problem(
        &self,
        code: &codes::SheetCode,
        row: Option<usize>,
        column: Option<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        Problem::new(code, &self.at(row, column), message, help)
    }

    /// Rows below the header that are not blank in every column.
    pub(crate) fn rows(&self) -> impl Iterator<Item = usize> + use<'_, 'b> {
        let filled = |cells: &BTreeMap<usize, Input>| self.columns.values().any(|column| cells.get(column).is_some_and(|cell| !cell.is_blank()));
        self.sheet.rows.iter().filter(move |(row, cells)| **row > 0 && filled(cells)).map(|(row, _)| *row)
    }

    pub(crate) fn place(&self, row: usize, column: &str) -> String {
        self.book.place(self.sheet, row, self.columns.get(column).copied().unwrap_or(0))
    }

    /// A cell as text; what cannot be taken is a problem and a blank.
    pub(crate) fn take(&self, row: usize, name: &str, kind: Kind, problems: &mut Vec<Problem>) -> Taken {
        let Some(&column) = self.columns.get(name) else { return Taken::default() };
        let wrong = |message: String, help: &str| self.problem(&codes::CELL_KIND, Some(row), Some(column), message, help);
        let text = match self.sheet.cell(row, column) {
            Input::Blank => return Taken::default(),
            Input::Text(text) => text.clone(),
            Input::Date(date) if kind == Kind::Date => date.clone(),
            #[expect(clippy::float_cmp, reason = "whole numbers have no fraction at all")]
            Input::Number(number) if kind != Kind::Date && number.trunc() == *number && number.abs() < 1e15 => {
                let digits = format!("{number:.0}");
                let message = format!("a number stands here; it is taken as `{digits}`, and zeros before it may be gone");
                let help = "format the column as Text and type the value again";
                problems.push(self.problem(&codes::NUMBER_TAKEN, Some(row), Some(column), message, help));
                digits
            }
            Input::Number(number) => {
                let help = if kind == Kind::Date { "write a date as 2026-11-01" } else { "format the column as Text and type the value again" };
                problems.push(wrong(format!("the number {number} stands here"), help));
                return Taken::default();
            }
            Input::Bool(value) if kind == Kind::YesNo => if *value { "yes" } else { "no" }.to_owned(),
            Input::Bool(value) => {
                problems.push(wrong(format!("the truth value {value} stands here"), "format the column as Text and type the word again"));
                return Taken::default();
            }
            Input::Date(date) => {
                let message = format!("a text became the date {date}");
                problems.push(wrong(message, "format the column as Text, type it again"));
                return Taken::default();
            }
            Input::Time(time) => {
                let help = if kind == Kind::Date { "write a date as 2026-11-01, without a time" } else { "format the column as Text, type it again" };
                problems.push(wrong(format!("the time {time} stands here"), help));
                return Taken::default();
            }
            Input::Error(error) => {
                problems.push(wrong(format!("the error {error} stands here"), "type the value, or clear the cell"));
                return Taken::default();
            }
            Input::Formula => {
                problems.push(wrong("a formula stands here".to_owned(), "paste its value as text"));
                return Taken::default();
            }
        };
        let trimmed = text.trim_matches(crate::workbook::is_outer_blank);
        if matches!(kind, Kind::Line | Kind::Text) && trimmed.len() != text.len() {
            let message = "white space around this value was taken off";
            problems.push(self.problem(&codes::BLANKS_TRIMMED, Some(row), Some(column), message, "take it off in the sheet too"));
        }
        let clean = trimmed.to_owned();
        self.check(row, column, name, kind, &clean, problems);
        Taken { exact: text, clean }
    }

    fn check(&self, row: usize, column: usize, name: &str, kind: Kind, clean: &str, problems: &mut Vec<Problem>) {
        let at = (Some(row), Some(column));
        if clean.contains('\u{FFFD}') {
            let help = "type the value again; the file it was copied from was read in a wrong encoding";
            problems.push(self.problem(&codes::ONE_LINE, at.0, at.1, "a broken character (U+FFFD) stands here", help));
        }
        match kind {
            Kind::Line if clean.contains(['\n', '\r']) => {
                let message = format!("a line break stands in `{name}`");
                problems.push(self.problem(&codes::ONE_LINE, at.0, at.1, message, "one line a cell; a further term is a row of its own"));
            }
            Kind::Date if !clean.is_empty() && (time::parse(clean).is_none() || !clean.contains('-')) => {
                let message = format!("`{}` is no date", short(clean));
                problems.push(self.problem(&codes::WRONG_VALUE, at.0, at.1, message, "write a date as 2026-11-01"));
            }
            Kind::YesNo if !clean.is_empty() && !YES_NO.iter().any(|word| word.eq_ignore_ascii_case(clean)) => {
                let message = format!("`{}` cannot stand in `{name}`", short(clean));
                problems.push(self.problem(&codes::WRONG_VALUE, at.0, at.1, message, format!("write {}", YES_NO.join(", "))));
            }
            Kind::Word(words) if !clean.is_empty() && !words.iter().any(|word| word.eq_ignore_ascii_case(clean)) => {
                let help = suggest::did_you_mean(clean, words.iter().copied()).unwrap_or_else(|| format!("`{name}` is {}", words.join(" or ")));
                let message = format!("`{}` cannot stand in `{name}`", short(clean));
                problems.push(self.problem(&codes::WRONG_VALUE, at.0, at.1, message, help));
            }
            _ => {}
        }
    }
}

/// A value short enough for a message.
pub(crate) fn short(text: &str) -> String {
    let mut shown: String = text.chars().take(40).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// A row of terms as it came back.
#[derive(Clone, Debug)]
pub(crate) struct SheetRow {
    /// Zero-based.
    pub(crate) row: usize,
    pub(crate) key: String,
    /// To the letter: what the key is compared with.
    pub(crate) exact: TermRow,
    /// As it is taken.
    pub(crate) clean: TermRow,
    /// What is wrong with it, if it is taken.
    pub(crate) problems: Vec<Problem>,
}

/// The columns of a sheet of terms that are read.
pub(crate) fn term_columns() -> Vec<&'static str> {
    std::iter::once("key").chain(COLUMNS.iter().map(|(name, ..)| *name)).collect()
}

/// Every row of a sheet of terms.
pub(crate) fn term_rows(table: &Table<'_>) -> Vec<SheetRow> {
    let rows = table.rows();
    rows.map(|row| {
        let mut problems = Vec::new();
        let key = table.take(row, "key", Kind::Line, &mut problems).clean;
        let (mut exact, mut clean) = (TermRow::default(), TermRow::default());
        for (name, kind, _) in COLUMNS {
            let taken = table.take(row, name, *kind, &mut problems);
            exact.set(name, &taken.exact);
            clean.set(name, &taken.clean);
        }
        if clean.term().is_empty() {
            let column = table.columns.get("term").copied();
            problems.push(table.problem(&codes::REQUIRED, Some(row), column, "this row has no term", "fill in `term`, or clear the row"));
        }
        SheetRow { row, key, exact, clean, problems }
    })
    .collect()
}

/// Rows of a workbook that is itself the source of a list, with their places.
pub(crate) fn source_rows(book: &Book, sheet: &BookSheet) -> Vec<(TermRow, String)> {
    let mut ignored = Vec::new();
    let mut known = term_columns();
    known.push("allow");
    let Some(table) = Table::new(book, sheet, &["term"], &known, &|_| false, &mut ignored) else { return Vec::new() };
    let rows = term_rows(&table);
    rows.into_iter()
        .filter(|row| !row.clean.term().is_empty())
        .map(|mut row| {
            if is_yes(&table.take(row.row, "allow", Kind::YesNo, &mut ignored).clean) {
                row.clean.set("kind", "allow");
            }
            let place = table.place(row.row, "term");
            (row.clean, place)
        })
        .collect()
}
