//! Publishing a log: its files and its checkpoint in a folder, as tlog-tiles wants them.
//!
//! Files first, durable; then the checkpoint, replaced at once. Whoever reads a checkpoint finds
//! everything it speaks of. A published file is never written again.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use cage_proof::{Checkpoint, CheckpointError, Note, TileId, TileReader, VerifierKey};

use crate::disk::{is_without_space, sync_folder};
use crate::signer::SignerError;
use crate::tree::{GrowingLog, LogFile, TakeUpError};

/// Where files are written before they get their names.
const STAGING: &str = ".staging";
const CHECKPOINT: &str = "checkpoint";
/// Where a checkpoint is written before it gets its name.
const NEW_CHECKPOINT: &str = ".checkpoint";
/// Where old checkpoints are kept, each under its size.
pub(crate) const ARCHIVE: &str = "checkpoints";

/// Why a log cannot be published or read.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The operating system refused.
    #[error("cannot {doing} {}: {error}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// The published checkpoint.
    #[error("{}: {error}", .path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: CheckpointError,
    },
    /// The published files.
    #[error("{}: {error}", .folder.display())]
    TakeUp {
        /// The log's folder.
        folder: PathBuf,
        /// What is wrong.
        error: Box<TakeUpError<PublishError>>,
    },
    /// The files make another tree than the checkpoint says.
    #[error("{}: the tiles make another root than the checkpoint of {size} entries says", .folder.display())]
    Root {
        /// The log's folder.
        folder: PathBuf,
        /// Size of the checkpoint.
        size: u64,
    },
    /// The checkpoint is not signed.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// The checkpoint is another log's, or not signed by this one's key.
    #[error("{}: the checkpoint is not signed by {origin}", .path.display())]
    Origin {
        /// The file.
        path: PathBuf,
        /// The log that had to sign.
        origin: String,
    },
}

impl PublishError {
    /// Whether there is only no space; what was published stands.
    pub(crate) fn is_without_space(&self) -> bool {
        match self {
            Self::Io { error, .. } | Self::Signer(SignerError::Io { error, .. }) => {
                is_without_space(error)
            }
            _ => false,
        }
    }
}

/// The folder of one log.
#[derive(Clone, Debug)]
pub struct LogFolder {
    folder: PathBuf,
}

impl LogFolder {
    /// The folder, made if absent; what an interrupted publication left is removed.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn open(folder: &Path) -> Result<Self, PublishError> {
        let staging = folder.join(STAGING);
        fs::create_dir_all(folder).map_err(|error| io("make", folder, error))?;
        if staging.exists() {
            fs::remove_dir_all(&staging).map_err(|error| io("clear", &staging, error))?;
        }
        let half = folder.join(NEW_CHECKPOINT);
        if half.exists() {
            fs::remove_file(&half).map_err(|error| io("clear", &half, error))?;
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// The folder as it is; nothing in it is changed.
    pub(crate) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// The published checkpoint; `None` before the first.
    ///
    /// # Errors
    ///
    /// When it is unreadable, or not this log's.
    pub fn checkpoint(
        &self,
        key: &VerifierKey,
    ) -> Result<Option<(Checkpoint, Note)>, PublishError> {
        let path = self.folder.join(CHECKPOINT);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|error| io("read", &path, error))?,
        };
        let read = Checkpoint::of_note(&bytes);
        let (checkpoint, note) = read.map_err(|error| PublishError::Checkpoint {
            path: path.clone(),
            error,
        })?;
        let keys = std::slice::from_ref(key);
        if checkpoint.origin != key.name() || note.signed_by(keys).is_err() {
            let origin = key.name().to_owned();
            return Err(PublishError::Origin { path, origin });
        }
        Ok(Some((checkpoint, note)))
    }

    /// Takes up the tree of the published checkpoint.
    ///
    /// # Errors
    ///
    /// When files are missing or make another tree.
    pub fn take_up(&self, checkpoint: &Checkpoint) -> Result<GrowingLog, PublishError> {
        let size = checkpoint.size;
        let bundle = cage_proof::BundleId::in_log(size / cage_proof::TILE_WIDTH, size);
        let bytes = match bundle {
            Some(bundle) => self.read_file(&bundle.to_string())?,
            None => Vec::new(),
        };
        let log = GrowingLog::take_up(size, self, bytes).map_err(|error| PublishError::TakeUp {
            folder: self.folder.clone(),
            error: Box::new(error),
        })?;
        if log.root() != checkpoint.root {
            let folder = self.folder.clone();
            return Err(PublishError::Root { folder, size });
        }
        Ok(log)
    }

    /// Writes the files that a checkpoint of the log's size needs; they are durable when this returns.
    ///
    /// # Errors
    ///
    /// When the system refuses; nothing that was published has changed then.
    pub fn write_files(&self, files: &[LogFile]) -> Result<(), PublishError> {
        if files.is_empty() {
            return Ok(());
        }
        self.stage_and_name(files).inspect_err(|_| {
            // Without space, this is what gives the space back.
            let _ = fs::remove_dir_all(self.folder.join(STAGING));
        })
    }

    fn stage_and_name(&self, files: &[LogFile]) -> Result<(), PublishError> {
        let staging = self.folder.join(STAGING);
        fs::create_dir_all(&staging).map_err(|error| io("make", &staging, error))?;
        let mut folders = std::collections::BTreeSet::new();
        for (number, file) in files.iter().enumerate() {
            let path = staging.join(number.to_string());
            fs::write(&path, &file.bytes).map_err(|error| io("write", &path, error))?;
        }
        sync_all_of(&self.folder)?;
        for (number, file) in files.iter().enumerate() {
            let path = self.folder.join(&file.path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|error| io("make", parent, error))?;
                folders.insert(parent.to_owned());
            }
            fs::rename(staging.join(number.to_string()), &path)
                .map_err(|error| io("name", &path, error))?;
        }
        // An attempt that ran out of space may have left more in it than this one wrote.
        fs::remove_dir_all(&staging).map_err(|error| io("remove", &staging, error))?;
        sync_all_of(&self.folder)
    }

    /// Replaces the checkpoint. Its files must be there.
    ///
    /// # Errors
    ///
    /// When the system refuses; the old checkpoint stands then.
    pub fn write_checkpoint(&self, note: &Note) -> Result<(), PublishError> {
        self.replace(CHECKPOINT, note.to_string().as_bytes())
    }

    /// Keeps the published checkpoint for the log's life, under its size; nothing where none is published.
    ///
    /// # Errors
    ///
    /// When it cannot be read or kept.
    pub fn archive_checkpoint(&self) -> Result<(), PublishError> {
        let path = self.folder.join(CHECKPOINT);
        let bytes = match fs::read(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            read => read.map_err(|error| io("read", &path, error))?,
        };
        let read = Checkpoint::of_note(&bytes);
        let (checkpoint, _) = read.map_err(|error| PublishError::Checkpoint { path, error })?;
        self.replace(&format!("{ARCHIVE}/{}", checkpoint.size), &bytes)
    }

    /// Puts a file into the place of the one before it, at once and durably.
    fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), PublishError> {
        let path = self.folder.join(name);
        let parent = path.parent().unwrap_or(&self.folder);
        if !parent.exists() {
            fs::create_dir_all(parent).map_err(|error| io("make", parent, error))?;
            sync_folder(&self.folder).map_err(|error| io("synchronise", &self.folder, error))?;
        }
        let new = self.folder.join(NEW_CHECKPOINT);
        let written = File::create(&new).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(|error| {
            // Without space, this is what gives the space back.
            let _ = fs::remove_file(&new);
            io("write", &new, error)
        })?;
        fs::rename(&new, &path).map_err(|error| io("replace", &path, error))?;
        sync_folder(parent).map_err(|error| io("synchronise", parent, error))
    }

    /// Reads a file of the log by its path below the prefix.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn read_file(&self, path: &str) -> Result<Vec<u8>, PublishError> {
        let path = self.folder.join(path);
        fs::read(&path).map_err(|error| io("read", &path, error))
    }
}

impl TileReader for LogFolder {
    type Error = PublishError;

    fn read(&self, tile: TileId) -> Result<Vec<u8>, PublishError> {
        self.read_file(&tile.to_string())
    }
}

/// Makes everything durable that was written below a folder's file system: one call for many files.
fn sync_all_of(folder: &Path) -> Result<(), PublishError> {
    let opened = File::open(folder).map_err(|error| io("open", folder, error))?;
    rustix::fs::syncfs(&opened).map_err(|error| io("synchronise", folder, error.into()))
}

fn io(doing: &'static str, path: &Path, error: std::io::Error) -> PublishError {
    PublishError::Io {
        doing,
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use cage_proof::{KeyKind, NoteSigner};

    use super::*;

    fn signer() -> NoteSigner {
        NoteSigner::from_seed("ledger.example/0151/2026/case", KeyKind::Note, &[3; 32]).unwrap()
    }

    fn publish(folder: &LogFolder, log: &mut GrowingLog) {
        folder.write_files(&log.files()).unwrap();
        let checkpoint = Checkpoint::new(signer().verifier().name(), log.size(), log.root());
        let signature = signer().sign(&checkpoint.to_string());
        folder
            .write_checkpoint(&checkpoint.into_note(vec![signature]))
            .unwrap();
    }

    #[test]
    fn a_published_log_is_taken_up_and_grows() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("log/ledger.example/0151/2026/case");
        for round in 0..5_u64 {
            let folder = LogFolder::open(&path).unwrap();
            let published = folder.checkpoint(signer().verifier()).unwrap();
            let mut log = match &published {
                Some((checkpoint, _)) => folder.take_up(checkpoint).unwrap(),
                None => GrowingLog::new(),
            };
            assert_eq!(log.size(), round * 100);
            for entry in 0..100_u64 {
                log.push(&(round * 100 + entry).to_be_bytes()).unwrap();
            }
            publish(&folder, &mut log);
        }
        let names = [
            "tile/0/000",
            "tile/0/001.p/244",
            "tile/1/000.p/1",
            "tile/entries/000.p/100",
        ];
        for name in names {
            assert!(path.join(name).exists(), "{name}");
        }
        assert!(!path.join(STAGING).exists());
    }

    /// Section 3: killed while writing tiles, staging remains; killed before the checkpoint, files of a
    /// later size remain. Neither disturbs.
    #[test]
    fn what_an_interrupted_publication_left_does_not_disturb() {
        let place = tempfile::tempdir().unwrap();
        let folder = LogFolder::open(place.path()).unwrap();
        let mut log = GrowingLog::new();
        log.push(b"a").unwrap();
        publish(&folder, &mut log);
        log.push(b"b").unwrap();
        folder.write_files(&log.files()).unwrap();
        fs::create_dir(place.path().join(STAGING)).unwrap();
        fs::write(place.path().join(STAGING).join("0"), b"half").unwrap();
        let folder = LogFolder::open(place.path()).unwrap();
        let (checkpoint, _) = folder.checkpoint(signer().verifier()).unwrap().unwrap();
        let mut log = folder.take_up(&checkpoint).unwrap();
        assert_eq!(log.size(), 1);
        log.push(b"b").unwrap();
        publish(&folder, &mut log);
        assert_eq!(
            folder
                .checkpoint(signer().verifier())
                .unwrap()
                .unwrap()
                .0
                .size,
            2
        );
    }

    #[test]
    fn a_changed_tile_or_checkpoint_is_noticed() {
        let place = tempfile::tempdir().unwrap();
        let folder = LogFolder::open(place.path()).unwrap();
        let mut log = GrowingLog::new();
        log.push(b"a").unwrap();
        log.push(b"b").unwrap();
        publish(&folder, &mut log);
        let (checkpoint, _) = folder.checkpoint(signer().verifier()).unwrap().unwrap();
        let tile = place.path().join("tile/0/000.p/2");
        let mut bytes = fs::read(&tile).unwrap();
        bytes[40] ^= 1;
        fs::write(&tile, bytes).unwrap();
        assert!(folder.take_up(&checkpoint).is_err());
        let other = NoteSigner::from_seed("ledger.example/0151/2026/case", KeyKind::Note, &[4; 32])
            .unwrap();
        assert!(matches!(
            folder.checkpoint(other.verifier()),
            Err(PublishError::Origin { .. })
        ));
        fs::write(place.path().join(CHECKPOINT), b"nothing").unwrap();
        assert!(matches!(
            folder.checkpoint(signer().verifier()),
            Err(PublishError::Checkpoint { .. })
        ));
    }
}
