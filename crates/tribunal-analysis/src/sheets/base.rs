//! What a workbook was exported from, kept in it: the manifest on `About`, and the rows on the hidden sheet `Base`.

use std::collections::BTreeMap;

use super::row::TermRow;
use crate::workbook::{Book, Cell, Column, Input, Sheet};

/// The sheet `About`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct About(pub(crate) Vec<(String, String)>);

impl About {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn sheet(&self) -> Sheet {
        Sheet {
            name: "About".to_owned(),
            columns: vec![Column::new("name", 22), Column::new("value", 80)],
            rows: self.0.iter().map(|(name, value)| vec![Cell::text(name), Cell::text(value)]).collect(),
            ..Sheet::default()
        }
    }

    pub(crate) fn read(book: &Book) -> Option<About> {
        let sheet = book.sheet("About")?;
        let text = |input: &Input| match input {
            Input::Text(text) => text.trim().to_owned(),
            Input::Number(number) => number.to_string(),
            _ => String::new(),
        };
        Some(About(sheet.rows.keys().filter(|row| **row > 0).map(|row| (text(sheet.cell(*row, 0)), text(sheet.cell(*row, 1)))).collect()))
    }
}

/// The rows as they were exported, by list, by key.
pub(crate) type Base = BTreeMap<String, BTreeMap<String, TermRow>>;

pub(crate) const BASE: &str = "Base";

/// The hidden sheet that keeps them.
pub(crate) fn base_sheet(rows: impl Iterator<Item = (String, String, String)>) -> Sheet {
    Sheet {
        name: BASE.to_owned(),
        columns: vec![Column::new("list", 20), Column::new("key", 20), Column::new("content", 80)],
        rows: rows.map(|(list, key, content)| vec![Cell::text(list), Cell::text(key), Cell::text(content)]).collect(),
        hidden: true,
        ..Sheet::default()
    }
}

/// Reads it; a row whose content is not what its key was made of is left out.
pub(crate) fn read_base(book: &Book) -> (Base, BTreeMap<String, BTreeMap<String, String>>) {
    let (mut base, mut others): (Base, BTreeMap<String, BTreeMap<String, String>>) = Default::default();
    let Some(sheet) = book.sheet(BASE) else { return (base, others) };
    let text = |input: &Input| match input {
        Input::Text(text) => text.clone(),
        _ => String::new(),
    };
    let mut nth: BTreeMap<(String, TermRow), usize> = BTreeMap::new();
    for row in sheet.rows.keys().filter(|row| **row > 0) {
        let (list, key, content) = (text(sheet.cell(*row, 0)), text(sheet.cell(*row, 1)), text(sheet.cell(*row, 2)));
        if list.starts_with('~') {
            others.entry(list).or_default().insert(key, content);
            continue;
        }
        let Some(term) = TermRow::from_json(&content) else { continue };
        let nth = nth.entry((list.clone(), term.clone())).or_insert(0);
        if term.key(&list, *nth) == key {
            base.entry(list).or_default().insert(key, term);
        }
        *nth += 1;
    }
    (base, others)
}
