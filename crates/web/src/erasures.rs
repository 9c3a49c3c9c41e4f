//! Orders of erasure over HTTP: `POST /v1/erasures`, `GET /v1/erasures`, `GET /v1/erasures/{record}`.
//!
//! An order is answered when its entry is durable, the key is destroyed, and everything derived is made anew. What takes
//! longer than a request may goes on without it, also when the client has gone.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use cage_ledger::{Appended, Committer, Ledger, LedgerError, Record, Stored, milliseconds_now};
use cage_model::Instant;
use cage_runner::{
    Bearings, HoldError, Order, OrderError, OrderFault, Ordered, Planned, RecordSource, orders,
    owner,
};
use cage_store::StoreError;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::asked::Named;
use crate::events::turned_away;
use crate::keep::append;
use crate::problem::{Problem, Refusals};
use crate::rows::{proof_path, shown as shown_time};
use crate::state::Service;

/// After which an order that is not carried out yet is answered with what is known.
const ANSWER_AFTER: Duration = Duration::from_secs(45);
/// How often the views are asked how far they are.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long the views may lag behind the ledger before an order is turned away.
const CURRENT_WITHIN: Duration = Duration::from_secs(30);

/// An answer that is no success; large, so it is boxed.
pub(crate) type Refused = Box<Response>;

/// Orders that what is kept under an object is erased.
///
/// `order` (its number on paper), `object` (`type` and `id`), `basis`, `reason`, `ordered_by` and `approved_by` (two persons, as
/// claimed) and `date` are required; no text may have the id in it. 200: it is carried out. 202: the order is kept and the key
/// destroyed, and what was derived is still being made anew. The same number again is the same order.
#[utoipa::path(post, path = "/v1/erasures", operation_id = "order_erasure", tag = "erasures",
    request_body(content = Object),
    responses((status = 200, description = "It is carried out.", body = Object),
        (status = 202, description = "It is kept, and is being carried out.", body = Object),
        (status = 409, description = "A hold stands against it, or the number was another order's.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is wrong; `field` names it.", body = Problem, content_type = "application/problem+json"),
        Refusals))]
pub(crate) async fn post(
    State(service): State<Arc<Service>>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let order: Order = match given(body) {
        Ok(order) => order,
        Err(refused) => return *refused,
    };
    let working = tokio::spawn(carry_out(service, order));
    let answered = tokio::time::timeout(ANSWER_AFTER, working).await;
    match answered {
        Ok(Ok(Ok(answer))) => answer,
        Ok(Ok(Err(refused))) => *refused,
        Ok(Err(_)) => {
            Problem::failed("the order was not carried out; please report it").into_response()
        }
        Err(_) => {
            let answer = json!({ "forgotten": false, "detail": "it is being carried out; ask /v1/erasures" });
            (StatusCode::ACCEPTED, Json(answer)).into_response()
        }
    }
}

/// Every order of erasure, the oldest first.
#[utoipa::path(get, path = "/v1/erasures", operation_id = "list_erasures", tag = "erasures",
    responses((status = 200, description = "The orders.", body = Object), Refusals))]
pub(crate) async fn list(State(service): State<Arc<Service>>) -> Result<Json<Value>, Problem> {
    let ordered = all(&service).await?;
    let mut rows = Vec::with_capacity(ordered.len());
    for one in ordered {
        rows.push(shown(&service, &one)?);
    }
    Ok(Json(json!({ "erasures": rows })))
}

/// One order of erasure, by the number of its record.
#[utoipa::path(get, path = "/v1/erasures/{record}", operation_id = "one_erasure", tag = "erasures",
    params(("record" = u64, Path, description = "Number of its record.")),
    responses((status = 200, description = "The order.", body = Object), Refusals))]
pub(crate) async fn one(
    State(service): State<Arc<Service>>,
    Named(record): Named<String>,
) -> Result<Json<Value>, Problem> {
    let number = record.parse::<u64>();
    let record = number.map_err(|_| Problem::wrong("record", "must be the number of a record"))?;
    let found = all(&service)
        .await?
        .into_iter()
        .find(|one| one.record == record);
    let absent = || Problem::absent("at this record no erasure was ordered");
    shown(&service, &found.ok_or_else(absent)?).map(Json)
}

async fn carry_out(service: Arc<Service>, order: Order) -> Result<Response, Refused> {
    let (entry, status, appeared) = {
        // Nobody places a hold between the look for one and the order.
        let _alone = service.decrees.lock().await;
        current(&service).await?;
        match plan(&service, order.clone()).await? {
            Planned::Known(record) => (record, "known", None),
            Planned::Drafts(drafts, entries) => {
                forget_rejects(&service, &order).await?;
                let mut appended = append(&service, drafts)
                    .await
                    .map_err(|busy| Box::new(turned_away(&service, busy)))?;
                match appended.pop() {
                    Some(Appended::New(entry)) => (entry.record, "erased", Some(entries)),
                    Some(Appended::Known(entry)) => (entry.record, "known", None),
                    Some(Appended::Refused(why)) => {
                        return Err(refuse(Problem::conflict(why.to_string())));
                    }
                    None => return Err(refuse(Problem::failed("the order was not kept"))),
                }
            }
        }
    };
    // What was refused meanwhile may name it too.
    forget_rejects(&service, &order).await?;
    until(&service, entry).await?;
    let object = order.object.key();
    let named = service
        .ask(move |views| views.object(&object))
        .await
        .map_err(refuse)?;
    let shown = all(&service).await.map_err(refuse)?;
    let ordered = shown.into_iter().find(|one| one.record == entry);
    let mut answer = match ordered {
        Some(ordered) => self::shown(&service, &ordered).map_err(refuse)?,
        None => json!({ "record": entry, "forgotten": true }),
    };
    answer["status"] = json!(status);
    answer["entries_erased"] = json!(appeared);
    // Events of others name it still: they are others' content, to be ordered for themselves.
    answer["still_named_by"] = json!(named.map_or(0, |row| row.events));
    Ok(Json(answer).into_response())
}

async fn plan(service: &Arc<Service>, order: Order) -> Result<Planned, Refused> {
    let service = Arc::clone(service);
    let planning = tokio::task::spawn_blocking(move || {
        let label = order.object.label();
        let unit = service.committer.look(|ledger| ledger.units().find(&label));
        let unit = unit.map_err(|error| OrderError::Ledger(error.into()))?;
        let (data, owner) = service.committer.look(|ledger| {
            let place = ledger.place();
            let owner = owner(place, ledger.records(), crate::rows::OFFSET_MINUTES);
            (place.folder().to_owned(), owner)
        });
        let bearings = Bearings {
            data: &data,
            source: &Looked(&service.committer),
            query: &*service.views,
            owner,
        };
        order.plan(unit, &bearings, milliseconds_now())
    });
    let planned = planning.await;
    let planned = planned.map_err(|_| refuse(Problem::failed("the order could not be read")))?;
    planned.map_err(|error| refuse(problem_of(error)))
}

/// The ledger, looked at for one record after the other, so that writing goes on between them.
struct Looked<'c>(&'c Committer);

impl RecordSource for Looked<'_> {
    fn records(&self) -> u64 {
        self.0.look(Ledger::records)
    }

    fn record(&self, number: u64) -> Result<Stored, LedgerError> {
        self.0.look(|ledger| ledger.record(number))
    }
}

async fn forget_rejects(service: &Arc<Service>, order: &Order) -> Result<(), Refused> {
    if service.intake.rejects.forget(order.object.id.clone()).await {
        return Ok(());
    }
    let why = "the reject queue may still name it; order it again under the same number";
    Err(refuse(Problem::failed(why)))
}

/// Waits until the views have every record that there is now.
pub(crate) async fn current(service: &Arc<Service>) -> Result<(), Refused> {
    let records = service.committer.look(cage_ledger::Ledger::records);
    let Some(last) = records.checked_sub(1) else {
        return Ok(());
    };
    let reached = until(service, last);
    match tokio::time::timeout(CURRENT_WITHIN, reached).await {
        Ok(reached) => reached,
        Err(_) => Err(refuse(Problem::failed(
            "the views are behind the ledger; try again later",
        ))),
    }
}

/// Waits until the views have a record.
async fn until(service: &Arc<Service>, record: u64) -> Result<(), Refused> {
    loop {
        let position = service
            .ask(|views| views.position())
            .await
            .map_err(refuse)?;
        if position.records > record {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn all(service: &Arc<Service>) -> Result<Vec<Ordered>, Problem> {
    let service = Arc::clone(service);
    let reading = tokio::task::spawn_blocking(move || {
        let read = |record| service.committer.look(|ledger| ledger.record(record));
        orders(&*service.views, &read)
    });
    let failed = |_| Problem::failed("the orders cannot be read");
    reading.await.map_err(failed)?.map_err(Problem::from)
}

/// An order with where its entry is. It is listed once the views have it, and they have it once they are made anew.
fn shown(service: &Service, ordered: &Ordered) -> Result<Value, Problem> {
    let stored = service.committer.look(|ledger| {
        let logs = ledger.logs();
        ledger.record(ordered.record).map(|stored| (stored, logs))
    });
    let (stored, logs) = stored.map_err(|_| Problem::failed("the order's entry cannot be read"))?;
    let mut row = json!(ordered);
    if let Record::Entry {
        log, index, leaf, ..
    } = stored.record
    {
        let origin = logs.get(log).map_or("", |log| &*log.origin);
        row["log"] = json!(origin);
        row["index"] = json!(index);
        row["accepted"] = json!(shown_time(Instant::from_milliseconds(leaf.accepted)));
        row["proof"] = json!(proof_path(origin, index));
    }
    row["forgotten"] = json!(true);
    Ok(row)
}

/// What a request's body gives; the field that is wrong is named.
pub(crate) fn given<T: DeserializeOwned>(
    body: Result<Bytes, BytesRejection>,
) -> Result<T, Refused> {
    let body = body.map_err(|rejection| {
        Box::new(crate::events::problem(
            rejection.status(),
            &rejection.body_text(),
        ))
    })?;
    let mut deserializer = serde_json::Deserializer::from_slice(&body);
    let read = serde_path_to_error::deserialize(&mut deserializer);
    read.map_err(|error| {
        let field = error.path().to_string();
        refuse(Problem::unprocessable(&field, error.inner().to_string()))
    })
}

pub(crate) fn refuse(problem: Problem) -> Refused {
    Box::new(problem.into_response())
}

impl From<OrderFault> for Problem {
    fn from(fault: OrderFault) -> Self {
        Self::unprocessable(fault.field, fault.wrong)
    }
}

impl From<HoldError> for Problem {
    fn from(error: HoldError) -> Self {
        match error {
            HoldError::Store(error) => Self::from(error),
            HoldError::Ledger(_) => Self::failed("a record cannot be read; run `ironcage verify`"),
        }
    }
}

fn problem_of(error: OrderError) -> Problem {
    let said = error.to_string();
    match error {
        OrderError::Fault(fault) => fault.into(),
        OrderError::Nothing => Problem::absent(said),
        OrderError::Held(_) | OrderError::Number { .. } => Problem::conflict(said),
        OrderError::Store(error @ StoreError::TooLong { .. }) => error.into(),
        OrderError::Store(error) => HoldError::Store(error).into(),
        OrderError::Ledger(error) => HoldError::Ledger(error).into(),
        // It names a file of ours, which is nobody's business outside.
        OrderError::Trial(_) => Problem::failed("what would be left cannot be found out"),
    }
}
