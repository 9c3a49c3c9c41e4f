//! The file's text, decoded, as a window that moves over it and knows its lines.

use std::io::Read;

use cage_model::Place;
use cage_model::limits::ATTRIBUTE_BYTES_MAX;
use encoding_rs::{Decoder, DecoderResult, UTF_8};

use super::encoding::{UnknownEncoding, choose};
use super::fault::Fault;
use crate::delivery::Delivery;
use crate::error::ReadError;
use crate::input::Input;

/// Bytes read at once. Small enough for the processor's second cache.
const CHUNK_BYTES: usize = 128 << 10;
/// Bytes that one tag may make the window hold: twice a value of the largest size, as some
/// characters of it are written as references.
const WINDOW_BYTES_MAX: usize = ATTRIBUTE_BYTES_MAX * 2;

/// The window. What lies before `at` is done with.
pub(super) struct Text {
    input: Input,
    decoder: Decoder,
    raw: Vec<u8>,
    /// Bytes in `raw` that are not decoded yet.
    raw_left: std::ops::Range<usize>,
    raw_ended: bool,
    window: String,
    /// The next byte to look at, within the window.
    pub(super) at: usize,
    ended: bool,
    /// Why the text goes no further; told when all before it is done with.
    broken: Option<ReadError>,
    lines: Lines,
    /// Where in the window bytes stood that the encoding does not have (lenient reading only).
    undecodable: Vec<usize>,
    /// How many such places left the window.
    undecodable_passed: u64,
    /// Control characters that left the window.
    controls_passed: u64,
    lenient: bool,
}

/// Lines passed, up to a byte of the window.
#[derive(Clone, Copy)]
struct Lines {
    counted: usize,
    line: u64,
    /// Bytes of the current line that left the window, or lie before its last counted break.
    before: u64,
    start: usize,
}

impl Text {
    /// The text of an input, its encoding chosen by its beginning.
    pub(super) fn new(input: Input, delivery: &mut Delivery<'_>) -> Result<Self, ReadError> {
        Self::in_chunks(input, CHUNK_BYTES, delivery)
    }

    /// The same, read so many bytes at once.
    pub(super) fn in_chunks(
        mut input: Input,
        chunk_bytes: usize,
        delivery: &mut Delivery<'_>,
    ) -> Result<Self, ReadError> {
        let chosen = match choose(input.head()) {
            Ok(chosen) => chosen,
            Err(UnknownEncoding(label)) => {
                let place = Place { line: 1, column: 1 };
                let message = format!("the declared encoding {label:?} is unknown");
                return Err(delivery.broken(place, message));
            }
        };
        if let Some(note) = chosen.note {
            delivery.note(note);
        }
        let mut mark = [0; 3];
        input
            .read_exact(&mut mark[..chosen.mark_bytes])
            .map_err(|error| delivery.unreadable(error))?;
        Ok(Self {
            input,
            decoder: chosen.encoding.new_decoder_without_bom_handling(),
            raw: vec![0; chunk_bytes],
            raw_left: 0..0,
            raw_ended: false,
            window: String::new(),
            at: 0,
            ended: false,
            broken: None,
            lines: Lines {
                counted: 0,
                line: 1,
                before: 0,
                start: 0,
            },
            undecodable: Vec::new(),
            undecodable_passed: 0,
            controls_passed: 0,
            lenient: delivery.options.lenient,
        })
    }

    /// All text in the window.
    pub(super) fn all(&self) -> &str {
        &self.window
    }

    /// What is not yet done with.
    pub(super) fn rest(&self) -> &str {
        &self.window[self.at..]
    }

    /// Reads on; what lies before `at` leaves the window and `at` becomes 0. `false` at the end.
    pub(super) fn more(&mut self, delivery: &Delivery<'_>) -> Result<bool, Fault> {
        if self.ended {
            return Ok(false);
        }
        if let Some(error) = self.broken.take() {
            return Err(Fault::Fatal(error));
        }
        if self.window.len() - self.at > WINDOW_BYTES_MAX {
            let message = format!(
                "more than {} MiB without an end: a value of more than {} MiB, or a quote that is \
                 never closed",
                WINDOW_BYTES_MAX >> 20,
                ATTRIBUTE_BYTES_MAX >> 20
            );
            return Err(Fault::syntax(self.at, message));
        }
        self.drop_passed();
        // As much again as is held, so that a long token is looked at few times.
        let goal = (self.window.len() * 2).min(WINDOW_BYTES_MAX) + self.raw.len().div_ceil(2);
        while self.window.len() < goal && !self.ended && self.broken.is_none() {
            self.decode_chunk(delivery);
        }
        Ok(true)
    }

    fn drop_passed(&mut self) {
        self.count_to(self.at);
        self.lines.before += (self.at - self.lines.start) as u64;
        self.lines.start = 0;
        self.lines.counted = 0;
        self.controls_passed = self.controls();
        self.window.drain(..self.at);
        let held = self.undecodable.len();
        self.undecodable.retain(|&place| place >= self.at);
        self.undecodable_passed += (held - self.undecodable.len()) as u64;
        for place in &mut self.undecodable {
            *place -= self.at;
        }
        self.at = 0;
    }

    fn decode_chunk(&mut self, delivery: &Delivery<'_>) {
        if self.raw_left.is_empty() && !self.raw_ended {
            let count = loop {
                match self.input.read(&mut self.raw) {
                    Ok(count) => break count,
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(error) => {
                        self.broken = Some(delivery.unreadable(error));
                        return;
                    }
                }
            };
            self.raw_left = 0..count;
            self.raw_ended = count == 0;
        }
        let source = &self.raw[self.raw_left.clone()];
        let needed = self
            .decoder
            .max_utf8_buffer_length_without_replacement(source.len());
        self.window.reserve(needed.unwrap_or(CHUNK_BYTES * 3));
        let (result, read) = self.decoder.decode_to_string_without_replacement(
            source,
            &mut self.window,
            self.raw_ended,
        );
        self.raw_left.start += read;
        match result {
            DecoderResult::InputEmpty => self.ended = self.raw_ended,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                let at = self.window.len();
                if self.lenient {
                    self.window.push(char::REPLACEMENT_CHARACTER);
                    self.undecodable.push(at);
                } else {
                    let message = self.undecodable_message();
                    self.broken = Some(delivery.broken(self.place(at), message));
                }
            }
        }
    }

    /// What to say of bytes that the encoding does not have.
    pub(super) fn undecodable_message(&self) -> String {
        let encoding = self.decoder.encoding();
        if encoding == UTF_8 {
            "these bytes are no UTF-8; if the file is in another encoding, its first line must say \
             so, for example <?xml version=\"1.0\" encoding=\"GB18030\"?>"
                .to_owned()
        } else {
            format!(
                "these bytes are no {}, in which the file says it is written",
                encoding.name()
            )
        }
    }

    /// How many places before the next byte could not be decoded.
    pub(super) fn undecodable_before(&self) -> u64 {
        let held = self
            .undecodable
            .iter()
            .filter(|&&place| place < self.at)
            .count();
        self.undecodable_passed + held as u64
    }

    /// How many control characters, which XML 1.0 does not allow, were passed and kept.
    pub(super) fn controls(&self) -> u64 {
        self.controls_passed + count_controls(&self.window.as_bytes()[..self.at])
    }

    /// Line and column of a byte of the window that is not done with.
    pub(super) fn place(&self, at: usize) -> Place {
        let mut lines = self.lines;
        lines.count_to(&self.window, at);
        lines.place(at)
    }

    /// The same, remembering what was counted: for places that only go forward.
    pub(super) fn pass_place(&mut self, at: usize) -> Place {
        self.count_to(at);
        self.lines.place(at)
    }

    fn count_to(&mut self, at: usize) {
        self.lines.count_to(&self.window, at);
    }
}

impl Lines {
    fn count_to(&mut self, window: &str, at: usize) {
        let Some(passed) = window.as_bytes().get(self.counted..at) else {
            return;
        };
        if let Some(last) = memchr::memrchr(b'\n', passed) {
            self.line += memchr::memchr_iter(b'\n', &passed[..=last]).count() as u64;
            self.start = self.counted + last + 1;
            self.before = 0;
        }
        self.counted = at;
    }

    fn place(&self, at: usize) -> Place {
        let column = self.before + at.saturating_sub(self.start) as u64 + 1;
        Place {
            line: self.line,
            column,
        }
    }
}

/// How many control characters other than tab and line breaks there are.
fn count_controls(bytes: &[u8]) -> u64 {
    let is_control = |byte: &u8| *byte < 0x20 && !matches!(*byte, b'\t' | b'\n' | b'\r');
    // Nearly always none, and then a whole pass without branches is quickest.
    let any = bytes.iter().fold(false, |any, byte| any | is_control(byte));
    if any {
        bytes.iter().filter(|byte| is_control(byte)).count() as u64
    } else {
        0
    }
}
