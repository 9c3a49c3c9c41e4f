//! Records of a ledger as events for the rules.
//!
//! A record is read once into the runner's own words and carried from there into those of each pack version that
//! judges it. Only what the rules of a version can ask for is carried over, so no sender can fill its memory with
//! names.

use std::cell::RefCell;

use cage_formats::{EventAttributes, EventReader};
use cage_model::{EventBuffer, Instant, Interner, Symbol, Time};
use cage_runtime::Journal;

use crate::runner::RunnerError;

/// How a record is read again: when it was accepted, and its body, empty when it was erased.
pub(crate) type Look<'l> = &'l dyn Fn(u64) -> Result<(u64, Vec<u8>), RunnerError>;

/// A record that was read, and the words it was read in.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub(crate) event: EventBuffer,
    pub(crate) names: Interner,
    /// When it happened, as the event itself says.
    pub(crate) claimed: Option<Time>,
    /// Its running number in its source.
    pub(crate) sequence: Option<u64>,
}

impl Reading {
    /// Reads a record's body.
    pub(crate) fn read(
        &mut self,
        record: u64,
        (accepted, body): (u64, &[u8]),
        offset_minutes: i16,
    ) -> Result<(), RunnerError> {
        let Self {
            event,
            names,
            claimed,
            sequence,
        } = self;
        event.clear();
        *sequence = None;
        if !body.is_empty() {
            let mut reader = EventReader::new(EventAttributes::All).with_descriptions();
            let read = reader.read(body, names, event);
            *sequence = reader.sequence();
            read.map_err(|error| RunnerError::Event {
                record,
                why: error.to_string(),
            })?;
        }
        *claimed = event.time;
        let accepted = moment(accepted, offset_minutes);
        // What does not say when it happened happened when it was accepted, as far as anybody knows.
        event.time = event.time.or(Some(accepted));
        event.arrival = Some(accepted);
        Ok(())
    }
}

/// Symbols of the runner's words in those of one pack version.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    known: Vec<Option<Symbol>>,
}

impl Dictionary {
    /// The symbol there, made if need be.
    fn make(&mut self, symbol: Symbol, from: &Interner, names: &mut Interner) -> Symbol {
        self.place(symbol)
            .get_or_insert_with(|| names.intern(from.text(symbol)))
            .to_owned()
    }

    /// The symbol there, if the version has it.
    fn find(&mut self, symbol: Symbol, from: &Interner, names: &Interner) -> Option<Symbol> {
        let known = self.place(symbol);
        if known.is_none() {
            *known = names.get(from.text(symbol));
        }
        *known
    }

    fn place(&mut self, symbol: Symbol) -> &mut Option<Symbol> {
        if self.known.len() <= symbol.index() {
            self.known.resize(symbol.index() + 1, None);
        }
        &mut self.known[symbol.index()]
    }

    fn carry(&mut self, reading: &Reading, names: &mut Interner, into: &mut EventBuffer) {
        let from = &reading.names;
        into.copy_from(&reading.event);
        into.activity = self.make(into.activity, from, names);
        into.objects.retain_mut(|row| {
            row.qualifier = self.make(row.qualifier, from, names);
            let kind = self.find(row.kind, from, names);
            row.kind = kind.unwrap_or_default();
            kind.is_some()
        });
        // Members of a list stand one level deeper behind it; they go with it.
        let mut keeps = true;
        into.attributes.retain_mut(|row| {
            let key = self.find(row.key, from, names);
            if row.depth == 0 {
                keeps = key.is_some();
            }
            row.key = match key {
                Some(key) => key,
                None if keeps => self.make(row.key, from, names),
                None => Symbol::EMPTY,
            };
            keeps
        });
    }
}

/// The ledger behind one look at it, and the record that is in hand already.
pub(crate) struct Records<'l> {
    pub(crate) look: Look<'l>,
    /// The record in hand.
    pub(crate) record: u64,
    pub(crate) reading: &'l Reading,
    /// For records that are read again.
    pub(crate) again: &'l RefCell<Reading>,
    pub(crate) dictionaries: RefCell<(&'l mut Dictionary, &'l mut Dictionary)>,
    pub(crate) offset_minutes: i16,
}

impl Journal for Records<'_> {
    type Error = RunnerError;

    fn read(
        &self,
        position: u64,
        names: &mut Interner,
        into: &mut EventBuffer,
    ) -> Result<(), RunnerError> {
        let (now, before) = &mut *self.dictionaries.borrow_mut();
        if position == self.record {
            now.carry(self.reading, names, into);
            return Ok(());
        }
        let (accepted, body) = (self.look)(position)?;
        let mut again = self.again.borrow_mut();
        again.read(position, (accepted, &body), self.offset_minutes)?;
        before.carry(&again, names, into);
        Ok(())
    }
}

/// A time from milliseconds since 1970.
pub(crate) fn moment(milliseconds: u64, offset_minutes: i16) -> Time {
    Time::new(
        Instant::from_milliseconds(milliseconds),
        Some(offset_minutes),
    )
}
