//! A received file to events: in batches, each durable before the next is read.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use cage_formats::{ReadError, ReadOptions, ReadReport, Source, event_text, read};
use cage_gateway::lines;
use cage_ledger::{Appended, Busy};
use cage_model::{EventBuffer, Interner, LogSink, ObjectBuffer, SinkError};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::{Progress, State};
use crate::keep::{Fate, keep};
use crate::rejects::{self, NewReject};
use crate::state::Service;

/// Events of a batch.
const BATCH: usize = 500;
/// Bytes of a batch; it ends with the event that reaches them.
const BATCH_BYTES: usize = 4 << 20;
/// How long a batch waits when the ledger is busy or without space, before it is tried again.
const BUSY_PAUSE: Duration = Duration::from_millis(500);
/// How often it is tried: ten minutes.
const TRIES_MAX: u32 = 1_200;

/// Reads a file and keeps its events. Blocks; to be called on a thread of its own within a runtime.
pub(super) fn read_in(
    service: &Arc<Service>,
    file: tempfile::TempPath,
    options: &ReadOptions,
    progress: &watch::Sender<Progress>,
) {
    let place = Arc::new(AtomicU64::new(0));
    let options = ReadOptions {
        progress: Some(Arc::clone(&place)),
        ..options.clone()
    };
    let mut handing = Handing {
        service,
        runtime: Handle::current(),
        progress,
        place,
        source: format!("upload/{}", progress.borrow().id),
        batch: String::new(),
        places: Vec::new(),
        events: 0,
    };
    let source = Source::Path(file.to_path_buf());
    let result = read(&source, &options, &mut Interner::new(), &mut handing);
    let result = result.and_then(|report| {
        handing.hand_over().map_err(ReadError::Stopped)?;
        Ok(report)
    });
    handing.conclude(result);
    drop(file);
}

struct Handing<'h> {
    service: &'h Arc<Service>,
    runtime: Handle,
    progress: &'h watch::Sender<Progress>,
    /// Bytes that were read.
    place: Arc<AtomicU64>,
    source: String,
    /// Events, one a line.
    batch: String,
    /// Where in the file each stands.
    places: Vec<String>,
    events: u64,
}

impl LogSink for Handing<'_> {
    fn object(&mut self, _object: &ObjectBuffer, _names: &mut Interner) -> Result<(), SinkError> {
        self.progress
            .send_modify(|progress| progress.objects_passed_over += 1);
        Ok(())
    }

    fn event(&mut self, event: &EventBuffer, names: &mut Interner) -> Result<(), SinkError> {
        self.events += 1;
        let id = match event.id {
            Some(id) => event.text(id).to_owned(),
            None => format!("#{}", self.events),
        };
        let text = event_text(event, names, &self.source, &id);
        self.batch.push_str(&text);
        self.batch.push('\n');
        self.places.push(event.place.suffix());
        if self.places.len() >= BATCH || self.batch.len() >= BATCH_BYTES {
            self.hand_over()?;
        }
        Ok(())
    }
}

impl Handing<'_> {
    /// Keeps the batch.
    fn hand_over(&mut self) -> Result<(), SinkError> {
        let body = Bytes::from(std::mem::take(&mut self.batch));
        let places = std::mem::take(&mut self.places);
        let mut tries = 0;
        let mut fates = loop {
            let read = lines(&body)?;
            match self.runtime.block_on(keep(self.service, &body, read)) {
                Ok(fates) => break fates,
                Err(Busy::Closed(closed)) if !closed.is_passing() => {
                    return Err(Busy::Closed(closed).into());
                }
                Err(busy) if tries == TRIES_MAX => return Err(busy.into()),
                Err(_) => std::thread::sleep(BUSY_PAUSE),
            }
            tries += 1;
        };
        let name = self.progress.borrow().name.clone();
        let place = |index: usize| {
            let mut place = name.clone();
            let _ = write!(place, "{}", places.get(index).map_or("", String::as_str));
            place
        };
        let queue = &self.service.intake.rejects;
        self.runtime
            .block_on(rejects::note(queue, &body, &mut fates, &place));
        self.progress.send_modify(|progress| {
            progress.events += fates.len() as u64;
            progress.bytes_read = self.place.load(Ordering::Relaxed);
            for fate in &fates {
                match fate {
                    Fate::Answered(_, Appended::New(_), _) => progress.accepted += 1,
                    Fate::Answered(_, Appended::Known(_), _) => progress.known += 1,
                    Fate::Answered(_, Appended::Refused(_), _) | Fate::Rejected(..) => {
                        progress.refused += 1;
                    }
                }
            }
        });
        Ok(())
    }

    fn conclude(&self, result: Result<ReadReport, ReadError>) {
        let name = self.progress.borrow().name.clone();
        if let Ok(report) = &result {
            let rejects = report.first_skipped.iter().map(|skipped| NewReject {
                source: self.source.clone(),
                id: None,
                pointer: String::new(),
                reason: skipped.reason.clone(),
                place: format!("{name}{}", skipped.place.suffix()),
                length: 0,
                head: Vec::new(),
            });
            let rejects: Vec<NewReject> = rejects.collect();
            if !rejects.is_empty() {
                self.runtime
                    .block_on(self.service.intake.rejects.add(rejects));
            }
        }
        self.progress.send_modify(|progress| match result {
            Ok(report) => {
                progress.state = State::Done;
                progress.bytes_read = progress.bytes;
                progress.refused += report.skipped;
                progress.notes = report.notes;
            }
            Err(error) => {
                progress.state = State::Failed;
                progress.reason = Some(error.to_string());
            }
        });
    }
}
