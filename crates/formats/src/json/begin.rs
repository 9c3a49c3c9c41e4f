//! The first bytes of a JSON file: a byte-order mark is passed over, UTF-16 is named.

use cage_model::Place;

use crate::error::ReadError;
use crate::input::Input;

const MARK: &[u8] = b"\xEF\xBB\xBF";

/// The input behind its byte-order mark, which some editors write though JSON has none.
///
/// # Errors
/// [`ReadError::Content`] for UTF-16, which JSON files must not be.
pub(crate) fn begin(mut input: Input) -> Result<Input, ReadError> {
    match input.head() {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [b'{' | b'[', 0, ..] | [0, b'{' | b'[', ..] => {
            let message = "the file is UTF-16 and JSON is always UTF-8; save it as UTF-8, for \
                           example with iconv -f UTF-16 -t UTF-8";
            return Err(ReadError::Content {
                file: input.name().to_owned(),
                place: Place { line: 1, column: 1 },
                message: message.to_owned(),
            });
        }
        head if head.starts_with(MARK) => input.pass_over(MARK.len()),
        _ => {}
    }
    Ok(input)
}
