//! A limit as it is worded: `24 h`, `60 days`, `5 working days`.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use cage_model::MICROS_PER_SECOND;

/// A length of time as law or pack words it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Span {
    /// Elapsed time in microseconds (seconds, minutes, hours): runs through nights and holidays.
    Elapsed(i64),
    /// Calendar days: local dates are counted, the first day is not.
    Days(u32),
    /// Working days by the calendar, the first day not counted.
    WorkingDays(u32),
    /// Calendar months: the same day of a later month, or its last day.
    Months(u32),
}

/// A text that is not a span.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "\"{text}\" is no length of time; write a whole number and a unit, for example \"24 h\", \
     \"90 days\" or \"5 working days\" (units: s, min, h, days, working days, weeks, months, years)"
)]
pub struct ParseSpanError {
    /// The text as given.
    pub text: String,
}

impl Span {
    /// Whether the span counts dates, and so needs to know the local date.
    #[must_use]
    pub const fn counts_dates(self) -> bool {
        !matches!(self, Self::Elapsed(_))
    }
}

impl Span {
    /// The span in Chinese, for example `5个工作日`.
    #[must_use]
    pub fn chinese(self) -> String {
        match self {
            Self::Days(days) => format!("{days}日"),
            Self::WorkingDays(days) => format!("{days}个工作日"),
            Self::Months(months) if months % 12 == 0 && months > 0 => format!("{}年", months / 12),
            Self::Months(months) => format!("{months}个月"),
            Self::Elapsed(micros) => match micros / MICROS_PER_SECOND {
                s if s % 3_600 == 0 => format!("{}小时", s / 3_600),
                s if s % 60 == 0 => format!("{}分钟", s / 60),
                s => format!("{s}秒"),
            },
        }
    }
}

impl FromStr for Span {
    type Err = ParseSpanError;

    fn from_str(text: &str) -> Result<Self, ParseSpanError> {
        let error = || ParseSpanError {
            text: text.to_owned(),
        };
        let trimmed = text.trim();
        let digits = trimmed.bytes().take_while(u8::is_ascii_digit).count();
        let number: u32 = trimmed[..digits].parse().map_err(|_| error())?;
        let unit = trimmed[digits..].trim().to_lowercase();
        let seconds = |unit: i64| {
            let micros = i64::from(number).checked_mul(unit * MICROS_PER_SECOND);
            micros.map(Self::Elapsed).ok_or_else(error)
        };
        let times = |factor: u32| number.checked_mul(factor).ok_or_else(error);
        Ok(
            match unit
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
                .as_str()
            {
                "s" | "sec" | "second" | "seconds" | "秒" => seconds(1)?,
                "m" | "min" | "minute" | "minutes" | "分钟" | "分" => seconds(60)?,
                "h" | "hour" | "hours" | "小时" | "个小时" | "时" => seconds(3_600)?,
                "d" | "day" | "days" | "日" | "天" | "自然日" | "个自然日" => {
                    Self::Days(number)
                }
                "wd" | "working day" | "working days" | "工作日" | "个工作日" => {
                    Self::WorkingDays(number)
                }
                "w" | "week" | "weeks" | "周" | "个星期" => Self::Days(times(7)?),
                "month" | "months" | "个月" | "月" => Self::Months(number),
                "y" | "year" | "years" | "年" => Self::Months(times(12)?),
                _ => return Err(error()),
            },
        )
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |f: &mut fmt::Formatter<'_>, number: u32, unit: &str| {
            write!(f, "{number} {unit}{}", if number == 1 { "" } else { "s" })
        };
        match *self {
            Self::Days(days) => counted(f, days, "day"),
            Self::WorkingDays(days) => counted(f, days, "working day"),
            Self::Months(months) if months % 12 == 0 && months > 0 => {
                counted(f, months / 12, "year")
            }
            Self::Months(months) => counted(f, months, "month"),
            Self::Elapsed(micros) => {
                let seconds = micros / MICROS_PER_SECOND;
                match seconds {
                    s if s % 3_600 == 0 => write!(f, "{} h", s / 3_600),
                    s if s % 60 == 0 => write!(f, "{} min", s / 60),
                    s => write!(f, "{s} s"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_as_they_are_worded() {
        for (text, span, shown) in [
            ("24 h", Span::Elapsed(86_400_000_000), "24 h"),
            ("10m", Span::Elapsed(600_000_000), "10 min"),
            ("90 days", Span::Days(90), "90 days"),
            ("1 day", Span::Days(1), "1 day"),
            ("5 working days", Span::WorkingDays(5), "5 working days"),
            ("5个工作日", Span::WorkingDays(5), "5 working days"),
            ("2 weeks", Span::Days(14), "14 days"),
            ("6 months", Span::Months(6), "6 months"),
            ("2 years", Span::Months(24), "2 years"),
        ] {
            let parsed: Span = text.parse().unwrap();
            assert_eq!(
                (parsed, parsed.to_string().as_str()),
                (span, shown),
                "{text}"
            );
        }
        for bad in [
            "",
            "days",
            "five days",
            "5 workdays",
            "-3 days",
            "99999999999 days",
            "1.5 h",
            "4294967295 h",
        ] {
            assert!(bad.parse::<Span>().is_err(), "{bad}");
        }
    }
}
