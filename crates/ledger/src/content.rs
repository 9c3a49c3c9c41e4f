//! Larger contents that entries name by their hash: published packs, for example.
//!
//! Each is a file named by the SHA-256 of its bytes, written once and durable before the entry that names it.
//! What lies here is public; what is confidential belongs into the vault.

use std::fs;
use std::path::{Path, PathBuf};

use cage_proof::Hash;

use crate::disk::{replace_file, sync_folder};

/// Bytes of one content at most.
pub const CONTENT_BYTES_MAX: usize = 64 << 20;

/// Why a content cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// The operating system refused.
    #[error("cannot {doing} {}: {error}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// Too long.
    #[error("the content has {bytes} bytes, at most {CONTENT_BYTES_MAX} are kept")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The file is not the one it is named after.
    #[error("{}: its bytes have the hash {found}; the file was changed", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// SHA-256 of what is there, in hexadecimal digits.
        found: String,
    },
}

/// The folder of contents.
#[derive(Clone, Debug)]
pub struct ContentStore {
    folder: PathBuf,
}

impl ContentStore {
    /// Name of the folder below the data folder.
    pub(crate) const FOLDER: &'static str = "content";

    /// The contents of a data folder.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self {
            folder: data.join(Self::FOLDER),
        }
    }

    /// Keeps a content, durably; one that is there already is left as it is. Its hash.
    ///
    /// # Errors
    ///
    /// When it is too long or the system refuses.
    pub fn put(&self, bytes: &[u8]) -> Result<Hash, ContentError> {
        if bytes.len() > CONTENT_BYTES_MAX {
            let bytes = bytes.len();
            return Err(ContentError::TooLong { bytes });
        }
        let hash = Hash::sha256(bytes);
        if self.get(hash).is_ok() {
            return Ok(hash);
        }
        fs::create_dir_all(&self.folder).map_err(io("make", &self.folder))?;
        let path = self.path(hash);
        replace_file(&path, bytes, 0o644).map_err(io("write", &path))?;
        if let Some(data) = self.folder.parent() {
            sync_folder(data).map_err(io("synchronise", data))?;
        }
        Ok(hash)
    }

    /// Reads a content and compares it with its hash.
    ///
    /// # Errors
    ///
    /// When it is not there or was changed.
    pub fn get(&self, hash: Hash) -> Result<Vec<u8>, ContentError> {
        let path = self.path(hash);
        let bytes = fs::read(&path).map_err(io("read", &path))?;
        let found = Hash::sha256(&bytes);
        if found == hash {
            Ok(bytes)
        } else {
            let found = found.to_string();
            Err(ContentError::Changed { path, found })
        }
    }

    fn path(&self, hash: Hash) -> PathBuf {
        self.folder.join(hash.to_string())
    }
}

fn io<'p>(doing: &'static str, path: &'p Path) -> impl FnOnce(std::io::Error) -> ContentError + 'p {
    move |error| ContentError::Io {
        doing,
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_is_named_by_its_hash_and_a_changed_one_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let store = ContentStore::of(data.path());
        let hash = store.put(b"a pack").unwrap();
        assert_eq!(store.put(b"a pack").unwrap(), hash);
        assert_eq!(store.get(hash).unwrap(), b"a pack");
        let path = store.path(hash);
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(Hash::from_hexadecimal(name), Some(hash));
        assert_eq!(Hash::from_hexadecimal("0"), None);
        fs::write(&path, b"another").unwrap();
        assert!(matches!(store.get(hash), Err(ContentError::Changed { .. })));
        assert_eq!(store.put(b"a pack").unwrap(), hash);
        assert_eq!(store.get(hash).unwrap(), b"a pack");
        assert_eq!(Hash::from_hexadecimal("0"), None);
    }
}
