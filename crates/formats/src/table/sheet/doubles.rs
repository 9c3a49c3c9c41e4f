//! Finds attributes that say, word for word, what every event has anyway: then one column serves
//! for both, under the name that tools look for.

use cage_model::{Event, Log, Object, Symbol, Value};

/// The names under which tools look for what every event has.
pub(super) const ACTIVITY: &str = "concept:name";
pub(super) const TIME: &str = "time:timestamp";
pub(super) const ID: &str = "identity:id";
pub(super) const RESOURCE: &str = "org:resource";

/// The attributes that do so.
pub(super) struct Doubles {
    pub(super) activity: Option<Symbol>,
    pub(super) time: Option<Symbol>,
    pub(super) id: Option<Symbol>,
    /// The attribute, and the type and role of the objects that it names.
    pub(super) resource: Option<(Symbol, Symbol, Symbol)>,
    /// The attribute of cases.
    pub(super) case: Option<Symbol>,
}

impl Doubles {
    pub(super) fn of(log: &Log, case_kind: Option<Symbol>) -> Self {
        let key = |name| log.names.get(name);
        let activity = key(ACTIVITY).filter(|key| {
            all_agree(log, *key, |event, value| match value {
                Some(Value::Text(text)) => text == event.activity,
                None => event.activity == Symbol::EMPTY,
                _ => false,
            })
        });
        let time = key(TIME).filter(|key| all_agree(log, *key, is_time_of));
        let id = key(ID).filter(|key| {
            all_agree(log, *key, |event, value| match value {
                Some(Value::Id(text)) => text == event.id,
                None => event.id == Symbol::EMPTY,
                _ => false,
            })
        });
        let officer = key("officer").zip(key("actor"));
        let resource = key(RESOURCE)
            .zip(officer)
            .map(|(key, (kind, role))| (key, kind, role));
        let resource = resource.filter(|(key, kind, role)| {
            all_agree(log, *key, |event, value| {
                names_alone(log, event, value, (*kind, *role))
            })
        });
        let case = case_kind.zip(key(ACTIVITY));
        let case = case
            .filter(|(kind, key)| are_called_so(log, *kind, *key))
            .map(|(_, key)| key);
        Self {
            activity,
            time,
            id,
            resource,
            case,
        }
    }
}

/// Whether no event contradicts the attribute, and one at least confirms it.
fn all_agree(log: &Log, key: Symbol, agrees: impl Fn(&Event, Option<Value>) -> bool) -> bool {
    let mut any = false;
    for event in &log.events {
        let value = log.attribute(event, key);
        any |= value.is_some();
        if !agrees(event, value) {
            return false;
        }
    }
    any
}

fn is_time_of(event: &Event, value: Option<Value>) -> bool {
    match (value, event.time()) {
        (Some(value), Some(time)) => value
            .as_time()
            .is_some_and(|other| other == time && other.offset_minutes() == time.offset_minutes()),
        (None, None) => true,
        _ => false,
    }
}

/// Whether the event names just the one object of this type and role that the attribute says.
fn names_alone(log: &Log, event: &Event, value: Option<Value>, role: (Symbol, Symbol)) -> bool {
    let named = log.references(event).iter().filter_map(|reference| {
        let object = &log.objects[reference.object as usize];
        ((object.kind, reference.qualifier) == role).then_some(object.id)
    });
    match value {
        // A list of several in one cell begins like this.
        Some(Value::Text(text)) if log.names.text(text).starts_with("[\"") => false,
        Some(Value::Text(text)) if text != Symbol::EMPTY => named.eq([text]),
        Some(Value::Text(_)) | None => named.eq([]),
        Some(_) => false,
    }
}

/// Whether each object of the type has this attribute once, and in it its identifier.
fn are_called_so(log: &Log, kind: Symbol, key: Symbol) -> bool {
    let agrees = |case: &Object| {
        let rows = case.attributes.iter();
        let mut named = rows.filter(|(row, _)| row.depth == 0 && row.key == key);
        match (named.next(), named.next()) {
            (Some((row, None)), None) => matches!(row.value, Value::Text(text) if text == case.id),
            _ => false,
        }
    };
    let mut cases = log
        .objects
        .iter()
        .filter(|object| object.kind == kind)
        .peekable();
    cases.peek().is_some() && cases.all(agrees)
}
