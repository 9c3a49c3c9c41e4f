//! The root over each view: what it says, whatever the commits were.

use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

use super::fault::Fault;
use super::read::{CHANGE, change_of, each_list};
use crate::rows::ObjectClocks;
use crate::views::Root;

/// Views that are tables, with their rows in an order that no commit changes.
const TABLES: &[(&str, &str)] = &[
    (
        "objects",
        "SELECT o.number, n.text, o.id FROM object o JOIN name n ON n.number = o.kind ORDER BY o.number",
    ),
    (
        "event_figures",
        "SELECT b.number, k.text, s.text, b.day, b.events FROM bucket b JOIN name k ON k.number = b.kind
         JOIN name s ON s.number = b.source ORDER BY b.number",
    ),
    (
        "findings",
        "SELECT f.opened, f.id, f.opened_told, f.last_change, f.standing, f.verdict, f.became, n.text, f.object_id,
             r.pack, r.version, r.rule, r.title_zh, r.title_en, r.severity, r.grade
         FROM finding f JOIN rule r ON r.number = f.rule JOIN name n ON n.number = f.object_kind ORDER BY f.opened",
    ),
    (
        "finding_figures",
        "SELECT r.pack, r.version, r.rule, r.title_zh, r.title_en, r.severity, r.grade, g.day, g.standing_open,
             g.withdrawn
         FROM finding_figure g JOIN rule r ON r.number = g.rule WHERE g.standing_open + g.withdrawn > 0
         ORDER BY r.pack, r.version, r.rule, r.title_zh, r.title_en, r.severity, r.grade, g.day",
    ),
    ("packs", "SELECT since, pack, version, hash FROM pack ORDER BY since, pack"),
    ("position", "SELECT records, changes, jumped FROM place"),
];

/// The root over each view.
pub(super) fn roots(views: &Connection, clocks: &[ObjectClocks]) -> Result<Vec<Root>, Fault> {
    let mut roots = Vec::new();
    for (view, sql) in TABLES {
        roots.push(root(view, |fields| rows(views, sql, fields))?);
    }
    roots.push(root("postings", |fields| {
        each_list(views, |list, records| {
            fields.number(list);
            fields.number(records.len() as u64);
            records.iter().for_each(|record| fields.number(*record));
        })
    })?);
    roots.push(root("changes", |fields| {
        let mut select = views.prepare_cached(&format!("{CHANGE} ORDER BY c.number"))?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            // Through the row's type, so that a column that nobody can read is seen.
            fields.text(format!("{:?}", change_of(row)?).as_bytes());
        }
        Ok(())
    })?);
    roots.push(root("clocks", |fields| {
        for of in clocks {
            fields.text(format!("{of:?}").as_bytes());
        }
        Ok(())
    })?);
    Ok(roots)
}

fn root(
    view: &'static str,
    content: impl FnOnce(&mut Fields) -> Result<(), Fault>,
) -> Result<Root, Fault> {
    let mut fields = Fields(Sha256::new());
    fields.text(view.as_bytes());
    content(&mut fields)?;
    let hash = fields.0.finalize().into();
    Ok(Root { view, hash })
}

fn rows(views: &Connection, sql: &str, fields: &mut Fields) -> Result<(), Fault> {
    let mut select = views.prepare_cached(sql)?;
    let columns = select.column_count();
    let mut rows = select.query([])?;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            match row.get_ref(column)? {
                ValueRef::Null => fields.text(b"null"),
                ValueRef::Integer(number) => fields.number(number as u64),
                ValueRef::Real(number) => fields.number(number.to_bits()),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => fields.text(bytes),
            }
        }
    }
    Ok(())
}

/// A hash over fields, each with its kind and length before it, so that no two contents are spelled alike.
struct Fields(Sha256);

impl Fields {
    fn number(&mut self, number: u64) {
        self.0.update([1]);
        self.0.update(number.to_le_bytes());
    }

    fn text(&mut self, text: &[u8]) {
        self.0.update([2]);
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text);
    }
}
