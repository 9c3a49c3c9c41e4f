//! The system's clock, and whether it jumped: what it says is held against a clock that only goes forward.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A difference between the two clocks that is a jump. The system slows or hastens both alike, so what is left is a
/// step, or a sleep of the machine.
const JUMP: Duration = Duration::from_secs(2);

/// What the system's clock says: milliseconds since 1970.
#[must_use]
pub fn milliseconds_now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0, |since| since.as_millis() as u64)
}

/// Two clocks.
pub trait Clock: Send {
    /// What time it is: milliseconds since 1970.
    fn now(&self) -> u64;

    /// How much time went by since some beginning; never goes back.
    fn elapsed(&self) -> Duration;
}

/// The clocks of the system.
#[derive(Debug)]
pub(super) struct SystemClock(Instant);

impl Default for SystemClock {
    fn default() -> Self {
        Self(Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> u64 {
        milliseconds_now()
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// A jump of the clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockJump {
    /// What the clock would have said by the time that went by, milliseconds since 1970.
    pub expected: u64,
    /// What it says, milliseconds since 1970.
    pub found: u64,
}

/// A clock that is watched.
pub(super) struct Watch {
    clock: Box<dyn Clock>,
    /// What both clocks said last.
    last: (u64, Duration),
}

impl Watch {
    pub(super) fn new(clock: impl Clock + 'static) -> Self {
        let last = (clock.now(), clock.elapsed());
        let clock = Box::new(clock);
        Self { clock, last }
    }

    /// What time it is, and whether the clock jumped since it was asked last.
    pub(super) fn look(&mut self) -> (u64, Option<ClockJump>) {
        let (found, elapsed) = (self.clock.now(), self.clock.elapsed());
        let (before, then) = self.last;
        self.last = (found, elapsed);
        let expected = before.saturating_add(elapsed.saturating_sub(then).as_millis() as u64);
        let jumped = u128::from(found.abs_diff(expected)) > JUMP.as_millis();
        (found, jumped.then_some(ClockJump { expected, found }))
    }
}
