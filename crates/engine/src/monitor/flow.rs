//! `flow`: whether an object goes through its activities as a model allows. The object itself is
//! the one activation.
//!
//! It is violated by the first event after which no run of the model can go on, or, where the
//! object ends, when no run ends there. Accepted deviations are put into the net: what may be
//! inserted becomes a step that is always possible, what may be skipped gets a silent twin.

mod prefixes;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use cage_flow::{Automaton, BehaviourError, Consume, Label, Limits, Net, State, Transition};
use cage_law::DayCount;
use cage_model::{Payload, Reason, Symbol};
use cage_pack::FlowRule;

use super::count::breach;
use crate::monitor::{Activities, Emit, EmitEnd, End, Monitor, Owed, Setting, Step};
use crate::state::{Damaged, Reader, Writer, demand};
use crate::variants::Variants;
use prefixes::{Prefix, Prefixes};

/// Activities of one object up to which its sequence is kept for alignment, in some 6 MB. The
/// verdict is exact for any length; objects beyond it are counted as not aligned.
const SEQUENCE_MAX: u32 = 100_000;

/// Follows objects through a model.
#[derive(Clone, Debug)]
pub(crate) struct FlowMonitor {
    automaton: Automaton,
    /// By an activity's symbol.
    labels: Vec<Option<Label>>,
    prefixes: Prefixes<Standing>,
}

/// How a sequence stands to the model.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Standing {
    /// It is the beginning of a run.
    On(State),
    /// It is not.
    Left,
    /// The model cannot be followed so far.
    Lost,
}

impl FlowMonitor {
    /// # Errors
    /// When the model cannot be followed at all.
    pub(crate) fn new(rule: &FlowRule, setting: &mut Setting<'_>) -> Result<Self, BehaviourError> {
        let flow = setting.program.flows.get(usize::from(rule.flow));
        let net = flow.map(|flow| &flow.model.net);
        let net = net.ok_or_else(|| BehaviourError::Malformed {
            what: "the rule names a flow that the program does not hold".to_owned(),
        })?;
        let lenient = lenient(net, rule, setting);
        let mut labels = Vec::new();
        for (number, label) in lenient.labels.iter().enumerate() {
            let index = setting.names.intern(label).index();
            if labels.len() <= index {
                labels.resize(index + 1, None);
            }
            labels[index] = Some(Label(number as u32));
        }
        let automaton = Automaton::new(Arc::new(lenient), Limits::default())?;
        let start = Standing::On(automaton.start());
        Ok(Self {
            automaton,
            labels,
            prefixes: Prefixes::new(start, SEQUENCE_MAX),
        })
    }

    /// A sequence with one activity more.
    #[inline]
    fn extend(&mut self, prefix: Prefix, activity: Symbol) -> Prefix {
        let Self {
            automaton,
            labels,
            prefixes,
        } = self;
        prefixes.extend(prefix, activity, |before| {
            let Standing::On(place) = before else {
                return before;
            };
            let label = labels.get(activity.index()).copied().flatten();
            match automaton.step(place, label.unwrap_or(Label::FOREIGN)) {
                Ok(Some(next)) => Standing::On(next),
                Ok(None) => Standing::Left,
                Err(_) => Standing::Lost,
            }
        })
    }
}

/// The net with what a rule accepts.
fn lenient(net: &Net, rule: &FlowRule, setting: &mut Setting<'_>) -> Net {
    let mut lenient = net.clone();
    let skipped = rule.allow_skipped.iter();
    let skipped: Vec<&str> = skipped.map(|name| setting.names.text(*name)).collect();
    for transition in &net.transitions {
        let name = transition
            .label
            .and_then(|label| net.labels.get(label.0 as usize));
        if name.is_some_and(|name| skipped.contains(&name.as_str())) {
            lenient.transitions.push(Transition {
                label: None,
                ..transition.clone()
            });
        }
    }
    for inserted in &rule.allow_inserted {
        let name = setting.names.text(*inserted);
        let known = lenient.labels.iter().position(|label| label == name);
        let number = known.unwrap_or_else(|| {
            lenient.labels.push(name.to_owned());
            lenient.labels.len() - 1
        });
        lenient.transitions.push(Transition {
            label: Some(Label(number as u32)),
            element: None,
            consume: Consume::All(Vec::new()),
            produce: Vec::new(),
            reset: Vec::new(),
        });
    }
    lenient
}

impl Monitor for FlowMonitor {
    type State = Prefix;
    type Memory = Prefix;

    fn activities(&self) -> Activities {
        Activities::All
    }

    fn step(&mut self, state: &mut Prefix, step: &Step<'_>, out: &mut dyn Emit) {
        if *state == Prefix::EMPTY {
            out.activated(1);
        }
        let before = self.prefixes.known(*state);
        *state = self.extend(*state, step.activity);
        if before != Standing::Left && self.prefixes.known(*state) == Standing::Left {
            let (event, at) = (Some(step.event()), step.moment.instant);
            out.violated(breach(event, at, Reason::FlowDeviation, Payload::None));
        }
    }

    fn owed(&self, state: &Prefix, _days: &DayCount, each: &mut dyn FnMut(Owed)) {
        if let Standing::On(place) = self.prefixes.known(*state)
            && !self.automaton.accepts(place)
        {
            each(Owed {
                trigger: None,
                due: None,
                remind: None,
                offset: 0,
            });
        }
    }

    fn finish(&self, state: &Prefix, end: &End<'_>, out: &mut dyn EmitEnd) {
        if *state == Prefix::EMPTY {
            out.activated(1);
        }
        let at = end.now.instant;
        match self.prefixes.known(*state) {
            Standing::Left => {}
            Standing::On(place) if self.automaton.accepts(place) => out.possibly_satisfied(1),
            Standing::On(_) if end.finite => {
                out.violated(breach(None, at, Reason::FlowIncomplete, Payload::None));
            }
            Standing::On(_) => out.pending(1),
            Standing::Lost => {
                let field = out.text(LOST);
                let payload = Payload::Field(field);
                out.undecided(breach(None, at, Reason::ExpressionFailed, payload));
            }
        }
    }

    fn reset(&mut self, state: &mut Prefix) {
        *state = Prefix::EMPTY;
    }

    fn recall(&self, state: &Prefix) -> Prefix {
        *state
    }

    fn remember(&mut self, memory: Prefix) -> Result<Prefix, Damaged> {
        demand(self.prefixes.holds(memory), "a sequence that is not kept")?;
        Ok(memory)
    }

    fn save_shared(&self, into: &mut Writer<'_>) {
        let steps = self.prefixes.steps();
        into.put(&(steps.len() as u64));
        steps.for_each(|step| into.put(&step));
    }

    fn load_shared(&mut self, from: &mut Reader<'_>) -> Result<(), Damaged> {
        for _ in 0..from.count()? {
            let (before, activity): (Prefix, Symbol) = from.take()?;
            demand(self.prefixes.holds(before), "a sequence of nothing")?;
            let grown = self.prefixes.len();
            self.extend(before, activity);
            demand(self.prefixes.len() > grown, "a sequence that is told twice")?;
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        self.prefixes.bytes()
    }

    fn variants(&self, states: &mut dyn Iterator<Item = &Prefix>) -> Variants {
        self.prefixes.variants(&mut states.copied())
    }
}

/// What a finding names where the automaton grew too large.
const LOST: &str = "the flow: it reaches more states than can be followed";
