//! What must not change an outcome: threads, the cut of files, the order of different objects'
//! events, late arrival, and the kind of reading.

use std::sync::Arc;

use cage_pack::Program;
use proptest::prelude::*;

use super::memory::{EventLine, Item, Line, Memory, check, program, told};
use crate::check::CheckOptions;
use crate::outcome::Outcome;

pub(super) const RULES: &str = r#"
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
[[rule]]
id = "RESPONSE"
internal = true
grade = "observe"
per = "case"
kind = "response"
when = "a"
then = { type = "b", where = "then.amount > 1" }
within = "3 h"
[[rule]]
id = "CHAIN"
internal = true
grade = "observe"
per = "officer"
kind = "chain-succession"
when = "a"
then = "b"
[[rule]]
id = "MATCH"
internal = true
grade = "observe"
per = "case"
kind = "not-precedence"
when = "c"
before = "b"
match = "before.amount <= when.amount"
[[rule]]
id = "ONCE"
internal = true
grade = "observe"
per = "case"
kind = "exactly"
what = "d"
[[rule]]
id = "HANDS"
internal = true
grade = "observe"
per = "case"
kind = "separation"
a = "a"
b = "b"
by = "event.officer"
[[rule]]
id = "MANY"
internal = true
grade = "observe"
per = "officer"
kind = "aggregate"
what = "*"
value = "count"
window = "day"
over = 3
[[rule]]
id = "QUIET"
internal = true
grade = "observe"
per = "officer"
kind = "silence"
what = "*"
every = "8 h"
[[rule]]
id = "DAILY"
internal = true
grade = "observe"
per = "officer-day"
kind = "existence"
what = "a"
[[rule]]
id = "SPEED"
internal = true
grade = "observe"
per = "case"
kind = "duration"
from = "b"
to = "c"
min = "1 h"
max = "1 day"
[[rule]]
id = "FIXED"
internal = true
grade = "observe"
per = "case"
kind = "immutable"
what = "a"
field = "event.amount"
[[rule]]
id = "FAIR"
internal = true
grade = "observe"
per = "officer"
kind = "order"
queue = "event.case"
enter = "a"
serve = "d"
places = 1
[[rule]]
id = "NUMBERS"
internal = true
grade = "observe"
per = "officer"
kind = "sequence"
what = "d"
number = "event.amount"
[[rule]]
id = "COVER"
internal = true
grade = "observe"
per = "case"
kind = "coverage"
what = "a"
by = "c"
around = "1 h"
within = "1 day"
[[rule]]
id = "ENDS"
internal = true
grade = "observe"
per = "case"
kind = "end"
what = "c"
[[rule]]
id = "EITHER"
internal = true
grade = "observe"
per = "officer"
kind = "exclusive-choice"
a = "c"
b = "d"
[[object]]
type = "officer-day"
key = ["officer", 'date(event.time)']
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
pub(super) fn events() -> impl Strategy<Value = Vec<EventLine>> {
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

/// Compares two outcomes; a failure shows the lines that differ.
fn same(left: &Outcome, right: &Outcome) -> Result<(), TestCaseError> {
    let (left, right) = (told(left), told(right));
    let only = |of: &str, not: &str| -> Vec<String> {
        let there: Vec<&str> = not.lines().collect();
        let lines = of.lines().filter(|line| !there.contains(line));
        lines.map(str::to_owned).collect()
    };
    prop_assert_eq!(only(&left, &right), only(&right, &left));
    prop_assert_eq!(left, right);
    Ok(())
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
        same(&plain, &threaded)?;
        let (head, tail) = events.split_at(cut.index(events.len()));
        let cut = Memory(vec![lines(head), lines(tail)]);
        let cut = check(&rules, &cut, &with_threads(1));
        prop_assert_eq!(format!("{:?}", plain.findings), format!("{:?}", cut.findings));
        same(&plain, &cut)?;
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
        same(&plain, &other)?;
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
        same(&plain, &grouped)?;
    }
}
