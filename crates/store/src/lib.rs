//! Views of a ledger: what stands, which events name what, what is due, how much there is.
//!
//! Owns the words *view*, *batch*, *posting*, *bucket*. Everything here can be built anew from the ledger, so nothing
//! here is ever the only copy of anything. Knows no ledger, no rules and no HTTP: whoever folds the records hands in
//! [`Batch`]es through [`Project`], whoever answers asks through [`Query`]. SQLite is behind these two traits.
//!
//! Start at [`Batch`], then [`Project::commit`], then [`Query`].

mod batch;
mod clocks;
mod error;
mod every;
mod postings;
mod rows;
mod sqlite;
mod views;

pub use batch::{Batch, BatchEvent, NewEvent};
pub use error::StoreError;
pub use every::{every_event, every_finding};
pub use rows::{
    Change, ChangeKind, Clock, EventFigure, FindingFigure, FindingRow, ObjectClocks, ObjectKey,
    ObjectRow, PackRow, RuleText, Seen, Standing,
};
pub use sqlite::{Owner, SqliteViews, Start};
pub use views::{
    ClockFilter, Commit, Direction, EventFilter, FigureFilter, FindingFilter, FindingPlace,
    ObjectFilter, Position, Project, Query, Root,
};
