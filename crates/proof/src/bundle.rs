//! Entry bundles: up to 256 entries in a file, each after its length (tlog-tiles).

use std::fmt;

use crate::hash::Hash;
use crate::path::{read_number, write_number};
use crate::tile::{TILE_WIDTH, TileId};

/// Names one entry bundle: the entries behind the tile of level 0 with the same number and width.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BundleId {
    /// Number of the bundle.
    pub index: u64,
    /// Entries in it, 1 to 256.
    pub width: u16,
}

impl BundleId {
    /// The bundle of this number in a log of `size` entries; `None` when it has no such bundle.
    #[must_use]
    pub fn in_log(index: u64, size: u64) -> Option<Self> {
        let TileId { index, width, .. } = TileId::in_tree(0, index, size)?;
        Some(Self { index, width })
    }

    /// Reads a path as [`BundleId`]'s `Display` writes it.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let (index, width) = read_number(path.strip_prefix("tile/entries/")?)?;
        Some(Self { index, width })
    }
}

impl fmt::Display for BundleId {
    /// The path below the log's prefix: `tile/entries/x001/234`, `tile/entries/000.p/17`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "tile/entries/{}", write_number(self.index))?;
        if u64::from(self.width) == TILE_WIDTH {
            return Ok(());
        }
        write!(formatter, ".p/{}", self.width)
    }
}

/// Why bytes are no entry bundle.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BundleError {
    /// The file ends within an entry.
    #[error("entry {place} of the bundle is cut off at byte {at}")]
    CutOff {
        /// Which entry, counted from 0.
        place: usize,
        /// Where the file ends.
        at: usize,
    },
    /// More entries than a bundle holds.
    #[error("the bundle goes on after its {TILE_WIDTH} entries, at byte {at}")]
    TooLong {
        /// Where the surplus begins.
        at: usize,
    },
    /// An entry too long for its length field.
    #[error("an entry of {bytes} bytes does not fit a bundle, at most 65535 do")]
    EntryTooLong {
        /// Its length.
        bytes: usize,
    },
}

/// The entries of one bundle.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    bytes: Vec<u8>,
    /// Where each entry ends in `bytes`.
    ends: Vec<usize>,
}

impl Bundle {
    const LENGTH_BYTES: usize = 2;

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// When it is cut off, or longer than 256 entries.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, BundleError> {
        let mut ends = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            if ends.len() as u64 == TILE_WIDTH {
                return Err(BundleError::TooLong { at });
            }
            let cut_off = BundleError::CutOff {
                place: ends.len(),
                at: bytes.len(),
            };
            let [high, low] = *bytes[at..].first_chunk::<2>().ok_or(cut_off)?;
            at += Self::LENGTH_BYTES + usize::from(u16::from_be_bytes([high, low]));
            if at > bytes.len() {
                return Err(cut_off);
            }
            ends.push(at);
        }
        Ok(Self { bytes, ends })
    }

    /// Adds an entry.
    ///
    /// # Errors
    ///
    /// When it is longer than 65,535 bytes or the bundle is full.
    pub fn push(&mut self, entry: &[u8]) -> Result<(), BundleError> {
        if self.ends.len() as u64 == TILE_WIDTH {
            return Err(BundleError::TooLong {
                at: self.bytes.len(),
            });
        }
        let length = u16::try_from(entry.len())
            .map_err(|_| BundleError::EntryTooLong { bytes: entry.len() })?;
        self.bytes.extend(length.to_be_bytes());
        self.bytes.extend(entry);
        self.ends.push(self.bytes.len());
        Ok(())
    }

    /// The file.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The entry at this place.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&[u8]> {
        let end = *self.ends.get(place)?;
        let before = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.bytes.get(before + Self::LENGTH_BYTES..end)
    }

    /// The entries in order.
    pub fn entries(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|place| self.get(place))
    }

    /// The hashes of the entries: the tile of level 0 beside the bundle.
    pub fn leaves(&self) -> impl Iterator<Item = Hash> {
        self.entries().map(Hash::leaf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification: the entries a, b, c.
    #[test]
    fn entries_are_written_after_their_lengths_and_read_back() {
        let mut bundle = Bundle::default();
        for entry in ["a", "b", "c"] {
            bundle.push(entry.as_bytes()).unwrap();
        }
        assert_eq!(bundle.as_bytes(), [0, 1, b'a', 0, 1, b'b', 0, 1, b'c']);
        let read = Bundle::decode(bundle.as_bytes().to_vec()).unwrap();
        assert_eq!(read, bundle);
        assert_eq!(read.entries().collect::<Vec<_>>(), [b"a", b"b", b"c"]);
        assert_eq!(read.leaves().next(), Some(Hash::leaf(b"a")));
        assert_eq!(
            BundleId::in_log(0, 3).unwrap().to_string(),
            "tile/entries/000.p/3"
        );
        assert_eq!(
            BundleId::parse("tile/entries/000.p/3"),
            BundleId::in_log(0, 3)
        );
        assert_eq!(BundleId::parse("tile/0/000.p/3"), None);
    }

    #[test]
    fn cut_and_overlong_bundles_are_refused() {
        let cut = |bytes: &[u8]| Bundle::decode(bytes.to_vec()).unwrap_err();
        assert_eq!(cut(&[0]), BundleError::CutOff { place: 0, at: 1 });
        assert_eq!(
            cut(&[0, 1, 7, 0, 2, 8]),
            BundleError::CutOff { place: 1, at: 6 }
        );
        assert_eq!(cut(&[0; 514]), BundleError::TooLong { at: 512 });
        let mut full = Bundle::decode(vec![0; 512]).unwrap();
        assert_eq!(full.push(b""), Err(BundleError::TooLong { at: 512 }));
        let long = vec![0; 65_536];
        assert_eq!(
            Bundle::default().push(&long),
            Err(BundleError::EntryTooLong { bytes: 65_536 })
        );
    }
}
