//! Every kind compiles to what it says, and is worded so.

use cage_law::Span;
use cage_pack::{Bound, Judge, Limit, Template, wording};

use crate::{listed, load_text};

fn rule(kind: &str, parameters: &str) -> (cage_pack::Program, String) {
    let text = format!(
        "[pack]\nid = \"p\"\nversion = \"1\"\n[[rule]]\nid = \"R\"\nper = \"case\"\nkind = \"{kind}\"\ninternal = true\n{parameters}\n"
    );
    let loaded = load_text(&text).unwrap_or_else(|found| panic!("{kind}: {}", listed(&found)));
    let said = wording(&loaded.program.rules[0], &loaded.program);
    assert!(!said.zh.is_empty());
    (loaded.program, said.en)
}

/// Kind, parameters, and what the rule says in English.
const WORDED: &[(&str, &str, &str)] = &[
    (
        "existence",
        "what = \"A\"\nn = 2",
        "Every case must have at least 2 of 'A'.",
    ),
    ("absence", "what = \"A\"", "Every case must have no 'A'."),
    (
        "absence",
        "what = \"A\"\nn = 3",
        "Every case must have at most 2 of 'A'.",
    ),
    (
        "exactly",
        "what = \"A\"",
        "Every case must have exactly 1 of 'A'.",
    ),
    ("init", "what = \"A\"", "Every case must begin with 'A'."),
    (
        "end",
        "what = [\"A\", \"B\"]",
        "Every case must end with 'A' or 'B'.",
    ),
    (
        "response",
        "when = \"A\"\nthen = \"B\"",
        "Every 'A' must be followed by 'B'.",
    ),
    (
        "response",
        "when = \"A\"\nthen = \"B\"\nwithin = \"90 days\"",
        "Every 'A' must be followed by 'B' within 90 days.",
    ),
    (
        "chain-precedence",
        "when = \"A\"\nbefore = \"B\"",
        "Directly before every 'A' must come 'B'.",
    ),
    (
        "not-co-existence",
        "when = \"A\"\nthen = \"B\"",
        "'A' and 'B' must not both come.",
    ),
    (
        "exclusive-choice",
        "a = \"A\"\nb = \"B\"",
        "Every case must have 'A' or 'B', but not both.",
    ),
    (
        "deadline",
        "start = \"A\"\nstop = \"B\"\nwithin = \"5 working days\"\npause = \"P\"\nresume = \"R\"",
        "'B' must come within 5 working days after 'A'; the clock halts from 'P' to 'R'.",
    ),
    (
        "duration",
        "from = \"A\"\nto = \"B\"\nmin = \"10 min\"\nmax = \"24 h\"",
        "From 'A' to 'B' takes at least 10 min and at most 24 h.",
    ),
    (
        "separation",
        "a = \"A\"\nb = \"B\"\nby = \"officer\"",
        "Within one case, 'A' and 'B' must have different event.officer.",
    ),
    (
        "order",
        "queue = \"case\"\nenter = \"A\"\nserve = \"B\"\nplaces = 2",
        "'B' follows the order of 'A', with at most 2 overtaken.",
    ),
    (
        "sequence",
        "what = \"A\"\nnumber = 'event.n'",
        "The numbers event.n of 'A' run without hole or repetition.",
    ),
    (
        "immutable",
        "what = \"A\"\nfield = 'event.fee'",
        "event.fee, once written by 'A', must not change.",
    ),
    (
        "silence",
        "what = \"A\"\nevery = \"10 min\"",
        "'A' must come at least every 10 min.",
    ),
    (
        "aggregate",
        "what = \"A\"\nvalue = { sum = 'event.n' }\nwindow = \"month\"\nover = 7.50",
        "For every case, the sum of event.n of 'A' in a month is at most 7.50.",
    ),
    (
        "aggregate",
        "what = \"A\"\nvalue = \"count\"\nwindow = \"week\"\nover = \"@most\"\n[[value]]\nid = \"most\"\ninternal = true\n\
         entries = [{ value = 3, from = 2020-01-01, to = 2024-12-31, status = \"confirmed\" }, \
         { value = 2.5, from = 2025-01-01, status = \"confirmed\" }]",
        "For every case, the number of 'A' in a week is at most 3 (from 2020-01-01 to 2024-12-31), \
         2.5 (from 2025-01-01).",
    ),
    (
        "lag",
        "max = \"2 days\"",
        "any event must be entered within 2 days after it happened.",
    ),
    (
        "coverage",
        "what = \"A\"\nby = \"F\"\nstart = 'by.start'\nend = 'by.end'\naround = \"60 s\"",
        "Every 'A' must be covered by 'F'.",
    ),
];

#[test]
fn kinds_are_worded_as_they_are_judged() {
    for (kind, parameters, said) in WORDED {
        assert_eq!(rule(kind, parameters).1, *said, "{kind}");
    }
}

#[test]
fn all_binary_templates_are_known() {
    for (name, template) in [
        ("responded-existence", Template::RespondedExistence),
        ("co-existence", Template::CoExistence),
        ("alternate-response", Template::AlternateResponse),
        ("chain-response", Template::ChainResponse),
        ("succession", Template::Succession),
        ("alternate-succession", Template::AlternateSuccession),
        ("chain-succession", Template::ChainSuccession),
        ("not-responded-existence", Template::NotRespondedExistence),
        ("not-response", Template::NotResponse),
        ("not-chain-response", Template::NotChainResponse),
        ("not-succession", Template::NotSuccession),
        ("not-chain-succession", Template::NotChainSuccession),
    ] {
        let (program, _) = rule(name, "when = \"A\"\nthen = \"B\"");
        let Judge::Relation(relation) = &program.rules[0].judge else {
            panic!("{name}")
        };
        assert_eq!(relation.template, template);
    }
    for (name, template) in [
        ("precedence", Template::Precedence),
        ("alternate-precedence", Template::AlternatePrecedence),
        ("not-precedence", Template::NotPrecedence),
        ("not-chain-precedence", Template::NotChainPrecedence),
    ] {
        let (program, _) = rule(name, "when = \"A\"\nbefore = \"B\"");
        let Judge::Relation(relation) = &program.rules[0].judge else {
            panic!("{name}")
        };
        assert_eq!(relation.template, template);
        assert_eq!(
            program.names.text(relation.then.0[0].activity.unwrap()),
            "B"
        );
    }
}

#[test]
fn a_match_is_compiled_both_ways_round() {
    let (program, _) = rule(
        "response",
        "when = \"A\"\nthen = \"B\"\nmatch = 'then.sample == when.sample && then.n > when.k'\nuntil = 'when.due'\nnot-before = \"1 h\"\nwhere.when = 'when.n > 3'",
    );
    let Judge::Relation(relation) = &program.rules[0].judge else {
        panic!()
    };
    assert_eq!(relation.correlation.capture_trigger.len(), 2);
    assert_eq!(relation.correlation.capture_target.len(), 2);
    assert!(relation.correlation.forward.is_some() && relation.correlation.backward.is_some());
    assert!(matches!(relation.window.bound, Some(Bound::Until(_))));
    assert_eq!(
        relation.window.not_before,
        Some(Limit::Fixed(Span::Elapsed(3_600_000_000).into()))
    );
    assert!(relation.when.0[0].guard.is_some() && relation.then.0[0].guard.is_none());
}

#[test]
fn learned_bounds_become_a_range_with_its_group() {
    let (program, _) = rule(
        "duration",
        "from = \"A\"\nto = \"B\"\nlearned = { observed = 90, mean = \"100 s\", deviation = \"20 s\", z = 2.5 }",
    );
    let Judge::Duration(duration) = &program.rules[0].judge else {
        panic!()
    };
    assert_eq!(
        duration.min,
        Some(Limit::Fixed(Span::Elapsed(50_000_000).into()))
    );
    assert_eq!(
        duration.max,
        Some(Limit::Fixed(Span::Elapsed(150_000_000).into()))
    );
    assert_eq!(duration.group.as_ref().unwrap().z_hundredths, 250);
}

#[test]
fn kinds_to_come_are_refused_by_name() {
    for kind in ["outlier", "concentration", "heaping", "geo", "waiting"] {
        let text = format!(
            "[pack]\nid = \"p\"\nversion = \"1\"\n[[rule]]\nid = \"R\"\nper = \"case\"\nkind = \"{kind}\"\n"
        );
        let found = listed(&load_text(&text).unwrap_err());
        assert!(
            found.contains(&format!("rules of the kind {kind} are not available yet")),
            "{found}"
        );
    }
}
