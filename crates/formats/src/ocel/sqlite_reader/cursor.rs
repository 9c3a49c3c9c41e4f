//! A query's rows, one ahead, and the values in them.

use std::borrow::Cow;

use rusqlite::Rows;
use rusqlite::fallible_streaming_iterator::FallibleStreamingIterator;
use rusqlite::types::ValueRef;

use super::SqlFault;
use crate::ocel::value::Scalar;

/// Rows whose first column is the key that cursors side by side have in common.
pub(super) struct Cursor<'s> {
    rows: Rows<'s>,
    /// The key of the row at hand; `None` behind the last.
    pub(super) key: Option<i64>,
}

impl<'s> Cursor<'s> {
    pub(super) fn new(rows: Rows<'s>) -> Result<Self, SqlFault> {
        let mut cursor = Self { rows, key: None };
        cursor.advance()?;
        Ok(cursor)
    }

    pub(super) fn advance(&mut self) -> Result<(), SqlFault> {
        self.rows.advance()?;
        self.key = match self.rows.get() {
            Some(row) => Some(row.get(0)?),
            None => None,
        };
        Ok(())
    }

    /// A value of the row at hand; null behind the last.
    pub(super) fn value(&self, column: usize) -> Result<ValueRef<'_>, SqlFault> {
        match self.rows.get() {
            Some(row) => Ok(row.get_ref(column)?),
            None => Ok(ValueRef::Null),
        }
    }
}

/// A value as identifier, name or time: tools let SQLite take numeric identifiers for numbers.
pub(super) fn text_of(value: ValueRef<'_>) -> Option<Cow<'_, str>> {
    match value {
        ValueRef::Null | ValueRef::Blob(_) => None,
        ValueRef::Integer(value) => Some(Cow::Owned(value.to_string())),
        // A whole number is shown without a point, as it was before it became a float.
        ValueRef::Real(value) => Some(Cow::Owned(value.to_string())),
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes)),
    }
}

/// A value of an attribute.
///
/// # Errors
/// A sentence, for bytes that are no text.
pub(super) fn scalar(value: ValueRef<'_>) -> Result<Scalar<'_>, String> {
    Ok(match value {
        ValueRef::Null => Scalar::Missing,
        ValueRef::Integer(value) => Scalar::Integer(value),
        ValueRef::Real(value) => Scalar::Float(value),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Scalar::Text(Cow::Borrowed(text)),
            Err(_) => return Err("a text is no UTF-8".to_owned()),
        },
        ValueRef::Blob(_) => {
            return Err("a value is bytes (BLOB); OCEL 2.0 has no such type".to_owned());
        }
    })
}
