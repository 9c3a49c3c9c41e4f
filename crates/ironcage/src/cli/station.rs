//! A ledger with its writer, its rules and what HTTP answers from: what `serve` runs and `bench ingest` measures.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use cage_ledger::{Committer, ContentStore, Ledger, LedgerError, Place, milliseconds_now};
use cage_pack::Loaded;
use cage_runner::{
    ActivationError, Derived, InForce, News, Runner, RunnerError, Watch, activation,
};
use cage_store::{Owner, Project, SqliteViews, Start};
use cage_web::{Intake, IntakeOptions, Service};
use tokio::task::JoinHandle;

use super::failure::{Failure, two};

/// Minutes east of UTC of the agency's clock.
pub(crate) const OFFSET_MINUTES: i16 = 480;
/// What is kept and not yet judged, at most; more makes new events wait.
const KEPT_WAITING_MAX: usize = 16_384;

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
    /// Folds what the ledger holds, puts packs into force that are not, then starts everything. To be called within
    /// a runtime.
    pub(crate) fn start(
        mut ledger: Ledger,
        packs: &[Loaded],
        intake: &IntakeOptions,
    ) -> Result<Self, Failure> {
        let receipts = ledger
            .place()
            .receipt_signer()
            .map_err(Failure::unreadable)?;
        let folder = ledger.place().folder().to_owned();
        let contents = ContentStore::of(&folder);
        forget_what_was_erased(&ledger)?;
        let views = open_views(&ledger)?;
        let query = views.query();
        let mut runner = Runner::resume(&folder, &ledger, views, OFFSET_MINUTES)
            .map_err(|error| rules_stopped(&error))?;
        let (admission, from) = (runner.admission(), runner.records());
        let intake = Intake::open(&ledger, intake, admission, from);
        let intake = intake.map_err(Failure::unreadable)?;
        let figuring = intake.figuring();
        // What the rules read at a start is read for the figures of sources too.
        runner.watch(Watch::by(move |noted| figuring.see(noted)));
        catch_up(&mut runner, &ledger)?;
        put_into_force(&mut ledger, &runner.in_force(), packs, &contents)?;
        runner
            .catch_up(&ledger)
            .map_err(|error| rules_stopped(&error))?;
        runner.watch(Watch::default());
        intake.caught_up(runner.records());
        let (told, kept) = sync_channel(KEPT_WAITING_MAX);
        // Whoever waits for `following` notices a runner that ended; what is kept stays kept.
        let follow = move |kept| {
            if let Some(news) = News::of(kept) {
                let _ = told.send(news);
            }
        };
        let (committer, writer) = Committer::start(ledger, follow).map_err(Failure::unreadable)?;
        let asking = committer.clone();
        let following = tokio::task::spawn_blocking(move || runner.follow(&kept, &asking));
        let service = Service::new(committer.clone(), receipts, query, intake);
        Ok(Self {
            committer,
            writer,
            following,
            service,
        })
    }
}

/// Removes what was derived before the last erasure, when its making anew was cut off.
pub(crate) fn forget_what_was_erased(ledger: &Ledger) -> Result<(), Failure> {
    let derived = Derived::of(ledger.place().folder());
    let forgotten = derived.forget_what_was_erased(ledger.units().destroyed());
    if forgotten.map_err(Failure::unreadable)? {
        tracing::info!("what was derived before an erasure is removed and made anew");
    }
    Ok(())
}

/// Records above which a thread that reads ahead is worth its start.
const AHEAD_RECORDS_MIN: u64 = 10_000;

/// Folds what the runner has not folded yet.
pub(crate) fn catch_up(runner: &mut Runner, ledger: &Ledger) -> Result<(), Failure> {
    let (from, until) = (runner.records(), ledger.records());
    if until - from < AHEAD_RECORDS_MIN {
        return runner
            .catch_up(ledger)
            .map_err(|error| rules_stopped(&error));
    }
    tracing::info!(from, until, "records are folded again");
    runner
        .fold_ahead(ledger, until, &mut |_| {})
        .map_err(|error| rules_stopped(&error))
}

/// Why the rules stop: what they cannot read they do not pass over, so whoever operates the service has to act.
pub(crate) fn rules_stopped(error: &RunnerError) -> Failure {
    Failure::Unreadable(two(
        format!("{error}：规则不会越过读不出的内容，服务已停止；ironcage doctor 会说明如何处理"),
        format!(
            "{error}: the rules pass over nothing that they cannot read, so the service stops; ironcage doctor says what to do"
        ),
    ))
}

/// The views of a ledger; what cannot be used is built anew.
pub(crate) fn open_views(ledger: &Ledger) -> Result<Box<dyn Project>, Failure> {
    let path = views_path(ledger.place().folder());
    if let Some(derived) = path.parent() {
        std::fs::create_dir_all(derived).map_err(Failure::unreadable)?;
    }
    let owner = owner(ledger.place(), ledger.records());
    let opened = SqliteViews::open(&path, &owner);
    let (views, start) = opened.map_err(Failure::unreadable)?;
    if let Start::Anew { moved_to, why } = start {
        let moved_to = moved_to.display();
        tracing::warn!(%moved_to, why, "the views are built anew; the old ones lie beside");
    }
    Ok(Box::new(views))
}

/// Where the views of a data folder are.
pub(crate) fn views_path(data: &Path) -> PathBuf {
    data.join("derived").join("views.sqlite")
}

/// Whose views they are.
pub(crate) fn owner(place: &Place, records: u64) -> Owner {
    cage_runner::owner(place, records, OFFSET_MINUTES)
}

/// Puts every pack into force that is not: each is an entry of the admin log.
fn put_into_force(
    ledger: &mut Ledger,
    in_force: &[InForce],
    packs: &[Loaded],
    contents: &ContentStore,
) -> Result<(), Failure> {
    for loaded in packs {
        let program = &loaded.program;
        let known = in_force.iter().find(|known| known.pack == program.id);
        match known {
            Some(known) if known.hash == program.hash => continue,
            Some(known) if known.version == program.version => {
                return Err(Failure::usage(ActivationError::SameVersion {
                    pack: program.id.clone(),
                    version: program.version.clone(),
                }));
            }
            _ => {}
        }
        let now = milliseconds_now();
        // What this keeps is folded with the pack's own entry.
        let turned = ledger.turn_year(now, &mut Vec::new());
        turned.map_err(Failure::unreadable)?;
        let event = activation(loaded, contents, now).map_err(Failure::unreadable)?;
        let kept = ledger.append(&[event.draft()], now);
        kept.map_err(Failure::unreadable)?;
        let (pack, version) = (program.id.as_str(), program.version.as_str());
        tracing::info!(pack, version, "a pack comes into force");
    }
    Ok(())
}
