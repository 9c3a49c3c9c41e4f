//! Findings as a workbook: a sheet of findings with filters and real dates, and one that says what
//! was checked.

use std::io::{Seek, Write};

use cage_model::{Date, Instant};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};

use super::row::{COLUMNS, Cell, Kind, Rows};
use crate::identity::hex;

/// Rows of one sheet below its header; the format ends at 1,048,576 rows.
const ROWS_MAX: u32 = 1_048_575;
/// Characters that one cell holds.
const CELL_CHARACTERS_MAX: usize = 32_767;

/// Writes the workbook. Findings beyond the last row of a sheet go on on the next one.
pub(super) fn write(
    rows: &Rows<'_>,
    out: &mut (impl Write + Seek + Send),
) -> Result<(), XlsxError> {
    let mut book = Workbook::new();
    // The writer would otherwise put in the present time, and the bytes would differ each run.
    let created = ExcelDateTime::from_ymd(2026, 1, 1)?.and_hms(0, 0, 0)?;
    book.set_properties(
        &DocProperties::new()
            .set_title("ironcage findings")
            .set_creation_datetime(&created),
    );
    let styles = Styles::new();
    let mut found = rows.iter().peekable();
    let mut number = 1;
    loop {
        let sheet = book.add_worksheet();
        let name = if number == 1 {
            "findings".to_owned()
        } else {
            format!("findings {number}")
        };
        sheet.set_name(name)?;
        write_header(sheet, &styles)?;
        let mut line = 0;
        while line < ROWS_MAX {
            let Some(row) = found.next() else { break };
            line += 1;
            write_row(sheet, line, &row, rows, &styles)?;
        }
        sheet.autofilter(0, 0, line, COLUMNS.len() as u16 - 1)?;
        if found.peek().is_none() {
            break;
        }
        number += 1;
    }
    write_about(book.add_worksheet(), rows, &styles)?;
    book.save_to_writer(out)
}

struct Styles {
    header: Format,
    time: Format,
    text: Format,
    wrapped: Format,
}

impl Styles {
    fn new() -> Self {
        let top = || Format::new().set_align(FormatAlign::Top);
        Self {
            header: top()
                .set_bold()
                .set_background_color(0x1D_4D_9F)
                .set_font_color(0xFF_FF_FF)
                .set_text_wrap(),
            time: top().set_num_format("yyyy-mm-dd hh:mm:ss"),
            text: top().set_num_format("@"),
            wrapped: top().set_num_format("@").set_text_wrap(),
        }
    }
}

fn write_header(sheet: &mut Worksheet, styles: &Styles) -> Result<(), XlsxError> {
    for (index, column) in (0u16..).zip(&COLUMNS) {
        sheet.set_column_width(index, column.width)?;
        sheet.write_string_with_format(0, index, column.heading, &styles.header)?;
    }
    sheet.set_freeze_panes(1, 2)?;
    Ok(())
}

fn write_row(
    sheet: &mut Worksheet,
    line: u32,
    row: &[Cell<'_>; COLUMNS.len()],
    rows: &Rows<'_>,
    styles: &Styles,
) -> Result<(), XlsxError> {
    for ((index, column), cell) in (0u16..).zip(&COLUMNS).zip(row) {
        match cell {
            Cell::Empty => {}
            // A cell holds numbers as floats; beyond 2^53 only text is exact.
            Cell::Number(number) if *number < 1 << 53 => {
                sheet.write_number(line, index, *number as f64)?;
            }
            Cell::Number(number) => {
                sheet.write_string_with_format(line, index, number.to_string(), &styles.text)?;
            }
            Cell::Time(instant) => match date_time(*instant, rows) {
                Some(time) => {
                    sheet.write_datetime_with_format(line, index, &time, &styles.time)?;
                }
                None => {
                    let exact = rows.clock().exact(*instant);
                    sheet.write_string_with_format(line, index, exact, &styles.text)?;
                }
            },
            Cell::Borrowed(_) | Cell::Owned(_) => {
                let style = if column.width >= 70 {
                    &styles.wrapped
                } else {
                    &styles.text
                };
                let text = held(cell.text().unwrap_or_default());
                if !text.is_empty() && column.kind == Kind::Text {
                    sheet.write_string_with_format(line, index, text, style)?;
                }
            }
        }
    }
    Ok(())
}

/// The instant as a date of the format, which knows the years 1900 to 9999 and no offset.
fn date_time(instant: Instant, rows: &Rows<'_>) -> Option<ExcelDateTime> {
    let time = rows.clock().time(instant);
    let date: Date = time.written_date();
    let (year, month, day) = date.parts();
    let exact = time.to_string();
    let mut clock = exact
        .get(11..19)?
        .split(':')
        .map(|part| part.parse::<u16>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let year = u16::try_from(year)
        .ok()
        .filter(|year| (1900..=9999).contains(year))?;
    ExcelDateTime::from_ymd(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
        .and_then(|date| date.and_hms(hour, u8::try_from(minute).unwrap_or(0), second))
        .ok()
}

/// The part of a text that a cell can hold; the format counts in units of UTF-16, and a character
/// has at most two.
fn held(text: &str) -> &str {
    match text.char_indices().nth(CELL_CHARACTERS_MAX / 2) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

fn write_about(sheet: &mut Worksheet, rows: &Rows<'_>, styles: &Styles) -> Result<(), XlsxError> {
    let outcome = rows.outcome();
    sheet.set_name("about")?;
    sheet.set_column_width(0, 22)?;
    sheet.set_column_width(1, 80)?;
    let as_of = outcome
        .as_of
        .map_or_else(String::new, |time| time.to_string());
    let lines = [
        (
            "规则包 Pack",
            format!("{} {}", outcome.pack.id, outcome.pack.version),
        ),
        ("规则包散列 SHA-256", hex(&outcome.pack.hash)),
        ("日志 Log", outcome.log.files.join("; ")),
        ("事件 Events", outcome.log.events.to_string()),
        ("判断时点 As of", as_of),
        ("时间所用时区 Time zone", rows.clock().name()),
        ("发现 Findings", outcome.findings.len().to_string()),
    ];
    for (line, (name, value)) in (0u32..).zip(lines) {
        sheet.write_string_with_format(line, 0, name, &styles.header)?;
        sheet.write_string_with_format(line, 1, held(&value), &styles.text)?;
    }
    Ok(())
}
