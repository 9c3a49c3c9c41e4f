//! What is kept of one object beside its rules' states: where its events lie, what was found, and
//! states from before to go back to when an event comes late.

use cage_model::{Finding, Instant};
use serde::{Deserialize, Serialize};

use super::packed::Packed;
use super::positions::{End, Positions};

/// Events between two states that are kept, so that a late event does not make all events of an
/// object be folded anew; tests keep states early.
pub(super) const EVENTS_APART: u32 = if cfg!(test) { 4 } else { 1_024 };
/// Larger states are kept less often: so many bytes for each event between.
const BYTES_AN_EVENT: usize = 64;

/// One object.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Watched {
    /// Its events, in the order in which they were folded.
    pub(super) journal: Positions,
    /// Up to when it was judged: an event from before is late.
    pub(super) until: Instant,
    /// When the event happened that came last; one without a time stands behind it.
    pub(super) came: Instant,
    /// Most objects have none.
    found: Option<Box<Found>>,
}

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
struct Found {
    findings: Vec<Packed>,
    marks: Vec<Mark>,
    /// Records that describe the object, in their order.
    described: Vec<u64>,
}

/// An object's state as it was after some of its events.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Mark {
    /// The end of the journal then.
    pub(super) end: End,
    /// When the last of those events happened.
    pub(super) last: Instant,
    /// Up to when the object was judged then.
    pub(super) until: Instant,
    /// What the engine remembered.
    #[serde(with = "super::positions::bytes")]
    pub(super) state: Vec<u8>,
    /// How many findings there were.
    findings: u32,
    /// Those of them that were amended since, up to the next mark, as they were; in their order.
    amended: Vec<(u32, Packed)>,
}

impl Default for Watched {
    fn default() -> Self {
        Self {
            journal: Positions::default(),
            until: Instant::MIN,
            came: Instant::MIN,
            found: None,
        }
    }
}

impl Watched {
    /// What was found of it; it is told which object it is.
    pub(super) fn findings(&self, object_type: u16, object: u32) -> impl Iterator<Item = Finding> {
        let findings = self.found.as_deref().map(|found| found.findings.iter());
        let findings = findings.into_iter().flatten();
        findings.map(move |packed| packed.of_object(object_type, object))
    }

    /// Adds a finding.
    pub(super) fn find(&mut self, finding: Finding) {
        let findings = &mut self.found.get_or_insert_default().findings;
        if findings.is_empty() {
            findings.reserve_exact(1);
        }
        findings.push(Packed::from(finding));
    }

    /// Puts in a finding's place what became known of it; gives back how it stood. Of several that
    /// it may speak of, the last.
    pub(super) fn amend(&mut self, finding: Finding) -> Option<Finding> {
        let packed = Packed::from(finding);
        let Found {
            findings, marks, ..
        } = &mut **self.found.as_mut()?;
        let same = |other: &Packed| other.identity() == packed.identity();
        let place = findings.iter().rposition(same)?;
        let before = std::mem::replace(&mut findings[place], packed);
        if let Some(mark) = marks.last_mut() {
            mark.note(place as u32, before);
        }
        Some(before.of_object(finding.object_type, finding.object))
    }

    /// Whether the state should be kept now.
    pub(super) fn wants_mark(&self) -> bool {
        let mark = self.found.as_ref().and_then(|found| found.marks.last());
        let (events, bytes) = mark.map_or((0, 0), |mark| (mark.end.events, mark.state.len()));
        let apart = EVENTS_APART.max((bytes / BYTES_AN_EVENT) as u32);
        self.journal.end().events - events >= apart
    }

    /// Keeps a state: that after the whole journal, whose last event happened at `last`. Of states
    /// from long ago fewer are kept: their number grows with the logarithm of that of the events, and
    /// the way back to any event is at most about twice as long as that from it to now.
    pub(super) fn mark(&mut self, state: Vec<u8>, last: Instant, until: Instant) {
        let end = self.journal.end();
        let Found {
            findings, marks, ..
        } = &mut **self.found.get_or_insert_default();
        marks.push(Mark {
            end,
            last,
            until,
            state,
            findings: findings.len() as u32,
            amended: Vec::new(),
        });
        for place in (0..marks.len() - 1).rev() {
            let before = place
                .checked_sub(1)
                .map_or(0, |place| marks[place].end.events);
            let after = marks[place + 1].end.events;
            if after - before <= (end.events - after).max(EVENTS_APART) {
                let gone = marks.remove(place);
                if let Some(before) = place.checked_sub(1) {
                    for (finding, stood) in gone.amended {
                        marks[before].note(finding, stood);
                    }
                }
            }
        }
    }

    /// Goes back to the last state that no event of this moment is late for: what was found since is
    /// not found any more. The state is that of an object without events where none was kept.
    pub(super) fn go_back(&mut self, moment: Instant) -> Option<&mut Mark> {
        let marks = &self.found.as_ref()?.marks;
        let kept = marks.iter().rposition(|mark| mark.until <= moment);
        let Some(kept) = kept else {
            self.forget_all();
            return None;
        };
        let Found {
            findings, marks, ..
        } = &mut **self.found.as_mut()?;
        for mark in marks[kept..].iter().rev() {
            for (place, stood) in &mark.amended {
                findings[*place as usize] = *stood;
            }
        }
        marks.truncate(kept + 1);
        marks[kept].amended.clear();
        findings.truncate(marks[kept].findings as usize);
        marks.last_mut()
    }

    /// Puts back the state that was taken out of the last mark.
    pub(super) fn give_back(&mut self, state: Vec<u8>) {
        let found = self.found.as_mut();
        if let Some(mark) = found.and_then(|found| found.marks.last_mut()) {
            mark.state = state;
        }
    }

    /// Forgets what was found, and every mark; not what describes the object.
    pub(super) fn forget_all(&mut self) {
        let described = self.found.take().map(|found| found.described);
        let described = described.filter(|described| !described.is_empty());
        self.found = described.map(|described| {
            Box::new(Found {
                described,
                ..Found::default()
            })
        });
    }

    /// Notes a record that describes the object.
    pub(super) fn describe(&mut self, position: u64) {
        self.found.get_or_insert_default().described.push(position);
    }

    /// Records that describe the object, in their order.
    pub(super) fn descriptions(&self) -> &[u64] {
        self.found.as_deref().map_or(&[], |found| &found.described)
    }

    /// Bytes held beyond the object itself.
    pub(super) fn bytes(&self) -> usize {
        let found = self.found.as_ref().map_or(0, |found| {
            let marks = found.marks.iter().map(|mark| {
                mark.state.capacity() + mark.amended.capacity() * size_of::<(u32, Packed)>()
            });
            let described = found.described.capacity() * size_of::<u64>();
            size_of::<Found>()
                + found.findings.capacity() * size_of::<Packed>()
                + found.marks.capacity() * size_of::<Mark>()
                + marks.sum::<usize>()
                + described
        });
        self.journal.bytes() + found
    }

    /// Whether it can be gone on with: what names something names something that is there.
    pub(super) fn is_sound(&self) -> bool {
        let Some(Found {
            findings, marks, ..
        }) = self.found.as_deref()
        else {
            return self.journal.is_sound();
        };
        let mut before = End::default();
        let mut told = 0;
        let sound = marks.iter().all(|mark| {
            let follows = mark.end.follows(before) && mark.findings >= told;
            (before, told) = (mark.end, mark.findings);
            let mut places = mark.amended.iter().map(|(place, _)| *place);
            follows && places.all(|place| place < mark.findings)
        });
        sound
            && (told as usize) <= findings.len()
            && self.journal.is_sound()
            && marks.iter().all(|mark| self.journal.holds(mark.end))
    }
}

impl Mark {
    /// Notes how a finding stood, if it was there and not amended before.
    fn note(&mut self, place: u32, stood: Packed) {
        if place < self.findings
            && let Err(at) = self
                .amended
                .binary_search_by_key(&place, |(place, _)| *place)
        {
            self.amended.insert(at, (place, stood));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Going back to any event costs about twice as many events as came since, and few states are kept.
    #[test]
    fn states_are_kept_more_seldom_the_longer_ago() {
        for events in [1u32, 3, 4, 5, 100, 1_000, 4_321] {
            let mut watched = Watched::default();
            for event in 0..events {
                watched.journal.push(u64::from(event));
                let at = Instant(i64::from(event));
                watched.until = at;
                if watched.wants_mark() {
                    watched.mark(Vec::new(), at, at);
                }
            }
            let marks = watched.found.as_ref().map_or(0, |found| found.marks.len());
            assert!(
                marks <= 3 + 2 * events.ilog2() as usize,
                "{marks} of {events}"
            );
            for late in 0..events {
                let mut back = watched.clone();
                let mark = back.go_back(Instant(i64::from(late)));
                let kept = mark.map_or(0, |mark| mark.end.events);
                let (cost, since) = (events - kept, events - late);
                assert!(kept <= late + 1, "{kept} events, {late}");
                assert!(cost <= 2 * since + 2 * EVENTS_APART, "{cost} for {since}");
            }
        }
    }
}
