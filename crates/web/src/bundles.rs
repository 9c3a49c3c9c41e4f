//! Bundles over HTTP: the same file that `ironcage bundle` writes, about a case or any other object.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cage_casefile::{Asked, BundleError, Sources, bundle};
use cage_ledger::Reader;
use cage_store::ObjectKey;

use crate::asked::Named;
use crate::events::problem;
use crate::objects::CASE;
use crate::problem::{Problem, Refusals};
use crate::rows::OFFSET_MINUTES;
use crate::state::Service;

/// Bytes of a bundle that is answered at most; a larger one is written by `ironcage bundle`.
const BYTES_MAX: usize = 64 << 20;

/// Everything about one case in one file that proves itself: what `ironcage bundle` writes.
#[utoipa::path(get, path = "/v1/cases/{id}/bundle", operation_id = "bundle_of_case", tag = "cases",
    params(("id" = String, Path, description = "Its id.")),
    responses((status = 200, description = "A zip archive; `ironcage verify` checks it.", body = Vec<u8>, content_type = "application/zip"), Refusals))]
pub(crate) async fn of_case(
    State(service): State<Arc<Service>>,
    Named(id): Named<String>,
) -> Response {
    answered(service, ObjectKey::new(CASE, id)).await
}

/// Everything about one object in one file that proves itself.
#[utoipa::path(get, path = "/v1/objects/{type}/{id}/bundle", operation_id = "bundle_of_object", tag = "objects",
    params(("type" = String, Path, description = "Its type."), ("id" = String, Path, description = "Its id.")),
    responses((status = 200, description = "A zip archive; `ironcage verify` checks it.", body = Vec<u8>, content_type = "application/zip"), Refusals))]
pub(crate) async fn of_object(
    State(service): State<Arc<Service>>,
    Named((kind, id)): Named<(String, String)>,
) -> Response {
    answered(service, ObjectKey::new(kind, id)).await
}

async fn answered(service: Arc<Service>, object: ObjectKey) -> Response {
    // One at a time, and its memory is bounded: whoever asks for many waits.
    let Ok(_place) = Arc::clone(&service.bundling).acquire_owned().await else {
        return Problem::failed("the service ends").into_response();
    };
    let file = format!("{}-{}.zip", plain(&object.kind), plain(&object.id));
    let making = tokio::task::spawn_blocking(move || made(&service, &object)).await;
    let bytes = match making {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return refused(error),
        Err(_) => {
            return Problem::failed("the bundle was not made; please report it").into_response();
        }
    };
    let named = format!("attachment; filename=\"{file}\"");
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/zip"),
    );
    if let Ok(named) = HeaderValue::from_str(&named) {
        headers.insert(header::CONTENT_DISPOSITION, named);
    }
    response
}

fn made(service: &Service, object: &ObjectKey) -> Result<Vec<u8>, BundleError> {
    let asked = Asked::of(&*service.views, object)?;
    let folder = service
        .committer
        .look(|ledger| ledger.place().folder().to_owned());
    let reader = Reader::open(&folder)?;
    let sources = Sources {
        reader: &reader,
        offset_minutes: OFFSET_MINUTES,
        bytes_max: BYTES_MAX,
    };
    bundle(&sources, asked)
}

fn refused(error: BundleError) -> Response {
    let said = error.to_string();
    match error {
        BundleError::Unknown { .. } => Problem::absent(said).into_response(),
        BundleError::TooMany(_) | BundleError::TooLarge(_) => {
            let said = format!("{said}; `ironcage bundle` writes it on the machine itself");
            problem(StatusCode::UNPROCESSABLE_ENTITY, &said)
        }
        BundleError::Store(error) => Problem::from(error).into_response(),
        // Paths of files are nobody's business outside.
        BundleError::Ledger(_) | BundleError::Container(_) | BundleError::Write(_) => {
            Problem::failed("the bundle cannot be made; run `ironcage verify`").into_response()
        }
    }
}

/// A name of plain characters alone, as a header can have it.
fn plain(name: &str) -> String {
    let is_plain = |one: char| one.is_ascii_alphanumeric() || "._-".contains(one);
    name.chars()
        .map(|one| if is_plain(one) { one } else { '_' })
        .collect()
}
