//! G-12: a start from a snapshot goes on as if nothing had been, and what is no snapshot of this ledger is passed over.

use cage_store::Project as _;

use crate::office::{Office, told_in};
use crate::versions::{LONG, busy, office_pack};

/// An office that is restarted at these rounds, with a snapshot at those.
fn worked(restarts: &[usize], snapshots: &[usize]) -> Office {
    let mut office = Office::new();
    office.restart();
    office.put_into_force(&office_pack("1", LONG, 30));
    for round in 0..40 {
        busy(&mut office, round);
        if round % 4 == 0 {
            office.follow();
        }
        if snapshots.contains(&round) {
            office.snapshot();
        }
        if restarts.contains(&round) {
            office.restart();
        }
    }
    office.follow();
    office
}

fn ends(office: &mut Office) -> (Vec<String>, Vec<[u8; 32]>, Vec<String>) {
    let told = office.told();
    let views = office.views("views.sqlite").query().roots().unwrap();
    let states = office.runner.as_ref().unwrap().roots();
    (
        told,
        views.into_iter().map(|root| root.hash).collect(),
        states.into_iter().map(|root| root.root).collect(),
    )
}

#[test]
fn a_start_from_a_snapshot_goes_on_as_if_nothing_had_been() {
    let undisturbed = ends(&mut worked(&[], &[]));
    assert_eq!(undisturbed.2.len(), 2, "two versions remember something");
    for (restarts, snapshots) in [
        (&[30][..], &[30][..]),
        (&[12, 13, 25], &[5, 12, 21]),
        // From before the new version came, and past it.
        (&[13], &[12]),
        (&[39], &[8]),
        (&[10], &[]),
    ] {
        let mut office = worked(restarts, snapshots);
        assert_eq!(ends(&mut office), undisturbed, "{restarts:?} {snapshots:?}");
    }
}

#[test]
fn what_is_no_snapshot_of_this_ledger_is_passed_over() {
    let undisturbed = ends(&mut worked(&[], &[]));
    let state = |office: &Office| office.folder.path().join("derived").join("state");
    // Every part of a snapshot is damaged in turn.
    let mut office = worked(&[], &[20]);
    let file = std::fs::read_dir(state(&office)).unwrap().next().unwrap();
    let file = file.unwrap().path();
    let whole = std::fs::read(&file).unwrap();
    for at in [0, 7, 20, 60, whole.len() / 2, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&file, bytes).unwrap();
        office.restart();
        assert_eq!(office.runner.as_ref().unwrap().records(), 0, "byte {at}");
    }
    std::fs::write(&file, &whole).unwrap();
    office.restart();
    assert!(office.runner.as_ref().unwrap().records() > 0);
    assert_eq!(ends(&mut office), undisturbed);
    // Another ledger's snapshot, and views that are older than the snapshot.
    let mut other = worked(&[], &[]);
    std::fs::create_dir_all(state(&other)).unwrap();
    std::fs::copy(&file, state(&other).join(file.file_name().unwrap())).unwrap();
    other.restart();
    assert_eq!(other.runner.as_ref().unwrap().records(), 0);
    office.runner = None;
    std::fs::remove_file(office.folder.path().join("views.sqlite")).unwrap();
    office.restart();
    assert_eq!(office.runner.as_ref().unwrap().records(), 0);
    office.follow();
    let path = office.folder.path().join("views.sqlite");
    assert_eq!(told_in(&path, &office.owner()), undisturbed.0);
}
