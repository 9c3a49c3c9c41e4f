//! What the runner hears of the ledger's writer: small things, however long the entries are.

use cage_ledger::{ClockJump, Kept};
use cage_proof::EntryKind;

/// What became durable, as far as the runner follows it.
#[derive(Clone, Debug)]
pub enum News {
    /// An entry.
    Entry(NewEntry),
    /// Time moved: number of the record and milliseconds since 1970.
    Tick(u64, u64),
    /// The machine's clock jumped.
    ClockJumped(ClockJump),
}

/// An entry that the runner is told of.
#[derive(Clone, Debug)]
pub struct NewEntry {
    pub(crate) record: u64,
    pub(crate) accepted: u64,
    pub(crate) kind: EntryKind,
    /// `None` for a long one: it is read from the ledger when its turn comes, so that what waits stays small.
    pub(crate) body: Option<Vec<u8>>,
}

impl News {
    /// Bodies up to so many bytes are carried along.
    const CARRIED_BYTES_MAX: usize = 4 << 10;

    /// What the runner follows of what was kept.
    #[must_use]
    pub fn of(kept: Kept) -> Option<Self> {
        match kept {
            Kept::Entry(entry, draft) => Some(Self::Entry(NewEntry {
                record: entry.record,
                accepted: entry.accepted,
                kind: draft.kind,
                body: Some(draft.body).filter(|body| body.len() <= Self::CARRIED_BYTES_MAX),
            })),
            Kept::Tick(record, at) => Some(Self::Tick(record, at)),
            Kept::ClockJumped(jump) => Some(Self::ClockJumped(jump)),
            Kept::Published(_) => None,
        }
    }
}
