//! A workbook written back with what is wrong beside each row.

use std::collections::BTreeMap;

use super::problem::{Problem, Severity};
use crate::workbook::{Book, BookSheet, Cell, Column, Input, Sheet, Workbook};

/// The workbook as it came, with a column `~problem` on every sheet that has problems, cells at fault marked, and a first sheet
/// `Problems` that links to them. Formulas, dates and errors are written as texts.
pub fn annotate(book: &Book, problems: &[Problem]) -> Workbook {
    let mut sheets = vec![problems_sheet(book, problems)];
    sheets.extend(book.sheets.iter().filter(|sheet| !sheet.name.eq_ignore_ascii_case("Problems")).map(|sheet| page(sheet, problems)));
    Workbook { sheets }
}

fn problems_sheet(book: &Book, problems: &[Problem]) -> Sheet {
    let known = |name: &str| book.sheets.iter().any(|sheet| sheet.name == name);
    let rows = problems.iter().map(|problem| {
        let severity = if problem.severity == Severity::Error { "error" } else { "warning" };
        let place = if known(&problem.sheet) {
            let row = u32::try_from(problem.row.saturating_sub(1)).unwrap_or(0);
            let column = u16::try_from(problem.column.saturating_sub(1)).unwrap_or(0);
            Cell::Link(problem.sheet.clone(), row, column, problem.place.clone())
        } else {
            Cell::text(&problem.place)
        };
        vec![place, Cell::text(severity), Cell::text(&problem.message), Cell::text(&problem.help), Cell::text(&problem.code)]
    });
    let columns = [("place", 34), ("severity", 9), ("found", 60), ("what to do", 60), ("code", 24)];
    Sheet {
        name: "Problems".to_owned(),
        columns: columns.into_iter().map(|(name, width)| Column::new(name, width)).collect(),
        rows: rows.collect(),
        ..Sheet::default()
    }
}

fn page(sheet: &BookSheet, problems: &[Problem]) -> Sheet {
    let mine: Vec<&Problem> = problems.iter().filter(|problem| problem.sheet == sheet.name).collect();
    let width = sheet.rows.values().filter_map(|cells| cells.keys().last().copied()).max().map_or(0, |last| last + 1);
    let shown = |row: usize, column: usize| text(sheet.cell(row, column));
    let mut columns: Vec<Column> = (0..width).map(|column| Column::new(shown(0, column), 18)).collect();
    // An earlier annotation is replaced.
    let old = columns.iter().position(|column| column.name == "~problem");
    let at = old.unwrap_or(columns.len());
    if !mine.is_empty() && old.is_none() {
        columns.push(Column::new("~problem", 60));
    }
    let mut by_row: BTreeMap<usize, Vec<&Problem>> = BTreeMap::new();
    for problem in &mine {
        by_row.entry(problem.row).or_default().push(problem);
    }
    let last = sheet.rows.keys().last().copied().unwrap_or(0);
    let rows = (1..=last).map(|row| {
        let here = by_row.get(&(row + 1)).map(Vec::as_slice).unwrap_or_default();
        let mut cells: Vec<Cell> = (0..width)
            .map(|column| {
                let text = match sheet.cell(row, column) {
                    Input::Number(number) => return Cell::Number(*number),
                    Input::Bool(value) => return Cell::Bool(*value),
                    other => text(other),
                };
                if here.iter().any(|problem| problem.column == column + 1) { Cell::Marked(text) } else { Cell::text(text) }
            })
            .collect();
        if at >= cells.len() {
            cells.resize(at + 1, Cell::Blank);
        }
        if let Some(cell) = cells.get_mut(at) {
            let sentences: Vec<String> = here.iter().map(|problem| format!("{} – {}", problem.message, problem.help)).collect();
            *cell = Cell::text(sentences.join("\n"));
        }
        cells
    });
    Sheet { name: sheet.name.clone(), rows: rows.collect(), columns, hidden: sheet.name == super::base::BASE, table: false }
}

fn text(input: &Input) -> String {
    match input {
        Input::Blank => String::new(),
        Input::Text(text) | Input::Date(text) | Input::Time(text) | Input::Error(text) => text.clone(),
        Input::Number(number) => number.to_string(),
        Input::Bool(value) => value.to_string(),
        Input::Formula => "(formula)".to_owned(),
    }
}
