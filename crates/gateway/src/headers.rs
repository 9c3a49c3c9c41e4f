//! CloudEvents in binary mode: the members in headers, the data in the body.

use serde_json::{Map, Value};

use crate::cloudevent::Rejection;

/// The event in structured mode that an event in binary mode is. `headers` are name and value of those that begin with `ce-`, the
/// prefix taken off; values are percent-decoded as the HTTP binding (section 3.1.3.2) says.
///
/// # Errors
///
/// Names the first field that cannot be put into JSON; [`crate::one`] says whether the text is an event.
pub fn structured<'h>(
    headers: impl Iterator<Item = (&'h str, &'h str)>,
    data: &[u8],
) -> Result<Vec<u8>, Rejection> {
    let mut members = Map::new();
    for (name, value) in headers {
        let value = decoded(value)
            .ok_or_else(|| Rejection::at(format!("/{name}"), "is no percent-encoded UTF-8"))?;
        members.insert(name.to_owned(), Value::String(value));
    }
    let mut text =
        serde_json::to_string(&members).map_err(|error| Rejection::at("", error.to_string()))?;
    if !data.trim_ascii().is_empty() {
        let data = std::str::from_utf8(data).map_err(|_| Rejection::at("/data", "is no UTF-8"))?;
        serde_json::from_str::<&serde_json::value::RawValue>(data)
            .map_err(|error| Rejection::at("/data", error.to_string()))?;
        // The data keeps its numbers as they were written, so it is put in as text.
        text.pop();
        let comma = if members.is_empty() { "" } else { "," };
        text += &format!("{comma}\"data\":{data}}}");
    }
    Ok(text.into_bytes())
}

fn decoded(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%' {
            let (digits, after) = after.split_first_chunk::<2>()?;
            let digits = std::str::from_utf8(digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudevent::{Incoming, one};

    fn binary<'h>(
        headers: impl Iterator<Item = (&'h str, &'h str)>,
        data: &[u8],
    ) -> Result<Incoming, Rejection> {
        one(&structured(headers, data)?)
    }

    #[test]
    fn headers_and_data_make_the_same_event_as_one_text() {
        let headers = [
            ("specversion", "1.0"),
            ("id", "7"),
            ("source", "police/7"),
            ("type", "%E5%8F%97%E7%90%86"),
            ("time", "2026-02-10T23:10:00+08:00"),
        ];
        let data =
            br#"{ "objects": [{"type": "case", "id": "C1"}], "attributes": {"bac": 81.50} }"#;
        let read = binary(headers.into_iter(), data).unwrap();
        let text = r#"{"specversion":"1.0","id":"7","source":"police/7","type":"受理",
            "time":"2026-02-10T23:10:00+08:00",
            "data":{"objects":[{"type":"case","id":"C1"}],"attributes":{"bac":81.50}}}"#;
        assert_eq!(read.draft, one(text.as_bytes()).unwrap().draft);
    }

    #[test]
    fn broken_headers_and_data_are_named() {
        let headers = [
            ("specversion", "1.0"),
            ("id", "%E5"),
            ("source", "s"),
            ("type", "t"),
        ];
        assert_eq!(binary(headers.into_iter(), b"").unwrap_err().pointer, "/id");
        let headers = [
            ("specversion", "1.0"),
            ("id", "1"),
            ("source", "s"),
            ("type", "t"),
        ];
        assert_eq!(
            binary(headers.into_iter(), b"{").unwrap_err().pointer,
            "/data"
        );
        assert_eq!(
            binary(headers.into_iter(), b"[1]").unwrap_err().pointer,
            "/data"
        );
        binary(headers.into_iter(), b" ").unwrap();
    }
}
