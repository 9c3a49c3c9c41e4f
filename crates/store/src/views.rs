//! The seam: what a store of views promises, whatever database is behind it.
//!
//! Two halves: one writer, which follows the ledger, and any number of readers.

use std::fmt::Debug;
use std::sync::Arc;

use cage_model::{Date, FindingId, Grade, Instant, Verdict};
use tokio::sync::watch;

use crate::batch::Batch;
use crate::error::StoreError;
use crate::rows::{
    Change, EventFigure, FindingFigure, FindingRow, ObjectClocks, ObjectKey, ObjectRow, PackRow,
    Standing,
};

/// How far the views are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Position {
    /// Records that were folded; the next batch begins at this one.
    pub records: u64,
    /// Changes of findings that were told; the next one has the number after this.
    pub changes: u64,
}

/// What a commit did.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Commit {
    /// The batch is in the views.
    Written(Position),
    /// All of it was there before; nothing changed.
    Known(Position),
}

/// The root over one view: equal content gives equal roots, whatever the commits were.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Root {
    /// Name of the view.
    pub view: &'static str,
    /// SHA-256 over its rows in their order.
    pub hash: [u8; 32],
}

/// The writing half: one writer folds batches into the views, in the order of the ledger.
pub trait Project: Debug + Send {
    /// How far the views are.
    fn position(&self) -> Position;

    /// Writes a batch and the new position in one transaction. Records and changes that are there already are passed
    /// over, so a batch may overlap what was committed before, and committing one twice does nothing.
    ///
    /// # Errors
    ///
    /// When records or changes are missing between the views and the batch, and when the database fails; nothing of
    /// the batch is in the views then, and the same batch can be committed again.
    fn commit(&mut self, batch: &Batch) -> Result<Commit, StoreError>;

    /// Empties the views, so that nothing of what they held is left in any file, for all records to be folded again.
    /// Until they are, [`Query::jumped`] says `jump`.
    ///
    /// # Errors
    ///
    /// When the database fails, or is read without a pause. It must be done again then, before anything else.
    fn forget(&mut self, jump: u64) -> Result<(), StoreError>;

    /// The reading half. It sees each commit whole or not at all.
    fn query(&self) -> Arc<dyn Query>;
}

/// In which order lists go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Direction {
    /// The newest first.
    #[default]
    Down,
    /// The oldest first.
    Up,
}

/// Which findings. An empty filter means all; fields that are set must all hold.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct FindingFilter {
    /// How they stand.
    pub standing: Option<Standing>,
    /// Of this pack.
    pub pack: Option<String>,
    /// Of this version of a pack.
    pub version: Option<String>,
    /// Of this rule.
    pub rule: Option<String>,
    /// Of rules with this grade.
    pub grade: Option<Grade>,
    /// About objects of this type.
    pub object_type: Option<String>,
    /// About objects with this id.
    pub object_id: Option<String>,
    /// With this verdict.
    pub verdict: Option<Verdict>,
    /// That became true at this instant or later.
    pub from: Option<Instant>,
    /// That became true before this instant.
    pub until: Option<Instant>,
}

/// Which figures of findings. Fields that are set must all hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FigureFilter {
    /// Of this pack.
    pub pack: Option<String>,
    /// Of this rule.
    pub rule: Option<String>,
    /// Of rules with this grade.
    pub grade: Option<Grade>,
    /// That became true on this day or later, on the agency's clock.
    pub from: Option<Date>,
    /// That became true on this day or earlier.
    pub to: Option<Date>,
}

/// Where a page of findings begins: [`FindingRow::opened`] of the last one of the page before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FindingPlace(pub u64);

/// Which objects.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ObjectFilter {
    /// Of this type; of all types when absent.
    pub kind: Option<String>,
    /// Whose id begins with this.
    pub prefix: String,
    /// After this one in the order of id, then type: the last of the page before.
    pub after: Option<ObjectKey>,
}

/// Which events. Fields that are set must all hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EventFilter {
    /// That name every one of these.
    pub objects: Vec<ObjectKey>,
    /// Of this type.
    pub kind: Option<String>,
    /// From this source.
    pub source: Option<String>,
    /// That happened on this day or later, on the agency's clock.
    pub from: Option<Date>,
    /// That happened on this day or earlier.
    pub to: Option<Date>,
}

/// Which clocks, in the order of their running out.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClockFilter {
    /// That run out before this instant.
    pub due_before: Option<Instant>,
    /// Of objects of this type.
    pub object_type: Option<String>,
    /// Of this pack.
    pub pack: Option<String>,
    /// After this one: the last of the page before.
    pub after: Option<(Instant, ObjectKey)>,
}

/// The reading half. All of it blocks; web handlers call it where blocking is allowed.
pub trait Query: Debug + Send + Sync {
    /// How far the views are.
    ///
    /// # Errors
    ///
    /// When the database fails, here and below.
    fn position(&self) -> Result<Position, StoreError>;

    /// The last number before the last jump of changes; 0 where there was none. Smaller numbers, but 0, may have been
    /// given out for changes that are told under other numbers now, or not at all.
    fn jumped(&self) -> Result<u64, StoreError>;

    /// Rings with the number of the last change whenever changes were committed.
    fn changed(&self) -> watch::Receiver<u64>;

    /// Changes of findings after this number, in their order.
    fn changes(&self, after: u64, limit: usize) -> Result<Vec<Change>, StoreError>;

    /// Findings as they stand, in the order in which they were opened first.
    fn findings(
        &self,
        filter: &FindingFilter,
        after: Option<FindingPlace>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<FindingRow>, StoreError>;

    /// One finding.
    fn finding(&self, id: FindingId) -> Result<Option<FindingRow>, StoreError>;

    /// What became of one finding after this number, in order.
    fn history(&self, id: FindingId, after: u64, limit: usize) -> Result<Vec<Change>, StoreError>;

    /// Objects in the order of id, then type.
    fn objects(&self, filter: &ObjectFilter, limit: usize) -> Result<Vec<ObjectRow>, StoreError>;

    /// One object; `None` when no event names it.
    fn object(&self, object: &ObjectKey) -> Result<Option<ObjectRow>, StoreError>;

    /// Records of events, in their order, beyond this record in the direction of the list.
    fn events(
        &self,
        filter: &EventFilter,
        beyond: Option<u64>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<u64>, StoreError>;

    /// Clocks of all objects in the order of running out, then of the objects; each row has one due time.
    fn clocks(&self, filter: &ClockFilter, limit: usize) -> Result<Vec<ObjectClocks>, StoreError>;

    /// The clocks of one object, pack by pack.
    fn clocks_of(&self, object: &ObjectKey) -> Result<Vec<ObjectClocks>, StoreError>;

    /// How many events there are of each type, source and day, in the order of days; of what the filter lets through.
    /// Objects of the filter do not count here.
    fn event_figures(
        &self,
        filter: &EventFilter,
        limit: usize,
    ) -> Result<Vec<EventFigure>, StoreError>;

    /// How many findings there are of each rule and day, in the order of days.
    fn finding_figures(
        &self,
        filter: &FigureFilter,
        limit: usize,
    ) -> Result<Vec<FindingFigure>, StoreError>;

    /// Packs that were activated, in the order of their records.
    fn packs(&self) -> Result<Vec<PackRow>, StoreError>;

    /// The root over each view.
    fn roots(&self) -> Result<Vec<Root>, StoreError>;
}
