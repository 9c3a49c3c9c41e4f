//! The entries for reading: opens the source, tells its format, calls the format's reader.

use std::io::Read;

use cage_model::{Interner, LogSink};

use crate::cloudevents;
use crate::csv;
use crate::delivery::Delivery;
use crate::detect::detect;
use crate::error::{ReadError, ReadReport};
use crate::input::Input;
use crate::ocel;
use crate::options::{Format, ReadOptions, Source};
use crate::parquet;
use crate::table;
use crate::xes;

/// Reads a log and hands each record to `sink`. Names and types become symbols of `names`.
///
/// # Errors
/// [`ReadError`]: unreadable, damaged, of unknown format, broken at a line and column, without any
/// event, or stopped by the sink. Records delivered before the fault stay delivered.
pub fn read(
    source: &Source,
    options: &ReadOptions,
    names: &mut Interner,
    sink: &mut dyn LogSink,
) -> Result<ReadReport, ReadError> {
    read_input(Input::open(source, options)?, options, names, sink)
}

/// Reads a log from any stream of bytes, compressed or not; `name` stands for it in messages.
///
/// # Errors
/// As [`read`].
pub fn read_stream(
    name: &str,
    content: Box<dyn Read + Send>,
    options: &ReadOptions,
    names: &mut Interner,
    sink: &mut dyn LogSink,
) -> Result<ReadReport, ReadError> {
    read_input(
        Input::of_stream(name, content, options)?,
        options,
        names,
        sink,
    )
}

fn read_input(
    input: Input,
    options: &ReadOptions,
    names: &mut Interner,
    sink: &mut dyn LogSink,
) -> Result<ReadReport, ReadError> {
    let format = match options.format {
        Some(format) => format,
        None => detect(&input)?,
    };
    let file = input.name().to_owned();
    let mut delivery = Delivery::new(file, format, options, names, sink);
    dispatch(format, input, &mut delivery)?;
    let Delivery { report, file, .. } = delivery;
    if report.events > 0 {
        return Ok(report);
    }
    let reason = match report.first_skipped.first() {
        None => format!("it is sound {format} without any event in it"),
        Some(first) => format!(
            "all {} records were passed over; the first in line {}: {}",
            report.skipped, first.place.line, first.reason
        ),
    };
    Err(ReadError::Empty { file, reason })
}

/// Calls the format's reader.
fn dispatch(format: Format, input: Input, delivery: &mut Delivery<'_>) -> Result<(), ReadError> {
    match format {
        Format::Xes => xes::read(input, delivery),
        Format::Csv => {
            let mapping = table::saved::mapping(&input, delivery)?;
            csv::read(input, &mapping, delivery)
        }
        Format::OcelJson => ocel::read_json(input, delivery),
        Format::CloudEvents => cloudevents::read(input, delivery),
        Format::Parquet => parquet::read(input, delivery),
        Format::OcelXml => ocel::read_xml(input, delivery),
        Format::OcelSqlite => ocel::read_sqlite(input, delivery),
    }
}
