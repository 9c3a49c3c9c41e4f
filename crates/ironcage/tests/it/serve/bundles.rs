//! Bundles of one case and copies of the whole ledger, made while the service runs.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use cage_casefile::{Members, check};
use serde_json::json;

use super::{BATCH, Served, event, verified};
use crate::support::Place;

/// Two hundred events of fifty cases, under a published checkpoint.
fn served(place: &Place) -> Served {
    let served = Served::start(place);
    let mut client = served.connect();
    let batch: Vec<_> = (0..200).map(event).collect();
    let (status, _) = client.post(BATCH, &json!(batch).to_string()).unwrap();
    assert_eq!(status, 200);
    let began = Instant::now();
    while !client.get("/v1/logs").1.contains("\"published\":200") {
        assert!(began.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(50));
    }
    served
}

#[test]
fn a_bundle_needs_nothing_else_and_every_changed_byte_of_it_is_found() {
    let place = Place::new();
    let served = served(&place);
    place.succeed("bundle C7 --data ledger --out c7.zip --quiet");
    drop(served);
    let whole = place.succeed("verify c7.zip --lang en");
    assert!(
        // Four acts, and the entry by which the built-in pack came into force.
        whole.starts_with("whole: case C7, 5 entries, 5 bodies"),
        "{whole}"
    );
    assert!(whole.contains("its key is the bundle's own"), "{whole}");
    let bytes = fs::read(place.path().join("c7.zip")).unwrap();
    let checked = check(&bytes, None).unwrap();
    assert_eq!(
        (
            checked.manifest.entries.len(),
            checked.manifest.entries_with_reference
        ),
        (5, 4)
    );
    // A key that was got elsewhere is trusted; a policy with all of them leaves nothing to trust.
    let policy = &checked.manifest.policy;
    let lines = policy.lines().map(|line| line.strip_prefix("log "));
    let keys: Vec<&str> = lines.flatten().collect();
    assert_eq!(keys.len(), 2, "{policy}");
    for (key, other) in [(keys[0], keys[1]), (keys[1], keys[0])] {
        let one = place.succeed(&format!("verify c7.zip --lang en --key {key}"));
        let named = |key: &str| {
            format!(
                "{}: its key is the bundle's own",
                key.split('+').next().unwrap()
            )
        };
        assert!(!one.contains(&named(key)), "{one}");
        assert!(one.contains(&named(other)), "{one}");
    }
    place.write("policy.txt", policy);
    let all = place.succeed("verify c7.zip --lang en --policy policy.txt");
    assert!(!all.contains("the bundle's own"), "{all}");
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        assert!(
            check(&changed, None).is_err(),
            "byte {at} of {}",
            bytes.len()
        );
    }
    changed_members(&Members::read(&bytes).unwrap());
    let members = Members::read(&bytes).unwrap().0;
    let page = String::from_utf8(members["index.html"].clone()).unwrap();
    assert!(page.contains("案卷") && !page.contains("<script"), "{page}");
    if let Ok(tested) = Command::new("unzip")
        .arg("-tqq")
        .arg(place.path().join("c7.zip"))
        .status()
    {
        assert!(tested.success(), "another program reads it");
    }
    by_openssl(&place, &checked.manifest, &members);
}

/// A member that somebody exchanged, checksums of the archive and all, is named.
fn changed_members(members: &Members) {
    for name in members.0.keys() {
        let mut other = members.clone();
        let content = other.0.get_mut(name).unwrap();
        match content.first_mut() {
            Some(first) => *first ^= 1,
            None => content.push(0),
        }
        let error = check(&other.write().unwrap(), None).unwrap_err();
        assert!(
            error.to_string().starts_with(name.as_str()) || name.starts_with("manifest"),
            "{name}: {error}"
        );
        let mut fewer = members.clone();
        fewer.0.remove(name);
        assert!(
            check(&fewer.write().unwrap(), None).is_err(),
            "without {name}"
        );
    }
}

/// A body is what its entry commits to: computed by a program that is not ours.
#[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
fn by_openssl(
    place: &Place,
    manifest: &cage_casefile::Manifest,
    members: &std::collections::BTreeMap<String, Vec<u8>>,
) {
    let entry = &manifest.entries[0];
    let hexadecimal = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let salt = hexadecimal(&members[&entry.salt()]);
    let text = [&b"ironcage/body/v1\n"[..], &members[&entry.body()]].concat();
    fs::write(place.path().join("text"), text).unwrap();
    let mut openssl = Command::new("openssl");
    openssl.args([
        "dgst",
        "-sha256",
        "-mac",
        "HMAC",
        "-macopt",
        &format!("hexkey:{salt}"),
    ]);
    let Ok(output) = openssl.arg(place.path().join("text")).output() else {
        eprintln!("skipped: openssl is not installed");
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let leaf = cage_proof::Leaf::decode(&members[&entry.leaf]).unwrap();
    assert!(
        said.trim().ends_with(&hexadecimal(&leaf.commitment)),
        "{said}"
    );
}

#[test]
fn a_running_ledger_is_copied_and_brought_back_and_a_damaged_copy_is_refused() {
    let place = Place::new();
    let served = served(&place);
    let said = place.succeed("backup --data ledger --to copy --keys-to keys --lang en");
    assert!(said.contains("files are copied"), "{said}");
    served.kill();
    fs::remove_dir_all(place.path().join("ledger")).unwrap();
    let said = place.succeed("restore --from copy --keys-from keys --data ledger --lang en");
    assert!(said.starts_with("restored and verified"), "{said}");
    assert_eq!(verified(&place)["faults"], json!([]));
    let served = Served::start(&place);
    let (status, told) = served
        .connect()
        .post(BATCH, &json!([event(0)]).to_string())
        .unwrap();
    assert_eq!((status, &told["known"]), (200, &json!(1)));
    assert_eq!(served.stop(), 0);
    let path = place
        .path()
        .join("copy/log/ledger.example/0151/2026/case/checkpoint");
    let mut bytes = fs::read(&path).unwrap();
    bytes[0] ^= 1;
    fs::write(&path, bytes).unwrap();
    let mut command = crate::support::command(place.path());
    command.args([
        "restore",
        "--from",
        "copy",
        "--keys-from",
        "keys",
        "--data",
        "new",
    ]);
    let refused = command.output().unwrap();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(
        said.contains("case/checkpoint") && !place.path().join("new").exists(),
        "{said}"
    );
}
