//! The ledger of one node: takes entries, keeps them, tells them apart, publishes them.
//!
//! One writer: whoever holds a [`Ledger`] holds the data folder's lock. An entry is acknowledged when
//! [`Ledger::append`] has returned it, and never before it is durable. Order is the order of the write-ahead log;
//! every record has a number in it, counted from 0 over all logs.

mod append;
mod closing;
mod erase;
mod ids;
mod index;
mod open;
mod publish;
mod reader;
mod records;
mod window;
mod year;

pub use append::{Appended, Draft, Entry, Refused};
pub(crate) use closing::{closed_segment, hash_of_file, is_of_segment, said_of_segment};
pub use index::reencoded_index;
pub use index::{IndexFault, IndexMade};
pub(crate) use index::{SegmentIndex, index_path};
pub(crate) use publish::TilesNow;
pub use publish::{Greeted, Publication};
pub use reader::Reader;
pub use records::{Record, Stored};
pub(crate) use records::{leaf_of, open_body, tick_of};
pub(crate) use year::{newest, said};

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use cage_proof::{Checkpoint, EntryKind, VerifierKey};

use crate::place::{Place, PlaceError};
use crate::publish::{LogFolder, PublishError};
use crate::seal::SealError;
use crate::signer::{LogSigner, Signer, SignerError, SignerLink};
use crate::tree::GrowingLog;
use crate::units::{UnitError, UnitStore};
use crate::wal::{WalError, Writer};
use crate::witnesses::{Witnesses, Witnessing};
use records::Records;

/// How a ledger is kept.
#[derive(Clone, Debug)]
pub struct LedgerOptions {
    /// The data folder.
    pub folder: PathBuf,
    /// First part of every origin, used when the folder is begun.
    pub name: String,
    /// The agency, used when the folder is begun.
    pub agency: String,
    /// Minutes east of UTC of the agency's clock: decides which year's log an entry goes to.
    pub offset_minutes: i16,
    /// Bytes of a segment of the write-ahead log.
    pub segment_bytes: u64,
    /// The socket of a signer that is a process of its own; `None` where the folder has the keys. Decided when the
    /// folder is begun.
    pub signer: Option<PathBuf>,
}

impl LedgerOptions {
    /// A ledger in this folder with the usual settings.
    #[must_use]
    pub fn new(folder: PathBuf, name: &str, agency: &str) -> Self {
        Self {
            folder,
            name: name.to_owned(),
            agency: agency.to_owned(),
            offset_minutes: 480,
            segment_bytes: crate::wal::WriterOptions::SEGMENT_BYTES,
            signer: None,
        }
    }
}

/// Why a ledger cannot be opened, or cannot take entries.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The data folder.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The write-ahead log.
    #[error(transparent)]
    Wal(#[from] WalError),
    /// The published files.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The key store.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// What signs checkpoints.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// A witness holds what our log does not extend.
    #[error(
        "{origin}: witness {witness} contradicts: {why}; this is a fork or a rollback, so the ledger stays closed"
    )]
    Contradicted {
        /// The log.
        origin: String,
        /// Name of the witness.
        witness: String,
        /// What it holds.
        why: String,
    },
    /// Sealing.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// An order of erasure that is not kept.
    #[error("the order was not kept: {0}")]
    Order(Refused),
    /// A record in the write-ahead log that verifies but is not what it must be.
    #[error("record {record} of the write-ahead log: {wrong}")]
    Record {
        /// Its number.
        record: u64,
        /// What is wrong.
        wrong: String,
    },
    /// The write-ahead log has fewer entries than were signed for.
    #[error(
        "{origin}: a checkpoint of {signed} entries was signed, but the write-ahead log ends after {found}; \
         entries are missing (a rollback), so the ledger stays closed"
    )]
    Rollback {
        /// The log.
        origin: String,
        /// Size of the signed checkpoint.
        signed: u64,
        /// Entries that are there.
        found: u64,
    },
    /// An entry in the write-ahead log that was published differently.
    #[error(
        "{origin}: entry {index} in the write-ahead log is not the one that was published (a fork), so the ledger stays closed"
    )]
    Fork {
        /// The log.
        origin: String,
        /// Index of the entry.
        index: u64,
    },
}

impl LedgerError {
    /// Whether there is only no space, and nothing of what is kept has changed: the same can be tried again later.
    /// Never so after a synchronisation that failed.
    #[must_use]
    pub fn is_without_space(&self) -> bool {
        match self {
            Self::Unit(UnitError::NoSpace { .. })
            | Self::Wal(WalError::NoSpace { .. })
            | Self::Place(PlaceError::NoSpace { .. }) => true,
            Self::Publish(error) => error.is_without_space(),
            _ => false,
        }
    }

    /// Whether only the signer, a process of its own, did not answer.
    #[must_use]
    pub fn is_without_signer(&self) -> bool {
        let (Self::Signer(error) | Self::Publish(PublishError::Signer(error))) = self else {
            return false;
        };
        matches!(error, SignerError::Unreachable { .. })
    }
}

/// One log: its tree, its folder and its key.
#[derive(Debug)]
struct Log {
    origin: Arc<str>,
    key: VerifierKey,
    signer: Arc<Mutex<LogSigner>>,
    folder: LogFolder,
    tree: GrowingLog,
    /// Size of the published checkpoint.
    published: u64,
    witnessing: Witnessing,
    /// Hours since 1970 on the agency's clock when a checkpoint was published last, since the start.
    archived_hour: Option<u64>,
}

/// The ledger.
pub struct Ledger {
    place: Place,
    options: LedgerOptions,
    wal: Writer,
    units: UnitStore,
    /// By number, from 1 in the write-ahead log, from 0 here.
    logs: Vec<Log>,
    records: Records,
    /// Accepted times never go back.
    last_accepted: u64,
    /// Where the logs are signed, when not here.
    signer: Option<SignerLink>,
    /// Who must cosign; `None` where nobody must.
    witnesses: Option<Arc<Witnesses>>,
    /// Bytes of a torn group that the start dropped.
    dropped: u64,
    /// Indexes that the start had to make.
    indexes_made: Vec<IndexMade>,
}

/// State of one log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogState {
    /// The log.
    pub origin: Arc<str>,
    /// Its folder.
    pub folder: PathBuf,
    /// Its public key.
    pub key: String,
    /// Entries that were acknowledged.
    pub size: u64,
    /// Entries under the published checkpoint.
    pub published: u64,
    /// How far that checkpoint is witnessed; `None` where no witness is asked for.
    pub witnessing: Option<Witnessing>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let folder = self.place.folder().display();
        write!(
            formatter,
            "ledger in {folder} with {} records",
            self.records()
        )
    }
}

impl Ledger {
    /// The data folder.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The logs in the order of their numbers.
    #[must_use]
    pub fn logs(&self) -> Vec<LogState> {
        let state = |log: &Log| LogState {
            origin: Arc::clone(&log.origin),
            folder: log.folder.path().to_owned(),
            key: log.key.to_string(),
            size: log.tree.size(),
            published: log.published,
            witnessing: self.witnesses.as_ref().map(|_| log.witnessing.clone()),
        };
        self.logs.iter().map(state).collect()
    }

    /// Number of records, over all logs and ticks.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.records.len()
    }

    /// Bytes of a torn group that were dropped at the start; none of it was acknowledged.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Closed segments that the start had to read whole because their index was missing or damaged; they have one
    /// again. One that is missing after a power cut is usual; more are a reason to run the verification.
    #[must_use]
    pub fn indexes_made(&self) -> &[IndexMade] {
        &self.indexes_made
    }

    /// The key store.
    #[must_use]
    pub fn units(&self) -> &UnitStore {
        &self.units
    }

    /// The log that an entry goes to: that of its stream in the year of this time, made if absent; a seal goes to the
    /// newest there is.
    fn log_of(&mut self, draft: &Draft, accepted: u64) -> Result<usize, LedgerError> {
        let stream = draft.stream;
        if draft.kind == EntryKind::Seal
            && let Some(old) = newest(self.place.origins(), stream)
        {
            return Ok(old.log);
        }
        let year = year_of(accepted, self.options.offset_minutes);
        if let Some(link) = &self.signer {
            learn_keys(&mut self.place, link, [year])?;
        }
        let number = usize::from(self.place.register(year, stream)?);
        // More than one where the disk was full between the registration and the folder.
        while let Some(origin) = self.place.origins()[..number].get(self.logs.len()) {
            let log = Log::open(&self.place, origin, self.signer.as_ref())?;
            self.logs.push(log);
        }
        Ok(number - 1)
    }
}

impl Log {
    fn open(place: &Place, origin: &str, link: Option<&SignerLink>) -> Result<Self, LedgerError> {
        let key = place.log_key(origin)?;
        let signer = match link {
            Some(link) => LogSigner::at(link, &key)?,
            None => {
                let signer = Signer::open(place.folder(), place.log_signer(origin)?)?;
                LogSigner::Here(Box::new(signer))
            }
        };
        let folder = LogFolder::open(&place.log_folder(origin))?;
        let tree = match folder.checkpoint(&key)? {
            Some((checkpoint, _)) => folder.take_up(&checkpoint)?,
            None => GrowingLog::new(),
        };
        Ok(Self {
            origin: Arc::from(origin),
            published: tree.size(),
            key,
            signer: Arc::new(Mutex::new(signer)),
            witnessing: Witnessing::default(),
            archived_hour: None,
            folder,
            tree,
        })
    }
}

/// The logs of a data folder as they are published, without opening the ledger: a running one is not
/// disturbed.
///
/// # Errors
///
/// When the folder is no data folder.
pub fn published_logs(folder: &Path) -> Result<Vec<LogState>, PlaceError> {
    let place = Place::read(folder)?;
    let mut logs = Vec::new();
    for origin in place.origins() {
        let folder = place.log_folder(origin);
        let note = std::fs::read(folder.join("checkpoint")).unwrap_or_default();
        let checkpoint = Checkpoint::of_note(&note).ok();
        let published = checkpoint.map_or(0, |(checkpoint, _)| checkpoint.size);
        logs.push(LogState {
            origin: Arc::from(origin.as_str()),
            folder,
            key: place.log_key(origin)?.to_string(),
            size: published,
            published,
            witnessing: None,
        });
    }
    Ok(logs)
}

/// Has a signer elsewhere tell the keys of all logs of these years that are not known yet.
fn learn_keys(
    place: &mut Place,
    link: &SignerLink,
    years: impl IntoIterator<Item = u16>,
) -> Result<(), LedgerError> {
    for year in years {
        for origin in place.origins_of_year(year) {
            if !place.knows_key(&origin) {
                place.learn_key(link.key(&origin)?.0)?;
            }
        }
    }
    Ok(())
}

/// The year of an instant on the agency's clock.
fn year_of(milliseconds: u64, offset_minutes: i16) -> u16 {
    let local = milliseconds as i64 + i64::from(offset_minutes) * 60_000;
    let stamp = jiff::Timestamp::from_millisecond(local).unwrap_or(jiff::Timestamp::MAX);
    jiff::tz::Offset::UTC.to_datetime(stamp).year() as u16
}

#[cfg(test)]
mod tests;
