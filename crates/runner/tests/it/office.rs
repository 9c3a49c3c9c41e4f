//! A ledger in a folder, packs, and a runner with views: what the tests act on.

use std::path::Path;

use cage_gateway::one;
use cage_ledger::{ContentStore, Ledger, LedgerOptions};
use cage_pack::{Loaded, PackFile, PackFiles, load_files};
use cage_runner::{Runner, activation};
use cage_store::{ChangeKind, Owner, Project as _, SqliteViews};

/// Minutes east of UTC of the office's clock.
pub(crate) const OFFSET: i16 = 480;
/// 2026-01-05 09:00 in the office, in milliseconds.
pub(crate) const MORNING: u64 = 1_767_574_800_000;
const MINUTE: u64 = 60_000;

/// A ledger with a runner on it.
pub(crate) struct Office {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) ledger: Ledger,
    pub(crate) runner: Option<Runner>,
    /// Minutes since the morning.
    pub(crate) minute: u64,
}

impl Office {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = LedgerOptions {
            segment_bytes: 1 << 20,
            ..LedgerOptions::new(folder.path().to_owned(), "l.example", "1")
        };
        let ledger = Ledger::open(options).unwrap();
        let mut office = Self {
            folder,
            ledger,
            runner: None,
            minute: 0,
        };
        office.runner = Some(office.runner_in("views.sqlite"));
        office
    }

    pub(crate) fn contents(&self) -> ContentStore {
        ContentStore::of(self.folder.path())
    }

    pub(crate) fn owner(&self) -> Owner {
        Owner {
            ledger: "l.example".to_owned(),
            records: self.ledger.records(),
            offset_minutes: OFFSET,
        }
    }

    pub(crate) fn views(&self, name: &str) -> SqliteViews {
        let path = self.folder.path().join(name);
        SqliteViews::open(&path, &self.owner()).unwrap().0
    }

    /// A runner that has seen nothing, with views in this file.
    pub(crate) fn runner_in(&self, name: &str) -> Runner {
        Runner::new(self.contents(), Box::new(self.views(name)), OFFSET)
    }

    /// A runner that goes on from a snapshot, if there is one that fits.
    pub(crate) fn resumed(&self) -> Runner {
        let views = Box::new(self.views("views.sqlite"));
        Runner::resume(self.folder.path(), &self.ledger, views, OFFSET).unwrap()
    }

    /// The process ends and begins again.
    pub(crate) fn restart(&mut self) {
        self.runner = None;
        self.runner = Some(self.resumed());
    }

    pub(crate) fn snapshot(&mut self) {
        self.follow();
        let runner = self.runner.as_mut().unwrap();
        runner.write_snapshot(&self.ledger).unwrap();
    }

    pub(crate) fn follow(&mut self) {
        let runner = self.runner.as_mut().unwrap();
        runner.catch_up(&self.ledger).unwrap();
    }

    /// An event that happened at a minute and comes now.
    pub(crate) fn event(&mut self, kind: &str, objects: &[&str], minute: u64) {
        let named = objects.iter().map(|object| {
            let (kind, id) = object.split_once(':').unwrap();
            format!("{{\"type\":\"{kind}\",\"id\":\"{id}\"}}")
        });
        let named = named.collect::<Vec<_>>().join(",");
        let at = cage_model::Instant(((MORNING + minute * MINUTE) * 1_000) as i64);
        let time = cage_model::Time::new(at, Some(OFFSET));
        let id = self.ledger.records();
        let text = format!(
            "{{\"specversion\":\"1.0\",\"id\":\"{id}\",\"source\":\"window/1\",\"type\":\"{kind}\",\
             \"time\":\"{time}\",\"data\":{{\"objects\":[{named}]}}}}"
        );
        let draft = one(text.as_bytes()).unwrap().draft;
        let now = MORNING + self.minute * MINUTE;
        self.ledger.append(&[draft], now).unwrap();
    }

    /// The same, now.
    pub(crate) fn now(&mut self, kind: &str, objects: &[&str]) {
        self.minute += 1;
        self.event(kind, objects, self.minute);
    }

    pub(crate) fn put_into_force(&mut self, loaded: &Loaded) {
        self.minute += 1;
        let now = MORNING + self.minute * MINUTE;
        let event = activation(loaded, &self.contents(), now).unwrap();
        self.ledger.append(&[event.draft()], now).unwrap();
    }

    /// Everything that was told: change, version, rule and object.
    pub(crate) fn told(&mut self) -> Vec<String> {
        self.follow();
        told_in(&self.folder.path().join("views.sqlite"), &self.owner())
    }
}

/// What was told according to a file of views.
pub(crate) fn told_in(path: &Path, owner: &Owner) -> Vec<String> {
    let query = SqliteViews::open(path, owner).unwrap().0.query();
    let changes = query.changes(0, 1_000).unwrap();
    let numbers: Vec<u64> = changes.iter().map(|change| change.number).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    let one = |change: &cage_store::Change| {
        let what = match change.kind {
            ChangeKind::Opened => "opened",
            ChangeKind::Amended => "amended",
            ChangeKind::Withdrawn => "withdrawn",
        };
        let (rule, object) = (&change.rule, &change.object);
        format!("{what} {} {} {}", rule.version, rule.rule, object.id)
    };
    changes.iter().map(one).collect()
}

/// A pack of these files.
pub(crate) fn pack(files: &[(&str, &str)]) -> Loaded {
    let file = |(name, text): &(&str, &str)| PackFile {
        name: (*name).to_owned(),
        own: true,
        text: (*text).to_owned(),
    };
    let mut files: Vec<PackFile> = files.iter().map(file).collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    let files = PackFiles {
        is_folder: true,
        files,
    };
    match load_files(&files) {
        Ok(loaded) => loaded,
        Err(found) => panic!("{}", found[0].render(false)),
    }
}
