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

/// What a pack was read from is enough to read it again, also after it went through JSON.
#[test]
fn a_pack_is_read_again_from_its_own_files() {
    for name in ["permit-office", "road-traffic-fines"] {
        let loaded = cage_pack::load(&root().join("packs").join(name)).expect("a good pack");
        let text = serde_json::to_string(&loaded.files).expect("plain data");
        let files = serde_json::from_str(&text).expect("what was written");
        let again = cage_pack::load_files(&files).expect("the same pack");
        assert_eq!(again.program.hash, loaded.program.hash, "{name}");
        assert_eq!(again.pack.id, loaded.pack.id, "{name}");
        assert_eq!(
            again.program.rules.len(),
            loaded.program.rules.len(),
            "{name}"
        );
        assert_eq!(again.files, loaded.files, "{name}");
    }
}
