//! Takes silent steps out of a net that decide nothing, and places that nothing uses. The runs stay
//! the same; their silent closure, which is what following a net costs, gets smaller.
//!
//! Two fusions, repeated until nothing changes (after Murata 1989, for nets whose joins and resets
//! look at places elsewhere):
//! - *forwards*: a silent step that alone takes from a place is made one with the steps that put
//!   tokens there;
//! - *backwards*: a silent step from one place to another that alone puts tokens there is made one
//!   with the steps that take from there.
//!
//! In both a token lies in one place instead of another. No join, test or reset may tell the two
//! apart, and none may be named by the initial or a final marking.

use std::collections::{BTreeSet, VecDeque};

use crate::net::{Consume, Net, Place, Transition};

/// How many more entries a fusion may make than it removes.
const GROWTH_MAX: usize = 16;

/// The same runs with fewer silent steps.
pub(crate) fn simplify(net: Net) -> Net {
    let mut simplifier = Simplifier::new(net);
    let mut pending: VecDeque<usize> = (0..simplifier.net.transitions.len()).collect();
    while let Some(step) = pending.pop_front() {
        if simplifier.gone[step] {
            continue;
        }
        let touched = match simplifier.forwards(step) {
            Some(touched) => touched,
            None => simplifier.backwards(step).unwrap_or_default(),
        };
        pending.extend(touched);
    }
    simplifier.finish()
}

struct Simplifier {
    net: Net,
    gone: Vec<bool>,
    /// The steps around each place.
    producers: Vec<BTreeSet<usize>>,
    consumers: Vec<BTreeSet<usize>>,
    /// For each place who looks at it from elsewhere: joins and tests by incoming flow, resets.
    observers: Vec<Vec<u32>>,
    /// Places that must stay as they are.
    fixed: Vec<bool>,
    /// Incoming places of a join from which another of its incoming places can be reached: the join may go on without
    /// a token that is on its way to such a place, and not without one that lies there.
    tangled: Vec<bool>,
}

impl Simplifier {
    fn new(net: Net) -> Self {
        let places = net.places as usize;
        let mut simplifier = Self {
            gone: vec![false; net.transitions.len()],
            producers: vec![BTreeSet::new(); places],
            consumers: vec![BTreeSet::new(); places],
            observers: vec![Vec::new(); places],
            fixed: vec![false; places],
            tangled: vec![false; places],
            net,
        };
        let mut observer = 0;
        for (step, transition) in simplifier.net.transitions.iter().enumerate() {
            for place in &transition.produce {
                simplifier.producers[place.0 as usize].insert(step);
            }
            let consumed = match &transition.consume {
                Consume::All(places) => places,
                Consume::Inclusive(join) => {
                    for upstream in &join.upstream {
                        for place in upstream {
                            simplifier.observers[place.0 as usize].push(observer);
                        }
                        observer += 1;
                    }
                    for (own, place) in join.incoming.iter().enumerate() {
                        let mut others = join.upstream.iter().enumerate();
                        simplifier.fixed[place.0 as usize] = true;
                        simplifier.tangled[place.0 as usize] |= others
                            .any(|(other, upstream)| other != own && upstream.contains(place));
                    }
                    &join.incoming
                }
            };
            for place in consumed {
                simplifier.consumers[place.0 as usize].insert(step);
            }
            for place in &transition.reset {
                simplifier.observers[place.0 as usize].push(observer);
            }
            observer += 1;
        }
        let named = simplifier.net.initial.iter();
        for place in named.chain(simplifier.net.finals.iter().flatten()) {
            simplifier.fixed[place.0 as usize] = true;
        }
        simplifier
    }

    /// The one place that a silent step takes its one token from.
    fn silent_from(&self, step: usize) -> Option<usize> {
        let transition = &self.net.transitions[step];
        match &transition.consume {
            Consume::All(places) if transition.label.is_none() && transition.reset.is_empty() => {
                match places.as_slice() {
                    [place] => Some(place.0 as usize),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn alike(&self, one: usize, other: Place) -> bool {
        self.observers[one] == self.observers[other.0 as usize]
    }

    /// Makes a silent step one with those before it; yields the steps that changed.
    fn forwards(&mut self, step: usize) -> Option<Vec<usize>> {
        let from = self.silent_from(step)?;
        let produce = self.net.transitions[step].produce.clone();
        let before: Vec<usize> = self.producers[from].iter().copied().collect();
        let alone = self.consumers[from].len() == 1 && !self.fixed[from];
        // A token that only ends may end at once: nothing waits for it to stay.
        let alike = |place: &Place| self.alike(from, *place) && !self.tangled[place.0 as usize];
        let alike = produce.iter().all(alike);
        let split = produce.len() > 1 && !self.observers[from].is_empty();
        let grown = before.len() * produce.len() > before.len() + produce.len() + GROWTH_MAX;
        if !alone || !alike || split || grown || before.is_empty() || before.contains(&step) {
            return None;
        }
        for producer in &before {
            let list = &mut self.net.transitions[*producer].produce;
            let times = list.iter().filter(|place| place.0 as usize == from).count();
            list.retain(|place| place.0 as usize != from);
            for place in &produce {
                list.extend(std::iter::repeat_n(*place, times));
                self.producers[place.0 as usize].insert(*producer);
            }
        }
        self.remove(step);
        self.producers[from].clear();
        Some(before)
    }

    /// Makes a silent step one with those after it; yields the steps that changed.
    fn backwards(&mut self, step: usize) -> Option<Vec<usize>> {
        let from = self.silent_from(step)?;
        let [to] = self.net.transitions[step].produce[..] else {
            return None;
        };
        let at = to.0 as usize;
        let alone = self.producers[at].len() == 1 && !self.fixed[at];
        let alike = self.alike(from, to) && !self.tangled[from];
        if !alone || !alike || from == at || self.consumers[at].is_empty() {
            return None;
        }
        let after: Vec<usize> = self.consumers[at].iter().copied().collect();
        for consumer in &after {
            if let Consume::All(places) = &mut self.net.transitions[*consumer].consume {
                for place in places.iter_mut().filter(|place| **place == to) {
                    *place = Place(from as u32);
                }
            }
            self.consumers[from].insert(*consumer);
        }
        self.remove(step);
        self.consumers[at].clear();
        Some(after)
    }

    fn remove(&mut self, step: usize) {
        self.gone[step] = true;
        let transition = &self.net.transitions[step];
        for place in &transition.produce {
            self.producers[place.0 as usize].remove(&step);
        }
        if let Consume::All(places) = &transition.consume {
            for place in places {
                self.consumers[place.0 as usize].remove(&step);
            }
        }
    }

    /// Drops the steps that are gone and the places that nothing uses any more.
    fn finish(mut self) -> Net {
        let mut gone = self.gone.iter();
        self.net.transitions.retain(|_| gone.next() != Some(&true));
        let mut used = self.fixed;
        for transition in &self.net.transitions {
            let consumed = match &transition.consume {
                Consume::All(places) => places,
                Consume::Inclusive(join) => &join.incoming,
            };
            for place in consumed.iter().chain(&transition.produce) {
                used[place.0 as usize] = true;
            }
        }
        let mut next = 0;
        let number: Vec<Option<Place>> = used
            .iter()
            .map(|used| {
                let place = used.then_some(Place(next));
                next += u32::from(*used);
                place
            })
            .collect();
        let renumber = |places: &mut Vec<Place>| {
            *places = places
                .iter()
                .filter_map(|place| number[place.0 as usize])
                .collect();
        };
        let net = &mut self.net;
        for transition in &mut net.transitions {
            renumber_transition(transition, &renumber);
        }
        renumber(&mut net.initial);
        net.finals.iter_mut().for_each(renumber);
        net.places = next;
        let mut kept = used.iter();
        net.place_names.retain(|_| kept.next() == Some(&true));
        self.net
    }
}

fn renumber_transition(transition: &mut Transition, renumber: &dyn Fn(&mut Vec<Place>)) {
    renumber(&mut transition.produce);
    renumber(&mut transition.reset);
    match &mut transition.consume {
        Consume::All(places) => renumber(places),
        Consume::Inclusive(join) => {
            renumber(&mut join.incoming);
            join.upstream.iter_mut().for_each(renumber);
        }
    }
}

#[cfg(test)]
mod tests;
