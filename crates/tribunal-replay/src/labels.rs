//! Labels that stand in a file of their own, joined by id.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use calamine::{Data, Reader as _, open_workbook_auto};
use serde::{Deserialize, Serialize};

use tribunal_policy::source::column_letters;

use crate::error::Error;

/// Labels by id.
#[derive(Debug, Default)]
pub struct Labels {
    by_id: HashMap<String, (String, AtomicBool)>,
    doubled: u64,
    blank: u64,
    about_rules: u64,
}

/// How the join went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Labels whose item was met.
    pub matched: u64,
    /// Labels whose item was not met.
    pub unmatched: u64,
    /// Rows that repeat an id with the same label.
    pub doubled: u64,
    /// Rows without a label.
    pub unlabelled: u64,
    /// Rows about one rule, not about the item as a whole: left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub about_rules: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// One row of a sheet of labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelRow {
    /// Where it stands.
    pub place: Place,
    /// The item.
    pub id: String,
    /// Its label; "" when not done.
    pub label: String,
    /// Who labelled it; "" when not said.
    pub labeller: String,
    /// The rule it is about; "" when it is about the item as a whole.
    pub rule: String,
    /// The day it was given, `2026-11-28`; "" when not said.
    pub labelled_on: String,
    /// Version of the policy it was given by; "" when not said.
    pub policy_version: String,
}

/// A row of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    sheet: Arc<Header>,
    /// From 1.
    row: u64,
}

/// A sheet and what its columns are.
#[derive(Debug, PartialEq, Eq)]
struct Header {
    /// `labels.csv`, `labels.xlsx!Labels`.
    name: String,
    is_csv: bool,
    /// The column of the sheet in which the table begins, from 0.
    first: usize,
    /// In lower case, without outer blanks.
    columns: Vec<String>,
}

impl Place {
    /// A row of a CSV file.
    #[cfg(test)]
    pub(crate) fn line(name: &str, row: u64) -> Place {
        Place { sheet: Arc::new(Header { name: name.to_owned(), is_csv: true, first: 0, columns: Vec::new() }), row }
    }

    /// A cell of the row: `labels.xlsx!Labels!B17`, `labels.csv:17 (label)`.
    pub fn cell(&self, column: &str) -> String {
        let Header { name, is_csv, first, columns } = &*self.sheet;
        if *is_csv {
            return format!("{name}:{} ({column})", self.row);
        }
        let at = columns.iter().position(|known| known == column).map(|at| column_letters(first + at));
        format!("{name}!{}{}", at.unwrap_or_default(), self.row)
    }
}

/// What is wrong with a cell of a sheet of labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelProblem {
    /// The cell, as [`Place::cell`] names it.
    pub place: String,
    /// A stable name: `rounded-id`, `no-id`, `not-a-day`, `no-column`, `unknown-label`, `unknown-rule`, `two-labels`.
    pub code: &'static str,
    /// What was found, and what to do.
    pub message: String,
}

/// The rows of one or several sheets of labels, with what is wrong in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabelRows {
    /// Rows that can be read, in their order.
    pub rows: Vec<LabelRow>,
    /// Every problem, in the order of the cells. With any of them nothing may be taken.
    pub problems: Vec<LabelProblem>,
}

impl LabelRows {
    /// Reads all rows of a CSV, or of the sheets of a workbook whose name begins with `Labels`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or has no such sheet.
    pub fn read(path: &Path) -> Result<LabelRows, Error> {
        let mut found = LabelRows::default();
        found.add(path)?;
        Ok(found)
    }

    /// Reads the rows of one file more.
    ///
    /// # Errors
    ///
    /// As [`LabelRows::read`].
    pub fn add(&mut self, path: &Path) -> Result<(), Error> {
        let shown = path.display().to_string();
        if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) {
            return self.add_csv(path, shown);
        }
        let mut book = open_workbook_auto(path).map_err(|error| Error::Input(format!("{shown}: {error}")))?;
        let sheets: Vec<String> = book.sheet_names().into_iter().filter(|name| name.starts_with("Labels")).collect();
        if sheets.is_empty() {
            return Err(Error::Input(format!("{shown}: there is no sheet `Labels`")));
        }
        for sheet in sheets {
            let range = book.worksheet_range(&sheet).map_err(|error| Error::Input(format!("{shown}!{sheet}: {error}")))?;
            let named = sheet.strip_prefix("Labels").unwrap_or_default().trim().to_owned();
            let mut rows = range.rows();
            let columns: Vec<String> = rows.next().unwrap_or_default().iter().map(|cell| cell.to_string().trim().to_lowercase()).collect();
            // Rows and columns before the first cell that is used are not among those of the range.
            let (above, first) = range.start().unwrap_or_default();
            let Some(header) = self.header(format!("{shown}!{sheet}"), Some((above, first)), columns) else { continue };
            for (row, cells) in (u64::from(above) + 2..).zip(rows) {
                let cells: Vec<Cell> = cells.iter().map(Cell::new).collect();
                self.row(&cells, Place { sheet: Arc::clone(&header), row }, &named);
            }
        }
        Ok(())
    }

    fn add_csv(&mut self, path: &Path, shown: String) -> Result<(), Error> {
        let failed = |error: csv::Error| Error::Input(format!("{}: {error}", path.display()));
        let mut table = csv::Reader::from_path(path).map_err(failed)?;
        let columns = table.headers().map_err(failed)?.iter().map(|name| name.trim_start_matches('\u{FEFF}').trim().to_lowercase()).collect();
        let Some(header) = self.header(shown, None, columns) else { return Ok(()) };
        for record in table.records() {
            let record = record.map_err(failed)?;
            let row = record.position().map_or(0, csv::Position::line);
            let cells: Vec<Cell> = record.iter().map(|cell| Cell::Text(cell.to_owned())).collect();
            self.row(&cells, Place { sheet: Arc::clone(&header), row }, "");
        }
        Ok(())
    }

    /// The header, if it has what a sheet of labels needs; `at`: row and column of a workbook's sheet, from 0.
    fn header(&mut self, name: String, at: Option<(u32, u32)>, columns: Vec<String>) -> Option<Arc<Header>> {
        let missing: Vec<&str> = ["id", "label"].into_iter().filter(|name| !columns.iter().any(|column| column == name)).collect();
        for column in &missing {
            let place = at.map_or_else(|| format!("{name}:1"), |(row, _)| format!("{name}!{}", row + 1));
            self.problems.push(LabelProblem { place, code: "no-column", message: format!("the header has no column `{column}`") });
        }
        let first = at.map_or(0, |(_, column)| column as usize);
        missing.is_empty().then(|| Arc::new(Header { name, is_csv: at.is_none(), first, columns }))
    }

    fn row(&mut self, cells: &[Cell], place: Place, named: &str) {
        if cells.iter().all(|cell| matches!(cell, Cell::Text(text) if text.trim().is_empty())) {
            return;
        }
        let of = |name: &str| place.sheet.columns.iter().position(|column| column == name).and_then(|at| cells.get(at));
        let text = |name: &str| of(name).map(Cell::text).unwrap_or_default();
        let mut wrong = |column: &str, code, message| self.problems.push(LabelProblem { place: place.cell(column), code, message });
        let (label, labeller, labelled_on) = (text("label"), text("labeller"), text("labelled_on"));
        let id = match of("id").map(Cell::id).unwrap_or(Ok(String::new())) {
            Ok(id) => {
                if id.is_empty() && !label.is_empty() {
                    wrong("id", "no-id", format!("the label `{label}` stands without an id"));
                }
                id
            }
            Err(why) => {
                wrong("id", "rounded-id", why);
                String::new()
            }
        };
        if !labelled_on.is_empty() && (labelled_on.len() != 10 || tribunal_policy::time::parse(&labelled_on).is_none()) {
            wrong("labelled_on", "not-a-day", format!("`{labelled_on}` is no day; write it as 2026-11-28"));
        }
        let labeller = if labeller.is_empty() { named.to_owned() } else { labeller };
        self.rows.push(LabelRow { id, label, labeller, rule: text("rule"), labelled_on, policy_version: text("policy_version"), place });
    }
}

enum Cell {
    Text(String),
    Number(f64),
    Other(String),
}

impl Cell {
    fn new(data: &Data) -> Cell {
        match data {
            Data::Int(number) => Cell::Text(number.to_string()),
            Data::Float(number) => Cell::Number(*number),
            Data::Empty => Cell::Text(String::new()),
            Data::String(text) => Cell::Text(text.clone()),
            Data::DateTime(day) if day.is_datetime() => {
                let (year, month, day, ..) = day.to_ymd_hms_milli();
                Cell::Other(format!("{year:04}-{month:02}-{day:02}"))
            }
            other => Cell::Other(other.to_string()),
        }
    }

    /// As an id: digits that a spreadsheet may have rounded are refused.
    fn id(&self) -> Result<String, String> {
        match self {
            Cell::Text(text) => {
                let text = text.trim();
                crate::input::columns::rounded(text)?;
                Ok(text.to_owned())
            }
            Cell::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => Ok(format!("{number:.0}")),
            Cell::Number(number) => Err(format!("the id {number} is a number that a spreadsheet has rounded; format the column as text")),
            Cell::Other(text) => Err(format!("the id `{text}` became something else; format the column as text")),
        }
    }

    fn text(&self) -> String {
        match self {
            Cell::Text(text) | Cell::Other(text) => text.trim().to_owned(),
            Cell::Number(number) => number.to_string(),
        }
    }
}

impl Labels {
    /// Labels of a CSV or a workbook.
    ///
    /// # Errors
    ///
    /// As [`LabelRows::read`], and when anything in it is wrong: every problem, an item with two different labels among them.
    pub fn read(path: &Path) -> Result<Labels, Error> {
        let LabelRows { rows, mut problems } = LabelRows::read(path)?;
        let mut labels = Labels::default();
        let mut first: HashMap<String, Place> = HashMap::new();
        for LabelRow { place, id, label, rule, .. } in rows {
            if label.is_empty() {
                labels.blank += 1;
                continue;
            }
            if !rule.is_empty() {
                labels.about_rules += 1;
                continue;
            }
            if id.is_empty() {
                continue;
            }
            match labels.by_id.get(&id) {
                Some((known, _)) if *known == label => labels.doubled += 1,
                Some((known, _)) => {
                    let before = first.get(&id).map(|place| place.cell("label")).unwrap_or_default();
                    let message = format!("the item `{id}` is labelled `{label}` here and `{known}` at {before}; keep one of the two");
                    problems.push(LabelProblem { place: place.cell("label"), code: "two-labels", message });
                }
                None => {
                    first.insert(id.clone(), place);
                    labels.by_id.insert(id, (label, AtomicBool::new(false)));
                }
            }
        }
        if problems.is_empty() { Ok(labels) } else { Err(Error::Labels(problems)) }
    }

    /// The label of an item.
    pub(crate) fn get(&self, id: &str) -> Option<&str> {
        let (label, met) = self.by_id.get(id)?;
        met.store(true, Ordering::Relaxed);
        Some(label)
    }

    /// How the join went.
    pub fn joined(&self) -> Joined {
        let matched = self.by_id.values().filter(|(_, met)| met.load(Ordering::Relaxed)).count() as u64;
        Joined { matched, unmatched: self.by_id.len() as u64 - matched, doubled: self.doubled, unlabelled: self.blank, about_rules: self.about_rules }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<Labels, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        std::fs::write(&path, text).unwrap();
        Labels::read(&path)
    }

    #[test]
    fn joined_by_id() {
        let labels = file("id,label,note\n7,ok,\n8,bad,\n8,bad,again\n9,,\n").unwrap();
        assert_eq!((labels.get("7"), labels.get("07")), (Some("ok"), None));
        assert_eq!(labels.joined(), Joined { matched: 1, unmatched: 1, doubled: 1, unlabelled: 1, about_rules: 0 });
        // What is said of one rule is not said of the item.
        let labels = file("id,label,rule\n7,ok,\n7,bad,slurs\n8,bad,slurs\n").unwrap();
        assert_eq!((labels.get("7"), labels.get("8"), labels.joined().about_rules), (Some("ok"), None, 2));
        // Nor is anything said in a row without a label.
        let blank = file("id,label,rule\n7,,slurs\n").unwrap().joined();
        assert_eq!((blank.unlabelled, blank.about_rules), (1, 0));
    }

    #[test]
    fn mistakes() {
        let told = |text: &str| match file(text).unwrap_err() {
            Error::Labels(problems) => {
                problems.into_iter().map(|found| (found.place.rsplit('/').next().unwrap().to_owned(), found.code, found.message)).collect::<Vec<_>>()
            }
            error => panic!("{error}"),
        };
        // Each of them in one run.
        let all = told("id,label,labelled_on\n7,ok,28.11.\n7,bad,\n7.3E+18,ok,\n7300.0,ok,\n,ok,\n7,unsure,\n");
        let places: Vec<(&str, &str)> = all.iter().map(|(place, code, _)| (place.as_str(), *code)).collect();
        assert_eq!(
            places,
            [
                ("labels.csv:2 (labelled_on)", "not-a-day"),
                ("labels.csv:4 (id)", "rounded-id"),
                ("labels.csv:5 (id)", "rounded-id"),
                ("labels.csv:6 (id)", "no-id"),
                ("labels.csv:3 (label)", "two-labels"),
                ("labels.csv:7 (label)", "two-labels"),
            ]
        );
        assert!(all[4].2.contains("labels.csv:2 (label)"), "both cells are named: {}", all[4].2);
        assert_eq!(told("item,verdict\n7,ok\n").iter().map(|found| found.1).collect::<Vec<_>>(), ["no-column"; 2]);
        let shown = file("id,label\n7,ok\n7.3E+18,ok\n").unwrap_err().to_string();
        assert!(
            shown.starts_with("1 problem in the labels, nothing is taken\n  ") && shown.contains("`7.3E+18` is a number that a spreadsheet has rounded"),
            "{shown}"
        );
    }

    #[test]
    fn numbers_of_workbooks() {
        use tribunal_analysis::workbook::{Cell, Column, Sheet, Workbook, to_xlsx};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.xlsx");
        let columns = ["~caption", "id", "label"].map(|name| Column::new(name, 20)).to_vec();
        let row = |id: Cell, label: &str| vec![Cell::text("text"), id, Cell::text(label)];
        let rows = vec![
            row(Cell::Number(7_301_234_567_890_123.0), "ok"),
            row(Cell::Number(999_999_999_999_999.0), "ok"),
            row(Cell::Number(7.5), "bad"),
            row(Cell::Bool(true), "bad"),
            row(Cell::text("7301234567890123"), "bad"),
        ];
        let sheet = Sheet { name: "Labels ana".to_owned(), columns, rows, ..Sheet::default() };
        std::fs::write(&path, to_xlsx(&Workbook { sheets: vec![sheet] }).unwrap()).unwrap();
        let read = LabelRows::read(&path).unwrap();
        let places: Vec<(&str, &str)> = read.problems.iter().map(|found| (found.place.rsplit('/').next().unwrap(), found.code)).collect();
        assert_eq!(
            places,
            [("labels.xlsx!Labels ana!B2", "rounded-id"), ("labels.xlsx!Labels ana!B4", "rounded-id"), ("labels.xlsx!Labels ana!B5", "rounded-id")]
        );
        assert_eq!(read.rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["", "999999999999999", "", "", "7301234567890123"]);
        assert!(read.rows.iter().all(|row| row.labeller == "ana"));
    }

    #[test]
    fn a_table_that_begins_elsewhere_keeps_its_places() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.xlsx");
        let mut book = rust_xlsxwriter::Workbook::new();
        let sheet = book.add_worksheet().set_name("Labels").unwrap();
        for (column, name) in (2..).zip(["id", "label"]) {
            sheet.write(3, column, name).unwrap();
        }
        sheet.write(4, 2, "7").unwrap().write(4, 3, "ok").unwrap();
        sheet.write(5, 2, 7.5).unwrap().write(5, 3, "ok").unwrap();
        book.save(&path).unwrap();
        let read = LabelRows::read(&path).unwrap();
        assert!(read.problems.len() == 1 && read.problems[0].place.ends_with("labels.xlsx!Labels!C6"), "{:?}", read.problems);
        assert_eq!(read.rows[0].place.cell("label").rsplit('!').next(), Some("D5"));
    }
}
