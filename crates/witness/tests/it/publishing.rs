//! A ledger and its witnesses: cosigned checkpoints, witnesses that are gone, forks and rollbacks.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cage_ledger::{
    Committer, Draft, Greeting, Ledger, LedgerError, LedgerOptions, Stream, WitnessLink,
    WitnessReply, Witnesses, Witnessing, verify, verify_log,
};
use cage_proof::{EntryKind, Hash, Policy, VerifierKey};
use cage_witness::{Answer, Watched, Witness};

const NOW: u64 = 1_795_478_400_000;

/// A witness that is reached without a network, and can be gone.
#[derive(Debug)]
struct Near {
    witness: Witness,
    is_gone: AtomicBool,
    /// Whether it shows its last checkpoint; not all witnesses do.
    is_open: bool,
    asked: Mutex<u64>,
}

#[derive(Debug)]
struct Link(Arc<Near>);

impl WitnessLink for Link {
    fn add_checkpoint(&self, request: &str) -> Result<WitnessReply, String> {
        *self.0.asked.lock().unwrap() += 1;
        if self.0.is_gone.load(Ordering::Relaxed) {
            // As long as a connection that nobody answers.
            std::thread::sleep(Duration::from_secs(5));
            return Err("timeout".to_owned());
        }
        let (status, body) = match self
            .0
            .witness
            .add_checkpoint(request.as_bytes(), 1_800_000_000)
        {
            Answer::Cosigned(line) => (200, line),
            Answer::Conflict(size) => (409, format!("{size}\n")),
            Answer::Inconsistent(why) => (422, why),
            Answer::Unknown => (404, String::new()),
            other => (400, format!("{other:?}")),
        };
        let body = body.into_bytes();
        Ok(WitnessReply { status, body })
    }

    fn last_checkpoint(&self, origin: &str) -> Result<WitnessReply, String> {
        if self.0.is_gone.load(Ordering::Relaxed) {
            return Err("timeout".to_owned());
        }
        let digest = Hash::sha256(origin.as_bytes()).to_string();
        let last = self
            .0
            .witness
            .last_checkpoint(&digest)
            .filter(|_| self.0.is_open);
        let status = if last.is_some() { 200 } else { 404 };
        let body = last.unwrap_or_default().into_bytes();
        Ok(WitnessReply { status, body })
    }
}

struct Office {
    place: tempfile::TempDir,
    near: Vec<Arc<Near>>,
}

impl Office {
    /// A ledger's folder and two witnesses that know its key.
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let mut ledger = open(&place.path().join("ledger")).unwrap();
        ledger.append(&[draft(0)], NOW).unwrap();
        ledger.publish().unwrap();
        let key = ledger.place().log_keys().unwrap().remove(0);
        let near = ["a", "b"].map(|name| {
            let folder = place.path().join(name);
            let witness = Witness::open(&folder, Some(name), Watched::of_keys([key.clone()]));
            Arc::new(Near {
                witness: witness.unwrap(),
                is_gone: AtomicBool::new(false),
                is_open: name == "a",
                asked: Mutex::default(),
            })
        });
        Self {
            near: near.into(),
            place,
        }
    }

    fn ledger(&self) -> std::path::PathBuf {
        self.place.path().join("ledger")
    }

    fn policy(&self) -> String {
        let witness = |near: &Arc<Near>| {
            let key = near.witness.key();
            format!("witness {0} {key} near:{0}\n", key.name())
        };
        let lines: String = self.near.iter().map(witness).collect();
        format!("{lines}group q all a b\nquorum q\n")
    }

    fn witnesses(&self) -> Witnesses {
        Witnesses::new(&self.policy(), |url| {
            let near = usize::from(url == "near:b");
            Ok(Box::new(Link(Arc::clone(&self.near[near]))) as Box<dyn WitnessLink>)
        })
        .unwrap()
    }

    fn joined(&self) -> Result<Ledger, LedgerError> {
        let mut ledger = open(&self.ledger())?;
        ledger.join(self.witnesses()).map(|_| ledger)
    }

    fn serve(&self) -> Serving {
        let (committer, thread) = Committer::start(self.joined().unwrap(), |_| {}).unwrap();
        Serving { committer, thread }
    }

    fn copy_to(&self, name: &str) {
        copy(&self.ledger(), &self.place.path().join(name));
    }

    fn put_back(&self, name: &str) {
        fs::remove_dir_all(self.ledger()).unwrap();
        copy(&self.place.path().join(name), &self.ledger());
    }
}

struct Serving {
    committer: Committer,
    thread: JoinHandle<Result<(), LedgerError>>,
}

impl Serving {
    fn append(&self, number: u64) {
        let answer = self.committer.submit(vec![draft(number)]).unwrap();
        answer.recv().unwrap().unwrap();
    }

    /// Waits until the first log's state is as wanted.
    fn until(&self, wanted: impl Fn(u64, &Witnessing) -> bool) -> Duration {
        let began = Instant::now();
        loop {
            let state = self.committer.look(|ledger| ledger.logs().remove(0));
            if wanted(state.published, state.witnessing.as_ref().unwrap()) {
                return began.elapsed();
            }
            assert!(began.elapsed() < Duration::from_secs(25), "{state:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn stop(self) {
        self.committer.stop();
        self.thread.join().unwrap().unwrap();
    }
}

fn open(folder: &Path) -> Result<Ledger, LedgerError> {
    Ledger::open(LedgerOptions {
        segment_bytes: 64 << 10,
        ..LedgerOptions::new(folder.to_owned(), "ledger.example", "0151")
    })
}

fn draft(number: u64) -> Draft {
    let mut idempotency = [0; 16];
    idempotency[..8].copy_from_slice(&number.to_be_bytes());
    Draft {
        stream: Stream::Case,
        kind: EntryKind::CaseStep,
        claimed: NOW,
        subject: "case:1".to_owned(),
        erases: None,
        actor: String::new(),
        action: 1,
        source: 1,
        idempotency,
        body: format!("step {number}").into_bytes(),
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn checkpoints_are_cosigned_by_all_and_verify_for_owner_and_outsider() {
    let office = Office::new();
    let serving = office.serve();
    serving.append(1);
    serving.until(|published, witnessing| published == 2 && witnessing.by == ["a", "b"]);
    serving.append(2);
    serving.until(|published, witnessing| published == 3 && witnessing.is_enough);
    let state = serving.committer.look(|ledger| ledger.logs().remove(0));
    serving.stop();
    let verified = verify(&office.ledger());
    assert_eq!(verified.faults, []);
    assert_eq!(verified.logs[0].witnesses, ["a", "b"]);
    let policy = format!("log {}\n{}", state.key, office.policy());
    let policy = Policy::parse(&policy).unwrap();
    assert_eq!(verify_log(&state.folder, &policy).faults, []);
    let alone = Policy::of_log(VerifierKey::parse(&state.key).unwrap());
    let alone = verify_log(&state.folder, &alone);
    assert_eq!((alone.faults, alone.logs[0].strangers.len()), (vec![], 2));
    // Every byte of a witnessed checkpoint, of an archived one, of the list of witnesses and of the signer's memory.
    let archived = state.folder.join("checkpoints/1");
    let signer = fs::read_dir(office.ledger().join("signer"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    for path in [
        state.folder.join("checkpoint"),
        archived,
        office.ledger().join("witnesses"),
        signer.path(),
    ] {
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0x20;
            fs::write(&path, changed).unwrap();
            assert!(
                !verify(&office.ledger()).is_whole(),
                "{}: {at}",
                path.display()
            );
        }
        fs::remove_file(&path).unwrap();
        let is_whole = verify(&office.ledger()).is_whole();
        assert_eq!(
            is_whole,
            path.ends_with("checkpoints/1"),
            "{}",
            path.display()
        );
        fs::write(&path, whole).unwrap();
    }
}

/// The first publication waits for the one that is gone; later ones do not, and its line is added when it is back.
#[test]
fn a_witness_that_is_gone_costs_one_wait_and_its_line_comes_later() {
    let office = Office::new();
    let serving = office.serve();
    serving.until(|_, witnessing| witnessing.is_enough);
    office.near[1].is_gone.store(true, Ordering::Relaxed);
    serving.append(1);
    let first = serving.until(|published, _| published == 2);
    assert!(first >= Duration::from_secs(4), "{first:?}");
    for number in 2..5 {
        serving.append(number);
        let took = serving.until(|published, witnessing| {
            assert!(witnessing.by.len() < 2);
            published == number + 1
        });
        assert!(took < Duration::from_secs(3), "{number}: {took:?}");
    }
    let state = serving
        .committer
        .look(|ledger| ledger.witnesses().unwrap().states());
    assert_eq!(state[1].trouble.as_deref(), Some("timeout"));
    office.near[1].is_gone.store(false, Ordering::Relaxed);
    serving.until(|published, witnessing| published == 5 && witnessing.is_enough);
    serving.stop();
    assert!(verify(&office.ledger()).logs[0].is_witnessed);
}

/// Killed after the witness remembered and before the checkpoint was replaced: the witness is ahead of what is
/// published, but not of what is kept.
#[test]
fn a_witness_ahead_of_the_published_checkpoint_is_no_contradiction() {
    let office = Office::new();
    let checkpoint = office.joined().unwrap().logs()[0].folder.join("checkpoint");
    let before = fs::read(&checkpoint).unwrap();
    let serving = office.serve();
    serving.append(1);
    serving.until(|published, witnessing| published == 2 && witnessing.is_enough);
    serving.stop();
    fs::write(&checkpoint, before).unwrap();
    let serving = office.serve();
    serving.until(|published, witnessing| published == 2 && witnessing.is_enough);
    serving.stop();
    assert_eq!(verify(&office.ledger()).faults, []);
}

#[test]
fn an_old_copy_and_a_fork_stay_closed_when_a_witness_knows_better() {
    let office = Office::new();
    office.copy_to("old");
    let serving = office.serve();
    for number in 1..4 {
        serving.append(number);
    }
    serving.until(|published, witnessing| published == 4 && witnessing.is_enough);
    serving.stop();
    for entries in [0, 3, 9] {
        for known in 0..2 {
            office.put_back("old");
            office.near[1 - known]
                .is_gone
                .store(true, Ordering::Relaxed);
            let mut ledger = open(&office.ledger()).unwrap();
            let other: Vec<Draft> = (100..100 + entries).map(draft).collect();
            ledger.append(&other, NOW).unwrap();
            ledger.publish().unwrap();
            drop(ledger);
            let joined = office.joined();
            let said = joined.map(drop).unwrap_err().to_string();
            assert!(
                said.contains("a fork or a rollback"),
                "{entries} {known}: {said}"
            );
            office.near[1 - known]
                .is_gone
                .store(false, Ordering::Relaxed);
        }
    }
}

#[test]
fn witnesses_that_do_not_answer_at_the_start_are_named_and_the_ledger_opens() {
    let office = Office::new();
    office.near[0].is_gone.store(true, Ordering::Relaxed);
    let mut ledger = open(&office.ledger()).unwrap();
    let greeted = ledger.join(office.witnesses()).unwrap();
    assert_eq!(greeted[0].greeting, Greeting::Silent("timeout".to_owned()));
    assert_eq!(greeted[1].greeting, Greeting::Consistent);
}
