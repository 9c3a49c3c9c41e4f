//! An outcome made by hand: a dozen rules of every severity, findings with every kind of number,
//! stories short and long, and a flow.

use std::collections::BTreeMap;
use std::sync::Arc;

use cage_flow::{Alignment, Element, ElementKind, Label, Model, Move, Net, TransitionId};
use cage_model::{
    Bilingual, EventRef, Finding, FindingId, Grade, Instant, Interner, Payload, Reason, Severity,
    Symbol, Tally, Time, Verdict,
};
use cage_runtime::{
    Activity, FlowOutcome, FlowStep, FlowVariant, InsertedActivity, LogSummary, Month, Notice,
    ObjectTable, Outcome, PackSummary, RuleOutcome, Story, StoryEvent, StoryRule, WorstObject,
};

/// Objects of the fixture.
const OBJECTS: u32 = 40;

pub(crate) fn both(zh: &str, en: &str) -> Bilingual {
    Bilingual {
        zh: zh.to_owned(),
        en: en.to_owned(),
    }
}

pub(crate) fn at(text: &str) -> Time {
    Time::parse(text).unwrap()
}

/// The `number`th hour after the fixture's beginning.
fn hour(number: i64) -> Instant {
    at("2026-03-02T09:00:00+08:00")
        .instant()
        .plus(number * 3_600_000_000)
}

struct Maker {
    names: Interner,
}

impl Maker {
    fn event(&mut self, activity: &str, number: u64) -> EventRef {
        EventRef {
            position: number,
            at: hour(number as i64),
            activity: self.names.intern(activity),
        }
    }

    fn finding(&mut self, rule: u16, object: u32, payload: Payload, reason: Reason) -> Finding {
        let number = u64::from(object) * 7 + u64::from(rule);
        let other = !matches!(reason, Reason::NotFollowed | Reason::Overdue);
        Finding {
            rule,
            object_type: 0,
            object,
            verdict: match reason {
                Reason::DataMissing => Verdict::Undecided,
                _ => Verdict::Violated,
            },
            trigger: Some(self.event("application.accepted", number)),
            other: other.then(|| self.event("decision.made", number + 5)),
            at: hour(number as i64 + if other { 5 } else { 480 }),
            reason,
            payload,
        }
    }
}

const RULES: [(&str, &str, &str, &str, Severity, Reason); 8] = [
    (
        "PO-01",
        "response",
        "收件后未在五个工作日内受理或告知",
        "No answer within five working days",
        Severity::Red,
        Reason::NotFollowed,
    ),
    (
        "PO-03",
        "deadline",
        "超过法定期限未作决定",
        "No decision within the statutory limit",
        Severity::Red,
        Reason::Overdue,
    ),
    (
        "PO-05",
        "separation",
        "审核与决定由同一人办理",
        "Reviewed and decided by one person",
        Severity::Red,
        Reason::SamePerson,
    ),
    (
        "PO-07",
        "duration",
        "过快件",
        "Decided too fast",
        Severity::Yellow,
        Reason::TooFast,
    ),
    (
        "PO-08",
        "order",
        "未按顺序办件",
        "Taken out of turn",
        Severity::Yellow,
        Reason::Overtaken,
    ),
    (
        "PO-09",
        "sequence",
        "许可编号缺号",
        "A permit number is missing",
        Severity::Red,
        Reason::NumberMissing,
    ),
    (
        "PO-10",
        "immutable",
        "费用事后改动",
        "The fee was changed afterwards",
        Severity::Notice,
        Reason::Changed,
    ),
    (
        "PO-13",
        "flow",
        "偏离审批流程",
        "Leaves the published flow",
        Severity::Yellow,
        Reason::DataMissing,
    ),
];

fn payload(reason: Reason, object: u32, names: &mut Interner) -> Payload {
    let hour = 3_600_000_000;
    match reason {
        Reason::NotFollowed | Reason::Overdue => {
            Payload::Due(self::hour(i64::from(object) * 7 + 470))
        }
        Reason::TooFast => Payload::Span {
            measured: i64::from(object) * 60_000_000,
            limit: hour,
        },
        Reason::Overtaken => Payload::Count {
            counted: u64::from(object) + 9,
            limit: 8,
        },
        Reason::NumberMissing => Payload::Missing {
            first: 1_000 + i64::from(object),
            last: 1_001 + i64::from(object),
        },
        Reason::Changed | Reason::SamePerson => Payload::Values {
            before: names.intern("1200.00"),
            after: names.intern("600.00"),
        },
        _ => Payload::Field(names.intern("event.officer")),
    }
}

/// The outcome, with `object` as the name of every object and `text` in every place that a log or
/// a pack can fill.
pub(crate) fn outcome(object: impl Fn(u32) -> String, text: &str) -> Outcome {
    let mut maker = Maker {
        names: Interner::new(),
    };
    let mut findings = Vec::new();
    let mut rules = Vec::new();
    for (number, (id, kind, zh, en, severity, reason)) in (0u16..).zip(RULES) {
        let broken: Vec<u32> = (0..OBJECTS)
            .filter(|one| one % (u32::from(number) + 2) == 0)
            .collect();
        for one in &broken {
            let payload = payload(reason, *one, &mut maker.names);
            findings.push(maker.finding(number, *one, payload, reason));
        }
        rules.push(rule(
            (id, kind),
            &both(zh, en),
            severity,
            broken.len() as u64,
            text,
        ));
    }
    let kind = maker.names.intern("case");
    let ids: Vec<Symbol> = (0..OBJECTS)
        .map(|one| maker.names.intern(&object(one)))
        .collect();
    let worst = (0..3)
        .map(|one| worst(&object(one), &findings, one, text))
        .collect();
    Outcome {
        pack: PackSummary {
            id: format!("permit-office{text}"),
            version: "1.0.0".to_owned(),
            title: both(
                &format!("审批窗口示例规则包{text}"),
                &format!("Permit office{text}"),
            ),
            hash: [0x5a; 32],
        },
        log: log(text),
        as_of: Some(at("2026-09-30T17:30:00+08:00")),
        zone: None,
        finite: false,
        rules,
        flows: vec![flow(text)],
        findings,
        names: maker.names,
        objects: vec![ObjectTable { kind, ids }],
        notices: vec![Notice {
            rule: Some("PO-12".to_owned()),
            text: both(
                &format!("这份日志里没有 footage.stored{text}"),
                &format!("the log has no footage.stored{text}"),
            ),
        }],
        worst,
    }
}

fn log(text: &str) -> LogSummary {
    LogSummary {
        files: vec![format!("demo/permit-office.ndjson{text}")],
        events: 8_412,
        objects: BTreeMap::from([("case".to_owned(), 1_200), (format!("officer{text}"), 8)]),
        activities: [
            "application.received",
            "application.accepted",
            "decision.made",
        ]
        .iter()
        .map(|name| Activity {
            name: format!("{name}{text}"),
            events: 1_200,
        })
        .collect(),
        first: Some(at("2026-03-02T09:00:00+08:00")),
        last: Some(at("2026-09-30T17:30:00+08:00")),
        out_of_order: 31,
        ..LogSummary::default()
    }
}

fn rule(
    (id, kind): (&str, &str),
    title: &Bilingual,
    severity: Severity,
    violated: u64,
    text: &str,
) -> RuleOutcome {
    let objects = Tally {
        activated: 1_150,
        satisfied: 1_150 - violated - 2,
        violated,
        pending: 14,
        undecided: 2,
    };
    RuleOutcome {
        id: id.to_owned(),
        kind: kind.to_owned(),
        per: "case".to_owned(),
        title: both(
            &format!("{}{text}", title.zh),
            &format!("{}{text}", title.en),
        ),
        grade: Grade::Alert,
        severity,
        basis: vec![format!("licensing#42{text}")],
        risk: Some(format!("RP-1{text}")),
        wording: both(
            &format!("自“application.accepted”起，20 个工作日内必须有“decision.made”。{text}"),
            &format!(
                "After “application.accepted” there must be “decision.made” within 20 working days.{text}"
            ),
        ),
        objects,
        fulfilled: 1_150 - violated - 16,
        activations: Tally {
            activated: 1_300,
            satisfied: 1_300 - violated - 16,
            ..objects
        },
        months: (3..=9)
            .map(|month| Month {
                year: 2026,
                month,
                activated: 160,
                violated: violated * u64::from(month) / 42,
            })
            .collect(),
    }
}

fn events(object: u32, length: u64, text: &str) -> Vec<StoryEvent> {
    (0..length)
        .map(|number| StoryEvent {
            position: u64::from(object) * 7 + number * 5,
            activity: if number % 2 == 0 {
                "application.accepted"
            } else {
                "decision.made"
            }
            .to_owned()
                + text,
            time: Some(Time::new(
                hour((u64::from(object) * 7 + number * 29) as i64),
                Some(480),
            )),
            attributes: vec![
                ("matter".to_owned(), format!("construction-permit{text}")),
                ("fee".to_owned(), "1200.00".to_owned()),
            ],
            objects: vec![(
                "officer".to_owned(),
                format!("R{number}{text}"),
                "actor".to_owned(),
            )],
        })
        .collect()
}

fn worst(id: &str, findings: &[Finding], object: u32, text: &str) -> WorstObject {
    let own: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.object == object)
        .collect();
    let length = if object == 1 { 500 } else { 6 };
    let events = events(object, length, text);
    let rules = own
        .iter()
        .map(|finding| StoryRule {
            rule: finding.rule,
            verdict: finding.verdict,
            activations: Tally {
                activated: 1,
                violated: u64::from(finding.verdict == Verdict::Violated),
                ..Tally::default()
            },
            findings: vec![(FindingId([7; 16]), **finding, Bilingual::default())],
            owed: vec![both(
                &format!("还欠“decision.made”{text}"),
                &format!("still owes “decision.made”{text}"),
            )],
        })
        .collect();
    let transition = TransitionId(0);
    let moves = vec![
        Move::Both {
            event: 0,
            transition,
            label: Label(0),
        },
        Move::Model {
            transition,
            label: Label(1),
        },
        Move::Log { event: 2 },
        Move::Both {
            event: 1,
            transition,
            label: Label(2),
        },
    ];
    WorstObject {
        violations: own.len() as u64,
        story: Story {
            kind: "case".to_owned(),
            id: id.to_owned(),
            attributes: vec![(format!("applicant{text}"), format!("何某某{text}"))],
            events,
            rules,
            alignments: vec![("permit".to_owned(), Alignment { moves, cost: 2 })],
        },
    }
}

fn both_moves(number: u32) -> Move {
    Move::Both {
        event: number,
        transition: TransitionId(0),
        label: Label(number),
    }
}

fn variant(activities: &[String], objects: u64, moves: &[Move]) -> FlowVariant {
    let costly = |one: &&Move| matches!(one, Move::Log { .. } | Move::Model { .. });
    FlowVariant {
        activities: activities.to_vec(),
        objects,
        alignment: Some(Alignment {
            moves: moves.to_vec(),
            cost: moves.iter().filter(costly).count() as u32,
        }),
    }
}

fn flow(text: &str) -> FlowOutcome {
    let labels = ["application.accepted", "review.completed", "decision.made"]
        .map(|name| format!("{name}{text}"));
    let element = |name: &String| Element {
        id: name.clone(),
        name: name.clone(),
        kind: ElementKind::Task,
        lane: Some(format!("窗口{text}")),
        parent: None,
        host: None,
        bounds: None,
        line: 1,
    };
    let model = Model {
        id: format!("permit{text}"),
        name: format!("审批流程{text}"),
        elements: labels.iter().map(element).collect(),
        net: Net {
            labels: labels.to_vec(),
            ..Net::default()
        },
        notes: vec![format!("a data object changes nothing here{text}")],
        ..Model::default()
    };
    FlowOutcome {
        id: "permit".to_owned(),
        model: Arc::new(model),
        cases: 1_200,
        fitting: 1_071,
        cost: 187,
        fitness: 0.9812,
        log_fitness: 0.9876,
        variants: 23,
        frequent: vec![
            variant(&labels, 900, &[both_moves(0), both_moves(1), both_moves(2)]),
            variant(
                &[labels[0].clone(), format!("fee.recorded{text}")],
                31,
                &[
                    both_moves(0),
                    Move::Model {
                        transition: TransitionId(0),
                        label: Label(1),
                    },
                    Move::Log { event: 1 },
                ],
            ),
        ],
        not_aligned: 1,
        steps: labels
            .iter()
            .map(|label| FlowStep {
                element: label.clone(),
                label: label.clone(),
                passed: 1_180,
                skipped: 20,
            })
            .collect(),
        inserted: vec![InsertedActivity {
            activity: format!("fee.recorded{text}"),
            after: format!("decision.made{text}"),
            count: 17,
        }],
    }
}
