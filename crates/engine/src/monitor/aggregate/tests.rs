use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::harness::Harness;
use crate::monitor::cases::{self, Case, OFFICE, clock, told};

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

/// One until 2026-03-12, then three; no limit from 04-06 to 04-30; then two, in one town.
const DATED: &str = "[[value]]\nid = \"most\"\ninternal = true\nentries = [\n\
     { value = 1, from = 2026-01-01, to = 2026-03-12 },\n\
     { value = 3, from = 2026-03-13, to = 2026-04-05 },\n\
     { value = 2, from = 2026-05-01, jurisdiction = \"town\" },\n]\n[[rule]]\n";

#[test]
fn a_dated_limit_is_that_of_the_windows_first_day() {
    let head = OFFICE.replace("[[rule]]\n", DATED);
    let head = format!("{head}kind = \"aggregate\"\nwhat = \"paid\"\n");
    cases::check(&head, IN_FORCE);
}

const IN_FORCE: &[Case] = &[
    Case {
        // Mondays: 03-09, 03-16, 04-06, 05-04.
        name: "two in a week that began under the old limit, three under the new, none in between",
        rule: "value = \"count\"\nwindow = \"week\"\nover = \"@most\"",
        as_of: "",
        story: "2026-03-12T10:00:00+08:00 paid case=C1
                    2026-03-14T10:00:00+08:00 paid case=C1
                    2026-03-16T10:00:00+08:00 paid case=C1
                    2026-03-17T10:00:00+08:00 paid case=C1
                    2026-03-18T10:00:00+08:00 paid case=C1
                    2026-04-06T10:00:00+08:00 paid case=C1
                    2026-04-07T10:00:00+08:00 paid case=C1
                    2026-04-08T10:00:00+08:00 paid case=C1
                    2026-04-09T10:00:00+08:00 paid case=C1",
        counts: [5, 4, 1, 0, 0],
        findings: "RULE C1 Violated OverLimit paid@0 / paid@1 at 2026-03-14T10:00:00+08:00 \
                       Number { computed: 2.0, limit: 1.0 }",
    },
    Case {
        name: "a whole life keeps the limit under which it began",
        rule: "value = \"count\"\nover = \"@most\"",
        as_of: "",
        story: "2026-03-12T10:00:00+08:00 paid case=C1
                    2026-03-14T10:00:00+08:00 paid case=C1
                    2026-03-13T10:00:00+08:00 paid case=C2
                    2026-03-14T10:00:00+08:00 paid case=C2
                    2026-04-10T10:00:00+08:00 paid case=C3",
        counts: [4, 3, 1, 0, 0],
        findings: "RULE C1 Violated OverLimit paid@0 / paid@1 at 2026-03-14T10:00:00+08:00 \
                       Number { computed: 2.0, limit: 1.0 }",
    },
    Case {
        name: "a sliding window meets the limit of each day: outside under the old one, inside under \
                   the new",
        rule: "value = \"count\"\nwindow = \"30 days\"\nover = \"@most\"",
        as_of: "",
        story: "2026-03-11T10:00:00+08:00 paid case=C1
                    2026-03-12T10:00:00+08:00 paid case=C1
                    2026-03-13T10:00:00+08:00 paid case=C1
                    2026-03-14T10:00:00+08:00 paid case=C1",
        counts: [4, 2, 2, 0, 0],
        findings: "RULE C1 Violated OverLimit paid@0 / paid@1 at 2026-03-12T10:00:00+08:00 \
                       Number { computed: 2.0, limit: 1.0 }\n\
                       RULE C1 Violated OverLimit paid@0 / paid@3 at 2026-03-14T10:00:00+08:00 \
                       Number { computed: 4.0, limit: 3.0 }",
    },
    Case {
        name: "too many by a lower limit alone: the next event is found",
        rule: "value = \"count\"\nwindow = \"60 days\"\nover = \"@most\"",
        as_of: "",
        story: "2026-04-02T10:00:00+08:00 paid case=C1
                    2026-04-03T10:00:00+08:00 paid case=C1
                    2026-04-04T10:00:00+08:00 paid case=C1
                    2026-05-02T10:00:00+08:00 paid case=C1
                    2026-05-03T10:00:00+08:00 paid case=C1",
        counts: [4, 3, 1, 0, 0],
        findings: "RULE C1 Violated OverLimit paid@0 / paid@3 at 2026-05-02T10:00:00+08:00 \
                       Number { computed: 4.0, limit: 2.0 }",
    },
    Case {
        // Full under the old limit; 03-16 would be short. From 04-06 on no limit is in force
        // until 05-04, where an empty week is short again only if one was full before.
        name: "weeks under a lower limit: short once, and not judged where none is in force",
        rule: "value = \"count\"\nwindow = \"week\"\nunder = \"@most\"",
        as_of: "2026-05-31T00:00:00+08:00",
        story: "2026-03-09T10:00:00+08:00 paid case=C1
                    2026-03-16T10:00:00+08:00 paid case=C1",
        counts: [2, 1, 1, 0, 0],
        findings: "RULE C1 Violated OverLimit paid@1 at 2026-03-23T00:00:00+08:00 \
                       Number { computed: 1.0, limit: 3.0 }",
    },
    Case {
        name: "an empty week is short as soon as a limit comes into force",
        rule: "value = \"count\"\nwindow = \"week\"\nunder = \"@most\"",
        as_of: "2026-05-31T00:00:00+08:00",
        story: "2026-03-30T10:00:00+08:00 paid case=C1
                    2026-03-31T10:00:00+08:00 paid case=C1
                    2026-04-01T10:00:00+08:00 paid case=C1",
        counts: [2, 1, 1, 0, 0],
        findings: "RULE C1 Violated OverLimit paid@2 at 2026-05-11T00:00:00+08:00 \
                       Number { computed: 0.0, limit: 2.0 }",
    },
    Case {
        name: "before that it is neither owed nor pending",
        rule: "value = \"count\"\nwindow = \"week\"\nunder = \"@most\"",
        as_of: "2026-05-03T00:00:00+08:00",
        story: "2026-03-30T10:00:00+08:00 paid case=C1
                    2026-03-31T10:00:00+08:00 paid case=C1
                    2026-04-01T10:00:00+08:00 paid case=C1",
        counts: [1, 1, 0, 0, 0],
        findings: "",
    },
    Case {
        name: "an unknown amount is undecided only while a limit is in force",
        rule: "value = { sum = 'event.amount' }\nwindow = \"day\"\nover = \"@most\"",
        as_of: "",
        story: "2026-03-30T10:00:00+08:00 paid case=C1
                    2026-04-10T10:00:00+08:00 paid case=C1",
        counts: [1, 0, 0, 0, 1],
        findings: "RULE C1 Undecided DataMissing paid@0 at 2026-03-30T10:00:00+08:00 field amount",
    },
];

/// One event: second, tenths of an amount (99 for none), payer.
type Paid = (i64, i64, u8);

#[derive(Clone, Copy, Debug)]
enum Measured {
    Count,
    Sum,
    Distinct,
}

impl Measured {
    fn key(self) -> &'static str {
        match self {
            Self::Count => "value = \"count\"",
            Self::Sum => "value = { sum = 'event.amount' }",
            Self::Distinct => "value = { distinct = 'event.payer' }",
        }
    }

    /// The aggregate of some events in tenths, each looked at again.
    fn of(self, events: &[Paid]) -> i64 {
        match self {
            Self::Count => events.len() as i64 * 10,
            Self::Sum => events.iter().map(|(_, tenths, _)| tenths).sum(),
            Self::Distinct => {
                let payers: BTreeSet<u8> = events.iter().map(|(_, _, payer)| *payer).collect();
                payers.len() as i64 * 10
            }
        }
    }
}

/// The events before a place that are still in the window of a moment.
fn inside(events: &[Paid], window: &str, now: i64) -> Vec<Paid> {
    let day = |second: i64| second / DAY;
    let kept = events.iter().filter(|(at, _, _)| match window {
        "whole" => true,
        "day" => day(*at) == day(now),
        // The story begins on a Monday.
        "week" => day(*at) / 7 == day(now) / 7,
        "36 h" => now - at < 36 * 3_600,
        "3 days" => day(now) - day(*at) < 3,
        _ => unreachable!("no such window"),
    });
    kept.copied().collect()
}

const DAY: i64 = 86_400;

/// For each event the aggregate before and after it, from scratch.
fn added_up(events: &[Paid], measured: Measured, window: &str, over: i64) -> ([u64; 5], Vec<i64>) {
    let (mut counts, mut found) = ([0; 5], Vec::new());
    for (index, event) in events.iter().enumerate() {
        let before = measured.of(&inside(&events[..index], window, event.0));
        let after = measured.of(&inside(&events[..=index], window, event.0));
        if before <= over {
            counts[0] += 1;
            counts[if after > over { 2 } else { 1 }] += 1;
            if after > over {
                found.push(event.0);
            }
        }
    }
    (counts, found)
}

/// For each week or day from the first event on that is over: too little, and not so before?
fn fell_short(events: &[Paid], measured: Measured, days: i64, under: i64, until: i64) -> [u64; 5] {
    let mut counts = [0; 5];
    let Some((first, _, _)) = events.first() else {
        return counts;
    };
    let length = days * DAY;
    let mut short = false;
    for window in first / length..=until / length {
        let within = events.iter().filter(|(at, _, _)| at / length == window);
        let within: Vec<Paid> = within.copied().collect();
        let falls = measured.of(&within) < under;
        // The last one is not over; it is looked at only while there is something in it.
        let over = window < until / length;
        if !short && (over || !within.is_empty() || judged_empty(window * length, events)) {
            counts[0] += 1;
            counts[match (falls, over) {
                (false, _) => 1,
                (true, true) => 2,
                (true, false) => 3,
            }] += 1;
        }
        short = falls;
    }
    counts
}

/// An empty window stands open behind one that was not short.
fn judged_empty(start: i64, events: &[Paid]) -> bool {
    events.iter().any(|(at, _, _)| *at < start)
}

fn paid() -> impl Strategy<Value = Vec<Paid>> {
    let event = (0i64..30, 0i64..24, -20i64..60, 0u8..4);
    let event =
        event.prop_map(|(day, hour, tenths, payer)| (day * DAY + hour * 3_600, tenths, payer));
    proptest::collection::vec(event, 1..25).prop_map(|mut events| {
        events.sort_by_key(|(at, _, _)| *at);
        events
    })
}

fn measures() -> impl Strategy<Value = Measured> {
    prop_oneof![
        Just(Measured::Count),
        Just(Measured::Sum),
        Just(Measured::Distinct)
    ]
}

fn story_of(events: &[Paid]) -> String {
    let line = |(at, tenths, payer): &Paid| {
        let sign = if *tenths < 0 { "-" } else { "" };
        let (ones, rest) = (tenths.abs() / 10, tenths.abs() % 10);
        (
            *at,
            format!("paid case=C1 amount={sign}{ones}.{rest} payer={payer}"),
        )
    };
    told(&events.iter().map(line).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_is_over_agrees_with_adding_up_each_time(
        events in paid(),
        measured in measures(),
        window in prop::sample::select(vec!["whole", "day", "week", "36 h", "3 days"]),
        over in 0i64..60,
    ) {
        let rule = format!(
            "{OFFICE}kind = \"aggregate\"\nwhat = \"paid\"\n{}\nwindow = \"{window}\"\nover = {}.{}\n",
            measured.key(), over / 10, over % 10,
        );
        let story = story_of(&events);
        let judged = Harness::pack(&rule).judge(&story);
        let (counts, expected) = added_up(&events, measured, window, over);
        prop_assert_eq!(judged.activations("RULE"), counts, "{}{}", rule, &story);
        let listed = judged.listed();
        for at in &expected {
            prop_assert!(listed.contains(&format!("at {}", clock(*at))), "{listed}");
        }
    }

    #[test]
    fn what_is_under_agrees_with_adding_up_each_window(
        events in paid(),
        measured in measures(),
        days in prop::sample::select(vec![1, 7]),
        under in 1i64..60,
        until in 30i64..40,
    ) {
        let window = if days == 1 { "day" } else { "week" };
        let rule = format!(
            "{OFFICE}kind = \"aggregate\"\nwhat = \"paid\"\n{}\nwindow = \"{window}\"\nunder = {}.{}\n",
            measured.key(), under / 10, under % 10,
        );
        let story = story_of(&events);
        let as_of = clock(until * DAY).to_string();
        let judged = Harness::pack(&rule).judged_at(&as_of).judge(&story);
        let counts = fell_short(&events, measured, days, under, until * DAY);
        prop_assert_eq!(judged.activations("RULE"), counts, "{}{}", rule, &story);
    }
}
