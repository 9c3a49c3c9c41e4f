//! The reject queue over HTTP.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use cage_gateway::{Incoming, own_event};
use cage_ledger::{Appended, milliseconds_now};
use cage_proof::Hash;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::kept::{page, with_text};
use super::table::{Reject, Settling, State as RejectState, Wanted};
use crate::asked::{Asked, Named};
use crate::events::{answered, problem, refuse, turned_away};
use crate::keep::{Fate, append, keep};
use crate::state::Service;

/// Rejects of one answer.
const PAGE: u64 = 200;
/// Characters of a name or a reason that a person gives.
const WORDS_CHARS_MAX: usize = 512;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RejectsAsked {
    after: Option<u64>,
    limit: Option<u64>,
    source: Option<String>,
    state: Option<RejectState>,
}

/// Who settles a reject, as far as is known.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct By {
    by: Option<String>,
    #[serde(default)]
    reason: String,
}

/// `GET /v1/rejects?after=<number>&limit=<n>&source=<s>&state=<open|corrected|replayed|dismissed>`.
#[utoipa::path(get, path = "/v1/rejects", operation_id = "list_rejects", tag = "rejects",
    params(("after" = Option<u64>, Query, description = "The last number that is known."), ("limit" = Option<u64>, Query, description = "At most so many."), ("source" = Option<String>, Query, description = "Of one source."), ("state" = Option<String>, Query, description = "open, corrected, replayed or dismissed.")),
    responses((status = 200, description = "What was refused, and how many by source.", body = Object)))]
pub(crate) async fn list(
    State(service): State<Arc<Service>>,
    Asked(asked): Asked<RejectsAsked>,
) -> Response {
    let wanted = Wanted {
        // Numbers are those of a database: none is larger.
        after: asked.after.unwrap_or(0).min(i64::MAX as u64),
        limit: asked.limit.unwrap_or(PAGE).clamp(1, PAGE),
        source: asked.source,
        state: asked.state,
    };
    let queue = Arc::clone(&service.intake.rejects);
    let read = tokio::task::spawn_blocking(move || Ok((queue.list(&wanted)?, queue.counts()?)));
    let (rejects, counts) = match read.await {
        Ok(Ok(read)) => read,
        Ok(Err(error)) => return broken(&error),
        Err(_) => {
            return problem(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the queue could not be read",
            );
        }
    };
    let mut answer = page(&rejects, &counts);
    answer["lost"] = service.intake.rejects.lost().into();
    Json(answer).into_response()
}

/// `GET /v1/rejects/{number}`: one, with its text.
#[utoipa::path(get, path = "/v1/rejects/{number}", operation_id = "one_reject", tag = "rejects",
    params(("number" = u64, Path, description = "Its number.")),
    responses((status = 200, description = "What was refused, with its text.", body = Object)))]
pub(crate) async fn one(
    State(service): State<Arc<Service>>,
    Named(number): Named<u64>,
) -> Response {
    let reject = match find(&service, number).await {
        Ok(reject) => reject,
        Err(response) => return *response,
    };
    Json(with_text(&reject)).into_response()
}

/// `POST /v1/rejects/{number}/replay?by=<name>`: hands it in again, as it was when the body is empty, else as the body
/// has it.
#[utoipa::path(post, path = "/v1/rejects/{number}/replay", operation_id = "replay_reject", tag = "rejects",
    params(("number" = u64, Path, description = "Its number."), ("by" = Option<String>, Query, description = "Who does it, as far as is known.")),
    responses((status = 200, description = "It is kept; the answer is that of an event.", body = Object)))]
pub(crate) async fn replay(
    State(service): State<Arc<Service>>,
    Named(number): Named<u64>,
    Asked(by): Asked<By>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let received = match service.intake.bodies.receive(&headers, body).await {
        Ok(received) => received,
        Err(response) => return *response,
    };
    let body = &received.bytes;
    let reject = match open_one(&service, number, &by).await {
        Ok(reject) => reject,
        Err(response) => return *response,
    };
    let is_corrected = !body.trim_ascii().is_empty();
    let text = match text_of(&reject, body, by.by.as_deref()) {
        Ok(text) => text,
        Err(response) => return *response,
    };
    let read = service.intake.gate().one(&text);
    let fates = match keep(&service, &text, vec![read]).await {
        Ok(fates) => fates,
        Err(busy) => return turned_away(&service, busy),
    };
    let Some(Fate::Answered(named, Appended::New(entry) | Appended::Known(entry), _)) =
        fates.first()
    else {
        return answered(&service, fates).await;
    };
    let state = if is_corrected {
        RejectState::Corrected
    } else {
        RejectState::Replayed
    };
    let kind = if is_corrected {
        "reject.corrected"
    } else {
        "reject.replayed"
    };
    let event = own_event(kind)
        .object("source", &named.source)
        .attribute("reject", number)
        .attribute("event_id", named.id.as_str())
        .attribute("log", entry.origin.as_ref())
        .attribute("index", entry.index)
        .attribute("record", entry.record)
        .attribute("refused_sha256", Hash::sha256(&reject.head).to_string())
        .attribute("by", by.by.as_deref().unwrap_or_default());
    let settling = Settling {
        number,
        state,
        at: milliseconds_now(),
        by: by.by,
        note: format!("entry {} of {}", entry.index, entry.origin),
    };
    // The entry comes first: a queue that forgets it is settled by the same replay again.
    if let Err(busy) = append(&service, vec![event.draft()]).await {
        return turned_away(&service, busy);
    }
    service.intake.rejects.settle(settling).await;
    answered(&service, fates).await
}

/// `POST /v1/rejects/{number}/dismiss` with `{"reason": "...", "by": "..."}`.
#[utoipa::path(post, path = "/v1/rejects/{number}/dismiss", operation_id = "dismiss_reject", tag = "rejects",
    params(("number" = u64, Path, description = "Its number.")), request_body(content = Object),
    responses((status = 204, description = "It is set aside.")))]
pub(crate) async fn dismiss(
    State(service): State<Arc<Service>>,
    Named(number): Named<u64>,
    Json(by): Json<By>,
) -> Response {
    if !is_words(&by.reason) {
        let reason = format!("say why in `reason`: 1 to {WORDS_CHARS_MAX} characters");
        return problem(StatusCode::UNPROCESSABLE_ENTITY, &reason);
    }
    let reject = match open_one(&service, number, &by).await {
        Ok(reject) => reject,
        Err(response) => return *response,
    };
    let event = own_event("reject.dismissed")
        .object("source", &reject.source)
        .attribute("reject", number)
        .attribute("reason", by.reason.as_str())
        .attribute("refused_sha256", Hash::sha256(&reject.head).to_string())
        .attribute("by", by.by.as_deref().unwrap_or_default());
    if let Err(busy) = append(&service, vec![event.draft()]).await {
        return turned_away(&service, busy);
    }
    let settling = Settling {
        number,
        state: RejectState::Dismissed,
        at: milliseconds_now(),
        by: by.by,
        note: by.reason,
    };
    if !service.intake.rejects.settle(settling).await {
        return problem(StatusCode::CONFLICT, "it was settled by somebody else");
    }
    StatusCode::NO_CONTENT.into_response()
}

async fn find(service: &Arc<Service>, number: u64) -> Result<Reject, Box<Response>> {
    let queue = Arc::clone(&service.intake.rejects);
    let is_number = i64::try_from(number).is_ok();
    let look = move || {
        if is_number {
            queue.get(number)
        } else {
            Ok(None)
        }
    };
    match tokio::task::spawn_blocking(look).await {
        Ok(Ok(Some(reject))) => Ok(reject),
        Ok(Ok(None)) => {
            let reason =
                format!("there is no reject {number}, or it is so old that it was dropped");
            Err(refuse(StatusCode::NOT_FOUND, &reason))
        }
        Ok(Err(error)) => Err(Box::new(broken(&error))),
        Err(_) => Err(refuse(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the queue could not be read",
        )),
    }
}

/// One that is to be settled by somebody.
async fn open_one(service: &Arc<Service>, number: u64, by: &By) -> Result<Reject, Box<Response>> {
    if by.by.as_deref().is_some_and(|by| !is_words(by)) {
        let reason =
            format!("`by` has 1 to {WORDS_CHARS_MAX} characters, none of them a control character");
        return Err(refuse(StatusCode::UNPROCESSABLE_ENTITY, &reason));
    }
    let reject = find(service, number).await?;
    if reject.state == RejectState::Open {
        return Ok(reject);
    }
    let note = reject.note.as_deref().unwrap_or_default();
    let reason = format!("reject {number} is settled already: {note}");
    Err(refuse(StatusCode::CONFLICT, &reason))
}

/// What is to be handed in. A corrected event says which reject it corrects and by whom, so that it tells so by itself.
fn text_of(reject: &Reject, body: &Bytes, by: Option<&str>) -> Result<Bytes, Box<Response>> {
    if body.trim_ascii().is_empty() {
        if reject.is_whole() {
            return Ok(Bytes::from(reject.head.clone()));
        }
        let reason = format!(
            "only the first {} of {} bytes were kept; send the corrected event as the body",
            reject.head.len(),
            reject.length
        );
        return Err(refuse(StatusCode::CONFLICT, &reason));
    }
    let Ok(Incoming { draft, .. }) = cage_gateway::one(body) else {
        // What is wrong is named by whoever reads it next.
        return Ok(body.clone());
    };
    let members: Map<String, Value> = serde_json::from_slice(&draft.body).unwrap_or_default();
    if members.contains_key("corrects") || members.contains_key("correctedby") {
        let reason = "`corrects` and `correctedby` are set by the service";
        return Err(refuse(StatusCode::UNPROCESSABLE_ENTITY, reason));
    }
    let mut text = draft.body;
    text.pop();
    let corrects = serde_json::json!(format!("reject/{}", reject.number));
    text.extend(format!(",\"corrects\":{corrects}").bytes());
    if let Some(by) = by {
        text.extend(format!(",\"correctedby\":{}", serde_json::json!(by)).bytes());
    }
    text.push(b'}');
    Ok(Bytes::from(text))
}

fn is_words(text: &str) -> bool {
    let count = text.chars().take(WORDS_CHARS_MAX + 1).count();
    (1..=WORDS_CHARS_MAX).contains(&count) && !text.chars().any(char::is_control)
}

fn broken(error: &rusqlite::Error) -> Response {
    let reason = format!("the reject queue cannot be read: {error}");
    problem(StatusCode::INTERNAL_SERVER_ERROR, &reason)
}
