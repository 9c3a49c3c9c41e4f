//! CloudEvents 1.0 (cloudevents.io), one JSON object a line, or all in one JSON array.
//!
//! `data` holds `objects` (`type`, `id`, `qualifier`) and `attributes`; the extension attribute
//! `received` is the time of arrival. What an event log has beyond that (objects with attributes of
//! their own) travels in records of a type of ours, [`OBJECT_TYPE`].

mod lines;
mod reader;
mod record;
mod single;
mod text;
mod writer;

pub(crate) use reader::read;
pub use single::{EventAttributes, EventFault, EventReader};
pub use text::{event_text, object_text};
pub(crate) use writer::write;

/// The type of records that describe an object instead of an event.
pub const OBJECT_TYPE: &str = "ironcage.object";
/// The sender, type or beginning of an identifier where the log states none, since CloudEvents
/// requires all three.
const UNSTATED: &str = "urn:ironcage:unstated";
