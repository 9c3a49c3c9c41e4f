//! Many callers, a full disk, a disk that fails, a clock that jumps, segments that are closed.

mod closings;

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use cage_proof::EntryKind;

use super::*;
use crate::wal::Medium;
use crate::{LedgerOptions, Stream, verify};

fn draft(caller: u8, number: u32) -> Draft {
    let mut idempotency = [caller; 16];
    idempotency[..4].copy_from_slice(&number.to_be_bytes());
    Draft {
        stream: Stream::Case,
        kind: EntryKind::CaseStep,
        claimed: 0,
        subject: format!("case:{}", number % 5),
        erases: None,
        actor: String::new(),
        action: 1,
        source: u64::from(caller),
        idempotency,
        body: b"{}".to_vec(),
    }
}

/// Four callers at once: each is answered for its own, the follower hears all in the order of records, and
/// after the stop everything is published and verifies.
#[test]
fn many_callers_are_answered_each_and_followed_in_order() {
    let place = tempfile::tempdir().unwrap();
    let options = LedgerOptions {
        segment_bytes: 1 << 20,
        ..LedgerOptions::new(place.path().to_owned(), "l.example", "1")
    };
    let (told, heard) = channel();
    let ledger = Ledger::open(options).unwrap();
    let (committer, running) =
        Committer::start(ledger, move |kept| told.send(kept).unwrap()).unwrap();
    std::thread::scope(|scope| {
        for caller in 0..4 {
            let committer = committer.clone();
            scope.spawn(move || {
                for batch in 0..20 {
                    let drafts: Vec<Draft> = (0..5).map(|n| draft(caller, batch * 5 + n)).collect();
                    let answer = committer.submit(drafts).unwrap().recv().unwrap().unwrap();
                    assert!(answer.iter().all(|said| matches!(said, Appended::New(_))));
                    assert_eq!(answer.len(), 5);
                }
            });
        }
    });
    committer.tick();
    committer.stop();
    running.join().unwrap().unwrap();
    assert!(matches!(
        committer.submit(vec![draft(9, 1)]),
        Err(Busy::Closed(Closed::Stopped))
    ));
    let heard: Vec<Kept> = heard.try_iter().collect();
    let records: Vec<u64> = heard
        .iter()
        .filter_map(|kept| match kept {
            Kept::Entry(entry, _) => Some(entry.record),
            Kept::Tick(record, _) => Some(*record),
            Kept::Published(_) | Kept::ClockJumped(_) => None,
        })
        .collect();
    assert_eq!(records, (0..=400).collect::<Vec<_>>());
    assert!(matches!(heard.last(), Some(Kept::Published(checkpoint)) if checkpoint.size == 400));
    drop(committer);
    let verified = verify(place.path());
    assert_eq!((verified.faults, verified.records), (vec![], 401));
}

fn options(folder: &Path) -> LedgerOptions {
    LedgerOptions {
        segment_bytes: 256 << 10,
        ..LedgerOptions::new(folder.to_owned(), "l.example", "1")
    }
}

/// A file whose synchronisation fails when it is told to.
struct Failing(File, Arc<AtomicBool>);

impl Medium for Failing {
    fn write_at(&self, bytes: &[u8], offset: u64) -> std::io::Result<()> {
        Medium::write_at(&self.0, bytes, offset)
    }

    fn sync(&self) -> std::io::Result<()> {
        if self.1.load(Ordering::SeqCst) {
            return Err(std::io::Error::other("the disk is gone"));
        }
        Medium::sync(&self.0)
    }
}

/// A synchronisation that fails ends the writer: nobody is told that something is kept, and nothing more is taken.
#[test]
fn a_failed_synchronisation_ends_the_writer_without_an_acknowledgement() {
    let place = tempfile::tempdir().unwrap();
    let fails = Arc::new(AtomicBool::new(false));
    let failing = Arc::clone(&fails);
    let medium = move |file| Box::new(Failing(file, Arc::clone(&failing))) as Box<dyn Medium>;
    let ledger = Ledger::open_through(options(place.path()), Box::new(medium)).unwrap();
    let (told, heard) = channel();
    let (committer, running) =
        Committer::start(ledger, move |kept| told.send(kept).unwrap()).unwrap();
    let answer = committer.submit(vec![draft(1, 1)]).unwrap().recv();
    assert!(matches!(answer.unwrap().unwrap()[..], [Appended::New(_)]));
    fails.store(true, Ordering::SeqCst);
    let answer = committer.submit(vec![draft(1, 2)]).unwrap().recv();
    assert_eq!(answer.unwrap(), Err(Closed::Broken));
    let error = running.join().unwrap().unwrap_err().to_string();
    assert!(error.ends_with("the disk is gone"), "{error}");
    assert_eq!(committer.trouble(), Some(error));
    let refused = committer.submit(vec![draft(1, 3)]);
    assert!(matches!(refused, Err(Busy::Closed(Closed::Stopped))));
    let entries = heard
        .try_iter()
        .filter(|kept| matches!(kept, Kept::Entry(..)));
    assert_eq!(entries.count(), 1);
}

/// A clock that says what it is told to.
#[derive(Clone)]
struct Set(Arc<Mutex<(u64, Duration)>>);

impl Clock for Set {
    fn now(&self) -> u64 {
        self.0.lock().unwrap().0
    }

    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().1
    }
}

/// The clock may jump; accepted times never go back, and whoever follows hears of each jump with both times.
#[test]
fn a_jump_of_the_clock_is_told_and_accepted_times_never_go_back() {
    let place = tempfile::tempdir().unwrap();
    let clock = Set(Arc::new(Mutex::new((1_795_478_400_000, Duration::ZERO))));
    let (told, heard) = channel();
    let ledger = Ledger::open(options(place.path())).unwrap();
    let (committer, running) =
        Committer::start_by(ledger, clock.clone(), move |kept| told.send(kept).unwrap()).unwrap();
    let mut accepted = Vec::new();
    // What goes by, and by how many seconds the clock jumps in that.
    for (number, (seconds, jump)) in [(0, 0), (5, 0), (5, 1), (5, 3_600), (5, -7_200), (5, -1)]
        .into_iter()
        .enumerate()
    {
        let mut clocks = clock.0.lock().unwrap();
        clocks.1 += Duration::from_secs(seconds);
        clocks.0 = clocks
            .0
            .saturating_add_signed((seconds as i64 + jump) * 1_000);
        drop(clocks);
        let answer = committer
            .submit(vec![draft(1, number as u32)])
            .unwrap()
            .recv();
        let [Appended::New(entry)] = &answer.unwrap().unwrap()[..] else {
            panic!("an entry");
        };
        accepted.push((entry.accepted - 1_795_478_400_000) / 1_000);
    }
    committer.stop();
    running.join().unwrap().unwrap();
    assert_eq!(accepted, [0, 5, 11, 3_616, 3_616, 3_616]);
    let jumps = heard.try_iter().filter_map(|kept| match kept {
        Kept::ClockJumped(jump) => Some((jump.expected, jump.found)),
        _ => None,
    });
    let seconds = jumps.map(|(expected, found)| {
        let since = |at: u64| (at as i64 - 1_795_478_400_000) / 1_000;
        (since(expected), since(found))
    });
    assert_eq!(seconds.collect::<Vec<_>>(), [(16, 3_616), (3_621, -3_579)]);
}

/// Runs this test again in a small file system of its own, which needs no rights but those of a user who may have a
/// namespace; `None` in there, the folder of the file system.
fn on_a_small_disk(test: &str) -> Option<std::path::PathBuf> {
    const FOLDER: &str = "CAGE_SMALL_DISK";
    if let Some(folder) = std::env::var_os(FOLDER) {
        return Some(folder.into());
    }
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().display();
    let program = std::env::current_exe().unwrap();
    let script = format!(
        "mount -t tmpfs -o size=4m none {folder} || exit 99; exec {} --exact {test}",
        program.display()
    );
    let run = std::process::Command::new("unshare")
        .args(["-Urm", "sh", "-c", &script])
        .env(FOLDER, place.path())
        .output();
    match run {
        Ok(run) if run.status.success() => {
            let said = String::from_utf8_lossy(&run.stdout).into_owned();
            assert!(said.contains("1 passed"), "{said}");
        }
        Ok(run) if run.status.code() == Some(1) && !run.stderr.is_empty() => {
            println!(
                "skipped: no namespace: {}",
                String::from_utf8_lossy(&run.stderr)
            );
        }
        Ok(run) if run.status.code() == Some(99) => println!("skipped: nothing may be mounted"),
        Ok(run) => panic!("{}", String::from_utf8_lossy(&run.stdout)),
        Err(error) => println!("skipped: no namespaces here: {error}"),
    }
    None
}

/// A full disk: what was acknowledged is kept, the rest is refused with the reason, and it goes on by itself.
#[test]
fn a_full_disk_refuses_keeps_and_goes_on() {
    let Some(folder) = on_a_small_disk("commit::tests::a_full_disk_refuses_keeps_and_goes_on")
    else {
        return;
    };
    let data = folder.join("data");
    let ledger = Ledger::open(options(&data)).unwrap();
    let (told, heard) = channel();
    let (committer, running) =
        Committer::start(ledger, move |kept| told.send(kept).unwrap()).unwrap();
    let mut numbers = 0..;
    let filler = folder.join("filler");
    let mut acknowledged = until_full(&committer, &mut numbers, Some((20, &filler)));
    std::fs::remove_file(filler).unwrap();
    let began = Instant::now();
    while committer.trouble().is_some() {
        let waited = began.elapsed();
        assert!(waited < Duration::from_secs(20), "it goes on by itself");
        std::thread::sleep(Duration::from_millis(50));
    }
    let before = acknowledged.len();
    acknowledged.extend(until_full(&committer, &mut numbers, None));
    let after = acknowledged.len();
    assert!(before >= 400 && after > before, "{before} and {after}");
    committer.stop();
    running.join().unwrap().unwrap();
    let told: Vec<Entry> = heard
        .try_iter()
        .filter_map(|kept| match kept {
            Kept::Entry(entry, _) => Some(entry),
            _ => None,
        })
        .collect();
    assert!(
        told.iter()
            .map(|entry| entry.record)
            .eq(0..told.len() as u64)
    );
    for said in &acknowledged {
        let (Appended::New(entry) | Appended::Known(entry)) = said else {
            panic!("{said:?}");
        };
        assert_eq!(told[entry.record as usize], *entry);
    }
    // The folder is full still: it is opened and verified with what it has.
    drop(committer);
    let ledger = Ledger::open(options(&data)).unwrap();
    assert_eq!(ledger.records(), told.len() as u64);
    drop(ledger);
    assert_eq!(verify(&data).faults, []);
}

/// Hands in batches until five were refused for want of space; what was acknowledged. `filled` says before which
/// batch the rest of the disk is taken, and by which file.
fn until_full(
    committer: &Committer,
    numbers: &mut std::ops::RangeFrom<u32>,
    filled: Option<(u32, &Path)>,
) -> Vec<Appended> {
    let (mut refused, mut acknowledged) = (0, Vec::new());
    while refused < 5 {
        let number = numbers.next().unwrap();
        if let Some((_, filler)) = filled.filter(|(before, _)| *before == number) {
            fill(filler);
        }
        // Each is of a subject of its own, so that the key store grows too.
        let drafts = (0..20).map(|place| Draft {
            subject: format!("case:{number}/{place}"),
            body: vec![7; 2_000],
            ..draft(place, number)
        });
        let answer = match committer.submit(drafts.collect()) {
            Ok(waiting) => waiting.recv().unwrap(),
            Err(Busy::Closed(closed)) => Err(closed),
            Err(Busy::Full) => panic!("one caller alone"),
        };
        match answer {
            Ok(said) => acknowledged.extend(said),
            Err(closed) => {
                assert_eq!(closed, Closed::NoSpace);
                refused += 1;
            }
        }
    }
    let why = committer.trouble().unwrap();
    assert!(why.contains("No space left on device"), "{why}");
    acknowledged
}

/// Takes all the space that is left.
fn fill(path: &Path) {
    use std::io::Write as _;
    let mut file = File::create(path).unwrap();
    for piece in [64 << 10, 4_096, 1] {
        while file.write_all(&vec![1; piece]).is_ok() {}
    }
}
