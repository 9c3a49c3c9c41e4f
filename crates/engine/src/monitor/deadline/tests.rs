mod simulation;
mod vectors;

use crate::harness::Harness;
use crate::monitor::cases::{self, Case, OFFICE};

const CLOCK: &str = "kind = \"deadline\"\nstart = \"accepted\"\nstop = \"decided\"\n";

fn check(cases: &[Case]) {
    cases::check(&format!("{OFFICE}{CLOCK}"), cases);
}

const TWENTY: &str = "within = \"20 working days\"";
const PAUSED: &str =
    "within = \"20 working days\"\npause = \"review.started\"\nresume = \"review.ended\"";
const HOURS: &str = "within = \"24 h\"\npause = \"review.started\"\nresume = \"review.ended\"";

#[test]
fn a_clock_is_stopped_in_time_or_is_overdue() {
    check(&[
        Case {
            name: "decided on the last day, in the evening",
            rule: TWENTY,
            as_of: "2026-04-01T00:00:00+08:00",
            story: "2026-02-10T10:00:00+08:00 accepted case=C1
                    2026-03-16T23:59:00+08:00 decided case=C1",
            counts: [1, 1, 0, 0, 0],
            findings: "",
        },
        Case {
            name: "decided two days late: the finding shows the decision",
            rule: TWENTY,
            as_of: "2026-04-01T00:00:00+08:00",
            story: "2026-02-10T10:00:00+08:00 accepted case=C1
                    2026-03-18T09:00:00+08:00 decided case=C1",
            counts: [1, 0, 1, 0, 0],
            findings: "RULE C1 Violated Overdue accepted@0 / decided@1 \
                       at 2026-03-17T00:00:00+08:00 due 2026-03-17T00:00:00+08:00",
        },
        Case {
            name: "not decided at all",
            rule: TWENTY,
            as_of: "2026-03-17T00:00:00+08:00",
            story: "2026-02-10T10:00:00+08:00 accepted case=C1",
            counts: [1, 0, 1, 0, 0],
            findings: "RULE C1 Violated Overdue accepted@0 \
                       at 2026-03-17T00:00:00+08:00 due 2026-03-17T00:00:00+08:00",
        },
        Case {
            name: "not decided yet",
            rule: TWENTY,
            as_of: "2026-03-16T23:59:59+08:00",
            story: "2026-02-10T10:00:00+08:00 accepted case=C1",
            counts: [1, 0, 0, 1, 0],
            findings: "",
        },
        Case {
            name: "hours run through the night and are up by the microsecond",
            rule: HOURS,
            as_of: "2026-04-01T00:00:00+08:00",
            story: "2026-02-13T18:00:00+08:00 accepted case=C1
                    2026-02-14T18:00:00+08:00 decided case=C1
                    2026-02-13T18:00:00+08:00 accepted case=C2
                    2026-02-14T18:00:00.000001+08:00 decided case=C2",
            counts: [2, 1, 1, 0, 0],
            findings: "RULE C2 Violated Overdue accepted@2 / decided@3 \
                       at 2026-02-14T18:00:00.000001+08:00 due 2026-02-14T18:00:00+08:00",
        },
        Case {
            name: "one stop stops every running clock; a stop alone stops none",
            rule: TWENTY,
            as_of: "2026-04-01T00:00:00+08:00",
            story: "2026-03-02T09:00:00+08:00 decided case=C1
                    2026-03-03T09:00:00+08:00 accepted case=C1
                    2026-03-04T09:00:00+08:00 accepted case=C1
                    2026-03-05T09:00:00+08:00 decided case=C1",
            counts: [2, 2, 0, 0, 0],
            findings: "",
        },
    ]);
}

#[test]
fn months_end_where_the_month_ends() {
    check(&[
        Case {
            name: "three months from 30 November end on 28 February",
            rule: "within = \"3 months\"",
            as_of: "2026-03-01T00:00:00+08:00",
            story: "2025-11-30T10:00:00+08:00 accepted case=C1",
            counts: [1, 0, 1, 0, 0],
            findings: "RULE C1 Violated Overdue accepted@0 \
                       at 2026-03-01T00:00:00+08:00 due 2026-03-01T00:00:00+08:00",
        },
        Case {
            name: "ten paused days move it by ten days",
            rule: "within = \"1 month\"\npause = \"review.started\"\nresume = \"review.ended\"",
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-03-01T10:00:00+08:00 accepted case=C1
                    2026-03-10T10:00:00+08:00 review.started case=C1
                    2026-03-20T10:00:00+08:00 review.ended case=C1
                    2026-04-11T10:00:00+08:00 decided case=C1",
            counts: [1, 1, 0, 0, 0],
            findings: "",
        },
    ]);
}

#[test]
fn paused_days_do_not_count() {
    check(PAUSES);
}

const PAUSES: &[Case] = &[
    Case {
        // Due 03-16; paused 03-03 to 03-09, five working days (the 10th counts again).
        name: "five paused working days move the last day by five working days",
        rule: PAUSED,
        as_of: "2026-05-01T00:00:00+08:00",
        story: "2026-02-10T10:00:00+08:00 accepted case=C1
                    2026-03-03T09:00:00+08:00 review.started case=C1
                    2026-03-10T17:00:00+08:00 review.ended case=C1
                    2026-03-24T09:00:00+08:00 decided case=C1",
        counts: [1, 0, 1, 0, 0],
        findings: "RULE C1 Violated Overdue accepted@0 / decided@3 \
                       at 2026-03-24T00:00:00+08:00 due 2026-03-24T00:00:00+08:00",
    },
    Case {
        name: "a pause over a weekend moves nothing",
        rule: PAUSED,
        as_of: "2026-03-17T00:00:00+08:00",
        story: "2026-02-10T10:00:00+08:00 accepted case=C1
                    2026-03-07T09:00:00+08:00 review.started case=C1
                    2026-03-09T08:00:00+08:00 review.ended case=C1",
        counts: [1, 0, 1, 0, 0],
        findings: "RULE C1 Violated Overdue accepted@0 \
                       at 2026-03-17T00:00:00+08:00 due 2026-03-17T00:00:00+08:00",
    },
    Case {
        name: "the day of the start is not counted, so pausing it gains nothing",
        rule: PAUSED,
        as_of: "2026-03-17T00:00:00+08:00",
        story: "2026-02-10T10:00:00+08:00 accepted case=C1
                    2026-02-10T11:00:00+08:00 review.started case=C1
                    2026-02-11T08:00:00+08:00 review.ended case=C1",
        counts: [1, 0, 1, 0, 0],
        findings: "RULE C1 Violated Overdue accepted@0 \
                       at 2026-03-17T00:00:00+08:00 due 2026-03-17T00:00:00+08:00",
    },
    Case {
        name: "overlapping pauses stand still until the last has ended",
        rule: PAUSED,
        as_of: "2026-05-01T00:00:00+08:00",
        story: "2026-02-10T10:00:00+08:00 accepted case=C1
                    2026-03-03T09:00:00+08:00 review.started case=C1
                    2026-03-04T09:00:00+08:00 review.started case=C1
                    2026-03-05T09:00:00+08:00 review.ended case=C1
                    2026-03-10T17:00:00+08:00 review.ended case=C1
                    2026-03-23T09:00:00+08:00 decided case=C1",
        counts: [1, 1, 0, 0, 0],
        findings: "",
    },
    Case {
        name: "a resumption without a pause does nothing",
        rule: PAUSED,
        as_of: "2026-03-17T00:00:00+08:00",
        story: "2026-02-10T10:00:00+08:00 accepted case=C1
                    2026-03-03T09:00:00+08:00 review.ended case=C1",
        counts: [1, 0, 1, 0, 0],
        findings: "RULE C1 Violated Overdue accepted@0 \
                       at 2026-03-17T00:00:00+08:00 due 2026-03-17T00:00:00+08:00",
    },
    Case {
        name: "a pause after the last day comes too late",
        rule: PAUSED,
        as_of: "2026-05-01T00:00:00+08:00",
        story: "2026-02-10T10:00:00+08:00 accepted case=C1
                    2026-03-17T00:00:00+08:00 review.started case=C1
                    2026-03-18T09:00:00+08:00 decided case=C1",
        counts: [1, 0, 1, 0, 0],
        findings: "RULE C1 Violated Overdue accepted@0 / decided@2 \
                       at 2026-03-17T00:00:00+08:00 due 2026-03-17T00:00:00+08:00",
    },
    Case {
        name: "a pause on the last day saves that day for later",
        rule: PAUSED,
        as_of: "2026-05-01T00:00:00+08:00",
        story: "2026-02-10T10:00:00+08:00 accepted case=C1
                    2026-03-16T16:00:00+08:00 review.started case=C1
                    2026-03-20T09:00:00+08:00 review.ended case=C1
                    2026-03-20T23:00:00+08:00 decided case=C1",
        counts: [1, 1, 0, 0, 0],
        findings: "",
    },
    Case {
        name: "stopped while it stands still",
        rule: PAUSED,
        as_of: "2026-09-01T00:00:00+08:00",
        story: "2026-02-10T10:00:00+08:00 accepted case=C1
                    2026-03-03T09:00:00+08:00 review.started case=C1
                    2026-06-10T17:00:00+08:00 decided case=C1",
        counts: [1, 1, 0, 0, 0],
        findings: "",
    },
    Case {
        name: "a clock that stands still is pending",
        rule: PAUSED,
        as_of: "2026-09-01T00:00:00+08:00",
        story: "2026-02-10T10:00:00+08:00 accepted case=C1
                    2026-03-03T09:00:00+08:00 review.started case=C1",
        counts: [1, 0, 0, 1, 0],
        findings: "",
    },
    Case {
        name: "hours add the paused time exactly",
        rule: HOURS,
        as_of: "2026-09-01T00:00:00+08:00",
        story: "2026-03-02T10:00:00+08:00 accepted case=C1
                    2026-03-02T12:00:00+08:00 review.started case=C1
                    2026-03-02T13:30:00+08:00 review.ended case=C1
                    2026-03-03T11:30:00.000001+08:00 decided case=C1",
        counts: [1, 0, 1, 0, 0],
        findings: "RULE C1 Violated Overdue accepted@0 / decided@3 \
                       at 2026-03-03T11:30:00.000001+08:00 due 2026-03-03T11:30:00+08:00",
    },
];

const EXTENDED: &str =
    "within = \"20 working days\"\nextend = { what = \"extended\", by = \"10 working days\" }";

#[test]
fn an_extension_counts_from_the_last_day() {
    check(&[
        Case {
            name: "granted in time, once",
            rule: EXTENDED,
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-02-10T10:00:00+08:00 accepted case=C1
                    2026-03-10T09:00:00+08:00 extended case=C1
                    2026-03-31T09:00:00+08:00 decided case=C1",
            counts: [1, 0, 1, 0, 0],
            findings: "RULE C1 Violated Overdue accepted@0 / decided@2 \
                       at 2026-03-31T00:00:00+08:00 due 2026-03-31T00:00:00+08:00",
        },
        Case {
            name: "granted after the last day it helps no more",
            rule: EXTENDED,
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-02-10T10:00:00+08:00 accepted case=C1
                    2026-03-17T09:00:00+08:00 extended case=C1
                    2026-03-18T09:00:00+08:00 decided case=C1",
            counts: [1, 0, 1, 0, 0],
            findings: "RULE C1 Violated Overdue accepted@0 / decided@2 \
                       at 2026-03-17T00:00:00+08:00 due 2026-03-17T00:00:00+08:00",
        },
        Case {
            name: "hours lengthened by a day become a day",
            rule: "within = \"24 h\"\nextend = { what = \"extended\", by = \"1 day\" }",
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 accepted case=C1
                    2026-03-03T09:00:00+08:00 extended case=C1
                    2026-03-04T23:59:00+08:00 decided case=C1",
            counts: [1, 1, 0, 0, 0],
            findings: "",
        },
        Case {
            name: "a day lengthened by hours ends in the night",
            rule: "within = \"1 day\"\nextend = { what = \"extended\", by = \"6 h\" }",
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 accepted case=C1
                    2026-03-03T09:00:00+08:00 extended case=C1
                    2026-03-04T06:00:00+08:00 decided case=C1",
            counts: [1, 0, 1, 0, 0],
            findings: "RULE C1 Violated Overdue accepted@0 / decided@2 \
                       at 2026-03-04T06:00:00+08:00 due 2026-03-04T05:59:59.999999+08:00",
        },
    ]);
}

const DEEMED: &str = "within = \"20 working days\"\n\
    deemed = { after = \"received\", within = \"5 working days\", unless = [\"accepted\", \"notice\"] }";

#[test]
fn an_application_that_nobody_answers_is_deemed_accepted() {
    check(&[
        Case {
            // Received 02-10: an answer was due by 02-24, the decision by 03-16.
            name: "accepted too late: the clock runs from the receipt, and only one",
            rule: DEEMED,
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-02-10T10:00:00+08:00 received case=C1
                    2026-02-25T09:00:00+08:00 accepted case=C1
                    2026-03-17T09:00:00+08:00 decided case=C1",
            counts: [1, 0, 1, 0, 0],
            findings: "RULE C1 Violated Overdue received@0 / decided@2 \
                       at 2026-03-17T00:00:00+08:00 due 2026-03-17T00:00:00+08:00",
        },
        Case {
            name: "accepted in time: the clock runs from the acceptance",
            rule: DEEMED,
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-02-10T10:00:00+08:00 received case=C1
                    2026-02-24T09:00:00+08:00 accepted case=C1
                    2026-03-17T09:00:00+08:00 decided case=C1",
            counts: [1, 1, 0, 0, 0],
            findings: "",
        },
        Case {
            name: "a notice is an answer, and then nothing runs",
            rule: DEEMED,
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-02-10T10:00:00+08:00 received case=C1
                    2026-02-24T09:00:00+08:00 notice case=C1",
            counts: [0, 0, 0, 0, 0],
            findings: "",
        },
        Case {
            name: "not answered yet",
            rule: DEEMED,
            as_of: "2026-02-24T23:00:00+08:00",
            story: "2026-02-10T10:00:00+08:00 received case=C1",
            counts: [0, 0, 0, 0, 0],
            findings: "",
        },
        Case {
            name: "not answered in time: a clock is running",
            rule: DEEMED,
            as_of: "2026-02-25T00:00:00+08:00",
            story: "2026-02-10T10:00:00+08:00 received case=C1",
            counts: [1, 0, 0, 1, 0],
            findings: "",
        },
        Case {
            name: "neither answered nor decided",
            rule: DEEMED,
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-02-10T10:00:00+08:00 received case=C1",
            counts: [1, 0, 1, 0, 0],
            findings: "RULE C1 Violated Overdue received@0 \
                       at 2026-03-17T00:00:00+08:00 due 2026-03-17T00:00:00+08:00",
        },
        Case {
            name: "the first late acceptance belongs to the deemed clock, the next does not",
            rule: DEEMED,
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-02-10T10:00:00+08:00 received case=C1
                    2026-03-18T09:00:00+08:00 accepted case=C1
                    2026-03-19T09:00:00+08:00 accepted case=C1",
            counts: [2, 0, 2, 0, 0],
            findings: "RULE C1 Violated Overdue received@0 \
                       at 2026-03-17T00:00:00+08:00 due 2026-03-17T00:00:00+08:00\n\
                       RULE C1 Violated Overdue accepted@2 \
                       at 2026-04-18T00:00:00+08:00 due 2026-04-18T00:00:00+08:00",
        },
    ]);
}

#[test]
fn the_start_may_bring_its_own_end() {
    let rule = "until = 'start.ends'";
    check(&[
        Case {
            name: "in time, late, and past from the beginning",
            rule,
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 accepted case=C1 ends=2026-03-04T12:00:00+08:00
                    2026-03-04T12:00:00+08:00 decided case=C1
                    2026-03-02T10:00:00+08:00 accepted case=C2 ends=2026-03-04T12:00:00+08:00
                    2026-03-05T12:00:00+08:00 decided case=C2
                    2026-03-02T10:00:00+08:00 accepted case=C3 ends=2026-03-01T12:00:00+08:00
                    2026-03-05T12:00:00+08:00 decided case=C3",
            counts: [3, 1, 2, 0, 0],
            findings: "RULE C2 Violated Overdue accepted@2 / decided@3 \
                       at 2026-03-04T12:00:00.000001+08:00 due 2026-03-04T12:00:00+08:00\n\
                       RULE C3 Violated Overdue accepted@4 / decided@5 \
                       at 2026-03-02T10:00:00+08:00 due 2026-03-01T12:00:00+08:00",
        },
        Case {
            name: "without it nothing can be said",
            rule,
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 accepted case=C1",
            counts: [1, 0, 0, 0, 1],
            findings: "RULE C1 Undecided DataMissing accepted@0 \
                       at 2026-03-02T10:00:00+08:00 field ends",
        },
    ]);
}

#[test]
fn clocks_of_several_matters_are_told_apart() {
    check(&[Case {
        name: "each decision stops the clock of its own application",
        rule: "within = \"5 days\"\nmatch = 'stop.number == start.number'",
        as_of: "2026-05-01T00:00:00+08:00",
        story: "2026-03-02T10:00:00+08:00 accepted case=C1 number=1
                2026-03-02T10:00:00+08:00 accepted case=C1 number=2
                2026-03-05T10:00:00+08:00 decided case=C1 number=2
                2026-03-09T10:00:00+08:00 decided case=C1 number=1",
        counts: [2, 1, 1, 0, 0],
        findings: "RULE C1 Violated Overdue accepted@0 / decided@3 \
                   at 2026-03-08T00:00:00+08:00 due 2026-03-08T00:00:00+08:00",
    }]);
}

#[test]
fn what_cannot_be_decided_is_undecided_when_it_matters() {
    let doubtful = "within = \"5 days\"\nwhere.stop = 'stop.final == true'";
    let paused = "within = \"5 days\"\npause = \"review.started\"\nresume = \"review.ended\"\n\
                  where.resume = 'resume.complete == true'";
    check(&[
        Case {
            name: "a decision that may be final, and none that surely is",
            rule: doubtful,
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 accepted case=C1
                    2026-03-03T10:00:00+08:00 decided case=C1",
            counts: [1, 0, 0, 0, 1],
            findings: "RULE C1 Undecided DataMissing accepted@0 \
                       at 2026-03-08T00:00:00+08:00 field final",
        },
        Case {
            name: "a sure decision in time settles it",
            rule: doubtful,
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 accepted case=C1
                    2026-03-03T10:00:00+08:00 decided case=C1
                    2026-03-04T10:00:00+08:00 decided case=C1 final=true",
            counts: [1, 1, 0, 0, 0],
            findings: "",
        },
        Case {
            name: "a doubtful decision after the last day does not excuse",
            rule: doubtful,
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 accepted case=C1
                    2026-03-09T10:00:00+08:00 decided case=C1",
            counts: [1, 0, 1, 0, 0],
            findings: "RULE C1 Violated Overdue accepted@0 \
                       at 2026-03-08T00:00:00+08:00 due 2026-03-08T00:00:00+08:00",
        },
        Case {
            name: "whether the clock runs on cannot be said",
            rule: paused,
            as_of: "2026-05-01T00:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 accepted case=C1
                    2026-03-03T10:00:00+08:00 review.started case=C1
                    2026-03-04T10:00:00+08:00 review.ended case=C1",
            counts: [1, 0, 0, 0, 1],
            findings: "RULE C1 Undecided DataMissing accepted@0 / review.ended@2 \
                       at 2026-03-04T10:00:00+08:00 field complete",
        },
    ]);
}

#[test]
fn at_the_end_of_all_things_what_runs_is_violated() {
    let judged = Harness::pack(&format!("{OFFICE}{CLOCK}{TWENTY}\n"))
        .judged_at("2026-03-01T00:00:00+08:00")
        .finite()
        .judge("2026-02-10T10:00:00+08:00 accepted case=C1");
    assert_eq!(judged.activations("RULE"), [1, 0, 1, 0, 0]);
    assert_eq!(
        judged.listed(),
        "RULE C1 Violated NotFollowed accepted@0 at 2026-03-01T00:00:00+08:00 \
         due 2026-03-17T00:00:00+08:00"
    );
}
