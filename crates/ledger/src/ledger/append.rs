//! Taking entries: each once, each durable before it is acknowledged.

use std::collections::HashMap;
use std::sync::Arc;

use cage_proof::{EntryKind, Hash, Leaf, commitment};

use super::index::roots_of;
use super::{Ledger, LedgerError, Record};
use crate::place::Stream;
use crate::seal::{SEAL_BYTES, SealError, UnitKey};
use crate::units::{UnitError, UnitRef};
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
    /// The key of its unit, or of who acted, was destroyed.
    #[error("what this is about, or who acted, was erased by order")]
    SubjectErased,
    /// The name of what it is about, or of who acted, is too long.
    #[error("a name of {bytes} bytes is too long for a subject or an actor")]
    LongName {
        /// Its length.
        bytes: usize,
    },
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

    /// The same as an order to destroy the key of a unit, which is done before the order is acknowledged. What is kept
    /// under that unit in the same group goes with it.
    #[must_use]
    pub fn erasing(self, unit: UnitRef) -> Self {
        Self {
            stream: Stream::Admin,
            kind: EntryKind::Erasure,
            erases: Some(unit),
            ..self
        }
    }
}

/// From so many entries on, new units are synchronised beside the sealing; a thread takes longer than sealing fewer.
const SEALED_BESIDE_MIN: usize = 32;
/// Bytes of a group at most; a longer batch is several groups.
const GROUP_BYTES_MAX: u64 = 4 << 20;

/// A draft that will be kept: its place in everything that is counted, and the key of its unit.
struct Claimed {
    /// Its place in the drafts.
    draft: usize,
    unit: UnitRef,
    key: Arc<UnitKey>,
    actor: [u8; 8],
    log: usize,
    index: u64,
    sequence: u64,
}

/// An entry on its way: everything but its durability.
struct Ready {
    log: usize,
    index: u64,
    leaf: Leaf,
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
        let mut claimed: Vec<Claimed> = Vec::new();
        let mut group = Group::default();
        for (place, draft) in drafts.iter().enumerate() {
            let earlier = group
                .by_id
                .get(&draft.idempotency)
                .map(|place| &claimed[*place]);
            if let Some(earlier) = earlier {
                let same = drafts[earlier.draft] == *draft;
                group.repeats.push((place, earlier.draft, same));
                continue;
            }
            if let Some(said) = self.said_before(draft)? {
                outcome[place] = Some(said);
                continue;
            }
            match self.claim(draft, place, accepted, &mut group) {
                Ok(claim) => {
                    group.by_id.insert(draft.idempotency, claimed.len());
                    claimed.push(claim);
                }
                Err(Failed::Refused(refused)) => outcome[place] = Some(Appended::Refused(refused)),
                Err(Failed::Broken(error)) => return Err(error),
            }
        }
        let ready = self.sealed(&claimed, drafts, accepted)?;
        let mut entries = self.keep(&ready, accepted)?.into_iter();
        for ready in &ready {
            outcome[ready.draft] = Some(match entries.next() {
                Some(entry) => {
                    self.carry_out(&drafts[ready.draft])?;
                    Appended::New(entry)
                }
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

    /// Gives a draft its unit and its place in its log and after its source's last entry.
    fn claim(
        &mut self,
        draft: &Draft,
        place: usize,
        accepted: u64,
        group: &mut Group,
    ) -> Result<Claimed, Failed> {
        if draft.body.len() > Draft::BODY_BYTES_MAX {
            let bytes = draft.body.len();
            return Err(Refused::TooLong { bytes }.into());
        }
        let (unit, key) = self.unit_of(&draft.subject)?;
        let actor = match draft.actor.as_str() {
            "" => [0; 8],
            label => {
                let (actor, _) = self.unit_of(label)?;
                actor.0.first_chunk().copied().unwrap_or_default()
            }
        };
        let log = self.log_of(draft, accepted)?;
        let sequence = group
            .sequences
            .entry(draft.source)
            .or_insert_with(|| self.records.next_sequence(draft.source));
        let index = group
            .sizes
            .entry(log)
            .or_insert_with(|| self.logs[log].tree.size());
        let claimed = Claimed {
            draft: place,
            unit,
            key,
            actor,
            log,
            index: *index,
            sequence: *sequence,
        };
        *index += 1;
        *sequence += 1;
        Ok(claimed)
    }

    /// The unit that a label stands for, made if absent.
    fn unit_of(&mut self, label: &str) -> Result<(UnitRef, Arc<UnitKey>), Failed> {
        Ok(match self.units.ensure(label) {
            Err(UnitError::Gone) => return Err(Refused::SubjectErased.into()),
            Err(UnitError::Label { bytes }) => return Err(Refused::LongName { bytes }.into()),
            ensured => ensured.map_err(LedgerError::from)?,
        })
    }

    /// Seals what was claimed. New units are made durable beside that: both must be done before anything is written.
    fn sealed(
        &mut self,
        claimed: &[Claimed],
        drafts: &[Draft],
        accepted: u64,
    ) -> Result<Vec<Ready>, LedgerError> {
        let Self { units, place, .. } = self;
        let agency = &place.identity().agency;
        let seal = || -> Result<Vec<Ready>, LedgerError> {
            let ready = claimed
                .iter()
                .map(|claim| claim.seal(drafts, agency, accepted));
            Ok(ready.collect::<Result<_, _>>()?)
        };
        if !units.is_staged() || claimed.len() < SEALED_BESIDE_MIN {
            units.sync()?;
            return seal();
        }
        std::thread::scope(|scope| {
            let syncing = scope.spawn(|| units.sync());
            let ready = seal();
            match syncing.join() {
                Ok(synced) => synced?,
                // A panic there is one here.
                Err(panicked) => std::panic::resume_unwind(panicked),
            }
            ready
        })
    }

    /// Makes sealed entries durable in as many groups as their bytes need. Fewer come back where space lacked after
    /// the first group.
    fn keep(&mut self, ready: &[Ready], accepted: u64) -> Result<Vec<Entry>, LedgerError> {
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
            let bytes = &entry.frame[8..];
            let pushed = log.tree.push(bytes);
            debug_assert!(pushed.is_ok(), "a leaf record is short enough");
            let record = self.records.note_entry(place.segment, offset, &entry.leaf);
            offset += Frame::bytes(entry.frame.len()) + Frame::bytes(entry.body.len());
            entries.push(Entry {
                origin: Arc::clone(&log.origin),
                index: entry.index,
                leaf: pushed.unwrap_or_else(|_| Hash::leaf(bytes)),
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

impl Claimed {
    fn seal(&self, drafts: &[Draft], agency: &str, accepted: u64) -> Result<Ready, SealError> {
        let draft = &drafts[self.draft];
        let leaf = Leaf {
            kind: draft.kind,
            agency: agency.to_owned(),
            accepted,
            claimed: draft.claimed,
            case: draft.erases.unwrap_or(self.unit).0,
            actor: self.actor,
            action: draft.action,
            source: draft.source,
            sequence: self.sequence,
            idempotency: draft.idempotency,
            commitment: commitment(&self.key.body_salt(&draft.idempotency), &draft.body),
            bulk: None,
        };
        let mut body = Vec::with_capacity(self.unit.0.len() + SEAL_BYTES + draft.body.len());
        body.extend(self.unit.0);
        let key = self.key.body_key(&draft.idempotency);
        key.seal_onto(&mut body, &leaf.context(), &draft.body)?;
        Ok(Ready {
            log: self.log,
            index: self.index,
            frame: [&self.index.to_le_bytes()[..], &leaf.encode()].concat(),
            body,
            draft: self.draft,
            leaf,
        })
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
