//! Notes of moved clocks as bytes: each text once, numbers short.

use cage_model::{Instant, Keyed};

use super::Clocks;
use crate::postings::{BadBlock, Bytes, put};
use crate::rows::{Clock, ObjectClocks, ObjectKey};

/// Bytes of one note of the whole, about.
const NOTE_BYTES: usize = 256 << 10;

/// What a commit moved.
pub(crate) fn noted<'c>(moved: impl IntoIterator<Item = &'c ObjectClocks>) -> Vec<u8> {
    let mut note = Note::default();
    for clocks in moved {
        note.put(clocks);
    }
    note.bytes
}

/// Everything that is open, as notes of bounded size.
pub(crate) fn whole(clocks: &Clocks) -> Vec<Vec<u8>> {
    let mut notes = Vec::new();
    let mut note = Note::default();
    for clocks in clocks.all() {
        note.put(&clocks);
        if note.bytes.len() >= NOTE_BYTES {
            notes.push(std::mem::take(&mut note).bytes);
        }
    }
    notes.push(note.bytes);
    notes
}

/// Reads a note and applies it.
pub(crate) fn read_notes(note: &[u8], into: &mut Clocks) -> Result<(), BadBlock> {
    let mut bytes = Bytes(note, 0);
    let mut texts = Vec::new();
    while !bytes.is_empty() {
        let kind = text(&mut bytes, &mut texts)?;
        let id = one_text(&mut bytes)?;
        let pack = text(&mut bytes, &mut texts)?;
        let mut clocks = Vec::new();
        for _ in 0..bytes.number()? {
            clocks.push(Clock {
                rule: text(&mut bytes, &mut texts)?,
                trigger: bytes.number()?.checked_sub(1),
                due: instant(&mut bytes)?,
                reminder: match bytes.number()? {
                    0 => None,
                    _ => Some(instant(&mut bytes)?),
                },
            });
        }
        into.set(&ObjectClocks {
            object: ObjectKey { kind, id },
            pack,
            clocks,
        });
    }
    Ok(())
}

#[derive(Default)]
struct Note {
    bytes: Vec<u8>,
    texts: Keyed<String, u64>,
}

impl Note {
    fn put(&mut self, of: &ObjectClocks) {
        self.text(&of.object.kind);
        self.one_text(&of.object.id);
        self.text(&of.pack);
        put(&mut self.bytes, of.clocks.len() as u64);
        for clock in &of.clocks {
            self.text(&clock.rule);
            put(
                &mut self.bytes,
                clock.trigger.map_or(0, |trigger| trigger + 1),
            );
            self.instant(clock.due);
            put(&mut self.bytes, u64::from(clock.reminder.is_some()));
            if let Some(reminder) = clock.reminder {
                self.instant(reminder);
            }
        }
    }

    /// A text that comes again and again: its number, and where that is new, the text.
    fn text(&mut self, text: &str) {
        if let Some(number) = self.texts.get(text) {
            put(&mut self.bytes, *number);
            return;
        }
        let number = self.texts.len() as u64;
        self.texts.insert(text.to_owned(), number);
        put(&mut self.bytes, number);
        self.one_text(text);
    }

    fn one_text(&mut self, text: &str) {
        put(&mut self.bytes, text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn instant(&mut self, at: Instant) {
        // The sign goes to the lowest bit, so that times before 1970 are short too.
        put(&mut self.bytes, ((at.0 << 1) ^ (at.0 >> 63)) as u64);
    }
}

fn text(bytes: &mut Bytes<'_>, texts: &mut Vec<String>) -> Result<String, BadBlock> {
    let number = bytes.number()?;
    if number == texts.len() as u64 {
        texts.push(one_text(bytes)?);
    }
    let known = usize::try_from(number).ok().and_then(|at| texts.get(at));
    known.cloned().ok_or(BadBlock { at: bytes.1 })
}

fn one_text(bytes: &mut Bytes<'_>) -> Result<String, BadBlock> {
    let length = bytes.number()?;
    let text = std::str::from_utf8(bytes.take(length)?);
    text.map(str::to_owned)
        .map_err(|_| BadBlock { at: bytes.1 })
}

fn instant(bytes: &mut Bytes<'_>) -> Result<Instant, BadBlock> {
    let number = bytes.number()?;
    Ok(Instant((number >> 1) as i64 ^ -((number & 1) as i64)))
}
