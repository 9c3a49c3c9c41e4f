//! How a table of text is written: encoding, delimiter, header; and its first rows as a sample.

use std::io::{self, Read};

use encoding_rs::Encoding;

use super::encoding::{by_label, detect};
use super::scan::{Record, ScanError, Scanner};
use crate::input::Input;
use crate::table::mapping::TableMapping;
use crate::table::plan::Sample;

/// Bytes of UTF-8 looked at to tell delimiter and types.
const SAMPLE_BYTES: usize = 512 << 10;
/// Rows looked at for the columns' types.
const SAMPLE_ROWS: usize = 2_000;
/// Rows looked at for the delimiter.
const DELIMITER_ROWS: usize = 50;
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The encoding that the mapping names, or that the beginning of the input shows; and the length of
/// the byte order mark.
///
/// # Errors
/// A sentence, when there is no encoding of the given label.
pub(super) fn encoding(
    input: &Input,
    mapping: &TableMapping,
) -> Result<(&'static Encoding, usize), String> {
    let detected = detect(input.head());
    let Some(label) = &mapping.encoding else {
        return Ok(detected);
    };
    let given = by_label(label).ok_or_else(|| {
        format!("there is no encoding {label:?}; use utf-8, gb18030, utf-16le, windows-1252, ...")
    })?;
    let mark = if detected.0 == given { detected.1 } else { 0 };
    Ok((given, mark))
}

/// Encoding and delimiter, and the beginning of the text.
pub(super) struct Dialect {
    encoding: &'static Encoding,
    delimiter: u8,
    /// Whether the first line only names the delimiter (`sep=;`).
    separator_line: bool,
    beginning: Vec<u8>,
    /// Whether `beginning` is the whole file.
    whole: bool,
}

impl Dialect {
    /// Looks at what lies ahead; consumes nothing.
    ///
    /// # Errors
    /// Faults of the input.
    pub(super) fn detect<R: Read>(
        scanner: &mut Scanner<R>,
        encoding: &'static Encoding,
        mapping: &TableMapping,
    ) -> io::Result<Self> {
        let ahead = scanner.peek(SAMPLE_BYTES)?;
        let whole = ahead.len() < SAMPLE_BYTES;
        let beginning = ahead[..ahead.len().min(SAMPLE_BYTES)].to_vec();
        let stated = match beginning.strip_prefix(b"sep=") {
            Some([delimiter, b'\r' | b'\n', ..]) => Some(*delimiter),
            _ => None,
        };
        let mut dialect = Self {
            encoding,
            delimiter: b',',
            separator_line: stated.is_some(),
            beginning,
            whole,
        };
        dialect.delimiter = match mapping.delimiter.or(stated) {
            Some(delimiter) => delimiter,
            None => dialect.likely_delimiter(),
        };
        Ok(dialect)
    }

    /// Makes the scanner read in this way, and brings it to the header.
    pub(super) fn apply<R: Read>(&self, scanner: &mut Scanner<R>) {
        scanner.set_delimiter(self.delimiter);
        if self.separator_line {
            scanner.skip_line();
        }
    }

    pub(super) fn describe(&self) -> String {
        let delimiter = match self.delimiter {
            b'\t' => "tabs".to_owned(),
            byte => format!("\"{}\"", char::from(byte)),
        };
        format!(
            "the text is {}, its fields are separated by {delimiter}",
            self.encoding.name()
        )
    }

    /// The delimiter that cuts the most rows into as many fields as the header, and into most.
    fn likely_delimiter(&self) -> u8 {
        let score = |delimiter: u8| {
            let (mut width, mut rows, mut even) = (0, 0u32, 0u32);
            self.each_record(delimiter, DELIMITER_ROWS, |record| {
                if rows == 0 {
                    width = record.fields.len();
                }
                rows += 1;
                even += u32::from(record.fields.len() == width);
            });
            (width > 1, even * 100 / rows.max(1), width)
        };
        let best = DELIMITERS
            .iter()
            .rev()
            .max_by_key(|delimiter| score(**delimiter));
        best.copied()
            .filter(|delimiter| score(*delimiter).0)
            .unwrap_or(b',')
    }

    /// Cuts the beginning into records, the header first, without what its end cuts short.
    fn each_record(&self, delimiter: u8, rows: usize, mut visit: impl FnMut(&Record<'_>)) {
        let end = match memchr::memrchr(b'\n', &self.beginning) {
            Some(last) if !self.whole => last + 1,
            _ => self.beginning.len(),
        };
        let mut scanner = Scanner::new(&self.beginning[..end]);
        scanner.set_delimiter(delimiter);
        if self.separator_line && scanner.peek(1).is_ok() {
            scanner.skip_line();
        }
        for _ in 0..rows {
            match scanner.next() {
                Ok(Some(record)) => visit(&record),
                // What is wrong with a row is said when it is read.
                Err(ScanError::Record(_)) => {}
                Ok(None) | Err(ScanError::Input(_)) => return,
            }
        }
    }

    /// The first values of each column.
    pub(super) fn sample(&self, names: &[String]) -> Sample {
        let mut values: Vec<Vec<String>> = vec![Vec::new(); names.len()];
        let mut is_header = true;
        self.each_record(self.delimiter, SAMPLE_ROWS, |record| {
            if !is_header && record.fields.len() == names.len() {
                for (column, field) in values.iter_mut().zip(record.fields) {
                    let text = record.field(field);
                    if !text.is_empty() {
                        column.push(text.to_owned());
                    }
                }
            }
            is_header = false;
        });
        let stated = vec![None; names.len()];
        Sample {
            names: names.to_vec(),
            stated,
            values,
        }
    }
}
