//! Workbooks and CSV as tables: what stands in each cell, and what a spreadsheet has made of it.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};

/// What stands in a cell that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Input {
    /// Nothing.
    #[default]
    Blank,
    /// A text.
    Text(String),
    /// A number.
    Number(f64),
    /// A yes or no.
    Bool(bool),
    /// A date without a time, `2026-11-01`.
    Date(String),
    /// A time, a duration, or a date with a time; as shown.
    Time(String),
    /// `#N/A` and its kind.
    Error(String),
    /// A formula, whatever it last gave.
    Formula,
}

impl Input {
    /// Whether nothing stands there, white space aside.
    pub fn is_blank(&self) -> bool {
        match self {
            Input::Blank => true,
            Input::Text(text) => text.trim_matches(is_outer_blank).is_empty(),
            _ => false,
        }
    }
}

/// White space at the ends of a cell, the no-break space too.
pub fn is_outer_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{A0}'
}

/// A file that was read.
///
/// ```
/// use tribunal_policy::workbook::{Input, read_csv};
///
/// let book = read_csv("slurs.csv", "slurs", b"term,note\nslurone,")?;
/// let sheet = book.sheet("slurs").ok_or("the only one")?;
/// assert_eq!((sheet.cell(1, 0), sheet.cell(1, 1)), (&Input::Text("slurone".to_owned()), &Input::Blank));
/// assert_eq!(book.place(sheet, 1, 0), "slurs.csv!A2");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Book {
    /// The file's name, for places.
    pub name: String,
    /// Its sheets in order, hidden ones too.
    pub sheets: Vec<BookSheet>,
    /// It was one sheet of CSV.
    pub csv: bool,
}

impl Book {
    /// The sheet of that name, ASCII case ignored.
    pub fn sheet(&self, name: &str) -> Option<&BookSheet> {
        self.sheets.iter().find(|sheet| sheet.name.eq_ignore_ascii_case(name))
    }

    /// How a message names a cell: `file.xlsx!Sheet!B17`, of a CSV file `file.csv!B17`; both zero-based.
    pub fn place(&self, sheet: &BookSheet, row: usize, column: usize) -> String {
        let (name, at) = if self.csv { (String::new(), row) } else { sheet_part(&sheet.name, row) };
        let cell = format!("{}{}", crate::source::column_letters(column), at + 1);
        if self.csv { format!("{}!{cell}", self.name) } else { format!("{}!{name}!{cell}", self.name) }
    }
}

/// A sheet that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BookSheet {
    /// Its name.
    pub name: String,
    /// Cells that are not blank, by zero-based row, by zero-based column.
    pub rows: BTreeMap<usize, BTreeMap<usize, Input>>,
    /// It has merged cells.
    pub merged: bool,
}

impl BookSheet {
    fn put(&mut self, (row, column): (u32, u32), input: Input) {
        self.rows.entry(row as usize).or_default().insert(column as usize, input);
    }

    /// What stands in a cell.
    pub fn cell(&self, row: usize, column: usize) -> &Input {
        self.rows.get(&row).and_then(|cells| cells.get(&column)).unwrap_or(&Input::Blank)
    }
}

/// Why a file is no workbook that can be read; each message says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BookError {
    /// An old or password-protected workbook.
    OldOrEncrypted,
    /// OpenDocument.
    OpenDocument,
    /// With macros.
    Macros,
    /// Not UTF-8.
    Encoding,
    /// Anything else.
    Broken(String),
}

impl std::fmt::Display for BookError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BookError::OldOrEncrypted => f.write_str("this is an old workbook (.xls) or one with a password: save it as .xlsx without a password"),
            BookError::OpenDocument => f.write_str("this is an OpenDocument file: save it as .xlsx"),
            BookError::Macros => f.write_str("this workbook holds macros: save it as .xlsx, not .xlsm"),
            BookError::Encoding => f.write_str("this file is not UTF-8: save it as “CSV UTF-8”"),
            BookError::Broken(why) => write!(f, "this file cannot be read as a workbook ({why}): open it and save it as .xlsx again"),
        }
    }
}

impl std::error::Error for BookError {}

/// Reads an `.xlsx` file.
///
/// # Errors
///
/// [`BookError`], a sentence that says what to save it as.
pub fn read_xlsx(name: &str, bytes: &[u8]) -> Result<Book, BookError> {
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(BookError::OldOrEncrypted);
    }
    if bytes.get(30..).is_some_and(|rest| rest.starts_with(b"mimetypeapplication/vnd.oasis")) {
        return Err(BookError::OpenDocument);
    }
    if holds(b"vbaProject.bin") {
        return Err(BookError::Macros);
    }
    let broken = |error: calamine::XlsxError| BookError::Broken(error.to_string());
    let mut xlsx = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let mut book = Book { name: name.to_owned(), ..Book::default() };
    for sheet in xlsx.sheet_names() {
        let merged = xlsx.merge_cells_by_sheet_name(&sheet).is_ok_and(|cells| !cells.is_empty());
        let mut read = BookSheet { name: sheet.clone(), rows: BTreeMap::new(), merged };
        // Cell by cell: a lone cell in the last row and column must not cost a table of billions.
        let mut cells = xlsx.worksheet_cells_reader(&sheet).map_err(broken)?;
        while let Some(cell) = cells.next_cell().map_err(broken)? {
            let found = input(&Data::from(cell.get_value().clone()));
            if found != Input::Blank {
                read.put(cell.get_position(), found);
            }
        }
        drop(cells);
        let mut formulas = xlsx.worksheet_cells_reader(&sheet).map_err(broken)?;
        while let Some(cell) = formulas.next_formula().map_err(broken)? {
            if !cell.get_value().is_empty() {
                read.put(cell.get_position(), Input::Formula);
            }
        }
        book.sheets.push(read);
    }
    book.sheets = joined(book.sheets, SHEET_ROWS);
    Ok(book)
}

/// The most rows of a sheet, its header among them.
pub const SHEET_ROWS: usize = 1_048_576;

/// Where a row of a sheet that goes on in others stands: the name of that sheet, and its zero-based row there.
///
/// ```
/// use tribunal_policy::workbook::{SHEET_ROWS, sheet_part};
///
/// assert_eq!(sheet_part("Terms", SHEET_ROWS - 1), ("Terms".to_owned(), SHEET_ROWS - 1));
/// assert_eq!(sheet_part("Terms", SHEET_ROWS), ("Terms 2".to_owned(), 1));
/// ```
pub fn sheet_part(name: &str, row: usize) -> (String, usize) {
    // Below its header each holds one row less.
    match row.checked_sub(SHEET_ROWS) {
        None => (name.to_owned(), row),
        Some(over) => (format!("{name} {}", over / (SHEET_ROWS - 1) + 2), over % (SHEET_ROWS - 1) + 1),
    }
}

/// Puts the sheets in which a long one goes on (`NAME 2`, `NAME 3`, …) behind it, as [`sheet_part`] counts. One of that name
/// belongs to it only where the one before is full and both have the same header.
fn joined(sheets: Vec<BookSheet>, most: usize) -> Vec<BookSheet> {
    // How many sheets each of them is so far.
    let mut found: Vec<(BookSheet, usize)> = Vec::new();
    for mut sheet in sheets {
        let whole = found.iter_mut().find(|(whole, parts)| {
            let full = whole.rows.contains_key(&(parts * (most - 1)));
            full && sheet.name == format!("{} {}", whole.name, *parts + 1) && sheet.rows.get(&0) == whole.rows.get(&0)
        });
        match whole {
            Some((whole, parts)) => {
                sheet.rows.remove(&0);
                whole.rows.extend(sheet.rows.into_iter().map(|(row, cells)| (row + *parts * (most - 1), cells)));
                whole.merged |= sheet.merged;
                *parts += 1;
            }
            None => found.push((sheet, 1)),
        }
    }
    found.into_iter().map(|(sheet, _)| sheet).collect()
}

fn input(data: &Data) -> Input {
    match data {
        Data::Empty => Input::Blank,
        Data::String(text) if text.is_empty() => Input::Blank,
        Data::String(text) => Input::Text(text.clone()),
        #[expect(clippy::cast_precision_loss, reason = "a spreadsheet's numbers are doubles")]
        Data::Int(number) => Input::Number(*number as f64),
        Data::Float(number) => Input::Number(*number),
        Data::Bool(value) => Input::Bool(*value),
        Data::DateTime(date) if date.is_datetime() => {
            let (year, month, day, hour, minute, second, milli) = date.to_ymd_hms_milli();
            // Before its first day a spreadsheet counts hours, not dates.
            if date.as_f64() < 1.0 {
                Input::Time(format!("{hour:02}:{minute:02}"))
            } else if (hour, minute, second, milli) == (0, 0, 0, 0) {
                Input::Date(format!("{year:04}-{month:02}-{day:02}"))
            } else {
                Input::Time(format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}"))
            }
        }
        Data::DateTime(duration) => Input::Time(duration.as_f64().to_string()),
        Data::DateTimeIso(text) => match text.split_once('T') {
            None => Input::Date(text.clone()),
            Some((date, time)) if time.bytes().all(|b| matches!(b, b'0' | b':' | b'.' | b'Z')) => Input::Date(date.to_owned()),
            Some(_) => Input::Time(text.clone()),
        },
        Data::DurationIso(text) => Input::Time(text.clone()),
        Data::Error(error) => Input::Error(error.to_string()),
    }
}

/// The separator that the header line holds most of: `,`, `;` or a tab.
pub fn csv_delimiter(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or("");
    let count = |separator: u8| header.bytes().filter(|byte| *byte == separator).count();
    [b',', b';', b'\t'].into_iter().max_by_key(|separator| (count(*separator), *separator == b',')).unwrap_or(b',')
}

/// Reads a CSV file (UTF-8, with or without a byte-order mark) as a book of one sheet named `sheet`. Where a column `~csv1`
/// stands, the quotes that guard against formulas are taken off.
///
/// # Errors
///
/// [`BookError`] when it is not UTF-8 or cannot be parsed.
pub fn read_csv(name: &str, sheet: &str, bytes: &[u8]) -> Result<Book, BookError> {
    let text = std::str::from_utf8(bytes).map_err(|_| BookError::Encoding)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new().delimiter(csv_delimiter(text)).flexible(true).has_headers(false).from_reader(text.as_bytes());
    let mut read = BookSheet { name: sheet.to_owned(), ..BookSheet::default() };
    let mut guarded = false;
    for (row, record) in reader.records().enumerate() {
        let record = record.map_err(|error| BookError::Broken(error.to_string()))?;
        if row == 0 {
            guarded = record.iter().any(|cell| cell.trim().eq_ignore_ascii_case("~csv1"));
        }
        let unguard = |cell: &str| if guarded { cell.strip_prefix('\'').unwrap_or(cell).to_owned() } else { cell.to_owned() };
        let cells = record.iter().enumerate().filter(|(_, cell)| !cell.is_empty()).map(|(column, cell)| (column, Input::Text(unguard(cell))));
        read.rows.insert(row, cells.collect());
    }
    Ok(Book { name: name.to_owned(), sheets: vec![read], csv: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(name: &str, cells: &[&str]) -> BookSheet {
        let row = |(at, cell): (usize, &&str)| (at, BTreeMap::from([(0, Input::Text((*cell).to_owned()))]));
        BookSheet { name: name.to_owned(), rows: cells.iter().enumerate().map(row).collect(), merged: false }
    }

    #[test]
    fn a_sheet_that_goes_on_is_one() {
        let parts = [sheet("a", &["term", "1", "2"]), sheet("b", &["term", "x"]), sheet("a 2", &["term", "3", "4"]), sheet("a 3", &["term", "5"])];
        assert_eq!(joined(parts.to_vec(), 3), [sheet("a", &["term", "1", "2", "3", "4", "5"]), sheet("b", &["term", "x"])]);
        // Not full, or with another header: a sheet of its own.
        let others = [sheet("a", &["term", "1"]), sheet("a 2", &["term", "2"]), sheet("c", &["term", "1", "2"]), sheet("c 2", &["word", "3"])];
        assert_eq!(joined(others.to_vec(), 3), others);
        assert_eq!(sheet_part("a", 2 * SHEET_ROWS - 2), ("a 2".to_owned(), SHEET_ROWS - 1));
        assert_eq!(sheet_part("a", 2 * SHEET_ROWS - 1), ("a 3".to_owned(), 1));
    }
}
