//! The request by which a log asks a witness to cosign (C2SP tlog-witness, `add-checkpoint`).

use std::fmt;

use crate::hash::Hash;
use crate::note::{NOTE_BYTES_MAX, Note, NoteError};
use crate::path::canonical;

/// A checkpoint with the proof that it extends an older one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AddCheckpoint {
    /// Size of the tree from which the proof starts: the one that the witness last cosigned.
    pub old: u64,
    /// Consistency proof from there to the checkpoint's size.
    pub proof: Vec<Hash>,
    /// The checkpoint with the log's signature.
    pub note: Note,
}

/// Why a request cannot be read (status 400).
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AddCheckpointError {
    /// Not text.
    #[error("the request is no UTF-8 text, or longer than {NOTE_BYTES_MAX} bytes")]
    Text,
    /// The first line.
    #[error("line 1 must be `old <size>`, not {line:?}")]
    Old {
        /// What stands there.
        line: String,
    },
    /// A line of the proof.
    #[error("line {number} must be a hash of 32 bytes in base64, not {line:?}")]
    Hash {
        /// Number of the line, from 1.
        number: usize,
        /// What stands there.
        line: String,
    },
    /// More hashes than any proof has.
    #[error("a proof has at most {} hashes", AddCheckpoint::HASHES_MAX)]
    Long,
    /// No empty line after the proof.
    #[error("an empty line must stand between the proof and the checkpoint")]
    NoEmptyLine,
    /// The checkpoint.
    #[error(transparent)]
    Note(#[from] NoteError),
}

impl AddCheckpoint {
    /// Hashes of a proof at most.
    pub const HASHES_MAX: usize = 63;

    /// Reads the body of a request.
    ///
    /// # Errors
    ///
    /// See [`AddCheckpointError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, AddCheckpointError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(AddCheckpointError::Text);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| AddCheckpointError::Text)?;
        let (head, note) = text
            .split_once("\n\n")
            .ok_or(AddCheckpointError::NoEmptyLine)?;
        let mut lines = head.split('\n');
        let first = lines.next().unwrap_or_default();
        let size = first.strip_prefix("old ").filter(|size| !size.is_empty());
        let old = size
            .and_then(canonical)
            .ok_or_else(|| AddCheckpointError::Old {
                line: shortened(first),
            })?;
        let mut proof = Vec::new();
        for (place, line) in lines.enumerate() {
            if place >= Self::HASHES_MAX {
                return Err(AddCheckpointError::Long);
            }
            proof.push(
                Hash::from_base64(line).ok_or_else(|| AddCheckpointError::Hash {
                    number: place + 2,
                    line: shortened(line),
                })?,
            );
        }
        let note = Note::parse(note.as_bytes())?;
        Ok(Self { old, proof, note })
    }
}

impl fmt::Display for AddCheckpoint {
    /// The body that [`AddCheckpoint::parse`] reads.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "old {}", self.old)?;
        for hash in &self.proof {
            writeln!(formatter, "{}", hash.to_base64())?;
        }
        write!(formatter, "\n{}", self.note)
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::tests::CHECKPOINT;

    /// The published request: from two entries to three, without the witness's line.
    fn example() -> String {
        let signed = &CHECKPOINT[..CHECKPOINT.find("— witness").unwrap()];
        format!("old 2\nWX/LMSgtNGVMIA00GPylcFxkjr8ybsc9jd7xGEH4dtg=\n\n{signed}")
    }

    #[test]
    fn the_published_request_is_read_and_written_alike() {
        let request = AddCheckpoint::parse(example().as_bytes()).unwrap();
        assert_eq!(
            (request.old, &request.proof[..]),
            (2, &[Hash::leaf(b"c")][..])
        );
        assert_eq!(request.to_string(), example());
    }

    #[test]
    fn what_is_no_request_is_refused_with_the_reason() {
        let hash = Hash::leaf(b"c").to_base64();
        let many = format!("old 2\n{}", format!("{hash}\n").repeat(64));
        for (request, reason) in [
            (example().replace("old 2", "old 02"), "line 1 must be"),
            (example().replace("old 2", "old "), "line 1 must be"),
            (example().replace("old 2", "new 2"), "line 1 must be"),
            (
                example().replace(&hash, &hash[1..]),
                "line 2 must be a hash",
            ),
            (example().replace("\n\n", "\n"), "empty line"),
            (
                example().replace(&format!("old 2\n{hash}\n"), &many),
                "at most 63",
            ),
        ] {
            let error = AddCheckpoint::parse(request.as_bytes())
                .unwrap_err()
                .to_string();
            assert!(error.contains(reason), "{request:.60}: {error}");
        }
        assert_eq!(
            AddCheckpoint::parse(b"\xff\n\n"),
            Err(AddCheckpointError::Text)
        );
    }
}
