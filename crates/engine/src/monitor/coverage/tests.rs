use proptest::prelude::*;

use crate::harness::Harness;
use crate::monitor::cases::{self, Case, OFFICE, clock, told};

fn check(rule: &str, cases: &[Case]) {
    let head = format!(
        "{OFFICE}kind = \"coverage\"\nwhat = \"accepted\"\nby = \"footage\"\n\
         start = 'event.start'\nend = 'event.end'\n{rule}\n"
    );
    cases::check(&head, cases);
}

#[test]
fn an_act_is_covered_by_footage_before_and_after_it() {
    check(
        "around = \"60 s\"\nwithin = \"24 h\"",
        &[
            Case {
                name: "one recording covers it; its edge does too; a minute less does not",
                rule: "",
                as_of: "2026-03-05T00:00:00+08:00",
                story: "2026-03-02T10:00:00+08:00 accepted case=C1
                        2026-03-02T18:00:00+08:00 footage case=C1 start=2026-03-02T09:59:00+08:00 end=2026-03-02T10:01:00+08:00
                        2026-03-02T10:00:00+08:00 accepted case=C2
                        2026-03-02T18:00:00+08:00 footage case=C2 start=2026-03-02T09:00:00+08:00 end=2026-03-02T10:00:59+08:00",
                counts: [2, 1, 1, 0, 0],
                findings: "RULE C2 Violated Uncovered accepted@2 / footage@3 \
                           at 2026-03-03T10:00:00.000001+08:00",
            },
            Case {
                name: "two recordings that meet cover it together; a gap stays a gap",
                rule: "",
                as_of: "2026-03-05T00:00:00+08:00",
                story: "2026-03-02T10:00:00+08:00 accepted case=C1
                        2026-03-02T18:00:00+08:00 footage case=C1 start=2026-03-02T10:00:00+08:00 end=2026-03-02T10:10:00+08:00
                        2026-03-02T18:01:00+08:00 footage case=C1 start=2026-03-02T09:50:00+08:00 end=2026-03-02T10:00:00+08:00
                        2026-03-02T10:00:00+08:00 accepted case=C2
                        2026-03-02T18:00:00+08:00 footage case=C2 start=2026-03-02T10:00:01+08:00 end=2026-03-02T10:10:00+08:00
                        2026-03-02T18:01:00+08:00 footage case=C2 start=2026-03-02T09:50:00+08:00 end=2026-03-02T10:00:00+08:00",
                counts: [2, 1, 1, 0, 0],
                findings: "RULE C2 Violated Uncovered accepted@3 / footage@5 \
                           at 2026-03-03T10:00:00.000001+08:00",
            },
            Case {
                name: "stored too late; never; not due yet",
                rule: "",
                as_of: "2026-03-04T11:00:00+08:00",
                story: "2026-03-02T10:00:00+08:00 accepted case=C1
                        2026-03-03T10:00:01+08:00 footage case=C1 start=2026-03-02T09:00:00+08:00 end=2026-03-02T11:00:00+08:00
                        2026-03-03T10:30:00+08:00 accepted case=C1
                        2026-03-03T11:30:00+08:00 accepted case=C1",
                counts: [3, 0, 2, 1, 0],
                findings: "RULE C1 Violated Uncovered accepted@0 at 2026-03-03T10:00:00.000001+08:00\n\
                           RULE C1 Violated Uncovered accepted@2 at 2026-03-04T10:30:00.000001+08:00",
            },
            Case {
                name: "footage of unknown extent leaves it undecided, unless other footage covers it",
                rule: "",
                as_of: "2026-03-05T00:00:00+08:00",
                story: "2026-03-02T10:00:00+08:00 accepted case=C1
                        2026-03-02T18:00:00+08:00 footage case=C1 start=2026-03-02T09:00:00+08:00
                        2026-03-02T10:00:00+08:00 accepted case=C2
                        2026-03-02T18:00:00+08:00 footage case=C2 start=2026-03-02T09:00:00+08:00
                        2026-03-02T18:00:00+08:00 footage case=C2 start=2026-03-02T09:00:00+08:00 end=2026-03-02T11:00:00+08:00",
                counts: [2, 1, 0, 0, 1],
                findings: "RULE C1 Undecided DataMissing accepted@0 \
                           at 2026-03-03T10:00:00.000001+08:00 field end",
            },
        ],
    );
}

#[test]
fn a_permit_covers_what_is_done_under_it() {
    check(
        "match = 'by.vehicle == what.vehicle'",
        &[
            Case {
                name: "the permit comes first; another vehicle's permit does not serve",
                rule: "",
                as_of: "2026-03-05T00:00:00+08:00",
                story: "2026-03-01T10:00:00+08:00 footage case=C1 vehicle=7 start=2026-03-02T00:00:00+08:00 end=2026-03-03T00:00:00+08:00
                        2026-03-02T10:00:00+08:00 accepted case=C1 vehicle=7
                        2026-03-02T11:00:00+08:00 accepted case=C1 vehicle=8
                        2026-03-03T00:00:01+08:00 accepted case=C1 vehicle=7",
                counts: [3, 1, 0, 2, 0],
                findings: "",
            },
            Case {
                name: "a permit for nobody knows whom",
                rule: "within = \"1 h\"",
                as_of: "2026-03-05T00:00:00+08:00",
                story: "2026-03-01T10:00:00+08:00 footage case=C1 start=2026-03-02T00:00:00+08:00 end=2026-03-03T00:00:00+08:00
                        2026-03-02T10:00:00+08:00 accepted case=C1 vehicle=7",
                counts: [1, 0, 0, 0, 1],
                findings: "RULE C1 Undecided DataMissing accepted@1 \
                           at 2026-03-02T11:00:00.000001+08:00 field vehicle",
            },
        ],
    );
}

/// Every half second around every act: is there evidence for it that came in time?
fn looked_at(
    acts: &[i64],
    evidence: &[(i64, i64, i64)],
    (around, within, until): (i64, i64, i64),
) -> [u64; 5] {
    let mut counts = [0; 5];
    for act in acts {
        let in_time = evidence.iter().filter(|(came, _, _)| came - act <= within);
        let in_time: Vec<_> = in_time.collect();
        let covered = (2 * (act - around)..=2 * (act + around)).all(|half| {
            in_time
                .iter()
                .any(|(_, from, to)| 2 * from <= half && half <= 2 * to)
        });
        counts[0] += 1;
        let verdict = match covered {
            true => 1,
            false if until - act > within => 2,
            false => 3,
        };
        counts[verdict] += 1;
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_moment_is_looked_at(
        acts in proptest::collection::vec(0i64..60, 1..12),
        evidence in proptest::collection::vec((0i64..80, 0i64..70, -2i64..20), 0..12),
        around in 0i64..5,
        within in 1i64..25,
    ) {
        let evidence: Vec<_> = evidence
            .iter()
            .map(|(came, from, long)| (*came, *from, from + long))
            .collect();
        let rule = format!(
            "{OFFICE}kind = \"coverage\"\nwhat = \"accepted\"\nby = \"footage\"\n\
             start = 'event.start'\nend = 'event.end'\naround = \"{around} s\"\nwithin = \"{within} s\"\n"
        );
        let mut events: Vec<_> = evidence
            .iter()
            .map(|(came, from, to)| {
                let text = format!("footage case=C1 start={} end={}", clock(*from), clock(*to));
                (*came, text)
            })
            .collect();
        events.extend(acts.iter().map(|at| (*at, "accepted case=C1".to_owned())));
        let story = told(&events);
        let as_of = clock(82).to_string();
        let judged = Harness::pack(&rule).judged_at(&as_of).judge(&story);
        let counts = looked_at(&acts, &evidence, (around, within, 82));
        prop_assert_eq!(judged.activations("RULE"), counts, "{}", &story);
    }
}
