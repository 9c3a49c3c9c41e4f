//! What was found: as a list from any number on, and as a stream that can be taken up where it broke off.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use cage_runner::Told;
use futures_util::stream::{Stream, unfold};
use serde::Deserialize;
use tokio::sync::watch;

use crate::state::Service;

/// Changes of one answer.
const PAGE: usize = 1_000;
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
    Query(from): Query<From>,
) -> Response {
    let limit = from.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let findings = service.board.after(from.after.unwrap_or(0), limit);
    let last = findings.last().map(|told| told.number);
    let total = service.board.count();
    Json(serde_json::json!({ "findings": findings, "last": last, "total": total })).into_response()
}

/// `GET /v1/stream`: server-sent events; `Last-Event-ID` or `?after=` says where to go on.
pub(crate) async fn stream(
    State(service): State<Arc<Service>>,
    Query(from): Query<From>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let following = Following {
        next: last.or(from.after).unwrap_or(0),
        count: service.board.watch(),
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
    waiting: VecDeque<Told>,
}

impl Following {
    /// The next change, waiting for it; `None` when the service ends.
    async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some(told) = self.waiting.pop_front() {
                self.next = told.number;
                return Some(told);
            }
            self.count.mark_unchanged();
            self.waiting = self.service.board.after(self.next, PAGE).into();
            if self.waiting.is_empty() {
                tokio::select! {
                    changed = self.count.changed() => changed.ok()?,
                    _ = self.ending.wait_for(|ending| *ending) => return None,
                }
            }
        }
    }
}

fn event(told: &Told) -> Event {
    let event = Event::default()
        .id(told.number.to_string())
        .event("finding");
    let data = serde_json::to_string(told).unwrap_or_default();
    event.data(data)
}
