//! Flips as Parquet, for whoever wants SQL: one row an item, texts only.

use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::flips::Flip;
use super::human::direction;

type Cell = fn(&Flip) -> String;

fn decision(of: &std::collections::BTreeMap<String, String>) -> String {
    serde_json::to_string(of).unwrap_or_default()
}

const COLUMNS: [(&str, Cell); 14] = [
    ("id", |flip| flip.id.clone()),
    ("place", |flip| flip.place.clone()),
    ("market", |flip| flip.market.clone()),
    ("lang", |flip| flip.lang.clone()),
    ("label", |flip| flip.label.clone()),
    ("direction", |flip| direction(flip.direction).to_owned()),
    ("boundary", |flip| flip.boundary.to_string()),
    ("old", |flip| decision(&flip.old)),
    ("new", |flip| decision(&flip.new)),
    ("old_only", |flip| flip.old_only.join(" ")),
    ("new_only", |flip| flip.new_only.join(" ")),
    ("both", |flip| flip.both.join(" ")),
    ("not_judged", |flip| flip.not_judged.join(" ")),
    ("texts", |flip| serde_json::to_string(&flip.texts).unwrap_or_default()),
];

/// The bytes of the file.
pub(super) fn parquet(flips: &[Flip]) -> Result<Vec<u8>, ParquetError> {
    let field = |name: &str| {
        Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
            .with_repetition(Repetition::REQUIRED)
            .with_logical_type(Some(LogicalType::String))
            .build()
            .map(Arc::new)
    };
    let fields = COLUMNS.iter().map(|(name, _)| field(name)).collect::<Result<Vec<_>, _>>()?;
    let schema = Type::group_type_builder("flip").with_fields(fields).build()?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut out = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut out, Arc::new(schema), Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    for (_, cell) in COLUMNS {
        let Some(mut column) = group.next_column()? else { break };
        let values: Vec<ByteArray> = flips.iter().map(|flip| ByteArray::from(cell(flip).into_bytes())).collect();
        column.typed::<ByteArrayType>().write_batch(&values, None, None)?;
        column.close()?;
    }
    group.close()?;
    writer.close()?;
    Ok(out)
}
