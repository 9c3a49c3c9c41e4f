//! The limit of an aggregate: one number, or numbers by date.

use cage_model::Date;
use cage_pack::{NumberLimit, NumberLine};

use super::sum::Sum;

/// Which side of the number is outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Side {
    /// What is more: of several numbers the least is the strictest.
    Over,
    /// What is less: the greatest is.
    Under,
}

/// A limit.
#[derive(Clone, Debug)]
pub(super) struct Threshold {
    side: Side,
    lines: Vec<Line>,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    from: Option<Date>,
    to: Option<Date>,
    limit: Sum,
}

impl Threshold {
    /// Takes a limit into a monitor. Packs state exact numbers only.
    pub(super) fn new(limit: &NumberLimit, side: Side) -> Self {
        let line = |from, to, number| {
            Some(Line {
                from,
                to,
                limit: Sum::of(number)?,
            })
        };
        let dated = |one: &NumberLine| line(one.from, one.to, one.number);
        let lines = match limit {
            NumberLimit::Fixed(number) => line(None, None, *number).into_iter().collect(),
            NumberLimit::Dated(lines) => lines.iter().filter_map(dated).collect(),
        };
        Self { side, lines }
    }

    /// The number in force on a day, the strictest of several; `None` when none is.
    pub(super) fn on(&self, day: Date) -> Option<Sum> {
        let in_force = self.lines.iter().filter(|line| {
            line.from.is_none_or(|from| from <= day) && line.to.is_none_or(|to| day <= to)
        });
        let limits = in_force.map(|line| line.limit);
        match self.side {
            Side::Over => limits.min(),
            Side::Under => limits.max(),
        }
    }

    /// The next day after another on which a line begins to be in force, or is so no longer.
    pub(super) fn next_change(&self, day: Date) -> Option<Date> {
        let days = self.lines.iter().flat_map(|line| {
            let after = line.to.map(|to| to.plus(1));
            [line.from, after].into_iter().flatten()
        });
        days.filter(|change| *change > day).min()
    }
}
