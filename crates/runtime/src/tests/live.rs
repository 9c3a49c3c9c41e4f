//! Live equals batch: whatever order events come in and whenever time is moved, what stands at the end is what a
//! check finds.

use std::collections::BTreeMap;
use std::convert::Infallible;

use cage_model::{EventBuffer, EventRef, Finding, Interner, Payload};
use proptest::prelude::*;

use super::laws::{RULES, events};
use super::memory::{EventLine, Line, Memory, check, event, fill, program, time};
use crate::check::CheckOptions;
use crate::live::{Change, Journal, Live};

/// Events in the order in which they came.
pub(super) struct Came(pub(super) Vec<EventLine>);

/// Events with the second at which each arrives, in that order: some long after they happened.
pub(super) fn arrivals(
    events: impl Strategy<Value = Vec<EventLine>>,
) -> impl Strategy<Value = Vec<(i64, EventLine)>> {
    let with_delays = events.prop_flat_map(|events| {
        let delay = prop_oneof![3 => Just(0i64), 1 => 0i64..200_000];
        let count = events.len();
        (Just(events), prop::collection::vec(delay, count))
    });
    with_delays.prop_map(|(events, delays)| {
        let events = events.into_iter().zip(delays);
        let mut came: Vec<(i64, EventLine)> = events
            .map(|(event, delay)| (event.at.unwrap_or(0) + delay, event))
            .collect();
        came.sort_by_key(|(arrived, _)| *arrived);
        came
    })
}

impl Journal for Came {
    type Error = Infallible;

    fn read(
        &self,
        position: u64,
        names: &mut Interner,
        into: &mut EventBuffer,
    ) -> Result<(), Infallible> {
        fill(into, &self.0[position as usize], names);
        Ok(())
    }
}

/// A finding as text, without its events' places in the order of arrival.
pub(super) fn told(finding: &Finding, id: &str, names: &Interner) -> String {
    let event = |event: Option<EventRef>| event.map(|event| (names.text(event.activity), event.at));
    let payload = match finding.payload {
        Payload::Field(field) => format!("field {}", names.text(field)),
        Payload::Values { before, after } => {
            format!("{} {}", names.text(before), names.text(after))
        }
        other => format!("{other:?}"),
    };
    let (trigger, other) = (event(finding.trigger), event(finding.other));
    let Finding {
        rule,
        verdict,
        at,
        reason,
        ..
    } = finding;
    format!("{rule} {id} {verdict:?} {trigger:?} {other:?} {at:?} {reason:?} {payload}")
}

pub(super) fn standing(live: &Live) -> Vec<String> {
    let findings = live.standing();
    let mut lines: Vec<String> = findings
        .map(|finding| {
            told(
                &finding,
                live.id(finding.object_type, finding.object),
                live.names(),
            )
        })
        .collect();
    lines.sort();
    lines
}

fn checked(events: &[EventLine], as_of: i64) -> Vec<String> {
    let options = CheckOptions {
        as_of: Some(time(as_of)),
        ..CheckOptions::default()
    };
    let log = Memory(vec![events.iter().cloned().map(Line::Event).collect()]);
    let outcome = check(&program(RULES), &log, &options);
    let findings = outcome.findings.iter().map(|finding| {
        let table = &outcome.objects[usize::from(finding.object_type)];
        let id = outcome.names.text(table.ids[finding.object as usize]);
        told(finding, id, &outcome.names)
    });
    let mut lines: Vec<String> = findings.collect();
    lines.sort();
    lines
}

/// Every change, applied to what stood before, gives what stands.
fn apply(standing: &mut Vec<String>, changes: &[Change], live: &Live) {
    let text = |finding: &Finding| {
        let id = live.id(finding.object_type, finding.object);
        told(finding, id, live.names())
    };
    let withdraw = |standing: &mut Vec<String>, finding: &Finding| {
        let place = standing.iter().position(|told| *told == text(finding));
        standing.swap_remove(place.unwrap());
    };
    for change in changes {
        match change {
            Change::Opened(finding) => standing.push(text(finding)),
            Change::Withdrawn(finding) => withdraw(standing, finding),
            Change::Amended { before, after } => {
                withdraw(standing, before);
                standing.push(text(after));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// G-10, H-03: late events and ticks at any time lead to what a check of the whole log finds.
    #[test]
    fn what_stands_live_is_what_a_check_finds(
        came in arrivals(events()),
        ticks in prop::collection::vec(any::<bool>(), 64),
        after in 0i64..400_000,
    ) {
        let journal = Came(came.iter().map(|(_, event)| event.clone()).collect());
        let mut live = Live::new(&program(RULES)).unwrap();
        let mut told_so_far = Vec::new();
        for (position, (arrived, _)) in came.iter().enumerate() {
            if ticks[position % ticks.len()] {
                let changes = live.tick(time(*arrived));
                apply(&mut told_so_far, &changes, &live);
            }
            let Ok(changes) = live.event(position as u64, &journal);
            apply(&mut told_so_far, &changes, &live);
        }
        let last = came.iter().map(|(arrived, event)| (*arrived).max(event.at.unwrap())).max().unwrap();
        let as_of = last + after;
        let changes = live.tick(time(as_of));
        apply(&mut told_so_far, &changes, &live);
        let expected = checked(&journal.0, as_of);
        prop_assert_eq!(&standing(&live), &expected);
        told_so_far.sort();
        prop_assert_eq!(told_so_far, expected);
        prop_assert!(live.next_due().is_none_or(|due| due > time(as_of).instant()));
    }
}

/// Two versions of a pack share objects out: each object is known to one of them, and both together say
/// what one would.
#[test]
fn objects_are_shared_out_among_versions() {
    let event = |text: &str| match event(text) {
        Line::Event(event) => event,
        other => panic!("{other:?}"),
    };
    let journal = Came(vec![
        event("a case=C1 officer=P1 @100 amount:1"),
        event("a case=C2 officer=P1 @200 amount:1"),
        event("a case=C1 officer=P2 @300 amount:2"),
        event("a case=C2 officer=P2 @150 amount:2"),
    ]);
    let program = program(RULES);
    let mut whole = Live::new(&program).unwrap();
    let (mut old, mut new) = (whole.clone(), whole.clone());
    for position in 0..4 {
        let Ok(_) = whole.event(position, &journal);
        let Ok(_) = old.event_for(position, &journal, &mut |kind, object| {
            kind == "case" && object.id == "C1"
        });
        let Ok(_) = new.event_for(position, &journal, &mut |kind, object| {
            kind != "case" || object.id != "C1"
        });
    }
    for (kind, id, known) in [
        ("case", "C1", [true, false]),
        ("case", "C2", [false, true]),
        ("officer", "P1", [false, true]),
        ("officer-day", "P1\u{1f}2026-01-01", [false, true]),
        ("case", "C3", [false, false]),
        ("nothing", "C1", [false, false]),
    ] {
        let knows = [old.knows(kind, id), new.knows(kind, id)];
        assert_eq!(knows, known, "{kind} {id}");
    }
    for live in [&mut whole, &mut old, &mut new] {
        live.tick(time(1_000_000));
    }
    let mut shared = standing(&old);
    shared.extend(standing(&new));
    shared.sort();
    assert!(!shared.is_empty());
    assert_eq!(shared, standing(&whole));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Events that do not say when they happened stand behind the one after which they came, also where
    /// that one came late.
    #[test]
    fn events_without_a_time_are_judged_as_in_a_check(
        came in arrivals(events()),
        timed in prop::collection::vec(prop::bool::weighted(0.8), 64),
    ) {
        let as_of = came.iter().map(|(arrived, _)| *arrived).max().unwrap() + 500_000;
        let mut events: Vec<EventLine> = came.iter().map(|(_, event)| event.clone()).collect();
        for (event, timed) in events.iter_mut().zip(&timed) {
            event.at = event.at.filter(|_| *timed);
        }
        let journal = Came(events);
        let mut live = Live::new(&program(RULES)).unwrap();
        for position in 0..journal.0.len() {
            let Ok(_) = live.event(position as u64, &journal);
        }
        live.tick(time(as_of));
        prop_assert_eq!(standing(&live), checked(&journal.0, as_of));
    }
}

/// What is answered of every object.
fn asked(live: &Live) -> BTreeMap<(u16, u32), String> {
    let mut asked = BTreeMap::new();
    for (object_type, kind) in (0..).zip(["case", "officer", "officer-day"]) {
        for object in 0.. {
            let id = live.id(object_type, object);
            if id.is_empty() {
                break;
            }
            let object = (object_type, object);
            assert_eq!(live.number(kind, id), Some(object));
            let told = format!(
                "{:?} {:?}",
                live.clocks(object_type, object.1),
                live.standing_of(object_type, object.1)
            );
            asked.insert(object, told);
        }
    }
    asked
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is asked of an object that an event or tick did not touch is answered as before.
    #[test]
    fn what_is_not_touched_stands_as_it_did(came in arrivals(events())) {
        let program = program(RULES);
        let kinds: Vec<&str> = program.object_types.iter().map(|kind| program.names.text(kind.name)).collect();
        prop_assert_eq!(kinds, ["case", "officer", "officer-day"]);
        let journal = Came(came.iter().map(|(_, event)| event.clone()).collect());
        let mut live = Live::new(&program).unwrap();
        let mut before = asked(&live);
        for (position, (arrived, _)) in came.iter().enumerate() {
            for turn in [false, true] {
                if turn {
                    let Ok(_) = live.event(position as u64, &journal);
                } else {
                    live.tick(time(*arrived));
                }
                let after = asked(&live);
                for (object, told) in &after {
                    if before.get(object) != Some(told) {
                        prop_assert!(live.touched().contains(object), "{object:?}\n{told}\n{before:?}");
                    }
                }
                before = after;
            }
        }
    }
}

/// A clock says what set it off, by when, and is gone when it was stopped; the rule stands accordingly.
#[test]
fn clocks_tell_what_is_owed() {
    let rules = r#"
        zone = "Asia/Shanghai"
        [[rule]]
        id = "REPLY"
        internal = true
        grade = "observe"
        per = "case"
        kind = "deadline"
        start = "a"
        stop = "b"
        within = "2 days"
        remind = "50%"
    "#;
    let line = |text: &str| match event(text) {
        Line::Event(event) => event,
        other => panic!("{other:?}"),
    };
    let journal = Came(vec![line("a case=C1 @3600"), line("b case=C1 @7200")]);
    let mut live = Live::new(&program(rules)).unwrap();
    let Ok(_) = live.event(0, &journal);
    assert_eq!(live.touched(), [(0, 0)]);
    let clocks = live.clocks(0, 0);
    let midnight = time(3 * 86_400).instant();
    assert_eq!(clocks.len(), 1);
    assert_eq!(clocks[0].trigger.map(|event| event.position), Some(0));
    assert_eq!(
        (clocks[0].due, clocks[0].runs_out),
        (Some(midnight), Some(midnight))
    );
    assert_eq!(clocks[0].remind, Some(time(2 * 86_400).instant()));
    assert_eq!(clocks[0].offset_minutes, 480);
    let standing = |live: &Live| {
        let (_, standing) = live.standing_of(0, 0)[0];
        (standing.is_satisfied(), standing.pending, standing.violated)
    };
    assert_eq!(standing(&live), (true, true, false));
    let mut late = live.clone();
    late.tick(time(4 * 86_400));
    assert_eq!(
        (late.touched(), standing(&late)),
        (&[(0, 0)][..], (false, false, true))
    );
    let Ok(_) = live.event(1, &journal);
    assert_eq!(
        (live.clocks(0, 0).len(), standing(&live)),
        (0, (true, false, false))
    );
    live.tick(time(4 * 86_400));
    assert_eq!(live.standing_of(0, 1), []);
}

/// The certificate of a running clock names the events that halted and lengthened it, says what the clock
/// says, and can be counted again from itself alone.
#[test]
fn a_running_clock_certifies_itself() {
    let rules = r#"
        zone = "Asia/Shanghai"
        [calendar]
        off = [2026-01-01, 2026-01-02]
        worked = [2026-01-04]
        covered-to = 2026-03-31
        [[rule]]
        id = "REPLY"
        internal = true
        grade = "observe"
        per = "case"
        kind = "deadline"
        start = "a"
        stop = "b"
        pause = "c"
        resume = "d"
        extend = { what = "e", by = "2 working days" }
        within = "3 working days"
    "#;
    let line = |text: &str| match event(text) {
        Line::Event(event) => event,
        other => panic!("{other:?}"),
    };
    let story = [
        "a case=C1 @3600",
        "c case=C1 @280000",
        "d case=C1 @450000",
        "e case=C1 @460000",
    ];
    let journal = Came(story.map(line).into());
    let mut live = Live::new(&program(rules)).unwrap();
    for position in 0..4 {
        let Ok(_) = live.event(position, &journal);
        let certified = live.certificates(0, 0);
        assert_eq!(certified.len(), 1);
        let certificate = certified[0].certificate.clone().unwrap().unwrap();
        assert_eq!(certificate.verify(), Ok(()));
        let runs_out = live.clocks(0, 0)[0].runs_out;
        assert_eq!(certificate.up_at.map(|at| at.0.instant()), runs_out);
        assert_eq!(certificate.provisional, None);
    }
    let certificate = live.certificates(0, 0)[0].certificate.clone();
    let facts = certificate.unwrap().unwrap().facts;
    let event = |document: &cage_law::Document| (document.name.clone(), document.event.clone());
    let named = |name: &str, position: &str| (name.to_owned(), Some(position.to_owned()));
    assert_eq!(event(&facts.start.document), named("a", "0"));
    assert_eq!(event(&facts.pauses[0].document), named("c", "1"));
    assert_eq!(event(&facts.extensions[0].document), named("e", "3"));
}
