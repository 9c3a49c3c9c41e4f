//! Whether an event plays a part in a rule, and whether two events fit together: patterns and
//! correlations over a [`Step`], with missing data told apart from "no".

use cage_model::{Interner, Payload, Reason, Symbol, Value};
use cage_pack::expr::{Expr, Outcome, Scope, Truth};
use cage_pack::{Correlation, MissingMeaning, Pattern};
use serde::{Deserialize, Serialize};

use crate::monitor::{Activities, Breach, Setting, Step};

/// The answer to a question about an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Match {
    /// It does not.
    No,
    /// It does.
    Yes,
    /// It cannot be said.
    Unknown(Unknown),
}

/// Why something cannot be said.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unknown {
    /// [`Reason::DataMissing`] or [`Reason::ExpressionFailed`].
    pub reason: Reason,
    /// The field that is missing, or the text of the expression that failed.
    pub field: Symbol,
}

impl Unknown {
    /// The breach that reports it for an event that may be a trigger.
    #[must_use]
    pub fn of_trigger(self, step: &Step<'_>) -> Breach {
        Breach {
            trigger: Some(step.event()),
            other: None,
            at: step.moment.instant,
            reason: self.reason,
            payload: self.payload(),
        }
    }

    /// The field as a payload.
    #[must_use]
    pub fn payload(self) -> Payload {
        Payload::Field(self.field)
    }
}

/// An expression that a monitor runs, with the text that reports its failure.
#[derive(Clone, Debug)]
pub struct Guard {
    expr: Expr,
    source: Symbol,
    missing: MissingMeaning,
}

impl Guard {
    /// Takes an expression into a monitor.
    pub fn new(expr: &Expr, setting: &mut Setting<'_>) -> Self {
        Self {
            expr: expr.clone(),
            source: setting.names.intern(expr.source()),
            missing: setting.rule.missing,
        }
    }

    /// Whether it holds for the current event, and an earlier one of which some slots were kept.
    #[must_use]
    #[inline]
    pub fn test(&self, step: &Step<'_>, earlier: &[Value]) -> Match {
        match self.expr.test(&scope(step, earlier)) {
            Truth::True => Match::Yes,
            Truth::False => Match::No,
            Truth::Missing(_) if self.missing == MissingMeaning::False => Match::No,
            Truth::Missing(field) => Match::Unknown(Unknown {
                reason: Reason::DataMissing,
                field,
            }),
            Truth::Failed(_) => Match::Unknown(self.failed()),
        }
    }

    /// Its value for the current event; never [`Value::Missing`].
    ///
    /// # Errors
    /// Why there is none.
    pub fn value(&self, step: &Step<'_>) -> Result<Value, Unknown> {
        match self.expr.value(&scope(step, &[])) {
            Outcome::Value(Value::Missing) => Err(self.unfit()),
            Outcome::Value(value) => Ok(value),
            Outcome::Missing(field) => Err(Unknown {
                reason: Reason::DataMissing,
                field,
            }),
            Outcome::Failed(_) => Err(self.failed()),
        }
    }

    /// The value is of a kind that cannot be used here.
    #[must_use]
    pub fn unfit(&self) -> Unknown {
        Unknown {
            reason: Reason::DataMissing,
            field: self.source,
        }
    }

    fn failed(&self) -> Unknown {
        Unknown {
            reason: Reason::ExpressionFailed,
            field: self.source,
        }
    }
}

fn scope<'a>(step: &Step<'a>, earlier: &'a [Value]) -> Scope<'a> {
    Scope {
        current: step.slots,
        earlier,
        object: step.object,
        date: step.moment.date,
        names: step.names,
    }
}

/// A [`Pattern`] that a monitor runs.
#[derive(Clone, Debug, Default)]
pub struct Matcher {
    ways: Vec<Way>,
}

#[derive(Clone, Debug)]
struct Way {
    activity: Option<Symbol>,
    guard: Option<Guard>,
}

impl Matcher {
    /// Takes a pattern into a monitor.
    pub fn new(pattern: &Pattern, setting: &mut Setting<'_>) -> Self {
        let mut way = |step: &cage_pack::Step| Way {
            activity: step.activity,
            guard: step.guard.as_ref().map(|guard| Guard::new(guard, setting)),
        };
        Self {
            ways: pattern.0.iter().map(&mut way).collect(),
        }
    }

    /// Whether the current event plays this part: in any of its ways. Unknown when no way holds
    /// and one cannot be decided.
    #[must_use]
    #[inline]
    pub fn matches(&self, step: &Step<'_>) -> Match {
        let mut answer = Match::No;
        for way in &self.ways {
            if way.activity.is_some_and(|wanted| wanted != step.activity) {
                continue;
            }
            let Some(guard) = &way.guard else {
                return Match::Yes;
            };
            match guard.test(step, &[]) {
                Match::Yes => return Match::Yes,
                Match::No => {}
                unknown => answer = unknown,
            }
        }
        answer
    }

    /// The activities that can play this part.
    #[must_use]
    pub fn activities(&self) -> Activities {
        Activities::union(self.ways.iter().map(|way| match way.activity {
            Some(activity) => Activities::Only(vec![activity]),
            None => Activities::All,
        }))
    }

    /// Whether nothing can play this part: the pattern was left out.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ways.is_empty()
    }
}

/// One direction of a [`Correlation`], with the slots of the earlier event that it needs.
#[derive(Clone, Debug, Default)]
pub struct Fit {
    guard: Option<Guard>,
    capture: Vec<u16>,
    equated: Option<Equated>,
}

/// Two slots that a correlation wants equal.
#[derive(Clone, Copy, Debug)]
struct Equated {
    /// Of the later event.
    current: u16,
    /// Of the earlier event, in its capture list, and among its own slots.
    kept: u16,
    own: u16,
}

impl Fit {
    /// For a trigger that comes first: keep [`Fit::capture`] of the trigger, then ask
    /// [`Fit::fits`] at the target.
    pub fn forward(correlation: &Correlation, setting: &mut Setting<'_>) -> Self {
        Self::new(
            correlation.forward.as_ref(),
            &correlation.capture_trigger,
            setting,
        )
    }

    /// For a target that comes first: keep [`Fit::capture`] of the target, then ask
    /// [`Fit::fits`] at the trigger.
    pub fn backward(correlation: &Correlation, setting: &mut Setting<'_>) -> Self {
        Self::new(
            correlation.backward.as_ref(),
            &correlation.capture_target,
            setting,
        )
    }

    fn new(expr: Option<&Expr>, capture: &[u16], setting: &mut Setting<'_>) -> Self {
        let guard = expr.map(|expr| Guard::new(expr, setting));
        // Without a condition nothing needs to be kept.
        let capture = if guard.is_some() {
            capture.to_vec()
        } else {
            Vec::new()
        };
        let equated = expr.and_then(Expr::equated).and_then(|(current, kept)| {
            let own = *capture.get(usize::from(kept))?;
            Some(Equated { current, kept, own })
        });
        Self {
            guard,
            capture,
            equated,
        }
    }

    /// Where the correlation wants a value of the later event equal to a kept one: the place of
    /// the kept one among those that are captured.
    #[must_use]
    pub fn equated(&self) -> Option<usize> {
        self.equated.map(|equated| usize::from(equated.kept))
    }

    /// The current event's value that a kept one must be equal to. Missing where there is none.
    #[must_use]
    pub fn wanted(&self, step: &Step<'_>) -> Value {
        self.slot(step, |equated| equated.current)
    }

    /// The value that would be kept of the current event for later ones to be equal to.
    #[must_use]
    pub fn offered(&self, step: &Step<'_>) -> Value {
        self.slot(step, |equated| equated.own)
    }

    fn slot(&self, step: &Step<'_>, which: fn(Equated) -> u16) -> Value {
        let slot = self.equated.map(which).map(usize::from);
        slot.and_then(|slot| step.slots.get(slot))
            .copied()
            .unwrap_or_default()
    }

    /// Whether any pair fits.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.guard.is_none()
    }

    /// How many values [`Fit::capture`] gives.
    #[must_use]
    pub fn width(&self) -> usize {
        self.capture.len()
    }

    /// The slots of the current event that must be kept of it as the earlier one.
    pub fn capture<'s>(&'s self, step: &Step<'s>) -> impl Iterator<Item = Value> + 's {
        let slots = step.slots;
        self.capture
            .iter()
            .map(|slot| slots.get(usize::from(*slot)).copied().unwrap_or_default())
    }

    /// Whether the slots of the current event that would be kept are those that were kept of an
    /// earlier one, so that whatever fits one fits the other.
    #[must_use]
    pub fn captures_same(&self, step: &Step<'_>, earlier: &[Value]) -> bool {
        let pairs = self.capture(step).zip(earlier);
        earlier.len() == self.width() && pairs.into_iter().all(|(now, before)| is(now, *before))
    }

    /// Whether the current event fits an earlier one of which these slots were kept.
    #[must_use]
    #[inline]
    pub fn fits(&self, step: &Step<'_>, earlier: &[Value]) -> Match {
        match &self.guard {
            None => Match::Yes,
            Some(guard) => guard.test(step, earlier),
        }
    }
}

/// Whether two values are one and the same, so that no expression can tell them apart.
fn is(a: Value, b: Value) -> bool {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => a.to_bits() == b.to_bits(),
        (Value::Text(a), Value::Text(b)) | (Value::Id(a), Value::Id(b)) => a == b,
        (Value::Integer(a), Value::Integer(b)) => a == b,
        (Value::Boolean(a), Value::Boolean(b)) => a == b,
        (Value::Missing, Value::Missing) | (Value::List, Value::List) => true,
        (
            Value::Decimal { scale, mantissa },
            Value::Decimal {
                scale: other_scale,
                mantissa: other,
            },
        ) => (scale, mantissa) == (other_scale, other),
        (
            Value::Time {
                offset,
                rest,
                micros,
            },
            Value::Time {
                offset: other_offset,
                rest: other_rest,
                micros: other,
            },
        ) => (offset, rest, micros) == (other_offset, other_rest, other),
        _ => false,
    }
}

/// A value as a symbol for a [`Payload`]: its own where it is a text, else its digits.
pub fn shown(value: Value, names: &Interner, out: &mut dyn crate::monitor::Emit) -> Symbol {
    let text = match value {
        Value::Text(symbol) | Value::Id(symbol) => return symbol,
        Value::Missing => return Symbol::EMPTY,
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => format!("{number:?}"),
        Value::Boolean(holds) => holds.to_string(),
        Value::List => "[]".to_owned(),
        Value::Decimal { .. } | Value::Time { .. } => {
            let decimal = value.as_decimal().map(|decimal| decimal.to_string());
            let time = || value.as_time().map(|time| time.to_string());
            decimal.or_else(time).unwrap_or_default()
        }
    };
    match names.get(&text) {
        Some(symbol) => symbol,
        None => out.text(&text),
    }
}
