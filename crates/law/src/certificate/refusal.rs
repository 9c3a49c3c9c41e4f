//! Why facts make no certificate, in words.

use std::fmt;

use super::written::Point;
use crate::calendar::CalendarError;
use crate::span::Span;

/// Why facts make no certificate.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unaccountable {
    /// A zone that is none.
    #[error("there is no time zone {0}; write an IANA name such as Asia/Shanghai")]
    Zone(String),
    /// The calendar contradicts itself.
    #[error("the calendar contradicts itself: {0}")]
    Calendar(#[from] CalendarError),
    /// Hours are counted from an instant.
    #[error(
        "{limit} is counted from an instant; give {at} with its time, as in 2026-02-10T10:00:00+08:00"
    )]
    NeedsTime {
        /// The limit.
        limit: Span,
        /// The point without a time.
        at: Point,
    },
    /// A pause ends before it begins.
    #[error("the pause from {from} to {to} ends before it begins")]
    Reversed {
        /// When it begins.
        from: Point,
        /// When it ends.
        to: Point,
    },
    /// Something happens before the clock starts.
    #[error("{what} on {at} lies before the start on {start}")]
    BeforeStart {
        /// What.
        what: Happening,
        /// When.
        at: Point,
        /// The start.
        start: Point,
    },
    /// Something happens when the time is up.
    #[error("{what} on {at} comes too late: the time was up on {due}")]
    TooLate {
        /// What.
        what: Happening,
        /// When.
        at: Point,
        /// When the time was up.
        due: String,
    },
    /// An extension is longer than the law allows.
    #[error("an extension by {by} is more than the {most} that the law allows")]
    OverMost {
        /// By how much.
        by: Span,
        /// The most.
        most: Span,
    },
    /// Hours and days, or days and working days, in one clock.
    #[error("a limit of {limit} is extended by {by}: a day-by-day account needs one unit for both")]
    MixedUnits {
        /// The limit.
        limit: Span,
        /// The extension.
        by: Span,
    },
    /// The account would be longer than anybody reads.
    #[error("the account would have more than {DAYS_MAX} days")]
    TooLong,
}

/// Days of one account; about eleven years.
pub(super) const DAYS_MAX: i32 = 4_000;

/// What can happen to a clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Happening {
    /// It runs on.
    Resumption,
    /// It is lengthened.
    Extension,
    /// It is halted.
    Pause,
}

impl fmt::Display for Happening {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Resumption => "the resumption",
            Self::Extension => "the extension",
            Self::Pause => "the pause",
        })
    }
}

impl Happening {
    const fn chinese(self) -> &'static str {
        match self {
            Self::Resumption => "恢复计算",
            Self::Extension => "延长",
            Self::Pause => "中止",
        }
    }
}

impl Unaccountable {
    /// The same in Chinese.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::Zone(zone) => format!("没有时区 {zone}；请写 Asia/Shanghai 这样的名称"),
            Self::Calendar(error) => format!("工作日历自相矛盾：{error}"),
            Self::NeedsTime { limit, at } => format!(
                "{}从某一时刻起算；{at} 请写明时刻，例如 2026-02-10T10:00:00+08:00",
                limit.chinese()
            ),
            Self::Reversed { from, to } => format!("中止自 {from} 至 {to}，止早于起"),
            Self::BeforeStart { what, at, start } => {
                format!("{at} 的{}早于起算日 {start}", what.chinese())
            }
            Self::TooLate { what, at, due } => {
                format!("{at} 的{}太迟：期限已于 {due} 届满", what.chinese())
            }
            Self::OverMost { by, most } => {
                format!("延长{}超过法定最长{}", by.chinese(), most.chinese())
            }
            Self::MixedUnits { limit, by } => format!(
                "期限为{}，延长为{}：逐日说明要求两者单位相同",
                limit.chinese(),
                by.chinese()
            ),
            Self::TooLong => format!("逐日说明将超过 {DAYS_MAX} 日"),
        }
    }
}
