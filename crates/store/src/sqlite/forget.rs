//! Emptying views, so that nothing of what they held is left in any page of any file.

use rusqlite::Connection;

use super::fault::Fault;
use super::{SqliteViews, make_tables};
use crate::error::StoreError;

/// How often the write-ahead log of SQLite is tried to be emptied. A question keeps it for ten seconds at most, and
/// each try waits for five.
const TRIES: u32 = 24;

impl SqliteViews {
    /// Drops every table, packs the file, empties its write-ahead log, and begins with empty tables.
    pub(super) fn empty(&mut self, jump: u64) -> Result<(), Fault> {
        self.memory = super::Memory::Stale;
        self.connection.flush_prepared_statement_cache();
        let sql = "SELECT owner FROM place";
        let ledger: String = self.connection.query_row(sql, [], |row| row.get(0))?;
        // References between tables would make their order matter; nothing refers to what is gone afterwards.
        self.connection.execute_batch("PRAGMA foreign_keys = OFF")?;
        let emptied = self.drop_tables((&ledger, self.offset_minutes), jump);
        self.connection.execute_batch("PRAGMA foreign_keys = ON")?;
        emptied?;
        self.connection.execute_batch("VACUUM")?;
        self.empty_log()?;
        self.refresh()?;
        self.bell.send_replace(0);
        Ok(())
    }

    fn drop_tables(&mut self, owner: (&str, i16), jump: u64) -> Result<(), Fault> {
        let transaction = self.connection.transaction()?;
        let tables =
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let tables: Vec<String> = transaction
            .prepare(tables)?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for table in tables {
            transaction.execute_batch(&format!("DROP TABLE \"{table}\""))?;
        }
        make_tables(&transaction, owner, jump)?;
        transaction.commit()?;
        Ok(())
    }

    /// Moves everything from the write-ahead log into the file, and cuts the log to nothing.
    fn empty_log(&self) -> Result<(), Fault> {
        for _ in 0..TRIES {
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            let busy: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
            if busy == 0 {
                return Ok(());
            }
        }
        let why = "somebody reads them without a pause, so what was erased cannot be overwritten";
        Err(Fault::Told(StoreError::Database {
            path: self.path.clone(),
            why: why.to_owned(),
        }))
    }
}

/// The last number before the last jump of changes.
pub(super) fn jumped(connection: &Connection) -> Result<u64, Fault> {
    let mut select = connection.prepare_cached("SELECT jumped FROM place")?;
    Ok(select.query_row([], |row| row.get::<_, i64>(0))? as u64)
}
