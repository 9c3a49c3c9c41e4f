use proptest::prelude::*;

use super::*;

/// The value as another library holds it; numbers by their spelling.
fn value(reader: &mut JsonReader<'_>) -> Result<serde_json::Value, JsonFault> {
    Ok(match reader.value()? {
        Token::Null => serde_json::Value::Null,
        Token::Boolean(value) => value.into(),
        Token::Number(spelled) => serde_json::from_str(spelled).unwrap(),
        Token::Text(text) => text.into_owned().into(),
        Token::Array => {
            let mut items = Vec::new();
            while reader.element()? {
                items.push(value(reader)?);
            }
            items.into()
        }
        Token::Object => {
            let mut members = serde_json::Map::new();
            while let Some(key) = reader.key()? {
                members.insert(key.into_owned(), value(reader)?);
            }
            members.into()
        }
    })
}

fn whole(text: &str) -> Result<serde_json::Value, JsonFault> {
    let mut reader = JsonReader::new(text);
    let value = value(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

#[test]
fn faults_stand_where_they_are() {
    for (text, at, part) in [
        ("", 0, "ends where a value"),
        ("[1,]", 3, "nothing follows this comma"),
        ("{\"a\" 1}", 5, "\":\" is expected"),
        ("{\"a\":1 \"b\":2}", 7, "\",\" or \"}\""),
        ("[01]", 1, "no JSON number"),
        ("\"a", 0, "never ends"),
        ("\"\\q\"", 1, "no such escape"),
        ("\"\\ud800\"", 1, "half of a surrogate pair"),
        ("\"a\nb\"", 2, "must be escaped"),
        ("nul", 0, "a JSON value is expected"),
        ("1 2", 2, "more text"),
    ] {
        let fault = whole(text).unwrap_err();
        assert_eq!(fault.at, at, "{text}: {}", fault.message);
        assert!(fault.message.contains(part), "{text}: {}", fault.message);
    }
    let deep = "[".repeat(10_000);
    assert!(
        whole(&deep)
            .unwrap_err()
            .message
            .contains("nested more than")
    );
}

#[test]
fn pointers_name_the_innermost_value() {
    let text = r#"{"data": {"objects": [{"id": "a"}, {"id": 5}], "a/b~c": [true]}}"#;
    let at = |needle: &str| text.find(needle).unwrap();
    assert_eq!(pointer(text, at("5")), "/data/objects/1/id");
    assert_eq!(pointer(text, at("true")), "/data/a~1b~0c/0");
    assert_eq!(pointer(text, 0), "");
}

#[test]
fn a_stream_gives_members_and_elements() {
    let text =
        " {\"events\": [ {\"a\": [1, \"]\"]}, 2\n, \"\\\"\"],\n\"x\": {\"y\": 1}, \"z\": []} ";
    let mut stream = JsonStream::new(text.as_bytes());
    let mut seen = Vec::new();
    loop {
        match stream.next().unwrap() {
            Element::Member(name) => seen.push(format!("member {name}")),
            Element::Value { text, line, column } => seen.push(format!("{line}:{column} {text}")),
            Element::End => break,
        }
    }
    let expected = [
        "member events",
        "1:15 {\"a\": [1, \"]\"]}",
        "1:32 2",
        "2:3 \"\\\"\"",
        "member x",
        "3:6 {\"y\": 1}",
        "member z",
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_broken_stream_says_where() {
    for (text, expected) in [
        ("", "1:1 the document ends too early"),
        ("5", "1:1 a JSON array or object is expected here"),
        ("[1,\n]", "2:1 nothing follows this comma"),
        ("{\"a\": [1 2]}", "1:10 \",\" or \"]\" is expected here"),
        ("{\"a\": [{]}", "1:10 \",\" or \"]\" is expected here"),
        ("[] x", "1:4 more text behind the end of the document"),
        ("{\"a\": [\"x", "1:8 a value begins here and never ends"),
    ] {
        let mut stream = JsonStream::new(text.as_bytes());
        let error = loop {
            match stream.next() {
                Ok(Element::End) => panic!("{text} was read"),
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        let StreamError::Broken {
            line,
            column,
            message,
        } = error
        else {
            panic!("{error:?}");
        };
        assert_eq!(format!("{line}:{column} {message}"), expected, "{text}");
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        (-1e9..1e9).prop_map(|value: f64| value.into()),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::btree_map(any::<String>(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn texts_read_as_another_library_reads_them(value in json(), pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        prop_assert_eq!(whole(&text.unwrap()), Ok(value));
    }

    #[test]
    fn what_another_library_refuses_is_refused(text in "[\\[\\]{}:,\"\\\\a-f0-9 .eE+-]{0,12}") {
        prop_assert_eq!(whole(&text).is_ok(), serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
    }

    #[test]
    fn written_texts_are_json(text in any::<String>()) {
        let mut out = String::new();
        write_text(&mut out, &text);
        prop_assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
    }

    #[test]
    fn a_stream_cuts_any_document(items in proptest::collection::vec(json(), 0..8)) {
        let text = serde_json::to_string_pretty(&serde_json::Value::from(items.clone())).unwrap();
        let mut stream = JsonStream::new(text.as_bytes());
        let mut cut = Vec::new();
        while let Element::Value { text, .. } = stream.next().unwrap() {
            cut.push(serde_json::from_str::<serde_json::Value>(text).unwrap());
        }
        prop_assert_eq!(cut, items);
    }
}
