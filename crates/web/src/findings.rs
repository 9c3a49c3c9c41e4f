//! What was found: findings as they stand, each with its evidence, and every change in its order.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use cage_model::FindingId;
use cage_store::{FindingFilter, FindingPlace};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::acts::{self, Act};
use crate::asked::{Asked, Named, Order, PAGE_MAX, from, page, place, turned, until};
use crate::problem::{Problem, Refusals};
use crate::rows::{Change, Finding, GradeWord, StandingWord, VerdictWord};
use crate::state::Service;

/// Name of the list in its cursors.
const LIST: &str = "findings";

/// Which findings. What is given must all hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FindingsAsked {
    /// How they stand.
    #[param(inline)]
    status: Option<StandingWord>,
    /// Of this pack.
    pack: Option<String>,
    /// Of this version of a pack.
    version: Option<String>,
    /// Of this rule.
    rule: Option<String>,
    /// Of rules with this grade.
    #[param(inline)]
    grade: Option<GradeWord>,
    /// About objects of this type.
    object_type: Option<String>,
    /// About the object with this id.
    object: Option<String>,
    /// With this verdict.
    #[param(inline)]
    verdict: Option<VerdictWord>,
    /// That became true on this day, at this time, or later.
    from: Option<String>,
    /// That became true on this day or earlier, or before this time.
    to: Option<String>,
    /// In which order they were opened.
    #[serde(default)]
    #[param(inline)]
    order: Order,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows of a page: 1 to 1,000, 50 where nothing is given.
    limit: Option<u64>,
}

/// A page of findings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingsPage {
    findings: Vec<Finding>,
    /// The cursor of the next page, when there is one.
    next: Option<String>,
}

impl FindingsAsked {
    fn filter(&self) -> Result<FindingFilter, Problem> {
        Ok(FindingFilter {
            standing: self.status.map(Into::into),
            pack: self.pack.clone(),
            version: self.version.clone(),
            rule: self.rule.clone(),
            grade: self.grade.map(Into::into),
            object_type: self.object_type.clone(),
            object_id: self.object.clone(),
            verdict: self.verdict.map(Into::into),
            from: from("from", self.from.as_deref())?,
            until: until("to", self.to.as_deref())?,
        })
    }
}

/// Findings as they stand.
#[utoipa::path(get, path = "/v1/findings", operation_id = "list_findings", tag = "findings", params(FindingsAsked),
    responses((status = 200, description = "A page of findings.", body = FindingsPage), Refusals))]
pub(crate) async fn list(
    State(service): State<Arc<Service>>,
    Asked(asked): Asked<FindingsAsked>,
) -> Result<Json<FindingsPage>, Problem> {
    let (filter, limit) = (asked.filter()?, page(asked.limit)?);
    let after = place(LIST, asked.cursor.as_deref())?.map(FindingPlace);
    let order = asked.order.into();
    let rows = service
        .ask(move |views| views.findings(&filter, after, order, limit + 1))
        .await?;
    let (rows, next) = turned(LIST, rows, limit, |row| row.opened);
    let findings = rows.iter().map(Finding::from).collect();
    Ok(Json(FindingsPage { findings, next }))
}

/// A finding with what proves it and what became of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingDetails {
    #[serde(flatten)]
    finding: Finding,
    /// The events that the finding names: the one that set the rule off, then the one that broke it.
    evidence: Vec<Act>,
    /// What became of it, in order; at most 1,000 changes.
    history: Vec<Change>,
}

/// One finding with its evidence and history.
#[utoipa::path(get, path = "/v1/findings/{id}", operation_id = "one_finding", tag = "findings",
    params(("id" = String, Path, description = "32 hexadecimal digits.")),
    responses((status = 200, description = "The finding.", body = FindingDetails), Refusals))]
pub(crate) async fn one(
    State(service): State<Arc<Service>>,
    Named(id): Named<String>,
) -> Result<Json<FindingDetails>, Problem> {
    let id = finding_id(&id)?;
    let found = service.ask(move |views| {
        let found = views.finding(id)?;
        Ok((found, views.history(id, 0, PAGE_MAX)?))
    });
    let (found, history) = found.await?;
    let row = found.ok_or_else(|| Problem::absent("there is no finding with this id"))?;
    let last = &row.last;
    let mut records: Vec<u64> = [&last.trigger, &last.other]
        .into_iter()
        .flatten()
        .map(|seen| seen.record)
        .collect();
    records.dedup();
    let evidence = acts::read(&service, records).await?;
    Ok(Json(FindingDetails {
        finding: Finding::from(&row),
        evidence,
        history: history.iter().map(Change::from).collect(),
    }))
}

fn finding_id(text: &str) -> Result<FindingId, Problem> {
    let wrong = || Problem::wrong("id", "must be 32 hexadecimal digits");
    if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    let number = u128::from_str_radix(text, 16).map_err(|_| wrong())?;
    Ok(FindingId(number.to_be_bytes()))
}

/// From which change on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ChangesAsked {
    /// After the change with this number.
    #[serde(default)]
    after: u64,
    /// Changes of one answer: 1 to 1,000, 50 where nothing is given.
    limit: Option<u64>,
}

/// Some changes in their order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Changes {
    changes: Vec<Change>,
    /// Number of the last one, for `after` of the next question.
    last: Option<u64>,
    /// Number of changes in all.
    total: u64,
    /// Numbers up to this one, but 0, may be from before an erasure. When it is another than in the page before, begin
    /// again after 0: what is left was told anew.
    told_anew_after: u64,
}

/// Every change of a finding, in the order in which they were told.
#[utoipa::path(get, path = "/v1/changes", operation_id = "list_changes", tag = "findings", params(ChangesAsked),
    responses((status = 200, description = "Changes after a number.", body = Changes), Refusals))]
pub(crate) async fn changes(
    State(service): State<Arc<Service>>,
    Asked(asked): Asked<ChangesAsked>,
) -> Result<Json<Changes>, Problem> {
    let (after, limit) = (asked.after, page(asked.limit)?);
    let asked = service.ask(move |views| {
        let changes = views.changes(after, limit)?;
        // In this order, so that no change is taken for one from before an erasure.
        Ok((changes, views.position()?.changes, views.jumped()?))
    });
    let (changes, total, told_anew_after) = asked.await?;
    Ok(Json(Changes {
        last: changes.last().map(|change| change.number),
        changes: changes.iter().map(Change::from).collect(),
        total,
        told_anew_after,
    }))
}
