//! Tiles: files of up to 256 hashes from which every hash of the tree can be computed (tlog-tiles).

use std::fmt;

use crate::algorithm::Algorithm;
use crate::hash::Hash;
use crate::path::{canonical, read_number, write_number};

/// Hashes of a full tile.
pub const TILE_WIDTH: u64 = 256;
/// Heights of the tree that one level of tiles spans: 256 hashes are a subtree of this height.
pub(crate) const TILE_HEIGHT: u8 = 8;

/// Names one hash tile: hash `i` of it is the root of the subtree over the entries
/// `[(256 * index + i) * 256^level, (256 * index + i + 1) * 256^level)`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TileId {
    /// Level, 0 for the hashes of entries; at most 7 in a log of 2^64 entries.
    pub level: u8,
    /// Number of the tile on its level.
    pub index: u64,
    /// Hashes in it, 1 to 256.
    pub width: u16,
}

impl TileId {
    /// The tile of this level and number in a tree of `size` entries; `None` when that tree has
    /// no such tile.
    #[must_use]
    pub fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let hashes = hashes_on(level, size);
        let from = index.checked_mul(TILE_WIDTH)?;
        let width = hashes.checked_sub(from)?.min(TILE_WIDTH) as u16;
        (width > 0).then_some(Self {
            level,
            index,
            width,
        })
    }

    /// Whether it has all its 256 hashes and will never change.
    #[must_use]
    pub fn is_full(self) -> bool {
        u64::from(self.width) == TILE_WIDTH
    }

    /// Bytes of the file.
    #[must_use]
    pub fn bytes(self) -> usize {
        usize::from(self.width) * Hash::BYTES
    }

    /// Reads a path as [`TileId`]'s `Display` writes it.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let (level, number) = path.strip_prefix("tile/")?.split_once('/')?;
        let level = canonical(level).filter(|level| *level < 64)? as u8;
        let (index, width) = read_number(number)?;
        Some(Self {
            level,
            index,
            width,
        })
    }
}

impl fmt::Display for TileId {
    /// The path below the log's prefix: `tile/0/x001/234`, `tile/1/000.p/17`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "tile/{}/{}",
            self.level,
            write_number(self.index)
        )?;
        if self.is_full() {
            return Ok(());
        }
        write!(formatter, ".p/{}", self.width)
    }
}

fn hashes_on(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT))
        .unwrap_or(0)
}

/// All hash tiles of a tree with `size` entries, level by level from below.
pub fn tiles_of(size: u64) -> impl Iterator<Item = TileId> {
    (0..8)
        .take_while(move |level| hashes_on(*level, size) > 0)
        .flat_map(move |level| {
            let tiles = hashes_on(level, size).div_ceil(TILE_WIDTH);
            (0..tiles).filter_map(move |index| TileId::in_tree(level, index, size))
        })
}

/// Where tiles are read from: a folder, a server, a test.
pub trait TileReader {
    /// Why a tile could not be read.
    type Error;

    /// The bytes of a tile, or of a wider version of it.
    ///
    /// # Errors
    ///
    /// When the tile is absent or cannot be read.
    fn read(&self, tile: TileId) -> Result<Vec<u8>, Self::Error>;
}

/// Why a hash of the tree could not be had.
#[derive(Debug, thiserror::Error)]
pub enum TileError<E> {
    /// The reader failed.
    #[error(transparent)]
    Reader(E),
    /// The file is too short.
    #[error("{tile} has {bytes} bytes, its {} hashes take {}", .tile.width, .tile.bytes())]
    Short {
        /// The tile.
        tile: TileId,
        /// Its size.
        bytes: usize,
    },
    /// What was asked lies outside the tree.
    #[error("{asked} lies outside the tree of {size} entries")]
    Outside {
        /// What was asked: an index, a size or a node.
        asked: u64,
        /// Entries of the tree.
        size: u64,
    },
}

/// A tree of some size, read from its tiles.
#[derive(Debug)]
pub struct Tiles<'r, R> {
    reader: &'r R,
    size: u64,
    algorithm: Algorithm,
}

impl<'r, R: TileReader> Tiles<'r, R> {
    /// The tree of `size` entries that these tiles hold. Nothing is believed: compare
    /// [`Tiles::root`] with a checkpoint.
    pub fn new(reader: &'r R, size: u64) -> Self {
        Self::by(Algorithm::Sha256, reader, size)
    }

    /// As [`Tiles::new`], for a tree by this hash.
    pub fn by(algorithm: Algorithm, reader: &'r R, size: u64) -> Self {
        Self {
            reader,
            size,
            algorithm,
        }
    }

    /// Root over all entries.
    ///
    /// # Errors
    ///
    /// See [`TileError`].
    pub fn root(&self) -> Result<Hash, TileError<R::Error>> {
        self.root_at(self.size)
    }

    /// Root over the first `size` entries.
    ///
    /// # Errors
    ///
    /// See [`TileError`]; also when the tree is smaller.
    pub fn root_at(&self, size: u64) -> Result<Hash, TileError<R::Error>> {
        if size > self.size {
            return Err(self.outside(size));
        }
        if size == 0 {
            return Ok(self.algorithm.of_nothing());
        }
        self.range(0, size)
    }

    /// The hash of entry `index`.
    ///
    /// # Errors
    ///
    /// See [`TileError`].
    pub fn leaf(&self, index: u64) -> Result<Hash, TileError<R::Error>> {
        self.node(0, index)
    }

    /// The roots of the perfect subtrees, the largest first, as a growing tree keeps them.
    ///
    /// # Errors
    ///
    /// See [`TileError`].
    pub fn right_edge(&self) -> Result<Vec<Hash>, TileError<R::Error>> {
        let mut roots = Vec::new();
        let mut start = 0_u64;
        for height in (0..64_u8)
            .rev()
            .filter(|height| self.size >> height & 1 == 1)
        {
            roots.push(self.node(height, start >> height)?);
            start += 1 << height;
        }
        Ok(roots)
    }

    /// The path from entry `index` to the root over the first `size` entries, leaf side first
    /// (RFC 6962, section 2.1.1).
    ///
    /// # Errors
    ///
    /// See [`TileError`].
    pub fn inclusion(&self, index: u64, size: u64) -> Result<Vec<Hash>, TileError<R::Error>> {
        if size > self.size || index >= size {
            return Err(self.outside(index.max(size)));
        }
        let (mut low, mut high) = (0, size);
        let mut path = Vec::new();
        while high - low > 1 {
            let middle = low + split(high - low);
            if index < middle {
                path.push(self.range(middle, high)?);
                high = middle;
            } else {
                path.push(self.range(low, middle)?);
                low = middle;
            }
        }
        path.reverse();
        Ok(path)
    }

    /// The proof that the first `new` entries begin with the first `old` ones (RFC 6962,
    /// section 2.1.2). Empty when `old` is 0 or `new`.
    ///
    /// # Errors
    ///
    /// See [`TileError`].
    pub fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, TileError<R::Error>> {
        if new > self.size || old > new {
            return Err(self.outside(old.max(new)));
        }
        let mut proof = Vec::new();
        if old == 0 || old == new {
            return Ok(proof);
        }
        let (mut low, mut high) = (0, new);
        while high != old {
            let middle = low + split(high - low);
            if old <= middle {
                proof.push(self.range(middle, high)?);
                high = middle;
            } else {
                proof.push(self.range(low, middle)?);
                low = middle;
            }
        }
        if low > 0 {
            proof.push(self.range(low, high)?);
        }
        proof.reverse();
        Ok(proof)
    }

    /// Root over the entries `[low, high)`, where `low` is where a subtree of the definition starts.
    fn range(&self, low: u64, high: u64) -> Result<Hash, TileError<R::Error>> {
        let entries = high - low;
        if entries.is_power_of_two() {
            let height = entries.trailing_zeros() as u8;
            return self.node(height, low >> height);
        }
        let middle = low + split(entries);
        Ok(self
            .algorithm
            .node(self.range(low, middle)?, self.range(middle, high)?))
    }

    /// Root of the perfect subtree of this height with this index.
    fn node(&self, height: u8, index: u64) -> Result<Hash, TileError<R::Error>> {
        let (level, above) = (height / TILE_HEIGHT, height % TILE_HEIGHT);
        let first = index << above;
        let found = TileId::in_tree(level, first / TILE_WIDTH, self.size);
        let tile = found.ok_or_else(|| self.outside(first))?;
        let bytes = self.reader.read(tile).map_err(TileError::Reader)?;
        let start = (first % TILE_WIDTH) as usize;
        let width = 1_usize << above;
        let wanted = start * Hash::BYTES..(start + width) * Hash::BYTES;
        let hashes = bytes.get(wanted).ok_or(TileError::Short {
            tile,
            bytes: bytes.len(),
        })?;
        let mut row: Vec<Hash> = hashes
            .as_chunks::<{ Hash::BYTES }>()
            .0
            .iter()
            .map(|bytes| Hash(*bytes))
            .collect();
        while row.len() > 1 {
            row = row
                .chunks(2)
                .map(|pair| self.algorithm.node(pair[0], pair[1]))
                .collect();
        }
        Ok(row[0])
    }

    fn outside<E>(&self, asked: u64) -> TileError<E> {
        TileError::Outside {
            asked,
            size: self.size,
        }
    }
}

/// The largest power of two below `entries`, which is at least 2.
pub(crate) fn split(entries: u64) -> u64 {
    1 << (u64::BITS - 1 - (entries - 1).leading_zeros())
}

#[cfg(test)]
mod tests;
