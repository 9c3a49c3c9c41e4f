//! Reads the attributes of an event, a trace, the log or a global, nested ones included.
//!
//! Two ways lead to the same rows. The quick way takes a tag whose beginning was met before, letter
//! by letter, and whose value is plain. Everything else goes the careful way, tag by tag, which is
//! also where beginnings are learned.

use cage_model::limits::{
    ATTRIBUTE_BYTES_MAX, ATTRIBUTE_DEPTH_MAX, ATTRIBUTES_PER_RECORD_MAX, ELEMENT_DEPTH_MAX,
    NAMES_MAX, RECORD_BYTES_MAX,
};
use cage_model::{RawValue, TextRange, Time};

use super::defects::{Defect, Defects};
use super::element::{Element, local_name};
use super::escape::{first_special, is_blank, resolve};
use super::fault::{Fault, shown};
use super::keys::{Key, Keys, NONE, Role};
use super::rows::Rows;
use super::token::{Tag, Tags};
use super::value::{DateCache, Kind, Typed, date};
use crate::delivery::Delivery;
use crate::local_time::LocalTime;

/// A tag that is no attribute and ends a run of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Next {
    Open { element: Element, closed: bool },
    Close(Element),
    End,
}

/// What the attributes of one record stand for besides themselves. Of two attributes of one name,
/// which the standard forbids, the first counts.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) name: Option<TextRange>,
    pub(super) time: Option<Time>,
    pub(super) resource: Option<TextRange>,
    pub(super) identity: Option<TextRange>,
    /// The values of the chosen classifier's keys, as written.
    pub(super) class_parts: Vec<Option<TextRange>>,
    /// Attributes so far, wanted or not.
    pub(super) attributes: usize,
    /// The beginning of the last attribute's tag.
    last: u16,
}

/// What a fault in one attribute spoils.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Spoils {
    Record,
    /// The attribute alone: it is passed over when reading leniently.
    Attribute,
}

/// The file, and what was learned of it.
pub(super) struct Reader<'d, 'a> {
    pub(super) delivery: &'d mut Delivery<'a>,
    pub(super) tags: Tags,
    pub(super) keys: Keys,
    pub(super) defects: Defects,
    local_time: LocalTime,
    dates: DateCache,
    scratch: String,
    open: Vec<Element>,
    new_names: usize,
    careful: bool,
}

impl Found {
    /// Forgets everything, for the next record.
    pub(super) fn clear(&mut self) {
        self.name = None;
        self.time = None;
        self.resource = None;
        self.identity = None;
        self.class_parts.fill(None);
        self.attributes = 0;
        self.last = NONE;
    }
}

impl<'d, 'a> Reader<'d, 'a> {
    pub(super) fn new(delivery: &'d mut Delivery<'a>, tags: Tags, careful: bool) -> Self {
        let keys = Keys::new(delivery.wanted.clone());
        let local_time = LocalTime::new(delivery.options.zone.clone());
        Self {
            delivery,
            tags,
            keys,
            defects: Defects::default(),
            local_time,
            dates: DateCache::new(),
            scratch: String::new(),
            open: Vec::new(),
            new_names: 0,
            careful,
        }
    }

    /// Reads attributes up to a tag that is none.
    pub(super) fn attributes<R: Rows>(
        &mut self,
        rows: &mut R,
        found: &mut Found,
        spoils: Spoils,
    ) -> Result<Next, Fault> {
        self.open.clear();
        let (mut depth, mut kept) = (0u16, true);
        loop {
            if !self.careful {
                self.quick_attributes(rows, found, depth, &mut kept);
            }
            match self.tags.next(self.delivery)? {
                Tag::Open { name, closed } => {
                    let element = Element::by_name(&self.tags.text.all()[name.clone()]);
                    match element {
                        Element::Attribute(kind) => {
                            let row = Row {
                                kind,
                                closed,
                                depth,
                            };
                            match self.careful_attribute(row, rows, found, &mut kept) {
                                Err(Fault::Meaning { at, message })
                                    if spoils == Spoils::Attribute =>
                                {
                                    self.pass_over_attribute(at, message, closed)?;
                                    continue;
                                }
                                outcome => outcome?,
                            }
                            if !closed {
                                self.descend(element, &mut depth)?;
                            }
                        }
                        Element::Values if !self.open.is_empty() => {
                            if !closed {
                                self.open.push(element);
                            }
                        }
                        _ if self.open.is_empty() => return Ok(Next::Open { element, closed }),
                        _ => self.pass_unknown(closed)?,
                    }
                }
                Tag::Close { name } => {
                    let element = Element::by_name(&self.tags.text.all()[name]);
                    match self.open.pop() {
                        None => return Ok(Next::Close(element)),
                        Some(open) if open == element => {
                            depth -= u16::from(element != Element::Values);
                        }
                        Some(open) => return Err(self.unexpected_close(element, open)),
                    }
                }
                Tag::End if self.open.is_empty() => return Ok(Next::End),
                Tag::End => {
                    let message = format!("the file ends within {}", self.open[0].shown());
                    return Err(Fault::syntax(self.tags.begin, message));
                }
            }
        }
    }

    fn descend(&mut self, element: Element, depth: &mut u16) -> Result<(), Fault> {
        if usize::from(*depth) + 1 >= ATTRIBUTE_DEPTH_MAX {
            let message = format!("attributes nested more than {ATTRIBUTE_DEPTH_MAX} deep");
            return Err(Fault::meaning(self.tags.begin, message));
        }
        self.open.push(element);
        *depth += 1;
        Ok(())
    }

    /// The fault of a closing tag that closes something else; the tag is to be looked at again.
    pub(super) fn unexpected_close(&mut self, element: Element, open: Element) -> Fault {
        self.tags.text.at = self.tags.begin + 1;
        let shown = match element {
            Element::Other => {
                let rest = &self.tags.text.all()[self.tags.begin..];
                let end = rest.find('>').map_or(rest.len(), |end| end + 1);
                shown(&rest[..end])
            }
            _ => element.shown().replace('<', "</"),
        };
        Fault::syntax(
            self.tags.begin,
            format!("{shown} where {} is open", open.shown()),
        )
    }

    /// Passes over an element that XES does not know, with all that it holds.
    pub(super) fn pass_unknown(&mut self, closed: bool) -> Result<(), Fault> {
        let text = &self.tags.text;
        let rest = &text.all()[text.at.min(self.tags.begin + 1)..];
        let end = rest.find(|end: char| end == '>' || end == '/' || end.is_ascii_whitespace());
        let (name, begin) = (&rest[..end.unwrap_or(0)], self.tags.begin);
        self.defects.meet_unknown(name, || text.place(begin));
        if closed { Ok(()) } else { self.pass_subtree() }
    }

    /// Passes to behind the closing tag of the element at hand.
    pub(super) fn pass_subtree(&mut self) -> Result<(), Fault> {
        let begun = self.tags.text.place(self.tags.begin);
        let mut depth = 1;
        while depth > 0 {
            match self.tags.next(self.delivery)? {
                Tag::Open { .. } if depth > ELEMENT_DEPTH_MAX => {
                    let message = format!("elements nested more than {ELEMENT_DEPTH_MAX} deep");
                    return Err(Fault::syntax(self.tags.begin, message));
                }
                Tag::Open { closed, .. } => depth += usize::from(!closed),
                Tag::Close { .. } => depth -= 1,
                Tag::End => {
                    let message =
                        format!("the element begun in line {} is never closed", begun.line);
                    return Err(Fault::syntax(self.tags.begin, message));
                }
            }
        }
        Ok(())
    }

    /// Takes attributes as long as their tags begin as others did and their values are plain.
    fn quick_attributes<R: Rows>(
        &mut self,
        rows: &mut R,
        found: &mut Found,
        depth: u16,
        kept: &mut bool,
    ) {
        loop {
            let text = self.tags.text.all();
            let bytes = text.as_bytes();
            let mut at = self.tags.text.at;
            while bytes.get(at).is_some_and(|&byte| is_blank(byte)) {
                at += 1;
            }
            let Some((index, beginning)) = self.keys.find(found.last, &text[at..]) else {
                return;
            };
            let begin = at + beginning.text.len();
            let end = begin + first_special(&bytes[begin..]);
            let closing = match bytes.get(end..) {
                Some([b'"', b'/', b'>', ..]) => 3,
                Some([b'"', b' ', b'/', b'>', ..]) => 4,
                _ => return,
            };
            let value = &text[begin..end];
            let Some(typed) = beginning.kind.quick(value, &mut self.dates) else {
                return;
            };
            let room = found.attributes < ATTRIBUTES_PER_RECORD_MAX
                && value.len() <= ATTRIBUTE_BYTES_MAX
                && rows.text_bytes() + value.len() <= RECORD_BYTES_MAX;
            let careful_role =
                depth == 0 && beginning.key.role == Role::Time && !matches!(typed, Typed::Time(_));
            if !room || careful_role {
                return;
            }
            let key = beginning.key;
            if depth == 0 {
                *kept = key.wanted;
            }
            found.last = index;
            push(
                rows,
                found,
                Place {
                    key,
                    depth,
                    kept: *kept,
                },
                value,
                typed,
            );
            self.tags.text.at = end + closing;
        }
    }

    /// Takes the attribute whose tag is at hand.
    fn careful_attribute<R: Rows>(
        &mut self,
        row: Row,
        rows: &mut R,
        found: &mut Found,
        kept: &mut bool,
    ) -> Result<(), Fault> {
        let begin = self.tags.begin;
        let Some(key) = self.key(row.kind)? else {
            let message =
                "an attribute must have a key, as in <string key=\"name\" value=\"...\"/>";
            return Err(Fault::meaning(begin, message));
        };
        let all = self.tags.text.all();
        let value = self.tags.attributes.iter().find(|attribute| {
            local_name(&all[attribute.name.clone()]).eq_ignore_ascii_case("value")
        });
        let at = value.map_or(begin, |attribute| attribute.value.start);
        let text = match value {
            Some(attribute) => resolve(&all[attribute.value.clone()], &mut self.scratch)
                .map_err(|message| Fault::meaning(at, message))?,
            None => "",
        };
        let (mut typed, mut defect) = match (value, row.kind) {
            (None, Kind::String | Kind::Id) => (Typed::Missing, Some(Defect::EmptyValue)),
            _ => row.kind.value(text).map_err(|message| {
                let name = shown(self.delivery.names.text(key.symbol));
                Fault::meaning(at, format!("attribute {name}: {message}"))
            })?,
        };
        if row.depth == 0
            && key.role == Role::Time
            && typed == Typed::Text
            && !text.trim().is_empty()
        {
            let (time, slashes) = date(text.trim()).map_err(|error| {
                Fault::meaning(at, format!("{} is no time: {error}", shown(text)))
            })?;
            (typed, defect) = (Typed::Time(time), slashes.or(Some(Defect::TimeAsText)));
        }
        if let Typed::Time(time) = typed {
            typed = Typed::Time(self.local_time.of(time));
        }
        check_room(found.attributes, rows.text_bytes(), text.len())
            .map_err(|message| Fault::meaning(at, message))?;
        if row.depth == 0 {
            *kept = key.wanted;
        }
        // An empty number is no attribute, unless others are nested in it.
        let dropped = typed == Typed::Missing && row.kind != Kind::Container && row.closed;
        if !dropped {
            push(
                rows,
                found,
                Place {
                    key,
                    depth: row.depth,
                    kept: *kept,
                },
                text,
                typed,
            );
        }
        found.last = NONE;
        if let Some(defect) = defect {
            self.defects.meet(defect, || self.tags.text.place(begin));
        }
        Ok(())
    }

    /// The key of the tag at hand, `None` when it has none. Learns the tag's beginning.
    fn key(&mut self, kind: Kind) -> Result<Option<Key>, Fault> {
        let all = self.tags.text.all();
        let attributes = &self.tags.attributes;
        let named = |wanted: &str| {
            attributes.iter().position(|attribute| {
                local_name(&all[attribute.name.clone()]).eq_ignore_ascii_case(wanted)
            })
        };
        let Some(index) = named("key") else {
            return Ok(None);
        };
        let written = attributes[index].value.clone();
        let text = resolve(&all[written.clone()], &mut self.scratch)
            .map_err(|message| Fault::meaning(written.start, message))?;
        let known = self.delivery.names.len();
        let symbol = self.delivery.names.intern(text);
        self.new_names += self.delivery.names.len() - known;
        if self.new_names > NAMES_MAX {
            let message = format!("more than {NAMES_MAX} different attribute names and activities");
            return Err(Fault::Fatal(
                self.delivery
                    .broken(self.tags.text.place(written.start), message),
            ));
        }
        let key = self.keys.key(text, symbol);
        if let [first, second] = attributes.as_slice()
            && named("value") == Some(1)
            && all.as_bytes()[second.value.start - 1] == b'"'
            && all.as_bytes()[first.value.start - 1] == b'"'
        {
            self.keys
                .learn(&all[self.tags.begin..second.value.start], kind, key);
        }
        Ok(Some(key))
    }

    /// Interns an activity's name, counted among all names.
    pub(super) fn intern_activity(&mut self, text: &str) -> Result<cage_model::Symbol, Fault> {
        let known = self.delivery.names.len();
        let symbol = self.delivery.names.intern(text);
        self.new_names += self.delivery.names.len() - known;
        if self.new_names > NAMES_MAX {
            let message = format!("more than {NAMES_MAX} different attribute names and activities");
            let place = self.tags.text.place(self.tags.begin);
            return Err(Fault::Fatal(self.delivery.broken(place, message)));
        }
        Ok(symbol)
    }
}

/// The tag of an attribute.
#[derive(Clone, Copy)]
struct Row {
    kind: Kind,
    closed: bool,
    depth: u16,
}

/// Where a value goes.
#[derive(Clone, Copy)]
struct Place {
    key: Key,
    depth: u16,
    /// Whether its row is wanted.
    kept: bool,
}

fn push<R: Rows>(rows: &mut R, found: &mut Found, place: Place, text: &str, typed: Typed) {
    found.attributes += 1;
    let Place { key, depth, kept } = place;
    let top = depth == 0;
    let stands_for =
        top && (key.role != Role::None && key.role != Role::Time || key.class_part.is_some());
    let is_text = matches!(typed, Typed::Text | Typed::Id);
    let range = if stands_for || kept && is_text {
        rows.push_text(text)
    } else {
        TextRange::default()
    };
    if top {
        let stated = Some(range).filter(|_| !text.is_empty());
        match key.role {
            Role::None => {}
            Role::Name => found.name = found.name.or(stated),
            Role::Resource => found.resource = found.resource.or(stated),
            Role::Identity => found.identity = found.identity.or(stated),
            Role::Time => {
                if let Typed::Time(time) = typed {
                    found.time = found.time.or(Some(time));
                }
            }
        }
        if let Some(part) = key
            .class_part
            .and_then(|part| found.class_parts.get_mut(usize::from(part)))
        {
            *part = Some(range);
        }
    }
    if kept {
        let value = match typed {
            Typed::Text => RawValue::Text(range),
            Typed::Id => RawValue::Id(range),
            Typed::Integer(value) => RawValue::Integer(value),
            Typed::Float(value) => RawValue::Float(value),
            Typed::Boolean(value) => RawValue::Boolean(value),
            Typed::Time(value) => RawValue::Time(value),
            Typed::List => RawValue::List,
            Typed::Missing => RawValue::Missing,
        };
        rows.push_row(key.symbol, depth, value);
    }
}

fn check_room(attributes: usize, text_bytes: usize, length: usize) -> Result<(), String> {
    if attributes >= ATTRIBUTES_PER_RECORD_MAX {
        return Err(format!(
            "more than {ATTRIBUTES_PER_RECORD_MAX} attributes in one record"
        ));
    }
    if length > ATTRIBUTE_BYTES_MAX {
        return Err(format!(
            "a value of more than {} MiB",
            ATTRIBUTE_BYTES_MAX >> 20
        ));
    }
    if text_bytes + length > RECORD_BYTES_MAX {
        return Err(format!(
            "a record of more than {} MiB of text",
            RECORD_BYTES_MAX >> 20
        ));
    }
    Ok(())
}
