//! Packs in force: the versions of one pack, and which of them answers for what.
//!
//! What has a flow stays with the version under which it began: a running case goes on as it began (G-09). Every
//! other object passes on to a new version with its history, and each version answers for what arose in its own time:
//! an obligation from before stays with the older one, to its end.

use std::cell::RefCell;

use cage_engine::Candidate;
use cage_model::{Finding, Instant, Time};
use cage_pack::Loaded;
use cage_proof::Hash;
use cage_runtime::Change;
use cage_store::{Clock, ObjectClocks, ObjectKey};

use crate::identities::Identities;
use crate::journal::{Look, Reading, Records, moment};
use crate::others::Hush;
use crate::runner::RunnerError;
use crate::version::{Told, Version, shown};

/// The versions of one pack, the oldest first.
#[derive(Debug)]
pub(crate) struct PackLine {
    /// The pack.
    pub(crate) id: String,
    pub(crate) versions: Vec<Version>,
    /// Objects whose clocks may be others than the views know: place of the version, type and number.
    touched: Vec<(usize, u16, u32)>,
}

/// What a fold of one record is given.
pub(crate) struct Step<'s> {
    pub(crate) told: Told,
    pub(crate) look: Look<'s>,
    pub(crate) reading: &'s Reading,
    pub(crate) again: &'s RefCell<Reading>,
    pub(crate) offset_minutes: i16,
}

/// What a version that comes into force reads the past with: the runner's own words, which the records to come are
/// read in too.
pub(crate) struct Past<'p> {
    pub(crate) look: Look<'p>,
    pub(crate) reading: &'p mut Reading,
    pub(crate) again: &'p RefCell<Reading>,
    pub(crate) offset_minutes: i16,
}

/// Records of the past after which touched objects are looked through for repeats.
const TOUCHED_MAX: u64 = 1 << 16;

/// Where changes are written up.
pub(crate) struct Telling<'t> {
    pub(crate) identities: &'t mut Identities,
    pub(crate) changes: &'t mut Vec<cage_store::Change>,
    /// What is not told, as an order of erasure says.
    pub(crate) hush: &'t Hush,
}

impl PackLine {
    /// A pack of which no version is in force yet.
    pub(crate) fn new(id: String) -> Self {
        Self {
            id,
            versions: Vec::new(),
            touched: Vec::new(),
        }
    }

    /// The newest version.
    pub(crate) fn newest(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// Lets time pass in every version.
    pub(crate) fn tick(&mut self, now: Time, told: Told, telling: &mut Telling<'_>) {
        for place in 0..self.versions.len() {
            let changes = self.versions[place].live.tick(now);
            self.touch(place);
            self.tell(place, &changes, told, telling);
        }
    }

    /// Hands the record to every version that answers for any of its objects.
    pub(crate) fn event(
        &mut self,
        step: &Step<'_>,
        telling: &mut Telling<'_>,
    ) -> Result<(), RunnerError> {
        for place in 0..self.versions.len() {
            let changes = self.step(place, step)?;
            self.touch(place);
            self.tell(place, &changes, step.told, telling);
        }
        Ok(())
    }

    fn step(&mut self, place: usize, step: &Step<'_>) -> Result<Vec<Change>, RunnerError> {
        let is_newest = place + 1 == self.versions.len();
        let (older, rest) = self.versions.split_at_mut(place);
        let Some(version) = rest.first_mut() else {
            return Ok(Vec::new());
        };
        let Version {
            live, dictionaries, ..
        } = version;
        let (now, before) = &mut **dictionaries;
        let records = Records {
            look: step.look,
            record: step.told.record,
            reading: step.reading,
            again: step.again,
            dictionaries: RefCell::new((now, before)),
            offset_minutes: step.offset_minutes,
        };
        let mut takes = |kind: &str, object: &Candidate<'_>| {
            (is_newest || object.is_known())
                && !older.iter().any(|version| version.keeps(kind, object.id))
        };
        live.event_for(step.told.record, &records, &mut takes)
    }

    /// Puts a version into force: it folds everything before, so that it knows what it is to answer for.
    pub(crate) fn put_into_force(
        &mut self,
        loaded: (Loaded, Hash),
        told: Told,
        past: Past<'_>,
        telling: &mut Telling<'_>,
    ) -> Result<(), RunnerError> {
        let Past {
            look,
            reading,
            again,
            offset_minutes,
        } = past;
        let place = self.versions.len();
        let version = Version::new(loaded, (told.record, told.at), offset_minutes)?;
        self.versions.push(version);
        for record in 0..told.record {
            if record.is_multiple_of(TOUCHED_MAX) {
                self.forget_repeats();
            }
            let (accepted, body) = look(record)?;
            let passed = moment(accepted, offset_minutes);
            let changes = self.versions[place].live.tick(passed);
            self.touch(place);
            self.tell(place, &changes, told, telling);
            if body.is_empty() {
                continue;
            }
            reading.read(record, (accepted, &body), offset_minutes)?;
            let step = Step {
                told: Told { record, ..told },
                look,
                reading,
                again,
                offset_minutes,
            };
            let changes = self.step(place, &step)?;
            self.touch(place);
            self.tell(place, &changes, told, telling);
        }
        Ok(())
    }

    fn touch(&mut self, place: usize) {
        let touched = self.versions[place].live.touched();
        let owned = touched.iter().map(|(kind, object)| (place, *kind, *object));
        self.touched.extend(owned);
    }

    /// Each touched object once.
    fn forget_repeats(&mut self) {
        self.touched.sort_unstable();
        self.touched.dedup();
    }

    /// The clocks of every object that was touched since the last time.
    pub(crate) fn note_clocks(&mut self, into: &mut Vec<ObjectClocks>, hush: &Hush) {
        self.forget_repeats();
        let mut touched = std::mem::take(&mut self.touched);
        for (place, kind, object) in touched.drain(..) {
            let version = &self.versions[place];
            let (kind, id) = version.object((kind, object));
            let object = ObjectKey::new(kind, shown(id));
            let mut clocks = self.clocks(kind, id);
            clocks.retain(|clock| !hush.hides((&self.id, &clock.rule), &object, clock.trigger));
            into.push(ObjectClocks {
                object,
                pack: self.id.clone(),
                clocks,
            });
        }
        self.touched = touched;
    }

    /// What an object owes, each obligation by the version that answers for it.
    fn clocks(&self, kind: &str, id: &str) -> Vec<Clock> {
        let mut clocks = Vec::new();
        for (place, version) in self.versions.iter().enumerate() {
            let Some(object) = version.live.number(kind, id) else {
                continue;
            };
            for owed in version.live.clocks(object.0, object.1) {
                let arose = owed.trigger.map(|event| event.at);
                let Some(due) = owed
                    .due
                    .filter(|_| self.answers_since(place, (kind, id), arose))
                else {
                    continue;
                };
                clocks.push(Clock {
                    rule: version.program.rules[usize::from(owed.rule)].id.clone(),
                    trigger: owed.trigger.map(|event| event.position),
                    due,
                    reminder: owed.remind,
                });
            }
        }
        clocks
    }

    fn tell(&self, place: usize, changes: &[Change], told: Told, telling: &mut Telling<'_>) {
        let version = &self.versions[place];
        for change in changes {
            if self.answers(place, change.finding()) {
                let told = version.told(change, told, telling.identities);
                if !telling.hush.hides_change(&told) {
                    telling.changes.push(told);
                }
            }
        }
    }

    /// Whether a version answers for a finding: it arose in its time, or it is about an object that stays.
    fn answers(&self, place: usize, finding: &Finding) -> bool {
        // An obligation is judged by what was in force when it arose.
        let arose = finding.trigger.map_or(finding.at, |event| event.at);
        let object = self.versions[place].object((finding.object_type, finding.object));
        self.answers_since(place, object, Some(arose))
    }

    /// Whether a version answers for what arose then with an object; `None` for what was there from the first.
    fn answers_since(
        &self,
        place: usize,
        (kind, id): (&str, &str),
        arose: Option<Instant>,
    ) -> bool {
        let version = &self.versions[place];
        if !version.passes_on(kind) {
            return true;
        }
        let arose = arose.unwrap_or(Instant::MIN);
        let passed_on = self.versions[..place]
            .iter()
            .any(|older| older.live.knows(kind, id));
        let begins = !passed_on || arose >= version.since.1;
        let newer = self.versions.get(place + 1);
        let ends = newer.is_none_or(|newer| arose < newer.since.1);
        begins && ends
    }
}
