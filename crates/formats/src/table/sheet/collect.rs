//! Decides on the columns of a log's table.

use std::collections::BTreeSet;

use cage_model::limits::ATTRIBUTES_PER_RECORD_MAX;
use cage_model::{Attribute, Event, Keyed, Log, Object, Symbol};

use super::doubles::{ACTIVITY, Doubles, ID, RESOURCE, TIME};
use super::slots::Slots;
use super::{CASE, Fill, Kind, Sheet, SheetColumn, Spread, case_place};
use crate::error::WriteError;
use crate::options::Format;
use crate::table::mapping::TableMapping;

/// Everything that is counted on the way.
#[derive(Default)]
struct Counts {
    missing: u64,
    other_objects: u64,
    relations: u64,
    cases_without_events: u64,
    changes: u64,
}

pub(super) fn sheet(log: &Log, format: Format) -> Result<Sheet<'_>, WriteError> {
    let case_kind = log.names.get(CASE);
    let has_case = !log.events.is_empty()
        && log
            .events
            .iter()
            .all(|event| names_a_case(log, event, case_kind));
    let doubles = Doubles::of(log, case_kind.filter(|_| has_case));
    let mut counts = Counts::default();
    let mut columns = Columns {
        log,
        used: BTreeSet::new(),
        columns: Vec::new(),
        mapping: TableMapping::default(),
    };
    columns.mapping.exact = true;
    columns.mapping.empty_text = true;
    let mut case_slots = Slots::default();
    let mut case_times = Vec::new();
    if let Some(case_kind) = case_kind.filter(|_| has_case) {
        let cases = log.objects.iter().filter(|object| object.kind == case_kind);
        for case in cases {
            case_slots.begin();
            collect_case(case, &mut case_slots, &mut case_times, &mut counts);
        }
    }
    let mut event_slots = Slots::default();
    let mut event_times = Vec::new();
    for event in &log.events {
        event_slots.begin();
        for group in log.attributes(event).chunk_by(|_, next| next.depth > 0) {
            collect(group, &mut event_slots, &mut event_times, &mut counts);
        }
    }
    let width = event_slots.len() + case_slots.len();
    if width > ATTRIBUTES_PER_RECORD_MAX {
        let what = format!(
            "{width} different attributes (a table has at most {ATTRIBUTES_PER_RECORD_MAX} columns)"
        );
        return Err(WriteError::Unrepresentable { format, what });
    }
    counts.of_objects(log, case_kind.filter(|_| has_case));
    let roles = roles(log, case_kind.filter(|_| has_case), &doubles);
    columns.identity(has_case, &doubles);
    for (place, (kind, qualifier)) in roles.iter().enumerate() {
        columns.objects(place, *kind, *qualifier);
    }
    for (slot, times) in event_times.iter().enumerate() {
        columns.attribute(Fill::Event(slot), event_slots.all[slot], *times, &doubles);
    }
    for (slot, times) in case_times.iter().enumerate() {
        columns.attribute(Fill::OfCase(slot), case_slots.all[slot], *times, &doubles);
    }
    let (
        notes,
        Columns {
            columns, mapping, ..
        },
    ) = (counts.notes(log), columns);
    Ok(Sheet {
        log,
        columns,
        mapping,
        notes,
        roles,
        event_slots,
        case_slots,
        case_kind,
        has_case,
    })
}

/// Whether an event names a case that has an identifier.
fn names_a_case(log: &Log, event: &Event, case_kind: Option<Symbol>) -> bool {
    case_place(log, event, case_kind).is_some_and(|place| {
        let case = log.references(event)[place].object;
        log.objects[case as usize].id != Symbol::EMPTY
    })
}

fn collect(group: &[Attribute], slots: &mut Slots, times: &mut Vec<Spread>, counts: &mut Counts) {
    let Some(kind) = Kind::of(group) else {
        counts.missing += 1;
        return;
    };
    let slot = slots.slot(group[0].key, kind);
    times.resize(slots.len(), Spread::default());
    if kind != Kind::Json {
        times[slot].meet(group[0].value);
    }
}

fn collect_case(case: &Object, slots: &mut Slots, times: &mut Vec<Spread>, counts: &mut Counts) {
    for group in case.attributes.chunk_by(|_, (next, _)| next.depth > 0) {
        let rows: Vec<Attribute> = group.iter().map(|(row, _)| *row).collect();
        if group[0].1.is_none() {
            collect(&rows, slots, times, counts);
            continue;
        }
        counts.changes += 1;
        let Some(kind) = Kind::of(&rows) else {
            counts.missing += 1;
            continue;
        };
        let slot = slots.first_slot(rows[0].key, kind);
        times.resize(slots.len(), Spread::default());
        times[slot].meet(rows[0].value);
    }
}

/// Types and roles of the objects that need columns, in the order of first use.
fn roles(log: &Log, case_kind: Option<Symbol>, doubles: &Doubles) -> Vec<(Symbol, Symbol)> {
    let mut known: Keyed<(Symbol, Symbol), ()> = Keyed::new();
    if let Some((_, kind, qualifier)) = doubles.resource {
        known.insert((kind, qualifier), ());
    }
    let mut roles = Vec::new();
    for event in &log.events {
        let case = case_place(log, event, case_kind);
        for (place, reference) in log.references(event).iter().enumerate() {
            let role = (
                log.objects[reference.object as usize].kind,
                reference.qualifier,
            );
            if Some(place) != case && known.insert(role, ()).is_none() {
                roles.push(role);
            }
        }
    }
    roles
}

struct Columns<'a> {
    log: &'a Log,
    used: BTreeSet<String>,
    columns: Vec<SheetColumn>,
    mapping: TableMapping,
}

impl Columns<'_> {
    /// Adds a column under a name that no other has.
    fn push(&mut self, wanted: &str, kind: Kind, fill: Fill, times: Spread) -> String {
        let trimmed = wanted.trim();
        let wanted = if trimmed.is_empty() {
            "unnamed"
        } else {
            trimmed
        };
        let mut name = wanted.to_owned();
        if self.used.contains(&name) {
            name = format!("{wanted} ({})", kind.word());
        }
        let mut copy = 2;
        while !self.used.insert(name.clone()) {
            name = format!("{wanted} ({copy})");
            copy += 1;
        }
        self.columns.push(SheetColumn {
            name: name.clone(),
            kind,
            spread: times,
            fill,
        });
        name
    }

    /// Columns for case, activity, time, arrival, identifier and sender, where no attribute says
    /// the same.
    fn identity(&mut self, has_case: bool, doubles: &Doubles) {
        let log = self.log;
        // Names of attributes that stand for these must stay free for them.
        let reserved = [ACTIVITY, TIME, ID, RESOURCE, "case:concept:name"];
        self.used.extend(reserved.map(str::to_owned));
        let spread = |times: &mut dyn Iterator<Item = cage_model::Time>| {
            let mut spread = Spread::default();
            times.for_each(|time| spread.meet(time.into()));
            spread
        };
        let none = Spread::default();
        if has_case && doubles.case.is_none() {
            self.mapping.case = Some(self.push("case", Kind::Text, Fill::Case, none));
        }
        if doubles.activity.is_none()
            && log
                .events
                .iter()
                .any(|event| event.activity != Symbol::EMPTY)
        {
            self.mapping.activity = Some(self.push("activity", Kind::Text, Fill::Activity, none));
        }
        let mut times = log.events.iter().filter_map(Event::time).peekable();
        if doubles.time.is_none() && times.peek().is_some() {
            let name = self.push("time", Kind::Time, Fill::Time, spread(&mut times));
            self.declare(&name, Kind::Time);
            self.mapping.time = Some(name);
        }
        let mut arrivals = log
            .events
            .iter()
            .filter_map(|event| log.arrival(event))
            .peekable();
        if arrivals.peek().is_some() {
            let name = self.push("received", Kind::Time, Fill::Arrival, spread(&mut arrivals));
            self.declare(&name, Kind::Time);
            self.mapping.arrival = Some(name);
        }
        if doubles.id.is_none() && log.events.iter().any(|event| event.id != Symbol::EMPTY) {
            self.mapping.id = Some(self.push("event_id", Kind::Text, Fill::Id, none));
        }
        if log.events.iter().any(|event| event.source != Symbol::EMPTY) {
            self.mapping.source = Some(self.push("event_source", Kind::Text, Fill::Sender, none));
        }
        for name in reserved {
            self.used.remove(name);
        }
    }

    fn objects(&mut self, place: usize, kind: Symbol, qualifier: Symbol) {
        let (kind, qualifier) = (self.log.names.text(kind), self.log.names.text(qualifier));
        let wanted = match qualifier {
            "" => format!("object:{kind}"),
            role => format!("object:{kind}:{role}"),
        };
        let name = self.push(&wanted, Kind::Text, Fill::Objects(place), Spread::default());
        self.mapping
            .objects
            .push((name, kind.to_owned(), qualifier.to_owned()));
    }

    /// A column for an attribute of events or cases, which may stand for more.
    fn attribute(
        &mut self,
        fill: Fill,
        (key, kind, copy): (Symbol, Kind, usize),
        times: Spread,
        doubles: &Doubles,
    ) {
        let of_case = matches!(fill, Fill::OfCase(_));
        let key_text = self.log.names.text(key);
        let wanted = if of_case {
            format!("case:{key_text}")
        } else {
            key_text.to_owned()
        };
        let name = self.push(&wanted, kind, fill, times);
        self.declare(&name, kind);
        let reads_as_itself = if of_case {
            !key_text.is_empty()
        } else {
            !["case:", "event:", "object:"]
                .iter()
                .any(|prefix| key_text.starts_with(prefix))
        };
        if name != wanted || !reads_as_itself {
            let side = if of_case { "case" } else { "event" };
            self.mapping
                .attributes
                .push((name.clone(), format!("{side}:{key_text}")));
        }
        if copy > 0 {
            return;
        }
        let is = |double: Option<Symbol>, wanted: Kind| double == Some(key) && kind == wanted;
        if of_case {
            if is(doubles.case, Kind::Text) {
                self.mapping.case = Some(name);
            }
        } else if is(doubles.activity, Kind::Text) {
            self.mapping.activity = Some(name);
        } else if is(doubles.time, Kind::Time) {
            self.mapping.time = Some(name);
        } else if is(doubles.id, Kind::Identifier) {
            self.mapping.id = Some(name);
        } else if let Some((_, officer, actor)) = doubles
            .resource
            .filter(|(resource, ..)| is(Some(*resource), Kind::Text))
        {
            let (officer, actor) = (self.log.names.text(officer), self.log.names.text(actor));
            self.mapping
                .objects
                .push((name, officer.to_owned(), actor.to_owned()));
        }
    }

    fn declare(&mut self, name: &str, kind: Kind) {
        match kind {
            Kind::Identifier => self.mapping.identifiers.push(name.to_owned()),
            Kind::Json => self.mapping.structured.push(name.to_owned()),
            Kind::Text => {}
            _ => {
                if let Some(plain) = kind.plain() {
                    self.mapping.types.push((name.to_owned(), plain));
                }
            }
        }
    }
}

impl Counts {
    fn of_objects(&mut self, log: &Log, case_kind: Option<Symbol>) {
        let mut named = vec![false; log.objects.len()];
        for event in &log.events {
            for reference in log.references(event) {
                named[reference.object as usize] = true;
            }
        }
        for (object, named) in log.objects.iter().zip(named) {
            let is_case = Some(object.kind) == case_kind;
            self.cases_without_events += u64::from(is_case && !named);
            self.other_objects += u64::from(!is_case && !object.attributes.is_empty());
            self.relations += object.relations.len() as u64;
        }
    }

    fn notes(&self, log: &Log) -> Vec<String> {
        let counted = [
            (
                self.missing,
                "attributes that are stated to be missing are left out",
            ),
            (
                self.other_objects,
                "objects that are no cases lose their attributes; OCEL keeps them",
            ),
            (
                self.relations,
                "relations between objects are left out; OCEL keeps them",
            ),
            (
                self.cases_without_events,
                "cases without any event are left out",
            ),
            (
                self.changes,
                "attributes of cases that change are written with the events from then on",
            ),
        ];
        let counted = counted.into_iter().filter(|(count, _)| *count > 0);
        let mut notes: Vec<String> = counted
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let header = &log.header;
        if !header.attributes.is_empty()
            || !header.classifiers.is_empty()
            || !header.globals.is_empty()
            || !header.extensions.is_empty()
        {
            notes.push(
                "the log's own attributes, extensions, globals and classifiers are left out"
                    .to_owned(),
            );
        }
        notes
    }
}
