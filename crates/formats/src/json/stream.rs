//! Cuts the elements of a large JSON document's arrays out of a stream, one at a time.
//!
//! Knows documents of two shapes: an array of records, and an object whose members are such
//! arrays (OCEL). Holds one element at a time, so memory does not grow with the document.

use std::io::{self, Read};

use cage_model::limits::{ELEMENT_DEPTH_MAX, RECORD_BYTES_MAX};

use crate::window::Window;

/// A piece of the document.
#[derive(Debug)]
pub(crate) enum Element<'a> {
    /// The next member of the document's object; its elements follow.
    Member(String),
    /// An element of the array at hand, or a member that is no array.
    Value {
        text: &'a str,
        line: u64,
        column: u64,
    },
    /// The end of the document.
    End,
}

/// Why the document cannot be read on.
#[derive(Debug)]
pub(crate) enum StreamError {
    Broken {
        line: u64,
        column: u64,
        message: String,
    },
    Input(io::Error),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Begin,
    /// Within the object, before a key.
    Members {
        first: bool,
        closed: bool,
    },
    /// Within an array, before an element.
    Elements {
        first: bool,
        nested: bool,
    },
    /// Behind a member's key, whose value is no array.
    Scalar,
    End,
}

/// Reads a document.
pub(crate) struct JsonStream<R> {
    window: Window<R>,
    line: u64,
    column: u64,
    state: State,
}

impl<R: Read> JsonStream<R> {
    pub(crate) fn new(source: R) -> Self {
        Self {
            window: Window::new(source),
            line: 1,
            column: 1,
            state: State::Begin,
        }
    }

    fn broken(&self, message: impl Into<String>) -> StreamError {
        StreamError::Broken {
            line: self.line,
            column: self.column,
            message: message.into(),
        }
    }

    /// The next piece.
    pub(crate) fn next(&mut self) -> Result<Element<'_>, StreamError> {
        loop {
            match (self.state, self.peek()?) {
                (State::End, None) => return Ok(Element::End),
                (State::End, Some(_)) => {
                    return Err(self.broken("more text behind the end of the document"));
                }
                (_, None) => return Err(self.broken("the document ends too early")),
                (State::Begin, Some(b'[')) => {
                    self.pass(1);
                    self.state = State::Elements {
                        first: true,
                        nested: false,
                    };
                }
                (State::Begin, Some(b'{')) => {
                    self.pass(1);
                    self.state = State::Members {
                        first: true,
                        closed: false,
                    };
                }
                (State::Begin, Some(_)) => {
                    return Err(self.broken("a JSON array or object is expected here"));
                }
                (State::Members { closed: true, .. }, _) => self.state = State::End,
                (State::Members { first, .. }, Some(byte)) => {
                    if let Some(name) = self.member(first, byte)? {
                        return Ok(Element::Member(name));
                    }
                }
                (State::Elements { first, nested }, Some(byte)) => {
                    if self.before_element(first, nested, byte)? {
                        self.state = State::Elements {
                            first: false,
                            nested,
                        };
                        return self.value();
                    }
                }
                (State::Scalar, Some(_)) => {
                    self.state = State::Members {
                        first: false,
                        closed: false,
                    };
                    return self.value();
                }
            }
        }
    }

    /// Reads a member's key; `None` at the closing brace.
    fn member(&mut self, first: bool, byte: u8) -> Result<Option<String>, StreamError> {
        match byte {
            b'}' => {
                self.pass(1);
                self.state = State::End;
                return Ok(None);
            }
            b',' if !first => self.pass(1),
            _ if first => {}
            _ => return Err(self.broken("\",\" or \"}\" is expected here")),
        }
        if self.peek()? != Some(b'"') {
            return Err(self.broken("a key in quotes is expected here"));
        }
        let Element::Value { text, .. } = self.value()? else {
            return Ok(None);
        };
        let name = match super::JsonReader::new(text).value() {
            Ok(super::Token::Text(name)) => name.into_owned(),
            _ => return Err(self.broken("a key in quotes is expected here")),
        };
        if self.peek()? != Some(b':') {
            return Err(self.broken("\":\" is expected behind a key"));
        }
        self.pass(1);
        if self.peek()? == Some(b'[') {
            self.pass(1);
            self.state = State::Elements {
                first: true,
                nested: true,
            };
        } else {
            self.state = State::Scalar;
        }
        Ok(Some(name))
    }

    /// Whether an element follows; passes the comma before it, or the bracket that ends the array.
    fn before_element(&mut self, first: bool, nested: bool, byte: u8) -> Result<bool, StreamError> {
        match byte {
            b']' => {
                self.pass(1);
                self.state = if nested {
                    State::Members {
                        first: false,
                        closed: false,
                    }
                } else {
                    State::End
                };
                Ok(false)
            }
            b',' if !first => {
                self.pass(1);
                match self.peek()? {
                    Some(b']') => Err(self.broken("nothing follows this comma")),
                    _ => Ok(true),
                }
            }
            _ if first => Ok(true),
            _ => Err(self.broken("\",\" or \"]\" is expected here")),
        }
    }

    /// Cuts out one value whole.
    fn value(&mut self) -> Result<Element<'_>, StreamError> {
        self.peek()?;
        let length = self.measure()?;
        let (line, column) = (self.line, self.column);
        let from = self.window.start;
        self.pass(length);
        match std::str::from_utf8(&self.window.buffer[from..from + length]) {
            Ok(text) => Ok(Element::Value { text, line, column }),
            Err(error) => Err(StreamError::Broken {
                line,
                column: column + error.valid_up_to() as u64,
                message: "these bytes are no UTF-8; JSON is always UTF-8".to_owned(),
            }),
        }
    }

    /// The bytes of the value that begins here.
    fn measure(&mut self) -> Result<usize, StreamError> {
        let (mut at, mut depth, mut in_text) = (0usize, 0usize, false);
        loop {
            let ahead = self.window.ahead();
            while let Some(&byte) = ahead.get(at) {
                if in_text {
                    let found = memchr::memchr2(b'"', b'\\', &ahead[at..]);
                    at += found.unwrap_or(ahead.len() - at);
                    match ahead.get(at) {
                        // What follows the backslash does not end the text, whatever it is.
                        Some(b'\\') => at += 2,
                        Some(_) => {
                            (in_text, at) = (false, at + 1);
                            if depth == 0 {
                                return Ok(at);
                            }
                        }
                        None => {}
                    }
                    continue;
                }
                match byte {
                    b'"' => in_text = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' if depth <= 1 => return Ok(at + depth),
                    b'}' | b']' => depth -= 1,
                    b',' | b' ' | b'\n' | b'\r' | b'\t' | b':' if depth == 0 => return Ok(at),
                    _ => {}
                }
                if depth > ELEMENT_DEPTH_MAX {
                    return Err(self.broken(format!("nested more than {ELEMENT_DEPTH_MAX} deep")));
                }
                at += 1;
            }
            if self.window.exhausted {
                return Err(self.broken("a value begins here and never ends"));
            }
            if at > RECORD_BYTES_MAX {
                return Err(self.broken(format!("a value of more than {RECORD_BYTES_MAX} bytes")));
            }
            self.window.fill().map_err(StreamError::Input)?;
        }
    }

    /// The next byte that is no blank.
    fn peek(&mut self) -> Result<Option<u8>, StreamError> {
        loop {
            let ahead = self.window.ahead();
            let blanks = ahead
                .iter()
                .take_while(|byte| b" \t\r\n".contains(byte))
                .count();
            let byte = ahead.get(blanks).copied();
            self.pass(blanks);
            if byte.is_some() || self.window.exhausted {
                return Ok(byte);
            }
            self.window.fill().map_err(StreamError::Input)?;
        }
    }

    /// Moves on, counting lines and columns.
    fn pass(&mut self, length: usize) {
        let passed = &self.window.buffer[self.window.start..self.window.start + length];
        match memchr::memrchr(b'\n', passed) {
            None => self.column += length as u64,
            Some(last) => {
                self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
                self.column = (length - last) as u64;
            }
        }
        self.window.start += length;
    }
}
