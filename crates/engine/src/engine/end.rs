//! How everything stands at a moment: open obligations judged, objects counted.

use cage_law::Moment;
use cage_model::{Interner, Symbol, Tally, Time};

use super::{Bench, Engine, Kind};
use crate::account::{Account, Months, RuleAccount};
use crate::monitor::{End, OpenClock, Owed};
use crate::sink::{Exemption, Marks};

impl Engine {
    /// Ends the fold: what it has said, with every open obligation judged at `now`. With `finite`
    /// every object is taken to end there.
    #[must_use]
    pub fn close(mut self, now: Time, finite: bool, names: &Interner) -> Account {
        let mut account = std::mem::take(&mut self.account);
        account.rules.iter_mut().for_each(RuleAccount::amend);
        account.add(self.stand(now, finite, names));
        account
    }

    /// How the open obligations stand at `now`, and the counts of objects: what [`Engine::close`]
    /// would add to [`Engine::account`]. Changes nothing.
    #[must_use]
    pub fn stand(&self, now: Time, finite: bool, names: &Interner) -> Account {
        let mut account = Account::new(self.program.rules.len());
        let end = End {
            now: self.program.days.moment(now),
            finite,
            days: &self.program.days,
            names,
        };
        for (object_type, kind) in self.kinds.iter().enumerate() {
            for local in 0..kind.rules.len() {
                stand_rule(kind, object_type as u16, local, &end, &mut account);
            }
        }
        account
    }

    /// What one object still owes, by rule, in the order of rules.
    pub fn owed(&self, object_type: u16, object: u32, each: &mut dyn FnMut(u16, Owed)) {
        let Some(kind) = self.kinds.get(usize::from(object_type)) else {
            return;
        };
        if (object as usize) < kind.objects.len() {
            for judging in &kind.rules {
                let days = &self.program.days;
                judging
                    .column
                    .owed(object, days, &mut |owed| each(judging.rule, owed));
            }
        }
    }

    /// The clocks that one object has open, by rule, in the order of rules.
    pub fn clocks(&self, object_type: u16, object: u32, each: &mut dyn FnMut(u16, OpenClock<'_>)) {
        let Some(kind) = self.kinds.get(usize::from(object_type)) else {
            return;
        };
        if (object as usize) < kind.objects.len() {
            for judging in &kind.rules {
                let clocks = &judging.column;
                clocks.clocks(object, &mut |clock| each(judging.rule, clock));
            }
        }
    }

    /// How each rule of its type stands for one object at `now`, in the order of rules; nothing for an
    /// object that was not met. Changes nothing.
    pub fn standing_of(
        &self,
        (object_type, object): (u16, u32),
        now: Time,
        names: &Interner,
        each: &mut dyn FnMut(u16, Standing),
    ) {
        let kind = self.kinds.get(usize::from(object_type));
        let met = |kind: &&Kind| {
            (object as usize) < kind.objects.len()
                && kind.objects.exists(object)
                && !kind.objects.is_withdrawn(object)
        };
        let Some(kind) = kind.filter(met) else {
            return;
        };
        let mut account = Account::new(self.program.rules.len());
        let end = End {
            now: self.program.days.moment(now),
            finite: false,
            days: &self.program.days,
            names,
        };
        for local in 0..kind.rules.len() {
            let mut bench = bench((object_type, object), &end, &mut account);
            let marks = stand_object(&mut bench, kind, local, &end);
            each(kind.rules[local].rule, Standing::of(marks));
        }
    }

    /// The moment of a time as this program counts days.
    #[must_use]
    pub fn moment(&self, time: Time) -> Moment {
        self.program.days.moment(time)
    }
}

fn stand_rule(kind: &Kind, object_type: u16, local: usize, end: &End<'_>, account: &mut Account) {
    let judging = &kind.rules[local];
    let mut bench = bench((object_type, 0), end, account);
    for object in 0..kind.objects.len() as u32 {
        let objects = &kind.objects;
        if !objects.exists(object) || objects.is_withdrawn(object) {
            continue;
        }
        bench.object = object;
        let marks = stand_object(&mut bench, kind, local, end);
        count_object(&mut bench.account.rules[usize::from(judging.rule)], marks);
    }
    let objects = &kind.objects;
    let counts = |object| objects.exists(object) && !objects.is_withdrawn(object);
    account.rules[usize::from(judging.rule)].variants = judging.column.variants(&counts);
}

fn bench<'a>(
    (object_type, object): (u16, u32),
    end: &End<'_>,
    account: &'a mut Account,
) -> Bench<'a> {
    Bench {
        account,
        object_type,
        object,
        month: Months::of(end.now.date),
        time_field: Symbol::EMPTY,
    }
}

/// Writes up how one rule stands for the object of the bench; gives what it has had of it then.
fn stand_object(bench: &mut Bench<'_>, kind: &Kind, local: usize, end: &End<'_>) -> Marks {
    let (judging, objects, object) = (&kind.rules[local], &kind.objects, bench.object);
    let exemption = judging
        .exempt
        .as_ref()
        .map(|(expr, source)| Exemption::of_object(expr, *source, end, objects, object));
    let mut sink = bench.sink(judging.rule, exemption);
    sink.marks = objects.marks(object, local);
    judging.column.finish(object, end, &mut sink);
    sink.marks
}

/// How a rule stands for one object (decision 0003): it can be violated and pending at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Standing {
    /// The rule has applied to it.
    pub activated: bool,
    /// It was broken at least once.
    pub violated: bool,
    /// Of something it cannot be said for want of data.
    pub undecided: bool,
    /// Something is owed whose time is not up.
    pub pending: bool,
}

impl Standing {
    const fn of(marks: Marks) -> Self {
        Self {
            activated: marks.has(Marks::ACTIVATED),
            violated: marks.has(Marks::VIOLATED),
            undecided: marks.has(Marks::UNDECIDED),
            pending: marks.has(Marks::PENDING),
        }
    }

    /// Whether it was kept, as far as is known: nothing is broken or undecided.
    #[must_use]
    pub const fn is_satisfied(self) -> bool {
        self.activated && !self.violated && !self.undecided
    }
}

/// Decision 0003: an object can be violated and pending at once; it is satisfied when it was
/// activated and nothing is violated or undecided.
fn count_object(account: &mut RuleAccount, marks: Marks) {
    let RuleAccount {
        objects, fulfilled, ..
    } = account;
    let Tally {
        activated,
        satisfied,
        violated,
        pending,
        undecided,
    } = objects;
    let sound =
        marks.has(Marks::ACTIVATED) && !marks.has(Marks::VIOLATED) && !marks.has(Marks::UNDECIDED);
    *activated += u64::from(marks.has(Marks::ACTIVATED));
    *violated += u64::from(marks.has(Marks::VIOLATED));
    *undecided += u64::from(marks.has(Marks::UNDECIDED));
    *pending += u64::from(marks.has(Marks::PENDING));
    *satisfied += u64::from(sound);
    *fulfilled += u64::from(sound && !marks.has(Marks::PENDING));
}
