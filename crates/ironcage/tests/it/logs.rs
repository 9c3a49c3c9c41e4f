//! Real logs through the binary.

use serde_json::Value;

use crate::support::{Place, packs, shared};

#[test]
fn the_road_traffic_fines_give_the_counts_that_other_tools_agree_on() {
    let Some(log) = shared("logs/road_traffic_fines.xes.gz") else {
        return;
    };
    let place = Place::new();
    let lines = [
        (
            "Response[Create Fine, Send Fine] | | |",
            [150_370, 103_987, 46_383],
        ),
        (
            "Precedence[Insert Fine Notification, Send Fine] | | |",
            [103_987, 0, 103_987],
        ),
        (
            "Precedence[Send Fine, Insert Fine Notification] | | |",
            [79_860, 79_860, 0],
        ),
        (
            "Response[Create Fine, Send Fine] | | |0,90,d",
            [150_370, 53_951, 96_419],
        ),
        (
            "Not Response[Send for Credit Collection, Payment] | | |",
            [59_013, 59_013, 0],
        ),
        (
            "Response[Insert Fine Notification, Add penalty] | | |0,60,d",
            [79_860, 62_296, 17_564],
        ),
    ];
    let mut model = String::new();
    for name in [
        "Create Fine",
        "Send Fine",
        "Insert Fine Notification",
        "Add penalty",
        "Send for Credit Collection",
        "Payment",
    ] {
        model.push_str(&format!("activity {name}\n"));
    }
    for (line, _) in &lines {
        model.push_str(line);
        model.push('\n');
    }
    place.write("model.decl", model);
    let line = format!(
        "check {} --decl model.decl --finite --json - --quiet",
        log.display()
    );
    let value: Value = serde_json::from_str(&place.succeed(&line)).unwrap();
    assert_eq!(value["log"]["events"], 561_470);
    assert_eq!(value["log"]["objects"]["case"], 150_370);
    for (rule, (line, expected)) in value["rules"].as_array().unwrap().iter().zip(&lines) {
        assert_eq!(rule["id"], *line);
        let numbers =
            ["activated", "satisfied", "violated"].map(|name| rule[name].as_u64().unwrap());
        assert_eq!(numbers, *expected, "{line}");
    }
}

#[test]
fn the_fines_are_held_against_the_code_and_the_report_stays_small() {
    let Some(log) = shared("logs/road_traffic_fines.xes.gz") else {
        return;
    };
    let place = Place::new();
    let pack = packs().join("road-traffic-fines");
    let line = format!(
        "check {} --pack {} --html report.html --json counts.json --quiet",
        log.display(),
        pack.display()
    );
    place.succeed(&line);
    let value: Value = serde_json::from_str(&place.read("counts.json")).unwrap();
    assert_eq!(value["rules"].as_array().unwrap().len(), 10);
    let report = place.read("report.html");
    assert!(report.len() < 2 << 20, "{} bytes", report.len());
    assert!(report.contains("D.Lgs. 30 aprile 1992, n. 285"));
}
