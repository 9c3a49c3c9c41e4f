//! JSON Schema (draft 2020-12) for editors, made from the vocabulary that the checker uses.

use serde_json::{Map, Value, json};

use crate::shape::{TYPE_WORDS, WINDOW_WORDS};
use crate::vocabulary::{KINDS, Key, SECTIONS, Section, Shape, rule_keys};

/// The schemas: a file name for each, and its content.
#[must_use]
pub fn schemas() -> Vec<(&'static str, Value)> {
    let files: [(&str, &str, &[&str]); 8] = [
        ("pack.schema.json", "pack.toml", &["pack", "calendar"]),
        (
            "calendar.schema.json",
            "calendar/*.toml",
            &["holiday-notice"],
        ),
        ("events.schema.json", "events.toml", &["event", "object"]),
        ("laws.schema.json", "laws.toml", &["law"]),
        ("values.schema.json", "values.toml", &["value"]),
        ("rules.schema.json", "rules/*.toml", &["object", "rule"]),
        ("tests.schema.json", "tests/*.toml", &["test"]),
        (
            "single-file.schema.json",
            "a pack of one file",
            &[
                "pack",
                "calendar",
                "holiday-notice",
                "event",
                "object",
                "law",
                "value",
                "rule",
                "test",
            ],
        ),
    ];
    files
        .into_iter()
        .map(|(file, title, names)| (file, file_schema(title, names)))
        .collect()
}

fn file_schema(title: &str, names: &[&str]) -> Value {
    let mut properties = Map::new();
    for section in SECTIONS
        .iter()
        .filter(|section| names.contains(&section.name))
    {
        properties.insert(section.name.to_owned(), section_schema(section));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("ironcage: {title}"),
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    })
}

fn section_schema(section: &Section) -> Value {
    let table = if section.name == "rule" {
        rule_schema()
    } else {
        table_schema(section.keys)
    };
    if section.repeated {
        json!({ "type": "array", "items": table })
    } else {
        table
    }
}

/// A rule: its kind decides which keys it has.
fn rule_schema() -> Value {
    let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
    let branches: Vec<Value> = KINDS
        .iter()
        .map(|kind| {
            json!({
                "if": { "properties": { "kind": { "const": kind.name } }, "required": ["kind"] },
                "then": table_schema(&rule_keys(kind)),
            })
        })
        .collect();
    json!({
        "type": "object",
        "properties": { "kind": { "enum": names } },
        "required": ["id", "per", "kind"],
        "allOf": branches,
    })
}

fn table_schema(keys: &[Key]) -> Value {
    let mut properties = Map::new();
    for key in keys {
        let mut schema = shape_schema(key.shape);
        if let Some(object) = schema.as_object_mut() {
            object.insert("description".to_owned(), json!(key.about));
        }
        properties.insert(key.name.to_owned(), schema);
    }
    let required: Vec<&str> = keys
        .iter()
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn shape_schema(shape: Shape) -> Value {
    let text = || json!({ "type": "string", "minLength": 1 });
    let one_or_list = |one: Value| {
        let list = json!({ "type": "array", "items": one.clone(), "minItems": 1 });
        json!({ "anyOf": [one, list] })
    };
    match shape {
        Shape::Text | Shape::Expression | Shape::Identity => text(),
        Shape::Bilingual => bilingual(),
        Shape::Texts | Shape::Identities => one_or_list(text()),
        Shape::Integer(least) => {
            json!({ "type": "integer", "minimum": least, "maximum": u32::MAX })
        }
        Shape::Number => json!({ "type": "number" }),
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Date => date(),
        Shape::Dates => one_or_list(date()),
        Shape::Days => {
            json!({ "anyOf": [one_or_list(date()), table_schema(crate::vocabulary::STRETCH)] })
        }
        Shape::WorkingDays => {
            let count = json!({ "type": "integer", "minimum": 1, "maximum": 100_000 });
            let up_to = json!({ "type": "object", "properties": { "up-to": count.clone() },
                "required": ["up-to"], "additionalProperties": false });
            json!({ "anyOf": [{ "enum": ["all", "none"] },
                { "type": "array", "items": count, "minItems": 1 }, up_to] })
        }
        Shape::Word(words) => json!({ "enum": words }),
        Shape::Limit => json!({ "type": "string", "pattern": "^(@.+|[0-9]+ ?.+)$" }),
        Shape::Span => json!({ "type": "string", "pattern": "^[0-9]+ ?.+$" }),
        Shape::Percent => json!({ "type": "string", "pattern": "^[1-9][0-9]? ?%$" }),
        Shape::Activities => one_or_list(activity()),
        Shape::Where => {
            json!({ "anyOf": [text(), { "type": "object", "additionalProperties": text() }] })
        }
        Shape::Threshold => {
            json!({ "anyOf": [{ "type": "number" }, { "type": "string", "pattern": "^@" }] })
        }
        Shape::Value => json!({ "not": { "type": "object" } }),
        Shape::Attributes => json!({ "type": "object", "additionalProperties": attribute() }),
        Shape::Measure => measure(),
        Shape::Window => {
            json!({ "anyOf": [{ "enum": WINDOW_WORDS }, { "type": "string", "pattern": "^[0-9]" }] })
        }
        Shape::Allow => {
            let lists = json!({ "inserted": one_or_list(text()), "skipped": one_or_list(text()) });
            let table =
                json!({ "type": "object", "properties": lists, "additionalProperties": false });
            json!({ "anyOf": [one_or_list(text()), table] })
        }
        Shape::Articles => json!({ "type": "object", "additionalProperties": bilingual() }),
        Shape::Table(keys) => table_schema(keys),
        Shape::Tables(keys) => json!({ "type": "array", "items": table_schema(keys) }),
    }
}

fn bilingual() -> Value {
    let languages = json!({ "zh": { "type": "string" }, "en": { "type": "string" } });
    json!({ "anyOf": [
        { "type": "string", "minLength": 1 },
        { "type": "object", "properties": languages, "additionalProperties": false },
    ] })
}

/// A TOML date, as editors hand it to a schema.
fn date() -> Value {
    json!({ "type": "string", "format": "date" })
}

fn activity() -> Value {
    let keys = json!({
        "type": { "type": "string", "minLength": 1 },
        "where": { "type": "string", "minLength": 1 },
    });
    json!({ "anyOf": [
        { "type": "string", "minLength": 1 },
        { "type": "object", "properties": keys, "required": ["type"], "additionalProperties": false },
    ] })
}

fn attribute() -> Value {
    let keys = json!({ "type": { "enum": TYPE_WORDS }, "unit": { "type": "string" }, "title": bilingual() });
    json!({ "anyOf": [
        { "enum": TYPE_WORDS },
        { "type": "object", "properties": keys, "required": ["type"], "additionalProperties": false },
    ] })
}

fn measure() -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let keys = json!({
        "sum": text, "distinct": text, "ratio": text,
        "at-least": { "type": "integer", "minimum": 1 },
    });
    json!({ "anyOf": [
        { "const": "count" },
        { "type": "object", "properties": keys, "additionalProperties": false },
    ] })
}
