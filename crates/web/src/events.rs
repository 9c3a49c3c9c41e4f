//! `POST /v1/events`: CloudEvents in, receipts out; the answer comes after the disk has them.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cage_gateway::{Incoming, Rejection, batch, binary, lines, one};
use cage_ledger::{Appended, Busy, Closed, Entry, Refused};
use cage_proof::{Receipt, ReceiptBatch};
use serde::Serialize;

use crate::problem::Problem;
use crate::state::{Service, count};

/// Seconds after which a client that was turned away should come again.
const RETRY_AFTER: &str = "1";

/// Receipts of one answer that are signed one by one; a signature takes tens of microseconds.
const SIGNED_ALONE_MAX: usize = 16;

/// What became of one event.
#[derive(Debug, Serialize)]
struct Told {
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// Where it stands, for those that are kept.
    #[serde(flatten)]
    kept: Option<Place>,
    /// JSON pointer and reason, for those that are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Status {
    Accepted,
    Known,
    Conflict,
    Rejected,
}

#[derive(Debug, Serialize)]
struct Place {
    log: String,
    index: u64,
    leaf: String,
    /// Milliseconds since 1970.
    accepted: u64,
    /// The signed note; where many were kept at once there is one for all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
}

#[derive(Debug, Serialize)]
struct Answer {
    accepted: u64,
    known: u64,
    refused: u64,
    /// One signature over the receipts of all kept events, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipts: Option<String>,
    events: Vec<Told>,
}

type Read = Vec<Result<Incoming, Rejection>>;

/// Takes events (CloudEvents 1.0) and answers when the disk has them.
#[utoipa::path(post, path = "/v1/events", operation_id = "post_events", tag = "events",
    request_body(description = "One event, a batch, or one event a line.",
        content((Object = "application/cloudevents+json"), (Vec<Object> = "application/cloudevents-batch+json"),
            (String = "application/x-ndjson"), (Object = "application/json"))),
    responses((status = 200, description = "All are kept; each has a receipt.", body = Object),
        (status = 409, description = "Other content came under a known source and id; the others are kept.", body = Object),
        (status = 415, description = "The content type is not read.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Some are refused, each with the field; the others are kept.", body = Object),
        (status = 429, description = "Too much at once.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "The ledger takes nothing now.", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn post(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return problem(rejection.status(), &rejection.body_text()),
    };
    let read = match read(&headers, &body) {
        Ok(read) => read,
        Err(Unreadable::Kind(kind)) => {
            let wanted = "application/cloudevents+json, application/cloudevents-batch+json, application/x-ndjson, \
                          or application/json with ce- headers";
            let reason = format!("content type {kind:?} is not read here; send {wanted}");
            return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, &reason);
        }
        Err(Unreadable::Body(rejection)) => {
            return answer(vec![rejected(&rejection)], None, &service);
        }
    };
    keep(&service, read).await
}

enum Unreadable {
    Kind(String),
    Body(Rejection),
}

fn read(headers: &HeaderMap, body: &[u8]) -> Result<Read, Unreadable> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    let plain = kind
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match plain.as_str() {
        "application/cloudevents+json" => Ok(vec![one(body)]),
        "application/cloudevents-batch+json" => batch(body).map_err(Unreadable::Body),
        "application/x-ndjson" | "application/jsonl" => lines(body).map_err(Unreadable::Body),
        "application/json" | "" if headers.contains_key("ce-specversion") => {
            let members = headers.iter().filter_map(|(name, value)| {
                Some((
                    name.as_str().strip_prefix("ce-")?,
                    value.to_str().unwrap_or_default(),
                ))
            });
            Ok(vec![binary(members, body)])
        }
        _ => Err(Unreadable::Kind(kind.to_owned())),
    }
}

async fn keep(service: &Arc<Service>, read: Read) -> Response {
    let drafts = read
        .iter()
        .filter_map(|event| event.as_ref().ok())
        .map(|event| event.draft.clone())
        .collect::<Vec<_>>();
    let mut appended = Vec::new();
    if !drafts.is_empty() {
        let waiting = match service.committer.submit(drafts) {
            Ok(waiting) => waiting,
            Err(busy) => return turned_away(service, busy),
        };
        let answered = tokio::task::spawn_blocking(move || waiting.recv()).await;
        appended = match answered {
            Ok(Ok(Ok(appended))) => appended,
            Ok(Ok(Err(closed))) => return turned_away(service, Busy::Closed(closed)),
            Ok(Err(_)) | Err(_) => return turned_away(service, Busy::Closed(Closed::Broken)),
        };
    }
    let service = Arc::clone(service);
    let signed = tokio::task::spawn_blocking(move || {
        let mut kept = appended.into_iter();
        let mut receipts = Vec::new();
        let mut told: Vec<Told> = read
            .into_iter()
            .filter_map(|event| match event {
                Ok(incoming) => kept
                    .next()
                    .map(|appended| told(incoming, appended, &mut receipts)),
                Err(rejection) => Some(rejected(&rejection)),
            })
            .collect();
        let all = sign(&service, &receipts, &mut told);
        answer(told, all, &service)
    });
    signed.await.unwrap_or_else(|_| {
        problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the answer could not be made; send the same again",
        )
    })
}

fn told(incoming: Incoming, appended: Appended, receipts: &mut Vec<Receipt>) -> Told {
    let Incoming { source, id, .. } = incoming;
    let mut place = |entry: &Entry| {
        receipts.push(Receipt {
            origin: entry.origin.to_string(),
            index: entry.index,
            leaf: entry.leaf,
            accepted: entry.accepted,
        });
        Place {
            receipt: None,
            log: entry.origin.to_string(),
            index: entry.index,
            leaf: entry.leaf.to_base64(),
            accepted: entry.accepted,
        }
    };
    let mut told = Told {
        status: Status::Accepted,
        id: Some(id),
        source: Some(source),
        kept: None,
        pointer: None,
        reason: None,
    };
    match appended {
        Appended::New(entry) => told.kept = Some(place(&entry)),
        Appended::Known(entry) => {
            told.status = Status::Known;
            told.kept = Some(place(&entry));
        }
        Appended::Refused(refused) => {
            let conflict = matches!(
                refused,
                Refused::Conflict(_) | Refused::Erased(_) | Refused::SubjectErased
            );
            told.status = if conflict {
                Status::Conflict
            } else {
                Status::Rejected
            };
            told.pointer = Some(if conflict { "/id" } else { "" }.to_owned());
            told.reason = Some(refused.to_string());
        }
    }
    told
}

/// Signs for what is kept: each by itself where they are few, all at once where they are many.
fn sign(service: &Service, receipts: &[Receipt], told: &mut [Told]) -> Option<String> {
    if receipts.len() > SIGNED_ALONE_MAX {
        let batch = ReceiptBatch::of(receipts);
        return Some(batch.sign(&service.receipts).to_string());
    }
    let places = told.iter_mut().filter_map(|told| told.kept.as_mut());
    for (place, receipt) in places.zip(receipts) {
        place.receipt = Some(receipt.sign(&service.receipts).to_string());
    }
    None
}

fn rejected(rejection: &Rejection) -> Told {
    Told {
        status: Status::Rejected,
        id: rejection.id.clone(),
        source: rejection.source.clone(),
        kept: None,
        pointer: Some(rejection.pointer.clone()),
        reason: Some(rejection.reason.clone()),
    }
}

fn answer(events: Vec<Told>, receipts: Option<String>, service: &Service) -> Response {
    let number = |status: Status| events.iter().filter(|told| told.status == status).count() as u64;
    let [accepted, known, conflicts, rejected] = [
        Status::Accepted,
        Status::Known,
        Status::Conflict,
        Status::Rejected,
    ]
    .map(number);
    count(&service.counters.accepted, accepted);
    count(&service.counters.known, known);
    count(&service.counters.conflicts, conflicts);
    count(&service.counters.rejected, rejected);
    let status = match (rejected, conflicts) {
        (0, 0) => StatusCode::OK,
        (0, _) => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let answer = Answer {
        accepted,
        known,
        refused: conflicts + rejected,
        receipts,
        events,
    };
    (status, Json(answer)).into_response()
}

fn turned_away(service: &Service, busy: Busy) -> Response {
    count(&service.counters.busy, 1);
    let status = match busy {
        Busy::Full => StatusCode::TOO_MANY_REQUESTS,
        Busy::Closed(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    let detail = match (busy, service.committer.trouble()) {
        (Busy::Closed(_), Some(why)) => format!("{busy}: {why}"),
        _ => busy.to_string(),
    };
    let mut response = problem(status, &detail);
    let retry = header::HeaderValue::from_static(RETRY_AFTER);
    response.headers_mut().insert(header::RETRY_AFTER, retry);
    response
}

/// An error as `application/problem+json` (RFC 9457).
pub(crate) fn problem(status: StatusCode, detail: &str) -> Response {
    let body = serde_json::json!({ "title": status.canonical_reason(), "status": status.as_u16(), "detail": detail });
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, kind, body.to_string()).into_response()
}
