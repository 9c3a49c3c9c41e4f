//! Hands, durations and clocks on the receipt log, against naive readings of the same rules.

use std::collections::BTreeMap;

use cage_formats::{ReadOptions, Source, read};
use cage_model::{Date, EventBuffer, Interner, LogSink, SinkError, Time};
use cage_runtime::CheckOptions;

use crate::data::{activations, checked, objects, pack, shared};

/// The four pairs that the log's own process suggests: who checks, who determines, who sends.
const PAIRS: [(&str, &str); 4] = [
    (
        "Confirmation of receipt",
        "T02 Check confirmation of receipt",
    ),
    (
        "T02 Check confirmation of receipt",
        "T04 Determine confirmation of receipt",
    ),
    (
        "T04 Determine confirmation of receipt",
        "T05 Print and send confirmation of receipt",
    ),
    (
        "T06 Determine necessity of stop advice",
        "T10 Determine necessity to stop indication",
    ),
];

/// One event of a case.
#[derive(Clone, PartialEq, Debug)]
struct Act {
    activity: String,
    person: Option<String>,
    time: Time,
}

/// The log, case by case, each in the order of time.
#[derive(Default)]
struct Cases(BTreeMap<String, Vec<Act>>);

impl LogSink for Cases {
    fn event(&mut self, event: &EventBuffer, names: &mut Interner) -> Result<(), SinkError> {
        let resource = names.intern("org:resource");
        let person = event.attribute(resource).map(|row| event.value(row, names));
        let person = person.map(|value| match value {
            cage_model::Value::Text(text) => names.text(text).to_owned(),
            other => panic!("a person is a text, not {other:?}"),
        });
        let case = event
            .objects
            .iter()
            .find(|row| names.text(row.kind) == "case")
            .unwrap();
        let case = event.text(case.id).to_owned();
        let (activity, time) = (names.text(event.activity).to_owned(), event.time.unwrap());
        self.0.entry(case).or_default().push(Act {
            activity,
            person,
            time,
        });
        Ok(())
    }
}

fn cases(log: &std::path::Path) -> Vec<Vec<Act>> {
    let (mut names, mut cases) = (Interner::new(), Cases::default());
    let source = Source::Path(log.to_owned());
    read(&source, &ReadOptions::default(), &mut names, &mut cases).unwrap();
    let mut cases: Vec<Vec<Act>> = cases.0.into_values().collect();
    cases
        .iter_mut()
        .for_each(|case| case.sort_by_key(|act| act.time.instant()));
    cases
}

/// Pairs over all cases: same person, different persons; and cases with at least one of each.
fn by_pairs(cases: &[Vec<Act>], a: &str, b: &str) -> [u64; 4] {
    let mut counts = [0; 4];
    for case in cases {
        let before = counts;
        for one in case.iter().filter(|act| act.activity == a) {
            for other in case.iter().filter(|act| act.activity == b) {
                counts[usize::from(one.person != other.person)] += 1;
            }
        }
        counts[2] += u64::from(counts[0] > before[0]);
        counts[3] += u64::from(counts[1] > before[1]);
    }
    counts
}

#[test]
fn four_eyes_are_counted_over_all_pairs() {
    let Some(log) = shared("logs/receipt.xes.gz") else {
        return;
    };
    let mut text = String::new();
    for (index, (a, b)) in PAIRS.iter().enumerate() {
        for kind in ["separation", "binding"] {
            text += &format!(
                "[[rule]]\nid = \"{kind}-{index}\"\nper = \"case\"\ninternal = true\n\
                 grade = \"observe\"\nkind = \"{kind}\"\na = \"{a}\"\nb = \"{b}\"\n\
                 by = 'event[\"org:resource\"]'\n"
            );
        }
    }
    let outcome = checked(pack(&text), &log, &CheckOptions::default());
    let cases = cases(&log);
    for ((a, b), rules) in PAIRS.iter().zip(outcome.rules.chunks(2)) {
        let [same, different, cases_same, cases_different] = by_pairs(&cases, a, b);
        let total = same + different;
        assert!(same > 0 && different > 0, "{a} {b}: nothing to tell apart");
        assert_eq!(
            activations(&rules[0]),
            [total, different, same, 0, 0],
            "{a} {b}"
        );
        assert_eq!(
            activations(&rules[1]),
            [total, same, different, 0, 0],
            "{a} {b}"
        );
        assert_eq!(objects(&rules[0])[2], cases_same, "{a} {b}");
        assert_eq!(objects(&rules[1])[2], cases_different, "{a} {b}");
    }
}

/// Whether the time from one moment to another is too long.
type Late<'a> = &'a dyn Fn(&Time, &Time) -> bool;

/// In time, late, and not stopped by then; `late` says what too late is.
fn clocks(cases: &[Vec<Act>], (start, stop): (&str, &str), late: Late<'_>, now: &Time) -> [u64; 5] {
    let mut counts = [0; 5];
    for case in cases {
        for (place, begun) in case
            .iter()
            .enumerate()
            .filter(|(_, act)| act.activity == start)
        {
            let mut later = case[place + 1..].iter();
            let stopped = later.find(|act| act.activity == stop);
            let verdict = match stopped {
                Some(act) if !late(&begun.time, &act.time) => 1,
                None if !late(&begun.time, now) => 3,
                _ => 2,
            };
            counts[0] += 1;
            counts[verdict] += 1;
        }
    }
    counts
}

/// First in, first out.
fn durations(cases: &[Vec<Act>], (from, to): (&str, &str), min_micros: i64) -> [u64; 5] {
    let mut counts = [0; 5];
    for case in cases {
        let mut open = std::collections::VecDeque::new();
        for act in case {
            let closed = if act.activity == to {
                open.pop_front()
            } else {
                None
            };
            if let Some(begun) = closed {
                let took = act.time.instant().0 - begun;
                counts[0] += 1;
                counts[if took < min_micros { 2 } else { 1 }] += 1;
            }
            if act.activity == from {
                open.push_back(act.time.instant().0);
            }
        }
    }
    counts
}

#[test]
fn clocks_and_durations_agree_with_walking_through_each_case() {
    let Some(log) = shared("logs/receipt.xes.gz") else {
        return;
    };
    let (first, last) = ("Confirmation of receipt", PAIRS[2].1);
    let text = format!(
        "[[rule]]\nid = \"DATES\"\nper = \"case\"\ninternal = true\ngrade = \"observe\"\n\
         kind = \"deadline\"\nstart = \"{first}\"\nstop = \"{last}\"\nwithin = \"3 days\"\n\
         [[rule]]\nid = \"WORKED\"\nper = \"case\"\ninternal = true\ngrade = \"observe\"\n\
         kind = \"deadline\"\nstart = \"{first}\"\nstop = \"{last}\"\nwithin = \"2 working days\"\n\
         [[rule]]\nid = \"HOURS\"\nper = \"case\"\ninternal = true\ngrade = \"observe\"\n\
         kind = \"deadline\"\nstart = \"{first}\"\nstop = \"{last}\"\nwithin = \"72 h\"\n\
         [[rule]]\nid = \"FAST\"\nper = \"case\"\ninternal = true\ngrade = \"observe\"\n\
         kind = \"duration\"\nfrom = \"{first}\"\nto = \"{last}\"\nmin = \"10 min\"\n"
    );
    let outcome = checked(pack(&text), &log, &CheckOptions::default());
    let cases = cases(&log);
    let now = outcome.as_of.unwrap();
    let date = |time: &Time| time.written_date();
    let worked = |from: Date, to: Date| {
        let days = (from.0 + 1..=to.0).filter(|day| Date(*day).weekday() < 5);
        days.count()
    };
    let hours = 72 * 3_600_000_000;
    let late: [Late<'_>; 3] = [
        &|from, to| date(to).0 - date(from).0 > 3,
        // Over a weekend the last day is the second one that is worked.
        &|from, to| {
            let mut last = date(from);
            while worked(date(from), last) < 2 {
                last = last.plus(1);
            }
            date(to) > last
        },
        &|from, to| to.instant().0 - from.instant().0 > hours,
    ];
    for (late, rule) in late.iter().zip(&outcome.rules) {
        let expected = clocks(&cases, (first, last), late, &now);
        assert!(expected[1] > 0 && expected[2] > 0, "{}", rule.id);
        assert_eq!(activations(rule), expected, "{}", rule.id);
    }
    let expected = durations(&cases, (first, last), 600_000_000);
    assert!(expected[1] > 0 && expected[2] > 0, "nothing to tell apart");
    assert_eq!(activations(&outcome.rules[3]), expected);
}
