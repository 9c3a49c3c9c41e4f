//! Conformance to flows in numbers: every variant aligned once, and the sums over its objects.
//!
//! The verdicts on single objects are the engine's; here the model is taken as it stands, without
//! the deviations that a rule accepts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

use cage_engine::Variants;
use cage_flow::{Aligner, Alignment, Label, Limits, Model, Move, Net, Outcome};
use cage_model::{Bilingual, Interner, Symbol};
use cage_pack::{Judge, NamedFlow, Program};

use crate::outcome::{FlowOutcome, FlowStep, FlowVariant, InsertedActivity, Notice};

mod frequent;

#[cfg(test)]
mod tests;

/// The outcome of every flow of a program, in its order, and what should be known of them.
/// `variants` are those of each rule.
pub(crate) fn flow_outcomes(
    program: &Program,
    variants: &[&Variants],
    names: &Interner,
    threads: usize,
) -> (Vec<FlowOutcome>, Vec<Notice>) {
    let mut notices = Vec::new();
    let flows = program.flows.iter().enumerate();
    let outcomes = flows.map(|(number, flow)| {
        let follows =
            |judge: &Judge| matches!(judge, Judge::Flow(rule) if usize::from(rule.flow) == number);
        let rule = program.rules.iter().position(|rule| follows(&rule.judge));
        let nothing = Variants::default();
        let variants = rule
            .and_then(|rule| variants.get(rule).copied())
            .unwrap_or(&nothing);
        let outcome = flow_outcome(flow, variants, names, threads);
        if outcome.not_aligned > 0 {
            let rule = rule.and_then(|rule| program.rules.get(rule));
            notices.push(not_aligned(&outcome, rule.map(|rule| rule.id.clone())));
        }
        outcome
    });
    (outcomes.collect(), notices)
}

fn not_aligned(outcome: &FlowOutcome, rule: Option<String>) -> Notice {
    let (count, id) = (outcome.not_aligned, &outcome.id);
    Notice {
        rule,
        text: Bilingual {
            zh: format!(
                "流程 {id}：有 {count} 个对象未能在限度内对齐，不计入对象数、偏离步数和拟合度；其判定仍然有效"
            ),
            en: format!(
                "flow {id}: {count} {} could not be aligned within bounds and {} left out of \
                 cases, cost and fitness; the verdicts stand",
                if count == 1 { "object" } else { "objects" },
                if count == 1 { "is" } else { "are" },
            ),
        },
    }
}

fn flow_outcome(
    flow: &NamedFlow,
    variants: &Variants,
    names: &Interner,
    threads: usize,
) -> FlowOutcome {
    let net = Arc::new(flow.model.net.clone());
    let all: Vec<(&[Symbol], u64)> = variants.iter().collect();
    let by_name = labels(&net, names);
    let mut sums = Sums::new(&flow.model);
    sums.not_aligned = variants.untold();
    let mut aligned = vec![None; all.len()];
    match Aligner::new(Arc::clone(&net), Limits::default()) {
        Ok(mut aligner) => {
            let shortest = aligner.shortest_run().ok().and_then(Outcome::optimal);
            aligned = align_all(&aligner, &all, &by_name, threads);
            for ((sequence, objects), alignment) in all.iter().zip(&aligned) {
                match (alignment, shortest) {
                    (Some(alignment), Some(shortest)) => {
                        sums.add(sequence, *objects, alignment, shortest);
                    }
                    _ => sums.not_aligned += objects,
                }
            }
        }
        Err(_) => sums.not_aligned += all.iter().map(|(_, objects)| objects).sum::<u64>(),
    }
    let mut outcome = sums.outcome(flow, all.len() as u64, names);
    outcome.frequent = frequent::frequent(&all, &mut aligned, names);
    outcome
}

/// The label of each symbol that is one, by the symbol's index.
fn labels(net: &Net, names: &Interner) -> Vec<Option<Label>> {
    let mut by_name = Vec::new();
    for (number, label) in net.labels.iter().enumerate() {
        if let Some(symbol) = names.get(label) {
            if by_name.len() <= symbol.index() {
                by_name.resize(symbol.index() + 1, None);
            }
            by_name[symbol.index()] = u32::try_from(number).ok().map(Label);
        }
    }
    by_name
}

/// An optimal alignment of every variant; `None` where none was found within bounds. Each thread
/// takes every n-th variant; no alignment depends on the others.
fn align_all(
    aligner: &Aligner,
    variants: &[(&[Symbol], u64)],
    by_name: &[Option<Label>],
    threads: usize,
) -> Vec<Option<Alignment>> {
    let threads = threads.clamp(1, variants.len().max(1));
    let share = |start: usize| {
        let mut aligner = aligner.clone();
        let mut trace = Vec::new();
        let some = variants.iter().skip(start).step_by(threads);
        some.map(|(sequence, _)| {
            let label = |symbol: &Symbol| by_name.get(symbol.index()).copied().flatten();
            trace.clear();
            trace.extend(
                sequence
                    .iter()
                    .map(|symbol| label(symbol).unwrap_or(Label::FOREIGN)),
            );
            aligner.align(&trace).ok().and_then(Outcome::optimal)
        })
        .collect::<Vec<_>>()
    };
    if threads == 1 {
        return share(0);
    }
    let mut all = vec![None; variants.len()];
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|start| scope.spawn(move || share(start)))
            .collect();
        for (start, worker) in workers.into_iter().enumerate() {
            match worker.join() {
                Ok(aligned) => {
                    let places = all.iter_mut().skip(start).step_by(threads);
                    places.zip(aligned).for_each(|(place, one)| *place = one);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
    });
    all
}

/// Sums over objects. None of them depends on the order of adding.
struct Sums<'m> {
    model: &'m Model,
    not_aligned: u64,
    /// Objects by cost and by what the worst alignment of such a trace costs.
    by_cost: BTreeMap<(u64, u64), u64>,
    /// By element: passed and skipped.
    steps: Vec<(u64, u64)>,
    /// By activity and the label of the last step of the model before it.
    inserted: BTreeMap<(Symbol, Option<Label>), u64>,
}

impl<'m> Sums<'m> {
    fn new(model: &'m Model) -> Self {
        Self {
            model,
            not_aligned: 0,
            by_cost: BTreeMap::new(),
            steps: vec![(0, 0); model.elements.len()],
            inserted: BTreeMap::new(),
        }
    }

    fn add(&mut self, sequence: &[Symbol], objects: u64, alignment: &Alignment, shortest: u32) {
        let cost = u64::from(alignment.cost);
        let worst = sequence.len() as u64 + u64::from(shortest);
        *self.by_cost.entry((cost, worst)).or_default() += objects;
        let mut after = None;
        for step in &alignment.moves {
            match *step {
                Move::Both {
                    transition, label, ..
                } => {
                    after = Some(label);
                    if let Some((passed, _)) = self.step(transition) {
                        *passed += objects;
                    }
                }
                Move::Model { transition, label } => {
                    after = Some(label);
                    if let Some((_, skipped)) = self.step(transition) {
                        *skipped += objects;
                    }
                }
                Move::Log { event } => {
                    let activity = sequence.get(event as usize).copied().unwrap_or_default();
                    *self.inserted.entry((activity, after)).or_default() += objects;
                }
                Move::Silent { .. } => {}
            }
        }
    }

    fn step(&mut self, transition: cage_flow::TransitionId) -> Option<&mut (u64, u64)> {
        let transition = self.model.net.transitions.get(transition.0 as usize)?;
        self.steps.get_mut(transition.element? as usize)
    }

    /// For each element whether it is a step that events can take.
    fn visible(&self) -> Vec<bool> {
        let mut visible = vec![false; self.model.elements.len()];
        for transition in &self.model.net.transitions {
            let element = transition.label.and(transition.element);
            if let Some(place) = element.and_then(|element| visible.get_mut(element as usize)) {
                *place = true;
            }
        }
        visible
    }

    fn outcome(self, flow: &NamedFlow, variants: u64, names: &Interner) -> FlowOutcome {
        let sum = |of: fn(u64, u64) -> u64| -> u64 {
            let by_cost = self.by_cost.iter();
            by_cost
                .map(|((cost, worst), objects)| of(*cost, *worst) * objects)
                .sum()
        };
        let aligned = sum(|_, _| 1);
        let (cost, worst) = (sum(|cost, _| cost), sum(|_, worst| worst));
        let fitness: f64 = self
            .by_cost
            .iter()
            .map(|((cost, worst), objects)| share_kept(*cost, *worst) * (*objects as f64))
            .sum();
        let elements = self.model.elements.iter().zip(&self.steps);
        let label = |label: Option<Label>| {
            let label = label.and_then(|label| self.model.net.labels.get(label.0 as usize));
            label.cloned().unwrap_or_default()
        };
        let mut inserted: Vec<InsertedActivity> = self
            .inserted
            .iter()
            .map(|((activity, after), count)| InsertedActivity {
                activity: names.text(*activity).to_owned(),
                after: label(*after),
                count: *count,
            })
            .collect();
        inserted.sort_by(|a, b| {
            let name = |one: &InsertedActivity| (one.activity.clone(), one.after.clone());
            b.count.cmp(&a.count).then_with(|| name(a).cmp(&name(b)))
        });
        FlowOutcome {
            id: flow.id.clone(),
            model: Arc::clone(&flow.model),
            cases: aligned,
            fitting: self
                .by_cost
                .iter()
                .filter(|((cost, _), _)| *cost == 0)
                .map(|(_, objects)| objects)
                .sum(),
            cost,
            fitness: match (aligned, self.not_aligned) {
                (0, 0) => 1.0,
                (0, _) => f64::NAN,
                _ => fitness / aligned as f64,
            },
            log_fitness: match (aligned, self.not_aligned) {
                (0, 1..) => f64::NAN,
                _ => share_kept(cost, worst),
            },
            variants,
            frequent: Vec::new(),
            not_aligned: self.not_aligned,
            steps: elements
                .zip(self.visible())
                .filter(|(_, is_visible)| *is_visible)
                .map(|((element, (passed, skipped)), _)| FlowStep {
                    element: element.id.clone(),
                    label: element.name.clone(),
                    passed: *passed,
                    skipped: *skipped,
                })
                .collect(),
            inserted,
        }
    }
}

/// One minus the share of the worst cost that was paid; 1 where there is nothing to pay.
fn share_kept(cost: u64, worst: u64) -> f64 {
    if worst == 0 {
        1.0
    } else {
        1.0 - cost as f64 / worst as f64
    }
}

/// The alignments of one object's activities with every flow that rules of its type follow: the
/// flow's id and the alignment, where one was found.
pub(crate) fn alignments(
    program: &Program,
    object_type: u16,
    activities: &[&str],
) -> Vec<(String, Alignment)> {
    let mut told = Vec::new();
    for (number, flow) in program.flows.iter().enumerate() {
        let is_followed = program.rules.iter().any(|rule| {
            let flow = matches!(&rule.judge, Judge::Flow(rule) if usize::from(rule.flow) == number);
            flow && rule.per == object_type
        });
        if !is_followed {
            continue;
        }
        let net = Arc::new(flow.model.net.clone());
        let label = |activity: &&str| {
            let known = net.labels.iter().position(|label| label == activity);
            let known = known.and_then(|number| u32::try_from(number).ok());
            known.map_or(Label::FOREIGN, Label)
        };
        let trace: Vec<Label> = activities.iter().map(label).collect();
        let aligned = Aligner::new(Arc::clone(&net), Limits::default())
            .and_then(|mut aligner| aligner.align(&trace));
        if let Some(alignment) = aligned.ok().and_then(Outcome::optimal) {
            told.push((flow.id.clone(), alignment));
        }
    }
    told
}
