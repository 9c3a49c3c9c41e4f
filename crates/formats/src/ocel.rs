//! OCEL 2.0 (ocel-standard.org): object-centric event logs as JSON, XML and SQLite.
//!
//! The three readers understand their own syntax and hand the pieces to a [`session`], which checks
//! them: declared types, related objects that exist, identifiers used once. The three writers get
//! the log in OCEL's terms from a `view`.
//!
//! Relations name objects by identifier alone, so objects are read before the events, whatever
//! their order in the file; a reader keeps the identifiers of all objects, and no event.

mod declarations;
mod document;
mod json_reader;
mod json_writer;
mod session;
mod sqlite_reader;
mod sqlite_writer;
mod value;
mod view;
mod xml_reader;
mod xml_text;
mod xml_writer;

pub(crate) use json_reader::read as read_json;
pub(crate) use json_writer::write as write_json;
pub(crate) use sqlite_reader::read as read_sqlite;
pub(crate) use sqlite_writer::write as write_sqlite;
pub(crate) use xml_reader::read as read_xml;
pub(crate) use xml_writer::write as write_xml;

/// Attribute of an event in which our writers keep the time of arrival.
const ARRIVAL: &str = "ironcage:arrival";
/// Attribute of an event in which our writers keep its sender.
const SOURCE: &str = "ironcage:source";
