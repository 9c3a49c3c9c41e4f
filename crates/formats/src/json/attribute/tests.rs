use cage_model::{Attribute, Decimal, EventBuffer, Instant, Interner, Time, Value};
use proptest::prelude::*;

use super::*;
use crate::json::{JsonReader, Token};

/// Reads an object's members and gives them as rows in memory.
fn read(text: &str, names: &mut Interner) -> Result<Vec<Attribute>, String> {
    let mut reader = JsonReader::new(text);
    assert_eq!(reader.value(), Ok(Token::Object));
    let (mut event, mut new) = (EventBuffer::default(), 0);
    let mut table = NameTable::new(names, &mut new);
    push_attributes(
        &mut reader,
        &mut event,
        &mut table,
        Chosen::Wanted(&Wanted::All),
    )
    .map_err(|fault| fault.message)?;
    reader.finish().map_err(|fault| fault.message)?;
    let rows = event.attributes.clone();
    Ok(rows
        .iter()
        .map(|row| Attribute::new(row.key, row.depth, event.value(row, names)))
        .collect())
}

fn shown(rows: &[Attribute], names: &Interner) -> Vec<String> {
    rows.iter()
        .map(|row| {
            let value = match row.value {
                Value::Text(text) => format!("Text({:?})", names.text(text)),
                Value::Id(text) => format!("Id({:?})", names.text(text)),
                Value::Time { .. } => format!("Time({})", row.value.as_time().unwrap()),
                Value::Decimal { scale, mantissa } => {
                    format!("Decimal({})", Decimal { mantissa, scale })
                }
                other => format!("{other:?}"),
            };
            format!("{} {} {value}", row.depth, names.text(row.key))
        })
        .collect()
}

#[test]
fn values_are_typed_by_their_spelling() {
    for (text, expected) in [
        (r#"{"a": 7}"#, "0 a Integer(7)"),
        (r#"{"a": 12.50}"#, "0 a Decimal(12.50)"),
        (r#"{"a": 1.25e1}"#, "0 a Float(12.5)"),
        (
            r#"{"a": 12345678901234567890}"#,
            "0 a Text(\"12345678901234567890\")",
        ),
        (r#"{"a": null}"#, "0 a Missing"),
        (r#"{"a": "2026-02-10"}"#, "0 a Text(\"2026-02-10\")"),
        (
            r#"{"a": "2026-02-10T23:10:00+08:00"}"#,
            "0 a Time(2026-02-10T23:10:00+08:00)",
        ),
        (
            r#"{"a": {"@type": "id", "@value": "A-1"}}"#,
            "0 a Id(\"A-1\")",
        ),
        (
            r#"{"a": {"@value": "NaN", "@type": "float"}}"#,
            "0 a Float(NaN)",
        ),
    ] {
        let mut names = Interner::new();
        let rows = read(text, &mut names).unwrap();
        assert_eq!(shown(&rows, &names), [expected], "{text}");
    }
    let mut names = Interner::new();
    let text = r#"{"a": {"b": [1, {"@key": "k", "@value": [true]}], "c": {}}}"#;
    let rows = read(text, &mut names).unwrap();
    let expected = [
        "0 a Missing",
        "1 b List",
        "2  Integer(1)",
        "2 k List",
        "3  Boolean(true)",
        "1 c Missing",
    ];
    assert_eq!(shown(&rows, &names), expected);
}

#[test]
fn values_that_cannot_be_held_are_refused() {
    let deep = format!("{{\"a\": {}1{}}}", "[".repeat(70), "]".repeat(70));
    let many = format!("{{\"a\": [{}1]}}", "1,".repeat(100_001));
    for (text, part) in [
        (deep.as_str(), "nested more than 64 deep"),
        (many.as_str(), "more than 100000 attributes"),
        (r#"{"a": {"@value": 1, "b": 2}}"#, "cannot stand here"),
        (
            r#"{"a": {"@type": "time", "@value": "soon"}}"#,
            "no value of the type \"time\"",
        ),
        (r#"{"a": {"@type": "time", "@value": 5}}"#, "must be a text"),
    ] {
        let message = read(text, &mut Interner::new()).unwrap_err();
        assert!(message.contains(part), "{part}: {message}");
    }
}

/// A value tree: what the rows of one attribute say.
#[derive(Clone, Debug)]
enum Tree {
    Leaf(Leaf),
    Nested(Leaf, Vec<(String, Tree)>),
    List(Vec<(String, Tree)>),
}

#[derive(Clone, Debug)]
enum Leaf {
    Missing,
    Text(String),
    Id(String),
    Integer(i64),
    Decimal(i64, u8),
    Float(f64),
    Boolean(bool),
    Time(i64, u16, Option<i16>),
}

fn leaf() -> impl Strategy<Value = Leaf> {
    prop_oneof![
        Just(Leaf::Missing),
        any::<String>().prop_map(Leaf::Text),
        Just(Leaf::Text("2026-02-10T23:10:00Z".to_owned())),
        "[a-z]{0,3}".prop_map(Leaf::Id),
        any::<i64>().prop_map(Leaf::Integer),
        (-99_999_999i64..99_999_999, 0u8..=10)
            .prop_map(|(mantissa, scale)| Leaf::Decimal(mantissa, scale)),
        any::<f64>().prop_map(Leaf::Float),
        any::<bool>().prop_map(Leaf::Boolean),
        (
            0i64..4_000_000_000_000_000,
            0u16..1_000,
            proptest::option::of(-900i16..900)
        )
            .prop_map(|(micros, rest, offset)| Leaf::Time(micros, rest, offset)),
    ]
}

fn tree() -> impl Strategy<Value = Tree> {
    leaf()
        .prop_map(Tree::Leaf)
        .prop_recursive(4, 24, 4, |inner| {
            let members = proptest::collection::vec(("@?[a-z]{0,2}", inner), 0..4);
            prop_oneof![
                (leaf(), members.clone()).prop_map(|(leaf, members)| Tree::Nested(leaf, members)),
                members.prop_map(Tree::List),
            ]
        })
}

fn value_of(leaf: &Leaf, names: &mut Interner) -> Value {
    match leaf {
        Leaf::Missing => Value::Missing,
        Leaf::Text(text) => Value::Text(names.intern(text)),
        Leaf::Id(text) => Value::Id(names.intern(text)),
        Leaf::Integer(value) => Value::Integer(*value),
        Leaf::Decimal(mantissa, scale) => Value::Decimal {
            mantissa: *mantissa,
            scale: *scale,
        },
        Leaf::Float(value) => Value::Float(*value),
        Leaf::Boolean(value) => Value::Boolean(*value),
        Leaf::Time(micros, rest, offset) => {
            Value::from(Time::new(Instant(*micros), *offset).with_nanoseconds(*rest))
        }
    }
}

fn rows_of(key: &str, tree: &Tree, depth: u16, names: &mut Interner, rows: &mut Vec<Attribute>) {
    let (value, members) = match tree {
        Tree::Leaf(leaf) => (value_of(leaf, names), &[][..]),
        Tree::Nested(leaf, members) => (value_of(leaf, names), members.as_slice()),
        Tree::List(members) => (Value::List, members.as_slice()),
    };
    rows.push(Attribute::new(names.intern(key), depth, value));
    for (key, member) in members {
        rows_of(key, member, depth + 1, names, rows);
    }
}

proptest! {
    #[test]
    fn attributes_read_back_as_written(trees in proptest::collection::vec(("@?[a-z]{0,2}", tree()), 0..4)) {
        let mut names = Interner::new();
        let mut rows = Vec::new();
        for (key, tree) in &trees {
            rows_of(key, tree, 0, &mut names, &mut rows);
        }
        let mut text = String::new();
        write_attributes(&mut text, &rows, &names);
        let back = read(&text, &mut names).unwrap();
        prop_assert_eq!(shown(&back, &names), shown(&rows, &names), "{}", text);
    }
}
