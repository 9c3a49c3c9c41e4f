//! The keys of a ledger's logs: made from the folder's own secret, or told by a signer that is a process of its own.

use std::collections::BTreeMap;
use std::path::Path;

use cage_proof::{KeyKind, NoteSigner, VerifierKey};
use hkdf::Hkdf;
use sha2::Sha256;

use super::{Place, PlaceError, Stream, io, secret};
use crate::disk::{read_checked, replace_checked};
use crate::seal::SecretKey;

/// The file of a data folder with the keys that a signer elsewhere told; absent where the folder has the secret itself.
pub(crate) const FILE: &str = "signer-keys";

/// Keys that a signer elsewhere told, by origin.
pub(super) type KeysElsewhere = BTreeMap<String, VerifierKey>;

impl Place {
    /// The key that signs a log's checkpoints, where this folder has the secret; its name is the origin.
    ///
    /// # Errors
    ///
    /// When a signer elsewhere signs, or the origin cannot name a key.
    pub fn log_signer(&self, origin: &str) -> Result<NoteSigner, PlaceError> {
        if self.is_signed_elsewhere() {
            let wrong = "its logs are signed by a signer of its own; name its socket";
            return Err(content(&self.folder.join(FILE), wrong.to_owned()));
        }
        log_key(&self.signing, origin)
    }

    /// The public key of a log.
    ///
    /// # Errors
    ///
    /// When the origin cannot name a key, or the signer elsewhere has not told it.
    pub fn log_key(&self, origin: &str) -> Result<VerifierKey, PlaceError> {
        if self.is_signed_elsewhere() {
            let known = self.elsewhere.get(origin).cloned();
            let wrong = || content(&self.folder.join(FILE), format!("has no key of {origin}"));
            return known.ok_or_else(wrong);
        }
        Ok(log_key(&self.signing, origin)?.verifier().clone())
    }

    /// The public keys of all logs, in the order of their numbers.
    ///
    /// # Errors
    ///
    /// As [`Place::log_key`].
    pub fn log_keys(&self) -> Result<Vec<VerifierKey>, PlaceError> {
        let origins = self.origins.iter();
        origins.map(|origin| self.log_key(origin)).collect()
    }

    /// Whether a signer that is a process of its own signs the logs.
    #[must_use]
    pub fn is_signed_elsewhere(&self) -> bool {
        !self.elsewhere.is_empty()
    }

    /// Whether the key of a log is known.
    pub(crate) fn knows_key(&self, origin: &str) -> bool {
        self.elsewhere.contains_key(origin)
    }

    /// Keeps a key that a signer elsewhere told, durably. A known one never changes.
    pub(crate) fn learn_key(&mut self, key: VerifierKey) -> Result<(), PlaceError> {
        let origin = key.name().to_owned();
        let path = self.folder.join(FILE);
        if self
            .elsewhere
            .get(&origin)
            .is_some_and(|known| *known != key)
        {
            let wrong =
                format!("has another key of {origin} than the signer; it is another signer");
            return Err(content(&path, wrong));
        }
        if self.elsewhere.insert(origin, key).is_none() {
            let text = text_of(&self.elsewhere);
            let written = replace_checked(&path, text.as_bytes(), 0o644);
            written.map_err(|error| super::without_space(&path, error))?;
        }
        Ok(())
    }

    /// Origins of all streams in this year.
    pub(crate) fn origins_of_year(&self, year: u16) -> Vec<String> {
        let streams = Stream::ALL.iter();
        streams
            .map(|stream| super::origin(&self.identity, year, *stream))
            .collect()
    }

    /// Reads the keys that a signer elsewhere told.
    pub(super) fn read_keys(folder: &Path) -> Result<KeysElsewhere, PlaceError> {
        let path = folder.join(FILE);
        let Some(bytes) = read_checked(&path).map_err(|error| io("read", &path, error))? else {
            return Ok(KeysElsewhere::new());
        };
        let text = String::from_utf8_lossy(&bytes);
        let mut keys = KeysElsewhere::new();
        for line in text.lines() {
            let key = VerifierKey::parse(line)?;
            keys.insert(key.name().to_owned(), key);
        }
        if keys.is_empty() || text_of(&keys).as_bytes() != bytes {
            return Err(content(&path, "is not written in its one form".to_owned()));
        }
        Ok(keys)
    }
}

fn text_of(keys: &KeysElsewhere) -> String {
    keys.values().map(|key| format!("{key}\n")).collect()
}

/// The key of a log, made from a secret.
pub(crate) fn log_key(secret: &SecretKey, origin: &str) -> Result<NoteSigner, PlaceError> {
    derived(secret, origin, "ironcage/log-key/v1\n")
}

pub(super) fn derived(
    secret: &SecretKey,
    name: &str,
    purpose: &str,
) -> Result<NoteSigner, PlaceError> {
    let mut seed = [0; 32];
    let info = [purpose.as_bytes(), name.as_bytes()].concat();
    let expanded = Hkdf::<Sha256>::new(None, secret.bytes()).expand(&info, &mut seed);
    debug_assert!(expanded.is_ok(), "32 bytes are never too many");
    Ok(NoteSigner::from_seed(name, KeyKind::Note, &seed)?)
}

/// A secret in a file that only its owner may read; made if absent.
pub(crate) fn read_or_make_secret(path: &Path) -> Result<SecretKey, PlaceError> {
    secret(path)
}

/// Whether origins can begin with this: name and agency of a ledger.
pub(crate) fn may_name_logs(name: &str) -> bool {
    let origin = format!("{name}/1970/case");
    let odd = |part: &str| matches!(part, "" | "." | "..");
    name.contains('/')
        && !name.split('/').any(odd)
        && NoteSigner::from_seed(&origin, KeyKind::Note, &[0; 32]).is_ok()
}

/// Whether an origin is that of a log of this name and agency.
pub(crate) fn names_log_of(name: &str, origin: &str) -> bool {
    let rest = origin
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix('/'));
    let Some((year, stream)) = rest.and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let year_is_plain = year.parse().is_ok_and(|read: u16| read.to_string() == year);
    year_is_plain && Stream::ALL.iter().any(|known| known.word() == stream)
}

fn content(path: &Path, wrong: String) -> PlaceError {
    PlaceError::Content {
        path: path.to_owned(),
        wrong,
    }
}
