//! From JSON text to attribute rows.

use std::borrow::Cow;

use cage_model::limits::{
    ATTRIBUTE_BYTES_MAX, ATTRIBUTE_DEPTH_MAX, ATTRIBUTES_PER_RECORD_MAX, RECORD_BYTES_MAX,
};
use cage_model::{Decimal, RawValue, Symbol, Time};

use super::{ATTRIBUTES, AttributeTarget, Chosen, KEY, NameTable, TYPE, VALUE};
use crate::json::{JsonFault, JsonReader, Token};

/// Reads the members of an object that was just opened as attributes; those that are not chosen are
/// passed over.
pub(crate) fn push_attributes<T: AttributeTarget>(
    reader: &mut JsonReader<'_>,
    target: &mut T,
    names: &mut NameTable<'_>,
    chosen: Chosen<'_>,
) -> Result<(), JsonFault> {
    let mut reading = Reading {
        reader,
        target,
        names,
    };
    while let Some(key) = reading.reader.key()? {
        if chosen.has(&key, reading.names) {
            let key = reading.name(&key)?;
            reading.value(key, 0)?;
        } else {
            reading.reader.skip()?;
        }
    }
    Ok(())
}

/// Reads one value as the attribute `key`.
pub(crate) fn push_value<T: AttributeTarget>(
    reader: &mut JsonReader<'_>,
    target: &mut T,
    names: &mut NameTable<'_>,
    key: Symbol,
) -> Result<(), JsonFault> {
    Reading {
        reader,
        target,
        names,
    }
    .value(key, 0)
}

struct Reading<'r, 'a, 'n, T> {
    reader: &'r mut JsonReader<'a>,
    target: &'r mut T,
    names: &'r mut NameTable<'n>,
}

/// The value that an object with `@` keys spells, until its end is reached.
enum Wrapped<'a> {
    None,
    Scalar(Token<'a>),
    List,
}

impl<'a, T: AttributeTarget> Reading<'_, 'a, '_, T> {
    fn fault(&self, message: impl Into<String>) -> JsonFault {
        JsonFault {
            at: self.reader.position(),
            message: message.into(),
        }
    }

    fn name(&mut self, key: &str) -> Result<Symbol, JsonFault> {
        let symbol = self.names.intern(key);
        symbol.map_err(|message| self.fault(message))
    }

    fn value(&mut self, key: Symbol, depth: u16) -> Result<(), JsonFault> {
        if usize::from(depth) >= ATTRIBUTE_DEPTH_MAX {
            let message = format!("attributes nested more than {ATTRIBUTE_DEPTH_MAX} deep");
            return Err(self.fault(message));
        }
        if self.target.rows().len() >= ATTRIBUTES_PER_RECORD_MAX {
            let message = format!("more than {ATTRIBUTES_PER_RECORD_MAX} attributes in one record");
            return Err(self.fault(message));
        }
        match self.reader.value()? {
            Token::Array => {
                self.target.push_row(key, depth, RawValue::List);
                self.members(depth + 1)
            }
            Token::Object => {
                let row = self.target.push_row(key, depth, RawValue::Missing);
                self.object(row, depth)
            }
            scalar => {
                let value = self.scalar(&scalar, None)?;
                self.target.push_row(key, depth, value);
                Ok(())
            }
        }
    }

    /// The elements of an array that was just opened.
    fn members(&mut self, depth: u16) -> Result<(), JsonFault> {
        while self.reader.element()? {
            self.value(Symbol::EMPTY, depth)?;
        }
        Ok(())
    }

    /// The rest of an object whose row is made: nested attributes, or a value in `@` keys.
    fn object(&mut self, row: usize, depth: u16) -> Result<(), JsonFault> {
        let Some(first) = self.reader.key()? else {
            return Ok(());
        };
        if first.starts_with('@') {
            return self.wrapped(first, row, depth);
        }
        let mut next = Some(first);
        while let Some(key) = next {
            let key = self.name(&key)?;
            self.value(key, depth + 1)?;
            next = self.reader.key()?;
        }
        Ok(())
    }

    fn wrapped(&mut self, first: Cow<'a, str>, row: usize, depth: u16) -> Result<(), JsonFault> {
        let (mut kind, mut value) = (None, Wrapped::None);
        let within = self.reader.position();
        let mut next = Some(first);
        while let Some(key) = next {
            let at = self.reader.position();
            match (key.as_ref(), self.reader.value()?) {
                (KEY, Token::Text(name)) => {
                    let name = self.name(&name)?;
                    self.target.rows()[row].key = name;
                }
                (TYPE, Token::Text(name)) => kind = Some(name),
                (VALUE, Token::Array) => {
                    value = Wrapped::List;
                    self.target.rows()[row].value = RawValue::List;
                    self.members(depth + 1)?;
                }
                (ATTRIBUTES, Token::Object) => {
                    while let Some(key) = self.reader.key()? {
                        let key = self.name(&key)?;
                        self.value(key, depth + 1)?;
                    }
                }
                (VALUE, scalar) if scalar != Token::Object => value = Wrapped::Scalar(scalar),
                _ => {
                    let message = format!(
                        "{key:?} cannot stand here; an object with @ keys has \"{KEY}\" and \"{TYPE}\" \
                         (texts), \"{VALUE}\" and \"{ATTRIBUTES}\" (an object)"
                    );
                    return Err(JsonFault { at, message });
                }
            }
            next = self.reader.key()?;
        }
        if let Wrapped::Scalar(scalar) = value {
            let value = self.scalar(&scalar, kind.as_deref());
            // The value may be wrong only together with a type that stands behind it.
            let value = value.map_err(|fault| JsonFault {
                at: within,
                ..fault
            })?;
            self.target.rows()[row].value = value;
        }
        Ok(())
    }

    /// A scalar as its spelling or its stated type says.
    fn scalar(&mut self, token: &Token<'_>, kind: Option<&str>) -> Result<RawValue, JsonFault> {
        match (token, kind) {
            (Token::Null, None) => Ok(RawValue::Missing),
            (Token::Boolean(value), None) => Ok(RawValue::Boolean(*value)),
            (Token::Number(spelled), None) => match number(spelled) {
                RawValue::Missing => self.text(spelled).map(RawValue::Text),
                value => Ok(value),
            },
            (Token::Text(text), None) => match time(text) {
                Some(time) => Ok(RawValue::Time(time)),
                None => self.text(text).map(RawValue::Text),
            },
            (Token::Text(text), Some("text")) => self.text(text).map(RawValue::Text),
            (Token::Text(text), Some("id")) => self.text(text).map(RawValue::Id),
            (Token::Text(text), Some(kind)) => typed(text, kind).ok_or_else(|| {
                let shown = crate::table::row::shorten(text);
                self.fault(format!("{shown:?} is no value of the type {kind:?}"))
            }),
            (_, Some(kind)) => Err(self.fault(format!(
                "a value of the stated type {kind:?} must be a text in quotes"
            ))),
            (Token::Array | Token::Object, None) => {
                Err(self.fault("a single value is expected here"))
            }
        }
    }

    fn text(&mut self, text: &str) -> Result<cage_model::TextRange, JsonFault> {
        if text.len() > ATTRIBUTE_BYTES_MAX {
            return Err(self.fault(format!("a text of more than {ATTRIBUTE_BYTES_MAX} bytes")));
        }
        if self.target.text_bytes() + text.len() > RECORD_BYTES_MAX {
            return Err(self.fault(format!("a record of more than {RECORD_BYTES_MAX} bytes")));
        }
        Ok(self.target.push_text(text))
    }
}

/// A number by its spelling: whole, exact decimal, or float where it has an exponent or more digits
/// than a decimal holds; missing when it is a whole number that no integer holds.
fn number(spelled: &str) -> RawValue {
    let is_whole = !spelled.contains(['.', 'e', 'E']);
    if is_whole {
        // "-0" is a float, since there is no such integer.
        return match spelled {
            "-0" => RawValue::Float(-0.0),
            _ => spelled.parse().map_or(RawValue::Missing, RawValue::Integer),
        };
    }
    match spelled.parse::<Decimal>() {
        Ok(decimal) => RawValue::Decimal(decimal),
        Err(_) => spelled.parse().map_or(RawValue::Missing, RawValue::Float),
    }
}

/// The time that a text spells by RFC 3339 in full: date, `T`, time of day, offset.
pub(super) fn time(text: &str) -> Option<Time> {
    let bytes = text.as_bytes();
    let has_shape = bytes.len() >= 20 && bytes[4] == b'-' && bytes[10] == b'T' && bytes[16] == b':';
    let time = Time::parse(text).ok().filter(|_| has_shape)?;
    time.offset_minutes().map(|_| time)
}

fn typed(text: &str, kind: &str) -> Option<RawValue> {
    match kind {
        "time" => Time::parse(text).ok().map(RawValue::Time),
        "decimal" => text.parse().ok().map(RawValue::Decimal),
        "float" => text.parse().ok().map(RawValue::Float),
        "integer" => text.parse().ok().map(RawValue::Integer),
        "boolean" => text.parse().ok().map(RawValue::Boolean),
        _ => None,
    }
}
