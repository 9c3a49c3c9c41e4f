//! Writes CSV, and beside it the mapping with which it reads back as the same log.

use std::fmt::Write as _;
use std::io::{self, Write};

use cage_model::{Decimal, Log, Value};

use crate::error::{WriteError, WriteReport};
use crate::json::{write_list, write_value};
use crate::options::Format;
use crate::output::Output;
use crate::table::saved::ENDING;
use crate::table::sheet::{Sheet, SheetCell};

/// Writes a log; a name that ends in `.tsv` makes the fields separated by tabs.
///
/// # Errors
/// [`WriteError`]: more attributes than a table can have columns, or a fault of the disk.
pub(crate) fn write(log: &Log, output: &Output) -> Result<WriteReport, WriteError> {
    let mut sheet = Sheet::new(log, Format::Csv)?;
    let delimiter = if output.is_named(".tsv") { b'\t' } else { b',' };
    output.stream(|out| table(&mut sheet, delimiter, out))?;
    sheet.mapping.delimiter = Some(delimiter);
    sheet.mapping.encoding = Some("utf-8".to_owned());
    if !output.has_neighbours() {
        return Ok(WriteReport { notes: sheet.notes });
    }
    let beside = output.beside(ENDING);
    let saved = Output::create(&beside)?;
    saved.stream(|out| out.write_all(sheet.mapping.to_toml().as_bytes()))?;
    saved.finish()?;
    let mut notes = sheet.notes;
    notes.push(format!(
        "the columns are described in {}, which is used when the table is read",
        beside.display()
    ));
    Ok(WriteReport { notes })
}

fn table(sheet: &mut Sheet<'_>, delimiter: u8, out: &mut impl Write) -> io::Result<()> {
    let mut line = Line {
        text: String::new(),
        json: String::new(),
        delimiter,
    };
    for (index, column) in sheet.columns.iter().enumerate() {
        line.separate(index);
        // A file that begins with `sep=` would be taken for one that names its delimiter.
        let quotes = if index == 0 && column.name.starts_with("sep=") {
            Quotes::Always
        } else {
            Quotes::Needed
        };
        line.field(&column.name, quotes);
    }
    line.end(out)?;
    let names = sheet.names();
    sheet.rows(|cells| {
        for (index, cell) in cells.iter().enumerate() {
            line.separate(index);
            match cell {
                SheetCell::Missing => {}
                SheetCell::Text(text) => line.field(text, Quotes::Needed),
                SheetCell::Value(Value::Text(text) | Value::Id(text)) => {
                    line.field(names.text(*text), Quotes::Needed);
                }
                SheetCell::Value(value) => line.value(*value),
                SheetCell::Group(group) => {
                    line.json.clear();
                    write_value(&mut line.json, group, names);
                    line.json_field();
                }
                SheetCell::Many(ids) => {
                    line.json.clear();
                    write_list(&mut line.json, ids);
                    line.json_field();
                }
            }
        }
        // A single empty field would be a blank line, which readers pass over.
        if cells.len() == 1 && line.text.is_empty() {
            line.text.push_str("\"\"");
        }
        line.end(out)
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Needed,
    Always,
}

/// The line being written.
struct Line {
    text: String,
    json: String,
    delimiter: u8,
}

impl Line {
    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.text.push(char::from(self.delimiter));
        }
    }

    /// A text, in quotes where it needs them: an empty one does, since an empty field is missing.
    fn field(&mut self, text: &str, quotes: Quotes) {
        let special = |byte: u8| byte == self.delimiter || matches!(byte, b'"' | b'\n' | b'\r');
        if quotes == Quotes::Needed && !text.is_empty() && !text.bytes().any(special) {
            self.text.push_str(text);
            return;
        }
        self.text.push('"');
        let mut rest = text;
        while let Some(at) = memchr::memchr(b'"', rest.as_bytes()) {
            self.text.push_str(&rest[..=at]);
            self.text.push('"');
            rest = &rest[at + 1..];
        }
        self.text.push_str(rest);
        self.text.push('"');
    }

    fn json_field(&mut self) {
        let json = std::mem::take(&mut self.json);
        self.field(&json, Quotes::Needed);
        self.json = json;
    }

    fn value(&mut self, value: Value) {
        // Writing to a `String` cannot fail.
        let _ = match value {
            Value::Integer(value) => write!(self.text, "{value}"),
            Value::Decimal { scale, mantissa } => {
                write!(self.text, "{}", Decimal { mantissa, scale })
            }
            Value::Float(value) => write!(self.text, "{value:?}"),
            Value::Boolean(value) => write!(self.text, "{value}"),
            Value::Time { .. } => match value.as_time() {
                Some(time) => write!(self.text, "{time}"),
                None => Ok(()),
            },
            Value::Missing | Value::List | Value::Text(_) | Value::Id(_) => Ok(()),
        };
    }

    fn end(&mut self, out: &mut impl Write) -> io::Result<()> {
        self.text.push('\n');
        out.write_all(self.text.as_bytes())?;
        self.text.clear();
        Ok(())
    }
}
