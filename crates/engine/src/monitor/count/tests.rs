//! The templates of one end, and choices, against a reference and by stories.

use std::fmt::Write as _;

use proptest::prelude::*;

use crate::harness::Harness;

type Numbers = [u64; 5];

/// How an object's one activation ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Satisfied,
    Violated,
    Pending,
    Undecided,
}

/// An event: its activity, and a value that its guard needs.
type Event = (char, Option<i64>);

fn fits(event: Event, activity: char) -> Option<bool> {
    if event.0 == activity {
        event.1.map(|x| x > 1)
    } else {
        Some(false)
    }
}

fn fate(kind: &str, n: u64, trace: &[Event], finite: bool) -> Fate {
    let of = |activity| trace.iter().map(move |event| fits(*event, activity));
    let count = |activity, wanted| of(activity).filter(|fit| *fit == wanted).count() as u64;
    let worlds = |activity| {
        let sure = count(activity, Some(true));
        sure..=sure + count(activity, None)
    };
    let open = if finite {
        Fate::Violated
    } else {
        Fate::Pending
    };
    let by_count = |counted: u64| match kind {
        "existence" if counted >= n => Fate::Satisfied,
        "existence" => open,
        "absence" if counted < n => Fate::Satisfied,
        "exactly" if counted < n => open,
        "exactly" if counted == n => Fate::Satisfied,
        _ => Fate::Violated,
    };
    let ends = |fit: Option<&Event>, wrong| match fit.map(|event| fits(*event, 'a')) {
        Some(Some(true)) => Fate::Satisfied,
        Some(None) => Fate::Undecided,
        _ => wrong,
    };
    let possible: Vec<Fate> = match kind {
        "init" => vec![ends(trace.first(), Fate::Violated)],
        "end" => vec![ends(trace.last(), open)],
        "choice" | "exclusive-choice" => worlds('a')
            .flat_map(|a| worlds('b').map(move |b| (a > 0, b > 0)))
            .map(|seen| match seen {
                (false, false) => open,
                (true, true) if kind == "exclusive-choice" => Fate::Violated,
                _ => Fate::Satisfied,
            })
            .collect(),
        _ => worlds('a').map(by_count).collect(),
    };
    if possible.iter().all(|fate| *fate == possible[0]) {
        possible[0]
    } else {
        Fate::Undecided
    }
}

const KINDS: [(&str, u64); 9] = [
    ("existence", 1),
    ("existence", 2),
    ("absence", 1),
    ("absence", 3),
    ("exactly", 2),
    ("init", 0),
    ("end", 0),
    ("choice", 0),
    ("exclusive-choice", 0),
];

fn pack() -> String {
    let mut text = String::new();
    for (kind, n) in KINDS {
        let ends = if kind.ends_with("choice") {
            "a = { type = \"a\", where = 'a.x > 1' }\nb = { type = \"b\", where = 'b.x > 1' }"
        } else {
            "what = \"a\"\nwhere = 'what.x > 1'"
        };
        let bound = if n > 0 {
            format!("n = {n}\n")
        } else {
            String::new()
        };
        let _ = write!(
            text,
            "[[rule]]\nid = \"{kind}{n}\"\ninternal = true\ngrade = \"observe\"\nper = \"case\"\n\
             kind = \"{kind}\"\n{ends}\n{bound}"
        );
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 120,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn counts_are_what_every_reading_of_the_data_gives(
        traces in prop::collection::vec(
            prop::collection::vec(
                (
                    prop_oneof![3 => Just('a'), 2 => Just('b'), 1 => Just('c')],
                    prop::option::weighted(0.85, 0i64..5),
                ),
                1..6,
            ),
            1..10,
        ),
        finite in any::<bool>(),
    ) {
        let mut story = String::new();
        for (object, trace) in traces.iter().enumerate() {
            for (activity, x) in trace {
                let _ = write!(story, "2026-02-10T09:00:00+08:00 {activity} case=C{object}");
                if let Some(x) = x {
                    let _ = write!(story, " x={x}");
                }
                story.push('\n');
            }
        }
        let mut harness = Harness::pack(&pack());
        if finite {
            harness = harness.finite();
        }
        let judged = harness.judge(&story);
        for (kind, n) in KINDS {
            let mut expected: Numbers = [0; 5];
            for trace in &traces {
                expected[0] += 1;
                expected[match fate(kind, n, trace, finite) {
                    Fate::Satisfied => 1,
                    Fate::Violated => 2,
                    Fate::Pending => 3,
                    Fate::Undecided => 4,
                }] += 1;
            }
            let rule = format!("{kind}{n}");
            prop_assert_eq!(judged.activations(&rule), expected, "{}", rule);
            // An object that is owed something has broken nothing.
            let [activated, satisfied, violated, pending, undecided] = expected;
            let objects = [activated, satisfied + pending, violated, pending, undecided];
            prop_assert_eq!(judged.objects(&rule), objects, "objects of {}", rule);
        }
    }
}

#[test]
fn findings_of_one_end_name_the_event_and_the_numbers() {
    for (kind, keys, finite, expected) in [
        (
            "absence",
            "what = \"a\"\nn = 2",
            false,
            "R C1 Violated TooMany / a@2 at 2026-02-10T11:00:00+08:00 \
             Count { counted: 2, limit: 1 }",
        ),
        (
            "existence",
            "what = \"a\"\nn = 3",
            true,
            "R C1 Violated TooFew at 2026-02-10T12:00:00+08:00 Count { counted: 2, limit: 3 }",
        ),
        (
            "init",
            "what = \"b\"",
            false,
            "R C1 Violated WrongFirst / a@0 at 2026-02-10T09:00:00+08:00",
        ),
        (
            "end",
            "what = \"a\"",
            true,
            "R C1 Violated WrongLast / c@3 at 2026-02-10T12:00:00+08:00",
        ),
        (
            "exclusive-choice",
            "a = \"a\"\nb = \"c\"",
            false,
            "R C1 Violated TooMany / c@3 at 2026-02-10T12:00:00+08:00 \
             Count { counted: 2, limit: 1 }",
        ),
    ] {
        let rules = format!(
            "[[rule]]\nid = \"R\"\ninternal = true\ngrade = \"observe\"\nper = \"case\"\n\
             kind = \"{kind}\"\n{keys}\n"
        );
        let mut harness = Harness::pack(&rules);
        if finite {
            harness = harness.finite();
        }
        let judged = harness.judge(
            "2026-02-10T09:00:00+08:00 a case=C1\n2026-02-10T10:00:00+08:00 b case=C1\n\
             2026-02-10T11:00:00+08:00 a case=C1\n2026-02-10T12:00:00+08:00 c case=C1",
        );
        assert_eq!(judged.listed(), expected, "{kind}");
    }
}
