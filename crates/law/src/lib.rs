//! Time limits: a span as the law words it, a working-day calendar, and the moment it runs out.
//!
//! Owns the words *span*, *moment*, *due*, *calendar*. Never reads the current time: callers pass
//! the moment. Values dated by law and certificates join this crate with the clock of the law;
//! the seam for them is [`DayCount`], through which every count of days goes.
//!
//! Start at [`DayCount::due`].

mod calendar;
mod due;
mod span;

pub use calendar::{Calendar, CalendarError, DayKind};
pub use due::{DayCount, Due, Moment};
pub use span::{ParseSpanError, Span};
