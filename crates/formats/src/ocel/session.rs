//! What the readers of OCEL share: checks each object and event as it comes and hands it over.

use cage_model::limits::{
    ATTRIBUTE_BYTES_MAX, ATTRIBUTES_PER_RECORD_MAX, OBJECTS_PER_EVENT_MAX, RECORD_BYTES_MAX,
};
use cage_model::{
    AttributeRow, EventBuffer, Instant, Interner, Keyed, LogHeader, ObjectBuffer, ObjectRefRow,
    Place, RawValue, RelationRow, Symbol, Type, Wanted, fixed_hash,
};

use super::declarations::{Declarations, DeclaredAttribute, type_of_word};
use super::value::{Scalar, Typed, time, typed};
use super::{ARRIVAL, SOURCE};
use crate::delivery::Delivery;
use crate::error::ReadError;
use crate::json::{AttributeTarget, NameTable};
use crate::local_time::LocalTime;
use crate::table::row::shorten;

/// Events or objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    Event,
    Object,
}

/// The part of a record's identity that is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Id,
    Kind,
    Time,
}

/// Why a record cannot be begun.
#[derive(Debug)]
pub(super) struct BeginFault {
    pub(super) part: Part,
    pub(super) message: String,
}

impl Part {
    fn fault(self, message: String) -> BeginFault {
        BeginFault {
            part: self,
            message,
        }
    }
}

/// The reading of one file.
pub(super) struct Session<'s, 'd> {
    pub(super) delivery: &'s mut Delivery<'d>,
    event_types: Declarations,
    object_types: Declarations,
    /// Every identifier of an object, or of a relation's target.
    ids: Interner,
    /// The type of the object with each of these; `None` for one that was only named so far.
    kinds: Vec<Option<Symbol>>,
    /// Hashes of the events' identifiers. Two whose 64-bit hashes agree would be taken for one: of
    /// ten million events, a chance of one in 400,000.
    event_ids: Keyed<u64, ()>,
    /// Relations to objects that did not come yet.
    awaited: Vec<Awaited>,
    zone: LocalTime,
    names: usize,
    undeclared: Option<Undeclared>,
    event: EventBuffer,
    object: ObjectBuffer,
    /// The type of the record at hand.
    at_hand: usize,
}

struct Awaited {
    from: Symbol,
    to: Symbol,
    place: Place,
}

struct Undeclared {
    count: u64,
    first: String,
}

impl<'s, 'd> Session<'s, 'd> {
    pub(super) fn new(delivery: &'s mut Delivery<'d>) -> Self {
        let zone = LocalTime::new(delivery.options.zone.clone());
        Self {
            delivery,
            event_types: Declarations::default(),
            object_types: Declarations::default(),
            ids: Interner::new(),
            kinds: Vec::new(),
            event_ids: Keyed::new(),
            awaited: Vec::new(),
            zone,
            names: 0,
            undeclared: None,
            event: EventBuffer::default(),
            object: ObjectBuffer::default(),
            at_hand: 0,
        }
    }

    fn types(&mut self, side: Side) -> &mut Declarations {
        match side {
            Side::Event => &mut self.event_types,
            Side::Object => &mut self.object_types,
        }
    }

    fn name(&mut self, name: &str) -> Result<Symbol, String> {
        NameTable::new(self.delivery.names, &mut self.names).intern(name)
    }

    fn is_wanted(&self, name: &str) -> bool {
        match &self.delivery.wanted {
            Wanted::All => true,
            Wanted::Names(list) => list.iter().any(|wanted| wanted == name),
        }
    }

    /// Declares a type; what follows by [`Session::declare_attribute`] belongs to it.
    pub(super) fn declare_type(&mut self, side: Side, name: &str) -> Result<(), String> {
        let symbol = self.name(name)?;
        self.at_hand = self.types(side).add(name, symbol);
        Ok(())
    }

    /// Declares an attribute of the type at hand, whose own type `word` names.
    pub(super) fn declare_attribute(
        &mut self,
        side: Side,
        name: &str,
        word: &str,
    ) -> Result<(), String> {
        let kind = type_of_word(word).ok_or_else(|| {
            format!(
                "the attribute {name:?} has the type {:?}; the types are string, time, integer, float \
                 and boolean",
                shorten(word)
            )
        })?;
        self.declare_kind(side, name, Some(kind))
    }

    /// Declares an attribute of the type at hand with a type, or as one whose values decide.
    pub(super) fn declare_kind(
        &mut self,
        side: Side,
        name: &str,
        kind: Option<Type>,
    ) -> Result<(), String> {
        if side == Side::Event && matches!(name, ARRIVAL | SOURCE) {
            return Ok(());
        }
        let (symbol, wanted) = (self.name(name)?, self.is_wanted(name));
        let index = self.at_hand;
        self.types(side).declare(
            index,
            name,
            DeclaredAttribute {
                symbol,
                kind,
                wanted,
            },
        );
        Ok(())
    }

    /// Hands over the declarations, when all have come.
    pub(super) fn declared(&mut self) -> Result<(), ReadError> {
        let header = LogHeader {
            event_types: self.event_types.to_header(),
            object_types: self.object_types.to_header(),
            ..LogHeader::default()
        };
        self.delivery.header(&header)
    }

    fn find_type(&mut self, side: Side, name: &str) -> Result<Symbol, String> {
        let found = self.types(side).find(name);
        let index = found.ok_or_else(|| match side {
            Side::Event => format!("the event type {:?} is not declared", shorten(name)),
            Side::Object => format!("the object type {:?} is not declared", shorten(name)),
        })?;
        self.at_hand = index;
        Ok(self.types(side).get(index).symbol)
    }

    fn id(&mut self, id: &str) -> Symbol {
        let symbol = self.ids.intern(id);
        if self.kinds.len() <= symbol.index() {
            self.kinds.resize(symbol.index() + 1, None);
        }
        symbol
    }

    /// Begins an object.
    pub(super) fn begin_object(
        &mut self,
        place: Place,
        id: &str,
        kind: &str,
    ) -> Result<(), BeginFault> {
        self.object.clear();
        self.object.place = place;
        let found = self.find_type(Side::Object, kind);
        self.object.kind = found.map_err(|message| Part::Kind.fault(message))?;
        let symbol = self.id(id);
        if self.kinds[symbol.index()].is_some() {
            let message = format!(
                "the identifier {:?} is used by an earlier object",
                shorten(id)
            );
            return Err(Part::Id.fault(message));
        }
        check_size(&self.object, id).map_err(|message| Part::Id.fault(message))?;
        self.object.id = self.object.push_text(id);
        Ok(())
    }

    /// Adds an attribute of the object, which holds from a time; from the beginning, when that is
    /// missing or the beginning of 1970, as the standard has it.
    pub(super) fn object_attribute(
        &mut self,
        name: &str,
        scalar: &Scalar<'_>,
        since: Option<&str>,
    ) -> Result<(), String> {
        let since = match since {
            None => None,
            Some(text) => {
                let time = time(text).ok_or_else(|| not_a_time(text))?;
                Some(self.zone.of(time)).filter(|time| time.instant() != Instant(0))
            }
        };
        let attribute = self.attribute(Side::Object, name)?;
        if !attribute.wanted {
            return Ok(());
        }
        let row = value_row(&mut self.object, name, attribute, scalar, &self.zone)?;
        self.object.attributes.push(AttributeRow { since, ..row });
        Ok(())
    }

    /// Adds a relation of the object to another.
    pub(super) fn object_relation(&mut self, id: &str, qualifier: &str) -> Result<(), String> {
        if self.object.relations.len() >= ATTRIBUTES_PER_RECORD_MAX {
            return Err(format!(
                "more than {ATTRIBUTES_PER_RECORD_MAX} relations of one object"
            ));
        }
        check_size(&self.object, id)?;
        let qualifier = self.name(qualifier)?;
        let id = self.object.push_text(id);
        self.object.relations.push(RelationRow { id, qualifier });
        Ok(())
    }

    /// Hands over the object.
    pub(super) fn end_object(&mut self) -> Result<(), ReadError> {
        let id = self.object.text(self.object.id).to_owned();
        let from = self.id(&id);
        self.kinds[from.index()] = Some(self.object.kind);
        for place in 0..self.object.relations.len() {
            let other = self.object.text(self.object.relations[place].id).to_owned();
            let to = self.id(&other);
            if self.kinds[to.index()].is_none() {
                let place = self.object.place;
                self.awaited.push(Awaited { from, to, place });
            }
        }
        self.delivery.object(&self.object)
    }

    /// Refuses relations to objects that never came; to be called behind the last object.
    pub(super) fn end_objects(&mut self) -> Result<(), ReadError> {
        for awaited in std::mem::take(&mut self.awaited) {
            if self.kinds[awaited.to.index()].is_none() {
                let message = format!(
                    "the object {:?} is related to {:?}, which is no object of this log",
                    shorten(self.ids.text(awaited.from)),
                    shorten(self.ids.text(awaited.to)),
                );
                self.delivery.reject(awaited.place, message)?;
            }
        }
        Ok(())
    }

    /// Begins an event.
    pub(super) fn begin_event(
        &mut self,
        place: Place,
        id: &str,
        kind: &str,
        at: &str,
    ) -> Result<(), BeginFault> {
        self.event.clear();
        self.event.place = place;
        let found = self.find_type(Side::Event, kind);
        self.event.activity = found.map_err(|message| Part::Kind.fault(message))?;
        let hash = fixed_hash(id.as_bytes());
        if self.event_ids.contains_key(&hash) {
            let message = format!(
                "the identifier {:?} is used by an earlier event",
                shorten(id)
            );
            return Err(Part::Id.fault(message));
        }
        let time = time(at).ok_or_else(|| Part::Time.fault(not_a_time(at)))?;
        self.event.time = Some(self.zone.of(time));
        check_size(&self.event, id).map_err(|message| Part::Id.fault(message))?;
        self.event.id = Some(self.event.push_text(id));
        self.event_ids.insert(hash, ());
        Ok(())
    }

    /// Adds an attribute of the event.
    pub(super) fn event_attribute(
        &mut self,
        name: &str,
        scalar: &Scalar<'_>,
    ) -> Result<(), String> {
        match (name, scalar) {
            (ARRIVAL, Scalar::Text(text)) => {
                let time = time(text).ok_or_else(|| not_a_time(text))?;
                self.event.arrival = Some(self.zone.of(time));
                return Ok(());
            }
            (SOURCE, Scalar::Text(text)) => {
                check_size(&self.event, text)?;
                self.event.source = Some(self.event.push_text(text));
                return Ok(());
            }
            _ => {}
        }
        let attribute = self.attribute(Side::Event, name)?;
        if attribute.wanted {
            let row = value_row(&mut self.event, name, attribute, scalar, &self.zone)?;
            self.event.attributes.push(row);
        }
        Ok(())
    }

    /// Adds an object that the event names; one that does not exist is a fault.
    pub(super) fn event_object(&mut self, id: &str, qualifier: &str) -> Result<(), String> {
        if self.event.objects.len() >= OBJECTS_PER_EVENT_MAX {
            return Err(format!(
                "more than {OBJECTS_PER_EVENT_MAX} objects in one event"
            ));
        }
        let known = self
            .ids
            .get(id)
            .and_then(|symbol| *self.kinds.get(symbol.index())?);
        let kind = known.ok_or_else(|| {
            format!(
                "the event names {:?}, which is no object of this log",
                shorten(id)
            )
        })?;
        check_size(&self.event, id)?;
        let qualifier = self.name(qualifier)?;
        let id = self.event.push_text(id);
        self.event.objects.push(ObjectRefRow {
            kind,
            id,
            qualifier,
        });
        Ok(())
    }

    /// Hands over the event.
    pub(super) fn end_event(&mut self) -> Result<(), ReadError> {
        self.delivery.event(&self.event)
    }

    /// Says what was mended; to be called at the end of the file.
    pub(super) fn end(&mut self) {
        if let Some(undeclared) = &self.undeclared {
            let (count, first) = (undeclared.count, &undeclared.first);
            let note = format!(
                "{count} attributes are used without being declared for their type ({first} first); \
                 they are typed as they are written"
            );
            self.delivery.note(note);
        }
    }

    /// An attribute of the type at hand; one that is not declared is counted.
    fn attribute(&mut self, side: Side, name: &str) -> Result<DeclaredAttribute, String> {
        let index = self.at_hand;
        if let Some(attribute) = self.types(side).attribute(index, name) {
            return Ok(attribute);
        }
        let symbol = self.name(name)?;
        let attribute = DeclaredAttribute {
            symbol,
            kind: None,
            wanted: self.is_wanted(name),
        };
        let kind = self.types(side).get(index).symbol;
        let first = || format!("{name:?} of {:?}", self.delivery.names.text(kind));
        let undeclared = self.undeclared.get_or_insert_with(|| Undeclared {
            count: 0,
            first: first(),
        });
        undeclared.count += 1;
        self.types(side).declare(index, name, attribute);
        Ok(attribute)
    }
}

fn not_a_time(text: &str) -> String {
    format!(
        "{:?} is no time such as 2026-02-10T23:10:00+08:00",
        shorten(text)
    )
}

fn check_size<T: AttributeTarget>(target: &T, text: &str) -> Result<(), String> {
    if text.len() > ATTRIBUTE_BYTES_MAX {
        return Err(format!("a text of more than {ATTRIBUTE_BYTES_MAX} bytes"));
    }
    if target.text_bytes() + text.len() > RECORD_BYTES_MAX {
        return Err(format!("a record of more than {RECORD_BYTES_MAX} bytes"));
    }
    Ok(())
}

fn value_row<T: AttributeTarget>(
    target: &mut T,
    name: &str,
    attribute: DeclaredAttribute,
    scalar: &Scalar<'_>,
    zone: &LocalTime,
) -> Result<AttributeRow, String> {
    if target.rows().len() >= ATTRIBUTES_PER_RECORD_MAX {
        return Err(format!(
            "more than {ATTRIBUTES_PER_RECORD_MAX} attributes in one record"
        ));
    }
    let value = match typed(scalar, attribute.kind) {
        Some(Typed::Missing) => RawValue::Missing,
        Some(Typed::Text(text)) => {
            check_size(target, &text)?;
            RawValue::Text(target.push_text(&text))
        }
        Some(Typed::Integer(value)) => RawValue::Integer(value),
        Some(Typed::Float(value)) => RawValue::Float(value),
        Some(Typed::Boolean(value)) => RawValue::Boolean(value),
        Some(Typed::Time(value)) => RawValue::Time(zone.of(value)),
        None => return Err(wrong_type(name, attribute.kind, scalar)),
    };
    Ok(AttributeRow {
        key: attribute.symbol,
        depth: 0,
        value,
        since: None,
    })
}

fn wrong_type(name: &str, kind: Option<Type>, scalar: &Scalar<'_>) -> String {
    let shown = match scalar {
        Scalar::Missing => "null".to_owned(),
        Scalar::Boolean(value) => value.to_string(),
        Scalar::Number(spelled) => shorten(spelled),
        Scalar::Integer(value) => value.to_string(),
        Scalar::Float(value) => value.to_string(),
        Scalar::Text(text) => format!("{:?}", shorten(text)),
    };
    let kind = kind.map_or("string", super::declarations::word_of_type);
    format!("{shown} is no {kind}, as the attribute {name:?} is declared")
}
