use cage_model::{Instant, Reason, Verdict};

use super::*;
use crate::clock::Clock;
use crate::titles::Titles;

const REASONS: [Reason; 30] = [
    Reason::NotFollowed,
    Reason::FollowedTooLate,
    Reason::FollowedTooEarly,
    Reason::NotPreceded,
    Reason::NotAdjacent,
    Reason::Alternation,
    Reason::NoCompanion,
    Reason::Forbidden,
    Reason::TooFew,
    Reason::TooMany,
    Reason::WrongFirst,
    Reason::WrongLast,
    Reason::Overdue,
    Reason::TooFast,
    Reason::TooSlow,
    Reason::SamePerson,
    Reason::DifferentPerson,
    Reason::Overtaken,
    Reason::NumberMissing,
    Reason::NumberRepeated,
    Reason::NumberLate,
    Reason::Changed,
    Reason::Silent,
    Reason::OverLimit,
    Reason::Uncovered,
    Reason::LateEntry,
    Reason::FlowDeviation,
    Reason::FlowIncomplete,
    Reason::DataMissing,
    Reason::ExpressionFailed,
];

fn finding(reason: Reason, payload: Payload, events: [Option<EventRef>; 2]) -> Finding {
    Finding {
        rule: 0,
        object_type: 0,
        object: 0,
        verdict: Verdict::Violated,
        trigger: events[0],
        other: events[1],
        at: Instant(0),
        reason,
        payload,
    }
}

#[test]
fn every_reason_is_a_sentence_with_the_events_it_has() {
    let mut names = Interner::new();
    let event = |name, position| EventRef {
        position,
        at: Instant(0),
        activity: name,
    };
    let (a, b) = (
        event(names.intern("apply"), 0),
        event(names.intern("decide"), 1),
    );
    let clock = Clock::new(None, 480);
    let mut codes = std::collections::BTreeSet::new();
    for reason in REASONS {
        codes.insert(reason.code());
        for (trigger, other) in [
            (None, None),
            (Some(a), None),
            (None, Some(b)),
            (Some(a), Some(b)),
        ] {
            let made = finding(reason, Payload::None, [trigger, other]);
            let said = explanation(&made, &names, &clock, &Titles::default());
            for text in [&said.zh, &said.en] {
                assert!(!text.contains(['{', '}', '?']), "{reason:?}: {text}");
            }
            assert!(said.zh.ends_with('。') && said.en.ends_with('.'));
            let named = match (trigger, other) {
                (_, Some(_)) if reason != Reason::Uncovered => "decide",
                (Some(_), _) => "apply",
                _ => "",
            };
            assert!(
                said.zh.contains(named) && said.en.contains(named),
                "{reason:?}: {}",
                said.en
            );
        }
    }
    assert_eq!(codes.len(), REASONS.len(), "each reason has its own code");
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of sentences")]
fn numbers_are_said_with_their_limit() {
    let mut names = Interner::new();
    let (before, after) = (names.intern("100"), names.intern("250"));
    let clock = Clock::new(None, 480);
    let hour = 3_600_000_000;
    for (payload, zh, en) in [
        (
            Payload::Due(Instant(0)),
            "期限到 1970-01-01 08:00。",
            "due by 1970-01-01 08:00.",
        ),
        (
            Payload::Span {
                measured: 35 * hour,
                limit: 24 * hour,
            },
            "用时 35 小时，限 24 小时。",
            "took 35 h, limit 24 h.",
        ),
        (
            Payload::Count {
                counted: 12,
                limit: 8,
            },
            "12 次，限 8 次。",
            "12, limit 8.",
        ),
        (
            Payload::Number {
                computed: 1.5,
                limit: 1.0,
            },
            "1.5，限 1。",
            "1.5, limit 1.",
        ),
        (
            Payload::Missing {
                first: 52,
                last: 54,
            },
            "缺 52 至 54。",
            "52 to 54 are missing.",
        ),
        (
            Payload::Missing {
                first: 52,
                last: 52,
            },
            "缺 52。",
            "52 is missing.",
        ),
        (
            Payload::Values { before, after },
            "“100”与“250”。",
            "'100' and '250'.",
        ),
        (
            Payload::Values {
                before,
                after: before,
            },
            "均为“100”。",
            "both '100'.",
        ),
        (Payload::Field(after), "“250”。", "'250'."),
        (
            Payload::Cost(3),
            "至此偏离 3 步。",
            "3 steps astray so far.",
        ),
    ] {
        let said = explanation(
            &finding(Reason::OverLimit, payload, [None, None]),
            &names,
            &clock,
            &Titles::default(),
        );
        assert!(said.zh.ends_with(zh), "{} / {zh}", said.zh);
        assert!(said.en.ends_with(en), "{} / {en}", said.en);
    }
}

#[test]
fn a_name_that_looks_like_a_slot_stays_a_name() {
    let mut names = Interner::new();
    let event = EventRef {
        position: 0,
        at: Instant(0),
        activity: names.intern("{o}{t}"),
    };
    let made = finding(Reason::NotFollowed, Payload::None, [Some(event), None]);
    let said = explanation(&made, &names, &Clock::new(None, 0), &Titles::default());
    assert_eq!(said.zh, "“{o}{t}”（1970-01-01 00:00）之后没有应有的步骤。");
}

#[test]
fn spans_in_files_are_exact_seconds() {
    let names = Interner::new();
    let payload = Payload::Span {
        measured: -1_500_000,
        limit: 60_000_000,
    };
    let made = finding(Reason::TooFast, payload, [None, None]);
    assert_eq!(
        measured(&made, &names),
        ("-1.5 s".to_owned(), "60 s".to_owned())
    );
}

#[test]
fn how_late_it_came_is_said_in_dates_where_the_term_ended_with_a_day() {
    let mut names = Interner::new();
    let activity = names.intern("decide");
    let at = |text: &str| cage_model::Time::parse(text).unwrap().instant();
    let clock = Clock::new(None, 480);
    for (due, came, en) in [
        // The last day was the 7th.
        (
            "2026-03-08T00:00:00+08:00",
            "2026-03-10T10:00:00+08:00",
            "due by 2026-03-08 00:00, 3 d late.",
        ),
        (
            "2026-03-08T00:00:00+08:00",
            "2026-03-08T00:00:00+08:00",
            "due by 2026-03-08 00:00, 1 d late.",
        ),
        (
            "2026-03-07T12:00:00+08:00",
            "2026-03-07T13:30:00+08:00",
            "due by 2026-03-07 12:00, 1 h 30 min late.",
        ),
        (
            "2026-03-07T12:00:00+08:00",
            "2026-03-07T12:00:00+08:00",
            "due by 2026-03-07 12:00.",
        ),
        (
            "2026-03-07T12:00:00+08:00",
            "2026-03-06T12:00:00+08:00",
            "due by 2026-03-07 12:00.",
        ),
    ] {
        let event = EventRef {
            position: 1,
            at: at(came),
            activity,
        };
        let payload = Payload::Due(at(due));
        let made = finding(Reason::FollowedTooLate, payload, [Some(event), Some(event)]);
        let said = explanation(&made, &names, &clock, &Titles::default());
        assert!(said.en.ends_with(en), "{} / {en}", said.en);
    }
}
