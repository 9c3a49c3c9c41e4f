//! `ironcage replay`: everything that is derived from a ledger, made anew from the log alone, and compared.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cage_ledger::{ContentStore, Reader};
use cage_proof::Hash;
use cage_runner::{Derived, Runner, StateRoot, kept_states};
use cage_store::{Project as _, Root, SqliteViews};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::failure::{Failure, Status};
use super::output::{Voice, print};
use super::station::{OFFSET_MINUTES, owner, views_path};

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Example:
  ironcage replay --data ledger --verify";

/// `ironcage replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayOptions {
    /// The ledger's folder; a service may be running on it.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// Compare with what the service has; status 1 when anything differs.
    #[arg(long)]
    verify: bool,
    /// Print as JSON.
    #[arg(long)]
    json: bool,
}

/// One part of what is derived, made anew, and as the service has it.
struct Part {
    name: String,
    anew: String,
    /// `None` where nothing is there to compare with.
    kept: Option<String>,
}

pub(crate) fn run(options: &ReplayOptions, voice: &Voice) -> Result<Status, Failure> {
    let work = tempfile::tempdir().map_err(Failure::unreadable)?;
    // The copy comes first: the ledger that is read then has every record that the copy knows.
    let copy = if options.verify {
        copied(&options.data, work.path(), voice)?
    } else {
        None
    };
    let reader = Reader::open(&options.data).map_err(Failure::unreadable)?;
    if options.verify && !Derived::of(&options.data).knows(reader.destroyed()) {
        return Err(Failure::unreadable(voice.choose(
            "一道销毁令尚在执行，派生数据还未重建：请稍后再试，或先启动服务",
            "an erasure is being carried out and what is derived is not made anew yet: try again, or start the service",
        )));
    }
    let kept = copy
        .map(|copy| kept_views(&reader, &copy, voice))
        .transpose()?;
    let until = kept
        .as_ref()
        .map_or(reader.records(), |(records, _)| *records);
    let owner = owner(reader.place(), reader.records());
    let opened = SqliteViews::open(&work.path().join("anew.sqlite"), &owner);
    let (views, _) = opened.map_err(Failure::unreadable)?;
    let query = views.query();
    let contents = ContentStore::of(&options.data);
    let mut runner = Runner::new(contents, Box::new(views), OFFSET_MINUTES);
    let bar = bar(until, voice);
    let states = if options.verify {
        kept_states(&options.data, until).map_err(Failure::unreadable)?
    } else {
        None
    };
    let fold = |runner: &mut Runner, until: u64| {
        runner
            .fold_ahead(&reader, until, &mut |records| {
                bar.set_position(records);
            })
            .map_err(Failure::unreadable)
    };
    let mut parts = Vec::new();
    if let Some((records, kept)) = states {
        fold(&mut runner, records)?;
        parts = states_compared(&runner.roots(), &kept, records);
    }
    fold(&mut runner, until)?;
    bar.finish_and_clear();
    let roots = query.roots().map_err(Failure::unreadable)?;
    parts.extend(compared(
        &roots,
        kept.as_ref().map(|(_, roots)| roots.as_slice()),
    ));
    let changes = query.position().map_err(Failure::unreadable)?.changes;
    print(&if options.json {
        as_json(until, changes, &parts)
    } else {
        as_text(until, changes, &parts, voice)
    })?;
    Ok(if parts.iter().any(Part::differs) {
        Status::Findings
    } else {
        Status::Clean
    })
}

impl Part {
    fn differs(&self) -> bool {
        self.kept.as_ref().is_some_and(|kept| *kept != self.anew)
    }
}

/// A copy of the service's views, so that a running service is not disturbed.
fn copied(data: &Path, work: &Path, voice: &Voice) -> Result<Option<PathBuf>, Failure> {
    let path = views_path(data);
    if !path.exists() {
        voice.say(
            "没有可比对的视图：服务尚未在此运行过",
            "there are no views to compare with: no service ran here yet",
        );
        return Ok(None);
    }
    let copy = work.join("kept.sqlite");
    SqliteViews::copy(&path, &copy).map_err(Failure::unreadable)?;
    Ok(Some(copy))
}

/// How far the service's views are, and their roots.
fn kept_views(reader: &Reader, copy: &Path, voice: &Voice) -> Result<(u64, Vec<Root>), Failure> {
    let owner = owner(reader.place(), reader.records());
    let (views, start) = SqliteViews::open(copy, &owner).map_err(Failure::unreadable)?;
    if let cage_store::Start::Anew { why, .. } = start {
        let zh = format!("视图不可用：{why}");
        let en = format!("the views cannot be used: {why}");
        return Err(Failure::unreadable(voice.choose(&zh, &en)));
    }
    let query = views.query();
    let position = query.position().map_err(Failure::unreadable)?;
    let roots = query.roots().map_err(Failure::unreadable)?;
    Ok((position.records, roots))
}

fn compared(anew: &[Root], kept: Option<&[Root]>) -> Vec<Part> {
    let of = |roots: &[Root], view: &str| {
        let root = roots.iter().find(|root| root.view == view);
        root.map(|root| Hash(root.hash).to_string())
    };
    anew.iter()
        .map(|root| Part {
            name: root.view.to_owned(),
            anew: Hash(root.hash).to_string(),
            kept: kept.and_then(|kept| of(kept, root.view)),
        })
        .collect()
}

/// What the rules of each pack version remembered after so many records.
fn states_compared(anew: &[StateRoot], kept: &[StateRoot], records: u64) -> Vec<Part> {
    let name = |state: &StateRoot| {
        format!(
            "state of {} since record {}, after {records}",
            state.pack, state.since
        )
    };
    let is_same =
        |one: &StateRoot, other: &StateRoot| (&one.pack, one.since) == (&other.pack, other.since);
    let of = |state: &StateRoot| Part {
        name: name(state),
        anew: state.root.clone(),
        kept: Some(
            kept.iter()
                .find(|kept| is_same(kept, state))
                .map_or_else(String::new, |kept| kept.root.clone()),
        ),
    };
    anew.iter().map(of).collect()
}

fn as_text(records: u64, changes: u64, parts: &[Part], voice: &Voice) -> String {
    let mut text = String::new();
    for part in parts {
        let (zh, en) = match &part.kept {
            None => ("", ""),
            Some(kept) if *kept == part.anew => ("一致", "equal"),
            Some(_) => ("不一致", "DIFFERENT"),
        };
        let (name, anew) = (&part.name, &part.anew);
        let _ = writeln!(text, "{anew}  {name}  {}", voice.choose(zh, en));
    }
    let zh = format!("{records} 条记录，{changes} 项变化");
    let en = format!("{records} records, {changes} changes");
    let _ = writeln!(text, "{}", voice.choose(&zh, &en));
    text
}

fn as_json(records: u64, changes: u64, parts: &[Part]) -> String {
    let listed = parts.iter().map(|part| {
        json!({ "part": part.name, "anew": part.anew, "kept": part.kept, "equal": part.kept.as_ref().map(|_| !part.differs()) })
    });
    let whole = json!({
        "records": records, "changes": changes,
        "equal": !parts.iter().any(Part::differs),
        "parts": listed.collect::<Vec<_>>(),
    });
    format!("{whole:#}\n")
}

fn bar(records: u64, voice: &Voice) -> ProgressBar {
    if voice.quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(records);
    let label = voice.choose("重放", "replaying");
    let template = format!("{label} {{bar:30}} {{pos}}/{{len}} {{per_sec}} {{eta}}");
    if let Ok(style) = ProgressStyle::with_template(&template) {
        bar.set_style(style);
    }
    bar
}
