//! Writes OCEL 2.0 as SQLite, with the tables and keys of the standard.

use std::collections::BTreeSet;
use std::io;

use cage_model::{Log, Type};
use rusqlite::types::Value as SqlValue;
use rusqlite::{CachedStatement, Connection, params, params_from_iter};

use super::view::{Shown, ShownValue, TypeView, View};
use crate::error::{WriteError, WriteReport};
use crate::options::Format;
use crate::output::Output;
use crate::temporary::TemporaryFile;

/// Attributes that one type may have: SQLite's own limit on columns, less what every table has.
const ATTRIBUTES_MAX: usize = 1_990;

/// Tables that every file has.
const SCHEMA: &str = "
CREATE TABLE event_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT);
CREATE TABLE object_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT);
CREATE TABLE event (ocel_id TEXT PRIMARY KEY, ocel_type TEXT REFERENCES event_map_type(ocel_type));
CREATE TABLE object (ocel_id TEXT PRIMARY KEY, ocel_type TEXT REFERENCES object_map_type(ocel_type));
CREATE TABLE event_object (ocel_event_id TEXT REFERENCES event(ocel_id),
  ocel_object_id TEXT REFERENCES object(ocel_id), ocel_qualifier TEXT,
  PRIMARY KEY (ocel_event_id, ocel_object_id, ocel_qualifier));
CREATE TABLE object_object (ocel_source_id TEXT REFERENCES object(ocel_id),
  ocel_target_id TEXT REFERENCES object(ocel_id), ocel_qualifier TEXT,
  PRIMARY KEY (ocel_source_id, ocel_target_id, ocel_qualifier));";

/// Writes a log.
///
/// # Errors
/// [`WriteError`]: a log that OCEL or SQLite cannot hold, or a fault of the disk.
pub(crate) fn write(log: &Log, output: &Output) -> Result<WriteReport, WriteError> {
    let view = View::new(log, Format::OcelSqlite)?;
    check_widths(&view)?;
    let file = TemporaryFile::new().map_err(|error| output.fault(error))?;
    let mut writing = Writing::default();
    let written = Connection::open(file.path()).and_then(|mut connection| {
        connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        let transaction = connection.transaction()?;
        writing.database(&view, &transaction)?;
        transaction.commit()
    });
    written.map_err(|error| output.fault(io::Error::other(error)))?;
    output.stream(|out| {
        io::copy(&mut file.reopen()?, out)?;
        Ok(())
    })?;
    let mut notes = view.into_notes();
    notes.extend(writing.notes());
    Ok(WriteReport { notes })
}

fn check_widths(view: &View<'_>) -> Result<(), WriteError> {
    for one in view.event_types.iter().chain(&view.object_types) {
        if one.attributes.len() > ATTRIBUTES_MAX {
            let (name, count) = (one.name, one.attributes.len());
            let what =
                format!("the {count} attributes of the type {name:?} (at most {ATTRIBUTES_MAX})");
            return Err(WriteError::Unrepresentable {
                format: Format::OcelSqlite,
                what,
            });
        }
    }
    Ok(())
}

/// The table of one type.
struct TypeTable {
    table: String,
    /// Column of each attribute, in the order of the type's attributes.
    columns: Vec<String>,
}

#[derive(Default)]
struct Writing {
    renamed: u64,
    repeated: u64,
    missing: u64,
    same_relations: u64,
}

impl Writing {
    fn database(&mut self, view: &View<'_>, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute_batch(SCHEMA)?;
        connection.set_prepared_statement_cache_capacity(
            16 + 2 * (view.event_types.len() + view.object_types.len()),
        );
        let objects = self.types("object", &view.object_types, connection)?;
        let events = self.types("event", &view.event_types, connection)?;
        for (index, object) in view.objects() {
            let (id, kind) = (view.object_id(index), view.text(object.kind));
            connection
                .prepare_cached("INSERT INTO object VALUES (?1, ?2)")?
                .execute(params![id, kind])?;
            if let Some(at) = view.object_types.iter().position(|one| one.name == kind) {
                let attributes = view.object_attributes(object);
                self.object(
                    id,
                    (&view.object_types[at], &objects[at]),
                    &attributes,
                    connection,
                )?;
            }
        }
        for (index, object) in view.objects() {
            let related = view.relations(&object.relations);
            self.relations("object_object", view.object_id(index), related, connection)?;
        }
        for (index, event) in view.events() {
            let (id, kind) = (view.event_id(index), view.text(event.activity));
            connection
                .prepare_cached("INSERT INTO event VALUES (?1, ?2)")?
                .execute(params![id, kind])?;
            if let Some(at) = view.event_types.iter().position(|one| one.name == kind) {
                let time = event
                    .time()
                    .map(|time| time.to_string())
                    .unwrap_or_default();
                let attributes = view.event_attributes(event);
                let one = (&view.event_types[at], &events[at]);
                self.event((id, &time), one, &attributes, connection)?;
            }
            let related = view.relations(view.event_relations(event));
            self.relations("event_object", id, related, connection)?;
        }
        Ok(())
    }

    /// Makes the tables of all types of one side.
    fn types(
        &mut self,
        side: &str,
        types: &[TypeView<'_>],
        connection: &Connection,
    ) -> rusqlite::Result<Vec<TypeTable>> {
        // The tables that both sides' names could meet.
        let mut taken = BTreeSet::from(["map_type".to_owned(), "object".to_owned()]);
        let mut tables = Vec::new();
        for one in types {
            let letters: String = one
                .name
                .chars()
                .filter(|char| char.is_alphanumeric())
                .collect();
            let wanted = if letters.is_empty() {
                "type"
            } else {
                letters.as_str()
            };
            let map = unique(wanted, &mut taken);
            let map_table = format!("INSERT INTO {side}_map_type VALUES (?1, ?2)");
            connection.execute(&map_table, params![one.name, map])?;
            let own = ["ocel_id", "ocel_time", "ocel_changed_field"];
            let mut names: BTreeSet<String> = own.map(str::to_owned).into();
            let mut columns = Vec::new();
            let mut spelled = String::new();
            for (name, kind) in &one.attributes {
                // Readers take such columns for what the record says of itself.
                let wanted = name.strip_prefix("ocel:").unwrap_or(name);
                let column = unique(wanted, &mut names);
                self.renamed += u64::from(column != *name);
                spelled.push_str(&format!(", {} {}", quoted(&column), column_type(*kind)));
                columns.push(column);
            }
            let table = format!("{side}_{map}");
            let changed = if side == "object" {
                ", ocel_changed_field TEXT"
            } else {
                " "
            };
            let id = if side == "object" {
                "ocel_id TEXT"
            } else {
                "ocel_id TEXT PRIMARY KEY"
            };
            let create = format!(
                "CREATE TABLE {} ({id}, ocel_time TIMESTAMP{changed}{spelled})",
                quoted(&table)
            );
            connection.execute(&create, [])?;
            tables.push(TypeTable { table, columns });
        }
        Ok(tables)
    }

    fn event(
        &mut self,
        (id, time): (&str, &str),
        (view, table): (&TypeView<'_>, &TypeTable),
        attributes: &[Shown<'_>],
        connection: &Connection,
    ) -> rusqlite::Result<()> {
        let mut values = vec![SqlValue::Null; view.attributes.len()];
        for attribute in attributes {
            self.place(attribute, view, &mut values);
        }
        let head = [
            SqlValue::Text(id.to_owned()),
            SqlValue::Text(time.to_owned()),
        ];
        let mut insert = insert(table, head.len(), connection)?;
        insert.execute(params_from_iter(head.into_iter().chain(values)))?;
        Ok(())
    }

    /// The first state of an object in one row, each later value in one of its own.
    fn object(
        &mut self,
        id: &str,
        (view, table): (&TypeView<'_>, &TypeTable),
        attributes: &[Shown<'_>],
        connection: &Connection,
    ) -> rusqlite::Result<()> {
        let width = view.attributes.len();
        let row = |since: &str, changed: SqlValue, values: Vec<SqlValue>| {
            let (id, since) = (
                SqlValue::Text(id.to_owned()),
                SqlValue::Text(since.to_owned()),
            );
            [id, since, changed].into_iter().chain(values)
        };
        let mut insert = insert(table, 3, connection)?;
        let mut values = vec![SqlValue::Null; width];
        let is_first = |attribute: &&Shown<'_>| attribute.is_from_the_beginning();
        for attribute in attributes.iter().filter(is_first) {
            self.place(attribute, view, &mut values);
        }
        insert.execute(params_from_iter(row(
            super::view::ALWAYS,
            SqlValue::Null,
            values,
        )))?;
        for attribute in attributes.iter().filter(|attribute| !is_first(attribute)) {
            let mut values = vec![SqlValue::Null; width];
            let Some(at) = view
                .attributes
                .iter()
                .position(|(name, _)| *name == attribute.name)
            else {
                continue;
            };
            values[at] = sql_value(&attribute.value);
            let changed = SqlValue::Text(table.columns[at].clone());
            insert.execute(params_from_iter(row(&attribute.since, changed, values)))?;
        }
        Ok(())
    }

    /// Puts a value in its column, once.
    fn place(&mut self, attribute: &Shown<'_>, view: &TypeView<'_>, values: &mut [SqlValue]) {
        let found = view
            .attributes
            .iter()
            .position(|(name, _)| *name == attribute.name);
        let Some(at) = found else {
            return;
        };
        match (&values[at], &attribute.value) {
            (_, ShownValue::Missing) => self.missing += 1,
            (SqlValue::Null, value) => values[at] = sql_value(value),
            _ => self.repeated += 1,
        }
    }

    fn relations<'v>(
        &mut self,
        table: &str,
        id: &str,
        related: impl Iterator<Item = (&'v str, &'v str)>,
        connection: &Connection,
    ) -> rusqlite::Result<()> {
        let query = format!("INSERT OR IGNORE INTO {table} VALUES (?1, ?2, ?3)");
        let mut insert = connection.prepare_cached(&query)?;
        for (other, qualifier) in related {
            let inserted = insert.execute(params![id, other, qualifier])?;
            self.same_relations += u64::from(inserted == 0);
        }
        Ok(())
    }

    fn notes(&self) -> Vec<String> {
        let counted = [
            (
                self.renamed,
                "attributes have another name in SQLite, which takes capital and small letters for the same",
            ),
            (
                self.repeated,
                "values of an attribute that comes twice in one record are left out",
            ),
            (
                self.missing,
                "values that are stated to be missing are left out",
            ),
            (
                self.same_relations,
                "relations that come twice are written once",
            ),
        ];
        let counted = counted.into_iter().filter(|(count, _)| *count > 0);
        counted
            .map(|(count, what)| format!("{count} {what}"))
            .collect()
    }
}

fn insert<'c>(
    table: &TypeTable,
    head: usize,
    connection: &'c Connection,
) -> rusqlite::Result<CachedStatement<'c>> {
    let marks = vec!["?"; head + table.columns.len()].join(", ");
    connection.prepare_cached(&format!(
        "INSERT INTO {} VALUES ({marks})",
        quoted(&table.table)
    ))
}

/// A name that is not taken, whatever the case of its letters; it is taken now.
fn unique(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let mut name = wanted.to_owned();
    let mut copy = 2;
    while !taken.insert(name.to_lowercase()) {
        name = format!("{wanted}_{copy}");
        copy += 1;
    }
    name
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn column_type(kind: Type) -> &'static str {
    match kind {
        Type::Text | Type::List => "TEXT",
        Type::Time => "TIMESTAMP",
        Type::Integer => "INTEGER",
        Type::Float | Type::Decimal => "REAL",
        Type::Boolean => "BOOLEAN",
    }
}

fn sql_value(value: &ShownValue) -> SqlValue {
    match value {
        ShownValue::Missing => SqlValue::Null,
        ShownValue::Text(text) | ShownValue::Time(text) => SqlValue::Text(text.clone()),
        ShownValue::Integer(value) => SqlValue::Integer(*value),
        // SQLite makes null of NaN; as a text it survives.
        ShownValue::Float(spelled) => match spelled.parse::<f64>() {
            Ok(value) if value.is_finite() => SqlValue::Real(value),
            _ => SqlValue::Text(spelled.clone()),
        },
        ShownValue::Boolean(value) => SqlValue::Integer(i64::from(*value)),
    }
}
