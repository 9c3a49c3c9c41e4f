//! Making a backup, also while the ledger is written.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use cage_proof::{BundleId, Checkpoint, hexadecimal, tiles_of};

use super::{BackupError, FORMAT, List, Listed, io};
use crate::content::ContentStore;
use crate::disk::sync_folder;
use crate::place::Place;
use crate::publish::{ARCHIVE, LogFolder};
use crate::wal::{SegmentHeader, scan};

/// What is to be copied.
#[derive(Debug)]
pub struct Backup {
    data: PathBuf,
    node: String,
    published: Vec<Published>,
    bytes: u64,
}

/// The published files of one log at one checkpoint.
#[derive(Debug)]
struct Published {
    origin: String,
    note: Vec<u8>,
    checkpoint: Checkpoint,
    /// Files that are never written again, below the data folder.
    files: Vec<String>,
}

/// What was copied.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BackupDone {
    /// Files of the backup.
    pub files: u64,
    /// Those of them that an earlier backup had already.
    pub kept: u64,
    /// Bytes that were copied.
    pub bytes: u64,
}

impl Backup {
    /// Looks at a ledger as it is now.
    ///
    /// # Errors
    ///
    /// When the folder holds no ledger, or its published files cannot be read.
    pub fn of(data: &Path) -> Result<Self, BackupError> {
        let place = Place::read(data)?;
        let mut published = Vec::new();
        for origin in place.origins() {
            let folder = LogFolder::at(place.log_folder(origin));
            let key = place.log_key(origin)?;
            let Some((checkpoint, note)) = folder.checkpoint(&key)? else {
                continue;
            };
            published.push(Published {
                files: published_files(&folder, &checkpoint),
                origin: origin.clone(),
                note: note.to_string().into_bytes(),
                checkpoint,
            });
        }
        let node = hexadecimal(&place.node());
        let segments = segments(data)?;
        let sizes = segments.iter().map(|name| data.join("wal").join(name));
        let sizes = sizes.map(|path| fs::metadata(path).map_or(0, |about| about.len()));
        Ok(Self {
            data: data.to_owned(),
            node,
            published,
            bytes: sizes.sum(),
        })
    }

    /// Bytes of the write-ahead log, which is nearly all of it.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Copies into a folder, which is there whole afterwards or as it was before. What a backup there has already, or
    /// an interrupted one beside it, is not copied again. `copied` counts the bytes of the write-ahead log.
    ///
    /// # Errors
    ///
    /// When something cannot be read or written, or the folder holds something else.
    pub fn write(&self, to: &Path, copied: &AtomicU64) -> Result<BackupDone, BackupError> {
        let mut target = Target::begin(to, &self.node)?;
        for log in &self.published {
            for path in &log.files {
                let below = format!("log/{}/{path}", log.origin);
                target.immutable(&self.data, &below)?;
            }
            target.put(&format!("log/{}/checkpoint", log.origin), &log.note)?;
        }
        self.write_ahead_log(&mut target, copied)?;
        for name in names(&self.data.join(ContentStore::FOLDER)) {
            let below = format!("{}/{name}", ContentStore::FOLDER);
            target.immutable(&self.data, &below)?;
        }
        for name in [
            "ledger.json",
            "logs",
            crate::witnesses::FILE,
            crate::place::KEYS_FILE,
        ] {
            let path = self.data.join(name);
            if path.exists() {
                let bytes = fs::read(&path).map_err(|error| io("read", &path, error))?;
                target.put(name, &bytes)?;
            }
        }
        // A signer elsewhere has its own memory.
        let here = !self.data.join(crate::place::KEYS_FILE).exists();
        for log in self.published.iter().filter(|_| here) {
            let text = log.checkpoint.to_string();
            let state = [
                format!("{}\n", cage_proof::Hash::sha256(text.as_bytes())),
                text,
            ];
            let name = crate::signer::state_name(&log.origin);
            let below = format!("{}/{name}", crate::signer::FOLDER);
            target.put(&below, state.concat().as_bytes())?;
        }
        target.finish(to)
    }

    /// Copies the keys into a folder of their own, by the same rules. To be called after [`Backup::write`]: the keys
    /// of everything that it has are there then.
    ///
    /// # Errors
    ///
    /// As [`Backup::write`].
    pub fn write_keys(&self, to: &Path) -> Result<BackupDone, BackupError> {
        let mut target = Target::begin(to, &self.node)?;
        for name in ["keys/signing", "keys/vault", "vault/units"] {
            let path = self.data.join(name);
            let bytes = fs::read(&path).map_err(|error| io("read", &path, error))?;
            target.put(name, &bytes)?;
        }
        target.finish(to)
    }

    /// Whole segments as they are; of the last one the groups that are whole, and zeros.
    fn write_ahead_log(&self, target: &mut Target, copied: &AtomicU64) -> Result<(), BackupError> {
        for name in segments(&self.data)? {
            let path = self.data.join("wal").join(&name);
            let below = format!("wal/{name}");
            let mut bytes = fs::read(&path).map_err(|error| io("read", &path, error))?;
            let header = SegmentHeader::decode(&bytes).map_err(|fault| BackupError::Damaged {
                path: path.clone(),
                wrong: fault.to_string(),
            })?;
            let scanned = scan(&header, &bytes, None, |_| {
                Ok::<(), std::convert::Infallible>(())
            });
            let Ok(scanned) = scanned;
            if !scanned.ended {
                bytes[scanned.offset as usize..].fill(0);
            }
            copied.fetch_add(bytes.len() as u64, Ordering::Relaxed);
            target.put(&below, &bytes)?;
            if !scanned.ended {
                break;
            }
        }
        Ok(())
    }
}

/// The files that a checkpoint needs, and the checkpoints before it.
fn published_files(folder: &LogFolder, checkpoint: &Checkpoint) -> Vec<String> {
    let mut files = Vec::new();
    for tile in tiles_of(checkpoint.size) {
        files.push(tile.to_string());
        if tile.level == 0 {
            let (index, width) = (tile.index, tile.width);
            files.push(BundleId { index, width }.to_string());
        }
    }
    for name in names(&folder.path().join(ARCHIVE)) {
        if name
            .parse::<u64>()
            .is_ok_and(|size| size <= checkpoint.size)
        {
            files.push(format!("{ARCHIVE}/{name}"));
        }
    }
    files
}

/// Names of the segments in their order.
fn segments(data: &Path) -> Result<Vec<String>, BackupError> {
    let folder = data.join("wal");
    fs::read_dir(&folder).map_err(|error| io("list", &folder, error))?;
    let mut segments = names(&folder);
    segments.retain(|name| name.ends_with(".wal"));
    Ok(segments)
}

fn names(folder: &Path) -> Vec<String> {
    let listed = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = listed
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// A backup that is being written beside the one that it will replace.
struct Target {
    folder: PathBuf,
    list: List,
    /// What an earlier backup has: its folder and its list.
    before: Option<(PathBuf, List)>,
    done: BackupDone,
}

impl Target {
    fn begin(to: &Path, node: &str) -> Result<Self, BackupError> {
        let before = List::read(to)?;
        let wrong = |wrong: &str| BackupError::Folder {
            folder: to.to_owned(),
            wrong: wrong.to_owned(),
        };
        match &before {
            Some(list) if list.node != node => {
                return Err(wrong("holds the backup of another ledger"));
            }
            None if to.exists() && !names(to).is_empty() => {
                return Err(wrong("is no backup and not empty; name a new folder"));
            }
            _ => {}
        }
        let folder = unfinished(to);
        fs::create_dir_all(&folder).map_err(|error| io("make", &folder, error))?;
        Ok(Self {
            folder,
            list: List {
                format: FORMAT,
                node: node.to_owned(),
                files: BTreeMap::new(),
            },
            before: before.map(|list| (to.to_owned(), list)),
            done: BackupDone::default(),
        })
    }

    /// A file that is never written again: one that is there already is linked or left, and nothing is read.
    fn immutable(&mut self, data: &Path, below: &str) -> Result<(), BackupError> {
        let known = self.before.as_ref();
        let known = known.and_then(|(folder, list)| Some((folder, list.files.get(below)?)));
        if let Some((folder, listed)) = known {
            let (from, to) = (folder.join(below), self.folder.join(below));
            make_parent(&to)?;
            if to.exists() || fs::hard_link(&from, &to).is_ok() {
                self.list.files.insert(below.to_owned(), listed.clone());
                self.done.files += 1;
                self.done.kept += 1;
                return Ok(());
            }
        }
        let path = data.join(below);
        let bytes = fs::read(&path).map_err(|error| io("read", &path, error))?;
        self.put(below, &bytes)
    }

    /// Writes a file; zeros at its end take no space. One with the same content is left.
    fn put(&mut self, below: &str, bytes: &[u8]) -> Result<(), BackupError> {
        let path = self.folder.join(below);
        let listed = Listed::of(bytes);
        let is_there = fs::read(&path).is_ok_and(|there| there == bytes);
        if !is_there {
            make_parent(&path)?;
            let end = bytes.iter().rposition(|byte| *byte != 0);
            let written = &bytes[..end.map_or(0, |last| last + 1)];
            // A file that is linked to an earlier backup must not be changed there.
            let _ = fs::remove_file(&path);
            let made = File::create(&path).and_then(|mut file| {
                file.write_all(written)?;
                file.set_len(bytes.len() as u64)
            });
            made.map_err(|error| io("write", &path, error))?;
            self.done.bytes += bytes.len() as u64;
        }
        self.done.files += 1;
        self.list.files.insert(below.to_owned(), listed);
        Ok(())
    }

    /// Makes everything durable and gives it its name.
    fn finish(self, to: &Path) -> Result<BackupDone, BackupError> {
        self.list.write(&self.folder)?;
        let opened = File::open(&self.folder).map_err(|error| io("open", &self.folder, error))?;
        rustix::fs::syncfs(&opened)
            .map_err(|error| io("synchronise", &self.folder, error.into()))?;
        let old = to.with_file_name(format!(".{}.before", name_of(to)));
        let _ = fs::remove_dir_all(&old);
        if to.exists() {
            fs::rename(to, &old).map_err(|error| io("move", to, error))?;
        }
        fs::rename(&self.folder, to).map_err(|error| io("name", to, error))?;
        let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        sync_folder(parent).map_err(|error| io("synchronise", parent, error))?;
        let _ = fs::remove_dir_all(&old);
        Ok(self.done)
    }
}

fn make_parent(path: &Path) -> Result<(), BackupError> {
    match path.parent() {
        Some(parent) => fs::create_dir_all(parent).map_err(|error| io("make", parent, error)),
        None => Ok(()),
    }
}

/// Where a backup is written before it gets its name: an interrupted one goes on there.
pub(super) fn unfinished(folder: &Path) -> PathBuf {
    folder.with_file_name(format!(".{}.unfinished", name_of(folder)))
}

fn name_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
