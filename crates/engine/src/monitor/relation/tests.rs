//! The binary templates against a reference, and by stories.

mod reference;

use std::fmt::Write as _;

use cage_model::Time;
use cage_pack::{Datum, ScriptEvent, Template};
use proptest::prelude::*;

use crate::harness::Harness;
use reference::{DAY, Event, Limit, Terms, Trace};

const TEMPLATES: [(Template, &str); 19] = [
    (Template::RespondedExistence, "responded-existence"),
    (Template::CoExistence, "co-existence"),
    (Template::Response, "response"),
    (Template::AlternateResponse, "alternate-response"),
    (Template::ChainResponse, "chain-response"),
    (Template::Precedence, "precedence"),
    (Template::AlternatePrecedence, "alternate-precedence"),
    (Template::ChainPrecedence, "chain-precedence"),
    (Template::Succession, "succession"),
    (Template::AlternateSuccession, "alternate-succession"),
    (Template::ChainSuccession, "chain-succession"),
    (Template::NotRespondedExistence, "not-responded-existence"),
    (Template::NotCoExistence, "not-co-existence"),
    (Template::NotResponse, "not-response"),
    (Template::NotChainResponse, "not-chain-response"),
    (Template::NotPrecedence, "not-precedence"),
    (Template::NotChainPrecedence, "not-chain-precedence"),
    (Template::NotSuccession, "not-succession"),
    (Template::NotChainSuccession, "not-chain-succession"),
];

/// A pack with one rule for each template.
fn pack(terms: &Terms) -> String {
    let mut text = "[[value]]\nid = \"term\"\ninternal = true\nentries = [\n\
         { value = \"2 days\", from = 2026-02-11, status = \"confirmed\" },\n\
         { value = \"1 day\", from = 2026-02-11, to = 2026-02-12, jurisdiction = \"town\", \
         status = \"confirmed\" },\n]\n"
        .to_owned();
    let list = |activities: &[char]| {
        let quoted: Vec<String> = activities
            .iter()
            .map(|name| format!("\"{name}\""))
            .collect();
        format!("[{}]", quoted.join(", "))
    };
    for (_, kind) in TEMPLATES {
        let other = if kind.ends_with("precedence") {
            "before"
        } else {
            "then"
        };
        let _ = write!(
            text,
            "[[rule]]\nid = \"{kind}\"\ninternal = true\ngrade = \"observe\"\nper = \"case\"\n\
             kind = \"{kind}\"\nwhen = {}\n{other} = {}\n",
            list(&terms.when),
            list(&terms.then)
        );
        let mut guards = Vec::new();
        if terms.guard_when {
            guards.push("when = 'when.x > 1'".to_owned());
        }
        if terms.guard_then {
            guards.push(format!("{other} = '{other}.y < 3'"));
        }
        if !guards.is_empty() {
            let _ = writeln!(text, "where = {{ {} }}", guards.join(", "));
        }
        if terms.matched {
            let _ = writeln!(text, "match = '{other}.k == when.k'");
        }
        let limit = match terms.limit {
            Limit::None => String::new(),
            Limit::Hours(hours) => format!("within = \"{hours} h\""),
            Limit::Days(days) => format!("within = \"{days} days\""),
            Limit::Dated => "within = \"@term\"".to_owned(),
            Limit::Until => "until = 'when.until'".to_owned(),
        };
        text += &limit;
        text += "\n";
        if let Some(hours) = terms.not_before_hours {
            let _ = writeln!(text, "not-before = \"{hours} h\"");
        }
    }
    text
}

fn clock(minute: i64) -> String {
    let (day, minute) = (10 + minute / DAY, minute % DAY);
    format!(
        "2026-02-{day:02}T{:02}:{:02}:00+08:00",
        minute / 60,
        minute % 60
    )
}

/// The events of some objects, in the order of time.
fn story(events: &[(usize, &Event)]) -> String {
    let mut text = String::new();
    for (object, event) in events {
        let _ = write!(
            text,
            "{} {} case=C{object}",
            clock(event.minute),
            event.activity
        );
        for (name, value) in [("x", event.x), ("y", event.y)] {
            if let Some(value) = value {
                let _ = write!(text, " {name}={value}");
            }
        }
        // Values of two kinds, which cannot be compared.
        match event.k {
            Some(text_number @ ..0) => _ = write!(text, " k=text{text_number}"),
            Some(number) => _ = write!(text, " k={number}"),
            None => {}
        }
        if let Some(until) = event.until {
            let _ = write!(text, " until={}", clock(until));
        }
        text.push('\n');
    }
    text
}

prop_compose! {
    fn terms()(
        overlap in prop::bool::weighted(0.25),
        same in prop::bool::weighted(0.1),
        guard_when in any::<bool>(),
        guard_then in any::<bool>(),
        matched in any::<bool>(),
        limit in prop_oneof![
            3 => Just(Limit::None),
            2 => (1i64..6).prop_map(Limit::Hours),
            2 => (0i64..3).prop_map(Limit::Days),
            2 => Just(Limit::Dated),
            1 => Just(Limit::Until),
        ],
        not_before_hours in prop::option::weighted(0.3, 1i64..4),
    ) -> Terms {
        let (mut when, mut then) = (vec!['a'], vec!['b']);
        if overlap {
            when.push('c');
            then.push('c');
        }
        if same {
            then = when.clone();
        }
        Terms { when, then, guard_when, guard_then, matched, limit, not_before_hours }
    }
}

prop_compose! {
    /// An event, how many half hours it comes after the one before, and how many after itself the
    /// instant is that it brings.
    fn events()(
        activity in prop_oneof![5 => Just('a'), 5 => Just('b'), 2 => Just('c'), 1 => Just('d')],
        // Ties, the ends of windows, and midnights are frequent.
        step in prop_oneof![
            3 => Just(0),
            3 => 1i64..5,
            2 => (1i64..9).prop_map(|hours| hours * 2),
            1 => Just(48),
        ],
        x in prop::option::weighted(0.85, 0i64..5),
        y in prop::option::weighted(0.85, 0i64..5),
        k in prop::option::weighted(0.9, prop_oneof![9 => 0i64..3, 1 => -2i64..0]),
        until in prop::option::weighted(0.85, -4i64..8),
    ) -> (i64, Option<i64>, Event) {
        (step, until, Event { minute: 0, activity, x, y, k, until: None })
    }
}

fn traces() -> impl Strategy<Value = Vec<Vec<Event>>> {
    let trace = prop::collection::vec(events(), 1..12).prop_map(|steps| {
        let mut minute = 0;
        let timed = steps.into_iter().map(|(step, until, event)| {
            minute += step * 30;
            let until = until.map(|half| (minute + half * 30).max(0));
            Event {
                minute,
                until,
                ..event
            }
        });
        timed.collect()
    });
    prop::collection::vec(trace, 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Every number of every template, for activations and objects, in batch and live.
    #[test]
    fn templates_count_as_their_definitions_say(
        terms in terms(),
        traces in traces(),
        later in prop_oneof![Just(0i64), Just(30), Just(600), Just(3 * DAY)],
        finite in any::<bool>(),
    ) {
        let mut events: Vec<(usize, &Event)> = Vec::new();
        for (object, trace) in traces.iter().enumerate() {
            events.extend(trace.iter().map(|event| (object, event)));
        }
        events.sort_by_key(|(_, event)| event.minute);
        let now = events.last().map_or(0, |(_, event)| event.minute) + later;
        let mut harness = Harness::pack(&pack(&terms)).judged_at(&clock(now));
        if finite {
            harness = harness.finite();
        }
        let judged = harness.judge(&story(&events));
        for (template, kind) in TEMPLATES {
            let (mut activations, mut objects) = ([0; 5], [0; 5]);
            for own in &traces {
                let trace = Trace { events: own, terms: &terms, now, finite };
                let (some, flags) = trace.judge(template);
                for at in 0..5 {
                    activations[at] += some[at];
                    objects[at] += flags[at];
                }
            }
            prop_assert_eq!(judged.activations(kind), activations, "activations of {}", kind);
            prop_assert_eq!(judged.objects(kind), objects, "objects of {}", kind);
        }
    }
}

/// One rule of a pack, between `a` and `b`.
fn rule(kind: &str, more: &str) -> String {
    let other = if kind.ends_with("precedence") {
        "before"
    } else {
        "then"
    };
    format!(
        "[[rule]]\nid = \"R\"\ninternal = true\ngrade = \"observe\"\nper = \"case\"\n\
         kind = \"{kind}\"\nwhen = \"a\"\n{other} = \"b\"\n{more}\n"
    )
}

/// What is found is worded by trigger, other event, moment and term.
#[test]
fn findings_name_events_moment_and_term() {
    for (kind, more, story, expected) in [
        (
            "response",
            "within = \"2 days\"",
            "2026-02-10T09:00:00+08:00 a case=C1\n2026-02-13T09:00:00+08:00 b case=C1",
            "R C1 Violated NotFollowed a@0 at 2026-02-13T00:00:00+08:00 due 2026-02-13T00:00:00+08:00",
        ),
        (
            "response",
            "within = \"2 h\"",
            "2026-02-10T09:00:00+08:00 a case=C1\n2026-02-10T11:00:00.000001+08:00 b case=C1",
            "R C1 Violated NotFollowed a@0 at 2026-02-10T11:00:00.000001+08:00 \
             due 2026-02-10T11:00:00+08:00",
        ),
        (
            "alternate-response",
            "",
            "2026-02-10T09:00:00+08:00 a case=C1\n2026-02-10T10:00:00+08:00 a case=C1\n\
             2026-02-10T10:00:00+08:00 b case=C1",
            "R C1 Violated Alternation a@0 / a@1 at 2026-02-10T10:00:00+08:00",
        ),
        (
            "chain-response",
            "",
            "2026-02-10T09:00:00+08:00 a case=C1\n2026-02-10T10:00:00+08:00 d case=C1\n\
             2026-02-10T10:00:00+08:00 b case=C1",
            "R C1 Violated NotAdjacent a@0 / d@1 at 2026-02-10T10:00:00+08:00",
        ),
        (
            "chain-response",
            "not-before = \"2 h\"",
            "2026-02-10T09:00:00+08:00 a case=C1\n2026-02-10T10:00:00+08:00 b case=C1",
            "R C1 Violated FollowedTooEarly a@0 / b@1 at 2026-02-10T10:00:00+08:00",
        ),
        (
            "precedence",
            "",
            "2026-02-10T09:00:00+08:00 a case=C1\n2026-02-10T09:00:00+08:00 b case=C1",
            "R C1 Violated NotPreceded a@0 at 2026-02-10T09:00:00+08:00",
        ),
        (
            "chain-precedence",
            "",
            "2026-02-10T09:00:00+08:00 b case=C1\n2026-02-10T09:00:00+08:00 d case=C1\n\
             2026-02-10T09:00:00+08:00 a case=C1",
            "R C1 Violated NotAdjacent a@2 / d@1 at 2026-02-10T09:00:00+08:00",
        ),
        (
            "not-co-existence",
            "",
            "2026-02-10T09:00:00+08:00 b case=C1\n2026-02-10T10:00:00+08:00 a case=C1",
            "R C1 Violated Forbidden b@0 / a@1 at 2026-02-10T10:00:00+08:00\n\
             R C1 Violated Forbidden a@1 / b@0 at 2026-02-10T10:00:00+08:00",
        ),
        (
            "response",
            "where = { then = 'then.amount > 5' }",
            "2026-02-10T09:00:00+08:00 a case=C1\n2026-02-10T10:00:00+08:00 b case=C1",
            "R C1 Undecided DataMissing a@0 / b@1 at 2026-02-10T10:00:00+08:00 field amount",
        ),
        (
            "response",
            "where = { when = 'when.amount > 5' }",
            "2026-02-10T09:00:00+08:00 a case=C1\n2026-02-10T10:00:00+08:00 b case=C1",
            "R C1 Undecided DataMissing a@0 at 2026-02-10T09:00:00+08:00 field amount",
        ),
    ] {
        let judged = Harness::pack(&rule(kind, more)).judge(story);
        assert_eq!(judged.listed(), expected, "{kind} {more}");
    }
}

/// Every A is an obligation of its own, and one B may discharge several.
#[test]
fn activations_are_counted_one_by_one() {
    let story = "2026-02-10T09:00:00+08:00 a case=C1\n2026-02-10T10:00:00+08:00 a case=C1\n\
                 2026-02-10T11:00:00+08:00 b case=C1\n2026-02-10T12:00:00+08:00 a case=C1\n\
                 2026-02-10T09:00:00+08:00 d case=C2\n2026-02-10T13:00:00+08:00 b case=C2";
    for (kind, finite, activations, objects) in [
        ("response", false, [3, 2, 0, 1, 0], [1, 1, 0, 1, 0]),
        ("response", true, [3, 2, 1, 0, 0], [1, 0, 1, 0, 0]),
        (
            "alternate-response",
            false,
            [3, 1, 1, 1, 0],
            [1, 0, 1, 1, 0],
        ),
        ("precedence", false, [3, 1, 2, 0, 0], [1, 0, 1, 0, 0]),
        // In C2 the b is an activation of its own.
        ("succession", true, [5, 3, 2, 0, 0], [2, 0, 2, 0, 0]),
        ("co-existence", false, [5, 4, 0, 1, 0], [2, 2, 0, 1, 0]),
        ("not-response", false, [3, 1, 2, 0, 0], [1, 0, 1, 0, 0]),
    ] {
        let mut harness = Harness::pack(&rule(kind, ""));
        if finite {
            harness = harness.finite();
        }
        let judged = harness.judge(story);
        let numbers = (judged.activations("R"), judged.objects("R"));
        assert_eq!(numbers, (activations, objects), "{kind}");
    }
}

/// What is owed is seen before its time is up, and reported when it is.
#[test]
fn an_obligation_is_pending_until_its_term_is_past() {
    let rules = rule("response", "within = \"5 working days\"");
    let story = "2026-02-10T23:10:00+08:00 a case=C1";
    for (now, pending) in [
        ("2026-02-17T23:59:59+08:00", true),
        ("2026-02-18T00:00:00+08:00", false),
    ] {
        let judged = Harness::pack(&rules).judged_at(now).judge(story);
        let expected = if pending {
            [1, 0, 0, 1, 0]
        } else {
            [1, 0, 1, 0, 0]
        };
        assert_eq!(judged.activations("R"), expected, "{now}");
    }
}

/// One event a second, of one object, with the activity and the `k` that are given.
fn seconds(activities: &[(&str, i64)]) -> Vec<ScriptEvent> {
    let start = Time::parse("2026-02-10T00:00:00+08:00").unwrap();
    let event = |(second, (activity, k)): (usize, &(&str, i64))| ScriptEvent {
        time: Time::new(start.instant().plus(second as i64 * 1_000_000), Some(480)),
        arrival: None,
        activity: (*activity).to_owned(),
        id: None,
        objects: vec![("case".to_owned(), "C1".to_owned())],
        attributes: vec![("k".to_owned(), Datum::Integer(*k))],
        line: second,
    };
    activities.iter().enumerate().map(event).collect()
}

/// Many open activations of one object: a step that looked at all of them at every event would
/// not come to an end here.
#[test]
fn many_open_activations_do_not_slow_every_event() {
    let many = 20_000;
    let events = seconds(&vec![("a", 0); many as usize]);
    for (more, open) in [("", many), ("within = \"1 h\"", 3_601)] {
        for kind in [
            "response",
            "succession",
            "responded-existence",
            "not-response",
        ] {
            let judged = Harness::pack(&rule(kind, more)).judge_events(&events);
            let [total, satisfied, violated, pending, _] = judged.activations("R");
            let expected = if kind == "not-response" {
                [many, 0, 0]
            } else {
                [0, many - open, open]
            };
            assert_eq!([satisfied, violated, pending], expected, "{kind} {more}");
            assert_eq!(total, many, "{kind} {more}");
        }
    }
}

/// Many open activations that a correlation tells apart: each event looks at its own.
#[test]
fn many_correlated_activations_do_not_slow_every_event() {
    let many = 6_000;
    let mut events: Vec<(&str, i64)> = (0..many).map(|k| ("a", k)).collect();
    events.extend((0..many).filter(|k| k % 2 == 0).map(|k| ("b", k)));
    let events = seconds(&events);
    let half = many as u64 / 2;
    for (kind, satisfied, rest) in [
        ("response", half, half),
        ("not-response", half, half),
        ("succession", 2 * half, half),
        ("responded-existence", half, half),
        ("co-existence", 2 * half, half),
        ("not-co-existence", half, 2 * half),
    ] {
        for more in ["", "not-before = \"1 s\""] {
            let more = format!("match = 'then.k == when.k'\n{more}");
            let judged = Harness::pack(&rule(kind, &more)).judge_events(&events);
            let [_, kept, violated, pending, _] = judged.activations("R");
            assert_eq!(
                [kept, violated + pending],
                [satisfied, rest],
                "{kind} {more}"
            );
        }
    }
    let precedence = rule("precedence", "match = 'before.k == when.k'");
    let precedence = precedence
        .replace("when = \"a\"", "when = \"b\"")
        .replace("before = \"b\"", "before = \"a\"");
    let judged = Harness::pack(&precedence).judge_events(&events);
    assert_eq!(judged.activations("R"), [half, half, 0, 0, 0]);
}
