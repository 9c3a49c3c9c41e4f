//! Notes of clocks in their table.

use std::sync::{PoisonError, RwLock};

use rusqlite::{Connection, Transaction, params};

use super::fault::Fault;
use crate::batch::Batch;
use crate::clocks::{Clocks, noted, read_notes, whole};

/// Bytes of notes for which the whole is never written.
const NOTE_BYTES_MIN: usize = 8 << 20;

/// Notes of clocks on their way into the table.
pub(super) struct Notes {
    pub(super) last: i64,
    /// Bytes of the last note of the whole, and of the notes since.
    pub(super) bytes: (usize, usize),
}

impl Notes {
    /// Notes what a batch moves; before that the whole, when it is shorter than the notes.
    pub(super) fn write(
        &mut self,
        transaction: &Transaction<'_>,
        batch: &Batch,
        clocks: &RwLock<Clocks>,
    ) -> Result<(), Fault> {
        if batch.clocks.is_empty() {
            return Ok(());
        }
        let (of_whole, since) = self.bytes;
        if since > NOTE_BYTES_MIN.max(2 * of_whole) {
            let notes = whole(&clocks.read().unwrap_or_else(PoisonError::into_inner));
            transaction.execute("DELETE FROM clock_note", [])?;
            self.bytes = (notes.iter().map(Vec::len).sum(), 0);
            for note in notes {
                self.insert(transaction, &note)?;
            }
        }
        let note = noted(&batch.clocks);
        self.bytes.1 += note.len();
        self.insert(transaction, &note)
    }

    fn insert(&mut self, transaction: &Transaction<'_>, note: &[u8]) -> Result<(), Fault> {
        self.last += 1;
        transaction
            .prepare_cached("INSERT INTO clock_note (number, note) VALUES (?, ?)")?
            .execute(params![self.last, note])?;
        Ok(())
    }
}

/// The open clocks as the notes have them, the number of the last note, and how long they are.
pub(super) fn load_clocks(connection: &Connection) -> Result<(Clocks, i64, (usize, usize)), Fault> {
    let mut clocks = Clocks::default();
    let (mut last, mut bytes) = (0, 0);
    let mut select = connection.prepare("SELECT number, note FROM clock_note ORDER BY number")?;
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        let note = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        read_notes(note, &mut clocks)?;
        last = row.get(0)?;
        bytes += note.len();
    }
    let of_whole = whole(&clocks).iter().map(Vec::len).sum();
    Ok((clocks, last, (of_whole, bytes)))
}
