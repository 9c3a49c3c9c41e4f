//! The one entry for writing: tells the format by the name, calls the format's writer.

use std::path::Path;

use cage_model::Log;

use crate::cloudevents;
use crate::csv;
use crate::detect::by_name;
use crate::error::{WriteError, WriteReport};
use crate::ocel;
use crate::options::Format;
use crate::output::Output;
use crate::parquet;
use crate::xes;

/// Writes a log to a file, in the given format or in the one that the name's ending says; an
/// ending `.gz` or `.zst` compresses it. An existing file is replaced only when all is written.
///
/// # Errors
/// [`WriteError`]: not writable, no format in the name, or a log that the format cannot hold.
pub fn write(log: &Log, path: &Path, format: Option<Format>) -> Result<WriteReport, WriteError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let format = format
        .or_else(|| by_name(&name))
        .ok_or_else(|| WriteError::UnknownFormat {
            file: path.to_owned(),
        })?;
    let output = Output::create(path)?;
    let report = dispatch(format, log, &output)?;
    output.finish()?;
    Ok(report)
}

/// Calls the format's writer.
fn dispatch(format: Format, log: &Log, output: &Output) -> Result<WriteReport, WriteError> {
    match format {
        Format::Xes => xes::write(log, output),
        Format::Csv => csv::write(log, output),
        Format::OcelJson => ocel::write_json(log, output),
        Format::CloudEvents => cloudevents::write(log, output),
        Format::Parquet => parquet::write(log, output),
        Format::OcelXml => ocel::write_xml(log, output),
        Format::OcelSqlite => ocel::write_sqlite(log, output),
    }
}
