//! Checking the published files of one log.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cage_proof::{
    Bundle, BundleId, Checkpoint, Frontier, Hash, Note, NoteSignature, Policy, TILE_WIDTH, TileId,
    tiles_of,
};

use super::{Check, Verified, archive};

/// A log whose published files were checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogChecked {
    /// Its origin.
    pub origin: String,
    /// Entries in the write-ahead log; the published ones where only published files were checked.
    pub entries: u64,
    /// Entries under the checkpoint.
    pub published: u64,
    /// Root of the checkpoint.
    pub root: Hash,
    /// Witnesses whose cosignature holds.
    pub witnesses: Vec<String>,
    /// Whether they are enough for the policy.
    pub is_witnessed: bool,
    /// Names of signature lines whose keys are not known, so that nothing is known of them.
    pub strangers: Vec<String>,
}

/// Who checks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Eye {
    /// The operator: knows every key that may have signed; a checkpoint may still lack witnesses.
    Owner,
    /// Anybody else: passes over lines of keys that are not known, and demands the policy's quorum.
    Outsider,
}

/// The hashes of every level of tiles, from the leaves up.
pub(super) struct Levels(Vec<Vec<Hash>>);

impl Levels {
    pub(super) fn of(leaves: Vec<Hash>) -> Self {
        let mut levels = vec![leaves];
        while let Some(below) = levels
            .last()
            .filter(|below| below.len() as u64 >= TILE_WIDTH)
        {
            let full = below.chunks_exact(TILE_WIDTH as usize);
            levels.push(full.map(root_of).collect());
        }
        Self(levels)
    }

    pub(super) fn size(&self) -> u64 {
        self.0[0].len() as u64
    }

    pub(super) fn leaves(&self) -> &[Hash] {
        &self.0[0]
    }

    pub(super) fn root_at(&self, size: u64) -> Option<Hash> {
        let leaves = self.0[0].get(..usize::try_from(size).ok()?)?;
        Some(root_of(leaves))
    }

    fn tile(&self, tile: TileId) -> Option<&[Hash]> {
        let from = usize::try_from(tile.index.checked_mul(TILE_WIDTH)?).ok()?;
        let level = self.0.get(usize::from(tile.level))?;
        level.get(from..from + usize::from(tile.width))
    }
}

fn root_of(leaves: &[Hash]) -> Hash {
    let mut tree = Frontier::new();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    tree.root()
}

/// Checks the published files of a log by its public keys alone: the entries come from its bundles.
/// `folder` is the one with the `checkpoint` in it.
#[must_use]
pub fn verify_log(folder: &Path, policy: &Policy) -> Verified {
    let mut verified = Verified::default();
    let Some(files) = files_of(folder, Path::new(""), &mut verified) else {
        return verified;
    };
    let size = files
        .get("checkpoint")
        .and_then(|bytes| Checkpoint::of_note(bytes).ok())
        .map_or(0, |(checkpoint, _)| checkpoint.size);
    let mut leaves = Vec::new();
    for index in 0..size.div_ceil(TILE_WIDTH) {
        let bundle = BundleId::in_log(index, size);
        let bytes = bundle.and_then(|bundle| files.get(&bundle.to_string()));
        let decoded = bytes.and_then(|bytes| Bundle::decode(bytes.clone()).ok());
        // A bundle that is missing or broken is named below, where the root cannot be had without it.
        let Some(bundle) = decoded else { break };
        leaves.extend(bundle.leaves());
    }
    check_files(
        &files,
        Path::new(""),
        &Levels::of(leaves),
        (policy, Eye::Outsider),
        &mut verified,
    );
    verified
}

/// The files below a folder by their paths with `/`.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Reads all files of a log's folder; `None` when it cannot be listed.
pub(super) fn files_of(folder: &Path, shown: &Path, verified: &mut Verified) -> Option<Files> {
    let mut files = Files::new();
    let mut waiting = vec![(folder.to_owned(), String::new())];
    while let Some((place, prefix)) = waiting.pop() {
        let listed = fs::read_dir(&place).and_then(Iterator::collect::<Result<Vec<_>, _>>);
        let listed = match listed {
            Ok(listed) => listed,
            Err(error) => {
                verified.fault(
                    Check::Unexplained,
                    &shown.join(&prefix),
                    format!("cannot be listed: {error}"),
                );
                return None;
            }
        };
        for entry in listed {
            let name = entry.file_name();
            let path = format!("{prefix}{}", name.to_string_lossy());
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder {
                waiting.push((entry.path(), format!("{path}/")));
                continue;
            }
            match fs::read(entry.path()) {
                Ok(bytes) => {
                    verified.files += 1;
                    files.insert(path, bytes);
                }
                Err(error) => verified.fault(
                    Check::Unexplained,
                    &shown.join(&path),
                    format!("cannot be read: {error}"),
                ),
            }
        }
    }
    Some(files)
}

/// Holds every file of a log against its leaves; the size of the published checkpoint.
pub(super) fn check_files(
    files: &Files,
    shown: &Path,
    levels: &Levels,
    (policy, eye): (&Policy, Eye),
    verified: &mut Verified,
) -> u64 {
    let origin = policy.logs().first().map_or("", |key| key.name());
    let checked = match files.get("checkpoint") {
        None if levels.size() == 0 || files.is_empty() => Ok(LogChecked {
            origin: origin.to_owned(),
            entries: levels.size(),
            published: 0,
            root: Hash::of_nothing(),
            witnesses: Vec::new(),
            is_witnessed: true,
            strangers: Vec::new(),
        }),
        None => Err("is missing".to_owned()),
        Some(bytes) => checked(bytes, policy, eye, levels.size()),
    };
    let checked = match checked {
        Ok(checked) => checked,
        Err(what) => {
            verified.fault(Check::Checkpoint, &shown.join("checkpoint"), what);
            return 0;
        }
    };
    let checkpoint = Checkpoint::new(&checked.origin, checked.published, checked.root);
    check_tree(files, shown, levels, &checkpoint, verified);
    for (path, bytes) in files {
        if path == "checkpoint" || archive::archived(path).is_some() {
            continue;
        }
        if let Err((check, what)) = explained(path, bytes, levels) {
            verified.fault(check, &shown.join(path), what);
        }
    }
    let published = checkpoint.size;
    archive::check(files, shown, (levels, published), policy, verified);
    verified.logs.push(checked);
    published
}

/// Root, and the files that the checkpoint needs.
fn check_tree(
    files: &Files,
    shown: &Path,
    levels: &Levels,
    checkpoint: &Checkpoint,
    verified: &mut Verified,
) {
    let at = |path: &str| shown.join(path);
    match levels.root_at(checkpoint.size) {
        Some(root) if root == checkpoint.root => {}
        Some(root) => {
            let said = checkpoint.root;
            verified.fault(
                Check::Root,
                &at("checkpoint"),
                format!("root: the entries make {root}, the checkpoint says {said}"),
            );
        }
        None => {
            let what = format!(
                "size: {} entries are signed for, {} are there",
                checkpoint.size,
                levels.size()
            );
            verified.fault(Check::Root, &at("checkpoint"), what);
        }
    }
    for tile in tiles_of(checkpoint.size) {
        if !files.contains_key(&tile.to_string()) {
            verified.fault(Check::Tile, &at(&tile.to_string()), "is missing");
        }
        let bundle = BundleId {
            index: tile.index,
            width: tile.width,
        };
        if tile.level == 0 && !files.contains_key(&bundle.to_string()) {
            verified.fault(Check::Tile, &at(&bundle.to_string()), "is missing");
        }
    }
}

/// A note that is written as notes are, and not otherwise.
pub(super) fn in_one_form(bytes: &[u8]) -> Result<Note, String> {
    let (checkpoint, note) = Checkpoint::of_note(bytes).map_err(|error| error.to_string())?;
    if note.to_string().as_bytes() != bytes {
        return Err("is not written in its one form".to_owned());
    }
    if !checkpoint.extensions.is_empty() {
        return Err("has further lines, which our checkpoints never have".to_owned());
    }
    Ok(note)
}

fn checked(bytes: &[u8], policy: &Policy, eye: Eye, entries: u64) -> Result<LogChecked, String> {
    let note = in_one_form(bytes)?;
    if eye == Eye::Outsider {
        policy.check(&note).map_err(|error| error.to_string())?;
    }
    let read = policy.read(&note).map_err(|error| error.to_string())?;
    let known = |line: &NoteSignature| {
        let mut keys = policy.logs().iter().chain(policy.witnesses());
        keys.any(|key| line.claims(key))
    };
    let strangers = note.signatures.iter().filter(|line| !known(line));
    let strangers: Vec<String> = strangers.map(|line| line.name.clone()).collect();
    match strangers.first() {
        Some(name) if eye == Eye::Owner => Err(format!(
            "has a signature line by {name:?}, whose key is not known"
        )),
        _ => Ok(LogChecked {
            origin: read.checkpoint.origin,
            entries,
            published: read.checkpoint.size,
            root: read.checkpoint.root,
            witnesses: read.witnesses,
            is_witnessed: read.is_enough,
            strangers,
        }),
    }
}

/// Whether a tile or bundle is what the leaves make of it; older partial ones are beginnings of today's.
fn explained(path: &str, bytes: &[u8], levels: &Levels) -> Result<(), (Check, String)> {
    if let Some(tile) = TileId::parse(path) {
        let expected = levels
            .tile(tile)
            .ok_or((Check::Unexplained, "the log has no such tile".to_owned()))?;
        if bytes.len() != tile.bytes() {
            let wanted = tile.bytes();
            return Err((
                Check::Tile,
                format!("has {} bytes, {wanted} are right", bytes.len()),
            ));
        }
        let wrong = expected
            .iter()
            .zip(bytes.chunks(Hash::BYTES))
            .position(|(hash, bytes)| hash.0 != bytes);
        return match wrong {
            Some(place) => Err((
                Check::Tile,
                format!("hash {place} is not the one that the entries make"),
            )),
            None => Ok(()),
        };
    }
    if let Some(id) = BundleId::parse(path) {
        let tile = TileId {
            level: 0,
            index: id.index,
            width: id.width,
        };
        let expected = levels
            .tile(tile)
            .ok_or((Check::Unexplained, "the log has no such bundle".to_owned()))?;
        let bundle =
            Bundle::decode(bytes.to_vec()).map_err(|error| (Check::Tile, error.to_string()))?;
        if bundle.len() != expected.len() {
            let what = format!("has {} entries, {} are right", bundle.len(), expected.len());
            return Err((Check::Tile, what));
        }
        let wrong = bundle
            .leaves()
            .zip(expected)
            .position(|(leaf, expected)| leaf != *expected);
        return match wrong {
            Some(place) => {
                let index = id.index * TILE_WIDTH + place as u64;
                Err((
                    Check::Tile,
                    format!("entry {index} is not the one that was acknowledged"),
                ))
            }
            None => Ok(()),
        };
    }
    Err((Check::Unexplained, "nothing explains this file".to_owned()))
}

/// The folder of a log below the data folder.
pub(super) fn log_path(origin: &str) -> PathBuf {
    Path::new("log").join(origin)
}
