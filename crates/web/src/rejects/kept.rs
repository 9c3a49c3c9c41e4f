//! The reject queue of a data folder, looked at without a service.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

use super::queue::RejectsError;
use super::table::{Reject, State, Wanted, counts, get, list};

/// What was refused, read from the file; the service may run meanwhile.
#[derive(Debug)]
pub struct KeptRejects {
    connection: Connection,
    path: std::path::PathBuf,
}

/// Which refused events are asked for.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RejectFilter {
    /// Numbers behind this one.
    pub after: u64,
    /// At most so many.
    pub limit: u64,
    /// Of one source.
    pub source: Option<String>,
    /// In one state: `open`, `replayed`, `corrected` or `dismissed`.
    pub state: Option<String>,
}

impl KeptRejects {
    /// Opens the queue of a data folder.
    ///
    /// # Errors
    ///
    /// When there is none, or it cannot be read.
    pub fn open(data: &Path) -> Result<Self, RejectsError> {
        let path = data.join("intake").join("rejects.sqlite");
        // What was written last may lie beside the file, which only a reader that may write can take in.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        match Connection::open_with_flags(&path, flags) {
            Ok(connection) => Ok(Self { connection, path }),
            Err(error) => Err(RejectsError::File { path, error }),
        }
    }

    /// A page of the queue, as `GET /v1/rejects` has it.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn list(&self, filter: &RejectFilter) -> Result<Value, RejectsError> {
        let state = filter.state.as_deref().map(State::of_word);
        if let Some(None) = state {
            return Ok(page(
                &[],
                &counts(&self.connection).map_err(|error| self.failed(error))?,
            ));
        }
        let wanted = Wanted {
            after: filter.after,
            limit: filter.limit,
            source: filter.source.clone(),
            state: state.flatten(),
        };
        let read = list(&self.connection, &wanted)
            .and_then(|rejects| Ok((rejects, counts(&self.connection)?)));
        let (rejects, counts) = read.map_err(|error| self.failed(error))?;
        Ok(page(&rejects, &counts))
    }

    /// One, with its text, as `GET /v1/rejects/{number}` has it; `None` where there is none.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn one(&self, number: u64) -> Result<Option<Value>, RejectsError> {
        let reject = get(&self.connection, number).map_err(|error| self.failed(error))?;
        Ok(reject.as_ref().map(with_text))
    }

    fn failed(&self, error: rusqlite::Error) -> RejectsError {
        RejectsError::File {
            path: self.path.clone(),
            error,
        }
    }
}

/// A page of the queue.
pub(super) fn page(
    rejects: &[Reject],
    counts: &std::collections::BTreeMap<String, super::table::Counts>,
) -> Value {
    let last = rejects.last().map(|reject| reject.number);
    json!({ "rejects": rejects, "last": last, "counts": counts })
}

/// One, with its text.
pub(super) fn with_text(reject: &Reject) -> Value {
    let mut shown = json!(reject);
    shown["text"] = String::from_utf8_lossy(&reject.head).into();
    shown["is_whole"] = reject.is_whole().into();
    shown
}
