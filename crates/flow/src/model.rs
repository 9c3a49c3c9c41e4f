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
    /// The lane (post) that may act, where one is drawn.
    pub lane: Option<String>,
    /// Centre, width and height in the picture's units; `None` until a layout gives them.
    pub bounds: Option<(Point, f64, f64)>,
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
    /// The points of the line; empty until a layout gives them.
    pub points: Vec<Point>,
}

/// A point of the picture.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}
