//! One thread that folds the ledger's records and tells what changes.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use cage_engine::Unsupported;
use cage_ledger::{Committer, Kept, Ledger, LedgerError, Record};
use cage_model::{EventRef, Finding, Instant, Interner, Time, Verdict};
use cage_pack::Loaded;
use cage_runtime::{Change, Live};

use crate::board::{Board, Seen, Told, ToldChange};
use crate::journal::{Records, body_of, moment};

/// How long the runner sleeps at most before it looks whether something is due.
const NAP: Duration = Duration::from_millis(500);

/// Why the rules cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// A record.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
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

/// Packs, and what their rules remember.
#[derive(Debug)]
pub struct Runner {
    packs: Vec<Pack>,
    board: Arc<Board>,
    /// Minutes east of UTC of the agency's clock.
    offset_minutes: i16,
    records: u64,
}

#[derive(Debug)]
struct Pack {
    id: String,
    version: String,
    live: Live,
    rules: Vec<Rule>,
    kinds: Vec<String>,
}

#[derive(Debug)]
struct Rule {
    id: String,
    title_zh: String,
    title_en: String,
}

impl Runner {
    /// A runner of these packs that has seen nothing.
    ///
    /// # Errors
    ///
    /// When a rule is of a kind that cannot be judged.
    pub fn new(
        packs: Vec<Loaded>,
        offset_minutes: i16,
        board: Arc<Board>,
    ) -> Result<Self, RunnerError> {
        let packs = packs.into_iter().map(Pack::new);
        Ok(Self {
            packs: packs.collect::<Result<_, _>>()?,
            board,
            offset_minutes,
            records: 0,
        })
    }

    /// Folds every record of a ledger that was not folded yet.
    ///
    /// # Errors
    ///
    /// When a record cannot be read.
    pub fn catch_up(&mut self, ledger: &Ledger) -> Result<(), RunnerError> {
        while self.records < ledger.records() {
            let record = self.records;
            match ledger.record(record)?.record {
                Record::Tick(at) => self.tick(at),
                Record::Entry { leaf, body, .. } => {
                    let look = |record| body_of(ledger, record);
                    self.entry(record, leaf.accepted, &body.unwrap_or_default(), &look)?;
                }
            }
            self.records += 1;
        }
        Ok(())
    }

    /// Follows what is kept until the ledger's writer ends. When something is due and nothing comes, the ledger
    /// is asked for a tick.
    ///
    /// # Errors
    ///
    /// When a record cannot be read: the fold would go on without it, so it stops.
    pub fn follow(
        mut self,
        kept: &Receiver<Kept>,
        committer: &Committer,
    ) -> Result<(), RunnerError> {
        let look = |record| committer.look(|ledger| body_of(ledger, record));
        loop {
            match kept.recv_timeout(NAP) {
                Ok(Kept::Entry(entry, draft)) if entry.record >= self.records => {
                    self.entry(entry.record, entry.accepted, &draft.body, &look)?;
                    self.records = entry.record + 1;
                }
                Ok(Kept::Tick(record, at)) if record >= self.records => {
                    self.tick(at);
                    self.records = record + 1;
                }
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    if self.next_due().is_some_and(|due| due <= now()) {
                        committer.tick();
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// When something is due next.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.packs
            .iter()
            .filter_map(|pack| pack.live.next_due())
            .min()
    }

    fn tick(&mut self, at: u64) {
        let now = moment(at, self.offset_minutes);
        for pack in &mut self.packs {
            let changes = pack.live.tick(now);
            self.board.tell(pack.told(&changes, self.offset_minutes));
        }
    }

    fn entry(
        &mut self,
        record: u64,
        accepted: u64,
        body: &[u8],
        look: &dyn Fn(u64) -> Result<(u64, Vec<u8>), RunnerError>,
    ) -> Result<(), RunnerError> {
        self.tick(accepted);
        let journal = Records {
            look,
            in_hand: Some((record, accepted, body)),
            offset_minutes: self.offset_minutes,
        };
        for pack in &mut self.packs {
            let changes = pack.live.event(record, &journal)?;
            self.board.tell(pack.told(&changes, self.offset_minutes));
        }
        Ok(())
    }
}

impl Pack {
    fn new(loaded: Loaded) -> Result<Self, RunnerError> {
        let program = Arc::new(loaded.program);
        let rules = program.rules.iter().map(|rule| Rule {
            id: rule.id.clone(),
            title_zh: rule.title.zh.clone(),
            title_en: rule.title.en.clone(),
        });
        let kinds = program.object_types.iter();
        Ok(Self {
            id: program.id.clone(),
            version: program.version.clone(),
            rules: rules.collect(),
            kinds: kinds
                .map(|kind| program.names.text(kind.name).to_owned())
                .collect(),
            live: Live::new(&program)?,
        })
    }

    fn told(&self, changes: &[Change], offset_minutes: i16) -> Vec<Told> {
        let one = |change| self.one(change, offset_minutes);
        changes.iter().map(one).collect()
    }

    fn one(&self, change: &Change, offset_minutes: i16) -> Told {
        let finding: &Finding = change.finding();
        let names = self.live.names();
        let rule = &self.rules[usize::from(finding.rule)];
        let event = |event: EventRef| seen(event, offset_minutes, names);
        Told {
            number: 0,
            change: match change {
                Change::Opened(_) => ToldChange::Opened,
                Change::Amended { .. } => ToldChange::Amended,
                Change::Withdrawn(_) => ToldChange::Withdrawn,
            },
            pack: self.id.clone(),
            version: self.version.clone(),
            rule: rule.id.clone(),
            title_zh: rule.title_zh.clone(),
            title_en: rule.title_en.clone(),
            object_type: self.kinds[usize::from(finding.object_type)].clone(),
            object: self
                .live
                .id(finding.object_type, finding.object)
                .replace('\u{1f}', "+"),
            verdict: match finding.verdict {
                Verdict::Undecided => "undecided".to_owned(),
                _ => "violated".to_owned(),
            },
            reason: finding.reason.code().to_owned(),
            at: Time::new(finding.at, Some(offset_minutes)).to_string(),
            trigger: finding.trigger.map(event),
            other: finding.other.map(event),
        }
    }
}

fn seen(event: EventRef, offset_minutes: i16, names: &Interner) -> Seen {
    Seen {
        activity: names.text(event.activity).to_owned(),
        at: Time::new(event.at, Some(offset_minutes)).to_string(),
        record: event.position,
    }
}

/// The clock, for asking whether a tick is due; what is due is decided by records alone.
fn now() -> Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Instant(since.map_or(0, |since| since.as_micros() as i64))
}
