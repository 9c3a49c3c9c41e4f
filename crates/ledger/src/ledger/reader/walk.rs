//! What a reader takes from the write-ahead log: whole groups, and closed segments by their indexes.
//!
//! The index of a closed segment is believed as far as the signed checkpoints reach and extend what it says. Where they
//! do not, the segments are read instead.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cage_proof::{Checkpoint, Hash, Tiles, verify_consistency};

use super::super::records::{Walk, leaf_of, tick_of};
use super::super::{LedgerError, Records, SegmentIndex};
use crate::place::Place;
use crate::publish::LogFolder;
use crate::wal::{FrameKind, Group, ReadTo, SegmentEnd, SegmentHeader, TakeUp, read_on};

/// What the write-ahead log says, as far as it was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) records: Records,
    /// Entries of each log, by its number from 0.
    pub(super) sizes: Vec<u64>,
    read_to: ReadTo,
}

impl Read {
    /// Reads what came since.
    pub(super) fn on(&mut self, place: &Place) -> Result<(), LedgerError> {
        if !self.by(place, published(place))? {
            *self = Self::default();
            self.by(place, Vec::new())?;
        }
        Ok(())
    }

    /// Reads what came since, closed segments by their indexes as far as these checkpoints reach; whether the
    /// checkpoints extend what the indexes say.
    fn by(
        &mut self,
        place: &Place,
        published: Vec<Option<Published>>,
    ) -> Result<bool, LedgerError> {
        let folder = place.folder().join("wal");
        let mut read_to = self.read_to;
        let mut reading = Reading {
            read: self,
            folder: folder.clone(),
            published,
            found: None,
            passed: BTreeMap::new(),
            has_passed: false,
        };
        let done = read_on(&folder, place.node(), &mut read_to, &mut reading);
        let (agrees, has_passed) = (reading.agrees_with_checkpoints(), reading.has_passed);
        self.read_to = read_to;
        match done {
            // What does not follow on an index may follow on the segments.
            Err(_) if has_passed => Ok(false),
            done => done.map(|()| agrees),
        }
    }
}

/// The published checkpoint of a log.
struct Published {
    folder: LogFolder,
    checkpoint: Checkpoint,
}

/// The published checkpoints, by the numbers of their logs from 0. One that cannot be read is none: then more is read
/// of the segments.
fn published(place: &Place) -> Vec<Option<Published>> {
    let of = |origin: &String| {
        let key = place.log_key(origin).ok()?;
        let folder = LogFolder::at(place.log_folder(origin));
        let (checkpoint, _) = folder.checkpoint(&key).ok().flatten()?;
        Some(Published { folder, checkpoint })
    };
    place.origins().iter().map(of).collect()
}

impl Published {
    /// Whether it extends a tree of this size and root, by the published tiles.
    fn extends(&self, entries: u64, root: Hash) -> bool {
        let size = self.checkpoint.size;
        let tiles = Tiles::new(&self.folder, size);
        let proof = tiles.consistency(entries, size);
        proof.is_ok_and(|proof| {
            verify_consistency((entries, root), (size, self.checkpoint.root), &proof).is_ok()
        })
    }
}

/// A reading that goes on.
struct Reading<'r> {
    read: &'r mut Read,
    /// Of the segments.
    folder: PathBuf,
    published: Vec<Option<Published>>,
    /// The index that was found for the segment in hand.
    found: Option<SegmentIndex>,
    /// Sizes and roots at the end of the last segment that was not read, by the logs' numbers from 0.
    passed: BTreeMap<u64, (u64, Hash)>,
    has_passed: bool,
}

impl Reading<'_> {
    fn published(&self, log: u64) -> Option<&Published> {
        let log = usize::try_from(log).ok()?;
        self.published.get(log)?.as_ref()
    }

    /// Whether nothing of this segment must be read: all its entries are under checkpoints.
    fn is_published(&self, index: &SegmentIndex) -> bool {
        let sizes = &self.read.sizes;
        index.logs.iter().all(|(log, (entries, _))| {
            let seen = sizes.get(*log as usize).copied().unwrap_or(0);
            let published = self.published(*log);
            published.is_some_and(|log| (seen..=log.checkpoint.size).contains(entries))
        })
    }

    fn agrees_with_checkpoints(&self) -> bool {
        self.passed.iter().all(|(log, (entries, root))| {
            self.published(*log)
                .is_some_and(|log| log.extends(*entries, *root))
        })
    }

    /// Room for a log of this number.
    fn size_of(&mut self, log: usize) -> &mut u64 {
        let sizes = &mut self.read.sizes;
        if sizes.len() <= log {
            sizes.resize(log + 1, 0);
        }
        &mut sizes[log]
    }
}

impl TakeUp for Reading<'_> {
    type Error = LedgerError;

    fn known(&mut self, header: &SegmentHeader) -> Option<SegmentEnd> {
        if self.published.is_empty() {
            return None;
        }
        let read = SegmentIndex::read(&self.folder, header, self.read.records.len());
        let (index, end) = read.ok().filter(|(index, _)| self.is_published(index))?;
        self.found = Some(index);
        Some(end)
    }

    fn pass(&mut self, _: &SegmentEnd) -> Result<(), LedgerError> {
        let Some(index) = self.found.take() else {
            return Ok(());
        };
        for (log, (entries, _)) in &index.logs {
            *self.size_of(*log as usize) = *entries;
        }
        self.read.records.take(&index);
        self.passed = index.logs;
        self.has_passed = true;
        Ok(())
    }

    fn group(&mut self, header: &SegmentHeader, group: Group<'_>) -> Result<(), LedgerError> {
        let mut walk = Walk::new(header, group.offset);
        for frame in &group.frames {
            let (segment, offset) = walk.step(frame);
            let record = self.read.records.len();
            let wrong = |wrong: String| LedgerError::Record { record, wrong };
            match frame.kind {
                FrameKind::Leaf => {
                    let (index, leaf) = leaf_of(frame).map_err(wrong)?;
                    let log = usize::from(frame.log)
                        .checked_sub(1)
                        .ok_or_else(|| wrong("an entry of log 0".to_owned()))?;
                    let size = self.size_of(log);
                    if *size != index {
                        return Err(wrong(format!("entry {index} follows after {size} entries")));
                    }
                    *size += 1;
                    self.read.records.note_entry(segment, offset, &leaf);
                }
                FrameKind::Tick => {
                    let at = tick_of(frame).ok_or_else(|| wrong("is no tick".to_owned()))?;
                    self.read.records.note_tick(segment, offset, at);
                }
                FrameKind::Body | FrameKind::GroupEnd | FrameKind::SegmentEnd => {}
            }
        }
        Ok(())
    }

    fn ended(&mut self, _: &SegmentEnd) -> Result<(), LedgerError> {
        Ok(())
    }
}
