//! Reads a log: its header, its traces, their events.

use cage_model::{
    EventBuffer, Keyed, LogHeader, ObjectBuffer, ObjectRefRow, Place, Symbol, fixed_hash,
};

use super::attributes::{Found, Next, Reader, Spoils};
use super::defects::Defect;
use super::element::Element;
use super::escape::is_blank;
use super::fault::Fault;
use super::header::attributes;
use super::token::Tag;
use crate::error::ReadError;

/// Names of traces that are remembered to notice that one comes again, at most.
const REMEMBERED_TRACES_MAX: usize = 1_000_000;

/// The buffers of the record at hand.
pub(super) struct Buffers {
    event: EventBuffer,
    found: Found,
    object: ObjectBuffer,
    class_name: String,
    words: Words,
    header: LogHeader,
    header_rows: ObjectBuffer,
    header_found: Found,
    header_given: bool,
    traces: u64,
    seen: Keyed<u64, ()>,
}

/// Names that every file uses.
struct Words {
    case: Symbol,
    officer: Symbol,
    actor: Symbol,
}

/// Where a trace stands.
struct Trace {
    place: Place,
    delivered: bool,
}

impl Reader<'_, '_> {
    /// Reads the whole file.
    pub(super) fn run(mut self) -> Result<(), ReadError> {
        let mut buffers = Buffers {
            event: EventBuffer::default(),
            found: Found::default(),
            object: ObjectBuffer::default(),
            class_name: String::new(),
            words: Words {
                case: self.delivery.names.intern("case"),
                officer: self.delivery.names.intern("officer"),
                actor: self.delivery.names.intern("actor"),
            },
            header: LogHeader::default(),
            header_rows: ObjectBuffer::default(),
            header_found: Found::default(),
            header_given: false,
            traces: 0,
            seen: Keyed::new(),
        };
        let outcome = self.log(&mut buffers);
        outcome.map_err(|fault| self.fatal(fault))?;
        for note in self.defects.notes() {
            self.delivery.note(note);
        }
        let controls = self.tags.text.controls();
        if controls > 0 {
            self.delivery.note(format!(
                "{controls} control characters, which XML 1.0 forbids, are kept"
            ));
        }
        if self.tags.stray_texts > 0 {
            let count = self.tags.stray_texts;
            self.delivery
                .note(format!("{count} texts between elements are passed over"));
        }
        Ok(())
    }

    /// The error for a fault that nothing can be passed over for.
    fn fatal(&self, fault: Fault) -> ReadError {
        match fault {
            Fault::Fatal(error) => error,
            Fault::Syntax { at, message } | Fault::Meaning { at, message } => {
                self.delivery.broken(self.tags.text.place(at), message)
            }
        }
    }

    /// Passes over a record for a fault in it, when reading leniently, and finds where to go on.
    fn pass_over(&mut self, record: Place, fault: Fault) -> Result<(), Fault> {
        let (at, message) = match fault {
            Fault::Syntax { at, message } | Fault::Meaning { at, message } => (at, message),
            Fault::Fatal(error) => return Err(Fault::Fatal(error)),
        };
        let place = self.tags.text.place(at);
        if !self.delivery.options.lenient {
            return Err(Fault::Fatal(self.delivery.broken(place, message)));
        }
        let reason = if place == record {
            message
        } else {
            format!("line {}, column {}: {message}", place.line, place.column)
        };
        self.delivery.reject(record, reason)?;
        self.find_next_record()
    }

    /// Searches for the next tag of an event, a trace or the log; stands before it, or behind it
    /// when it closes an event.
    fn find_next_record(&mut self) -> Result<(), Fault> {
        const LONGEST_LOOKED_AT: usize = 256;
        loop {
            let rest = self.tags.text.rest();
            let found = memchr::memchr(b'<', rest.as_bytes());
            self.tags.text.at += found.unwrap_or(rest.len());
            if found.is_none() {
                if self.tags.text.more(self.delivery)? {
                    continue;
                }
                return Ok(());
            }
            while self.tags.text.rest().len() < LONGEST_LOOKED_AT
                && self.tags.text.more(self.delivery)?
            {}
            let rest = self.tags.text.rest();
            let Some(name) = rest.strip_prefix('<') else {
                continue;
            };
            let (closing, name) = name
                .strip_prefix('/')
                .map_or((false, name), |name| (true, name));
            let end = name.find(|end: char| end == '>' || end == '/' || end.is_ascii_whitespace());
            match (Element::by_name(&name[..end.unwrap_or(0)]), closing) {
                (Element::Event, true) => {
                    self.tags.text.at += rest.find('>').map_or(1, |end| end + 1);
                    return Ok(());
                }
                (Element::Event | Element::Trace, _) | (Element::Log, true) => return Ok(()),
                _ => self.tags.text.at += 1,
            }
        }
    }

    fn log(&mut self, buffers: &mut Buffers) -> Result<(), Fault> {
        match self.tags.next(self.delivery)? {
            Tag::Open { name, closed } => {
                let name = &self.tags.text.all()[name];
                if Element::by_name(name) != Element::Log {
                    let message = format!(
                        "the root element is <{}> and not <log>",
                        name.escape_debug()
                    );
                    return Err(Fault::syntax(self.tags.begin, message));
                }
                buffers.header.root = self.tag_values()?;
                if closed {
                    return self.give_header(buffers);
                }
            }
            Tag::Close { .. } | Tag::End => {
                return Err(Fault::syntax(self.tags.begin, "there is no <log> element"));
            }
        }
        while !self.log_part(buffers)? {}
        self.give_header(buffers)?;
        if self.tags.next(self.delivery)? != Tag::End {
            let begin = self.tags.begin;
            if !self.delivery.options.lenient {
                let message = "more elements behind </log>; a file holds one log";
                return Err(Fault::syntax(begin, message));
            }
            self.defects
                .meet(Defect::BehindTheEnd, || self.tags.text.place(begin));
        }
        Ok(())
    }

    /// Reads up to the end of the next trace, event or declaration of the log; `true` at its end.
    fn log_part(&mut self, buffers: &mut Buffers) -> Result<bool, Fault> {
        let place = self.tags.text.pass_place(self.tags.text.at);
        if self.passes("<trace>") {
            self.tags.begin = self.tags.text.at - "<trace>".len();
            return self.trace(buffers).map(|()| false);
        }
        let (rows, found) = (&mut buffers.header_rows, &mut buffers.header_found);
        let next = match self.attributes(rows, found, Spoils::Attribute) {
            Ok(next) => next,
            Err(fault) => return self.pass_over(place, fault).map(|()| false),
        };
        let begin = self.tags.begin;
        match next {
            Next::Open {
                element: Element::Trace,
                closed: false,
            } => self.trace(buffers)?,
            Next::Open {
                element: Element::Trace,
                closed: true,
            } => self.empty_trace(buffers)?,
            Next::Open {
                element: Element::Event,
                closed,
            } => {
                self.give_header(buffers)?;
                self.event(None, closed, buffers)?;
            }
            Next::Open { element, closed }
                if matches!(
                    element,
                    Element::Extension | Element::Global | Element::Classifier
                ) =>
            {
                let place = self.tags.text.place(begin);
                if let Err(fault) = self.declaration(element, closed, &mut buffers.header) {
                    self.pass_over(place, fault)?;
                }
            }
            Next::Open { closed, .. } => self.pass_unknown(closed)?,
            Next::Close(Element::Log) => return Ok(true),
            Next::Close(element) => {
                let place = self.tags.text.place(begin);
                let fault = self.unexpected_close(element, Element::Log);
                self.pass_over(place, fault)?;
            }
            Next::End => {
                let place = self.tags.text.place(begin);
                let fault = Fault::syntax(begin, "the file ends before </log>");
                self.pass_over(place, fault)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Hands the header over when something new is in it.
    fn give_header(&mut self, buffers: &mut Buffers) -> Result<(), Fault> {
        let rows = buffers.header_rows.attributes.len();
        let new = rows > buffers.header.attributes.len() || !buffers.header_given;
        if !new {
            return Ok(());
        }
        buffers.header.attributes = attributes(&buffers.header_rows, self.delivery.names);
        if !buffers.header_given {
            self.choose_classifier(&buffers.header)?;
            buffers.found.class_parts = vec![None; self.keys.class_parts()];
        }
        buffers.header_given = true;
        Ok(self.delivery.header(&buffers.header)?)
    }

    /// Passes over blanks and a tag written just so; stays where it is when another comes.
    fn passes(&mut self, tag: &str) -> bool {
        let rest = self.tags.text.rest().as_bytes();
        let blanks = rest.iter().take_while(|&&byte| is_blank(byte)).count();
        let found = rest[blanks..].starts_with(tag.as_bytes());
        if found {
            self.tags.text.at += blanks + tag.len();
        }
        found
    }

    /// Reads the trace whose opening tag is at hand.
    fn trace(&mut self, buffers: &mut Buffers) -> Result<(), Fault> {
        self.give_header(buffers)?;
        buffers.traces += 1;
        buffers.object.clear();
        buffers.found.clear();
        let mut trace = Trace {
            place: self.tags.text.pass_place(self.tags.begin),
            delivered: false,
        };
        loop {
            // Attributes between events are handed over before the next event, whichever way it comes.
            let nothing_waits = buffers.object.attributes.is_empty();
            if trace.delivered && nothing_waits && self.passes("<event>") {
                self.tags.begin = self.tags.text.at - "<event>".len();
                self.event(Some(&trace), false, buffers)?;
                continue;
            }
            let (rows, found) = (&mut buffers.object, &mut buffers.found);
            if trace.delivered {
                found.clear();
            }
            let next = match self.attributes(rows, found, Spoils::Attribute) {
                Ok(next) => next,
                Err(fault) => {
                    self.pass_over(trace.place, fault)?;
                    continue;
                }
            };
            match next {
                Next::Open {
                    element: Element::Event,
                    closed,
                } => {
                    self.give_trace(&mut trace, buffers)?;
                    self.event(Some(&trace), closed, buffers)?;
                }
                Next::Close(Element::Trace) => return self.end_trace(&mut trace, buffers),
                Next::Open {
                    element: Element::Other | Element::Values,
                    closed,
                } => {
                    self.pass_unknown(closed)?;
                }
                Next::Open { .. } | Next::Close(_) | Next::End => {
                    let fault = self.never_closed("<trace>", trace.place);
                    let is_close = matches!(next, Next::Close(element) if element != Element::Log);
                    self.pass_over(trace.place, fault)?;
                    if !is_close {
                        return self.end_trace(&mut trace, buffers);
                    }
                }
            }
        }
    }

    /// The fault of an element that something else follows; that is to be looked at again.
    fn never_closed(&mut self, element: &str, begun: Place) -> Fault {
        self.tags.text.at = self.tags.begin;
        let message = format!(
            "{element}, begun in line {}, is not closed before this",
            begun.line
        );
        Fault::syntax(self.tags.begin, message)
    }

    fn empty_trace(&mut self, buffers: &mut Buffers) -> Result<(), Fault> {
        self.give_header(buffers)?;
        buffers.traces += 1;
        buffers.object.clear();
        buffers.found.clear();
        let mut trace = Trace {
            place: self.tags.text.pass_place(self.tags.begin),
            delivered: false,
        };
        self.end_trace(&mut trace, buffers)
    }

    /// Hands over the trace as an object, once its attributes are read.
    fn give_trace(&mut self, trace: &mut Trace, buffers: &mut Buffers) -> Result<(), Fault> {
        if trace.delivered {
            if !buffers.object.attributes.is_empty() {
                if buffers.found.name.is_some() {
                    self.defects.meet(Defect::LateTraceName, || trace.place);
                }
                self.delivery.object(&buffers.object)?;
                buffers.object.attributes.clear();
            }
            return Ok(());
        }
        trace.delivered = true;
        let object = &mut buffers.object;
        object.place = trace.place;
        object.kind = buffers.words.case;
        object.id = match buffers.found.name {
            Some(name) => name,
            None => {
                self.defects.meet(Defect::NamelessTrace, || trace.place);
                let name = std::path::Path::new(&self.delivery.file).file_name();
                let name = name.map_or("log".into(), |name| name.to_string_lossy());
                let id = format!("{name}#{}", buffers.traces);
                object.push_text(&id)
            }
        };
        if buffers.seen.len() < REMEMBERED_TRACES_MAX {
            let hash = fixed_hash(object.text(object.id).as_bytes());
            if buffers.seen.insert(hash, ()).is_some() {
                self.defects.meet(Defect::RepeatedTrace, || trace.place);
            }
        }
        self.delivery.group_start()?;
        self.delivery.object(object)?;
        object.attributes.clear();
        Ok(())
    }

    fn end_trace(&mut self, trace: &mut Trace, buffers: &mut Buffers) -> Result<(), Fault> {
        self.give_trace(trace, buffers)?;
        Ok(self.delivery.group_end()?)
    }

    /// Reads the event whose opening tag is at hand.
    fn event(
        &mut self,
        trace: Option<&Trace>,
        closed: bool,
        buffers: &mut Buffers,
    ) -> Result<(), Fault> {
        let place = self.tags.text.pass_place(self.tags.begin);
        let undecodable = self.tags.text.undecodable_before();
        buffers.event.clear();
        buffers.found.clear();
        if !closed && let Err(fault) = self.event_attributes(place, buffers) {
            return self.pass_over(place, fault);
        }
        if self.tags.text.undecodable_before() > undecodable {
            let message = self.tags.text.undecodable_message();
            return Ok(self.delivery.reject(place, message)?);
        }
        self.give_event(trace.is_some(), place, buffers)
    }

    fn event_attributes(&mut self, place: Place, buffers: &mut Buffers) -> Result<(), Fault> {
        loop {
            let next = self.attributes(&mut buffers.event, &mut buffers.found, Spoils::Record)?;
            match next {
                Next::Close(Element::Event) => return Ok(()),
                Next::Open {
                    element: Element::Other | Element::Values,
                    closed,
                } => {
                    self.pass_unknown(closed)?;
                }
                _ => return Err(self.never_closed("<event>", place)),
            }
        }
    }

    fn give_event(
        &mut self,
        in_trace: bool,
        place: Place,
        buffers: &mut Buffers,
    ) -> Result<(), Fault> {
        let Buffers {
            event,
            found,
            object,
            class_name,
            words,
            ..
        } = buffers;
        event.place = place;
        event.time = found.time;
        event.id = found.identity;
        if in_trace {
            event.push_object(words.case, object.text(object.id), Symbol::EMPTY);
        }
        if let Some(id) = found.resource {
            event.objects.push(ObjectRefRow {
                kind: words.officer,
                id,
                qualifier: words.actor,
            });
        }
        if found.class_parts.is_empty() {
            if let Some(name) = found.name {
                event.activity = self.intern_activity(event.text(name))?;
            }
        } else {
            class_name.clear();
            for (index, part) in found.class_parts.iter().enumerate() {
                if index > 0 {
                    class_name.push('+');
                }
                class_name.push_str(part.map_or("", |part| event.text(part)));
            }
            if found.class_parts.iter().any(Option::is_some) {
                event.activity = self.intern_activity(class_name)?;
            }
        }
        if event.activity == Symbol::EMPTY {
            self.defects.meet(Defect::EventWithoutName, || place);
        }
        if event.time.is_none() {
            self.defects.meet(Defect::EventWithoutTime, || place);
        }
        Ok(self.delivery.event(event)?)
    }
}
