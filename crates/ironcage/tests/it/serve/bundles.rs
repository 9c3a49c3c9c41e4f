//! Bundles of one case and copies of the whole ledger, made while the service runs.

use std::fs;
use std::io::{Read as _, Write as _};
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
    let written = fs::read(place.path().join("c7.zip")).unwrap();
    for path in ["/v1/cases/C7/bundle", "/v1/objects/case/C7/bundle"] {
        assert!(fetched(&served, path) == written, "{path}");
    }
    let (status, said) = served.connect().get("/v1/cases/absent/bundle");
    assert_eq!(status, 404, "{said}");
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

/// The body of an answer that is no text.
fn fetched(served: &Served, path: &str) -> Vec<u8> {
    let mut stream = std::net::TcpStream::connect(&served.address).unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let head = answer
        .windows(4)
        .position(|part| part == b"\r\n\r\n")
        .unwrap();
    let said = String::from_utf8_lossy(&answer[..head]).into_owned();
    assert!(
        said.starts_with("HTTP/1.1 200") && said.contains("application/zip"),
        "{said}"
    );
    answer.split_off(head + 4)
}

/// Rules and clocks in words, by a real pack: a case that waits for its first answer, and one that was decided unseen.
#[test]
fn a_bundle_says_what_rules_demand_and_what_a_clock_counts_from() {
    let place = Place::new();
    let pack = crate::support::packs().join("permit-office");
    let served = Served::start_with(&place, &["--pack", pack.to_str().unwrap()]);
    let mut client = served.connect();
    let objects =
        |case: &str| json!([{ "type": "case", "id": case }, { "type": "officer", "id": "P7" }]);
    let mut received = super::live::ago("1", "application.received", "A1", 3_600);
    received["data"]["objects"] =
        json!([{ "type": "case", "id": "A1" }, { "type": "window", "id": "W1" }]);
    received["data"]["attributes"] = json!({ "documents": 3, "matter": "餐饮许可" });
    let mut decided = super::live::ago("2", "decision.made", "A2", 600);
    decided["data"]["objects"] = objects("A2");
    decided["data"]["attributes"] =
        json!({ "outcome": "准予", "permit_number": 17, "matter": "餐饮许可" });
    for event in [received, decided] {
        let (status, said) = client.post(super::ONE, &event.to_string()).unwrap();
        assert_eq!(status, 200, "{said}");
    }
    let read = |case: &str| -> (serde_json::Value, String) {
        let began = Instant::now();
        loop {
            let bytes = fetched(&served, &format!("/v1/cases/{case}/bundle"));
            let members = Members::read(&bytes).unwrap().0;
            let told: serde_json::Value =
                serde_json::from_slice(&members["findings.json"]).unwrap();
            let manifest = check(&bytes, None).unwrap().manifest;
            let rows = ["findings", "clocks"].map(|list| told[list].as_array().unwrap().len());
            if manifest.unpublished == 0 && rows != [0, 0] {
                return (
                    told,
                    String::from_utf8(members["index.html"].clone()).unwrap(),
                );
            }
            assert!(began.elapsed() < Duration::from_secs(30), "{told}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let (told, page) = read("A1");
    let clock = told["clocks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["rule"] == "PO-01");
    let clock = clock.unwrap_or_else(|| panic!("{told}"));
    assert_eq!(clock["set_by_type"], "application.received", "{clock}");
    for name in ["counts_from", "due", "basis", "version"] {
        assert!(!clock[name].as_str().unwrap().is_empty(), "{name}: {clock}");
    }
    let says = clock["says"]["zh"].as_str().unwrap();
    assert!(says.contains("收件") && page.contains(says), "{says}");
    assert!(
        page.contains("怎样核验") && page.contains("how to check it"),
        "{page}"
    );
    let (told, page) = read("A2");
    let found = told["findings"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["rule"] == "PO-04");
    let found = found.unwrap_or_else(|| panic!("{told}"));
    assert!(!found["basis"].as_str().unwrap().is_empty(), "{found}");
    assert!(
        page.contains(found["says"]["zh"].as_str().unwrap()),
        "{page}"
    );
}

/// What is no bundle, or too large for one, is refused by what is wrong with it and without reading more than one may have.
#[test]
fn a_hostile_bundle_is_refused_without_being_unpacked() {
    let place = Place::new();
    place.write(
        "packed.zip",
        b"PK\x03\x04\x14\0\0\x08\x08\0\0\0\0\0rest of a member that is packed",
    );
    let said = place.run("verify packed.zip --lang en");
    assert_eq!(said.status, 1, "{said:?}");
    assert!(said.out.contains("is packed"), "{said:?}");
    let huge = fs::File::create(place.path().join("huge.zip")).unwrap();
    (&huge).write_all(b"PK\x03\x04").unwrap();
    huge.set_len(1 << 40).unwrap();
    let said = place.run("verify huge.zip --lang en");
    assert_eq!(said.status, 1, "{said:?}");
    assert!(said.out.contains("at most"), "{said:?}");
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
