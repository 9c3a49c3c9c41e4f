//! Cosignatures: a witness says that a checkpoint extends all it has seen, and when (C2SP tlog-cosignature).

use crate::checkpoint::Checkpoint;
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
    let witnesses = keys.iter().filter(|key| key.kind() != KeyKind::Note);
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
            let message = match key.kind() {
                KeyKind::MlDsaCosignature => subtree(key.name(), &note.text, seconds),
                KeyKind::Cosignature | KeyKind::Note => {
                    Some(message(&note.text, seconds).into_bytes())
                }
            };
            if !message.is_some_and(|message| key.signed(&message, signature)) {
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

/// What an ML-DSA-44 cosignature signs: the whole tree as a subtree from entry 0 on. `None` where the text is no
/// checkpoint, or a name is too long.
fn subtree(witness: &str, text: &str, seconds: u64) -> Option<Vec<u8>> {
    let checkpoint = Checkpoint::parse(text).ok()?;
    let mut message = b"subtree/v1\n\0".to_vec();
    message.push(u8::try_from(witness.len()).ok()?);
    message.extend(witness.as_bytes());
    message.extend(seconds.to_be_bytes());
    message.push(u8::try_from(checkpoint.origin.len()).ok()?);
    message.extend(checkpoint.origin.as_bytes());
    message.extend(0_u64.to_be_bytes());
    message.extend(checkpoint.size.to_be_bytes());
    message.extend(checkpoint.root.0);
    Some(message)
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

    /// A witness with an ML-DSA-44 key, as C2SP tlog-cosignature has it: verified, and by nothing else.
    #[test]
    fn a_cosignature_by_ml_dsa_holds_for_its_text_time_and_name() {
        use base64::Engine as _;
        use ml_dsa::{MlDsa44, SigningKey};
        use sha2::{Digest as _, Sha256};

        let name = "witness.example/university";
        let secret = SigningKey::<MlDsa44>::from_seed(&[5; 32].into());
        let material = [&[6][..], &secret.expanded_key().verifying_key().encode()].concat();
        let id = Sha256::digest([name.as_bytes(), b"\n", &material].concat());
        let id = u32::from_be_bytes([id[0], id[1], id[2], id[3]]);
        let encoded = base64::engine::general_purpose::STANDARD.encode(&material);
        let text = format!("{name}+{id:08x}+{encoded}");
        let key = VerifierKey::parse(&text).unwrap();
        assert_eq!(
            (key.kind(), key.to_string()),
            (KeyKind::MlDsaCosignature, text)
        );
        let mut note = Note::parse(CHECKPOINT.as_bytes()).unwrap();
        // The layout, written out: 3 entries and their root stand at its end.
        let message = subtree(name, &note.text, SECONDS).unwrap();
        assert_eq!(message.len(), 12 + 1 + 26 + 8 + 1 + 29 + 8 + 8 + 32);
        assert_eq!(message[..13], *b"subtree/v1\n\0\x1a");
        assert_eq!(message[85..93], 3_u64.to_be_bytes());
        let signature = secret
            .expanded_key()
            .sign_deterministic(&message, &[])
            .unwrap();
        let bytes = [&SECONDS.to_be_bytes()[..], &signature.encode()].concat();
        assert_eq!(bytes.len(), 8 + 2_420);
        note.signatures.push(NoteSignature {
            name: name.to_owned(),
            key: id,
            bytes,
        });
        let keys = [witness().verifier().clone(), key];
        let note = Note::parse(note.to_string().as_bytes()).unwrap();
        let found = cosigned_at(&note, &keys).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!((found[1].key, found[1].seconds), (&keys[1], SECONDS));
        for change in [
            |note: &mut Note| note.signatures[2].bytes[7] ^= 1,
            |note: &mut Note| note.signatures[2].bytes[400] ^= 1,
            |note: &mut Note| note.signatures[2].bytes.truncate(72),
            |note: &mut Note| note.text = note.text.replace("\n3\n", "\n4\n"),
        ] {
            let mut changed = note.clone();
            change(&mut changed);
            assert!(cosigned_at(&changed, &keys[1..]).is_err());
        }
        let made = NoteSigner::from_seed(name, KeyKind::MlDsaCosignature, &[5; 32]);
        assert!(made.is_err(), "it is verified here, not made");
    }
}
