//! Optimal costs that another tool computed, variant by variant, on nets mined from real logs.

use cage_flow::{Aligner, Automaton, Limits, Move, Outcome};

use crate::shared;

/// A variant as the peer's file has it: activities, number of cases, cost.
struct Variant {
    activities: Vec<String>,
    cases: u64,
    cost: u32,
}

fn variants(path: &str) -> Option<Vec<Variant>> {
    let json: serde_json::Value = serde_json::from_slice(&shared::bytes(path)?).unwrap();
    let variant = |value: &serde_json::Value| Variant {
        activities: serde_json::from_value(value["variant"].clone()).unwrap(),
        cases: value["cases"].as_u64().unwrap(),
        cost: value["cost"].as_u64().unwrap() as u32,
    };
    let list = json["per_variant"].as_array().unwrap();
    Some(list.iter().map(variant).collect())
}

#[test]
fn every_variant_costs_what_the_peer_found() {
    for (name, cases, fitting, total) in [
        ("receipt_im02", 1_434, 713, 2_465),
        ("road_traffic_im02", 150_370, 148_986, 2_450),
    ] {
        let net = shared::net(&format!("logs/alignments/{name}.pnml"));
        let list = variants(&format!("logs/alignments/{name}.costs.json"));
        let (Some(net), Some(list)) = (net, list) else {
            continue;
        };
        let mut aligner = Aligner::new(net.clone(), Limits::default()).unwrap();
        let mut automaton = Automaton::new(net.clone(), Limits::default()).unwrap();
        let mut sums = (0, 0, 0);
        for variant in &list {
            let trace = shared::trace(&net, variant.activities.iter().map(String::as_str));
            let cost = aligner.cost(&trace).unwrap();
            assert_eq!(
                cost,
                Outcome::Optimal(variant.cost),
                "{:?}",
                variant.activities
            );
            let alignment = aligner.align(&trace).unwrap().optimal().unwrap();
            assert_eq!(alignment.cost, variant.cost);
            let priced = |step: &&Move| matches!(step, Move::Log { .. } | Move::Model { .. });
            assert_eq!(
                alignment.moves.iter().filter(priced).count() as u32,
                variant.cost
            );
            let mut state = Some(automaton.start());
            for label in &trace {
                state = state.and_then(|from| automaton.step(from, *label).unwrap());
            }
            let fits = state.is_some_and(|state| automaton.accepts(state));
            assert_eq!(fits, variant.cost == 0, "{:?}", variant.activities);
            sums.0 += variant.cases;
            sums.1 += if fits { variant.cases } else { 0 };
            sums.2 += variant.cases * u64::from(variant.cost);
        }
        assert_eq!(sums, (cases, fitting, total), "{name}");
    }
}

#[test]
fn other_nets_of_the_shared_data_load_and_replay() {
    let road = [
        "Create Fine",
        "Send Fine",
        "Insert Fine Notification",
        "Add penalty",
        "Send for Credit Collection",
    ];
    let request = [
        "register request",
        "examine casually",
        "check ticket",
        "decide",
        "pay compensation",
    ];
    for (path, names) in [
        ("logs/roadtraffic.pnml", road),
        ("logs/running-example.pnml", request),
    ] {
        let Some(net) = shared::net(path) else {
            continue;
        };
        let mut aligner = Aligner::new(net.clone(), Limits::default()).unwrap();
        let trace = shared::trace(&net, names);
        assert_eq!(aligner.cost(&trace).unwrap(), Outcome::Optimal(0), "{path}");
    }
}
