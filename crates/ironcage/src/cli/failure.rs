//! How a command ends: what is said, and the exit status.

use std::fmt;
use std::process::ExitCode;

use cage_model::Bilingual;

use super::output::Voice;

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
    Usage(Bilingual),
    /// Input could not be read, or output not written.
    Unreadable(Bilingual),
}

impl Failure {
    /// Wrong use, with the message of an error, which is in English only.
    pub(crate) fn usage(error: impl fmt::Display) -> Self {
        Self::Usage(two(String::new(), error.to_string()))
    }

    /// Unreadable input or unwritable output, with the message of an error, which is in English
    /// only.
    pub(crate) fn unreadable(error: impl fmt::Display) -> Self {
        Self::Unreadable(two(String::new(), error.to_string()))
    }

    /// Wrong use, said in both languages.
    pub(crate) fn wrong_use(zh: String, en: String) -> Self {
        Self::Usage(two(zh, en))
    }

    /// The message in the person's language.
    pub(crate) fn said(&self, voice: &Voice) -> &str {
        let text = self.text();
        voice.choose(text.chinese(), text.english())
    }

    /// The message in Chinese, or in English where there is no Chinese.
    pub(crate) fn chinese(&self) -> &str {
        self.text().chinese()
    }

    fn text(&self) -> &Bilingual {
        match self {
            Self::Usage(text) | Self::Unreadable(text) => text,
        }
    }
}

/// A text in both languages.
pub(crate) const fn two(zh: String, en: String) -> Bilingual {
    Bilingual { zh, en }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().english())
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
