//! Rows from columns: values stay where the page holds them until they are written, where the row reader makes a tree of each row.
//!
//! It takes the shapes that items have: values, groups of values, lists of values. Other tables are read row by row.

use std::io;

use parquet::basic::{ConvertedType, LogicalType, Repetition, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType, Int32Type, Int64Type, Int96, Int96Type,
};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::RowGroupReader;
use parquet::record::Field;
use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor, Type};

use super::{Key, PLAIN, Shape, is_element, write};

/// Rows that are read at a time.
const ROWS: usize = 1_024;

/// How the columns of a file make up a row.
#[derive(Debug)]
pub(super) struct Plan {
    nodes: Vec<Node>,
    columns: Vec<ColumnDescPtr>,
}

/// One key of a row.
#[derive(Debug)]
enum Node {
    /// A value: its column.
    Value(usize),
    /// A group: from which definition level on it is there, and its members, name as JSON with a colon and column.
    Group(i16, Vec<(String, usize)>),
    /// A list: from which definition level on it is there, and the column of its elements.
    List(i16, usize),
}

fn is_optional(of: &Type) -> bool {
    of.get_basic_info().has_repetition() && of.get_basic_info().repetition() == Repetition::OPTIONAL
}

fn is_repeated(of: &Type) -> bool {
    of.get_basic_info().has_repetition() && of.get_basic_info().repetition() == Repetition::REPEATED
}

impl Plan {
    /// `None` for a table of other shapes.
    pub(super) fn of(schema: &SchemaDescriptor) -> Option<Plan> {
        let mut next = 0;
        let mut leaf = |of: &Type| -> Option<usize> {
            let column = schema.columns().get(next)?;
            let known = of.is_primitive() && column.self_type().name() == of.name();
            next += 1;
            known.then_some(next - 1)
        };
        let mut nodes = Vec::new();
        for field in schema.root_schema().get_fields() {
            if is_repeated(field) {
                return None;
            }
            let there = i16::from(is_optional(field));
            let info = field.get_basic_info();
            nodes.push(if field.is_primitive() {
                Node::Value(leaf(field)?)
            } else if info.converted_type() == ConvertedType::LIST || matches!(info.logical_type_ref(), Some(LogicalType::List)) {
                let [repeated] = field.get_fields() else { return None };
                if !is_repeated(repeated) {
                    return None;
                }
                match (repeated.is_primitive(), repeated.is_group().then(|| repeated.get_fields())) {
                    (true, _) => Node::List(there, leaf(repeated)?),
                    (false, Some([element])) if !is_element(repeated) => Node::List(there, leaf(element)?),
                    _ => return None,
                }
            } else if info.converted_type() == ConvertedType::NONE && info.logical_type_ref().is_none() {
                let members = field.get_fields().iter().map(|member| {
                    let key = format!("{}:", serde_json::Value::from(member.name()));
                    Some((key, if is_repeated(member) { None } else { leaf(member) }?))
                });
                Node::Group(there, members.collect::<Option<_>>()?)
            } else {
                return None;
            });
        }
        Some(Plan { nodes, columns: schema.columns().to_vec() })
    }

    /// Opens the columns of a group of rows.
    pub(super) fn open<'p>(&'p self, group: &dyn RowGroupReader) -> Result<Columns<'p>> {
        let columns = self.columns.iter().enumerate().map(|(at, of)| Ok(Column::of(of.clone(), group.get_column_reader(at)?)));
        let left =
            usize::try_from(group.metadata().num_rows()).map_err(|_| ParquetError::General("a group of rows has a negative number of them".to_owned()))?;
        Ok(Columns { plan: self, columns: columns.collect::<Result<_>>()?, left })
    }
}

/// A column of a type that the row reader stops at, whole.
pub(super) fn unreadable(schema: &SchemaDescriptor) -> Option<&ColumnDescPtr> {
    schema.columns().iter().find(|column| !is_known(column))
}

/// Whether the row reader knows what a column means.
fn is_known(column: &ColumnDescPtr) -> bool {
    use ConvertedType as C;
    match column.physical_type() {
        Physical::INT32 => matches!(
            column.converted_type(),
            C::NONE | C::INT_8 | C::INT_16 | C::INT_32 | C::UINT_8 | C::UINT_16 | C::UINT_32 | C::DATE | C::TIME_MILLIS | C::DECIMAL
        ),
        Physical::INT64 => {
            matches!(column.converted_type(), C::NONE | C::INT_64 | C::UINT_64 | C::TIME_MICROS | C::TIMESTAMP_MILLIS | C::TIMESTAMP_MICROS | C::DECIMAL)
        }
        Physical::BYTE_ARRAY => matches!(column.converted_type(), C::UTF8 | C::ENUM | C::JSON | C::BSON | C::NONE | C::DECIMAL),
        Physical::FIXED_LEN_BYTE_ARRAY => matches!(column.converted_type(), C::NONE | C::DECIMAL),
        Physical::BOOLEAN | Physical::INT96 | Physical::FLOAT | Physical::DOUBLE => true,
    }
}

/// A reader and the values that were read last.
enum Values {
    Bool(ColumnReaderImpl<BoolType>, Vec<bool>),
    Int(ColumnReaderImpl<Int32Type>, Vec<i32>),
    Long(ColumnReaderImpl<Int64Type>, Vec<i64>),
    Moment(ColumnReaderImpl<Int96Type>, Vec<Int96>),
    Float(ColumnReaderImpl<FloatType>, Vec<f32>),
    Double(ColumnReaderImpl<DoubleType>, Vec<f64>),
    Bytes(ColumnReaderImpl<ByteArrayType>, Vec<ByteArray>),
    Fixed(ColumnReaderImpl<FixedLenByteArrayType>, Vec<FixedLenByteArray>),
}

struct Column {
    of: ColumnDescPtr,
    /// Of a type that no field can be.
    is_odd: bool,
    values: Values,
    /// Definition and repetition levels; empty where the column needs none.
    defined: Vec<i16>,
    repeated: Vec<i16>,
    /// The level and the value that come next.
    level: usize,
    next: usize,
}

fn fill<T: DataType>(reader: &mut ColumnReaderImpl<T>, values: &mut Vec<T::T>, defined: &mut Vec<i16>, repeated: &mut Vec<i16>) -> Result<usize> {
    values.clear();
    let mut rows = 0;
    while rows < ROWS {
        let (more, ..) = reader.read_records(ROWS - rows, Some(defined), Some(repeated), values)?;
        if more == 0 {
            break;
        }
        rows += more;
    }
    Ok(rows)
}

impl Column {
    fn of(of: ColumnDescPtr, reader: ColumnReader) -> Column {
        let values = match reader {
            ColumnReader::BoolColumnReader(reader) => Values::Bool(reader, Vec::new()),
            ColumnReader::Int32ColumnReader(reader) => Values::Int(reader, Vec::new()),
            ColumnReader::Int64ColumnReader(reader) => Values::Long(reader, Vec::new()),
            ColumnReader::Int96ColumnReader(reader) => Values::Moment(reader, Vec::new()),
            ColumnReader::FloatColumnReader(reader) => Values::Float(reader, Vec::new()),
            ColumnReader::DoubleColumnReader(reader) => Values::Double(reader, Vec::new()),
            ColumnReader::ByteArrayColumnReader(reader) => Values::Bytes(reader, Vec::new()),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => Values::Fixed(reader, Vec::new()),
        };
        Column { is_odd: !is_known(&of), of, values, defined: Vec::new(), repeated: Vec::new(), level: 0, next: 0 }
    }

    /// Reads the next rows; how many there were.
    fn fill(&mut self) -> Result<usize> {
        let Column { values, defined, repeated, level, next, .. } = self;
        (*level, *next) = (0, 0);
        defined.clear();
        repeated.clear();
        match values {
            Values::Bool(reader, values) => fill(reader, values, defined, repeated),
            Values::Int(reader, values) => fill(reader, values, defined, repeated),
            Values::Long(reader, values) => fill(reader, values, defined, repeated),
            Values::Moment(reader, values) => fill(reader, values, defined, repeated),
            Values::Float(reader, values) => fill(reader, values, defined, repeated),
            Values::Double(reader, values) => fill(reader, values, defined, repeated),
            Values::Bytes(reader, values) => fill(reader, values, defined, repeated),
            Values::Fixed(reader, values) => fill(reader, values, defined, repeated),
        }
    }

    /// The definition level that comes next.
    fn defined(&self) -> i16 {
        self.defined.get(self.level).copied().unwrap_or(self.of.max_def_level())
    }

    /// Writes the value that comes next, if it is there; `false` and nothing where there is none.
    fn write(&mut self, shape: &Shape, out: &mut Vec<u8>) -> io::Result<bool> {
        let is_there = self.defined() == self.of.max_def_level();
        self.level += 1;
        if !is_there {
            return Ok(false);
        }
        let at = self.next;
        self.next += 1;
        if self.is_odd {
            out.extend_from_slice(b"{}");
            return Ok(true);
        }
        let missing = || io::Error::other("a column has fewer values than rows");
        let field = match &self.values {
            Values::Bytes(_, values) if self.of.converted_type() != ConvertedType::DECIMAL => {
                // What is no text is a value of a wrong type.
                match std::str::from_utf8(values.get(at).ok_or_else(missing)?.data()) {
                    Ok(text) => serde_json::to_writer(out, text)?,
                    Err(_) => out.extend_from_slice(b"{}"),
                }
                return Ok(true);
            }
            Values::Bool(_, values) => Field::Bool(*values.get(at).ok_or_else(missing)?),
            Values::Int(_, values) => Field::convert_int32(&self.of, *values.get(at).ok_or_else(missing)?),
            Values::Long(_, values) => Field::convert_int64(&self.of, *values.get(at).ok_or_else(missing)?),
            Values::Moment(_, values) => Field::convert_int96(&self.of, *values.get(at).ok_or_else(missing)?),
            Values::Float(_, values) => Field::Float(*values.get(at).ok_or_else(missing)?),
            Values::Double(_, values) => Field::Double(*values.get(at).ok_or_else(missing)?),
            Values::Bytes(_, values) => Field::convert_byte_array(&self.of, values.get(at).ok_or_else(missing)?.clone()).map_err(io::Error::other)?,
            Values::Fixed(_, values) => Field::convert_byte_array(&self.of, values.get(at).ok_or_else(missing)?.clone().into()).map_err(io::Error::other)?,
        };
        write(&field, shape, out)
    }
}

/// The columns of a group of rows.
pub(super) struct Columns<'p> {
    plan: &'p Plan,
    columns: Vec<Column>,
    /// Rows that have not been read.
    left: usize,
}

impl Columns<'_> {
    /// Reads the next rows; how many there are, 0 at the end.
    pub(super) fn fill(&mut self) -> Result<usize> {
        let mut rows = None;
        for column in &mut self.columns {
            let mine = column.fill()?;
            if *rows.get_or_insert(mine) != mine {
                return Err(ParquetError::General(format!("the column `{}` has another number of rows than those before it", column.of.path())));
            }
        }
        let rows = rows.unwrap_or(0);
        self.left = self.left.checked_sub(rows).ok_or_else(|| ParquetError::General("there are more rows than the file says".to_owned()))?;
        if rows == 0 && self.left > 0 {
            return Err(ParquetError::General(format!("{} rows fewer than the file says: it is cut off or damaged", self.left)));
        }
        Ok(rows)
    }

    /// Writes the row that comes next as an object.
    pub(super) fn write(&mut self, keys: &[Key], shape: &Shape, out: &mut Vec<u8>) -> io::Result<()> {
        out.push(b'{');
        let start = out.len();
        for (at, (node, key)) in self.plan.nodes.iter().zip(keys).enumerate() {
            let before = out.len();
            if before > start {
                out.push(b',');
            }
            out.extend_from_slice(key.written.as_bytes());
            let value = out.len();
            let is_there = match node {
                Node::Value(column) => match self.columns.get_mut(*column) {
                    Some(column) => column.write(shape.member(at), out)?,
                    None => false,
                },
                Node::Group(there, members) => self.group(*there, members, shape.member(at), out)?,
                Node::List(there, column) => match self.columns.get_mut(*column) {
                    Some(column) => list(column, *there, out)?,
                    None => false,
                },
            };
            if !is_there {
                out.truncate(before);
            } else if key.is_id {
                super::quote_digits(value, out);
            }
        }
        out.push(b'}');
        Ok(())
    }

    fn group(&mut self, there: i16, members: &[(String, usize)], shape: &Shape, out: &mut Vec<u8>) -> io::Result<bool> {
        out.push(b'{');
        let start = out.len();
        let mut is_there = false;
        for (at, (name, column)) in members.iter().enumerate() {
            let Some(column) = self.columns.get_mut(*column) else { continue };
            is_there |= column.defined() >= there;
            let before = out.len();
            if before > start {
                out.push(b',');
            }
            out.extend_from_slice(name.as_bytes());
            if !column.write(shape.member(at), out)? {
                out.truncate(before);
            }
        }
        out.push(b'}');
        Ok(is_there)
    }
}

/// Writes a list: one level for each of its elements, or one that says that it is empty or not there.
fn list(column: &mut Column, there: i16, out: &mut Vec<u8>) -> io::Result<bool> {
    if column.defined() <= there {
        let is_there = column.defined() == there;
        column.level += 1;
        out.extend_from_slice(b"[]");
        return Ok(is_there);
    }
    out.push(b'[');
    let start = out.len();
    loop {
        if out.len() > start {
            out.push(b',');
        }
        if !column.write(&PLAIN, out)? {
            out.extend_from_slice(b"null");
        }
        if column.repeated.get(column.level).is_none_or(|level| *level == 0) {
            break;
        }
    }
    out.push(b']');
    Ok(true)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::data_type::ByteArray;
    use parquet::file::properties::WriterProperties;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::record::Row;
    use parquet::schema::parser::parse_message_type;

    use super::super::{object, plain_keys, write_row};
    use super::*;
    use crate::input::columns::Columns as Names;

    /// Values, members and elements, each missing at its own times: by column as row by row, over pages and more rows than are read at once.
    #[test]
    fn as_row_by_row() {
        let schema = "message m { required int64 id; optional binary caption (UTF8); optional group author { optional binary name (UTF8); required int32 age; } \
                      optional group tags (LIST) { repeated group list { optional binary element (UTF8); } } \
                      required group codes (LIST) { repeated int32 array; } optional boolean seen; optional fixed_len_byte_array(4) raw; optional int96 made; }";
        let file = tempfile::tempfile().unwrap();
        let properties = WriterProperties::builder().set_data_page_row_count_limit(300).set_write_batch_size(64).build();
        let mut writer = SerializedFileWriter::new(file.try_clone().unwrap(), Arc::new(parse_message_type(schema).unwrap()), Arc::new(properties)).unwrap();
        let rows = 2_500_usize;
        let text = |at: usize| ByteArray::from(format!("t\u{e9}\"{}", at % 37).into_bytes());
        let mut group = writer.next_row_group().unwrap();
        // Which rows have a value at a level: every `nth` is less.
        let levels = |most: i16, nth: usize| -> Vec<i16> { (0..rows).map(|at| if at % nth == 0 { (at / nth) as i16 % most } else { most }).collect() };
        let count = |levels: &[i16], most: i16| levels.iter().filter(|level| **level == most).count();
        macro_rules! column {
            ($ty:ty, $values:expr, $defined:expr, $repeated:expr) => {{
                let mut column = group.next_column().unwrap().unwrap();
                column.typed::<$ty>().write_batch($values, $defined, $repeated).unwrap();
                column.close().unwrap();
            }};
        }
        column!(Int64Type, &(0..rows as i64).map(|id| id << 40).collect::<Vec<_>>(), None, None);
        let captions = levels(1, 7);
        column!(ByteArrayType, &(0..count(&captions, 1)).map(text).collect::<Vec<_>>(), Some(&captions), None);
        // The author is missing in every fifth row, the name in some others.
        let names: Vec<i16> = (0..rows).map(|at| if at % 5 == 0 { 0 } else { 1 + i16::from(at % 3 != 0) }).collect();
        column!(ByteArrayType, &(0..count(&names, 2)).map(text).collect::<Vec<_>>(), Some(&names), None);
        let ages: Vec<i16> = (0..rows).map(|at| i16::from(at % 5 != 0)).collect();
        column!(Int32Type, &(0..count(&ages, 1) as i32).collect::<Vec<_>>(), Some(&ages), None);
        // No list, an empty one, up to four elements, some of them missing.
        let (mut defined, mut repeated) = (Vec::new(), Vec::new());
        let (mut codes_defined, mut codes_repeated) = (Vec::new(), Vec::new());
        for at in 0..rows {
            match at % 6 {
                0 | 1 => {
                    defined.push((at % 6) as i16);
                    repeated.push(0);
                }
                elements => (1..elements).for_each(|element| {
                    defined.push(2 + i16::from((at + element) % 4 != 0));
                    repeated.push(i16::from(element > 1));
                }),
            }
            for element in 0..(at % 3).max(1) {
                codes_defined.push(i16::from(at % 3 != 0));
                codes_repeated.push(i16::from(element > 0));
            }
        }
        column!(ByteArrayType, &(0..count(&defined, 3)).map(text).collect::<Vec<_>>(), Some(&defined), Some(&repeated));
        column!(Int32Type, &(0..count(&codes_defined, 1) as i32).collect::<Vec<_>>(), Some(&codes_defined), Some(&codes_repeated));
        let seen = levels(1, 4);
        column!(BoolType, &(0..count(&seen, 1)).map(|at| at % 2 == 0).collect::<Vec<_>>(), Some(&seen), None);
        let raw = levels(1, 2);
        let bytes = |at: usize| FixedLenByteArray::from(if at.is_multiple_of(2) { b"four".to_vec() } else { vec![0xFF; 4] });
        column!(FixedLenByteArrayType, &(0..count(&raw, 1)).map(bytes).collect::<Vec<_>>(), Some(&raw), None);
        let made = levels(1, 3);
        column!(Int96Type, &(0..count(&made, 1) as u32).map(|at| Int96::from(vec![at, 0, 2_440_600])).collect::<Vec<_>>(), Some(&made), None);
        group.close().unwrap();
        writer.close().unwrap();

        let reader = SerializedFileReader::new(file).unwrap();
        let (keys, meta) = (plain_keys(&reader, &Names::default()).unwrap(), reader.metadata().file_metadata());
        let (shape, plan) = (Shape::of(meta.schema()), Plan::of(meta.schema_descr()).unwrap());
        let by_row: Vec<Vec<u8>> = reader
            .get_row_iter(None)
            .unwrap()
            .map(|row: Result<Row>| {
                let (row, mut out) = (row.unwrap(), Vec::new());
                write_row(&row, &keys, &shape, &mut out).unwrap();
                assert_eq!(serde_json::from_slice::<serde_json::Value>(&out).unwrap(), object(&row, &shape, &Names::default()));
                out
            })
            .collect();
        let mut columns = plan.open(reader.get_row_group(0).unwrap().as_ref()).unwrap();
        let mut by_column = Vec::new();
        loop {
            let more = columns.fill().unwrap();
            if more == 0 {
                break;
            }
            for _ in 0..more {
                let mut out = Vec::new();
                columns.write(&keys, &shape, &mut out).unwrap();
                by_column.push(out);
            }
        }
        let shown = |rows: Vec<Vec<u8>>| rows.into_iter().map(|row| String::from_utf8(row).unwrap()).collect::<Vec<_>>();
        let by_column = shown(by_column);
        assert_eq!((by_column.len(), &by_column), (rows, &shown(by_row)));
        for part in
            [r#""author":{"age":"#, r#""tags":[]"#, r#","tags":[null"#, r#""codes":[]"#, r#""codes":[1,2]"#, r#""raw":{}"#, r#""seen":true"#, r#"{"id":"0""#]
        {
            assert!(by_column.iter().any(|row| row.contains(part)), "{part} is among what was compared");
        }
    }

    /// A file of one column, whose footer says how many rows there are.
    fn numbers(
        schema: &str,
        write: impl FnOnce(&mut parquet::file::writer::SerializedRowGroupWriter<'_, std::fs::File>),
    ) -> SerializedFileReader<std::fs::File> {
        let file = tempfile::tempfile().unwrap();
        let properties = Arc::new(WriterProperties::builder().build());
        let mut writer = SerializedFileWriter::new(file.try_clone().unwrap(), Arc::new(parse_message_type(schema).unwrap()), properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        write(&mut group);
        group.close().unwrap();
        writer.close().unwrap();
        SerializedFileReader::new(file).unwrap()
    }

    #[test]
    fn rows_that_the_file_says_and_does_not_have_are_missed() {
        let reader = numbers("message m { required int64 id; }", |group| {
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<Int64Type>().write_batch(&[1, 2, 3], None, None).unwrap();
            column.close().unwrap();
        });
        let plan = Plan::of(reader.metadata().file_metadata().schema_descr()).unwrap();
        let group = reader.get_row_group(0).unwrap();
        for (says, fills) in [(3, [Some(3), Some(0)]), (5, [Some(3), None]), (2, [None, None])] {
            let mut columns = plan.open(group.as_ref()).unwrap();
            assert_eq!(columns.left, 3);
            columns.left = says;
            let found = fills.map(|_| columns.fill().ok());
            assert_eq!(found[0], fills[0], "{says}");
            if fills[0].is_some() {
                assert_eq!(found[1], fills[1], "{says}");
            }
        }
    }

    #[test]
    fn a_type_that_no_field_can_be_is_a_wrong_one() {
        let reader = numbers("message m { required int64 id; optional fixed_len_byte_array(12) a (INTERVAL); }", |group| {
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<Int64Type>().write_batch(&[1, 2], None, None).unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column.typed::<FixedLenByteArrayType>().write_batch(&[FixedLenByteArray::from(vec![1; 12])], Some(&[0, 1]), None).unwrap();
            column.close().unwrap();
        });
        let meta = reader.metadata().file_metadata();
        assert!(unreadable(meta.schema_descr()).is_some_and(|column| column.name() == "a"));
        let (keys, shape, plan) = (plain_keys(&reader, &Names::default()).unwrap(), Shape::of(meta.schema()), Plan::of(meta.schema_descr()).unwrap());
        let mut columns = plan.open(reader.get_row_group(0).unwrap().as_ref()).unwrap();
        let mut out = Vec::new();
        for _ in 0..columns.fill().unwrap() {
            columns.write(&keys, &shape, &mut out).unwrap();
        }
        assert_eq!(String::from_utf8(out).unwrap(), r#"{"id":"1"}{"id":"2","a":{}}"#);
    }

    #[test]
    fn other_shapes_are_read_row_by_row() {
        let takes = |schema: &str| Plan::of(&SchemaDescriptor::new(Arc::new(parse_message_type(schema).unwrap()))).is_some();
        assert!(takes("message m { required int64 id; optional group a { optional int32 b; } }"));
        assert!(!takes("message m { repeated int64 id; }"));
        assert!(!takes("message m { optional group a { optional group b { optional int32 c; } } }"));
        assert!(!takes("message m { optional group a (MAP) { repeated group key_value { required binary key (UTF8); optional int32 value; } } }"));
        assert!(!takes("message m { optional group a (LIST) { repeated group list { optional group element { optional int32 b; } } } }"));
        assert!(takes("message m { optional fixed_len_byte_array(12) a (INTERVAL); }"), "as a value of a wrong type");
        assert!(!takes("message m { optional group a (LIST) { repeated group array { optional int32 b; } } }"));
    }
}
