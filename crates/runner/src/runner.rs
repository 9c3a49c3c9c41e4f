//! One thread that folds the ledger's records, holds them against the packs in force, and keeps the views.

use std::cell::RefCell;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use cage_engine::Unsupported;
use cage_gateway::{Admission, Noted, Vocabulary};
use cage_ledger::{ContentStore, LedgerError, Record, Stored};
use cage_model::Instant;
use cage_pack::Loaded;
use cage_proof::{EntryKind, Hash};
use cage_store::{Batch, NewEvent, PackRow, Project, StoreError};

use crate::activation::{ActivationError, activated};
use crate::force::{PackLine, Past, Step, Telling};
use crate::identities::Identities;
use crate::journal::{Look, Reading, moment};
use crate::others::Hush;
use crate::snapshot::{Recalled, SnapshotError, Snapshots, State, StateRoot, anchor};
use crate::source::{RecordSource, body_of};
use crate::version::{Told, Version};
use crate::watch::Watch;

/// Records of one batch of the views at most.
pub(crate) const BATCH_RECORDS_MAX: u64 = 8_192;

/// Why the rules cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// A record.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The views.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A pack that the ledger puts into force.
    #[error("record {record}: {error}")]
    Activation {
        /// The record.
        record: u64,
        /// What is wrong.
        error: ActivationError,
    },
    /// A record whose event cannot be read.
    #[error("record {record}: {why}")]
    Event {
        /// Which.
        record: u64,
        /// What is wrong with it.
        why: String,
    },
    /// What was derived from erased bodies cannot be removed.
    #[error("what was derived from erased bodies cannot be removed: {0}")]
    Forget(std::io::Error),
    /// A rule of a kind that cannot be judged.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
}

/// The version of a pack that is in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InForce {
    /// The pack.
    pub pack: String,
    /// Its version.
    pub version: String,
    /// SHA-256 over its files, [`cage_pack::Program::hash`].
    pub hash: [u8; 32],
}

/// Packs, and what their rules remember.
#[derive(Debug)]
pub struct Runner {
    pub(crate) lines: Vec<PackLine>,
    pub(crate) identities: Identities,
    /// What is not told, as orders of erasure say.
    pub(crate) hush: Hush,
    contents: ContentStore,
    pub(crate) views: Box<dyn Project>,
    pub(crate) batch: Batch,
    /// Changes told so far.
    pub(crate) changes: u64,
    /// Records folded so far.
    pub(crate) records: u64,
    /// Minutes east of UTC of the agency's clock.
    offset_minutes: i16,
    pub(crate) reading: Reading,
    pub(crate) again: RefCell<Reading>,
    /// Where snapshots are written; `None` where none are wanted.
    pub(crate) snapshots: Option<Snapshots>,
    /// What the packs in force declare.
    pub(crate) admission: Arc<Admission>,
    /// Sees every event that is folded.
    watch: Watch,
    /// Record of the last snapshot.
    pub(crate) last_snapshot: u64,
}

impl Runner {
    /// A runner that has seen nothing; what is told goes into these views.
    #[must_use]
    pub fn new(contents: ContentStore, views: Box<dyn Project>, offset_minutes: i16) -> Self {
        Self {
            lines: Vec::new(),
            identities: Identities::default(),
            hush: Hush::default(),
            contents,
            views,
            batch: Batch::new(0),
            changes: 0,
            records: 0,
            offset_minutes,
            reading: Reading::default(),
            again: RefCell::default(),
            snapshots: None,
            admission: Arc::default(),
            watch: Watch::default(),
            last_snapshot: 0,
        }
    }

    /// A runner that goes on from the newest snapshot that fits the ledger and these views; one that has seen nothing
    /// where none does.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn resume(
        data: &Path,
        source: &dyn RecordSource,
        views: Box<dyn Project>,
        offset_minutes: i16,
    ) -> Result<Self, RunnerError> {
        let snapshots = Snapshots::of(data);
        let contents = ContentStore::of(data);
        let reach = source.records().min(views.position().records);
        let mut runner = Self::new(contents, views, offset_minutes);
        for records in snapshots.list() {
            if records > reach {
                continue;
            }
            match snapshots.read(records, source, &runner.contents, offset_minutes) {
                Ok(recalled) => {
                    runner.recall(recalled);
                    break;
                }
                Err(SnapshotError::Ledger(error)) => return Err(error.into()),
                Err(error) => tracing::warn!(%error, "a snapshot is passed over"),
            }
        }
        runner.snapshots = Some(snapshots);
        Ok(runner)
    }

    fn recall(&mut self, recalled: Recalled) {
        self.lines = recalled.lines;
        self.identities = recalled.identities;
        self.hush = recalled.hush;
        self.records = recalled.records;
        self.changes = recalled.changes;
        self.last_snapshot = recalled.records;
        self.batch = Batch::new(recalled.records);
        self.declare();
    }

    /// What the packs in force declare; changed by every pack that comes into force.
    #[must_use]
    pub fn admission(&self) -> Arc<Admission> {
        Arc::clone(&self.admission)
    }

    /// Has every event that is folded from now on seen by somebody else too, so that the ledger is read once for both.
    pub fn watch(&mut self, watch: Watch) {
        self.watch = watch;
    }

    /// All versions that are in force count: a running case goes on under the one with which it began.
    pub(crate) fn declare(&self) {
        let versions = self.lines.iter().flat_map(|line| &line.versions);
        let declared = versions.map(|version| (&version.pack, &*version.program));
        self.admission.replace(Vocabulary::of(declared));
    }

    /// Writes a snapshot, so that the next start goes on from here; only what was made by [`Runner::resume`] does.
    ///
    /// # Errors
    ///
    /// When it cannot be written; the next start folds the records instead.
    pub fn write_snapshot(&mut self, source: &dyn RecordSource) -> Result<(), SnapshotError> {
        let anchor = anchor(source, self.records)?;
        self.write_anchored(anchor)
    }

    /// The same, with what names the record before.
    pub(crate) fn write_anchored(&mut self, anchor: String) -> Result<(), SnapshotError> {
        let Some(snapshots) = &self.snapshots else {
            return Ok(());
        };
        let state = State {
            records: self.records,
            changes: self.changes,
            lines: &self.lines,
            identities: &self.identities,
            hush: &self.hush,
        };
        snapshots.write(&state, anchor, self.offset_minutes)?;
        self.last_snapshot = self.records;
        Ok(())
    }

    /// The roots over what the rules remember.
    #[must_use]
    pub fn roots(&self) -> Vec<StateRoot> {
        let of_line = |line: &PackLine| {
            let of = |version: &Version| StateRoot {
                pack: line.id.clone(),
                since: version.since.0,
                root: Hash(version.live.root()).to_string(),
            };
            line.versions.iter().map(of).collect::<Vec<_>>()
        };
        self.lines.iter().flat_map(of_line).collect()
    }

    /// The packs in force.
    #[must_use]
    pub fn in_force(&self) -> Vec<InForce> {
        let newest = self.lines.iter().filter_map(PackLine::newest);
        newest
            .map(|version| InForce {
                pack: version.program.id.clone(),
                version: version.program.version.clone(),
                hash: version.program.hash,
            })
            .collect()
    }

    /// Changes that were told.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Records that were folded.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records
    }

    /// Folds every record of a ledger that was not folded yet, and brings the views up to it.
    ///
    /// # Errors
    ///
    /// When a record cannot be read or the views cannot be written.
    pub fn catch_up(&mut self, source: &dyn RecordSource) -> Result<(), RunnerError> {
        self.fold_until(source, source.records())
    }

    /// Folds the records before this number that were not folded yet, and brings the views up to it.
    ///
    /// # Errors
    ///
    /// When a record cannot be read or the views cannot be written.
    pub fn fold_until(&mut self, source: &dyn RecordSource, until: u64) -> Result<(), RunnerError> {
        let look = |record| body_of(source, record);
        self.fold(until, &look, &mut |record| source.record(record))
    }

    /// The same, with records that are read and opened ahead in a thread of its own; `progress` is told now and then how
    /// many records are folded.
    ///
    /// # Errors
    ///
    /// When a record cannot be read or the views cannot be written.
    pub fn fold_ahead(
        &mut self,
        source: &(impl RecordSource + Sync),
        until: u64,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), RunnerError> {
        let from = self.records;
        let look = |record| body_of(source, record);
        std::thread::scope(|scope| {
            let (hand_over, take) = sync_channel(AHEAD_CHUNKS);
            scope.spawn(move || read_ahead(source, from..until, &hand_over));
            let mut chunk = Vec::new().into_iter();
            self.fold(until, &look, &mut |record| {
                let next = chunk.next().or_else(|| {
                    progress(record);
                    chunk = take.recv().ok()?.into_iter();
                    chunk.next()
                });
                // Whoever read ahead said with the last record why there are no more.
                next.unwrap_or_else(|| source.record(record))
            })
        })
    }

    pub(crate) fn fold(
        &mut self,
        until: u64,
        look: Look<'_>,
        next: &mut dyn FnMut(u64) -> Result<Stored, LedgerError>,
    ) -> Result<(), RunnerError> {
        while self.records < until {
            let record = self.records;
            match next(record)?.record {
                Record::Tick(at) => self.tick(record, at),
                Record::Entry { leaf, body, .. } => {
                    let body = body.unwrap_or_default();
                    self.entry(record, (leaf.kind, leaf.accepted, &body), look)?;
                }
            }
            if self.batch.records() >= BATCH_RECORDS_MAX {
                self.commit()?;
            }
        }
        self.commit()
    }

    /// When something is due next.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        let versions = self.lines.iter().flat_map(|line| &line.versions);
        versions.filter_map(|version| version.live.next_due()).min()
    }

    /// Brings the views up to what was folded.
    pub(crate) fn commit(&mut self) -> Result<(), RunnerError> {
        if !self.batch.is_empty() {
            for line in &mut self.lines {
                line.note_clocks(&mut self.batch.clocks, &self.hush);
            }
            self.views.commit(&self.batch)?;
            self.batch.restart(self.records);
        }
        Ok(())
    }

    pub(crate) fn tick(&mut self, record: u64, at: u64) {
        self.pass(record, at);
        self.folded(record);
    }

    /// Lets time pass up to when a record was accepted.
    fn pass(&mut self, record: u64, at: u64) {
        let told = Told {
            record,
            at: Instant::from_milliseconds(at),
        };
        let now = moment(at, self.offset_minutes);
        let (lines, mut telling) = self.telling();
        for line in lines {
            line.tick(now, told, &mut telling);
        }
    }

    fn telling(&mut self) -> (&mut Vec<PackLine>, Telling<'_>) {
        let telling = Telling {
            identities: &mut self.identities,
            changes: &mut self.batch.changes,
            hush: &self.hush,
        };
        (&mut self.lines, telling)
    }

    fn folded(&mut self, record: u64) {
        for change in &mut self.batch.changes {
            if change.number == 0 {
                self.changes += 1;
                change.number = self.changes;
            }
        }
        self.batch.through(record);
        self.records = record + 1;
    }

    pub(crate) fn entry(
        &mut self,
        record: u64,
        (kind, accepted, body): (EntryKind, u64, &[u8]),
        look: Look<'_>,
    ) -> Result<(), RunnerError> {
        self.pass(record, accepted);
        if kind == EntryKind::Admin {
            let loaded = activated(body, &self.contents)
                .map_err(|error| RunnerError::Activation { record, error })?;
            if let Some(loaded) = loaded {
                self.put_into_force(loaded, (record, accepted), look)?;
            }
        }
        self.reading
            .read(record, (accepted, body), self.offset_minutes)?;
        let told = Told {
            record,
            at: Instant::from_milliseconds(accepted),
        };
        let step = Step {
            told,
            look,
            reading: &self.reading,
            again: &self.again,
            offset_minutes: self.offset_minutes,
        };
        let mut telling = Telling {
            identities: &mut self.identities,
            changes: &mut self.batch.changes,
            hush: &self.hush,
        };
        for line in &mut self.lines {
            line.event(&step, &mut telling)?;
        }
        if !body.is_empty() {
            self.note(record, accepted);
            let Reading { event, names, .. } = &self.reading;
            self.watch.see(&Noted {
                record,
                accepted,
                claimed: self.reading.claimed,
                sequence: self.reading.sequence,
                event,
                names,
            });
        }
        if kind == EntryKind::Erasure {
            self.stand_others(told, body, look)?;
        }
        self.folded(record);
        if kind == EntryKind::Erasure {
            self.jump(body);
        }
        Ok(())
    }

    /// Hands the event that was read to the views.
    fn note(&mut self, record: u64, accepted: u64) {
        let Reading { event, names, .. } = &self.reading;
        let source = event.source.map_or("", |source| event.text(source));
        let noted = NewEvent {
            record,
            accepted: Instant::from_milliseconds(accepted),
            claimed: event.time.map(cage_model::Time::instant),
            source,
            kind: names.text(event.activity),
        };
        let objects = event.objects.iter();
        self.batch.event(
            &noted,
            objects.map(|row| (names.text(row.kind), event.text(row.id))),
        );
    }

    fn put_into_force(
        &mut self,
        (loaded, content): (Loaded, Hash),
        (record, accepted): (u64, u64),
        look: Look<'_>,
    ) -> Result<(), RunnerError> {
        let id = loaded.program.id.clone();
        self.batch.packs.push(PackRow {
            since: record,
            pack: id.clone(),
            version: loaded.program.version.clone(),
            hash: Hash(loaded.program.hash).to_string(),
        });
        let told = Told {
            record,
            at: Instant::from_milliseconds(accepted),
        };
        let place = self.lines.iter().position(|line| line.id == id);
        let place = place.unwrap_or_else(|| {
            self.lines.push(PackLine::new(id));
            self.lines.len() - 1
        });
        let past = Past {
            look,
            reading: &mut self.reading,
            again: &self.again,
            offset_minutes: self.offset_minutes,
        };
        let mut telling = Telling {
            identities: &mut self.identities,
            changes: &mut self.batch.changes,
            hush: &self.hush,
        };
        self.lines[place].put_into_force((loaded, content), told, past, &mut telling)?;
        self.declare();
        Ok(())
    }
}

/// Records of one chunk that is read ahead, and chunks that wait at most.
const AHEAD: usize = 512;
const AHEAD_CHUNKS: usize = 8;

type Chunk = Vec<Result<Stored, LedgerError>>;

/// Reads records in their order until there are no more, one cannot be read, or nobody takes them.
fn read_ahead(source: &impl RecordSource, records: Range<u64>, hand_over: &SyncSender<Chunk>) {
    let mut chunk = Vec::with_capacity(AHEAD);
    for record in records {
        let stored = source.record(record);
        let is_broken = stored.is_err();
        chunk.push(stored);
        if chunk.len() == AHEAD || is_broken {
            let full = std::mem::replace(&mut chunk, Vec::with_capacity(AHEAD));
            if hand_over.send(full).is_err() || is_broken {
                return;
            }
        }
    }
    let _ = hand_over.send(chunk);
}
