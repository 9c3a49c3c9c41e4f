//! The settings of the service: one TOML file, overridden by the environment, overridden by the command line.
//!
//! Every key of the file has a variable of its own: `listen` is `IRONCAGE_LISTEN`, `log.level` is
//! `IRONCAGE_LOG_LEVEL`. What is wrong is said with its file and line, or with the variable's name, before
//! anything starts.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use cage_pack::nearest;
use clap::ValueEnum;
use serde::Deserialize;
use toml::{Table, Value};

/// What the service is told.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// The folder that holds everything.
    pub(crate) data: Option<PathBuf>,
    /// Where to listen.
    pub(crate) listen: Option<SocketAddr>,
    /// Without sign-in, on this machine alone.
    #[serde(default)]
    pub(crate) open: bool,
    /// Packs to put into force.
    #[serde(default)]
    pub(crate) pack: Vec<PathBuf>,
    /// First part of every log's name, when the folder is begun.
    pub(crate) name: Option<String>,
    /// The agency, when the folder is begun.
    pub(crate) agency: Option<String>,
    /// Witnesses that must all cosign, as `URL=KEY`.
    #[serde(default)]
    pub(crate) witness: Vec<String>,
    /// A file that says which witnesses must cosign (C2SP tlog-policy with addresses).
    pub(crate) policy: Option<PathBuf>,
    /// The socket of a signer that is a process of its own.
    pub(crate) signer: Option<PathBuf>,
    /// What the process writes about its own work.
    #[serde(default)]
    pub(crate) log: LogSettings,
    /// How much is taken in at once.
    #[serde(default)]
    pub(crate) limits: LimitSettings,
    /// How fast sources may send.
    #[serde(default)]
    pub(crate) quota: QuotaSettings,
    /// What may come in.
    #[serde(default)]
    pub(crate) ingest: IngestSettings,
}

/// What may come in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct IngestSettings {
    /// What happens to events that no pack in force declares.
    #[serde(default)]
    pub(crate) undeclared: UndeclaredEvents,
}

/// What happens to events that no pack in force declares.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UndeclaredEvents {
    /// They are refused with the field, once a pack in force declares events at all.
    #[default]
    Refuse,
    /// They are kept, and counted among the figures of their source.
    Count,
}

/// How much is taken in at once, and how much of what is refused is kept.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct LimitSettings {
    /// MiB of all bodies that are being received or answered.
    pub(crate) bodies_mib: Option<NonZeroU32>,
    /// MiB of a file that is uploaded.
    pub(crate) upload_mib: Option<NonZeroU32>,
    /// Refused events that are kept in all.
    pub(crate) rejects: Option<NonZeroU32>,
    /// Refused events that are kept of one source.
    pub(crate) rejects_per_source: Option<NonZeroU32>,
}

/// How fast sources may send: those that are not named, and those that are.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct QuotaSettings {
    /// Events a second in the long run; as fast as the ledger writes when not given.
    pub(crate) per_second: Option<NonZeroU32>,
    /// Events at once after a pause; those of one second when not given.
    pub(crate) burst: Option<NonZeroU32>,
    /// Sources by name.
    #[serde(default)]
    pub(crate) source: BTreeMap<String, SourceQuota>,
}

/// How fast one source may send.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SourceQuota {
    /// Events a second in the long run.
    pub(crate) per_second: NonZeroU32,
    /// Events at once after a pause; those of one second when not given.
    pub(crate) burst: Option<NonZeroU32>,
}

/// What the process writes about its own work on standard error.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct LogSettings {
    /// From which level on.
    #[serde(default)]
    pub(crate) level: LogLevel,
    /// In which form.
    #[serde(default)]
    pub(crate) format: LogFormat,
}

/// Levels of the process's own log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogLevel {
    /// What ends or hinders the work.
    Error,
    /// What somebody should look at.
    #[default]
    Warn,
    /// Start, stop, packs put into force.
    Info,
    /// Every request, without ids and contents.
    Debug,
}

/// Forms of the process's own log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// What is wrong with the settings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SettingsError {
    /// File and line, or the variable.
    place: String,
    what: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.what)
    }
}

/// What a variable of the environment is read as.
#[derive(Clone, Copy)]
enum Form {
    Text,
    Truth,
    Number,
    /// Paths, separated as the system separates them in PATH.
    Paths,
    /// Words between spaces.
    Words,
}

/// Every key that a variable can set.
const KEYS: [(&str, Form); 18] = [
    ("data", Form::Text),
    ("listen", Form::Text),
    ("open", Form::Truth),
    ("pack", Form::Paths),
    ("name", Form::Text),
    ("agency", Form::Text),
    ("witness", Form::Words),
    ("policy", Form::Text),
    ("signer", Form::Text),
    ("log.level", Form::Text),
    ("log.format", Form::Text),
    ("limits.bodies-mib", Form::Number),
    ("limits.upload-mib", Form::Number),
    ("limits.rejects", Form::Number),
    ("limits.rejects-per-source", Form::Number),
    ("quota.per-second", Form::Number),
    ("quota.burst", Form::Number),
    ("ingest.undeclared", Form::Text),
];
const PREFIX: &str = "IRONCAGE_";

impl Settings {
    /// Reads the file, if there is one, and what the environment says; then what nothing in the environment
    /// means, for a warning.
    pub(crate) fn read(
        file: Option<&Path>,
        environment: &BTreeMap<String, String>,
    ) -> Result<(Self, Vec<String>), SettingsError> {
        let mut table = match file {
            None => Table::new(),
            Some(file) => {
                let shown = file.display().to_string();
                let text = std::fs::read_to_string(file).map_err(|error| SettingsError {
                    place: shown.clone(),
                    what: format!("cannot be read: {error}"),
                })?;
                // Read once as what it is meant to be, for errors with a line; relative paths are the file's.
                let of_file: Self =
                    toml::from_str(&text).map_err(|error| in_file(&shown, &text, &error))?;
                let base = file.parent().unwrap_or(Path::new(""));
                rebased(&text, &of_file, base)
            }
        };
        let strangers = overlay(&mut table, environment)?;
        let settings = Self::deserialize(table).map_err(|error| SettingsError {
            place: "environment".to_owned(),
            what: error.to_string().trim().to_owned(),
        })?;
        Ok((settings, strangers))
    }
}

/// The environment, as far as it is text.
pub(crate) fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The file's table, with paths as seen from where the process runs.
fn rebased(text: &str, of_file: &Settings, base: &Path) -> Table {
    let mut table: Table = toml::from_str(text).unwrap_or_default();
    let shown = |path: &PathBuf| Value::String(base.join(path).to_string_lossy().into_owned());
    if let Some(data) = &of_file.data {
        table.insert("data".to_owned(), shown(data));
    }
    if let Some(policy) = &of_file.policy {
        table.insert("policy".to_owned(), shown(policy));
    }
    if let Some(signer) = &of_file.signer {
        table.insert("signer".to_owned(), shown(signer));
    }
    if !of_file.pack.is_empty() {
        let packs = of_file.pack.iter().map(shown).collect();
        table.insert("pack".to_owned(), Value::Array(packs));
    }
    table
}

fn in_file(shown: &str, text: &str, error: &toml::de::Error) -> SettingsError {
    let line = error
        .span()
        .map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    SettingsError {
        place: line.map_or(shown.to_owned(), |line| format!("{shown}:{line}")),
        what: error.message().trim().to_owned(),
    }
}

fn overlay(
    table: &mut Table,
    environment: &BTreeMap<String, String>,
) -> Result<Vec<String>, SettingsError> {
    let variable = |key: &str| format!("{PREFIX}{}", key.replace(['.', '-'], "_").to_uppercase());
    for (key, form) in KEYS {
        let name = variable(key);
        let Some(text) = environment.get(&name) else {
            continue;
        };
        let value = match (form, text.as_str()) {
            (Form::Text, _) => Value::String(text.clone()),
            (Form::Truth, "true" | "1") => Value::Boolean(true),
            (Form::Truth, "false" | "0" | "") => Value::Boolean(false),
            (Form::Truth, _) => {
                return Err(SettingsError {
                    place: name,
                    what: format!("{text:?} is neither true nor false"),
                });
            }
            (Form::Number, text) => match text.parse() {
                Ok(number) => Value::Integer(number),
                Err(_) => {
                    return Err(SettingsError {
                        place: name,
                        what: format!("{text:?} is no whole number"),
                    });
                }
            },
            (Form::Paths, _) => Value::Array(
                std::env::split_paths(text)
                    .map(|path| Value::String(path.to_string_lossy().into_owned()))
                    .collect(),
            ),
            (Form::Words, _) => {
                let words = text
                    .split_whitespace()
                    .map(|word| Value::String(word.to_owned()));
                Value::Array(words.collect())
            }
        };
        // One at a time, so that what is wrong is named.
        let mut alone = Table::new();
        put(&mut alone, key, value.clone());
        Settings::deserialize(alone).map_err(|error| SettingsError {
            place: name,
            what: error.message().trim().to_owned(),
        })?;
        put(table, key, value);
    }
    let known: Vec<String> = KEYS.iter().map(|(key, _)| variable(key)).collect();
    let strange = environment
        .keys()
        .filter(|name| name.starts_with(PREFIX) && !known.contains(name));
    let told = strange.map(
        |name| match nearest(name, known.iter().map(String::as_str)) {
            Some(meant) => format!("{name} (meant {meant}?)"),
            None => name.clone(),
        },
    );
    Ok(told.collect())
}

fn put(table: &mut Table, key: &str, value: Value) {
    match key.split_once('.') {
        None => drop(table.insert(key.to_owned(), value)),
        Some((section, rest)) => {
            let section = table
                .entry(section.to_owned())
                .or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(section) = section {
                put(section, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
