//! Figures of sources in the text format of Prometheus.

use std::fmt::Write as _;

use cage_gateway::Vocabulary;
use cage_ledger::milliseconds_now;

use super::figures::Figures;
use crate::state::Service;

/// Sources that have figures of their own among the metrics: those that sent most.
const METRICS_MAX: usize = 100;

/// One figure of a source.
struct Family {
    name: &'static str,
    kind: &'static str,
    help: &'static str,
    value: fn(&Figures, &Moment<'_>) -> i64,
}

/// What figures are reckoned against.
struct Moment<'m> {
    now: u64,
    vocabulary: &'m Vocabulary,
}

const FAMILIES: [Family; 9] = [
    Family {
        name: "source_events_accepted_total",
        kind: "counter",
        help: "Events of a source that were kept.",
        value: |figures, _| whole(figures.accepted),
    },
    Family {
        name: "source_events_rejected_total",
        kind: "counter",
        help: "Events of a source that were refused.",
        value: |figures, _| whole(figures.rejected + figures.conflicts),
    },
    Family {
        name: "source_events_last_minute",
        kind: "gauge",
        help: "Events of a source in the last minute.",
        value: |figures, moment| whole(figures.rates(moment.now).0),
    },
    Family {
        name: "source_numbers_missing",
        kind: "gauge",
        help: "Numbers of a source that did not come.",
        value: |figures, _| whole(figures.numbers.missing()),
    },
    Family {
        name: "source_last_seen_milliseconds",
        kind: "gauge",
        help: "When a source's last event was kept, since 1970.",
        value: |figures, _| whole(figures.last_seen),
    },
    Family {
        name: "source_silence_milliseconds",
        kind: "gauge",
        help: "For how long a source has said nothing.",
        value: |figures, moment| whole(figures.silence(moment.now).now),
    },
    Family {
        name: "source_lag_p99_milliseconds",
        kind: "gauge",
        help: "From a source's own time to being kept, 99th percentile.",
        value: |figures, _| figures.lag().map_or(0, |[_, _, p99]| p99),
    },
    Family {
        name: "source_drifts",
        kind: "gauge",
        help: "What a source does otherwise than in its first events.",
        value: |figures, _| whole(figures.drift().len() as u64),
    },
    Family {
        name: "source_undeclared",
        kind: "gauge",
        help: "Types, objects, attributes and kinds of values of a source that no pack in force declares.",
        value: |figures, moment| whole(figures.undeclared(moment.vocabulary).len() as u64),
    },
];

fn whole(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Figures of the sources that sent most.
pub(crate) fn metrics(service: &Service, text: &mut String) {
    let mut sources = service.intake.sources.after("", usize::MAX);
    sources.sort_by_key(|(_, figures)| std::cmp::Reverse(figures.accepted));
    sources.truncate(METRICS_MAX);
    let vocabulary = service.intake.admission.now();
    let moment = Moment {
        now: milliseconds_now(),
        vocabulary: &vocabulary,
    };
    for Family {
        name,
        kind,
        help,
        value,
    } in FAMILIES
    {
        let _ = writeln!(
            text,
            "# HELP ironcage_{name} {help}\n# TYPE ironcage_{name} {kind}"
        );
        for (source, figures) in &sources {
            let label = source
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            let value = value(figures, &moment);
            let _ = writeln!(text, "ironcage_{name}{{source=\"{label}\"}} {value}");
        }
    }
    let free = service.intake.bodies.free();
    let _ = writeln!(
        text,
        "# HELP ironcage_body_bytes_free Memory for bodies that is free.\n\
         # TYPE ironcage_body_bytes_free gauge\nironcage_body_bytes_free {free}"
    );
    let rejects = &service.intake.rejects;
    let _ = writeln!(
        text,
        "# HELP ironcage_rejects_lost_total Refused events that were not even counted by source.\n\
         # TYPE ironcage_rejects_lost_total counter\nironcage_rejects_lost_total {}",
        rejects.lost()
    );
}
