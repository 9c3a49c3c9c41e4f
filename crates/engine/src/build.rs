//! From a rule to its monitor.

use cage_flow::BehaviourError;
use cage_pack::Judge;

use crate::columns::{Column, column};
use crate::monitor::aggregate::AggregateMonitor;
use crate::monitor::choice::ChoiceMonitor;
use crate::monitor::count::CountMonitor;
use crate::monitor::coverage::CoverageMonitor;
use crate::monitor::deadline::DeadlineMonitor;
use crate::monitor::duration::DurationMonitor;
use crate::monitor::flow::FlowMonitor;
use crate::monitor::immutable::ImmutableMonitor;
use crate::monitor::lag::LagMonitor;
use crate::monitor::order::OrderMonitor;
use crate::monitor::position::{EndMonitor, InitMonitor};
use crate::monitor::separation::SeparationMonitor;
use crate::monitor::sequence::SequenceMonitor;
use crate::monitor::silence::SilenceMonitor;
use crate::monitor::{Setting, relation};

/// A rule that cannot be judged, because its flow cannot be followed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("rule {rule}: {source}")]
pub struct Unsupported {
    /// The rule's id.
    pub rule: String,
    /// Why not.
    #[source]
    pub source: BehaviourError,
}

/// The column of a rule.
pub(crate) fn build(setting: &mut Setting<'_>) -> Result<Box<dyn Column>, Unsupported> {
    let rule = setting.rule;
    // `column(Kind::new(part, setting))` for each kind.
    match &rule.judge {
        Judge::Count {
            what,
            at_least,
            at_most,
        } => Ok(column(CountMonitor::new(
            what, *at_least, *at_most, setting,
        ))),
        Judge::Init(what) => Ok(column(InitMonitor::new(what, setting))),
        Judge::End(what) => Ok(column(EndMonitor::new(what, setting))),
        Judge::Choice { a, b, exclusive } => {
            Ok(column(ChoiceMonitor::new(a, b, *exclusive, setting)))
        }
        Judge::Relation(part) => Ok(relation::build(part, setting)),
        Judge::Aggregate(part) => Ok(column(AggregateMonitor::new(part, setting))),
        Judge::Coverage(part) => Ok(column(CoverageMonitor::new(part, setting))),
        Judge::Deadline(part) => Ok(column(DeadlineMonitor::new(part, setting))),
        Judge::Duration(part) => Ok(column(DurationMonitor::new(part, setting))),
        Judge::Immutable(part) => Ok(column(ImmutableMonitor::new(part, setting))),
        Judge::Lag(part) => Ok(column(LagMonitor::new(part, setting))),
        Judge::Order(part) => Ok(column(OrderMonitor::new(part, setting))),
        Judge::Separation(part) => Ok(column(SeparationMonitor::new(part, setting))),
        Judge::Sequence(part) => Ok(column(SequenceMonitor::new(part, setting))),
        Judge::Silence(part) => Ok(column(SilenceMonitor::new(part, setting))),
        Judge::Flow(part) => match FlowMonitor::new(part, setting) {
            Ok(monitor) => Ok(column(monitor)),
            Err(source) => Err(Unsupported {
                rule: rule.id.clone(),
                source,
            }),
        },
    }
}
