//! Checking the checkpoints that are kept for a log's life: each is of the log as it is now, at an older size.

use std::path::Path;

use cage_proof::{Checkpoint, Hash, Policy};

use super::log::{Files, Levels, in_one_form};
use super::{Check, Verified};
use crate::publish::ARCHIVE;

/// The name below `checkpoints/` of an archived checkpoint.
pub(super) fn archived(path: &str) -> Option<&str> {
    path.strip_prefix(ARCHIVE)?.strip_prefix('/')
}

/// Holds every archived checkpoint against the entries.
pub(super) fn check(
    files: &Files,
    shown: &Path,
    (levels, published): (&Levels, u64),
    policy: &Policy,
    verified: &mut Verified,
) {
    let mut older = Vec::new();
    for (path, bytes) in files {
        let Some(name) = archived(path) else { continue };
        match read(name, bytes, policy) {
            Ok(checkpoint) => older.push((checkpoint.size, checkpoint.root, path)),
            Err((check, what)) => verified.fault(check, &shown.join(path), what),
        }
    }
    older.sort_unstable();
    let sizes: Vec<u64> = older.iter().map(|(size, _, _)| *size).collect();
    let roots = levels.roots_at(&sizes);
    for ((size, root, path), made) in older.into_iter().zip(roots) {
        let what = match made {
            _ if size > published => {
                format!("size: {size} entries, more than the {published} that are published")
            }
            Some(made) if made == root => continue,
            Some(made) => format!("root: the entries make {made}, this checkpoint says {root}"),
            None => format!("size: {size} entries are not there"),
        };
        verified.fault(Check::Consistency, &shown.join(path), what);
    }
}

fn read(name: &str, bytes: &[u8], policy: &Policy) -> Result<Checkpoint, (Check, String)> {
    let note = in_one_form(bytes).map_err(|what| (Check::Checkpoint, what))?;
    let read = policy.read(&note);
    let read = read.map_err(|error| (Check::Checkpoint, error.to_string()))?;
    let size = read.checkpoint.size;
    if name != size.to_string() {
        let what = format!("is a checkpoint of {size} entries under another name");
        return Err((Check::Unexplained, what));
    }
    Ok(read.checkpoint)
}

impl Levels {
    /// The roots at these sizes, which must be sorted; one pass over the entries.
    fn roots_at(&self, sizes: &[u64]) -> Vec<Option<Hash>> {
        let mut tree = cage_proof::Frontier::new();
        let mut leaves = self.leaves().iter();
        sizes
            .iter()
            .map(|size| {
                while tree.size() < *size {
                    tree.push(*leaves.next()?);
                }
                Some(tree.root())
            })
            .collect()
    }
}
