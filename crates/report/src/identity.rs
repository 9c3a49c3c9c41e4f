//! How findings and their objects are named. Identities are made by [`cage_runtime::identify`].

use cage_model::{Finding, FindingId};
use cage_runtime::Outcome;

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
