//! The engine on a running clock: obligations are reported when their time is up, not when the
//! next event comes. Ticks are records like events, so that a replay is exact.
//!
//! In batch nothing of this runs: what has run out is reported by the next event or at the end,
//! with the same findings.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use cage_model::{EventRef, Finding, Instant, Interner, Keyed, Time};

use super::{Bench, Engine, Judging};
use crate::account::{Account, Months};
use crate::monitor::{End, Step};

/// A timer's owner: object type, number of the rule among its type's, object.
pub(super) type Owner = (u16, u16, u32);

/// Where the offsets of trigger and object differ, a due day may not be over for the object when
/// it is for the trigger. Looked at again after this time, in microseconds.
const AGAIN: i64 = 3_600_000_000;

/// Something that is owed soon.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Reminder {
    /// The rule.
    pub rule: u16,
    /// The object's type.
    pub object_type: u16,
    /// The object.
    pub object: u32,
    /// The event that set the rule off.
    pub trigger: Option<EventRef>,
    /// When the reminder was due.
    pub at: Instant,
}

/// What was found since somebody asked last.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// New findings, by rule.
    pub findings: Vec<Finding>,
    /// Findings of which more became known, as [`crate::RuleAccount::amended`].
    pub amended: Vec<Finding>,
    /// Texts of both, see [`crate::DERIVED_TEXTS`].
    pub texts: Vec<String>,
}

/// Timers of everything that is owed.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers {
    pub(super) heap: BinaryHeap<Reverse<(Instant, Owner)>>,
    /// The earliest timer of each owner that counts; others in the heap are left over.
    pub(super) earliest: Keyed<Owner, Instant>,
    /// Objects whose timers went off, and when: an event from before that comes too late for them.
    fired: Vec<(u16, u32, Instant)>,
}

impl Timers {
    pub(super) fn schedule(&mut self, judging: &Judging, owner: Owner, step: &Step<'_>) {
        self.schedule_after(judging, owner, step.moment.instant, step.days);
    }

    pub(super) fn schedule_after(
        &mut self,
        judging: &Judging,
        owner: Owner,
        now: Instant,
        days: &cage_law::DayCount,
    ) {
        let due = judging.column.next_due(owner.2, days);
        let mut next = due.map(|due| if due > now { due } else { now.plus(AGAIN) });
        if judging.reminds {
            judging.column.owed(owner.2, days, &mut |owed| {
                if let Some(remind) = owed.remind.filter(|remind| *remind > now) {
                    next = Some(next.map_or(remind, |next| next.min(remind)));
                }
            });
        }
        let Some(next) = next else {
            return;
        };
        if self
            .earliest
            .get(&owner)
            .is_none_or(|before| next < *before)
        {
            self.earliest.insert(owner, next);
            self.heap.push(Reverse((next, owner)));
        }
    }

    /// The next timer, if it is due.
    fn pop(&mut self, now: Instant) -> Option<(Instant, Owner)> {
        while let Some(Reverse((at, owner))) = self.heap.peek().copied() {
            if at > now {
                return None;
            }
            self.heap.pop();
            if self.earliest.get(&owner) == Some(&at) {
                self.earliest.remove(&owner);
                self.drop_left_over();
                return Some((at, owner));
            }
        }
        None
    }

    pub(super) fn bytes(&self) -> usize {
        self.heap.capacity() * size_of::<Reverse<(Instant, Owner)>>() + self.earliest.bytes()
    }

    /// So that the first of the heap is one that counts.
    fn drop_left_over(&mut self) {
        while let Some(Reverse((at, owner))) = self.heap.peek()
            && self.earliest.get(owner) != Some(at)
        {
            self.heap.pop();
        }
    }
}

impl Engine {
    /// Keeps timers from now on, so that [`Engine::tick`] reports in time. To be called before the
    /// first event.
    pub fn keep_timers(&mut self) {
        self.timers = Some(Timers::default());
    }

    /// Hands over what the fold has said since the last time; the engine's own account begins anew.
    #[must_use]
    pub fn take_account(&mut self) -> Account {
        let anew = Account::new(self.program.rules.len());
        std::mem::replace(&mut self.account, anew)
    }

    /// Hands over the findings since the last time; `None` when there are none. Counts are left to
    /// grow: for a caller that asks after every event, and for findings alone.
    #[must_use]
    pub fn take_said(&mut self) -> Option<Said> {
        let Account { rules, texts } = &mut self.account;
        let mut said = None;
        for rule in rules {
            if !rule.findings.is_empty() || !rule.amended.is_empty() {
                let said: &mut Said = said.get_or_insert_default();
                said.findings.append(&mut rule.findings);
                said.amended.append(&mut rule.amended);
            }
        }
        let texts = std::mem::take(texts);
        said.map(|said| Said { texts, ..said })
    }

    /// Forgets all that was folded of one object, so that its events can be folded again in another
    /// order. What was said of it stays said.
    pub fn forget(&mut self, object_type: u16, object: u32) {
        if let Some(kind) = self.kinds.get_mut(usize::from(object_type))
            && (object as usize) < kind.objects.len()
        {
            for judging in &mut kind.rules {
                judging.column.reset(object);
            }
            kind.objects.clear(object);
        }
    }

    /// When the next [`Engine::tick`] has something to do; `None` when nothing is owed.
    #[must_use]
    pub fn next_due(&self) -> Option<Instant> {
        let Reverse((at, _)) = self.timers.as_ref()?.heap.peek()?;
        Some(*at)
    }

    /// Objects (type, number) whose timers went off since the last time, and when. An event of such an object
    /// from before that moment is late: its obligations were already judged.
    #[must_use]
    pub fn take_fired(&mut self) -> Vec<(u16, u32, Instant)> {
        let fired = self.timers.as_mut().map(|timers| &mut timers.fired);
        fired.map(std::mem::take).unwrap_or_default()
    }

    /// Lets time pass: reports everything that ran out up to and including `now`, in the order of
    /// time. New findings are at the end of those in [`Engine::account`]; reminders are given back.
    pub fn tick(&mut self, now: Time, names: &Interner) -> Vec<Reminder> {
        let mut reminders = Vec::new();
        while let Some((at, owner)) = self
            .timers
            .as_mut()
            .and_then(|timers| timers.pop(now.instant()))
        {
            self.fire(at, owner, names, &mut reminders);
        }
        reminders
    }

    fn fire(&mut self, at: Instant, owner: Owner, names: &Interner, into: &mut Vec<Reminder>) {
        let (object_type, local, object) = owner;
        let Self {
            kinds,
            program,
            account,
            timers,
            time_field,
            ..
        } = self;
        let kind = &mut kinds[usize::from(object_type)];
        if kind.objects.is_withdrawn(object) {
            return;
        }
        let local_time = Time::new(at, Some(kind.objects.offset(object)));
        let end = End {
            now: program.days.moment(local_time),
            finite: false,
            days: &program.days,
            names,
        };
        let mut bench = Bench {
            account,
            object_type,
            object,
            month: Months::of(end.now.date),
            time_field: *time_field,
        };
        bench.expire(kind, usize::from(local), &end);
        let judging = &kind.rules[usize::from(local)];
        if judging.reminds {
            judging.column.owed(object, &program.days, &mut |owed| {
                if owed.remind == Some(at) {
                    into.push(Reminder {
                        rule: judging.rule,
                        object_type,
                        object,
                        trigger: owed.trigger,
                        at,
                    });
                }
            });
        }
        if let Some(timers) = timers {
            timers.schedule_after(judging, owner, at, &program.days);
            timers.fired.push((object_type, object, at));
        }
    }
}
