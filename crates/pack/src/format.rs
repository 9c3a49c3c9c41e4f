//! One way to write a pack: keys in the order of the reference, equals signs in a column, one
//! blank line between tables. Comments and the order of tables stay the author's.

use toml_edit::{DocumentMut, Item, RawString, Table};

use crate::vocabulary::{Key, find_kind, find_section, rule_keys};

/// A file that cannot be formatted because it is not TOML; `load` says where and why.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not readable as TOML, so it cannot be formatted; `pack check` shows every fault")]
pub struct FormatError;

/// A TOML file of a pack in canonical form. Formatting it again changes nothing.
///
/// # Errors
/// When the text is not TOML.
pub fn format(text: &str) -> Result<String, FormatError> {
    let text = text.replace("\r\n", "\n");
    let mut document: DocumentMut = text.parse().map_err(|_| FormatError)?;
    let first = first_position(document.as_table());
    for (name, item) in document.iter_mut() {
        let name = name.get().to_owned();
        match item {
            Item::Table(table) => section(&name, table, first),
            Item::ArrayOfTables(tables) => {
                for table in tables.iter_mut() {
                    section(&name, table, first);
                }
            }
            Item::None | Item::Value(_) => {}
        }
    }
    let trailing = tidy_comment(document.trailing().as_str().unwrap_or_default(), false);
    document.set_trailing(trailing);
    let written = document.to_string();
    Ok(format!("{}\n", written.trim_end())
        .trim_start_matches('\n')
        .to_owned())
}

/// Where the first table of a document stands.
fn first_position(root: &Table) -> Option<isize> {
    let mut positions = Vec::new();
    for (_, item) in root {
        match item {
            Item::Table(table) => positions.extend(table.position()),
            Item::ArrayOfTables(tables) => {
                positions.extend(tables.iter().filter_map(Table::position));
            }
            Item::None | Item::Value(_) => {}
        }
    }
    positions.into_iter().min()
}

fn section(name: &str, table: &mut Table, first: Option<isize>) {
    let keys = match find_section(name) {
        Some(_) if name == "rule" => table
            .get("kind")
            .and_then(Item::as_str)
            .and_then(find_kind)
            .map_or_else(Vec::new, rule_keys),
        Some(section) => section.keys.to_vec(),
        None => Vec::new(),
    };
    whole_table(table, &keys, first);
}

fn whole_table(table: &mut Table, keys: &[Key], first: Option<isize>) {
    let leading = table.position() != first;
    let prefix = table.decor().prefix().and_then(RawString::as_str);
    let prefix = tidy_comment(prefix.unwrap_or_default(), leading);
    table.decor_mut().set_prefix(prefix);
    trim_suffix(table.decor_mut());
    let rank = |name: &str| {
        keys.iter()
            .position(|key| key.name == name)
            .unwrap_or(keys.len())
    };
    table.sort_values_by(|a, _, b, _| rank(a.get()).cmp(&rank(b.get())));
    let plain: Vec<String> = table
        .iter()
        .filter(|(_, item)| item.is_value())
        .map(|(name, _)| name.to_owned())
        .collect();
    let width = plain
        .iter()
        .filter_map(|name| shown_width(table, name))
        .max()
        .unwrap_or(0);
    for name in &plain {
        let own = shown_width(table, name).unwrap_or(width);
        let Some((mut key, item)) = table.get_key_value_mut(name) else {
            continue;
        };
        let prefix = key.leaf_decor().prefix().and_then(RawString::as_str);
        let prefix = tidy_comment(prefix.unwrap_or_default(), false);
        key.leaf_decor_mut().set_prefix(prefix);
        key.leaf_decor_mut().set_suffix(" ".repeat(width - own + 1));
        if let Some(value) = item.as_value_mut() {
            value.decor_mut().set_prefix(" ");
            trim_suffix(value.decor_mut());
        }
    }
    for (_, item) in table.iter_mut() {
        match item {
            Item::Table(inner) if !inner.is_dotted() => whole_table(inner, &[], first),
            _ => {}
        }
    }
}

/// Characters of a key as it is written.
fn shown_width(table: &Table, name: &str) -> Option<usize> {
    let (key, _) = table.get_key_value(name)?;
    Some(key.display_repr().chars().count())
}

fn trim_suffix(decor: &mut toml_edit::Decor) {
    let suffix = decor
        .suffix()
        .and_then(RawString::as_str)
        .unwrap_or_default();
    let comment = suffix.trim();
    let suffix = if comment.is_empty() {
        String::new()
    } else {
        format!(" {comment}")
    };
    decor.set_suffix(suffix);
}

/// Comment lines without indentation, with at most one blank line in a row; one blank line first
/// when `leading`.
fn tidy_comment(text: &str, leading: bool) -> String {
    let mut tidy = String::from(if leading { "\n" } else { "" });
    let mut blank = leading;
    for line in text.lines().map(str::trim) {
        if !line.is_empty() {
            tidy.push_str(line);
            tidy.push('\n');
        } else if !blank {
            tidy.push('\n');
        }
        blank = line.is_empty();
    }
    // A comment that stood apart from what follows stays apart.
    tidy
}
