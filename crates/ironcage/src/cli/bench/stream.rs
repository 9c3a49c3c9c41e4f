//! `bench stream`: generated events through a check, a tenth of them and all of them. Memory must
//! be the same, and time ten times as long.

use std::io::{self, BufWriter, Write};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use cage_model::{Instant as Moment, Time};
use clap::Args;

use super::Measuring;
use super::measure::{Job, Sample};
use crate::cli::failure::Failure;
use crate::options::FormatName;

/// `ironcage bench stream`.
#[derive(Debug, Args)]
pub(crate) struct StreamBench {
    /// How many events.
    #[arg(long, value_name = "N", default_value_t = 50_000_000)]
    events: u64,
    /// The format of the generated stream: csv or cloudevents.
    #[arg(long, value_enum, default_value_t = FormatName::Csv)]
    to: FormatName,
    /// Cases that the events belong to; what is remembered grows with them.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    cases: u64,
    #[command(flatten)]
    pub(super) measuring: Measuring,
}

/// Every request is answered a minute later: three rules that never find anything, so that memory
/// is only what open cases need.
const RULES: &str = "\
activity request
activity answer
Alternate Response[request, answer] | | |0,3,d
Precedence[request, answer] |A.amount > 0 | |
Existence1[request] | |
";

impl StreamBench {
    pub(super) fn jobs(&self) -> Vec<Job<'_>> {
        let tenth = self.events / 10;
        vec![
            Job::new("tenth", format!("{tenth} events"), move || self.run(tenth)),
            Job::new("all", format!("{} events", self.events), || {
                self.run(self.events)
            }),
        ]
    }

    fn run(&self, events: u64) -> Result<Sample, Failure> {
        let format = match self.to {
            FormatName::Csv => "csv",
            FormatName::Cloudevents => "cloudevents",
            _ => return Err(Failure::usage("--to: csv or cloudevents")),
        };
        let folder = tempfile::tempdir().map_err(Failure::unreadable)?;
        let rules = folder.path().join("stream.decl");
        std::fs::write(&rules, RULES).map_err(Failure::unreadable)?;
        let program = std::env::current_exe().map_err(Failure::unreadable)?;
        let started = Instant::now();
        let mut checker = Command::new(program)
            .args(["check", "-", "--format", format, "--decl"])
            .arg(&rules)
            .args(["--quiet", "--threads", "1", "--json", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Failure::unreadable)?;
        let peak = self
            .feed(&mut checker, events)
            .map_err(Failure::unreadable)?;
        let output = checker.wait_with_output().map_err(Failure::unreadable)?;
        let wall = started.elapsed().as_secs_f64();
        let counts: serde_json::Value =
            serde_json::from_slice(&output.stdout).map_err(Failure::unreadable)?;
        if counts["log"]["events"] != events || counts["findings"] != 0 {
            return Err(Failure::unreadable(format!(
                "{} events and {} findings were counted, not {events} and none",
                counts["log"]["events"], counts["findings"]
            )));
        }
        let sample = Sample::of(wall, wall).with("events", events);
        Ok(match peak {
            Some(peak) => sample.with("peak_mb", peak),
            None => sample,
        })
    }

    /// Writes the events into the checker, and looks at its memory before the last of them.
    fn feed(&self, checker: &mut Child, events: u64) -> io::Result<Option<f64>> {
        let process = checker.id().to_string();
        let Some(pipe) = checker.stdin.take() else {
            return Ok(None);
        };
        let mut out = BufWriter::with_capacity(1 << 20, pipe);
        if self.to == FormatName::Csv {
            out.write_all(b"case,activity,time,amount\n")?;
        }
        let mut peak = None;
        for number in 0..events {
            self.event(&mut out, number)?;
            if number + 1 == events - events / 100 {
                out.flush()?;
                peak = super::measure::peak_megabytes(&process);
            }
        }
        out.flush()?;
        Ok(peak)
    }

    fn event(&self, out: &mut impl Write, number: u64) -> io::Result<()> {
        /// 2026-01-01T00:00:00Z in seconds.
        const BEGINNING: i64 = 1_767_225_600;
        let cases = self.cases.max(1);
        let (round, case) = (number / cases, number % cases);
        let activity = if round % 2 == 0 { "request" } else { "answer" };
        let at = Moment((BEGINNING + round as i64 * 60) * 1_000_000);
        let time = Time::new(at, Some(0));
        let amount = number % 500 + 1;
        match self.to {
            FormatName::Csv => writeln!(out, "C{case},{activity},{time},{amount}"),
            _ => writeln!(
                out,
                "{{\"specversion\":\"1.0\",\"id\":\"{number}\",\"source\":\"bench\",\"type\":\
                 \"{activity}\",\"time\":\"{time}\",\"subject\":\"C{case}\",\"data\":{{\"amount\":{amount}}}}}"
            ),
        }
    }
}
