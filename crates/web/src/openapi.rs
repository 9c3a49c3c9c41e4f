//! The description of the whole API (OpenAPI 3.1), made from the handlers themselves.
//!
//! `docs/openapi.json` is this document; a test fails when it is stale, and writes it with `IRONCAGE_BLESS=1`.

use std::sync::OnceLock;

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::OpenApi;

use crate::problem::Problem;
use crate::{logs, rejects, server, sources, uploads};

/// What the document says of itself, and the routes whose paths are given by hand.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "ironcage",
        description = "Events in, receipts out; what was found, what is due, what proves it.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        logs::file,
        rejects::answer::list,
        rejects::answer::one,
        rejects::answer::replay,
        rejects::answer::dismiss,
        sources::answer::list,
        sources::answer::one,
        uploads::answer::post,
        uploads::answer::list,
        uploads::answer::one,
        uploads::answer::stream,
    ),
    components(schemas(Problem))
)]
pub(crate) struct Head;

/// The document as JSON.
pub(crate) fn document() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let json = server::api().into_openapi().to_pretty_json();
        // Nothing in the document can fail to be written as JSON; an empty answer would be seen by the test.
        json.map_or_else(|_| String::new(), |json| json + "\n")
    })
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", operation_id = "read_document", tag = "service",
    responses((status = 200, description = "The document.", body = Object)))]
pub(crate) async fn get() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document())
}

/// The JSON Schema of an event.
#[utoipa::path(get, path = "/schema/event.json", operation_id = "read_event_schema", tag = "events",
    responses((status = 200, description = "The schema (2020-12).", body = Object, content_type = "application/schema+json")))]
pub(crate) async fn schema() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "application/schema+json")],
        cage_gateway::EVENT_SCHEMA,
    )
}
