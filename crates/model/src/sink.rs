//! The seam between those who read a log and those who consume it.

use crate::event::{EventBuffer, ObjectBuffer};
use crate::log::LogHeader;
use crate::symbol::Interner;

/// Which attribute values a consumer needs; a reader checks the others without decoding them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Wanted {
    /// All of them.
    #[default]
    All,
    /// Top-level attributes with these names, on events and on objects. Object references,
    /// activity and times are always delivered.
    Names(Vec<String>),
}

/// Why a consumer stopped the reader.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Consumes a log record by record. Objects come before the events of their own group where the
/// format allows it (a XES trace before its events), but a consumer must not depend on that.
pub trait LogSink {
    /// Which attributes to decode; asked once, before reading.
    fn wanted(&self) -> Wanted {
        Wanted::All
    }

    /// What the file states about the whole log. May come again when more becomes known.
    ///
    /// # Errors
    /// To stop reading.
    fn header(&mut self, _header: &LogHeader, _names: &mut Interner) -> Result<(), SinkError> {
        Ok(())
    }

    /// An object with its attributes. The same object may come again with more of them.
    ///
    /// # Errors
    /// To stop reading.
    fn object(&mut self, _object: &ObjectBuffer, _names: &mut Interner) -> Result<(), SinkError> {
        Ok(())
    }

    /// An event.
    ///
    /// # Errors
    /// To stop reading.
    fn event(&mut self, event: &EventBuffer, names: &mut Interner) -> Result<(), SinkError>;

    /// A group of events that belong together (a XES trace) begins; its object and events follow.
    /// A consumer may put the events of a group in order of time before it looks at them.
    ///
    /// # Errors
    /// To stop reading.
    fn group_start(&mut self, _names: &mut Interner) -> Result<(), SinkError> {
        Ok(())
    }

    /// A group of events that belong together (a XES trace) is complete.
    ///
    /// # Errors
    /// To stop reading.
    fn group_end(&mut self, _names: &mut Interner) -> Result<(), SinkError> {
        Ok(())
    }
}
