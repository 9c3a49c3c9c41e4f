//! Whole log files: received to a temporary file, read by the readers of files, handed in as events.
//!
//! `POST /v1/uploads?name=<file>`, `GET /v1/uploads`, `GET /v1/uploads/{id}` and `.../stream`. The id is the SHA-256 of the
//! file, the events' source is `upload/<id>`, and their ids are the file's own or their places in it: what was cut
//! short by a kill goes on when the same file comes again, and what was kept is known.

pub(crate) mod answer;
mod reading;
mod receiving;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use tokio::sync::{Semaphore, watch};

pub(crate) use answer::{list, one, post, stream};

/// Uploads that are remembered; the oldest that is over goes first.
const REMEMBERED_MAX: usize = 200;
/// Uploads that are received or read at once.
const AT_ONCE_MAX: usize = 4;

/// How files are taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UploadOptions {
    /// Bytes of a file at most, as it is sent.
    pub file_bytes: u64,
}

impl Default for UploadOptions {
    fn default() -> Self {
        Self {
            file_bytes: 4 << 30,
        }
    }
}

/// How far an upload is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub(crate) struct Progress {
    /// SHA-256 of the file.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) state: State,
    /// Bytes of the file, and how many of them were read.
    pub(crate) bytes: u64,
    pub(crate) bytes_read: u64,
    /// Events that were read, descriptions of objects, and what became of both.
    pub(crate) events: u64,
    pub(crate) objects: u64,
    pub(crate) accepted: u64,
    pub(crate) known: u64,
    pub(crate) refused: u64,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// What the reader of the file has to say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    Reading,
    Done,
    Failed,
}

/// All uploads since the start.
#[derive(Debug)]
pub(crate) struct Uploads {
    folder: PathBuf,
    options: UploadOptions,
    places: Arc<Semaphore>,
    known: Mutex<BTreeMap<String, watch::Sender<Progress>>>,
}

impl Uploads {
    /// Uploads whose temporary files lie in a folder, which is emptied now.
    pub(crate) fn new(folder: PathBuf, options: UploadOptions) -> std::io::Result<Self> {
        // What lies there was cut short; whoever sent it sends it again.
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        std::fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            options,
            places: Arc::new(Semaphore::new(AT_ONCE_MAX)),
            known: Mutex::default(),
        })
    }

    /// Begins the reading of a file; the progress that is there already when the same file is being read.
    fn begin(&self, progress: Progress) -> Result<watch::Sender<Progress>, Box<Progress>> {
        let mut known = self.lock();
        if let Some(there) = known.get(&progress.id) {
            let there = there.borrow().clone();
            if there.state == State::Reading {
                return Err(Box::new(there));
            }
        }
        while known.len() >= REMEMBERED_MAX {
            let is_over =
                |sender: &watch::Sender<Progress>| sender.borrow().state != State::Reading;
            let over = known.iter().find(|(_, sender)| is_over(sender));
            let Some(id) = over.map(|(id, _)| id.clone()) else {
                break;
            };
            known.remove(&id);
        }
        let id = progress.id.clone();
        let sender = watch::channel(progress).0;
        known.insert(id, sender.clone());
        Ok(sender)
    }

    fn get(&self, id: &str) -> Option<watch::Receiver<Progress>> {
        self.lock().get(id).map(watch::Sender::subscribe)
    }

    fn all(&self) -> Vec<Progress> {
        let known = self.lock();
        known
            .values()
            .map(|sender| sender.borrow().clone())
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, watch::Sender<Progress>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
