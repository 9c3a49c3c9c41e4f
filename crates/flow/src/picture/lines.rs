//! Arrows.

use std::fmt::Write;

use super::text::{cut, escaped};
use crate::layout::Arrangement;
use crate::model::{Model, Point};

/// The radius of a line's corners.
const CORNER: f64 = 6.0;
/// The length of an arrow's head.
const HEAD: f64 = 8.0;
/// The widest name of an arrow.
const NAME_WIDTH: f64 = 120.0;

/// Draws the arrows of a model.
pub(super) fn lines(svg: &mut String, model: &Model, arrangement: &Arrangement) {
    for (link, line) in model.links.iter().zip(&arrangement.lines) {
        let [.., before, last] = line.as_slice() else {
            continue;
        };
        svg.push_str(
            "<g class=\"flow-link\" fill=\"#7b8798\"><path fill=\"none\" stroke=\"#7b8798\" \
                      stroke-width=\"1.4\" d=\"",
        );
        path(svg, line);
        svg.push_str("\"/>");
        head(svg, *before, *last);
        if !link.name.is_empty() {
            named(svg, &link.name, line);
        }
        svg.push_str("</g>\n");
    }
}

/// Writes a line's name above it, where it has left the lines that start with it: after its first
/// turns, or at its start when it is straight.
fn named(svg: &mut String, name: &str, line: &[Point]) {
    let level = |pair: &&[Point]| (pair[0].y - pair[1].y).abs() < 0.5;
    let after_turn = line.windows(2).skip(2).find(level);
    let Some(pair) = after_turn.or_else(|| line.windows(2).next()) else {
        return;
    };
    let (start, end) = (pair[0], pair[1]);
    let leftwards = end.x < start.x;
    let steep = (end.y - start.y).abs() > (end.x - start.x).abs();
    let (x, y) = match (steep, leftwards) {
        (true, _) => (start.x + 5.0, start.y + (end.y - start.y).signum() * 14.0),
        (false, true) => (start.x - 8.0, start.y - 5.0),
        (false, false) => (start.x + 4.0, start.y - 5.0),
    };
    let anchor = if leftwards && !steep { "end" } else { "start" };
    let name = escaped(&cut(name, NAME_WIDTH, 11.0));
    let _ = write!(
        svg,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"11\" fill=\"#455164\" text-anchor=\"{anchor}\" \
         paint-order=\"stroke\" stroke=\"#fff\" stroke-width=\"3\">{name}</text>"
    );
}

/// A line with round corners.
fn path(svg: &mut String, line: &[Point]) {
    for (index, point) in line.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|at| line.get(at));
        let next = line.get(index + 1);
        match (before, next) {
            (None, _) => {
                let _ = write!(svg, "M{:.1} {:.1}", point.x, point.y);
            }
            (Some(before), Some(next)) => {
                let half = distance(*before, *point).min(distance(*point, *next)) / 2.0;
                let (start, end) = (
                    towards(*point, *before, CORNER.min(half)),
                    towards(*point, *next, CORNER.min(half)),
                );
                let _ = write!(
                    svg,
                    "L{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}",
                    start.x, start.y, point.x, point.y, end.x, end.y
                );
            }
            (Some(before), None) => {
                // The line ends inside the head, so that its end does not show.
                let end = towards(*point, *before, HEAD / 2.0);
                let _ = write!(svg, "L{:.1} {:.1}", end.x, end.y);
            }
        }
    }
}

fn head(svg: &mut String, before: Point, tip: Point) {
    let back = towards(tip, before, HEAD);
    let length = distance(tip, back).max(0.001);
    let (across, down) = ((tip.x - back.x) / length, (tip.y - back.y) / length);
    let half = HEAD * 0.48;
    let _ = write!(
        svg,
        "<path d=\"M{:.1} {:.1}L{:.1} {:.1}L{:.1} {:.1}Z\"/>",
        tip.x,
        tip.y,
        back.x - down * half,
        back.y + across * half,
        back.x + down * half,
        back.y - across * half
    );
}

fn distance(one: Point, other: Point) -> f64 {
    (one.x - other.x).hypot(one.y - other.y)
}

/// The point at a distance from one point towards another.
fn towards(from: Point, to: Point, length: f64) -> Point {
    let whole = distance(from, to);
    let share = if whole > 0.0 {
        (length / whole).min(1.0)
    } else {
        0.0
    };
    Point {
        x: from.x + (to.x - from.x) * share,
        y: from.y + (to.y - from.y) * share,
    }
}
