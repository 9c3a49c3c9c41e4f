//! The fold: events of objects in, counts and findings out.
//!
//! An engine holds one column per rule and one head per object. It is plain data: a clone is a
//! snapshot, and a clone that is fed the same records ends the same.

mod end;
mod live;
mod routes;
mod save;
mod warm;

use std::sync::Arc;

use cage_law::Moment;
use cage_model::{Date, Instant, Interner, Payload, Reason, Symbol, Time, Value};
use cage_pack::Program;
use cage_pack::expr::{Expr, Scope};

use crate::account::{Account, Months};
use crate::build::{Unsupported, build};
use crate::columns::Column;
use crate::demand::takes_untimed;
use crate::monitor::{Breach, Emit, End, Setting, Step};
use crate::objects::Objects;
use crate::projection::{Event, Layout, ObjectState};
use crate::sink::{Exemption, FieldsOf, Marks, Sink};

pub use end::Standing;
use live::Timers;
pub use live::{Reminder, Said};
use routes::Routes;

/// In which order the events of one object are judged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum EventOrder {
    /// By event time; events of one instant in the order of arrival.
    #[default]
    Time,
    /// As they arrive.
    File,
}

/// What became of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Folded {
    /// It was folded into the object.
    Judged,
    /// It is late: the object was taken out of the fold and waits to be judged anew from all its
    /// records in the right order. What it had contributed to the counts stays until
    /// [`Account::take_back`].
    Late,
    /// The object was taken out before.
    PassedOver,
}

/// Folds events into verdicts.
pub struct Engine {
    program: Arc<Program>,
    names: Interner,
    order: EventOrder,
    kinds: Vec<Kind>,
    account: Account,
    /// The field that is missing where an event has no time.
    time_field: Symbol,
    /// The date of the last event, and its month.
    month: (Date, i32),
    timers: Option<Timers>,
}

/// The objects of one type and the rules that judge them.
struct Kind {
    objects: Objects,
    rules: Vec<Judging>,
    routes: Routes,
    /// For each field the column of an event that may bring it.
    sources: Vec<u16>,
}

/// One rule at work.
struct Judging {
    rule: u16,
    column: Box<dyn Column>,
    exempt: Option<(Expr, Symbol)>,
    takes_untimed: bool,
    reminds: bool,
    warms_more: bool,
}

impl Clone for Judging {
    fn clone(&self) -> Self {
        Self {
            rule: self.rule,
            column: self.column.copy(),
            exempt: self.exempt.clone(),
            takes_untimed: self.takes_untimed,
            reminds: self.reminds,
            warms_more: self.warms_more,
        }
    }
}

impl Clone for Kind {
    fn clone(&self) -> Self {
        Self {
            objects: self.objects.clone(),
            rules: self.rules.clone(),
            routes: self.routes.clone(),
            sources: self.sources.clone(),
        }
    }
}

impl Clone for Engine {
    fn clone(&self) -> Self {
        Self {
            program: Arc::clone(&self.program),
            names: self.names.clone(),
            order: self.order,
            kinds: self.kinds.clone(),
            account: self.account.clone(),
            time_field: self.time_field,
            month: self.month,
            timers: self.timers.clone(),
        }
    }
}

impl Engine {
    /// An engine that has seen nothing.
    ///
    /// # Errors
    /// When a rule is of a kind that cannot be judged.
    pub fn new(program: Arc<Program>, order: EventOrder) -> Result<Self, Unsupported> {
        let mut names = program.names.clone();
        let layout = Layout::new(&program);
        let time_field = names.intern("time");
        let mut judged: Vec<Vec<Judging>> = Vec::new();
        judged.resize_with(program.object_types.len(), Vec::new);
        for (index, rule) in program.rules.iter().enumerate() {
            let mut setting = Setting {
                rule,
                program: &program,
                names: &mut names,
            };
            let column = build(&mut setting)?;
            let exempt = rule.exempt.as_ref();
            judged[usize::from(rule.per)].push(Judging {
                rule: index as u16,
                warms_more: column.warms_more(),
                column,
                exempt: exempt.map(|expr| (expr.clone(), names.intern(expr.source()))),
                takes_untimed: takes_untimed(rule, order),
                reminds: rule.remind_percent.is_some(),
            });
        }
        let kinds = judged.into_iter().zip(layout.sources);
        let kinds = kinds.map(|(rules, sources)| Kind {
            objects: Objects::new(rules.len(), sources.len()),
            routes: Routes::new(rules.iter().map(|judging| judging.column.activities())),
            rules,
            sources,
        });
        Ok(Self {
            kinds: kinds.collect(),
            account: Account::new(program.rules.len()),
            program,
            names,
            order,
            time_field,
            month: (Date(i32::MIN), 0),
            timers: None,
        })
    }

    /// The program's texts and those that monitors need. Whoever projects events begins with a
    /// clone of it.
    #[must_use]
    pub fn names(&self) -> &Interner {
        &self.names
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    /// What the fold has said so far.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Takes an event of one object that it names. `names` holds at least the texts of the event's
    /// slots.
    pub fn step(
        &mut self,
        event: &Event<'_>,
        object_type: u16,
        object: u32,
        names: &Interner,
    ) -> Folded {
        let Some(kind) = self.kinds.get_mut(usize::from(object_type)) else {
            return Folded::PassedOver;
        };
        kind.reach(object);
        if kind.objects.is_withdrawn(object) {
            return Folded::PassedOver;
        }
        let moment = event.moment;
        if let (Some(moment), EventOrder::Time) = (moment, self.order)
            && moment.instant < kind.objects.last(object)
        {
            kind.withdraw(object);
            return Folded::Late;
        }
        self.take(event, object_type, object, names);
        Folded::Judged
    }

    fn take(&mut self, event: &Event<'_>, object_type: u16, object: u32, names: &Interner) {
        let Self {
            program,
            kinds,
            account,
            month,
            time_field,
            timers,
            ..
        } = self;
        let kind = &mut kinds[usize::from(object_type)];
        let timed = event.moment.is_some();
        let moment = event.moment.unwrap_or(NO_TIME);
        let offset = event.time.and_then(Time::offset_minutes).unwrap_or(0);
        let columns = program.fields.len();
        let step = Step {
            position: event.position,
            activity: event.activity,
            moment,
            offset,
            arrival: event.arrival,
            slots: event.slots.get(..columns).unwrap_or(event.slots),
            object: &[],
            names,
            days: &program.days,
        };
        if month.0 != moment.date {
            *month = (moment.date, Months::of(moment.date));
        }
        let mut bench = Bench {
            account,
            object_type,
            object,
            month: month.1,
            time_field: *time_field,
        };
        if timed {
            bench.run_out(kind, &step);
            kind.objects.advance(object, moment);
            kind.objects.set_last(object, moment.instant, offset);
        } else {
            kind.objects.create(object);
        }
        kind.fold_fields(object, event.slots);
        let Kind {
            objects,
            rules,
            routes,
            ..
        } = kind;
        let (mut head, fields) = objects.open(object);
        let step = Step {
            object: fields,
            ..step
        };
        for &local in routes.of(event.activity) {
            let judging = &mut rules[usize::from(local)];
            let marks = head.marks(usize::from(local));
            let mut after = marks;
            bench.step(judging, &mut after, &step);
            if after != marks {
                head.mark(usize::from(local), after);
            }
            if let Some(timers) = timers {
                timers.schedule(judging, (object_type, local, object), &step);
            }
        }
    }

    /// Takes what an object's own record states. In time order a record that brings fields and
    /// comes after events of the object is late.
    pub fn state(&mut self, state: &ObjectState) -> Folded {
        let Some(kind) = self.kinds.get_mut(usize::from(state.object_type)) else {
            return Folded::PassedOver;
        };
        let object = state.object;
        kind.reach(object);
        if kind.objects.is_withdrawn(object) {
            return Folded::PassedOver;
        }
        let follows = kind.objects.has_events(object) && !state.fields.is_empty();
        if follows && self.order == EventOrder::Time {
            kind.withdraw(object);
            return Folded::Late;
        }
        kind.objects.create(object);
        for (field, value, since) in &state.fields {
            match since {
                Some(since) if *since > kind.objects.last(object) => {
                    kind.objects.set_ahead(object, *since, *field, *value);
                }
                _ => kind.objects.set_field(object, *field, *value),
            }
        }
        Folded::Judged
    }

    /// Whether an object was taken out of the fold.
    #[must_use]
    pub fn is_withdrawn(&self, object_type: u16, object: u32) -> bool {
        self.kinds
            .get(usize::from(object_type))
            .is_some_and(|kind| {
                (object as usize) < kind.objects.len() && kind.objects.is_withdrawn(object)
            })
    }

    /// When the last event of an object happened that was folded; `None` when it was taken out of the
    /// fold. [`Instant::MIN`] for an object that was not met.
    #[must_use]
    pub fn last(&self, object_type: u16, object: u32) -> Option<Instant> {
        let kind = self.kinds.get(usize::from(object_type));
        match kind.filter(|kind| (object as usize) < kind.objects.len()) {
            None => Some(Instant::MIN),
            Some(kind) if kind.objects.is_withdrawn(object) => None,
            Some(kind) => Some(kind.objects.last(object)),
        }
    }

    /// How many objects of a type were met.
    #[must_use]
    pub fn count(&self, object_type: u16) -> usize {
        let kind = self.kinds.get(usize::from(object_type));
        kind.map_or(0, |kind| kind.objects.len())
    }

    /// The fields of an object as its last event left them; none for an object that was not met.
    #[must_use]
    pub fn fields(&self, object_type: u16, object: u32) -> &[Value] {
        let kind = self.kinds.get(usize::from(object_type));
        let kind = kind.filter(|kind| (object as usize) < kind.objects.len());
        kind.map_or(&[], |kind| kind.objects.fields(object))
    }

    /// Bytes held for objects: heads, fields, states, the monitors' arenas and timers.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let of_kind = |kind: &Kind| {
            let columns = kind.rules.iter().map(|judging| judging.column.bytes());
            kind.objects.bytes() + columns.sum::<usize>()
        };
        let timers = self.timers.as_ref().map_or(0, Timers::bytes);
        self.kinds.iter().map(of_kind).sum::<usize>() + timers
    }
}

/// The moment of an event that has no time.
const NO_TIME: Moment = Moment {
    instant: Instant::MIN,
    date: Date(i32::MIN),
};

fn untimed(step: &Step<'_>, field: Symbol) -> Breach {
    Breach {
        trigger: Some(step.event()),
        other: None,
        at: step.moment.instant,
        reason: Reason::DataMissing,
        payload: Payload::Field(field),
    }
}

impl Kind {
    /// Makes room up to an object.
    #[inline]
    fn reach(&mut self, object: u32) {
        let objects = object as usize + 1;
        if !self.objects.has_room(objects) {
            self.grow(objects);
        }
        self.objects.reach(object);
    }

    #[inline(never)]
    fn grow(&mut self, objects: usize) {
        self.objects.grow(objects);
        for judging in &mut self.rules {
            judging.column.grow(objects);
        }
    }

    /// Folds an event's values into the object's fields.
    fn fold_fields(&mut self, object: u32, slots: &[Value]) {
        for (field, source) in self.sources.iter().enumerate() {
            let value = slots.get(usize::from(*source)).copied().unwrap_or_default();
            if !matches!(value, Value::Missing) {
                self.objects.set_field(object, field as u16, value);
            }
        }
    }

    fn withdraw(&mut self, object: u32) {
        for judging in &mut self.rules {
            judging.column.reset(object);
        }
        self.objects.withdraw(object);
    }
}

/// Where the steps of one object's rules are written up.
struct Bench<'a> {
    account: &'a mut Account,
    object_type: u16,
    object: u32,
    month: i32,
    time_field: Symbol,
}

impl Bench<'_> {
    /// Lets one rule take the event.
    #[inline]
    fn step(&mut self, judging: &mut Judging, marks: &mut Marks, step: &Step<'_>) {
        let Judging {
            rule,
            column,
            exempt,
            takes_untimed,
            ..
        } = judging;
        let exemption = exempt.as_ref().map(|(expr, source)| Exemption {
            expr,
            source: *source,
            scope: Scope {
                current: step.slots,
                earlier: &[],
                object: step.object,
                date: step.moment.date,
                names: step.names,
            },
            fields: FieldsOf::Scope,
        });
        let (object, time_field) = (self.object, self.time_field);
        let mut sink = self.sink(*rule, exemption);
        sink.marks = *marks;
        if step.moment.instant > Instant::MIN || *takes_untimed {
            column.step(object, step, &mut sink);
        } else {
            sink.undecided_trigger(untimed(step, time_field));
        }
        *marks = sink.marks;
    }

    fn sink<'s>(&'s mut self, rule: u16, exemption: Option<Exemption<'s>>) -> Sink<'s> {
        let Account { rules, texts } = &mut *self.account;
        Sink {
            rule,
            object_type: self.object_type,
            object: self.object,
            month: self.month,
            marks: Marks::default(),
            account: &mut rules[usize::from(rule)],
            texts,
            exemption,
        }
    }

    /// Reports what ran out before an event, for rules whose exemption may depend on what the
    /// object's fields were then.
    fn run_out(&mut self, kind: &mut Kind, step: &Step<'_>) {
        for local in 0..kind.rules.len() {
            if kind.rules[local].exempt.is_some() {
                self.expire(kind, local, &step.now());
            }
        }
    }

    /// Reports what has run out at a moment for one rule.
    fn expire(&mut self, kind: &mut Kind, local: usize, now: &End<'_>) {
        let Kind { objects, rules, .. } = kind;
        let Judging {
            rule,
            column,
            exempt,
            ..
        } = &mut rules[local];
        let marks = objects.marks(self.object, local);
        let exemption = exempt
            .as_ref()
            .map(|(expr, source)| Exemption::of_object(expr, *source, now, objects, self.object));
        let object = self.object;
        let mut sink = self.sink(*rule, exemption);
        sink.marks = marks;
        column.expire(object, now, &mut sink);
        let after = sink.marks;
        if after != marks {
            objects.mark(object, local, after);
        }
    }
}
