//! Checking a bundle with nothing but the bundle, and keys that were got elsewhere where there are any.

use std::collections::{BTreeMap, BTreeSet};

use cage_proof::{
    Hash, Leaf, Note, Policy, PolicyError, ProofFile, VerifierKey, commitment, hexadecimal,
};

use crate::container::{ContainerError, Members};
use crate::manifest::{
    EntryState, FORMAT, MANIFEST, Manifest, ManifestEntry, RECEIPT_KEY, SIGNATURE, signed_text,
};

/// Bytes of a manifest at most: far more than the most entries and members need.
const MANIFEST_BYTES_MAX: usize = 32 << 20;

/// The first thing that is not as it must be.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BundleFault {
    /// The archive.
    #[error(transparent)]
    Container(#[from] ContainerError),
    /// A member.
    #[error("{member}: {what}")]
    Member {
        /// Which.
        member: String,
        /// What is wrong.
        what: String,
    },
}

/// What was checked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// What the bundle says of itself.
    pub manifest: Manifest,
    /// Bodies that are what their leaves commit to.
    pub bodies: u64,
    /// Bodies that were erased by order.
    pub erased: u64,
    /// Logs whose keys the bundle itself gave: nothing but the bundle says that they are the right ones.
    pub keys_from_bundle: BTreeSet<String>,
    /// Witnesses that cosigned, by log.
    pub witnesses: BTreeMap<String, BTreeSet<String>>,
    /// Logs with a checkpoint that has too few cosignatures for the operator's own policy.
    pub unwitnessed: BTreeSet<String>,
}

/// Checks a bundle: the archive, the manifest, every member, every proof, every body. `trusted` are keys and the
/// quorum that were got elsewhere; for a log that they do not name, the bundle's own keys are taken, and said.
///
/// # Errors
///
/// The first thing that is not as it must be, by its member.
pub fn check(bytes: &[u8], trusted: Option<&Policy>) -> Result<Checked, BundleFault> {
    let members = Members::read(bytes)?;
    let manifest = manifest(&members)?;
    let own = Policy::parse_with_logs(&manifest.policy, Vec::new());
    let own = own.map_err(|error| fault(MANIFEST, format!("policy: {error}")))?;
    let mut checked = Checked {
        bodies: 0,
        erased: 0,
        keys_from_bundle: BTreeSet::new(),
        witnesses: BTreeMap::new(),
        unwitnessed: BTreeSet::new(),
        manifest,
    };
    let (mut known, mut with_reference) = (BTreeSet::new(), 0);
    let entries = checked.manifest.entries.clone();
    for entry in &entries {
        let leaf = entry_of(entry, &members)?;
        promise(entry, &members, (trusted, &own), &mut checked)?;
        body(entry, &leaf, &members, &mut checked)?;
        with_reference += u64::from(hexadecimal(&leaf.case) == checked.manifest.reference);
        if !known.insert((entry.log.as_str(), entry.index)) {
            return Err(fault(
                MANIFEST,
                format!("entry {} of {} is listed twice", entry.index, entry.log),
            ));
        }
    }
    if with_reference != checked.manifest.entries_with_reference {
        let said = checked.manifest.entries_with_reference;
        let what =
            format!("says that {said} entries have the case's reference, {with_reference} have");
        return Err(fault(MANIFEST, what));
    }
    unlisted(&entries, &members)?;
    Ok(checked)
}

/// The manifest, its signature, and every member against it.
fn manifest(members: &Members) -> Result<Manifest, BundleFault> {
    let bytes = member(members, MANIFEST)?;
    if bytes.len() > MANIFEST_BYTES_MAX {
        let what = format!(
            "has {} bytes, at most {MANIFEST_BYTES_MAX} are taken",
            bytes.len()
        );
        return Err(fault(MANIFEST, what));
    }
    let read: Result<Manifest, _> = serde_json::from_slice(bytes);
    let manifest = read.map_err(|error| fault(MANIFEST, error.to_string()))?;
    if manifest.format != FORMAT {
        let what = format!("format {:?} is not known, {FORMAT:?} is", manifest.format);
        return Err(fault(MANIFEST, what));
    }
    let listed = manifest.members.iter();
    for (name, said) in listed {
        let found = Hash::sha256(member(members, name)?).to_string();
        if found != *said {
            let what = format!("its SHA-256 is {found}, the manifest says {said}");
            return Err(fault(name, what));
        }
    }
    let strange = members.0.keys().find(|name| {
        !manifest.members.contains_key(*name) && ![MANIFEST, SIGNATURE].contains(&name.as_str())
    });
    if let Some(name) = strange {
        return Err(fault(name, "the manifest does not name it".to_owned()));
    }
    let key = key(members, RECEIPT_KEY)?;
    let note = Note::parse(member(members, SIGNATURE)?);
    let note = note.map_err(|error| fault(SIGNATURE, error.to_string()))?;
    let signed = note.signed_by(std::slice::from_ref(&key));
    signed.map_err(|error| fault(SIGNATURE, error.to_string()))?;
    if note.text != signed_text(bytes) {
        return Err(fault(SIGNATURE, "is not over this manifest".to_owned()));
    }
    Ok(manifest)
}

/// The exact entry.
fn entry_of(entry: &ManifestEntry, members: &Members) -> Result<Leaf, BundleFault> {
    let leaf = Leaf::decode(member(members, &entry.leaf)?);
    leaf.map_err(|error| fault(&entry.leaf, error.to_string()))
}

/// The proof: the entry stands where it says, under a checkpoint that whoever must have signed.
fn promise(
    entry: &ManifestEntry,
    members: &Members,
    (trusted, own): (Option<&Policy>, &Policy),
    checked: &mut Checked,
) -> Result<(), BundleFault> {
    let wrong = |what: String| fault(&entry.proof, what);
    let bytes = member(members, &entry.proof)?;
    let proof = ProofFile::parse(bytes).map_err(|error| wrong(error.to_string()))?;
    if proof.to_string().as_bytes() != bytes {
        return Err(wrong("is not written in its one form".to_owned()));
    }
    if proof.index != entry.index {
        let (found, said) = (proof.index, entry.index);
        return Err(wrong(format!(
            "proves entry {found}, the manifest says {said}"
        )));
    }
    let leaf = Hash::leaf(member(members, &entry.leaf)?);
    let checkpoint = proof
        .prove(leaf)
        .map_err(|error| wrong(error.to_string()))?;
    if checkpoint.origin != entry.log {
        return Err(wrong(format!(
            "is of {:?}, the manifest says {:?}",
            checkpoint.origin, entry.log
        )));
    }
    let names = |policy: &Policy| policy.logs().iter().any(|key| key.name() == entry.log);
    let policy = match trusted.filter(|trusted| names(trusted)) {
        Some(trusted) => {
            let met: Result<_, PolicyError> = trusted.check(&proof.note);
            met.map_err(|error| wrong(error.to_string()))?;
            trusted
        }
        None => {
            checked.keys_from_bundle.insert(entry.log.clone());
            own
        }
    };
    let read = policy.read(&proof.note);
    let read = read.map_err(|error| wrong(error.to_string()))?;
    if !read.is_enough {
        checked.unwitnessed.insert(entry.log.clone());
    }
    let witnesses = checked.witnesses.entry(entry.log.clone()).or_default();
    witnesses.extend(read.witnesses);
    Ok(())
}

/// The body is what the entry commits to, or was erased.
fn body(
    entry: &ManifestEntry,
    leaf: &Leaf,
    members: &Members,
    checked: &mut Checked,
) -> Result<(), BundleFault> {
    if entry.state == EntryState::Erased {
        checked.erased += 1;
        return Ok(());
    }
    let salt = member(members, &entry.salt())?;
    let salt: &[u8; 32] = salt.try_into().map_err(|_| {
        fault(
            &entry.salt(),
            format!("has {} bytes, 32 are right", salt.len()),
        )
    })?;
    if commitment(salt, member(members, &entry.body())?) != leaf.commitment {
        let what = "is not the body that the entry commits to".to_owned();
        return Err(fault(&entry.body(), what));
    }
    checked.bodies += 1;
    Ok(())
}

/// Leaves, proofs and bodies that belong to no listed entry.
fn unlisted(entries: &[ManifestEntry], members: &Members) -> Result<(), BundleFault> {
    let mut listed = BTreeSet::new();
    for entry in entries {
        listed.extend([entry.leaf.clone(), entry.proof.clone()]);
        if entry.state == EntryState::Shown {
            listed.extend([entry.body(), entry.salt()]);
        }
    }
    let is_evidence = |name: &str| name.starts_with("records/") || name.starts_with("bodies/");
    let strange = members
        .0
        .keys()
        .find(|name| is_evidence(name) && !listed.contains(*name));
    match strange {
        Some(name) => Err(fault(
            name,
            "belongs to no entry of the manifest".to_owned(),
        )),
        None => Ok(()),
    }
}

fn key(members: &Members, name: &str) -> Result<VerifierKey, BundleFault> {
    let text = String::from_utf8_lossy(member(members, name)?);
    VerifierKey::parse(text.trim_end()).map_err(|error| fault(name, error.to_string()))
}

fn member<'m>(members: &'m Members, name: &str) -> Result<&'m [u8], BundleFault> {
    let found = members.0.get(name).map(Vec::as_slice);
    found.ok_or_else(|| fault(name, "is missing".to_owned()))
}

fn fault(member: &str, what: String) -> BundleFault {
    let member = member.to_owned();
    BundleFault::Member { member, what }
}
