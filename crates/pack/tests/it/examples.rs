//! The packs that come with the project.

use crate::{listed, root};

#[test]
fn the_permit_office_loads() {
    let loaded = cage_pack::load(&root().join("packs/permit-office"))
        .unwrap_or_else(|found| panic!("{}", listed(&found)));
    assert_eq!(loaded.pack.id, "permit-office");
    assert_eq!(loaded.program.object_types.len(), 4);
    let ids: Vec<&str> = loaded
        .program
        .rules
        .iter()
        .map(|rule| rule.id.as_str())
        .collect();
    for number in 1..=12 {
        let id = format!("PO-{number:02}");
        assert!(ids.contains(&id.as_str()), "{id} in {ids:?}");
    }
}

#[test]
fn the_road_traffic_pack_loads_without_a_word() {
    let loaded = cage_pack::load(&root().join("packs/road-traffic-fines"))
        .unwrap_or_else(|found| panic!("{}", listed(&found)));
    assert_eq!(listed(&loaded.warnings), "");
    assert_eq!(loaded.program.rules.len(), 10);
    for rule in &loaded.program.rules {
        let expected = loaded.pack.tests.iter().flat_map(|test| &test.expect);
        let absent = loaded.pack.tests.iter().flat_map(|test| &test.absent);
        let violated = |one: &&cage_pack::Expectation| {
            one.rule == rule.id && one.verdict == cage_pack::ExpectedVerdict::Violated
        };
        assert!(
            expected.clone().any(|one| violated(&one)),
            "{} never fires",
            rule.id
        );
        assert!(
            absent.clone().any(|one| violated(&one)),
            "{} always fires",
            rule.id
        );
    }
}
