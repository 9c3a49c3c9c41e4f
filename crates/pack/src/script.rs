//! Tests of a pack, read: given these events, expect these findings. Running them is not ours.

use std::collections::BTreeSet;

use cage_model::{EventBuffer, Interner, RawValue, Symbol, Time};

use crate::diagnostic::Problems;
use crate::expr::nearest::nearest;
use crate::pack::{Datum, Pack, Texts};
use crate::program::SourcePlace;
use crate::source::{Place, SourceFile};
use crate::tree::{Node, Table};

/// One test.
#[derive(Clone, PartialEq, Debug)]
pub struct PackTest {
    /// What it shows.
    pub name: String,
    /// Whose lines of dated values apply; empty for all.
    pub jurisdiction: String,
    /// Judged at this time; after the last event when `None`.
    pub as_of: Option<Time>,
    /// The events, in the order of the text.
    pub events: Vec<ScriptEvent>,
    /// Findings that there must be.
    pub expect: Vec<Expectation>,
    /// Findings that there must not be.
    pub absent: Vec<Expectation>,
    /// Where it is written.
    pub place: SourcePlace,
}

/// One event of a test.
#[derive(Clone, PartialEq, Debug)]
pub struct ScriptEvent {
    /// When it happened.
    pub time: Time,
    /// When it was received (`received=`).
    pub arrival: Option<Time>,
    /// The activity.
    pub activity: String,
    /// Its own id (`id=`).
    pub id: Option<String>,
    /// The objects it names: type and id.
    pub objects: Vec<(String, String)>,
    /// Its attributes.
    pub attributes: Vec<(String, Datum)>,
    /// Its line in the file, counted from 1.
    pub line: usize,
}

impl ScriptEvent {
    /// Writes the event into a buffer as a reader of a log would.
    pub fn write(&self, buffer: &mut EventBuffer, names: &mut Interner) {
        buffer.clear();
        buffer.activity = names.intern(&self.activity);
        buffer.time = Some(self.time);
        buffer.arrival = self.arrival;
        buffer.id = self.id.as_ref().map(|id| buffer.push_text(id));
        for (kind, id) in &self.objects {
            let kind = names.intern(kind);
            buffer.push_object(kind, id, Symbol::EMPTY);
        }
        for (key, datum) in &self.attributes {
            let value = match datum {
                Datum::Text(text) => RawValue::Text(buffer.push_text(text)),
                Datum::Integer(value) => RawValue::Integer(*value),
                Datum::Decimal(value) => RawValue::Decimal(*value),
                Datum::Boolean(value) => RawValue::Boolean(*value),
                Datum::Time(value) => RawValue::Time(*value),
            };
            let key = names.intern(key);
            buffer.push_attribute(key, 0, value);
        }
    }
}

/// What a test expects of one rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expectation {
    /// The rule's id.
    pub rule: String,
    /// What it says.
    pub verdict: ExpectedVerdict,
    /// At which time; any when `None`.
    pub at: Option<Time>,
    /// Of which object, type and id; any when `None`.
    pub object: Option<(String, String)>,
    /// Where it is written.
    pub place: SourcePlace,
}

/// The verdicts that a test can name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum ExpectedVerdict {
    /// Broken.
    Violated,
    /// Triggered and fulfilled.
    Satisfied,
    /// Still owed.
    Pending,
    /// Not decidable for want of data.
    Undecided,
    /// A reminder before the breach.
    Warning,
}

/// Reads the tests of a pack. `rules` are the ids of its rules.
pub(crate) fn read(
    texts: &Texts<'_>,
    files: &[SourceFile],
    pack: &Pack,
    rules: &BTreeSet<String>,
    problems: &mut Problems<'_>,
) -> Vec<PackTest> {
    let mut reader = ScriptReader {
        files,
        pack,
        rules,
        problems,
    };
    let tables = texts.all("test");
    tables.filter_map(|table| reader.test(table)).collect()
}

struct ScriptReader<'a, 'p> {
    files: &'a [SourceFile],
    pack: &'a Pack,
    rules: &'a BTreeSet<String>,
    problems: &'a mut Problems<'p>,
}

impl ScriptReader<'_, '_> {
    fn test(&mut self, table: &Table) -> Option<PackTest> {
        let events = table.get("events")?;
        Some(PackTest {
            name: table.text("name")?.to_owned(),
            jurisdiction: table.text("jurisdiction").unwrap_or_default().to_owned(),
            as_of: self.time(table, "as-of"),
            events: self.events(events),
            expect: self.expectations(table, "expect"),
            absent: self.expectations(table, "absent"),
            place: self.place(&table.place),
        })
    }

    fn place(&self, place: &Place) -> SourcePlace {
        source_place(self.files, place)
    }

    fn time(&mut self, table: &Table, name: &str) -> Option<Time> {
        let node = table.get(name)?;
        match Time::parse(node.as_text()?) {
            Ok(time) => Some(time),
            Err(error) => {
                let message = format!("{error}; write for example 2026-02-10T23:10:00+08:00");
                self.problems.error(&node.place, message);
                None
            }
        }
    }

    fn expectations(&mut self, table: &Table, name: &str) -> Vec<Expectation> {
        let tables = table.list(name).iter().filter_map(Node::as_table);
        tables.filter_map(|table| self.expectation(table)).collect()
    }

    fn expectation(&mut self, table: &Table) -> Option<Expectation> {
        let rule = table.text("rule")?.to_owned();
        if !self.rules.contains(&rule) {
            let meant = nearest(&rule, self.rules.iter().map(String::as_str));
            let place = &table.get("rule")?.place;
            self.problems
                .suggest(place, format!("the pack has no rule {rule}"), meant);
        }
        let object = table.get("object").and_then(|node| {
            let parts = node.as_text().and_then(|text| text.split_once(':'));
            if parts.is_none() {
                self.problems.error(
                    &node.place,
                    "write the object as type:id, for example case:C1",
                );
            }
            parts.map(|(kind, id)| (kind.to_owned(), id.to_owned()))
        });
        Some(Expectation {
            rule,
            verdict: match table.text("verdict") {
                Some("satisfied") => ExpectedVerdict::Satisfied,
                Some("pending") => ExpectedVerdict::Pending,
                Some("undecided") => ExpectedVerdict::Undecided,
                Some("warning") => ExpectedVerdict::Warning,
                _ => ExpectedVerdict::Violated,
            },
            at: self.time(table, "at"),
            object,
            place: self.place(&table.place),
        })
    }

    fn events(&mut self, node: &Node) -> Vec<ScriptEvent> {
        let Some(text) = node.as_text() else {
            return Vec::new();
        };
        let file = self.files.get(node.place.file);
        let text_start = file.and_then(|file| file.text_start(&node.place, text));
        let mut events = Vec::new();
        let mut start = 0;
        for line in text.split('\n') {
            let trimmed = line.trim();
            let at = start + line.find(trimmed).unwrap_or(0);
            start += line.len() + 1;
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let place = text_start.map_or_else(
                || node.place.clone(),
                |start| Place {
                    file: node.place.file,
                    span: start + at..start + at + trimmed.len(),
                },
            );
            match self.event(trimmed, &place) {
                Ok(event) => events.push(event),
                Err((message, meant)) => self.problems.suggest(&place, message, meant),
            }
        }
        events
    }

    fn event(&self, line: &str, place: &Place) -> Result<ScriptEvent, (String, Option<String>)> {
        let words = split(line).ok_or_else(|| ("a quote is not closed".to_owned(), None))?;
        let mut words = words.into_iter();
        let shape = || {
            let message = "write TIME ACTIVITY key=value ..., for example \
                           2026-02-10T09:00:00+08:00 blood.drawn case=C1";
            (message.to_owned(), None)
        };
        let first = words.next().ok_or_else(shape)?;
        let time = Time::parse(&first.text)
            .map_err(|error| (format!("{} is no time: {error}", first.text), None))?;
        let activity = words.next().ok_or_else(shape)?.text;
        self.known_activity(&activity)?;
        let mut event = ScriptEvent {
            time,
            arrival: None,
            activity,
            id: None,
            objects: Vec::new(),
            attributes: Vec::new(),
            line: self.place(place).line,
        };
        for word in words {
            let Some(key) = word.key else {
                return Err((format!("{} has no key; write key=value", word.text), None));
            };
            self.assign(&mut event, key, word.text, word.quoted)?;
        }
        Ok(event)
    }

    fn known_activity(&self, activity: &str) -> Result<(), (String, Option<String>)> {
        let mut names = self.pack.events.iter().map(|event| event.name.as_str());
        if self.pack.events.is_empty() || names.clone().any(|name| name == activity) {
            return Ok(());
        }
        let message = format!("no event {activity} is declared in events.toml");
        Err((message, nearest(activity, &mut names)))
    }

    fn assign(
        &self,
        event: &mut ScriptEvent,
        key: String,
        text: String,
        quoted: bool,
    ) -> Result<(), (String, Option<String>)> {
        if key == "received" {
            let time = Time::parse(&text).map_err(|error| (error.to_string(), None))?;
            event.arrival = Some(time);
        } else if key == "id" {
            event.id = Some(text);
        } else if self.names_object(&event.activity, &key) {
            event.objects.push((key, text));
        } else {
            let datum = if quoted {
                Datum::Text(text)
            } else {
                datum(text)
            };
            event.attributes.push((key, datum));
        }
        Ok(())
    }

    /// Whether a key of an event names an object: by its declaration, else by the types in use.
    fn names_object(&self, activity: &str, key: &str) -> bool {
        let mut events = self.pack.events.iter();
        let declared = events.find(|event| event.name == activity);
        match declared.and_then(|event| event.objects.as_ref()) {
            Some(objects) if objects.iter().any(|name| name == key) => true,
            Some(_) => key == "case" || key == "officer",
            None => self.pack.object_names().contains(key),
        }
    }
}

/// File and line of a place.
pub(crate) fn source_place(files: &[SourceFile], place: &Place) -> SourcePlace {
    let Some(file) = files.get(place.file) else {
        return SourcePlace::default();
    };
    SourcePlace {
        file: file.name.clone(),
        line: file.line_of(place.span.start),
    }
}

struct Word {
    key: Option<String>,
    text: String,
    quoted: bool,
}

/// Words parted by blanks; quotes hold blanks together. `None` when a quote is not closed.
fn split(line: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let mut word = Word {
            key: None,
            text: String::new(),
            quoted: false,
        };
        let stop = rest.find(|c: char| c == '=' || c == '"' || c.is_whitespace());
        if let Some(at) = stop.filter(|at| rest[*at..].starts_with('=')) {
            word.key = Some(rest[..at].to_owned());
            rest = &rest[at + 1..];
        }
        if let Some(inner) = rest.strip_prefix('"') {
            let end = inner.find('"')?;
            word.text.push_str(&inner[..end]);
            word.quoted = true;
            rest = &inner[end + 1..];
            if let Some(value) = rest.strip_prefix('=') {
                // A quoted key, as in "org:resource"="P7".
                word.key = Some(std::mem::take(&mut word.text));
                rest = value;
                word.quoted = rest.starts_with('"');
                let (text, left) = match rest.strip_prefix('"') {
                    Some(inner) => inner.split_once('"')?,
                    None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
                };
                word.text.push_str(text);
                rest = left;
            }
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            word.text.push_str(&rest[..end]);
            rest = &rest[end..];
        }
        rest = rest.trim_start();
        words.push(word);
    }
    Some(words)
}

fn datum(text: String) -> Datum {
    if let Ok(value) = text.parse::<i64>() {
        return Datum::Integer(value);
    }
    match text.as_str() {
        "true" => return Datum::Boolean(true),
        "false" => return Datum::Boolean(false),
        _ => {}
    }
    if let Ok(value) = text.parse() {
        return Datum::Decimal(value);
    }
    match Time::parse(&text) {
        Ok(time) => Datum::Time(time),
        Err(_) => Datum::Text(text),
    }
}
