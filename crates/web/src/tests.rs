//! The API against a small ledger whose views these tests fill themselves.

mod document;
mod questions;

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use cage_ledger::{Appended, Committer, Ledger, LedgerOptions};
use cage_model::{FindingId, Grade, Instant, Severity, Verdict};
use cage_store::{
    Batch, Change, ChangeKind, Clock, NewEvent, ObjectClocks, ObjectKey, Owner, PackRow,
    Project as _, RuleText, Seen, SqliteViews,
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::intake::{Intake, IntakeOptions};
use crate::server::routes;
use crate::state::Service;

/// A ledger with 40 events in 2026, their views, and the routes over both.
struct Office {
    routes: axum::Router,
    views: SqliteViews,
    committer: Committer,
    writer: Option<std::thread::JoinHandle<Result<(), cage_ledger::LedgerError>>>,
    _place: tempfile::TempDir,
}

/// An id that every layer must leave alone.
const STRANGE: &str = "贵A/1 100%+ü?&#";

fn event(number: u64) -> Value {
    let mut objects = vec![
        json!({ "type": "case", "id": format!("C{}", number % 5) }),
        json!({ "type": "officer", "id": format!("P{}", number % 3), "qualifier": "actor" }),
    ];
    if number.is_multiple_of(10) {
        objects.push(json!({ "type": "plate", "id": STRANGE }));
    }
    json!({
        "specversion": "1.0", "id": number.to_string(), "source": "window/3",
        "type": if number.is_multiple_of(2) { "accept" } else { "decide" },
        "time": format!("2026-02-{:02}T09:00:00+08:00", 1 + number / 10),
        "data": { "objects": objects, "attributes": { "n": number } },
    })
}

fn happened(number: u64) -> Instant {
    let text = format!("2026-02-{:02}T09:00:00+08:00", 1 + number / 10);
    cage_model::Time::parse(&text).unwrap().instant()
}

fn change(number: u64, kind: ChangeKind, finding: u8, rule: &str, record: u64) -> Change {
    Change {
        number,
        record,
        told: happened(record),
        kind,
        finding: FindingId([finding; 16]),
        rule: RuleText {
            pack: "dui".to_owned(),
            version: "1".to_owned(),
            rule: rule.to_owned(),
            title_zh: "血样未按时送检".to_owned(),
            title_en: "Blood sample sent late".to_owned(),
            severity: Severity::Red,
            grade: if rule == "R1" {
                Grade::Block
            } else {
                Grade::Alert
            },
        },
        object: ObjectKey::new("case", format!("C{}", record % 5)),
        verdict: Verdict::Violated,
        reason: "overdue".to_owned(),
        at: happened(record),
        trigger: Some(Seen {
            record,
            activity: "accept".to_owned(),
            at: happened(record),
        }),
        other: None,
        text_zh: "逾期两日".to_owned(),
        text_en: "two days late".to_owned(),
    }
}

impl Office {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("ledger");
        let options = LedgerOptions {
            segment_bytes: 1 << 20,
            ..LedgerOptions::new(folder, "ledger.example", "0151")
        };
        let mut ledger = Ledger::open(options).unwrap();
        let receipts = ledger.place().receipt_signer().unwrap();
        let drafts: Vec<_> = (0..40)
            .map(|number| {
                cage_gateway::one(event(number).to_string().as_bytes())
                    .unwrap()
                    .draft
            })
            .collect();
        let kept = ledger.append(&drafts, 1_780_000_000_000).unwrap();
        assert!(kept.iter().all(|kept| matches!(kept, Appended::New(_))));
        ledger.tick(1_780_000_000_001).unwrap();
        let owner = Owner {
            ledger: "tests".to_owned(),
            records: 41,
            offset_minutes: 480,
        };
        let (mut views, _) = SqliteViews::open(&place.path().join("views.sqlite"), &owner).unwrap();
        views.commit(&Self::batch(0, 40)).unwrap();
        let intake =
            Intake::open(&ledger, &IntakeOptions::default(), Arc::default(), u64::MAX).unwrap();
        let (committer, writer) = Committer::start(ledger, |_| {}).unwrap();
        let service = Service::new(committer.clone(), receipts, views.query(), intake);
        Self {
            routes: routes(Arc::clone(&service)),
            views,
            committer,
            writer: Some(writer),
            _place: place,
        }
    }

    /// The events of a range, five findings, two clocks and a pack.
    fn batch(first: u64, next: u64) -> Batch {
        let mut batch = Batch::new(first);
        for record in first..next {
            let event = event(record);
            let objects = event["data"]["objects"].as_array().unwrap().iter();
            let objects = objects.map(|object| {
                (
                    object["type"].as_str().unwrap(),
                    object["id"].as_str().unwrap(),
                )
            });
            let new = NewEvent {
                record,
                accepted: Instant(1_780_000_000_000_000),
                claimed: Some(happened(record)),
                source: "window/3",
                kind: event["type"].as_str().unwrap(),
            };
            batch.event(&new, objects);
        }
        batch.changes = vec![
            change(1, ChangeKind::Opened, 0xa1, "R1", 3),
            change(2, ChangeKind::Opened, 0xa2, "R2", 4),
            change(3, ChangeKind::Opened, 0xa3, "R1", 14),
            change(4, ChangeKind::Withdrawn, 0xa2, "R2", 4),
            change(5, ChangeKind::Amended, 0xa1, "R1", 3),
        ];
        let clock = |case: &str, due: u64| ObjectClocks {
            object: ObjectKey::new("case", case),
            pack: "dui".to_owned(),
            clocks: vec![Clock {
                rule: "R1".to_owned(),
                trigger: Some(due),
                due: happened(due),
                reminder: None,
            }],
        };
        batch.clocks = vec![clock("C1", 30), clock("C2", 20)];
        batch.packs = vec![PackRow {
            since: 0,
            pack: "dui".to_owned(),
            version: "1".to_owned(),
            hash: "00".to_owned(),
        }];
        batch
    }

    /// Status, content type and body of an answer.
    async fn raw(&self, path: &str) -> (u16, String, Vec<u8>) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = self.routes.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let kind = answer
            .headers()
            .get("content-type")
            .map_or("", |kind| kind.to_str().unwrap())
            .to_owned();
        let body = to_bytes(answer.into_body(), 1 << 22).await.unwrap();
        (status, kind, body.to_vec())
    }

    async fn get(&self, path: &str) -> Value {
        let (status, _, body) = self.raw(path).await;
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    /// What is said of a question that is refused: status, field and detail.
    async fn refused(&self, path: &str) -> (u16, String, String) {
        let (status, kind, body) = self.raw(path).await;
        let said: Value = serde_json::from_slice(&body).unwrap_or_default();
        assert_eq!(kind, "application/problem+json", "{path}: {said}");
        assert_eq!(said["status"], status);
        let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        (status, text("field"), text("detail"))
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.committer.stop();
        let _ = self.writer.take().map(std::thread::JoinHandle::join);
    }
}

/// One member of each row of a list.
fn each(answer: &Value, list: &str, member: &str) -> Vec<Value> {
    let rows = answer[list].as_array().unwrap().iter();
    rows.map(|row| row[member].clone()).collect()
}
