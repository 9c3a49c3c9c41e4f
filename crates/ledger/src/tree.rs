//! The files of one log as it grows: which bundles and tiles each size needs, nothing of the disk.

use cage_proof::{
    Bundle, BundleError, BundleId, Frontier, Hash, TILE_WIDTH, TileError, TileId, TileReader, Tiles,
};

/// A file of a log, by its path below the log's prefix.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogFile {
    /// `tile/0/000`, `tile/entries/000.p/3`.
    pub path: String,
    /// The content.
    pub bytes: Vec<u8>,
}

/// A growing tree with the right edge of its tiles and of its last bundle.
#[derive(Clone, Debug, Default)]
pub struct GrowingLog {
    frontier: Frontier,
    /// The hashes of the last tile of each level; never 256 of them.
    edges: Vec<Vec<Hash>>,
    bundle: Bundle,
    /// Full files since the last [`GrowingLog::files`].
    finished: Vec<LogFile>,
    /// Size at the last [`GrowingLog::files`].
    written: u64,
}

/// Why a log cannot be taken up from its files.
#[derive(Debug, thiserror::Error)]
pub enum TakeUpError<E> {
    /// A tile.
    #[error(transparent)]
    Tile(#[from] TileError<E>),
    /// The last bundle.
    #[error("{bundle}: {error}")]
    Bundle {
        /// Which.
        bundle: BundleId,
        /// What is wrong.
        error: BundleError,
    },
    /// Bundle and tile do not belong together.
    #[error("{bundle} does not have the hashes of its tile")]
    Entries {
        /// Which.
        bundle: BundleId,
    },
}

impl GrowingLog {
    /// A log without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes up a log of this size from its tiles and the bytes of its last bundle (empty when the size is
    /// a multiple of 256).
    ///
    /// # Errors
    ///
    /// See [`TakeUpError`]. Whether the root is the right one is for the caller to see.
    pub fn take_up<R: TileReader>(
        size: u64,
        reader: &R,
        last_bundle: Vec<u8>,
    ) -> Result<Self, TakeUpError<R::Error>> {
        let tiles = Tiles::new(reader, size);
        let mut edges = Vec::new();
        for level in 0..8_u8 {
            let hashes = size.checked_shr(u32::from(level) * 8).unwrap_or(0);
            if hashes == 0 {
                break;
            }
            let width = hashes % TILE_WIDTH;
            let mut edge = Vec::new();
            if let Some(tile) = TileId::in_tree(level, hashes / TILE_WIDTH, size) {
                let bytes = reader.read(tile).map_err(TileError::Reader)?;
                let short = || TileError::Short {
                    tile,
                    bytes: bytes.len(),
                };
                for place in 0..width as usize {
                    let at = place * Hash::BYTES;
                    let hash = bytes.get(at..at + Hash::BYTES).and_then(Hash::from_slice);
                    edge.push(hash.ok_or_else(short)?);
                }
            }
            edges.push(edge);
        }
        let bundle = Self::last_bundle(size, last_bundle, edges.first())?;
        let roots = tiles.right_edge()?;
        let frontier = Frontier::from_roots(size, roots).unwrap_or_default();
        Ok(Self {
            frontier,
            edges,
            bundle,
            finished: Vec::new(),
            written: size,
        })
    }

    fn last_bundle<E>(
        size: u64,
        bytes: Vec<u8>,
        edge: Option<&Vec<Hash>>,
    ) -> Result<Bundle, TakeUpError<E>> {
        let Some(id) = BundleId::in_log(size / TILE_WIDTH, size) else {
            return Ok(Bundle::default());
        };
        let decoded = Bundle::decode(bytes);
        let bundle = decoded.map_err(|error| TakeUpError::Bundle { bundle: id, error })?;
        if !edge.is_some_and(|edge| bundle.leaves().eq(edge.iter().copied())) {
            return Err(TakeUpError::Entries { bundle: id });
        }
        Ok(bundle)
    }

    /// Number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Root over all entries.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Adds an entry; its hash is returned.
    ///
    /// # Errors
    ///
    /// When it is longer than 65,535 bytes.
    pub fn push(&mut self, entry: &[u8]) -> Result<Hash, BundleError> {
        self.bundle.push(entry)?;
        let leaf = Hash::leaf(entry);
        let index = self.size();
        let Self {
            frontier,
            edges,
            finished,
            ..
        } = self;
        frontier.push_with(leaf, |height, index, root| {
            if height % 8 == 0 {
                add_to_edge(edges, finished, height / 8, index, root);
            }
        });
        if self.size().is_multiple_of(TILE_WIDTH) {
            let id = BundleId {
                index: index / TILE_WIDTH,
                width: TILE_WIDTH as u16,
            };
            let bundle = std::mem::take(&mut self.bundle);
            self.finished.push(LogFile {
                path: id.to_string(),
                bytes: bundle.as_bytes().to_vec(),
            });
        }
        Ok(leaf)
    }

    /// Takes back files that could not be written: they come again.
    pub fn put_back(&mut self, files: Vec<LogFile>, written: u64) {
        let later = std::mem::take(&mut self.finished);
        let full = files.into_iter().filter(|file| !file.path.contains(".p/"));
        self.finished = full.chain(later).collect();
        self.written = written;
    }

    /// The files that a checkpoint of this size needs and that the one of the last call did not have.
    pub fn files(&mut self) -> Vec<LogFile> {
        let mut files = std::mem::take(&mut self.finished);
        let size = self.size();
        if size == self.written {
            return files;
        }
        self.written = size;
        for (level, edge) in self.edges.iter().enumerate() {
            let hashes = size >> (8 * level);
            if let Some(tile) = TileId::in_tree(level as u8, hashes / TILE_WIDTH, size) {
                let bytes = edge.iter().flat_map(|hash| hash.0).collect();
                files.push(LogFile {
                    path: tile.to_string(),
                    bytes,
                });
            }
        }
        if let Some(bundle) = BundleId::in_log(size / TILE_WIDTH, size) {
            let bytes = self.bundle.as_bytes().to_vec();
            files.push(LogFile {
                path: bundle.to_string(),
                bytes,
            });
        }
        files
    }
}

fn add_to_edge(
    edges: &mut Vec<Vec<Hash>>,
    finished: &mut Vec<LogFile>,
    level: u8,
    index: u64,
    root: Hash,
) {
    let place = usize::from(level);
    if edges.len() <= place {
        edges.resize(place + 1, Vec::new());
    }
    let edge = &mut edges[place];
    edge.push(root);
    if edge.len() as u64 == TILE_WIDTH {
        let tile = TileId {
            level,
            index: index / TILE_WIDTH,
            width: TILE_WIDTH as u16,
        };
        let bytes = edge.iter().flat_map(|hash| hash.0).collect();
        finished.push(LogFile {
            path: tile.to_string(),
            bytes,
        });
        edge.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cage_proof::tiles_of;

    use super::*;

    #[derive(Default)]
    struct Files(BTreeMap<String, Vec<u8>>);

    impl Files {
        fn add(&mut self, log: &mut GrowingLog) {
            for LogFile { path, bytes } in log.files() {
                let before = self.0.insert(path.clone(), bytes.clone());
                assert!(
                    before.is_none_or(|before| before == bytes),
                    "{path} was written twice, differently"
                );
            }
        }
    }

    impl TileReader for Files {
        type Error = String;

        fn read(&self, tile: TileId) -> Result<Vec<u8>, String> {
            let path = tile.to_string();
            self.0
                .get(&path)
                .cloned()
                .ok_or(format!("{path} is absent"))
        }
    }

    fn entry(number: u64) -> Vec<u8> {
        vec![number as u8; (number % 50) as usize]
    }

    /// Published at many sizes: each has all its files, and the tree can be taken up from them anywhere.
    #[test]
    fn every_published_size_has_its_files_and_can_be_taken_up() {
        let mut log = GrowingLog::new();
        let mut files = Files::default();
        let mut whole = Frontier::new();
        for number in 0..66_000 {
            let leaf = log.push(&entry(number)).unwrap();
            whole.push(leaf);
            let size = number + 1;
            let edge = [1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 66_000].contains(&size);
            if !edge && size % 997 != 0 {
                continue;
            }
            files.add(&mut log);
            for tile in tiles_of(size) {
                assert_eq!(
                    files.0[&tile.to_string()].len(),
                    tile.bytes(),
                    "{tile} at {size}"
                );
            }
            assert_eq!(
                Tiles::new(&files, size).root().unwrap(),
                whole.root(),
                "root at {size}"
            );
            let last = BundleId::in_log(size / 256, size);
            let last = last.map_or(Vec::new(), |bundle| files.0[&bundle.to_string()].clone());
            log = GrowingLog::take_up(size, &files, last).unwrap();
            assert_eq!((log.size(), log.root()), (size, whole.root()));
            assert!(log.files().is_empty());
        }
        for index in 0..66_000 / 256 {
            let bundle = BundleId::in_log(index, 66_000).unwrap();
            let read = Bundle::decode(files.0[&bundle.to_string()].clone()).unwrap();
            let expected: Vec<Vec<u8>> = (index * 256..index * 256 + 256).map(entry).collect();
            assert!(
                read.entries().eq(expected.iter().map(Vec::as_slice)),
                "{bundle}"
            );
        }
    }

    #[test]
    fn a_last_bundle_with_other_entries_is_refused() {
        let mut log = GrowingLog::new();
        let mut files = Files::default();
        for number in 0..3 {
            log.push(&entry(number)).unwrap();
        }
        files.add(&mut log);
        let mut other = Bundle::default();
        for number in [0, 1, 7] {
            other.push(&entry(number)).unwrap();
        }
        for bytes in [Vec::new(), vec![0], other.as_bytes().to_vec()] {
            assert!(GrowingLog::take_up(3, &files, bytes).is_err());
        }
    }
}
