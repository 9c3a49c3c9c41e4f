//! Acts: events with their bodies, found by what they name.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use cage_ledger::Record;
use cage_model::Instant;
use cage_proof::Hash;
use cage_store::{EventFilter, ObjectKey};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use crate::asked::{Asked, Named, Order, cursor, day, objects, page, place, turned};
use crate::problem::{Problem, Refusals};
use crate::rows::{event_path, proof_path, shown};
use crate::state::Service;

/// Name of the list in its cursors.
const LIST: &str = "events";

/// Bytes of bodies after which a page ends.
const PAGE_BYTES: usize = 2 << 20;

/// An event as it is kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
pub(crate) struct Act {
    /// Number of its record over all logs.
    record: u64,
    /// Its log.
    log: String,
    /// Its index there.
    index: u64,
    /// Its leaf hash.
    leaf: String,
    /// When it was accepted.
    accepted: String,
    /// When it happened, as its source says.
    claimed: Option<String>,
    /// How long after it happened it was accepted, in milliseconds.
    entered_after: Option<i64>,
    /// What was done.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Who handed it in.
    source: Option<String>,
    /// The source's own number.
    id: Option<String>,
    /// The event as it was handed in; null when it was erased by order.
    #[schema(value_type = Option<Object>)]
    body: Option<Box<RawValue>>,
    /// Where this event is.
    event: String,
    /// Where its proof is, once it is published.
    proof: String,
}

/// What an event says of itself.
#[derive(Default, Deserialize)]
struct Itself {
    #[serde(rename = "type")]
    kind: Option<String>,
    source: Option<String>,
    id: Option<String>,
}

/// Reads events back from the ledger. A few: those that are beyond a page are left out.
pub(crate) async fn read(service: &Arc<Service>, records: Vec<u64>) -> Result<Vec<Act>, Problem> {
    Ok(read_some(service, records).await?.0)
}

/// Reads events back from the ledger until a page has enough bytes: the events, and how many records were read.
async fn read_some(
    service: &Arc<Service>,
    records: Vec<u64>,
) -> Result<(Vec<Act>, usize), Problem> {
    let service = Arc::clone(service);
    let reading = tokio::task::spawn_blocking(move || {
        let logs = service.committer.look(cage_ledger::Ledger::logs);
        let mut acts = Vec::new();
        let (mut read, mut bytes) = (0, 0);
        for record in records {
            if bytes > PAGE_BYTES {
                break;
            }
            read += 1;
            // One look for each, so that writing goes on between them.
            let stored = service.committer.look(|ledger| ledger.record(record));
            let stored =
                stored.map_err(|_| Problem::failed(format!("record {record} cannot be read")))?;
            if let Record::Entry {
                log,
                index,
                leaf,
                body,
            } = stored.record
            {
                let origin = logs.get(log).map_or("", |log| &*log.origin);
                let hash = Hash::leaf(&leaf.encode());
                bytes += body.as_ref().map_or(0, Vec::len);
                acts.push(Act::of(
                    record,
                    (origin, index, hash),
                    (leaf.accepted, leaf.claimed),
                    body,
                ));
            }
        }
        Ok((acts, read))
    });
    let failed = |_| Problem::failed("the records cannot be read");
    reading.await.map_err(failed)?
}

impl Act {
    fn of(
        record: u64,
        (log, index, leaf): (&str, u64, Hash),
        (accepted, claimed): (u64, u64),
        body: Option<Vec<u8>>,
    ) -> Self {
        let at = |milliseconds: u64| shown(Instant::from_milliseconds(milliseconds));
        let body = body.and_then(|body| String::from_utf8(body).ok());
        let body = body.and_then(|body| RawValue::from_string(body).ok());
        let itself = body
            .as_ref()
            .and_then(|body| serde_json::from_str(body.get()).ok());
        let Itself { kind, source, id } = itself.unwrap_or_default();
        let is_claimed = claimed != 0;
        Self {
            record,
            log: log.to_owned(),
            index,
            leaf: leaf.to_base64(),
            accepted: at(accepted),
            claimed: is_claimed.then(|| at(claimed)),
            entered_after: is_claimed
                .then(|| accepted.cast_signed().wrapping_sub(claimed.cast_signed())),
            kind,
            source,
            id,
            body,
            event: event_path(record),
            proof: proof_path(log, index),
        }
    }
}

/// Which events. What is given must all hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsAsked {
    /// That name this object, as `type:id`; may be given up to 8 times, then they name all of them.
    #[serde(default)]
    object: Vec<String>,
    /// Of this type.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// From this source.
    source: Option<String>,
    /// That happened on this day or later, on the agency's clock.
    from: Option<String>,
    /// That happened on this day or earlier.
    to: Option<String>,
    /// In which order they were accepted.
    #[serde(default)]
    #[param(inline)]
    order: Order,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows of a page: 1 to 1,000, 50 where nothing is given; fewer where events are large.
    limit: Option<u64>,
}

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventsPage {
    events: Vec<Act>,
    /// The cursor of the next page, when there is one.
    next: Option<String>,
}

/// A page of the events that a question asks for, and that name one object more.
pub(crate) async fn events(
    service: &Arc<Service>,
    asked: EventsAsked,
    about: Option<ObjectKey>,
) -> Result<EventsPage, Problem> {
    let mut filter = EventFilter {
        objects: objects(&asked.object)?,
        kind: asked.kind,
        source: asked.source,
        from: day("from", asked.from.as_deref())?,
        to: day("to", asked.to.as_deref())?,
    };
    filter.objects.extend(about);
    let (limit, order) = (page(asked.limit)?, asked.order.into());
    let beyond = place(LIST, asked.cursor.as_deref())?;
    let found = service.ask(move |views| views.events(&filter, beyond, order, limit + 1));
    let (records, next) = turned(LIST, found.await?, limit, |record| *record);
    let (events, read) = read_some(service, records.clone()).await?;
    let next = match records.get(read) {
        // The page is full before its end.
        Some(_) => read.checked_sub(1).map(|last| cursor(LIST, &records[last])),
        None => next,
    };
    Ok(EventsPage { events, next })
}

/// Events that name every object that is given, newest first.
#[utoipa::path(get, path = "/v1/events", operation_id = "list_events", tag = "events", params(EventsAsked),
    responses((status = 200, description = "A page of events.", body = EventsPage), Refusals))]
pub(crate) async fn list(
    State(service): State<Arc<Service>>,
    Asked(asked): Asked<EventsAsked>,
) -> Result<Json<EventsPage>, Problem> {
    events(&service, asked, None).await.map(Json)
}

/// One event: body, leaf, and where its proof is.
#[utoipa::path(get, path = "/v1/events/{record}", operation_id = "one_event", tag = "events",
    params(("record" = u64, Path, description = "Number of the record.")),
    responses((status = 200, description = "The event.", body = Act), Refusals))]
pub(crate) async fn one(
    State(service): State<Arc<Service>>,
    Named(record): Named<String>,
) -> Result<Json<Act>, Problem> {
    let number = record.parse::<u64>();
    let record = number.map_err(|_| Problem::wrong("record", "must be the number of a record"))?;
    let records = service.committer.look(cage_ledger::Ledger::records);
    if record >= records {
        return Err(Problem::absent(format!(
            "there are {records} records, counted from 0"
        )));
    }
    let mut found = read(&service, vec![record]).await?;
    let absent = || Problem::absent("at this record only time moved");
    found.pop().map(Json).ok_or_else(absent)
}
