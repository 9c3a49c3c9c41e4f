//! Reads bytes as a log, strictly and leniently, and writes what was read.

use std::path::Path;

use cage_formats::{Format, ReadError, ReadOptions, ReadReport, Source, read, write};
use cage_model::{Interner, Log};

/// Reads bytes in a format. No bytes may make a reader panic, nor lenient reading refuse what strict
/// reading takes. With `back` what was read is written in the same format and read again.
///
/// # Panics
/// When that does not hold.
pub(crate) fn feed(bytes: &[u8], format: Format, back: bool) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("log");
    std::fs::write(&path, bytes).expect("a temporary file");
    let strict = load(&path, format, false);
    let lenient = load(&path, format, true);
    let Ok((log, report)) = strict else {
        return;
    };
    let (_, lenient) = lenient.expect("lenient reading takes what strict reading takes");
    assert_eq!((report.events, report.skipped), (lenient.events, 0));
    if !back {
        return;
    }
    let copy = folder.path().join("copy");
    // A log may hold what a format cannot.
    if write(&log, &copy, Some(format)).is_ok() {
        let (again, _) = load(&copy, format, false).expect("what is written can be read");
        assert_eq!(log.events.len(), again.events.len());
    }
}

fn load(path: &Path, format: Format, lenient: bool) -> Result<(Log, ReadReport), ReadError> {
    let options = ReadOptions {
        format: Some(format),
        lenient,
        ..ReadOptions::default()
    };
    let (mut names, mut log) = (Interner::new(), Log::new());
    let report = read(
        &Source::Path(path.to_owned()),
        &options,
        &mut names,
        &mut log,
    )?;
    Ok((log.finish(names), report))
}
