//! Changes as they are told: server-sent events, which can be taken up where they broke off.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{Stream, unfold};
use serde::Deserialize;
use tokio::sync::{Mutex, OwnedSemaphorePermit, watch};
use utoipa::IntoParams;

use crate::asked::Asked;
use crate::problem::{Problem, Refusals};
use crate::rows::Change;
use crate::state::Service;

/// Streams at once, those of uploads included.
pub(crate) const STREAMS_MAX: usize = 2_000;
/// Changes that are read at once for one stream.
const READ_AT_ONCE: usize = 64;
/// A line that keeps proxies from closing a silent stream.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// From which change on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StreamAsked {
    /// After the change with this number; `Last-Event-ID` counts before it.
    after: Option<u64>,
}

/// Every change of a finding as it is told, as server-sent events.
///
/// The id of an event is the number of the change, its data the change as `/v1/changes` has it. After an erasure comes one
/// event `reset`: what was received before may be gone or have another number, so read `/v1/findings` again; the stream
/// goes on behind it.
#[utoipa::path(get, path = "/v1/stream", operation_id = "stream_changes", tag = "findings",
    params(StreamAsked, ("Last-Event-ID" = Option<u64>, Header, description = "The last change that was received.")),
    responses((status = 200, description = "The stream.", body = String, content_type = "text/event-stream"), Refusals))]
pub(crate) async fn stream(
    State(service): State<Arc<Service>>,
    Asked(asked): Asked<StreamAsked>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let last = match headers.get("last-event-id") {
        None => None,
        Some(id) => {
            let number = id.to_str().ok().and_then(|id| id.parse::<u64>().ok());
            let wrong = || Problem::wrong("Last-Event-ID", "must be the number of a change");
            Some(number.ok_or_else(wrong)?)
        }
    };
    let place = place(&service)?;
    let following = Following {
        _place: place,
        next: last.or(asked.after).unwrap_or(0),
        count: service.views.changed(),
        ending: service.ending.subscribe(),
        waiting: (Arc::new([]), 0),
        jumped: 0,
        service,
    };
    let events = unfold(following, |mut following| async move {
        let event = match following.next().await? {
            Next::Change(change) => event(&change),
            Next::Reset(after) => reset(after),
        };
        Some((Ok(event), following))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE_EVERY)))
}

/// A place among the streams.
pub(crate) fn place(service: &Service) -> Result<OwnedSemaphorePermit, Problem> {
    Arc::clone(&service.streams)
        .try_acquire_owned()
        .map_err(|_| {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            let detail = format!(
                "there are at most {STREAMS_MAX} streams at once; come again, or ask /v1/changes"
            );
            Problem::of(status, detail)
        })
}

struct Following {
    _place: OwnedSemaphorePermit,
    service: Arc<Service>,
    /// The number of the last change that was handed out.
    next: u64,
    count: watch::Receiver<u64>,
    ending: watch::Receiver<bool>,
    /// Changes that were read, and how many of them were handed out.
    waiting: (Told, usize),
    /// Behind which number changes were told anew after an erasure, as far as the client knows.
    jumped: u64,
}

enum Next {
    Change(Box<cage_store::Change>),
    Reset(u64),
}

impl Following {
    /// The next change, waiting for it; `None` when the service ends.
    async fn next(&mut self) -> Option<Next> {
        loop {
            let (read, place) = &mut self.waiting;
            if let Some(told) = read.get(*place) {
                *place += 1;
                self.next = told.number;
                return Some(Next::Change(Box::new(told.clone())));
            }
            if *self.ending.borrow() {
                return None;
            }
            let until = *self.count.borrow_and_update();
            let told = self.service.told.after(&self.service, self.next, until);
            let (told, jumped) = told.await.ok()?;
            let is_new = jumped > self.jumped;
            self.jumped = jumped;
            if is_new && self.next > 0 && self.next < jumped {
                self.next = jumped;
                return Some(Next::Reset(jumped));
            }
            self.waiting = (told, 0);
            if self.waiting.0.is_empty() {
                tokio::select! {
                    changed = self.count.changed() => changed.ok()?,
                    _ = self.ending.wait_for(|ending| *ending) => return None,
                }
            }
        }
    }
}

/// Some changes in their order, shared by whoever is to hear them.
type Told = Arc<[cage_store::Change]>;

/// The last answer to what comes after a change. Whoever is equally far is answered by the same reading: a change that
/// thousands wait for is read once.
#[derive(Debug, Default)]
pub(crate) struct LastTold(Mutex<Option<Answered>>);

#[derive(Debug)]
struct Answered {
    after: u64,
    /// Changes there were in all.
    until: u64,
    told: Told,
    jumped: u64,
}

impl LastTold {
    /// The changes, and behind which number they were told anew.
    async fn after(
        &self,
        service: &Service,
        after: u64,
        until: u64,
    ) -> Result<(Told, u64), Problem> {
        let mut last = self.0.lock().await;
        if last.as_ref().is_some_and(|last| until < last.until) {
            // Numbers go back when what was erased is forgotten.
            *last = None;
        }
        if let Some(last) = last.as_ref()
            && (last.after, last.until) == (after, until)
        {
            return Ok((Arc::clone(&last.told), last.jumped));
        }
        let asked = service.ask(move |views| {
            let changes = views.changes(after, READ_AT_ONCE)?;
            // In this order, so that a number from before an erasure is not taken for one from after it.
            Ok((changes, views.jumped()?))
        });
        let (told, jumped) = asked.await?;
        let told: Told = told.into();
        *last = Some(Answered {
            after,
            until,
            told: Arc::clone(&told),
            jumped,
        });
        Ok((told, jumped))
    }
}

fn reset(after: u64) -> Event {
    let data = serde_json::json!({ "told_anew_after": after });
    Event::default()
        .id(after.to_string())
        .event("reset")
        .data(data.to_string())
}

fn event(change: &cage_store::Change) -> Event {
    let event = Event::default()
        .id(change.number.to_string())
        .event("finding");
    let data = serde_json::to_string(&Change::from(change)).unwrap_or_default();
    event.data(data)
}
