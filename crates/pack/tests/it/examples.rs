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
