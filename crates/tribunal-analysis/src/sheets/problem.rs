//! Problems by cell.

use serde::{Deserialize, Serialize};

use tribunal_policy::workbook::sheet_part;

use super::codes::SheetCode;

/// How bad a problem is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is taken from the workbook.
    Error,
    /// Worth a look.
    Warning,
}

/// One problem of a workbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The stable code.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// `file.xlsx!Sheet!B17`.
    pub place: String,
    /// The sheet.
    pub sheet: String,
    /// Row from 1 as a spreadsheet shows it; 0: the sheet as a whole.
    pub row: usize,
    /// Column from 1; 0: the row as a whole.
    pub column: usize,
    /// What was found.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl Problem {
    pub(crate) fn new(code: &SheetCode, at: &At<'_>, message: impl Into<String>, help: impl Into<String>) -> Problem {
        Problem {
            code: code.id.to_owned(),
            severity: code.severity,
            place: at.place(),
            sheet: at.sheet.to_owned(),
            row: at.row.map_or(0, |row| row + 1),
            column: at.column.map_or(0, |column| column + 1),
            message: message.into(),
            help: help.into(),
        }
    }
}

/// A place in a workbook; row and column from zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'a> {
    pub(crate) file: &'a str,
    pub(crate) csv: bool,
    pub(crate) sheet: &'a str,
    pub(crate) row: Option<usize>,
    pub(crate) column: Option<usize>,
}

impl At<'_> {
    pub(crate) fn place(&self) -> String {
        let mut place = self.file.to_owned();
        let (sheet, row) = match self.row {
            Some(row) if !self.csv => {
                let (sheet, row) = sheet_part(self.sheet, row);
                (sheet, Some(row))
            }
            row => (self.sheet.to_owned(), row),
        };
        if !self.csv && !sheet.is_empty() {
            place.push('!');
            place.push_str(&sheet);
        }
        if let Some(row) = row {
            place.push_str(&format!("!{}{}", tribunal_policy::source::column_letters(self.column.unwrap_or(0)), row + 1));
        }
        place
    }
}
