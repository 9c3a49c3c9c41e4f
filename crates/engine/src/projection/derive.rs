//! Ids of derived objects: every combination of their parts, joined.

use cage_model::{Date, EventBuffer, Interner, Value};
use cage_pack::DerivedKey;
use cage_pack::expr::{Scope, Truth};

/// Joins the parts of a derived id: a character that no office writes in an id.
const JOINT: char = '\u{1f}';
/// Combinations of one event; an event that names more objects of several types at once than this
/// allows would make their product.
const COMBINATIONS_MAX: usize = 100_000;

/// Texts of ids, kept from event to event so that nothing is allocated once warm.
#[derive(Clone, Debug, Default)]
pub(super) struct Scratch {
    text: String,
    ends: Vec<usize>,
    part: String,
}

impl Scratch {
    /// Makes the ids; none when a part is missing.
    pub(super) fn keys(
        &mut self,
        parts: &[DerivedKey],
        event: &EventBuffer,
        slots: &[Value],
        date: Date,
        names: &Interner,
    ) {
        self.text.clear();
        self.ends.clear();
        for (index, part) in parts.iter().enumerate() {
            match part {
                DerivedKey::Value(expr) => {
                    let scope = Scope {
                        current: slots,
                        earlier: &[],
                        object: &[],
                        date,
                        names,
                    };
                    self.part.clear();
                    if expr.write_text(&scope, &mut self.part) != Truth::True {
                        return self.ends.clear();
                    }
                    let value = std::mem::take(&mut self.part);
                    self.extend(index == 0, std::iter::once(value.as_str()));
                    self.part = value;
                }
                DerivedKey::Object(kind) => {
                    let of_kind = event.objects.iter().filter(|row| row.kind == *kind);
                    self.extend(index == 0, of_kind.map(|row| event.text(row.id)));
                }
            }
            if self.ends.is_empty() {
                return;
            }
        }
    }

    /// Every id so far with every value of the next part.
    fn extend<'v>(&mut self, first: bool, values: impl Iterator<Item = &'v str> + Clone) {
        let (before, ends) = (
            std::mem::take(&mut self.text),
            std::mem::take(&mut self.ends),
        );
        if first {
            values.for_each(|value| self.push(&[value]));
            return;
        }
        let mut start = 0;
        for end in ends {
            for value in values.clone() {
                if self.ends.len() < COMBINATIONS_MAX {
                    self.push(&[&before[start..end], JOINT.encode_utf8(&mut [0; 4]), value]);
                }
            }
            start = end;
        }
    }

    fn push(&mut self, pieces: &[&str]) {
        pieces.iter().for_each(|piece| self.text.push_str(piece));
        self.ends.push(self.text.len());
    }

    /// The ids.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, end)| &self.text[start..*end])
    }
}
