//! The reject queue's file: SQLite, bounded in rows and bytes, the oldest going first.
//!
//! It is a tool of the people who mend a source's data and no part of the evidence: nothing is proven by it, and a
//! lost file loses no event.

use std::collections::BTreeMap;
use std::path::Path;

use cage_proof::Hash;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use serde::Serialize;

use super::RejectOptions;
use crate::sources::Figures;

/// Sources whose refusals are counted apart; further ones are counted together.
const COUNTED_SOURCES_MAX: u64 = 10_000;
/// Under which further sources are counted.
const OTHER_SOURCES: &str = "(others)";
/// Rows that go at once when there are too many.
const TRIMMED_ROWS: u64 = 64;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS rejects (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        digest BLOB NOT NULL,
        first_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        times INTEGER NOT NULL,
        source TEXT NOT NULL,
        id TEXT,
        pointer TEXT NOT NULL,
        reason TEXT NOT NULL,
        place TEXT NOT NULL,
        length INTEGER NOT NULL,
        head BLOB NOT NULL,
        state TEXT NOT NULL,
        settled_at INTEGER,
        settled_by TEXT,
        note TEXT
    ) STRICT;
    CREATE UNIQUE INDEX IF NOT EXISTS rejects_same ON rejects (source, digest);
    CREATE INDEX IF NOT EXISTS rejects_of_source ON rejects (source, number);
    CREATE TABLE IF NOT EXISTS counts (
        source TEXT PRIMARY KEY,
        refused INTEGER NOT NULL,
        dropped INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sources (source TEXT PRIMARY KEY, figures TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS folded (one INTEGER PRIMARY KEY CHECK (one = 1), through INTEGER NOT NULL) STRICT;";

const COLUMNS: &str = "number, first_at, last_at, times, source, id, pointer, reason, place, length, head, state, \
                       settled_at, settled_by, note";

/// Something that was refused, as it goes into the queue.
#[derive(Clone, Debug)]
pub(crate) struct NewReject {
    /// Empty where it could not be read.
    pub(crate) source: String,
    pub(crate) id: Option<String>,
    pub(crate) pointer: String,
    pub(crate) reason: String,
    /// File and line of an upload; empty for a request.
    pub(crate) place: String,
    /// Bytes of the whole text.
    pub(crate) length: u64,
    /// Its beginning, or all of it.
    pub(crate) head: Vec<u8>,
}

/// What became of something that was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    Open,
    Replayed,
    Corrected,
    Dismissed,
}

impl State {
    const ALL: [Self; 4] = [Self::Open, Self::Replayed, Self::Corrected, Self::Dismissed];

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Replayed => "replayed",
            Self::Corrected => "corrected",
            Self::Dismissed => "dismissed",
        }
    }
}

/// Something that was refused.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Reject {
    pub(crate) number: u64,
    /// Milliseconds since 1970.
    pub(crate) first_at: u64,
    pub(crate) last_at: u64,
    /// How often the same came.
    pub(crate) times: u64,
    pub(crate) source: String,
    pub(crate) id: Option<String>,
    pub(crate) pointer: String,
    pub(crate) reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) place: String,
    /// Bytes of the whole text.
    pub(crate) length: u64,
    #[serde(skip)]
    pub(crate) head: Vec<u8>,
    pub(crate) state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) settled_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) settled_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

impl Reject {
    /// Whether all of its text was kept.
    pub(crate) fn is_whole(&self) -> bool {
        !self.head.is_empty() && self.head.len() as u64 == self.length
    }
}

/// How one was settled.
#[derive(Clone, Debug)]
pub(crate) struct Settling {
    pub(crate) number: u64,
    pub(crate) state: State,
    pub(crate) at: u64,
    pub(crate) by: Option<String>,
    pub(crate) note: String,
}

/// Which rejects are asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) after: u64,
    pub(crate) limit: u64,
    pub(crate) source: Option<String>,
    pub(crate) state: Option<State>,
}

/// How many of one source were refused, since the folder began.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub(crate) struct Counts {
    pub(crate) refused: u64,
    /// Of these, how many are no longer or never were in the queue.
    pub(crate) dropped: u64,
}

/// The file, opened for writing.
#[derive(Debug)]
pub(crate) struct Table {
    pub(super) connection: Connection,
    options: RejectOptions,
    pub(super) rows: u64,
    pub(super) bytes: u64,
}

/// Opens the file; made if absent.
pub(crate) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

impl Table {
    pub(crate) fn open(path: &Path, options: RejectOptions) -> rusqlite::Result<Self> {
        let connection = connect(path)?;
        let sums = "SELECT COUNT(*), COALESCE(SUM(LENGTH(head)), 0) FROM rejects";
        let (rows, bytes) = connection.query_row(sums, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self {
            connection,
            options,
            rows,
            bytes,
        })
    }

    /// Adds what was refused at a time, all or nothing: the number of each. `dropped` are only counted.
    pub(crate) fn add(
        &mut self,
        rejects: &[NewReject],
        dropped: &BTreeMap<String, u64>,
        at: u64,
    ) -> rusqlite::Result<Vec<u64>> {
        let (mut rows, mut bytes) = (self.rows, self.bytes);
        let transaction = self.connection.transaction()?;
        let mut numbers = Vec::with_capacity(rejects.len());
        let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
        for reject in rejects {
            let (number, is_new) = insert(&transaction, reject, at)?;
            numbers.push(number);
            counts.entry(&reject.source).or_default().refused += 1;
            if is_new {
                rows += 1;
                bytes += reject.head.len() as u64;
            }
        }
        for (source, count) in dropped {
            let counts = counts.entry(source).or_default();
            counts.refused += count;
            counts.dropped += count;
        }
        let mut gone: Vec<(String, u64)> = Vec::new();
        for source in counts.keys() {
            gone.extend(trim_source(
                &transaction,
                source,
                self.options.rows_per_source,
            )?);
        }
        let gone_rows = |gone: &[(String, u64)]| gone.len() as u64;
        let gone_bytes = |gone: &[(String, u64)]| gone.iter().map(|(_, bytes)| bytes).sum::<u64>();
        while rows - gone_rows(&gone) > self.options.rows
            || bytes - gone_bytes(&gone) > self.options.bytes
        {
            let oldest = trim_oldest(&transaction)?;
            if oldest.is_empty() {
                break;
            }
            gone.extend(oldest);
        }
        for (source, _) in &gone {
            counts.entry(source).or_default().dropped += 1;
        }
        for (source, counts) in &counts {
            add_counts(&transaction, source, counts)?;
        }
        transaction.commit()?;
        self.rows = rows - gone_rows(&gone);
        self.bytes = bytes - gone_bytes(&gone);
        Ok(numbers)
    }

    /// Settles one that is open; false when there is none.
    pub(crate) fn settle(&mut self, settling: &Settling) -> rusqlite::Result<bool> {
        let sql = "UPDATE rejects SET state = ?2, settled_at = ?3, settled_by = ?4, note = ?5
                   WHERE number = ?1 AND state = 'open'";
        let changed = self.connection.execute(
            sql,
            params![
                settling.number,
                settling.state.word(),
                settling.at,
                settling.by,
                settling.note
            ],
        )?;
        Ok(changed == 1)
    }
}

impl Table {
    /// Stores figures of sources that were folded up to a record, all or nothing.
    pub(crate) fn store(
        &mut self,
        figures: &BTreeMap<String, Figures>,
        through: u64,
    ) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        for (source, figures) in figures {
            let sql = "INSERT INTO sources (source, figures) VALUES (?1, ?2)
                       ON CONFLICT (source) DO UPDATE SET figures = excluded.figures";
            let text = serde_json::to_string(figures).unwrap_or_default();
            transaction
                .prepare_cached(sql)?
                .execute(params![source, text])?;
        }
        let sql = "INSERT INTO folded (one, through) VALUES (1, ?1)
                   ON CONFLICT (one) DO UPDATE SET through = excluded.through";
        transaction.execute(sql, [through])?;
        transaction.commit()
    }
}

/// The figures that were stored, and up to which record they were folded. Figures that another version wrote are folded
/// anew, all of them.
pub(crate) fn figures(
    connection: &Connection,
) -> rusqlite::Result<(BTreeMap<String, Figures>, u64)> {
    let through = connection
        .query_row("SELECT through FROM folded", [], |row| row.get(0))
        .optional()?;
    let Some(through) = through else {
        return Ok((BTreeMap::new(), 0));
    };
    let mut statement = connection.prepare("SELECT source, figures FROM sources")?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
    let mut all = BTreeMap::new();
    for row in rows {
        let (source, text) = row?;
        let Ok(figures) = serde_json::from_str(&text) else {
            return Ok((BTreeMap::new(), 0));
        };
        all.insert(source, figures);
    }
    Ok((all, through))
}

/// The number, and whether it is a new row. The same text refused for the same reason is the same row.
fn insert(
    transaction: &Transaction<'_>,
    reject: &NewReject,
    at: u64,
) -> rusqlite::Result<(u64, bool)> {
    let length = reject.length.to_le_bytes();
    let told = [&reject.pointer, &reject.place].map(|text| text.as_bytes());
    let digest = [&reject.head[..], &length, told[0], told[1]].concat();
    let digest = Hash::sha256(&digest);
    let sql = "INSERT INTO rejects (digest, first_at, last_at, times, source, id, pointer, reason, place, length, head, state)
               VALUES (?1, ?2, ?2, 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'open')
               ON CONFLICT (source, digest) DO UPDATE SET times = times + 1, last_at = excluded.last_at
               RETURNING number, times";
    let mut statement = transaction.prepare_cached(sql)?;
    let told = statement.query_row(
        params![
            &digest.0[..16],
            at,
            reject.source,
            reject.id,
            reject.pointer,
            reject.reason,
            reject.place,
            reject.length,
            reject.head
        ],
        |row| Ok((row.get(0)?, row.get::<_, u64>(1)?)),
    )?;
    Ok((told.0, told.1 == 1))
}

/// Removes the oldest of a source that has too many: source and bytes of each.
fn trim_source(
    transaction: &Transaction<'_>,
    source: &str,
    most: u64,
) -> rusqlite::Result<Vec<(String, u64)>> {
    let count = "SELECT COUNT(*) FROM rejects WHERE source = ?1";
    let count: u64 = transaction
        .prepare_cached(count)?
        .query_row([source], |row| row.get(0))?;
    let Some(surplus) = count.checked_sub(most).filter(|surplus| *surplus > 0) else {
        return Ok(Vec::new());
    };
    let sql = "DELETE FROM rejects WHERE number IN
               (SELECT number FROM rejects WHERE source = ?1 ORDER BY number LIMIT ?2)
               RETURNING source, LENGTH(head)";
    let mut statement = transaction.prepare_cached(sql)?;
    statement
        .query_map(params![source, surplus], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect()
}

fn trim_oldest(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<(String, u64)>> {
    let sql =
        "DELETE FROM rejects WHERE number IN (SELECT number FROM rejects ORDER BY number LIMIT ?1)
               RETURNING source, LENGTH(head)";
    let mut statement = transaction.prepare_cached(sql)?;
    statement
        .query_map([TRIMMED_ROWS], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

fn add_counts(
    transaction: &Transaction<'_>,
    source: &str,
    counts: &Counts,
) -> rusqlite::Result<()> {
    let is_counted = "SELECT EXISTS (SELECT 1 FROM counts WHERE source = ?1)
                      OR (SELECT COUNT(*) FROM counts) < ?2";
    let is_counted: bool = transaction
        .prepare_cached(is_counted)?
        .query_row(params![source, COUNTED_SOURCES_MAX], |row| row.get(0))?;
    let source = if is_counted { source } else { OTHER_SOURCES };
    let sql = "INSERT INTO counts (source, refused, dropped) VALUES (?1, ?2, ?3)
               ON CONFLICT (source) DO UPDATE SET refused = refused + excluded.refused, dropped = dropped + excluded.dropped";
    transaction
        .prepare_cached(sql)?
        .execute(params![source, counts.refused, counts.dropped])?;
    Ok(())
}

/// Rejects in the order of their numbers.
pub(crate) fn list(connection: &Connection, wanted: &Wanted) -> rusqlite::Result<Vec<Reject>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM rejects WHERE number > ?1 AND (?2 IS NULL OR source = ?2)
         AND (?3 IS NULL OR state = ?3) ORDER BY number LIMIT ?4"
    );
    let state = wanted.state.map(State::word);
    let mut statement = connection.prepare_cached(&sql)?;
    statement
        .query_map(
            params![wanted.after, wanted.source, state, wanted.limit],
            reject,
        )?
        .collect()
}

/// One reject.
pub(crate) fn get(connection: &Connection, number: u64) -> rusqlite::Result<Option<Reject>> {
    let sql = format!("SELECT {COLUMNS} FROM rejects WHERE number = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_row([number], reject).optional()
}

/// How many were refused, by source.
pub(crate) fn counts(connection: &Connection) -> rusqlite::Result<BTreeMap<String, Counts>> {
    let mut statement = connection.prepare_cached("SELECT source, refused, dropped FROM counts")?;
    let counts = statement.query_map([], |row| {
        let counts = Counts {
            refused: row.get(1)?,
            dropped: row.get(2)?,
        };
        Ok((row.get(0)?, counts))
    })?;
    counts.collect()
}

fn reject(row: &Row<'_>) -> rusqlite::Result<Reject> {
    let word: String = row.get(11)?;
    let state = State::of_word(&word);
    Ok(Reject {
        number: row.get(0)?,
        first_at: row.get(1)?,
        last_at: row.get(2)?,
        times: row.get(3)?,
        source: row.get(4)?,
        id: row.get(5)?,
        pointer: row.get(6)?,
        reason: row.get(7)?,
        place: row.get(8)?,
        length: row.get(9)?,
        head: row.get(10)?,
        state: state.unwrap_or(State::Open),
        settled_at: row.get(12)?,
        settled_by: row.get(13)?,
        note: row.get(14)?,
    })
}

#[cfg(test)]
mod tests;
