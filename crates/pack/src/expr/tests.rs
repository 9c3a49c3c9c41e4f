//! Tests of expressions: what compiles to what, what is refused and how, three-valued logic.

mod language;
mod laws;
mod office;
mod refusals;

use super::*;
use crate::program::{Field, FieldSource, ObjectField};
use office::Office;

#[test]
fn the_same_text_compiles_in_both_directions() {
    let mut office = Office::new();
    let forward = office.correlation("then.amount >= when.amount && then.who == when.who", true);
    let backward = office.correlation("then.amount >= when.amount && then.who == when.who", false);
    let text = |office: &mut Office, text| Value::Text(office.names.intern(text));
    let (zhang, li) = (text(&mut office, "张"), text(&mut office, "李"));
    let trigger = office.row(&[("amount", Value::Float(35.0)), ("who", zhang)]);
    for (who, paid, expected) in [
        (zhang, 35.0, Truth::True),
        (zhang, 34.0, Truth::False),
        (li, 35.0, Truth::False),
    ] {
        let target = office.row(&[("amount", Value::Float(paid)), ("who", who)]);
        let earlier = office.capture(&trigger, &forward.1);
        assert_eq!(
            forward.0.test(&office.scope(&target, &earlier, &[])),
            expected
        );
        let earlier = office.capture(&target, &backward.1);
        assert_eq!(
            backward.0.test(&office.scope(&trigger, &earlier, &[])),
            expected
        );
    }
    assert_eq!(forward.1.len(), 2, "two slots of the trigger are kept");
}

#[test]
fn slots_are_shared_between_expressions() {
    let mut office = Office::new();
    let first = office
        .compile("when.amount > 1.0", Expected::Condition)
        .unwrap();
    let second = office
        .compile(
            "when.article == 157 && when.amount < 9",
            Expected::Condition,
        )
        .unwrap();
    assert_eq!(first.reads().current, [0]);
    assert_eq!(second.reads().current, [0, 1]);
    assert_eq!(office.fields.len(), 2);
    assert!(matches!(office.fields[0].source, FieldSource::Attribute(_)));
}

#[test]
fn a_trace_says_why() {
    let mut office = Office::new();
    let source = "when.amount >= 50.0 && when.article in [7, 157]";
    let expr = office.compile(source, Expected::Condition).unwrap();
    let row = office.row(&[
        ("amount", Value::Float(62.5)),
        ("article", Value::Integer(7)),
    ]);
    let traced = expr.trace(&office.scope(&row, &[], &[]));
    let shown: Vec<_> = traced
        .iter()
        .map(|part| format!("{} = {}", &source[part.span.clone()], part.text))
        .collect();
    assert_eq!(
        shown,
        [
            "when.amount >= 50.0 = true",
            "when.amount = 62.5",
            "when.article in [7, 157] = true",
            "when.article = 7",
        ]
    );
}

#[test]
fn keys_are_written_as_texts() {
    let mut office = Office::new();
    let time = Value::from(cage_model::Time::parse("2026-02-10T23:10:00+08:00").unwrap());
    let free = Value::Text(office.names.intern("f"));
    let values = [
        ("time", time),
        ("article", Value::Integer(7)),
        ("free", free),
    ];
    for (source, expected) in [
        ("date(when.time)", "2026-02-10"),
        ("\"article \" + when.article", "article 7"),
        ("when.article + 1", "8"),
        ("when.free + when.free", "ff"),
        ("when.free + \"-\" + date(when.time)", "f-2026-02-10"),
        ("when.article > 5", "true"),
    ] {
        let expr = office.compile(source, Expected::Key).unwrap();
        let mut out = String::new();
        let row = office.row(&values);
        assert_eq!(
            expr.write_text(&office.scope(&row, &[], &[]), &mut out),
            Truth::True
        );
        assert_eq!(out, expected, "{source}");
    }
    let expr = office.compile("\"a\" + when.note", Expected::Key).unwrap();
    let mut out = "before".to_owned();
    let row = office.row(&values);
    let missing = expr.write_text(&office.scope(&row, &[], &[]), &mut out);
    assert_eq!(
        (missing, out.as_str()),
        (Truth::Missing(office.names.intern("note")), "before")
    );
}

#[test]
fn a_zone_decides_the_date() {
    let mut office = Office::new();
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let days = cage_law::DayCount {
        zone: Some(zone),
        ..cage_law::DayCount::default()
    };
    office.days = Arc::new(days);
    let expr = office.compile(
        "date(when.time) == date(\"2026-02-11\") && when.time.getHours() == 1",
        Expected::Condition,
    );
    let expr = expr.unwrap();
    let time = cage_model::Time::parse("2026-02-10T17:10:00Z").unwrap();
    let row = office.row(&[("time", Value::from(time))]);
    assert_eq!(expr.test(&office.scope(&row, &[], &[])), Truth::True);
}

#[test]
fn dated_values_follow_the_date_of_the_trigger() {
    let mut office = Office::new();
    let expr = office
        .compile("when.article >= @limit", Expected::Condition)
        .unwrap();
    let row = office.row(&[("article", Value::Integer(80))]);
    for (day, expected) in [
        ("2010-12-31", Truth::Missing(office.names.intern("limit"))),
        ("2011-01-01", Truth::True),
        ("2020-04-30", Truth::True),
        ("2020-05-01", Truth::False),
    ] {
        let date = Date::parse(day).unwrap();
        let scope = Scope {
            date,
            ..office.scope(&row, &[], &[])
        };
        assert_eq!(expr.test(&scope), expected, "{day}");
    }
}

#[test]
fn expressions_travel_between_threads() {
    fn travels<T: Clone + Send + Sync + std::fmt::Debug>() {}
    travels::<Expr>();
}
