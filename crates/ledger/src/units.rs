//! The key store: one random key for each erasure unit, wrapped by the agency's key.
//!
//! Not in the write-ahead log, so that a key can be destroyed; what it sealed is then noise, in every
//! backup too. Beside its key a unit has its label (which person in which case), sealed by that
//! key: with the key the link from the random reference to the person is gone.
//!
//! A record: length, checksum and state (9 bytes), reference (16), the label under a keyed hash (16), by which a unit
//! is found without opening any other, the wrapped key (60), the sealed label. Keys stay in the file until they are
//! needed; memory holds where each record stands, and the keys that were used last.

mod destroy;
mod error;
mod record;

pub use error::UnitError;

use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use record::{
    ALIVE, At, CONTENT_BYTES_MAX, DESTROYED, FIXED_BYTES, HEAD_BYTES, LABEL_BYTES_MAX, Record,
    content_bytes, prefix, write_record,
};

use crate::disk::{is_without_space, sync_folder};
use crate::recent::Recent;
use crate::seal::{LabelKey, SecretKey, UnitKey, random};
use crate::slots::Slots;

const MAGIC: &[u8; 16] = b"ICUNITS\0\0\0\0\0\0\0\0\x02";
/// Keys that are held open at most, twice.
const RECENT_MAX: usize = 8_192;

/// The random reference of an erasure unit: what leaves have in place of a person or a case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UnitRef(pub [u8; 16]);

/// The label of the unit of an object: its type and id, apart by a character that no name has.
#[must_use]
pub fn unit_label(kind: &str, id: &str) -> String {
    let mut label = String::with_capacity(kind.len() + id.len() + 1);
    label.push_str(kind);
    label.push('\u{1f}');
    label.push_str(id);
    label
}

/// What there is of a unit.
#[derive(Clone, Debug)]
pub(crate) enum KeyOf {
    /// Its key.
    Alive(Arc<UnitKey>),
    /// Its key was destroyed.
    Destroyed,
    /// There never was such a unit.
    Unknown,
}

/// One file of keys.
#[derive(Debug)]
pub struct UnitStore {
    path: PathBuf,
    file: File,
    agency: SecretKey,
    labels: LabelKey,
    /// Where each record begins.
    places: Vec<u64>,
    /// Records by the first bytes of their reference.
    by_unit: Slots,
    /// Records by the first bytes of their label's hash.
    by_label: Slots,
    /// Units that have a key.
    alive: usize,
    /// Where the next record goes.
    end: u64,
    /// Records that are not durable yet.
    staged: Vec<u8>,
    recent: Mutex<RecentKeys>,
}

#[derive(Debug)]
struct RecentKeys {
    by_label: Recent<Box<str>, (UnitRef, Arc<UnitKey>)>,
    by_unit: Recent<UnitRef, Arc<UnitKey>>,
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
        let mut head = [0; MAGIC.len()];
        let read = file.read_at(&mut head, 0);
        let read = read.map_err(|error| io("read", path, error))?;
        if read < MAGIC.len() && MAGIC.starts_with(&head[..read]) {
            let begun = file
                .write_all_at(MAGIC, 0)
                .and_then(|()| file.sync_all())
                .and_then(|()| sync_folder(path.parent().unwrap_or(path)));
            begun.map_err(|error| io("begin", path, error))?;
        }
        let store = Self::of(path, file, agency)?;
        let torn = store.torn()?;
        if !torn.is_empty() {
            store.must_be_torn(&torn)?;
            let cut = store
                .file
                .set_len(store.end)
                .and_then(|()| store.file.sync_all());
            cut.map_err(|error| io("cut the torn end of", path, error))?;
        }
        Ok(store)
    }

    /// Reads a key store and changes nothing; it must end with a whole record, and every key must open.
    ///
    /// # Errors
    ///
    /// As [`UnitStore::open`], and when bytes are left over at the end.
    pub fn read(path: &Path, agency: SecretKey) -> Result<Self, UnitError> {
        let store = Self::look(path, agency)?;
        if !store.torn()?.is_empty() {
            return Err(UnitError::Damaged {
                path: path.to_owned(),
                at: store.end,
            });
        }
        for number in 0..store.places.len() {
            let record = store.record(number as u32)?;
            if let Some((_, label)) = store.opened(&record)?
                && store.labels.hash(&label) != record.label_hash()
            {
                return Err(store.damaged(record.at));
            }
        }
        Ok(store)
    }

    /// Reads a key store that another process may be writing, and changes nothing: half a record is not there yet.
    ///
    /// # Errors
    ///
    /// As [`UnitStore::open`].
    pub(crate) fn look(path: &Path, agency: SecretKey) -> Result<Self, UnitError> {
        let file = File::open(path).map_err(|error| io("open", path, error))?;
        Self::of(path, file, agency)
    }

    /// Looks at what another process added or destroyed since.
    ///
    /// # Errors
    ///
    /// As [`UnitStore::open`].
    pub(crate) fn look_on(&mut self) -> Result<(), UnitError> {
        let mut recent = self.recent();
        recent.by_label.clear();
        recent.by_unit.clear();
        drop(recent);
        self.scan_on()
    }

    fn of(path: &Path, file: File, agency: SecretKey) -> Result<Self, UnitError> {
        let mut store = Self {
            path: path.to_owned(),
            labels: agency.label_key(),
            agency,
            places: Vec::new(),
            by_unit: Slots::default(),
            by_label: Slots::default(),
            alive: 0,
            end: 0,
            staged: Vec::new(),
            recent: Mutex::new(RecentKeys {
                by_label: Recent::new(RECENT_MAX),
                by_unit: Recent::new(RECENT_MAX),
            }),
            file,
        };
        store.scan()?;
        // One key shows whether it is the agency's.
        for number in 0..store.places.len() {
            if store.opened(&store.record(number as u32)?)?.is_some() {
                break;
            }
        }
        Ok(store)
    }

    /// Notes where every record stands.
    fn scan(&mut self) -> Result<(), UnitError> {
        let mut magic = [0; MAGIC.len()];
        let begins = self.file.read_exact_at(&mut magic, 0);
        if begins.is_err() || magic != *MAGIC {
            let path = self.path.clone();
            return Err(UnitError::Magic { path });
        }
        self.end = MAGIC.len() as u64;
        self.scan_on()
    }

    /// Notes where the records behind the last known one stand.
    fn scan_on(&mut self) -> Result<(), UnitError> {
        let reading = self.file.try_clone();
        let reading = reading.map_err(|error| io("read", &self.path, error))?;
        let from = At {
            file: reading,
            at: self.end,
        };
        let mut reader = BufReader::with_capacity(1 << 20, from);
        let mut bytes = Vec::new();
        loop {
            bytes.clear();
            let failed = |error| io("read", &self.path, error);
            let mut piece = reader.by_ref().take(HEAD_BYTES as u64);
            piece.read_to_end(&mut bytes).map_err(failed)?;
            let Some(head) = bytes.first_chunk::<HEAD_BYTES>() else {
                return Ok(());
            };
            let length = content_bytes(head);
            if length > CONTENT_BYTES_MAX {
                return Err(self.damaged(self.end));
            }
            let mut piece = reader.by_ref().take(length as u64);
            if piece.read_to_end(&mut bytes).map_err(failed)? < length {
                return Ok(());
            }
            let Some(record) = Record::of(self.end, &bytes) else {
                return Err(self.damaged(self.end));
            };
            self.note(&record);
            self.end += bytes.len() as u64;
        }
    }

    /// What stands behind the last whole record.
    fn torn(&self) -> Result<Vec<u8>, UnitError> {
        let mut left = Vec::new();
        let file = self.file.try_clone();
        let read = file.and_then(|file| At { file, at: self.end }.read_to_end(&mut left));
        read.map_err(|error| io("read", &self.path, error))?;
        Ok(left)
    }

    /// A record that was cut off has nothing behind it: where a later one is whole, this one was damaged.
    fn must_be_torn(&self, left: &[u8]) -> Result<(), UnitError> {
        let later = (1..left.len()).any(|from| {
            let rest = &left[from..];
            rest.first_chunk::<HEAD_BYTES>().is_some_and(|head| {
                let end = HEAD_BYTES + content_bytes(head);
                end <= HEAD_BYTES + CONTENT_BYTES_MAX
                    && rest
                        .get(..end)
                        .is_some_and(|record| Record::of(0, record).is_some())
            })
        });
        if later {
            return Err(self.damaged(self.end));
        }
        Ok(())
    }

    /// The unit of this label, a new one if there is none; to be used only after [`UnitStore::sync`].
    ///
    /// # Errors
    ///
    /// When the label is too long, there is no randomness, or the store cannot be read.
    pub(crate) fn ensure(&mut self, label: &str) -> Result<(UnitRef, Arc<UnitKey>), UnitError> {
        if let Some(known) = self.recent().by_label.get(label) {
            return Ok(known);
        }
        if label.len() > LABEL_BYTES_MAX {
            return Err(UnitError::Label { bytes: label.len() });
        }
        let hash = self.labels.hash(label);
        let unit = match self.by_label_hash(&hash)? {
            Some(record) => {
                let (key, _) = self.opened(&record)?.ok_or(UnitError::Gone)?;
                (record.unit(), key)
            }
            None => self.make(label, hash)?,
        };
        self.recent().by_label.put(label.into(), unit.clone());
        Ok(unit)
    }

    fn make(&mut self, label: &str, hash: [u8; 16]) -> Result<(UnitRef, Arc<UnitKey>), UnitError> {
        let reference = UnitRef(random()?);
        let key = SecretKey::random()?;
        let wrapped = self.agency.seal(&reference.0, key.bytes())?;
        let sealed = key.seal(&reference.0, label.as_bytes())?;
        let content = [&reference.0[..], &hash, &wrapped, &sealed].concat();
        let at = self.end + self.staged.len() as u64;
        let from = self.staged.len();
        write_record(ALIVE, &content, &mut self.staged);
        if let Some(record) = Record::of(at, &self.staged[from..]) {
            self.note(&record);
        }
        Ok((reference, Arc::new(UnitKey::new(&key))))
    }

    /// Whether there are units that are not durable yet.
    pub(crate) fn is_staged(&self) -> bool {
        !self.staged.is_empty()
    }

    /// Makes new units durable.
    ///
    /// # Errors
    ///
    /// [`UnitError::NoSpace`] leaves everything as it was, and it may be tried again. After any other the store must
    /// be opened again.
    pub fn sync(&mut self) -> Result<(), UnitError> {
        if self.staged.is_empty() {
            return Ok(());
        }
        let written = self.file.write_all_at(&self.staged, self.end);
        written.map_err(|error| {
            let path = self.path.clone();
            match is_without_space(&error) {
                true => UnitError::NoSpace { path, error },
                false => io("write", &path, error),
            }
        })?;
        let synced = self.file.sync_data();
        synced.map_err(|error| io("synchronise", &self.path, error))?;
        self.end += self.staged.len() as u64;
        self.staged.clear();
        Ok(())
    }

    /// The key of a unit.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    pub(crate) fn key(&self, unit: UnitRef) -> Result<KeyOf, UnitError> {
        if let Some(key) = self.recent().by_unit.get(&unit) {
            return Ok(KeyOf::Alive(key));
        }
        let Some(record) = self.by_reference(unit)? else {
            return Ok(KeyOf::Unknown);
        };
        let Some((key, _)) = self.opened(&record)? else {
            return Ok(KeyOf::Destroyed);
        };
        self.recent().by_unit.put(unit, Arc::clone(&key));
        Ok(KeyOf::Alive(key))
    }

    /// What the unit stands for; `None` when it never was or was destroyed.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    pub fn label(&self, unit: UnitRef) -> Result<Option<String>, UnitError> {
        let Some(record) = self.by_reference(unit)? else {
            return Ok(None);
        };
        Ok(self.opened(&record)?.map(|(_, label)| label))
    }

    /// The unit of a label, if there is one with a key.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    pub fn find(&self, label: &str) -> Result<Option<UnitRef>, UnitError> {
        if let Some((unit, _)) = self.recent().by_label.get(label) {
            return Ok(Some(unit));
        }
        let found = self.by_label_hash(&self.labels.hash(label))?;
        Ok(found.map(|record| record.unit()))
    }

    /// Number of units with a key.
    #[must_use]
    pub fn len(&self) -> usize {
        self.alive
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.alive == 0
    }

    fn note(&mut self, record: &Record) {
        let number = self.places.len() as u32;
        self.places.push(record.at);
        self.by_unit.insert(prefix(&record.unit().0), number);
        if record.state == ALIVE {
            self.by_label.insert(prefix(&record.label_hash()), number);
            self.alive += 1;
        }
    }

    fn by_reference(&self, unit: UnitRef) -> Result<Option<Record>, UnitError> {
        for number in self.by_unit.candidates(prefix(&unit.0)) {
            let record = self.record(number)?;
            if record.unit() == unit {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    fn by_label_hash(&self, hash: &[u8; 16]) -> Result<Option<Record>, UnitError> {
        for number in self.by_label.candidates(prefix(hash)) {
            let record = self.record(number)?;
            if record.state == ALIVE && record.label_hash() == *hash {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Reads a record, from memory where it is not written yet.
    fn record(&self, number: u32) -> Result<Record, UnitError> {
        let at = self.places.get(number as usize).copied();
        let at = at.ok_or(UnitError::Gone)?;
        if let Some(staged) = at.checked_sub(self.end) {
            let bytes = self.staged.get(staged as usize..).unwrap_or_default();
            let head = bytes.first_chunk::<HEAD_BYTES>();
            let bytes = head.and_then(|head| bytes.get(..HEAD_BYTES + content_bytes(head)));
            let record = bytes.and_then(|bytes| Record::of(at, bytes));
            return record.ok_or_else(|| self.damaged(at));
        }
        let failed = |error| io("read", &self.path, error);
        // Most records are shorter than this.
        let mut bytes = vec![0; 256];
        let read = self.file.read_at(&mut bytes, at).map_err(failed)?;
        let head = bytes[..read].first_chunk::<HEAD_BYTES>();
        let length = content_bytes(head.ok_or_else(|| self.damaged(at))?);
        if length > CONTENT_BYTES_MAX {
            return Err(self.damaged(at));
        }
        bytes.resize(HEAD_BYTES + length, 0);
        if read < bytes.len() {
            let rest = &mut bytes[read..];
            self.file
                .read_exact_at(rest, at + read as u64)
                .map_err(failed)?;
        }
        Record::of(at, &bytes).ok_or_else(|| self.damaged(at))
    }

    /// Key and label of a record; `None` where it was destroyed.
    fn opened(&self, record: &Record) -> Result<Option<(Arc<UnitKey>, String)>, UnitError> {
        let wrong = || UnitError::Key {
            path: self.path.clone(),
            at: record.at,
        };
        if record.state == DESTROYED {
            return Ok(None);
        }
        let unit = record.unit().0;
        let (fixed, sealed) = record.content.split_at(FIXED_BYTES);
        let key = self.agency.open(&unit, &fixed[32..]);
        let key = key.map_err(|_| wrong())?.try_into().map_err(|_| wrong())?;
        let key = SecretKey::new(key);
        let label = key.open(&unit, sealed).map_err(|_| wrong())?;
        let label = String::from_utf8(label).map_err(|_| wrong())?;
        Ok(Some((Arc::new(UnitKey::new(&key)), label)))
    }

    fn recent(&self) -> MutexGuard<'_, RecentKeys> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn damaged(&self, at: u64) -> UnitError {
        UnitError::Damaged {
            path: self.path.clone(),
            at,
        }
    }
}

fn io(doing: &'static str, path: &Path, error: std::io::Error) -> UnitError {
    UnitError::Io {
        doing,
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests;
