//! How far down each box and stop stands: near its neighbours, in order, in its band.

use super::graph::{Graph, Item};
use super::layers::Layers;

/// Between two boxes of a column.
const GAP: f64 = 26.0;
/// Beside a stop.
const STOP_GAP: f64 = 12.0;
/// Inside the border of a band.
const BAND_PADDING: f64 = 18.0;
/// Times that positions are averaged.
const ROUNDS: usize = 24;

/// Positions from the top.
pub(super) struct Positions {
    /// Of each box and stop.
    pub(super) y: Vec<f64>,
    pub(super) height: f64,
    /// Top and bottom of each band.
    pub(super) bands: Vec<(f64, f64)>,
}

/// Places the columns of a graph.
pub(super) fn positions(graph: &Graph, layers: &Layers) -> Positions {
    let placer = Placer {
        items: &graph.items,
        layers,
    };
    let heights = placer.band_heights(graph.bands.max(1));
    let bands = stacked(&heights);
    let mut y = vec![0.0; layers.rank.len()];
    for column in &layers.columns {
        for group in placer.groups(column) {
            placer.stack(group, &bands, &mut y);
        }
    }
    let (left, right) = (layers.neighbours(true), layers.neighbours(false));
    for round in 0..ROUNDS {
        // The last round goes to the right, so that whatever follows one step lies level with it.
        let rightwards = round % 2 == 1;
        let side = if rightwards { &left } else { &right };
        let columns = layers.columns.len();
        for step in 0..columns {
            let at = if rightwards { step } else { columns - 1 - step };
            for group in placer.groups(&layers.columns[at]) {
                placer.settle(group, side, &bands, &mut y);
            }
        }
    }
    let bands = placer.tightened(bands.len(), &mut y);
    let height = bands.last().map_or(0.0, |band| band.1);
    Positions { y, height, bands }
}

fn stacked(heights: &[f64]) -> Vec<(f64, f64)> {
    let mut top = 0.0;
    let mut bands = Vec::new();
    for height in heights {
        bands.push((top, top + height));
        top += height;
    }
    bands
}

struct Placer<'g> {
    items: &'g [Item],
    layers: &'g Layers,
}

impl Placer<'_> {
    fn above(&self, node: usize) -> f64 {
        self.items.get(node).map_or(0.0, |item| item.above)
    }

    fn below(&self, node: usize) -> f64 {
        self.items.get(node).map_or(0.0, |item| item.below)
    }

    /// The least distance between the centres of two that follow each other.
    fn apart(&self, upper: usize, lower: usize) -> f64 {
        let stops = upper >= self.items.len() || lower >= self.items.len();
        let gap = if stops { STOP_GAP } else { GAP };
        self.below(upper) + gap + self.above(lower)
    }

    /// The runs of a column that belong to one band.
    fn groups<'c>(&self, column: &'c [usize]) -> impl Iterator<Item = &'c [usize]> {
        let band = &self.layers.band;
        column.chunk_by(move |one, other| band[*one] == band[*other])
    }

    /// How high each band must be for its fullest column; boxes of different heights in a row may
    /// still stand level.
    fn band_heights(&self, bands: usize) -> Vec<f64> {
        let mut heights = vec![(0.0_f64, 0.0_f64, 0.0_f64); bands];
        for column in &self.layers.columns {
            for group in self.groups(column) {
                let (Some(first), Some(last)) = (group.first(), group.last()) else {
                    continue;
                };
                let between = group.windows(2).map(|pair| self.apart(pair[0], pair[1]));
                let (above, inside, below) = &mut heights[self.layers.band[*first]];
                *above = above.max(self.above(*first));
                *inside = inside.max(between.sum());
                *below = below.max(self.below(*last));
            }
        }
        let heights = heights.into_iter();
        let heights = heights.map(|(above, inside, below)| above + inside + below);
        heights.map(|height| height + 2.0 * BAND_PADDING).collect()
    }

    /// Takes the free space out of the bands; yields their new tops and bottoms.
    fn tightened(&self, bands: usize, y: &mut [f64]) -> Vec<(f64, f64)> {
        let mut extents = vec![(f64::INFINITY, f64::NEG_INFINITY); bands];
        for (node, at) in y.iter().enumerate() {
            let (top, bottom) = &mut extents[self.layers.band[node]];
            *top = top.min(at - self.above(node));
            *bottom = bottom.max(at + self.below(node));
        }
        let heights: Vec<f64> = extents
            .iter()
            .map(|(top, bottom)| (bottom - top).max(0.0) + 2.0 * BAND_PADDING)
            .collect();
        let bands = stacked(&heights);
        for (node, at) in y.iter_mut().enumerate() {
            let band = self.layers.band[node];
            *at += bands[band].0 + BAND_PADDING - extents[band].0;
        }
        bands
    }

    /// Puts a group in the middle of its band, as close as it may stand.
    fn stack(&self, group: &[usize], bands: &[(f64, f64)], y: &mut [f64]) {
        let Some(first) = group.first() else {
            return;
        };
        let mut at = 0.0;
        y[*first] = 0.0;
        for pair in group.windows(2) {
            at += self.apart(pair[0], pair[1]);
            y[pair[1]] = at;
        }
        let (top, bottom) = bands[self.layers.band[*first]];
        let shift = (top + bottom) / 2.0 - at / 2.0;
        for node in group {
            y[*node] += shift;
        }
        self.keep_inside(group, (top, bottom), y);
    }

    /// Moves a group to where its neighbours are, keeping its order and distances: the least
    /// squares fit of an ascending sequence (pool adjacent violators).
    fn settle(&self, group: &[usize], side: &[Vec<usize>], bands: &[(f64, f64)], y: &mut [f64]) {
        let mut offset = 0.0;
        let mut offsets = Vec::with_capacity(group.len());
        let mut pools: Vec<(f64, f64, usize)> = Vec::with_capacity(group.len());
        for (index, node) in group.iter().enumerate() {
            if index > 0 {
                offset += self.apart(group[index - 1], *node);
            }
            offsets.push(offset);
            let (wanted, weight) = self.wanted(*node, side, y);
            let mut pool = (wanted - offset, weight, 1);
            while let Some(before) = pools.last().copied().filter(|before| before.0 > pool.0) {
                pools.pop();
                let weight = before.1 + pool.1;
                let value = (before.0 * before.1 + pool.0 * pool.1) / weight;
                pool = (value, weight, before.2 + pool.2);
            }
            pools.push(pool);
        }
        let values = pools.iter().flat_map(|pool| vec![pool.0; pool.2]);
        for ((node, offset), value) in group.iter().zip(&offsets).zip(values) {
            y[*node] = value + offset;
        }
        if let Some(first) = group.first() {
            self.keep_inside(group, bands[self.layers.band[*first]], y);
        }
    }

    /// Where a box would like to stand, and how much.
    fn wanted(&self, node: usize, side: &[Vec<usize>], y: &[f64]) -> (f64, f64) {
        let (mut sum, mut total) = (0.0, 0.0);
        for other in &side[node] {
            let stop = |at: usize| at >= self.items.len();
            // A long arrow should be straight above all.
            let weight = match (stop(node), stop(*other)) {
                (true, true) => 8.0,
                (false, false) => 1.0,
                _ => 2.0,
            };
            sum += weight * y[*other];
            total += weight;
        }
        if total == 0.0 {
            (y[node], 0.1)
        } else {
            (sum / total, total)
        }
    }

    fn keep_inside(&self, group: &[usize], (top, bottom): (f64, f64), y: &mut [f64]) {
        let mut least = top + BAND_PADDING;
        for (index, node) in group.iter().enumerate() {
            least += match index {
                0 => self.above(*node),
                _ => self.apart(group[index - 1], *node),
            };
            y[*node] = y[*node].max(least);
        }
        let mut most = bottom - BAND_PADDING;
        for (index, node) in group.iter().enumerate().rev() {
            most -= match group.get(index + 1) {
                None => self.below(*node),
                Some(next) => self.apart(*node, *next),
            };
            y[*node] = y[*node].min(most);
        }
    }
}
