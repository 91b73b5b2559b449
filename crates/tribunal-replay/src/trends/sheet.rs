//! Candidates as a sheet for people to decide on; `sheet import` takes their decisions up.

use rust_xlsxwriter::{DataValidation, DocProperties, ExcelDateTime, Format, Table, Workbook};

use super::Trends;
use crate::error::Error;

const COLUMNS: [&str; 13] = ["key", "list", "term", "accept", "reason", "owner", "since", "until", "~near", "~transformation", "~items", "~authors", "~score"];

impl Trends {
    /// The variants as a workbook: `About`, and `Candidates` with a column to tick.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn sheet(&self) -> Result<Vec<u8>, Error> {
        let mut book = Workbook::new();
        // No clock: the same inputs give the same bytes.
        book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?));
        let about = book.add_worksheet();
        about.set_name("About")?;
        let facts =
            [("key", "value"), ("format", "tribunal-report/1"), ("policy", &self.policy_id), ("base", &self.policy), ("content", "sensitive lists masked")];
        for (at, (key, value)) in (0_u32..).zip(facts) {
            about.write_string(at, 0, key)?.write_string(at, 1, value)?;
        }
        let text = Format::new().set_num_format("@");
        let sheet = book.add_worksheet();
        sheet.set_name("Candidates")?;
        for (at, name) in (0_u16..).zip(COLUMNS) {
            sheet.write_string(0, at, name)?;
        }
        let mut last = 0;
        for (row, variant) in (1_u32..).zip(&self.variants) {
            last = row;
            for (at, value) in [(0, &variant.key), (1, &variant.list), (2, &variant.text), (8, &variant.term), (9, &variant.transformation)] {
                sheet.write_string_with_format(row, at, value, &text)?;
            }
            #[expect(clippy::cast_precision_loss, reason = "a number for people")]
            for (at, number) in [(10, variant.count as f64), (11, variant.authors as f64), (12, variant.score)] {
                sheet.write_number(row, at, number)?;
            }
        }
        if last > 0 {
            let columns = u16::try_from(COLUMNS.len()).unwrap_or(1);
            sheet.add_table(0, 0, last, columns - 1, &Table::new())?;
            sheet.add_data_validation(1, 3, last, 3, &DataValidation::new().allow_list_strings(&["yes", "no"])?)?;
        }
        sheet.set_freeze_panes(1, 0)?.set_column_width(0, 18)?.set_column_width(2, 28)?.set_column_width(4, 40)?;
        Ok(book.save_to_buffer()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trends::Variant;

    #[test]
    fn a_sheet_to_tick() {
        let variant = |text: &str| Variant {
            key: tribunal_analysis::sheets::candidate_key("arms", text),
            text: text.to_owned(),
            term: "glock".to_owned(),
            list: "arms".to_owned(),
            transformation: "spelt alike".to_owned(),
            count: 2,
            authors: 2,
            acted: 0.0,
            score: 3.0,
        };
        let found = Trends {
            format: super::super::FORMAT.to_owned(),
            policy_id: "demo".to_owned(),
            policy: "b3:1".to_owned(),
            items: (1, 0),
            against: String::new(),
            family: 0,
            rising: vec![],
            variants: vec![variant("gl0ck"), variant("=cmd()")],
            gaps: vec![],
        };
        let bytes = found.sheet().unwrap();
        assert_eq!(bytes, found.sheet().unwrap(), "the same bytes each time");
        let mut book: calamine::Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
        let range = calamine::Reader::worksheet_range(&mut book, "Candidates").unwrap();
        let rows: Vec<Vec<String>> = range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        assert_eq!(rows[0], COLUMNS);
        assert_eq!(rows[2][..4], [variant("=cmd()").key, "arms".to_owned(), "=cmd()".to_owned(), String::new()], "a text, no formula, and not decided");
    }
}
