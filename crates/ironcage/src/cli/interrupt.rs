//! What happens when the person presses Ctrl-C, and when the program itself fails: files that are
//! not whole are taken away, one line is said, the exit status tells.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::output::{Voice, message};

/// Exit status after an interruption: 128 and the number of SIGINT, as shells count.
const INTERRUPTED: i32 = 130;

/// Files being written at the moment.
static OPEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Who wants to be told instead of the process being ended.
static TOLD: Mutex<Option<Box<dyn Fn() + Send>>> = Mutex::new(None);

/// From now on an interruption or a terminating signal calls `tell`, and the process ends by itself.
pub(crate) fn instead(tell: impl Fn() + Send + 'static) {
    *TOLD.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(tell));
}

/// A file that is being written beside the one that it will replace. Dropped unfinished, it is
/// deleted.
pub(crate) struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    /// A name beside a file, for its content while it is not whole.
    pub(crate) fn beside(file: &Path) -> Self {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // The ending stays, because writers look at it.
        let path = file.with_file_name(format!(".{}.part-{name}", std::process::id()));
        open().push(path.clone());
        Self { path }
    }

    /// Where to write.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the whole file its name.
    pub(crate) fn finish(self, file: &Path) -> io::Result<()> {
        // Nothing may be interrupted between the renaming and forgetting the old name.
        let mut open = open();
        std::fs::rename(&self.path, file)?;
        open.retain(|path| *path != self.path);
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut open = open();
        if open.contains(&self.path) {
            open.retain(|path| *path != self.path);
            // It may never have been made.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn open() -> MutexGuard<'static, Vec<PathBuf>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Prepares for Ctrl-C, a terminating signal, and a fault of our own.
pub(crate) fn prepare(voice: Voice) {
    // Where signals cannot be handled the system's own way of ending remains.
    let _ = ctrlc::set_handler(move || {
        if let Some(tell) = &*TOLD.lock().unwrap_or_else(PoisonError::into_inner) {
            return tell();
        }
        for path in open().drain(..) {
            let _ = std::fs::remove_file(path);
        }
        cage_formats::remove_temporary_files();
        message(voice.choose("已中断", "interrupted"));
        std::process::exit(INTERRUPTED);
    });
    std::panic::set_hook(Box::new(move |fault| {
        let said = voice.choose(
            "程序内部出错，请连同所用的命令一起报告：",
            "internal fault, please report it with the command that led to it: ",
        );
        message(&format!("{said}{fault}"));
    }));
}
