//! `ironcage demo`: from nothing to a report.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::Place;

#[test]
fn the_demo_finds_what_was_planted_and_leaves_a_report() {
    let place = Place::new();
    let answer = place.run("demo --cases 240 --seed 7");
    assert_eq!(answer.status, 0, "{answer:?}");
    assert!(answer.err.contains("demo/report.html"), "{}", answer.err);
    let report = place.read("demo/report.html");
    assert!(report.contains("审批窗口示例规则包") && report.ends_with("</html>\n"));
    let truth: Vec<Value> = serde_json::from_str(&place.read("demo/truth.json")).unwrap();
    assert!(truth.len() > 5);
    // Each wrong that shows on the case itself is found there.
    place.succeed(
        "check demo/permit-office.ndjson --pack demo/pack --findings demo/findings.jsonl --quiet",
    );
    let found: BTreeSet<(String, String)> = place
        .read("demo/findings.jsonl")
        .lines()
        .map(|line| {
            let row: Value = serde_json::from_str(line).unwrap();
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            (text("object"), text("rule"))
        })
        .collect();
    for planted in &truth {
        let (case, wrong) = (
            planted["case"].as_str().unwrap(),
            planted["wrong"].as_str().unwrap(),
        );
        let rule = match wrong {
            "review-skipped" => "PO-04",
            "same-person" => "PO-05",
            "answered-late" => "PO-01",
            "overdue" => "PO-03",
            "too-fast" => "PO-07",
            "fee-changed" => "PO-10",
            "second-notice" => "PO-02",
            "keyed-in-late" => "PO-11",
            "not-delivered" => "PO-06",
            // These show on a queue, the number book or a window.
            "queue-jumped" | "number-missing" | "camera-off" => continue,
            other => panic!("an unknown wrong: {other}"),
        };
        assert!(
            found.contains(&(case.to_owned(), rule.to_owned())),
            "{case} {wrong} {rule}"
        );
    }
}

#[test]
fn an_honest_office_has_nothing_grave() {
    let place = Place::new();
    place.succeed("demo --cases 120 --honest");
    let counts = place.succeed("check demo/permit-office.ndjson --pack demo/pack --json - --quiet");
    let value: Value = serde_json::from_str(&counts).unwrap();
    for rule in value["rules"].as_array().unwrap() {
        if rule["severity"] == "red" {
            assert_eq!(rule["violated"], 0, "{}", rule["id"]);
        }
    }
}
