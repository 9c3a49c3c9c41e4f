//! Turns the rows of a table into events, and the cases' own columns into objects.

use cage_model::limits::{NAMES_MAX, RECORD_BYTES_MAX};
use cage_model::{
    AttributeRow, EventBuffer, Interner, Keyed, ObjectBuffer, RawValue, Symbol, TextRange, Time,
    fixed_hash,
};
use jiff::tz::TimeZone;

use super::cell::{Cell, Reading};
use super::plan::{Column, Plan};

/// What is wrong with a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RowFault {
    pub(crate) column: usize,
    pub(crate) message: String,
}

/// Fills buffers row by row.
pub(crate) struct Assembler {
    pub(crate) plan: Plan,
    zone: Option<TimeZone>,
    case_kind: Symbol,
    cases: SeenCases,
    activities: usize,
    scratch: String,
}

/// Which case attributes were handed over: per case one hash for each of its columns. Kept only
/// when somebody wants case attributes; an event log of cases without them needs no memory.
#[derive(Default)]
struct SeenCases {
    first_hash: Keyed<u64, u32>,
    hashes: Vec<u64>,
    last: Option<(u64, u32)>,
}

const MISSING_HASH: u64 = 0;

impl Assembler {
    pub(crate) fn new(plan: Plan, zone: Option<TimeZone>, names: &mut Interner) -> Self {
        Self {
            plan,
            zone,
            case_kind: names.intern("case"),
            cases: SeenCases::default(),
            activities: 0,
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
        self.stands_for(&cell, event, names)?;
        let line = event.place.line;
        for &index in &self.plan.attributes {
            let read = match event.time {
                Some(time) if self.plan.time == Some(index) => Cell::Time(time),
                _ => read_cell(&mut self.plan.columns[index], index, cell(index), line)?,
            };
            let column = &self.plan.columns[index];
            let Some(key) = column.attribute else {
                continue;
            };
            let value = match read {
                Cell::Missing => continue,
                Cell::Text(text) => {
                    if event.text_bytes() + text.len() > RECORD_BYTES_MAX {
                        let message = format!("a row of more than {RECORD_BYTES_MAX} bytes");
                        return Err(RowFault { column: index, message });
                    }
                    text_value(event.push_text(text), column.identifier)
                }
                Cell::Time(time) => RawValue::Time(in_zone(time, self.zone.as_ref())),
                other => plain_value(other),
            };
            event.push_attribute(key, 0, value);
        }
        Ok(())
    }

    /// Case, activity, times, identifier, sender and objects.
    fn stands_for<'a>(
        &mut self,
        cell: &impl Fn(usize) -> Cell<'a>,
        event: &mut EventBuffer,
        names: &mut Interner,
    ) -> Result<(), RowFault> {
        let line = event.place.line;
        if let Some(index) = self.plan.case {
            let Some(id) = text_of(cell(index), &mut self.scratch) else {
                let message = "the case identifier is missing".to_owned();
                return Err(RowFault { column: index, message });
            };
            event.push_object(self.case_kind, id, Symbol::EMPTY);
        }
        for object in &self.plan.objects {
            if let Some(id) = text_of(cell(object.column), &mut self.scratch) {
                event.push_object(object.kind, id, object.qualifier);
            }
        }
        if let Some(index) = self.plan.activity
            && let Some(activity) = text_of(cell(index), &mut self.scratch)
        {
            let known = names.len();
            event.activity = names.intern(activity);
            self.activities += names.len() - known;
            if self.activities > NAMES_MAX {
                let message = format!("more than {NAMES_MAX} different activities; is this the activity column?");
                return Err(RowFault { column: index, message });
            }
        }
        event.time = self.time(self.plan.time, cell, line)?;
        event.arrival = self.time(self.plan.arrival, cell, line)?;
        if let Some(index) = self.plan.id {
            event.id = text_of(cell(index), &mut self.scratch).map(|id| event.push_text(id));
        }
        if let Some(index) = self.plan.source {
            event.source = text_of(cell(index), &mut self.scratch).map(|source| event.push_text(source));
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
        match read_cell(&mut self.plan.columns[index], index, cell(index), line)? {
            Cell::Missing => Ok(None),
            Cell::Time(time) => Ok(Some(in_zone(time, self.zone.as_ref()))),
            other => {
                let message = format!("{other:?} is no time");
                Err(RowFault { column: index, message })
            }
        }
    }

    /// Fills `object` with what the row says of its case that was not said before; `false` when
    /// that is nothing.
    pub(crate) fn case<'a>(
        &mut self,
        cell: impl Fn(usize) -> Cell<'a>,
        event: &EventBuffer,
        object: &mut ObjectBuffer,
    ) -> Result<bool, RowFault> {
        let (Some(case), false) = (self.plan.case, self.plan.case_attributes.is_empty()) else {
            return Ok(false);
        };
        let Some(id) = text_of(cell(case), &mut self.scratch) else {
            return Ok(false);
        };
        let width = self.plan.case_attributes.len();
        let (first, new) = self.cases.rows_of(id, width);
        object.clear();
        for (place, &(index, key)) in self.plan.case_attributes.iter().enumerate() {
            let slot = &mut self.cases.hashes[first as usize + place];
            let hash = cell_hash(cell(index));
            if hash == MISSING_HASH || hash == *slot {
                continue;
            }
            // A later, different value does not replace the first: it holds from this row's time.
            let since = if *slot == MISSING_HASH { None } else { event.time };
            *slot = hash;
            let read = read_cell(&mut self.plan.columns[index], index, cell(index), event.place.line)?;
            let value = match read {
                Cell::Missing => continue,
                Cell::Text(text) => text_value(object.push_text(text), self.plan.columns[index].identifier),
                Cell::Time(time) => RawValue::Time(in_zone(time, self.zone.as_ref())),
                other => plain_value(other),
            };
            object.attributes.push(AttributeRow { key, depth: 0, value, since });
        }
        if object.attributes.is_empty() && !new {
            return Ok(false);
        }
        object.place = event.place;
        object.kind = self.case_kind;
        object.id = match text_of(cell(case), &mut self.scratch) {
            Some(id) => object.push_text(id),
            None => TextRange::default(),
        };
        Ok(true)
    }

    /// One sentence for each column whose type did not hold, and one on the types themselves.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for column in self.plan.columns.iter().filter(|column| column.odd > 0) {
            if let Some((line, value)) = &column.first_odd {
                notes.push(format!(
                    "column {:?} reads as {}, but {} values do not (first {value:?} in line {line}); they are \
                     kept as what they are",
                    column.name,
                    column.reading.describe(),
                    column.odd
                ));
            }
        }
        notes
    }
}

impl SeenCases {
    /// Where the hashes of this case begin, and whether it is new.
    fn rows_of(&mut self, id: &str, width: usize) -> (u32, bool) {
        let key = fixed_hash(id.as_bytes());
        if let Some((last, first)) = self.last
            && last == key
        {
            return (first, false);
        }
        let next = self.hashes.len() as u32;
        let first = *self.first_hash.entry_or_insert_with(key, || next);
        if first == next {
            self.hashes.resize(self.hashes.len() + width, MISSING_HASH);
        }
        self.last = Some((key, first));
        (first, first == next)
    }
}

/// Reads a cell as its column's type; a value that does not fit a detected type is kept as what it
/// is, one that does not fit a declared type is a fault.
fn read_cell<'a>(
    column: &mut Column,
    index: usize,
    cell: Cell<'a>,
    line: u64,
) -> Result<Cell<'a>, RowFault> {
    let Cell::Text(text) = cell else {
        return Ok(cell);
    };
    if let Some(read) = column.reading.read(text) {
        if column.reading == Reading::Open {
            column.reading = Reading::detect(std::iter::once(text));
            return Ok(column.reading.read(text).unwrap_or(read));
        }
        return Ok(read);
    }
    if column.declared {
        let message = format!("{:?} is no {}", shorten(text), column.reading.describe());
        return Err(RowFault { column: index, message });
    }
    column.odd += 1;
    if column.first_odd.is_none() {
        column.first_odd = Some((line, shorten(text)));
    }
    let number = match column.reading {
        Reading::Integer => Reading::Float.read(text),
        _ => None,
    };
    Ok(number.unwrap_or(Cell::Text(text)))
}

/// A value for a message, cut when it is long.
pub(crate) fn shorten(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}...", &text[..at]),
    }
}

fn text_value(range: TextRange, identifier: bool) -> RawValue {
    if identifier {
        RawValue::Id(range)
    } else {
        RawValue::Text(range)
    }
}

fn plain_value(cell: Cell<'_>) -> RawValue {
    match cell {
        Cell::Missing | Cell::Text(_) => RawValue::Missing,
        Cell::Integer(value) => RawValue::Integer(value),
        Cell::Decimal(value) => RawValue::Decimal(value),
        Cell::Float(value) => RawValue::Float(value),
        Cell::Boolean(value) => RawValue::Boolean(value),
        Cell::Time(value) => RawValue::Time(value),
    }
}

/// The text of a cell that names something; `None` when it is missing or empty.
fn text_of<'a>(cell: Cell<'a>, scratch: &'a mut String) -> Option<&'a str> {
    let text = match cell {
        Cell::Missing => return None,
        Cell::Text(text) => text,
        other => {
            *scratch = match other {
                Cell::Integer(value) => value.to_string(),
                Cell::Decimal(value) => value.to_string(),
                // A whole number that a data frame turned into a float because of missing cells.
                Cell::Float(value) => value.to_string(),
                Cell::Boolean(value) => value.to_string(),
                Cell::Time(value) => value.to_string(),
                Cell::Missing | Cell::Text(_) => String::new(),
            };
            scratch.as_str()
        }
    };
    (!text.is_empty()).then_some(text)
}

fn cell_hash(cell: Cell<'_>) -> u64 {
    let hash = match cell {
        Cell::Missing => return MISSING_HASH,
        Cell::Text(text) => fixed_hash(text.as_bytes()),
        Cell::Integer(value) => fixed_hash(&value.to_le_bytes()),
        Cell::Decimal(value) => fixed_hash(&value.mantissa.to_le_bytes()),
        Cell::Float(value) => fixed_hash(&value.to_le_bytes()),
        Cell::Boolean(value) => fixed_hash(&[u8::from(value)]),
        Cell::Time(value) => fixed_hash(&value.instant().0.to_le_bytes()),
    };
    hash | 1
}

/// A time written without an offset is a local time of the zone, where one is given.
fn in_zone(time: Time, zone: Option<&TimeZone>) -> Time {
    let Some(zone) = zone.filter(|_| time.offset_minutes().is_none()) else {
        return time;
    };
    let utc = jiff::Timestamp::from_microsecond(time.instant().0);
    let civil = utc.map(|stamp| jiff::tz::Offset::UTC.to_datetime(stamp));
    let zoned = civil.and_then(|civil| zone.to_ambiguous_zoned(civil).compatible());
    match zoned {
        Ok(zoned) => {
            let offset = (zoned.offset().seconds() / 60) as i16;
            let instant = cage_model::Instant(zoned.timestamp().as_microsecond());
            Time::new(instant, Some(offset)).with_nanoseconds(time.nanoseconds())
        }
        // Outside the years that zones are known for.
        Err(_) => time,
    }
}
