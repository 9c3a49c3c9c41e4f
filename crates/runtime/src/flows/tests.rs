//! Sums over alignments, by hand.

use cage_flow::{Consume, Element, ElementKind, Place, Transition};

use super::*;

/// a, then b or nothing, then c.
fn flow() -> NamedFlow {
    let element = |name: &str| Element {
        id: format!("task_{name}"),
        name: name.to_owned(),
        kind: ElementKind::Task,
        lane: None,
        parent: None,
        host: None,
        bounds: None,
        line: 1,
    };
    let step = |label: Option<u32>, from: u32, to: u32| Transition {
        label: label.map(Label),
        element: label,
        consume: Consume::All(vec![Place(from)]),
        produce: vec![Place(to)],
        reset: Vec::new(),
    };
    let net = Net {
        labels: ["a", "b", "c"].map(str::to_owned).to_vec(),
        places: 4,
        transitions: vec![
            step(Some(0), 0, 1),
            step(Some(1), 1, 2),
            step(None, 1, 2),
            step(Some(2), 2, 3),
        ],
        initial: vec![Place(0)],
        finals: vec![vec![Place(3)]],
        ..Net::default()
    };
    NamedFlow {
        id: "F".to_owned(),
        model: Arc::new(Model {
            net,
            elements: ["a", "b", "c"].map(element).to_vec(),
            ..Model::default()
        }),
    }
}

fn variants(names: &mut Interner, traces: &[(&[&str], u64)]) -> Variants {
    let mut variants = Variants::default();
    for (trace, objects) in traces {
        let symbols = trace.iter().map(|name| names.intern(name)).collect();
        variants.count(symbols, *objects);
    }
    variants
}

const TRACES: [(&[&str], u64); 5] = [
    (&["a", "b", "c"], 10),
    (&["a", "c"], 5),
    // The c is missing.
    (&["a", "b"], 2),
    // The x has no place, and neither has the second a.
    (&["a", "x", "a", "c"], 3),
    (&[], 1),
];

#[test]
fn costs_fitness_and_steps_are_summed_over_objects() {
    let mut names = Interner::new();
    let mut variants = variants(&mut names, &TRACES);
    variants.count_untold(4);
    let outcome = flow_outcome(&flow(), &variants, &names, 1);
    assert_eq!(
        (
            outcome.cases,
            outcome.fitting,
            outcome.cost,
            outcome.variants
        ),
        (21, 15, 2 + 3 * 2 + 2, 5)
    );
    assert_eq!(outcome.not_aligned, 4);
    // The shortest run costs 2: the worst costs are 5, 4, 4, 6 and 2.
    let mean = (15.0 + 2.0 * 0.75 + 3.0 * (1.0 - 2.0 / 6.0)) / 21.0;
    assert!(
        (outcome.fitness - mean).abs() < 1e-12,
        "{}",
        outcome.fitness
    );
    let whole = 1.0 - 10.0 / f64::from(50 + 20 + 8 + 18 + 2);
    assert!((outcome.log_fitness - whole).abs() < 1e-12);
    let steps = outcome.steps.iter();
    let steps: Vec<_> = steps
        .map(|step| (step.label.as_str(), step.passed, step.skipped))
        .collect();
    assert_eq!(steps, [("a", 20, 1), ("b", 12, 0), ("c", 18, 3)]);
    let inserted: Vec<_> = outcome
        .inserted
        .iter()
        .map(|one| (one.activity.as_str(), one.after.as_str(), one.count))
        .collect();
    assert_eq!(inserted, [("a", "a", 3), ("x", "a", 3)]);
    let frequent = outcome.frequent.iter();
    let frequent: Vec<_> = frequent
        .map(|one| {
            let cost = one.alignment.as_ref().map(|alignment| alignment.cost);
            (one.activities.concat(), one.objects, cost)
        })
        .collect();
    let expected = [
        ("abc", 10, 0),
        ("ac", 5, 0),
        ("axac", 3, 2),
        ("ab", 2, 1),
        ("", 1, 2),
    ];
    let expected =
        expected.map(|(activities, objects, cost)| (activities.to_owned(), objects, Some(cost)));
    assert_eq!(frequent, expected);
}

#[test]
fn variants_that_do_not_fit_are_kept_though_others_are_more_frequent() {
    let mut names = Interner::new();
    let fitting: Vec<Vec<&str>> = (0..40).map(|length| vec!["x"; length]).collect();
    let mut traces: Vec<(&[&str], u64)> = Vec::new();
    for (number, trace) in fitting.iter().enumerate() {
        traces.push((trace, number as u64 + 1));
    }
    traces.extend([(&["a", "c"][..], 500), (&["a", "b", "c"][..], 400)]);
    let outcome = flow_outcome(&flow(), &variants(&mut names, &traces), &names, 2);
    let objects: Vec<u64> = outcome.frequent.iter().map(|one| one.objects).collect();
    let expected: Vec<u64> = [500, 400].into_iter().chain((29..=40).rev()).collect();
    assert_eq!(objects, expected);
}

/// A log of which nothing could be aligned does not fit; one without objects has nothing wrong.
#[test]
fn what_could_not_be_aligned_has_no_fitness() {
    let names = Interner::new();
    let mut none = Variants::default();
    let empty = flow_outcome(&flow(), &none, &names, 1);
    assert!((empty.fitness - 1.0).abs() < f64::EPSILON);
    none.count_untold(4);
    let outcome = flow_outcome(&flow(), &none, &names, 1);
    assert!(outcome.fitness.is_nan() && outcome.log_fitness.is_nan());
}

#[test]
fn threads_and_the_numbering_of_names_change_nothing() {
    let mut names = Interner::new();
    let forward = variants(&mut names, &TRACES);
    let one = flow_outcome(&flow(), &forward, &names, 1);
    let mut others = Interner::new();
    for name in ["x", "c", "b", "a"] {
        others.intern(name);
    }
    let backward = variants(&mut others, &TRACES);
    for (variants, names) in [(&forward, &names), (&backward, &others)] {
        for threads in [1, 2, 3, 64] {
            let other = flow_outcome(&flow(), variants, names, threads);
            assert_eq!(
                format!("{one:?}"),
                format!("{other:?}"),
                "{threads} threads"
            );
        }
    }
}
