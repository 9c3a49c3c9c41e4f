//! The fifteen constraints by which speed is measured, on the road traffic fines: counts against a
//! naive reading of every case, written from the definitions.

use std::path::Path;

use cage_formats::{ReadOptions, Source, read};
use cage_model::{EventBuffer, Interner, LogSink, SinkError, Value};
use cage_runtime::CheckOptions;

use crate::data::{activations, checked, decl, objects, shared};

/// An event of a case.
#[derive(Clone, Debug)]
struct Act {
    activity: String,
    micros: i64,
    amount: Option<f64>,
    payment: Option<f64>,
    points: Option<f64>,
    article: Option<f64>,
    class: Option<String>,
}

/// A constraint as it is defined. It says of an event of a case (place among the events in the
/// order of time) whether it is an activation, and whether that holds.
type Naive = fn(&[Act], usize) -> Option<bool>;

const DAY: i64 = 86_400_000_000;

/// Whether the event at a place is this activity.
fn is(case: &[Act], at: usize, activity: &str) -> bool {
    case[at].activity == activity
}

/// Whether some event after a place is this activity, and fits.
fn later(case: &[Act], at: usize, activity: &str, fits: impl Fn(&Act, &Act) -> bool) -> bool {
    let mut after = case[at + 1..].iter();
    after.any(|other| other.activity == activity && fits(&case[at], other))
}

/// The same before a place.
fn earlier(case: &[Act], at: usize, activity: &str, fits: impl Fn(&Act, &Act) -> bool) -> bool {
    let mut before = case[..at].iter();
    before.any(|other| other.activity == activity && fits(&case[at], other))
}

fn any(_: &Act, _: &Act) -> bool {
    true
}

/// Not more days apart than this.
fn days(most: i64) -> impl Fn(&Act, &Act) -> bool {
    move |a, b| (a.micros - b.micros).abs() <= most * DAY
}

const NAIVE: [Naive; 15] = [
    |case, at| is(case, at, "Create Fine").then(|| later(case, at, "Send Fine", any)),
    |case, at| {
        is(case, at, "Insert Fine Notification").then(|| earlier(case, at, "Send Fine", any))
    },
    |case, at| is(case, at, "Create Fine").then(|| later(case, at, "Send Fine", days(90))),
    |case, at| is(case, at, "Send for Credit Collection").then(|| !later(case, at, "Payment", any)),
    |case, at| {
        is(case, at, "Insert Fine Notification").then(|| later(case, at, "Add penalty", days(60)))
    },
    |case, at| {
        is(case, at, "Create Fine").then(|| {
            let next = case.get(at + 1);
            next.is_some_and(|next| {
                next.activity == "Send Fine" && next.micros - case[at].micros <= 150 * DAY
            })
        })
    },
    |case, at| {
        is(case, at, "Insert Date Appeal to Prefecture")
            .then(|| earlier(case, at, "Insert Fine Notification", days(60)))
    },
    |case, at| {
        is(case, at, "Insert Date Appeal to Prefecture")
            .then(|| later(case, at, "Send Appeal to Prefecture", days(60)))
    },
    |case, at| {
        let guard = case[at].amount > Some(50.0) && case[at].article == Some(157.0);
        (is(case, at, "Create Fine") && guard).then(|| later(case, at, "Payment", any))
    },
    |case, at| {
        let guard = case[at].amount.is_some_and(|amount| amount < 35.0);
        (is(case, at, "Create Fine") && guard)
            .then(|| !later(case, at, "Send for Credit Collection", any))
    },
    |case, at| {
        is(case, at, "Send for Credit Collection").then(|| earlier(case, at, "Add penalty", any))
    },
    |case, at| {
        is(case, at, "Create Fine").then(|| {
            later(case, at, "Payment", |fine, paid| {
                let pair = paid.payment.zip(fine.amount);
                pair.is_some_and(|(paid, due)| paid >= due) && days(365)(fine, paid)
            })
        })
    },
    |case, at| {
        let guard = case[at].class.as_deref() == Some("A");
        (is(case, at, "Create Fine") && guard).then(|| {
            later(case, at, "Add penalty", |fine, penalty| {
                let pair = penalty.amount.zip(fine.amount);
                pair.is_some_and(|(penalty, due)| penalty > due)
            })
        })
    },
    |case, at| {
        let ends = ["Payment", "Send for Credit Collection"];
        let own = ends.iter().position(|end| is(case, at, end))?;
        Some(!case.iter().any(|other| other.activity == ends[1 - own]))
    },
    |case, at| {
        is(case, at, "Payment").then(|| {
            let since = case[..at]
                .iter()
                .rposition(|other| other.activity == "Payment");
            let mut between = case[since.map_or(0, |since| since + 1)..at].iter();
            between.any(|other| other.activity == "Create Fine" && other.points == Some(0.0))
        })
    },
];

/// Judges case after case, and forgets each.
#[derive(Default)]
struct Walk {
    case: Vec<Act>,
    /// Activations: total, satisfied, violated; cases activated, cases violated.
    counts: [[u64; 5]; NAIVE.len()],
}

fn number(value: Value) -> Option<f64> {
    match value {
        Value::Float(number) => Some(number),
        Value::Integer(number) => Some(number as f64),
        _ => value.as_decimal()?.to_string().parse().ok(),
    }
}

impl LogSink for Walk {
    fn event(&mut self, event: &EventBuffer, names: &mut Interner) -> Result<(), SinkError> {
        let mut get = |name: &str| {
            let row = *event.attribute(names.intern(name))?;
            Some(event.value(&row, names))
        };
        let [amount, payment, points, article] =
            ["amount", "paymentAmount", "points", "article"].map(|name| get(name).and_then(number));
        let class = match get("vehicleClass") {
            Some(Value::Text(symbol)) => Some(names.text(symbol).to_owned()),
            _ => None,
        };
        self.case.push(Act {
            activity: names.text(event.activity).to_owned(),
            micros: event.time.unwrap().instant().0,
            amount,
            payment,
            points,
            article,
            class,
        });
        Ok(())
    }

    fn group_end(&mut self, _names: &mut Interner) -> Result<(), SinkError> {
        self.case.sort_by_key(|act| act.micros);
        for (naive, counts) in NAIVE.iter().zip(&mut self.counts) {
            let before = *counts;
            for at in 0..self.case.len() {
                if let Some(holds) = naive(&self.case, at) {
                    counts[0] += 1;
                    counts[if holds { 1 } else { 2 }] += 1;
                }
            }
            counts[3] += u64::from(counts[0] > before[0]);
            counts[4] += u64::from(counts[2] > before[2]);
        }
        self.case.clear();
        Ok(())
    }
}

#[test]
fn fifteen_constraints_count_as_a_naive_reading_does() {
    let Some(log) = shared("logs/road_traffic_fines.xes.gz") else {
        return;
    };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/road-traffic-15.decl");
    let program = decl(&std::fs::read_to_string(file).unwrap());
    let (mut names, mut walk) = (Interner::new(), Walk::default());
    let source = Source::Path(log.clone());
    read(&source, &ReadOptions::default(), &mut names, &mut walk).unwrap();
    let options = CheckOptions {
        finite: true,
        ..CheckOptions::default()
    };
    let outcome = checked(program, &log, &options);
    assert_eq!(outcome.rules.len(), NAIVE.len());
    for (rule, expected) in outcome.rules.iter().zip(&walk.counts) {
        let ([total, satisfied, violated, ..], [activated, _, broken, ..]) =
            (activations(rule), objects(rule));
        let counted = [total, satisfied, violated, activated, broken];
        assert_eq!(counted, *expected, "{}", rule.id);
        assert!(total > 0, "{} is never triggered", rule.id);
    }
    // As other tools count the first five (activations, violated).
    let first = walk.counts[..5].iter().map(|counts| (counts[0], counts[2]));
    let known = [
        (150_370, 46_383),
        (79_860, 0),
        (150_370, 96_419),
        (59_013, 0),
        (79_860, 17_564),
    ];
    assert!(first.eq(known), "{:?}", walk.counts);
}
