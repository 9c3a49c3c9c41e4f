//! `bench align`: optimal alignments of every case, plain and disturbed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cage_flow::{Aligner, Label, Limits, Net, read_model};
use cage_formats::read;
use cage_mine::{TraceCollector, Traces};
use cage_model::Interner;
use clap::Args;

use super::Measuring;
use super::measure::{Job, Sample, Stopwatch};
use crate::cli::failure::Failure;
use crate::cli::reading::{read_options, source};
use crate::options::ReadArguments;

/// `ironcage bench align`.
#[derive(Debug, Args)]
pub(crate) struct AlignBench {
    /// The log.
    #[arg(value_name = "LOG")]
    log: PathBuf,
    /// The model: BPMN or PNML.
    #[arg(long, value_name = "FILE")]
    flow: PathBuf,
    /// Share of events, in percent, that noise leaves out, swaps or doubles.
    #[arg(long, value_name = "PERCENT", default_value_t = 50, value_parser = clap::value_parser!(u64).range(0..=100))]
    noise: u64,
    /// At most this many different sequences, taken evenly from all of them.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    sample: Option<u64>,
    /// Write the disturbed sequences here, one JSON object a line, so that other tools can align
    /// the same ones.
    #[arg(long, value_name = "FILE")]
    sequences: Option<PathBuf>,
    #[command(flatten)]
    pub(super) measuring: Measuring,
    #[command(flatten)]
    reading: ReadArguments,
}

impl AlignBench {
    pub(super) fn jobs(&self) -> Vec<Job<'_>> {
        vec![
            Job::new("plain", "optimal alignments", || self.align(0)),
            Job::new(
                "noisy",
                format!("optimal alignments, {} % noise", self.noise),
                || self.align(self.noise),
            ),
        ]
    }

    /// Aligns every different sequence once, as a check does; making the aligner counts.
    fn align(&self, noise: u64) -> Result<Sample, Failure> {
        let net = Arc::new(self.net()?);
        let traces = self.traces()?;
        let variants = self.sampled(variants(&traces, &net, noise));
        if let Some(path) = self.sequences.as_ref().filter(|_| noise > 0) {
            write_sequences(path, &variants, &net)?;
        }
        let failed = |error: cage_flow::BehaviourError| Failure::usage(error);
        let watch = Stopwatch::start();
        let mut aligner = Aligner::new(Arc::clone(&net), Limits::default()).map_err(failed)?;
        let (mut cost, mut given_up) = (0, 0);
        for (variant, cases) in &variants {
            match aligner.cost(variant).map_err(failed)?.optimal() {
                Some(found) => cost += u64::from(found) * cases,
                None => given_up += cases,
            }
        }
        Ok(watch
            .stop()
            .with("cases", traces.len())
            .with("variants", variants.len())
            .with("cost", cost)
            .with("given_up", given_up))
    }

    fn sampled(&self, variants: BTreeMap<Vec<Label>, u64>) -> Vec<(Vec<Label>, u64)> {
        let wanted = self.sample.unwrap_or(u64::MAX) as usize;
        let step = variants.len().div_ceil(wanted).max(1);
        variants.into_iter().step_by(step).collect()
    }

    fn net(&self) -> Result<Net, Failure> {
        let shown = self.flow.display();
        let bytes = std::fs::read(&self.flow)
            .map_err(|error| Failure::unreadable(format!("cannot read {shown}: {error}")))?;
        let model = read_model(&shown.to_string(), &bytes).map_err(Failure::usage)?;
        Ok(model.net)
    }

    fn traces(&self) -> Result<Traces, Failure> {
        let mut collector = TraceCollector::new("case");
        read(
            &source(&self.log),
            &read_options(&self.reading)?,
            &mut Interner::new(),
            &mut collector,
        )
        .map_err(Failure::unreadable)?;
        Ok(collector.finish())
    }
}

/// The different sequences of a log as labels of a net, disturbed case by case.
fn variants(traces: &Traces, net: &Net, noise: u64) -> BTreeMap<Vec<Label>, u64> {
    let labels: Vec<Label> = traces
        .activities
        .iter()
        .map(|name| {
            let found = net.labels.iter().position(|label| label == name);
            found.map_or(Label::FOREIGN, |index| Label(index as u32))
        })
        .collect();
    let mut chance = oorandom::Rand64::new(0x000F_10E5);
    let mut variants = BTreeMap::new();
    for trace in traces.iter() {
        let sequence = trace
            .iter()
            .map(|row| labels.get(row.activity as usize).copied());
        let sequence: Vec<Label> = sequence.flatten().collect();
        let disturbed = disturb(&sequence, labels.len() as u64, noise, &mut chance);
        *variants.entry(disturbed).or_default() += 1;
    }
    variants
}

/// Each sequence with its number of cases; an activity that the net does not have is `null`.
fn write_sequences(path: &Path, variants: &[(Vec<Label>, u64)], net: &Net) -> Result<(), Failure> {
    let mut lines = String::new();
    for (sequence, cases) in variants {
        let names: Vec<_> = sequence
            .iter()
            .map(|label| net.labels.get(label.0 as usize))
            .collect();
        let line = serde_json::json!({ "activities": names, "cases": cases });
        lines += &format!("{line}\n");
    }
    std::fs::write(path, lines)
        .map_err(|error| Failure::unreadable(format!("cannot write {}: {error}", path.display())))
}

/// Some events are left out, swapped with the one before, or followed by any other activity.
fn disturb(
    sequence: &[Label],
    labels: u64,
    percent: u64,
    chance: &mut oorandom::Rand64,
) -> Vec<Label> {
    let mut noisy = Vec::with_capacity(sequence.len() + 4);
    for label in sequence {
        if percent == 0 || chance.rand_range(0..100) >= percent {
            noisy.push(*label);
            continue;
        }
        match chance.rand_range(0..3) {
            0 => {}
            1 => {
                let before = noisy.pop();
                noisy.push(*label);
                noisy.extend(before);
            }
            _ => {
                let other = chance.rand_range(0..labels.max(1)) as u32;
                noisy.extend([*label, Label(other)]);
            }
        }
    }
    noisy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_the_same_each_time_and_none_where_none_is_asked() {
        let sequence: Vec<Label> = (0..20).map(Label).collect();
        let noisy = |percent| disturb(&sequence, 20, percent, &mut oorandom::Rand64::new(7));
        assert_eq!(noisy(0), sequence);
        assert_eq!(noisy(50), noisy(50));
        assert_ne!(noisy(50), sequence);
    }
}
