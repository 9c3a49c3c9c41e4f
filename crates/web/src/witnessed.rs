//! How far the published logs are witnessed, for lists, readiness and figures.

use std::fmt::Write as _;

use cage_ledger::{Ledger, LogState, WitnessState, Witnessing, milliseconds_now};
use serde_json::{Value, json};

use crate::state::Service;

/// After how long without enough cosignatures it is an alarm, in seconds.
const ALARM_SECONDS: u64 = 3_600;

/// The logs, and the witnesses that are asked.
pub(crate) fn look(service: &Service) -> (Vec<LogState>, Vec<WitnessState>) {
    service.committer.look(|ledger: &Ledger| {
        let witnesses = ledger.witnesses().map(|witnesses| witnesses.states());
        (ledger.logs(), witnesses.unwrap_or_default())
    })
}

/// A log as `GET /v1/logs` lists it.
pub(crate) fn log(log: &LogState) -> Value {
    let mut listed = json!({
        "origin": &*log.origin, "vkey": log.key, "size": log.size, "published": log.published,
    });
    if let (Some(witnessing), Some(fields)) = (&log.witnessing, listed.as_object_mut()) {
        let witnessed = json!({
            "by": witnessing.by, "enough": witnessing.is_enough, "enough_at": witnessing.enough_at,
            "lacking_since": witnessing.lacking_since,
        });
        fields.insert("witnessed".to_owned(), witnessed);
    }
    listed
}

/// A witness as `GET /v1/logs` lists it.
pub(crate) fn witness(witness: &WitnessState) -> Value {
    json!({
        "name": witness.name, "vkey": witness.key, "cosigned": witness.cosigned,
        "trouble": witness.trouble, "contradicts": witness.contradicts,
    })
}

/// Lines for `GET /readyz`: what is not yet witnessed, and who does not answer.
pub(crate) fn readiness(logs: &[LogState], witnesses: &[WitnessState]) -> String {
    let mut text = String::new();
    for log in logs {
        let Some(witnessing) = log.witnessing.as_ref().filter(|one| !one.is_enough) else {
            continue;
        };
        let by = match witnessing.by.as_slice() {
            [] => "none".to_owned(),
            names => names.join(", "),
        };
        let _ = writeln!(text, "not yet witnessed: {}, cosigned by {by}", log.origin);
    }
    for witness in witnesses {
        if let Some(trouble) = &witness.trouble {
            let _ = writeln!(text, "witness {}: {trouble}", witness.name);
        }
    }
    text
}

/// Figures for `GET /metrics`; nothing where no witness is asked.
pub(crate) fn figures(logs: &[LogState], witnesses: &[WitnessState]) -> String {
    let mut text = String::new();
    let of_log = |value: fn(&Witnessing) -> u64| {
        let values = logs.iter().filter_map(|log| {
            let witnessing = log.witnessing.as_ref()?;
            Some((format!("log=\"{}\"", log.origin), value(witnessing)))
        });
        values.collect::<Vec<_>>()
    };
    let of_witness = |value: fn(&WitnessState) -> u64| {
        let label = |one: &WitnessState| one.name.replace(['"', '\\'], "_");
        let values = witnesses.iter();
        let values = values.map(|one| (format!("witness=\"{}\"", label(one)), value(one)));
        values.collect::<Vec<_>>()
    };
    let figures = [
        (
            "log_witnessed_entries",
            "Entries under the last checkpoint that enough witnesses cosigned.",
            of_log(|one| one.enough_at),
        ),
        (
            "log_unwitnessed_seconds",
            "For how long a log's checkpoint has had too few cosignatures.",
            of_log(lacking_seconds),
        ),
        (
            "log_unwitnessed_alarm",
            "1 where that is more than an hour.",
            of_log(|one| u64::from(lacking_seconds(one) > ALARM_SECONDS)),
        ),
        (
            "witness_cosigned",
            "Checkpoints that a witness cosigned since the start.",
            of_witness(|one| one.cosigned),
        ),
        (
            "witness_answers",
            "0 where a witness's last answer was no cosignature.",
            of_witness(|one| u64::from(one.trouble.is_none())),
        ),
        (
            "witness_contradicts",
            "1 where a witness holds what a log does not extend: a fork or a rollback.",
            of_witness(|one| u64::from(one.contradicts)),
        ),
    ];
    for (name, help, values) in figures.iter().filter(|(_, _, values)| !values.is_empty()) {
        let _ = writeln!(
            text,
            "# HELP ironcage_{name} {help}\n# TYPE ironcage_{name} gauge"
        );
        for (labels, value) in values {
            let _ = writeln!(text, "ironcage_{name}{{{labels}}} {value}");
        }
    }
    text
}

fn lacking_seconds(witnessing: &Witnessing) -> u64 {
    witnessing.lacking_since.map_or(0, seconds_since)
}

fn seconds_since(milliseconds: u64) -> u64 {
    milliseconds_now().saturating_sub(milliseconds) / 1_000
}
