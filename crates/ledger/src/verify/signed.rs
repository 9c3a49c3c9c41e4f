//! Checking what signs and who witnesses: the memory of each log's signer, and the list of witnesses.

use std::path::Path;

use cage_proof::Policy;

use super::data::names_in;
use super::log::Levels;
use super::{Check, Verified};
use crate::signer::{FOLDER, read_state, state_name, state_path};
use crate::witnesses::{FILE, kept_policy};

/// The witnesses that a data folder knows; none where it is broken, which is a fault.
pub(super) fn witnesses(folder: &Path, verified: &mut Verified) -> Policy {
    match kept_policy(folder) {
        Ok(kept) => {
            verified.files += u64::from(kept.is_some());
            kept.unwrap_or_default()
        }
        Err(what) => {
            verified.fault(Check::State, Path::new(FILE), what);
            Policy::default()
        }
    }
}

/// Holds what was signed last for a log against its entries and its checkpoint.
pub(super) fn check(
    folder: &Path,
    origin: &str,
    (levels, published): (&Levels, u64),
    verified: &mut Verified,
) {
    let shown = Path::new(FOLDER).join(state_name(origin));
    let what = match read_state(&state_path(folder, origin), origin) {
        Err(error) => error.to_string(),
        Ok(None) if published == 0 => return,
        Ok(None) => format!("is missing, though {published} entries of {origin} are signed for"),
        Ok(Some(last)) => {
            verified.files += 1;
            match levels.root_at(last.size) {
                _ if last.size < published => format!(
                    "says that {} entries were signed last, but {published} are published",
                    last.size
                ),
                Some(root) if root == last.root => return,
                Some(root) => format!("root: the entries make {root}, {} was signed", last.root),
                None => format!(
                    "size: {} entries were signed for, {} are there",
                    last.size,
                    levels.size()
                ),
            }
        }
    };
    verified.fault(Check::State, &shown, what);
}

/// Files of signers that belong to no log.
pub(super) fn strange(folder: &Path, origins: &[String], verified: &mut Verified) {
    let known: Vec<String> = origins.iter().map(|origin| state_name(origin)).collect();
    for name in names_in(&folder.join(FOLDER)) {
        if !known.contains(&name) {
            let path = Path::new(FOLDER).join(name);
            verified.fault(Check::Unexplained, &path, "nothing explains this file");
        }
    }
}
