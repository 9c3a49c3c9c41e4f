//! What the office's systems write down: events in the order of their arrival.

use cage_model::{
    Decimal, EventBuffer, Instant, Interner, LogSink, RawValue, SinkError, Symbol, Time,
};

/// One event as the simulation knows it.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    pub(crate) at: Instant,
    pub(crate) arrival: Instant,
    pub(crate) activity: &'static str,
    pub(crate) objects: Vec<(&'static str, String, &'static str)>,
    pub(crate) values: Vec<(&'static str, Entry)>,
}

/// An attribute value.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    Text(String),
    Integer(i64),
    /// Yuan, with two places.
    Fee(i64),
    Time(Instant),
}

/// Hands the acts to a sink in the order of arrival.
pub(crate) fn deliver(
    mut acts: Vec<Act>,
    offset: i16,
    names: &mut Interner,
    sink: &mut dyn LogSink,
) -> Result<u64, SinkError> {
    acts.sort_by_key(|act| (act.arrival, act.at));
    let mut event = EventBuffer::default();
    for (number, act) in acts.iter().enumerate() {
        event.clear();
        event.id = Some(event.push_text(&format!("E{:06}", number + 1)));
        event.source = Some(event.push_text("permit-office"));
        event.activity = names.intern(act.activity);
        event.time = Some(Time::new(act.at, Some(offset)));
        event.arrival = Some(Time::new(act.arrival, Some(offset)));
        for (kind, id, qualifier) in &act.objects {
            let (kind, qualifier) = (names.intern(kind), names.intern(qualifier));
            event.push_object(kind, id, qualifier);
        }
        for (key, entry) in &act.values {
            push(&mut event, names.intern(key), entry, offset);
        }
        sink.event(&event, names)?;
    }
    Ok(acts.len() as u64)
}

fn push(event: &mut EventBuffer, key: Symbol, entry: &Entry, offset: i16) {
    let value = match entry {
        Entry::Text(text) => RawValue::Text(event.push_text(text)),
        Entry::Integer(number) => RawValue::Integer(*number),
        Entry::Fee(cents) => RawValue::Decimal(Decimal {
            mantissa: *cents,
            scale: 2,
        }),
        Entry::Time(at) => RawValue::Time(Time::new(*at, Some(offset))),
    };
    event.push_attribute(key, 0, value);
}
