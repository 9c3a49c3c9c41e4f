//! How a command ends: what is said, and the exit status.

use std::fmt;
use std::process::ExitCode;

/// A command's exit status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Status {
    /// Nothing to object to.
    Clean,
    /// Findings, and the user asked to fail on them; or a pack that does not pass.
    Findings,
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command was used wrongly: options, a pack or a model with errors.
    Usage(String),
    /// Input could not be read, or output not written.
    Unreadable(String),
}

impl Failure {
    /// Wrong use, with the message of an error.
    pub(crate) fn usage(error: impl fmt::Display) -> Self {
        Self::Usage(error.to_string())
    }

    /// Unreadable input or unwritable output, with the message of an error.
    pub(crate) fn unreadable(error: impl fmt::Display) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Unreadable(message) => f.write_str(message),
        }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Clean => Self::SUCCESS,
            Status::Findings => Self::from(1),
        }
    }
}

impl From<&Failure> for ExitCode {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Usage(_) => Self::from(2),
            Failure::Unreadable(_) => Self::from(3),
        }
    }
}
