//! Candidates as a sheet for people to decide on, and their decisions read back: ticks become entries of term lists, what was
//! turned down is not proposed again.

use std::collections::BTreeMap;
use std::path::Path;

use calamine::{Reader as _, open_workbook_auto};
use rust_xlsxwriter::{DataValidation, DocProperties, ExcelDateTime, Format, Table, Workbook};
use serde_json::Value as Json;

use super::Trends;
use crate::error::Error;

const COLUMNS: [&str; 11] = ["list", "term", "accept", "reason", "owner", "until", "~near", "~transformation", "~items", "~authors", "~score"];

/// What somebody decided on a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The list it would stand in.
    pub list: String,
    /// The form.
    pub term: String,
    /// Taken, or turned down.
    pub accept: bool,
    /// Why.
    pub reason: String,
    /// Its last day, if it has one.
    pub until: String,
}

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
        let facts = [("key", "value"), ("format", "tribunal-report/1"), ("base", &self.policy), ("content", "sensitive lists masked")];
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
            for (at, value) in [(0, &variant.list), (1, &variant.text), (6, &variant.term), (7, &variant.transformation)] {
                sheet.write_string_with_format(row, at, value, &text)?;
            }
            #[expect(clippy::cast_precision_loss, reason = "a number for people")]
            for (at, number) in [(8, variant.count as f64), (9, variant.authors as f64), (10, variant.score)] {
                sheet.write_number(row, at, number)?;
            }
        }
        if last > 0 {
            let columns = u16::try_from(COLUMNS.len()).unwrap_or(1);
            sheet.add_table(0, 0, last, columns - 1, &Table::new())?;
            sheet.add_data_validation(1, 2, last, 2, &DataValidation::new().allow_list_strings(&["yes", "no"])?)?;
        }
        sheet.set_freeze_panes(1, 0)?.set_column_width(1, 28)?;
        Ok(book.save_to_buffer()?)
    }
}

/// Reads decisions back; rows without one are left out.
///
/// # Errors
///
/// When there is no such sheet, or a row is decided without a reason, neither yes nor no, or masked.
pub fn decided(path: &Path) -> Result<Vec<Decided>, Error> {
    let shown = path.display().to_string();
    let mut book = open_workbook_auto(path).map_err(|error| Error::Input(format!("{shown}: {error}")))?;
    let range = book.worksheet_range("Candidates").map_err(|error| Error::Input(format!("{shown}!Candidates: {error}")))?;
    let mut rows = range.rows();
    let header: Vec<String> = rows.next().unwrap_or_default().iter().map(|cell| cell.to_string().trim().to_lowercase()).collect();
    let mut out = Vec::new();
    for (at, cells) in rows.enumerate() {
        let place = format!("{shown}!Candidates!{}", at + 2);
        let text = |name: &str| -> String {
            let at = header.iter().position(|column| column == name);
            at.and_then(|at| cells.get(at)).map(|cell| cell.to_string().trim().to_owned()).unwrap_or_default()
        };
        let accept = match text("accept").to_lowercase().as_str() {
            "" => continue,
            "yes" | "true" | "x" => true,
            "no" | "false" => false,
            other => return Err(Error::Input(format!("{place}: `{other}` is neither yes nor no"))),
        };
        let (list, term, reason) = (text("list"), text("term"), text("reason"));
        if reason.is_empty() {
            return Err(Error::Input(format!("{place}: a decision needs a reason")));
        }
        if accept && term.contains('•') {
            return Err(Error::Input(format!("{place}: the term is masked, its list is sensitive: write it into the list by hand")));
        }
        if list.is_empty() || term.is_empty() {
            return Err(Error::Input(format!("{place}: the columns `list` and `term` are empty")));
        }
        out.push(Decided { list, term, accept, reason, until: text("until") });
    }
    Ok(out)
}

/// What was accepted, as entries of term lists: with where they come from, since when, and why.
pub fn entries(decided: &[Decided], on: &str) -> String {
    let mut lists: BTreeMap<&str, Vec<&Decided>> = BTreeMap::new();
    for row in decided.iter().filter(|row| row.accept) {
        lists.entry(&row.list).or_default().push(row);
    }
    let quoted = |text: &str| Json::String(text.to_owned()).to_string();
    let mut out = String::new();
    for (list, rows) in lists {
        out.push_str(&format!("{list}:\n"));
        for row in rows {
            let until = if row.until.is_empty() { String::new() } else { format!(", until: {}", row.until) };
            out.push_str(&format!("  - {{term: {}, source: trends, since: {on}{until}, note: {}}}\n", quoted(&row.term), quoted(&row.reason)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trends::Variant;

    #[test]
    fn ticks_become_entries() {
        let variant = |text: &str| Variant {
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
            policy: "b3:1".to_owned(),
            items: (1, 0),
            against: String::new(),
            family: 0,
            rising: vec![],
            variants: vec![variant("gl0ck"), variant("=cmd()"), variant("clock")],
            gaps: vec![],
        };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("candidates.xlsx");
        let bytes = found.sheet().unwrap();
        assert_eq!(bytes, found.sheet().unwrap(), "the same bytes each time");
        std::fs::write(&path, &bytes).unwrap();
        assert!(decided(&path).unwrap().is_empty(), "nobody decided yet");
        // Somebody decides.
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.set_name("Candidates").unwrap();
        let rows =
            [["list", "term", "accept", "reason"], ["arms", "gl0ck", "yes", "seen in sales"], ["arms", "clock", "no", "a clock"], ["arms", "=cmd()", "", ""]];
        for (row, cells) in (0_u32..).zip(rows) {
            for (at, cell) in (0_u16..).zip(cells) {
                sheet.write_string(row, at, cell).unwrap();
            }
        }
        book.save(&path).unwrap();
        let decided = decided(&path).unwrap();
        assert_eq!(decided.iter().map(|row| (row.term.as_str(), row.accept)).collect::<Vec<_>>(), [("gl0ck", true), ("clock", false)]);
        assert_eq!(entries(&decided, "2026-12-01"), "arms:\n  - {term: \"gl0ck\", source: trends, since: 2026-12-01, note: \"seen in sales\"}\n");
    }
}
