//! Reads files of CloudEvents, a record at a time.

use cage_model::limits::RECORD_BYTES_MAX;
use cage_model::{EventBuffer, ObjectBuffer, Place};

use super::lines::{LineError, Lines};
use super::record::{Parsing, Progress, Record, Repeats};
use crate::delivery::Delivery;
use crate::error::ReadError;
use crate::input::Input;
use crate::json::{Chosen, Element, JsonStream, StreamError, begin, place_within, pointer};
use crate::local_time::LocalTime;

/// Reads CloudEvents, a line each or all in one array.
///
/// # Errors
/// As [`crate::read`]; a fault names the line, and within the record the JSON pointer.
pub(crate) fn read(input: Input, delivery: &mut Delivery<'_>) -> Result<(), ReadError> {
    let input = begin(input)?;
    let text = input.head().trim_ascii_start();
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    let is_array = text.trim_ascii_start().starts_with(b"[");
    let zone = LocalTime::new(delivery.options.zone.clone());
    let mut reading = Reading {
        delivery,
        zone,
        event: EventBuffer::default(),
        object: ObjectBuffer::default(),
        progress: Progress::default(),
    };
    if is_array {
        reading.array(JsonStream::new(input))?;
    } else {
        reading.lines(Lines::new(input))?;
    }
    if let Some(unread) = reading.progress.unread {
        reading.delivery.note(unread);
    }
    Ok(())
}

struct Reading<'s, 'd> {
    delivery: &'s mut Delivery<'d>,
    zone: LocalTime,
    event: EventBuffer,
    object: ObjectBuffer,
    progress: Progress,
}

impl Reading<'_, '_> {
    fn lines(&mut self, mut lines: Lines<Input>) -> Result<(), ReadError> {
        loop {
            match lines.next() {
                Ok(None) => return Ok(()),
                Ok(Some((text, line))) => self.record(text, Place { line, column: 1 })?,
                Err(LineError::Input(error)) => return Err(self.delivery.unreadable(error)),
                Err(LineError::Undecodable { line, column }) => {
                    let message = "these bytes are no UTF-8; JSON is always UTF-8";
                    self.delivery.reject(Place { line, column }, message)?;
                }
                Err(LineError::TooLong { line }) => {
                    let message = format!("a line of more than {RECORD_BYTES_MAX} bytes");
                    self.delivery.reject(Place { line, column: 1 }, message)?;
                }
            }
        }
    }

    fn array(&mut self, mut stream: JsonStream<Input>) -> Result<(), ReadError> {
        loop {
            match stream.next() {
                Ok(Element::End) => return Ok(()),
                Ok(Element::Value { text, line, column }) => {
                    self.record(text, Place { line, column })?;
                }
                // The document begins with a bracket, so it has no members.
                Ok(Element::Member(_)) => {}
                Err(StreamError::Input(error)) => return Err(self.delivery.unreadable(error)),
                Err(StreamError::Broken {
                    line,
                    column,
                    message,
                }) => {
                    return Err(self.delivery.broken(Place { line, column }, message));
                }
            }
        }
    }

    fn record(&mut self, text: &str, place: Place) -> Result<(), ReadError> {
        self.event.clear();
        self.event.place = place;
        let mut parsing = Parsing {
            names: self.delivery.names,
            chosen: Chosen::Wanted(&self.delivery.wanted),
            zone: &self.zone,
            event: &mut self.event,
            object: &mut self.object,
            progress: &mut self.progress,
            repeats: Repeats::Read,
        };
        match parsing.record(text) {
            Ok(Record::Event) => self.delivery.event(&self.event),
            Ok(Record::Object) => {
                self.object.place = place;
                self.delivery.object(&self.object)
            }
            Err(fault) => {
                let pointer = pointer(text, fault.at);
                let message = match pointer.as_str() {
                    "" => fault.message,
                    pointer => format!("{pointer}: {}", fault.message),
                };
                self.delivery
                    .reject(place_within(place, text, fault.at), message)
            }
        }
    }
}
