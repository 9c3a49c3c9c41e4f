//! The file that a citizen keeps: where an entry stands, its path, and the checkpoint (C2SP tlog-proof).

use std::fmt;

use crate::base64;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::hash::Hash;
use crate::note::Note;
use crate::path::canonical;
use crate::proof::{ProofError, verify_inclusion};

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// No path is longer than the height of a tree of 2^64 entries.
const HASHES_MAX: usize = 64;

/// An entry's place in a log, with everything that proves it but the keys.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProofFile {
    /// What the log attached; proven by nothing.
    pub extra: Option<Vec<u8>>,
    /// Index of the entry.
    pub index: u64,
    /// Path to the root, leaf side first.
    pub path: Vec<Hash>,
    /// The checkpoint with its signatures.
    pub note: Note,
}

/// Why a file is no proof, or does not prove.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProofFileError {
    /// Not text, or without its parts.
    #[error(
        "a proof has {HEADER:?} as its first line, then `index <number>`, hashes, an empty line and a checkpoint; {wrong}"
    )]
    Shape {
        /// What is wrong.
        wrong: String,
    },
    /// The checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The path.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl ProofFile {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// See [`ProofFileError`]. Nothing is verified: see [`ProofFile::prove`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofFileError> {
        let wrong = |wrong: String| ProofFileError::Shape { wrong };
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("this is not UTF-8".to_owned()))?;
        let (head, note) = text
            .split_once("\n\n")
            .ok_or_else(|| wrong("the empty line is missing".to_owned()))?;
        let mut lines = head.split('\n').enumerate().peekable();
        if lines.next().is_none_or(|(_, first)| first != HEADER) {
            return Err(wrong("the first line is another".to_owned()));
        }
        let extra = lines
            .next_if(|(_, line)| line.starts_with("extra "))
            .map(|(_, line)| {
                base64::decode(&line[6..]).ok_or_else(|| wrong("line 2 is no base64".to_owned()))
            })
            .transpose()?;
        let index = lines
            .next()
            .and_then(|(_, line)| line.strip_prefix("index "))
            .filter(|number| !number.is_empty())
            .and_then(canonical)
            .ok_or_else(|| wrong("the line with the index is missing".to_owned()))?;
        let mut path = Vec::new();
        for (place, line) in lines {
            let hash = Hash::from_base64(line).filter(|_| path.len() < HASHES_MAX);
            path.push(
                hash.ok_or_else(|| wrong(format!("line {} is no hash of the path", place + 1)))?,
            );
        }
        let note = Note::parse(note.as_bytes()).map_err(CheckpointError::from)?;
        Ok(Self {
            extra,
            index,
            path,
            note,
        })
    }

    /// Whether the entry with this leaf hash stands where the file says, under its checkpoint, which is
    /// returned. The signatures of the checkpoint are another matter: see [`Note::signed_by`].
    ///
    /// # Errors
    ///
    /// When it does not.
    pub fn prove(&self, leaf: Hash) -> Result<Checkpoint, ProofFileError> {
        let checkpoint = Checkpoint::parse(&self.note.text)?;
        verify_inclusion(
            leaf,
            self.index,
            checkpoint.size,
            checkpoint.root,
            &self.path,
        )?;
        Ok(checkpoint)
    }
}

impl fmt::Display for ProofFile {
    /// The file that [`ProofFile::parse`] reads.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(formatter, "extra {}", base64::encode(extra))?;
        }
        writeln!(formatter, "index {}", self.index)?;
        for hash in &self.path {
            writeln!(formatter, "{}", hash.to_base64())?;
        }
        write!(formatter, "\n{}", self.note)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::tests::CHECKPOINT;

    /// The published proof of the entry b.
    fn example() -> String {
        format!(
            "c2sp.org/tlog-proof@v1\nindex 1\nAippeebat6pa5MPl5F9+l3ESp+Y1k4INvsHsc4ok+Tw=\n\
             WX/LMSgtNGVMIA00GPylcFxkjr8ybsc9jd7xGEH4dtg=\n\n{CHECKPOINT}"
        )
    }

    #[test]
    fn the_published_proof_proves_b_and_nothing_else() {
        let file = ProofFile::parse(example().as_bytes()).unwrap();
        assert_eq!(file.to_string(), example());
        assert_eq!(file.prove(Hash::leaf(b"b")).unwrap().size, 3);
        assert!(file.prove(Hash::leaf(b"a")).is_err());
        let elsewhere = ProofFile { index: 0, ..file };
        assert!(elsewhere.prove(Hash::leaf(b"b")).is_err());
    }

    #[test]
    fn an_extra_line_is_kept() {
        let text = example().replacen("index", "extra AQID\nindex", 1);
        let file = ProofFile::parse(text.as_bytes()).unwrap();
        assert_eq!(file.extra.as_deref(), Some(&[1, 2, 3][..]));
        assert_eq!(file.to_string(), text);
    }

    #[test]
    fn what_is_no_proof_is_refused_with_the_reason() {
        for (from, to, reason) in [
            ("@v1", "@v2", "first line is another"),
            ("index 1", "index 01", "line with the index"),
            ("index 1", "extra A\nindex 1", "line 2 is no base64"),
            ("Aippee", "Aippe", "line 3 is no hash"),
            ("\n\n", "\n", "the empty line is missing"),
        ] {
            let text = example().replacen(from, to, if from == "\n\n" { 9 } else { 1 });
            let error = ProofFile::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
