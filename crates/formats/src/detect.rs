//! Tells a log's format by its content, and by its name where the content leaves it open.

use cage_model::limits;

use crate::error::ReadError;
use crate::input::Input;
use crate::options::Format;

/// How much of the beginning is looked at for the names that tell formats apart.
const LOOKED_AT_BYTES: usize = 64 << 10;
const _: () = assert!(LOOKED_AT_BYTES <= limits::RECORD_BYTES_MAX);

/// The format of an input.
///
/// # Errors
/// [`ReadError::UnknownFormat`] with what was looked at.
pub(crate) fn detect(input: &Input) -> Result<Format, ReadError> {
    by_content(input.head(), input.name()).map_err(|reason| ReadError::UnknownFormat {
        file: input.name().to_owned(),
        reason,
    })
}

/// The format by a name's ending, `.gz` and `.zst` left out.
pub(crate) fn by_name(name: &str) -> Option<Format> {
    let name = name.to_ascii_lowercase();
    let name = [".gz", ".gzip", ".zst", ".zstd"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(&name);
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending {
        "xes" => Format::Xes,
        "json" | "jsonocel" => Format::OcelJson,
        "xml" | "xmlocel" => Format::OcelXml,
        "sqlite" | "sqlite3" | "db" => Format::OcelSqlite,
        "csv" | "tsv" | "txt" => Format::Csv,
        "parquet" | "pq" => Format::Parquet,
        "ndjson" | "jsonl" => Format::CloudEvents,
        _ => return None,
    })
}

fn by_content(head: &[u8], name: &str) -> Result<Format, String> {
    if head.starts_with(b"SQLite format 3\0") {
        return Ok(Format::OcelSqlite);
    }
    if head.starts_with(b"PAR1") {
        return Ok(Format::Parquet);
    }
    let text = readable(&head[..head.len().min(LOOKED_AT_BYTES)]);
    let begin = text.trim_start();
    match begin.as_bytes().first() {
        None => Err("it begins with nothing but blanks".to_owned()),
        Some(b'<') => xml(begin),
        Some(b'{' | b'[') => Ok(json(begin, name)),
        Some(_) if text.contains('\0') => Err("it begins with binary data".to_owned()),
        Some(_) => Ok(Format::Csv),
    }
}

/// The beginning as text: UTF-16 by its mark or its zeros, anything else by its ASCII part.
fn readable(head: &[u8]) -> String {
    let utf_16 = match head {
        [0xFF, 0xFE, ..] | [b'<', 0, ..] => Some(encoding_rs::UTF_16LE),
        [0xFE, 0xFF, ..] | [0, b'<', ..] => Some(encoding_rs::UTF_16BE),
        _ => None,
    };
    let encoding = utf_16.unwrap_or(encoding_rs::UTF_8);
    encoding.decode_with_bom_removal(head).0.into_owned()
}

/// XES and OCEL share the root element `log`; what it holds tells them apart.
fn xml(text: &str) -> Result<Format, String> {
    let Some(root) = root_element(text) else {
        return Err("it looks like XML, but no element begins in it".to_owned());
    };
    if root.eq_ignore_ascii_case("log") {
        let lower = text.to_ascii_lowercase();
        let ocel = ["<object-types", "<event-types", "<objects"];
        let is_ocel = ocel.iter().any(|element| lower.contains(element));
        return Ok(if is_ocel {
            Format::OcelXml
        } else {
            Format::Xes
        });
    }
    Err(match root {
        "definitions" => "it is a BPMN model and no log; models are given with --flow".to_owned(),
        "pnml" => "it is a Petri net and no log; models are given with --flow".to_owned(),
        "html" => "it is a web page and no log".to_owned(),
        other => format!(
            "it is XML, but its root element is <{}> and not <log>",
            shorten(other)
        ),
    })
}

/// The first element's name, without its namespace prefix.
fn root_element(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = &rest[rest.find('<')? + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = &comment[comment.find("-->")?..];
        } else if !rest.starts_with(['?', '!']) {
            let end = rest
                .find([' ', '\t', '\r', '\n', '>', '/'])
                .unwrap_or(rest.len());
            let name = &rest[..end];
            return Some(name.rsplit_once(':').map_or(name, |(_, local)| local));
        }
    }
}

/// CloudEvents name their version in every record; anything else of JSON is taken for OCEL, whose
/// reader says what is missing.
fn json(text: &str, name: &str) -> Format {
    if text.contains("\"specversion\"") {
        return Format::CloudEvents;
    }
    let ocel = [
        "\"objectTypes\"",
        "\"eventTypes\"",
        "\"objects\"",
        "\"events\"",
        "\"ocel:",
    ];
    match by_name(name) {
        _ if ocel.iter().any(|key| text.contains(key)) => Format::OcelJson,
        Some(Format::CloudEvents) => Format::CloudEvents,
        _ => Format::OcelJson,
    }
}

fn shorten(text: &str) -> &str {
    text.char_indices()
        .nth(40)
        .map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_the_format() {
        for (head, name, format) in [
            (
                "<?xml version='1.0'?>\n<!-- <trace> --><log xes.version='1.0'>",
                "x",
                Format::Xes,
            ),
            (
                "\u{feff}<xes:Log xmlns:xes='x'><trace>",
                "x.csv",
                Format::Xes,
            ),
            ("<log><event-types>", "x", Format::OcelXml),
            ("{\"objectTypes\":[", "x.ndjson", Format::OcelJson),
            ("{\"specversion\":\"1.0\"", "x.json", Format::CloudEvents),
            ("{\"type\":\"a\"", "x.jsonl", Format::CloudEvents),
            ("SQLite format 3\0\u{1}", "x", Format::OcelSqlite),
            ("PAR1\u{0}", "x", Format::Parquet),
            ("case;activity\n1;a", "x", Format::Csv),
        ] {
            assert_eq!(by_content(head.as_bytes(), name), Ok(format), "{head}");
        }
    }

    #[test]
    fn other_content_is_named() {
        for (head, part) in [
            ("<definitions xmlns='bpmn'>", "BPMN model"),
            ("<svg>", "root element is <svg>"),
            ("<!-- nothing", "no element begins"),
            ("  \n", "nothing but blanks"),
            ("\u{1}\0\0", "binary data"),
        ] {
            let reason = by_content(head.as_bytes(), "x").unwrap_err();
            assert!(reason.contains(part), "{head}: {reason}");
        }
    }

    #[test]
    fn names_tell_the_format_for_writing() {
        for (name, format) in [
            ("a/b.XES.gz", Some(Format::Xes)),
            ("b.tsv", Some(Format::Csv)),
            ("b.zst", None),
            ("b", None),
        ] {
            assert_eq!(by_name(name), format, "{name}");
        }
    }
}
