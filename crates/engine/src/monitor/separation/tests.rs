use proptest::prelude::*;

use crate::harness::Harness;
use crate::monitor::cases::{self, Case, OFFICE, told};

fn check(kind: &str, a: &str, b: &str, cases: &[Case]) {
    let head = format!("{OFFICE}kind = \"{kind}\"\na = \"{a}\"\nb = \"{b}\"\nby = 'event.hand'\n");
    cases::check(&head, cases);
}

#[test]
fn two_acts_need_two_persons_in_every_pair() {
    check(
        "separation",
        "reviewed",
        "decided",
        &[
            Case {
                name: "an early pair counts though a later one is clean",
                rule: "",
                as_of: "",
                story: "2026-03-02T10:00:00+08:00 reviewed case=C1 hand=\"Pete\"
                        2026-03-02T11:00:00+08:00 decided case=C1 hand=\"Pete\"
                        2026-03-02T12:00:00+08:00 decided case=C1 hand=\"Sue\"",
                counts: [2, 1, 1, 0, 0],
                findings: "RULE C1 Violated SamePerson reviewed@0 / decided@1 \
                           at 2026-03-02T11:00:00+08:00 Pete -> Pete",
            },
            Case {
                name: "three pairs broken by one act are one finding",
                rule: "",
                as_of: "",
                story: "2026-03-02T10:00:00+08:00 reviewed case=C1 hand=\"Pete\"
                        2026-03-02T10:10:00+08:00 reviewed case=C1 hand=\"Pete\"
                        2026-03-02T10:20:00+08:00 reviewed case=C1 hand=\"Sue\"
                        2026-03-02T10:30:00+08:00 reviewed case=C1 hand=\"Pete\"
                        2026-03-02T11:00:00+08:00 decided case=C1 hand=\"Pete\"",
                counts: [4, 1, 3, 0, 0],
                findings: "RULE C1 Violated SamePerson reviewed@0 / decided@4 \
                           at 2026-03-02T11:00:00+08:00 Pete -> Pete",
            },
            Case {
                name: "who decided is not known",
                rule: "",
                as_of: "",
                story: "2026-03-02T10:00:00+08:00 reviewed case=C1 hand=\"Pete\"
                        2026-03-02T11:00:00+08:00 decided case=C1
                        2026-03-02T12:00:00+08:00 reviewed case=C1 hand=\"Sue\"",
                counts: [2, 0, 0, 0, 2],
                findings: "RULE C1 Undecided DataMissing reviewed@0 / decided@1 \
                           at 2026-03-02T11:00:00+08:00 field hand\n\
                           RULE C1 Undecided DataMissing decided@1 / reviewed@2 \
                           at 2026-03-02T12:00:00+08:00 field event.hand",
            },
            Case {
                name: "one act alone is no pair",
                rule: "",
                as_of: "",
                story: "2026-03-02T10:00:00+08:00 reviewed case=C1 hand=\"Pete\"",
                counts: [0, 0, 0, 0, 0],
                findings: "",
            },
        ],
    );
}

#[test]
fn two_acts_of_one_kind() {
    check(
        "separation",
        "signed",
        "signed",
        &[Case {
            name: "three signatures are three pairs",
            rule: "",
            as_of: "",
            story: "2026-03-02T10:00:00+08:00 signed case=C1 hand=\"Pete\"
                    2026-03-02T11:00:00+08:00 signed case=C1 hand=\"Sue\"
                    2026-03-02T12:00:00+08:00 signed case=C1 hand=\"Pete\"",
            counts: [3, 2, 1, 0, 0],
            findings: "RULE C1 Violated SamePerson signed@0 / signed@2 \
                       at 2026-03-02T12:00:00+08:00 Pete -> Pete",
        }],
    );
}

#[test]
fn a_binding_wants_one_hand() {
    check(
        "binding",
        "received",
        "delivered",
        &[Case {
            name: "the same hand, then another",
            rule: "",
            as_of: "",
            story: "2026-03-02T10:00:00+08:00 received case=C1 hand=\"Pete\"
                    2026-03-02T11:00:00+08:00 delivered case=C1 hand=\"Pete\"
                    2026-03-02T12:00:00+08:00 delivered case=C1 hand=\"Sue\"",
            counts: [2, 1, 1, 0, 0],
            findings: "RULE C1 Violated DifferentPerson received@0 / delivered@2 \
                       at 2026-03-02T12:00:00+08:00 Pete -> Sue",
        }],
    );
}

/// Acts as they come: which (`a`, `b`, both), by whom (nobody known, a name, a number).
fn acts() -> impl Strategy<Value = Vec<(u8, u8)>> {
    proptest::collection::vec((0u8..3, 0u8..6), 1..45)
}

/// Every pair of acts, compared one by one.
fn pairs(acts: &[(u8, u8)], same: bool) -> ([u64; 5], Vec<String>) {
    let (mut counts, mut found) = ([0; 5], Vec::new());
    for (later, (role, hand)) in acts.iter().enumerate() {
        let mut first: [Option<usize>; 2] = [None; 2];
        for (earlier, (other_role, other)) in acts[..later].iter().enumerate() {
            if role == other_role && *role != 2 {
                continue;
            }
            let numbers = (*hand == 5) != (*other == 5);
            let verdict = match (
                *hand == 0 || *other == 0 || numbers,
                (hand == other) == same,
            ) {
                (true, _) => 4,
                (false, true) => 1,
                (false, false) => 2,
            };
            counts[0] += 1;
            counts[verdict] += 1;
            if verdict != 1 {
                first[verdict / 4].get_or_insert(earlier);
            }
        }
        for (verdict, earlier) in ["Violated", "Undecided"].iter().zip(first) {
            if let Some(earlier) = earlier {
                found.push(format!("{verdict} @{earlier} / @{later}"));
            }
        }
    }
    found.sort();
    (counts, found)
}

fn compare(kind: &str, acts: &[(u8, u8)]) {
    let rule = format!(
        "{OFFICE}kind = \"{kind}\"\na = [\"a\", \"both\"]\nb = [\"b\", \"both\"]\nby = 'event.hand'\n"
    );
    let line = |(at, (role, hand)): (usize, &(u8, u8))| {
        let activity = ["a", "b", "both"][usize::from(*role)];
        let hand = match hand {
            0 => String::new(),
            5 => "hand=5".to_owned(),
            name => format!("hand=\"P{name}\""),
        };
        (at as i64, format!("{activity} case=C1 {hand}"))
    };
    let story = told(&acts.iter().enumerate().map(line).collect::<Vec<_>>());
    let judged = Harness::pack(&rule).judge(&story);
    let event = |word: &str| word.find('@').map(|at| word[at..].to_owned());
    let mut found: Vec<String> = judged
        .listed()
        .lines()
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let (earlier, later) = (event(words[4]).unwrap(), event(words[6]).unwrap());
            format!("{} {earlier} / {later}", words[2])
        })
        .collect();
    found.sort();
    let (counts, expected) = pairs(acts, kind == "binding");
    assert_eq!(judged.activations("RULE"), counts, "{story}");
    assert_eq!(found, expected, "{story}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Few acts and many, of one or both roles, agree with comparing all pairs.
    #[test]
    fn all_pairs_are_compared(acts in acts()) {
        compare("separation", &acts);
        compare("binding", &acts);
    }
}
