//! What differs between two packs as their authors wrote them: entry by entry, key by key, and which of it bears on a
//! rule. Comments, order and layout are no difference; neither are a pack's own tests, which judge nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use toml::Value;

use crate::doc::hex;
use crate::load::PackFiles;

/// An entry of a pack: its section and its id. Sections that hold one table alone have an empty id.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct EntryName {
    /// `rule`, `value`, `law`, `pack`; `file` for a flow, whose name is the id.
    pub section: String,
    /// The entry's id.
    pub id: String,
}

/// One difference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PackChange {
    /// Where.
    pub entry: EntryName,
    /// The key, `within` or `entries[2010-08-13].value`; empty where the whole entry is new or gone.
    pub key: String,
    /// What stood there; `None` where nothing did.
    pub before: Option<String>,
    /// What stands there; `None` where nothing does.
    pub after: Option<String>,
}

impl PackChange {
    /// Whether it may bear on rules that do not name it: not what only names the pack, and nothing that is named.
    fn is_shared(&self) -> bool {
        let key = self.key.split('.').next().unwrap_or_default();
        match self.entry.section.as_str() {
            "pack" => !matches!(key, "id" | "version" | "title"),
            section => !matches!(section, "rule" | "value" | "law"),
        }
    }
}

/// The differences of two packs.
#[derive(Clone, Debug)]
pub struct PackDifference {
    /// In the order of sections, ids and keys.
    pub changes: Vec<PackChange>,
    before: Entries,
    after: Entries,
}

/// Keys with their values, by entry.
type Entries = BTreeMap<EntryName, BTreeMap<String, String>>;

impl PackDifference {
    /// Compares the files of two packs, those that they use among them.
    #[must_use]
    pub fn of(before: &PackFiles, after: &PackFiles) -> Self {
        let (before, after) = (entries(before), entries(after));
        let names: BTreeSet<&EntryName> = before.keys().chain(after.keys()).collect();
        let nothing = BTreeMap::new();
        let mut changes = Vec::new();
        for entry in names {
            let (old, new) = (before.get(entry), after.get(entry));
            if let (Some(_), None) | (None, Some(_)) = (old, new) {
                changes.push(PackChange {
                    entry: entry.clone(),
                    key: String::new(),
                    before: old.map(told),
                    after: new.map(told),
                });
                continue;
            }
            let (old, new) = (old.unwrap_or(&nothing), new.unwrap_or(&nothing));
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                if old.get(key) != new.get(key) {
                    changes.push(PackChange {
                        entry: entry.clone(),
                        key: key.clone(),
                        before: old.get(key).cloned(),
                        after: new.get(key).cloned(),
                    });
                }
            }
        }
        Self {
            changes,
            before,
            after,
        }
    }

    /// Places of the changes that bear on a rule: on itself, and on the values, laws and flows that it names, here or
    /// there. Where none of these changed: what all rules share, such as objects, the zone and the calendar.
    #[must_use]
    pub fn bearing_on(&self, rule: &str) -> Vec<usize> {
        let mut named = BTreeSet::new();
        for entries in [&self.before, &self.after] {
            name(entries, &entry("rule", rule), &mut named);
        }
        let own = self.places(|change| named.contains(&change.entry));
        if !own.is_empty() {
            return own;
        }
        self.places(PackChange::is_shared)
    }

    fn places(&self, counts: impl Fn(&PackChange) -> bool) -> Vec<usize> {
        let all = self.changes.iter().enumerate();
        all.filter(|(_, change)| counts(change))
            .map(|(place, _)| place)
            .collect()
    }
}

fn entry(section: &str, id: &str) -> EntryName {
    EntryName {
        section: section.to_owned(),
        id: id.to_owned(),
    }
}

/// Notes an entry and what it names in turn.
fn name(entries: &Entries, of: &EntryName, named: &mut BTreeSet<EntryName>) {
    if !named.insert(of.clone()) {
        return;
    }
    for text in entries.get(of).into_iter().flat_map(BTreeMap::values) {
        if let Some(value) = text.strip_prefix('@') {
            name(entries, &entry("value", value), named);
        } else if let Some((law, _)) = text.split_once('#') {
            name(entries, &entry("law", law), named);
        }
        for section in ["flow", "file"] {
            let other = entry(section, text);
            if entries.contains_key(&other) {
                name(entries, &other, named);
            }
        }
    }
}

/// What a whole entry is told as.
fn told(keys: &BTreeMap<String, String>) -> String {
    let titles = ["title.zh", "title", "kind", "content"];
    let title = titles.iter().find_map(|key| keys.get(*key));
    title.cloned().unwrap_or_default()
}

fn entries(files: &PackFiles) -> Entries {
    let mut entries = Entries::new();
    for file in &files.files {
        let is_toml = file.name.ends_with(".toml") || !files.is_folder && file.own;
        // What was loaded is sound TOML; a file of another kind is compared as a whole.
        let root = is_toml.then(|| toml::from_str::<toml::Table>(&file.text));
        match root.and_then(Result::ok) {
            Some(root) => root
                .into_iter()
                .filter(|(section, _)| section != "test")
                .for_each(|(name, value)| section(&name, value, &mut entries)),
            None => {
                let hash = Sha256::digest(&file.text);
                let content = format!("{} bytes, SHA-256 {}", file.text.len(), hex(&hash[..8]));
                let keys = entries.entry(entry("file", &file.name)).or_default();
                keys.insert("content".to_owned(), content);
            }
        }
    }
    entries
}

fn section(name: &str, value: Value, entries: &mut Entries) {
    match value {
        Value::Array(rows) if rows.iter().all(Value::is_table) => {
            for (place, row) in rows.into_iter().enumerate() {
                let id = ["id", "type", "name"]
                    .iter()
                    .find_map(|key| row.get(*key)?.as_str());
                let id = id.map_or_else(|| (place + 1).to_string(), str::to_owned);
                flatten("", &row, entries.entry(entry(name, &id)).or_default());
            }
        }
        value => flatten("", &value, entries.entry(entry(name, "")).or_default()),
    }
}

/// Writes the leaves of a value under their paths. Lines of a list of tables are told apart by the day from which they
/// are in force, where all have one, so that a line put between two is one difference.
fn flatten(path: &str, value: &Value, keys: &mut BTreeMap<String, String>) {
    let below = |key: &str| match path {
        "" => key.to_owned(),
        path => format!("{path}.{key}"),
    };
    match value {
        Value::Table(table) => {
            for (key, value) in table {
                flatten(&below(key), value, keys);
            }
        }
        Value::Array(items) if items.iter().any(|item| item.is_table() || item.is_array()) => {
            let dated = |item: &Value| item.get("from").map(shown);
            let is_dated = items.iter().all(|item| dated(item).is_some());
            for (place, item) in items.iter().enumerate() {
                let mut line = match dated(item) {
                    Some(day) if is_dated => day,
                    _ => (place + 1).to_string(),
                };
                if let Some(jurisdiction) = item.get("jurisdiction").filter(|_| is_dated) {
                    let _ = write!(line, " {}", shown(jurisdiction));
                }
                flatten(&format!("{path}[{line}]"), item, keys);
            }
        }
        Value::Array(items) if items.len() == 1 => {
            keys.insert(path.to_owned(), shown(&items[0]));
        }
        Value::Array(items) => {
            for item in items {
                keys.insert(format!("{path}[{}]", shown(item)), shown(item));
            }
        }
        leaf => {
            keys.insert(path.to_owned(), shown(leaf));
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::PackFile;

    const BEFORE: &str = r#"
[pack]
id = "p"
version = "1"
zone = "Asia/Shanghai"
[[law]]
id = "cds"
[[value]]
id = "service"
entries = [
  { value = "150 days", basis = "cds#201.1", from = 1993-01-01, to = 2010-08-12 },
  { value = "90 days", basis = "cds#201.1", from = 2010-08-13 },
]
[[rule]]
id = "R1"
kind = "response"
within = "@service"
then = ["a", "b"]
[[rule]]
id = "R2"
within = "5 days"
[[test]]
name = "one"
"#;

    fn files(text: &str) -> PackFiles {
        let file = PackFile {
            name: "pack.toml".to_owned(),
            own: true,
            text: text.to_owned(),
        };
        PackFiles {
            is_folder: true,
            files: vec![file],
        }
    }

    fn difference(after: &str) -> PackDifference {
        PackDifference::of(&files(BEFORE), &files(after))
    }

    #[test]
    fn a_dated_line_that_changes_is_one_difference_and_bears_on_the_rule_that_uses_it() {
        let found = difference(
            &BEFORE
                .replace("90 days", "60 days")
                .replace("\"one\"", "\"two\""),
        );
        let change = PackChange {
            entry: entry("value", "service"),
            key: "entries[2010-08-13].value".to_owned(),
            before: Some("90 days".to_owned()),
            after: Some("60 days".to_owned()),
        };
        assert_eq!(found.changes, [change]);
        assert_eq!(found.bearing_on("R1"), [0]);
        assert_eq!(found.bearing_on("R2"), [] as [usize; 0]);
    }

    #[test]
    fn layout_and_order_are_no_difference() {
        let swapped = BEFORE.replace(r#"["a", "b"]"#, r#"[ "b", "a", ] # either"#);
        assert_eq!(difference(&swapped).changes, []);
    }

    #[test]
    fn what_all_rules_share_bears_on_a_rule_that_did_not_change_itself() {
        let after = BEFORE
            .replace("Asia/Shanghai", "Europe/Rome")
            .replace("5 days", "6 days")
            .replace("\"1\"", "\"2\"");
        let found = difference(&after);
        assert_eq!(found.changes.len(), 3);
        assert_eq!(found.bearing_on("R1").len(), 1);
        assert_eq!(found.changes[found.bearing_on("R1")[0]].key, "zone");
        assert_eq!(found.changes[found.bearing_on("R2")[0]].key, "within");
    }

    #[test]
    fn rules_that_come_and_go_are_told_whole() {
        let found = difference(&BEFORE.replace("id = \"R2\"", "id = \"R3\"\nkind = \"absence\""));
        let told: Vec<_> = found
            .changes
            .iter()
            .map(|change| {
                (
                    change.entry.id.as_str(),
                    change.before.is_some(),
                    change.after.as_deref(),
                )
            })
            .collect();
        assert_eq!(told, [("R2", true, None), ("R3", false, Some("absence"))]);
    }
}
