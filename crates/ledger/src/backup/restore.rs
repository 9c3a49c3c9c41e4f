//! Making a ledger from a backup: every file compared with what was written, the whole verified, then named.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::copy::unfinished;
use super::{BackupError, List, Listed, io};
use crate::disk::sync_folder;
use crate::ledger::{Ledger, LedgerOptions};
use crate::verify::{Verified, verify};

/// What was restored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Restored {
    /// Files that were copied.
    pub files: u64,
    /// What the verification found: no faults.
    pub verified: Verified,
}

/// Restores a backup and its keys into a folder, which is absent or empty. What was erased by order before the backup
/// was made stays erased, even if the keys are older.
///
/// # Errors
///
/// When a file of the backup is damaged or missing, which is named, or the whole does not verify: nothing is restored.
pub fn restore(
    from: &Path,
    keys: &Path,
    data: &Path,
    copied: &AtomicU64,
) -> Result<Restored, BackupError> {
    if fs::read_dir(data).is_ok_and(|mut listed| listed.next().is_some()) {
        return Err(BackupError::Folder {
            folder: data.to_owned(),
            wrong: "is not empty; a backup is restored into a new folder".to_owned(),
        });
    }
    let work = unfinished(data);
    let _ = fs::remove_dir_all(&work);
    let mut files = 0;
    let (ledger, keys_list) = (listed(from)?, listed(keys)?);
    if ledger.node != keys_list.node {
        return Err(BackupError::Folder {
            folder: keys.to_owned(),
            wrong: "holds the keys of another ledger".to_owned(),
        });
    }
    for (folder, list) in [(from, &ledger), (keys, &keys_list)] {
        for (below, listed) in &list.files {
            copy(folder, below, listed, &work)?;
            copied.fetch_add(listed.bytes, Ordering::Relaxed);
            files += 1;
        }
    }
    // Opening destroys the keys of what was erased by order, and brings an interrupted publication to its end.
    drop(Ledger::open(LedgerOptions::new(work.clone(), "", ""))?);
    let verified = verify(&work);
    if let Some(first) = verified.faults.first() {
        let first = first.to_string();
        return Err(BackupError::Unsound { first });
    }
    let opened = File::open(&work).map_err(|error| io("open", &work, error))?;
    rustix::fs::syncfs(&opened).map_err(|error| io("synchronise", &work, error.into()))?;
    let _ = fs::remove_dir(data);
    fs::rename(&work, data).map_err(|error| io("name", data, error))?;
    let parent = data
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.unwrap_or(Path::new("."));
    sync_folder(parent).map_err(|error| io("synchronise", parent, error))?;
    Ok(Restored { files, verified })
}

fn listed(folder: &Path) -> Result<List, BackupError> {
    let list = List::read(folder)?;
    list.ok_or_else(|| BackupError::Folder {
        folder: folder.to_owned(),
        wrong: "is no finished backup".to_owned(),
    })
}

fn copy(from: &Path, below: &str, listed: &Listed, work: &Path) -> Result<(), BackupError> {
    let path = from.join(below);
    let damaged = |wrong: String| BackupError::Damaged {
        path: path.clone(),
        wrong,
    };
    let is_inside = Path::new(below)
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_)));
    if !is_inside {
        return Err(damaged("leads out of the backup".to_owned()));
    }
    let bytes = fs::read(&path).map_err(|error| damaged(error.to_string()))?;
    let found = Listed::of(&bytes);
    if found != *listed {
        let (bytes, right) = (found.bytes, listed.bytes);
        return Err(damaged(format!(
            "{bytes} bytes with SHA-256 {}, written were {right} with {}",
            found.sha256, listed.sha256
        )));
    }
    let target = work.join(below);
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent).map_err(|error| io("make", parent, error))?;
    }
    let end = bytes.iter().rposition(|byte| *byte != 0);
    let written = &bytes[..end.map_or(0, |last| last + 1)];
    let made = File::create(&target).and_then(|mut file| {
        if below.starts_with("keys/") {
            use std::os::unix::fs::PermissionsExt as _;
            file.set_permissions(fs::Permissions::from_mode(0o600))?;
        }
        file.write_all(written)?;
        file.set_len(bytes.len() as u64)
    });
    made.map_err(|error| io("write", &target, error))
}
