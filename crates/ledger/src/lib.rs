//! The tamper-evident ledger on a disk.
//!
//! Owns the words *group*, *segment*, *vault*, *unit*, *publish*, *verify*. What an outsider needs to check
//! a ledger is the crate `proof`; what entries mean is decided above.
//!
//! Nothing but this crate writes to a log, and nothing rewrites it.

pub mod wal;

mod backup;
mod commit;
mod compare;
mod content;
mod disk;
mod ledger;
mod place;
mod publish;
mod recent;
mod seal;
mod signer;
mod slots;
mod tree;
mod units;
mod verify;
mod witnesses;

pub use backup::{Backup, BackupDone, BackupError, Restored, restore};
pub use commit::{Busy, Clock, ClockJump, Closed, Committer, Kept, milliseconds_now};
pub use compare::{CompareError, Compared, compare};
pub use content::{CONTENT_BYTES_MAX, ContentError, ContentStore};
pub use disk::{read_checked, replace_checked, replace_file, replace_file_with, sync_folder};
pub use ledger::{
    Appended, Draft, Entry, Greeted, IndexFault, IndexMade, Ledger, LedgerError, LedgerOptions,
    LogState, Publication, Reader, Record, Refused, Stored, published_logs,
};
pub use place::{Identity, Place, PlaceError, Stream};
pub use publish::{LogFolder, PublishError};
pub use seal::{SealError, SecretKey};
pub use signer::{
    SIGNER_BYTES_MAX, SignerError, SignerFolder, SignerReply, SignerRequest, SignerServer,
    WireError,
};
pub use tree::{GrowingLog, LogFile, TakeUpError};
pub use units::{UnitError, UnitRef, UnitStore, unit_label};
pub use verify::{
    Against, AgainstError, BrokenPromise, Check, ErasureOrder, Fault, LogChecked, Promise,
    Verified, against, log_against, verify, verify_log,
};
pub use witnesses::{
    Greeting, WitnessLink, WitnessReply, WitnessState, Witnesses, Witnessing, witness_policy,
};

/// What fuzz targets need to reach parsers behind their checksums; no part of the interface.
#[doc(hidden)]
pub mod raw {
    pub use crate::ledger::reencoded_index;
    pub use crate::wal::script::{SCRIPTED_BYTES, scripted_segment};
}
