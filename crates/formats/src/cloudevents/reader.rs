//! Reads CloudEvents.

use std::borrow::Cow;

use cage_model::limits::{OBJECTS_PER_EVENT_MAX, RECORD_BYTES_MAX};
use cage_model::{EventBuffer, ObjectBuffer, Place, RelationRow, Symbol, Time, Wanted};

use super::lines::{LineError, Lines};
use super::{OBJECT_TYPE, UNSTATED};
use crate::delivery::Delivery;
use crate::error::ReadError;
use crate::input::Input;
use crate::json::{
    Element, JsonFault, JsonReader, JsonStream, NameTable, StreamError, Token, begin, place_within,
    pointer, push_attributes,
};
use crate::local_time::LocalTime;
use crate::table::row::shorten;

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
        names: 0,
        unread: None,
        described: None,
        is_description: false,
    };
    if is_array {
        reading.array(JsonStream::new(input))?;
    } else {
        reading.lines(Lines::new(input))?;
    }
    if let Some(unread) = reading.unread {
        reading.delivery.note(unread);
    }
    Ok(())
}

struct Reading<'s, 'd> {
    delivery: &'s mut Delivery<'d>,
    zone: LocalTime,
    event: EventBuffer,
    object: ObjectBuffer,
    names: usize,
    /// What to say of the first member that is not read.
    unread: Option<String>,
    /// Where in the record `data.object` stands.
    described: Option<usize>,
    is_description: bool,
}

/// What a record turned out to be.
enum Record {
    Event,
    Object,
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
        match self.parse(text) {
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

    fn parse(&mut self, text: &str) -> Result<Record, JsonFault> {
        let mut reader = JsonReader::new(text);
        if reader.value()? != Token::Object {
            return Err(fault(0, "a CloudEvent is a JSON object in braces"));
        }
        let (mut version, mut has_id, mut has_source, mut has_type) = (false, false, false, false);
        (self.described, self.is_description) = (None, false);
        while let Some(key) = reader.key()? {
            let at = reader.next_position();
            match key.as_ref() {
                "specversion" => {
                    version = true;
                    let stated = word(&mut reader)?;
                    if !matches!(stated.as_deref(), Some("1.0")) {
                        return Err(fault(at, "only CloudEvents \"1.0\" are read"));
                    }
                }
                "id" => {
                    has_id = true;
                    let id = needed(&mut reader, at)?;
                    let is_stated = !id.starts_with(UNSTATED);
                    self.event.id = is_stated.then(|| self.event.push_text(&id));
                }
                "source" => {
                    has_source = true;
                    let source = needed(&mut reader, at)?;
                    let is_stated = source != UNSTATED;
                    self.event.source = is_stated.then(|| self.event.push_text(&source));
                }
                "type" => {
                    has_type = true;
                    let name = needed(&mut reader, at)?;
                    self.is_description = name == OBJECT_TYPE;
                    let name = if name == UNSTATED { "" } else { name.as_ref() };
                    self.event.activity = self.name(name, at)?;
                }
                "time" => self.event.time = self.time(&mut reader, at)?,
                "received" => self.event.arrival = self.time(&mut reader, at)?,
                "data" => self.data(&mut reader, at)?,
                _ => self.pass_over(&key, &mut reader)?,
            }
        }
        reader.finish()?;
        let required = [
            (version, "specversion"),
            (has_id, "id"),
            (has_source, "source"),
            (has_type, "type"),
        ];
        if let Some((_, name)) = required.iter().find(|(given, _)| !given) {
            return Err(fault(0, format!("{name:?} is missing")));
        }
        match self.described {
            Some(at) if self.is_description => {
                self.object(&mut JsonReader::at(text, at), at)?;
                Ok(Record::Object)
            }
            None if self.is_description => Err(fault(0, "\"data\" with an \"object\" is missing")),
            Some(_) => {
                self.note_unread("data/object");
                Ok(Record::Event)
            }
            None => Ok(Record::Event),
        }
    }

    fn note_unread(&mut self, key: &str) {
        if self.unread.is_none() {
            let (line, key) = (self.event.place.line, shorten(key));
            self.unread = Some(format!(
                "members such as {key:?} (line {line}) are not read"
            ));
        }
    }

    fn pass_over(&mut self, key: &str, reader: &mut JsonReader<'_>) -> Result<(), JsonFault> {
        // Known to the standard, and of no use to a log.
        if !matches!(key, "datacontenttype" | "dataschema") {
            self.note_unread(key);
        }
        reader.skip()
    }

    fn name(&mut self, name: &str, at: usize) -> Result<Symbol, JsonFault> {
        let symbol = NameTable::new(self.delivery.names, &mut self.names).intern(name);
        symbol.map_err(|message| JsonFault { at, message })
    }

    fn time(&self, reader: &mut JsonReader<'_>, at: usize) -> Result<Option<Time>, JsonFault> {
        let Some(text) = word(reader)? else {
            return Ok(None);
        };
        let time = Time::parse(&text).map_err(|_| {
            let shown = shorten(&text);
            fault(
                at,
                format!("{shown:?} is no time such as 2026-02-10T23:10:00+08:00"),
            )
        })?;
        Ok(Some(self.zone.of(time)))
    }

    fn data(&mut self, reader: &mut JsonReader<'_>, at: usize) -> Result<(), JsonFault> {
        match reader.value()? {
            Token::Null => return Ok(()),
            Token::Object => {}
            _ => {
                return Err(fault(
                    at,
                    "an object with \"objects\" and \"attributes\" is expected here",
                ));
            }
        }
        while let Some(key) = reader.key()? {
            let at = reader.next_position();
            match key.as_ref() {
                "objects" => self.objects(reader, at)?,
                "attributes" => {
                    if reader.value()? != Token::Object {
                        return Err(fault(at, "an object of names and values is expected here"));
                    }
                    self.attributes(reader)?;
                }
                "object" => {
                    self.described = Some(at);
                    reader.skip()?;
                }
                _ => self.pass_over(&format!("data/{key}"), reader)?,
            }
        }
        Ok(())
    }

    fn attributes(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonFault> {
        let wanted = &self.delivery.wanted;
        let is_wanted = |name: &str| is_wanted(wanted, name);
        let mut names = NameTable::new(self.delivery.names, &mut self.names);
        push_attributes(reader, &mut self.event, &mut names, &is_wanted)
    }

    fn objects(&mut self, reader: &mut JsonReader<'_>, at: usize) -> Result<(), JsonFault> {
        if reader.value()? != Token::Array {
            return Err(fault(at, "an array of objects is expected here"));
        }
        while reader.element()? {
            let at = reader.next_position();
            if self.event.objects.len() >= OBJECTS_PER_EVENT_MAX {
                return Err(fault(
                    at,
                    format!("more than {OBJECTS_PER_EVENT_MAX} objects in one event"),
                ));
            }
            let named = reference(reader, at)?;
            let kind = named.kind.ok_or_else(|| fault(at, "\"type\" is missing"))?;
            let kind = self.name(&kind, at)?;
            let qualifier = self.name(named.qualifier.as_deref().unwrap_or_default(), at)?;
            self.event.push_object(kind, &named.id, qualifier);
        }
        Ok(())
    }

    /// What one of our own records says of an object.
    fn object(&mut self, reader: &mut JsonReader<'_>, at: usize) -> Result<(), JsonFault> {
        if reader.value()? != Token::Object {
            return Err(fault(at, "an object in braces is expected here"));
        }
        self.object.clear();
        let (mut kind, mut id) = (None, None);
        while let Some(key) = reader.key()? {
            let at = reader.next_position();
            match key.as_ref() {
                "type" => kind = Some(needed(reader, at)?),
                "id" => id = Some(needed(reader, at)?),
                "attributes" => self.object_attributes(reader, at, None)?,
                "changes" => self.changes(reader, at)?,
                "relations" => self.relations(reader, at)?,
                _ => self.pass_over(&format!("data/object/{key}"), reader)?,
            }
        }
        let kind = kind.ok_or_else(|| fault(at, "\"type\" is missing"))?;
        self.object.kind = self.name(&kind, at)?;
        let id = id.ok_or_else(|| fault(at, "\"id\" is missing"))?;
        self.object.id = self.object.push_text(&id);
        Ok(())
    }

    fn object_attributes(
        &mut self,
        reader: &mut JsonReader<'_>,
        at: usize,
        since: Option<Time>,
    ) -> Result<(), JsonFault> {
        if reader.value()? != Token::Object {
            return Err(fault(at, "an object of names and values is expected here"));
        }
        let first = self.object.attributes.len();
        let wanted = &self.delivery.wanted;
        let is_wanted = |name: &str| is_wanted(wanted, name);
        let mut names = NameTable::new(self.delivery.names, &mut self.names);
        push_attributes(reader, &mut self.object, &mut names, &is_wanted)?;
        self.object.attributes[first..]
            .iter_mut()
            .for_each(|row| row.since = since);
        Ok(())
    }

    /// Attributes that hold from a time on: `[{"since": "...", "attributes": {...}}]`.
    fn changes(&mut self, reader: &mut JsonReader<'_>, at: usize) -> Result<(), JsonFault> {
        if reader.value()? != Token::Array {
            return Err(fault(at, "an array of changes is expected here"));
        }
        while reader.element()? {
            let at = reader.next_position();
            if reader.value()? != Token::Object {
                return Err(fault(
                    at,
                    "an object with \"since\" and \"attributes\" is expected here",
                ));
            }
            let (mut since, mut stated) = (None, false);
            while let Some(key) = reader.key()? {
                let at = reader.next_position();
                match key.as_ref() {
                    "since" => (since, stated) = (self.time(reader, at)?, true),
                    "attributes" if stated => self.object_attributes(reader, at, since)?,
                    "attributes" => {
                        return Err(fault(at, "\"since\" must stand before the attributes"));
                    }
                    _ => reader.skip()?,
                }
            }
        }
        Ok(())
    }

    fn relations(&mut self, reader: &mut JsonReader<'_>, at: usize) -> Result<(), JsonFault> {
        if reader.value()? != Token::Array {
            return Err(fault(at, "an array of objects is expected here"));
        }
        while reader.element()? {
            let at = reader.next_position();
            let named = reference(reader, at)?;
            let qualifier = self.name(named.qualifier.as_deref().unwrap_or_default(), at)?;
            let id = self.object.push_text(&named.id);
            self.object.relations.push(RelationRow { id, qualifier });
        }
        Ok(())
    }
}

fn is_wanted(wanted: &Wanted, name: &str) -> bool {
    match wanted {
        Wanted::All => true,
        Wanted::Names(list) => list.iter().any(|wanted| wanted == name),
    }
}

/// An object that is named.
struct Reference<'a> {
    kind: Option<Cow<'a, str>>,
    id: Cow<'a, str>,
    qualifier: Option<Cow<'a, str>>,
}

fn reference<'a>(reader: &mut JsonReader<'a>, begin: usize) -> Result<Reference<'a>, JsonFault> {
    if reader.value()? != Token::Object {
        return Err(fault(
            begin,
            "an object such as {\"type\": \"case\", \"id\": \"A-1\"} is expected here",
        ));
    }
    let (mut kind, mut id, mut qualifier) = (None, None, None);
    while let Some(key) = reader.key()? {
        let at = reader.next_position();
        match key.as_ref() {
            "type" => kind = Some(needed(reader, at)?),
            "id" => id = Some(needed(reader, at)?),
            "qualifier" => qualifier = word(reader)?,
            _ => reader.skip()?,
        }
    }
    let id = id.ok_or_else(|| fault(begin, "\"id\" is missing"))?;
    Ok(Reference {
        kind,
        id,
        qualifier,
    })
}

fn fault(at: usize, message: impl Into<String>) -> JsonFault {
    JsonFault {
        at,
        message: message.into(),
    }
}

/// A text; nothing for null.
fn word<'a>(reader: &mut JsonReader<'a>) -> Result<Option<Cow<'a, str>>, JsonFault> {
    let at = reader.next_position();
    match reader.value()? {
        Token::Text(text) => Ok(Some(text)),
        Token::Null => Ok(None),
        _ => Err(fault(at, "a text in quotes is expected here")),
    }
}

/// A text that says something.
fn needed<'a>(reader: &mut JsonReader<'a>, at: usize) -> Result<Cow<'a, str>, JsonFault> {
    match word(reader)? {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(fault(at, "a text that is not empty is expected here")),
    }
}
