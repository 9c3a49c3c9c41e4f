//! Findings as JSON, one object a line, keys in the order of the columns.

use std::io::{self, Write};

use serde_json::{Map, Value};

use super::row::{COLUMNS, Cell, Rows};

/// Writes one object a finding; what a finding does not have is `null`.
pub(super) fn write(rows: &Rows<'_>, out: &mut impl Write) -> io::Result<()> {
    for row in rows.iter() {
        let object: Map<String, Value> = COLUMNS
            .iter()
            .zip(&row)
            .map(|(column, cell)| (column.name.to_owned(), value(cell, rows)))
            .collect();
        serde_json::to_writer(&mut *out, &object)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn value(cell: &Cell<'_>, rows: &Rows<'_>) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Number(number) => Value::from(*number),
        Cell::Time(instant) => Value::from(rows.clock().exact(*instant)),
        Cell::Borrowed(text) => Value::from(*text),
        Cell::Owned(text) => Value::from(text.as_str()),
    }
}
