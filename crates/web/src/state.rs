//! What all requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cage_ledger::Committer;
use cage_proof::NoteSigner;
use cage_store::{Query, StoreError};
use tokio::sync::{Semaphore, watch};

use crate::intake::Intake;
use crate::problem::Problem;
use crate::stream::{LastTold, STREAMS_MAX};

/// Everything that answers need.
#[derive(Debug)]
pub struct Service {
    pub(crate) committer: Committer,
    pub(crate) receipts: NoteSigner,
    /// What was found, and what names what.
    pub(crate) views: Arc<dyn Query>,
    /// What every request with events shares.
    pub(crate) intake: Intake,
    /// True once the service is to end, so that streams end too.
    pub(crate) ending: watch::Sender<bool>,
    pub(crate) counters: Counters,
    /// Places for streams.
    pub(crate) streams: Arc<Semaphore>,
    /// What streams were told last.
    pub(crate) told: LastTold,
    /// Orders of erasure and holds are decided one after the other.
    pub(crate) decrees: tokio::sync::Mutex<()>,
    /// Bundles that are made at once: one.
    pub(crate) bundling: Arc<Semaphore>,
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
    pub fn new(
        committer: Committer,
        receipts: NoteSigner,
        views: Arc<dyn Query>,
        intake: Intake,
    ) -> Arc<Self> {
        Arc::new(Self {
            committer,
            receipts,
            views,
            intake,
            ending: watch::channel(false).0,
            counters: Counters::default(),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
            told: LastTold::default(),
            decrees: tokio::sync::Mutex::default(),
            bundling: Arc::new(Semaphore::new(1)),
        })
    }
}

impl Service {
    /// Asks the views where blocking is allowed.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&dyn Query) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Problem> {
        let views = Arc::clone(&self.views);
        let asked = tokio::task::spawn_blocking(move || question(&*views)).await;
        let failed = |_| Problem::failed("the question could not be answered; please report it");
        Ok(asked.map_err(failed)??)
    }
}

/// Adds to a counter; order between counters does not matter.
pub(crate) fn count(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}
