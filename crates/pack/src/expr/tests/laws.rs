//! Laws: agreement with an independent interpreter, Kleene's logic, no panic on any text.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// Whole numbers: literals near zero, `when.a`, `when.b`, and `when.c`, which is often missing.
fn whole() -> BoxedStrategy<String> {
    let leaf = prop_oneof![
        (-3i64..4).prop_map(|number| format!("({number})")),
        Just("9223372036854775807".to_owned()),
        Just("when.a".to_owned()),
        Just("when.b".to_owned()),
        Just("when.c".to_owned()),
    ];
    leaf.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            (
                inner.clone(),
                prop::sample::select(vec!["+", "-", "*", "/", "%"]),
                inner.clone()
            )
                .prop_map(|(a, sign, b)| format!("({a} {sign} {b})")),
            inner.clone().prop_map(|a| format!("(-{a})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("({a} > 0 ? {b} : {c})")),
        ]
    })
    .boxed()
}

/// Conditions. `has` is left out where more data must not change an answer.
fn condition(with_has: bool) -> BoxedStrategy<String> {
    let signs = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let words = prop::sample::select(vec!["\"x\"", "\"xy\"", "when.s", "when.r"]);
    let has = if with_has {
        vec!["has(when.c)", "has(when.r)"]
    } else {
        vec!["true", "false"]
    };
    let leaf = prop_oneof![
        4 => (whole(), signs.clone(), whole()).prop_map(|(a, sign, b)| format!("{a} {sign} {b}")),
        1 => (signs, words.clone()).prop_map(|(sign, word)| format!("when.s {sign} {word}")),
        1 => (words.clone(), words).prop_map(|(a, b)| format!("{a}.startsWith({b})")),
        1 => Just("when.t".to_owned()),
        1 => Just("when.a in [1, 2, when.b]".to_owned()),
        1 => Just("[1, 2].exists(x, x == when.c)".to_owned()),
        1 => Just("[0, when.b].all(x, x < when.a)".to_owned()),
        1 => prop::sample::select(has).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 32, 3, |inner| {
        prop_oneof![
            (
                inner.clone(),
                prop::sample::select(vec!["&&", "||"]),
                inner.clone()
            )
                .prop_map(|(a, sign, b)| format!("({a} {sign} {b})")),
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
        ]
    })
    .boxed()
}

/// One event: `None` is missing.
#[derive(Clone, Debug)]
struct Event {
    numbers: [Option<i64>; 3],
    words: [Option<&'static str>; 2],
    truth: Option<bool>,
}

fn event(missing: bool) -> impl Strategy<Value = Event> + use<> {
    let number = move || maybe(-3i64..4, missing);
    let word = move || maybe(prop::sample::select(vec!["x", "xy", "y"]), missing);
    let numbers = [number(), number(), number()];
    (numbers, [word(), word()], maybe(any::<bool>(), missing)).prop_map(
        |(numbers, words, truth)| Event {
            numbers,
            words,
            truth,
        },
    )
}

fn maybe<T: Strategy + 'static>(of: T, missing: bool) -> BoxedStrategy<Option<T::Value>>
where
    T::Value: Clone,
{
    if missing {
        prop::option::weighted(0.7, of).boxed()
    } else {
        of.prop_map(Some).boxed()
    }
}

const NAMES: [&str; 6] = ["a", "b", "c", "s", "r", "t"];

/// A program's tables with the attributes of [`Event`].
#[derive(Default)]
struct Table {
    names: Interner,
    fields: Vec<Field>,
}

impl Table {
    /// Compiles a condition over declared (or undeclared) attributes.
    fn compile(&mut self, text: &str, declared: bool) -> Result<Expr, Vec<ExprError>> {
        use cage_model::Type::{Boolean, Integer, Text};
        let types = [Integer, Integer, Integer, Text, Text, Boolean];
        let known = NAMES
            .iter()
            .zip(types)
            .map(|(name, kind)| Known::attribute(name, declared.then_some(kind)))
            .collect();
        let mut captured = Vec::new();
        let mut environment = Environment::new(&mut self.names, &mut self.fields, &mut captured);
        environment
            .roles
            .push(Role::declared("when", Place::Current, known));
        compile(text, Expected::Condition, &mut environment)
    }

    fn test(&mut self, expr: &Expr, event: &Event) -> Truth {
        let names = &mut self.names;
        let words = event
            .words
            .map(|word| word.map(|word| Value::Text(names.intern(word))));
        let numbers = event.numbers.map(|number| number.map(Value::Integer));
        let truth = event.truth.map(Value::Boolean);
        let values: Vec<Option<Value>> = numbers.into_iter().chain(words).chain([truth]).collect();
        let value = |field: &Field| {
            let FieldSource::Attribute(name) = field.source else {
                return Value::Missing;
            };
            let index = NAMES
                .iter()
                .position(|known| *known == self.names.text(name));
            index.and_then(|index| values[index]).unwrap_or_default()
        };
        let row: Vec<Value> = self.fields.iter().map(value).collect();
        let scope = Scope {
            current: &row,
            earlier: &[],
            object: &[],
            date: Date(0),
            names: &self.names,
        };
        expr.test(&scope)
    }
}

/// The answer of the `cel` crate's own interpreter; `None` when it reports an error.
fn reference(text: &str, event: &Event) -> Option<bool> {
    let mut when: HashMap<String, cel::Value> = HashMap::new();
    for (name, number) in NAMES.iter().zip(event.numbers) {
        when.extend(number.map(|number| ((*name).to_owned(), cel::Value::Int(number))));
    }
    for (name, word) in NAMES[3..].iter().zip(event.words) {
        when.extend(word.map(|word| ((*name).to_owned(), cel::Value::from(word))));
    }
    when.extend(
        event
            .truth
            .map(|truth| ("t".to_owned(), cel::Value::Bool(truth))),
    );
    let program = cel::Program::compile(text).ok()?;
    let mut context = cel::Context::default();
    context.add_variable_from_value("when", when);
    match program.execute(&context) {
        Ok(cel::Value::Bool(holds)) => Some(holds),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Where the independent interpreter has an answer, ours is the same; where ours has one and
    /// it has none, the missing side did not matter (Kleene), which the next law checks.
    #[test]
    fn answers_equal_the_reference(text in condition(true), event in event(true)) {
        let mut table = Table::default();
        // Constant division by zero and overflow are refused when compiling.
        let Ok(expr) = table.compile(&text, true) else { return Ok(()) };
        let ours = table.test(&expr, &event);
        if let Some(expected) = reference(&text, &event) {
            prop_assert_eq!(ours, Truth::from(expected), "{}", text);
        }
    }

    /// With all data there, ours has an answer or says why it could not be computed, exactly where
    /// the reference does.
    #[test]
    fn failures_equal_the_reference(text in condition(true), event in event(false)) {
        let mut table = Table::default();
        let Ok(expr) = table.compile(&text, true) else { return Ok(()) };
        let ours = table.test(&expr, &event);
        prop_assert!(!matches!(ours, Truth::Missing(_)), "{}", text);
        if matches!(ours, Truth::Failed(_)) {
            prop_assert_eq!(reference(&text, &event), None, "{}", text);
        }
    }

    /// An answer that was given although data is missing stays the same, whatever the data is.
    #[test]
    fn more_data_never_changes_an_answer(
        text in condition(false),
        some in event(true),
        fill in event(false),
    ) {
        let mut table = Table::default();
        let Ok(expr) = table.compile(&text, true) else { return Ok(()) };
        let before = table.test(&expr, &some);
        let full = Event {
            numbers: [0, 1, 2].map(|i| some.numbers[i].or(fill.numbers[i])),
            words: [0, 1].map(|i| some.words[i].or(fill.words[i])),
            truth: some.truth.or(fill.truth),
        };
        if matches!(before, Truth::True | Truth::False) {
            prop_assert_eq!(table.test(&expr, &full), before, "{}", text);
        }
    }

    /// De Morgan, double negation, and the order of sides.
    #[test]
    fn kleene_laws(p in condition(true), q in condition(true), event in event(true)) {
        let mut table = Table::default();
        let mut truth = |text: String| {
            let expr = table.compile(&text, true).ok()?;
            Some(match table.test(&expr, &event) {
                Truth::True => Some(true),
                Truth::False => Some(false),
                Truth::Missing(_) | Truth::Failed(_) => None,
            })
        };
        for (left, right) in [
            (format!("!({p} && {q})"), format!("!({p}) || !({q})")),
            (format!("!({p} || {q})"), format!("!({p}) && !({q})")),
            (format!("!!({p})"), p.clone()),
            (format!("{p} && {q}"), format!("{q} && {p}")),
            (format!("{p} || {q}"), format!("{q} || {p}")),
        ] {
            if let (Some(a), Some(b)) = (truth(left), truth(right)) {
                prop_assert_eq!(a, b, "{} / {}", p, q);
            }
        }
    }

    /// Declared or not: the same answer where both compile, and never more than a declared one.
    #[test]
    fn declarations_do_not_change_answers(text in condition(true), event in event(true)) {
        let (mut declared, mut open) = (Table::default(), Table::default());
        let (Ok(a), Ok(b)) = (declared.compile(&text, true), open.compile(&text, false)) else {
            return Ok(());
        };
        let plain = |truth| match truth {
            Truth::True => "true",
            Truth::False => "false",
            Truth::Missing(_) => "missing",
            Truth::Failed(_) => "failed",
        };
        prop_assert_eq!(
            plain(declared.test(&a, &event)),
            plain(open.test(&b, &event)),
            "{}", text
        );
    }

    /// A guard that is reported as one that can never hold never does.
    #[test]
    fn the_lint_raises_no_false_alarm(text in condition(true), event in event(true)) {
        let mut table = Table::default();
        let Ok(expr) = table.compile(&text, true) else { return Ok(()) };
        if expr.can_never_hold() {
            prop_assert_ne!(table.test(&expr, &event), Truth::True, "{}", text);
        }
    }

    /// No text makes the compiler panic, and its errors lie inside the text.
    #[test]
    fn any_text_is_compiled_or_refused(text in "\\PC{0,60}") {
        errors_lie_inside(&text)?;
    }

    /// The same for texts that look like expressions.
    #[test]
    fn any_tokens_are_compiled_or_refused(tokens in prop::collection::vec(
        prop::sample::select(vec![
            "when", ".", "a", "s", "(", ")", "[", "]", "{", "}", "\"张\"", "'", "1", "2.5", "1e400",
            "9223372036854775808", "&&", "||", "!", "==", "<", "in", "?", ":", ",", "+", "-", "*",
            "/", "%", "has", "size", "@", "limit", "exists", "all", "x", "duration", "\"1h\"",
            "timestamp", "date", "true", "null", "\\", "//", "\n", "r\"", "b\"", "`", "min",
        ]), 0..24,
    ), blanks in any::<bool>()) {
        errors_lie_inside(&tokens.join(if blanks { " " } else { "" }))?;
    }

    /// Undeclared attributes of any kind: an answer, never a panic.
    #[test]
    fn any_values_are_judged(
        text in prop_oneof![condition(true), prop::sample::select(TIMED).prop_map(str::to_owned)],
        values in prop::collection::vec(any_value(), 6),
    ) {
        let mut table = Table::default();
        let Ok(expr) = table.compile(&text, false) else { return Ok(()) };
        let scope = Scope {
            current: &values,
            earlier: &[],
            object: &[],
            date: Date(0),
            names: &table.names,
        };
        let truth = expr.test(&scope);
        prop_assert_eq!(truth, expr.clone().test(&scope));
        prop_assert!(expr.trace(&scope).iter().all(|part| text.get(part.span.clone()).is_some()));
    }
}

/// Conditions on times and mixed kinds, for values that come without any declaration.
const TIMED: &[&str] = &[
    "when.a - when.b > duration(\"1h\")",
    "when.a + duration(\"1h\") > when.b",
    "when.a - duration(\"2562047h\") > when.b",
    "(when.a - when.b).getHours() == 1",
    "date(when.a) - date(when.b) < 3",
    "(date(when.a) + when.b).getFullYear() > 1",
    "(date(when.a) - when.b).getDayOfYear() > 1",
    "when.a.getFullYear() > 1 || when.a.getDayOfWeek() == 0 || when.a.getMilliseconds() == 0",
    "when.a.getMonth() + when.a.getDate() == when.a.getHours() + when.a.getSeconds()",
    "min(when.a, when.b, when.c) == max(when.a, when.b, when.c)",
    "abs(when.a) > 0 && -when.a < 0",
    "when.a * when.b == when.c / when.b",
    "when.a % when.b == when.c + when.a - when.b",
    "size(when.a) > 1 || when.a.contains(when.b) || when.a < when.b",
    "(when.a == when.b) == when.c",
    "(when.t ? when.a : when.b) == when.c",
];

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Missing),
        Just(Value::List),
        any::<i64>().prop_map(Value::Integer),
        any::<f64>().prop_map(Value::Float),
        any::<bool>().prop_map(Value::Boolean),
        (0u32..9).prop_map(|index| Value::Text(Symbol::from_index(index))),
        (any::<i64>(), 0u8..19).prop_map(|(mantissa, scale)| Value::Decimal { scale, mantissa }),
        (any::<i64>(), any::<i16>(), 0u16..1000).prop_map(|(micros, offset, rest)| Value::Time {
            offset,
            rest,
            micros
        }),
    ]
}

fn errors_lie_inside(text: &str) -> Result<(), TestCaseError> {
    let mut office = Office::new();
    for expected in [Expected::Condition, Expected::Value, Expected::Key] {
        let Err(errors) = office.compile(text, expected) else {
            continue;
        };
        prop_assert!(!errors.is_empty());
        for error in errors {
            prop_assert!(text.get(error.span.clone()).is_some(), "{text}: {error:?}");
        }
    }
    Ok(())
}
