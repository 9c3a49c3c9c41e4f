//! Two published logs side by side: where they first differ, with few reads however long they are.
//!
//! Nothing is believed here and no signature is looked at: what each log is worth by itself is for the verification.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use cage_proof::{Checkpoint, CheckpointError, Hash, TileError, TileId, TileReader, Tiles};

use crate::publish::{LogFolder, PublishError};

/// How two logs stand to one another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compared {
    /// The same entries, and one may go on behind them.
    Same {
        /// Entries that both have.
        common: u64,
        /// Entries of each.
        sizes: [u64; 2],
    },
    /// Different entries at one index; all before it are the same.
    Differ {
        /// The first index.
        index: u64,
        /// The hashes of the entries there.
        leaves: [Hash; 2],
        /// Entries of each.
        sizes: [u64; 2],
    },
}

/// Why two logs cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// A file.
    #[error(transparent)]
    Published(#[from] PublishError),
    /// A checkpoint.
    #[error("{}: checkpoint: {error}", .folder.display())]
    Checkpoint {
        /// The log's folder.
        folder: std::path::PathBuf,
        /// What is wrong with it.
        error: CheckpointError,
    },
    /// A tile.
    #[error(transparent)]
    Tile(#[from] TileError<PublishError>),
}

/// Compares the published logs in two folders.
///
/// # Errors
///
/// When a checkpoint or a tile is missing or cannot be read.
pub fn compare(one: &Path, other: &Path) -> Result<Compared, CompareError> {
    let logs = [Published::read(one)?, Published::read(other)?];
    compare_logs(&logs)
}

fn compare_logs(logs: &[Published; 2]) -> Result<Compared, CompareError> {
    let sizes = [logs[0].size, logs[1].size];
    let common = sizes[0].min(sizes[1]);
    let alike = |entries: u64| -> Result<bool, CompareError> {
        Ok(logs[0].root_at(entries)? == logs[1].root_at(entries)?)
    };
    if alike(common)? {
        return Ok(Compared::Same { common, sizes });
    }
    // The first `low` entries are alike, the first `high` are not.
    let (mut low, mut high) = (0, common);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if alike(middle)? {
            low = middle;
        } else {
            high = middle;
        }
    }
    let leaves = [logs[0].leaf(low)?, logs[1].leaf(low)?];
    Ok(Compared::Differ {
        index: low,
        leaves,
        sizes,
    })
}

/// A published log whose tiles are read once.
struct Published {
    folder: LogFolder,
    size: u64,
    read: RefCell<BTreeMap<TileId, Vec<u8>>>,
}

impl Published {
    fn read(folder: &Path) -> Result<Self, CompareError> {
        let published = LogFolder::at(folder.to_owned());
        let note = published.read_file("checkpoint")?;
        let read = Checkpoint::of_note(&note);
        let (checkpoint, _) = read.map_err(|error| CompareError::Checkpoint {
            folder: folder.to_owned(),
            error,
        })?;
        Ok(Self {
            folder: published,
            size: checkpoint.size,
            read: RefCell::default(),
        })
    }

    fn root_at(&self, entries: u64) -> Result<Hash, CompareError> {
        Ok(Tiles::new(self, self.size).root_at(entries)?)
    }

    fn leaf(&self, index: u64) -> Result<Hash, CompareError> {
        Ok(Tiles::new(self, self.size).leaf(index)?)
    }
}

impl TileReader for Published {
    type Error = PublishError;

    fn read(&self, tile: TileId) -> Result<Vec<u8>, PublishError> {
        if let Some(bytes) = self.read.borrow().get(&tile) {
            return Ok(bytes.clone());
        }
        let bytes = self.folder.read(tile)?;
        self.read.borrow_mut().insert(tile, bytes.clone());
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::tree::GrowingLog;

    use super::*;

    /// Publishes the files of a log of these entries, without a signature that anybody believes.
    fn publish(folder: &Path, entries: u64, changed: Option<u64>) {
        let mut log = GrowingLog::new();
        for number in 0..entries {
            let entry = number.to_be_bytes();
            let entry = if changed == Some(number) {
                &b"other"[..]
            } else {
                &entry
            };
            log.push(entry).unwrap();
        }
        let published = LogFolder::open(folder).unwrap();
        published.write_files(&log.files()).unwrap();
        let checkpoint = Checkpoint::new("l.example/1/2026/case", log.size(), log.root());
        let text = checkpoint.to_string();
        let line = "\u{2014} l.example/1/2026/case /kKqCFBBltMS/AstPI2VRvWG93l5MwcFaHuDMaBaUuqbLXMJA+u0Gj+0Dqt3zdYnqokNI1UST9zOdRrEVDRZrdfBswU=";
        fs::write(folder.join("checkpoint"), format!("{text}\n{line}\n")).unwrap();
    }

    #[test]
    fn the_first_different_entry_is_found_with_few_reads() {
        let place = tempfile::tempdir().unwrap();
        let one = place.path().join("one");
        publish(&one, 70_000, None);
        for (entries, changed) in [(70_000, 69_999), (66_000, 40_000), (300, 0)] {
            let other = place.path().join(format!("{entries}-{changed}"));
            publish(&other, entries, Some(changed));
            let logs = [
                Published::read(&one).unwrap(),
                Published::read(&other).unwrap(),
            ];
            let compared = compare_logs(&logs).unwrap();
            let leaves = [Hash::leaf(&changed.to_be_bytes()), Hash::leaf(b"other")];
            let sizes = [70_000, entries];
            let index = changed;
            assert_eq!(
                compared,
                Compared::Differ {
                    index,
                    leaves,
                    sizes
                }
            );
            let reads = logs[0].read.borrow().len();
            assert!(reads <= 24, "{reads} of 274 tiles were read");
        }
        for entries in [0, 256, 70_000] {
            let other = place.path().join(format!("{entries}-same"));
            publish(&other, entries, None);
            let sizes = [70_000, entries];
            let common = entries;
            assert_eq!(
                compare(&one, &other).unwrap(),
                Compared::Same { common, sizes }
            );
        }
        assert!(compare(&one, &place.path().join("absent")).is_err());
    }
}
