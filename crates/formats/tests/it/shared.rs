//! Where the real logs lie, and small helpers.

use std::path::PathBuf;

use cage_formats::{ReadError, ReadOptions, ReadReport, Source, read};
use cage_model::{Interner, Log};

/// A file of the shared data, or `None` (said aloud) where there is none.
#[expect(clippy::print_stdout, reason = "a skipped test must say so")]
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let given = std::env::var_os("CAGE_SHARED_DATA").map(PathBuf::from);
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let found = given
        .into_iter()
        .chain([beside])
        .map(|folder| folder.join(name));
    let found = found.into_iter().find(|path| path.exists());
    if found.is_none() {
        println!("skipped: the shared data has no {name} here");
    }
    found
}

/// Reads a file whole.
pub(crate) fn load(path: PathBuf, options: &ReadOptions) -> Result<(Log, ReadReport), ReadError> {
    let (mut names, mut log) = (Interner::new(), Log::new());
    let report = read(&Source::Path(path), options, &mut names, &mut log)?;
    Ok((log.finish(names), report))
}
