//! `ironcage deadline`: by when, and why, day by day; and whether a certificate says what follows
//! from its own facts.

mod asked;

use std::path::{Path, PathBuf};

use cage_law::{Calendar, CalendarFacts, Certificate, Facts, NoticeFacts};
use cage_pack::Loaded;
use clap::{Args, Subcommand};

use super::builtin;
use super::failure::{Failure, Status};
use super::output::{Voice, print};
use super::reading::small_text;
use super::rules::load_pack;

/// Shown below the help.
pub(crate) const EXAMPLES: &str = "\
Examples:
  ironcage deadline 2026-02-10 \"5 working days\"
  ironcage deadline 2026-02-10 20日 --law licensing-law#42 --json
  ironcage deadline 2026-02-10 20个工作日 --pause 2026-03-03..2026-03-10=expert-review
  ironcage deadline 2026-02-13T18:00:00+08:00 \"24 h\"
  ironcage deadline verify certificate.json";

/// `ironcage deadline`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct DeadlineOptions {
    #[command(subcommand)]
    command: Option<DeadlineCommand>,
    #[command(flatten)]
    asked: Option<Asked>,
}

/// `ironcage deadline ...`.
#[derive(Debug, Subcommand)]
enum DeadlineCommand {
    /// Count a certificate again from its own facts; exit 1 and the first wrong line when it differs.
    Verify {
        /// The certificate (JSON).
        #[arg(value_name = "FILE")]
        certificate: PathBuf,
        /// The pack whose calendar its notices are compared with; the built-in one when absent.
        #[arg(long, value_name = "PACK")]
        calendar: Option<PathBuf>,
    },
}

/// What is asked: a start, a limit, and what happened in between.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// The day on which the clock starts, which is not counted; for hours with its time.
    #[arg(value_name = "START")]
    start: String,
    /// How long: "5 working days", "5个工作日", "30 days", "24 h", "3 months".
    #[arg(value_name = "LIMIT")]
    limit: String,
    /// The law that the limit is worded in, which says what a day is: LAW or LAW#ARTICLE.
    #[arg(long, value_name = "LAW")]
    law: Option<String>,
    /// The pack that brings calendar, laws and zone; the built-in cn-calendar when absent.
    #[arg(long, value_name = "PACK")]
    calendar: Option<PathBuf>,
    /// A time that does not count: the first day that does not, the day on which the clock runs
    /// on (blank while it stands still), and the document.
    #[arg(long, value_name = "FROM..TO=DOCUMENT")]
    pause: Vec<String>,
    /// A lengthening: when it was approved, by how much, and the approval.
    #[arg(long, value_name = "DATE+LIMIT=DOCUMENT")]
    extend: Vec<String>,
    /// The most that an extension may be.
    #[arg(long, value_name = "LIMIT", requires = "extend")]
    most: Option<String>,
    /// Another line in force, counted beside: LIMIT, or LIMIT@PLACE.
    #[arg(long, value_name = "LIMIT[@PLACE]")]
    also: Vec<String>,
    /// The time after which silence is acceptance.
    #[arg(long, value_name = "LIMIT")]
    deemed: Option<String>,
    /// What starts the clock, as a document.
    #[arg(long, value_name = "DOCUMENT")]
    document: Option<String>,
    /// Count with the notices that were issued up to this day only.
    #[arg(long, value_name = "DATE")]
    known_on: Option<String>,
    /// Print the certificate as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &DeadlineOptions, voice: &Voice) -> Result<Status, Failure> {
    match (&options.command, &options.asked) {
        (
            Some(DeadlineCommand::Verify {
                certificate,
                calendar,
            }),
            _,
        ) => verify(certificate, calendar.as_deref(), voice),
        (None, Some(asked)) => answer(asked, voice),
        (None, None) => Err(Failure::wrong_use(
            "请写起算日和期限，例如 ironcage deadline 2026-02-10 5个工作日".to_owned(),
            "name a start and a limit, as in ironcage deadline 2026-02-10 \"5 working days\""
                .to_owned(),
        )),
    }
}

fn load(path: Option<&Path>, voice: &Voice) -> Result<Loaded, Failure> {
    path.map_or_else(|| builtin::calendar(voice), |path| load_pack(path, voice))
}

fn answer(asked: &Asked, voice: &Voice) -> Result<Status, Failure> {
    let loaded = load(asked.calendar.as_deref(), voice)?;
    let facts = asked.facts(&loaded)?;
    let mut calendar = loaded.program.days.calendar;
    if let Some(date) = asked.known_on()? {
        calendar = calendar.as_known_on(date);
    }
    let certificate = Certificate::of(facts, &calendar)
        .map_err(|error| Failure::wrong_use(error.chinese(), error.to_string()))?;
    if asked.json {
        print(&json(&certificate)?)?;
    } else {
        let words = &certificate.words;
        let lines = match voice.language {
            crate::options::Language::Zh => &words.zh,
            crate::options::Language::En => &words.en,
        };
        print(&format!("{}\n", lines.join("\n")))?;
    }
    Ok(Status::Clean)
}

fn json(certificate: &Certificate) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(certificate).map_err(Failure::unreadable)?;
    Ok(format!("{text}\n"))
}

fn verify(path: &Path, calendar: Option<&Path>, voice: &Voice) -> Result<Status, Failure> {
    let shown = path.display();
    let text = small_text(path)?;
    let certificate: Certificate = serde_json::from_str(&text).map_err(|error| {
        Failure::Unreadable(super::failure::two(
            format!("{shown}：不是期限证书：{error}"),
            format!("{shown}: no deadline certificate: {error}"),
        ))
    })?;
    if let Err(fault) = certificate.verify() {
        let (zh, en) = (fault.chinese(), fault.to_string());
        print(&format!("{shown}: {}\n", voice.choose(&zh, &en)))?;
        return Ok(Status::Findings);
    }
    let known = load(calendar, voice)?;
    if let Some(id) = foreign_notice(&certificate.facts.calendar, &known) {
        let zh = format!("{shown}: 通知 {id} 与所用工作日历中的不一致\n");
        let en = format!("{shown}: the notice {id} is not as the calendar has it\n");
        print(voice.choose(&zh, &en))?;
        return Ok(Status::Findings);
    }
    let due = certificate.due.as_deref();
    let zh = format!("{shown}: 核验无误，届满 {}\n", due.unwrap_or("未定"));
    let en = format!("{shown}: sound, due {}\n", due.unwrap_or("not known yet"));
    print(voice.choose(&zh, &en))?;
    if let Some(now) = moved(&certificate, &known) {
        let now = now.as_deref();
        voice.say(
            &format!("按现行工作日历重算，届满为 {}", now.unwrap_or("未定")),
            &format!(
                "by the calendar of today it is due {}",
                now.unwrap_or("not known yet")
            ),
        );
    }
    Ok(Status::Clean)
}

/// The first notice that the certificate states otherwise than the same calendar here does.
fn foreign_notice(stated: &CalendarFacts, known: &Loaded) -> Option<String> {
    let known: Vec<NoticeFacts> = notices(&known.program.days.calendar);
    let other = |notice: &&NoticeFacts| {
        known
            .iter()
            .any(|known| known.id == notice.id && known != *notice)
    };
    stated.notices.iter().find(other).map(|one| one.id.clone())
}

fn notices(calendar: &Calendar) -> Vec<NoticeFacts> {
    calendar.notices().iter().map(NoticeFacts::of).collect()
}

/// When it is due by the calendar here, where that is the same calendar and says otherwise.
fn moved(certificate: &Certificate, known: &Loaded) -> Option<Option<String>> {
    let facts = certificate.facts.clone();
    if facts.calendar.id != known.pack.id {
        return None;
    }
    let facts = Facts { ..facts };
    let again = Certificate::of(facts, &known.program.days.calendar).ok()?;
    (again.due != certificate.due).then_some(again.due)
}
