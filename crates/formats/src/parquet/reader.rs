//! Reads Parquet.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use cage_model::{EventBuffer, ObjectBuffer, Place};

use super::MAPPING_KEY;
use super::batch::{BATCH_ROWS, ColumnBatches};
use super::meaning::Meaning;
use crate::delivery::Delivery;
use crate::error::ReadError;
use crate::input::Input;
use crate::table::cell::Cell;
use crate::table::mapping::TableMapping;
use crate::table::plan::{Plan, Sample, plan};
use crate::table::row::{Assembler, RowFault};

/// Rows looked at for the format of times that are stored as texts or numbers.
const SAMPLE_ROWS: usize = BATCH_ROWS;
/// Bytes that one column of one row group may have when decompressed.
const COLUMN_BYTES_MAX: i64 = 2 << 30;
/// Columns that a file may have.
const COLUMNS_MAX: usize = cage_model::limits::ATTRIBUTES_PER_RECORD_MAX;

/// Reads a Parquet file.
///
/// # Errors
/// As [`crate::read`]; a fault within a row names the row's number in the file.
pub(crate) fn read(input: Input, delivery: &mut Delivery<'_>) -> Result<(), ReadError> {
    let file = input.into_file()?;
    let opened = File::open(file.path()).map_err(|error| delivery.unreadable(error))?;
    // The decoder asserts what damaged files break; that must not end the program.
    let outcome = catch_unwind(AssertUnwindSafe(|| Reading::run(opened, delivery)));
    outcome.unwrap_or_else(|_| {
        let message = "the file is damaged: its encoded values contradict its own description";
        Err(delivery.broken(Place::default(), message))
    })
}

/// A column that can be read: a single value in each row.
struct FlatColumn {
    /// Its place among all of the file's columns.
    leaf: usize,
    name: String,
    meaning: Meaning,
    is_optional: bool,
}

struct Reading<'s, 'd> {
    delivery: &'s mut Delivery<'d>,
    columns: Vec<FlatColumn>,
    assembler: Assembler,
    event: EventBuffer,
    case: ObjectBuffer,
    /// Rows of the file before the ones at hand.
    passed: u64,
}

impl<'s, 'd> Reading<'s, 'd> {
    fn run(file: File, delivery: &'s mut Delivery<'d>) -> Result<(), ReadError> {
        let reader = SerializedFileReader::new(file).map_err(|error| damaged(delivery, &error))?;
        check_sizes(&reader, delivery)?;
        let columns = flat_columns(&reader, delivery)?;
        let mapping = mapping(&reader, delivery)?;
        let sample = sample(&reader, &columns).map_err(|error| damaged(delivery, &error))?;
        let planned = plan(&sample, &mapping, &delivery.wanted, delivery.names);
        let plan = planned.map_err(|message| delivery.broken(Place::default(), message))?;
        for note in plan.notes() {
            delivery.note(note);
        }
        let needed = needed_columns(&plan);
        let zone = delivery.options.zone.clone();
        let assembler = Assembler::new(plan, zone, delivery.names);
        let (event, case) = (EventBuffer::default(), ObjectBuffer::default());
        let mut reading = Reading {
            delivery,
            columns,
            assembler,
            event,
            case,
            passed: 0,
        };
        for group in 0..reader.num_row_groups() {
            let group = reader
                .get_row_group(group)
                .map_err(|error| damaged(reading.delivery, &error))?;
            reading.group(group.as_ref(), &needed)?;
        }
        for note in reading.assembler.notes() {
            reading.delivery.note(note);
        }
        Ok(())
    }

    /// Reads the rows of one group, of them only the needed columns.
    fn group(&mut self, group: &dyn RowGroupReader, needed: &[usize]) -> Result<(), ReadError> {
        let mut batches: Vec<Option<ColumnBatches>> = Vec::new();
        batches.resize_with(self.columns.len(), || None);
        for &index in needed {
            let column = &self.columns[index];
            let opened = group.get_column_reader(column.leaf);
            let opened = opened.map_err(|error| damaged(self.delivery, &error))?;
            batches[index] = Some(ColumnBatches::new(
                opened,
                column.meaning,
                column.is_optional,
            ));
        }
        let rows = u64::try_from(group.metadata().num_rows()).unwrap_or(0);
        let mut done = 0;
        while done < rows {
            let count = usize::try_from(rows - done)
                .unwrap_or(BATCH_ROWS)
                .min(BATCH_ROWS);
            for (index, batch) in batches.iter_mut().enumerate() {
                let Some(batch) = batch else {
                    continue;
                };
                let got = batch
                    .next()
                    .map_err(|error| damaged(self.delivery, &error))?;
                if got != count {
                    let name = &self.columns[index].name;
                    let message =
                        format!("the column {name:?} has fewer values than the file has rows");
                    return Err(self.delivery.broken(Place::default(), message));
                }
            }
            for row in 0..count {
                self.row(&batches, row, self.passed + done + row as u64 + 1)?;
            }
            done += count as u64;
        }
        self.passed += rows;
        Ok(())
    }

    fn row(
        &mut self,
        batches: &[Option<ColumnBatches>],
        row: usize,
        number: u64,
    ) -> Result<(), ReadError> {
        let place = Place {
            line: number,
            column: 0,
        };
        match self.fill(batches, row, place) {
            Ok(new_about_case) => {
                if new_about_case {
                    self.delivery.object(&self.case)?;
                }
                self.delivery.event(&self.event)
            }
            Err(fault) => {
                let name = &self.columns[fault.column].name;
                let message = format!("row {number}, column {name:?}: {}", fault.message);
                self.delivery.reject(place, message)
            }
        }
    }

    fn fill(
        &mut self,
        batches: &[Option<ColumnBatches>],
        row: usize,
        place: Place,
    ) -> Result<bool, RowFault> {
        for (column, batch) in batches.iter().enumerate() {
            if let Some(message) = batch.as_ref().and_then(|batch| batch.fault(row)) {
                return Err(RowFault {
                    column,
                    message: message.to_owned(),
                });
            }
        }
        let cell = |index: usize| match batches.get(index) {
            Some(Some(batch)) => batch.cell(row),
            _ => Cell::Missing,
        };
        self.event.clear();
        self.event.place = place;
        self.assembler
            .event(cell, &mut self.event, self.delivery.names)?;
        self.assembler
            .case(cell, &self.event, &mut self.case, self.delivery.names)
    }
}

fn damaged(delivery: &Delivery<'_>, error: &ParquetError) -> ReadError {
    delivery.broken(Place::default(), format!("no sound Parquet: {error}"))
}

/// Refuses what the file says of itself when nobody could hold it.
fn check_sizes(
    reader: &SerializedFileReader<File>,
    delivery: &Delivery<'_>,
) -> Result<(), ReadError> {
    for group in reader.metadata().row_groups() {
        for column in group.columns() {
            if !(0..=COLUMN_BYTES_MAX).contains(&column.uncompressed_size()) {
                let message = format!(
                    "the column {:?} has {} bytes in one row group; at most {COLUMN_BYTES_MAX} are read. \
                     Write the file with smaller row groups",
                    column.column_path().string(),
                    column.uncompressed_size()
                );
                return Err(delivery.broken(Place::default(), message));
            }
        }
    }
    Ok(())
}

fn flat_columns(
    reader: &SerializedFileReader<File>,
    delivery: &mut Delivery<'_>,
) -> Result<Vec<FlatColumn>, ReadError> {
    let mut columns = Vec::new();
    let mut nested = Vec::new();
    let schema = reader.metadata().file_metadata().schema_descr();
    if schema.num_columns() > COLUMNS_MAX {
        let message = format!(
            "{} columns; at most {COLUMNS_MAX} are read",
            schema.num_columns()
        );
        return Err(delivery.broken(Place::default(), message));
    }
    for (leaf, column) in schema.columns().iter().enumerate() {
        let [name] = column.path().parts() else {
            nested.push(format!("{:?}", column.path().string()));
            continue;
        };
        // The row numbers that data frames leave behind.
        let is_index = name.starts_with("__index_level_");
        if is_index || column.max_rep_level() > 0 {
            nested.push(format!("{name:?}"));
            continue;
        }
        columns.push(FlatColumn {
            leaf,
            name: name.clone(),
            meaning: Meaning::of(column),
            is_optional: column.max_def_level() > 0,
        });
    }
    if !nested.is_empty() {
        const SHOWN: usize = 10;
        let more = if nested.len() > SHOWN {
            " and others"
        } else {
            ""
        };
        nested.truncate(SHOWN);
        delivery.note(format!(
            "columns of nested values and of row numbers are not read: {}{more}",
            nested.join(", ")
        ));
    }
    let given: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let (names, notes) = crate::table::names::unique_names(given.iter().map(String::as_str));
    for (column, name) in columns.iter_mut().zip(names) {
        column.name = name;
    }
    for note in notes {
        delivery.note(note);
    }
    Ok(columns)
}

/// The mapping of the options; when that says nothing, the one in the file's own metadata.
fn mapping(
    reader: &SerializedFileReader<File>,
    delivery: &mut Delivery<'_>,
) -> Result<TableMapping, ReadError> {
    let given = &delivery.options.mapping;
    let metadata = reader.metadata().file_metadata().key_value_metadata();
    let saved = metadata
        .into_iter()
        .flatten()
        .find(|pair| pair.key == MAPPING_KEY)
        .and_then(|pair| pair.value.as_deref());
    match saved {
        Some(saved) if *given == TableMapping::default() => TableMapping::from_toml(saved)
            .map_err(|error| delivery.broken(Place::default(), error.to_string())),
        _ => Ok(given.clone()),
    }
}

/// The first values of the columns whose type leaves open whether they are times.
fn sample(
    reader: &SerializedFileReader<File>,
    columns: &[FlatColumn],
) -> Result<Sample, ParquetError> {
    let mut sample = Sample {
        names: columns.iter().map(|column| column.name.clone()).collect(),
        stated: columns
            .iter()
            .map(|column| Some(column.meaning.reading()))
            .collect(),
        values: vec![Vec::new(); columns.len()],
    };
    if reader.num_row_groups() == 0 {
        return Ok(sample);
    }
    let group = reader.get_row_group(0)?;
    for (column, values) in columns.iter().zip(&mut sample.values) {
        if !matches!(
            column.meaning,
            Meaning::Text | Meaning::Unmarked | Meaning::Integer | Meaning::Float
        ) {
            continue;
        }
        let opened = group.get_column_reader(column.leaf)?;
        let mut batch = ColumnBatches::new(opened, column.meaning, column.is_optional);
        let rows = batch.next()?.min(SAMPLE_ROWS);
        values.extend((0..rows).filter_map(|row| match batch.cell(row) {
            Cell::Text(text) => Some(text.to_owned()),
            Cell::Integer(value) => Some(value.to_string()),
            Cell::Float(value) => Some(value.to_string()),
            _ => None,
        }));
    }
    Ok(sample)
}

/// The columns that the plan looks at.
fn needed_columns(plan: &Plan) -> Vec<usize> {
    let parts = [
        plan.case,
        plan.activity,
        plan.time,
        plan.arrival,
        plan.id,
        plan.source,
    ];
    let mut needed: Vec<usize> = parts.into_iter().flatten().collect();
    needed.extend(plan.objects.iter().map(|object| object.column));
    needed.extend(&plan.attributes);
    needed.extend(plan.case_attributes.iter().map(|(column, _)| *column));
    let offsets: Vec<usize> = needed
        .iter()
        .filter_map(|&column| plan.columns[column].offset)
        .collect();
    needed.extend(offsets);
    needed.sort_unstable();
    needed.dedup();
    needed
}
