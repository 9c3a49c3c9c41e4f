//! Putting a pack into force: an entry of the `admin` log that names the pack's files by their hash.
//!
//! The log decides which packs judge, not the command line: after a restart, in a replay and on another machine
//! the same records are judged by the same versions from the same record on.

use cage_gateway::{OWN_SOURCE, OwnEvent, own_event};
use cage_ledger::{ContentError, ContentStore};
use cage_pack::{Diagnostic, Loaded, PackFiles, load_files};
use cage_proof::Hash;
use serde_json::Value;

/// Type of the event by which a pack version comes into force.
pub const PACK_ACTIVATED: &str = "pack.activated";

/// Why a pack cannot be put into force.
#[derive(Debug, thiserror::Error)]
pub enum ActivationError {
    /// Its files cannot be kept or read.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The entry does not say what it must.
    #[error("the entry that puts a pack into force lacks {0}")]
    Entry(&'static str),
    /// Its files are no archive of a pack.
    #[error("the archive of pack {pack}: {error}")]
    Archive {
        /// The pack.
        pack: String,
        /// What is wrong.
        error: serde_json::Error,
    },
    /// The pack is refused.
    #[error("pack {pack} is refused: {}", first(.found))]
    Refused {
        /// The pack.
        pack: String,
        /// Everything that is wrong with it.
        found: Vec<Diagnostic>,
    },
    /// Its rules are not the ones that the entry names.
    #[error("pack {pack}: its files give rules with the hash {found}, the entry says {said}")]
    Other {
        /// The pack.
        pack: String,
        /// Hash of the rules.
        found: String,
        /// Hash in the entry.
        said: String,
    },
    /// Two contents under one version.
    #[error(
        "pack {pack}: version {version} is in force with other content; give the changed pack a new version"
    )]
    SameVersion {
        /// The pack.
        pack: String,
        /// The version.
        version: String,
    },
}

fn first(found: &[Diagnostic]) -> String {
    found
        .first()
        .map_or_else(String::new, |one| one.render(false))
}

/// Keeps a pack's files and gives the event that puts it into force; `now` in milliseconds since 1970.
///
/// # Errors
///
/// When the files cannot be kept.
pub fn activation(
    loaded: &Loaded,
    contents: &ContentStore,
    now: u64,
) -> Result<OwnEvent, ActivationError> {
    let program = &loaded.program;
    let archive = serde_json::to_vec(&loaded.files).map_err(|error| ActivationError::Archive {
        pack: program.id.clone(),
        error,
    })?;
    let content = contents.put(&archive)?;
    let event = own_event(PACK_ACTIVATED)
        .happened(now)
        .object("pack", &program.id)
        .attribute("version", program.version.clone())
        .attribute("rules", Hash(program.hash).to_string())
        .attribute("content", content.to_string());
    Ok(event)
}

/// The pack that an event puts into force, and where its files are; `None` for any other event.
pub(crate) fn activated(
    body: &[u8],
    contents: &ContentStore,
) -> Result<Option<(Loaded, Hash)>, ActivationError> {
    // What comes into the admin log is our own and well formed; anything else puts nothing into force.
    let Ok(event) = serde_json::from_slice::<Value>(body) else {
        return Ok(None);
    };
    if event["source"] != OWN_SOURCE || event["type"] != PACK_ACTIVATED {
        return Ok(None);
    }
    let text = |name: &'static str| {
        let value = &event["data"]["attributes"][name];
        value.as_str().ok_or(ActivationError::Entry(name))
    };
    let id = &event["data"]["objects"][0]["id"];
    let pack = id.as_str().ok_or(ActivationError::Entry("its pack"))?;
    let content =
        Hash::from_hexadecimal(text("content")?).ok_or(ActivationError::Entry("content"))?;
    let loaded = loaded_of(content, contents)?;
    let found = Hash(loaded.program.hash).to_string();
    if found != text("rules")? {
        return Err(ActivationError::Other {
            pack: pack.to_owned(),
            found,
            said: text("rules")?.to_owned(),
        });
    }
    Ok(Some((loaded, content)))
}

/// The pack whose files are kept under this hash.
pub(crate) fn loaded_of(content: Hash, contents: &ContentStore) -> Result<Loaded, ActivationError> {
    let archive = contents.get(content)?;
    let files: PackFiles = serde_json::from_slice(&archive).map_err(|error| {
        let pack = content.to_string();
        ActivationError::Archive { pack, error }
    })?;
    load_files(&files).map_err(|found| ActivationError::Refused {
        pack: content.to_string(),
        found,
    })
}
