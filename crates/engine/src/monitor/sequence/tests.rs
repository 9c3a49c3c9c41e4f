use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::harness::Harness;
use crate::monitor::cases::{self, Case, OFFICE, clock, told};

fn check(cases: &[Case]) {
    let head = format!("{OFFICE}kind = \"sequence\"\nwhat = \"issued\"\nnumber = 'event.number'\n");
    cases::check(&head, cases);
}

#[test]
fn numbers_run_without_hole_repetition_or_late_one() {
    check(&[
        Case {
            name: "a run",
            rule: "",
            as_of: "",
            story: "2026-03-02T10:00:00+08:00 issued case=C1 number=17
                    2026-03-02T11:00:00+08:00 issued case=C1 number=18
                    2026-03-02T12:00:00+08:00 issued case=C1 number=19",
            counts: [3, 3, 0, 0, 0],
            findings: "",
        },
        Case {
            name: "two are jumped over, one of them comes late, the last comes twice",
            rule: "",
            as_of: "",
            story: "2026-03-02T10:00:00+08:00 issued case=C1 number=1
                    2026-03-02T11:00:00+08:00 issued case=C1 number=4
                    2026-03-02T12:00:00+08:00 issued case=C1 number=3
                    2026-03-02T13:00:00+08:00 issued case=C1 number=4",
            counts: [5, 2, 3, 0, 0],
            findings: "RULE C1 Violated NumberMissing issued@0 / issued@1 \
                       at 2026-03-02T11:00:00+08:00 Missing { first: 2, last: 3 }\n\
                       RULE C1 Violated NumberLate issued@2 at 2026-03-02T12:00:00+08:00\n\
                       RULE C1 Violated NumberRepeated issued@3 at 2026-03-02T13:00:00+08:00 4 -> 4",
        },
        Case {
            name: "numbers of one instant are in no order",
            rule: "",
            as_of: "",
            story: "2026-03-02T00:00:00+08:00 issued case=C1 number=2
                    2026-03-02T00:00:00+08:00 issued case=C1 number=1
                    2026-03-03T00:00:00+08:00 issued case=C1 number=5
                    2026-03-03T00:00:00+08:00 issued case=C1 number=3
                    2026-03-03T00:00:00+08:00 issued case=C1 number=4",
            counts: [5, 5, 0, 0, 0],
            findings: "",
        },
        Case {
            name: "below the first",
            rule: "",
            as_of: "",
            story: "2026-03-02T00:00:00+08:00 issued case=C1 number=10
                    2026-03-03T00:00:00+08:00 issued case=C1 number=7
                    2026-03-04T00:00:00+08:00 issued case=C1 number=8
                    2026-03-05T00:00:00+08:00 issued case=C1 number=8
                    2026-03-06T00:00:00+08:00 issued case=C1 number=11",
            counts: [5, 2, 3, 0, 0],
            findings: "RULE C1 Violated NumberLate issued@1 at 2026-03-03T00:00:00+08:00\n\
                       RULE C1 Violated NumberLate issued@2 at 2026-03-04T00:00:00+08:00\n\
                       RULE C1 Violated NumberRepeated issued@3 at 2026-03-05T00:00:00+08:00 8 -> 8",
        },
        Case {
            name: "to the ends of the numbers; and no number at all",
            rule: "",
            as_of: "",
            story: "2026-03-02T00:00:00+08:00 issued case=C1 number=-9223372036854775808
                    2026-03-03T00:00:00+08:00 issued case=C1 number=9223372036854775807
                    2026-03-04T00:00:00+08:00 issued case=C1",
            counts: [4, 2, 1, 0, 1],
            findings: "RULE C1 Violated NumberMissing issued@0 / issued@1 \
                       at 2026-03-03T00:00:00+08:00 \
                       Missing { first: -9223372036854775807, last: 9223372036854775806 }\n\
                       RULE C1 Undecided DataMissing issued@2 at 2026-03-04T00:00:00+08:00 field number",
        },
    ]);
}

const GRACE: &str = "grace = \"2 days\"";

#[test]
fn a_hole_has_its_time_of_grace() {
    check(&[
        Case {
            name: "filled in time",
            rule: GRACE,
            as_of: "2026-03-10T00:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 issued case=C1 number=1
                    2026-03-02T11:00:00+08:00 issued case=C1 number=4
                    2026-03-03T12:00:00+08:00 issued case=C1 number=2
                    2026-03-04T23:00:00+08:00 issued case=C1 number=3",
            counts: [5, 5, 0, 0, 0],
            findings: "",
        },
        Case {
            name: "filled in the middle: what is left are two holes",
            rule: GRACE,
            as_of: "2026-03-10T00:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 issued case=C1 number=1
                    2026-03-02T11:00:00+08:00 issued case=C1 number=7
                    2026-03-03T12:00:00+08:00 issued case=C1 number=4
                    2026-03-05T00:00:00+08:00 issued case=C1 number=3",
            counts: [6, 3, 3, 0, 0],
            findings: "RULE C1 Violated NumberMissing issued@0 / issued@2 \
                       at 2026-03-05T00:00:00+08:00 Missing { first: 2, last: 3 }\n\
                       RULE C1 Violated NumberMissing issued@2 / issued@1 \
                       at 2026-03-05T00:00:00+08:00 Missing { first: 5, last: 6 }\n\
                       RULE C1 Violated NumberLate issued@3 \
                       at 2026-03-05T00:00:00+08:00 due 2026-03-05T00:00:00+08:00",
        },
        Case {
            name: "still awaited",
            rule: GRACE,
            as_of: "2026-03-04T23:59:00+08:00",
            story: "2026-03-02T10:00:00+08:00 issued case=C1 number=1
                    2026-03-02T11:00:00+08:00 issued case=C1 number=7
                    2026-03-03T12:00:00+08:00 issued case=C1 number=4",
            counts: [4, 3, 0, 1, 0],
            findings: "",
        },
    ]);
}

/// Every number looked at by itself, with a list of all that were seen.
fn looked_at(events: &[(i64, i64)], grace: Option<i64>, until: i64) -> ([u64; 5], Vec<String>) {
    let mut sorted: Vec<(i64, i64)> = events.to_vec();
    sorted.sort_unstable();
    let (mut satisfied, mut found) = (0, Vec::new());
    // For each number awaited: the number that jumped over it, and by when it had to come.
    let mut awaited: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
    let mut seen: BTreeSet<i64> = BTreeSet::new();
    let (mut top, mut jumps) = (None, Vec::new());
    for (at, number) in &sorted {
        let top_before = top.unwrap_or(*number - 1);
        if seen.contains(number) {
            found.push("NumberRepeated".to_owned());
        } else if *number > top_before {
            satisfied += 1;
            for between in top_before + 1..*number {
                awaited.insert(between, (*number, at + grace.unwrap_or(-1)));
            }
            if *number > top_before + 1 {
                jumps.push(*number);
            }
            top = Some(*number);
        } else {
            match awaited.get(number) {
                Some((_, by)) if at <= by => {
                    satisfied += 1;
                    awaited.remove(number);
                }
                _ => found.push("NumberLate".to_owned()),
            }
        }
        seen.insert(*number);
    }
    let mut pending = 0;
    for jump in jumps {
        let left = awaited.iter().filter(|(_, (over, _))| *over == jump);
        let left: Vec<(i64, i64)> = left.map(|(number, (_, by))| (*number, *by)).collect();
        match left.first() {
            None => satisfied += 1,
            Some((_, by)) if *by >= until => pending += 1,
            Some(_) => {
                let runs = left
                    .iter()
                    .filter(|(number, _)| !left.iter().any(|(other, _)| *other == number - 1));
                found.extend(runs.map(|(first, _)| format!("NumberMissing from {first}")));
            }
        }
    }
    found.sort();
    let violated = found.len() as u64;
    (
        [
            satisfied + violated + pending,
            satisfied,
            violated,
            pending,
            0,
        ],
        found,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn every_number_is_looked_at(
        events in proptest::collection::vec((0i64..40, 0i64..25), 1..25),
        grace in proptest::option::of(1i64..20),
    ) {
        let rule = format!(
            "{OFFICE}kind = \"sequence\"\nwhat = \"issued\"\nnumber = 'event.number'\n{}\n",
            grace.map_or(String::new(), |grace| format!("grace = \"{grace} s\"")),
        );
        let line = |(at, number): &(i64, i64)| (*at, format!("issued case=C1 number={number}"));
        let story = told(&events.iter().map(line).collect::<Vec<_>>());
        let until = 45;
        let as_of = clock(until).to_string();
        let judged = Harness::pack(&rule).judged_at(&as_of).judge(&story);
        let mut found: Vec<String> = judged
            .listed()
            .lines()
            .map(|line| {
                let reason = line.split(' ').nth(3).unwrap().to_owned();
                match line.split("first: ").nth(1) {
                    None => reason,
                    Some(first) => format!("{reason} from {}", first.split(',').next().unwrap()),
                }
            })
            .collect();
        found.sort();
        let (counts, expected) = looked_at(&events, grace, until);
        prop_assert_eq!(judged.activations("RULE"), counts, "{}", &story);
        prop_assert_eq!(found, expected, "{}", &story);
    }
}
