//! Numbers for what comes again and again: names, rules, objects, buckets.

use std::collections::BTreeMap;

use cage_model::{Interner, Keyed, Symbol};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::code::Code as _;
use super::fault::Fault;
use crate::rows::RuleText;

/// Objects of one generation of the cache.
const OBJECTS_CACHED: usize = 250_000;
/// Buckets of one generation of the cache.
const BUCKETS_CACHED: usize = 50_000;

/// Texts and their numbers, all in memory.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: Keyed<String, i64>,
}

impl Names {
    pub(super) fn load(connection: &Connection) -> Result<Self, Fault> {
        let mut select = connection.prepare("SELECT text, number FROM name")?;
        let mut rows = select.query([])?;
        let mut names = Self::default();
        while let Some(row) = rows.next()? {
            names.numbers.insert(row.get(0)?, row.get(1)?);
        }
        Ok(names)
    }

    /// The number of a text, given now if it is new.
    pub(super) fn number(&mut self, connection: &Connection, text: &str) -> Result<i64, Fault> {
        if let Some(number) = self.numbers.get(text) {
            return Ok(*number);
        }
        let number = self.numbers.len() as i64 + 1;
        let mut insert =
            connection.prepare_cached("INSERT INTO name (number, text) VALUES (?, ?)")?;
        insert.execute(params![number, text])?;
        self.numbers.insert(text.to_owned(), number);
        Ok(number)
    }
}

/// Rules and their numbers, all in memory.
#[derive(Debug, Default)]
pub(super) struct Rules {
    numbers: BTreeMap<RuleText, i64>,
}

impl Rules {
    pub(super) fn load(connection: &Connection) -> Result<Self, Fault> {
        let sql =
            "SELECT pack, version, rule, title_zh, title_en, severity, grade, number FROM rule";
        let mut select = connection.prepare(sql)?;
        let mut rows = select.query([])?;
        let mut numbers = BTreeMap::new();
        while let Some(row) = rows.next()? {
            numbers.insert(rule_of(row, 0)?, row.get(7)?);
        }
        Ok(Self { numbers })
    }

    /// The number of a rule, given now if it is new.
    pub(super) fn number(&mut self, connection: &Connection, of: &RuleText) -> Result<i64, Fault> {
        if let Some(number) = self.numbers.get(of) {
            return Ok(*number);
        }
        let number = self.numbers.len() as i64 + 1;
        let mut insert = connection.prepare_cached(
            "INSERT INTO rule (number, pack, version, rule, title_zh, title_en, severity, grade)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        insert.execute(params![
            number,
            of.pack,
            of.version,
            of.rule,
            of.title_zh,
            of.title_en,
            of.severity.code(),
            of.grade.code()
        ])?;
        self.numbers.insert(of.clone(), number);
        Ok(number)
    }
}

/// A rule from seven columns, beginning at this one.
pub(super) fn rule_of(row: &rusqlite::Row<'_>, from: usize) -> Result<RuleText, Fault> {
    Ok(RuleText {
        pack: row.get(from)?,
        version: row.get(from + 1)?,
        rule: row.get(from + 2)?,
        title_zh: row.get(from + 3)?,
        title_en: row.get(from + 4)?,
        severity: super::code::Code::of(row.get(from + 5)?)?,
        grade: super::code::Code::of(row.get(from + 6)?)?,
    })
}

/// Objects that events named lately, with their numbers; the others are asked of the database.
///
/// Two generations: what is found in the old one moves to the young one, and when that is full the old one is
/// forgotten.
#[derive(Debug, Default)]
pub(super) struct Objects {
    young: Generation,
    old: Generation,
    /// Objects in the database; the next number is this and one.
    pub(super) count: i64,
    /// Whether every object is in one of the generations, so that an unknown one is new.
    is_complete: bool,
    /// Objects that are new and not in the database yet: kind, id and number.
    new: Vec<(i64, String, i64)>,
}

#[derive(Debug, Default)]
struct Generation {
    /// By number of the kind.
    kinds: Keyed<i64, (Interner, Vec<i64>)>,
    count: usize,
}

impl Generation {
    fn get(&self, kind: i64, id: &str) -> Option<i64> {
        let (ids, numbers) = self.kinds.get(&kind)?;
        numbers.get(ids.get(id)?.index()).copied()
    }

    fn insert(&mut self, kind: i64, id: &str, number: i64) {
        let of_kind = self.kinds.entry_or_insert_with(kind, Default::default);
        let (ids, numbers) = of_kind;
        let symbol: Symbol = ids.intern(id);
        // The empty text is in every interner; no object has it as its id unless it is put here.
        numbers.resize(ids.len(), 0);
        numbers[symbol.index()] = number;
        self.count += 1;
    }
}

impl Objects {
    pub(super) fn load(connection: &Connection) -> Result<Self, Fault> {
        let count = "SELECT COALESCE(MAX(number), 0) FROM object";
        let count = connection.query_row(count, [], |row| row.get(0))?;
        Ok(Self {
            count,
            is_complete: count == 0,
            ..Self::default()
        })
    }

    /// The number of an object, given now if it is new.
    pub(super) fn number(
        &mut self,
        connection: &Connection,
        kind: i64,
        id: &str,
    ) -> Result<i64, Fault> {
        if let Some(number) = self.young.get(kind, id).filter(|number| *number != 0) {
            return Ok(number);
        }
        let mut known = self.old.get(kind, id).filter(|number| *number != 0);
        if known.is_none() && !self.is_complete {
            let sql = "SELECT number FROM object WHERE kind = ? AND id = ?";
            let mut select = connection.prepare_cached(sql)?;
            known = select
                .query_row(params![kind, id], |row| row.get(0))
                .optional()?;
        }
        let number = known.unwrap_or_else(|| {
            self.count += 1;
            self.new.push((kind, id.to_owned(), self.count));
            self.count
        });
        self.young.insert(kind, id, number);
        if self.young.count >= OBJECTS_CACHED {
            // What is new must be found in the database before it may be forgotten.
            self.write(connection)?;
            self.is_complete &= self.old.count == 0;
            self.old = std::mem::take(&mut self.young);
        }
        Ok(number)
    }

    /// Writes new objects into the database.
    pub(super) fn write(&mut self, connection: &Connection) -> Result<(), Fault> {
        // In the order of the index on kind and id, so that neighbours are written together.
        self.new.sort_unstable();
        let sql = "INSERT INTO object (kind, id, number) VALUES (?, ?, ?)";
        let mut insert = connection.prepare_cached(sql)?;
        for (kind, id, number) in self.new.drain(..) {
            insert.execute(params![kind, id, number])?;
        }
        Ok(())
    }
}

/// Type, source and day of some events.
pub(super) type BucketKey = (i64, i64, i32);

/// Buckets that events fell into lately.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    buckets: Keyed<BucketKey, Bucket>,
    pub(super) count: i64,
    /// Those that grew in this commit.
    grown: Vec<BucketKey>,
}

#[derive(Debug)]
struct Bucket {
    number: i64,
    /// Events of this commit.
    events: i64,
    is_new: bool,
}

impl Buckets {
    pub(super) fn load(connection: &Connection) -> Result<Self, Fault> {
        let count = "SELECT COALESCE(MAX(number), 0) FROM bucket";
        Ok(Self {
            count: connection.query_row(count, [], |row| row.get(0))?,
            ..Self::default()
        })
    }

    /// Counts an event; the number of its bucket.
    pub(super) fn count_in(
        &mut self,
        connection: &Connection,
        key: BucketKey,
    ) -> Result<i64, Fault> {
        if let Some(bucket) = self.buckets.get_mut(&key) {
            if bucket.events == 0 {
                self.grown.push(key);
            }
            bucket.events += 1;
            return Ok(bucket.number);
        }
        let sql = "SELECT number FROM bucket WHERE kind = ? AND source = ? AND day = ?";
        let mut select = connection.prepare_cached(sql)?;
        let known: Option<i64> = select
            .query_row(params![key.0, key.1, key.2], |row| row.get(0))
            .optional()?;
        let number = known.unwrap_or_else(|| {
            self.count += 1;
            self.count
        });
        let bucket = Bucket {
            number,
            events: 1,
            is_new: known.is_none(),
        };
        self.buckets.insert(key, bucket);
        self.grown.push(key);
        Ok(number)
    }

    /// Writes what was counted.
    pub(super) fn write(&mut self, connection: &Connection) -> Result<(), Fault> {
        let mut insert = connection.prepare_cached(
            "INSERT INTO bucket (number, kind, source, day, events) VALUES (?, ?, ?, ?, ?)",
        )?;
        let mut update =
            connection.prepare_cached("UPDATE bucket SET events = events + ? WHERE number = ?")?;
        for key in self.grown.drain(..) {
            let Some(bucket) = self.buckets.get_mut(&key) else {
                continue;
            };
            let events = std::mem::take(&mut bucket.events);
            if std::mem::take(&mut bucket.is_new) {
                insert.execute(params![bucket.number, key.0, key.1, key.2, events])?;
            } else {
                update.execute(params![events, bucket.number])?;
            }
        }
        if self.buckets.len() > BUCKETS_CACHED {
            self.buckets = Keyed::new();
        }
        Ok(())
    }
}
