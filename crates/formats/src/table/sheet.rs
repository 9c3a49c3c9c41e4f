//! A log as a table, for the writers of CSV and Parquet: one row an event, columns named as other
//! tools expect them, and a mapping with which the same log is read back.
//!
//! An attribute of one type fills one column; where it comes in several types, or twice in one
//! record, it fills several. Lists and nested attributes are JSON in a column of their own.

mod collect;
mod doubles;
mod slots;

use cage_model::{Attribute, Event, Log, Object, Symbol, Time, Type, Value};

use self::slots::Slots;
use super::mapping::TableMapping;
use crate::error::WriteError;
use crate::options::Format;

/// The type of the objects that are cases.
const CASE: &str = "case";

/// What a column's cells are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Kind {
    Text,
    Identifier,
    Integer,
    Decimal,
    Float,
    Boolean,
    Time,
    /// Lists and values with nested attributes.
    Json,
}

impl Kind {
    fn of(group: &[Attribute]) -> Option<Self> {
        if group.len() > 1 {
            return Some(Self::Json);
        }
        Some(match group.first()?.value {
            Value::Missing => return None,
            Value::Text(_) => Self::Text,
            Value::Id(_) => Self::Identifier,
            Value::Integer(_) => Self::Integer,
            Value::Decimal { .. } => Self::Decimal,
            Value::Float(_) => Self::Float,
            Value::Boolean(_) => Self::Boolean,
            Value::Time { .. } => Self::Time,
            Value::List => Self::Json,
        })
    }

    fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Identifier => "identifier",
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Float => "float",
            Self::Boolean => "boolean",
            Self::Time => "time",
            Self::Json => "json",
        }
    }

    fn plain(self) -> Option<Type> {
        Some(match self {
            Self::Text => Type::Text,
            Self::Integer => Type::Integer,
            Self::Decimal => Type::Decimal,
            Self::Float => Type::Float,
            Self::Boolean => Type::Boolean,
            Self::Time => Type::Time,
            Self::Identifier | Self::Json => return None,
        })
    }
}

/// What the values of a column are like, over all of its rows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Spread {
    /// Some times have no offset.
    pub(crate) without_offset: bool,
    /// Some times are in UTC.
    pub(crate) utc: bool,
    /// Some times have another offset.
    pub(crate) other_offset: bool,
    /// Some times have digits behind the microsecond.
    pub(crate) nanoseconds: bool,
    /// The distance of the furthest time from 1970, in microseconds.
    pub(crate) micros_max: i64,
    /// The least and most digits behind the point of decimals.
    pub(crate) scales: Option<(u8, u8)>,
}

impl Spread {
    fn meet(&mut self, value: Value) {
        if let Value::Decimal { scale, .. } = value {
            let (least, most) = self.scales.unwrap_or((scale, scale));
            self.scales = Some((least.min(scale), most.max(scale)));
        }
        let Some(time) = value.as_time() else {
            return;
        };
        match time.offset_minutes() {
            None => self.without_offset = true,
            Some(0) => self.utc = true,
            Some(_) => self.other_offset = true,
        }
        self.nanoseconds |= time.nanoseconds() != 0;
        self.micros_max = self.micros_max.max(time.instant().0.saturating_abs());
    }
}

/// What fills a column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fill {
    Case,
    Activity,
    Time,
    Arrival,
    Id,
    Sender,
    /// The objects of this type and role, as a place in [`Sheet::roles`].
    Objects(usize),
    /// An attribute of the event, as a slot.
    Event(usize),
    /// An attribute of the case, as a slot.
    OfCase(usize),
}

/// A column.
pub(crate) struct SheetColumn {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) spread: Spread,
    fill: Fill,
}

/// A cell.
#[derive(Clone, Debug)]
pub(crate) enum SheetCell<'a> {
    Missing,
    Text(&'a str),
    Value(Value),
    /// A value with what is nested in it.
    Group(Vec<Attribute>),
    /// Several identifiers of objects.
    Many(Vec<&'a str>),
}

/// A log as a table.
pub(crate) struct Sheet<'a> {
    log: &'a Log,
    pub(crate) columns: Vec<SheetColumn>,
    pub(crate) mapping: TableMapping,
    pub(crate) notes: Vec<String>,
    /// Types and roles of objects that have columns, in the order of first use.
    roles: Vec<(Symbol, Symbol)>,
    event_slots: Slots,
    case_slots: Slots,
    case_kind: Option<Symbol>,
    /// Whether every event names exactly one case.
    has_case: bool,
}

impl<'a> Sheet<'a> {
    /// Looks through the whole log and decides on the columns.
    ///
    /// # Errors
    /// [`WriteError::Unrepresentable`] for a log with more attributes than a table can have columns.
    pub(crate) fn new(log: &'a Log, format: Format) -> Result<Self, WriteError> {
        collect::sheet(log, format)
    }

    pub(crate) fn text(&self, symbol: Symbol) -> &'a str {
        self.log.names.text(symbol)
    }

    pub(crate) fn names(&self) -> &'a cage_model::Interner {
        &self.log.names
    }

    /// Calls `visit` with the cells of each row.
    ///
    /// # Errors
    /// What `visit` gives.
    pub(crate) fn rows<E>(
        &mut self,
        mut visit: impl FnMut(&[SheetCell<'a>]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut row = vec![SheetCell::Missing; self.columns.len()];
        let mut of_event = Filled::new(self.event_slots.len());
        let mut of_case = Filled::new(self.case_slots.len());
        let log = self.log;
        for event in &log.events {
            of_event.clear();
            self.event_slots.begin();
            for group in log.attributes(event).chunk_by(|_, next| next.depth > 0) {
                if let Some(kind) = Kind::of(group) {
                    let slot = self.event_slots.slot(group[0].key, kind);
                    of_event.put(slot, cell_of(group));
                }
            }
            of_case.clear();
            let case = self.case_of(event);
            if let Some(case) = case {
                self.fill_case(case, event.time(), &mut of_case);
            }
            for (cell, column) in row.iter_mut().zip(&self.columns) {
                *cell = match column.fill {
                    Fill::Event(slot) => of_event.take(slot),
                    Fill::OfCase(slot) => of_case.take(slot),
                    Fill::Case => case.map_or(SheetCell::Missing, |case| self.named(case.id)),
                    Fill::Activity => self.named(event.activity),
                    Fill::Time => time_cell(event.time()),
                    Fill::Arrival => time_cell(log.arrival(event)),
                    Fill::Id => self.named(event.id),
                    Fill::Sender => self.named(event.source),
                    Fill::Objects(role) => self.objects(event, self.roles[role]),
                };
            }
            visit(&row)?;
        }
        Ok(())
    }

    fn named(&self, symbol: Symbol) -> SheetCell<'a> {
        match symbol {
            Symbol::EMPTY => SheetCell::Missing,
            symbol => SheetCell::Text(self.text(symbol)),
        }
    }

    /// The case of an event, when the table has a column for it.
    fn case_of(&self, event: &Event) -> Option<&'a Object> {
        let place = case_place(self.log, event, self.case_kind).filter(|_| self.has_case)?;
        let reference = self.log.references(event)[place];
        self.log.objects.get(reference.object as usize)
    }

    /// The case's attributes as they hold at a time: of several values of one name the last.
    fn fill_case(&mut self, case: &'a Object, time: Option<Time>, filled: &mut Filled<'a>) {
        self.case_slots.begin();
        for group in case.attributes.chunk_by(|_, (next, _)| next.depth > 0) {
            let since = group[0].1;
            let holds = since.is_none_or(|since| time.is_some_and(|time| since <= time));
            let rows: Vec<Attribute> = group.iter().map(|(row, _)| *row).collect();
            let Some(kind) = Kind::of(&rows).filter(|_| holds) else {
                continue;
            };
            let key = rows[0].key;
            let slot = match since {
                None => self.case_slots.slot(key, kind),
                Some(_) => {
                    self.case_slots
                        .slots_of(key)
                        .for_each(|other| filled.put(other, SheetCell::Missing));
                    self.case_slots.first_slot(key, kind)
                }
            };
            filled.put(slot, cell_of(&rows));
        }
    }

    fn objects(&self, event: &Event, (kind, qualifier): (Symbol, Symbol)) -> SheetCell<'a> {
        let skipped = case_place(self.log, event, self.case_kind).filter(|_| self.has_case);
        let references = self.log.references(event).iter().enumerate();
        let mut ids = references.filter_map(|(place, reference)| {
            let object = &self.log.objects[reference.object as usize];
            let is_meant = object.kind == kind && reference.qualifier == qualifier;
            (is_meant && Some(place) != skipped).then(|| self.text(object.id))
        });
        let Some(first) = ids.next() else {
            return SheetCell::Missing;
        };
        let mut all = vec![first];
        all.extend(ids);
        // What reads as a list, or as nothing, must be written as a list.
        if all.len() == 1 && !first.is_empty() && !first.starts_with("[\"") {
            return SheetCell::Text(first);
        }
        SheetCell::Many(all)
    }
}

/// Where in an event's references its case is: the first object of that type without a role.
fn case_place(log: &Log, event: &Event, case_kind: Option<Symbol>) -> Option<usize> {
    let case_kind = case_kind?;
    log.references(event).iter().position(|reference| {
        let object = &log.objects[reference.object as usize];
        object.kind == case_kind && reference.qualifier == Symbol::EMPTY
    })
}

fn time_cell<'a>(time: Option<Time>) -> SheetCell<'a> {
    time.map_or(SheetCell::Missing, |time| {
        SheetCell::Value(Value::from(time))
    })
}

fn cell_of<'a>(group: &[Attribute]) -> SheetCell<'a> {
    match group {
        [one] if !matches!(one.value, Value::List) => SheetCell::Value(one.value),
        _ => SheetCell::Group(group.to_vec()),
    }
}

/// The cells of one record by slot; emptied in time of what was filled.
struct Filled<'a> {
    cells: Vec<SheetCell<'a>>,
    touched: Vec<usize>,
}

impl<'a> Filled<'a> {
    fn new(len: usize) -> Self {
        Self {
            cells: vec![SheetCell::Missing; len],
            touched: Vec::new(),
        }
    }

    fn clear(&mut self) {
        for slot in self.touched.drain(..) {
            self.cells[slot] = SheetCell::Missing;
        }
    }

    fn put(&mut self, slot: usize, cell: SheetCell<'a>) {
        self.cells[slot] = cell;
        self.touched.push(slot);
    }

    fn take(&mut self, slot: usize) -> SheetCell<'a> {
        std::mem::replace(&mut self.cells[slot], SheetCell::Missing)
    }
}
