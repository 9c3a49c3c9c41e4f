//! Taking batches from many callers at once: the writer's thread keeps what is waiting as one group and answers, the
//! publisher's publishes once a second.
//!
//! Many callers hand in batches; each gets its answer after the group that its batch was in became durable.
//! What is kept goes to one follower in the order of the records (the engine), before the callers hear of it.

mod clock;
mod closings;
mod publisher;
mod trouble;
mod writer;

pub use clock::{Clock, ClockJump, milliseconds_now};

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use cage_proof::Checkpoint;

use crate::ledger::{Appended, Draft, Entry, Ledger, LedgerError};
use clock::{SystemClock, Watch};
use closings::Closings;
use publisher::Publisher;
use trouble::Trouble;
use writer::Writer;

/// Batches that wait at most; more are turned away, so that memory stays bounded.
const WAITING_MAX: usize = 1_024;

/// What became durable, in the order of the records.
#[derive(Clone, Debug)]
pub enum Kept {
    /// An entry, with the draft it was.
    Entry(Entry, Draft),
    /// Time moved: number of the record and milliseconds since 1970.
    Tick(u64, u64),
    /// A log has a new checkpoint.
    Published(Checkpoint),
    /// The system's clock jumped, forward or back. Accepted times never go back all the same.
    ClockJumped(ClockJump),
}

/// Why a batch was not kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Busy {
    /// Too many are waiting.
    #[error("too many batches are waiting to be written; try again in a second")]
    Full,
    /// The ledger takes nothing any more.
    #[error("the ledger is closed for writing: {0}")]
    Closed(Closed),
}

/// Why the ledger takes nothing any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Closed {
    /// It was stopped.
    #[error("it was stopped")]
    Stopped,
    /// Something could not be made durable; the process must end.
    #[error("something could not be made durable")]
    Broken,
    /// There is no space; it tries again by itself.
    #[error(
        "the disk is full; what was acknowledged is kept, and writing goes on when there is space"
    )]
    NoSpace,
    /// The signer is a process of its own and has not answered for so long that what receipts promise could not be kept;
    /// it goes on by itself when it does.
    #[error(
        "the signer does not answer, so that what is taken could not be published in time; writing goes on when it does"
    )]
    Unsigned,
}

impl Closed {
    /// Whether it passes by itself: the same can be handed in again later.
    #[must_use]
    pub fn is_passing(self) -> bool {
        matches!(self, Self::NoSpace | Self::Unsigned)
    }
}

type Answer = Result<Vec<Appended>, Closed>;

enum Job {
    Append(Vec<Draft>, SyncSender<Answer>),
    Tick,
    Stop,
}

/// A handle to the writer's thread; clones are cheap.
#[derive(Clone, Debug)]
pub struct Committer {
    jobs: SyncSender<Job>,
    ledger: Shared,
    trouble: Trouble,
}

/// The ledger, for one at a time.
type Shared = Arc<Mutex<Ledger>>;
/// Who hears of everything that is kept.
type Follow = Arc<Mutex<dyn FnMut(Kept) + Send>>;

impl Committer {
    /// Starts the writer's thread and the publisher's. `follow` hears of everything that is kept, in order.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start(
        ledger: Ledger,
        follow: impl FnMut(Kept) + Send + 'static,
    ) -> std::io::Result<(Self, JoinHandle<Result<(), LedgerError>>)> {
        Self::start_by(ledger, SystemClock::default(), follow)
    }

    /// As [`Committer::start`], by another clock.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start_by(
        ledger: Ledger,
        clock: impl Clock + 'static,
        follow: impl FnMut(Kept) + Send + 'static,
    ) -> std::io::Result<(Self, JoinHandle<Result<(), LedgerError>>)> {
        let (jobs, waiting) = sync_channel(WAITING_MAX);
        let ledger = Arc::new(Mutex::new(ledger));
        let follow: Follow = Arc::new(Mutex::new(follow));
        let (stop_publishing, stopping) = sync_channel(1);
        let (shared, told) = (Arc::clone(&ledger), Arc::clone(&follow));
        let trouble = Trouble::default();
        let closings = Closings::default();
        let (stop_naming, naming) = sync_channel(1);
        let (named, looked) = (closings.clone(), Arc::clone(&ledger));
        let namer = std::thread::Builder::new()
            .name("segments".to_owned())
            .spawn(move || named.run(&looked, &naming))?;
        let unpublished = trouble.clone();
        let publisher = std::thread::Builder::new()
            .name("publisher".to_owned())
            .spawn(move || Publisher::new(shared, told, unpublished).run(&stopping))?;
        let mut writer = Writer {
            ledger: Arc::clone(&ledger),
            follow,
            watch: Watch::new(clock),
            trouble: trouble.clone(),
            closings,
        };
        let thread = std::thread::Builder::new().name("ledger".to_owned());
        let running = thread.spawn(move || {
            let written = writer.run(&waiting);
            // What was acknowledged is published before the end, whatever ended it.
            drop(stop_publishing);
            drop(stop_naming);
            let _ = publisher.join();
            let _ = namer.join();
            written
        })?;
        let committer = Self {
            jobs,
            ledger,
            trouble,
        };
        Ok((committer, running))
    }

    /// Hands in a batch; its answer comes when it is durable.
    ///
    /// # Errors
    ///
    /// When too many are waiting, the ledger was stopped, or what was acknowledged cannot be published for want
    /// of space or of the signer.
    pub fn submit(&self, drafts: Vec<Draft>) -> Result<Receiver<Answer>, Busy> {
        if let Some(closed) = self.trouble.refuses() {
            return Err(Busy::Closed(closed));
        }
        let (answer, receiver) = sync_channel(1);
        match self.jobs.try_send(Job::Append(drafts, answer)) {
            Ok(()) => Ok(receiver),
            Err(TrySendError::Full(_)) => Err(Busy::Full),
            Err(TrySendError::Disconnected(_)) => Err(Busy::Closed(Closed::Stopped)),
        }
    }

    /// Notes that time moves without an entry.
    pub fn tick(&self) {
        // A full queue moves time by itself.
        let _ = self.jobs.try_send(Job::Tick);
    }

    /// Keeps what is waiting, publishes it and ends the threads.
    pub fn stop(&self) {
        let _ = self.jobs.send(Job::Stop);
    }

    /// What keeps entries from being taken or published at present; `None` when all is well. It passes by itself
    /// when there is space again.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        self.trouble.told()
    }

    /// Looks at the ledger between two groups.
    pub fn look<T>(&self, look: impl FnOnce(&Ledger) -> T) -> T {
        look(&locked(&self.ledger))
    }
}

fn locked(ledger: &Shared) -> MutexGuard<'_, Ledger> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tell(follow: &Follow, kept: impl IntoIterator<Item = Kept>) {
    let mut follow = follow.lock().unwrap_or_else(PoisonError::into_inner);
    kept.into_iter().for_each(&mut *follow);
}

#[cfg(test)]
mod tests;
