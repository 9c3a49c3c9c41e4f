//! What was found: as a list from any number on, and as a stream that can be taken up where it broke off.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::{Json, extract};
use cage_model::{Instant, Time, Verdict};
use cage_store::{Change, ChangeKind, Query, Seen, StoreError};
use futures_util::stream::{Stream, unfold};
use serde::Deserialize;
use tokio::sync::watch;

use crate::events::problem;
use crate::state::Service;

/// Changes of one answer.
const PAGE: usize = 1_000;
/// Minutes east of UTC of the agency's clock.
const OFFSET_MINUTES: i16 = 480;
/// A line that keeps proxies from closing a silent stream.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

#[derive(Debug, Deserialize)]
pub(crate) struct From {
    after: Option<u64>,
    limit: Option<usize>,
}

/// `GET /v1/findings?after=<number>&limit=<n>`: changes in their order.
pub(crate) async fn list(
    State(service): State<Arc<Service>>,
    extract::Query(from): extract::Query<From>,
) -> Response {
    let limit = from.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let after = from.after.unwrap_or(0);
    let asked = read(&service, move |views| {
        Ok((views.changes(after, limit)?, views.position()?.changes))
    });
    let Ok((findings, total)) = asked.await else {
        return problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the views cannot be read",
        );
    };
    let last = findings.last().map(|told| told.number);
    let findings: Vec<_> = findings.iter().map(told).collect();
    Json(serde_json::json!({ "findings": findings, "last": last, "total": total })).into_response()
}

/// Asks the views where blocking is allowed.
async fn read<T: Send + 'static>(
    service: &Arc<Service>,
    ask: impl FnOnce(&dyn Query) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let views = Arc::clone(&service.views);
    let asked = tokio::task::spawn_blocking(move || ask(&*views)).await;
    asked.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
}

/// A change as it is sent.
fn told(change: &Change) -> serde_json::Value {
    serde_json::json!({
        "number": change.number,
        "change": match change.kind {
            ChangeKind::Opened => "opened",
            ChangeKind::Amended => "amended",
            ChangeKind::Withdrawn => "withdrawn",
        },
        "finding": change.finding.to_string(),
        "pack": change.rule.pack,
        "version": change.rule.version,
        "rule": change.rule.rule,
        "title_zh": change.rule.title_zh,
        "title_en": change.rule.title_en,
        "object_type": change.object.kind,
        "object": change.object.id,
        "verdict": if change.verdict == Verdict::Undecided { "undecided" } else { "violated" },
        "reason": change.reason,
        "text_zh": change.text_zh,
        "text_en": change.text_en,
        "at": shown(change.at),
        "record": change.record,
        "trigger": change.trigger.as_ref().map(seen),
        "other": change.other.as_ref().map(seen),
    })
}

fn seen(event: &Seen) -> serde_json::Value {
    serde_json::json!({ "activity": event.activity, "at": shown(event.at), "record": event.record })
}

fn shown(at: Instant) -> String {
    Time::new(at, Some(OFFSET_MINUTES)).to_string()
}

/// `GET /v1/stream`: server-sent events; `Last-Event-ID` or `?after=` says where to go on.
pub(crate) async fn stream(
    State(service): State<Arc<Service>>,
    extract::Query(from): extract::Query<From>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let following = Following {
        next: last.or(from.after).unwrap_or(0),
        count: service.views.changed(),
        ending: service.ending.subscribe(),
        waiting: VecDeque::new(),
        service,
    };
    let events = unfold(following, |mut following| async move {
        let told = following.next().await?;
        Some((Ok(event(&told)), following))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(ALIVE_EVERY))
}

struct Following {
    service: Arc<Service>,
    /// The number of the last change that was handed out.
    next: u64,
    count: watch::Receiver<u64>,
    ending: watch::Receiver<bool>,
    waiting: VecDeque<Change>,
}

impl Following {
    /// The next change, waiting for it; `None` when the service ends.
    async fn next(&mut self) -> Option<Change> {
        loop {
            if let Some(told) = self.waiting.pop_front() {
                self.next = told.number;
                return Some(told);
            }
            self.count.mark_unchanged();
            let next = self.next;
            let asked = read(&self.service, move |views| views.changes(next, PAGE)).await;
            self.waiting = asked.ok()?.into();
            if self.waiting.is_empty() {
                tokio::select! {
                    changed = self.count.changed() => changed.ok()?,
                    _ = self.ending.wait_for(|ending| *ending) => return None,
                }
            }
        }
    }
}

fn event(change: &Change) -> Event {
    let event = Event::default()
        .id(change.number.to_string())
        .event("finding");
    event.data(told(change).to_string())
}
