//! Uploads over HTTP.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State as Shared;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use cage_formats::{Format, ReadOptions, TableMapping};
use futures_util::stream::unfold;
use serde::Deserialize;
use tokio::sync::watch;

use super::reading::read_in;
use super::receiving::{Received, receive};
use super::{Progress, State};
use crate::asked::{Asked, Named};
use crate::events::problem;
use crate::state::Service;
use crate::stream::place;

/// How often progress is told at most.
const TOLD_EVERY: Duration = Duration::from_millis(250);
/// Minutes east of UTC of times without an offset.
const OFFSET_MINUTES: i32 = 480;

/// How a file is to be read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UploadAsked {
    /// What the file is called; its ending helps to tell the format.
    #[serde(default)]
    name: String,
    /// `auto` by default.
    #[serde(default)]
    format: FormatAsked,
    /// Columns of a table, as TOML; guessed when absent.
    mapping: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FormatAsked {
    #[default]
    Auto,
    Xes,
    OcelJson,
    OcelXml,
    OcelSqlite,
    Csv,
    Parquet,
    Cloudevents,
}

impl FormatAsked {
    fn format(self) -> Option<Format> {
        match self {
            Self::Auto => None,
            Self::Xes => Some(Format::Xes),
            Self::OcelJson => Some(Format::OcelJson),
            Self::OcelXml => Some(Format::OcelXml),
            Self::OcelSqlite => Some(Format::OcelSqlite),
            Self::Csv => Some(Format::Csv),
            Self::Parquet => Some(Format::Parquet),
            Self::Cloudevents => Some(Format::CloudEvents),
        }
    }
}

/// `POST /v1/uploads?name=<file>&format=<auto|xes|csv|...>&mapping=<toml>`: 202 with the progress to follow.
#[utoipa::path(post, path = "/v1/uploads", operation_id = "post_upload", tag = "uploads",
    params(("name" = Option<String>, Query, description = "What the file is called."), ("format" = Option<String>, Query, description = "auto, xes, ocel-json, ocel-xml, ocel-sqlite, csv, parquet or cloudevents."), ("mapping" = Option<String>, Query, description = "Columns of a table, as TOML.")), request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 202, description = "The file is received and being read.", body = Object)))]
pub(crate) async fn post(
    Shared(service): Shared<Arc<Service>>,
    Asked(asked): Asked<UploadAsked>,
    body: Body,
) -> Response {
    let options = match options(&asked) {
        Ok(options) => options,
        Err(reason) => return problem(StatusCode::UNPROCESSABLE_ENTITY, &reason),
    };
    let uploads = &service.intake.uploads;
    let Ok(permit) = Arc::clone(&uploads.places).try_acquire_owned() else {
        let reason = "other files are being read; try again in a while";
        let mut response = problem(StatusCode::TOO_MANY_REQUESTS, reason);
        let after = HeaderValue::from_static("5");
        response.headers_mut().insert(header::RETRY_AFTER, after);
        return response;
    };
    let most = uploads.options.file_bytes;
    let received = receive(&uploads.folder, &ending(&asked.name), most, body).await;
    let Received { file, bytes, id } = match received {
        Ok(received) => received,
        Err(response) => return response,
    };
    let name = if asked.name.is_empty() {
        "upload".to_owned()
    } else {
        asked.name
    };
    let progress = Progress {
        id,
        name: name.chars().take(512).collect(),
        state: State::Reading,
        bytes,
        bytes_read: 0,
        events: 0,
        objects: 0,
        accepted: 0,
        known: 0,
        refused: 0,
        reason: None,
        notes: Vec::new(),
    };
    let sender = match uploads.begin(progress.clone()) {
        Ok(sender) => sender,
        Err(there) => return accepted(&there),
    };
    let service = Arc::clone(&service);
    tokio::task::spawn_blocking(move || {
        read_in(&service, file, &options, &sender);
        drop(permit);
    });
    accepted(&progress)
}

/// The ending of a file's name, as far as it is plain: it helps to tell the format.
fn ending(name: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || character == '.';
    let place = name.find('.').unwrap_or(name.len());
    let ending = &name[place..];
    if ending.len() <= 20 && ending.chars().all(is_plain) {
        return ending.to_owned();
    }
    String::new()
}

fn accepted(progress: &Progress) -> Response {
    let place = format!("/v1/uploads/{}", progress.id);
    (
        StatusCode::ACCEPTED,
        [(header::LOCATION, place)],
        Json(progress),
    )
        .into_response()
}

fn options(asked: &UploadAsked) -> Result<ReadOptions, String> {
    let mapping = match &asked.mapping {
        None => TableMapping::default(),
        Some(text) => TableMapping::from_toml(text).map_err(|error| error.to_string())?,
    };
    let offset = jiff::tz::Offset::from_seconds(OFFSET_MINUTES * 60);
    Ok(ReadOptions {
        format: asked.format.format(),
        lenient: true,
        mapping,
        zone: offset.ok().map(jiff::tz::TimeZone::fixed),
        ..ReadOptions::default()
    })
}

/// `GET /v1/uploads`: those since the start.
#[utoipa::path(get, path = "/v1/uploads", operation_id = "list_uploads", tag = "uploads",
    responses((status = 200, description = "Uploads since the start.", body = Object)))]
pub(crate) async fn list(Shared(service): Shared<Arc<Service>>) -> Response {
    Json(serde_json::json!({ "uploads": service.intake.uploads.all() })).into_response()
}

/// `GET /v1/uploads/{id}`: how far one is.
#[utoipa::path(get, path = "/v1/uploads/{id}", operation_id = "one_upload", tag = "uploads",
    params(("id" = String, Path, description = "SHA-256 of the file.")),
    responses((status = 200, description = "How far it is.", body = Object)))]
pub(crate) async fn one(
    Shared(service): Shared<Arc<Service>>,
    Named(id): Named<String>,
) -> Response {
    match service.intake.uploads.get(&id) {
        Some(progress) => Json(progress.borrow().clone()).into_response(),
        None => unknown(&id),
    }
}

/// `GET /v1/uploads/{id}/stream`: the same as server-sent events, until it is over.
#[utoipa::path(get, path = "/v1/uploads/{id}/stream", operation_id = "stream_upload", tag = "uploads",
    params(("id" = String, Path, description = "SHA-256 of the file.")),
    responses((status = 200, description = "How far it is, until it is over.", body = String, content_type = "text/event-stream")))]
pub(crate) async fn stream(
    Shared(service): Shared<Arc<Service>>,
    Named(id): Named<String>,
) -> Response {
    let Some(progress) = service.intake.uploads.get(&id) else {
        return unknown(&id);
    };
    let kept = match place(&service) {
        Ok(kept) => kept,
        Err(problem) => return problem.into_response(),
    };
    let following = (Some(progress), service.ending.subscribe(), (false, kept));
    let events = unfold(
        following,
        |(progress, mut ending, (was_told, kept))| async move {
            let mut progress: watch::Receiver<Progress> = progress?;
            if was_told {
                tokio::time::sleep(TOLD_EVERY).await;
                tokio::select! {
                    changed = progress.changed() => changed.ok()?,
                    _ = ending.wait_for(|ending| *ending) => return None,
                }
            }
            let now = progress.borrow_and_update().clone();
            let data = serde_json::to_string(&now).unwrap_or_default();
            let event = Event::default().event("progress").data(data);
            let goes_on = (now.state == State::Reading).then_some(progress);
            Some((Ok::<_, Infallible>(event), (goes_on, ending, (true, kept))))
        },
    );
    Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response()
}

fn unknown(id: &str) -> Response {
    let reason = format!(
        "there is no upload {id:?} since the start; send the file again, what was kept is known"
    );
    problem(StatusCode::NOT_FOUND, &reason)
}
