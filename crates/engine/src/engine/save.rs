//! All that an engine remembers, as bytes and back. What it has said is not kept: whoever saves has
//! taken it.

use std::cmp::Reverse;

use cage_model::Instant;

use super::live::Owner;
use super::{Engine, Kind};
use crate::state::{Damaged, Reader, Writer, demand};

impl Engine {
    /// Writes everything that is remembered of objects, and the timers.
    pub fn save(&self, into: &mut Writer<'_>) {
        for kind in &self.kinds {
            for judging in &kind.rules {
                judging.column.save_shared(into);
            }
            into.put(&(kind.objects.len() as u64));
            for object in 0..kind.objects.len() as u32 {
                kind.save(object, into);
            }
        }
        let timers = self.timers.as_ref().map(|timers| timers.earliest.sorted());
        into.put(&timers.unwrap_or_default());
    }

    /// Remembers what [`Engine::save`] wrote. To be called before the first event; the engine is of no
    /// use after an error.
    ///
    /// # Errors
    /// When the bytes are no state of an engine of the same program.
    pub fn load(&mut self, from: &mut Reader<'_>) -> Result<(), Damaged> {
        for kind in &mut self.kinds {
            for judging in &mut kind.rules {
                judging.column.load_shared(from)?;
            }
            for object in 0..from.count()? {
                kind.reach(object);
                kind.load(object, from)?;
            }
        }
        let timers: Vec<(Owner, Instant)> = from.take()?;
        for (owner, at) in timers {
            let (object_type, local, object) = owner;
            let kind = self.kinds.get(usize::from(object_type));
            let is_known = kind.is_some_and(|kind| {
                usize::from(local) < kind.rules.len() && (object as usize) < kind.objects.len()
            });
            demand(is_known, "a timer of nothing")?;
            let Some(timers) = &mut self.timers else {
                return Err(Damaged("timers where none are kept"));
            };
            let before = timers.earliest.insert(owner, at);
            demand(before.is_none(), "a timer that is told twice")?;
            timers.heap.push(Reverse((at, owner)));
        }
        Ok(())
    }

    /// Writes everything that is remembered of one object, without its timers.
    pub fn save_object(&self, object_type: u16, object: u32, into: &mut Writer<'_>) {
        if let Some(kind) = self.kinds.get(usize::from(object_type))
            && (object as usize) < kind.objects.len()
        {
            kind.save(object, into);
        }
    }

    /// Remembers what [`Engine::save_object`] of this engine wrote, for an object that was
    /// [forgotten](Engine::forget), and sets its timers.
    ///
    /// # Errors
    /// When the bytes are something else.
    pub fn load_object(
        &mut self,
        object_type: u16,
        object: u32,
        from: &mut Reader<'_>,
    ) -> Result<(), Damaged> {
        let Some(kind) = self.kinds.get_mut(usize::from(object_type)) else {
            return Err(Damaged("an object of no type"));
        };
        kind.reach(object);
        kind.load(object, from)?;
        let last = kind.objects.last(object);
        if let Some(timers) = &mut self.timers {
            for (local, judging) in (0..).zip(&kind.rules) {
                let owner = (object_type, local, object);
                timers.schedule_after(judging, owner, last, &self.program.days);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
impl Engine {
    /// An engine that goes on from what this one saves, with the account of this one.
    ///
    /// # Panics
    /// When it would save something else itself.
    pub(crate) fn saved_and_loaded(&self) -> Self {
        let bytes = |engine: &Self| {
            let mut bytes = Vec::new();
            let mut keep = |piece: &[u8]| bytes.extend_from_slice(piece);
            let mut into = Writer::new(&mut keep);
            engine.save(&mut into);
            into.flush();
            bytes
        };
        let mut loaded = Self::new(std::sync::Arc::clone(&self.program), self.order).unwrap();
        loaded.keep_timers();
        let saved = bytes(self);
        let mut from = Reader::of(&saved);
        loaded.load(&mut from).unwrap();
        assert!(from.is_at_end());
        assert_eq!(bytes(&loaded), saved, "what was loaded is saved the same");
        loaded.account = self.account.clone();
        loaded
    }
}

impl Kind {
    fn save(&self, object: u32, into: &mut Writer<'_>) {
        self.objects.save(object, into);
        for judging in &self.rules {
            judging.column.save(object, into);
        }
    }

    fn load(&mut self, object: u32, from: &mut Reader<'_>) -> Result<(), Damaged> {
        self.objects.load(object, from)?;
        for judging in &mut self.rules {
            judging.column.load(object, from)?;
        }
        Ok(())
    }
}
