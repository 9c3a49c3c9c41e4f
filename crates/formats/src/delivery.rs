//! What every reader works with besides its input: where records go, names, notes and rejects.

use std::io;

use cage_model::{EventBuffer, Interner, LogHeader, LogSink, ObjectBuffer, Place, Wanted};

use crate::error::{ReadError, ReadReport, Skipped};
use crate::input::read_fault;
use crate::options::{Format, ReadOptions};

/// Hands records to the consumer and keeps the report.
pub(crate) struct Delivery<'a> {
    pub(crate) names: &'a mut Interner,
    pub(crate) options: &'a ReadOptions,
    /// Which attributes the consumer wants.
    pub(crate) wanted: Wanted,
    /// The file's name for messages.
    pub(crate) file: String,
    pub(crate) report: ReadReport,
    sink: &'a mut dyn LogSink,
}

impl<'a> Delivery<'a> {
    pub(crate) fn new(
        file: String,
        format: Format,
        options: &'a ReadOptions,
        names: &'a mut Interner,
        sink: &'a mut dyn LogSink,
    ) -> Self {
        let report = ReadReport {
            format,
            events: 0,
            skipped: 0,
            first_skipped: Vec::new(),
            notes: Vec::new(),
        };
        Self {
            names,
            options,
            wanted: sink.wanted(),
            file,
            report,
            sink,
        }
    }

    /// Hands over what the file states about the whole log.
    pub(crate) fn header(&mut self, header: &LogHeader) -> Result<(), ReadError> {
        self.sink
            .header(header, self.names)
            .map_err(ReadError::Stopped)
    }

    /// Hands over an object.
    pub(crate) fn object(&mut self, object: &ObjectBuffer) -> Result<(), ReadError> {
        self.sink
            .object(object, self.names)
            .map_err(ReadError::Stopped)
    }

    /// Hands over an event and counts it.
    pub(crate) fn event(&mut self, event: &EventBuffer) -> Result<(), ReadError> {
        self.report.events += 1;
        self.sink
            .event(event, self.names)
            .map_err(ReadError::Stopped)
    }

    /// Says that a group of events begins.
    pub(crate) fn group_start(&mut self) -> Result<(), ReadError> {
        self.sink
            .group_start(self.names)
            .map_err(ReadError::Stopped)
    }

    /// Says that a group of events is complete.
    pub(crate) fn group_end(&mut self) -> Result<(), ReadError> {
        self.sink.group_end(self.names).map_err(ReadError::Stopped)
    }

    /// Adds a sentence to the report, once.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.report.notes.contains(&note) {
            self.report.notes.push(note);
        }
    }

    /// Meets a broken record: passes over it and counts it when reading leniently, else refuses
    /// the file.
    pub(crate) fn reject(
        &mut self,
        place: Place,
        reason: impl Into<String>,
    ) -> Result<(), ReadError> {
        let reason = reason.into();
        if !self.options.lenient {
            return Err(self.broken(place, reason));
        }
        self.report.skipped += 1;
        if self.report.first_skipped.len() < ReadReport::SKIPPED_KEPT {
            let file = self.file.clone();
            self.report.first_skipped.push(Skipped {
                file,
                place,
                reason,
            });
        }
        Ok(())
    }

    /// The error for content that cannot be read on, lenient or not.
    pub(crate) fn broken(&self, place: Place, message: impl Into<String>) -> ReadError {
        ReadError::Content {
            file: self.file.clone(),
            place,
            message: message.into(),
        }
    }

    /// The error for an input that could not be read: damaged compression, or a disk fault.
    pub(crate) fn unreadable(&self, fault: io::Error) -> ReadError {
        read_fault(&self.file, fault)
    }
}
