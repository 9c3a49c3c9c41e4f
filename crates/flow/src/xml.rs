//! Opens the XML of a model file: encoding, bounds, and the line and column of every element.
//!
//! Knows neither BPMN nor PNML. No document type is accepted, so no entity can be declared.

use cage_model::limits::{ELEMENT_DEPTH_MAX, MODEL_FILE_BYTES_MAX};
use encoding_rs::{Encoding, UTF_8};
use quick_xml::events::Event;

use crate::error::ModelError;

/// Elements, texts and comments of one model file.
const NODES_MAX: usize = 2_000_000;
/// Attributes of one element.
const ATTRIBUTES_PER_ELEMENT_MAX: usize = 1_000;

/// The text of a model file, with what is needed to name a place in it.
#[derive(Debug)]
pub(crate) struct XmlText {
    file: String,
    text: String,
    /// Byte offsets at which lines begin.
    line_starts: Vec<usize>,
}

/// A line and a column, both counted from 1; the column in characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl XmlText {
    /// Decodes a file and checks its bounds.
    ///
    /// # Errors
    /// [`ModelError::Content`] when it is empty, wrongly encoded or no XML; [`ModelError::Limit`]
    /// when it is too large, too deep or too wide, or declares a document type.
    pub(crate) fn open(file: &str, bytes: &[u8]) -> Result<Self, ModelError> {
        let mut text = Self {
            file: file.to_owned(),
            text: String::new(),
            line_starts: vec![0],
        };
        if bytes.len() as u64 > MODEL_FILE_BYTES_MAX {
            return Err(text.limit(
                0,
                format!(
                    "the file has {} bytes; a model may have {MODEL_FILE_BYTES_MAX}",
                    bytes.len()
                ),
            ));
        }
        text.text = text.decode(bytes)?;
        let starts = text.text.bytes().enumerate();
        text.line_starts
            .extend(starts.filter_map(|(offset, byte)| (byte == b'\n').then_some(offset + 1)));
        if text.text.trim().is_empty() {
            return Err(text.content(0, "the file is empty; a model was expected".to_owned()));
        }
        text.check_bounds()?;
        Ok(text)
    }

    /// The tree of elements.
    ///
    /// # Errors
    /// [`ModelError::Content`] where the text is not well-formed.
    pub(crate) fn tree(&self) -> Result<roxmltree::Document<'_>, ModelError> {
        let options = roxmltree::ParsingOptions {
            allow_dtd: false,
            nodes_limit: NODES_MAX as u32,
            ..roxmltree::ParsingOptions::default()
        };
        roxmltree::Document::parse_with_options(&self.text, options).map_err(|error| {
            let position = error.pos();
            ModelError::Content {
                file: self.file.clone(),
                line: position.row,
                column: position.col,
                message: format!("not well-formed XML: {error}"),
            }
        })
    }

    /// The file's name as messages show it.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    /// Line and column of a byte offset, such as the start of a node's range.
    pub(crate) fn position(&self, offset: usize) -> Position {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line.saturating_sub(1)];
        let before = self.text.get(start..offset).unwrap_or("");
        Position {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(before.chars().count() + 1).unwrap_or(u32::MAX),
        }
    }

    /// An error of content at a byte offset.
    pub(crate) fn content(&self, offset: usize, message: String) -> ModelError {
        let Position { line, column } = self.position(offset);
        ModelError::Content {
            file: self.file.clone(),
            line,
            column,
            message,
        }
    }

    /// An error about something that is not executed, at a byte offset.
    pub(crate) fn unsupported(&self, offset: usize, message: String) -> ModelError {
        let Position { line, column } = self.position(offset);
        ModelError::Unsupported {
            file: self.file.clone(),
            line,
            column,
            message,
        }
    }

    /// An error about a bound, at a byte offset.
    pub(crate) fn limit(&self, offset: usize, message: String) -> ModelError {
        let Position { line, column } = self.position(offset);
        ModelError::Limit {
            file: self.file.clone(),
            line,
            column,
            message,
        }
    }

    fn decode(&self, bytes: &[u8]) -> Result<String, ModelError> {
        let (encoding, bytes) = match Encoding::for_bom(bytes) {
            Some((encoding, length)) => (encoding, &bytes[length..]),
            None => (self.declared_encoding(bytes)?, bytes),
        };
        let decoded = encoding.decode_without_bom_handling_and_without_replacement(bytes);
        decoded.map(std::borrow::Cow::into_owned).ok_or_else(|| {
            self.content(
                0,
                format!(
                    "the bytes are not {}; save the file as UTF-8 or declare its encoding",
                    encoding.name()
                ),
            )
        })
    }

    fn declared_encoding(&self, bytes: &[u8]) -> Result<&'static Encoding, ModelError> {
        let head = &bytes[..bytes.len().min(200)];
        let head = String::from_utf8_lossy(head);
        let declaration = head
            .trim_start()
            .strip_prefix("<?xml")
            .and_then(|rest| rest.split("?>").next());
        let Some(after) = declaration.and_then(|text| text.split("encoding").nth(1)) else {
            return Ok(UTF_8);
        };
        let quoted = after.trim_start().trim_start_matches('=').trim_start();
        let name = quoted.split(['"', '\'']).nth(1).unwrap_or("");
        Encoding::for_label(name.as_bytes()).ok_or_else(|| {
            self.content(
                0,
                format!("the encoding {name:?} is not known; save the file as UTF-8"),
            )
        })
    }

    /// Walks once over the text without keeping anything, so that the tree may be built safely.
    fn check_bounds(&self) -> Result<(), ModelError> {
        let mut reader = quick_xml::Reader::from_str(&self.text);
        let (mut depth, mut nodes) = (0_usize, 0_usize);
        loop {
            let offset = offset_of(reader.buffer_position());
            let event = match reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at = offset_of(reader.error_position());
                    return Err(self.content(at, format!("not well-formed XML: {error}")));
                }
            };
            nodes += 1;
            if nodes > NODES_MAX {
                return Err(self.limit(
                    offset,
                    format!("more than {NODES_MAX} elements, texts and comments"),
                ));
            }
            match event {
                Event::Start(start) => {
                    depth += 1;
                    self.check_width(offset, start.attributes().with_checks(false).count())?;
                }
                Event::Empty(start) => {
                    self.check_width(offset, start.attributes().with_checks(false).count())?;
                }
                Event::End(_) => depth = depth.saturating_sub(1),
                Event::DocType(_) => {
                    return Err(self.limit(
                        offset,
                        "a document type (<!DOCTYPE ...>) is not accepted: it could declare \
                         entities; remove it"
                            .to_owned(),
                    ));
                }
                Event::Eof => return Ok(()),
                _ => {}
            }
            if depth > ELEMENT_DEPTH_MAX {
                return Err(self.limit(
                    offset,
                    format!("elements are nested deeper than {ELEMENT_DEPTH_MAX}"),
                ));
            }
        }
    }

    fn check_width(&self, offset: usize, attributes: usize) -> Result<(), ModelError> {
        if attributes > ATTRIBUTES_PER_ELEMENT_MAX {
            return Err(self.limit(
                offset,
                format!(
                    "an element has {attributes} attributes; at most {ATTRIBUTES_PER_ELEMENT_MAX}"
                ),
            ));
        }
        Ok(())
    }
}

fn offset_of(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}
