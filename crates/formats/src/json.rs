//! A small pull reader of JSON text in memory, and the writing of JSON.
//!
//! Ours, not `serde_json`'s, because a number's own spelling tells an exact decimal from a float,
//! a fault is named by its JSON pointer, and nesting is bounded. Hands out texts without copying.

mod attribute;
mod begin;
mod pointer;
mod stream;

use std::borrow::Cow;

use cage_model::limits::ELEMENT_DEPTH_MAX;

pub(crate) use attribute::{
    AttributeTarget, Chosen, NameTable, push_attributes, push_value, write_attributes, write_value,
};
pub(crate) use begin::begin;
pub(crate) use pointer::{place_within, pointer};
pub(crate) use stream::{Element, JsonStream, StreamError};

/// What is wrong, and at which byte of the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct JsonFault {
    pub(crate) at: usize,
    pub(crate) message: String,
}

/// The next value: a scalar whole, an array or object only opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Token<'a> {
    Null,
    Boolean(bool),
    /// As spelled.
    Number(&'a str),
    Text(Cow<'a, str>),
    Array,
    Object,
}

/// Reads one JSON text from its start.
pub(crate) struct JsonReader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// Whether the next key or element of the innermost container is its first.
    first: bool,
}

impl<'a> JsonReader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            first: true,
        }
    }

    /// Reads the value that begins at a byte where an earlier reading of the same text stood.
    pub(crate) fn at(text: &'a str, at: usize) -> Self {
        Self {
            at,
            ..Self::new(text)
        }
    }

    /// The byte at which the next read begins.
    pub(crate) fn position(&self) -> usize {
        self.at
    }

    /// The byte at which the next value, key or bracket begins.
    pub(crate) fn next_position(&mut self) -> usize {
        self.peek();
        self.at
    }

    fn fault(&self, message: impl Into<String>) -> JsonFault {
        JsonFault {
            at: self.at,
            message: message.into(),
        }
    }

    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// Reads a scalar, or opens an array or object.
    pub(crate) fn value(&mut self) -> Result<Token<'a>, JsonFault> {
        match self.peek() {
            Some(b'"') => self.text_value().map(Token::Text),
            Some(b'{') => self.open().map(|()| Token::Object),
            Some(b'[') => self.open().map(|()| Token::Array),
            Some(b't') => self.word("true", Token::Boolean(true)),
            Some(b'f') => self.word("false", Token::Boolean(false)),
            Some(b'n') => self.word("null", Token::Null),
            Some(b'-' | b'0'..=b'9') => self.number().map(Token::Number),
            Some(_) => Err(self.fault("a JSON value is expected here")),
            None => Err(self.fault("the text ends where a value is expected")),
        }
    }

    fn open(&mut self) -> Result<(), JsonFault> {
        if self.depth == ELEMENT_DEPTH_MAX {
            return Err(self.fault(format!("nested more than {ELEMENT_DEPTH_MAX} deep")));
        }
        self.depth += 1;
        self.at += 1;
        self.first = true;
        Ok(())
    }

    fn word(&mut self, word: &str, token: Token<'a>) -> Result<Token<'a>, JsonFault> {
        let found = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        if !found {
            return Err(self.fault("a JSON value is expected here"));
        }
        self.at += word.len();
        Ok(token)
    }

    fn number(&mut self) -> Result<&'a str, JsonFault> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let length = bytes[start..]
            .iter()
            .take_while(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
            .count();
        let number = &self.text[start..start + length];
        if !is_number(number.as_bytes()) {
            return Err(self.fault(format!("{number} is no JSON number")));
        }
        if may_be_out_of_range(number) && number.parse::<f64>().is_ok_and(f64::is_infinite) {
            let number: String = number.chars().take(SHOWN_CHARS).collect();
            return Err(self.fault(format!("{number} is a number out of range")));
        }
        self.at += length;
        Ok(number)
    }

    fn text_value(&mut self) -> Result<Cow<'a, str>, JsonFault> {
        let start = self.at + 1;
        let rest = &self.text.as_bytes()[start..];
        let length = memchr::memchr2(b'"', b'\\', rest)
            .ok_or_else(|| self.fault("a text begins here and never ends"))?;
        let is_plain = rest[length] == b'"' && !rest[..length].iter().any(|byte| *byte < 0x20);
        if is_plain {
            self.at = start + length + 1;
            return Ok(Cow::Borrowed(&self.text[start..start + length]));
        }
        self.escaped(start).map(Cow::Owned)
    }

    /// A text with escapes, from its first byte.
    fn escaped(&mut self, start: usize) -> Result<String, JsonFault> {
        let open = self.at;
        let mut text = String::new();
        let mut from = start;
        loop {
            let rest = &self.text.as_bytes()[from..];
            let Some(length) = rest
                .iter()
                .position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20)
            else {
                return Err(JsonFault {
                    at: open,
                    message: "a text begins here and never ends".to_owned(),
                });
            };
            text.push_str(&self.text[from..from + length]);
            self.at = from + length;
            match rest[length] {
                b'"' => {
                    self.at += 1;
                    return Ok(text);
                }
                b'\\' => text.push(self.escape()?),
                byte => {
                    return Err(
                        self.fault(format!("the control character {byte:#04x} must be escaped"))
                    );
                }
            }
            from = self.at;
        }
    }

    fn escape(&mut self) -> Result<char, JsonFault> {
        let letter = self.text.as_bytes().get(self.at + 1).copied();
        let plain = match letter {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.fault("no such escape in JSON")),
        };
        self.at += 2;
        Ok(plain)
    }

    fn unicode(&mut self) -> Result<char, JsonFault> {
        let unit = self.hexadecimal(self.at + 2)?;
        let code = match unit {
            0xD800..=0xDBFF => {
                let follows = self.text.as_bytes().get(self.at + 6..self.at + 8) == Some(b"\\u");
                let low = if follows {
                    self.hexadecimal(self.at + 8)?
                } else {
                    0
                };
                if !(0xDC00..=0xDFFF).contains(&low) {
                    return Err(self.fault("half of a surrogate pair"));
                }
                self.at += 6;
                0x1_0000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
            }
            unit => unit,
        };
        let char = char::from_u32(code).ok_or_else(|| self.fault("half of a surrogate pair"))?;
        self.at += 6;
        Ok(char)
    }

    fn hexadecimal(&self, at: usize) -> Result<u32, JsonFault> {
        let digits = self.text.as_bytes().get(at..at + 4);
        let value = digits.and_then(|digits| {
            digits.iter().try_fold(0, |value, &byte| {
                Some(value * 16 + char::from(byte).to_digit(16)?)
            })
        });
        value.ok_or_else(|| self.fault("four hexadecimal digits are expected behind \\u"))
    }

    /// The next key of the object that was opened; `None` when it closes.
    pub(crate) fn key(&mut self) -> Result<Option<Cow<'a, str>>, JsonFault> {
        if !self.item(b'}')? {
            return Ok(None);
        }
        if self.peek() != Some(b'"') {
            return Err(self.fault("a key in quotes is expected here"));
        }
        let key = self.text_value()?;
        if self.peek() != Some(b':') {
            return Err(self.fault("\":\" is expected behind a key"));
        }
        self.at += 1;
        Ok(Some(key))
    }

    /// Whether the array that was opened has another element.
    pub(crate) fn element(&mut self) -> Result<bool, JsonFault> {
        self.item(b']')
    }

    fn item(&mut self, close: u8) -> Result<bool, JsonFault> {
        let first = std::mem::replace(&mut self.first, false);
        match self.peek() {
            Some(byte) if byte == close => {
                self.at += 1;
                self.depth = self.depth.saturating_sub(1);
                Ok(false)
            }
            Some(_) if first => Ok(true),
            Some(b',') => {
                self.at += 1;
                if self.peek() == Some(close) {
                    return Err(self.fault("nothing follows this comma"));
                }
                Ok(true)
            }
            Some(_) => Err(self.fault(format!(
                "\",\" or \"{}\" is expected here",
                char::from(close)
            ))),
            None => Err(self.fault("the text ends within an array or object")),
        }
    }

    /// Passes over one value.
    pub(crate) fn skip(&mut self) -> Result<(), JsonFault> {
        let token = self.value()?;
        self.skip_rest(&token)
    }

    /// Passes over what remains of a value that was just begun.
    pub(crate) fn skip_rest(&mut self, token: &Token<'a>) -> Result<(), JsonFault> {
        // Depth is bounded, so recursion is.
        match token {
            Token::Array => {
                while self.element()? {
                    self.skip()?;
                }
            }
            Token::Object => {
                while self.key()?.is_some() {
                    self.skip()?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Nothing but blanks may follow.
    pub(crate) fn finish(&mut self) -> Result<(), JsonFault> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.fault("more text behind the end of the value")),
        }
    }
}

/// Characters of a number that are shown.
const SHOWN_CHARS: usize = 24;
/// No shorter number without an exponent is out of the range of 64-bit floating point.
const ALWAYS_IN_RANGE: usize = 300;

/// Whether a number may be one that no reader of JSON can hold: most cannot be, by their looks alone.
fn may_be_out_of_range(number: &str) -> bool {
    number.len() > ALWAYS_IN_RANGE || number.bytes().any(|byte| byte | 0x20 == b'e')
}

/// Whether this is a number by the grammar of RFC 8259.
fn is_number(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let digits = |bytes: &[u8]| {
        bytes
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    };
    let whole = digits(bytes);
    if whole == 0 || whole > 1 && bytes[0] == b'0' {
        return false;
    }
    let mut rest = &bytes[whole..];
    if let Some(tail) = rest.strip_prefix(b".") {
        let count = digits(tail);
        if count == 0 {
            return false;
        }
        rest = &tail[count..];
    }
    if let Some((b'e' | b'E', tail)) = rest.split_first() {
        let tail = tail
            .strip_prefix(b"+")
            .or(tail.strip_prefix(b"-"))
            .unwrap_or(tail);
        let count = digits(tail);
        return count > 0 && count == tail.len();
    }
    rest.is_empty()
}

/// Writes texts as an array.
pub(crate) fn write_list(out: &mut String, texts: &[&str]) {
    out.push('[');
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write_text(out, text);
    }
    out.push(']');
}

/// Writes a text in quotes.
pub(crate) fn write_text(out: &mut String, text: &str) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let short = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        if short.is_empty() {
            out.push_str(&format!("\\u{byte:04x}"));
        } else {
            out.push_str(short);
        }
        from = at + 1;
    }
    out.push_str(&text[from..]);
    out.push('"');
}

#[cfg(test)]
mod tests;
