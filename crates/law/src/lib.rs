//! The clock of the law: a span as it is worded, what a law means by its days, a calendar of
//! worked days made of official notices, a clock with pauses and extensions, and the certificate
//! that shows day by day why a time is up when it is.
//!
//! Owns the words *span*, *term*, *moment*, *due*, *calendar*, *notice*, *clock*, *certificate*.
//! Never reads the current time: callers pass the moment. Knows no law and no holiday: both are
//! data of packs.
//!
//! Start at [`DayCount::due`]; then [`Clock`], then [`Certificate`].

mod basis;
mod calendar;
mod certificate;
mod clock;
mod due;
mod span;
mod term;

pub use basis::{Basis, Status};
pub use calendar::{Calendar, CalendarError, Cause, Day, DayKind, Holiday, Notice};
pub use certificate::{
    Assumed, Because, CERTIFICATE_JSON_SCHEMA, CERTIFICATE_SCHEMA, CalendarFacts, Certificate,
    Document, Extension, Facts, Fault, Happening, HolidayFacts, LimitFacts, Line, Mismatch,
    NoticeFacts, Pause, Point, Provisional, Start, Unaccountable, Words, Written,
};
pub use clock::{Change, Clock, Counting};
pub use due::{DayCount, Due, Moment};
pub use span::{ParseSpanError, Span};
pub use term::{DayRule, LastDay, Term, WorkingDays};
