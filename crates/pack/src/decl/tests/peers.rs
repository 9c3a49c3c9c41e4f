//! The failures that were reproduced in other tools, each held against ours.

use std::path::PathBuf;

use super::*;

/// `is 157` on a whole number matched nothing, without a warning.
#[test]
fn is_matches_whole_numbers() {
    let model = model("article: integer between 1 and 200\nResponse[A, B] |A.article is 157 | |");
    assert!(activates(&model, &[("article", Value::Integer(157))]));
    assert!(!activates(&model, &[("article", Value::Integer(7))]));
}

/// Comparing an attribute of one event with one of the other ended in a type error.
#[test]
fn events_are_compared_with_each_other() {
    let model = model("Response[A, B] | |T.totalPaymentAmount >= A.amount |");
    let fit = |amount, paid| {
        fits(
            &model,
            &[("amount", Value::Float(amount))],
            &[("totalPaymentAmount", Value::Float(paid))],
        )
    };
    assert!(fit(35.0, 35.0));
    assert!(!fit(35.0, 34.99));
}

/// `same org:resource` dropped the constraint, for the colon in the name.
#[test]
fn names_with_a_colon_are_compared() {
    let mut model = model("Response[A, B] | |same org:resource |");
    let mut text = |text: &str| Value::Text(model.program.names.intern(text));
    let (one, two) = (text("541"), text("542"));
    assert!(fits(
        &model,
        &[("org:resource", one)],
        &[("org:resource", one)]
    ));
    assert!(!fits(
        &model,
        &[("org:resource", one)],
        &[("org:resource", two)]
    ));
}

/// The text of a guard reached an evaluator of code. Here it is refused, or read as the plain
/// value that it spells.
#[test]
fn no_text_is_run() {
    for condition in [
        "__import__('os').system('touch /tmp/x')",
        "A.x is 1 and exit()",
        "A.x == 1; import os",
        "[x for x in (1,)]",
        "A.__class__ and (lambda: 1)()",
    ] {
        let text = format!("Response[A, B] |{condition} | |");
        if let Ok(model) = read("model.decl", text.as_bytes()) {
            assert!(
                !activates(&model, &[("x", Value::Integer(1))]),
                "{condition}"
            );
        }
    }
}

/// A line without bars loaded, and then stopped the run.
#[test]
fn bars_may_be_missing() {
    for line in [
        "Response[A, B]",
        "Response[A, B] |",
        "Response[A, B] | |",
        "Response[A, B] | | |",
        "Response[A, B]|||",
        "Response[A, B] | | | ",
    ] {
        let model = model(line);
        assert!(relation(&model).when.0[0].guard.is_none(), "{line}");
        assert!(relation(&model).window.bound.is_none(), "{line}");
    }
}

/// The file that showed this, and a guarded constraint whose activations nobody counted: it loads
/// whole.
#[test]
fn the_sepsis_model_loads_whole() {
    let shared = std::env::var_os("CAGE_SHARED_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = shared.join("logs/sepsis_declare4py.decl");
    let Ok(bytes) = std::fs::read(&path) else {
        println!("skipped: {} is not there", path.display());
        return;
    };
    let model = match read("sepsis_declare4py.decl", &bytes) {
        Ok(model) => model,
        Err(errors) => panic!("{errors:?}"),
    };
    let rules: Vec<_> = model
        .program
        .rules
        .iter()
        .map(|rule| (rule.id.as_str(), rule.kind.as_str()))
        .collect();
    assert_eq!(
        rules,
        [
            ("Init[ER Registration] | |", "init"),
            (
                "Chain Response[ER Registration, ER Triage]",
                "chain-response"
            ),
            ("Precedence[IV Liquid, Admission NC] | | |", "precedence"),
            (
                "Response[CRP, Release B] |A.org:group is J |T.org:group is A |",
                "response"
            ),
        ]
    );
    assert_eq!(model.warnings, []);
    let Judge::Relation(response) = &model.program.rules[3].judge else {
        panic!("a relation")
    };
    assert!(response.when.0[0].guard.is_some() && response.then.0[0].guard.is_some());
}
