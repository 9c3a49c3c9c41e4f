//! From what the engines counted to the outcome: everything sorted, named and in its place.

use std::collections::BTreeMap;

use cage_engine::{Account, DERIVED_TEXTS, RuleAccount, each_symbol};
use cage_model::{Finding, Interner, Symbol, Time, Verdict};
use cage_pack::{Program, wording};

use crate::check::CheckOptions;
use crate::feed::Census;
use crate::flows::flow_outcomes;
use crate::outcome::{
    Activity, FlowOutcome, LogSummary, Month, Notice, ObjectTable, Outcome, PackSummary,
    RuleOutcome, SkippedRecords,
};
use crate::run::Run;

mod months;

use months::Calendar;

/// Makes the outcome.
pub(crate) fn summarise(
    run: &mut Run,
    files: Vec<String>,
    notices: Vec<Notice>,
    options: &CheckOptions,
) -> Outcome {
    let findings = sorted_findings(&mut run.account, &mut run.names);
    let rules = rule_outcomes(run, &findings);
    let log = log_summary(run, files);
    let (flows, about_flows) = flows_of(run, options);
    let notices = notices.into_iter().chain(about_flows).collect();
    let Run {
        program,
        projector,
        as_of,
        ..
    } = run;
    let mut names = run.names.clone();
    let objects = program.object_types.iter().enumerate();
    let objects = objects
        .map(|(index, kind)| ObjectTable {
            kind: kind.name,
            ids: projector
                .ids(index as u16)
                .map(|id| names.intern(id))
                .collect(),
        })
        .collect();
    Outcome {
        pack: PackSummary {
            id: program.id.clone(),
            version: program.version.clone(),
            title: program.title.clone(),
            hash: program.hash,
        },
        log,
        as_of: *as_of,
        zone: program
            .days
            .zone
            .clone()
            .or_else(|| options.read.zone.clone()),
        finite: options.finite,
        rules,
        flows,
        findings,
        names,
        objects,
        notices,
        worst: Vec::new(),
    }
}

fn flows_of(run: &Run, options: &CheckOptions) -> (Vec<FlowOutcome>, Vec<Notice>) {
    let rules = &run.account.rules;
    let variants: Vec<_> = rules.iter().map(|rule| &rule.variants).collect();
    flow_outcomes(&run.program, &variants, &run.names, options.threads)
}

/// All findings by rule and [`Finding::place`]. Texts that monitors made become symbols, in the order of the findings.
fn sorted_findings(account: &mut Account, names: &mut Interner) -> Vec<Finding> {
    let total = account.rules.iter().map(|rule| rule.findings.len()).sum();
    let mut all: Vec<Finding> = Vec::with_capacity(total);
    for rule in &mut account.rules {
        let mut findings = std::mem::take(&mut rule.findings);
        findings.sort_by_key(Finding::place);
        all.append(&mut findings);
    }
    if !account.texts.is_empty() {
        for finding in &mut all {
            each_symbol(finding, &mut |symbol| named(symbol, &account.texts, names));
        }
    }
    all
}

fn named(symbol: Symbol, texts: &[String], names: &mut Interner) -> Symbol {
    match (symbol.index() as u32).checked_sub(DERIVED_TEXTS) {
        Some(index) => names.intern(texts.get(index as usize).map_or("", String::as_str)),
        None => symbol,
    }
}

fn rule_outcomes(run: &Run, findings: &[Finding]) -> Vec<RuleOutcome> {
    let program: &Program = &run.program;
    let mut violated: Vec<BTreeMap<i32, u64>> = vec![BTreeMap::new(); program.rules.len()];
    let offset = run.as_of.and_then(Time::offset_minutes);
    let mut calendar = Calendar::new(&program.days, offset);
    for finding in findings {
        if finding.verdict == Verdict::Violated
            && let Some(month) = calendar.month(finding.at)
        {
            *violated[usize::from(finding.rule)]
                .entry(month)
                .or_default() += 1;
        }
    }
    let rules = program.rules.iter().zip(&run.account.rules).zip(violated);
    rules
        .map(|((rule, account), violated)| RuleOutcome {
            id: rule.id.clone(),
            kind: rule.kind.clone(),
            per: program
                .object_types
                .get(usize::from(rule.per))
                .map_or_else(String::new, |kind| program.names.text(kind.name).to_owned()),
            title: rule.title.clone(),
            grade: rule.grade,
            severity: rule.severity,
            basis: rule.basis.clone(),
            risk: rule.risk.clone(),
            wording: wording(rule, program),
            objects: account.objects,
            fulfilled: account.fulfilled,
            activations: account.activations,
            months: joined(account, &violated),
        })
        .collect()
}

fn joined(account: &RuleAccount, violated: &BTreeMap<i32, u64>) -> Vec<Month> {
    let mut months: BTreeMap<i32, (u64, u64)> = BTreeMap::new();
    for (month, count) in account.months.iter() {
        months.entry(month).or_default().0 += count;
    }
    for (month, count) in violated {
        months.entry(*month).or_default().1 += count;
    }
    let month = |(number, (activated, violated)): (i32, (u64, u64))| Month {
        year: number.div_euclid(12),
        month: number.rem_euclid(12) as u32 + 1,
        activated,
        violated,
    };
    months.into_iter().map(month).collect()
}

fn log_summary(run: &Run, files: Vec<String>) -> LogSummary {
    let census: &Census = &run.census;
    let text = |symbol: Symbol| run.names.text(symbol).to_owned();
    let mut objects: BTreeMap<String, u64> = census
        .unwatched()
        .iter()
        .map(|(kind, count)| (text(*kind), *count))
        .collect();
    for (index, kind) in run.program.object_types.iter().enumerate() {
        let count = run.projector.count(index as u16);
        if count > 0 {
            objects.insert(text(kind.name), u64::from(count));
        }
    }
    let mut activities: Vec<Activity> = census
        .activities()
        .map(|(activity, events)| Activity {
            name: text(activity),
            events,
        })
        .collect();
    activities.sort_by(|a, b| b.events.cmp(&a.events).then_with(|| a.name.cmp(&b.name)));
    let mut skipped = SkippedRecords::default();
    for report in &run.reports {
        skipped.count += report.skipped;
        skipped.first.extend(report.first_skipped.iter().cloned());
    }
    skipped
        .first
        .truncate(cage_formats::ReadReport::SKIPPED_KEPT);
    LogSummary {
        files,
        events: census.events,
        objects,
        activities,
        first: census.first,
        last: census.last,
        out_of_order: census.out_of_order.len() as u64,
        duplicates: census.repeated,
        skipped,
    }
}
