//! What can be wrong with a model file, said so that its author can mend it.

/// Why a model file was refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ModelError {
    /// The content breaks its format: not well-formed, a reference to nothing, a number that is none.
    #[error("{file}:{line}:{column}: {message}")]
    Content {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u32,
        /// The column in characters, counted from 1.
        column: u32,
        /// What is wrong, with the offending text, and what would be right.
        message: String,
    },
    /// The file uses something that is not executed here, and leaving it out would change what the
    /// model means.
    #[error("{file}:{line}:{column}: {message}")]
    Unsupported {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u32,
        /// The column in characters, counted from 1.
        column: u32,
        /// What is not supported, and what may be drawn instead.
        message: String,
    },
    /// The file is larger, deeper or wider than a model may be.
    #[error("{file}:{line}:{column}: {message}")]
    Limit {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u32,
        /// The column in characters, counted from 1.
        column: u32,
        /// Which bound, and what was met.
        message: String,
    },
    /// The file is neither BPMN nor PNML.
    #[error("{file}: not a model: {reason}")]
    Format {
        /// The file.
        file: String,
        /// What was looked at.
        reason: String,
    },
    /// The model can be read, but cannot be followed: no way to its end, or no bound on its tokens.
    #[error("{file}: {statement}")]
    Behaviour {
        /// The file.
        file: String,
        /// What is wrong with the behaviour, with the names of the places or steps.
        statement: String,
    },
}
