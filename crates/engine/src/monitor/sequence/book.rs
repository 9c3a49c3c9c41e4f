//! One object's numbers: how far the run has come, and which numbers below are missing.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use cage_law::{DayCount, Due, Moment};
use cage_model::{EventRef, Instant};
use cage_pack::Limit;

use crate::timing::due_of;

/// An event with its number.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Numbered {
    pub(super) number: i64,
    pub(super) event: EventRef,
    pub(super) moment: Moment,
    pub(super) offset: i16,
}

/// What a number was when it came.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taken {
    /// The next one, or one that was still awaited.
    InOrder {
        /// The hole that it leaves, when it jumped over numbers.
        hole: Option<(i64, Hole)>,
        /// Whether it was the last number that a hole waited for.
        closes: bool,
    },
    /// One that was there before.
    Repeated,
    /// One that was not awaited any more; by when it was.
    Late(Option<Due>),
}

/// Numbers that are missing, from the key of [`Book::holes`] to `last`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Hole {
    pub(super) last: i64,
    /// The events with the numbers before and behind it.
    pub(super) below: EventRef,
    pub(super) above: EventRef,
    /// The event that jumped over it. Holes that had one such event are one activation.
    pub(super) jump: Numbered,
    pub(super) standing: Standing,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum Standing {
    /// Awaited up to this time.
    Awaited(Due),
    /// Awaited for ever: no line of a dated grace is in force.
    Free,
    /// Reported as missing; it was awaited up to this time, or not at all.
    Missing(Option<Due>),
    /// Below the first number, never awaited.
    Below,
}

/// The numbers of one object.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub(crate) struct Book {
    run: Option<Run>,
    holes: BTreeMap<i64, Hole>,
    /// Numbers of the last instant, not judged yet.
    pub(super) arrived: Vec<Numbered>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Run {
    first: Numbered,
    top: Numbered,
}

impl Book {
    /// Whether the numbers that arrived are of an instant that is over.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.arrived.first().is_some_and(|arrived| {
            // Events without a time come one by one.
            arrived.event.at != now || now == Instant::MIN
        })
    }

    /// The numbers that arrived, the lowest first.
    pub(super) fn take_arrived(&mut self) -> Vec<Numbered> {
        let mut arrived = std::mem::take(&mut self.arrived);
        arrived.sort_by_key(|one| (one.number, one.event.at, one.event.position));
        arrived
    }

    /// Takes a number into the run.
    pub(super) fn take(&mut self, one: Numbered, grace: Option<&Limit>, days: &DayCount) -> Taken {
        let in_order = |hole| Taken::InOrder {
            hole,
            closes: false,
        };
        let Some(run) = &mut self.run else {
            self.run = Some(Run {
                first: one,
                top: one,
            });
            return in_order(None);
        };
        let (first, top) = (run.first, run.top);
        if one.number > top.number {
            run.top = one;
            if one.number == top.number + 1 {
                return in_order(None);
            }
            let hole = Hole {
                last: one.number - 1,
                below: top.event,
                above: one.event,
                jump: one,
                standing: match grace {
                    None => Standing::Missing(None),
                    Some(grace) => due_of(grace, one.moment, one.offset, days)
                        .map_or(Standing::Free, Standing::Awaited),
                },
            };
            self.holes.insert(top.number + 1, hole);
            return in_order(Some((top.number + 1, hole)));
        }
        if one.number < first.number {
            run.first = one;
            if one.number < first.number - 1 {
                let hole = Hole {
                    last: first.number - 1,
                    below: one.event,
                    above: first.event,
                    jump: first,
                    standing: Standing::Below,
                };
                self.holes.insert(one.number + 1, hole);
            }
            return Taken::Late(None);
        }
        self.fill(one)
    }

    /// Takes a number from among those that are missing.
    fn fill(&mut self, one: Numbered) -> Taken {
        let found = self.holes.range(..=one.number).next_back();
        let Some((start, hole)) = found
            .map(|(start, hole)| (*start, *hole))
            .filter(|(_, hole)| one.number <= hole.last)
        else {
            return Taken::Repeated;
        };
        self.holes.remove(&start);
        if start < one.number {
            let (last, above) = (one.number - 1, one.event);
            self.holes.insert(
                start,
                Hole {
                    last,
                    above,
                    ..hole
                },
            );
        }
        if one.number < hole.last {
            let below = one.event;
            self.holes.insert(one.number + 1, Hole { below, ..hole });
        }
        match hole.standing {
            Standing::Awaited(_) => Taken::InOrder {
                hole: None,
                closes: !self.is_awaited(one.number, hole.jump.event),
            },
            Standing::Free => Taken::InOrder {
                hole: None,
                closes: false,
            },
            Standing::Missing(due) => Taken::Late(due),
            Standing::Below => Taken::Late(None),
        }
    }

    /// Whether a jump left other numbers than this one open.
    fn is_awaited(&self, number: i64, jump: EventRef) -> bool {
        let before = self.holes.range(..number).next_back();
        let after = self.holes.range(number..).next();
        [before, after]
            .into_iter()
            .flatten()
            .any(|(_, hole)| hole.jump.event == jump)
    }

    /// The holes that are awaited, each with its first number, in the order of numbers.
    pub(super) fn awaited(&self) -> impl Iterator<Item = (i64, Hole, Due)> {
        let holes = self.holes.iter();
        holes.filter_map(|(first, hole)| match hole.standing {
            Standing::Awaited(due) => Some((*first, *hole, due)),
            _ => None,
        })
    }

    /// Notes that a hole was reported.
    pub(super) fn miss(&mut self, first: i64) {
        if let Some(hole) = self.holes.get_mut(&first)
            && let Standing::Awaited(due) = hole.standing
        {
            hole.standing = Standing::Missing(Some(due));
        }
    }

    /// Bytes held beyond the book itself.
    pub(super) fn bytes(&self) -> usize {
        self.holes.len() * size_of::<(i64, Hole)>()
            + self.arrived.capacity() * size_of::<Numbered>()
    }
}
