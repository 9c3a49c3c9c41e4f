//! Writes attributes as XES elements.

use cage_model::{Attribute, Interner, Keyed, Symbol, Time, Value};

use super::escape::escape;
use super::value::Kind;

/// Turns attributes into text; keeps what was written lately, as neighbours in a log are alike.
#[derive(Debug, Default)]
pub(super) struct RowWriter {
    /// The tag up to its value, by key and type.
    beginnings: Keyed<(Symbol, Kind), Box<[u8]>>,
    open: Vec<Kind>,
    /// Decimals written as floats.
    pub(super) decimals: u64,
    /// Times outside the years 0 to 9999, of which XES has no spelling.
    pub(super) unwritable_times: u64,
}

impl RowWriter {
    /// Writes rows, nested ones within their parent, `indent` tabs deep.
    pub(super) fn rows(
        &mut self,
        rows: impl Iterator<Item = Attribute>,
        indent: usize,
        names: &Interner,
        out: &mut Vec<u8>,
    ) {
        let mut rows = rows.peekable();
        self.open.clear();
        while let Some(row) = rows.next() {
            self.close_to(usize::from(row.depth), indent, out);
            let nested = rows.peek().is_some_and(|next| next.depth > row.depth);
            let kind = kind(row.value);
            self.begin(row.key, kind, indent, names, out);
            self.value(row.value, names, out);
            if nested {
                out.extend_from_slice(b">\n");
                self.open.push(kind);
                if kind == Kind::List {
                    tabs(indent + self.open.len() * 2 - 1, out);
                    out.extend_from_slice(b"<values>\n");
                }
            } else {
                out.extend_from_slice(b"/>\n");
            }
        }
        self.close_to(0, indent, out);
    }

    /// Writes one attribute whose tag up to the value is given.
    pub(super) fn row(
        &mut self,
        beginning: &str,
        value: Value,
        indent: usize,
        names: &Interner,
        out: &mut Vec<u8>,
    ) {
        tabs(indent, out);
        out.extend_from_slice(beginning.as_bytes());
        self.value(value, names, out);
        out.extend_from_slice(b"/>\n");
    }

    fn close_to(&mut self, depth: usize, indent: usize, out: &mut Vec<u8>) {
        while self.open.len() > depth {
            let Some(kind) = self.open.pop() else {
                return;
            };
            let level = indent + self.open.len() * 2;
            if kind == Kind::List {
                tabs(level + 1, out);
                out.extend_from_slice(b"</values>\n");
            }
            tabs(level, out);
            out.extend_from_slice(b"</");
            out.extend_from_slice(element(kind).as_bytes());
            out.extend_from_slice(b">\n");
        }
    }

    /// Writes the tag up to its value.
    fn begin(
        &mut self,
        key: Symbol,
        kind: Kind,
        indent: usize,
        names: &Interner,
        out: &mut Vec<u8>,
    ) {
        tabs(indent + self.open.len() * 2, out);
        let beginning = self.beginnings.entry_or_insert_with((key, kind), || {
            let mut text = format!("<{} key=\"", element(kind)).into_bytes();
            escape(names.text(key), &mut text);
            text.push(b'"');
            if !matches!(kind, Kind::List | Kind::Container) {
                text.extend_from_slice(b" value=\"");
            }
            text.into()
        });
        out.extend_from_slice(beginning);
    }

    /// Writes the value and the quote behind it.
    fn value(&mut self, value: Value, names: &Interner, out: &mut Vec<u8>) {
        match value {
            Value::List | Value::Missing => return,
            Value::Text(text) | Value::Id(text) => escape(names.text(text), out),
            Value::Integer(value) => out.extend_from_slice(value.to_string().as_bytes()),
            Value::Float(value) => out.extend_from_slice(float(value).as_bytes()),
            Value::Boolean(value) => out.extend_from_slice(if value { b"true" } else { b"false" }),
            Value::Decimal { .. } => {
                self.decimals += 1;
                let text = value.as_decimal().map(|decimal| decimal.to_string());
                out.extend_from_slice(text.unwrap_or_default().as_bytes());
            }
            Value::Time { .. } => {
                if let Some(time) = value.as_time() {
                    self.time(time, out);
                }
            }
        }
        out.push(b'"');
    }

    fn time(&mut self, time: Time, out: &mut Vec<u8>) {
        let (year, _, _) = time.written_date().parts();
        if !(0..=9999).contains(&year) {
            self.unwritable_times += 1;
        }
        out.extend_from_slice(time.to_string().as_bytes());
    }
}

fn kind(value: Value) -> Kind {
    match value {
        Value::Text(_) => Kind::String,
        Value::Id(_) => Kind::Id,
        Value::Integer(_) => Kind::Integer,
        Value::Float(_) | Value::Decimal { .. } => Kind::Float,
        Value::Boolean(_) => Kind::Boolean,
        Value::Time { .. } => Kind::Date,
        Value::List => Kind::List,
        Value::Missing => Kind::Container,
    }
}

fn element(kind: Kind) -> &'static str {
    Kind::NAMED
        .iter()
        .find(|(_, named)| *named == kind)
        .map_or("string", |(name, _)| name)
}

/// The shortest text that reads back as the same float, as XML Schema spells it.
fn float(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "INF" } else { "-INF" }.to_owned();
    }
    format!("{value:?}")
}

fn tabs(count: usize, out: &mut Vec<u8>) {
    out.extend(std::iter::repeat_n(b'\t', count));
}
