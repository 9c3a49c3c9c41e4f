//! Tools in Go that know nothing of ironcage, held against it.

use super::*;

/// Builds the verifier that is written in Go; says why where it cannot.
fn outside_verifier(place: &Place) -> Option<PathBuf> {
    outside_tool(place, ".")
}

/// Builds a tool that is written in Go, from its folder below `tests/outside`; says why where it cannot.
#[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
pub(super) fn outside_tool(place: &Place, package: &str) -> Option<PathBuf> {
    let tool = place.path().join("outside");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside");
    let mut go = Command::new("go");
    go.current_dir(source)
        .args(["build", "-o"])
        .arg(&tool)
        .arg(package);
    match go.output() {
        Ok(output) if output.status.success() => return Some(tool),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            eprintln!("passed over: go cannot build the outside tool here: {said}");
        }
        Err(error) => eprintln!("passed over: the outside tool needs Go ({error})"),
    }
    None
}

/// Go's own implementation of transparency logs verifies ours, and sees every change of a published file.
#[test]
fn a_tool_that_is_not_ours_verifies_a_published_log() {
    let place = Place::new();
    let Some(tool) = outside_verifier(&place) else {
        return;
    };
    let served = Served::start(&place);
    let mut client = served.connect();
    let events: Vec<Value> = (0..700).map(event).collect();
    let (status, _) = client.post(BATCH, &json!(events).to_string()).unwrap();
    assert_eq!(status, 200);
    assert_eq!(served.stop(), 0);
    let served = Served::start(&place);
    let (status, proof) = served
        .connect()
        .get("/v1/proof?log=ledger.example/0151/2026/case&index=300");
    assert_eq!(status, 200);
    assert_eq!(served.stop(), 0);
    let listed: Value =
        serde_json::from_str(&place.succeed("log list --data ledger --json")).unwrap();
    let is_case = |log: &&Value| log["origin"].as_str().unwrap().ends_with("/case");
    let key = listed.as_array().unwrap().iter().find(is_case).unwrap();
    let key = key["vkey"].as_str().unwrap();
    let log = place
        .path()
        .join("ledger/log/ledger.example/0151/2026/case");
    let bundle =
        cage_proof::Bundle::decode(fs::read(log.join("tile/entries/001")).unwrap()).unwrap();
    let proof = place.write("300.tlog-proof", proof);
    let entry = place.write("300.leaf", bundle.get(300 - 256).unwrap());
    let checks = |extra: &[&Path]| {
        Command::new(&tool)
            .arg(&log)
            .arg(key)
            .args(extra)
            .output()
            .unwrap()
    };
    let output = checks(&[&proof, &entry]);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(
        said, "ledger.example/0151/2026/case: 700 entries verify\n",
        "{output:?}"
    );
    let other = place.write("other.leaf", bundle.get(301 - 256).unwrap());
    assert!(!checks(&[&proof, &other]).status.success(), "another entry");
    for name in [
        "checkpoint",
        "tile/0/001",
        "tile/0/002.p/188",
        "tile/1/000.p/2",
        "tile/entries/000",
    ] {
        let whole = fs::read(log.join(name)).unwrap();
        for at in (0..whole.len()).step_by(whole.len() / 5) {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(log.join(name), changed).unwrap();
            assert!(!checks(&[]).status.success(), "byte {at} of {name}");
        }
        fs::write(log.join(name), whole).unwrap();
    }
    assert!(checks(&[]).status.success());
}
