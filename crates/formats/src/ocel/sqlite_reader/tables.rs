//! The tables of an OCEL 2.0 file: which must be there, and what each type's own table holds.

use rusqlite::{Connection, Statement};

use super::{SqlFault, side_name};
use crate::ocel::declarations::type_of_word;
use crate::ocel::session::{Session, Side};
use crate::table::row::shorten;

/// The table of one type.
pub(super) struct TypeTable {
    /// The type's name.
    pub(super) name: String,
    pub(super) table: String,
    /// Columns of its attributes, by their place in the query of [`TypeTable::query`].
    pub(super) attributes: Vec<(usize, String)>,
    pub(super) time: Option<usize>,
    pub(super) changed: Option<usize>,
}

impl TypeTable {
    /// Its rows in the order of `main` (`event` or `object`), whose rowid comes first.
    pub(super) fn query(&self, main: &str) -> String {
        format!(
            "SELECT m.rowid, t.* FROM \"{main}\" m CROSS JOIN {} t ON t.ocel_id = m.ocel_id \
             WHERE m.ocel_type = ?1 ORDER BY m.rowid, t.rowid",
            quoted(&self.table)
        )
    }
}

/// A name within a query.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn statement<'c>(
    connection: &'c Connection,
    query: &str,
) -> Result<Statement<'c>, SqlFault> {
    Ok(connection.prepare(query)?)
}

/// Whether there is an ordinary table of this name. A view or virtual table is none: it would run
/// what the file says.
pub(super) fn exists(connection: &Connection, name: &str) -> Result<bool, SqlFault> {
    let query =
        "SELECT count(*) FROM pragma_table_list(?1) WHERE schema = 'main' AND type = 'table'";
    let count: i64 = statement(connection, query)?.query_row([name], |row| row.get(0))?;
    Ok(count > 0)
}

/// Whether the tables that every file has are there.
pub(super) fn check_tables(connection: &Connection) -> Result<(), SqlFault> {
    for name in [
        "event",
        "object",
        "event_object",
        "event_map_type",
        "object_map_type",
    ] {
        if !exists(connection, name)? {
            let message = format!(
                "the table {name:?} is missing; an OCEL 2.0 file has event, object, event_object, \
                 object_object, event_map_type and object_map_type"
            );
            return Err(SqlFault { row: 0, message });
        }
    }
    Ok(())
}

/// The tables of all types of one side, their attributes declared.
pub(super) fn type_tables(
    connection: &Connection,
    side: Side,
    session: &mut Session<'_, '_>,
) -> Result<Vec<TypeTable>, SqlFault> {
    let name = side_name(side);
    let query =
        format!("SELECT rowid, ocel_type, ocel_type_map FROM {name}_map_type ORDER BY rowid");
    let mut query = statement(connection, &query)?;
    let mut rows = query.query([])?;
    let mut tables: Vec<TypeTable> = Vec::new();
    while let Some(row) = rows.next()? {
        let (number, kind, map): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let fault = |message: String| SqlFault {
            row: number,
            message: format!("table \"{name}_map_type\", row {number}: {message}"),
        };
        let table = format!("{name}_{map}");
        if !exists(connection, &table)? {
            let message = format!(
                "the type {:?} has no table {:?}",
                shorten(&kind),
                shorten(&table)
            );
            return Err(fault(message));
        }
        if tables.iter().any(|known| known.name == kind) {
            return Err(fault(format!("the type {:?} comes twice", shorten(&kind))));
        }
        session.declare_type(side, &kind).map_err(fault)?;
        tables.push(type_table(connection, side, (kind, table), session)?);
    }
    Ok(tables)
}

fn type_table(
    connection: &Connection,
    side: Side,
    (name, table): (String, String),
    session: &mut Session<'_, '_>,
) -> Result<TypeTable, SqlFault> {
    let mut query = statement(
        connection,
        "SELECT name, type FROM pragma_table_info(?1) ORDER BY cid",
    )?;
    let mut rows = query.query([&table])?;
    let mut one = TypeTable {
        name,
        table,
        attributes: Vec::new(),
        time: None,
        changed: None,
    };
    // The query of a type's rows has the rowid of the main table before its columns.
    let mut place = 1;
    while let Some(row) = rows.next()? {
        let (column, word): (String, String) = (row.get(0)?, row.get(1)?);
        match column.as_str() {
            "ocel_time" => one.time = Some(place),
            "ocel_changed_field" => one.changed = Some(place),
            // Some tools repeat what the record says of itself (`ocel:activity`).
            own if own == "ocel_id" || own.starts_with("ocel:") => {}
            _ => {
                // A column may be declared as VARCHAR(20), or without any type.
                let word = word.split('(').next().unwrap_or_default().trim();
                let word = if word.eq_ignore_ascii_case("varchar") {
                    "text"
                } else {
                    word
                };
                let declared = session.declare_kind(side, &column, type_of_word(word));
                declared.map_err(|message| SqlFault { row: 0, message })?;
                one.attributes.push((place, column));
            }
        }
        place += 1;
    }
    Ok(one)
}
