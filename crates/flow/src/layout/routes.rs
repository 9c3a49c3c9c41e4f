//! The lines of arrows, at right angles: in the gaps between columns they change their height,
//! each on a track of its own where two would lie upon each other.

use super::graph::{Arrow, Exit, Graph, Placed};
use super::layers::Layers;
use super::positions::Positions;
use crate::model::Point;

/// Between two columns, before tracks are added.
const GAP: f64 = 28.0;
/// Between two tracks.
const TRACK: f64 = 9.0;
/// From the content to the first arrow that leads back.
const BACK_GAP: f64 = 16.0;
/// How far an arrow from a lower border goes down before it turns.
const DROP: f64 = 14.0;

/// A change of height in a gap.
#[derive(Clone, Copy, Debug)]
struct Jog {
    gap: usize,
    from: f64,
    to: f64,
    /// Jogs with the same leader share their track.
    leader: usize,
    track: usize,
}

/// What an arrow does, before it is known where the columns stand.
#[derive(Clone, Debug, Default)]
struct Route {
    /// The heights it runs at, and the jogs between them.
    heights: Vec<f64>,
    jogs: Vec<usize>,
}

/// Draws the lines and fixes the columns.
pub(super) fn routes(graph: &Graph, layers: &Layers, positions: Positions) -> Placed {
    let mut router = Router {
        graph,
        layers,
        y: positions.y,
        jogs: Vec::new(),
        routes: Vec::new(),
        above: 0.0,
        below: positions.height,
    };
    let tracks = router.back_tracks();
    for (index, arrow) in graph.arrows.iter().enumerate() {
        let route = match tracks.get(index).copied().flatten() {
            Some(height) => router.back(arrow, index, height),
            None => router.forward(arrow, index),
        };
        router.routes.push(route);
    }
    let gaps = router.assign_tracks();
    router.place(&gaps, &positions.bands)
}

struct Router<'g> {
    graph: &'g Graph,
    layers: &'g Layers,
    y: Vec<f64>,
    jogs: Vec<Jog>,
    routes: Vec<Route>,
    /// The top and the bottom of everything.
    above: f64,
    below: f64,
}

impl Router<'_> {
    /// The height at which each arrow that leads back runs: above or below everything, whichever
    /// is nearer; short ones inside long ones.
    fn back_tracks(&mut self) -> Vec<Option<f64>> {
        let mut tracks = vec![None; self.graph.arrows.len()];
        let span = |arrow: &Arrow| (self.layers.rank[arrow.to], self.layers.rank[arrow.from]);
        let chains = self.layers.chains.iter().enumerate();
        let mut back: Vec<usize> = chains
            .filter(|(_, chain)| chain.is_empty())
            .map(|(index, _)| index)
            .collect();
        back.sort_by_key(|index| {
            let (left, right) = span(&self.graph.arrows[*index]);
            right - left
        });
        let middle = self.below / 2.0;
        let mut taken: [Vec<Vec<(usize, usize)>>; 2] = [Vec::new(), Vec::new()];
        for index in back {
            let arrow = &self.graph.arrows[index];
            let (left, right) = span(arrow);
            let high = (self.y[arrow.from] + self.y[arrow.to]) / 2.0 < middle;
            let rows = &mut taken[usize::from(high)];
            let free = |row: &Vec<(usize, usize)>| {
                row.iter()
                    .all(|(from, to)| right + 1 < *from || *to + 1 < left)
            };
            let row = rows.iter().position(free).unwrap_or(rows.len());
            if row == rows.len() {
                rows.push(Vec::new());
            }
            rows[row].push((left, right));
            let away = BACK_GAP + TRACK * 1.4 * row as f64;
            tracks[index] = Some(if high { -away } else { self.below + away });
        }
        let room = |rows: usize| match rows {
            0 => 0.0,
            rows => BACK_GAP + TRACK * 1.4 * rows as f64,
        };
        self.above = -room(taken[1].len());
        self.below += room(taken[0].len());
        tracks
    }

    /// The height at which an arrow leaves its box.
    fn leaving(&self, arrow: &Arrow) -> f64 {
        let y = self.y[arrow.from];
        match arrow.exit {
            Exit::Right => y,
            Exit::Below { y: down, .. } => y + down + DROP,
        }
    }

    fn forward(&mut self, arrow: &Arrow, index: usize) -> Route {
        let chain = &self.layers.chains[index];
        let mut route = Route {
            heights: vec![self.leaving(arrow)],
            jogs: Vec::new(),
        };
        for (step, node) in chain.iter().enumerate().skip(1) {
            let before = route.heights.last().copied().unwrap_or_default();
            let gap = self.layers.rank[chain[step - 1]] + 1;
            let leader = if step == 1 && arrow.exit == Exit::Right {
                arrow.from
            } else {
                self.y.len() + index
            };
            self.jog(&mut route, gap, (before, self.y[*node]), leader);
        }
        route
    }

    fn back(&mut self, arrow: &Arrow, index: usize, height: f64) -> Route {
        let start = self.leaving(arrow);
        let mut route = Route {
            heights: vec![start],
            jogs: Vec::new(),
        };
        let leader = self.y.len() + index;
        let (right, left) = (self.layers.rank[arrow.from] + 1, self.layers.rank[arrow.to]);
        self.jog(&mut route, right, (start, height), leader);
        self.jog(&mut route, left, (height, self.y[arrow.to]), leader);
        route
    }

    fn jog(&mut self, route: &mut Route, gap: usize, (from, to): (f64, f64), leader: usize) {
        route.jogs.push(self.jogs.len());
        route.heights.push(to);
        self.jogs.push(Jog {
            gap,
            from,
            to,
            leader,
            track: 0,
        });
    }

    /// Gives the jogs of each gap their tracks; yields how many each gap has.
    fn assign_tracks(&mut self) -> Vec<usize> {
        let mut tracks = vec![0; self.layers.columns.len() + 1];
        for (gap, tracks) in tracks.iter_mut().enumerate() {
            let here = (0..self.jogs.len()).filter(|at| {
                let jog = &self.jogs[*at];
                jog.gap == gap && (jog.from - jog.to).abs() > 0.5
            });
            let groups = grouped(&self.jogs, here);
            let mut placed: Vec<(f64, f64, usize)> = Vec::new();
            for group in groups {
                let apart =
                    |one: &(f64, f64, usize)| group.high + 2.0 < one.0 || one.1 + 2.0 < group.low;
                let clashing = placed.iter().filter(|other| !apart(other));
                let track = clashing.map(|other| other.2 + 1).max().unwrap_or(0);
                placed.push((group.low, group.high, track));
                *tracks = (*tracks).max(track + 1);
                for jog in group.jogs {
                    self.jogs[jog].track = track;
                }
            }
        }
        tracks
    }

    /// Fixes the columns and draws every line.
    fn place(self, tracks: &[usize], bands: &[(f64, f64)]) -> Placed {
        let reach = |column: &[usize]| {
            let items = column.iter().filter_map(|node| self.graph.items.get(*node));
            items.map(|item| item.reach).fold(0.0, f64::max)
        };
        let wide = |tracks: usize| GAP + TRACK * tracks.saturating_sub(1) as f64;
        // A gap before the first column is needed only for arrows that lead back to it.
        let mut right = if tracks.first().is_some_and(|tracks| *tracks > 0) {
            wide(tracks[0])
        } else {
            0.0
        };
        let mut columns = Vec::new();
        let mut edges = vec![right];
        for (at, column) in self.layers.columns.iter().enumerate() {
            let reach = reach(column);
            columns.push(right + reach);
            right += 2.0 * reach;
            edges.push(right);
            right += wide(tracks.get(at + 1).copied().unwrap_or(0));
        }
        let last = self.layers.columns.len();
        if tracks.get(last).is_none_or(|tracks| *tracks == 0) {
            right = edges[last];
        }
        let track_x = |jog: &Jog| {
            let count = tracks[jog.gap] as f64;
            let start = match jog.gap {
                0 => edges[0] - wide(tracks[0]),
                gap => edges[gap],
            };
            start + (wide(tracks[jog.gap]) - TRACK * (count - 1.0)) / 2.0 + TRACK * jog.track as f64
        };
        let items = self.graph.items.iter().enumerate();
        let centres: Vec<Point> = items
            .map(|(item, _)| Point {
                x: columns[self.layers.rank[item]],
                y: self.y[item] - self.above,
            })
            .collect();
        let lines = self
            .graph
            .arrows
            .iter()
            .zip(&self.routes)
            .map(|(arrow, route)| self.line(arrow, route, &centres, &track_x));
        Placed {
            width: right,
            height: self.below - self.above,
            lines: lines.collect(),
            bands: bands
                .iter()
                .map(|(top, bottom)| (top - self.above, bottom - self.above))
                .collect(),
            centres,
        }
    }

    fn line(
        &self,
        arrow: &Arrow,
        route: &Route,
        centres: &[Point],
        track_x: &dyn Fn(&Jog) -> f64,
    ) -> Vec<Point> {
        let (from, to) = (centres[arrow.from], centres[arrow.to]);
        let mut points = match arrow.exit {
            Exit::Right => vec![Point {
                x: from.x + self.graph.items[arrow.from].port,
                y: from.y,
            }],
            Exit::Below { x, y } => vec![
                Point {
                    x: from.x + x,
                    y: from.y + y,
                },
                Point {
                    x: from.x + x,
                    y: from.y + y + DROP,
                },
            ],
        };
        for jog in route.jogs.iter().map(|jog| &self.jogs[*jog]) {
            if (jog.from - jog.to).abs() <= 0.5 {
                continue;
            }
            let x = track_x(jog);
            points.push(Point {
                x,
                y: jog.from - self.above,
            });
            points.push(Point {
                x,
                y: jog.to - self.above,
            });
        }
        points.push(Point {
            x: to.x - self.graph.items[arrow.to].port,
            y: to.y,
        });
        simplified(points)
    }
}

/// Jogs that share a track.
struct Group {
    low: f64,
    high: f64,
    from: f64,
    down: bool,
    jogs: Vec<usize>,
}

/// The jogs of a gap by leader, in the order in which their tracks cross least: those that go
/// down from the lowest, then those that go up from the highest.
fn grouped(jogs: &[Jog], here: impl Iterator<Item = usize>) -> Vec<Group> {
    let mut by_leader: std::collections::BTreeMap<(usize, bool), Group> =
        std::collections::BTreeMap::new();
    for at in here {
        let jog = &jogs[at];
        let down = jog.to > jog.from;
        let group = by_leader.entry((jog.leader, down)).or_insert(Group {
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            from: jog.from,
            down,
            jogs: Vec::new(),
        });
        group.low = group.low.min(jog.from.min(jog.to));
        group.high = group.high.max(jog.from.max(jog.to));
        group.jogs.push(at);
    }
    let mut groups: Vec<Group> = by_leader.into_values().collect();
    groups.sort_by(|one, other| {
        let height = |group: &Group| if group.down { -group.from } else { group.from };
        (!one.down)
            .cmp(&!other.down)
            .then(height(one).total_cmp(&height(other)))
    });
    groups
}

/// A line without the points that it passes straight through.
fn simplified(points: Vec<Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::with_capacity(points.len());
    for point in points {
        while let [.., before, last] = kept.as_slice() {
            let flat = (before.y - last.y).abs() < 0.01 && (last.y - point.y).abs() < 0.01;
            let steep = (before.x - last.x).abs() < 0.01 && (last.x - point.x).abs() < 0.01;
            if !flat && !steep {
                break;
            }
            kept.pop();
        }
        kept.push(point);
    }
    kept
}
