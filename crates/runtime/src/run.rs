//! One check under way: what the first reading found, and what the second corrects.

use std::sync::Arc;

use cage_engine::{Account, Engine, EventOrder, Projector};
use cage_formats::ReadReport;
use cage_model::{Instant, Interner, Time};
use cage_pack::{Program, nearest};

use crate::check::{CheckError, CheckOptions};
use crate::feed::{Census, Feed, FeedOptions};
use crate::late::{Late, Rejudge};
use crate::outcome::{Outcome, WorstObject};
use crate::shards::{Found, Shard, Spread};
use crate::story::{Judged, StoryFold, Teller, worst};
use crate::supply::Supply;

/// The state of a check between its readings.
pub(crate) struct Run {
    pub(crate) program: Arc<Program>,
    pub(crate) account: Account,
    pub(crate) census: Census,
    pub(crate) projector: Projector,
    pub(crate) names: Interner,
    pub(crate) reports: Vec<ReadReport>,
    /// The moment of judgement; `None` when nothing in the log has a time and none was asked for.
    pub(crate) as_of: Option<Time>,
    late: Vec<Late>,
}

impl CheckOptions {
    /// How records are fed.
    pub(crate) const fn feed(&self, everything: bool) -> FeedOptions {
        FeedOptions {
            as_of: self.as_of,
            order: self.order,
            everything,
        }
    }
}

/// The moment at which open obligations are judged when there is no time at all.
const NEVER: Instant = Instant(0);

impl Run {
    /// Reads everything once.
    pub(crate) fn read(
        program: Arc<Program>,
        supply: &dyn Supply,
        options: &CheckOptions,
    ) -> Result<Self, CheckError> {
        let engine = Engine::new(program, options.order)?;
        if options.threads > 1 {
            let shards = u32::try_from(options.threads - 1).unwrap_or(SHARDS_MAX);
            Self::read_in_threads(&engine, supply, options, shards.min(SHARDS_MAX))
        } else {
            Self::read_here(engine, supply, options)
        }
    }

    fn read_here(
        engine: Engine,
        supply: &dyn Supply,
        options: &CheckOptions,
    ) -> Result<Self, CheckError> {
        let program = Arc::clone(engine.program());
        let mut names = engine.names().clone();
        let mut shard = Shard::new(engine, 0, 1);
        let projector = Projector::new(&program);
        let mut feed = Feed::new(&mut shard, projector, options.feed(false), &names);
        let reports = supply.read(&mut names, &mut feed)?;
        let (census, projector) = feed.finish();
        let as_of = options.as_of.or(census.last);
        let now = as_of.unwrap_or(Time::new(NEVER, None));
        let found = shard.close(now, options.finite, &names);
        Ok(Self {
            program,
            account: found.account,
            late: found.late,
            census,
            projector,
            names,
            reports,
            as_of,
        })
    }

    fn read_in_threads(
        engine: &Engine,
        supply: &dyn Supply,
        options: &CheckOptions,
        shards: u32,
    ) -> Result<Self, CheckError> {
        let program = Arc::clone(engine.program());
        let mut names = engine.names().clone();
        std::thread::scope(|scope| {
            let mut spread = Spread::new(engine, shards, scope);
            let projector = Projector::new(&program);
            let mut feed = Feed::new(&mut spread, projector, options.feed(false), &names);
            let reports = supply.read(&mut names, &mut feed)?;
            let (census, projector) = feed.finish();
            let as_of = options.as_of.or(census.last);
            let now = as_of.unwrap_or(Time::new(NEVER, None));
            let Found { account, late, .. } =
                spread.close(now, options.finite, &names, program.rules.len());
            Ok(Self {
                account,
                late,
                census,
                projector,
                names,
                reports,
                as_of,
                program,
            })
        })
    }

    /// Reads everything once, and judges one object only.
    pub(crate) fn read_one(
        program: Arc<Program>,
        supply: &dyn Supply,
        options: &CheckOptions,
        (kind, id): (&str, &str),
    ) -> Result<(Self, StoryFold), CheckError> {
        let engine = Engine::new(Arc::clone(&program), options.order)?;
        let mut names = engine.names().clone();
        let mut projector = Projector::new(&program);
        let types = program.object_types.iter();
        let watched = types
            .enumerate()
            .find(|(_, declared)| program.names.text(declared.name) == kind)
            .map(|(index, _)| index as u16);
        let id = &in_parts(&program, watched, id);
        let number = watched.and_then(|kind| Some((kind, projector.register(kind, id)?)));
        let teller = Teller {
            number,
            kind: kind.to_owned(),
            id: id.to_owned(),
        };
        let mut fold = StoryFold::new(vec![teller]);
        let mut feed = Feed::new(&mut fold, projector, options.feed(true), &names);
        let reports = supply.read(&mut names, &mut feed)?;
        let (census, projector) = feed.finish();
        if !fold.is_named(0) {
            let others = watched
                .into_iter()
                .flat_map(|kind| projector.ids(kind).skip(1));
            return Err(CheckError::NoSuchObject {
                kind: kind.to_owned(),
                id: id.to_owned(),
                nearest: nearest(id, others).map(|other| format!("{kind}:{other}")),
            });
        }
        let mut run = Self {
            account: Account::new(program.rules.len()),
            as_of: options.as_of.or(census.last),
            program,
            census,
            projector,
            names,
            reports,
            late: Vec::new(),
        };
        run.account = fold.judge(0, &run.judged(options))?.0;
        Ok((run, fold))
    }

    /// By what stories are judged.
    pub(crate) fn judged<'r>(&'r self, options: &'r CheckOptions) -> Judged<'r> {
        Judged {
            program: &self.program,
            options,
            names: &self.names,
            now: self.as_of.unwrap_or(Time::new(NEVER, None)),
        }
    }

    /// Reads everything once more for the stories of the worst objects.
    pub(crate) fn worst(
        &mut self,
        supply: &dyn Supply,
        outcome: &Outcome,
        options: &CheckOptions,
    ) -> Result<Vec<WorstObject>, CheckError> {
        let (violations, tellers): (Vec<u64>, Vec<Teller>) =
            worst(outcome, &self.projector, options.worst)
                .into_iter()
                .unzip();
        if tellers.is_empty() {
            return Ok(Vec::new());
        }
        let mut fold = StoryFold::new(tellers);
        let projector = self.projector.clone();
        let mut feed = Feed::new(&mut fold, projector, options.feed(true), &self.names);
        supply.read(&mut self.names, &mut feed)?;
        let judged = self.judged(options);
        let told = violations.into_iter().enumerate();
        told.map(|(place, violations)| {
            let story = fold.tell(place, &judged, outcome)?;
            Ok(WorstObject { violations, story })
        })
        .collect()
    }

    /// Judges the objects with late records anew, from a second reading.
    pub(crate) fn settle_late(
        &mut self,
        supply: &dyn Supply,
        options: &CheckOptions,
    ) -> Result<(), CheckError> {
        if self.late.is_empty() || options.order == EventOrder::File {
            return Ok(());
        }
        let mut rejudge = Rejudge::new(std::mem::take(&mut self.late));
        let mut feed = Feed::new(
            &mut rejudge.records,
            self.projector.clone(),
            options.feed(false),
            &self.names,
        );
        supply.read(&mut self.names, &mut feed)?;
        drop(feed);
        let now = self.as_of.unwrap_or(Time::new(NEVER, None));
        rejudge.settle(
            &self.program,
            (now, options.finite),
            &self.names,
            &mut self.account,
        )?;
        let out_of_order = &mut self.census.out_of_order;
        out_of_order.extend(rejudge.records.out_of_order());
        out_of_order.sort_unstable();
        out_of_order.dedup();
        Ok(())
    }
}

/// Engines that may run side by side; more threads than this help nobody.
const SHARDS_MAX: u32 = 64;

/// The parts of a derived object's id are joined by a character that nobody can type; `+` may be
/// written for it.
fn in_parts(program: &Program, kind: Option<u16>, id: &str) -> String {
    let kind = kind.and_then(|kind| program.object_types.get(usize::from(kind)));
    if kind.is_some_and(|kind| kind.derived.len() > 1) {
        id.replace('+', "\u{1f}")
    } else {
        id.to_owned()
    }
}
