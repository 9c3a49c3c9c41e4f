//! Ranks and orders: in which column each box stands, and in which order from the top.

use std::collections::VecDeque;

use super::graph::Graph;

/// Times that the order is improved.
const SWEEPS: usize = 16;
/// Places on the way of long arrows that are followed one by one; in a larger graph long arrows
/// run straight.
const STOPS_MAX: usize = 20_000;

/// Boxes in columns. Numbers from the count of the graph's items on are stops: places where a
/// long arrow passes a column.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Layers {
    /// From left to right, each from top to bottom.
    pub(super) columns: Vec<Vec<usize>>,
    /// The column of each box and stop.
    pub(super) rank: Vec<usize>,
    /// For each arrow what it passes, from its left end to its right end, both included; empty
    /// for an arrow that leads back.
    pub(super) chains: Vec<Vec<usize>>,
    /// The band of each box and stop.
    pub(super) band: Vec<usize>,
}

impl Layers {
    /// The neighbours of each box and stop, to the left or to the right.
    pub(super) fn neighbours(&self, left: bool) -> Vec<Vec<usize>> {
        let mut neighbours = vec![Vec::new(); self.rank.len()];
        for chain in &self.chains {
            for pair in chain.windows(2) {
                let (here, there) = if left {
                    (pair[1], pair[0])
                } else {
                    (pair[0], pair[1])
                };
                neighbours[here].push(there);
            }
        }
        neighbours
    }
}

/// Puts a graph in columns.
pub(super) fn layers(graph: &Graph) -> Layers {
    let back = back_arrows(graph);
    let mut layers = Layers {
        rank: ranks(graph, &back),
        band: graph.items.iter().map(|item| item.band).collect(),
        ..Layers::default()
    };
    let span = |from: usize, to: usize| layers.rank[to] - layers.rank[from];
    let forward = graph.arrows.iter().zip(&back).filter(|(_, back)| !**back);
    let stops: usize = forward
        .map(|(arrow, _)| span(arrow.from, arrow.to) - 1)
        .sum();
    for (arrow, back) in graph.arrows.iter().zip(&back) {
        let mut chain = Vec::new();
        if !back {
            chain.push(arrow.from);
            let (first, last) = (layers.rank[arrow.from] + 1, layers.rank[arrow.to]);
            for rank in (first..last).filter(|_| stops <= STOPS_MAX) {
                chain.push(layers.rank.len());
                layers.rank.push(rank);
                layers.band.push(layers.band[arrow.to]);
            }
            chain.push(arrow.to);
        }
        layers.chains.push(chain);
    }
    let columns = layers.rank.iter().max().map_or(0, |last| last + 1);
    layers.columns = vec![Vec::new(); columns];
    for (node, rank) in layers.rank.iter().enumerate() {
        layers.columns[*rank].push(node);
    }
    order(&mut layers);
    layers
}

/// The arrows that close a cycle, found in depth from the beginnings.
fn back_arrows(graph: &Graph) -> Vec<bool> {
    let mut leaving: Vec<Vec<usize>> = vec![Vec::new(); graph.items.len()];
    let mut entered = vec![false; graph.items.len()];
    for (index, arrow) in graph.arrows.iter().enumerate() {
        leaving[arrow.from].push(index);
        entered[arrow.to] |= arrow.from != arrow.to;
    }
    let mut back = vec![false; graph.arrows.len()];
    let mut state = vec![State::New; graph.items.len()];
    let all = 0..graph.items.len();
    let beginnings = all.clone().filter(|item| !entered[*item]);
    for root in beginnings.chain(all) {
        if state[root] != State::New {
            continue;
        }
        state[root] = State::Open;
        let mut path = vec![(root, 0)];
        while let Some((item, next)) = path.last_mut() {
            let Some(arrow) = leaving[*item].get(*next) else {
                state[*item] = State::Done;
                path.pop();
                continue;
            };
            *next += 1;
            let target = graph.arrows[*arrow].to;
            match state[target] {
                State::Open => back[*arrow] = true,
                State::Done => {}
                State::New => {
                    state[target] = State::Open;
                    path.push((target, 0));
                }
            }
        }
    }
    back
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

/// The column of each item: as far left as its arrows allow; what nothing leads to stands just
/// before what it leads to.
fn ranks(graph: &Graph, back: &[bool]) -> Vec<usize> {
    let mut leaving: Vec<Vec<usize>> = vec![Vec::new(); graph.items.len()];
    let mut waiting = vec![0_usize; graph.items.len()];
    for (arrow, _) in graph.arrows.iter().zip(back).filter(|(_, back)| !**back) {
        leaving[arrow.from].push(arrow.to);
        waiting[arrow.to] += 1;
    }
    let entered: Vec<bool> = waiting.iter().map(|waiting| *waiting > 0).collect();
    let all = 0..graph.items.len();
    let mut ready: VecDeque<usize> = all.filter(|item| waiting[*item] == 0).collect();
    let mut rank = vec![0_usize; graph.items.len()];
    while let Some(item) = ready.pop_front() {
        for next in &leaving[item] {
            rank[*next] = rank[*next].max(rank[item] + 1);
            waiting[*next] -= 1;
            if waiting[*next] == 0 {
                ready.push_back(*next);
            }
        }
    }
    for item in 0..graph.items.len() {
        if !entered[item] {
            let nearest = leaving[item].iter().map(|next| rank[*next]).min();
            rank[item] = nearest.map_or(rank[item], |nearest| nearest.saturating_sub(1));
        }
    }
    rank
}

/// Orders each column by where its neighbours stand, and keeps the order with fewest crossings.
fn order(layers: &mut Layers) {
    let (left, right) = (layers.neighbours(true), layers.neighbours(false));
    let by_band = |layers: &mut Layers| {
        let band = layers.band.clone();
        for column in &mut layers.columns {
            column.sort_by_key(|node| band[*node]);
        }
    };
    by_band(layers);
    let mut best = layers.columns.clone();
    let mut fewest = crossings(layers, &right);
    for sweep in 0..SWEEPS {
        if fewest == 0 {
            break;
        }
        let rightwards = sweep % 2 == 0;
        let neighbours = if rightwards { &left } else { &right };
        let mut place = places(layers);
        let columns = layers.columns.len();
        for step in 0..columns {
            let at = if rightwards { step } else { columns - 1 - step };
            sort_column(layers, at, neighbours, &mut place);
        }
        let found = crossings(layers, &right);
        if found < fewest {
            fewest = found;
            best.clone_from(&layers.columns);
        }
    }
    layers.columns = best;
}

fn places(layers: &Layers) -> Vec<usize> {
    let mut place = vec![0; layers.rank.len()];
    for column in &layers.columns {
        for (at, node) in column.iter().enumerate() {
            place[*node] = at;
        }
    }
    place
}

fn sort_column(layers: &mut Layers, at: usize, neighbours: &[Vec<usize>], place: &mut [usize]) {
    let key = |node: &usize| {
        let near = &neighbours[*node];
        if near.is_empty() {
            return place[*node] as f64;
        }
        let sum: usize = near.iter().map(|other| place[*other]).sum();
        sum as f64 / near.len() as f64
    };
    let band = &layers.band;
    let column = &mut layers.columns[at];
    let mut keyed: Vec<(usize, f64, usize)> = column
        .iter()
        .map(|node| (band[*node], key(node), *node))
        .collect();
    keyed.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
    for (index, (_, _, node)) in keyed.iter().enumerate() {
        column[index] = *node;
        place[*node] = index;
    }
}

/// How many pairs of arrows cross between neighbouring columns.
fn crossings(layers: &Layers, right: &[Vec<usize>]) -> usize {
    let place = places(layers);
    let mut total = 0;
    for (at, column) in layers.columns.iter().enumerate() {
        let below = layers.columns.get(at + 1).map_or(0, Vec::len);
        let mut counts = vec![0_usize; below + 1];
        let mut seen = 0;
        for node in column {
            let near = right[*node]
                .iter()
                .filter(|next| layers.rank[**next] == at + 1);
            let mut targets: Vec<usize> = near.map(|next| place[*next]).collect();
            targets.sort_unstable();
            for target in &targets {
                total += seen - up_to(&counts, *target);
            }
            seen += targets.len();
            for target in targets {
                add(&mut counts, target);
            }
        }
    }
    total
}

/// How many were added at this index or before (a binary indexed tree).
fn up_to(counts: &[usize], index: usize) -> usize {
    let mut at = index + 1;
    let mut sum = 0;
    while at > 0 {
        sum += counts[at];
        at &= at - 1;
    }
    sum
}

fn add(counts: &mut [usize], index: usize) {
    let mut at = index + 1;
    while at < counts.len() {
        counts[at] += 1;
        at += at & at.wrapping_neg();
    }
}
