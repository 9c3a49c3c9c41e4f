//! The views in SQLite: one file, one writer, a few readers.
//!
//! What is lost when power goes is written again from the ledger, so commits are not synchronised; the file stays
//! whole all the same (write-ahead log of SQLite, `synchronous=NORMAL`). The SQL is standard but for the types of the
//! schema, so that another database can follow behind [`Project`] and [`Query`].

mod clock_notes;
mod code;
mod dictionary;
mod fault;
mod forget;
mod opening;
mod read;
mod roots;
mod segments;
mod write;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::{Connection, TransactionBehavior, params};
use tokio::sync::watch;

use crate::batch::Batch;
use crate::clocks::Clocks;
use crate::error::StoreError;
use crate::views::{Commit, Position, Project, Query};
use clock_notes::{Notes, load_clocks};
use fault::Fault;
use opening::{beside, connect, copy, foreign, move_aside};
use read::SqliteQuery;
use write::Known;

/// The format of the tables; another one is built anew.
const FORMAT: i64 = 2;
/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 128;

/// Whose views a file must hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Owner {
    /// Name of the ledger: views of another one are not taken up.
    pub ledger: String,
    /// Records that the ledger has: views that are further are of another past and are not taken up.
    pub records: u64,
    /// Minutes east of UTC of the agency's clock, by which days are counted.
    pub offset_minutes: i16,
}

/// How views were opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Start {
    /// They were there.
    Found,
    /// There were none; they are to be built from the first record.
    Begun,
    /// What was there cannot be used: it lies beside, and the views are to be built from the first record.
    Anew {
        /// Where the old file lies now.
        moved_to: PathBuf,
        /// Why it is not used.
        why: String,
    },
}

/// Views in a file.
pub struct SqliteViews {
    path: PathBuf,
    position: Position,
    known: Known,
    clocks: Arc<RwLock<Clocks>>,
    /// Bytes of the last note of the whole, and of the notes since.
    note_bytes: (usize, usize),
    last_note: i64,
    offset_minutes: i16,
    query: Arc<SqliteQuery>,
    bell: Arc<watch::Sender<u64>>,
    memory: Memory,
    /// Closed last: the last connection tidies up beside the file, and those that only read cannot.
    connection: Connection,
}

/// Whether what the writer remembers is what the tables hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Memory {
    Fresh,
    /// A commit failed half-way.
    Stale,
}

impl std::fmt::Debug for SqliteViews {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let records = self.position.records;
        write!(
            formatter,
            "views of {records} records in {}",
            self.path.display()
        )
    }
}

impl SqliteViews {
    /// Opens the views in a file. What is damaged, of another ledger or of another format is moved beside, and empty
    /// views are begun: nothing is lost, as the ledger has everything.
    ///
    /// # Errors
    ///
    /// When the file can neither be read nor moved, or a new one cannot be begun.
    pub fn open(path: &Path, owner: &Owner) -> Result<(Self, Start), StoreError> {
        if !path.exists() {
            if beside(path, "-wal").exists() {
                let why = "the file is gone, though not what belongs to it".to_owned();
                return Self::anew(path, owner, why);
            }
            return Ok((Self::begin(path, owner)?, Start::Begun));
        }
        match Self::take_up(path, owner) {
            Ok(Ok(views)) => Ok((views, Start::Found)),
            Ok(Err(why)) | Err(StoreError::Damaged { why, .. }) => Self::anew(path, owner, why),
            Err(error) => Err(error),
        }
    }

    /// Moves the file beside and begins empty views, whatever is in it.
    ///
    /// # Errors
    ///
    /// When the file cannot be moved, or a new one cannot be begun.
    pub fn anew(path: &Path, owner: &Owner, why: String) -> Result<(Self, Start), StoreError> {
        let moved_to = move_aside(path)?;
        let views = Self::begin(path, owner)?;
        Ok((views, Start::Anew { moved_to, why }))
    }

    /// Copies the views in a file as they stand between two commits, also while they are written.
    ///
    /// # Errors
    ///
    /// When there are none, they cannot be read, or the copy cannot be written.
    pub fn copy(path: &Path, to: &Path) -> Result<(), StoreError> {
        copy(path, to).map_err(|fault| fault.of(path))
    }

    fn begin(path: &Path, owner: &Owner) -> Result<Self, StoreError> {
        let begin = || -> Result<Connection, Fault> {
            let mut connection = connect(path)?;
            let transaction = connection.transaction()?;
            make_tables(&transaction, (&owner.ledger, owner.offset_minutes), 0)?;
            transaction.commit()?;
            Ok(connection)
        };
        let connection = begin().map_err(|fault| fault.of(path))?;
        Self::load(path, connection, owner.offset_minutes).map_err(|fault| fault.of(path))
    }

    /// The views in a file, or why they are not this owner's.
    fn take_up(path: &Path, owner: &Owner) -> Result<Result<Self, String>, StoreError> {
        let take_up = || -> Result<Result<Self, String>, Fault> {
            if let Some(why) = foreign(path, owner)? {
                return Ok(Err(why));
            }
            let connection = connect(path)?;
            let views = Self::load(path, connection, owner.offset_minutes)?;
            if views.position.records > owner.records {
                let (views, ledger) = (views.position.records, owner.records);
                return Ok(Err(format!(
                    "they hold {views} records, the ledger has {ledger}"
                )));
            }
            Ok(Ok(views))
        };
        take_up().map_err(|fault| fault.of(path))
    }

    fn load(path: &Path, connection: Connection, offset_minutes: i16) -> Result<Self, Fault> {
        let position = position(&connection)?;
        let known = Known::load(&connection, offset_minutes)?;
        let (clocks, last_note, note_bytes) = load_clocks(&connection)?;
        let clocks = Arc::new(RwLock::new(clocks));
        let bell = Arc::new(watch::channel(position.changes).0);
        let query = SqliteQuery::new(path, Arc::clone(&clocks), Arc::clone(&bell));
        Ok(Self {
            path: path.to_owned(),
            connection,
            position,
            known,
            clocks,
            note_bytes,
            last_note,
            offset_minutes,
            query: Arc::new(query),
            bell,
            memory: Memory::Fresh,
        })
    }

    /// Reads from the tables what a failed commit left wrong in memory.
    fn refresh(&mut self) -> Result<(), Fault> {
        self.position = position(&self.connection)?;
        self.known = Known::load(&self.connection, self.offset_minutes)?;
        let (clocks, last_note, note_bytes) = load_clocks(&self.connection)?;
        *self.clocks.write().unwrap_or_else(PoisonError::into_inner) = clocks;
        (self.last_note, self.note_bytes) = (last_note, note_bytes);
        self.memory = Memory::Fresh;
        Ok(())
    }

    fn fold(&mut self, batch: &Batch) -> Result<Commit, Fault> {
        if self.memory == Memory::Stale {
            self.refresh()?;
        }
        if batch.next() <= self.position.records {
            return Ok(Commit::Known(self.position));
        }
        let next = checked(batch, self.position)?;
        self.memory = Memory::Stale;
        let behaviour = TransactionBehavior::Immediate;
        let transaction = self.connection.transaction_with_behavior(behaviour)?;
        let from = self.position.records;
        self.known.events(&transaction, batch, from)?;
        let new = |number: &u64| *number > self.position.changes;
        for change in batch.changes.iter().filter(|change| new(&change.number)) {
            self.known.change(&transaction, change)?;
        }
        for pack in batch.packs.iter().filter(|pack| pack.since >= from) {
            write::pack(&transaction, pack)?;
        }
        let mut notes = Notes {
            last: self.last_note,
            bytes: self.note_bytes,
        };
        notes.write(&transaction, batch, &self.clocks)?;
        let jumped = batch.jumps.iter().max().copied().unwrap_or(0);
        let [records, changes, jumped] =
            [next.records, next.changes, jumped].map(|number| number as i64);
        transaction
            .prepare_cached("UPDATE place SET records = ?1, changes = ?2, jumped = CASE WHEN jumped < ?3 THEN ?3 ELSE jumped END")?
            .execute([records, changes, jumped])?;
        transaction.commit()?;
        let mut clocks = self.clocks.write().unwrap_or_else(PoisonError::into_inner);
        batch.clocks.iter().for_each(|moved| clocks.set(moved));
        drop(clocks);
        (self.last_note, self.note_bytes) = (notes.last, notes.bytes);
        self.memory = Memory::Fresh;
        self.position = next;
        self.bell.send_if_modified(|last| {
            let is_more = *last != next.changes;
            *last = next.changes;
            is_more
        });
        Ok(Commit::Written(next))
    }
}

impl Project for SqliteViews {
    fn position(&self) -> Position {
        self.position
    }

    fn commit(&mut self, batch: &Batch) -> Result<Commit, StoreError> {
        self.fold(batch).map_err(|fault| fault.of(&self.path))
    }

    fn forget(&mut self, jump: u64) -> Result<(), StoreError> {
        self.empty(jump).map_err(|fault| fault.of(&self.path))
    }

    fn query(&self) -> Arc<dyn Query> {
        Arc::clone(&self.query) as Arc<dyn Query>
    }
}

/// The position after a batch, when it follows on what is there.
fn checked(batch: &Batch, position: Position) -> Result<Position, StoreError> {
    let (first, next) = (batch.first(), batch.next());
    if first > position.records {
        let position = position.records;
        return Err(StoreError::Gap { first, position });
    }
    let mut least = first;
    for event in batch.events() {
        let record = event.record;
        if record < least {
            return Err(StoreError::Disorder {
                record,
                first,
                next,
            });
        }
        least = record + 1;
    }
    let mut last = position.changes;
    for change in &batch.changes {
        let number = change.number;
        match number.checked_sub(last) {
            Some(1) => last = number,
            // It was told before, in a batch that this one overlaps.
            Some(0) | None if number <= position.changes => {}
            Some(_) if batch.jumps.contains(&(number - 1)) => last = number,
            _ => return Err(StoreError::ChangeGap { number, last }),
        }
    }
    let jumped = batch.jumps.iter().max().copied().unwrap_or(0);
    Ok(Position {
        records: next,
        changes: last.max(jumped),
    })
}

/// Makes the tables of empty views of an owner: its ledger, and the minutes east of UTC of its clock.
fn make_tables(
    connection: &Connection,
    (ledger, offset_minutes): (&str, i16),
    jumped: u64,
) -> Result<(), Fault> {
    connection.execute_batch(include_str!("sqlite/schema.sql"))?;
    connection.execute(
        "INSERT INTO place (only_row, format, owner, offset_minutes, records, changes, jumped)
         VALUES (1, ?, ?, ?, 0, 0, ?)",
        params![FORMAT, ledger, offset_minutes, jumped as i64],
    )?;
    Ok(())
}

/// How far the tables are.
fn position(connection: &Connection) -> Result<Position, Fault> {
    let mut select = connection.prepare_cached("SELECT records, changes FROM place")?;
    let position = select.query_row([], |row| {
        let number = |at| row.get::<_, i64>(at).map(|number| number as u64);
        Ok(Position {
            records: number(0)?,
            changes: number(1)?,
        })
    })?;
    Ok(position)
}
