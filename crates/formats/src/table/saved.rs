//! The mapping that a writer leaves beside a table, so that reading it gives back what was written.

use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

use cage_model::Place;
use cage_model::limits::PACK_FILE_BYTES_MAX;

use super::mapping::TableMapping;
use crate::delivery::Delivery;
use crate::error::ReadError;
use crate::input::Input;

/// What follows the table's own name.
pub(crate) const ENDING: &str = ".mapping.toml";

/// The mapping of the options; when that says nothing, the one saved beside the file.
///
/// # Errors
/// [`ReadError::Unreadable`] or [`ReadError::Content`] when there is a saved one that cannot be used.
pub(crate) fn mapping<'a>(
    input: &Input,
    delivery: &mut Delivery<'a>,
) -> Result<Cow<'a, TableMapping>, ReadError> {
    let options = delivery.options;
    let Some(path) = input.beside(ENDING).filter(|path| path.is_file()) else {
        return Ok(Cow::Borrowed(&options.mapping));
    };
    if options.mapping != TableMapping::default() {
        delivery.note(format!(
            "{} is not used, as columns are given",
            path.display()
        ));
        return Ok(Cow::Borrowed(&options.mapping));
    }
    let text = read(&path).map_err(|error| ReadError::Unreadable {
        file: path.display().to_string(),
        reason: error.to_string(),
        source: Some(error),
    })?;
    let mapping = TableMapping::from_toml(&text).map_err(|error| ReadError::Content {
        file: path.display().to_string(),
        place: Place::default(),
        message: error.message,
    })?;
    delivery.note(format!("columns are read as {} says", path.display()));
    Ok(Cow::Owned(mapping))
}

fn read(path: &PathBuf) -> io::Result<String> {
    if std::fs::metadata(path)?.len() > PACK_FILE_BYTES_MAX {
        let message = format!("it has more than {PACK_FILE_BYTES_MAX} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    std::fs::read_to_string(path)
}
