//! What a value of the law rests on: document, article, where it can be read, and whether a
//! lawyer confirmed it.

use cage_model::Bilingual;
use serde::{Deserialize, Serialize};

/// Whether a value of the law was confirmed.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// A lawyer confirmed it.
    Confirmed,
    /// It may warn inside the office; it never blocks.
    #[default]
    Unconfirmed,
}

/// The law and article that something rests on.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Short name of the law, for example `administrative-licensing-law`; empty for an office's
    /// own value.
    pub law: String,
    /// The article, for example `42`; empty where none is named.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub article: String,
    /// The law's full title.
    #[serde(default, skip_serializing_if = "Bilingual::is_empty")]
    pub title: Bilingual,
    /// The document's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Where the text is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whether it was confirmed.
    pub status: Status,
}
