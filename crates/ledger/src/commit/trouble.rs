//! What keeps entries from being taken or published, for whoever asks whether the service is ready.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ledger::LedgerError;

/// Shared by the threads that may have trouble.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble(Arc<Mutex<Troubles>>);

#[derive(Debug, Default)]
struct Troubles {
    /// Why the last group could not be written.
    writing: Option<String>,
    /// Why the last publication could not be written, and whether only space lacked.
    publishing: Option<(String, bool)>,
}

impl Trouble {
    pub(super) fn writing(&self, error: Option<&LedgerError>) {
        self.lock().writing = error.map(ToString::to_string);
    }

    pub(super) fn is_writing(&self) -> bool {
        self.lock().writing.is_none()
    }

    pub(super) fn publishing(&self, error: Option<LedgerError>) {
        let told = error.map(|error| (error.to_string(), error.is_without_space()));
        self.lock().publishing = told;
    }

    /// Whether nothing more may be taken: what is promised in receipts could not be published.
    pub(super) fn refuses(&self) -> bool {
        matches!(self.lock().publishing, Some((_, true)))
    }

    pub(super) fn told(&self) -> Option<String> {
        let troubles = self.lock();
        let published = troubles.publishing.as_ref().map(|(why, _)| why);
        troubles.writing.as_ref().or(published).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Troubles> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
