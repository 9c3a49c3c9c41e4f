//! Takes what a monitor says: counts it, remembers it for the object, makes findings.

use cage_law::Moment;
use cage_model::{Finding, Instant, Payload, Reason, Symbol, Verdict};
use cage_pack::expr::{Expr, Scope, Truth};

use crate::account::{DERIVED_TEXTS, Months, RuleAccount};
use crate::monitor::{Breach, Emit, EmitEnd, End};
use crate::objects::Objects;

/// What an object has had of one rule; three bits are kept for each rule and object.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Marks(pub(crate) u8);

impl Marks {
    pub(crate) const ACTIVATED: u8 = 1;
    pub(crate) const VIOLATED: u8 = 2;
    pub(crate) const UNDECIDED: u8 = 4;
    /// Only known at an end, never stored.
    pub(crate) const PENDING: u8 = 8;
    /// Bits that are stored.
    pub(crate) const STORED: usize = 3;

    pub(crate) const fn has(self, mark: u8) -> bool {
        self.0 & mark != 0
    }
}

/// Where a rule's breaches are excused.
pub(crate) struct Exemption<'a> {
    pub(crate) expr: &'a Expr,
    /// The text of the expression, for its failure.
    pub(crate) source: Symbol,
    pub(crate) scope: Scope<'a>,
    pub(crate) fields: FieldsOf<'a>,
}

/// Which fields of the object an exemption looks at.
pub(crate) enum FieldsOf<'a> {
    /// Those of the scope: the current event broke the rule.
    Scope,
    /// Those that held when the breach came true: time was up.
    Breach(&'a Objects, u32),
}

impl<'a> Exemption<'a> {
    /// For breaches that no current event makes.
    pub(crate) fn of_object(
        expr: &'a Expr,
        source: Symbol,
        now: &End<'a>,
        objects: &'a Objects,
        object: u32,
    ) -> Self {
        let scope = Scope {
            current: &[],
            earlier: &[],
            object: &[],
            date: now.now.date,
            names: now.names,
        };
        Self {
            expr,
            source,
            scope,
            fields: FieldsOf::Breach(objects, object),
        }
    }

    fn test(&self, at: Instant) -> Truth {
        match self.fields {
            FieldsOf::Scope => self.expr.test(&self.scope),
            FieldsOf::Breach(objects, object) => {
                let fields = objects.fields_at(object, at);
                let object = fields.as_slice();
                self.expr.test(&Scope {
                    object,
                    ..self.scope
                })
            }
        }
    }
}

/// One rule and object at work.
pub(crate) struct Sink<'a> {
    pub(crate) rule: u16,
    pub(crate) object_type: u16,
    pub(crate) object: u32,
    /// Months since year 0 of the current event.
    pub(crate) month: i32,
    pub(crate) marks: Marks,
    pub(crate) account: &'a mut RuleAccount,
    pub(crate) texts: &'a mut Vec<String>,
    pub(crate) exemption: Option<Exemption<'a>>,
}

/// What an exemption says of a breach.
enum Excuse {
    None,
    Excused,
    Unknown(Reason, Symbol),
}

impl Sink<'_> {
    fn excuse(&self, at: Instant) -> Excuse {
        let Some(exemption) = &self.exemption else {
            return Excuse::None;
        };
        match exemption.test(at) {
            Truth::True => Excuse::Excused,
            Truth::False => Excuse::None,
            Truth::Missing(field) => Excuse::Unknown(Reason::DataMissing, field),
            Truth::Failed(_) => Excuse::Unknown(Reason::ExpressionFailed, exemption.source),
        }
    }

    fn finding(&self, verdict: Verdict, breach: &Breach) -> Finding {
        let Breach {
            trigger,
            other,
            at,
            reason,
            payload,
        } = *breach;
        Finding {
            rule: self.rule,
            object_type: self.object_type,
            object: self.object,
            verdict,
            trigger,
            other,
            at,
            reason,
            payload,
        }
    }

    #[inline(never)]
    fn found(&mut self, verdict: Verdict, breach: &Breach) {
        let finding = self.finding(verdict, breach);
        self.account.findings.push(finding);
    }

    fn leave_undecided(&mut self, count: u64, breach: &Breach) {
        self.account.activations.undecided += count;
        self.marks.0 |= Marks::UNDECIDED;
        self.found(Verdict::Undecided, breach);
    }

    fn break_times(&mut self, count: u64, breach: Breach) {
        match self.excuse(breach.at) {
            Excuse::None => {
                self.account.activations.violated += count;
                self.marks.0 |= Marks::VIOLATED;
                self.found(Verdict::Violated, &breach);
            }
            // What is excused breaks nothing.
            Excuse::Excused => self.satisfied(count),
            Excuse::Unknown(reason, field) => {
                let payload = Payload::Field(field);
                self.leave_undecided(
                    count,
                    &Breach {
                        reason,
                        payload,
                        ..breach
                    },
                );
            }
        }
    }
}

impl Emit for Sink<'_> {
    fn activated(&mut self, count: u64) {
        if count > 0 {
            self.account.activations.activated += count;
            self.account.months.count(self.month, count);
            self.marks.0 |= Marks::ACTIVATED;
        }
    }

    fn satisfied(&mut self, count: u64) {
        self.account.activations.satisfied += count;
    }

    fn activated_since(&mut self, start: Moment) {
        self.account.activations.activated += 1;
        self.account.months.count(Months::of(start.date), 1);
        self.marks.0 |= Marks::ACTIVATED;
    }

    fn violated(&mut self, breach: Breach) {
        self.break_times(1, breach);
    }

    fn violated_times(&mut self, count: u64, breach: Breach) {
        if count > 0 {
            self.break_times(count, breach);
        }
    }

    fn amended(&mut self, breach: Breach) {
        let finding = self.finding(Verdict::Violated, &breach);
        self.account.amended.push(finding);
    }

    fn undecided(&mut self, breach: Breach) {
        self.undecided_times(1, breach);
    }

    fn undecided_times(&mut self, count: u64, breach: Breach) {
        if count == 0 {
            return;
        }
        if matches!(self.excuse(breach.at), Excuse::Excused) {
            self.satisfied(count);
        } else {
            self.leave_undecided(count, &breach);
        }
    }

    fn undecided_trigger(&mut self, breach: Breach) {
        if !matches!(self.excuse(breach.at), Excuse::Excused) {
            self.account.activations.activated += 1;
            self.leave_undecided(1, &breach);
        }
    }

    fn text(&mut self, text: &str) -> Symbol {
        let index = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        Symbol::from_index(DERIVED_TEXTS + index)
    }
}

impl EmitEnd for Sink<'_> {
    fn possibly_satisfied(&mut self, count: u64) {
        self.account.activations.satisfied += count;
    }

    fn pending(&mut self, count: u64) {
        if count > 0 {
            self.account.activations.pending += count;
            self.marks.0 |= Marks::PENDING;
        }
    }
}
