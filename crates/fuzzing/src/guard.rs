//! Compiles arbitrary text as an expression of each kind, and runs it on data of every type.

use cage_model::{Date, Interner, Time, Type, Value};
use cage_pack::expr::{Environment, Expected, Known, Place, Role, Scope, Truth, compile};
const TYPES: [(&str, Type); 6] = [
    ("a", Type::Integer),
    ("b", Type::Decimal),
    ("c", Type::Float),
    ("s", Type::Text),
    ("t", Type::Time),
    ("q", Type::Boolean),
];

/// Compiles a text as an expression of each kind, and runs it. What is known to hold or not to hold does so, and an error
/// names a piece of the text.
///
/// # Panics
/// When that does not hold.
pub(crate) fn guard(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for expected in [
        Expected::Condition,
        Expected::Integer,
        Expected::Exact,
        Expected::Time,
        Expected::Value,
        Expected::Key,
    ] {
        for declared in [true, false] {
            run(text, expected, declared);
        }
    }
}

/// Compiles and runs; an error names a piece of the text.
fn run(text: &str, expected: Expected, declared: bool) {
    let (mut names, mut fields, mut captured) = (Interner::new(), Vec::new(), Vec::new());
    let word = names.intern("x");
    let mut environment = Environment::new(&mut names, &mut fields, &mut captured);
    let known = TYPES.map(|(name, kind)| Known::attribute(name, declared.then_some(kind)));
    for (name, place) in [("when", Place::Earlier), ("event", Place::Current)] {
        let role = Role::declared(name, place, known.to_vec());
        environment.roles.push(role);
    }
    let expression = match compile(text, expected, &mut environment) {
        Ok(expression) => expression,
        Err(errors) => {
            assert!(!errors.is_empty());
            for error in errors {
                assert!(
                    text.get(error.span.clone()).is_some(),
                    "{error:?} in {text:?}"
                );
            }
            return;
        }
    };
    let rows = [
        Value::Missing,
        Value::Integer(0),
        Value::Integer(i64::MIN),
        Value::Float(f64::NAN),
        Value::Boolean(true),
        Value::Text(word),
        Value::from(Time::new(cage_model::Instant(i64::MAX), None)),
        Value::Decimal {
            scale: 2,
            mantissa: -1,
        },
    ];
    for (current, earlier) in rows.iter().zip(rows.iter().rev()) {
        let current = vec![*current; fields.len()];
        let earlier = vec![*earlier; captured.len()];
        let scope = Scope {
            current: &current,
            earlier: &earlier,
            object: &[],
            date: Date(20_000),
            names: &names,
        };
        let truth = expression.test(&scope);
        assert!(
            truth != Truth::True || !expression.can_never_hold(),
            "{text}"
        );
        assert!(truth == Truth::True || !expression.always_holds(), "{text}");
        let _ = expression.value(&scope);
        let _ = expression.trace(&scope);
        let mut written = String::new();
        if expression.write_text(&scope, &mut written) != Truth::True {
            assert!(written.is_empty());
        }
    }
}
