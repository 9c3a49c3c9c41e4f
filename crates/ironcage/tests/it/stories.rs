//! `ironcage explain`: one object's story.

use crate::office::office;

#[test]
fn a_story_tells_events_rules_and_terms() {
    let place = office();
    let line = "explain log.csv --pack office.toml --object case:C2";
    insta::assert_snapshot!("story_en", place.succeed(line));
    insta::assert_snapshot!("story_zh", place.succeed(&format!("{line} --lang zh")));
}

#[test]
fn what_is_still_owed_is_told_with_its_day() {
    let place = office();
    let told = place.succeed("explain log.csv --pack office.toml --object case:C5");
    assert!(
        told.contains("2026-03-15") || told.contains("2026-03-16"),
        "{told}"
    );
}

#[test]
fn an_object_that_is_not_there_is_named_with_the_nearest() {
    let place = office();
    place.refuse(
        "explain log.csv --pack office.toml --object case:C22",
        2,
        &["case:C22", "did you mean case:C2"],
    );
    place.refuse(
        "explain log.csv --pack office.toml --object C2",
        2,
        &["TYPE:ID"],
    );
}
