use proptest::prelude::*;

use crate::harness::Harness;
use crate::monitor::cases::{self, Case, OFFICE, clock, told};

fn check(cases: &[Case]) {
    let head = format!("{OFFICE}kind = \"duration\"\nfrom = \"accepted\"\nto = \"decided\"\n");
    cases::check(&head, cases);
}

const FAST: &str = "min = \"60 min\"";
const SLOW: &str = "max = \"2 h\"";

#[test]
fn too_fast_is_a_matter_of_pairs() {
    check(&[
        Case {
            name: "an hour to the microsecond is not too fast; open ones say nothing",
            rule: FAST,
            as_of: "2026-03-03T00:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 accepted case=C1
                    2026-03-02T11:00:00+08:00 decided case=C1
                    2026-03-02T10:00:00+08:00 accepted case=C2
                    2026-03-02T10:59:59.999999+08:00 decided case=C2
                    2026-03-02T10:00:00+08:00 accepted case=C3",
            counts: [2, 1, 1, 0, 0],
            findings: "RULE C2 Violated TooFast accepted@2 / decided@3 \
                       at 2026-03-02T10:59:59.999999+08:00 \
                       Span { measured: 3599999999, limit: 3600000000 }",
        },
        Case {
            name: "days count dates: the next day is one day later",
            rule: "min = \"1 day\"",
            as_of: "",
            story: "2026-03-02T23:59:00+08:00 accepted case=C1
                    2026-03-03T00:01:00+08:00 decided case=C1
                    2026-03-02T00:01:00+08:00 accepted case=C2
                    2026-03-02T23:59:00+08:00 decided case=C2",
            counts: [2, 1, 1, 0, 0],
            findings: "RULE C2 Violated TooFast accepted@2 / decided@3 \
                       at 2026-03-02T23:59:00+08:00 \
                       Span { measured: 86280000000, limit: 172740000000 }",
        },
    ]);
}

#[test]
fn too_slow_is_known_when_the_time_is_up() {
    check(&[
        Case {
            name: "in time, late, never, and not yet",
            rule: SLOW,
            as_of: "2026-03-02T13:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 accepted case=C1
                    2026-03-02T12:00:00+08:00 decided case=C1
                    2026-03-02T10:00:00+08:00 accepted case=C2
                    2026-03-02T12:30:00+08:00 decided case=C2
                    2026-03-02T10:00:00+08:00 accepted case=C3
                    2026-03-02T12:00:00+08:00 accepted case=C4",
            counts: [4, 1, 2, 1, 0],
            findings: "RULE C2 Violated TooSlow accepted@2 / decided@3 \
                       at 2026-03-02T12:00:00.000001+08:00 \
                       Span { measured: 9000000000, limit: 7200000000 }\n\
                       RULE C3 Violated TooSlow accepted@4 \
                       at 2026-03-02T12:00:00.000001+08:00 due 2026-03-02T12:00:00+08:00",
        },
        Case {
            name: "the first decision closes the first acceptance, though its time is up",
            rule: SLOW,
            as_of: "2026-03-02T23:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 accepted case=C1
                    2026-03-02T12:30:00+08:00 accepted case=C1
                    2026-03-02T13:00:00+08:00 decided case=C1
                    2026-03-02T14:00:00+08:00 decided case=C1
                    2026-03-02T15:00:00+08:00 decided case=C1",
            counts: [2, 1, 1, 0, 0],
            findings: "RULE C1 Violated TooSlow accepted@0 / decided@2 \
                       at 2026-03-02T12:00:00.000001+08:00 \
                       Span { measured: 10800000000, limit: 7200000000 }",
        },
        Case {
            name: "a dated limit: what began later may run out sooner",
            rule: "max = \"@answer\"\n[[value]]\nid = \"answer\"\ninternal = true\nentries = [\n\
                   { value = \"10 days\", from = 2026-01-01, to = 2026-03-04 },\n\
                   { value = \"1 day\", from = 2026-03-05, to = 2026-03-31 },\n]\n\
                   [[rule]]\nid = \"IDLE\"\nper = \"case\"\ninternal = true\ngrade = \"observe\"\n\
                   kind = \"existence\"\nwhat = \"nothing\"",
            as_of: "2026-03-20T00:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 accepted case=C1
                    2026-03-05T10:00:00+08:00 accepted case=C1
                    2026-03-07T10:00:00+08:00 decided case=C1
                    2026-03-08T10:00:00+08:00 decided case=C1
                    2026-04-01T10:00:00+08:00 accepted case=C1",
            counts: [2, 1, 1, 0, 0],
            findings: "RULE C1 Violated TooSlow accepted@1 / decided@2 \
                       at 2026-03-07T00:00:00+08:00 \
                       Span { measured: 172800000000, limit: 136800000000 }",
        },
    ]);
}

#[test]
fn pairs_fit_together() {
    check(&[Case {
        name: "each decision closes its own matter; a doubtful one leaves it undecided",
        rule: "max = \"2 h\"\nmatch = 'to.matter == from.matter'",
        as_of: "2026-03-03T00:00:00+08:00",
        story: "2026-03-02T10:00:00+08:00 accepted case=C1 matter=1
                2026-03-02T10:00:00+08:00 accepted case=C1 matter=2
                2026-03-02T11:00:00+08:00 decided case=C1 matter=2
                2026-03-02T11:30:00+08:00 decided case=C1
                2026-03-02T11:40:00+08:00 accepted case=C1 matter=3
                2026-03-02T14:00:00+08:00 decided case=C1",
        counts: [3, 1, 1, 0, 1],
        findings: "RULE C1 Undecided DataMissing accepted@0 / decided@3 \
                   at 2026-03-02T11:30:00+08:00 field matter\n\
                   RULE C1 Violated TooSlow accepted@4 \
                   at 2026-03-02T13:40:00.000001+08:00 due 2026-03-02T13:40:00+08:00",
    }]);
}

#[test]
fn learned_bounds_judge_pairs_only() {
    // Mean two hours, deviation half an hour, three deviations: 30 minutes to 3.5 hours.
    check(&[Case {
        name: "fast, slow, within, and alone",
        rule: "learned = { observed = 50, mean = \"2 h\", deviation = \"30 min\", z = 3 }",
        as_of: "2026-03-03T00:00:00+08:00",
        story: "2026-03-02T10:00:00+08:00 accepted case=C1
                2026-03-02T10:29:00+08:00 decided case=C1
                2026-03-02T10:00:00+08:00 accepted case=C2
                2026-03-02T13:31:00+08:00 decided case=C2
                2026-03-02T10:00:00+08:00 accepted case=C3
                2026-03-02T13:30:00+08:00 decided case=C3
                2026-03-02T10:00:00+08:00 accepted case=C4",
        counts: [3, 1, 2, 0, 0],
        findings: "RULE C1 Violated TooFast accepted@0 / decided@1 \
                   at 2026-03-02T10:29:00+08:00 Span { measured: 1740000000, limit: 1800000000 }\n\
                   RULE C2 Violated TooSlow accepted@2 / decided@3 \
                   at 2026-03-02T13:31:00+08:00 Span { measured: 12660000000, limit: 12600000000 }",
    }]);
}

/// First in, first out, by looking through the whole list each time.
fn paired(acts: &[(i64, bool)], (min, max): (i64, i64), until: i64) -> [u64; 5] {
    let mut open: Vec<i64> = Vec::new();
    let mut counts = [0; 5];
    for (at, to) in acts {
        if !to {
            counts[0] += 1;
            open.push(*at);
        } else if !open.is_empty() {
            let took = at - open.remove(0);
            counts[if took > max || took < min { 2 } else { 1 }] += 1;
        }
    }
    for from in open {
        counts[if until - from > max { 2 } else { 3 }] += 1;
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn pairs_are_first_in_first_out(
        mut acts in proptest::collection::vec((0i64..60, any::<bool>()), 1..30),
        min in 0i64..10,
        more in 0i64..20,
    ) {
        acts.sort_by_key(|(at, _)| *at);
        let max = min + more;
        let rule = format!(
            "{OFFICE}kind = \"duration\"\nfrom = \"accepted\"\nto = \"decided\"\n\
             min = \"{min} s\"\nmax = \"{max} s\"\n"
        );
        let line = |(at, to): &(i64, bool)| {
            let activity = if *to { "decided" } else { "accepted" };
            (*at, format!("{activity} case=C1"))
        };
        let story = told(&acts.iter().map(line).collect::<Vec<_>>());
        let as_of = clock(70).to_string();
        let judged = Harness::pack(&rule).judged_at(&as_of).judge(&story);
        prop_assert_eq!(
            judged.activations("RULE"),
            paired(&acts, (min, max), 70),
            "{}",
            &story
        );
    }
}
