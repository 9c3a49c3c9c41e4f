//! The JSON of `ironcage check --json`; its schema is `docs/schema/check.schema.json`.
//!
//! Keys stand in one order and objects by name in the order of their names, so that two runs can
//! be compared byte by byte.

use std::collections::BTreeMap;

use cage_model::{Bilingual, Tally};
use cage_runtime::{FlowOutcome, Outcome, RuleOutcome};
use serde::Serialize;

use crate::identity::hex;
use crate::words;

/// The outcome as JSON, indented, with a line feed at its end.
#[must_use]
pub fn json(outcome: &Outcome) -> String {
    let file = File {
        schema: "https://example.org/ironcage/schema/check/1",
        pack: Pack {
            id: &outcome.pack.id,
            version: &outcome.pack.version,
            title: text(&outcome.pack.title),
            hash: hex(&outcome.pack.hash),
        },
        as_of: outcome.as_of.map(|time| time.to_string()),
        finite: outcome.finite,
        log: log(outcome),
        rules: outcome.rules.iter().map(rule).collect(),
        flows: outcome.flows.iter().map(flow).collect(),
        findings: outcome.findings.len(),
        notices: outcome
            .notices
            .iter()
            .map(|notice| Notice {
                rule: notice.rule.as_deref(),
                text: text(&notice.text),
            })
            .collect(),
    };
    // Every key is a text and no value is a map with other keys, so this cannot fail; were it to,
    // an empty object says that there is nothing.
    let mut json = serde_json::to_string_pretty(&file).unwrap_or_else(|_| "{}".to_owned());
    json.push('\n');
    json
}

#[derive(Serialize)]
struct File<'a> {
    #[serde(rename = "$schema")]
    schema: &'a str,
    pack: Pack<'a>,
    as_of: Option<String>,
    finite: bool,
    log: Log<'a>,
    rules: Vec<Rule<'a>>,
    flows: Vec<Flow<'a>>,
    findings: usize,
    notices: Vec<Notice<'a>>,
}

#[derive(Serialize)]
struct Pack<'a> {
    id: &'a str,
    version: &'a str,
    title: Text<'a>,
    hash: String,
}

#[derive(Serialize)]
struct Text<'a> {
    zh: &'a str,
    en: &'a str,
}

#[derive(Serialize)]
struct Log<'a> {
    files: &'a [String],
    events: u64,
    objects: &'a BTreeMap<String, u64>,
    activities: Vec<Activity<'a>>,
    first: Option<String>,
    last: Option<String>,
    out_of_order: u64,
    duplicates: u64,
    skipped: Skipped<'a>,
}

#[derive(Serialize)]
struct Activity<'a> {
    name: &'a str,
    events: u64,
}

#[derive(Serialize)]
struct Skipped<'a> {
    count: u64,
    first: Vec<SkippedRecord<'a>>,
}

#[derive(Serialize)]
struct SkippedRecord<'a> {
    file: &'a str,
    line: u64,
    column: u64,
    reason: &'a str,
}

#[derive(Serialize)]
struct Rule<'a> {
    id: &'a str,
    kind: &'a str,
    per: &'a str,
    title: Text<'a>,
    severity: &'static str,
    grade: &'static str,
    basis: &'a [String],
    risk: Option<&'a str>,
    activated: u64,
    satisfied: u64,
    violated: u64,
    pending: u64,
    undecided: u64,
    fulfilled: u64,
    activations: Activations,
    months: Vec<Month>,
}

#[derive(Serialize)]
struct Activations {
    total: u64,
    satisfied: u64,
    violated: u64,
    pending: u64,
    undecided: u64,
}

#[derive(Serialize)]
struct Month {
    month: String,
    activated: u64,
    violated: u64,
}

#[derive(Serialize)]
struct Flow<'a> {
    id: &'a str,
    cases: u64,
    fitting: u64,
    cost: u64,
    fitness: f64,
    log_fitness: f64,
    variants: u64,
    not_aligned: u64,
    steps: Vec<Step<'a>>,
    inserted: Vec<Inserted<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    element: &'a str,
    label: &'a str,
    passed: u64,
    skipped: u64,
}

#[derive(Serialize)]
struct Inserted<'a> {
    activity: &'a str,
    after: &'a str,
    count: u64,
}

#[derive(Serialize)]
struct Notice<'a> {
    rule: Option<&'a str>,
    text: Text<'a>,
}

fn text(text: &Bilingual) -> Text<'_> {
    Text {
        zh: text.chinese(),
        en: text.english(),
    }
}

fn log(outcome: &Outcome) -> Log<'_> {
    let log = &outcome.log;
    Log {
        files: &log.files,
        events: log.events,
        objects: &log.objects,
        activities: log
            .activities
            .iter()
            .map(|activity| Activity {
                name: &activity.name,
                events: activity.events,
            })
            .collect(),
        first: log.first.map(|time| time.to_string()),
        last: log.last.map(|time| time.to_string()),
        out_of_order: log.out_of_order,
        duplicates: log.duplicates,
        skipped: Skipped {
            count: log.skipped.count,
            first: log
                .skipped
                .first
                .iter()
                .map(|record| SkippedRecord {
                    file: &record.file,
                    line: record.place.line,
                    column: record.place.column,
                    reason: &record.reason,
                })
                .collect(),
        },
    }
}

fn rule(rule: &RuleOutcome) -> Rule<'_> {
    let Tally {
        activated,
        satisfied,
        violated,
        pending,
        undecided,
    } = rule.objects;
    let total = rule.activations;
    Rule {
        id: &rule.id,
        kind: &rule.kind,
        per: &rule.per,
        title: text(&rule.title),
        severity: words::severity(rule.severity).code,
        grade: words::grade(rule.grade).code,
        basis: &rule.basis,
        risk: rule.risk.as_deref(),
        activated,
        satisfied,
        violated,
        pending,
        undecided,
        fulfilled: rule.fulfilled,
        activations: Activations {
            total: total.activated,
            satisfied: total.satisfied,
            violated: total.violated,
            pending: total.pending,
            undecided: total.undecided,
        },
        months: rule
            .months
            .iter()
            .map(|month| Month {
                month: format!("{:04}-{:02}", month.year, month.month),
                activated: month.activated,
                violated: month.violated,
            })
            .collect(),
    }
}

fn flow(flow: &FlowOutcome) -> Flow<'_> {
    Flow {
        id: &flow.id,
        cases: flow.cases,
        fitting: flow.fitting,
        cost: flow.cost,
        fitness: flow.fitness,
        log_fitness: flow.log_fitness,
        variants: flow.variants,
        not_aligned: flow.not_aligned,
        steps: flow
            .steps
            .iter()
            .map(|step| Step {
                element: &step.element,
                label: &step.label,
                passed: step.passed,
                skipped: step.skipped,
            })
            .collect(),
        inserted: flow
            .inserted
            .iter()
            .map(|inserted| Inserted {
                activity: &inserted.activity,
                after: &inserted.after,
                count: inserted.count,
            })
            .collect(),
    }
}
