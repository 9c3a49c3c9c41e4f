//! What is due, how much there is, and which packs judge. Every figure says where what it counts is listed.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use cage_model::Instant;
use cage_store::{
    ClockFilter, EventFigure, EventFilter, FigureFilter, FindingFigure, ObjectKey, StoreError,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::asked::{Asked, cursor, day, from, page, place};
use crate::problem::{Problem, Refusals};
use crate::rows::{Clock, GradeWord, SeverityWord, clocks, escaped, event_path};
use crate::state::Service;

/// Name of the list of clocks in its cursors.
const LIST: &str = "clocks";
/// Figures of one answer at most.
const FIGURES_MAX: usize = 10_000;

/// Which clocks.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ClocksAsked {
    /// That run out before this day or time.
    due_before: Option<String>,
    /// Of objects of this type.
    object_type: Option<String>,
    /// Of this pack.
    pack: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Objects of a page: 1 to 1,000, 50 where nothing is given. All clocks of one object that run out at one time are on one page.
    limit: Option<u64>,
}

/// A page of clocks.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClocksPage {
    clocks: Vec<Clock>,
    /// The cursor of the next page, when there may be one.
    next: Option<String>,
}

/// Open clocks in the order of their running out.
#[utoipa::path(get, path = "/v1/clocks", operation_id = "list_clocks", tag = "clocks", params(ClocksAsked),
    responses((status = 200, description = "A page of clocks.", body = ClocksPage), Refusals))]
pub(crate) async fn due(
    State(service): State<Arc<Service>>,
    Asked(asked): Asked<ClocksAsked>,
) -> Result<Json<ClocksPage>, Problem> {
    let limit = page(asked.limit)?;
    let after: Option<(i64, String, String)> = place(LIST, asked.cursor.as_deref())?;
    let filter = ClockFilter {
        due_before: from("due_before", asked.due_before.as_deref())?,
        object_type: asked.object_type,
        pack: asked.pack,
        after: after.map(|(due, kind, id)| (Instant(due), ObjectKey { kind, id })),
    };
    let rows = service
        .ask(move |views| views.clocks(&filter, limit))
        .await?;
    let last = rows.last().filter(|_| rows.len() >= limit);
    let place = last.and_then(|last| {
        let due = last.clocks.first()?.due.0;
        Some((due, last.object.kind.clone(), last.object.id.clone()))
    });
    Ok(Json(ClocksPage {
        clocks: clocks(&rows),
        next: place.map(|place| cursor(LIST, &place)),
    }))
}

/// Which figures. What is given must all hold.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CountersAsked {
    /// Of this day or later, on the agency's clock.
    from: Option<String>,
    /// Of this day or earlier.
    to: Option<String>,
    /// Of events: of this type.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Of events: from this source.
    source: Option<String>,
    /// Of findings: of this pack.
    pack: Option<String>,
    /// Of findings: of this rule.
    rule: Option<String>,
    /// Of findings: of rules with this grade.
    #[param(inline)]
    grade: Option<GradeWord>,
}

/// How much there is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Counters {
    /// Records that these figures cover.
    records: u64,
    /// Sum of the events.
    events_total: u64,
    /// Events by type, source and day.
    events: Vec<EventCount>,
    /// Sum of the findings that stand.
    findings_open: u64,
    /// Sum of the findings that were taken back.
    findings_withdrawn: u64,
    /// Findings by rule and day.
    findings: Vec<FindingCount>,
}

/// Events of one type, from one source, on one day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventCount {
    /// The day on which they happened.
    day: String,
    /// What was done.
    #[serde(rename = "type")]
    kind: String,
    /// Who handed them in.
    source: String,
    /// How many.
    count: u64,
    /// Where they are listed.
    list: String,
}

/// Findings of one rule on one day.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FindingCount {
    /// The day on which they became true.
    day: String,
    /// The pack.
    pack: String,
    /// Its version.
    version: String,
    /// The rule.
    rule: String,
    /// Its title in Chinese.
    title_zh: String,
    /// Its title in English.
    title_en: String,
    severity: SeverityWord,
    grade: GradeWord,
    /// How many stand.
    open: u64,
    /// Where these are listed.
    open_list: String,
    /// How many were taken back.
    withdrawn: u64,
    /// Where these are listed.
    withdrawn_list: String,
}

/// Events by type, source and day; findings by rule and day. All are exact.
#[utoipa::path(get, path = "/v1/counters", operation_id = "list_counters", tag = "counters", params(CountersAsked),
    responses((status = 200, description = "The figures.", body = Counters), Refusals))]
pub(crate) async fn counters(
    State(service): State<Arc<Service>>,
    Asked(asked): Asked<CountersAsked>,
) -> Result<Json<Counters>, Problem> {
    let from = day("from", asked.from.as_deref())?;
    let to = day("to", asked.to.as_deref())?;
    let of_events = EventFilter {
        objects: Vec::new(),
        kind: asked.kind,
        source: asked.source,
        from,
        to,
    };
    let of_findings = FigureFilter {
        pack: asked.pack,
        rule: asked.rule,
        grade: asked.grade.map(Into::into),
        from,
        to,
    };
    let figures = service.ask(move |views| -> Result<_, StoreError> {
        let events = views.event_figures(&of_events, FIGURES_MAX + 1)?;
        let findings = views.finding_figures(&of_findings, FIGURES_MAX + 1)?;
        Ok((events, findings, views.position()?.records))
    });
    let (events, findings, records) = figures.await?;
    if events.len().max(findings.len()) > FIGURES_MAX {
        let detail = format!("there are more than {FIGURES_MAX} figures; ask for fewer days");
        return Err(Problem::wrong("from", detail));
    }
    Ok(Json(Counters {
        records,
        events_total: events.iter().map(|figure| figure.events).sum(),
        events: events.iter().map(EventCount::from).collect(),
        findings_open: findings.iter().map(|figure| figure.open).sum(),
        findings_withdrawn: findings.iter().map(|figure| figure.withdrawn).sum(),
        findings: findings.iter().map(FindingCount::from).collect(),
    }))
}

impl From<&EventFigure> for EventCount {
    fn from(figure: &EventFigure) -> Self {
        let EventFigure {
            kind,
            source,
            day,
            events,
        } = figure;
        let (of_kind, of_source) = (escaped(kind), escaped(source));
        Self {
            list: format!("/v1/events?type={of_kind}&source={of_source}&from={day}&to={day}"),
            day: day.to_string(),
            kind: kind.clone(),
            source: source.clone(),
            count: *events,
        }
    }
}

impl From<&FindingFigure> for FindingCount {
    fn from(figure: &FindingFigure) -> Self {
        let FindingFigure {
            rule,
            day,
            open,
            withdrawn,
        } = figure;
        let list = |status: &str| {
            let [pack, version, rule] =
                [&rule.pack, &rule.version, &rule.rule].map(|text| escaped(text));
            format!(
                "/v1/findings?status={status}&pack={pack}&version={version}&rule={rule}&from={day}&to={day}"
            )
        };
        Self {
            day: day.to_string(),
            pack: rule.pack.clone(),
            version: rule.version.clone(),
            rule: rule.rule.clone(),
            title_zh: rule.title_zh.clone(),
            title_en: rule.title_en.clone(),
            severity: rule.severity.into(),
            grade: rule.grade.into(),
            open: *open,
            open_list: list("open"),
            withdrawn: *withdrawn,
            withdrawn_list: list("withdrawn"),
        }
    }
}

/// Packs that were activated.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Packs {
    packs: Vec<Pack>,
}

/// A pack that was activated.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pack {
    /// The pack.
    pack: String,
    /// Its version.
    version: String,
    /// SHA-256 over its files.
    hash: String,
    /// Record since which it judges.
    since: u64,
    /// Where the entry that activated it is.
    event: String,
}

/// Packs that were activated, in the order of their activation.
#[utoipa::path(get, path = "/v1/packs", operation_id = "list_packs", tag = "packs",
    responses((status = 200, description = "The packs.", body = Packs), Refusals))]
pub(crate) async fn packs(State(service): State<Arc<Service>>) -> Result<Json<Packs>, Problem> {
    let packs = service.ask(|views| views.packs()).await?;
    let one = |row: cage_store::PackRow| Pack {
        pack: row.pack,
        version: row.version,
        hash: row.hash,
        since: row.since,
        event: event_path(row.since),
    };
    Ok(Json(Packs {
        packs: packs.into_iter().map(one).collect(),
    }))
}
