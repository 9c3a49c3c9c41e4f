//! One thread that folds the ledger's records, holds them against the packs in force, and keeps the views.

use std::cell::RefCell;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant as Moment};

use cage_engine::Unsupported;
use cage_gateway::{OWN_SOURCE, OwnEvent, own_event};
use cage_ledger::{ClockJump, Committer, ContentStore, LedgerError, Record};
use cage_model::Instant;
use cage_pack::Loaded;
use cage_proof::{EntryKind, Hash};
use cage_store::{Batch, NewEvent, PackRow, Project, StoreError};

use crate::activation::{ActivationError, activated};
use crate::force::{PackLine, Step, Telling};
use crate::identities::Identities;
use crate::journal::{Look, Reading, instant, moment};
use crate::news::News;
use crate::source::{RecordSource, body_of};
use crate::version::Told;

/// Type of the event that the machine's clock jumped.
pub const CLOCK_JUMPED: &str = "clock.jumped";

/// How long the runner sleeps at most before it looks whether something is due.
const NAP: Duration = Duration::from_millis(500);
/// Records of one batch of the views at most.
const BATCH_RECORDS_MAX: u64 = 8_192;
/// How long a batch is gathered at most.
const BATCH_TIME_MAX: Duration = Duration::from_millis(20);

/// How long the views wait before they try a full disk again.
const WITHOUT_SPACE: Duration = Duration::from_secs(1);

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
    /// The content that its files are kept in.
    pub content: Hash,
}

/// Packs, and what their rules remember.
#[derive(Debug)]
pub struct Runner {
    lines: Vec<PackLine>,
    identities: Identities,
    contents: ContentStore,
    views: Box<dyn Project>,
    batch: Batch,
    /// Changes told so far.
    changes: u64,
    /// Records folded so far.
    records: u64,
    /// Minutes east of UTC of the agency's clock.
    offset_minutes: i16,
    reading: Reading,
    again: RefCell<Reading>,
}

impl Runner {
    /// A runner that has seen nothing; what is told goes into these views.
    #[must_use]
    pub fn new(contents: ContentStore, views: Box<dyn Project>, offset_minutes: i16) -> Self {
        Self {
            lines: Vec::new(),
            identities: Identities::default(),
            contents,
            views,
            batch: Batch::new(0),
            changes: 0,
            records: 0,
            offset_minutes,
            reading: Reading::default(),
            again: RefCell::default(),
        }
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
                content: version.content,
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
        while self.records < until {
            let record = self.records;
            match source.record(record)?.record {
                Record::Tick(at) => self.tick(record, at),
                Record::Entry { leaf, body, .. } => {
                    let body = body.unwrap_or_default();
                    self.entry(record, (leaf.kind, leaf.accepted, &body), &look)?;
                }
            }
            if self.batch.records() >= BATCH_RECORDS_MAX {
                self.commit()?;
            }
        }
        self.commit()
    }

    /// Follows what is kept until the ledger's writer ends. When something is due and nothing comes, the ledger
    /// is asked for a tick.
    ///
    /// # Errors
    ///
    /// When a record cannot be read or the views cannot be written: the fold would go on without it, so it stops.
    pub fn follow(
        mut self,
        kept: &Receiver<News>,
        committer: &Committer,
    ) -> Result<(), RunnerError> {
        let look = |record| committer.look(|ledger| body_of(ledger, record));
        loop {
            let mut next = match kept.recv_timeout(NAP) {
                Ok(kept) => Some(kept),
                Err(RecvTimeoutError::Timeout) => {
                    if self.next_due().is_some_and(|due| due <= now()) {
                        committer.tick();
                    }
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return self.commit_when_there_is_space(),
            };
            let began = Moment::now();
            while let Some(kept_now) = next {
                if let News::ClockJumped(jump) = &kept_now {
                    // Whether it is kept is seen by its coming back as an entry; a full queue has other troubles.
                    let _ = committer.submit(vec![clock_jumped(jump).draft()]);
                }
                self.take(kept_now, &look)?;
                let is_full = self.batch.records() >= BATCH_RECORDS_MAX;
                if is_full || began.elapsed() >= BATCH_TIME_MAX {
                    break;
                }
                next = kept.try_recv().ok();
            }
            self.commit_when_there_is_space()?;
        }
    }

    fn take(&mut self, news: News, look: Look<'_>) -> Result<(), RunnerError> {
        match news {
            News::Entry(entry) if entry.record >= self.records => {
                let body = match entry.body {
                    Some(body) => body,
                    None => look(entry.record)?.1,
                };
                self.entry(entry.record, (entry.kind, entry.accepted, &body), look)
            }
            News::Tick(record, at) if record >= self.records => {
                self.tick(record, at);
                Ok(())
            }
            News::Entry(_) | News::Tick(..) | News::ClockJumped(_) => Ok(()),
        }
    }

    /// When something is due next.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        let versions = self.lines.iter().flat_map(|line| &line.versions);
        versions.filter_map(|version| version.live.next_due()).min()
    }

    /// Brings the views up to what was folded.
    fn commit(&mut self) -> Result<(), RunnerError> {
        if !self.batch.is_empty() {
            self.views.commit(&self.batch)?;
            self.batch.restart(self.records);
        }
        Ok(())
    }

    /// A full disk makes the views wait, and what is kept behind them; nothing of it is lost, as the log has it.
    fn commit_when_there_is_space(&mut self) -> Result<(), RunnerError> {
        match self.commit() {
            Err(RunnerError::Store(error @ StoreError::NoSpace { .. })) => {
                tracing::warn!(%error, "the views wait for space");
                std::thread::sleep(WITHOUT_SPACE);
                Ok(())
            }
            committed => committed,
        }
    }

    fn tick(&mut self, record: u64, at: u64) {
        self.pass(record, at);
        self.folded(record);
    }

    /// Lets time pass up to when a record was accepted.
    fn pass(&mut self, record: u64, at: u64) {
        let told = Told {
            record,
            at: instant(at),
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

    fn entry(
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
            at: instant(accepted),
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
        };
        for line in &mut self.lines {
            line.event(&step, &mut telling)?;
        }
        if !body.is_empty() {
            self.note(record, accepted);
        }
        self.folded(record);
        Ok(())
    }

    /// Hands the event that was read to the views.
    fn note(&mut self, record: u64, accepted: u64) {
        let Reading { event, names } = &self.reading;
        let source = event.source.map_or("", |source| event.text(source));
        let noted = NewEvent {
            record,
            accepted: instant(accepted),
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
            at: instant(accepted),
        };
        let offset_minutes = self.offset_minutes;
        let (lines, mut telling) = self.telling();
        let place = lines.iter().position(|line| line.id == id);
        let place = place.unwrap_or_else(|| {
            lines.push(PackLine::new(id));
            lines.len() - 1
        });
        lines[place].put_into_force(
            (loaded, content),
            told,
            (look, offset_minutes),
            &mut telling,
        )
    }
}

/// The event that the machine's clock jumped.
fn clock_jumped(jump: &ClockJump) -> OwnEvent {
    let by = i128::from(jump.found) - i128::from(jump.expected);
    own_event(CLOCK_JUMPED)
        .happened(jump.found)
        .object("source", OWN_SOURCE)
        .attribute("expected_ms", jump.expected)
        .attribute("found_ms", jump.found)
        .attribute("jump_ms", i64::try_from(by).unwrap_or(i64::MAX))
}

/// The clock, for asking whether a tick is due; what is due is decided by records alone.
fn now() -> Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Instant(since.map_or(0, |since| since.as_micros() as i64))
}
