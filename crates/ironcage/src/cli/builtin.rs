//! The packs that are part of the program: what every installation watches about itself.

use cage_pack::{Loaded, PackFile, PackFiles};

use super::failure::Failure;
use super::output::Voice;
use super::rules::say_all;

/// `packs/ledger-watch`: rewrites by sources, missing numbers, clocks that jump.
const LEDGER_WATCH: &[(&str, &str)] = &[
    (
        "events.toml",
        include_str!("../../../../packs/ledger-watch/events.toml"),
    ),
    (
        "pack.toml",
        include_str!("../../../../packs/ledger-watch/pack.toml"),
    ),
    (
        "rules/sources.toml",
        include_str!("../../../../packs/ledger-watch/rules/sources.toml"),
    ),
];

macro_rules! cn_calendar {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../packs/cn-calendar/", $name)))),*]
    };
}

/// `packs/cn-calendar`: the official notices of holidays, and what laws mean by "day".
const CN_CALENDAR: &[(&str, &str)] = cn_calendar![
    "calendar/2015.toml",
    "calendar/2016.toml",
    "calendar/2017.toml",
    "calendar/2018.toml",
    "calendar/2019.toml",
    "calendar/2020.toml",
    "calendar/2021.toml",
    "calendar/2022.toml",
    "calendar/2023.toml",
    "calendar/2024.toml",
    "calendar/2025.toml",
    "calendar/2026.toml",
    "laws.toml",
    "pack.toml",
];

/// The built-in packs that judge, compiled.
pub(crate) fn packs(voice: &Voice) -> Result<Vec<Loaded>, Failure> {
    load(LEDGER_WATCH, voice).map(|loaded| vec![loaded])
}

/// The built-in calendar.
pub(crate) fn calendar(voice: &Voice) -> Result<Loaded, Failure> {
    load(CN_CALENDAR, voice)
}

fn load(files: &[(&str, &str)], voice: &Voice) -> Result<Loaded, Failure> {
    let file = |(name, text): &(&str, &str)| PackFile {
        name: (*name).to_owned(),
        own: true,
        text: (*text).to_owned(),
    };
    let files = PackFiles {
        is_folder: true,
        files: files.iter().map(file).collect(),
    };
    cage_pack::load_files(&files).map_err(|found| {
        say_all(&found, voice);
        Failure::unreadable("a pack that is part of the program cannot be read; please report it")
    })
}
