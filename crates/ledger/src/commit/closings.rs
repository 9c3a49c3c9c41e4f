//! The thread that hashes segments of the write-ahead log once they are closed, beside the writer, and hands it the
//! entries that name them.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Shared, locked};
use crate::Draft;
use crate::ledger::{closed_segment, hash_of_file};

/// How often it is looked whether a segment was closed.
const LOOKING: Duration = Duration::from_millis(500);

/// The entry that the writer keeps with its next group.
#[derive(Clone, Debug, Default)]
pub(super) struct Closings(Arc<Mutex<Option<Draft>>>);

impl Closings {
    /// The entry that is ready; once.
    pub(super) fn take(&self) -> Option<Draft> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn put(&self, draft: Draft) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(draft);
    }

    /// Names one closed segment after the other until the ledger stops. One that cannot be read is tried again: the
    /// verification names what is wrong with it.
    pub(super) fn run(&self, ledger: &Shared, stopping: &Receiver<()>) {
        let mut named = 0;
        let mut hashed: Option<Draft> = None;
        while stopping.recv_timeout(LOOKING) == Err(RecvTimeoutError::Timeout) {
            let unnamed = locked(ledger).unnamed_segment(named);
            let Ok(Some((segment, path))) = unnamed else {
                continue;
            };
            if segment > named || hashed.is_none() {
                hashed = hash_of_file(&path)
                    .ok()
                    .map(|hash| closed_segment(segment, hash));
                named = segment;
            }
            // What the writer could not keep for want of space is handed to it again.
            if let Some(draft) = &hashed {
                self.put(draft.clone());
            }
        }
    }
}
