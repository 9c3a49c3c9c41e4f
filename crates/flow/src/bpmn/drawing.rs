//! The picture that a file brings with it: bounds of nodes and pools, points of arrows (BPMN DI).
//!
//! A picture is a help, not the flow: a piece of it that is missing or unreadable is left out, and
//! the layout fills the gap.

use std::collections::BTreeMap;

use super::collect::text;
use super::diagram::{Diagram, Xml};
use crate::model::{Bounds, Lane, Model, Point};

const NAMESPACE: &str = "http://www.omg.org/spec/BPMN/20100524/DI";
/// The farthest from the origin, and the largest, that something may be drawn.
const FARTHEST: f64 = 1_000_000.0;

/// Reads the file's first diagram into a model.
pub(super) fn read(
    root: Xml<'_>,
    diagram: &Diagram<'_>,
    numbers: &[Option<u32>],
    model: &mut Model,
) {
    let own = |node: Xml<'_>, name: &str| node.has_tag_name((NAMESPACE, name));
    let Some(drawn) = root.children().find(|child| own(*child, "BPMNDiagram")) else {
        return;
    };
    let mut shapes: BTreeMap<&str, Bounds> = BTreeMap::new();
    let mut edges: BTreeMap<&str, Vec<Point>> = BTreeMap::new();
    for piece in drawn.descendants() {
        let Some(of) = piece.attribute("bpmnElement") else {
            continue;
        };
        let of = of.rsplit(':').next().unwrap_or(of);
        if own(piece, "BPMNShape") {
            if let Some(bounds) = bounds(piece) {
                shapes.entry(of).or_insert(bounds);
            }
        } else if own(piece, "BPMNEdge") {
            edges.entry(of).or_insert_with(|| points(piece));
        }
    }
    for element in &mut model.elements {
        element.bounds = shapes.get(element.id.as_str()).copied();
    }
    let flows = diagram
        .flows
        .iter()
        .filter(|flow| numbers[flow.from].is_some() && numbers[flow.to].is_some());
    for (link, flow) in model.links.iter_mut().zip(flows) {
        if let Some(points) = edges
            .get(flow.id.as_str())
            .filter(|points| points.len() > 1)
        {
            link.points.clone_from(points);
        }
    }
    for band in root.descendants() {
        if !matches!(band.tag_name().name(), "participant" | "lane") {
            continue;
        }
        let bounds = band.attribute("id").and_then(|id| shapes.get(id));
        model.lanes.extend(bounds.map(|bounds| Lane {
            name: text(band.attribute("name").unwrap_or_default()),
            bounds: *bounds,
        }));
    }
}

fn bounds(shape: Xml<'_>) -> Option<Bounds> {
    let drawn = shape
        .children()
        .find(|child| child.tag_name().name() == "Bounds")?;
    let (width, height) = (number(drawn, "width")?, number(drawn, "height")?);
    if width < 0.0 || height < 0.0 {
        return None;
    }
    Some(Bounds {
        centre: Point {
            x: number(drawn, "x")? + width / 2.0,
            y: number(drawn, "y")? + height / 2.0,
        },
        width,
        height,
    })
}

fn points(edge: Xml<'_>) -> Vec<Point> {
    let waypoints = edge
        .children()
        .filter(|child| child.tag_name().name() == "waypoint");
    let points: Option<Vec<Point>> = waypoints
        .map(|point| {
            Some(Point {
                x: number(point, "x")?,
                y: number(point, "y")?,
            })
        })
        .collect();
    points.unwrap_or_default()
}

fn number(node: Xml<'_>, name: &str) -> Option<f64> {
    let number: f64 = node.attribute(name)?.trim().parse().ok()?;
    (number.abs() <= FARTHEST).then_some(number)
}
