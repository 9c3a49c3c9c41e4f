//! What can go wrong while reading XES, and how much it spoils.

use crate::error::ReadError;

/// A fault, before it is decided whether the file is refused or only a record passed over.
#[derive(Debug)]
pub(super) enum Fault {
    /// The text is no XML at this byte of the window: what follows can only be found by searching.
    Syntax { at: usize, message: String },
    /// The XML is sound, but what it says is wrong: the record can be passed over.
    Meaning { at: usize, message: String },
    /// Nothing more can be read, lenient or not.
    Fatal(ReadError),
}

impl Fault {
    pub(super) fn syntax(at: usize, message: impl Into<String>) -> Self {
        Self::Syntax {
            at,
            message: message.into(),
        }
    }

    pub(super) fn meaning(at: usize, message: impl Into<String>) -> Self {
        Self::Meaning {
            at,
            message: message.into(),
        }
    }
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        Self::Fatal(error)
    }
}

/// A text for a message: quoted, cut when it is long.
pub(super) fn shown(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        None => format!("{text:?}"),
        Some((at, _)) => format!("{:?}...", &text[..at]),
    }
}
