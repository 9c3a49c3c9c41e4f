//! The compiled form of an expression: a tree of tests and terms over slots.
//!
//! Conditions and values are two kinds of node, so that a condition never builds a value. What
//! guards mostly are (a slot against a constant) has nodes of its own.

use std::cmp::Ordering;
use std::sync::Arc;

use cage_law::DayCount;
use cage_model::{Date, Decimal, Symbol, Value};

use super::syntax::{Operator, Relation};

/// One slot that is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Read {
    /// Which row of slots.
    pub(super) row: Row,
    /// Its index there.
    pub(super) slot: u16,
    /// The field's name, for "data missing".
    pub(super) name: Symbol,
}

/// Which row of slots.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Row {
    Current,
    Earlier,
    Object,
}

/// A condition.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Constant(bool),
    Not(Box<Test>),
    And(Box<[Test]>),
    Or(Box<[Test]>),
    If(Box<[Test; 3]>),
    /// A slot against a number.
    Number {
        read: Read,
        relation: Relation,
        number: Number,
    },
    /// A slot is this text, or is not.
    Text {
        read: Read,
        equal: bool,
        text: Symbol,
    },
    /// Any two values.
    Compare {
        relation: Relation,
        sides: Box<[Term; 2]>,
    },
    /// A value is one of some constants of one kind.
    Member {
        of: Box<Term>,
        list: Arc<[Datum]>,
    },
    /// A value is present.
    Has(Read),
    /// A boolean value holds.
    Holds(Box<Term>),
    /// Something about a text.
    Match(Box<TextMatch>),
    /// By the trigger's date.
    Dated(Box<Dated<Test>>),
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Term {
    Constant(Datum),
    Slot(Read),
    Calculate {
        operator: Operator,
        sides: Box<[Term; 2]>,
    },
    Negate(Box<Term>),
    Absolute(Box<Term>),
    /// The smallest (`Less`) or greatest (`Greater`) of some.
    Extreme {
        order: Ordering,
        of: Box<[Term]>,
    },
    If(Box<(Test, Term, Term)>),
    Test(Box<Test>),
    /// Characters of a text.
    Size(Box<Term>),
    /// The local date of a time.
    Date(Box<Term>, Arc<DayCount>),
    /// A part of a local time.
    Part(TimePart, Box<Term>, Arc<DayCount>),
    /// A duration in whole units of so many microseconds.
    Whole(i64, Box<Term>),
    Dated(Box<Dated<Term>>),
}

/// Something that depends on the trigger's date.
#[derive(Clone, Debug)]
pub(super) struct Dated<T> {
    /// From, to (inclusive), what.
    pub(super) lines: Vec<(Option<Date>, Option<Date>, T)>,
    /// The name without `@`, for "data missing".
    pub(super) name: Symbol,
}

/// A question about a text.
#[derive(Clone, Debug)]
pub(super) struct TextMatch {
    pub(super) of: Term,
    pub(super) how: MatchKind,
    pub(super) with: Term,
}

/// How two texts are matched.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum MatchKind {
    Starts,
    Ends,
    Contains,
}

/// A part of a local time, numbered as CEL does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum TimePart {
    Year,
    /// January = 0.
    Month,
    /// The first = 1.
    Date,
    /// The first = 0.
    DayOfMonth,
    /// Sunday = 0.
    DayOfWeek,
    /// The first of January = 0.
    DayOfYear,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
}

/// A constant number, ready for comparison with every kind of number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    pub(super) exact: Option<Decimal>,
    pub(super) float: f64,
}

/// A value while an expression runs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Datum {
    Value(Value),
    /// Elapsed microseconds.
    Duration(i64),
    Date(Date),
}

impl<T> Dated<T> {
    /// The line in force.
    pub(super) fn at(&self, date: Date) -> Option<&T> {
        let in_force = |(from, to, _): &&(Option<Date>, Option<Date>, T)| {
            from.is_none_or(|from| from <= date) && to.is_none_or(|to| date <= to)
        };
        self.lines.iter().find(in_force).map(|(_, _, what)| what)
    }
}

impl Number {
    /// The number in a value.
    pub(super) fn of(value: Value) -> Option<Self> {
        Some(Self {
            exact: value.as_decimal(),
            float: value.as_float()?,
        })
    }

    /// How a value stands to this number.
    #[inline]
    pub(super) fn order_of(self, value: Value) -> Option<Ordering> {
        match (value, self.exact) {
            (Value::Float(value), _) => value.partial_cmp(&self.float),
            (Value::Integer(value), Some(Decimal { mantissa, scale: 0 })) => {
                Some(value.cmp(&mantissa))
            }
            (value, Some(exact)) => value.as_decimal().map(|value| value.cmp(&exact)),
            (value, None) => value.as_float()?.partial_cmp(&self.float),
        }
    }
}

impl Relation {
    /// Whether two values that stand in this order fulfil the relation.
    #[inline]
    pub(super) const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterEqual => order.is_ge(),
        }
    }
}

impl Test {
    /// A slot of the current and one of the earlier event that must be equal.
    pub(super) fn equated(&self) -> Option<(u16, u16)> {
        match self {
            Self::And(tests) => tests.iter().find_map(Self::equated),
            Self::Compare {
                relation: Relation::Equal,
                sides,
            } => match &**sides {
                [Term::Slot(a), Term::Slot(b)] => match (a.row, b.row) {
                    (Row::Current, Row::Earlier) => Some((a.slot, b.slot)),
                    (Row::Earlier, Row::Current) => Some((b.slot, a.slot)),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// Calls for every slot that is read.
    pub(super) fn each_read(&self, found: &mut dyn FnMut(Read)) {
        match self {
            Self::Constant(_) => {}
            Self::Not(test) => test.each_read(found),
            Self::And(tests) | Self::Or(tests) => {
                tests.iter().for_each(|test| test.each_read(found));
            }
            Self::If(tests) => tests.iter().for_each(|test| test.each_read(found)),
            Self::Number { read, .. } | Self::Text { read, .. } | Self::Has(read) => found(*read),
            Self::Compare { sides, .. } => sides.iter().for_each(|side| side.each_read(found)),
            Self::Member { of, .. } | Self::Holds(of) => of.each_read(found),
            Self::Match(text) => [&text.of, &text.with]
                .iter()
                .for_each(|term| term.each_read(found)),
            Self::Dated(dated) => dated.lines.iter().for_each(|line| line.2.each_read(found)),
        }
    }
}

impl Term {
    /// Calls for every slot that is read.
    pub(super) fn each_read(&self, found: &mut dyn FnMut(Read)) {
        match self {
            Self::Constant(_) => {}
            Self::Slot(read) => found(*read),
            Self::Calculate { sides, .. } => sides.iter().for_each(|side| side.each_read(found)),
            Self::Negate(of)
            | Self::Absolute(of)
            | Self::Size(of)
            | Self::Date(of, _)
            | Self::Part(_, of, _)
            | Self::Whole(_, of) => of.each_read(found),
            Self::Extreme { of, .. } => of.iter().for_each(|term| term.each_read(found)),
            Self::If(parts) => {
                parts.0.each_read(found);
                parts.1.each_read(found);
                parts.2.each_read(found);
            }
            Self::Test(test) => test.each_read(found),
            Self::Dated(dated) => dated.lines.iter().for_each(|line| line.2.each_read(found)),
        }
    }

    /// The first slot that is read; [`Symbol::EMPTY`] when none is.
    pub(super) fn first_name(&self) -> Symbol {
        let mut first = None;
        self.each_read(&mut |read| first = first.or(Some(read.name)));
        if let (None, Self::Dated(dated)) = (first, self) {
            return dated.name;
        }
        first.unwrap_or(Symbol::EMPTY)
    }

    /// Whether the value never depends on an event, object or date.
    pub(super) fn is_constant(&self) -> bool {
        matches!(self, Self::Constant(_))
    }
}
