//! Forgetting: what was derived from bodies that are erased goes, and the records that are left are folded again.
//!
//! A mark in `derived/` says how many keys were destroyed when it was made anew. Where the key store has destroyed
//! more, the folder is from before an erasure: whatever stopped its making, the next start removes it whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;

use cage_ledger::{Committer, replace_file};
use cage_store::{ChangeKind, StoreError};

use crate::follow::{WITHOUT_SPACE, clock_jumped};
use crate::journal::{Look, Reading};
use crate::news::News;
use crate::others::Others;
use crate::runner::{BATCH_RECORDS_MAX, Runner, RunnerError};
use crate::source::body_of;
use crate::version::Told;

/// Files of the views, which empty themselves.
const VIEWS: [&str; 3] = ["views.sqlite", "views.sqlite-wal", "views.sqlite-shm"];
const MARK: &str = "erasures";

/// What is derived from a ledger, beside it in its folder.
#[derive(Clone, Debug)]
pub struct Derived {
    folder: PathBuf,
}

impl Derived {
    /// That of a data folder.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self {
            folder: data.join("derived"),
        }
    }

    /// Whether it was made after the last of so many erasures. What is not there was.
    #[must_use]
    pub fn knows(&self, destroyed: usize) -> bool {
        let said = fs::read_to_string(self.folder.join(MARK)).unwrap_or_default();
        said.trim().parse().unwrap_or(0) == destroyed || !self.folder.exists()
    }

    /// Removes everything where it is from before the last of so many erasures; true when it was. To be called while
    /// nobody has any of it open.
    ///
    /// # Errors
    ///
    /// When the system refuses; nothing of it may be used then.
    pub fn forget_what_was_erased(&self, destroyed: usize) -> io::Result<bool> {
        let is_there = self.folder.exists();
        if is_there && self.knows(destroyed) {
            return Ok(false);
        }
        if is_there {
            fs::remove_dir_all(&self.folder)?;
        }
        fs::create_dir_all(&self.folder)?;
        self.mark(destroyed)?;
        Ok(is_there)
    }

    /// Removes everything but the views, which are in use.
    fn forget_beside_views(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if VIEWS.iter().any(|view| *view == name) || name == MARK {
                continue;
            }
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Notes, durably, that nothing in it is from before so many erasures.
    fn mark(&self, destroyed: usize) -> io::Result<()> {
        replace_file(
            &self.folder.join(MARK),
            format!("{destroyed}\n").as_bytes(),
            0o644,
        )
    }
}

impl Runner {
    /// An order of erasure was kept and its key destroyed: everything derived goes, and what the ledger still says is
    /// folded from its first record on. What comes meanwhile is read from the ledger too.
    pub(crate) fn begin_anew(
        &mut self,
        order: &[u8],
        kept: &Receiver<News>,
        committer: &Committer,
    ) -> Result<(), RunnerError> {
        tracing::info!("an erasure was ordered; everything derived is made anew");
        // Counted before anything is removed: a later order is noticed when its own entry comes.
        let destroyed = committer.look(|ledger| ledger.units().destroyed());
        self.forget_views(crate::erasure::jump(order).unwrap_or(self.changes()))?;
        self.forget_all();
        if let Some(snapshots) = &self.snapshots {
            let derived = snapshots.derived();
            let forgotten = derived
                .forget_beside_views()
                .and_then(|()| derived.mark(destroyed));
            forgotten.map_err(RunnerError::Forget)?;
        }
        // What is let in stays as it is while the packs come into force again one after the other.
        let admission = std::mem::take(&mut self.admission);
        let folded = self.fold_what_is_left(kept, committer);
        self.admission = admission;
        self.declare();
        folded
    }

    fn fold_what_is_left(
        &mut self,
        kept: &Receiver<News>,
        committer: &Committer,
    ) -> Result<(), RunnerError> {
        let look = |record| committer.look(|ledger| body_of(ledger, record));
        loop {
            let until = committer.look(cage_ledger::Ledger::records);
            if self.records >= until {
                return Ok(());
            }
            let until = until.min(self.records + BATCH_RECORDS_MAX);
            self.fold(until, &look, &mut |record| {
                committer.look(|ledger| ledger.record(record))
            })?;
            // The writer waits for nobody: what it tells meanwhile is in the ledger.
            while let Ok(news) = kept.try_recv() {
                if let News::ClockJumped(jump) = news {
                    let _ = committer.submit(vec![clock_jumped(&jump).draft()]);
                }
            }
        }
    }

    /// Lets others stand as an order of erasure says: what is left of the records would say otherwise.
    pub(crate) fn stand_others(
        &mut self,
        told: Told,
        order: &[u8],
        look: Look<'_>,
    ) -> Result<(), RunnerError> {
        let mut others = Others::default();
        for part in crate::erasure::parts(order, told.record) {
            others.add(&look(part)?.1);
        }
        let rows = others.unsaid.iter().map(|row| (row, ChangeKind::Withdrawn));
        let rows = rows.chain(others.stays.iter().map(|row| (row, ChangeKind::Opened)));
        for (row, kind) in rows {
            let line = self.lines.iter().find(|line| line.id == row.pack);
            let mut versions = line.into_iter().flat_map(|line| &line.versions);
            let version = versions.find(|version| version.program.version == row.version);
            let rule = version.and_then(|version| version.rule_text(&row.rule));
            let change = rule.and_then(|rule| row.change(kind, rule, told));
            self.batch.changes.extend(change);
        }
        others.hush(&mut self.hush);
        Ok(())
    }

    /// Has what comes after an order told under numbers that nobody has seen: before it less may be told than was.
    pub(crate) fn jump(&mut self, order: &[u8]) {
        if let Some(jump) = crate::erasure::jump(order) {
            self.changes = self.changes.max(jump);
            self.batch.jumps.push(self.changes);
        }
    }

    /// Empties the views; without space it is tried until there is some.
    fn forget_views(&mut self, jump: u64) -> Result<(), RunnerError> {
        loop {
            match self.views.forget(jump) {
                Err(error @ StoreError::NoSpace { .. }) => {
                    tracing::warn!(%error, "forgetting waits for space");
                    std::thread::sleep(WITHOUT_SPACE);
                }
                forgotten => return Ok(forgotten?),
            }
        }
    }

    /// As new, but for its views and where its snapshots go.
    fn forget_all(&mut self) {
        self.lines.clear();
        self.identities = crate::identities::Identities::default();
        self.hush = crate::others::Hush::default();
        self.batch = cage_store::Batch::new(0);
        (self.changes, self.records, self.last_snapshot) = (0, 0, 0);
        self.reading = Reading::default();
        self.again = std::cell::RefCell::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_from_before_an_erasure_is_removed_whole_and_once() {
        let data = tempfile::tempdir().unwrap();
        let derived = Derived::of(data.path());
        assert!(!derived.forget_what_was_erased(0).unwrap(), "there is none");
        let state = data.path().join("derived").join("state");
        fs::create_dir_all(&state).unwrap();
        fs::write(state.join("1.snapshot"), "C1").unwrap();
        assert!(derived.knows(0) && !derived.knows(3));
        assert!(!derived.forget_what_was_erased(0).unwrap());
        assert!(state.exists());
        assert!(derived.forget_what_was_erased(3).unwrap());
        assert!(!state.exists() && derived.knows(3));
        assert!(!derived.forget_what_was_erased(3).unwrap());
        for name in ["views.sqlite", "views.sqlite.unused-1"] {
            fs::write(data.path().join("derived").join(name), "C1").unwrap();
        }
        derived.forget_beside_views().unwrap();
        let left: Vec<_> = fs::read_dir(data.path().join("derived")).unwrap().collect();
        assert_eq!(left.len(), 2, "{left:?}");
        assert!(derived.knows(3));
    }
}
