//! What is wrong with a model file, and where.

use std::fmt;

/// A model file that cannot be taken as a flow. One reason, with its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ModelError {
    /// The file, as it was named to [`crate::read_model`].
    pub file: String,
    /// The line, counted from 1; 0 when it concerns the file as a whole.
    pub line: u32,
    /// The column in characters, counted from 1; 0 when it concerns the file as a whole.
    pub column: u32,
    /// What is wrong, with the offending text, and what would be right.
    pub message: String,
    /// What was probably meant in place of the offending text.
    pub suggestion: Option<String>,
}

impl ModelError {
    pub(crate) fn meaning(self, suggestion: Option<String>) -> Self {
        Self { suggestion, ..self }
    }
}

impl std::error::Error for ModelError {}

impl fmt::Display for ModelError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.file)?;
        if self.line > 0 {
            write!(formatter, ":{}:{}", self.line, self.column)?;
        }
        write!(formatter, ": {}", self.message)?;
        match &self.suggestion {
            Some(meant) => write!(formatter, "; did you mean {meant}?"),
            None => Ok(()),
        }
    }
}
