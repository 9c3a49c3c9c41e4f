//! Forgetting in the reject queue: what names an erased id goes, from free pages and from the log beside the file too.

use std::path::Path;

use cage_runner::names_id;
use rusqlite::Connection;
use serde_json::Value;

use super::queue::RejectsError;
use super::table::{Table, connect};

/// How often the write-ahead log of SQLite is tried to be emptied while somebody reads.
const TRIES: u32 = 12;

/// Removes everything that names an id from the queue of a data folder that no service has open; nothing is done where
/// there is no queue.
///
/// # Errors
///
/// When the file cannot be read or written.
pub fn forget_rejects(data: &Path, id: &str) -> Result<(), RejectsError> {
    let path = data.join("intake").join("rejects.sqlite");
    if !path.exists() {
        return Ok(());
    }
    let forgotten = connect(&path).and_then(|connection| forget(&connection, id));
    forgotten
        .map(drop)
        .map_err(|error| RejectsError::File { path, error })
}

impl Table {
    /// Removes everything that names an id.
    pub(super) fn forget(&mut self, id: &str) -> rusqlite::Result<()> {
        let (rows, bytes) = forget(&self.connection, id)?;
        self.rows -= rows;
        self.bytes -= bytes;
        Ok(())
    }
}

/// How many rows went, and how many bytes of text.
fn forget(connection: &Connection, id: &str) -> rusqlite::Result<(u64, u64)> {
    let sql = "SELECT number, source, id, pointer, reason, place, note, head FROM rejects";
    let mut select = connection.prepare(sql)?;
    let mut rows = select.query([])?;
    let mut going = Vec::new();
    while let Some(row) = rows.next()? {
        let mut is_named = false;
        for column in 1..=6 {
            let text: Option<String> = row.get(column)?;
            is_named |= text.is_some_and(|text| names_id(&text, id));
        }
        let head: Vec<u8> = row.get(7)?;
        if is_named || is_in(&head, id) {
            going.push((row.get::<_, u64>(0)?, head.len() as u64));
        }
    }
    drop(rows);
    for (number, _) in &going {
        connection.execute("DELETE FROM rejects WHERE number = ?1", [number])?;
    }
    if !going.is_empty() {
        connection.execute_batch("VACUUM")?;
    }
    // Also when nothing went: a part of an earlier try may be left in the log.
    empty_log(connection)?;
    let bytes = going.iter().map(|(_, bytes)| bytes).sum();
    Ok((going.len() as u64, bytes))
}

fn empty_log(connection: &Connection) -> rusqlite::Result<()> {
    for _ in 0..TRIES {
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        if connection.query_row(sql, [], |row| row.get::<_, i64>(0))? == 0 {
            return Ok(());
        }
    }
    let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
    Err(rusqlite::Error::SqliteFailure(busy, None))
}

/// Whether a text that was handed in names an id, also where it spells it with escapes of JSON.
fn is_in(text: &[u8], id: &str) -> bool {
    let escaped: String = id
        .encode_utf16()
        .map(
            |unit| match char::from_u32(unit.into()).filter(char::is_ascii) {
                Some(plain) => plain.to_string(),
                None => format!("\\u{unit:04x}"),
            },
        )
        .collect();
    let raw = String::from_utf8_lossy(text);
    names_id(&raw, id)
        || (escaped != id && raw.to_lowercase().contains(&escaped.to_lowercase()))
        || serde_json::from_slice::<Value>(text).is_ok_and(|read| names_id(&read.to_string(), id))
}

#[cfg(test)]
mod tests {
    use super::is_in;

    #[test]
    fn an_id_is_found_however_it_is_spelled() {
        for (text, id, is_named) in [
            (r#"{"id":"C1"}"#, "C1", true),
            (r#"{"id":"C12"}"#, "C1", false),
            (r#"{"id":"\u0043\u0031"}"#, "C1", true),
            (r#"{"id":"\u5F20\u4e09"}"#, "张三", true),
            (r#"{"id":"\u5F20\u4e09", cut"#, "张三", true),
            ("张三 came", "张三", true),
            ("", "C1", false),
        ] {
            assert_eq!(is_in(text.as_bytes(), id), is_named, "{id} in {text}");
        }
    }
}
