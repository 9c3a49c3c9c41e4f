//! The document describes every route, and nothing else.

use std::path::Path;

use serde_json::Value;

use super::Office;
use crate::openapi::document;

fn parsed() -> Value {
    serde_json::from_str(document()).unwrap()
}

/// `docs/openapi.json` is the document; `IRONCAGE_BLESS=1` writes it anew.
#[test]
fn the_document_is_kept() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    if std::env::var_os("IRONCAGE_BLESS").is_some() {
        std::fs::write(&path, document()).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        kept,
        document(),
        "docs/openapi.json is stale: run with IRONCAGE_BLESS=1"
    );
}

/// Routes that are written with their descriptions are in the document by construction; those whose path is given by
/// hand must be there too.
#[test]
fn every_route_is_in_the_document() {
    let source = include_str!("../server.rs");
    let document = parsed();
    let paths = document["paths"].as_object().unwrap();
    let by_hand: Vec<&str> = source
        .split(".route(\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    assert!(by_hand.contains(&"/log/{*path}"), "{by_hand:?}");
    for route in by_hand {
        let described = route.replace("{*", "{");
        assert!(paths.contains_key(&described), "{route} is not described");
    }
    assert_eq!(
        document["openapi"]
            .as_str()
            .unwrap()
            .split('.')
            .take(2)
            .collect::<Vec<_>>(),
        ["3", "1"]
    );
}

/// Each path of the document is answered, and each operation says what its answer is.
#[tokio::test]
async fn every_path_of_the_document_is_a_route() {
    let office = Office::new();
    let document = parsed();
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(
                names.insert(operation["operationId"].as_str().unwrap()),
                "{method} {path}"
            );
            assert!(
                operation["responses"]
                    .as_object()
                    .is_some_and(|responses| responses
                        .keys()
                        .any(|status| status.starts_with('2'))),
                "{path}"
            );
            assert!(
                operation["summary"].is_string(),
                "{method} {path} says nothing"
            );
            let in_path = path
                .split('{')
                .skip(1)
                .map(|rest| rest.split('}').next().unwrap());
            for name in in_path {
                let parameters = operation["parameters"].as_array().unwrap();
                assert!(
                    parameters
                        .iter()
                        .any(|parameter| parameter["name"] == name && parameter["in"] == "path"),
                    "{path}"
                );
            }
            if method == "get" && path != "/v1/stream" {
                let asked = path
                    .replace("{type}", "case")
                    .replace("{id}", "C1")
                    .replace("{record}", "1");
                let (_, _, body) = office.raw(&asked).await;
                let said = String::from_utf8_lossy(&body);
                assert!(!said.contains("there is nothing at this path"), "{path}");
            }
        }
    }
}

/// Every schema that is named is there.
#[test]
fn references_lead_somewhere() {
    let document = parsed();
    let text = document.to_string();
    let mut references: Vec<&str> = text
        .split("\"#/components/schemas/")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    references.sort_unstable();
    references.dedup();
    assert!(references.len() > 10);
    for name in references {
        assert!(
            document["components"]["schemas"].get(name).is_some(),
            "{name}"
        );
    }
}
