//! How everything stands at a moment: open obligations judged, objects counted.

use cage_law::Moment;
use cage_model::{Interner, Symbol, Tally, Time};

use super::{Bench, Engine, Kind};
use crate::account::{Account, Months, RuleAccount};
use crate::monitor::{End, Owed};
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

    /// The moment of a time as this program counts days.
    #[must_use]
    pub fn moment(&self, time: Time) -> Moment {
        self.program.days.moment(time)
    }
}

fn stand_rule(kind: &Kind, object_type: u16, local: usize, end: &End<'_>, account: &mut Account) {
    let judging = &kind.rules[local];
    let mut bench = Bench {
        account,
        object_type,
        object: 0,
        month: Months::of(end.now.date),
        time_field: Symbol::EMPTY,
    };
    for object in 0..kind.objects.len() as u32 {
        let objects = &kind.objects;
        if !objects.exists(object) || objects.is_withdrawn(object) {
            continue;
        }
        bench.object = object;
        let exemption = judging
            .exempt
            .as_ref()
            .map(|(expr, source)| Exemption::of_object(expr, *source, end, objects, object));
        let mut sink = bench.sink(judging.rule, exemption);
        sink.marks = objects.marks(object, local);
        judging.column.finish(object, end, &mut sink);
        let marks = sink.marks;
        count_object(sink.account, marks);
    }
    let objects = &kind.objects;
    let counts = |object| objects.exists(object) && !objects.is_withdrawn(object);
    account.rules[usize::from(judging.rule)].variants = judging.column.variants(&counts);
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
