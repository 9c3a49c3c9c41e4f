//! What goes wrong inside, before it is known in which file.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::error::StoreError;
use crate::postings::BadBlock;

/// Seconds that a question may take.
pub(super) const ANSWER_SECONDS: u64 = 10;

/// What goes wrong inside.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(rusqlite::Error),
    /// What is stored is not what is ever written.
    Wrong(String),
    /// The caller's fault, worded already.
    Told(StoreError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<BadBlock> for Fault {
    fn from(bad: BadBlock) -> Self {
        Self::Wrong(bad.to_string())
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Told(error)
    }
}

impl Fault {
    /// The same, with the file.
    pub(super) fn of(self, path: &Path) -> StoreError {
        let path = path.to_owned();
        let error = match self {
            Self::Told(error) => return error,
            Self::Wrong(why) => return StoreError::Damaged { path, why },
            Self::Sql(error) => error,
        };
        let why = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::NoSpace { path },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                StoreError::Damaged { path, why }
            }
            Some(ErrorCode::OperationInterrupted) => StoreError::TooLong {
                seconds: ANSWER_SECONDS,
            },
            // A value of another type than the column's, or a row that is missing.
            None => StoreError::Damaged { path, why },
            Some(_) => StoreError::Database { path, why },
        }
    }
}
