//! Tests of `.decl` models: what each part of the notation means, and what is refused where.

mod conditions;
mod laws;
mod peers;
mod refusals;

use cage_law::{Span, Term};
use cage_model::{Date, Symbol, Value};

use super::*;
use crate::expr::{Scope, Truth};
use crate::program::{Bound, FieldSource, Judge, Limit, Relation, Template};

/// Reads a model that must be right.
fn model(text: &str) -> DeclModel {
    match read("model.decl", text.as_bytes()) {
        Ok(model) => model,
        Err(errors) => panic!("{text}: {errors:?}"),
    }
}

/// The relation of a model with one rule.
fn relation(model: &DeclModel) -> &Relation {
    match &model.program.rules[0].judge {
        Judge::Relation(relation) => relation,
        other => panic!("{other:?}"),
    }
}

fn activity(model: &DeclModel, pattern: &crate::Pattern) -> String {
    let symbol = pattern.0[0].activity.unwrap_or(Symbol::EMPTY);
    model.program.names.text(symbol).to_owned()
}

/// The slots of an event with these attributes.
fn slots(model: &DeclModel, values: &[(&str, Value)]) -> Vec<Value> {
    let value = |source: FieldSource| match source {
        FieldSource::Attribute(name) => {
            let name = model.program.names.text(name);
            values
                .iter()
                .find(|value| value.0 == name)
                .map_or(Value::Missing, |value| value.1)
        }
        _ => Value::Missing,
    };
    model
        .program
        .fields
        .iter()
        .map(|field| value(field.source))
        .collect()
}

/// Whether the activation's guard holds for an event; data that is missing makes it false.
fn activates(model: &DeclModel, values: &[(&str, Value)]) -> bool {
    let what = match &model.program.rules[0].judge {
        Judge::Relation(relation) => &relation.when,
        Judge::Count { what, .. } => what,
        other => panic!("{other:?}"),
    };
    let guard = what.0[0].guard.as_ref().expect("a guard");
    let row = slots(model, values);
    let scope = Scope {
        current: &row,
        earlier: &[],
        object: &[],
        date: Date(0),
        names: &model.program.names,
    };
    guard.test(&scope) == Truth::True
}

/// Whether an activation and a target fit; asked both ways, which must agree.
fn fits(model: &DeclModel, a: &[(&str, Value)], t: &[(&str, Value)]) -> bool {
    let correlation = &relation(model).correlation;
    let (a, t) = (slots(model, a), slots(model, t));
    let keep = |row: &[Value], list: &[u16]| -> Vec<Value> {
        list.iter().map(|slot| row[usize::from(*slot)]).collect()
    };
    let test = |expr: &Option<crate::expr::Expr>, current: &[Value], earlier: &[Value]| {
        let scope = Scope {
            current,
            earlier,
            object: &[],
            date: Date(0),
            names: &model.program.names,
        };
        expr.as_ref().expect("a correlation").test(&scope) == Truth::True
    };
    let forward = test(
        &correlation.forward,
        &t,
        &keep(&a, &correlation.capture_trigger),
    );
    let backward = test(
        &correlation.backward,
        &a,
        &keep(&t, &correlation.capture_target),
    );
    assert_eq!(forward, backward, "both directions state the same");
    forward
}

#[test]
fn every_template_is_known_in_every_spelling() {
    for (written, template) in [
        ("Responded Existence", Template::RespondedExistence),
        ("RespondedExistence", Template::RespondedExistence),
        ("Co-Existence", Template::CoExistence),
        ("CoExistence", Template::CoExistence),
        ("Response", Template::Response),
        ("Alternate Response", Template::AlternateResponse),
        ("ChainResponse", Template::ChainResponse),
        ("precedence", Template::Precedence),
        ("Alternate Precedence", Template::AlternatePrecedence),
        ("CHAIN PRECEDENCE", Template::ChainPrecedence),
        ("Succession", Template::Succession),
        ("AlternateSuccession", Template::AlternateSuccession),
        ("Chain Succession", Template::ChainSuccession),
        ("Not Responded Existence", Template::NotRespondedExistence),
        ("NotCoExistence", Template::NotCoExistence),
        ("Not Co-Existence", Template::NotCoExistence),
        ("Not Response", Template::NotResponse),
        ("not-response", Template::NotResponse),
        ("Not Chain Response", Template::NotChainResponse),
        ("Not Precedence", Template::NotPrecedence),
        ("Not Chain Precedence", Template::NotChainPrecedence),
        ("NotSuccession", Template::NotSuccession),
        ("Not Chain Succession", Template::NotChainSuccession),
    ] {
        let model = model(&format!("{written}[A, B] | | |"));
        assert_eq!(relation(&model).template, template, "{written}");
    }
}

#[test]
fn the_precedence_family_is_activated_by_its_second_activity() {
    for (template, when) in [
        ("Response", "A"),
        ("Precedence", "B"),
        ("Not Chain Precedence", "B"),
    ] {
        let model = model(&format!("{template}[A, B]"));
        assert_eq!(activity(&model, &relation(&model).when), when, "{template}");
    }
}

#[test]
fn counts_are_read_in_every_place() {
    for (written, at_least, at_most) in [
        ("Existence[A]", 1, None),
        ("Existence2[A]", 2, None),
        ("Existence[A, 3]", 3, None),
        ("Absence[A]", 0, Some(0)),
        ("Absence2[A] | |", 0, Some(1)),
        ("Absence[A, 3] | | |", 0, Some(2)),
        ("Exactly1[A]", 1, Some(1)),
        ("Exactly[A, 2]", 2, Some(2)),
        ("AtMostOne[A]", 0, Some(1)),
        ("AtMost2[A]", 0, Some(2)),
        ("AtLeast2[A]", 2, None),
        ("Participation[A]", 1, None),
    ] {
        let model = model(written);
        let Judge::Count {
            what,
            at_least: least,
            at_most: most,
        } = &model.program.rules[0].judge
        else {
            panic!("{written}");
        };
        assert_eq!((*least, *most), (at_least, at_most), "{written}");
        assert_eq!(activity(&model, what), "A");
    }
    let model = model("Init[A] | |\nEnd[Z]\nChoice[A, B] | | |\nExclusive Choice[A, B]");
    let kinds: Vec<_> = model
        .program
        .rules
        .iter()
        .map(|rule| rule.kind.as_str())
        .collect();
    assert_eq!(kinds, ["init", "end", "choice", "exclusive-choice"]);
}

#[test]
fn names_hold_commas_colons_brackets_and_any_letters() {
    for (declared, written, first, second) in [
        (
            "",
            "Response[Créer l'amende, 发送罚单]",
            "Créer l'amende",
            "发送罚单",
        ),
        (
            "",
            "Response[Check: A, Send [copy]] | | |",
            "Check: A",
            "Send [copy]",
        ),
        (
            "activity A, then B\nactivity C\n",
            "Response[A, then B, C]|||",
            "A, then B",
            "C",
        ),
        (
            "activity A\nactivity B, C, D\n",
            "Response[A, B, C, D]",
            "A",
            "B, C, D",
        ),
        (
            "activity Check [x], y\n",
            "Response[Check [x], y, Z]",
            "Check [x], y",
            "Z",
        ),
        ("", "Response[a,b]", "a", "b"),
        ("", "Response[sum 1,5 paid, b]", "sum 1,5 paid", "b"),
    ] {
        let model = model(&format!("{declared}{written}"));
        let relation = relation(&model);
        let names = (
            activity(&model, &relation.when),
            activity(&model, &relation.then),
        );
        assert_eq!(
            (names.0.as_str(), names.1.as_str()),
            (first, second),
            "{written}"
        );
    }
}

#[test]
fn time_is_elapsed_and_both_ends_count() {
    let day = 86_400_000_000;
    for (written, min, max) in [
        ("0,90,d", None, 90 * day),
        ("1,2,D", Some(day), 2 * day),
        (" 0.5 , 1.5 , h ", Some(1_800_000_000), 5_400_000_000),
        ("52,2154,s", Some(52_000_000), 2_154_000_000),
        ("0,2778,m", None, 166_680_000_000),
        ("0,0,s", None, 0),
    ] {
        for bars in ["| | |", "|||", "| |", "|"] {
            let model = match bars {
                // With fewer bars than parts the time is known by its shape.
                "| |" => model(&format!("Response[A, B] | |{written}")),
                "|" => continue,
                bars => model(&format!("Response[A, B] {bars}{written}")),
            };
            let window = &relation(&model).window;
            let fixed = |limit: &Limit| match limit {
                Limit::Fixed(Term {
                    span: Span::Elapsed(micros),
                    ..
                }) => *micros,
                other => panic!("{other:?}"),
            };
            assert_eq!(window.not_before.as_ref().map(fixed), min, "{written}");
            let Some(Bound::Within(limit)) = &window.bound else {
                panic!("{written}")
            };
            assert_eq!(fixed(limit), max, "{written}");
        }
    }
}

#[test]
fn a_rule_is_known_by_its_line_as_written() {
    let text = "\u{feff}# a comment\r\nactivity A\r\n\r\n  Response[A, B] | | |  \r\n";
    let model = model(text);
    assert_eq!(model.program.rules[0].id, "  Response[A, B] | | |  ");
    assert_eq!(model.program.rules[0].place.line, 4);
    assert_eq!(
        model.program.names.text(model.program.object_types[0].name),
        "case"
    );
}

/// What is said of the target alone becomes its guard; what relates the two a correlation.
#[test]
fn targets_are_guarded_and_pairs_correlated() {
    let model = model("Response[A, B] |A.x > 1 |T.y is J and same org:resource and T.z <= A.z |");
    let relation = relation(&model);
    assert!(relation.when.0[0].guard.is_some());
    assert!(relation.then.0[0].guard.is_some());
    assert_eq!(relation.correlation.capture_trigger.len(), 2);
    assert_eq!(relation.correlation.capture_target.len(), 2);
}
