//! Labels that stand in a file of their own, joined by id.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use calamine::{Data, Reader as _, open_workbook_auto};
use serde::{Deserialize, Serialize};

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
    /// Where it stands: `labels.xlsx!Labels!B17` or `labels.csv:17`.
    pub place: String,
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

/// Reads all rows of a CSV, or of the sheets of a workbook whose name begins with `Labels`.
///
/// # Errors
///
/// When the file cannot be read, lacks a column, or holds an id that a spreadsheet has rounded or a day that is none.
pub fn rows(path: &Path) -> Result<Vec<LabelRow>, Error> {
    let shown = path.display().to_string();
    let is_csv = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let mut out = Vec::new();
    if is_csv {
        let mut table = csv::Reader::from_path(path).map_err(|error| Error::Input(format!("{shown}: {error}")))?;
        let header: Vec<String> = table
            .headers()
            .map_err(|error| Error::Input(format!("{shown}: {error}")))?
            .iter()
            .map(|name| name.trim_start_matches('\u{FEFF}').trim().to_lowercase())
            .collect();
        for record in table.records() {
            let record = record.map_err(|error| Error::Input(format!("{shown}: {error}")))?;
            let line = record.position().map_or(0, csv::Position::line);
            let cells: Vec<Cell> = record.iter().map(|cell| Cell::Text(cell.to_owned())).collect();
            out.extend(row(&header, &cells, format!("{shown}:{line}"), "")?);
        }
        return Ok(out);
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
        let header: Vec<String> = rows.next().unwrap_or_default().iter().map(|cell| cell.to_string().trim().to_lowercase()).collect();
        for (at, cells) in rows.enumerate() {
            let cells: Vec<Cell> = cells.iter().map(Cell::new).collect();
            out.extend(row(&header, &cells, format!("{shown}!{sheet}!{}", at + 2), &named)?);
        }
    }
    Ok(out)
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

fn row(header: &[String], cells: &[Cell], place: String, named: &str) -> Result<Option<LabelRow>, Error> {
    let column = |name: &str| header.iter().position(|column| column == name);
    let (Some(id), Some(label)) = (column("id"), column("label")) else {
        return Err(Error::Input(format!("{place}: the header needs the columns `id` and `label`")));
    };
    if cells.iter().all(|cell| matches!(cell, Cell::Text(text) if text.trim().is_empty())) {
        return Ok(None);
    }
    let id = cells.get(id).map(Cell::id).unwrap_or(Ok(String::new())).map_err(|why| Error::Input(format!("{place}: {why}")))?;
    let text = |at: Option<usize>| at.and_then(|at| cells.get(at)).map(Cell::text).unwrap_or_default();
    let labeller = text(column("labeller"));
    let labelled_on = text(column("labelled_on"));
    if !labelled_on.is_empty() && (labelled_on.len() != 10 || tribunal_policy::time::parse(&labelled_on).is_none()) {
        return Err(Error::Input(format!("{place}: `labelled_on` is `{labelled_on}`; write a day as 2026-11-28")));
    }
    Ok(Some(LabelRow {
        id,
        label: text(Some(label)),
        labeller: if labeller.is_empty() { named.to_owned() } else { labeller },
        rule: text(column("rule")),
        labelled_on,
        policy_version: text(column("policy_version")),
        place,
    }))
}

impl Labels {
    /// Labels of a CSV or a workbook.
    ///
    /// # Errors
    ///
    /// As [`rows`], and when an id has two different labels.
    pub fn read(path: &Path) -> Result<Labels, Error> {
        Labels::of(rows(path)?)
    }

    fn of(rows: Vec<LabelRow>) -> Result<Labels, Error> {
        let mut labels = Labels::default();
        for LabelRow { place, id, label, rule, .. } in rows {
            if label.is_empty() {
                labels.blank += 1;
                continue;
            }
            if !rule.is_empty() {
                labels.about_rules += 1;
                continue;
            }
            match labels.by_id.get(&id) {
                Some((known, _)) if *known == label => labels.doubled += 1,
                Some(_) => return Err(Error::Input(format!("{place}: the item `{id}` has two different labels"))),
                None => {
                    labels.by_id.insert(id, (label, AtomicBool::new(false)));
                }
            }
        }
        Ok(labels)
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
        assert!(file("id,label\n7,ok\n7,bad\n").is_err());
        assert!(file("id,verdict\n7,ok\n").is_err());
        assert!(file("id,label\n7300.0,ok\n").is_err());
        assert!(file("id,label\n7,ok\n7.3E+18,ok\n").unwrap_err().to_string().contains("labels.csv:3: `7.3E+18` is a number that a spreadsheet has rounded"));
        assert!(file("id,label,labelled_on\n7,ok,28.11.\n").unwrap_err().to_string().contains("labels.csv:2: `labelled_on` is `28.11.`"));
    }
}
