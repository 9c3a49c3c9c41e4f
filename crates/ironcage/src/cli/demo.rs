//! `ironcage demo`: a simulated permit office, checked, with a report.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cage_city::{PermitOffice, Planted, Simulated};
use cage_formats::{Format, Source, write as write_log};
use cage_model::{Date, Interner, Log};
use cage_report::FindingsFormat;
use cage_runtime::CheckOptions;
use clap::Args;
use serde_json::json;

use super::check::Outputs;
use super::failure::{Failure, Status};
use super::fault::{of_checking, of_writing};
use super::output::{Voice, make_folder, write};
use super::progress::Progress;
use super::rules::{Rules, load_pack};
/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Example:
  ironcage demo --cases 300 --seed 7 -o demo";

/// `ironcage demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoOptions {
    /// Equal seeds give equal offices.
    #[arg(long, default_value_t = 2015)]
    pub(crate) seed: u64,
    /// How many citizens apply.
    #[arg(long, default_value_t = 1_200)]
    pub(crate) cases: u32,
    /// Plant nothing.
    #[arg(long)]
    pub(crate) honest: bool,
    /// The folder for log, pack, truth and report.
    #[arg(long, short, default_value = "demo", value_name = "DIR")]
    pub(crate) output: PathBuf,
}

/// The example pack, so that the demo needs nothing but the binary.
const PACK: &[(&str, &str)] = &[
    (
        "pack.toml",
        include_str!("../../../../packs/permit-office/pack.toml"),
    ),
    (
        "laws.toml",
        include_str!("../../../../packs/permit-office/laws.toml"),
    ),
    (
        "values.toml",
        include_str!("../../../../packs/permit-office/values.toml"),
    ),
    (
        "events.toml",
        include_str!("../../../../packs/permit-office/events.toml"),
    ),
    (
        "rules/procedure.toml",
        include_str!("../../../../packs/permit-office/rules/procedure.toml"),
    ),
    (
        "rules/fairness.toml",
        include_str!("../../../../packs/permit-office/rules/fairness.toml"),
    ),
    (
        "flows/permit.bpmn",
        include_str!("../../../../packs/permit-office/flows/permit.bpmn"),
    ),
];
/// Share of cases with a planted wrong, in percent.
const WRONG_PERCENT: u32 = 8;
/// Objects whose story the report tells.
const STORIES: usize = 30;

pub(crate) fn run(options: &DemoOptions, voice: &Voice) -> Result<Status, Failure> {
    let folder = &options.output;
    let pack = folder.join("pack");
    for (name, content) in PACK {
        let path = pack.join(name);
        if let Some(parent) = path.parent() {
            make_folder(parent)?;
        }
        write(&path, content)?;
    }
    let loaded = load_pack(&pack, voice)?;
    let start = Date::new(2026, 3, 2).unwrap_or_default();
    let office = PermitOffice {
        seed: options.seed,
        cases: options.cases,
        start,
        calendar: loaded.program.days.calendar.clone(),
        wrong_percent: if options.honest { 0 } else { WRONG_PERCENT },
    };
    let log_path = folder.join("permit-office.ndjson");
    let simulated = simulate(&office, &log_path)?;
    write(&folder.join("truth.json"), &truth(&simulated.planted))?;
    voice.say(
        &format!(
            "模拟审批窗口：{} 件申请、{} 个事件，埋设 {} 处问题（{}）",
            options.cases,
            simulated.events,
            simulated.planted.len(),
            folder.join("truth.json").display()
        ),
        &format!(
            "simulated a permit office: {} applications, {} events, {} planted wrongs ({})",
            options.cases,
            simulated.events,
            simulated.planted.len(),
            folder.join("truth.json").display()
        ),
    );
    let report = folder.join("report.html");
    let outputs = Outputs {
        html: Some(report.clone()),
        findings: vec![(folder.join("findings.xlsx"), FindingsFormat::Xlsx)],
        command: format!("ironcage demo --seed {}", options.seed),
        ..Outputs::default()
    };
    let rules = Rules::from(loaded);
    let options = CheckOptions {
        worst: STORIES,
        ..CheckOptions::default()
    };
    let progress = Progress::over(std::slice::from_ref(&log_path), voice);
    let outcome = cage_runtime::check(rules.program, &[Source::Path(log_path)], &options)
        .map_err(|error| of_checking(&error))?;
    drop(progress);
    outputs.write(&outcome, rules.pack.as_ref(), voice)?;
    let found: BTreeSet<&str> = outcome
        .findings
        .iter()
        .filter_map(|finding| {
            let table = outcome.objects.get(usize::from(finding.object_type))?;
            let id = table.ids.get(finding.object as usize)?;
            (outcome.names.text(table.kind) == "case").then(|| outcome.names.text(*id))
        })
        .collect();
    summarise(&simulated.planted, &found, &report, voice);
    Ok(Status::Clean)
}

fn simulate(office: &PermitOffice, path: &Path) -> Result<Simulated, Failure> {
    let (mut names, mut log) = (Interner::new(), Log::new());
    let simulated = office
        .run(&mut names, &mut log)
        .map_err(Failure::unreadable)?;
    write_log(&log.finish(names), path, Some(Format::CloudEvents))
        .map_err(|error| of_writing(&error))?;
    Ok(simulated)
}

fn truth(planted: &[Planted]) -> String {
    let rows: Vec<_> = planted
        .iter()
        .map(|planted| json!({ "case": planted.case, "wrong": planted.wrong.name() }))
        .collect();
    format!("{:#}\n", json!(rows))
}

fn summarise(planted: &[Planted], found: &BTreeSet<&str>, report: &Path, voice: &Voice) {
    let cases: BTreeSet<&str> = planted
        .iter()
        .map(|planted| planted.case.as_str())
        .collect();
    let seen = cases.iter().filter(|case| found.contains(**case)).count();
    let (planted, shown) = (cases.len(), report.display());
    voice.say(
        &format!(
            "{planted} 件埋设问题的案件中，{seen} 件在案件本身上有发现（其余在窗口、队列或编号上）；\
             报告：{shown}"
        ),
        &format!(
            "of {planted} cases with a planted wrong {seen} have a finding of their own (the others \
             show on a window, a queue or the number book); report: {shown}"
        ),
    );
}
