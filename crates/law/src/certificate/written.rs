//! Dates, times and spans as a certificate writes them: texts that a person can read.

use std::fmt;
use std::str::FromStr;

use cage_model::{Date, ParseTimeError, Time};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::span::Span;

/// A value that a certificate writes as a text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Written<T>(pub T);

/// A point in time as a document states it: a day, or a day with its time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Point {
    /// A local date.
    Day(Date),
    /// An instant, with the offset it was written with.
    Time(Time),
}

impl FromStr for Point {
    type Err = ParseTimeError;

    /// Reads `2026-02-10` or `2026-02-10T10:00:00+08:00`.
    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        match text.len() {
            10 => Date::parse(text).map(Self::Day),
            _ => Time::parse(text).map(Self::Time),
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(date) => date.fmt(formatter),
            Self::Time(time) => time.fmt(formatter),
        }
    }
}

/// What can be read back from its text.
trait Readable: Sized {
    fn read(text: &str) -> Result<Self, String>;
}

impl Readable for Date {
    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|_| format!("\"{text}\" is no date such as 2026-02-10"))
    }
}

impl Readable for Time {
    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| format!("\"{text}\": {error}"))
    }
}

impl Readable for Point {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|error: ParseTimeError| format!("\"{text}\": {error}"))
    }
}

impl Readable for Span {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|error: crate::span::ParseSpanError| error.to_string())
    }
}

impl<T: fmt::Display> Serialize for Written<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de, T: Readable> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::read(&text).map(Self).map_err(D::Error::custom)
    }
}
