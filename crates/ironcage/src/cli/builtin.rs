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

/// The built-in packs, compiled.
pub(crate) fn packs(voice: &Voice) -> Result<Vec<Loaded>, Failure> {
    let file = |(name, text): &(&str, &str)| PackFile {
        name: (*name).to_owned(),
        own: true,
        text: (*text).to_owned(),
    };
    let files = PackFiles {
        is_folder: true,
        files: LEDGER_WATCH.iter().map(file).collect(),
    };
    match cage_pack::load_files(&files) {
        Ok(loaded) => Ok(vec![loaded]),
        Err(found) => {
            say_all(&found, voice);
            Err(Failure::unreadable(
                "a pack that is part of the program cannot be read; please report it",
            ))
        }
    }
}
