//! The log as discovery sees it: per case the sequence of activity, person and time.

use cage_model::{EventBuffer, Instant, Interner, Keyed, LogSink, SinkError, Symbol, Wanted};

/// One event of a trace.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Row {
    /// Index into [`Traces::activities`].
    pub activity: u32,
    /// Index into [`Traces::people`]; `None` when the event names nobody.
    pub person: Option<u32>,
    /// When it happened.
    pub at: Instant,
}

/// A sequence of activities and how many cases have it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Variant {
    /// Activities by index.
    pub sequence: Vec<u32>,
    /// Cases.
    pub cases: u64,
}

/// Every case's events in the order of time.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    /// Names of activities, in order of first occurrence.
    pub activities: Vec<String>,
    /// Names of people, in order of first occurrence.
    pub people: Vec<String>,
    rows: Vec<Row>,
    ends: Vec<usize>,
}

/// Collects traces from a reader: the events of each object of one type.
#[derive(Debug)]
pub struct TraceCollector {
    kind: String,
    activities: Numbering,
    people: Numbering,
    cases: Keyed<String, u32>,
    case_count: u32,
    rows: Vec<(u32, Row)>,
    without_time: u64,
}

#[derive(Debug, Default)]
struct Numbering {
    by_symbol: Keyed<Symbol, u32>,
    by_text: Keyed<String, u32>,
    names: Vec<String>,
}

impl Numbering {
    fn of_symbol(&mut self, symbol: Symbol, names: &Interner) -> u32 {
        let next = self.names.len() as u32;
        let number = *self.by_symbol.entry_or_insert_with(symbol, || next);
        if number == next {
            self.names.push(names.text(symbol).to_owned());
        }
        number
    }

    fn of_text(&mut self, text: &str) -> u32 {
        if let Some(number) = self.by_text.get(text) {
            return *number;
        }
        let number = self.names.len() as u32;
        self.by_text.insert(text.to_owned(), number);
        self.names.push(text.to_owned());
        number
    }
}

impl TraceCollector {
    /// Collects the events of objects of this type, usually `case`.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            activities: Numbering::default(),
            people: Numbering::default(),
            cases: Keyed::new(),
            case_count: 0,
            rows: Vec::new(),
            without_time: 0,
        }
    }

    /// Events that were left out because they state no time.
    #[must_use]
    pub fn without_time(&self) -> u64 {
        self.without_time
    }

    /// The traces, each in the order of time; equal instants keep the order of arrival.
    #[must_use]
    pub fn finish(mut self) -> Traces {
        self.rows.sort_by_key(|(case, row)| (*case, row.at));
        let mut ends = Vec::with_capacity(self.case_count as usize);
        for (index, (case, _)) in self.rows.iter().enumerate() {
            match self.rows.get(index + 1) {
                Some((next, _)) if next == case => {}
                _ => ends.push(index + 1),
            }
        }
        Traces {
            activities: self.activities.names,
            people: self.people.names,
            rows: self.rows.into_iter().map(|(_, row)| row).collect(),
            ends,
        }
    }
}

impl LogSink for TraceCollector {
    fn wanted(&self) -> Wanted {
        Wanted::Names(Vec::new())
    }

    fn event(&mut self, event: &EventBuffer, names: &mut Interner) -> Result<(), SinkError> {
        let Some(time) = event.time else {
            self.without_time += 1;
            return Ok(());
        };
        let activity = self.activities.of_symbol(event.activity, names);
        let actor = event
            .objects
            .iter()
            .find(|row| names.text(row.qualifier) == "actor");
        let person = actor.map(|row| self.people.of_text(event.text(row.id)));
        let row = Row {
            activity,
            person,
            at: time.instant(),
        };
        for object in event
            .objects
            .iter()
            .filter(|row| names.text(row.kind) == self.kind)
        {
            let id = event.text(object.id);
            let case = match self.cases.get(id) {
                Some(case) => *case,
                None => {
                    let case = self.case_count;
                    self.case_count += 1;
                    self.cases.insert(id.to_owned(), case);
                    case
                }
            };
            self.rows.push((case, row));
        }
        Ok(())
    }
}

impl Traces {
    /// Traces from sequences of names, an hour apart, for tests and examples.
    #[must_use]
    pub fn from_sequences(sequences: &[&[&str]]) -> Self {
        let mut activities = Numbering::default();
        let mut traces = Self::default();
        for sequence in sequences {
            for (index, name) in sequence.iter().enumerate() {
                let activity = activities.of_text(name);
                let at = Instant(index as i64 * 3_600_000_000);
                traces.rows.push(Row {
                    activity,
                    person: None,
                    at,
                });
            }
            traces.ends.push(traces.rows.len());
        }
        traces.activities = activities.names;
        traces
    }

    /// Traces from names with their times in microseconds, in order, for tests and examples.
    #[must_use]
    pub fn from_times(sequences: &[&[(&str, i64)]]) -> Self {
        let mut activities = Numbering::default();
        let mut traces = Self::default();
        for sequence in sequences {
            let rows = sequence.iter().map(|(name, at)| Row {
                activity: activities.of_text(name),
                person: None,
                at: Instant(*at),
            });
            traces.rows.extend(rows);
            traces.ends.push(traces.rows.len());
        }
        traces.activities = activities.names;
        traces
    }

    /// How many cases there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no case.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many events there are.
    #[must_use]
    pub fn events(&self) -> usize {
        self.rows.len()
    }

    /// The cases, each as its events in order.
    pub fn iter(&self) -> impl Iterator<Item = &[Row]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(start, &end)| &self.rows[start..end])
    }

    /// The different sequences, the most frequent first; ties in the order of activities.
    #[must_use]
    pub fn variants(&self) -> Vec<Variant> {
        let mut index: Keyed<Vec<u32>, usize> = Keyed::new();
        let mut variants: Vec<Variant> = Vec::new();
        let mut sequence = Vec::new();
        for trace in self.iter() {
            sequence.clear();
            sequence.extend(trace.iter().map(|row| row.activity));
            if let Some(&known) = index.get(&sequence) {
                variants[known].cases += 1;
            } else {
                index.insert(sequence.clone(), variants.len());
                variants.push(Variant {
                    sequence: sequence.clone(),
                    cases: 1,
                });
            }
        }
        variants.sort_by(|a, b| {
            b.cases
                .cmp(&a.cases)
                .then_with(|| a.sequence.cmp(&b.sequence))
        });
        variants
    }

    /// The name of an activity.
    #[must_use]
    pub fn activity(&self, index: u32) -> &str {
        self.activities
            .get(index as usize)
            .map_or("", String::as_str)
    }
}
