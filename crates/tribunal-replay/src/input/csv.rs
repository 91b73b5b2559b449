//! CSV: a header, then a row an item.

use std::io::{self, BufRead};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use serde_json::{Map, Value};

use super::columns::{Columns, put};
use super::{Bytes, Event, Rows};

pub(super) fn pump(name: &Arc<str>, mut reader: Bytes, columns: &Columns, sender: &SyncSender<Event>) -> Result<bool, (u64, io::Error)> {
    let delimiter = delimiter(reader.fill_buf().map_err(|error| (1, error))?);
    let mut table = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(reader);
    let broken = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        (line, io::Error::other(error.to_string()))
    };
    let header = table.headers().map_err(broken)?.clone();
    let fields: Vec<String> = header.iter().map(|column| columns.field_of(column.trim_start_matches('\u{FEFF}').trim()).to_owned()).collect();
    let mut rows = Rows::new(name, sender);
    let mut record = csv::StringRecord::new();
    loop {
        let number = table.position().line();
        let listens = match table.read_record(&mut record) {
            Ok(false) => return Ok(rows.flush()),
            Ok(true) => {
                // The place of the record itself, blank lines before it left out.
                let number = record.position().map_or(number, csv::Position::line);
                match row(&fields, &record, columns) {
                    Ok(row) => rows.add(number, &row).map_err(|error| (number, error))?,
                    Err(why) => rows.broken(number, why, record.iter().collect::<Vec<_>>().join(",")),
                }
            }
            Err(error) if matches!(error.kind(), csv::ErrorKind::Io(_)) => return Err(broken(error)),
            Err(error) => {
                let number = error.position().map_or(number, csv::Position::line);
                let why = match error.kind() {
                    csv::ErrorKind::UnequalLengths { expected_len, len, .. } => format!("the row has {len} cells where the header has {expected_len}"),
                    csv::ErrorKind::Utf8 { .. } => "the row is not UTF-8".to_owned(),
                    _ => error.to_string(),
                };
                rows.broken(number, why, record.iter().collect::<Vec<_>>().join(","))
            }
        };
        if !listens {
            return Ok(false);
        }
    }
}

fn row(fields: &[String], record: &csv::StringRecord, columns: &Columns) -> Result<Value, String> {
    let mut row = Map::new();
    for (field, cell) in fields.iter().zip(record) {
        if let Some(value) = columns.cell(field, cell)? {
            put(&mut row, field, value);
        }
    }
    Ok(Value::Object(row))
}

/// The delimiter that stands most often in the header.
fn delimiter(start: &[u8]) -> u8 {
    let header = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}
