//! The writer's thread: collects what is waiting, keeps it as one group, answers, publishes once a second.
//!
//! Many callers hand in batches; each gets its answer after the group that its batch was in became durable.
//! What is kept goes to one follower in the order of the records (the engine), before the callers hear of it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cage_proof::Checkpoint;

use crate::ledger::{Appended, Draft, Entry, Ledger, LedgerError};

/// Entries of a group at most.
const GROUP_ENTRIES_MAX: usize = 1_000;
/// Batches that wait at most; more are turned away, so that memory stays bounded.
const WAITING_MAX: usize = 1_024;
/// How long the first of a group waits for others when the disk is faster than they come.
const GATHERING: Duration = Duration::from_micros(200);
/// A log that grew is published this often.
const PUBLISHING: Duration = Duration::from_secs(1);

/// What became durable, in the order of the records.
#[derive(Clone, Debug)]
pub enum Kept {
    /// An entry, with the draft it was.
    Entry(Entry, Draft),
    /// Time moved: number of the record and milliseconds since 1970.
    Tick(u64, u64),
    /// A log has a new checkpoint.
    Published(Checkpoint),
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
    ledger: Arc<Mutex<Ledger>>,
}

impl Committer {
    /// Starts the writer's thread. `follow` hears of everything that is kept, in order, on that thread.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start(
        ledger: Ledger,
        follow: impl FnMut(Kept) + Send + 'static,
    ) -> std::io::Result<(Self, JoinHandle<Result<(), LedgerError>>)> {
        let (jobs, waiting) = sync_channel(WAITING_MAX);
        let ledger = Arc::new(Mutex::new(ledger));
        let writer = Writer {
            ledger: Arc::clone(&ledger),
            follow: Box::new(follow),
            published: Instant::now(),
        };
        let thread = std::thread::Builder::new().name("ledger".to_owned());
        let running = thread.spawn(move || writer.run(&waiting))?;
        Ok((Self { jobs, ledger }, running))
    }

    /// Hands in a batch; its answer comes when it is durable.
    ///
    /// # Errors
    ///
    /// When too many are waiting or the ledger was stopped.
    pub fn submit(&self, drafts: Vec<Draft>) -> Result<Receiver<Answer>, Busy> {
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

    /// Keeps what is waiting, publishes it and ends the thread.
    pub fn stop(&self) {
        let _ = self.jobs.send(Job::Stop);
    }

    /// Looks at the ledger between two groups.
    pub fn look<T>(&self, look: impl FnOnce(&Ledger) -> T) -> T {
        look(&self.ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Writer {
    ledger: Arc<Mutex<Ledger>>,
    follow: Box<dyn FnMut(Kept) + Send>,
    published: Instant,
}

impl Writer {
    fn run(mut self, waiting: &Receiver<Job>) -> Result<(), LedgerError> {
        loop {
            let until = PUBLISHING.saturating_sub(self.published.elapsed());
            let first = match waiting.recv_timeout(until) {
                Ok(job) => Some(job),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Job::Stop),
            };
            let (batches, tick, stop) = gather(first, waiting);
            let kept = self.keep(batches, tick);
            if kept.is_ok() && (stop || self.published.elapsed() >= PUBLISHING) {
                self.publish()?;
            }
            kept?;
            if stop {
                return Ok(());
            }
        }
    }

    fn keep(
        &mut self,
        batches: Vec<(Vec<Draft>, SyncSender<Answer>)>,
        tick: bool,
    ) -> Result<(), LedgerError> {
        if batches.is_empty() && !tick {
            return Ok(());
        }
        let now = milliseconds();
        let ledger = Arc::clone(&self.ledger);
        let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let (sizes, answers): (Vec<usize>, Vec<_>) = batches
            .iter()
            .map(|(drafts, answer)| (drafts.len(), answer.clone()))
            .unzip();
        let drafts: Vec<Draft> = batches.into_iter().flat_map(|(drafts, _)| drafts).collect();
        let mut appended = match ledger.append(&drafts, now) {
            Ok(appended) => appended,
            Err(error) => {
                let closed = if is_full(&error) {
                    Closed::NoSpace
                } else {
                    Closed::Broken
                };
                answers
                    .iter()
                    .for_each(|answer| drop(answer.send(Err(closed))));
                return if closed == Closed::NoSpace {
                    Ok(())
                } else {
                    Err(error)
                };
            }
        };
        let ticked = if tick { Some(ledger.tick(now)?) } else { None };
        // Whoever follows may want to look at the ledger.
        drop(ledger);
        for (said, draft) in appended.iter().zip(drafts) {
            if let Appended::New(entry) = said {
                (self.follow)(Kept::Entry(entry.clone(), draft));
            }
        }
        for (size, answer) in sizes.into_iter().zip(answers) {
            let rest = appended.split_off(size.min(appended.len()));
            // Whoever no longer waits will ask again, and get the same answer.
            let _ = answer.send(Ok(std::mem::replace(&mut appended, rest)));
        }
        if let Some(record) = ticked {
            (self.follow)(Kept::Tick(record, now));
        }
        Ok(())
    }

    fn publish(&mut self) -> Result<(), LedgerError> {
        self.published = Instant::now();
        let published = self
            .ledger
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .publish();
        match published {
            Ok(checkpoints) => {
                for checkpoint in checkpoints {
                    (self.follow)(Kept::Published(checkpoint));
                }
                Ok(())
            }
            // Published files can wait: the write-ahead log has everything, and the next second tries again.
            Err(LedgerError::Publish(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

type Batches = Vec<(Vec<Draft>, SyncSender<Answer>)>;

/// What is waiting, up to a full group: batches, whether time is to move, whether to stop.
fn gather(first: Option<Job>, waiting: &Receiver<Job>) -> (Batches, bool, bool) {
    let mut batches = Vec::new();
    let (mut entries, mut tick) = (0, false);
    let began = Instant::now();
    let mut next = first;
    while let Some(job) = next {
        match job {
            Job::Append(drafts, answer) => {
                entries += drafts.len();
                batches.push((drafts, answer));
            }
            Job::Tick => tick = true,
            Job::Stop => return (batches, tick, true),
        }
        if entries >= GROUP_ENTRIES_MAX {
            break;
        }
        next = waiting.try_recv().ok().or_else(|| {
            let left = GATHERING.checked_sub(began.elapsed())?;
            waiting.recv_timeout(left).ok()
        });
    }
    (batches, tick, false)
}

/// Whether an error means that there is no space, and that nothing of what is known changed.
fn is_full(error: &LedgerError) -> bool {
    let io = match error {
        LedgerError::Wal(crate::wal::WalError::Io { error, doing, .. }) if *doing == "make" => {
            error
        }
        _ => return false,
    };
    io.kind() == std::io::ErrorKind::StorageFull || io.kind() == std::io::ErrorKind::QuotaExceeded
}

fn milliseconds() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |since| since.as_millis() as u64)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use cage_proof::EntryKind;

    use super::*;
    use crate::{LedgerOptions, Stream, verify};

    fn draft(caller: u8, number: u32) -> Draft {
        let mut idempotency = [caller; 16];
        idempotency[..4].copy_from_slice(&number.to_be_bytes());
        Draft {
            stream: Stream::Case,
            kind: EntryKind::CaseStep,
            claimed: 0,
            subject: format!("case:{}", number % 5),
            erases: None,
            actor: String::new(),
            action: 1,
            source: u64::from(caller),
            idempotency,
            body: b"{}".to_vec(),
        }
    }

    /// Four callers at once: each is answered for its own, the follower hears all in the order of records, and
    /// after the stop everything is published and verifies.
    #[test]
    fn many_callers_are_answered_each_and_followed_in_order() {
        let place = tempfile::tempdir().unwrap();
        let options = LedgerOptions {
            segment_bytes: 1 << 20,
            ..LedgerOptions::new(place.path().to_owned(), "l.example", "1")
        };
        let (told, heard) = channel();
        let ledger = Ledger::open(options).unwrap();
        let (committer, running) =
            Committer::start(ledger, move |kept| told.send(kept).unwrap()).unwrap();
        std::thread::scope(|scope| {
            for caller in 0..4 {
                let committer = committer.clone();
                scope.spawn(move || {
                    for batch in 0..20 {
                        let drafts: Vec<Draft> =
                            (0..5).map(|n| draft(caller, batch * 5 + n)).collect();
                        let answer = committer.submit(drafts).unwrap().recv().unwrap().unwrap();
                        assert!(answer.iter().all(|said| matches!(said, Appended::New(_))));
                        assert_eq!(answer.len(), 5);
                    }
                });
            }
        });
        committer.tick();
        committer.stop();
        running.join().unwrap().unwrap();
        assert!(matches!(
            committer.submit(vec![draft(9, 1)]),
            Err(Busy::Closed(Closed::Stopped))
        ));
        let heard: Vec<Kept> = heard.try_iter().collect();
        let records: Vec<u64> = heard
            .iter()
            .filter_map(|kept| match kept {
                Kept::Entry(entry, _) => Some(entry.record),
                Kept::Tick(record, _) => Some(*record),
                Kept::Published(_) => None,
            })
            .collect();
        assert_eq!(records, (0..=400).collect::<Vec<_>>());
        assert!(
            matches!(heard.last(), Some(Kept::Published(checkpoint)) if checkpoint.size == 400)
        );
        drop(committer);
        let verified = verify(place.path());
        assert_eq!((verified.faults, verified.records), (vec![], 401));
    }
}
