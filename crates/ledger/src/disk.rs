//! What every part does with the disk alike: names made durable, and small files that are replaced whole and
//! show when they were changed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use cage_proof::Hash;

/// Makes the names in a folder durable.
///
/// # Errors
///
/// When the system refuses.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Replaces a file: readers find the old content or the new one, and when this returns the new one is durable.
///
/// # Errors
///
/// When the system refuses; whether the old content or the new one is found later is open then.
pub fn replace_file(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    replace_file_with(path, mode, |file| file.write_all(content))
}

/// As [`replace_file`], with content that is written as it is made.
///
/// # Errors
///
/// As [`replace_file`], and what `write` says; the old content stays then.
pub fn replace_file_with(
    path: &Path,
    mode: u32,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(mode);
    let written = options.open(&new).and_then(|mut file| {
        write(&mut file)?;
        file.sync_all()
    });
    if let Err(error) = written {
        // Without space, this is what gives the space back.
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    fs::rename(&new, path)?;
    sync_folder(path.parent().unwrap_or(path))
}

/// As [`replace_file`]; the file begins with a line that has the SHA-256 of the rest.
///
/// # Errors
///
/// As [`replace_file`].
pub fn replace_checked(path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let checksum = format!("{}\n", Hash::sha256(content));
    replace_file(path, &[checksum.as_bytes(), content].concat(), mode)
}

/// Reads what [`replace_checked`] wrote; `None` when there is no such file.
///
/// # Errors
///
/// When the system refuses, or with [`io::ErrorKind::InvalidData`] when the content is not the one that was
/// written.
pub fn read_checked(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let changed = || {
        io::Error::new(
            io::ErrorKind::InvalidData,
            "its checksum is not that of its content",
        )
    };
    let end = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .ok_or_else(changed)?;
    let (checksum, content) = (&bytes[..end], &bytes[end + 1..]);
    if checksum != Hash::sha256(content).to_string().as_bytes() {
        return Err(changed());
    }
    Ok(Some(content.to_vec()))
}

/// Whether an error means that there is no space: on the file system, in a quota, or for a file of this size.
pub(crate) fn is_without_space(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checked_file_is_read_back_and_every_change_of_a_byte_is_noticed() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("state");
        assert_eq!(read_checked(&path).unwrap(), None);
        replace_checked(&path, b"old", 0o600).unwrap();
        replace_checked(&path, b"new\ncontent", 0o600).unwrap();
        assert_eq!(read_checked(&path).unwrap().unwrap(), b"new\ncontent");
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, changed).unwrap();
            assert!(read_checked(&path).is_err(), "byte {at}");
        }
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(read_checked(&path).is_err(), "length {length}");
        }
    }
}
