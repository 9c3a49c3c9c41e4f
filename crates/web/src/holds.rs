//! Lawful holds over HTTP: `POST /v1/holds`, `GET /v1/holds`, `POST /v1/holds/{record}/release`.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use cage_ledger::{Appended, Draft, milliseconds_now};
use cage_runner::{Hold, HoldOrder, OrderFault, Release, holds};
use serde_json::{Value, json};

use crate::asked::Named;
use crate::erasures::{Refused, current, given, refuse};
use crate::events::turned_away;
use crate::keep::append;
use crate::problem::{Problem, Refusals};
use crate::rows::proof_path;
use crate::state::Service;

/// Places a hold: while it stands, nothing of its object is erased.
///
/// `hold` (its number on paper), `object` (`type` and `id`), `basis`, `reason` and `placed_by` (as claimed) are required; `until`
/// is the last day, when there is one.
#[utoipa::path(post, path = "/v1/holds", operation_id = "place_hold", tag = "erasures",
    request_body(content = Object),
    responses((status = 200, description = "It stands.", body = Object),
        (status = 422, description = "A field is wrong; `field` names it.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn post(
    State(service): State<Arc<Service>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let placed = async {
        let order: HoldOrder = given(body)?;
        let draft = order.draft(milliseconds_now());
        keep(&service, draft).await
    };
    placed.await.unwrap_or_else(|refused| *refused)
}

/// Every hold that can be read, the oldest first; what was erased since its release is forgotten with its holds.
#[utoipa::path(get, path = "/v1/holds", operation_id = "list_holds", tag = "erasures",
    responses((status = 200, description = "The holds.", body = Object), Refusals))]
pub(crate) async fn list(State(service): State<Arc<Service>>) -> Result<Json<Value>, Problem> {
    Ok(Json(json!({ "holds": all(&service).await? })))
}

/// Releases a hold: `released_by` (as claimed) and `reason`.
#[utoipa::path(post, path = "/v1/holds/{record}/release", operation_id = "release_hold", tag = "erasures",
    params(("record" = u64, Path, description = "Number of its record.")), request_body(content = Object),
    responses((status = 200, description = "It is released.", body = Object),
        (status = 409, description = "It was released before.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is wrong; `field` names it.", body = Problem, content_type = "application/problem+json"),
        Refusals))]
pub(crate) async fn release(
    State(service): State<Arc<Service>>,
    Named(record): Named<String>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let released = async {
        let number = record.parse::<u64>();
        let wrong = |_| refuse(Problem::wrong("record", "must be the number of a record"));
        let record = number.map_err(wrong)?;
        let release: Release = given(body)?;
        current(&service).await?;
        let found = all(&service).await.map_err(refuse)?;
        let found = found.into_iter().find(|hold| hold.record == record);
        let hold =
            found.ok_or_else(|| refuse(Problem::absent("at this record no hold was placed")))?;
        if let Some(before) = hold.released {
            let said = format!("record {before} released it");
            return Err(refuse(Problem::conflict(said)));
        }
        keep(&service, release.draft(&hold, milliseconds_now())).await
    };
    released.await.unwrap_or_else(|refused| *refused)
}

/// Keeps the entry of a hold or a release.
async fn keep(
    service: &Arc<Service>,
    draft: Result<Draft, OrderFault>,
) -> Result<Response, Refused> {
    let draft = draft.map_err(|fault| refuse(fault.into()))?;
    // No erasure is decided while it is under way.
    let _alone = service.decrees.lock().await;
    let kept = append(service, vec![draft]).await;
    let mut kept = kept.map_err(|busy| Box::new(turned_away(service, busy)))?;
    match kept.pop() {
        Some(Appended::New(entry) | Appended::Known(entry)) => {
            let origin = &*entry.origin;
            let answer = json!({
                "record": entry.record, "log": origin, "index": entry.index,
                "proof": proof_path(origin, entry.index),
            });
            Ok(Json(answer).into_response())
        }
        Some(Appended::Refused(why)) => Err(refuse(Problem::conflict(why.to_string()))),
        None => Err(refuse(Problem::failed("it was not kept"))),
    }
}

async fn all(service: &Arc<Service>) -> Result<Vec<Hold>, Problem> {
    let service = Arc::clone(service);
    let reading = tokio::task::spawn_blocking(move || {
        let read = |record| service.committer.look(|ledger| ledger.record(record));
        holds(&*service.views, &read)
    });
    let failed = |_| Problem::failed("the holds cannot be read");
    Ok(reading.await.map_err(failed)??)
}
