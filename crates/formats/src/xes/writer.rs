//! Writes a log as XES: its header, the traces in the order of their cases, then the events of no
//! case. What XES cannot hold is counted and told.

use std::io::{self, Write};

use cage_model::{Attribute, Event, Log, LogHeader, Object, Scope, Symbol, Value};

use super::escape::escape;
use super::losses::Losses;
use super::order::{NO_CASE, Order};
use super::write_rows::RowWriter;

/// Text gathered before it is handed on.
const FLUSH_BYTES: usize = 64 << 10;

/// The tags that are added where a log of another format lacks the attribute.
const NAME: &str = "<string key=\"concept:name\" value=\"";
const TIME: &str = "<date key=\"time:timestamp\" value=\"";
const RESOURCE: &str = "<string key=\"org:resource\" value=\"";
const IDENTITY: &str = "<id key=\"identity:id\" value=\"";

/// The extensions that define them.
const EXTENSIONS: [(&str, &str); 4] = [
    ("Concept", "concept"),
    ("Time", "time"),
    ("Organizational", "org"),
    ("Identity", "identity"),
];

/// Writes one log.
pub(super) struct Writer<'a, W> {
    log: &'a Log,
    to: W,
    out: Vec<u8>,
    rows: RowWriter,
    words: Words,
    losses: Losses,
}

/// Names that have a meaning, where the log has them.
struct Words {
    case: Option<Symbol>,
    officer: Option<Symbol>,
    actor: Option<Symbol>,
    name: Option<Symbol>,
    time: Option<Symbol>,
    resource: Option<Symbol>,
    identity: Option<Symbol>,
}

impl<'a, W: Write> Writer<'a, W> {
    pub(super) fn new(log: &'a Log, to: W) -> Self {
        let word = |text| log.names.get(text);
        let words = Words {
            case: word("case"),
            officer: word("officer"),
            actor: word("actor"),
            name: word("concept:name"),
            time: word("time:timestamp"),
            resource: word("org:resource"),
            identity: word("identity:id"),
        };
        let (rows, losses) = (RowWriter::default(), Losses::default());
        Self {
            log,
            to,
            out: Vec::with_capacity(FLUSH_BYTES * 2),
            rows,
            words,
            losses,
        }
    }

    /// Writes everything; gives the sentences on what is lost.
    pub(super) fn run(mut self) -> io::Result<Vec<String>> {
        self.header(&self.log.header)?;
        let order = Order::of(self.log, self.words.case);
        for (index, object) in self.log.objects.iter().enumerate() {
            if Some(object.kind) == self.words.case {
                self.trace(object, order.events(index))?;
            } else {
                self.lose_object(object);
            }
        }
        for &event in order.events(NO_CASE) {
            self.losses.caseless += 1;
            self.event(&self.log.events[event as usize], 1)?;
        }
        self.out.extend_from_slice(b"</log>\n");
        self.to.write_all(&self.out)?;
        self.losses.decimals = self.rows.decimals;
        if self.rows.unwritable_times > 0 {
            let message = format!(
                "{} times lie outside the years 0 to 9999, for which XES has no spelling",
                self.rows.unwritable_times
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(self.losses.notes(&self.log.names))
    }

    fn header(&mut self, header: &LogHeader) -> io::Result<()> {
        self.out
            .extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<log");
        if header.root.is_empty() {
            self.tag_value("xes.version", "1849-2016");
            self.tag_value("xes.features", "nested-attributes");
            self.tag_value("xmlns", "http://www.xes-standard.org/");
        }
        for (name, value) in &header.root {
            self.tag_value(name, value);
        }
        self.out.extend_from_slice(b">\n");
        if header.extensions.is_empty() && header.root.is_empty() {
            for (name, prefix) in EXTENSIONS {
                let uri = format!("http://www.xes-standard.org/{prefix}.xesext");
                self.tag(
                    "extension",
                    &[("name", name), ("prefix", prefix), ("uri", &uri)],
                );
            }
        }
        for it in &header.extensions {
            self.tag(
                "extension",
                &[("name", &it.name), ("prefix", &it.prefix), ("uri", &it.uri)],
            );
        }
        for (scope, rows) in &header.globals {
            let scope = scope_name(*scope);
            self.out
                .extend_from_slice(format!("\t<global scope=\"{scope}\">\n").as_bytes());
            self.rows
                .rows(rows.iter().copied(), 2, &self.log.names, &mut self.out);
            self.out.extend_from_slice(b"\t</global>\n");
        }
        for it in &header.classifiers {
            let keys: Vec<String> = it.keys.iter().map(|key| quoted_key(key)).collect();
            let keys = keys.join(" ");
            let mut values = vec![("name", it.name.as_str())];
            if it.scope == Scope::Trace {
                values.push(("scope", "trace"));
            }
            values.push(("keys", &keys));
            self.tag("classifier", &values);
        }
        self.rows.rows(
            header.attributes.iter().copied(),
            1,
            &self.log.names,
            &mut self.out,
        );
        self.flush()
    }

    fn tag(&mut self, element: &str, values: &[(&str, &str)]) {
        self.out
            .extend_from_slice(format!("\t<{element}").as_bytes());
        for (name, value) in values {
            self.tag_value(name, value);
        }
        self.out.extend_from_slice(b"/>\n");
    }

    fn tag_value(&mut self, name: &str, value: &str) {
        self.out.extend_from_slice(format!(" {name}=\"").as_bytes());
        escape(value, &mut self.out);
        self.out.push(b'"');
    }

    fn trace(&mut self, case: &Object, events: &[u32]) -> io::Result<()> {
        self.out.extend_from_slice(b"\t<trace>\n");
        let has = |key| {
            case.attributes
                .iter()
                .any(|(row, _)| row.depth == 0 && Some(row.key) == key)
        };
        if !has(self.words.name) {
            self.rows.row(
                NAME,
                Value::Text(case.id),
                2,
                &self.log.names,
                &mut self.out,
            );
        }
        self.losses.relations += case.relations.len() as u64;
        let latest = self.latest(case);
        self.rows
            .rows(latest.into_iter(), 2, &self.log.names, &mut self.out);
        for &event in events {
            self.event(&self.log.events[event as usize], 2)?;
        }
        self.out.extend_from_slice(b"\t</trace>\n");
        Ok(())
    }

    /// The attributes of a case, of those that changed over time the last value.
    fn latest(&mut self, case: &Object) -> Vec<Attribute> {
        let rows = &case.attributes;
        if rows.iter().all(|(_, since)| since.is_none()) {
            return rows.iter().map(|(row, _)| *row).collect();
        }
        let mut latest = Vec::with_capacity(rows.len());
        let mut keep = true;
        for (index, (row, since)) in rows.iter().enumerate() {
            if row.depth == 0 {
                let later = |(other, _): &(Attribute, _)| other.depth == 0 && other.key == row.key;
                keep = !rows[index + 1..].iter().any(later);
                self.losses.changes += u64::from(!keep);
                self.losses.since += u64::from(keep && since.is_some());
            }
            if keep {
                latest.push(*row);
            }
        }
        latest
    }

    fn event(&mut self, event: &Event, indent: usize) -> io::Result<()> {
        let tabs = &b"\t\t"[..indent];
        self.out.extend_from_slice(tabs);
        self.out.extend_from_slice(b"<event>\n");
        let log = self.log;
        let rows = log.attributes(event);
        self.added(event, rows, indent + 1);
        self.rows
            .rows(rows.iter().copied(), indent + 1, &log.names, &mut self.out);
        self.out.extend_from_slice(tabs);
        self.out.extend_from_slice(b"</event>\n");
        self.losses.sources += u64::from(event.source != Symbol::EMPTY);
        self.losses.arrivals += u64::from(log.arrival(event).is_some());
        self.flush()
    }

    /// Writes what the event states elsewhere than among its attributes; counts what has no place.
    fn added(&mut self, event: &Event, rows: &[Attribute], indent: usize) {
        let Self {
            log,
            out,
            rows: writer,
            words,
            losses,
            ..
        } = self;
        let names = &log.names;
        let row_of = |key: Option<Symbol>| {
            rows.iter()
                .find(|row| row.depth == 0 && Some(row.key) == key)
        };
        match row_of(words.name).map(|row| row.value) {
            None if event.activity != Symbol::EMPTY => {
                writer.row(NAME, Value::Text(event.activity), indent, names, out);
            }
            Some(Value::Text(name) | Value::Id(name)) if name != event.activity => {
                // A classifier names activities by other attributes, which are all there.
                losses.activities += u64::from(log.header.classifiers.is_empty());
            }
            _ => {}
        }
        if let Some(time) = event.time()
            && row_of(words.time).is_none()
        {
            writer.row(TIME, Value::from(time), indent, names, out);
        }
        if event.id != Symbol::EMPTY && row_of(words.identity).is_none() {
            writer.row(IDENTITY, Value::Id(event.id), indent, names, out);
        }
        let mut has_resource = row_of(words.resource).is_some();
        let mut has_case = false;
        for reference in log.references(event) {
            let Some(object) = log.objects.get(reference.object as usize) else {
                continue;
            };
            let is_actor =
                Some(object.kind) == words.officer && Some(reference.qualifier) == words.actor;
            let is_case = Some(object.kind) == words.case && !has_case;
            has_case |= is_case;
            if is_actor && row_of(words.resource).is_some_and(|row| is_text(row.value, object.id)) {
                continue;
            }
            if is_actor && !has_resource {
                writer.row(RESOURCE, Value::Text(object.id), indent, names, out);
                has_resource = true;
            } else if !is_case {
                *losses.references.entry(object.kind).or_default() += 1;
            }
        }
    }

    fn lose_object(&mut self, object: &Object) {
        self.losses.relations += object.relations.len() as u64;
        if !object.attributes.is_empty() {
            *self
                .losses
                .object_attributes
                .entry(object.kind)
                .or_default() += object.attributes.len() as u64;
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.out.len() >= FLUSH_BYTES {
            self.to.write_all(&self.out)?;
            self.out.clear();
        }
        Ok(())
    }
}

fn is_text(value: Value, text: Symbol) -> bool {
    matches!(value, Value::Text(symbol) | Value::Id(symbol) if symbol == text)
}

fn scope_name(scope: Scope) -> &'static str {
    match scope {
        Scope::Trace => "trace",
        Scope::Event => "event",
    }
}

/// A key within a classifier's list of keys: blanks part them, so one with blanks is quoted.
fn quoted_key(key: &str) -> String {
    if key.is_empty() || key.contains(char::is_whitespace) {
        format!("'{key}'")
    } else {
        key.to_owned()
    }
}
