//! The key store: one random key for each erasure unit, wrapped by the agency's key.
//!
//! Not in the write-ahead log, so that a key can be destroyed; what it sealed is then noise, in every
//! backup too. Beside its key a unit has its label (which person in which case), sealed by that
//! key: with the key the link from the random reference to the person is gone.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::seal::{SEAL_BYTES, SealError, SecretKey, random};

const MAGIC: &[u8; 16] = b"ICUNITS\0\0\0\0\0\0\0\0\x01";
/// Length, checksum and state before each record's content.
const HEAD_BYTES: usize = 9;
/// Reference and wrapped key.
const FIXED_BYTES: usize = 16 + 32 + SEAL_BYTES;
/// A label is at most this long.
const LABEL_BYTES_MAX: usize = 4_096;
const ALIVE: u8 = 1;
const DESTROYED: u8 = 2;

/// The random reference of an erasure unit: what leaves have in place of a person or a case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UnitRef(pub [u8; 16]);

/// Why the key store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UnitError {
    /// The operating system refused.
    #[error("cannot {doing} the key store {}: {error}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// Not a key store.
    #[error("{} is no key store of version 1", .path.display())]
    Magic {
        /// The file.
        path: PathBuf,
    },
    /// A record that was changed.
    #[error("{}: the record at byte {at} is damaged", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the record begins.
        at: u64,
    },
    /// A key that does not open with the agency's key.
    #[error("{}: the key at byte {at} does not open with the agency's key", .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Where the record begins.
        at: u64,
    },
    /// A label too long.
    #[error("a label of {bytes} bytes is too long, at most {LABEL_BYTES_MAX} are")]
    Label {
        /// Its length.
        bytes: usize,
    },
    /// No randomness.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// No such unit, or its key was destroyed.
    #[error("the key of this unit is gone")]
    Gone,
}

/// One file of keys.
#[derive(Debug)]
pub struct UnitStore {
    path: PathBuf,
    file: File,
    agency: SecretKey,
    by_label: HashMap<String, UnitRef>,
    units: HashMap<UnitRef, Unit>,
    /// Where the next record goes.
    end: u64,
    /// Records that are not durable yet.
    staged: Vec<u8>,
}

#[derive(Debug)]
struct Unit {
    at: u64,
    bytes: usize,
    /// `None` once destroyed.
    kept: Option<(SecretKey, String)>,
}

impl UnitStore {
    /// Opens a key store, made if absent. A record that is not whole at the end of the file was never
    /// used and is cut off.
    ///
    /// # Errors
    ///
    /// When it is damaged, or does not open with the agency's key.
    pub fn open(path: &Path, agency: SecretKey) -> Result<Self, UnitError> {
        let mut options = OpenOptions::new();
        options
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600);
        let file = options
            .open(path)
            .map_err(|error| io("open", path, error))?;
        let mut bytes = std::fs::read(path).map_err(|error| io("read", path, error))?;
        if bytes.len() < MAGIC.len() && MAGIC.starts_with(&bytes) {
            let begun = file.write_all_at(MAGIC, 0).and_then(|()| file.sync_all());
            begun.map_err(|error| io("begin", path, error))?;
            bytes = MAGIC.to_vec();
        }
        let store = Self::of(path, file, agency, &bytes)?;
        let cut = store.file.set_len(store.end);
        cut.map_err(|error| io("cut the torn end of", path, error))?;
        Ok(store)
    }

    /// Reads a key store and changes nothing; one that does not end with a whole record is refused.
    ///
    /// # Errors
    ///
    /// As [`UnitStore::open`], and when bytes are left over at the end.
    pub fn read(path: &Path, agency: SecretKey) -> Result<Self, UnitError> {
        let file = File::open(path).map_err(|error| io("open", path, error))?;
        let bytes = std::fs::read(path).map_err(|error| io("read", path, error))?;
        let store = Self::of(path, file, agency, &bytes)?;
        if store.end != bytes.len() as u64 {
            return Err(UnitError::Damaged {
                path: path.to_owned(),
                at: store.end,
            });
        }
        Ok(store)
    }

    /// Reads a key store that another process may be writing, and changes nothing: a record at the end that is not
    /// whole is not there yet.
    ///
    /// # Errors
    ///
    /// As [`UnitStore::open`].
    pub(crate) fn look(path: &Path, agency: SecretKey) -> Result<Self, UnitError> {
        let file = File::open(path).map_err(|error| io("open", path, error))?;
        let bytes = std::fs::read(path).map_err(|error| io("read", path, error))?;
        Self::of(path, file, agency, &bytes)
    }

    fn of(path: &Path, file: File, agency: SecretKey, bytes: &[u8]) -> Result<Self, UnitError> {
        if !bytes.starts_with(MAGIC) {
            return Err(UnitError::Magic {
                path: path.to_owned(),
            });
        }
        let mut store = Self {
            path: path.to_owned(),
            file,
            agency,
            by_label: HashMap::new(),
            units: HashMap::new(),
            end: MAGIC.len() as u64,
            staged: Vec::new(),
        };
        while let Some(record) = next_record(bytes, store.end as usize) {
            let record = record.map_err(|()| UnitError::Damaged {
                path: path.to_owned(),
                at: store.end,
            })?;
            store.take(record)?;
        }
        Ok(store)
    }

    /// The unit of this label; a new one, with a new key, if there is none. It may be used only after
    /// [`UnitStore::sync`].
    ///
    /// # Errors
    ///
    /// When the label is too long, or there is no randomness.
    pub fn ensure(&mut self, label: &str) -> Result<(UnitRef, SecretKey), UnitError> {
        if let Some(unit) = self.by_label.get(label) {
            let kept = self.units.get(unit).and_then(|unit| unit.kept.as_ref());
            return kept
                .map(|(key, _)| (*unit, key.clone()))
                .ok_or(UnitError::Gone);
        }
        if label.len() > LABEL_BYTES_MAX {
            return Err(UnitError::Label { bytes: label.len() });
        }
        let reference = UnitRef(random()?);
        let key = SecretKey::random()?;
        let wrapped = self.agency.seal(&reference.0, key.bytes())?;
        let sealed = key.seal(&reference.0, label.as_bytes())?;
        let content = [&reference.0[..], &wrapped, &sealed].concat();
        let at = self.end + self.staged.len() as u64;
        write_record(ALIVE, &content, &mut self.staged);
        let unit = Unit {
            at,
            bytes: content.len(),
            kept: Some((key.clone(), label.to_owned())),
        };
        self.units.insert(reference, unit);
        self.by_label.insert(label.to_owned(), reference);
        Ok((reference, key))
    }

    /// Whether units were made that are not durable yet.
    #[must_use]
    pub fn is_staged(&self) -> bool {
        !self.staged.is_empty()
    }

    /// Makes new units durable.
    ///
    /// # Errors
    ///
    /// When the system refuses; the store must then be opened again.
    pub fn sync(&mut self) -> Result<(), UnitError> {
        if self.staged.is_empty() {
            return Ok(());
        }
        let written = self
            .file
            .write_all_at(&self.staged, self.end)
            .and_then(|()| self.file.sync_data());
        written.map_err(|error| io("write", &self.path, error))?;
        self.end += self.staged.len() as u64;
        self.staged.clear();
        Ok(())
    }

    /// The key of a unit; `None` when it never was or was destroyed.
    #[must_use]
    pub fn key(&self, unit: UnitRef) -> Option<&SecretKey> {
        let kept = self.units.get(&unit)?.kept.as_ref();
        kept.map(|(key, _)| key)
    }

    /// What the unit stands for; `None` when it never was or was destroyed.
    #[must_use]
    pub fn label(&self, unit: UnitRef) -> Option<&str> {
        let kept = self.units.get(&unit)?.kept.as_ref();
        kept.map(|(_, label)| label.as_str())
    }

    /// The unit of a label, if there is one with a key.
    #[must_use]
    pub fn find(&self, label: &str) -> Option<UnitRef> {
        self.by_label.get(label).copied()
    }

    /// Whether there was such a unit and its key was destroyed.
    #[must_use]
    pub fn is_destroyed(&self, unit: UnitRef) -> bool {
        self.units
            .get(&unit)
            .is_some_and(|unit| unit.kept.is_none())
    }

    /// Number of units with a key.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_label.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_label.is_empty()
    }

    /// Destroys the key of a unit for good: its bytes are overwritten and that is made durable. Doing it
    /// again changes nothing.
    ///
    /// # Errors
    ///
    /// When the system refuses; it must be done again then.
    pub fn destroy(&mut self, unit: UnitRef) -> Result<(), UnitError> {
        self.sync()?;
        let Some(found) = self.units.get_mut(&unit) else {
            return Err(UnitError::Gone);
        };
        let mut content = vec![0; found.bytes];
        content[..16].copy_from_slice(&unit.0);
        let mut record = Vec::new();
        write_record(DESTROYED, &content, &mut record);
        let at = found.at;
        let gone = found.kept.take();
        if let Some((_, label)) = gone {
            self.by_label.remove(&label);
        }
        let written = self
            .file
            .write_all_at(&record, at)
            .and_then(|()| self.file.sync_data());
        written.map_err(|error| io("overwrite", &self.path, error))
    }

    fn take(&mut self, (state, content): (u8, &[u8])) -> Result<(), UnitError> {
        let at = self.end;
        let damaged = || UnitError::Damaged {
            path: self.path.clone(),
            at,
        };
        let reference = content.first_chunk::<16>().ok_or_else(damaged)?;
        let unit = UnitRef(*reference);
        let kept = match state {
            DESTROYED => None,
            ALIVE => {
                let wrong = || UnitError::Key {
                    path: self.path.clone(),
                    at,
                };
                let (fixed, sealed) = content.split_at_checked(FIXED_BYTES).ok_or_else(damaged)?;
                let key = self
                    .agency
                    .open(reference, &fixed[16..])
                    .map_err(|_| wrong())?;
                let key = SecretKey::new(key.try_into().map_err(|_| wrong())?);
                let label = key.open(reference, sealed).map_err(|_| wrong())?;
                Some((key, String::from_utf8(label).map_err(|_| wrong())?))
            }
            _ => return Err(damaged()),
        };
        if let Some((_, label)) = &kept {
            self.by_label.insert(label.clone(), unit);
        }
        let bytes = content.len();
        self.units.insert(unit, Unit { at, bytes, kept });
        self.end += (HEAD_BYTES + bytes) as u64;
        Ok(())
    }
}

fn io(doing: &'static str, path: &Path, error: std::io::Error) -> UnitError {
    UnitError::Io {
        doing,
        path: path.to_owned(),
        error,
    }
}

fn write_record(state: u8, content: &[u8], out: &mut Vec<u8>) {
    let length = (content.len() as u32).to_le_bytes();
    out.extend(length);
    out.extend(checksum(length, state, content).to_le_bytes());
    out.push(state);
    out.extend(content);
}

/// The record at this place: state and content. `None` at the end, and where the file ends within it.
fn next_record(bytes: &[u8], at: usize) -> Option<Result<(u8, &[u8]), ()>> {
    let (head, rest) = bytes.get(at..)?.split_first_chunk::<HEAD_BYTES>()?;
    let [l0, l1, l2, l3, c0, c1, c2, c3, state] = *head;
    let length = [l0, l1, l2, l3];
    let content_bytes = u32::from_le_bytes(length) as usize;
    if content_bytes > FIXED_BYTES + SEAL_BYTES + LABEL_BYTES_MAX {
        return Some(Err(()));
    }
    let content = rest.get(..content_bytes)?;
    let whole = u32::from_le_bytes([c0, c1, c2, c3]) == checksum(length, state, content);
    Some(whole.then_some((state, content)).ok_or(()))
}

fn checksum(length: [u8; 4], state: u8, content: &[u8]) -> u32 {
    let head = crc32c::crc32c_append(crc32c::crc32c(&length), &[state]);
    crc32c::crc32c_append(head, content)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn agency() -> SecretKey {
        SecretKey::new([4; 32])
    }

    fn open(path: &Path) -> UnitStore {
        UnitStore::open(path, agency()).unwrap()
    }

    #[test]
    fn units_come_back_with_their_keys_and_labels() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("units");
        let mut store = open(&path);
        let (wang, key) = store.ensure("case 7, Wang").unwrap();
        assert_eq!(store.ensure("case 7, Wang").unwrap(), (wang, key.clone()));
        let (li, _) = store.ensure("case 8, Li").unwrap();
        assert_ne!(wang, li);
        store.sync().unwrap();
        let store = open(&path);
        assert_eq!(store.len(), 2);
        assert_eq!(
            (store.key(wang), store.label(wang)),
            (Some(&key), Some("case 7, Wang"))
        );
        assert_eq!(store.find("case 8, Li"), Some(li));
        let bytes = fs::read(&path).unwrap();
        let shown = String::from_utf8_lossy(&bytes);
        assert!(!shown.contains("Wang"), "labels are sealed");
        let foreign = UnitStore::open(&path, SecretKey::new([5; 32]));
        assert!(matches!(foreign, Err(UnitError::Key { at: 16, .. })));
    }

    /// G-17: what is erased is gone from the file, and stays gone.
    #[test]
    fn a_destroyed_key_is_gone_for_good_and_others_stay() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("units");
        let mut store = open(&path);
        let (wang, key) = store.ensure("Wang").unwrap();
        let (li, _) = store.ensure("Li").unwrap();
        store.sync().unwrap();
        let before = fs::read(&path).unwrap();
        for _ in 0..2 {
            store.destroy(wang).unwrap();
            assert!(
                store.is_destroyed(wang)
                    && store.key(wang).is_none()
                    && store.label(wang).is_none()
            );
        }
        let store = open(&path);
        assert!(store.is_destroyed(wang) && !store.is_destroyed(li) && store.key(li).is_some());
        let after = fs::read(&path).unwrap();
        assert_eq!(before.len(), after.len());
        let wrapped = &before[16 + HEAD_BYTES + 16..16 + HEAD_BYTES + FIXED_BYTES];
        assert!(
            !after.windows(16).any(|bytes| bytes == &wrapped[..16]),
            "the wrapped key is overwritten"
        );
        assert!(
            agency()
                .open(&wang.0, wrapped)
                .is_ok_and(|opened| opened == key.bytes())
        );
    }

    /// Section 3: killed while a key is being made, the record is not whole; nothing used it.
    #[test]
    fn a_torn_last_record_is_cut_off_and_a_damaged_one_is_named() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("units");
        let mut store = open(&path);
        store.ensure("Wang").unwrap();
        store.sync().unwrap();
        let first = fs::read(&path).unwrap();
        store.ensure("Li").unwrap();
        store.sync().unwrap();
        let whole = fs::read(&path).unwrap();
        for cut in first.len()..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            assert_eq!(open(&path).len(), 1, "cut at {cut}");
            assert_eq!(fs::read(&path).unwrap(), first);
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0x10;
            fs::write(&path, &changed).unwrap();
            let opened = UnitStore::open(&path, agency());
            assert!(
                opened.is_err() || opened.is_ok_and(|store| store.len() < 2),
                "byte {at}"
            );
        }
        let long = "x".repeat(LABEL_BYTES_MAX + 1);
        assert!(matches!(
            store.ensure(&long),
            Err(UnitError::Label { bytes: 4_097 })
        ));
    }
}
