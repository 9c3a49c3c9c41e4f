//! Records of a ledger as events for the rules: read by the same reader as files are.

use std::io::Cursor;

use cage_formats::{Format, ReadOptions, read_stream};
use cage_ledger::{Ledger, Record};
use cage_model::{EventBuffer, Instant, Interner, LogSink, SinkError, Time};
use cage_runtime::Journal;

use crate::runner::RunnerError;

/// The ledger behind one look at it, and the record that is in hand already.
pub(crate) struct Records<'l> {
    pub(crate) look: &'l dyn Fn(u64) -> Result<(u64, Vec<u8>), RunnerError>,
    pub(crate) in_hand: Option<(u64, u64, &'l [u8])>,
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
        match self.in_hand {
            Some((record, accepted, body)) if record == position => {
                self.parse(position, accepted, body, names, into)
            }
            _ => {
                let (accepted, body) = (self.look)(position)?;
                self.parse(position, accepted, &body, names, into)
            }
        }
    }
}

impl Records<'_> {
    fn parse(
        &self,
        record: u64,
        accepted: u64,
        body: &[u8],
        names: &mut Interner,
        into: &mut EventBuffer,
    ) -> Result<(), RunnerError> {
        into.clear();
        if !body.is_empty() {
            let options = ReadOptions {
                format: Some(Format::CloudEvents),
                ..ReadOptions::default()
            };
            let content = Box::new(Cursor::new(body.to_vec()));
            let mut take = Take(into);
            let read = read_stream("record", content, &options, names, &mut take);
            read.map_err(|error| RunnerError::Event {
                record,
                why: error.to_string(),
            })?;
        }
        let accepted = moment(accepted, self.offset_minutes);
        // What does not say when it happened happened when it was accepted, as far as anybody knows.
        into.time = into.time.or(Some(accepted));
        into.arrival = Some(accepted);
        Ok(())
    }
}

/// A time from milliseconds since 1970.
pub(crate) fn moment(milliseconds: u64, offset_minutes: i16) -> Time {
    let micros = i64::try_from(milliseconds).unwrap_or(i64::MAX / 1_000) * 1_000;
    Time::new(Instant(micros), Some(offset_minutes))
}

/// When a record was accepted, and its body; empty when it was erased.
pub(crate) fn body_of(ledger: &Ledger, record: u64) -> Result<(u64, Vec<u8>), RunnerError> {
    match ledger.record(record)?.record {
        Record::Entry { leaf, body, .. } => Ok((leaf.accepted, body.unwrap_or_default())),
        Record::Tick(at) => Ok((at, Vec::new())),
    }
}

struct Take<'e>(&'e mut EventBuffer);

impl LogSink for Take<'_> {
    fn event(&mut self, event: &EventBuffer, _names: &mut Interner) -> Result<(), SinkError> {
        self.0.clone_from(event);
        Ok(())
    }
}
