//! Findings as Apache Parquet: texts as UTF-8, positions as 64-bit numbers, instants as
//! microseconds in UTC.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use super::row::{COLUMNS, Cell, Column, Kind, Rows};

/// Rows of one row group: bounds what is held in memory at once.
const GROUP_ROWS: usize = 65_536;

/// Writes the file.
pub(super) fn write(rows: &Rows<'_>, out: &mut (impl Write + Send)) -> Result<(), ParquetError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("ironcage".to_owned())
        .build();
    let mut writer = SerializedFileWriter::new(out, schema()?, Arc::new(properties))?;
    let mut found = rows.iter().peekable();
    while found.peek().is_some() {
        let group: Vec<_> = found.by_ref().take(GROUP_ROWS).collect();
        let mut target = writer.next_row_group()?;
        for (index, column) in COLUMNS.iter().enumerate() {
            let Some(mut sink) = target.next_column()? else {
                break;
            };
            write_column(&mut sink, column, group.iter().map(|row| &row[index]))?;
            sink.close()?;
        }
        target.close()?;
    }
    writer.close()?;
    Ok(())
}

fn schema() -> Result<TypePtr, ParquetError> {
    let fields: Result<Vec<TypePtr>, ParquetError> = COLUMNS
        .iter()
        .map(|column| {
            let (physical, logical) = match column.kind {
                Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
                Kind::Number => (Physical::INT64, None),
                Kind::Time => (Physical::INT64, Some(instant_type())),
            };
            Type::primitive_type_builder(column.name, physical)
                .with_repetition(Repetition::OPTIONAL)
                .with_logical_type(logical)
                .build()
                .map(Arc::new)
        })
        .collect();
    Type::group_type_builder("finding")
        .with_fields(fields?)
        .build()
        .map(Arc::new)
}

fn instant_type() -> LogicalType {
    LogicalType::timestamp(true, TimeUnit::MICROS)
}

fn write_column<'a>(
    sink: &mut SerializedColumnWriter<'_>,
    column: &Column,
    cells: impl Iterator<Item = &'a Cell<'a>>,
) -> Result<(), ParquetError> {
    let cells: Vec<&Cell<'_>> = cells.collect();
    let levels: Vec<i16> = cells
        .iter()
        .map(|cell| i16::from(**cell != Cell::Empty))
        .collect();
    if column.kind == Kind::Text {
        let texts: Vec<ByteArray> = cells
            .iter()
            .filter_map(|cell| cell.text())
            .map(ByteArray::from)
            .collect();
        sink.typed::<ByteArrayType>()
            .write_batch(&texts, Some(&levels), None)?;
    } else {
        let numbers: Vec<i64> = cells.iter().filter_map(|cell| number(cell)).collect();
        sink.typed::<Int64Type>()
            .write_batch(&numbers, Some(&levels), None)?;
    }
    Ok(())
}

fn number(cell: &Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Number(number) => Some(i64::try_from(*number).unwrap_or(i64::MAX)),
        Cell::Time(instant) => Some(instant.0),
        Cell::Empty | Cell::Borrowed(_) | Cell::Owned(_) => None,
    }
}
