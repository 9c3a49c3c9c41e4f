//! Activities, events, gateways, places.

use std::fmt::Write;

use super::marks::{Marks, Tone};
use super::rooms::{BESIDE_SIZE, BESIDE_WIDTH, COUNT_LINE, LINE, LINES_MAX, NAME_SIZE};
use super::text::{cut, escaped, wrapped};
use crate::layout::Arrangement;
use crate::model::{Bounds, ElementKind, Model, Point};

const INK: &str = "#455164";

/// Draws a node with its name and, for a step, how often it was done.
pub(super) fn node(
    svg: &mut String,
    model: &Model,
    arrangement: &Arrangement,
    marks: &Marks<'_>,
    index: usize,
) {
    let element = &model.elements[index];
    let bounds = arrangement.boxes[index];
    let title = escaped(&marks.title(index));
    let class = class(element.kind);
    let _ = write!(
        svg,
        "<g class=\"flow-node flow-{class}\" role=\"img\" aria-label=\"{title}\"><title>{title}</title>"
    );
    match element.kind {
        ElementKind::Task | ElementKind::Transition => {
            activity(svg, &element.name, bounds, marks, index);
        }
        ElementKind::SubProcess => frame(svg, &element.name, bounds),
        ElementKind::Silent => rectangle(svg, bounds, 1.0, "fill=\"#455164\""),
        ElementKind::Start | ElementKind::Place => circle(svg, bounds, 0.0, 1.6),
        ElementKind::End => circle(svg, bounds, 0.0, 3.2),
        ElementKind::Intermediate | ElementKind::Boundary => {
            circle(svg, bounds, 0.0, 1.4);
            circle(svg, bounds, 3.0, 1.2);
        }
        ElementKind::Exclusive
        | ElementKind::Parallel
        | ElementKind::Inclusive
        | ElementKind::EventBased => gateway(svg, element.kind, bounds),
    }
    if element.kind == ElementKind::Boundary {
        beside(svg, &element.name, bounds);
    } else if named_below(element.kind) {
        below(svg, &element.name, bounds);
    }
    svg.push_str("</g>\n");
}

/// Whether a node's name stands below it. Places and silent transitions show none: their names are
/// those that a program gave them.
pub(super) fn named_below(kind: ElementKind) -> bool {
    matches!(
        kind,
        ElementKind::Start
            | ElementKind::End
            | ElementKind::Intermediate
            | ElementKind::Exclusive
            | ElementKind::Parallel
            | ElementKind::Inclusive
            | ElementKind::EventBased
    )
}

fn class(kind: ElementKind) -> &'static str {
    match kind {
        ElementKind::Task | ElementKind::Transition => "step",
        ElementKind::SubProcess => "frame",
        ElementKind::Silent => "silent",
        ElementKind::Place => "place",
        ElementKind::Start => "start",
        ElementKind::End => "end",
        ElementKind::Intermediate => "event",
        ElementKind::Boundary => "boundary",
        ElementKind::Exclusive
        | ElementKind::Parallel
        | ElementKind::Inclusive
        | ElementKind::EventBased => "gateway",
    }
}

fn activity(svg: &mut String, name: &str, bounds: Bounds, marks: &Marks<'_>, index: usize) {
    let tone = marks.tone(index);
    let (fill, stroke, ink) = match tone {
        Tone::Plain => ("#ffffff", "#7b8798", "#16202e"),
        Tone::Done => ("#f1f9f5", "#0f8a60", "#16202e"),
        Tone::SomeSkipped => ("#fdf1d8", "#c77700", "#16202e"),
        Tone::ManySkipped => ("#fde9e7", "#c62828", "#16202e"),
        Tone::Never => ("#ffffff", "#7b8798", "#5d697c"),
    };
    let dashes = if tone == Tone::Never {
        " stroke-dasharray=\"4 3\""
    } else {
        ""
    };
    let look = format!("fill=\"{fill}\" stroke=\"{stroke}\" stroke-width=\"1.5\"{dashes}");
    rectangle(svg, bounds, 6.0, &look);
    let count = marks.passed(index);
    let room = bounds.height - if count.is_some() { COUNT_LINE } else { 0.0 };
    let lines = ((room - 6.0) / LINE).floor().clamp(1.0, LINES_MAX as f64) as usize;
    let lines = wrapped(name, bounds.width - 12.0, NAME_SIZE, lines);
    let rows = lines.len() as f64;
    let used = LINE * rows + if count.is_some() { COUNT_LINE } else { 0.0 };
    let top = bounds.centre.y - used / 2.0;
    for (row, line) in lines.iter().enumerate() {
        let (x, y) = (bounds.centre.x, top + LINE * row as f64 + 12.0);
        let line = escaped(line);
        let _ = write!(
            svg,
            "<text class=\"flow-name\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" \
             font-size=\"{NAME_SIZE}\" font-weight=\"600\" fill=\"{ink}\">{line}</text>"
        );
    }
    if let Some(count) = count {
        let (x, y) = (bounds.centre.x + 6.0, top + LINE * rows + 12.0);
        let start = x - super::text::width(&count, 11.0) / 2.0 - 13.0;
        let _ = write!(
            svg,
            "<path fill=\"none\" stroke=\"#0f8a60\" stroke-width=\"1.8\" stroke-linecap=\"round\" \
             stroke-linejoin=\"round\" d=\"M{start:.1} {:.1}l3 3 5.5-6.5\"/><text \
             class=\"flow-count\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" font-size=\"11\" \
             fill=\"{INK}\">{count}</text>",
            y - 4.0
        );
    }
}

fn frame(svg: &mut String, name: &str, bounds: Bounds) {
    rectangle(
        svg,
        bounds,
        8.0,
        "fill=\"#ffffff\" fill-opacity=\"0.6\" stroke=\"#7b8798\" stroke-width=\"1.3\"",
    );
    let (x, y) = (
        bounds.centre.x - bounds.width / 2.0 + 12.0,
        bounds.centre.y - bounds.height / 2.0 + 19.0,
    );
    let name = escaped(&cut(name, bounds.width - 24.0, 12.0));
    let _ = write!(
        svg,
        "<text class=\"flow-name\" x=\"{x:.1}\" y=\"{y:.1}\" font-weight=\"600\" fill=\"{INK}\">{name}</text>"
    );
}

fn rectangle(svg: &mut String, bounds: Bounds, radius: f64, look: &str) {
    let Bounds {
        centre,
        width,
        height,
    } = bounds;
    let (x, y) = (centre.x - width / 2.0, centre.y - height / 2.0);
    let _ = write!(
        svg,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{radius}\" \
         {look}/>"
    );
}

/// The largest radius at which an event is drawn; some editors give events the box of a task.
const RADIUS_MAX: f64 = 20.0;

fn radius(bounds: Bounds) -> f64 {
    (bounds.width.min(bounds.height) / 2.0).min(RADIUS_MAX)
}

fn circle(svg: &mut String, bounds: Bounds, inside: f64, stroke: f64) {
    let Point { x, y } = bounds.centre;
    let radius = (bounds.width.min(bounds.height) / 2.0 - inside).max(2.0);
    let _ = write!(
        svg,
        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"#ffffff\" stroke=\"{INK}\" \
         stroke-width=\"{stroke}\"/>"
    );
}

fn gateway(svg: &mut String, kind: ElementKind, bounds: Bounds) {
    let Point { x, y } = bounds.centre;
    let (across, down) = (bounds.width / 2.0, bounds.height / 2.0);
    let _ = write!(
        svg,
        "<path d=\"M{:.1} {y:.1}L{x:.1} {:.1}L{:.1} {y:.1}L{x:.1} {:.1}Z\" fill=\"#ffffff\" \
         stroke=\"{INK}\" stroke-width=\"1.5\" stroke-linejoin=\"round\"/>",
        x - across,
        y - down,
        x + across,
        y + down
    );
    let size = radius(bounds) * 0.42;
    let sign = match kind {
        ElementKind::Exclusive => format!(
            "<path d=\"M{:.1} {:.1}l{d:.1} {d:.1}m0 {n:.1}l{n:.1} {d:.1}\"",
            x - size * 0.8,
            y - size * 0.8,
            d = size * 1.6,
            n = -size * 1.6
        ),
        ElementKind::Parallel => format!(
            "<path d=\"M{:.1} {y:.1}h{d:.1}M{x:.1} {:.1}v{d:.1}\"",
            x - size * 1.1,
            y - size * 1.1,
            d = size * 2.2
        ),
        ElementKind::Inclusive => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{size:.1}\""),
        _ => pentagon(x, y, size * 1.1),
    };
    let _ = write!(
        svg,
        "{sign} fill=\"none\" stroke=\"{INK}\" stroke-width=\"2\" stroke-linejoin=\"round\"/>"
    );
}

fn pentagon(x: f64, y: f64, size: f64) -> String {
    // Corners of a regular pentagon, the first one up.
    let corners = [
        (0.0, -1.0),
        (0.951, -0.309),
        (0.588, 0.809),
        (-0.588, 0.809),
        (-0.951, -0.309),
    ];
    let mut path = String::from("<path d=\"");
    for (index, (across, down)) in corners.iter().enumerate() {
        let letter = if index == 0 { 'M' } else { 'L' };
        let _ = write!(
            path,
            "{letter}{:.1} {:.1}",
            x + across * size,
            y + down * size
        );
    }
    path.push_str("Z\"");
    path
}

/// The name of an event on a border: to its right, because its arrow goes down.
fn beside(svg: &mut String, name: &str, bounds: Bounds) {
    let (x, y) = (
        bounds.centre.x + bounds.width / 2.0 + 3.0,
        bounds.centre.y + 14.0,
    );
    let name = escaped(&cut(name, BESIDE_WIDTH, BESIDE_SIZE));
    let _ = write!(
        svg,
        "<text class=\"flow-name\" x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{BESIDE_SIZE}\" \
         fill=\"{INK}\">{name}</text>"
    );
}

/// The name of a small node, below it.
fn below(svg: &mut String, name: &str, bounds: Bounds) {
    let lines = wrapped(name, BESIDE_WIDTH, BESIDE_SIZE, LINES_MAX);
    for (row, line) in lines.iter().enumerate() {
        let x = bounds.centre.x;
        let y = bounds.centre.y + bounds.height / 2.0 + 13.0 + 14.0 * row as f64;
        let line = escaped(line);
        let _ = write!(
            svg,
            "<text class=\"flow-name\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" \
             font-size=\"{BESIDE_SIZE}\" fill=\"{INK}\" paint-order=\"stroke\" stroke=\"#fff\" \
             stroke-width=\"3\">{line}</text>"
        );
    }
}
