//! Candidates as a sheet for people to decide on; `sheet import` takes their decisions up.

use tribunal_analysis::workbook::{Cell, Column, Sheet, Workbook, to_xlsx};

use super::Trends;
use crate::error::Error;

/// Columns and their widths; those with `~` are to read.
const COLUMNS: [(&str, u16); 13] = [
    ("key", 18),
    ("list", 22),
    ("term", 28),
    ("accept", 9),
    ("reason", 40),
    ("owner", 16),
    ("since", 12),
    ("until", 12),
    ("~near", 22),
    ("~transformation", 22),
    ("~items", 9),
    ("~authors", 9),
    ("~score", 9),
];

/// Sheets and columns.
const GLOSSARY: &[(&str, &str)] = &[
    ("Candidates", "one row a candidate; set `accept` to yes or no, say the `reason`, and bring the workbook back with `tribunal sheet import`"),
    ("key", "what the candidate is known by, also where it is masked"),
    ("list", "the list that it is proposed for"),
    ("term", "as it was written; masked where the list is sensitive"),
    ("accept", "yes: it becomes a term; no: it is not proposed again; blank: not decided"),
    ("reason", "why"),
    ("owner", "who says so"),
    ("since", "the first day of the term; blank: the day of the import"),
    ("until", "its last day"),
    ("~near", "the term that it is near"),
    ("~transformation", "what was done to that term"),
    ("~items", "in how many items it stands"),
    ("~authors", "of how many authors"),
    ("~score", "how much it stands out"),
];

impl Trends {
    /// The variants as a workbook: `About`, and `Candidates` with a column to tick.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn sheet(&self) -> Result<Vec<u8>, Error> {
        let facts = [("format", "tribunal-report/1"), ("policy", self.policy_id.as_str()), ("base", &self.policy), ("content", "sensitive lists masked")];
        let about = facts.map(|(key, value)| vec![Cell::text(key), Cell::text(value)]).into();
        let rows = self.variants.iter().map(|variant| {
            let mut row = [&variant.key, &variant.list, &variant.text].map(Cell::text).to_vec();
            row.extend([const { Cell::Blank }; 5]);
            row.extend([Cell::text(&variant.term), Cell::text(&variant.transformation)]);
            row.extend([Cell::count(variant.count), Cell::count(variant.authors), Cell::Number((variant.score * 100.0).round() / 100.0)]);
            row
        });
        let column = |(name, width): (&str, u16)| if name == "accept" { Column::new(name, width).choices(&["yes", "no"]) } else { Column::new(name, width) };
        let candidates = Sheet { name: "Candidates".to_owned(), columns: COLUMNS.map(column).into(), rows: rows.collect(), table: true, ..Sheet::default() };
        let columns = vec![Column::new("key", 14), Column::new("value", 80)];
        let about = Sheet { name: "About".to_owned(), columns, rows: about, ..Sheet::default() };
        Ok(to_xlsx(&Workbook { sheets: vec![about, candidates, Sheet::glossary(GLOSSARY)] })?)
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
        assert_eq!(rows[0], COLUMNS.map(|(name, _)| name));
        assert_eq!(rows[2][..4], [variant("=cmd()").key, "arms".to_owned(), "=cmd()".to_owned(), String::new()], "a text, no formula, and not decided");
    }
}
