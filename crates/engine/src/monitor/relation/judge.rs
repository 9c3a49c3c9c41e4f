//! The fate of one activation: satisfied, violated, undecided, or open, by what it meets.
//!
//! Where data is missing an activation may be in several of these at once: what is possible is
//! kept, and it is undecided only when the possibilities that remain differ.

use cage_law::{DayCount, Due, Moment};
use cage_model::{EventRef, Instant, Payload, Reason};

use super::kept::Doubt;
use super::shape::{Look, Need, Reach, Shape};
use crate::matching::{Match, Unknown};
use crate::monitor::{Breach, Emit, EmitEnd, End, Step};

/// An activation, whatever became of it so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case<'c> {
    pub(super) shape: Shape,
    pub(super) look: Look,
    pub(super) trigger: EventRef,
    pub(super) offset: i16,
    /// The last moment at which the other end can come.
    pub(super) due: Option<Due>,
    pub(super) days: &'c DayCount,
}

/// How an open activation stands: besides being open, what it may be already.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Waiting {
    pub(super) may_be_satisfied: bool,
    pub(super) may_be_violated: bool,
    /// Why that is not known.
    pub(super) doubt: Option<Doubt>,
}

/// What looking back found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Found {
    /// An event that fits.
    pub(super) fitting: Option<EventRef>,
    /// Where there is none: why one may fit.
    pub(super) doubt: Option<Doubt>,
    /// The last event that was looked at.
    pub(super) neighbour: Option<EventRef>,
}

/// What a later event is to an open activation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Meeting {
    /// Whether it is the other end.
    pub(super) met: Match,
    /// Whether it is a further activation.
    pub(super) interrupts: Match,
    /// It would be the other end, but came before the window opened.
    pub(super) early: bool,
}

/// How an activation is broken.
#[derive(Clone, Copy)]
struct Broken {
    other: Option<EventRef>,
    at: Instant,
    reason: Reason,
    payload: Payload,
}

impl Broken {
    fn by(step: &Step<'_>, reason: Reason) -> Self {
        Self {
            other: Some(step.event()),
            at: step.moment.instant,
            reason,
            payload: Payload::None,
        }
    }
}

impl Case<'_> {
    /// Judges an activation that begins now by what came before it.
    pub(super) fn looked_back(
        &self,
        found: &Found,
        now: Moment,
        out: &mut dyn Emit,
    ) -> Option<Waiting> {
        let at = now.instant;
        let mut waiting = Waiting::default();
        if found.doubt.is_some() && found.fitting.is_none() {
            waiting = Waiting {
                may_be_satisfied: self.shape.need == Need::Required,
                may_be_violated: self.shape.need == Need::Forbidden,
                doubt: found.doubt,
            };
        }
        match (self.shape.need, found.fitting) {
            (Need::Required, Some(_)) => out.satisfied(1),
            (Need::Forbidden, Some(other)) => {
                let broken = Broken {
                    other: Some(other),
                    at,
                    reason: Reason::Forbidden,
                    payload: Payload::None,
                };
                self.broken(&waiting, broken, out);
            }
            (_, None) if self.look.ahead() => {
                if self.due.is_none_or(|due| !due.is_past(now)) {
                    return Some(waiting);
                }
                self.time_up(&waiting, out);
            }
            (Need::Forbidden, None) => self.fulfilled(&waiting, at, out),
            (Need::Required, None) => {
                let (reason, other) = match self.shape.reach {
                    Reach::Chain => (Reason::NotAdjacent, found.neighbour),
                    Reach::Any | Reach::Alternate => (Reason::NotPreceded, None),
                };
                let broken = Broken {
                    other,
                    at,
                    reason,
                    payload: Payload::None,
                };
                self.broken(&waiting, broken, out);
            }
        }
        None
    }

    /// Lets an open activation meet a later event inside its time; whether it is still open.
    pub(super) fn meets(
        &self,
        waiting: &mut Waiting,
        meeting: Meeting,
        step: &Step<'_>,
        out: &mut dyn Emit,
    ) -> bool {
        let at = step.moment.instant;
        let doubt = |unknown| Doubt {
            unknown,
            event: step.event(),
        };
        match (self.shape.need, meeting.met) {
            (Need::Required, Match::Yes) => self.fulfilled(waiting, at, out),
            (Need::Forbidden, Match::Yes) => {
                self.broken(waiting, Broken::by(step, Reason::Forbidden), out);
            }
            (need, Match::Unknown(unknown)) => {
                waiting.may_be_satisfied |= need == Need::Required;
                waiting.may_be_violated |= need == Need::Forbidden;
                waiting.doubt = waiting.doubt.or(Some(doubt(unknown)));
                return self.passes(waiting, meeting, step, out);
            }
            (_, Match::No) => return self.passes(waiting, meeting, step, out),
        }
        false
    }

    /// Lets an open activation pass an event that did not settle it; whether it is still open.
    fn passes(
        &self,
        waiting: &mut Waiting,
        meeting: Meeting,
        step: &Step<'_>,
        out: &mut dyn Emit,
    ) -> bool {
        match (self.shape.reach, self.shape.need, meeting.interrupts) {
            (Reach::Any, ..) | (Reach::Alternate, _, Match::No) => return true,
            (Reach::Alternate, _, Match::Unknown(unknown)) => {
                self.may_be_interrupted(waiting, unknown, step);
                return true;
            }
            (Reach::Alternate, _, Match::Yes) => {
                self.broken(waiting, Broken::by(step, Reason::Alternation), out);
            }
            (Reach::Chain, Need::Required, _) => {
                let reason = if meeting.early {
                    Reason::FollowedTooEarly
                } else {
                    Reason::NotAdjacent
                };
                self.broken(waiting, Broken::by(step, reason), out);
            }
            (Reach::Chain, Need::Forbidden, _) => {
                self.fulfilled(waiting, step.moment.instant, out);
            }
        }
        false
    }

    fn may_be_interrupted(&self, waiting: &mut Waiting, unknown: Unknown, step: &Step<'_>) {
        waiting.may_be_violated = true;
        waiting.doubt = waiting.doubt.or(Some(Doubt {
            unknown,
            event: step.event(),
        }));
    }

    /// Settles an open activation whose time is up.
    pub(super) fn time_up(&self, waiting: &Waiting, out: &mut dyn Emit) {
        let expiry = self.due.map(|due| self.days.expiry(due, self.offset));
        // A trigger may bring an instant that is long past.
        let at = expiry.map_or(self.trigger.at, |expiry| expiry.max(self.trigger.at));
        match self.shape.need {
            Need::Required => self.broken(waiting, self.lacking(at), out),
            Need::Forbidden => self.fulfilled(waiting, at, out),
        }
    }

    /// Says how an open activation stands at an end.
    pub(super) fn stands(&self, waiting: &Waiting, end: &End<'_>, out: &mut dyn EmitEnd) {
        if self.due.is_some_and(|due| due.is_past(end.now)) {
            self.time_up(waiting, out);
            return;
        }
        let at = end.now.instant;
        let sure = !waiting.may_be_satisfied && !waiting.may_be_violated;
        match self.shape.need {
            Need::Required if end.finite => self.broken(waiting, self.lacking(at), out),
            Need::Required if sure => out.pending(1),
            Need::Forbidden if sure => out.possibly_satisfied(1),
            Need::Required | Need::Forbidden => self.undecided(waiting, at, out),
        }
    }

    /// Nothing came that had to.
    fn lacking(&self, at: Instant) -> Broken {
        let reason = match self.look {
            Look::Both => Reason::NoCompanion,
            Look::Ahead | Look::Back | Look::Nowhere => Reason::NotFollowed,
        };
        let payload = self.due.map_or(Payload::None, |due| {
            Payload::Due(match due {
                Due::At(instant) => instant,
                Due::EndOf(_) => self.days.expiry(due, self.offset),
            })
        });
        Broken {
            other: None,
            at,
            reason,
            payload,
        }
    }

    fn fulfilled(&self, waiting: &Waiting, at: Instant, out: &mut dyn Emit) {
        if waiting.may_be_violated {
            self.undecided(waiting, at, out);
        } else {
            out.satisfied(1);
        }
    }

    fn broken(&self, waiting: &Waiting, broken: Broken, out: &mut dyn Emit) {
        let Broken {
            other,
            at,
            reason,
            payload,
        } = broken;
        if waiting.may_be_satisfied {
            self.undecided(waiting, at, out);
        } else {
            out.violated(Breach {
                trigger: Some(self.trigger),
                other,
                at,
                reason,
                payload,
            });
        }
    }

    fn undecided(&self, waiting: &Waiting, at: Instant, out: &mut dyn Emit) {
        let doubt = waiting.doubt;
        out.undecided(Breach {
            trigger: Some(self.trigger),
            other: doubt
                .map(|doubt| doubt.event)
                .filter(|event| *event != self.trigger),
            at,
            reason: doubt.map_or(Reason::DataMissing, |doubt| doubt.unknown.reason),
            payload: doubt.map_or(Payload::None, |doubt| doubt.unknown.payload()),
        });
    }
}
