//! What must not change an outcome: threads, the cut of files, the order of different objects'
//! events, late arrival, and the kind of reading.

use std::sync::Arc;

use cage_pack::Program;
use proptest::prelude::*;

use super::memory::{EventLine, Item, Line, Memory, check, program, told};
use crate::check::CheckOptions;

const RULES: &str = r#"
zone = "Asia/Shanghai"
[[rule]]
id = "DEADLINE"
internal = true
grade = "observe"
per = "case"
kind = "deadline"
start = "a"
stop = { type = "b", where = "stop.amount > 2" }
within = "1 day"
[[rule]]
id = "EXEMPT"
internal = true
grade = "observe"
per = "case"
kind = "deadline"
start = "a"
stop = "c"
within = "2 h"
exempt = "has(case.moved)"
[[rule]]
id = "OFFICER"
internal = true
grade = "observe"
per = "officer"
kind = "deadline"
start = "b"
stop = "a"
within = "36 h"
"#;

fn rules() -> Arc<Program> {
    program(RULES)
}

fn item() -> impl Strategy<Value = Vec<(String, Item)>> {
    let amount = (0i64..6).prop_map(|value| vec![("amount".to_owned(), Item::Integer(value))]);
    let moved = Just(vec![("moved".to_owned(), Item::Text("x".to_owned()))]);
    prop_oneof![3 => Just(Vec::new()), 4 => amount, 1 => moved]
}

/// Events of a few cases and officers, all at different times, in order of time.
fn events() -> impl Strategy<Value = Vec<EventLine>> {
    let one = (
        prop::sample::select(vec!["a", "b", "c", "d"]),
        0u32..4,
        0u32..3,
        1i64..40_000,
        item(),
    );
    prop::collection::vec(one, 1..60).prop_map(|rows| {
        let mut at = 0;
        let rows = rows
            .into_iter()
            .map(|(activity, case, officer, gap, attributes)| {
                at += gap;
                EventLine {
                    id: None,
                    at: Some(at),
                    activity: activity.to_owned(),
                    objects: vec![
                        ("case".to_owned(), format!("C{case}")),
                        ("officer".to_owned(), format!("P{officer}")),
                    ],
                    attributes,
                }
            });
        rows.collect()
    })
}

fn lines(events: &[EventLine]) -> Vec<Line> {
    events.iter().cloned().map(Line::Event).collect()
}

fn with_threads(threads: usize) -> CheckOptions {
    CheckOptions {
        threads,
        ..CheckOptions::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Threads and cuts change nothing at all.
    #[test]
    fn threads_and_cuts_do_not_matter(events in events(), threads in 2usize..5,
                                      cut in any::<prop::sample::Index>()) {
        let rules = rules();
        let whole = Memory(vec![lines(&events)]);
        let plain = check(&rules, &whole, &with_threads(1));
        let threaded = check(&rules, &whole, &with_threads(threads));
        prop_assert_eq!(format!("{:?}", plain.findings), format!("{:?}", threaded.findings));
        prop_assert_eq!(told(&plain), told(&threaded));
        let (head, tail) = events.split_at(cut.index(events.len()));
        let cut = Memory(vec![lines(head), lines(tail)]);
        let cut = check(&rules, &cut, &with_threads(1));
        prop_assert_eq!(format!("{:?}", plain.findings), format!("{:?}", cut.findings));
        prop_assert_eq!(told(&plain), told(&cut));
    }

    /// A log in any order is judged as the log in order of time: late objects are judged anew.
    #[test]
    fn order_of_arrival_does_not_matter(
        (events, shuffled) in events().prop_flat_map(|events| {
            (Just(events.clone()), Just(events).prop_shuffle())
        }),
        threads in 1usize..4,
    ) {
        let rules = rules();
        let plain = check(&rules, &Memory(vec![lines(&events)]), &with_threads(1));
        let other = Memory(vec![lines(&shuffled)]);
        let other = check(&rules, &other, &with_threads(threads));
        prop_assert_eq!(told(&plain), told(&other));
        let late = other.log.out_of_order;
        let mut behind = 0;
        for (index, event) in shuffled.iter().enumerate() {
            let shares = |before: &&EventLine| {
                before.at > event.at
                    && before.objects.iter().any(|object| event.objects.contains(object))
            };
            behind += u64::from(shuffled[..index].iter().any(|before| shares(&before)));
        }
        prop_assert_eq!(late, behind);
    }

    /// A XES trace may list its events in any order.
    #[test]
    fn traces_are_put_in_order(events in events(), seed in any::<u64>()) {
        let rules = rules();
        let mut of_case: std::collections::BTreeMap<String, Vec<EventLine>> = Default::default();
        for event in &events {
            of_case.entry(event.objects[0].1.clone()).or_default().push(event.clone());
        }
        let mut grouped = Vec::new();
        for (index, (_, mut trace)) in of_case.into_iter().enumerate() {
            let turn = (seed.rotate_left(index as u32) % trace.len() as u64) as usize;
            trace.rotate_left(turn);
            grouped.push(Line::GroupStart);
            grouped.extend(lines(&trace));
            grouped.push(Line::GroupEnd);
        }
        let plain = check(&rules, &Memory(vec![lines(&events)]), &with_threads(1));
        let grouped = check(&rules, &Memory(vec![grouped]), &with_threads(1));
        prop_assert_eq!(told(&plain), told(&grouped));
    }
}
