//! Snapshots of everything the packs remember, so that a start does not depend on how much there was before.
//!
//! A snapshot is derived and disposable: one that is damaged, of another program or of another ledger is passed
//! over, and the records are folded instead. Each says the record up to which it is, and the hash of the entry
//! before, so that it is never taken for another history.

mod file;

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use cage_ledger::{ContentStore, LedgerError, Record};
use cage_model::Instant;
use cage_proof::Hash;
use serde::{Deserialize, Serialize};

use self::file::SnapshotFile;
use crate::activation::{ActivationError, loaded_of};
use crate::force::PackLine;
use crate::forget::Derived;
use crate::identities::Identities;
use crate::others::Hush;
use crate::source::RecordSource;
use crate::version::Version;

const SUFFIX: &str = "snapshot";
/// Snapshots that are kept: the newest, and one before it for when the views are older than the newest.
const KEPT: usize = 2;
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
        error: io::Error,
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
    pub(crate) hush: &'s Hush,
}

/// The same, as it was read.
#[derive(Debug, Default)]
pub(crate) struct Recalled {
    pub(crate) records: u64,
    pub(crate) changes: u64,
    pub(crate) lines: Vec<PackLine>,
    pub(crate) identities: Identities,
    pub(crate) hush: Hush,
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
    #[serde(default)]
    hush: Hush,
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
    data: PathBuf,
    folder: PathBuf,
}

impl Snapshots {
    pub(crate) fn of(data: &Path) -> Self {
        Self {
            data: data.to_owned(),
            folder: data.join("derived").join("state"),
        }
    }

    /// The folder that they are in with the rest of what is derived.
    pub(crate) fn derived(&self) -> Derived {
        Derived::of(&self.data)
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
        fs::create_dir_all(&self.folder)
            .and_then(|()| file::write(&path, |body| packed(state, anchor, offset_minutes, body)))
            .map_err(|error| failed("write", &path, error))?;
        for old in self.list().into_iter().skip(KEPT) {
            let path = self.path(old);
            fs::remove_file(&path).map_err(|error| failed("remove", &path, error))?;
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
        let reading = Unpacking {
            path: &path,
            contents,
            offset_minutes,
        };
        reading.state(|head| Ok(head.records == records && head.anchor == anchor(source, records)?))
    }

    /// The roots that the snapshot up to this record claims.
    fn roots(&self, records: u64) -> Result<Vec<StateRoot>, SnapshotError> {
        let path = self.path(records);
        let (_, head) = opened(&path)?;
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

/// Writes the body: identities with their length, and what each version remembers. Gives the head.
fn packed(
    state: &State<'_>,
    anchor: String,
    offset_minutes: i16,
    mut body: &mut dyn Write,
) -> io::Result<Vec<u8>> {
    let identities = state.identities.to_bytes();
    body.write_all(&(identities.len() as u64).to_le_bytes())?;
    body.write_all(&identities)?;
    drop(identities);
    let mut lines = Vec::new();
    for line in state.lines {
        let mut versions = Vec::new();
        for version in &line.versions {
            let root = version.live.save(&mut body)?;
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
        hush: state.hush.clone(),
    };
    Ok(serde_json::to_vec(&head)?)
}

/// Opens a snapshot and reads its head.
fn opened(path: &Path) -> Result<(SnapshotFile, Head), SnapshotError> {
    let wrong = |wrong: String| SnapshotError::Content {
        path: path.to_owned(),
        wrong,
    };
    let file = file::open(path).map_err(|error| failed("read", path, error))?;
    let file = file.map_err(|fault| wrong(fault.to_owned()))?;
    let head = serde_json::from_slice(&file.head).map_err(|error| wrong(error.to_string()))?;
    Ok((file, head))
}

struct Unpacking<'u> {
    path: &'u Path,
    contents: &'u ContentStore,
    offset_minutes: i16,
}

impl Unpacking<'_> {
    fn state(
        &self,
        fits: impl FnOnce(&Head) -> Result<bool, LedgerError>,
    ) -> Result<Recalled, SnapshotError> {
        let (mut file, head) = opened(self.path)?;
        if !fits(&head)? {
            return Err(self.wrong("is of another history than the ledger's"));
        }
        if head.offset_minutes != self.offset_minutes {
            return Err(self.wrong("is of another time zone"));
        }
        let unreadable = |error| failed("unpack", self.path, error);
        let mut body = file.body().map_err(unreadable)?;
        let identities = identities(&mut body).map_err(unreadable)?;
        let identities = identities.ok_or_else(|| self.wrong("has no identities"))?;
        let mut lines = Vec::new();
        for line in head.lines {
            let mut made = PackLine::new(line.pack);
            for version in line.versions {
                made.versions.push(self.version(&version, &mut body)?);
            }
            lines.push(made);
        }
        Ok(Recalled {
            records: head.records,
            changes: head.changes,
            lines,
            identities,
            hush: head.hush,
        })
    }

    fn version(
        &self,
        head: &HeadVersion,
        remembered: &mut impl Read,
    ) -> Result<Version, SnapshotError> {
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

/// The identities at the beginning of a body; `None` where there are none.
fn identities(body: &mut impl Read) -> io::Result<Option<Identities>> {
    let mut length = [0; 8];
    body.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    let mut bytes = Vec::new();
    // Room grows with what is there, whatever the length says.
    let read = body.take(length).read_to_end(&mut bytes)? as u64;
    Ok(Identities::of_bytes(&bytes).filter(|_| read == length))
}

fn failed(doing: &'static str, path: &Path, error: io::Error) -> SnapshotError {
    SnapshotError::Io {
        doing,
        path: path.to_owned(),
        error,
    }
}
