//! Figures of one source, event by event.

use super::*;

fn shape(kind: &str, attributes: &[(&str, &str)]) -> Shape {
    let attributes = attributes
        .iter()
        .map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned()));
    Shape {
        kind: kind.to_owned(),
        objects: std::collections::BTreeSet::new(),
        attributes: attributes.collect(),
    }
}

fn send(figures: &mut Figures, count: u64, shape: &Shape, number: u64) {
    for _ in 0..count {
        figures.event(&Event {
            accepted: 1_000_000 + figures.accepted * 1_000,
            claimed: 0,
            sequence: None,
            shape: number,
            described: (!figures.knows(number)).then(|| shape.clone()),
        });
    }
}

#[test]
fn rates_count_the_last_minute_and_the_last_hour() {
    let mut figures = Figures::default();
    let one = shape("t", &[]);
    send(&mut figures, 300, &one, 1);
    let now = figures.last_seen;
    assert_eq!(figures.rates(now), (60, 300));
    assert_eq!(figures.rates(now + 30_000), (30, 300));
    assert_eq!(figures.rates(now + 90_000), (0, 300));
    assert_eq!(figures.rates(now + 2 * 3_600_000), (0, 0));
}

#[test]
fn lag_is_from_claimed_to_accepted_and_a_clock_ahead_is_counted() {
    let mut figures = Figures::default();
    assert_eq!(figures.lag(), None);
    for number in 1..=300_u64 {
        let late = if number == 300 {
            -5_000
        } else {
            number as i64 * 10
        };
        figures.event(&Event {
            accepted: 1_000_000,
            claimed: (1_000_000 - late) as u64,
            sequence: None,
            shape: 0,
            described: None,
        });
    }
    // The last 256: 450 to 2990 by tens, and the one from the future.
    assert_eq!(figures.lag(), Some([-5_000, 1_710, 2_960]));
    assert_eq!(figures.ahead(), (1, 5_000));
}

#[test]
fn silence_is_now_usual_and_longest() {
    let mut figures = Figures::default();
    assert_eq!(figures.silence(5_000).now, 0, "nothing has come yet");
    let mut at = 1_000;
    for number in 0..400_u64 {
        at += if number == 10 { 60_000 } else { 1_000 };
        figures.event(&Event {
            accepted: at,
            claimed: 0,
            sequence: None,
            shape: 0,
            described: None,
        });
    }
    let silence = figures.silence(at + 7_000);
    let usual = (silence.p50, silence.p99);
    assert_eq!((silence.now, usual), (7_000, (Some(1_000), Some(1_000))));
    assert_eq!(silence.longest, 60_000);
}

#[test]
fn what_a_source_does_otherwise_than_it_did_is_drift() {
    let mut figures = Figures::default();
    let old = shape("reading", &[("bac", "decimal"), ("device", "text")]);
    send(&mut figures, 150, &old, 1);
    assert_eq!(figures.drift(), [], "the first events are what it does");
    let new = shape("reading", &[("bac", "text"), ("unit", "text")]);
    send(&mut figures, 120, &new, 2);
    send(&mut figures, 1, &shape("test", &[]), 3);
    let told: Vec<(Change, &str, Option<String>)> = figures
        .drift()
        .into_iter()
        .map(|drift| {
            (
                drift.change,
                if drift.kind == "test" {
                    "test"
                } else {
                    "reading"
                },
                drift.attribute,
            )
        })
        .collect();
    let named = |name: &str| Some(name.to_owned());
    assert_eq!(
        told,
        [
            (Change::ChangedKind, "reading", named("bac")),
            (Change::VanishedAttribute, "reading", named("device")),
            (Change::NewAttribute, "reading", named("unit")),
            (Change::NewType, "test", None),
        ]
    );
}

#[test]
fn any_number_of_shapes_is_borne() {
    let mut figures = Figures::default();
    for number in 0..1_000 {
        send(&mut figures, 1, &shape(&format!("t{number}"), &[]), number);
    }
    assert_eq!(figures.shapes.len(), SHAPES_MAX);
    assert_eq!(figures.shapes_forgotten, 1_000 - SHAPES_MAX as u64);
    let text = serde_json::to_string(&figures).unwrap();
    assert_eq!(serde_json::from_str::<Figures>(&text).unwrap(), figures);
}
