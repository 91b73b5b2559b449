//! Parquet: rows as objects. A column named `author.age` and a group `author` with a member `age` mean the same.

mod by_column;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};

use parquet::basic::{ConvertedType, LogicalType, Repetition, TimeUnit};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::record::{Field, List, Row};
use parquet::schema::types::Type;
use serde_json::{Map, Number, Value};

use super::columns::{Columns, put};
use super::{Event, Rows};

/// A file: where it lies, for readers of their own, unless it has no place; and where to tell how much of it is read.
pub(super) struct Source<'s> {
    pub(super) name: &'s Arc<str>,
    pub(super) file: File,
    pub(super) path: Option<&'s Path>,
    pub(super) read: Option<&'s AtomicU64>,
}

/// What went wrong, and at which row.
type At = (u64, io::Error);

fn wrong(number: u64) -> impl Fn(parquet::errors::ParquetError) -> At {
    move |error| (number, io::Error::other(error.to_string()))
}

/// Sends the rows; several readers take row groups in turns, so that their order is that of the file with one reader alone.
pub(super) fn pump(source: Source<'_>, columns: &Columns, readers: usize, sender: &SyncSender<Event>) -> Result<bool, At> {
    let Source { name, file, path, read } = source;
    let bytes = file.metadata().map_or(0, |meta| meta.len());
    let reader = SerializedFileReader::new(file).map_err(wrong(0))?;
    let meta = reader.metadata();
    let total = u64::try_from(meta.file_metadata().num_rows()).unwrap_or(0);
    // The first row of each group.
    let groups: Vec<u64> = meta
        .row_groups()
        .iter()
        .scan(0, |next, group| {
            let first = *next;
            *next += u64::try_from(group.num_rows()).unwrap_or(0);
            Some(first)
        })
        .collect();
    let shape = Shape::of(meta.file_metadata().schema());
    let by_column = by_column::Plan::of(meta.file_metadata().schema_descr());
    let table = Table { name, columns, shape, plain: plain_keys(&reader, columns), by_column, sender };
    if (table.plain.is_none() || table.by_column.is_none())
        && let Some(column) = by_column::unreadable(meta.file_metadata().schema_descr())
    {
        let path = column.path().string();
        return Err((
            0,
            io::Error::other(format!("the column `{path}` is of a type that cannot be read row by row ({}): leave it out", column.converted_type())),
        ));
    }
    let share = Mutex::new(Share { read, bytes, total, rows: 0, told: 0 });
    let next = AtomicUsize::new(0);
    let work = |reader: &SerializedFileReader<File>| -> Result<bool, At> {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(first) = groups.get(at) else { return Ok(true) };
            let done = table.group(reader, at, *first, &share);
            if !matches!(done, Ok(true)) {
                // Nobody listens, or a row cannot be read: no other group is begun.
                next.store(groups.len(), Ordering::Relaxed);
                return done;
            }
        }
    };
    let another = |path: &Path| -> Result<bool, At> {
        let file = File::open(path).map_err(|error| (0, error))?;
        work(&SerializedFileReader::new(file).map_err(wrong(0))?)
    };
    let more = path.map_or(0, |_| readers.min(groups.len()).saturating_sub(1));
    std::thread::scope(|scope| {
        let another = &another;
        let others: Vec<_> = path.into_iter().cycle().take(more).map(|path| scope.spawn(move || another(path))).collect();
        let mut done = work(&reader);
        for other in others {
            let its = other.join().unwrap_or_else(|_| Err((0, io::Error::other("a thread stopped unexpectedly"))));
            done = match (done, its) {
                (Ok(listens), Ok(other)) => Ok(listens && other),
                // What went wrong first in the file is told.
                (Err(first), Err(second)) => Err(if second.0 < first.0 { second } else { first }),
                (Err(error), _) | (_, Err(error)) => Err(error),
            };
        }
        done
    })
}

/// A table that is being read.
struct Table<'t> {
    name: &'t Arc<str>,
    columns: &'t Columns,
    shape: Shape,
    plain: Option<Vec<Key>>,
    by_column: Option<by_column::Plan>,
    sender: &'t SyncSender<Event>,
}

impl Table<'_> {
    /// Sends the rows of a group; `false` when nobody listens.
    fn group(&self, reader: &SerializedFileReader<File>, at: usize, first: u64, share: &Mutex<Share<'_>>) -> Result<bool, At> {
        let group = reader.get_row_group(at).map_err(wrong(first))?;
        if let (Some(keys), Some(plan)) = (&self.plain, &self.by_column) {
            return self.by_column(group.as_ref(), keys, plan, first, share);
        }
        let mut rows = Rows::new(self.name, self.sender);
        let (mut number, mut told) = (first, first);
        for row in group.get_row_iter(None).map_err(wrong(first))? {
            number += 1;
            let row = row.map_err(wrong(number))?;
            let listens = match &self.plain {
                Some(keys) => rows.add_written(number, |out| write_row(&row, keys, &self.shape, out)),
                None => rows.add(number, &object(&row, &self.shape, self.columns)),
            };
            if number - told == 1_024 {
                share.lock().unwrap_or_else(PoisonError::into_inner).more(number - told);
                told = number;
            }
            if !listens.map_err(|error| (number, error))? {
                return Ok(false);
            }
        }
        share.lock().unwrap_or_else(PoisonError::into_inner).more(number - told);
        Ok(rows.flush())
    }

    /// As `group`, where each column is read on its own.
    fn by_column(&self, group: &dyn RowGroupReader, keys: &[Key], plan: &by_column::Plan, first: u64, share: &Mutex<Share<'_>>) -> Result<bool, At> {
        let mut columns = plan.open(group).map_err(wrong(first))?;
        let mut rows = Rows::new(self.name, self.sender);
        let mut number = first;
        loop {
            let more = columns.fill().map_err(wrong(number + 1))?;
            if more == 0 {
                return Ok(rows.flush());
            }
            for _ in 0..more {
                number += 1;
                let listens = rows.add_written(number, |out| columns.write(keys, &self.shape, out));
                if !listens.map_err(|error| (number, error))? {
                    return Ok(false);
                }
            }
            share.lock().unwrap_or_else(PoisonError::into_inner).more(more as u64);
        }
    }
}

/// What rows do not say of their columns.
#[derive(Default)]
struct Shape {
    /// Nanoseconds since 1970: the row reader gives them as bare numbers, and moments are seconds.
    nanos: bool,
    /// A list in the form of old writers: the row reader gives it as the one element of another list.
    doubled: bool,
    members: Vec<Shape>,
}

/// What stands inside of lists and maps is no moment of an item.
static PLAIN: Shape = Shape { nanos: false, doubled: false, members: Vec::new() };

/// Whether what is repeated in a list is its element: otherwise it is a group around the element. Old writers had two levels, not three.
///
/// Source: <https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists>, its rules of backward compatibility.
fn is_element(repeated: &Type) -> bool {
    if repeated.is_primitive() || repeated.name() == "array" || repeated.name().ends_with("_tuple") {
        return true;
    }
    let is_repeated = |of: &Type| of.get_basic_info().has_repetition() && of.get_basic_info().repetition() == Repetition::REPEATED;
    !matches!(repeated.get_fields(), [element] if !is_repeated(element))
}

impl Shape {
    fn of(schema: &Type) -> Shape {
        match schema {
            Type::PrimitiveType { basic_info, .. } => {
                let is_nanos = matches!(basic_info.logical_type_ref(), Some(LogicalType::Timestamp(of)) if of.unit == TimeUnit::NANOS);
                Shape { nanos: is_nanos, ..Shape::default() }
            }
            Type::GroupType { basic_info, fields } => {
                let is_list = basic_info.converted_type() == ConvertedType::LIST;
                let doubled = is_list && matches!(&**fields, [repeated] if is_element(repeated));
                Shape { nanos: false, doubled, members: fields.iter().map(|field| Shape::of(field)).collect() }
            }
        }
    }

    fn elements<'l>(&self, list: &'l List) -> &'l [Field] {
        match list.elements() {
            [Field::ListInternal(inner)] if self.doubled => inner.elements(),
            elements => elements,
        }
    }

    fn member(&self, at: usize) -> &Shape {
        self.members.get(at).unwrap_or(&PLAIN)
    }
}

/// Tells how much of a file is read by the rows that are.
struct Share<'r> {
    read: Option<&'r AtomicU64>,
    bytes: u64,
    total: u64,
    rows: u64,
    told: u64,
}

impl Share<'_> {
    fn more(&mut self, rows: u64) {
        self.rows += rows;
        let Some(read) = self.read else { return };
        let of = u128::from(self.bytes) * u128::from(self.rows) / u128::from(self.total.max(1));
        let now = u64::try_from(of).unwrap_or(self.bytes).min(self.bytes);
        read.fetch_add(now.saturating_sub(self.told), Ordering::Relaxed);
        self.told = now;
    }
}

/// The columns as keys of an object in their order, where each is a key as it is called: `None` where one has another name, is a path,
/// or stands twice, and rows have to be put together.
fn plain_keys(reader: &SerializedFileReader<File>, columns: &Columns) -> Option<Vec<Key>> {
    let schema = reader.metadata().file_metadata().schema();
    let names: Vec<&str> = schema.get_fields().iter().map(|field| field.name()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if columns.renames() || sorted.len() < names.len() || names.iter().any(|name| name.contains('.')) {
        return None;
    }
    Some(names.into_iter().map(|name| Key { written: format!("{}:", Value::from(name)), is_id: name == "id" }).collect())
}

/// A key as JSON, with its colon.
struct Key {
    written: String,
    is_id: bool,
}

fn write_row(row: &Row, keys: &[Key], shape: &Shape, out: &mut Vec<u8>) -> io::Result<()> {
    out.push(b'{');
    let mut first = true;
    for (column, ((_, field), key)) in row.get_column_iter().zip(keys).enumerate() {
        let before = out.len();
        if !first {
            out.push(b',');
        }
        out.extend_from_slice(key.written.as_bytes());
        let at = out.len();
        if !write(field, shape.member(column), out)? {
            out.truncate(before);
            continue;
        }
        if key.is_id {
            quote_digits(at, out);
        }
        first = false;
    }
    out.push(b'}');
    Ok(())
}

/// An id is its digits: a column of 64-bit integers rounds nothing.
fn quote_digits(at: usize, out: &mut Vec<u8>) {
    if out.get(at).is_some_and(|first| *first == b'-' || first.is_ascii_digit()) {
        out.insert(at, b'"');
        out.push(b'"');
    }
}

/// Writes a value as JSON; `false` and nothing where there is none.
fn write(field: &Field, shape: &Shape, out: &mut Vec<u8>) -> io::Result<bool> {
    match field {
        Field::Str(text) => serde_json::to_writer(out, text)?,
        Field::Int(number) => serde_json::to_writer(out, number)?,
        Field::Long(nanos) if shape.nanos => serde_json::to_writer(out, &nanos.div_euclid(NANOS))?,
        Field::Long(number) => serde_json::to_writer(out, number)?,
        Field::Group(row) => {
            out.push(b'{');
            let start = out.len();
            for (at, (name, field)) in row.get_column_iter().enumerate() {
                let before = out.len();
                if before > start {
                    out.push(b',');
                }
                serde_json::to_writer(&mut *out, name)?;
                out.push(b':');
                if !write(field, shape.member(at), out)? {
                    out.truncate(before);
                }
            }
            out.push(b'}');
        }
        Field::ListInternal(list) => {
            out.push(b'[');
            for (at, element) in shape.elements(list).iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                if !write(element, &PLAIN, out)? {
                    out.extend_from_slice(b"null");
                }
            }
            out.push(b']');
        }
        other => match value(other, shape) {
            Value::Null => return Ok(false),
            value => serde_json::to_writer(out, &value)?,
        },
    }
    Ok(true)
}

/// A row as an object, columns under the names of their fields.
fn object(row: &Row, shape: &Shape, columns: &Columns) -> Value {
    let mut object = Map::new();
    for (at, (column, field)) in row.get_column_iter().enumerate() {
        let field_name = columns.field_of(column);
        match value(field, shape.member(at)) {
            Value::Null => {}
            Value::Number(digits) if field_name == "id" => put(&mut object, field_name, Value::String(digits.to_string())),
            value => put(&mut object, field_name, value),
        }
    }
    if columns.renames() { columns.renamed(object) } else { Value::Object(object) }
}

fn group(row: &Row, shape: &Shape) -> Value {
    let members = row.get_column_iter().enumerate().map(|(at, (name, field))| (name.clone(), value(field, shape.member(at))));
    Value::Object(members.filter(|(_, value)| !value.is_null()).collect())
}

/// Nanoseconds of a second.
const NANOS: i64 = 1_000_000_000;

/// A value as JSON. What no field can be is an empty object: a value of a wrong type, which the report counts, and not one that is missing.
fn value(field: &Field, shape: &Shape) -> Value {
    let real = |number: f64| Number::from_f64(number).map_or(Value::Null, Value::Number);
    match field {
        Field::Bool(value) => Value::Bool(*value),
        Field::Byte(value) => Value::from(*value),
        Field::Short(value) => Value::from(*value),
        Field::Int(value) => Value::from(*value),
        Field::Long(value) if shape.nanos => Value::from(value.div_euclid(NANOS)),
        Field::Long(value) => Value::from(*value),
        Field::UByte(value) => Value::from(*value),
        Field::UShort(value) => Value::from(*value),
        Field::UInt(value) => Value::from(*value),
        Field::ULong(value) => Value::from(*value),
        Field::Float16(value) => real(f64::from(*value)),
        Field::Float(value) => real(f64::from(*value)),
        Field::Double(value) => real(*value),
        Field::Str(value) => Value::String(value.clone()),
        Field::Bytes(bytes) => std::str::from_utf8(bytes.data()).map_or_else(|_| Value::Object(Map::new()), |text| Value::String(text.to_owned())),
        Field::Decimal(_) => field.to_string().parse().map_or(Value::Null, Value::Number),
        Field::Date(days) => Value::from(i64::from(*days) * 86_400),
        Field::TimestampMillis(millis) => Value::from(millis.div_euclid(1_000)),
        Field::TimestampMicros(micros) => Value::from(micros.div_euclid(1_000_000)),
        Field::Group(row) => group(row, shape),
        Field::ListInternal(list) => Value::Array(shape.elements(list).iter().map(|element| value(element, &PLAIN)).collect()),
        Field::MapInternal(map) => {
            let members = map.entries().iter().filter_map(|(key, member)| match key {
                Field::Str(key) => Some((key.clone(), value(member, &PLAIN))),
                _ => None,
            });
            Value::Object(members.filter(|(_, value)| !value.is_null()).collect())
        }
        Field::TimeMillis(_) | Field::TimeMicros(_) => Value::Object(Map::new()),
        Field::Null => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both ways from a row to JSON say the same; keys come in another order.
    #[test]
    fn written_as_put_together() {
        use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
        use parquet::file::properties::WriterProperties;
        use parquet::file::writer::SerializedFileWriter;
        use parquet::schema::parser::parse_message_type;

        let schema = "message m { required int64 id; optional binary caption (UTF8); optional double share; required group author { optional int64 age; \
                      required int64 joined (TIMESTAMP(NANOS,true)); } optional binary raw; required int64 weight (DECIMAL(9,2)); \
                      required int64 made (TIMESTAMP(NANOS,false)); }";
        let file = tempfile::tempfile().unwrap();
        let properties = Arc::new(WriterProperties::builder().build());
        let mut writer = SerializedFileWriter::new(file.try_clone().unwrap(), Arc::new(parse_message_type(schema).unwrap()), properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let texts = [b"a \"quote\"\n".as_slice(), b"\xC3\xA9"].map(|bytes| ByteArray::from(bytes.to_vec()));
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&[i64::MAX, -7, 0], None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&texts, Some(&[1, 0, 1]), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(&[f64::NAN, 0.5], Some(&[1, 1, 0]), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&[16], Some(&[0, 1, 0]), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&[1_700_000_000_999_999_999, 1, 0], None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let raw = [b"\xFF".as_slice(), b"ok"].map(|bytes| ByteArray::from(bytes.to_vec()));
        column.typed::<ByteArrayType>().write_batch(&raw, Some(&[1, 1, 0]), None).unwrap();
        column.close().unwrap();
        for numbers in [[250, -1, 0], [-1, 1_700_000_000_000_000_000, 0]] {
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<Int64Type>().write_batch(&numbers, None, None).unwrap();
            column.close().unwrap();
        }
        group.close().unwrap();
        writer.close().unwrap();
        let columns = Columns::default();
        let reader = SerializedFileReader::new(file).unwrap();
        let keys = plain_keys(&reader, &columns).unwrap();
        let shape = Shape::of(reader.metadata().file_metadata().schema());
        let rows: Vec<Row> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        let written = rows.iter().map(|row| {
            let mut out = Vec::new();
            write_row(row, &keys, &shape, &mut out).unwrap();
            serde_json::from_slice::<Value>(&out).unwrap()
        });
        let written: Vec<Value> = written.collect();
        assert_eq!(written, rows.iter().map(|row| object(row, &shape, &columns)).collect::<Vec<_>>());
        // Bytes that are no text are a wrong value, not a missing one.
        let author = serde_json::json!({"joined": 1_700_000_000});
        let first = serde_json::json!({"id": "9223372036854775807", "caption": "a \"quote\"\n", "author": author, "raw": {}, "weight": 2.5, "made": -1});
        assert_eq!(written[0], first);
        let second = serde_json::json!({"id": "-7", "share": 0.5, "author": {"age": 16, "joined": 0}, "raw": "ok", "weight": -0.01, "made": 1_700_000_000});
        assert_eq!(written[1], second);
    }

    /// The bar of a file ends at its size, and never goes back, for any number of readers; rows keep their numbers.
    #[test]
    fn row_groups_by_several_readers() {
        use parquet::data_type::Int64Type;
        use parquet::file::writer::SerializedFileWriter;
        use parquet::schema::parser::parse_message_type;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("items.parquet");
        let schema = Arc::new(parse_message_type("message m { required int64 id; }").unwrap());
        let mut writer = SerializedFileWriter::new(File::create(&path).unwrap(), schema, Default::default()).unwrap();
        for group in 0..7_i64 {
            let mut out = writer.next_row_group().unwrap();
            let mut column = out.next_column().unwrap().unwrap();
            let ids: Vec<i64> = (0..3_000).map(|at| group * 3_000 + at).collect();
            column.typed::<Int64Type>().write_batch(&ids, None, None).unwrap();
            column.close().unwrap();
            out.close().unwrap();
        }
        writer.close().unwrap();
        let size = std::fs::metadata(&path).unwrap().len();
        for readers in [1, 3, 16] {
            let (name, read) = (Arc::from("items.parquet"), AtomicU64::new(0));
            let (sender, receiver) = std::sync::mpsc::sync_channel(2);
            let mut found = std::collections::BTreeMap::new();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    let source = Source { name: &name, file: File::open(&path).unwrap(), path: Some(&path), read: Some(&read) };
                    assert!(pump(source, &Columns::default(), readers, &sender).unwrap());
                    drop(sender);
                });
                let mut before = 0;
                for event in receiver {
                    let Event::Lines(batch) = event else { unreachable!("rows alone") };
                    let now = read.load(Ordering::Relaxed);
                    assert!((before..=size).contains(&now), "{before} {now} {size}");
                    before = now;
                    for line in &batch.lines {
                        let row: Value = serde_json::from_slice(batch.raw(*line)).unwrap();
                        found.insert(line.number, row["id"].as_str().unwrap().to_owned());
                    }
                }
            });
            assert_eq!(read.load(Ordering::Relaxed), size);
            assert!(found.len() == 21_000 && found.iter().all(|(number, id)| *id == (number - 1).to_string()), "{readers} readers");
        }
    }
}
