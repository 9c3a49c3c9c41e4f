//! Conditions that can never hold. A rule whose guard is one never fires, and would be shown as
//! kept by every object.

use std::cmp::Ordering;

use cage_model::{Interner, Symbol, Value};

use super::code::{Datum, Number, Read, Term, Test};
use super::syntax::Relation;

/// Whether a condition can never hold, as far as can be seen: a constant, or `&&` over
/// requirements of one slot that exclude each other. No false alarms; not every contradiction.
pub(super) fn never(test: &Test) -> bool {
    match test {
        Test::Constant(holds) => !holds,
        Test::Or(tests) => tests.iter().all(never),
        Test::And(tests) => tests.iter().any(never) || contradict(tests),
        Test::If(parts) => never(&parts[1]) && never(&parts[2]),
        Test::Member { list, .. } => list.is_empty(),
        Test::Dated(dated) => dated.lines.iter().all(|line| never(&line.2)),
        _ => false,
    }
}

fn contradict(tests: &[Test]) -> bool {
    let apart = |(index, test): (usize, &Test)| {
        tests
            .iter()
            .skip(index + 1)
            .any(|other| exclude(test, other))
    };
    tests.iter().enumerate().any(apart)
}

/// Whether no value of the slot that both speak of fulfils both.
fn exclude(a: &Test, b: &Test) -> bool {
    match (a, b) {
        (
            Test::Number {
                read,
                relation,
                number,
            },
            Test::Number {
                read: other_read,
                relation: other,
                number: other_number,
            },
        ) => read == other_read && numbers_exclude((*relation, *number), (*other, *other_number)),
        (
            Test::Text { read, equal, text },
            Test::Text {
                read: other_read,
                equal: other,
                text: other_text,
            },
        ) => {
            read == other_read
                && (*equal && *other && text != other_text
                    || *equal != *other && text == other_text)
        }
        (
            Test::Text {
                read,
                equal: true,
                text,
            },
            Test::Member { of, list },
        )
        | (
            Test::Member { of, list },
            Test::Text {
                read,
                equal: true,
                text,
            },
        ) => is_slot(of, *read) && !list.iter().any(|item| is_text(*item, *text)),
        (
            Test::Member { of, list },
            Test::Member {
                of: other_of,
                list: other,
            },
        ) => {
            matches!(**of, Term::Slot(read) if is_slot(other_of, read))
                && !list.iter().any(|item| contains(other, *item))
        }
        (Test::Has(read), Test::Not(not)) | (Test::Not(not), Test::Has(read)) => {
            matches!(**not, Test::Has(other) if other == *read)
        }
        (Test::Not(not), positive) | (positive, Test::Not(not)) => denies(not, positive),
        _ => false,
    }
}

/// Whether `!not` denies what the other condition asks for: the field's presence, or its values.
fn denies(not: &Test, positive: &Test) -> bool {
    match (not, positive) {
        (Test::Has(absent), Test::Number { read, .. } | Test::Text { read, .. }) => read == absent,
        (Test::Has(absent), Test::Member { of, .. }) => is_slot(of, *absent),
        (Test::Member { of, list: denied }, Test::Member { of: other, list }) => {
            matches!(**of, Term::Slot(read) if is_slot(other, read))
                && list.iter().all(|item| contains(denied, *item))
        }
        (
            Test::Text {
                read,
                equal: true,
                text,
            },
            Test::Text {
                read: other,
                equal: true,
                text: same,
            },
        ) => read == other && text == same,
        _ => false,
    }
}

/// Whether a list has a value: texts by symbol, numbers and the like by value.
fn contains(list: &[Datum], item: Datum) -> bool {
    list.iter().any(|other| match (*other, item) {
        (
            Datum::Value(Value::Text(a) | Value::Id(a)),
            Datum::Value(Value::Text(b) | Value::Id(b)),
        ) => a == b,
        (Datum::Value(a), Datum::Value(b)) => a.equals(b, &Interner::new()) == Some(true),
        (Datum::Duration(a), Datum::Duration(b)) => a == b,
        (Datum::Date(a), Datum::Date(b)) => a == b,
        _ => false,
    })
}

fn is_slot(term: &Term, read: Read) -> bool {
    matches!(term, Term::Slot(other) if *other == read)
}

fn is_text(item: Datum, text: Symbol) -> bool {
    matches!(item, Datum::Value(Value::Text(other) | Value::Id(other)) if other == text)
}

fn numbers_exclude(a: (Relation, Number), b: (Relation, Number)) -> bool {
    let Some(order) = order(a.1, b.1) else {
        return false;
    };
    // An example on each side of, between and at the two limits shows every way to fulfil both.
    let holds = |relation: Relation, place: Ordering| relation.holds(place);
    let at_a = holds(a.0, Ordering::Equal) && holds(b.0, order);
    let at_b = holds(b.0, Ordering::Equal) && holds(a.0, order.reverse());
    let below = holds(a.0, Ordering::Less) && holds(b.0, Ordering::Less);
    let above = holds(a.0, Ordering::Greater) && holds(b.0, Ordering::Greater);
    let between = order.is_ne() && holds(a.0, order.reverse()) && holds(b.0, order);
    !(at_a || at_b || below || above || between)
}

/// How the first number stands to the second.
fn order(a: Number, b: Number) -> Option<Ordering> {
    let value = |number: Number| match number.exact {
        Some(exact) => Value::from(exact),
        None => Value::Float(number.float),
    };
    value(a).compare(value(b), &Interner::new())
}
