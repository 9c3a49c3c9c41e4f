use proptest::prelude::*;

use crate::harness::Harness;
use crate::monitor::cases::{self, Case, OFFICE, clock, told};

fn check(cases: &[Case]) {
    let head = format!("{OFFICE}kind = \"silence\"\nwhat = \"beat\"\n");
    cases::check(&head, cases);
}

const HOURLY: &str = "every = \"1 h\"";
const ON_DUTY: &str = "every = \"1 h\"\nwhile = { from = \"duty.began\", to = \"duty.ended\" }";

#[test]
fn a_heartbeat_that_does_not_come_is_found_once() {
    check(&[
        Case {
            name: "three beats, a gap, and silence at the end",
            rule: HOURLY,
            as_of: "2026-03-02T20:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 beat case=C1
                    2026-03-02T11:00:00+08:00 beat case=C1
                    2026-03-02T15:00:00+08:00 beat case=C1",
            counts: [3, 1, 2, 0, 0],
            findings: "RULE C1 Violated Silent beat@1 / beat@2 at 2026-03-02T12:00:00.000001+08:00 \
                       Span { measured: 14400000000, limit: 3600000000 }\n\
                       RULE C1 Violated Silent beat@2 at 2026-03-02T16:00:00.000001+08:00 \
                       due 2026-03-02T16:00:00+08:00",
        },
        Case {
            name: "the next is not due yet",
            rule: HOURLY,
            as_of: "2026-03-02T11:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 beat case=C1",
            counts: [1, 0, 0, 1, 0],
            findings: "",
        },
        Case {
            name: "a doubtful beat, then a sure one too late",
            rule: "every = \"1 h\"\nwhere = 'event.strong == true'",
            as_of: "2026-03-02T13:00:00+08:00",
            story: "2026-03-02T09:00:00+08:00 beat case=C1
                    2026-03-02T10:00:00+08:00 beat case=C1 strong=true
                    2026-03-02T10:30:00+08:00 beat case=C1
                    2026-03-02T12:30:00+08:00 beat case=C1 strong=true",
            counts: [3, 0, 0, 1, 2],
            findings: "RULE C1 Undecided DataMissing beat@0 at 2026-03-02T09:00:00+08:00 field strong\n\
                       RULE C1 Undecided DataMissing beat@1 \
                       at 2026-03-02T11:00:00.000001+08:00 field strong",
        },
        Case {
            name: "a doubtful beat after the hour does not excuse the silence before it",
            rule: "every = \"1 h\"\nwhere = 'event.strong == true'",
            as_of: "2026-03-02T13:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 beat case=C1 strong=true
                    2026-03-02T11:30:00+08:00 beat case=C1",
            counts: [1, 0, 1, 0, 0],
            findings: "RULE C1 Violated Silent beat@0 at 2026-03-02T11:00:00.000001+08:00 \
                       due 2026-03-02T11:00:00+08:00",
        },
    ]);
}

#[test]
fn heartbeats_are_expected_on_duty_only() {
    check(&[
        Case {
            name: "off duty nobody is missed; going off duty in time owes nothing",
            rule: ON_DUTY,
            as_of: "2026-03-03T20:00:00+08:00",
            story: "2026-03-02T07:00:00+08:00 beat case=C1
                    2026-03-02T10:00:00+08:00 duty.began case=C1
                    2026-03-02T10:50:00+08:00 beat case=C1
                    2026-03-02T11:40:00+08:00 duty.ended case=C1
                    2026-03-02T18:00:00+08:00 beat case=C1",
            counts: [2, 2, 0, 0, 0],
            findings: "",
        },
        Case {
            name: "silent until the end of the duty",
            rule: ON_DUTY,
            as_of: "2026-03-03T20:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 duty.began case=C1
                    2026-03-02T18:00:00+08:00 duty.ended case=C1",
            counts: [1, 0, 1, 0, 0],
            findings: "RULE C1 Violated Silent duty.began@0 at 2026-03-02T11:00:00.000001+08:00 \
                       due 2026-03-02T11:00:00+08:00",
        },
        Case {
            name: "an end that cannot be decided",
            rule: "every = \"1 h\"\nwhile = { from = \"duty.began\", \
                   to = { type = \"duty.ended\", where = 'event.final == true' } }",
            as_of: "2026-03-03T20:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 duty.began case=C1
                    2026-03-02T10:30:00+08:00 duty.ended case=C1",
            counts: [1, 0, 0, 0, 1],
            findings: "RULE C1 Undecided DataMissing duty.began@0 \
                       at 2026-03-02T11:00:00.000001+08:00 field final",
        },
    ]);
}

/// Second after second: is a heartbeat expected, and since when was none heard?
fn listened(acts: &[(i64, u8)], every: i64, until: i64) -> ([u64; 5], Vec<String>) {
    let (mut counts, mut found) = ([0; 5], Vec::new());
    // While on duty: when it was last heard, and whether that was found too long ago.
    let mut heard: Option<(i64, bool)> = None;
    for second in 0..=until {
        if let Some((at, false)) = heard
            && second > at + every
        {
            heard = Some((at, true));
            counts[2] += 1;
            found.push(format!("at {}", clock(at + every)));
        }
        for (_, act) in acts.iter().filter(|(at, _)| *at == second) {
            let settled = u64::from(matches!(heard, Some((_, false))));
            match (act, heard) {
                (0, Some(_)) => {
                    counts[1] += settled;
                    heard = Some((second, false));
                    counts[0] += 1;
                }
                (1, None) => {
                    heard = Some((second, false));
                    counts[0] += 1;
                }
                (2, Some(_)) => {
                    counts[1] += settled;
                    heard = None;
                }
                _ => {}
            }
        }
    }
    counts[3] = u64::from(matches!(heard, Some((_, false))));
    found.sort();
    (counts, found)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn silence_agrees_with_listening(
        mut acts in proptest::collection::vec((0i64..100, 0u8..3), 1..25),
        every in 1i64..30,
    ) {
        acts.sort_by_key(|(at, _)| *at);
        let rule = format!(
            "{OFFICE}kind = \"silence\"\nwhat = \"beat\"\nevery = \"{every} s\"\n\
             while = {{ from = \"duty.began\", to = \"duty.ended\" }}\n"
        );
        let line = |(at, act): &(i64, u8)| {
            let activity = ["beat", "duty.began", "duty.ended"][usize::from(*act)];
            (*at, format!("{activity} case=C1"))
        };
        let story = told(&acts.iter().map(line).collect::<Vec<_>>());
        let as_of = clock(110).to_string();
        let judged = Harness::pack(&rule).judged_at(&as_of).judge(&story);
        let at = |line: &str| line[line.find("at 2026").unwrap()..][..28].to_owned();
        let mut found: Vec<String> = judged.listed().lines().map(at).collect();
        found.sort();
        let (counts, expected) = listened(&acts, every, 110);
        prop_assert_eq!(judged.activations("RULE"), counts, "{}", &story);
        // A finding is made one microsecond after the last moment in time.
        let expected: Vec<String> = expected.iter().map(|at| at[..22].to_owned()).collect();
        let found: Vec<String> = found.iter().map(|at| at[..22].to_owned()).collect();
        prop_assert_eq!(found, expected, "{}", &story);
    }
}
