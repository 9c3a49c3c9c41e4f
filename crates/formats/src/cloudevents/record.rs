//! One record of CloudEvents: a JSON text to an event, or to an object.

use std::borrow::Cow;

use cage_model::limits::OBJECTS_PER_EVENT_MAX;
use cage_model::{EventBuffer, Interner, ObjectBuffer, RelationRow, Symbol, Time};

use super::{OBJECT_TYPE, UNSTATED};
use crate::json::{Chosen, JsonFault, JsonReader, NameTable, Token, push_attributes};
use crate::local_time::LocalTime;
use crate::table::row::shorten;

/// What is remembered from record to record, and of the record in hand.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Names that were new.
    pub(super) names: usize,
    /// What to say of the first member that is not read.
    pub(super) unread: Option<String>,
    /// Where in the record `data.object` stands.
    described: Option<usize>,
    is_description: bool,
    /// The extension attribute `sequence` of the record in hand, where it is a whole number.
    pub(super) sequence: Option<u64>,
}

/// Everything that one record is read with.
pub(super) struct Parsing<'p> {
    pub(super) names: &'p mut Interner,
    pub(super) chosen: Chosen<'p>,
    pub(super) zone: &'p LocalTime,
    pub(super) event: &'p mut EventBuffer,
    pub(super) object: &'p mut ObjectBuffer,
    pub(super) progress: &'p mut Progress,
    pub(super) repeats: Repeats,
}

/// What a member that stands twice in one object is; JSON itself leaves it open (RFC 8259, section 4).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Repeats {
    /// Read as it comes: objects and attributes add up, of the others the last one counts.
    #[default]
    Read,
    /// A fault.
    Refused,
}

/// The members of an event that are read.
const MEMBERS: [&str; 8] = [
    "specversion",
    "id",
    "source",
    "type",
    "time",
    "received",
    "data",
    "sequence",
];
/// The members of an event's data that are read.
const DATA_MEMBERS: [&str; 3] = ["objects", "attributes", "object"];

/// What a record turned out to be.
pub(super) enum Record {
    Event,
    Object,
}

impl Parsing<'_> {
    /// Reads one record.
    pub(super) fn record(&mut self, text: &str) -> Result<Record, JsonFault> {
        let mut reader = JsonReader::new(text);
        if reader.value()? != Token::Object {
            return Err(fault(0, "a CloudEvent is a JSON object in braces"));
        }
        let (mut version, mut has_id, mut has_source, mut has_type) = (false, false, false, false);
        (self.progress.described, self.progress.is_description) = (None, false);
        self.progress.sequence = None;
        let mut seen = 0;
        while let Some(key) = reader.key()? {
            let at = reader.next_position();
            self.once(&MEMBERS, &key, &mut seen, at)?;
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
                    self.progress.is_description = name == OBJECT_TYPE;
                    let name = if name == UNSTATED { "" } else { name.as_ref() };
                    self.event.activity = self.name(name, at)?;
                }
                "time" => self.event.time = self.time(&mut reader, at)?,
                "received" => self.event.arrival = self.time(&mut reader, at)?,
                "data" => self.data(&mut reader, at)?,
                "sequence" => {
                    self.note_unread(&key);
                    self.progress.sequence = whole_number(&mut reader)?;
                }
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
        self.turned_out(text)
    }

    /// What the members make of the record.
    fn turned_out(&mut self, text: &str) -> Result<Record, JsonFault> {
        match self.progress.described {
            Some(at) if self.progress.is_description => {
                self.object(&mut JsonReader::at(text, at), at)?;
                Ok(Record::Object)
            }
            None if self.progress.is_description => {
                Err(fault(0, "\"data\" with an \"object\" is missing"))
            }
            Some(_) => {
                self.note_unread("data/object");
                Ok(Record::Event)
            }
            None => Ok(Record::Event),
        }
    }

    /// Refuses a member that stands twice, where that is asked for.
    fn once(&self, members: &[&str], key: &str, seen: &mut u8, at: usize) -> Result<(), JsonFault> {
        if self.repeats == Repeats::Read {
            return Ok(());
        }
        let Some(place) = members.iter().position(|member| *member == key) else {
            return Ok(());
        };
        if *seen & (1 << place) != 0 {
            return Err(fault(at, format!("{key:?} stands here twice")));
        }
        *seen |= 1 << place;
        Ok(())
    }

    fn note_unread(&mut self, key: &str) {
        if self.progress.unread.is_none() {
            let (line, key) = (self.event.place.line, shorten(key));
            self.progress.unread = Some(format!(
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
        let symbol = NameTable::new(self.names, &mut self.progress.names).intern(name);
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
        let mut seen = 0;
        while let Some(key) = reader.key()? {
            let at = reader.next_position();
            self.once(&DATA_MEMBERS, &key, &mut seen, at)?;
            match key.as_ref() {
                "objects" => self.objects(reader, at)?,
                "attributes" => {
                    if reader.value()? != Token::Object {
                        return Err(fault(at, "an object of names and values is expected here"));
                    }
                    self.attributes(reader)?;
                }
                "object" => {
                    self.progress.described = Some(at);
                    reader.skip()?;
                }
                _ => self.pass_over(&format!("data/{key}"), reader)?,
            }
        }
        Ok(())
    }

    fn attributes(&mut self, reader: &mut JsonReader<'_>) -> Result<(), JsonFault> {
        let mut names = NameTable::new(self.names, &mut self.progress.names);
        push_attributes(reader, self.event, &mut names, self.chosen)
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
        let mut names = NameTable::new(self.names, &mut self.progress.names);
        push_attributes(reader, self.object, &mut names, self.chosen)?;
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

/// A whole number, as such or in quotes; `None` when the value is another.
fn whole_number(reader: &mut JsonReader<'_>) -> Result<Option<u64>, JsonFault> {
    let token = reader.value()?;
    let number = match &token {
        Token::Number(spelled) => spelled.parse().ok(),
        Token::Text(text) => text.parse().ok(),
        _ => None,
    };
    reader.skip_rest(&token)?;
    Ok(number)
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
