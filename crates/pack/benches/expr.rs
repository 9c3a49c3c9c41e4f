//! How long a guard takes, with the slots set anew before each evaluation.

#![allow(missing_docs)] // The macros make functions.

use std::hint::black_box;

use cage_model::{Date, Interner, Type, Value};
use cage_pack::expr::{Environment, Expected, Expr, Known, Place, Role, Scope, compile};
use criterion::{Criterion, criterion_group, criterion_main};

const GUARD: &str = "when.amount >= 50.0 && when.article == 157";

/// Compiles a condition over a float and a whole number.
fn guard(text: &str, names: &mut Interner) -> Expr {
    let (mut fields, mut captured) = (Vec::new(), Vec::new());
    let mut environment = Environment::new(names, &mut fields, &mut captured);
    let known = vec![
        Known::attribute("amount", Some(Type::Float)),
        Known::attribute("article", Some(Type::Integer)),
    ];
    environment
        .roles
        .push(Role::declared("when", Place::Current, known));
    compile(text, Expected::Condition, &mut environment).expect("a guard that compiles")
}

fn run(c: &mut Criterion, name: &str, text: &str, row: impl Fn(usize) -> [Value; 2]) {
    let mut names = Interner::new();
    let expr = guard(text, &mut names);
    let mut turn = 0;
    c.bench_function(name, |b| {
        b.iter(|| {
            turn = (turn + 1) & 63;
            let slots = row(turn);
            let scope = Scope {
                current: black_box(&slots),
                earlier: &[],
                object: &[],
                date: Date(0),
                names: &names,
            };
            expr.test(&scope)
        });
    });
}

fn guards(c: &mut Criterion) {
    run(c, "float and integer, both asked", GUARD, |turn| {
        [Value::Float(50.0 + turn as f64), Value::Integer(157)]
    });
    run(c, "float and integer, mixed", GUARD, |turn| {
        [
            Value::Float(20.0 + turn as f64),
            Value::Integer(150 + turn as i64 % 10),
        ]
    });
    run(
        c,
        "a range",
        "when.amount >= 50.0 && when.amount < 500",
        |turn| [Value::Float(20.0 + turn as f64), Value::Missing],
    );
    run(
        c,
        "one of three numbers",
        "when.article in [7, 157, 200]",
        |turn| [Value::Missing, Value::Integer(150 + turn as i64 % 10)],
    );
    run(c, "arithmetic", "when.article * 2 + 1 > 300", |turn| {
        [Value::Missing, Value::Integer(150 + turn as i64 % 10)]
    });
}

fn compiling(c: &mut Criterion) {
    c.bench_function("compile", |b| {
        b.iter(|| guard(black_box(GUARD), &mut Interner::new()));
    });
}

criterion_group!(benches, guards, compiling);
criterion_main!(benches);
