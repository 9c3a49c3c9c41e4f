//! Files that other tools wrote.

use std::fs;
use std::path::PathBuf;

use crate::{ElementKind, Model, read_model};

fn shared(name: &str) -> Option<Vec<u8>> {
    let local = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = std::env::var_os("CAGE_SHARED_DATA").map_or(PathBuf::from(local), PathBuf::from);
    let path = folder.join("logs").join(name);
    let bytes = fs::read(&path).ok();
    if bytes.is_none() {
        println!("skipped: {} is absent", path.display());
    }
    bytes
}

fn count(model: &Model, kind: ElementKind) -> usize {
    let elements = model.elements.iter();
    elements.filter(|element| element.kind == kind).count()
}

#[test]
fn the_running_example() {
    let Some(bytes) = shared("running-example.bpmn") else {
        return;
    };
    let model = read_model("running-example.bpmn", &bytes).unwrap();
    assert_eq!(
        (count(&model, ElementKind::Task), model.links.len()),
        (8, 21)
    );
    assert!(model.notes.is_empty(), "{:?}", model.notes);
    assert!(
        model
            .elements
            .iter()
            .all(|element| element.bounds.is_some())
    );
    assert!(model.links.iter().all(|link| link.points.len() > 1));
    let runs = super::game::runs(&model.net, 9);
    for trace in [
        "register request|examine casually|check ticket|decide|pay compensation",
        "register request|examine thoroughly|check ticket|decide|reject request",
        "register request|check ticket|examine casually|decide|reinitiate request|examine \
         thoroughly|check ticket|decide|pay compensation",
    ] {
        assert!(runs.contains(&trace.replace('|', " ")), "{trace}");
    }
    let shortest = runs
        .iter()
        .filter(|run| run.starts_with("register request check ticket"));
    assert!(shortest.count() > 0);
    assert!(!runs.contains("register request check ticket decide pay compensation"));
}

#[test]
fn the_receipt_phase() {
    let Some(bytes) = shared("receipt.bpmn") else {
        return;
    };
    let model = read_model("receipt.bpmn", &bytes).unwrap();
    assert_eq!(
        (
            count(&model, ElementKind::Task),
            count(&model, ElementKind::Exclusive)
        ),
        (27, 30)
    );
    assert_eq!((model.net.labels.len(), model.links.len()), (27, 90));
    assert!(
        model
            .net
            .labels
            .contains(&"T02 Check confirmation of receipt".to_owned())
    );
}

#[test]
fn the_permit_office() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../packs/permit-office/flows/permit.bpmn"
    );
    let model = read_model("permit.bpmn", &fs::read(path).unwrap()).unwrap();
    let runs = super::game::runs(&model.net, 12);
    let shortest = "application.received application.accepted review.completed decision.made";
    assert!(runs.contains(shortest) && runs.contains(&format!("{shortest} licence.delivered")));
    assert_eq!(runs.len(), 8);
}
