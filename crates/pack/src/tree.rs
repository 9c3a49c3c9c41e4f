//! TOML with places: a file as a tree in which everything knows where it was written.
//!
//! Parsing recovers from errors, so that all of a file's faults are said at once.

use std::ops::Range;

use cage_model::{Date, Time};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::Problems;
use crate::source::{Place, SourceFile};

/// A value and where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) form: Form,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    Text(String),
    Integer(i64),
    /// A number with a point, as written.
    Decimal(String),
    Boolean(bool),
    Date(Date),
    Time(Time),
    List(Vec<Node>),
    Table(Table),
}

/// A table; entries in the order of the text.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// Its header, or the whole of an inline table.
    pub(crate) place: Place,
    pub(crate) entries: Vec<(Key, Node)>,
}

/// A key and where it is written.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) name: String,
    pub(crate) place: Place,
}

impl Table {
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        let found = self.entries.iter().find(|(key, _)| key.name == name);
        found.map(|(_, node)| node)
    }

    /// Where a key is written; the table itself when it is absent.
    pub(crate) fn place_of(&self, name: &str) -> &Place {
        let found = self.entries.iter().find(|(key, _)| key.name == name);
        found.map_or(&self.place, |(key, _)| &key.place)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_text()
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        match self.get(name)?.form {
            Form::Integer(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        matches!(
            self.get(name).map(|node| &node.form),
            Some(Form::Boolean(true))
        )
    }

    pub(crate) fn table(&self, name: &str) -> Option<&Table> {
        self.get(name)?.as_table()
    }

    pub(crate) fn date(&self, name: &str) -> Option<Date> {
        match self.get(name)?.form {
            Form::Date(date) => Some(date),
            _ => None,
        }
    }

    /// The members of a list, or the one value that stands instead of a list.
    pub(crate) fn list(&self, name: &str) -> &[Node] {
        match self.get(name) {
            None => &[],
            Some(node) => match &node.form {
                Form::List(members) => members,
                _ => std::slice::from_ref(node),
            },
        }
    }
}

impl Node {
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.form {
            Form::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn as_table(&self) -> Option<&Table> {
        match &self.form {
            Form::Table(table) => Some(table),
            _ => None,
        }
    }

    /// What it is, as a message words it.
    pub(crate) fn described(&self) -> &'static str {
        match self.form {
            Form::Text(_) => "a text",
            Form::Integer(_) => "a whole number",
            Form::Decimal(_) => "a number with a point",
            Form::Boolean(_) => "true or false",
            Form::Date(_) => "a date",
            Form::Time(_) => "a time",
            Form::List(_) => "a list",
            Form::Table(_) => "a table",
        }
    }
}

impl SourceFile {
    /// The place of some bytes of a text that stands at `place`: inside its quotes when the text
    /// is written without escapes, else the whole of it.
    pub(crate) fn inside(&self, place: &Place, text: &str, span: &Range<usize>) -> Place {
        match self.text_start(place, text) {
            Some(start) => Place {
                file: place.file,
                span: start + span.start..start + span.end.max(span.start),
            },
            None => place.clone(),
        }
    }

    /// Where a text begins that stands at `place`; `None` when it is empty or written with escapes.
    pub(crate) fn text_start(&self, place: &Place, text: &str) -> Option<usize> {
        let raw = self.text.get(place.span.clone()).unwrap_or_default();
        if text.is_empty() || raw.len().checked_sub(text.len())? > QUOTES_MAX {
            return None;
        }
        Some(place.span.start + raw.find(text)?)
    }
}

/// Bytes of the quotes around a text, and of the line end after the first of them.
const QUOTES_MAX: usize = 8;

/// Reads one file.
pub(crate) fn parse(index: usize, file: &SourceFile, problems: &mut Problems<'_>) -> Table {
    let (document, errors) = DeTable::parse_recoverable(&file.text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let place = Place { file: index, span };
        problems.error(&place, format!("not readable as TOML: {}", error.message()));
    }
    let mut reader = TreeReader { index, problems };
    reader.table(document.get_ref(), 0..0)
}

struct TreeReader<'a, 'b> {
    index: usize,
    problems: &'a mut Problems<'b>,
}

impl TreeReader<'_, '_> {
    fn place(&self, span: Range<usize>) -> Place {
        Place {
            file: self.index,
            span,
        }
    }

    fn table(&mut self, table: &DeTable<'_>, span: Range<usize>) -> Table {
        let mut entries: Vec<(Key, Node)> = table
            .iter()
            .filter_map(|(key, value)| {
                let name = key.get_ref().to_string();
                let place = self.place(key.span());
                Some((Key { name, place }, self.node(value)?))
            })
            .collect();
        entries.sort_by_key(|(key, _)| key.place.span.start);
        Table {
            place: self.place(span),
            entries,
        }
    }

    fn node(&mut self, value: &Spanned<DeValue<'_>>) -> Option<Node> {
        let place = self.place(value.span());
        let form = match value.get_ref() {
            DeValue::String(text) => Form::Text(text.to_string()),
            DeValue::Boolean(value) => Form::Boolean(*value),
            DeValue::Float(value) => Form::Decimal(value.as_str().to_owned()),
            DeValue::Integer(value) => match i64::from_str_radix(value.as_str(), value.radix()) {
                Ok(value) => Form::Integer(value),
                Err(_) => {
                    let message = "the whole number has more digits than can be kept (64 bits)";
                    self.problems.error(&place, message);
                    return None;
                }
            },
            DeValue::Datetime(value) => self.time(&value.to_string(), &place)?,
            DeValue::Array(members) => Form::List(
                members
                    .iter()
                    .filter_map(|member| self.node(member))
                    .collect(),
            ),
            DeValue::Table(table) => Form::Table(self.table(table, value.span())),
        };
        Some(Node { place, form })
    }

    fn time(&mut self, text: &str, place: &Place) -> Option<Form> {
        if let Ok(date) = Date::parse(text) {
            return Some(Form::Date(date));
        }
        match Time::parse(text) {
            Ok(time) => Some(Form::Time(time)),
            Err(error) => {
                let message = format!("{text} cannot be used as a date or time: {error}");
                self.problems.error(place, message);
                None
            }
        }
    }
}
