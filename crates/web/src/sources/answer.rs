//! The figures of sources over HTTP.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use cage_ledger::milliseconds_now;
use serde::Deserialize;
use serde_json::{Value, json};

use super::figures::Figures;
use crate::asked::{Asked, Named};
use crate::events::problem;
use crate::state::Service;

/// Sources of one answer.
const PAGE: usize = 200;

#[derive(Debug, Deserialize)]
pub(crate) struct SourcesAsked {
    after: Option<String>,
    limit: Option<usize>,
}

/// `GET /v1/sources?after=<source>&limit=<n>`, in the order of the alphabet.
#[utoipa::path(get, path = "/v1/sources", operation_id = "list_sources", tag = "sources",
    params(("after" = Option<String>, Query, description = "The last source that is known."), ("limit" = Option<u64>, Query, description = "At most so many.")),
    responses((status = 200, description = "What each source does.", body = Object)))]
pub(crate) async fn list(
    State(service): State<Arc<Service>>,
    Asked(asked): Asked<SourcesAsked>,
) -> Json<Value> {
    let limit = asked.limit.unwrap_or(PAGE).clamp(1, PAGE);
    let sources = service
        .intake
        .sources
        .after(&asked.after.unwrap_or_default(), limit);
    let last = sources.last().map(|(source, _)| source.clone());
    let shown = sources
        .iter()
        .map(|(source, figures)| shown(&service, source, figures));
    Json(json!({ "sources": shown.collect::<Vec<_>>(), "last": last }))
}

/// `GET /v1/sources/{source}`; a source with slashes may stand there as it is.
#[utoipa::path(get, path = "/v1/sources/{source}", operation_id = "one_source", tag = "sources",
    params(("source" = String, Path, description = "Its name; slashes stand as they are.")),
    responses((status = 200, description = "What the source does.", body = Object)))]
pub(crate) async fn one(
    State(service): State<Arc<Service>>,
    Named(source): Named<String>,
) -> Response {
    match service.intake.sources.get(&source) {
        Some(figures) => Json(shown(&service, &source, &figures)).into_response(),
        None => {
            let reason = format!("no source {source:?} has sent anything");
            problem(StatusCode::NOT_FOUND, &reason)
        }
    }
}

fn shown(service: &Service, source: &str, figures: &Figures) -> Value {
    let (minute, hour) = figures.rates(milliseconds_now());
    let lag = figures
        .lag()
        .map(|[last, p50, p99]| json!({ "last": last, "p50": p50, "p99": p99 }));
    let (ahead, ahead_most) = figures.ahead();
    json!({
        "source": source,
        "first_seen": figures.first_seen,
        "last_seen": figures.last_seen,
        "events": {
            "accepted": figures.accepted, "known": figures.known, "conflict": figures.conflicts,
            "rejected": figures.rejected, "last_minute": minute, "last_hour": hour,
        },
        "lag_milliseconds": lag,
        "silence_milliseconds": (figures.accepted > 0).then(|| figures.silence(milliseconds_now())),
        "clock_ahead": { "events": ahead, "most_milliseconds": ahead_most },
        "numbers": figures.numbers.shown(),
        "drift": figures.drift(),
        "undeclared": figures.undeclared(&service.intake.admission.now()),
        "quota": service.intake.quotas.left(source, Instant::now()),
    })
}
