//! Whether the service lives, is ready, and what it did.

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::sources;
use crate::state::{Counters, Service};
use crate::witnessed;

/// The process answers.
#[utoipa::path(get, path = "/healthz", operation_id = "is_alive", tag = "service",
    responses((status = 200, description = "It lives.", body = String, content_type = "text/plain")))]
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// The ledger takes entries; 503 with the reason while it cannot.
#[utoipa::path(get, path = "/readyz", operation_id = "is_ready", tag = "service",
    responses((status = 200, description = "It is ready.", body = String, content_type = "text/plain"),
        (status = 503, description = "It takes nothing now, and why.", body = String, content_type = "text/plain")))]
pub(crate) async fn ready(State(service): State<Arc<Service>>) -> (StatusCode, String) {
    if let Some(why) = service.committer.trouble() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready: {why}\n"),
        );
    }
    let records = service.committer.look(cage_ledger::Ledger::records);
    let (logs, witnesses) = witnessed::look(&service);
    let witnessing = witnessed::readiness(&logs, &witnesses);
    (
        StatusCode::OK,
        format!("ready, {records} records\n{witnessing}"),
    )
}

/// Figures in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", operation_id = "read_metrics", tag = "service",
    responses((status = 200, description = "The figures.", body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let records = service.committer.look(cage_ledger::Ledger::records);
    let (logs, witnesses) = witnessed::look(&service);
    let mut text = String::new();
    for (name, kind, help, value) in figures(&service.counters, records) {
        let _ = writeln!(
            text,
            "# HELP ironcage_{name} {help}\n# TYPE ironcage_{name} {kind}"
        );
        let _ = writeln!(text, "ironcage_{name} {value}");
    }
    let _ = writeln!(text, "# HELP ironcage_log_entries Entries of each log.");
    let _ = writeln!(text, "# TYPE ironcage_log_entries gauge");
    for log in &logs {
        let _ = writeln!(
            text,
            "ironcage_log_entries{{log=\"{}\"}} {}",
            log.origin, log.size
        );
    }
    text += &folded(&service, records).await;
    text += &witnessed::figures(&logs, &witnesses);
    sources::metrics(&service, &mut text);
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// How far the rules and the views are: what is kept and not yet judged is a figure of its own.
async fn folded(service: &Service, records: u64) -> String {
    let Ok(position) = service.ask(|views| views.position()).await else {
        return String::new();
    };
    let behind = records.saturating_sub(position.records);
    format!(
        "# HELP ironcage_records_behind Records that are kept and not yet judged and in the views.\n\
         # TYPE ironcage_records_behind gauge\n\
         ironcage_records_behind {behind}\n\
         # HELP ironcage_changes_total Changes of findings that were told, over the life of the ledger.\n\
         # TYPE ironcage_changes_total counter\n\
         ironcage_changes_total {}\n",
        position.changes
    )
}

/// Name, kind, help and value of each figure.
fn figures(
    counters: &Counters,
    records: u64,
) -> [(&'static str, &'static str, &'static str, u64); 7] {
    let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    [
        (
            "events_accepted_total",
            "counter",
            "Events that were kept.",
            of(&counters.accepted),
        ),
        (
            "events_known_total",
            "counter",
            "Retries of kept events.",
            of(&counters.known),
        ),
        (
            "events_conflict_total",
            "counter",
            "Other content under a known id.",
            of(&counters.conflicts),
        ),
        (
            "events_rejected_total",
            "counter",
            "Events that were refused.",
            of(&counters.rejected),
        ),
        (
            "requests_turned_away_total",
            "counter",
            "Requests that must come again.",
            of(&counters.busy),
        ),
        (
            "connections",
            "gauge",
            "Open connections.",
            of(&counters.connections),
        ),
        (
            "records",
            "gauge",
            "Records of the write-ahead log.",
            records,
        ),
    ]
}
