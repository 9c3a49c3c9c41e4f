//! What the fuzz targets do with bytes: one function for each parser of the project, and what must hold of what it reads.
//!
//! No service uses this crate. `fuzz/` calls its functions with bytes that a fuzzer makes up, and its test calls them with
//! the corpora in `fuzz/corpus`, so that what was once found stays mended.

mod flows;
mod guard;
mod judging;
mod ledgers;
mod logs;
mod packs;
mod states;
mod texts;
mod tiny;

use cage_formats::Format;

/// A target: its name, which is that of its corpus, and what it does with bytes.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 24] = [
    ("bpmn", flows::follow),
    ("casefile", ledgers::casefile),
    ("check", tiny::check),
    ("cloudevents", |bytes| {
        logs::feed(bytes, Format::CloudEvents, true);
    }),
    ("csv", |bytes| logs::feed(bytes, Format::Csv, true)),
    ("decl", packs::decl),
    ("guard", guard::guard),
    ("incoming", texts::incoming),
    ("index", ledgers::index),
    ("mapping", packs::mapping),
    ("ocel_json", |bytes| {
        logs::feed(bytes, Format::OcelJson, true);
    }),
    ("ocel_sqlite", |bytes| {
        logs::feed(bytes, Format::OcelSqlite, false);
    }),
    ("ocel_xml", |bytes| logs::feed(bytes, Format::OcelXml, true)),
    ("pack", packs::pack),
    ("parquet", |bytes| logs::feed(bytes, Format::Parquet, false)),
    ("pnml", flows::follow),
    ("proof", texts::proof),
    ("segment", ledgers::segment),
    ("signer", texts::signer),
    ("snapshot", states::snapshot),
    ("state", states::state),
    ("units", ledgers::units),
    ("views", states::views),
    ("xes", |bytes| logs::feed(bytes, Format::Xes, true)),
];

/// Runs a target.
///
/// # Panics
///
/// When there is no target of this name, and when something does not hold that must.
pub fn run(name: &str, bytes: &[u8]) {
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, target) = found.unwrap_or_else(|| panic!("there is no target {name:?}"));
    target(bytes);
}
