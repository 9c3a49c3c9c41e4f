use crate::monitor::cases::{self, Case, OFFICE};

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
