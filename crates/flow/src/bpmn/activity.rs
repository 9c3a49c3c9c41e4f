//! Activities: rounds, instances, sub-processes, and the events that interrupt them.

use super::diagram::{Kind, Repeat, Trigger};
use super::places::{HAPPENINGS_MAX, INSTANCES_MAX, NodePlaces, Shape, counted, shape};
use super::throws::Catcher;
use super::translate::{Step, Translator};
use crate::net::Place;

/// Adds the transitions of a task or sub-process and of the events on its border.
pub(super) fn activity(translator: &mut Translator<'_, '_>, index: usize) {
    let node = &translator.diagram.nodes[index];
    let own = translator.places.nodes[index].clone();
    match shape(translator.diagram, node) {
        Shape::Plain => {
            let label = translator.label(index);
            translator.leave(Step::from(own.entry).labelled(label), index);
        }
        Shape::Rounds => rounds(translator, index, &own),
        Shape::Instances => instances(translator, index, &own),
    }
    for boundary in &node.boundaries {
        border(translator, *boundary, &own);
    }
}

/// Rounds one after another; one round where nothing repeats.
fn rounds(translator: &mut Translator<'_, '_>, index: usize, own: &NodePlaces) {
    let repeat = translator.diagram.nodes[index].repeat;
    let armed = armed_on(translator, index);
    let once = [own.running, own.start].into_iter().flatten();
    if counted(repeat) {
        let most = repeat.at_most.unwrap_or(0) as usize;
        let rounds = own.todo.into_iter().flat_map(|todo| vec![todo; most]);
        let open = own.running.into_iter().chain(own.ready);
        let enter = open.chain(rounds).chain(armed.iter().copied());
        translator.push(Step::from(own.entry).to(enter), Some(index));
        let begin = Step::from(own.todo.into_iter().chain(own.ready));
        translator.push(begin.to(own.start), Some(index));
        let done = own.ready.into_iter().chain(own.did);
        translator.push(Step::from(own.finish).to(done), Some(index));
        let least = repeat.at_least as usize;
        let enough = own.did.into_iter().flat_map(|did| vec![did; least]);
        let exit = own.running.into_iter().chain(own.ready).chain(enough);
        let fixed = repeat.at_most == Some(repeat.at_least);
        let left = own.todo.into_iter().chain(own.did).filter(|_| !fixed);
        let exit = Step::from(exit).emptying(left.chain(armed));
        translator.leave(exit, index);
    } else {
        let enter = once.chain(armed.iter().copied());
        translator.push(Step::from(own.entry).to(enter), Some(index));
        if repeat.at_most.is_none() {
            translator.push(Step::from(own.finish).to(own.start), Some(index));
        }
        if repeat.at_least == 0 {
            translator.push(Step::from(own.start).to(own.finish), Some(index));
        }
        let exit = Step::from(own.finish.into_iter().chain(own.running));
        translator.leave(exit.emptying(armed), index);
    }
    round(translator, index, own);
}

/// One round: the task, or the sub-process from its start to its end.
fn round(translator: &mut Translator<'_, '_>, index: usize, own: &NodePlaces) {
    let Kind::SubProcess(scope) = translator.diagram.nodes[index].kind else {
        let label = translator.label(index);
        let step = Step::from(own.start).to(own.finish).labelled(label);
        translator.push(step, Some(index));
        return;
    };
    let inner = translator.places.scopes[scope].clone();
    let armed = armed_in(translator, scope);
    let open = inner.active.into_iter().chain([inner.source]);
    let open = open.chain(armed.iter().copied());
    translator.push(Step::from(own.start).to(open), Some(index));
    if let Some(active) = inner.active {
        let done = own.finish.into_iter().collect();
        translator.push_when_empty(active, inner.inside, done, armed, Some(index));
    }
    translator.scope(scope);
}

/// Instances of a sub-process that overlap. Their tokens are not told apart, so all of them are
/// over when nothing moves inside.
fn instances(translator: &mut Translator<'_, '_>, index: usize, own: &NodePlaces) {
    let (Kind::SubProcess(scope), Some(running)) =
        (&translator.diagram.nodes[index].kind, own.running)
    else {
        return;
    };
    let scope = *scope;
    let repeat = translator.diagram.nodes[index].repeat;
    let inner = translator.places.scopes[scope].clone();
    let mut armed = armed_on(translator, index);
    armed.extend(armed_in(translator, scope));
    let at_first = repeat.at_most.map_or(1, |most| most as usize);
    let later = own
        .todo
        .into_iter()
        .flat_map(|todo| vec![todo; INSTANCES_MAX - 1]);
    let enter = std::iter::once(running)
        .chain(vec![inner.source; at_first])
        .chain(later)
        .chain(armed.iter().copied());
    translator.push(Step::from(own.entry).to(enter), Some(index));
    if let Some(todo) = own.todo {
        let one_more = Step::from([running, todo]).to([running, inner.source]);
        translator.push(one_more, Some(index));
    }
    let counters = own.todo.into_iter().chain(own.did);
    let left: Vec<Place> = counters.chain(armed).collect();
    push_over(translator, index, own, left);
    translator.leave(Step::from(own.finish), index);
    translator.scope(scope);
}

/// The ways in which overlapping instances are over: nothing moves inside any more or, where a
/// condition may complete them early, at any time after enough of them.
fn push_over(
    translator: &mut Translator<'_, '_>,
    index: usize,
    own: &NodePlaces,
    mut left: Vec<Place>,
) {
    let node = &translator.diagram.nodes[index];
    let (Kind::SubProcess(scope), Some(running)) = (&node.kind, own.running) else {
        return;
    };
    let inner = translator.places.scopes[*scope].clone();
    let early = may_end_early(node.repeat);
    let finish: Vec<Place> = own.finish.into_iter().collect();
    let inside = inner.inside.clone();
    let node = Some(index);
    translator.push_when_empty(running, inside, finish.clone(), left.clone(), node);
    if early {
        left.extend(inner.inside.map(Place));
        let enough = own.did.filter(|_| inner.one_token);
        let step = Step::from(std::iter::once(running).chain(enough));
        translator.push(step.to(finish).emptying(left), node);
    }
}

fn may_end_early(repeat: Repeat) -> bool {
    repeat.at_most.is_some_and(|most| repeat.at_least < most)
}

/// Where the end of a token inside a scope puts a token.
pub(super) fn ending(translator: &Translator<'_, '_>, scope: usize) -> Vec<Place> {
    let diagram = translator.diagram;
    let Some(holder) = diagram.scopes[scope].node else {
        return Vec::new();
    };
    let node = &diagram.nodes[holder];
    let own = &translator.places.nodes[holder];
    let one_token = translator.places.scopes[scope].one_token;
    let place = match (&node.kind, shape(diagram, node)) {
        (Kind::SubProcess(_), _) if !one_token => None,
        (Kind::SubProcess(_), Shape::Rounds) => own.finish,
        (Kind::SubProcess(_), Shape::Instances) if own.todo.is_some() => own.todo,
        (Kind::SubProcess(_), Shape::Instances) => own.did.filter(|_| may_end_early(node.repeat)),
        _ => None,
    };
    place.into_iter().collect()
}

/// Adds an event on the border of an activity.
fn border(translator: &mut Translator<'_, '_>, index: usize, host: &NodePlaces) {
    let Kind::Boundary { interrupting, .. } = translator.diagram.nodes[index].kind else {
        return;
    };
    let label = translator.label(index);
    let own = translator.places.nodes[index].clone();
    let open = host.running.or(host.entry);
    let step = if translator
        .catchers
        .contains(&Some(Catcher::Boundary(index)))
    {
        Step::from(own.entry) // Whatever throws it also stops the activity.
    } else if interrupting {
        Step::from(open).emptying(host.inside.clone().map(Place))
    } else {
        Step::from(open.into_iter().chain(own.armed)).to(open)
    };
    translator.leave(step.labelled(label), index);
}

/// Adds a sub-process that an event of its parent's scope triggers.
pub(super) fn event_sub_process(translator: &mut Translator<'_, '_>, index: usize) {
    let node = &translator.diagram.nodes[index];
    let Kind::EventSubProcess(scope) = node.kind else {
        return;
    };
    let parent = translator.places.scopes[node.scope].clone();
    let inner = translator.places.scopes[scope].clone();
    let armed = translator.places.nodes[index].armed;
    let inner_armed = armed_in(translator, scope);
    if !translator
        .catchers
        .contains(&Some(Catcher::EventSubProcess(index)))
    {
        let open = parent.active.into_iter().chain(opening(translator, scope));
        let mut step = Step::from(parent.active.into_iter().chain(armed)).to(open);
        if interrupts(translator, scope) {
            step = step.emptying(interrupted(translator, node.scope));
        }
        translator.push(step, Some(index));
    }
    if let Some(active) = inner.active {
        translator.push_when_empty(active, inner.inside, Vec::new(), inner_armed, Some(index));
    }
    translator.scope(scope);
}

/// The tokens that open a scope.
fn opening(translator: &Translator<'_, '_>, scope: usize) -> Vec<Place> {
    let own = &translator.places.scopes[scope];
    let mut open: Vec<Place> = own.active.into_iter().chain([own.source]).collect();
    open.extend(armed_in(translator, scope));
    open
}

/// What an interrupting event sub-process empties: everything in its parent's scope.
fn interrupted(translator: &Translator<'_, '_>, scope: usize) -> Vec<Place> {
    let inside = translator.places.scopes[scope].inside.clone();
    let mut places: Vec<Place> = inside.map(Place).collect();
    places.extend(armed_in(translator, scope));
    places
}

fn interrupts(translator: &Translator<'_, '_>, scope: usize) -> bool {
    let starts = translator.diagram.starts(scope);
    starts.iter().any(|start| {
        let kind = &translator.diagram.nodes[*start].kind;
        matches!(
            kind,
            Kind::Start {
                interrupting: true,
                ..
            }
        )
    })
}

/// Adds an end event or a throwing event: what it throws may be caught, and an error or a
/// termination stops what still runs.
pub(super) fn throw(translator: &mut Translator<'_, '_>, step: Step, index: usize) {
    let diagram = translator.diagram;
    let node = &diagram.nodes[index];
    match translator.catchers[index] {
        Some(Catcher::Boundary(boundary)) => {
            let caught = translator.places.nodes[boundary].entry;
            match diagram.nodes[boundary].kind {
                Kind::Boundary {
                    host,
                    interrupting: true,
                    ..
                } => {
                    let inside = translator.places.nodes[host].inside.clone();
                    let step = step.to(caught).emptying(inside.map(Place));
                    translator.push_stop(step, index);
                }
                _ => translator.leave(step.to(caught), index),
            }
        }
        Some(Catcher::EventSubProcess(handler)) => {
            let Kind::EventSubProcess(scope) = diagram.nodes[handler].kind else {
                return;
            };
            let open = opening(translator, scope);
            if interrupts(translator, scope) {
                let parent = diagram.nodes[handler].scope;
                let armed = translator.places.nodes[handler].armed;
                let mut step = step.to(open).emptying(interrupted(translator, parent));
                step.consume.extend(armed);
                translator.push_stop(step, index);
            } else {
                translator.leave(step.to(open), index);
            }
        }
        None => match node.kind {
            Kind::End(Trigger::Terminate) => terminate(translator, step, index, node.scope),
            Kind::End(Trigger::Error(_)) => {
                let whole = outermost(translator, node.scope);
                terminate(translator, step, index, whole);
            }
            _ => translator.leave(step, index),
        },
    }
}

/// Ends a scope at once: a sub-process goes on after it, a process is over.
fn terminate(translator: &mut Translator<'_, '_>, step: Step, index: usize, scope: usize) {
    if translator.places.scopes[scope].one_token && scope == translator.diagram.nodes[index].scope {
        translator.leave(step, index);
        return;
    }
    let mut emptied = interrupted(translator, scope);
    if translator.diagram.scopes[scope].node.is_none() {
        emptied.extend(translator.places.scopes[scope].active);
    }
    let ending = ending(translator, scope);
    translator.push_stop(step.to(ending).emptying(emptied), index);
}

fn outermost(translator: &Translator<'_, '_>, mut scope: usize) -> usize {
    while let Some(parent) = translator.diagram.scopes[scope].parent {
        scope = parent;
    }
    scope
}

/// A token for each time that an event on the border of an activity may happen beside it.
fn armed_on(translator: &Translator<'_, '_>, index: usize) -> Vec<Place> {
    let boundaries = translator.diagram.nodes[index].boundaries.iter();
    let armed = boundaries.filter_map(|boundary| {
        let place = translator.places.nodes[*boundary].armed?;
        match &translator.diagram.nodes[*boundary].kind {
            Kind::Boundary { trigger, .. } => Some(vec![place; times(trigger)]),
            _ => None,
        }
    });
    armed.flatten().collect()
}

/// A token for each time that an event may start a sub-process of a scope.
pub(super) fn armed_in(translator: &Translator<'_, '_>, scope: usize) -> Vec<Place> {
    let diagram = translator.diagram;
    let nodes = diagram.scopes[scope].nodes.iter();
    let armed = nodes.filter_map(|node| {
        let Kind::EventSubProcess(inner) = diagram.nodes[*node].kind else {
            return None;
        };
        let place = translator.places.nodes[*node].armed?;
        let start = diagram.starts(inner).first().copied();
        let often = match start.map(|start| &diagram.nodes[start].kind) {
            Some(Kind::Start {
                trigger,
                interrupting: false,
            }) => times(trigger),
            _ => 1,
        };
        Some(vec![place; often])
    });
    armed.flatten().collect()
}

fn times(trigger: &Trigger) -> usize {
    if *trigger == Trigger::Timer {
        1
    } else {
        HAPPENINGS_MAX
    }
}
