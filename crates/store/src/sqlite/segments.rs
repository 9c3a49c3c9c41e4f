//! Segments of postings in the database: a new one for each commit, joined as they become many.
//!
//! Segments of alike size are joined eight at a time, so that each posting is copied a few times in its life and a
//! question looks into a few dozen segments at most. From a size on they are left alone, so that no commit waits long.

use rusqlite::{Connection, params};

use super::fault::Fault;
use crate::postings::{Blocks, Key, Piece, Pieces};

/// Segments that are joined at a time.
const JOINED: usize = 8;
/// Postings from which on a segment is left alone.
const LARGE: u64 = 1 << 20;
/// From this number on, lists belong to buckets; below, to objects.
const BUCKETS: Key = 1 << 40;

/// The list of an object.
pub(super) fn object_list(number: i64) -> Key {
    number as u64
}

/// The list of a bucket.
pub(super) fn bucket_list(number: i64) -> Key {
    BUCKETS + number as u64
}

/// A range of records that has lists of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Segment {
    pub(super) number: i64,
    pub(super) first: u64,
    pub(super) next: u64,
    postings: u64,
}

impl Segment {
    fn tier(&self) -> u32 {
        self.postings.max(1).ilog2() / JOINED.ilog2()
    }
}

/// All segments in the order of their records.
#[derive(Clone, Debug, Default)]
pub(super) struct Segments {
    list: Vec<Segment>,
    last_number: i64,
}

impl Segments {
    pub(super) fn load(connection: &Connection) -> Result<Self, Fault> {
        let list = listed(connection)?;
        let last_number = list.iter().map(|segment| segment.number).max();
        Ok(Self {
            list,
            last_number: last_number.unwrap_or(0),
        })
    }

    /// Adds the postings of some records, sorted by list and record.
    pub(super) fn add(
        &mut self,
        connection: &Connection,
        (first, next): (u64, u64),
        sorted: &[(Key, u64)],
    ) -> Result<(), Fault> {
        if sorted.is_empty() {
            return Ok(());
        }
        self.write(connection, (first, next), Blocks::of(first, sorted))?;
        while let Some(from) = self.to_join() {
            let joined = self.list.split_off(from);
            let first = joined.first().map_or(0, |segment| segment.first);
            let next = joined.last().map_or(0, |segment| segment.next);
            let mut stored = Vec::with_capacity(joined.len());
            for segment in &joined {
                stored.push((segment.first, blocks_of(connection, segment)?));
            }
            self.write(connection, (first, next), Blocks::joined(&stored)?)?;
            for segment in &joined {
                drop_segment(connection, segment)?;
            }
        }
        Ok(())
    }

    /// Where the segments begin that are to be joined: enough at the end that are no larger than the last one's tier.
    fn to_join(&self) -> Option<usize> {
        let tier = self.list.last()?.tier();
        let alike = |segment: &&Segment| segment.tier() <= tier && segment.postings < LARGE;
        let run = self.list.iter().rev().take_while(alike).count();
        (run >= JOINED).then(|| self.list.len() - run)
    }

    fn write(
        &mut self,
        connection: &Connection,
        (first, next): (u64, u64),
        blocks: Blocks,
    ) -> Result<(), Fault> {
        let (blocks, postings) = blocks.finish();
        self.last_number += 1;
        let segment = Segment {
            number: self.last_number,
            first,
            next,
            postings,
        };
        let mut insert = connection.prepare_cached(
            "INSERT INTO segment (number, first_record, next_record, postings) VALUES (?, ?, ?, ?)",
        )?;
        let [first, next, postings] = [first, next, postings].map(|number| number as i64);
        insert.execute(params![segment.number, first, next, postings])?;
        let mut insert = connection.prepare_cached(
            "INSERT INTO posting (segment, list, first_record, block) VALUES (?, ?, ?, ?)",
        )?;
        for block in blocks {
            let [list, record] = [block.key, block.record].map(|number| number as i64);
            insert.execute(params![segment.number, list, record, block.bytes])?;
        }
        self.list.push(segment);
        Ok(())
    }
}

/// All segments in the order of their records.
pub(super) fn listed(connection: &Connection) -> Result<Vec<Segment>, Fault> {
    let sql =
        "SELECT number, first_record, next_record, postings FROM segment ORDER BY first_record";
    let mut select = connection.prepare_cached(sql)?;
    let rows = select.query_map([], |row| {
        let number = |at| row.get::<_, i64>(at).map(|number| number as u64);
        Ok(Segment {
            number: row.get(0)?,
            first: number(1)?,
            next: number(2)?,
            postings: number(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn drop_segment(connection: &Connection, segment: &Segment) -> Result<(), Fault> {
    for sql in [
        "DELETE FROM posting WHERE segment = ?",
        "DELETE FROM segment WHERE number = ?",
    ] {
        connection.prepare_cached(sql)?.execute([segment.number])?;
    }
    Ok(())
}

/// The blocks of a segment in their order.
pub(super) fn blocks_of(connection: &Connection, segment: &Segment) -> Result<Vec<Vec<u8>>, Fault> {
    let sql = "SELECT block FROM posting WHERE segment = ? ORDER BY list, first_record";
    let mut select = connection.prepare_cached(sql)?;
    let rows = select.query_map([segment.number], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Calls for each piece of one list in a segment, in the order of records.
pub(super) fn each_piece(
    connection: &Connection,
    segment: &Segment,
    list: Key,
    mut each: impl FnMut(&Piece<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    // The list begins in the last block that begins with a lower list, or in blocks that begin with it.
    let before = "SELECT block FROM posting WHERE segment = ? AND list < ?
                  ORDER BY list DESC, first_record DESC LIMIT 1";
    let own = "SELECT block FROM posting WHERE segment = ? AND list = ? ORDER BY first_record";
    for sql in [before, own] {
        let mut select = connection.prepare_cached(sql)?;
        let mut rows = select.query(params![segment.number, list as i64])?;
        while let Some(row) = rows.next()? {
            let block = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            for piece in Pieces::of(block, segment.first) {
                let piece = piece?;
                if piece.key > list {
                    break;
                }
                if piece.key == list {
                    each(&piece)?;
                }
            }
        }
    }
    Ok(())
}

/// Calls for each piece of all buckets' lists in a segment.
pub(super) fn each_bucket_piece(
    connection: &Connection,
    segment: &Segment,
    mut each: impl FnMut(i64, &Piece<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let sql = "SELECT block FROM posting WHERE segment = ? AND list >= (
                   SELECT COALESCE(MAX(list), 0) FROM posting WHERE segment = ? AND list < ?)
               ORDER BY list, first_record";
    let mut select = connection.prepare_cached(sql)?;
    let mut rows = select.query(params![segment.number, segment.number, BUCKETS as i64])?;
    while let Some(row) = rows.next()? {
        let block = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        for piece in Pieces::of(block, segment.first) {
            let piece = piece?;
            if let Some(bucket) = piece.key.checked_sub(BUCKETS) {
                each(bucket as i64, &piece)?;
            }
        }
    }
    Ok(())
}
