use crate::monitor::cases::{self, Case, OFFICE};

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
