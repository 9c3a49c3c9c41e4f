//! Where results go: standard output or a file, and messages to the person.

use std::fs;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use super::failure::{Failure, two};
use super::fault::{Unwritten, cannot_write, plainly};
use super::interrupt::Unfinished;
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
    /// Whether standard error takes colours.
    pub(crate) colour_messages: bool,
    /// Width of the terminal in columns.
    pub(crate) width: usize,
}

/// Columns where there is no terminal to ask.
const WIDTH_WITHOUT_TERMINAL: usize = 120;

impl Voice {
    /// From the options and the environment. NO_COLOR is honoured (no-color.org).
    pub(crate) fn new(language: Option<Language>, quiet: bool) -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let columns = std::env::var("COLUMNS")
            .ok()
            .and_then(|text| text.parse().ok());
        let terminal = || terminal_size::terminal_size_of(io::stdout()).map(|size| size.0.0);
        let width = columns
            .or_else(terminal)
            .map_or(WIDTH_WITHOUT_TERMINAL, usize::from);
        Self {
            language: language.unwrap_or_else(language_of_environment),
            quiet,
            colour: !no_colour && io::stdout().is_terminal(),
            colour_messages: !no_colour && io::stderr().is_terminal(),
            width,
        }
    }

    /// One of two texts, by language.
    pub(crate) fn choose<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        self.report_language().pick(zh, en)
    }

    /// The language as reports name it.
    pub(crate) const fn report_language(&self) -> cage_report::Language {
        match self.language {
            Language::Zh => cage_report::Language::Chinese,
            Language::En => cage_report::Language::English,
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
pub(crate) fn language_of_environment() -> Language {
    let asked = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .unwrap_or_default();
    match cage_report::Language::of_locale(&asked) {
        cage_report::Language::English => Language::En,
        cage_report::Language::Chinese => Language::Zh,
    }
}

/// A line on standard error. Nobody is left to tell when that is closed.
pub(crate) fn message(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A result on standard output. A reader who has seen enough (a closed pipe) is no error.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| {
            let reason = plainly(&error);
            Failure::Unreadable(two(
                format!("无法写到标准输出：{}", reason.zh),
                format!("cannot write to standard output: {}", reason.en),
            ))
        }),
    }
}

/// A result into a file, or onto standard output for "-".
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if path.as_os_str() == "-" {
        return print(text);
    }
    write_with(path, |target| fs::write(target, text))
}

/// Lets `make` write a file under another name beside it, and gives it its own name only when it is
/// whole: nobody ever finds half a report. What exists and is no file (`/dev/null`, a pipe) is
/// written directly.
pub(crate) fn write_with<E: Unwritten>(
    path: &Path,
    make: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<(), Failure> {
    let about = fs::metadata(path);
    if about.as_ref().is_ok_and(|about| about.is_dir()) {
        let error = io::Error::from(io::ErrorKind::IsADirectory);
        return Err(cannot_write(path, &error));
    }
    if about.is_ok_and(|about| !about.is_file()) {
        return make(path).map_err(|error| cannot_write(path, &error));
    }
    // A link keeps pointing at its file; it is that file which is replaced.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let unfinished = Unfinished::beside(path);
    make(unfinished.path()).map_err(|error| cannot_write(path, &error))?;
    unfinished
        .finish(path)
        .map_err(|error| cannot_write(path, &error))
}

/// Makes a folder and those above it.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| cannot_write(folder, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.html");
        fs::write(&file, "old").unwrap();
        let fails = write_with(&file, |target| {
            fs::write(target, "half").unwrap();
            Err(io::Error::other("no space"))
        });
        assert!(fails.unwrap_err().to_string().ends_with(": no space"));
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
        write(&file, "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
        assert!(
            write(folder.path(), "x")
                .unwrap_err()
                .to_string()
                .contains("directory")
        );
        let absent = folder.path().join("no/such/folder/x.json");
        let said = write(&absent, "x").unwrap_err().to_string();
        assert!(said.contains("x.json") && !said.contains(".part"), "{said}");
    }
}
