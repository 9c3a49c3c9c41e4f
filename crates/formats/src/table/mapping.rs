//! The mapping of a table's columns, and the file in which it is saved.

use std::collections::BTreeMap;

use cage_model::Type;
use serde::{Deserialize, Serialize};

/// How the columns of a table (CSV, Parquet) become events. What is left `None` is found by name
/// (`case:concept:name`, `case_id`, `案件编号`, ...) and reported, unless `exact`.
///
/// A column with a standard name of XES (`concept:name`, `time:timestamp`, `org:resource`) is an
/// attribute besides what it stands for, as in XES; a case, activity or time column of any other
/// name only stands for that. A column named `case:NAME` is the attribute `NAME` of the case.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TableMapping {
    /// The column of the case identifier.
    pub case: Option<String>,
    /// The column of the activity.
    pub activity: Option<String>,
    /// The column of the time.
    pub time: Option<String>,
    /// The column of the arrival time.
    pub arrival: Option<String>,
    /// The column of the event identifier.
    pub id: Option<String>,
    /// The column of the sender.
    pub source: Option<String>,
    /// Further object columns: (column, object type, qualifier).
    pub objects: Vec<(String, String, String)>,
    /// Columns to read with a given type instead of the detected one.
    pub types: Vec<(String, Type)>,
    /// Columns of texts that are identifiers (XES `id`).
    pub identifiers: Vec<String>,
    /// Columns that hold values as JSON: lists, nested attributes, anything.
    pub structured: Vec<String>,
    /// Columns that fill an attribute of another name: (column, attribute). `case:NAME` is an
    /// attribute of the case, `event:NAME` one of the event; any other name is one of the event too.
    pub attributes: Vec<(String, String)>,
    /// Columns of times whose offset from UTC, in minutes, stands in a column of its own, and is
    /// empty where none was written: (time column, offset column).
    pub offsets: Vec<(String, String)>,
    /// Columns to leave out.
    pub ignore: Vec<String>,
    /// The field delimiter; detected when `None`.
    pub delimiter: Option<u8>,
    /// Character encoding by its label (`utf-8`, `gb18030`, `windows-1252`); detected when `None`.
    pub encoding: Option<String>,
    /// Format of times in strftime notation; detected when `None`.
    pub time_format: Option<String>,
    /// Whether nothing is found by name or content: columns not named here are text attributes.
    pub exact: bool,
    /// Whether a quoted empty field is an empty text, and only an unquoted one is missing.
    pub empty_text: bool,
}

/// A saved mapping that cannot be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the mapping file is wrong: {message}")]
pub struct MappingError {
    /// Line, key, and what would be right.
    pub message: String,
}

/// The mapping as the file spells it.
#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Spelled {
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    activity: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arrival: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delimiter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_format: Option<String>,
    exact: bool,
    empty_text: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ignore: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    object: Vec<SpelledObject>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    column: Vec<SpelledColumn>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpelledObject {
    column: String,
    r#type: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    qualifier: String,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct SpelledColumn {
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    r#type: Option<SpelledType>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attribute: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    offset: Option<String>,
}

#[derive(Serialize, Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum SpelledType {
    Text,
    Identifier,
    Integer,
    Decimal,
    Float,
    Boolean,
    Time,
    Json,
}

impl TableMapping {
    /// Reads a saved mapping.
    ///
    /// # Errors
    /// [`MappingError`] for text that is no TOML, an unknown key or type, or a delimiter of more
    /// than one byte.
    pub fn from_toml(text: &str) -> Result<Self, MappingError> {
        let spelled: Spelled = toml::from_str(text).map_err(|error| MappingError {
            message: error.to_string(),
        })?;
        let delimiter = match spelled.delimiter.as_deref().map(str::as_bytes) {
            None => None,
            Some(&[byte]) if byte.is_ascii() && !b"\"\r\n".contains(&byte) => Some(byte),
            Some(_) => {
                return Err(MappingError {
                    message: "delimiter must be one ASCII character, for example \";\" or \"\\t\""
                        .to_owned(),
                });
            }
        };
        let mut mapping = Self {
            case: spelled.case,
            activity: spelled.activity,
            time: spelled.time,
            arrival: spelled.arrival,
            id: spelled.id,
            source: spelled.source,
            ignore: spelled.ignore,
            delimiter,
            encoding: spelled.encoding,
            time_format: spelled.time_format,
            exact: spelled.exact,
            empty_text: spelled.empty_text,
            ..Self::default()
        };
        for object in spelled.object {
            mapping
                .objects
                .push((object.column, object.r#type, object.qualifier));
        }
        for column in spelled.column {
            mapping.add_column(column);
        }
        Ok(mapping)
    }

    fn add_column(&mut self, column: SpelledColumn) {
        let name = column.name;
        match column.r#type {
            Some(SpelledType::Identifier) => self.identifiers.push(name.clone()),
            Some(SpelledType::Json) => self.structured.push(name.clone()),
            _ => {}
        }
        if let Some(kind) = column.r#type.and_then(SpelledType::plain) {
            self.types.push((name.clone(), kind));
        }
        if let Some(attribute) = column.attribute {
            self.attributes.push((name.clone(), attribute));
        }
        if let Some(offset) = column.offset {
            self.offsets.push((name, offset));
        }
    }

    /// The mapping as a file that [`TableMapping::from_toml`] reads.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let spelled = Spelled {
            case: self.case.clone(),
            activity: self.activity.clone(),
            time: self.time.clone(),
            arrival: self.arrival.clone(),
            id: self.id.clone(),
            source: self.source.clone(),
            delimiter: self.delimiter.map(|byte| char::from(byte).to_string()),
            encoding: self.encoding.clone(),
            time_format: self.time_format.clone(),
            exact: self.exact,
            empty_text: self.empty_text,
            ignore: self.ignore.clone(),
            object: self.objects.iter().map(spell_object).collect(),
            column: self.spell_columns(),
        };
        // Strings, booleans and arrays of plain tables: nothing that TOML could refuse.
        toml::to_string(&spelled).unwrap_or_default()
    }

    /// One entry for each column that anything is said of, in the order of first mention.
    fn spell_columns(&self) -> Vec<SpelledColumn> {
        let mut places = BTreeMap::new();
        let mut columns: Vec<SpelledColumn> = Vec::new();
        let mut column = |name: &String| {
            *places.entry(name.clone()).or_insert_with(|| {
                let name = name.clone();
                columns.push(SpelledColumn {
                    name,
                    ..SpelledColumn::default()
                });
                columns.len() - 1
            })
        };
        let typed: Vec<_> = self
            .types
            .iter()
            .map(|(name, kind)| (column(name), *kind))
            .collect();
        let identifiers: Vec<_> = self.identifiers.iter().map(&mut column).collect();
        let structured: Vec<_> = self.structured.iter().map(&mut column).collect();
        let named: Vec<_> = self
            .attributes
            .iter()
            .map(|(name, to)| (column(name), to))
            .collect();
        let offsets: Vec<_> = self
            .offsets
            .iter()
            .map(|(name, to)| (column(name), to))
            .collect();
        for (place, kind) in typed {
            columns[place].r#type = SpelledType::of(kind);
        }
        for place in identifiers {
            columns[place].r#type = Some(SpelledType::Identifier);
        }
        for place in structured {
            columns[place].r#type = Some(SpelledType::Json);
        }
        for (place, attribute) in named {
            columns[place].attribute = Some(attribute.clone());
        }
        for (place, offset) in offsets {
            columns[place].offset = Some(offset.clone());
        }
        columns
    }
}

fn spell_object((column, kind, qualifier): &(String, String, String)) -> SpelledObject {
    SpelledObject {
        column: column.clone(),
        r#type: kind.clone(),
        qualifier: qualifier.clone(),
    }
}

impl SpelledType {
    fn of(kind: Type) -> Option<Self> {
        Some(match kind {
            Type::Text => Self::Text,
            Type::Integer => Self::Integer,
            Type::Decimal => Self::Decimal,
            Type::Float => Self::Float,
            Type::Boolean => Self::Boolean,
            Type::Time => Self::Time,
            Type::List => return None,
        })
    }

    fn plain(self) -> Option<Type> {
        Some(match self {
            Self::Text | Self::Identifier => Type::Text,
            Self::Integer => Type::Integer,
            Self::Decimal => Type::Decimal,
            Self::Float => Type::Float,
            Self::Boolean => Type::Boolean,
            Self::Time => Type::Time,
            Self::Json => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_mapping_reads_back() {
        let mapping = TableMapping {
            case: Some("案号".to_owned()),
            time: Some("时间".to_owned()),
            objects: vec![(
                "承办人".to_owned(),
                "officer".to_owned(),
                "actor".to_owned(),
            )],
            types: vec![
                ("金额".to_owned(), Type::Decimal),
                ("编号".to_owned(), Type::Text),
            ],
            identifiers: vec!["编号".to_owned()],
            structured: vec!["材料".to_owned()],
            attributes: vec![
                ("金额".to_owned(), "amount".to_owned()),
                ("x".to_owned(), "case:y".to_owned()),
            ],
            offsets: vec![("时间".to_owned(), "时差".to_owned())],
            ignore: vec!["备注".to_owned()],
            delimiter: Some(b'\t'),
            encoding: Some("gb18030".to_owned()),
            time_format: Some("%d/%m/%Y".to_owned()),
            exact: true,
            ..TableMapping::default()
        };
        assert_eq!(TableMapping::from_toml(&mapping.to_toml()), Ok(mapping));
    }

    #[test]
    fn a_wrong_mapping_says_where() {
        for (text, part) in [
            ("case = 1", "line 1"),
            ("kase = \"x\"", "unknown field `kase`"),
            ("delimiter = \"ab\"", "one ASCII character"),
            (
                "[[column]]\nname = \"a\"\ntype = \"money\"",
                "unknown variant `money`",
            ),
        ] {
            let message = TableMapping::from_toml(text).unwrap_err().to_string();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
