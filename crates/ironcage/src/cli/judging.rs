//! From the judging options of the command line to those of a check.

use std::path::PathBuf;

use cage_formats::Source;
use cage_model::{Instant, Time};
use cage_pack::Program;
use cage_runtime::{CheckOptions, EventOrder};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::failure::Failure;
use super::output::Voice;
use super::progress::Progress;
use super::reading::{read_options, sources};
use crate::options::{JudgingArguments, OrderName, ReadArguments};

/// What a check needs besides its rules; the progress bar lives as long as this does.
pub(crate) struct Prepared {
    /// The logs.
    pub(crate) sources: Vec<Source>,
    /// How they are read and judged.
    pub(crate) options: CheckOptions,
    _progress: Progress,
}

/// Turns the arguments into what a check takes, and starts its progress bar.
pub(crate) fn prepare(
    logs: &[PathBuf],
    reading: &ReadArguments,
    judging: &JudgingArguments,
    program: &Program,
    voice: &Voice,
) -> Result<Prepared, Failure> {
    let sources = sources(logs)?;
    let mut read = read_options(reading)?;
    let zone = program.days.zone.clone().or_else(|| read.zone.clone());
    let as_of = judging
        .as_of
        .as_deref()
        .map(|text| moment(text, zone.as_ref()))
        .transpose()?;
    let progress = Progress::over(logs, voice);
    read.progress = Some(progress.counter());
    let options = CheckOptions {
        read,
        as_of,
        finite: judging.finite,
        order: match judging.order {
            OrderName::Time => EventOrder::Time,
            OrderName::File => EventOrder::File,
        },
        threads: judging.threads.map_or_else(threads, |some| some.get()),
        worst: 0,
    };
    Ok(Prepared {
        sources,
        options,
        _progress: progress,
    })
}

/// As many threads as the machine has.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |some| some.get())
}

/// A moment of judgement as a person writes it. A date alone means the whole of that day; a time
/// without an offset is one of the pack's zone.
fn moment(text: &str, zone: Option<&TimeZone>) -> Result<Time, Failure> {
    let wrong = |why: &str| {
        Failure::usage(format!(
            "--as-of {text}: {why}; write for example 2026-03-31 (the whole day) or \
             2026-03-31T17:00:00+08:00"
        ))
    };
    let written = Time::parse(text).map_err(|error| wrong(&error.to_string()))?;
    let mut local = written.instant();
    if !text.contains(':') {
        let whole = cage_model::MICROS_PER_DAY - 1;
        local = Instant(
            local
                .0
                .checked_add(whole)
                .ok_or_else(|| wrong("too late"))?,
        );
    }
    if let Some(offset) = written.offset_minutes() {
        return Ok(Time::new(local, Some(offset)));
    }
    let offset = match zone {
        Some(zone) => offset_minutes(local, zone).ok_or_else(|| wrong("out of range"))?,
        None => 0,
    };
    let shift = i64::from(offset) * 60 * cage_model::MICROS_PER_SECOND;
    Ok(Time::new(local.plus(-shift), Some(offset)))
}

/// The offset of a zone at a local time, in minutes; where clocks jump, the earlier reading.
fn offset_minutes(local: Instant, zone: &TimeZone) -> Option<i16> {
    let civil = TimeZone::UTC.to_datetime(Timestamp::from_microsecond(local.0).ok()?);
    let at = zone.to_ambiguous_timestamp(civil).compatible().ok()?;
    i16::try_from(zone.to_offset(at).seconds() / 60).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_means_its_whole_day_in_the_packs_zone() {
        let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
        let rome = TimeZone::get("Europe/Rome").unwrap();
        for (text, zone, exact) in [
            (
                "2026-03-31",
                Some(&shanghai),
                "2026-03-31T23:59:59.999999+08:00",
            ),
            ("2026-03-31", None, "2026-03-31T23:59:59.999999Z"),
            (
                "2026-03-31T17:00:00",
                Some(&shanghai),
                "2026-03-31T17:00:00+08:00",
            ),
            ("2026-01-31T17:00", Some(&rome), "2026-01-31T17:00:00+01:00"),
            ("2026-07-31T17:00", Some(&rome), "2026-07-31T17:00:00+02:00"),
            (
                "2026-03-31T17:00:00-05:00",
                Some(&rome),
                "2026-03-31T17:00:00-05:00",
            ),
        ] {
            assert_eq!(moment(text, zone).unwrap().to_string(), exact, "{text}");
        }
        for bad in ["yesterday", "2026-02-30", "31.3.2026"] {
            let said = moment(bad, None).unwrap_err().to_string();
            assert!(
                said.contains(bad) && said.contains("write for example"),
                "{said}"
            );
        }
    }
}
