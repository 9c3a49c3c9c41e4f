//! Where each record stands, which came under each idempotency id, and reading them back.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use cage_proof::{Hash, Leaf};

use super::ids::Ids;
use super::index::SegmentIndex;
use super::window::{OneFrame, Window};
use super::{Ledger, LedgerError};
use crate::seal::UnitKey;
use crate::units::{KeyOf, UnitRef, UnitStore};
use crate::wal::{Frame, FrameKind, SegmentHeader};

/// A record as the write-ahead log has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stored {
    /// Its number over all logs and ticks, from 0.
    pub number: u64,
    /// What it is.
    pub record: Record,
}

/// The content of a record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Record {
    /// An entry.
    Entry {
        /// Number of its log, from 0, as in [`Ledger::logs`].
        log: usize,
        /// Index in that log.
        index: u64,
        /// The leaf record.
        leaf: Box<Leaf>,
        /// The body; `None` when its unit's key was destroyed.
        body: Option<Vec<u8>>,
    },
    /// Time moved to these milliseconds since 1970.
    Tick(u64),
}

/// Records of one segment: its number, the number of its first record, the byte of each.
type Places = (u64, u64, Box<[u32]>);

/// Where every record of the write-ahead log stands.
#[derive(Debug, Default)]
pub(super) struct Records {
    closed: Vec<Places>,
    /// The segment that is being filled.
    open: SegmentIndex,
    ids: Ids,
    /// Last sequence number by source.
    sequences: HashMap<u64, u64>,
    /// The piece that was read last.
    window: Mutex<Option<Window>>,
}

impl Records {
    pub(super) fn len(&self) -> u64 {
        self.open.first_record + self.open.records()
    }

    /// Last accepted time, milliseconds since 1970.
    pub(super) fn accepted(&self) -> u64 {
        self.open.accepted
    }

    /// Number of the segment that is being filled: those before it are closed.
    pub(super) fn open_segment(&self) -> u64 {
        self.open.segment
    }

    /// Takes what the index of a closed segment says.
    pub(super) fn take(&mut self, index: &SegmentIndex) {
        self.ids.reserve(index.ids().count());
        for (id, record) in index.ids() {
            self.ids.insert(id, record);
        }
        self.sequences.extend(&index.sources);
        let next = index.first_record + index.records();
        self.open = SegmentIndex::new(index.segment + 1, next);
        self.open.accepted = index.accepted;
        self.closed.push(index.places());
    }

    /// Ends the open segment: what it holds.
    pub(super) fn close(&mut self) -> SegmentIndex {
        let mut next = SegmentIndex::new(self.open.segment + 1, self.len());
        next.accepted = self.open.accepted;
        let closed = std::mem::replace(&mut self.open, next);
        self.closed.push(closed.places());
        closed
    }

    /// Notes an entry; the number of its record.
    pub(super) fn note_entry(&mut self, segment: u64, offset: u64, leaf: &Leaf) -> u64 {
        let number = self.begin(segment);
        self.ids.insert(&leaf.idempotency, number);
        self.sequences.insert(leaf.source, leaf.sequence);
        self.open.entry(offset, leaf);
        number
    }

    /// Notes a tick; the number of its record.
    pub(super) fn note_tick(&mut self, segment: u64, offset: u64, at: u64) -> u64 {
        let number = self.begin(segment);
        self.open.tick(offset, at);
        number
    }

    /// Sees to it that this segment is the open one; the number of its next record.
    fn begin(&mut self, segment: u64) -> u64 {
        if self.open.segment != segment {
            if self.open.records() > 0 {
                self.close();
            }
            self.open.segment = segment;
        }
        self.len()
    }

    /// The next running number of a source, from 1.
    pub(super) fn next_sequence(&self, source: u64) -> u64 {
        self.sequences.get(&source).map_or(1, |last| last + 1)
    }

    /// The record that came under this idempotency id.
    pub(super) fn by_id(&self, folder: &Path, id: &[u8; 16]) -> Result<Option<u64>, LedgerError> {
        for record in self.ids.candidates(id) {
            let wrong = |wrong: String| LedgerError::Record { record, wrong };
            let [first, _] = self.frames(folder, record)?;
            let (_, leaf) = leaf_of(&first.frame().map_err(wrong)?).map_err(wrong)?;
            if leaf.idempotency == *id {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Segment and byte of a record.
    fn place(&self, number: u64) -> Option<(u64, u64)> {
        if number >= self.open.first_record {
            let place = usize::try_from(number - self.open.first_record).ok()?;
            return Some((self.open.segment, self.open.offset(place)?));
        }
        let after = self
            .closed
            .partition_point(|(_, first, _)| *first <= number);
        let (segment, first, places) = self.closed.get(after.checked_sub(1)?)?;
        let place = usize::try_from(number - first).ok()?;
        places.get(place).map(|at| (*segment, u64::from(*at)))
    }

    /// The frames of a record: the entry or tick, and what stands behind it.
    fn frames(&self, folder: &Path, number: u64) -> Result<[OneFrame; 2], LedgerError> {
        let wrong = |wrong: &str| LedgerError::Record {
            record: number,
            wrong: wrong.to_owned(),
        };
        let (segment, offset) = self
            .place(number)
            .ok_or_else(|| wrong("there is no such record"))?;
        let io = |error: std::io::Error| wrong(&format!("cannot be read: {error}"));
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let window = match &mut *window {
            Some(window) if window.segment() == segment => window,
            other => other.insert(Window::open(folder, segment).map_err(io)?),
        };
        window.frames((number, offset), self.len()).map_err(io)
    }
}

impl OneFrame {
    fn frame(&self) -> Result<Frame<'_>, String> {
        let read = Frame::read_alone(self.segment, &self.bytes, self.offset);
        read.map(|(frame, _)| frame)
            .map_err(|fault| format!("segment {}, byte {}: {fault}", self.segment, self.offset))
    }
}

impl Ledger {
    /// Reads a record back.
    ///
    /// # Errors
    ///
    /// When there is none of this number, or it does not verify any more.
    pub fn record(&self, number: u64) -> Result<Stored, LedgerError> {
        self.records.read(self.wal.folder(), &self.units, number)
    }
}

impl Records {
    /// Reads a record back: its frames from the segments' folder, its body with the key of its unit.
    pub(super) fn read(
        &self,
        folder: &Path,
        units: &UnitStore,
        number: u64,
    ) -> Result<Stored, LedgerError> {
        let wrong = |wrong: String| LedgerError::Record {
            record: number,
            wrong,
        };
        let [first, second] = self.frames(folder, number)?;
        let frame = first.frame().map_err(wrong)?;
        let record = match frame.kind {
            FrameKind::Tick => {
                Record::Tick(tick_of(&frame).ok_or_else(|| wrong("is no tick".to_owned()))?)
            }
            _ => {
                let (index, leaf) = leaf_of(&frame).map_err(wrong)?;
                let sealed = second.frame().map_err(wrong)?;
                if sealed.kind != FrameKind::Body {
                    return Err(wrong("has no body".to_owned()));
                }
                let body = opened(units, &leaf, sealed.payload).map_err(wrong)?;
                let log = usize::from(frame.log).wrapping_sub(1);
                Record::Entry {
                    log,
                    index,
                    leaf: Box::new(leaf),
                    body,
                }
            }
        };
        Ok(Stored { number, record })
    }
}

/// Opens a body and compares it with the commitment.
fn opened(units: &UnitStore, leaf: &Leaf, sealed: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let (unit, sealed) = sealed
        .split_first_chunk::<16>()
        .ok_or("has a body without a unit")?;
    match units
        .key(UnitRef(*unit))
        .map_err(|error| error.to_string())?
    {
        KeyOf::Alive(key) => open_body(&key, leaf, sealed).map(Some),
        KeyOf::Destroyed => Ok(None),
        KeyOf::Unknown => Err("has a body whose key is missing from the key store".to_owned()),
    }
}

/// Opens a body with its unit's key and compares it with the leaf's commitment.
pub(crate) fn open_body(key: &UnitKey, leaf: &Leaf, sealed: &[u8]) -> Result<Vec<u8>, String> {
    let body_key = key.body_key(&leaf.idempotency);
    let body = body_key
        .open(&leaf.context(), sealed)
        .map_err(|error| format!("body: {error}"))?;
    let salt = key.body_salt(&leaf.idempotency);
    if cage_proof::commitment(&salt, &body) != leaf.commitment {
        return Err("body: it is not the one that the leaf commits to".to_owned());
    }
    Ok(body)
}

/// Index and leaf record of a frame.
pub(crate) fn leaf_of(frame: &Frame<'_>) -> Result<(u64, Leaf), String> {
    let (index, leaf) = frame
        .payload
        .split_first_chunk::<8>()
        .ok_or_else(|| "is too short for an entry".to_owned())?;
    let leaf = Leaf::decode(leaf).map_err(|error| error.to_string())?;
    Ok((u64::from_le_bytes(*index), leaf))
}

/// The milliseconds of a tick.
pub(crate) fn tick_of(frame: &Frame<'_>) -> Option<u64> {
    frame.payload.try_into().ok().map(u64::from_le_bytes)
}

/// What the recovery hands over for one frame: its place is known from the walk over the segment.
pub(super) struct Walk {
    offset: u64,
    segment: u64,
}

impl Walk {
    pub(super) fn new(header: &SegmentHeader, offset: u64) -> Self {
        Self {
            offset,
            segment: header.number,
        }
    }

    /// Segment and byte of this frame; the next one stands behind it.
    pub(super) fn step(&mut self, frame: &Frame<'_>) -> (u64, u64) {
        let here = (self.segment, self.offset);
        self.offset += Frame::bytes(frame.payload.len());
        here
    }
}

/// The hash of the entry in a frame.
pub(super) fn leaf_hash(frame: &Frame<'_>) -> Hash {
    Hash::leaf(frame.payload.get(8..).unwrap_or_default())
}
