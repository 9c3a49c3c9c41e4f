//! An event of the ledger as somebody read it, for others who want to see it too.

use cage_model::{EventBuffer, Interner, Time};

/// An event of a record.
#[derive(Clone, Copy, Debug)]
pub struct Noted<'n> {
    /// Its record.
    pub record: u64,
    /// When it was accepted, milliseconds since 1970.
    pub accepted: u64,
    /// When it happened, as it says itself.
    pub claimed: Option<Time>,
    /// Its running number in its source.
    pub sequence: Option<u64>,
    /// What it says.
    pub event: &'n EventBuffer,
    /// The words that it says it in.
    pub names: &'n Interner,
}
