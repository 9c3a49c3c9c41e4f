//! Taking entries: each once, each durable before it is acknowledged.

use std::collections::HashMap;
use std::sync::Arc;

use cage_proof::{EntryKind, Hash, Leaf, commitment};

use super::index::roots_of;
use super::{Ledger, LedgerError, Record};
use crate::place::Stream;
use crate::units::{KeyOf, UnitError, UnitRef};
use crate::wal::{Frame, FrameKind};

/// An entry that somebody wants to be kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// Which of the agency's logs.
    pub stream: Stream,
    /// What kind of entry.
    pub kind: EntryKind,
    /// The source's own clock, milliseconds since 1970.
    pub claimed: u64,
    /// What the entry is about, in words that stay in the vault: the erasure unit.
    pub subject: String,
    /// For [`EntryKind::Erasure`] alone: the unit whose key is to be destroyed.
    pub erases: Option<UnitRef>,
    /// Who acted, in words that stay in the vault; empty when nobody did.
    pub actor: String,
    /// What was done, as a number.
    pub action: u64,
    /// Who says so, as a number.
    pub source: u64,
    /// Chosen by the source: the same for a retry of the same entry.
    pub idempotency: [u8; 16],
    /// The content, which is sealed.
    pub body: Vec<u8>,
}

/// An entry that is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its log.
    pub origin: Arc<str>,
    /// Its index there.
    pub index: u64,
    /// Its hash.
    pub leaf: Hash,
    /// When it was accepted, milliseconds since 1970.
    pub accepted: u64,
    /// Number of its record.
    pub record: u64,
}

/// What became of a draft.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Appended {
    /// It is kept.
    New(Entry),
    /// The same was kept before: a retry.
    Known(Entry),
    /// It is not kept.
    Refused(Refused),
}

/// Why a draft is not kept; the others of its group are.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refused {
    /// Another content came under this id.
    #[error("other content was accepted under this id before, as entry {} of {}", .0.index, .0.origin)]
    Conflict(Entry),
    /// The content that came under this id was erased: it cannot be compared.
    #[error("what came under this id was erased, entry {} of {}", .0.index, .0.origin)]
    Erased(Entry),
    /// The key of its unit was destroyed.
    #[error("what this is about was erased by order")]
    SubjectErased,
    /// There was no space for it; what came before it is kept. To be handed in again.
    #[error("there is no space for it; hand it in again later")]
    NoSpace,
    /// Too long.
    #[error(
        "the content has {bytes} bytes, at most {} are kept",
        Draft::BODY_BYTES_MAX
    )]
    TooLong {
        /// Its length.
        bytes: usize,
    },
}

impl Draft {
    /// Bytes of a body at most; larger content belongs into a store of its own, named by its hash.
    pub const BODY_BYTES_MAX: usize = 64 << 10;
}

/// Bytes of a group at most; a longer batch is several groups.
const GROUP_BYTES_MAX: u64 = 4 << 20;

/// An entry on its way: everything but its durability.
struct Ready {
    log: usize,
    index: u64,
    leaf: Leaf,
    hash: Hash,
    frame: Vec<u8>,
    body: Vec<u8>,
    /// Its place in the drafts.
    draft: usize,
}

impl Ledger {
    /// Keeps entries: one write and one synchronisation for each 4 MiB of them. What is returned as new is durable;
    /// a retry gets what it got before; the rest is refused one by one. `now` is the server's clock in
    /// milliseconds since 1970; accepted times never go back.
    ///
    /// # Errors
    ///
    /// When none could be made durable. Where only space lacked ([`LedgerError::is_without_space`]) nothing has
    /// changed and it can be tried again; after any other error the process must end and open the ledger anew. Where
    /// space lacked in the middle, the rest is refused with [`Refused::NoSpace`].
    pub fn append(&mut self, drafts: &[Draft], now: u64) -> Result<Vec<Appended>, LedgerError> {
        let accepted = now.max(self.last_accepted);
        let mut outcome: Vec<Option<Appended>> = vec![None; drafts.len()];
        let mut ready: Vec<Ready> = Vec::new();
        let mut group = Group::default();
        for (place, draft) in drafts.iter().enumerate() {
            let earlier = group
                .by_id
                .get(&draft.idempotency)
                .map(|place| &ready[*place]);
            if let Some(earlier) = earlier {
                let same = drafts[earlier.draft] == *draft;
                group.repeats.push((place, earlier.draft, same));
                continue;
            }
            if let Some(said) = self.said_before(draft)? {
                outcome[place] = Some(said);
                continue;
            }
            match self.prepare(draft, place, accepted, &mut group) {
                Ok(entry) => {
                    group.by_id.insert(draft.idempotency, ready.len());
                    ready.push(entry);
                }
                Err(Failed::Refused(refused)) => outcome[place] = Some(Appended::Refused(refused)),
                Err(Failed::Broken(error)) => return Err(error),
            }
        }
        let mut entries = self.keep(&ready, accepted)?.into_iter();
        for ready in &ready {
            outcome[ready.draft] = Some(match entries.next() {
                Some(entry) => Appended::New(entry),
                None => Appended::Refused(Refused::NoSpace),
            });
        }
        for (place, first, same) in group.repeats {
            let Some(Appended::New(entry)) = outcome[first].clone() else {
                outcome[place] = outcome[first].clone();
                continue;
            };
            outcome[place] = Some(if same {
                Appended::Known(entry)
            } else {
                Appended::Refused(Refused::Conflict(entry))
            });
        }
        Ok(outcome.into_iter().flatten().collect())
    }

    /// Erases what was said under a unit: the order becomes an entry, then the unit's key is destroyed. The
    /// entries stand and verify; their content is gone, in every backup too.
    ///
    /// # Errors
    ///
    /// When there is no such unit or the order could not be kept; when only the destruction failed, it is
    /// done at the next start.
    pub fn erase(&mut self, unit: UnitRef, order: &Draft, now: u64) -> Result<Entry, LedgerError> {
        if !matches!(self.units.key(unit)?, KeyOf::Alive(_)) {
            return Err(UnitError::Gone.into());
        }
        let order = Draft {
            stream: Stream::Admin,
            kind: EntryKind::Erasure,
            erases: Some(unit),
            ..order.clone()
        };
        match self.append(&[order], now)?.pop() {
            Some(Appended::New(entry) | Appended::Known(entry)) => {
                self.units.destroy(unit)?;
                Ok(entry)
            }
            Some(Appended::Refused(refused)) => Err(LedgerError::Order(refused)),
            None => Err(UnitError::Gone.into()),
        }
    }

    /// Notes that time moved without an entry, durably; the number of the record.
    ///
    /// # Errors
    ///
    /// As [`Ledger::append`].
    pub fn tick(&mut self, now: u64) -> Result<u64, LedgerError> {
        let at = now.max(self.last_accepted);
        let payload = at.to_le_bytes();
        let place = self.wal.append(&[(FrameKind::Tick, 0, &payload)], at)?;
        self.close_segment();
        self.last_accepted = at;
        Ok(self.records.note_tick(place.segment, place.offset, at))
    }

    /// Last accepted time, milliseconds since 1970: no later record has an earlier one.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.last_accepted
    }

    /// Whether there is space to go on: makes what the next group would need.
    ///
    /// # Errors
    ///
    /// As [`Ledger::append`].
    pub fn make_room(&mut self, now: u64) -> Result<(), LedgerError> {
        self.units.sync()?;
        self.wal.reserve(now)?;
        self.close_segment();
        Ok(())
    }

    /// What was said under the draft's id before, if anything.
    fn said_before(&self, draft: &Draft) -> Result<Option<Appended>, LedgerError> {
        let known = self.records.by_id(self.wal.folder(), &draft.idempotency)?;
        let Some(number) = known else {
            return Ok(None);
        };
        let stored = self.record(number)?;
        let Record::Entry {
            log,
            index,
            leaf,
            body,
        } = stored.record
        else {
            return Ok(None);
        };
        let entry = Entry {
            origin: Arc::clone(&self.logs[log].origin),
            index,
            leaf: Hash::leaf(&leaf.encode()),
            accepted: leaf.accepted,
            record: number,
        };
        let Some(body) = body else {
            return Ok(Some(Appended::Refused(Refused::Erased(entry))));
        };
        let about = match draft.erases {
            Some(unit) => Some(unit),
            None => self.units.find(&draft.subject)?,
        };
        let same_case = about.is_some_and(|unit| unit.0 == leaf.case);
        let same = same_case
            && body == draft.body
            && (leaf.kind, leaf.claimed, leaf.action, leaf.source)
                == (draft.kind, draft.claimed, draft.action, draft.source);
        Ok(Some(if same {
            Appended::Known(entry)
        } else {
            Appended::Refused(Refused::Conflict(entry))
        }))
    }

    fn prepare(
        &mut self,
        draft: &Draft,
        place: usize,
        accepted: u64,
        group: &mut Group,
    ) -> Result<Ready, Failed> {
        if draft.body.len() > Draft::BODY_BYTES_MAX {
            let bytes = draft.body.len();
            return Err(Refused::TooLong { bytes }.into());
        }
        let (unit, key) = match self.units.ensure(&draft.subject) {
            Err(UnitError::Gone) => return Err(Refused::SubjectErased.into()),
            ensured => ensured.map_err(LedgerError::from)?,
        };
        let log = self.log_of(draft.stream, accepted)?;
        let sequence = group
            .sequences
            .entry(draft.source)
            .or_insert_with(|| self.records.next_sequence(draft.source));
        let index = group
            .sizes
            .entry(log)
            .or_insert_with(|| self.logs[log].tree.size());
        let leaf = Leaf {
            kind: draft.kind,
            agency: self.place.identity().agency.clone(),
            accepted,
            claimed: draft.claimed,
            case: draft.erases.unwrap_or(unit).0,
            actor: self.actor(&draft.actor)?,
            action: draft.action,
            source: draft.source,
            sequence: *sequence,
            idempotency: draft.idempotency,
            commitment: commitment(&key.body_salt(&draft.idempotency), &draft.body),
            bulk: None,
        };
        let body_key = key.body_key(&draft.idempotency);
        let sealed = body_key
            .seal(&leaf.context(), &draft.body)
            .map_err(LedgerError::from)?;
        let bytes = leaf.encode();
        let ready = Ready {
            log,
            index: *index,
            hash: Hash::leaf(&bytes),
            frame: [&index.to_le_bytes()[..], &bytes].concat(),
            body: [&unit.0[..], &sealed].concat(),
            draft: place,
            leaf,
        };
        *index += 1;
        *sequence += 1;
        Ok(ready)
    }

    /// The random reference of an acting person; zeros when nobody acted.
    fn actor(&mut self, label: &str) -> Result<[u8; 8], LedgerError> {
        if label.is_empty() {
            return Ok([0; 8]);
        }
        let (unit, _) = self.units.ensure(label)?;
        Ok(unit.0.first_chunk().copied().unwrap_or_default())
    }

    /// Makes prepared entries durable, keys first, in as many groups as their bytes need. Fewer come back where
    /// space lacked after the first group.
    fn keep(&mut self, ready: &[Ready], accepted: u64) -> Result<Vec<Entry>, LedgerError> {
        self.units.sync()?;
        let room = GROUP_BYTES_MAX.min(self.options.segment_bytes / 2);
        let mut entries = Vec::with_capacity(ready.len());
        let mut rest = ready;
        while !rest.is_empty() {
            let mut bytes = 0;
            let fitting = rest.iter().take_while(|entry| {
                bytes += Frame::bytes(entry.frame.len()) + Frame::bytes(entry.body.len());
                bytes <= room
            });
            let (group, later) = rest.split_at(fitting.count().max(1));
            match self.keep_group(group, accepted, &mut entries) {
                // What is durable must be told, or whoever follows would miss it.
                Err(error) if error.is_without_space() && !entries.is_empty() => break,
                kept => kept?,
            }
            rest = later;
        }
        Ok(entries)
    }

    fn keep_group(
        &mut self,
        group: &[Ready],
        accepted: u64,
        entries: &mut Vec<Entry>,
    ) -> Result<(), LedgerError> {
        let frames: Vec<(FrameKind, u16, &[u8])> = group
            .iter()
            .flat_map(|entry| {
                let log = entry.log as u16 + 1;
                [
                    (FrameKind::Leaf, log, entry.frame.as_slice()),
                    (FrameKind::Body, log, entry.body.as_slice()),
                ]
            })
            .collect();
        let place = self.wal.append(&frames, accepted)?;
        self.close_segment();
        self.last_accepted = accepted;
        let mut offset = place.offset;
        for entry in group {
            let log = &mut self.logs[entry.log];
            let pushed = log.tree.push(&entry.frame[8..]);
            debug_assert!(pushed.is_ok(), "a leaf record is short enough");
            let record = self.records.note_entry(place.segment, offset, &entry.leaf);
            offset += Frame::bytes(entry.frame.len()) + Frame::bytes(entry.body.len());
            entries.push(Entry {
                origin: Arc::clone(&log.origin),
                index: entry.index,
                leaf: entry.hash,
                accepted,
                record,
            });
        }
        Ok(())
    }
}

impl Ledger {
    /// Writes the index of the segment that the last group ended, if it ended one.
    fn close_segment(&mut self) {
        let Some(end) = self.wal.take_ended() else {
            return;
        };
        let mut index = self.records.close();
        index.logs = roots_of(self.logs.iter().map(|log| &log.tree));
        // Without space the segment has no index, and the next start makes it.
        let _ = index.write(self.wal.folder(), self.place.node(), &end);
    }
}

/// What one group has so far: entries that the records do not know yet.
#[derive(Default)]
struct Group {
    by_id: HashMap<[u8; 16], usize>,
    sequences: HashMap<u64, u64>,
    sizes: HashMap<usize, u64>,
    /// A draft, the one with the same id before it, and whether they are the same.
    repeats: Vec<(usize, usize, bool)>,
}

enum Failed {
    Refused(Refused),
    Broken(LedgerError),
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<LedgerError> for Failed {
    fn from(error: LedgerError) -> Self {
        Self::Broken(error)
    }
}
