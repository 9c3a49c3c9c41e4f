//! The words of a condition: signs, names, values, and where each ends.

use std::ops::Range;

use super::super::declarations::Domain;
use super::super::value::Written;
use super::{Fault, Parser};

impl<'a> Parser<'a> {
    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub(super) fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    pub(super) fn fault(&self, span: Range<usize>, message: String) -> Fault {
        Fault {
            span,
            message,
            suggestion: None,
        }
    }

    pub(super) fn expected(&self, what: &str) -> Fault {
        let end = self
            .rest()
            .find(char::is_whitespace)
            .map_or(self.text.len(), |at| self.at + at);
        let found = match self.text.get(self.at..end) {
            None | Some("") => "the condition ends".to_owned(),
            Some(found) => format!("there is \"{found}\""),
        };
        self.fault(self.at..end, format!("expected {what}, but {found}"))
    }

    /// Takes a word of the notation, in any case, when it comes next.
    pub(super) fn word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let found = starts_with_word(self.rest(), word);
        if found {
            self.at += word.len();
        }
        found
    }

    /// Takes a sign when it comes next.
    pub(super) fn sign(&mut self, sign: &str) -> bool {
        self.skip_blanks();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    /// An attribute's name: a declared one, one in quotes, or what reaches to the next blank,
    /// bracket, comma or sign.
    pub(super) fn attribute_name(&mut self) -> String {
        if let Some(quoted) = self.quoted() {
            return quoted;
        }
        let rest = self.rest();
        let bound = self.declarations.bound.values().flatten();
        let names = self.declarations.attributes.keys().chain(bound);
        let declared = names
            .filter(|name| is_whole(rest, name))
            .map(String::len)
            .max();
        let stop = |c: char| c.is_whitespace() || "(),=<>!|&".contains(c);
        let length = declared.unwrap_or_else(|| rest.find(stop).unwrap_or(rest.len()));
        self.at += length;
        rest.get(..length).unwrap_or("").to_owned()
    }

    /// A text in quotes, when one comes next.
    pub(super) fn quoted(&mut self) -> Option<String> {
        let rest = self.rest();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let end = rest.get(1..)?.find(quote)?;
        self.at += end + 2;
        rest.get(1..=end).map(str::to_owned)
    }

    /// A value: in quotes, a declared one, or what reaches to `and`, `or` or the bracket.
    pub(super) fn value(&mut self, of: Option<&str>) -> Result<Written, Fault> {
        self.skip_blanks();
        let start = self.at;
        if let Some(text) = self.quoted() {
            return Ok(Written {
                text,
                quoted: true,
                span: start..self.at,
            });
        }
        let rest = self.rest();
        let domain = of.and_then(|name| self.declarations.attributes.get(name));
        let declared = match domain {
            Some(Domain::Enumeration(values)) => values
                .iter()
                .filter(|value| is_whole(rest, value))
                .map(String::len)
                .max(),
            _ => None,
        };
        let length = declared.unwrap_or_else(|| bare_length(rest, of.is_none()));
        let text = rest.get(..length).unwrap_or("").trim_end().to_owned();
        if text.is_empty() {
            return Err(self.expected("a value"));
        }
        self.at += text.len();
        Ok(Written {
            span: start..self.at,
            text,
            quoted: false,
        })
    }

    /// `(a, b, c)`.
    pub(super) fn list(&mut self, name: &str) -> Result<Vec<Written>, Fault> {
        if !self.sign("(") {
            return Err(self.expected("\"(\" and a list of values"));
        }
        let mut values = Vec::new();
        loop {
            self.skip_blanks();
            let start = self.at;
            let value = match self.quoted() {
                Some(text) => Written {
                    text,
                    quoted: true,
                    span: start..self.at,
                },
                None => {
                    let rest = self.rest();
                    let length = rest.find([',', ')']).unwrap_or(rest.len());
                    let text = rest.get(..length).unwrap_or("").trim_end().to_owned();
                    if text.is_empty() {
                        return Err(self.expected(&format!("a value of {name}")));
                    }
                    self.at += text.len();
                    Written {
                        span: start..self.at,
                        text,
                        quoted: false,
                    }
                }
            };
            values.push(value);
            if self.sign(")") {
                return Ok(values);
            }
            if !self.sign(",") {
                return Err(self.expected("\",\" or \")\""));
            }
        }
    }
}

/// Whether a text begins with a word of the notation, in any case, and the word ends there.
pub(super) fn starts_with_word(text: &str, word: &str) -> bool {
    let ends = |tail: &str| {
        tail.chars()
            .next()
            .is_none_or(|c| c.is_whitespace() || "()".contains(c))
    };
    text.get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
        && text.get(word.len()..).is_some_and(ends)
}

/// Whether a text begins with a name, and the name ends there.
fn is_whole(text: &str, name: &str) -> bool {
    let ends = |tail: &str| {
        tail.chars()
            .next()
            .is_none_or(|c| c.is_whitespace() || "),=<>!|&".contains(c))
    };
    !name.is_empty() && text.strip_prefix(name).is_some_and(ends)
}

/// Bytes of a bare value: up to `and`, `or`, a bracket that it did not open, or (on the left of a
/// comparison) a sign.
fn bare_length(text: &str, stops_at_sign: bool) -> usize {
    let mut open = 0usize;
    let mut blank = false;
    for (at, c) in text.char_indices() {
        let tail = text.get(at..).unwrap_or("");
        match c {
            '(' => open += 1,
            ')' if open == 0 => return at,
            ')' => open -= 1,
            '=' | '<' | '>' | '!' if stops_at_sign => return at,
            '&' | '|' if tail.starts_with("&&") || tail.starts_with("||") => return at,
            _ if blank && (starts_with_word(tail, "and") || starts_with_word(tail, "or")) => {
                return at;
            }
            _ => {}
        }
        blank = c.is_whitespace();
    }
    text.len()
}
