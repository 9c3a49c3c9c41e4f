//! What keeps entries from being taken or published, for whoever asks whether the service is ready.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Closed;
use crate::ledger::LedgerError;

/// How long entries are taken while the signer does not answer. A receipt promises a checkpoint within 60 seconds: the
/// signer has 40 of them to come back.
const UNSIGNED_MAX: Duration = Duration::from_secs(20);

/// Shared by the threads that may have trouble.
#[derive(Clone, Debug, Default)]
pub(super) struct Trouble(Arc<Mutex<Troubles>>);

#[derive(Debug, Default)]
struct Troubles {
    /// Why the last group could not be written.
    writing: Option<String>,
    /// Why the last publication could not be written.
    publishing: Option<Unpublished>,
}

#[derive(Debug)]
struct Unpublished {
    why: String,
    /// Whether only space lacked, or the signer did not answer.
    lack: Option<Closed>,
    /// Since when nothing was published for that.
    since: Instant,
}

impl Trouble {
    pub(super) fn writing(&self, error: Option<&LedgerError>) {
        self.lock().writing = error.map(ToString::to_string);
    }

    pub(super) fn is_writing(&self) -> bool {
        self.lock().writing.is_none()
    }

    pub(super) fn publishing(&self, error: Option<LedgerError>) {
        let mut troubles = self.lock();
        let before = troubles.publishing.take();
        troubles.publishing = error.map(|error| {
            let lack = if error.is_without_space() {
                Some(Closed::NoSpace)
            } else {
                error.is_without_signer().then_some(Closed::Unsigned)
            };
            let before = before.filter(|before| before.lack == lack);
            Unpublished {
                why: error.to_string(),
                lack,
                since: before.map_or_else(Instant::now, |before| before.since),
            }
        });
    }

    /// Why nothing more may be taken: what is promised in receipts could not be published.
    pub(super) fn refuses(&self) -> Option<Closed> {
        let troubles = self.lock();
        let unpublished = troubles.publishing.as_ref()?;
        let lack = unpublished.lack?;
        let is_late = lack != Closed::Unsigned || unpublished.since.elapsed() >= UNSIGNED_MAX;
        is_late.then_some(lack)
    }

    pub(super) fn told(&self) -> Option<String> {
        let troubles = self.lock();
        let published = troubles
            .publishing
            .as_ref()
            .map(|unpublished| &unpublished.why);
        troubles.writing.as_ref().or(published).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Troubles> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signer::SignerError;

    fn gone() -> Option<LedgerError> {
        Some(LedgerError::Signer(SignerError::Unreachable {
            socket: "socket".into(),
            why: "nobody".to_owned(),
        }))
    }

    #[test]
    fn without_its_signer_a_ledger_takes_entries_for_a_while_and_no_longer() {
        let trouble = Trouble::default();
        trouble.publishing(gone());
        assert_eq!(trouble.refuses(), None);
        let mut troubles = trouble.lock();
        let long_ago = Instant::now().checked_sub(UNSIGNED_MAX).unwrap();
        troubles.publishing.as_mut().unwrap().since = long_ago;
        drop(troubles);
        assert_eq!(trouble.refuses(), Some(Closed::Unsigned));
        trouble.publishing(gone());
        assert_eq!(trouble.refuses(), Some(Closed::Unsigned));
        trouble.publishing(None);
        assert_eq!((trouble.refuses(), trouble.told()), (None, None));
    }
}
