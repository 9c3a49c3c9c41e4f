//! Where records are read from: a ledger that is open for writing, or one that is only looked at.

use cage_ledger::{Ledger, LedgerError, Place, Reader, Record, Stored};
use cage_proof::hexadecimal;
use cage_store::Owner;

use crate::runner::RunnerError;

/// Records in their order.
pub trait RecordSource {
    /// How many there are.
    fn records(&self) -> u64;

    /// The record of this number, from 0.
    ///
    /// # Errors
    ///
    /// When there is none, or it does not verify any more.
    fn record(&self, number: u64) -> Result<Stored, LedgerError>;
}

impl RecordSource for Ledger {
    fn records(&self) -> u64 {
        self.records()
    }

    fn record(&self, number: u64) -> Result<Stored, LedgerError> {
        self.record(number)
    }
}

impl RecordSource for Reader {
    fn records(&self) -> u64 {
        self.records()
    }

    fn record(&self, number: u64) -> Result<Stored, LedgerError> {
        self.record(number)
    }
}

/// When a record was accepted, and its body; empty when it was erased.
pub(crate) fn body_of(
    source: &dyn RecordSource,
    record: u64,
) -> Result<(u64, Vec<u8>), RunnerError> {
    match source.record(record)?.record {
        Record::Entry { leaf, body, .. } => Ok((leaf.accepted, body.unwrap_or_default())),
        Record::Tick(at) => Ok((at, Vec::new())),
    }
}

/// Whose views those of a ledger are.
#[must_use]
pub fn owner(place: &Place, records: u64, offset_minutes: i16) -> Owner {
    let node = hexadecimal(&place.node());
    Owner {
        ledger: format!("{} {node}", place.identity().name),
        records,
        offset_minutes,
    }
}
