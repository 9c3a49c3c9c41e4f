//! Where results go: standard output or a file, and messages to the person.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use super::failure::Failure;
use crate::options::Language;

/// How to speak to the person at the terminal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Voice {
    /// Language of messages.
    pub(crate) language: Language,
    /// Whether anything but results and errors is said.
    pub(crate) quiet: bool,
    /// Whether standard output takes colours.
    pub(crate) colour: bool,
    /// Width of the terminal in columns.
    pub(crate) width: usize,
}

impl Voice {
    /// From the options and the environment. NO_COLOR is honoured (no-color.org).
    pub(crate) fn new(language: Option<Language>, quiet: bool) -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
        let width = columns.unwrap_or_else(|| {
            indicatif::TermLike::width(&indicatif::ProgressDrawTarget::stderr_term()).into()
        });
        Self {
            language: language.unwrap_or_else(language_of_environment),
            quiet,
            colour: !no_colour && io::stdout().is_terminal(),
            width,
        }
    }

    /// One of two texts, by language.
    pub(crate) fn choose<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        match self.language {
            Language::Zh => zh,
            Language::En => en,
        }
    }

    /// A message to the person, on standard error; nothing when quiet.
    pub(crate) fn say(&self, zh: &str, en: &str) {
        if !self.quiet {
            message(self.choose(zh, en));
        }
    }
}

/// English where the environment asks for it; Chinese otherwise.
fn language_of_environment() -> Language {
    let asked = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    match asked {
        Some(value) if value.starts_with("en") => Language::En,
        _ => Language::Zh,
    }
}

/// A line on standard error.
#[expect(clippy::print_stderr, reason = "the one place that speaks to the person")]
pub(crate) fn message(text: &str) {
    eprintln!("{text}");
}

/// A result on standard output. A reader who has seen enough (a closed pipe) is no error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| Failure::unreadable(format!("standard output: {error}"))),
    }
}

/// A result into a file, or onto standard output for "-".
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if path.as_os_str() == "-" {
        return print(text);
    }
    let written = File::create(path).and_then(|file| {
        let mut out = BufWriter::new(file);
        out.write_all(text.as_bytes())?;
        out.flush()
    });
    written.map_err(|error| Failure::unreadable(format!("cannot write {}: {error}", path.display())))
}
