//! The data folder: which node this is, its secret keys, and which logs it keeps.

mod keys;

pub(crate) use keys::{
    FILE as KEYS_FILE, log_key, may_name_logs, names_log_of, read_or_make_secret,
};

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use cage_proof::{Hash, KeyError, KeyKind, NoteSigner, hexadecimal};
use serde::{Deserialize, Serialize};

use crate::disk::{is_without_space, replace_file, sync_folder};
use crate::seal::{SealError, SecretKey, random};
use keys::KeysElsewhere;

const FORMAT: u64 = 1;
const NODE_DIGITS: &str = "`node` must be 32 hexadecimal digits in lower case";

/// What a ledger is called.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    format: u64,
    /// Random, in every segment of the write-ahead log; 32 hexadecimal digits.
    node: String,
    /// First part of every origin: a name that the operator holds, such as `ledger.example`.
    pub name: String,
    /// The agency, in every leaf: 1 to 32 of `A-Z a-z 0-9 . _ -`.
    pub agency: String,
}

/// Which of an agency's logs: one for each stream and year.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Stream {
    /// Steps of cases, decisions, corrections.
    Case,
    /// Who looked at whose data.
    Access,
    /// Keys, packs, roles, erasures, refused rewrites.
    Admin,
    /// Segments of sensor points.
    Bulk,
}

impl Stream {
    /// All streams.
    pub const ALL: [Self; 4] = [Self::Case, Self::Access, Self::Admin, Self::Bulk];

    /// Its word in an origin.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Case => "case",
            Self::Access => "access",
            Self::Admin => "admin",
            Self::Bulk => "bulk",
        }
    }
}

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The operating system refused.
    #[error("cannot {doing} {}: {error}", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// There is no space; nothing has changed, and the same can be tried again.
    #[error("no space for {}: {error}", .path.display())]
    NoSpace {
        /// The file that could not be written.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A file that does not say what it must.
    #[error("{}: {wrong}", .path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong and what would be right.
        wrong: String,
    },
    /// Another process has it.
    #[error("{} is in use by another process; one process at a time may write a ledger", .folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// A name that cannot name a key.
    #[error(transparent)]
    Name(#[from] KeyError),
    /// No randomness.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// An opened data folder. While it lives no other process can open it.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
    identity: Identity,
    node: [u8; 16],
    signing: SecretKey,
    vault: SecretKey,
    /// Origins in the order of their numbers in the write-ahead log, from 1.
    origins: Vec<String>,
    /// Empty where the folder has the secret itself.
    elsewhere: KeysElsewhere,
    /// `None` where the folder is only read.
    _lock: Option<File>,
}

impl Place {
    /// Opens a data folder; an empty or absent one is begun with these names.
    ///
    /// # Errors
    ///
    /// When it cannot be read or made, is in use, or has other content than it must have.
    pub fn open(folder: &Path, name: &str, agency: &str) -> Result<Self, PlaceError> {
        make_folder(folder)?;
        let lock = lock(folder)?;
        let keys = folder.join("keys");
        make_folder(&keys)?;
        for part in ["wal", "log", "vault"] {
            make_folder(&folder.join(part))?;
        }
        let identity = identity_of(folder, name, agency)?;
        let path = folder.join("ledger.json");
        let node = node_of(&identity).ok_or_else(|| PlaceError::Content {
            path,
            wrong: NODE_DIGITS.to_owned(),
        })?;
        // The names are checked here, so that no entry is taken that could not be signed for.
        NoteSigner::from_seed(
            &origin(&identity, 1970, Stream::Case),
            KeyKind::Note,
            &[0; 32],
        )?;
        Ok(Self {
            signing: secret(&keys.join("signing"))?,
            vault: secret(&keys.join("vault"))?,
            origins: origins_of(folder)?,
            elsewhere: Self::read_keys(folder)?,
            folder: folder.to_owned(),
            identity,
            node,
            _lock: Some(lock),
        })
    }

    /// Reads a data folder and changes nothing; every file must be in the one form in which it is written.
    ///
    /// # Errors
    ///
    /// When one is missing or has other content than it must have.
    pub fn read(folder: &Path) -> Result<Self, PlaceError> {
        let path = folder.join("ledger.json");
        let wrong = |wrong: &str| PlaceError::Content {
            path: path.clone(),
            wrong: wrong.to_owned(),
        };
        let text = fs::read_to_string(&path).map_err(|error| io("read", &path, error))?;
        let identity = parse_identity(&path, &text)?;
        if identity_text(&identity).as_deref() != Some(text.as_str()) {
            return Err(wrong("is not written in its one form"));
        }
        let node = node_of(&identity).ok_or_else(|| wrong(NODE_DIGITS))?;
        let keys = folder.join("keys");
        let place = Self {
            signing: read_secret(&keys.join("signing"))?,
            vault: read_secret(&keys.join("vault"))?,
            origins: read_origins(folder)?.0,
            elsewhere: Self::read_keys(folder)?,
            folder: folder.to_owned(),
            identity,
            node,
            _lock: None,
        };
        let listed = fs::read_to_string(folder.join("logs")).unwrap_or_default();
        let right =
            |origin: &String| (1970..10_000).any(|year| is_origin(&place.identity, year, origin));
        if !place.origins.iter().all(right) || (!listed.is_empty() && !listed.ends_with('\n')) {
            return Err(PlaceError::Content {
                path: folder.join("logs"),
                wrong: "has a line that names no log of this ledger".to_owned(),
            });
        }
        Ok(place)
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the ledger is called.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The node.
    #[must_use]
    pub fn node(&self) -> [u8; 16] {
        self.node
    }

    /// The agency's key, which wraps the keys of the vault.
    #[must_use]
    pub fn vault_key(&self) -> SecretKey {
        self.vault.clone()
    }

    /// The origins that exist, in the order of their numbers from 1.
    #[must_use]
    pub fn origins(&self) -> &[String] {
        &self.origins
    }

    /// The folder of a log's published files.
    #[must_use]
    pub fn log_folder(&self, origin: &str) -> PathBuf {
        self.folder.join("log").join(origin)
    }

    /// The number of a log in the write-ahead log; a new log is registered, durably.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn register(&mut self, year: u16, stream: Stream) -> Result<u16, PlaceError> {
        let origin = origin(&self.identity, year, stream);
        if let Some(known) = self.origins.iter().position(|known| *known == origin) {
            return Ok(known as u16 + 1);
        }
        let path = self.folder.join("logs");
        append_line(&path, &origin)?;
        sync_folder(&self.folder).map_err(|error| io("synchronise", &self.folder, error))?;
        self.origins.push(origin);
        Ok(self.origins.len() as u16)
    }

    /// The key that signs receipts.
    ///
    /// # Errors
    ///
    /// When the ledger's name cannot name a key.
    pub fn receipt_signer(&self) -> Result<NoteSigner, PlaceError> {
        let name = format!("{}/{}/receipt", self.identity.name, self.identity.agency);
        keys::derived(&self.signing, &name, "ironcage/receipt-key/v1\n")
    }
}

/// Adds a line to a file durably; without space for all of it nothing is added.
fn append_line(path: &Path, line: &str) -> Result<(), PlaceError> {
    let mut options = OpenOptions::new();
    let opened = options.append(true).create(true).open(path);
    let mut file = opened.map_err(|error| without_space(path, error))?;
    let before = file
        .metadata()
        .map_err(|error| io("look at", path, error))?;
    if let Err(error) = file.write_all(format!("{line}\n").as_bytes()) {
        let cut = file.set_len(before.len());
        cut.map_err(|error| io("mend", path, error))?;
        return Err(without_space(path, error));
    }
    file.sync_all()
        .map_err(|error| io("synchronise", path, error))
}

fn without_space(path: &Path, error: std::io::Error) -> PlaceError {
    match is_without_space(&error) {
        true => PlaceError::NoSpace {
            path: path.to_owned(),
            error,
        },
        false => io("write", path, error),
    }
}

fn origin(identity: &Identity, year: u16, stream: Stream) -> String {
    let Identity { name, agency, .. } = identity;
    format!("{name}/{agency}/{year}/{}", stream.word())
}

fn is_origin(identity: &Identity, year: u16, text: &str) -> bool {
    Stream::ALL
        .iter()
        .any(|stream| origin(identity, year, *stream) == text)
}

fn identity_of(folder: &Path, name: &str, agency: &str) -> Result<Identity, PlaceError> {
    let path = folder.join("ledger.json");
    match fs::read_to_string(&path) {
        Ok(text) => parse_identity(&path, &text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => begin(&path, name, agency),
        Err(error) => Err(io("read", &path, error)),
    }
}

fn parse_identity(path: &Path, text: &str) -> Result<Identity, PlaceError> {
    let wrong = |wrong: String| PlaceError::Content {
        path: path.to_owned(),
        wrong,
    };
    let read: Identity = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
    if read.format != FORMAT {
        return Err(wrong(format!(
            "format {} is not known, {FORMAT} is",
            read.format
        )));
    }
    Ok(read)
}

fn identity_text(identity: &Identity) -> Option<String> {
    let text = serde_json::to_string_pretty(identity).ok()?;
    Some(format!("{text}\n"))
}

/// Begins a ledger with these names and a new node.
fn begin(path: &Path, name: &str, agency: &str) -> Result<Identity, PlaceError> {
    let wrong = |wrong: String| PlaceError::Content {
        path: path.to_owned(),
        wrong,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if !(1..=32).contains(&agency.len()) || !agency.bytes().all(plain) {
        let wanted = "an agency must be 1 to 32 of A-Z a-z 0-9 . _ -";
        return Err(wrong(format!("{agency:?}: {wanted}")));
    }
    let odd = |part: &str| matches!(part, "" | "." | "..");
    if name.split('/').any(odd) {
        return Err(wrong(format!("{name:?} cannot name a ledger")));
    }
    let node: [u8; 16] = random()?;
    let identity = Identity {
        format: FORMAT,
        node: hexadecimal(&node),
        name: name.to_owned(),
        agency: agency.to_owned(),
    };
    let text = identity_text(&identity).ok_or_else(|| wrong("cannot be written".to_owned()))?;
    write_new(path, text.as_bytes(), 0o644)?;
    Ok(identity)
}

fn node_of(identity: &Identity) -> Option<[u8; 16]> {
    let digits = identity.node.as_bytes();
    let mut node = [0; 16];
    let lower_case = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() != 32 || !digits.iter().all(lower_case) {
        return None;
    }
    for (byte, pair) in node.iter_mut().zip(digits.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(node)
}

/// The registered logs. A line without its end was never used, its log has no number yet; it is cut off.
fn origins_of(folder: &Path) -> Result<Vec<String>, PlaceError> {
    let (origins, torn_at) = read_origins(folder)?;
    if let Some(whole) = torn_at {
        let path = folder.join("logs");
        let cut = OpenOptions::new().write(true).open(&path).and_then(|file| {
            file.set_len(whole)?;
            file.sync_all()
        });
        cut.map_err(|error| io("mend", &path, error))?;
    }
    Ok(origins)
}

/// The whole lines, and where a torn one begins.
fn read_origins(folder: &Path) -> Result<(Vec<String>, Option<u64>), PlaceError> {
    let path = folder.join("logs");
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.map_err(|error| io("read", &path, error))?,
    };
    let whole = text.rfind('\n').map_or(0, |end| end + 1);
    let origins = text[..whole].lines().map(str::to_owned).collect();
    Ok((origins, (whole < text.len()).then_some(whole as u64)))
}

/// A secret of 32 random bytes in a file that only its owner may read; made if absent. The file has
/// a checksum, so that a changed one is not taken for another key.
fn secret(path: &Path) -> Result<SecretKey, PlaceError> {
    if path.exists() {
        return read_secret(path);
    }
    let key: [u8; 32] = random()?;
    write_new(path, &[key, Hash::sha256(&key).0].concat(), 0o600)?;
    Ok(SecretKey::new(key))
}

fn read_secret(path: &Path) -> Result<SecretKey, PlaceError> {
    let wrong = || PlaceError::Content {
        path: path.to_owned(),
        wrong: "this is no secret key, or it was changed".to_owned(),
    };
    let bytes = fs::read(path).map_err(|error| io("read", path, error))?;
    let (key, checksum) = bytes.split_first_chunk::<32>().ok_or_else(wrong)?;
    if checksum != Hash::sha256(key).0 {
        return Err(wrong());
    }
    Ok(SecretKey::new(*key))
}

/// Writes a file that is there whole or not at all.
fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), PlaceError> {
    replace_file(path, bytes, mode).map_err(|error| io("write", path, error))
}

fn lock(folder: &Path) -> Result<File, PlaceError> {
    let path = folder.join("lock");
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path);
    let file = opened.map_err(|error| io("open", &path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(PlaceError::InUse {
            folder: folder.to_owned(),
        }),
        Err(fs::TryLockError::Error(error)) => Err(io("lock", &path, error)),
    }
}

fn make_folder(folder: &Path) -> Result<(), PlaceError> {
    fs::create_dir_all(folder).map_err(|error| io("make", folder, error))
}

fn io(doing: &'static str, path: &Path, error: std::io::Error) -> PlaceError {
    PlaceError::Io {
        doing,
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests;
