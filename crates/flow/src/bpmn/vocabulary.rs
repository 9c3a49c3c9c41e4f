//! The element names of BPMN 2.0: which are read, which are ignored knowingly, which are refused.

use super::diagram::Kind;

/// What becomes of an element inside a process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Word {
    /// A node of this kind; events, sub-processes and boundaries are completed by their content.
    Node(NodeWord),
    /// A sequence flow.
    SequenceFlow,
    /// A set of lanes.
    LaneSet,
    /// It changes nothing about the order of steps.
    Ignored,
    /// Leaving it out would change what the flow means, and why.
    Refused(&'static str),
}

/// A node, by its element name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum NodeWord {
    /// A task or call activity.
    Task,
    /// An embedded or event sub-process.
    SubProcess,
    /// A gateway.
    Gateway(Kind),
    /// An event.
    Event(EventWord),
}

/// An event, by its element name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum EventWord {
    Start,
    Catch,
    Throw,
    Boundary,
    End,
}

const TASKS: [&str; 9] = [
    "task",
    "userTask",
    "manualTask",
    "serviceTask",
    "scriptTask",
    "sendTask",
    "receiveTask",
    "businessRuleTask",
    "callActivity",
];

const IGNORED: [&str; 29] = [
    "artifact",
    "association",
    "auditing",
    "correlationSubscription",
    "dataInput",
    "dataInputAssociation",
    "dataObject",
    "dataObjectReference",
    "dataOutput",
    "dataOutputAssociation",
    "dataStoreReference",
    "documentation",
    "extensionElements",
    "group",
    "humanPerformer",
    "incoming",
    "inputSet",
    "ioBinding",
    "ioSpecification",
    "monitoring",
    "multiInstanceLoopCharacteristics",
    "outgoing",
    "outputSet",
    "performer",
    "potentialOwner",
    "property",
    "resourceRole",
    "standardLoopCharacteristics",
    "textAnnotation",
];
/// Ignored too, but rarely meant: not offered as a correction.
const IGNORED_RARELY: [&str; 3] = ["supportedInterfaceRef", "supports", "categoryValueRef"];

const REFUSED: [(&str, &str); 9] = [
    (
        "complexGateway",
        "when it fires is a formula over data; draw exclusive, parallel or inclusive gateways",
    ),
    (
        "transaction",
        "what a cancelled transaction undoes cannot be seen in a log; draw a sub-process with \
         boundary events",
    ),
    (
        "adHocSubProcess",
        "its tasks have no order; state what must hold with rules such as precedence and response",
    ),
    (
        "callChoreography",
        "only processes are read, not choreographies",
    ),
    (
        "choreographyTask",
        "only processes are read, not choreographies",
    ),
    (
        "subChoreography",
        "only processes are read, not choreographies",
    ),
    ("implicitThrowEvent", "it is not drawn in processes"),
    ("event", "it is abstract; write the kind of event"),
    ("gateway", "it is abstract; write the kind of gateway"),
];

const GATEWAYS: [(&str, Kind); 4] = [
    ("exclusiveGateway", Kind::Exclusive),
    ("parallelGateway", Kind::Parallel),
    ("inclusiveGateway", Kind::Inclusive),
    ("eventBasedGateway", Kind::EventBased),
];

const EVENTS: [(&str, EventWord); 5] = [
    ("startEvent", EventWord::Start),
    ("intermediateCatchEvent", EventWord::Catch),
    ("intermediateThrowEvent", EventWord::Throw),
    ("boundaryEvent", EventWord::Boundary),
    ("endEvent", EventWord::End),
];

/// What an element name inside a process means; `None` when BPMN has no such element there.
pub(super) fn find(name: &str) -> Option<Word> {
    if TASKS.contains(&name) {
        return Some(Word::Node(NodeWord::Task));
    }
    if let Some((_, kind)) = GATEWAYS.iter().find(|(known, _)| *known == name) {
        return Some(Word::Node(NodeWord::Gateway(kind.clone())));
    }
    if let Some((_, word)) = EVENTS.iter().find(|(known, _)| *known == name) {
        return Some(Word::Node(NodeWord::Event(*word)));
    }
    if let Some((_, why)) = REFUSED.iter().find(|(known, _)| *known == name) {
        return Some(Word::Refused(why));
    }
    match name {
        "subProcess" => Some(Word::Node(NodeWord::SubProcess)),
        "sequenceFlow" => Some(Word::SequenceFlow),
        "laneSet" => Some(Word::LaneSet),
        _ if IGNORED.contains(&name) || IGNORED_RARELY.contains(&name) => Some(Word::Ignored),
        _ => None,
    }
}

/// Every element name that may stand inside a process, for corrections.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let gateways = GATEWAYS.iter().map(|(name, _)| *name);
    let events = EVENTS.iter().map(|(name, _)| *name);
    let own = ["subProcess", "sequenceFlow", "laneSet"].into_iter();
    TASKS
        .into_iter()
        .chain(gateways)
        .chain(events)
        .chain(own)
        .chain(IGNORED)
}
