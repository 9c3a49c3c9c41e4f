//! A flow as its author drew it, beside the net that it means.

use crate::net::Net;

/// A flow: the net, and the elements of its file for pictures and reports.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Model {
    /// The id in the file.
    pub id: String,
    /// Its name; empty when the file gives none.
    pub name: String,
    /// What it means.
    pub net: Net,
    /// The nodes of the picture, in the order of the file.
    pub elements: Vec<Element>,
    /// The arrows of the picture.
    pub links: Vec<Link>,
    /// The bands of the picture, where the file draws them.
    pub lanes: Vec<Lane>,
    /// What a careful reader should know of the reading, one sentence each: bounds that were set,
    /// constructs that change nothing here (data objects, annotations).
    pub notes: Vec<String>,
}

/// A node of the picture.
#[derive(Clone, PartialEq, Debug)]
pub struct Element {
    /// Its id in the file.
    pub id: String,
    /// Its name as written; for a task the activity.
    pub name: String,
    /// What it is.
    pub kind: ElementKind,
    /// The lane (post) that may act, or the pool where it has no lanes.
    pub lane: Option<String>,
    /// Index of the sub-process that holds it; always lower than its own.
    pub parent: Option<u32>,
    /// For an event on a border the index of its activity.
    pub host: Option<u32>,
    /// Where the file draws it; `None` where it does not, and a layout is made for the picture.
    pub bounds: Option<Bounds>,
    /// The line of the file, counted from 1.
    pub line: u32,
}

/// What a node is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ElementKind {
    /// A task or call activity.
    Task,
    /// A start event.
    Start,
    /// An intermediate event (message, timer, signal, link).
    Intermediate,
    /// An event on the border of an activity.
    Boundary,
    /// An end event.
    End,
    /// An exclusive gateway.
    Exclusive,
    /// A parallel gateway.
    Parallel,
    /// An inclusive gateway.
    Inclusive,
    /// An event-based gateway.
    EventBased,
    /// A sub-process, drawn as a frame.
    SubProcess,
    /// A place of a Petri net.
    Place,
    /// A visible transition of a Petri net.
    Transition,
    /// A silent transition of a Petri net.
    Silent,
}

/// An arrow of the picture, from element to element.
#[derive(Clone, PartialEq, Debug)]
pub struct Link {
    /// Index of the source element.
    pub from: u32,
    /// Index of the target element.
    pub to: u32,
    /// Its name; usually empty.
    pub name: String,
    /// The points of the line; empty where the file draws none.
    pub points: Vec<Point>,
}

/// A band of the picture: a pool or a lane.
#[derive(Clone, PartialEq, Debug)]
pub struct Lane {
    /// Its name as written.
    pub name: String,
    /// Where the file draws it.
    pub bounds: Bounds,
}

/// A box of the picture.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bounds {
    /// Its centre.
    pub centre: Point,
    /// Its width; never negative.
    pub width: f64,
    /// Its height; never negative.
    pub height: f64,
}

/// A point of the picture.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}
