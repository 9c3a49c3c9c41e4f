//! Small logs with traps, and what comes of them.

use std::sync::Arc;

use cage_engine::EventOrder;
use cage_model::Verdict;

use super::memory::{Item, Line, Memory, check, event, program, time, told};
use crate::check::{CheckError, CheckOptions, explain_supply};

const ANSWER: &str = r#"
[[rule]]
id = "ANSWER"
internal = true
grade = "observe"
per = "case"
kind = "deadline"
start = "asked"
stop = "answered"
within = "1 h"
exempt = "has(case.moved)"
"#;

fn numbers(tally: cage_model::Tally) -> [u64; 5] {
    [
        tally.activated,
        tally.satisfied,
        tally.violated,
        tally.pending,
        tally.undecided,
    ]
}

fn objects(rules: &str, log: &Memory, options: &CheckOptions) -> [u64; 5] {
    numbers(check(&program(rules), log, options).rules[0].objects)
}

#[test]
fn open_obligations_are_judged_at_the_asked_moment() {
    let log = Memory::of(&[
        "asked case=C1 @0",
        "asked case=C2 @3000",
        "noise case=C3 @5000",
    ]);
    let plain = CheckOptions::default();
    // What is owed is not yet violated: C2 counts as satisfied and as pending (decision 0003).
    assert_eq!(objects(ANSWER, &log, &plain), [2, 1, 1, 1, 0]);
    let finite = CheckOptions {
        finite: true,
        ..plain.clone()
    };
    assert_eq!(objects(ANSWER, &log, &finite), [2, 0, 2, 0, 0]);
    let early = CheckOptions {
        as_of: Some(time(100)),
        ..plain
    };
    assert_eq!(objects(ANSWER, &log, &early), [1, 1, 0, 1, 0]);
}

#[test]
fn an_event_told_twice_changes_nothing() {
    let log = Memory::of(&[
        "asked case=C1 @0 #e1",
        "asked case=C1 @0 #e1",
        "answered case=C1 @10 #e2",
        "answered case=C1 @20 #e2",
    ]);
    let outcome = check(&program(ANSWER), &log, &CheckOptions::default());
    assert_eq!(outcome.log.duplicates, 1);
    assert_eq!(outcome.log.events, 3);
    assert_eq!(numbers(outcome.rules[0].activations), [1, 1, 0, 0, 0]);
    let said = outcome.notices.iter().map(|notice| notice.text.en.as_str());
    assert!(said.into_iter().any(|text| text.contains("other content")));
}

#[test]
fn events_without_a_time_leave_rules_undecided() {
    let log = Memory::of(&["asked case=C1", "answered case=C1", "asked case=C2 @5"]);
    let outcome = check(&program(ANSWER), &log, &CheckOptions::default());
    assert_eq!(numbers(outcome.rules[0].objects), [1, 1, 0, 1, 1]);
    assert_eq!(outcome.findings[0].verdict, Verdict::Undecided);
    let all = Memory::of(&["asked case=C1", "answered case=C1"]);
    let outcome = check(&program(ANSWER), &all, &CheckOptions::default());
    assert!(outcome.as_of.is_none());
    assert!(
        outcome
            .notices
            .iter()
            .any(|notice| notice.text.en.contains("in the order of the file"))
    );
}

#[test]
fn fields_come_from_records_and_events_whenever_they_arrive() {
    let record = |since| Line::Object {
        kind: "case".to_owned(),
        id: "C1".to_owned(),
        attributes: vec![("moved".to_owned(), Item::Integer(1), since)],
    };
    let asked = event("asked case=C1 @0");
    let noise = event("noise case=C1 @9000");
    let plain = CheckOptions::default();
    let violated = |lines: Vec<Line>| objects(ANSWER, &Memory(vec![lines]), &plain)[2];
    assert_eq!(violated(vec![asked.clone(), noise.clone()]), 1);
    // Before its events, after them, and in the middle: the same.
    assert_eq!(
        violated(vec![record(None), asked.clone(), noise.clone()]),
        0
    );
    assert_eq!(
        violated(vec![asked.clone(), noise.clone(), record(None)]),
        0
    );
    assert_eq!(
        violated(vec![asked.clone(), record(None), noise.clone()]),
        0
    );
    // What holds only later excuses nothing that was due before.
    let lines = vec![record(Some(5_000)), asked.clone(), noise.clone()];
    assert_eq!(violated(lines), 1);
    let lines = vec![asked.clone(), noise.clone(), record(Some(5_000))];
    assert_eq!(violated(lines), 1);
    let lines = vec![record(Some(3_000)), asked, noise];
    assert_eq!(violated(lines), 0);
}

#[test]
fn file_order_takes_events_as_they_come() {
    let log = Memory::of(&["answered case=C1 @5", "asked case=C1 @0"]);
    let file = CheckOptions {
        order: EventOrder::File,
        ..CheckOptions::default()
    };
    let rules = program(ANSWER);
    let by_time = check(&rules, &log, &CheckOptions::default());
    assert_eq!(numbers(by_time.rules[0].objects), [1, 1, 0, 0, 0]);
    assert_eq!(by_time.log.out_of_order, 1);
    let by_file = check(&rules, &log, &file);
    assert_eq!(numbers(by_file.rules[0].objects), [1, 1, 0, 1, 0]);
}

/// An event without a time keeps its place in the file, be it one of some or all of them; it is
/// neither passed over, which would accuse others, nor taken for the first or last.
#[test]
fn an_event_without_a_time_is_judged_in_its_place() {
    let head = "[[rule]]\ninternal = true\ngrade = \"observe\"\nper = \"case\"\n";
    let rules = format!(
        "{head}id = \"A\"\nkind = \"chain-precedence\"\nwhen = \"C\"\nbefore = \"B\"\n\
         {head}id = \"B\"\nkind = \"response\"\nwhen = \"A\"\nthen = \"B\"\n\
         {head}id = \"C\"\nkind = \"chain-response\"\nwhen = \"A\"\nthen = \"B\"\n\
         {head}id = \"D\"\nkind = \"end\"\nwhat = \"C\"\n"
    );
    let finite = CheckOptions {
        finite: true,
        ..CheckOptions::default()
    };
    for lines in [
        ["A case=1", "B case=1", "C case=1"],
        ["A case=1 @0", "B case=1", "C case=1 @9"],
        ["A case=1", "B case=1 @5", "C case=1"],
    ] {
        let outcome = check(&program(&rules), &Memory::of(&lines), &finite);
        for rule in &outcome.rules {
            let (objects, activations) = (numbers(rule.objects), numbers(rule.activations));
            assert_eq!(objects, [1, 1, 0, 0, 0], "{} {lines:?}", rule.id);
            assert_eq!(activations, [1, 1, 0, 0, 0], "{} {lines:?}", rule.id);
        }
        let mut notices = outcome.notices.iter();
        assert!(notices.any(|notice| notice.text.en.contains("in the file")
            || notice.text.en.contains("order of the file")));
    }
    // Behind its predecessor it stays, wherever that is sorted to.
    let late = ["C case=1 @9", "A case=1 @0", "B case=1"];
    let outcome = check(&program(&rules), &Memory::of(&late), &finite);
    let violated: Vec<_> = outcome
        .rules
        .iter()
        .map(|rule| rule.objects.violated)
        .collect();
    assert_eq!(violated, [0; 4]);
}

#[test]
fn rules_that_cannot_fire_are_named_with_what_was_meant() {
    let log = Memory::of(&["askd case=C1 @0", "answered case=C1 @5"]);
    let outcome = check(&program(ANSWER), &log, &CheckOptions::default());
    let said: Vec<_> = outcome
        .notices
        .iter()
        .map(|notice| notice.text.en.as_str())
        .collect();
    assert_eq!(
        said,
        [
            "the log has no 'asked'; the nearest is 'askd'",
            "no event or object has an attribute 'moved'",
            "cannot be triggered by this log",
        ]
    );
}

#[test]
fn the_worst_objects_and_one_asked_for_tell_their_story() {
    let log = Memory::of(&[
        "asked case=C1 officer=P1 @0 amount:5",
        "asked case=C2 officer=P1 @10",
        "asked case=C1 @20",
        "answered case=C2 @30",
        "noise case=C1 officer=P2 @9000",
    ]);
    let rules = program(ANSWER);
    let options = CheckOptions {
        worst: 3,
        ..CheckOptions::default()
    };
    let outcome = check(&rules, &log, &options);
    assert_eq!(outcome.worst.len(), 1);
    let worst = &outcome.worst[0];
    assert_eq!((worst.violations, worst.story.id.as_str()), (2, "C1"));
    let story = &worst.story;
    assert_eq!(story.events.len(), 3);
    assert_eq!(
        story.events[0].attributes,
        [("amount".to_owned(), "5".to_owned())]
    );
    assert_eq!(story.events[0].objects[0].1, "P1");
    assert_eq!(story.rules[0].findings.len(), 2);

    let (alone, told_alone) =
        explain_supply(Arc::clone(&rules), &log, &options, ("case", "C1")).unwrap();
    assert_eq!(told_alone.events.len(), 3);
    assert_eq!(numbers(alone.rules[0].activations), [2, 0, 2, 0, 0]);
    let id = |story: &crate::Story| story.rules[0].findings[0].0;
    assert_eq!(id(story), id(&told_alone), "{}", told(&alone));

    let (_, officer) =
        explain_supply(Arc::clone(&rules), &log, &options, ("officer", "P1")).unwrap();
    assert_eq!((officer.events.len(), officer.rules.len()), (2, 0));

    let error = explain_supply(rules, &log, &options, ("case", "C9")).unwrap_err();
    let CheckError::NoSuchObject { nearest, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(nearest.as_deref(), Some("case:C1"));
}

/// Rule, log of one case, and for each of its findings: trigger, and the late event, by their time.
type Latecomer = (
    &'static str,
    &'static [&'static str],
    &'static [(i64, Option<i64>)],
);

const LATECOMERS: &[Latecomer] = &[
    (
        "kind = \"response\"\nwhen = \"asked\"\nthen = \"answered\"\nwithin = \"1 h\"",
        &[
            "asked case=C1 @0",
            "noise case=C1 @5000",
            "answered case=C1 @9000",
            "answered case=C1 @9500",
            "asked case=C1 @9600",
            "answered case=C1 @9700",
            "asked case=C1 @9800",
        ],
        &[(0, Some(9_000)), (9_800, None)],
    ),
    (
        // The answer to another question is no answer.
        "kind = \"response\"\nwhen = \"asked\"\nthen = \"answered\"\nwithin = \"1 h\"\n\
         match = 'when.n == then.n'",
        &[
            "asked case=C1 @0 n:1",
            "answered case=C1 @9000 n:2",
            "answered case=C1 @9500 n:1",
            "asked case=C1 @20000 n:3",
            "answered case=C1 @30000 n:2",
        ],
        &[(0, Some(9_500)), (20_000, None)],
    ),
    (
        // Asked again before the answer: it belongs to the second question.
        "kind = \"alternate-response\"\nwhen = \"asked\"\nthen = \"answered\"\nwithin = \"1 h\"",
        &[
            "asked case=C1 @0",
            "asked case=C1 @5000",
            "answered case=C1 @9000",
        ],
        &[(0, None), (5_000, Some(9_000))],
    ),
    (
        "kind = \"chain-response\"\nwhen = \"asked\"\nthen = \"answered\"\nwithin = \"1 h\"",
        &[
            "asked case=C1 @0",
            "answered case=C1 @9000",
            "asked case=C1 @10000",
            "noise case=C1 @19000",
            "answered case=C1 @19500",
        ],
        &[(0, Some(9_000)), (10_000, None)],
    ),
    (
        // Either end may be late.
        "kind = \"co-existence\"\nwhen = \"asked\"\nthen = \"answered\"\nwithin = \"1 h\"",
        &["answered case=C1 @0", "asked case=C1 @9000"],
        &[(0, Some(9_000)), (9_000, None)],
    ),
    (
        // Forbidden things are broken when they come; nothing is waited for.
        "kind = \"not-response\"\nwhen = \"asked\"\nthen = \"answered\"\nwithin = \"1 h\"",
        &[
            "asked case=C1 @0",
            "answered case=C1 @1000",
            "answered case=C1 @9000",
        ],
        &[(0, Some(1_000))],
    ),
    (
        "kind = \"deadline\"\nstart = \"asked\"\nstop = \"answered\"\nwithin = \"1 h\"",
        &[
            "asked case=C1 @0",
            "noise case=C1 @8000",
            "answered case=C1 @9000",
        ],
        &[(0, Some(9_000))],
    ),
];

/// The event that came too late is named in the story; counts and findings stay as they are.
#[test]
fn stories_name_the_event_that_came_too_late() {
    for (rule, events, expected) in LATECOMERS {
        let rules = program(&format!(
            "[[rule]]\nid = \"R\"\ninternal = true\ngrade = \"observe\"\nper = \"case\"\n{rule}\n"
        ));
        let mut lines = events.to_vec();
        lines.push("noise case=C9 @90000");
        let log = Memory::of(&lines);
        let options = CheckOptions::default();
        let plain = check(&rules, &log, &options);
        let (alone, story) =
            explain_supply(Arc::clone(&rules), &log, &options, ("case", "C1")).unwrap();
        assert_eq!(plain.findings, alone.findings, "{rule}");
        let seconds = |event: cage_model::EventRef| (event.at.0 - time(0).instant().0) / 1_000_000;
        let told = story.rules[0].findings.iter().map(|(_, finding, _)| {
            let late = finding.other.map(seconds);
            (finding.trigger.map_or(-1, seconds), late)
        });
        assert_eq!(told.collect::<Vec<_>>(), *expected, "{rule}");
        let worst = CheckOptions {
            worst: 5,
            ..options
        };
        let again = check(&rules, &log, &worst);
        let shown = |story: &crate::Story| {
            let found = story.rules[0].findings.iter();
            found
                .map(|(id, finding, _)| (*id, *finding))
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(&again.worst[0].story), shown(&story), "{rule}");
    }
}
