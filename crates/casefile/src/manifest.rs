//! What a bundle says of itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Path of the manifest.
pub(crate) const MANIFEST: &str = "manifest.json";
/// Path of the operator's signature over it.
pub(crate) const SIGNATURE: &str = "manifest.note";
/// Path of the key that made it.
pub(crate) const RECEIPT_KEY: &str = "keys/receipt.vkey";
pub(crate) const FORMAT: &str = "ironcage/case/v1";

/// The manifest.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of the bundle.
    pub format: String,
    /// Type of the object that the case is.
    pub case_type: String,
    /// Its id.
    pub case: String,
    /// The random reference that its entries carry in the log, 32 hexadecimal digits; empty where none does.
    pub reference: String,
    /// When the ledger's last record was accepted that this bundle knows, milliseconds since 1970.
    pub as_of: u64,
    /// Records of the ledger that were looked at.
    pub records: u64,
    /// Entries with the case's reference under the checkpoints of this bundle: an auditor can count them.
    pub entries_with_reference: u64,
    /// Entries that name the case and are under no published checkpoint yet; they are not in this bundle.
    pub unpublished: u64,
    /// Whose signatures the checkpoints should have (C2SP tlog-policy), as the operator says.
    pub policy: String,
    /// The entries, in the order of the ledger's records.
    pub entries: Vec<ManifestEntry>,
    /// SHA-256 of every other member, in hexadecimal digits; not of the signature over this.
    pub members: BTreeMap<String, String>,
}

/// One entry.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestEntry {
    /// Number of the record in the ledger, over all logs.
    pub record: u64,
    /// The log.
    pub log: String,
    /// Index in it.
    pub index: u64,
    /// Member with the exact entry.
    pub leaf: String,
    /// Member with its proof (C2SP tlog-proof).
    pub proof: String,
    /// Whether its body is there.
    pub state: EntryState,
}

/// Whether a body is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryState {
    /// Body and salt are members.
    Shown,
    /// Its key was destroyed by order.
    Erased,
}

impl ManifestEntry {
    /// Member with the body.
    #[must_use]
    pub fn body(&self) -> String {
        self.beside("body")
    }

    /// Member with the salt of its commitment.
    #[must_use]
    pub fn salt(&self) -> String {
        self.beside("salt")
    }

    fn beside(&self, ending: &str) -> String {
        let stem = self.leaf.trim_end_matches("leaf");
        let stem = stem.strip_prefix("records/").unwrap_or(stem);
        format!("bodies/{stem}{ending}")
    }
}

/// The text that the operator signs: the manifest's hash.
pub(crate) fn signed_text(manifest: &[u8]) -> String {
    format!(
        "ironcage/bundle/v1\n{}\n",
        cage_proof::Hash::sha256(manifest)
    )
}
