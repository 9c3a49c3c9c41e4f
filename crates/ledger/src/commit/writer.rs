//! The writer's thread: gathers batches to a group, keeps it, tells who follows, answers.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use super::clock::Watch;
use super::closings::Closings;
use super::trouble::Trouble;
use super::{Answer, Closed, Follow, Job, Kept, Shared, locked, tell};
use crate::ledger::{Appended, Draft, LedgerError, Refused};

/// Entries that are gathered at most before they are written.
const GROUP_ENTRIES_MAX: usize = 4_096;
/// How long the first of a group waits for others when the disk is faster than they come.
const GATHERING: Duration = Duration::from_micros(200);
/// How often the clock, and the disk when it was full, are looked at while nothing comes.
const LOOKING: Duration = Duration::from_secs(1);

pub(super) struct Writer {
    pub(super) ledger: Shared,
    pub(super) follow: Follow,
    pub(super) watch: Watch,
    pub(super) trouble: Trouble,
    pub(super) closings: Closings,
}

impl Writer {
    pub(super) fn run(&mut self, waiting: &Receiver<Job>) -> Result<(), LedgerError> {
        loop {
            let mut gathered = match waiting.recv_timeout(LOOKING) {
                Ok(first) => gather(first, waiting),
                Err(RecvTimeoutError::Disconnected) => gather(Job::Stop, waiting),
                Err(RecvTimeoutError::Timeout) => {
                    let now = self.now();
                    if !self.trouble.is_writing() {
                        let room = locked(&self.ledger).make_room(now);
                        self.may_go_on(room)?;
                    }
                    Gathered::default()
                }
            };
            if self.trouble.is_writing() {
                gathered.add(self.closings.take());
            }
            let stop = gathered.stop;
            self.keep(gathered)?;
            if stop {
                return Ok(());
            }
        }
    }

    fn keep(&mut self, gathered: Gathered) -> Result<(), LedgerError> {
        let Gathered { batches, tick, .. } = gathered;
        if batches.is_empty() && !tick {
            return Ok(());
        }
        let now = self.now();
        let sizes: Vec<usize> = batches.iter().map(|(drafts, _)| drafts.len()).collect();
        let (drafts, answers): (Vec<Vec<Draft>>, Vec<_>) = batches.into_iter().unzip();
        let drafts: Vec<Draft> = drafts.into_iter().flatten().collect();
        let mut ledger = locked(&self.ledger);
        let mut turned = Vec::new();
        let turn = ledger.turn_year(now, &mut turned);
        let appended = turn.and_then(|()| ledger.append(&drafts, now));
        let ticked = match (&appended, tick) {
            (Ok(_), true) => Some(ledger.tick(now).map(|record| (record, ledger.accepted()))),
            (Ok(_), false) | (Err(_), _) => None,
        };
        // Whoever follows may want to look at the ledger.
        drop(ledger);
        let turned = turned.into_iter();
        tell(
            &self.follow,
            turned.map(|(entry, draft)| Kept::Entry(entry, draft)),
        );
        let mut appended = match appended {
            Ok(appended) => appended,
            Err(error) => {
                let closed = closed_by(&error);
                for answer in answers {
                    let _ = answer.send(Err(closed));
                }
                return self.may_go_on(Err(error));
            }
        };
        let new = appended.iter().zip(drafts);
        let new = new.filter_map(|(said, draft)| match said {
            Appended::New(entry) => Some(Kept::Entry(entry.clone(), draft)),
            Appended::Known(_) | Appended::Refused(_) => None,
        });
        tell(&self.follow, new);
        for (size, answer) in sizes.into_iter().zip(answers) {
            let rest = appended.split_off(size.min(appended.len()));
            let batch = std::mem::replace(&mut appended, rest);
            // Whoever no longer waits will ask again, and get the same answer.
            let _ = answer.send(whole(batch));
        }
        match ticked {
            Some(Ok((record, at))) => tell(&self.follow, [Kept::Tick(record, at)]),
            Some(Err(error)) => return self.may_go_on(Err(error)),
            None => {}
        }
        self.may_go_on(Ok(()))
    }

    /// What time it is; a jump of the clock is told.
    fn now(&mut self) -> u64 {
        let (now, jump) = self.watch.look();
        tell(&self.follow, jump.map(Kept::ClockJumped));
        now
    }

    /// Without space, or without the signer where a new log needs its key, the writer waits and tries again; after any
    /// other failure it ends.
    fn may_go_on(&self, outcome: Result<(), LedgerError>) -> Result<(), LedgerError> {
        self.trouble.writing(outcome.as_ref().err());
        match outcome {
            Err(error) if !error.is_without_space() && !error.is_without_signer() => Err(error),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// The answer to a batch: where space lacked for a part of it, the caller must come again with all of it, and gets
/// what was kept as known.
fn whole(batch: Vec<Appended>) -> Answer {
    let lacks = |said: &Appended| matches!(said, Appended::Refused(Refused::NoSpace));
    if batch.iter().any(lacks) {
        return Err(Closed::NoSpace);
    }
    Ok(batch)
}

fn closed_by(error: &LedgerError) -> Closed {
    match error {
        error if error.is_without_space() => Closed::NoSpace,
        error if error.is_without_signer() => Closed::Unsigned,
        _ => Closed::Broken,
    }
}

/// What is waiting, up to a full group.
#[derive(Default)]
struct Gathered {
    batches: Vec<(Vec<Draft>, SyncSender<Answer>)>,
    /// Whether time is to move.
    tick: bool,
    /// Whether this is the last.
    stop: bool,
}

impl Gathered {
    /// Adds an entry of the ledger itself, whose answer nobody waits for.
    fn add(&mut self, own: Option<Draft>) {
        if let Some(draft) = own {
            self.batches.push((vec![draft], sync_channel(1).0));
        }
    }
}

fn gather(first: Job, waiting: &Receiver<Job>) -> Gathered {
    let mut gathered = Gathered::default();
    let mut entries = 0;
    let began = Instant::now();
    let mut next = Some(first);
    while let Some(job) = next {
        match job {
            Job::Append(drafts, answer) => {
                entries += drafts.len();
                gathered.batches.push((drafts, answer));
            }
            Job::Tick => gathered.tick = true,
            Job::Stop => {
                gathered.stop = true;
                return gathered;
            }
        }
        if entries >= GROUP_ENTRIES_MAX {
            break;
        }
        next = waiting.try_recv().ok().or_else(|| {
            let left = GATHERING.checked_sub(began.elapsed())?;
            waiting.recv_timeout(left).ok()
        });
    }
    gathered
}
