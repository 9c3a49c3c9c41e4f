//! What the fold has said so far: counts and findings per rule.

use std::collections::BTreeMap;

use crate::variants::Variants;
use cage_model::{Date, Finding, Keyed, Symbol, Tally};

/// Symbols from here on are texts of [`Account::texts`], made by monitors for payloads.
pub const DERIVED_TEXTS: u32 = 1 << 31;

/// Counts and findings of a fold, or of a part of one.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// One entry per rule of the program.
    pub rules: Vec<RuleAccount>,
    /// Texts that monitors made for payloads, see [`DERIVED_TEXTS`].
    pub texts: Vec<String>,
}

/// Counts of one rule.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RuleAccount {
    /// Counts of activations. Until the objects are judged at an end, open ones are in
    /// `activated` alone.
    pub activations: Tally,
    /// Counts of objects; zero until they are judged at an end.
    pub objects: Tally,
    /// Objects that are activated with nothing violated, owed or undecided.
    pub fulfilled: u64,
    /// Activations by month of their trigger.
    pub months: Months,
    /// Of a `flow` rule, the sequences that its objects went through; empty until the objects are
    /// judged at an end.
    pub variants: Variants,
    /// Findings in the order in which they were made.
    pub findings: Vec<Finding>,
    /// Findings of which more became known: each stands for that of the same object, trigger and
    /// reason in `findings`. Emptied by [`RuleAccount::amend`].
    pub amended: Vec<Finding>,
}

impl Account {
    /// An account of nothing.
    #[must_use]
    pub fn new(rules: usize) -> Self {
        Self {
            rules: vec![RuleAccount::default(); rules],
            ..Self::default()
        }
    }

    /// Adds another account whose findings speak of the same objects. Texts are numbered anew.
    pub fn add(&mut self, other: Self) {
        let shift = self.texts.len() as u32;
        self.texts.extend(other.texts);
        for (mine, mut theirs) in self.rules.iter_mut().zip(other.rules) {
            if shift > 0 {
                for finding in &mut theirs.findings {
                    each_symbol(finding, &mut |symbol| shifted(symbol, shift));
                }
            }
            mine.add(theirs);
        }
    }

    /// Takes back the counts of another account, not its findings.
    pub fn take_back(&mut self, other: &Self) {
        for (mine, theirs) in self.rules.iter_mut().zip(&other.rules) {
            mine.take_back(theirs);
        }
    }
}

fn shifted(symbol: Symbol, by: u32) -> Symbol {
    let index = symbol.index() as u32;
    if index >= DERIVED_TEXTS {
        Symbol::from_index(index + by)
    } else {
        symbol
    }
}

/// Changes every symbol in a finding's payload.
pub fn each_symbol(finding: &mut Finding, change: &mut dyn FnMut(Symbol) -> Symbol) {
    match &mut finding.payload {
        cage_model::Payload::Field(field) => *field = change(*field),
        cage_model::Payload::Values { before, after } => {
            *before = change(*before);
            *after = change(*after);
        }
        _ => {}
    }
}

impl RuleAccount {
    /// Puts what became known later into the findings.
    pub fn amend(&mut self) {
        if self.amended.is_empty() {
            return;
        }
        let key = |finding: &Finding| {
            let trigger = finding.trigger.map(|event| event.position);
            (finding.object_type, finding.object, trigger, finding.reason)
        };
        let mut places = Keyed::new();
        for (place, finding) in self.findings.iter().enumerate() {
            places.insert(key(finding), place);
        }
        for finding in self.amended.drain(..) {
            if let Some(place) = places.get(&key(&finding)) {
                self.findings[*place] = finding;
            }
        }
    }

    fn add(&mut self, other: Self) {
        combine(&mut self.activations, &other.activations, |a, b| a + b);
        combine(&mut self.objects, &other.objects, |a, b| a + b);
        self.fulfilled += other.fulfilled;
        self.months.add(&other.months);
        self.variants.add(other.variants);
        if self.findings.is_empty() {
            self.findings = other.findings;
        } else {
            self.findings.extend(other.findings);
        }
        self.amended.extend(other.amended);
    }

    fn take_back(&mut self, other: &Self) {
        let less = |a: u64, b: u64| a.saturating_sub(b);
        combine(&mut self.activations, &other.activations, less);
        combine(&mut self.objects, &other.objects, less);
        self.fulfilled = less(self.fulfilled, other.fulfilled);
        self.months.take_back(&other.months);
    }
}

fn combine(into: &mut Tally, other: &Tally, how: impl Fn(u64, u64) -> u64) {
    into.activated = how(into.activated, other.activated);
    into.satisfied = how(into.satisfied, other.satisfied);
    into.violated = how(into.violated, other.violated);
    into.pending = how(into.pending, other.pending);
    into.undecided = how(into.undecided, other.undecided);
}

/// Counts by month: a dense run of months, and apart from it those that are centuries away (dates
/// in year 0 or 9999), so that memory stays bounded.
#[derive(Clone, Debug, Default)]
pub struct Months {
    first: i32,
    dense: Vec<u64>,
    far: BTreeMap<i32, u64>,
}

/// Length of the dense run: two centuries.
const DENSE_MONTHS_MAX: i64 = 2_400;

impl Months {
    /// Months since the year 0 of a date.
    #[must_use]
    pub fn of(date: Date) -> i32 {
        let (year, month, _) = date.parts();
        year.saturating_mul(12)
            .saturating_add(i32::try_from(month).unwrap_or(1) - 1)
    }

    /// Counts some in a month, given as by [`Months::of`].
    #[inline]
    pub fn count(&mut self, month: i32, count: u64) {
        let at = i64::from(month) - i64::from(self.first);
        match usize::try_from(at)
            .ok()
            .and_then(|at| self.dense.get_mut(at))
        {
            Some(place) => *place += count,
            None => *self.place(month) += count,
        }
    }

    /// The count of a month, made now if it is new.
    #[inline(never)]
    fn place(&mut self, month: i32) -> &mut u64 {
        if self.dense.is_empty() {
            self.first = month;
        }
        let end = i64::from(self.first) + self.dense.len() as i64;
        let (low, high) = (self.first.min(month), end.max(i64::from(month) + 1));
        if high - i64::from(low) > DENSE_MONTHS_MAX {
            return self.far.entry(month).or_default();
        }
        let before = usize::try_from(self.first - low).unwrap_or(0);
        self.dense.splice(0..0, std::iter::repeat_n(0, before));
        self.first = low;
        let length = usize::try_from(high - i64::from(low)).unwrap_or(0);
        self.dense.resize(length, 0);
        &mut self.dense[(month - low) as usize]
    }

    fn add(&mut self, other: &Self) {
        for (month, count) in other.iter() {
            self.count(month, count);
        }
    }

    fn take_back(&mut self, other: &Self) {
        for (month, count) in other.iter() {
            let at = i64::from(month) - i64::from(self.first);
            let near = usize::try_from(at)
                .ok()
                .and_then(|at| self.dense.get_mut(at));
            let place = match near {
                Some(place) => place,
                None => self.far.entry(month).or_default(),
            };
            *place = place.saturating_sub(count);
        }
    }

    /// Every month with something counted, and its count, in order.
    pub fn iter(&self) -> impl Iterator<Item = (i32, u64)> {
        let dense = (self.first..).zip(self.dense.iter().copied());
        let mut all: BTreeMap<i32, u64> = self.far.clone();
        all.extend(dense);
        all.into_iter().filter(|(_, count)| *count > 0)
    }
}

impl PartialEq for Months {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Months {}
