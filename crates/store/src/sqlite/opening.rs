//! Files of views: connecting to one, telling whose it is, moving one aside.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::fault::Fault;
use super::{FORMAT, Owner, STATEMENTS};
use crate::error::StoreError;

/// Files up to this size are checked page by page when they are opened.
const CHECKED_BYTES_MAX: u64 = 32 << 20;

/// A connection that writes.
pub(super) fn connect(path: &Path) -> Result<Connection, Fault> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384;
         PRAGMA temp_store = MEMORY; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;",
    )?;
    Ok(connection)
}

/// Copies a file of views whole, as one transaction sees it.
pub(super) fn copy(path: &Path, to: &Path) -> Result<(), Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.execute("VACUUM INTO ?", [to.to_string_lossy()])?;
    Ok(())
}

/// Why the views in a file are not this owner's, if they are not. The file is not changed.
pub(super) fn foreign(path: &Path, owner: &Owner) -> Result<Option<String>, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    let is_there = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'place'";
    let is_there: Option<i64> = connection
        .query_row(is_there, [], |row| row.get(0))
        .optional()?;
    if is_there.is_none() {
        return Ok(Some("it holds no views".to_owned()));
    }
    let sql = "SELECT format, owner, offset_minutes FROM place WHERE only_row = 1";
    let found: Option<(i64, String, i16)> = connection
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((format, ledger, offset_minutes)) = found else {
        return Ok(Some("it does not say whose views it holds".to_owned()));
    };
    let differs = if format != FORMAT {
        format!("they have format {format}, this program writes {FORMAT}")
    } else if ledger != owner.ledger {
        format!("they are of {ledger}, not of {}", owner.ledger)
    } else if offset_minutes != owner.offset_minutes {
        let wanted = owner.offset_minutes;
        format!("their days are {offset_minutes} minutes east of UTC, the agency's {wanted}")
    } else {
        return checked(path, &connection);
    };
    Ok(Some(differs))
}

/// Whether every page is whole. A large file is not read through at each start: damage in it is found when it is met.
fn checked(path: &Path, connection: &Connection) -> Result<Option<String>, Fault> {
    let bytes = std::fs::metadata(path).map_or(0, |found| found.len());
    if bytes <= CHECKED_BYTES_MAX {
        let check = "PRAGMA quick_check(1)";
        let said: String = connection.query_row(check, [], |row| row.get(0))?;
        if said != "ok" {
            return Err(Fault::Wrong(said));
        }
    }
    Ok(None)
}

/// A file whose name is this one's and a suffix.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Gives the file, and what SQLite keeps beside it, a name that is free.
pub(super) fn move_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let mut number = 1_u32;
    let moved_to = loop {
        let name = beside(path, &format!(".unused-{number}"));
        if !name.exists() || number == u32::MAX {
            break name;
        }
        number += 1;
    };
    for suffix in ["", "-wal", "-shm"] {
        let (from, to) = (beside(path, suffix), beside(&moved_to, suffix));
        if !from.exists() {
            continue;
        }
        std::fs::rename(&from, &to).map_err(|error| StoreError::File {
            doing: "move aside",
            path: from,
            error,
        })?;
    }
    Ok(moved_to)
}
