//! What the layered layout arranges: boxes in bands, and arrows between them. And what it yields.

use crate::model::Point;

/// A box to place.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Item {
    /// From its centre to its left or right border, where arrows end.
    pub(super) port: f64,
    /// From its centre to where its column may end.
    pub(super) reach: f64,
    /// From its centre upwards.
    pub(super) above: f64,
    /// From its centre downwards.
    pub(super) below: f64,
    /// Its band, from the top.
    pub(super) band: usize,
}

/// An arrow between two boxes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Arrow {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) exit: Exit,
}

/// Where an arrow leaves its box.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Exit {
    /// In the middle of the right border.
    Right,
    /// At this distance from the centre, downwards: an event on the border.
    Below { x: f64, y: f64 },
}

/// Boxes and arrows of one frame.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Graph {
    pub(super) items: Vec<Item>,
    pub(super) arrows: Vec<Arrow>,
    pub(super) bands: usize,
}

/// A graph, arranged from the origin.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Placed {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) centres: Vec<Point>,
    pub(super) lines: Vec<Vec<Point>>,
    /// Top and bottom of each band.
    pub(super) bands: Vec<(f64, f64)>,
}
