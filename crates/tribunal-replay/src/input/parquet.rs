//! Parquet: rows as objects. A column named `author.age` and a group `author` with a member `age` mean the same.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::{Map, Number, Value};

use super::columns::{Columns, put};
use super::{Event, Rows};

pub(super) fn pump(name: &Arc<str>, file: File, columns: &Columns, sender: &SyncSender<Event>) -> Result<bool, (u64, io::Error)> {
    let wrong = |number| move |error: parquet::errors::ParquetError| (number, io::Error::other(error.to_string()));
    let reader = SerializedFileReader::new(file).map_err(wrong(0))?;
    let mut rows = Rows::new(name, sender);
    let mut number = 0;
    for row in reader.get_row_iter(None).map_err(wrong(0))? {
        number += 1;
        let row = row.map_err(wrong(number))?;
        let mut object = Map::new();
        for (column, field) in row.get_column_iter() {
            let field_name = columns.field_of(column);
            match value(field) {
                Value::Null => {}
                // An id is its digits: a column of 64-bit integers rounds nothing.
                Value::Number(digits) if field_name == "id" => put(&mut object, field_name, Value::String(digits.to_string())),
                value => put(&mut object, field_name, value),
            }
        }
        let object = if columns.renames() { columns.renamed(object) } else { Value::Object(object) };
        if !rows.add(number, &object).map_err(|error| (number, error))? {
            return Ok(false);
        }
    }
    Ok(rows.flush())
}

fn group(row: &Row) -> Value {
    let members = row.get_column_iter().map(|(name, field)| (name.clone(), value(field)));
    Value::Object(members.filter(|(_, value)| !value.is_null()).collect())
}

fn value(field: &Field) -> Value {
    let real = |number: f64| Number::from_f64(number).map_or(Value::Null, Value::Number);
    match field {
        Field::Bool(value) => Value::Bool(*value),
        Field::Byte(value) => Value::from(*value),
        Field::Short(value) => Value::from(*value),
        Field::Int(value) => Value::from(*value),
        Field::Long(value) => Value::from(*value),
        Field::UByte(value) => Value::from(*value),
        Field::UShort(value) => Value::from(*value),
        Field::UInt(value) => Value::from(*value),
        Field::ULong(value) => Value::from(*value),
        Field::Float16(value) => real(f64::from(*value)),
        Field::Float(value) => real(f64::from(*value)),
        Field::Double(value) => real(*value),
        Field::Str(value) => Value::String(value.clone()),
        Field::Bytes(bytes) => std::str::from_utf8(bytes.data()).map_or(Value::Null, |text| Value::String(text.to_owned())),
        Field::Date(days) => Value::from(i64::from(*days) * 86_400),
        Field::TimestampMillis(millis) => Value::from(millis.div_euclid(1_000)),
        Field::TimestampMicros(micros) => Value::from(micros.div_euclid(1_000_000)),
        Field::Group(row) => group(row),
        Field::ListInternal(list) => Value::Array(list.elements().iter().map(value).collect()),
        // What no field of an item can be.
        Field::Null | Field::Decimal(_) | Field::TimeMillis(_) | Field::TimeMicros(_) | Field::MapInternal(_) => Value::Null,
    }
}
