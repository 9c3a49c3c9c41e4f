//! Where in a JSON text a byte stands, as a pointer (RFC 6901): `/data/objects/0/id`.

use cage_model::Place;

use super::{JsonFault, JsonReader, Token};

/// The pointer of the innermost value that contains or begins at a byte. Reads the text again up
/// to there, so that reading without faults keeps no path.
pub(crate) fn pointer(text: &str, at: usize) -> String {
    let mut path = Vec::new();
    let mut reader = JsonReader::new(text);
    // The text is broken at or behind `at`; a fault here only ends the walk.
    let _ = walk(&mut reader, at, &mut path);
    let whole: String = path
        .iter()
        .map(|part: &String| format!("/{}", part.replace('~', "~0").replace('/', "~1")))
        .collect();
    shortened(whole)
}

/// Characters of a pointer that a message shows at its beginning and at its end.
const SHOWN_CHARS: usize = 80;

/// A pointer that a message has room for.
fn shortened(pointer: String) -> String {
    let length = pointer.chars().count();
    if length <= 2 * SHOWN_CHARS {
        return pointer;
    }
    let begin: String = pointer.chars().take(SHOWN_CHARS).collect();
    let end: String = pointer.chars().skip(length - SHOWN_CHARS).collect();
    format!("{begin}...{end}")
}

/// Descends until `at` is passed; leaves the path there and answers `true`.
fn walk(reader: &mut JsonReader<'_>, at: usize, path: &mut Vec<String>) -> Result<bool, JsonFault> {
    let token = reader.value()?;
    if reader.position() > at {
        return Ok(true);
    }
    match token {
        Token::Object => {
            while let Some(key) = reader.key()? {
                path.push(key.into_owned());
                if walk(reader, at, path)? {
                    return Ok(true);
                }
                path.pop();
            }
        }
        Token::Array => {
            let mut index = 0usize;
            while reader.element()? {
                path.push(index.to_string());
                if walk(reader, at, path)? {
                    return Ok(true);
                }
                path.pop();
                index += 1;
            }
        }
        _ => {}
    }
    Ok(reader.position() > at)
}

/// Line and column of a byte of a record that begins at `place`.
pub(crate) fn place_within(place: Place, text: &str, at: usize) -> Place {
    let before = &text.as_bytes()[..at.min(text.len())];
    match memchr::memrchr(b'\n', before) {
        None => Place {
            column: place.column + before.len() as u64,
            ..place
        },
        Some(last) => Place {
            line: place.line + memchr::memchr_iter(b'\n', before).count() as u64,
            column: (before.len() - last) as u64,
        },
    }
}
