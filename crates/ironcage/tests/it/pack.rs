//! `ironcage pack ...`.

use serde_json::Value;

use crate::office::{PACK, office};
use crate::support::packs;

#[test]
fn a_pack_is_checked_tested_and_its_gaps_are_named() {
    let place = office();
    assert_eq!(
        place.succeed("pack check office.toml"),
        "office.toml: 3 rules, no errors, 0 warnings\n"
    );
    let tested = place.succeed("pack test office.toml");
    assert!(
        tested.contains("✓ in time") && tested.contains("1 passed, 0 failed"),
        "{tested}"
    );
    let gaps = place.run("pack coverage office.toml");
    assert_eq!(gaps.status, 1);
    assert!(gaps.out.contains("✗ O-1  never violated"), "{}", gaps.out);
    let shown: Value =
        serde_json::from_str(&place.succeed("pack check office.toml --json")).unwrap();
    assert_eq!(shown[0]["accepted"], true);
    assert_eq!(shown[0]["rules"], 3);
}

#[test]
fn a_test_that_fails_shows_what_was_said_instead() {
    let place = office();
    let expecting = r#"expect = [{ rule = "O-1", verdict = "violated" }]"#;
    place.write("office.toml", PACK.replace("expect = []", expecting));
    let answer = place.run("pack test office.toml");
    assert_eq!(answer.status, 1);
    for part in ["✗ in time", "O-1", "0 passed, 1 failed"] {
        assert!(answer.out.contains(part), "{part}\n{}", answer.out);
    }
}

#[test]
fn packs_are_formatted_printed_and_described() {
    let place = office();
    assert_eq!(place.run("pack fmt office.toml --check").status, 1);
    assert_eq!(place.read("office.toml"), PACK);
    place.succeed("pack fmt office.toml");
    let formatted = place.read("office.toml");
    assert_ne!(formatted, PACK);
    place.succeed("pack fmt office.toml --check");
    place.succeed("pack check office.toml");
    place.succeed("pack doc office.toml -o rules.html");
    assert!(place.read("rules.html").contains("五日内未决定"));
    assert!(
        place
            .succeed("pack doc office.toml -o -")
            .contains("<!doctype html>")
    );
    place.succeed("pack schema -o schemas");
    let schema: Value = serde_json::from_str(&place.read("schemas/rules.schema.json")).unwrap();
    assert!(schema.is_object());
}

#[test]
fn the_example_packs_are_sound() {
    let place = office();
    for pack in ["ledger-watch", "permit-office", "road-traffic-fines"] {
        let path = packs().join(pack);
        place.succeed(&format!("pack check {}", path.display()));
        place.succeed(&format!("pack fmt --check {}", path.display()));
        place.succeed(&format!("pack test {}", path.display()));
    }
    let calendar = packs().join("cn-calendar");
    place.succeed(&format!("pack check {}", calendar.display()));
    place.succeed(&format!("pack fmt --check {}", calendar.display()));
}

/// A term that is shorter from a day on.
const DRAFT: &str = r#"
[pack]
id = "permits"
version = "1"
zone = "Asia/Shanghai"
[[event]]
type = "accept"
objects = ["case"]
[[event]]
type = "decide"
objects = ["case"]
[[value]]
id = "term"
internal = true
entries = [{ value = "10 days", from = 2020-01-01, to = 2025-12-31 }, { value = "8 days", from = 2026-01-01 }]
[[rule]]
id = "P-1"
internal = true
per = "case"
kind = "response"
when = "accept"
then = "decide"
within = "@term"
[[rule]]
id = "P-2"
internal = true
per = "case"
kind = "absence"
what = "decide"
n = 2
"#;

/// An amendment passes: which cases, which findings, and why.
#[test]
fn another_version_of_a_pack_is_held_against_a_log_before_it_comes_into_force() {
    let place = crate::support::Place::new();
    place.write("now.toml", DRAFT);
    let amended = DRAFT.replace("8 days", "3 days").replace("\"1\"", "\"2\"");
    place.write("draft.toml", amended);
    place.write(
        "log.csv",
        "case,activity,time\n\
         A,accept,2025-12-01T09:00:00+08:00\nA,decide,2025-12-09T09:00:00+08:00\n\
         B,accept,2026-02-02T09:00:00+08:00\nB,decide,2026-02-09T09:00:00+08:00\n\
         C,accept,2026-02-02T09:00:00+08:00\nC,decide,2026-02-20T09:00:00+08:00\n\
         D,decide,2026-02-02T09:00:00+08:00\nD,decide,2026-02-20T09:00:00+08:00\n",
    );
    let same = place.run("pack diff now.toml now.toml --on log.csv --exit-code");
    assert_eq!(same.status, 0, "{same:?}");
    let packs = place.run("pack diff now.toml draft.toml --exit-code");
    assert_eq!(packs.status, 1);
    let change = "~ value term, entries[2026-01-01].value: 8 days → 3 days";
    assert!(packs.out.contains(change), "{}", packs.out);

    let said = place.succeed("pack diff now.toml draft.toml --on log.csv");
    let table = said
        .lines()
        .find(|line| line.trim_start().starts_with("P-1"));
    let numbers: Vec<&str> = table.unwrap().split_whitespace().collect();
    assert_eq!(numbers, ["P-1", "1", "2", "1", "0", "1"]);
    for part in [
        "Objects for which something changes: 2 case.",
        "because: value term",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    let json = place.succeed("pack diff now.toml draft.toml --on log.csv --json -");
    let json: Value = serde_json::from_str(&json).unwrap();
    let findings = json["findings"].as_array().unwrap();
    let objects: Vec<&str> = findings
        .iter()
        .filter_map(|one| one["object"].as_str())
        .collect();
    assert_eq!(objects, ["B", "C"]);
    assert_eq!(findings[0]["before"], Value::Null);
    assert_ne!(
        findings[1]["before"]["text_zh"],
        findings[1]["after"]["text_zh"]
    );
    let twice = place.run("pack diff now.toml draft.toml --on -");
    assert_eq!(twice.status, 2, "{twice:?}");
}
