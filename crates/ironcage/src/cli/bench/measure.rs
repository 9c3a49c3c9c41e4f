//! Measures jobs: each run is a new process, so that memory is its own, and medians are kept.
//!
//! A job prepares what it needs, starts a [`Stopwatch`], does its work and stops it. CPU seconds
//! are those of all threads of the process, as the operating system accounts for them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};
use serde_json::{Map, Value, json};

use super::Measuring;
use crate::cli::failure::Failure;
use crate::cli::output::{Voice, message, print};

/// One thing that is measured.
pub(super) struct Job<'a> {
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// What it is, in words.
    pub(super) title: String,
    /// Does it once.
    pub(super) work: Box<dyn Fn() -> Result<Sample, Failure> + 'a>,
}

impl<'a> Job<'a> {
    /// A job.
    pub(super) fn new(
        name: &'static str,
        title: impl Into<String>,
        work: impl Fn() -> Result<Sample, Failure> + 'a,
    ) -> Self {
        Self {
            name,
            title: title.into(),
            work: Box::new(work),
        }
    }
}

/// What one run took.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Sample {
    cpu_seconds: f64,
    wall_seconds: f64,
    /// What the job counted; the same in every run.
    figures: Map<String, Value>,
}

impl Sample {
    /// Adds something that the job counted.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.figures.insert(name.to_owned(), value.into());
        self
    }

    /// CPU seconds.
    pub(super) const fn cpu_seconds(&self) -> f64 {
        self.cpu_seconds
    }

    /// Seconds by the clock on the wall.
    pub(super) const fn wall_seconds(&self) -> f64 {
        self.wall_seconds
    }

    /// A sample that was measured elsewhere, or in pieces.
    pub(super) fn of(cpu_seconds: f64, wall_seconds: f64) -> Self {
        Self {
            cpu_seconds,
            wall_seconds,
            figures: Map::new(),
        }
    }
}

/// Measures a piece of work.
pub(super) struct Stopwatch {
    cpu: f64,
    wall: Instant,
}

impl Stopwatch {
    /// Begins.
    pub(super) fn start() -> Self {
        Self {
            cpu: cpu_seconds(),
            wall: Instant::now(),
        }
    }

    /// Ends.
    pub(super) fn stop(&self) -> Sample {
        Sample::of(cpu_seconds() - self.cpu, self.wall.elapsed().as_secs_f64())
    }
}

fn cpu_seconds() -> f64 {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9
}

/// Peak resident memory of this process in megabytes, where the system tells it.
pub(super) fn peak_megabytes(process: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1_024.0)
}

/// Runs the jobs and prints what they took; or, in a child process, one job once.
pub(super) fn measure(
    measuring: &Measuring,
    jobs: &[Job<'_>],
    voice: &Voice,
) -> Result<(), Failure> {
    if let Some(name) = &measuring.only {
        return one(name, jobs);
    }
    let mut rows = Vec::new();
    for job in jobs {
        let mut runs = Vec::new();
        for number in 1..=measuring.runs.get() {
            if !voice.quiet {
                message(&format!("{} {number}/{}", job.title, measuring.runs));
            }
            runs.push(child(job.name)?);
        }
        rows.push((job, median(&runs)));
    }
    if measuring.json {
        return print(&as_json(&rows, measuring.runs.get()));
    }
    print(&as_table(&rows, measuring.runs.get()))
}

fn one(name: &str, jobs: &[Job<'_>]) -> Result<(), Failure> {
    let job = jobs
        .iter()
        .find(|job| job.name == name)
        .ok_or_else(|| Failure::usage(format!("there is no job {name}")))?;
    let sample = (job.work)()?;
    let mut figures = sample.figures;
    figures.insert("cpu_seconds".to_owned(), sample.cpu_seconds.into());
    figures.insert("wall_seconds".to_owned(), sample.wall_seconds.into());
    if !figures.contains_key("peak_mb")
        && let Some(peak) = peak_megabytes("self")
    {
        figures.insert("peak_mb".to_owned(), peak.into());
    }
    print(&format!("{}\n", Value::Object(figures)))
}

/// Runs this very command again for one job.
fn child(name: &str) -> Result<Map<String, Value>, Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::unreadable(format!("cannot run a job of its own: {error}"))
    };
    let program = std::env::current_exe().map_err(|error| failed(&error))?;
    let output = Command::new(program)
        .args(std::env::args_os().skip(1))
        .args(["--quiet", "--only", name])
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed(&error))?;
    if !output.status.success() {
        return Err(Failure::unreadable(format!("{name}: {}", output.status)));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| failed(&error))
}

/// The median of every figure; a figure that is no number is the first run's.
fn median(runs: &[Map<String, Value>]) -> Map<String, Value> {
    let Some(first) = runs.first() else {
        return Map::new();
    };
    first
        .iter()
        .map(|(name, value)| {
            let mut numbers: Vec<f64> = runs
                .iter()
                .filter_map(|run| run.get(name)?.as_f64())
                .collect();
            numbers.sort_by(f64::total_cmp);
            let middle = numbers.get(numbers.len() / 2);
            let shown = match middle {
                Some(middle) if value.is_f64() => json!(middle),
                _ => value.clone(),
            };
            (name.clone(), shown)
        })
        .collect()
}

fn as_json(rows: &[(&Job<'_>, Map<String, Value>)], runs: usize) -> String {
    let jobs: Map<String, Value> = rows
        .iter()
        .map(|(job, figures)| (job.name.to_owned(), Value::Object(figures.clone())))
        .collect();
    let machine: BTreeMap<&str, Value> = machine();
    format!(
        "{:#}\n",
        json!({ "date": today(), "machine": machine, "runs": runs, "jobs": jobs })
    )
}

fn as_table(rows: &[(&Job<'_>, Map<String, Value>)], runs: usize) -> String {
    let mut text = format!(
        "{:<44} {:>9} {:>9} {:>12} {:>9}\n",
        "job", "CPU s", "wall s", "events/s", "peak MB"
    );
    for (job, figures) in rows {
        let number = |name: &str| figures.get(name).and_then(Value::as_f64);
        let shown = |value: Option<f64>, places: usize| {
            value.map_or_else(|| "-".to_owned(), |value| format!("{value:.places$}"))
        };
        let rate = match (number("events"), number("cpu_seconds")) {
            (Some(events), Some(seconds)) if seconds > 0.0 => Some(events / seconds),
            _ => None,
        };
        let _ = writeln!(
            text,
            "{:<44} {:>9} {:>9} {:>12} {:>9}",
            job.title,
            shown(number("cpu_seconds"), 4),
            shown(number("wall_seconds"), 4),
            shown(rate, 0),
            shown(number("peak_mb"), 0),
        );
        let told = ["cpu_seconds", "wall_seconds", "peak_mb", "events"];
        let others: Vec<String> = figures
            .iter()
            .filter(|(name, _)| !told.contains(&name.as_str()))
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        if !others.is_empty() {
            let _ = writeln!(text, "    {}", others.join(", "));
        }
    }
    let machine: Vec<String> = machine()
        .iter()
        .map(|(name, value)| format!("{name} {}", value.to_string().trim_matches('"')))
        .collect();
    let _ = writeln!(
        text,
        "\n{}, medians of {runs} runs, each in a process of its own; {}",
        today(),
        machine.join(", ")
    );
    text
}

/// The date, in UTC.
fn today() -> String {
    let now = jiff::Timestamp::now().to_string();
    now.chars().take(10).collect()
}

/// What this machine is.
fn machine() -> BTreeMap<&'static str, Value> {
    let mut machine = BTreeMap::new();
    let cores = std::thread::available_parallelism().map_or(1, |some| some.get());
    machine.insert("cores", cores.into());
    machine.insert(
        "system",
        format!("{} {}", std::env::consts::OS, std::env::consts::ARCH).into(),
    );
    if let Some(name) = line_of("/proc/cpuinfo", "model name") {
        machine.insert("processor", name.into());
    }
    let kilobytes = line_of("/proc/meminfo", "MemTotal")
        .and_then(|text| text.trim_end_matches(" kB").parse::<u64>().ok());
    if let Some(kilobytes) = kilobytes {
        machine.insert("memory_mb", (kilobytes / 1_024).into());
    }
    machine
}

/// What stands behind the colon of the first line with this name.
fn line_of(file: &str, name: &str) -> Option<String> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_taken_of_times_and_never_of_counts() {
        let run = |seconds: f64, events: u64| {
            let value = json!({ "cpu_seconds": seconds, "events": events, "kind": "xes" });
            value.as_object().unwrap().clone()
        };
        let all = median(&[run(3.0, 7), run(1.0, 7), run(2.0, 7)]);
        assert_eq!(all["cpu_seconds"], json!(2.0));
        assert_eq!(all["events"], json!(7));
        assert_eq!(all["kind"], json!("xes"));
    }

    #[test]
    fn work_takes_time() {
        let watch = Stopwatch::start();
        let mut sum = 0u64;
        for number in 0..2_000_000u64 {
            sum = std::hint::black_box(sum.wrapping_add(number));
        }
        let sample = watch.stop().with("sum", sum);
        assert!(sample.cpu_seconds > 0.0 && sample.wall_seconds > 0.0);
        assert!(peak_megabytes("self").is_none_or(|peak| peak > 1.0));
    }
}
