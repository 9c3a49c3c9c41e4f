//! A model file as text and XML tree: decoded, bounded, with line and column of every fault.
//! Knows nothing of what the elements mean.

use std::borrow::Cow;

use cage_model::limits;
use roxmltree::{Document, Node, ParsingOptions};

use crate::error::ModelError;

/// Nodes of one file's tree, which keeps its memory below half a gigabyte.
const NODES_MAX: u32 = 4_000_000;

/// Characters of a name that a message repeats.
const QUOTED_CHARS_MAX: usize = 80;

/// A file's name and text.
pub(crate) struct Source<'a> {
    name: &'a str,
    text: &'a str,
    /// The byte at which each line starts.
    lines: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(name: &'a str, text: &'a str) -> Self {
        let starts = text.bytes().enumerate();
        let starts = starts.filter_map(|(at, byte)| (byte == b'\n').then_some(at + 1));
        Self {
            name,
            text,
            lines: std::iter::once(0).chain(starts).collect(),
        }
    }

    /// The line of an element, counted from 1.
    pub(crate) fn line(&self, node: Node<'_, '_>) -> u32 {
        self.place(node.range().start).0
    }

    /// A fault of an element.
    pub(crate) fn error(&self, node: Node<'_, '_>, message: impl Into<String>) -> ModelError {
        self.error_at(node.range().start, message.into())
    }

    /// A fault of one attribute of an element; of the element where it has no such attribute.
    pub(crate) fn error_in(
        &self,
        node: Node<'_, '_>,
        attribute: &str,
        message: impl Into<String>,
    ) -> ModelError {
        let attribute = node.attribute_node(attribute);
        let at = attribute.map_or(node.range().start, |found| found.range_value().start);
        self.error_at(at, message.into())
    }

    fn error_at(&self, at: usize, message: String) -> ModelError {
        let (line, column) = self.place(at);
        ModelError {
            file: self.name.to_owned(),
            line,
            column,
            message,
            suggestion: None,
        }
    }

    fn place(&self, at: usize) -> (u32, u32) {
        let line = self.lines.partition_point(|start| *start <= at);
        let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.text.get(start..at).unwrap_or_default();
        (narrow(line), narrow(before.chars().count() + 1))
    }

    /// Parses the file. Document type declarations are refused, and with them every entity.
    pub(crate) fn parse(&self) -> Result<Document<'a>, ModelError> {
        let options = ParsingOptions {
            allow_dtd: false,
            nodes_limit: NODES_MAX,
            ..ParsingOptions::default()
        };
        let document = Document::parse_with_options(self.text, options)
            .map_err(|error| self.unreadable(&error))?;
        self.check_depth(&document)?;
        Ok(document)
    }

    fn unreadable(&self, error: &roxmltree::Error) -> ModelError {
        let position = error.pos();
        let message = match error {
            roxmltree::Error::DtdDetected => {
                "the file declares a document type; take the <!DOCTYPE ...> out, because entities \
                 of a file are never expanded"
                    .to_owned()
            }
            roxmltree::Error::NodesLimitReached => {
                format!("the file has more than {NODES_MAX} elements and texts")
            }
            other => format!("the file is not well-formed XML: {other}"),
        };
        ModelError {
            file: self.name.to_owned(),
            line: position.row,
            column: position.col,
            message,
            suggestion: None,
        }
    }

    fn check_depth(&self, document: &Document<'_>) -> Result<(), ModelError> {
        let most = limits::ELEMENT_DEPTH_MAX;
        let mut depth = 0_usize;
        let mut node = document.root_element();
        loop {
            if depth >= most {
                let message = format!("elements are nested more than {most} deep");
                return Err(self.error(node, message));
            }
            if let Some(child) = node.first_element_child() {
                depth += 1;
                node = child;
                continue;
            }
            while node.next_sibling_element().is_none() {
                match node.parent_element() {
                    Some(parent) if depth > 0 => node = parent,
                    _ => return Ok(()),
                }
                depth -= 1;
            }
            if depth == 0 {
                return Ok(());
            }
            match node.next_sibling_element() {
                Some(next) => node = next,
                None => return Ok(()),
            }
        }
    }
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The text of a file, in the encoding of its first bytes or its XML declaration; UTF-8 without.
pub(crate) fn decode<'a>(name: &str, bytes: &'a [u8]) -> Result<Cow<'a, str>, ModelError> {
    let refuse = |line: u32, message: String| ModelError {
        file: name.to_owned(),
        line,
        column: line.min(1),
        message,
        suggestion: None,
    };
    if bytes.len() as u64 > limits::MODEL_FILE_BYTES_MAX {
        let most = limits::MODEL_FILE_BYTES_MAX >> 20;
        return Err(refuse(0, format!("the file is larger than {most} MiB")));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(refuse(0, "the file is empty".to_owned()));
    }
    let marked = encoding_rs::Encoding::for_bom(bytes).map(|(encoding, _)| encoding);
    let encoding = match (marked, declared_encoding(bytes)) {
        (Some(encoding), _) => encoding,
        (None, None) => encoding_rs::UTF_8,
        (None, Some(label)) => {
            encoding_rs::Encoding::for_label(label.as_bytes()).ok_or_else(|| {
                let message = format!(
                    "the file declares the encoding {}, which is unknown; save it as UTF-8",
                    quoted(&label)
                );
                refuse(1, message)
            })?
        }
    };
    let (text, broken) = encoding.decode_with_bom_removal(bytes);
    if !broken {
        return Ok(text);
    }
    let good = match std::str::from_utf8(bytes) {
        Err(error) => error.valid_up_to(),
        Ok(_) => 0,
    };
    let before = bytes.get(..good).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let message = format!(
        "the file is not {}, the encoding it has by its first line; save it as UTF-8",
        encoding.name()
    );
    Err(refuse(narrow(line), message))
}

/// What `<?xml ... encoding="..."?>` says.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(200)).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let declaration = head.strip_prefix("<?xml")?.split("?>").next()?;
    let (_, rest) = declaration.split_once("encoding")?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next()?;
    let value = value.strip_prefix(quote)?;
    Some(value.split(quote).next()?.to_owned())
}

/// A text of a file as messages show it: cut when long, without control characters.
pub(crate) fn quoted(text: &str) -> String {
    let clean = |character: char| match character {
        control if control.is_control() => ' ',
        other => other,
    };
    let mut shown: String = text.chars().take(QUOTED_CHARS_MAX).map(clean).collect();
    if text.chars().nth(QUOTED_CHARS_MAX).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

/// The nearest of some names to a name that is unknown, if one is near enough to be meant.
pub(crate) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    const LONGEST_CHARS: usize = 200;
    if name.len() > LONGEST_CHARS {
        return None;
    }
    let letters = name.chars().count();
    let most = if letters < 3 { 0 } else { (letters / 3).max(1) };
    known
        .filter(|other| other.len() <= LONGEST_CHARS)
        .map(|other| (strsim::osa_distance(name, other), other))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, other)| other.to_owned())
}
