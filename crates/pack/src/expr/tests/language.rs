//! What each part of the language means.

use cage_model::{Decimal, Time};

use super::*;

fn decimal(text: &str) -> Value {
    Value::from(text.parse::<Decimal>().unwrap())
}

fn time(text: &str) -> Value {
    Value::from(Time::parse(text).unwrap())
}

/// Conditions on the event below, and whether they hold.
const CONDITIONS: &[(&str, bool)] = &[
    ("when.amount >= 50.0 && when.article == 157", true),
    ("when.amount >= 62.5", true),
    ("62.6 <= when.amount", false),
    ("when.fee == 12.5", true),
    ("when.fee != 12.50", false),
    ("when.fee * 2 == 25", true),
    ("when.fee / 3 == 4.166666666667", true),
    ("when.fee + 0.1 > 12.59", true),
    ("when.article % 10 == 7 && when.article / 10 == 15", true),
    ("-when.article < 0 && abs(-when.article) == 157", true),
    ("1 + 2 * 3 == 7 && (1 + 2) * 3 == 9", true),
    ("when.article in [7, 157]", true),
    ("!(when.article in [7, 8])", true),
    ("when[\"org:resource\"] == \"541\"", true),
    (
        "has(when[\"org:resource\"]) && !has(when.note) && has(when.time)",
        true,
    ),
    (
        "when.who.startsWith(\"officer\") && when.who.endsWith(\"张\")",
        true,
    ),
    ("when.who.contains(\"-8\")", false),
    ("size(when.who) == 11 && when.who.size() > 10", true),
    ("when.who < \"p\"", true),
    ("when.open", true),
    ("when.open == false", false),
    ("!when.open ? when.article == 1 : when.article == 157", true),
    ("(when.open ? when.article : 0) == 157", true),
    ("when.due - when.time > duration(\"442h\")", true),
    (
        "when.time + duration(\"50m\") == timestamp(\"2026-02-10T16:00:00Z\")",
        true,
    ),
    ("(when.due - when.time).getHours() == 442", true),
    ("date(when.due) - date(when.time) == 19", true),
    ("date(when.time) + 1 == date(\"2026-02-11\")", true),
    (
        "when.time.getHours() == 23 && when.time.getMinutes() == 10",
        true,
    ),
    (
        "when.time.getFullYear() == 2026 && when.time.getMonth() == 1",
        true,
    ),
    (
        "when.time.getDayOfWeek() == 2 && when.time.getDate() == 10",
        true,
    ),
    ("date(when.time).getDayOfYear() == 40", true),
    (
        "min(when.article, 200) == 157 && max(when.fee, 13) == 13",
        true,
    ),
    (
        "max(duration(\"1h\"), duration(\"90m\")) == duration(\"1.5h\")",
        true,
    ),
    ("[\"x\", \"officer-7 张\"].exists(x, x == when.who)", true),
    ("[1, 200].all(x, x < when.article)", false),
    ("matter.required_documents.exists(d, d == \"form\")", true),
    ("size(matter.required_documents) == 2", true),
    ("when.article in [when.article + 1, when.article]", true),
    ("has(then.note) || true", true),
    ("\"a\" in [\"a\"] && 1.0 == 1", true),
    (
        "(date(\"2026-01-01\") + 2912442).getFullYear() == 9999",
        true,
    ),
];

#[test]
fn conditions_hold_or_do_not() {
    let mut office = Office::new();
    let who = Value::Text(office.names.intern("officer-7 张"));
    let resource = Value::Id(office.names.intern("541"));
    let values = [
        ("amount", Value::Float(62.5)),
        ("article", Value::Integer(157)),
        ("fee", decimal("12.50")),
        ("who", who),
        ("open", Value::Boolean(true)),
        ("due", time("2026-03-01T10:00:00+08:00")),
        ("org:resource", resource),
        ("time", time("2026-02-10T23:10:00+08:00")),
    ];
    for (text, expected) in CONDITIONS {
        assert_eq!(
            office.holds(text, &values),
            Truth::from(*expected),
            "{text}"
        );
    }
}

#[test]
fn what_is_missing_is_said_and_never_false() {
    let mut office = Office::new();
    let name = |office: &mut Office, name| Truth::Missing(office.names.intern(name));
    let (amount, article) = (name(&mut office, "amount"), name(&mut office, "article"));
    let free = name(&mut office, "free");
    let text = Value::Text(office.names.intern("abc"));
    let values = [
        ("amount", Value::Float(f64::NAN)),
        ("free", text),
        ("fee", decimal("1.0")),
    ];
    for (condition, expected) in [
        ("when.article == 157", article),
        ("when.article != 157", article),
        ("!(when.article == 157)", article),
        ("when.article == 157 && when.fee > 0.5", article),
        ("when.article == 157 && when.fee > 5", Truth::False),
        ("when.fee > 5 && when.article == 157", Truth::False),
        ("when.article == 157 || when.fee > 0.5", Truth::True),
        ("when.article == 157 || when.fee > 5", article),
        ("when.amount > 1.0", amount),
        ("when.amount != 1.0", amount),
        ("when.fee < when.amount", amount),
        ("when.amount < when.fee", amount),
        ("5 + 1 == when.free", free),
        ("has(when.amount) && when.amount > 1.0", Truth::False),
        ("when.free > 5", free),
        ("when.free + 1 > 5", free),
        ("when.free in [1, 2]", free),
        ("when.free == when.fee", free),
        ("when.free.startsWith(\"ab\")", Truth::True),
        ("[1, 2].exists(x, x == when.article)", article),
        ("(when.article > 1 ? 1 : 2) == 1", article),
    ] {
        assert_eq!(office.holds(condition, &values), expected, "{condition}");
    }
}

#[test]
fn what_cannot_be_computed_is_said() {
    let mut office = Office::new();
    let zero = Truth::Failed(Failure::DivisionByZero);
    let overflow = Truth::Failed(Failure::Overflow);
    let values = [
        ("article", Value::Integer(0)),
        ("free", Value::Integer(i64::MAX)),
    ];
    for (condition, expected) in [
        ("1 / when.article == 1", zero),
        ("1 % when.article == 1", zero),
        ("1.5 / when.article == 1", zero),
        ("when.article == 0 || 1 / when.article == 1", Truth::True),
        ("1 / when.article == 1 || when.article == 0", Truth::True),
        ("when.free + 1 > 0", overflow),
        ("when.free * 2 > 0", overflow),
        ("when.free * 1.5 > 0", overflow),
        ("-when.free < 0", Truth::True),
        (
            "date(\"9999-12-31\") + when.article == date(\"9999-12-31\")",
            Truth::True,
        ),
        (
            "date(\"9999-12-31\") + (1 - when.article) == date(\"9999-12-31\")",
            overflow,
        ),
        (
            "date(\"2026-01-01\") - when.free == date(\"2026-01-01\")",
            overflow,
        ),
    ] {
        assert_eq!(office.holds(condition, &values), expected, "{condition}");
    }
}

/// Floats are compared; a log's float in an undeclared attribute is never calculated with.
#[test]
fn floats_are_not_calculated_with() {
    let mut office = Office::new();
    let values = [("free", Value::Float(1.5))];
    let missing = Truth::Missing(office.names.intern("free"));
    assert_eq!(office.holds("when.free + 1 > 2", &values), missing);
    assert_eq!(office.holds("when.free > 1.4", &values), Truth::True);
}

#[test]
fn dated_lists_follow_the_date() {
    let mut office = Office::new();
    let b = Value::Text(office.names.intern("c"));
    for text in ["when.who in @reasons", "@reasons.exists(r, r == when.who)"] {
        let expr = office.compile(text, Expected::Condition).unwrap();
        let row = office.row(&[("who", b)]);
        for (day, expected) in [("2012-01-01", Truth::False), ("2021-01-01", Truth::True)] {
            let scope = Scope {
                date: Date::parse(day).unwrap(),
                ..office.scope(&row, &[], &[])
            };
            assert_eq!(expr.test(&scope), expected, "{text} {day}");
        }
    }
}

#[test]
fn the_object_has_fields_of_its_own() {
    let mut office = Office::new();
    let expr = office
        .compile("has(case.transferred_to)", Expected::Condition)
        .unwrap();
    let office_b = Value::Text(office.names.intern("office B"));
    assert_eq!(expr.reads().object, [0]);
    assert_eq!(expr.test(&office.scope(&[], &[], &[office_b])), Truth::True);
    assert_eq!(expr.test(&office.scope(&[], &[], &[])), Truth::False);
}

#[test]
fn values_come_in_their_kind() {
    let mut office = Office::new();
    let expr = office.compile("when.free", Expected::Integer).unwrap();
    let row = office.row(&[("free", Value::Integer(7))]);
    assert!(matches!(
        expr.value(&office.scope(&row, &[], &[])),
        Outcome::Value(Value::Integer(7))
    ));
    let row = office.row(&[("free", Value::Float(7.0))]);
    assert!(matches!(
        expr.value(&office.scope(&row, &[], &[])),
        Outcome::Missing(_)
    ));
    let expr = office
        .compile("when.due + duration(\"10m\")", Expected::Time)
        .unwrap();
    let row = office.row(&[("due", time("2026-03-01T10:00:00+08:00"))]);
    let Outcome::Value(value) = expr.value(&office.scope(&row, &[], &[])) else {
        panic!("a time");
    };
    assert_eq!(
        value.as_time().unwrap().to_string(),
        "2026-03-01T10:10:00+08:00"
    );
}

/// The first and last times that a log can bring have a date, and dates have a value.
#[test]
fn the_ends_of_time_have_dates() {
    let mut office = Office::new();
    let expr = office.compile("date(when.due)", Expected::Value).unwrap();
    for micros in [i64::MIN, i64::MAX] {
        let row = office.row(&[(
            "due",
            Value::Time {
                offset: -1080,
                rest: 0,
                micros,
            },
        )]);
        let Outcome::Value(value) = expr.value(&office.scope(&row, &[], &[])) else {
            panic!("a date");
        };
        assert!(value.as_time().is_some());
    }
}

#[test]
fn guards_that_can_never_hold_are_known() {
    let mut office = Office::new();
    for (text, never) in [
        ("false", true),
        ("1 > 2", true),
        ("when.article == 1 && when.article == 2", true),
        ("when.article > 5 && when.article < 5.0", true),
        ("when.article >= 5 && when.article <= 5", false),
        ("when.amount > 1 && when.amount < 2", false),
        ("when.who == \"a\" && when.who == \"b\"", true),
        ("when.who == \"a\" && when.who != \"a\"", true),
        ("when.who == \"a\" && when.who in [\"b\", \"c\"]", true),
        ("when.who == \"b\" && when.who in [\"b\", \"c\"]", false),
        ("when.article in [1, 2] && when.article in [3, 4.0]", true),
        ("when.article in [1, 2] && when.article in [3, 2.0]", false),
        (
            "when.article in [1, 2] && !(when.article in [2, 1, 5])",
            true,
        ),
        ("when.article in [1, 2] && !(when.article in [2, 5])", false),
        ("when.who == \"a\" || when.who == \"b\"", false),
        ("!has(when.article) && when.article == 7", true),
        ("when.article != 7 && when.article != 8", false),
        ("when.article == 7 && when.fee == 8.0", false),
        ("(when.article == 1 && when.article == 2) || false", true),
    ] {
        let expr = office.compile(text, Expected::Condition).unwrap();
        assert_eq!(expr.can_never_hold(), never, "{text}");
    }
    assert!(
        office
            .compile("1 < 2", Expected::Condition)
            .unwrap()
            .always_holds()
    );
}
