//! `POST /v1/events`: CloudEvents in, receipts out; the answer comes after the disk has them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use cage_gateway::{Gate, Rejection, structured};
use cage_ledger::{Appended, Busy, Entry, Refused};
use cage_proof::{Receipt, ReceiptBatch};
use serde::Serialize;

use crate::keep::{self, Fate, Named, Read};
use crate::problem::Problem;
use crate::quota::{OverQuota, Quota, charged};
use crate::rejects;
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
    /// Its number in the reject queue, where it was stored there.
    #[serde(skip_serializing_if = "Option::is_none")]
    reject: Option<u64>,
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
    body: Body,
) -> Response {
    let received = match service.intake.bodies.receive(&headers, body).await {
        Ok(received) => received,
        Err(response) => return *response,
    };
    let gate = service.intake.gate();
    let (body, read) = match read(&headers, received.bytes.clone(), &gate) {
        Ok(read) => read,
        Err(Unreadable::Kind(kind)) => {
            let wanted = "application/cloudevents+json, application/cloudevents-batch+json, application/x-ndjson, \
                          or application/json with ce- headers";
            let reason = format!("content type {kind:?} is not read here; send {wanted}");
            return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, &reason);
        }
        Err(Unreadable::Body(rejection)) => (received.bytes.clone(), vec![Err(rejection)]),
    };
    if let Err(over) = service
        .intake
        .quotas
        .take(&by_source(&read), Instant::now())
    {
        return over_quota(&service, &over);
    }
    match keep::keep(&service, &body, read).await {
        Ok(mut fates) => {
            rejects::note(&service.intake.rejects, &body, &mut fates, &|_| {
                String::new()
            })
            .await;
            answered(&service, fates).await
        }
        Err(busy) => turned_away(&service, busy),
    }
}

/// Events of each source, those that are refused included.
fn by_source(read: &Read) -> BTreeMap<&str, u64> {
    let mut sources = BTreeMap::new();
    for event in read {
        let source = match event {
            Ok(incoming) => &incoming.source,
            Err(rejection) => rejection.source.as_deref().unwrap_or_default(),
        };
        *sources.entry(charged(source)).or_default() += 1;
    }
    sources
}

fn over_quota(service: &Service, over: &OverQuota) -> Response {
    count(&service.counters.busy, 1);
    let OverQuota {
        source,
        quota,
        wait,
    } = over;
    let Quota { per_second, burst } = quota;
    let reason = format!(
        "source {source:?} may send {per_second} events a second and {burst} at once; try again after {:.1} s",
        wait.as_secs_f64()
    );
    let mut response = problem(StatusCode::TOO_MANY_REQUESTS, &reason);
    // Whole seconds, as RFC 9110 has them; never too early.
    let seconds = HeaderValue::from(wait.as_secs_f64().ceil() as u64);
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}

enum Unreadable {
    Kind(String),
    Body(Rejection),
}

/// The events of a body, and the body that they stand in.
fn read(headers: &HeaderMap, body: Bytes, gate: &Gate) -> Result<(Bytes, Read), Unreadable> {
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
    let read = match plain.as_str() {
        "application/cloudevents+json" => Ok(vec![gate.one(&body)]),
        "application/cloudevents-batch+json" => gate.batch(&body).map_err(Unreadable::Body),
        "application/x-ndjson" | "application/jsonl" => gate.lines(&body).map_err(Unreadable::Body),
        "application/json" | "" if headers.contains_key("ce-specversion") => {
            let members = headers.iter().filter_map(|(name, value)| {
                Some((
                    name.as_str().strip_prefix("ce-")?,
                    value.to_str().unwrap_or_default(),
                ))
            });
            let text = Bytes::from(structured(members, &body).map_err(Unreadable::Body)?);
            let read = vec![gate.one(&text)];
            return Ok((text, read));
        }
        _ => Err(Unreadable::Kind(kind.to_owned())),
    };
    Ok((body, read?))
}

pub(crate) async fn answered(service: &Arc<Service>, fates: Vec<Fate>) -> Response {
    let service = Arc::clone(service);
    let signed = tokio::task::spawn_blocking(move || {
        let mut receipts = Vec::new();
        let mut told: Vec<Told> = fates
            .into_iter()
            .map(|fate| match fate {
                Fate::Answered(named, appended, reject) => Told {
                    reject,
                    ..told(named, appended, &mut receipts)
                },
                Fate::Rejected(rejection, reject) => Told {
                    reject,
                    ..rejected(&rejection)
                },
            })
            .collect();
        let all = sign(&service, &receipts, &mut told);
        answer(told, all)
    });
    signed.await.unwrap_or_else(|_| {
        problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the answer could not be made; send the same again",
        )
    })
}

fn told(named: Named, appended: Appended, receipts: &mut Vec<Receipt>) -> Told {
    let Named { source, id, .. } = named;
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
        reject: None,
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
        reject: None,
    }
}

fn answer(events: Vec<Told>, receipts: Option<String>) -> Response {
    let number = |status: Status| events.iter().filter(|told| told.status == status).count() as u64;
    let [accepted, known, conflicts, rejected] = [
        Status::Accepted,
        Status::Known,
        Status::Conflict,
        Status::Rejected,
    ]
    .map(number);
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

pub(crate) fn turned_away(service: &Service, busy: Busy) -> Response {
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
    let retry = HeaderValue::from_static(RETRY_AFTER);
    response.headers_mut().insert(header::RETRY_AFTER, retry);
    response
}

/// An error as `application/problem+json` (RFC 9457).
pub(crate) fn problem(status: StatusCode, detail: &str) -> Response {
    let body = serde_json::json!({ "title": status.canonical_reason(), "status": status.as_u16(), "detail": detail });
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (status, kind, body.to_string()).into_response()
}

/// The same where only some ways end with it.
pub(crate) fn refuse(status: StatusCode, detail: &str) -> Box<Response> {
    Box::new(problem(status, detail))
}
