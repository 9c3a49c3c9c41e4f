//! A received file to events: in batches, each durable before the next is read.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use cage_formats::{ReadError, ReadOptions, ReadReport, Source, event_text, object_text, read};
use cage_ledger::{Appended, Busy, Closed};
use cage_model::{AttributeRow, EventBuffer, Interner, LogSink, ObjectBuffer, Place, SinkError};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::{Progress, State};
use crate::keep::{Fate, keep};
use crate::quota::charged;
use crate::rejects::{self, NewReject};
use crate::state::Service;

/// Events of a batch.
const BATCH: usize = 500;
/// Bytes of a batch; it ends with the event that reaches them.
const BATCH_BYTES: usize = 4 << 20;
/// The attribute by which an object says its own id.
const OBJECT_NAME: &str = "concept:name";
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
        objects: 0,
        plain: None,
    };
    let source = Source::Path(file.to_path_buf());
    let result = read(&source, &options, &mut Interner::new(), &mut handing);
    let result = result.and_then(|report| {
        handing
            .keep_plain()
            .and_then(|()| handing.hand_over())
            .map_err(ReadError::Stopped)?;
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
    /// Where in the file each stands, and whether it describes an object.
    places: Vec<(String, bool)>,
    events: u64,
    objects: u64,
    /// The description of an object that says nothing but its name, and its id; kept unless an event of it comes next.
    plain: Option<(String, String)>,
}

impl LogSink for Handing<'_> {
    fn object(&mut self, object: &ObjectBuffer, names: &mut Interner) -> Result<(), SinkError> {
        self.keep_plain()?;
        self.objects += 1;
        let id = format!("#object/{}", self.objects);
        let text = object_text(object, names, &self.source, &id);
        let says_more = |row: &AttributeRow| names.text(row.key) != OBJECT_NAME;
        if object.relations.is_empty() && !object.attributes.iter().any(says_more) {
            self.plain = Some((text, object.text(object.id).to_owned()));
            return Ok(());
        }
        self.add(&text, object.place, true)
    }

    fn event(&mut self, event: &EventBuffer, names: &mut Interner) -> Result<(), SinkError> {
        self.events += 1;
        let id = match event.id {
            Some(id) => event.text(id).to_owned(),
            None => format!("#{}", self.events),
        };
        let is_of = |id: &str| event.objects.iter().any(|row| event.text(row.id) == id);
        if self.plain.as_ref().is_some_and(|(_, id)| is_of(id)) {
            self.plain = None;
        }
        self.keep_plain()?;
        let text = event_text(event, names, &self.source, &id);
        self.add(&text, event.place, false)
    }
}

impl Handing<'_> {
    /// Keeps the description that waits.
    fn keep_plain(&mut self) -> Result<(), SinkError> {
        match self.plain.take() {
            Some((text, _)) => self.add(&text, Place::default(), true),
            None => Ok(()),
        }
    }

    /// Adds a record to the batch, which goes when it is full.
    fn add(&mut self, text: &str, place: Place, is_object: bool) -> Result<(), SinkError> {
        self.batch.push_str(text);
        self.batch.push('\n');
        self.places.push((place.suffix(), is_object));
        if self.places.len() >= BATCH || self.batch.len() >= BATCH_BYTES {
            self.hand_over()?;
        }
        Ok(())
    }

    /// Keeps the batch.
    fn hand_over(&mut self) -> Result<(), SinkError> {
        let body = Bytes::from(std::mem::take(&mut self.batch));
        let places = std::mem::take(&mut self.places);
        self.wait_for_quota(places.len() as u64)?;
        let mut tries = 0;
        let mut fates = loop {
            let read = self.service.intake.gate().lines(&body)?;
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
            let _ = write!(
                place,
                "{}",
                places.get(index).map_or("", |(place, _)| place)
            );
            place
        };
        let queue = &self.service.intake.rejects;
        self.runtime
            .block_on(rejects::note(queue, &body, &mut fates, &place));
        self.progress.send_modify(|progress| {
            let objects = places.iter().filter(|(_, is_object)| *is_object).count();
            progress.objects += objects as u64;
            progress.events += (fates.len() - objects.min(fates.len())) as u64;
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

    /// Waits until the quota of files lets in so many.
    fn wait_for_quota(&self, events: u64) -> Result<(), SinkError> {
        let sent = BTreeMap::from([(charged(&self.source), events)]);
        while let Err(over) = self.service.intake.quotas.take(&sent, Instant::now()) {
            if *self.service.ending.borrow() {
                return Err(Busy::Closed(Closed::Stopped).into());
            }
            std::thread::sleep(over.wait.min(BUSY_PAUSE));
        }
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
