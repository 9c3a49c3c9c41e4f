//! Snapshots of everything the packs remember, so that a start does not depend on how much there was before.
//!
//! A snapshot is derived and disposable: one that is damaged, of another program or of another ledger is passed
//! over, and the records are folded instead. Each says the record up to which it is, and the hash of the entry
//! before, so that it is never taken for another history.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use cage_ledger::{ContentStore, LedgerError, Record, replace_file};
use cage_model::Instant;
use cage_proof::Hash;
use serde::{Deserialize, Serialize};

use crate::activation::{ActivationError, loaded_of};
use crate::force::PackLine;
use crate::identities::Identities;
use crate::source::RecordSource;
use crate::version::Version;

/// First bytes of a snapshot; the last digit is the format.
const MAGIC: &[u8; 8] = b"ICSNAP\x001";
const SUFFIX: &str = "snapshot";
/// Snapshots that are kept: the newest, and one before it for when the views are older than the newest.
const KEPT: usize = 2;
/// Of zstd: state is mostly small numbers, and time matters more than bytes.
const COMPRESSION: i32 = 1;
/// Bytes of an unpacked snapshot at most.
const BYTES_MAX: u64 = 8 << 30;

/// Bytes that are made room for before a section is read.
const ROOM_MAX: usize = 256 << 20;

/// Why a snapshot cannot be written or used.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The operating system refused.
    #[error("cannot {doing} {}: {error}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// It is not what it must be.
    #[error("{}: {wrong}", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        wrong: String,
    },
    /// A pack that it names.
    #[error("{}: {error}", .path.display())]
    Pack {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: ActivationError,
    },
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The state of a runner between two records, to be written.
#[derive(Debug)]
pub(crate) struct State<'s> {
    pub(crate) records: u64,
    pub(crate) changes: u64,
    pub(crate) lines: &'s [PackLine],
    pub(crate) identities: &'s Identities,
}

/// The same, as it was read.
#[derive(Debug, Default)]
pub(crate) struct Recalled {
    pub(crate) records: u64,
    pub(crate) changes: u64,
    pub(crate) lines: Vec<PackLine>,
    pub(crate) identities: Identities,
}

/// The root over what the rules of one pack version remember.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StateRoot {
    /// The pack.
    pub pack: String,
    /// Record by which the version came into force.
    pub since: u64,
    /// SHA-256, as hexadecimal digits.
    pub root: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Head {
    records: u64,
    changes: u64,
    /// Hash of the record before.
    anchor: String,
    offset_minutes: i16,
    lines: Vec<HeadLine>,
}

#[derive(Debug, Serialize, Deserialize)]
struct HeadLine {
    pack: String,
    versions: Vec<HeadVersion>,
}

#[derive(Debug, Serialize, Deserialize)]
struct HeadVersion {
    since: u64,
    /// Microseconds since 1970.
    at: i64,
    /// Where its files are.
    content: String,
    /// The root over what its rules remember.
    root: String,
}

/// What names a record: its leaf, or the tick's time.
pub(crate) fn anchor(source: &dyn RecordSource, records: u64) -> Result<String, LedgerError> {
    let Some(last) = records.checked_sub(1) else {
        return Ok(Hash::of_nothing().to_string());
    };
    let hash = match source.record(last)?.record {
        Record::Tick(at) => Hash::sha256(&at.to_le_bytes()),
        Record::Entry { leaf, .. } => Hash::leaf(&leaf.encode()),
    };
    Ok(hash.to_string())
}

/// The folder of snapshots of a data folder.
#[derive(Clone, Debug)]
pub(crate) struct Snapshots {
    folder: PathBuf,
}

impl Snapshots {
    pub(crate) fn of(data: &Path) -> Self {
        Self {
            folder: data.join("derived").join("state"),
        }
    }

    /// Records of the snapshots there are, the newest first.
    pub(crate) fn list(&self) -> Vec<u64> {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let mut records: Vec<u64> = files
            .filter_map(|file| {
                let name = file.file_name().into_string().ok()?;
                name.strip_suffix(SUFFIX)?.strip_suffix('.')?.parse().ok()
            })
            .collect();
        records.sort_unstable_by(|one, other| other.cmp(one));
        records
    }

    fn path(&self, records: u64) -> PathBuf {
        self.folder.join(format!("{records:020}.{SUFFIX}"))
    }

    /// Writes a snapshot and removes those that are not needed any more.
    pub(crate) fn write(
        &self,
        state: &State<'_>,
        anchor: String,
        offset_minutes: i16,
    ) -> Result<(), SnapshotError> {
        let path = self.path(state.records);
        let bytes =
            packed(state, anchor, offset_minutes).map_err(|error| io("make", &path, error))?;
        fs::create_dir_all(&self.folder)
            .and_then(|()| replace_file(&path, &bytes, 0o644))
            .map_err(|error| io("write", &path, error))?;
        for old in self.list().into_iter().skip(KEPT) {
            let path = self.path(old);
            fs::remove_file(&path).map_err(|error| io("remove", &path, error))?;
        }
        Ok(())
    }

    /// Reads the snapshot up to this record.
    pub(crate) fn read(
        &self,
        records: u64,
        source: &dyn RecordSource,
        contents: &ContentStore,
        offset_minutes: i16,
    ) -> Result<Recalled, SnapshotError> {
        let path = self.path(records);
        let bytes = fs::read(&path).map_err(|error| io("read", &path, error))?;
        let reading = Unpacking {
            path: &path,
            contents,
            offset_minutes,
        };
        reading.state(&bytes, |head| {
            Ok(head.records == records && head.anchor == anchor(source, records)?)
        })
    }

    /// The roots that the snapshot up to this record claims.
    fn roots(&self, records: u64) -> Result<Vec<StateRoot>, SnapshotError> {
        let path = self.path(records);
        let bytes = fs::read(&path).map_err(|error| io("read", &path, error))?;
        let wrong = |wrong: &str| SnapshotError::Content {
            path: path.clone(),
            wrong: wrong.to_owned(),
        };
        let mut sections = Sections::of(&bytes).map_err(wrong)?;
        let head: Head = sections
            .next()
            .and_then(|head| serde_json::from_slice(head).ok())
            .ok_or_else(|| wrong("has no head"))?;
        let of_line = |line: HeadLine| {
            let pack = line.pack;
            let versions = line.versions.into_iter();
            versions
                .map(|version| StateRoot {
                    pack: pack.clone(),
                    since: version.since,
                    root: version.root,
                })
                .collect::<Vec<_>>()
        };
        Ok(head.lines.into_iter().flat_map(of_line).collect())
    }
}

/// What the newest snapshot of a data folder says that the rules remembered, and after how many records; `None` where
/// there is none up to that many.
///
/// # Errors
///
/// When it cannot be read.
pub fn kept_states(
    data: &Path,
    until: u64,
) -> Result<Option<(u64, Vec<StateRoot>)>, SnapshotError> {
    let snapshots = Snapshots::of(data);
    let newest = snapshots
        .list()
        .into_iter()
        .find(|records| *records <= until);
    newest
        .map(|records| Ok((records, snapshots.roots(records)?)))
        .transpose()
}

/// Magic, SHA-256 of the rest, the rest compressed: sections with their lengths.
fn packed(state: &State<'_>, anchor: String, offset_minutes: i16) -> std::io::Result<Vec<u8>> {
    let mut remembered = Vec::new();
    let mut lines = Vec::new();
    for line in state.lines {
        let mut versions = Vec::new();
        for version in &line.versions {
            let mut bytes = Vec::new();
            let root = version.live.save(&mut bytes)?;
            remembered.push(bytes);
            versions.push(HeadVersion {
                since: version.since.0,
                at: version.since.1.0,
                content: version.content.to_string(),
                root: Hash(root).to_string(),
            });
        }
        let pack = line.id.clone();
        lines.push(HeadLine { pack, versions });
    }
    let head = Head {
        records: state.records,
        changes: state.changes,
        anchor,
        offset_minutes,
        lines,
    };
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), COMPRESSION)?;
    section(&mut encoder, &serde_json::to_vec(&head)?)?;
    section(&mut encoder, &state.identities.to_bytes())?;
    for bytes in remembered {
        section(&mut encoder, &bytes)?;
    }
    let body = encoder.finish()?;
    let mut file = Vec::with_capacity(body.len() + 40);
    file.extend_from_slice(MAGIC);
    file.extend_from_slice(&Hash::sha256(&body).0);
    file.extend_from_slice(&body);
    Ok(file)
}

fn section(into: &mut impl std::io::Write, bytes: &[u8]) -> std::io::Result<()> {
    into.write_all(&(bytes.len() as u64).to_le_bytes())?;
    into.write_all(bytes)
}

/// The sections of a snapshot, unpacked one after the other.
struct Sections<'b> {
    unpacked: Box<dyn std::io::Read + 'b>,
    section: Vec<u8>,
}

impl<'b> Sections<'b> {
    fn of(bytes: &'b [u8]) -> Result<Self, &'static str> {
        let rest = bytes
            .strip_prefix(MAGIC)
            .ok_or("is no snapshot of this format")?;
        let (hash, body) = rest.split_first_chunk::<32>().ok_or("is cut off")?;
        if Hash::sha256(body).0 != *hash {
            return Err("was changed: its checksum does not hold");
        }
        let decoder = zstd::stream::Decoder::new(body).map_err(|_| "cannot be unpacked")?;
        Ok(Self {
            unpacked: Box::new(decoder.take(BYTES_MAX)),
            section: Vec::new(),
        })
    }

    /// The next section; `None` when there is none, or it is cut off.
    fn next(&mut self) -> Option<&[u8]> {
        let mut length = [0; 8];
        self.unpacked.read_exact(&mut length).ok()?;
        let length = u64::from_le_bytes(length);
        self.section = Vec::new();
        // Room for all of it at once, so that growing does not need it twice; what only claims to be long gets none.
        let room = usize::try_from(length).unwrap_or(0);
        self.section.reserve_exact(room.min(ROOM_MAX));
        let read = (&mut self.unpacked)
            .take(length)
            .read_to_end(&mut self.section);
        (read.ok()? as u64 == length).then_some(&self.section)
    }
}

struct Unpacking<'u> {
    path: &'u Path,
    contents: &'u ContentStore,
    offset_minutes: i16,
}

impl Unpacking<'_> {
    fn state(
        &self,
        bytes: &[u8],
        fits: impl FnOnce(&Head) -> Result<bool, LedgerError>,
    ) -> Result<Recalled, SnapshotError> {
        let mut sections = Sections::of(bytes).map_err(|wrong| self.wrong(wrong))?;
        let head = sections.next().unwrap_or_default();
        let head: Head =
            serde_json::from_slice(head).map_err(|error| self.wrong(error.to_string()))?;
        if !fits(&head)? {
            return Err(self.wrong("is of another history than the ledger's"));
        }
        if head.offset_minutes != self.offset_minutes {
            return Err(self.wrong("is of another time zone"));
        }
        let identities = Identities::of_bytes(sections.next().unwrap_or_default());
        let identities = identities.ok_or_else(|| self.wrong("has no identities"))?;
        let mut lines = Vec::new();
        for line in head.lines {
            let mut made = PackLine::new(line.pack);
            for version in line.versions {
                let remembered = sections.next().ok_or_else(|| self.wrong("is cut off"))?;
                made.versions.push(self.version(&version, remembered)?);
            }
            lines.push(made);
        }
        Ok(Recalled {
            records: head.records,
            changes: head.changes,
            lines,
            identities,
        })
    }

    fn version(&self, head: &HeadVersion, remembered: &[u8]) -> Result<Version, SnapshotError> {
        let content = Hash::from_hexadecimal(&head.content);
        let content = content.ok_or_else(|| self.wrong("names no content"))?;
        let pack = |error| SnapshotError::Pack {
            path: self.path.to_owned(),
            error,
        };
        let loaded = loaded_of(content, self.contents).map_err(pack)?;
        let since = (head.since, Instant(head.at));
        let mut version = Version::new((loaded, content), since, self.offset_minutes)
            .map_err(|error| self.wrong(error.to_string()))?;
        version
            .recall(remembered)
            .map_err(|error| self.wrong(error.to_string()))?;
        Ok(version)
    }

    fn wrong(&self, wrong: impl Into<String>) -> SnapshotError {
        SnapshotError::Content {
            path: self.path.to_owned(),
            wrong: wrong.into(),
        }
    }
}

fn io(doing: &'static str, path: &Path, error: std::io::Error) -> SnapshotError {
    SnapshotError::Io {
        doing,
        path: path.to_owned(),
        error,
    }
}
