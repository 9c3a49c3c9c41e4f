//! Opening a ledger: the write-ahead log by the torn-tail rule, every log compared with what was signed.
//!
//! Closed segments whose index is whole and whose entries are all published are not read: their sizes and roots are
//! compared with the published tiles, which are compared with the signed checkpoint. Everything later is read and
//! verified entry by entry. Whether old segments still hold what they held is for the verification.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cage_proof::{EntryKind, Hash, TILE_WIDTH, TileId, TileReader as _, Tiles};

use super::index::{IndexFault, IndexMade, SegmentIndex, index_path};
use super::records::{Walk, leaf_hash, leaf_of, tick_of};
use super::{Ledger, LedgerError, LedgerOptions, Log, Records, learn_keys, year_of};
use crate::commit::milliseconds_now;
use crate::place::{Place, PlaceError};
use crate::publish::PublishError;
use crate::signer::SignerLink;
use crate::units::{KeyOf, UnitRef, UnitStore};
use crate::wal::{
    FrameKind, Group, OpenMedium, Recovered, SegmentEnd, SegmentHeader, TakeUp, Writer,
    WriterOptions, recover,
};

impl Ledger {
    /// Opens the ledger in a folder, begun if the folder is empty.
    ///
    /// # Errors
    ///
    /// When anything that was signed, or acknowledged since, is missing, damaged or different: the ledger stays
    /// closed then, and the error names the file and what is wrong with it.
    pub fn open(options: LedgerOptions) -> Result<Self, LedgerError> {
        Self::open_through(options, Box::new(|file| Box::new(file)))
    }

    /// As [`Ledger::open`], with the write-ahead log written through something else than files: a disk that fails.
    ///
    /// # Errors
    ///
    /// As [`Ledger::open`].
    pub fn open_through(options: LedgerOptions, medium: OpenMedium) -> Result<Self, LedgerError> {
        let mut place = Place::open(&options.folder, &options.name, &options.agency)?;
        let signer = signer_of(&mut place, &options)?;
        let mut units = UnitStore::open(
            &place.folder().join("vault").join("units"),
            place.vault_key(),
        )?;
        let folder = place.folder().join("wal");
        clear(&folder)?;
        let (read, recovered) =
            match Reading::all((&place, signer.as_ref()), &folder, Trust::Indexes) {
                Ok((read, recovered)) if read.agrees_with_tiles()? => (read, recovered),
                // Either an index is wrong or the log is another one: reading all of it tells which, and where.
                Ok(_) | Err(LedgerError::Fork { .. }) => {
                    Reading::all((&place, signer.as_ref()), &folder, Trust::SegmentsAlone)?
                }
                Err(error) => return Err(error),
            };
        // An order whose execution was cut off is executed; a restored key store forgets what was erased.
        for unit in read.erased {
            if matches!(units.key(unit)?, KeyOf::Alive(_)) {
                units.destroy(unit)?;
            }
        }
        let mut logs = Vec::new();
        for opening in read.logs {
            logs.push(opening.finish()?);
        }
        let dropped = recovered.dropped;
        let writer = WriterOptions {
            segment_bytes: options.segment_bytes,
            open: medium,
            ..WriterOptions::new(folder.clone(), place.node())
        };
        let mut ledger = Self {
            wal: Writer::new(writer, recovered)?,
            place,
            options,
            units,
            logs,
            last_accepted: read.records.accepted(),
            records: read.records,
            signer,
            witnesses: None,
            dropped,
            indexes_made: read.made,
        };
        ledger.compare_signed()?;
        Ok(ledger)
    }
}

/// The signer that the options name, with the keys of this year's and the next year's logs, so that the turn of the
/// year does not need it.
fn signer_of(
    place: &mut Place,
    options: &LedgerOptions,
) -> Result<Option<SignerLink>, LedgerError> {
    let path = place.folder().join("keys").join("signing");
    let Some(socket) = &options.signer else {
        if place.is_signed_elsewhere() {
            let path = place.folder().join(crate::place::KEYS_FILE);
            let wrong = "this ledger's logs are signed by a signer of its own; name its socket";
            let wrong = wrong.to_owned();
            return Err(PlaceError::Content { path, wrong }.into());
        }
        return Ok(None);
    };
    if !place.is_signed_elsewhere() && !place.origins().is_empty() {
        let wrong = "signs this ledger's logs already; a signer of its own is decided when a ledger is begun";
        let wrong = wrong.to_owned();
        return Err(PlaceError::Content { path, wrong }.into());
    }
    let link = SignerLink::new(socket);
    let year = year_of(milliseconds_now(), options.offset_minutes);
    learn_keys(place, &link, [year, year + 1])?;
    Ok(Some(link))
}

/// Removes what an interrupted writing of an index left.
fn clear(folder: &Path) -> Result<(), LedgerError> {
    let failed = |error| {
        LedgerError::Wal(crate::wal::WalError::Io {
            doing: "clear",
            path: folder.to_owned(),
            error,
        })
    };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "new") {
            std::fs::remove_file(&path).map_err(failed)?;
        }
    }
    Ok(())
}

/// What is believed about closed segments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// Their indexes, as far as the published tiles say the same.
    Indexes,
    /// Nothing that is not read.
    SegmentsAlone,
}

/// What the write-ahead log says, as it is read.
struct Reading<'f> {
    folder: &'f Path,
    trust: Trust,
    logs: Vec<Opening>,
    records: Records,
    /// Units that were ordered to be erased.
    erased: Vec<UnitRef>,
    /// The index that was found for the segment in hand.
    found: Option<SegmentIndex>,
    /// Sizes and roots at the end of the last segment that was not read.
    passed: BTreeMap<u64, (u64, Hash)>,
    made: Vec<IndexMade>,
    node: [u8; 16],
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

impl<'f> Reading<'f> {
    fn all(
        (place, signer): (&Place, Option<&SignerLink>),
        folder: &'f Path,
        trust: Trust,
    ) -> Result<(Self, Recovered), LedgerError> {
        let mut logs = Vec::new();
        for origin in place.origins() {
            logs.push(Opening::new(Log::open(place, origin, signer)?));
        }
        let mut read = Self {
            folder,
            trust,
            logs,
            records: Records::default(),
            erased: Vec::new(),
            found: None,
            passed: BTreeMap::new(),
            made: Vec::new(),
            node: place.node(),
        };
        let recovered = recover(folder, place.node(), &mut read)?;
        Ok((read, recovered))
    }

    /// Whether the published tiles make the roots that the last index says.
    fn agrees_with_tiles(&self) -> Result<bool, LedgerError> {
        for (log, (entries, root)) in &self.passed {
            let log = usize::try_from(*log)
                .ok()
                .and_then(|log| self.logs.get(log));
            let Some(log) = log else { return Ok(false) };
            if log.root_at(*entries)? != *root {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether nothing of this segment must be read: all its entries are published, in logs that exist.
    fn is_published(&self, index: &SegmentIndex) -> bool {
        index.logs.iter().all(|(log, (entries, _))| {
            let log = usize::try_from(*log)
                .ok()
                .and_then(|log| self.logs.get(log));
            log.is_some_and(|log| (log.seen..=log.log.published).contains(entries))
        })
    }
}

impl TakeUp for Reading<'_> {
    type Error = LedgerError;

    fn known(&mut self, header: &SegmentHeader) -> Option<SegmentEnd> {
        let read = SegmentIndex::read(self.folder, header, self.records.len());
        let (index, end) = read.ok().filter(|_| self.trust == Trust::Indexes)?;
        if !self.is_published(&index) {
            return None;
        }
        self.found = Some(index);
        Some(end)
    }

    fn pass(&mut self, _: &SegmentEnd) -> Result<(), LedgerError> {
        let Some(index) = self.found.take() else {
            return Ok(());
        };
        for (log, (entries, _)) in &index.logs {
            let log = usize::try_from(*log)
                .ok()
                .and_then(|log| self.logs.get_mut(log));
            if let Some(log) = log {
                log.seen = *entries;
            }
        }
        self.erased.extend(&index.erased);
        self.passed.clone_from(&index.logs);
        self.records.take(&index);
        Ok(())
    }

    fn group(&mut self, header: &SegmentHeader, group: Group<'_>) -> Result<(), LedgerError> {
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
                }
                FrameKind::Tick => {
                    let at = tick_of(frame).ok_or_else(|| wrong("is no tick".to_owned()))?;
                    self.records.note_tick(segment, offset, at);
                }
                FrameKind::Body | FrameKind::GroupEnd | FrameKind::SegmentEnd => {}
            }
        }
        Ok(())
    }

    /// The index beside a segment that was read must say what the segment says, or is made again.
    fn ended(&mut self, end: &SegmentEnd) -> Result<(), LedgerError> {
        let mut index = self.records.close();
        for (number, log) in (0..).zip(&self.logs).filter(|(_, log)| log.seen > 0) {
            index
                .logs
                .insert(number, (log.seen, log.root_at(log.seen)?));
        }
        let right = index.encode(self.node, end);
        let path = index_path(self.folder, end.segment);
        let why = match std::fs::read(&path) {
            Ok(found) if found == right => return Ok(()),
            Ok(found) => match SegmentIndex::decode(&found, self.node) {
                Ok(_) if self.trust == Trust::SegmentsAlone => IndexFault::Root,
                Ok(_) => IndexFault::Foreign,
                Err(fault) => fault,
            },
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => IndexFault::Missing,
            Err(error) => IndexFault::Unreadable(error.to_string()),
        };
        // Where there is no space it is made at the next start.
        let _ = index.write(self.folder, self.node, end);
        let segment = end.segment;
        self.made.push(IndexMade { segment, why });
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

    /// Root over the first entries, from the published tiles as far as they go.
    fn root_at(&self, entries: u64) -> Result<Hash, LedgerError> {
        let Log {
            folder,
            tree,
            published,
            ..
        } = &self.log;
        if entries > *published {
            return Ok(tree.root());
        }
        let root = Tiles::new(folder, *published).root_at(entries);
        root.map_err(|error| {
            LedgerError::Publish(PublishError::TakeUp {
                folder: folder.path().to_owned(),
                error: Box::new(error.into()),
            })
        })
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
