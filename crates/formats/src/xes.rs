//! XES (IEEE 1849, and the 1.0 that came before it): reading and writing.
//!
//! How a log becomes records: a trace is an object of type `case` whose id is its `concept:name`; an
//! event names its case and, as an `officer` in the role `actor`, its `org:resource`. Every
//! attribute stays an attribute, these included. A list's members lie one level below it; a container
//! is an attribute without a value that others are nested in.
//!
//! What the standard leaves open, or files get wrong:
//! - A global's value is not given to records that lack it. The standard means it for tools that
//!   must create an attribute; files fill it with `UNKNOWN` and 1970, which no rule should judge.
//! - A trace without a name is called by its file and its number in it (`orders.xes#7`).
//! - Traces of one name are one case, because rules and peers that keep tables join them by it.
//! - Numbers, truth values and times in an unusual spelling are mended where they can be meant in
//!   one way only, and told; others are refused by line and column.

mod attributes;
mod defects;
mod element;
pub(crate) mod encoding;
mod escape;
mod fault;
mod header;
mod keys;
mod losses;
mod order;
mod reader;
mod rows;
mod text;
mod token;
mod value;
mod write_rows;
mod writer;

#[cfg(test)]
mod tests;

use cage_model::Log;

use crate::delivery::Delivery;
use crate::error::{ReadError, WriteError, WriteReport};
use crate::input::Input;
use crate::output::Output;

/// Reads a XES file.
pub(crate) fn read(input: Input, delivery: &mut Delivery<'_>) -> Result<(), ReadError> {
    let text = text::Text::new(input, delivery)?;
    attributes::Reader::new(delivery, token::Tags::new(text), false).run()
}

/// Writes a log as XES.
pub(crate) fn write(log: &Log, output: &Output) -> Result<WriteReport, WriteError> {
    let mut notes = Vec::new();
    output.stream(|stream| {
        notes = writer::Writer::new(log, stream).run()?;
        Ok(())
    })?;
    Ok(WriteReport { notes })
}
