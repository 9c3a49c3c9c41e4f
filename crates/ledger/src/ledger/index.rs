//! The index of a closed segment: a file beside it that says where its records stand and what it leaves behind,
//! so that opening a ledger does not read the whole history.
//!
//! Derived from the segment and never believed against it: a missing or damaged one is made again from the
//! segment, and the verification compares every byte of it with what the segment says.
//!
//! Little endian: the magic `ICINDEX` and 1; node (16); number of the segment, of its first record, of its records,
//! byte of its last frame, next group (u64 each); chain value (32); last accepted time (u64, milliseconds since 1970);
//! numbers of logs, sources and erased units (u32 each). Then for each log its number (u64, from 0), its entries up to
//! here (u64) and their root (32); for each source that spoke its number and its last sequence number (u64 each);
//! for each erasure the unit (16); for each record its byte (u32), plus one where it is a tick; for each entry its
//! idempotency id (16). Last the SHA-256 of all before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cage_proof::{EntryKind, Hash, Leaf};

use crate::tree::GrowingLog;
use crate::units::UnitRef;
use crate::wal::{SegmentEnd, SegmentHeader, segment_path};

const MAGIC: &[u8; 8] = b"ICINDEX\x01";
/// Records begin at multiples of eight bytes, so the lowest bit is free to say that one is a tick.
const TICK: u32 = 1;

/// What one segment holds, as far as it was read or written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct SegmentIndex {
    pub(crate) segment: u64,
    pub(crate) first_record: u64,
    /// Byte of each record, plus [`TICK`].
    places: Vec<u32>,
    ids: Vec<[u8; 16]>,
    pub(crate) sources: BTreeMap<u64, u64>,
    pub(crate) erased: Vec<UnitRef>,
    /// Entries of each log that has any up to here, and their root; by the log's number from 0.
    pub(crate) logs: BTreeMap<u64, (u64, Hash)>,
    /// Last accepted time, milliseconds since 1970.
    pub(crate) accepted: u64,
}

/// The index of a closed segment that the start had to make again.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("segment {segment} was read whole: {why}")]
pub struct IndexMade {
    /// Number of the segment.
    pub segment: u64,
    /// Why.
    pub why: IndexFault,
}

/// Why an index is not used; it is then made again.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum IndexFault {
    /// There is none: the process ended before it was written.
    #[error("there is no index of the segment")]
    Missing,
    /// It cannot be read.
    #[error("the index cannot be read: {0}")]
    Unreadable(String),
    /// Its checksum does not hold, or it is not written in its one form.
    #[error("the index is damaged")]
    Damaged,
    /// It does not continue the one before it, or is another segment's or node's.
    #[error("the index is not the one of this segment")]
    Foreign,
    /// The published tiles make other roots than it says.
    #[error("the index says other roots than the published tiles make")]
    Root,
}

impl SegmentIndex {
    pub(crate) fn new(segment: u64, first_record: u64) -> Self {
        Self {
            segment,
            first_record,
            ..Self::default()
        }
    }

    pub(crate) fn entry(&mut self, offset: u64, leaf: &Leaf) {
        self.places.push(offset as u32);
        self.ids.push(leaf.idempotency);
        self.sources.insert(leaf.source, leaf.sequence);
        self.accepted = self.accepted.max(leaf.accepted);
        if leaf.kind == EntryKind::Erasure {
            self.erased.push(UnitRef(leaf.case));
        }
    }

    pub(crate) fn tick(&mut self, offset: u64, at: u64) {
        self.places.push(offset as u32 | TICK);
        self.accepted = self.accepted.max(at);
    }

    pub(crate) fn records(&self) -> u64 {
        self.places.len() as u64
    }

    /// Where a record stands, counted from the segment's first.
    pub(crate) fn offset(&self, place: usize) -> Option<u64> {
        self.places.get(place).map(|at| u64::from(at & !TICK))
    }

    /// The entries' ids with the numbers of their records.
    pub(crate) fn ids(&self) -> impl Iterator<Item = (&[u8; 16], u64)> {
        let records = self.places.iter().zip(self.first_record..);
        let entries = records.filter(|(at, _)| *at & TICK == 0);
        self.ids.iter().zip(entries.map(|(_, record)| record))
    }

    /// Number of the segment, of its first record, and the byte of each.
    pub(super) fn places(&self) -> (u64, u64, Box<[u32]>) {
        let places = self.places.iter().map(|at| at & !TICK).collect();
        (self.segment, self.first_record, places)
    }

    pub(crate) fn encode(&self, node: [u8; 16], end: &SegmentEnd) -> Vec<u8> {
        let mut bytes = [&MAGIC[..], &node].concat();
        for number in [
            self.segment,
            self.first_record,
            self.records(),
            end.offset,
            end.next_group,
        ] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(end.chain.0);
        bytes.extend(self.accepted.to_le_bytes());
        for count in [self.logs.len(), self.sources.len(), self.erased.len()] {
            bytes.extend((count as u32).to_le_bytes());
        }
        for (log, (entries, root)) in &self.logs {
            bytes.extend(log.to_le_bytes());
            bytes.extend(entries.to_le_bytes());
            bytes.extend(root.0);
        }
        for (source, sequence) in &self.sources {
            bytes.extend(source.to_le_bytes());
            bytes.extend(sequence.to_le_bytes());
        }
        self.erased.iter().for_each(|unit| bytes.extend(unit.0));
        self.places
            .iter()
            .for_each(|at| bytes.extend(at.to_le_bytes()));
        bytes.extend(self.ids.as_flattened());
        bytes.extend(Hash::sha256(&bytes).0);
        bytes
    }

    /// Reads an index; `None` when it is not exactly what [`SegmentIndex::encode`] writes.
    pub(crate) fn decode(bytes: &[u8], node: [u8; 16]) -> Result<(Self, SegmentEnd), IndexFault> {
        let (content, checksum) = bytes
            .split_last_chunk::<{ Hash::BYTES }>()
            .ok_or(IndexFault::Damaged)?;
        if Hash::sha256(content).0 != *checksum {
            return Err(IndexFault::Damaged);
        }
        let mut rest = Bytes(content);
        if rest.take::<8>()? != *MAGIC || rest.take::<16>()? != node {
            return Err(IndexFault::Foreign);
        }
        let mut index = Self::new(rest.number()?, rest.number()?);
        let records = rest.number()?;
        let end = SegmentEnd {
            segment: index.segment,
            offset: rest.number()?,
            next_group: rest.number()?,
            chain: Hash(rest.take()?),
        };
        index.accepted = rest.number()?;
        let [logs, sources, erased] = [rest.count()?, rest.count()?, rest.count()?];
        for _ in 0..logs {
            let (log, entries) = (rest.number()?, rest.number()?);
            index.logs.insert(log, (entries, Hash(rest.take()?)));
        }
        for _ in 0..sources {
            let (source, sequence) = (rest.number()?, rest.number()?);
            index.sources.insert(source, sequence);
        }
        for _ in 0..erased {
            index.erased.push(UnitRef(rest.take()?));
        }
        let places = usize::try_from(records)
            .ok()
            .and_then(|records| records.checked_mul(4))
            .and_then(|bytes| rest.0.split_at_checked(bytes))
            .ok_or(IndexFault::Damaged)?;
        let number = |bytes: &[u8]| bytes.first_chunk().copied().map_or(0, u32::from_le_bytes);
        index.places = places.0.chunks_exact(4).map(number).collect();
        let (ids, left) = places.1.as_chunks();
        index.ids = ids.to_vec();
        let entries = index.places.iter().filter(|at| *at & TICK == 0).count();
        if !left.is_empty() || entries != ids.len() {
            return Err(IndexFault::Damaged);
        }
        Ok((index, end))
    }

    /// Reads the index beside a segment, if it continues what is before it.
    pub(crate) fn read(
        folder: &Path,
        header: &SegmentHeader,
        first_record: u64,
    ) -> Result<(Self, SegmentEnd), IndexFault> {
        let bytes =
            std::fs::read(index_path(folder, header.number)).map_err(|error| {
                match error.kind() {
                    std::io::ErrorKind::NotFound => IndexFault::Missing,
                    _ => IndexFault::Unreadable(error.to_string()),
                }
            })?;
        let (index, end) = Self::decode(&bytes, header.node)?;
        if index.segment != header.number || index.first_record != first_record {
            return Err(IndexFault::Foreign);
        }
        Ok((index, end))
    }

    /// Writes the index beside its segment. It is not synchronised: what a power cut leaves of it is made again.
    pub(crate) fn write(
        &self,
        folder: &Path,
        node: [u8; 16],
        end: &SegmentEnd,
    ) -> std::io::Result<()> {
        let path = index_path(folder, self.segment);
        let new = path.with_extension("new");
        let written = std::fs::write(&new, self.encode(node, end))
            .and_then(|()| std::fs::rename(&new, &path));
        if written.is_err() {
            // Without space, this is what gives the space back.
            let _ = std::fs::remove_file(&new);
        }
        written
    }
}

/// Reads bytes as the content of an index whose checksum holds, and writes what was read: for the fuzz targets.
#[must_use]
pub fn reencoded_index(content: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = content.to_vec();
    bytes.extend(Hash::sha256(content).0);
    let node = content.get(MAGIC.len()..)?.first_chunk()?;
    let (index, end) = SegmentIndex::decode(&bytes, *node).ok()?;
    Some(index.encode(*node, &end))
}

/// Size and root of each log that has entries.
pub(super) fn roots_of<'l>(
    trees: impl Iterator<Item = &'l GrowingLog>,
) -> BTreeMap<u64, (u64, Hash)> {
    let roots = (0..).zip(trees.map(|tree| (tree.size(), tree.root())));
    roots.filter(|(_, (size, _))| *size > 0).collect()
}

/// The index of a segment.
pub(crate) fn index_path(folder: &Path, segment: u64) -> PathBuf {
    segment_path(folder, segment).with_extension("index")
}

/// What is left to read.
struct Bytes<'b>(&'b [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], IndexFault> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(IndexFault::Damaged)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn number(&mut self) -> Result<u64, IndexFault> {
        self.take().map(u64::from_le_bytes)
    }

    fn count(&mut self) -> Result<u32, IndexFault> {
        self.take().map(u32::from_le_bytes)
    }
}
