//! Cuts of a directly-follows graph: choice, sequence, parallel, loop, tried in this order.

use std::collections::{BTreeMap, BTreeSet};

use crate::follows::DirectlyFollows;

/// A set of activities.
pub(super) type Part = BTreeSet<u32>;

/// A way to divide the activities; parts are in their order (sequence), or body first (loop).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Cut {
    Choice(Vec<Part>),
    Sequence(Vec<Part>),
    Parallel(Vec<Part>),
    Loop(Vec<Part>),
}

/// A directly-follows graph with its activities.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    follows: DirectlyFollows,
    activities: Part,
}

impl Graph {
    pub(super) fn new(follows: DirectlyFollows) -> Self {
        let ends = follows.starts.keys().chain(follows.ends.keys()).copied();
        let activities = follows
            .edges
            .keys()
            .flat_map(|(a, b)| [*a, *b])
            .chain(ends)
            .collect();
        Self {
            follows,
            activities,
        }
    }

    /// The graph without edges that are rare against the strongest edge leaving their source.
    pub(super) fn without_rare_edges(&self, percent: u32) -> Self {
        let mut strongest: BTreeMap<u32, u64> = self.follows.ends.clone();
        for ((from, _), count) in &self.follows.edges {
            let entry = strongest.entry(*from).or_default();
            *entry = (*entry).max(*count);
        }
        let most_start = self.follows.starts.values().copied().max().unwrap_or(0);
        let most_end = self.follows.ends.values().copied().max().unwrap_or(0);
        let frequent = |count: u64, most: u64| count * 100 >= most * u64::from(percent);
        let mut follows = self.follows.clone();
        follows
            .edges
            .retain(|(from, _), count| frequent(*count, strongest.get(from).copied().unwrap_or(0)));
        follows
            .starts
            .retain(|_, count| frequent(*count, most_start));
        follows.ends.retain(|_, count| frequent(*count, most_end));
        Self {
            follows,
            activities: self.activities.clone(),
        }
    }

    /// The first cut that divides the activities into at least two parts.
    pub(super) fn cut(&self) -> Option<Cut> {
        let several = |parts: Vec<Part>| (parts.len() > 1).then_some(parts);
        several(self.choice())
            .map(Cut::Choice)
            .or_else(|| several(self.sequence()).map(Cut::Sequence))
            .or_else(|| several(self.parallel()).map(Cut::Parallel))
            .or_else(|| several(self.repeated()).map(Cut::Loop))
    }

    fn has_edge(&self, from: u32, to: u32) -> bool {
        self.follows.edges.contains_key(&(from, to))
    }

    /// Activities that never meet in a case.
    fn choice(&self) -> Vec<Part> {
        components(&self.activities, |a, b| {
            self.has_edge(a, b) || self.has_edge(b, a)
        })
    }

    /// Activities that never come again once a later part has begun.
    fn sequence(&self) -> Vec<Part> {
        let reach = self.reachability();
        let reaches = |a: u32, b: u32| reach.get(&a).is_some_and(|reached| reached.contains(&b));
        let mut parts = components(&self.activities, |a, b| reaches(a, b) == reaches(b, a));
        parts.sort_by(|first, second| {
            let forward = first.iter().any(|a| second.iter().any(|b| reaches(*a, *b)));
            if forward {
                std::cmp::Ordering::Less
            } else {
                std::cmp::Ordering::Greater
            }
        });
        parts
    }

    /// For each activity those that can come later.
    fn reachability(&self) -> BTreeMap<u32, Part> {
        let mut next: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (from, to) in self.follows.edges.keys() {
            next.entry(*from).or_default().push(*to);
        }
        let reached_from = |start: u32| {
            let mut reached = Part::new();
            let mut open: Vec<u32> = next.get(&start).cloned().unwrap_or_default();
            while let Some(activity) = open.pop() {
                if reached.insert(activity) {
                    open.extend(next.get(&activity).into_iter().flatten().copied());
                }
            }
            reached
        };
        self.activities
            .iter()
            .map(|activity| (*activity, reached_from(*activity)))
            .collect()
    }

    /// Parts whose activities all follow each other in both directions; each part can start and
    /// end a case, parts that cannot are joined to the first.
    fn parallel(&self) -> Vec<Part> {
        let parts = components(&self.activities, |a, b| {
            !(self.has_edge(a, b) && self.has_edge(b, a))
        });
        let complete = |part: &Part| {
            part.iter()
                .any(|activity| self.follows.starts.contains_key(activity))
                && part
                    .iter()
                    .any(|activity| self.follows.ends.contains_key(activity))
        };
        let (mut whole, broken): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(complete);
        match whole.first_mut() {
            Some(first) => first.extend(broken.into_iter().flatten()),
            None => return Vec::new(),
        }
        whole
    }

    /// The body holds every start and end; the other parts lead from ends back to starts.
    fn repeated(&self) -> Vec<Part> {
        let starts: Part = self.follows.starts.keys().copied().collect();
        let ends: Part = self.follows.ends.keys().copied().collect();
        let mut body: Part = &starts | &ends;
        let rest: Part = &self.activities - &body;
        let candidates = components(&rest, |a, b| self.has_edge(a, b) || self.has_edge(b, a));
        let mut redo = Vec::new();
        for part in candidates {
            if self.leads_back(&part, &starts, &ends) {
                redo.push(part);
            } else {
                body.extend(part);
            }
        }
        if redo.is_empty() {
            return Vec::new();
        }
        redo.insert(0, body);
        redo
    }

    /// Entered only from ends and from every end where from any, left only to starts likewise.
    fn leads_back(&self, part: &Part, starts: &Part, ends: &Part) -> bool {
        let outside: Part = &self.activities - part;
        let clean = part.iter().all(|inside| {
            outside.iter().all(|other| {
                (!self.has_edge(*other, *inside) || ends.contains(other))
                    && (!self.has_edge(*inside, *other) || starts.contains(other))
            })
        });
        let all_ends = part.iter().all(|inside| {
            let entered = ends
                .iter()
                .filter(|end| self.has_edge(**end, *inside))
                .count();
            entered == 0 || entered == ends.len()
        });
        let all_starts = part.iter().all(|inside| {
            let left = starts
                .iter()
                .filter(|start| self.has_edge(*inside, **start))
                .count();
            left == 0 || left == starts.len()
        });
        clean && all_ends && all_starts
    }
}

/// Connected components under a symmetric relation, each by its smallest activity.
fn components(activities: &Part, related: impl Fn(u32, u32) -> bool) -> Vec<Part> {
    let mut left = activities.clone();
    let mut parts = Vec::new();
    while let Some(first) = left.pop_first() {
        let mut part = Part::from([first]);
        let mut open = vec![first];
        while let Some(activity) = open.pop() {
            let joined: Vec<u32> = left
                .iter()
                .copied()
                .filter(|other| related(activity, *other))
                .collect();
            for other in joined {
                left.remove(&other);
                part.insert(other);
                open.push(other);
            }
        }
        parts.push(part);
    }
    parts
}
