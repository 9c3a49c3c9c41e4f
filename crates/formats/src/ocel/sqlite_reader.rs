//! OCEL 2.0 as SQLite.
//!
//! The file is opened read-only and walked in the order of its `event` and `object` tables, several
//! cursors side by side, so that no table is held in memory. Joins build their own index where the
//! file has none.

mod cursor;
mod tables;

use std::path::Path;

use cage_model::Place;
use cage_model::limits::RECORD_BYTES_MAX;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use self::cursor::{Cursor, scalar, text_of};
use self::tables::{TypeTable, check_tables, statement, type_tables};
use super::session::{Session, Side};
use super::value::Scalar;
use crate::delivery::Delivery;
use crate::error::ReadError;
use crate::input::Input;
use crate::table::row::shorten;

/// A fault of the file, by table and row where it has one.
#[derive(Debug)]
struct SqlFault {
    row: i64,
    message: String,
}

impl From<rusqlite::Error> for SqlFault {
    fn from(error: rusqlite::Error) -> Self {
        Self {
            row: 0,
            message: format!("SQLite says: {error}"),
        }
    }
}

/// Reads OCEL 2.0 SQLite.
///
/// # Errors
/// As [`crate::read`]; a fault within a record names its table and row.
pub(crate) fn read(input: Input, delivery: &mut Delivery<'_>) -> Result<(), ReadError> {
    let file = input.into_file()?;
    let mut session = Session::new(delivery);
    let outcome = open(file.path()).and_then(|connection| {
        check_tables(&connection)?;
        Ok(connection)
    });
    let connection = outcome.map_err(|fault| broken(&session, &fault))?;
    let mut types = Vec::new();
    for side in [Side::Object, Side::Event] {
        let declared = type_tables(&connection, side, &mut session);
        types.push(declared.map_err(|fault| broken(&session, &fault))?);
    }
    session.declared()?;
    walk(&connection, Side::Object, &types[0], &mut session)?;
    session.end_objects()?;
    walk(&connection, Side::Event, &types[1], &mut session)?;
    for side in [Side::Object, Side::Event] {
        reject_orphans(&connection, side, &mut session)?;
    }
    session.end();
    Ok(())
}

fn open(path: &Path) -> Result<Connection, SqlFault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // The file comes from outside: nothing that its schema defines may run.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, RECORD_BYTES_MAX as i32)?;
    Ok(connection)
}

fn broken(session: &Session<'_, '_>, fault: &SqlFault) -> ReadError {
    session
        .delivery
        .broken(place(fault.row), fault.message.clone())
}

fn place(row: i64) -> Place {
    Place {
        line: u64::try_from(row).unwrap_or(0),
        column: 0,
    }
}

fn side_name(side: Side) -> &'static str {
    match side {
        Side::Event => "event",
        Side::Object => "object",
    }
}

/// Reads all records of one side.
fn walk(
    connection: &Connection,
    side: Side,
    types: &[TypeTable],
    session: &mut Session<'_, '_>,
) -> Result<(), ReadError> {
    let walked = walk_rows(connection, side, types, session);
    walked.unwrap_or_else(|fault| Err(broken(session, &fault)))
}

/// The outer result tells faults of the file, the inner one what ends the reading.
fn walk_rows(
    connection: &Connection,
    side: Side,
    types: &[TypeTable],
    session: &mut Session<'_, '_>,
) -> Result<Result<(), ReadError>, SqlFault> {
    let table = side_name(side);
    let main = format!("SELECT rowid, ocel_id, ocel_type FROM \"{table}\" ORDER BY rowid");
    let mut main = statement(connection, &main)?;
    let mut main = Cursor::new(main.query([])?)?;
    let mut prepared = Vec::with_capacity(types.len());
    for one in types {
        prepared.push(statement(connection, &one.query(table))?);
    }
    let mut cursors = Vec::with_capacity(types.len());
    for (one, prepared) in types.iter().zip(&mut prepared) {
        cursors.push(Cursor::new(prepared.query([&one.name])?)?);
    }
    let relations = relations_query(connection, side)?;
    let mut relations = relations
        .map(|query| statement(connection, &query))
        .transpose()?;
    let mut relations = match &mut relations {
        Some(relations) => Some(Cursor::new(relations.query([])?)?),
        None => None,
    };
    while let Some(row) = main.key {
        let id = text_of(main.value(1)?).map(String::from);
        let kind = text_of(main.value(2)?).map(String::from);
        let mut record = Record {
            side,
            row,
            session,
            types,
        };
        let filled = record.fill(id.as_deref(), kind.as_deref(), &mut cursors)?;
        let related = match &mut relations {
            Some(relations) => record.relations(relations, filled.is_ok())?,
            None => Ok(()),
        };
        let delivered = match filled.and(related) {
            Ok(()) if side == Side::Event => session.end_event(),
            Ok(()) => session.end_object(),
            Err(message) => {
                let message = format!("table \"{table}\", row {row}: {message}");
                session.delivery.reject(place(row), message)
            }
        };
        if delivered.is_err() {
            return Ok(delivered);
        }
        main.advance()?;
    }
    Ok(Ok(()))
}

fn relations_query(connection: &Connection, side: Side) -> Result<Option<String>, SqlFault> {
    Ok(match side {
        Side::Event => Some(
            "SELECT e.rowid, r.ocel_object_id, r.ocel_qualifier FROM event e \
             CROSS JOIN event_object r ON r.ocel_event_id = e.ocel_id ORDER BY e.rowid, r.rowid"
                .to_owned(),
        ),
        Side::Object if tables::exists(connection, "object_object")? => Some(
            "SELECT o.rowid, r.ocel_target_id, r.ocel_qualifier FROM object o \
             CROSS JOIN object_object r ON r.ocel_source_id = o.ocel_id ORDER BY o.rowid, r.rowid"
                .to_owned(),
        ),
        Side::Object => None,
    })
}

/// One row of `event` or `object`, being read.
struct Record<'r, 's, 'd> {
    side: Side,
    row: i64,
    session: &'r mut Session<'s, 'd>,
    types: &'r [TypeTable],
}

impl Record<'_, '_, '_> {
    /// Identity and attributes. The inner error is what is wrong with the record.
    fn fill(
        &mut self,
        id: Option<&str>,
        kind: Option<&str>,
        cursors: &mut [Cursor<'_>],
    ) -> Result<Result<(), String>, SqlFault> {
        let (Some(id), Some(kind)) = (id, kind) else {
            return Ok(Err("ocel_id or ocel_type is missing".to_owned()));
        };
        let Some(index) = self.types.iter().position(|one| one.name == kind) else {
            let kind = shorten(kind);
            let table = side_name(self.side);
            return Ok(Err(format!("the type {kind:?} is not in {table}_map_type")));
        };
        let (one, cursor) = (&self.types[index], &mut cursors[index]);
        let mut outcome = Ok(());
        let mut rows = 0;
        while cursor.key == Some(self.row) {
            if outcome.is_ok() {
                outcome = match (self.side, rows) {
                    (Side::Event, 0) => self.event(id, one, cursor)?,
                    (Side::Event, _) => Err(format!("{:?} has several rows for {id:?}", one.table)),
                    (Side::Object, _) => self.object(id, one, cursor, rows == 0)?,
                };
            }
            rows += 1;
            cursor.advance()?;
        }
        if rows > 0 || outcome.is_err() {
            return Ok(outcome);
        }
        Ok(match self.side {
            Side::Event => Err(format!("{:?} has no row for {:?}", one.table, shorten(id))),
            // An object without attributes needs none.
            Side::Object => self.begin_object(id, one),
        })
    }

    fn begin_object(&mut self, id: &str, one: &TypeTable) -> Result<(), String> {
        let begun = self.session.begin_object(place(self.row), id, &one.name);
        begun.map_err(|fault| fault.message)
    }

    fn event(
        &mut self,
        id: &str,
        one: &TypeTable,
        cursor: &Cursor<'_>,
    ) -> Result<Result<(), String>, SqlFault> {
        let time = match one.time {
            Some(column) => text_of(cursor.value(column)?),
            None => None,
        };
        let Some(time) = time else {
            return Ok(Err(format!(
                "{:?} has no ocel_time for {:?}",
                one.table,
                shorten(id)
            )));
        };
        if let Err(fault) = self
            .session
            .begin_event(place(self.row), id, &one.name, &time)
        {
            return Ok(Err(fault.message));
        }
        for (column, name) in &one.attributes {
            let value = cursor.value(*column)?;
            if value != ValueRef::Null
                && let Err(message) =
                    add(value, |scalar| self.session.event_attribute(name, scalar))
            {
                return Ok(Err(message));
            }
        }
        Ok(Ok(()))
    }

    /// A row of an object: its first state, or a change of one attribute.
    fn object(
        &mut self,
        id: &str,
        one: &TypeTable,
        cursor: &Cursor<'_>,
        first: bool,
    ) -> Result<Result<(), String>, SqlFault> {
        if first && let Err(message) = self.begin_object(id, one) {
            return Ok(Err(message));
        }
        let optional = |column: Option<usize>| match column {
            Some(column) => cursor.value(column).map(text_of),
            None => Ok(None),
        };
        let since = optional(one.time)?;
        let changed = optional(one.changed)?.filter(|changed| !changed.is_empty());
        for (column, name) in &one.attributes {
            let value = cursor.value(*column)?;
            let is_told = match &changed {
                Some(changed) => changed == name,
                None => value != ValueRef::Null,
            };
            if !is_told {
                continue;
            }
            let since = since.as_deref();
            let added = add(value, |scalar| {
                self.session.object_attribute(name, scalar, since)
            });
            if let Err(message) = added {
                return Ok(Err(message));
            }
        }
        Ok(Ok(()))
    }

    /// The objects that are related; passed over for a record that is rejected.
    fn relations(
        &mut self,
        relations: &mut Cursor<'_>,
        wanted: bool,
    ) -> Result<Result<(), String>, SqlFault> {
        let mut outcome = Ok(());
        while relations.key == Some(self.row) {
            if wanted && outcome.is_ok() {
                let id = text_of(relations.value(1)?).unwrap_or_default();
                let qualifier = text_of(relations.value(2)?).unwrap_or_default();
                outcome = match self.side {
                    Side::Event => self.session.event_object(&id, &qualifier),
                    Side::Object => self.session.object_relation(&id, &qualifier),
                };
            }
            relations.advance()?;
        }
        Ok(outcome)
    }
}

fn add(
    value: ValueRef<'_>,
    push: impl FnOnce(&Scalar<'_>) -> Result<(), String>,
) -> Result<(), String> {
    scalar(value).and_then(|scalar| push(&scalar))
}

/// Refuses relations of events or objects that do not exist.
fn reject_orphans(
    connection: &Connection,
    side: Side,
    session: &mut Session<'_, '_>,
) -> Result<(), ReadError> {
    let (relations, key, table) = match side {
        Side::Event => ("event_object", "ocel_event_id", "event"),
        Side::Object => ("object_object", "ocel_source_id", "object"),
    };
    let found = || -> Result<Vec<(i64, String)>, SqlFault> {
        if !tables::exists(connection, relations)? {
            return Ok(Vec::new());
        }
        let query = format!(
            "SELECT rowid, CAST({key} AS TEXT) FROM {relations} WHERE {key} NOT IN \
             (SELECT ocel_id FROM {table} WHERE ocel_id IS NOT NULL) LIMIT {ORPHANS_MAX}"
        );
        let mut query = statement(connection, &query)?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    for (row, id) in found().map_err(|fault| broken(session, &fault))? {
        let message = format!(
            "table \"{relations}\", row {row}: {:?} is no {table} of this log",
            shorten(&id)
        );
        session.delivery.reject(place(row), message)?;
    }
    Ok(())
}

/// Relations without an event or object that are looked for at all.
const ORPHANS_MAX: usize = 100_000;
