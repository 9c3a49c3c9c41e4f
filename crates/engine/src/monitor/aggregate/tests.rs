use crate::monitor::cases::{self, Case, OFFICE};

fn check(cases: &[Case]) {
    let head = format!("{OFFICE}kind = \"aggregate\"\nwhat = \"paid\"\n");
    cases::check(&head, cases);
}

#[test]
fn leaving_the_limit_is_found_once_until_it_returns() {
    check(OVER);
}

const OVER: &[Case] = &[
    Case {
        name: "the third payment of a case is one too many, the fourth is not found again",
        rule: "value = \"count\"\nover = 2",
        as_of: "",
        story: "2026-03-02T10:00:00+08:00 paid case=C1
                    2026-03-02T11:00:00+08:00 paid case=C1
                    2026-03-02T12:00:00+08:00 paid case=C1
                    2026-03-02T13:00:00+08:00 paid case=C1",
        counts: [3, 2, 1, 0, 0],
        findings: "RULE C1 Violated OverLimit paid@0 / paid@2 at 2026-03-02T12:00:00+08:00 \
                       Number { computed: 3.0, limit: 2.0 }",
    },
    Case {
        name: "a sum that goes back and exceeds again; tenths add up exactly",
        rule: "value = { sum = 'event.amount' }\nover = 0.3",
        as_of: "",
        story: "2026-03-02T10:00:00+08:00 paid case=C1 amount=0.1
                    2026-03-02T11:00:00+08:00 paid case=C1 amount=0.2
                    2026-03-02T12:00:00+08:00 paid case=C1 amount=1
                    2026-03-02T13:00:00+08:00 paid case=C1 amount=-1
                    2026-03-02T14:00:00+08:00 paid case=C1 amount=0.01",
        counts: [4, 2, 2, 0, 0],
        findings: "RULE C1 Violated OverLimit paid@0 / paid@2 at 2026-03-02T12:00:00+08:00 \
                       Number { computed: 1.3, limit: 0.3 }\n\
                       RULE C1 Violated OverLimit paid@0 / paid@4 at 2026-03-02T14:00:00+08:00 \
                       Number { computed: 0.31, limit: 0.3 }",
    },
    Case {
        name: "by day: midnight begins anew",
        rule: "value = \"count\"\nwindow = \"day\"\nover = 1",
        as_of: "",
        story: "2026-03-02T23:00:00+08:00 paid case=C1
                    2026-03-03T00:30:00+08:00 paid case=C1
                    2026-03-03T23:00:00+08:00 paid case=C1
                    2026-03-04T10:00:00+08:00 paid case=C1
                    2026-03-04T11:00:00+08:00 paid case=C1",
        counts: [5, 3, 2, 0, 0],
        findings: "RULE C1 Violated OverLimit paid@1 / paid@2 at 2026-03-03T23:00:00+08:00 \
                       Number { computed: 2.0, limit: 1.0 }\n\
                       RULE C1 Violated OverLimit paid@3 / paid@4 at 2026-03-04T11:00:00+08:00 \
                       Number { computed: 2.0, limit: 1.0 }",
    },
    Case {
        name: "two within an hour: exactly an hour later is another hour",
        rule: "value = \"count\"\nwindow = \"1 h\"\nover = 1",
        as_of: "",
        story: "2026-03-02T10:00:00+08:00 paid case=C1
                    2026-03-02T11:00:00+08:00 paid case=C1
                    2026-03-02T11:59:59+08:00 paid case=C1",
        counts: [3, 2, 1, 0, 0],
        findings: "RULE C1 Violated OverLimit paid@1 / paid@2 at 2026-03-02T11:59:59+08:00 \
                       Number { computed: 2.0, limit: 1.0 }",
    },
    Case {
        name: "seven days are seven dates",
        rule: "value = \"count\"\nwindow = \"7 days\"\nover = 1",
        as_of: "",
        story: "2026-03-02T23:00:00+08:00 paid case=C1
                    2026-03-08T01:00:00+08:00 paid case=C1
                    2026-03-15T01:00:00+08:00 paid case=C1",
        counts: [3, 2, 1, 0, 0],
        findings: "RULE C1 Violated OverLimit paid@0 / paid@1 at 2026-03-08T01:00:00+08:00 \
                       Number { computed: 2.0, limit: 1.0 }",
    },
    Case {
        name: "different payers in a month; a payment without payer is undecided",
        rule: "value = { distinct = 'event.payer' }\nwindow = \"month\"\nover = 1",
        as_of: "",
        story: "2026-03-02T10:00:00+08:00 paid case=C1 payer=\"a\"
                    2026-03-03T10:00:00+08:00 paid case=C1 payer=\"a\"
                    2026-03-04T10:00:00+08:00 paid case=C1
                    2026-03-31T10:00:00+08:00 paid case=C1 payer=\"b\"
                    2026-04-01T10:00:00+08:00 paid case=C1 payer=\"c\"",
        counts: [5, 3, 1, 0, 1],
        findings: "RULE C1 Violated OverLimit paid@0 / paid@3 at 2026-03-31T10:00:00+08:00 \
                       Number { computed: 2.0, limit: 1.0 }\n\
                       RULE C1 Undecided DataMissing paid@2 at 2026-03-04T10:00:00+08:00 field payer",
    },
    Case {
        name: "the share of cash, once four were seen",
        rule: "value = { ratio = 'event.cash == true', at-least = 4 }\nover = 0.5",
        as_of: "",
        story: "2026-03-02T10:00:00+08:00 paid case=C1 cash=true
                    2026-03-02T11:00:00+08:00 paid case=C1 cash=true
                    2026-03-02T12:00:00+08:00 paid case=C1 cash=true
                    2026-03-02T13:00:00+08:00 paid case=C1 cash=false
                    2026-03-02T14:00:00+08:00 paid case=C1 cash=false
                    2026-03-02T15:00:00+08:00 paid case=C1 cash=false",
        counts: [4, 3, 1, 0, 0],
        findings: "RULE C1 Violated OverLimit paid@0 / paid@3 at 2026-03-02T13:00:00+08:00 \
                       Number { computed: 0.75, limit: 0.5 }",
    },
];

const TWICE: &str = "value = \"count\"\nwindow = \"week\"\nunder = 2";

#[test]
fn too_little_is_known_when_the_window_ends() {
    check(&[
        Case {
            // Monday 03-02, 03-09, 03-16, 03-23.
            name: "a full week, a short one, an empty one, a full one, an open one",
            rule: TWICE,
            as_of: "2026-03-31T00:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 paid case=C1
                    2026-03-03T10:00:00+08:00 paid case=C1
                    2026-03-15T23:00:00+08:00 paid case=C1
                    2026-03-23T10:00:00+08:00 paid case=C1
                    2026-03-24T10:00:00+08:00 paid case=C1
                    2026-03-30T10:00:00+08:00 paid case=C1",
            counts: [3, 1, 1, 1, 0],
            findings: "RULE C1 Violated OverLimit paid@2 at 2026-03-16T00:00:00+08:00 \
                       Number { computed: 1.0, limit: 2.0 }",
        },
        Case {
            name: "the week after a full one is empty",
            rule: TWICE,
            as_of: "2026-12-31T00:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 paid case=C1
                    2026-03-03T10:00:00+08:00 paid case=C1",
            counts: [2, 1, 1, 0, 0],
            findings: "RULE C1 Violated OverLimit paid@1 at 2026-03-16T00:00:00+08:00 \
                       Number { computed: 0.0, limit: 2.0 }",
        },
        Case {
            name: "an unknown amount might have sufficed",
            rule: "value = { sum = 'event.amount' }\nwindow = \"day\"\nunder = 10",
            as_of: "2026-03-03T10:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 paid case=C1 amount=5
                    2026-03-02T11:00:00+08:00 paid case=C1",
            counts: [1, 0, 0, 0, 1],
            findings: "RULE C1 Undecided DataMissing paid@0 at 2026-03-03T00:00:00+08:00 field amount",
        },
        Case {
            name: "a whole life that is not over",
            rule: "value = \"count\"\nunder = 2",
            as_of: "2026-12-31T00:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 paid case=C1
                    2026-03-02T10:00:00+08:00 paid case=C2
                    2026-03-03T10:00:00+08:00 paid case=C2",
            counts: [2, 1, 0, 1, 0],
            findings: "",
        },
    ]);
}
