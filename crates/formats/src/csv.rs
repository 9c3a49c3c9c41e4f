//! The reader of CSV and TSV: tells encoding, delimiter and columns from the beginning of the file,
//! then hands over one event a row.
//!
//! What the columns mean is decided in `table`; here are only the text's own questions.

mod dialect;
mod encoding;
mod scan;
mod write;

use cage_model::{EventBuffer, ObjectBuffer, Place};

use self::dialect::Dialect;
pub(crate) use self::encoding::Transcoder;
use self::scan::{Field, Record, ScanError, Scanner};
pub(crate) use self::write::write;
use crate::delivery::Delivery;
use crate::error::ReadError;
use crate::input::Input;
use crate::table::cell::Cell;
use crate::table::mapping::TableMapping;
use crate::table::names::unique_names;
use crate::table::plan::plan;
use crate::table::row::{Assembler, RowFault};

/// Reads a table of comma- or otherwise separated values.
///
/// # Errors
/// As [`crate::read`]: a header without the columns that events need, or, unless lenient, the first
/// row that is broken.
pub(crate) fn read(
    input: Input,
    mapping: &TableMapping,
    delivery: &mut Delivery<'_>,
) -> Result<(), ReadError> {
    let (encoding, mark) = dialect::encoding(&input, mapping)
        .map_err(|message| delivery.broken(Place::default(), message))?;
    let mut scanner = Scanner::new(Transcoder::new(input, encoding, mark));
    let dialect = Dialect::detect(&mut scanner, encoding, mapping)
        .map_err(|error| delivery.unreadable(error))?;
    dialect.apply(&mut scanner);
    delivery.note(dialect.describe());
    let Some(names) = header(&mut scanner, delivery)? else {
        return Ok(());
    };
    let sample = dialect.sample(&names);
    let planned = plan(&sample, mapping, &delivery.wanted, delivery.names);
    let plan = planned.map_err(|message| delivery.broken(Place { line: 1, column: 1 }, message))?;
    for note in plan.notes() {
        delivery.note(note);
    }
    let zone = delivery.options.zone.clone();
    let mut rows = Rows {
        assembler: Assembler::new(plan, zone, delivery.names),
        width: names.len(),
        empty_text: mapping.empty_text,
        event: EventBuffer::default(),
        case: ObjectBuffer::default(),
    };
    rows.read(&mut scanner, delivery)?;
    for note in rows.assembler.notes() {
        delivery.note(note);
    }
    Ok(())
}

/// The names of the columns: none empty, none twice. `None` when the file has no line.
fn header<R: std::io::Read>(
    scanner: &mut Scanner<R>,
    delivery: &mut Delivery<'_>,
) -> Result<Option<Vec<String>>, ReadError> {
    let record = match scanner.next() {
        Ok(Some(record)) => record,
        Ok(None) => return Ok(None),
        Err(ScanError::Input(error)) => return Err(delivery.unreadable(error)),
        Err(ScanError::Record(fault)) => {
            let (line, column) = (fault.line, fault.column);
            return Err(delivery.broken(Place { line, column }, fault.message));
        }
    };
    let given = record.fields.iter().map(|field| record.field(field).trim());
    let (names, notes) = unique_names(given);
    for note in notes {
        delivery.note(note);
    }
    Ok(Some(names))
}

/// What is reused from row to row.
struct Rows {
    assembler: Assembler,
    width: usize,
    empty_text: bool,
    event: EventBuffer,
    case: ObjectBuffer,
}

impl Rows {
    fn read<R: std::io::Read>(
        &mut self,
        scanner: &mut Scanner<R>,
        delivery: &mut Delivery<'_>,
    ) -> Result<(), ReadError> {
        loop {
            match scanner.next() {
                Ok(None) => return Ok(()),
                Ok(Some(record)) => self.row(&record, delivery)?,
                Err(ScanError::Input(error)) => return Err(delivery.unreadable(error)),
                Err(ScanError::Record(fault)) => {
                    let (line, column) = (fault.line, fault.column);
                    delivery.reject(Place { line, column }, fault.message)?;
                }
            }
        }
    }

    fn row(&mut self, record: &Record<'_>, delivery: &mut Delivery<'_>) -> Result<(), ReadError> {
        let (found, width) = (record.fields.len(), self.width);
        if found != width {
            let message = format!("{found} fields in this row, {width} in the header");
            return delivery.reject(record.place(found.min(width)), message);
        }
        match self.fill(record, delivery) {
            Ok(new_about_case) => {
                if new_about_case {
                    delivery.object(&self.case)?;
                }
                delivery.event(&self.event)
            }
            Err(fault) => {
                let name = &self.assembler.plan.columns[fault.column].name;
                let message = format!("column {name:?}: {}", fault.message);
                delivery.reject(record.place(fault.column), message)
            }
        }
    }

    /// Fills the buffers; says whether the row tells something new about its case.
    fn fill(&mut self, record: &Record<'_>, delivery: &mut Delivery<'_>) -> Result<bool, RowFault> {
        let empty_text = self.empty_text;
        let cell = |index: usize| match record.fields.get(index) {
            Some(field) => cell(record.field(field), field, empty_text),
            None => Cell::Missing,
        };
        self.event.clear();
        self.event.place = Place {
            line: record.line,
            column: 1,
        };
        self.assembler
            .event(cell, &mut self.event, delivery.names)?;
        self.assembler
            .case(cell, &self.event, &mut self.case, delivery.names)
    }
}

fn cell<'a>(text: &'a str, field: &Field, empty_text: bool) -> Cell<'a> {
    if text.is_empty() && !(field.quoted && empty_text) {
        Cell::Missing
    } else {
        Cell::Text(text)
    }
}
