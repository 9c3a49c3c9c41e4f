//! The writer's thread: collects what is waiting, keeps it as one group, answers. Beside it the publisher's,
//! once a second.
//!
//! Many callers hand in batches; each gets its answer after the group that its batch was in became durable.
//! What is kept goes to one follower in the order of the records (the engine), before the callers hear of it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    ledger: Shared,
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
        let (jobs, waiting) = sync_channel(WAITING_MAX);
        let ledger = Arc::new(Mutex::new(ledger));
        let follow: Follow = Arc::new(Mutex::new(follow));
        let (stop_publishing, stopping) = sync_channel(1);
        let (shared, told) = (Arc::clone(&ledger), Arc::clone(&follow));
        let publisher = std::thread::Builder::new()
            .name("publisher".to_owned())
            .spawn(move || publish_until(&shared, &told, &stopping))?;
        let writer = Writer {
            ledger: Arc::clone(&ledger),
            follow,
        };
        let thread = std::thread::Builder::new().name("ledger".to_owned());
        let running = thread.spawn(move || {
            let written = writer.run(&waiting);
            // What was acknowledged is published before the end, whatever ended it.
            drop(stop_publishing);
            let _ = publisher.join();
            written
        })?;
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

    /// Keeps what is waiting, publishes it and ends the threads.
    pub fn stop(&self) {
        let _ = self.jobs.send(Job::Stop);
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

/// Publishes what grew, once a second and once more at the end. The files are written while entries go on.
fn publish_until(ledger: &Shared, follow: &Follow, stopping: &Receiver<()>) {
    loop {
        let waited = stopping.recv_timeout(PUBLISHING);
        let publications = locked(ledger).begin_publishing();
        for publication in publications {
            // What cannot be written now is written the next time: the write-ahead log has everything.
            let is_written = publication.write().is_ok();
            let checkpoint = publication.checkpoint().clone();
            locked(ledger).published(publication, is_written);
            if is_written {
                tell(follow, [Kept::Published(checkpoint)]);
            }
        }
        if waited != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

struct Writer {
    ledger: Shared,
    follow: Follow,
}

impl Writer {
    fn run(&self, waiting: &Receiver<Job>) -> Result<(), LedgerError> {
        loop {
            let first = waiting.recv().unwrap_or(Job::Stop);
            let (batches, tick, stop) = gather(first, waiting);
            self.keep(batches, tick)?;
            if stop {
                return Ok(());
            }
        }
    }

    fn keep(&self, batches: Batches, tick: bool) -> Result<(), LedgerError> {
        if batches.is_empty() && !tick {
            return Ok(());
        }
        let now = milliseconds();
        let mut ledger = locked(&self.ledger);
        let sizes: Vec<usize> = batches.iter().map(|(drafts, _)| drafts.len()).collect();
        let (drafts, answers): (Vec<Vec<Draft>>, Vec<_>) = batches.into_iter().unzip();
        let drafts: Vec<Draft> = drafts.into_iter().flatten().collect();
        let mut appended = match ledger.append(&drafts, now) {
            Ok(appended) => appended,
            Err(error) => {
                let closed = if error.is_without_space() {
                    Closed::NoSpace
                } else {
                    Closed::Broken
                };
                for answer in answers {
                    let _ = answer.send(Err(closed));
                }
                return match closed {
                    Closed::NoSpace => Ok(()),
                    Closed::Broken | Closed::Stopped => Err(error),
                };
            }
        };
        let ticked = if tick { Some(ledger.tick(now)?) } else { None };
        // Whoever follows may want to look at the ledger.
        drop(ledger);
        let new = appended
            .iter()
            .zip(drafts)
            .filter_map(|(said, draft)| match said {
                Appended::New(entry) => Some(Kept::Entry(entry.clone(), draft)),
                Appended::Known(_) | Appended::Refused(_) => None,
            });
        tell(&self.follow, new);
        for (size, answer) in sizes.into_iter().zip(answers) {
            let rest = appended.split_off(size.min(appended.len()));
            // Whoever no longer waits will ask again, and get the same answer.
            let _ = answer.send(Ok(std::mem::replace(&mut appended, rest)));
        }
        tell(&self.follow, ticked.map(|record| Kept::Tick(record, now)));
        Ok(())
    }
}

type Batches = Vec<(Vec<Draft>, SyncSender<Answer>)>;

/// What is waiting, up to a full group: batches, whether time is to move, whether to stop.
fn gather(first: Job, waiting: &Receiver<Job>) -> (Batches, bool, bool) {
    let mut batches = Vec::new();
    let (mut entries, mut tick) = (0, false);
    let began = Instant::now();
    let mut next = Some(first);
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
