//! Some rows of one column, decoded.

use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::DataType;
use ::parquet::errors::ParquetError;

use super::meaning::{Meaning, Stored, julian};
use crate::table::cell::Cell;

/// Rows decoded at a time.
pub(super) const BATCH_ROWS: usize = 4_096;

/// A column of a row group, read some rows at a time.
pub(super) struct ColumnBatches {
    reader: ColumnReader,
    meaning: Meaning,
    is_optional: bool,
    rows: Vec<Option<Stored>>,
}

impl ColumnBatches {
    pub(super) fn new(reader: ColumnReader, meaning: Meaning, is_optional: bool) -> Self {
        Self {
            reader,
            meaning,
            is_optional,
            rows: Vec::new(),
        }
    }

    /// Decodes the next rows, at most [`BATCH_ROWS`]; gives their number.
    pub(super) fn next(&mut self) -> Result<usize, ParquetError> {
        let mut levels = Vec::new();
        let meaning = self.meaning;
        let values: Vec<Stored> = match &mut self.reader {
            ColumnReader::BoolColumnReader(reader) => {
                decode(reader, &mut levels, |value| Stored::Boolean(*value))?
            }
            ColumnReader::Int32ColumnReader(reader) => decode(reader, &mut levels, |value| {
                // Without a sign, the upper half would be taken for negative.
                let wide = match meaning {
                    Meaning::Unsigned => i64::from(*value as u32),
                    _ => i64::from(*value),
                };
                meaning.number(wide)
            })?,
            ColumnReader::Int64ColumnReader(reader) => {
                decode(reader, &mut levels, |value| meaning.number(*value))?
            }
            ColumnReader::Int96ColumnReader(reader) => {
                decode(reader, &mut levels, |value| julian(value.data()))?
            }
            ColumnReader::FloatColumnReader(reader) => decode(reader, &mut levels, |value| {
                Stored::Float(f64::from(*value))
            })?,
            ColumnReader::DoubleColumnReader(reader) => {
                decode(reader, &mut levels, |value| Stored::Float(*value))?
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                decode(reader, &mut levels, |value| meaning.bytes(value.data()))?
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                decode(reader, &mut levels, |value| meaning.bytes(value.data()))?
            }
        };
        self.rows.clear();
        if self.is_optional {
            let mut values = values.into_iter();
            self.rows.extend(
                levels
                    .iter()
                    .map(|level| if *level > 0 { values.next() } else { None }),
            );
        } else {
            self.rows.extend(values.into_iter().map(Some));
        }
        Ok(self.rows.len())
    }

    /// The cell of a row of the batch.
    pub(super) fn cell(&self, row: usize) -> Cell<'_> {
        match self.rows.get(row) {
            None | Some(None | Some(Stored::Fault(_))) => Cell::Missing,
            Some(Some(Stored::Integer(value))) => Cell::Integer(*value),
            Some(Some(Stored::Decimal(value))) => Cell::Decimal(*value),
            Some(Some(Stored::Float(value))) => Cell::Float(*value),
            Some(Some(Stored::Boolean(value))) => Cell::Boolean(*value),
            Some(Some(Stored::Time(value))) => Cell::Time(*value),
            Some(Some(Stored::Text(text))) => Cell::Text(text),
        }
    }

    /// What is wrong with the cell of a row.
    pub(super) fn fault(&self, row: usize) -> Option<&str> {
        match self.rows.get(row) {
            Some(Some(Stored::Fault(message))) => Some(message),
            _ => None,
        }
    }
}

fn decode<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    levels: &mut Vec<i16>,
    mut convert: impl FnMut(&T::T) -> Stored,
) -> Result<Vec<Stored>, ParquetError> {
    let mut values = Vec::with_capacity(BATCH_ROWS);
    reader.read_records(BATCH_ROWS, Some(levels), None, &mut values)?;
    Ok(values.iter().map(&mut convert).collect())
}
