//! Which rules want which activities.

use cage_model::Symbol;

use crate::monitor::Activities;

/// Rules by activity, each list in the order of the rules.
#[derive(Clone, Debug)]
pub(super) struct Routes {
    /// By activity's symbol: the first and one past the last of its rules in `rules`.
    ranges: Vec<(u32, u32)>,
    rules: Vec<u16>,
    /// The rules that want every activity.
    everything: Vec<u16>,
}

impl Routes {
    pub(super) fn new(wanted: impl Iterator<Item = Activities>) -> Self {
        let wanted: Vec<Activities> = wanted.collect();
        let everything = wanted.iter().enumerate();
        let everything: Vec<u16> = everything
            .filter(|(_, activities)| **activities == Activities::All)
            .map(|(rule, _)| rule as u16)
            .collect();
        let mut named: Vec<Symbol> = Vec::new();
        for activities in &wanted {
            if let Activities::Only(some) = activities {
                named.extend(some);
            }
        }
        named.sort_unstable();
        named.dedup();
        let mut routes = Self {
            ranges: vec![(0, 0); named.last().map_or(0, |last| last.index() + 1)],
            rules: Vec::new(),
            everything,
        };
        let whole = routes.rules.len() as u32;
        routes.rules.extend(&routes.everything);
        let all = (whole, routes.rules.len() as u32);
        routes.ranges.fill(all);
        for activity in named {
            let start = routes.rules.len() as u32;
            for (rule, activities) in wanted.iter().enumerate() {
                let wants = match activities {
                    Activities::All => true,
                    Activities::Only(some) => some.contains(&activity),
                };
                if wants {
                    routes.rules.push(rule as u16);
                }
            }
            routes.ranges[activity.index()] = (start, routes.rules.len() as u32);
        }
        routes
    }

    /// The rules that want an activity.
    #[inline]
    pub(super) fn of(&self, activity: Symbol) -> &[u16] {
        match self.ranges.get(activity.index()) {
            Some((start, end)) => &self.rules[*start as usize..*end as usize],
            None => &self.everything,
        }
    }
}
