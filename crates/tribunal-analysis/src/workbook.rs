//! Workbooks and CSV, out and in: tables of plain cells, nothing that computes.
//!
//! What is written is never a formula, a link to the outside or a macro, and holds no clock: the same tables give the same
//! bytes. What is read keeps apart what a spreadsheet has made of a text (a number, a date, an error, a formula), so that the
//! caller can say so at its cell.

mod write;

pub use rust_xlsxwriter::XlsxError;
pub(crate) use tribunal_policy::workbook::is_outer_blank;
pub use tribunal_policy::workbook::{Book, BookError, BookSheet, Input, csv_delimiter, read_csv, read_xlsx};
pub use write::{csv_guard, to_csv, to_xlsx};

/// A workbook to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workbook {
    /// Its sheets, in order.
    pub sheets: Vec<Sheet>,
}

/// A sheet: a header and rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// At most 31 characters, none of `[]:*?/\`.
    pub name: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// Rows; a short one ends in blanks.
    pub rows: Vec<Vec<Cell>>,
    /// Not shown by a spreadsheet program.
    pub hidden: bool,
    /// Written as one table, ready to pivot.
    pub table: bool,
}

impl Sheet {
    /// The sheet `Glossary`: what names of sheets and columns mean.
    ///
    /// ```
    /// let sheet = tribunal_analysis::workbook::Sheet::glossary(&[("rule", "the name of a rule")]);
    /// assert_eq!((sheet.name.as_str(), sheet.rows.len()), ("Glossary", 1));
    /// ```
    pub fn glossary(words: &[(&str, &str)]) -> Sheet {
        Sheet {
            name: "Glossary".to_owned(),
            columns: vec![Column::new("name", 16), Column::new("meaning", 100)],
            rows: words.iter().map(|(name, meaning)| vec![Cell::text(*name), Cell::text(*meaning)]).collect(),
            ..Sheet::default()
        }
    }
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// What stands in row 1.
    pub name: String,
    /// Width in characters; 0: the program's own.
    pub width: u16,
    /// Words a cell may hold: a drop-down.
    pub choices: Vec<String>,
    /// How numbers are shown.
    pub shown: Shown,
    /// Numbers have a bar behind them, as long as they are large.
    pub bars: bool,
}

/// How the numbers of a column are shown; they are kept as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// As the program does.
    #[default]
    Plain,
    /// A share in percent.
    Percent,
    /// With one place behind the point.
    Tenths,
}

impl Column {
    /// A column of a width.
    pub fn new(name: impl Into<String>, width: u16) -> Column {
        Column { name: name.into(), width, ..Column::default() }
    }

    /// With a drop-down.
    #[must_use]
    pub fn choices(mut self, words: &[&str]) -> Column {
        self.choices = words.iter().map(|word| (*word).to_owned()).collect();
        self
    }
}

/// A cell to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Cell {
    /// Nothing.
    #[default]
    Blank,
    /// A text, never a formula.
    Text(String),
    /// A text that stands out: changed, or wrong.
    Marked(String),
    /// A number.
    Number(f64),
    /// A yes or no.
    Bool(bool),
    /// A link to a cell of the same workbook: sheet, zero-based row and column, and what is shown.
    Link(String, u32, u16, String),
}

impl Cell {
    /// A text, or a blank for an empty one.
    pub fn text(text: impl Into<String>) -> Cell {
        let text = text.into();
        if text.is_empty() { Cell::Blank } else { Cell::Text(text) }
    }

    /// A whole number.
    #[expect(clippy::cast_precision_loss, reason = "counts of rows and hits stay far below 2^53")]
    pub fn count(number: u64) -> Cell {
        Cell::Number(number as f64)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::text(text)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Cell {
        Cell::count(number)
    }
}

impl From<Option<f64>> for Cell {
    fn from(number: Option<f64>) -> Cell {
        number.filter(|number| number.is_finite()).map_or(Cell::Blank, Cell::Number)
    }
}

/// The most characters (UTF-16 units) of a cell.
pub const MAX_CELL: usize = 32_767;
/// The most rows of a sheet below its header.
pub const MAX_ROWS: usize = tribunal_policy::workbook::SHEET_ROWS - 1;
