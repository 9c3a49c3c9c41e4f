//! A finding as it is kept for its object, in 72 bytes: a pack whose rules often find something has one
//! for each of its objects. Says nothing of the object itself, which is known where it is kept.

use cage_model::{EventRef, Finding, Instant, Payload, Reason, Symbol, Verdict};
use serde::{Deserialize, Serialize};

/// A finding without its object.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(from = "Finding", into = "Finding")]
pub(super) struct Packed {
    trigger: Event,
    other: Event,
    at: Half,
    numbers: [Half; 2],
    rule: u16,
    reason: Reason,
    verdict: Verdict,
    payload: Kind,
    /// Whether there is a trigger, and another event.
    has: [bool; 2],
}

const _: () = assert!(size_of::<Packed>() == 72);

/// Eight bytes that need to lie at a multiple of four only.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Half([u32; 2]);

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Event {
    position: Half,
    at: Half,
    activity: Symbol,
}

/// The kinds of [`Payload`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    None,
    Due,
    Span,
    Count,
    Number,
    Missing,
    Values,
    Field,
    Cost,
}

impl Half {
    const fn of(number: u64) -> Self {
        Self([number as u32, (number >> 32) as u32])
    }

    const fn get(self) -> u64 {
        self.0[0] as u64 | (self.0[1] as u64) << 32
    }

    const fn signed(self) -> i64 {
        self.get() as i64
    }
}

impl Event {
    fn of(event: Option<EventRef>) -> Self {
        event.map_or_else(Self::default, |event| Self {
            position: Half::of(event.position),
            at: Half::of(event.at.0 as u64),
            activity: event.activity,
        })
    }

    const fn event(self) -> EventRef {
        EventRef {
            position: self.position.get(),
            at: Instant(self.at.signed()),
            activity: self.activity,
        }
    }
}

impl Packed {
    /// The finding, of this object.
    pub(super) fn of_object(self, object_type: u16, object: u32) -> Finding {
        let [first, second] = self.numbers;
        let symbol = |half: Half| Symbol::from_index(half.get() as u32);
        Finding {
            rule: self.rule,
            object_type,
            object,
            verdict: self.verdict,
            trigger: self.has[0].then(|| self.trigger.event()),
            other: self.has[1].then(|| self.other.event()),
            at: Instant(self.at.signed()),
            reason: self.reason,
            payload: match self.payload {
                Kind::None => Payload::None,
                Kind::Due => Payload::Due(Instant(first.signed())),
                Kind::Span => Payload::Span {
                    measured: first.signed(),
                    limit: second.signed(),
                },
                Kind::Count => Payload::Count {
                    counted: first.get(),
                    limit: second.get(),
                },
                Kind::Number => Payload::Number {
                    computed: f64::from_bits(first.get()),
                    limit: f64::from_bits(second.get()),
                },
                Kind::Missing => Payload::Missing {
                    first: first.signed(),
                    last: second.signed(),
                },
                Kind::Values => Payload::Values {
                    before: symbol(first),
                    after: symbol(second),
                },
                Kind::Field => Payload::Field(symbol(first)),
                Kind::Cost => Payload::Cost(first.get() as u32),
            },
        }
    }

    /// What tells it apart from other findings of its object: a finding of which more becomes known has
    /// the same.
    pub(super) fn identity(&self) -> (u16, Option<u64>, Reason) {
        let position = self.trigger.position.get();
        (self.rule, self.has[0].then_some(position), self.reason)
    }
}

impl From<Finding> for Packed {
    fn from(finding: Finding) -> Self {
        let (payload, first, second) = match finding.payload {
            Payload::None => (Kind::None, 0, 0),
            Payload::Due(due) => (Kind::Due, due.0 as u64, 0),
            Payload::Span { measured, limit } => (Kind::Span, measured as u64, limit as u64),
            Payload::Count { counted, limit } => (Kind::Count, counted, limit),
            Payload::Number { computed, limit } => {
                (Kind::Number, computed.to_bits(), limit.to_bits())
            }
            Payload::Missing { first, last } => (Kind::Missing, first as u64, last as u64),
            Payload::Values { before, after } => {
                let [before, after] = [before, after].map(|text| text.index() as u64);
                (Kind::Values, before, after)
            }
            Payload::Field(field) => (Kind::Field, field.index() as u64, 0),
            Payload::Cost(cost) => (Kind::Cost, u64::from(cost), 0),
        };
        Self {
            trigger: Event::of(finding.trigger),
            other: Event::of(finding.other),
            at: Half::of(finding.at.0 as u64),
            numbers: [Half::of(first), Half::of(second)],
            rule: finding.rule,
            reason: finding.reason,
            verdict: finding.verdict,
            payload,
            has: [finding.trigger.is_some(), finding.other.is_some()],
        }
    }
}

impl From<Packed> for Finding {
    fn from(packed: Packed) -> Self {
        packed.of_object(0, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_come_back() {
        let event = |position: u64| EventRef {
            position,
            at: Instant(-5),
            activity: Symbol::from_index(7),
        };
        let symbol = Symbol::from_index;
        for payload in [
            Payload::None,
            Payload::Due(Instant(-1)),
            Payload::Span {
                measured: -3,
                limit: i64::MAX,
            },
            Payload::Count {
                counted: u64::MAX,
                limit: 2,
            },
            Payload::Number {
                computed: -0.5,
                limit: 1e300,
            },
            Payload::Missing { first: -9, last: 9 },
            Payload::Values {
                before: symbol(u32::MAX),
                after: symbol(1),
            },
            Payload::Field(symbol(3)),
            Payload::Cost(u32::MAX),
        ] {
            for (trigger, other) in [
                (None, None),
                (Some(event(0)), None),
                (None, Some(event(u64::MAX))),
                (Some(event(1)), Some(event(2))),
            ] {
                let finding = Finding {
                    rule: 3,
                    object_type: 1,
                    object: 70_000,
                    verdict: Verdict::Undecided,
                    trigger,
                    other,
                    at: Instant(i64::MIN),
                    reason: Reason::Overtaken,
                    payload,
                };
                assert_eq!(Packed::from(finding).of_object(1, 70_000), finding);
            }
        }
    }
}
