//! The publisher's thread, and one thread for each witness that it asks.
//!
//! Once a second every log that grew is published: files, signature, cosignatures, checkpoint. A witness that
//! answered last time is waited for until there are enough cosignatures; one that did not answer is asked again in the
//! background, later and later, and its line is added when it comes. So a witness that is gone costs one wait, and
//! publication goes on each second without it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cage_proof::{Note, NoteSignature, Policy, VerifierKey};

use super::trouble::Trouble;
use super::{Follow, Kept, Shared, locked, milliseconds_now, tell};
use crate::ledger::{LedgerError, Publication};
use crate::publish::{LogFolder, PublishError};
use crate::witnesses::{Asked, Witnesses};

/// A log that grew is published this often.
const PUBLISHING: Duration = Duration::from_secs(1);
/// How long a publication waits for the witnesses that are needed.
const WITNESSES_WITHIN: Duration = Duration::from_secs(5);
/// How long it waits for further ones when there are enough.
const FURTHER_WITHIN: Duration = Duration::from_millis(200);
/// After how long a witness that did not answer is asked again, at first and at most.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(30);

/// Publishes one ledger.
pub(super) struct Publisher {
    ledger: Shared,
    follow: Follow,
    trouble: Trouble,
    desk: Option<Desk>,
}

impl Publisher {
    pub(super) fn new(ledger: Shared, follow: Follow, trouble: Trouble) -> Self {
        Self {
            ledger,
            follow,
            trouble,
            desk: None,
        }
    }

    /// Publishes what grew, once a second and once more at the end. The files are written while entries go on.
    pub(super) fn run(mut self, stopping: &Receiver<()>) {
        let (witnesses, checkpoints) = {
            let ledger = locked(&self.ledger);
            let checkpoints = ledger.checkpoints().unwrap_or_default();
            (ledger.witnesses().cloned(), checkpoints)
        };
        self.desk = witnesses.map(Desk::start);
        // Killed before the witnesses were asked: the same checkpoint is sent to them again.
        if let Some(desk) = &mut self.desk {
            for (origin, folder, note) in checkpoints {
                desk.send(&origin, &folder, &note);
            }
        }
        loop {
            let waited = stopping.recv_timeout(PUBLISHING);
            self.publish();
            if waited != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    }

    fn publish(&mut self) {
        let publications = locked(&self.ledger).begin_publishing(milliseconds_now());
        let mut prepared = Vec::new();
        for publication in publications {
            match publication.prepare() {
                Ok(note) => prepared.push((publication, note)),
                Err(error) => self.put_off(publication, error),
            }
        }
        if let Some(desk) = &mut self.desk {
            desk.cosign(&mut prepared);
        }
        for (publication, note) in prepared {
            match publication.finish(&note) {
                Ok(()) => {
                    let checkpoint = publication.checkpoint().clone();
                    self.trouble.publishing(None);
                    locked(&self.ledger).published(publication, Some(&note));
                    tell(&self.follow, [Kept::Published(checkpoint)]);
                }
                Err(error) => self.put_off(publication, error),
            }
        }
        self.add_late();
    }

    /// What cannot be written now is written the next time: the write-ahead log has everything.
    fn put_off(&self, publication: Publication, error: PublishError) {
        self.trouble.publishing(Some(LedgerError::from(error)));
        locked(&self.ledger).published(publication, None);
    }

    /// Adds the lines that came after their checkpoint was published.
    fn add_late(&mut self) {
        let Some(desk) = &mut self.desk else { return };
        desk.hear_all();
        for (origin, folder, note) in desk.take_late() {
            if folder.write_checkpoint(&note).is_ok() {
                locked(&self.ledger).note_witnesses(&origin, &note, milliseconds_now());
            }
        }
    }
}

/// What goes out to the witnesses and comes back.
struct Desk {
    witnesses: Arc<Witnesses>,
    couriers: Vec<Arc<Outbox>>,
    inbox: Receiver<Heard>,
    /// The newest checkpoint of each log, with the lines that came.
    newest: BTreeMap<String, Newest>,
    /// Which witness did not answer for which log when it was asked last.
    silent: BTreeSet<(usize, String)>,
}

struct Newest {
    folder: LogFolder,
    note: Note,
    /// Witnesses that were heard about it, whatever they said.
    heard: BTreeSet<usize>,
    /// Whether a line came that the published file does not have.
    is_late: bool,
}

/// An answer of a witness.
struct Heard {
    witness: usize,
    origin: String,
    text: String,
    asked: Asked,
}

impl Desk {
    fn start(witnesses: Arc<Witnesses>) -> Self {
        let (told, inbox) = channel();
        let mut couriers = Vec::new();
        for witness in 0..witnesses.count() {
            let outbox = Arc::new(Outbox::default());
            let courier = Courier {
                witness,
                witnesses: Arc::clone(&witnesses),
                outbox: Arc::clone(&outbox),
                told: told.clone(),
            };
            // Where the system gives no thread this witness stays silent, and is shown so.
            let _ = std::thread::Builder::new()
                .name(format!("witness {witness}"))
                .spawn(move || courier.run());
            couriers.push(outbox);
        }
        Self {
            witnesses,
            couriers,
            inbox,
            newest: BTreeMap::new(),
            silent: BTreeSet::new(),
        }
    }

    /// Sends a checkpoint to every witness; older ones of the same log that still wait are forgotten.
    fn send(&mut self, origin: &str, folder: &LogFolder, note: &Note) {
        let newest = Newest {
            folder: folder.clone(),
            note: note.clone(),
            heard: BTreeSet::new(),
            is_late: false,
        };
        self.newest.insert(origin.to_owned(), newest);
        for (witness, outbox) in self.couriers.iter().enumerate() {
            let key = self.witnesses.key(witness);
            if key.is_some_and(|key| note.signatures.iter().any(|line| line.claims(key))) {
                continue;
            }
            outbox.put(origin, folder, note);
        }
    }

    /// Has checkpoints cosigned, as far as the witnesses answer in time.
    fn cosign(&mut self, prepared: &mut [(Publication, Note)]) {
        if prepared.is_empty() {
            return;
        }
        for (publication, note) in &*prepared {
            let origin = publication.checkpoint().origin.clone();
            self.send(&origin, publication.folder(), note);
        }
        let origins = prepared
            .iter()
            .map(|(one, _)| one.checkpoint().origin.clone());
        let origins: Vec<String> = origins.collect();
        self.hear_in_time(&origins);
        for (publication, note) in prepared {
            if let Some(newest) = self.newest.get_mut(&publication.checkpoint().origin) {
                note.clone_from(&newest.note);
                newest.is_late = false;
            }
        }
    }

    fn hear_in_time(&mut self, origins: &[String]) {
        let began = Instant::now();
        loop {
            let limit = if self.all_have_enough(origins) {
                FURTHER_WITHIN
            } else {
                WITNESSES_WITHIN
            };
            if self.awaited(origins).is_empty() {
                return;
            }
            let left = limit.saturating_sub(began.elapsed());
            match self.inbox.recv_timeout(left) {
                Ok(heard) => self.take(heard),
                Err(_) => break,
            }
        }
        if began.elapsed() >= WITNESSES_WITHIN {
            self.silent.extend(self.awaited(origins));
        }
    }

    fn all_have_enough(&self, origins: &[String]) -> bool {
        let mut newest = origins.iter().filter_map(|origin| self.newest.get(origin));
        newest.all(|newest| is_enough(self.witnesses.policy(), &newest.note))
    }

    /// Who answered last time and has not yet now.
    fn awaited(&self, origins: &[String]) -> Vec<(usize, String)> {
        let pairs = origins.iter().flat_map(|origin| {
            (0..self.couriers.len()).map(move |witness| (witness, origin.clone()))
        });
        let missing = |(witness, origin): &(usize, String)| {
            let newest = self.newest.get(origin);
            newest.is_some_and(|newest| !newest.heard.contains(witness))
        };
        pairs
            .filter(|pair| missing(pair) && !self.silent.contains(pair))
            .collect()
    }

    fn hear_all(&mut self) {
        while let Ok(heard) = self.inbox.try_recv() {
            self.take(heard);
        }
    }

    fn take(&mut self, heard: Heard) {
        let pair = (heard.witness, heard.origin.clone());
        match &heard.asked {
            Asked::Cosigned(_) => self.silent.remove(&pair),
            Asked::Trouble => self.silent.insert(pair),
        };
        let key = self.witnesses.key(heard.witness).cloned();
        let newest = self.newest.get_mut(&heard.origin);
        let Some((newest, key)) = newest.zip(key) else {
            return;
        };
        // An answer about an older checkpoint says only that the witness answers.
        if newest.note.text != heard.text {
            return;
        }
        newest.heard.insert(heard.witness);
        if let Asked::Cosigned(line) = heard.asked {
            add_line(&mut newest.note, &key, line);
            newest.is_late = true;
        }
    }

    fn take_late(&mut self) -> Vec<(String, LogFolder, Note)> {
        let late = self.newest.iter_mut().filter(|(_, newest)| newest.is_late);
        late.map(|(origin, newest)| {
            newest.is_late = false;
            (origin.clone(), newest.folder.clone(), newest.note.clone())
        })
        .collect()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        for outbox in &self.couriers {
            outbox.close();
        }
    }
}

/// Puts a witness's line into a note in place of an older one of its own.
fn add_line(note: &mut Note, key: &VerifierKey, line: NoteSignature) {
    note.signatures.retain(|known| !known.claims(key));
    note.signatures.push(line);
}

/// Whether the witnesses of a policy are enough, judged by their lines, which were verified when they came.
fn is_enough(policy: &Policy, note: &Note) -> bool {
    policy.is_met_by(|key| note.signatures.iter().any(|line| line.claims(key)))
}

/// What one witness is to be asked: the newest checkpoint of each log.
#[derive(Default)]
struct Outbox {
    waiting: Mutex<Waiting>,
    bell: Condvar,
}

#[derive(Default)]
struct Waiting {
    letters: BTreeMap<String, Letter>,
    is_closed: bool,
}

#[derive(Clone)]
struct Letter {
    folder: LogFolder,
    note: Note,
    not_before: Option<Instant>,
    /// How long the next retry waits.
    patience: Duration,
}

impl Outbox {
    fn put(&self, origin: &str, folder: &LogFolder, note: &Note) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let before = waiting.letters.get(origin);
        let letter = Letter {
            folder: folder.clone(),
            note: note.clone(),
            not_before: before.and_then(|before| before.not_before),
            patience: before.map_or(RETRY_FIRST, |before| before.patience),
        };
        waiting.letters.insert(origin.to_owned(), letter);
        self.bell.notify_one();
    }

    /// Comes again later, unless a newer checkpoint of the log waits already.
    fn put_back(&self, origin: String, letter: Letter) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let not_before = Some(Instant::now() + letter.patience);
        let patience = (letter.patience * 2).min(RETRY_MAX);
        let letter = waiting.letters.entry(origin).or_insert(letter);
        (letter.not_before, letter.patience) = (not_before, patience);
    }

    fn close(&self) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.is_closed = true;
        self.bell.notify_one();
    }

    /// The next that is due; `None` when there will be none.
    fn next(&self) -> Option<(String, Letter)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if waiting.is_closed {
                return None;
            }
            let first = waiting.letters.iter();
            let first = first.min_by_key(|(_, letter)| letter.not_before);
            let due = first.map(|(origin, letter)| (origin.clone(), letter.not_before));
            let now = Instant::now();
            waiting = match due {
                Some((origin, at)) if at.is_none_or(|at| at <= now) => {
                    let letter = waiting.letters.remove(&origin)?;
                    return Some((origin, letter));
                }
                Some((_, at)) => {
                    let wait = at.map_or(RETRY_FIRST, |at| at - now);
                    let woken = self.bell.wait_timeout(waiting, wait);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let woken = self.bell.wait(waiting);
                    woken.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }
}

/// Asks one witness, one checkpoint after the other.
struct Courier {
    witness: usize,
    witnesses: Arc<Witnesses>,
    outbox: Arc<Outbox>,
    told: Sender<Heard>,
}

impl Courier {
    fn run(self) {
        while let Some((origin, letter)) = self.outbox.next() {
            let asked = self
                .witnesses
                .ask(self.witness, &letter.folder, &letter.note);
            let text = letter.note.text.clone();
            if matches!(asked, Asked::Trouble) {
                self.outbox.put_back(origin.clone(), letter);
            }
            let heard = Heard {
                witness: self.witness,
                origin,
                text,
                asked,
            };
            if self.told.send(heard).is_err() {
                return;
            }
        }
    }
}
