//! The reject queue's thread: writes what was refused, so much and no more, beside everything else.
//!
//! Rubbish in any amount costs good events nothing: what comes faster than [`RejectOptions::per_second`] is counted
//! and not stored, and nobody who sent good events waits for this thread.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use cage_ledger::milliseconds_now;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::RejectOptions;
use super::table::{
    Counts, NewReject, Reject, Settling, Table, Wanted, connect, counts, figures, get, list,
};
use crate::sources::Figures;

/// Requests with refused events that wait to be written, at most.
const WAITING_MAX: usize = 256;

/// Why the queue cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RejectsError {
    /// Its file.
    #[error("{}: {error}", .path.display())]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// What SQLite said.
        error: rusqlite::Error,
    },
    /// No thread.
    #[error("the system gives no thread for the reject queue: {0}")]
    Thread(std::io::Error),
}

enum Job {
    Add(Vec<NewReject>, oneshot::Sender<Vec<Option<u64>>>),
    Settle(Settling, oneshot::Sender<bool>),
    Store(BTreeMap<String, Figures>, u64, oneshot::Sender<bool>),
    Forget(String, oneshot::Sender<bool>),
}

/// The reject queue.
#[derive(Debug)]
pub(crate) struct Queue {
    jobs: SyncSender<Job>,
    reader: Mutex<Connection>,
    /// What could not even be counted by source: too much was waiting, or the file failed.
    lost: Arc<AtomicU64>,
}

impl Queue {
    /// Opens the file and starts the thread, which ends when the queue is dropped.
    pub(crate) fn open(path: &Path, options: RejectOptions) -> Result<Self, RejectsError> {
        let failed = |error| RejectsError::File {
            path: path.to_owned(),
            error,
        };
        let table = Table::open(path, options).map_err(failed)?;
        let reader = connect(path).map_err(failed)?;
        let (jobs, waiting) = sync_channel(WAITING_MAX);
        let lost = Arc::new(AtomicU64::new(0));
        let writer = Writer {
            table,
            budget: f64::from(options.per_second),
            options,
            filled: Instant::now(),
            lost: Arc::clone(&lost),
        };
        let thread = std::thread::Builder::new().name("rejects".to_owned());
        thread
            .spawn(move || writer.run(&waiting))
            .map_err(RejectsError::Thread)?;
        Ok(Self {
            jobs,
            reader: Mutex::new(reader),
            lost,
        })
    }

    /// Stores what was refused: the number of each that is stored.
    pub(crate) async fn add(&self, rejects: Vec<NewReject>) -> Vec<Option<u64>> {
        let count = rejects.len();
        let (answer, answered) = oneshot::channel();
        if self.jobs.try_send(Job::Add(rejects, answer)).is_err() {
            self.lost.fetch_add(count as u64, Ordering::Relaxed);
            return vec![None; count];
        }
        answered.await.unwrap_or_else(|_| vec![None; count])
    }

    /// Settles one that is open; false when there is none.
    pub(crate) async fn settle(&self, settling: Settling) -> bool {
        let (answer, answered) = oneshot::channel();
        if self.jobs.try_send(Job::Settle(settling, answer)).is_err() {
            return false;
        }
        answered.await.unwrap_or(false)
    }

    /// Removes everything that names an id, so that nothing of it is left in the file; whether that was possible.
    pub(crate) async fn forget(&self, id: String) -> bool {
        let (answer, answered) = oneshot::channel();
        let asked = self.jobs.try_send(Job::Forget(id, answer));
        asked.is_ok() && answered.await.unwrap_or(false)
    }

    /// Stores figures of sources that were folded up to a record; whether that was possible.
    pub(crate) async fn store(&self, figures: BTreeMap<String, Figures>, through: u64) -> bool {
        let (answer, answered) = oneshot::channel();
        let job = Job::Store(figures, through, answer);
        self.jobs.try_send(job).is_ok() && answered.await.unwrap_or(false)
    }

    /// The same, without waiting for it: what is not stored is folded again by the next start.
    pub(crate) fn store_soon(&self, figures: BTreeMap<String, Figures>, through: u64) {
        let (answer, _) = oneshot::channel();
        let _ = self.jobs.try_send(Job::Store(figures, through, answer));
    }

    /// The figures that were stored, and up to which record they were folded.
    pub(crate) fn figures(
        &self,
        path: &Path,
    ) -> Result<(BTreeMap<String, Figures>, u64), RejectsError> {
        figures(&self.lock()).map_err(|error| RejectsError::File {
            path: path.to_owned(),
            error,
        })
    }

    /// Rejects in the order of their numbers. Blocks.
    pub(crate) fn list(&self, wanted: &Wanted) -> rusqlite::Result<Vec<Reject>> {
        list(&self.lock(), wanted)
    }

    /// One reject. Blocks.
    pub(crate) fn get(&self, number: u64) -> rusqlite::Result<Option<Reject>> {
        get(&self.lock(), number)
    }

    /// How many were refused, by source. Blocks.
    pub(crate) fn counts(&self) -> rusqlite::Result<BTreeMap<String, Counts>> {
        counts(&self.lock())
    }

    /// How many were neither stored nor counted by source, since the start.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Writer {
    table: Table,
    options: RejectOptions,
    /// Rows that may be written now; grows with time up to one second's worth.
    budget: f64,
    filled: Instant,
    lost: Arc<AtomicU64>,
}

impl Writer {
    fn run(mut self, waiting: &Receiver<Job>) {
        while let Ok(job) = waiting.recv() {
            match job {
                Job::Add(rejects, answer) => {
                    let _ = answer.send(self.add(rejects));
                }
                Job::Store(figures, through, answer) => {
                    let _ = answer.send(self.table.store(&figures, through).is_ok());
                }
                Job::Forget(id, answer) => {
                    let _ = answer.send(self.table.forget(&id).is_ok());
                }
                Job::Settle(settling, answer) => {
                    let _ = answer.send(self.table.settle(&settling).unwrap_or(false));
                }
            }
        }
    }

    fn add(&mut self, mut rejects: Vec<NewReject>) -> Vec<Option<u64>> {
        let count = rejects.len();
        let per_second = f64::from(self.options.per_second);
        let passed = self.filled.elapsed().as_secs_f64();
        self.filled = Instant::now();
        self.budget = (self.budget + passed * per_second).min(per_second);
        let stored = count.min(self.budget as usize);
        self.budget -= stored as f64;
        let mut dropped: BTreeMap<String, u64> = BTreeMap::new();
        for reject in rejects.drain(stored..) {
            *dropped.entry(reject.source).or_default() += 1;
        }
        let mut numbers: Vec<Option<u64>> =
            match self.table.add(&rejects, &dropped, milliseconds_now()) {
                Ok(numbers) => numbers.into_iter().map(Some).collect(),
                Err(_) => {
                    self.lost.fetch_add(count as u64, Ordering::Relaxed);
                    Vec::new()
                }
            };
        numbers.resize(count, None);
        numbers
    }
}
