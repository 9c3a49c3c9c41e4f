//! Cosignatures: a witness says that a checkpoint extends all it has seen, and when (C2SP tlog-cosignature).

use crate::key::{KeyKind, NoteSigner, VerifierKey};
use crate::note::{Note, NoteError, NoteSignature};

const TIME_BYTES: usize = 8;

/// A cosignature that holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cosigned<'k> {
    /// The witness's key.
    pub key: &'k VerifierKey,
    /// When it signed, in seconds since 1970.
    pub seconds: u64,
}

/// Cosigns the text of a checkpoint at this time, in seconds since 1970. The key must be of the kind
/// [`KeyKind::Cosignature`]; with another kind the line would be by no known key.
#[must_use]
pub fn cosign(signer: &NoteSigner, text: &str, seconds: u64) -> NoteSignature {
    let mut bytes = seconds.to_be_bytes().to_vec();
    bytes.extend(signer.sign_bytes(message(text, seconds).as_bytes()));
    signer.signature(bytes)
}

/// The cosignatures of these witnesses that hold on this note; lines of others are passed over.
///
/// # Errors
///
/// When a line claims to be by one of the keys and fails.
pub fn cosigned_at<'k>(
    note: &Note,
    keys: &'k [VerifierKey],
) -> Result<Vec<Cosigned<'k>>, NoteError> {
    let mut found = Vec::new();
    let witnesses = keys.iter().filter(|key| key.kind() == KeyKind::Cosignature);
    for key in witnesses {
        for line in note.signatures.iter().filter(|line| line.claims(key)) {
            let forged = || NoteError::Forged {
                name: key.name().to_owned(),
            };
            let (time, signature) = line
                .bytes
                .split_first_chunk::<TIME_BYTES>()
                .ok_or_else(forged)?;
            let seconds = u64::from_be_bytes(*time);
            if !key.signed(message(&note.text, seconds).as_bytes(), signature) {
                return Err(forged());
            }
            found.push(Cosigned { key, seconds });
        }
    }
    Ok(found)
}

fn message(text: &str, seconds: u64) -> String {
    format!("cosignature/v1\ntime {seconds}\n{text}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::tests::{CHECKPOINT, log, witness};

    /// The published example was cosigned at the first second of 2026 in UTC.
    const SECONDS: u64 = 1_767_225_600;

    #[test]
    fn the_published_cosignature_holds_and_is_made_alike() {
        let note = Note::parse(CHECKPOINT.as_bytes()).unwrap();
        assert_eq!(cosign(&witness(), &note.text, SECONDS), note.signatures[1]);
        let keys = [log().verifier().clone(), witness().verifier().clone()];
        let found = cosigned_at(&note, &keys).unwrap();
        assert_eq!(
            found,
            [Cosigned {
                key: &keys[1],
                seconds: SECONDS
            }]
        );
    }

    #[test]
    fn another_time_text_or_length_is_noticed() {
        let keys = [witness().verifier().clone()];
        let whole = Note::parse(CHECKPOINT.as_bytes()).unwrap();
        for change in [
            |note: &mut Note| note.signatures[1].bytes[7] ^= 1,
            |note: &mut Note| note.signatures[1].bytes[40] ^= 1,
            |note: &mut Note| note.signatures[1].bytes.truncate(4),
            |note: &mut Note| note.text = note.text.replace("\n3\n", "\n4\n"),
        ] {
            let mut changed = whole.clone();
            change(&mut changed);
            assert!(matches!(
                cosigned_at(&changed, &keys),
                Err(NoteError::Forged { .. })
            ));
        }
    }
}
