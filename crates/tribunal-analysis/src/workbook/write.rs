//! Writing: deterministic bytes, inert strings.

use rust_xlsxwriter::{
    Color, ConditionalFormatDataBar, DataValidation, DocProperties, ExcelDateTime, Format, FormatAlign, Table, TableColumn, Url, Workbook as Book, Worksheet,
    XlsxError,
};
use tribunal_text::words;

use super::{Cell, MAX_CELL, MAX_ROWS, Sheet, Shown, Workbook};

/// The bytes of an `.xlsx` file. A text over [`MAX_CELL`] units is cut and says by how much; rows over [`MAX_ROWS`] go on in
/// `NAME 2`.
///
/// # Errors
///
/// When a sheet's name cannot be one.
pub fn to_xlsx(workbook: &Workbook) -> Result<Vec<u8>, XlsxError> {
    let mut book = Book::new();
    // The library would write the moment of writing.
    let properties = DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?);
    book.set_properties(&properties);
    let formats = Formats::new();
    let mut tables = 0;
    for sheet in &workbook.sheets {
        for (name, rows) in parts(sheet, MAX_ROWS) {
            let page = book.add_worksheet();
            page.set_name(&name)?;
            write_sheet(page, sheet, rows, &formats, &mut tables)?;
        }
    }
    book.save_to_buffer()
}

/// A sheet in as many as its rows need, each with its name; one where there are none.
fn parts(sheet: &Sheet, most: usize) -> Vec<(String, &[Vec<Cell>])> {
    let rows = if sheet.rows.is_empty() { vec![[].as_slice()] } else { sheet.rows.chunks(most).collect() };
    let name = |part: usize| if part == 1 { sheet.name.clone() } else { format!("{} {part}", sheet.name) };
    (1..).zip(rows).map(|(part, rows)| (name(part), rows)).collect()
}

struct Formats {
    head: Format,
    text: Format,
    marked: Format,
    link: Format,
    number: Format,
    percent: Format,
    tenths: Format,
}

impl Formats {
    fn new() -> Formats {
        let text = Format::new().set_num_format("@").set_text_wrap().set_align(FormatAlign::Top);
        Formats {
            head: Format::new().set_bold().set_background_color(Color::RGB(0x00E7_ECF3)).set_align(FormatAlign::Top),
            marked: text.clone().set_background_color(Color::RGB(0x00FF_E9A8)),
            number: Format::new().set_align(FormatAlign::Top),
            percent: Format::new().set_num_format("0.00%").set_align(FormatAlign::Top),
            tenths: Format::new().set_num_format("#,##0.0").set_align(FormatAlign::Top),
            link: Format::new().set_font_color(Color::RGB(0x0005_63C1)).set_align(FormatAlign::Top),
            text,
        }
    }

    fn number(&self, column: Option<&super::Column>) -> &Format {
        match column.map(|column| column.shown) {
            Some(Shown::Percent) => &self.percent,
            Some(Shown::Tenths) => &self.tenths,
            Some(Shown::Plain) | None => &self.number,
        }
    }
}

fn write_sheet(page: &mut Worksheet, sheet: &Sheet, rows: &[Vec<Cell>], formats: &Formats, tables: &mut u32) -> Result<(), XlsxError> {
    let last_column = u16::try_from(sheet.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    let last_row = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    for (at, column) in (0_u16..).zip(&sheet.columns) {
        page.write_string_with_format(0, at, &column.name, &formats.head)?;
        page.set_column_format(at, &formats.text)?;
        if column.width > 0 {
            page.set_column_width(at, f64::from(column.width))?;
        }
        if !column.choices.is_empty() {
            let list = DataValidation::new().allow_list_strings(&column.choices)?.ignore_blank(true);
            page.add_data_validation(1, at, last_row.max(1) + 1000, at, &list)?;
        }
    }
    for (row, cells) in (1_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            write_cell(page, row, column, cell, formats.number(sheet.columns.get(usize::from(column))), formats)?;
        }
        // Not every program makes room for wrapped texts by itself.
        let lines = sheet.columns.iter().zip(cells).map(|(column, cell)| lines(cell, column.width)).max().unwrap_or(1);
        if lines > 1 {
            page.set_row_height(row, (f64::from(lines) * LINE).min(HIGHEST))?;
        }
    }
    page.set_freeze_panes(1, 0)?;
    // On paper: the width of one sheet, the header on each.
    page.set_landscape().set_print_fit_to_pages(1, 0).set_repeat_rows(0, 0)?;
    if sheet.table && !rows.is_empty() && !sheet.columns.is_empty() {
        *tables += 1;
        let heads: Vec<TableColumn> = sheet.columns.iter().map(|column| TableColumn::new().set_header(&column.name).set_header_format(&formats.head)).collect();
        page.add_table(0, 0, last_row, last_column, &Table::new().set_name(format!("Table{tables}")).set_columns(&heads))?;
    } else if !sheet.columns.is_empty() {
        page.autofilter(0, 0, last_row, last_column)?;
    }
    if last_row > 0 {
        for (at, _) in (0_u16..).zip(&sheet.columns).filter(|(_, column)| column.bars) {
            page.add_conditional_format(1, at, last_row, at, &ConditionalFormatDataBar::new())?;
        }
    }
    if sheet.hidden {
        page.set_hidden(true);
    }
    Ok(())
}

/// The height of a line, and the greatest of a row, in points.
const LINE: f64 = 15.0;
const HIGHEST: f64 = 409.0;

/// About how many lines a cell takes in a column of a width in characters: words that do not fit any more leave a tenth of it empty.
fn lines(cell: &Cell, width: u16) -> u16 {
    let (Cell::Text(text) | Cell::Marked(text)) = cell else { return 1 };
    let width = if width == 0 { 8 } else { usize::from(width) };
    // What is written in squares is twice as wide.
    let wide = |line: &str| line.chars().map(|c| if c >= '\u{1100}' { 2 } else { 1 }).sum::<usize>();
    let taken = text.split('\n').map(|line| (wide(line) * 11).div_ceil(width * 10).max(1)).sum::<usize>();
    u16::try_from(taken).unwrap_or(u16::MAX)
}

fn write_cell(page: &mut Worksheet, row: u32, column: u16, cell: &Cell, number_format: &Format, formats: &Formats) -> Result<(), XlsxError> {
    match cell {
        Cell::Blank => {}
        Cell::Text(text) => drop(page.write_string_with_format(row, column, fitting(text), &formats.text)?),
        Cell::Marked(text) => drop(page.write_string_with_format(row, column, fitting(text), &formats.marked)?),
        Cell::Number(number) => drop(page.write_number_with_format(row, column, *number, number_format)?),
        Cell::Bool(value) => drop(page.write_boolean(row, column, *value)?),
        Cell::Link(sheet, to_row, to_column, shown) => {
            let (sheet, to_row) = tribunal_policy::workbook::sheet_part(sheet, *to_row as usize);
            let place = format!("{}{}", tribunal_policy::source::column_letters(usize::from(*to_column)), to_row + 1);
            let url = Url::new(format!("internal:'{}'!{place}", sheet.replace('\'', "''"))).set_text(fitting(shown));
            page.write_url_with_format(row, column, url, &formats.link)?;
        }
    }
    Ok(())
}

/// A text that a cell can hold: cut at a word or, where one word fills it, at a character, saying how much is gone.
fn fitting(text: &str) -> String {
    let units: usize = text.chars().map(char::len_utf16).sum();
    if units <= MAX_CELL {
        return text.to_owned();
    }
    // Room for the sentence at the end.
    let mut room = MAX_CELL - 64;
    let fits = text.char_indices().find(|(_, c)| {
        let full = room < c.len_utf16();
        room = room.saturating_sub(c.len_utf16());
        full
    });
    let hard = fits.map_or(text.len(), |(at, _)| at);
    let mut cut = hard;
    let head = text.get(..hard).unwrap_or("");
    let mut last = 0;
    words::words(head, |word| last = word.start);
    if last > hard / 2 {
        cut = last;
    }
    let kept = text.get(..cut).unwrap_or("");
    let left = text.get(cut..).unwrap_or("").chars().count();
    format!("{kept}… ({left} characters cut)")
}

/// A cell of a CSV file as a spreadsheet program will not compute it: a quote goes before what would begin a formula. Undone
/// on reading where the column `~csv1` stands.
pub fn csv_guard(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) { format!("'{text}") } else { text.to_owned() }
}

/// A sheet as CSV (UTF-8, commas, LF), guarded, with the column `~csv1` that says so.
///
/// # Errors
///
/// As the writer.
pub fn to_csv(sheet: &Sheet) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let names = sheet.columns.iter().map(|column| column.name.as_str()).chain(["~csv1"]);
    writer.write_record(names)?;
    for row in &sheet.rows {
        let mut cells: Vec<String> = row
            .iter()
            .map(|cell| match cell {
                Cell::Blank => String::new(),
                Cell::Text(text) | Cell::Marked(text) | Cell::Link(_, _, _, text) => csv_guard(text),
                Cell::Number(number) => number.to_string(),
                Cell::Bool(value) => value.to_string().to_uppercase(),
            })
            .collect();
        cells.resize(sheet.columns.len() + 1, String::new());
        writer.write_record(&cells)?;
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_says_so() {
        let short = "é".repeat(MAX_CELL);
        assert_eq!(fitting(&short), short);
        let long = format!("{} {}", "word ".repeat(6_000), "🎰".repeat(4_000));
        let cut = fitting(&long);
        assert!(cut.encode_utf16().count() <= MAX_CELL);
        let left: usize = cut.rsplit_once('(').and_then(|(_, rest)| rest.split(' ').next()).and_then(|digits| digits.parse().ok()).unwrap_or(0);
        assert_eq!(cut.chars().take_while(|c| *c != '…').count() + left, long.chars().count());
    }

    #[test]
    fn more_rows_than_a_sheet_holds_go_on() {
        let sheet = Sheet { name: "Flips".to_owned(), rows: (0..5).map(|at| vec![Cell::count(at)]).collect(), ..Sheet::default() };
        let told: Vec<(String, usize)> = parts(&sheet, 2).into_iter().map(|(name, rows)| (name, rows.len())).collect();
        assert_eq!(told, [("Flips".to_owned(), 2), ("Flips 2".to_owned(), 2), ("Flips 3".to_owned(), 1)]);
        assert_eq!(parts(&Sheet::default(), 2).len(), 1);
    }

    #[test]
    fn a_wrapped_text_has_room() {
        for (text, taken) in [("", 1), ("live", 1), ("a\nb", 2), ("0123456789", 2), ("012345678", 1), ("拳銃拳銃拳銃", 2), (&*"x".repeat(100), 11)] {
            assert_eq!(lines(&Cell::Text(text.to_owned()), 10), taken, "{text}");
        }
        assert_eq!(lines(&Cell::Number(1e9), 1), 1);
    }

    #[test]
    fn what_a_spreadsheet_would_compute_is_guarded() {
        for (text, guarded) in [("=1+1", "'=1+1"), ("@x", "'@x"), ("'x", "''x"), ("x=1", "x=1"), ("\t=1", "'\t=1")] {
            assert_eq!(csv_guard(text), guarded);
        }
    }
}
