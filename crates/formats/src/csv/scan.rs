//! Cuts a stream into records and fields.
//!
//! Ours, not the `csv` crate's, because the reader must say whether an empty field was quoted,
//! name line and column of every fault, bound what a stray quote can swallow, and go on behind a
//! broken record.

use std::io::{self, Read};

use cage_model::Place;
use cage_model::limits::{ATTRIBUTES_PER_RECORD_MAX, RECORD_BYTES_MAX};

use crate::window::Window;

/// One field, as a range of its record's text.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Field {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) quoted: bool,
    doubled: bool,
}

/// One record: a line, or several when a quoted field holds line breaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    pub(crate) text: &'a str,
    pub(crate) fields: &'a [Field],
    /// The line on which it begins, counted from 1.
    pub(crate) line: u64,
}

impl<'a> Record<'a> {
    /// The text of a field of this record.
    pub(crate) fn field(&self, field: &Field) -> &'a str {
        self.text
            .get(field.start as usize..field.end as usize)
            .unwrap_or("")
    }

    /// Where a field begins; where the record ends for one that it lacks.
    pub(crate) fn place(&self, index: usize) -> Place {
        let start = self
            .fields
            .get(index)
            .map_or(self.text.trim_end().len(), |field| field.start as usize);
        let before = &self.text.as_bytes()[..start.min(self.text.len())];
        let line = self.line + memchr::memchr_iter(b'\n', before).count() as u64;
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        Place {
            line,
            column: (start - line_start) as u64 + 1,
        }
    }
}

/// What is wrong with a record; the scanner stands behind it and can go on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fault {
    pub(crate) line: u64,
    /// Bytes into the record, from 1.
    pub(crate) column: u64,
    pub(crate) message: String,
}

/// Why no record came.
#[derive(Debug)]
pub(crate) enum ScanError {
    Record(Fault),
    Input(io::Error),
}

/// Cuts records out of a stream of bytes that should be UTF-8.
pub(crate) struct Scanner<R> {
    window: Window<R>,
    delimiter: u8,
    line: u64,
    fields: Vec<Field>,
}

enum Cut {
    /// The record ends here, having passed so many line breaks.
    Whole { next: usize, lines: u64 },
    /// The buffer ends within the record.
    More { quote_open: Option<usize> },
    Broken {
        column: usize,
        message: &'static str,
    },
}

impl<R: Read> Scanner<R> {
    pub(crate) fn new(source: R) -> Self {
        Self {
            window: Window::new(source),
            delimiter: b',',
            line: 1,
            fields: Vec::new(),
        }
    }

    pub(crate) fn set_delimiter(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
    }

    /// What lies ahead, at least `bytes` of it where there is so much; nothing is consumed.
    pub(crate) fn peek(&mut self, bytes: usize) -> io::Result<&[u8]> {
        while self.window.end - self.window.start < bytes && !self.window.exhausted {
            self.window.fill()?;
        }
        Ok(self.window.ahead())
    }

    /// Passes over the first line, which says nothing about the records (`sep=;`).
    pub(crate) fn skip_line(&mut self) {
        let ahead = self.window.ahead();
        let length = memchr::memchr(b'\n', ahead).map_or(ahead.len(), |at| at + 1);
        self.window.start += length;
        self.line += 1;
    }

    /// The next record; `None` at the end. Blank lines are passed over.
    pub(crate) fn next(&mut self) -> Result<Option<Record<'_>>, ScanError> {
        loop {
            if self.window.start == self.window.end && self.window.exhausted {
                return Ok(None);
            }
            match self.cut() {
                Cut::Whole { next, lines } => {
                    let (from, line) = (self.window.start, self.line);
                    self.window.start += next;
                    self.line += lines;
                    if self.is_blank() {
                        continue;
                    }
                    return self
                        .finish(from, next, line)
                        .map(Some)
                        .map_err(ScanError::Record);
                }
                Cut::More { .. }
                    if !self.window.exhausted
                        && self.window.end - self.window.start < RECORD_BYTES_MAX =>
                {
                    self.window.fill().map_err(ScanError::Input)?;
                }
                Cut::More { quote_open } => return Err(self.endless(quote_open)),
                Cut::Broken { column, message } => {
                    return Err(self.broken(column, message.to_owned()));
                }
            }
        }
    }

    fn is_blank(&self) -> bool {
        matches!(self.fields.as_slice(), [field] if field.start == field.end && !field.quoted)
    }

    /// Looks for the end of the record at `start`; its fields are then in `fields`.
    fn cut(&mut self) -> Cut {
        self.fields.clear();
        let bytes = self.window.ahead();
        let (mut at, mut lines) = (0, 1);
        loop {
            let field = match bytes.get(at) {
                Some(b'"') => match quoted(bytes, at, self.window.exhausted) {
                    Ok((field, breaks)) => {
                        lines += breaks;
                        at = field.end as usize + 1;
                        field
                    }
                    Err(cut) => return cut,
                },
                _ => {
                    let first = at;
                    let delimiter = self.delimiter;
                    at += bytes[at..]
                        .iter()
                        .position(|&byte| byte == delimiter || byte == b'\n' || byte == b'\r')
                        .unwrap_or(bytes.len() - at);
                    Field {
                        start: first as u32,
                        end: at as u32,
                        ..Field::default()
                    }
                }
            };
            self.fields.push(field);
            let next = match (bytes.get(at), bytes.get(at + 1)) {
                (Some(&byte), _) if byte == self.delimiter => {
                    if self.fields.len() > ATTRIBUTES_PER_RECORD_MAX {
                        return Cut::Broken {
                            column: at,
                            message: "more than 100000 fields",
                        };
                    }
                    at += 1;
                    continue;
                }
                (Some(b'\n'), _) => at + 1,
                (Some(b'\r'), Some(b'\n')) => at + 2,
                (Some(b'\r'), Some(_)) => at + 1,
                (Some(b'\r'), None) if self.window.exhausted => at + 1,
                (None, _) if self.window.exhausted => at,
                (Some(b'\r') | None, None) => return Cut::More { quote_open: None },
                _ => {
                    let message = "text behind a closing quote; a quote within a quoted field is written twice";
                    return Cut::Broken {
                        column: at,
                        message,
                    };
                }
            };
            return Cut::Whole { next, lines };
        }
    }

    /// The record's text, its doubled quotes made single.
    fn finish(&mut self, from: usize, length: usize, line: u64) -> Result<Record<'_>, Fault> {
        let bytes = &mut self.window.buffer[from..from + length];
        for field in self.fields.iter_mut().filter(|field| field.doubled) {
            let (mut read, mut write) = (field.start as usize, field.start as usize);
            while read < field.end as usize {
                bytes[write] = bytes[read];
                read += if bytes[read] == b'"' { 2 } else { 1 };
                write += 1;
            }
            // What is left over must stay valid text, since the whole record becomes a `str`.
            bytes[write..field.end as usize].fill(b'"');
            field.end = write as u32;
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Record {
                text,
                fields: &self.fields,
                line,
            }),
            Err(error) => Err(undecodable(bytes, error.valid_up_to(), line)),
        }
    }

    fn broken(&mut self, column: usize, message: String) -> ScanError {
        let line = self.line;
        let broken_at = (self.window.start + column).min(self.window.end);
        self.line += memchr::memchr_iter(b'\n', &self.window.buffer[self.window.start..broken_at])
            .count() as u64;
        self.window.start = broken_at;
        self.pass_line();
        ScanError::Record(Fault {
            line,
            column: column as u64 + 1,
            message,
        })
    }

    /// Goes behind the next line break, however far away it is.
    fn pass_line(&mut self) {
        loop {
            match memchr::memchr(b'\n', self.window.ahead()) {
                Some(at) => {
                    self.window.start += at + 1;
                    self.line += 1;
                    return;
                }
                None => {
                    self.window.start = self.window.end;
                    if self.window.exhausted || self.window.fill().is_err() {
                        return;
                    }
                }
            }
        }
    }

    fn endless(&mut self, quote_open: Option<usize>) -> ScanError {
        let line = self.line;
        let column = quote_open.unwrap_or(0);
        // Only the line of the stray quote is given up, so that reading can go on behind it.
        let lines = memchr::memchr_iter(
            b'\n',
            &self.window.buffer[self.window.start..self.window.start + column],
        );
        self.line += lines.count() as u64;
        self.window.start += column;
        self.pass_line();
        let message = match quote_open {
            Some(_) => {
                "a quoted field begins here and never ends; close it with a quote".to_owned()
            }
            None => format!("a record of more than {RECORD_BYTES_MAX} bytes"),
        };
        ScanError::Record(Fault {
            line,
            column: column as u64 + 1,
            message,
        })
    }
}

/// The quoted field that opens at `open`, and the line breaks within it.
fn quoted(bytes: &[u8], open: usize, exhausted: bool) -> Result<(Field, u64), Cut> {
    let mut at = open + 1;
    let mut doubled = false;
    loop {
        let Some(length) = memchr::memchr(b'"', &bytes[at..]) else {
            return Err(Cut::More {
                quote_open: Some(open),
            });
        };
        at += length;
        match bytes.get(at + 1) {
            Some(b'"') => {
                doubled = true;
                at += 2;
            }
            None if !exhausted => return Err(Cut::More { quote_open: None }),
            _ => break,
        }
    }
    let lines = memchr::memchr_iter(b'\n', &bytes[open..at]).count() as u64;
    let (start, end) = (open as u32 + 1, at as u32);
    Ok((
        Field {
            start,
            end,
            quoted: true,
            doubled,
        },
        lines,
    ))
}

fn undecodable(bytes: &[u8], at: usize, line: u64) -> Fault {
    let shown: Vec<String> = bytes[at..]
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02X}"))
        .collect();
    let breaks = memchr::memchr_iter(b'\n', &bytes[..at]).count() as u64;
    Fault {
        line: line + breaks,
        column: at as u64 + 1,
        message: format!(
            "the bytes {} are not text in the encoding of the file; if all of it is in another \
             encoding, name that with --encoding (gb18030, utf-16le, windows-1252, ...)",
            shown.join(" ")
        ),
    }
}
