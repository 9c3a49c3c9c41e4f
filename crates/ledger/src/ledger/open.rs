//! Opening a ledger: the write-ahead log by the torn-tail rule, every log compared with what was signed.

use std::sync::Arc;

use cage_proof::{EntryKind, Hash, TILE_WIDTH, TileId, TileReader as _};

use super::records::{Walk, leaf_hash, leaf_of, tick_of};
use super::{Ledger, LedgerError, LedgerOptions, Log, Records};
use crate::place::Place;
use crate::units::{UnitRef, UnitStore};
use crate::wal::{FrameKind, Group, SegmentHeader, Writer, WriterOptions, recover};

impl Ledger {
    /// Opens the ledger in a folder, begun if the folder is empty.
    ///
    /// # Errors
    ///
    /// When anything that was acknowledged or signed is missing, damaged or different: the ledger stays
    /// closed then, and the error names the file and what is wrong with it.
    pub fn open(options: LedgerOptions) -> Result<Self, LedgerError> {
        let place = Place::open(&options.folder, &options.name, &options.agency)?;
        let mut units = UnitStore::open(
            &place.folder().join("vault").join("units"),
            place.vault_key(),
        )?;
        let mut logs = Vec::new();
        for origin in place.origins() {
            logs.push(Opening::new(Log::open(&place, origin)?));
        }
        let mut read = Reading {
            logs,
            records: Records::default(),
            last_accepted: 0,
            erased: Vec::new(),
        };
        let folder = place.folder().join("wal");
        let recovered = recover::<LedgerError>(&folder, place.node(), |header, group| {
            read.group(header, &group)
        })?;
        let dropped = recovered.dropped;
        // An order whose execution was cut off is executed; a restored key store forgets what was erased.
        for unit in read.erased {
            if units.key(unit).is_some() {
                units.destroy(unit)?;
            }
        }
        let mut logs = Vec::new();
        for opening in read.logs {
            logs.push(opening.finish()?);
        }
        let writer = WriterOptions {
            segment_bytes: options.segment_bytes,
            ..WriterOptions::new(folder, place.node())
        };
        Ok(Self {
            wal: Writer::new(writer, recovered)?,
            place,
            options,
            units,
            logs,
            records: read.records,
            last_accepted: read.last_accepted,
            dropped,
        })
    }
}

/// What the write-ahead log says, as it is read.
struct Reading {
    logs: Vec<Opening>,
    records: Records,
    last_accepted: u64,
    /// Units that were ordered to be erased.
    erased: Vec<UnitRef>,
}

/// A log while the write-ahead log is read: entries up to the checkpoint are compared with the
/// published tiles, later ones are added.
struct Opening {
    log: Log,
    /// Entries seen in the write-ahead log.
    seen: u64,
    /// The published tile of level 0 that is being compared: its number and bytes.
    tile: Option<(u64, Vec<u8>)>,
}

impl Reading {
    fn group(&mut self, header: &SegmentHeader, group: &Group<'_>) -> Result<(), LedgerError> {
        let mut walk = Walk::new(header, group.offset);
        for frame in &group.frames {
            let (segment, offset) = walk.step(frame);
            let record = self.records.len();
            let wrong = |wrong: String| LedgerError::Record { record, wrong };
            match frame.kind {
                FrameKind::Leaf => {
                    let (index, leaf) = leaf_of(frame).map_err(wrong)?;
                    let place = usize::from(frame.log).wrapping_sub(1);
                    let found = self.logs.get_mut(place);
                    let log = found
                        .ok_or_else(|| wrong(format!("log {} is not registered", frame.log)))?;
                    log.entry(
                        index,
                        frame.payload.get(8..).unwrap_or_default(),
                        leaf_hash(frame),
                    )?;
                    self.records.note_entry(segment, offset, &leaf);
                    if leaf.kind == EntryKind::Erasure {
                        self.erased.push(UnitRef(leaf.case));
                    }
                    self.last_accepted = self.last_accepted.max(leaf.accepted);
                }
                FrameKind::Tick => {
                    let at = tick_of(frame).ok_or_else(|| wrong("is no tick".to_owned()))?;
                    self.records.note_tick(segment, offset);
                    self.last_accepted = self.last_accepted.max(at);
                }
                FrameKind::Body | FrameKind::GroupEnd | FrameKind::SegmentEnd => {}
            }
        }
        Ok(())
    }
}

impl Opening {
    fn new(log: Log) -> Self {
        Self {
            log,
            seen: 0,
            tile: None,
        }
    }

    fn entry(&mut self, index: u64, bytes: &[u8], leaf: Hash) -> Result<(), LedgerError> {
        let fork = || LedgerError::Fork {
            origin: self.log.origin.to_string(),
            index,
        };
        if index != self.seen {
            return Err(fork());
        }
        if index < self.log.published {
            if self.published_leaf(index)? != Some(leaf) {
                return Err(LedgerError::Fork {
                    origin: self.log.origin.to_string(),
                    index,
                });
            }
        } else {
            self.log.tree.push(bytes).map_err(|_| fork())?;
        }
        self.seen += 1;
        Ok(())
    }

    fn published_leaf(&mut self, index: u64) -> Result<Option<Hash>, LedgerError> {
        let number = index / TILE_WIDTH;
        if self.tile.as_ref().is_none_or(|(known, _)| *known != number)
            && let Some(tile) = TileId::in_tree(0, number, self.log.published)
        {
            self.tile = Some((number, self.log.folder.read(tile)?));
        }
        let at = (index % TILE_WIDTH) as usize * Hash::BYTES;
        let bytes = self
            .tile
            .as_ref()
            .and_then(|(_, bytes)| bytes.get(at..at + Hash::BYTES));
        Ok(bytes.and_then(Hash::from_slice))
    }

    fn finish(self) -> Result<Log, LedgerError> {
        if self.seen < self.log.published {
            return Err(LedgerError::Rollback {
                origin: Arc::clone(&self.log.origin).to_string(),
                signed: self.log.published,
                found: self.seen,
            });
        }
        Ok(self.log)
    }
}
