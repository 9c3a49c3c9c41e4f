//! What is derived from a ledger and read again by the next start: states of rules, snapshots, views.

use std::convert::Infallible;
use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use cage_formats::{EventAttributes, EventReader};
use cage_gateway::one;
use cage_ledger::{ContentStore, Ledger, LedgerOptions};
use cage_model::{EventBuffer, Interner, Time};
use cage_pack::{Loaded, Program};
use cage_runner::{Runner, activation};
use cage_runtime::{Journal, Live};
use cage_store::{Owner, SqliteViews};
use sha2::{Digest as _, Sha256};

/// Rules that remember things of many kinds.
const PACK: &str = r#"
[pack]
id = "p"
version = "1"
[[rule]]
id = "R1"
internal = true
grade = "observe"
per = "case"
kind = "response"
when = "a"
then = "b"
within = "1 h"
match = "then.n == when.n"
[[rule]]
id = "R2"
internal = true
grade = "observe"
per = "case"
kind = "deadline"
start = "a"
stop = "b"
pause = "c"
resume = "d"
within = "2 days"
[[rule]]
id = "R3"
internal = true
grade = "observe"
per = "case"
kind = "aggregate"
what = "*"
value = { sum = "event.n" }
window = "2 days"
over = 3
[[rule]]
id = "R4"
internal = true
grade = "observe"
per = "case"
kind = "immutable"
what = "*"
field = "event.n"
[[rule]]
id = "R5"
internal = true
grade = "observe"
per = "case"
kind = "sequence"
what = "*"
number = "event.n"
grace = "1 day"
[[rule]]
id = "R6"
internal = true
grade = "observe"
per = "case"
kind = "co-existence"
when = "c"
then = "d"
match = "then.n == when.n"
"#;

/// Events of two cases, one of them late.
const EVENTS: [(&str, &str, u64); 7] = [
    ("a", "C1", 10),
    ("c", "C1", 20),
    ("a", "C2", 30),
    ("d", "C1", 40),
    ("b", "C1", 35),
    ("b", "C2", 50),
    ("a", "C1", 55),
];

fn text(number: usize) -> String {
    let (kind, case, minute) = EVENTS[number % EVENTS.len()];
    format!(
        r#"{{"specversion":"1.0","id":"{number}","source":"s","type":"{kind}","time":"2026-03-01T09:{minute:02}:00+08:00","data":{{"objects":[{{"type":"case","id":"{case}"}}],"attributes":{{"n":{}}}}}}}"#,
        number % 3
    )
}

struct Texts;

impl Journal for Texts {
    type Error = Infallible;

    fn read(
        &self,
        position: u64,
        names: &mut Interner,
        into: &mut EventBuffer,
    ) -> Result<(), Infallible> {
        let number = usize::try_from(position).unwrap_or(0) % EVENTS.len();
        let mut reader = EventReader::new(EventAttributes::All);
        reader
            .read(text(number).as_bytes(), names, into)
            .expect("an event");
        Ok(())
    }
}

fn loaded() -> Loaded {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("pack.toml");
    fs::write(&file, PACK).expect("a temporary file");
    cage_pack::load(&file).expect("a pack")
}

/// Bytes that a saved state begins with.
const STATE_MAGIC_BYTES: usize = 16;

/// A program, and what is saved after the first events.
static SAVED: LazyLock<(Arc<Program>, Vec<u8>)> = LazyLock::new(|| {
    let program = Arc::new(loaded().program);
    let mut live = Live::new(&program).expect("rules that can be judged");
    for position in 0..5 {
        let Ok(_) = live.event(position, &Texts);
    }
    let mut bytes = Vec::new();
    live.save(&mut bytes).expect("memory");
    (program, bytes)
});

/// Changes bytes as a script says: a place (two bytes), then what is put there instead of it, or behind it.
fn changed(bytes: &[u8], mut script: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    while let Some(([low, high, how, byte], rest)) = script.split_first_chunk::<4>() {
        let place = usize::from(u16::from_le_bytes([*low, *high])) % bytes.len().max(1);
        match how % 4 {
            0 | 1 if !bytes.is_empty() => bytes[place] = *byte,
            2 if !bytes.is_empty() => drop(bytes.remove(place)),
            _ => bytes.insert(place, *byte),
        }
        script = rest;
    }
    bytes
}

/// What a saved state holds behind its magic, without the frames of its pieces.
fn content(saved: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    let mut rest = &saved[STATE_MAGIC_BYTES..];
    while let Some((length, pieces)) = rest.split_first_chunk::<4>() {
        let length = u32::from_le_bytes(*length) as usize;
        if length == 0 {
            break;
        }
        content.extend(&pieces[..length]);
        rest = &pieces[length..];
    }
    content
}

/// Loads a state of rules that was changed, behind its checksum. What is taken goes on, is saved, and is loaded as it was.
///
/// # Panics
/// When that does not hold.
pub(crate) fn state(script: &[u8]) {
    let (program, saved) = &*SAVED;
    let _ = Live::load(program, script);
    let content = changed(&content(saved), script);
    let root = Sha256::new_with_prefix(&saved[..STATE_MAGIC_BYTES]);
    let root: [u8; 32] = root.chain_update(&content).finalize().into();
    let mut bytes = saved[..STATE_MAGIC_BYTES].to_vec();
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes.extend(content);
    bytes.extend([0; 4]);
    bytes.extend(root);
    let Ok(mut live) = Live::load(program, bytes.as_slice()) else {
        return;
    };
    let _ = live.standing().count();
    let mut again = Vec::new();
    let root = live.save(&mut again).expect("memory");
    let same = Live::load(program, again.as_slice()).expect("what is saved can be loaded");
    assert_eq!(same.root(), root);
    for position in 5..7 {
        let Ok(_) = live.event(position, &Texts);
    }
    let late = Time::parse("2027-01-01T00:00:00+08:00").expect("a time");
    live.tick(late);
    let _ = (live.next_due(), live.standing().count());
}

/// A ledger, and what a runner kept after its first records.
struct Kept {
    ledger: Mutex<Ledger>,
    folder: tempfile::TempDir,
    /// Name of the snapshot's file.
    snapshot: String,
    /// What it holds.
    body: Vec<u8>,
    head: Vec<u8>,
    views: Vec<u8>,
    /// What the rules remember after all records.
    roots: Vec<String>,
}

const SNAPSHOTS: &str = "derived/state";
const VIEWS: &str = "derived/views.sqlite";
/// First bytes of a snapshot, and those that follow its head: the head's length and a checksum.
const MAGIC: &[u8] = b"ICSNAP\x002";
const END_BYTES: usize = 4 + 32;

static KEPT: LazyLock<Kept> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = LedgerOptions {
        segment_bytes: 1 << 20,
        ..LedgerOptions::new(folder.path().to_owned(), "ledger.example", "0151")
    };
    let mut ledger = Ledger::open(options).expect("a ledger");
    let contents = ContentStore::of(folder.path());
    let event = activation(&loaded(), &contents, 1_772_000_000_000).expect("an activation");
    let drafts = |numbers: std::ops::Range<usize>| {
        let draft = |number| one(text(number).as_bytes()).expect("an event").draft;
        numbers.map(draft).collect::<Vec<_>>()
    };
    ledger
        .append(&[event.draft()], 1_772_330_000_000)
        .expect("an entry");
    ledger
        .append(&drafts(0..4), 1_772_330_000_000)
        .expect("entries");
    fs::create_dir_all(folder.path().join("derived")).expect("a folder");
    let mut runner = resumed(folder.path(), &ledger).expect("a runner");
    runner.catch_up(&ledger).expect("records");
    runner.write_snapshot(&ledger).expect("a snapshot");
    drop(runner);
    let views = fs::read(folder.path().join(VIEWS)).expect("views");
    ledger
        .append(&drafts(4..7), 1_772_330_000_000)
        .expect("entries");
    let mut states = fs::read_dir(folder.path().join(SNAPSHOTS))
        .expect("a folder")
        .flatten();
    let snapshot = states.next().expect("a snapshot").file_name();
    let snapshot = snapshot.to_string_lossy().into_owned();
    let packed = fs::read(folder.path().join(SNAPSHOTS).join(&snapshot)).expect("a snapshot");
    let (content, end) = packed.split_at(packed.len() - END_BYTES);
    let length = u32::from_le_bytes(*end.first_chunk().expect("a length"));
    let (body, head) = content.split_at(content.len() - length as usize);
    let body = zstd::decode_all(&body[MAGIC.len()..]).expect("a snapshot");
    let head = head.to_vec();
    let mut runner = resumed(folder.path(), &ledger).expect("a runner");
    runner.catch_up(&ledger).expect("records");
    let roots = roots(&runner);
    Kept {
        ledger: Mutex::new(ledger),
        folder,
        snapshot,
        body,
        head,
        views,
        roots,
    }
});

fn resumed(folder: &Path, ledger: &Ledger) -> Option<Runner> {
    let owner = Owner {
        ledger: "fuzzing".to_owned(),
        records: ledger.records(),
        offset_minutes: 480,
    };
    let (views, _) = SqliteViews::open(&folder.join(VIEWS), &owner).ok()?;
    Runner::resume(folder, ledger, Box::new(views), 480).ok()
}

fn roots(runner: &Runner) -> Vec<String> {
    runner.roots().into_iter().map(|root| root.root).collect()
}

/// A start with a snapshot and views of one's own: what the rules remember in the end; `None` when it failed.
fn started(snapshot: &[u8], views: &[u8]) -> Option<Vec<String>> {
    let kept = &*KEPT;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let states = folder.path().join(SNAPSHOTS);
    fs::create_dir_all(&states).expect("a folder");
    fs::write(states.join(&kept.snapshot), snapshot).expect("a snapshot");
    fs::write(folder.path().join(VIEWS), views).expect("views");
    let contents = kept.folder.path().join("content");
    std::os::unix::fs::symlink(contents, folder.path().join("content")).expect("a link");
    let ledger = kept.ledger.lock().unwrap_or_else(PoisonError::into_inner);
    let mut runner = resumed(folder.path(), &ledger)?;
    runner.catch_up(&*ledger).ok()?;
    Some(roots(&runner))
}

/// Goes on from a snapshot that was changed, behind its checksum, and from bytes that are none.
///
/// # Panics
/// When what is no snapshot changes anything.
pub(crate) fn snapshot(script: &[u8]) {
    let kept = &*KEPT;
    // Half of the scripts change the head, half the body.
    let (of_head, script_of) = script.split_first().unwrap_or((&0, &[]));
    let (mut head, mut body) = (kept.head.clone(), kept.body.clone());
    let part = if of_head % 2 == 1 {
        &mut head
    } else {
        &mut body
    };
    *part = changed(part, script_of);
    let mut bytes = MAGIC.to_vec();
    bytes.extend(zstd::encode_all(body.as_slice(), 1).expect("memory"));
    bytes.extend(&head);
    bytes.extend((head.len() as u32).to_le_bytes());
    let checksum: [u8; 32] = Sha256::digest(&bytes).into();
    bytes.extend(checksum);
    let _ = started(&bytes, &kept.views);
    assert_eq!(started(script, &kept.views).as_ref(), Some(&kept.roots));
}

/// Starts with views that were changed, and with bytes that are none. What is no file of views is made anew.
///
/// # Panics
/// When bytes that are no file of views are not made anew.
pub(crate) fn views(script: &[u8]) {
    let kept = &*KEPT;
    let _ = started(&[], &changed(&kept.views, script));
    assert_eq!(started(&[], script).as_ref(), Some(&kept.roots));
}
