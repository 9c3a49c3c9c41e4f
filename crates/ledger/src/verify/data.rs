//! Checking a data folder: its write-ahead log, its vault, its keys, and every log in it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use cage_proof::{EntryKind, Frontier, Hash, Leaf};

use super::erased::Erasures;
use super::log::{Eye, Levels, check_files, files_of, log_path};
use super::segments::Segments;
use super::{Check, ErasureOrder, Verified, signed};
use crate::content::ContentStore;
use crate::ledger::{
    SegmentIndex, index_path, is_of_segment, leaf_of, newest, open_body, said, tick_of,
};
use crate::place::{Place, Stream};
use crate::units::{KeyOf, UnitRef, UnitStore};
use crate::wal::{
    Frame, FrameKind, Group, SegmentEnd, SegmentHeader, is_being_made, scan, segment_name,
};

/// Parts of a data folder that are truth and are checked here. Everything derived may lie beside them.
const PARTS: [&str; 11] = [
    ContentStore::FOLDER,
    "ledger.json",
    "keys",
    "lock",
    "log",
    "logs",
    crate::place::KEYS_FILE,
    crate::signer::FOLDER,
    "vault",
    "wal",
    crate::witnesses::FILE,
];
/// What proves nothing: derived content, which can be made again, and the workplace of what comes in, with what was
/// refused.
const BESIDE: [&str; 2] = ["derived", "intake"];

pub(super) fn verify(folder: &Path, verified: &mut Verified) {
    let place = match Place::read(folder) {
        Ok(place) => place,
        Err(error) => {
            verified.fault(Check::State, Path::new(""), error);
            return;
        }
    };
    check_names(folder, verified);
    check_contents(folder, verified);
    let units = UnitStore::read(&folder.join("vault").join("units"), place.vault_key());
    let units = match units {
        Ok(units) => Some(units),
        Err(error) => {
            verified.fault(Check::Body, Path::new("vault/units"), error);
            None
        }
    };
    let mut walk = Walk::new(&place, units.as_ref());
    walk.segments(folder, verified);
    walk.finish(verified);
    let leaves = walk.leaves;
    let witnesses = signed::witnesses(folder, verified);
    for (number, origin) in place.origins().iter().enumerate() {
        let shown = log_path(origin);
        let levels = Levels::of(leaves.get(number).cloned().unwrap_or_default());
        let key = match place.log_key(origin) {
            Ok(key) => key,
            Err(error) => {
                verified.fault(Check::State, Path::new("logs"), error);
                continue;
            }
        };
        let policy = witnesses.for_log(key);
        let mut published = 0;
        if let Some(files) = files_of(&folder.join(&shown), &shown, verified) {
            published = check_files(&files, &shown, &levels, (&policy, Eye::Owner), verified);
        }
        if !place.is_signed_elsewhere() {
            signed::check(folder, origin, (&levels, published), verified);
        }
    }
    signed::strange(folder, place.origins(), verified);
    strange_logs(folder, &place, verified);
}

fn check_names(folder: &Path, verified: &mut Verified) {
    for name in names_in(folder) {
        if !PARTS.contains(&name.as_str()) && !BESIDE.contains(&name.as_str()) {
            verified.fault(
                Check::Unexplained,
                Path::new(&name),
                "nothing explains this file",
            );
        }
    }
    for (part, known) in [("keys", &["signing", "vault"][..]), ("vault", &["units"])] {
        for name in names_in(&folder.join(part)) {
            if !known.contains(&name.as_str()) {
                verified.fault(
                    Check::Unexplained,
                    &Path::new(part).join(name),
                    "nothing explains this file",
                );
            }
        }
    }
    if fs::metadata(folder.join("lock")).is_ok_and(|lock| lock.len() > 0) {
        verified.fault(Check::Unexplained, Path::new("lock"), "is not empty");
    }
}

/// Every content is what it is named after.
fn check_contents(folder: &Path, verified: &mut Verified) {
    for name in names_in(&folder.join(ContentStore::FOLDER)) {
        let shown = Path::new(ContentStore::FOLDER).join(&name);
        let what = match Hash::from_hexadecimal(&name) {
            None => "nothing explains this file".to_owned(),
            Some(hash) => match ContentStore::of(folder).get(hash) {
                Ok(_) => {
                    verified.files += 1;
                    continue;
                }
                Err(error) => error.to_string(),
            },
        };
        verified.fault(Check::Unexplained, &shown, what);
    }
}

pub(super) fn names_in(folder: &Path) -> Vec<String> {
    let listed = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = listed
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Files below `log/` that belong to no registered log.
fn strange_logs(folder: &Path, place: &Place, verified: &mut Verified) {
    let mut waiting = vec![PathBuf::from("log")];
    while let Some(shown) = waiting.pop() {
        for name in names_in(&folder.join(&shown)) {
            let path = shown.join(name);
            let is_log = place
                .origins()
                .iter()
                .any(|origin| log_path(origin) == path);
            let leads = place
                .origins()
                .iter()
                .any(|origin| log_path(origin).starts_with(&path));
            match (is_log, leads) {
                (true, _) => {}
                (false, true) => waiting.push(path),
                (false, false) => verified.fault(
                    Check::Unexplained,
                    &path,
                    "belongs to no log of this ledger",
                ),
            }
        }
    }
}

/// The walk over all records.
struct Walk<'w> {
    place: &'w Place,
    units: Option<&'w UnitStore>,
    /// Hashes of the entries, log by log.
    leaves: Vec<Vec<Hash>>,
    sequences: BTreeMap<u64, u64>,
    ids: HashSet<[u8; 16]>,
    accepted: u64,
    /// The last entry's leaf, whose body must come next.
    awaiting: Option<Leaf>,
    /// What the body of a seal or anchor must say: origin, size and root.
    turning: Option<(String, u64, Hash)>,
    /// Logs that were sealed.
    sealed: HashSet<usize>,
    /// Orders of erasure, and bodies that do not open.
    erasures: Erasures,
    /// The tree of each log.
    trees: Vec<Frontier>,
    /// What the segment in hand holds.
    index: SegmentIndex,
    closed: Segments,
}

impl<'w> Walk<'w> {
    fn new(place: &'w Place, units: Option<&'w UnitStore>) -> Self {
        Self {
            place,
            units,
            leaves: vec![Vec::new(); place.origins().len()],
            sequences: BTreeMap::new(),
            ids: HashSet::new(),
            accepted: 0,
            awaiting: None,
            turning: None,
            sealed: HashSet::new(),
            erasures: Erasures::default(),
            trees: vec![Frontier::new(); place.origins().len()],
            index: SegmentIndex::default(),
            closed: Segments::default(),
        }
    }

    fn segments(&mut self, folder: &Path, verified: &mut Verified) {
        let (names, others): (Vec<_>, Vec<_>) = names_in(&folder.join("wal"))
            .into_iter()
            .partition(|name| name.ends_with(".wal"));
        let mut indexed = BTreeSet::new();
        let mut chain = Some(Hash([0; 32]));
        let mut next_group = 0;
        let mut ended = true;
        for (number, name) in names.iter().enumerate() {
            let shown = Path::new("wal").join(name);
            if *name != segment_name(number as u64) {
                let what = format!("segment {number} had to come here");
                verified.fault(Check::Wal, &shown, what);
                return;
            }
            let bytes = match fs::read(folder.join(&shown)) {
                Ok(bytes) => bytes,
                Err(error) => {
                    verified.fault(Check::Wal, &shown, format!("cannot be read: {error}"));
                    return;
                }
            };
            verified.files += 1;
            let header = match SegmentHeader::decode(&bytes) {
                Ok(header) => header,
                Err(fault) => {
                    verified.fault(Check::Wal, &shown, fault);
                    return;
                }
            };
            let right = header.node == self.place.node()
                && header.number == number as u64
                && header.first_group == next_group;
            if !right || !ended {
                let what = "does not continue the segment before it, or is another node's";
                verified.fault(Check::Wal, &shown, what);
                return;
            }
            let scanned = scan(&header, &bytes, chain, |group| {
                self.group(&header, &group, &shown, verified);
                Ok::<(), std::convert::Infallible>(())
            });
            let Ok(scanned) = scanned;
            if let Some(fault) = scanned.fault {
                let what = format!("byte {}, group {}: {fault}", scanned.offset, scanned.group);
                verified.fault(Check::Wal, &shown, what);
                return;
            }
            if let Some(end) = scanned.end(header.number) {
                self.closed.closed(&bytes);
                indexed.insert(self.check_index(folder, &end, verified));
            }
            (chain, next_group, ended) = (scanned.chain, scanned.group, scanned.ended);
        }
        for name in others.iter().filter(|name| !indexed.contains(*name)) {
            let shown = Path::new("wal").join(name);
            if fs::read(folder.join(&shown)).is_ok_and(|bytes| is_being_made(name, &bytes)) {
                continue;
            }
            verified.fault(Check::Unexplained, &shown, "nothing explains this file");
        }
    }

    /// Holds the index of an ended segment against what the segment said; the name of its file. One that is missing
    /// is no fault: the next start makes it.
    fn check_index(&mut self, folder: &Path, end: &SegmentEnd, verified: &mut Verified) -> String {
        let records = self.index.first_record + self.index.records();
        let next = SegmentIndex::new(end.segment + 1, records);
        let mut index = std::mem::replace(&mut self.index, next);
        self.index.accepted = index.accepted;
        let trees = (0..).zip(&self.trees).filter(|(_, tree)| tree.size() > 0);
        index.logs = trees
            .map(|(log, tree)| (log, (tree.size(), tree.root())))
            .collect();
        let path = index_path(Path::new("wal"), end.segment);
        match fs::read(folder.join(&path)) {
            Ok(bytes) => {
                verified.files += 1;
                if bytes != index.encode(self.place.node(), end) {
                    let what = "does not say what its segment says; the ledger must not be opened with it: remove it";
                    verified.fault(Check::State, &path, what);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => verified.fault(Check::State, &path, format!("cannot be read: {error}")),
        }
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    fn group(
        &mut self,
        header: &SegmentHeader,
        group: &Group<'_>,
        shown: &Path,
        verified: &mut Verified,
    ) {
        let mut offset = group.offset;
        for frame in &group.frames {
            let here = offset;
            offset += Frame::bytes(frame.payload.len());
            let checked = match frame.kind {
                FrameKind::Leaf => self.entry(frame, here).map_err(|what| (Check::Leaf, what)),
                FrameKind::Body => self
                    .body(frame, shown, here, verified)
                    .map_err(|what| (Check::Body, what)),
                FrameKind::Tick => self.tick(frame, here).map_err(|what| (Check::Leaf, what)),
                FrameKind::GroupEnd | FrameKind::SegmentEnd => Ok(()),
            };
            verified.records += u64::from(frame.kind != FrameKind::Body);
            if let Err((check, what)) = checked {
                verified.fault(
                    check,
                    shown,
                    format!("byte {here}, group {}: {what}", group.number),
                );
            }
        }
        if self.awaiting.take().is_some() {
            let what = format!(
                "group {} of segment {}: an entry has no body",
                group.number, header.number
            );
            verified.fault(Check::Body, shown, what);
        }
    }

    fn entry(&mut self, frame: &Frame<'_>, at: u64) -> Result<(), String> {
        let (index, leaf) = leaf_of(frame)?;
        self.index.entry(at, &leaf);
        let before = self.awaiting.replace(leaf.clone());
        if before.is_some() {
            return Err("the entry before has no body".to_owned());
        }
        let place = usize::from(frame.log).wrapping_sub(1);
        let leaves = self
            .leaves
            .get_mut(place)
            .ok_or(format!("log {} is not registered", frame.log))?;
        let expected = leaves.len() as u64;
        let turning = self.turning_of(place, &leaf, expected);
        let leaves = &mut self.leaves[place];
        let hash = Hash::leaf(frame.payload.get(8..).unwrap_or_default());
        leaves.push(hash);
        self.trees[place].push(hash);
        self.turning = turning?;
        if index != expected {
            return Err(format!(
                "entry {index} stands where entry {expected} had to"
            ));
        }
        if leaf.agency != self.place.identity().agency {
            return Err(format!("agency {:?} is not this ledger's", leaf.agency));
        }
        self.moves_on(leaf.accepted)?;
        let last = self
            .sequences
            .insert(leaf.source, leaf.sequence)
            .unwrap_or(0);
        if leaf.sequence != last + 1 {
            return Err(format!(
                "source {} goes from number {last} to {}",
                leaf.source, leaf.sequence
            ));
        }
        if !self.ids.insert(leaf.idempotency) {
            return Err("its idempotency id came before".to_owned());
        }
        if leaf.kind == EntryKind::Erasure {
            let order = ErasureOrder {
                // The entry itself is counted already.
                record: self.index.first_record + self.index.records() - 1,
                origin: self.place.origins()[place].clone(),
                index,
                bodies: 0,
            };
            self.erasures.order(UnitRef(leaf.case), order);
        }
        Ok(())
    }

    /// What the body of a seal or anchor must say. Nothing comes after a seal; a log that follows a sealed one begins
    /// with an anchor, and no other entry is one.
    fn turning_of(
        &mut self,
        place: usize,
        leaf: &Leaf,
        index: u64,
    ) -> Result<Option<(String, u64, Hash)>, String> {
        let origins = self.place.origins();
        let origin = &origins[place];
        if self.sealed.contains(&place) {
            return Err(format!("entry {index} comes after the seal of {origin}"));
        }
        let state = |log: usize| {
            let tree = &self.trees[log];
            (origins[log].clone(), tree.size(), tree.root())
        };
        let before = Stream::ALL
            .into_iter()
            .find(|stream| origin.ends_with(&format!("/{}", stream.word())))
            .and_then(|stream| newest(&origins[..place], stream));
        match (leaf.kind, index, before) {
            (EntryKind::Seal, ..) => {
                let said = state(place);
                self.sealed.insert(place);
                Ok(Some(said))
            }
            (EntryKind::Anchor, 0, Some(before)) if self.sealed.contains(&before.log) => {
                Ok(Some(state(before.log)))
            }
            (EntryKind::Anchor, ..) => Err("an anchor that follows no sealed log".to_owned()),
            (_, 0, Some(before)) => Err(format!(
                "{origin} follows {} and does not begin with an anchor",
                origins[before.log]
            )),
            _ => Ok(None),
        }
    }

    fn tick(&mut self, frame: &Frame<'_>, offset: u64) -> Result<(), String> {
        let at = tick_of(frame).ok_or("a tick has 8 bytes")?;
        self.index.tick(offset, at);
        self.moves_on(at)
    }

    fn moves_on(&mut self, at: u64) -> Result<(), String> {
        let before = self.accepted;
        self.accepted = at.max(before);
        if at < before {
            return Err(format!("accepted goes back from {before} to {at}"));
        }
        Ok(())
    }

    fn body(
        &mut self,
        frame: &Frame<'_>,
        shown: &Path,
        at: u64,
        verified: &mut Verified,
    ) -> Result<(), String> {
        let leaf = self
            .awaiting
            .take()
            .ok_or("a body without an entry before it")?;
        let (unit, sealed) = frame
            .payload
            .split_first_chunk::<16>()
            .ok_or("a body without a unit")?;
        let unit = UnitRef(*unit);
        if leaf.kind != EntryKind::Erasure && unit.0 != leaf.case {
            return Err("the body's unit is not the entry's".to_owned());
        }
        let Some(units) = self.units else {
            return Ok(());
        };
        match units.key(unit).map_err(|error| error.to_string())? {
            KeyOf::Alive(key) => {
                let body = open_body(&key, &leaf, sealed)?;
                verified.bodies += 1;
                if is_of_segment(&leaf) {
                    self.closed.said(&body, verified)?;
                }
                if let Some(expected) = self.turning.take()
                    && said(leaf.kind, &body).as_ref() != Some(&expected)
                {
                    let (origin, size, root) = expected;
                    let root = root.to_base64();
                    return Err(format!(
                        "does not say that {origin} had {size} entries and the root {root}"
                    ));
                }
            }
            KeyOf::Destroyed | KeyOf::Unknown => {
                verified.erased += 1;
                if is_of_segment(&leaf) {
                    self.closed.unreadable();
                }
                self.erasures.unopened(unit, (shown, at));
            }
        }
        Ok(())
    }

    fn finish(&self, verified: &mut Verified) {
        self.closed.finish(verified);
        self.erasures.finish(self.units, verified);
    }
}
