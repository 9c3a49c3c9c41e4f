//! Certificates against walking day by day, against themselves, and against forgery.

use std::collections::BTreeSet;

use cage_model::{Bilingual, Date};
use proptest::prelude::*;

use super::*;
use crate::basis::{Basis, Status};
use crate::calendar::{Holiday, Notice};
use crate::span::Span;
use crate::term::{DayRule, WorkingDays};

thread_local! {
    static SCHEMA: jsonschema::Validator = {
        let schema = serde_json::from_str(CERTIFICATE_JSON_SCHEMA).expect("a schema in JSON");
        jsonschema::validator_for(&schema).expect("a sound schema")
    };
}

#[test]
fn the_schema_knows_every_key() {
    let mut whole = facts("2026-02-10", "5 working days");
    whole.pauses.push(pause("2026-02-12", "2026-02-13"));
    let certificate = certified(whole);
    let mut value = serde_json::to_value(&certificate).expect("plain data");
    value["facts"]["calendar"]["moon"] = 1.into();
    SCHEMA.with(|schema| assert!(!schema.is_valid(&value)));
    let text = value.to_string();
    assert!(serde_json::from_str::<Certificate>(&text).is_err());
}

fn day(text: &str) -> Date {
    Date::parse(text).expect("a date of this test")
}

/// The Spring Festival of 2026 with its make-up workdays, as its notice states it.
fn calendar() -> Calendar {
    let mut calendar = Calendar::weekends();
    let notice = Notice {
        id: "cn-2026".to_owned(),
        title: text("关于2026年部分节假日安排的通知"),
        number: Some("国办发明电〔2025〕7号".to_owned()),
        issued: day("2025-11-04"),
        source: None,
        status: Status::Confirmed,
        covers: Some((day("2026-01-01"), day("2026-12-31"))),
        unsettled_from: Some(day("2026-12-26")),
        holidays: vec![Holiday {
            name: text("春节"),
            off: (0..9).map(|at| day("2026-02-15").plus(at)).collect(),
            worked: vec![day("2026-02-14"), day("2026-02-28")],
        }],
    };
    calendar.announce(notice).expect("a sound notice");
    calendar
}

fn text(words: &str) -> Bilingual {
    Bilingual {
        zh: words.to_owned(),
        en: words.to_owned(),
    }
}

fn facts(start: &str, span: &str) -> Facts {
    Facts {
        zone: Some("Asia/Shanghai".to_owned()),
        start: Start {
            at: Written(start.parse().expect("a point")),
            document: Document::default(),
        },
        limit: LimitFacts::worded(span.parse().expect("a span")),
        other_limits: Vec::new(),
        deemed_after: None,
        pauses: Vec::new(),
        extensions: Vec::new(),
        calendar: CalendarFacts::default(),
    }
}

fn pause(from: &str, to: &str) -> Pause {
    Pause {
        from: Written(from.parse().expect("a point")),
        to: (!to.is_empty()).then(|| Written(to.parse().expect("a point"))),
        document: Document::named("专家评审通知"),
    }
}

fn extension(at: &str, by: &str) -> Extension {
    Extension {
        by: Written(by.parse().expect("a span")),
        at: Written(at.parse().expect("a point")),
        document: Document::named("延期审批表"),
        most: None,
        basis: None,
    }
}

fn certified(facts: Facts) -> Certificate {
    let certificate = Certificate::of(facts, &calendar()).expect("an account");
    assert_eq!(certificate.verify(), Ok(()));
    let json = serde_json::to_string(&certificate).expect("plain data");
    let read: Certificate = serde_json::from_str(&json).expect("what was written");
    assert_eq!(read, certificate);
    let value: serde_json::Value = serde_json::from_str(&json).expect("what was written");
    SCHEMA.with(|schema| {
        let faults: Vec<String> = schema
            .iter_errors(&value)
            .map(|one| one.to_string())
            .collect();
        assert!(faults.is_empty(), "{faults:?}");
    });
    certificate
}

#[test]
fn the_account_names_every_day() {
    let certificate = certified(facts("2026-02-10", "5个工作日"));
    assert_eq!(certificate.due.as_deref(), Some("2026-02-24"));
    let told: Vec<String> = certificate.words.en.clone();
    assert_eq!(
        told,
        [
            "Starts: 2026-02-10, Asia/Shanghai.",
            "Limit: 5 working days.",
            "2026-02-10 (Tue): the first day; not counted.",
            "2026-02-11 (Wed): a workday; day 1.",
            "2026-02-12 (Thu): a workday; day 2.",
            "2026-02-13 (Fri): a workday; day 3.",
            "2026-02-14 (Sat): worked for 春节 (国办发明电〔2025〕7号); day 4.",
            "2026-02-15 (Sun): 春节, a day off (国办发明电〔2025〕7号); not counted.",
            "2026-02-16 (Mon): 春节, a day off (国办发明电〔2025〕7号); not counted.",
            "2026-02-17 (Tue): 春节, a day off (国办发明电〔2025〕7号); not counted.",
            "2026-02-18 (Wed): 春节, a day off (国办发明电〔2025〕7号); not counted.",
            "2026-02-19 (Thu): 春节, a day off (国办发明电〔2025〕7号); not counted.",
            "2026-02-20 (Fri): 春节, a day off (国办发明电〔2025〕7号); not counted.",
            "2026-02-21 (Sat): 春节, a day off (国办发明电〔2025〕7号); not counted.",
            "2026-02-22 (Sun): 春节, a day off (国办发明电〔2025〕7号); not counted.",
            "2026-02-23 (Mon): 春节, a day off (国办发明电〔2025〕7号); not counted.",
            "2026-02-24 (Tue): a workday; day 5.",
            "Due: 2026-02-24, up to the end of that day.",
        ]
    );
    let up_at = certificate.up_at.expect("it runs").0.to_string();
    assert_eq!(up_at, "2026-02-25T00:00:00+08:00");
    assert_eq!(certificate.words.zh.len(), told.len());
    assert_eq!(
        certificate.words.zh[6],
        "2026-02-14（周六）：春节调休上班（国办发明电〔2025〕7号），第4日。"
    );
}

#[test]
fn pauses_extensions_and_last_days_are_shown() {
    let licensing = DayRule {
        working: WorkingDays::Always,
        ..DayRule::default()
    };
    let mut paused = facts("2026-02-10T10:00:00+08:00", "20 days");
    paused.limit.day_rule = Some(licensing);
    paused.pauses.push(pause(
        "2026-03-03T09:00:00+08:00",
        "2026-03-10T17:00:00+08:00",
    ));
    assert_eq!(certified(paused.clone()).due.as_deref(), Some("2026-03-23"));
    paused.extensions.push(extension("2026-03-20", "10 days"));
    let extended = certified(paused.clone());
    assert_eq!(extended.due.as_deref(), Some("2026-04-06"));
    let kinds: Vec<_> = extended.account.iter().map(|line| line.because).collect();
    assert_eq!(
        kinds.iter().filter(|one| **one == Because::Paused).count(),
        7
    );
    assert_eq!(
        extended.account.last().and_then(|line| line.counts),
        Some(30)
    );
    paused.extensions[0].most = Some(Written(Span::Days(5)));
    assert!(matches!(
        Certificate::of(paused.clone(), &calendar()),
        Err(Unaccountable::OverMost { .. })
    ));
    paused.extensions = vec![extension("2026-06-20", "10 days")];
    assert!(matches!(
        Certificate::of(paused.clone(), &calendar()),
        Err(Unaccountable::TooLate { .. })
    ));
    paused.extensions.clear();
    paused.pauses.push(pause("2026-03-12", ""));
    let standing = certified(paused);
    assert_eq!((standing.due, standing.up_at), (None, None));
}

#[test]
fn a_last_day_off_is_moved_where_the_law_says_so() {
    let mut rolling = facts("2026-02-06", "10 days");
    rolling.limit.day_rule = Some(DayRule {
        working: WorkingDays::Never,
        last_day: LastDay::RollsForward,
        basis: Basis::default(),
    });
    let certificate = certified(rolling);
    assert_eq!(certificate.due.as_deref(), Some("2026-02-24"));
    assert_eq!(certificate.rolled_from, Some(Written(day("2026-02-16"))));
    let last = certificate.account.last().expect("an account");
    assert_eq!((last.because, last.counts), (Because::RolledTo, None));
    assert_eq!(
        certified(facts("2026-02-06", "10 days")).due.as_deref(),
        Some("2026-02-16")
    );
}

#[test]
fn hours_run_through_the_night_and_stand_still_in_pauses() {
    let mut hours = facts("2026-02-13T18:00:00+08:00", "24 h");
    assert_eq!(
        certified(hours.clone()).due.as_deref(),
        Some("2026-02-14T18:00:00+08:00")
    );
    hours.pauses.push(pause(
        "2026-02-13T20:00:00+08:00",
        "2026-02-13T23:00:00+08:00",
    ));
    let certificate = certified(hours);
    assert_eq!(
        certificate.due.as_deref(),
        Some("2026-02-14T21:00:00+08:00")
    );
    let seconds: Vec<_> = certificate
        .account
        .iter()
        .map(|line| line.seconds)
        .collect();
    assert_eq!(seconds, [Some(7_200), None, Some(79_200)]);
    assert!(matches!(
        Certificate::of(facts("2026-02-13", "24 h"), &calendar()),
        Err(Unaccountable::NeedsTime { .. })
    ));
}

#[test]
fn what_is_not_published_makes_it_provisional() {
    let certificate = certified(facts("2026-12-20", "20 working days"));
    let provisional = certificate.provisional.expect("beyond the calendar");
    assert_eq!(provisional.from, Written(day("2026-12-26")));
    assert!(certificate.account.iter().any(|line| line.unpublished));
    assert!(
        certified(facts("2026-12-20", "90 days"))
            .provisional
            .is_none()
    );
}

#[test]
fn the_line_of_the_law_is_kept_apart_and_silence_is_acceptance() {
    let mut two = facts("2026-02-10T10:00:00+08:00", "1 day");
    two.limit.jurisdiction = "guiyang".to_owned();
    two.other_limits = vec![LimitFacts::worded(Span::WorkingDays(5))];
    two.deemed_after = Some(LimitFacts::worded(Span::WorkingDays(5)));
    let certificate = certified(two);
    assert_eq!(certificate.due.as_deref(), Some("2026-02-11"));
    assert_eq!(certificate.other_due, [Some("2026-02-24".to_owned())]);
    assert_eq!(
        certificate.deemed_accepted,
        Some(Written(day("2026-02-24")))
    );
}

#[test]
fn a_changed_line_is_named() {
    let mut whole = facts("2026-02-10", "5 working days");
    whole.pauses.push(pause("2026-02-12", "2026-02-13"));
    let sound = certified(whole);
    let place = |certificate: &Certificate| match certificate.verify() {
        Err(Fault::Mismatch(mismatch)) => mismatch.place,
        other => panic!("{other:?}"),
    };
    let mut forged = sound.clone();
    forged.account[7].counts = Some(5);
    assert_eq!(place(&forged), "account[7]");
    let mut forged = sound.clone();
    forged.due = Some("2026-03-24".to_owned());
    assert_eq!(place(&forged), "due");
    let mut forged = sound.clone();
    forged.words.zh[3] = "周末".to_owned();
    assert_eq!(place(&forged), "words.zh[3]");
    let mut forged = sound.clone();
    forged.facts.pauses[0].to = Some(Written(Point::Day(day("2026-02-20"))));
    assert_eq!(place(&forged), "account[3]");
    let mut forged = sound.clone();
    forged.account.pop();
    assert!(place(&forged).starts_with("account["));
    let mut forged = sound;
    forged.schema = "other".to_owned();
    assert_eq!(place(&forged), "schema");
}

/// Days of 2026 from 5 January on.
fn dates() -> impl Strategy<Value = Date> {
    (20_458i32..20_560).prop_map(Date)
}

#[derive(Clone, Debug)]
struct Case {
    start: Date,
    count: u32,
    working: bool,
    rolling: bool,
    pauses: Vec<(Date, i32)>,
    extensions: Vec<(i32, u32)>,
}

fn cases() -> impl Strategy<Value = Case> {
    let pauses = proptest::collection::vec((0i32..30, 0i32..12), 0..4);
    let extensions = proptest::collection::vec((0i32..20, 1u32..12), 0..3);
    (
        dates(),
        1u32..40,
        any::<bool>(),
        any::<bool>(),
        pauses,
        extensions,
    )
        .prop_map(
            |(start, count, working, rolling, pauses, extensions)| Case {
                start,
                count,
                working,
                rolling,
                pauses: pauses
                    .iter()
                    .map(|(at, length)| (start.plus(*at), *length))
                    .collect(),
                extensions,
            },
        )
}

impl Case {
    fn facts(&self) -> Facts {
        let span = |count: u32| match self.working {
            true => Span::WorkingDays(count),
            false => Span::Days(count),
        };
        let mut facts = facts("2026-01-01", "1 day");
        facts.start.at = Written(Point::Day(self.start));
        facts.limit = LimitFacts::worded(span(self.count));
        if self.rolling {
            facts.limit.day_rule = Some(DayRule {
                last_day: LastDay::RollsForward,
                ..DayRule::default()
            });
        }
        facts.pauses = self
            .pauses
            .iter()
            .map(|(from, length)| pause(&from.to_string(), &from.plus(*length).to_string()))
            .collect();
        facts.extensions = self
            .extensions
            .iter()
            .map(|(at, by)| extension(&self.start.plus(*at).to_string(), &span(*by).to_string()))
            .collect();
        facts
    }

    /// The due date by walking: a set of paused days, and a count that goes down.
    fn walked(&self, calendar: &Calendar) -> Date {
        let paused: BTreeSet<Date> = self
            .pauses
            .iter()
            .flat_map(|(from, length)| (0..*length).map(|at| from.plus(at)))
            .collect();
        let more: u32 = self.extensions.iter().map(|(_, by)| by).sum();
        let (mut date, mut left) = (self.start, self.count + more);
        while left > 0 {
            date = date.plus(1);
            let counts = !self.working || calendar.is_worked(date);
            left -= u32::from(counts && !paused.contains(&date));
        }
        while self.rolling && (!calendar.is_worked(date) || paused.contains(&date)) {
            date = date.plus(1);
        }
        date
    }
}

proptest! {
    /// The account is that of a walk, whatever the order in which its facts arrive; it verifies,
    /// and its last counted day is the last day.
    #[test]
    fn certificates_agree_with_walking(case in cases(), turn in 0usize..4) {
        let calendar = calendar();
        let facts = case.facts();
        match Certificate::of(facts.clone(), &calendar) {
            // An extension or a pause after the time was up: nothing to walk.
            Err(Unaccountable::TooLate { .. }) => {}
            Err(error) => prop_assert!(false, "{error}"),
            Ok(certificate) => {
                let walked = case.walked(&calendar).to_string();
                prop_assert_eq!(certificate.due.as_deref(), Some(walked.as_str()));
                prop_assert_eq!(certificate.verify(), Ok(()));
                let more: u32 = case.extensions.iter().map(|(_, by)| by).sum();
                let counted = certificate.account.iter().filter_map(|line| line.counts).max();
                prop_assert_eq!(counted, Some(case.count + more));
                let mut turned = facts;
                let pauses = turned.pauses.len().max(1);
                turned.pauses.rotate_left(turn % pauses);
                turned.extensions.reverse();
                let other = Certificate::of(turned, &calendar).expect("the same facts");
                prop_assert_eq!(other.due, certificate.due);
                prop_assert_eq!(other.account, certificate.account);
            }
        }
    }

    /// A pause that is split in two moves the last day as far as one.
    #[test]
    fn pauses_add_up(start in dates(), count in 5u32..30, at in 1i32..4, first in 1i32..9, second in 1i32..9) {
        let calendar = calendar();
        let from = start.plus(at);
        let case = |pauses| Case {
            start, count, working: true, rolling: false, pauses, extensions: Vec::new(),
        };
        let whole = case(vec![(from, first + second)]);
        let parts = case(vec![(from, first), (from.plus(first), second)]);
        let due = |case: &Case| Certificate::of(case.facts(), &calendar).expect("an account").due;
        prop_assert_eq!(due(&whole), due(&parts));
        let paused = calendar.worked_between(from.plus(-1), from.plus(first + second - 1));
        let unpaused = case(Vec::new()).walked(&calendar);
        let moved = calendar.after(unpaused, u32::try_from(paused).expect("not negative"));
        prop_assert_eq!(due(&whole), Some(moved.to_string()));
    }
}
