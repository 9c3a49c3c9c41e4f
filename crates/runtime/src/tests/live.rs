//! Live equals batch: whatever order events come in and whenever time is moved, what stands at the end is what a
//! check finds.

use std::convert::Infallible;

use cage_model::{EventBuffer, EventRef, Finding, Interner, Payload};
use proptest::prelude::*;

use super::laws::{RULES, events};
use super::memory::{EventLine, Line, Memory, check, event, fill, program, time};
use crate::check::CheckOptions;
use crate::live::{Change, Journal, Live};

/// Events in the order in which they came.
struct Came(Vec<EventLine>);

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
fn told(finding: &Finding, id: &str, names: &Interner) -> String {
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

fn standing(live: &Live) -> Vec<String> {
    let findings = live.standing();
    let mut lines: Vec<String> = findings
        .map(|finding| {
            told(
                finding,
                live.id(finding.object_type, finding.object),
                live.names(),
            )
        })
        .collect();
    lines.sort();
    lines
}

fn checked(events: &[EventLine], as_of: i64) -> Vec<String> {
    let mut sorted = events.to_vec();
    sorted.sort_by_key(|event| event.at);
    let options = CheckOptions {
        as_of: Some(time(as_of)),
        ..CheckOptions::default()
    };
    let log = Memory(vec![sorted.into_iter().map(Line::Event).collect()]);
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
        (events, delays) in events().prop_flat_map(|events| {
            let count = events.len();
            (Just(events), prop::collection::vec(prop_oneof![3 => Just(0i64), 1 => 0i64..200_000], count))
        }),
        ticks in prop::collection::vec(any::<bool>(), 64),
        after in 0i64..400_000,
    ) {
        let mut came: Vec<(i64, EventLine)> = events
            .iter()
            .zip(&delays)
            .map(|(event, delay)| (event.at.unwrap() + delay, event.clone()))
            .collect();
        came.sort_by_key(|(arrived, _)| *arrived);
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
        let expected = checked(&events, as_of);
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
