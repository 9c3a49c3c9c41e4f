//! What all requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cage_ledger::Committer;
use cage_proof::NoteSigner;
use cage_store::Query;
use tokio::sync::watch;

/// Everything that answers need.
#[derive(Debug)]
pub struct Service {
    pub(crate) committer: Committer,
    pub(crate) receipts: NoteSigner,
    /// What was found, and what names what.
    pub(crate) views: Arc<dyn Query>,
    /// True once the service is to end, so that streams end too.
    pub(crate) ending: watch::Sender<bool>,
    pub(crate) counters: Counters,
}

/// What happened since the start.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) accepted: AtomicU64,
    pub(crate) known: AtomicU64,
    pub(crate) conflicts: AtomicU64,
    pub(crate) rejected: AtomicU64,
    pub(crate) busy: AtomicU64,
    pub(crate) connections: AtomicU64,
}

impl Service {
    /// Answers from this ledger and these views of it. The receipt key is the ledger's.
    #[must_use]
    pub fn new(committer: Committer, receipts: NoteSigner, views: Arc<dyn Query>) -> Arc<Self> {
        Arc::new(Self {
            committer,
            receipts,
            views,
            ending: watch::channel(false).0,
            counters: Counters::default(),
        })
    }
}

/// Adds to a counter; order between counters does not matter.
pub(crate) fn count(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}
