//! The key store against restarts, kills, damage, a full disk and erasure.

use std::fs;

use super::*;

fn agency() -> SecretKey {
    SecretKey::new([4; 32])
}

fn open(path: &Path) -> UnitStore {
    UnitStore::open(path, agency()).unwrap()
}

/// A salt that only the unit's key gives; `None` once it was destroyed.
fn salt(store: &UnitStore, unit: UnitRef) -> Option<[u8; 32]> {
    match store.key(unit).unwrap() {
        KeyOf::Alive(key) => Some(key.body_salt(&[1; 16])),
        KeyOf::Destroyed => None,
        KeyOf::Unknown => panic!("the unit exists"),
    }
}

#[test]
fn units_come_back_with_their_keys_and_labels() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("units");
    let mut store = open(&path);
    let (wang, key) = store.ensure("case 7, Wang").unwrap();
    let (again, same) = store.ensure("case 7, Wang").unwrap();
    assert_eq!(
        (again, same.body_salt(&[1; 16])),
        (wang, key.body_salt(&[1; 16]))
    );
    let (li, _) = store.ensure("case 8, Li").unwrap();
    assert_ne!(wang, li);
    store.sync().unwrap();
    let store = open(&path);
    assert_eq!(store.len(), 2);
    assert_eq!(salt(&store, wang), Some(key.body_salt(&[1; 16])));
    assert_eq!(store.label(wang).unwrap().as_deref(), Some("case 7, Wang"));
    assert_eq!(store.find("case 8, Li").unwrap(), Some(li));
    assert_eq!(store.find("case 9, Li").unwrap(), None);
    let bytes = fs::read(&path).unwrap();
    let shown = String::from_utf8_lossy(&bytes);
    assert!(!shown.contains("Wang"), "labels are sealed");
    let foreign = UnitStore::open(&path, SecretKey::new([5; 32]));
    assert!(matches!(foreign, Err(UnitError::Key { at: 16, .. })));
}

/// G-17: what is erased is gone from the file, and stays gone.
#[test]
fn a_destroyed_key_is_gone_for_good_and_others_stay() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("units");
    let mut store = open(&path);
    let (wang, key) = store.ensure("Wang").unwrap();
    let (li, _) = store.ensure("Li").unwrap();
    store.sync().unwrap();
    let before = fs::read(&path).unwrap();
    for _ in 0..2 {
        store.destroy(wang).unwrap();
        assert_eq!(
            (salt(&store, wang), store.label(wang).unwrap()),
            (None, None)
        );
        assert_eq!((store.find("Wang").unwrap(), store.len()), (None, 1));
    }
    let store = open(&path);
    assert!(salt(&store, wang).is_none() && salt(&store, li).is_some());
    assert!(matches!(
        store.key(UnitRef([0; 16])).unwrap(),
        KeyOf::Unknown
    ));
    let after = fs::read(&path).unwrap();
    assert_eq!(before.len(), after.len());
    let wrapped = &before[16 + HEAD_BYTES + 32..16 + HEAD_BYTES + FIXED_BYTES];
    assert!(
        !after.windows(16).any(|bytes| bytes == &wrapped[..16]),
        "the wrapped key is overwritten"
    );
    let opened = SecretKey::new(agency().open(&wang.0, wrapped).unwrap().try_into().unwrap());
    assert_eq!(
        UnitKey::new(&opened).body_salt(&[1; 16]),
        key.body_salt(&[1; 16])
    );
}

/// Section 3: killed while a key is being made, the record is not whole; nothing used it.
#[test]
fn a_torn_last_record_is_cut_off_and_a_damaged_one_is_named() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("units");
    let mut store = open(&path);
    store.ensure("Wang").unwrap();
    store.sync().unwrap();
    let first = fs::read(&path).unwrap();
    store.ensure("Li").unwrap();
    store.sync().unwrap();
    let whole = fs::read(&path).unwrap();
    for cut in first.len()..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        assert_eq!(open(&path).len(), 1, "cut at {cut}");
        assert_eq!(fs::read(&path).unwrap(), first);
    }
    for at in 0..whole.len() {
        let mut changed = whole.clone();
        changed[at] ^= 0x10;
        fs::write(&path, &changed).unwrap();
        assert!(UnitStore::read(&path, agency()).is_err(), "byte {at}");
        // A longer length looks like a torn write, but only of what is last.
        let opened = UnitStore::open(&path, agency());
        let shorter = opened.is_ok_and(|store| store.len() == 1);
        assert!(at >= first.len() || !shorter, "byte {at}");
    }
    let long = "x".repeat(LABEL_BYTES_MAX + 1);
    assert!(matches!(
        store.ensure(&long),
        Err(UnitError::Label { bytes: 4_097 })
    ));
}

/// Damage in the middle is not cut off with all that follows it.
#[test]
fn a_damaged_length_before_whole_records_is_no_torn_end() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("units");
    let mut store = open(&path);
    store.ensure("Wang").unwrap();
    store.sync().unwrap();
    let second = fs::read(&path).unwrap().len();
    for name in ["Li", "Zhao", "Qian"] {
        store.ensure(name).unwrap();
    }
    store.sync().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[second + 1] = 0x0F; // Beyond the end, and not too long for a record.
    fs::write(&path, &bytes).unwrap();
    let error = UnitStore::open(&path, agency()).unwrap_err();
    assert!(
        matches!(error, UnitError::Damaged { at, .. } if at == second as u64),
        "{error}"
    );
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

/// More units than keys are held open: each comes back with its own.
#[test]
fn many_units_are_found_by_label_and_reference() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("units");
    let mut store = open(&path);
    let units: Vec<UnitRef> = (0..20_000)
        .map(|number| store.ensure(&format!("case {number}")).unwrap().0)
        .collect();
    store.sync().unwrap();
    let mut store = open(&path);
    for (number, unit) in units.iter().enumerate().step_by(7) {
        let label = format!("case {number}");
        assert_eq!(store.label(*unit).unwrap().as_deref(), Some(label.as_str()));
        assert_eq!(store.find(&label).unwrap(), Some(*unit));
        let (again, key) = store.ensure(&label).unwrap();
        assert_eq!(
            (again, Some(key.body_salt(&[1; 16]))),
            (*unit, salt(&store, *unit))
        );
    }
    assert!(store.staged.is_empty());
}
