//! `ironcage bundle`: one file with everything about one case, and its verification.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use cage_casefile::{Asked, BYTES_MAX, Checked, ContainerError, Sources, bundle, check};
use cage_ledger::{ContentStore, Reader};
use cage_proof::Policy;
use cage_runner::{Derived, Runner};
use cage_store::{ObjectKey, Project as _, SqliteViews};
use clap::Args;
use serde_json::json;

use super::failure::{Failure, Status};
use super::output::{Voice, print, write_with};
use super::station::{OFFSET_MINUTES, owner, views_path};

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  ironcage bundle C1 --data ledger
  ironcage bundle permit:2026-17 --data ledger --out permit.zip
  ironcage verify permit.zip";

/// `ironcage bundle`.
#[derive(Debug, Args)]
pub(crate) struct BundleOptions {
    /// The case: its id, or another object as TYPE:ID.
    case: String,
    /// The ledger's folder; a service may be running on it.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// The file to write; case-ID.zip when not given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) fn run(options: &BundleOptions, voice: &Voice) -> Result<Status, Failure> {
    let case = match options.case.split_once(':') {
        Some((kind, id)) => ObjectKey::new(kind, id),
        None => ObjectKey::new("case", &options.case),
    };
    let work = tempfile::tempdir().map_err(Failure::unreadable)?;
    let copy = work.path().join("views.sqlite");
    // The copy comes first: the ledger that is read then has every record that the copy knows.
    let path = views_path(&options.data);
    let reader = Reader::open(&options.data).map_err(Failure::unreadable)?;
    // What was derived before an erasure is passed over.
    let derived = Derived::of(&options.data);
    let is_current = derived.knows(reader.destroyed());
    if is_current && path.exists() {
        SqliteViews::copy(&path, &copy).map_err(Failure::unreadable)?;
    }
    let reader = Reader::open(&options.data).map_err(Failure::unreadable)?;
    let owner = owner(reader.place(), reader.records());
    let (views, _) = SqliteViews::open(&copy, &owner).map_err(Failure::unreadable)?;
    let query = views.query();
    let runner = if is_current {
        Runner::resume(&options.data, &reader, Box::new(views), OFFSET_MINUTES)
    } else {
        let contents = ContentStore::of(&options.data);
        Ok(Runner::new(contents, Box::new(views), OFFSET_MINUTES))
    };
    let folded = runner.and_then(|mut runner| runner.catch_up(&reader));
    folded.map_err(Failure::unreadable)?;
    let asked = Asked::of(query.as_ref(), &case).map_err(Failure::unreadable)?;
    let sources = Sources {
        reader: &reader,
        offset_minutes: OFFSET_MINUTES,
        bytes_max: BYTES_MAX,
    };
    let bytes = bundle(&sources, asked).map_err(Failure::unreadable)?;
    let out = options.out.clone().unwrap_or_else(|| named(&case));
    write_with(&out, |target| std::fs::write(target, &bytes))?;
    let shown = out.display();
    voice.say(&format!("已写入 {shown}"), &format!("written to {shown}"));
    Ok(Status::Clean)
}

/// A file name of plain characters alone.
fn named(case: &ObjectKey) -> PathBuf {
    let plain = |character: char| character.is_alphanumeric() || "._-".contains(character);
    let id = case
        .id
        .chars()
        .map(|one| if plain(one) { one } else { '_' });
    PathBuf::from(format!("case-{}.zip", id.collect::<String>()))
}

/// `ironcage verify` of a bundle.
pub(crate) fn verify(
    path: &Path,
    trusted: Option<&Policy>,
    json: bool,
    voice: &Voice,
) -> Result<Status, Failure> {
    let checked = match read(path)? {
        Some(bytes) => check(&bytes, trusted),
        None => Err(ContainerError::Size.into()),
    };
    let status = match &checked {
        Ok(_) => Status::Clean,
        Err(_) => Status::Findings,
    };
    print(&match (checked, json) {
        (Ok(checked), true) => as_json(&checked),
        (Ok(checked), false) => as_text(&checked, voice),
        (Err(fault), true) => format!(
            "{:#}\n",
            json!({ "whole": false, "fault": fault.to_string() })
        ),
        (Err(fault), false) => format!("{fault}\n"),
    })?;
    Ok(status)
}

/// A file of the size that a bundle may have, and not a byte more of it; `None` for a longer one.
fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let cannot = |error| cannot_read(path, &error);
    let file = std::fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    let most = BYTES_MAX as u64;
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= most))
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Failure {
    Failure::unreadable(format!("cannot read {}: {error}", path.display()))
}

fn as_text(checked: &Checked, voice: &Voice) -> String {
    let manifest = &checked.manifest;
    let (entries, bodies, erased) = (manifest.entries.len(), checked.bodies, checked.erased);
    let (kind, id) = (&manifest.case_type, &manifest.case);
    let zh = format!("完好：{kind} {id}，{entries} 条，正文 {bodies} 份，依令销毁 {erased} 份\n");
    let en = format!(
        "whole: {kind} {id}, {entries} entries, {bodies} bodies, {erased} erased by order\n"
    );
    let mut text = voice.choose(&zh, &en).to_owned();
    for (log, witnesses) in checked
        .witnesses
        .iter()
        .filter(|(_, names)| !names.is_empty())
    {
        let names: Vec<&str> = witnesses.iter().map(String::as_str).collect();
        let names = names.join(", ");
        let zh = format!("{log}：见证人 {names}\n");
        let en = format!("{log}: cosigned by {names}\n");
        text += voice.choose(&zh, &en);
    }
    for log in &checked.unwitnessed {
        let zh = format!("{log}：见证不足\n");
        let en = format!("{log}: not yet witnessed\n");
        text += voice.choose(&zh, &en);
    }
    for log in &checked.keys_from_bundle {
        let zh = format!("{log}：公钥取自本文件，是否可信须另行核对（--key 或 --policy）\n");
        let en = format!(
            "{log}: its key is the bundle's own; compare it with one got elsewhere (--key or --policy)\n"
        );
        text += voice.choose(&zh, &en);
    }
    text
}

fn as_json(checked: &Checked) -> String {
    let manifest = &checked.manifest;
    let whole = json!({
        "whole": true, "case_type": manifest.case_type, "case": manifest.case, "as_of": manifest.as_of,
        "entries": manifest.entries.len(), "bodies": checked.bodies, "erased": checked.erased,
        "keys_from_bundle": checked.keys_from_bundle, "witnesses": checked.witnesses,
        "unwitnessed": checked.unwitnessed,
    });
    format!("{whole:#}\n")
}
