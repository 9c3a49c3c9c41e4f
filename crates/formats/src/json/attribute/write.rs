//! From attributes in memory to JSON text.

use std::fmt::Write;

use cage_model::{Attribute, Decimal, Interner, Symbol, Value};

use super::read::time as plain_time;
use super::{ATTRIBUTES, KEY, TYPE, VALUE};
use crate::json::write_text;

/// Writes attributes as one JSON object; `rows` begin at depth 0, nested ones after their parent.
pub(crate) fn write_attributes(out: &mut String, rows: &[Attribute], names: &Interner) {
    let mut writing = Writing { out, names };
    writing.members(rows, 0);
}

/// Writes the value of the first row; the other rows are nested in it.
pub(crate) fn write_value(out: &mut String, rows: &[Attribute], names: &Interner) {
    let mut writing = Writing { out, names };
    writing.value(rows, None);
}

struct Writing<'a> {
    out: &'a mut String,
    names: &'a Interner,
}

/// Cuts rows into runs of one row at `depth` with what is nested in it.
fn groups(rows: &[Attribute], depth: u16) -> impl Iterator<Item = &[Attribute]> {
    rows.chunk_by(move |_, next| next.depth > depth)
}

impl Writing<'_> {
    fn members(&mut self, rows: &[Attribute], depth: u16) {
        self.out.push('{');
        for (index, group) in groups(rows, depth).enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            write_text(self.out, self.names.text(group[0].key));
            self.out.push(':');
            self.value(group, None);
        }
        self.out.push('}');
    }

    /// A row with what is nested in it; `key` where it is a named member of a list.
    fn value(&mut self, group: &[Attribute], key: Option<Symbol>) {
        let Some((row, nested)) = group.split_first() else {
            self.out.push_str("null");
            return;
        };
        let kind = stated_type(row.value, self.names);
        let is_list = matches!(row.value, Value::List);
        let has_value = !matches!(row.value, Value::Missing);
        let named_like_ours = |group: &Attribute| self.names.text(group.key).starts_with('@');
        let plain_object = !has_value && !nested.is_empty() && !named_like_ours(&nested[0]);
        if key.is_none() && plain_object {
            self.members(nested, row.depth + 1);
        } else if key.is_none() && kind.is_none() && (is_list || nested.is_empty()) {
            self.bare(row, nested);
        } else {
            self.wrapped(row, nested, key, kind);
        }
    }

    /// A value as JSON writes it, or a list.
    fn bare(&mut self, row: &Attribute, nested: &[Attribute]) {
        if !matches!(row.value, Value::List) {
            self.scalar(row.value);
            return;
        }
        self.out.push('[');
        for (index, group) in groups(nested, row.depth + 1).enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            let key = group[0].key;
            self.value(group, (key != Symbol::EMPTY).then_some(key));
        }
        self.out.push(']');
    }

    fn wrapped(
        &mut self,
        row: &Attribute,
        nested: &[Attribute],
        key: Option<Symbol>,
        kind: Option<&str>,
    ) {
        let mut separator = '{';
        let mut member = |out: &mut String, name: &str| {
            out.push(separator);
            separator = ',';
            write_text(out, name);
            out.push(':');
        };
        if let Some(key) = key {
            member(self.out, KEY);
            write_text(self.out, self.names.text(key));
        }
        if let Some(kind) = kind {
            member(self.out, TYPE);
            write_text(self.out, kind);
            member(self.out, VALUE);
            self.quoted(row.value);
        } else if !matches!(row.value, Value::Missing) || nested.is_empty() {
            member(self.out, VALUE);
            self.bare(row, nested);
        }
        if !nested.is_empty() && !matches!(row.value, Value::List) {
            member(self.out, ATTRIBUTES);
            self.members(nested, row.depth + 1);
        }
        self.out.push('}');
    }

    fn scalar(&mut self, value: Value) {
        // Writing to a `String` cannot fail.
        let _ = match value {
            Value::Missing | Value::List => write!(self.out, "null"),
            Value::Text(text) | Value::Id(text) => {
                write_text(self.out, self.names.text(text));
                Ok(())
            }
            Value::Integer(value) => write!(self.out, "{value}"),
            Value::Decimal { scale, mantissa } => {
                write!(self.out, "{}", Decimal { mantissa, scale })
            }
            // With an exponent, which tells a float from an exact decimal.
            Value::Float(value) => write!(self.out, "{value:e}"),
            Value::Boolean(value) => write!(self.out, "{value}"),
            Value::Time { .. } => match value.as_time() {
                Some(time) => write!(self.out, "\"{time}\""),
                None => write!(self.out, "null"),
            },
        };
    }

    /// A scalar as a text in quotes, whatever it is.
    fn quoted(&mut self, value: Value) {
        match value {
            Value::Text(_) | Value::Id(_) | Value::Time { .. } => self.scalar(value),
            _ => {
                self.out.push('"');
                match value {
                    Value::Float(value) => {
                        let _ = write!(self.out, "{value}");
                    }
                    other => self.scalar(other),
                }
                self.out.push('"');
            }
        }
    }
}

/// The type to state, where the bare value would read back as another.
fn stated_type(value: Value, names: &Interner) -> Option<&'static str> {
    match value {
        Value::Id(_) => Some("id"),
        Value::Text(text) => plain_time(names.text(text)).map(|_| "text"),
        Value::Time { offset, .. } => (offset == i16::MIN).then_some("time"),
        Value::Decimal { scale, mantissa } => {
            let spelled = Decimal { mantissa, scale };
            let reads_back = scale > 0 && spelled.to_string().parse::<Decimal>().is_ok();
            (!reads_back).then_some("decimal")
        }
        Value::Float(value) => (!value.is_finite()).then_some("float"),
        Value::Missing | Value::Integer(_) | Value::Boolean(_) | Value::List => None,
    }
}
