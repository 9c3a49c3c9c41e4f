//! What is asked of single objects: what they owe, how they stand.

use cage_engine::Standing;
use cage_model::{EventRef, Instant};

use super::Live;
use super::watched::Watched;

/// Something that an object owes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Clock {
    /// The rule, as in the program.
    pub rule: u16,
    /// The event that set the rule off; `None` when the object itself did.
    pub trigger: Option<EventRef>,
    /// By when, as an instant to show: a limit in days is due at the midnight that ends the last of
    /// them. `None` when there is no limit, or while the clock stands still.
    pub due: Option<Instant>,
    /// The first instant at which the time is up.
    pub runs_out: Option<Instant>,
    /// When to remind of it, where the rule wants that.
    pub remind: Option<Instant>,
    /// The offset that the trigger was written with, in minutes.
    pub offset_minutes: i16,
}

impl Live {
    /// What an object owes now, by rule. `object_type` and `object` are as in findings; see
    /// [`Live::number`]. Costs what the object has open, not what it has had.
    #[must_use]
    pub fn clocks(&self, object_type: u16, object: u32) -> Vec<Clock> {
        let days = &self.engine.program().days;
        let mut clocks = Vec::new();
        self.engine.owed(object_type, object, &mut |rule, owed| {
            let due = owed.due;
            clocks.push(Clock {
                rule,
                trigger: owed.trigger,
                due: due.map(|due| days.shown(due, owed.offset)),
                runs_out: due.map(|due| days.expiry(due, owed.offset)),
                remind: owed.remind,
                offset_minutes: owed.offset,
            });
        });
        clocks
    }

    /// How each rule of its type stands for an object now, by rule.
    #[must_use]
    pub fn standing_of(&self, object_type: u16, object: u32) -> Vec<(u16, Standing)> {
        let mut standing = Vec::new();
        self.engine.standing_of(
            (object_type, object),
            self.now,
            &self.names,
            &mut |rule, stands| standing.push((rule, stands)),
        );
        standing
    }

    /// The objects that the last event or tick was about, by type and number, each once: what is shown of
    /// others is as it was.
    #[must_use]
    pub fn touched(&self) -> &[(u16, u32)] {
        &self.touched
    }

    /// Bytes of memory that are held, as far as they are counted: states, journals, findings, names and ids.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let of_type = |of_type: &Vec<Watched>| {
            let held = of_type.iter().map(Watched::bytes).sum::<usize>();
            of_type.capacity() * size_of::<Watched>() + held
        };
        let objects: usize = self.objects.iter().map(of_type).sum();
        self.engine.bytes() + self.projector.bytes() + self.names.bytes() + objects
    }

    /// Up to when time has passed: the latest tick.
    #[must_use]
    pub fn now(&self) -> cage_model::Time {
        self.now
    }
}
