//! The runner on a ledger that grows: follows its writer, asks for ticks, keeps views and snapshots near.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant as Moment};

use cage_gateway::{OWN_SOURCE, OwnEvent, own_event};
use cage_ledger::{ClockJump, Committer};
use cage_model::Instant;
use cage_proof::EntryKind;
use cage_store::StoreError;

use crate::journal::Look;
use crate::news::News;
use crate::runner::{BATCH_RECORDS_MAX, Runner, RunnerError};
use crate::snapshot::{SnapshotError, anchor};
use crate::source::body_of;

/// How long the runner sleeps at most before it looks whether something is due.
const NAP: Duration = Duration::from_millis(500);
/// How long a batch is gathered at most while records wait; a batch ends when none does.
const BATCH_TIME_MAX: Duration = Duration::from_millis(100);
/// A snapshot is written after so many records, and at the end.
const SNAPSHOT_EVERY: u64 = 200_000;
/// How long the views wait before they try a full disk again.
pub(crate) const WITHOUT_SPACE: Duration = Duration::from_secs(1);
/// Type of the event that the machine's clock jumped.
pub const CLOCK_JUMPED: &str = "clock.jumped";

impl Runner {
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
                Err(RecvTimeoutError::Disconnected) => {
                    self.commit_when_there_is_space()?;
                    self.keep_snapshot(committer, 1);
                    return Ok(());
                }
            };
            let began = Moment::now();
            while let Some(kept_now) = next {
                if let News::ClockJumped(jump) = &kept_now {
                    // Whether it is kept is seen by its coming back as an entry; a full queue has other troubles.
                    let _ = committer.submit(vec![clock_jumped(jump).draft()]);
                }
                if let News::Entry(entry) = &kept_now
                    && entry.kind == EntryKind::Erasure
                    && entry.record >= self.records
                {
                    let order = look(entry.record)?.1;
                    self.begin_anew(&order, kept, committer)?;
                    break;
                }
                self.take(kept_now, &look)?;
                let is_full = self.batch.records() >= BATCH_RECORDS_MAX;
                if is_full || began.elapsed() >= BATCH_TIME_MAX {
                    break;
                }
                next = kept.try_recv().ok();
            }
            self.commit_when_there_is_space()?;
            self.keep_snapshot(committer, SNAPSHOT_EVERY);
        }
    }

    /// Writes a snapshot when there are so many records since the last; without one the next start takes longer, and
    /// that is all.
    fn keep_snapshot(&mut self, committer: &Committer, since: u64) {
        if self.records < self.last_snapshot + since || self.batch.next() > self.batch.first() {
            return;
        }
        let records = self.records;
        let written = committer
            .look(|ledger| anchor(ledger, records))
            .map_err(SnapshotError::from)
            .and_then(|anchor| self.write_anchored(anchor));
        if let Err(error) = written {
            tracing::warn!(%error, "no snapshot could be written");
            self.last_snapshot = self.records;
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
}

/// The event that the machine's clock jumped.
pub(crate) fn clock_jumped(jump: &ClockJump) -> OwnEvent {
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
