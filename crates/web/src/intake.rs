//! What lies between a request and the ledger, beside reading: quotas, memory, figures, the queue of what was refused.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cage_gateway::{
    Admission, Gate, Noted, OWN_SOURCE, Shape, Undeclared, one, own_event, shape_number, shape_of,
};

use cage_ledger::{Ledger, LedgerError, Record, milliseconds_now};

use crate::body::Budget;
use crate::keep::append;
use crate::quota::{QuotaOptions, Quotas};
use crate::rejects::{Queue, RejectOptions, RejectsError};
use crate::sources::{Event, Sources, Told};
use crate::state::Service;
use crate::uploads::{UploadOptions, Uploads};

/// How often holes are told and figures are stored.
const ROUND: Duration = Duration::from_secs(2);
/// Rounds after which figures are stored.
const STORED_EVERY: u32 = 5;

/// How much is taken in, and how much of what is refused is kept.
#[derive(Clone, PartialEq, Debug)]
pub struct IntakeOptions {
    /// The reject queue.
    pub rejects: RejectOptions,
    /// How many events each source may send.
    pub quotas: QuotaOptions,
    /// Whole files.
    pub uploads: UploadOptions,
    /// Bytes of all bodies that are being received or answered.
    pub body_bytes: usize,
    /// What happens to events that no pack in force declares.
    pub undeclared: Undeclared,
}

impl Default for IntakeOptions {
    fn default() -> Self {
        Self {
            rejects: RejectOptions::default(),
            quotas: QuotaOptions::default(),
            uploads: UploadOptions::default(),
            body_bytes: 256 << 20,
            undeclared: Undeclared::default(),
        }
    }
}

/// Why taking in cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The reject queue.
    #[error("the reject queue cannot be opened: {0}")]
    Rejects(#[from] RejectsError),
    /// Where files are received.
    #[error("{}: {error}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The figures of sources.
    #[error("the figures of sources cannot be taken up: {0}")]
    Ledger(#[from] LedgerError),
}

/// What every request with events shares.
#[derive(Debug)]
pub struct Intake {
    pub(crate) rejects: Arc<Queue>,
    pub(crate) quotas: Quotas,
    pub(crate) sources: Arc<Sources>,
    pub(crate) bodies: Budget,
    pub(crate) uploads: Uploads,
    pub(crate) admission: Arc<Admission>,
    undeclared: Undeclared,
}

/// The figures of sources while the ledger is read for the rules: what is read there is not read again for them.
#[derive(Clone, Debug)]
pub struct Figuring(Arc<Sources>);

impl Figuring {
    /// Takes the next event in the order of the records.
    pub fn see(&self, noted: &Noted<'_>) {
        let Noted {
            record,
            accepted,
            claimed,
            sequence,
            event,
            names,
        } = *noted;
        let source = event.source.map_or("", |source| event.text(source));
        if record < self.0.through() || source == OWN_SOURCE {
            return;
        }
        let shape = shape_number(event, names);
        let is_new = !self.0.knows(source, shape);
        let claimed = claimed.map_or(0, |time| time.instant().0.div_euclid(1_000));
        let described = is_new.then(|| Shape::of(event, names));
        let event = Event {
            accepted,
            claimed: u64::try_from(claimed).unwrap_or(0),
            sequence,
            shape,
            described,
        };
        self.0.take_up(record, Some((source, &event)));
    }
}

impl Intake {
    /// Opens the folder `intake` beside the ledger: the reject queue and the place of uploads; and takes up the figures of
    /// sources: as they were stored, and what the ledger has behind that up to record `until`. Whoever reads the records from
    /// there on hands them to [`Intake::figuring`]. The folder is no part of the evidence: a lost one loses no event.
    ///
    /// # Errors
    ///
    /// When the file or a record cannot be read.
    pub fn open(
        ledger: &Ledger,
        options: &IntakeOptions,
        admission: Arc<Admission>,
        until: u64,
    ) -> Result<Self, IntakeError> {
        let folder = ledger.place().folder().join("intake");
        let uploads = Uploads::new(folder.join("uploads"), options.uploads);
        let uploads = uploads.map_err(|error| IntakeError::Folder {
            folder: folder.clone(),
            error,
        })?;
        let path = folder.join("rejects.sqlite");
        let rejects = Queue::open(&path, options.rejects)?;
        let (figures, through) = rejects.figures(&path)?;
        let sources = if through <= ledger.records() {
            Sources::new(figures, through)
        } else {
            // The figures of another ledger, or of one that was restored from before.
            Sources::default()
        };
        catch_up(&sources, ledger, until)?;
        Ok(Self {
            rejects: Arc::new(rejects),
            quotas: Quotas::new(options.quotas.clone()),
            sources: Arc::new(sources),
            bodies: Budget::new(options.body_bytes),
            uploads,
            admission,
            undeclared: options.undeclared,
        })
    }

    /// Takes what somebody else reads of the ledger, for the figures of sources.
    #[must_use]
    pub fn figuring(&self) -> Figuring {
        Figuring(Arc::clone(&self.sources))
    }

    /// Every record before this one was seen, so that it is not folded again even when the process is killed before its first
    /// round.
    pub fn caught_up(&self, records: u64) {
        if let Some(last) = records.checked_sub(1) {
            self.sources.take_up(last, None);
        }
        let (changed, through) = self.sources.take_changed();
        self.rejects.store_soon(changed, through);
    }

    /// What lets events in now.
    pub(crate) fn gate(&self) -> Gate {
        Gate::of(self.admission.now(), self.undeclared)
    }
}

/// Folds the records behind those that the figures know.
fn catch_up(sources: &Sources, ledger: &Ledger, until: u64) -> Result<(), LedgerError> {
    for record in sources.through()..until.min(ledger.records()) {
        let mut taken = None;
        if let Record::Entry {
            leaf,
            body: Some(body),
            ..
        } = ledger.record(record)?.record
            && let Ok(incoming) = one(&body)
        {
            let is_new = !sources.knows(&incoming.source, incoming.shape);
            let event = Event {
                accepted: leaf.accepted,
                claimed: leaf.claimed,
                sequence: incoming.sequence,
                shape: incoming.shape,
                described: is_new.then(|| shape_of(&body)).flatten(),
            };
            taken = Some((incoming.source, event));
        }
        let taken = taken.as_ref();
        sources.take_up(
            record,
            taken.map(|(source, event)| (source.as_str(), event)),
        );
    }
    Ok(())
}

/// Tells holes and stores figures until the service ends, and once more then.
pub(crate) async fn keep_house(service: Arc<Service>) {
    let mut ending = service.ending.subscribe();
    let mut round = 0_u32;
    loop {
        let is_over = tokio::select! {
            () = tokio::time::sleep(ROUND) => false,
            _ = ending.wait_for(|ending| *ending) => true,
        };
        tell_holes(&service).await;
        round = round.wrapping_add(1);
        if is_over || round.is_multiple_of(STORED_EVERY) {
            let (changed, through) = service.intake.sources.take_changed();
            let names: Vec<String> = changed.keys().cloned().collect();
            if !service.intake.rejects.store(changed, through).await {
                service.intake.sources.not_stored(names);
            }
        }
        if is_over {
            return;
        }
    }
}

/// Makes entries of the holes that stayed open, and of those that were filled.
async fn tell_holes(service: &Arc<Service>) {
    let due = service.intake.sources.due(milliseconds_now());
    let draft = |(source, told): (String, Told)| {
        let (kind, first, last) = match told {
            Told::Hole(first, last) => ("source.hole", first, last),
            Told::Filled(first, last) => ("source.hole_filled", first, last),
        };
        let event = own_event(kind).object("source", &source);
        event
            .attribute("first", first)
            .attribute("last", last)
            .draft()
    };
    // A ledger that takes nothing now ends or waits for space; a hole that is lost here shows among the figures.
    let _ = append(service, due.into_iter().map(draft).collect()).await;
}
