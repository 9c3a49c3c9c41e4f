//! Data folders: begun, taken up, locked, damaged.

use std::os::unix::fs::PermissionsExt as _;

use super::*;

fn open(folder: &Path) -> Result<Place, PlaceError> {
    Place::open(folder, "ledger.example", "0151")
}

#[test]
fn a_place_comes_back_with_its_keys_and_logs() {
    let folder = tempfile::tempdir().unwrap();
    let mut place = open(folder.path()).unwrap();
    assert_eq!(place.register(2026, Stream::Case).unwrap(), 1);
    assert_eq!(place.register(2026, Stream::Admin).unwrap(), 2);
    assert_eq!(place.register(2026, Stream::Case).unwrap(), 1);
    let origin = "ledger.example/0151/2026/case";
    let key = place.log_signer(origin).unwrap().verifier().clone();
    assert_eq!(key.name(), origin);
    assert_ne!(key, place.log_keys().unwrap()[1]);
    let (node, receipt) = (
        place.node(),
        place.receipt_signer().unwrap().verifier().clone(),
    );
    drop(place);
    let place = Place::open(folder.path(), "other.example", "0152").unwrap();
    assert_eq!(place.origins(), [origin, "ledger.example/0151/2026/admin"]);
    assert_eq!(
        (place.node(), place.identity().agency.as_str()),
        (node, "0151")
    );
    assert_eq!(place.log_keys().unwrap()[0], key);
    assert_eq!(place.receipt_signer().unwrap().verifier(), &receipt);
    let mode = |name: &str| {
        fs::metadata(folder.path().join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!((mode("keys/signing"), mode("keys/vault")), (0o600, 0o600));
}

#[test]
fn two_processes_cannot_have_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path()).unwrap();
    assert!(matches!(open(folder.path()), Err(PlaceError::InUse { .. })));
    drop(first);
    open(folder.path()).unwrap();
}

#[test]
fn changed_or_wrong_files_are_named() {
    for (file, content, reason) in [
        ("keys/signing", &b"short"[..], "no secret key"),
        ("keys/vault", &[7; 64], "no secret key"),
        ("ledger.json", b"{}", "missing field"),
        (
            "ledger.json",
            br#"{"format":2,"node":"","name":"a","agency":"b"}"#,
            "format 2 is not known",
        ),
        (
            "ledger.json",
            br#"{"format":1,"node":"x","name":"a","agency":"b"}"#,
            "32 hexadecimal digits",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).unwrap();
        fs::write(folder.path().join(file), content).unwrap();
        let error = open(folder.path()).unwrap_err().to_string();
        assert!(error.contains(reason) && error.contains(file), "{error}");
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, agency) in [
        ("", "0151"),
        ("a/../b", "0151"),
        ("a+b", "0151"),
        ("a", "贵阳"),
        ("a", ""),
    ] {
        let place = Place::open(&folder.path().join(agency), name, agency);
        assert!(place.is_err(), "{name} {agency}");
    }
}

#[test]
fn a_torn_line_in_the_list_of_logs_is_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path())
        .unwrap()
        .register(2026, Stream::Case)
        .unwrap();
    let path = folder.path().join("logs");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{whole}ledger.exam")).unwrap();
    let mut place = open(folder.path()).unwrap();
    assert_eq!(place.origins().len(), 1);
    assert_eq!(place.register(2026, Stream::Admin).unwrap(), 2);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
}
