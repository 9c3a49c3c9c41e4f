//! From what was read to what is kept: the way that the events of requests, uploads and corrections share.
//!
//! An answer is given only when everything that it says is durable, the record of a conflict included. What was handed
//! in is followed to its end, also when the client has gone.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use axum::body::Bytes;
use cage_gateway::{Incoming, Rejection, conflict, one, shape_of};
use cage_ledger::{Appended, Busy, Closed, Draft, Refused};

use crate::sources::{Event, Outcome};
use crate::state::{Counters, Service, count};

/// Events as they were read, in the order of their body.
pub(crate) type Read = Vec<Result<Incoming, Rejection>>;

/// What became of one event. The number is that of a refusal in the reject queue.
#[derive(Debug)]
pub(crate) enum Fate {
    /// It was read, and the ledger answered.
    Answered(Named, Appended, Option<u64>),
    /// It could not be read.
    Rejected(Rejection, Option<u64>),
}

impl Fate {
    /// Notes under which number it is in the reject queue.
    pub(crate) fn set_reject(&mut self, number: Option<u64>) {
        match self {
            Self::Answered(_, _, place) | Self::Rejected(_, place) => *place = number,
        }
    }
}

/// An event that was read, without its content.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) source: String,
    pub(crate) id: String,
    /// Where its text stands in the body.
    pub(crate) raw: Range<usize>,
    claimed: u64,
    sequence: Option<u64>,
    shape: u64,
}

/// Keeps what can be kept, and says of every event what became of it. `body` is what the events were read from.
///
/// # Errors
///
/// When the ledger takes nothing now. What it took already is known when the same comes again.
pub(crate) async fn keep(
    service: &Arc<Service>,
    body: &Bytes,
    read: Read,
) -> Result<Vec<Fate>, Busy> {
    let (service, body) = (Arc::clone(service), body.clone());
    let kept = tokio::spawn(async move {
        let ticket = service.intake.sources.begin();
        let fates = kept(&service, &body, read).await;
        let outcome = match &fates {
            Ok(fates) => {
                count_all(&service.counters, fates);
                outcome(&service, &body, fates)
            }
            Err(_) => Outcome::default(),
        };
        service.intake.sources.finish(&ticket, outcome);
        fates
    });
    kept.await.unwrap_or(Err(Busy::Closed(Closed::Broken)))
}

async fn kept(service: &Arc<Service>, body: &Bytes, read: Read) -> Result<Vec<Fate>, Busy> {
    let mut drafts = Vec::with_capacity(read.len());
    let mut read_alike = Vec::with_capacity(read.len());
    for event in read {
        read_alike.push(event.map(|incoming| {
            let named = Named {
                source: incoming.source,
                id: incoming.id,
                raw: incoming.raw,
                claimed: incoming.draft.claimed,
                sequence: incoming.sequence,
                shape: incoming.shape,
            };
            drafts.push(incoming.draft);
            named
        }));
    }
    let mut answers = append(service, drafts).await?.into_iter();
    let mut conflicts = Vec::new();
    let mut fates = Vec::with_capacity(read_alike.len());
    for event in read_alike {
        let named = match event {
            Ok(named) => named,
            Err(rejection) => {
                fates.push(Fate::Rejected(rejection, None));
                continue;
            }
        };
        let Some(appended) = answers.next() else {
            continue;
        };
        if let Appended::Refused(why @ Refused::Conflict(_)) = &appended {
            // Conflicts are rare, so what was handed over is read once more from the body.
            let refused = body.get(named.raw.clone()).and_then(|text| one(text).ok());
            let event =
                refused.and_then(|refused| conflict(&named.source, &named.id, &refused.draft, why));
            conflicts.extend(event.map(|event| event.draft()));
        }
        fates.push(Fate::Answered(named, appended, None));
    }
    append(service, conflicts).await?;
    Ok(fates)
}

/// Counts what became of events, whichever way they came.
fn count_all(counters: &Counters, fates: &[Fate]) {
    for fate in fates {
        let counter = match fate {
            Fate::Answered(_, Appended::New(_), _) => &counters.accepted,
            Fate::Answered(_, Appended::Known(_), _) => &counters.known,
            Fate::Answered(_, Appended::Refused(refused), _) => match refused {
                Refused::Conflict(_) | Refused::Erased(_) | Refused::SubjectErased => {
                    &counters.conflicts
                }
                Refused::NoSpace | Refused::LongName { .. } | Refused::TooLong { .. } => {
                    &counters.rejected
                }
            },
            Fate::Rejected(..) => &counters.rejected,
        };
        count(counter, 1);
    }
}

/// What the figures of sources need of it.
fn outcome(service: &Service, body: &Bytes, fates: &[Fate]) -> Outcome {
    let mut outcome = Outcome::default();
    let add = |counts: &mut BTreeMap<String, u64>, source: &str| match counts.get_mut(source) {
        Some(count) => *count += 1,
        None => drop(counts.insert(source.to_owned(), 1)),
    };
    let sources = &service.intake.sources;
    let mut described = BTreeMap::new();
    for fate in fates {
        match fate {
            Fate::Answered(named, Appended::New(entry), _) => {
                let key = (named.source.as_str(), named.shape);
                let is_new = *described
                    .entry(key)
                    .or_insert_with(|| !sources.knows(&named.source, named.shape));
                let event = Event {
                    accepted: entry.accepted,
                    claimed: named.claimed,
                    sequence: named.sequence,
                    shape: named.shape,
                    described: body
                        .get(named.raw.clone())
                        .filter(|_| is_new)
                        .and_then(shape_of),
                };
                described.insert(key, false);
                outcome
                    .entries
                    .push((entry.record, named.source.clone(), event));
            }
            Fate::Answered(named, Appended::Known(_), _) => add(&mut outcome.known, &named.source),
            Fate::Answered(_, Appended::Refused(Refused::NoSpace), _) => {}
            Fate::Answered(named, Appended::Refused(_), _) => {
                add(&mut outcome.conflicts, &named.source);
            }
            Fate::Rejected(rejection, _) => {
                let source = rejection.source.as_deref().unwrap_or_default();
                add(&mut outcome.rejected, source);
            }
        }
    }
    outcome
}

/// Hands drafts to the ledger and waits until they are durable.
pub(crate) async fn append(
    service: &Arc<Service>,
    drafts: Vec<Draft>,
) -> Result<Vec<Appended>, Busy> {
    if drafts.is_empty() {
        return Ok(Vec::new());
    }
    let waiting = service.committer.submit(drafts)?;
    match tokio::task::spawn_blocking(move || waiting.recv()).await {
        Ok(Ok(Ok(appended))) => Ok(appended),
        Ok(Ok(Err(closed))) => Err(Busy::Closed(closed)),
        Ok(Err(_)) | Err(_) => Err(Busy::Closed(Closed::Broken)),
    }
}
