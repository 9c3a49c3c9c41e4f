//! Postings: which records name which object, as short lists of ascending numbers.
//!
//! A *segment* holds the lists of a contiguous range of records, sorted by key, in blocks of a few thousand bytes.
//! Segments are only ever put one behind the other, so joining them copies bytes and decodes nothing but heads.
//! A long list is cut into pieces, so that no block outgrows its place in the database.

use std::collections::VecDeque;

/// Bytes of a block after which the next one begins.
const BLOCK_BYTES: usize = 3_000;
/// Bytes of one piece of a list at most, but for its head.
const PIECE_BYTES: usize = 1_500;

/// What a list belongs to: an object or a bucket, as a number.
pub(crate) type Key = u64;

/// Some bytes that are no block.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a block of postings ends early or holds a number out of range, at byte {at}")]
pub(crate) struct BadBlock {
    /// Where.
    pub(crate) at: usize,
}

/// A block of a segment, as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Block {
    /// Key of its first piece.
    pub(crate) key: Key,
    /// First record of its first piece.
    pub(crate) record: u64,
    pub(crate) bytes: Vec<u8>,
}

/// A piece of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Piece<'b> {
    pub(crate) key: Key,
    pub(crate) count: u64,
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// The distances from one record to the next; one fewer than records.
    steps: &'b [u8],
}

impl Piece<'_> {
    /// Puts the records behind those of a list.
    pub(crate) fn append_to(&self, list: &mut Vec<u64>) -> Result<(), BadBlock> {
        let mut record = self.first;
        list.push(record);
        let mut steps = Bytes(self.steps, 0);
        for _ in 1..self.count {
            record = record
                .checked_add(steps.number()?)
                .ok_or(BadBlock { at: steps.1 })?;
            list.push(record);
        }
        Ok(())
    }
}

/// The pieces of a block.
#[derive(Clone, Debug)]
pub(crate) struct Pieces<'b> {
    bytes: Bytes<'b>,
    key: Key,
    /// First record of the segment, from which heads count.
    base: u64,
}

impl<'b> Pieces<'b> {
    /// Reads a block of a segment that begins at record `base`.
    pub(crate) fn of(bytes: &'b [u8], base: u64) -> Self {
        Self {
            bytes: Bytes(bytes, 0),
            key: 0,
            base,
        }
    }

    fn piece(&mut self) -> Result<Piece<'b>, BadBlock> {
        let bad = BadBlock { at: self.bytes.1 };
        let bytes = &mut self.bytes;
        self.key = self.key.checked_add(bytes.number()?).ok_or(bad)?;
        let count = bytes.number()?;
        let first = self.base.checked_add(bytes.number()?).ok_or(bad)?;
        let (mut last, mut steps): (u64, &[u8]) = (first, &[]);
        if count > 1 {
            last = first.checked_add(bytes.number()?).ok_or(bad)?;
            let length = bytes.number()?;
            steps = bytes.take(length)?;
        }
        // Each step has at least one byte, so that no count makes a reader reserve or run without end.
        if count == 0 || count - 1 > steps.len() as u64 {
            return Err(bad);
        }
        Ok(Piece {
            key: self.key,
            count,
            first,
            last,
            steps,
        })
    }
}

impl<'b> Iterator for Pieces<'b> {
    type Item = Result<Piece<'b>, BadBlock>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.bytes.is_empty()).then(|| self.piece())
    }
}

/// Writes the blocks of one segment from pieces in the order of their keys and records.
#[derive(Debug)]
pub(crate) struct Blocks {
    base: u64,
    blocks: Vec<Block>,
    /// Key of the last piece of the last block.
    key: Key,
    open: Option<Open>,
    postings: u64,
}

/// The piece that can still grow.
#[derive(Debug)]
struct Open {
    key: Key,
    count: u64,
    first: u64,
    last: u64,
    steps: Vec<u8>,
}

impl Blocks {
    /// No blocks yet, of a segment that begins at record `base`.
    pub(crate) fn new(base: u64) -> Self {
        Self {
            base,
            blocks: Vec::new(),
            key: 0,
            open: None,
            postings: 0,
        }
    }

    /// The blocks of postings that are sorted by key and record.
    pub(crate) fn of(base: u64, sorted: &[(Key, u64)]) -> Self {
        let mut blocks = Self::new(base);
        for &(key, record) in sorted {
            blocks.push(&Piece {
                key,
                count: 1,
                first: record,
                last: record,
                steps: &[],
            });
        }
        blocks
    }

    /// Joins segments that follow one on the other into one.
    pub(crate) fn joined(segments: &[(u64, Vec<Vec<u8>>)]) -> Result<Self, BadBlock> {
        let mut blocks = Self::new(segments.first().map_or(0, |(base, _)| *base));
        let mut heads = Vec::with_capacity(segments.len());
        for (base, stored) in segments {
            let mut rest: VecDeque<Pieces<'_>> = stored
                .iter()
                .map(|bytes| Pieces::of(bytes, *base))
                .collect();
            heads.push((next_of(&mut rest)?, rest));
        }
        loop {
            let keys = heads
                .iter()
                .filter_map(|(head, _)| Some(head.as_ref()?.key));
            let Some(least) = keys.min() else {
                return Ok(blocks);
            };
            // Earlier segments have the earlier records, so their pieces of a key come first.
            for (head, rest) in &mut heads {
                while let Some(piece) = head.take_if(|piece| piece.key == least) {
                    blocks.push(&piece);
                    *head = next_of(rest)?;
                }
            }
        }
    }

    fn push(&mut self, piece: &Piece<'_>) {
        self.postings += piece.count;
        if let Some(open) = &mut self.open {
            if open.key == piece.key && open.steps.len() + piece.steps.len() < PIECE_BYTES {
                put(&mut open.steps, piece.first - open.last);
                open.steps.extend_from_slice(piece.steps);
                open.count += piece.count;
                open.last = piece.last;
                return;
            }
            self.close();
        }
        self.open = Some(Open {
            key: piece.key,
            count: piece.count,
            first: piece.first,
            last: piece.last,
            steps: piece.steps.to_vec(),
        });
    }

    fn close(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        let is_full = self
            .blocks
            .last()
            .is_none_or(|block| block.bytes.len() + open.steps.len() > BLOCK_BYTES);
        if is_full {
            self.key = 0;
            self.blocks.push(Block {
                key: open.key,
                record: open.first,
                bytes: Vec::new(),
            });
        }
        let Some(block) = self.blocks.last_mut() else {
            return;
        };
        let bytes = &mut block.bytes;
        put(bytes, open.key - self.key);
        put(bytes, open.count);
        put(bytes, open.first - self.base);
        if open.count > 1 {
            put(bytes, open.last - open.first);
            put(bytes, open.steps.len() as u64);
            bytes.extend_from_slice(&open.steps);
        }
        self.key = open.key;
    }

    /// The blocks, and how many postings are in them.
    pub(crate) fn finish(mut self) -> (Vec<Block>, u64) {
        self.close();
        (self.blocks, self.postings)
    }
}

fn next_of<'b>(rest: &mut VecDeque<Pieces<'b>>) -> Result<Option<Piece<'b>>, BadBlock> {
    while let Some(pieces) = rest.front_mut() {
        if let Some(piece) = pieces.next() {
            return piece.map(Some);
        }
        rest.pop_front();
    }
    Ok(None)
}

/// Writes a number in groups of seven bits, the lowest first.
pub(crate) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Bytes that are read from the front, and how many were.
#[derive(Clone, Debug)]
pub(crate) struct Bytes<'b>(pub(crate) &'b [u8], pub(crate) usize);

impl<'b> Bytes<'b> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A number as [`put`] wrote it.
    pub(crate) fn number(&mut self) -> Result<u64, BadBlock> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or(BadBlock { at: self.1 })?;
            (self.0, self.1) = (rest, self.1 + 1);
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                break;
            }
            number |= part << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(BadBlock { at: self.1 })
    }

    /// So many bytes.
    pub(crate) fn take(&mut self, length: u64) -> Result<&'b [u8], BadBlock> {
        let bad = BadBlock { at: self.1 };
        let length = usize::try_from(length).map_err(|_| bad)?;
        let (taken, rest) = self.0.split_at_checked(length).ok_or(bad)?;
        (self.0, self.1) = (rest, self.1 + length);
        Ok(taken)
    }
}

/// The records that are in both lists; both ascend.
pub(crate) fn both(one: &[u64], other: &[u64]) -> Vec<u64> {
    let (few, many) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    let mut rest = many;
    let mut found = Vec::new();
    for record in few {
        // The list is searched from where the last one was found, in steps that double.
        let mut reach = 1;
        while rest.get(reach).is_some_and(|at| at < record) {
            reach *= 2;
        }
        let reach = rest.len().min(reach + 1);
        let below = rest[..reach].partition_point(|at| at < record);
        rest = &rest[below..];
        if rest.first() == Some(record) {
            found.push(*record);
        }
    }
    found
}

#[cfg(test)]
mod tests;
