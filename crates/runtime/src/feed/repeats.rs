//! Events that came before: same source and id. With the same content they change nothing.
//!
//! Content is what the rules can see: activity, times, objects and the attributes that are read.

use cage_engine::Projected;
use cage_model::{EventBuffer, Keyed, Value, fixed_hash};

/// Ids held in each of two generations; older ones are forgotten, so that memory stays bounded.
const GENERATION: usize = 2_000_000;

/// What an event is to those before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Repeat {
    /// New, or without an id.
    New,
    /// The same again.
    Equal,
    /// An id that was used for another event.
    Different,
}

/// Hashes of ids and contents.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    young: Keyed<u64, u64>,
    old: Keyed<u64, u64>,
    bytes: Vec<u8>,
    /// Repeated events.
    pub(super) equal: u64,
    /// Ids used for different events.
    pub(super) different: u64,
    /// Whether ids were forgotten.
    pub(super) forgot: bool,
}

impl Repeats {
    pub(super) fn see(&mut self, event: &EventBuffer, projected: &Projected) -> Repeat {
        let Some(id) = event.id else {
            return Repeat::New;
        };
        self.bytes.clear();
        let source = event.source.map_or("", |source| event.text(source));
        self.text(source);
        self.text(event.text(id));
        let key = fixed_hash(&self.bytes);
        let content = self.content(event, projected);
        match self.young.get(&key).or_else(|| self.old.get(&key)) {
            Some(before) if *before == content => {
                self.equal += 1;
                return Repeat::Equal;
            }
            Some(_) => {
                self.different += 1;
                return Repeat::Different;
            }
            None => {}
        }
        if self.young.len() >= GENERATION {
            self.forgot |= !self.old.is_empty();
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, content);
        Repeat::New
    }

    fn content(&mut self, event: &EventBuffer, projected: &Projected) -> u64 {
        self.bytes.clear();
        self.number(projected.activity.index() as u64);
        for time in [event.time, event.arrival] {
            let parts = time.map(|time| (time.instant().0, time.nanoseconds()));
            self.number(parts.map_or(u64::MAX, |(micros, _)| micros as u64));
            self.number(parts.map_or(0, |(_, rest)| u64::from(rest) + 1));
        }
        for row in &event.objects {
            self.number(row.kind.index() as u64);
            self.number(row.qualifier.index() as u64);
            self.text(event.text(row.id));
        }
        for value in &projected.slots {
            self.value(*value);
        }
        fixed_hash(&self.bytes)
    }

    fn value(&mut self, value: Value) {
        let (kind, bits) = match value {
            Value::Missing => (0, 0),
            Value::Text(symbol) => (1, symbol.index() as u64),
            Value::Id(symbol) => (2, symbol.index() as u64),
            Value::Integer(number) => (3, number as u64),
            Value::Decimal { scale, mantissa } => (16 + u64::from(scale), mantissa as u64),
            Value::Float(number) => (4, number.to_bits()),
            Value::Boolean(holds) => (5, u64::from(holds)),
            Value::Time { micros, rest, .. } => (512 + u64::from(rest), micros as u64),
            Value::List => (6, 0),
        };
        self.number(kind);
        self.number(bits);
    }

    fn number(&mut self, number: u64) {
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }
}
