//! Where the nodes and arrows of a picture go: as the file draws them, or in layers from left to
//! right where it does not.
//!
//! The layered layout is that of Sugiyama, Tagawa and Toda (1981): ranks by longest path, few
//! crossings by barycentres, positions by repeated averaging; arrows run at right angles, and those
//! that lead back run above or below everything else. It is ours because lanes and sub-processes
//! must come out as bands and frames, the same in every run.

mod drawn;
mod graph;
mod lanes;
mod layers;
mod nested;
mod positions;
mod routes;
mod squeeze;

use crate::model::{Bounds, Model, Point};

/// A model's nodes and arrows with their places; the top left corner is the origin.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct Arrangement {
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// The box of each element, in their order.
    pub(crate) boxes: Vec<Bounds>,
    /// The line of each link, in their order.
    pub(crate) lines: Vec<Vec<Point>>,
    pub(crate) bands: Vec<Band>,
    /// Whether the file drew it.
    pub(crate) drawn: bool,
}

/// A pool or lane.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Band {
    pub(crate) name: String,
    pub(crate) bounds: Bounds,
}

/// The room that a node needs beside its box.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Room {
    /// Its own size.
    pub(crate) width: f64,
    pub(crate) height: f64,
    /// More to the left and right, for a name that is wider than the node.
    pub(crate) beside: f64,
    /// Above.
    pub(crate) above: f64,
    /// Below: its name, marks.
    pub(crate) below: f64,
}

/// Arranges a model; `rooms` says for each element what it needs.
pub(crate) fn arrange(model: &Model, rooms: &[Room]) -> Arrangement {
    drawn::take(model, rooms).unwrap_or_else(|| nested::arrange(model, rooms))
}

#[cfg(test)]
mod tests;
