//! `ironcage check`: holds logs against rules, and writes what was asked for.

use std::path::PathBuf;

use cage_model::{Severity, Verdict};
use cage_pack::Pack;
use cage_report::{
    FindingsFormat, HtmlOptions, RuleOrder, SummaryOptions, findings, html, json, summary,
};
use cage_runtime::Outcome;
use clap::{Args, ValueEnum};

use super::failure::{Failure, Status};
use super::fault::of_checking;
use super::judging::prepare;
use super::output::{Voice, print, write, write_with};
use super::rules::load_rules;
use crate::options::{JudgingArguments, ReadArguments, RuleArguments};

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  ironcage check fines.xes.gz --pack packs/road-traffic-fines --html report.html
  ironcage check sepsis.xes.gz --decl sepsis.decl --finite --json -
  ironcage check receipt.xes.gz --flow receipt.bpmn
  zcat events.csv.gz | ironcage check - --format csv --pack packs/fines --fail-on red";

/// `ironcage check`.
#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// The logs; "-" is standard input. Several are judged as one.
    #[arg(required = true, value_name = "LOG")]
    pub(crate) logs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: RuleArguments,
    #[command(flatten)]
    pub(crate) judging: JudgingArguments,
    /// Write the counts as JSON; "-" is standard output.
    #[arg(long, value_name = "FILE", help_heading = "Results")]
    pub(crate) json: Option<PathBuf>,
    /// Write the report as one self-contained HTML file.
    #[arg(long, value_name = "FILE", help_heading = "Results")]
    pub(crate) html: Option<PathBuf>,
    /// Write every finding; the ending chooses .csv, .jsonl, .xlsx or .parquet.
    #[arg(long, value_name = "FILE", help_heading = "Results")]
    pub(crate) findings: Vec<PathBuf>,
    /// Exit with 1 when there are findings of at least this severity; any violation when none is
    /// named.
    #[arg(long, value_enum, value_name = "SEVERITY", help_heading = "Results", num_args = 0..=1, default_missing_value = "any")]
    pub(crate) fail_on: Option<FailOn>,
    /// Objects with the most findings whose whole story the report tells.
    #[arg(long, value_name = "N", default_value_t = 50, help_heading = "Results")]
    pub(crate) worst: usize,
    #[command(flatten)]
    pub(crate) reading: ReadArguments,
}

/// What makes a check fail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, ValueEnum)]
pub(crate) enum FailOn {
    /// Any finding, and any activation that could not be decided.
    Undecided,
    /// Any violation.
    Any,
    /// A violation of a yellow or red rule.
    Yellow,
    /// A violation of a red rule.
    Red,
}

pub(crate) fn run(options: &CheckOptions, voice: &Voice) -> Result<Status, Failure> {
    let outputs = Outputs::of(options)?;
    refuse_overlap(options)?;
    let rules = load_rules(&options.rules, voice)?;
    let mut prepared = prepare(
        &options.logs,
        &options.reading,
        &options.judging,
        &rules.program,
        voice,
    )?;
    if outputs.html.is_some() {
        prepared.options.worst = options.worst;
    }
    let outcome = cage_runtime::check(rules.program, &prepared.sources, &prepared.options)
        .map_err(|error| of_checking(&error))?;
    drop(prepared);
    outputs.write(&outcome, rules.pack.as_ref(), voice)?;
    Ok(status(&outcome, options.fail_on))
}

/// Where the results of a check go.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    /// The counts.
    pub(crate) json: Option<PathBuf>,
    /// The report.
    pub(crate) html: Option<PathBuf>,
    /// Every finding.
    pub(crate) findings: Vec<(PathBuf, FindingsFormat)>,
    /// The command that makes the report again.
    pub(crate) command: String,
}

impl Outputs {
    /// Checks the names of the outputs before any work is done.
    fn of(options: &CheckOptions) -> Result<Self, Failure> {
        let findings: Result<Vec<_>, Failure> = options
            .findings
            .iter()
            .map(|file| {
                let format = FindingsFormat::of(file).map_err(Failure::usage)?;
                Ok((file.clone(), format))
            })
            .collect();
        Ok(Self {
            json: options.json.clone(),
            html: options.html.clone(),
            findings: findings?,
            command: command_line(std::env::args()),
        })
    }

    /// Writes everything that was asked for, and prints the table unless standard output is
    /// taken.
    pub(crate) fn write(
        &self,
        outcome: &Outcome,
        pack: Option<&Pack>,
        voice: &Voice,
    ) -> Result<(), Failure> {
        for (file, format) in &self.findings {
            write_with(file, |target| findings(outcome, target, *format))?;
        }
        if let Some(file) = &self.json {
            write(file, &json(outcome))?;
        }
        if let Some(file) = &self.html {
            write(file, &self.report(outcome, pack, voice))?;
        }
        let taken = [&self.json, &self.html]
            .into_iter()
            .flatten()
            .any(|file| file.as_os_str() == "-");
        if taken {
            return Ok(());
        }
        print(&summary(outcome, &table_options(voice)))
    }

    fn report(&self, outcome: &Outcome, pack: Option<&Pack>, voice: &Voice) -> String {
        let files: Vec<String> = self
            .findings
            .iter()
            .map(|(file, _)| file.display().to_string())
            .collect();
        let options = HtmlOptions {
            language: voice.report_language(),
            command: &self.command,
            pack,
            findings_files: &files,
            ..HtmlOptions::default()
        };
        html(outcome, &options)
    }
}

/// No result may take the place of what is read, or of another result.
fn refuse_overlap(options: &CheckOptions) -> Result<(), Failure> {
    let resolved = |path: &PathBuf| std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
    let rules = &options.rules;
    let models = [
        &rules.pack,
        &rules.decl,
        &rules.flow,
        &options.reading.mapping,
    ];
    let read = options.logs.iter().chain(models.into_iter().flatten());
    let mut taken: Vec<PathBuf> = read
        .filter(|path| path.as_os_str() != "-" && path.is_file())
        .map(resolved)
        .collect();
    let results = [&options.json, &options.html].into_iter().flatten();
    for path in results.chain(&options.findings) {
        let place = resolved(path);
        let device = path.exists() && !path.is_file();
        if taken.contains(&place) && !device {
            let shown = path.display();
            return Err(Failure::wrong_use(
                format!("{shown} 已作为输入或另一个结果；请给这个结果另取名字"),
                format!(
                    "{shown} is read, or is another result, already; name another file for this result"
                ),
            ));
        }
        taken.push(place);
    }
    Ok(())
}

/// Options that change nothing of what is found, and whether a value follows: where results go, how fast
/// and in which language. Left out of the report, so that the same log and rules give the same bytes.
const WITHOUT_EFFECT: [(&str, bool); 7] = [
    ("--threads", true),
    ("--json", true),
    ("--html", true),
    ("--findings", true),
    ("--lang", true),
    ("--quiet", false),
    ("-q", false),
];

/// The command as it was typed, fit to be typed again.
fn command_line(words: impl Iterator<Item = String>) -> String {
    let mut said = vec!["ironcage".to_owned()];
    let mut words = words.skip(1).peekable();
    while let Some(word) = words.next() {
        let name = word.split('=').next().unwrap_or_default();
        if let Some((_, has_value)) = WITHOUT_EFFECT.iter().find(|(known, _)| *known == name) {
            if *has_value && name == word {
                words.next();
            }
            continue;
        }
        if name == "--fail-on" {
            let is_severity = |word: &String| FailOn::from_str(word, true).is_ok();
            if name == word {
                words.next_if(is_severity);
            }
            continue;
        }
        said.push(quoted(word));
    }
    said.join(" ")
}

fn quoted(word: String) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word;
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// How tables are laid out for this person.
pub(crate) fn table_options(voice: &Voice) -> SummaryOptions {
    SummaryOptions {
        language: voice.report_language(),
        width: voice.width,
        colours: voice.colour,
        order: RuleOrder::Worst,
    }
}

/// Whether the findings are such that the user asked to fail.
fn status(outcome: &Outcome, fail_on: Option<FailOn>) -> Status {
    let fails = fail_on.is_some_and(|least| {
        outcome.findings.iter().any(|finding| {
            let severity = outcome
                .rules
                .get(usize::from(finding.rule))
                .map_or(Severity::Notice, |rule| rule.severity);
            match (least, finding.verdict) {
                (FailOn::Undecided, _) | (FailOn::Any, Verdict::Violated) => true,
                (FailOn::Yellow, Verdict::Violated) => severity >= Severity::Yellow,
                (FailOn::Red, Verdict::Violated) => severity >= Severity::Red,
                _ => false,
            }
        })
    });
    if fails {
        Status::Findings
    } else {
        Status::Clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_names_what_matters_of_the_command_alone() {
        let words = "ironcage check a.xes 'b c.csv' --pack p --threads 4 --html=r.html --findings f.csv -q \
                     --fail-on yellow --as-of 2026-01-01 --lang en --fail-on --json -";
        let words = words.replace("'b c.csv'", "b\u{a0}c.csv");
        let words = words
            .split_ascii_whitespace()
            .map(|word| word.replace('\u{a0}', " "));
        let expected = "ironcage check a.xes 'b c.csv' --pack p --as-of 2026-01-01";
        assert_eq!(command_line(words), expected);
    }
}
