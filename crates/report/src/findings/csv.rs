//! Findings as comma-separated values that a spreadsheet opens without running anything.

use std::io::{self, Write};

use super::row::{COLUMNS, Cell, Rows};

/// Writes a header and one line a finding, ended by CR LF as RFC 4180 has it. The byte order mark
/// makes spreadsheets read the file as UTF-8.
pub(super) fn write(rows: &Rows<'_>, out: &mut impl Write) -> io::Result<()> {
    out.write_all("\u{feff}".as_bytes())?;
    let header: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    out.write_all(header.join(",").as_bytes())?;
    out.write_all(b"\r\n")?;
    for row in rows.iter() {
        for (index, cell) in row.iter().enumerate() {
            if index > 0 {
                out.write_all(b",")?;
            }
            match cell {
                Cell::Empty => {}
                Cell::Number(number) => write!(out, "{number}")?,
                Cell::Time(instant) => out.write_all(rows.clock().exact(*instant).as_bytes())?,
                Cell::Borrowed(text) => out.write_all(field(text).as_bytes())?,
                Cell::Owned(text) => out.write_all(field(text).as_bytes())?,
            }
        }
        out.write_all(b"\r\n")?;
    }
    Ok(())
}

/// A text as one field. What a spreadsheet would take for a formula gets an apostrophe in front,
/// which it shows as text; that is the price of a file that is safe to open.
fn field(text: &str) -> String {
    let formula = text
        .trim_start_matches([' ', '\u{a0}', '\u{3000}'])
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let quoted = formula || text.contains(['"', ',', '\n', '\r', ';', '\t']);
    let guard = if formula { "'" } else { "" };
    if quoted {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_is_a_formula() {
        for (text, written) in [
            ("P2026-1", "P2026-1"),
            ("=1+1", "\"'=1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("-2", "\"'-2\""),
            (" +3", "\"' +3\""),
            ("\t=1", "\"'\t=1\""),
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
            ("", ""),
        ] {
            assert_eq!(field(text), written);
        }
    }
}
