//! `ironcage explain`: one object's story.

use std::path::PathBuf;

use cage_report::story_text;
use clap::Args;

use super::check::table_options;
use super::failure::{Failure, Status};
use super::fault::of_checking;
use super::judging::prepare;
use super::output::{Voice, print};
use super::rules::load_rules;
use crate::options::{JudgingArguments, ReadArguments, RuleArguments};

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Example:
  ironcage explain fines.xes.gz --pack packs/road-traffic-fines --object case:N77802";

/// `ironcage explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainOptions {
    /// The logs; "-" is standard input.
    #[arg(required = true, value_name = "LOG")]
    pub(crate) logs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) rules: RuleArguments,
    /// The object, as TYPE:ID, for example case:N77802.
    #[arg(long, value_name = "TYPE:ID")]
    pub(crate) object: String,
    #[command(flatten)]
    pub(crate) judging: JudgingArguments,
    #[command(flatten)]
    pub(crate) reading: ReadArguments,
}

pub(crate) fn run(options: &ExplainOptions, voice: &Voice) -> Result<Status, Failure> {
    let (kind, id) = object(&options.object)?;
    let rules = load_rules(&options.rules, voice)?;
    let prepared = prepare(
        &options.logs,
        &options.reading,
        &options.judging,
        &rules.program,
        voice,
    )?;
    let told = cage_runtime::explain(
        rules.program,
        &prepared.sources,
        &prepared.options,
        kind,
        id,
    );
    let (outcome, story) = told.map_err(|error| of_checking(&error))?;
    drop(prepared);
    let options = table_options(voice);
    print(&story_text(&story, &outcome, rules.pack.as_ref(), &options)).map(|()| Status::Clean)
}

/// Type and id of the object asked for. Only the first colon parts them: ids may hold colons.
fn object(text: &str) -> Result<(&str, &str), Failure> {
    text.split_once(':')
        .filter(|(kind, id)| !kind.is_empty() && !id.is_empty())
        .ok_or_else(|| {
            Failure::usage(format!(
                "--object {text}: write TYPE:ID, for example case:N77802"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_a_type_and_an_id() {
        assert_eq!(object("case:A:1").unwrap(), ("case", "A:1"));
        for bad in ["N77802", "case:", ":7"] {
            assert!(object(bad).unwrap_err().to_string().contains("TYPE:ID"));
        }
    }
}
