//! Turns the rows of a table into events, and the cases' own columns into objects.

mod cases;
mod value;

use cage_model::limits::{NAMES_MAX, OBJECTS_PER_EVENT_MAX, RECORD_BYTES_MAX};
use cage_model::{AttributeRow, EventBuffer, Interner, ObjectBuffer, RawValue, Symbol, Time};
use jiff::tz::TimeZone;

use self::cases::{MISSING_HASH, SeenCases, cell_hash};
use self::value::{read_cell, text_of, with_offset};
use super::cell::{Cell, Reading};
use super::plan::{Holds, Plan};
use crate::json::{AttributeTarget, JsonReader, NameTable, Token, push_value};
use crate::local_time::LocalTime;

pub(crate) use self::value::shorten;

/// What is wrong with a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RowFault {
    pub(crate) column: usize,
    pub(crate) message: String,
}

/// Fills buffers row by row.
pub(crate) struct Assembler {
    pub(crate) plan: Plan,
    zone: LocalTime,
    case_kind: Symbol,
    cases: SeenCases,
    /// Names that were new to the interner.
    names: usize,
    scratch: String,
}

impl Assembler {
    pub(crate) fn new(plan: Plan, zone: Option<TimeZone>, names: &mut Interner) -> Self {
        Self {
            plan,
            zone: LocalTime::new(zone),
            case_kind: names.intern("case"),
            cases: SeenCases::default(),
            names: 0,
            scratch: String::new(),
        }
    }

    /// Fills `event` from a row whose cells `cell` gives.
    pub(crate) fn event<'a>(
        &mut self,
        cell: impl Fn(usize) -> Cell<'a>,
        event: &mut EventBuffer,
        names: &mut Interner,
    ) -> Result<(), RowFault> {
        self.identity(&cell, event)?;
        self.activity(&cell, event, names)?;
        event.time = self.time(self.plan.time, &cell, event.place.line)?;
        event.arrival = self.time(self.plan.arrival, &cell, event.place.line)?;
        for place in 0..self.plan.attributes.len() {
            let index = self.plan.attributes[place];
            if self.plan.time == Some(index) {
                // Read once above.
                if let (Some(time), Some(key)) = (event.time, self.plan.columns[index].attribute) {
                    event.push_attribute(key, 0, RawValue::Time(time));
                }
            } else if let Some(key) = self.plan.columns[index].attribute {
                let line = event.place.line;
                self.attribute((index, key), &cell, line, event, names)?;
            }
        }
        Ok(())
    }

    /// Case, objects, identifier and sender.
    fn identity<'a>(
        &mut self,
        cell: &impl Fn(usize) -> Cell<'a>,
        event: &mut EventBuffer,
    ) -> Result<(), RowFault> {
        if let Some(index) = self.plan.case {
            let Some(id) = text_of(cell(index), &mut self.scratch) else {
                let message = "the case identifier is missing".to_owned();
                return Err(RowFault {
                    column: index,
                    message,
                });
            };
            event.push_object(self.case_kind, id, Symbol::EMPTY);
        }
        for object in &self.plan.objects {
            let fault = |message| RowFault {
                column: object.column,
                message,
            };
            let Some(id) = text_of(cell(object.column), &mut self.scratch) else {
                continue;
            };
            check_size(event, id).map_err(fault)?;
            if id.starts_with("[\"") {
                push_objects(id, object.kind, object.qualifier, event).map_err(fault)?;
            } else {
                event.push_object(object.kind, id, object.qualifier);
            }
        }
        if let Some(index) = self.plan.id
            && let Some(id) = text_of(cell(index), &mut self.scratch)
        {
            event.id = Some(event.push_text(id));
        }
        if let Some(index) = self.plan.source
            && let Some(source) = text_of(cell(index), &mut self.scratch)
        {
            event.source = Some(event.push_text(source));
        }
        Ok(())
    }

    fn activity<'a>(
        &mut self,
        cell: &impl Fn(usize) -> Cell<'a>,
        event: &mut EventBuffer,
        names: &mut Interner,
    ) -> Result<(), RowFault> {
        let Some(index) = self.plan.activity else {
            return Ok(());
        };
        if let Some(activity) = text_of(cell(index), &mut self.scratch) {
            let symbol = NameTable::new(names, &mut self.names).intern(activity);
            event.activity = symbol.map_err(|_| {
                let message = format!(
                    "more than {NAMES_MAX} different activities; is this the right column?"
                );
                RowFault {
                    column: index,
                    message,
                }
            })?;
        }
        Ok(())
    }

    fn time<'a>(
        &mut self,
        index: Option<usize>,
        cell: &impl Fn(usize) -> Cell<'a>,
        line: u64,
    ) -> Result<Option<Time>, RowFault> {
        let Some(index) = index else {
            return Ok(None);
        };
        let column = &mut self.plan.columns[index];
        let offset = column.offset.map(cell);
        let read = match (cell(index), &column.reading) {
            // A number that counts from 1970, from a file that says only that it is a number.
            (given @ (Cell::Integer(_) | Cell::Float(_)), Reading::Time(format)) => {
                let text = text_of(given, &mut self.scratch).unwrap_or_default();
                format.parse(text).map_or(given, Cell::Time)
            }
            (given, _) => read_cell(column, index, given, line)?,
        };
        match read {
            Cell::Missing => Ok(None),
            Cell::Time(time) => match offset {
                Some(offset) => with_offset(time, offset)
                    .map(Some)
                    .map_err(|message| RowFault {
                        column: index,
                        message,
                    }),
                None => Ok(Some(self.zone.of(time))),
            },
            other => {
                let shown = shorten(text_of(other, &mut self.scratch).unwrap_or_default());
                let message = format!("{shown:?} is no time");
                Err(RowFault {
                    column: index,
                    message,
                })
            }
        }
    }

    /// Adds what a cell holds as an attribute.
    fn attribute<'a, T: AttributeTarget>(
        &mut self,
        (index, key): (usize, Symbol),
        cell: &impl Fn(usize) -> Cell<'a>,
        line: u64,
        target: &mut T,
        names: &mut Interner,
    ) -> Result<(), RowFault> {
        let column = &mut self.plan.columns[index];
        let fault = |message| RowFault {
            column: index,
            message,
        };
        let value = match read_cell(column, index, cell(index), line)? {
            Cell::Missing => return Ok(()),
            Cell::Text(text) => {
                check_size(target, text).map_err(fault)?;
                match column.holds {
                    Holds::Values => RawValue::Text(target.push_text(text)),
                    Holds::Identifiers => RawValue::Id(target.push_text(text)),
                    Holds::Json => {
                        let mut table = NameTable::new(names, &mut self.names);
                        return push_json(text, key, target, &mut table).map_err(fault);
                    }
                }
            }
            other if column.declared && column.reading == Reading::Text => {
                let text = text_of(other, &mut self.scratch).unwrap_or_default();
                RawValue::Text(target.push_text(text))
            }
            Cell::Time(time) => RawValue::Time(match column.offset {
                Some(offset) => with_offset(time, cell(offset)).map_err(fault)?,
                None => self.zone.of(time),
            }),
            Cell::Integer(value) => RawValue::Integer(value),
            Cell::Decimal(value) => RawValue::Decimal(value),
            Cell::Float(value) => RawValue::Float(value),
            Cell::Boolean(value) => RawValue::Boolean(value),
        };
        target.push_row(key, 0, value);
        Ok(())
    }

    /// Fills `object` with what the row says of its case that was not said before; `false` when
    /// that is nothing.
    pub(crate) fn case<'a>(
        &mut self,
        cell: impl Fn(usize) -> Cell<'a>,
        event: &EventBuffer,
        object: &mut ObjectBuffer,
        names: &mut Interner,
    ) -> Result<bool, RowFault> {
        let (Some(case), false) = (self.plan.case, self.plan.case_attributes.is_empty()) else {
            return Ok(false);
        };
        let Some(id) = text_of(cell(case), &mut self.scratch) else {
            return Ok(false);
        };
        let (first, new) = self.cases.rows_of(id, self.plan.case_attributes.len());
        let mut cleared = false;
        for place in 0..self.plan.case_attributes.len() {
            let (index, key) = self.plan.case_attributes[place];
            let slot = self.cases.slot(first, place);
            let hash = cell_hash(cell(index));
            if hash == MISSING_HASH || hash == *slot {
                continue;
            }
            // A later, different value does not replace the first: it holds from this row's time.
            let since = if *slot == MISSING_HASH {
                None
            } else {
                event.time
            };
            *slot = hash;
            if !std::mem::replace(&mut cleared, true) {
                object.clear();
            }
            let first_row = object.attributes.len();
            self.attribute((index, key), &cell, event.place.line, object, names)?;
            for row in &mut object.attributes[first_row..] {
                *row = AttributeRow { since, ..*row };
            }
        }
        if !cleared {
            if !new {
                return Ok(false);
            }
            object.clear();
        }
        object.place = event.place;
        object.kind = self.case_kind;
        if let Some(id) = text_of(cell(case), &mut self.scratch) {
            object.id = object.push_text(id);
        }
        Ok(true)
    }

    /// One sentence for each column whose type did not hold.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for column in self.plan.columns.iter().filter(|column| column.odd > 0) {
            if let Some((line, value)) = &column.first_odd {
                notes.push(format!(
                    "column {:?} reads as {}, but {} values do not (first {value:?} in line {line}); they \
                     are kept as what they are",
                    column.name,
                    column.reading.describe(),
                    column.odd
                ));
            }
        }
        notes
    }
}

fn check_size<T: AttributeTarget>(target: &T, text: &str) -> Result<(), String> {
    if target.text_bytes() + text.len() > RECORD_BYTES_MAX {
        return Err(format!("a row of more than {RECORD_BYTES_MAX} bytes"));
    }
    Ok(())
}

/// Several objects in one cell, as a JSON array of their identifiers.
fn push_objects(
    text: &str,
    kind: Symbol,
    qualifier: Symbol,
    event: &mut EventBuffer,
) -> Result<(), String> {
    let mut ids = || {
        let mut reader = JsonReader::new(text);
        reader.value()?;
        while reader.element()? {
            if let Token::Text(id) = reader.value()? {
                event.push_object(kind, &id, qualifier);
            }
        }
        reader.finish()
    };
    ids().map_err(|fault| format!("not a list of identifiers: {}", fault.message))?;
    if event.objects.len() > OBJECTS_PER_EVENT_MAX {
        return Err(format!(
            "more than {OBJECTS_PER_EVENT_MAX} objects in one event"
        ));
    }
    Ok(())
}

fn push_json<T: AttributeTarget>(
    text: &str,
    key: Symbol,
    target: &mut T,
    names: &mut NameTable<'_>,
) -> Result<(), String> {
    let mut reader = JsonReader::new(text);
    push_value(&mut reader, target, names, key)
        .and_then(|()| reader.finish())
        .map_err(|fault| format!("{} (byte {} of the JSON text)", fault.message, fault.at))
}
