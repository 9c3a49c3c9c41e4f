//! Single cells: typed as their column is, as text, in a time zone.

use cage_model::{Decimal, Time};

use super::RowFault;
use crate::table::cell::{Cell, Reading};
use crate::table::plan::Column;

/// Reads a cell as its column's type; a value that does not fit a detected type is kept as what it
/// is, one that does not fit a declared type is a fault.
pub(super) fn read_cell<'a>(
    column: &mut Column,
    index: usize,
    cell: Cell<'a>,
    line: u64,
) -> Result<Cell<'a>, RowFault> {
    let Cell::Text(text) = cell else {
        if !column.declared {
            return Ok(cell);
        }
        let fitting = fit(cell, &column.reading);
        return fitting.ok_or_else(|| {
            let (mut scratch, kind) = (String::new(), column.reading.describe());
            let shown = shorten(text_of(cell, &mut scratch).unwrap_or_default());
            RowFault {
                column: index,
                message: format!("{shown} is no {kind}"),
            }
        });
    };
    if matches!(column.reading, Reading::Open) {
        column.reading = Reading::detect(&std::iter::once(text));
    }
    if let Some(read) = column.reading.read(text) {
        return Ok(read);
    }
    if column.declared {
        let kind = column.reading.describe();
        let message = format!("{:?} is no {kind}", shorten(text));
        return Err(RowFault {
            column: index,
            message,
        });
    }
    column.odd += 1;
    if column.first_odd.is_none() {
        column.first_odd = Some((line, shorten(text)));
    }
    let number = match column.reading {
        Reading::Integer => Reading::Float.read(text),
        _ => None,
    };
    Ok(number.unwrap_or(Cell::Text(text)))
}

/// A value that the file stores with a type of its own, as the type that the user says; texts are
/// made of it where it is used.
fn fit<'a>(cell: Cell<'a>, reading: &Reading) -> Option<Cell<'a>> {
    Some(match (reading, cell) {
        (_, Cell::Missing) | (Reading::Open | Reading::Text, _) => cell,
        (Reading::Integer, Cell::Integer(_))
        | (Reading::Decimal, Cell::Decimal(_))
        | (Reading::Float, Cell::Float(_))
        | (Reading::Boolean, Cell::Boolean(_))
        | (Reading::Time(_), Cell::Time(_)) => cell,
        (Reading::Integer, Cell::Float(value)) => {
            match Reading::Integer.read(&value.to_string())? {
                Cell::Integer(value) => Cell::Integer(value),
                _ => return None,
            }
        }
        (Reading::Decimal, Cell::Integer(value)) => Cell::Decimal(Decimal::from(value)),
        (Reading::Decimal, Cell::Float(value)) => Cell::Decimal(value.to_string().parse().ok()?),
        (Reading::Float, Cell::Integer(value)) => Cell::Float(value as f64),
        (Reading::Float, Cell::Decimal(value)) => Cell::Float(value.to_float()),
        (Reading::Boolean, Cell::Integer(value @ (0 | 1))) => Cell::Boolean(value == 1),
        (Reading::Time(format), Cell::Integer(value)) => {
            Cell::Time(format.parse(&value.to_string())?)
        }
        _ => return None,
    })
}

/// A value for a message, cut when it is long.
pub(crate) fn shorten(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}...", &text[..at]),
    }
}

/// The text of a cell that names something; `None` when it is missing or empty.
pub(super) fn text_of<'a>(cell: Cell<'a>, scratch: &'a mut String) -> Option<&'a str> {
    let text = match cell {
        Cell::Missing => return None,
        Cell::Text(text) => text,
        other => {
            *scratch = match other {
                Cell::Integer(value) => value.to_string(),
                Cell::Decimal(value) => value.to_string(),
                // A whole number that a data frame turned into a float because of missing cells
                // is shown without a point, as it was.
                Cell::Float(value) => value.to_string(),
                Cell::Boolean(value) => value.to_string(),
                Cell::Time(value) => value.to_string(),
                Cell::Missing | Cell::Text(_) => String::new(),
            };
            scratch.as_str()
        }
    };
    (!text.is_empty()).then_some(text)
}

/// A time whose offset stands in another cell.
pub(super) fn with_offset(time: Time, offset: Cell<'_>) -> Result<Time, String> {
    const MINUTES_MAX: i64 = 18 * 60;
    let minutes = match offset {
        Cell::Missing => None,
        Cell::Integer(minutes) => Some(minutes),
        Cell::Text(text) => Some(
            text.parse()
                .map_err(|_| format!("{text:?} is no offset in minutes"))?,
        ),
        _ => return Err("its offset is no whole number of minutes".to_owned()),
    };
    match minutes {
        Some(minutes) if minutes.abs() > MINUTES_MAX => Err(format!(
            "an offset of {minutes} minutes; at most {MINUTES_MAX} are possible"
        )),
        minutes => {
            let minutes = minutes.map(|minutes| minutes as i16);
            Ok(Time::new(time.instant(), minutes).with_nanoseconds(time.nanoseconds()))
        }
    }
}
