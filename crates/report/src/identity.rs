//! The identity of a finding, the same wherever and whenever it is found.

use cage_model::{Finding, FindingId};
use cage_runtime::Outcome;
use sha2::{Digest, Sha256};

/// The first 16 bytes of the SHA-256 over rule, rule version, object and trigger. Each text is
/// preceded by its length, so that no two different findings can be spelled alike.
pub(crate) fn identity(outcome: &Outcome, finding: &Finding) -> FindingId {
    let mut hash = Sha256::new();
    let rule = outcome
        .rules
        .get(usize::from(finding.rule))
        .map_or("", |rule| rule.id.as_str());
    let (kind, id) = object(outcome, finding);
    for text in [rule, outcome.pack.version.as_str(), kind, id] {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    }
    for event in [finding.trigger, finding.other].into_iter().flatten() {
        let activity = outcome.names.text(event.activity);
        hash.update(event.at.0.to_le_bytes());
        hash.update((activity.len() as u64).to_le_bytes());
        hash.update(activity.as_bytes());
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    FindingId(id)
}

/// Type and id of the object that a finding is about.
pub(crate) fn object<'a>(outcome: &'a Outcome, finding: &Finding) -> (&'a str, &'a str) {
    let table = outcome.objects.get(usize::from(finding.object_type));
    let kind = table.map_or("", |table| outcome.names.text(table.kind));
    let id = table.and_then(|table| table.ids.get(finding.object as usize));
    (kind, id.map_or("", |id| outcome.names.text(*id)))
}

/// An identity as 32 hexadecimal digits.
pub(crate) fn shown(id: FindingId) -> String {
    hex(&id.0)
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
