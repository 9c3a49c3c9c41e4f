//! Runs the binary in a folder of its own, with nothing of the environment that changes its words.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder that commands run in.
pub(crate) struct Place {
    folder: tempfile::TempDir,
}

/// What a command gave back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The exit status.
    pub(crate) status: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

/// The command, ready for arguments, in a folder.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ironcage"));
    command
        .current_dir(folder)
        .env_clear()
        .env("LANG", "en_GB.UTF-8")
        .env("COLUMNS", "100")
        .env("RUST_BACKTRACE", "1")
        .stdin(Stdio::null());
    command
}

impl Place {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file into it, with its folders.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// The content of a file in it.
    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// The names in it, in order.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// Runs the binary with the words of a line; no word holds a blank.
    pub(crate) fn run(&self, line: &str) -> Answer {
        let mut command = command(self.path());
        command.args(line.split_whitespace());
        answer(&mut command)
    }

    /// Runs it and expects that it succeeds; its standard output.
    pub(crate) fn succeed(&self, line: &str) -> String {
        let answer = self.run(line);
        assert_eq!(answer.status, 0, "{line}\n{answer:?}");
        answer.out
    }

    /// Runs it and expects a status and words in what it says; never a panic, never a backtrace.
    pub(crate) fn refuse(&self, line: &str, status: i32, words: &[&str]) {
        let answer = self.run(line);
        assert_eq!(answer.status, status, "{line}\n{answer:?}");
        for word in words {
            assert!(
                answer.err.contains(word),
                "{line}\nlacks {word}\n{}",
                answer.err
            );
        }
        for bad in ["panicked", "backtrace", "internal fault", "RUST_BACKTRACE"] {
            assert!(!answer.err.contains(bad), "{line}\n{}", answer.err);
        }
    }
}

/// Runs a command to its end.
pub(crate) fn answer(command: &mut Command) -> Answer {
    let output = command.output().unwrap();
    Answer {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A file of the shared test data, or `None` where it is absent; then the test says so.
#[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("CAGE_SHARED_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")),
        PathBuf::from,
    );
    let path = root.join(name);
    if path.exists() {
        return Some(path.canonicalize().unwrap());
    }
    eprintln!("passed over: {} is absent", path.display());
    None
}

/// The folder of the example packs.
pub(crate) fn packs() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs"))
        .canonicalize()
        .unwrap()
}
