//! What conditions hold for.

use super::*;

/// Values that conditions are tried on.
fn event(model: &mut DeclModel) -> Vec<(&'static str, Value)> {
    let mut text = |text: &str| Value::Text(model.program.names.intern(text));
    vec![
        ("org:group", text("J")),
        ("state", text("written and sent")),
        ("two words", text("x")),
        ("number text", text("157")),
        ("article", Value::Integer(157)),
        ("amount", Value::Float(62.5)),
        ("paid", Value::Boolean(true)),
        ("paid text", text("true")),
        (
            "when",
            Value::from(cage_model::Time::parse("2026-02-10T23:10:00+08:00").unwrap()),
        ),
        ("odd", text("else (not)")),
    ]
}

const DECLARED: &str = "state: written, written and sent\narticle: integer between 1 and 500\n\
                        amount: float\ntwo words: string\nnumber text: string\npaid text: boolean\n";

#[test]
fn conditions_hold_or_do_not() {
    for (condition, expected) in [
        ("A.org:group is J", true),
        ("A.org:group IS NOT J", false),
        ("A.org:group is K", false),
        ("A.org:group = J", true),
        ("A.org:group == \"J\"", true),
        ("A.org:group != J", false),
        ("a.org:group in (A, J, K)", true),
        ("A.org:group not in (A, J, K)", false),
        ("A.org:group in ('J')", true),
        ("A.article is 157", true),
        ("A.article is not 157", false),
        ("A.article is not 158", true),
        ("A.article = 157.0", true),
        ("A.article in (7, 157)", true),
        ("A.number text is 157", true),
        ("A.number text is not 157", false),
        ("A.amount>50", true),
        ("A.amount >= 62.5 and A.amount <= 62.5", true),
        ("50 < A.amount", true),
        ("157 = A.article", true),
        ("A.amount < 1e3", true),
        ("A.paid is true", true),
        ("A.paid is True", true),
        ("A.paid is false", false),
        ("A.paid", true),
        ("not A.paid", false),
        ("A.paid text is true", true),
        ("A.state is written and sent", true),
        ("A.state is written", false),
        ("A.two words is x", true),
        ("A.\"two words\" is x", true),
        ("A.odd is else (not)", true),
        ("A.when > 2026-02-10T15:00:00Z", true),
        ("A.when < 2026-02-10", false),
        ("A.article > 5 OR A.org:group is K AND A.amount > 100", true),
        (
            "(A.article > 5 or A.org:group is K) and A.amount > 100",
            false,
        ),
        ("not (A.article > 5 and A.amount > 100)", true),
        ("NOT A.article > 5", false),
        ("((A.org:group is K) OR (A.org:group is not K))", true),
        ("A.article = A.number text", false),
        ("true", true),
        ("A.article is 157 and false", false),
        // Where data is missing a guard does not hold, whichever way it is put.
        ("A.nothing is J", false),
        ("A.nothing is not J", false),
        ("not (A.nothing is J)", false),
        ("A.nothing is J or A.org:group is J", true),
    ] {
        let mut model = model(&format!("{DECLARED}Response[A, B] |{condition} | |"));
        let event = event(&mut model);
        assert_eq!(activates(&model, &event), expected, "{condition}");
    }
}

#[test]
fn pairs_fit_or_do_not() {
    let number = Value::Integer;
    for (condition, a, t, expected) in [
        ("T.x >= A.x", number(5), number(5), true),
        ("T.x >= A.x", number(5), Value::Float(4.9), false),
        ("A.x < T.x", number(5), number(6), true),
        ("same x", number(5), Value::Float(5.0), true),
        ("same x", number(5), number(6), false),
        ("different x", number(5), number(6), true),
        ("different x", number(5), Value::Missing, false),
        ("same x", Value::Missing, Value::Missing, false),
        ("A.x = T.x or A.x is 7", number(7), number(6), true),
        ("not same x", number(5), number(6), true),
    ] {
        let model = model(&format!("Response[A, B] | |{condition} |"));
        assert_eq!(
            fits(&model, &[("x", a)], &[("x", t)]),
            expected,
            "{condition}"
        );
    }
}

#[test]
fn what_can_never_hold_is_reported() {
    let declared = "org:group: A, B, J\nAge: integer between 20 and 90\n";
    for (condition, place, suggestion) in [
        ("A.org:group is AA", "AA", Some("A")),
        ("A.Age is 19", "19", None),
        (
            "A.Age > 50 and A.Age < 40",
            "A.Age > 50 and A.Age < 40",
            None,
        ),
        (
            "A.org:group is A and A.org:group is B",
            "A.org:group is A and A.org:group is B",
            None,
        ),
        ("false", "false", None),
    ] {
        let line = format!("Response[X, Y] |{condition} | |");
        let model = model(&format!("{declared}{line}"));
        let warning = model
            .warnings
            .first()
            .unwrap_or_else(|| panic!("{condition}: no warning"));
        let start = warning.column - 1;
        assert_eq!(&line[start..start + warning.length], place, "{condition}");
        assert_eq!(warning.suggestion.as_deref(), suggestion, "{condition}");
    }
}
