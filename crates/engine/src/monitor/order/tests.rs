use proptest::prelude::*;

use crate::harness::Harness;
use crate::monitor::cases::{self, Case, OFFICE, told};

fn check(rule: &str, cases: &[Case]) {
    let head = OFFICE.replace("per = \"case\"", "per = \"queue\"");
    let head = format!("{head}kind = \"order\"\nqueue = \"case\"\nenter = \"took\"\n{rule}\n");
    cases::check(&head, cases);
}

#[test]
fn who_is_served_before_earlier_ones_overtakes_them() {
    check(
        "serve = \"served\"",
        &[
            Case {
                name: "in order; never served; served without having come",
                rule: "",
                as_of: "2026-03-02T12:00:00+08:00",
                story: "2026-03-02T10:00:00+08:00 took queue=Q1 case=A
                        2026-03-02T10:01:00+08:00 took queue=Q1 case=B
                        2026-03-02T10:02:00+08:00 took queue=Q1 case=C
                        2026-03-02T10:03:00+08:00 served queue=Q1 case=A
                        2026-03-02T10:04:00+08:00 served queue=Q1 case=B
                        2026-03-02T10:05:00+08:00 served queue=Q1 case=Z",
                counts: [2, 2, 0, 0, 0],
                findings: "",
            },
            Case {
                name: "the third is served first, then the second, then the first",
                rule: "",
                as_of: "2026-03-02T12:00:00+08:00",
                story: "2026-03-02T10:00:00+08:00 took queue=Q1 case=A
                        2026-03-02T10:01:00+08:00 took queue=Q1 case=B
                        2026-03-02T10:02:00+08:00 took queue=Q1 case=C
                        2026-03-02T10:03:00+08:00 served queue=Q1 case=C
                        2026-03-02T10:04:00+08:00 served queue=Q1 case=B
                        2026-03-02T10:05:00+08:00 served queue=Q1 case=A",
                counts: [3, 1, 2, 0, 0],
                findings: "RULE Q1 Violated Overtaken took@1 / served@4 \
                           at 2026-03-02T10:04:00+08:00 Count { counted: 1, limit: 0 }\n\
                           RULE Q1 Violated Overtaken took@2 / served@3 \
                           at 2026-03-02T10:03:00+08:00 Count { counted: 2, limit: 0 }",
            },
            Case {
                name: "queues do not mix; coming again keeps the place",
                rule: "",
                as_of: "2026-03-02T12:00:00+08:00",
                story: "2026-03-02T10:00:00+08:00 took queue=Q1 case=A
                        2026-03-02T10:01:00+08:00 took queue=Q2 case=B
                        2026-03-02T10:02:00+08:00 took queue=Q1 case=C
                        2026-03-02T10:02:30+08:00 took queue=Q1 case=A
                        2026-03-02T10:03:00+08:00 served queue=Q2 case=B
                        2026-03-02T10:04:00+08:00 served queue=Q1 case=A",
                counts: [2, 2, 0, 0, 0],
                findings: "",
            },
            Case {
                name: "what happens at one instant has no order",
                rule: "",
                as_of: "2026-03-02T12:00:00+08:00",
                story: "2026-03-02T00:00:00+08:00 took queue=Q1 case=A
                        2026-03-02T00:00:00+08:00 took queue=Q1 case=B
                        2026-03-03T00:00:00+08:00 took queue=Q1 case=C
                        2026-03-04T00:00:00+08:00 served queue=Q1 case=C
                        2026-03-04T00:00:00+08:00 served queue=Q1 case=B
                        2026-03-04T00:00:00+08:00 took queue=Q1 case=C
                        2026-03-05T00:00:00+08:00 served queue=Q1 case=A",
                counts: [3, 2, 1, 0, 0],
                findings: "RULE Q1 Violated Overtaken took@2 / served@3 \
                           at 2026-03-04T00:00:00+08:00 Count { counted: 1, limit: 0 }",
            },
        ],
    );
}

#[test]
fn places_and_declared_exceptions_are_allowed() {
    check(
        "serve = \"served\"\nplaces = 1\nunless = 'serve.urgent == true'",
        &[Case {
            name: "one place is allowed, two are not, two with a reason are, doubtful ones are open",
            rule: "",
            as_of: "2026-03-02T12:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 took queue=Q1 case=A
                    2026-03-02T10:01:00+08:00 took queue=Q1 case=B
                    2026-03-02T10:02:00+08:00 took queue=Q1 case=C
                    2026-03-02T10:03:00+08:00 took queue=Q1 case=D
                    2026-03-02T10:04:00+08:00 took queue=Q1 case=E
                    2026-03-02T10:10:00+08:00 served queue=Q1 case=B urgent=false
                    2026-03-02T10:11:00+08:00 served queue=Q1 case=E urgent=false
                    2026-03-02T10:12:00+08:00 served queue=Q1 case=D urgent=true
                    2026-03-02T10:13:00+08:00 took queue=Q1 case=F
                    2026-03-02T10:14:00+08:00 served queue=Q1 case=F
                    2026-03-02T10:15:00+08:00 served queue=Q1 case=A",
            counts: [5, 3, 1, 0, 1],
            findings: "RULE Q1 Violated Overtaken took@4 / served@6 \
                       at 2026-03-02T10:11:00+08:00 Count { counted: 3, limit: 1 }\n\
                       RULE Q1 Undecided DataMissing took@8 / served@9 \
                       at 2026-03-02T10:14:00+08:00 field urgent",
        }],
    );
}

#[test]
fn doubtful_entries_and_serves_accuse_nobody() {
    check(
        "serve = { type = \"served\", where = 'serve.done == true' }",
        &[Case {
            name: "who may have been served is not overtaken",
            rule: "",
            as_of: "2026-03-02T12:00:00+08:00",
            story: "2026-03-02T10:00:00+08:00 took queue=Q1 case=A
                    2026-03-02T10:01:00+08:00 took queue=Q1
                    2026-03-02T10:02:00+08:00 took queue=Q1 case=B
                    2026-03-02T10:03:00+08:00 served queue=Q1 case=A
                    2026-03-02T10:04:00+08:00 served queue=Q1 case=B done=true",
            counts: [3, 1, 0, 0, 2],
            findings: "RULE Q1 Undecided DataMissing took@1 at 2026-03-02T10:01:00+08:00 field case\n\
                       RULE Q1 Undecided DataMissing served@3 at 2026-03-02T10:03:00+08:00 field done",
        }],
    );
}

#[derive(Clone, Copy, Debug)]
struct Act {
    at: i64,
    serve: bool,
    item: u8,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = (0i64..30, any::<bool>(), 0u8..12);
    let acts = proptest::collection::vec(act, 1..150);
    acts.prop_map(|acts| {
        let act = |(at, serve, item)| Act { at, serve, item };
        let mut acts: Vec<Act> = acts.into_iter().map(act).collect();
        acts.sort_by_key(|act| act.at);
        acts
    })
}

/// For each serve, who entered earlier and is served later or never: each entry against each.
fn overtaken(acts: &[Act], places: u64) -> ([u64; 5], Vec<String>) {
    let mut stays: Vec<(usize, Option<usize>)> = Vec::new();
    for (index, act) in acts.iter().enumerate() {
        let open = stays
            .iter_mut()
            .find(|(entered, left)| left.is_none() && acts[*entered].item == act.item);
        match (act.serve, open) {
            (true, Some((_, left))) => *left = Some(index),
            (false, None) => stays.push((index, None)),
            _ => {}
        }
    }
    let (mut counts, mut found) = ([0; 5], Vec::new());
    for (entered, left) in &stays {
        let Some(left) = left else { continue };
        let later = |other: &(usize, Option<usize>)| {
            acts[other.0].at < acts[*entered].at
                && acts[other.0].at <= acts[*left].at
                && other.1.is_none_or(|other| acts[other].at > acts[*left].at)
        };
        let count = stays.iter().filter(|other| later(other)).count() as u64;
        counts[0] += 1;
        counts[if count > places { 2 } else { 1 }] += 1;
        if count > places {
            found.push(format!("@{entered} / @{left}: {count}"));
        }
    }
    found.sort();
    (counts, found)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn everybody_is_compared_with_everybody(acts in acts(), places in 0u64..3) {
        let rule = OFFICE.replace("per = \"case\"", "per = \"queue\"");
        let rule = format!(
            "{rule}kind = \"order\"\nqueue = \"case\"\nenter = \"took\"\nserve = \"served\"\n\
             places = {places}\n"
        );
        let line = |act: &Act| {
            let activity = if act.serve { "served" } else { "took" };
            (act.at, format!("{activity} queue=Q case=I{}", act.item))
        };
        let story = told(&acts.iter().map(line).collect::<Vec<_>>());
        let judged = Harness::pack(&rule).judge(&story);
        let mut found: Vec<String> = judged
            .listed()
            .lines()
            .map(|line| {
                let at = |word: &str| word[word.find('@').unwrap()..].to_owned();
                let words: Vec<&str> = line.split(' ').collect();
                let count = line.split("counted: ").nth(1).unwrap();
                let count = count.split(',').next().unwrap();
                format!("{} / {}: {count}", at(words[4]), at(words[6]))
            })
            .collect();
        found.sort();
        let (counts, expected) = overtaken(&acts, places);
        prop_assert_eq!(judged.activations("RULE"), counts, "{}", &story);
        prop_assert_eq!(found, expected, "{}", &story);
    }
}
