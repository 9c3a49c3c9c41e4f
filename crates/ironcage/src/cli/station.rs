//! A ledger with its writer, its rules and what HTTP answers from: what `serve` runs and `bench ingest` measures.

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use cage_ledger::{Committer, Ledger, LedgerError};
use cage_pack::Loaded;
use cage_runner::{Board, Runner, RunnerError};
use cage_web::Service;
use tokio::task::JoinHandle;

use super::failure::Failure;

/// Minutes east of UTC of the agency's clock.
const OFFSET_MINUTES: i16 = 480;
/// What is kept and not yet judged, at most; more makes new events wait.
const KEPT_WAITING_MAX: usize = 65_536;

/// Everything that runs.
pub(crate) struct Station {
    /// Takes entries.
    pub(crate) committer: Committer,
    /// The ledger's writer; it ends when the committer is stopped, or when something could not be made durable.
    pub(crate) writer: thread::JoinHandle<Result<(), LedgerError>>,
    /// The rules; they end after the writer, or when a record cannot be read.
    pub(crate) following: JoinHandle<Result<(), RunnerError>>,
    /// What HTTP answers from.
    pub(crate) service: Arc<Service>,
}

impl Station {
    /// Folds what the ledger holds, then starts everything. To be called within a runtime.
    pub(crate) fn start(ledger: Ledger, packs: Vec<Loaded>) -> Result<Self, Failure> {
        let receipts = ledger
            .place()
            .receipt_signer()
            .map_err(Failure::unreadable)?;
        let board = Arc::new(Board::default());
        let mut runner =
            Runner::new(packs, OFFSET_MINUTES, Arc::clone(&board)).map_err(Failure::usage)?;
        runner.catch_up(&ledger).map_err(Failure::unreadable)?;
        let (told, kept) = sync_channel(KEPT_WAITING_MAX);
        // Whoever waits for `following` notices a runner that ended; what is kept stays kept.
        let follow = move |kept| drop(told.send(kept));
        let (committer, writer) = Committer::start(ledger, follow).map_err(Failure::unreadable)?;
        let asking = committer.clone();
        let following = tokio::task::spawn_blocking(move || runner.follow(&kept, &asking));
        let service = Service::new(committer.clone(), receipts, board);
        Ok(Self {
            committer,
            writer,
            following,
            service,
        })
    }
}
