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
