//! Checkpoints: the size and root of a log at one moment, as the text of a note (C2SP tlog-checkpoint).

use std::fmt;

use crate::hash::Hash;
use crate::note::{Note, NoteError, NoteSignature};
use crate::path::canonical;

/// What a log says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkpoint {
    /// The log's name; the name of its key too.
    pub origin: String,
    /// Number of entries.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// Further lines, which other logs may have and ours never have.
    pub extensions: Vec<String>,
}

/// Why the text of a note is no checkpoint.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CheckpointError {
    /// No note at all.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A line is missing.
    #[error("a checkpoint has the lines origin, size and root; the {missing} is missing")]
    Missing {
        /// Which.
        missing: &'static str,
    },
    /// The size is no plain decimal number.
    #[error("line 2 of a checkpoint is its size; {text:?} is no plain decimal number")]
    Size {
        /// What stands there.
        text: String,
    },
    /// The root is no hash.
    #[error("line 3 of a checkpoint is its root; {text:?} is not 32 bytes of base64")]
    Root {
        /// What stands there.
        text: String,
    },
    /// A further line that is empty.
    #[error("a checkpoint has an empty line before its end")]
    Empty,
}

impl Checkpoint {
    /// A checkpoint without further lines.
    #[must_use]
    pub fn new(origin: &str, size: u64, root: Hash) -> Self {
        Self {
            origin: origin.to_owned(),
            size,
            root,
            extensions: Vec::new(),
        }
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    ///
    /// See [`CheckpointError`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let missing = |missing| CheckpointError::Missing { missing };
        let body = text.strip_suffix('\n').ok_or(missing("last newline"))?;
        let mut lines = body.split('\n');
        let origin = lines
            .next()
            .filter(|origin| !origin.is_empty())
            .ok_or(missing("origin"))?;
        let size_text = lines.next().ok_or(missing("size"))?;
        let size = canonical(size_text)
            .filter(|_| !size_text.is_empty())
            .ok_or(CheckpointError::Size {
                text: shortened(size_text),
            })?;
        let root_text = lines.next().ok_or(missing("root"))?;
        let root = Hash::from_base64(root_text).ok_or(CheckpointError::Root {
            text: shortened(root_text),
        })?;
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if extensions.iter().any(String::is_empty) {
            return Err(CheckpointError::Empty);
        }
        Ok(Self {
            origin: origin.to_owned(),
            size,
            root,
            extensions,
        })
    }

    /// Reads a note whose text is a checkpoint.
    ///
    /// # Errors
    ///
    /// See [`CheckpointError`]. No signature is verified.
    pub fn of_note(bytes: &[u8]) -> Result<(Self, Note), CheckpointError> {
        let note = Note::parse(bytes)?;
        Ok((Self::parse(&note.text)?, note))
    }

    /// The note with these signatures.
    #[must_use]
    pub fn into_note(self, signatures: Vec<NoteSignature>) -> Note {
        let text = self.to_string();
        Note { text, signatures }
    }
}

impl fmt::Display for Checkpoint {
    /// The text that is signed.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = self.root.to_base64();
        writeln!(formatter, "{}\n{}\n{root}", self.origin, self.size)?;
        self.extensions
            .iter()
            .try_for_each(|line| writeln!(formatter, "{line}"))
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::tests::{CHECKPOINT, log};
    use crate::tree::Frontier;

    #[test]
    fn the_published_checkpoint_is_that_of_the_entries_a_b_c() {
        let mut tree = Frontier::new();
        for entry in ["a", "b", "c"] {
            tree.push(Hash::leaf(entry.as_bytes()));
        }
        let (read, note) = Checkpoint::of_note(CHECKPOINT.as_bytes()).unwrap();
        let made = Checkpoint::new("ledger.example/0151/2026/case", tree.size(), tree.root());
        assert_eq!(read, made);
        let signed = made.clone().into_note(vec![
            log().sign(&made.to_string()),
            note.signatures[1].clone(),
        ]);
        assert_eq!(signed.to_string(), CHECKPOINT);
    }

    #[test]
    fn further_lines_of_other_logs_are_kept() {
        let root = Hash::of_nothing().to_base64();
        let text = format!("o\n0\n{root}\nmore\nand more\n");
        let read = Checkpoint::parse(&text).unwrap();
        assert_eq!(read.extensions, ["more", "and more"]);
        assert_eq!(read.to_string(), text);
    }

    #[test]
    fn what_is_no_checkpoint_is_refused_with_the_reason() {
        let root = Hash::of_nothing().to_base64();
        for (text, reason) in [
            (String::new(), "last newline is missing"),
            ("o\n".to_owned(), "size is missing"),
            (format!("\n1\n{root}\n"), "origin is missing"),
            (format!("o\n01\n{root}\n"), "\"01\" is no plain decimal"),
            (format!("o\n\n{root}\n"), "\"\" is no plain decimal"),
            (format!("o\n-1\n{root}\n"), "\"-1\" is no plain decimal"),
            (
                format!("o\n18446744073709551616\n{root}\n"),
                "is no plain decimal",
            ),
            ("o\n1\n".to_owned(), "root is missing"),
            (format!("o\n1\n{}\n", &root[..40]), "is not 32 bytes"),
            (format!("o\n1\n{root}\n\nx\n"), "empty line"),
        ] {
            let error = Checkpoint::parse(&text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }
}
