//! The files of a pack: gathered, bounded, read as UTF-8. Knows nothing of what they say.

use std::fs;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cage_model::limits;

use crate::diagnostic::Diagnostic;
use crate::load::PackFile;

/// One file of a pack.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    /// Its path relative to the pack, with `/`.
    pub(crate) name: String,
    /// Its content.
    pub(crate) text: String,
    /// Whether it belongs to the pack itself, not to one that it uses.
    pub(crate) own: bool,
    /// Where its lines end; found when first asked for.
    ends: OnceLock<Vec<usize>>,
}

impl SourceFile {
    /// A file with its content.
    pub(crate) const fn new(name: String, text: String, own: bool) -> Self {
        Self {
            name,
            text,
            own,
            ends: OnceLock::new(),
        }
    }

    /// The file as others are given it.
    pub(crate) fn as_told(&self) -> PackFile {
        PackFile {
            name: self.name.clone(),
            own: self.own,
            text: self.text.clone(),
        }
    }

    /// The line on which a byte stands, counted from 1.
    pub(crate) fn line_of(&self, at: usize) -> usize {
        let ends = self.ends.get_or_init(|| {
            let ends = self.text.match_indices('\n');
            ends.map(|(at, _)| at).collect()
        });
        ends.partition_point(|end| *end < at) + 1
    }
}

/// A piece of one of a pack's files.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Place {
    /// Index of the file.
    pub(crate) file: usize,
    /// Its bytes.
    pub(crate) span: Range<usize>,
}

/// Files of one pack.
const FILES_MAX: usize = 2_000;
/// Depth of folders below a pack.
const FOLDER_DEPTH_MAX: usize = 2;

/// Whether a file, by its name, is one that packs are made of.
pub(crate) fn is_pack_file(name: &str) -> bool {
    [".toml", ".bpmn", ".pnml"]
        .iter()
        .any(|extension| name.ends_with(extension))
}

/// The first file or folder of a pack that cannot be opened, and why; `None` when all can.
#[must_use]
pub fn unopenable(path: &Path) -> Option<(PathBuf, std::io::Error)> {
    let fault = |error| Some((path.to_owned(), error));
    let about = match fs::metadata(path) {
        Ok(about) => about,
        Err(error) => return fault(error),
    };
    if about.is_file() {
        return fs::File::open(path).err().and_then(fault);
    }
    let mut paths = Vec::new();
    if about.is_dir()
        && let Err(error) = collect(path, path, 0, &mut paths)
    {
        return fault(error);
    }
    paths.sort();
    let files = paths.into_iter().map(|(_, path)| path);
    let mut files = files.filter(|path| path.is_file() || !path.exists());
    files.find_map(|path| fs::File::open(&path).err().map(|error| (path, error)))
}

/// Reads the files of a pack, in the order of their names: a folder, or a single TOML file.
pub(crate) fn gather(path: &Path, prefix: &str) -> Result<Vec<SourceFile>, Vec<Diagnostic>> {
    let shown = path.display().to_string();
    let refuse = |message: String| vec![Diagnostic::of_file(&shown, message)];
    let about = fs::metadata(path)
        .map_err(|error| refuse(format!("the pack cannot be opened: {error}")))?;
    let mut paths = Vec::new();
    if about.is_dir() {
        collect(path, path, 0, &mut paths)
            .map_err(|error| refuse(format!("the folder cannot be read: {error}")))?;
    } else {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        paths.push((name.into_owned(), path.to_owned()));
    }
    if paths.is_empty() {
        let message = "the folder holds no file of a pack; a pack has at least pack.toml and \
                       rules/NAME.toml";
        return Err(refuse(message.to_owned()));
    }
    if paths.len() > FILES_MAX {
        return Err(refuse(format!("a pack has at most {FILES_MAX} files")));
    }
    paths.sort();
    let mut files = Vec::new();
    let mut faults = Vec::new();
    for (name, path) in paths {
        let name = format!("{prefix}{name}");
        if about.is_dir() && !path.is_file() {
            // A pipe would be waited for without end.
            let message = "it is neither a file nor a folder".to_owned();
            faults.push(Diagnostic::of_file(&name, message));
            continue;
        }
        match read(&path) {
            Ok(text) => files.push(SourceFile::new(name, text, prefix.is_empty())),
            Err(message) => faults.push(Diagnostic::of_file(&name, message)),
        }
    }
    if faults.is_empty() {
        Ok(files)
    } else {
        Err(faults)
    }
}

fn collect(
    root: &Path,
    folder: &Path,
    depth: usize,
    paths: &mut Vec<(String, PathBuf)>,
) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            if depth < FOLDER_DEPTH_MAX {
                collect(root, &path, depth + 1, paths)?;
            }
        } else if is_pack_file(&name) && paths.len() <= FILES_MAX {
            let relative = path.strip_prefix(root).unwrap_or(&path);
            let parts: Vec<_> = relative
                .components()
                .map(|part| part.as_os_str().to_string_lossy())
                .collect();
            paths.push((parts.join("/"), path));
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, String> {
    let most = if path
        .extension()
        .is_some_and(|extension| extension == "toml")
    {
        limits::PACK_FILE_BYTES_MAX
    } else {
        limits::MODEL_FILE_BYTES_MAX
    };
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(most + 1).read_to_end(&mut bytes))
        .map_err(|error| format!("the file cannot be read: {error}"))?;
    if bytes.len() as u64 > most {
        return Err(format!("the file is larger than {} MiB", most >> 20));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error
            .as_bytes()
            .iter()
            .take(valid)
            .filter(|byte| **byte == b'\n')
            .count();
        format!(
            "line {} is not UTF-8; save the file as UTF-8 and try again",
            line + 1
        )
    })?;
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Ok(rest.to_owned()),
        None => Ok(text),
    }
}
