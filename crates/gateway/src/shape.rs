//! The shape of an event: its type, and which attributes it has of which kinds.
//!
//! A source that begins to send otherwise is noticed by a number, so that nothing is kept of events that look as before.

use std::collections::{BTreeMap, BTreeSet};

use cage_model::{EventBuffer, Interner, RawValue};
use serde::{Deserialize, Serialize};

use crate::reader::Reader;

/// A type, the types of the objects it names, and the kinds of its attributes by their names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Shape {
    /// The event's type.
    pub kind: String,
    /// Types of the objects that it names.
    pub objects: BTreeSet<String>,
    /// Kind of value of each attribute: text, id, integer, decimal, float, boolean, time, list or missing.
    pub attributes: BTreeMap<String, String>,
}

/// The shape of an event in structured mode; `None` where it is no event.
#[must_use]
pub fn shape_of(text: &[u8]) -> Option<Shape> {
    let mut reader = Reader::default();
    reader.one(text).ok()?;
    Some(reader.shape())
}

impl Shape {
    /// The shape of an event.
    #[must_use]
    pub fn of(event: &EventBuffer, names: &Interner) -> Self {
        let top = event.attributes.iter().filter(|row| row.depth == 0);
        let attribute = |row: &cage_model::AttributeRow| {
            (names.text(row.key).to_owned(), kind(row.value).to_owned())
        };
        let objects = event.objects.iter();
        Self {
            kind: names.text(event.activity).to_owned(),
            objects: objects.map(|row| names.text(row.kind).to_owned()).collect(),
            attributes: top.map(attribute).collect(),
        }
    }
}

/// The number of a shape; neither order nor number of objects of a type matters, and the order of the attributes does not.
#[must_use]
pub fn shape_number(event: &EventBuffer, names: &Interner) -> u64 {
    let top = event.attributes.iter().filter(|row| row.depth == 0);
    let attributes = top.map(|row| {
        let of_name = fnv(FNV_OFFSET, names.text(row.key).as_bytes());
        fnv(of_name, kind(row.value).as_bytes())
    });
    let of_kind = fnv(FNV_OFFSET, names.text(event.activity).as_bytes());
    let of_attributes = attributes.fold(of_kind, u64::wrapping_add);
    let rows = event.objects.iter().enumerate();
    let first = rows.filter(|(place, row)| {
        let before = event.objects.iter().take(*place);
        before.rev().all(|other| other.kind != row.kind)
    });
    let objects = first.map(|(_, row)| fnv(FNV_OBJECT, names.text(row.kind).as_bytes()));
    objects.fold(of_attributes, u64::wrapping_add)
}

const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
/// Where types of objects begin, so that none looks like an attribute.
const FNV_OBJECT: u64 = FNV_OFFSET ^ 0xff;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// FNV-1a (draft-eastlake-fnv): short, and the same on every machine, as stored figures need it.
fn fnv(begin: u64, bytes: &[u8]) -> u64 {
    // A byte that no UTF-8 has stands behind each text.
    let ended = bytes.iter().chain(&[0xff]);
    ended.fold(begin, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME)
    })
}

fn kind(value: RawValue) -> &'static str {
    match value {
        RawValue::Missing => "missing",
        RawValue::Text(_) => "text",
        RawValue::Id(_) => "id",
        RawValue::Integer(_) => "integer",
        RawValue::Decimal(_) => "decimal",
        RawValue::Float(_) => "float",
        RawValue::Boolean(_) => "boolean",
        RawValue::Time(_) => "time",
        RawValue::List => "list",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::one;

    fn event(kind: &str, attributes: &str) -> String {
        format!(
            r#"{{"specversion":"1.0","id":"1","source":"s","type":"{kind}","sequence":"7","data":{{"attributes":{attributes}}}}}"#
        )
    }

    #[test]
    fn the_same_attributes_of_the_same_kinds_are_one_shape() {
        let number =
            |kind: &str, attributes: &str| one(event(kind, attributes).as_bytes()).unwrap().shape;
        let first = number("t", r#"{"a":1,"b":"x"}"#);
        assert_eq!(number("t", r#"{"b":"y","a":2}"#), first);
        for (kind, attributes) in [
            ("u", r#"{"a":1,"b":"x"}"#),
            ("t", r#"{"a":1.5,"b":"x"}"#),
            ("t", r#"{"a":1,"c":"x"}"#),
            ("t", r#"{"a":1}"#),
            ("t", r#"{"a":1,"b":"x","c":null}"#),
        ] {
            assert_ne!(number(kind, attributes), first, "{kind} {attributes}");
        }
        let text = event("t", r#"{"a":1,"b":{"c":2}}"#);
        let shape = shape_of(text.as_bytes()).unwrap();
        let kinds: Vec<_> = shape
            .attributes
            .iter()
            .map(|(name, kind)| format!("{name} {kind}"))
            .collect();
        assert_eq!(
            (shape.kind.as_str(), kinds),
            ("t", vec!["a integer".to_owned(), "b missing".to_owned()])
        );
        assert_eq!(one(text.as_bytes()).unwrap().sequence, Some(7));
    }
}
