//! All sources at once: puts what requests report into the order of the records, and says what is to be stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::figures::{Event, Figures};
use super::numbers::Told;

/// Sources that are told apart; further ones have figures together.
const SOURCES_MAX: usize = 5_000;
/// Under which further sources are counted.
const OTHERS: &str = "(others)";

/// What became of the events of a request, for the figures.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// New entries: record, source, event.
    pub(crate) entries: Vec<(u64, String, Event)>,
    /// Retries, conflicts and refusals, by source.
    pub(crate) known: BTreeMap<String, u64>,
    pub(crate) conflicts: BTreeMap<String, u64>,
    pub(crate) rejected: BTreeMap<String, u64>,
}

/// A request whose entries are not reported yet.
#[derive(Debug)]
pub(crate) struct Ticket(u64);

/// The figures of all sources.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    sources: BTreeMap<String, Figures>,
    changed: BTreeSet<String>,
    /// Every record before this one is folded.
    through: u64,
    /// Reported entries that wait for earlier ones.
    waiting: BTreeMap<u64, (String, Event)>,
    /// One more than the largest record that was reported.
    highest: u64,
    /// Requests under way: no entry of theirs has a smaller record.
    under_way: BTreeMap<u64, u64>,
    tickets: u64,
}

impl Sources {
    /// Takes up figures that were stored, folded up to a record.
    pub(crate) fn new(sources: BTreeMap<String, Figures>, through: u64) -> Self {
        let state = State {
            sources,
            through,
            highest: through,
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
        }
    }

    /// Up to which record everything is folded.
    pub(crate) fn through(&self) -> u64 {
        self.lock().through
    }

    /// Folds a record while no request is under way: the event of a source, or anything else.
    pub(crate) fn take_up(&self, record: u64, event: Option<(&str, &Event)>) {
        let mut state = self.lock();
        if record < state.through {
            return;
        }
        if let Some((source, event)) = event {
            state.figures(source).event(event);
        }
        state.through = record + 1;
        state.highest = state.highest.max(record + 1);
    }

    /// To be called before a request's drafts go to the ledger.
    pub(crate) fn begin(&self) -> Ticket {
        let mut state = self.lock();
        state.tickets += 1;
        let ticket = state.tickets;
        let highest = state.highest;
        state.under_way.insert(ticket, highest);
        Ticket(ticket)
    }

    /// Whether a shape of a source is described already.
    pub(crate) fn knows(&self, source: &str, shape: u64) -> bool {
        let state = self.lock();
        state
            .sources
            .get(source)
            .is_some_and(|figures| figures.knows(shape))
    }

    /// To be called when a request's drafts are answered, whatever the answer.
    pub(crate) fn finish(&self, ticket: &Ticket, outcome: Outcome) {
        let mut state = self.lock();
        state.under_way.remove(&ticket.0);
        for (record, source, event) in outcome.entries {
            state.highest = state.highest.max(record + 1);
            // What was folded at a start may be reported again by nobody, but a record is folded once.
            if record >= state.through {
                state.waiting.insert(record, (source, event));
            }
        }
        state.fold();
        let counts = [
            (outcome.known, 0),
            (outcome.conflicts, 1),
            (outcome.rejected, 2),
        ];
        for (sources, which) in counts {
            for (source, count) in sources {
                let figures = state.figures(&source);
                let counted = match which {
                    0 => &mut figures.known,
                    1 => &mut figures.conflicts,
                    _ => &mut figures.rejected,
                };
                *counted += count;
            }
        }
    }

    /// What changed since the last time, with the record up to which it is folded.
    pub(crate) fn take_changed(&self) -> (BTreeMap<String, Figures>, u64) {
        let mut state = self.lock();
        let changed = std::mem::take(&mut state.changed);
        let figures = |source: String| Some((source.clone(), state.sources.get(&source)?.clone()));
        (
            changed.into_iter().filter_map(figures).collect(),
            state.through,
        )
    }

    /// Takes back that these were stored.
    pub(crate) fn not_stored(&self, sources: Vec<String>) {
        self.lock().changed.extend(sources);
    }

    /// Holes that are to be told now, by source.
    pub(crate) fn due(&self, now: u64) -> Vec<(String, Told)> {
        let mut state = self.lock();
        let mut due = Vec::new();
        let mut changed = Vec::new();
        for (source, figures) in &mut state.sources {
            let told = figures.numbers.due(now);
            if !told.is_empty() {
                changed.push(source.clone());
            }
            due.extend(told.into_iter().map(|told| (source.clone(), told)));
        }
        state.changed.extend(changed);
        due
    }

    /// The figures of a source.
    pub(crate) fn get(&self, source: &str) -> Option<Figures> {
        self.lock().sources.get(source).cloned()
    }

    /// Sources behind a name, in the order of the alphabet.
    pub(crate) fn after(&self, source: &str, most: usize) -> Vec<(String, Figures)> {
        use std::ops::Bound::{Excluded, Unbounded};
        let state = self.lock();
        let behind = state.sources.range::<str, _>((Excluded(source), Unbounded));
        let copied = behind.map(|(source, figures)| (source.clone(), figures.clone()));
        copied.take(most).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Folds what no unreported entry can come before.
    fn fold(&mut self) {
        let bound = self
            .under_way
            .values()
            .min()
            .copied()
            .unwrap_or(self.highest);
        while let Some(first) = self.waiting.first_entry() {
            if *first.key() >= bound {
                break;
            }
            let (source, event) = first.remove();
            self.figures(&source).event(&event);
        }
        self.through = self.through.max(bound);
    }

    fn figures(&mut self, source: &str) -> &mut Figures {
        let is_known = self.sources.contains_key(source);
        let name = if is_known || self.sources.len() < SOURCES_MAX {
            source
        } else {
            OTHERS
        };
        if !self.changed.contains(name) {
            self.changed.insert(name.to_owned());
        }
        self.sources.entry(name.to_owned()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(record: u64, number: u64) -> (u64, String, Event) {
        let event = Event {
            accepted: 1_000 + record,
            claimed: 0,
            sequence: Some(number),
            shape: 0,
            described: None,
        };
        (record, "s".to_owned(), event)
    }

    fn entries(entries: &[(u64, u64)]) -> Outcome {
        let entries = entries
            .iter()
            .map(|(record, number)| entry(*record, *number));
        Outcome {
            entries: entries.collect(),
            ..Outcome::default()
        }
    }

    /// Two requests are answered in one order and reported in the other: no hole is seen.
    #[test]
    fn what_requests_report_is_folded_in_the_order_of_the_records() {
        let sources = Sources::default();
        let (first, second) = (sources.begin(), sources.begin());
        sources.finish(&second, entries(&[(12, 3), (13, 4)]));
        assert_eq!((sources.through(), sources.get("s")), (0, None));
        sources.finish(&first, entries(&[(10, 1), (11, 2)]));
        let figures = sources.get("s").unwrap();
        assert_eq!((figures.accepted, figures.numbers.missing()), (4, 0));
        assert_eq!(figures.numbers.shown().unwrap()["repeats"], 0);
        assert_eq!(sources.through(), 14);
    }

    #[test]
    fn a_record_that_was_folded_at_the_start_is_not_folded_again() {
        let sources = Sources::new(BTreeMap::new(), 11);
        let ticket = sources.begin();
        sources.finish(&ticket, entries(&[(10, 1), (11, 2)]));
        assert_eq!(sources.get("s").unwrap().accepted, 1);
        let (changed, through) = sources.take_changed();
        assert_eq!((changed.len(), through), (1, 12));
        assert!(sources.take_changed().0.is_empty());
    }

    #[test]
    fn any_number_of_sources_has_figures_of_so_many() {
        let sources = Sources::default();
        for number in 0..SOURCES_MAX as u64 + 50 {
            let rejected = BTreeMap::from([(format!("s{number}"), 1)]);
            let outcome = Outcome {
                rejected,
                ..Outcome::default()
            };
            sources.finish(&sources.begin(), outcome);
        }
        assert_eq!(sources.get(OTHERS).unwrap().rejected, 50);
    }
}
