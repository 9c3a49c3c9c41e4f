//! OCEL 2.0 as XML.

use std::borrow::Cow;

use cage_model::Place;

use super::document::{DocumentPart, DocumentParts};
use super::session::{Session, Side};
use super::value::Scalar;
use super::xml_text::{Piece, XmlFault, XmlText};
use crate::csv::Transcoder;
use crate::delivery::Delivery;
use crate::error::ReadError;
use crate::input::Input;
use crate::xes::encoding::{UnknownEncoding, choose};

/// Reads OCEL 2.0 XML.
///
/// # Errors
/// As [`crate::read`]. Text that is no XML ends the reading, lenient or not.
pub(crate) fn read(input: Input, delivery: &mut Delivery<'_>) -> Result<(), ReadError> {
    let (input, again) = input.with_again(delivery.options)?;
    let mut reading = Reading::new(Session::new(delivery));
    reading.pass(input)?;
    if !reading.parts.any() {
        let message =
            "none of <object-types>, <event-types>, <objects> and <events> is within <log>";
        return Err(reading
            .session
            .delivery
            .broken(Place { line: 1, column: 1 }, message));
    }
    for _ in 0..DocumentParts::PASSES_MAX {
        if reading.parts.are_waiting() {
            reading.pass(again.open()?)?;
        }
    }
    reading.parts.check_all_read(&mut reading.session)?;
    reading.session.end();
    Ok(())
}

/// What an element is, by its name and the one around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Element {
    Log,
    Part(DocumentPart),
    Type(Side),
    Record(Side),
    /// `<attributes>` of a type or record.
    Attributes,
    /// The related objects of a record.
    Relations,
    DeclaredAttribute(Side),
    Attribute(Side),
    Relation(Side),
    Unknown,
}

fn element(name: &str, around: &[Element]) -> Element {
    let record = around.iter().rev().find_map(|element| match element {
        Element::Record(side) => Some(*side),
        _ => None,
    });
    match (around.last(), name) {
        (None, "log") => Element::Log,
        (Some(Element::Log), "object-types") => Element::Part(DocumentPart::ObjectTypes),
        (Some(Element::Log), "event-types") => Element::Part(DocumentPart::EventTypes),
        (Some(Element::Log), "objects") => Element::Part(DocumentPart::Objects),
        (Some(Element::Log), "events") => Element::Part(DocumentPart::Events),
        (Some(Element::Part(DocumentPart::ObjectTypes)), "object-type") => {
            Element::Type(Side::Object)
        }
        (Some(Element::Part(DocumentPart::EventTypes)), "event-type") => Element::Type(Side::Event),
        (Some(Element::Part(DocumentPart::Objects)), "object") => Element::Record(Side::Object),
        (Some(Element::Part(DocumentPart::Events)), "event") => Element::Record(Side::Event),
        (Some(Element::Type(_) | Element::Record(_)), "attributes") => Element::Attributes,
        (Some(Element::Record(_)), "objects") => Element::Relations,
        (Some(Element::Attributes), "attribute") => match (record, around) {
            (Some(side), _) => Element::Attribute(side),
            (None, [.., Element::Type(side), _]) => Element::DeclaredAttribute(*side),
            _ => Element::Unknown,
        },
        (Some(Element::Relations), "relationship" | "relobj" | "object") => {
            record.map_or(Element::Unknown, Element::Relation)
        }
        _ => Element::Unknown,
    }
}

struct Reading<'s, 'd> {
    session: Session<'s, 'd>,
    parts: DocumentParts,
    /// The elements around the place at hand.
    around: Vec<Element>,
    /// The part whose turn it is; what is in another one is passed over.
    at_hand: Option<DocumentPart>,
    /// Whether the record at hand was rejected.
    rejected: bool,
    /// Name and time of the attribute whose text is being read.
    attribute: (String, Option<String>, Place),
}

impl<'s, 'd> Reading<'s, 'd> {
    fn new(session: Session<'s, 'd>) -> Self {
        Self {
            session,
            parts: DocumentParts::default(),
            around: Vec::new(),
            at_hand: None,
            rejected: false,
            attribute: (String::new(), None, Place::default()),
        }
    }

    /// Reads the document once, and of it the parts whose turn it is.
    fn pass(&mut self, input: Input) -> Result<(), ReadError> {
        let delivery = &mut *self.session.delivery;
        let begin = Place { line: 1, column: 1 };
        let chosen = choose(input.head()).map_err(|UnknownEncoding(label)| {
            delivery.broken(begin, format!("the declared encoding {label:?} is unknown"))
        })?;
        if let Some(note) = chosen.note {
            delivery.note(note);
        }
        let text = Transcoder::new(input, chosen.encoding, chosen.mark_bytes);
        let mut xml = XmlText::new(text);
        self.around.clear();
        loop {
            match xml.next() {
                Ok(Piece::Open) => self.open(&xml)?,
                Ok(Piece::Close) => self.close(&xml)?,
                Ok(Piece::End) => return Ok(()),
                Err(XmlFault::Input(error)) => return Err(self.session.delivery.unreadable(error)),
                Err(XmlFault::Broken(place, message)) => {
                    return Err(self.session.delivery.broken(place, message));
                }
            }
        }
    }

    fn open<R: std::io::Read>(&mut self, xml: &XmlText<R>) -> Result<(), ReadError> {
        let element = element(&xml.tag.name, &self.around);
        if self.around.is_empty() && element != Element::Log {
            let message = format!("the root element is <{}> and not <log>", xml.tag.name);
            return Err(self.session.delivery.broken(xml.place, message));
        }
        if element == Element::Unknown && self.around.last() != Some(&Element::Unknown) {
            let note = format!("elements <{}> are not read", xml.tag.name);
            self.session.delivery.note(note);
        }
        self.around.push(element);
        match element {
            Element::Part(part) => {
                let turn = self.parts.open(part, &mut self.session)?;
                self.at_hand = turn.then_some(part);
            }
            Element::Record(_) => self.rejected = false,
            _ => {}
        }
        if self.at_hand.is_none() || self.rejected {
            return Ok(());
        }
        let begun = self.begin(element, xml);
        self.check(begun, xml.place)
    }

    /// Takes what an element says in its own tag.
    fn begin<R: std::io::Read>(
        &mut self,
        element: Element,
        xml: &XmlText<R>,
    ) -> Result<(), String> {
        let session = &mut self.session;
        let tag = &xml.tag;
        let needed = |name: &str| {
            tag.attribute(name)
                .ok_or_else(|| format!("<{}> has no {name:?}", tag.name))
        };
        match element {
            Element::Type(side) => session.declare_type(side, needed("name")?),
            Element::DeclaredAttribute(side) => {
                session.declare_attribute(side, needed("name")?, needed("type")?)
            }
            Element::Record(Side::Object) => session
                .begin_object(xml.place, needed("id")?, needed("type")?)
                .map_err(|fault| fault.message),
            Element::Record(Side::Event) => session
                .begin_event(xml.place, needed("id")?, needed("type")?, needed("time")?)
                .map_err(|fault| fault.message),
            Element::Attribute(_) => {
                let since = tag.attribute("time").map(str::to_owned);
                self.attribute = (needed("name")?.to_owned(), since, xml.place);
                Ok(())
            }
            Element::Relation(side) => {
                let id = match tag.attribute("object-id") {
                    Some(id) => id,
                    None => needed("id")?,
                };
                let qualifier = tag.attribute("qualifier").unwrap_or_default();
                match side {
                    Side::Object => session.object_relation(id, qualifier),
                    Side::Event => session.event_object(id, qualifier),
                }
            }
            Element::Log
            | Element::Part(_)
            | Element::Attributes
            | Element::Relations
            | Element::Unknown => Ok(()),
        }
    }

    fn close<R: std::io::Read>(&mut self, xml: &XmlText<R>) -> Result<(), ReadError> {
        let Some(element) = self.around.pop() else {
            return Ok(());
        };
        if let Element::Part(_) = element {
            let part = self.at_hand.take();
            return self.parts.close(part, &mut self.session);
        }
        if self.at_hand.is_none() || self.rejected {
            return Ok(());
        }
        match element {
            Element::Attribute(side) => {
                let (name, since, place) = std::mem::take(&mut self.attribute);
                let scalar = Scalar::Text(Cow::Borrowed(xml.text.as_str()));
                let added = match side {
                    Side::Object => self
                        .session
                        .object_attribute(&name, &scalar, since.as_deref()),
                    Side::Event => self.session.event_attribute(&name, &scalar),
                };
                self.check(added, place)
            }
            Element::Record(Side::Object) => self.session.end_object(),
            Element::Record(Side::Event) => self.session.end_event(),
            _ => Ok(()),
        }
    }

    /// Rejects the record at hand for a fault; a fault outside of any record refuses the file.
    fn check(&mut self, outcome: Result<(), String>, place: Place) -> Result<(), ReadError> {
        let Err(message) = outcome else {
            return Ok(());
        };
        let in_record = self
            .around
            .iter()
            .any(|element| matches!(element, Element::Record(_)));
        if !in_record {
            return Err(self.session.delivery.broken(place, message));
        }
        self.rejected = true;
        self.session.delivery.reject(place, message)
    }
}
