//! What the engine itself keeps for each object of one type: its last time, what it has had of
//! each rule, and its fields.

use cage_law::Moment;
use cage_model::{Instant, Keyed, Value};
use serde::{Deserialize, Serialize};

use crate::chunks::Chunks;
use crate::sink::Marks;
use crate::state::{Damaged, Reader, Writer, demand};

/// Words of a head before the marks: the last instant, then offset and status.
const HEAD_WORDS: usize = 2;
const STATUS_EXISTS: u64 = 1;
const STATUS_WITHDRAWN: u64 = 2;
const STATUS_TIMELINE: u64 = 4;
const OFFSET_SHIFT: u32 = 16;
/// A word of a new head.
const NEW: u64 = 0;
const SIGN: u64 = 1 << (u64::BITS - 1);

/// A change of a field that holds from some instant on.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Change {
    since: Instant,
    field: u16,
    value: Value,
}

/// The objects of one type. An object's head is one run of words, so that an event touches one
/// place in memory for all that does not belong to a single rule.
#[derive(Clone, Debug)]
pub(crate) struct Objects {
    /// Objects that were reached.
    len: usize,
    heads: Chunks<u64>,
    fields: Chunks<Value>,
    /// Changes of fields that lie ahead, by object, in the order of time.
    ahead: Keyed<u32, Vec<Change>>,
}

impl Objects {
    /// For a type with so many rules and fields.
    pub(crate) fn new(rules: usize, fields: usize) -> Self {
        let marks = (rules * Marks::STORED).div_ceil(u64::BITS as usize);
        Self {
            len: 0,
            heads: Chunks::new(HEAD_WORDS + marks),
            fields: Chunks::new(fields),
            ahead: Keyed::new(),
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is room for an object.
    #[inline]
    pub(crate) fn has_room(&self, objects: usize) -> bool {
        self.heads.room() >= objects
    }

    pub(crate) fn grow(&mut self, objects: usize) {
        self.heads.grow(objects, NEW);
        self.fields.grow(objects, Value::Missing);
    }

    /// Counts an object as reached.
    #[inline]
    pub(crate) fn reach(&mut self, object: u32) {
        self.len = self.len.max(object as usize + 1);
    }

    /// Fetches an object's head from memory, see [`crate::columns::Column::warm`].
    #[inline]
    pub(crate) fn warm(&self, object: u32) {
        self.heads.warm(object);
    }

    #[inline]
    fn status(&self, object: u32) -> u64 {
        self.heads.row(object)[1]
    }

    fn set_status(&mut self, object: u32, bits: u64) {
        self.heads.row_mut(object)[1] |= bits;
    }

    /// Whether an event or record of it was folded, or taken back.
    pub(crate) fn exists(&self, object: u32) -> bool {
        self.status(object) & STATUS_EXISTS != 0
    }

    pub(crate) fn create(&mut self, object: u32) {
        self.set_status(object, STATUS_EXISTS);
    }

    pub(crate) fn is_withdrawn(&self, object: u32) -> bool {
        self.status(object) & STATUS_WITHDRAWN != 0
    }

    /// Forgets all but that the object is to be judged elsewhere.
    pub(crate) fn withdraw(&mut self, object: u32) {
        self.clear(object);
        self.set_status(object, STATUS_EXISTS | STATUS_WITHDRAWN);
    }

    /// Forgets the object.
    pub(crate) fn clear(&mut self, object: u32) {
        self.heads.row_mut(object).fill(NEW);
        self.fields.row_mut(object).fill(Value::Missing);
        self.ahead.remove(&object);
    }

    /// The time of its last event; [`Instant::MIN`] before the first.
    pub(crate) fn last(&self, object: u32) -> Instant {
        // Kept so that a new head, all zeros, stands for the earliest instant.
        Instant((self.heads.row(object)[0] ^ SIGN) as i64)
    }

    /// Whether an event with a time was folded.
    pub(crate) fn has_events(&self, object: u32) -> bool {
        self.last(object) > Instant::MIN
    }

    /// The offset of its last event, in minutes.
    pub(crate) fn offset(&self, object: u32) -> i16 {
        (self.status(object) >> OFFSET_SHIFT) as u16 as i16
    }

    pub(crate) fn set_last(&mut self, object: u32, at: Instant, offset: i16) {
        let head = self.heads.row_mut(object);
        head[0] = at.0 as u64 ^ SIGN;
        let low = head[1] & ((1 << OFFSET_SHIFT) - 1);
        head[1] = low | STATUS_EXISTS | u64::from(offset as u16) << OFFSET_SHIFT;
    }

    /// What the object has had of the rule with this number among its type's.
    pub(crate) fn marks(&self, object: u32, rule: usize) -> Marks {
        marks_in(self.heads.row(object), rule)
    }

    /// Adds marks.
    pub(crate) fn mark(&mut self, object: u32, rule: usize, marks: Marks) {
        mark_in(self.heads.row_mut(object), rule, marks);
    }

    /// The object's head, to change, beside its fields.
    #[inline]
    pub(crate) fn open(&mut self, object: u32) -> (Head<'_>, &[Value]) {
        (Head(self.heads.row_mut(object)), self.fields.row(object))
    }

    /// The object's fields.
    pub(crate) fn fields(&self, object: u32) -> &[Value] {
        self.fields.row(object)
    }

    pub(crate) fn set_field(&mut self, object: u32, field: u16, value: Value) {
        self.fields.row_mut(object)[usize::from(field)] = value;
    }

    /// Keeps a change of a field for later.
    pub(crate) fn set_ahead(&mut self, object: u32, since: Instant, field: u16, value: Value) {
        self.set_status(object, STATUS_TIMELINE);
        let changes = self.ahead.entry_or_insert_with(object, Vec::new);
        let at = changes.partition_point(|change| change.since <= since);
        changes.insert(
            at,
            Change {
                since,
                field,
                value,
            },
        );
    }

    /// Lets the changes up to a moment take effect.
    pub(crate) fn advance(&mut self, object: u32, now: Moment) {
        if self.status(object) & STATUS_TIMELINE == 0 {
            return;
        }
        let Some(changes) = self.ahead.get_mut(&object) else {
            return;
        };
        let due = changes.partition_point(|change| change.since <= now.instant);
        let due: Vec<Change> = changes.drain(..due).collect();
        for change in due {
            self.set_field(object, change.field, change.value);
        }
    }

    /// The fields as they stand at a moment that may lie after the last event.
    pub(crate) fn fields_at(&self, object: u32, now: Instant) -> Vec<Value> {
        let mut fields = self.fields(object).to_vec();
        for change in self.ahead.get(&object).into_iter().flatten() {
            if change.since <= now {
                fields[usize::from(change.field)] = change.value;
            }
        }
        fields
    }

    /// Writes everything that is kept of an object.
    pub(crate) fn save(&self, object: u32, into: &mut Writer<'_>) {
        let head = self.heads.row(object);
        into.put(&self.last(object));
        head[1..].iter().for_each(|word| into.put(word));
        self.fields
            .row(object)
            .iter()
            .for_each(|value| into.put(value));
        if self.status(object) & STATUS_TIMELINE != 0 {
            let none = Vec::new();
            into.put(self.ahead.get(&object).unwrap_or(&none));
        }
    }

    /// Keeps what [`Objects::save`] wrote, of an object of which nothing is kept.
    pub(crate) fn load(&mut self, object: u32, from: &mut Reader<'_>) -> Result<(), Damaged> {
        let last: Instant = from.take()?;
        let head = self.heads.row_mut(object);
        head[0] = last.0 as u64 ^ SIGN;
        for word in &mut head[1..] {
            *word = from.take()?;
        }
        let fields = self.fields.row_mut(object);
        for value in &mut *fields {
            *value = from.take()?;
        }
        let fields = fields.len();
        if self.status(object) & STATUS_TIMELINE != 0 {
            let changes: Vec<Change> = from.take()?;
            let fit = |change: &Change| usize::from(change.field) < fields;
            demand(
                changes.iter().all(fit),
                "a field that the object does not have",
            )?;
            if !changes.is_empty() {
                self.ahead.insert(object, changes);
            }
        }
        Ok(())
    }

    /// Bytes held, changes ahead not counted.
    pub(crate) fn bytes(&self) -> usize {
        self.heads.bytes() + self.fields.bytes() + self.ahead.bytes()
    }
}

/// Word of a head and bit in it at which the marks of a rule begin.
const fn mark_place(rule: usize) -> (usize, u32) {
    let bit = rule * Marks::STORED;
    let word = HEAD_WORDS + bit / u64::BITS as usize;
    (word, (bit % u64::BITS as usize) as u32)
}

/// The head of one object while an event is folded into it.
pub(crate) struct Head<'h>(&'h mut [u64]);

impl Head<'_> {
    /// As [`Objects::marks`].
    #[inline]
    pub(crate) fn marks(&self, rule: usize) -> Marks {
        marks_in(self.0, rule)
    }

    /// As [`Objects::mark`].
    #[inline]
    pub(crate) fn mark(&mut self, rule: usize, marks: Marks) {
        mark_in(self.0, rule, marks);
    }
}

#[inline]
fn marks_in(head: &[u64], rule: usize) -> Marks {
    let (word, shift) = mark_place(rule);
    let low = head[word] >> shift;
    let bits = if shift as usize + Marks::STORED > u64::BITS as usize {
        low | head[word + 1] << (u64::BITS - shift)
    } else {
        low
    };
    Marks((bits & ((1 << Marks::STORED) - 1)) as u8)
}

#[inline]
fn mark_in(head: &mut [u64], rule: usize, marks: Marks) {
    let bits = u64::from(marks.0) & ((1 << Marks::STORED) - 1);
    let (word, shift) = mark_place(rule);
    head[word] |= bits << shift;
    if shift as usize + Marks::STORED > u64::BITS as usize {
        head[word + 1] |= bits >> (u64::BITS - shift);
    }
}
