//! The engine on events as they come: what a check finds at its end, told when it becomes true.
//!
//! Time moves by records alone, so a replay of the same records tells the same. An event that comes late for an
//! object makes that object's own journal be folded anew in order of time; what was found before and is not
//! found any more is withdrawn.

mod again;
mod asked;
mod certified;
mod described;
mod packed;
mod positions;
mod save;
mod watched;

use std::sync::Arc;

use cage_engine::{
    Candidate, DERIVED_TEXTS, Engine, EventOrder, Folded, Projected, Projector, Unsupported,
    each_symbol,
};
use cage_formats::OBJECT_TYPE;
use cage_model::{EventBuffer, Finding, Instant, Interner, Symbol, Time, Wanted};
use cage_pack::Program;

use again::Late;
pub use asked::Clock;
pub use certified::Certified;
pub use save::LoadError;
use watched::Watched;

/// Where records are read again by their position.
pub trait Journal {
    /// Why a record cannot be read.
    type Error;

    /// Reads the event at a position. A record that describes an object is one of the type
    /// [`cage_formats::OBJECT_TYPE`] that names this object alone and has its attributes.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn read(
        &self,
        position: u64,
        names: &mut Interner,
        into: &mut EventBuffer,
    ) -> Result<(), Self::Error>;
}

/// What became true, or is not true any more.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Change {
    /// A finding.
    Opened(Finding),
    /// More became known of a finding.
    Amended {
        /// As it stood.
        before: Finding,
        /// As it stands.
        after: Finding,
    },
    /// A late event took it back.
    Withdrawn(Finding),
}

impl Change {
    /// The finding as it stands, or stood.
    #[must_use]
    pub fn finding(&self) -> &Finding {
        match self {
            Self::Opened(finding) | Self::Withdrawn(finding) => finding,
            Self::Amended { after, .. } => after,
        }
    }
}

/// Rules, and all that they remember.
#[derive(Clone)]
pub struct Live {
    engine: Engine,
    projector: Projector,
    names: Interner,
    buffer: EventBuffer,
    projected: Projected,
    /// By type and number.
    objects: Vec<Vec<Watched>>,
    now: Time,
    /// Objects that the last event or tick was about, by type and number.
    touched: Vec<(u16, u32)>,
}

impl std::fmt::Debug for Live {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let objects: usize = self.objects.iter().map(Vec::len).sum();
        write!(formatter, "rules over {objects} objects at {}", self.now)
    }
}

impl Live {
    /// Rules that have seen nothing.
    ///
    /// # Errors
    ///
    /// When a rule is of a kind that cannot be judged.
    pub fn new(program: &Arc<Program>) -> Result<Self, Unsupported> {
        let mut engine = Engine::new(Arc::clone(program), EventOrder::Time)?;
        engine.keep_timers();
        Ok(Self {
            names: engine.names().clone(),
            projector: Projector::new(program),
            buffer: EventBuffer::default(),
            projected: Projected::default(),
            objects: vec![Vec::new(); program.object_types.len()],
            now: Time::new(Instant::MIN, None),
            touched: Vec::new(),
            engine,
        })
    }

    /// The texts that findings name.
    #[must_use]
    pub fn names(&self) -> &Interner {
        &self.names
    }

    /// The id of an object that a finding names.
    #[must_use]
    pub fn id(&self, object_type: u16, object: u32) -> &str {
        self.projector.id(object_type, object)
    }

    /// The findings of all objects that stand, object by object.
    pub fn standing(&self) -> impl Iterator<Item = Finding> {
        let types = (0..).zip(&self.objects);
        types.flat_map(|(object_type, of_type)| {
            let objects = (0..).zip(of_type);
            objects.flat_map(move |(object, watched)| watched.findings(object_type, object))
        })
    }

    /// When [`Live::tick`] has something to do next; `None` when nothing is owed.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        self.engine.next_due()
    }

    /// Whether an event of an object was taken here. `kind` is the name of its type in the pack; ids of
    /// derived objects have their parts joined by U+001F, as [`Live::id`] gives them.
    #[must_use]
    pub fn knows(&self, kind: &str, id: &str) -> bool {
        self.number(kind, id).is_some()
    }

    /// An object's type and number, as findings name it, by the names of both; `None` when no event of it
    /// was taken here.
    #[must_use]
    pub fn number(&self, kind: &str, id: &str) -> Option<(u16, u32)> {
        let kind = self.names.get(kind)?;
        let mut types = self.engine.program().object_types.iter();
        let object_type = types.position(|declared| declared.name == kind)? as u16;
        Some((object_type, self.projector.find(object_type, id)?))
    }

    /// Which attributes of events the rules look at. A journal that reads no others spares time, and
    /// spares memory: the names of attributes that are read are kept for good.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        let names = self.projector.attributes().into_iter();
        Wanted::Names(names.map(|name| self.names.text(name).to_owned()).collect())
    }

    /// Takes the event at a position of the journal. Positions ascend from call to call.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read. The event may have been taken for some of its objects then: what
    /// is remembered must not be used any more.
    pub fn event<J: Journal>(
        &mut self,
        position: u64,
        journal: &J,
    ) -> Result<Vec<Change>, J::Error> {
        self.event_for(position, journal, &mut |_, _| true)
    }

    /// Takes the event at a position of the journal for those of its objects that `takes` answers true
    /// for, asked with the name of the object's type and the object (its id as for [`Live::knows`]). So several versions
    /// of a pack can share objects out among them; an object's events must all go to one. The answer
    /// must follow from the records before, or a replay tells something else.
    ///
    /// # Errors
    ///
    /// As [`Live::event`].
    pub fn event_for<J: Journal>(
        &mut self,
        position: u64,
        journal: &J,
        takes: &mut dyn FnMut(&str, &Candidate<'_>) -> bool,
    ) -> Result<Vec<Change>, J::Error> {
        journal.read(position, &mut self.names, &mut self.buffer)?;
        if self.names.text(self.buffer.activity) == OBJECT_TYPE {
            return self.described(position, journal, takes);
        }
        let program = Arc::clone(self.engine.program());
        self.projector.event_of(
            &self.buffer,
            &mut self.names,
            &mut self.projected,
            &mut |candidate| {
                let kind = program.object_types.get(usize::from(candidate.object_type));
                kind.is_some_and(|kind| takes(program.names.text(kind.name), candidate))
            },
        );
        self.projected.position = position;
        let mut changes = Vec::new();
        self.touched.clear();
        let event = std::mem::take(&mut self.projected);
        let folded = self.fold(&event, journal, &mut changes);
        self.projected = event;
        folded?;
        if self.next_due().is_some_and(|due| due <= self.now.instant()) {
            self.run_out(&mut changes);
        }
        self.touched.sort_unstable();
        self.touched.dedup();
        changes.sort_by_key(order);
        Ok(changes)
    }

    /// Folds an event into every object that it names.
    fn fold<J: Journal>(
        &mut self,
        event: &Projected,
        journal: &J,
        changes: &mut Vec<Change>,
    ) -> Result<(), J::Error> {
        for (object_type, object) in event.objects.iter().copied() {
            self.touched.push((object_type, object));
            let watched = self.watched(object_type, object);
            let moment = event.moment.map_or(watched.came, |moment| moment.instant);
            watched.came = moment;
            if moment < watched.until {
                let late = Late {
                    object_type,
                    object,
                    moment,
                    event,
                };
                self.again(&late, journal, changes)?;
                continue;
            }
            watched.until = moment;
            watched.journal.push(event.position);
            let folded = self
                .engine
                .step(&event.event(), object_type, object, &self.names);
            debug_assert_eq!(folded, Folded::Judged, "late ones are folded anew");
            self.collect(changes);
            self.mark((object_type, object), moment, moment);
        }
        Ok(())
    }

    /// Lets time pass: what ran out up to and including `now`.
    pub fn tick(&mut self, now: Time) -> Vec<Change> {
        if now.instant() > self.now.instant() {
            self.now = now;
        }
        let mut changes = Vec::new();
        self.touched.clear();
        if self.next_due().is_some_and(|due| due <= self.now.instant()) {
            self.run_out(&mut changes);
        }
        self.touched.sort_unstable();
        self.touched.dedup();
        changes.sort_by_key(order);
        changes
    }

    /// Everything that ran out up to now.
    fn run_out(&mut self, changes: &mut Vec<Change>) {
        // Reminders are no findings; whoever sends them asks the engine for them.
        let _ = self.engine.tick(self.now, &self.names);
        for (object_type, object, at) in self.engine.take_fired() {
            let watched = self.watched(object_type, object);
            watched.until = watched.until.max(at);
            self.touched.push((object_type, object));
        }
        self.collect(changes);
    }

    /// The event at a position of the journal, without its objects.
    fn read<J: Journal>(&mut self, position: u64, journal: &J) -> Result<Projected, J::Error> {
        journal.read(position, &mut self.names, &mut self.buffer)?;
        let mut projected = Projected::default();
        self.projector
            .event_of(&self.buffer, &mut self.names, &mut projected, &mut |_| {
                false
            });
        projected.position = position;
        Ok(projected)
    }

    fn watched(&mut self, object_type: u16, object: u32) -> &mut Watched {
        let of_type = &mut self.objects[usize::from(object_type)];
        if of_type.len() <= object as usize {
            of_type.resize_with(object as usize + 1, Watched::default);
        }
        &mut of_type[object as usize]
    }

    /// Takes over what the engine said since the last time.
    fn collect(&mut self, changes: &mut Vec<Change>) {
        let Some(said) = self.engine.take_said() else {
            return;
        };
        for finding in said.findings {
            let finding = self.named(finding, &said.texts);
            self.watched(finding.object_type, finding.object)
                .find(finding);
            changes.push(Change::Opened(finding));
        }
        for finding in said.amended {
            let after = self.named(finding, &said.texts);
            let watched = self.watched(after.object_type, after.object);
            if let Some(before) = watched.amend(after) {
                changes.push(Change::Amended { before, after });
            }
        }
    }

    /// A finding whose texts are in our names.
    fn named(&mut self, mut finding: Finding, texts: &[String]) -> Finding {
        let names = &mut self.names;
        each_symbol(
            &mut finding,
            &mut |symbol: Symbol| match (symbol.index() as u32).checked_sub(DERIVED_TEXTS) {
                Some(index) => names.intern(texts.get(index as usize).map_or("", String::as_str)),
                None => symbol,
            },
        );
        finding
    }
}

/// Withdrawn ones first; then by rule and [`Finding::place`].
fn order(change: &Change) -> impl Ord + use<> {
    let kind = match change {
        Change::Withdrawn(_) => 0,
        Change::Opened(_) => 1,
        Change::Amended { .. } => 2,
    };
    let finding = change.finding();
    (kind, finding.rule, finding.place())
}
