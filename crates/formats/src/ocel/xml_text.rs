//! Pulls elements out of XML, with the line and column of each.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};

use cage_model::Place;
use cage_model::limits::{ATTRIBUTE_BYTES_MAX, ELEMENT_DEPTH_MAX};
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Bytes that one tag or text may have, all of it escaped (`&quot;` is six bytes).
const TOKEN_BYTES_MAX: u64 = ATTRIBUTE_BYTES_MAX as u64 * 6;
const BUFFER_BYTES: usize = 128 << 10;
/// OCEL needs three; namespaces come on top.
const TAG_ATTRIBUTES_MAX: usize = 100;

/// A piece of the document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Piece {
    /// An element begins; [`XmlText::tag`] has it.
    Open,
    /// An element ends.
    Close,
    /// The end of the document.
    End,
}

/// What cannot be read on.
#[derive(Debug)]
pub(super) enum XmlFault {
    Broken(Place, String),
    Input(io::Error),
}

/// An element's name, without its prefix, and its attributes.
#[derive(Debug, Default)]
pub(super) struct Tag {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    /// How many of `attributes` are this element's; the others are kept for their memory.
    used: usize,
}

impl Tag {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let used = self.attributes.iter().take(self.used);
        used.into_iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    fn push(&mut self, name: &str, value: &str) {
        if self.used == self.attributes.len() {
            self.attributes.push((String::new(), String::new()));
        }
        let (key, held) = &mut self.attributes[self.used];
        key.clear();
        key.push_str(name);
        held.clear();
        held.push_str(value);
        self.used += 1;
    }
}

/// Reads a document piece by piece.
pub(super) struct XmlText<R> {
    reader: quick_xml::Reader<Lines<R>>,
    buffer: Vec<u8>,
    pub(super) tag: Tag,
    /// Where the tag at hand begins.
    pub(super) place: Place,
    /// The text since the last tag, references resolved.
    pub(super) text: String,
    /// Whether the element at hand was closed in its own tag, and its end is still to be given.
    closes: bool,
    depth: usize,
}

impl<R: Read> XmlText<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            reader: quick_xml::Reader::from_reader(Lines::new(source)),
            buffer: Vec::new(),
            tag: Tag::default(),
            place: Place::default(),
            text: String::new(),
            closes: false,
            depth: 0,
        }
    }

    /// The next piece. The text that stands before it is then in `text`.
    pub(super) fn next(&mut self) -> Result<Piece, XmlFault> {
        if std::mem::take(&mut self.closes) {
            self.text.clear();
            return Ok(Piece::Close);
        }
        self.text.clear();
        loop {
            let begin = self.reader.buffer_position();
            self.place = self.reader.get_mut().place(begin);
            let mut buffer = std::mem::take(&mut self.buffer);
            buffer.clear();
            buffer.shrink_to(BUFFER_BYTES);
            let event = self.reader.read_event_into(&mut buffer);
            let piece = match event {
                Ok(event) => self.piece(event),
                Err(error) => Err(self.fault(error)),
            };
            self.buffer = buffer;
            if let Some(piece) = piece? {
                return Ok(piece);
            }
        }
    }

    fn broken(&self, message: impl Into<String>) -> XmlFault {
        XmlFault::Broken(self.place, message.into())
    }

    fn fault(&mut self, error: quick_xml::Error) -> XmlFault {
        let place = match &error {
            quick_xml::Error::IllFormed(_) => self.place,
            _ => {
                let at = self.reader.error_position();
                self.reader.get_mut().place(at)
            }
        };
        match error {
            quick_xml::Error::Io(error) => match io_fault(&error) {
                Some(message) => XmlFault::Broken(self.place, message),
                None => XmlFault::Input(
                    std::sync::Arc::try_unwrap(error)
                        .unwrap_or_else(|error| io::Error::new(error.kind(), error.to_string())),
                ),
            },
            other => XmlFault::Broken(place, format!("no sound XML: {other}")),
        }
    }

    /// What an event is, or nothing when it is only text or a comment.
    fn piece(&mut self, event: Event<'_>) -> Result<Option<Piece>, XmlFault> {
        match event {
            Event::Start(start) => {
                self.open(&start)?;
                Ok(Some(Piece::Open))
            }
            Event::Empty(start) => {
                self.open(&start)?;
                self.depth -= 1;
                self.closes = true;
                Ok(Some(Piece::Open))
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(Some(Piece::Close))
            }
            Event::Text(text) => self.push(&text.xml10_content()).map(|()| None),
            Event::CData(text) => self.push(&text.xml10_content()).map(|()| None),
            Event::GeneralRef(reference) => self.reference(&reference).map(|()| None),
            Event::DocType(_) => Err(self.broken(
                "document type declarations are refused: they can define entities without bound; \
                 delete the <!DOCTYPE ...>",
            )),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Ok(None),
            Event::Eof if self.depth > 0 => Err(self.broken("the document ends too early")),
            Event::Eof => Ok(Some(Piece::End)),
        }
    }

    fn open(&mut self, start: &BytesStart<'_>) -> Result<(), XmlFault> {
        if self.depth == ELEMENT_DEPTH_MAX {
            return Err(self.broken(format!("nested more than {ELEMENT_DEPTH_MAX} deep")));
        }
        self.depth += 1;
        self.text.clear();
        let mut tag = std::mem::take(&mut self.tag);
        tag.used = 0;
        tag.name.clear();
        tag.name.push_str(start.local_name().as_ref());
        for attribute in start.attributes() {
            let attribute =
                attribute.map_err(|error| self.broken(format!("no sound XML: {error}")))?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| self.broken(format!("no sound XML: {error}")))?;
            if tag.used == TAG_ATTRIBUTES_MAX {
                return Err(self.broken(format!(
                    "more than {TAG_ATTRIBUTES_MAX} attributes in one tag"
                )));
            }
            tag.push(attribute.key.local_name().as_ref(), &value);
        }
        self.tag = tag;
        Ok(())
    }

    fn push(&mut self, text: &str) -> Result<(), XmlFault> {
        if self.text.len() + text.len() > ATTRIBUTE_BYTES_MAX {
            return Err(self.broken(format!("a text of more than {ATTRIBUTE_BYTES_MAX} bytes")));
        }
        self.text.push_str(text);
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), XmlFault> {
        let character = reference
            .resolve_char_ref()
            .map_err(|error| self.broken(format!("no sound XML: {error}")))?;
        if let Some(character) = character {
            return self.push(character.encode_utf8(&mut [0; 4]));
        }
        let name: &str = reference;
        match resolve_xml_entity(name) {
            Some(text) => self.push(text),
            None => Err(self.broken(format!(
                "&{}; stands for nothing; XML itself knows &lt; &gt; &amp; &quot; and &apos;",
                crate::table::row::shorten(name)
            ))),
        }
    }
}

/// Marks an error as one of ours: a token without an end.
#[derive(Debug)]
struct TokenTooLong;

impl std::fmt::Display for TokenTooLong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "more than {TOKEN_BYTES_MAX} bytes without an end: a quote or tag is never closed"
        )
    }
}

impl std::error::Error for TokenTooLong {}

fn io_fault(error: &io::Error) -> Option<String> {
    let inner = error.get_ref()?;
    inner
        .downcast_ref::<TokenTooLong>()
        .map(ToString::to_string)
}

/// A buffered source that knows the line of every byte ahead of the last place asked for.
struct Lines<R> {
    source: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    /// Bytes of the source before `start`.
    passed: u64,
    /// Line breaks read and not yet counted.
    breaks: VecDeque<u64>,
    line: u64,
    line_start: u64,
    /// Where the token at hand begins.
    token: u64,
}

impl<R: Read> Lines<R> {
    fn new(source: R) -> Self {
        Self {
            source,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            start: 0,
            end: 0,
            passed: 0,
            breaks: VecDeque::new(),
            line: 1,
            line_start: 0,
            token: 0,
        }
    }

    /// Line and column of a byte not before the last one asked for; a token begins there.
    fn place(&mut self, at: u64) -> Place {
        while let Some(found) = self.breaks.front().filter(|found| **found < at) {
            self.line_start = *found + 1;
            self.line += 1;
            self.breaks.pop_front();
        }
        self.token = at;
        Place {
            line: self.line,
            column: at.saturating_sub(self.line_start) + 1,
        }
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ahead = self.fill_buf()?;
        let count = ahead.len().min(out.len());
        out[..count].copy_from_slice(&ahead[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Lines<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            if self.passed - self.token > TOKEN_BYTES_MAX {
                return Err(io::Error::new(io::ErrorKind::InvalidData, TokenTooLong));
            }
            let count = loop {
                match self.source.read(&mut self.buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other?,
                }
            };
            (self.start, self.end) = (0, count);
            let breaks = memchr::memchr_iter(b'\n', &self.buffer[..count]);
            self.breaks.extend(breaks.map(|at| self.passed + at as u64));
        }
        Ok(&self.buffer[self.start..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        self.passed += count as u64;
    }
}
