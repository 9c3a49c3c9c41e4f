//! Signed notes: a text, an empty line, and one line for each signature (C2SP signed-note).

use std::fmt;

use crate::base64;
use crate::key::{KeyKind, VerifierKey, is_name};

/// Bytes of a note that are read at most; a checkpoint with all its witnesses has a few hundred.
pub(crate) const NOTE_BYTES_MAX: usize = 1 << 20;
/// Signatures that are read at most.
const SIGNATURES_MAX: usize = 100;
const DASH: &str = "\u{2014} ";

/// One signature line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct NoteSignature {
    /// Name of the key.
    pub name: String,
    /// Id of the key, see [`VerifierKey::id`].
    pub key: u32,
    /// The signature itself, in the form of its kind of key.
    pub bytes: Vec<u8>,
}

impl NoteSignature {
    /// Reads a line as `Display` writes it, without its newline.
    ///
    /// # Errors
    ///
    /// When the line is none.
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        let wrong = || NoteError::Signature {
            line: line.chars().take(120).collect(),
        };
        let (name, blob) = line
            .strip_prefix(DASH)
            .and_then(|rest| rest.split_once(' '))
            .ok_or_else(wrong)?;
        let blob = base64::decode(blob)
            .filter(|_| is_name(name))
            .ok_or_else(wrong)?;
        let (key, bytes) = blob.split_first_chunk::<4>().ok_or_else(wrong)?;
        if bytes.is_empty() {
            return Err(wrong());
        }
        Ok(Self {
            name: name.to_owned(),
            key: u32::from_be_bytes(*key),
            bytes: bytes.to_vec(),
        })
    }

    /// Whether this line says it is by that key; nothing is verified.
    #[must_use]
    pub fn claims(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.key == key.id()
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let blob: Vec<u8> = self
            .key
            .to_be_bytes()
            .iter()
            .chain(&self.bytes)
            .copied()
            .collect();
        write!(formatter, "{DASH}{} {}", self.name, base64::encode(&blob))
    }
}

/// Why bytes are no note, or not one by the keys that were given.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoteError {
    /// Too large to be read.
    #[error("a note of {bytes} bytes is not read; at most {NOTE_BYTES_MAX} are")]
    Size {
        /// Its size.
        bytes: usize,
    },
    /// Not UTF-8, or with control characters.
    #[error("byte {at} is no text of a note")]
    Text {
        /// Where, counted from 0.
        at: usize,
    },
    /// No empty line between text and signatures, or nothing after it.
    #[error("a note is a text, an empty line and signature lines; the {missing} is missing")]
    Shape {
        /// What is missing.
        missing: &'static str,
    },
    /// A line that is no signature.
    #[error("{line:?} is no signature line; one looks like `— name base64`")]
    Signature {
        /// The line, shortened.
        line: String,
    },
    /// More lines than are read.
    #[error("{count} signature lines are not read; at most {SIGNATURES_MAX} are")]
    Crowd {
        /// How many.
        count: usize,
    },
    /// A key that is trusted, with a signature that fails.
    #[error("the signature of {name} does not hold for this text")]
    Forged {
        /// Name of the key.
        name: String,
    },
    /// None of the keys signed.
    #[error("none of the keys {wanted} signed this")]
    Unsigned {
        /// The names of the keys that could have signed.
        wanted: String,
    },
}

/// A text with signatures. Reading it verifies none of them: see [`Note::signed_by`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// The text with its last newline.
    pub text: String,
    /// The signature lines in their order.
    pub signatures: Vec<NoteSignature>,
}

impl Note {
    /// Reads the bytes of a note, strictly.
    ///
    /// # Errors
    ///
    /// See [`NoteError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Size { bytes: bytes.len() });
        }
        let whole = std::str::from_utf8(bytes).map_err(|error| NoteError::Text {
            at: error.valid_up_to(),
        })?;
        let odd = |byte: u8| (byte < 0x20 && byte != b'\n') || byte == 0x7f;
        if let Some(at) = whole.bytes().position(odd) {
            return Err(NoteError::Text { at });
        }
        let empty_line = NoteError::Shape {
            missing: "empty line",
        };
        let (text, lines) = whole.rsplit_once("\n\n").ok_or(empty_line)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Shape {
            missing: "newline after the last signature",
        })?;
        let lines: Vec<&str> = lines.split('\n').collect();
        if lines.len() > SIGNATURES_MAX {
            return Err(NoteError::Crowd { count: lines.len() });
        }
        let signatures = lines
            .into_iter()
            .map(NoteSignature::parse)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            text: format!("{text}\n"),
            signatures,
        })
    }

    /// Verifies the signatures that claim to be by these keys; lines of other keys are passed over, as
    /// that is what lets keys be changed.
    ///
    /// # Errors
    ///
    /// When a line claims to be by one of the keys and fails, or when none of them signed.
    pub fn signed_by<'k>(
        &self,
        keys: &'k [VerifierKey],
    ) -> Result<Vec<&'k VerifierKey>, NoteError> {
        let mut found: Vec<&VerifierKey> = Vec::new();
        let plain = keys.iter().filter(|key| key.kind() == KeyKind::Note);
        for key in plain {
            for signature in self.signatures.iter().filter(|line| line.claims(key)) {
                if !key.signed(self.text.as_bytes(), &signature.bytes) {
                    return Err(NoteError::Forged {
                        name: key.name().to_owned(),
                    });
                }
                if !found.contains(&key) {
                    found.push(key);
                }
            }
        }
        if found.is_empty() {
            let names: Vec<&str> = keys.iter().map(VerifierKey::name).collect();
            return Err(NoteError::Unsigned {
                wanted: names.join(", "),
            });
        }
        Ok(found)
    }
}

impl fmt::Display for Note {
    /// The bytes that [`Note::parse`] reads.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| writeln!(formatter, "{signature}"))
    }
}

#[cfg(test)]
pub(crate) mod tests;
