//! The arrangement that a file brings: taken when it has a box for every node, when those of
//! activities can hold a name, and when no two lie upon each other, as they do in the files of
//! some programs.

use super::squeeze::squeeze;
use super::{Arrangement, Band, Room};
use crate::model::{Bounds, ElementKind, Model, Point};

/// Free space around the drawing.
const MARGIN: f64 = 24.0;

/// The file's own arrangement, moved to the origin; `None` when a node lacks a box.
pub(super) fn take(model: &Model, rooms: &[Room]) -> Option<Arrangement> {
    let boxes: Option<Vec<Bounds>> = model
        .elements
        .iter()
        .map(|element| element.bounds)
        .collect();
    let mut boxes = boxes?;
    if boxes.is_empty() || too_small(model, &boxes) || overlapping(model, &boxes) {
        return None;
    }
    let mut lines: Vec<Vec<Point>> = model
        .links
        .iter()
        .map(|link| {
            let ends = (boxes.get(link.from as usize), boxes.get(link.to as usize));
            match ends {
                (Some(from), Some(to)) if link.points.len() < 2 => straight(*from, *to),
                _ => link.points.clone(),
            }
        })
        .collect();
    let mut bands: Vec<Band> = model
        .lanes
        .iter()
        .map(|lane| Band {
            name: lane.name.clone(),
            bounds: lane.bounds,
        })
        .collect();
    let (low, high) = extent(&boxes, &lines, &bands);
    let move_to_origin = |point: &mut Point| {
        point.x += MARGIN - low.x;
        point.y += MARGIN - low.y;
    };
    for bounds in boxes
        .iter_mut()
        .chain(bands.iter_mut().map(|band| &mut band.bounds))
    {
        move_to_origin(&mut bounds.centre);
    }
    for point in lines.iter_mut().flatten() {
        move_to_origin(point);
    }
    let solid = solid(model, &boxes, rooms);
    let lowest = solid
        .iter()
        .map(|bounds| bounds.centre.y + bounds.height / 2.0);
    let mut arrangement = Arrangement {
        width: high.x - low.x + 2.0 * MARGIN,
        height: lowest.fold(high.y - low.y + MARGIN, f64::max) + MARGIN,
        boxes,
        lines,
        bands,
        drawn: true,
    };
    squeeze(&mut arrangement, &solid);
    Some(arrangement)
}

/// The boxes that keep their size, with the room for what stands below them; frames may shrink.
fn solid(model: &Model, boxes: &[Bounds], rooms: &[Room]) -> Vec<Bounds> {
    let elements = model.elements.iter().zip(boxes).zip(rooms);
    let solid = elements.filter(|((element, _), _)| element.kind != ElementKind::SubProcess);
    let with_room = solid.map(|((_, bounds), room)| Bounds {
        centre: Point {
            x: bounds.centre.x,
            y: bounds.centre.y + room.below / 2.0,
        },
        width: bounds.width,
        height: bounds.height + room.below,
    });
    with_room.collect()
}

fn extent(boxes: &[Bounds], lines: &[Vec<Point>], bands: &[Band]) -> (Point, Point) {
    let mut low = Point {
        x: f64::INFINITY,
        y: f64::INFINITY,
    };
    let mut high = Point {
        x: f64::NEG_INFINITY,
        y: f64::NEG_INFINITY,
    };
    let mut take = |x: f64, y: f64| {
        low = Point {
            x: low.x.min(x),
            y: low.y.min(y),
        };
        high = Point {
            x: high.x.max(x),
            y: high.y.max(y),
        };
    };
    for bounds in boxes.iter().chain(bands.iter().map(|band| &band.bounds)) {
        let (across, down) = (bounds.width / 2.0, bounds.height / 2.0);
        take(bounds.centre.x - across, bounds.centre.y - down);
        take(bounds.centre.x + across, bounds.centre.y + down);
    }
    for point in lines.iter().flatten() {
        take(point.x, point.y);
    }
    (low, high)
}

/// The smallest box of an activity that can hold a name.
const ACTIVITY_MIN: (f64, f64) = (60.0, 30.0);

fn too_small(model: &Model, boxes: &[Bounds]) -> bool {
    let mut nodes = model.elements.iter().zip(boxes);
    nodes.any(|(element, bounds)| {
        let named = matches!(element.kind, ElementKind::Task | ElementKind::Transition);
        named && (bounds.width < ACTIVITY_MIN.0 || bounds.height < ACTIVITY_MIN.1)
    })
}

/// How far boxes may lie upon each other.
const OVERLAP_MAX: f64 = 4.0;

/// Whether two nodes, frames and events on borders apart, hide each other.
fn overlapping(model: &Model, boxes: &[Bounds]) -> bool {
    let apart = [ElementKind::SubProcess, ElementKind::Boundary];
    let nodes = model.elements.iter().zip(boxes);
    let nodes: Vec<&Bounds> = nodes
        .filter(|(element, _)| !apart.contains(&element.kind))
        .map(|(_, bounds)| bounds)
        .collect();
    let meet = |one: &Bounds, other: &Bounds| {
        let across = (one.width + other.width) / 2.0 - (one.centre.x - other.centre.x).abs();
        let down = (one.height + other.height) / 2.0 - (one.centre.y - other.centre.y).abs();
        across.min(down) > OVERLAP_MAX
    };
    let pairs = nodes.iter().enumerate();
    let mut pairs =
        pairs.flat_map(|(at, one)| nodes[at + 1..].iter().map(move |other| (one, other)));
    pairs.any(|(one, other)| meet(one, other))
}

/// A straight line from the border of one box to that of another.
fn straight(from: Bounds, to: Bounds) -> Vec<Point> {
    let (start, end) = (from.centre, to.centre);
    vec![border(from, end), border(to, start)]
}

/// Where the line from a box's centre to a point leaves the box.
fn border(bounds: Bounds, towards: Point) -> Point {
    let (x, y) = (towards.x - bounds.centre.x, towards.y - bounds.centre.y);
    let across = if x == 0.0 {
        f64::INFINITY
    } else {
        bounds.width / 2.0 / x.abs()
    };
    let down = if y == 0.0 {
        f64::INFINITY
    } else {
        bounds.height / 2.0 / y.abs()
    };
    let share = across.min(down).min(1.0);
    Point {
        x: bounds.centre.x + x * share,
        y: bounds.centre.y + y * share,
    }
}
