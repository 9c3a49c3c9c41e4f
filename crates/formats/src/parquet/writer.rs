//! Writes Parquet: every column with its own type, and in the file's metadata the mapping with which
//! it reads back as the same log.

use std::io::{self, Write};
use std::sync::Arc;

use ::parquet::basic::{
    Compression, LogicalType, Repetition, TimeUnit, Type as Physical, ZstdLevel,
};
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::KeyValue;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use ::parquet::schema::types::{Type, TypePtr};
use cage_model::{Decimal, Interner, Log, Time, Value};

use super::MAPPING_KEY;
use crate::error::{WriteError, WriteReport};
use crate::json::{write_list, write_value};
use crate::options::Format;
use crate::output::Output;
use crate::table::sheet::{Kind, Sheet, SheetCell, SheetColumn, Spread};

/// Rows of one row group, where the table is not wide.
const GROUP_ROWS: usize = 65_536;
/// Cells of one row group, which bounds the rows of a wide table.
const GROUP_CELLS: usize = 4 << 20;
/// Bytes of texts of one row group.
const GROUP_TEXT_BYTES: usize = 64 << 20;
/// What a 64-bit number of nanoseconds since 1970 can hold, in microseconds.
const NANOSECONDS_MICROS_MAX: i64 = i64::MAX / 1_000;

/// Writes a log.
///
/// # Errors
/// [`WriteError`]: more attributes than a table can have columns, or a fault of the disk.
pub(crate) fn write(log: &Log, output: &Output) -> Result<WriteReport, WriteError> {
    let mut sheet = Sheet::new(log, Format::Parquet)?;
    let targets = targets(&mut sheet);
    output.stream(|out| {
        file(&mut sheet, targets, out).map_err(|error| match error {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(error) => *error,
                Err(other) => io::Error::other(other),
            },
            other => io::Error::other(other),
        })
    })?;
    Ok(WriteReport { notes: sheet.notes })
}

/// How a column is stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Storage {
    Text,
    Integer,
    /// All values with so many digits behind the point.
    Decimal(u8),
    Float,
    Boolean,
    /// Units, and whether the values are instants.
    Time(TimeUnit, bool),
    /// The offset of another column's times, in minutes.
    Offset,
}

/// A column of the file, and what of the row group is collected for it.
struct Target {
    name: String,
    /// The column of the sheet that it takes its values from.
    column: usize,
    storage: Storage,
    levels: Vec<i16>,
    texts: Vec<ByteArray>,
    numbers: Vec<i64>,
    offsets: Vec<i32>,
    floats: Vec<f64>,
    booleans: Vec<bool>,
}

/// The columns of the file; times whose offsets differ get a second column for them.
fn targets(sheet: &mut Sheet<'_>) -> Vec<Target> {
    let mut targets = Vec::new();
    let taken: std::collections::BTreeSet<String> = sheet
        .columns
        .iter()
        .map(|column| column.name.clone())
        .collect();
    for (index, column) in sheet.columns.iter().enumerate() {
        let storage = storage(column);
        targets.push(Target::new(column.name.clone(), index, storage));
        let is_mixed = matches!(storage, Storage::Time(..)) && needs_offsets(column.spread);
        if is_mixed {
            let begin = format!("{} offset", column.name);
            let longer = (2..).map(|copy| format!("{begin} ({copy})"));
            let name = std::iter::once(begin.clone())
                .chain(longer)
                .find(|name| !taken.contains(name));
            let name = name.unwrap_or(begin);
            sheet
                .mapping
                .offsets
                .push((column.name.clone(), name.clone()));
            targets.push(Target::new(name, index, Storage::Offset));
        }
    }
    targets
}

fn needs_offsets(spread: Spread) -> bool {
    spread.other_offset || spread.utc && spread.without_offset
}

fn storage(column: &SheetColumn) -> Storage {
    let spread = column.spread;
    match column.kind {
        Kind::Text | Kind::Identifier | Kind::Json => Storage::Text,
        Kind::Integer => Storage::Integer,
        Kind::Float => Storage::Float,
        Kind::Boolean => Storage::Boolean,
        // One column has one scale; decimals of several keep their digits as texts.
        Kind::Decimal => match spread.scales {
            Some((least, most)) if least == most => Storage::Decimal(most),
            _ => Storage::Text,
        },
        Kind::Time => {
            let is_instant = spread.utc || spread.other_offset;
            if !spread.nanoseconds {
                Storage::Time(TimeUnit::MICROS, is_instant)
            } else if spread.micros_max < NANOSECONDS_MICROS_MAX {
                Storage::Time(TimeUnit::NANOS, is_instant)
            } else {
                Storage::Text
            }
        }
    }
}

fn file(
    sheet: &mut Sheet<'_>,
    mut targets: Vec<Target>,
    out: &mut (impl Write + Send),
) -> Result<(), ParquetError> {
    let mapping = KeyValue::new(MAPPING_KEY.to_owned(), sheet.mapping.to_toml());
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_created_by("ironcage".to_owned())
        .set_key_value_metadata(Some(vec![mapping]))
        .build();
    let mut writer = SerializedFileWriter::new(out, schema(&targets)?, Arc::new(properties))?;
    let names = sheet.names();
    let rows_max = (GROUP_CELLS / targets.len().max(1)).clamp(1, GROUP_ROWS);
    let (mut rows, mut text_bytes) = (0, 0);
    sheet.rows(|cells| {
        for target in &mut targets {
            text_bytes += target.push(&cells[target.column], names);
        }
        rows += 1;
        if rows < rows_max && text_bytes < GROUP_TEXT_BYTES {
            return Ok(());
        }
        (rows, text_bytes) = (0, 0);
        flush(&mut writer, &mut targets)
    })?;
    if rows > 0 {
        flush(&mut writer, &mut targets)?;
    }
    writer.close()?;
    Ok(())
}

fn schema(targets: &[Target]) -> Result<TypePtr, ParquetError> {
    let fields: Result<Vec<TypePtr>, ParquetError> = targets
        .iter()
        .map(|target| {
            let (physical, logical) = target.storage.types();
            let field = Type::primitive_type_builder(&target.name, physical)
                .with_repetition(Repetition::OPTIONAL)
                .with_logical_type(logical);
            let field = match target.storage {
                Storage::Decimal(scale) => field.with_precision(18).with_scale(i32::from(scale)),
                _ => field,
            };
            field.build().map(Arc::new)
        })
        .collect();
    Type::group_type_builder("log")
        .with_fields(fields?)
        .build()
        .map(Arc::new)
}

impl Storage {
    fn types(self) -> (Physical, Option<LogicalType>) {
        match self {
            Self::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Self::Integer => (Physical::INT64, None),
            Self::Decimal(scale) => (
                Physical::INT64,
                Some(LogicalType::decimal(i32::from(scale), 18)),
            ),
            Self::Float => (Physical::DOUBLE, None),
            Self::Boolean => (Physical::BOOLEAN, None),
            Self::Time(unit, is_instant) => (
                Physical::INT64,
                Some(LogicalType::timestamp(is_instant, unit)),
            ),
            Self::Offset => (Physical::INT32, None),
        }
    }
}

fn flush(
    writer: &mut SerializedFileWriter<&mut (impl Write + Send)>,
    targets: &mut [Target],
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for target in targets {
        let Some(mut sink) = group.next_column()? else {
            break;
        };
        target.write(&mut sink)?;
        sink.close()?;
    }
    group.close()?;
    Ok(())
}

impl Target {
    fn new(name: String, column: usize, storage: Storage) -> Self {
        Self {
            name,
            column,
            storage,
            levels: Vec::new(),
            texts: Vec::new(),
            numbers: Vec::new(),
            offsets: Vec::new(),
            floats: Vec::new(),
            booleans: Vec::new(),
        }
    }

    /// Collects a cell; gives the bytes of its text.
    fn push(&mut self, cell: &SheetCell<'_>, names: &Interner) -> usize {
        let pushed = match (self.storage, cell) {
            (_, SheetCell::Missing) => None,
            (Storage::Text, cell) => {
                let text = ByteArray::from(text_of(cell, names).into_bytes());
                let bytes = text.len();
                self.texts.push(text);
                Some(bytes)
            }
            (storage, SheetCell::Value(value)) => self.push_value(storage, *value),
            _ => None,
        };
        self.levels.push(i16::from(pushed.is_some()));
        pushed.unwrap_or(0)
    }

    fn push_value(&mut self, storage: Storage, value: Value) -> Option<usize> {
        match (storage, value) {
            (Storage::Integer, Value::Integer(value)) => self.numbers.push(value),
            (Storage::Decimal(_), Value::Decimal { mantissa, .. }) => self.numbers.push(mantissa),
            (Storage::Float, Value::Float(value)) => self.floats.push(value),
            (Storage::Boolean, Value::Boolean(value)) => self.booleans.push(value),
            (Storage::Time(unit, _), value) => self.numbers.push(units(value.as_time()?, unit)),
            (Storage::Offset, value) => {
                self.offsets
                    .push(i32::from(value.as_time()?.offset_minutes()?));
            }
            _ => return None,
        }
        Some(0)
    }

    fn write(&mut self, sink: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = Some(self.levels.as_slice());
        match self.storage {
            Storage::Text => {
                sink.typed::<ByteArrayType>()
                    .write_batch(&self.texts, levels, None)?;
                self.texts.clear();
            }
            Storage::Integer | Storage::Decimal(_) | Storage::Time(..) => {
                sink.typed::<Int64Type>()
                    .write_batch(&self.numbers, levels, None)?;
                self.numbers.clear();
            }
            Storage::Offset => {
                sink.typed::<Int32Type>()
                    .write_batch(&self.offsets, levels, None)?;
                self.offsets.clear();
            }
            Storage::Float => {
                sink.typed::<DoubleType>()
                    .write_batch(&self.floats, levels, None)?;
                self.floats.clear();
            }
            Storage::Boolean => {
                sink.typed::<BoolType>()
                    .write_batch(&self.booleans, levels, None)?;
                self.booleans.clear();
            }
        }
        self.levels.clear();
        Ok(())
    }
}

fn units(time: Time, unit: TimeUnit) -> i64 {
    let micros = time.instant().0;
    match unit {
        TimeUnit::NANOS => micros
            .saturating_mul(1_000)
            .saturating_add(i64::from(time.nanoseconds())),
        _ => micros,
    }
}

fn text_of(cell: &SheetCell<'_>, names: &Interner) -> String {
    match cell {
        SheetCell::Missing => String::new(),
        SheetCell::Text(text) => (*text).to_owned(),
        SheetCell::Value(Value::Text(text) | Value::Id(text)) => names.text(*text).to_owned(),
        SheetCell::Value(Value::Decimal { scale, mantissa }) => Decimal {
            mantissa: *mantissa,
            scale: *scale,
        }
        .to_string(),
        SheetCell::Value(value) => value
            .as_time()
            .map(|time| time.to_string())
            .unwrap_or_default(),
        SheetCell::Group(group) => {
            let mut text = String::new();
            write_value(&mut text, group, names);
            text
        }
        SheetCell::Many(ids) => {
            let mut text = String::new();
            write_list(&mut text, ids);
            text
        }
    }
}
