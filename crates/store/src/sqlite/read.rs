//! The reading half: a few connections, each question in one snapshot and within its time.

mod events;
mod figures;
mod findings;
mod objects;

pub(super) use events::each_list;
pub(super) use findings::{CHANGE, change_of};

use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use cage_model::FindingId;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::watch;

use super::fault::{ANSWER_SECONDS, Fault};
use super::{STATEMENTS, forget, position, roots};
use crate::clocks::Clocks;
use crate::error::StoreError;
use crate::rows::{
    Change, EventFigure, FindingFigure, FindingRow, ObjectClocks, ObjectKey, ObjectRow, PackRow,
};
use crate::views::{
    ClockFilter, Direction, EventFilter, FigureFilter, FindingFilter, FindingPlace, ObjectFilter,
    Position, Query, Root,
};

/// Questions that are answered at once; more wait.
const CONNECTIONS_MAX: usize = 4;
/// Steps of the database between two looks at the time.
const STEPS: i32 = 20_000;

/// Answers from the views in a file.
pub(super) struct SqliteQuery {
    path: PathBuf,
    pool: Mutex<Pool>,
    given_back: Condvar,
    clocks: Arc<RwLock<Clocks>>,
    bell: Arc<watch::Sender<u64>>,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    opened: usize,
}

impl std::fmt::Debug for SqliteQuery {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "questions to {}", self.path.display())
    }
}

impl SqliteQuery {
    pub(super) fn new(
        path: &Path,
        clocks: Arc<RwLock<Clocks>>,
        bell: Arc<watch::Sender<u64>>,
    ) -> Self {
        Self {
            path: path.to_owned(),
            pool: Mutex::default(),
            given_back: Condvar::new(),
            clocks,
            bell,
        }
    }

    /// Answers within one snapshot and in time.
    fn ask<T>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.within(Some(Duration::from_secs(ANSWER_SECONDS)), question)
    }

    fn within<T>(
        &self,
        limit: Option<Duration>,
        question: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let connection = self.take().map_err(|fault| fault.of(&self.path))?;
        let mut lent = Lent {
            query: self,
            connection: Some(connection),
        };
        let answer = || -> Result<T, Fault> {
            let Some(connection) = &mut lent.connection else {
                return Err(Fault::Wrong("a connection went missing".to_owned()));
            };
            let until = limit.map(|limit| Instant::now() + limit);
            let is_late = move || until.is_some_and(|until| Instant::now() > until);
            connection.progress_handler(STEPS, Some(is_late))?;
            let snapshot = connection.unchecked_transaction()?;
            let answer = question(&snapshot)?;
            snapshot.commit()?;
            Ok(answer)
        };
        answer().map_err(|fault| fault.of(&self.path))
    }

    fn take(&self) -> Result<Connection, Fault> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = pool.idle.pop() {
                return Ok(connection);
            }
            if pool.opened < CONNECTIONS_MAX {
                pool.opened += 1;
                drop(pool);
                return connect(&self.path).inspect_err(|_| self.give_back(None));
            }
            pool = self
                .given_back
                .wait(pool)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give_back(&self, connection: Option<Connection>) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        match connection {
            Some(connection) => pool.idle.push(connection),
            None => pool.opened -= 1,
        }
        drop(pool);
        self.given_back.notify_one();
    }

    fn look_at_clocks<T>(&self, look: impl FnOnce(&Clocks) -> T) -> T {
        look(&self.clocks.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A connection that goes back whatever happens.
struct Lent<'q> {
    query: &'q SqliteQuery,
    connection: Option<Connection>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.query.give_back(self.connection.take());
    }
}

fn connect(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(Duration::from_secs(ANSWER_SECONDS))?;
    connection.execute_batch("PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY;")?;
    Ok(connection)
}

impl Query for SqliteQuery {
    fn position(&self) -> Result<Position, StoreError> {
        self.ask(position)
    }

    fn jumped(&self) -> Result<u64, StoreError> {
        self.ask(forget::jumped)
    }

    fn changed(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    fn changes(&self, after: u64, limit: usize) -> Result<Vec<Change>, StoreError> {
        self.ask(|views| findings::changes(views, after, limit))
    }

    fn findings(
        &self,
        filter: &FindingFilter,
        after: Option<FindingPlace>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<FindingRow>, StoreError> {
        self.ask(|views| findings::findings(views, filter, after, direction, limit))
    }

    fn finding(&self, id: FindingId) -> Result<Option<FindingRow>, StoreError> {
        self.ask(|views| findings::finding(views, id))
    }

    fn history(&self, id: FindingId, after: u64, limit: usize) -> Result<Vec<Change>, StoreError> {
        self.ask(|views| findings::history(views, id, after, limit))
    }

    fn objects(&self, filter: &ObjectFilter, limit: usize) -> Result<Vec<ObjectRow>, StoreError> {
        self.ask(|views| objects::objects(views, filter, limit))
    }

    fn object(&self, object: &ObjectKey) -> Result<Option<ObjectRow>, StoreError> {
        self.ask(|views| objects::object(views, object))
    }

    fn events(
        &self,
        filter: &EventFilter,
        beyond: Option<u64>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<u64>, StoreError> {
        self.ask(|views| events::events(views, filter, beyond, direction, limit))
    }

    fn clocks(&self, filter: &ClockFilter, limit: usize) -> Result<Vec<ObjectClocks>, StoreError> {
        // Asking puts the clocks in order, so nobody else may look meanwhile.
        let mut clocks = self.clocks.write().unwrap_or_else(PoisonError::into_inner);
        Ok(clocks.due(filter, limit))
    }

    fn clocks_of(&self, object: &ObjectKey) -> Result<Vec<ObjectClocks>, StoreError> {
        Ok(self.look_at_clocks(|clocks| clocks.of(object)))
    }

    fn event_figures(
        &self,
        filter: &EventFilter,
        limit: usize,
    ) -> Result<Vec<EventFigure>, StoreError> {
        self.ask(|views| figures::events(views, filter, limit))
    }

    fn finding_figures(
        &self,
        filter: &FigureFilter,
        limit: usize,
    ) -> Result<Vec<FindingFigure>, StoreError> {
        self.ask(|views| figures::findings(views, filter, limit))
    }

    fn packs(&self) -> Result<Vec<PackRow>, StoreError> {
        self.ask(figures::packs)
    }

    fn roots(&self) -> Result<Vec<Root>, StoreError> {
        // The clocks are no part of the snapshot: whoever compares roots does so while nothing is committed.
        let clocks = self.look_at_clocks(Clocks::all);
        self.within(None, |views| roots::roots(views, &clocks))
    }
}
