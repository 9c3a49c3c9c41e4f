//! A signer that is a process of its own: what it says, what it refuses, and a ledger that is signed by it.

use std::time::{Duration, Instant};

use cage_proof::{EntryKind, Frontier};

use super::*;
use crate::{
    Appended, Closed, Committer, Draft, Ledger, LedgerError, LedgerOptions, Stream, verify,
};

const NAME: &str = "ledger.example/0151";
const ORIGIN: &str = "ledger.example/0151/2026/case";

fn checkpoint(origin: &str, entries: &[&str]) -> Checkpoint {
    let mut tree = Frontier::new();
    let leaves = entries.iter().map(|entry| Hash::leaf(entry.as_bytes()));
    leaves.for_each(|leaf| tree.push(leaf));
    Checkpoint::new(origin, tree.size(), tree.root())
}

fn sign(old: u64, proof: &[Hash], checkpoint: &Checkpoint) -> SignerRequest {
    SignerRequest::Sign {
        old,
        proof: proof.to_vec(),
        checkpoint: checkpoint.clone(),
    }
}

#[test]
fn requests_and_replies_are_read_as_they_are_written() {
    let three = checkpoint(ORIGIN, &["a", "b", "c"]);
    for request in [
        SignerRequest::Key {
            origin: ORIGIN.to_owned(),
        },
        sign(0, &[], &three),
        sign(2, &[Hash::leaf(b"c")], &three),
    ] {
        let text = request.to_string();
        assert_eq!(SignerRequest::parse(text.as_bytes()), Ok(request));
        for cut in 0..text.len() {
            assert!(
                SignerRequest::parse(&text.as_bytes()[..cut]).is_err(),
                "{cut}"
            );
        }
        assert!(SignerRequest::parse(format!("{text}\n").as_bytes()).is_err());
    }
    let place = tempfile::tempdir().unwrap();
    let folder = SignerFolder::open(place.path(), Some(NAME)).unwrap();
    let key = folder.answer(sign(0, &[], &three).to_string().as_bytes());
    let SignerReply::Signed(_) = &key else {
        panic!("{key}");
    };
    let asked = format!("ironcage/signer/v1\nkey {ORIGIN}\n");
    for reply in [
        key,
        folder.answer(asked.as_bytes()),
        SignerReply::Behind(7),
        SignerReply::Refused("no\nline".to_owned()),
        SignerReply::Failed("the disk".to_owned()),
    ] {
        let text = reply.to_string();
        let read = SignerReply::parse(text.as_bytes()).unwrap();
        assert_eq!(read.to_string(), text);
        assert!(SignerReply::parse(&text.as_bytes()[..text.len() - 1]).is_err());
    }
}

#[test]
fn a_wrong_request_is_refused_by_its_line() {
    let text = sign(
        2,
        &[Hash::leaf(b"c")],
        &checkpoint(ORIGIN, &["a", "b", "c"]),
    )
    .to_string();
    let hash = Hash::leaf(b"c").to_base64();
    for (request, reason) in [
        (text.replace("/v1", "/v2"), "line 1"),
        (text.replace("sign 2", "sign 02"), "line 2"),
        (text.replace("sign 2", "sign"), "line 2"),
        (text.replace(&hash, &hash[1..]), "line 3"),
        (
            text.replace(&format!("{hash}\n"), &format!("{hash}\n").repeat(64)),
            "line 66",
        ),
        (text.replace("\n3\n", "\n3 \n"), "line 5"),
        (text.clone() + "more\n", "line 5"),
        (String::new(), "line 1"),
        ("x".repeat(SIGNER_BYTES_MAX + 1), "16384"),
    ] {
        let error = SignerRequest::parse(request.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains(reason), "{request:.60}: {error}");
    }
    assert_eq!(
        SignerRequest::parse(b"ironcage/signer/v1\nkey \xff\n"),
        Err(WireError::Text { at: 23 })
    );
}

/// What the ledger's own process cannot do: sign a shorter log, another history, another ledger's log.
#[test]
fn a_signer_signs_only_what_extends_over_restarts_too() {
    let place = tempfile::tempdir().unwrap();
    let (two, three) = (
        checkpoint(ORIGIN, &["a", "b"]),
        checkpoint(ORIGIN, &["a", "b", "c"]),
    );
    let ask = |request: &SignerRequest| {
        let folder = SignerFolder::open(place.path(), Some(NAME)).unwrap();
        folder.answer(request.to_string().as_bytes())
    };
    let first = ask(&sign(0, &[], &two));
    assert!(matches!(first, SignerReply::Signed(_)), "{first}");
    // The answer was lost: the same again, from wherever.
    assert_eq!(ask(&sign(0, &[], &two)), first);
    assert_eq!(ask(&sign(2, &[], &two)), first);
    assert_eq!(ask(&sign(0, &[], &three)), SignerReply::Behind(2));
    for (request, why) in [
        (sign(2, &[], &three), "does not extend"),
        (
            sign(2, &[], &checkpoint(ORIGIN, &["a", "x"])),
            "does not extend",
        ),
        (sign(2, &[], &checkpoint(ORIGIN, &["a"])), "does not extend"),
        (
            sign(0, &[], &checkpoint("ledger.example/0152/2026/case", &["a"])),
            "alone",
        ),
        (
            sign(
                0,
                &[],
                &checkpoint("ledger.example/0151/02026/case", &["a"]),
            ),
            "alone",
        ),
        (
            sign(
                0,
                &[],
                &checkpoint("ledger.example/0151/2026/case/x", &["a"]),
            ),
            "alone",
        ),
    ] {
        let answer = ask(&request);
        assert!(
            matches!(&answer, SignerReply::Refused(said) if said.contains(why)),
            "{answer}"
        );
    }
    let signed = ask(&sign(2, &[Hash::leaf(b"c")], &three));
    assert!(matches!(signed, SignerReply::Signed(_)), "{signed}");
    let wrong = SignerFolder::open(place.path(), Some("ledger.example/0152"));
    assert!(wrong.unwrap_err().to_string().contains("signs for"));
    let empty = tempfile::tempdir().unwrap();
    for nameless in [None, Some("a"), Some("a//b"), Some("a/../b"), Some("a b/c")] {
        assert!(SignerFolder::open(empty.path(), nameless).is_err());
    }
}

/// A signer that listens until the test ends.
fn start(place: &Path) -> PathBuf {
    let folder = SignerFolder::open(&place.join("signer"), Some(NAME)).unwrap();
    let socket = place.join("socket");
    let server = SignerServer::bind(&socket, folder).unwrap();
    std::thread::spawn(move || server.run());
    socket
}

fn options(data: &Path, signer: Option<&Path>) -> LedgerOptions {
    LedgerOptions {
        segment_bytes: 64 << 10,
        signer: signer.map(Path::to_owned),
        ..LedgerOptions::new(data.to_owned(), "ledger.example", "0151")
    }
}

fn draft(number: u8) -> Draft {
    Draft {
        stream: Stream::Case,
        kind: EntryKind::CaseStep,
        claimed: 0,
        subject: format!("case:{}", number % 3),
        erases: None,
        actor: String::new(),
        action: 1,
        source: 9,
        idempotency: [number; 16],
        body: b"{}".to_vec(),
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

#[test]
fn a_ledger_is_signed_elsewhere_and_a_copy_put_back_is_not_opened() {
    let place = tempfile::tempdir().unwrap();
    let socket = start(place.path());
    let (data, older) = (place.path().join("data"), place.path().join("older"));
    let now = crate::milliseconds_now();
    for number in 0..4 {
        let mut ledger = Ledger::open(options(&data, Some(&socket))).unwrap();
        ledger.append(&[draft(number)], now).unwrap();
        ledger.publish().unwrap();
        if number == 1 {
            drop(ledger);
            copy(&data, &older);
        }
    }
    assert!(!data.join(FOLDER).exists(), "the memory is the signer's");
    let verified = verify(&data);
    assert_eq!((verified.faults, verified.logs[0].published), (vec![], 4));
    let error = Ledger::open(options(&older, Some(&socket))).unwrap_err();
    assert!(
        matches!(
            error,
            LedgerError::Rollback {
                signed: 4,
                found: 2,
                ..
            }
        ),
        "{error}"
    );
    let error = Ledger::open(options(&data, None)).unwrap_err().to_string();
    assert!(error.contains("name its socket"), "{error}");
    let other = place.path().join("other");
    fs::create_dir(&other).unwrap();
    let error = Ledger::open(options(&data, Some(&start(&other))))
        .unwrap_err()
        .to_string();
    assert!(error.contains("it is another signer"), "{error}");
    let own = place.path().join("own");
    let mut ledger = Ledger::open(options(&own, None)).unwrap();
    ledger.append(&[draft(1)], now).unwrap();
    drop(ledger);
    let error = Ledger::open(options(&own, Some(&socket)))
        .unwrap_err()
        .to_string();
    assert!(error.contains("decided when a ledger is begun"), "{error}");
    let error = Ledger::open(options(&data, Some(&place.path().join("nowhere")))).unwrap_err();
    assert!(error.is_without_signer(), "{error}");
}

/// While the signer is gone entries are taken for a while, and published when it is back.
#[test]
fn a_signer_that_comes_back_signs_what_was_taken_meanwhile() {
    let place = tempfile::tempdir().unwrap();
    let socket = start(place.path());
    let data = place.path().join("data");
    let ledger = Ledger::open(options(&data, Some(&socket))).unwrap();
    let (committer, running) = Committer::start(ledger, |_| {}).unwrap();
    let take = |number| {
        let answer = committer
            .submit(vec![draft(number)])
            .unwrap()
            .recv()
            .unwrap();
        assert!(matches!(answer.unwrap()[..], [Appended::New(_)]));
    };
    let until = |what: &str, is_so: &dyn Fn() -> bool| {
        let began = Instant::now();
        while !is_so() {
            assert!(began.elapsed() < Duration::from_secs(60), "{what}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let published = || committer.look(|ledger| ledger.logs()[0].published);
    take(0);
    until("published", &|| published() == 1);
    let away = place.path().join("away");
    fs::rename(&socket, &away).unwrap();
    take(1);
    until("said", &|| committer.trouble().is_some());
    let said = committer.trouble().unwrap();
    assert!(said.contains("does not sign"), "{said}");
    take(2);
    assert_eq!(published(), 1);
    fs::rename(&away, &socket).unwrap();
    until("published again", &|| published() == 3);
    assert_eq!(committer.trouble(), None);
    committer.stop();
    running.join().unwrap().unwrap();
    assert_eq!(verify(&data).faults, []);
    assert!(Closed::Unsigned.is_passing() && !Closed::Broken.is_passing());
}

proptest::proptest! {
    /// Whatever comes over the socket is read as what it is written as, or refused.
    #[test]
    fn anything_is_read_strictly_or_refused(
        lines in proptest::collection::vec("(ironcage/signer/v1|key .{0,40}|sign [0-9]{0,21}|last [0-9]{1,3} .{0,50}|[A-Za-z0-9+/=]{44}|.{0,20})", 0..8),
    ) {
        let text = lines.join("\n");
        if let Ok(request) = SignerRequest::parse(text.as_bytes()) {
            proptest::prop_assert_eq!(request.to_string(), text.clone());
        }
        if let Ok(reply) = SignerReply::parse(text.as_bytes()) {
            proptest::prop_assert!(SignerReply::parse(reply.to_string().as_bytes()).is_ok());
        }
    }
}
