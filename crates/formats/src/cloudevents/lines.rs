//! Cuts a stream into lines.

use std::io::{self, Read};

use cage_model::limits::RECORD_BYTES_MAX;

use crate::window::Window;

/// Why a line did not come.
#[derive(Debug)]
pub(super) enum LineError {
    /// The line with this number is no text; the next one can be read.
    Undecodable {
        line: u64,
        column: u64,
    },
    /// The line with this number has more than [`RECORD_BYTES_MAX`] bytes; it was passed over.
    TooLong {
        line: u64,
    },
    Input(io::Error),
}

/// Reads a stream line by line; holds one.
pub(super) struct Lines<R> {
    window: Window<R>,
    line: u64,
    /// Bytes at the beginning of the window that were searched for a line break already.
    searched: usize,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            window: Window::new(source),
            line: 0,
            searched: 0,
        }
    }

    /// The next line that is not blank, with its number; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(&str, u64)>, LineError> {
        loop {
            let Some(range) = self.cut()? else {
                return Ok(None);
            };
            self.line += 1;
            let bytes = &self.window.buffer[range.clone()];
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let line = self.line;
            return match std::str::from_utf8(&self.window.buffer[range]) {
                Ok(text) => Ok(Some((text, line))),
                Err(error) => {
                    let column = error.valid_up_to() as u64 + 1;
                    Err(LineError::Undecodable { line, column })
                }
            };
        }
    }

    /// The next line, its break left out.
    fn cut(&mut self) -> Result<Option<std::ops::Range<usize>>, LineError> {
        loop {
            let ahead = self.window.ahead();
            let found = memchr::memchr(b'\n', &ahead[self.searched..]);
            if let Some(found) = found {
                let (start, length) = (self.window.start, self.searched + found);
                self.window.start += length + 1;
                self.searched = 0;
                return Ok(Some(start..start + length));
            }
            self.searched = ahead.len();
            if self.window.exhausted {
                let (start, end) = (self.window.start, self.window.end);
                self.window.start = end;
                self.searched = 0;
                return Ok((start < end).then_some(start..end));
            }
            if self.searched > RECORD_BYTES_MAX {
                return self.pass_line();
            }
            self.window.fill().map_err(LineError::Input)?;
        }
    }

    fn pass_line(&mut self) -> Result<Option<std::ops::Range<usize>>, LineError> {
        self.line += 1;
        let line = self.line;
        loop {
            if let Some(found) = memchr::memchr(b'\n', self.window.ahead()) {
                self.window.start += found + 1;
                break;
            }
            self.window.start = self.window.end;
            if self.window.exhausted {
                break;
            }
            self.window.fill().map_err(LineError::Input)?;
        }
        self.searched = 0;
        Err(LineError::TooLong { line })
    }
}
