//! `ironcage convert`, `stats` and `discover`.

use serde_json::Value;

use crate::office::office;

#[test]
fn a_log_survives_every_format() {
    let place = office();
    let stats = |name: &str| -> Value {
        let text = place.succeed(&format!("stats {name} --json"));
        let value: Value = serde_json::from_str(&text).unwrap();
        serde_json::json!([
            value["events"],
            value["objects"]["case"],
            value["activities"],
            value["first"],
            value["last"]
        ])
    };
    let original = stats("log.csv");
    assert_eq!(original[0], 11);
    for name in [
        "log.xes",
        "log.xes.gz",
        "log.csv.zst",
        "log.jsonocel",
        "log.sqlite",
    ] {
        place.succeed(&format!("convert log.csv {name} --quiet"));
        assert_eq!(stats(name), original, "{name}");
    }
    let names = place.names();
    assert!(names.iter().all(|name| !name.starts_with('.')), "{names:?}");
}

#[test]
fn an_existing_file_is_replaced_only_when_told_to() {
    let place = office();
    place.write("log.xes", "precious");
    place.refuse("convert log.csv log.xes", 2, &["log.xes exists", "--force"]);
    assert_eq!(place.read("log.xes"), "precious");
    place.succeed("convert log.csv log.xes --force");
    assert!(place.read("log.xes").contains("<log"));
    place.refuse("convert log.csv log.unknown", 3, &["log.unknown"]);
}

#[test]
fn stats_count_what_is_there() {
    let place = office();
    let text = place.succeed("stats log.csv");
    for part in ["11  events", "5  case", "5  apply", "3  decide"] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn a_draft_from_history_is_a_pack_that_loads() {
    let place = office();
    place.succeed("discover log.csv -o draft");
    place.succeed("pack check draft");
    let drafted = place.succeed("check log.csv --pack draft --json -");
    let value: Value = serde_json::from_str(&drafted).unwrap();
    let rules = value["rules"].as_array().unwrap();
    assert!(!rules.is_empty());
    assert!(
        rules.iter().all(|rule| rule["grade"] == "observe"),
        "drafts are in shadow"
    );
    place.refuse("discover log.csv -o draft", 2, &["draft is not empty"]);
    place.refuse(
        "discover log.csv -o other --per lorry",
        3,
        &["lorry", "ironcage stats"],
    );
}
