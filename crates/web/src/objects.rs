//! Objects, cases among them: how much there is of each, what is due, what was found, what happened.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use cage_store::{Direction, FindingFilter, ObjectFilter, ObjectKey, Standing};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::acts::{EventsAsked, EventsPage, events};
use crate::asked::{Asked, Named, page, place, turned};
use crate::problem::{Problem, Refusals};
use crate::rows::{Clock, Finding, ObjectSummary, clocks};
use crate::state::Service;

/// Name of the list in its cursors.
const LIST: &str = "objects";
/// The type of cases.
pub(crate) const CASE: &str = "case";
/// Findings that are shown with an object; the others are in the list of findings.
const FINDINGS_SHOWN: usize = 100;

/// Which objects.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ObjectsAsked {
    /// Of this type; of all types where nothing is given.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Whose id begins with this.
    #[serde(default)]
    q: String,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows of a page: 1 to 1,000, 50 where nothing is given.
    limit: Option<u64>,
}

/// Which cases.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CasesAsked {
    /// Whose id begins with this.
    #[serde(default)]
    q: String,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows of a page: 1 to 1,000, 50 where nothing is given.
    limit: Option<u64>,
}

/// A page of objects.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ObjectsPage {
    objects: Vec<ObjectSummary>,
    /// The cursor of the next page, when there is one.
    next: Option<String>,
}

/// An object with what is due and what was found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ObjectDetails {
    #[serde(flatten)]
    object: ObjectSummary,
    /// Its open clocks.
    clocks: Vec<Clock>,
    /// Findings about it that stand, the newest first; at most 100.
    findings: Vec<Finding>,
}

/// Objects in the order of their ids.
#[utoipa::path(get, path = "/v1/objects", operation_id = "list_objects", tag = "objects", params(ObjectsAsked),
    responses((status = 200, description = "A page of objects.", body = ObjectsPage), Refusals))]
pub(crate) async fn list(
    State(service): State<Arc<Service>>,
    Asked(asked): Asked<ObjectsAsked>,
) -> Result<Json<ObjectsPage>, Problem> {
    let limit = page(asked.limit)?;
    let after: Option<(String, String)> = place(LIST, asked.cursor.as_deref())?;
    let filter = ObjectFilter {
        kind: asked.kind,
        prefix: asked.q,
        after: after.map(|(kind, id)| ObjectKey { kind, id }),
    };
    let rows = service
        .ask(move |views| views.objects(&filter, limit + 1))
        .await?;
    let place = |row: &cage_store::ObjectRow| (row.object.kind.clone(), row.object.id.clone());
    let (rows, next) = turned(LIST, rows, limit, place);
    let objects = rows.iter().map(ObjectSummary::from).collect();
    Ok(Json(ObjectsPage { objects, next }))
}

/// One object: how much there is of it, its open clocks and findings.
#[utoipa::path(get, path = "/v1/objects/{type}/{id}", operation_id = "one_object", tag = "objects",
    params(("type" = String, Path, description = "Its type."), ("id" = String, Path, description = "Its id.")),
    responses((status = 200, description = "The object.", body = ObjectDetails), Refusals))]
pub(crate) async fn one(
    State(service): State<Arc<Service>>,
    Named((kind, id)): Named<(String, String)>,
) -> Result<Json<ObjectDetails>, Problem> {
    details(&service, ObjectKey { kind, id }).await.map(Json)
}

/// What happened to one object: every event that names it.
#[utoipa::path(get, path = "/v1/objects/{type}/{id}/events", operation_id = "list_events_of_object", tag = "objects",
    params(("type" = String, Path, description = "Its type."), ("id" = String, Path, description = "Its id."), EventsAsked),
    responses((status = 200, description = "A page of events.", body = EventsPage), Refusals))]
pub(crate) async fn timeline(
    State(service): State<Arc<Service>>,
    Named((kind, id)): Named<(String, String)>,
    Asked(asked): Asked<EventsAsked>,
) -> Result<Json<EventsPage>, Problem> {
    let about = Some(ObjectKey { kind, id });
    events(&service, asked, about).await.map(Json)
}

/// Cases in the order of their ids.
#[utoipa::path(get, path = "/v1/cases", operation_id = "list_cases", tag = "cases", params(CasesAsked),
    responses((status = 200, description = "A page of cases.", body = ObjectsPage), Refusals))]
pub(crate) async fn cases(
    state: State<Arc<Service>>,
    Asked(asked): Asked<CasesAsked>,
) -> Result<Json<ObjectsPage>, Problem> {
    let asked = ObjectsAsked {
        kind: Some(CASE.to_owned()),
        q: asked.q,
        cursor: asked.cursor,
        limit: asked.limit,
    };
    list(state, Asked(asked)).await
}

/// One case: how much there is of it, its open clocks and findings.
#[utoipa::path(get, path = "/v1/cases/{id}", operation_id = "one_case", tag = "cases",
    params(("id" = String, Path, description = "Its id.")),
    responses((status = 200, description = "The case.", body = ObjectDetails), Refusals))]
pub(crate) async fn one_case(
    State(service): State<Arc<Service>>,
    Named(id): Named<String>,
) -> Result<Json<ObjectDetails>, Problem> {
    details(&service, ObjectKey::new(CASE, id)).await.map(Json)
}

/// What happened in one case.
#[utoipa::path(get, path = "/v1/cases/{id}/events", operation_id = "list_events_of_case", tag = "cases",
    params(("id" = String, Path, description = "Its id."), EventsAsked),
    responses((status = 200, description = "A page of events.", body = EventsPage), Refusals))]
pub(crate) async fn case_timeline(
    State(service): State<Arc<Service>>,
    Named(id): Named<String>,
    Asked(asked): Asked<EventsAsked>,
) -> Result<Json<EventsPage>, Problem> {
    let about = Some(ObjectKey::new(CASE, id));
    events(&service, asked, about).await.map(Json)
}

async fn details(service: &Arc<Service>, object: ObjectKey) -> Result<ObjectDetails, Problem> {
    let asked = service.ask(move |views| {
        let filter = FindingFilter {
            standing: Some(Standing::Open),
            object_type: Some(object.kind.clone()),
            object_id: Some(object.id.clone()),
            ..FindingFilter::default()
        };
        let row = views.object(&object)?;
        let due = views.clocks_of(&object)?;
        let found = views.findings(&filter, None, Direction::Down, FINDINGS_SHOWN)?;
        Ok((row, due, found))
    });
    let (row, due, found) = asked.await?;
    let row = row.ok_or_else(|| Problem::absent("no event names this object"))?;
    let mut due = clocks(&due);
    due.sort_by(|one, other| one.due.cmp(&other.due));
    Ok(ObjectDetails {
        object: ObjectSummary::from(&row),
        clocks: due,
        findings: found.iter().map(Finding::from).collect(),
    })
}
